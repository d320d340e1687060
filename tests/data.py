#!/usr/bin/python3
"""Checks data/ with the JSON Schemas that ship with it, and what no schema can say.

Ends in "N passed, N failed".  Without python3-jsonschema the schemas are skipped, which is said.
The operations that rules name are compared with Azure's list of provider operations when a copy of
it lies at ../shared/facts/operations.txt.
"""
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
OPERATIONS = ROOT.parent / "shared/facts/operations.txt"

passed = 0
failures = []


def check(what, problems):
    global passed
    if problems:
        failures.append(what)
        print(f"{what}:", *problems[:10], sep="\n  ")
    else:
        passed += 1


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def rule_files():
    """(file, name of its schema) of every rule file."""
    for path in sorted(DATA.glob("*.json")):
        yield path, path.stem
    for path in sorted((DATA / "techniques").glob("*.json")):
        yield path, "techniques"


def check_schemas():
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError:
        print("skipped: schemas (python3-jsonschema is not installed)")
        return
    for path in sorted((DATA / "schema").glob("*.schema.json")):
        schema = load(path)
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
            check(f"{path.name} is a schema", [])
        except jsonschema.SchemaError as error:
            check(f"{path.name} is a schema", [error.message])
    for path, name in rule_files():
        validator = jsonschema.Draft202012Validator(load(DATA / f"schema/{name}.schema.json"))
        errors = sorted(validator.iter_errors(load(path)), key=lambda error: list(error.path))
        check(f"{path.relative_to(ROOT)} follows its schema",
              [f"/{'/'.join(map(str, error.path))}: {error.message[:300]}" for error in errors])


def vocabulary(macro):
    """The first text of every use of a macro in vocabulary.def."""
    text = (ROOT / "analyzer/rules/vocabulary.def").read_text(encoding="utf-8")
    return re.findall(rf'^{macro}\(\w+,\s*"([^"]+)"', text, re.MULTILINE)


def enums(node):
    """Every list of words in a schema."""
    if isinstance(node, dict):
        if "enum" in node:
            yield node["enum"]
        for value in node.values():
            yield from enums(value)
    elif isinstance(node, list):
        for value in node:
            yield from enums(value)


def check_vocabulary():
    """The closed lists of the schemas are those that the program knows."""
    for schema, macro in (("techniques", "CAPABILITY"), ("techniques", "GRANT_CONDITION"),
                          ("techniques", "ACTS_AS_KIND"), ("techniques", "CONFIDENCE_WORD"),
                          ("techniques", "SEVERITY_WORD"), ("techniques", "BUILT_IN"),
                          ("kinds", "TYPE_FAMILY"),
                          ("task-scopes", "NEED_AT")):
        words = vocabulary(macro)
        lists = list(enums(load(DATA / f"schema/{schema}.schema.json")))
        check(f"{schema}.schema.json knows the words of {macro}",
              [] if words and words in lists else [f"expected a list of {', '.join(words)}"])


def check_references():
    """What the program joins by property exists in the table of properties."""
    text = (ROOT / "analyzer/rules/vocabulary.def").read_text(encoding="utf-8")
    text = text.replace('AML "', '"microsoft.machinelearningservices/workspaces')
    text = re.sub(r"\bAML,", '"microsoft.machinelearningservices/workspaces",', text)
    known = {(field["type"], field["property"])
             for field in load(DATA / "resource-fields.json")["fields"]}
    uses = re.findall(r'^REFERENCE\(\w+, "([^"]+)", "(\w+)"', text, re.MULTILINE)
    uses += [(kind, name) for kind, name in
             re.findall(r'^WORKLOAD\(\w+, "[^"]+", "([^"]+)", "(\w+)"', text, re.MULTILINE)]
    check("properties that relations are told by are kept",
          [f"{kind}: {name}" for kind, name in uses if (kind, name) not in known] if uses
          else ["found no reference"])


def permissions(node):
    """(action, plane) of every permission premise."""
    if isinstance(node, dict):
        if "permission" in node:
            yield from ((action, node["plane"]) for action in node["permission"])
        if "actions" in node and "plane" in node:
            yield from ((action, node["plane"]) for action in node["actions"])
        for value in node.values():
            yield from permissions(value)
    elif isinstance(node, list):
        for value in node:
            yield from permissions(value)


def check_operations():
    """Azure knows every operation that a rule names."""
    if not OPERATIONS.exists():
        print("skipped: no list of provider operations")
        return
    planes = {"C": "control", "D": "data"}
    known = {(line[2:].strip().lower(), planes[line[0]])
             for line in OPERATIONS.read_text(encoding="utf-8").splitlines()
             if line[:2] in ("C ", "D ")}
    for path, _ in rule_files():
        if path.stem == "builtin-roles":
            continue
        named = set(permissions(load(path)))
        check(f"{path.relative_to(ROOT)} names operations that exist",
              [f"{action} ({plane})" for action, plane in sorted(named)
               if (action.lower(), plane) not in known])


def check_places():
    """No rule names a place of the machine it was written on."""
    check("no local paths in data/",
          [str(path.relative_to(ROOT)) for path in sorted(DATA.rglob("*")) if path.is_file()
           and re.search(r"/work/|/home/|/tmp/", path.read_text(encoding="utf-8"))])


def main():
    check_schemas()
    check_vocabulary()
    check_references()
    check_operations()
    check_places()
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
