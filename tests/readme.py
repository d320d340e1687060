#!/usr/bin/python3
"""Runs the commands of README.md as a reader would, in a copy of the project made of links.

In a block marked `sh` every line is a command ("\\" at its end continues it).  In a block marked
`console` a line "$ COMMAND" is one, and the lines below it are what it must print ("..." on a line
of its own stands for any lines).  A command counts as passed when its output is the one shown and
its status is 0, or 1 or 4, which are answers ("no", "undecided"); one that leaves with 1 or 4 must
be an amlblast command.

Not run: what installs packages, fetches something, needs Azure, or would run these tests again.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_RUN = re.compile(r"(sudo|apt|apt-get|git|cd|az|pwsh|docker|bash \.ci/run|xdg-open|#"
                     r"|make (test|check|sanitize|tsan|lint|golden|bench|install|clean))\b|#")


def blocks(text):
    """(language, line number, content) of every fenced block."""
    for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield match[1], text.count("\n", 0, match.start()) + 2, match[2]


def commands_of_sh(content):
    for command in re.sub(r"\\\n\s*", "", content).splitlines():
        if command.strip():
            yield command.strip(), None


def commands_of_console(content):
    for part in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
        command, _, expected = re.sub(r"\\\n\s*", "", part).partition("\n")
        yield command, expected.strip("\n")


def fits(expected, found):
    if expected is None:
        return True
    pattern = "\n".join(r"(?:.*)" if line.strip() == "..." else re.escape(line.rstrip())
                        for line in expected.splitlines())
    found = "\n".join(line.rstrip() for line in found.strip("\n").splitlines())
    return re.fullmatch(pattern, found, re.DOTALL) is not None


def run(command, expected, place, environment):
    """What is wrong with it, or None."""
    done = subprocess.run(["sh", "-c", command], cwd=place, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    answers = (0, 1, 4) if "amlblast" in command else (0,)
    if done.returncode not in answers:
        return f"status {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
    if not fits(expected, done.stdout):
        return f"expected:\n{expected}\nfound:\n{done.stdout}"
    return None


def link_project(place):
    for path in ROOT.iterdir():
        if path.name not in (".git", "output"):
            os.symlink(path, place / path.name)


def main():
    readme = ROOT / "README.md"
    if os.environ["MODE"] != "release" or not readme.exists():
        print("skipped: the commands of README.md are run with the release programs")
        print("0 passed, 0 failed")
        return 0
    passed = failed = 0
    readers = {"sh": commands_of_sh, "console": commands_of_console}
    with tempfile.TemporaryDirectory(prefix="readme-") as name:
        place = Path(name)
        link_project(place)
        environment = {**os.environ, "HOME": name}
        for language, line, content in blocks(readme.read_text(encoding="utf-8")):
            for command, expected in readers.get(language, lambda _: ())(content):
                if NOT_RUN.match(command):
                    continue
                wrong = run(command, expected, place, environment)
                passed += wrong is None
                failed += wrong is not None
                if wrong:
                    print(f"README.md:{line}: {command}\n{wrong}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
