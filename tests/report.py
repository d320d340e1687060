#!/usr/bin/python3
"""What `amlblast analyze` writes, checked as a reader would: the schema, every reference in it, every
piece of evidence against the exported file, tables, pictures, and that equal input gives equal bytes.

Ends in "N passed, N failed".  Without python3-jsonschema the schemas are skipped, which is said.
"""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD", ROOT / "build"))
SCENARIOS = ROOT.parent / "shared/scenarios"
TENANT = ROOT / "fixtures/contoso-ml"
FIXTURES = ["contoso-ml", "plain", "broken-records", "hostile-names", "truncated-array", "zip"]
CERTAINTIES = ["certain", "conditional", "eligible", "assumed"]
SHOWN = 8

passed = 0
failures = []


def check(what, problems):
    global passed
    problems = list(problems)
    if problems:
        failures.append(what)
        print(f"{what}:", *map(str, problems[:SHOWN]), sep="\n  ")
    else:
        passed += 1


def schema(name):
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError:
        return None
    text = (ROOT / f"data/schema/{name}.schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def schema_problems(validator, document):
    for error in validator.iter_errors(document) if validator else []:
        yield f"/{'/'.join(map(str, error.path))}: {error.message[:200]}"


def analyze(snapshot, output, *options, program=BUILD / "amlblast", **more):
    return subprocess.run([program, "analyze", snapshot, "-o", output, *options],
                          capture_output=True, check=False, **more)


# ---- report.json ----

def references(report):
    """Names of chains and findings that are used and not there, or there and not used."""
    chains = [chain["id"] for chain in report["chains"]]
    findings = [finding["id"] for finding in report["findings"]]
    if chains != [f"c{i + 1}" for i in range(len(chains))]:
        yield "chains are not numbered c1, c2, ..."
    if findings != [f"f{i + 1}" for i in range(len(findings))]:
        yield "findings are not numbered f1, f2, ..."
    used = [finding["chain"] for finding in report["findings"]]
    for start in report["starts"]:
        used += [row["chain"] for row in start["reach"] + start["acts_as"] + start["minor_findings"]]
        used += [start["worst_chain"]] + [q["chain"] for q in start["questions"].values()]
    used = {name for name in used if name}
    yield from sorted(used ^ set(chains))
    told = [name for start in report["starts"] for name in start["findings"]]
    yield from sorted(set(told) ^ set(findings))


def arithmetic(report):
    for file in report["snapshot"]["files"]:
        parts = ("used", "duplicate", "not_relevant", "not_understood")
        if file["records"] != sum(file[part] for part in parts):
            yield f"{file['path']}: the counts do not add up"
    summary = report["summary"]
    if sum(summary["by_verdict"].values()) != len(report["starts"]):
        yield "by_verdict does not add up to the starts"
    for start in report["starts"]:
        for row in start["reach"]:
            if row["resources"] != sum(row["by_type"].values()):
                yield f"{start['name']}: {row['scope']} {row['capability']}: resources"
        excess = [i for i, row in enumerate(start["reach"]) if not row["in_task_scope"]]
        if excess != start["excess"]:
            yield f"{start['name']}: excess"
        if start["score"] != min(100, sum(term["points"] for term in start["score_terms"])):
            yield f"{start['name']}: score"


def certainties(report):
    """A chain is as certain as its worst step, a row or an identity as its chain."""
    chain_of = {chain["id"]: chain for chain in report["chains"]}
    for chain in report["chains"]:
        worst = max(CERTAINTIES.index(step["certainty"]) for step in chain["steps"])
        if CERTAINTIES[worst] != chain["certainty"]:
            yield f"{chain['id']} is {chain['certainty']}, its worst step {CERTAINTIES[worst]}"
    for start in report["starts"]:
        for row in start["reach"] + start["acts_as"]:
            if row["chain"] and chain_of[row["chain"]]["certainty"] != row["certainty"]:
                yield f"{start['name']}: a row is {row['certainty']}, its {row['chain']} is not"


def resolve(document, pointer):
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def evidence(report, snapshot):
    """Every record that is named as evidence stands where the report says."""
    files = {}
    for chain in report["chains"]:
        for step in chain["steps"]:
            for record in step["evidence"]:
                path = Path(snapshot, record["file"])
                if path not in files:
                    files[path] = path.read_text(encoding="utf-8-sig")
                lines = files[path].splitlines()
                try:
                    value = resolve(json.loads(files[path]), record["pointer"])
                except (KeyError, IndexError, TypeError, ValueError) as error:
                    yield f"{record['file']}: {record['pointer']}: {error!r}"
                    continue
                if not isinstance(value, dict) or "{" not in lines[record["line"] - 1]:
                    yield f"{record['file']}:{record['line']}: no record begins there"


# ---- tables ----

def table_problems(path, expected_rows):
    raw = path.read_bytes()
    if not raw.endswith(b"\r\n") or b"\n" in raw.replace(b"\r\n", b""):
        yield "lines do not end in CR LF"
    rows = list(csv.reader(raw.decode("utf-8").splitlines(keepends=True), strict=True))
    if len(rows) - 1 != expected_rows:
        yield f"{len(rows) - 1} rows, expected {expected_rows}"
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            yield f"row {number}: {len(row)} fields, the header has {len(rows[0])}"
        for field in row:
            if field[:1] and field[0] in "=+-@\t\r":
                yield f"row {number}: a spreadsheet would take {field[:30]!r} for a formula"


# ---- pictures ----

def svg_problems(directory):
    for path in sorted(directory.glob("*.svg")):
        text = path.read_text(encoding="utf-8")
        try:
            xml.dom.minidom.parseString(text)
        except Exception as error:  # pylint: disable=broad-except
            yield f"{path.name}: {error}"
        ids = re.findall(r'\bid="([^"]*)"', text)
        if len(ids) != len(set(ids)):
            yield f"{path.name}: an id is there twice"
        if "<script" in text.lower():
            yield f"{path.name}: script"


def cards_of(column):
    for item in column["items"]:
        if "scope" in item:
            yield from cards_of(item)
        else:
            yield item


def sum_problems(picture, start):
    """ "N reachable = A drawn one by one + B inside C stacks.", the latter only if there are any """
    cards = [card for column in picture["columns"][1:] for card in cards_of(column)]
    stacks = [card["count"] for card in cards if card["silhouette"] == "stack"]
    first = 0 if picture["columns"][0].get("narrow") else -1
    singles = sum(card["silhouette"] == "resource" and card["id"][0] in "rc"
                  for column in picture["columns"][first + 1:] for card in cards_of(column))
    sentence = picture["legend"]["sentence"]
    if match := re.match(r"(\d+) reachable = (\d+) drawn one by one"
                         r"(?: \+ (\d+) inside (\d+) stack|\.)", sentence):
        total, single, stacked, stack = (int(number or 0) for number in match.groups())
        if total != single + stacked or stacked != sum(stacks) or stack != len(stacks):
            yield f"{picture['name']}: {sentence} but there are {stacks} in stacks"
        if single > singles:
            yield f"{picture['name']}: {sentence} but there are {singles} cards of resources"
        if total != start["reachable"]["resources"]:
            yield f"{picture['name']}: {sentence} but report.json says {start['reachable']}"
    elif start["reachable"]["resources"]:
        yield f"{picture['name']}: {sentence}"
    if len(cards) > 70:
        yield f"{picture['name']}: {len(cards)} cards"


DRAW_STUB = """#!/bin/sh
# Keeps the descriptions instead of drawing them.
cat >"$KEPT"
exit "${DRAW_STATUS:-0}"
"""


def program_with_stub(place):
    """A copy of amlblast whose drawing helper only keeps what it is told."""
    place.mkdir()
    shutil.copy(BUILD / "amlblast", place)
    (place / "amlblast-draw").write_text(DRAW_STUB)
    (place / "amlblast-draw").chmod(0o755)
    return place / "amlblast"


def descriptions(program, snapshot, place):
    kept = place / "pictures.ndjson"
    analyze(snapshot, place / "kept", "--data-dir", ROOT / "data", "--diagrams", "1000",
            program=program, env={**os.environ, "KEPT": str(kept)})
    if not kept.exists():  # nothing to draw
        return []
    return [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]


def picture_problems(pictures, report):
    validator = schema("picture")
    starts = {Path(start["diagram"]).stem: start for start in report["starts"] if start["diagram"]}
    for picture in pictures:
        yield from (f"{picture['name']}: {problem}"
                    for problem in schema_problems(validator, picture))
        if picture["kind"] == "identity":
            yield from sum_problems(picture, starts[picture["name"]])
    names = [picture["name"].lower() for picture in pictures]
    yield from {name for name in names if names.count(name) > 1}


# ---- one snapshot ----

def check_snapshot(snapshot, name):
    results = []
    with tempfile.TemporaryDirectory(prefix="report-") as directory:
        place = Path(directory)
        finished = analyze(snapshot, place / "out")
        status = [f"status {finished.returncode}: {finished.stderr.decode()[:400]}"]
        results.append((f"{name}: ends well", status if finished.returncode not in (0, 3) else []))
        report = json.loads((place / "out/report.json").read_text(encoding="utf-8"))
        results.append((f"{name}: schema", list(schema_problems(schema("report"), report))))
        results.append((f"{name}: references", list(references(report))))
        results.append((f"{name}: arithmetic", list(arithmetic(report))))
        results.append((f"{name}: certainties", list(certainties(report))))
        if not name.startswith("zip"):
            results.append((f"{name}: evidence", list(evidence(report, snapshot))))
        rows = {"identities": len(report["starts"]), "findings": len(report["findings"]),
                "reach": sum(len(start["reach"]) for start in report["starts"])}
        for table, count in rows.items():
            results.append((f"{name}: {table}.csv",
                            list(table_problems(place / f"out/{table}.csv", count))))
        results.append((f"{name}: svg", list(svg_problems(place / "out/diagrams"))
                        if (place / "out/diagrams").exists() else []))
        pictures = descriptions(program_with_stub(place / "bin"), snapshot, place)
        report = json.loads((place / "kept/report.json").read_text(encoding="utf-8"))
        results.append((f"{name}: pictures", list(picture_problems(pictures, report))))
    return results


def tree(directory):
    return {str(path.relative_to(directory)): path.read_bytes()
            for path in sorted(directory.rglob("*")) if path.is_file()}


def check_same_bytes():
    """Elsewhere, with other threads, under another time zone: the same files."""
    with tempfile.TemporaryDirectory(prefix="report-") as directory:
        place = Path(directory)
        shutil.copytree(TENANT, place / "elsewhere/contoso-ml")
        analyze(TENANT, place / "a", "--jobs", "1")
        analyze(place / "elsewhere/contoso-ml", place / "b", "--jobs", "3",
                env={**os.environ, "TZ": "America/Lima", "LANG": "de_DE.UTF-8"})
        first, second = tree(place / "a"), tree(place / "b")
        check("same bytes", [name for name in first.keys() | second.keys()
                             if first.get(name) != second.get(name)])
        traces = [str(place).encode(), str(ROOT).encode(), os.uname().nodename.encode() + b"."]
        check("no trace of the machine", [name for name, content in first.items()
                                          for trace in traces if trace in content])
        check("nothing half written", [name for name in first if "partial" in name])


def snapshots():
    for name in FIXTURES:
        yield ROOT / "fixtures" / name, name
    paths = sorted(SCENARIOS.glob("*/snapshot"))
    if os.environ.get("MODE", "release") != "release":  # a sanitized program is several times slower
        print(f"skipped: reports of {len(paths) - len(paths[::3])} scenarios of {len(paths)}")
        paths = paths[::3]
    for path in paths:
        yield path, path.parent.name


def main():
    if schema("report") is None:
        print("skipped: schemas (python3-jsonschema is not installed)")
    if not SCENARIOS.exists():
        print(f"skipped: no scenarios at {SCENARIOS.relative_to(ROOT.parent)}")
    with ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        for results in pool.map(lambda pair: check_snapshot(*pair), snapshots()):
            for what, problems in results:
                check(what, problems)
    check_same_bytes()
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
