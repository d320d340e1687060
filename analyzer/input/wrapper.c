#include "input/reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * Members of a top-level object, or of the body of a batch response, that hold the records:
 * value (ARM, Graph), data (Resource Graph, AzureHound), Data (Search-AzGraph); responses is a
 * Graph batch (https://learn.microsoft.com/graph/json-batching).
 */
static const char *const list_names[] = {"\"value\"", "\"data\"", "\"Data\"", "\"responses\""};
enum {
    LIST_NAMES = 4,
    RESPONSES_NAME = 3,
    MOST_COLUMNS = 4096,
    LONGEST_KEY_BYTES = 64 * 1024,
    SMALL_RECORD_BYTES = 16 * 1024
};

/* The same as JSON pointers. */
static const char *list_pointer(uint32_t name)
{
    static const char *const pointers[LIST_NAMES] = {"/value", "/data", "/Data", "/responses"};
    return pointers[name];
}

static uint32_t list_name(const TextBuffer *key)
{
    for (uint32_t i = 0; i < LIST_NAMES; i++)
        if (strcmp(key->text, list_names[i]) == 0)
            return i;
    return NONE;
}

/* A top-level object while it streams by. */
typedef struct Wrapper {
    RecordPlace place;
    TextBuffer members; /* "{" and the members so far, but the lists */
    TextBuffer key;     /* of the current member, with its quotes */
    TextBuffer table;   /* the current member's value: it may be a table */
    bool key_refused;
    bool is_wrapper;
    uint32_t lists_seen; /* bit i: list_names[i], as an array */
    bool ambiguous;      /* told: a list's key is there again */
    bool lost;           /* not JSON: given up */
    uint32_t refused;    /* members left out, and the first of them */
    InputProblemKind refused_kind;
    RecordPlace refused_place;
    Error refused_why;
} Wrapper;

typedef enum MemberStep { MEMBER_FOUND, MEMBER_END, MEMBER_CUT, MEMBER_WRONG } MemberStep;

/* What MEMBER_WRONG met instead of what it expected. */
typedef struct Unexpected {
    const char *expected;
    int found;
} Unexpected;

static MemberStep wrong(Unexpected *unexpected, const char *expected, int found)
{
    *unexpected = (Unexpected){expected, found};
    return found < 0 ? MEMBER_CUT : MEMBER_WRONG;
}

/* A key that holds something to refuse is stored all the same; `scan` tells. */
static MemberStep read_key(Window *window, TextBuffer *key, Scan *scan, Unexpected *unexpected)
{
    int c = window_peek(window);
    if (c != '"')
        return wrong(unexpected, "a key", c);
    Measured measured = window_measure(window, LONGEST_KEY_BYTES, scan);
    if (measured != MEASURED)
        return wrong(unexpected, "a key and its end", measured == MEASURED_CUT ? -1 : c);
    text_buffer_clear(key);
    text_append_bytes(key, window->bytes + window->begin, scan->length_bytes);
    window_take(window, scan->length_bytes, scan->newlines);
    return MEMBER_FOUND;
}

/* From behind "{" or a member to the value of the next one, whose key it stores. */
static MemberStep next_member(Window *window, bool first, TextBuffer *key, Scan *key_scan,
                              Unexpected *unexpected)
{
    int c = window_peek(window);
    if (c == '}') {
        window_take(window, 1, 0);
        return MEMBER_END;
    }
    if (!first && c != ',')
        return wrong(unexpected, "',' or '}'", c);
    if (!first)
        window_take(window, 1, 0);
    MemberStep step = read_key(window, key, key_scan, unexpected);
    if (step != MEMBER_FOUND)
        return step;
    c = window_peek(window);
    if (c != ':')
        return wrong(unexpected, "':'", c);
    window_take(window, 1, 0);
    c = window_peek(window);
    return begins_value(c) ? MEMBER_FOUND : wrong(unexpected, "a value", c);
}

static void append_member(TextBuffer *members, const TextBuffer *key, const char *value,
                          size_t value_bytes)
{
    if (members->text[members->length_bytes - 1] != '{')
        text_append_char(members, ',');
    text_append_bytes(members, key->text, key->length_bytes);
    text_append_char(members, ':');
    text_append_bytes(members, value, value_bytes);
}

/* What an object in memory holds: one member that is looked for, and the others. */
typedef struct Survey {
    const char *const *names; /* to look for, with quotes; the value must begin with `opener` */
    uint32_t name_count;
    char opener; /* 0: anything */
    bool found;
    size_t at; /* of its value, in the object's text */
    size_t length_bytes;
    uint32_t line;
    TextBuffer key;    /* its name */
    TextBuffer others; /* "{" and the other members, to be closed */
    uint32_t controls; /* control characters in texts of these */
} Survey;

static void survey_free(Survey *survey)
{
    text_buffer_free(&survey->key);
    text_buffer_free(&survey->others);
}

static bool is_wanted(const Survey *survey, const TextBuffer *key, char first)
{
    for (uint32_t i = 0; i < survey->name_count; i++)
        if (strcmp(key->text, survey->names[i]) == 0)
            return !survey->opener || first == survey->opener;
    return false;
}

/* False: something in the object is to be refused, so it must be treated as one value. */
static bool survey_member(Survey *survey, const Window *window, const TextBuffer *key,
                          const Scan *scan)
{
    const char *value = window->bytes + window->begin;
    if (!is_wanted(survey, key, value[0])) {
        append_member(&survey->others, key, value, scan->length_bytes);
        survey->controls += scan->controls;
        return !scan->fault;
    }
    if (survey->found)
        return false;
    survey->found = true;
    survey->at = window->begin;
    survey->length_bytes = scan->length_bytes;
    survey->line = window->line;
    text_append(&survey->key, key->text);
    return true;
}

/* Looks through the object at `text`.  False as survey_member, or when it is not JSON. */
static bool survey_object(Survey *survey, char *text, size_t length_bytes, uint32_t line)
{
    Window window = window_over_text(text, length_bytes, line);
    TextBuffer key = {0};
    Unexpected unexpected;
    bool sound = true;
    text_append_char(&survey->others, '{');
    window_take(&window, 1, 0);
    for (bool first = true; sound; first = false) {
        Scan scan;
        MemberStep step = next_member(&window, first, &key, &scan, &unexpected);
        if (step == MEMBER_END)
            break;
        survey->controls += step == MEMBER_FOUND ? scan.controls : 0;
        sound = step == MEMBER_FOUND && !scan.fault &&
                window_measure(&window, UINT64_MAX, &scan) == MEASURED &&
                survey_member(survey, &window, &key, &scan);
        if (sound)
            window_take(&window, scan.length_bytes, scan.newlines);
    }
    text_buffer_free(&key);
    return sound;
}

static void read_list_in_memory(Reader *reader, char *text, size_t length_bytes, uint32_t line,
                                const ListContext *context)
{
    Window window = window_over_text(text, length_bytes, line);
    window_take(&window, 1, 0);
    read_list(reader, &window, context);
}

/* "{" and members as a value; NULL when that is not JSON or repeats a key. */
static JsonValue *close_members(TextBuffer *members, Arena *arena, const char **repeated)
{
    JsonValue *value = NULL;
    size_t wrong_at = 0;
    text_append_char(members, '}');
    if (!json_build(arena, members->text, members->length_bytes, &value, &wrong_at, repeated))
        value = NULL;
    members->text[--members->length_bytes] = '\0';
    return value;
}

/* Hands out the body of a response, whose list (if it has one) `list` found. */
static void hand_out_body(Reader *reader, char *text, const Survey *body, const Survey *list,
                          RecordPlace place)
{
    TextBuffer name = {0};
    text_append_format(&name, "%s/%u/body", place.container, place.index);
    if (list->found)
        text_append_format(&name, "/%.*s", (int)list->key.length_bytes - 2, list->key.text + 1);
    ListContext context = {.container = list_container(reader->list, name.text)};
    text_buffer_free(&name);
    char *value = text + body->at;
    if (list->found) {
        read_list_in_memory(reader, value + list->at, list->length_bytes, list->line, &context);
    } else if (value[0] == '[') {
        read_list_in_memory(reader, value, body->length_bytes, body->line, &context);
    } else {
        Scan scan;
        RecordPlace inside = {reader->file, body->line, NONE, context.container};
        scan_value(value, body->length_bytes, true, &scan);
        hand_out(reader, value, &scan, inside, NULL);
    }
}

static bool unwrap_response(Reader *reader, char *text, Survey *body, Survey *list,
                            RecordPlace place)
{
    char first = text[body->at];
    if (first != '[' && first != '{')
        return false;
    if (first == '{' && !survey_object(list, text + body->at, body->length_bytes, body->line))
        return false;
    if (list->found) {
        text_append_char(&list->others, '}');
        append_member(&body->others, &body->key, list->others.text, list->others.length_bytes);
    }
    Arena arena = {0};
    const char *repeated = NULL;
    JsonValue *envelope = close_members(&body->others, &arena, &repeated);
    if (envelope) {
        JsonValue *outer = reader->envelope;
        reader->envelope = envelope;
        note_controls(reader, body->controls + list->controls, place);
        hand_out_body(reader, text, body, list, place);
        reader->envelope = outer;
    }
    arena_free(&arena);
    return envelope;
}

bool read_response(Reader *reader, char *text, size_t length_bytes, RecordPlace place)
{
    static const char *const body_name = "\"body\"";
    Survey body = {.names = &body_name, .name_count = 1};
    Survey list = {.names = list_names, .name_count = RESPONSES_NAME, .opener = '['};
    bool unwrapped = text[0] == '{' && survey_object(&body, text, length_bytes, place.line) &&
                     body.found && unwrap_response(reader, text, &body, &list, place);
    survey_free(&body);
    survey_free(&list);
    return unwrapped;
}

/* A list's key that is there again would make readers disagree about which one counts. */
static void tell_ambiguous(Reader *reader, Wrapper *wrapper, uint32_t name)
{
    if (!wrapper->ambiguous)
        problem(reader, PROBLEM_SYNTAX, wrapper->place,
                "the key %s twice in one object: all lists are read", list_names[name]);
    wrapper->ambiguous = true;
}

/* The envelope as far as it was seen; one that repeats a key is told and begun anew. */
static void build_envelope(Reader *reader, Wrapper *wrapper)
{
    const char *repeated = NULL;
    arena_reset(&reader->envelope_arena);
    reader->envelope = close_members(&wrapper->members, &reader->envelope_arena, &repeated);
    if (!reader->envelope) {
        problem(reader, PROBLEM_SYNTAX, wrapper->place,
                "the members around the list are lost: %s%.100s%s",
                repeated ? "the key \"" : "they are not JSON", repeated ? repeated : "",
                repeated ? "\" twice" : "");
        text_buffer_clear(&wrapper->members);
        text_append_char(&wrapper->members, '{');
        arena_reset(&reader->envelope_arena);
        reader->envelope = close_members(&wrapper->members, &reader->envelope_arena, &repeated);
    }
    for (uint32_t i = 0; i < LIST_NAMES; i++)
        if (wrapper->lists_seen & 1u << i && json_member(reader->envelope, list_pointer(i) + 1))
            tell_ambiguous(reader, wrapper, i);
}

/* The names of a table's columns: texts, or objects with a name.  NULL when they are not that. */
static const char **column_names(Arena *arena, const char *text, size_t length_bytes,
                                 uint32_t *count)
{
    JsonValue *columns = NULL;
    size_t wrong_at = 0;
    const char *repeated = NULL;
    if (!json_build(arena, text, length_bytes, &columns, &wrong_at, &repeated))
        return NULL;
    *count = json_count(columns);
    if (*count > MOST_COLUMNS)
        return NULL;
    const char **names = arena_allocate(arena, *count + 1, sizeof *names);
    uint32_t filled = 0;
    for (const JsonValue *column = json_first(columns); column; column = json_next(column)) {
        const char *name = json_text(column);
        if (!name)
            name = json_text(json_member_any_case(column, "name"));
        for (uint32_t i = 0; name && i < filled; i++)
            if (strcmp(names[i], name) == 0)
                name = NULL;
        if (!name)
            return NULL;
        names[filled++] = name;
    }
    return names;
}

/* Hands out the rows of {"columns":[...],"rows":[...]}.  False: this is no table. */
static bool read_rows(Reader *reader, Wrapper *wrapper, uint32_t name, uint32_t line,
                      Survey *columns, Survey *rows)
{
    TextBuffer *table = &wrapper->table;
    if (!survey_object(rows, table->text, table->length_bytes, line) || !rows->found)
        return false;
    text_append_char(&rows->others, '}');
    if (!survey_object(columns, rows->others.text, rows->others.length_bytes, line) ||
        !columns->found)
        return false;
    TextBuffer pointer = {0};
    text_append_format(&pointer, "%s/rows", list_pointer(name));
    ListContext context = {.kind = LIST_ROWS,
                           .container = list_container(reader->list, pointer.text)};
    text_buffer_free(&pointer);
    context.columns = column_names(&reader->table_arena, rows->others.text + columns->at,
                                   columns->length_bytes, &context.column_count);
    if (!context.columns)
        return false;
    append_member(&wrapper->members, &wrapper->key, rows->others.text, rows->others.length_bytes);
    note_controls(reader, rows->controls, wrapper->place);
    wrapper->is_wrapper = true;
    build_envelope(reader, wrapper);
    read_list_in_memory(reader, table->text + rows->at, rows->length_bytes, rows->line, &context);
    return true;
}

static bool read_table(Reader *reader, Wrapper *wrapper, uint32_t name, uint32_t line)
{
    static const char *const columns_name = "\"columns\"";
    static const char *const rows_name = "\"rows\"";
    Survey columns = {.names = &columns_name, .name_count = 1, .opener = '['};
    Survey rows = {.names = &rows_name, .name_count = 1, .opener = '['};
    bool is_table = read_rows(reader, wrapper, name, line, &columns, &rows);
    survey_free(&columns);
    survey_free(&rows);
    arena_reset(&reader->table_arena);
    return is_table;
}

/* A member that is not kept; whether the object is a wrapper is not known yet. */
static void leave_out(Wrapper *wrapper, InputProblemKind kind, RecordPlace place, const char *why)
{
    if (wrapper->refused++)
        return;
    wrapper->refused_kind = kind;
    wrapper->refused_place = place;
    error_set(&wrapper->refused_why, "%s", why);
}

static void leave_out_fault(Wrapper *wrapper, RecordPlace place, const Scan *scan)
{
    leave_out(wrapper, scan->fault < SCAN_CONTROL ? PROBLEM_ELEMENT : PROBLEM_SYNTAX, place,
              scan_fault_text(scan->fault));
}

static bool keep_member(Reader *reader, Wrapper *wrapper, uint32_t name, const Scan *scan)
{
    Window *window = &reader->window;
    RecordPlace place = place_here(reader, window, "", NONE);
    TextBuffer *copy = &wrapper->table;
    text_buffer_clear(copy);
    text_append_bytes(copy, window->bytes + window->begin, scan->length_bytes);
    window_take(window, scan->length_bytes, scan->newlines);
    Scan repairs = *scan;
    repairs.controls = 0; /* those of a table's rows are counted with the rows */
    copy->length_bytes = repaired(reader, copy->text, &repairs, wrapper->place);
    copy->text[copy->length_bytes] = '\0';
    bool may_be_table = name != NONE && name != RESPONSES_NAME && copy->text[0] == '{';
    if (may_be_table && read_table(reader, wrapper, name, place.line))
        return !reader->stopped;
    note_controls(reader, scan->controls, wrapper->place);
    if (scan->fault)
        leave_out_fault(wrapper, place, scan);
    else if (!wrapper->key_refused)
        append_member(&wrapper->members, &wrapper->key, copy->text, copy->length_bytes);
    return true;
}

static bool read_member(Reader *reader, Wrapper *wrapper)
{
    Window *window = &reader->window;
    uint32_t name = list_name(&wrapper->key);
    if (name != NONE && window_peek(window) == '[') {
        ListContext context = {.kind = name == RESPONSES_NAME ? LIST_RESPONSES : LIST_RECORDS,
                               .container = list_pointer(name)};
        if (wrapper->lists_seen & 1u << name)
            tell_ambiguous(reader, wrapper, name);
        wrapper->is_wrapper = true;
        wrapper->lists_seen |= 1u << name;
        build_envelope(reader, wrapper);
        window_take(window, 1, 0);
        return read_list(reader, window, &context);
    }
    RecordPlace place = place_here(reader, window, "", NONE);
    Scan scan;
    Measured measured = window_measure(window, reader->largest_element_bytes, &scan);
    if (measured == MEASURED_CUT)
        return torn(reader, window, place, "the rest of this member");
    uint64_t room = reader->largest_element_bytes;
    room -= room < wrapper->members.length_bytes ? room : wrapper->members.length_bytes;
    if (measured == MEASURED && scan.length_bytes <= room)
        return keep_member(reader, wrapper, name, &scan);
    Error why;
    error_set(&why, "larger than the limit of %" PRIu64 " bytes", reader->largest_element_bytes);
    leave_out(wrapper, PROBLEM_ELEMENT, place, why.message);
    return window_skip_item(window, '}') || torn(reader, window, place, "the rest of this member");
}

/* Tells what is wrong inside the object and passes over the rest of it. */
static bool give_up_object(Reader *reader, Wrapper *wrapper, const Unexpected *unexpected)
{
    Window *window = &reader->window;
    RecordPlace place = place_here(reader, window, "", NONE);
    wrapper->lost = true;
    if (!syntax_problem(reader, place, unexpected->expected, unexpected->found))
        return false;
    for (;;) {
        if (!window_skip_item(window, '}'))
            return torn(reader, window, wrapper->place, "'}'");
        bool ended = window_peek(window) == '}';
        window_take(window, 1, 0);
        if (ended)
            return true;
    }
}

static bool read_members(Reader *reader, Wrapper *wrapper)
{
    Unexpected unexpected = {0};
    for (bool first = true;; first = false) {
        Scan scan;
        MemberStep step = next_member(&reader->window, first, &wrapper->key, &scan, &unexpected);
        if (step == MEMBER_END)
            return true;
        if (step == MEMBER_CUT)
            return torn(reader, &reader->window, wrapper->place, unexpected.expected);
        if (step == MEMBER_WRONG)
            return give_up_object(reader, wrapper, &unexpected);
        RecordPlace place = place_here(reader, &reader->window, "", NONE);
        wrapper->key_refused = scan.fault;
        if (scan.fault)
            leave_out_fault(wrapper, place, &scan);
        wrapper->key.length_bytes = repaired(reader, wrapper->key.text, &scan, wrapper->place);
        wrapper->key.text[wrapper->key.length_bytes] = '\0';
        if (!read_member(reader, wrapper))
            return false;
    }
}

static bool end_record(Reader *reader, Wrapper *wrapper)
{
    if (wrapper->refused) {
        RecordPlace place =
            wrapper->refused_kind == PROBLEM_SYNTAX ? wrapper->refused_place : wrapper->place;
        problem(reader, wrapper->refused_kind, place, "refused: %s", wrapper->refused_why.message);
        return wrapper->refused_kind != PROBLEM_SYNTAX || count_mistake(reader, place);
    }
    text_append_char(&wrapper->members, '}');
    Scan clean = {.length_bytes = wrapper->members.length_bytes};
    return hand_out(reader, wrapper->members.text, &clean, wrapper->place, NULL);
}

static bool end_object(Reader *reader, Wrapper *wrapper)
{
    if (wrapper->lost)
        return true;
    if (!wrapper->is_wrapper && !end_record(reader, wrapper))
        return false;
    if (wrapper->is_wrapper) {
        if (wrapper->refused)
            problem(reader, wrapper->refused_kind, wrapper->refused_place,
                    "a member beside the list was left out: %s", wrapper->refused_why.message);
        build_envelope(reader, wrapper);
    }
    end_document(reader, wrapper->place, wrapper->is_wrapper);
    return true;
}

static bool may_be_wrapper(const JsonValue *object)
{
    for (uint32_t i = 0; i < LIST_NAMES; i++) {
        const JsonValue *member = json_member(object, list_pointer(i) + 1);
        if (json_is_array(member) || json_is_array(json_member(member, "rows")))
            return true;
    }
    return false;
}

/*
 * The short way for line-delimited records: a small object that lies in the window as a whole, has
 * nothing wrong with it and is no wrapper.  False: nothing was read, take the long way.
 */
static bool read_small_record(Reader *reader)
{
    Window *window = &reader->window;
    const char *text = window->bytes + window->begin;
    size_t have = window->end - window->begin;
    if (have > SMALL_RECORD_BYTES)
        have = SMALL_RECORD_BYTES;
    Scan scan;
    if (!scan_value(text, have, false, &scan) || scan.fault || scan.line_breaks || scan.controls ||
        scan.lone_surrogates || scan.length_bytes > reader->largest_element_bytes)
        return false;
    JsonValue *value = NULL;
    size_t wrong_at = 0;
    const char *repeated = NULL;
    arena_reset(&reader->element_arena);
    if (!json_build(&reader->element_arena, text, scan.length_bytes, &value, &wrong_at,
                    &repeated) ||
        may_be_wrapper(value))
        return false;
    RecordPlace place = place_here(reader, window, "", NONE);
    hand_out_value(reader, value, place);
    end_document(reader, place, false);
    window_take(window, scan.length_bytes, scan.newlines);
    return true;
}

bool read_object(Reader *reader)
{
    if (read_small_record(reader))
        return true;
    Wrapper wrapper = {.place = place_here(reader, &reader->window, "", NONE)};
    text_append_char(&wrapper.members, '{');
    window_take(&reader->window, 1, 0);
    bool going_on = read_members(reader, &wrapper) && end_object(reader, &wrapper);
    reader->envelope = NULL;
    text_buffer_free(&wrapper.members);
    text_buffer_free(&wrapper.key);
    text_buffer_free(&wrapper.table);
    return going_on;
}
