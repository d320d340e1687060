#!/bin/sh
# The program against a slow second opinion on random tenants, against laws that hold whatever the
# rules are, and with rules broken on purpose, which must be noticed.  tests/oracle/run.py --help.
set -eu
tenants=2000
laws=100
broken=--broken
if [ "$MODE" != release ]; then # a sanitized program is several times slower
    tenants=120
    laws=6
    broken=
    echo "skipped: all but $tenants tenants and $laws for each law, and rules broken on purpose"
fi
# shellcheck disable=SC2086 # an option or nothing
exec "${PYTHON:-python3}" tests/oracle/run.py --bin "$BUILD/amlblast" --jobs "$JOBS" \
    --count "$tenants" --laws "$laws" $broken
