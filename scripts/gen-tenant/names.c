#include "names.h"

#include "base/text.h"
#include "random.h"

#include <stdio.h>
#include <string.h>

typedef struct ResourceName {
    const char *type;   /* segments after "/providers/", or after the parent for children */
    const char *prefix; /* then a word, the separator and the index */
    const char *separator;
} ResourceName;

static const ResourceName resource_names[CHILD_KIND_END] = {
    [RESOURCE_STORAGE] = {"Microsoft.Storage/storageAccounts", "st", ""},
    [RESOURCE_VAULT] = {"Microsoft.KeyVault/vaults", "kv-", "-"},
    [RESOURCE_REGISTRY] = {"Microsoft.ContainerRegistry/registries", "cr", ""},
    [RESOURCE_INSIGHTS] = {"microsoft.insights/components", "appi-", "-"},
    [RESOURCE_WORKSPACE] = {"Microsoft.MachineLearningServices/workspaces", "mlw-", "-"},
    [RESOURCE_IDENTITY] = {"Microsoft.ManagedIdentity/userAssignedIdentities", "id-", "-"},
    [RESOURCE_VIRTUAL_MACHINE] = {"Microsoft.Compute/virtualMachines", "vm-", "-"},
    [RESOURCE_SITE] = {"Microsoft.Web/sites", "app-", "-"},
    [RESOURCE_AUTOMATION] = {"Microsoft.Automation/automationAccounts", "aa-", "-"},
    [RESOURCE_CLUSTER] = {"Microsoft.ContainerService/managedClusters", "aks-", "-"},
    [RESOURCE_WORKFLOW] = {"Microsoft.Logic/workflows", "logic-", "-"},
    [RESOURCE_CONTAINER_APP] = {"Microsoft.App/containerApps", "ca-", "-"},
    [RESOURCE_FACTORY] = {"Microsoft.DataFactory/factories", "adf-", "-"},
    [RESOURCE_INTERFACE] = {"Microsoft.Network/networkInterfaces", "nic-", "-"},
    [RESOURCE_PUBLIC_ADDRESS] = {"Microsoft.Network/publicIPAddresses", "pip-", "-"},
    [RESOURCE_NETWORK] = {"Microsoft.Network/virtualNetworks", "vnet-", "-"},
    [RESOURCE_DISK] = {"Microsoft.Compute/disks", "disk-", "-"},
    [RESOURCE_SQL] = {"Microsoft.Sql/servers", "sql-", "-"},
    [RESOURCE_LOGS] = {"Microsoft.OperationalInsights/workspaces", "log-", "-"},
    [RESOURCE_PRIVATE_ENDPOINT] = {"Microsoft.Network/privateEndpoints", "pep-", "-"},
    [RESOURCE_SECURITY_GROUP] = {"Microsoft.Network/networkSecurityGroups", "nsg-", "-"},
    [RESOURCE_EVENT_HUB] = {"Microsoft.EventHub/namespaces", "evhns-", "-"},
    [RESOURCE_COGNITIVE] = {"Microsoft.CognitiveServices/accounts", "cog-", "-"},
    [RESOURCE_COSMOS] = {"Microsoft.DocumentDB/databaseAccounts", "cosmos-", "-"},
    [CHILD_COMPUTE] = {"computes", "cpu-", "-"},
    [CHILD_ENDPOINT] = {"onlineEndpoints", "score-", "-"},
    [CHILD_CONTAINER] = {"blobServices/default/containers", "", "-"},
    [CHILD_SECRET] = {"secrets", "", "-key-"},
};

static const char *const words[] = {"ml",    "data",   "core", "train", "score", "risk", "churn",
                                    "fraud", "vision", "nlp",  "ops",   "lake",  "etl",  "hub"};
static const char *const locations[] = {"westeurope", "northeurope", "eastus",
                                        "eastus2",    "uksouth",     "swedencentral"};
enum {
    WORD_COUNT = sizeof words / sizeof *words,
    LOCATION_COUNT = sizeof locations / sizeof *locations
};

uint32_t choice(const Tenant *tenant, const char *what, uint64_t index, uint32_t count)
{
    uint32_t tag = 1000;
    for (; *what != '\0'; what++)
        tag = tag * 31 + (unsigned char)*what;
    return (uint32_t)(random_hash(tenant->options.seed, tag, index) % count);
}

static const char *word_of(const Tenant *tenant, uint64_t index)
{
    return words[choice(tenant, "word", index, WORD_COUNT)];
}

Name guid_of(const Tenant *tenant, GuidKind kind, uint64_t index)
{
    Guid guid;
    uint64_t halves[2] = {random_hash(tenant->options.seed, kind, 2 * index),
                          random_hash(tenant->options.seed, kind, 2 * index + 1)};
    for (size_t i = 0; i < sizeof guid.bytes; i++)
        guid.bytes[i] = (uint8_t)(halves[i / 8] >> (8 * (i % 8)));
    guid.bytes[6] = (guid.bytes[6] & 0x0f) | 0x40; /* version 4, RFC 9562 */
    guid.bytes[8] = (guid.bytes[8] & 0x3f) | 0x80;
    Name name;
    guid_format(&guid, name.text);
    return name;
}

Name tenant_guid(const Tenant *tenant)
{
    return guid_of(tenant, GUID_TENANT, 0);
}

Name scope_name(const Tenant *tenant, uint32_t scope)
{
    Name name;
    const Scope *it = &tenant->scopes.items[scope];
    const char *word = word_of(tenant, scope);
    switch (it->kind) {
    case SCOPE_MANAGEMENT_GROUP:
        if (scope == 0)
            return tenant_guid(tenant);
        snprintf(name.text, sizeof name.text, "mg-%s-%u", word, scope);
        break;
    case SCOPE_SUBSCRIPTION:
        return guid_of(tenant, GUID_SUBSCRIPTION, scope);
    case SCOPE_RESOURCE_GROUP:
        snprintf(name.text, sizeof name.text, "rg-%s-%s-%u", word,
                 word_of(tenant, (uint64_t)scope << 32), scope);
        break;
    case SCOPE_RESOURCE:
    case SCOPE_CHILD:
        snprintf(name.text, sizeof name.text, "%s%s%s%u", resource_names[it->resource].prefix, word,
                 resource_names[it->resource].separator, scope);
        break;
    }
    return name;
}

const char *resource_type(ResourceKind kind)
{
    switch ((int)kind) {
    case CHILD_COMPUTE:
        return "Microsoft.MachineLearningServices/workspaces/computes";
    case CHILD_ENDPOINT:
        return "Microsoft.MachineLearningServices/workspaces/onlineEndpoints";
    default:
        return resource_names[kind].type;
    }
}

/* Appends the id and returns its length; parents first. */
static size_t write_id(const Tenant *tenant, uint32_t scope, ArmId *id)
{
    const Scope *it = &tenant->scopes.items[scope];
    const char *before = "";
    const char *type = "";
    size_t length = 0;
    if (it->kind > SCOPE_SUBSCRIPTION)
        length = write_id(tenant, it->parent, id);
    switch (it->kind) {
    case SCOPE_MANAGEMENT_GROUP:
        before = "/providers/Microsoft.Management/managementGroups";
        break;
    case SCOPE_SUBSCRIPTION:
        before = "/subscriptions";
        break;
    case SCOPE_RESOURCE_GROUP:
        before = "/resourceGroups";
        break;
    case SCOPE_RESOURCE:
        before = "/providers/";
        type = resource_names[it->resource].type;
        break;
    case SCOPE_CHILD:
        before = "/";
        type = resource_names[it->resource].type;
        break;
    }
    snprintf(id->text + length, sizeof id->text - length, "%s%s/%s", before, type,
             scope_name(tenant, scope).text);
    return strlen(id->text);
}

ArmId scope_id(const Tenant *tenant, uint32_t scope)
{
    ArmId id;
    write_id(tenant, scope, &id);
    return id;
}

const char *location_of(const Tenant *tenant, uint32_t scope)
{
    uint32_t group = scope_above(tenant, scope, SCOPE_RESOURCE_GROUP);
    return locations[choice(tenant, "location", group, LOCATION_COUNT)];
}

Name principal_id(const Tenant *tenant, uint32_t principal)
{
    return guid_of(tenant, GUID_PRINCIPAL, principal);
}

Name client_id(const Tenant *tenant, uint32_t principal)
{
    return guid_of(tenant, GUID_CLIENT, principal);
}

Name principal_name(const Tenant *tenant, uint32_t principal)
{
    const Principal *it = &tenant->principals.items[principal];
    const char *word = word_of(tenant, principal);
    Name name;
    switch (it->kind) {
    case PRINCIPAL_USER:
        snprintf(name.text, sizeof name.text, "user%u@contoso.example", principal);
        break;
    case PRINCIPAL_GROUP:
        snprintf(name.text, sizeof name.text, "grp-%s-%u", word, principal);
        break;
    case PRINCIPAL_SERVICE_PRINCIPAL:
        snprintf(name.text, sizeof name.text, "sp-%s-%u", word, principal);
        break;
    case PRINCIPAL_SYSTEM_ASSIGNED:
    case PRINCIPAL_USER_ASSIGNED:
        return scope_name(tenant, it->resource);
    }
    return name;
}

Name role_guid(const Tenant *tenant, uint32_t role)
{
    if (role >= built_in_role_count)
        return guid_of(tenant, GUID_ROLE, role);
    Name name;
    snprintf(name.text, sizeof name.text, "%s", built_in_roles[role].guid);
    return name;
}

Name role_name(const Tenant *tenant, uint32_t role)
{
    Name name;
    if (role < built_in_role_count)
        snprintf(name.text, sizeof name.text, "%s", built_in_roles[role].name);
    else
        snprintf(name.text, sizeof name.text, "Contoso %s operator %u", word_of(tenant, role),
                 role - built_in_role_count);
    return name;
}

/* Some second of 2019 to 2025, without the end of a month. */
static Name date(const Tenant *tenant, uint64_t index, const char *zone)
{
    uint64_t hash = random_hash(tenant->options.seed, 999, index);
    Name name;
    snprintf(name.text, sizeof name.text, "20%02u-%02u-%02uT%02u:%02u:%02u.%06u%s",
             19 + (unsigned)(hash % 7), 1 + (unsigned)(hash / 7 % 12),
             1 + (unsigned)(hash / 84 % 28), (unsigned)(hash >> 20) % 24,
             (unsigned)(hash >> 28) % 60, (unsigned)(hash >> 36) % 60,
             (unsigned)(hash >> 40) % 1000000, zone);
    return name;
}

Name cli_date(const Tenant *tenant, uint64_t index)
{
    return date(tenant, index, "+00:00");
}

Name rest_date(const Tenant *tenant, uint64_t index)
{
    return date(tenant, index, "9Z");
}
