#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/rows.h"
#include "base/text.h"
#include "hand_graph.h"
#include "hand_snapshot.h"

/*
 * What rights at a scope are worth there, with the project's own rules: on storage accounts,
 * because an account can forbid its keys, be shut off by its network, or be named without being
 * exported.
 */
#define SUB                   "/subscriptions/aaaaaaaa-0000-0000-0000-00000000000a"
#define RG_A                  SUB "/resourceGroups/rg-a"
#define RG_B                  SUB "/resourceGroups/rg-b"
#define STORE                 "Microsoft.Storage/storageAccounts"
#define VAULT                 "Microsoft.KeyVault/vaults"
#define IN(group, name)       group "/providers/" STORE "/" name
#define VAULT_IN(group, name) group "/providers/" VAULT "/" name

#define LIST_KEYS      STORE "/listkeys/action"
#define REGENERATE_KEY STORE "/regeneratekey/action"
#define ROTATE_KEY     STORE "/rotateKey/action"
#define READ_BLOBS     STORE "/blobServices/containers/blobs/read"

#define UNDECIDABLE "@Environment[isPrivateLink] BoolEquals true"

static Rules rules;
static FieldTable fields;

static int set_up(void **state)
{
    (void)state;
    Error err;
    if (rules_load(&rules, "data", &err) && fields_load(&fields, "data", &err))
        return 0;
    print_error("%s\n", err.message);
    return -1;
}

static int tear_down(void **state)
{
    (void)state;
    rules_free(&rules);
    fields_free(&fields);
    return 0;
}

/* ---- a tenant and what is made from it ---- */

typedef struct Tenant {
    Snapshot snapshot;
    uint32_t holder; /* whose rights are asked about: denies name it */
    AtomTable atoms;
    Access access;
    Relations relations;
    InstanceTable instances;
    PrivilegeGraph graph;
    Rows *rows;
} Tenant;

static Tenant tenant_new(void)
{
    Tenant t = {.snapshot = hand_snapshot(&fields)};
    t.holder = hand_principal(&t.snapshot, "holder", PRINCIPAL_USER, "Dana");
    hand_subscription(&t.snapshot, SUB, NULL);
    return t;
}

static void tenant_finish(Tenant *t)
{
    hand_finish(&t->snapshot);
    privilege_graph_atoms(&t->atoms, &rules, &t->snapshot);
    AccessOptions options = {.as_of = TIME_NONE,
                             .built_in = rules.built_in_roles.items,
                             .built_in_count = rules.built_in_roles.count};
    access_build(&t->access, &t->snapshot, &t->atoms, &options);
    relations_find(&t->relations, &t->access, &rules);
    instances_find(&t->instances, &t->access, &rules, &t->relations);
    privilege_graph_build(&t->graph, &t->access, &rules, &t->instances, &t->relations);
    t->rows = rows_new(&t->graph);
}

static void tenant_free(Tenant *t)
{
    rows_free(t->rows);
    privilege_graph_free(&t->graph);
    instances_free(&t->instances);
    relations_free(&t->relations);
    access_free(&t->access);
    atom_table_free(&t->atoms);
    hand_free(&t->snapshot);
}

/* `shared_keys`: allowSharedKeyAccess, or NULL when the export does not say. */
static void account(Tenant *t, const char *id, const char *shared_keys)
{
    hand_resource(&t->snapshot, id, STORE);
    if (shared_keys)
        hand_property(&t->snapshot, &fields, "allowSharedKeyAccess", shared_keys);
}

/* Denies the holder the actions at the scope; `condition` may be NULL. */
static DenyAssignment *deny(Tenant *t, const char *scope, const char *actions,
                            const char *data_actions, const char *condition)
{
    Snapshot *s = &t->snapshot;
    DenyAssignment deny = {.id = NONE,
                           .name = hand_text(s, "managed"),
                           .scope = hand_id(s, scope),
                           .block_count = 1,
                           .principal_count = 1,
                           .condition = condition ? hand_text(s, condition) : NONE,
                           .record = hand_record(s, RECORD_DENY_ASSIGNMENT)};
    deny.principals = arena_allocate(&s->arena, 1, sizeof *deny.principals);
    *deny.principals = t->holder;
    deny.blocks = arena_allocate(&s->arena, 1, sizeof *deny.blocks);
    *deny.blocks = hand_block(s, actions, "", data_actions, "", NULL);
    ARRAY_PUSH(&s->deny_assignments, deny);
    return &s->deny_assignments.items[s->deny_assignments.count - 1];
}

static uint32_t scope_of(const Tenant *t, const char *id)
{
    bool exact;
    uint32_t scope = scope_find(&t->access.tree, &t->snapshot, id, &exact);
    assert_true(exact);
    return scope;
}

static uint32_t atom_of(const Tenant *t, const char *action)
{
    Plane plane = text_equal(action, READ_BLOBS) ? PLANE_DATA : PLANE_CONTROL;
    uint32_t atom = atom_find(&t->atoms, action, plane);
    assert_int_not_equal(atom, NONE);
    return atom;
}

/* ---- rights and the pieces they give ---- */

typedef struct Rights {
    uint64_t *certain; /* both NULL: every action and data action */
    uint64_t *conditional;
} Rights;

static Rights no_rights(const Tenant *t)
{
    return (Rights){memory_allocate(t->access.set_words, sizeof(uint64_t)),
                    memory_allocate(t->access.set_words, sizeof(uint64_t))};
}

static void rights_free(Rights *rights)
{
    free(rights->certain);
    free(rights->conditional);
}

static void give(uint64_t *set, uint32_t atom)
{
    set[atom / 64] |= UINT64_C(1) << (atom % 64);
}

/* The pieces of one capability and type, in the order they came; the others are dropped. */
static PieceList pieces_of(const Tenant *t, const Rights *rights, const char *scope,
                           CapabilityName capability, const char *type)
{
    PieceList all = {0};
    rows_of_rights(t->rows, rights->certain, rights->conditional, scope_of(t, scope),
                   t->access.class_of[t->holder], &all);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < all.count; i++)
        if (all.items[i].capability == capability &&
            all.items[i].type == snapshot_find_id(&t->snapshot, type))
            all.items[kept++] = all.items[i];
    all.count = kept;
    return all;
}

static const Piece *piece_at(const Tenant *t, const PieceList *pieces, const char *scope)
{
    for (uint32_t i = 0; i < pieces->count; i++)
        if (pieces->items[i].scope == scope_of(t, scope))
            return &pieces->items[i];
    fail_msg("no piece at %s", scope);
    return NULL;
}

static void assert_piece(const Tenant *t, const PieceList *pieces, const char *scope,
                         uint32_t resources, Certainty certainty)
{
    const Piece *piece = piece_at(t, pieces, scope);
    assert_int_equal(piece->resources, resources);
    assert_int_equal(piece->certainty, certainty);
}

/* The account keys of everything below, as whoever may list keys gets them. */
static PieceList key_pieces(const Tenant *t, const char *scope)
{
    Rights rights = no_rights(t);
    give(rights.certain, atom_of(t, LIST_KEYS));
    give(rights.certain, atom_of(t, REGENERATE_KEY));
    PieceList pieces = pieces_of(t, &rights, scope, CAPABILITY_READ_DATA, STORE);
    rights_free(&rights);
    return pieces;
}

/*
 *     sub ─┬─ rg-a ─┬─ one
 *          │        └─ two
 *          └─ rg-b ─── three
 */
static void one_piece_when_all_accounts_are_alike(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    account(&t, IN(RG_A, "one"), "true");
    account(&t, IN(RG_A, "two"), NULL); /* Azure's default allows keys */
    account(&t, IN(RG_B, "three"), "True");
    tenant_finish(&t);
    PieceList pieces = key_pieces(&t, SUB);
    assert_int_equal(pieces.count, 1);
    assert_piece(&t, &pieces, SUB, 3, CERTAIN);
    assert_int_equal(pieces.items[0].instance, NONE);
    free(pieces.items);
    tenant_free(&t);
}

static void rows_split_where_one_account_forbids_shared_keys(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    account(&t, IN(RG_A, "one"), "true");
    account(&t, IN(RG_A, "two"), "False");
    account(&t, IN(RG_A, "zwei"), NULL);
    account(&t, IN(RG_B, "three"), NULL);
    account(&t, IN(RG_B, "four"), "true");
    tenant_finish(&t);
    PieceList pieces = key_pieces(&t, SUB);
    assert_int_equal(pieces.count, 3);
    assert_piece(&t, &pieces, IN(RG_A, "one"), 1, CERTAIN);
    assert_piece(&t, &pieces, IN(RG_A, "zwei"), 1, CERTAIN);
    assert_piece(&t, &pieces, RG_B, 2, CERTAIN);
    const Piece *one = piece_at(&t, &pieces, IN(RG_A, "one"));
    const Instance *instance = &t.instances.instances.items[one->instance];
    assert_int_equal(instance->clause, one->clause);
    assert_string_equal(rules.techniques.items[rules.clauses.items[one->clause].technique].id,
                        "storage-list-keys");
    free(pieces.items);
    tenant_free(&t);
}

/* Whose keys may be listed is still manageable: each capability is split by its own facts. */
static void other_capabilities_are_not_split_by_it(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    account(&t, IN(RG_A, "one"), "true");
    account(&t, IN(RG_A, "two"), "false");
    tenant_finish(&t);
    Rights everything = {NULL, NULL};
    PieceList pieces = pieces_of(&t, &everything, SUB, CAPABILITY_MANAGE, STORE);
    assert_int_equal(pieces.count, 1);
    assert_piece(&t, &pieces, SUB, 2, CERTAIN);
    free(pieces.items);
    tenant_free(&t);
}

static void nothing_when_all_accounts_forbid_them(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    account(&t, IN(RG_A, "one"), "false");
    account(&t, IN(RG_B, "two"), "false");
    tenant_finish(&t);
    PieceList pieces = key_pieces(&t, SUB);
    assert_int_equal(pieces.count, 0);
    free(pieces.items);
    tenant_free(&t);
}

/* Named by an assignment, not exported: anything may be true of it. */
static void an_account_that_was_not_exported_is_assumed(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    account(&t, IN(RG_A, "one"), "true");
    hand_assignment(&t.snapshot, t.holder, "acdd72a7-3385-48ef-bd42-f606fba81ae7",
                    IN(RG_A, "named"));
    tenant_finish(&t);
    PieceList pieces = key_pieces(&t, SUB);
    assert_int_equal(pieces.count, 2);
    assert_piece(&t, &pieces, IN(RG_A, "named"), 1, ASSUMED);
    assert_piece(&t, &pieces, IN(RG_A, "one"), 1, CERTAIN);
    free(pieces.items);
    tenant_free(&t);
}

/* Regenerating a key returns it too: a deny of one action leaves the other. */
static void another_action_does_where_one_is_denied(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    account(&t, IN(RG_A, "one"), "true");
    account(&t, IN(RG_A, "two"), "true");
    account(&t, IN(RG_B, "three"), "true");
    deny(&t, RG_A, LIST_KEYS, "", NULL);
    deny(&t, IN(RG_A, "two"), REGENERATE_KEY, "", UNDECIDABLE);
    deny(&t, RG_B, LIST_KEYS " " REGENERATE_KEY, "", NULL);
    tenant_finish(&t);
    PieceList pieces = key_pieces(&t, SUB);
    assert_int_equal(pieces.count, 2);
    assert_piece(&t, &pieces, IN(RG_A, "one"), 1, CERTAIN);
    assert_piece(&t, &pieces, IN(RG_A, "two"), 1, CONDITIONAL);
    free(pieces.items);
    tenant_free(&t);
}

/* ---- access policies ---- */

static AccessPolicy policy_on(Tenant *t, uint32_t vault, const char *secrets)
{
    return (AccessPolicy){.resource = vault,
                          .principal = t->holder,
                          .application_id = NONE,
                          .secrets = hand_list(&t->snapshot, secrets),
                          .record = hand_record(&t->snapshot, RECORD_KEY_VAULT),
                          .pointer = hand_text(&t->snapshot, "/properties/accessPolicies/0")};
}

static uint32_t secrets_read(const Tenant *t, const AccessPolicy *policy)
{
    PieceList pieces = {0};
    uint32_t found = 0;
    rows_of_policy(t->rows, policy, &pieces);
    for (uint32_t i = 0; i < pieces.count; i++) {
        const Id vault = t->snapshot.resources.items[policy->resource].id;
        assert_int_equal(pieces.items[i].scope, t->access.tree.scope_of_id[vault]);
        found += pieces.items[i].capability == CAPABILITY_READ_SECRETS;
    }
    free(pieces.items);
    return found;
}

static void policies_count_in_policy_mode_only(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    hand_resource(&t.snapshot, VAULT_IN(RG_A, "policies"), VAULT);
    hand_resource(&t.snapshot, VAULT_IN(RG_A, "roles"), VAULT);
    hand_property(&t.snapshot, &fields, "enableRbacAuthorization", "true");
    AccessPolicy plain = policy_on(&t, 0, "list Get");
    AccessPolicy lists = policy_on(&t, 0, "list set");
    AccessPolicy ineffective = policy_on(&t, 1, "get");
    AccessPolicy compound = policy_on(&t, 0, "get");
    compound.application_id = hand_id(&t.snapshot, "some-app");
    tenant_finish(&t);
    assert_int_equal(secrets_read(&t, &plain), 1);
    assert_int_equal(secrets_read(&t, &lists), 0);
    assert_int_equal(secrets_read(&t, &ineffective), 0);
    assert_int_equal(secrets_read(&t, &compound), 0);
    tenant_free(&t);
}

/* ---- counting ---- */

static void resources_are_counted_below_a_scope(void **state)
{
    (void)state;
    Tenant t = tenant_new();
    account(&t, IN(RG_A, "one"), NULL);
    account(&t, IN(RG_A, "two"), NULL);
    hand_resource(&t.snapshot, VAULT_IN(RG_B, "v"), VAULT);
    tenant_finish(&t);
    Id store = snapshot_find_id(&t.snapshot, STORE);
    assert_int_equal(rows_count(t.rows, store, scope_of(&t, SUB)), 2);
    assert_int_equal(rows_count(t.rows, store, scope_of(&t, RG_B)), 0);
    assert_int_equal(rows_count(t.rows, store, scope_of(&t, IN(RG_A, "two"))), 1);
    /* two resource groups, named by what is in them, and three resources */
    Id group = rows_resource_group_type(t.rows);
    assert_int_equal(rows_count(t.rows, group, scope_of(&t, SUB)), 2);
    assert_int_equal(rows_count(t.rows, NONE, scope_of(&t, SUB)), 5);
    assert_int_equal(rows_count(t.rows, NONE, scope_of(&t, RG_A)), 3);
    tenant_free(&t);
}

/* ---- against asking for every account alone ---- */

static const char *const key_actions[] = {LIST_KEYS, REGENERATE_KEY, ROTATE_KEY};
enum { KEY_ACTIONS = sizeof key_actions / sizeof *key_actions };

/* The best of the actions at one scope. */
static Certainty slow_right(const Tenant *t, const Rights *rights, const char *const *actions,
                            uint32_t count, uint32_t scope)
{
    Certainty best = NO;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t atom = atom_of(t, actions[i]);
        Certainty certainty = atom_set_has(rights->certain, atom)       ? CERTAIN
                              : atom_set_has(rights->conditional, atom) ? CONDITIONAL
                                                                        : NO;
        Tri free =
            access_unobstructed(&t->access, t->access.class_of[t->holder], atom, scope, NULL);
        if (free != TRI_TRUE)
            certainty = certainty_worse(certainty, free == TRI_FALSE ? NO : CONDITIONAL);
        best = certainty < best ? certainty : best;
    }
    return best;
}

/* How the data of one account is read: by its keys, or by the data action. */
static Certainty slow_read_data(const Tenant *t, const Rights *rights, uint32_t scope)
{
    uint32_t index = t->access.tree.scopes[scope].resource;
    const Resource *resource = index == NONE ? NULL : &t->snapshot.resources.items[index];
    const char *keys =
        resource ? resource_property(&t->snapshot, resource, "allowSharedKeyAccess", NULL) : NULL;
    bool network =
        resource && resource_property(&t->snapshot, resource, "publicNetworkAccess", NULL);
    /* What was not exported may forbid its keys; blobs have no such switch. */
    Certainty by_key = resource && !network ? CERTAIN : ASSUMED;
    Certainty by_role = network ? ASSUMED : CERTAIN;
    by_key = certainty_worse(by_key, slow_right(t, rights, key_actions, KEY_ACTIONS, scope));
    by_role = certainty_worse(by_role,
                              slow_right(t, rights, (const char *const[]){READ_BLOBS}, 1, scope));
    if (keys && text_equal(keys, "false"))
        by_key = NO;
    return by_key < by_role ? by_key : by_role;
}

/* The best piece that covers the scope says the same as asking there; counts are those of the tree.
 */
static void assert_pieces(const Tenant *t, const Rights *rights, uint32_t top,
                          const PieceList *pieces)
{
    const ScopeTree *tree = &t->access.tree;
    Id store = snapshot_find_id(&t->snapshot, STORE);
    for (uint32_t scope = top; scope < tree->scopes[top].end; scope++) {
        if (tree->scopes[scope].type != store)
            continue;
        Certainty best = NO;
        for (uint32_t i = 0; i < pieces->count; i++) {
            const Piece *piece = &pieces->items[i];
            if (piece->scope <= scope && scope < tree->scopes[piece->scope].end &&
                piece->certainty < best)
                best = piece->certainty;
        }
        assert_int_equal(best, slow_read_data(t, rights, scope));
    }
    for (uint32_t i = 0; i < pieces->count; i++) {
        uint32_t covered = 0;
        uint32_t at = pieces->items[i].scope;
        assert_true(top <= at && at < tree->scopes[top].end);
        for (uint32_t scope = at; scope < tree->scopes[at].end; scope++)
            covered += tree->scopes[scope].type == store;
        assert_int_equal(pieces->items[i].resources, covered);
    }
}

static const char *const groups[] = {RG_A, RG_B, SUB "/resourceGroups/rg-c"};
enum { GROUPS = sizeof groups / sizeof *groups, ACCOUNTS_PER_GROUP = 4, ID_BYTES = 256 };

static void account_id(char id[ID_BYTES], Random *random)
{
    snprintf(id, ID_BYTES, "%s/providers/" STORE "/st%u", groups[random_below(random, GROUPS)],
             random_below(random, ACCOUNTS_PER_GROUP));
}

static void random_accounts(Tenant *t, Random *random)
{
    static const char *const says[] = {"true", "false", NULL, NULL};
    char id[ID_BYTES];
    for (uint32_t g = 0; g < GROUPS; g++)
        for (uint32_t a = 0; a < ACCOUNTS_PER_GROUP; a++) {
            snprintf(id, sizeof id, "%s/providers/" STORE "/st%u", groups[g], a);
            if (!random_below(random, 6)) { /* named only, if at all */
                if (random_below(random, 2))
                    hand_assignment(&t->snapshot, t->holder, "acdd72a7-3385-48ef-bd42-f606fba81ae7",
                                    id);
                continue;
            }
            /* in some groups all are alike */
            account(t, id, says[random_below(random, g ? 4 : 1)]);
            if (!random_below(random, 8))
                hand_property(&t->snapshot, &fields, "publicNetworkAccess", "Disabled");
        }
}

static void random_denies(Tenant *t, Random *random)
{
    for (uint32_t i = random_below(random, 4); i--;) {
        char scope[ID_BYTES];
        account_id(scope, random);
        if (random_below(random, 2))
            snprintf(scope, sizeof scope, "%s", groups[random_below(random, GROUPS)]);
        bool data = !random_below(random, 4);
        DenyAssignment *made =
            deny(t, scope,
                 data                      ? ""
                 : random_below(random, 2) ? "*"
                                           : key_actions[random_below(random, KEY_ACTIONS)],
                 data ? READ_BLOBS : "", random_below(random, 3) ? NULL : UNDECIDABLE);
        made->not_for_child_scopes = !random_below(random, 3);
    }
}

static Rights random_rights(const Tenant *t, Random *random)
{
    static const char *const actions[] = {LIST_KEYS, REGENERATE_KEY, ROTATE_KEY, READ_BLOBS};
    Rights rights = no_rights(t);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        uint32_t chosen = random_below(random, 4);
        if (chosen < 2)
            give(chosen ? rights.certain : rights.conditional, atom_of(t, actions[i]));
    }
    return rights;
}

static void random_tenants_agree_with_every_account_alone(void **state)
{
    (void)state;
    Random random = {99};
    for (int i = 0; i < 60; i++) {
        Tenant t = tenant_new();
        random_accounts(&t, &random);
        random_denies(&t, &random);
        tenant_finish(&t);
        for (int r = 0; r < 6; r++) {
            Rights rights = random_rights(&t, &random);
            const char *scope = r ? groups[random_below(&random, GROUPS)] : SUB;
            bool exact;
            uint32_t top = scope_find(&t.access.tree, &t.snapshot, scope, &exact);
            if (exact) {
                PieceList pieces = pieces_of(&t, &rights, scope, CAPABILITY_READ_DATA, STORE);
                assert_pieces(&t, &rights, top, &pieces);
                free(pieces.items);
            }
            rights_free(&rights);
        }
        tenant_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_piece_when_all_accounts_are_alike),
        cmocka_unit_test(rows_split_where_one_account_forbids_shared_keys),
        cmocka_unit_test(other_capabilities_are_not_split_by_it),
        cmocka_unit_test(nothing_when_all_accounts_forbid_them),
        cmocka_unit_test(an_account_that_was_not_exported_is_assumed),
        cmocka_unit_test(another_action_does_where_one_is_denied),
        cmocka_unit_test(policies_count_in_policy_mode_only),
        cmocka_unit_test(resources_are_counted_below_a_scope),
        cmocka_unit_test(random_tenants_agree_with_every_account_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
