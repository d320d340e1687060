#include "input/input.h"

#include "input/reader.h"

#include <string.h>

enum { LONGEST_SCALAR_LINE = 64 * 1024 };

static void note_nothing(Reader *reader, bool any_text)
{
    RecordPlace start = {reader->file, 1, NONE, ""};
    if (reader->any_document || reader->stopped || reader->source.cut_short)
        return;
    if (reader->decoder.cut_inside)
        problem(reader, PROBLEM_TORN, start, "the file ends inside a character");
    else if (any_text)
        problem(reader, PROBLEM_NO_JSON, start, "no line of it begins with '[' or '{'");
    else
        problem(reader, PROBLEM_EMPTY, start, "there is nothing in it");
}

static void note_repairs(Reader *reader)
{
    const struct {
        const Repairs *repairs;
        const char *what;
    } kinds[] = {
        {&reader->line_breaks, "line break(s) inside texts dropped (wrapped output?)"},
        {&reader->controls, "control character(s) inside texts kept"},
        {&reader->lone_surrogates, "half surrogate pair(s) replaced by U+FFFD"},
    };
    if (reader->decoder.replaced) {
        RecordPlace first = {reader->file, reader->window.replaced_line, NONE, ""};
        problem(reader, PROBLEM_ENCODING, first, "%u byte(s) not %s: replaced by U+FFFD",
                reader->decoder.replaced, reader->decoder.transcoding ? "UTF-16" : "UTF-8");
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].repairs->count)
            problem(reader, PROBLEM_ENCODING, kinds[i].repairs->first, "%u %s",
                    kinds[i].repairs->count, kinds[i].what);
}

typedef enum ScalarLine { SCALAR_NONE, SCALAR_WHOLE, SCALAR_CUT } ScalarLine;

static ScalarLine literal_line(const char *text, size_t length_bytes, bool last)
{
    static const char *const literals[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++)
        if (length_bytes <= strlen(literals[i]) && memcmp(text, literals[i], length_bytes) == 0) {
            if (!literals[i][length_bytes])
                return SCALAR_WHOLE;
            return last ? SCALAR_CUT : SCALAR_NONE;
        }
    return SCALAR_NONE;
}

/* What a line is that begins with a letter, digit or quote; `last`: the file ends behind it. */
static ScalarLine scalar_line(const char *text, size_t length_bytes, bool last, Scan *scan)
{
    if (!begins_value((unsigned char)text[0]))
        return SCALAR_NONE;
    if (!scan_value(text, length_bytes, true, scan))
        return last ? SCALAR_CUT : SCALAR_NONE;
    for (size_t i = scan->length_bytes; i < length_bytes; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return SCALAR_NONE;
    if (text[0] >= 'a')
        return literal_line(text, scan->length_bytes, last && scan->length_bytes == length_bytes);
    bool unfinished = last && strchr("-+.eE", text[length_bytes - 1]);
    if (scan->fault == SCAN_NUMBER && unfinished)
        return SCALAR_CUT;
    return scan->fault ? SCALAR_NONE : SCALAR_WHOLE;
}

/* A text, number or literal is taken for JSON only when it has a line of its own. */
static bool read_scalar(Reader *reader, bool *is_scalar)
{
    Window *window = &reader->window;
    RecordPlace place = place_here(reader, window, "", NONE);
    size_t line_bytes = 0;
    int c = window_at(window, 0);
    while (c >= 0 && c != '\n' && line_bytes < LONGEST_SCALAR_LINE)
        c = window_at(window, ++line_bytes);
    char *text = window->bytes + window->begin;
    Scan scan;
    ScalarLine kind = scalar_line(text, line_bytes, c < 0, &scan);
    *is_scalar = kind != SCALAR_NONE;
    if (kind == SCALAR_CUT)
        return torn(reader, window, place, "the rest of this value");
    if (kind == SCALAR_NONE)
        return true;
    begin_document(reader);
    if (text[0] != 'n' && !hand_out(reader, text, &scan, place, NULL))
        return false;
    end_document(reader, place, false);
    window_take(window, line_bytes, 0);
    return true;
}

static bool read_document(Reader *reader)
{
    Window *window = &reader->window;
    begin_document(reader);
    if (window_peek(window) == '{')
        return read_object(reader);
    RecordPlace place = place_here(reader, window, "", NONE);
    ListContext context = {.container = ""};
    window_take(window, 1, 0);
    if (!read_list(reader, window, &context))
        return false;
    end_document(reader, place, true);
    return true;
}

/* Text that is no JSON, before, between or behind the documents: on to the next one. */
static bool pass_text(Reader *reader, int found)
{
    Window *window = &reader->window;
    RecordPlace place = place_here(reader, window, "", NONE);
    if (reader->any_document) {
        char buffer[DESCRIBED_BYTE];
        problem(reader, PROBLEM_TRAILING_TEXT, place,
                "expected another JSON value or the end, found %s", describe_byte(found, buffer));
        return count_mistake(reader, place) && window_skip_text(window);
    }
    if (!window_skip_text(window))
        return false;
    problem(reader, PROBLEM_LEADING_TEXT, place, "%u line(s) before the first JSON value skipped",
            window->line - place.line);
    return true;
}

static bool skip_mark(Window *window)
{
    bool is_mark = window_at(window, 0) == 0xef && window_at(window, 1) == 0xbb &&
                   window_at(window, 2) == 0xbf;
    if (is_mark)
        window_take(window, 3, 0);
    return is_mark;
}

static void read_documents(Reader *reader)
{
    bool any_text = false;
    bool going_on = true;
    while (going_on) {
        int c = window_peek(&reader->window);
        if (c < 0)
            break;
        if (skip_mark(&reader->window))
            continue; /* files with marks, concatenated */
        any_text = true;
        if (c == '[' || c == '{') {
            going_on = read_document(reader);
            continue;
        }
        bool is_scalar = false;
        going_on = read_scalar(reader, &is_scalar);
        if (going_on && !is_scalar)
            going_on = pass_text(reader, c);
    }
    note_nothing(reader, any_text);
    if (reader->source.cut_short)
        problem(reader, reader->source.reason, place_here(reader, &reader->window, "", NONE), "%s",
                reader->source.error.message);
    note_repairs(reader);
}

bool input_read(const InputList *list, uint32_t file, const InputHandler *handler,
                InputResult *result, Error *err)
{
    const InputEntry *entry = &list->entries.items[file];
    Reader reader = {.list = list,
                     .file = file,
                     .handler = handler,
                     .result = result,
                     .largest_element_bytes = list->limits.largest_element_bytes};
    if (!entry->file.readable) {
        error_set(err, "%s", entry->file.why_not);
        return error_prefix(err, entry->file.path);
    }
    if (!source_open(&reader.source, entry->file.location, &entry->storage, &list->limits, err))
        return error_prefix(err, entry->file.path);
    *result = (InputResult){.complete = true};
    decoder_start(&reader.decoder, &reader.source);
    reader.window = window_over_file(&reader.decoder);
    read_documents(&reader);
    if (reader.stopped)
        decoder_drain(&reader.decoder);
    result->decoded_bytes = reader.decoder.decoded_bytes;
    result->raw_bytes = reader.source.read_bytes;
    window_free(&reader.window);
    decoder_free(&reader.decoder);
    source_close(&reader.source, result->sha256);
    arena_free(&reader.element_arena);
    arena_free(&reader.envelope_arena);
    arena_free(&reader.table_arena);
    return true;
}
