"""Laws that hold for the program alone, whatever the rules are: nothing is expected of an answer but
how it changes when the tenant does."""
import random
import tempfile

import exports
import tenants
from comparing import claimed
from world import World


class Answers:
    """What the program says of every start, rows blown up."""

    def __init__(self, tenant, catalogue, program, order=None):
        with tempfile.TemporaryDirectory() as place:
            exports.write(tenant, catalogue, place, order)
            starts = program.starts(place)
        world = World(tenant, catalogue)
        self.facts, self.judgements = {}, {}
        for start in starts:
            self.judgements[start["id"]] = (start["verdict"], start["verdict_if_assumed"],
                                            start["containment"], start["score"])
            for kind, table in zip(("acts as", "reach", "assigns any role at"),
                                   claimed(start, world)):
                for key, certainty in table.items():
                    self.facts[start["id"], kind, key] = certainty

    def gained(self, before):
        """Lines for what is here and was not, or less surely, there."""
        return [f"{fact}: {before.facts.get(fact)} became {certainty}"
                for fact, certainty in sorted(self.facts.items(), key=str)
                if certainty < before.facts.get(fact, 9)]


def removing_an_assignment(seed, catalogue, program):
    """Removing a role assignment never adds reach."""
    tenant = tenants.random_tenant(seed, catalogue)
    if not tenant["assignments"]:
        return []
    index = random.Random(seed).randrange(len(tenant["assignments"]))
    smaller = tenants.without(tenant, "assignments", index)
    return Answers(smaller, catalogue, program).gained(Answers(tenant, catalogue, program))


def adding_a_deny(seed, catalogue, program):
    """Adding a deny assignment never adds access."""
    maker = tenants.Maker(seed, catalogue)
    maker.make()
    tenant = maker.t
    before = Answers(tenant, catalogue, program)
    while len(tenant["denies"]) < 2:
        maker.deny()
    return Answers(tenant, catalogue, program).gained(before)


def renaming(seed, catalogue, program):
    """Other ids and names change nothing but ids and names."""
    one, other = (tenants.random_tenant(seed, catalogue, salt) for salt in ("", "again"))
    names = {one["tenant"]: other["tenant"]}
    for name in ("management_groups", "subscriptions", "resource_groups", "resources",
                 "principals"):
        names.update(zip((r["id"] for r in one[name]), (r["id"] for r in other[name])))
    expected = Answers(one, catalogue, program)
    found = Answers(other, catalogue, program)
    renamed = {tuple(rename(part, names) for part in fact): certainty
               for fact, certainty in expected.facts.items()}
    judged = {rename(start, names): said for start, said in expected.judgements.items()}
    return unequal(renamed, found.facts) + unequal(judged, found.judgements)


def rename(part, names):
    return tuple(names.get(p, p) for p in part) if isinstance(part, tuple) else \
        names.get(part, part)


def shuffling(seed, catalogue, program):
    """The order of files and of records in them changes nothing."""
    tenant = tenants.random_tenant(seed, catalogue)
    expected = Answers(tenant, catalogue, program)
    found = Answers(tenant, catalogue, program, random.Random(seed))
    return unequal(expected.facts, found.facts) + unequal(expected.judgements, found.judgements)


def unequal(expected, found):
    return [f"{key}: {expected.get(key)} became {found.get(key)}"
            for key in sorted(set(expected) | set(found), key=str)
            if expected.get(key) != found.get(key)]


LAWS = {"removing an assignment adds nothing": removing_an_assignment,
        "a deny assignment adds nothing": adding_a_deny,
        "other ids, same answers": renaming,
        "another order, same answers": shuffling}
