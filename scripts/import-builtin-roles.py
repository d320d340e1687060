#!/usr/bin/python3
"""Writes data/builtin-roles.json from a dump of Azure's built-in role definitions.

usage: scripts/import-builtin-roles.py DUMP.json [--date YYYY-MM-DD] [--source TEXT]... [-o FILE]

DUMP is either what `az role definition list` prints (custom roles in it are left out; --date and
--source then say when and where it was taken), or a compact table of several compared dumps:
{"asOf", "sources": [], "roles": {guid: {"n", "p": [{"a", "na", "da", "nda", "c", "cv"}], "s"}},
"extra": the same for roles that not every dump has, with "from": [dumps]}.

Facts only: descriptions are not taken.  Sorted by GUID, one role per line, so that a difference
between two imports reads as the roles that changed.
"""
import argparse
import json
import sys

KEYS = {"a": "actions", "na": "notActions", "da": "dataActions", "nda": "notDataActions",
        "c": "condition", "cv": "conditionVersion"}


def without_repetition(value):
    """Azure's own lists name some actions twice."""
    return list(dict.fromkeys(value)) if isinstance(value, list) else value


def compact_role(guid, role, confidence):
    """One role of the compact table."""
    result = {"guid": guid, "name": role["n"],
              "permissions": [{KEYS[key]: without_repetition(value) for key, value in block.items()}
                              for block in role["p"]]}
    if role.get("s", ["/"]) != ["/"]:
        result["assignableScopes"] = role["s"]
    if confidence:
        result["confidence"] = confidence
        result["seenIn"] = role["from"]
    return result


def from_table(table):
    roles = [compact_role(guid, role, None) for guid, role in table["roles"].items()]
    roles += [compact_role(guid, role, "lower") for guid, role in table.get("extra", {}).items()]
    return table["asOf"], table["sources"], roles


def azure_cli_role(record):
    """One record of `az role definition list`."""
    permissions = [{key: without_repetition(block[key]) for key in KEYS.values() if block.get(key)}
                   for block in record["permissions"]]
    result = {"guid": record["name"].lower(), "name": record["roleName"],
              "permissions": permissions}
    if record["assignableScopes"] != ["/"]:
        result["assignableScopes"] = record["assignableScopes"]
    return result


def from_azure_cli(records, date, sources):
    if not date or not sources:
        sys.exit("a role definition list needs --date and --source")
    return date, sources, [azure_cli_role(record) for record in records
                           if record["roleType"] == "BuiltInRole"]


def write(out, date, sources, roles):
    head = {"schema": "amlblast.builtin-roles/1", "date": date, "sources": sources,
            "note": "Built-in role definitions, facts only.  \"confidence\": \"lower\" marks roles "
                    "that not every source has: assignable below / only, or removed since."}
    out.write("{\n")
    for key, value in head.items():
        out.write(f" {json.dumps(key)}: {json.dumps(value)},\n")
    lines = [json.dumps(role, ensure_ascii=False)
             for role in sorted(roles, key=lambda role: role["guid"])]
    out.write(' "roles": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("dump")
    parser.add_argument("--date")
    parser.add_argument("--source", action="append", default=[])
    parser.add_argument("-o", "--output", default="-")
    options = parser.parse_args()
    with open(options.dump, encoding="utf-8-sig") as file:
        dump = json.load(file)
    if isinstance(dump, list):
        result = from_azure_cli(dump, options.date, options.source)
    else:
        result = from_table(dump)
    if options.output == "-":
        write(sys.stdout, *result)
        return
    with open(options.output, "w", encoding="utf-8") as out:
        write(out, *result)


if __name__ == "__main__":
    main()
