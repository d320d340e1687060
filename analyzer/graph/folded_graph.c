#include "graph/folded_graph.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

typedef struct Folding {
    const PrivilegeGraph *whole;
    uint32_t node_count;
    bool *is_reached;
    bool *is_fixed;           /* never folded: somebody begins here, or premises lead here */
    uint32_t *into;           /* per node: the node it is folded into; itself: none */
    uint32_t *first_incoming; /* per node: into `incoming` */
    uint32_t *incoming;       /* edges by where they lead */
} Folding;

/* ---- what is reached at all ---- */

typedef struct Spread {
    uint32_t *lacking; /* per conjunction: premises that are not reached */
    ARRAY(uint32_t) open;
} Spread;

static void reach(Folding *folding, Spread *spread, uint32_t node)
{
    if (folding->is_reached[node])
        return;
    folding->is_reached[node] = true;
    ARRAY_PUSH(&spread->open, node);
}

static void reach_from(Folding *folding, Spread *spread, uint32_t node)
{
    const PrivilegeGraph *whole = folding->whole;
    for (uint32_t e = whole->first_edge[node]; e < whole->first_edge[node + 1]; e++)
        reach(folding, spread, whole->edges.items[e].to);
    for (uint32_t u = whole->first_use[node]; u < whole->first_use[node + 1]; u++)
        if (--spread->lacking[whole->uses[u]] == 0)
            reach(folding, spread, whole->conjunctions.items[whole->uses[u]].node);
}

/* A premise that is listed twice is used twice: counting is right. */
static void find_reached(Folding *folding, const uint32_t *begins, uint32_t begin_count)
{
    const PrivilegeGraph *whole = folding->whole;
    Spread spread = {.lacking = memory_allocate(whole->conjunctions.count, sizeof *spread.lacking)};
    for (uint32_t c = 0; c < whole->conjunctions.count; c++)
        spread.lacking[c] = whole->conjunctions.items[c].premise_count;
    for (uint32_t i = 0; i < begin_count; i++)
        reach(folding, &spread, begins[i]);
    while (spread.open.count)
        reach_from(folding, &spread, spread.open.items[--spread.open.count]);
    free(spread.lacking);
    ARRAY_FREE(&spread.open);
}

/* ---- what is folded into what ---- */

static void index_incoming(Folding *folding)
{
    const PrivilegeGraph *whole = folding->whole;
    uint32_t *first = memory_allocate(folding->node_count + 2, sizeof *first);
    folding->incoming = memory_allocate(whole->edges.count, sizeof *folding->incoming);
    for (uint32_t e = 0; e < whole->edges.count; e++)
        first[whole->edges.items[e].to + 2]++;
    for (uint32_t n = 2; n < folding->node_count + 2; n++)
        first[n] += first[n - 1];
    for (uint32_t e = 0; e < whole->edges.count; e++)
        folding->incoming[first[whole->edges.items[e].to + 1]++] = e;
    folding->first_incoming = first;
}

static uint32_t root_of(Folding *folding, uint32_t node)
{
    uint32_t root = node;
    while (folding->into[root] != root)
        root = folding->into[root];
    while (folding->into[node] != root) {
        uint32_t next = folding->into[node];
        folding->into[node] = root;
        node = next;
    }
    return root;
}

/* The only node that leads here, when it does so for certain; else NONE. */
static uint32_t only_way(Folding *folding, uint32_t node)
{
    uint32_t source = NONE;
    bool is_certain = false;
    for (uint32_t i = folding->first_incoming[node]; i < folding->first_incoming[node + 1]; i++) {
        const Edge *edge = &folding->whole->edges.items[folding->incoming[i]];
        if (!folding->is_reached[edge->from])
            continue;
        uint32_t from = root_of(folding, edge->from);
        if (from == node)
            continue; /* a way back to itself */
        if (source != NONE && source != from)
            return NONE;
        source = from;
        is_certain |= edge->certainty == CERTAIN;
    }
    return is_certain ? source : NONE;
}

static void fold_all(Folding *folding)
{
    enum { MOST_ROUNDS = 8 };
    uint32_t folded = 1;
    for (int round = 0; round < MOST_ROUNDS && folded; round++) {
        folded = 0;
        for (uint32_t n = 0; n < folding->node_count; n++) {
            if (!folding->is_reached[n] || folding->is_fixed[n] || folding->into[n] != n)
                continue;
            uint32_t way = only_way(folding, n);
            if (way == NONE)
                continue;
            folding->into[n] = way;
            folded++;
        }
    }
}

/* ---- the folded graph ---- */

static void number_nodes(Folding *folding, FoldedGraph *folded)
{
    uint32_t count = 0;
    folded->of_node = memory_allocate(folding->node_count, sizeof *folded->of_node);
    for (uint32_t n = 0; n < folding->node_count; n++)
        folded->of_node[n] = folding->is_reached[n] && folding->into[n] == n ? count++ : NONE;
    for (uint32_t n = 0; n < folding->node_count; n++)
        if (folding->is_reached[n])
            folded->of_node[n] = folded->of_node[root_of(folding, n)];
    folded->graph.nodes.count = count;
}

static void list_whole_nodes(FoldedGraph *folded, uint32_t node_count)
{
    uint32_t count = folded->graph.nodes.count;
    uint32_t *first = memory_allocate(count + 2, sizeof *first);
    folded->whole = memory_allocate(node_count, sizeof *folded->whole);
    for (uint32_t n = 0; n < node_count; n++)
        if (folded->of_node[n] != NONE)
            first[folded->of_node[n] + 2]++;
    for (uint32_t n = 2; n < count + 2; n++)
        first[n] += first[n - 1];
    for (uint32_t n = 0; n < node_count; n++)
        if (folded->of_node[n] != NONE)
            folded->whole[first[folded->of_node[n] + 1]++] = n;
    folded->first_node = first;
}

static void add_edges(const Folding *folding, FoldedGraph *folded)
{
    PrivilegeGraph *graph = &folded->graph;
    const PrivilegeGraph *whole = folding->whole;
    graph->first_edge = memory_allocate(graph->nodes.count + 2, sizeof *graph->first_edge);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t e = 0; e < whole->edges.count; e++) {
            Edge edge = whole->edges.items[e];
            edge.from = folded->of_node[edge.from];
            edge.to = folded->of_node[edge.to];
            if (edge.from == NONE || edge.to == NONE || edge.from == edge.to)
                continue;
            if (pass == 0)
                graph->first_edge[edge.from + 2]++;
            else
                graph->edges.items[graph->first_edge[edge.from + 1]++] =
                    (Edge){.from = edge.from,
                           .to = edge.to,
                           .support = NONE,
                           .technique = NONE,
                           .certainty = edge.certainty};
        }
        if (pass == 1)
            break;
        for (uint32_t n = 2; n < graph->nodes.count + 2; n++)
            graph->first_edge[n] += graph->first_edge[n - 1];
        graph->edges.count = graph->edges.capacity = graph->first_edge[graph->nodes.count + 1];
        graph->edges.items = memory_allocate(graph->edges.count, sizeof *graph->edges.items);
    }
}

/* A premise that folding made the same as another one counts once. */
static void add_conjunctions(const Folding *folding, FoldedGraph *folded)
{
    PrivilegeGraph *graph = &folded->graph;
    const PrivilegeGraph *whole = folding->whole;
    for (uint32_t c = 0; c < whole->conjunctions.count; c++) {
        const Conjunction *conjunction = &whole->conjunctions.items[c];
        Conjunction here = {folded->of_node[conjunction->node], graph->premises.count, 0};
        bool reached = here.node != NONE;
        for (uint32_t p = 0; p < conjunction->premise_count && reached; p++) {
            uint32_t premise =
                folded->of_node[whole->premises.items[conjunction->first_premise + p]];
            bool repeated = false;
            reached = premise != NONE;
            for (uint32_t i = 0; i < here.premise_count && !repeated; i++)
                repeated = graph->premises.items[here.first_premise + i] == premise;
            if (repeated || !reached)
                continue;
            ARRAY_PUSH(&graph->premises, premise);
            here.premise_count++;
        }
        if (reached)
            ARRAY_PUSH(&graph->conjunctions, here);
        else
            graph->premises.count = here.first_premise;
    }
    privilege_graph_index_uses(graph);
}

static void mark_fixed(Folding *folding, const uint32_t *begins, uint32_t begin_count)
{
    const PrivilegeGraph *whole = folding->whole;
    for (uint32_t i = 0; i < begin_count; i++)
        folding->is_fixed[begins[i]] = true;
    for (uint32_t c = 0; c < whole->conjunctions.count; c++)
        folding->is_fixed[whole->conjunctions.items[c].node] = true;
}

void folded_graph_make(FoldedGraph *folded, const PrivilegeGraph *whole, const uint32_t *begins,
                       uint32_t begin_count)
{
    uint32_t node_count = whole->nodes.count;
    *folded = (FoldedGraph){.graph = {.access = whole->access, .rules = whole->rules}};
    Folding folding = {.whole = whole,
                       .node_count = node_count,
                       .is_reached = memory_allocate(node_count, sizeof(bool)),
                       .is_fixed = memory_allocate(node_count, sizeof(bool)),
                       .into = memory_allocate(node_count, sizeof(uint32_t))};
    for (uint32_t n = 0; n < node_count; n++)
        folding.into[n] = n;
    if (begins) {
        find_reached(&folding, begins, begin_count);
        mark_fixed(&folding, begins, begin_count);
        index_incoming(&folding);
        fold_all(&folding);
    } else {
        memset(folding.is_reached, true, node_count);
    }
    number_nodes(&folding, folded);
    list_whole_nodes(folded, node_count);
    add_edges(&folding, folded);
    add_conjunctions(&folding, folded);
    free(folding.is_reached);
    free(folding.is_fixed);
    free(folding.into);
    free(folding.first_incoming);
    free(folding.incoming);
}

void folded_graph_free(FoldedGraph *folded)
{
    privilege_graph_free(&folded->graph);
    free(folded->of_node);
    free(folded->first_node);
    free(folded->whole);
    *folded = (FoldedGraph){0};
}
