#include "base/numbers.h"

#include <stdlib.h>

int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t numbers_sort_unique(uint32_t *numbers, uint32_t count)
{
    uint32_t kept = 0;
    if (count > 1)
        qsort(numbers, count, sizeof *numbers, by_number);
    for (uint32_t i = 0; i < count; i++)
        if (!kept || numbers[kept - 1] != numbers[i])
            numbers[kept++] = numbers[i];
    return kept;
}
