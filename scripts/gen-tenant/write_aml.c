#include "write.h"

#include <stdio.h>

/*
 * Pages of https://learn.microsoft.com/rest/api/azureml/ , api-version 2024-10-01.
 */
static void write_head(const Tenant *tenant, Out *out, uint32_t scope, ResourceKind kind)
{
    out_text(out, "id", scope_id(tenant, scope).text);
    out_text(out, "name", scope_name(tenant, scope).text);
    out_text(out, "type", resource_type(kind));
    out_text(out, "location", location_of(tenant, scope));
    write_identity(tenant, out, scope);
}

/* A part of a workspace that is no scope of the model: "<parent>/<type>/<name>". */
static void write_part_head(const Tenant *tenant, Out *out, uint32_t parent, const char *type,
                            const char *name)
{
    const char *parent_type = resource_type(tenant->scopes.items[parent].resource);
    char full_type[160];
    snprintf(full_type, sizeof full_type, "%s/%s", parent_type, type);
    write_id_below(out, scope_id(tenant, parent).text, type, name);
    out_text(out, "name", name);
    out_text(out, "type", full_type);
}

static void write_system_data(const Tenant *tenant, Out *out, uint64_t index)
{
    uint32_t user = choice(tenant, "submitter", index, tenant->user_count);
    out_object(out, "systemData");
    out_text(out, "createdAt", rest_date(tenant, index).text);
    out_text(out, "createdBy", principal_name(tenant, user).text);
    out_text(out, "createdByType", "User");
    out_text(out, "lastModifiedAt", rest_date(tenant, index).text);
    out_end_object(out);
}

static void write_workspace(const Tenant *tenant, Out *out, uint32_t scope)
{
    static const char *const modes[] = {NULL, "AccessKey", "Identity"};
    uint32_t identity = scope + WORKSPACE_INSIGHTS + 1;
    out_object(out, NULL);
    write_head(tenant, out, scope, RESOURCE_WORKSPACE);
    out_text(out, "kind", "Default");
    out_object(out, "properties");
    out_text(out, "friendlyName", scope_name(tenant, scope).text);
    out_text(out, "storageAccount", scope_id(tenant, scope + WORKSPACE_STORAGE).text);
    out_text(out, "keyVault", scope_id(tenant, scope + WORKSPACE_VAULT).text);
    out_text(out, "containerRegistry", scope_id(tenant, scope + WORKSPACE_REGISTRY).text);
    out_text(out, "applicationInsights", scope_id(tenant, scope + WORKSPACE_INSIGHTS).text);
    if (tenant->scopes.items[scope].user_identity != NONE)
        out_text(out, "primaryUserAssignedIdentity", scope_id(tenant, identity).text);
    out_text(out, "systemDatastoresAuthMode", modes[choice(tenant, "mode", scope, 3)]);
    out_text(out, "publicNetworkAccess", "Enabled");
    out_bool(out, "v1LegacyMode", false);
    out_text(out, "provisioningState", "Succeeded");
    out_end_object(out);
    write_system_data(tenant, out, scope);
    out_end_object(out);
}

/* A third of the computes are instances, each of one person. */
static void write_compute(const Tenant *tenant, Out *out, uint32_t scope)
{
    bool is_instance = choice(tenant, "instance", scope, 3) == 0;
    uint32_t user = choice(tenant, "assigned user", scope, tenant->user_count);
    out_object(out, NULL);
    write_head(tenant, out, scope, CHILD_COMPUTE);
    out_object(out, "properties");
    out_text(out, "computeType", is_instance ? "ComputeInstance" : "AmlCompute");
    out_text(out, "createdOn", rest_date(tenant, scope).text);
    out_bool(out, "disableLocalAuth", true);
    out_text(out, "provisioningState", "Succeeded");
    out_object(out, "properties");
    out_text(out, "vmSize", "STANDARD_DS3_V2");
    if (is_instance) {
        out_text(out, "applicationSharingPolicy", "Personal");
        out_bool(out, "enableSSO", choice(tenant, "single sign-on", scope, 5) != 0);
        out_text(out, "state", choice(tenant, "state", scope, 2) == 0 ? "Running" : "Stopped");
        out_object(out, "personalComputeInstanceSettings");
        out_object(out, "assignedUser");
        out_text(out, "objectId", principal_id(tenant, user).text);
        out_text(out, "tenantId", tenant_guid(tenant).text);
        out_end_object(out);
        out_end_object(out);
    }
    out_end_object(out);
    out_end_object(out);
    write_system_data(tenant, out, scope);
    out_end_object(out);
}

static void write_endpoint(const Tenant *tenant, Out *out, uint32_t scope)
{
    char url[200];
    snprintf(url, sizeof url, "https://%s.inference.ml.azure.com/score",
             scope_name(tenant, scope).text);
    out_object(out, NULL);
    write_head(tenant, out, scope, CHILD_ENDPOINT);
    out_text(out, "kind", "Managed");
    out_object(out, "properties");
    out_text(out, "authMode", "Key");
    out_text(out, "provisioningState", "Succeeded");
    out_text(out, "publicNetworkAccess", "Enabled");
    out_text(out, "scoringUri", url);
    out_object(out, "traffic");
    out_number(out, "blue", 100);
    out_end_object(out);
    out_end_object(out);
    write_system_data(tenant, out, scope);
    out_end_object(out);
}

static void write_deployment(const Tenant *tenant, Out *out, uint32_t endpoint)
{
    out_object(out, NULL);
    write_part_head(tenant, out, endpoint, "deployments", "blue");
    out_text(out, "location", location_of(tenant, endpoint));
    out_object(out, "properties");
    out_text(out, "endpointComputeType", "Managed");
    out_text(out, "instanceType", "Standard_DS3_v2");
    out_text(out, "provisioningState", "Succeeded");
    out_end_object(out);
    write_system_data(tenant, out, endpoint);
    out_end_object(out);
}

static void write_job(const Tenant *tenant, Out *out, uint32_t workspace, uint32_t number)
{
    static const char *const identities[] = {"AMLToken", "Managed", "UserIdentity", NULL};
    const Scope *it = &tenant->scopes.items[workspace];
    uint64_t index = (uint64_t)workspace * 64 + number;
    const char *identity = identities[choice(tenant, "job identity", index, 4)];
    out_object(out, NULL);
    write_part_head(tenant, out, workspace, "jobs", guid_of(tenant, GUID_JOB, index).text);
    out_object(out, "properties");
    out_text(out, "jobType", "Command");
    out_text(out, "status", "Completed");
    out_text(out, "experimentName", "train");
    out_text(out, "computeId", scope_id(tenant, it->first_child).text);
    if (identity != NULL) {
        out_object(out, "identity");
        out_text(out, "identityType", identity);
        out_end_object(out);
    } else {
        out_null(out, "identity");
    }
    out_end_object(out);
    write_system_data(tenant, out, index);
    out_end_object(out);
}

static void write_datastore(const Tenant *tenant, Out *out, uint32_t workspace)
{
    bool keyless = choice(tenant, "keyless", workspace, 2) == 0;
    out_object(out, NULL);
    write_part_head(tenant, out, workspace, "datastores", "workspaceblobstore");
    out_object(out, "properties");
    out_text(out, "datastoreType", "AzureBlob");
    out_text(out, "accountName", scope_name(tenant, workspace + WORKSPACE_STORAGE).text);
    out_text(out, "containerName", "azureml-blobstore");
    out_text(out, "endpoint", "core.windows.net");
    out_text(out, "protocol", "https");
    out_bool(out, "isDefault", true);
    out_object(out, "credentials");
    out_text(out, "credentialsType", keyless ? "None" : "AccountKey");
    out_end_object(out);
    out_end_object(out);
    write_system_data(tenant, out, workspace);
    out_end_object(out);
}

static void write_connection(const Tenant *tenant, Out *out, uint32_t workspace)
{
    out_object(out, NULL);
    write_part_head(tenant, out, workspace, "connections", "feature-db");
    out_object(out, "properties");
    out_text(out, "category", "AzureSqlDb");
    out_text(out, "target", "feature-db.database.windows.net");
    out_text(out, "authType", "UsernamePassword");
    out_bool(out, "isSharedToAll", true);
    out_end_object(out);
    write_system_data(tenant, out, workspace);
    out_end_object(out);
}

typedef void WriteChild(const Tenant *tenant, Out *out, uint32_t scope);

static void write_children(const Tenant *tenant, uint32_t workspace, ResourceKind kind,
                           const char *directory, const char *name, WriteChild *write_one)
{
    const Scope *it = &tenant->scopes.items[workspace];
    Out *out = page_open(directory, name);
    for (uint32_t i = it->first_child; i < it->first_child + it->child_count; i++)
        if (tenant->scopes.items[i].resource == kind)
            write_one(tenant, out, i);
    page_close(out);
}

static void write_workspace_parts(const Tenant *tenant, uint32_t workspace, const char *directory)
{
    write_children(tenant, workspace, CHILD_COMPUTE, directory, "aml-computes.json", write_compute);
    write_children(tenant, workspace, CHILD_ENDPOINT, directory, "aml-endpoints.json",
                   write_endpoint);
    write_children(tenant, workspace, CHILD_ENDPOINT, directory, "aml-deployments.json",
                   write_deployment);
    Out *out = page_open(directory, "aml-jobs.json");
    uint32_t job_count = 1 + choice(tenant, "job count", workspace, 20);
    for (uint32_t i = 0; i < job_count; i++)
        write_job(tenant, out, workspace, i);
    page_close(out);
    out = page_open(directory, "aml-datastores.json");
    write_datastore(tenant, out, workspace);
    page_close(out);
    out = page_open(directory, "aml-connections.json");
    if (choice(tenant, "connected", workspace, 3) == 0)
        write_connection(tenant, out, workspace);
    page_close(out);
}

void write_aml(const Tenant *tenant, uint32_t subscription, const char *directory)
{
    Out *out = page_open(directory, "aml-workspaces.json");
    for (uint32_t i = 0; i < tenant->workspaces.count; i++) {
        uint32_t workspace = tenant->workspaces.items[i];
        if (scope_above(tenant, workspace, SCOPE_SUBSCRIPTION) != subscription)
            continue;
        write_workspace(tenant, out, workspace);
        Path parts = make_directory(directory, scope_name(tenant, workspace).text);
        write_workspace_parts(tenant, workspace, parts.text);
    }
    page_close(out);
}
