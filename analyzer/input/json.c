#include "input/json.h"

#include "base/memory.h"
#include "base/text.h"
#include "input/scan.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { DESCRIBED_BYTES = 60, PAIRWISE_KEYS = 8, TABLE_KEYS = 64, TABLE_SLOTS = 256 };

/*
 * cJSON takes its memory from hooks that are global to the process.  While a thread parses, its
 * hooks serve from the arena named here; at other times, and in other threads, they are malloc and
 * free, so that cJSON can also be used for writing.
 */
static _Thread_local Arena *parsing_arena;
static pthread_once_t hooks_installed = PTHREAD_ONCE_INIT;

static void *hook_allocate(size_t length_bytes)
{
    return parsing_arena ? arena_allocate(parsing_arena, length_bytes, 1) : malloc(length_bytes);
}

static void hook_free(void *block)
{
    if (!parsing_arena)
        free(block);
}

static void install_hooks(void)
{
    cJSON_Hooks hooks = {hook_allocate, hook_free};
    cJSON_InitHooks(&hooks);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Most tools sort the keys; then one pass shows that none repeats. */
static bool keys_ascend(const cJSON *object)
{
    const cJSON *before = object->child;
    for (const cJSON *member = before->next; member; before = member, member = member->next) {
        unsigned char first_before = (unsigned char)before->string[0];
        unsigned char first = (unsigned char)member->string[0];
        if (first_before > first ||
            (first_before == first && strcmp(before->string, member->string) >= 0))
            return false;
    }
    return true;
}

static const char *repeated_of_few(const cJSON *object)
{
    for (const cJSON *member = object->child; member; member = member->next)
        for (const cJSON *other = object->child; other != member; other = other->next)
            if (member->string[0] == other->string[0] && strcmp(member->string, other->string) == 0)
                return member->string;
    return NULL;
}

/* At most TABLE_KEYS members; even when all of them collide that is cheap. */
static const char *repeated_of_some(const cJSON *object)
{
    const char *keys[TABLE_KEYS];
    uint8_t slots[TABLE_SLOTS] = {0}; /* index in keys, plus one */
    uint8_t count = 0;
    for (const cJSON *member = object->child; member; member = member->next) {
        size_t slot = XXH3_64bits(member->string, strlen(member->string)) % TABLE_SLOTS;
        for (; slots[slot]; slot = (slot + 1) % TABLE_SLOTS)
            if (strcmp(keys[slots[slot] - 1], member->string) == 0)
                return member->string;
        keys[count++] = member->string;
        slots[slot] = count;
    }
    return NULL;
}

static const char *repeated_of_many(const cJSON *object, uint32_t count)
{
    const char **keys = memory_allocate(count, sizeof *keys);
    uint32_t filled = 0;
    for (const cJSON *member = object->child; member; member = member->next)
        keys[filled++] = member->string;
    qsort((void *)keys, count, sizeof *keys, by_text);
    const char *repeated = NULL;
    for (uint32_t i = 1; i < count && !repeated; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            repeated = keys[i];
    free((void *)keys);
    return repeated;
}

static const char *repeated_member(const cJSON *object)
{
    if (!object->child || keys_ascend(object))
        return NULL;
    uint32_t count = json_count(object);
    if (count <= PAIRWISE_KEYS)
        return repeated_of_few(object);
    if (count <= TABLE_KEYS)
        return repeated_of_some(object);
    return repeated_of_many(object, count);
}

/* A key that some object in `value` has twice, or NULL.  Recursion ends at JSON_MAX_DEPTH. */
static const char *repeated_key(const cJSON *value)
{
    const char *repeated = cJSON_IsObject(value) ? repeated_member(value) : NULL;
    for (const cJSON *child = value->child; child && !repeated; child = child->next)
        if (child->child)
            repeated = repeated_key(child);
    return repeated;
}

bool json_build(Arena *arena, const char *text, size_t length_bytes, JsonValue **value,
                size_t *wrong_at, const char **repeated)
{
    pthread_once(&hooks_installed, install_hooks);
    const char *end = text;
    *repeated = NULL;
    parsing_arena = arena;
    cJSON *parsed = cJSON_ParseWithLengthOpts(text, length_bytes, &end, false);
    parsing_arena = NULL;
    *wrong_at = (size_t)(end - text);
    if (!parsed || *wrong_at != length_bytes)
        return false;
    *repeated = repeated_key(parsed);
    if (*repeated)
        return false;
    *value = parsed;
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool check_utf8(const char *text, size_t length_bytes, Error *err)
{
    for (size_t at = 0; at < length_bytes;) {
        size_t sequence_bytes = text_utf8_sequence(text + at, length_bytes - at);
        if (!sequence_bytes)
            return error_set(err, "offset %zu: expected UTF-8, found the byte 0x%02x", at,
                             (unsigned)(unsigned char)text[at]);
        at += sequence_bytes;
    }
    return true;
}

static bool check_value(const char *text, size_t length_bytes, size_t *end, Error *err)
{
    Scan scan;
    if (!scan_value(text, length_bytes, true, &scan))
        return error_set(err,
                         "offset %zu: expected the rest of the value, found the end of the text",
                         length_bytes);
    if (scan.fault)
        return error_set(err, "offset %zu: refused: %s", scan.fault_at,
                         scan_fault_text(scan.fault));
    if (scan.lone_surrogates || scan.line_breaks || scan.controls)
        return error_set(err, "offset %zu: refused: %s", scan.repairable_at,
                         scan.lone_surrogates ? "half of a surrogate pair"
                                              : "a control character inside a text");
    *end = scan.length_bytes;
    return true;
}

bool json_parse(Arena *arena, const char *text, size_t length_bytes, const JsonValue **value,
                Error *err)
{
    size_t start = 0;
    size_t end = length_bytes;
    while (start < end && is_space(text[start]))
        start++;
    while (end > start && is_space(text[end - 1]))
        end--;
    if (start == end)
        return error_set(err, "offset %zu: expected a JSON value, found nothing", start);
    size_t value_bytes = 0;
    if (!check_utf8(text, end, err) || !check_value(text + start, end - start, &value_bytes, err))
        return false;
    JsonValue *parsed = NULL;
    size_t wrong_at = 0;
    const char *repeated = NULL;
    if (!json_build(arena, text + start, value_bytes, &parsed, &wrong_at, &repeated)) {
        if (repeated)
            return error_set(err, "offset %zu: refused: the key \"%.100s\" twice in one object",
                             start, repeated);
        return error_set(err, "offset %zu: this is not JSON", start + wrong_at);
    }
    if (start + value_bytes != end)
        return error_set(err, "offset %zu: expected the end, found more text", start + value_bytes);
    *value = parsed;
    return true;
}

bool json_is_object(const JsonValue *value)
{
    return cJSON_IsObject(value);
}

bool json_is_array(const JsonValue *value)
{
    return cJSON_IsArray(value);
}

bool json_is_text(const JsonValue *value)
{
    return cJSON_IsString(value);
}

bool json_is_null(const JsonValue *value)
{
    return !value || cJSON_IsNull(value);
}

const JsonValue *json_member(const JsonValue *object, const char *name)
{
    if (!cJSON_IsObject(object))
        return NULL;
    for (const cJSON *member = object->child; member; member = member->next)
        if (member->string[0] == name[0] && strcmp(member->string, name) == 0)
            return member;
    return NULL;
}

/* The member whose name is the `name_bytes` at `name` in any case, the exact spelling first. */
static const cJSON *find_any_case(const cJSON *object, const char *name, size_t name_bytes)
{
    const cJSON *found = NULL;
    if (!cJSON_IsObject(object))
        return NULL;
    for (const cJSON *member = object->child; member; member = member->next) {
        const char *key = member->string;
        if (strncmp(key, name, name_bytes) == 0 && !key[name_bytes])
            return member;
        size_t same = 0;
        while (same < name_bytes && text_lower_char(key[same]) == text_lower_char(name[same]))
            same++;
        if (!found && same == name_bytes && !key[same])
            found = member;
    }
    return found;
}

const JsonValue *json_member_any_case(const JsonValue *object, const char *name)
{
    return find_any_case(object, name, strlen(name));
}

const JsonValue *json_at(const JsonValue *value, const char *path)
{
    while (value && *path) {
        size_t name_bytes = strcspn(path, ".");
        value = find_any_case(value, path, name_bytes);
        path += name_bytes + (path[name_bytes] == '.');
    }
    return value;
}

const JsonValue *json_first(const JsonValue *value)
{
    return value ? value->child : NULL;
}

const JsonValue *json_next(const JsonValue *child)
{
    return child ? child->next : NULL;
}

const char *json_key(const JsonValue *child)
{
    return child ? child->string : NULL;
}

uint32_t json_count(const JsonValue *value)
{
    uint32_t count = 0;
    for (const cJSON *child = json_first(value); child; child = child->next)
        count++;
    return count;
}

const char *json_text(const JsonValue *value)
{
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

bool json_bool(const JsonValue *value, bool *result)
{
    const char *text = json_text(value);
    bool yes = cJSON_IsTrue(value) || (text && text_equal_any_case(text, "true"));
    bool no = cJSON_IsFalse(value) || (text && text_equal_any_case(text, "false"));
    if (yes || no)
        *result = yes;
    return yes || no;
}

bool json_number(const JsonValue *value, double *result)
{
    if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble))
        return false;
    *result = value->valuedouble;
    return true;
}

/* How many bytes of `text` to show: whole characters, at most DESCRIBED_BYTES. */
static size_t shown_bytes(const char *text)
{
    size_t length_bytes = strlen(text);
    size_t shown = 0;
    while (shown < length_bytes) {
        size_t sequence_bytes = text_utf8_sequence(text + shown, length_bytes - shown);
        sequence_bytes += sequence_bytes == 0;
        if (shown + sequence_bytes > DESCRIBED_BYTES)
            break;
        shown += sequence_bytes;
    }
    return shown;
}

const char *json_describe(const JsonValue *value, char *buffer, size_t buffer_bytes)
{
    const char *text = json_text(value);
    if (text) {
        size_t shown = shown_bytes(text);
        snprintf(buffer, buffer_bytes, "\"%.*s%s\"", (int)shown, text, text[shown] ? "..." : "");
        return buffer;
    }
    if (cJSON_IsNumber(value)) {
        snprintf(buffer, buffer_bytes, "%.15g", value->valuedouble);
        return buffer;
    }
    const char *word = json_is_null(value)     ? "null"
                       : cJSON_IsObject(value) ? "an object"
                       : cJSON_IsArray(value)  ? "an array"
                       : cJSON_IsTrue(value)   ? "true"
                                               : "false";
    snprintf(buffer, buffer_bytes, "%s", word);
    return buffer;
}
