#include "write.h"

#include <stdio.h>

typedef void WriteScope(const Tenant *tenant, Out *out, uint32_t scope);

static void write_tags(const Tenant *tenant, Out *out, uint32_t scope)
{
    out_object(out, "tags");
    if (choice(tenant, "tagged", scope, 4) != 0) {
        out_text(out, "costCenter", location_of(tenant, scope));
        out_text(out, "env", choice(tenant, "env", scope, 3) == 0 ? "dev" : "prod");
    }
    out_end_object(out);
}

static void write_group(const Tenant *tenant, Out *out, uint32_t scope)
{
    out_object(out, NULL);
    out_text(out, "id", scope_id(tenant, scope).text);
    out_text(out, "location", location_of(tenant, scope));
    out_text(out, "managedBy", NULL);
    out_text(out, "name", scope_name(tenant, scope).text);
    out_object(out, "properties");
    out_text(out, "provisioningState", "Succeeded");
    out_end_object(out);
    write_tags(tenant, out, scope);
    out_text(out, "type", "Microsoft.Resources/resourceGroups");
    out_end_object(out);
}

static void write_resource(const Tenant *tenant, Out *out, uint32_t scope)
{
    ResourceKind kind = tenant->scopes.items[scope].resource;
    out_object(out, NULL);
    out_text(out, "changedTime", cli_date(tenant, scope).text);
    out_text(out, "createdTime", cli_date(tenant, scope).text);
    out_null(out, "extendedLocation");
    out_text(out, "id", scope_id(tenant, scope).text);
    write_identity(tenant, out, scope);
    out_text(out, "kind", kind == RESOURCE_STORAGE ? "StorageV2" : NULL);
    out_text(out, "location", location_of(tenant, scope));
    out_text(out, "managedBy", NULL);
    out_text(out, "name", scope_name(tenant, scope).text);
    out_null(out, "plan");
    out_null(out, "properties");
    out_text(out, "provisioningState", "Succeeded");
    write_resource_group(tenant, out, scope);
    out_null(out, "sku");
    write_tags(tenant, out, scope);
    out_text(out, "type", resource_type(kind));
    out_end_object(out);
}

static void write_user_assigned(const Tenant *tenant, Out *out, uint32_t scope)
{
    uint32_t principal = tenant->scopes.items[scope].user_identity;
    out_object(out, NULL);
    out_text(out, "clientId", client_id(tenant, principal).text);
    out_text(out, "id", scope_id(tenant, scope).text);
    out_text(out, "location", location_of(tenant, scope));
    out_text(out, "name", scope_name(tenant, scope).text);
    out_text(out, "principalId", principal_id(tenant, principal).text);
    write_resource_group(tenant, out, scope);
    write_tags(tenant, out, scope);
    out_text(out, "tenantId", tenant_guid(tenant).text);
    out_text(out, "type", resource_type(RESOURCE_IDENTITY));
    out_end_object(out);
}

static void write_access_policy(const Tenant *tenant, Out *out, uint32_t principal)
{
    out_object(out, NULL);
    out_null(out, "applicationId");
    out_text(out, "objectId", principal_id(tenant, principal).text);
    out_object(out, "permissions");
    out_texts(out, "certificates", "");
    out_texts(out, "keys", "");
    out_texts(out, "secrets", "get|list");
    out_texts(out, "storage", "");
    out_end_object(out);
    out_text(out, "tenantId", tenant_guid(tenant).text);
    out_end_object(out);
}

/* A third of the vaults still use access policies, for up to four principals. */
static void write_vault(const Tenant *tenant, Out *out, uint32_t scope)
{
    bool policies = choice(tenant, "policies", scope, 3) == 0;
    uint32_t policy_count = policies ? choice(tenant, "policy count", scope, 5) : 0;
    out_object(out, NULL);
    out_text(out, "id", scope_id(tenant, scope).text);
    out_text(out, "location", location_of(tenant, scope));
    out_text(out, "name", scope_name(tenant, scope).text);
    out_object(out, "properties");
    out_list(out, "accessPolicies");
    for (uint32_t i = 0; i < policy_count; i++)
        write_access_policy(
            tenant, out,
            choice(tenant, "policy", (uint64_t)scope * 8 + i, tenant->principals.count));
    out_end_list(out);
    out_bool(out, "enableRbacAuthorization", !policies);
    out_bool(out, "enableSoftDelete", true);
    out_text(out, "provisioningState", "Succeeded");
    out_text(out, "publicNetworkAccess", "Enabled");
    out_text(out, "tenantId", tenant_guid(tenant).text);
    out_end_object(out);
    write_resource_group(tenant, out, scope);
    write_tags(tenant, out, scope);
    out_text(out, "type", resource_type(RESOURCE_VAULT));
    out_end_object(out);
}

static void write_endpoints(Out *out, const char *account)
{
    static const char *const services[] = {"blob", "dfs", "file", "queue", "table", "web"};
    out_object(out, "primaryEndpoints");
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        char url[160];
        snprintf(url, sizeof url, "https://%s.%s.core.windows.net/", account, services[i]);
        out_text(out, services[i], url);
    }
    out_end_object(out);
}

static void write_storage(const Tenant *tenant, Out *out, uint32_t scope)
{
    uint32_t keys = choice(tenant, "shared keys", scope, 4);
    out_object(out, NULL);
    out_text(out, "accessTier", "Hot");
    out_bool(out, "allowBlobPublicAccess", choice(tenant, "public", scope, 20) == 0);
    if (keys == 0)
        out_bool(out, "allowSharedKeyAccess", false);
    else if (keys == 1)
        out_bool(out, "allowSharedKeyAccess", true);
    else
        out_null(out, "allowSharedKeyAccess");
    out_text(out, "creationTime", cli_date(tenant, scope).text);
    out_bool(out, "enableHttpsTrafficOnly", true);
    out_text(out, "id", scope_id(tenant, scope).text);
    out_null(out, "identity");
    out_null(out, "isHnsEnabled");
    out_text(out, "kind", "StorageV2");
    out_text(out, "location", location_of(tenant, scope));
    out_text(out, "minimumTlsVersion", "TLS1_2");
    out_text(out, "name", scope_name(tenant, scope).text);
    out_object(out, "networkRuleSet");
    out_text(out, "bypass", "AzureServices");
    out_text(out, "defaultAction", "Allow");
    out_texts(out, "ipRules", "");
    out_texts(out, "virtualNetworkRules", "");
    out_end_object(out);
    write_endpoints(out, scope_name(tenant, scope).text);
    out_text(out, "provisioningState", "Succeeded");
    write_resource_group(tenant, out, scope);
    out_object(out, "sku");
    out_text(out, "name", "Standard_LRS");
    out_text(out, "tier", "Standard");
    out_end_object(out);
    write_tags(tenant, out, scope);
    out_text(out, "type", resource_type(RESOURCE_STORAGE));
    out_end_object(out);
}

static void write_registry(const Tenant *tenant, Out *out, uint32_t scope)
{
    char server[160];
    snprintf(server, sizeof server, "%s.azurecr.io", scope_name(tenant, scope).text);
    out_object(out, NULL);
    out_bool(out, "adminUserEnabled", choice(tenant, "admin user", scope, 4) == 0);
    out_bool(out, "anonymousPullEnabled", false);
    out_text(out, "creationDate", cli_date(tenant, scope).text);
    out_text(out, "id", scope_id(tenant, scope).text);
    out_null(out, "identity");
    out_text(out, "location", location_of(tenant, scope));
    out_text(out, "loginServer", server);
    out_text(out, "name", scope_name(tenant, scope).text);
    out_text(out, "provisioningState", "Succeeded");
    out_text(out, "publicNetworkAccess", "Enabled");
    write_resource_group(tenant, out, scope);
    out_object(out, "sku");
    out_text(out, "name", "Premium");
    out_text(out, "tier", "Premium");
    out_end_object(out);
    write_tags(tenant, out, scope);
    out_text(out, "type", resource_type(RESOURCE_REGISTRY));
    out_end_object(out);
}

/* A list of the subscription's resources of one kind, or of all (RESOURCE_KIND_COUNT). */
static void write_list(const Tenant *tenant, uint32_t subscription, const char *directory,
                       const char *name, ResourceKind kind, WriteScope *write_one)
{
    const Scope *scopes = tenant->scopes.items;
    const Scope *it = &scopes[subscription];
    Out *out = out_open(directory, name);
    out_list(out, NULL);
    for (uint32_t group = it->first_child; group < it->first_child + it->child_count; group++) {
        uint32_t first = scopes[group].first_child;
        for (uint32_t i = first; i < first + scopes[group].child_count; i++)
            if (kind == RESOURCE_KIND_COUNT || scopes[i].resource == kind)
                write_one(tenant, out, i);
    }
    out_end_list(out);
    out_close(out);
}

void write_resources(const Tenant *tenant, uint32_t subscription, const char *directory)
{
    const Scope *it = &tenant->scopes.items[subscription];
    Out *out = out_open(directory, "resource-groups.json");
    out_list(out, NULL);
    for (uint32_t i = it->first_child; i < it->first_child + it->child_count; i++)
        write_group(tenant, out, i);
    out_end_list(out);
    out_close(out);
    write_list(tenant, subscription, directory, "resources.json", RESOURCE_KIND_COUNT,
               write_resource);
    write_list(tenant, subscription, directory, "managed-identities.json", RESOURCE_IDENTITY,
               write_user_assigned);
    write_list(tenant, subscription, directory, "key-vaults.json", RESOURCE_VAULT, write_vault);
    write_list(tenant, subscription, directory, "storage-accounts.json", RESOURCE_STORAGE,
               write_storage);
    write_list(tenant, subscription, directory, "container-registries.json", RESOURCE_REGISTRY,
               write_registry);
}
