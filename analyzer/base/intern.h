#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A set of texts, each known by a small number (its id: 0, 1, 2, ... in order of arrival), so that
 * texts compare as numbers and are stored once.  Case: either every byte counts, or ASCII letters
 * compare without case and the first spelling seen is the one kept.
 *
 * Hashed with XXH3 under a random seed and compared byte by byte: names chosen by an attacker
 * cannot make two texts one, nor make look-ups slow.  Ids never depend on the seed.
 */
typedef enum TextCase { CASE_MATTERS, CASE_IGNORED } TextCase;

typedef struct InternSlot InternSlot;
typedef struct Interner {
    TextCase text_case;
    InternSlot *slots; /* open addressing, at most half full */
    uint32_t slot_count;
    const char **texts; /* by id */
    uint32_t count;
    uint32_t capacity;
    uint64_t seed;
    Arena arena;
} Interner;

Interner interner_new(TextCase text_case);
void interner_free(Interner *interner);

/* The id of `text`, added if it is new.  NULL gives NONE. */
uint32_t intern(Interner *interner, const char *text);
uint32_t intern_bytes(Interner *interner, const char *bytes, size_t length_bytes);

/* The id of `text`, or NONE if it was never added. */
uint32_t interner_find(const Interner *interner, const char *text);
uint32_t interner_find_bytes(const Interner *interner, const char *bytes, size_t length_bytes);

/* The text of an id in its first spelling; lives as long as the interner.  NONE gives NULL. */
const char *interned_text(const Interner *interner, uint32_t id);

#endif
