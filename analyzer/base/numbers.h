#ifndef BASE_NUMBERS_H
#define BASE_NUMBERS_H

#include <stdint.h>

/* Compares two uint32_t, for qsort and bsearch. */
int by_number(const void *a, const void *b);

/* Sorts them and drops repeats; returns how many are left. */
uint32_t numbers_sort_unique(uint32_t *numbers, uint32_t count);

#endif
