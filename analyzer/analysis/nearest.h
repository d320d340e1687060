#ifndef ANALYSIS_NEAREST_H
#define ANALYSIS_NEAREST_H

#include "analysis/parts.h"
#include "analysis/questions.h"

/*
 * What a start lacks when it reaches no end of the target: ways to the target, or to something that
 * leads on to it, of which the start has every premise but one.  Nearest first: a property of a
 * resource, because then every right is there; then a permission; then membership of a group.
 * `reached` has been run from the start at ASSUMED.  At most NEAR_MISSES_TOLD, in the arena.
 */
enum { NEAR_MISSES_TOLD = 5 };

void near_misses_find(const Target *target, const Start *start, const Search *reached, Arena *arena,
                      NearMiss **misses, uint32_t *count);

#endif
