#!/usr/bin/python3
"""Asks amlblast about a snapshot and compares its answers with those that were reasoned by hand.

usage: tests/expect.py --bin PROGRAM [--data-dir DIR] [--jobs N] [--timeout SECONDS] [--verbose]
                       SNAPSHOT_DIR EXPECT_JSON...

An expectation file is {"scenario": NAME, "checks": [CHECK, ...]}; a CHECK is one of

  {"check": "can", "who", "action", "scope", "data": bool, "answer"}
  {"check": "acts_as", "start", "principal", "certainty"}       "no": it is not listed
  {"check": "reach", "start", "scope", "capability", "certainty"}
                                                                some row at or above the scope
  {"check": "verdict", "start", "verdict"}
  {"check": "containment", "start", "containment"}
  {"check": "path", "from", "to", "found": bool, and if wanted "capability", "certainty",
   "max_steps", "techniques_include"}                           every step must have evidence
  {"check": "who", "target", "capability", "includes", "excludes"}
  {"check": "gap", "mentions"}                                  `inspect` names such a gap
  {"check": "ledger", "file", and counts: "records", "used", ...}
                                                                "*": all files together

Any of them may have "as_of", and "needs": techniques, one of which the catalogue must have for that
answer.  Where a word is expected, a list means: any of these.  Ids compare without case.

Prints a line for every check that fails; the last line is "N passed, N failed[, N skipped]".  Checks
that need techniques which the catalogue does not have are skipped.  Exit status: 0 all pass, 1 some fail, 2 the expectations cannot be read.
"""
import argparse
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

BEST_FIRST = ("certain", "conditional", "eligible", "assumed", "unknown", "no")
DONE, ANSWER_IS_NO, INPUT_PROBLEM, UNDECIDED = 0, 1, 3, 4
COUNTS = ("used", "duplicate", "not_relevant", "not_understood")


class Mismatch(Exception):
    """The answer is not the expected one; the text says what it is instead."""


class BadExpectation(Exception):
    """The expectation file is not what it should be."""


# ---- asking ----

@dataclass(frozen=True)
class Answer:
    status: int
    document: dict

    def list_of(self, key):
        value = self.document.get(key)
        if not isinstance(value, list):
            raise Mismatch(f"an answer without a list \"{key}\"")
        return value


class Program:
    """Runs commands on one snapshot, each once however often it is asked, from several threads."""

    def __init__(self, options):
        self.command = [os.path.abspath(options.bin) if os.sep in options.bin else options.bin]
        self.common = ["--json"] + (["--data-dir", options.data_dir] if options.data_dir else [])
        self.snapshot = options.snapshot
        self.timeout = options.timeout
        self.running = {}
        self.lock = threading.Lock()

    def once(self, key, work):
        with self.lock:
            known = self.running.get(key)
            if known is None:
                mine = self.running[key] = Future()
        if known is not None:
            return known.result()
        try:
            mine.set_result(work())
        except Exception as problem:  # pylint: disable=broad-except; whoever waits gets it too
            mine.set_exception(problem)
        return mine.result()

    def run(self, arguments):
        environment = {**os.environ, "NO_COLOR": "1"}
        try:
            return subprocess.run(self.command + arguments, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=self.timeout, env=environment,
                                  check=False)
        except subprocess.TimeoutExpired:
            raise Mismatch(f"no answer within {self.timeout:g} s") from None
        except OSError as problem:
            raise Mismatch(f"the program does not start: {problem}") from None

    def knows_any(self, techniques):
        modelled = {technique.get("id") for technique in self.ask("techniques").list_of("techniques")
                    if technique.get("status") == "modelled"}
        return any(technique in modelled for technique in techniques)

    def ask(self, name, *arguments, as_of=None):
        """The JSON object that a command prints."""
        snapshot = {"inspect": [self.snapshot], "techniques": []}.get(name, ["-s", self.snapshot])
        when = ["--as-of", as_of] if as_of else []
        whole = [name, *arguments, *snapshot, *when, *self.common]
        return self.once(tuple(whole), lambda: self.read(self.run(whole)))

    @staticmethod
    def read(finished):
        if finished.returncode not in (DONE, ANSWER_IS_NO, INPUT_PROBLEM, UNDECIDED):
            said = finished.stderr.decode("utf-8", "backslashreplace").strip()
            raise Mismatch(f"exit status {finished.returncode}: {said[-300:]}")
        try:
            document = json.loads(finished.stdout.decode("utf-8"))
        except ValueError as problem:
            raise Mismatch(f"no JSON in UTF-8 on stdout: {problem}") from None
        if not isinstance(document, dict):
            raise Mismatch("a JSON value on stdout that is no object")
        return Answer(finished.returncode, document)


# ---- comparing ----

def same_id(text):
    return str(text).strip().rstrip("/").lower()


def contains_scope(outer, inner):
    outer, inner = same_id(outer), same_id(inner)
    return outer == "" or outer == inner or inner.startswith(outer + "/")


def is_management_group(scope):
    return "/managementgroups/" in same_id(scope)


def best(certainties):
    """The best of them; "no" when there are none."""
    ranked = [word for word in BEST_FIRST if word in certainties]
    return ranked[0] if ranked else "no"


def any_of(expected):
    return expected if isinstance(expected, list) else [expected]


def must_be(found, expected):
    if found not in any_of(expected):
        raise Mismatch(str(found))


def fits_status(answer, *allowed):
    if answer.status not in (*allowed, INPUT_PROBLEM):
        raise Mismatch(f"exit status {answer.status}, which does not fit the answer")


def letters(text):
    """A name without the punctuation in which names of gaps may differ."""
    return "".join(letter for letter in str(text).lower() if letter.isalnum())


# ---- the checks ----

def check_can(program, check):
    asked = [check["who"], check["action"], check["scope"]] + (["--data"] if check.get("data") else [])
    answer = program.ask("can", *asked, as_of=check.get("as_of"))
    found = answer.document.get("answer")
    must_be(found, check["answer"])
    fits_status(answer, {"certain": DONE, "no": ANSWER_IS_NO}.get(found, UNDECIDED))


def ask_start(program, check):
    """What `reach` says of the start; it may stand alone or as the one element of "starts"."""
    answer = program.ask("reach", check["start"], as_of=check.get("as_of"))
    inner = answer.document.get("start")
    if "starts" in answer.document:
        inner = next(iter(answer.list_of("starts")), None)
    return Answer(answer.status, {**answer.document, **inner}) if isinstance(inner, dict) else answer


def check_acts_as(program, check):
    rows = ask_start(program, check).list_of("acts_as")
    wanted = same_id(check["principal"])
    must_be(best([row.get("certainty") for row in rows if same_id(row.get("principal")) == wanted]),
            check["certainty"])


def check_reach(program, check):
    rows = [row for row in ask_start(program, check).list_of("reach")
            if row.get("capability") == check["capability"]]
    covering = [row for row in rows if contains_scope(row.get("scope", ""), check["scope"])]
    if not covering and "no" not in any_of(check["certainty"]):
        # The id of a subscription does not say which management groups are above it.
        covering = [row for row in rows if is_management_group(row.get("scope", ""))
                    and not is_management_group(check["scope"])]
    must_be(best([row.get("certainty") for row in covering]), check["certainty"])


def check_verdict(program, check):
    must_be(ask_start(program, check).document.get("verdict"), check["verdict"])


def check_containment(program, check):
    must_be(ask_start(program, check).document.get("containment"), check["containment"])


def check_chains(check, chains):
    if not chains or not all(chain.get("steps") for chain in chains):
        raise Mismatch("found, but a chain is lacking or has no steps")
    shortest = min(len(chain["steps"]) for chain in chains)
    if shortest > check.get("max_steps", shortest):
        raise Mismatch(f"{shortest} steps")
    for chain in chains:
        techniques = [step.get("technique") for step in chain["steps"]]
        for technique in check.get("techniques_include", []):
            if technique not in techniques:
                raise Mismatch(f"a chain without {technique}: {', '.join(map(str, techniques))}")
        for step in chain["steps"]:
            if not step.get("evidence"):
                raise Mismatch(f"a step without evidence: {step.get('technique')}")


def check_path(program, check):
    which = ["--capability", check["capability"]] if "capability" in check else []
    answer = program.ask("path", check["from"], check["to"], *which, as_of=check.get("as_of"))
    if answer.document.get("found") is not check["found"]:
        raise Mismatch(f"found: {answer.document.get('found')}")
    fits_status(answer, *((DONE, UNDECIDED) if check["found"] else (ANSWER_IS_NO,)))
    if check["found"]:
        if "certainty" in check:
            must_be(answer.document.get("certainty"), check["certainty"])
        check_chains(check, answer.document.get("chains"))


def check_who(program, check):
    answer = program.ask("who", check["target"], "--capability", check["capability"],
                         as_of=check.get("as_of"))
    listed = {same_id(row.get("id")) for row in answer.list_of("starts")
              if row.get("certainty") not in ("no", "unknown")}
    wrong = [f"{id} is missing" for id in check.get("includes", []) if same_id(id) not in listed]
    wrong += [f"{id} is listed" for id in check.get("excludes", []) if same_id(id) in listed]
    if wrong:
        raise Mismatch("; ".join(wrong))


def inspected(program, check, key):
    """The list of `inspect`, at the top or within "snapshot"."""
    answer = program.ask("inspect", as_of=check.get("as_of"))
    inner = answer.document.get("snapshot")
    return Answer(answer.status, {**inner, **answer.document} if isinstance(inner, dict)
                  else answer.document).list_of(key)


def check_gap(program, check):
    gaps = [str(gap.get("missing") if isinstance(gap, dict) else gap)
            for gap in inspected(program, check, "gaps")]
    if not any(letters(word) in letters(gap) for word in any_of(check["mentions"]) for gap in gaps):
        raise Mismatch(f"gaps {', '.join(gaps) or 'none'}")


def check_ledger(program, check):
    files = inspected(program, check, "files")
    if check["file"] != "*":
        files = [file for file in files
                 if ("/" + str(file.get("path", ""))).endswith("/" + check["file"])]
    if not files:
        raise Mismatch("a list without that file")
    for file in files:
        if file.get("records", 0) != sum(file.get(count, 0) for count in COUNTS):
            raise Mismatch(f"counts of {file.get('path')} that do not add up")
    for count in ("records", *COUNTS):
        found = sum(file.get(count, 0) for file in files)
        if found != check.get(count, found):
            raise Mismatch(f"{count} {found}")


@dataclass(frozen=True)
class Kind:
    judge: callable
    subject: tuple  # what is asked about
    expected: tuple  # what the answer must be; the first one is always there


KINDS = {
    "can": Kind(check_can, ("who", "action", "scope"), ("answer",)),
    "acts_as": Kind(check_acts_as, ("start", "principal"), ("certainty",)),
    "reach": Kind(check_reach, ("start", "scope", "capability"), ("certainty",)),
    "verdict": Kind(check_verdict, ("start",), ("verdict",)),
    "containment": Kind(check_containment, ("start",), ("containment",)),
    "path": Kind(check_path, ("from", "to"),
                 ("found", "certainty", "max_steps", "techniques_include")),
    "who": Kind(check_who, ("target", "capability"), ("includes", "excludes")),
    "gap": Kind(check_gap, (), ("mentions",)),
    "ledger": Kind(check_ledger, ("file",), ("records", *COUNTS)),
}
OPTIONAL = {"data", "as_of", "capability", "needs"}


# ---- expectation files ----

@dataclass(frozen=True)
class Task:
    place: str  # "contoso-ml #3"
    kind: Kind
    check: dict


def read_checks(path):
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        name, checks = document["scenario"], document["checks"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BadExpectation(f"{path}: {problem!r}") from None
    tasks = []
    for number, check in enumerate(checks):
        kind = KINDS.get(check.get("check"))
        if kind is None:
            raise BadExpectation(f"{path}: check {number} is of no known kind: {check.get('check')}")
        lacking = [key for key in kind.subject if key not in check]
        if not any(key in check for key in kind.expected):
            lacking.append(kind.expected[0])
        unknown = check.keys() - {"check", *kind.subject, *kind.expected} - OPTIONAL
        if lacking or unknown:
            raise BadExpectation(f"{path}: check {number}: lacks {lacking}, "
                                 f"has unknown {sorted(unknown)}")
        tasks.append(Task(f"{name} #{number}", kind, check))
    return tasks


def short(value):
    """The last two segments of an ARM id; anything else as it is."""
    text = str(value)
    return "/".join(text.split("/")[-2:]) if text.startswith("/") else text


def describe(task):
    check = task.check
    about = [short(check[key]) for key in (*task.kind.subject, "as_of") if key in check]
    if "capability" in check and "capability" not in task.kind.subject:
        about.append(check["capability"])
    if check.get("data"):
        about.append("(data)")
    return " ".join([check["check"], *about])


def describe_expected(task):
    wanted = {key: task.check[key] for key in task.kind.expected if key in task.check}
    if len(wanted) > 1:
        return ", ".join(f"{key} {value}" for key, value in wanted.items())
    return " or ".join(str(value) for value in any_of(*wanted.values()))


def judge(program, task):
    """(passed, failed, skipped) and the line that tells, or None."""
    try:
        if "needs" in task.check and not program.knows_any(task.check["needs"]):
            return (0, 0, 1), None
        task.kind.judge(program, task.check)
    except (Mismatch, AttributeError, TypeError) as found:  # the latter: not of the promised shape
        return (0, 1, 0), (f"FAIL {task.place} {describe(task)}: expected "
                           f"{describe_expected(task)}, found {found}")
    return (1, 0, 0), None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, metavar="PROGRAM")
    parser.add_argument("--data-dir", metavar="DIR")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only one check of N")
    parser.add_argument("--verbose", action="store_true", help="also a line for what passes")
    parser.add_argument("snapshot", metavar="SNAPSHOT_DIR")
    parser.add_argument("expectations", nargs="+", metavar="EXPECT_JSON")
    options = parser.parse_args()
    try:
        tasks = [task for path in options.expectations for task in read_checks(path)]
        tasks = tasks[::max(1, options.every)]
    except BadExpectation as problem:
        print(problem, file=sys.stderr)
        return 2
    program = Program(options)
    totals = [0, 0, 0]
    with ThreadPoolExecutor(max(1, options.jobs)) as pool:
        for task, (counts, line) in zip(tasks, pool.map(lambda task: judge(program, task), tasks)):
            totals = [total + count for total, count in zip(totals, counts)]
            if line or options.verbose:
                word = "skip" if counts[2] else "ok  "
                print(line or f"{word} {task.place} {describe(task)}")
    passed, failed, skipped = totals
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
