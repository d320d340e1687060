#include "out.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yajl/yajl_gen.h>

struct Out {
    Path path;
    FILE *file;
    yajl_gen json;
};

static _Noreturn void fail(const char *path)
{
    fprintf(stderr, "gen-tenant: %s: %s\n", path, strerror(errno));
    exit(5);
}

static void write_bytes(void *context, const char *bytes, size_t length_bytes)
{
    Out *out = context;
    if (fwrite(bytes, 1, length_bytes, out->file) != length_bytes)
        fail(out->path.text);
}

static Path path_below(const char *directory, const char *name)
{
    Path path;
    int length = snprintf(path.text, sizeof path.text, "%s/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof path.text) {
        errno = ENAMETOOLONG;
        fail(directory);
    }
    return path;
}

Path make_directory(const char *parent, const char *name)
{
    Path path = path_below(parent, name);
    if (mkdir(path.text, 0755) != 0 && errno != EEXIST)
        fail(path.text);
    return path;
}

Out *out_open(const char *directory, const char *name)
{
    Out *out = memory_allocate(1, sizeof *out);
    out->path = path_below(directory, name);
    out->file = fopen(out->path.text, "w");
    if (out->file == NULL)
        fail(out->path.text);
    out->json = yajl_gen_alloc(NULL);
    yajl_gen_config(out->json, yajl_gen_beautify, 1);
    yajl_gen_config(out->json, yajl_gen_indent_string, "  ");
    yajl_gen_config(out->json, yajl_gen_print_callback, write_bytes, out);
    return out;
}

void out_close(Out *out)
{
    if (fclose(out->file) != 0)
        fail(out->path.text);
    yajl_gen_free(out->json);
    free(out);
}

static void put_text(Out *out, const char *text)
{
    yajl_gen_string(out->json, (const unsigned char *)text, strlen(text));
}

static void put_key(Out *out, const char *key)
{
    if (key != NULL)
        put_text(out, key);
}

void out_object(Out *out, const char *key)
{
    put_key(out, key);
    yajl_gen_map_open(out->json);
}

void out_list(Out *out, const char *key)
{
    put_key(out, key);
    yajl_gen_array_open(out->json);
}

void out_end_object(Out *out)
{
    yajl_gen_map_close(out->json);
}

void out_end_list(Out *out)
{
    yajl_gen_array_close(out->json);
}

void out_text(Out *out, const char *key, const char *value)
{
    if (value == NULL) {
        out_null(out, key);
        return;
    }
    put_key(out, key);
    put_text(out, value);
}

void out_bool(Out *out, const char *key, bool value)
{
    put_key(out, key);
    yajl_gen_bool(out->json, value);
}

void out_number(Out *out, const char *key, uint32_t value)
{
    put_key(out, key);
    yajl_gen_integer(out->json, value);
}

void out_null(Out *out, const char *key)
{
    put_key(out, key);
    yajl_gen_null(out->json);
}

void out_texts(Out *out, const char *key, const char *values)
{
    out_list(out, key);
    while (*values != '\0') {
        size_t length = strcspn(values, "|");
        yajl_gen_string(out->json, (const unsigned char *)values, length);
        values += length + (values[length] == '|');
    }
    out_end_list(out);
}
