#!/bin/sh
# Measures amlblast on a generated tenant beside what a user would parse the same files with.
#
# usage: scripts/bench.sh [S|M|L|tight]
#
# Default tight: 100,000 assignments, 200,000 resources; most assignments near the principal's home.
# M has as many, but with so many wide ones that nearly every identity reaches nearly everything;
# `analyze` then needs many minutes.
#
# Prints, in one run and as medians: MB/s of reading beside `jq -c . >/dev/null` and Python on the
# same bytes, the whole of `analyze`, and the peak memory of each; as a table, and as JSON into
# build/bench.json.  Builds what is missing first.
set -eu
cd "$(dirname "$0")/.."
exec make bench SIZE="${1:-tight}"
