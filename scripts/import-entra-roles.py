#!/usr/bin/python3
"""Brings data/directory-roles.json or data/app-roles.json up to date from an export.

usage: scripts/import-entra-roles.py EXPORT.json --date YYYY-MM-DD [-o FILE]

EXPORT is either the list of directory role definitions
  az rest --method get --url "https://graph.microsoft.com/v1.0/roleManagement/directory/roleDefinitions"
(custom roles in it are left out) or the service principal of Microsoft Graph with its application permissions
  az ad sp show --id 00000003-0000-0000-c000-000000000000 -o json
Which of them it is shows in the content; FILE is by default the table that it is for.

What only a person decides, "tierZero", is kept from the table that is there; for a new role or permission it is
for the reviewer to add.  The mark "privileged" is kept too, unless the export says it (isPrivileged, in beta).
Sorted by GUID, one per line, so that the difference reads as the roles that changed.
"""
import argparse
import json
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"


def load(path):
    return json.loads(path.read_text(encoding="utf-8-sig"))


def directory_roles(document):
    for role in document["value"]:
        if role.get("isBuiltIn"):
            row = {"guid": (role.get("templateId") or role["id"]).lower(), "name": role["displayName"]}
            if role.get("isPrivileged") is not None:
                row["privileged"] = role["isPrivileged"]
            yield row


def app_roles(principal):
    for role in principal["appRoles"]:
        if "Application" in role["allowedMemberTypes"] and role.get("value"):
            yield {"guid": role["id"].lower(), "name": role["value"]}


def with_marks(row, known):
    """The row with the marks of the table; a mark that is false is left out."""
    marks = {key: known.get(row["guid"], {}).get(key, False) for key in ("privileged", "tierZero")}
    marks |= {key: row[key] for key in ("privileged",) if key in row}
    return {"guid": row["guid"], "name": row["name"], **{key: True for key, value in marks.items() if value}}


def text_of(table, rows):
    lines = [f" {json.dumps(key)}: {json.dumps(table[key])}" for key in ("schema", "date", "sources", "note")]
    roles = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    return "{\n" + ",\n".join(lines) + ',\n "roles": [\n' + roles + "\n ]\n}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    document = load(options.export)
    if "appRoles" in document:
        path, rows = DATA / "app-roles.json", list(app_roles(document))
    elif isinstance(document.get("value"), list):
        path, rows = DATA / "directory-roles.json", list(directory_roles(document))
    else:
        sys.exit(f"{options.export}: expected role definitions under \"value\", or a service principal with \"appRoles\"")
    if not rows:
        sys.exit(f"{options.export}: no built-in role and no application permission in it")
    if "@odata.nextLink" in document:
        sys.exit(f"{options.export}: only the first page; export all of them")
    table = load(path) | {"date": options.date}
    known = {row["guid"]: row for row in table["roles"]}
    rows = sorted((with_marks(row, known) for row in rows), key=lambda row: row["guid"])
    (options.output or path).write_text(text_of(table, rows), encoding="utf-8")
    gone = sorted(known.keys() - {row["guid"] for row in rows})
    print(f"{len(rows)} written, {len({row['guid'] for row in rows} - known.keys())} new, {len(gone)} gone")


if __name__ == "__main__":
    main()
