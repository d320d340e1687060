#!/bin/sh
# `make install` puts the programs, the rule data, the manual and the documents below
# DESTDIR/PREFIX, and what it installed finds its data there.
set -eu
if [ "$MODE" != release ]; then
    echo "skipped: only the release programs are installed"
    echo "0 passed, 0 failed"
    exit 0
fi
passed=0
failed=0

check() {
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$what: failed"
    fi
}

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
check "make install" make --no-print-directory install DESTDIR="$place" >/dev/null
root=$place${PREFIX:-/usr/local}
check "amlblast is installed" test -x "$root/bin/amlblast"
check "amlblast-draw is installed" test -x "$root/bin/amlblast-draw"
check "the manual is installed" test -f "$root/share/man/man1/amlblast.1"
check "the notice is installed" test -f "$root/share/doc/amlblast/NOTICE"
check "all rule data is installed" diff -r data "$root/share/amlblast"
check "it finds its data" "$root/bin/amlblast" techniques >/dev/null
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
