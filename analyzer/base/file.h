#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The program's own small files, read whole.  Exports are big and hostile: they go through input/.
 */

/* The bytes of the file in `arena`, with a NUL behind them.  False when it cannot be read or has
   more than `most_bytes`. */
bool file_read_all(Arena *arena, const char *path, size_t most_bytes, const char **bytes,
                   size_t *length_bytes, Error *err);

/* Names in the directory that end in `ending`, in byte order, in `arena`; no path before them. */
bool file_list(Arena *arena, const char *directory, const char *ending, const char ***names,
               uint32_t *count, Error *err);

#endif
