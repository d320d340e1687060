#include "snapshot/reading.h"

#include "base/text.h"
#include "snapshot/arm_id.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 512 };

static const char *format_text(Reading *reading, const char *format, va_list arguments)
{
    char text[MESSAGE_BYTES];
    vsnprintf(text, sizeof text, format, arguments);
    return arena_copy_text(reading->arena, text);
}

static bool leave_out(Reading *reading, const char *member, const char *text, bool is_error)
{
    Fact *fact = reading->fact;
    fact->kind = FACT_NOT_UNDERSTOOD;
    fact->record_kind = RECORD_OTHER;
    fact->not_understood = (Remark){.member = member, .text = text, .is_error = is_error};
    return false;
}

bool reading_refuse(Reading *reading, const char *member, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = format_text(reading, format, arguments);
    va_end(arguments);
    return leave_out(reading, member, text, true);
}

bool reading_set_aside(Reading *reading, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = format_text(reading, format, arguments);
    va_end(arguments);
    return leave_out(reading, "", text, false);
}

bool reading_not_relevant(Reading *reading, const char *what)
{
    reading->fact->kind = FACT_NOT_RELEVANT;
    reading->fact->record_kind = RECORD_OTHER;
    reading->fact->not_relevant = arena_copy_text(reading->arena, what);
    return false;
}

void reading_remark(Reading *reading, const char *member, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    Remark remark = {.member = member, .text = format_text(reading, format, arguments)};
    va_end(arguments);
    ARRAY_PUSH(&reading->remarks, remark);
}

/* ---- values ---- */

static const char *const EXPECTED[] = {
    [VALUE_TEXT] = "a text",
    [VALUE_ARM_ID] = "an ARM id starting with \"/\"",
    [VALUE_OBJECT_ID] = "an object id",
    [VALUE_ROLE_GUID] = "a role definition id that ends in a GUID",
    [VALUE_TIME] = "a time like 2026-01-31T12:00:00Z",
    [VALUE_TRUE] = "true or false",
};

static size_t longest(ValueType type)
{
    return type == VALUE_TEXT ? TEXT_MAX_BYTES : ARM_ID_MAX_BYTES;
}

static bool is_zero_guid(const char *text)
{
    Guid guid;
    return text[0] == '0' && guid_parse(text, &guid) && guid_is_zero(&guid);
}

const char *copy_text(Reading *reading, const JsonValue *value)
{
    const char *text = json_text(value);
    if (text_is_empty(text))
        return NULL;
    size_t length = strlen(text);
    return length <= TEXT_MAX_BYTES ? arena_copy_bytes(reading->arena, text, length) : NULL;
}

const char *copy_object_id(Reading *reading, const JsonValue *value)
{
    const char *text = json_text(value);
    if (text_is_empty(text) || is_zero_guid(text) || strlen(text) > ARM_ID_MAX_BYTES)
        return NULL;
    return arena_copy_text(reading->arena, text);
}

/* "azureml://subscriptions/s/resourcegroups/g/workspaces/w/..." leaves the provider out. */
static const char *from_short_uri(Reading *reading, const char *path)
{
    const char *workspace = text_find_any_case(path, "/workspaces/");
    if (!workspace)
        return NULL;
    return arena_format(reading->arena, "%.*s/providers/Microsoft.MachineLearningServices%s",
                        (int)(workspace - path), path, workspace);
}

const char *copy_arm_id(Reading *reading, const char *text)
{
    if (text_is_empty(text) || strlen(text) > ARM_ID_MAX_BYTES)
        return NULL;
    if (text_starts_with_any_case(text, "azureml:")) {
        text += strlen("azureml:");
        bool is_uri = text_starts_with_any_case(text, "//");
        if (is_uri && !text_starts_with_any_case(text, "//subscriptions/"))
            return NULL; /* of a registry, a datastore, a job */
        if (is_uri && !text_find_any_case(text, "/providers/"))
            return from_short_uri(reading, text + 1);
    }
    if (*text != '/')
        return NULL;
    if (arm_id_is_normal(text))
        return arena_copy_text(reading->arena, text);
    char *normal = arena_allocate(reading->arena, strlen(text) + 2, 1);
    scope_normalise(text, normal, strlen(text) + 2);
    return normal;
}

static bool convert_text(Reading *reading, const JsonValue *value, ValueType type,
                         const char **target)
{
    const char *text = json_text(value);
    Guid guid;
    if (text_is_empty(text) || strlen(text) > longest(type))
        return false;
    if (type == VALUE_ARM_ID)
        *target = copy_arm_id(reading, text);
    else if (type == VALUE_ROLE_GUID)
        *target = arm_id_last_guid(text, &guid) && !guid_is_zero(&guid)
                      ? arena_copy_text(reading->arena, arm_id_name(text))
                      : NULL;
    else if (type == VALUE_OBJECT_ID && is_zero_guid(text))
        *target = NULL;
    else
        *target = arena_copy_text(reading->arena, text);
    return *target != NULL;
}

static bool convert(Reading *reading, const JsonValue *value, ValueType type, void *target)
{
    switch (type) {
    case VALUE_TIME:
        return time_parse(json_text(value), target);
    case VALUE_TRUE:
        return json_bool(value, target);
    case VALUE_TEXT:
    case VALUE_ARM_ID:
    case VALUE_OBJECT_ID:
    case VALUE_ROLE_GUID:
        break;
    }
    return convert_text(reading, value, type, target);
}

/* An absent value in disguise: null, "", a GUID of zeros. */
static bool counts_as_absent(const JsonValue *value, ValueType type)
{
    const char *text = json_text(value);
    if (json_is_null(value) || (text && !*text))
        return true;
    return text && type == VALUE_OBJECT_ID && is_zero_guid(text);
}

static bool read_value(Reading *reading, const JsonValue *value, const char *member, ValueType type,
                       Need need, void *target)
{
    char found[128];
    if (need != REQUIRED && counts_as_absent(value, type))
        return true;
    if (convert(reading, value, type, target))
        return true;
    const char *text = json_text(value);
    if (text && strlen(text) > longest(type))
        snprintf(found, sizeof found, "a text of %zu bytes", strlen(text));
    else
        json_describe(value, found, sizeof found);
    if (!value)
        snprintf(found, sizeof found, "nothing");
    if (need != OPTIONAL)
        return reading_refuse(reading, member, "expected %s, found %s", EXPECTED[type], found);
    reading_remark(reading, member, "expected %s, found %s; left out", EXPECTED[type], found);
    return true;
}

static const JsonValue *find_value(const RecordView *view, const ValueRow *row, Key *found)
{
    for (size_t i = 0; i < sizeof row->keys / sizeof *row->keys && row->keys[i]; i++) {
        Key key = row->keys[i];
        /* An id or type under "properties" is another thing's. */
        const JsonValue *value = key == KEY_ID ? view->top[key] : view_get(view, key);
        if (value) {
            *found = key;
            return value;
        }
    }
    *found = row->keys[0];
    return NULL;
}

const char *reading_member(Reading *reading, Key key)
{
    const RecordView *view = &reading->view;
    const JsonValue *value = view_get(view, key);
    bool deep = value ? view->deep[key] == value : view->properties != NULL && key != KEY_ID;
    const char *name = value ? json_key(value) : key_name(key);
    if (!deep)
        return arena_format(reading->arena, "/%s", name);
    return arena_format(reading->arena, "/%s/%s", json_key(view->properties), name);
}

bool read_rows(Reading *reading, const ValueRow *rows, size_t row_count, void *body)
{
    for (size_t i = 0; i < row_count; i++) {
        void *target = (char *)body + rows[i].offset;
        Key key;
        const JsonValue *value = find_value(&reading->view, &rows[i], &key);
        if (rows[i].type == VALUE_TIME)
            *(int64_t *)target = TIME_NONE;
        if (!value && rows[i].need != REQUIRED)
            continue;
        bool plain = convert(reading, value, rows[i].type, target);
        if (!plain && !read_value(reading, value, reading_member(reading, key), rows[i].type,
                                  rows[i].need, target))
            return false;
    }
    return true;
}

static bool refuse_list(Reading *reading, const char *member, const JsonValue *value)
{
    char found[128];
    json_describe(value, found, sizeof found);
    return reading_refuse(reading, member,
                          "expected a list of texts, found %s (ConvertTo-Json cuts without "
                          "-Depth 20)",
                          found);
}

bool read_text_list(Reading *reading, const JsonValue *value, const char *member, TextList *list)
{
    *list = (TextList){0};
    if (json_is_null(value))
        return true;
    if (!json_is_array(value))
        return refuse_list(reading, member, value);
    uint32_t count = json_count(value);
    list->items = arena_allocate(reading->arena, count, sizeof *list->items);
    for (const JsonValue *item = json_first(value); item; item = json_next(item)) {
        const char *text = copy_text(reading, item);
        if (!text)
            return refuse_list(reading, member, item);
        list->items[list->count++] = text;
    }
    return true;
}

/* ---- permission blocks ---- */

bool read_block(Reading *reading, const JsonValue *value, const char *member,
                PermissionBlock *block)
{
    const struct {
        const char *name;
        TextList *list;
    } lists[] = {{"actions", &block->actions},
                 {"notActions", &block->not_actions},
                 {"dataActions", &block->data_actions},
                 {"notDataActions", &block->not_data_actions}};
    if (!json_is_object(value))
        return reading_refuse(reading, member, "expected an object with actions");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *place = arena_format(reading->arena, "%s/%s", member, lists[i].name);
        if (!read_text_list(reading, json_member_any_case(value, lists[i].name), place,
                            lists[i].list))
            return false;
    }
    const char *place = arena_format(reading->arena, "%s/condition", member);
    const JsonValue *condition = json_member_any_case(value, "condition");
    return counts_as_absent(condition, VALUE_TEXT) ||
           read_value(reading, condition, place, VALUE_TEXT, REQUIRED, &block->condition);
}

bool read_blocks(Reading *reading, const JsonValue *value, const char *member,
                 PermissionBlock **blocks, uint32_t *count)
{
    char found[128];
    if (!json_is_array(value))
        return reading_refuse(reading, member, "expected a list of permissions, found %s",
                              value ? json_describe(value, found, sizeof found) : "nothing");
    *blocks = arena_allocate(reading->arena, json_count(value), sizeof **blocks);
    *count = 0;
    for (const JsonValue *block = json_first(value); block; block = json_next(block)) {
        const char *place = arena_format(reading->arena, "%s/%u", member, *count);
        if (!read_block(reading, block, place, &(*blocks)[*count]))
            return false;
        ++*count;
    }
    return true;
}
