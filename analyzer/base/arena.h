#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

/*
 * Memory that is freed together.  Nothing inside is freed alone.  `= {0}` is a valid empty arena.
 * An arena belongs to one thread at a time.
 */
typedef struct ArenaBlock ArenaBlock;
typedef struct Arena {
    ArenaBlock *current;
    size_t total_bytes; /* handed out since the last reset */
} Arena;

/* Zeroed memory, aligned for any type; never NULL (out of memory ends the process). */
void *arena_allocate(Arena *arena, size_t count, size_t size);

char *arena_copy_text(Arena *arena, const char *text);
char *arena_copy_bytes(Arena *arena, const char *bytes, size_t length_bytes); /* adds a NUL */
char *arena_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forgets everything handed out but keeps one block for reuse: the cheap way to start over. */
void arena_reset(Arena *arena);
void arena_free(Arena *arena);

#endif
