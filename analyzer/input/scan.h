#ifndef INPUT_SCAN_H
#define INPUT_SCAN_H

#include "input/json.h"

/*
 * Inside input/ only: where one JSON value ends, and everything about it that cJSON would accept
 * though it must not.  cJSON reads NUL as the end of a text, takes control characters for white
 * space, "007" for a number and "\uZZZZ" for a NUL, and nests deeper than wanted; it does check
 * brackets, commas and literals, so that is left to it.  Bytes are taken to be UTF-8.
 */
typedef enum ScanFault {
    SCAN_CLEAN,
    SCAN_NUL,         /* a NUL byte or \u0000: texts would end early */
    SCAN_DEEP,        /* more than JSON_MAX_DEPTH brackets open */
    SCAN_LONG_NUMBER, /* longer than cJSON's buffer for numbers */
    SCAN_CONTROL,     /* a control character outside a text */
    SCAN_NUMBER,      /* a number that JSON has no such form for */
    SCAN_ESCAPE       /* a backslash with something behind it that JSON does not know */
} ScanFault;

typedef struct Scan {
    size_t length_bytes; /* of the value, without white space around it */
    uint32_t newlines;   /* inside the value, for line numbers */
    ScanFault fault;     /* the first one, and where it stands */
    size_t fault_at;
    uint32_t line_breaks;     /* raw CR or LF inside texts: wrapped terminal output */
    uint32_t controls;        /* other raw control characters inside texts */
    uint32_t lone_surrogates; /* \ud800 without its other half */
    size_t repairable_at;     /* the first of the three above */
} Scan;

/*
 * Finds the end of the value that begins at text[0], which must not be white space.  False: the
 * text ends first.  With `at_end` there is no more text behind it, which ends a number or literal.
 * A faulty value is measured to its end all the same, so that the next one can be read.
 */
bool scan_value(const char *text, size_t length_bytes, bool at_end, Scan *scan);

/*
 * Makes a value of scan_value's three repairable kinds acceptable: drops raw line breaks inside
 * texts, writes \ufffd for lone surrogates.  Works in place; returns the new length.
 */
size_t scan_repair(char *text, size_t length_bytes);

/* What a fault is, in words that complete "refused: ...". */
const char *scan_fault_text(ScanFault fault);

/* The number of line feeds in the bytes. */
uint32_t scan_count_newlines(const char *bytes, size_t length_bytes);

/*
 * Parses a value that scan_value found clean.  False: it is not JSON, and *wrong_at is where; or,
 * with *repeated set, an object in it has that key twice.
 */
bool json_build(Arena *arena, const char *text, size_t length_bytes, JsonValue **value,
                size_t *wrong_at, const char **repeated);

#endif
