#ifndef TESTS_UNIT_HAND_GRAPH_H
#define TESTS_UNIT_HAND_GRAPH_H

#include "base/memory.h"
#include "graph/privilege_graph.h"

#include <stdlib.h>
#include <string.h>

/*
 * Privilege graphs without a tenant, for tests of what searches them: written down by hand, or at
 * random.  A node is a plain one (NODE_PRINCIPAL) or a conjunction.  Call hand_graph_finish when
 * all is in, privilege_graph_free at the end.
 */
static inline uint32_t hand_node(PrivilegeGraph *graph)
{
    Node node = {.kind = NODE_PRINCIPAL, .a = graph->nodes.count};
    ARRAY_PUSH(&graph->nodes, node);
    return graph->nodes.count - 1;
}

static inline void hand_edge(PrivilegeGraph *graph, uint32_t from, uint32_t to, Certainty certainty,
                             uint32_t technique)
{
    Edge edge = {.from = from,
                 .to = to,
                 .support = NONE,
                 .technique = technique,
                 .support_kind = SUPPORT_NONE,
                 .certainty = (uint8_t)certainty};
    ARRAY_PUSH(&graph->edges, edge);
}

/* The node of a conjunction; each premise once. */
static inline uint32_t hand_conjunction(PrivilegeGraph *graph, const uint32_t *premises,
                                        uint32_t count)
{
    Conjunction conjunction = {
        .node = graph->nodes.count, .first_premise = graph->premises.count, .premise_count = count};
    Node node = {.kind = NODE_ALL, .a = graph->conjunctions.count};
    ARRAY_PUSH(&graph->nodes, node);
    ARRAY_PUSH(&graph->conjunctions, conjunction);
    for (uint32_t i = 0; i < count; i++)
        ARRAY_PUSH(&graph->premises, premises[i]);
    return conjunction.node;
}

static inline int hand_edges_in_order(const void *a, const void *b)
{
    const Edge *x = a;
    const Edge *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->technique != y->technique)
        return x->technique < y->technique ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return x->certainty - y->certainty;
}

/* Sorts the edges and makes the indexes first_edge, first_use and uses. */
static inline void hand_graph_finish(PrivilegeGraph *graph)
{
    uint32_t node_count = graph->nodes.count;
    if (graph->edges.count)
        qsort(graph->edges.items, graph->edges.count, sizeof *graph->edges.items,
              hand_edges_in_order);
    graph->first_edge = memory_allocate(node_count + 1, sizeof *graph->first_edge);
    graph->first_use = memory_allocate(node_count + 1, sizeof *graph->first_use);
    graph->uses = memory_allocate(graph->premises.count, sizeof *graph->uses);
    uint32_t edge = 0;
    uint32_t use = 0;
    for (uint32_t node = 0; node < node_count; node++) {
        graph->first_edge[node] = edge;
        while (edge < graph->edges.count && graph->edges.items[edge].from == node)
            edge++;
        graph->first_use[node] = use;
        for (uint32_t c = 0; c < graph->conjunctions.count; c++) {
            const Conjunction *conjunction = &graph->conjunctions.items[c];
            for (uint32_t p = 0; p < conjunction->premise_count; p++)
                if (graph->premises.items[conjunction->first_premise + p] == node)
                    graph->uses[use++] = c;
        }
    }
    graph->first_edge[node_count] = edge;
    graph->first_use[node_count] = use;
}

/* ---- at random, the same on every machine ---- */

typedef struct Random {
    uint64_t state;
} Random;

/* SplitMix64, https://prng.di.unimi.it/splitmix64.c: any seed will do. */
static inline uint32_t random_below(Random *random, uint32_t limit)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % limit);
}

typedef struct GraphShape {
    uint32_t plain; /* nodes */
    uint32_t conjunctions;
    uint32_t edges;
} GraphShape;

enum { RANDOM_TECHNIQUES = 4 };

/* Two to four premises; of earlier conjunctions too, so that they nest. */
static inline void random_conjunction(PrivilegeGraph *graph, Random *random)
{
    uint32_t premises[4];
    uint32_t wanted = 2 + random_below(random, 3);
    uint32_t count = 0;
    for (uint32_t i = 0; i < wanted; i++) {
        uint32_t premise = random_below(random, graph->nodes.count);
        bool known = false;
        for (uint32_t p = 0; p < count; p++)
            known |= premises[p] == premise;
        if (!known)
            premises[count++] = premise;
    }
    hand_conjunction(graph, premises, count);
}

/* Edges lead from any node to a plain one; two in three are steps, half of all are certain. */
static inline PrivilegeGraph random_graph(Random *random, GraphShape shape)
{
    PrivilegeGraph graph = {0};
    for (uint32_t i = 0; i < shape.plain; i++)
        hand_node(&graph);
    for (uint32_t i = 0; i < shape.conjunctions; i++)
        random_conjunction(&graph, random);
    for (uint32_t i = 0; i < shape.edges; i++) {
        uint32_t from = random_below(random, graph.nodes.count);
        uint32_t to = random_below(random, shape.plain);
        Certainty certainty =
            random_below(random, 2) ? CERTAIN : (Certainty)random_below(random, CERTAINTY_LEVELS);
        uint32_t technique =
            random_below(random, 3) ? random_below(random, RANDOM_TECHNIQUES) : NONE;
        if (from != to)
            hand_edge(&graph, from, to, certainty, technique);
    }
    hand_graph_finish(&graph);
    return graph;
}

/* ---- the slow, obvious second method ---- */

/*
 * What is reached at a level from the starts by following, over and over, every edge and every
 * conjunction until nothing is new.  `forbidden` is an edge that does not count, or NONE.
 */
static inline void slow_reach(const PrivilegeGraph *graph, const uint32_t *starts, uint32_t count,
                              Certainty level, uint32_t forbidden, bool *reached)
{
    memset(reached, 0, graph->nodes.count * sizeof *reached);
    for (uint32_t i = 0; i < count; i++)
        reached[starts[i]] = true;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t e = 0; e < graph->edges.count; e++) {
            const Edge *edge = &graph->edges.items[e];
            bool counts = edge->certainty <= level && e != forbidden;
            if (counts && reached[edge->from] && !reached[edge->to])
                changed = reached[edge->to] = true;
        }
        for (uint32_t c = 0; c < graph->conjunctions.count; c++) {
            const Conjunction *conjunction = &graph->conjunctions.items[c];
            bool all = true;
            for (uint32_t p = 0; p < conjunction->premise_count; p++)
                all &= reached[graph->premises.items[conjunction->first_premise + p]];
            if (all && !reached[conjunction->node])
                changed = reached[conjunction->node] = true;
        }
    }
}

#endif
