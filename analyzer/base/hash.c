#include "base/hash.h"

#include <sys/random.h>
#include <time.h>
#include <xxhash.h>

uint64_t hash_of(const void *bytes, size_t length_bytes, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, length_bytes, seed);
}

uint64_t hash_new_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) < (ssize_t)sizeof seed)
        seed = (uint64_t)time(NULL); /* too early after the machine's start */
    return seed;
}
