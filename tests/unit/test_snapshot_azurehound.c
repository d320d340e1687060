#include "base/array.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "snapshot_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OWNER      "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define APP        "ffffffff-0000-0000-0000-000000000006"
#define VAULT      RG "/providers/Microsoft.KeyVault/vaults/kv"
#define MACHINE    RG "/providers/Microsoft.Compute/virtualMachines/vm"
#define G1         "10000000-0000-0000-0000-000000000001"
#define G2         "10000000-0000-0000-0000-000000000002"
#define RA(guid)   "/providers/Microsoft.Authorization/roleAssignments/" guid
#define ROLE(guid) SUB "/providers/Microsoft.Authorization/roleDefinitions/" guid

#define HOUND(records)     "{'data':[" records "],'meta':{'type':'azure','version':5}}"
#define RECORD(kind, data) "{'kind':'" kind "','data':{" data "}}"
#define ASSIGNMENT(guid, who)                                                                      \
    "{'id':'" SUB RA(guid) "','name':'" guid "','type':'Microsoft.Authorization/roleAssignments'," \
                           "'properties':{'principalId':'" who                                     \
                           "','roleDefinitionId':'" ROLE(OWNER) "','scope':'" SUB "'}}"
#define OWNED_BY(element)                                                                          \
    RECORD("AZSubscriptionOwner", "'owners':[" element "],'subscriptionId':'" SUB "'")

/* A file of several records; the test writes each on its own. */
static const Snapshot *hound_of(SnapshotCase *test, const char *const *records, size_t count)
{
    TextBuffer text = {0};
    text_append(&text, "{'data':[");
    for (size_t i = 0; i < count; i++)
        text_append_format(&text, "%s%s", i ? ",\n" : "", records[i]);
    text_append(&text, "],'meta':{'type':'azure','version':5}}");
    const Snapshot *snapshot = case_of(test, "hound.json", text.text);
    text_buffer_free(&text);
    return snapshot;
}

#define HOUND_OF(test, records) hound_of(test, records, sizeof(records) / sizeof *(records))

static const char *pointer_of(const Snapshot *snapshot, uint32_t record)
{
    static char pointer[128];
    return record_pointer(snapshot, record, pointer, sizeof pointer);
}

/* ---- a whole tenant, in one file and in one file for each command ---- */

static Snapshot read_fixture(SnapshotCase *test, const char *path)
{
    Snapshot snapshot;
    Error err;
    if (!snapshot_read(&snapshot, &path, 1, &test->fields, NULL, &err))
        fail_msg("%s", err.message);
    return snapshot;
}

static uint32_t find_named(const Snapshot *snapshot, const char *name)
{
    for (uint32_t i = 0; i < snapshot->principals.count; i++)
        if (text_equal_any_case(principal_name(snapshot, i), name))
            return i;
    fail_msg("no principal %s", name);
    return NONE;
}

static bool is_related(const Snapshot *snapshot, RelationKind kind, const char *subject,
                       const char *object)
{
    for (uint32_t i = 0; i < snapshot->relations.count; i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[i];
        if (relation->kind == kind && relation->object != NONE &&
            relation->subject == find_named(snapshot, subject) &&
            relation->object == find_named(snapshot, object))
            return true;
    }
    return false;
}

static void check_principals(const Snapshot *snapshot)
{
    static const struct {
        const char *name;
        PrincipalKind kind;
    } known[] = {{"dana", PRINCIPAL_USER},
                 {"team", PRINCIPAL_GROUP},
                 {"nobody", PRINCIPAL_GROUP},
                 {"robot", PRINCIPAL_SERVICE_PRINCIPAL},
                 {"vm-small", PRINCIPAL_SYSTEM_ASSIGNED},
                 {"graph", PRINCIPAL_SERVICE_PRINCIPAL}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t index = find_named(snapshot, known[i].name);
        assert_int_equal(snapshot->principals.items[index].kind, known[i].kind);
        assert_true(snapshot->principals.items[index].exported);
    }
    assert_int_equal(snapshot->principals.count, 6); /* no device, no application */
    assert_int_equal(snapshot->applications.count, 1);
    assert_true(snapshot->principals.items[find_named(snapshot, "nobody")].members_exported);
    assert_false(snapshot->principals.items[find_named(snapshot, "nobody")].owners_exported);
}

static void check_directory(const Snapshot *snapshot)
{
    assert_int_equal(snapshot->relations.count, 4);
    assert_true(is_related(snapshot, RELATION_MEMBER, "dana", "team"));
    assert_true(is_related(snapshot, RELATION_OWNER, "robot", "team"));
    assert_true(is_related(snapshot, RELATION_OWNER, "dana", "robot"));
    assert_int_equal(snapshot->directory_roles.count, 2);
    uint32_t eligible = 0;
    for (uint32_t i = 0; i < 2; i++) {
        const DirectoryRoleAssignment *role = &snapshot->directory_roles.items[i];
        const char *scope = text_text(snapshot, role->directory_scope);
        eligible += role->eligible;
        assert_int_equal(role->principal, find_named(snapshot, "dana"));
        assert_int_equal(strncmp(scope, "/administrativeUnits/", 21) == 0, !role->eligible);
    }
    assert_int_equal(eligible, 1);
    assert_int_equal(snapshot->app_roles.count, 1);
    assert_string_equal(text_text(snapshot, snapshot->app_roles.items[0].value),
                        "Directory.Read.All");
    assert_int_equal(snapshot->federated_credentials.count, 1);
    assert_true(snapshot->federated_credentials.items[0].parent ==
                snapshot->applications.items[0].object_id);
}

static void check_resources(const Snapshot *snapshot)
{
    assert_int_equal(snapshot->subscriptions.count, 1);
    assert_true(snapshot->subscriptions.items[0].management_group ==
                snapshot->management_groups.items[0].id);
    assert_true(snapshot->management_groups.items[0].is_tenant_root);
    assert_int_equal(snapshot->resources.count, 5);
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        const char *name = text_text(snapshot, resource->name);
        assert_true(strstr(name, "small") != NULL); /* as `name` spells it, not in capitals */
        assert_int_equal(resource->detailed, text_equal(name, "kv-small"));
    }
    assert_int_equal(snapshot->attachments.count, 1);
    assert_int_equal(snapshot->attachments.items[0].principal, find_named(snapshot, "vm-small"));
    assert_int_equal(snapshot->access_policies.count, 1);
    assert_int_equal(snapshot->access_policies.items[0].principal, find_named(snapshot, "team"));
}

/* Owner of dana, which two lists name; Contributor and Key Vault Secrets User of the robot. */
static void check_assignments(const Snapshot *snapshot)
{
    assert_int_equal(snapshot->role_assignments.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const RoleAssignment *assignment = &snapshot->role_assignments.items[i];
        const char *role = id_text(snapshot, assignment->role_guid);
        assert_int_equal(assignment->principal,
                         find_named(snapshot, text_equal(role, OWNER) ? "dana" : "robot"));
        assert_true(snapshot->records.items[assignment->record].in_part);
    }
}

static void check_gaps(Snapshot *snapshot)
{
    static const char *const missing[] = {
        "role-assignments", "role-definitions",      "deny-assignments",     "pim-eligibility",
        "resources",        "federated-credentials", "container-registries", "aml-workspaces"};
    static const char *const there[] = {
        "subscriptions", "management-groups", "key-vaults",  "app-role-assignments",
        "app-owners",    "group-members",     "group-owners"};
    snapshot_find_gaps(snapshot);
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        assert_non_null(case_gap(snapshot, missing[i]));
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        assert_null(case_gap(snapshot, there[i]));
    assert_non_null(strstr(case_gap(snapshot, "role-assignments")->detail, "AzureHound"));
    assert_non_null(strstr(case_gap(snapshot, "federated-credentials")->detail, "AzureHound"));
}

static void check_tenant(Snapshot *snapshot)
{
    assert_int_equal(snapshot->messages.count, 0);
    assert_int_equal(snapshot_exit_status(snapshot), 0);
    assert_int_not_equal(snapshot->tenant_id, NONE); /* the one that was collected */
    check_principals(snapshot);
    check_directory(snapshot);
    check_resources(snapshot);
    check_assignments(snapshot);
    check_gaps(snapshot);
}

/* Duplicates: the vault's policy beside it, the owner inherited by the group, the subscription that
   its management group lists.  Not relevant: a foreign tenant, a device, a rule for activations, an
   empty list. */
static void a_tenant_in_one_file(void **state)
{
    Snapshot snapshot = read_fixture(*state, "fixtures/azurehound");
    assert_string_equal(case_ledger(&snapshot, "20261001080000.json"),
                        "used 28 duplicate 3 not-relevant 4 not-understood 0");
    assert_string_equal(case_file(&snapshot, "20261001080000.json")->format,
                        "azurehound-mixed-page");
    check_tenant(&snapshot);
    snapshot_free(&snapshot);
}

/* The assignments come before the principals that they name, the owners before the application. */
static void the_same_tenant_in_many_files(void **state)
{
    Snapshot snapshot = read_fixture(*state, "fixtures/azurehound-split");
    assert_string_equal(case_ledger(&snapshot, "hound_azure-roles.json"),
                        "used 3 duplicate 1 not-relevant 1 not-understood 0");
    assert_string_equal(case_ledger(&snapshot, "hound_group-members.json"),
                        "used 2 duplicate 0 not-relevant 0 not-understood 0");
    assert_string_equal(case_file(&snapshot, "hound_users.json")->format, "azurehound-user-page");
    check_tenant(&snapshot);
    snapshot_free(&snapshot);
}

/* ---- evidence and errors inside lists ---- */

static void every_part_has_a_place(void **state)
{
    static const char two[] =
        OWNED_BY("{'owner':" ASSIGNMENT(G1, ALICE) "},{'owner':" ASSIGNMENT(G2, BOB) "}");
    const char *const records[] = {RECORD("AZDevice", "'id':'" BOB "'"), two};
    const Snapshot *snapshot = HOUND_OF(*state, records);
    assert_int_equal(snapshot->role_assignments.count, 2);
    assert_string_equal(pointer_of(snapshot, snapshot->role_assignments.items[1].record),
                        "/data/1/data/owners/1");
}

static void a_record_on_a_line_of_its_own(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "hound.jsonl", OWNED_BY("{'owner':" ASSIGNMENT(G1, ALICE) "}") "\n");
    assert_string_equal(pointer_of(snapshot, snapshot->role_assignments.items[0].record),
                        "/data/owners/0");
}

static void a_bad_part_does_not_spoil_the_rest(void **state)
{
    static const char three[] = OWNED_BY("{'subscriptionId':'" SUB "'},{'owner':" ASSIGNMENT(
        G1, ALICE) "},"
                   "{'owner':{'properties':{'principalId':7,'scope':'" SUB "'}}}");
    const char *const records[] = {three};
    const Snapshot *snapshot = HOUND_OF(*state, records);
    assert_string_equal(case_ledger(snapshot, "hound.json"),
                        "used 1 duplicate 0 not-relevant 0 not-understood 0");
    assert_int_equal(snapshot->role_assignments.count, 1);
    const char *messages = case_messages(snapshot);
    assert_non_null(strstr(messages, "error hound.json:1: /data/0/data/owners/0/owner: expected an "
                                     "object, found nothing; left out"));
    assert_non_null(strstr(messages, "/data/0/data/owners/2/owner/properties/principalId: expected "
                                     "an object id, found 7; left out"));
    assert_int_equal(snapshot_exit_status(snapshot), 3);
}

static void a_list_of_bad_parts_is_not_understood(void **state)
{
    static const struct {
        const char *record;
        const char *member; /* the one that is wrong */
    } bad[] = {
        {OWNED_BY("{'owner':{'properties':{'scope':'" SUB "'}}}"),
         "/data/owners/0/owner/properties/principalId"},
        {RECORD("AZGroupMember", "'members':'none','groupId':'" TEAM "'"), "/data/members"},
        {RECORD("AZGroupOwner", "'owners':null"), "/data/groupId"},
        {RECORD("AZVMOwner", "'x':1"), "/data"},
        {RECORD("AZUser", "'displayName':'A'"), "/data/id"},
        {RECORD("AZTomorrow", "'id':'" BOB "'"), ""},
    };
    enum { COUNT = sizeof bad / sizeof *bad };
    const char *records[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        records[i] = bad[i].record;
    const Snapshot *snapshot = HOUND_OF(*state, records);
    assert_string_equal(case_ledger(snapshot, "hound.json"),
                        "used 0 duplicate 0 not-relevant 0 not-understood 6");
    for (size_t i = 0; i < COUNT; i++)
        assert_string_equal(snapshot->not_understood.items[i].member, bad[i].member);
    assert_non_null(strstr(snapshot->not_understood.items[COUNT - 1].reason, "AZTomorrow"));
}

/* ---- what AzureHound leaves out ---- */

/* The same assignment from the Azure CLI has its condition and a list to itself. */
static void the_full_record_wins(const Snapshot *snapshot)
{
    assert_int_equal(snapshot->role_assignments.count, 1);
    const RoleAssignment *assignment = &snapshot->role_assignments.items[0];
    assert_string_equal(text_text(snapshot, assignment->condition), "(1)");
    assert_false(snapshot->records.items[assignment->record].in_part);
    assert_true(snapshot->exported[RECORD_ROLE_ASSIGNMENT]);
    assert_int_equal(snapshot->messages.count, 0);
}

static void a_condition_is_not_lost(void **state)
{
    static const char full[] =
        "[{'id':'" SUB RA(G1) "','principalId':'" ALICE "','roleDefinitionId':'" ROLE(
            OWNER) "','scope':'" SUB
                   "','condition':'(1)','type':'Microsoft.Authorization/roleAssignments'}]";
    case_write(*state, "b-hound.json", HOUND(OWNED_BY("{'owner':" ASSIGNMENT(G1, ALICE) "}")));
    assert_false(case_read(*state)->exported[RECORD_ROLE_ASSIGNMENT]);
    case_write(*state, "c-ra.json", full);
    const Snapshot *snapshot = case_read(*state);
    the_full_record_wins(snapshot);
    assert_string_equal(case_ledger(snapshot, "c-ra.json"),
                        "used 1 duplicate 0 not-relevant 0 not-understood 0");
    case_write(*state, "a-ra.json", full);
    snapshot = case_read(*state);
    the_full_record_wins(snapshot);
    assert_string_equal(case_ledger(snapshot, "b-hound.json"),
                        "used 0 duplicate 1 not-relevant 0 not-understood 0");
}

/* false is not written, so nothing said is nothing known. */
static void an_absent_property_is_not_a_default(void **state)
{
    const char *const records[] = {
        RECORD("AZVM", "'id':'" MACHINE "','type':'Microsoft.Compute/virtualMachines',"
                       "'subscriptionId':'" SUB "','tenantId':'" TENANT "',"
                       "'identity':{},'properties':{'osProfile':{'computerName':'vm'}}")};
    const Snapshot *snapshot = HOUND_OF(*state, records);
    const Resource *machine = &snapshot->resources.items[snapshot_find_resource(snapshot, MACHINE)];
    assert_false(machine->detailed);
    assert_int_equal(machine->attachment_count, 0);
    assert_false(snapshot->exported[RECORD_RESOURCE]); /* no inventory */
}

static void an_empty_parent_is_no_root(void **state)
{
    const char *const records[] = {
        RECORD("AZManagementGroup", "'id':'/PROVIDERS/MICROSOFT.MANAGEMENT/MANAGEMENTGROUPS/MG-ML',"
                                    "'name':'mg-ml','type':'Microsoft.Management/managementGroups',"
                                    "'properties':{'details':{'parent':{}}}")};
    const Snapshot *snapshot = HOUND_OF(*state, records);
    assert_int_equal(snapshot->management_groups.count, 1);
    assert_false(snapshot->management_groups.items[0].is_tenant_root);
    assert_false(snapshot->management_groups.items[0].parent_exported);
}

/* A definition or an eligible assignment alone does not say who holds a role. */
static void a_role_without_holders(void **state)
{
    const char *const records[] = {
        RECORD("AZRole", "'id':'" G1 "','displayName':'R','isBuiltIn':true"),
        RECORD("AZRoleEligibilityScheduleInstance",
               "'roleDefinitionId':'" G1 "','principalId':'" ALICE "','directoryScopeId':'/'")};
    const Snapshot *snapshot = HOUND_OF(*state, records);
    assert_int_equal(snapshot->directory_roles.count, 1);
    assert_true(snapshot->directory_roles.items[0].eligible);
    assert_false(snapshot->exported[RECORD_DIRECTORY_ROLE]);
    assert_false(snapshot->exported[RECORD_ELIGIBILITY]); /* of Azure roles: never exported */
}

/* "servicePrincipalType" may be missing: the other keys would tell an application. */
static void the_kind_tells_what_it_is(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "members_" TEAM ".json",
        HOUND(RECORD("AZServicePrincipal",
                     "'id':'" ROBOT "','displayName':'ROBOT','signInAudience':'AzureADMyOrg'")));
    assert_int_equal(case_principal(snapshot, ROBOT)->kind, PRINCIPAL_SERVICE_PRINCIPAL);
    assert_int_equal(snapshot->applications.count, 0);
    assert_int_equal(snapshot->relations.count, 0); /* the name of the file says nothing */
}

/* ---- access policies beside their vault ---- */

#define POLICY(who, word)                                                                          \
    "'tenantId':'" TENANT "','objectId':'" who "','permissions':{'secrets':['" word "']}"
#define POLICY_RECORD(who, word)                                                                   \
    RECORD("AZKeyVaultAccessPolicy", "'keyVaultId':'" VAULT "'," POLICY(who, word))

static void policies_without_their_vault(void **state)
{
    const char *const records[] = {POLICY_RECORD(ALICE, "get"), POLICY_RECORD(BOB, "list"),
                                   POLICY_RECORD(ALICE, "get")};
    const Snapshot *snapshot = HOUND_OF(*state, records);
    assert_string_equal(case_ledger(snapshot, "hound.json"),
                        "used 2 duplicate 1 not-relevant 0 not-understood 0");
    assert_int_equal(snapshot->access_policies.count, 2);
    const Resource *vault = &snapshot->resources.items[snapshot_find_resource(snapshot, VAULT)];
    assert_false(vault->detailed); /* whether the policies count is not known */
    assert_false(snapshot->exported[RECORD_KEY_VAULT]);
    assert_string_equal(pointer_of(snapshot, snapshot->access_policies.items[1].record), "/data/1");
    assert_string_equal(text_text(snapshot, snapshot->access_policies.items[1].pointer), "/data");
}

static void policies_before_their_vault(void **state)
{
    const char *const records[] = {
        POLICY_RECORD(ALICE, "get"),
        RECORD("AZKeyVault", "'id':'" VAULT "','type':'Microsoft.KeyVault/vaults','properties':"
                             "{'accessPolicies':[{" POLICY(ALICE, "get") "}]}")};
    const Snapshot *snapshot = HOUND_OF(*state, records);
    assert_string_equal(case_ledger(snapshot, "hound.json"),
                        "used 2 duplicate 0 not-relevant 0 not-understood 0");
    assert_int_equal(snapshot->access_policies.count, 1);
    assert_true(snapshot->resources.items[snapshot_find_resource(snapshot, VAULT)].detailed);
    assert_true(snapshot->exported[RECORD_KEY_VAULT]);
}

/* ---- files ---- */

static void a_file_that_counts_more_than_it_holds(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "hound.json",
        "{'data':[" RECORD("AZDevice", "'id':'" BOB "'") "],'meta':{"
                                                         "'type':'azure','version':5,'count':2}}");
    assert_int_equal(snapshot->truncations.count, 1);
    assert_string_equal(snapshot->truncations.items[0].sign, "1 of 2 records are there");
}

static void an_empty_file_says_nothing(void **state)
{
    const Snapshot *snapshot = case_of(*state, "role-assignments.json", HOUND(""));
    assert_false(snapshot->exported[RECORD_ROLE_ASSIGNMENT]);
    assert_int_equal(snapshot->empty_lists.count, 0);
}

/* An application is named by its object id or by its app id. */
static void owners_of_an_application(void **state)
{
    const char *const records[] = {
        RECORD("AZAppOwner",
               "'owners':[{'owner':{'id':'" ALICE "','@odata.type':'#microsoft.graph.user'},"
               "'appId':'" G1 "'}],'appId':'" G1 "'"),
        RECORD("AZApp", "'id':'" APP "','appId':'" G1 "','displayName':'APP'")};
    const Snapshot *snapshot = HOUND_OF(*state, records);
    assert_int_equal(snapshot->relations.count, 1);
    assert_string_equal(id_text(snapshot, snapshot->relations.items[0].application), APP);
    assert_true(snapshot->exported[RECORD_APP_OWNER]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, case_setup, case_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_tenant_in_one_file),
        CASE(the_same_tenant_in_many_files),
        CASE(every_part_has_a_place),
        CASE(a_record_on_a_line_of_its_own),
        CASE(a_bad_part_does_not_spoil_the_rest),
        CASE(a_list_of_bad_parts_is_not_understood),
        CASE(a_condition_is_not_lost),
        CASE(an_absent_property_is_not_a_default),
        CASE(an_empty_parent_is_no_root),
        CASE(a_role_without_holders),
        CASE(the_kind_tells_what_it_is),
        CASE(policies_without_their_vault),
        CASE(policies_before_their_vault),
        CASE(a_file_that_counts_more_than_it_holds),
        CASE(an_empty_file_says_nothing),
        CASE(owners_of_an_application),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
