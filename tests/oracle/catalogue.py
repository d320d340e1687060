"""The rules of data/, read for the slow second opinion: nothing here is shared with the program.

A technique becomes clauses: one for every alternative of its premises and every conclusion, with
what does not change while an attacker moves on (relations, properties) apart from what does.
"""
import itertools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

CERTAIN, CONDITIONAL, ELIGIBLE, ASSUMED, NEVER = range(5)
CERTAINTY = ["certain", "conditional", "eligible", "assumed"]
PRINCIPAL_KINDS = {"user", "group", "service-principal", "managed-identity"}
CALLER_PREMISES = {"permission", "access-policy", "caller-relation", "caller-kind",
                   "directory-role", "app-role"}
STATIC_PREMISES = {"relation", "no-relation", "property"}
# The program sees to these conclusions by itself; what they open is in world.py.
RULES_THAT_GIVE = {"gives-roles-at", "rewrites-role"}


@dataclass
class Clause:
    technique: str
    variables: dict
    static: list
    caller: list
    taken: list  # capability and acts-as: met by anything the attacker has
    conclusion: dict
    void: list
    weakens: list
    floor: int  # no better than this: notes that make it assumed
    used: list = field(default_factory=list)


def alternatives(premises):
    """The premises as a list of lists of plain premises: an "any" in them forks."""
    result = [[]]
    for premise in premises:
        if "any" in premise:
            forks = [alt for one in premise["any"] for alt in alternatives([one])]
        elif "all" in premise:
            forks = alternatives(premise["all"])
        else:
            forks = [[premise]]
        result = [head + tail for head in result for tail in forks]
    return result


def kind_of(premise):
    for name in CALLER_PREMISES | STATIC_PREMISES | {"capability", "acts-as", "assumes"}:
        if name in premise:
            return name
    raise ValueError(f"unknown premise {premise}")


def variables_of(premise):
    return [premise[key] for key in ("on", "of", "from", "to", "acts-as", "finding",
                                     "gives-roles-at", "rewrites-role", "controls-group")
            if isinstance(premise.get(key), str) and key not in ("to",)] + \
           ([premise["to"]] if "to" in premise and "mode" not in premise else [])


def clauses_of(technique):
    for conclusion in technique["conclusions"]:
        for premises in alternatives(technique["premises"] + conclusion.get("if", [])):
            clause = Clause(technique["id"], technique["variables"], [], [], [], conclusion,
                            [], technique.get("weakens", []), CERTAIN)
            for premise in premises:
                kind = kind_of(premise)
                if kind == "assumes":
                    clause.floor = ASSUMED
                elif kind in STATIC_PREMISES:
                    clause.static.append(premise)
                elif kind in CALLER_PREMISES:
                    clause.caller.append(premise)
                else:
                    clause.taken.append(premise)
            if "assumes" in technique or "assumes" in conclusion or \
                    conclusion.get("kind") in ("deputy", "interaction"):
                clause.floor = ASSUMED
            for fact in technique.get("void", []) + clause.weakens:
                if fact.get("fact") and fact["handling"] == "assume":
                    clause.floor = ASSUMED
            clause.void = [v for v in technique.get("void", []) if "property" in v]
            clause.weakens = [w for w in clause.weakens if "property" in w]
            used = {v for p in premises + [conclusion] if kind_or_none(p) != "assumes"
                    for v in variables_of(p)}
            clause.used = [v for v in clause.variables if v in used]
            yield clause


def kind_or_none(premise):
    return "assumes" if set(premise) == {"assumes"} else None


class Catalogue:
    def __init__(self, directory, vocabulary):
        self.directory = Path(directory)
        families = [json.loads(path.read_text(encoding="utf-8"))
                    for path in sorted(self.directory.glob("techniques/*.json"))]
        self.techniques = [t for family in sorted(families, key=lambda f: f["order"])
                           for t in family["techniques"] if "premises" in t]
        self.clauses = [c for t in self.techniques for c in clauses_of(t)]
        self.capabilities = self.load("capabilities.json")["capabilities"]
        self.kinds = {k["type"]: k for k in self.load("kinds.json")["kinds"]}
        self.fields = {(f["type"], f["property"]): f
                       for f in self.load("resource-fields.json")["fields"]}
        self.built_in_roles = {r["guid"]: r for r in self.load("builtin-roles.json")["roles"]}
        self.references = list(read_references(vocabulary))
        self.values = property_values(self)
        self.directory_roles = self.names_of("directory-roles.json")
        self.app_roles = self.names_of("app-roles.json")
        self.relation_ends = dict(read_relations(vocabulary))

    def load(self, name):
        return json.loads((self.directory / name).read_text(encoding="utf-8"))

    def names_of(self, name):
        """GUID and name, both in lower case, -> GUID."""
        roles = self.load(name)["roles"]
        return {r[key].lower(): r["guid"] for key in ("guid", "name") for r in roles}

    def spelled(self, resource_type):
        """The type as permissions spell it."""
        kind = self.kinds.get(resource_type.lower())
        return kind["actions"] if kind else resource_type


def expanded(vocabulary):
    """The lines of the vocabulary with its #defines of type lists put in."""
    text = Path(vocabulary).read_text(encoding="utf-8")
    names = {}
    for name, value in re.findall(r"^#define (\w+)\s+(.+)$", text, re.M):
        names[name] = "".join(part.strip('"') if part.startswith('"') else names.get(part, "")
                              for part in re.findall(r'"[^"]*"|\w+', value))
    return text, names


def joined(expression, names):
    return "".join(part[1:-1] if part.startswith('"') else names[part]
                   for part in re.findall(r'"[^"]*"|\w+', expression))


def read_references(vocabulary):
    """(relation, type, property, the end that the holder of the property is)."""
    text, names = expanded(vocabulary)
    for symbol, kind, prop, holder in re.findall(
            r'^REFERENCE\((\w+), ((?:"[^"]*"|\w+|\s)+), "(\w+)", (FROM|TO)\)', text, re.M):
        yield symbol.lower().replace("_", "-"), joined(kind, names), prop, holder.lower()


def read_relations(vocabulary):
    text, names = expanded(vocabulary)
    types = r'((?:"[^"]*"|\w+|\s)+)'
    for name, source, target in re.findall(
            r'^RELATION\(\w+, "([\w-]+)",\s*' + types + r',\s*' + types + r',', text, re.M):
        yield name, (joined(source, names).split("|"), joined(target, names).split("|"))


def property_values(catalogue):
    """(type, property) -> every value that a rule names: what random tenants choose from."""
    values = {}
    for technique in catalogue.techniques:
        tests = [p for alt in [technique["premises"]] +
                 [c.get("if", []) for c in technique["conclusions"]] for p in flat(alt)]
        for test in tests + technique.get("void", []) + technique.get("weakens", []):
            if "property" not in test:
                continue
            kinds = technique["variables"][test["of"]]
            for kind in [kinds] if isinstance(kinds, str) else kinds:
                if (kind, test["property"]) in catalogue.fields:
                    known = values.setdefault((kind, test["property"]), [])
                    known += [v for v in listed_values(test) if v not in known]
    return values


def listed_values(test):
    return [v for word in ("in", "not-in", "only", "not-only") for v in test.get(word, [])]


def flat(premises):
    return list(itertools.chain.from_iterable(
        flat(p["any"]) if "any" in p else flat(p["all"]) if "all" in p else [p]
        for p in premises))
