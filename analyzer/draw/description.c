#include "draw/description.h"

#include "base/clean.h"
#include "base/intern.h"
#include "input/json.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_BYTES = 80 };

#define SCHEMA_WORD "amlblast.picture/1"

/* Where a value stands, for messages; lives on the stack of the readers. */
typedef struct Place {
    const struct Place *up; /* NULL at the top */
    const char *member;     /* NULL in an array */
    uint32_t index;
} Place;

typedef struct Reader {
    Arena *arena;
    Picture *picture;
    Interner ids;
    ARRAY(uint32_t) items_by_id; /* index of the item with this id, NONE for boxes and lines */
    ARRAY(Item) items;
    uint32_t made_ids; /* given to boxes and lines that have none */
    Error *err;
} Reader;

typedef struct Member {
    const char *name;
    bool required;
} Member;

static void append_place(TextBuffer *out, const Place *place)
{
    if (!place)
        return;
    append_place(out, place->up);
    if (!place->member) {
        text_append_format(out, "[%u]", place->index);
        return;
    }
    text_append(out, place->up ? "." : "");
    text_append(out, place->member);
}

/* Returns false: "PLACE: expected WHAT, found VALUE". */
static bool refuse(Reader *reader, const Place *place, const char *expected, const JsonValue *value)
{
    char shown[SHOWN_BYTES];
    TextBuffer where = {0};
    text_append(&where, "");
    append_place(&where, place);
    json_describe(value, shown, sizeof shown);
    error_set(reader->err, "%s%sexpected %s, found %s", where.text, *where.text ? ": " : "",
              expected, value ? shown : "nothing");
    text_buffer_free(&where);
    return false;
}

static bool check_object(Reader *reader, const Place *place, const JsonValue *object,
                         const Member *members, size_t member_count)
{
    if (!json_is_object(object))
        return refuse(reader, place, "an object", object);
    for (const JsonValue *child = json_first(object); child; child = json_next(child)) {
        size_t i = 0;
        while (i < member_count && !text_equal(members[i].name, json_key(child)))
            i++;
        const Place at = {place, json_key(child), 0};
        if (i == member_count)
            return refuse(reader, &at, "no member of this name", child);
    }
    for (size_t i = 0; i < member_count; i++) {
        const Place at = {place, members[i].name, 0};
        if (members[i].required && !json_member(object, members[i].name))
            return refuse(reader, &at, "a value", NULL);
    }
    return true;
}

#define CHECK_OBJECT(reader, place, object, members)                                               \
    check_object(reader, place, object, members, sizeof(members) / sizeof *(members))

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static bool read_text_value(Reader *reader, const Place *place, const JsonValue *value,
                            const char **text)
{
    if (!json_is_text(value))
        return refuse(reader, place, "a text", value);
    if (count_characters(json_text(value)) > PICTURE_TEXT_CHARACTERS)
        return refuse(reader, place, "at most 4096 characters", value);
    *text = clean_copy(reader->arena, CLEAN_PLAIN, json_text(value));
    return true;
}

/* An absent member gives `absent`. */
static bool read_text_or(Reader *reader, const Place *place, const JsonValue *object,
                         const char *name, const char *absent, const char **text)
{
    const JsonValue *value = json_member(object, name);
    const Place at = {place, name, 0};
    *text = absent;
    return !value || read_text_value(reader, &at, value, text);
}

static bool read_text(Reader *reader, const Place *place, const JsonValue *object, const char *name,
                      const char **text)
{
    return read_text_or(reader, place, object, name, "", text);
}

static bool read_flag(Reader *reader, const Place *place, const JsonValue *object, const char *name,
                      bool *flag)
{
    const JsonValue *value = json_member(object, name);
    const Place at = {place, name, 0};
    *flag = false;
    if (value && (json_is_text(value) || !json_bool(value, flag)))
        return refuse(reader, &at, "true or false", value);
    return true;
}

/* Absent and null give 0. */
static bool read_count(Reader *reader, const Place *place, const JsonValue *object,
                       const char *name, uint32_t least, uint32_t most, uint32_t *count)
{
    const JsonValue *value = json_member(object, name);
    const Place at = {place, name, 0};
    double number = 0;
    *count = 0;
    if (json_is_null(value))
        return true;
    bool fits = json_number(value, &number) && number >= least && number <= most;
    if (!fits || number != (double)(uint32_t)number) {
        char expected[SHOWN_BYTES];
        snprintf(expected, sizeof expected, "a whole number from %u to %u", least, most);
        return refuse(reader, &at, expected, value);
    }
    *count = (uint32_t)number;
    return true;
}

/* The index of the text among `words`, or refuses and names them. */
static bool read_word(Reader *reader, const Place *place, const JsonValue *value,
                      const char *const *words, uint32_t word_count, uint32_t *index)
{
    const char *text = json_text(value);
    for (uint32_t i = 0; text && i < word_count; i++)
        if (text_equal(words[i], text)) {
            *index = i;
            return true;
        }
    TextBuffer expected = {0};
    text_append(&expected, "one of");
    for (uint32_t i = 0; i < word_count; i++)
        text_append_format(&expected, "%s %s", i ? "," : "", words[i]);
    refuse(reader, place, expected.text, value);
    text_buffer_free(&expected);
    return false;
}

static bool read_severity(Reader *reader, const Place *place, const JsonValue *object,
                          Severity *severity)
{
    const JsonValue *value = json_member(object, "severity");
    const Place at = {place, "severity", 0};
    const char *words[SEVERITY_COUNT];
    uint32_t index = SEVERITY_NONE;
    for (uint32_t i = 0; i < SEVERITY_COUNT; i++)
        words[i] = SEVERITY_LOOKS[i].word;
    if (value && !read_word(reader, &at, value, words, SEVERITY_COUNT, &index))
        return false;
    *severity = (Severity)index;
    return true;
}

static bool read_style(Reader *reader, const Place *place, const JsonValue *object, Style *style)
{
    const Place at = {place, "style", 0};
    const char *words[STYLE_COUNT];
    uint32_t index = 0;
    for (uint32_t i = 0; i < STYLE_COUNT; i++)
        words[i] = STYLE_LOOKS[i].word;
    if (!read_word(reader, &at, json_member(object, "style"), words, STYLE_COUNT, &index))
        return false;
    *style = (Style)index;
    return true;
}

/* An array of at most `most` elements, or absent; *first is its first element. */
static bool read_array(Reader *reader, const Place *at, const JsonValue *array, uint32_t most,
                       const JsonValue **first, uint32_t *count)
{
    *first = NULL;
    *count = 0;
    if (!array)
        return true;
    if (!json_is_array(array))
        return refuse(reader, at, "an array", array);
    *count = json_count(array);
    if (*count > most) {
        char expected[SHOWN_BYTES];
        snprintf(expected, sizeof expected, "at most %u elements", most);
        return refuse(reader, at, expected, array);
    }
    *first = json_first(array);
    return true;
}

static bool read_texts(Reader *reader, const Place *place, const JsonValue *object,
                       const char *name, uint32_t most, Texts *texts)
{
    const Place at = {place, name, 0};
    const JsonValue *value = NULL;
    if (!read_array(reader, &at, json_member(object, name), most, &value, &texts->count))
        return false;
    texts->items = arena_allocate(reader->arena, texts->count, sizeof *texts->items);
    for (uint32_t i = 0; value; i++, value = json_next(value)) {
        const Place element = {&at, NULL, i};
        if (!read_text_value(reader, &element, value, &texts->items[i]))
            return false;
    }
    return true;
}

/* [{label, text}], the second under the name `text_member`. */
static bool read_pairs(Reader *reader, const Place *place, const JsonValue *object,
                       const char *name, const char *text_member, uint32_t most, Pair **pairs,
                       uint32_t *count)
{
    const Member members[] = {{"label", true}, {text_member, true}};
    const Place at = {place, name, 0};
    const JsonValue *value = NULL;
    if (!read_array(reader, &at, json_member(object, name), most, &value, count))
        return false;
    *pairs = arena_allocate(reader->arena, *count, sizeof **pairs);
    for (uint32_t i = 0; value; i++, value = json_next(value)) {
        const Place element = {&at, NULL, i};
        if (!CHECK_OBJECT(reader, &element, value, members) ||
            !read_text(reader, &element, value, "label", &(*pairs)[i].label) ||
            !read_text(reader, &element, value, text_member, &(*pairs)[i].text))
            return false;
    }
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_letter_or_digit(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* Letters, digits and the characters of `others`, nothing else. */
static bool is_made_of(const char *text, size_t length_bytes, const char *others)
{
    for (size_t i = 0; i < length_bytes; i++)
        if (!is_letter_or_digit(text[i]) && !strchr(others, text[i]))
            return false;
    return true;
}

static bool is_id(const char *text)
{
    size_t length_bytes = strlen(text);
    return length_bytes <= PICTURE_ID_BYTES && is_letter(text[0]) &&
           is_made_of(text, length_bytes, "_-");
}

static bool is_file_stem(const char *text, size_t length_bytes)
{
    return length_bytes > 0 && length_bytes <= PICTURE_NAME_BYTES && is_letter_or_digit(text[0]) &&
           is_made_of(text, length_bytes, "._-");
}

/* "#anchor", or "file.svg" or "file.html" with an anchor or none. */
static bool is_link(const char *text)
{
    size_t file_bytes = strcspn(text, "#");
    const char *anchor = text[file_bytes] ? text + file_bytes + 1 : NULL;
    if (anchor && (!is_letter(anchor[0]) || strlen(anchor) > 2 * PICTURE_ID_BYTES ||
                   !is_made_of(anchor, strlen(anchor), "_-")))
        return false;
    if (file_bytes == 0)
        return anchor != NULL;
    bool picture = file_bytes > 4 && memcmp(text + file_bytes - 4, ".svg", 4) == 0;
    bool page = file_bytes > 5 && memcmp(text + file_bytes - 5, ".html", 5) == 0;
    return (picture || page) && is_file_stem(text, file_bytes);
}

/* Takes an id as used, so that no other may have it.  Without one, makes "_1", "_2", ... */
static bool claim_id(Reader *reader, const Place *place, const JsonValue *object, uint32_t item,
                     const char **id)
{
    const JsonValue *value = json_member(object, "id");
    const Place at = {place, "id", 0};
    const char *text = json_text(value);
    if (!value && item == NONE) {
        *id = arena_format(reader->arena, "_%u", ++reader->made_ids);
        return true;
    }
    if (!text || !is_id(text))
        return refuse(reader, &at, "a letter and up to 63 letters, digits, _ or -", value);
    if (interner_find(&reader->ids, text) != NONE)
        return refuse(reader, &at, "an id that nothing else has", value);
    intern(&reader->ids, text);
    ARRAY_PUSH(&reader->items_by_id, item);
    *id = arena_copy_text(reader->arena, text);
    return true;
}

static bool read_strips(Reader *reader, const Place *place, const JsonValue *object, Item *item)
{
    static const Member MEMBERS[] = {
        {"style", true}, {"step", false}, {"text", true}, {"by", false}};
    const Place at = {place, "strips", 0};
    const JsonValue *value = NULL;
    if (!read_array(reader, &at, json_member(object, "strips"), PICTURE_MOST_STRIPS, &value,
                    &item->strip_count))
        return false;
    item->strips = arena_allocate(reader->arena, item->strip_count, sizeof *item->strips);
    for (uint32_t i = 0; value; i++, value = json_next(value)) {
        const Place element = {&at, NULL, i};
        Strip *strip = &item->strips[i];
        if (!CHECK_OBJECT(reader, &element, value, MEMBERS) ||
            !read_style(reader, &element, value, &strip->style) ||
            !read_count(reader, &element, value, "step", 1, PICTURE_MOST_STEPS, &strip->step) ||
            !read_text(reader, &element, value, "text", &strip->text) ||
            !read_text(reader, &element, value, "by", &strip->by))
            return false;
    }
    return true;
}

static bool read_cell(Reader *reader, const Place *place, const JsonValue *value, TableCell *cell)
{
    static const Member MEMBERS[] = {{"severity", true}, {"text", true}};
    *cell = (TableCell){SEVERITY_NONE, NULL};
    if (json_is_null(value))
        return true;
    return CHECK_OBJECT(reader, place, value, MEMBERS) &&
           read_severity(reader, place, value, &cell->severity) &&
           read_text(reader, place, value, "text", &cell->text);
}

static bool read_row(Reader *reader, const Place *place, const JsonValue *object,
                     uint32_t cell_count, TableRow *row)
{
    static const Member MEMBERS[] = {
        {"name", true}, {"detail", false}, {"severity", false}, {"worst", false}, {"cells", true}};
    const Place at = {place, "cells", 0};
    const JsonValue *value = NULL;
    uint32_t count = 0;
    if (!CHECK_OBJECT(reader, place, object, MEMBERS) ||
        !read_text(reader, place, object, "name", &row->name) ||
        !read_text(reader, place, object, "detail", &row->detail) ||
        !read_text(reader, place, object, "worst", &row->worst) ||
        !read_severity(reader, place, object, &row->severity) ||
        !read_array(reader, &at, json_member(object, "cells"), PICTURE_MOST_TABLE_CELLS, &value,
                    &count))
        return false;
    if (count != cell_count)
        return refuse(reader, &at, "as many cells as headings", json_member(object, "cells"));
    row->cells = arena_allocate(reader->arena, count, sizeof *row->cells);
    for (uint32_t i = 0; value; i++, value = json_next(value)) {
        const Place element = {&at, NULL, i};
        if (!read_cell(reader, &element, value, &row->cells[i]))
            return false;
    }
    return true;
}

static bool read_table(Reader *reader, const Place *place, const JsonValue *object, Item *item)
{
    static const Member MEMBERS[] = {{"headings", true},
                                     {"rank_heading", false},
                                     {"name_heading", false},
                                     {"worst_heading", false},
                                     {"rows", true}};
    const JsonValue *value = json_member(object, "table");
    const Place at = {place, "table", 0};
    const Place rows_at = {&at, "rows", 0};
    if (!value)
        return true;
    Table *table = arena_allocate(reader->arena, 1, sizeof *table);
    const JsonValue *row = NULL;
    if (!CHECK_OBJECT(reader, &at, value, MEMBERS) ||
        !read_texts(reader, &at, value, "headings", PICTURE_MOST_TABLE_CELLS, &table->headings) ||
        !read_text_or(reader, &at, value, "rank_heading", "Risk", &table->rank_heading) ||
        !read_text_or(reader, &at, value, "name_heading", "Identity", &table->name_heading) ||
        !read_text_or(reader, &at, value, "worst_heading", "Worst thing it can do",
                      &table->worst_heading) ||
        !read_array(reader, &rows_at, json_member(value, "rows"), PICTURE_MOST_TABLE_ROWS, &row,
                    &table->row_count))
        return false;
    if (table->row_count == 0)
        return refuse(reader, &rows_at, "at least one row", json_member(value, "rows"));
    table->rows = arena_allocate(reader->arena, table->row_count, sizeof *table->rows);
    for (uint32_t i = 0; row; i++, row = json_next(row)) {
        const Place element = {&rows_at, NULL, i};
        if (!read_row(reader, &element, row, table->headings.count, &table->rows[i]))
            return false;
    }
    item->table = table;
    return true;
}

/* Which silhouettes a member means something for, one bit each. */
enum {
    FOR_CARDS = 1 << SILHOUETTE_IDENTITY | 1 << SILHOUETTE_FOCAL | 1 << SILHOUETTE_RESOURCE |
                1 << SILHOUETTE_GAIN | 1 << SILHOUETTE_STACK,
    FOR_EVIDENCE = 1 << SILHOUETTE_EVIDENCE,
    FOR_MATRIX = 1 << SILHOUETTE_MATRIX,
    FOR_ALL = FOR_CARDS | FOR_EVIDENCE | FOR_MATRIX
};

typedef struct ItemMember {
    const char *name;
    unsigned allowed_for;
    unsigned required_for;
} ItemMember;

static const ItemMember ITEM_MEMBERS[] = {
    {"id", FOR_ALL, FOR_ALL},
    {"silhouette", FOR_ALL, FOR_ALL},
    {"type", FOR_CARDS | FOR_EVIDENCE, 0},
    {"name", FOR_CARDS, FOR_CARDS},
    {"details", FOR_CARDS, 0},
    {"severity", FOR_CARDS & ~(1 << SILHOUETTE_GAIN), 0},
    {"crown", 1 << SILHOUETTE_RESOURCE, 0},
    {"count", 1 << SILHOUETTE_STACK, 1 << SILHOUETTE_STACK},
    {"strips", FOR_CARDS, 0},
    {"rows", FOR_EVIDENCE, 0},
    {"fix", FOR_EVIDENCE, 0},
    {"table", FOR_MATRIX, FOR_MATRIX},
    {"tooltip", FOR_ALL, 0},
    {"link", FOR_ALL, 0},
};

enum { ITEM_MEMBER_COUNT = sizeof ITEM_MEMBERS / sizeof *ITEM_MEMBERS };

static bool check_item_members(Reader *reader, const Place *place, const JsonValue *object,
                               Silhouette silhouette)
{
    Member members[ITEM_MEMBER_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < ITEM_MEMBER_COUNT; i++)
        if (ITEM_MEMBERS[i].allowed_for >> silhouette & 1)
            members[count++] =
                (Member){ITEM_MEMBERS[i].name, ITEM_MEMBERS[i].required_for >> silhouette & 1};
    return check_object(reader, place, object, members, count);
}

static bool read_link(Reader *reader, const Place *place, const JsonValue *object,
                      const char **link)
{
    const Place at = {place, "link", 0};
    if (!read_text(reader, place, object, "link", link))
        return false;
    if (**link && !is_link(*link))
        return refuse(reader, &at, "\"#anchor\" or a .svg or .html file name",
                      json_member(object, "link"));
    return true;
}

/* A name of nothing but spaces would leave a hole in the picture. */
static const char *visible_name(const Item *item)
{
    bool named = FOR_CARDS >> item->silhouette & 1;
    return named && strspn(item->name, " ") == strlen(item->name) ? "(no name)" : item->name;
}

static bool read_item(Reader *reader, const Place *place, const JsonValue *object, uint32_t *index)
{
    const Place silhouette_at = {place, "silhouette", 0};
    Item item = {.severity = SEVERITY_NONE};
    uint32_t silhouette = 0;
    *index = reader->items.count;
    if (!read_word(reader, &silhouette_at, json_member(object, "silhouette"), SILHOUETTE_WORDS,
                   SILHOUETTE_COUNT, &silhouette))
        return false;
    item.silhouette = (Silhouette)silhouette;
    if (!check_item_members(reader, place, object, item.silhouette) ||
        !claim_id(reader, place, object, *index, &item.id) ||
        !read_text(reader, place, object, "type", &item.type) ||
        !read_text(reader, place, object, "name", &item.name) ||
        !read_texts(reader, place, object, "details", PICTURE_MOST_DETAILS, &item.details) ||
        !read_severity(reader, place, object, &item.severity) ||
        !read_flag(reader, place, object, "crown", &item.crown) ||
        !read_count(reader, place, object, "count", 1, PICTURE_MOST_COUNT, &item.count) ||
        !read_strips(reader, place, object, &item) ||
        !read_pairs(reader, place, object, "rows", "text", PICTURE_MOST_ROWS, &item.rows,
                    &item.row_count) ||
        !read_texts(reader, place, object, "fix", PICTURE_MOST_FIXES, &item.fixes) ||
        !read_table(reader, place, object, &item) ||
        !read_text(reader, place, object, "tooltip", &item.tooltip) ||
        !read_link(reader, place, object, &item.link))
        return false;
    if (reader->items.count == PICTURE_MOST_ITEMS)
        return refuse(reader, place, "at most 400 items in a picture", object);
    item.name = visible_name(&item);
    ARRAY_PUSH(&reader->items, item);
    return true;
}

static bool read_scope(Reader *reader, const Place *place, const JsonValue *object, Box *box)
{
    static const Member MEMBERS[] = {{"id", false},  {"level", true}, {"type", false},
                                     {"name", true}, {"note", false}, {"tooltip", false}};
    uint32_t level = 0;
    if (!CHECK_OBJECT(reader, place, object, MEMBERS) ||
        !claim_id(reader, place, object, NONE, &box->id) ||
        !read_count(reader, place, object, "level", 1, 2, &level) ||
        !read_text(reader, place, object, "type", &box->type) ||
        !read_text(reader, place, object, "name", &box->name) ||
        !read_text(reader, place, object, "note", &box->note) ||
        !read_text(reader, place, object, "tooltip", &box->tooltip))
        return false;
    box->level = level == 2 ? 2 : 1;
    return true;
}

static bool read_elements(Reader *reader, const Place *place, const JsonValue *object,
                          uint32_t level, Elements *elements);

static bool read_box(Reader *reader, const Place *place, const JsonValue *object, uint32_t level,
                     Box *box)
{
    static const Member MEMBERS[] = {{"scope", true}, {"items", true}};
    const Place scope_at = {place, "scope", 0};
    if (level > PICTURE_MOST_BOX_LEVELS)
        return refuse(reader, place, "scope boxes at most 4 deep", object);
    return CHECK_OBJECT(reader, place, object, MEMBERS) &&
           read_scope(reader, &scope_at, json_member(object, "scope"), box) &&
           read_elements(reader, place, object, level, &box->elements);
}

static bool read_element(Reader *reader, const Place *place, const JsonValue *object,
                         uint32_t level, Element *element)
{
    *element = (Element){NONE, NULL};
    if (!json_is_object(object))
        return refuse(reader, place, "an object", object);
    if (!json_member(object, "scope"))
        return read_item(reader, place, object, &element->item);
    Box *box = arena_allocate(reader->arena, 1, sizeof *box);
    element->box = box;
    return read_box(reader, place, object, level + 1, box);
}

static bool read_elements(Reader *reader, const Place *place, const JsonValue *object,
                          uint32_t level, Elements *elements)
{
    const Place at = {place, "items", 0};
    const JsonValue *value = NULL;
    if (!read_array(reader, &at, json_member(object, "items"), PICTURE_MOST_ITEMS, &value,
                    &elements->count))
        return false;
    if (elements->count == 0)
        return refuse(reader, &at, "at least one item", json_member(object, "items"));
    elements->items = arena_allocate(reader->arena, elements->count, sizeof *elements->items);
    for (uint32_t i = 0; value; i++, value = json_next(value)) {
        const Place element = {&at, NULL, i};
        if (!read_element(reader, &element, value, level, &elements->items[i]))
            return false;
    }
    return true;
}

static bool read_columns(Reader *reader, const JsonValue *object)
{
    static const Member MEMBERS[] = {{"heading", false}, {"narrow", false}, {"items", true}};
    Picture *picture = reader->picture;
    const Place at = {NULL, "columns", 0};
    const JsonValue *value = NULL;
    if (!read_array(reader, &at, json_member(object, "columns"), PICTURE_MOST_COLUMNS, &value,
                    &picture->column_count))
        return false;
    if (picture->column_count == 0)
        return refuse(reader, &at, "at least one column", json_member(object, "columns"));
    picture->columns =
        arena_allocate(reader->arena, picture->column_count, sizeof *picture->columns);
    for (uint32_t i = 0; value; i++, value = json_next(value)) {
        const Place element = {&at, NULL, i};
        Column *column = &picture->columns[i];
        if (!CHECK_OBJECT(reader, &element, value, MEMBERS) ||
            !read_text(reader, &element, value, "heading", &column->heading) ||
            !read_flag(reader, &element, value, "narrow", &column->narrow) ||
            !read_elements(reader, &element, value, 0, &column->elements))
            return false;
    }
    return true;
}

static bool read_end(Reader *reader, const Place *place, const JsonValue *object, const char *name,
                     uint32_t *item)
{
    const JsonValue *value = json_member(object, name);
    const Place at = {place, name, 0};
    uint32_t id = json_text(value) ? interner_find(&reader->ids, json_text(value)) : NONE;
    *item = id == NONE ? NONE : reader->items_by_id.items[id];
    if (*item == NONE || reader->items.items[*item].silhouette == SILHOUETTE_EVIDENCE)
        return refuse(reader, &at, "the id of an item that is not evidence", value);
    if (text_equal(name, "from") && reader->items.items[*item].table)
        return refuse(reader, &at, "the id of a card", value);
    return true;
}

static bool read_line(Reader *reader, const Place *place, const JsonValue *object, Line *line)
{
    static const Member MEMBERS[] = {{"id", false},       {"from", true},  {"to", true},
                                     {"to_strip", false}, {"style", true}, {"back", false},
                                     {"tooltip", false}};
    const Place strip_at = {place, "to_strip", 0};
    if (!CHECK_OBJECT(reader, place, object, MEMBERS) ||
        !claim_id(reader, place, object, NONE, &line->id) ||
        !read_end(reader, place, object, "from", &line->from) ||
        !read_end(reader, place, object, "to", &line->to) ||
        !read_count(reader, place, object, "to_strip", 0, PICTURE_MOST_TABLE_ROWS,
                    &line->to_strip) ||
        !read_style(reader, place, object, &line->style) ||
        !read_flag(reader, place, object, "back", &line->back) ||
        !read_text(reader, place, object, "tooltip", &line->tooltip))
        return false;
    const Item *to = &reader->items.items[line->to];
    uint32_t ends = to->table ? to->table->row_count : to->strip_count;
    if (line->to_strip > 0 && line->to_strip >= ends)
        return refuse(reader, &strip_at, "the index of a strip or row of the item it goes to",
                      json_member(object, "to_strip"));
    return true;
}

static bool read_lines(Reader *reader, const JsonValue *object)
{
    Picture *picture = reader->picture;
    const Place at = {NULL, "lines", 0};
    const JsonValue *value = NULL;
    if (!read_array(reader, &at, json_member(object, "lines"), PICTURE_MOST_LINES, &value,
                    &picture->line_count))
        return false;
    picture->lines = arena_allocate(reader->arena, picture->line_count, sizeof *picture->lines);
    for (uint32_t i = 0; value; i++, value = json_next(value)) {
        const Place element = {&at, NULL, i};
        if (!read_line(reader, &element, value, &picture->lines[i]))
            return false;
    }
    return true;
}

static bool read_meanings(Reader *reader, const Place *place, const JsonValue *object)
{
    static const Member MEMBERS[] = {{"style", true}, {"text", true}};
    const Place at = {place, "lines", 0};
    const JsonValue *value = NULL;
    uint32_t count = 0;
    if (!read_array(reader, &at, json_member(object, "lines"), STYLE_COUNT, &value, &count))
        return false;
    for (uint32_t i = 0; value; i++, value = json_next(value)) {
        const Place element = {&at, NULL, i};
        Style style = STYLE_BEYOND;
        const char *text = NULL;
        if (!CHECK_OBJECT(reader, &element, value, MEMBERS) ||
            !read_style(reader, &element, value, &style) ||
            !read_text(reader, &element, value, "text", &text))
            return false;
        reader->picture->line_meanings[style] = text;
    }
    return true;
}

static bool read_key(Reader *reader, const Place *place, const JsonValue *object)
{
    static const Member MEMBERS[] = {{"severity", true}, {"text", true}};
    Picture *picture = reader->picture;
    const Place at = {place, "key", 0};
    const JsonValue *value = NULL;
    if (!read_array(reader, &at, json_member(object, "key"), SEVERITY_NONE, &value,
                    &picture->key_count))
        return false;
    picture->key = arena_allocate(reader->arena, picture->key_count, sizeof *picture->key);
    for (uint32_t i = 0; value; i++, value = json_next(value)) {
        const Place element = {&at, NULL, i};
        if (!CHECK_OBJECT(reader, &element, value, MEMBERS) ||
            !read_severity(reader, &element, value, &picture->key[i].severity) ||
            !read_text(reader, &element, value, "text", &picture->key[i].text))
            return false;
        if (picture->key[i].severity == SEVERITY_NONE)
            return refuse(reader, &element, "a severity other than none", value);
    }
    return true;
}

static bool read_legend(Reader *reader, const JsonValue *object)
{
    static const Member MEMBERS[] = {{"sentence", false}, {"key", false}, {"lines", false}};
    const JsonValue *legend = json_member(object, "legend");
    const Place at = {NULL, "legend", 0};
    for (uint32_t i = 0; i < STYLE_COUNT; i++)
        reader->picture->line_meanings[i] = STYLE_LOOKS[i].meaning;
    reader->picture->sentence = "";
    if (!legend)
        return true;
    return CHECK_OBJECT(reader, &at, legend, MEMBERS) &&
           read_text(reader, &at, legend, "sentence", &reader->picture->sentence) &&
           read_key(reader, &at, legend) && read_meanings(reader, &at, legend);
}

static bool read_worst(Reader *reader, const JsonValue *object)
{
    static const Member MEMBERS[] = {{"severity", true}, {"text", true}};
    const JsonValue *worst = json_member(object, "worst");
    const Place at = {NULL, "worst", 0};
    reader->picture->worst_severity = SEVERITY_NONE;
    reader->picture->worst = "";
    if (!worst)
        return true;
    if (!CHECK_OBJECT(reader, &at, worst, MEMBERS) ||
        !read_severity(reader, &at, worst, &reader->picture->worst_severity) ||
        !read_text(reader, &at, worst, "text", &reader->picture->worst))
        return false;
    if (reader->picture->worst_severity > SEVERITY_LOW)
        return refuse(reader, &at, "severity critical, high, medium or low", worst);
    return true;
}

static bool read_head(Reader *reader, const JsonValue *object)
{
    Picture *picture = reader->picture;
    const Place schema_at = {NULL, "schema", 0};
    const Place name_at = {NULL, "name", 0};
    const Place kind_at = {NULL, "kind", 0};
    const Place prefix_at = {NULL, "id_prefix", 0};
    uint32_t kind = 0;
    if (!text_equal(json_text(json_member(object, "schema")), SCHEMA_WORD))
        return refuse(reader, &schema_at, "\"" SCHEMA_WORD "\"", json_member(object, "schema"));
    if (!read_text(reader, NULL, object, "name", &picture->name) ||
        !read_text(reader, NULL, object, "id_prefix", &picture->id_prefix) ||
        !read_word(reader, &kind_at, json_member(object, "kind"), PICTURE_KIND_WORDS,
                   PICTURE_KIND_COUNT, &kind))
        return false;
    picture->kind = (PictureKind)kind;
    if (!is_file_stem(picture->name, strlen(picture->name)))
        return refuse(reader, &name_at,
                      "a letter or digit and up to 119 letters, digits, dots, _ or -",
                      json_member(object, "name"));
    size_t prefix_bytes = strlen(picture->id_prefix);
    if (prefix_bytes > 0 && (prefix_bytes > 17 || !is_letter(picture->id_prefix[0]) ||
                             !is_made_of(picture->id_prefix, prefix_bytes - 1, "") ||
                             picture->id_prefix[prefix_bytes - 1] != '-'))
        return refuse(reader, &prefix_at, "a letter, up to 15 letters or digits and \"-\"",
                      json_member(object, "id_prefix"));
    return true;
}

static bool read_picture(Reader *reader, const JsonValue *object)
{
    static const Member MEMBERS[] = {
        {"schema", true},  {"name", true},        {"kind", true},   {"id_prefix", false},
        {"title", true},   {"subtitle", false},   {"worst", false}, {"description", true},
        {"facts", false},  {"incomplete", false}, {"lines", false}, {"columns", true},
        {"legend", false},
    };
    Picture *picture = reader->picture;
    return CHECK_OBJECT(reader, NULL, object, MEMBERS) && read_head(reader, object) &&
           read_text(reader, NULL, object, "title", &picture->title) &&
           read_text(reader, NULL, object, "subtitle", &picture->subtitle) &&
           read_text(reader, NULL, object, "description", &picture->description) &&
           read_worst(reader, object) &&
           read_pairs(reader, NULL, object, "facts", "value", PICTURE_MOST_FACTS, &picture->facts,
                      &picture->fact_count) &&
           read_texts(reader, NULL, object, "incomplete", PICTURE_MOST_NOTES,
                      &picture->incomplete) &&
           read_columns(reader, object) && read_lines(reader, object) &&
           read_legend(reader, object);
}

/* A copy in which every byte that is not well-formed UTF-8 is U+FFFD. */
static const char *repair_utf8(Arena *arena, const char *text, size_t *length_bytes)
{
    TextBuffer repaired = {0};
    text_append(&repaired, "");
    for (size_t at = 0; at < *length_bytes;) {
        size_t sequence_bytes = text_utf8_sequence(text + at, *length_bytes - at);
        if (sequence_bytes)
            text_append_bytes(&repaired, text + at, sequence_bytes);
        else
            text_append(&repaired, "\xef\xbf\xbd");
        at += sequence_bytes ? sequence_bytes : 1;
    }
    *length_bytes = repaired.length_bytes;
    const char *copy = arena_copy_bytes(arena, repaired.text, repaired.length_bytes);
    text_buffer_free(&repaired);
    return copy;
}

bool description_read(Arena *arena, const char *text, size_t length_bytes, Picture *picture,
                      Error *err)
{
    const JsonValue *object = NULL;
    if (length_bytes > DESCRIPTION_BYTES)
        return error_set(err, "expected at most %d bytes, found %zu", DESCRIPTION_BYTES,
                         length_bytes);
    text = repair_utf8(arena, text, &length_bytes);
    if (!json_parse(arena, text, length_bytes, &object, err))
        return false;
    Picture read = {0};
    Reader reader = {
        .arena = arena, .picture = &read, .ids = interner_new(CASE_MATTERS), .err = err};
    bool good = read_picture(&reader, object);
    read.item_count = reader.items.count;
    read.items = arena_allocate(arena, reader.items.count, sizeof *read.items);
    if (good && reader.items.count > 0)
        memcpy(read.items, reader.items.items, reader.items.count * sizeof *read.items);
    if (good)
        *picture = read;
    interner_free(&reader.ids);
    ARRAY_FREE(&reader.items);
    ARRAY_FREE(&reader.items_by_id);
    return good;
}
