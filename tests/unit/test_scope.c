#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "access/scope.h"
#include "hand_snapshot.h"

#include <stdlib.h>

#define SUB_A   "/subscriptions/aaaaaaaa-0000-0000-0000-00000000000a"
#define SUB_B   "/subscriptions/bbbbbbbb-0000-0000-0000-00000000000b"
#define SUB_C   "/subscriptions/cccccccc-0000-0000-0000-00000000000c"
#define RG      SUB_A "/resourceGroups/rg-ml"
#define WS      RG "/providers/Microsoft.MachineLearningServices/workspaces/w"
#define VAULT   RG "/providers/Microsoft.KeyVault/vaults/v"
#define STORE   RG "/providers/Microsoft.Storage/storageAccounts/s"
#define RG_HOST SUB_A "/resourceGroups/rg-hosts/providers/Microsoft.Compute/virtualMachines/vm"
#define GROUPS  "/providers/Microsoft.Management/managementGroups/"
#define TENANT  "11111111-1111-1111-1111-111111111111"

static uint32_t at(const ScopeTree *tree, const Snapshot *snapshot, const char *id)
{
    bool exact;
    uint32_t scope = scope_find(tree, snapshot, id, &exact);
    if (!exact)
        fail_msg("not in the tree: %s", id);
    return scope;
}

static void assert_contains(const ScopeTree *tree, const Snapshot *snapshot, const char *outer,
                            const char *inner, Certainty expected)
{
    ScopeTarget target = scope_target(tree, snapshot, inner);
    Certainty got = scope_contains_target(tree, at(tree, snapshot, outer), &target);
    if (got != expected)
        fail_msg("%s contains %s: expected %d, got %d", outer, inner, (int)expected, (int)got);
}

/* Numbers, parents and ends agree with each other, and each scope with the text of its id. */
static void assert_well_formed(const ScopeTree *tree, const Snapshot *snapshot)
{
    for (uint32_t i = 1; i < tree->count; i++) {
        const Scope *scope = &tree->scopes[i], *parent = &tree->scopes[scope->parent];
        assert_true(scope->parent < i);
        assert_true(scope->end > i && scope->end <= parent->end);
        assert_int_equal(tree->scope_of_id[scope->id], i);
        if (scope->level >= SCOPE_RESOURCE_GROUP)
            assert_true(scope_text_contains(interned_text(&snapshot->ids, parent->id),
                                            interned_text(&snapshot->ids, scope->id)));
        if (i + 1 < tree->count && tree->scopes[i + 1].parent == scope->parent)
            assert_true(
                text_compare_any_case(interned_text(&snapshot->ids, scope->id),
                                      interned_text(&snapshot->ids, tree->scopes[i + 1].id)) < 0);
    }
    assert_int_equal(tree->scopes[0].end, tree->count);
}

static void an_empty_snapshot_has_the_root(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(NULL);
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_int_equal(tree.count, 1);
    assert_int_equal(tree.scopes[0].parent, NONE);
    assert_int_equal(tree.tenant_root, NONE);
    bool exact;
    assert_int_equal(scope_find(&tree, &snapshot, WS, &exact), 0);
    assert_false(exact);
    scope_tree_free(&tree);
    hand_free(&snapshot);
}

/*
 *   / > sub A > rg-ml > w > computes/c
 *                     > s > blobServices/default > containers/c > an assignment's scope
 *             > deployments/d (of the subscription)
 */
static void ancestors_that_no_record_names_are_made(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(NULL);
    uint32_t who = hand_principal(&snapshot, "p", PRINCIPAL_USER, "Dana");
    hand_resource(&snapshot, WS "/computes/c",
                  "Microsoft.MachineLearningServices/workspaces/computes");
    hand_assignment(&snapshot, who, "r", STORE "/blobServices/default/containers/c");
    hand_assignment(&snapshot, who, "r", SUB_A "/providers/Microsoft.Resources/deployments/d");
    hand_assignment(&snapshot, who, "r", "/providers/Microsoft.Capacity/reservationOrders/x");
    hand_assignment(&snapshot, who, "r", VAULT "/providers/Microsoft.Authorization/locks/l");
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_well_formed(&tree, &snapshot);
    assert_int_equal(tree.count, 12);

    uint32_t container = at(&tree, &snapshot, STORE "/blobServices/default/containers/c");
    const Scope *scopes = tree.scopes;
    assert_string_equal(interned_text(&snapshot.ids, scopes[container].type),
                        "Microsoft.Storage/storageAccounts/blobServices/containers");
    assert_int_equal(scopes[container].resource, NONE);
    assert_int_equal(scopes[scopes[scopes[container].parent].parent].id, hand_id(&snapshot, STORE));
    assert_int_equal(scopes[container].resource_group, at(&tree, &snapshot, RG));
    assert_int_equal(scopes[container].subscription, at(&tree, &snapshot, SUB_A));
    assert_int_equal(scopes[at(&tree, &snapshot, WS "/computes/c")].resource, 0);
    assert_int_equal(scopes[at(&tree, &snapshot, RG)].level, SCOPE_RESOURCE_GROUP);

    uint32_t lock = at(&tree, &snapshot, VAULT "/providers/Microsoft.Authorization/locks/l");
    assert_int_equal(scopes[lock].parent, at(&tree, &snapshot, VAULT));
    assert_string_equal(interned_text(&snapshot.ids, scopes[lock].type),
                        "Microsoft.Authorization/locks");
    uint32_t order = at(&tree, &snapshot, "/providers/Microsoft.Capacity/reservationOrders/x");
    assert_int_equal(scopes[order].parent, 0);
    uint32_t deployment =
        at(&tree, &snapshot, SUB_A "/providers/Microsoft.Resources/deployments/d");
    assert_int_equal(scopes[deployment].parent, at(&tree, &snapshot, SUB_A));
    assert_int_equal(scopes[deployment].resource_group, NONE);
    assert_int_equal(scope_ancestor(&tree, container, SCOPE_SUBSCRIPTION),
                     at(&tree, &snapshot, SUB_A));
    assert_int_equal(scope_ancestor(&tree, container, SCOPE_MANAGEMENT_GROUP), NONE);
    scope_tree_free(&tree);
    hand_free(&snapshot);
}

/* A workspace names its account, which was not exported; a text that looks like an id is none. */
static void properties_that_hold_ids_name_scopes(void **state)
{
    (void)state;
    FieldTable fields = {.names = interner_new(CASE_MATTERS)};
    Snapshot snapshot = hand_snapshot(&fields);
    hand_resource(&snapshot, WS, "Microsoft.MachineLearningServices/workspaces");
    hand_property(&snapshot, &fields, "storageAccount", "azureml:" STORE "/");
    hand_property(&snapshot, &fields, "description", VAULT);
    Field kinds[] = {{.name = 0, .kind = FIELD_ID}, {.name = 1, .kind = FIELD_TEXT}};
    fields.fields = kinds;
    fields.field_count = 2;
    Principal host = {.object_id = NONE, .resource_id = hand_id(&snapshot, RG_HOST)};
    ARRAY_PUSH(&snapshot.principals, host);
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_well_formed(&tree, &snapshot);
    assert_int_equal(tree.scopes[at(&tree, &snapshot, STORE)].resource, NONE);
    assert_int_not_equal(at(&tree, &snapshot, RG_HOST), NONE);
    bool exact;
    scope_find(&tree, &snapshot, VAULT, &exact);
    assert_false(exact);
    scope_tree_free(&tree);
    hand_free(&snapshot);
    interner_free(&fields.names);
}

static void ids_contain_by_segment_in_any_case(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(NULL);
    hand_resource(&snapshot, WS, "Microsoft.MachineLearningServices/workspaces");
    hand_resource(&snapshot, SUB_A "/resourcegroups/RG-ML2/providers/A.B/c/d", "A.B/c");
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_well_formed(&tree, &snapshot);
    assert_contains(&tree, &snapshot, RG, WS, CERTAIN);
    assert_contains(&tree, &snapshot, SUB_A "/RESOURCEGROUPS/rg-ML/", WS "/computes/new", CERTAIN);
    assert_contains(&tree, &snapshot, RG, SUB_A "/resourceGroups/rg-ml2", NO);
    assert_contains(&tree, &snapshot, RG, SUB_A "/resourceGroups/rg-ml2/providers/A.B/c/d", NO);
    assert_contains(&tree, &snapshot, WS, RG, NO);
    assert_contains(&tree, &snapshot, SUB_A, SUB_B, NO);
    assert_contains(&tree, &snapshot, SUB_A, "/providers/Microsoft.Authorization/roleDefinitions/x",
                    NO);
    assert_contains(&tree, &snapshot, "/", "/providers/Microsoft.Authorization/roleDefinitions/x",
                    CERTAIN);
    assert_contains(&tree, &snapshot, "/", SUB_B, CERTAIN);
    assert_true(scope_text_contains(RG, RG));
    assert_true(scope_text_contains("/", RG));
    assert_true(scope_text_contains(VAULT "/secrets/s1", VAULT "/SECRETS/S1"));
    assert_false(scope_text_contains(VAULT "/secrets/s1", VAULT "/secrets/s10"));
    assert_false(scope_text_contains(SUB_A, SUB_B));
    scope_tree_free(&tree);
    hand_free(&snapshot);
}

/*
 *   tenant root > platform > ml > sub A          sandbox (place not exported)
 *               > sub B                          sub C (place not exported)
 */
static void groups_are_above_what_the_export_says(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(NULL);
    snapshot.tenant_id = intern(&snapshot.ids, TENANT);
    hand_group(&snapshot, TENANT, NULL)->is_tenant_root = true;
    hand_group(&snapshot, "platform", TENANT);
    hand_group(&snapshot, "ml", "platform");
    hand_group(&snapshot, "sandbox", NULL);
    hand_subscription(&snapshot, SUB_A, "ml");
    uint32_t placed_by = hand_subscription(&snapshot, SUB_B, TENANT)->placed_by;
    hand_resource(&snapshot, WS, "Microsoft.MachineLearningServices/workspaces");
    hand_resource(&snapshot, SUB_C "/resourceGroups/r", "x");
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_well_formed(&tree, &snapshot);
    assert_int_equal(tree.tenant_root, at(&tree, &snapshot, GROUPS TENANT));
    assert_int_equal(tree.scopes[at(&tree, &snapshot, SUB_B)].place_record, placed_by);
    assert_contains(&tree, &snapshot, GROUPS "platform", WS, CERTAIN);
    assert_contains(&tree, &snapshot, GROUPS "ml", SUB_B, NO);
    assert_contains(&tree, &snapshot, GROUPS TENANT, WS, CERTAIN);
    assert_contains(&tree, &snapshot, GROUPS TENANT, SUB_C "/resourceGroups/r", CERTAIN);
    assert_contains(&tree, &snapshot, GROUPS TENANT, GROUPS "sandbox", CERTAIN);
    assert_contains(&tree, &snapshot, GROUPS TENANT, "/subscriptions/never-seen", CERTAIN);
    assert_contains(&tree, &snapshot, GROUPS TENANT, "/providers/Microsoft.Capacity/orders/x", NO);
    assert_contains(&tree, &snapshot, GROUPS "sandbox", WS, NO);
    assert_contains(&tree, &snapshot, GROUPS "sandbox", SUB_C "/resourceGroups/r", ASSUMED);
    assert_contains(&tree, &snapshot, GROUPS "sandbox", "/subscriptions/never-seen", ASSUMED);
    assert_contains(&tree, &snapshot, GROUPS "ml", SUB_C, NO);
    assert_contains(&tree, &snapshot, GROUPS "ml", "/subscriptions/never-seen", NO);
    assert_contains(&tree, &snapshot, SUB_A, GROUPS "ml", NO);
    assert_contains(&tree, &snapshot, GROUPS "ml",
                    GROUPS "ml/providers/Microsoft.Authorization/policyAssignments/x", CERTAIN);
    assert_int_equal(tree.assumed.count, 1);
    assert_int_equal(tree.assumed.items[0].group, at(&tree, &snapshot, GROUPS "sandbox"));
    assert_true(tree.scopes[at(&tree, &snapshot, SUB_C)].place_unknown);
    assert_false(tree.scopes[at(&tree, &snapshot, SUB_A)].chain_unknown);
    scope_tree_free(&tree);
    hand_free(&snapshot);
}

/* The tenant's id is known, its groups are not exported; an assignment names the root group. */
static void the_group_with_the_tenants_name_is_above_everything(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(NULL);
    snapshot.tenant_id = intern(&snapshot.ids, TENANT);
    hand_assignment(&snapshot, hand_principal(&snapshot, "p", PRINCIPAL_USER, NULL), "r",
                    GROUPS TENANT);
    hand_resource(&snapshot, STORE, "Microsoft.Storage/storageAccounts");
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_contains(&tree, &snapshot, GROUPS TENANT, STORE, CERTAIN);
    assert_contains(&tree, &snapshot, GROUPS TENANT, "/", NO);
    scope_tree_free(&tree);
    hand_free(&snapshot);
}

/*
 * No tenant root: prod > sub A is a piece of a tree; "above" is named by an assignment only.
 * A list of assignments named "known" together with sub B; "known" hangs below "upper".
 */
static void pieces_of_a_tree_leave_assumptions(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(NULL);
    hand_group(&snapshot, "prod", NULL);
    hand_subscription(&snapshot, SUB_A, "prod");
    uint32_t who = hand_principal(&snapshot, "p", PRINCIPAL_USER, NULL);
    hand_assignment(&snapshot, who, "r", GROUPS "above");
    hand_subscription(&snapshot, SUB_B, NULL);
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_well_formed(&tree, &snapshot);
    assert_contains(&tree, &snapshot, GROUPS "above", SUB_A, ASSUMED);
    assert_contains(&tree, &snapshot, GROUPS "above", SUB_B, ASSUMED);
    assert_contains(&tree, &snapshot, GROUPS "above", GROUPS "prod", ASSUMED);
    assert_contains(&tree, &snapshot, GROUPS "prod", SUB_A, CERTAIN);
    assert_contains(&tree, &snapshot, GROUPS "prod", SUB_B, ASSUMED);
    assert_contains(&tree, &snapshot, GROUPS "prod", "/providers/A.B/c/d", NO);
    assert_int_equal(tree.assumed.count, 3);
    scope_tree_free(&tree);
    hand_free(&snapshot);
}

static void a_list_places_a_group_above_its_subscription(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(NULL);
    hand_group(&snapshot, "root", NULL)->is_tenant_root = true;
    hand_group(&snapshot, "upper", "root");
    hand_group(&snapshot, "known", "upper");
    hand_group(&snapshot, "other", "root");
    hand_subscription(&snapshot, SUB_A, "other");
    hand_subscription(&snapshot, SUB_B, NULL);
    for (int i = 0; i < 2; i++) {
        AssumedPlacement placement = {.management_group = hand_id(&snapshot, GROUPS "known"),
                                      .subscription = hand_id(&snapshot, i ? SUB_A : SUB_B),
                                      .record = hand_record(&snapshot, RECORD_ROLE_ASSIGNMENT)};
        ARRAY_PUSH(&snapshot.assumed_placements, placement);
    }
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_well_formed(&tree, &snapshot);
    assert_contains(&tree, &snapshot, GROUPS "known", SUB_B, ASSUMED);
    assert_contains(&tree, &snapshot, GROUPS "upper", SUB_B, ASSUMED);
    assert_contains(&tree, &snapshot, GROUPS "root", SUB_B, CERTAIN);
    assert_contains(&tree, &snapshot, GROUPS "other", SUB_B, NO);
    assert_contains(&tree, &snapshot, GROUPS "known", SUB_A, NO); /* its chain says otherwise */
    assert_int_equal(tree.assumed.items[0].record, snapshot.assumed_placements.items[0].record);
    scope_tree_free(&tree);
    hand_free(&snapshot);
}

/* Two exports contradict each other: one > two > three > one. */
static void a_ring_of_groups_ends_somewhere(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(NULL);
    hand_group(&snapshot, "one", "three");
    hand_group(&snapshot, "two", "one");
    hand_group(&snapshot, "three", "two");
    hand_group(&snapshot, "self", "self");
    hand_subscription(&snapshot, SUB_A, "two");
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_well_formed(&tree, &snapshot);
    assert_int_equal(tree.count, 6);
    assert_contains(&tree, &snapshot, GROUPS "two", SUB_A, CERTAIN);
    scope_tree_free(&tree);
    hand_free(&snapshot);
}

static void odd_ids_do_no_harm(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(NULL);
    uint32_t who = hand_principal(&snapshot, "p", PRINCIPAL_USER, NULL);
    hand_assignment(&snapshot, who, "r", SUB_A "/resourceGroups/providers/providers/A.B/c/d");
    hand_assignment(&snapshot, who, "r", SUB_A "/providers");
    hand_assignment(&snapshot, who, "r", SUB_A "/providers/A.B");
    hand_assignment(&snapshot, who, "r", SUB_A "/providers/A.B/c");
    hand_assignment(&snapshot, who, "r", "/subscriptions");
    TextBuffer deep = {0};
    text_append(&deep, RG);
    for (int i = 0; i < 90000; i++)
        text_append(&deep, "/a/b");
    RoleAssignment *assignment = hand_assignment(&snapshot, who, "r", "/");
    assignment->scope = intern(&snapshot.ids, deep.text);
    assignment = hand_assignment(&snapshot, who, "r", "/");
    assignment->scope = intern(&snapshot.ids, "not a path");
    ScopeTree tree;
    scope_tree_build(&tree, &snapshot);
    assert_well_formed(&tree, &snapshot);
    assert_true(tree.count < 60);
    uint32_t group = at(&tree, &snapshot, SUB_A "/resourceGroups/providers");
    assert_int_equal(tree.scopes[group].level, SCOPE_RESOURCE_GROUP);
    assert_contains(&tree, &snapshot, SUB_A "/resourceGroups/providers",
                    SUB_A "/resourceGroups/providers/providers/A.B/c/d", CERTAIN);
    assert_contains(&tree, &snapshot, RG, deep.text, CERTAIN);
    scope_tree_free(&tree);
    hand_free(&snapshot);
    text_buffer_free(&deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_snapshot_has_the_root),
        cmocka_unit_test(ancestors_that_no_record_names_are_made),
        cmocka_unit_test(properties_that_hold_ids_name_scopes),
        cmocka_unit_test(ids_contain_by_segment_in_any_case),
        cmocka_unit_test(groups_are_above_what_the_export_says),
        cmocka_unit_test(the_group_with_the_tenants_name_is_above_everything),
        cmocka_unit_test(pieces_of_a_tree_leave_assumptions),
        cmocka_unit_test(a_list_places_a_group_above_its_subscription),
        cmocka_unit_test(a_ring_of_groups_ends_somewhere),
        cmocka_unit_test(odd_ids_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
