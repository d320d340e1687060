#include "graph/components.h"

#include "base/memory.h"

#include <igraph.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void igraph_gave_up(const char *where, igraph_error_t code)
{
    fprintf(stderr, "amlblast: igraph failed in %s: %s\n", where, igraph_strerror(code));
    _Exit(EXIT_INTERNAL);
}

/* ---- nodes that are on no cycle ---- */

/* What is left of the graph while nodes that nothing leads to, or that lead nowhere, are taken
   away. */
typedef struct Peeling {
    const PrivilegeGraph *graph;
    Certainty level;
    uint32_t *in;         /* per node: edges of the level that lead to it */
    uint32_t *out;        /* likewise from it */
    uint32_t *first_from; /* per node; nodes.count + 1 entries into `from` */
    uint32_t *from;       /* where the edges that lead to a node come from */
    bool *is_gone;
    uint32_t *queue;
    uint32_t tail;
} Peeling;

static void count_edges(Peeling *peeling)
{
    const PrivilegeGraph *graph = peeling->graph;
    for (uint32_t i = 0; i < graph->edges.count; i++) {
        const Edge *edge = &graph->edges.items[i];
        if (edge->certainty > peeling->level)
            continue;
        peeling->out[edge->from]++;
        peeling->in[edge->to]++;
    }
    for (uint32_t n = 0; n < graph->nodes.count; n++)
        peeling->first_from[n + 1] = peeling->first_from[n] + peeling->in[n];
    uint32_t *next = memory_allocate(graph->nodes.count, sizeof *next);
    for (uint32_t i = 0; i < graph->edges.count; i++) {
        const Edge *edge = &graph->edges.items[i];
        if (edge->certainty <= peeling->level)
            peeling->from[peeling->first_from[edge->to] + next[edge->to]++] = edge->from;
    }
    free(next);
}

static void peel(Peeling *peeling, uint32_t node)
{
    if (peeling->is_gone[node])
        return;
    peeling->is_gone[node] = true;
    peeling->queue[peeling->tail++] = node;
}

static void take_away(Peeling *peeling, uint32_t node)
{
    const PrivilegeGraph *graph = peeling->graph;
    for (uint32_t e = graph->first_edge[node]; e < graph->first_edge[node + 1]; e++) {
        const Edge *edge = &graph->edges.items[e];
        if (edge->certainty <= peeling->level && --peeling->in[edge->to] == 0)
            peel(peeling, edge->to);
    }
    for (uint32_t i = peeling->first_from[node]; i < peeling->first_from[node + 1]; i++)
        if (--peeling->out[peeling->from[i]] == 0)
            peel(peeling, peeling->from[i]);
}

/* Per node: it can be on no cycle. */
static bool *find_peeled(const PrivilegeGraph *graph, Certainty level)
{
    uint32_t count = graph->nodes.count;
    Peeling peeling = {.graph = graph,
                       .level = level,
                       .in = memory_allocate(count, sizeof *peeling.in),
                       .out = memory_allocate(count, sizeof *peeling.out),
                       .first_from = memory_allocate((size_t)count + 1, sizeof *peeling.first_from),
                       .from = memory_allocate(graph->edges.count, sizeof *peeling.from),
                       .is_gone = memory_allocate(count, sizeof *peeling.is_gone),
                       .queue = memory_allocate(count, sizeof *peeling.queue)};
    count_edges(&peeling);
    for (uint32_t n = 0; n < count; n++)
        if (!peeling.in[n] || !peeling.out[n])
            peel(&peeling, n);
    for (uint32_t head = 0; head < peeling.tail; head++)
        take_away(&peeling, peeling.queue[head]);
    free(peeling.in);
    free(peeling.out);
    free(peeling.first_from);
    free(peeling.from);
    free(peeling.queue);
    return peeling.is_gone;
}

/* ---- strong components ---- */

/* Of the nodes that have a number in `core`, with igraph: `membership` gets the component of each.
 */
static uint32_t strong_core(const PrivilegeGraph *graph, Certainty level, const uint32_t *core,
                            uint32_t core_count, igraph_vector_int_t *membership)
{
    igraph_vector_int_t ends;
    igraph_t kept;
    igraph_integer_t count = 0;
    igraph_error_t code = igraph_vector_int_init(&ends, 0);
    for (uint32_t i = 0; code == IGRAPH_SUCCESS && i < graph->edges.count; i++) {
        const Edge *edge = &graph->edges.items[i];
        if (edge->certainty > level || core[edge->from] == NONE || core[edge->to] == NONE)
            continue;
        code = igraph_vector_int_push_back(&ends, core[edge->from]);
        if (code == IGRAPH_SUCCESS)
            code = igraph_vector_int_push_back(&ends, core[edge->to]);
    }
    if (code == IGRAPH_SUCCESS)
        code = igraph_create(&kept, &ends, core_count, IGRAPH_DIRECTED);
    if (code != IGRAPH_SUCCESS)
        igraph_gave_up("building the privilege graph", code);
    igraph_vector_int_destroy(&ends);
    code = igraph_connected_components(&kept, membership, NULL, &count, IGRAPH_STRONG);
    if (code != IGRAPH_SUCCESS)
        igraph_gave_up("finding strong components", code);
    igraph_destroy(&kept);
    return (uint32_t)count;
}

/* igraph numbers them: we do not rely on the order it chooses. */
uint32_t components_strong(const PrivilegeGraph *graph, Certainty level, uint32_t *of_node)
{
    bool *is_peeled = find_peeled(graph, level);
    uint32_t *core = memory_allocate(graph->nodes.count, sizeof *core);
    igraph_vector_int_t membership;
    uint32_t core_count = 0;
    for (uint32_t n = 0; n < graph->nodes.count; n++)
        core[n] = is_peeled[n] ? NONE : core_count++;
    free(is_peeled);
    if (igraph_vector_int_init(&membership, 0) != IGRAPH_SUCCESS)
        memory_exhausted();
    uint32_t count = core_count ? strong_core(graph, level, core, core_count, &membership) : 0;
    for (uint32_t n = 0; n < graph->nodes.count; n++)
        of_node[n] = core[n] == NONE ? count++ : (uint32_t)VECTOR(membership)[core[n]];
    igraph_vector_int_destroy(&membership);
    free(core);
    return count;
}

static void list_members(Components *c, uint32_t node_count)
{
    free(c->first_member);
    free(c->members);
    c->first_member = memory_allocate(c->count + 1, sizeof *c->first_member);
    c->members = memory_allocate(node_count, sizeof *c->members);
    for (uint32_t i = 0; i < node_count; i++)
        c->first_member[c->of_node[i] + 1]++;
    for (uint32_t i = 0; i < c->count; i++)
        c->first_member[i + 1] += c->first_member[i];
    uint32_t *next_place = memory_allocate(c->count, sizeof *next_place);
    for (uint32_t i = 0; i < node_count; i++) {
        uint32_t component = c->of_node[i];
        c->members[c->first_member[component] + next_place[component]++] = i;
    }
    free(next_place);
}

/* Edges between components; last_seen keeps repeats out. */
static void list_next(Components *c, const PrivilegeGraph *graph, Certainty level)
{
    ARRAY(uint32_t) next = {0};
    uint32_t *last_seen = memory_allocate(c->count, sizeof *last_seen);
    free(c->first_next);
    free(c->next);
    c->first_next = memory_allocate(c->count + 1, sizeof *c->first_next);
    for (uint32_t i = 0; i < c->count; i++) {
        for (uint32_t m = c->first_member[i]; m < c->first_member[i + 1]; m++) {
            uint32_t node = c->members[m];
            for (uint32_t e = graph->first_edge[node]; e < graph->first_edge[node + 1]; e++) {
                const Edge *edge = &graph->edges.items[e];
                uint32_t to = c->of_node[edge->to];
                if (edge->certainty > level || to == i || last_seen[to] == i + 1)
                    continue;
                last_seen[to] = i + 1;
                ARRAY_PUSH(&next, to);
            }
        }
        c->first_next[i + 1] = next.count;
    }
    free(last_seen);
    c->next = next.items ? next.items : memory_allocate(1, sizeof *c->next);
}

/* Kahn's order, smallest number first among the ready ones: a queue keeps it deterministic. */
static uint32_t *topological_rank(const Components *c)
{
    uint32_t *waiting = memory_allocate(c->count, sizeof *waiting);
    uint32_t *queue = memory_allocate(c->count, sizeof *queue);
    uint32_t *rank = memory_allocate(c->count, sizeof *rank);
    uint32_t head = 0;
    uint32_t tail = 0;
    for (uint32_t i = 0; i < c->first_next[c->count]; i++)
        waiting[c->next[i]]++;
    for (uint32_t i = 0; i < c->count; i++)
        if (!waiting[i])
            queue[tail++] = i;
    while (head < tail) {
        uint32_t component = queue[head];
        rank[component] = head++;
        for (uint32_t n = c->first_next[component]; n < c->first_next[component + 1]; n++)
            if (--waiting[c->next[n]] == 0)
                queue[tail++] = c->next[n];
    }
    free(waiting);
    free(queue);
    return rank;
}

void components_find(Components *c, const PrivilegeGraph *graph, Certainty level)
{
    *c = (Components){0};
    uint32_t node_count = graph->nodes.count;
    c->of_node = memory_allocate(node_count, sizeof *c->of_node);
    c->count = components_strong(graph, level, c->of_node);
    list_members(c, node_count);
    list_next(c, graph, level);
    uint32_t *rank = topological_rank(c);
    for (uint32_t i = 0; i < node_count; i++)
        c->of_node[i] = rank[c->of_node[i]];
    free(rank);
    list_members(c, node_count);
    list_next(c, graph, level);
}

void components_free(Components *c)
{
    free(c->of_node);
    free(c->first_member);
    free(c->members);
    free(c->first_next);
    free(c->next);
    *c = (Components){0};
}
