"""A tenant of Azure, made from the compact description of a test case (tests/techniques/README.md) and written
as the files that the Azure CLI, ARM and Microsoft Graph would export.

Every kind of record is exported, an empty list where there is none, every resource with its properties: what
the program does not find here is not there.
"""
import copy
import json
import re
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NAMES = json.loads((ROOT / "entra-names.json").read_text(encoding="utf-8"))
BUILTIN_ROLES = {role["name"]: role["guid"] for role in
                 json.loads((ROOT.parent / "data/builtin-roles.json").read_text(encoding="utf-8"))["roles"]}

TENANT_ID = "7e4a0000-0000-4000-8000-000000000001"
SUBSCRIPTIONS = {"sub": "50b00000-0000-4000-8000-000000000001", "sub2": "50b00000-0000-4000-8000-000000000002"}
MANAGEMENT_GROUPS = "/providers/Microsoft.Management/managementGroups/"
GRAPH_APP = "00000003-0000-0000-c000-000000000000"
WHEN = "2026-10-01T08:00:00Z"
LATER = "2028-10-01T08:00:00Z"
PERSON = "9e450000-0000-4000-8000-000000000001"  # who made the records; no principal of a case

GROUP_TYPE = "Microsoft.Resources/resourceGroups"
IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"
WORKSPACE_TYPE = "Microsoft.MachineLearningServices/workspaces"
KINDS = ("managed-identity", "service-principal", "user")

# Lists below a workspace: the type's end, and the word in the file's name that tells its kind when it is empty.
WORKSPACE_LISTS = {"computes": "computes", "onlineEndpoints": "endpoints", "jobs": "jobs", "schedules": "schedules",
                   "datastores": "datastores", "connections": "connections"}
ENDPOINT_TYPES = ("onlineendpoints", "batchendpoints", "serverlessendpoints")
OWN_LISTS = {  # type -> the file that holds them, empty or not
    IDENTITY_TYPE: "managed-identities", "Microsoft.KeyVault/vaults": "key-vaults",
    "Microsoft.Storage/storageAccounts": "storage-accounts",
    "Microsoft.ContainerRegistry/registries": "container-registries",
    "Microsoft.Compute/virtualMachines": "virtual-machines", WORKSPACE_TYPE: "workspaces",
    "Microsoft.MachineLearningServices/registries": "aml-registries"}

CASE_KEYS = {"technique", "why", "caller", "start", "principals", "groups", "applications", "administrative_units",
             "resources", "roles", "grants", "deny", "locks", "directory_roles", "app_roles", "federated", "expect",
             "near_misses"}
PRINCIPAL_KEYS = {"kind", "owners", "properties", "in"}
GROUP_KEYS = {"members", "owners", "properties"}
APPLICATION_KEYS = {"service_principal", "owners", "properties"}
UNIT_KEYS = {"members", "properties"}
RESOURCE_KEYS = {"type", "name", "in", "parent", "subscription", "identity", "system_identity", "properties", "top"}
PERMISSION_KEYS = {"actions", "not_actions", "data_actions", "not_data_actions"}
ROLE_KEYS = PERMISSION_KEYS | {"assignable"}
GRANT_KEYS = PERMISSION_KEYS | {"to", "on", "role", "condition", "eligible"}
DENY_KEYS = PERMISSION_KEYS | {"to", "on", "except", "condition", "system", "children"}
LOCK_KEYS = {"level", "on"}
DIRECTORY_ROLE_KEYS = {"to", "role", "actions", "scope", "eligible"}
APP_ROLE_KEYS = {"to", "permission"}
FEDERATED_KEYS = {"of", "issuer", "subject"}


class CaseError(Exception):
    """The case is not what it should be; the text says where and why."""


def check_keys(place, value, known, needed=()):
    if not isinstance(value, dict):
        raise CaseError(f"{place}: expected an object, found {json.dumps(value)[:60]}")
    unknown = sorted(value.keys() - known)
    if unknown:
        raise CaseError(f"{place}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    lacking = [key for key in needed if key not in value]
    if lacking:
        raise CaseError(f"{place}: lacks {', '.join(lacking)}")


def check_list(place, value):
    if not isinstance(value, list):
        raise CaseError(f"{place}: expected a list, found {json.dumps(value)[:60]}")
    return value


def guid(*words):
    """The same for the same words, on every machine."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "amlblast-test:" + ":".join(words)))


def object_kind(kind):
    return {"user": "User", "group": "Group"}.get(kind, "ServicePrincipal")


# ---- paths into a case, for near misses ----

def split_path(path):
    return [part.replace("~1", "/") for part in path.split("/")]


def step_into(place, path, value, key):
    if isinstance(value, list):
        if not key.isdigit() or int(key) >= len(value):
            raise CaseError(f"{place}: no {path}: {key} is not in a list of {len(value)}")
        return value[int(key)]
    if not isinstance(value, dict) or key not in value:
        there = ", ".join(value) if isinstance(value, dict) else type(value).__name__
        raise CaseError(f"{place}: no {path}: {key} is not there ({there or 'empty'})")
    return value[key]


def remove_path(place, case, path):
    *above, last = split_path(path)
    value = case
    for key in above:
        value = step_into(place, path, value, key)
    step_into(place, path, value, last)
    del value[int(last) if isinstance(value, list) else last]


def set_path(place, case, path, new):
    """Sets what is at the path; inside properties, and only there, what is missing on the way is made."""
    *above, last = split_path(path)
    value = case
    for number, key in enumerate(above):
        if {"properties", "top"} & set(above[:number]) and isinstance(value, dict):
            value.setdefault(key, {})
        elif number == 2 and key in ("properties", "top"):
            value.setdefault(key, {})
        value = step_into(place, path, value, key)
    if isinstance(value, list):
        if last.isdigit() and int(last) == len(value):
            value.append(new)
            return
        step_into(place, path, value, last)
        last = int(last)
    elif not isinstance(value, dict):
        raise CaseError(f"{place}: no {path}: nothing can be set in {json.dumps(value)[:60]}")
    if (value[last] if isinstance(value, list) else value.get(last, KeyError)) == new:
        raise CaseError(f"{place}: {path} is {json.dumps(new)} already")
    value[last] = new


def changed(place, case, near_miss):
    """The case as the near miss has it."""
    case = copy.deepcopy(case)
    for path, new in near_miss.get("set", {}).items():
        set_path(place, case, path, copy.deepcopy(new))
    # From the end, so that positions in a list stay what the author counted.
    for path in sorted(near_miss.get("without", []), key=lambda path: [
            (part.isdigit(), int(part) if part.isdigit() else 0, part) for part in split_path(path)], reverse=True):
        remove_path(place, case, path)
    return case


# ---- the tenant ----

class Tenant:
    """The names of a case, what they stand for, and the files."""

    def __init__(self, place, case):
        self.place = place
        self.case = case
        self.arm_ids = {"/": "/", "tenant": "/", "sub": f"/subscriptions/{SUBSCRIPTIONS['sub']}",
                        "sub2": f"/subscriptions/{SUBSCRIPTIONS['sub2']}", "mg": MANAGEMENT_GROUPS + "mg",
                        "root": MANAGEMENT_GROUPS + TENANT_ID}
        self.object_ids = {}    # name of a principal or group -> object id
        self.kinds = {}         # the same -> "user", "group", "service-principal", "managed-identity"
        self.app_ids = {}       # name of a service principal, identity or application -> client id
        self.owners = {}        # name of a service principal -> names
        self.extra = {}         # name of a principal -> properties in Graph's spelling
        self.identity_home = {}  # name of a managed identity -> name of its resource
        self.resources = {}     # name -> description
        self.roles = []         # custom role definitions, as exported
        self.groups_of_resources = {}
        self.files = {}
        check_keys(place, case, CASE_KEYS)
        self.name_everything()
        self.make_files()

    def fail(self, message):
        raise CaseError(f"{self.place}: {message}")

    def part(self, key, kind):
        value = self.case.get(key, kind())
        if not isinstance(value, kind):
            self.fail(f"{key}: expected {'an object' if kind is dict else 'a list'}")
        return value

    # ---- names ----

    def name_everything(self):
        self.name_principal("caller", self.case.get("caller", "managed-identity"))
        for name, description in self.part("principals", dict).items():
            self.name_principal(name, description)
        for name, group in self.part("groups", dict).items():
            check_keys(f"{self.place}: groups/{name}", group, GROUP_KEYS)
            self.name_object(name, "group")
        for name, unit in self.part("administrative_units", dict).items():
            check_keys(f"{self.place}: administrative_units/{name}", unit, UNIT_KEYS)
        for name, resource in self.part("resources", dict).items():
            self.name_resource(name, resource)
        self.name_applications()
        self.place_resources()

    def name_object(self, name, kind):
        if name in self.object_ids:
            self.fail(f"two principals are called {name}")
        self.object_ids[name] = guid("object", name)
        self.kinds[name] = kind
        if kind not in ("user", "group"):
            self.app_ids[name] = guid("client", name)

    def name_principal(self, name, description):
        if isinstance(description, str):
            description = {"kind": description}
        place = f"{self.place}: {'caller' if name == 'caller' else 'principals/' + name}"
        known_graph = {key for key in description if key not in PRINCIPAL_KEYS} if isinstance(description, dict) else ()
        check_keys(place, description, PRINCIPAL_KEYS | set(known_graph), ("kind",))
        kind = description["kind"]
        if kind not in KINDS:
            self.fail(f"{name}: expected one of {', '.join(KINDS)}, found {json.dumps(kind)}")
        self.name_object(name, kind)
        self.owners[name] = description.get("owners", [])
        if kind == "user" and "owners" in description:
            self.fail(f"{name}: a user has no owners")
        self.extra[name] = {**{key: description[key] for key in known_graph}, **description.get("properties", {})}
        if kind == "managed-identity":
            self.add_identity(name, description.get("in"))

    def add_identity(self, name, group=None):
        """A user-assigned identity: a resource and a principal of the same name."""
        self.identity_home[name] = name
        if name not in self.case.get("resources", {}):
            self.resources[name] = {"type": IDENTITY_TYPE, **({"in": group} if group else {})}

    def name_resource(self, name, resource):
        place = f"{self.place}: resources/{name}"
        check_keys(place, resource, RESOURCE_KEYS, ("type",))
        if not re.fullmatch(r"[A-Za-z0-9.]+(/[A-Za-z0-9]+)+", str(resource["type"])):
            self.fail(f"resources/{name}/type: expected a type such as Microsoft.Storage/storageAccounts, "
                      f"found {json.dumps(resource['type'])}")
        if name in self.resources and resource["type"].lower() != IDENTITY_TYPE.lower():
            self.fail(f"two resources are called {name}")
        if "parent" in resource and "in" in resource:
            self.fail(f"resources/{name}: \"parent\" and \"in\" exclude each other")
        self.resources[name] = resource
        if resource["type"].lower() == IDENTITY_TYPE.lower() and name not in self.object_ids:
            self.name_object(name, "managed-identity")
            self.identity_home[name] = name
        for identity in check_list(f"{place}/identity", resource.get("identity", [])):
            if identity not in self.object_ids:
                self.name_object(identity, "managed-identity")
                self.add_identity(identity)
            elif identity not in self.identity_home or self.identity_home[identity] != identity:
                self.fail(f"resources/{name}/identity: {identity} is no user-assigned identity")
        if "system_identity" in resource:
            self.name_object(resource["system_identity"], "managed-identity")
            self.identity_home[resource["system_identity"]] = name

    def name_applications(self):
        for name, application in self.part("applications", dict).items():
            check_keys(f"{self.place}: applications/{name}", application, APPLICATION_KEYS)
            principal = application.get("service_principal")
            if principal is not None and self.kinds.get(principal) != "service-principal":
                self.fail(f"applications/{name}/service_principal: {principal} is no service principal")
            self.app_ids[name] = self.app_ids[principal] if principal else guid("client", name)

    # ---- where resources are ----

    def place_resources(self):
        for name, resource in list(self.resources.items()):
            if resource["type"].lower() == GROUP_TYPE.lower():
                self.add_group(resource.get("name", name), resource.get("subscription", "sub"), name)
        for name in self.resources:
            self.arm_ids[name] = self.arm_id_of(name, ())

    def add_group(self, group, subscription, name=None):
        if subscription not in SUBSCRIPTIONS:
            self.fail(f"expected a subscription, sub or sub2, found {subscription}")
        arm_id = f"{self.arm_ids[subscription]}/resourceGroups/{group}"
        self.groups_of_resources[group] = (arm_id, name)
        self.arm_ids[name or group] = self.arm_ids[group] = arm_id
        return arm_id

    def arm_id_of(self, name, seen):
        if name in self.arm_ids:
            return self.arm_ids[name]
        if name in seen:
            self.fail(f"resources/{name}: is its own parent")
        resource = self.resources[name]
        own_name = resource.get("name", name.rsplit("/", 1)[-1])
        if "parent" in resource:
            return self.child_id(name, resource, own_name, seen)
        provider, *types = resource["type"].split("/")
        if len(types) > 1:
            self.fail(f"resources/{name}: a {resource['type']} needs a \"parent\"")
        return f"{self.group_id_of(name, resource)}/providers/{provider}/{types[0]}/{own_name}"

    def group_id_of(self, name, resource):
        group = resource.get("in", f"rg-{name}")
        if group in SUBSCRIPTIONS:
            return self.arm_ids[group]
        if group in self.groups_of_resources:
            return self.groups_of_resources[group][0]
        owner = group.removeprefix("rg-")
        if group.startswith("rg-") and owner in self.resources and ("in" not in resource or owner != name):
            home = self.resources[owner]
            if "in" in home or "parent" in home:
                if owner != name:
                    self.fail(f"resources/{name}/in: {owner} has no group of its own")
            return self.add_group(group, home.get("subscription", "sub"))
        return self.fail(f"resources/{name}/in: no resource group {group}: expected rg-NAME of a resource, a "
                         f"resource of type {GROUP_TYPE}, or a subscription")

    def child_id(self, name, resource, own_name, seen):
        parent = resource["parent"]
        if parent not in self.resources:
            self.fail(f"resources/{name}/parent: no resource is called {parent}")
        parent_id = self.arm_id_of(parent, (*seen, name))
        parent_type = self.resources[parent]["type"]
        if not resource["type"].lower().startswith(parent_type.lower() + "/"):
            provider, *types = resource["type"].split("/")
            if len(types) > 1:
                self.fail(f"resources/{name}: {resource['type']} does not stand below {parent_type}")
            return f"{parent_id}/providers/{provider}/{types[0]}/{own_name}"  # an extension resource
        *between, last = resource["type"][len(parent_type) + 1:].split("/")
        return parent_id + "".join(f"/{part}/default" for part in between) + f"/{last}/{own_name}"

    # ---- looking names up ----

    def nearest(self, name, names):
        return f"; known are {', '.join(sorted(names))}" if len(names) < 40 else ""

    def principal(self, place, name):
        if name not in self.object_ids:
            self.fail(f"{place}: no principal or group is called {json.dumps(name)}"
                      + self.nearest(name, self.object_ids))
        return self.object_ids[name]

    def principals_of(self, place, names):
        return [self.principal(place, name) for name in check_list(f"{self.place}: {place}", names)]

    def scope(self, place, name):
        """The ARM id of a named thing; behind a name may stand more of an id: vnet/subnets/default."""
        if name in self.arm_ids:
            return self.arm_ids[name]
        parts = str(name).split("/")
        for count in range(len(parts) - 1, 0, -1):
            above, rest = "/".join(parts[:count]), parts[count:]
            if above in self.arm_ids and all(rest) and (len(rest) % 2 == 0):
                return "/".join([self.arm_ids[above].rstrip("/"), *rest])
        return self.fail(f"{place}: no resource or scope is called {json.dumps(name)}"
                         + self.nearest(name, self.arm_ids))

    def resolve_text(self, place, text):
        if text == "@tenant":
            return TENANT_ID
        if match := re.fullmatch(r"@client:([A-Za-z0-9_.-]+)", text):
            if match[1] not in self.app_ids:
                self.fail(f"{place}: {match[1]} has no client id" + self.nearest(match[1], self.app_ids))
            return self.app_ids[match[1]]
        if match := re.fullmatch(r"@@([A-Za-z0-9_.-]+)", text):
            return self.principal(place, match[1])
        if match := re.fullmatch(r"@([A-Za-z0-9_./-]+)", text):
            return self.scope(place, match[1])
        # Inside a longer text: "https://x/{@vm}".
        return re.sub(r"\{(@[A-Za-z0-9_./:@-]+)\}", lambda match: self.resolve_text(place, match[1]), text)

    def resolve(self, place, value):
        if isinstance(value, str):
            return self.resolve_text(place, value)
        if isinstance(value, list):
            return [self.resolve(place, item) for item in value]
        if isinstance(value, dict):
            return {self.resolve(place, key): self.resolve(place, item) for key, item in value.items()}
        return value

    # ---- files ----

    def make_files(self):
        self.write_places()
        self.write_resources()
        self.write_access()
        self.write_directory()

    def write_places(self):
        children = [{"id": self.arm_ids[name], "name": SUBSCRIPTIONS[name], "displayName": name,
                     "type": "/subscriptions", "children": None} for name in SUBSCRIPTIONS]
        self.files["management-groups"] = {
            "id": self.arm_ids["root"], "name": TENANT_ID, "displayName": "Tenant Root Group",
            "type": "Microsoft.Management/managementGroups", "tenantId": TENANT_ID,
            "details": {"parent": None, "updatedTime": WHEN, "version": 1},
            "children": [{"id": self.arm_ids["mg"], "name": "mg", "displayName": "mg",
                          "type": "Microsoft.Management/managementGroups", "children": children}]}
        self.files["accounts"] = [
            {"cloudName": "AzureCloud", "homeTenantId": TENANT_ID, "id": subscription, "isDefault": name == "sub",
             "name": name, "state": "Enabled", "tenantId": TENANT_ID,
             "user": {"name": "auditor@example.com", "type": "user"}} for name, subscription in SUBSCRIPTIONS.items()]

    def identity_of(self, name, resource):
        users = {self.arm_ids[identity]: {"principalId": self.object_ids[identity],
                                          "clientId": self.app_ids[identity]}
                 for identity in resource.get("identity", [])}
        system = resource.get("system_identity")
        if not users and not system:
            return {}
        words = (["SystemAssigned"] if system else []) + (["UserAssigned"] if users else [])
        identity = {"type": ", ".join(words)}
        if system:
            identity |= {"principalId": self.object_ids[system], "tenantId": TENANT_ID}
        if users:
            identity["userAssignedIdentities"] = users
        return {"identity": identity}

    def record_of(self, name):
        resource = self.resources[name]
        place = f"resources/{name}"
        properties = {"provisioningState": "Succeeded", **self.resolve(f"{place}/properties",
                                                                       resource.get("properties", {}))}
        if resource["type"].lower() == IDENTITY_TYPE.lower():
            properties |= {"tenantId": TENANT_ID, "principalId": self.object_ids[name],
                           "clientId": self.app_ids[name]}
        arm_id = self.arm_ids[name]
        return {"id": arm_id, "name": arm_id.rsplit("/", 1)[-1], "type": resource["type"], "location": "westeurope",
                **self.identity_of(name, resource), "properties": properties,
                **self.resolve(f"{place}/top", resource.get("top", {}))}

    def write_resources(self):
        self.files["resource-groups"] = [self.group_record(*group) for group in self.groups_of_resources.items()]
        records = {name: self.record_of(name) for name, resource in self.resources.items()
                   if resource["type"].lower() != GROUP_TYPE.lower()}
        inventory = ("id", "name", "type", "location", "identity", "kind", "managedBy")
        self.files["resources"] = [{key: record[key] for key in inventory if key in record}
                                   for name, record in records.items() if "parent" not in self.resources[name]]
        for file in OWN_LISTS.values():
            self.files[file] = {"value": []}
        for word in set(WORKSPACE_LISTS.values()) | {"deployments"}:
            self.files[word] = {"value": []}
        for record in records.values():
            for file in self.lists_of(record):
                self.files.setdefault(file, {"value": []})
            self.files[self.file_of(record)]["value"].append(record)

    def group_record(self, group, where):
        arm_id, name = where
        resource = self.resources.get(name, {})
        return {"id": arm_id, "name": group, "type": GROUP_TYPE, "location": "westeurope", "tags": None,
                "managedBy": None, "properties": {"provisioningState": "Succeeded"},
                **self.resolve(f"resources/{name}/top", resource.get("top", {}))}

    @staticmethod
    def file_of(record):
        """A file that is listed per workspace, or per endpoint, has its name in the file's name."""
        for known, file in OWN_LISTS.items():
            if record["type"].lower() == known.lower():
                return file
        types = record["type"].lower().split("/")
        names = record["id"].split("/")
        if types[:2] == WORKSPACE_TYPE.lower().split("/") and len(types) == 3:
            for end, word in WORKSPACE_LISTS.items():
                if types[2] == end.lower() or (word == "endpoints" and types[2] in ENDPOINT_TYPES):
                    return f"{word}-{names[8]}"
        if types[:2] == WORKSPACE_TYPE.lower().split("/") and types[-1] == "deployments":
            return f"deployments-{names[10]}"
        return "arm-" + re.sub("[^A-Za-z0-9]", "-", record["type"]).lower()

    def lists_of(self, record):
        """The files that stand beside the record even when they are empty."""
        yield self.file_of(record)
        types = record["type"].lower().split("/")
        if record["type"].lower() == WORKSPACE_TYPE.lower():
            yield from (f"{word}-{record['name']}" for word in WORKSPACE_LISTS.values())
        if types[:2] == WORKSPACE_TYPE.lower().split("/") and types[-1] in ENDPOINT_TYPES:
            yield f"deployments-{record['name']}"

    # ---- roles, denials, locks, federated credentials ----

    def permissions(self, place, value):
        lists = {"actions": "actions", "notActions": "not_actions", "dataActions": "data_actions",
                 "notDataActions": "not_data_actions"}
        block = {ours: check_list(f"{self.place}: {place}/{key}", value.get(key, []))
                 for ours, key in lists.items()}
        if not block["actions"] and not block["dataActions"]:
            self.fail(f"{place}: no actions and no data_actions")
        return block

    def add_role(self, place, name, value, assignable):
        role_id = guid("role", name)
        self.roles.append({
            "id": f"{self.arm_ids['sub']}/providers/Microsoft.Authorization/roleDefinitions/{role_id}",
            "name": role_id, "type": "Microsoft.Authorization/roleDefinitions",
            "properties": {"roleName": name, "type": "CustomRole", "description": "",
                           "assignableScopes": assignable, "createdOn": WHEN, "updatedOn": WHEN,
                           "permissions": [self.permissions(place, value)]}})
        return role_id

    @staticmethod
    def role_home(scope):
        """Where a custom role for an assignment at the scope is kept."""
        if scope.startswith("/subscriptions/"):
            return "/".join(scope.split("/")[:3])
        return scope if scope != "/" else MANAGEMENT_GROUPS + TENANT_ID

    def role_of_grant(self, place, grant, scope):
        if "role" in grant:
            if PERMISSION_KEYS & grant.keys():
                self.fail(f"{place}: \"role\" and actions exclude each other")
            if grant["role"] in self.case.get("roles", {}):
                return guid("role", grant["role"])
            if grant["role"] not in BUILTIN_ROLES:
                self.fail(f"{place}/role: no built-in role and none of \"roles\" is called {grant['role']}")
            return BUILTIN_ROLES[grant["role"]]
        return self.add_role(place, f"Role of {place}", grant, [self.role_home(scope)])

    def assignment(self, place, grant):
        scope = self.scope(f"{place}/on", grant["on"])
        kind = self.kinds.get(grant["to"])
        name = guid(place)
        prefix = "" if scope == "/" else scope
        eligible = grant.get("eligible", False)
        properties = {
            "scope": scope, "principalId": self.principal(f"{place}/to", grant["to"]),
            "principalType": object_kind(kind),
            "roleDefinitionId": f"{self.arm_ids['sub']}/providers/Microsoft.Authorization/roleDefinitions/"
                                f"{self.role_of_grant(place, grant, scope)}",
            "condition": self.resolve(f"{place}/condition", grant.get("condition")),
            "conditionVersion": "2.0" if grant.get("condition") else None, "createdOn": WHEN}
        kind = "roleAssignments"
        if eligible:
            kind = "roleEligibilityScheduleInstances"
            properties |= {"status": "Provisioned", "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": LATER,
                           "memberType": "Direct", "roleEligibilityScheduleId":
                           f"{prefix}/providers/Microsoft.Authorization/roleEligibilitySchedules/{name}"}
        return {"id": f"{prefix}/providers/Microsoft.Authorization/{kind}/{name}", "name": name,
                "type": f"Microsoft.Authorization/{kind}", "properties": properties}

    def write_access(self):
        for name, role in self.part("roles", dict).items():
            place = f"roles/{name}"
            check_keys(f"{self.place}: {place}", role, ROLE_KEYS)
            self.add_role(place, name, role, [self.scope(f"{place}/assignable", scope)
                                              for scope in role.get("assignable", ["sub"])])
        self.files["role-assignments"] = {"value": []}
        self.files["pim-eligible"] = {"value": []}
        for number, grant in enumerate(self.part("grants", list)):
            place = f"grants/{number}"
            check_keys(f"{self.place}: {place}", grant, GRANT_KEYS, ("to", "on"))
            file = "pim-eligible" if grant.get("eligible") else "role-assignments"
            self.files[file]["value"].append(self.assignment(place, grant))
        self.files["role-definitions"] = {"value": self.roles}
        self.files["deny-assignments"] = {"value": [self.denial(f"deny/{number}", deny) for number, deny
                                                    in enumerate(self.part("deny", list))]}
        self.files["locks"] = {"value": [self.lock(f"locks/{number}", lock) for number, lock
                                         in enumerate(self.part("locks", list))]}
        self.write_federated()

    def denial(self, place, deny):
        check_keys(f"{self.place}: {place}", deny, DENY_KEYS, ("to", "on"))
        scope = self.scope(f"{place}/on", deny["on"])
        names = deny["to"] if isinstance(deny["to"], list) else [deny["to"]]
        everyone = [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}]
        principals = everyone if names == ["everyone"] else [
            {"id": self.principal(f"{place}/to", name), "type": object_kind(self.kinds[name])} for name in names]
        return {"id": f"{scope.rstrip('/')}/providers/Microsoft.Authorization/denyAssignments/{guid(place)}",
                "name": guid(place), "type": "Microsoft.Authorization/denyAssignments",
                "properties": {"denyAssignmentName": place, "description": "", "scope": scope,
                               "permissions": [self.permissions(place, deny)], "principals": principals,
                               "excludePrincipals": [
                                   {"id": self.principal(f"{place}/except", name),
                                    "type": object_kind(self.kinds[name])} for name in deny.get("except", [])],
                               "condition": deny.get("condition"), "isSystemProtected": deny.get("system", False),
                               "doNotApplyToChildScopes": not deny.get("children", True), "createdOn": WHEN}}

    def lock(self, place, lock):
        check_keys(f"{self.place}: {place}", lock, LOCK_KEYS, ("level", "on"))
        if lock["level"] not in ("ReadOnly", "CanNotDelete"):
            self.fail(f"{place}/level: expected ReadOnly or CanNotDelete, found {json.dumps(lock['level'])}")
        scope = self.scope(f"{place}/on", lock["on"])
        return {"id": f"{scope}/providers/Microsoft.Authorization/locks/{guid(place)}", "name": guid(place),
                "type": "Microsoft.Authorization/locks", "properties": {"level": lock["level"]}}

    def write_federated(self):
        self.inline_credentials = {}
        self.files["federated-credentials"] = {"value": []}
        for number, credential in enumerate(self.part("federated", list)):
            place = f"federated/{number}"
            check_keys(f"{self.place}: {place}", credential, FEDERATED_KEYS, ("of", "issuer", "subject"))
            of, name = credential["of"], f"credential-{number}"
            value = {"name": name, "issuer": self.resolve(place, credential["issuer"]),
                     "subject": self.resolve(place, credential["subject"]),
                     "audiences": ["api://AzureADTokenExchange"]}
            if self.identity_home.get(of) == of:
                kind = f"{IDENTITY_TYPE}/federatedIdentityCredentials"
                self.files["federated-credentials"]["value"].append(
                    {"id": f"{self.arm_ids[of]}/federatedIdentityCredentials/{name}", "name": name, "type": kind,
                     "properties": {key: value[key] for key in ("issuer", "subject", "audiences")}})
            elif of in self.app_ids:
                self.inline_credentials.setdefault(self.app_ids[of], []).append({"id": guid(place), **value})
            else:
                self.fail(f"{place}/of: {json.dumps(of)} is no user-assigned identity and no application")

    # ---- Microsoft Entra ----

    def graph_list(self, context, values):
        return {"@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#{context}", "value": values}

    def inline(self, place, names):
        """Members or owners as $expand prints them."""
        types = {"user": "user", "group": "group"}
        return [{"@odata.type": f"#microsoft.graph.{types.get(self.kinds[name], 'servicePrincipal')}",
                 "id": object_id, "displayName": name}
                for name, object_id in zip(names, self.principals_of(place, names))]

    def write_directory(self):
        self.files["users"] = self.graph_list("users", [
            {"id": self.object_ids[name], "displayName": name, "userPrincipalName": f"{name}@example.com",
             "accountEnabled": True, "userType": "Member", "onPremisesSyncEnabled": None, "createdDateTime": WHEN,
             **self.resolve(name, self.extra[name])} for name, kind in self.kinds.items() if kind == "user"])
        self.write_groups()
        self.write_service_principals()
        self.write_applications()
        self.write_directory_roles()
        self.files["oauth2-permission-grants"] = self.graph_list("oauth2PermissionGrants", [])

    def write_groups(self):
        members, owners = [], []
        for name, group in self.part("groups", dict).items():
            place = f"groups/{name}"
            record = {"id": self.object_ids[name], "displayName": name, "createdDateTime": WHEN, "groupTypes": [],
                      "isAssignableToRole": None, "mailEnabled": False, "membershipRule": None,
                      "onPremisesSyncEnabled": None, "securityEnabled": True,
                      **self.resolve(place, group.get("properties", {}))}
            members.append({**record, "members": self.inline(f"{place}/members", group.get("members", []))})
            owners.append({**record, "owners": self.inline(f"{place}/owners", group.get("owners", []))})
        self.files["groups-members"] = self.graph_list("groups(members())", members)
        self.files["groups-owners"] = self.graph_list("groups(owners())", owners)
        units = [{"@odata.type": "#microsoft.graph.administrativeUnit", "id": guid("unit", name),
                  "displayName": name, "isMemberManagementRestricted": None,
                  **self.resolve(name, unit.get("properties", {})),
                  "members": self.inline(f"administrative_units/{name}/members", unit.get("members", []))}
                 for name, unit in self.part("administrative_units", dict).items()]
        self.files["administrative-units"] = self.graph_list("administrativeUnits(members())", units)

    def write_service_principals(self):
        graph = {"id": guid("graph"), "appId": GRAPH_APP, "displayName": "Microsoft Graph",
                 "appDisplayName": "Microsoft Graph", "servicePrincipalType": "Application", "accountEnabled": True,
                 "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a", "alternativeNames": [],
                 "servicePrincipalNames": [GRAPH_APP], "owners": [],
                 "appRoles": [{"id": NAMES["app_permissions"][grant["permission"]], "value": grant["permission"],
                               "displayName": grant["permission"], "allowedMemberTypes": ["Application"],
                               "isEnabled": True} for grant in self.app_role_grants()]}
        records = [graph]
        for name, kind in self.kinds.items():
            if kind in ("user", "group"):
                continue
            managed = kind == "managed-identity"
            home = self.identity_home.get(name)
            records.append({
                "id": self.object_ids[name], "appId": self.app_ids[name], "displayName": name,
                "appDisplayName": None if managed else name,
                "servicePrincipalType": "ManagedIdentity" if managed else "Application", "accountEnabled": True,
                "appOwnerOrganizationId": None if managed else TENANT_ID,
                "alternativeNames": [f"isExplicit={home == name}", self.arm_ids[home]] if managed else [],
                "servicePrincipalNames": [self.app_ids[name]], "appRoles": [],
                **self.resolve(name, self.extra.get(name, {})),
                "owners": self.inline(f"principals/{name}/owners", self.owners.get(name, []))})
        self.files["service-principals"] = self.graph_list("servicePrincipals(owners())", records)

    def write_applications(self):
        """Each service principal of the tenant has an application, described or not."""
        described = self.part("applications", dict)
        all_of_them = dict(described)
        taken = {application.get("service_principal") for application in described.values()}
        for name, kind in self.kinds.items():
            home = self.extra.get(name, {}).get("appOwnerOrganizationId", TENANT_ID)
            if kind == "service-principal" and name not in taken and home in (TENANT_ID, "@tenant"):
                all_of_them[f"{name} (application)"] = {"service_principal": name}
        records = []
        for name, application in all_of_them.items():
            place = f"applications/{name}"
            app_id = self.app_ids[application.get("service_principal") or name]
            records.append({
                "id": guid("application", name), "appId": app_id,
                "displayName": name, "createdDateTime": WHEN, "signInAudience": "AzureADMyOrg",
                "identifierUris": [], "requiredResourceAccess": [], "servicePrincipalLockConfiguration": None,
                **self.resolve(place, application.get("properties", {})),
                "federatedIdentityCredentials": self.inline_credentials.get(app_id, []),
                "owners": self.inline(f"{place}/owners", application.get("owners", []))})
        self.files["applications"] = self.graph_list("applications(owners())", records)

    def app_role_grants(self):
        for number, grant in enumerate(self.part("app_roles", list)):
            check_keys(f"{self.place}: app_roles/{number}", grant, APP_ROLE_KEYS, ("to", "permission"))
            if grant["permission"] not in NAMES["app_permissions"]:
                self.fail(f"app_roles/{number}/permission: Microsoft Graph has no {grant['permission']}")
            yield grant

    def directory_scope(self, place, scope):
        if scope == "/":
            return "/"
        if scope in self.case.get("administrative_units", {}):
            return f"/administrativeUnits/{guid('unit', scope)}"
        if scope in self.case.get("applications", {}):
            return f"/{guid('application', scope)}"
        return f"/{self.principal(place, scope)}"

    def write_directory_roles(self):
        definitions, held, eligible = {}, [], []
        for number, grant in enumerate(self.part("directory_roles", list)):
            place = f"directory_roles/{number}"
            check_keys(f"{self.place}: {place}", grant, DIRECTORY_ROLE_KEYS, ("to",))
            if ("role" in grant) == ("actions" in grant):
                self.fail(f"{place}: expected \"role\" (a built-in one) or \"actions\" (of a custom one)")
            role = NAMES["directory_roles"].get(grant["role"]) if "role" in grant else guid(place)
            if role is None:
                self.fail(f"{place}/role: Microsoft Entra has no role {grant['role']}")
            definitions[role] = {
                "id": role, "templateId": role, "displayName": grant.get("role", f"Role of {place}"),
                "isBuiltIn": "role" in grant, "isEnabled": True, "resourceScopes": ["/"],
                "rolePermissions": [{"allowedResourceActions": grant.get("actions", []), "condition": None}]}
            record = {"id": guid(place), "principalId": self.principal(f"{place}/to", grant["to"]),
                      "roleDefinitionId": role, "appScopeId": None,
                      "directoryScopeId": self.directory_scope(f"{place}/scope", grant.get("scope", "/"))}
            if grant.get("eligible"):
                eligible.append({**record, "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": LATER,
                                 "memberType": "Direct", "roleEligibilityScheduleId": guid(place, "schedule")})
            else:
                held.append(record)
        roles = "roleManagement/directory/"
        self.files["directory-roles"] = self.graph_list(roles + "roleAssignments", held)
        self.files["directory-roles-eligible"] = self.graph_list(roles + "roleEligibilityScheduleInstances",
                                                                 eligible)
        self.files["directory-role-definitions"] = self.graph_list(roles + "roleDefinitions",
                                                                   list(definitions.values()))
        self.files["app-role-assignments"] = self.graph_list("appRoleAssignments", [
            {"id": guid("app-role", str(number)), "appRoleId": NAMES["app_permissions"][grant["permission"]],
             "createdDateTime": WHEN, "principalDisplayName": grant["to"],
             "principalId": self.principal(f"app_roles/{number}/to", grant["to"]),
             "principalType": object_kind(self.kinds[grant["to"]]), "resourceDisplayName": "Microsoft Graph",
             "resourceId": guid("graph")} for number, grant in enumerate(self.app_role_grants())])

    def write(self, directory, readable):
        """Readable files have one value on a line; the others are written several times faster."""
        directory.mkdir(parents=True, exist_ok=True)
        for name, document in self.files.items():
            text = json.dumps(document, indent=1 if readable else None) + "\n"
            (directory / f"{name}.json").write_text(text, encoding="utf-8")
