#include "report/json_writer.h"

#include "base/clean.h"
#include "base/memory.h"

#include <yajl/yajl_gen.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than any object this program writes; json_open_object and json_open_array assert it. */
enum { MOST_LEVELS = 32 };

struct JsonWriter {
    yajl_gen generator;
    FILE *stream;
    TextBuffer cleaned;
    bool is_array[MOST_LEVELS];
    uint32_t level_count;
    bool opening; /* the innermost was opened and nothing stands in it: yajl was not told yet */
    JsonLayout layout;
};

static void write_piece(void *context, const char *piece, size_t length_bytes)
{
    JsonWriter *writer = context;
    (void)fwrite(piece, 1, length_bytes, writer->stream); /* the stream keeps the error */
}

/* Only a misuse of this module makes yajl refuse. */
static void expect_ok(yajl_gen_status status)
{
    assert(status == yajl_gen_status_ok);
    (void)status;
}

JsonWriter *json_writer_new(FILE *stream, JsonLayout layout)
{
    JsonWriter *writer = memory_allocate(1, sizeof *writer);
    writer->stream = stream;
    writer->layout = layout;
    writer->generator = yajl_gen_alloc(NULL);
    if (!writer->generator)
        memory_exhausted();
    yajl_gen_config(writer->generator, yajl_gen_print_callback, write_piece, writer);
    yajl_gen_config(writer->generator, yajl_gen_beautify, (int)(layout == JSON_INDENTED));
    yajl_gen_config(writer->generator, yajl_gen_indent_string, " ");
    return writer;
}

void json_writer_free(JsonWriter *writer)
{
    assert(writer->level_count == 0);
    if (writer->layout == JSON_ONE_LINE)
        (void)fputc('\n', writer->stream); /* an indented text ends in one already */
    yajl_gen_free(writer->generator);
    text_buffer_free(&writer->cleaned);
    free(writer);
}

static void open_now(JsonWriter *writer)
{
    if (!writer->opening)
        return;
    writer->opening = false;
    expect_ok(writer->is_array[writer->level_count - 1] ? yajl_gen_array_open(writer->generator)
                                                        : yajl_gen_map_open(writer->generator));
}

static void enter(JsonWriter *writer, bool is_array)
{
    assert(writer->level_count < MOST_LEVELS);
    open_now(writer);
    writer->is_array[writer->level_count++] = is_array;
    writer->opening = true;
}

void json_open_object(JsonWriter *writer)
{
    enter(writer, false);
}

void json_open_array(JsonWriter *writer)
{
    enter(writer, true);
}

void json_end(JsonWriter *writer)
{
    assert(writer->level_count > 0);
    bool is_array = writer->is_array[--writer->level_count];
    if (writer->opening) /* yajl would print an empty line in it; a number it prints as it is */
        expect_ok(yajl_gen_number(writer->generator, is_array ? "[]" : "{}", 2));
    else
        expect_ok(is_array ? yajl_gen_array_close(writer->generator)
                           : yajl_gen_map_close(writer->generator));
    writer->opening = false;
}

static void write_string(JsonWriter *writer, const char *text, size_t length_bytes)
{
    open_now(writer);
    expect_ok(yajl_gen_string(writer->generator, (const unsigned char *)text, length_bytes));
}

/* Keys can come from the input too: resource types. */
void json_add_key(JsonWriter *writer, const char *key)
{
    json_add_text(writer, key);
}

void json_add_text(JsonWriter *writer, const char *text)
{
    if (!text) {
        json_add_null(writer);
        return;
    }
    text_buffer_clear(&writer->cleaned);
    clean_append(&writer->cleaned, CLEAN_PLAIN, text);
    write_string(writer, writer->cleaned.text, writer->cleaned.length_bytes);
}

void json_add_number(JsonWriter *writer, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    open_now(writer);
    expect_ok(yajl_gen_number(writer->generator, digits, (size_t)length));
}

void json_add_bool(JsonWriter *writer, bool value)
{
    open_now(writer);
    expect_ok(yajl_gen_bool(writer->generator, value));
}

void json_add_null(JsonWriter *writer)
{
    open_now(writer);
    expect_ok(yajl_gen_null(writer->generator));
}

void json_put_text(JsonWriter *writer, const char *key, const char *text)
{
    json_add_key(writer, key);
    json_add_text(writer, text);
}

void json_put_number(JsonWriter *writer, const char *key, uint64_t number)
{
    json_add_key(writer, key);
    json_add_number(writer, number);
}

void json_put_bool(JsonWriter *writer, const char *key, bool value)
{
    json_add_key(writer, key);
    json_add_bool(writer, value);
}

void json_put_object(JsonWriter *writer, const char *key)
{
    json_add_key(writer, key);
    json_open_object(writer);
}

void json_put_array(JsonWriter *writer, const char *key)
{
    json_add_key(writer, key);
    json_open_array(writer);
}
