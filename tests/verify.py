#!/usr/bin/python3
"""verify: reports of analyze hold, and a report that was tampered with does not, whatever was changed.

Every tamper changes one thing in one place of a true report.  It must be caught: status 1, and a
failure that names what was changed.  Ends in "N passed, N failed".
"""
import copy
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD", ROOT / "build"))
JOBS = int(os.environ.get("JOBS", os.cpu_count() or 1))
PROGRAM = BUILD / "amlblast"
SCENARIOS = ROOT.parent / "shared/scenarios"
WHOLE = os.environ.get("MODE", "release") == "release"  # a sanitized program is several times slower
PLACES = 2 if WHOLE else 1  # of one kind of tamper in one tenant

passed = 0
failed = 0


def check(what, problem):
    """`problem` is empty when all is well."""
    global passed, failed
    if problem:
        failed += 1
        print(f"{what}: {problem}")
    else:
        passed += 1


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, check=False,
                          text=True, errors="replace")


def analyze(snapshot, directory):
    run("analyze", snapshot, "-o", directory, "-q", "--diagrams", 0)
    return directory / "report.json"


def verify(report, snapshot, *options):
    return run("verify", report, "-s", snapshot, "-q", *options)


# ---- reports that hold ----

def check_holds(name, snapshot, directory):
    path = analyze(snapshot, directory / name)
    found = verify(path, snapshot, "--json")
    problem = found.stderr
    if found.stdout:
        answer = json.loads(found.stdout)
        chains = json.loads(path.read_text())["chains"]
        problem = ""
        if found.returncode or not answer["holds"] or answer["failed"]:
            problem = f"status {found.returncode}: {answer['failed'][:2]}"
        elif answer["chains"] != len(chains):
            problem = f"{answer['chains']} chains looked at, {len(chains)} in the report"
    check(f"verify {name}", problem)
    return path


# ---- a smaller report, as true as the whole one ----

def reduced(report, starts):
    """The report of some of its starts alone."""
    report = copy.copy(report)
    report["starts"] = copy.deepcopy(starts)
    ids = {start["id"] for start in starts}
    report["findings"] = [f for f in report["findings"] if f["start"] in ids]
    named = {f["chain"] for f in report["findings"]} | {s["worst_chain"] for s in starts}
    for start in starts:
        named |= {row["chain"] for row in start["reach"] + start["acts_as"]}
        named |= {question["chain"] for question in start["questions"].values()}
    report["chains"] = [c for c in report["chains"] if c["id"] in named]
    return report


def telling_starts(report):
    """A few starts whose chains have much in them: by techniques and certainties not seen yet."""
    chains = {c["id"]: c for c in report["chains"]}

    def features(start):
        of = set()
        for row in start["reach"] + start["acts_as"]:
            for step in chains[row["chain"]]["steps"]:
                of |= {step["technique"], step["certainty"], (step["technique"], step["certainty"])}
        return of

    seen, chosen = set(), []
    candidates = [(features(s), s) for s in report["starts"] if len(s["reach"]) <= 250]
    while len(chosen) < 3 and candidates:
        best = max(candidates, key=lambda c: len(c[0] - seen))
        candidates.remove(best)
        if best[0] - seen:
            chosen.append(best[1])
            seen |= best[0]
    return chosen


# ---- tampers: each yields (what, changed report) ----

class Tampering:
    """Changes one place of a copy; the copies share what is not changed."""

    def __init__(self, report):
        self.report = report
        self.objects = sorted({e["id"] for c in report["chains"] for s in c["steps"]
                               for e in (s["from"], s["to"]) if e["kind"] == "principal"})
        self.techniques = sorted({s["technique"] for c in report["chains"] for s in c["steps"]})

    def chains(self, wanted):
        """Up to PLACES (chain, step number) that `wanted` likes, different in their last step."""
        seen, count = set(), 0
        for index, chain in enumerate(self.report["chains"]):
            for number, step in enumerate(chain["steps"]):
                mark = (step["technique"], step["certainty"], len(step["evidence"]))
                if mark in seen or not wanted(chain, number, step):
                    continue
                seen.add(mark)
                yield index, number
                count += 1
                if count == PLACES:
                    return

    def with_chain(self, index):
        """A copy of the report in which that chain can be changed."""
        report = copy.copy(self.report)
        report["chains"] = list(report["chains"])
        report["chains"][index] = copy.deepcopy(report["chains"][index])
        return report, report["chains"][index]

    def steps(self, what, wanted, change):
        for index, number in self.chains(wanted):
            report, chain = self.with_chain(index)
            if change(report, chain, chain["steps"][number], number) is not False:
                yield f"{what} ({chain['id']}, step {number + 1}, " \
                      f"{self.report['chains'][index]['steps'][number]['technique']})", report

    def rows(self, what, kind, change):
        count, seen = 0, set()
        for s, start in enumerate(self.report["starts"]):
            for number, row in enumerate(start[kind]):
                mark = (row.get("capability"), row["certainty"], row.get("resources", 0) > 1)
                if count == PLACES or mark in seen:
                    continue
                report = copy.copy(self.report)
                report["starts"] = list(report["starts"])
                report["starts"][s] = copy.deepcopy(start)
                if change(report["starts"][s][kind][number]) is False:
                    continue
                seen.add(mark)
                count += 1
                yield f"{what} ({start['name']}, {kind} {number + 1})", report

    def whole(self, what, change):
        report = copy.deepcopy(self.report)
        if change(report) is not False:
            yield what, report


def later(chain, number, step):
    return number > 0


def other(values, value):
    return next((v for v in values if v != value), None)


def tamper_steps(t):
    def is_not_last(chain, number, step):
        return 0 < number < len(chain["steps"]) - 1

    def change_technique(report, chain, step, number):
        step["technique"] = other(
            [x for x in ("aml-online-endpoint-keys", "vm-run-command", "redis-keys", "kv-secret-get",
                         "aks-list-cluster-admin", "disk-export-sas") if x != step["technique"]], "")

    def invent_technique(report, chain, step, number):
        step["technique"] = "no-such-technique"

    def drop(report, chain, step, number):
        del chain["steps"][number]

    def drop_start(report, chain, step, number):
        del chain["steps"][0]

    def reverse(report, chain, step, number):
        if len(chain["steps"]) < 3:
            return False
        chain["steps"][1:] = chain["steps"][:0:-1]
        return chain["steps"][1]["technique"] != chain["steps"][-1]["technique"]

    def raise_all(report, chain, step, number):
        """Consistently: the step, the chain, and every row that refers to it."""
        for s in chain["steps"]:
            s["certainty"] = "certain"
        chain["certainty"] = "certain"
        report["starts"] = copy.deepcopy(report["starts"])
        for start in report["starts"]:
            for row in start["reach"] + start["acts_as"]:
                if row["chain"] == chain["id"]:
                    row["certainty"] = "certain"

    def raise_step(report, chain, step, number):
        step["certainty"] = "certain"

    def raise_chain(report, chain, step, number):
        chain["certainty"] = "certain"

    def lower_chain(report, chain, step, number):
        chain["certainty"] = "assumed"

    def no_certainty(report, chain, step, number):
        step["certainty"] = "quite certain"

    def swap_to(report, chain, step, number):
        step["to"]["id"] = other(t.objects, step["to"]["id"]) if step["to"]["kind"] == "principal" \
            else None
        return step["to"]["id"] is not None

    def swap_from(report, chain, step, number):
        reached = {s["to"]["id"] for s in chain["steps"]}
        new = next((o for o in t.objects if o not in reached), None)
        if step["from"]["kind"] != "principal" or not new:
            return False
        step["from"]["id"] = new

    def widen_scope(report, chain, step, number):
        if step["to"]["kind"] != "scope" or step["to"]["id"].count("/") < 3:
            return False
        step["to"]["id"] = "/".join(step["to"]["id"].split("/")[:3])

    def other_kind(report, chain, step, number):
        step["to"]["kind"] = "scope" if step["to"]["kind"] == "principal" else "principal"

    def nobody(report, chain, step, number):
        step["to"] = {"kind": "principal", "id": "12345678-1234-1234-1234-123456789abc", "name": "x"}

    def other_action(report, chain, step, number):
        if not step["action"]:
            return False
        step["action"] = "Microsoft.KeyVault/vaults/nonsense/action"

    is_unsure = lambda chain, number, step: number > 0 and step["certainty"] != "certain"
    yield from t.steps("another technique", later, change_technique)
    yield from t.steps("a technique of no rule", later, invent_technique)
    yield from t.steps("a step left out", is_not_last, drop)
    yield from t.steps("the last step left out",
                       lambda c, n, s: n > 0 and n == len(c["steps"]) - 1, drop)
    yield from t.steps("the beginning left out", later, drop_start)
    yield from t.steps("the steps the other way round", later, reverse)
    yield from t.steps("everything certain", is_unsure, raise_all)
    yield from t.steps("a step certain", is_unsure, raise_step)
    yield from t.steps("a chain certain", is_unsure, raise_chain)
    yield from t.steps("a chain assumed",
                       lambda c, n, s: n > 0 and c["certainty"] == "certain", lower_chain)
    yield from t.steps("a certainty that is none", later, no_certainty)
    yield from t.steps("another principal taken", later, swap_to)
    yield from t.steps("another principal acting", later, swap_from)
    yield from t.steps("a whole subscription in place of what is in it", later, widen_scope)
    yield from t.steps("a principal for a scope", later, other_kind)
    yield from t.steps("a principal of no record", later, nobody)
    yield from t.steps("another action", later, other_action)


def tamper_evidence(t):
    def remove(which):
        def change(report, chain, step, number):
            if len(step["evidence"]) <= which:
                return False
            del step["evidence"][which]
        return change

    def remove_all(report, chain, step, number):
        step["evidence"] = []

    def other_line(report, chain, step, number):
        step["evidence"][0]["line"] += 1

    def other_pointer(report, chain, step, number):
        head, _, tail = step["evidence"][-1]["pointer"].rpartition("/")
        if not tail.isdigit():
            return False
        step["evidence"][-1]["pointer"] = f"{head}/{int(tail) + 1 if tail == '0' else int(tail) - 1}"

    def other_record(report, chain, step, number):
        """Another record that exists, with its right line: only what it says is not true."""
        mine = step["evidence"][-1]
        for c in t.report["chains"]:
            for s in c["steps"]:
                for e in s["evidence"]:
                    if e["file"] == mine["file"] and e["pointer"] != mine["pointer"]:
                        mine["pointer"], mine["line"] = e["pointer"], e["line"]
                        return True
        return False

    def other_file(report, chain, step, number):
        step["evidence"][0]["file"] = "no-such-file.json"

    def other_words(report, chain, step, number):
        step["evidence"][0]["says"] = "Owner at everything"

    def more(report, chain, step, number):
        step["evidence"].append(copy.deepcopy(t.report["chains"][0]["steps"][0]["evidence"][0]))
        return step["evidence"][-1] not in step["evidence"][:-1]

    anywhere = lambda chain, number, step: True
    for which in range(4):
        yield from t.steps(f"evidence {which + 1} removed", anywhere, remove(which))
    yield from t.steps("all evidence removed", anywhere, remove_all)
    yield from t.steps("another line", anywhere, other_line)
    yield from t.steps("another pointer", anywhere, other_pointer)
    yield from t.steps("another record", anywhere, other_record)
    yield from t.steps("another file", anywhere, other_file)
    yield from t.steps("other words", anywhere, other_words)
    yield from t.steps("a record that has nothing to do with it", later, more)


def tamper_rows(t):
    chains = {c["id"]: c for c in t.report["chains"]}

    def set_to(key, value):
        def change(row):
            if row[key] == value:
                return False
            row[key] = value
        return change

    def more(row):
        if not row["by_type"]:
            return False
        kind = next(iter(row["by_type"]))
        row["by_type"][kind] += 1
        row["resources"] += 1

    def sum_only(row):
        row["resources"] += 1

    def another_type(row):
        row["by_type"]["Microsoft.Nonsense/things"] = 1
        row["resources"] += 1

    def wider(row):
        if row["scope"].count("/") < 3:
            return False
        row["scope"] = "/".join(row["scope"].split("/")[:3])

    def raised(row):
        if row["certainty"] == "certain":
            return False
        row["certainty"] = "certain"

    def another_chain(row):
        for chain in t.report["chains"]:
            last = chains[row["chain"]]["steps"][-1]["to"]["id"]
            if chain["steps"][-1]["to"]["id"] != last and chain["id"] != row["chain"]:
                row["chain"] = chain["id"]
                return True
        return False

    def another_holder(row):
        taken = {s["to"]["id"] for s in chains[row["chain"]]["steps"]}
        row["held_by"] = next((o for o in t.objects if o not in taken), None)
        return row["held_by"] is not None

    def another_principal(row):
        row["principal"] = other(t.objects, row["principal"])

    yield from t.rows("a count one too high", "reach", more)
    yield from t.rows("a sum that is none", "reach", sum_only)
    yield from t.rows("a type of no resource", "reach", another_type)
    yield from t.rows("a wider scope", "reach", wider)
    yield from t.rows("a scope that is none", "reach", set_to("scope", "/subscriptions/nowhere"))
    yield from t.rows("another capability", "reach", set_to("capability", "push-images"))
    yield from t.rows("a capability that is none", "reach", set_to("capability", "fly"))
    yield from t.rows("a row certain", "reach", raised)
    yield from t.rows("another chain", "reach", another_chain)
    yield from t.rows("a chain that is not there", "reach", set_to("chain", "c999999"))
    yield from t.rows("another holder", "reach", another_holder)
    yield from t.rows("acts as another principal", "acts_as", another_principal)
    yield from t.rows("acts as in another way", "acts_as", set_to("kind", "interaction"))
    yield from t.rows("acts as for certain", "acts_as", raised)
    yield from t.rows("acts as by another chain", "acts_as", another_chain)
    yield from t.rows("acts as by no chain", "acts_as", set_to("chain", None))


def tamper_rest(t):
    def put(path, value):
        def change(report):
            at = report
            for key in path[:-1]:
                at = at[key]
            if at[path[-1]] == value:
                return False
            at[path[-1]] = value
        return change

    def swap_starts(report):
        a, b = report["starts"][0], report["starts"][-1]
        a["id"], b["id"] = b["id"], a["id"]
        return a is not b

    def attach(report):
        for start in report["starts"]:
            if start["kind"] != "workload":
                start["attached_to"].insert(0, report["snapshot_resource"])
                return True
        return False

    if not t.report["findings"]:
        return
    yield from t.whole("another snapshot", put(["snapshot", "sha256"], "0" * 64))
    yield from t.whole("another file", put(["snapshot", "files", 0, "sha256"], "0" * 64))
    yield from t.whole("a file by another name", put(["snapshot", "files", 0, "path"], "x.json"))
    yield from t.whole("a file fewer", lambda r: r["snapshot"]["files"].pop() and None)
    yield from t.whole("other rules", put(["tool", "rules_sha256"], "0" * 64))
    yield from t.whole("another time", put(["snapshot", "as_of"], "2031-01-01T00:00:00Z"))
    yield from t.whole("a start that is not there", put(["starts", 0, "id"], "nobody"))
    yield from t.whole("starts by each other's ids", swap_starts)
    yield from t.whole("a start twice", lambda r: r["starts"].append(r["starts"][0]))
    yield from t.whole("a chain twice", lambda r: r["chains"].append(r["chains"][0]))
    yield from t.whole("a chain fewer", lambda r: r["chains"].pop() and None)
    yield from t.whole("all chains gone", put(["chains"], []))
    yield from t.whole("a chain by another name", put(["chains", 0, "id"], "c999998"))
    yield from t.whole("a chain without steps", put(["chains", 0, "steps"], []))
    yield from t.whole("a finding on no chain", put(["findings", 0, "chain"], "c999997"))
    yield from t.whole("a finding on no start", put(["findings", 0, "start"], "nobody"))
    yield from t.whole("the worst chain is none", put(["starts", 0, "worst_chain"], "c999996"))
    yield from t.whole("an answer by no chain",
                       put(["starts", 0, "questions", "role_assignments", "chain"], "c999995"))


def check_tampers(name, snapshot, path, directory):
    report = json.loads(path.read_text())
    starts = telling_starts(report)
    if not starts:
        check(f"tampers of {name}", "no start with chains")
        return
    true = reduced(report, starts)
    small = directory / f"{name}-true.json"
    small.write_text(json.dumps(true))
    found = verify(small, snapshot)
    check(f"{name}: fewer starts", found.stdout[:400] + found.stderr if found.returncode else "")
    t = Tampering(true)

    def catch(numbered):
        number, (what, changed) = numbered
        target = directory / f"{name}-{number}.json"
        target.write_text(json.dumps(changed))
        answer = verify(target, snapshot, "--json")
        target.unlink()
        if answer.returncode != 1:
            return what, f"status {answer.returncode}, expected 1: {answer.stderr[:200]}"
        failures = json.loads(answer.stdout)["failed"]
        return what, "" if failures and all(f["why"] for f in failures) else "no failure told"

    tampers = [x for kind in (tamper_steps, tamper_evidence, tamper_rows, tamper_rest)
               for x in kind(t)]
    check(f"{name}: tampers", "" if len(tampers) >= 40 else f"only {len(tampers)} could be made")
    with ThreadPoolExecutor(JOBS) as pool:
        for what, problem in pool.map(catch, enumerate(tampers)):
            check(f"{name}: {what}", problem)


# ---- what is no report ----

def check_refusals(path, directory):
    tenant = ROOT / "fixtures/contoso-ml"
    bad = directory / "bad.json"
    for what, text in (("no JSON", "hello"), ("nothing", ""), ("a list", "[]"), ("no report", "{}"),
                       ("another schema", '{"schema": "x", "tool": {}, "snapshot": {}}'),
                       ("cut", path.read_text()[:-2000]),
                       ("trailing text", path.read_text() + "x"),
                       ("a member twice", '{"schema": "amlblast.report/1", "schema": "x"}'),
                       ("cut in a text", '{"schema": "amlblast')):
        bad.write_text(text)
        found = verify(bad, tenant)
        check(f"a report that is {what}",
              "" if found.returncode == 3 and "bad.json" in found.stderr
              else f"status {found.returncode}: {found.stderr[:200]}")
    found = verify(directory / "missing.json", tenant)
    check("a missing report", "" if found.returncode == 3 else f"status {found.returncode}")
    found = verify(path, directory / "missing")
    check("a missing snapshot", "" if found.returncode == 3 else f"status {found.returncode}")
    found = run("verify", path)
    check("no snapshot named", "" if found.returncode == 2 else f"status {found.returncode}")
    found = verify(path, ROOT / "fixtures/plain")
    told = found.returncode == 1 and "other input" in found.stdout
    check("a report of other input", "" if told else f"status {found.returncode}: {found.stdout}")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        tenants = [("contoso-ml", ROOT / "fixtures/contoso-ml")]
        tenants += [(s, SCENARIOS / s / "snapshot")
                    for s in ("09-pim-and-time-windows", "22-directory-power")
                    if (SCENARIOS / s).is_dir()]
        scenarios = sorted(SCENARIOS.glob("[0-9]*/snapshot"))
        if not WHOLE:
            print(f"skipped: tampers of {len(tenants) - 1} tenants and the second place of each; "
                  f"{len(scenarios) - len(scenarios[::3])} reports of scenarios")
            tenants, scenarios = tenants[:1], scenarios[::3]
        for name, snapshot in tenants:
            path = check_holds(name, snapshot, directory)
            check_tampers(name, snapshot, path, directory)
        check_refusals(directory / "contoso-ml/report.json", directory)
        for scenario in scenarios:
            check_holds(scenario.parent.name, scenario, directory)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
