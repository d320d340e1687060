#ifndef INPUT_JSON_H
#define INPUT_JSON_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A parsed JSON value, read-only.  It is cJSON inside; nobody outside input/ includes cJSON to
 * read.  Values live in the arena they were parsed into and die with it.  Every function accepts
 * NULL and treats it like JSON null, because exports use null and absent alike.
 *
 * cJSON's memory hooks are set here, once; outside of parsing they are malloc and free, so writing
 * JSON with cJSON goes on as usual, in any thread.  Nobody else calls cJSON_InitHooks.
 */
struct cJSON;
typedef struct cJSON JsonValue;

bool json_is_object(const JsonValue *value);
bool json_is_array(const JsonValue *value);
bool json_is_text(const JsonValue *value);
bool json_is_null(const JsonValue *value); /* null or NULL */

/*
 * The member with exactly this name, or NULL.  Azure's tools spell a key in different cases (REST
 * camelCase, PowerShell PascalCase), hence the second form; it prefers the exact spelling.
 * Linear in the number of members: walk a large object with json_first and json_next instead.
 */
const JsonValue *json_member(const JsonValue *object, const char *name);
const JsonValue *json_member_any_case(const JsonValue *object, const char *name);

/* Follows names separated by dots, each in any case: "properties.permissions".  NULL if missing. */
const JsonValue *json_at(const JsonValue *value, const char *path);

/* Children in document order.  json_key is the member's name, NULL for elements of an array. */
const JsonValue *json_first(const JsonValue *value);
const JsonValue *json_next(const JsonValue *child);
const char *json_key(const JsonValue *child);
uint32_t json_count(const JsonValue *value);

/* The text of a string; NULL for anything else.  Lives as long as the value. */
const char *json_text(const JsonValue *value);

/* A boolean, or a string "true"/"false" in any case (PowerShell, Resource Graph write these). */
bool json_bool(const JsonValue *value, bool *result);
bool json_number(const JsonValue *value, double *result);

/* What the value is, for messages: `an object`, `"root"`, `null`.  Long texts are cut. */
const char *json_describe(const JsonValue *value, char *buffer, size_t buffer_bytes);

/*
 * Parses one complete JSON text strictly into `arena`: no trailing text, no NUL (raw or \u0000),
 * no duplicate keys, nesting at most JSON_MAX_DEPTH, well-formed UTF-8.  The error names the
 * offset.
 */
enum { JSON_MAX_DEPTH = 512 };
bool json_parse(Arena *arena, const char *text, size_t length_bytes, const JsonValue **value,
                Error *err);

#endif
