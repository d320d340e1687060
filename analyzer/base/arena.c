#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK_BYTES = 64 * 1024, LARGEST_BLOCK_BYTES = 4 * 1024 * 1024 };

struct ArenaBlock {
    ArenaBlock *previous;
    size_t capacity_bytes;
    size_t used_bytes;
    alignas(max_align_t) char bytes[];
};

static ArenaBlock *block_new(ArenaBlock *previous, size_t least_bytes)
{
    size_t capacity_bytes = FIRST_BLOCK_BYTES;
    if (previous && previous->capacity_bytes < LARGEST_BLOCK_BYTES)
        capacity_bytes = previous->capacity_bytes * 2;
    else if (previous)
        capacity_bytes = LARGEST_BLOCK_BYTES;
    if (capacity_bytes < least_bytes)
        capacity_bytes = least_bytes;
    ArenaBlock *block = malloc(sizeof *block + capacity_bytes);
    if (!block)
        memory_exhausted();
    block->previous = previous;
    block->capacity_bytes = capacity_bytes;
    block->used_bytes = 0;
    return block;
}

static void *arena_take(Arena *arena, size_t length_bytes)
{
    const size_t alignment = alignof(max_align_t);
    if (length_bytes > SIZE_MAX / 2)
        memory_exhausted();
    length_bytes = (length_bytes + alignment - 1) / alignment * alignment;
    ArenaBlock *block = arena->current;
    if (!block || block->capacity_bytes - block->used_bytes < length_bytes)
        arena->current = block = block_new(block, length_bytes);
    void *taken = block->bytes + block->used_bytes;
    block->used_bytes += length_bytes;
    arena->total_bytes += length_bytes;
    return taken;
}

void *arena_allocate(Arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / 2 / size)
        memory_exhausted();
    return memset(arena_take(arena, count * size), 0, count * size);
}

char *arena_copy_bytes(Arena *arena, const char *bytes, size_t length_bytes)
{
    char *copy = arena_take(arena, length_bytes + 1);
    memcpy(copy, bytes, length_bytes);
    copy[length_bytes] = '\0';
    return copy;
}

char *arena_copy_text(Arena *arena, const char *text)
{
    return arena_copy_bytes(arena, text, strlen(text));
}

char *arena_format(Arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    size_t length_bytes = length < 0 ? 0 : (size_t)length;
    char *text = arena_take(arena, length_bytes + 1);
    va_start(arguments, format);
    vsnprintf(text, length_bytes + 1, format, arguments);
    va_end(arguments);
    return text;
}

void arena_reset(Arena *arena)
{
    ArenaBlock *keep = arena->current;
    if (!keep)
        return;
    for (ArenaBlock *block = keep->previous; block;) {
        ArenaBlock *previous = block->previous;
        free(block);
        block = previous;
    }
    keep->previous = NULL;
    keep->used_bytes = 0;
    arena->total_bytes = 0;
}

void arena_free(Arena *arena)
{
    for (ArenaBlock *block = arena->current; block;) {
        ArenaBlock *previous = block->previous;
        free(block);
        block = previous;
    }
    *arena = (Arena){0};
}
