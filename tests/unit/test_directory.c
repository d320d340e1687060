#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/directory.h"
#include "hand_snapshot.h"

/* Who holds what in Microsoft Entra, and what is told of principals. */

#define GLOBAL_ADMINISTRATOR      "62e90394-69f5-4237-9190-012177145e10"
#define HELPDESK_ADMINISTRATOR    "729827e3-9c14-49f7-bb1b-9608f156bbb8"
#define APPLICATION_ADMINISTRATOR "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
#define CUSTOM_ROLE               "c0570000-0000-0000-0000-000000000001"
#define GRAPH_APP_ID              "00000003-0000-0000-c000-000000000000"
#define ROLE_MANAGEMENT           "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"

static Rules rules;
static FieldTable fields;
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

/* ---- a tenant: ann and bob are people, robot a service principal, team a group ---- */

typedef struct Tenant {
    Snapshot snapshot;
    Access access;
    Directory directory;
    uint32_t ann, bob, robot, team;
} Tenant;

static Tenant tenant_new(void)
{
    Tenant t = {.snapshot = hand_snapshot(&fields)};
    Snapshot *s = &t.snapshot;
    t.ann = hand_principal(s, "ann", PRINCIPAL_USER, "Ann");
    t.bob = hand_principal(s, "bob", PRINCIPAL_USER, "Bob");
    t.robot = hand_principal(s, "robot", PRINCIPAL_SERVICE_PRINCIPAL, "robot");
    t.team = hand_principal(s, "team", PRINCIPAL_GROUP, "team");
    return t;
}

static void finish_at(Tenant *t, int64_t as_of)
{
    hand_finish(&t->snapshot);
    AccessOptions options = {.as_of = as_of};
    access_build(&t->access, &t->snapshot, &atoms, &options);
    directory_find(&t->directory, &t->access, &rules);
}

static void finish(Tenant *t)
{
    finish_at(t, TIME_NONE);
}

static void tenant_free(Tenant *t)
{
    directory_free(&t->directory);
    access_free(&t->access);
    ARRAY_FREE(&t->snapshot.directory_roles);
    ARRAY_FREE(&t->snapshot.directory_role_definitions);
    ARRAY_FREE(&t->snapshot.administrative_units);
    ARRAY_FREE(&t->snapshot.unit_members);
    ARRAY_FREE(&t->snapshot.app_roles);
    hand_free(&t->snapshot);
}

static DirectoryRoleAssignment *assign(Tenant *t, uint32_t principal, const char *role,
                                       const char *scope)
{
    Snapshot *s = &t->snapshot;
    DirectoryRoleAssignment assignment = {.principal = principal,
                                          .role_template = intern(&s->ids, role),
                                          .role_name = NONE,
                                          .directory_scope = hand_text(s, scope),
                                          .start = TIME_NONE,
                                          .end = TIME_NONE,
                                          .record = hand_record(s, RECORD_DIRECTORY_ROLE)};
    ARRAY_PUSH(&s->directory_roles, assignment);
    return &s->directory_roles.items[s->directory_roles.count - 1];
}

static uint32_t unit(Tenant *t, const char *id, bool restricted, bool members_exported)
{
    AdministrativeUnit unit = {.id = intern(&t->snapshot.ids, id),
                               .name = NONE,
                               .restricted = restricted,
                               .members_exported = members_exported,
                               .record = hand_record(&t->snapshot, RECORD_ADMINISTRATIVE_UNIT)};
    ARRAY_PUSH(&t->snapshot.administrative_units, unit);
    return t->snapshot.administrative_units.count - 1;
}

static void join(Tenant *t, uint32_t unit, uint32_t principal)
{
    UnitMember member = {unit, principal, hand_record(&t->snapshot, RECORD_ADMINISTRATIVE_UNIT)};
    ARRAY_PUSH(&t->snapshot.unit_members, member);
}

static DirectoryAnswer meets(const Tenant *t, uint32_t principal, const char *wanted,
                             uint32_t target)
{
    const char *items[] = {wanted};
    Premise premise = {.kind = PREMISE_DIRECTORY_ROLE, .values = {items, 1}};
    return directory_meets(&t->directory, principal, &premise, target);
}

#define assert_meets(t, principal, wanted, target, expected)                                       \
    assert_string_equal(certainty_name(meets(t, principal, wanted, target).certainty),             \
                        certainty_name(expected))

/* ---- who holds a role ---- */

/* ann is Global Administrator; bob through team; nested through it: nobody. */
static void roles_come_directly_or_through_one_group(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    uint32_t inner = hand_principal(&t.snapshot, "inner", PRINCIPAL_GROUP, "inner");
    uint32_t eve = hand_principal(&t.snapshot, "eve", PRINCIPAL_USER, "Eve");
    hand_member(&t.snapshot, t.team, t.bob);
    hand_member(&t.snapshot, t.team, inner);
    hand_member(&t.snapshot, inner, eve);
    assign(&t, t.ann, GLOBAL_ADMINISTRATOR, "/");
    assign(&t, t.team, GLOBAL_ADMINISTRATOR, "/");
    finish(&t);
    assert_meets(&t, t.ann, GLOBAL_ADMINISTRATOR, NONE, CERTAIN);
    assert_meets(&t, t.ann, HELPDESK_ADMINISTRATOR, NONE, NO);
    assert_meets(&t, t.bob, GLOBAL_ADMINISTRATOR, t.ann, CERTAIN);
    assert_int_equal(meets(&t, t.bob, GLOBAL_ADMINISTRATOR, NONE).record_count, 2);
    assert_meets(&t, t.team, GLOBAL_ADMINISTRATOR, NONE, CERTAIN);
    assert_meets(&t, eve, GLOBAL_ADMINISTRATOR, NONE, NO);
    assert_meets(&t, inner, GLOBAL_ADMINISTRATOR, NONE, NO);
    tenant_free(&t);
}

/* Service principals cannot activate; what is over, or not begun, gives nothing. */
static void eligible_and_timed_roles(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    hand_member(&t.snapshot, t.team, t.robot);
    hand_member(&t.snapshot, t.team, t.bob);
    assign(&t, t.team, GLOBAL_ADMINISTRATOR, "/")->eligible = true;
    assign(&t, t.ann, HELPDESK_ADMINISTRATOR, "/")->end = 100;
    assign(&t, t.robot, HELPDESK_ADMINISTRATOR, "/")->start = 100;
    finish_at(&t, 100);
    assert_meets(&t, t.bob, GLOBAL_ADMINISTRATOR, NONE, ELIGIBLE);
    assert_meets(&t, t.robot, GLOBAL_ADMINISTRATOR, NONE, NO);
    assert_meets(&t, t.ann, HELPDESK_ADMINISTRATOR, NONE, NO);
    assert_meets(&t, t.robot, HELPDESK_ADMINISTRATOR, NONE, CERTAIN);
    tenant_free(&t);
}

/* ---- where it counts ---- */

static void a_unit_holds_its_members_only(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    uint32_t eve = hand_principal(&t.snapshot, "eve", PRINCIPAL_USER, "Eve");
    uint32_t sales = unit(&t, "sales", false, true);
    (void)unit(&t, "dark", false, false);
    join(&t, sales, t.bob);
    join(&t, sales, t.team);
    hand_member(&t.snapshot, t.team, eve);
    assign(&t, t.ann, HELPDESK_ADMINISTRATOR, "/administrativeUnits/sales");
    assign(&t, t.robot, HELPDESK_ADMINISTRATOR, "/administrativeUnits/dark");
    assign(&t, eve, HELPDESK_ADMINISTRATOR, "/administrativeUnits/nowhere");
    finish(&t);
    assert_meets(&t, t.ann, HELPDESK_ADMINISTRATOR, NONE, NO);
    assert_meets(&t, t.ann, HELPDESK_ADMINISTRATOR, t.bob, CERTAIN);
    assert_int_equal(meets(&t, t.ann, HELPDESK_ADMINISTRATOR, t.bob).record_count, 2);
    assert_meets(&t, t.ann, HELPDESK_ADMINISTRATOR, t.team, CERTAIN);
    assert_meets(&t, t.ann, HELPDESK_ADMINISTRATOR, eve, NO);
    assert_meets(&t, t.robot, HELPDESK_ADMINISTRATOR, t.bob, ASSUMED);
    assert_meets(&t, t.robot, HELPDESK_ADMINISTRATOR, t.robot, NO);
    assert_meets(&t, eve, HELPDESK_ADMINISTRATOR, t.bob, ASSUMED);
    tenant_free(&t);
}

/* A restricted unit keeps off who administers the tenant, but not who can give a role at it. */
static void a_restricted_unit(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    uint32_t open = unit(&t, "open", false, true);
    uint32_t vault = unit(&t, "vault", true, true);
    uint32_t eve = hand_principal(&t.snapshot, "eve", PRINCIPAL_USER, "Eve");
    join(&t, open, t.bob);
    join(&t, vault, t.bob);
    assign(&t, t.ann, HELPDESK_ADMINISTRATOR, "/");
    assign(&t, t.ann, APPLICATION_ADMINISTRATOR, "/administrativeUnits/open");
    assign(&t, t.robot, GLOBAL_ADMINISTRATOR, "/");
    assign(&t, eve, HELPDESK_ADMINISTRATOR, "/administrativeUnits/vault");
    finish(&t);
    assert_meets(&t, t.ann, HELPDESK_ADMINISTRATOR, t.bob, NO);
    assert_meets(&t, t.ann, HELPDESK_ADMINISTRATOR, eve, CERTAIN);
    assert_meets(&t, t.ann, APPLICATION_ADMINISTRATOR, t.bob, NO);
    assert_meets(&t, t.robot, GLOBAL_ADMINISTRATOR, t.bob, ASSUMED);
    assert_meets(&t, eve, HELPDESK_ADMINISTRATOR, t.bob, CERTAIN);
    PropertyValues values = {0};
    assert_int_equal(principal_values(&t.directory, t.bob, "isManagementRestricted", &values),
                     PROPERTY_KNOWN);
    assert_string_equal(values.values.items[0].text, "true");
    assert_int_equal(principal_values(&t.directory, t.ann, "isManagementRestricted", &values),
                     PROPERTY_MISSING);
    ARRAY_FREE(&values.values);
    tenant_free(&t);
}

static void one_object(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    Snapshot *s = &t.snapshot;
    s->principals.items[t.robot].app_id = intern(&s->ids, "robot-app");
    Application application = {intern(&s->ids, "application"), intern(&s->ids, "robot-app"), NONE,
                               INSTANCE_LOCK_NOT_SAID, hand_record(s, RECORD_APPLICATION)};
    ARRAY_PUSH(&s->applications, application);
    assign(&t, t.ann, APPLICATION_ADMINISTRATOR, "/APPLICATION");
    assign(&t, t.bob, APPLICATION_ADMINISTRATOR, "/robot");
    assign(&t, t.robot, APPLICATION_ADMINISTRATOR, "/elsewhere");
    finish(&t);
    assert_meets(&t, t.ann, APPLICATION_ADMINISTRATOR, t.robot, CERTAIN);
    assert_meets(&t, t.bob, APPLICATION_ADMINISTRATOR, t.robot, CERTAIN);
    assert_meets(&t, t.bob, APPLICATION_ADMINISTRATOR, t.ann, NO);
    assert_meets(&t, t.bob, APPLICATION_ADMINISTRATOR, NONE, NO);
    assert_meets(&t, t.robot, APPLICATION_ADMINISTRATOR, t.robot, NO);
    tenant_free(&t);
}

/* ---- custom roles ---- */

static void a_custom_role_is_its_actions(void **state)
{
    (void)state;
    static const char update[] = "microsoft.directory/applications/credentials/update";
    static const char owners[] = "microsoft.directory/applications/owners/update";
    Tenant t = tenant_new();
    Snapshot *s = &t.snapshot;
    Id id = intern(&s->ids, CUSTOM_ROLE);
    DirectoryRoleDefinition role = {.id = id,
                                    .template_id = id,
                                    .name = NONE,
                                    .actions = hand_list(s, update),
                                    .conditional_actions = hand_list(s, owners),
                                    .record = hand_record(s, RECORD_DIRECTORY_ROLE)};
    ARRAY_PUSH(&s->directory_role_definitions, role);
    role.id = role.template_id = intern(&s->ids, HELPDESK_ADMINISTRATOR);
    ARRAY_PUSH(&s->directory_role_definitions, role);
    assign(&t, t.ann, CUSTOM_ROLE, "/");
    assign(&t, t.bob, HELPDESK_ADMINISTRATOR, "/");
    finish(&t);
    assert_meets(&t, t.ann, update, NONE, CERTAIN);
    assert_int_equal(meets(&t, t.ann, update, NONE).record_count, 2);
    assert_meets(&t, t.ann, owners, t.robot, CONDITIONAL);
    assert_meets(&t, t.ann, "microsoft.directory/users/password/update", NONE, NO);
    assert_meets(&t, t.bob, update, NONE, NO); /* built-in roles count by their ids alone */
    tenant_free(&t);
}

/* ---- permissions of Microsoft Graph ---- */

static void permit(Tenant *t, uint32_t principal, uint32_t resource, const char *app_role)
{
    Snapshot *s = &t->snapshot;
    AppRoleAssignment assignment = {principal, resource, intern(&s->ids, app_role), NONE,
                                    hand_record(s, RECORD_APP_ROLE_ASSIGNMENT)};
    ARRAY_PUSH(&s->app_roles, assignment);
}

static void only_permissions_at_microsoft_graph(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    Snapshot *s = &t.snapshot;
    uint32_t graph = hand_principal(s, "graph", PRINCIPAL_SERVICE_PRINCIPAL, "whatever");
    uint32_t named = hand_principal(s, "named", PRINCIPAL_SERVICE_PRINCIPAL, "Microsoft Graph");
    uint32_t other = hand_principal(s, "other", PRINCIPAL_SERVICE_PRINCIPAL, "Microsoft Graph");
    uint32_t fourth = hand_principal(s, "fourth", PRINCIPAL_SERVICE_PRINCIPAL, "fourth");
    s->principals.items[graph].app_id = intern(&s->ids, GRAPH_APP_ID);
    s->principals.items[other].app_id = intern(&s->ids, "other-app");
    permit(&t, t.robot, graph, ROLE_MANAGEMENT);
    permit(&t, fourth, named, ROLE_MANAGEMENT);
    permit(&t, other, other, ROLE_MANAGEMENT);
    finish(&t);
    const char *items[] = {ROLE_MANAGEMENT};
    Premise premise = {.kind = PREMISE_APP_ROLE, .values = {items, 1}};
    assert_int_equal(directory_meets(&t.directory, t.robot, &premise, NONE).certainty, CERTAIN);
    assert_int_equal(directory_meets(&t.directory, fourth, &premise, NONE).certainty, CERTAIN);
    assert_int_equal(directory_meets(&t.directory, other, &premise, NONE).certainty, NO);
    assert_int_equal(directory_meets(&t.directory, t.ann, &premise, NONE).certainty, NO);
    PropertyValues values = {0};
    assert_int_equal(principal_values(&t.directory, t.robot, "appRoles", &values), PROPERTY_KNOWN);
    assert_string_equal(values.values.items[0].text, ROLE_MANAGEMENT);
    /* Microsoft's own, although nothing was exported of it */
    assert_int_equal(principal_values(&t.directory, named, "appOwnerOrganizationId", &values),
                     PROPERTY_KNOWN);
    assert_string_equal(values.values.items[0].text, "f8cdef31-a31e-4b4a-93e4-5f571e91255a");
    assert_int_equal(principal_values(&t.directory, other, "appOwnerOrganizationId", &values),
                     PROPERTY_MISSING);
    ARRAY_FREE(&values.values);
    tenant_free(&t);
}

/* ---- properties ---- */

static const char *value_of(const Tenant *t, uint32_t principal, const char *name)
{
    PropertyValues values = {0};
    PropertyState state = principal_values(&t->directory, principal, name, &values);
    const char *text = state == PROPERTY_NOT_EXPORTED ? "not exported"
                       : state == PROPERTY_MISSING    ? "missing"
                                                      : values.values.items[0].text;
    ARRAY_FREE(&values.values);
    return text;
}

static void groups_protect_their_members(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    uint32_t plain = hand_principal(&t.snapshot, "plain", PRINCIPAL_GROUP, "plain");
    hand_member(&t.snapshot, t.team, t.bob);
    hand_member(&t.snapshot, plain, t.ann);
    assign(&t, t.team, HELPDESK_ADMINISTRATOR, "/"); /* so it is role-assignable */
    assign(&t, t.ann, GLOBAL_ADMINISTRATOR, "/")->eligible = true;
    t.snapshot.principals.items[plain].dynamic_membership = true;
    finish(&t);
    assert_string_equal(value_of(&t, t.bob, "roleAssignableGroups"), "team");
    assert_string_equal(value_of(&t, t.ann, "roleAssignableGroups"), "missing");
    assert_string_equal(value_of(&t, t.bob, "directoryRoles"), HELPDESK_ADMINISTRATOR);
    assert_string_equal(value_of(&t, t.ann, "directoryRoles"), "missing");
    assert_string_equal(value_of(&t, t.team, "isAssignableToRole"), "true");
    assert_string_equal(value_of(&t, plain, "isAssignableToRole"), "missing");
    assert_string_equal(value_of(&t, plain, "dynamicMembership"), "true");
    assert_string_equal(value_of(&t, t.team, "dynamicMembership"), "false");
    tenant_free(&t);
}

static void what_was_not_exported_is_not_known(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    t.snapshot.exported[RECORD_DIRECTORY_ROLE] = false;
    t.snapshot.exported[RECORD_APP_ROLE_ASSIGNMENT] = false;
    t.snapshot.exported[RECORD_GROUP_MEMBER] = false;
    t.snapshot.principals.items[t.bob].exported = false;
    t.snapshot.principals.items[t.team].exported = false;
    finish(&t);
    assert_string_equal(value_of(&t, t.ann, "directoryRoles"), "not exported");
    assert_string_equal(value_of(&t, t.robot, "appRoles"), "not exported");
    assert_string_equal(value_of(&t, t.ann, "roleAssignableGroups"), "not exported");
    assert_string_equal(value_of(&t, t.bob, "guest"), "not exported");
    assert_string_equal(value_of(&t, t.ann, "guest"), "missing");
    assert_string_equal(value_of(&t, t.team, "dynamicMembership"), "not exported");
    assert_string_equal(value_of(&t, t.team, "isAssignableToRole"), "not exported");
    assert_string_equal(value_of(&t, t.robot, "appInstanceLock"), "not exported");
    assert_string_equal(value_of(&t, t.ann, "onPremisesSyncEnabled"), "missing");
    tenant_free(&t);
}

static void applications_lock_their_service_principals(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    Snapshot *s = &t.snapshot;
    s->principals.items[t.robot].app_id = intern(&s->ids, "robot-app");
    Application application = {intern(&s->ids, "application"), intern(&s->ids, "robot-app"), NONE,
                               INSTANCE_LOCK_ON, hand_record(s, RECORD_APPLICATION)};
    ARRAY_PUSH(&s->applications, application);
    finish(&t);
    assert_string_equal(value_of(&t, t.robot, "appInstanceLock"), "true");
    assert_string_equal(value_of(&t, t.robot, "foreign"), "false");
    tenant_free(&t);
}

static void trust(Tenant *t, const char *parent, const char *issuer)
{
    Snapshot *s = &t->snapshot;
    FederatedCredential credential = {.parent = hand_id(s, parent),
                                      .name = NONE,
                                      .issuer = hand_text(s, issuer),
                                      .subject = NONE,
                                      .record = hand_record(s, RECORD_FEDERATED_CREDENTIAL)};
    ARRAY_PUSH(&s->federated_credentials, credential);
}

/* An identity is found by its resource, an application by its object; a path also gives its host.
 */
static void federated_credentials_name_their_issuers(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    Snapshot *s = &t.snapshot;
    uint32_t identity = hand_principal(s, "identity", PRINCIPAL_USER_ASSIGNED, "identity");
    s->principals.items[identity].resource_id = hand_id(s, "/subscriptions/s/identity");
    trust(&t, "/subscriptions/s/identity", "https://vstoken.dev.azure.com/organization");
    trust(&t, "/subscriptions/s/other", "https://gitlab.com");
    finish(&t);
    PropertyValues values = {0};
    assert_int_equal(principal_values(&t.directory, identity, "federatedIssuers", &values),
                     PROPERTY_KNOWN);
    assert_int_equal(values.values.count, 2);
    assert_string_equal(values.values.items[0].text, "https://vstoken.dev.azure.com/organization");
    assert_string_equal(values.values.items[1].text, "https://vstoken.dev.azure.com");
    assert_int_equal(principal_values(&t.directory, t.robot, "federatedIssuers", &values),
                     PROPERTY_MISSING);
    ARRAY_FREE(&values.values);
    ARRAY_FREE(&s->federated_credentials);
    tenant_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_come_directly_or_through_one_group),
        cmocka_unit_test(eligible_and_timed_roles),
        cmocka_unit_test(a_unit_holds_its_members_only),
        cmocka_unit_test(a_restricted_unit),
        cmocka_unit_test(one_object),
        cmocka_unit_test(a_custom_role_is_its_actions),
        cmocka_unit_test(only_permissions_at_microsoft_graph),
        cmocka_unit_test(groups_protect_their_members),
        cmocka_unit_test(what_was_not_exported_is_not_known),
        cmocka_unit_test(applications_lock_their_service_principals),
        cmocka_unit_test(federated_credentials_name_their_issuers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
