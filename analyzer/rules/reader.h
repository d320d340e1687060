#ifndef RULES_READER_H
#define RULES_READER_H

#include "base/arena.h"
#include "input/json.h"
#include "snapshot/role.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the values of one rule file and tells every problem with its place, so that a whole
 * directory is checked in one go.  After a problem the value read is empty (NULL, false, 0), and
 * reading goes on.
 */
typedef struct Problems {
    void (*report)(void *context, const char *message);
    void *context;
    uint32_t count;
} Problems;

enum { READER_POINTER_BYTES = 512 };

typedef struct Reader {
    Arena *arena;     /* what is read lives here */
    const char *file; /* "techniques/storage.json" */
    Problems *problems;
    size_t pointer_length;
    char pointer[READER_POINTER_BYTES]; /* JSON pointer of where the reader is: "/techniques/2" */
} Reader;

/* Steps into a member or an element; leave with what enter returned. */
size_t reader_enter(Reader *reader, const char *key);
size_t reader_enter_element(Reader *reader, uint32_t index);
void reader_leave(Reader *reader, size_t entered);

/* "techniques/storage.json: /techniques/2/on: expected ..., found ..." */
void reader_problem(Reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A problem with the member `key` of where the reader is. */
void reader_problem_at(Reader *reader, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True when `value` is an object whose members are all in `keys`, which ends in NULL. */
bool reader_object(Reader *reader, const JsonValue *value, const char *const *keys);

/* The member's array, or NULL; a missing one is a problem when `required`. */
const JsonValue *reader_array(Reader *reader, const JsonValue *object, const char *key,
                              bool required);

/* Calls `read` for every element of the member's array, with the reader standing at it. */
typedef void ElementReader(void *context, Reader *reader, const JsonValue *element);
void reader_each(Reader *reader, const JsonValue *object, const char *key, bool required,
                 ElementReader *read, void *context);

/* The member's text, copied; never empty.  NULL when missing. */
const char *reader_text(Reader *reader, const JsonValue *object, const char *key, bool required);

/* The member's texts, none empty, none twice. */
TextList reader_texts(Reader *reader, const JsonValue *object, const char *key, bool required);

/* true, false, or `otherwise` when missing. */
bool reader_flag(Reader *reader, const JsonValue *object, const char *key, bool otherwise);

/* Index of the member's text in `words`; `count` when missing or none of them, which is a problem
   (missing: only when `required`). */
uint32_t reader_word(Reader *reader, const JsonValue *object, const char *key,
                     const char *const *words, uint32_t count, bool required);

/* Index of `word` in `words`, or `count`. */
uint32_t word_find(const char *const *words, uint32_t count, const char *word);

/* "one of a, b, c" in the reader's arena, for messages. */
const char *words_list(Arena *arena, const char *const *words, uint32_t count);

/* A list in `arena` of what an array holds. */
TextList text_list(Arena *arena, const char *const *items, uint32_t count);
bool text_list_has(const TextList *list, const char *text); /* any case */

#endif
