#!/bin/sh
# The checker of expectations tells right answers from wrong ones: a program of canned answers, and
# for every kind of check one that it gives and near misses.
set -eu
passed=0
failed=0
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# answer COMMAND STATUS JSON: what the program prints from now on.
answer() {
    printf '%s' "$3" >"$place/$1.json"
    echo "$2" >"$place/$1.status"
}

cat >"$place/program" <<'END'
#!/bin/sh
cd "${0%/*}" || exit 5
[ -f "$1.json" ] || exit 2
[ "$2" = --help ] && exit 0
printf '%s\n' "$*" >>calls
cat "$1.json"
exit "$(cat "$1.status")"
END
chmod +x "$place/program"

# expect LAST_LINE CHECKS...: the checks, given as JSON, give that result.
expect() {
    wanted=$1
    shift
    printf '{"scenario": "case", "checks": [%s]}' "$*" >"$place/expect.json"
    found=$("$PYTHON" tests/expect.py --bin "$place/program" --jobs 2 "$place" \
        "$place/expect.json" 2>&1) && status=0 || status=$?
    case $wanted in
    *" passed, 0 failed"*) should=0 ;;
    *failed*) should=1 ;;
    *) should=2 ;;
    esac
    case $(printf '%s\n' "$found" | tail -n 1) in
    "$wanted" | "$place/expect.json: $wanted"*)
        if [ "$status" -eq "$should" ]; then
            passed=$((passed + 1))
            return
        fi
        ;;
    esac
    failed=$((failed + 1))
    echo "expected \"$wanted\" for $*, found status $status and"
    printf '%s\n' "$found"
}

id=/subscriptions/a/resourceGroups/g
can='"check": "can", "who": "w", "action": "A/b/read", "scope": "/s", "data": false'

answer can 0 '{"answer": "certain"}'
expect "2 passed, 0 failed" "{$can, \"answer\": \"certain\"}, {$can, \"answer\": [\"no\", \"certain\"]}"
expect "0 passed, 1 failed" "{$can, \"answer\": \"no\"}"
answer can 1 '{"answer": "certain"}'
expect "0 passed, 1 failed" "{$can, \"answer\": \"certain\"}"
answer can 4 '{"answer": "unknown"}'
expect "1 passed, 0 failed" "{$can, \"answer\": \"unknown\"}"
answer can 5 '{"answer": "unknown"}'
expect "0 passed, 1 failed" "{$can, \"answer\": \"unknown\"}"
answer can 0 'certain'
expect "0 passed, 1 failed" "{$can, \"answer\": \"certain\"}"

reach='"check": "reach", "start": "w", "capability": "read-data"'
acts='"check": "acts_as", "start": "w"'
answer reach 0 '{"verdict": "broad", "containment": "workspace",
  "acts_as": [{"principal": "P1", "certainty": "assumed"}, {"principal": "p1", "certainty": "eligible"}],
  "reach": [{"scope": "'$id'", "capability": "read-data", "certainty": "conditional"},
            {"scope": "/subscriptions/b", "capability": "view", "certainty": "certain"},
            {"scope": "/providers/Microsoft.Management/managementGroups/m", "capability": "manage",
             "certainty": "certain"}]}'
expect "2 passed, 0 failed" "{$acts, \"principal\": \"p1\", \"certainty\": \"eligible\"}," \
    "{$acts, \"principal\": \"p2\", \"certainty\": \"no\"}"
expect "0 passed, 2 failed" "{$acts, \"principal\": \"p1\", \"certainty\": \"no\"}," \
    "{$acts, \"principal\": \"p2\", \"certainty\": \"certain\"}"
expect "2 passed, 0 failed" \
    "{$reach, \"scope\": \"/SUBSCRIPTIONS/a/resourceGroups/G/providers/x\", \"certainty\": \"conditional\"}," \
    "{$reach, \"scope\": \"${id}2\", \"certainty\": \"no\"}"
expect "0 passed, 3 failed" "{$reach, \"scope\": \"$id\", \"certainty\": \"certain\"}," \
    "{$reach, \"scope\": \"/subscriptions/a\", \"certainty\": \"conditional\"}," \
    "{$reach, \"scope\": \"/subscriptions/b\", \"certainty\": \"certain\"}"
manage='"check": "reach", "start": "w", "capability": "manage", "scope": "/subscriptions/c"'
expect "2 passed, 0 failed" "{$manage, \"certainty\": \"certain\"}, {$manage, \"certainty\": \"no\"}"
expect "2 passed, 0 failed" '{"check": "verdict", "start": "w", "verdict": "broad"},
    {"check": "containment", "start": "w", "containment": ["job", "workspace"]}'
expect "0 passed, 2 failed" '{"check": "verdict", "start": "w", "verdict": "contained"},
    {"check": "containment", "start": "w", "containment": "job"}'
answer reach 0 '{"starts": [{"verdict": "broad"}], "acts_as": {}}'
expect "1 passed, 1 failed" '{"check": "verdict", "start": "w", "verdict": "broad"},' \
    "{$acts, \"principal\": \"p1\", \"certainty\": \"no\"}"

path='"check": "path", "from": "w", "to": "x", "found"'
expect "0 passed, 1 failed" "{$path: true}"
answer path 0 '{"found": true, "certainty": "certain", "chains": [{"steps":
  [{"technique": "start", "evidence": [1]}, {"technique": "t", "evidence": [1]}]}]}'
expect "1 passed, 0 failed" \
    "{$path: true, \"certainty\": \"certain\", \"max_steps\": 2, \"techniques_include\": [\"t\"]}"
expect "0 passed, 4 failed" "{$path: false}, {$path: true, \"certainty\": \"assumed\"}," \
    "{$path: true, \"max_steps\": 1}, {$path: true, \"techniques_include\": [\"u\"]}"
answer path 0 '{"found": true, "chains": [{"steps": [{"technique": "start", "evidence": []}]}]}'
expect "0 passed, 1 failed" "{$path: true}"
answer path 0 '{"found": true, "chains": []}'
expect "0 passed, 1 failed" "{$path: true}"
answer path 1 '{"found": false}'
expect "1 passed, 1 failed" "{$path: false}, {$path: true}"

who='"check": "who", "target": "x", "capability": "view"'
expect "0 passed, 1 failed" "{$who, \"includes\": [\"P\"]}"
answer who 0 '{"starts": [{"id": "P", "certainty": "assumed"}, {"id": "q", "certainty": "no"}]}'
expect "1 passed, 2 failed" "{$who, \"includes\": [\"p\"], \"excludes\": [\"q\"]}," \
    "{$who, \"includes\": [\"q\"]}, {$who, \"excludes\": [\"p\"]}"

answer inspect 3 '{"gaps": [{"missing": "deny-assignments"}],
  "files": [{"path": "d/a.json", "records": 3, "used": 2, "duplicate": 1},
            {"path": "d/ba.json", "records": 2, "not_understood": 2}]}'
ledger='"check": "ledger", "file"'
expect "1 passed, 1 failed" '{"check": "gap", "mentions": ["subscriptions", "Deny Assignments"]},
    {"check": "gap", "mentions": "aml-jobs"}'
expect "3 passed, 0 failed" "{$ledger: \"a.json\", \"used\": 2, \"not_understood\": 0}," \
    "{$ledger: \"d/ba.json\", \"records\": 2}, {$ledger: \"*\", \"records\": 5, \"duplicate\": 1}"
expect "0 passed, 2 failed" "{$ledger: \"a.json\", \"used\": 3}, {$ledger: \"c.json\", \"used\": 0}"
answer inspect 0 '{"snapshot": {"files": [{"path": "a.json", "records": 3, "used": 2}]}}'
expect "0 passed, 1 failed" "{$ledger: \"a.json\", \"records\": 3}"

# What needs a technique that is not there is skipped, and only that.
answer reach 0 '{"verdict": "broad"}'
answer techniques 0 '{"techniques": [{"id": "t", "status": "modelled"},
                                     {"id": "u", "status": "not-modelled"}]}'
verdict='"check": "verdict", "start": "w", "verdict": "contained"'
expect "0 passed, 2 failed, 2 skipped" "{$verdict}, {$verdict, \"needs\": [\"u\", \"t\"]}," \
    "{$verdict, \"needs\": [\"u\"]}, {$verdict, \"needs\": [\"v\"]}"

# A command that must be there and is not fails; the same question is asked once.
rm "$place/can.json" "$place/calls"
expect "0 passed, 1 failed" "{$can, \"answer\": \"no\"}"
answer reach 0 '{"verdict": "broad", "containment": "workspace"}'
expect "2 passed, 0 failed" '{"check": "verdict", "start": "w", "verdict": "broad", "as_of": "2026-11-20"},
    {"check": "containment", "start": "w", "containment": "workspace", "as_of": "2026-11-20"}'
if [ "$(cat "$place/calls")" = "reach w -s $place --as-of 2026-11-20 --json" ]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "calls: $(cat "$place/calls")"
fi

expect "check 0 is of no known kind" '{"check": "verdicts"}'
expect "check 0: lacks" '{"check": "verdict", "start": "w"}'
expect "check 0: lacks" '{"check": "gap", "mentions": "x", "mention": "y"}'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
