#include "graph/folded_graph.h"

#include "base/memory.h"
#include "graph/components.h"
#include "graph/incoming.h"

#include <stdlib.h>
#include <string.h>

typedef struct Folding {
    const PrivilegeGraph *whole;
    Certainty level;   /* less certain edges are left out */
    bool certain_only; /* only an edge that is certain makes two nodes one */
    uint32_t node_count;
    bool *is_reached;
    bool *is_fixed; /* never folded: somebody begins here, or premises lead here */
    uint32_t *into; /* per node: the node it is folded into; itself: none */
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
static uint32_t only_way(Folding *folding, const Incoming *in, uint32_t node)
{
    uint32_t source = NONE;
    bool is_certain = false;
    for (uint32_t i = in->first[node]; i < in->first[node + 1]; i++) {
        const Edge *edge = &folding->whole->edges.items[in->order[i]];
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
    return is_certain || !folding->certain_only ? source : NONE;
}

static void fold_all(Folding *folding)
{
    enum { MOST_ROUNDS = 8 };
    Incoming in = incoming_new(folding->whole);
    uint32_t folded = 1;
    for (int round = 0; round < MOST_ROUNDS && folded; round++) {
        folded = 0;
        for (uint32_t n = 0; n < folding->node_count; n++) {
            if (!folding->is_reached[n] || folding->is_fixed[n] || folding->into[n] != n)
                continue;
            uint32_t way = only_way(folding, &in, n);
            if (way == NONE)
                continue;
            folding->into[n] = way;
            folded++;
        }
    }
    incoming_free(&in);
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

static void add_edge(PrivilegeGraph *graph, uint32_t from, uint32_t to, uint8_t certainty)
{
    Edge edge = {
        .from = from, .to = to, .support = NONE, .technique = NONE, .certainty = certainty};
    if (from != NONE && to != NONE && from != to)
        ARRAY_PUSH(&graph->edges, edge);
}

/* Of several edges between two nodes the most certain stays. */
static void finish_edges(PrivilegeGraph *graph)
{
    privilege_graph_gather_edges(graph);
    Edge *edges = graph->edges.items;
    uint32_t *kept_at = memory_allocate(graph->nodes.count, sizeof *kept_at); /* per `to`, from 1 */
    uint32_t kept = 0;
    uint32_t next = 0;
    for (uint32_t n = 0; n < graph->nodes.count; n++) {
        uint32_t begin = kept;
        for (; next < graph->first_edge[n + 1]; next++) {
            Edge edge = edges[next];
            uint32_t at = kept_at[edge.to];
            if (at > begin && edges[at - 1].to == edge.to) {
                if (edge.certainty < edges[at - 1].certainty)
                    edges[at - 1].certainty = edge.certainty;
                continue;
            }
            edges[kept] = edge;
            kept_at[edge.to] = ++kept;
        }
        graph->first_edge[n] = begin;
    }
    graph->first_edge[graph->nodes.count] = kept;
    graph->edges.count = kept;
    free(kept_at);
}

/* The premises of a conjunction, each once; false: it leads nowhere new. */
static bool add_premises(const Folding *folding, FoldedGraph *folded,
                         const Conjunction *conjunction, Conjunction *here)
{
    PrivilegeGraph *graph = &folded->graph;
    for (uint32_t p = 0; p < conjunction->premise_count; p++) {
        uint32_t premise =
            folded->of_node[folding->whole->premises.items[conjunction->first_premise + p]];
        bool repeated = false;
        if (premise == NONE || premise == here->node)
            return false;
        for (uint32_t i = 0; i < here->premise_count && !repeated; i++)
            repeated = graph->premises.items[here->first_premise + i] == premise;
        if (repeated)
            continue;
        ARRAY_PUSH(&graph->premises, premise);
        here->premise_count++;
    }
    return true;
}

/* One that has a single premise left is an edge. */
static void add_conjunctions(const Folding *folding, FoldedGraph *folded)
{
    PrivilegeGraph *graph = &folded->graph;
    for (uint32_t c = 0; c < folding->whole->conjunctions.count; c++) {
        const Conjunction *conjunction = &folding->whole->conjunctions.items[c];
        Conjunction here = {folded->of_node[conjunction->node], graph->premises.count, 0};
        bool leads = here.node != NONE && add_premises(folding, folded, conjunction, &here);
        if (leads && here.premise_count == 1)
            add_edge(graph, graph->premises.items[here.first_premise], here.node, CERTAIN);
        if (leads && here.premise_count > 1)
            ARRAY_PUSH(&graph->conjunctions, here);
        else
            graph->premises.count = here.first_premise;
    }
    privilege_graph_index_uses(graph);
}

static void add_edges(const Folding *folding, FoldedGraph *folded)
{
    for (uint32_t e = 0; e < folding->whole->edges.count; e++) {
        const Edge *edge = &folding->whole->edges.items[e];
        if (edge->certainty <= folding->level)
            add_edge(&folded->graph, folded->of_node[edge->from], folded->of_node[edge->to],
                     edge->certainty);
    }
}

static void mark_fixed(Folding *folding, const uint32_t *begins, uint32_t begin_count)
{
    const PrivilegeGraph *whole = folding->whole;
    for (uint32_t i = 0; i < begin_count; i++)
        folding->is_fixed[begins[i]] = true;
    for (uint32_t c = 0; c < whole->conjunctions.count; c++)
        folding->is_fixed[whole->conjunctions.items[c].node] = true;
}

static Folding folding_begin(const PrivilegeGraph *whole, Certainty level)
{
    uint32_t count = whole->nodes.count;
    Folding folding = {.whole = whole,
                       .level = level,
                       .node_count = count,
                       .is_reached = memory_allocate(count, sizeof(bool)),
                       .is_fixed = memory_allocate(count, sizeof(bool)),
                       .into = memory_allocate(count, sizeof(uint32_t))};
    for (uint32_t n = 0; n < count; n++)
        folding.into[n] = n;
    return folding;
}

/* Makes the folded graph of what was found out. */
static void folding_end(Folding *folding, FoldedGraph *folded)
{
    *folded =
        (FoldedGraph){.graph = {.access = folding->whole->access, .rules = folding->whole->rules}};
    number_nodes(folding, folded);
    list_whole_nodes(folded, folding->node_count);
    add_edges(folding, folded);
    add_conjunctions(folding, folded);
    finish_edges(&folded->graph);
    free(folding->is_reached);
    free(folding->is_fixed);
    free(folding->into);
}

/* Leaves out what nobody reaches, and folds what is reached one way only. */
static void fold_ways(Folding *folding, const uint32_t *begins, uint32_t begin_count)
{
    find_reached(folding, begins, begin_count);
    mark_fixed(folding, begins, begin_count);
    fold_all(folding);
}

void folded_graph_make(FoldedGraph *folded, const PrivilegeGraph *whole, const uint32_t *begins,
                       uint32_t begin_count)
{
    Folding folding = folding_begin(whole, ASSUMED);
    folding.certain_only = true;
    if (begins)
        fold_ways(&folding, begins, begin_count);
    else
        memset(folding.is_reached, true, whole->nodes.count);
    folding_end(&folding, folded);
}

/* ---- one level ---- */

/* Every cycle of the level as one node. */
static void fold_cycles(FoldedGraph *folded, const PrivilegeGraph *graph, Certainty level)
{
    Folding folding = folding_begin(graph, level);
    uint32_t count = graph->nodes.count;
    uint32_t *component = memory_allocate(count, sizeof *component);
    uint32_t component_count = components_strong(graph, level, component);
    uint32_t *first = memory_allocate(component_count, sizeof *first); /* counted from 1 */
    memset(folding.is_reached, true, count);
    for (uint32_t n = 0; n < count; n++) {
        if (!first[component[n]])
            first[component[n]] = n + 1;
        folding.into[n] = first[component[n]] - 1;
    }
    free(first);
    free(component);
    folding_end(&folding, folded);
}

/* `folded`, of a graph that was folded into `before`, becomes one of the graph before that. */
static void compose(FoldedGraph *folded, FoldedGraph *before, uint32_t node_count)
{
    for (uint32_t n = 0; n < node_count; n++)
        if (before->of_node[n] != NONE)
            before->of_node[n] = folded->of_node[before->of_node[n]];
    free(folded->of_node);
    free(folded->first_node);
    free(folded->whole);
    folded->of_node = before->of_node;
    before->of_node = NULL;
    list_whole_nodes(folded, node_count);
    folded_graph_free(before);
}

static uint32_t *begins_in(const FoldedGraph *folded, const uint32_t *begins, uint32_t count)
{
    uint32_t *here = memory_allocate(count, sizeof *here);
    for (uint32_t i = 0; i < count; i++)
        here[i] = folded->of_node[begins[i]];
    return here;
}

void folded_graph_make_level(FoldedGraph *folded, const PrivilegeGraph *graph, Certainty level,
                             const uint32_t *begins, uint32_t begin_count)
{
    FoldedGraph cycles;
    fold_cycles(&cycles, graph, level);
    uint32_t *here = begins_in(&cycles, begins, begin_count);
    Folding folding = folding_begin(&cycles.graph, level);
    fold_ways(&folding, here, begin_count);
    folding_end(&folding, folded);
    compose(folded, &cycles, graph->nodes.count);
    free(here);
}

void folded_graph_free(FoldedGraph *folded)
{
    privilege_graph_free(&folded->graph);
    free(folded->of_node);
    free(folded->first_node);
    free(folded->whole);
    *folded = (FoldedGraph){0};
}
