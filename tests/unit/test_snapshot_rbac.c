#include "base/array.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "snapshot_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROLE_ID(guid) SUB "/providers/Microsoft.Authorization/roleDefinitions/" guid
#define RA(guid)      "/providers/Microsoft.Authorization/roleAssignments/" guid
#define G1            "10000000-0000-0000-0000-000000000001"
#define G2            "10000000-0000-0000-0000-000000000002"
#define G3            "10000000-0000-0000-0000-000000000003"

#define CLI_READER                                                                                 \
    "[{'id':'" SUB RA(                                                                             \
        G1) "','name':'" G1 "','principalId':'" ALICE "','principalName':"                         \
            "'alice@contoso.com','principalType':'User','roleDefinitionId':'" ROLE_ID(             \
                READER) "','roleDefinitionName':'Reader','scope':'" SUB "','condition':null,"      \
                        "'createdOn':'2026-01-02T03:04:05.000006+00:00',"                          \
                        "'type':'Microsoft.Authorization/roleAssignments'}]"

static const RoleAssignment *only_assignment(const Snapshot *snapshot)
{
    assert_int_equal(snapshot->role_assignments.count, 1);
    return &snapshot->role_assignments.items[0];
}

static void a_command_line_list(void **state)
{
    const Snapshot *snapshot = case_of(*state, "x.json", CLI_READER);
    const RoleAssignment *assignment = only_assignment(snapshot);
    char pointer[64];
    assert_string_equal(id_text(snapshot, assignment->scope), SUB);
    assert_string_equal(id_text(snapshot, assignment->role_guid), READER);
    assert_int_equal(assignment->condition, NONE);
    assert_int_equal(assignment->start, TIME_NONE);
    assert_int_equal(assignment->kind, ASSIGNMENT_PLAIN);
    const Principal *alice = case_principal(snapshot, ALICE);
    assert_int_equal(alice->kind, PRINCIPAL_USER);
    assert_string_equal(principal_name(snapshot, assignment->principal), "alice@contoso.com");
    assert_false(alice->exported);
    assert_int_equal(alice->mentioned_by, assignment->record);
    assert_string_equal(record_pointer(snapshot, assignment->record, pointer, sizeof pointer),
                        "/0");
    assert_string_equal(case_file(snapshot, "x.json")->format, "az-role-assignment-list");
    char as_of[32];
    time_format(snapshot->as_of, as_of);
    assert_string_equal(as_of, "2026-01-02T03:04:05Z");
    assert_int_equal(snapshot_exit_status(snapshot), 0);
}

/* The same assignment by two tools, in other case: one, and the names of both are kept. */
static void the_same_assignment_twice(void **state)
{
    case_write(*state, "a-page.json",
               "{'value':[{'id':'" SUB RA(G1) "/','properties':{'principalId':'" ALICE
                                              "','roleDefinitionId':'" ROLE_ID(
                                                  READER) "','scope':'" SUB "/'}}]}");
    case_write(*state, "b-list.json", CLI_READER);
    const Snapshot *snapshot = case_read(*state);
    only_assignment(snapshot);
    assert_string_equal(case_ledger(snapshot, "a-page.json"),
                        "used 1 duplicate 0 not-relevant 0 not-understood 0");
    assert_string_equal(case_ledger(snapshot, "b-list.json"),
                        "used 0 duplicate 1 not-relevant 0 not-understood 0");
    assert_int_equal(case_principal(snapshot, ALICE)->kind, PRINCIPAL_USER);
    assert_string_equal(case_messages(snapshot), "");
    assert_string_equal(case_file(snapshot, "a-page.json")->format, "arm-role-assignment-page");
}

static void a_scope_from_the_id(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'" RA(G1) "','principalId':'" ALICE "','roleDefinitionId':'" READER "'},"
                                  "{'id':'" RG RA(G2) "','principalId':'" ALICE
                                                      "','roleDefinitionId':'" READER "'}]");
    assert_int_equal(snapshot->role_assignments.count, 2);
    assert_string_equal(id_text(snapshot, snapshot->role_assignments.items[0].scope), "/");
    assert_string_equal(id_text(snapshot, snapshot->role_assignments.items[1].scope), RG);
}

/* SDK dumps carry no id: principal, role and scope name the assignment. */
static void assignments_without_an_id(void **state)
{
    case_write(*state, "a.json",
               "[{'properties':{'scope':'" SUB "','roleDefinitionId':'" ROLE_ID(
                   READER) "','principalId':'" ALICE "'}},"
                           "{'properties':{'scope':'" SUB "','roleDefinitionId':'" ROLE_ID(
                               CONTRIBUTOR) "','principalId':'" ALICE "'}},"
                                            "{'properties':{'scope':'" SUB
                                            "','roleDefinitionId':'" ROLE_ID(
                                                READER) "','principalId':'" ALICE "'}}]");
    case_write(*state, "b.json", CLI_READER);
    const Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->role_assignments.count, 2);
    assert_string_equal(case_ledger(snapshot, "a.json"),
                        "used 2 duplicate 1 not-relevant 0 not-understood 0");
    assert_string_equal(case_ledger(snapshot, "b.json"),
                        "used 0 duplicate 1 not-relevant 0 not-understood 0");
    assert_string_equal(id_text(snapshot, snapshot->role_assignments.items[0].id), SUB RA(G1));
}

static void broken_assignments_are_told(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "ra.json",
        "[\n{'id':'" SUB RA(
            G1) "','scope':'root','principalId':'" ALICE "','roleDefinitionId':'" READER "'},\n"
                "{'id':'" SUB RA(
                    G2) "','scope':'" SUB "','principalId':12,'roleDefinitionId':'" READER "'},\n"
                        "{'id':'" SUB RA(
                            G3) "','scope':'" SUB "','principalId':'" NIL_GUID
                                "','roleDefinitionId':'" READER "'},\n"
                                "{'id':'" SUB RA(
                                    G3) "','properties':{'scope':'" SUB "','principalId':'" ALICE
                                        "','roleDefinitionId':'Reader'}},\n"
                                        "{'id':'" SUB RA(G3) "','scope':'" SUB
                                                             "','principalId':'" ALICE
                                                             "','roleDefinitionId':'" READER
                                                             "','condition':{}}\n]");
    assert_int_equal(snapshot->role_assignments.count, 0);
    assert_string_equal(case_ledger(snapshot, "ra.json"),
                        "used 0 duplicate 0 not-relevant 0 not-understood 5");
    assert_string_equal(
        case_messages(snapshot),
        "error ra.json:2: /0/scope: expected an ARM id starting with \"/\", found \"root\"; "
        "record skipped\n"
        "error ra.json:3: /1/principalId: expected an object id, found 12; record skipped\n"
        "error ra.json:4: /2/principalId: expected an object id, found \"" NIL_GUID
        "\"; record skipped\n"
        "error ra.json:5: /3/properties/roleDefinitionId: expected a role definition id that ends "
        "in a GUID, found \"Reader\"; record skipped\n"
        "error ra.json:6: /4/condition: expected a text, found an object; record skipped\n");
    assert_int_equal(snapshot_exit_status(snapshot), 3);
    assert_int_equal(snapshot->not_understood.count, 5);
    assert_string_equal(snapshot->not_understood.items[0].member, "/scope");
}

static void a_deleted_principal(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'principalId':'" ALICE "','principalName':'','principalType':'Unknown',"
                "'roleDefinitionId':'" READER "','scope':'" SUB "'},"
                "{'principalId':'" BOB "','principalName':'','principalType':'User',"
                "'roleDefinitionId':'" READER "','scope':'" SUB "'}]");
    assert_true(case_principal(snapshot, ALICE)->deleted);
    assert_false(case_principal(snapshot, BOB)->deleted);
    assert_string_equal(principal_name(snapshot, snapshot_find_principal(snapshot, ALICE)),
                        "aaaaaaaa (unresolved)");
}

/* ---- disagreement ---- */

#define DATED(scope, date)                                                                         \
    "[{'id':'" SUB RA(G1) "','principalId':'" ALICE "','roleDefinitionId':'" READER                \
                          "','scope':'" scope "','updatedOn':'" date "'}]"

static void the_newer_record_wins(void **state)
{
    case_write(*state, "a.json", DATED(SUB, "2026-01-01T00:00:00Z"));
    case_write(*state, "b.json", DATED(RG, "2026-02-01T00:00:00Z"));
    const Snapshot *snapshot = case_read(*state);
    const RoleAssignment *assignment = only_assignment(snapshot);
    assert_string_equal(id_text(snapshot, assignment->scope), RG);
    assert_int_equal(snapshot->records.items[assignment->record].file, 1);
    assert_string_equal(case_messages(snapshot),
                        "warning b.json:1: /0: the scope is not the same as in a.json:1: /0; this "
                        "one is newer and is used\n");
}

static void without_dates_the_first_wins(void **state)
{
    case_write(*state, "a.json", DATED(SUB, ""));
    case_write(*state, "b.json", DATED(RG, ""));
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(id_text(snapshot, only_assignment(snapshot)->scope), SUB);
    assert_string_equal(case_messages(snapshot),
                        "warning b.json:1: /0: the scope is not the same as in a.json:1: /0; "
                        "nothing says which is newer, so the first is used\n");
    assert_string_equal(case_ledger(snapshot, "b.json"),
                        "used 0 duplicate 1 not-relevant 0 not-understood 0");
}

/* ---- PIM ---- */

#define INSTANCE(type, guid, extra)                                                                \
    "{'value':[{'id':'" SUB "/providers/Microsoft.Authorization/" type "/" guid                    \
    "','type':'Microsoft.Authorization/" type "','properties':{'scope':'" SUB                      \
    "','principalId':'" ALICE "','principalType':'User','roleDefinitionId':'" ROLE_ID(             \
        READER) "','startDateTime':'2026-01-01T00:00:00Z'," extra "}}]}"

#define ACTIVE(guid, end)                                                                          \
    INSTANCE("roleAssignmentScheduleInstances", guid,                                              \
             "'endDateTime':'" end "','originRoleAssignmentId':'" SUB RA(G1) "'")

/* An active instance is the plain assignment with a time window, whichever file comes first. */
static void an_instance_joins_its_assignment(void **state)
{
    case_write(*state, "a-active.json", ACTIVE(G2, "2026-06-01T00:00:00Z"));
    case_write(*state, "b-plain.json", CLI_READER);
    const Snapshot *snapshot = case_read(*state);
    const RoleAssignment *assignment = only_assignment(snapshot);
    char end[32];
    time_format(assignment->end, end);
    assert_string_equal(end, "2026-06-01T00:00:00Z");
    assert_int_equal(assignment->kind, ASSIGNMENT_PLAIN);
    assert_int_equal(snapshot->records.items[assignment->window_record].file, 0);
    assert_string_equal(case_ledger(snapshot, "a-active.json"),
                        "used 1 duplicate 0 not-relevant 0 not-understood 0");
    char as_of[32]; /* neither start nor end count for it */
    time_format(snapshot->as_of, as_of);
    assert_string_equal(as_of, "2026-01-02T03:04:05Z");
}

static void an_instance_joins_by_content(void **state)
{
    case_write(*state, "a.json", CLI_READER);
    case_write(
        *state, "b.json",
        INSTANCE("roleAssignmentScheduleInstances", G2, "'endDateTime':'2026-06-01T00:00:00Z'"));
    assert_int_not_equal(only_assignment(case_read(*state))->window_record, NONE);
}

static void an_instance_alone_is_an_assignment(void **state)
{
    const Snapshot *snapshot = case_of(*state, "x.json", ACTIVE(G2, "2026-06-01T00:00:00Z"));
    assert_int_equal(only_assignment(snapshot)->kind, ASSIGNMENT_SCHEDULED);
    assert_true(snapshot->exported[RECORD_ACTIVE_SCHEDULE]);
    assert_false(snapshot->exported[RECORD_ROLE_ASSIGNMENT]);
}

/* Two windows on one grant: neither may swallow the other. */
static void a_second_window_is_an_assignment_of_its_own(void **state)
{
    case_write(*state, "a.json", CLI_READER);
    case_write(*state, "b.json", ACTIVE(G2, "2026-06-01T00:00:00Z"));
    case_write(*state, "c.json", ACTIVE(G3, "2026-09-01T00:00:00Z"));
    const Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->role_assignments.count, 2);
    assert_int_equal(snapshot->role_assignments.items[1].kind, ASSIGNMENT_SCHEDULED);
}

static void an_eligible_instance(void **state)
{
    case_write(*state, "a.json", CLI_READER);
    case_write(*state, "b.json",
               INSTANCE("roleEligibilityScheduleInstances", G2, "'endDateTime':null"));
    const Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->role_assignments.count, 2);
    const RoleAssignment *eligible = &snapshot->role_assignments.items[1];
    assert_int_equal(eligible->kind, ASSIGNMENT_ELIGIBLE);
    assert_int_equal(eligible->end, TIME_NONE);
    assert_int_equal(snapshot->role_assignments.items[0].window_record, NONE);
}

static void a_classic_administrator_grants_nothing(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'NA(classic admins)','name':'NA(classic admins)',"
                "'principalName':'old@contoso.com','roleDefinitionId':'NA(classic admin role)',"
                "'roleDefinitionName':'CoAdministrator','scope':'" SUB "'}]");
    const RoleAssignment *classic = only_assignment(snapshot);
    assert_true(classic->classic);
    assert_int_equal(classic->role_guid, NONE);
    assert_string_equal(principal_name(snapshot, classic->principal), "old@contoso.com");
}

/* ---- role definitions ---- */

#define CUSTOM "99999999-0000-0000-0000-000000000009"

static void a_role_with_two_blocks(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "x.json",
        "[{'id':'" ROLE_ID(
            CUSTOM) "','name':'" CUSTOM "','roleName':'Custom','roleType':"
                    "'CustomRole','type':'Microsoft.Authorization/"
                    "roleDefinitions','assignableScopes':['" SUB
                    "'],'permissions':[{'actions':['A/*'],'notActions':['A/b'],'dataActions':[],"
                    "'notDataActions':null},{'actions':['C/d'],'condition':'@X'}]}]");
    assert_int_equal(snapshot->role_definitions.count, 1);
    const RoleDefinition *role = &snapshot->role_definitions.items[0];
    char guid[GUID_TEXT_BYTES];
    guid_format(&role->guid, guid);
    assert_string_equal(guid, CUSTOM);
    assert_string_equal(role->name, "Custom");
    assert_int_equal(role->kind, ROLE_CUSTOM);
    assert_int_equal(role->block_count, 2);
    assert_string_equal(role->blocks[0].not_actions.items[0], "A/b");
    assert_int_equal(role->blocks[0].not_data_actions.count, 0);
    assert_null(role->blocks[0].condition);
    assert_string_equal(role->blocks[1].condition, "@X");
    assert_string_equal(role->assignable_scopes.items[0], SUB);
}

#define REST_ROLE(type, actions)                                                                   \
    "{'value':[{'id':'/providers/Microsoft.Authorization/roleDefinitions/" CUSTOM                  \
    "','type':'Microsoft.Authorization/"                                                           \
    "roleDefinitions','properties':{'roleName':'R','type':'" type                                  \
    "','assignableScopes':['/'],'permissions':[{'actions':" actions "}]}}]}"

static void a_role_in_several_subscriptions(void **state)
{
    case_write(*state, "a.json", REST_ROLE("BuiltInRole", "['*/read']"));
    case_write(*state, "b.json", REST_ROLE("BuiltInRole", "['*/read']"));
    case_write(*state, "c.json", REST_ROLE("BuiltInRole", "['*']"));
    const Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->role_definitions.count, 1);
    assert_int_equal(snapshot->role_definitions.items[0].kind, ROLE_BUILT_IN);
    assert_string_equal(case_ledger(snapshot, "b.json"),
                        "used 0 duplicate 1 not-relevant 0 not-understood 0");
    assert_non_null(strstr(case_messages(snapshot), "c.json:1: /value/0: what the role allows"));
    assert_null(strstr(case_messages(snapshot), "b.json"));
}

/* ConvertTo-Json without -Depth: a role must not lose its notActions silently. */
static void a_role_cut_by_the_exporter(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json", REST_ROLE("CustomRole", "'System.Object[]'"));
    assert_int_equal(snapshot->role_definitions.count, 0);
    assert_non_null(strstr(case_messages(snapshot),
                           "/value/0/properties/permissions/0/actions: expected a list of texts, "
                           "found \"System.Object[]\""));
}

/* ---- deny assignments and locks ---- */

#define DENY(extra)                                                                                \
    "{'value':[{'id':'" RG "/providers/Microsoft.Authorization/denyAssignments/" G1                \
    "','type':'Microsoft.Authorization/denyAssignments','properties':{'denyAssignmentName':'d',"   \
    "'permissions':[{'actions':['*'],'notActions':['*/read']}]," extra "}}]}"

static void a_deny_for_everyone_but_one(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                DENY("'principals':[{'id':'" NIL_GUID "','type':'SystemDefined'}],"
                     "'excludePrincipals':[{'id':'" ROBOT "','type':'ServicePrincipal',"
                     "'displayName':'robot'}],'doNotApplyToChildScopes':true,"
                     "'isSystemProtected':'True'"));
    assert_int_equal(snapshot->deny_assignments.count, 1);
    const DenyAssignment *deny = &snapshot->deny_assignments.items[0];
    assert_true(deny->everyone);
    assert_int_equal(deny->principal_count, 0);
    assert_int_equal(deny->excluded_count, 1);
    assert_true(deny->not_for_child_scopes);
    assert_true(deny->system_protected);
    assert_false(deny->audit_only);
    assert_string_equal(id_text(snapshot, deny->scope), RG);
    assert_string_equal(principal_name(snapshot, deny->excluded[0]), "robot");
}

static void a_deny_without_principals_is_not_understood(void **state)
{
    const Snapshot *snapshot = case_of(*state, "x.json", DENY("'scope':'" RG "'"));
    assert_int_equal(snapshot->deny_assignments.count, 0);
    assert_string_equal(case_messages(snapshot),
                        "error x.json:1: /value/0/properties/principals: expected a list of "
                        "principals, found nothing; record skipped\n");
}

static void a_lock_stands_at_its_scope(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'" RG "/providers/Microsoft.Authorization/locks/l','level':'ReadOnly',"
                "'type':'Microsoft.Authorization/locks'},"
                "{'id':'" SUB "/providers/Microsoft.Authorization/locks/m',"
                "'properties':{'level':'CanNotDelete'}},"
                "{'id':'" SUB "/providers/Microsoft.Authorization/locks/n','level':null,"
                "'type':'Microsoft.Authorization/locks'}]");
    assert_int_equal(snapshot->locks.count, 2);
    assert_true(snapshot->locks.items[0].read_only);
    assert_string_equal(id_text(snapshot, snapshot->locks.items[0].scope), RG);
    assert_false(snapshot->locks.items[1].read_only);
    assert_string_equal(case_ledger(snapshot, "x.json"),
                        "used 2 duplicate 0 not-relevant 0 not-understood 1");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, case_setup, case_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_command_line_list),
        CASE(the_same_assignment_twice),
        CASE(a_scope_from_the_id),
        CASE(assignments_without_an_id),
        CASE(broken_assignments_are_told),
        CASE(a_deleted_principal),
        CASE(the_newer_record_wins),
        CASE(without_dates_the_first_wins),
        CASE(an_instance_joins_its_assignment),
        CASE(an_instance_joins_by_content),
        CASE(an_instance_alone_is_an_assignment),
        CASE(a_second_window_is_an_assignment_of_its_own),
        CASE(an_eligible_instance),
        CASE(a_classic_administrator_grants_nothing),
        CASE(a_role_with_two_blocks),
        CASE(a_role_in_several_subscriptions),
        CASE(a_role_cut_by_the_exporter),
        CASE(a_deny_for_everyone_but_one),
        CASE(a_deny_without_principals_is_not_understood),
        CASE(a_lock_stands_at_its_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
