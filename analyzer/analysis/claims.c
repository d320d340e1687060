#include "analysis/claims.h"

#include "base/intern.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* A claim with a node that has it; `claim` counts in order of arrival until they are sorted. */
typedef struct Source {
    uint32_t claim;
    uint32_t node;
    uint8_t certainty; /* the node given */
} Source;

typedef struct ClaimKey {
    uint32_t type, scope, capability, limited, directory_node;
} ClaimKey;

typedef struct Collecting {
    Claims *claims;
    const Parts *parts;
    Interner keys;
    ARRAY(Claim) found; /* in order of arrival */
    ARRAY(Source) sources;
} Collecting;

/* ---- which claims there are ---- */

static Claim claim_of(const Parts *parts, const ClaimKey *key)
{
    TypeCount type = {key->type, 1};
    ReachRow row = {.scope = key->scope,
                    .capability = key->capability,
                    .by_type = &type,
                    .type_count = key->type == NONE ? 0 : 1};
    uint32_t resources = key->type == NONE ? 0 : rows_count(parts->rows, key->type, key->scope);
    return (Claim){.capability = key->capability,
                   .type = key->type,
                   .scope = key->scope,
                   .directory_node = key->directory_node,
                   .limited = key->limited,
                   .severity = row_severity(parts, &row),
                   .resources = key->type != NONE && !resources ? 1 : resources};
}

static void add_end(Collecting *collecting, uint32_t node, const TargetEnd *end)
{
    ClaimKey key = {.type = end->piece.type,
                    .scope = end->piece.scope,
                    .capability = end->piece.capability,
                    .limited = end->limited,
                    .directory_node = end->piece.capability == CAPABILITY_DIRECTORY ? node : NONE};
    uint32_t claim = intern_bytes(&collecting->keys, (const char *)&key, sizeof key);
    if (claim == collecting->found.count)
        ARRAY_PUSH(&collecting->found, claim_of(collecting->parts, &key));
    Source source = {claim, node, end->certainty};
    ARRAY_PUSH(&collecting->sources, source);
}

static ReachedBlock *reach_together(const Parts *parts, const Start *starts, uint32_t count)
{
    NodeList nodes = all_start_nodes(parts, starts, count);
    StartNodes everybody = {nodes.items, nodes.count};
    ReachedBlock *reached = reached_block_new(&parts->fixed_point);
    reached_block_find(reached, &everybody, 1);
    ARRAY_FREE(&nodes);
    return reached;
}

static void collect(Collecting *collecting, const Start *starts, uint32_t count)
{
    const Parts *parts = collecting->parts;
    ReachedBlock *reached = reach_together(parts, starts, count);
    Worker *worker = worker_new(parts);
    EndList ends = {0};
    for (uint32_t n = 0; n < reached->nodes.count; n++) {
        uint32_t node = reached->nodes.items[n];
        ends.count = 0;
        worker_ends_of_node(worker, node, &ends);
        for (uint32_t e = 0; e < ends.count; e++)
            add_end(collecting, node, &ends.items[e]);
        if (parts->graph.nodes.items[node].kind == NODE_PRINCIPAL)
            ARRAY_PUSH(&collecting->claims->principal_nodes, node);
    }
    ARRAY_FREE(&ends);
    worker_free(worker);
    reached_block_free(reached);
}

/* ---- orders ---- */

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static const Claim *sorted_claims; /* qsort has no context; used on one thread only */

static int compare_rest(const Claim *x, const Claim *y)
{
    int order = compare(x->scope, y->scope);
    if (!order)
        order = compare(x->capability, y->capability);
    return order ? order : compare(x->limited, y->limited);
}

static int by_type_and_scope(const void *a, const void *b)
{
    const Claim *x = &sorted_claims[*(const uint32_t *)a];
    const Claim *y = &sorted_claims[*(const uint32_t *)b];
    int order = compare(x->type, y->type);
    if (!order)
        order = compare_rest(x, y);
    return order ? order : compare(x->directory_node, y->directory_node);
}

static int by_scope(const void *a, const void *b)
{
    uint32_t i = *(const uint32_t *)a;
    uint32_t j = *(const uint32_t *)b;
    int order = compare(sorted_claims[i].scope, sorted_claims[j].scope);
    return order ? order : compare(i, j);
}

static int by_preference(const void *a, const void *b)
{
    uint32_t i = *(const uint32_t *)a;
    uint32_t j = *(const uint32_t *)b;
    const Claim *x = &sorted_claims[i];
    const Claim *y = &sorted_claims[j];
    int order = compare(y->severity, x->severity);
    if (!order)
        order = compare_rest(x, y);
    return order ? order : compare(i, j);
}

static void sort(uint32_t *items, uint32_t count, int (*compare_items)(const void *, const void *))
{
    if (count)
        qsort(items, count, sizeof *items, compare_items);
}

static ClaimOrder order_of(const Claims *claims, bool (*wanted)(const Claim *claim),
                           int (*compare_items)(const void *, const void *))
{
    ClaimOrder order = {memory_allocate(claims->count, sizeof *order.items), 0};
    for (uint32_t i = 0; i < claims->count; i++)
        if (wanted(&claims->items[i]))
            order.items[order.count++] = i;
    sorted_claims = claims->items;
    sort(order.items, order.count, compare_items);
    return order;
}

static bool is_any(const Claim *claim)
{
    (void)claim;
    return true;
}

static bool is_not_view(const Claim *claim)
{
    return claim->capability != CAPABILITY_VIEW;
}

static bool is_read_secrets(const Claim *claim)
{
    return claim->capability == CAPABILITY_READ_SECRETS;
}

static bool is_assign_roles(const Claim *claim)
{
    return claim->capability == CAPABILITY_ASSIGN_ROLES;
}

static bool is_read_data(const Claim *claim)
{
    return claim->capability == CAPABILITY_READ_DATA;
}

static bool is_manage(const Claim *claim)
{
    return claim->capability == CAPABILITY_MANAGE;
}

static uint32_t first_at(const Claims *claims, uint32_t scope)
{
    uint32_t low = 0;
    uint32_t high = claims->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (claims->items[claims->by_scope[middle]].scope < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t claims_within(const Claims *claims, uint32_t scope, uint32_t end, const uint32_t **list)
{
    uint32_t first = first_at(claims, scope);
    *list = claims->by_scope + first;
    return first_at(claims, end) - first;
}

/* ---- containers ---- */

static uint32_t container_scope(const ScopeTree *tree, uint32_t scope)
{
    const Scope *s = &tree->scopes[scope];
    if (s->level <= SCOPE_RESOURCE_GROUP)
        return scope;
    if (s->resource_group != NONE)
        return s->resource_group;
    return s->subscription != NONE ? s->subscription : scope;
}

static void find_containers(Claims *claims, const ScopeTree *tree)
{
    uint32_t *position = memory_allocate(tree->count, sizeof *position);
    for (uint32_t i = 0; i < claims->count; i++)
        position[container_scope(tree, claims->items[i].scope)] = 1;
    for (uint32_t s = 0; s < tree->count; s++) {
        if (tree->scopes[s].level == SCOPE_SUBSCRIPTION)
            ARRAY_PUSH(&claims->subscriptions, s);
        if (!position[s])
            continue;
        position[s] = claims->containers.count;
        ARRAY_PUSH(&claims->containers, s);
    }
    for (uint32_t i = 0; i < claims->count; i++)
        claims->items[i].container = position[container_scope(tree, claims->items[i].scope)];
    free(position);
}

/* ---- claims ---- */

/* Sorts the claims, and the sources by claim. */
static void make_claims(Collecting *collecting)
{
    Claims *claims = collecting->claims;
    uint32_t count = claims->count = collecting->found.count;
    uint32_t *order = memory_allocate(count, sizeof *order);
    uint32_t *rank = memory_allocate(count, sizeof *rank);
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    sorted_claims = collecting->found.items;
    sort(order, count, by_type_and_scope);
    claims->items = memory_allocate(count, sizeof *claims->items);
    for (uint32_t i = 0; i < count; i++) {
        rank[order[i]] = i;
        claims->items[i] = collecting->found.items[order[i]];
    }
    for (uint32_t i = 0; i < collecting->sources.count; i++)
        collecting->sources.items[i].claim = rank[collecting->sources.items[i].claim];
    free(order);
    free(rank);
}

static void sort_sources(Collecting *collecting)
{
    uint32_t source_count = collecting->sources.count;
    uint32_t *next = memory_allocate(collecting->claims->count + 1, sizeof *next);
    Source *sorted = memory_allocate(source_count, sizeof *sorted);
    for (uint32_t i = 0; i < source_count; i++)
        next[collecting->sources.items[i].claim + 1]++;
    for (uint32_t i = 0; i < collecting->claims->count; i++)
        next[i + 1] += next[i];
    for (uint32_t i = 0; i < source_count; i++)
        sorted[next[collecting->sources.items[i].claim]++] = collecting->sources.items[i];
    free(next);
    free(collecting->sources.items);
    collecting->sources.items = sorted;
    collecting->sources.capacity = source_count;
}

/* ---- who holds them ---- */

static bool level_is_new(const Collecting *collecting, uint32_t level)
{
    if (!level || collecting->parts->fixed_point.same_as[level] == level)
        return true;
    for (uint32_t i = 0; i < collecting->sources.count; i++)
        if (collecting->sources.items[i].certainty == level)
            return true;
    return false;
}

static void find_holders(const Collecting *collecting, uint32_t level)
{
    const FixedPoint *fixed_point = &collecting->parts->fixed_point;
    const Components *components = &fixed_point->levels[fixed_point->same_as[level]].components;
    ClaimHolders *holders = &collecting->claims->levels[level];
    holders->is_new = level_is_new(collecting, level);
    if (!holders->is_new)
        return;
    uint32_t *position = memory_allocate(components->count, sizeof *position); /* from 1 */
    ARRAY(uint32_t) list = {0};
    ARRAY(uint32_t) held_by = {0};
    ARRAY(uint32_t) last_claim = {0}; /* per holder, counted from 1: keeps repeats out */
    holders->first = memory_allocate(collecting->claims->count + 1, sizeof *holders->first);
    for (uint32_t i = 0; i < collecting->sources.count; i++) {
        const Source *source = &collecting->sources.items[i];
        if (source->certainty > level)
            continue;
        uint32_t component = fixed_point_component(fixed_point, source->node, (Certainty)level);
        if (component == NONE)
            continue; /* nobody reaches it at this level */
        if (!position[component]) {
            ARRAY_PUSH(&list, component);
            ARRAY_PUSH(&last_claim, 0);
            position[component] = list.count;
        }
        uint32_t holder = position[component] - 1;
        if (last_claim.items[holder] == source->claim + 1)
            continue;
        last_claim.items[holder] = source->claim + 1;
        ARRAY_PUSH(&held_by, holder);
        holders->first[source->claim + 1] = held_by.count;
    }
    for (uint32_t c = 0; c < collecting->claims->count; c++)
        if (holders->first[c + 1] < holders->first[c])
            holders->first[c + 1] = holders->first[c];
    holders->components = list.items;
    holders->count = list.count;
    holders->held_by = held_by.items;
    ARRAY_FREE(&last_claim);
    free(position);
}

void claims_find(Claims *claims, const Parts *parts, const Start *starts, uint32_t count)
{
    *claims = (Claims){0};
    Collecting collecting = {.claims = claims, .parts = parts, .keys = interner_new(CASE_MATTERS)};
    collect(&collecting, starts, count);
    make_claims(&collecting);
    sort_sources(&collecting);
    find_containers(claims, &parts->access->tree);
    claims->by_scope = order_of(claims, is_any, by_scope).items;
    claims->by_preference = order_of(claims, is_not_view, by_preference);
    claims->secrets = order_of(claims, is_read_secrets, by_preference);
    claims->assigns = order_of(claims, is_assign_roles, by_preference);
    claims->reads = order_of(claims, is_read_data, by_preference);
    claims->manages = order_of(claims, is_manage, by_preference);
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
        find_holders(&collecting, level);
    interner_free(&collecting.keys);
    ARRAY_FREE(&collecting.found);
    ARRAY_FREE(&collecting.sources);
}

void claims_free(Claims *claims)
{
    free(claims->items);
    free(claims->by_scope);
    free(claims->by_preference.items);
    free(claims->secrets.items);
    free(claims->assigns.items);
    free(claims->reads.items);
    free(claims->manages.items);
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
        free(claims->levels[level].components);
        free(claims->levels[level].first);
        free(claims->levels[level].held_by);
    }
    ARRAY_FREE(&claims->containers);
    ARRAY_FREE(&claims->subscriptions);
    ARRAY_FREE(&claims->principal_nodes);
}
