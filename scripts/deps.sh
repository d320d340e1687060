#!/bin/sh
# Installs the Debian packages that this machine lacks; quiet and quick when nothing is missing.
#
# usage: scripts/deps.sh [--check] build|test|lint
#   build    what building and running the programs needs
#   test     build, and what the tests need
#   lint     build, and what `make lint` needs
#   --check  install nothing: name what is missing and leave with the status below
#
# Exit status: 0 everything is there, 2 usage error, 69 something is missing and could not be
# installed (the message names the packages).
set -eu

UNAVAILABLE=69

# Probe and package.  A probe is a pkg-config module, a program, or a file any one package puts
# there.  libc6-dev is only recommended by gcc, so it is named.
BUILD="
program:cc                          gcc
program:make                        make
program:pkg-config                  pkg-config
file:/usr/include/stdlib.h          libc6-dev
module:igraph                       libigraph-dev
module:libcjson                     libcjson-dev
module:libgvc                       libgraphviz-dev
module:libcgraph                    libgraphviz-dev
module:libarchive                   libarchive-dev
module:libxxhash                    libxxhash-dev
module:libcrypto                    libssl-dev
module:yajl                         libyajl-dev
"
TEST="$BUILD
module:cmocka                       libcmocka-dev
program:python3                     python3
file:/usr/lib/python3/dist-packages/jsonschema/__init__.py  python3-jsonschema
program:jq                          jq
program:dot                         graphviz
program:rsvg-convert                librsvg2-bin
file:/usr/share/fonts/truetype/liberation  fonts-liberation
"
LINT="$BUILD
module:cmocka                       libcmocka-dev
program:clang-format                clang-format
program:clang-tidy                  clang-tidy
program:shellcheck                  shellcheck
"

usage() {
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

is_there() {
    case $1 in
    program:*) command -v "${1#program:}" >/dev/null ;;
    module:*) pkg-config --exists "${1#module:}" 2>/dev/null ;;
    file:*) [ -e "${1#file:}" ] ;;
    esac
}

# Prints the missing packages of a level, each once, on one line.
missing_packages() {
    echo "$1" | while read -r probe package; do
        [ -z "$probe" ] || is_there "$probe" || echo "$package"
    done | sort -u | tr '\n' ' ' | sed 's/ $//'
}

give_up() {
    echo "deps.sh: $1" >&2
    echo "deps.sh: please install these packages (Debian names): $missing" >&2
    exit $UNAVAILABLE
}

# Runs apt-get as root: "" when we are root, else through sudo, asking only on a terminal.
find_root_command() {
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif ! command -v sudo >/dev/null; then
        give_up "not root, and there is no sudo"
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    elif [ -t 0 ]; then
        as_root=sudo
    else
        give_up "not root, and sudo asks for a password"
    fi
}

apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" \
        >>"$log" 2>&1
}

have_package_lists() {
    ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1
}

# shellcheck disable=SC2086 # the packages are words
install_packages() {
    if have_package_lists && apt install -y --no-install-recommends $missing; then
        return 0
    fi
    # The lists are missing or out of date.  Another source of this machine may be out of reach
    # while Debian's own is not, so a failing update does not end it.
    apt update || true
    apt install -y --no-install-recommends $missing
}

check_only=false
if [ "${1:-}" = --check ]; then
    check_only=true
    shift
fi
[ $# -eq 1 ] || usage
case $1 in
build) wanted=$BUILD ;;
test) wanted=$TEST ;;
lint) wanted=$LINT ;;
*) usage ;;
esac

missing=$(missing_packages "$wanted")
[ -n "$missing" ] || exit 0
! $check_only || give_up "something is missing (scripts/deps.sh $1 installs it)"
command -v apt-get >/dev/null || give_up "this system has no apt-get"
find_root_command

echo "installing $missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! install_packages; then
    tail -n 20 "$log" >&2
    give_up "apt-get failed (its last lines are above)"
fi
missing=$(missing_packages "$wanted")
[ -z "$missing" ] || give_up "apt-get ran, but something is still missing"
