#include "snapshot/fields.h"

#include "base/array.h"
#include "base/memory.h"
#include "base/text.h"
#include "input/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_TABLE_BYTES = 64 * 1024 * 1024 };

static const char FIELDS_SCHEMA[] = "amlblast.resource-fields/1";

/* A row of the file before the rows are grouped by type. */
typedef struct FieldRow {
    uint32_t type;
    uint32_t order; /* in the file: rows of one type keep it */
    Field field;
} FieldRow;

static bool read_whole_file(const char *path, TextBuffer *text, Error *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(err, "%s: cannot be opened: %s", path, strerror(errno));
    char block[64 * 1024];
    size_t length;
    while ((length = fread(block, 1, sizeof block, file)) > 0 &&
           text->length_bytes < LARGEST_TABLE_BYTES)
        text_append_bytes(text, block, length);
    bool whole = !ferror(file) && feof(file);
    fclose(file);
    return whole || error_set(err, "%s: cannot be read to its end", path);
}

/* "schedules[]" is one step that walks the elements; "{}" one that walks the members. */
static FieldStep parse_step(FieldTable *table, const char *text, size_t length)
{
    if (length == 2 && memcmp(text, "{}", 2) == 0)
        return (FieldStep){NULL, STEP_EACH_MEMBER};
    bool each = length > 2 && memcmp(text + length - 2, "[]", 2) == 0;
    return (FieldStep){arena_copy_bytes(&table->arena, text, each ? length - 2 : length),
                       each ? STEP_EACH_ELEMENT : STEP_MEMBER};
}

static FieldPath parse_path(FieldTable *table, const char *text)
{
    FieldPath path = {.text = arena_copy_text(&table->arena, text), .step_count = 1};
    for (const char *at = text; *at; at++)
        path.step_count += *at == '.';
    path.steps = arena_allocate(&table->arena, path.step_count, sizeof *path.steps);
    for (uint32_t i = 0; i < path.step_count; i++) {
        size_t length = strcspn(text, ".");
        path.steps[i] = parse_step(table, text, length);
        text += length + 1;
    }
    return path;
}

static bool parse_kind(const char *text, FieldKind *kind)
{
    static const char *const names[] = {
        [FIELD_TEXT] = "text", [FIELD_BOOL] = "bool", [FIELD_ID] = "id", [FIELD_LIST] = "list"};
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_equal(text, names[i])) {
            *kind = (FieldKind)i;
            return true;
        }
    return false;
}

static bool parse_paths(FieldTable *table, const JsonValue *paths, Field *field)
{
    uint32_t count = json_is_array(paths) ? json_count(paths) : 0;
    field->paths = arena_allocate(&table->arena, count, sizeof *field->paths);
    for (const JsonValue *path = json_first(paths); count && path; path = json_next(path)) {
        if (text_is_empty(json_text(path)))
            return false;
        field->paths[field->path_count++] = parse_path(table, json_text(path));
    }
    return count > 0;
}

static bool parse_row(FieldTable *table, const JsonValue *value, FieldRow *row, Error *err)
{
    const char *type = json_text(json_member(value, "type"));
    const char *property = json_text(json_member(value, "property"));
    if (text_is_empty(type) || text_is_empty(property))
        return error_set(err, "/type, /property: expected two texts");
    if (!parse_kind(json_text(json_member(value, "kind")), &row->field.kind))
        return error_set(err, "/kind: expected \"text\", \"bool\", \"id\" or \"list\"");
    if (!parse_paths(table, json_member(value, "paths"), &row->field))
        return error_set(err, "/paths: expected a list of paths");
    uint32_t name = intern(&table->names, property);
    if (name > UINT16_MAX)
        return error_set(err, "/property: more than %d names", UINT16_MAX);
    row->field.name = (uint16_t)name;
    row->type = intern(&table->types, type);
    return true;
}

static int by_type_then_order(const void *left, const void *right)
{
    const FieldRow *a = left;
    const FieldRow *b = right;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static void group_by_type(FieldTable *table, FieldRow *rows, uint32_t count)
{
    qsort(rows, count, sizeof *rows, by_type_then_order);
    table->fields = arena_allocate(&table->arena, count, sizeof *table->fields);
    table->first_field =
        arena_allocate(&table->arena, table->types.count + 1, sizeof *table->first_field);
    table->field_count = count;
    uint32_t at = 0;
    for (uint32_t type = 0; type <= table->types.count; type++) {
        while (at < count && rows[at].type < type)
            at++;
        table->first_field[type] = at;
    }
    for (uint32_t i = 0; i < count; i++)
        table->fields[i] = rows[i].field;
}

static bool parse_table(FieldTable *table, const JsonValue *root, Error *err)
{
    const JsonValue *fields = json_member(root, "fields");
    if (!text_equal(json_text(json_member(root, "schema")), FIELDS_SCHEMA))
        return error_set(err, "/schema: expected \"%s\"", FIELDS_SCHEMA);
    if (!json_is_array(fields))
        return error_set(err, "/fields: expected a list");
    uint32_t count = json_count(fields);
    FieldRow *rows = memory_allocate(count, sizeof *rows);
    uint32_t i = 0;
    bool good = true;
    for (const JsonValue *row = json_first(fields); good && row; row = json_next(row), i++) {
        rows[i].order = i;
        good = parse_row(table, row, &rows[i], err);
    }
    if (good)
        group_by_type(table, rows, count);
    else {
        char where[32];
        snprintf(where, sizeof where, "/fields/%u", (unsigned)i - 1);
        error_prefix(err, where);
    }
    free(rows);
    return good;
}

bool fields_load(FieldTable *table, const char *data_dir, Error *err)
{
    FieldTable fresh = {.names = interner_new(CASE_MATTERS), .types = interner_new(CASE_IGNORED)};
    TextBuffer text = {0};
    TextBuffer path = {0};
    Arena arena = {0};
    const JsonValue *root;
    text_append_format(&path, "%s/resource-fields.json", data_dir);
    bool good = read_whole_file(path.text, &text, err);
    if (good) {
        good = json_parse(&arena, text.text ? text.text : "", text.length_bytes, &root, err) &&
               parse_table(&fresh, root, err);
        if (!good)
            error_prefix(err, path.text);
    }
    arena_free(&arena);
    text_buffer_free(&text);
    text_buffer_free(&path);
    if (good)
        *table = fresh;
    else
        fields_free(&fresh);
    return good;
}

void fields_free(FieldTable *table)
{
    interner_free(&table->names);
    interner_free(&table->types);
    arena_free(&table->arena);
    *table = (FieldTable){0};
}

uint32_t field_name_find(const FieldTable *table, const char *name)
{
    return interner_find(&table->names, name);
}

const Field *fields_of_type(const FieldTable *table, const char *type, uint32_t *count)
{
    uint32_t id = interner_find(&table->types, type);
    *count = id == NONE ? 0 : table->first_field[id + 1] - table->first_field[id];
    return *count ? &table->fields[table->first_field[id]] : NULL;
}
