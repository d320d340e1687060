#ifndef ANALYSIS_SEARCH_H
#define ANALYSIS_SEARCH_H

#include "graph/privilege_graph.h"

#include <stdint.h>

/*
 * Shortest ways from one start, for the chains that are printed.  At a certainty level only edges
 * up to that level count, so the way to a node at its best level is the shortest among those of the
 * best certainty; ties go to the technique that stands earlier in the catalogue, then to the lower
 * node.  A conjunction is as far away as its premises together, up to a distance that no label goes
 * beyond: there, and only there, a way need not be a shortest one.
 *
 * One Search serves many starts, one after the other; it belongs to one thread.
 */
typedef struct SearchLabel {
    uint64_t distance; /* steps from bit DISTANCE_STEP_SHIFT on; below them the places of the steps'
                          techniques in the catalogue, added up, then edges */
    uint32_t edge; /* PrivilegeGraph.edges that leads here; NONE: an own node or a conjunction */
    uint32_t round : 31;  /* label is valid when it equals Search.round */
    uint32_t settled : 1; /* nothing nearer is to come */
} SearchLabel;

enum { DISTANCE_STEP_SHIFT = 48 };

/* What following an edge of the technique adds to a distance; NONE: a step without a technique. */
uint64_t search_step_distance(uint32_t technique);

typedef struct Search Search;

Search *search_new(const PrivilegeGraph *graph);
void search_free(Search *search);

/* Labels every node reached from `nodes` at `level`.  O((edges + nodes) log nodes) of that level.
 */
void search_run(Search *search, const uint32_t *nodes, uint32_t count, Certainty level);

/* The label of the last run, or NULL when the node was not reached. */
const SearchLabel *search_label(const Search *search, uint32_t node);

/* Like search_run, but stops at nothing and forbids the edges for which `forbidden` says so. */
void search_run_without(Search *search, const uint32_t *nodes, uint32_t count, Certainty level,
                        bool (*forbidden)(const void *context, const Edge *edge),
                        const void *context);

/*
 * The edges of the way to `node` in the order they are followed, each once; both branches of a
 * conjunction are in it, the first premise's first.  Appended to `way`; O(length of the way).  Free
 * the edges.
 */
typedef struct Way {
    uint32_t *edges;
    uint32_t count;
    uint32_t capacity;
} Way;
void search_way(Search *search, uint32_t node, Way *way);

#endif
