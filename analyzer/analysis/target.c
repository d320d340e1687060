#include "analysis/parts.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>

/* ---- which claims answer the question ---- */

static const Scope *scope_at(const Target *target, uint32_t scope)
{
    return &target->parts->access->tree.scopes[scope];
}

static bool holds(const Target *target, uint32_t outer, uint32_t inner)
{
    return outer <= inner && inner < scope_at(target, outer)->end;
}

static bool is_data(const Target *target, uint32_t capability)
{
    return text_equal(target->parts->rules->capabilities.items[capability].plane, "data");
}

static bool is_wanted(const Target *target, uint32_t capability)
{
    return target->capability == NONE ? capability != CAPABILITY_VIEW
                                      : capability == target->capability;
}

/* Capabilities that a container has itself; of the others it can only hold resources that have
   them. */
static bool is_of_containers(uint32_t capability)
{
    return capability == CAPABILITY_ASSIGN_ROLES || capability == CAPABILITY_MANAGE ||
           capability == CAPABILITY_DELETE || capability == CAPABILITY_VIEW;
}

/* Is the claim about the scope itself?  Of what is no resource, every type at once will do. */
static bool is_about_scope(const Target *target, const Piece *piece)
{
    const Scope *scope = scope_at(target, target->what.index);
    return piece->scope == target->what.index &&
           (piece->type == NONE || piece->type == scope->type || scope->type == NONE);
}

/*
 * A resource: the claim is about it.  The whole tenant: about the tenant.  A container: about
 * itself, or about something in it, unless it was asked for what a container has itself.
 */
static bool answers(const Target *target, const Piece *piece)
{
    uint32_t scope = target->what.index;
    if (!is_wanted(target, piece->capability))
        return false;
    if (piece->capability == CAPABILITY_ASSIGN_ROLES && holds(target, piece->scope, scope))
        return true;
    const ScopeLevel level = scope_at(target, scope)->level;
    if (level == SCOPE_RESOURCE)
        return is_about_scope(target, piece);
    if (level == SCOPE_ROOT)
        return piece->scope == scope;
    if (target->capability != NONE && is_of_containers(target->capability))
        return is_about_scope(target, piece);
    return holds(target, scope, piece->scope);
}

/* Who has the data of a storage account has that of its containers: secrets and blobs have no lock
   of their own. */
static bool answers_from_above(const Target *target, uint32_t above, const Piece *piece)
{
    return piece->scope == above && piece->type == scope_at(target, above)->type &&
           is_wanted(target, piece->capability) && is_data(target, piece->capability);
}

/* ---- ends ---- */

uint64_t target_end_distance(const Target *target, const TargetEnd *end)
{
    bool at_node = end->end.grant == NONE && end->end.policy == NONE && end->end.giver == NONE;
    if (at_node)
        return 0;
    uint32_t clause = end->piece.clause;
    return search_step_distance(
        clause == NONE ? NONE : target->parts->rules->clauses.items[clause].technique);
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_preference(const void *a, const void *b)
{
    const TargetEnd *x = a;
    const TargetEnd *y = b;
    int order = compare(x->certainty, y->certainty);
    if (!order)
        order = compare(x->limited, y->limited);
    if (!order)
        order = compare(x->piece.clause + 1, y->piece.clause + 1); /* what is held comes first */
    if (!order)
        order = compare(x->piece.scope, y->piece.scope);
    if (!order)
        order = compare(x->piece.capability, y->piece.capability);
    if (!order)
        order = compare(x->piece.type, y->piece.type);
    if (!order)
        order = compare(x->end.node, y->end.node);
    if (!order)
        order = compare(x->end.grant, y->end.grant);
    if (!order)
        order = compare(x->end.policy, y->end.policy);
    return order ? order : compare(x->end.giver, y->end.giver);
}

static void add_scope_ends(Target *target)
{
    Worker *worker = worker_new(target->parts);
    EndList found = {0};
    uint32_t scope = target->what.index;
    worker_ends(worker, scope, &found);
    for (uint32_t i = 0; i < found.count; i++)
        if (answers(target, &found.items[i].piece))
            ARRAY_PUSH(&target->ends, found.items[i]);
    for (uint32_t above = scope_at(target, scope)->parent;
         above != NONE && scope_at(target, above)->level == SCOPE_RESOURCE;
         above = scope_at(target, above)->parent) {
        found.count = 0;
        worker_ends(worker, above, &found);
        for (uint32_t i = 0; i < found.count; i++)
            if (answers_from_above(target, above, &found.items[i].piece))
                ARRAY_PUSH(&target->ends, found.items[i]);
    }
    ARRAY_FREE(&found);
    worker_free(worker);
}

/* Acting as the principal; of a group, counting as a member of it. */
static void add_principal_ends(Target *target)
{
    const PrivilegeGraph *graph = &target->parts->graph;
    for (uint32_t n = 0; n < graph->nodes.count; n++) {
        const Node *node = &graph->nodes.items[n];
        if ((node->kind != NODE_PRINCIPAL && node->kind != NODE_MEMBER) ||
            node->a != target->what.index)
            continue;
        TargetEnd end = {.piece = {.capability = NONE,
                                   .type = NONE,
                                   .scope = NONE,
                                   .clause = NONE,
                                   .instance = NONE},
                         .end = {n, CERTAIN, NONE, NONE, NONE, NULL}};
        ARRAY_PUSH(&target->ends, end);
    }
}

bool target_end_is_own(const Target *target, const Start *start, const TargetEnd *end)
{
    const Node *node = &target->parts->graph.nodes.items[end->end.node];
    bool begins_with_them = start->kind != START_WORKLOAD || start->joined;
    if (end->piece.capability == NONE)
        for (uint32_t i = 0; begins_with_them && i < start->own_count; i++)
            if (start->own[i] == node->a)
                return true;
    for (uint32_t i = 0; i < start->place_count; i++)
        if (end->piece.capability == CAPABILITY_RUN_CODE && end->piece.scope == start->places[i])
            return true;
    return false;
}

uint32_t target_nearest_end(const Target *target, const Search *search, const Start *start,
                            Certainty level,
                            bool (*rejected)(const void *context, const TargetEnd *end),
                            const void *context, uint64_t *distance)
{
    uint32_t nearest = NONE;
    for (uint32_t i = 0; i < target->ends.count; i++) {
        const TargetEnd *end = &target->ends.items[i];
        const SearchLabel *label = search_label(search, end->end.node);
        if (!label || end->certainty > level || rejected(context, end) ||
            target_end_is_own(target, start, end))
            continue;
        uint64_t there = label->distance + target_end_distance(target, end);
        if (nearest != NONE && there >= *distance)
            continue;
        nearest = i;
        *distance = there;
    }
    return nearest;
}

/* ---- what leads there ---- */

static void mark(bool *marked, NodeList *list, uint32_t node)
{
    if (marked[node])
        return;
    marked[node] = true;
    ARRAY_PUSH(list, node);
}

/* The premise that the fewest lead to. */
static uint32_t rarest_premise(const PrivilegeGraph *graph, const Incoming *in,
                               const Conjunction *all)
{
    uint32_t rarest = NONE, fewest = NONE;
    for (uint32_t p = 0; p < all->premise_count; p++) {
        uint32_t node = graph->premises.items[all->first_premise + p];
        uint32_t ways = in->first[node + 1] - in->first[node];
        if (graph->nodes.items[node].kind == NODE_PRINCIPAL)
            ways++; /* a start may have it from the beginning */
        if (graph->nodes.items[node].kind == NODE_ALL)
            ways = 2; /* not known without a look behind it */
        if (ways >= fewest)
            continue;
        rarest = node;
        fewest = ways;
    }
    return rarest;
}

/* Everything that the ends rest on, backwards; of a conjunction all premises, or one: who lacks
   that one lacks the conjunction. */
static bool *marked_backwards(const Target *target, const Incoming *in, bool all_premises)
{
    const PrivilegeGraph *graph = &target->parts->graph;
    bool *marked = memory_allocate(graph->nodes.count, sizeof *marked);
    NodeList list = {0};
    for (uint32_t i = 0; i < target->ends.count; i++)
        mark(marked, &list, target->ends.items[i].end.node);
    for (uint32_t i = 0; i < list.count; i++) {
        uint32_t node = list.items[i];
        for (uint32_t e = in->first[node]; e < in->first[node + 1]; e++)
            mark(marked, &list, graph->edges.items[in->order[e]].from);
        if (graph->nodes.items[node].kind != NODE_ALL)
            continue;
        const Conjunction *all = &graph->conjunctions.items[graph->nodes.items[node].a];
        if (!all_premises)
            mark(marked, &list, rarest_premise(graph, in, all));
        for (uint32_t p = 0; all_premises && p < all->premise_count; p++)
            mark(marked, &list, graph->premises.items[all->first_premise + p]);
    }
    ARRAY_FREE(&list);
    return marked;
}

static void mark_what_leads_there(Target *target)
{
    Incoming in = incoming_new(&target->parts->graph);
    target->leads_there = marked_backwards(target, &in, true);
    target->may_arrive = marked_backwards(target, &in, false);
    incoming_free(&in);
}

void target_find(Target *target, const Parts *parts, Entity what, uint32_t capability)
{
    *target = (Target){.parts = parts, .what = what, .capability = capability};
    if (what.kind == ENTITY_PRINCIPAL)
        add_principal_ends(target);
    else
        add_scope_ends(target);
    if (target->ends.count)
        qsort(target->ends.items, target->ends.count, sizeof *target->ends.items, by_preference);
    mark_what_leads_there(target);
}

void target_free(Target *target)
{
    ARRAY_FREE(&target->ends);
    free(target->leads_there);
    free(target->may_arrive);
    *target = (Target){0};
}
