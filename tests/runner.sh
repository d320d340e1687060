#!/bin/sh
# The test runner counts what it must: passes, failures, skips, crashes in the middle, programs that
# say nothing, and programs that fail after their last test.
set -eu
passed=0
failed=0
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# expect "N passed, N failed" NAME SCRIPT: a unit program made of SCRIPT gives that result.
expect() {
    rm -rf "$place/tests"
    mkdir "$place/tests"
    printf '#!/bin/sh\n%s\n' "$3" >"$place/tests/test_$2"
    chmod +x "$place/tests/test_$2"
    found=$(scripts/run-tests.py --build "$place" --only "unit test_$2" | tail -n 1) || true
    if [ "$found" = "$1" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$2: expected \"$1\", found \"$found\""
    fi
}

expect "2 passed, 0 failed" good    'echo 1..2; echo "ok 1 - a"; echo "ok 2 - b"'
expect "1 passed, 1 failed" bad     'echo 1..2; echo "ok 1 - a"; echo "not ok 2 - b"; exit 1'
expect "1 passed, 0 failed" skipped 'echo 1..2; echo "ok 1 - a"; echo "not ok 2 # SKIP b"'
expect "1 passed, 2 failed" crash   'echo 1..3; echo "ok 1 - a"; kill -SEGV $$'
expect "1 passed, 1 failed" late    'echo 1..1; echo "ok 1 - a"; exit 99'
expect "0 passed, 1 failed" silent  'exit 0'
expect "0 passed, 1 failed" dead    'kill -ABRT $$'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
