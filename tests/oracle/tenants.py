"""Small random tenants in which the rules often fire: techniques are picked, their resources made
and tied together, and what their premises ask for is handed out, mostly.

A tenant is a dictionary of lists of records, so that a record can be taken out while shrinking.
The same seed with another salt gives the same tenant under other names.
"""
import random
import uuid

import known
from catalogue import PRINCIPAL_KINDS, flat

AML = "Microsoft.MachineLearningServices/workspaces"
STANDARD = [AML, AML + "/computes", AML + "/onlineEndpoints", AML + "/jobs",
            AML + "/datastores", AML + "/connections", "Microsoft.Storage/storageAccounts",
            "Microsoft.KeyVault/vaults", "Microsoft.Compute/virtualMachines",
            "Microsoft.ManagedIdentity/userAssignedIdentities",
            "Microsoft.Storage/storageAccounts/blobServices/containers",
            "Microsoft.KeyVault/vaults/secrets"]
SCOPE_TYPES = {"microsoft.resources/subscriptions", "microsoft.management/managementgroups",
               "microsoft.resources/subscriptions/resourcegroups"}
# They run as the identities of their endpoint or compute.
WITHOUT_IDENTITY_OBJECT = {t.lower() for t in (
    AML + "/jobs", AML + "/batchEndpoints", AML + "/schedules", AML + "/onlineEndpoints/deployments",
    AML + "/batchEndpoints/deployments")}
# Relations that hold because `to` is below `from`.
BELOW = {"publishing-policy-of", "integration-runtime-of"}
# Between a parent and a child in an ARM id, where the child's type has a level without a record.
MIDDLE = {"microsoft.storage/storageaccounts/blobservices": "/blobServices/default"}
# Properties that a relation is told by, or that an identity object is.
NOT_AT_RANDOM = {"identityType", "componentId", "stepComponentIds", "environmentId", "model",
                 "codeId", "image", "images", "linuxFxVersion"}


def identifier(record):
    return record["id"]


def host(record):
    return f"https://{record['id'].rsplit('/', 1)[1]}.blob.core.windows.net/x/y"


# relation -> property -> what it says of the other end; besides the references of the vocabulary.
SAID_BY = {
    "compute-of": {"computeId": identifier, "defaultCompute": identifier},
    "datastore-storage": {"accountName": lambda storage: storage["id"].rsplit("/", 1)[1]},
    "credential-principal": {"credentialClientId": lambda principal: principal["client"],
                             "servicePrincipalClientId": lambda principal: principal["client"]},
    "code-of": {"codeId": identifier}, "environment-of": {"environmentId": identifier},
    "model-of": {"model": identifier}, "component-of": {"componentId": identifier},
    "image-of": {"imageId": identifier},
    "stored-in": {"codeUri": host, "modelUri": host, "buildContextUri": host,
                  "deploymentStorageUrl": host},
    "linked-store": {"serviceUrl": host},
    "kubelet-identity-of": {"kubeletIdentityObjectId": identifier},
    "assigned-to": {"principalId": identifier},
}
CONTAINER = "microsoft.storage/storageaccounts/blobservices/containers"
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"


class Maker:
    def __init__(self, seed, catalogue, salt="", about=None):
        self.random = random.Random(seed)
        self.salt = f"{seed}{salt}"
        self.count = 0
        self.catalogue = catalogue
        self.about = about
        self.values = catalogue.values
        self.hosts = [t for t, k in catalogue.kinds.items() if k["host"] == "token"
                      and t not in WITHOUT_IDENTITY_OBJECT]
        self.t = {"tenant": self.guid(), "hierarchy_exported": False}
        for name in ("management_groups", "subscriptions", "resource_groups", "resources",
                     "principals", "members", "owners", "roles", "assignments", "eligible",
                     "denies", "locks", "policies", "directory_roles", "app_roles"):
            self.t[name] = []

    # ---- small things ----

    def guid(self):
        self.count += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.salt}/{self.count}"))

    def name(self, prefix):
        return prefix + self.guid()[:6]

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, things):
        return self.random.choice(things)

    # ---- containers ----

    def containers(self):
        t = self.t
        for _ in range(self.pick([1, 1, 1, 2])):
            t["subscriptions"].append({"id": f"/subscriptions/{self.guid()}", "parent": None})
        if self.chance(0.35):
            t["hierarchy_exported"] = self.chance(0.6)
            above = None
            for depth in range(self.pick([1, 2, 2]) if t["hierarchy_exported"] else 1):
                name = t["tenant"] if depth == 0 and t["hierarchy_exported"] else self.name("mg-")
                group = f"/providers/Microsoft.Management/managementGroups/{name}"
                t["management_groups"].append({"id": group, "parent": above})
                above = group
            if t["hierarchy_exported"]:
                for subscription in t["subscriptions"]:
                    subscription["parent"] = self.pick(t["management_groups"])["id"]
        for _ in range(self.pick([1, 2, 2])):
            place = self.pick(t["subscriptions"])["id"]
            t["resource_groups"].append({"id": f"{place}/resourceGroups/{self.name('rg-')}"})

    # ---- resources and principals ----

    def resource(self, kind, parent=None):
        """A new resource of the type; its parent is made or found when there is none."""
        spelled = self.catalogue.spelled(kind)
        parts = spelled.split("/")
        if len(parts) > 2:
            above = "/".join(parts[:-1])
            middle = MIDDLE.get(above.lower(), "")
            if middle:
                above = "/".join(parts[:-2])
            if parent is None or parent["type"].lower() != above.lower():
                parent = self.some(above.lower())
            identifier = f"{parent['id']}{middle}/{parts[-1]}/{self.name(parts[-1][:2].lower())}"
        else:
            group = self.pick(self.t["resource_groups"])["id"]
            identifier = f"{group}/providers/{spelled}/{self.name(parts[-1][:2].lower())}"
        one = {"id": identifier, "type": spelled, "properties": {}, "system": None, "user": [],
               "exported": self.chance(0.93)}
        if kind.lower() == "microsoft.managedidentity/userassignedidentities":
            one["exported"] = True
            self.principal("managed-identity", one["id"])
        if kind.lower().startswith(AML.lower() + "/"):
            one["exported"] = True
        for (of, prop), named in self.values.items():
            if of == kind.lower() and prop not in NOT_AT_RANDOM and \
                    self.catalogue.fields[of, prop]["kind"] != "id" and self.chance(0.6):
                one["properties"][prop] = self.value(of, prop, named)
        self.t["resources"].append(one)
        return one

    def value(self, of, prop, named):
        field = self.catalogue.fields[of, prop]
        if field["kind"] == "bool":
            return self.pick(["true", "false"])
        value = self.pick(named + ["something-else"]) if named else "something"
        return [value] if field["kind"] == "list" else value

    def principal(self, kind, resource=None):
        client = self.guid()
        one = {"id": self.guid(), "kind": kind, "resource": resource, "properties": {},
               "client": client if kind in ("service-principal", "managed-identity") else None}
        if kind == "service-principal":
            one["properties"].update(foreign="false", appOwnerOrganizationId=self.t["tenant"],
                                     servicePrincipalType="Application")
        if kind == "group":
            one["properties"]["isAssignableToRole"] = self.pick(["true", "false", "false"])
            if self.chance(0.1):
                one["properties"].update(dynamicMembership="true", groupTypes=["DynamicMembership"])
            if self.chance(0.1):
                one["properties"]["onPremisesSyncEnabled"] = "true"
        self.t["principals"].append(one)
        return one

    def some(self, kind):
        """A resource of the type, an old one when there is one, mostly."""
        there = [r for r in self.t["resources"] if r["type"].lower() == kind.lower()]
        return self.pick(there) if there and self.chance(0.8) else self.resource(kind)

    def somebody(self, kinds=("user", "service-principal", "managed-identity")):
        there = [p for p in self.t["principals"] if p["kind"] in kinds]
        if there and self.chance(0.85):
            return self.pick(there)
        kind = self.pick(list(kinds))
        if kind == "managed-identity":
            self.resource("microsoft.managedidentity/userassignedidentities")
            return self.t["principals"][-1]
        return self.principal(kind)

    def attach(self, resource, principal=None):
        """Gives the resource an identity."""
        if principal is None and self.chance(0.4) and not resource["system"]:
            resource["system"] = self.principal("managed-identity")["id"]
        else:
            identity = principal["resource"] if principal and principal["resource"] else \
                self.some("microsoft.managedidentity/userassignedidentities")["id"]
            if identity not in resource["user"]:
                resource["user"].append(identity)

    # ---- relations ----

    def tie(self, relation, source, target):
        """Makes the relation hold between two records, if there is a way to say it."""
        is_resource = "type" in target
        ends = self.catalogue.relation_ends[relation]
        if not all(set(kinds) & {"resource", "scope", one.get("type", "principal").lower()}
                   for one, kinds in zip((source, target), ends)):
            return
        if relation in ("runs-as", "identity-of") and not is_resource:
            if source["type"].lower() not in WITHOUT_IDENTITY_OBJECT and self.catalogue.kinds.get(source["type"].lower(), {}).get("host") != "none":
                self.attach(source, target if target["resource"] else None)
        elif relation == "owner-of" and not is_resource:
            if source["kind"] in ("user", "service-principal") and target["kind"] in (
                    "group", "service-principal"):
                self.t["owners"].append({"owner": source["id"], "of": target["id"]})
        elif relation == "owner-of":
            if target["type"].lower() == AML.lower() + "/computes" and source["kind"] == "user":
                target["properties"].update(ownerObjectId=source["id"],
                                            computeType="ComputeInstance")
        else:
            self.write_relation(relation, source, target)

    def write_relation(self, relation, source, target):
        """Into the property that says it."""
        for name, kind, prop, end in self.catalogue.references:
            holder, other = (source, target) if end == "from" else (target, source)
            if name == relation and holder.get("type", "").lower() == kind:
                self.put(holder, prop, other["id"])
                return
        if relation in known.RELATIONS_NOT_FOUND:
            return
        for prop, said in SAID_BY.get(relation, {}).items():
            value = said(target)
            if value and (source["type"].lower(), prop) in self.catalogue.fields:
                self.put(source, prop, value)
                return

    def put(self, record, prop, value):
        is_list = self.catalogue.fields[record["type"].lower(), prop]["kind"] == "list"
        record["properties"][prop] = [value] if is_list else value

    # ---- one technique ----

    def technique(self, technique):
        """Makes what the technique is about; returns the scopes of its variables."""
        premises = flat(technique["premises"])
        for conclusion in technique["conclusions"]:
            if self.chance(0.7):
                premises += flat(conclusion.get("if", []))
        made = {}
        parents = {p["from"]: p["to"] for p in premises if p.get("relation") == "child-of"}
        parents.update({p["to"]: p["from"] for p in premises if p.get("relation") in BELOW})
        for variable in sorted(technique["variables"], key=lambda v: v in parents):
            kinds = technique["variables"][variable]
            kind = self.pick([kinds] if isinstance(kinds, str) else kinds)
            if kind in PRINCIPAL_KINDS:
                made[variable] = self.somebody((kind,)) if kind != "group" else self.group()
            elif kind == "principal":
                made[variable] = self.somebody()
            elif kind in ("resource", "scope"):
                made[variable] = self.pick(self.t["resources"]) if self.t["resources"] else \
                    self.resource(AML)
            elif kind in SCOPE_TYPES or kind == "tenant":
                made[variable] = self.pick(self.t["resource_groups"])
            else:
                parent = made.get(parents.get(variable))
                made[variable] = self.resource(kind, parent) if parent else self.some(kind)
        for premise in premises:
            if "relation" in premise and self.chance(0.85):
                self.tie(premise["relation"], made[premise["from"]], made[premise["to"]])
            if "caller-relation" in premise and self.chance(0.5):
                self.tie(premise["caller-relation"], self.somebody(), made[premise["to"]])
        wishes = {}
        for premise in premises:
            if "property" in premise:
                wishes.setdefault((premise["of"], premise["property"]), []).append(premise)
        for (variable, _), alike in wishes.items():
            if self.chance(0.8):
                self.satisfy(made[variable], self.pick(alike))
        return premises, made

    def satisfy(self, record, premise):
        if "type" not in record:
            return
        kind, prop = record["type"].lower(), premise["property"]
        field = self.catalogue.fields.get((kind, prop))
        if not field:
            return
        if prop == "identityType":
            if not record["system"] and not record["user"]:
                self.attach(record)
            return
        if "in" in premise:
            value = self.pick(premise["in"])
            record["properties"][prop] = [value] if field["kind"] == "list" else value
        else:
            record["properties"].pop(prop, None)

    # ---- rights ----

    def group(self):
        there = [p for p in self.t["principals"] if p["kind"] == "group"]
        if there and self.chance(0.6):
            return self.pick(there)
        group = self.principal("group")
        for _ in range(self.pick([1, 1, 2])):
            self.t["members"].append({"group": group["id"], "member": self.somebody()["id"]})
        if there and self.chance(0.5):  # nested, now and then in a circle
            self.t["members"].append({"group": group["id"], "member": self.pick(there)["id"]})
            if self.chance(0.3):
                self.t["members"].append({"group": self.pick(there)["id"], "member": group["id"]})
        return group

    def above(self, scope):
        """The scope or one above it."""
        result = [scope]
        while scope.count("/") > 2 and self.chance(0.35):
            above = [s for s in self.every_scope()
                     if scope.lower().startswith(s.lower() + "/")]
            if not above:
                break
            scope = max(above, key=len)
            result.append(scope)
        if self.chance(0.04):
            return "/"
        if self.t["management_groups"] and self.chance(0.1):
            return self.pick(self.t["management_groups"])["id"]
        return result[-1]

    def every_scope(self):
        t = self.t
        return [r["id"] for name in ("subscriptions", "resource_groups", "resources")
                for r in t[name]]

    def pattern(self, action):
        """The action, or a wildcard that covers it."""
        parts = action.split("/")
        shape = self.random.random()
        if shape < 0.72 or len(parts) < 3:
            return action
        if shape < 0.82:
            return "/".join(parts[:-1]) + "/*"
        if shape < 0.9:
            return "/".join(parts[:2]) + "/*/" + parts[-1]
        return "*/" + parts[-1] if shape < 0.96 else "*"

    def role(self, wanted):
        """A custom role out of (plane, action) pairs."""
        blocks = []
        for plane, action in wanted:
            if not blocks or self.chance(0.15):
                blocks.append({"actions": [], "notActions": [], "dataActions": [],
                               "notDataActions": [], "condition": None})
            plus = "actions" if plane == "control" else "dataActions"
            blocks[-1][plus].append(self.pattern(action))
            if self.chance(0.08):
                minus = "notActions" if plane == "control" else "notDataActions"
                blocks[-1][minus].append(self.pattern(self.pick(wanted)[1]))
        scopes = [self.pick(self.t["subscriptions"])["id"]]
        if self.chance(0.3):
            scopes = [self.pick(self.t["resource_groups"])["id"] for _ in range(2)]
        role = {"guid": self.guid(), "blocks": blocks, "scopes": list(dict.fromkeys(scopes))}
        self.t["roles"].append(role)
        return role["guid"]

    def assign(self, role, scope, principal=None, delegates=False):
        holder = principal or (self.group() if self.chance(0.2) else self.somebody())
        record = {"principal": holder["id"], "role": role, "scope": scope, "condition": None}
        if delegates and self.chance(0.6):
            record["condition"] = self.delegation()
        elif self.chance(0.05):
            record["condition"] = {"kind": self.pick(["unknown", "broken"])}
        elif self.chance(0.4):
            record["condition"] = self.about_containers(role)
        self.t["eligible" if self.chance(0.08) else "assignments"].append(record)

    def about_containers(self, role):
        """A condition on the name of a container for an action of the role, if it has one."""
        actions = [a for r in self.t["roles"] if r["guid"] == role for b in r["blocks"]
                   for a in b["dataActions"] if "/containers/" in a and "*" not in a]
        if role in self.catalogue.built_in_roles:
            actions = [BLOBS + "read", BLOBS + "write"]
        names = [r["id"].rsplit("/", 1)[1] for r in self.t["resources"]
                 if r["type"].lower() == CONTAINER]
        if not actions:
            return None
        return {"kind": "container", "action": self.pick(actions),
                "name": self.pick(names + ["features"])}

    def delegation(self):
        roles = [r["guid"] for r in self.t["roles"]] + list(self.catalogue.built_in_roles)
        chosen = self.random.sample(roles, min(len(roles), self.pick([1, 2, 3])))
        if self.chance(0.3):
            return {"kind": "not-roles", "roles": chosen}
        return {"kind": "roles", "roles": chosen,
                "types": self.pick([None, None, ["User"], ["ServicePrincipal"], ["Group"]]),
                "principals": self.pick([None, None, None, [self.somebody()["id"]]])}

    def hand_out(self, premises, made):
        """Rights that the premises ask for, mostly all of them and mostly to one holder."""
        wanted = []
        scope_of = {}
        for premise in premises:
            if "permission" in premise and self.chance(0.9):
                action = (premise["plane"], self.pick(premise["permission"]))
                wanted.append(action)
                scope_of[action] = made[premise["on"]]["id"]
            if "access-policy" in premise and made[premise["on"]]["exported"]:
                self.t["policies"].append(self.policy(made[premise["on"]]["id"]))
        holder = self.group() if self.chance(0.2) else self.somebody()
        self.hand_out_in_entra(premises, made, holder)
        if not wanted:
            return
        delegates = any(action == ASSIGN for _, action in wanted)
        if self.chance(0.6):
            self.assign(self.role(wanted), self.above(scope_of[self.pick(wanted)]), holder,
                        delegates)
            if len(wanted) > 1 and self.chance(0.5):
                self.assign(self.t["roles"][-1]["guid"], self.above(scope_of[self.pick(wanted)]),
                            holder, delegates)
        else:
            for action in wanted:
                self.assign(self.role([action]), self.above(scope_of[action]),
                            holder if self.chance(0.8) else None, delegates)

    def hand_out_in_entra(self, premises, made, holder):
        for premise in premises:
            if "directory-role" in premise and self.chance(0.7):
                names = self.catalogue.directory_roles
                roles = [names[r.lower()] for r in premise["directory-role"] if r.lower() in names]
                to = holder if holder["kind"] != "group" else self.somebody()
                scope = "/"
                if "on" in premise and self.chance(0.3):
                    scope += made[premise["on"]]["id"]
                if roles:
                    self.t["directory_roles"].append(
                        {"principal": to["id"], "role": self.pick(roles), "scope": scope,
                         "eligible": False})
            if "app-role" in premise and self.chance(0.7):
                names = self.catalogue.app_roles
                to = holder if holder["kind"] in ("service-principal", "managed-identity") else \
                    self.somebody(("service-principal", "managed-identity"))
                self.t["app_roles"].append(
                    {"principal": to["id"], "permission": names[self.pick(
                        premise["app-role"]).lower()]})

    def policy(self, vault):
        return {"vault": vault, "object": (self.group() if self.chance(0.3) else
                                           self.somebody())["id"],
                "application": self.guid() if self.chance(0.1) else None,
                "secrets": self.pick([["get", "list"], ["all"], ["list"], ["Get"]]),
                "keys": self.pick([[], ["all"], ["get", "decrypt"]]),
                "certificates": self.pick([[], ["all"], ["get"]]),
                "storage": []}

    # ---- obstacles ----

    def deny(self):
        t = self.t
        actions = [a for r in t["roles"] for b in r["blocks"]
                   for a in b["actions"] + b["dataActions"]]
        action = self.pick(actions) if actions else "*"
        everybody = self.chance(0.3)
        t["denies"].append({
            "id": self.guid(), "scope": self.above(self.pick(self.every_scope())),
            "only_here": self.chance(0.2), "protected": self.chance(0.5),
            "effect": self.pick(["enforced", "enforced", "enforced", "audit"]),
            "principals": ["00000000-0000-0000-0000-000000000000"] if everybody else
            [self.pick(t["principals"])["id"]],
            "excluded": [self.pick(t["principals"])["id"]] if self.chance(0.4) else [],
            "blocks": [{"actions": [self.pattern(action)],
                        "notActions": ["*/read"] if self.chance(0.4) else [],
                        "dataActions": [self.pattern(action)] if self.chance(0.5) else [],
                        "notDataActions": []}],
            "condition": {"kind": "unknown"} if self.chance(0.1) else None})
        deny = t["denies"][-1]
        if not t["hierarchy_exported"] and "managementGroups" in deny["scope"]:
            deny["scope"] = "/"

    def obstacles(self):
        t = self.t
        if self.chance(0.25):
            self.deny()
        if self.chance(0.2):
            t["locks"].append({"level": self.pick(["ReadOnly", "ReadOnly", "CanNotDelete"]),
                               "scope": self.pick([s["id"] for s in t["subscriptions"] +
                                                   t["resource_groups"] + t["resources"]])})
            if self.chance(0.4):
                role = self.role([("control", "Microsoft.Authorization/locks/delete")])
                self.assign(role, self.above(t["locks"][-1]["scope"]))
                if known.ELIGIBLE_ROLES_LIFT_LOCKS_CONDITIONALLY:
                    early = [e for e in t["eligible"]
                             if e["role"] == role and self.reaches_a_user(e["principal"])]
                    t["assignments"] += early
                    t["eligible"] = [e for e in t["eligible"] if e not in early]

    def reaches_a_user(self, principal):
        kinds = {p["id"]: p["kind"] for p in self.t["principals"]}
        inside = [m["member"] for m in self.t["members"] if m["group"] == principal]
        return kinds[principal] == "user" or (kinds[principal] == "group" and any(
            kinds[m] in ("user", "group") for m in inside))

    def make(self):
        self.containers()
        workspace = self.resource(AML)
        for kind in ("user", "service-principal"):
            self.principal(kind)
        if self.chance(0.5):
            self.group()
        cluster = self.resource(AML + "/computes", workspace)
        cluster["properties"]["computeType"] = self.pick(["AmlCompute", "AmlCompute",
                                                          "ComputeInstance"])
        self.attach(cluster)
        chosen = [t for t in self.catalogue.techniques
                  if not self.about or t["id"] in self.about]
        for technique in self.random.choices(chosen, k=self.pick([1, 2, 2, 3, 4])):
            premises, made = self.technique(technique)
            self.hand_out(premises, made)
        if self.chance(0.3):
            self.attach(self.some(self.pick(self.hosts)))
        if self.chance(0.3):
            kind = self.pick([AML + "/jobs", AML + "/schedules",
                              AML + "/batchEndpoints/deployments"])
            self.tie("compute-of", self.some(kind), self.some(AML + "/computes"))
        for _ in range(self.pick([0, 1, 2])):
            self.assign(self.pick(list(self.catalogue.built_in_roles)),
                        self.above(self.pick(self.every_scope())), delegates=self.chance(0.5))
        self.obstacles()
        return without_principals(self.t) if self.chance(0.01) else self.t


def random_tenant(seed, catalogue, salt="", about=None):
    """`about`: ids of the techniques to choose from; None means all."""
    return assignable(Maker(seed, catalogue, salt, about).make())


def assignable(tenant):
    """Azure assigns a custom role only within its assignable scopes: they are widened."""
    roles = {role["guid"]: role for role in tenant["roles"]}
    for assignment in tenant["assignments"] + tenant["eligible"]:
        role, scope = roles.get(assignment["role"]), assignment["scope"].lower()
        if role and not any(scope == s.lower() or scope.startswith(s.lower() + "/") for s in role["scopes"]):
            role["scopes"] = [*role["scopes"], assignment["scope"]]
    return tenant


# ---- taking records out ----

SCOPED = ("assignments", "eligible", "denies", "locks")


def without(tenant, name, index):
    """A copy without one record and without what hangs on it."""
    copy = {k: (list(v) if isinstance(v, list) else v) for k, v in tenant.items()}
    gone = copy[name].pop(index)
    if name in ("subscriptions", "resource_groups", "resources"):
        inside = lambda s: s.lower() == gone["id"].lower() or \
            s.lower().startswith(gone["id"].lower() + "/")
        for other in ("resource_groups", "resources"):
            copy[other] = [r for r in copy[other] if not inside(r["id"])]
        for other in SCOPED:
            copy[other] = [r for r in copy[other] if not inside(r["scope"])]
        copy["policies"] = [p for p in copy["policies"] if not inside(p["vault"])]
        copy["resources"] = [{**r, "user": [u for u in r["user"] if not inside(u)], "properties": {
            k: v for k, v in r["properties"].items()
            if not any(inside(one) for one in (v if isinstance(v, list) else [v]))}}
            for r in copy["resources"]]
        lost = {p["id"] for p in copy["principals"] if p["resource"] and inside(p["resource"])}
        copy = forget(copy, lost)
        copy["roles"] = [{**r, "scopes": [s for s in r["scopes"] if not inside(s)]}
                         for r in copy["roles"]]
        copy["roles"] = [r for r in copy["roles"] if r["scopes"]]
    if name == "principals":
        if gone["resource"]:
            return None
        copy["resources"] = [{**r, "system": None if r["system"] == gone["id"] else r["system"]}
                             for r in copy["resources"]]
        copy = forget(copy, {gone["id"]})
    if name == "management_groups":
        for other in ("subscriptions", "management_groups"):
            copy[other] = [{**r, "parent": gone["parent"] if r["parent"] == gone["id"]
                            else r["parent"]} for r in copy[other]]
        for other in SCOPED:
            copy[other] = [r for r in copy[other] if r["scope"] != gone["id"]]
        if any(s["parent"] is None for s in copy["subscriptions"]) and copy["hierarchy_exported"]:
            return None
    if name == "roles" or len(copy["roles"]) < len(tenant["roles"]):
        lost = {r["guid"] for r in tenant["roles"]} - {r["guid"] for r in copy["roles"]}
        for other in ("assignments", "eligible"):
            copy[other] = [a for a in copy[other] if a["role"] not in lost]
    return copy


def forget(copy, lost):
    copy["principals"] = [p for p in copy["principals"] if p["id"] not in lost]
    for other in ("assignments", "eligible", "directory_roles", "app_roles"):
        copy[other] = [a for a in copy[other] if a["principal"] not in lost]
    copy["members"] = [m for m in copy["members"] if not lost & set(m.values())]
    copy["owners"] = [o for o in copy["owners"] if not lost & set(o.values())]
    copy["policies"] = [p for p in copy["policies"] if p["object"] not in lost]
    copy["denies"] = [{**d, "principals": [p for p in d["principals"] if p not in lost],
                       "excluded": [p for p in d["excluded"] if p not in lost]}
                      for d in copy["denies"]]
    copy["denies"] = [d for d in copy["denies"] if d["principals"]]
    return copy


def without_principals(tenant):
    copy = {k: (list(v) if isinstance(v, list) else v) for k, v in tenant.items()}
    copy["resources"] = [{**r, "system": None, "user": []} for r in copy["resources"]
                         if not r["type"].endswith("/userAssignedIdentities")]
    return forget(copy, {p["id"] for p in tenant["principals"]})


LISTS = ("denies", "locks", "eligible", "assignments", "policies", "members", "owners",
         "directory_roles", "app_roles", "resources", "principals", "roles",
         "management_groups", "resource_groups", "subscriptions")


def shrunk(tenant, differs):
    """The smallest tenant that taking out single records leads to while it still differs."""
    again = True
    while again:
        again = False
        for name in LISTS:
            for index in reversed(range(len(tenant[name]))):
                smaller = without(tenant, name, index) if index < len(tenant[name]) else None
                if smaller and smaller["subscriptions"] and differs(smaller):
                    tenant, again = smaller, True
        for index, resource in enumerate(tenant["resources"]):
            for prop in list(resource["properties"]):
                smaller = dict(tenant, resources=list(tenant["resources"]))
                smaller["resources"][index] = {**resource, "properties": {
                    k: v for k, v in tenant["resources"][index]["properties"].items()
                    if k != prop}}
                if differs(smaller):
                    tenant, again = smaller, True
        for index, role in enumerate(tenant["roles"]):
            for slim in slimmer(tenant["roles"][index]):
                smaller = dict(tenant, roles=list(tenant["roles"]))
                smaller["roles"][index] = slim
                if differs(smaller):
                    tenant, again = smaller, True
    return tenant


def slimmer(role):
    for b, block in enumerate(role["blocks"]):
        for key in ("actions", "notActions", "dataActions", "notDataActions"):
            for i in range(len(block[key])):
                blocks = list(role["blocks"])
                blocks[b] = {**block, key: block[key][:i] + block[key][i + 1:]}
                yield {**role, "blocks": blocks}
