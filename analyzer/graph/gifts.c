#include "graph/gifts.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "graph/caller.h"
#include "graph/clause_plan.h"

#include <stdlib.h>
#include <string.h>

/* ---- whom a gift is for ---- */

/* The kinds of a gift: what comes with a group is for anybody, or for users when it has to be
   activated; what a condition lets through is for a class and kind of recipients. */
enum { TO_ANYBODY, TO_USERS, TO_RECIPIENTS };

static uint32_t to_recipients(uint32_t class_index, bool is_user)
{
    return TO_RECIPIENTS + 2 * class_index + is_user;
}

bool gift_is_for_any_class(const Right *right)
{
    return right->gift && right->gift - 1 < TO_RECIPIENTS;
}

typedef struct GiftKey {
    uint32_t kind;
    uint32_t right;
} GiftKey;

/* The right of that gift, which is apart from the one that somebody holds. */
static uint32_t gift_right(Builder *builder, uint32_t kind, uint32_t right)
{
    PrivilegeGraph *graph = builder->graph;
    GiftKey key = {kind, right};
    uint32_t known = builder->gift_keys.count;
    uint32_t id = intern_bytes(&builder->gift_keys, (const char *)&key, sizeof key);
    if (id == known) {
        Right gift = {.clause = NONE,
                      .atom_count = 1,
                      .atoms = {graph->rights.items[right].atoms[0]},
                      .gift = kind + 1};
        ARRAY_PUSH(&builder->gift_rights, graph->rights.count);
        ARRAY_PUSH(&graph->rights, gift);
    }
    return builder->gift_rights.items[id];
}

static uint32_t find_gift_right(const Builder *builder, uint32_t kind, uint32_t right)
{
    GiftKey key = {kind, right};
    uint32_t id = interner_find_bytes(&builder->gift_keys, (const char *)&key, sizeof key);
    return id == NONE ? NONE : builder->gift_rights.items[id];
}

/* ---- sources ---- */

typedef struct GiftPlace {
    uint32_t right;
    uint32_t scope;
} GiftPlace;

static void add_source(Builder *builder, RightSource source)
{
    GiftPlace place = {source.right, source.scope};
    (void)intern_bytes(&builder->gift_places, (const char *)&place, sizeof place);
    ARRAY_PUSH(&builder->gift_sources, source);
}

static void add_gift(Builder *builder, uint32_t kind, uint32_t right, RightSource source)
{
    source.right = gift_right(builder, kind, right);
    each_place_of_source(builder, source, add_source);
}

static void add_from_giver(Builder *builder, const Giver *giver, uint32_t right,
                           Certainty certainty)
{
    RightSource source = {.class_index = giver->class_index,
                          .scope = giver->scope,
                          .from = giver->node,
                          .support = NONE,
                          .support_kind = SUPPORT_NONE,
                          .certainty = (uint8_t)certainty};
    if (certainty != NO)
        add_gift(builder, to_recipients(giver->recipients, giver->to_users), right, source);
}

/* What a condition lets through. */
static void add_giver(Builder *builder, const Giver *giver)
{
    for (uint32_t i = 0; i < builder->asked_rights.count; i++) {
        uint32_t right = builder->asked_rights.items[i];
        builder->given_apart[right] |=
            !give_alike(builder, giver, right, builder->atom_asked, add_from_giver);
    }
}

/* The classes of those whom something can be given to, as they are told apart at the scope. */
static void find_classes_at(Builder *builder, uint32_t scope, const bool *has_holder,
                            uint32_t class_count)
{
    builder->classes_here.count = 0;
    for (uint32_t c = 0; c < class_count; c++) {
        if (!has_holder[c])
            continue;
        uint32_t within = access_class_within(builder->growing_access, c, scope);
        bool known = false;
        for (uint32_t i = 0; i < builder->classes_here.count; i++)
            known |= builder->classes_here.items[i] == within;
        if (!known)
            ARRAY_PUSH(&builder->classes_here, within);
    }
}

/* The rights of the set, to each of the classes; `known`: rights that come from above already. */
static void add_rights(Builder *builder, const Grant *grant, const RightSet *rights,
                       const RightSet *known, RightSource source)
{
    for (uint32_t i = 0; i < builder->asked_rights.count; i++) {
        uint32_t right = builder->asked_rights.items[i];
        uint32_t atom = builder->graph->rights.items[right].atoms[0];
        bool certain = atom_set_has(rights->certain, atom);
        if (known ? !certain || atom_set_has(known->certain, atom)
                  : !certain &&
                        (!atom_set_has(rights->conditional, atom) || atom == builder->assign_atom))
            continue;
        source.certainty =
            (uint8_t)certainty_worse(certain ? CERTAIN : CONDITIONAL, grant->certainty);
        for (uint32_t k = 0; k < builder->classes_here.count; k++) {
            uint32_t class_index = builder->classes_here.items[k];
            source.class_index =
                certain ? class_index
                        : access_class_limited(builder->growing_access, class_index, grant->limit);
            add_gift(builder, grant->certainty == ELIGIBLE ? TO_USERS : TO_ANYBODY, right, source);
        }
    }
}

/* What a member of a controlled group gets by one of its grants. */
static void add_group_grant(Builder *builder, const GroupGrant *held, const bool *has_holder,
                            uint32_t class_count)
{
    const Access *access = builder->access;
    const Grant *grant = &access->grants.items[held->grant];
    const RightSet *rights = &access->right_sets.items[grant->rights];
    Brought brought = {.grants = {held->grant}, .grant_count = 1};
    RightSource source = {.scope = grant->scope,
                          .from = builder_node(builder, NODE_CONTROL, held->group, 0, 0),
                          .support = builder_bundle(builder, &brought),
                          .support_kind = SUPPORT_BUNDLE};
    uint32_t first;
    uint32_t count = access_local_rights(access, grant, &first);
    find_classes_at(builder, grant->scope, has_holder, class_count);
    add_rights(builder, grant, rights, NULL, source);
    for (uint32_t i = 0; i < count; i++) {
        const LocalRights *local = &access->limits.items[grant->limit].local.items[first + i];
        if (!local->gains)
            continue;
        source.scope = local->scope;
        add_rights(builder, grant, &access->right_sets.items[local->rights], rights, source);
    }
}

static void note_asked(Builder *builder, const Premise *premise)
{
    for (uint32_t i = 0; premise && i < premise->permission_count; i++)
        builder->atom_asked[builder->atom_of_permission[premise->permissions[i]]] = true;
}

/* What clauses that are settled caller by caller ask for. */
static void find_asked(Builder *builder)
{
    const Rules *rules = builder->rules;
    uint32_t atom_count = builder->access->atoms->atoms.count;
    builder->atom_asked = arena_allocate(&builder->arena, atom_count, sizeof(bool));
    builder->given_apart =
        arena_allocate(&builder->arena, builder->graph->rights.count, sizeof(bool));
    note_asked(builder, builder->edit_premise);
    for (uint32_t c = 0; c < rules->clauses.count; c++) {
        const Clause *clause = &rules->clauses.items[c];
        if (clause_plan(clause, &builder->instances->shapes[c]) != PLAN_CALLER)
            continue;
        for (uint32_t i = 0; i < clause->premise_count; i++)
            if (clause->premises[i].kind == PREMISE_PERMISSION)
                note_asked(builder, &clause->premises[i]);
    }
    bool *seen = memory_allocate(builder->graph->rights.count, sizeof *seen);
    for (uint32_t atom = 0; atom < atom_count; atom++) {
        uint32_t right = builder->graph->right_of_atom[atom];
        if (builder->atom_asked[atom] && !seen[right])
            ARRAY_PUSH(&builder->asked_rights, right);
        seen[right] |= builder->atom_asked[atom];
    }
    free(seen);
}

void gifts_find(Builder *builder)
{
    PrivilegeGraph *graph = builder->graph;
    uint32_t class_count = builder->access->classes.count;
    bool *has_holder = memory_allocate(class_count, sizeof *has_holder);
    for (uint32_t h = 0; h < builder->holders.count; h++)
        has_holder[builder->holders.items[h].class_index] = true;
    find_asked(builder);
    for (uint32_t i = 0; i < graph->givers.count; i++) {
        Giver giver = graph->givers.items[i];
        if (giver.certain && giver.to_anyone && giver.recipient == NONE)
            add_giver(builder, &giver);
    }
    for (uint32_t i = 0; i < builder->group_grants.count; i++)
        add_group_grant(builder, &builder->group_grants.items[i], has_holder, class_count);
    free(has_holder);
}

/* ---- what is asked for ---- */

static AskedRights asked_of_list(Builder *builder, const uint32_t *rights, uint32_t count)
{
    uint32_t known = builder->asked_keys.count;
    uint32_t id = intern_bytes(&builder->asked_keys, (const char *)rights, count * sizeof *rights);
    if (id == known) {
        uint32_t *copy = arena_allocate(&builder->arena, (size_t)count + 1, sizeof *copy);
        if (rights)
            memcpy(copy, rights, count * sizeof *rights);
        AskedRights asked = {copy, count};
        ARRAY_PUSH(&builder->asked, asked);
    }
    return builder->asked.items[id];
}

AskedRights gifts_asked(Builder *builder, const Premise *premise)
{
    struct {
        const Premise *premise;
    } key = {premise};
    uint32_t known = builder->asked_premises.count;
    uint32_t id = intern_bytes(&builder->asked_premises, (const char *)&key, sizeof key);
    if (id < known)
        return builder->asked_of_premise.items[id];
    ARRAY(uint32_t) rights = {0};
    for (uint32_t i = 0; i < premise->permission_count; i++) {
        uint32_t atom = builder->atom_of_permission[premise->permissions[i]];
        uint32_t right = builder->graph->right_of_atom[atom];
        ARRAY_PUSH(&rights, right);
        if (builder->given_apart[right] && right != atom)
            ARRAY_PUSH(&rights, atom);
    }
    uint32_t kept = numbers_sort_unique(rights.items, rights.count);
    AskedRights asked = asked_of_list(builder, rights.items, kept);
    ARRAY_PUSH(&builder->asked_of_premise, asked);
    ARRAY_FREE(&rights);
    return asked;
}

static bool is_given_above(const Builder *builder, uint32_t right, uint32_t scope)
{
    const ScopeTree *tree = &builder->access->tree;
    for (uint32_t at = scope; at != NONE; at = tree->scopes[at].parent) {
        GiftPlace place = {right, at};
        if (interner_find_bytes(&builder->gift_places, (const char *)&place, sizeof place) != NONE)
            return true;
    }
    return false;
}

static bool use_gift(Builder *builder, uint32_t kind, uint32_t right, uint32_t need)
{
    uint32_t place = builder->needs.items[need].place;
    uint32_t gift = find_gift_right(builder, kind, right);
    if (gift == NONE || !is_given_above(builder, gift, place))
        return false;
    RightUse use = {gift, place, NONE, need, NONE};
    ARRAY_PUSH(&builder->gift_uses, use);
    return true;
}

bool gifts_use(Builder *builder, AskedRights asked, uint32_t need)
{
    Need wanted = builder->needs.items[need];
    bool given = false;
    for (uint32_t i = 0; i < asked.count; i++) {
        uint32_t right = asked.rights[i];
        given |= use_gift(builder, TO_ANYBODY, right, need);
        given |= wanted.is_user && use_gift(builder, TO_USERS, right, need);
        given |= use_gift(builder, to_recipients(wanted.class_index, wanted.is_user), right, need);
    }
    return given;
}

/* ---- leading them ---- */

/* The first use of the right at the scope or behind it. */
static uint32_t first_gift_use(const Builder *builder, uint32_t right, uint32_t scope)
{
    uint32_t low = 0;
    uint32_t high = builder->gift_uses.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const RightUse *use = &builder->gift_uses.items[middle];
        if (use->right < right || (use->right == right && use->scope < scope))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_wanted(const Builder *builder, const RightSource *source)
{
    uint32_t i = first_gift_use(builder, source->right, source->scope);
    return i < builder->gift_uses.count && builder->gift_uses.items[i].right == source->right &&
           builder->gift_uses.items[i].scope < builder->access->tree.scopes[source->scope].end;
}

uint32_t uses_of_gift(const Builder *builder, uint32_t right, uint32_t *first)
{
    *first = first_gift_use(builder, right, 0);
    return first_gift_use(builder, right + 1, 0) - *first;
}

void build_gifts(Builder *builder)
{
    RightSource *sources = builder->gift_sources.items;
    uint32_t kept = 0;
    uses_sort(builder, builder->gift_uses.items, builder->gift_uses.count);
    for (uint32_t i = 0; i < builder->gift_sources.count; i++)
        if (is_wanted(builder, &sources[i]))
            sources[kept++] = sources[i];
    builder->gift_sources.count = kept;
    lead_sources(builder, sources, kept);
}

void gifts_free(Builder *builder)
{
    ARRAY_FREE(&builder->gift_rights);
    ARRAY_FREE(&builder->gift_sources);
    ARRAY_FREE(&builder->gift_uses);
    ARRAY_FREE(&builder->asked);
    ARRAY_FREE(&builder->asked_of_premise);
    ARRAY_FREE(&builder->asked_rights);
    ARRAY_FREE(&builder->classes_here);
    interner_free(&builder->gift_keys);
    interner_free(&builder->gift_places);
    interner_free(&builder->asked_keys);
    interner_free(&builder->asked_premises);
}
