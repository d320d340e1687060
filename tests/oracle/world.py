"""The answer to one tenant, written from the semantics and nothing else: slow, plain, and therefore
a judge of the program.  Section numbers are those of the semantics.

Every certainty level is a world of its own: the fixed point over everything that is at most that
uncertain.  The certainty of a conclusion is the best level whose fixed point has it.
"""
import functools
import itertools

import known
from catalogue import (ASSUMED, CERTAIN, CONDITIONAL, ELIGIBLE, NEVER, PRINCIPAL_KINDS,
                       listed_values)
from patterns import block_allows, contains, matches

EVERYBODY = "00000000-0000-0000-0000-000000000000"
SOME = "some role to somebody"  # that a condition admits: the attacker chooses
STRANGERS = {"a user": "User", "a group": "Group", "an application": "ServicePrincipal"}
EVERYTHING = {"actions": ["*"], "dataActions": ["*"]}
WRITE_ASSIGNMENT = "Microsoft.Authorization/roleAssignments/write"
NEW_ROLE = "5a0e8b1c-94d7-4f3e-8c62-b1d7f09a2e46"  # made for the purpose: no condition names it
DELETE_LOCK = "Microsoft.Authorization/locks/delete"
DELETE_DENY = "Microsoft.Authorization/denyAssignments/delete"
CONTAINER = "microsoft.storage/storageaccounts/blobservices/containers"
AML = "microsoft.machinelearningservices/workspaces"

# They run as the identities of their endpoint or compute, whatever their own object says.
RUN_ELSEWHERE = {AML + "/jobs", AML + "/schedules", AML + "/batchendpoints",
                 AML + "/batchendpoints/deployments", AML + "/onlineendpoints/deployments"}
# Kinds of attached compute that code runs on with the identities of the attached resource.
ATTACHED_HOSTS = {"VirtualMachine", "HDInsight"}


def folded(value):
    """Property values compare without case and without underscores."""
    return str(value).lower().replace("_", "")


def compares(test, values):
    """Of several values `in` wants one of the list, `only` nothing else; "not-" is the contrary."""
    listed = {folded(v) for v in listed_values(test)}
    inside = [folded(v) in listed for v in values]
    return {"in": any(inside), "not-in": not any(inside),
            "only": all(inside), "not-only": not all(inside)}[
                next(w for w in ("in", "not-in", "only", "not-only") if w in test)]


class World:
    def __init__(self, tenant, catalogue):
        self.tenant = tenant
        for slow in ("above", "groups_of", "assigned", "allowing", "places_above"):
            setattr(self, slow, functools.lru_cache(maxsize=None)(getattr(self, slow)))
        self.catalogue = catalogue
        self.resources = {r["id"].lower(): r for r in tenant["resources"]}
        self.principals = {p["id"]: p for p in tenant["principals"]}
        self.roles = {g: {"blocks": r["permissions"], "scopes": ["/"], "custom": False}
                      for g, r in catalogue.built_in_roles.items()}
        self.roles.update({r["guid"]: {"blocks": r["blocks"], "scopes": r["scopes"],
                                       "custom": True} for r in tenant["roles"]})
        self.types = self.find_types()
        self.scopes = sorted(self.types)
        self.groups = {p: self.groups_of(p) for p in self.principals}
        self.relations = {}
        self.fired = set()  # ids of techniques that concluded something
        self.instances = [(clause, binding, certainty) for clause in catalogue.clauses
                          for binding, certainty in self.bindings(clause)]

    # ---- scopes (3) ----

    def find_types(self):
        """Every scope, with its type; "" for the root."""
        t = self.tenant
        types = {"/": ""}
        types.update({g["id"]: "microsoft.management/managementgroups"
                      for g in t["management_groups"]})
        types.update({s["id"]: "microsoft.resources/subscriptions" for s in t["subscriptions"]})
        types.update({g["id"]: "microsoft.resources/subscriptions/resourcegroups"
                      for g in t["resource_groups"]})
        types.update({r["id"]: r["type"].lower() for r in t["resources"]})
        return types

    def above(self, outer, inner):
        """How certain it is that `outer` contains `inner`."""
        if contains(outer, inner):
            return CERTAIN
        if not outer.lower().startswith("/providers/microsoft.management/"):
            return NEVER
        if outer.rsplit("/", 1)[1].lower() == self.tenant["tenant"]:
            return CERTAIN
        parent_of = {g["id"]: g["parent"] for g in self.tenant["management_groups"]}
        parent_of.update({s["id"]: s["parent"] for s in self.tenant["subscriptions"]})
        if not self.tenant["hierarchy_exported"]:
            return ASSUMED if inner.lower().startswith("/subscriptions/") else NEVER
        place = next((s for s in parent_of if contains(s, inner)), None)
        while place:
            if place == outer:
                return CERTAIN
            place = parent_of.get(place)
        return NEVER

    # ---- principals (3) ----

    def groups_of(self, principal, joined=()):
        """The principal itself and every group above it, cycles or not."""
        me = {principal, *joined}
        while True:
            more = {m["group"] for m in self.tenant["members"] if m["member"] in me} - me
            if not more:
                return frozenset(me)
            me |= more

    def principal_type(self, principal):
        if principal in STRANGERS:
            return STRANGERS[principal]
        return {"user": "User", "group": "Group"}.get(self.principals[principal]["kind"],
                                                      "ServicePrincipal")

    # ---- assignments (3) ----

    def assigned(self, persona, action, plane, scope, rewritten):
        """(certainty without conditions, [conditions that must pass], where) of every assignment
        that allows the action there, some roles being rewritten."""
        me = self.groups_of(*persona)
        is_user = self.principals[persona[0]]["kind"] == "user"
        found = []
        for name, certainty in (("assignments", CERTAIN), ("eligible", ELIGIBLE)):
            for record in self.tenant[name]:
                if record["principal"] not in me or (certainty == ELIGIBLE and not is_user):
                    continue
                here = max(certainty, self.above(record["scope"], scope))
                if here < NEVER:
                    found += [(here, [record["condition"], block.get("condition")], record["scope"])
                              for block in self.allowing(record["role"], rewritten, action, plane)]
        return found

    def allowing(self, role, rewritten, action, plane):
        """The blocks of the role that allow the action."""
        return [block for block in self.blocks(role, rewritten)
                if block_allows(block, action, plane)]

    def places_above(self, scope):
        """(scope, certainty) of all that contain the scope, itself included."""
        return [(s, self.above(s, scope)) for s in self.scopes if self.above(s, scope) < NEVER]

    def blocks(self, role, rewritten):
        if role is None or role in rewritten:
            return [EVERYTHING]
        return self.roles[role]["blocks"] if role in self.roles else []

    # ---- conditions (3) ----

    def condition(self, condition, action, scope, request):
        """True, False or None (undecidable).  `request` is (role, principal) to be assigned."""
        if condition is None:
            return True
        kind = condition["kind"]
        if kind == "container":
            if action.lower() != condition["action"].lower():
                return True
            if self.types[scope] != CONTAINER:
                return None  # not known which container the request will be about
            return scope.rsplit("/", 1)[1] == condition["name"]
        if kind in ("roles", "not-roles"):
            if action.lower() != WRITE_ASSIGNMENT.lower():
                return True
            if request is None:
                return None
            if request == SOME:
                return self.admits_some(condition)
            return self.admits(condition, *request)
        return None

    def admits(self, condition, role, principal):
        if condition["kind"] == "not-roles":
            return role not in condition["roles"]
        return role in condition["roles"] and \
            (not condition["types"] or self.principal_type(principal) in condition["types"]) \
            and (not condition["principals"] or principal in condition["principals"])

    def admits_some(self, condition):
        """None when only what no export has could be admitted."""
        if any(self.admits(condition, role, principal) for role in self.roles
               for principal in [*self.principals, *STRANGERS]):
            return True
        unknown = set(condition["roles"]) - set(self.roles) or \
            set(condition.get("principals") or ()) - set(self.principals)
        return None if unknown else False

    # ---- one start ----

    def answer(self, start):
        """(principal -> certainty, (capability, scope) -> certainty, and for assign-roles without
        limits scope -> certainty)."""
        acts_as, reach, unlimited = {}, {}, {}
        attacker = None
        for level in range(NEVER):
            attacker = Attacker(self, level, start, attacker)
            for principal in attacker.principals:
                acts_as.setdefault(principal, level)
            for taken in attacker.capabilities:
                reach.setdefault(taken, level)
            for scope in attacker.unlimited:
                unlimited.setdefault(scope, level)
        for principal in start.principals:
            acts_as.pop(principal, None)
        for place in start.places:
            reach.pop(("run-code", place), None)
        return acts_as, reach, unlimited

    # ---- what does not change while the attacker moves on ----

    def bindings(self, clause):
        """(variable -> scope or principal, certainty) that meet the clause's static premises."""
        relations = [p for p in clause.static if "relation" in p]
        yield from self.bind(clause, relations, {})

    def bind(self, clause, relations, binding):
        if relations:
            first, rest = relations[0], relations[1:]
            for source, target in self.relation(first["relation"]):
                new = dict(binding)
                if new.setdefault(first["from"], source) == source and \
                        new.setdefault(first["to"], target) == target and \
                        all(self.is_a(new[v], clause.variables[v])
                            for v in (first["from"], first["to"])):
                    yield from self.bind(clause, rest, new)
            return
        free = [v for v in clause.used if v not in binding]
        if free:
            for candidate in self.candidates(clause.variables[free[0]]):
                yield from self.bind(clause, [], {**binding, free[0]: candidate})
            return
        certainty = max([clause.floor] + [self.static(p, binding, clause) for p in clause.static])
        if any(self.shown(v, binding, clause) for v in clause.void):
            return
        if any(v.get("handling") == "assume" and v["of"] in binding and
               self.values(v, binding, clause) is None for v in clause.void):
            certainty = max(certainty, ASSUMED)
        if any(self.shown(w, binding, clause) for w in clause.weakens):
            certainty = max(certainty, ASSUMED)
        if certainty < NEVER:
            yield binding, certainty

    def is_a(self, thing, kinds):
        return thing in self.candidates(kinds)

    def candidates(self, kinds):
        result = []
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            if kind == "scope":
                result += self.scopes
            elif kind == "tenant":
                result += ["/"]
            elif kind == "resource":
                result += [s for s in self.scopes if s.lower() in self.resources]
            elif kind == "principal":
                result += self.principals
            elif kind in PRINCIPAL_KINDS:
                result += [p for p, one in self.principals.items() if one["kind"] == kind]
            else:
                result += [s for s in self.scopes if self.types[s] == kind]
        return result

    def static(self, premise, binding, clause):
        if "relation" in premise:
            return CERTAIN
        if "no-relation" in premise:
            there = any(source == binding[premise["from"]] and
                        ("to" not in premise or target == binding[premise["to"]])
                        for source, target in self.relation(premise["no-relation"]))
            return NEVER if there else CERTAIN
        return self.property(premise, binding, clause)

    HANDLING = {"holds": CERTAIN, "fails": NEVER, "assume": ASSUMED}

    def property(self, premise, binding, clause):
        thing = binding[premise["of"]]
        resource = self.resources.get(thing.lower())
        if resource is not None and not resource["exported"]:
            return self.HANDLING[premise.get("not-exported", "assume")]
        values = self.values(premise, binding, clause)
        if "present" in premise:
            return CERTAIN if (values is not None) == premise["present"] else NEVER
        certainty = CERTAIN
        if values is None:
            missing = self.field(thing, premise["property"]).get("missing")
            if missing is None:
                return self.HANDLING[premise["missing"]]
            values = [missing["value"]]
            certainty = {"certain": CERTAIN, "assumed": ASSUMED}[missing["certainty"]]
        return certainty if self.compares(premise, values) else NEVER

    def field(self, thing, name):
        kind = self.principals[thing]["kind"] if thing in self.principals else self.types[thing]
        return self.catalogue.fields.get((kind, name), {})

    def values(self, premise, binding, clause):
        thing = binding[premise["of"]]
        if thing in self.principals:
            return self.principal_values(thing, premise["property"])
        resource = self.resources.get(thing.lower())
        if premise["property"] == "identityType" and resource["type"].lower() not in RUN_ELSEWHERE:
            return identity_type(resource)
        value = resource["properties"].get(premise["property"]) if resource else None
        if value is None or value == []:
            return None
        return value if isinstance(value, list) else [value]

    def principal_values(self, principal, name):
        value = self.principals[principal].get("properties", {}).get(name)
        if name == "directoryRoles":
            me = {principal} | {m["group"] for m in self.tenant["members"]
                                if m["member"] == principal}
            value = [d["role"] for d in self.tenant["directory_roles"] if d["principal"] in me]
        if name == "roleAssignableGroups":
            of = [m["group"] for m in self.tenant["members"] if m["member"] == principal] + \
                [o["of"] for o in self.tenant["owners"] if o["owner"] == principal]
            value = [g for g in of
                     if self.principals[g]["properties"].get("isAssignableToRole") == "true"]
        if name == "appRoles":
            value = [a["permission"] for a in self.tenant["app_roles"]
                     if a["principal"] == principal]
        if value is None or value == []:
            return None
        return value if isinstance(value, list) else [value]

    def shown(self, test, binding, clause):
        """Does the snapshot show what makes the technique void or weak?"""
        if test["of"] not in binding:
            return False
        resource = self.resources.get(binding[test["of"]].lower())
        if resource is not None and not resource["exported"]:
            return False
        values = self.values(test, binding, clause)
        if values is None:
            return test.get("present") is False
        if "present" in test:
            return test["present"]
        return self.compares(test, values)

    def compares(self, test, values):
        """Roles are named by GUID or by name; the records have the GUID."""
        table = {"directoryRoles": self.catalogue.directory_roles,
                 "appRoles": self.catalogue.app_roles}.get(test["property"])
        if table:
            words = ("in", "not-in", "only", "not-only")
            test = {k: [table.get(v.lower(), v) for v in test[k]] for k in words if k in test}
        return compares(test, values)

    # ---- relations ----

    def relation(self, name):
        if name not in self.relations:
            ends = self.catalogue.relation_ends[name]
            self.relations[name] = [(a, b) for a, b in set(self.find_relation(name))
                                    if self.fits(a, ends[0]) and self.fits(b, ends[1])]
        return self.relations[name]

    def fits(self, thing, kinds):
        if thing in self.principals:
            return "principal" in kinds
        return "resource" in kinds or "scope" in kinds or self.types.get(thing) in kinds

    def find_relation(self, name):
        for relation, kind, prop, end in self.catalogue.references:
            if relation != name:
                continue
            for resource in self.of_type(kind):
                for value in listed(resource["properties"].get(prop)):
                    other = self.find_scope(value)
                    if other:
                        yield (resource["id"], other) if end == "from" else (other, resource["id"])
        special = getattr(self, "find_" + name.replace("-", "_"), None)
        if special:
            yield from special()

    def find_scope(self, text):
        return next((s for s in self.scopes if s.lower() == str(text).lower()), None)

    def of_type(self, kind):
        return [r for r in self.tenant["resources"]
                if r["type"].lower() == kind and r["exported"]]

    def find_child_of(self):
        for scope, kind in self.types.items():
            parts = scope.split("/")
            while len(parts) > 9:  # /subscriptions/S/resourceGroups/R/providers/N/T/name
                parts = parts[:-2]
                parent = "/".join(parts)
                if parent in self.types:
                    yield scope, parent
                    break

    def find_in_workspace(self):
        """Whose part it is, however deep."""
        for scope, kind in self.types.items():
            if kind.startswith(AML + "/"):
                yield scope, "/".join(scope.split("/")[:9])

    def hosted(self, resource):
        """Principals in the identity object."""
        if resource["system"]:
            yield resource["system"]
        for identity in resource["user"]:
            yield self.principal_of(identity)

    def principal_of(self, identity):
        return next(p["id"] for p in self.tenant["principals"] if p.get("resource") == identity)

    def find_identity_of(self):
        for resource in self.tenant["resources"]:
            for principal in self.hosted(resource):
                yield resource["id"], principal

    def find_runs_as(self):
        """Sections 1 and 4 of the attachment table: who runs as which identity object."""
        own_object = {}
        for resource in self.tenant["resources"]:
            kind = resource["type"].lower()
            if self.catalogue.kinds.get(kind, {}).get("host", "token") == "deputy" or \
                    kind in RUN_ELSEWHERE:
                continue
            own_object[resource["id"]] = set(self.hosted(resource))
            if kind == AML:  # the service alone uses the system-assigned one
                own_object[resource["id"]] -= {resource["system"]}
        for compute, attached in self.relation("attached-resource-of"):
            resource = self.resources[compute.lower()]
            if resource["properties"].get("computeType") in ATTACHED_HOSTS:
                own_object[compute] = own_object.get(compute, set()) | own_object.get(attached, set())
        runs = {(r, p) for r, principals in own_object.items() for p in principals}
        for deployment, endpoint in self.relation("endpoint-of"):
            if self.types[endpoint] == AML + "/onlineendpoints":
                runs |= {(deployment, p) for p in own_object.get(endpoint, ())}
        for work, compute in self.relation("compute-of"):
            if self.types[work] != AML + "/onlineendpoints":
                runs |= {(work, p) for p in own_object.get(compute, ())}
        for deployment, endpoint in self.relation("endpoint-of"):
            if self.types[endpoint] == AML + "/batchendpoints":
                runs |= {(endpoint, p) for r, p in runs if r == deployment}
        yield from runs

    def find_resource_of(self):
        for principal in self.tenant["principals"]:
            if principal.get("resource"):
                yield principal["id"], principal["resource"]

    def find_owner_of(self):
        for owner in self.tenant["owners"]:  # of groups and service principals
            yield owner["owner"], owner["of"]
        for compute in self.of_type(AML + "/computes"):
            owner = compute["properties"].get("ownerObjectId")
            if owner in self.principals and \
                    compute["properties"].get("computeType") == "ComputeInstance":
                yield owner, compute["id"]

    def find_member_of(self):
        for principal in self.principals:
            for group in self.groups[principal] - {principal}:
                yield principal, group

    def find_endpoint_of(self):
        for scope, parent in self.find_child_of():
            if self.types[scope].endswith("endpoints/deployments"):
                yield scope, parent

    def find_publishing_policy_of(self):
        return ((parent, child) for child, parent in self.find_child_of())

    find_integration_runtime_of = find_publishing_policy_of

    def said(self, names, matches):
        """Pairs told by properties: a value of one of the names of a resource matches the other."""
        others = [*self.scopes, *self.principals]
        for resource in self.tenant["resources"]:
            if resource["exported"]:
                for value in (v for n in names for v in listed(resource["properties"].get(n))):
                    for other in others:
                        if matches(str(value).lower(), other):
                            yield resource["id"], other

    def is_id(self, value, other):
        return value == other.lower()

    def is_client(self, value, other):
        return other in self.principals and value == self.principals[other]["client"]

    def is_name(self, value, other):
        return value == other.rsplit("/", 1)[-1].lower()

    def is_host(self, value, other):
        """The host of the address begins with the account's name."""
        return "://" in value and \
            value.split("://")[1].split("/")[0].split(".")[0] == other.rsplit("/", 1)[-1].lower()

    def is_id_or_below(self, value, other):
        return contains(other, value)

    def find_compute_of(self):
        return self.said(["computeId", "defaultCompute", "stepComputeIds"], self.is_id)

    def find_datastore_storage(self):
        return self.said(["accountName"], self.is_name)

    def find_credential_principal(self):
        return self.said(["credentialClientId", "servicePrincipalClientId"], self.is_client)

    def find_code_of(self):
        return self.said(["codeId"], self.is_id)

    def find_environment_of(self):
        return self.said(["environmentId"], self.is_id)

    def find_model_of(self):
        return self.said(["model"], self.is_id)

    def find_component_of(self):
        return self.said(["componentId", "stepComponentIds"], self.is_id)

    def find_image_of(self):
        return self.said(["imageId"], self.is_id_or_below)

    def find_stored_in(self):
        return self.said(["codeUri", "modelUri", "buildContextUri", "deploymentStorageUrl"],
                         self.is_host)

    def find_linked_store(self):
        return self.said(["serviceUrl"], self.is_host)

    def find_kubelet_identity_of(self):
        return self.said(["kubeletIdentityObjectId"], self.is_id)

    def find_assigned_to(self):
        return self.said(["principalId"], self.is_id)


def identity_type(resource):
    kinds = ["SystemAssigned"] * bool(resource["system"]) + ["UserAssigned"] * bool(resource["user"])
    return [", ".join(kinds)] if kinds else None


def listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


class Start:
    def __init__(self, principals, places):
        self.principals = set(principals)
        self.places = set(places)


def start_of_workload(world, resource):
    """Section 4: a workload gives the identities of where it runs; a deployment is its endpoint."""
    places = {resource}
    for deployment, endpoint in world.relation("endpoint-of"):
        if deployment == resource and world.types[endpoint] == AML + "/onlineendpoints":
            places.add(endpoint)
    return Start({p for work, p in world.relation("runs-as") if work == resource}, places)


class Attacker:
    """Section 5: the least fixed point at one level of certainty.  Whoever is in `weaker`, the
    same start at a better level, is here too."""

    def __init__(self, world, level, start, weaker):
        self.world = world
        self.level = level
        self.principals = set(start.principals)
        self.capabilities = {("run-code", place) for place in start.places}
        self.given = {}          # (recipient, scope) -> roles, None for everything
        self.rewritten = set()   # custom roles
        self.controlled = set()  # groups
        self.lifted = set()      # indexes of deny assignments that were deleted
        self.unlimited = set()   # scopes where any role can be given
        self.directory_roles = set()  # (principal, role)
        self.app_roles = set()
        if weaker:
            self.given = {key: set(roles) for key, roles in weaker.given.items()}
            for name in ("principals", "capabilities", "rewritten", "controlled",
                         "lifted", "unlimited", "directory_roles", "app_roles"):
                getattr(self, name).update(getattr(weaker, name))
        self.held = set(weaker.held) if weaker else set()
        while True:
            before = self.size()
            self.known = {}
            self.step()
            if self.size() == before:
                break

    def size(self):
        return [sum(map(len, self.given.values()))] + \
            [len(s) for s in (self.principals, self.capabilities, self.rewritten, self.controlled,
                              self.lifted, self.unlimited, self.directory_roles, self.app_roles)]

    def personas(self):
        """(principal, groups joined): control of a group makes a member, where that helps."""
        for principal in sorted(self.principals):
            for size in range(len(self.controlled) + 1):
                for joined in itertools.combinations(sorted(self.controlled), size):
                    yield principal, joined

    def step(self):
        personas = list(self.personas())
        self.lift(personas)
        for persona in personas:
            self.take_held(persona)
        rewrites = {}
        fired = self.world.fired
        for clause, binding, certainty in self.world.instances:
            if certainty > self.level or self.has(clause.conclusion, binding) or \
                    not self.taken(clause, binding):
                continue
            if not clause.caller:
                fired.add(clause.technique)
                self.conclude(clause.conclusion, binding)
                continue
            for persona in personas:
                if "gives-roles-at" in clause.conclusion:
                    self.give(persona, clause, binding)
                elif all(self.meets(persona, p, binding) for p in clause.caller):
                    fired.add(clause.technique)
                    if "rewrites-role" in clause.conclusion:
                        rewrites.setdefault((persona, clause.technique), set()).add(
                            binding[clause.conclusion["rewrites-role"]])
                    else:
                        self.conclude(clause.conclusion, binding)
        for scopes in rewrites.values():
            for guid, role in self.world.roles.items():
                if role["custom"] and set(role["scopes"]) <= scopes:
                    self.rewritten.add(guid)

    def lift(self, personas):
        """Deletes the deny assignments that fall (5.3)."""
        for persona in personas:
            for index, deny in enumerate(self.world.tenant["denies"]):
                if not deny["protected"] and self.holds(persona, DELETE_DENY, "control",
                                                        deny["scope"]):
                    self.lifted.add(index)

    # ---- 5.1, 5.2: rights ----

    def sources(self, persona, action, plane, scope):
        """(certainty without conditions, [conditions that must pass], where) of every right."""
        world = self.world
        rewritten = frozenset(self.rewritten)
        found = [s for s in world.assigned(persona, action, plane, scope, rewritten)
                 if s[0] <= self.level]
        for certainty, role, place in self.gifts(world.groups_of(*persona), scope):
            found += [(certainty, [block.get("condition")], place)
                      for block in world.allowing(role, rewritten, action, plane)]
        return found

    def gifts(self, me, scope):
        """(certainty, role, where) of what was given to one of `me` at the scope or above."""
        if not self.given:
            return ()
        key = (me, scope)
        if key not in self.known:
            self.known[key] = {(certainty, role, place)
                               for place, certainty in self.world.places_above(scope)
                               if certainty <= self.level for recipient in me
                               for role in self.given.get((recipient, place), ())}
        return self.known[key]

    def add_given(self, recipient, place, role):
        self.given.setdefault((recipient, place), set()).add(role)

    def obstacle(self, persona, action, plane, scope):
        """What deny assignments and locks leave: CERTAIN, CONDITIONAL or NEVER."""
        world = self.world
        principal, joined = persona
        me = world.groups_of(principal, joined)
        left = CERTAIN
        for index, deny in enumerate(world.tenant["denies"]):
            if index in self.lifted or deny["effect"] == "audit":
                continue
            named = EVERYBODY in deny["principals"] or me & set(deny["principals"])
            if not named or me & set(deny["excluded"]):
                continue
            if deny["only_here"] and deny["scope"] != scope:
                continue
            if world.above(deny["scope"], scope) == NEVER or \
                    not any(block_allows(b, action, plane) for b in deny["blocks"]):
                continue
            decided = world.condition(deny["condition"], action, scope, None)
            if decided is True:
                return NEVER
            if decided is None:
                left = CONDITIONAL
        if plane == "control" and self.locked(persona, action, scope):
            return NEVER
        return left

    def locked(self, persona, action, scope):
        verb = action.rsplit("/", 1)[1].lower()
        if verb == "read" or action == DELETE_LOCK:
            return False
        return any(contains(lock["scope"], scope) and
                   (lock["level"] == "ReadOnly" or verb == "delete") and
                   not self.holds(persona, DELETE_LOCK, "control", lock["scope"])
                   for lock in self.world.tenant["locks"])

    def best(self, persona, action, plane, scope, request=None):
        """The certainty with which the persona holds the action there."""
        best = NEVER
        for certainty, conditions, _ in self.sources(persona, action, plane, scope):
            for condition in conditions:
                decided = self.world.condition(condition, action, scope, request)
                if decided is None and action == WRITE_ASSIGNMENT and request is None:
                    decided = False  # nothing but giving rests on a limited right to give
                certainty = max(certainty, {True: CERTAIN, None: CONDITIONAL, False: NEVER}[decided])
            best = min(best, certainty)
        return best if best == NEVER else max(best, self.obstacle(persona, action, plane, scope))

    def holds(self, persona, action, plane, scope):
        key = (persona, action, plane, scope)
        if key in self.held:  # what is held stays held: everything only grows
            return True
        if key not in self.known:
            self.known[key] = self.best(persona, action, plane, scope) <= self.level
            if self.known[key]:
                self.held.add(key)
        return self.known[key]

    # ---- premises ----

    def taken(self, clause, binding):
        for premise in clause.taken:
            if "capability" in premise:
                if (premise["capability"], binding[premise["on"]]) not in self.capabilities:
                    return False
            elif binding[premise["acts-as"]] not in self.principals:
                return False
        return True

    def meets(self, persona, premise, binding):
        world = self.world
        principal, joined = persona
        if "permission" in premise:
            return any(self.holds(persona, action, premise["plane"], binding[premise["on"]])
                       for action in premise["permission"])
        if "access-policy" in premise:
            me = world.groups_of(principal, joined)
            return any(policy["vault"] == binding[premise["on"]] and policy["object"] in me and
                       not policy["application"] and
                       {w.lower() for w in policy[premise["access-policy"]]} &
                       {w.lower() for w in premise["words"]}
                       for policy in world.tenant["policies"])
        if "caller-relation" in premise:
            other = binding[premise["to"]]
            from_kinds, _ = world.catalogue.relation_ends[premise["caller-relation"]]
            pairs = world.relation(premise["caller-relation"])
            return ((principal, other) if "principal" in from_kinds else (other, principal)) in pairs
        if "caller-kind" in premise:
            return world.principals[principal]["kind"] in premise["caller-kind"]
        if "directory-role" in premise:
            wanted = self.named(premise["directory-role"], world.catalogue.directory_roles)
            reached = {"/"}
            if "on" in premise:
                reached |= {"/" + binding[premise["on"]]}
            return any(role in wanted and scope in reached
                       for role, scope in self.directory_roles_of(persona))
        if "app-role" in premise:
            wanted = self.named(premise["app-role"], world.catalogue.app_roles)
            return bool(wanted & self.app_roles_of(principal))
        raise NotImplementedError(premise)

    # ---- Microsoft Entra ----

    def named(self, names, table):
        return {table[n.lower()] for n in names if n.lower() in table}

    def directory_roles_of(self, persona):
        """(role, scope) held, directly or through a group; a user activates eligible ones."""
        world = self.world
        principal, joined = persona
        me = world.groups_of(principal, joined)
        is_user = world.principals[principal]["kind"] == "user"
        held = {(r["role"], r["scope"]) for r in world.tenant["directory_roles"]
                if r["principal"] in me and (not r["eligible"] or
                                             (is_user and ELIGIBLE <= self.level))}
        return held | {(role, "/") for who, role in self.directory_roles if who == principal}

    def app_roles_of(self, principal):
        return {r["permission"] for r in self.world.tenant["app_roles"]
                if r["principal"] == principal} | \
            {role for who, role in self.app_roles if who == principal}

    def give_in_entra(self, names, table, kinds, given):
        roles = set(table.values()) if names == ["*"] else self.named(names, table)
        given |= {(p, role) for p in self.principals for role in roles
                  if self.world.principals[p]["kind"] in kinds}

    # ---- 5.3: giving rights ----

    def give(self, persona, clause, binding):
        place = binding[clause.conclusion["gives-roles-at"]]
        others = [p for p in clause.caller if "permission" not in p]
        if not all(self.meets(persona, p, binding) for p in others):
            return
        free, limited = CERTAIN, []
        for premise in clause.caller:
            if "permission" in premise:
                plain, conditioned = self.rights_to_give(persona, premise, binding[premise["on"]])
                if "conditions" in premise:
                    plain = self.around(premise["conditions"], conditioned, persona[0])
                free = max(free, plain)
                limited += conditioned
        if clause.conclusion["mode"] == "any":
            if free <= self.level:
                self.world.fired.add(clause.technique)
                self.unlimited.add(place)
                self.capabilities.add(("assign-roles", place))
                for recipient in self.principals:
                    self.add_given(recipient, place, None)
            return
        for certainty, conditions, action, scope, held_at in limited:
            if not any(names(c) in clause.conclusion["conditions"] for c in conditions):
                continue
            for role in self.assignable(place):
                for recipient in self.recipients():
                    decided = [self.world.condition(c, action, scope, (role, recipient))
                               for c in conditions]
                    if False not in decided and \
                            (None not in decided or CONDITIONAL <= self.level):
                        self.world.fired.add(clause.technique)
                        self.add_given(recipient, place, role)

    def rights_to_give(self, persona, premise, scope):
        """(certainty of holding the permission whatever role is given to whom,
        [(certainty, conditions that decide about role and recipient, action, scope, where)])"""
        plain, conditioned = NEVER, []
        for action in premise["permission"]:
            left = self.obstacle(persona, action, premise["plane"], scope)
            for certainty, conditions, held_at in self.sources(persona, action, premise["plane"],
                                                               scope):
                certainty = max(certainty, left)
                decided = [self.world.condition(c, action, scope, None) for c in conditions]
                if False in decided or certainty > self.level:
                    continue
                if None not in decided:
                    plain = min(plain, certainty)
                elif action != WRITE_ASSIGNMENT:
                    plain = min(plain, max(certainty, CONDITIONAL))
                else:
                    conditioned.append((certainty, [c for c, said in zip(conditions, decided)
                                                    if said is None], action, scope, held_at))
        return plain, conditioned

    def around(self, kinds, conditioned, principal):
        """The best right under one of the kinds of conditions that lets the caller have a role with a new id."""
        best = NEVER
        for certainty, conditions, action, scope, _ in conditioned:
            decided = [self.world.condition(c, action, scope, (NEW_ROLE, principal)) for c in conditions]
            if any(names(c) in kinds for c in conditions) and False not in decided:
                best = min(best, max(certainty, CONDITIONAL) if None in decided else certainty)
        return best

    def recipients(self):
        """Principals taken and the groups that contain one."""
        joined = tuple(sorted(self.controlled))
        return self.principals.union(*(self.world.groups_of(p, joined) for p in self.principals))

    def assignable(self, place):
        return [guid for guid, role in self.world.roles.items()
                if not role["custom"] or any(self.world.above(s, place) <= self.level
                                             for s in role["scopes"])]

    # ---- conclusions ----

    def has(self, conclusion, binding):
        """Is the conclusion known already?  Then there is nothing to find."""
        if "acts-as" in conclusion:
            return binding[conclusion["acts-as"]] in self.principals
        if "capability" in conclusion:
            return (conclusion["capability"], binding[conclusion["on"]]) in self.capabilities
        if conclusion.get("mode") == "any":
            place = binding[conclusion["gives-roles-at"]]
            return all(None in self.given.get((p, place), ()) for p in self.principals)
        return False

    def conclude(self, conclusion, binding):
        if "acts-as" in conclusion:
            self.principals.add(binding[conclusion["acts-as"]])
        elif "capability" in conclusion:
            self.capabilities.add((conclusion["capability"], binding[conclusion["on"]]))
            if conclusion["capability"] == "assign-roles":
                self.unlimited.add(binding[conclusion["on"]])
        elif "controls-group" in conclusion:
            self.controlled.add(binding[conclusion["controls-group"]])
        elif "gives-directory-role" in conclusion:
            self.give_in_entra(conclusion["gives-directory-role"],
                               self.world.catalogue.directory_roles,
                               ("user", "service-principal", "managed-identity"),
                               self.directory_roles)
        elif "gives-app-role" in conclusion:
            self.give_in_entra(conclusion["gives-app-role"], self.world.catalogue.app_roles,
                               ("service-principal", "managed-identity"), self.app_roles)
        elif "finding" not in conclusion:
            raise NotImplementedError(conclusion)

    def take_held(self, persona):
        """Rights that are a capability by themselves (data/capabilities.json)."""
        world = self.world
        for _, scope in self.directory_roles_of(persona):
            self.capabilities.add(("directory", "/" if scope == "/" else "a part"))
        if self.app_roles_of(persona[0]):
            self.capabilities.add(("directory", "/"))
        for capability in world.catalogue.capabilities:
            for held in capability.get("held", []):
                for scope in world.scopes:
                    kind = world.types[scope]
                    if (capability["name"], scope) in self.capabilities:
                        continue
                    if "own-type" in held:
                        actions = [world.catalogue.spelled(kind) + held["own-type"]] if kind else []
                    elif held["type"] in ("scope", kind):
                        actions = held["actions"]
                    else:
                        continue
                    if any(self.holds(persona, a, held["plane"], scope) or
                           self.holds_for_some(persona, a, held["plane"], scope)
                           for a in actions):
                        self.capabilities.add((capability["name"], scope))

    def holds_for_some(self, persona, action, plane, scope):
        """May it give at least one role to somebody?  The attacker chooses which and to whom."""
        return action == WRITE_ASSIGNMENT and \
            self.best(persona, action, plane, scope, SOME) <= self.level


def names(condition):
    """What the condition of a granting assignment says about the role."""
    return {"roles": "role-list", "not-roles": "role-denylist"}.get(condition["kind"], "other")
