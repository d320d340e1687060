#include "rules/reader.h"

#include "base/array.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 1024, FOUND_BYTES = 96 };

static size_t append_pointer(Reader *reader, const char *part)
{
    size_t entered = reader->pointer_length;
    int length = snprintf(reader->pointer + entered, sizeof reader->pointer - entered, "/%s", part);
    size_t room = sizeof reader->pointer - entered - 1;
    if (length > 0)
        reader->pointer_length += (size_t)length < room ? (size_t)length : room;
    return entered;
}

size_t reader_enter(Reader *reader, const char *key)
{
    return append_pointer(reader, key);
}

size_t reader_enter_element(Reader *reader, uint32_t index)
{
    char number[16];
    (void)snprintf(number, sizeof number, "%u", index);
    return append_pointer(reader, number);
}

void reader_leave(Reader *reader, size_t entered)
{
    reader->pointer_length = entered;
    reader->pointer[entered] = '\0';
}

static void tell(Reader *reader, const char *format, va_list values)
    __attribute__((format(printf, 2, 0)));

static void tell(Reader *reader, const char *format, va_list values)
{
    char text[MESSAGE_BYTES];
    char message[MESSAGE_BYTES + READER_POINTER_BYTES + FOUND_BYTES + sizeof ": : "];
    (void)vsnprintf(text, sizeof text, format, values);
    const char *separator = reader->pointer_length ? ": " : "";
    (void)snprintf(message, sizeof message, "%.95s: %s%s%s", reader->file, reader->pointer,
                   separator, text);
    reader->problems->count++;
    reader->problems->report(reader->problems->context, message);
}

void reader_problem(Reader *reader, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    tell(reader, format, values);
    va_end(values);
}

void reader_problem_at(Reader *reader, const char *key, const char *format, ...)
{
    size_t entered = reader_enter(reader, key);
    va_list values;
    va_start(values, format);
    tell(reader, format, values);
    va_end(values);
    reader_leave(reader, entered);
}

static void expected(Reader *reader, const char *key, const char *what, const JsonValue *found)
{
    char buffer[FOUND_BYTES];
    if (found)
        reader_problem_at(reader, key, "expected %s, found %s", what,
                          json_describe(found, buffer, sizeof buffer));
    else
        reader_problem_at(reader, key, "expected %s, found nothing", what);
}

bool reader_object(Reader *reader, const JsonValue *value, const char *const *keys)
{
    if (!json_is_object(value)) {
        char buffer[FOUND_BYTES];
        reader_problem(reader, "expected an object, found %s",
                       json_describe(value, buffer, sizeof buffer));
        return false;
    }
    uint32_t count = 0;
    while (keys[count])
        count++;
    for (const JsonValue *member = json_first(value); member; member = json_next(member))
        if (word_find(keys, count, json_key(member)) == count)
            reader_problem_at(reader, json_key(member), "unknown key, expected %s",
                              words_list(reader->arena, keys, count));
    return true;
}

const JsonValue *reader_array(Reader *reader, const JsonValue *object, const char *key,
                              bool required)
{
    const JsonValue *array = json_member(object, key);
    if (json_is_array(array))
        return array;
    if (array || required)
        expected(reader, key, "an array", array);
    return NULL;
}

void reader_each(Reader *reader, const JsonValue *object, const char *key, bool required,
                 ElementReader *read, void *context)
{
    const JsonValue *array = reader_array(reader, object, key, required);
    size_t entered = reader_enter(reader, key);
    uint32_t index = 0;
    for (const JsonValue *item = json_first(array); item; item = json_next(item)) {
        size_t element = reader_enter_element(reader, index++);
        read(context, reader, item);
        reader_leave(reader, element);
    }
    reader_leave(reader, entered);
}

const char *reader_text(Reader *reader, const JsonValue *object, const char *key, bool required)
{
    const JsonValue *value = json_member(object, key);
    const char *text = json_text(value);
    if (text && *text)
        return arena_copy_text(reader->arena, text);
    if (value || required)
        expected(reader, key, "a text", value);
    return NULL;
}

TextList reader_texts(Reader *reader, const JsonValue *object, const char *key, bool required)
{
    ARRAY(const char *) found = {0};
    const JsonValue *array = reader_array(reader, object, key, required);
    size_t entered = reader_enter(reader, key);
    uint32_t index = 0;
    for (const JsonValue *item = json_first(array); item; item = json_next(item), index++) {
        size_t element = reader_enter_element(reader, index);
        const char *text = json_text(item);
        if (text_is_empty(text))
            reader_problem(reader, "expected a text");
        else if (word_find(found.items, found.count, text) < found.count)
            reader_problem(reader, "\"%s\" is in the list already", text);
        else
            ARRAY_PUSH(&found, arena_copy_text(reader->arena, text));
        reader_leave(reader, element);
    }
    if (array && index == 0 && required)
        reader_problem(reader, "expected at least one text, found an empty list");
    reader_leave(reader, entered);
    TextList list = text_list(reader->arena, found.items, found.count);
    ARRAY_FREE(&found);
    return list;
}

bool reader_flag(Reader *reader, const JsonValue *object, const char *key, bool otherwise)
{
    const JsonValue *value = json_member(object, key);
    bool flag = otherwise;
    if (value && (json_is_text(value) || !json_bool(value, &flag)))
        expected(reader, key, "true or false", value);
    return flag;
}

uint32_t reader_word(Reader *reader, const JsonValue *object, const char *key,
                     const char *const *words, uint32_t count, bool required)
{
    const JsonValue *value = json_member(object, key);
    uint32_t index = word_find(words, count, json_text(value));
    if (index == count && (value || required))
        expected(reader, key, words_list(reader->arena, words, count), value);
    return index;
}

uint32_t word_find(const char *const *words, uint32_t count, const char *word)
{
    uint32_t index = 0;
    while (index < count && !text_equal(words[index], word))
        index++;
    return index;
}

const char *words_list(Arena *arena, const char *const *words, uint32_t count)
{
    TextBuffer text = {0};
    text_append(&text, count > 1 ? "one of " : "");
    for (uint32_t i = 0; i < count; i++)
        text_append_format(&text, "%s%s", i ? ", " : "", words[i]);
    const char *copy = arena_copy_text(arena, text.text ? text.text : "");
    text_buffer_free(&text);
    return copy;
}

TextList text_list(Arena *arena, const char *const *items, uint32_t count)
{
    TextList list = {.items = arena_allocate(arena, count, sizeof *list.items), .count = count};
    for (uint32_t i = 0; i < count; i++)
        list.items[i] = items[i];
    return list;
}

bool text_list_has(const TextList *list, const char *text)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (text_equal_any_case(list->items[i], text))
            return true;
    return false;
}
