#include "base/array.h"

void *array_grow(void *items, uint32_t *capacity, size_t item_bytes)
{
    if (*capacity >= NONE / 2)
        memory_exhausted();
    *capacity = *capacity ? *capacity * 2 : 16;
    return memory_resize(items, *capacity, item_bytes);
}
