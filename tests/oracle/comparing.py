"""Runs the program on a tenant and puts its answer beside the oracle's."""
import json
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import exports
import known
import world as worlds
from catalogue import CERTAINTY

# Whole subscriptions and management groups have no rows of their own type to be compared by.
UNCOMPARED = {"", "microsoft.management/managementgroups", "microsoft.resources/subscriptions"}
# A few roles with every kind of power, so that reading them does not take most of the time.
ROLES = ["Owner", "Contributor", "Reader", "User Access Administrator",
         "Role Based Access Control Administrator", "AzureML Data Scientist",
         "AzureML Compute Operator", "Managed Identity Operator", "Key Vault Secrets User",
         "Key Vault Contributor", "Storage Blob Data Reader", "Storage Blob Data Contributor",
         "Virtual Machine Contributor"]


class Program:
    def __init__(self, binary, data):
        self.binary, self.data = binary, data

    def run(self, command, directory):
        done = subprocess.run([self.binary, *command, "--data-dir", self.data, "--json",
                               "--no-progress", "--jobs", "1"], capture_output=True, check=False)
        if done.returncode not in (0, 1, 4):
            raise RuntimeError(f"{' '.join(command)}: status {done.returncode}\n"
                               f"{done.stderr.decode()}")
        return json.loads(done.stdout)

    def starts(self, directory):
        return self.run(["analyze", directory, "-o", "-", "--diagrams", "0"], directory)["starts"]

    def reach(self, who, directory):
        return self.run(["reach", who, "-s", directory], directory)


def claimed(start, world, places=()):
    """The program's answer in the shape of World.answer.  A row about everything below a scope
    does not speak of running code at the start's own places, and does not count them."""
    own = {o["principal"] for o in start["own"]}  # listed for workloads, for nobody else
    acts_as = {a["principal"]: CERTAINTY.index(a["certainty"]) for a in start["acts_as"]
               if a["principal"] not in own}
    reach, unlimited = {}, {}
    for row in start["reach"]:
        certainty = CERTAINTY.index(row["certainty"])
        types = {t.lower() for t in row["by_type"]}
        counted = dict.fromkeys(types, 0)
        for scope in world.scopes:
            place = world.find_scope(row["scope"])
            if place is None:
                raise RuntimeError(f"a row names the unknown scope {row['scope']}")
            if world.above(place, scope) == worlds.NEVER:
                continue
            if row["capability"] == "directory":
                part = row["roles"].endswith(", over a part of the tenant")
                better(reach, ("directory", "a part" if part else "/"), certainty)
            elif row["capability"] == "assign-roles":
                better(reach, ("assign-roles", scope), certainty)
                if row["roles"] is None:
                    better(unlimited, scope, certainty)
            elif world.types[scope] in types and \
                    (row["capability"] != "run-code" or scope not in places):
                better(reach, (row["capability"], scope), certainty)
                counted[world.types[scope]] += world.above(place, scope) == worlds.CERTAIN
        if row["capability"] not in ("directory", "assign-roles"):
            right = {t.lower(): n for t, n in row["by_type"].items()}
            if counted != right:
                reach["miscounted " + row["capability"], row["scope"], str(right)] = certainty
    return acts_as, reach, unlimited


def better(table, key, certainty):
    table[key] = min(certainty, table.get(key, certainty))


def beginning(start, world):
    if start["kind"] == "workload":
        return worlds.start_of_workload(world, world.find_scope(start["id"]))
    return worlds.Start({start["id"]}, set())


def expected(begin, world):
    """The oracle's answer with what rows claim below their scope."""
    acts_as, reach, unlimited = world.answer(begin)
    inherited = {}
    for (capability, scope), certainty in reach.items():
        if capability == "assign-roles":
            for below in world.scopes:
                if world.above(scope, below) < worlds.NEVER:
                    better(inherited, (capability, below), certainty)
        elif capability == "directory" or world.types[scope] not in UNCOMPARED:
            better(inherited, (capability, scope), certainty)
    everywhere = {}
    for scope, certainty in unlimited.items():
        for below in world.scopes:
            if world.above(scope, below) < worlds.NEVER:
                better(everywhere, below, certainty)
    return acts_as, inherited, everywhere


def words(certainty):
    return "-" if certainty is None else CERTAINTY[certainty]


def differences(tenant, catalogue, program, fired=None):
    """Lines that say where the answers differ, over all starts of the tenant; `fired` gets the ids
    of the techniques that concluded something."""
    with tempfile.TemporaryDirectory() as place:
        exports.write(tenant, catalogue, place)
        starts = program.starts(place)
    world = worlds.World(tenant, catalogue)
    lines = []
    for start in starts:
        begin = beginning(start, world)
        for kind, found, right in zip(("acts as", "reach", "assigns any role at"),
                                      claimed(start, world, begin.places),
                                      expected(begin, world)):
            for key in sorted(set(found) | set(right), key=str):
                if found.get(key) != right.get(key):
                    lines.append(f"{start['id']} {kind} {key}: program {words(found.get(key))}, "
                                 f"oracle {words(right.get(key))}")
    if fired is not None:
        fired |= world.fired
    return lines


# The whole catalogue takes a while to read, so most tenants are looked at with a third of it: each
# time another one, but always with the rights to give roles and with code that takes its identity.
PARTS = 8
ALWAYS = {"authorization", "managed-identity"}


def small_data(source, place):
    """Copies of the data with few built-in roles: the first whole, the others with a part of the
    techniques.  Returns their paths."""
    return [part_of_data(source, Path(place) / str(part), part) for part in range(PARTS)]


def part_of_data(source, place, part):
    shutil.copytree(source, place)
    for path in place.glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        if path.stem == "builtin-roles":
            content["roles"] = [r for r in content["roles"] if r["name"] in ROLES]
        path.write_text(json.dumps(content), encoding="utf-8")
    chosen = random.Random(part)
    for path in sorted(place.glob("techniques/*.json")):
        family = json.loads(path.read_text(encoding="utf-8"))
        if part and family["family"] not in ALWAYS:
            family["techniques"] = [t for t in family["techniques"] if chosen.random() < 1 / 3]
        if family["techniques"]:
            path.write_text(json.dumps(family), encoding="utf-8")
        else:
            path.unlink()
    return str(place)
