"""Writes a tenant as the files that Azure CLI and az rest export."""
import json
from pathlib import Path

TYPES = {"user": "User", "group": "Group"}
GRAPH_TYPES = {"user": "#microsoft.graph.user", "group": "#microsoft.graph.group"}
CHANGED = "2026-11-20T06:00:00Z"


def put(record, path, value):
    """Stores the value where the path of data/resource-fields.json says an export has it."""
    steps = path.split(".")
    for step in steps[:-1]:
        if step.endswith("[]"):
            record = record.setdefault(step[:-2], [{}])[0]
        elif step == "{}":
            record = record.setdefault("one", {})
        else:
            record = record.setdefault(step, {})
    last = steps[-1]
    if last.endswith("[]"):
        record[last[:-2]] = value
    elif last == "{}":
        record.update({v: {} for v in (value if isinstance(value, list) else [value])})
    else:
        record[last] = value[0] if isinstance(value, list) and any(
            s.endswith("[]") or s == "{}" for s in steps) else value


def path_of(field):
    rest = [p for p in field["paths"] if p.startswith("properties.")]
    return (rest or field["paths"])[0]


def json_value(value, field):
    return value == "true" if field["kind"] == "bool" else value


def resource_record(resource, tenant, catalogue):
    record = {"id": resource["id"], "name": resource["id"].rsplit("/", 1)[1],
              "type": resource["type"], "location": "westeurope"}
    kinds = (["SystemAssigned"] if resource["system"] else []) + \
        (["UserAssigned"] if resource["user"] else [])
    if kinds:
        record["identity"] = {"type": ", ".join(kinds), "tenantId": tenant["tenant"],
                              "principalId": resource["system"]}
        if resource["user"]:
            of = {p["resource"]: p for p in tenant["principals"]}
            record["identity"]["userAssignedIdentities"] = {
                u: {"principalId": of[u]["id"], "clientId": of[u]["client"]}
                for u in resource["user"]}
    if not resource["exported"]:
        return {**record, "properties": None, "kind": None, "sku": None, "tags": None,
                "managedBy": None, "plan": None}
    record["properties"] = {"provisioningState": "Succeeded"}
    for prop, value in resource["properties"].items():
        field = catalogue.fields[resource["type"].lower(), prop]
        put(record, path_of(field), json_value(value, field))
    for identity in tenant["principals"]:
        if identity["resource"] == resource["id"]:
            record["properties"].update(principalId=identity["id"], clientId=identity["client"],
                                        tenantId=tenant["tenant"])
    if resource["type"].lower() == "microsoft.keyvault/vaults":
        record["properties"]["accessPolicies"] = [
            {"tenantId": tenant["tenant"], "objectId": p["object"],
             **({"applicationId": p["application"]} if p["application"] else {}),
             "permissions": {k: p[k] for k in ("secrets", "keys", "certificates", "storage")}}
            for p in tenant["policies"] if p["vault"] == resource["id"]]
    return record


def condition_text(condition):
    if condition is None:
        return None
    kind = condition["kind"]
    if kind == "broken":
        return "((!(ActionMatches{'"
    if kind == "unknown":
        return "(@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:Project_Name] " \
               "StringEquals 'blue')"
    if kind == "container":
        return f"((!(ActionMatches{{'{condition['action']}'}})) OR (@Resource[Microsoft.Storage/" \
               "storageAccounts/blobServices/containers:name] StringEquals " \
               f"'{condition['name']}'))"
    attribute = "@Request[Microsoft.Authorization/roleAssignments:"
    listed = ", ".join(condition["roles"])
    if kind == "not-roles":
        test = f"{attribute}RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {{{listed}}}"
    else:
        test = f"{attribute}RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{listed}}}"
        if condition["types"]:
            words = ", ".join(f"'{w}'" for w in condition["types"])
            test += f" AND {attribute}PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase " \
                    f"{{{words}}}"
        if condition["principals"]:
            test += f" AND {attribute}PrincipalId] ForAnyOfAnyValues:GuidEquals " \
                    f"{{{', '.join(condition['principals'])}}}"
    return "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (" + test + "))"


def assignment_record(record, index, tenant, kind):
    place = "" if record["scope"] == "/" else record["scope"]
    name = f"00000000-0000-4000-{kind}000-{index:012d}"
    who = next(p for p in tenant["principals"] if p["id"] == record["principal"])
    common = {"principalId": who["id"], "principalType": TYPES.get(who["kind"], "ServicePrincipal"),
              "roleDefinitionId": f"{tenant['subscriptions'][0]['id']}/providers/Microsoft."
              f"Authorization/roleDefinitions/{record['role']}", "scope": record["scope"],
              "condition": condition_text(record["condition"]),
              "conditionVersion": "2.0" if record["condition"] else None, "createdOn": CHANGED}
    if kind == "8":
        return {"id": f"{place}/providers/Microsoft.Authorization/roleAssignments/{name}",
                "name": name, "type": "Microsoft.Authorization/roleAssignments", **common}
    return {"id": f"{place}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances/"
            f"{name}", "name": name, "properties": {**common, "status": "Provisioned",
                                                    "memberType": "Direct"},
            "type": "Microsoft.Authorization/roleEligibilityScheduleInstances"}


def role_record(role):
    return {"id": f"{role['scopes'][0]}/providers/Microsoft.Authorization/roleDefinitions/"
            f"{role['guid']}", "name": role["guid"], "roleName": f"role {role['guid'][:6]}",
            "roleType": "CustomRole", "type": "Microsoft.Authorization/roleDefinitions",
            "assignableScopes": role["scopes"],
            "permissions": [{**b, "condition": condition_text(b.get("condition")),
                             "conditionVersion": None} for b in role["blocks"]]}


def deny_record(deny):
    place = "" if deny["scope"] == "/" else deny["scope"]
    everybody = "00000000-0000-0000-0000-000000000000"
    return {"id": f"{place}/providers/Microsoft.Authorization/denyAssignments/{deny['id']}",
            "name": deny["id"], "type": "Microsoft.Authorization/denyAssignments",
            "properties": {
                "denyAssignmentName": "deny", "scope": deny["scope"],
                "doNotApplyToChildScopes": deny["only_here"],
                "isSystemProtected": deny["protected"], "denyAssignmentEffect": deny["effect"],
                "principals": [{"id": p, "type": "SystemDefined" if p == everybody else "Unknown"}
                               for p in deny["principals"]],
                "excludePrincipals": [{"id": p, "type": "Unknown"} for p in deny["excluded"]],
                "condition": condition_text(deny["condition"]),
                "conditionVersion": "2.0" if deny["condition"] else None,
                "permissions": deny["blocks"]}}


def tree(tenant, group):
    children = [tree(tenant, g) for g in tenant["management_groups"] if g["parent"] == group["id"]]
    children += [{"id": s["id"], "name": s["id"].rsplit("/", 1)[1], "displayName": "sub",
                  "type": "/subscriptions", "children": None}
                 for s in tenant["subscriptions"] if s["parent"] == group["id"]]
    name = group["id"].rsplit("/", 1)[1]
    return {"id": group["id"], "name": name, "displayName": name, "children": children or None,
            "type": "Microsoft.Management/managementGroups"}


GRAPH = "0f1df3d7-5709-52a9-b6ff-4c9ed53154cb"  # the service principal of Microsoft Graph


def graph_page(kind, records):
    return {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#" + kind,
            "value": records}


def person(principal, tenant):
    record = {"id": principal["id"], "displayName": f"p {principal['id'][:6]}"}
    if principal["kind"] == "user":
        record["userPrincipalName"] = f"{principal['id'][:8]}@example.com"
    elif principal["kind"] == "group":
        record.update(groupTypes=[], securityEnabled=True)
    else:
        record.update(appId=principal["client"], servicePrincipalNames=[principal["client"]],
                      servicePrincipalType="ManagedIdentity"
                      if principal["kind"] == "managed-identity" else "Application")
    shown = dict(principal["properties"])
    for name in ("foreign", "dynamicMembership"):  # told by another field
        shown.pop(name, None)
    record.update({k: v == "true" if v in ("true", "false") else v for k, v in shown.items()})
    owners = [o["owner"] for o in tenant["owners"] if o["of"] == principal["id"]]
    if owners:
        of = {p["id"]: p for p in tenant["principals"]}
        record["owners"] = [member_of_list(of[o]) for o in owners]
    return record


def member_of_list(principal):
    kind = GRAPH_TYPES.get(principal["kind"], "#microsoft.graph.servicePrincipal")
    return {"@odata.type": kind, "id": principal["id"]}


def files(tenant, catalogue):
    """File name -> list of records or the whole content."""
    t = tenant
    of = {p["id"]: p for p in t["principals"]}
    result = {
        "accounts.json": [{"cloudName": "AzureCloud", "id": s["id"].rsplit("/", 1)[1],
                           "isDefault": True, "name": f"sub {s['id'][-6:]}", "state": "Enabled",
                           "tenantId": t["tenant"], "user": {"name": "a", "type": "user"}}
                          for s in t["subscriptions"]],
        "groups-of-resources.json": [{"id": g["id"], "name": g["id"].rsplit("/", 1)[1],
                                      "location": "westeurope", "managedBy": None, "properties":
                                      {"provisioningState": "Succeeded"}, "tags": None,
                                      "type": "Microsoft.Resources/resourceGroups"}
                                     for g in t["resource_groups"]],
        "resources.json": [resource_record(r, t, catalogue) for r in t["resources"]],
        "role-assignments.json": [assignment_record(a, i, t, "8")
                                  for i, a in enumerate(t["assignments"])],
        "role-definitions.json": [role_record(r) for r in t["roles"]],
        "deny-assignments.json": [deny_record(d) for d in t["denies"]],
        "role-eligibility.json": [assignment_record(a, i, t, "9")
                                  for i, a in enumerate(t["eligible"])],
        "locks.json": [{"id": f"{k['scope']}/providers/Microsoft.Authorization/locks/lock{i}",
                        "name": f"lock{i}", "level": k["level"], "notes": None, "owners": None,
                        "type": "Microsoft.Authorization/locks"}
                       for i, k in enumerate(t["locks"])],
        "users.json": [person(p, t) for p in t["principals"] if p["kind"] == "user"],
        "service-principals.json": [person(p, t) for p in t["principals"]
                                    if p["kind"] in ("service-principal", "managed-identity")],
        "groups.json": [person(p, t) for p in t["principals"] if p["kind"] == "group"],
    }
    roles = [{"id": f"assignment-{i}", "principalId": d["principal"], "directoryScopeId": d["scope"],
              "roleDefinitionId": d["role"]} for i, d in enumerate(t["directory_roles"])]
    permissions = [{"id": f"permission-{i}", "principalId": a["principal"], "resourceId": GRAPH,
                    "appRoleId": a["permission"], "principalType": "ServicePrincipal",
                    "resourceDisplayName": "Microsoft Graph"}
                   for i, a in enumerate(t["app_roles"])]
    result["directory-roles.json"] = graph_page("roleManagement/directory/roleAssignments", roles)
    result["app-roles.json"] = graph_page(f"servicePrincipals('{GRAPH}')/appRoleAssignedTo",
                                          permissions)
    if t["hierarchy_exported"]:
        result["management-groups.json"] = [tree(t, g) for g in t["management_groups"]
                                            if g["parent"] is None]
    for group in (p for p in t["principals"] if p["kind"] == "group"):
        members = [m["member"] for m in t["members"] if m["group"] == group["id"]]
        result[f"members_{group['id']}.json"] = [member_of_list(of[m]) for m in members]
    return result


def write(tenant, catalogue, directory, order=None):
    """`order` shuffles records and file names; None leaves them as they are."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for name, records in files(tenant, catalogue).items():
        if order:
            if isinstance(records, list):
                records = order.sample(records, len(records))
            name = name if name.startswith("members_") else f"{order.random():.6f}-{name}"
        (directory / name).write_text(json.dumps(records), encoding="utf-8")
