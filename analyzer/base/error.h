#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

/*
 * What went wrong, as one sentence for a person: the place, what was expected, what was found.
 * A function that can fail returns bool and takes `Error *err` last.  False: err was set once and
 * the outputs are as they were.  err is never NULL.
 */
typedef struct Error {
    char message[1024]; /* NUL-terminated; a longer message is cut */
} Error;

/* Formats the message and returns false, so that a caller can write `return error_set(err, ...)`.
 */
bool error_set(Error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the message that err already holds; returns false. */
bool error_prefix(Error *err, const char *prefix);

#endif
