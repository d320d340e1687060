#ifndef DRAW_DESCRIPTION_H
#define DRAW_DESCRIPTION_H

#include "base/arena.h"
#include "base/error.h"
#include "draw/picture.h"

#include <stdbool.h>
#include <stddef.h>

/* Longest description, in bytes. */
enum { DESCRIPTION_BYTES = 16 * 1024 * 1024 };

/*
 * Reads one picture description, the JSON of data/schema/picture.schema.json, strictly: what the
 * schema does not allow is an error that names the place ("columns[2].items[0].strips[1].style:
 * ..."). Beyond the schema: ids are unique, lines end at items that exist, a strip that a line
 * names exists, a member fits the silhouette.  Bytes that are not UTF-8 become U+FFFD instead: a
 * name must not cost the picture.  All the picture points to lives in `arena`, also after an error.
 */
bool description_read(Arena *arena, const char *text, size_t length_bytes, Picture *picture,
                      Error *err);

#endif
