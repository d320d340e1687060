#include "base/counting_sort.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "graph/needs.h"

#include <stdlib.h>

/*
 * Before needs are met: which givers serve some callers only, and at which scopes something may
 * come to be held.
 */

/* ---- givers that serve only some callers ---- */

bool is_in_some_group(const Builder *builder, uint32_t principal)
{
    const Access *access = builder->access;
    return access->first_group[principal + 1] > access->first_group[principal];
}

/* The principal that a giver serves, or the group whose members it does; ANY_GROUP. */
static uint32_t served_by(const Builder *builder, const Giver *giver)
{
    if (giver->recipient != NONE)
        return giver->recipient;
    /* the holder of a role that can be rewritten */
    return builder->access->grants.items[builder->graph->nodes.items[giver->node].a].principal;
}

/* Does the giver, which serves the principal or a group that it is in, serve that very principal?
 */
static bool giver_names(const Builder *builder, const Giver *giver, uint32_t principal)
{
    return giver->recipient == principal ||
           (builder->graph->class_of[principal] == giver->recipients &&
            (giver->recipient == NONE ||
             giver->to_users == access_can_activate(builder->access, principal)));
}

/* A giver that serves somebody by name. */
typedef struct BoundGiver {
    uint32_t serves; /* a principal, or principals.count for ANY_GROUP */
    uint32_t giver;
} BoundGiver;

typedef struct BoundGivers {
    BoundGiver *items; /* by whom they serve, then by giver */
    uint32_t count;
    uint32_t *first; /* per principal and for ANY_GROUP: where they begin */
} BoundGivers;

static uint32_t serves_of(const void *bound)
{
    return ((const BoundGiver *)bound)->serves;
}

static void add_serving(Builder *builder, const BoundGivers *bound, uint32_t serves,
                        uint32_t principal)
{
    for (uint32_t i = bound->first[serves]; i < bound->first[serves + 1]; i++)
        if (giver_names(builder, &builder->graph->givers.items[bound->items[i].giver], principal))
            ARRAY_PUSH(&builder->bound_givers, bound->items[i].giver);
}

static void add_givers_bound_to(Builder *builder, const BoundGivers *bound, uint32_t principal)
{
    const Access *access = builder->access;
    uint32_t begin = builder->bound_givers.count;
    add_serving(builder, bound, principal, principal);
    for (uint32_t i = access->first_group[principal]; i < access->first_group[principal + 1]; i++)
        if (access->groups[i] != principal)
            add_serving(builder, bound, access->groups[i], principal);
    if (is_in_some_group(builder, principal))
        add_serving(builder, bound, builder->snapshot->principals.count, principal);
    if (builder->bound_givers.count > begin)
        builder->bound_givers.count =
            begin + numbers_sort_unique(builder->bound_givers.items + begin,
                                        builder->bound_givers.count - begin);
}

void needs_find_bound_givers(Builder *builder)
{
    const PrivilegeGraph *graph = builder->graph;
    uint32_t count = builder->snapshot->principals.count;
    BoundGivers bound = {.items = memory_allocate(graph->givers.count, sizeof *bound.items),
                         .first = memory_allocate((size_t)count + 2, sizeof *bound.first)};
    for (uint32_t i = 0; i < graph->givers.count; i++) {
        const Giver *giver = &graph->givers.items[i];
        if (giver->to_anyone && giver->recipient == NONE)
            continue;
        uint32_t serves = served_by(builder, giver);
        BoundGiver one = {serves == ANY_GROUP ? count : serves, i};
        bound.items[bound.count++] = one;
        bound.first[one.serves + 1]++;
    }
    for (uint32_t p = 0; p <= count; p++)
        bound.first[p + 1] += bound.first[p];
    counting_sort(bound.items, bound.count, sizeof *bound.items, serves_of, count + 1);
    builder->first_bound = arena_allocate(&builder->arena, (size_t)count + 1, sizeof(uint32_t));
    for (uint32_t p = 0; p < count; p++) {
        builder->first_bound[p] = builder->bound_givers.count;
        if (graph->node_of_principal[p] != NONE)
            add_givers_bound_to(builder, &bound, p);
    }
    builder->first_bound[count] = builder->bound_givers.count;
    free(bound.items);
    free(bound.first);
}

uint32_t givers_bound_to(const Builder *builder, const Caller *caller, const uint32_t **givers)
{
    if (!builder->first_bound || caller->principal == NONE)
        return 0;
    uint32_t first = builder->first_bound[caller->principal];
    *givers = builder->bound_givers.items + first;
    return builder->first_bound[caller->principal + 1] - first;
}

/* ---- where a caller may come to hold more than above ---- */

static void add_children(Builder *builder, uint32_t scope)
{
    const ScopeTree *tree = &builder->access->tree;
    for (uint32_t child = scope + 1; child < tree->scopes[scope].end;
         child = tree->scopes[child].end)
        ARRAY_PUSH(&builder->beginnings, child);
}

static void add_local_gains(Builder *builder, const Limit *limit)
{
    for (uint32_t i = 0; i < limit->local.count; i++)
        if (limit->local.items[i].gains)
            ARRAY_PUSH(&builder->beginnings, limit->local.items[i].scope);
}

void needs_find_beginnings(Builder *builder)
{
    const Access *access = builder->access;
    const PrivilegeGraph *graph = builder->graph;
    for (uint32_t i = 0; i < graph->givers.count; i++)
        if (graph->givers.items[i].certain || !graph->givers.items[i].to_anyone)
            ARRAY_PUSH(&builder->beginnings, graph->givers.items[i].scope);
    for (uint32_t i = 0; i < builder->group_grants.count; i++)
        ARRAY_PUSH(&builder->beginnings, builder->group_grants.items[i].scope);
    for (uint32_t i = 0; i < access->obstacles.count; i++)
        if (access->obstacles.items[i].here_only)
            add_children(builder, access->obstacles.items[i].scope);
    for (uint32_t i = 0; i < access->limits.count; i++)
        add_local_gains(builder, &access->limits.items[i]);
    for (uint32_t i = 0; i < access->tree.assumed.count; i++)
        ARRAY_PUSH(&builder->beginnings, access->tree.assumed.items[i].subscription);
    builder->beginnings.count =
        numbers_sort_unique(builder->beginnings.items, builder->beginnings.count);
}
