#!/usr/bin/python3
"""Runs every test of one build and ends with one line, "N passed, N failed", over all of them.

usage: scripts/run-tests.py [--build DIR] [--mode NAME] [--jobs N] [--only TEXT] [--rewrite-golden]
                            [UNIT_PROGRAM...]

What is a test:
  unit     every UNIT_PROGRAM, by default all test_* and draw_* in DIR/tests (cmocka); each of its
           tests counts as one.
  golden   every directory tests/golden/CASE.  `cmd` is a shell command as a user would type it at
           the project root ("amlblast inspect fixtures/empty").  It runs in a fresh directory in
           which fixtures/, data/ and tests/ are links to the project's, with the built programs
           first in PATH.  expected/ holds what it must print and leave behind: stdout, stderr,
           status, and files/ with the written files that the globs in `files` name (one on a
           line).  --rewrite-golden writes expected/ anew instead of comparing.
  script   every executable tests/*.sh and tests/*.py.  It runs at the project root with BUILD
           (the directory of the programs), MODE and JOBS in the environment, and its last line is
           "N passed, N failed".

A test program that crashes, runs too long or does not say its result counts as failed.  The exit
status is 0 when nothing failed and at least one test passed.
"""
import argparse
import difflib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNIT_SECONDS = 60
GOLDEN_SECONDS = 60
SCRIPT_SECONDS = 900
SLOWER_UNDER_A_SANITIZER = 6
SHOWN_LINES = 80


@dataclass
class Result:
    suite: str
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    detail: str = ""  # shown when something failed


@dataclass
class Run:
    """What a finished program left: status is None when it ran out of time."""
    status: int | None
    stdout: bytes
    stderr: bytes

    def ending(self):
        if self.status is None:
            return "ran out of time"
        if self.status < 0:
            return f"was killed by {signal.Signals(-self.status).name}"
        return f"ended with status {self.status}"


def run(command, seconds, **options):
    """Runs a command in a process group of its own, so that a time-out leaves nothing behind."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True, **options) as process:
        try:
            stdout, stderr = process.communicate(timeout=seconds)
            return Run(process.returncode, stdout, stderr)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
            return Run(None, stdout, stderr)


def text(output):
    return output.decode("utf-8", "backslashreplace")


class Tests:
    def __init__(self, options):
        self.build = (ROOT / options.build).resolve()
        self.mode = options.mode
        self.rewrite = options.rewrite_golden
        self.slower = 1 if options.mode == "release" else SLOWER_UNDER_A_SANITIZER
        self.environment = test_environment(self.build, options)

    # ---- unit programs ----

    def unit(self, program):
        finished = run([program], UNIT_SECONDS * self.slower, cwd=ROOT,
                       env={**self.environment, "CMOCKA_MESSAGE_OUTPUT": "TAP"})
        result = Result("unit", program.name)
        lines = text(finished.stdout + finished.stderr).splitlines()
        planned = 0
        for line in lines:
            if plan := re.match(r"1\.\.(\d+)$", line):
                planned += int(plan[1])
            elif re.match(r"(not )?ok \d+ # SKIP", line):  # cmocka 1.1 says "not ok" when skipping
                result.skipped += 1
            elif re.match(r"not ok \d+", line):
                result.failed += 1
            elif re.match(r"ok \d+", line):
                result.passed += 1
        silent = planned - result.passed - result.failed - result.skipped
        if finished.status != 0 and (silent > 0 or result.failed == 0):
            result.failed += max(silent, 1)
            lines.append(f"{program.name} {finished.ending()}")
        if planned == 0 and result.failed == 0:
            result.failed += 1
            lines.append(f"{program.name} told no number of tests")
        result.detail = "\n".join(lines[-SHOWN_LINES:])
        return result

    # ---- golden cases ----

    def golden(self, case):
        result = Result("golden", case.name)
        with tempfile.TemporaryDirectory(prefix="golden-") as place:
            for name in ("fixtures", "data", "tests"):
                if (ROOT / name).exists():
                    os.symlink(ROOT / name, Path(place, name))
            finished = run(["sh", "-c", (case / "cmd").read_text()], GOLDEN_SECONDS * self.slower,
                           cwd=place, env={**self.environment, "HOME": place})
            found = golden_answer(case, finished, Path(place))
        expected = case / "expected"
        if self.rewrite:
            write_tree(expected, found)
        differences = tree_differences(read_tree(expected), found)
        result.passed, result.failed = (0, 1) if differences else (1, 0)
        result.detail = "\n".join(differences[:SHOWN_LINES])
        return result

    # ---- scripts ----

    def script(self, path):
        finished = run([path], SCRIPT_SECONDS * self.slower, cwd=ROOT, env=self.environment)
        result = Result("script", path.name)
        lines = text(finished.stderr + finished.stdout).splitlines()
        closing = re.match(r"(\d+) passed, (\d+) failed$", lines[-1]) if lines else None
        if closing:
            result.passed, result.failed = int(closing[1]), int(closing[2])
        result.skipped = sum(line.startswith("skipped") for line in lines)
        if not closing or (finished.status != 0 and result.failed == 0):
            result.failed += 1
            lines.append(f"{path.name} {finished.ending()}"
                         + ("" if closing else " and did not tell its result"))
        result.detail = "\n".join(lines[-SHOWN_LINES:])
        return result


def test_environment(build, options):
    """One environment on every machine: no locale, no colours, an odd time zone, no outer make."""
    kept = {name: os.environ[name]
            for name in ("HOME", "TMPDIR", "USER", "CC", "CFLAGS", "LDFLAGS", "PREFIX", "WERROR")
            if name in os.environ}
    return {
        **kept,
        "PATH": f"{build}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "TZ": "Asia/Kathmandu",
        "TERM": "dumb",
        "BUILD": str(build),
        "MODE": options.mode,
        "JOBS": str(options.jobs),
        "PYTHON": sys.executable,
        "PYTHONDONTWRITEBYTECODE": "1",
        "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
        "LSAN_OPTIONS": f"suppressions={ROOT}/tests/leaks.supp:print_suppressions=0:exitcode=99",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "TSAN_OPTIONS": "halt_on_error=1:exitcode=99",
    }


def golden_answer(case, finished, place):
    """What the command gave, as a tree of files: relative path -> bytes."""
    status = "none: ran out of time" if finished.status is None else finished.status
    found = {"stdout": finished.stdout, "stderr": finished.stderr,
             "status": f"{status}\n".encode()}
    globs = (case / "files").read_text().split() if (case / "files").exists() else []
    for glob in globs:
        for path in sorted(place.glob(glob)):
            if path.is_file():
                found[f"files/{path.relative_to(place)}"] = path.read_bytes()
    return found


def read_tree(root):
    return {str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*")) if path.is_file()}


def write_tree(root, tree):
    shutil.rmtree(root, ignore_errors=True)
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def tree_differences(expected, found):
    lines = []
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            lines.append(f"{name}: expected, but it was not written")
        elif name not in expected:
            lines.append(f"{name}: not in expected/ (`make golden` puts it there)")
        if expected.get(name) != found.get(name):
            lines += difflib.unified_diff(
                text(expected.get(name, b"")).splitlines(), text(found.get(name, b"")).splitlines(),
                f"expected {name}", f"found {name}", lineterm="", n=1)
    return lines


def find_tests(tests, programs, wanted):
    """(function, path) of every test whose suite or name contains `wanted`, in order."""
    unit = sorted(programs or (path for path in (tests.build / "tests").glob("*")
                               if path.name.startswith(("test_", "draw_"))
                               and os.access(path, os.X_OK)))
    golden = sorted(path.parent for path in (ROOT / "tests/golden").glob("*/cmd"))
    script = sorted(path for path in (ROOT / "tests").iterdir()
                    if path.suffix in (".sh", ".py") and os.access(path, os.X_OK))
    if tests.rewrite:
        unit = script = []
    found = [(tests.unit, "unit", path) for path in unit]
    found += [(tests.golden, "golden", path) for path in golden]
    found += [(tests.script, "script", path) for path in script]
    return [(function, path) for function, suite, path in found
            if wanted in f"{suite} {path.name}"]


def show(result):
    if not result.failed:
        return
    print(f"FAILED {result.suite} {result.name}: {result.failed} of "
          f"{result.passed + result.failed}")
    for line in result.detail.splitlines():
        print(f"    {line}")
    sys.stdout.flush()


def show_totals(results):
    for suite in ("unit", "golden", "script"):
        of_suite = [result for result in results if result.suite == suite]
        if of_suite:
            print(f"{suite}: {len(of_suite)} run, {sum(r.passed for r in of_suite)} passed, "
                  f"{sum(r.failed for r in of_suite)} failed, "
                  f"{sum(r.skipped for r in of_suite)} skipped")
    for result in results:
        if result.suite == "script":
            for line in result.detail.splitlines():
                if line.startswith("skipped"):
                    print(f"{result.name}: {line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--mode", default="release")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", default="", help="only tests whose suite and name contain this")
    parser.add_argument("--rewrite-golden", action="store_true")
    parser.add_argument("programs", nargs="*", type=lambda name: Path(name).resolve())
    options = parser.parse_args()

    results = []
    tests = Tests(options)
    with ThreadPoolExecutor(options.jobs) as pool:
        running = [pool.submit(function, path)
                   for function, path in find_tests(tests, options.programs, options.only)]
        for future in running:
            results.append(future.result())
            show(results[-1])
    show_totals(results)
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
