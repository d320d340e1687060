#ifndef REPORT_JSON_WRITER_H
#define REPORT_JSON_WRITER_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes one JSON text to a stream as it is told, without holding it: a report of a large tenant is
 * bigger than what should stand in memory.  It is yajl inside.  Texts are cleaned on the way
 * (CLEAN_PLAIN), so the result is always well-formed UTF-8.
 *
 * Keys and values are told in turn; json_end closes what was opened last.  Whether everything was
 * written is asked once, of the stream.
 */
typedef struct JsonWriter JsonWriter;

typedef enum JsonLayout {
    JSON_INDENTED, /* for people and for diffs: one value on a line */
    JSON_ONE_LINE  /* ends in a line feed too: several make NDJSON */
} JsonLayout;

JsonWriter *json_writer_new(FILE *stream, JsonLayout layout);

/* After the last json_end.  The stream stays open. */
void json_writer_free(JsonWriter *writer);

void json_open_object(JsonWriter *writer);
void json_open_array(JsonWriter *writer);
void json_end(JsonWriter *writer);

void json_add_key(JsonWriter *writer, const char *key);
void json_add_text(JsonWriter *writer, const char *text); /* NULL gives null */
void json_add_number(JsonWriter *writer, uint64_t number);
void json_add_bool(JsonWriter *writer, bool value);
void json_add_null(JsonWriter *writer);

/* Key and value in one. */
void json_put_text(JsonWriter *writer, const char *key, const char *text);
void json_put_number(JsonWriter *writer, const char *key, uint64_t number);
void json_put_bool(JsonWriter *writer, const char *key, bool value);
void json_put_object(JsonWriter *writer, const char *key); /* opens it */
void json_put_array(JsonWriter *writer, const char *key);  /* opens it */

#endif
