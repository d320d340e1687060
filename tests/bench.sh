#!/bin/sh
# The benchmark runs on a small tenant and reports every figure.  No verdict on time.
set -eu
if [ "$MODE" != release ]; then
    echo "skipped: only the release programs are measured"
    echo "0 passed, 0 failed"
    exit 0
fi
report=$(mktemp)
trap 'rm -f "$report"' EXIT
scripts/bench.py --build "$BUILD" --preset S --runs 1 --json "$report" >&2
if jq -e '(.figures | length) == 5 and all(.figures[]; .seconds > 0 and .peak_megabytes > 0)' \
    "$report" >/dev/null; then
    echo "1 passed, 0 failed"
else
    echo "a figure is missing in the report"
    echo "0 passed, 1 failed"
    exit 1
fi
