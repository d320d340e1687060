#ifndef BASE_THREADS_H
#define BASE_THREADS_H

#include <stdint.h>

/*
 * Calls work(context, i) once for every i below count, on up to `threads` threads (at least one;
 * one means the caller's own).  Items start in order but may end in any: a result belongs in a
 * place of its own (results[i]), so that the answer does not depend on the number of threads.
 */
void threads_for_each(uint32_t threads, uint32_t count, void (*work)(void *context, uint32_t i),
                      void *context);

/* Processors this process may use, at least 1. */
uint32_t threads_available(void);

#endif
