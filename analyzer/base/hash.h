#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * XXH3 under a seed, for hash tables: names chosen by an attacker who does not know the seed cannot
 * make look-ups slow.  Nothing that is printed may depend on it.
 */
uint64_t hash_of(const void *bytes, size_t length_bytes, uint64_t seed);

/* A random seed. */
uint64_t hash_new_seed(void);

#endif
