#include "base/array.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "snapshot_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define APP_OBJECT "70000000-0000-0000-0000-000000000007"
#define APP_ID     "71000000-0000-0000-0000-000000000007"
#define GRAPH      "60000000-0000-0000-0000-000000000006"
#define CONTEXT(c) "'@odata.context':'https://graph.microsoft.com/v1.0/$metadata#" c "'"
#define USER(id, name)                                                                             \
    "{'@odata.type':'#microsoft.graph.user','id':'" id "','displayName':'" name                    \
    "','userPrincipalName':'" name "@contoso.com'}"

/* "member <object> <subject>" of every relation; application owners as "owner app:<id> <x>". */
static const char *relations(const Snapshot *snapshot)
{
    static char story[4096];
    size_t length = 0;
    story[0] = 0;
    for (uint32_t i = 0; i < snapshot->relations.count; i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[i];
        length +=
            (size_t)snprintf(story + length, sizeof story - length, "%s%s %s%s %s", i ? "; " : "",
                             relation->kind == RELATION_MEMBER ? "member" : "owner",
                             relation->object == NONE ? "app:" : "",
                             relation->object == NONE ? id_text(snapshot, relation->application)
                                                      : principal_name(snapshot, relation->object),
                             principal_name(snapshot, relation->subject));
    }
    return story;
}

static void expanded_members(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "x.json",
        "{" CONTEXT(
            "groups(members())") ",'value':[{'id':'" TEAM "','displayName':'team','securityEnabled'"
                                 ":true,'isAssignableToRole':true,"
                                 "'membershipRule':null,'members':[" USER(
                                     ALICE,
                                     "alice") ",{'@odata.type':'#microsoft.graph.device','id':'" BOB
                                              "'},{'noid':1}]}]}");
    assert_string_equal(relations(snapshot), "member team alice");
    const Principal *team = case_principal(snapshot, TEAM);
    assert_true(team->exported);
    assert_true(team->members_exported);
    assert_true(team->role_assignable);
    assert_false(team->dynamic_membership);
    assert_false(case_principal(snapshot, ALICE)->exported);
    assert_int_equal(case_principal(snapshot, ALICE)->kind, PRINCIPAL_USER);
    assert_int_equal(snapshot_find_principal(snapshot, BOB), NONE);
    assert_true(snapshot->exported[RECORD_GROUP]);
    assert_true(snapshot->exported[RECORD_GROUP_MEMBER]);
    assert_string_equal(
        case_messages(snapshot),
        "warning x.json:1: /value/0/members/2: expected an object with an id; left out\n");
}

#define MEMBER_LIST "[" USER(ALICE, "alice") "]"

static void a_member_list_needs_its_group(void **state)
{
    const Snapshot *snapshot = case_of(*state, "members.json", MEMBER_LIST);
    assert_string_equal(relations(snapshot), "");
    assert_string_equal(case_ledger(snapshot, "members.json"),
                        "used 0 duplicate 0 not-relevant 0 not-understood 1");
    assert_non_null(strstr(case_file(snapshot, "members.json")->remark, "group not named"));
    assert_int_equal(snapshot_exit_status(snapshot), 0);
}

static void a_group_named_by_the_file(void **state)
{
    case_write(*state, "a/members_" TEAM ".json", MEMBER_LIST);
    case_write(*state, "group-members/" ROBOT ".json", MEMBER_LIST);
    case_write(*state, "group_owners_" TEAM ".json", "[" USER(BOB, "bob") "]");
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(relations(snapshot),
                        "member cccccccc (unresolved) alice; member dddddddd (unresolved) alice; "
                        "owner cccccccc (unresolved) bob");
    assert_int_equal(case_principal(snapshot, TEAM)->kind, PRINCIPAL_GROUP);
    assert_true(case_principal(snapshot, TEAM)->members_exported);
    assert_true(case_principal(snapshot, TEAM)->owners_exported);
    assert_true(case_principal(snapshot, ROBOT)->members_exported);
    assert_false(case_principal(snapshot, ROBOT)->owners_exported);
}

static void a_group_named_by_the_page(void **state)
{
    case_write(*state, "a.json",
               "{" CONTEXT("groups(`" TEAM "`)/members") ",'value':" MEMBER_LIST "}");
    case_write(
        *state, "b.json",
        "{" CONTEXT("directoryObjects") ",'@odata.nextLink':"
                                        "'https://graph.microsoft.com/v1.0/groups/" TEAM
                                        "/owners?$skiptoken=x','value':[" USER(BOB, "bob") "]}");
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(relations(snapshot), "member cccccccc (unresolved) alice; owner cccccccc "
                                             "(unresolved) bob");
    snapshot_find_gaps(&((SnapshotCase *)*state)->snapshot);
    assert_non_null(case_gap(snapshot, "truncated:b.json"));
}

static void a_group_named_by_a_manifest(void **state)
{
    case_write(*state, "d/1.json", MEMBER_LIST);
    case_write(*state, "d/2.json", "[]");
    case_write(*state, "d/manifest.json",
               "{'schema':'amlblast.manifest/1','files':["
               "{'path':'1.json','kind':'group-members','of':'" TEAM "'},"
               "{'path':'2.json','kind':'group-members','of':'" ROBOT "'}]}");
    case_write(*state, "groups.json",
               "[{'id':'" ROBOT "','displayName':'empty','securityEnabled':true}]");
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(relations(snapshot), "member cccccccc (unresolved) alice");
    assert_true(case_principal(snapshot, ROBOT)->members_exported);
    assert_string_equal(case_ledger(snapshot, "d/manifest.json"),
                        "used 1 duplicate 0 not-relevant 0 not-understood 0");
    assert_string_equal(case_file(snapshot, "d/2.json")->remark, "an empty list of group-members");
}

/* The same membership by a list and inline: one relation. */
static void a_membership_twice(void **state)
{
    case_write(
        *state, "a.json",
        "{" CONTEXT(
            "groups(members())") ",'value':[{'id':'" TEAM
                                 "','displayName':'team','securityEnabled':true,'members':[" USER(
                                     ALICE, "alice") "]}]}");
    case_write(*state, "members_" TEAM ".json", MEMBER_LIST);
    case_write(*state, "members_" TEAM ".copy.json", MEMBER_LIST);
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(relations(snapshot), "member team alice");
    assert_string_equal(case_ledger(snapshot, "members_" TEAM ".json"),
                        "used 0 duplicate 1 not-relevant 0 not-understood 0");
}

static void twenty_inline_members_may_be_more(void **state)
{
    TextBuffer text = {0};
    text_append(
        &text,
        "{" CONTEXT(
            "groups(members())") ",'value':[{'id':'" TEAM
                                 "','displayName':'team','securityEnabled':true,'members':[");
    for (int i = 0; i < 20; i++)
        text_append_format(&text, "%s{'id':'%08d-0000-0000-0000-000000000001'}", i ? "," : "",
                           i + 1);
    text_append(&text, "]}]}");
    Snapshot *snapshot = case_of(*state, "x.json", text.text);
    text_buffer_free(&text);
    assert_int_equal(snapshot->relations.count, 20);
    snapshot_find_gaps(snapshot);
    assert_non_null(case_gap(snapshot, "truncated:x.json"));
}

static void a_list_of_users_is_no_member_list(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "team-members.json",
                "[{'id':'" ALICE "','displayName':'Alice','userPrincipalName':'a@b.c',"
                "'userType':'Guest','accountEnabled':false}]");
    const Principal *alice = case_principal(snapshot, ALICE);
    assert_true(alice->exported);
    assert_true(alice->guest);
    assert_false(alice->enabled);
    assert_string_equal(relations(snapshot), "");
}

static void service_principals_of_identities(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "x.json",
        "[{'id':'" ROBOT "','appId':'" APP_ID "','displayName':'id-x','servicePrincipalType':"
        "'ManagedIdentity','alternativeNames':['isExplicit=True','" RG
        "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-x']},"
        "{'id':'" BOB "','displayName':'vm1','servicePrincipalType':'ManagedIdentity',"
        "'alternativeNames':['isExplicit=False','" RG
        "/providers/Microsoft.Compute/virtualMachines/vm1']},"
        "{'id':'" ALICE "','displayName':'app','servicePrincipalType':'Application',"
        "'alternativeNames':[]}]");
    const Principal *robot = case_principal(snapshot, ROBOT);
    assert_int_equal(robot->kind, PRINCIPAL_USER_ASSIGNED);
    assert_string_equal(id_text(snapshot, robot->app_id), APP_ID);
    assert_string_equal(id_text(snapshot, robot->resource_id),
                        RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-x");
    assert_int_equal(case_principal(snapshot, BOB)->kind, PRINCIPAL_SYSTEM_ASSIGNED);
    assert_int_equal(case_principal(snapshot, ALICE)->kind, PRINCIPAL_SERVICE_PRINCIPAL);
}

static void applications_and_their_owners(void **state)
{
    case_write(
        *state, "apps.json",
        "{" CONTEXT(
            "applications(owners())") ",'value':[{'id':'" APP_OBJECT "','appId':'" APP_ID
                                      "','displayName':'etl','signInAudience':'AzureADMyOrg',"
                                      "'owners':[" USER(
                                          ALICE,
                                          "alice") "],'federatedIdentityCredentials':[{'id':'f1',"
                                                   "'name':'gh','issuer':'https://"
                                                   "i','subject':'repo:x'}]}]}");
    case_write(*state, "app_owners_" APP_ID ".json", "[" USER(BOB, "bob") "]");
    case_write(
        *state, "fic.json",
        "{" CONTEXT("applications(`" APP_OBJECT
                    "`)/federatedIdentityCredentials") ",'value':[{'id':'f1','name':'gh','issuer':'"
                                                       "https://i','subject':'repo:x',"
                                                       "'audiences':['a']},{'id':'f2','name':'gl','"
                                                       "issuer':'https://j','subject':'y',"
                                                       "'audiences':['a']}]}");
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(relations(snapshot),
                        "owner app:" APP_OBJECT " alice; owner app:" APP_OBJECT " bob");
    assert_int_equal(snapshot->federated_credentials.count, 2);
    const FederatedCredential *credential = &snapshot->federated_credentials.items[1];
    assert_true(credential->parent_is_application);
    assert_string_equal(id_text(snapshot, credential->parent), APP_OBJECT);
    assert_string_equal(text_text(snapshot, credential->subject), "y");
    assert_string_equal(case_ledger(snapshot, "fic.json"),
                        "used 1 duplicate 1 not-relevant 0 not-understood 0");
}

static void credentials_of_an_identity(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'" RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i/"
                "federatedIdentityCredentials/f','name':'f','issuer':'https://i','subject':'s',"
                "'audiences':[],'type':'Microsoft.ManagedIdentity/userAssignedIdentities/"
                "federatedIdentityCredentials'},{'name':'g','issuer':'https://i','subject':'s',"
                "'audiences':[]}]");
    assert_int_equal(snapshot->federated_credentials.count, 1);
    assert_string_equal(id_text(snapshot, snapshot->federated_credentials.items[0].parent),
                        RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i");
    assert_string_equal(case_ledger(snapshot, "x.json"),
                        "used 1 duplicate 0 not-relevant 0 not-understood 1");
}

#define ROLE_PERMISSION "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"

static void application_permissions_get_their_names(void **state)
{
    case_write(*state, "a.json",
               "{" CONTEXT(
                   "appRoleAssignments") ",'value':[{'id':'x','appRoleId':'" ROLE_PERMISSION
                                         "','principalId':'" ROBOT
                                         "','principalDisplayName':'robot','principalType':"
                                         "'ServicePrincipal','resourceId':'" GRAPH
                                         "','resourceDisplayName':"
                                         "'Microsoft Graph'},{'id':'y','appRoleId':'" NIL_GUID
                                         "','principalId':'" ROBOT "','resourceId':'" GRAPH
                                         "'},{'id':'z','appRoleId':'" APP_ID
                                         "','principalId':'" ROBOT "','resourceId':'" GRAPH "'}]}");
    case_write(*state, "b.json",
               "[{'id':'" GRAPH "','displayName':'Microsoft Graph','servicePrincipalType':"
               "'Application','appRoles':[{'id':'" ROLE_PERMISSION
               "','value':'RoleManagement.ReadWrite.Directory'}]}]");
    const Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->app_roles.count, 2);
    assert_string_equal(text_text(snapshot, snapshot->app_roles.items[0].value),
                        "RoleManagement.ReadWrite.Directory");
    assert_int_equal(snapshot->app_roles.items[1].value, NONE);
    assert_string_equal(case_ledger(snapshot, "a.json"),
                        "used 2 duplicate 0 not-relevant 1 not-understood 0");
    assert_string_equal(snapshot->not_relevant.items[0].kind, "default access to an application");
}

#define GLOBAL_ADMIN "62e90394-69f5-4237-9190-012177145e10"
#define INSTANCE_ID  "50000000-0000-0000-0000-000000000005"

static void directory_roles(void **state)
{
    case_write(*state, "a.json",
               "{" CONTEXT("directoryRoles(`" INSTANCE_ID
                           "`)/members") ",'value':[" USER(ALICE, "alice") "]}");
    case_write(*state, "b.json",
               "{" CONTEXT("directoryRoles(members())") ",'value':[{'id':'" INSTANCE_ID
                                                        "','roleTemplateId':'" GLOBAL_ADMIN
                                                        "','displayName':'Global Administrator',"
                                                        "'members':[" USER(BOB, "bob") "]}]}");
    case_write(*state, "c.json",
               "{" CONTEXT(
                   "roleManagement/directory/roleAssignments") ",'value':[{'id':'q',"
                                                               "'principalId':'" BOB
                                                               "','roleDefinitionId':'" GLOBAL_ADMIN
                                                               "','directoryScopeId':'/"
                                                               "'},{'id':'r','principalId':'" ROBOT
                                                               "','roleDefinitionId':'" GLOBAL_ADMIN
                                                               "','directoryScopeId':'/"
                                                               "administrativeUnits/u'}]}");
    case_write(
        *state, "d.json",
        "{" CONTEXT(
            "roleManagement/directory/roleEligibilityScheduleInstances") ",'value':[{'id':'s','"
                                                                         "principalId':'" BOB
                                                                         "','roleDefinitionId':"
                                                                         "'" GLOBAL_ADMIN
                                                                         "','directoryScopeId':'/"
                                                                         "','startDateTime':'2026-"
                                                                         "01-01T00:00:00Z'}]}");
    const Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->directory_roles.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const DirectoryRoleAssignment *role = &snapshot->directory_roles.items[i];
        assert_string_equal(id_text(snapshot, role->role_template), GLOBAL_ADMIN);
        assert_string_equal(text_text(snapshot, role->role_name), "Global Administrator");
        assert_int_equal(role->eligible, i == 3);
    }
    assert_string_equal(case_ledger(snapshot, "c.json"),
                        "used 1 duplicate 1 not-relevant 0 not-understood 0");
    assert_string_equal(text_text(snapshot, snapshot->directory_roles.items[2].directory_scope),
                        "/administrativeUnits/u");
}

static void delegated_grants(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'clientId':'" ROBOT "','consentType':'AllPrincipals','principalId':null,"
                "'resourceId':'" GRAPH "','scope':'User.Read Mail.Read'},"
                "{'clientId':'" ROBOT "','consentType':'Principal','principalId':'" ALICE
                "','resourceId':'" GRAPH "','scope':'User.Read'}]");
    assert_int_equal(snapshot->delegated_grants.count, 2);
    assert_int_equal(snapshot->delegated_grants.items[0].principal, NONE);
    assert_string_equal(text_text(snapshot, snapshot->delegated_grants.items[0].permissions),
                        "User.Read Mail.Read");
    assert_int_equal(snapshot->delegated_grants.items[1].principal,
                     snapshot_find_principal(snapshot, ALICE));
}

/* ---- management groups ---- */

#define MG(name) "/providers/Microsoft.Management/managementGroups/" name

static const ManagementGroup *group(const Snapshot *snapshot, const char *name)
{
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++)
        if (text_equal(text_text(snapshot, snapshot->management_groups.items[i].name), name))
            return &snapshot->management_groups.items[i];
    fail_msg("no management group %s", name);
    return NULL;
}

#define TREE                                                                                       \
    "{'id':'" MG(                                                                                  \
        TENANT) "','name':'" TENANT "','tenantId':'" TENANT                                        \
                "','displayName':'Root','type':'Microsoft.Management/"                             \
                "managementGroups','details':{'parent':"                                           \
                "null},'children':[{'id':'" MG(                                                    \
                    "ml") "','displayName':'ML','name':'ml','type':"                               \
                          "'Microsoft.Management/managementGroups','children':[{'id':'" SUB        \
                          "','displayName':'sub-ml','name':'x','type':'/"                          \
                          "subscriptions','children':null}]}]}"

static void a_tree_of_management_groups(void **state)
{
    const Snapshot *snapshot = case_of(*state, "x.json", TREE);
    assert_true(group(snapshot, TENANT)->is_tenant_root);
    assert_true(group(snapshot, TENANT)->parent_exported);
    assert_int_equal(group(snapshot, TENANT)->parent, NONE);
    assert_string_equal(id_text(snapshot, group(snapshot, "ml")->parent), MG(TENANT));
    assert_string_equal(text_text(snapshot, group(snapshot, "ml")->display_name), "ML");
    assert_int_equal(snapshot->subscriptions.count, 1);
    const Subscription *subscription = &snapshot->subscriptions.items[0];
    assert_string_equal(id_text(snapshot, subscription->management_group), MG("ml"));
    assert_string_equal(text_text(snapshot, subscription->name), "sub-ml");
    assert_string_equal(id_text(snapshot, snapshot->tenant_id), TENANT);
}

static void entities_tell_their_parent(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "x.json",
        "{'value':[{'id':'" MG(
            "a") "','name':'a','type':'Microsoft.Management/managementGroups',"
                 "'properties':{'displayName':'A','parent':{'id':null}}},"
                 "{'id':'" MG("b") "','name':'b','type':'Microsoft.Management/managementGroups',"
                                   "'properties':{'parent':{'id':'" MG(
                                       "a") "'}}},"
                                            "{'id':'" SUB "','name':'1','type':'/"
                                            "subscriptions','properties':{'displayName':'S',"
                                            "'parent':{'id':'" MG("b") "'}}}]}");
    assert_true(group(snapshot, "a")->is_tenant_root);
    assert_string_equal(id_text(snapshot, group(snapshot, "b")->parent), MG("a"));
    assert_string_equal(id_text(snapshot, snapshot->subscriptions.items[0].management_group),
                        MG("b"));
}

static void resource_graph_tells_the_way_to_the_root(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "{'count':1,'data':[{'id':'" SUB "','name':'S','type':"
                "'microsoft.resources/subscriptions','tenantId':'" TENANT
                "','properties':{'managementGroupAncestorsChain':[{'name':'ml','displayName':'ML'},"
                "{'name':'" TENANT "','displayName':'Root'}]}}],'total_records':1}");
    assert_string_equal(id_text(snapshot, snapshot->subscriptions.items[0].management_group),
                        MG("ml"));
    assert_string_equal(id_text(snapshot, group(snapshot, "ml")->parent), MG(TENANT));
    assert_true(group(snapshot, TENANT)->is_tenant_root);
    assert_string_equal(case_file(snapshot, "x.json")->format, "arg-subscription-page");
}

static void a_flat_list_says_nothing_about_places(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'displayName':'ML','id':'" MG(
                    "ml") "','name':'ml','tenantId':'" TENANT
                          "','type':'/providers/Microsoft.Management/managementGroups'}]");
    assert_false(group(snapshot, "ml")->parent_exported);
    assert_false(group(snapshot, "ml")->is_tenant_root);
    assert_string_equal(id_text(snapshot, snapshot->tenant_id), TENANT);
}

#define AT(guid, scope)                                                                            \
    "{'id':'/providers/Microsoft.Authorization/roleAssignments/" guid "','principalId':'" ALICE    \
    "','roleDefinitionId':'" READER "','scope':'" scope "'}"
#define SUB_2 "/subscriptions/22222222-2222-2222-2222-222222222222"

/* One Azure CLI list with a management group and one subscription: the one is above the other. */
static void a_list_places_a_group(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "ra.json",
                "[" AT("10000000-0000-0000-0000-000000000001", MG("ml")) "," AT(
                    "10000000-0000-0000-0000-000000000002",
                    RG) "," AT("10000000-0000-0000-0000-000000000003", SUB) "]");
    assert_int_equal(snapshot->assumed_placements.count, 1);
    const AssumedPlacement *placement = &snapshot->assumed_placements.items[0];
    assert_string_equal(id_text(snapshot, placement->management_group), MG("ml"));
    assert_string_equal(id_text(snapshot, placement->subscription), SUB);
    assert_int_equal(snapshot->records.items[placement->record].index, 0);
    assert_int_equal(group(snapshot, "ml")->record, NONE);
    assert_int_equal(snapshot->subscriptions.items[0].record, NONE);
}

static void two_subscriptions_place_nothing(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "ra.json",
                "[" AT("10000000-0000-0000-0000-000000000001", MG("ml")) "," AT(
                    "10000000-0000-0000-0000-000000000002",
                    RG) "," AT("10000000-0000-0000-0000-000000000003", SUB_2) "]");
    assert_int_equal(snapshot->assumed_placements.count, 0);
    assert_int_equal(snapshot->subscriptions.count, 2);
}

/* "<unit> <member>" of every membership, then the units: name, "restricted", "listed". */
static const char *units(const Snapshot *snapshot)
{
    static char story[1024];
    size_t length = 0;
    story[0] = 0;
    for (uint32_t i = 0; i < snapshot->unit_members.count; i++) {
        const UnitMember *member = &snapshot->unit_members.items[i];
        length += (size_t)snprintf(
            story + length, sizeof story - length, "%s %s; ",
            text_text(snapshot, snapshot->administrative_units.items[member->unit].name),
            principal_name(snapshot, member->principal));
    }
    for (uint32_t i = 0; i < snapshot->administrative_units.count; i++) {
        const AdministrativeUnit *unit = &snapshot->administrative_units.items[i];
        length +=
            (size_t)snprintf(story + length, sizeof story - length, "%s%s%s%s", i ? ", " : "",
                             text_text(snapshot, unit->name), unit->restricted ? " restricted" : "",
                             unit->members_exported ? " listed" : "");
    }
    return story;
}

#define UNIT_1               "a0000000-0000-0000-0000-000000000001"
#define UNIT_2               "a0000000-0000-0000-0000-000000000002"
#define UNIT_3               "a0000000-0000-0000-0000-000000000003"
#define UNIT(id, name, more) "{'id':'" id "','displayName':'" name "'" more "}"

/* Members inline, in a page that names the unit, in a file that does; an empty one. */
static void administrative_units(void **state)
{
    case_write(
        *state, "administrativeUnits.json",
        "{" CONTEXT("directory/administrativeUnits(members())") ",'value':[" UNIT(
            UNIT_1, "sales",
            ",'isMemberManagementRestricted':true,'members':[" USER(
                ALICE,
                "alice") "]") "," UNIT(UNIT_2, "north",
                                       ",'isMemberManagementRestricted':false") "," UNIT(UNIT_3,
                                                                                         "south",
                                                                                         "") "]}");
    case_write(*state, "page.json",
               "{" CONTEXT("administrativeUnits(`" UNIT_2
                           "`)/members") ",'value':[" USER(BOB, "bob") "]}");
    case_write(*state, "au-members_" UNIT_3 ".json", "[]");
    const Snapshot *snapshot = case_read(*state);
    assert_string_equal(units(snapshot),
                        "sales alice; north bob; sales restricted listed, north listed, south "
                        "listed");
    assert_string_equal(relations(snapshot), "");
    assert_string_equal(case_messages(snapshot), "");
    assert_true(snapshot->exported[RECORD_ADMINISTRATIVE_UNIT]);
    assert_false(snapshot->exported[RECORD_GROUP_MEMBER]);
}

/* A unit's own list of who administers it names the role object of the tenant. */
static void roles_at_a_unit(void **state)
{
    case_write(
        *state, "roles.json",
        "{" CONTEXT("directoryRoles") ",'value':[{'id':'90000000-0000-0000-0000-000000000009',"
                                      "'displayName':'Helpdesk Administrator','roleTemplateId':"
                                      "'729827e3-9c14-49f7-bb1b-9608f156bbb8'}]}");
    case_write(*state, "scoped.json",
               "{'value':[{'id':'x','roleId':'90000000-0000-0000-0000-000000000009',"
               "'administrativeUnitId':'" UNIT_1 "','roleMemberInfo':{'id':'" ALICE
               "','displayName':'alice'}}]}");
    const Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->directory_roles.count, 1);
    const DirectoryRoleAssignment *assignment = &snapshot->directory_roles.items[0];
    assert_string_equal(text_text(snapshot, assignment->directory_scope),
                        "/administrativeUnits/" UNIT_1);
    assert_string_equal(id_text(snapshot, assignment->role_template),
                        "729827e3-9c14-49f7-bb1b-9608f156bbb8");
    assert_string_equal(principal_name(snapshot, assignment->principal), "alice");
}

#define HELD(more)                                                                                 \
    "{'id':'x','principalId':'" ALICE "','roleDefinitionId':'" READER                              \
    "','directoryScopeId':'/'" more "}"

/* The assignment and its schedule instance are one, which ends when the instance does. */
static void an_instance_gives_the_time(void **state)
{
    case_write(*state, "a.json",
               "[" HELD(",'startDateTime':'2026-01-01T00:00:00Z','endDateTime':"
                        "'2026-02-01T00:00:00Z','assignmentType':'Activated'") "]");
    case_write(*state, "b.json", "[" HELD("") "]");
    const Snapshot *snapshot = case_read(*state);
    assert_int_equal(snapshot->directory_roles.count, 1);
    assert_int_equal(snapshot->directory_roles.items[0].start, 1767225600);
    assert_int_equal(snapshot->directory_roles.items[0].end, 1769904000);
    case_write(*state, "c.json", "[" HELD(",'startDateTime':'2026-01-05T00:00:00Z'") "]");
    snapshot = case_read(*state);
    assert_int_equal(snapshot->directory_roles.items[0].start, 1767225600);
    assert_int_equal(snapshot->directory_roles.items[0].end, TIME_NONE);
}

static void custom_roles_tell_what_they_allow(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "definitions.json",
        "{" CONTEXT(
            "roleManagement/directory/roleDefinitions") ",'value':[{'id':'" READER
                                                        "','templateId':'" READER
                                                        "','displayName':'app "
                                                        "keys','isBuiltIn':false,'rolePermissions':"
                                                        "["
                                                        "{'allowedResourceActions':['microsoft."
                                                        "directory/a/update','microsoft.directory/"
                                                        "b/update'],"
                                                        "'excludedResourceActions':['microsoft."
                                                        "directory/b/update'],'condition':null},"
                                                        "{'allowedResourceActions':['microsoft."
                                                        "directory/c/update'],'condition':"
                                                        "'$ResourceIsSelf'}]}]}");
    assert_int_equal(snapshot->directory_role_definitions.count, 1);
    const DirectoryRoleDefinition *role = &snapshot->directory_role_definitions.items[0];
    assert_false(role->built_in);
    assert_int_equal(role->actions.count, 1);
    assert_string_equal(role->actions.items[0], "microsoft.directory/a/update");
    assert_int_equal(role->conditional_actions.count, 1);
    assert_string_equal(role->conditional_actions.items[0], "microsoft.directory/c/update");
}

/* The gap names roles of which nothing tells what they allow, and units without their members. */
static void what_the_directory_lacks(void **state)
{
    case_write(*state, "directory-roles.json",
               "[{'id':'x','principalId':'" ALICE "','roleDefinitionId':'" READER
               "','directoryScopeId':'/administrativeUnits/" UNIT_1 "'}]");
    Snapshot *snapshot = case_read(*state);
    snapshot_find_gaps(snapshot);
    assert_string_equal(case_gap(snapshot, "directory-roles")->detail,
                        READER ", administrativeUnits/" UNIT_1);
    case_write(*state, "definitions.json",
               "[{'id':'" READER "','templateId':'" READER "','isBuiltIn':false,'rolePermissions':["
               "{'allowedResourceActions':['microsoft.directory/a/update']}]}]");
    case_write(*state, "au-members_" UNIT_1 ".json", "[]");
    snapshot = case_read(*state);
    snapshot_find_gaps(snapshot);
    assert_null(case_gap(snapshot, "directory-roles"));
}

static InstanceLock lock_of(void *state, const char *lock)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "[{'id':'" APP_OBJECT "','appId':'" APP_ID
                   "','displayName':'app','signInAudience':'AzureADMyOrg'%s}]",
                   lock);
    return case_of(state, "apps.json", text)->applications.items[0].instance_lock;
}

static void applications_lock_credentials(void **state)
{
#define LOCK ",'servicePrincipalLockConfiguration':"
    assert_int_equal(lock_of(*state, ""), INSTANCE_LOCK_NOT_SAID);
    assert_int_equal(lock_of(*state, LOCK "null"), INSTANCE_LOCK_OFF);
    assert_int_equal(lock_of(*state, LOCK "{'isEnabled':true}"), INSTANCE_LOCK_ON);
    assert_int_equal(lock_of(*state, LOCK "{'isEnabled':false,'allProperties':true}"),
                     INSTANCE_LOCK_OFF);
    assert_int_equal(lock_of(*state, LOCK "{'isEnabled':true,'allProperties':false,"
                                          "'credentialsWithUsageVerify':false}"),
                     INSTANCE_LOCK_OFF);
    assert_int_equal(lock_of(*state, LOCK "{'isEnabled':true,'allProperties':false,"
                                          "'credentialsWithUsageVerify':true}"),
                     INSTANCE_LOCK_ON);
}

/* Kept for rules: what resource-fields.json names of the kind of principal. */
static void properties_of_principals(void **state)
{
    const Snapshot *snapshot =
        case_of(*state, "x.json",
                "[{'id':'" ALICE "','userPrincipalName':'a@x.com',"
                "'userType':'Guest','onPremisesSyncEnabled':true},{'id':'" TEAM
                "','groupTypes':['Unified','DynamicMembership'],'membershipRule':'x'},"
                "{'id':'" ROBOT "','groupTypes':[],"
                "'membershipRule':'x'}]");
    uint32_t record = NONE;
    const Principal *alice = case_principal(snapshot, ALICE);
    assert_string_equal(principal_property(snapshot, alice, "onPremisesSyncEnabled", &record),
                        "true");
    assert_int_equal(record, alice->record);
    assert_string_equal(principal_property(snapshot, alice, "userType", NULL), "Guest");
    assert_null(principal_property(snapshot, alice, "guest", NULL));
    const Principal *team = case_principal(snapshot, TEAM);
    assert_string_equal(principal_property(snapshot, team, "membershipRule", NULL), "x");
    assert_true(team->dynamic_membership);
    assert_false(case_principal(snapshot, ROBOT)->dynamic_membership);
}

static void permissions_inside_a_service_principal(void **state)
{
    const Snapshot *snapshot = case_of(
        *state, "sps.json",
        "[{'id':'" ROBOT "','appId':'" APP_ID "','servicePrincipalType':'Application',"
        "'appRoleAssignments':[{'id':'x','appRoleId':'9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8',"
        "'principalId':'" ROBOT "','resourceId':'" GRAPH "','resourceDisplayName':"
        "'Microsoft Graph'}]}]");
    assert_int_equal(snapshot->app_roles.count, 1);
    assert_string_equal(principal_name(snapshot, snapshot->app_roles.items[0].resource),
                        "Microsoft Graph");
    assert_true(snapshot->exported[RECORD_APP_ROLE_ASSIGNMENT]);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, case_setup, case_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(expanded_members),
        CASE(a_member_list_needs_its_group),
        CASE(a_group_named_by_the_file),
        CASE(a_group_named_by_the_page),
        CASE(a_group_named_by_a_manifest),
        CASE(a_membership_twice),
        CASE(twenty_inline_members_may_be_more),
        CASE(a_list_of_users_is_no_member_list),
        CASE(service_principals_of_identities),
        CASE(applications_and_their_owners),
        CASE(credentials_of_an_identity),
        CASE(application_permissions_get_their_names),
        CASE(directory_roles),
        CASE(administrative_units),
        CASE(roles_at_a_unit),
        CASE(an_instance_gives_the_time),
        CASE(custom_roles_tell_what_they_allow),
        CASE(what_the_directory_lacks),
        CASE(applications_lock_credentials),
        CASE(properties_of_principals),
        CASE(permissions_inside_a_service_principal),
        CASE(delegated_grants),
        CASE(a_tree_of_management_groups),
        CASE(entities_tell_their_parent),
        CASE(resource_graph_tells_the_way_to_the_root),
        CASE(a_flat_list_says_nothing_about_places),
        CASE(a_list_places_a_group),
        CASE(two_subscriptions_place_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
