#include "analysis/nearest.h"
#include "analysis/parts.h"
#include "analysis/questions.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/*
 * Chains in order by forbidding: the next best way that is not one of those found lacks something
 * of each of them, so for every way found the search is repeated once without each thing it rests
 * on.  Ways that only combine what earlier chains use are followed further but not told.
 */

/* Something a way rests on: what supports an edge, or its end. */
typedef struct Element {
    uint32_t kind;
    uint32_t index;
} Element;

enum { ELEMENT_GIVER = 0x100, ELEMENT_CLAUSE }; /* besides the values of SupportKind */

typedef struct Route {
    Element *without; /* what it does without, by kind and index */
    uint32_t without_count;
    Element *elements; /* what it rests on */
    uint32_t element_count;
    Certainty level;
    uint64_t distance;
    uint32_t end; /* Target.ends */
    bool taken;
} Route;

enum { MOST_START_NODES = 4096, SEARCHES_PER_CHAIN = 200 };

typedef struct PathSearch {
    const Parts *parts;
    const Start *start;
    Target target;
    Search *search;
    uint32_t nodes[MOST_START_NODES];
    uint32_t node_count;
    const Route *route; /* being searched for */
    ARRAY(Route) routes;
    Interner tried; /* sets of elements to do without */
    uint32_t searches_left;
    bool *technique_used;
    bool *record_used;
    Arena arena;
} PathSearch;

/* ---- one search ---- */

static int by_kind(const void *a, const void *b)
{
    const Element *x = a;
    const Element *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static bool does_without(const Route *route, uint32_t kind, uint32_t index)
{
    Element element = {kind, index};
    return route->without_count &&
           bsearch(&element, route->without, route->without_count, sizeof element, by_kind) != NULL;
}

static bool is_forbidden(const void *context, const Edge *edge)
{
    const PathSearch *path = context;
    return !path->target.leads_there[edge->to] ||
           (edge->support_kind != SUPPORT_NONE &&
            does_without(path->route, edge->support_kind, edge->support));
}

/* What the end itself rests on, into `elements`; returns how many, at most 4. */
static uint32_t elements_of_end(const TargetEnd *end, Element *elements)
{
    uint32_t count = 0;
    if (end->end.grant != NONE)
        elements[count++] = (Element){SUPPORT_GRANT, end->end.grant};
    if (end->end.policy != NONE)
        elements[count++] = (Element){SUPPORT_POLICY, end->end.policy};
    if (end->end.giver != NONE)
        elements[count++] = (Element){ELEMENT_GIVER, end->end.giver};
    if (end->piece.instance != NONE)
        elements[count++] = (Element){SUPPORT_INSTANCE, end->piece.instance};
    else if (end->piece.clause != NONE)
        elements[count++] = (Element){ELEMENT_CLAUSE, end->piece.clause};
    return count;
}

static bool end_is_forbidden(const void *context, const TargetEnd *end)
{
    const Route *route = context;
    Element elements[4];
    uint32_t count = elements_of_end(end, elements);
    for (uint32_t i = 0; i < count; i++)
        if (does_without(route, elements[i].kind, elements[i].index))
            return true;
    return false;
}

/* The nearest end at the level, in route->end; false when there is none. */
static bool search_level(PathSearch *path, Route *route, Certainty level)
{
    path->route = route;
    search_run_without(path->search, path->nodes, path->node_count, level, is_forbidden, path);
    route->level = level;
    route->end = target_nearest_end(&path->target, path->search, path->start, level,
                                    end_is_forbidden, route, &route->distance);
    return route->end != NONE;
}

static void keep_elements(PathSearch *path, Route *route)
{
    const PrivilegeGraph *graph = &path->parts->graph;
    const TargetEnd *end = &path->target.ends.items[route->end];
    Way way = {0};
    search_way(path->search, end->end.node, &way);
    route->elements = arena_allocate(&path->arena, way.count + 4, sizeof *route->elements);
    for (uint32_t i = 0; i < way.count; i++) {
        const Edge *edge = &graph->edges.items[way.edges[i]];
        if (edge->support_kind != SUPPORT_NONE)
            route->elements[route->element_count++] = (Element){edge->support_kind, edge->support};
    }
    route->element_count += elements_of_end(end, route->elements + route->element_count);
    free(way.edges);
}

/* The best route that does without these elements joins path->routes, if there is one. */
static void find_route(PathSearch *path, Element *without, uint32_t count)
{
    Route route = {.without = without, .without_count = count};
    bool found = false;
    uint32_t known = path->tried.count;
    const char *bytes = count ? (const char *)without : "";
    if (intern_bytes(&path->tried, bytes, count * sizeof *without) < known || !path->searches_left)
        return;
    path->searches_left--;
    for (uint32_t level = 0; level < CERTAINTY_LEVELS && !found; level++)
        found = search_level(path, &route, (Certainty)level);
    if (!found)
        return;
    keep_elements(path, &route);
    ARRAY_PUSH(&path->routes, route);
}

/* ---- the next one ---- */

static uint32_t best_route(const PathSearch *path)
{
    uint32_t best = NONE;
    for (uint32_t i = 0; i < path->routes.count; i++) {
        const Route *route = &path->routes.items[i];
        const Route *other = best == NONE ? NULL : &path->routes.items[best];
        if (route->taken)
            continue;
        if (!other || route->level < other->level ||
            (route->level == other->level && route->distance < other->distance))
            best = i;
    }
    return best;
}

static void find_routes_beside(PathSearch *path, const Route *route)
{
    for (uint32_t i = 0; i < route->element_count; i++) {
        uint32_t count = route->without_count + 1;
        Element *without = arena_allocate(&path->arena, count, sizeof *without);
        if (route->without_count)
            memcpy(without, route->without, route->without_count * sizeof *without);
        without[count - 1] = route->elements[i];
        qsort(without, count, sizeof *without, by_kind);
        find_route(path, without, count);
    }
}

/* Makes the chain; the search has to be at the route again. */
static void make_chain(PathSearch *path, const Route *route, Arena *arena, ChainList *chains)
{
    Search *searches[CERTAINTY_LEVELS] = {path->search, path->search, path->search, path->search};
    Route again = *route;
    search_level(path, &again, route->level);
    ChainBuilder *builder = chain_builder_new(path->parts, path->start, searches, arena, chains);
    const TargetEnd *target_end = &path->target.ends.items[route->end];
    ChainEnd end = target_end->end;
    end.level = route->level;
    end.piece = target_end_distance(&path->target, target_end) ? &target_end->piece : NULL;
    chain_build(builder, &end);
    chain_builder_free(builder);
}

/* Does the chain use a technique or record that none before it did?  They count as used then. */
static bool brings_something_new(PathSearch *path, const Chain *chain)
{
    bool brings = false;
    for (uint32_t s = 0; s < chain->step_count; s++) {
        const Step *step = &chain->steps[s];
        if (step->technique_index != NONE) {
            brings |= !path->technique_used[step->technique_index];
            path->technique_used[step->technique_index] = true;
        }
        for (uint32_t e = 0; e < step->evidence_count; e++) {
            brings |= !path->record_used[step->evidence[e].record];
            path->record_used[step->evidence[e].record] = true;
        }
    }
    return brings;
}

static void find_chains(PathSearch *path, Arena *arena, uint32_t most, ChainList *chains)
{
    find_route(path, NULL, 0);
    for (uint32_t next; chains->count < most && (next = best_route(path)) != NONE;) {
        path->routes.items[next].taken = true;
        Route route = path->routes.items[next];
        make_chain(path, &route, arena, chains);
        if (!brings_something_new(path, &chains->items[chains->count - 1]))
            chains->count--;
        if (chains->count < most)
            find_routes_beside(path, &route);
    }
}

/* ---- no chain ---- */

/* The first kind of record that could give one and was not exported, or NULL. */
static const char *what_is_missing(const PathSearch *path)
{
    static const struct {
        RecordKind kind;
        const char *words;
    } kinds[] = {{RECORD_ROLE_ASSIGNMENT, "role assignments were not exported"},
                 {RECORD_GROUP_MEMBER, "who is in which group was not exported"},
                 {RECORD_MANAGEMENT_GROUP, "management groups were not exported"}};
    const Snapshot *snapshot = path->parts->snapshot;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!snapshot->exported[kinds[i].kind])
            return kinds[i].words;
    for (uint32_t i = 0; i < path->start->own_count; i++)
        if (!snapshot->exported[RECORD_ELIGIBILITY] &&
            access_can_activate(path->parts->access, path->start->own[i]))
            return "eligible assignments were not exported";
    if (path->parts->access->unknown_grants.count)
        return "the definition of a custom role that is assigned was not exported";
    return snapshot->truncations.count ? "an export is cut off" : NULL;
}

/* ---- all of it ---- */

static void path_begin(PathSearch *path, Analysis *analysis, uint32_t start,
                       const TargetQuestion *question, uint32_t most_chains)
{
    const Parts *parts = analysis->parts;
    *path = (PathSearch){.parts = parts, .start = &analysis->starts.items[start]};
    target_find(&path->target, parts, question->what, question->capability);
    path->search = search_new(&parts->graph);
    path->node_count = start_nodes(parts, path->start, path->nodes, MOST_START_NODES);
    path->tried = interner_new(CASE_MATTERS);
    path->searches_left = most_chains < UINT32_MAX / SEARCHES_PER_CHAIN
                              ? most_chains * SEARCHES_PER_CHAIN
                              : UINT32_MAX;
    path->technique_used = memory_allocate(parts->rules->techniques.count, sizeof(bool));
    path->record_used = memory_allocate(parts->snapshot->records.count, sizeof(bool));
}

static void path_end(PathSearch *path)
{
    target_free(&path->target);
    search_free(path->search);
    interner_free(&path->tried);
    ARRAY_FREE(&path->routes);
    free(path->technique_used);
    free(path->record_used);
    arena_free(&path->arena);
}

void analysis_path(Analysis *analysis, uint32_t start, const TargetQuestion *question,
                   uint32_t most_chains, PathAnswer *answer)
{
    PathSearch *path = memory_allocate(1, sizeof *path);
    ChainList chains = {0};
    path_begin(path, analysis, start, question, most_chains);
    find_chains(path, &analysis->arena, most_chains, &chains);
    *answer = (PathAnswer){.chain_count = chains.count};
    answer->chains = arena_allocate(&analysis->arena, chains.count + 1, sizeof *answer->chains);
    for (uint32_t i = 0; i < chains.count; i++) {
        answer->chains[i] = analysis->chains.count;
        ARRAY_PUSH(&analysis->chains, chains.items[i]);
    }
    answer->unknown_because = chains.count ? NULL : what_is_missing(path);
    answer->certainty = chains.count              ? chains.items[0].certainty
                        : answer->unknown_because ? UNKNOWN
                                                  : NO;
    if (!chains.count) {
        search_run(path->search, path->nodes, path->node_count, ASSUMED);
        near_misses_find(&path->target, path->start, path->search, &analysis->arena,
                         &answer->near_misses, &answer->near_miss_count);
    }
    ARRAY_FREE(&chains);
    path_end(path);
    free(path);
}
