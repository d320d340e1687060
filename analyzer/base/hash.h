#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A 128-bit hash (XXH3) for telling large blocks of our own data apart.  Not for names that an
 * attacker chooses: the interning table compares bytes for those.
 */
typedef struct Hash {
    uint64_t high;
    uint64_t low;
} Hash;

Hash hash_bytes_of(const void *bytes, size_t length_bytes);
bool hash_equal(Hash a, Hash b);

#endif
