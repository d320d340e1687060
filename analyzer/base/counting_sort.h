#ifndef BASE_COUNTING_SORT_H
#define BASE_COUNTING_SORT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sorts by one small number; items with equal keys keep their order, so that by several keys one
 * sorts by the least important first.  `key` gives numbers below key_count.  Time and memory are
 * linear in items and keys.
 */
void counting_sort(void *items, uint32_t count, size_t size_bytes,
                   uint32_t (*key)(const void *item), uint32_t key_count);

#endif
