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

/* With igraph; it numbers them, we do not rely on the order it chooses. */
uint32_t components_strong(const PrivilegeGraph *graph, Certainty level, uint32_t *of_node)
{
    igraph_vector_int_t ends;
    igraph_vector_int_t membership;
    igraph_t folded;
    igraph_integer_t count = 0;
    igraph_error_t code = igraph_vector_int_init(&ends, 0);
    if (code == IGRAPH_SUCCESS)
        code = igraph_vector_int_reserve(&ends, 2 * (igraph_integer_t)graph->edges.count);
    for (uint32_t i = 0; code == IGRAPH_SUCCESS && i < graph->edges.count; i++) {
        const Edge *edge = &graph->edges.items[i];
        if (edge->certainty > level)
            continue;
        igraph_vector_int_push_back(&ends, edge->from); /* reserved: cannot fail */
        igraph_vector_int_push_back(&ends, edge->to);
    }
    if (code == IGRAPH_SUCCESS)
        code = igraph_create(&folded, &ends, graph->nodes.count, IGRAPH_DIRECTED);
    if (code != IGRAPH_SUCCESS)
        igraph_gave_up("building the privilege graph", code);
    igraph_vector_int_destroy(&ends);
    igraph_vector_int_init(&membership, 0);
    code = igraph_connected_components(&folded, &membership, NULL, &count, IGRAPH_STRONG);
    if (code != IGRAPH_SUCCESS)
        igraph_gave_up("finding strong components", code);
    for (uint32_t i = 0; i < graph->nodes.count; i++)
        of_node[i] = (uint32_t)VECTOR(membership)[i];
    igraph_vector_int_destroy(&membership);
    igraph_destroy(&folded);
    return (uint32_t)count;
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
