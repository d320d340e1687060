#!/bin/sh
# The acceptance test of "works on a machine that has nothing": a minimal Debian 12 in a directory,
# a clone of this repository in it, then `make demo` and `make test` (or other goals) as the README
# gives them.
#
# usage: scripts/test-in-debootstrap.sh [--keep] [DIR] [GOAL]...
#   DIR     where the Debian goes (default: a new directory in $TMPDIR); one that is there from an
#           earlier run with --keep is used again
#   GOAL    of make, each in a fresh clone (default: demo test)
#   --keep  leave DIR behind
#
# Needs root and debootstrap.  The packages come from the mirror that this machine's own apt uses.
# Only what is committed is tested.
set -eu

keep=false
if [ "${1:-}" = --keep ]; then
    keep=true
    shift
fi
machine=${1:-$(mktemp -d)}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- demo test
project=$(cd "$(dirname "$0")/.." && pwd)
release=bookworm
# The root directory of a real machine can be entered by everybody; mktemp's by its owner only.
mkdir -p "$machine"
chmod 755 "$machine"

# The first "URIs: ..." of the .sources files, else the first "deb ..." line, that has the release.
find_mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | awk -v release=$release '
        $1 == "URIs:" { uri = $2 }
        $1 == "Suites:" && $2 == release && uri != "" { print uri; exit }
        $1 == "deb" {
            for (i = 2; i <= NF; i++)
                if ($i ~ /^[a-z]+:\//) { place = $i; suite = $(i + 1) }
            if (suite == release) { print place; exit }
        }'
}

in_machine() {
    chroot "$machine" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        "$@"
}

# /proc goes first, so that removing the directory cannot reach into the real one.
clean_up() {
    rm -f "$log"
    ! mountpoint -q "$machine/proc" || umount "$machine/proc"
    if $keep; then
        echo "left behind: $machine" >&2
    else
        rm -rf --one-file-system "$machine"
    fi
}

mirror=$(find_mirror)
[ -n "$mirror" ] || { echo "no apt source of $release on this machine" >&2; exit 69; }
mkdir -p "$machine"
log=$(mktemp)
trap clean_up EXIT
if [ ! -e "$machine/etc/debian_version" ]; then
    echo "making a minimal Debian in $machine" >&2
    # make and ca-certificates are what somebody who types `make` has; nothing else is.
    debootstrap --variant=minbase --include=make,ca-certificates $release "$machine" "$mirror" \
        >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 69; }
fi
cp /etc/resolv.conf "$machine/etc/resolv.conf"
mountpoint -q "$machine/proc" || mount -t proc proc "$machine/proc"

for goal in "$@"; do
    echo "== make $goal in a fresh clone" >&2
    rm -rf "$machine/root/amlblast"
    git clone -q --no-hardlinks "$project" "$machine/root/amlblast"
    in_machine make -C /root/amlblast "$goal"
done
