#ifndef ANALYSIS_FIXED_POINT_H
#define ANALYSIS_FIXED_POINT_H

#include "analysis/block.h"
#include "base/array.h"
#include "graph/components.h"
#include "graph/folded_graph.h"

#include <stdint.h>

/*
 * What every start reaches, for all starts at once: the least fixed point of the privilege graph
 * at each of the four certainty levels.
 *
 * 512 starts are the bits of a block.  A block is pushed through the components in order, then
 * conjunctions take the AND of their premises, until nothing changes: no depth limit, no search per
 * start.  Only what grew is pushed on, so a round costs the edges that lead out of it; rounds are
 * bounded by how deep conjunctions build on one another.  Memory: 64 bytes per component that some
 * start of the block reaches, and level.
 *
 * The graph is folded first, see graph/folded_graph.h: once for what is the same at every level,
 * then for each level.
 */
typedef struct FixedLevel {
    FoldedGraph folded;    /* of FixedPoint.folded.graph */
    Components components; /* of folded.graph */
} FixedLevel;

typedef struct FixedPoint {
    const PrivilegeGraph *whole;
    FoldedGraph folded;
    FixedLevel levels[CERTAINTY_LEVELS];
    const bool *is_told;               /* per node: Reached lists it; NULL: all are.  Borrowed */
    uint8_t same_as[CERTAINTY_LEVELS]; /* the first level with the same edges; only that one has
                                          components */
} FixedPoint;

/* For starts that begin from some of the nodes `begins`; NULL: from any. */
void fixed_point_prepare(FixedPoint *fixed_point, const PrivilegeGraph *graph, const bool *is_told,
                         const uint32_t *begins, uint32_t begin_count);
void fixed_point_free(FixedPoint *fixed_point);

/* The component of a node (at the level that this one is the same as), or NONE: nobody reaches it.
 */
uint32_t fixed_point_component(const FixedPoint *fixed_point, uint32_t node, Certainty level);

/* The nodes a start begins from. */
typedef struct StartNodes {
    const uint32_t *nodes;
    uint32_t count;
} StartNodes;

/* ---- all starts of a block, side by side ---- */

/* One level of a block being worked out. */
typedef struct LevelBlock {
    uint32_t *slot_of; /* per component: where its block is, counted from 1; 0: nobody reaches it */
    ARRAY(Block) blocks;
    ARRAY(uint32_t) reached; /* the components, in the order of `blocks` */
    uint64_t *grown;         /* components to push on: one bit each */
} LevelBlock;

/* Who of a block reaches which node.  Used again for one block after the other; by one thread. */
typedef struct ReachedBlock {
    const FixedPoint *fixed_point;
    LevelBlock levels[CERTAINTY_LEVELS];
    bool *is_waiting; /* per conjunction: a premise grew */
    ARRAY(uint32_t) waiting;
    uint64_t *node_bits;
    ARRAY(uint32_t) nodes; /* told ones that some start reaches at some level, ascending */
} ReachedBlock;

ReachedBlock *reached_block_new(const FixedPoint *fixed_point);
void reached_block_free(ReachedBlock *reached);

/* Works out a block of count <= BLOCK_STARTS starts: bit i is starts[i]. */
void reached_block_find(ReachedBlock *reached, const StartNodes *starts, uint32_t count);

/* Who reaches the node at the level; lower levels are included. */
const Block *reached_block_at(const ReachedBlock *reached, uint32_t node, Certainty level);

/* Likewise a component of the level, or of the one that it is the same as. */
const Block *reached_block_at_component(const ReachedBlock *reached, uint32_t component,
                                        Certainty level);

/* ---- start by start ---- */

typedef struct ReachedNode {
    uint32_t node;
    uint8_t certainty; /* best level at which the start reaches it */
} ReachedNode;

/* The told nodes reached by one start: by certainty, then node.  Own nodes are included. */
typedef struct Reached {
    ReachedNode *items;
    uint32_t count;
    uint32_t capacity;
} Reached;

/* What each start of the block that was worked out last reaches: reached[i] for bit i, i < count.
   The caller frees reached[i].items. */
void reached_block_hand_out(const ReachedBlock *block, uint32_t count, Reached *reached);

#endif
