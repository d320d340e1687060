#include "base/text.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char text_lower_char(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void text_lower(char *text)
{
    for (; *text; text++)
        *text = text_lower_char(*text);
}

bool text_is_empty(const char *text)
{
    return !text || !*text;
}

bool text_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

int text_compare_any_case(const char *a, const char *b)
{
    for (;; a++, b++) {
        unsigned char lower_a = (unsigned char)text_lower_char(*a);
        unsigned char lower_b = (unsigned char)text_lower_char(*b);
        if (lower_a != lower_b)
            return lower_a < lower_b ? -1 : 1;
        if (!lower_a)
            return 0;
    }
}

bool text_equal_any_case(const char *a, const char *b)
{
    return a == b || (a && b && text_compare_any_case(a, b) == 0);
}

bool text_starts_with_any_case(const char *text, const char *start)
{
    for (; *start; text++, start++)
        if (text_lower_char(*text) != text_lower_char(*start))
            return false;
    return true;
}

bool text_ends_with_any_case(const char *text, const char *end)
{
    size_t text_bytes = strlen(text);
    size_t end_bytes = strlen(end);
    return text_bytes >= end_bytes &&
           text_compare_any_case(text + text_bytes - end_bytes, end) == 0;
}

const char *text_find_any_case(const char *text, const char *part)
{
    for (;; text++) {
        if (text_starts_with_any_case(text, part))
            return text;
        if (!*text)
            return NULL;
    }
}

static bool is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Well-formed means RFC 3629: shortest form, no surrogates, at most U+10FFFF. */
size_t text_utf8_sequence(const char *bytes, size_t length_bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    if (length_bytes == 0)
        return 0;
    if (b[0] < 0x80)
        return 1;
    if (b[0] >= 0xc2 && b[0] <= 0xdf)
        return length_bytes >= 2 && is_continuation(b[1]) ? 2 : 0;
    if (b[0] >= 0xe0 && b[0] <= 0xef) {
        if (length_bytes < 3 || !is_continuation(b[1]) || !is_continuation(b[2]))
            return 0;
        bool overlong = b[0] == 0xe0 && b[1] < 0xa0;
        bool surrogate = b[0] == 0xed && b[1] > 0x9f;
        return overlong || surrogate ? 0 : 3;
    }
    if (b[0] >= 0xf0 && b[0] <= 0xf4) {
        if (length_bytes < 4 || !is_continuation(b[1]) || !is_continuation(b[2]) ||
            !is_continuation(b[3]))
            return 0;
        bool overlong = b[0] == 0xf0 && b[1] < 0x90;
        bool too_large = b[0] == 0xf4 && b[1] > 0x8f;
        return overlong || too_large ? 0 : 4;
    }
    return 0;
}

static void buffer_reserve(TextBuffer *buffer, size_t more_bytes)
{
    if (more_bytes > SIZE_MAX / 4 - buffer->length_bytes)
        memory_exhausted();
    size_t least_bytes = buffer->length_bytes + more_bytes + 1;
    if (least_bytes <= buffer->capacity_bytes)
        return;
    size_t capacity_bytes = buffer->capacity_bytes ? buffer->capacity_bytes * 2 : 64;
    if (capacity_bytes < least_bytes)
        capacity_bytes = least_bytes;
    buffer->text = memory_resize(buffer->text, capacity_bytes, 1);
    buffer->capacity_bytes = capacity_bytes;
}

void text_append_bytes(TextBuffer *buffer, const char *bytes, size_t length_bytes)
{
    buffer_reserve(buffer, length_bytes);
    if (length_bytes)
        memcpy(buffer->text + buffer->length_bytes, bytes, length_bytes);
    buffer->length_bytes += length_bytes;
    buffer->text[buffer->length_bytes] = '\0';
}

void text_append(TextBuffer *buffer, const char *text)
{
    text_append_bytes(buffer, text, strlen(text));
}

void text_append_char(TextBuffer *buffer, char c)
{
    text_append_bytes(buffer, &c, 1);
}

void text_append_format(TextBuffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    size_t length_bytes = length < 0 ? 0 : (size_t)length;
    buffer_reserve(buffer, length_bytes);
    va_start(arguments, format);
    vsnprintf(buffer->text + buffer->length_bytes, length_bytes + 1, format, arguments);
    va_end(arguments);
    buffer->length_bytes += length_bytes;
}

void text_buffer_clear(TextBuffer *buffer)
{
    buffer->length_bytes = 0;
    if (buffer->text)
        buffer->text[0] = '\0';
}

void text_buffer_free(TextBuffer *buffer)
{
    free(buffer->text);
    *buffer = (TextBuffer){0};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = text_lower_char(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Dashes stand where they belong (8-4-4-4-12) or nowhere. */
static bool dash_expected(int digit)
{
    return digit == 8 || digit == 12 || digit == 16 || digit == 20;
}

bool guid_parse(const char *text, Guid *guid)
{
    if (!text)
        return false;
    bool braces = *text == '{';
    text += braces;
    bool dashes = strlen(text) > 8 && text[8] == '-';
    Guid parsed = {{0}};
    for (int digit = 0; digit < 32; digit++) {
        if (dashes && dash_expected(digit) && *text++ != '-')
            return false;
        int value = hex_value(*text++);
        if (value < 0)
            return false;
        parsed.bytes[digit / 2] = (uint8_t)(parsed.bytes[digit / 2] << 4 | value);
    }
    if (braces && *text++ != '}')
        return false;
    if (*text)
        return false;
    *guid = parsed;
    return true;
}

bool guid_equal(const Guid *a, const Guid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool guid_is_zero(const Guid *guid)
{
    static const Guid zero;
    return guid_equal(guid, &zero);
}

void guid_format(const Guid *guid, char text[GUID_TEXT_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    char *out = text;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[guid->bytes[i] >> 4];
        *out++ = hex[guid->bytes[i] & 15];
    }
    *out = '\0';
}
