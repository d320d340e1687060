#include "analysis/search.h"

#include "base/array.h"
#include "base/memory.h"

#include <stdlib.h>

typedef struct HeapEntry {
    uint64_t distance;
    uint32_t node;
} HeapEntry;

typedef struct ConjunctionState {
    uint64_t distance; /* of the premises reached so far, together */
    uint32_t missing;
    uint32_t round;
} ConjunctionState;

struct Search {
    const PrivilegeGraph *graph;
    SearchLabel *labels;
    ConjunctionState *conjunctions;
    ARRAY(HeapEntry) heap;
    uint32_t *way_round; /* per node: it is in the way when it equals way_count */
    uint32_t way_count;
    uint32_t round;
    Certainty level;
    bool (*forbidden)(const void *context, const Edge *edge);
    const void *context;
};

/* A distance counts steps, then how generic their techniques are, then edges: see search.h. */
enum { ONE_EDGE = 1, GENERICITY_SHIFT = 24 };
#define ONE_STEP           (UINT64_C(1) << DISTANCE_STEP_SHIFT)
#define SEARCH_MOST_ROUNDS (UINT32_MAX >> 1) /* what SearchLabel.round can hold */
#define FARTHEST           (UINT64_MAX - 1)

uint64_t search_step_distance(uint32_t technique)
{
    return ONE_EDGE + ONE_STEP +
           (technique == NONE ? 0 : (uint64_t)(technique + 1) << GENERICITY_SHIFT);
}

Search *search_new(const PrivilegeGraph *graph)
{
    Search *search = memory_allocate(1, sizeof *search);
    search->graph = graph;
    search->labels = memory_allocate_at_once(graph->nodes.count, sizeof *search->labels);
    search->conjunctions =
        memory_allocate_at_once(graph->conjunctions.count, sizeof *search->conjunctions);
    return search;
}

void search_free(Search *search)
{
    if (!search)
        return;
    free(search->way_round);
    free(search->labels);
    free(search->conjunctions);
    ARRAY_FREE(&search->heap);
    free(search);
}

static bool heap_before(HeapEntry a, HeapEntry b)
{
    return a.distance < b.distance || (a.distance == b.distance && a.node < b.node);
}

static void heap_push(Search *search, HeapEntry entry)
{
    ARRAY_PUSH(&search->heap, entry);
    HeapEntry *heap = search->heap.items;
    uint32_t i = search->heap.count - 1;
    for (; i && heap_before(entry, heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = entry;
}

static HeapEntry heap_pop(Search *search)
{
    HeapEntry *heap = search->heap.items;
    HeapEntry first = heap[0];
    HeapEntry last = heap[--search->heap.count];
    uint32_t count = search->heap.count;
    uint32_t i = 0;
    for (uint32_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && heap_before(heap[child + 1], heap[child]))
            child++;
        if (!heap_before(heap[child], last))
            break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return first;
}

/* The technique that stands earlier in the catalogue is preferred, then the lower node. */
static bool edge_preferred(const Search *search, uint32_t edge, uint32_t over)
{
    if (over == NONE || edge == NONE)
        return false;
    const Edge *a = &search->graph->edges.items[edge];
    const Edge *b = &search->graph->edges.items[over];
    if (a->technique != b->technique)
        return a->technique < b->technique;
    return a->from != b->from ? a->from < b->from : edge < over;
}

/* Conjunctions that build on one another can double the distance each time: at FARTHEST it stays.
 */
static uint64_t distance_sum(uint64_t a, uint64_t b)
{
    return a < FARTHEST - b ? a + b : FARTHEST;
}

/* A settled node keeps its label, so that following labels back never comes round in a circle, not
   even where all are FARTHEST. */
static void offer(Search *search, uint32_t node, uint64_t distance, uint32_t edge)
{
    SearchLabel *label = &search->labels[node];
    bool fresh = label->round != search->round;
    if (!fresh && label->settled)
        return;
    if (!fresh && (distance > label->distance ||
                   (distance == label->distance && !edge_preferred(search, edge, label->edge))))
        return;
    bool nearer = fresh || distance < label->distance;
    *label = (SearchLabel){
        .distance = distance, .edge = edge, .round = search->round & SEARCH_MOST_ROUNDS};
    if (nearer)
        heap_push(search, (HeapEntry){distance, node});
}

static void follow_edges(Search *search, uint32_t node, uint64_t distance)
{
    const PrivilegeGraph *graph = search->graph;
    for (uint32_t e = graph->first_edge[node]; e < graph->first_edge[node + 1]; e++) {
        const Edge *edge = &graph->edges.items[e];
        if (edge->certainty > search->level ||
            (search->forbidden && search->forbidden(search->context, edge)))
            continue;
        uint64_t length =
            edge->technique == NONE ? ONE_EDGE : search_step_distance(edge->technique);
        offer(search, edge->to, distance_sum(distance, length), e);
    }
}

static void count_towards_conjunctions(Search *search, uint32_t node, uint64_t distance)
{
    const PrivilegeGraph *graph = search->graph;
    for (uint32_t u = graph->first_use[node]; u < graph->first_use[node + 1]; u++) {
        ConjunctionState *state = &search->conjunctions[graph->uses[u]];
        const Conjunction *conjunction = &graph->conjunctions.items[graph->uses[u]];
        if (state->round != search->round)
            *state = (ConjunctionState){0, conjunction->premise_count, search->round};
        state->distance = distance_sum(state->distance, distance);
        if (--state->missing == 0)
            offer(search, conjunction->node, distance_sum(state->distance, ONE_EDGE), NONE);
    }
}

void search_run_without(Search *search, const uint32_t *nodes, uint32_t count, Certainty level,
                        bool (*forbidden)(const void *context, const Edge *edge),
                        const void *context)
{
    search->round = (search->round + 1) & SEARCH_MOST_ROUNDS;
    search->level = level;
    search->forbidden = forbidden;
    search->context = context;
    search->heap.count = 0;
    for (uint32_t i = 0; i < count; i++)
        offer(search, nodes[i], 0, NONE);
    while (search->heap.count) {
        HeapEntry entry = heap_pop(search);
        if (search->labels[entry.node].settled)
            continue;
        search->labels[entry.node].settled = true;
        follow_edges(search, entry.node, entry.distance);
        count_towards_conjunctions(search, entry.node, entry.distance);
    }
}

void search_run(Search *search, const uint32_t *nodes, uint32_t count, Certainty level)
{
    search_run_without(search, nodes, count, level, NULL, NULL);
}

const SearchLabel *search_label(const Search *search, uint32_t node)
{
    const SearchLabel *label = &search->labels[node];
    return label->round == search->round ? label : NULL;
}

static void way_add(Way *way, uint32_t edge)
{
    if (way->count == way->capacity)
        way->edges = array_grow(way->edges, &way->capacity, sizeof *way->edges);
    way->edges[way->count++] = edge;
}

/* What a node rests on comes before its own edge: a stack instead of recursion, ways may be long.
 */
void search_way(Search *search, uint32_t node, Way *way)
{
    typedef struct Visit {
        uint32_t node;
        bool edge_is_next; /* what the node rests on is in the way: now its own edge */
    } Visit;
    const PrivilegeGraph *graph = search->graph;
    ARRAY(Visit) stack = {0};
    if (!search->way_round)
        search->way_round = memory_allocate(graph->nodes.count, sizeof *search->way_round);
    search->way_count++;
    ARRAY_PUSH(&stack, ((Visit){node, false}));
    while (stack.count) {
        Visit visit = stack.items[--stack.count];
        const SearchLabel *label = &search->labels[visit.node];
        if (visit.edge_is_next) {
            way_add(way, label->edge);
            continue;
        }
        if (search->way_round[visit.node] == search->way_count)
            continue;
        search->way_round[visit.node] = search->way_count;
        if (label->edge != NONE) {
            ARRAY_PUSH(&stack, ((Visit){visit.node, true}));
            ARRAY_PUSH(&stack, ((Visit){graph->edges.items[label->edge].from, false}));
        } else if (label->distance) {
            const Conjunction *c = &graph->conjunctions.items[graph->nodes.items[visit.node].a];
            for (uint32_t p = c->premise_count; p--;)
                ARRAY_PUSH(&stack, ((Visit){graph->premises.items[c->first_premise + p], false}));
        }
    }
    ARRAY_FREE(&stack);
}
