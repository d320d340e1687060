#include "input/reader.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_MISTAKES = 100, MOST_FLATTENED_LISTS = 32 };

RecordPlace place_here(const Reader *reader, const Window *window, const char *container,
                       uint32_t index)
{
    return (RecordPlace){reader->file, window->line, index, container};
}

void problem(Reader *reader, InputProblemKind kind, RecordPlace place, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (kind == PROBLEM_TORN || kind == PROBLEM_SYNTAX || kind == PROBLEM_TRAILING_TEXT ||
        kind == PROBLEM_LIMIT || kind == PROBLEM_READ)
        reader->result->complete = false;
    InputProblem told = {kind, place, message};
    reader->handler->problem(reader->handler->context, &told);
}

bool count_mistake(Reader *reader, RecordPlace place)
{
    if (++reader->mistakes < MOST_MISTAKES)
        return true;
    reader->stopped = true;
    problem(reader, PROBLEM_LIMIT, place, "not JSON in %d places: the rest was not read",
            MOST_MISTAKES);
    return false;
}

const char *describe_byte(int byte, char buffer[DESCRIBED_BYTE])
{
    if (byte < 0)
        return "the end of the element";
    if (byte > 0x20 && byte < 0x7f)
        snprintf(buffer, DESCRIBED_BYTE, "'%c'", byte);
    else
        snprintf(buffer, DESCRIBED_BYTE, "the byte 0x%02x", (unsigned)byte & 0xff);
    return buffer;
}

bool syntax_problem(Reader *reader, RecordPlace place, const char *expected, int found)
{
    char buffer[DESCRIBED_BYTE];
    problem(reader, PROBLEM_SYNTAX, place, "expected %s, found %s", expected,
            describe_byte(found, buffer));
    return count_mistake(reader, place);
}

bool torn(Reader *reader, const Window *window, RecordPlace place, const char *inside)
{
    if (!window->decoder) {
        syntax_problem(reader, place, inside, -1);
        return false;
    }
    reader->stopped = true;
    if (!reader->source.cut_short)
        problem(reader, PROBLEM_TORN, place, "the file ends too early: expected %s", inside);
    return false;
}

bool begins_value(int c)
{
    return c > 0 && strchr("{[\"-0123456789tfn", c);
}

static void note_repair(Repairs *repairs, uint32_t count, RecordPlace place)
{
    if (count && !repairs->count)
        repairs->first = place;
    repairs->count += count;
}

void note_controls(Reader *reader, uint32_t count, RecordPlace place)
{
    note_repair(&reader->controls, count, place);
}

size_t repaired(Reader *reader, char *text, const Scan *scan, RecordPlace place)
{
    note_repair(&reader->line_breaks, scan->line_breaks, place);
    note_repair(&reader->controls, scan->controls, place);
    note_repair(&reader->lone_surrogates, scan->lone_surrogates, place);
    if (!scan->line_breaks && !scan->lone_surrogates)
        return scan->length_bytes;
    return scan_repair(text, scan->length_bytes);
}

bool refuse_fault(Reader *reader, const char *text, const Scan *scan, RecordPlace place)
{
    bool is_json = scan->fault < SCAN_CONTROL;
    if (!is_json)
        place.line += scan_count_newlines(text, scan->fault_at);
    problem(reader, is_json ? PROBLEM_ELEMENT : PROBLEM_SYNTAX, place, "refused: %s",
            scan_fault_text(scan->fault));
    return is_json || count_mistake(reader, place);
}

bool refuse_size(Reader *reader, RecordPlace place)
{
    problem(reader, PROBLEM_ELEMENT, place, "refused: larger than the limit of %" PRIu64 " bytes",
            reader->largest_element_bytes);
    return true;
}

JsonValue *build(Reader *reader, Arena *arena, const char *text, size_t length_bytes,
                 RecordPlace place)
{
    JsonValue *value = NULL;
    size_t wrong_at = 0;
    const char *repeated = NULL;
    if (json_build(arena, text, length_bytes, &value, &wrong_at, &repeated))
        return value;
    if (repeated) {
        problem(reader, PROBLEM_ELEMENT, place, "refused: the key \"%.100s\" twice in one object",
                repeated);
        return NULL;
    }
    place.line += scan_count_newlines(text, wrong_at);
    int found = wrong_at < length_bytes ? (unsigned char)text[wrong_at] : -1;
    syntax_problem(reader, place, "JSON", found);
    return NULL;
}

/* Turns the array of a table's row into an object, in place. */
static bool name_cells(Reader *reader, JsonValue *row, const ListContext *context,
                       RecordPlace place)
{
    uint32_t cell_count = json_count(row);
    if (!cJSON_IsArray(row) || cell_count != context->column_count) {
        problem(reader, PROBLEM_ELEMENT, place, "refused: expected a row of %u cells, found %u",
                context->column_count, cell_count);
        return false;
    }
    uint32_t column = 0;
    for (cJSON *cell = row->child; cell; cell = cell->next)
        cell->string = arena_copy_text(&reader->element_arena, context->columns[column++]);
    row->type = cJSON_Object;
    return true;
}

void hand_out_value(Reader *reader, const JsonValue *value, RecordPlace place)
{
    InputRecord record = {place, reader->document, value, reader->envelope};
    reader->element_count++;
    reader->handler->record(reader->handler->context, &record);
}

bool hand_out(Reader *reader, char *text, const Scan *scan, RecordPlace place,
              const ListContext *context)
{
    if (scan->fault)
        return refuse_fault(reader, text, scan, place);
    arena_reset(&reader->element_arena);
    size_t length_bytes = repaired(reader, text, scan, place);
    JsonValue *value = build(reader, &reader->element_arena, text, length_bytes, place);
    if (!value || (context && context->columns && !name_cells(reader, value, context, place)))
        return !reader->stopped;
    hand_out_value(reader, value, place);
    return true;
}

/* A response of a batch lies in the window as a whole: its records come out of it. */
static bool hand_out_response(Reader *reader, char *text, Scan *scan, RecordPlace place,
                              const ListContext *context)
{
    Scan clean = {.fault = scan->fault, .fault_at = scan->fault_at, .controls = scan->controls};
    scan->controls = 0; /* to be counted where they are handed out */
    clean.length_bytes = repaired(reader, text, scan, place);
    if (read_response(reader, text, clean.length_bytes, place))
        return !reader->stopped;
    return hand_out(reader, text, &clean, place, context);
}

static bool read_element(Reader *reader, Window *window, const ListContext *context, uint32_t index)
{
    RecordPlace place = place_here(reader, window, context->container, index);
    Scan scan;
    Measured measured = window_measure(window, reader->largest_element_bytes, &scan);
    if (measured == MEASURED_CUT)
        return torn(reader, window, place, "the rest of this element");
    if (measured == MEASURED_TOO_LARGE)
        return refuse_size(reader, place) &&
               (window_skip_item(window, ']') ||
                torn(reader, window, place, "the rest of this element"));
    char *text = window->bytes + window->begin;
    bool going_on = context->kind == LIST_RESPONSES
                        ? hand_out_response(reader, text, &scan, place, context)
                        : hand_out(reader, text, &scan, place, context);
    window_take(window, scan.length_bytes, scan.newlines);
    return going_on;
}

static bool read_item(Reader *reader, Window *window, const ListContext *context, uint32_t index)
{
    bool is_list = window_peek(window) == '[' && context->kind == LIST_RECORDS;
    if (!is_list || context->nesting == MOST_FLATTENED_LISTS)
        return read_element(reader, window, context, index);
    TextBuffer pointer = {0};
    text_append_format(&pointer, "%s/%u", context->container, index);
    ListContext inner = *context;
    inner.container = list_container(reader->list, pointer.text);
    inner.nesting++;
    text_buffer_free(&pointer);
    window_take(window, 1, 0);
    return read_list(reader, window, &inner);
}

/* From behind an item to the next one.  *more is false when the list ended instead. */
static bool next_item(Reader *reader, Window *window, const ListContext *context, uint32_t index,
                      bool *more)
{
    int c = window_peek(window);
    RecordPlace place = place_here(reader, window, context->container, index);
    *more = c != ']';
    if (c < 0)
        return torn(reader, window, place, "',' or ']'");
    if (c == ',' || c == ']') {
        window_take(window, 1, 0);
        return true;
    }
    if (!syntax_problem(reader, place, "',' or ']'", c))
        return false;
    if (c == '{' || c == '[')
        return true; /* only the comma is missing */
    if (!window_skip_item(window, ']'))
        return torn(reader, window, place, "',' or ']'");
    *more = window_peek(window) == ',';
    window_take(window, 1, 0);
    return true;
}

void begin_document(Reader *reader)
{
    reader->document += reader->any_document;
    reader->any_document = true;
    reader->element_count = 0;
}

void end_document(Reader *reader, RecordPlace place, bool is_list)
{
    InputDocument document = {place, reader->document, reader->element_count, is_list,
                              reader->envelope};
    reader->handler->document(reader->handler->context, &document);
}

bool read_list(Reader *reader, Window *window, const ListContext *context)
{
    bool more = window_peek(window) != ']';
    if (!more)
        window_take(window, 1, 0);
    for (uint32_t index = 0; more; index++) {
        int c = window_peek(window);
        RecordPlace place = place_here(reader, window, context->container, index);
        if (c < 0)
            return torn(reader, window, place, "a value or ']'");
        if (begins_value(c)) {
            if (!read_item(reader, window, context, index))
                return false;
        } else if (!syntax_problem(reader, place, "a value", c)) {
            return false;
        } else if (!window_skip_item(window, ']')) {
            return torn(reader, window, place, "',' or ']'");
        }
        if (!next_item(reader, window, context, index, &more))
            return false;
    }
    return true;
}
