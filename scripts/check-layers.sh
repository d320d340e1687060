#!/bin/sh
# Fails when a file below analyzer/ includes a header that its folder may not include: the third
# column of the table of folders.  A third-party header belongs to the folders that wrap it.
#
# usage: scripts/check-layers.sh [ROOT]       check ROOT/analyzer (default: this project)
#        scripts/check-layers.sh --self-test  check this project, and that violations are found;
#                                             ends in "N passed, N failed"
set -eu

# Folder, then what it may include besides itself: folders, or single headers.
LAYERS='
base
input    base
snapshot base input
rules    base input snapshot/role.h snapshot/fields.h
access   base snapshot rules
graph    base input snapshot rules access
analysis base input snapshot rules access graph
report   base input snapshot rules access graph analysis
verify   base input snapshot rules
cli      base input snapshot rules access graph analysis report verify
draw     base input
'
# First part of a third-party header, then the folders that may include it.  Both spellings of a
# library whose pkg-config names its folder are listed.
OWNERS='
cjson           input draw
cJSON.h         input draw
igraph          graph analysis
igraph.h        graph analysis
graphviz        draw
gvc.h           draw
cgraph.h        draw
archive.h       input
archive_entry.h input
yajl            report
yajl_gen.h      report
openssl         base
xxhash.h        base input
'

root=$(dirname "$0")/..

# check ROOT: complains about every include that breaks the rules.
check() {
    # shellcheck disable=SC2016 # the program is awk's
    (
        cd "$1"
        find analyzer -name '*.[ch]' -o -name '*.def' | LC_ALL=C sort |
            xargs awk -v layers="$LAYERS" -v owners="$OWNERS" '
            function learn(text, table,    lines, count, words, word_count, i, j) {
                count = split(text, lines, "\n")
                for (i = 1; i <= count; i++) {
                    word_count = split(lines[i], words, " ")
                    for (j = 1; j <= word_count; j++)
                        table[words[1], words[j]] = 1
                    if (word_count > 0)
                        table[words[1]] = 1
                }
            }
            function complain(text) {
                printf "%s:%d: %s\n", FILENAME, FNR, text
                bad = 1
            }
            BEGIN { learn(layers, may); learn(owners, owned) }
            FNR == 1 {
                split(FILENAME, path, "/")
                folder = path[2]
                if (!(folder in may))
                    complain("folder " folder " is not in the table of layers")
            }
            /^[ \t]*#[ \t]*include[ \t]*"/ {
                split($0, quoted, "\"")
                header = quoted[2]
                split(header, parts, "/")
                if (header !~ /\// || header ~ /\.\./)
                    complain("\"" header "\" must be named from analyzer/: \"folder/name.h\"")
                else if (!((folder, parts[1]) in may) && !((folder, header) in may))
                    complain(folder " may not include " header)
            }
            /^[ \t]*#[ \t]*include[ \t]*</ {
                split($0, quoted, "[<>]")
                split(quoted[2], parts, "/")
                if ((parts[1] in owned) && !((parts[1], folder) in owned))
                    complain(folder " may not include <" quoted[2] ">")
            }
            END { exit bad }'
    )
}

# expect ok|bad FILE LINE: a tree with one file of that one line must be accepted or refused.
expect() {
    tree=$(mktemp -d)
    mkdir -p "$tree/$(dirname "$2")"
    echo "$3" >"$tree/$2"
    if check "$tree" >/dev/null; then found=ok; else found=bad; fi
    rm -r "$tree"
    count "$1" "$found" "$2 with $3"
}

# count EXPECTED FOUND WHAT
count() {
    if [ "$1" = "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$3: expected $1, found $2"
    fi
}

self_test() {
    passed=0
    failed=0
    if check "$root"; then count ok ok; else count ok bad "this project"; fi
    expect ok  analyzer/base/a.c     '#include "base/text.h"'
    expect bad analyzer/base/a.c     '#include "input/json.h"'
    expect bad analyzer/base/a.c     '# include "input/json.h"'
    expect ok  analyzer/snapshot/a.c '#include "input/json.h"'
    expect bad analyzer/snapshot/a.c '#include "rules/rules.h"'
    expect ok  analyzer/rules/a.c    '#include "snapshot/role.h"'
    expect bad analyzer/rules/a.c    '#include "snapshot/snapshot.h"'
    expect bad analyzer/access/a.h   '#include "input/json.h"'
    expect ok  analyzer/graph/a.c    '#include "access/access.h"'
    expect bad analyzer/graph/a.c    '#include "analysis/reach.h"'
    expect bad analyzer/report/a.c   '#include "cli/options.h"'
    expect ok  analyzer/verify/a.c   '#include "rules/rules.h"'
    expect bad analyzer/verify/a.c   '#include "access/access.h"'
    expect bad analyzer/verify/a.h   '#include "graph/relations.h"'
    expect bad analyzer/verify/a.c   '#include "analysis/analysis.h"'
    expect bad analyzer/analysis/a.c '#include "verify/verify.h"'
    expect bad analyzer/draw/a.c     '#include "snapshot/snapshot.h"'
    expect bad analyzer/cli/a.c      '#include "draw/picture.h"'
    expect bad analyzer/cli/a.c      '#include "options.h"'
    expect bad analyzer/new/a.c      '#include "base/text.h"'
    expect ok  analyzer/input/a.c    '#include <cjson/cJSON.h>'
    expect bad analyzer/report/a.c   '#include <cjson/cJSON.h>'
    expect bad analyzer/report/a.c   '#include <cJSON.h>'
    expect ok  analyzer/graph/a.c    '#include <igraph.h>'
    expect bad analyzer/report/a.c   '#include <igraph/igraph.h>'
    expect bad analyzer/report/a.c   '#include <igraph.h>'
    expect ok  analyzer/draw/a.c     '#include <graphviz/gvc.h>'
    expect bad analyzer/report/a.c   '#include <graphviz/cgraph.h>'
    expect bad analyzer/report/a.c   '#include <gvc.h>'
    expect bad analyzer/snapshot/a.c '#include <archive.h>'
    expect bad analyzer/graph/a.c    '#include <yajl/yajl_gen.h>'
    expect bad analyzer/input/a.c    '#include <openssl/evp.h>'
    expect bad analyzer/graph/a.c    '#include <xxhash.h>'
    expect ok  analyzer/input/a.c    '#include <stdio.h>'
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

case ${1:-} in
--self-test) self_test ;;
*) check "${1:-$root}" ;;
esac
