#!/bin/sh
# The generator of test tenants: equal options give equal bytes, another seed gives another tenant,
# the files are JSON, and the number of assignments is the one asked for.
set -eu
passed=0
failed=0

check() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1: expected $2, found $3"
    fi
}

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
for name in one two; do
    "$BUILD/gen-tenant" --preset S --seed 7 -o $name 2>/dev/null
done
"$BUILD/gen-tenant" --preset S --seed 8 -o three 2>/dev/null
"$BUILD/gen-tenant" --assignments 3 --resources 0 --aml-identities 0 -o least 2>/dev/null

check "equal options" equal "$(diff -r one two >/dev/null && echo equal || echo different)"
check "another seed" different "$(diff -r one three >/dev/null && echo equal || echo different)"
check "files that are no JSON" "" "$(find one least -name '*.json' ! -exec jq -e . {} \; -print 2>&1 >/dev/null)"
check "assignments" 1000 "$(cat one/subscriptions/*/role-assignments.json | jq -r '.[].id' | sort -u | wc -l)"
check "assignments of the least" 3 \
    "$(cat least/subscriptions/*/role-assignments.json | jq -r '.[].id' | sort -u | wc -l)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
