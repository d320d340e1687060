#include "graph/needs.h"

#include "graph/clause_plan.h"
#include "graph/gifts.h"

#include <stdlib.h>
#include <string.h>

/* ---- what a caller has by itself ---- */

/* The best relation, in either direction, that joins the caller and the term; between principals
   the caller is `from`. */
static Own related(const Builder *builder, uint32_t principal, const Premise *premise, Term term)
{
    const RelationTable *table = &builder->relations->tables[premise->relation];
    Own best = {.certainty = NO, .grant = NONE};
    uint32_t first;
    uint32_t count = relations_from(table, principal | TERM_PRINCIPAL, &first);
    for (uint32_t i = first; i < first + count; i++)
        if (table->rows[i].to == term && (Certainty)table->rows[i].certainty < best.certainty)
            best = (Own){(Certainty)table->rows[i].certainty, NONE, {table->rows[i].record}, 1};
    if (term_is_principal(term))
        return best;
    count = relations_to(table, principal | TERM_PRINCIPAL, &first);
    for (uint32_t i = first; i < first + count; i++) {
        const RelationRow *row = &table->rows[table->by_to[i]];
        if (row->from == term && (Certainty)row->certainty < best.certainty)
            best = (Own){(Certainty)row->certainty, NONE, {row->record}, 1};
    }
    return best;
}

static Own of_answer(const DirectoryAnswer *answer)
{
    Own own = {.certainty = answer->certainty, .grant = NONE, .record_count = answer->record_count};
    memcpy(own.records, answer->records, sizeof own.records);
    return own;
}

Own own_of(const Builder *builder, const Caller *caller, const Premise *premise, uint32_t place)
{
    Own own = {.certainty = NO, .grant = NONE};
    DirectoryAnswer answer;
    switch (premise->kind) {
    case PREMISE_PERMISSION:
        own.certainty = caller_holds(caller, builder, premise, place, &own.grant);
        break;
    case PREMISE_ACCESS_POLICY:
        own.records[0] = caller_policy_record(caller, builder, place, premise);
        own.record_count = own.records[0] != NONE;
        own.certainty = own.record_count ? CERTAIN : NO;
        break;
    case PREMISE_CALLER_RELATION:
        return related(builder, caller->principal, premise, place);
    case PREMISE_DIRECTORY_ROLE:
    case PREMISE_APP_ROLE:
        answer = directory_meets(&builder->relations->directory, caller->principal, premise,
                                 place == NONE ? NONE : term_index(place));
        return of_answer(&answer);
    case PREMISE_RELATION:
    case PREMISE_PROPERTY:
    case PREMISE_CAPABILITY:
    case PREMISE_ACTS_AS:
    case PREMISE_CALLER_KIND:
    case PREMISE_KIND_COUNT:
        break;
    }
    return own;
}

Edge own_edge(Builder *builder, uint32_t from, uint32_t to, const Own *own)
{
    Brought brought = {.grants = {own->grant},
                       .grant_count = own->grant != NONE,
                       .record_count = own->record_count};
    memcpy(brought.records, own->records, sizeof own->records);
    return (Edge){.from = from,
                  .to = to,
                  .support = builder_bundle(builder, &brought),
                  .technique = NONE,
                  .support_kind = SUPPORT_BUNDLE,
                  .certainty = (uint8_t)own->certainty};
}

/* ---- rights that are given ---- */

/* A way to meet the need, which gets its node with the first one. */
static void add_way(Builder *builder, Need *need, Edge edge)
{
    if (need->node == NONE)
        need->node =
            builder_node(builder, NODE_NEED, (uint32_t)(need - builder->needs.items), 0, 0);
    edge.to = need->node;
    builder_edge(builder, edge);
}

Certainty giver_gives_atom(const Giver *giver, uint32_t atom)
{
    if (!giver->certain || atom_set_has(giver->certain, atom))
        return CERTAIN;
    return atom_set_has(giver->conditional, atom) ? CONDITIONAL : NO;
}

Certainty giver_gives(const Builder *builder, const Giver *giver, const Premise *premise)
{
    Certainty best = NO;
    for (uint32_t i = 0; i < premise->permission_count && best != CERTAIN; i++) {
        Certainty gives =
            giver_gives_atom(giver, builder->atom_of_permission[premise->permissions[i]]);
        if (gives < best)
            best = gives;
    }
    return best;
}

bool giver_serves(const Builder *builder, const Giver *giver, uint32_t class_index, bool is_user)
{
    if (!giver->to_anyone || giver->recipient != NONE)
        return false;
    if (!giver->certain) /* unlimited: whatever the class, and told once */
        return builder->graph->nodes.items[giver->node].kind == NODE_GIVE;
    return giver->recipients == class_index && giver->to_users == is_user;
}

/* Likewise at one place, for a recipient of the class: what is denied there is not given. */
static Certainty giver_gives_at(const Builder *builder, const Giver *giver, const Premise *premise,
                                uint32_t scope, uint32_t class_index)
{
    Certainty best = NO;
    class_index =
        access_class_freed(builder->growing_access, class_index, giver->scope, giver->deletes);
    for (uint32_t i = 0; i < premise->permission_count && best != CERTAIN; i++) {
        uint32_t atom = builder->atom_of_permission[premise->permissions[i]];
        Certainty certainty = giver_gives_atom(giver, atom);
        if (certainty >= best)
            continue;
        Tri free = access_unobstructed(builder->access, class_index, atom, scope, NULL);
        if (free == TRI_UNKNOWN)
            certainty = certainty_worse(certainty, CONDITIONAL);
        if (free != TRI_FALSE && certainty < best)
            best = certainty;
    }
    return best;
}

Certainty everything_can_be_given(const Builder *builder, uint32_t scope)
{
    const ScopeTree *tree = &builder->access->tree;
    for (uint32_t at = scope; at != NONE; at = tree->scopes[at].parent)
        if (builder->gives_at[at])
            return CERTAIN;
    uint32_t subscription = tree->scopes[scope].subscription;
    for (uint32_t i = 0; subscription != NONE && i < tree->assumed.count; i++)
        if (tree->assumed.items[i].subscription == subscription)
            for (uint32_t at = tree->assumed.items[i].group; at != NONE;
                 at = tree->scopes[at].parent)
                if (builder->gives_at[at])
                    return ASSUMED;
    return NO;
}

/* ---- groups that a caller can be made a member of ---- */

static void add_from_group(Builder *builder, Need *need, uint32_t group, const Own *own)
{
    if (own->certainty != NO && (own->certainty != ELIGIBLE || need->is_user))
        add_way(builder, need,
                own_edge(builder, builder_node(builder, NODE_CONTROL, group, 0, 0), NONE, own));
}

/* Policies and Entra roles of the group. */
static void fill_from_group(Builder *builder, Need *need, uint32_t group)
{
    Caller member = {.principal = group, .class_index = need->class_index};
    Own own = own_of(builder, &member, need->premise, need->place);
    add_from_group(builder, need, group, &own);
}

static uint32_t group_grants_at(const Builder *builder, uint32_t scope)
{
    uint32_t low = 0;
    uint32_t high = builder->group_grants.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (builder->group_grants.items[middle].scope < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void fill_from_group_grants_at(Builder *builder, Need *need, uint32_t scope)
{
    for (uint32_t i = group_grants_at(builder, scope);
         i < builder->group_grants.count && builder->group_grants.items[i].scope == scope; i++) {
        GroupGrant held = builder->group_grants.items[i];
        Caller member = {.principal = held.group, .class_index = need->class_index};
        ARRAY_PUSH(&member.grants, held.grant);
        Own own = own_of(builder, &member, need->premise, need->place);
        ARRAY_FREE(&member.grants);
        if (own.certainty != NO)
            add_from_group(builder, need, held.group, &own);
    }
}

/* Grants of controlled groups at the place and above it, assumed management groups included. */
static void fill_from_group_grants(Builder *builder, Need *need)
{
    const ScopeTree *tree = &builder->access->tree;
    if (!builder->group_grants.count)
        return;
    for (uint32_t scope = need->place; scope != NONE; scope = tree->scopes[scope].parent)
        fill_from_group_grants_at(builder, need, scope);
    uint32_t subscription = tree->scopes[need->place].subscription;
    for (uint32_t i = 0; subscription != NONE && i < tree->assumed.count; i++)
        if (tree->assumed.items[i].subscription == subscription)
            for (uint32_t scope = tree->assumed.items[i].group;
                 scope != NONE && scope_contains(tree, scope, need->place) == ASSUMED;
                 scope = tree->scopes[scope].parent)
                fill_from_group_grants_at(builder, need, scope);
}

static int by_grant_scope(const void *a, const void *b)
{
    const GroupGrant *x = a;
    const GroupGrant *y = b;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->grant > y->grant) - (x->grant < y->grant);
}

static void index_group_grants(Builder *builder)
{
    for (uint32_t i = 0; i < builder->controlled.count; i++) {
        uint32_t group = builder->controlled.items[i];
        const Caller *member = caller_of_member(builder, group, true);
        for (uint32_t g = 0; g < member->grants.count; g++) {
            uint32_t grant = member->grants.items[g];
            GroupGrant held = {builder->access->grants.items[grant].scope, group, grant};
            ARRAY_PUSH(&builder->group_grants, held);
        }
    }
    if (builder->group_grants.count)
        qsort(builder->group_grants.items, builder->group_grants.count, sizeof(GroupGrant),
              by_grant_scope);
}

/* ---- Entra roles and app roles that are given ---- */

static void fill_from_giving_clauses(Builder *builder, Need *need)
{
    bool app = need->premise->kind == PREMISE_APP_ROLE;
    if (app && need->is_user)
        return; /* application permissions are for service principals and managed identities */
    for (uint32_t i = 0; i < builder->giving_clauses.count; i++) {
        uint32_t clause = builder->giving_clauses.items[i];
        const Conclusion *conclusion = &builder->rules->clauses.items[clause].conclusion;
        if ((conclusion->kind == CONCLUDES_GIVES_APP_ROLE) != app ||
            !role_lists_meet(&need->premise->values, &conclusion->roles))
            continue;
        uint32_t from = builder_node(builder, NODE_GIVE_DIRECTORY, clause, 0, 0);
        add_way(builder, need, structure_edge(from, NONE, CERTAIN));
    }
}

/* ---- needs ---- */

/* All ways to meet the need but by who gives everything. */
static void fill(Builder *builder, uint32_t index)
{
    Need *need = &builder->needs.items[index];
    PremiseKind kind = need->premise->kind;
    if (kind == PREMISE_PERMISSION && need->premise->grant_conditions) {
        fill_from_group_grants(builder, need); /* what is given stands under no such condition */
        return;
    }
    if (kind == PREMISE_PERMISSION) {
        if (gifts_use(builder, gifts_asked(builder, need->premise), index) && need->node == NONE)
            need->node = builder_node(builder, NODE_NEED, index, 0, 0);
        return;
    }
    if (kind == PREMISE_DIRECTORY_ROLE || kind == PREMISE_APP_ROLE)
        fill_from_giving_clauses(builder, need);
    for (uint32_t i = 0; i < builder->controlled.count; i++)
        fill_from_group(builder, need, builder->controlled.items[i]);
}

static bool asks_permission(const Need *need)
{
    return !need->premise || need->premise->kind == PREMISE_PERMISSION;
}

/* Whoever gives everything at the need's place meets it there. */
static void use_everything(Builder *builder, uint32_t index)
{
    RightUse use = {builder->graph->everything, builder->needs.items[index].place, NONE, index,
                    NONE};
    ARRAY_PUSH(&builder->need_uses, use);
}

/* Is nothing in the way of one of the premise's permissions, whoever it is given to? */
static bool is_free_for_all(const Builder *builder, const Premise *premise, uint32_t place)
{
    enum { MOST_CLASSES_ASKED = 64 };
    if (access_is_clear(builder->access, place))
        return true;
    if (builder->classes.count > MOST_CLASSES_ASKED)
        return false;
    for (uint32_t k = 0; k < builder->classes.count; k++) {
        bool free = false;
        for (uint32_t i = 0; i < premise->permission_count && !free; i++)
            free = access_unobstructed(builder->access, builder->classes.items[k],
                                       builder->atom_of_permission[premise->permissions[i]], place,
                                       NULL) == TRI_TRUE;
        if (!free)
            return false;
    }
    return true;
}

/* What tells needs apart: once the gifts are known, premises that ask for the same rights are one.
 */
static const void *asked_by(Builder *builder, const Premise *premise)
{
    if (builder->needs_known == NEEDS_NOTHING || !premise || premise->kind != PREMISE_PERMISSION ||
        premise->grant_conditions)
        return premise;
    return gifts_asked(builder, premise).rights;
}

static uint32_t need_of_key(Builder *builder, const Premise *premise, uint32_t place,
                            uint32_t class_index, bool is_user)
{
    struct {
        const void *asked;
        uint32_t place, class_index, is_user, zero;
    } key = {asked_by(builder, premise), place, class_index, is_user, 0};
    uint32_t index = intern_bytes(&builder->need_keys, (const char *)&key, sizeof key);
    if (index == builder->needs.count) {
        Need need = {.premise = premise,
                     .place = place,
                     .class_index = class_index,
                     .is_user = is_user,
                     .node = NONE};
        ARRAY_PUSH(&builder->needs, need);
    }
    return index;
}

/* A need that comes up once the limited gifts are known. */
static void settle_need(Builder *builder, uint32_t index)
{
    fill(builder, index);
    Need *need = &builder->needs.items[index];
    if (!asks_permission(need) ||
        (builder->needs_known == NEEDS_ALL && everything_can_be_given(builder, need->place) == NO))
        return;
    need->is_everything =
        need->node == NONE && is_free_for_all(builder, need->premise, need->place);
    if (need->is_everything)
        return;
    if (need->node == NONE)
        need->node = builder_node(builder, NODE_NEED, index, 0, 0);
    if (builder->needs_known == NEEDS_ALL)
        use_everything(builder, index);
}

static uint32_t need_index(Builder *builder, const Premise *premise, uint32_t place,
                           uint32_t class_index, bool is_user)
{
    uint32_t count = builder->needs.count;
    uint32_t index = need_of_key(builder, premise, place, class_index, is_user);
    if (index < count)
        return index;
    if (builder->needs_known == NEEDS_NOTHING)
        builder->needs.items[index].node = builder_node(builder, NODE_NEED, index, 0, 0);
    else
        settle_need(builder, index);
    return index;
}

/* The one node of all needs of the place and class that everything alone meets. */
static uint32_t everything_node(Builder *builder, uint32_t place, uint32_t class_index)
{
    uint32_t count = builder->needs.count;
    uint32_t index = need_of_key(builder, NULL, place, class_index, false);
    if (index == count) {
        builder->needs.items[index].node = builder_node(builder, NODE_NEED, index, 0, 0);
        if (builder->needs_known == NEEDS_ALL)
            use_everything(builder, index);
    }
    return builder->needs.items[index].node;
}

static uint32_t node_of_need(Builder *builder, uint32_t index)
{
    Need need = builder->needs.items[index];
    if (!need.is_everything)
        return need.node;
    if (builder->needs_known == NEEDS_ALL && everything_can_be_given(builder, need.place) == NO)
        return NONE;
    return everything_node(builder, need.place, need.class_index);
}

uint32_t need_node(Builder *builder, const Premise *premise, uint32_t place, uint32_t class_index,
                   bool is_user)
{
    return node_of_need(builder, need_index(builder, premise, place, class_index, is_user));
}

bool need_is_everything(Builder *builder, const Premise *premise, uint32_t place,
                        uint32_t class_index, bool is_user)
{
    uint32_t index = need_index(builder, premise, place, class_index, is_user);
    return builder->needs.items[index].is_everything;
}

void needs_know_limited(Builder *builder)
{
    index_group_grants(builder);
    gifts_find(builder);
    builder->needs_known = NEEDS_LIMITED;
    for (uint32_t i = 0; i < builder->needs.count; i++)
        fill(builder, i);
}

void needs_know_all(Builder *builder)
{
    builder->needs_known = NEEDS_ALL;
    for (uint32_t i = 0; i < builder->needs.count; i++) {
        Need *need = &builder->needs.items[i];
        bool given = asks_permission(need) && everything_can_be_given(builder, need->place) != NO;
        if (given && !need->is_everything)
            use_everything(builder, i);
    }
}

/* ---- one caller ---- */

/* The right to give roles under a condition of one of the premise's kinds, by a rewritten role. */
static Certainty rewritten_gives_new_role(const Builder *builder, const Giver *giver,
                                          const Caller *caller, const Premise *premise,
                                          uint32_t place)
{
    const Access *access = builder->access;
    const Node *node = &builder->graph->nodes.items[giver->node];
    if (node->kind != NODE_FULL || !giver->certain)
        return NO;
    const Grant *grant = &access->grants.items[node->a];
    if (!(premise->grant_conditions >> grant_condition(builder, grant) & 1))
        return NO;
    Tri gives =
        tri_and(access_admits_rewritten(access, grant, NONE, caller->principal,
                                        PRINCIPAL_SERVICE_PRINCIPAL),
                access_unobstructed(access, giver->class_index, builder->assign_atom, place, NULL));
    return gives == TRI_TRUE ? CERTAIN : gives == TRI_UNKNOWN ? CONDITIONAL : NO;
}

/* How certainly the giver, which serves the caller by name, gives what the premise asks for. */
static Certainty bound_giver_gives(const Builder *builder, const Giver *giver, const Caller *caller,
                                   const Premise *premise, uint32_t place)
{
    Certainty contained = scope_contains(&builder->access->tree, giver->scope, place);
    if (contained == NO)
        return NO;
    Certainty gives = premise->grant_conditions
                          ? rewritten_gives_new_role(builder, giver, caller, premise, place)
                          : giver_gives_at(builder, giver, premise, place, caller->class_index);
    return gives == NO ? NO : certainty_worse(contained, gives);
}

bool is_given_by_name(const Builder *builder, const Caller *caller, const Premise *premise,
                      uint32_t place)
{
    const uint32_t *bound;
    uint32_t count = givers_bound_to(builder, caller, &bound);
    for (uint32_t i = 0; i < count && premise->kind == PREMISE_PERMISSION; i++)
        if (bound_giver_gives(builder, &builder->graph->givers.items[bound[i]], caller, premise,
                              place) != NO)
            return true;
    return false;
}

static void add_bound_givers(Builder *builder, const Caller *caller, const Premise *premise,
                             uint32_t place, uint32_t to)
{
    const uint32_t *bound;
    uint32_t count = givers_bound_to(builder, caller, &bound);
    for (uint32_t i = 0; i < count; i++) {
        Giver giver = builder->graph->givers.items[bound[i]];
        Certainty gives = bound_giver_gives(builder, &giver, caller, premise, place);
        if (gives == NO)
            continue;
        uint32_t both[] = {giver.node, caller->node};
        builder_edge(builder, structure_edge(builder_conjunction(builder, both, 2), to, gives));
    }
}

uint32_t holds_node(Builder *builder, const Caller *caller, const Premise *premise, uint32_t place,
                    const Own *own)
{
    bool is_user = access_can_activate(builder->access, caller->principal);
    uint32_t index = need_index(builder, premise, place, caller->class_index, is_user);
    uint32_t need = node_of_need(builder, index);
    bool bound = is_given_by_name(builder, caller, premise, place);
    if (!bound && (own->certainty == NO || need == NONE))
        return need;
    uint32_t node_count = builder->graph->nodes.count;
    uint32_t edge_count = builder->graph->edges.count;
    uint32_t holds = builder_node(builder, NODE_HOLDS, caller->principal, index, 0);
    if (holds < node_count)
        return holds;
    uint32_t self = caller->node;
    if (bound)
        add_bound_givers(builder, caller, premise, place, holds);
    if (need != NONE) {
        uint32_t both[] = {self, need};
        builder_edge(builder,
                     structure_edge(builder_conjunction(builder, both, 2), holds, CERTAIN));
    }
    bool helped = builder->graph->edges.count > edge_count;
    if (own->certainty != NO)
        builder_edge(builder, own_edge(builder, self, holds, own));
    return helped ? holds : NONE;
}
