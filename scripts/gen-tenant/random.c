#include "random.h"

static uint64_t scramble(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t random_next(Random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    return scramble(random->state);
}

uint32_t random_below(Random *random, uint32_t count)
{
    return (uint32_t)((random_next(random) >> 32) * count >> 32);
}

double random_unit(Random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

uint32_t random_skewed(Random *random, uint32_t count, unsigned skew)
{
    /* Not pow(): its last digit differs between C libraries. */
    double x = random_unit(random);
    double power = 1;
    for (unsigned i = 0; i < skew; i++)
        power *= x;
    return (uint32_t)(power * count);
}

_Bool random_chance(Random *random, double percent)
{
    return random_unit(random) * 100 < percent;
}

uint64_t random_hash(uint64_t seed, uint32_t tag, uint64_t index)
{
    Random random = {scramble(seed) ^ scramble(index + ((uint64_t)tag << 40))};
    return random_next(&random);
}
