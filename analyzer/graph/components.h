#ifndef GRAPH_COMPONENTS_H
#define GRAPH_COMPONENTS_H

#include "graph/privilege_graph.h"

#include <stdint.h>

/*
 * The graph of one certainty level (edges at most that uncertain) with its cycles folded: strong
 * components by igraph, as a directed acyclic graph.  Components are numbered so that every edge
 * leads from a lower number to a higher one.
 */
typedef struct Components {
    uint32_t count;
    uint32_t *of_node;      /* per node */
    uint32_t *first_member; /* per component; count + 1 entries into `members` */
    uint32_t *members;      /* nodes, ascending within a component */
    uint32_t *first_next;   /* per component; count + 1 entries into `next` */
    uint32_t *next;         /* components one edge on, without repeats */
} Components;

/* The strong component of every node, numbered somehow; returns how many there are. */
uint32_t components_strong(const PrivilegeGraph *graph, Certainty level, uint32_t *of_node);

/* O(nodes + edges). */
void components_find(Components *components, const PrivilegeGraph *graph, Certainty level);
void components_free(Components *components);

#endif
