#!/usr/bin/python3
"""The command line: exit statuses, where options come from, names, and what happens when something
cannot be written, is interrupted, or the drawing helper fails.

Ends in "N passed, N failed".
"""
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD", ROOT / "build"))
PROGRAM = BUILD / "amlblast"
TENANT = ROOT / "fixtures/contoso-ml"
PLAIN = ROOT / "fixtures/plain"

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


def run(*arguments, program=PROGRAM, environment=None, cwd=None):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, check=False,
                          text=True, errors="replace", cwd=cwd,
                          env={**os.environ, **(environment or {})})


def expect(status, *arguments, says="", answers="", environment=None, cwd=None):
    """The command ends with the status, and its streams contain the texts."""
    found = run(*arguments, environment=environment, cwd=cwd)
    problem = ""
    if found.returncode != status:
        problem = f"status {found.returncode}, expected {status}: {found.stderr[:300]}"
    elif says not in found.stderr:
        problem = f"standard error lacks {says!r}: {found.stderr[:300]}"
    elif answers not in found.stdout:
        problem = f"standard output lacks {answers!r}: {found.stdout[:300]}"
    check(" ".join(map(str, arguments)), problem)
    return found


# ---- usage ----

def check_usage():
    for command in ("analyze", "inspect", "identities", "can", "reach", "path", "who", "techniques",
                    "verify", "help", "version"):
        expect(0, command, "--help", answers="Example:")
        expect(0, "help", command, answers=f"Usage: amlblast {command}")
    for command in ("incident", "cut", "whatif", "diff", "check", "export", "redact"):
        expect(2, command, says="not in this version")
        expect(2, command, "--option-of-later", says="not in this version")
    expect(0, "--help", answers="Commands:")
    expect(0, "--version", answers="amlblast ")
    expect(2, says="Usage:")
    expect(2, "inspekt", says='did you mean "inspect"')
    expect(2, "inspect", says="expected a SNAPSHOT")
    expect(2, "inspect", PLAIN, "--diagrams", "3", says="inspect does not take --diagrams")
    expect(2, "inspect", PLAIN, "--nonsense", says="unknown option --nonsense")
    expect(2, "inspect", PLAIN, "-x", says="unknown option -x")
    expect(2, "inspect", PLAIN, "--output", says="expected a value")
    expect(2, "inspect", PLAIN, "--jobs", "0", says="a number from 1 to 256")
    expect(2, "inspect", PLAIN, "--jobs", "2x", says="a number from 1 to 256")
    expect(2, "inspect", PLAIN, "--as-of", "yesterday", says="expected a time")
    expect(2, "inspect", PLAIN, "--color", "pink", says="auto|always|never")
    expect(2, "inspect", PLAIN, "--data-dir", "/nonexistent", says="rule data: ")
    expect(2, "can", "a", "b", "-s", PLAIN, says="expected WHO ACTION SCOPE")
    expect(2, "techniques", "aml-job", says="the nearest")
    expect(2, "techniques", "--check", ROOT / "data", "aml-job", says="takes no ID")
    expect(2, "analyze", "--check", ROOT / "data", says="analyze does not take --check")


# ---- inputs ----

def check_inputs():
    expect(0, "inspect", PLAIN)
    expect(3, "inspect", "/nonexistent", says="/nonexistent: cannot be opened")
    expect(3, "inspect", ROOT / "fixtures/azure-error", answers="NOT READ: role-assignments.json")
    expect(3, "identities", ROOT / "fixtures/truncated-array", answers="CUT OFF")
    expect(3, "inspect", ROOT / "fixtures/broken-records",
           says='role-assignments.json:2: /0/scope: expected an ARM id starting with "/", '
                'found "root"; record skipped')
    expect(3, "inspect", "--strict", ROOT / "fixtures/azure-error", says="--strict")
    quiet = expect(0, "inspect", "-q", ROOT / "fixtures/next-link")
    check("quiet", quiet.stderr)
    two = json.loads(run("inspect", PLAIN, "-s", ROOT / "fixtures/zip", "--json").stdout)
    check("two snapshots as one", "" if {file["path"].split("/")[0] for file in two["files"]} >=
          {"plain", "zip"} else two["files"])


# ---- where options come from ----

def is_json(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def check_precedence(place):
    config = place / "config.json"
    config.write_text(json.dumps({"format": "json", "snapshot": [str(PLAIN)], "jobs": 2}))
    found = expect(0, "inspect", "--config", config)
    check("config", "" if is_json(found.stdout) else found.stdout)
    found = expect(0, "inspect", environment={"AMLBLAST_CONFIG": str(config),
                                              "AMLBLAST_FORMAT": "text"})
    check("environment before config", found.stdout if is_json(found.stdout) else "")
    found = expect(0, "inspect", "--json", PLAIN, environment={"AMLBLAST_FORMAT": "text"})
    check("flag before environment", "" if is_json(found.stdout) else found.stdout)
    found = expect(0, "inspect", "-s", ROOT / "fixtures/zip", "--config", config)
    check("a list of flags replaces that of the config",
          "" if [file["path"] for file in json.loads(found.stdout)["files"]][0][0] != "p"
          else found.stdout)
    expect(2, "inspect", PLAIN, environment={"AMLBLAST_JOBS": "many"}, says="AMLBLAST_JOBS")
    expect(2, "inspect", PLAIN, environment={"AMLBLAST_STRICT": "maybe"}, says="true or false")
    expect(0, "inspect", PLAIN, environment={"AMLBLAST_STRICT": "yes", "AMLBLAST_DIAGRAMS": "3"})
    for content, says in (('{"colour": "auto"}', "/colour: expected the name of an option"),
                          ('{"jobs": "x"}', "/jobs: expected a number"),
                          ('{"jobs": [1]}', "/jobs: expected a value of --jobs"),
                          ('{"snapshot": [1]}', "expected a list of texts"),
                          ('[1]', "expected an object"), ('{', "config.json: ")):
        config.write_text(content)
        expect(2, "inspect", PLAIN, "--config", config, says=says)
    expect(2, "inspect", PLAIN, "--config", place / "none", says="none: ")


def check_color():
    for option, environment, colored in ((("--color", "always"), {}, True),
                                         ((), {}, False), (("--color", "never"), {}, False),
                                         ((), {"AMLBLAST_COLOR": "always"}, True)):
        found = run("inspect", PLAIN, *option, environment=environment)
        check(f"colours with {option} {environment}",
              "" if ("\x1b[" in found.stdout) == colored else found.stdout[:200])


# ---- names ----

SUBSCRIPTION = "/subscriptions/0ae118d3-14b7-5f6a-8b79-f9bfc9ddc78b"
WRITE = "Microsoft.Authorization/roleAssignments/write"


def check_names():
    by_name = expect(0, "can", "ID-FRAUD-FEATURES", WRITE, "sub-ml-prod", "-s", TENANT, "--json")
    who = json.loads(by_name.stdout)["who"]
    for other in (who.upper(), who):
        found = expect(0, "can", other, WRITE.upper(), SUBSCRIPTION.upper(), "-s", TENANT, "--json")
        check(f"the same for {other}", "" if json.loads(found.stdout)["who"].lower() == who.lower()
              else found.stdout)
    expect(0, "can", who, WRITE, SUBSCRIPTION.split("/")[2], "-s", TENANT)
    expect(1, "can", "id-fraud-train", WRITE, SUBSCRIPTION, "-s", TENANT, answers="no: no")
    expect(2, "can", "mlw-fraud-prod", WRITE, SUBSCRIPTION, "-s", TENANT, says="can be any of 2")
    expect(2, "can", "id-fraud-trian", WRITE, SUBSCRIPTION, "-s", TENANT,
           says='the nearest: "id-fraud-train"')
    expect(2, "can", "nobody-at-all", WRITE, SUBSCRIPTION, "-s", TENANT, says='"nobody-at-all"\n')
    expect(2, "can", who, WRITE, "sub-ml-prud", "-s", TENANT, says='"sub-ml-prod"')
    expect(2, "can", who, WRITE, SUBSCRIPTION, "-s", TENANT, "--role", "Ownr", "--to", who,
           says='"Owner"')
    nobody = "00000000-1111-2222-3333-444444444444"
    expect(1, "can", nobody, WRITE, SUBSCRIPTION, "-s", TENANT)
    expect(4, "can", nobody, WRITE, SUBSCRIPTION, "-s", PLAIN, answers="unknown")
    expect(2, "reach", nobody, "-s", TENANT, says="is not in the snapshot")
    expect(0, "reach", "CPU-TRAIN", "-s", TENANT, answers="contained")
    expect(2, "can", who, WRITE, SUBSCRIPTION, "-s", TENANT, "--request", "name",
           says='expected NAME=VALUE, found "name"')


def check_rule_data(catalogue):
    """What `techniques` counts, and what --check says of rule data that is right, wrong, and not there."""
    modelled = sum(technique["status"] == "modelled" for technique in catalogue)
    line = (f"{len(catalogue)} techniques: {modelled} modelled, "
            f"{len(catalogue) - modelled} not modelled\n")
    expect(0, "techniques", answers=line)
    expect(0, "techniques", "--check", ROOT / "data", answers=line)
    counts = json.loads(expect(0, "techniques", "--json").stdout)["counts"]
    of_families = collections.Counter(technique["family"] for technique in catalogue)
    check("counts of techniques --json",
          "" if counts["modelled"] == modelled and of_families == {
              family["family"]: family["techniques"] for family in counts["families"]} else counts)
    with tempfile.TemporaryDirectory() as place:
        wrong = Path(place, "data")
        shutil.copytree(ROOT / "data", wrong)
        (wrong / "techniques/storage.json").write_text("[")
        text = (wrong / "techniques/key-vault.json").read_text()
        (wrong / "techniques/key-vault.json").write_text(text.replace('"kv-secret-get"', '"Secret"', 1))
        expect(2, "techniques", "--check", wrong, answers="2 problems\n")
        expect(2, "techniques", "--check", wrong, answers="techniques/storage.json: ")
        told = json.loads(expect(2, "techniques", "--check", wrong, "--json").stdout)
        check("problems of techniques --check --json",
              "" if len(told["problems"]) == 2 and "counts" not in told
              and "/id: expected" in "".join(told["problems"]) else told)
        expect(2, "techniques", "--check", Path(place, "nowhere"), answers="No such file")


def check_answers():
    one = json.loads(expect(0, "reach", "id-fraud-features", "-s", TENANT, "--json").stdout)
    missing = {"id", "verdict", "reach", "acts_as", "chains"} - one.keys()
    check("members of reach --json", missing)
    listed = json.loads(expect(0, "identities", TENANT, "--json").stdout)["identities"]
    check("members of identities --json",
          [one for one in listed if one.keys() != {"id", "name", "kind", "attached_to"}] or
          ("" if len(listed) > 5 else listed))
    catalogue = json.loads(expect(0, "techniques", "--json").stdout)["techniques"]
    check("members of techniques --json", {"id", "status"} - catalogue[0].keys())
    check_rule_data(catalogue)
    only = json.loads(expect(0, "techniques", catalogue[2]["id"], "--json").stdout)["techniques"]
    check("one technique", "" if [one["id"] for one in only] == [catalogue[2]["id"]] else only)
    for kind, word in (("snapshot", "principal\t"), ("access", "grant\t"), ("graph", "edge\t")):
        expect(0, "analyze", TENANT, "--dump", kind, answers=word)


# ---- questions ----

def chains_of(*arguments, status=0):
    found = expect(status, "path", *arguments, "-s", TENANT, "--json")
    return json.loads(found.stdout)


def records_of(chain):
    return {(step["technique"],) for step in chain["steps"]} | {
        (evidence["file"], evidence["pointer"])
        for step in chain["steps"] for evidence in step["evidence"]}


def check_path():
    one = chains_of("id-fraud-features", "kv-lake-keys", "--capability", "read-secrets")
    missing = {"found", "certainty", "chains", "nearest_missing"} - one.keys()
    check("members of path --json", missing)
    check("path finds one chain", "" if one["found"] and len(one["chains"]) == 1 else one)
    for step in one["chains"][0]["steps"]:
        check("evidence of a step", "" if step["evidence"] else step)
    many = chains_of("id-fraud-features", "kv-lake-keys", "--capability", "read-secrets", "-k", "6")
    check("path -k begins with the best one",
          "" if many["chains"][0] == one["chains"][0] else many["chains"][0])
    check("path -k finds several", "" if 1 < len(many["chains"]) <= 6 else len(many["chains"]))
    used = set()
    for chain in many["chains"]:
        check("path -k: something new in every chain", "" if records_of(chain) - used else chain)
        used |= records_of(chain)
    lengths = [len(chain["steps"]) for chain in many["chains"] if chain["certainty"] == "certain"]
    check("path -k: shortest first", "" if lengths == sorted(lengths) else lengths)
    no = chains_of("id-fraud-train", "kv-lake-keys", status=1)
    check("no chain", "" if no["found"] is False and no["chains"] == [] and no["certainty"] == "no"
          else no)
    both = chains_of("id-fraud-train", "id-fraud-features", "kv-lake-keys")
    check("several WHO", "" if both["found"] and len(both["who"]) == 2 else both)
    check("the chain begins with the one that matters",
          "" if both["chains"][0]["steps"][0]["from"]["name"] == "id-fraud-features" else both)
    identity = chains_of("cpu-features", "id-deploy-platform")
    check("a name of an identity means acting as it",
          "" if identity["what"]["kind"] == "principal" else identity["what"])
    expect(2, "path", "id-fraud-train", "id-fraud-train", "-s", TENANT, says="is WHO itself")
    expect(2, "path", "id-fraud-train", "-s", TENANT, says="expected WHO... WHAT")
    expect(2, "path", "id-fraud-train", "kv-lake-key", "-s", TENANT, says='"kv-lake-keys"')
    expect(2, "path", "id-fraud-train", "kv-lake-keys", "-s", TENANT, "--capability", "read",
           says="expected one of")
    expect(2, "path", "cpu-train", "id-fraud-features", "-s", TENANT, "--capability", "manage",
           says="is a principal")
    expect(2, "path", "cpu-train", "kv-lake-keys", "-s", TENANT, "-k", "0", says="from 1 to")


def check_limits():
    asked = ("id-fraud-features", "kv-lake-keys", "--capability", "read-secrets")
    first = json.loads((TENANT / "ra_0ae118d3-14b7-5f6a-8b79-f9bfc9ddc78b.json").read_text())[0]
    without = chains_of(*asked, "--exclude", first["id"], status=1)
    check("without the forgotten assignment there is no chain", without["chains"])
    by_guid = chains_of(*asked, "--exclude", first["name"], status=1)
    check("an assignment by its GUID", "" if by_guid == without else by_guid)
    used = chains_of(*asked)["chains"][0]["steps"]
    for one in ("id-deploy-platform", "kv-access-policy-write"):
        identity = next((step["to"]["id"] for step in used if step["to"]["name"] == one), one)
        other = chains_of(*asked, "--exclude", identity,
                          status=1 if one == "id-deploy-platform" else 0)
        check(f"a chain without {one}", [step for chain in other["chains"]
                                         for step in chain["steps"]
                                         if one in (step["technique"], step["to"]["name"])])
    vault = used[-1]["to"]["id"]
    expect(2, "path", *asked, "-s", TENANT, "--exclude", vault, says="kv-lake-keys")
    expect(2, "path", *asked, "-s", TENANT, "--exclude", "nothing", says="--exclude: expected")
    expect(2, "reach", "id-fraud-train", "-s", TENANT, "--exclude",
           "17b27c0e-244a-5a23-9e5c-7fb04c0c55b5", says="is excluded")
    rows = json.loads(run("who", "id-fraud-features", "-s", TENANT, "--json").stdout)["starts"]
    certain = json.loads(run("who", "id-fraud-features", "-s", TENANT, "--json",
                             "--only-certain").stdout)["starts"]
    check("--only-certain leaves the others out",
          "" if [one["id"] for one in rows if one["certainty"] == "certain"] ==
          [one["id"] for one in certain] and len(certain) < len(rows) else certain)
    kinds = {choice: {one["kind"] for start in json.loads(
        run("analyze", TENANT, "-o", "-", *choice).stdout)["starts"] for one in start["acts_as"]}
             for choice in ((), ("--no-interaction",),
                            ("--no-interaction", "--include-interaction"))}
    check("what needs a person is assumed, or left out",
          "" if ["interaction" in found for found in kinds.values()] == [True, False, True]
          else kinds)


def write_key_operator(place, shared_key):
    """An identity that may list the keys of a storage account, and nothing else."""
    subscription = "/subscriptions/11111111-1111-1111-1111-111111111111"
    account = f"{subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stdata"
    role = "81a9662b-bebf-436f-a333-f67b29880f12"  # Storage Account Key Operator Service Role
    place.mkdir()
    (place / "role-assignments.json").write_text(json.dumps([{
        "id": f"{account}/providers/Microsoft.Authorization/roleAssignments/"
              "22222222-2222-2222-2222-222222222222",
        "principalId": "33333333-3333-3333-3333-333333333333", "principalName": "sp-one",
        "principalType": "ServicePrincipal", "scope": account,
        "roleDefinitionId": f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/"
                            f"{role}"}]))
    (place / "storage-accounts.json").write_text(json.dumps([{
        "id": account, "name": "stdata", "type": "Microsoft.Storage/storageAccounts",
        "allowSharedKeyAccess": shared_key}]))
    for kind in ("group-members", "management-groups", "pim-eligibility"):
        (place / f"{kind}.json").write_text("[]")
    (place / "manifest.json").write_text(json.dumps({
        "schema": "amlblast.manifest/1",
        "files": [{"path": f"{kind}.json", "kind": kind}
                  for kind in ("group-members", "management-groups", "pim-eligibility")]}))


def check_nearest(place):
    far = chains_of("id-fraud-train", "kv-lake-keys", "--capability", "read-secrets", status=1)
    nearest = [far["nearest_missing"], *far["also_missing"]]
    check("a right on something that leads there is near",
          "" if any(one["needs"].endswith("federatedIdentityCredentials/write") and
                    one["on"].endswith("/id-deploy-platform") and one["steps"] == 2
                    for one in nearest) else nearest)
    check("who would need it", [one for one in nearest if not one["holder"]])
    write_key_operator(place / "keys-off", False)
    asked = ("path", "sp-one", "stdata", "--capability", "read-data", "--json", "-s")
    found = json.loads(expect(1, *asked, place / "keys-off").stdout)
    one = found["nearest_missing"]
    check("one property is in the way",
          "" if (one["kind"], one["needs"]) == ("property", "allowSharedKeyAccess") and
          one["evidence"] else one)
    write_key_operator(place / "keys-on", True)
    check("and without it there is a chain",
          "" if json.loads(expect(0, *asked, place / "keys-on").stdout)["found"] else "none")
    (place / "keys-off/group-members.json").unlink()
    (place / "keys-off/manifest.json").unlink()
    found = json.loads(expect(4, *asked, place / "keys-off").stdout)
    check("unknown when memberships were not exported",
          "" if (found["found"], found["certainty"]) == (False, "unknown") and
          found["unknown_because"] else found)


def check_who():
    asked = ("who", "kv-lake-keys", "--capability", "read-secrets", "-s", TENANT, "--json")
    found = json.loads(expect(0, *asked).stdout)
    check("members of who --json", {"target", "starts", "chains"} - found.keys())
    check("members of its starts", [one for one in found["starts"] if
                                    {"id", "name", "capability", "certainty", "chain"} - one.keys()])
    names = {one["name"] for one in found["starts"]}
    check("who reads the keys of the lake", {"id-fraud-features", "cpu-features",
                                             "id-deploy-platform"} - names)
    check("who does not", names & {"id-fraud-train", "cpu-train", "grp-lake-engineers"})
    ids = {chain["id"] for chain in found["chains"]}
    check("every start has its chain", [one for one in found["starts"] if one["chain"] not in ids])
    for one in found["starts"]:
        path = chains_of(one["id"], found["target"], "--capability", "read-secrets",
                         status=0 if one["certainty"] == "certain" else 4)
        mine = next(chain for chain in found["chains"] if chain["id"] == one["chain"])
        check(f"path agrees about {one['name']}",
              "" if path["chains"][0]["steps"] == mine["steps"] else [path["chains"][0], mine])
    check("who, with one thread or four",
          "" if len({run(*asked, "--jobs", jobs).stdout for jobs in (1, 4)}) == 1 else "differs")
    expect(0, "who", "id-fraud-train", "-s", TENANT, answers="can act as it")


# ---- writing ----

def names_in(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*")
                  if path.is_file())


def check_writing(place):
    expect(0, "inspect", PLAIN, "--json", "-o", place / "inspect.json")
    check("--output FILE", "" if is_json((place / "inspect.json").read_text()) else "no JSON")
    expect(5, "inspect", PLAIN, "-o", place / "none/inspect.json", says="cannot be written")
    check("a full disk", "" if subprocess.run(
        ["sh", "-c", f"'{PROGRAM}' inspect '{PLAIN}' >/dev/full 2>&1"], check=False
    ).returncode == 5 else "status is not 5")
    (place / "file").write_text("")
    expect(5, "analyze", PLAIN, "-o", place / "file/below", says="directory cannot be made")
    found = expect(0, "analyze", TENANT, "-o", "-")
    check("analyze -o - prints the report", "" if is_json(found.stdout) else found.stdout[:200])
    expect(0, "analyze", TENANT, "-o", place / "few", "--diagrams", "2", answers="the 2 worst of")
    pictures = [name for name in names_in(place / "few") if name.endswith(".svg")]
    check("--diagrams 2", "" if len([name for name in pictures if "--" not in name]) == 2
          else pictures)
    expect(0, "analyze", TENANT, "-o", place / "none", "--diagrams", "0")
    check("--diagrams 0", [name for name in names_in(place / "none") if "diagrams" in name])
    with_json = expect(0, "analyze", TENANT, "-o", place / "both", "--json", "--diagrams", "0")
    check("--json prints report.json",
          "" if with_json.stdout == (place / "both/report.json").read_text() else "it differs")


def stub(place, script):
    """A copy of the program beside a drawing helper that does as the script says."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copy(PROGRAM, place)
    if script:
        (place / "amlblast-draw").write_text(f"#!/bin/sh\n{script}\n")
        (place / "amlblast-draw").chmod(0o755)
    return place / "amlblast"


def check_drawing(place):
    cases = (("exit 1", 0, "status 1"), ("exit 3", 0, "status 3"), ("cat >/dev/null; exit 5", 5, ""),
             ("kill -9 $$", 0, "status -1"), (None, 0, "neither beside"))
    for script, status, says in cases:
        program = stub(place / "bin", script)
        found = run("analyze", TENANT, "-o", place / "drawn", "--data-dir", ROOT / "data",
                    program=program, environment={"PATH": "/usr/bin:/bin"})
        written = (place / "drawn/report.json").exists()
        check(f"drawing helper: {script}",
              "" if found.returncode == status and says in found.stderr and written
              else f"status {found.returncode}, report {written}: {found.stderr[:200]}")
        shutil.rmtree(place / "drawn")


def check_pictures(place):
    """--svg and its kin: a picture of the answer and its words, or why there is none."""
    chain = place / "new/chain.svg"
    expect(0, "path", "id-fraud-features", "kv-lake-keys", "-s", TENANT, "--svg", chain,
           "--dot", place / "new/lines.dot", answers="kv-lake-keys")
    check("path --svg, --dot", "" if names_in(place / "new") == [
        "chain.svg", "chain.txt", "lines.dot", "lines.txt"] else names_in(place / "new"))
    words = chain.with_suffix(".txt").read_text()
    check("the words of a chain", "" if "CRITICAL: changes kv-lake-keys" in words
          and "Evidence for step 3" in words else words[:300])
    expect(0, "reach", "id-fraud-features", "-s", TENANT, "--svg", place / "radius.svg")
    words = (place / "radius.txt").read_text()
    check("no file of analyze is named", "" if "the answer with --json has every row" in words
          and "reach.csv" not in words else words[-300:])
    check("a picture stands alone", "" if "</svg>" in (place / "radius.svg").read_text() else "cut")
    expect(0, "analyze", TENANT, "-o", place / "whole", "--diagrams", "1")
    check("the same picture as of analyze", "" if words.count("\n- ") == (
        place / "whole/diagrams/id-fraud-features.txt").read_text().count("\n- ") else "it differs")
    expect(2, "path", "id-fraud-features", "kv-lake-keys", "-s", TENANT, "--svg", place / "a b.svg",
           says="ends in .svg")
    expect(2, "reach", "id-fraud-features", "-s", TENANT, "--png", place / "radius.svg",
           says="ends in .png")
    expect(2, "can", "id-fraud-train", "a/b/read", "rg", "-s", TENANT, "--svg", chain,
           says="does not take --svg")
    for target in ("kv-lake-keys", "rg-lake-prod", "id-deploy-platform"):
        found = expect(0, "who", target, "-s", TENANT, "--json", "--svg", place / "who.svg")
        asked = len(json.loads(found.stdout)["starts"])
        total, parts = place.joinpath("who.txt").read_text().splitlines()[-1].split(" = ")
        sizes = [int(part.split()[0]) for part in parts.split(". Steps")[0].split(" + ")]
        check(f"who {target}: the sum", "" if int(total.split()[0]) == sum(sizes) == asked
              else f"{total} = {parts}, {asked} in the answer")
    expect(1, "path", "id-fraud-train", "kv-crm", "-s", TENANT, "--svg", place / "none.svg",
           says="no picture: there is no chain")
    program = stub(place / "bin", "cat >/dev/null; exit 1")
    found = run("reach", "id-fraud-features", "-s", TENANT, "--svg", place / "lost.svg",
                "--data-dir", ROOT / "data", program=program)
    check("a picture that fails", "" if found.returncode == 5 and "could not be drawn" in
          found.stderr and "id-fraud-features" in found.stdout else found.stderr[:200])


def check_interrupt(place):
    """While the helper is drawing: status 130, the helper ends too, nothing is half written."""
    program = stub(place / "bin", f"trap 'echo >{place}/told; exit 130' INT\n"
                                  f"echo >{place}/began\nwhile :; do sleep 0.1; done")
    with subprocess.Popen([program, "analyze", TENANT, "-o", place / "cut", "--data-dir",
                           ROOT / "data"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        for _ in range(300):
            if (place / "began").exists():
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        status = process.returncode
    for _ in range(50):
        if (place / "told").exists():
            break
        time.sleep(0.1)
    check("interrupted", "" if status == 130 else f"status {status}")
    check("the helper is told", "" if (place / "told").exists() else "it was not")
    check("nothing half written", [name for name in names_in(place / "cut")])


def main():
    check_usage()
    check_inputs()
    check_color()
    check_names()
    check_answers()
    check_path()
    check_who()
    check_limits()
    with tempfile.TemporaryDirectory(prefix="commands-") as name:
        place = Path(name)
        check_precedence(place)
        check_nearest(place)
        check_writing(place)
        check_drawing(place)
        check_pictures(place)
        check_interrupt(place)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
