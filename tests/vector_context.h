#ifndef TESTS_VECTOR_CONTEXT_H
#define TESTS_VECTOR_CONTEXT_H

#include "access/condition.h"

#include <cjson/cJSON.h>

/*
 * Reads the JSON of RBAC test vectors: a file {"vectors": [...]} of objects with an id, a kind,
 * inputs and "expect": true, false or "unknown".  A broken file is an error message and NULL or
 * ends the test program; these files are trusted.
 */

/* The parsed file (cJSON_Delete it), or NULL if there is no such file. */
cJSON *vector_file_read(const char *path);

/* The text member `name`, or "" if it is missing. */
const char *vector_text(const cJSON *vector, const char *name);

Tri vector_expected(const cJSON *vector);
const char *tri_name(Tri tri);

/*
 * The context of a vector: its "action", and from its "ctx" the members subOperations (missing:
 * not known) and request, resource, principal and environment, each an object of attribute name to
 * value: a text, number or boolean, an array of these, or null (known to be absent).  Allocated in
 * the arena; texts are borrowed from `vector`.
 */
ConditionContext vector_context(Arena *arena, const cJSON *vector);

#endif
