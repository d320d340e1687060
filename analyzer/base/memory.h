#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/*
 * Heap memory that never fails: running out prints one line on stderr and ends the process with
 * EXIT_INTERNAL, because no answer of this program is better than half an answer.
 */
enum { EXIT_INTERNAL = 5 };

void *memory_allocate(size_t count, size_t size); /* zeroed; free() it */
/* Likewise, for memory that is written all over in no order: its pages are there at once, which is
   cheaper than one by one. */
void *memory_allocate_at_once(size_t count, size_t size);

void *memory_resize(void *block, size_t count, size_t size);
char *memory_copy_text(const char *text);

_Noreturn void memory_exhausted(void);

#endif
