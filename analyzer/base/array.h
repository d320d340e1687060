#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

/*
 * A growing array of any type: `ARRAY(Step) steps = {0};`  Elements move when it grows, so keep
 * indexes, not pointers, while it can still grow.  At most UINT32_MAX - 1 elements; more ends the
 * process like running out of memory.
 */
#define ARRAY(Type)                                                                                \
    struct {                                                                                       \
        Type *items;                                                                               \
        uint32_t count;                                                                            \
        uint32_t capacity;                                                                         \
    }

#define ARRAY_PUSH(array, value)                                                                   \
    do {                                                                                           \
        if ((array)->count == (array)->capacity)                                                   \
            (array)->items =                                                                       \
                array_grow((array)->items, &(array)->capacity, sizeof *(array)->items);            \
        (array)->items[(array)->count++] = (value);                                                \
    } while (0)

#define ARRAY_FREE(array)                                                                          \
    do {                                                                                           \
        free((array)->items);                                                                      \
        (array)->items = NULL;                                                                     \
        (array)->count = (array)->capacity = 0;                                                    \
    } while (0)

void *array_grow(void *items, uint32_t *capacity, size_t item_bytes);

/* "None" of every index in this program. */
#define NONE UINT32_MAX

#endif
