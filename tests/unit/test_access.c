#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "access/access.h"
#include "hand_snapshot.h"

#define SUB_A   "/subscriptions/aaaaaaaa-0000-0000-0000-00000000000a"
#define SUB_B   "/subscriptions/bbbbbbbb-0000-0000-0000-00000000000b"
#define RG      SUB_A "/resourceGroups/rg-ml"
#define RG_DATA SUB_A "/resourceGroups/rg-data"
#define WS      RG "/providers/Microsoft.MachineLearningServices/workspaces/w"
#define VAULT   RG "/providers/Microsoft.KeyVault/vaults/v"
#define STORE   RG "/providers/Microsoft.Storage/storageAccounts/s"
#define BLOBS   STORE "/blobServices/default/containers/"
#define GROUPS  "/providers/Microsoft.Management/managementGroups/"

#define OWNER        "10000000-0000-0000-0000-000000000001"
#define READER       "10000000-0000-0000-0000-000000000002"
#define BLOB_READER  "10000000-0000-0000-0000-000000000003"
#define ROLE_ADMIN   "10000000-0000-0000-0000-000000000004"
#define SECRETS_USER "10000000-0000-0000-0000-000000000005"
#define CONTRIBUTOR  "10000000-0000-0000-0000-000000000006"
#define CUSTOM       "c0000000-0000-0000-0000-000000000001"
#define NOWHERE      "c0000000-0000-0000-0000-0000000000ff"

#define WORKSPACE_WRITE "Microsoft.MachineLearningServices/workspaces/write"
#define WORKSPACE_READ  "Microsoft.MachineLearningServices/workspaces/read"
#define BLOB_READ       "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
#define ASSIGN          "Microsoft.Authorization/roleAssignments/write"
#define UNASSIGN        "Microsoft.Authorization/roleAssignments/delete"
#define GET_SECRET      "Microsoft.KeyVault/vaults/secrets/getSecret/action"
#define LIST_KEYS       "Microsoft.Storage/storageAccounts/listKeys/action"

#define ON_CONTAINER                                                                               \
    "((!(ActionMatches{'" BLOB_READ "'})) OR (@Resource[Microsoft.Storage/storageAccounts/"        \
    "blobServices/containers:name] StringEquals 'models'))"
#define ONLY_READER                                                                                \
    "((!(ActionMatches{'" ASSIGN "'})) OR (@Request[Microsoft.Authorization/roleAssignments:"      \
    "RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {" READER "}))"

/* ---- a tenant with its built-in roles and atoms ---- */

static RoleDefinition built_in[8];
static uint32_t built_in_count;
static AtomTable atoms;
static FieldTable fields;
static Snapshot texts; /* the memory of the built-in roles */

static void add_built_in(const char *guid, const char *name, const PermissionBlock *block)
{
    RoleDefinition *role = &built_in[built_in_count++];
    *role = (RoleDefinition){.name = name, .block_count = 1, .record = NONE};
    role->blocks = arena_allocate(&texts.arena, 1, sizeof *block);
    *role->blocks = *block;
    assert_true(guid_parse(guid, &role->guid));
}

static int set_up(void **state)
{
    (void)state;
    texts = hand_snapshot(NULL);
    fields.names = interner_new(CASE_MATTERS);
    PermissionBlock block = hand_block(&texts, "*", "", "", "", NULL);
    add_built_in(OWNER, "Owner", &block);
    block = hand_block(&texts, "*/read", "", "", "", NULL);
    add_built_in(READER, "Reader", &block);
    block = hand_block(&texts, "", "", BLOB_READ, "", NULL);
    add_built_in(BLOB_READER, "Storage Blob Data Reader", &block);
    block = hand_block(&texts, ASSIGN " " UNASSIGN " */read", "", "", "", NULL);
    add_built_in(ROLE_ADMIN, "Role Based Access Control Administrator", &block);
    block = hand_block(&texts, "", "", GET_SECRET, "", NULL);
    add_built_in(SECRETS_USER, "Key Vault Secrets User", &block);
    block =
        hand_block(&texts, "*", "Microsoft.Authorization/*/write Microsoft.Authorization/*/delete",
                   "", "", NULL);
    add_built_in(CONTRIBUTOR, "Contributor", &block);
    const char *control[] = {WORKSPACE_WRITE, WORKSPACE_READ, ASSIGN, LIST_KEYS};
    for (size_t i = 0; i < sizeof control / sizeof *control; i++)
        atom_add(&atoms, control[i], PLANE_CONTROL);
    atom_add(&atoms, BLOB_READ, PLANE_DATA);
    atom_add(&atoms, GET_SECRET, PLANE_DATA);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    atom_table_free(&atoms);
    interner_free(&fields.names);
    hand_free(&texts);
    built_in_count = 0;
    return 0;
}

static void build_as_of(Access *access, Snapshot *snapshot, int64_t as_of)
{
    hand_finish(snapshot);
    AccessOptions options = {
        .as_of = as_of, .built_in = built_in, .built_in_count = built_in_count};
    access_build(access, snapshot, &atoms, &options);
}

static void build(Access *access, Snapshot *snapshot)
{
    build_as_of(access, snapshot, TIME_NONE);
}

static void done(Access *access, Snapshot *snapshot)
{
    access_free(access);
    hand_free(snapshot);
}

static uint32_t at(const Access *access, const char *id)
{
    bool exact;
    uint32_t scope = scope_find(&access->tree, access->snapshot, id, &exact);
    assert_true(exact);
    return scope;
}

/* What the rights of the grants of `principal` itself say about the atom: best of them. */
static Certainty own_right(const Access *access, uint32_t principal, const char *action,
                           Plane plane)
{
    uint32_t atom = atom_find(&atoms, action, plane);
    Certainty best = NO;
    for (uint32_t i = access->first_grant[principal]; i < access->first_grant[principal + 1]; i++) {
        const Grant *grant = &access->grants.items[i];
        const RightSet *rights = &access->right_sets.items[grant->rights];
        Certainty certainty = atom_set_has(rights->certain, atom)       ? CERTAIN
                              : atom_set_has(rights->conditional, atom) ? CONDITIONAL
                                                                        : NO;
        certainty = certainty == NO ? NO : certainty_worse(certainty, grant->certainty);
        if (certainty < best)
            best = certainty;
    }
    return best;
}

static Decision decide(const Access *access, const char *who, const char *action, Plane plane,
                       const char *scope)
{
    Question question = {.who = who,
                         .principal = snapshot_find_principal(access->snapshot, who),
                         .action = action,
                         .plane = plane,
                         .scope = scope};
    Decision decision;
    access_decide(access, &question, &decision);
    return decision;
}

static bool says(const Reason *reasons, uint32_t count, const char *words)
{
    for (uint32_t i = 0; i < count; i++)
        if (strstr(reasons[i].text, words))
            return true;
    for (uint32_t i = 0; i < count; i++)
        print_message("  \"%s\"\n", reasons[i].text);
    return false;
}

/* Asserts the answer, and words in `because` and in `blocked_by` (NULL: not looked at). */
static void assert_answer(const Access *access, const char *who, const char *action, Plane plane,
                          const char *scope, Certainty expected, const char *because,
                          const char *blocked_by)
{
    Decision decision = decide(access, who, action, plane, scope);
    if (decision.answer != expected)
        fail_msg("%s %s at %s: expected %s, got %s (%s)", who, action, scope,
                 certainty_name(expected), certainty_name(decision.answer),
                 decision.blocked_by.count ? decision.blocked_by.items[0].text : "");
    if (because && !says(decision.because.items, decision.because.count, because))
        fail_msg("because does not say \"%s\"", because);
    if (blocked_by && !says(decision.blocked_by.items, decision.blocked_by.count, blocked_by))
        fail_msg("blocked_by does not say \"%s\"", blocked_by);
    if (expected < NO)
        assert_true(decision.because.count && decision.because.items[0].record_count);
    else
        assert_int_equal(decision.because.count, 0);
    decision_free(&decision);
}

/* ---- atoms and roles ---- */

static void atoms_are_known_by_action_and_plane(void **state)
{
    (void)state;
    AtomTable table = {0};
    assert_int_equal(atom_find(&table, "A/b/read", PLANE_CONTROL), NONE);
    uint32_t control = atom_add(&table, "A/b/read", PLANE_CONTROL);
    uint32_t data = atom_add(&table, "A/b/read", PLANE_DATA);
    assert_int_not_equal(control, data);
    for (int i = 0; i < 200; i++) {
        char action[32];
        snprintf(action, sizeof action, "A/b%d/read", i);
        atom_add(&table, action, PLANE_DATA);
    }
    assert_int_equal(atom_add(&table, "a/B/READ", PLANE_CONTROL), control);
    assert_int_equal(atom_find(&table, "a/b/READ", PLANE_DATA), data);
    assert_string_equal(table.atoms.items[control].action, "A/b/read");
    assert_int_equal(table.atoms.count, 202);
    atom_table_free(&table);
}

static void an_exported_role_comes_before_the_built_in_one(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t who = hand_principal(&snapshot, "p", PRINCIPAL_USER, "Dana");
    PermissionBlock blocks[] = {
        hand_block(&snapshot, "Microsoft.Storage/*", LIST_KEYS, "", "", NULL),
        hand_block(&snapshot, LIST_KEYS, "", "", "", NULL),
    };
    hand_role(&snapshot, READER, "Reader of this tenant", ROLE_BUILT_IN, "/", blocks, 2);
    hand_assignment(&snapshot, who, READER, RG);
    Access access;
    build(&access, &snapshot);
    assert_int_equal(access.roles.count, built_in_count);
    Guid guid;
    assert_true(guid_parse(READER, &guid));
    assert_string_equal(access.roles.items[access_find_role(&access, &guid)].definition->name,
                        "Reader of this tenant");
    assert_true(guid_parse(NOWHERE, &guid));
    assert_int_equal(access_find_role(&access, &guid), NONE);
    /* notActions of one block do not touch another */
    assert_int_equal(own_right(&access, who, LIST_KEYS, PLANE_CONTROL), CERTAIN);
    assert_int_equal(own_right(&access, who, WORKSPACE_READ, PLANE_CONTROL), NO);
    done(&access, &snapshot);
}

static void planes_are_never_mixed(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t owner = hand_principal(&snapshot, "owner", PRINCIPAL_USER, "Olga");
    hand_assignment(&snapshot, owner, OWNER, SUB_A);
    Access access;
    build(&access, &snapshot);
    assert_int_equal(own_right(&access, owner, LIST_KEYS, PLANE_CONTROL), CERTAIN);
    assert_int_equal(own_right(&access, owner, BLOB_READ, PLANE_DATA), NO);
    assert_answer(&access, "owner", BLOB_READ, PLANE_DATA, BLOBS "models", NO, NULL, NULL);
    done(&access, &snapshot);
}

/* ---- grants ---- */

static void grants_obey_time_and_kind(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t user = hand_principal(&snapshot, "u", PRINCIPAL_USER, "Dana");
    uint32_t machine = hand_principal(&snapshot, "m", PRINCIPAL_USER_ASSIGNED, "id-train");
    hand_assignment(&snapshot, user, READER, RG)->end = 100;
    hand_assignment(&snapshot, user, OWNER, SUB_A)->classic = true;
    hand_assignment(&snapshot, user, CONTRIBUTOR, RG_DATA)->start = 100;
    hand_assignment(&snapshot, user, OWNER, WS)->kind = ASSIGNMENT_ELIGIBLE;
    hand_assignment(&snapshot, machine, OWNER, WS)->kind = ASSIGNMENT_ELIGIBLE;
    hand_assignment(&snapshot, machine, NOWHERE, RG);
    Access access;
    build_as_of(&access, &snapshot, 99);
    assert_int_equal(access.grants.count, 2);
    assert_int_equal(access.unknown_grants.count, 1);
    assert_int_equal(own_right(&access, machine, ASSIGN, PLANE_CONTROL), NO);
    assert_int_equal(own_right(&access, user, ASSIGN, PLANE_CONTROL), ELIGIBLE);
    assert_answer(&access, "u", WORKSPACE_READ, PLANE_CONTROL, RG, CERTAIN, "Reader at resource",
                  NULL);
    assert_answer(&access, "u", LIST_KEYS, PLANE_CONTROL, RG_DATA, NO, NULL, "begins");
    assert_answer(&access, "u", WORKSPACE_WRITE, PLANE_CONTROL, WS, ELIGIBLE, "activated", NULL);
    assert_answer(&access, "m", WORKSPACE_WRITE, PLANE_CONTROL, WS, UNKNOWN, NULL, NOWHERE);
    access_free(&access);
    free(snapshot.principal_of_id);
    free(snapshot.resource_of_id);
    build_as_of(&access, &snapshot, 100);
    assert_answer(&access, "u", WORKSPACE_READ, PLANE_CONTROL, RG, NO, NULL, "ended");
    assert_answer(&access, "u", LIST_KEYS, PLANE_CONTROL, RG_DATA, CERTAIN, "since", NULL);
    done(&access, &snapshot);
}

static void nobody_is_a_deleted_principal(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t gone = hand_principal(&snapshot, "gone", PRINCIPAL_UNKNOWN, NULL);
    uint32_t unknown = hand_principal(&snapshot, "unknown", PRINCIPAL_UNKNOWN, NULL);
    hand_assignment(&snapshot, gone, OWNER, SUB_A);
    hand_assignment(&snapshot, unknown, OWNER, SUB_A);
    snapshot.principals.items[gone].deleted = true;
    Access access;
    build(&access, &snapshot);
    assert_answer(&access, "gone", WORKSPACE_WRITE, PLANE_CONTROL, WS, NO, NULL, "was deleted");
    assert_answer(&access, "unknown", WORKSPACE_WRITE, PLANE_CONTROL, WS, CERTAIN, "Owner", NULL);
    done(&access, &snapshot);
}

static void grants_are_in_order_and_share_their_rights(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t a = hand_principal(&snapshot, "a", PRINCIPAL_USER, NULL);
    uint32_t b = hand_principal(&snapshot, "b", PRINCIPAL_USER, NULL);
    hand_assignment(&snapshot, b, READER, WS);
    hand_assignment(&snapshot, b, READER, SUB_A);
    hand_assignment(&snapshot, a, READER, RG)->condition = hand_text(&snapshot, ONLY_READER);
    hand_assignment(&snapshot, b, READER, RG)->condition = hand_text(&snapshot, ONLY_READER);
    Access access;
    build(&access, &snapshot);
    assert_int_equal(access.grants.count, 4);
    for (uint32_t i = 1; i < access.grants.count; i++) {
        const Grant *left = &access.grants.items[i - 1], *right = &access.grants.items[i];
        assert_true(left->principal < right->principal ||
                    (left->principal == right->principal && left->scope <= right->scope));
    }
    assert_int_equal(access.right_sets.count, 2);
    assert_int_equal(access.first_grant[b], 1);
    done(&access, &snapshot);
}

static void conditions_are_decided_as_far_as_the_scope_tells(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    const char *scopes[] = {STORE, BLOBS "models", BLOBS "other"};
    const char *names[] = {"account", "models", "other"};
    Certainty expected[] = {CONDITIONAL, CERTAIN, NO};
    for (int i = 0; i < 3; i++)
        hand_assignment(&snapshot, hand_principal(&snapshot, names[i], PRINCIPAL_USER, NULL),
                        BLOB_READER, scopes[i])
            ->condition = hand_text(&snapshot, ON_CONTAINER);
    uint32_t broken = hand_principal(&snapshot, "broken", PRINCIPAL_USER, NULL);
    hand_assignment(&snapshot, broken, BLOB_READER, STORE)->condition =
        hand_text(&snapshot, "@Resource[x] Frobnicates 'y'");
    uint32_t admin = hand_principal(&snapshot, "admin", PRINCIPAL_USER, NULL);
    hand_assignment(&snapshot, admin, ROLE_ADMIN, RG)->condition =
        hand_text(&snapshot, ONLY_READER);
    Access access;
    build(&access, &snapshot);
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            own_right(&access, snapshot_find_principal(&snapshot, names[i]), BLOB_READ, PLANE_DATA),
            expected[i]);
    assert_int_equal(own_right(&access, broken, BLOB_READ, PLANE_DATA), CONDITIONAL);
    assert_int_equal(own_right(&access, admin, ASSIGN, PLANE_CONTROL), CONDITIONAL);
    assert_int_equal(own_right(&access, admin, WORKSPACE_READ, PLANE_CONTROL), CERTAIN);

    /* asked at a scope, the scope's names count, not those of the assignment */
    assert_answer(&access, "account", BLOB_READ, PLANE_DATA, BLOBS "models", CERTAIN, "at s", NULL);
    assert_answer(&access, "account", BLOB_READ, PLANE_DATA, BLOBS "new", NO, NULL, "is not met");
    assert_answer(&access, "account", BLOB_READ, PLANE_DATA, STORE, CONDITIONAL,
                  "containers:name] is not known", NULL);
    assert_answer(&access, "broken", BLOB_READ, PLANE_DATA, STORE, CONDITIONAL, "not understood",
                  NULL);
    done(&access, &snapshot);
}

/* A permission block under a condition beside one without. */
static void block_conditions_hold_for_their_block_only(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t who = hand_principal(&snapshot, "p", PRINCIPAL_USER, NULL);
    PermissionBlock blocks[] = {
        hand_block(&snapshot, "*/read", "", "", "", NULL),
        hand_block(&snapshot, ASSIGN " " WORKSPACE_READ, "", "", "", ONLY_READER),
    };
    hand_role(&snapshot, CUSTOM, "mixed", ROLE_CUSTOM, SUB_A, blocks, 2);
    hand_assignment(&snapshot, who, CUSTOM, RG);
    Access access;
    build(&access, &snapshot);
    assert_int_equal(own_right(&access, who, ASSIGN, PLANE_CONTROL), CONDITIONAL);
    assert_int_equal(own_right(&access, who, WORKSPACE_READ, PLANE_CONTROL), CERTAIN);
    const Role *role = &access.roles.items[0];
    uint32_t assign = atom_find(&atoms, ASSIGN, PLANE_CONTROL);
    assert_true(atom_set_has(role->conditional_atoms, assign));
    assert_false(atom_set_has(role->atoms, assign));
    assert_false(
        atom_set_has(role->conditional_atoms, atom_find(&atoms, WORKSPACE_READ, PLANE_CONTROL)));
    done(&access, &snapshot);
}

/* ---- groups ---- */

/*
 *   dana > inner > middle > outer > inner (a ring)
 *   dana > short > outer
 */
static void groups_nest_and_may_form_rings(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t dana = hand_principal(&snapshot, "dana", PRINCIPAL_USER, "Dana");
    uint32_t inner = hand_principal(&snapshot, "inner", PRINCIPAL_GROUP, "ml-inner");
    uint32_t middle = hand_principal(&snapshot, "middle", PRINCIPAL_GROUP, "ml-middle");
    uint32_t outer = hand_principal(&snapshot, "outer", PRINCIPAL_GROUP, "ml-outer");
    uint32_t direct = hand_principal(&snapshot, "short", PRINCIPAL_GROUP, "ml-short");
    uint32_t parent = hand_principal(&snapshot, "parent", PRINCIPAL_USER, "Pat");
    hand_member(&snapshot, inner, dana);
    hand_member(&snapshot, middle, inner);
    hand_member(&snapshot, outer, middle);
    hand_member(&snapshot, inner, outer);
    uint32_t first = hand_member(&snapshot, direct, dana);
    uint32_t second = hand_member(&snapshot, outer, direct);
    hand_member(&snapshot, outer, parent);
    hand_assignment(&snapshot, outer, READER, RG);
    hand_assignment(&snapshot, direct, OWNER, RG_DATA);
    Access access;
    build(&access, &snapshot);
    assert_int_equal(access.first_group[dana + 1] - access.first_group[dana], 4);
    assert_int_equal(access.first_group[inner + 1] - access.first_group[inner], 2);
    uint32_t relations[4];
    assert_int_equal(access_membership(&access, dana, outer, relations, 4), 2);
    assert_int_equal(relations[0], first);
    assert_int_equal(relations[1], second);
    assert_int_equal(access_membership(&access, dana, middle, relations, 1), 1);
    assert_int_equal(relations[0], 0);
    assert_int_equal(access_membership(&access, parent, direct, relations, 4), 0);
    assert_answer(&access, "dana", WORKSPACE_READ, PLANE_CONTROL, WS, CERTAIN,
                  "through groups ml-short in ml-outer", NULL);
    assert_answer(&access, "parent", WORKSPACE_READ, PLANE_CONTROL, WS, CERTAIN,
                  "through group ml-outer", NULL);
    assert_answer(&access, "parent", WORKSPACE_WRITE, PLANE_CONTROL, RG_DATA, NO, NULL, NULL);
    done(&access, &snapshot);
}

/* ---- obstacles ---- */

static DenyAssignment *hand_deny(Snapshot *snapshot, const char *scope, const char *actions,
                                 const char *not_actions)
{
    DenyAssignment deny = {.id = NONE,
                           .name = hand_text(snapshot, "managed"),
                           .scope = hand_id(snapshot, scope),
                           .block_count = 1,
                           .everyone = true,
                           .condition = NONE,
                           .record = hand_record(snapshot, RECORD_DENY_ASSIGNMENT)};
    deny.blocks = arena_allocate(&snapshot->arena, 1, sizeof *deny.blocks);
    *deny.blocks = hand_block(snapshot, actions, not_actions, "", "", NULL);
    ARRAY_PUSH(&snapshot->deny_assignments, deny);
    return &snapshot->deny_assignments.items[snapshot->deny_assignments.count - 1];
}

static uint32_t *one(Snapshot *snapshot, uint32_t principal)
{
    uint32_t *list = arena_allocate(&snapshot->arena, 1, sizeof *list);
    *list = principal;
    return list;
}

static Tri passes(const Access *access, const char *who, const char *action, const char *scope)
{
    uint32_t principal = snapshot_find_principal(access->snapshot, who);
    return access_unobstructed(access, access->class_of[principal],
                               atom_find(&atoms, action, PLANE_CONTROL), at(access, scope), NULL);
}

/* rg-ml: everything but reading is forbidden to all but the publishers and who is nested there. */
static void denies_spare_the_excluded(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    const char *who[] = {"plain", "nested", "publisher"};
    uint32_t principals[3];
    for (int i = 0; i < 3; i++) {
        principals[i] = hand_principal(&snapshot, who[i], PRINCIPAL_USER, who[i]);
        hand_assignment(&snapshot, principals[i], OWNER, SUB_A);
    }
    uint32_t publishers = hand_principal(&snapshot, "publishers", PRINCIPAL_GROUP, "publishers");
    uint32_t inner = hand_principal(&snapshot, "inner", PRINCIPAL_GROUP, "inner");
    hand_member(&snapshot, publishers, inner);
    hand_member(&snapshot, inner, principals[1]);
    hand_member(&snapshot, publishers, principals[2]);
    hand_resource(&snapshot, WS, "Microsoft.MachineLearningServices/workspaces");
    hand_resource(&snapshot, RG_DATA "/providers/A.B/c/d", "A.B/c");
    DenyAssignment *deny = hand_deny(&snapshot, RG, "*", "*/read");
    deny->excluded = one(&snapshot, publishers);
    deny->excluded_count = 1;
    Access access;
    build(&access, &snapshot);
    assert_int_equal(access.classes.count, 2);
    assert_int_equal(access.classes.items[0].count, 0);
    assert_int_equal(passes(&access, "plain", WORKSPACE_WRITE, WS), TRI_FALSE);
    assert_int_equal(passes(&access, "plain", WORKSPACE_READ, WS), TRI_TRUE);
    assert_int_equal(passes(&access, "plain", WORKSPACE_WRITE, RG_DATA), TRI_TRUE);
    assert_int_equal(passes(&access, "nested", WORKSPACE_WRITE, WS), TRI_TRUE);
    assert_int_equal(passes(&access, "publisher", WORKSPACE_WRITE, WS), TRI_TRUE);
    assert_answer(&access, "plain", WORKSPACE_WRITE, PLANE_CONTROL, WS, NO, NULL,
                  "deny assignment managed at resource group rg-ml");
    assert_answer(&access, "nested", WORKSPACE_WRITE, PLANE_CONTROL, WS, CERTAIN, "Owner at", NULL);
    done(&access, &snapshot);
}

static void denies_differ_in_reach_and_effect(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t group = hand_principal(&snapshot, "g", PRINCIPAL_GROUP, "g");
    uint32_t named = hand_principal(&snapshot, "named", PRINCIPAL_USER, NULL);
    uint32_t other = hand_principal(&snapshot, "other", PRINCIPAL_USER, NULL);
    hand_member(&snapshot, group, named);
    hand_assignment(&snapshot, named, OWNER, SUB_A);
    hand_assignment(&snapshot, other, OWNER, SUB_A);
    hand_resource(&snapshot, WS, "Microsoft.MachineLearningServices/workspaces");
    hand_deny(&snapshot, RG, WORKSPACE_WRITE, "")->not_for_child_scopes = true;
    hand_deny(&snapshot, SUB_A, "*", "")->audit_only = true;
    DenyAssignment *deny = hand_deny(&snapshot, RG_DATA, WORKSPACE_WRITE, "");
    deny->everyone = false;
    deny->principals = one(&snapshot, group);
    deny->principal_count = 1;
    hand_deny(&snapshot, SUB_A, LIST_KEYS, "")->condition =
        hand_text(&snapshot, "@Environment[isPrivateLink] BoolEquals true");
    Access access;
    build(&access, &snapshot);
    assert_int_equal(access.obstacles.count, 3);
    assert_int_equal(passes(&access, "other", WORKSPACE_WRITE, RG), TRI_FALSE);
    assert_int_equal(passes(&access, "other", WORKSPACE_WRITE, WS), TRI_TRUE);
    assert_int_equal(passes(&access, "other", WORKSPACE_WRITE, RG_DATA), TRI_TRUE);
    assert_int_equal(passes(&access, "named", WORKSPACE_WRITE, RG_DATA), TRI_FALSE);
    assert_int_equal(passes(&access, "named", LIST_KEYS, RG_DATA), TRI_UNKNOWN);
    assert_answer(&access, "other", WORKSPACE_WRITE, PLANE_CONTROL, RG, NO, NULL, NULL);
    assert_answer(&access, "other", WORKSPACE_WRITE, PLANE_CONTROL, RG "/providers/A.B/new/x",
                  CERTAIN, NULL, NULL);
    assert_answer(&access, "other", LIST_KEYS, PLANE_CONTROL, RG, CONDITIONAL, "Owner at",
                  "@Environment[isPrivateLink] is not known");
    done(&access, &snapshot);
}

/* The group that carries the deny may be above rg-ml or not. */
static void a_deny_of_unknown_place_leaves_a_doubt(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    hand_assignment(&snapshot, hand_principal(&snapshot, "p", PRINCIPAL_USER, NULL), OWNER, RG);
    hand_group(&snapshot, "sandbox", NULL);
    hand_deny(&snapshot, GROUPS "sandbox", "*/write", "");
    Access access;
    build(&access, &snapshot);
    assert_int_equal(passes(&access, "p", WORKSPACE_WRITE, RG), TRI_UNKNOWN);
    assert_int_equal(passes(&access, "p", WORKSPACE_READ, RG), TRI_TRUE);
    assert_int_equal(passes(&access, "p", WORKSPACE_WRITE, GROUPS "sandbox"), TRI_FALSE);
    assert_answer(&access, "p", WORKSPACE_WRITE, PLANE_CONTROL, WS, ASSUMED, "Owner at",
                  "if that group is above the scope");
    done(&access, &snapshot);
}

/* A group is excluded, and who its members are was never exported. */
static void an_unknown_exclusion_is_no_denial(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    snapshot.exported[RECORD_GROUP_MEMBER] = false;
    uint32_t group = hand_principal(&snapshot, "g", PRINCIPAL_GROUP, "g");
    hand_assignment(&snapshot, hand_principal(&snapshot, "p", PRINCIPAL_USER, NULL), OWNER, SUB_A);
    DenyAssignment *deny = hand_deny(&snapshot, RG, "*", "");
    deny->excluded = one(&snapshot, group);
    deny->excluded_count = 1;
    Access access;
    build(&access, &snapshot);
    assert_int_equal(passes(&access, "p", WORKSPACE_WRITE, RG), TRI_UNKNOWN);
    Decision decision = decide(&access, "p", WORKSPACE_WRITE, PLANE_CONTROL, RG);
    assert_int_equal(decision.answer, UNKNOWN);
    assert_string_equal(decision.blocked_by.items[0].missing, "group-members");
    decision_free(&decision);
    done(&access, &snapshot);
}

static void hand_lock(Snapshot *snapshot, const char *scope, bool read_only)
{
    Lock lock = {.id = NONE,
                 .scope = hand_id(snapshot, scope),
                 .read_only = read_only,
                 .record = hand_record(snapshot, RECORD_LOCK)};
    ARRAY_PUSH(&snapshot->locks, lock);
}

static void locks_stop_who_cannot_delete_them(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    const char *who[] = {"owner", "contributor", "eligible", "denied"};
    const char *roles[] = {OWNER, CONTRIBUTOR, OWNER, OWNER};
    for (int i = 0; i < 4; i++)
        hand_assignment(&snapshot, hand_principal(&snapshot, who[i], PRINCIPAL_USER, who[i]),
                        roles[i], SUB_A);
    snapshot.role_assignments.items[2].kind = ASSIGNMENT_ELIGIBLE;
    hand_lock(&snapshot, RG, true);
    hand_lock(&snapshot, RG_DATA, false);
    DenyAssignment *deny = hand_deny(&snapshot, SUB_A, "Microsoft.Authorization/locks/*", "");
    deny->everyone = false;
    deny->principals = one(&snapshot, 3);
    deny->principal_count = 1;
    Access access;
    build(&access, &snapshot);
    assert_int_equal(passes(&access, "owner", WORKSPACE_WRITE, RG), TRI_TRUE);
    assert_int_equal(passes(&access, "contributor", WORKSPACE_WRITE, RG), TRI_FALSE);
    assert_int_equal(passes(&access, "contributor", LIST_KEYS, RG), TRI_FALSE);
    assert_int_equal(passes(&access, "contributor", WORKSPACE_READ, RG), TRI_TRUE);
    assert_int_equal(passes(&access, "contributor", WORKSPACE_WRITE, RG_DATA), TRI_TRUE);
    assert_int_equal(passes(&access, "eligible", WORKSPACE_WRITE, RG), TRI_UNKNOWN);
    assert_int_equal(passes(&access, "denied", WORKSPACE_WRITE, RG), TRI_FALSE);
    assert_int_equal(access.classes.count, 4); /* the owner, who removes both, has none */
    /* a lock does not change what roles say; it is told */
    assert_answer(&access, "contributor", WORKSPACE_WRITE, PLANE_CONTROL, RG, CERTAIN,
                  "Contributor at", "ReadOnly lock at resource group rg-ml");
    done(&access, &snapshot);
}

/* ---- obstacles of random tenants, found a second way ---- */

enum { PEOPLE = 12, TEAMS = 5, PLACES = 7, DENIES = 4, LOCKS = 3, TENANTS = 300 };
static const char *const places[PLACES] = {"/", SUB_A, SUB_B, RG, RG_DATA, WS, STORE};

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % below;
}

static bool in_me(const Snapshot *snapshot, uint32_t principal, uint32_t other)
{
    bool me[PEOPLE] = {false};
    me[principal] = true;
    for (uint32_t round = 0; round < PEOPLE; round++)
        for (uint32_t i = 0; i < snapshot->relations.count; i++)
            if (me[snapshot->relations.items[i].subject])
                me[snapshot->relations.items[i].object] = true;
    return me[other];
}

static bool names_me(const Snapshot *snapshot, uint32_t me, const uint32_t *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (in_me(snapshot, me, list[i]))
            return true;
    return false;
}

static bool is_denied(const Snapshot *snapshot, uint32_t me, const char *action, const char *place)
{
    for (uint32_t i = 0; i < snapshot->deny_assignments.count; i++) {
        const DenyAssignment *deny = &snapshot->deny_assignments.items[i];
        const char *scope = interned_text(&snapshot->ids, deny->scope);
        bool here = deny->not_for_child_scopes ? text_equal_any_case(scope, place)
                                               : scope_text_contains(scope, place);
        bool mine =
            deny->everyone || names_me(snapshot, me, deny->principals, deny->principal_count);
        if (here && mine && !names_me(snapshot, me, deny->excluded, deny->excluded_count) &&
            pattern_matches(deny->blocks[0].actions.items[0], action, PATTERN_ZERO_SEGMENTS))
            return true;
    }
    return false;
}

/* Owners delete locks where they are not denied it; whoever is eligible perhaps. */
static Tri may_delete_lock(const Snapshot *snapshot, uint32_t me, const char *lock_scope)
{
    Tri may = TRI_FALSE;
    if (is_denied(snapshot, me, "Microsoft.Authorization/locks/delete", lock_scope))
        return TRI_FALSE;
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++) {
        const RoleAssignment *held = &snapshot->role_assignments.items[i];
        if (in_me(snapshot, me, held->principal) &&
            scope_text_contains(interned_text(&snapshot->ids, held->scope), lock_scope))
            may = tri_or(may, held->kind == ASSIGNMENT_ELIGIBLE ? TRI_UNKNOWN : TRI_TRUE);
    }
    return may;
}

static Tri passes_slowly(const Snapshot *snapshot, uint32_t me, const char *action,
                         const char *place)
{
    Tri passable = is_denied(snapshot, me, action, place) ? TRI_FALSE : TRI_TRUE;
    for (uint32_t i = 0; i < snapshot->locks.count; i++) {
        const Lock *lock = &snapshot->locks.items[i];
        const char *scope = interned_text(&snapshot->ids, lock->scope);
        bool stops = lock->read_only && !text_ends_with_any_case(action, "/read");
        if (stops && scope_text_contains(scope, place))
            passable = tri_and(passable, may_delete_lock(snapshot, me, scope));
    }
    return passable;
}

static uint32_t *draw_people(Snapshot *snapshot, uint32_t *seed, uint32_t *count)
{
    *count = draw(seed, 3);
    uint32_t *list = arena_allocate(&snapshot->arena, 3, sizeof *list);
    for (uint32_t i = 0; i < *count; i++)
        list[i] = draw(seed, PEOPLE);
    return list;
}

static Snapshot draw_tenant(uint32_t *seed)
{
    static const char *const denied[] = {"*", "*/write", "Microsoft.Authorization/*"};
    Snapshot snapshot = hand_snapshot(&fields);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        char id[8];
        snprintf(id, sizeof id, "p%u", i);
        hand_principal(&snapshot, id, i < TEAMS ? PRINCIPAL_GROUP : PRINCIPAL_USER, id);
    }
    for (uint32_t i = 0; i < PEOPLE; i++)
        hand_member(&snapshot, draw(seed, TEAMS), draw(seed, PEOPLE));
    for (uint32_t i = 1; i < PLACES; i++)
        hand_resource(&snapshot, places[i], "A.B/c");
    for (uint32_t i = 0; i < PEOPLE / 2; i++)
        if (draw(seed, 2))
            hand_assignment(&snapshot, draw(seed, PEOPLE), OWNER, places[draw(seed, PLACES)])
                ->kind = draw(seed, 3) ? ASSIGNMENT_PLAIN : ASSIGNMENT_ELIGIBLE;
    for (uint32_t i = 0; i < DENIES; i++) {
        DenyAssignment *deny =
            hand_deny(&snapshot, places[draw(seed, PLACES)], denied[draw(seed, 3)], "");
        deny->everyone = draw(seed, 2);
        deny->not_for_child_scopes = draw(seed, 2);
        deny->principals = draw_people(&snapshot, seed, &deny->principal_count);
        deny->excluded = draw_people(&snapshot, seed, &deny->excluded_count);
    }
    for (uint32_t i = 0; i < LOCKS; i++)
        hand_lock(&snapshot, places[draw(seed, PLACES)], draw(seed, 4) != 0);
    return snapshot;
}

static void random_obstacles_agree_with_a_slow_search(void **state)
{
    (void)state;
    static const char *const actions[] = {WORKSPACE_WRITE, WORKSPACE_READ, ASSIGN};
    uint32_t seed = 20261120, open = 0;
    for (uint32_t round = 0; round < TENANTS; round++) {
        Snapshot snapshot = draw_tenant(&seed);
        Access access;
        build(&access, &snapshot);
        for (uint32_t who = TEAMS; who < PEOPLE; who++)
            for (uint32_t place = 0; place < PLACES; place++)
                for (uint32_t a = 0; a < 3; a++) {
                    char id[8];
                    snprintf(id, sizeof id, "p%u", who);
                    Tri expected = passes_slowly(&snapshot, who, actions[a], places[place]);
                    Tri got = passes(&access, id, actions[a], places[place]);
                    if (got != expected)
                        fail_msg("tenant %u: %s %s at %s: expected %d, got %d", round, id,
                                 actions[a], places[place], (int)expected, (int)got);
                    open += got != TRI_TRUE;
                }
        done(&access, &snapshot);
    }
    assert_true(open > 1000); /* the tenants are not all open doors */
}

/* The class that stands for the class at the scope passes just where that one does, there and
 * below.
 */
static uint32_t check_class_within(Access *access, uint32_t class_index, uint32_t scope)
{
    uint32_t within = access_class_within(access, class_index, scope);
    assert_int_equal(access_class_within(access, within, scope), within);
    for (uint32_t below = scope; below < access->tree.scopes[scope].end; below++)
        for (uint32_t a = 0; a < atoms.atoms.count; a++)
            assert_int_equal(access_unobstructed(access, class_index, a, below, NULL),
                             access_unobstructed(access, within, a, below, NULL));
    return within != class_index;
}

/* Atoms that are said to be alike are, and a clear scope obstructs nobody. */
static void check_alike(const Access *access, const uint32_t *alike, uint32_t class_index,
                        uint32_t scope)
{
    for (uint32_t a = 0; a < atoms.atoms.count; a++) {
        Tri passes = access_unobstructed(access, class_index, a, scope, NULL);
        assert_int_equal(passes, access_unobstructed(access, class_index, alike[a], scope, NULL));
        if (access_is_clear(access, scope))
            assert_int_equal(passes, TRI_TRUE);
    }
}

static void what_is_not_told_apart_is_alike(void **state)
{
    (void)state;
    uint32_t seed = 20261201, shared = 0, merged = 0;
    uint32_t *alike = calloc(atoms.atoms.count, sizeof *alike);
    for (uint32_t round = 0; round < TENANTS; round++) {
        Snapshot snapshot = draw_tenant(&seed);
        Access access;
        build(&access, &snapshot);
        access_alike_atoms(&access, alike);
        for (uint32_t a = 0; a < atoms.atoms.count; a++) {
            merged += alike[a] != a;
            for (uint32_t i = 0; i < access.right_sets.count; i++)
                assert_int_equal(atom_set_has(access.right_sets.items[i].certain, a),
                                 atom_set_has(access.right_sets.items[i].certain, alike[a]));
        }
        for (uint32_t c = 0; c < access.classes.count; c++)
            for (uint32_t scope = 0; scope < access.tree.count; scope++) {
                shared += check_class_within(&access, c, scope);
                check_alike(&access, alike, c, scope);
            }
        done(&access, &snapshot);
    }
    free(alike);
    assert_true(shared > 1000);
    assert_true(merged > 300);
}

/* ---- giving and rewriting roles ---- */

static void conditions_admit_what_they_name(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t admin = hand_principal(&snapshot, "admin", PRINCIPAL_USER, NULL);
    uint32_t robot = hand_principal(&snapshot, "robot", PRINCIPAL_SERVICE_PRINCIPAL, NULL);
    hand_assignment(&snapshot, admin, ROLE_ADMIN, RG)->condition =
        hand_text(&snapshot, ONLY_READER);
    hand_assignment(&snapshot, admin, ROLE_ADMIN, RG_DATA)->condition =
        hand_text(&snapshot, "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] "
                             "StringEqualsIgnoreCase 'User'");
    hand_assignment(&snapshot, robot, OWNER, RG);
    Access access;
    build(&access, &snapshot);
    Guid guid;
    guid_parse(READER, &guid);
    uint32_t reader = access_find_role(&access, &guid);
    guid_parse(OWNER, &guid);
    uint32_t owner = access_find_role(&access, &guid);
    const Grant *roles = &access.grants.items[0], *types = &access.grants.items[1];
    if (access.tree.scopes[roles->scope].id != hand_id(&snapshot, RG)) {
        roles = &access.grants.items[1];
        types = &access.grants.items[0];
    }
    assert_int_equal(access_admits(&access, roles, reader, admin, 0, false), TRI_TRUE);
    assert_int_equal(access_admits(&access, roles, owner, admin, 0, false), TRI_FALSE);
    assert_int_equal(access_admits(&access, roles, owner, admin, 0, true), TRI_TRUE);
    assert_int_equal(access_admits(&access, types, owner, admin, 0, false), TRI_TRUE);
    assert_int_equal(access_admits(&access, types, owner, robot, 0, false), TRI_FALSE);
    assert_int_equal(access_admits(&access, types, owner, NONE, PRINCIPAL_USER, false), TRI_TRUE);
    assert_int_equal(access_admits(&access, types, owner, NONE, PRINCIPAL_UNKNOWN, false),
                     TRI_UNKNOWN);
    assert_int_equal(access_admits(&access, &access.grants.items[2], owner, admin, 0, false),
                     TRI_TRUE);

    assert_answer(&access, "admin", ASSIGN, PLANE_CONTROL, RG, CONDITIONAL, "it admits Reader",
                  NULL);
    Question question = {.who = "admin",
                         .principal = admin,
                         .action = ASSIGN,
                         .scope = RG,
                         .role = READER,
                         .to = "robot"};
    Decision decision;
    access_decide(&access, &question, &decision);
    assert_int_equal(decision.answer, CERTAIN);
    decision_free(&decision);
    question.role = OWNER;
    access_decide(&access, &question, &decision);
    assert_int_equal(decision.answer, NO);
    decision_free(&decision);
    question.role = READER;
    question.scope = RG_DATA; /* the type of the recipient follows from the export */
    access_decide(&access, &question, &decision);
    assert_int_equal(decision.answer, NO);
    decision_free(&decision);
    done(&access, &snapshot);
}

static void a_role_is_rewritten_where_all_its_scopes_allow(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t owner = hand_principal(&snapshot, "owner", PRINCIPAL_USER, NULL);
    uint32_t eligible = hand_principal(&snapshot, "eligible", PRINCIPAL_USER, NULL);
    uint32_t reader = hand_principal(&snapshot, "reader", PRINCIPAL_USER, NULL);
    hand_assignment(&snapshot, owner, OWNER, SUB_A);
    hand_assignment(&snapshot, eligible, OWNER, SUB_A)->kind = ASSIGNMENT_ELIGIBLE;
    hand_assignment(&snapshot, reader, READER, SUB_A);
    PermissionBlock block = hand_block(&snapshot, "*/read", "", "", "", NULL);
    hand_role(&snapshot, CUSTOM, "one scope", ROLE_CUSTOM, SUB_A, &block, 1);
    hand_role(&snapshot, "c0000000-0000-0000-0000-000000000002", "two", ROLE_CUSTOM, RG " " SUB_B,
              &block, 1);
    hand_role(&snapshot, "c0000000-0000-0000-0000-000000000003", "built in", ROLE_BUILT_IN, SUB_A,
              &block, 1);
    hand_role(&snapshot, "c0000000-0000-0000-0000-000000000004", "unplaced", ROLE_CUSTOM, "",
              &block, 1);
    Access access;
    build(&access, &snapshot);
    assert_int_equal(access_may_edit_role(&access, owner, 0), CERTAIN);
    assert_int_equal(access_may_edit_role(&access, eligible, 0), ELIGIBLE);
    assert_int_equal(access_may_edit_role(&access, reader, 0), NO);
    assert_int_equal(access_may_edit_role(&access, owner, 1), NO);
    assert_int_equal(access_may_edit_role(&access, owner, 2), NO);
    assert_int_equal(access_may_edit_role(&access, owner, 3), ASSUMED);
    assert_int_equal(access_may_edit_role(&access, owner, 4), NO); /* the built-in table */
    done(&access, &snapshot);
}

/* ---- what is missing ---- */

static void assert_missing(const Access *access, const char *who, const char *scope,
                           const char *missing)
{
    Decision decision = decide(access, who, WORKSPACE_WRITE, PLANE_CONTROL, scope);
    bool found = false;
    for (uint32_t i = 0; i < decision.blocked_by.count; i++)
        found |= text_equal(decision.blocked_by.items[i].missing, missing);
    assert_int_equal(decision.answer, missing ? UNKNOWN : NO);
    assert_true(found || !missing);
    decision_free(&decision);
}

static void no_is_said_only_when_all_was_exported(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    hand_principal(&snapshot, "u", PRINCIPAL_USER, NULL);
    hand_principal(&snapshot, "m", PRINCIPAL_SYSTEM_ASSIGNED, NULL);
    hand_assignment(&snapshot, hand_principal(&snapshot, "g", PRINCIPAL_GROUP, "ml-ops"),
                    CONTRIBUTOR, RG);
    hand_subscription(&snapshot, SUB_B, NULL);
    Access access;
    build(&access, &snapshot);
    assert_missing(&access, "u", RG, NULL);
    assert_missing(&access, "somebody else", RG, NULL);
    assert_missing(&access, "u", SUB_B, "role-assignments"); /* the only list is of the other one */
    assert_missing(&access, "u", "/subscriptions/never-seen", "role-assignments");
    assert_missing(&access, "u", "/", NULL);

    snapshot.exported[RECORD_ELIGIBILITY] = false;
    assert_missing(&access, "u", RG, "pim-eligibility");
    assert_missing(&access, "somebody else", RG, "pim-eligibility");
    assert_missing(&access, "m", RG, NULL);
    snapshot.exported[RECORD_ELIGIBILITY] = true;

    snapshot.exported[RECORD_GROUP_MEMBER] = false;
    assert_missing(&access, "m", RG, "group-members");
    assert_missing(&access, "m", RG_DATA, NULL); /* no group holds anything there */
    snapshot.exported[RECORD_GROUP_MEMBER] = true;

    snapshot.files.items[0].complete = false;
    assert_missing(&access, "m", RG, "role-assignments");
    snapshot.files.items[0].complete = true;
    snapshot.exported[RECORD_ROLE_ASSIGNMENT] = false;
    assert_missing(&access, "m", RG, "role-assignments");
    done(&access, &snapshot);
}

static void a_missing_deny_export_never_lowers_an_answer(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    snapshot.exported[RECORD_DENY_ASSIGNMENT] = false;
    hand_assignment(&snapshot, hand_principal(&snapshot, "u", PRINCIPAL_USER, NULL), OWNER, SUB_A);
    Access access;
    build(&access, &snapshot);
    assert_answer(&access, "u", WORKSPACE_WRITE, PLANE_CONTROL, RG, CERTAIN, "Owner at",
                  "deny assignments were not exported");
    done(&access, &snapshot);
}

static void a_group_of_unknown_place_is_assumed_to_hold(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    hand_assignment(&snapshot, hand_principal(&snapshot, "u", PRINCIPAL_USER, NULL), OWNER,
                    GROUPS "sandbox");
    hand_subscription(&snapshot, SUB_A, NULL);
    hand_subscription(&snapshot, SUB_B, NULL);
    AssumedPlacement placement = {.management_group = hand_id(&snapshot, GROUPS "sandbox"),
                                  .subscription = hand_id(&snapshot, SUB_B),
                                  .record = hand_record(&snapshot, RECORD_ROLE_ASSIGNMENT)};
    ARRAY_PUSH(&snapshot.assumed_placements, placement);
    Access access;
    build(&access, &snapshot);
    assert_answer(&access, "u", WORKSPACE_WRITE, PLANE_CONTROL, WS, ASSUMED,
                  "management group sandbox", NULL);
    assert_answer(&access, "u", WORKSPACE_WRITE, PLANE_CONTROL, SUB_B, ASSUMED,
                  "one list of assignments names this group", NULL);
    assert_answer(&access, "u", WORKSPACE_WRITE, PLANE_CONTROL, "/subscriptions/never-seen",
                  ASSUMED, NULL, NULL);
    assert_answer(&access, "u", WORKSPACE_WRITE, PLANE_CONTROL, GROUPS "sandbox", CERTAIN, NULL,
                  NULL);
    done(&access, &snapshot);
}

/* ---- key vaults ---- */

static void hand_policy(Snapshot *snapshot, uint32_t principal, const char *secrets)
{
    AccessPolicy policy = {.resource = snapshot->resources.count - 1,
                           .principal = principal,
                           .application_id = NONE,
                           .secrets = hand_list(snapshot, secrets),
                           .record = hand_record(snapshot, RECORD_KEY_VAULT),
                           .pointer = NONE};
    ARRAY_PUSH(&snapshot->access_policies, policy);
}

static void ask_for_secret(const Access *access, const char *who, const char *vault,
                           Certainty expected, const char *because, const char *blocked_by)
{
    char scope[512];
    snprintf(scope, sizeof scope, RG "/providers/Microsoft.KeyVault/vaults/%s/secrets/db", vault);
    assert_answer(access, who, GET_SECRET, PLANE_DATA, scope, expected, because, blocked_by);
}

static void vaults_go_by_roles_or_by_policies(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    uint32_t role = hand_principal(&snapshot, "role", PRINCIPAL_USER, NULL);
    uint32_t policy = hand_principal(&snapshot, "policy", PRINCIPAL_USER, NULL);
    uint32_t member = hand_principal(&snapshot, "member", PRINCIPAL_USER, NULL);
    uint32_t group = hand_principal(&snapshot, "g", PRINCIPAL_GROUP, "vault-readers");
    hand_member(&snapshot, group, member);
    hand_assignment(&snapshot, role, SECRETS_USER, RG);
    hand_assignment(&snapshot, role, OWNER, RG_DATA);
    const char *type = "Microsoft.KeyVault/vaults";
    hand_resource(&snapshot, RG "/providers/Microsoft.KeyVault/vaults/by-role", type);
    hand_property(&snapshot, &fields, "enableRbacAuthorization", "true");
    hand_policy(&snapshot, policy, "all");
    hand_resource(&snapshot, RG "/providers/Microsoft.KeyVault/vaults/by-policy", type);
    hand_policy(&snapshot, policy, "List GET");
    hand_policy(&snapshot, group, "all");
    hand_policy(&snapshot, role, "list set");
    hand_resource(&snapshot, RG "/providers/Microsoft.KeyVault/vaults/line", type)->detailed =
        false;
    hand_resource(&snapshot, RG "/providers/Microsoft.KeyVault/vaults/compound", type);
    hand_policy(&snapshot, policy, "get");
    snapshot.access_policies.items[snapshot.access_policies.count - 1].application_id =
        hand_id(&snapshot, "app");
    Access access;
    build(&access, &snapshot);
    ask_for_secret(&access, "role", "by-role", CERTAIN, "Key Vault Secrets User at", NULL);
    ask_for_secret(&access, "policy", "by-role", NO, NULL, "the vault goes by roles");
    ask_for_secret(&access, "role", "by-policy", NO, NULL, "goes by its access policies");
    ask_for_secret(&access, "policy", "by-policy", CERTAIN, "access policy of key vault by-policy",
                   NULL);
    ask_for_secret(&access, "member", "by-policy", CERTAIN, "through group vault-readers", NULL);
    ask_for_secret(&access, "role", "line", ASSUMED, "Key Vault Secrets User", "was not exported");
    ask_for_secret(&access, "policy", "unseen", UNKNOWN, NULL, "key vault unseen");
    ask_for_secret(&access, "policy", "compound", NO, NULL, "together with application");
    const char *purge = "Microsoft.KeyVault/vaults/secrets/purge/action";
    assert_answer(&access, "member", purge, PLANE_DATA,
                  RG "/providers/Microsoft.KeyVault/vaults/by-policy", NO, NULL, NULL);
    /* above the vaults, and on the control plane, roles alone are asked */
    assert_answer(&access, "role", GET_SECRET, PLANE_DATA, RG, CERTAIN, NULL, NULL);
    assert_answer(&access, "policy", "Microsoft.KeyVault/vaults/read", PLANE_CONTROL, VAULT, NO,
                  NULL, NULL);
    done(&access, &snapshot);
}

/* ---- the user knows more ---- */

static void what_the_user_knows_comes_first(void **state)
{
    (void)state;
    Snapshot snapshot = hand_snapshot(&fields);
    hand_assignment(&snapshot, hand_principal(&snapshot, "u", PRINCIPAL_USER, NULL), ROLE_ADMIN, RG)
        ->condition = hand_text(&snapshot, ONLY_READER);
    Access access;
    build(&access, &snapshot);
    const char *role = OWNER;
    AttributeBinding binding = {SOURCE_REQUEST, ATTRIBUTE_KNOWN,
                                "microsoft.authorization/roleassignments:roledefinitionid", &role,
                                1};
    ConditionContext known = {.bindings = &binding, .binding_count = 1};
    Question question = {
        .who = "u", .principal = 0, .action = ASSIGN, .scope = RG, .known = &known};
    Decision decision;
    access_decide(&access, &question, &decision);
    assert_int_equal(decision.answer, NO);
    decision_free(&decision);
    role = READER;
    access_decide(&access, &question, &decision);
    assert_int_equal(decision.answer, CERTAIN);
    decision_free(&decision);
    done(&access, &snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(atoms_are_known_by_action_and_plane),
        cmocka_unit_test(an_exported_role_comes_before_the_built_in_one),
        cmocka_unit_test(planes_are_never_mixed),
        cmocka_unit_test(grants_obey_time_and_kind),
        cmocka_unit_test(nobody_is_a_deleted_principal),
        cmocka_unit_test(grants_are_in_order_and_share_their_rights),
        cmocka_unit_test(conditions_are_decided_as_far_as_the_scope_tells),
        cmocka_unit_test(block_conditions_hold_for_their_block_only),
        cmocka_unit_test(groups_nest_and_may_form_rings),
        cmocka_unit_test(denies_spare_the_excluded),
        cmocka_unit_test(denies_differ_in_reach_and_effect),
        cmocka_unit_test(a_deny_of_unknown_place_leaves_a_doubt),
        cmocka_unit_test(an_unknown_exclusion_is_no_denial),
        cmocka_unit_test(locks_stop_who_cannot_delete_them),
        cmocka_unit_test(random_obstacles_agree_with_a_slow_search),
        cmocka_unit_test(what_is_not_told_apart_is_alike),
        cmocka_unit_test(conditions_admit_what_they_name),
        cmocka_unit_test(a_role_is_rewritten_where_all_its_scopes_allow),
        cmocka_unit_test(no_is_said_only_when_all_was_exported),
        cmocka_unit_test(a_missing_deny_export_never_lowers_an_answer),
        cmocka_unit_test(a_group_of_unknown_place_is_assumed_to_hold),
        cmocka_unit_test(vaults_go_by_roles_or_by_policies),
        cmocka_unit_test(what_the_user_knows_comes_first),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
