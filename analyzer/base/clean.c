#include "base/clean.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT   "\xef\xbf\xbd" /* U+FFFD */
#define SET_MINUS     "\xe2\x88\x96" /* U+2216, looks like a backslash */
#define NO_CODE_POINT UINT32_MAX     /* a byte that is not well-formed UTF-8 */

typedef struct CodePointRange {
    uint32_t first;
    uint32_t last;
} CodePointRange;

/* Ascending.  Characters that act on the text around them instead of being seen. */
static const CodePointRange HIDDEN_RANGES[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c},   {0x200b, 0x200b},
    {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x2069},   {0xfdd0, 0xfdef},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

static bool is_hidden(uint32_t code_point)
{
    if ((code_point & 0xfffe) == 0xfffe) /* the last two of every plane are non-characters */
        return true;
    for (size_t i = 0; i < sizeof HIDDEN_RANGES / sizeof *HIDDEN_RANGES; i++)
        if (code_point <= HIDDEN_RANGES[i].last)
            return code_point >= HIDDEN_RANGES[i].first;
    return false;
}

static bool is_line_break_or_tab(uint32_t code_point)
{
    return (code_point >= 0x09 && code_point <= 0x0d) || code_point == 0x85 ||
           code_point == 0x2028 || code_point == 0x2029;
}

static uint32_t decode(const char *sequence, size_t length_bytes)
{
    static const unsigned char FIRST_BITS[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code_point = (unsigned char)sequence[0] & FIRST_BITS[length_bytes];
    for (size_t i = 1; i < length_bytes; i++)
        code_point = code_point << 6 | ((unsigned char)sequence[i] & 0x3f);
    return code_point;
}

static void append_shown(TextBuffer *out, uint32_t code_point)
{
    if (code_point == '\n')
        text_append(out, "\\n");
    else if (code_point == '\r')
        text_append(out, "\\r");
    else if (code_point == '\t')
        text_append(out, "\\t");
    else if (code_point <= 0xff)
        text_append_format(out, "\\x%02x", (unsigned)code_point);
    else if (code_point <= 0xffff)
        text_append_format(out, "\\u%04x", (unsigned)code_point);
    else
        text_append_format(out, "\\U%08x", (unsigned)code_point);
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void append_seen(TextBuffer *out, CleanForm form, const char *sequence, size_t length_bytes)
{
    bool marked_up = form == CLEAN_MARKUP || form == CLEAN_DOT;
    const char *replaced = NULL;
    if (length_bytes == 1 && marked_up)
        replaced = entity(*sequence);
    if (form == CLEAN_DOT && *sequence == '\\')
        replaced = SET_MINUS;
    if (form == CLEAN_CSV && *sequence == '"')
        replaced = "\"\"";
    if (replaced)
        text_append(out, replaced);
    else
        text_append_bytes(out, sequence, length_bytes);
}

static void append_cleaned(TextBuffer *out, CleanForm form, const char *bytes, size_t length_bytes)
{
    for (size_t at = 0; at < length_bytes;) {
        size_t sequence_bytes = text_utf8_sequence(bytes + at, length_bytes - at);
        uint32_t code_point = sequence_bytes ? decode(bytes + at, sequence_bytes) : NO_CODE_POINT;
        bool hidden = code_point == NO_CODE_POINT || is_hidden(code_point);
        if (!hidden)
            append_seen(out, form, bytes + at, sequence_bytes);
        else if (form == CLEAN_TERMINAL)
            append_shown(out, code_point == NO_CODE_POINT ? (unsigned char)bytes[at] : code_point);
        else if (!is_line_break_or_tab(code_point))
            text_append(out, REPLACEMENT);
        else if (code_point != '\n' || at == 0 || bytes[at - 1] != '\r')
            text_append_char(out, ' ');
        at += sequence_bytes ? sequence_bytes : 1;
    }
}

/*
 * Excel and LibreOffice compute a field that begins with one of these, wherever the file came from
 * (https://owasp.org/www-community/attacks/CSV_Injection).  Full-width forms count as well, and
 * white space before is looked through because some programs trim it.
 */
static bool looks_like_formula(const char *cleaned)
{
    static const char *const STARTS[] = {
        "=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0",
    };
    while (*cleaned == ' ')
        cleaned++;
    for (size_t i = 0; i < sizeof STARTS / sizeof *STARTS; i++)
        if (strncmp(cleaned, STARTS[i], strlen(STARTS[i])) == 0)
            return true;
    return false;
}

static void append_csv_field(TextBuffer *out, const char *bytes, size_t length_bytes)
{
    TextBuffer field = {0};
    text_append(&field, "");
    append_cleaned(&field, CLEAN_CSV, bytes, length_bytes);
    bool formula = looks_like_formula(field.text);
    bool quoted = formula || strpbrk(field.text, ",;\"") != NULL || field.text[0] == ' ';
    text_append(out, quoted ? "\"" : "");
    text_append(out, formula ? "'" : "");
    text_append(out, field.text);
    text_append(out, quoted ? "\"" : "");
    text_buffer_free(&field);
}

void clean_append_bytes(TextBuffer *out, CleanForm form, const char *bytes, size_t length_bytes)
{
    text_append(out, "");
    if (form == CLEAN_CSV)
        append_csv_field(out, bytes, length_bytes);
    else
        append_cleaned(out, form, bytes, length_bytes);
}

void clean_append(TextBuffer *out, CleanForm form, const char *text)
{
    clean_append_bytes(out, form, text ? text : "", text ? strlen(text) : 0);
}

char *clean_copy(Arena *arena, CleanForm form, const char *text)
{
    TextBuffer cleaned = {0};
    clean_append(&cleaned, form, text);
    char *copy = arena_copy_bytes(arena, cleaned.text, cleaned.length_bytes);
    text_buffer_free(&cleaned);
    return copy;
}
