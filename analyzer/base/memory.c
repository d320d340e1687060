#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void memory_exhausted(void)
{
    fputs("amlblast: out of memory\n", stderr);
    _Exit(EXIT_INTERNAL);
}

void *memory_allocate(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size ? size : 1);
    if (!block)
        memory_exhausted();
    return block;
}

void *memory_allocate_at_once(size_t count, size_t size)
{
    enum { PAGE_BYTES = 4096 };
    void *block = memory_allocate(count, size);
    for (size_t at = 0; at < count * size; at += PAGE_BYTES)
        ((volatile char *)block)[at] = 0; /* a memset to zero would be left out */
    return block;
}

void *memory_resize(void *block, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        memory_exhausted();
    size_t length_bytes = count * size;
    void *moved = realloc(block, length_bytes ? length_bytes : 1);
    if (!moved)
        memory_exhausted();
    return moved;
}

char *memory_copy_text(const char *text)
{
    size_t length_bytes = strlen(text) + 1;
    return memcpy(memory_allocate(length_bytes, 1), text, length_bytes);
}
