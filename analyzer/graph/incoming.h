#ifndef GRAPH_INCOMING_H
#define GRAPH_INCOMING_H

#include "graph/privilege_graph.h"

/* Edges by where they lead: those to node n are order[first[n]] .. order[first[n + 1] - 1]. */
typedef struct Incoming {
    uint32_t *first;
    uint32_t *order; /* PrivilegeGraph.edges */
} Incoming;

Incoming incoming_new(const PrivilegeGraph *graph);
void incoming_free(Incoming *in);

#endif
