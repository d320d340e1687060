#include "base/counting_sort.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void counting_sort(void *items, uint32_t count, size_t size_bytes,
                   uint32_t (*key)(const void *item), uint32_t key_count)
{
    if (count < 2)
        return;
    uint32_t *next = memory_allocate((size_t)key_count + 1, sizeof *next);
    char *sorted = memory_allocate(count, size_bytes);
    const char *from = items;
    for (uint32_t i = 0; i < count; i++)
        next[key(from + i * size_bytes) + 1]++;
    for (uint32_t k = 1; k <= key_count; k++)
        next[k] += next[k - 1];
    for (uint32_t i = 0; i < count; i++) {
        const char *item = from + i * size_bytes;
        memcpy(sorted + next[key(item)]++ * size_bytes, item, size_bytes);
    }
    memcpy(items, sorted, count * size_bytes);
    free(sorted);
    free(next);
}
