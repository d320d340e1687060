#ifndef ANALYSIS_FIXED_POINT_H
#define ANALYSIS_FIXED_POINT_H

#include "graph/components.h"

#include <stdint.h>

/*
 * What every start reaches, for all starts at once: the least fixed point of the privilege graph
 * at each of the four certainty levels.
 *
 * 512 starts are the bits of a block.  A block is pushed once through the components in order, then
 * conjunctions take the AND of their premises, until nothing changes: no depth limit, no search per
 * start.  O((edges + conjunctions) * starts / 512) per round; rounds are bounded by how deep
 * conjunctions build on one another.  Memory: 64 bytes per component and level and thread.
 */
enum { BLOCK_STARTS = 512 };

typedef struct ReachedNode {
    uint32_t node;
    uint8_t certainty; /* best level at which the start reaches it */
} ReachedNode;

typedef struct FixedPoint {
    const PrivilegeGraph *graph;
    Components levels[CERTAINTY_LEVELS];
} FixedPoint;

void fixed_point_prepare(FixedPoint *fixed_point, const PrivilegeGraph *graph);
void fixed_point_free(FixedPoint *fixed_point);

/* The nodes a start begins from. */
typedef struct StartNodes {
    const uint32_t *nodes;
    uint32_t count;
} StartNodes;

/* The nodes reached by one start: by certainty, then node.  Own nodes are included. */
typedef struct Reached {
    ReachedNode *items;
    uint32_t count;
    uint32_t capacity;
} Reached;

/*
 * Computes one block: reached[i] for starts[i], i < count <= BLOCK_STARTS.  Thread-safe.
 * The caller frees reached[i].items.
 */
void fixed_point_block(const FixedPoint *fixed_point, const StartNodes *starts, uint32_t count,
                       Reached *reached);

#endif
