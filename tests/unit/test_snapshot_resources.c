#include "base/array.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "snapshot_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define IDENTITY(name) RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" name
#define VAULT          RG "/providers/Microsoft.KeyVault/vaults/kv"
#define STORAGE        RG "/providers/Microsoft.Storage/storageAccounts/st"
#define COMPUTE        ML "/computes/cpu"

static const Resource *resource(const Snapshot *snapshot, const char *id)
{
    uint32_t index = snapshot_find_resource(snapshot, id);
    assert_int_not_equal(index, NONE);
    return &snapshot->resources.items[index];
}

/* ---- identities ---- */

static void both_kinds_of_identity(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "{'id':'" COMPUTE "','name':'cpu','type':"
                "'Microsoft.MachineLearningServices/workspaces/computes','identity':{'type':"
                "'SystemAssigned, UserAssigned','principalId':'" ROBOT "','tenantId':'" TENANT
                "','userAssignedIdentities':{'" IDENTITY(
                    "a") "':{'principalId':'" ALICE "','clientId':'" BOB
                         "'}}},'properties':{'computeType':'AmlCompute'}}");
    assert_string_equal(case_identities(snapshot, COMPUTE), "system cpu:" ROBOT " user a:" ALICE);
    const Principal *user = case_principal(snapshot, ALICE);
    assert_int_equal(user->kind, PRINCIPAL_USER_ASSIGNED);
    assert_string_equal(id_text(snapshot, user->app_id), BOB);
    assert_string_equal(id_text(snapshot, user->resource_id), IDENTITY("a"));
    assert_string_equal(id_text(snapshot, case_principal(snapshot, ROBOT)->resource_id), COMPUTE);
    assert_string_equal(id_text(snapshot, snapshot->tenant_id), TENANT);
    assert_true(snapshot->exported[RECORD_AML_COMPUTE]);
}

/* The spellings of az ml: snake_case, and a list instead of a map. */
static void identities_of_az_ml(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'azureml:" COMPUTE "','name':'cpu','type':'amlcompute','identity':{'type':"
                "'system_assigned,user_assigned','principal_id':'" ROBOT
                "','user_assigned_identities':[{'resource_id':'" IDENTITY(
                    "a") "','principal_id':'" ALICE "','client_id':'" BOB "'}]}}]");
    assert_string_equal(case_identities(snapshot, COMPUTE), "system cpu:" ROBOT " user a:" ALICE);
    assert_true(resource_is_type(snapshot, resource(snapshot, COMPUTE),
                                 "Microsoft.MachineLearningServices/workspaces/computes"));
    assert_string_equal(case_properties(snapshot, COMPUTE), "computeType=amlcompute");
}

/* What identity.type does not name is left over from before. */
static void left_over_identities(void **state)
{
#define VM(name, identity)                                                                         \
    "{'id':'" RG "/providers/Microsoft.Compute/virtualMachines/" name                              \
    "','type':'Microsoft.Compute/virtualMachines','identity':" identity "}"
    const Snapshot *snapshot = case_of(
        *state, "x.json",
        "[" VM(
            "none",
            "{'type':'None','principalId':'" ROBOT "','userAssignedIdentities':{"
            "'" IDENTITY(
                "a") "':{}}}") "," VM("system",
                                      "{'type':'SystemAssigned','principalId':'" ROBOT
                                      "','userAssignedIdentities':{'" IDENTITY(
                                          "a") "':{}}}") "," VM("user",
                                                                "{'type':'UserAssigned','"
                                                                "principalId':'" BOB
                                                                "','userAssignedIdentities':{"
                                                                "'" IDENTITY(
                                                                    "a") "':{'principalId':'" ALICE
                                                                         "'}}}") "," VM("nothing",
                                                                                        "null") "]");
#define AT(name) RG "/providers/Microsoft.Compute/virtualMachines/" name
    assert_string_equal(case_identities(snapshot, AT("none")), "");
    assert_string_equal(text_text(snapshot, resource(snapshot, AT("none"))->identity_type), "None");
    assert_string_equal(case_identities(snapshot, AT("system")), "system system:" ROBOT);
    assert_string_equal(case_identities(snapshot, AT("user")), "user a:" ALICE);
    assert_string_equal(case_identities(snapshot, AT("nothing")), "");
    assert_int_equal(resource(snapshot, AT("nothing"))->identity_type, NONE);
    assert_int_equal(snapshot_find_principal(snapshot, BOB), NONE);
#undef AT
#undef VM
}

/* Known by its ARM id here, by its principal id there: one principal, whichever comes first. */
static void an_identity_is_found_by_its_arm_id(void **state)
{
    case_write(*state, "a-vm.json",
               "[{'id':'" COMPUTE
               "','type':'Microsoft.MachineLearningServices/workspaces/computes',"
               "'identity':{'type':'UserAssigned','userAssignedIdentities':{'" IDENTITY(
                   "a") "':{},'" IDENTITY("gone") "':{}}}}]");
    case_write(*state, "b-mi.json",
               "[{'id':'" SUB "/resourcegroups/RG/providers/microsoft.managedidentity/"
               "userassignedidentities/A','name':'a','principalId':'" ALICE "','clientId':'" BOB
               "','type':'Microsoft.ManagedIdentity/userAssignedIdentities'}]");
    case_write(*state, "c-ra.json",
               "[{'principalId':'" ALICE
               "','principalType':'ServicePrincipal','principalName':'" ROBOT
               "','roleDefinitionId':'" READER "','scope':'" SUB "'}]");
    Snapshot *snapshot = case_read(*state);
    assert_string_equal(case_identities(snapshot, COMPUTE), "user A:" ALICE " user gone:?");
    assert_int_equal(snapshot->principals.count, 2);
    const Principal *alice = case_principal(snapshot, ALICE);
    assert_true(alice->exported);
    assert_string_equal(id_text(snapshot, alice->app_id), BOB);
    snapshot_find_gaps(snapshot);
    const Gap *gap = case_gap(snapshot, "managed-identities");
    assert_non_null(gap);
    assert_string_equal(gap->detail, IDENTITY("gone"));
}

static void a_host_is_found_through_the_directory(void **state)
{
    case_write(*state, "a.json",
               "[{'id':'" COMPUTE
               "','type':'Microsoft.MachineLearningServices/workspaces/computes',"
               "'identity':{'type':'SystemAssigned'}}]");
    case_write(*state, "b.json",
               "[{'id':'" ROBOT "','displayName':'mlw/computes/cpu','servicePrincipalType':"
               "'ManagedIdentity','alternativeNames':['isExplicit=False','" COMPUTE "']}]");
    assert_string_equal(case_identities(case_read(*state), COMPUTE),
                        "system mlw/computes/cpu:" ROBOT);
}

/* "identity" of a job says as whom it runs; nothing is attached. */
static void a_job_has_no_attachment(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'" ML "/jobs/j','name':'j','type':'command','experiment_name':'e',"
                "'identity':{'type':'managed','client_id':'" BOB "'},'compute':'azureml:cpu'}]");
    assert_string_equal(case_identities(snapshot, ML "/jobs/j"), "");
    assert_string_equal(
        resource_property(snapshot, resource(snapshot, ML "/jobs/j"), "identityType", NULL),
        "managed");
    assert_true(snapshot->exported[RECORD_AML_JOB]);
}

/* ---- properties ---- */

static void properties_by_path(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "x.json",
        "[{'id':'" COMPUTE "','type':'Microsoft.MachineLearningServices/workspaces/computes',"
        "'properties':{'computeType':'ComputeInstance','disableLocalAuth':'True','properties':{"
        "'sshSettings':{'sshPublicAccess':'Enabled','sshPort':22},'schedules':{'computeStartStop':"
        "[{'action':'Start'},{'action':'Stop'}]}}}},"
        "{'id':'" ML "/datastores/d','type':"
        "'Microsoft.MachineLearningServices/workspaces/datastores','credentials':{'account_key':"
        "'secret'},'account_name':'st'}]");
    const char *properties = case_properties(snapshot, COMPUTE);
    assert_non_null(strstr(properties, "computeType=ComputeInstance"));
    assert_non_null(strstr(properties, "disableLocalAuth=true"));
    assert_non_null(strstr(properties, "scheduleActions=Start scheduleActions=Stop"));
    properties = case_properties(snapshot, ML "/datastores/d");
    assert_non_null(strstr(properties, "credentialKeys=account_key"));
    assert_null(strstr(properties, "secret"));
    assert_null(strstr(properties, "datastoreType=")); /* "type" is the ARM type here */
}

/* ---- the same resource in several files ---- */

#define INVENTORY                                                                                  \
    "[{'id':'" STORAGE "','name':'st','type':'Microsoft.Storage/storageAccounts','location':'x',"  \
    "'kind':'StorageV2','identity':null,'properties':null,'tags':{},'sku':{},"                     \
    "'changedTime':'2026-03-01T00:00:00Z'}]"
#define DETAIL(allow, extra)                                                                       \
    "[{'id':'" STORAGE "','name':'st','type':'Microsoft.Storage/storageAccounts',"                 \
    "'allowSharedKeyAccess':" allow extra "}]"

static void an_inventory_line_and_the_details(void **state)
{
    case_write(*state, "a-inventory.json", INVENTORY);
    case_write(*state, "b-detail.json", DETAIL("false", ""));
    case_write(*state, "c-inventory.json", INVENTORY);
    Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->resources.count, 1);
    assert_true(resource(snapshot, STORAGE)->detailed);
    assert_string_equal(case_ledger(snapshot, "b-detail.json"),
                        "used 1 duplicate 0 not-relevant 0 not-understood 0");
    assert_string_equal(case_ledger(snapshot, "c-inventory.json"),
                        "used 0 duplicate 1 not-relevant 0 not-understood 0");
    uint32_t record;
    assert_string_equal(
        resource_property(snapshot, resource(snapshot, STORAGE), "allowSharedKeyAccess", &record),
        "false");
    assert_int_equal(snapshot->records.items[record].file, 1);
    assert_int_equal(snapshot->records.items[resource(snapshot, STORAGE)->record].file, 1);
    assert_true(snapshot->exported[RECORD_RESOURCE]);
    assert_true(snapshot->exported[RECORD_STORAGE_ACCOUNT]);
    assert_string_equal(case_messages(snapshot), "");
}

/* An inventory tells that a vault exists, not who may open it. */
static void an_inventory_alone_is_a_gap(void **state)
{
    Snapshot *snapshot = case_of(
        *state, "x.json", "[{'id':'" VAULT "','name':'kv','type':'Microsoft.KeyVault/vaults'}]");
    snapshot_find_gaps(snapshot);
    assert_false(snapshot->exported[RECORD_KEY_VAULT]);
    assert_string_equal(case_gap(snapshot, "key-vaults")->detail, "kv");
    assert_null(case_gap(snapshot, "resources"));
}

static void newer_properties_win(void **state)
{
    case_write(*state, "a.json", DETAIL("true", ",'createdTime':'2026-01-01T00:00:00Z'"));
    case_write(*state, "b.json",
               DETAIL("false", ",'isHnsEnabled':true,'createdTime':'2026-02-01T00:00:00Z'"));
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(case_properties(snapshot, STORAGE),
                        "allowSharedKeyAccess=false isHnsEnabled=true");
    assert_string_equal(case_messages(snapshot),
                        "warning b.json:1: /0: allowSharedKeyAccess is not the same as in "
                        "a.json:1: /0; this one is newer and is used\n");
}

static void older_properties_only_add(void **state)
{
    case_write(*state, "a.json", DETAIL("true", ",'createdTime':'2026-02-01T00:00:00Z'"));
    case_write(*state, "b.json",
               DETAIL("false", ",'isHnsEnabled':true,'createdTime':'2026-01-01T00:00:00Z'"));
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(case_properties(snapshot, STORAGE),
                        "allowSharedKeyAccess=true isHnsEnabled=true");
    assert_non_null(strstr(case_messages(snapshot), "that one is newer and is used"));
}

/* Two tools that write one value differently do not disagree. */
static void spellings_do_not_disagree(void **state)
{
    case_write(*state, "a.json",
               "[{'id':'" ML "','type':'Microsoft.MachineLearningServices/workspaces','properties':"
               "{'keyVault':'" VAULT "','managedNetwork':{'isolationMode':'AllowInternetOutbound'},"
               "'hbiWorkspace':false}}]");
    case_write(*state, "b.json",
               "[{'id':'" ML "','name':'mlw','key_vault':'" SUB
               "/resourcegroups/rg/providers/microsoft.keyvault/vaults/KV/','managed_network':"
               "{'isolation_mode':'allow_internet_outbound'},'hbi_workspace':false}]");
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(case_messages(snapshot), "");
    assert_string_equal(case_ledger(snapshot, "b.json"),
                        "used 0 duplicate 1 not-relevant 0 not-understood 0");
}

static void identities_that_disagree(void **state)
{
#define HOST(date, identity)                                                                       \
    "[{'id':'" COMPUTE "','type':'Microsoft.MachineLearningServices/workspaces/computes',"         \
    "'systemData':{'lastModifiedAt':'" date "'},'identity':" identity "}]"
    case_write(*state, "a.json",
               HOST("2026-01-01T00:00:00Z", "{'type':'SystemAssigned','principalId':'" ROBOT "'}"));
    case_write(*state, "b.json",
               HOST("2026-02-01T00:00:00Z",
                    "{'type':'UserAssigned','userAssignedIdentities':{'" IDENTITY("a") "':{}}}"));
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(case_identities(snapshot, COMPUTE), "user a:?");
    assert_non_null(strstr(case_messages(snapshot), "which identities are attached is not"));
    assert_int_equal(snapshot_find_principal(snapshot, ROBOT), NONE);
#undef HOST
}

/* ---- access policies ---- */

static void access_policies(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'" VAULT "','type':'Microsoft.KeyVault/vaults','properties':{"
                "'enableRbacAuthorization':null,'accessPolicies':[{'tenantId':'" TENANT
                "','objectId':'" ALICE "','permissions':{'secrets':['Get','list'],'keys':null}},"
                "{'objectId':'" NIL_GUID "','permissions':{}},{'objectId':'" BOB
                "','applicationId':'" ROBOT "','permissions':{'secrets':['all']}}]}}]");
    assert_int_equal(snapshot->access_policies.count, 2);
    const AccessPolicy *policy = &snapshot->access_policies.items[0];
    assert_int_equal(policy->resource, snapshot_find_resource(snapshot, VAULT));
    assert_int_equal(policy->principal, snapshot_find_principal(snapshot, ALICE));
    assert_int_equal(policy->secrets.count, 2);
    assert_string_equal(policy->secrets.items[0], "Get");
    assert_int_equal(policy->application_id, NONE);
    assert_string_equal(text_text(snapshot, policy->pointer), "/properties/accessPolicies/0");
    policy = &snapshot->access_policies.items[1];
    assert_string_equal(id_text(snapshot, policy->application_id), ROBOT);
    assert_string_equal(text_text(snapshot, policy->pointer), "/properties/accessPolicies/2");
    assert_non_null(strstr(case_messages(snapshot), "/properties/accessPolicies/1: expected"));
}

static void policies_of_the_newer_record(void **state)
{
#define KV(date, who)                                                                              \
    "[{'id':'" VAULT "','type':'Microsoft.KeyVault/vaults','systemData':{'lastModifiedAt':'" date  \
    "'},'properties':{'accessPolicies':[{'objectId':'" who                                         \
    "','permissions':{'secrets':['get']}}]}}]"
    case_write(*state, "a.json", KV("2026-01-01T00:00:00Z", ALICE));
    case_write(*state, "b.json", KV("2026-02-01T00:00:00Z", BOB));
    case_write(*state, "c.json", KV("2026-01-01T00:00:00Z", ROBOT));
    const Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->access_policies.count, 1);
    assert_int_equal(snapshot->access_policies.items[0].principal,
                     snapshot_find_principal(snapshot, BOB));
#undef KV
}

/* ---- az ml without ids ---- */

static void a_workspace_by_its_tracking_uri(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "x.json",
        "{'name':'mlw','mlflow_tracking_uri':'azureml://eastus.api.azureml.ms/mlflow/v1.0" ML
        "','key_vault':'" VAULT "'}");
    assert_string_equal(case_properties(snapshot, ML), "keyVault=" VAULT);
    assert_true(snapshot->exported[RECORD_AML_WORKSPACE]);
}

static void entities_without_a_workspace(void **state)
{
    static const char list[] = "[{'name':'blob','type':'azure_blob','account_name':'st',"
                               "'container_name':'c'},{'name':'git','type':'git','target':'u'}]";
    case_write(*state, "a.json", list);
    case_write(*state, "b.json", list);
    case_write(*state, "manifest.json",
               "{'schema':'amlblast.manifest/1','files':[{'path':'b.json','kind':"
               "'aml-datastores','of':'" ML "'}]}");
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(case_ledger(snapshot, "a.json"),
                        "used 0 duplicate 0 not-relevant 0 not-understood 2");
    assert_non_null(strstr(case_file(snapshot, "a.json")->remark, "workspace not named"));
    assert_string_equal(case_ledger(snapshot, "b.json"),
                        "used 2 duplicate 0 not-relevant 0 not-understood 0");
    assert_int_not_equal(snapshot_find_resource(snapshot, ML "/datastores/blob"), NONE);
    assert_int_not_equal(snapshot_find_resource(snapshot, ML "/connections/git"), NONE);
}

static void ids_in_the_short_form(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'azureml://subscriptions/11111111-1111-1111-1111-111111111111/"
                "resourcegroups/rg/workspaces/mlw/datastores/d','name':'d','type':'azure_blob'}]");
    assert_int_not_equal(snapshot_find_resource(snapshot, ML "/datastores/d"), NONE);
}

static void resource_groups_have_one_type(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'" RG "','name':'rg','type':'Microsoft.Resources/resourceGroups',"
                "'properties':{'provisioningState':'Succeeded'}}]");
    assert_true(resource_is_type(snapshot, resource(snapshot, RG),
                                 "Microsoft.Resources/subscriptions/resourceGroups"));
    assert_true(snapshot->exported[RECORD_RESOURCE_GROUP]);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, case_setup, case_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(both_kinds_of_identity),
        CASE(identities_of_az_ml),
        CASE(left_over_identities),
        CASE(an_identity_is_found_by_its_arm_id),
        CASE(a_host_is_found_through_the_directory),
        CASE(a_job_has_no_attachment),
        CASE(properties_by_path),
        CASE(an_inventory_line_and_the_details),
        CASE(an_inventory_alone_is_a_gap),
        CASE(newer_properties_win),
        CASE(older_properties_only_add),
        CASE(spellings_do_not_disagree),
        CASE(identities_that_disagree),
        CASE(access_policies),
        CASE(policies_of_the_newer_record),
        CASE(a_workspace_by_its_tracking_uri),
        CASE(entities_without_a_workspace),
        CASE(ids_in_the_short_form),
        CASE(resource_groups_have_one_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
