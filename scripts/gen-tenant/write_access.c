#include "write.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- assignments by subscription ---- */

/* 0 for management groups, else 1 + the subscription's number. */
static uint32_t part_of(const Tenant *tenant, const Assignment *assignment)
{
    if (assignment->scope < tenant->first_subscription)
        return 0;
    return 1 + scope_above(tenant, assignment->scope, SCOPE_SUBSCRIPTION) -
           tenant->first_subscription;
}

BySubscription group_by_subscription(const Tenant *tenant, const Assignment *assignments,
                                     uint32_t count)
{
    uint32_t part_count = 1 + tenant->first_resource_group - tenant->first_subscription;
    BySubscription grouped = {
        .items = memory_allocate(count, sizeof *grouped.items),
        .starts = memory_allocate(part_count + 2, sizeof *grouped.starts),
    };
    /* Counting sort: starts[part + 1] first counts, then tells where the next item of part goes. */
    for (uint32_t i = 0; i < count; i++)
        grouped.starts[part_of(tenant, &assignments[i]) + 2]++;
    for (uint32_t part = 2; part < part_count + 2; part++)
        grouped.starts[part] += grouped.starts[part - 1];
    for (uint32_t i = 0; i < count; i++)
        grouped.items[grouped.starts[part_of(tenant, &assignments[i]) + 1]++] = i;
    return grouped;
}

void by_subscription_free(BySubscription *grouped)
{
    free(grouped->items);
    free(grouped->starts);
}

static bool is_at_or_above(const Tenant *tenant, uint32_t management_group, uint32_t subscription)
{
    uint32_t scope = tenant->scopes.items[subscription].parent;
    while (scope != management_group && scope != 0)
        scope = tenant->scopes.items[scope].parent;
    return scope == management_group;
}

typedef void WriteAssignment(const Tenant *tenant, Out *out, uint32_t subscription,
                             uint32_t assignment);

/* Those of the management groups above, then the subscription's own. */
static void write_grouped(const Tenant *tenant, Out *out, uint32_t subscription,
                          const BySubscription *grouped, const Assignment *assignments,
                          WriteAssignment *write_one)
{
    uint32_t part = 1 + subscription - tenant->first_subscription;
    for (uint32_t i = grouped->starts[0]; i < grouped->starts[1]; i++)
        if (is_at_or_above(tenant, assignments[grouped->items[i]].scope, subscription))
            write_one(tenant, out, subscription, grouped->items[i]);
    for (uint32_t i = grouped->starts[part]; i < grouped->starts[part + 1]; i++)
        write_one(tenant, out, subscription, grouped->items[i]);
}

/* ---- role assignments ---- */

static const char *principal_type(PrincipalKind kind)
{
    return kind == PRINCIPAL_USER ? "User" : kind == PRINCIPAL_GROUP ? "Group" : "ServicePrincipal";
}

static ArmId role_definition_id(const Tenant *tenant, uint32_t subscription, uint32_t role)
{
    ArmId id;
    snprintf(id.text, sizeof id.text,
             "/subscriptions/%s/providers/Microsoft.Authorization/roleDefinitions/%s",
             scope_name(tenant, subscription).text, role_guid(tenant, role).text);
    return id;
}

/* Most who may assign roles may assign only harmless ones; some data access is by container. */
static const char *condition_of(const Tenant *tenant, const Assignment *it, uint32_t index)
{
    if (it->role >= built_in_role_count)
        return NULL;
    if (built_in_roles[it->role].assigns_roles && choice(tenant, "constrained", index, 10) < 6)
        return "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
               "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
               "ForAnyOfAnyValues:GuidEquals {acdd72a7-3385-48ef-bd42-f606fba81ae7, "
               "7f951dda-4ed3-4680-a7ca-43fe172d538d}))";
    if (built_in_roles[it->role].fits == RESOURCE_STORAGE && choice(tenant, "abac", index, 12) == 0)
        return "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/"
               "read'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:"
               "name] StringEquals 'features'))";
    return NULL;
}

static void write_assignment(const Tenant *tenant, Out *out, uint32_t subscription, uint32_t index)
{
    const Assignment *it = &tenant->assignments.items[index];
    const char *condition = condition_of(tenant, it, index);
    PrincipalKind kind = tenant->principals.items[it->principal].kind;
    ArmId scope = scope_id(tenant, it->scope);
    Name name = guid_of(tenant, GUID_ASSIGNMENT, index);
    Name creator = principal_id(tenant, choice(tenant, "creator", index, tenant->user_count));
    out_object(out, NULL);
    out_text(out, "condition", condition);
    out_text(out, "conditionVersion", condition == NULL ? NULL : "2.0");
    out_text(out, "createdBy", creator.text);
    out_text(out, "createdOn", cli_date(tenant, index).text);
    out_text(out, "delegatedManagedIdentityResourceId", NULL);
    out_text(out, "description", NULL);
    write_id_below(out, scope.text, "providers/Microsoft.Authorization/roleAssignments", name.text);
    out_text(out, "name", name.text);
    out_text(out, "principalId", principal_id(tenant, it->principal).text);
    out_text(out, "principalName",
             kind == PRINCIPAL_USER || kind == PRINCIPAL_GROUP
                 ? principal_name(tenant, it->principal).text
                 : client_id(tenant, it->principal).text);
    out_text(out, "principalType", principal_type(kind));
    if (tenant->scopes.items[it->scope].kind >= SCOPE_RESOURCE_GROUP)
        write_resource_group(tenant, out, it->scope);
    out_text(out, "roleDefinitionId", role_definition_id(tenant, subscription, it->role).text);
    out_text(out, "roleDefinitionName", role_name(tenant, it->role).text);
    out_text(out, "scope", scope.text);
    out_text(out, "type", "Microsoft.Authorization/roleAssignments");
    out_text(out, "updatedBy", creator.text);
    out_text(out, "updatedOn", cli_date(tenant, index).text);
    out_end_object(out);
}

/* ---- custom roles ---- */

/* Seven of ten custom roles belong to one subscription, the others to the whole tenant. */
static uint32_t role_scope(const Tenant *tenant, uint32_t role)
{
    uint32_t count = tenant->first_resource_group - tenant->first_subscription;
    if (choice(tenant, "role of one subscription", role, 10) >= 7)
        return 0;
    return tenant->first_subscription + choice(tenant, "role's subscription", role, count);
}

static void write_actions(const Tenant *tenant, Out *out, uint32_t role)
{
    static const char *const actions[] = {
        "Microsoft.MachineLearningServices/workspaces/jobs/*",
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/write",
        "Microsoft.MachineLearningServices/workspaces/computes/write",
        "Microsoft.Compute/virtualMachines/runCommand/action",
        "Microsoft.Storage/storageAccounts/listKeys/action",
        "Microsoft.Storage/storageAccounts/write",
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
        "Microsoft.Resources/deployments/*",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.Insights/alertRules/*",
        "Microsoft.Web/sites/*",
        "Microsoft.KeyVault/vaults/write",
        "Microsoft.ContainerRegistry/registries/listCredentials/action",
    };
    enum { ACTION_COUNT = sizeof actions / sizeof *actions };
    out_list(out, "actions");
    out_text(out, NULL, "*/read");
    for (uint32_t i = 0; i < ACTION_COUNT; i++)
        if (choice(tenant, actions[i], role, 5) == 0)
            out_text(out, NULL, actions[i]);
    if (choice(tenant, "role assigns roles", role, 40) == 0)
        out_text(out, NULL, "Microsoft.Authorization/roleAssignments/write");
    out_end_list(out);
}

static void write_role(const Tenant *tenant, Out *out, uint32_t subscription, uint32_t role)
{
    bool reads_blobs = choice(tenant, "role reads blobs", role, 6) == 0;
    out_object(out, NULL);
    out_list(out, "assignableScopes");
    out_text(out, NULL, scope_id(tenant, role_scope(tenant, role)).text);
    out_end_list(out);
    out_text(out, "createdOn", cli_date(tenant, role).text);
    out_text(out, "description", "A role of this invented tenant.");
    out_text(out, "id", role_definition_id(tenant, subscription, role).text);
    out_text(out, "name", role_guid(tenant, role).text);
    out_list(out, "permissions");
    out_object(out, NULL);
    write_actions(tenant, out, role);
    out_text(out, "condition", NULL);
    out_text(out, "conditionVersion", NULL);
    out_texts(out, "dataActions",
              reads_blobs ? "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
                          : "");
    out_texts(out, "notActions", "Microsoft.Authorization/elevateAccess/Action");
    out_texts(out, "notDataActions", "");
    out_end_object(out);
    out_end_list(out);
    out_text(out, "roleName", role_name(tenant, role).text);
    out_text(out, "roleType", "CustomRole");
    out_text(out, "type", "Microsoft.Authorization/roleDefinitions");
    out_text(out, "updatedOn", cli_date(tenant, role).text);
    out_end_object(out);
}

static void write_custom_roles(const Tenant *tenant, uint32_t subscription, const char *directory)
{
    Out *out = out_open(directory, "role-definitions.json");
    out_list(out, NULL);
    for (uint32_t i = 0; i < tenant->custom_role_count; i++) {
        uint32_t scope = role_scope(tenant, built_in_role_count + i);
        if (scope == 0 || scope == subscription)
            write_role(tenant, out, subscription, built_in_role_count + i);
    }
    out_end_list(out);
    out_close(out);
}

/* ---- eligibility and deny ---- */

static void write_eligible(const Tenant *tenant, Out *out, uint32_t subscription, uint32_t index)
{
    const Assignment *it = &tenant->eligible.items[index];
    ArmId scope = scope_id(tenant, it->scope);
    Name name = guid_of(tenant, GUID_ELIGIBILITY, index);
    out_object(out, NULL);
    out_object(out, "properties");
    out_text(out, "scope", scope.text);
    out_text(out, "roleDefinitionId", role_definition_id(tenant, subscription, it->role).text);
    out_text(out, "principalId", principal_id(tenant, it->principal).text);
    out_text(out, "principalType", principal_type(tenant->principals.items[it->principal].kind));
    out_text(out, "status", "Provisioned");
    out_text(out, "startDateTime", rest_date(tenant, index).text);
    out_text(out, "endDateTime", NULL);
    out_text(out, "memberType", "Direct");
    out_text(out, "createdOn", rest_date(tenant, index).text);
    out_text(out, "condition", NULL);
    out_text(out, "conditionVersion", NULL);
    out_end_object(out);
    out_text(out, "name", name.text);
    write_id_below(out, scope.text,
                   "providers/Microsoft.Authorization/roleEligibilityScheduleInstances", name.text);
    out_text(out, "type", "Microsoft.Authorization/roleEligibilityScheduleInstances");
    out_end_object(out);
}

/* What a managed application does to its resource group: nobody but its identity may change it. */
static void write_deny(const Tenant *tenant, Out *out, uint32_t resource_group)
{
    Name name = guid_of(tenant, GUID_DENY, resource_group);
    ArmId scope = scope_id(tenant, resource_group);
    out_object(out, NULL);
    out_object(out, "properties");
    out_text(out, "denyAssignmentName", "System deny assignment of a managed application");
    out_text(out, "description", NULL);
    out_list(out, "permissions");
    out_object(out, NULL);
    out_texts(out, "actions", "*");
    out_texts(out, "notActions", "*/read");
    out_texts(out, "dataActions", "");
    out_texts(out, "notDataActions", "");
    out_end_object(out);
    out_end_list(out);
    out_text(out, "scope", scope.text);
    out_bool(out, "doNotApplyToChildScopes", false);
    out_list(out, "principals");
    out_object(out, NULL);
    out_text(out, "id", "00000000-0000-0000-0000-000000000000");
    out_text(out, "type", "SystemDefined");
    out_end_object(out);
    out_end_list(out);
    out_list(out, "excludePrincipals");
    out_object(out, NULL);
    out_text(out, "id", principal_id(tenant, tenant->user_count + tenant->group_count).text);
    out_text(out, "type", "ServicePrincipal");
    out_end_object(out);
    out_end_list(out);
    out_bool(out, "isSystemProtected", true);
    out_end_object(out);
    write_id_below(out, scope.text, "providers/Microsoft.Authorization/denyAssignments", name.text);
    out_text(out, "type", "Microsoft.Authorization/denyAssignments");
    out_text(out, "name", name.text);
    out_end_object(out);
}

static void write_denies(const Tenant *tenant, uint32_t subscription, const char *directory)
{
    const Scope *it = &tenant->scopes.items[subscription];
    Out *out = page_open(directory, "deny-assignments.json");
    for (uint32_t i = it->first_child; i < it->first_child + it->child_count; i++)
        if (choice(tenant, "denied", i, 100) == 0)
            write_deny(tenant, out, i);
    page_close(out);
}

void write_access(const Tenant *tenant, uint32_t subscription, const BySubscription *assignments,
                  const BySubscription *eligible, const char *directory)
{
    Out *out = out_open(directory, "role-assignments.json");
    out_list(out, NULL);
    write_grouped(tenant, out, subscription, assignments, tenant->assignments.items,
                  write_assignment);
    out_end_list(out);
    out_close(out);
    write_custom_roles(tenant, subscription, directory);
    write_denies(tenant, subscription, directory);
    out = page_open(directory, "pim-eligibility.json");
    write_grouped(tenant, out, subscription, eligible, tenant->eligible.items, write_eligible);
    page_close(out);
}
