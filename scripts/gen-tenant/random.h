#ifndef GEN_TENANT_RANDOM_H
#define GEN_TENANT_RANDOM_H

#include <stdint.h>

/*
 * Numbers that look random and are the same for the same seed on every machine: splitmix64,
 * https://prng.di.unimi.it/splitmix64.c
 */
typedef struct Random {
    uint64_t state; /* the seed to begin with */
} Random;

uint64_t random_next(Random *random);
uint32_t random_below(Random *random, uint32_t count); /* 0 when count is 0 */
double random_unit(Random *random);                    /* 0 <= x < 1 */

/* random_below with small numbers more frequent: count times (0..1) to the power of `skew`. */
uint32_t random_skewed(Random *random, uint32_t count, unsigned skew);

/* True in `percent` of 100 cases. */
_Bool random_chance(Random *random, double percent);

/* What belongs to the item `index` of the kind `tag`, whenever it is asked for. */
uint64_t random_hash(uint64_t seed, uint32_t tag, uint64_t index);

#endif
