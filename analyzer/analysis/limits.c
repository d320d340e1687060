#include "analysis/parts.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static bool *marked(const uint32_t *numbers, uint32_t count, uint32_t of)
{
    bool *marks = memory_allocate(of, sizeof *marks);
    for (uint32_t i = 0; i < count; i++)
        marks[numbers[i]] = true;
    return marks;
}

static bool node_is_left_out(const Parts *parts, uint32_t index)
{
    const Node *node = &parts->graph.nodes.items[index];
    return (node->kind == NODE_PRINCIPAL || node->kind == NODE_MEMBER) &&
           parts->principal_left_out[node->a];
}

static bool edge_is_left_out(const Parts *parts, const Edge *edge)
{
    const AnalysisLimits *limits = parts->limits;
    return (limits->only_certain && edge->certainty != CERTAIN) ||
           (limits->without_interaction && edge->acts_as_kind == ACTS_INTERACTION) ||
           (edge->technique != NONE && parts->technique_left_out[edge->technique]) ||
           node_is_left_out(parts, edge->from) || node_is_left_out(parts, edge->to);
}

static void leave_edges_out(Parts *parts)
{
    PrivilegeGraph *graph = &parts->graph;
    uint32_t kept = 0;
    memset(graph->first_edge, 0, (graph->nodes.count + 1) * sizeof *graph->first_edge);
    for (uint32_t i = 0; i < graph->edges.count; i++) {
        Edge edge = graph->edges.items[i];
        if (edge_is_left_out(parts, &edge))
            continue;
        graph->edges.items[kept++] = edge;
        graph->first_edge[edge.from + 1]++;
    }
    graph->edges.count = kept;
    for (uint32_t n = 0; n < graph->nodes.count; n++)
        graph->first_edge[n + 1] += graph->first_edge[n];
}

void limits_begin(Parts *parts, const AnalysisLimits *limits)
{
    static const AnalysisLimits none = {0};
    parts->limits = limits ? limits : &none;
    parts->principal_left_out = marked(parts->limits->principals, parts->limits->principal_count,
                                       parts->snapshot->principals.count);
    parts->technique_left_out = marked(parts->limits->techniques, parts->limits->technique_count,
                                       parts->rules->techniques.count);
    leave_edges_out(parts);
}

void limits_end(Parts *parts)
{
    free(parts->principal_left_out);
    free(parts->technique_left_out);
}

bool piece_is_left_out(const Parts *parts, const Piece *piece, Certainty certainty)
{
    return (parts->limits->only_certain && certainty != CERTAIN) ||
           (piece->clause != NONE &&
            parts->technique_left_out[parts->rules->clauses.items[piece->clause].technique]);
}

void limits_drop_starts(const Parts *parts, Analysis *analysis)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < analysis->starts.count; i++) {
        uint32_t principal = analysis->starts.items[i].principal;
        if (principal == NONE || !parts->principal_left_out[principal])
            analysis->starts.items[kept++] = analysis->starts.items[i];
    }
    analysis->starts.count = kept;
}
