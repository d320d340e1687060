#!/bin/sh
# The acceptance scenarios beside the project, when they are there: small tenants with the answers
# that the commands must give.
scenarios=../shared/scenarios
if [ ! -f $scenarios/run.py ]; then
    echo "skipped: no acceptance scenarios at $scenarios"
    echo "0 passed, 0 failed"
    exit 0
fi
# A sanitized program is slower; the runner itself has the last word on time.
exec "$PYTHON" $scenarios/run.py --bin "$BUILD/amlblast" --timeout 300 $scenarios
