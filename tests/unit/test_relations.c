#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/relations.h"
#include "hand_snapshot.h"

#define RG   "/subscriptions/aaaaaaaa-0000-0000-0000-00000000000a/resourceGroups/rg-ml"
#define ML   "Microsoft.MachineLearningServices/"
#define WS   RG "/providers/" ML "workspaces/w"
#define VM   RG "/providers/Microsoft.Compute/virtualMachines/vm"
#define AKS  RG "/providers/Microsoft.ContainerService/managedClusters/aks"
#define DATA RG "/providers/Microsoft.Storage/storageAccounts/stdata"

/* ---- a tenant ---- */

static Rules rules;       /* the project's own: which types are deputies */
static FieldTable fields; /* the project's own property names */
static AtomTable atoms;

static int set_up(void **state)
{
    (void)state;
    Error err;
    if (!rules_load(&rules, "data", &err) || !fields_load(&fields, "data", &err)) {
        print_error("%s\n", err.message);
        return -1;
    }
    atom_add(&atoms, "Microsoft.Authorization/roleAssignments/write", PLANE_CONTROL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rules_free(&rules);
    fields_free(&fields);
    atom_table_free(&atoms);
    return 0;
}

typedef struct Tenant {
    Snapshot snapshot;
    Access access;
    Relations relations;
} Tenant;

static Tenant tenant_new(void)
{
    return (Tenant){.snapshot = hand_snapshot(&fields)};
}

static void tenant_finish(Tenant *t)
{
    hand_finish(&t->snapshot);
    AccessOptions options = {.as_of = TIME_NONE};
    access_build(&t->access, &t->snapshot, &atoms, &options);
    relations_find(&t->relations, &t->access, &rules);
}

static void tenant_free(Tenant *t)
{
    relations_free(&t->relations);
    access_free(&t->access);
    hand_free(&t->snapshot);
}

/* An identity of the resource that was made last; known by its object id. */
static void attach(Tenant *t, const char *object_id, bool system_assigned)
{
    PrincipalKind kind = system_assigned ? PRINCIPAL_SYSTEM_ASSIGNED : PRINCIPAL_USER_ASSIGNED;
    hand_attachment(&t->snapshot, hand_principal(&t->snapshot, object_id, kind, object_id),
                    system_assigned);
}

static void resource(Tenant *t, const char *id, const char *type)
{
    hand_resource(&t->snapshot, id, type);
}

static void property(Tenant *t, const char *name, const char *value)
{
    assert_int_not_equal(field_name_find(&fields, name), NONE);
    hand_property(&t->snapshot, &fields, name, value);
}

/* An ARM id, or the object id of a principal. */
static Term term(const Tenant *t, const char *id)
{
    if (*id != '/') {
        uint32_t principal = snapshot_find_principal(&t->snapshot, id);
        assert_int_not_equal(principal, NONE);
        return principal | TERM_PRINCIPAL;
    }
    Id known = snapshot_find_id(&t->snapshot, id);
    assert_int_not_equal(known, NONE);
    return t->access.tree.scope_of_id[known];
}

static const RelationRow *related(const Tenant *t, RelationName name, const char *from,
                                  const char *to)
{
    const RelationTable *table = &t->relations.tables[name];
    uint32_t first;
    uint32_t count = relations_from(table, term(t, from), &first);
    for (uint32_t i = first; i < first + count; i++)
        if (table->rows[i].to == term(t, to))
            return &table->rows[i];
    return NULL;
}

static void assert_related(const Tenant *t, RelationName name, const char *from, const char *to,
                           Certainty certainty)
{
    const RelationRow *row = related(t, name, from, to);
    if (!row) {
        fail_msg("no %s from %s to %s", relation_name(name), from, to);
        return; /* not reached: fail_msg jumps */
    }
    assert_int_equal(row->certainty, certainty);
    assert_true(row->record < t->snapshot.records.count);
}

/* Exactly these principals, by object id, ended by NULL. */
static void assert_runs_as(const Tenant *t, const char *from, ...)
{
    uint32_t first;
    uint32_t count = relations_from(&t->relations.tables[RELATION_RUNS_AS], term(t, from), &first);
    uint32_t expected = 0;
    va_list list;
    va_start(list, from);
    for (const char *to; (to = va_arg(list, const char *)) != NULL; expected++)
        assert_related(t, RELATION_RUNS_AS, from, to, CERTAIN);
    va_end(list);
    if (count != expected)
        fail_msg("%s runs as %u principals, expected %u", from, count, expected);
}

/* ---- look-ups ---- */

static void assert_lookups(const RelationTable *table, Term asked)
{
    uint32_t first;
    uint32_t count = relations_from(table, asked, &first);
    for (uint32_t i = 0; i < table->count; i++)
        assert_int_equal(table->rows[i].from == asked, i >= first && i < first + count);
    count = relations_to(table, asked, &first);
    for (uint32_t i = 0; i < table->count; i++)
        assert_int_equal(table->rows[table->by_to[i]].to == asked, i >= first && i < first + count);
}

static void assert_sorted(const RelationTable *table)
{
    bool *listed = memory_allocate(table->count, sizeof *listed);
    for (uint32_t i = 0; i < table->count; i++) {
        assert_false(listed[table->by_to[i]]);
        listed[table->by_to[i]] = true;
        if (i) {
            const RelationRow *a = &table->rows[i - 1];
            const RelationRow *b = &table->rows[i];
            assert_true(a->from < b->from || (a->from == b->from && a->to < b->to));
            a = &table->rows[table->by_to[i - 1]];
            b = &table->rows[table->by_to[i]];
            assert_true(a->to < b->to || (a->to == b->to && a->from < b->from));
        }
    }
    free(listed);
}

/* Thirty machines that share nine identities, some attached twice. */
static void rows_are_found_from_either_end(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    uint32_t chosen = 1;
    for (int i = 0; i < 30; i++) {
        char id[256];
        snprintf(id, sizeof id, VM "%d", i);
        resource(&t, id, "Microsoft.Compute/virtualMachines");
        for (int a = 0; a < i % 4; a++) {
            char identity[16];
            snprintf(identity, sizeof identity, "uai-%u", (chosen = chosen * 5 % 23) % 9);
            attach(&t, identity, false);
        }
    }
    tenant_finish(&t);
    assert_true(t.relations.tables[RELATION_RUNS_AS].count > 30);
    for (uint32_t r = 0; r < RELATION_NAME_COUNT; r++) {
        const RelationTable *table = &t.relations.tables[r];
        assert_sorted(table);
        for (uint32_t s = 0; s <= t.access.tree.count; s++)
            assert_lookups(table, s);
        for (uint32_t p = 0; p <= t.snapshot.principals.count; p++)
            assert_lookups(table, p | TERM_PRINCIPAL);
        assert_lookups(table, NONE);
    }
    tenant_free(&t);
}

/* ---- who runs as whom ---- */

static void workspace_with_identities(Tenant *t)
{
    resource(t, WS, ML "workspaces");
    attach(t, "system-w", true);
    attach(t, "uai-w", false);
}

static void users_do_not_get_the_workspaces_system_identity(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    tenant_finish(&t);
    assert_runs_as(&t, WS, "uai-w", NULL);
    assert_related(&t, RELATION_IDENTITY_OF, WS, "system-w", CERTAIN);
    assert_related(&t, RELATION_IDENTITY_OF, WS, "uai-w", CERTAIN);
    tenant_free(&t);
}

static void a_compute_runs_as_all_its_identities(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    resource(&t, WS "/computes/cpu", ML "workspaces/computes");
    property(&t, "computeType", "AmlCompute");
    attach(&t, "system-cpu", true);
    attach(&t, "uai-cpu", false);
    tenant_finish(&t);
    assert_runs_as(&t, WS "/computes/cpu", "system-cpu", "uai-cpu", NULL);
    tenant_free(&t);
}

static void a_deployment_runs_as_its_endpoint(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    resource(&t, WS "/onlineEndpoints/ep", ML "workspaces/onlineEndpoints");
    attach(&t, "system-ep", true);
    attach(&t, "uai-ep", false);
    resource(&t, WS "/onlineEndpoints/ep/deployments/blue",
             ML "workspaces/onlineEndpoints/deployments");
    attach(&t, "uai-blue", false);
    resource(&t, WS "/onlineEndpoints/gone/deployments/blue",
             ML "workspaces/onlineEndpoints/deployments");
    tenant_finish(&t);
    assert_runs_as(&t, WS "/onlineEndpoints/ep/deployments/blue", "system-ep", "uai-ep", NULL);
    assert_runs_as(&t, WS "/onlineEndpoints/gone/deployments/blue", NULL);
    assert_related(&t, RELATION_ENDPOINT_OF, WS "/onlineEndpoints/ep/deployments/blue",
                   WS "/onlineEndpoints/ep", CERTAIN);
    tenant_free(&t);
}

/* A job in the workspace w whose property has the value. */
static void job(Tenant *t, const char *name, const char *property_name, const char *value)
{
    char id[256];
    snprintf(id, sizeof id, WS "/jobs/%s", name);
    resource(t, id, ML "workspaces/jobs");
    property(t, property_name, value);
}

static void clusters(Tenant *t)
{
    resource(t, WS "/computes/cpu", ML "workspaces/computes");
    property(t, "computeType", "AmlCompute");
    attach(t, "uai-cpu", false);
    attach(t, "system-cpu", true);
    resource(t, WS "/computes/gpu", ML "workspaces/computes");
    property(t, "computeType", "AmlCompute");
    attach(t, "uai-gpu", false);
}

static void a_job_runs_as_its_compute(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    clusters(&t);
    job(&t, "by-id", "computeId", WS "/computes/cpu");
    job(&t, "by-uri", "computeId", "azureml:cpu");
    job(&t, "by-name", "computeId", "CPU");
    job(&t, "pipeline", "defaultCompute", "cpu");
    property(&t, "stepComputeIds", "gpu");
    resource(&t, WS "/schedules/nightly", ML "workspaces/schedules");
    property(&t, "computeId", "azureml:gpu");
    tenant_finish(&t);
    assert_runs_as(&t, WS "/jobs/by-id", "uai-cpu", "system-cpu", NULL);
    assert_runs_as(&t, WS "/jobs/by-uri", "uai-cpu", "system-cpu", NULL);
    assert_runs_as(&t, WS "/jobs/by-name", "uai-cpu", "system-cpu", NULL);
    assert_runs_as(&t, WS "/jobs/pipeline", "uai-cpu", "system-cpu", "uai-gpu", NULL);
    assert_runs_as(&t, WS "/schedules/nightly", "uai-gpu", NULL);
    assert_related(&t, RELATION_COMPUTE_OF, WS "/jobs/by-uri", WS "/computes/cpu", CERTAIN);
    tenant_free(&t);
}

static void a_serverless_job_runs_as_the_workspace_only_with_managed_identity(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    clusters(&t);
    job(&t, "managed", "identityType", "Managed");
    job(&t, "spelled-out", "identityType", "managed_identity");
    job(&t, "serverless", "computeId", "serverless");
    property(&t, "identityType", "ManagedIdentity");
    job(&t, "user", "identityType", "UserIdentity");
    job(&t, "token", "identityType", "AMLToken");
    job(&t, "nothing", "jobType", "Command");
    tenant_finish(&t);
    assert_runs_as(&t, WS "/jobs/managed", "uai-w", NULL);
    assert_runs_as(&t, WS "/jobs/spelled-out", "uai-w", NULL);
    assert_runs_as(&t, WS "/jobs/serverless", "uai-w", NULL);
    assert_runs_as(&t, WS "/jobs/user", NULL);
    assert_runs_as(&t, WS "/jobs/token", NULL);
    assert_runs_as(&t, WS "/jobs/nothing", NULL);
    tenant_free(&t);
}

/* A job on a compute is not serverless, though the compute's identities may be unknown; a pipeline
   may have steps on both. */
static void a_job_that_names_a_compute_is_not_serverless(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    clusters(&t);
    job(&t, "on-cpu", "computeId", "cpu");
    property(&t, "identityType", "Managed");
    job(&t, "on-gone", "computeId", "not-exported");
    property(&t, "identityType", "Managed");
    job(&t, "mixed", "defaultCompute", "azureml:serverless");
    property(&t, "stepComputeIds", "gpu");
    property(&t, "identityType", "Managed");
    tenant_finish(&t);
    assert_runs_as(&t, WS "/jobs/on-cpu", "uai-cpu", "system-cpu", NULL);
    assert_runs_as(&t, WS "/jobs/on-gone", NULL);
    assert_runs_as(&t, WS "/jobs/mixed", "uai-gpu", "uai-w", NULL);
    tenant_free(&t);
}

static void batch_deployments_run_as_their_compute_and_so_does_the_endpoint(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    clusters(&t);
    resource(&t, WS "/batchEndpoints/b", ML "workspaces/batchEndpoints");
    attach(&t, "system-b", true);
    resource(&t, WS "/batchEndpoints/b/deployments/one",
             ML "workspaces/batchEndpoints/deployments");
    property(&t, "computeId", WS "/computes/gpu");
    tenant_finish(&t);
    assert_runs_as(&t, WS "/batchEndpoints/b/deployments/one", "uai-gpu", NULL);
    assert_runs_as(&t, WS "/batchEndpoints/b", "uai-gpu", NULL);
    tenant_free(&t);
}

static void an_attached_machine_brings_its_identities(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    resource(&t, VM, "Microsoft.Compute/virtualMachines");
    attach(&t, "system-vm", true);
    resource(&t, AKS, "Microsoft.ContainerService/managedClusters");
    attach(&t, "system-aks", true);
    resource(&t, WS "/computes/attached-vm", ML "workspaces/computes");
    property(&t, "computeType", "VirtualMachine");
    property(&t, "attachedResourceId", VM);
    resource(&t, WS "/computes/attached-aks", ML "workspaces/computes");
    property(&t, "computeType", "Kubernetes");
    property(&t, "attachedResourceId", AKS);
    attach(&t, "uai-aks", false);
    resource(&t, RG "/providers/Microsoft.HDInsight/clusters/hdi", "Microsoft.HDInsight/clusters");
    attach(&t, "uai-hdi", false);
    resource(&t, WS "/computes/attached-hdi", ML "workspaces/computes");
    property(&t, "computeType", "HDInsight");
    property(&t, "attachedResourceId", RG "/providers/Microsoft.HDInsight/clusters/hdi");
    tenant_finish(&t);
    assert_runs_as(&t, WS "/computes/attached-hdi", "uai-hdi", NULL);
    assert_runs_as(&t, VM, "system-vm", NULL);
    assert_runs_as(&t, WS "/computes/attached-vm", "system-vm", NULL);
    assert_runs_as(&t, WS "/computes/attached-aks", "uai-aks", NULL);
    assert_related(&t, RELATION_ATTACHED_RESOURCE_OF, WS "/computes/attached-aks", AKS, CERTAIN);
    tenant_free(&t);
}

/* A storage account uses its identity for encryption: no code of a user runs there. */
static void deputies_are_no_hosts(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    resource(&t, DATA, "Microsoft.Storage/storageAccounts");
    attach(&t, "system-st", true);
    resource(&t, AKS, "microsoft.containerservice/managedclusters");
    attach(&t, "system-aks", true);
    tenant_finish(&t);
    assert_runs_as(&t, DATA, NULL);
    assert_runs_as(&t, AKS, NULL);
    assert_related(&t, RELATION_IDENTITY_OF, DATA, "system-st", CERTAIN);
    tenant_free(&t);
}

/* ---- owners ---- */

static void owned(Tenant *t, const char *name, const char *type, const char *property_name,
                  const char *value)
{
    char id[256];
    snprintf(id, sizeof id, WS "/computes/%s", name);
    resource(t, id, ML "workspaces/computes");
    property(t, "computeType", type);
    property(t, property_name, value);
}

static void instances_have_owners_by_id_or_by_name(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    Snapshot *s = &t.snapshot;
    resource(&t, WS, ML "workspaces");
    hand_principal(s, "u-1", PRINCIPAL_USER, "Dana");
    s->principals.items[0].user_principal_name = hand_text(s, "dana@contoso.com");
    hand_principal(s, "u-2", PRINCIPAL_USER, "Noa");
    hand_principal(s, "u-3", PRINCIPAL_USER, "Noa");
    owned(&t, "by-id", "ComputeInstance", "ownerObjectId", "U-1");
    owned(&t, "by-upn", "ComputeInstance", "createdBy", "Dana@Contoso.com");
    owned(&t, "by-name", "ComputeInstance", "createdBy", "Dana");
    owned(&t, "ambiguous", "ComputeInstance", "createdBy", "Noa");
    owned(&t, "cluster", "AmlCompute", "createdBy", "Dana");
    tenant_finish(&t);
    assert_related(&t, RELATION_OWNER_OF, "u-1", WS "/computes/by-id", CERTAIN);
    assert_related(&t, RELATION_OWNER_OF, "u-1", WS "/computes/by-upn", CERTAIN);
    assert_related(&t, RELATION_OWNER_OF, "u-1", WS "/computes/by-name", ASSUMED);
    uint32_t first;
    assert_int_equal(relations_to(&t.relations.tables[RELATION_OWNER_OF],
                                  term(&t, WS "/computes/ambiguous"), &first),
                     0);
    assert_null(related(&t, RELATION_OWNER_OF, "u-1", WS "/computes/cluster"));
    tenant_free(&t);
}

/* The owner of an application can give it a credential: that is owning its service principal. */
static void owning_an_application_is_owning_its_service_principal(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    Snapshot *s = &t.snapshot;
    uint32_t owner = hand_principal(s, "dana", PRINCIPAL_USER, "Dana");
    uint32_t app = hand_principal(s, "sp", PRINCIPAL_SERVICE_PRINCIPAL, "deployer");
    s->principals.items[app].app_id = hand_id(s, "app-id");
    Application application = {hand_id(s, "app-object"), hand_id(s, "app-id"),
                               hand_text(s, "deployer"), INSTANCE_LOCK_NOT_SAID,
                               hand_record(s, RECORD_APPLICATION)};
    ARRAY_PUSH(&s->applications, application);
    DirectoryRelation owns = {RELATION_OWNER, NONE, application.object_id, owner,
                              application.record};
    ARRAY_PUSH(&s->relations, owns);
    hand_member(s, hand_principal(s, "ops", PRINCIPAL_GROUP, "ops"), owner);
    tenant_finish(&t);
    assert_related(&t, RELATION_APPLICATION_OWNER_OF, "dana", "sp", CERTAIN);
    assert_related(&t, RELATION_MEMBER_OF, "dana", "ops", CERTAIN);
    tenant_free(&t);
}

/* ---- what belongs to what ---- */

static void references_join_what_a_record_names(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    resource(&t, DATA, "Microsoft.Storage/storageAccounts");
    resource(&t, WS, ML "workspaces");
    property(&t, "storageAccount", DATA);
    property(&t, "keyVault", RG "/providers/Microsoft.KeyVault/vaults/gone");
    property(&t, "imageBuildCompute", "cpu");
    clusters(&t);
    resource(&t, WS "/datastores/lake", ML "workspaces/datastores");
    property(&t, "accountName", "STDATA");
    resource(&t, WS "/datastores/elsewhere", ML "workspaces/datastores");
    property(&t, "accountName", "stother");
    tenant_finish(&t);
    assert_related(&t, RELATION_STORAGE_OF, WS, DATA, CERTAIN);
    assert_related(&t, RELATION_DATASTORE_STORAGE, WS "/datastores/lake", DATA, CERTAIN);
    assert_related(&t, RELATION_IMAGE_BUILD_COMPUTE_OF, WS, WS "/computes/cpu", CERTAIN);
    assert_related(&t, RELATION_CHILD_OF, WS "/datastores/lake", WS, CERTAIN);
    /* not exported, but named: what it is like is open, that it is the workspace's is not */
    assert_related(&t, RELATION_VAULT_OF, WS, RG "/providers/Microsoft.KeyVault/vaults/gone",
                   CERTAIN);
    assert_int_equal(t.relations.tables[RELATION_DATASTORE_STORAGE].count, 1);
    tenant_free(&t);
}

/* ---- what workloads are made of ---- */

#define ENV       WS "/environments/train-env"
#define CODE      WS "/codes/c0de"
#define ML_SHARED RG "/providers/" ML "registries/shared"
#define ACR       RG "/providers/Microsoft.ContainerRegistry/registries/"

static void version(Tenant *t, const char *id, const char *collection)
{
    char type[128];
    snprintf(type, sizeof type, ML "workspaces/%s/versions", collection);
    resource(t, id, type);
}

static void assert_unrelated(const Tenant *t, RelationName name, const char *from)
{
    uint32_t first;
    assert_int_equal(relations_from(&t->relations.tables[name], term(t, from), &first), 0);
}

static void an_asset_is_named_in_many_ways(void **state)
{
    static const char *const spellings[] = {
        ENV "/versions/9",
        "azureml:" ENV "/versions/9",
        "azureml:train-env:9",
        "azureml:Train-Env:9",
        "azureml://subscriptions/aaaaaaaa-0000-0000-0000-00000000000a/resourceGroups/rg-ml/"
        "workspaces/w/environments/train-env/versions/9",
        "azureml://subscriptions/aaaaaaaa-0000-0000-0000-00000000000a/resourceGroups/rg-ml/"
        "providers/Microsoft.MachineLearningServices/workspaces/w/environments/train-env/versions/"
        "9",
    };
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    version(&t, ENV "/versions/9", "environments");
    version(&t, ENV "/versions/10", "environments");
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char name[16];
        snprintf(name, sizeof name, "%zu", i);
        job(&t, name, "environmentId", spellings[i]);
    }
    tenant_finish(&t);
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char id[256];
        snprintf(id, sizeof id, WS "/jobs/%zu", i);
        assert_related(&t, RELATION_ENVIRONMENT_OF, id, ENV "/versions/9", CERTAIN);
        assert_unrelated(&t, RELATION_FOLLOWS_ENVIRONMENT, id);
    }
    tenant_free(&t);
}

/* Without a version the newest is taken, by number, and whoever adds one changes what runs. */
static void a_label_follows_what_comes(void **state)
{
    static const char *const spellings[] = {"azureml:train-env@latest", "azureml:train-env",
                                            ENV "/labels/latest", ENV};
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    version(&t, ENV "/versions/9", "environments");
    version(&t, ENV "/versions/10", "environments");
    version(&t, WS "/environments/other/versions/11", "environments");
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char name[16];
        snprintf(name, sizeof name, "%zu", i);
        job(&t, name, "environmentId", spellings[i]);
    }
    job(&t, "pipeline", "stepComponentIds", "azureml:not-exported@latest");
    job(&t, "local", "environmentId", "./environment.yml");
    tenant_finish(&t);
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char id[256];
        snprintf(id, sizeof id, WS "/jobs/%zu", i);
        assert_related(&t, RELATION_ENVIRONMENT_OF, id, ENV "/versions/10", CERTAIN);
        assert_related(&t, RELATION_FOLLOWS_ENVIRONMENT, id, ENV, CERTAIN);
    }
    assert_related(&t, RELATION_FOLLOWS_COMPONENT, WS "/jobs/pipeline", WS, CERTAIN);
    assert_unrelated(&t, RELATION_COMPONENT_OF, WS "/jobs/pipeline");
    assert_unrelated(&t, RELATION_ENVIRONMENT_OF, WS "/jobs/local");
    assert_unrelated(&t, RELATION_FOLLOWS_ENVIRONMENT, WS "/jobs/local");
    tenant_free(&t);
}

static void assets_of_a_registry_are_not_the_workspaces(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    resource(&t, ML_SHARED, ML "registries");
    version(&t, ENV "/versions/3", "environments");
    job(&t, "pinned", "environmentId",
        "azureml://registries/Shared/environments/train-env/versions/3");
    job(&t, "latest", "environmentId",
        "azureml://registries/shared/environments/train-env/labels/latest");
    job(&t, "by-id", "componentId", ML_SHARED "/components/train/versions/1");
    job(&t, "public", "environmentId",
        "azureml://registries/azureml/environments/sklearn/versions/1");
    tenant_finish(&t);
    assert_related(&t, RELATION_REGISTRY_ASSETS_OF, WS "/jobs/pinned", ML_SHARED, ASSUMED);
    assert_related(&t, RELATION_REGISTRY_ASSETS_OF, WS "/jobs/latest", ML_SHARED, CERTAIN);
    assert_related(&t, RELATION_REGISTRY_ASSETS_OF, WS "/jobs/by-id", ML_SHARED, ASSUMED);
    assert_unrelated(&t, RELATION_REGISTRY_ASSETS_OF, WS "/jobs/public");
    assert_unrelated(&t, RELATION_ENVIRONMENT_OF, WS "/jobs/pinned");
    assert_unrelated(&t, RELATION_FOLLOWS_ENVIRONMENT, WS "/jobs/latest");
    assert_related(&t, RELATION_IN_WORKSPACE, ENV "/versions/3", WS, CERTAIN);
    assert_unrelated(&t, RELATION_IN_WORKSPACE, WS);
    tenant_free(&t);
}

static void files_lie_where_their_address_says(void **state)
{
    static const char container[] = DATA "/blobServices/default/containers/code";
    (void)state;
    Tenant t = tenant_new();
    resource(&t, DATA, "Microsoft.Storage/storageAccounts");
    resource(&t, container, "Microsoft.Storage/storageAccounts/blobServices/containers");
    resource(&t, WS, ML "workspaces");
    property(&t, "storageAccount", DATA);
    resource(&t, WS "/datastores/lake", ML "workspaces/datastores");
    property(&t, "accountName", "stdata");
    property(&t, "containerName", "code");
    version(&t, CODE "/versions/1", "codes");
    property(&t, "codeUri", "https://stdata.blob.core.windows.net/code/abc");
    version(&t, CODE "/versions/2", "codes");
    property(&t, "codeUri", "https://github.com/stdata/repository");
    version(&t, WS "/models/m/versions/1", "models");
    property(&t, "modelUri",
             "azureml://subscriptions/s/resourceGroups/g/workspaces/w/datastores/lake/paths/m");
    version(&t, WS "/models/m/versions/2", "models");
    property(&t, "modelUri", "azureml://datastores/workspaceblobstore/paths/m");
    version(&t, WS "/models/m/versions/3", "models");
    property(&t, "modelUri", "azureml://datastores/not-exported/paths/m");
    version(&t, WS "/models/m/versions/4", "models");
    property(&t, "modelUri", "azureml://jobs/j/outputs/artifacts/paths/model");
    job(&t, "j", "codeId", "azureml:c0de:1");
    tenant_finish(&t);
    assert_related(&t, RELATION_CODE_OF, WS "/jobs/j", CODE "/versions/1", CERTAIN);
    assert_related(&t, RELATION_STORED_IN, CODE "/versions/1", DATA, CERTAIN);
    assert_related(&t, RELATION_STORED_IN_CONTAINER, CODE "/versions/1", container, CERTAIN);
    assert_unrelated(&t, RELATION_STORED_IN, CODE "/versions/2");
    assert_related(&t, RELATION_STORED_IN, WS "/models/m/versions/1", DATA, CERTAIN);
    assert_related(&t, RELATION_STORED_IN_CONTAINER, WS "/models/m/versions/1", container, CERTAIN);
    assert_related(&t, RELATION_STORED_IN, WS "/models/m/versions/2", DATA, CERTAIN);
    assert_unrelated(&t, RELATION_STORED_IN, WS "/models/m/versions/3");
    assert_related(&t, RELATION_STORED_IN, WS "/models/m/versions/4", DATA, ASSUMED);
    tenant_free(&t);
}

static void images_belong_to_the_registry_of_their_host(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    resource(&t, ACR "crml", "Microsoft.ContainerRegistry/registries");
    property(&t, "loginServer", "crml-h4sh.azurecr.io");
    resource(&t, ACR "crplain", "Microsoft.ContainerRegistry/registries");
    version(&t, ENV "/versions/1", "environments");
    property(&t, "image", "crml-h4sh.azurecr.io/train/base:latest");
    version(&t, ENV "/versions/2", "environments");
    property(&t, "image", "CrPlain.azurecr.io/train/base");
    version(&t, ENV "/versions/3", "environments");
    property(&t, "image", "crplain.azurecr.io/train/base@sha256:0123");
    version(&t, ENV "/versions/4", "environments");
    property(&t, "image", "mcr.microsoft.com/azureml/base:latest");
    tenant_finish(&t);
    assert_related(&t, RELATION_IMAGE_REGISTRY_OF, ENV "/versions/1", ACR "crml", CERTAIN);
    assert_related(&t, RELATION_IMAGE_REGISTRY_OF, ENV "/versions/2", ACR "crplain", CERTAIN);
    assert_unrelated(&t, RELATION_IMAGE_REGISTRY_OF, ENV "/versions/3");
    assert_unrelated(&t, RELATION_IMAGE_REGISTRY_OF, ENV "/versions/4");
    tenant_free(&t);
}

/* ---- more identities ---- */

#define UAI RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/"

static uint32_t user_assigned(Tenant *t, const char *object_id, const char *resource_id)
{
    resource(t, resource_id, "Microsoft.ManagedIdentity/userAssignedIdentities");
    uint32_t index = hand_principal(&t->snapshot, object_id, PRINCIPAL_USER_ASSIGNED, object_id);
    t->snapshot.principals.items[index].resource_id = hand_id(&t->snapshot, resource_id);
    return index;
}

static void a_feature_store_materializes_as_the_identity_of_its_connection(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    user_assigned(&t, "uai-features", UAI "features");
    resource(&t, WS, ML "workspaces");
    property(&t, "offlineStoreConnectionName", "offline");
    resource(&t, WS "/connections/offline", ML "workspaces/connections");
    property(&t, "credentialResourceId", UAI "Features");
    resource(&t, WS "/connections/other", ML "workspaces/connections");
    property(&t, "credentialResourceId", UAI "other");
    resource(&t, WS "2", ML "workspaces");
    property(&t, "materializationIdentity", UAI "features");
    tenant_finish(&t);
    assert_related(&t, RELATION_MATERIALIZATION_IDENTITY_OF, WS, "uai-features", CERTAIN);
    assert_related(&t, RELATION_MATERIALIZATION_IDENTITY_OF, WS "2", "uai-features", CERTAIN);
    assert_int_equal(t.relations.tables[RELATION_MATERIALIZATION_IDENTITY_OF].count, 2);
    tenant_free(&t);
}

static void an_identity_is_reused_when_two_workloads_have_it(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    uint32_t shared = user_assigned(&t, "uai-shared", UAI "shared");
    uint32_t single = user_assigned(&t, "uai-single", UAI "single");
    resource(&t, WS, ML "workspaces");
    hand_attachment(&t.snapshot, shared, false);
    resource(&t, WS "/computes/cpu", ML "workspaces/computes");
    hand_attachment(&t.snapshot, shared, false);
    hand_attachment(&t.snapshot, single, false);
    resource(&t, VM, "Microsoft.Compute/virtualMachines");
    hand_attachment(&t.snapshot, single, false);
    tenant_finish(&t);
    assert_related(&t, RELATION_REUSED_BY, UAI "shared", WS, CERTAIN);
    assert_related(&t, RELATION_REUSED_BY, UAI "shared", WS "/computes/cpu", CERTAIN);
    assert_unrelated(&t, RELATION_REUSED_BY, UAI "single");
    tenant_free(&t);
}

static void a_cluster_has_its_nodes_identity_and_its_workloads(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    Snapshot *s = &t.snapshot;
    hand_principal(s, "kubelet", PRINCIPAL_USER_ASSIGNED, "kubelet");
    user_assigned(&t, "uai-pod", UAI "pod");
    user_assigned(&t, "uai-pipeline", UAI "pipeline");
    FederatedCredential pod = {.parent = hand_id(s, UAI "pod"),
                               .issuer = hand_text(s, "https://oidc.example.com/one"),
                               .record = hand_record(s, RECORD_FEDERATED_CREDENTIAL)};
    FederatedCredential pipeline = {.parent = hand_id(s, UAI "pipeline"),
                                    .issuer = hand_text(s, "https://oidc.example.com/one-more"),
                                    .record = pod.record};
    ARRAY_PUSH(&s->federated_credentials, pod);
    ARRAY_PUSH(&s->federated_credentials, pipeline);
    resource(&t, AKS, "Microsoft.ContainerService/managedClusters");
    property(&t, "kubeletIdentityObjectId", "kubelet");
    property(&t, "oidcIssuerUrl", "https://oidc.example.com/one/");
    tenant_finish(&t);
    assert_related(&t, RELATION_KUBELET_IDENTITY_OF, AKS, "kubelet", CERTAIN);
    assert_related(&t, RELATION_ISSUER_OF, AKS, "uai-pod", CERTAIN);
    assert_int_equal(t.relations.tables[RELATION_ISSUER_OF].count, 1);
    ARRAY_FREE(&s->federated_credentials);
    tenant_free(&t);
}

/* The identity of a step wins over that of the pipeline. */
static void a_serverless_step_runs_as_the_workspace(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    workspace_with_identities(&t);
    job(&t, "steps", "stepIdentityTypes", "Managed");
    job(&t, "persons", "stepIdentityTypes", "UserIdentity");
    tenant_finish(&t);
    assert_runs_as(&t, WS "/jobs/steps", "uai-w", NULL);
    assert_runs_as(&t, WS "/jobs/persons", NULL);
    tenant_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found_from_either_end),
        cmocka_unit_test(users_do_not_get_the_workspaces_system_identity),
        cmocka_unit_test(a_compute_runs_as_all_its_identities),
        cmocka_unit_test(a_deployment_runs_as_its_endpoint),
        cmocka_unit_test(a_job_runs_as_its_compute),
        cmocka_unit_test(a_serverless_job_runs_as_the_workspace_only_with_managed_identity),
        cmocka_unit_test(a_job_that_names_a_compute_is_not_serverless),
        cmocka_unit_test(batch_deployments_run_as_their_compute_and_so_does_the_endpoint),
        cmocka_unit_test(an_attached_machine_brings_its_identities),
        cmocka_unit_test(deputies_are_no_hosts),
        cmocka_unit_test(instances_have_owners_by_id_or_by_name),
        cmocka_unit_test(owning_an_application_is_owning_its_service_principal),
        cmocka_unit_test(references_join_what_a_record_names),
        cmocka_unit_test(an_asset_is_named_in_many_ways),
        cmocka_unit_test(a_label_follows_what_comes),
        cmocka_unit_test(assets_of_a_registry_are_not_the_workspaces),
        cmocka_unit_test(files_lie_where_their_address_says),
        cmocka_unit_test(images_belong_to_the_registry_of_their_host),
        cmocka_unit_test(a_feature_store_materializes_as_the_identity_of_its_connection),
        cmocka_unit_test(an_identity_is_reused_when_two_workloads_have_it),
        cmocka_unit_test(a_cluster_has_its_nodes_identity_and_its_workloads),
        cmocka_unit_test(a_serverless_step_runs_as_the_workspace),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
