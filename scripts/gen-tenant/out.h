#ifndef GEN_TENANT_OUT_H
#define GEN_TENANT_OUT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A JSON file being written, indented by two spaces like `az ... -o json`.  Inside an object every
 * call names its key; inside a list the key is NULL.  The program ends with a message when a file
 * cannot be written.
 */
typedef struct Out Out;

Out *out_open(const char *directory, const char *name);
void out_close(Out *out);

void out_object(Out *out, const char *key); /* begins one */
void out_list(Out *out, const char *key);
void out_end_object(Out *out);
void out_end_list(Out *out);

void out_text(Out *out, const char *key, const char *value); /* NULL gives null */
void out_bool(Out *out, const char *key, bool value);
void out_number(Out *out, const char *key, uint32_t value);
void out_null(Out *out, const char *key);

/* A list of texts, separated by "|" in `values`; "" gives an empty list. */
void out_texts(Out *out, const char *key, const char *values);

typedef struct Path {
    char text[PATH_MAX];
} Path;

/* Makes the directory `name` in `parent`; one that is there already is fine.  Ends the program with
   a message when that fails or the path is too long. */
Path make_directory(const char *parent, const char *name);

#endif
