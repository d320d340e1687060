#include "base/array.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "snapshot_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RA(n)                                                                                      \
    "{'id':'" SUB "/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-"    \
    "00000000000" n "','principalId':'" ALICE "','roleDefinitionId':'" READER "','scope':'" SUB    \
    "'}"

static bool ledger_is(const Snapshot *snapshot, const char *path, const char *expected)
{
    bool same = text_equal(case_ledger(snapshot, path), expected);
    if (!same)
        print_message("%s: %s\n", path, case_ledger(snapshot, path));
    return same;
}

static void every_record_ends_somewhere(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[" RA("1") "," RA(
                    "1") ",{'unknown':true},7,null,'text',[],"
                         "{'id':'" SUB
                         "/providers/Microsoft.Authorization/roleManagementPolicies/p','type':"
                         "'Microsoft.Authorization/roleManagementPolicies'},"
                         "{'@odata.type':'#microsoft.graph.device','id':'" BOB "'}]");
    assert_true(
        ledger_is(snapshot, "x.json", "used 1 duplicate 1 not-relevant 2 not-understood 4"));
    assert_int_equal(snapshot->not_relevant.count, 2);
    assert_string_equal(snapshot->not_relevant.items[0].kind,
                        "Microsoft.Authorization/roleManagementPolicies");
    assert_string_equal(snapshot->not_relevant.items[1].kind, "device");
    assert_non_null(strstr(case_messages(snapshot), "x.json:1: /3: expected an object, found 7"));
}

static void an_error_reply(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "{'error':{'code':'AuthorizationFailed','message':'The client has no ...'}}");
    assert_true(
        ledger_is(snapshot, "x.json", "used 0 duplicate 0 not-relevant 0 not-understood 1"));
    assert_string_equal(case_messages(snapshot),
                        "error x.json:1: this file is an Azure error reply "
                        "(AuthorizationFailed)\n");
    assert_true(case_file(snapshot, "x.json")->failed);
    assert_int_equal(snapshot_exit_status(snapshot), 3);
}

static void a_torn_file(void **state)
{
    Snapshot *snapshot = case_of(*state, "ra.json", "[" RA("1") "," RA("2") ",{'id':'/sub");
    assert_int_equal(snapshot->role_assignments.count, 2);
    assert_false(case_file(snapshot, "ra.json")->complete);
    assert_non_null(case_file(snapshot, "ra.json")->remark);
    assert_int_equal(snapshot_exit_status(snapshot), 3);
    snapshot_find_gaps(snapshot);
    assert_non_null(case_gap(snapshot, "truncated:ra.json"));
}

static void a_record_refused_by_the_input(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json", "[" RA("1") ",{'id':1,'id':2}," RA("2") "]");
    assert_true(
        ledger_is(snapshot, "x.json", "used 2 duplicate 0 not-relevant 0 not-understood 1"));
    assert_int_equal(snapshot_exit_status(snapshot), 3);
}

static void files_that_are_no_exports(void **state)
{
    case_write(*state, "notes.txt", "by hand");
    case_write(*state, "empty.json", "");
    case_write(*state, "page.json", "<html>sign in</html>");
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(case_file(snapshot, "notes.txt")->format, "not-an-export");
    assert_false(case_file(snapshot, "notes.txt")->failed);
    assert_false(case_file(snapshot, "empty.json")->failed);
    assert_true(case_file(snapshot, "page.json")->failed);
}

static void tools_that_are_not_read_are_named(void **state)
{
    case_write(
        *state, "hound.json",
        "{'meta':{'type':'azusers','version':4,'count':2},'data':[{'ObjectIdentifier':'" ALICE
        "'},{'ObjectIdentifier':'" BOB "'}]}");
    case_write(*state, "ps.json",
               "{'RoleAssignmentId':'" SUB "','Scope':'" SUB "','RoleDefinitionId':'" READER
               "','ObjectId':'" ALICE "','ObjectType':'User'}");
    case_write(*state, "role.json",
               "{'roleName':'R','type':'CustomRole','assignableScopes':['" SUB
               "'],'permissions':[]}");
    const Snapshot *snapshot = case_read(*state);
    assert_non_null(strstr(case_file(snapshot, "hound.json")->remark, "AzureHound"));
    assert_non_null(strstr(case_file(snapshot, "ps.json")->remark, "Azure PowerShell"));
    assert_non_null(
        strstr(case_file(snapshot, "role.json")->remark, "Azure Governance Visualizer"));
    assert_int_equal(snapshot->principals.count, 0);
    assert_int_equal(snapshot_exit_status(snapshot), 0);
    assert_non_null(strstr(case_messages(snapshot),
                           "hound.json: 1 more records were skipped for a reason told before"));
}

/* ---- empty and cut lists ---- */

static void an_empty_list_needs_a_name(void **state)
{
    case_write(*state, "dump-1.json", "[]");
    case_write(*state, "kv_prod.json", "[]");
    case_write(*state, "pim-eligible.json", "{'value':[]}");
    case_write(*state, "dump-2.json",
               "{'@odata.context':'https://graph.microsoft.com/v1.0/$metadata#groups(members())',"
               "'value':[]}");
    const Snapshot *snapshot = case_read(*state);
    bool expected[RECORD_KIND_COUNT] = {[RECORD_KEY_VAULT] = true,
                                        [RECORD_ELIGIBILITY] = true,
                                        [RECORD_GROUP] = true,
                                        [RECORD_GROUP_MEMBER] = true,
                                        [RECORD_GROUP_OWNER] = true}; /* no group, no owner */
    for (uint32_t kind = 0; kind < RECORD_KIND_COUNT; kind++)
        if (snapshot->exported[kind] != expected[kind])
            fail_msg("%s", record_kind_name((RecordKind)kind));
    assert_string_equal(case_file(snapshot, "dump-1.json")->remark,
                        "an empty list; nothing says of what");
    assert_string_equal(case_file(snapshot, "kv_prod.json")->remark, "an empty list of key-vaults");
    assert_true(
        ledger_is(snapshot, "kv_prod.json", "used 0 duplicate 0 not-relevant 0 not-understood 0"));
}

/* No group was exported, but a record tells of one: who is in it is not known. */
static void an_empty_list_of_groups_is_believed_only_without_groups(void **state)
{
    case_write(*state, "groups.json", "[]");
    assert_true(case_read(*state)->exported[RECORD_GROUP_MEMBER]);
    case_write(*state, "role-assignments.json",
               "[{'id':'/providers/Microsoft.Authorization/roleAssignments/"
               "00000000-0000-4000-8000-000000000001',"
               "'principalId':'00000000-0000-4000-8000-0000000000aa','principalType':'Group',"
               "'roleDefinitionId':'/providers/Microsoft.Authorization/roleDefinitions/"
               "acdd72a7-3385-48ef-bd42-f606fba81ae7','scope':'/'}]");
    assert_false(case_read(*state)->exported[RECORD_GROUP_MEMBER]);
}

static void names_of_empty_lists(void **state)
{
    static const struct {
        const char *name;
        RecordKind kind;
    } names[] = {
        {"role-assignments.json", RECORD_ROLE_ASSIGNMENT},
        {"ra_1234.json", RECORD_ROLE_ASSIGNMENT},
        {"rbac/assignments.json", RECORD_ROLE_ASSIGNMENT},
        {"DenyAssignments.json", RECORD_DENY_ASSIGNMENT},
        {"deny.json", RECORD_DENY_ASSIGNMENT},
        {"eligibility-instances.json", RECORD_ELIGIBILITY},
        {"pim-active.json", RECORD_ACTIVE_SCHEDULE},
        {"storageAccounts.json", RECORD_STORAGE_ACCOUNT},
        {"accounts.json", RECORD_SUBSCRIPTION},
        {"approles.json", RECORD_APP_ROLE_ASSIGNMENT},
        {"aml/mlw/computes.json", RECORD_AML_COMPUTE},
        {"aml-deployments.json", RECORD_AML_DEPLOYMENT},
        {"connections-mlw-keys.json", RECORD_AML_CONNECTION},
        {"groups-owners.json", RECORD_GROUP_OWNER},
        {"fic-id-prod.json", RECORD_FEDERATED_CREDENTIAL},
        {"directory-roles.json", RECORD_DIRECTORY_ROLE},
        {"container-registries.json", RECORD_CONTAINER_REGISTRY},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        case_write(*state, names[i].name, "[]");
    const Snapshot *snapshot = case_read(*state);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char expected[96];
        snprintf(expected, sizeof expected, "an empty list of %s", record_kind_name(names[i].kind));
        assert_string_equal(case_file(snapshot, names[i].name)->remark, expected);
    }
}

static void lists_that_go_on(void **state)
{
    case_write(*state, "a.json", "{'value':[" RA("1") "],'nextLink':'https://next'}");
    case_write(*state, "b.json", "{'value':[" RA("2") "],'nextLink':null}");
    case_write(*state, "c.json",
               "{'count':1,'data':[" RA("3") "],'skip_token':'x','total_records':1}");
    case_write(*state, "d.json",
               "{'totalRecords':2,'count':1,'data':[" RA("4") "],'resultTruncated':'false'}");
    case_write(*state, "e.json",
               "{'totalRecords':1,'count':1,'data':[" RA("5") "],'resultTruncated':'true'}");
    case_write(*state, "f.json", "{'@odata.nextLink':'https://next','value':[" RA("6") "]}");
    Snapshot *snapshot = case_read(*state);
    snapshot_find_gaps(snapshot);
    assert_non_null(case_gap(snapshot, "truncated:a.json"));
    assert_null(case_gap(snapshot, "truncated:b.json"));
    assert_non_null(case_gap(snapshot, "truncated:c.json"));
    assert_string_equal(case_gap(snapshot, "truncated:d.json")->detail, "1 of 2 rows are there");
    assert_non_null(case_gap(snapshot, "truncated:e.json"));
    assert_non_null(case_gap(snapshot, "truncated:f.json"));
    assert_int_equal(snapshot_exit_status(snapshot), 0);
}

/* ---- gaps ---- */

static bool knows_reader(const void *context, const Guid *role)
{
    Guid reader;
    (void)context;
    return guid_parse(READER, &reader) && guid_equal(role, &reader);
}

static void gaps_name_what_is_missing(void **state)
{
    case_write(*state, "ra.json",
               "[{'principalId':'" TEAM "','principalType':'Group','principalName':'team',"
               "'roleDefinitionId':'" READER "','scope':'" SUB "'},"
               "{'principalId':'" ALICE "','principalType':'User','roleDefinitionName':'Mine',"
               "'roleDefinitionId':'99999999-0000-0000-0000-000000000009','scope':'" SUB "'}]");
    case_write(*state, "ws.json",
               "[{'id':'" ML "','name':'mlw','type':'Microsoft.MachineLearningServices/workspaces',"
               "'properties':{'hbiWorkspace':false}}]");
    case_write(*state, "aml/mlw/jobs.json", "[]");
    Snapshot *snapshot = case_read(*state);
    snapshot->role_is_built_in = knows_reader;
    snapshot_find_gaps(snapshot);
    assert_null(case_gap(snapshot, "role-assignments"));
    assert_string_equal(case_gap(snapshot, "role-definitions")->detail, "Mine");
    assert_non_null(case_gap(snapshot, "deny-assignments"));
    assert_string_equal(case_gap(snapshot, "group-members")->detail, "team");
    assert_string_equal(case_gap(snapshot, "management-groups")->detail, SUB);
    assert_string_equal(case_gap(snapshot, "aml-computes")->detail, "mlw");
    assert_null(case_gap(snapshot, "aml-jobs"));
    assert_null(case_gap(snapshot, "aml-workspaces"));
    assert_null(case_gap(snapshot, "aml-deployments"));
    for (uint32_t i = 0; i < snapshot->gaps.count; i++) {
        assert_true(strlen(snapshot->gaps.items[i].weakens) > 20);
        assert_true(strlen(snapshot->gaps.items[i].export_with) > 20);
    }
}

#define WORKSPACE(name)                                                                            \
    "{'id':'" RG "/providers/Microsoft.MachineLearningServices/workspaces/" name                   \
    "','type':'Microsoft.MachineLearningServices/workspaces','properties':{'hbiWorkspace':false}}"

/* An empty list belongs to the workspace that its path names, in whole words. */
static void empty_lists_belong_to_workspaces(void **state)
{
    case_write(*state, "ws.json",
               "[" WORKSPACE("mlw-a") "," WORKSPACE("mlw") "," WORKSPACE("other") "]");
    case_write(*state, "computes-mlw-a.json", "[]");
    case_write(*state, "aml/other/computes.json", "[]");
    case_write(*state, "datastores.json", "[]");
    Snapshot *snapshot = case_read(*state);
    snapshot_find_gaps(snapshot);
    assert_string_equal(case_gap(snapshot, "aml-computes")->detail, "mlw");
    assert_string_equal(case_gap(snapshot, "aml-datastores")->detail, "mlw-a, mlw, other");
    case_write(*state, "ws.json", "[" WORKSPACE("mlw-a") "]");
    snapshot = case_read(*state);
    snapshot_find_gaps(snapshot);
    assert_null(case_gap(snapshot, "aml-datastores"));
}

/* Members of a nested group hold what the outer group holds. */
static void a_nested_group_needs_its_members_too(void **state)
{
    case_write(*state, "ra.json",
               "[{'principalId':'" TEAM "','principalType':'Group','roleDefinitionId':'" READER
               "','scope':'" SUB "'}]");
    case_write(*state, "members_" TEAM ".json",
               "[{'@odata.type':'#microsoft.graph.group','id':'" ROBOT
               "','displayName':'inner','securityEnabled':true}]");
    case_write(*state, "groups.json",
               "[{'id':'" BOB "','displayName':'unrelated','securityEnabled':true}]");
    Snapshot *snapshot = case_read(*state);
    snapshot_find_gaps(snapshot);
    assert_string_equal(case_gap(snapshot, "group-members")->detail, "inner");
}

/* ---- many files, hostile values ---- */

static void one_result_for_any_number_of_threads(void **state)
{
    SnapshotCase *test = *state;
    for (int i = 0; i < 200; i++) {
        char name[32];
        TextBuffer text = {0};
        snprintf(name, sizeof name, "f%03d.json", i);
        text_append(&text, "[");
        for (int k = 0; k < 40; k++)
            text_append_format(&text,
                               "%s{'id':'" SUB
                               "/providers/Microsoft.Authorization/roleAssignments/%d',"
                               "'principalId':'p%d','roleDefinitionId':'" READER
                               "','scope':'%s','updatedOn':'2026-01-%02dT00:00:00Z'}",
                               k ? "," : "", (i * 7 + k) % 900, (i + k) % 50, k % 3 ? SUB : RG,
                               1 + (i * 13 + k) % 28);
        text_append(&text, "]");
        case_write(test, name, text.text);
        text_buffer_free(&text);
    }
    const Snapshot *snapshot = case_read_threads(test, 1);
    char *one = strdup(case_messages(snapshot));
    RoleAssignment first[900];
    uint32_t count = snapshot->role_assignments.count;
    assert_int_equal(count, 900);
    memcpy(first, snapshot->role_assignments.items, sizeof first);
    char sha256[65];
    memcpy(sha256, snapshot->sha256, sizeof sha256);
    for (uint32_t threads = 2; threads <= 8; threads *= 2) {
        snapshot = case_read_threads(test, threads);
        assert_int_equal(snapshot->role_assignments.count, count);
        assert_memory_equal(snapshot->role_assignments.items, first, sizeof first);
        assert_string_equal(case_messages(snapshot), one);
        assert_string_equal(snapshot->sha256, sha256);
    }
    free(one);
}

static void hostile_ids(void **state)
{
    TextBuffer text = {0};
    text_append(&text, "[{'principalId':'" ALICE "','roleDefinitionId':'" READER
                       "','scope':'/subscriptions/");
    for (int i = 0; i < 5000; i++)
        text_append_char(&text, 'x');
    text_append(&text,
                "'},{'principalId':'" BOB "','roleDefinitionId':'" READER
                "','scope':'/subscriptions/\\u001b[31m\\u202e'},"
                "{'principalId':['" BOB "'],'roleDefinitionId':'" READER "','scope':'" SUB "'}]");
    const Snapshot *snapshot = case_of(*state, "x.json", text.text);
    text_buffer_free(&text);
    assert_int_equal(snapshot->role_assignments.count, 1);
    assert_string_equal(id_text(snapshot, snapshot->role_assignments.items[0].scope),
                        "/subscriptions/\x1b[31m\xe2\x80\xae");
    assert_non_null(strstr(case_messages(snapshot), "found a text of 5015 bytes"));
    assert_non_null(strstr(case_messages(snapshot), "expected an object id, found an array"));
}

static void many_broken_records_are_counted_not_listed(void **state)
{
    TextBuffer text = {0};
    text_append(&text, "[");
    for (int i = 0; i < 3000; i++)
        text_append_format(&text, "%s{'principalId':%d,'roleDefinitionId':'" READER "'}",
                           i ? "," : "", i);
    text_append(&text, "]");
    const Snapshot *snapshot = case_of(*state, "x.json", text.text);
    text_buffer_free(&text);
    assert_int_equal(case_file(snapshot, "x.json")->not_understood, 3000);
    assert_int_equal(snapshot->not_understood.count, LEDGER_REASONS_PER_FILE);
    assert_int_equal(snapshot->messages.count, LEDGER_MESSAGES_PER_FILE + 1);
    assert_non_null(strstr(case_messages(snapshot),
                           "error x.json: 2975 more messages about this file are not shown"));
}

static void strict_ends_at_the_first_error(void **state)
{
    SnapshotCase *test = *state;
    const char *paths[] = {test->directory};
    case_write(test, "a.json", "[" RA("1") "]");
    case_write(test, "b.json", "[{'principalId':1,'roleDefinitionId':'" READER "'}]");
    case_write(test, "c.json", "[" RA("2") "]");
    for (uint32_t threads = 1; threads <= 4; threads += 3) {
        const SnapshotOptions options = {.threads = threads, .strict = true};
        Snapshot snapshot;
        Error err;
        assert_false(snapshot_read(&snapshot, paths, 1, &test->fields, &options, &err));
        assert_string_equal(err.message,
                            "b.json:1: /0/principalId: expected an object id, found 1; record "
                            "skipped");
        snapshot_free(&snapshot);
    }
}

static void a_path_that_does_not_exist(void **state)
{
    SnapshotCase *test = *state;
    const char *paths[] = {"/nowhere/at/all"};
    Snapshot snapshot;
    Error err;
    assert_false(snapshot_read(&snapshot, paths, 1, &test->fields, NULL, &err));
    assert_non_null(strstr(err.message, "/nowhere/at/all"));
    snapshot_free(&snapshot);
}

/* The newest date of a record, never a start or an end; not of what is no record of ours. */
static void as_of(void **state)
{
    char text[32];
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'principalId':'" ALICE "','roleDefinitionId':'" READER "','scope':'" SUB
                "','createdOn':'2026-01-01T00:00:00Z','endDateTime':'2030-01-01T00:00:00Z'},"
                "{'id':'" ML "','type':'Microsoft.MachineLearningServices/workspaces','systemData':"
                "{'lastModifiedAt':'2026-03-04T05:06:07.1234567Z'}},"
                "{'something':'else','createdOn':'2031-01-01T00:00:00Z'}]");
    time_format(snapshot->as_of, text);
    assert_string_equal(text, "2026-03-04T05:06:07Z");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, case_setup, case_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_record_ends_somewhere),
        CASE(an_error_reply),
        CASE(a_torn_file),
        CASE(a_record_refused_by_the_input),
        CASE(files_that_are_no_exports),
        CASE(tools_that_are_not_read_are_named),
        CASE(an_empty_list_needs_a_name),
        CASE(an_empty_list_of_groups_is_believed_only_without_groups),
        CASE(names_of_empty_lists),
        CASE(lists_that_go_on),
        CASE(gaps_name_what_is_missing),
        CASE(empty_lists_belong_to_workspaces),
        CASE(a_nested_group_needs_its_members_too),
        CASE(one_result_for_any_number_of_threads),
        CASE(hostile_ids),
        CASE(many_broken_records_are_counted_not_listed),
        CASE(strict_ends_at_the_first_error),
        CASE(a_path_that_does_not_exist),
        CASE(as_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
