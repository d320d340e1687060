#include "base/hash.h"

#include <xxhash.h>

Hash hash_bytes_of(const void *bytes, size_t length_bytes)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, length_bytes);
    return (Hash){hash.high64, hash.low64};
}

bool hash_equal(Hash a, Hash b)
{
    return a.high == b.high && a.low == b.low;
}
