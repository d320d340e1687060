#ifndef ANALYSIS_JUDGE_BLOCK_H
#define ANALYSIS_JUDGE_BLOCK_H

#include "analysis/claims.h"

/*
 * Verdict, containment, counts, questions and score of all starts of a block side by side: every
 * claim is looked at once for 512 starts.  Nothing is worked out start by start but what differs
 * from start to start: its home, what its task needs, its own places and identities.
 *
 * One BlockJudge serves one block after the other, on one thread.
 */
typedef struct BlockJudge BlockJudge;

BlockJudge *block_judge_new(const Parts *parts, const Claims *claims);
void block_judge_free(BlockJudge *judge);

/* Judges starts[i] into results[i], i < count <= BLOCK_STARTS; texts live in the arena.
   O(claims and their holders, at each level). */
void block_judge(BlockJudge *judge, const Start *starts, uint32_t count, Arena *arena,
                 StartResult *results);

#endif
