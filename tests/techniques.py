#!/usr/bin/python3
"""Every technique in a tenant where it fires, and in one where it nearly does.

usage: tests/techniques.py [--bin PROGRAM] [--data-dir DIR] [--family NAME] [--only TEXT] [--jobs N] [--keep DIR]
                           [--lacking]

The cases stand in tests/techniques/<family>.json; tests/techniques/README.md says how one is written.  Each is
expanded to the files that the Azure CLI, ARM and Microsoft Graph would export, and `amlblast reach` is asked what
its start reaches.  --only takes cases whose technique contains TEXT.  --keep writes the tenants to DIR/<technique>/fires
and DIR/<technique>/near-miss-<n>, to look at.

Prints a line for every case that fails; the last line is "N passed, N failed".  Exit status: 0 all pass, 1 some fail.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from technique_tenant import CaseError, Tenant, changed, check_keys, check_list

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests/techniques"

THINNED = 8  # a sanitized program is several times slower: it is asked every so many cases

CERTAINTIES = ("certain", "conditional", "eligible", "assumed")
BY_ACCESS_POLICY = "held-access-policy"  # the step of every technique that is nothing but an access policy
KINDS_OF_ACTS_AS = ("token", "user-token", "deputy", "interaction")
EXPECT_KEYS = {"capability", "on", "acts-as", "kind", "finding", "certainty"}
NEAR_MISS_KEYS = {"why", "set", "without", "still", "elsewhere"}
DONE, INPUT_PROBLEM, UNDECIDED = 0, 3, 4
SECONDS = 120


# ---- rule data ----

def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def catalogue(data):
    """Techniques by id."""
    techniques = {}
    for path in sorted((data / "techniques").glob("*.json")):
        document = load(path)
        techniques |= {technique["id"]: {**technique, "family": document["family"]}
                       for technique in document["techniques"]}
    return techniques


def capabilities(data):
    return {capability["name"] for capability in load(data / "capabilities.json")["capabilities"]}


def trimmed_data(data, texts, place):
    """
    A copy of the rule data whose table of built-in roles has only those that the cases name: the program reads the
    whole table at each start, which takes longer than everything else that a case asks for.
    """
    text = "\n".join(texts)
    shutil.copytree(data, place)
    table = load(data / "builtin-roles.json")
    table["roles"] = [role for role in table["roles"] if role["guid"] in text.lower()
                      or json.dumps(role["name"]) in text]
    (place / "builtin-roles.json").write_text(json.dumps(table), encoding="utf-8")
    return place


# ---- what is expected ----

def describe(expected):
    certainty = f" ({expected['certainty']})" if "certainty" in expected else ""
    if "acts-as" in expected:
        kind = f" by {expected['kind']}" if "kind" in expected else ""
        return f"acts as {expected['acts-as']}{kind}{certainty}"
    if "finding" in expected:
        return f"a finding on {expected['finding']}{certainty}"
    return f"{expected['capability']} on {expected['on']}{certainty}"


def check_expected(place, expected, known_capabilities):
    check_keys(place, expected, EXPECT_KEYS)
    subjects = [key for key in ("capability", "acts-as", "finding") if key in expected]
    if len(subjects) != 1 or ("on" in expected) != (subjects == ["capability"]):
        raise CaseError(f"{place}: expected \"capability\" with \"on\", or \"acts-as\", or \"finding\"")
    if expected.get("capability", "view") not in known_capabilities:
        raise CaseError(f"{place}: no capability is called {expected['capability']}")
    if expected.get("certainty", "certain") not in CERTAINTIES:
        raise CaseError(f"{place}: expected a certainty of {', '.join(CERTAINTIES)}, found {expected['certainty']}")
    if "kind" in expected and ("acts-as" not in expected or expected["kind"] not in KINDS_OF_ACTS_AS):
        raise CaseError(f"{place}: expected a kind of {', '.join(KINDS_OF_ACTS_AS)}, with acts-as")


# ---- the answer ----

class Found:
    """What `reach` says, and the questions that a case has about it."""

    def __init__(self, tenant, answer):
        self.tenant = tenant
        self.answer = answer
        self.chains = {chain["id"]: chain["steps"] for chain in answer["chains"]}

    def steps(self, row):
        return {step["technique"] for step in self.chains.get(row.get("chain"), [])}

    def techniques(self):
        return {step["technique"] for steps in self.chains.values() for step in steps}

    def rules(self):
        return {finding["rule"] for finding in self.answer.get("finding_details", [])}

    def above(self, scope):
        """The scope and what holds it."""
        ids = self.tenant.arm_ids
        scope = scope.lower()
        parts = scope.split("/")
        above = {"/", scope, ids["root"].lower()}
        if scope.startswith("/subscriptions/"):
            above |= {"/".join(parts[:count]) for count in range(3, len(parts))} | {ids["mg"].lower()}
        return above if scope != "/" else {"/"}

    def claims(self, row, scope):
        """Does the row claim its capability on the named scope?"""
        if row["scope"].lower() not in self.above(scope):
            return False
        types = {kind.lower() for kind in row["by_type"]}
        return not types or row["capability"] in ("assign-roles", "directory") or type_of(scope) in types

    def rows(self, expected, place, technique):
        """The rows of the answer that say what is expected, whatever their certainty."""
        if "acts-as" in expected:
            wanted = self.tenant.principal(place, expected["acts-as"])
            return [row for row in self.answer["acts_as"] if row["principal"].lower() == wanted
                    and row["kind"] == expected.get("kind", row["kind"])]
        if "finding" in expected:
            wanted = self.tenant.scope(place, expected["finding"]) \
                if expected["finding"] not in self.tenant.object_ids else None
            return [finding for finding in self.answer.get("finding_details", [])
                    if finding["rule"] == technique and self.is_about(finding, wanted)]
        scope = self.tenant.scope(place, expected["on"])
        return [row for row in self.answer["reach"] if row["capability"] == expected["capability"]
                and self.claims(row, scope)]

    def is_about(self, finding, scope):
        steps = self.chains.get(finding.get("chain"))
        return not steps or scope is None or steps[-1]["to"]["id"].lower() == scope.lower()

    def certainty(self, row):
        if "certainty" in row:
            return row["certainty"]
        return next((chain["certainty"] for chain in self.answer["chains"] if chain["id"] == row.get("chain")), None)


def type_of(arm_id):
    """The type that an ARM id spells, in lower case."""
    parts = arm_id.lower().strip("/").split("/")
    if "providers" not in parts:
        return {2: "microsoft.resources/subscriptions",
                4: "microsoft.resources/subscriptions/resourcegroups"}.get(len(parts), "")
    at = len(parts) - 1 - parts[::-1].index("providers")
    return "/".join([parts[at + 1], *parts[at + 2::2]])


# ---- running ----

class Program:
    def __init__(self, binary, full, trimmed):
        self.binary = binary
        self.full = full
        self.trimmed = trimmed

    def ask(self, case, *arguments):
        # A condition on a role assignment is tried with every role that there is.
        whole = any(grant.get("condition") for grant in case.get("grants", []) if isinstance(grant, dict))
        data = self.full if whole else self.trimmed
        finished = subprocess.run([self.binary, *arguments, "--json", "--data-dir", data], stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=SECONDS, check=False)
        if finished.returncode not in (DONE, INPUT_PROBLEM, UNDECIDED):
            said = finished.stderr.decode("utf-8", "backslashreplace").strip()
            raise CaseError(f"exit status {finished.returncode}: {said[-400:]}")
        return json.loads(finished.stdout)

    def check_rules(self):
        """What is wrong with the rule data, one line each; else every case would tell."""
        finished = subprocess.run([self.binary, "techniques", "--check", self.full], stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=SECONDS, check=False)
        said = (finished.stdout + finished.stderr).decode("utf-8", "backslashreplace").splitlines()
        return [] if finished.returncode == DONE else said

    def check_export(self, case, directory):
        """The tenant is whole: nothing that the program does not understand or misses."""
        told = self.ask(case, "inspect", directory)
        for file in told["files"]:
            if file["not_understood"] or file["failed"] or not file["complete"]:
                raise CaseError(f"{file['path']}: {file['not_understood']} records are not understood"
                                + (f": {file['remark']}" if file["remark"] else ""))
        for gap in told["gaps"]:
            raise CaseError(f"the tenant has a gap: {gap['missing']} {gap['detail'] or ''}".rstrip())

    def reach(self, tenant, directory):
        start = tenant.case.get("start", "caller")
        who = tenant.object_ids.get(start) or tenant.scope("start", start)
        return Found(tenant, self.ask(tenant.case, "reach", who, "-s", directory))


@dataclass
class Work:
    """One run: a case, or a near miss of it."""
    family: str
    case: dict
    near_miss: int | None = None  # its number
    folder: str = ""  # the technique, with a number from its second case on

    def name(self):
        name = f"{self.family} {self.folder}"
        return name if self.near_miss is None else f"{name}, near miss {self.near_miss}"

    def directory(self, root):
        part = "fires" if self.near_miss is None else f"near-miss-{self.near_miss}"
        return root / self.folder / part


class Tests:
    def __init__(self, options, program, techniques, scratch):
        self.program = program
        self.techniques = techniques
        self.capabilities = capabilities(options.data_dir)
        self.keep = options.keep
        self.scratch = scratch

    def run(self, work):
        """None, or what is wrong."""
        try:
            case = work.case
            place = work.name()
            if work.near_miss is not None:
                near_miss = case["near_misses"][work.near_miss]
                check_keys(place, near_miss, NEAR_MISS_KEYS, ("why",))
                if not near_miss.get("set") and not near_miss.get("without"):
                    raise CaseError(f"{place}: expected \"set\" or \"without\"")
                case = changed(place, case, near_miss)
            return self.in_directory(work, Tenant(place, case))
        except CaseError as problem:
            text = str(problem)
            return text if text.startswith(work.name()) else f"{work.name()}: {text}"
        except (KeyError, TypeError, AttributeError, ValueError, subprocess.TimeoutExpired) as problem:
            return f"{work.name()}: {problem!r}"

    def in_directory(self, work, tenant):
        if self.keep:
            directory = work.directory(self.keep)
            shutil.rmtree(directory, ignore_errors=True)
            tenant.write(directory, readable=True)
            return self.judge(work, tenant, directory)
        with tempfile.TemporaryDirectory(dir=self.scratch) as place:
            tenant.write(Path(place), readable=False)
            return self.judge(work, tenant, Path(place))

    def judge(self, work, tenant, directory):
        found = self.program.reach(tenant, directory)
        if work.near_miss is None:
            self.program.check_export(tenant.case, directory)
            return self.judge_case(work, found)
        return self.judge_near_miss(work, found)

    def judge_case(self, work, found):
        technique = work.case["technique"]
        shown = False
        if not check_list(f"{work.name()}: expect", work.case.get("expect", [])):
            raise CaseError("expects nothing")
        for number, expected in enumerate(work.case["expect"]):
            check_expected(f"{work.name()}: expect/{number}", expected, self.capabilities)
            rows = found.rows(expected, f"expect/{number}", technique)
            certainties = [found.certainty(row) for row in rows]
            if not rows:
                return f"{work.name()}: expected {describe(expected)}, found no; {overview(found)}"
            if expected.get("certainty", certainties[0]) not in certainties:
                return f"{work.name()}: expected {describe(expected)}, found {', '.join(map(str, certainties))}"
            shown |= "finding" in expected or any(found.steps(row) & self.step_names(technique) for row in rows)
        if not shown and "built_in" not in self.techniques[technique]:
            return (f"{work.name()}: expected a chain with {technique}, found "
                    f"{', '.join(sorted(found.techniques())) or 'no chain'}")
        return None

    def step_names(self, technique):
        by_policy = '"access-policy"' in json.dumps(self.techniques[technique])
        return {technique, BY_ACCESS_POLICY} if by_policy else {technique}

    def judge_near_miss(self, work, found):
        technique = work.case["technique"]
        near_miss = work.case["near_misses"][work.near_miss]
        name = f"{work.name()} ({near_miss['why']})"
        if technique in found.techniques() | found.rules() and not near_miss.get("elsewhere"):
            return f"{name}: expected no {technique}, found it; {overview(found)}"
        holds = [expected for number, expected in enumerate(work.case["expect"])
                 if found.rows(expected, f"expect/{number}", technique)]
        if holds and not near_miss.get("still"):
            return f"{name}: expected no {describe(holds[0])}, found it; {overview(found)}"
        if not holds and near_miss.get("still"):
            return f"{name}: expected another way to {describe(work.case['expect'][0])}, found none"
        return None


def overview(found):
    """What the answer has, in a few words."""
    rows = [f"{row['capability']} on {row['scope'].rsplit('/', 1)[-1] or '/'} ({row['certainty']})"
            for row in found.answer["reach"]]
    rows += [f"acts as {row['name']} ({row['certainty']})" for row in found.answer["acts_as"]]
    return f"all that was found: {', '.join(rows[:8])}{' ...' if len(rows) > 8 else ''}" if rows else "nothing was found"


# ---- cases ----

def read_family(path):
    """The cases of a file, and what is wrong with it."""
    try:
        document = load(path)
        check_keys(path.name, document, {"family", "cases"}, ("family", "cases"))
    except (ValueError, CaseError) as problem:
        return path.stem, [], [f"{path.stem}: {problem}"]
    problems = []
    if document["family"] != path.stem:
        problems.append(f"{path.stem}: expected family {path.stem}, found {document['family']}")
    return path.stem, check_list(path.stem, document["cases"]), problems


def check_case(family, case, techniques):
    """What can be said of a case without running it."""
    name = f"{family} {case.get('technique', '(a case that names no technique)')}"
    technique = techniques.get(case.get("technique"))
    if technique is None:
        yield f"{name}: no such technique in data/techniques"
    elif technique["status"] != "modelled":
        yield f"{name}: the technique is not modelled"
    elif technique["family"] != family:
        yield f"{name}: the technique is of family {technique['family']}"
    if not case.get("near_misses"):
        yield f"{name}: has no near miss"


def read_cases(options, techniques):
    works, problems, texts, numbers = [], [], [], {}
    for path in sorted(CASES.glob("*.json")):
        family, cases, wrong = read_family(path)
        if options.family and family != options.family:
            continue
        problems += wrong
        texts.append(path.read_text(encoding="utf-8"))
        for case in cases:
            if options.only and options.only not in str(case.get("technique")):
                continue
            wrong = list(check_case(family, case, techniques))
            problems += wrong
            if case.get("technique") not in techniques:
                continue
            number = numbers[case["technique"]] = numbers.get(case["technique"], 0) + 1
            of_case = [Work(family, case), *(Work(family, case, n) for n in range(len(case.get("near_misses", []))))]
            for work in of_case:
                work.folder = case["technique"] + ("" if number == 1 else f"-{number}")
            works += of_case
    return works, problems, texts


def thin(works):
    """One case of THINNED, with its near misses."""
    cases = {id(work.case): None for work in works}
    kept = set(list(cases)[::THINNED])
    return [work for work in works if id(work.case) in kept]


def lacking_cases(techniques, works):
    """Modelled techniques that no case is about, by family."""
    told = {work.case["technique"] for work in works}
    return sorted(f"{technique['family']} {name}" for name, technique in techniques.items()
                  if technique["status"] == "modelled" and name not in told)


def summary(techniques, works, failed):
    modelled = {name for name, technique in techniques.items() if technique["status"] == "modelled"}
    fired = {work.case["technique"] for work in works if work.near_miss is None and work.name() not in failed}
    missed = {work.case["technique"] for work in works if work.near_miss is not None and work.name() not in failed}
    print(f"techniques: {len(modelled)} modelled of {len(techniques)}, {len(fired & modelled)} fired in a fixture, "
          f"{len(missed & modelled)} have a near miss")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=str(Path(os.environ.get("BUILD", ROOT / "build")) / "amlblast"))
    parser.add_argument("--data-dir", type=Path, default=ROOT / "data")
    parser.add_argument("--family", metavar="NAME")
    parser.add_argument("--only", metavar="TEXT")
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("JOBS", len(os.sched_getaffinity(0)))))
    parser.add_argument("--keep", type=Path, metavar="DIR")
    parser.add_argument("--lacking", action="store_true", help="only name the modelled techniques without a case")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="techniques-") as scratch:
        scratch = Path(scratch)
        techniques = catalogue(options.data_dir)
        works, problems, texts = read_cases(options, techniques)
        if options.lacking:
            print(*lacking_cases(techniques, works), sep="\n")
            return 0
        lacking = [] if options.only or options.family else lacking_cases(techniques, works)
        thinned = os.environ.get("MODE", "release") != "release"
        if thinned:
            whole = len(works)
            works = thin(works)
            print(f"skipped: {whole - len(works)} of {whole} cases and near misses")
        program = Program(os.path.abspath(options.bin), options.data_dir,
                          trimmed_data(options.data_dir, texts, scratch / "data"))
        if wrong := program.check_rules():
            print(*wrong, sep="\n")
            print("0 passed, 1 failed")
            return 1
        tests = Tests(options, program, techniques, scratch)
        failed = set()
        with ThreadPoolExecutor(max(1, options.jobs)) as pool:
            for work, wrong in zip(works, pool.map(tests.run, works)):
                if wrong:
                    failed.add(work.name())
                    problems.append(wrong)
    for problem in problems:
        print(f"FAIL {problem}")
    if not thinned and not options.only and not options.family:
        summary(techniques, works, failed)
    print(*(f"FAIL {name}: no case" for name in lacking), sep="\n", end="\n" if lacking else "")
    problems += lacking
    passed = len(works) - len(failed)
    print(f"{passed} passed, {len(problems)} failed")
    return 1 if problems or not works else 0


if __name__ == "__main__":
    sys.exit(main())
