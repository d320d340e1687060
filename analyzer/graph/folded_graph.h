#ifndef GRAPH_FOLDED_GRAPH_H
#define GRAPH_FOLDED_GRAPH_H

#include "graph/privilege_graph.h"

/*
 * The privilege graph as far as it decides who reaches what from given nodes: what none of them
 * reaches, all together, is left out, and a node that is reached exactly when another one is stands
 * folded into it.  In a large tenant a fifth of the nodes is left.  Chains are searched in the
 * whole graph; this one has no techniques and no evidence.
 */
typedef struct FoldedGraph {
    PrivilegeGraph graph; /* its own nodes, edges, conjunctions, premises and uses; nodes have no
                             kind */
    uint32_t *of_node;    /* per node of the whole graph: here; NONE: nobody reaches it */
    uint32_t *first_node; /* per node here: into `whole`; one more entry than nodes */
    uint32_t *whole;      /* nodes of the whole graph that are folded into it, ascending */
} FoldedGraph;

/* `begins` NULL: from any node; then nothing is left out or folded.  O(nodes + edges + premises).
 */
void folded_graph_make(FoldedGraph *folded, const PrivilegeGraph *whole, const uint32_t *begins,
                       uint32_t begin_count);

/*
 * The same once more for one level of certainty: what is a cycle there is one node, and what was
 * only folded at some levels before is folded now.  `begins` are nodes of `graph`, and are not
 * NULL.
 */
void folded_graph_make_level(FoldedGraph *folded, const PrivilegeGraph *graph, Certainty level,
                             const uint32_t *begins, uint32_t begin_count);
void folded_graph_free(FoldedGraph *folded);

#endif
