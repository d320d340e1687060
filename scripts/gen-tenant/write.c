#include "write.h"

#include <stdio.h>

Out *page_open(const char *directory, const char *name)
{
    Out *out = out_open(directory, name);
    out_object(out, NULL);
    out_list(out, "value");
    return out;
}

void page_close(Out *out)
{
    out_end_list(out);
    out_end_object(out);
    out_close(out);
}

void write_id_below(Out *out, const char *parent, const char *path, const char *name)
{
    char id[1024];
    snprintf(id, sizeof id, "%s/%s/%s", parent, path, name);
    out_text(out, "id", id);
}

void write_resource_group(const Tenant *tenant, Out *out, uint32_t scope)
{
    uint32_t group = scope_above(tenant, scope, SCOPE_RESOURCE_GROUP);
    out_text(out, "resourceGroup", scope_name(tenant, group).text);
}

void write_identity(const Tenant *tenant, Out *out, uint32_t scope)
{
    const Scope *it = &tenant->scopes.items[scope];
    bool system = it->system_identity != NONE;
    bool user = it->user_identity != NONE && it->resource != RESOURCE_IDENTITY;
    if (!system && !user) {
        out_null(out, "identity");
        return;
    }
    out_object(out, "identity");
    out_text(out, "principalId", system ? principal_id(tenant, it->system_identity).text : NULL);
    out_text(out, "tenantId", system ? tenant_guid(tenant).text : NULL);
    out_text(out, "type",
             system && user ? "SystemAssigned, UserAssigned"
             : system       ? "SystemAssigned"
                            : "UserAssigned");
    if (user) {
        uint32_t identity = tenant->principals.items[it->user_identity].resource;
        out_object(out, "userAssignedIdentities");
        out_object(out, scope_id(tenant, identity).text);
        out_text(out, "clientId", client_id(tenant, it->user_identity).text);
        out_text(out, "principalId", principal_id(tenant, it->user_identity).text);
        out_end_object(out);
        out_end_object(out);
    } else {
        out_null(out, "userAssignedIdentities");
    }
    out_end_object(out);
}

static void write_account(const Tenant *tenant, Out *out, uint32_t subscription)
{
    char name[32];
    snprintf(name, sizeof name, "sub-%u", subscription - tenant->first_subscription);
    out_object(out, NULL);
    out_text(out, "cloudName", "AzureCloud");
    out_text(out, "homeTenantId", tenant_guid(tenant).text);
    out_text(out, "id", scope_name(tenant, subscription).text);
    out_bool(out, "isDefault", subscription == tenant->first_subscription);
    out_texts(out, "managedByTenants", "");
    out_text(out, "name", name);
    out_text(out, "state", "Enabled");
    out_text(out, "tenantId", tenant_guid(tenant).text);
    out_object(out, "user");
    out_text(out, "name", "auditor@contoso.example");
    out_text(out, "type", "user");
    out_end_object(out);
    out_end_object(out);
}

/* As `az account management-group show --name ROOT --expand --recurse`. */
static void write_management_group(const Tenant *tenant, Out *out, uint32_t scope)
{
    bool is_group = scope < tenant->first_subscription;
    out_object(out, NULL);
    if (is_group) {
        out_list(out, "children");
        for (uint32_t i = scope + 1; i < tenant->first_resource_group; i++)
            if (tenant->scopes.items[i].parent == scope)
                write_management_group(tenant, out, i);
        out_end_list(out);
    } else {
        out_null(out, "children");
    }
    out_text(out, "displayName", scope == 0 ? "Tenant Root Group" : scope_name(tenant, scope).text);
    out_text(out, "id", scope_id(tenant, scope).text);
    out_text(out, "name", scope_name(tenant, scope).text);
    if (scope == 0)
        out_text(out, "tenantId", tenant_guid(tenant).text);
    out_text(out, "type", is_group ? "Microsoft.Management/managementGroups" : "/subscriptions");
    out_end_object(out);
}

void write_containers(const Tenant *tenant, const char *directory)
{
    Out *out = out_open(directory, "accounts.json");
    out_list(out, NULL);
    for (uint32_t i = tenant->first_subscription; i < tenant->first_resource_group; i++)
        write_account(tenant, out, i);
    out_end_list(out);
    out_close(out);
    out = out_open(directory, "management-groups.json");
    write_management_group(tenant, out, 0);
    out_close(out);
}

void tenant_write(const Tenant *tenant, const char *directory)
{
    make_directory(directory, "");
    write_containers(tenant, directory);
    write_entra(tenant, directory);
    BySubscription assignments =
        group_by_subscription(tenant, tenant->assignments.items, tenant->assignments.count);
    BySubscription eligible =
        group_by_subscription(tenant, tenant->eligible.items, tenant->eligible.count);
    Path all = make_directory(directory, "subscriptions");
    for (uint32_t i = tenant->first_subscription; i < tenant->first_resource_group; i++) {
        Path one = make_directory(all.text, scope_name(tenant, i).text);
        write_resources(tenant, i, one.text);
        write_aml(tenant, i, one.text);
        write_access(tenant, i, &assignments, &eligible, one.text);
    }
    by_subscription_free(&assignments);
    by_subscription_free(&eligible);
}
