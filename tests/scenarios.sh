#!/bin/sh
# Tenants with answers that were reasoned by hand: the bundled one, and of the acceptance scenarios
# beside the project those that tests/scenarios.txt lists.
set -eu
passed=0
failed=0
lacking=0
scenarios=../shared/scenarios
every=1
if [ "$MODE" != release ]; then # a sanitized program is several times slower
    every=4
    echo "skipped: three checks of four, which the release programs are put to"
fi

# check SNAPSHOT EXPECTATIONS: adds up what the checker says.  A sanitized program is slower; the
# test runner itself has the last word on time.
check() {
    said=$("$PYTHON" tests/expect.py --bin "$BUILD/amlblast" --jobs "$JOBS" --timeout 300 --every $every \
        "$1" "$2") || true
    totals=$(printf '%s\n' "$said" | tail -n 1 |
        awk '/^[0-9]+ passed, [0-9]+ failed/ {print $1, $3, $5 + 0}')
    printf '%s\n' "$said" | sed '$d'
    # shellcheck disable=SC2086 # three words
    set -- ${totals:-0 1 0}
    passed=$((passed + $1))
    failed=$((failed + $2))
    lacking=$((lacking + $3))
}

check fixtures/contoso-ml fixtures/contoso-ml.expect.json
if [ -d $scenarios ]; then
    names=$(sed 's/#.*//' tests/scenarios.txt)
    for name in $names; do
        check "$scenarios/$name/snapshot" "$scenarios/$name/expect.json"
    done
else
    echo "skipped: no acceptance scenarios at $scenarios"
fi
[ "$lacking" -eq 0 ] || echo "skipped: $lacking checks of commands or techniques that this version lacks"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
