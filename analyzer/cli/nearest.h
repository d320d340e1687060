#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include "base/text.h"

#include <stdint.h>

/*
 * The few names most like one that is not known: fewest edits (insert, delete, replace a byte, case
 * ignored), then byte order.  Names that begin with the wanted one, or contain it, count as near.
 */
enum { NEAREST_MOST = 3 };

typedef struct NearestNames {
    const char *wanted;
    const char *names[NEAREST_MOST];
    uint32_t edits[NEAREST_MOST];
    uint32_t count;
} NearestNames;

/* Offers a name, which must outlive the list.  O(length of both). */
void nearest_add(NearestNames *nearest, const char *name);

/* Appends `"a", "b" or "c"`; nothing when no name is near. */
void nearest_list(const NearestNames *nearest, TextBuffer *list);

/* Edits that turn one text into the other; texts beyond 128 bytes are compared by their start. */
uint32_t edit_distance(const char *a, const char *b);

#endif
