#include "draw/metrics.h"

#include "base/text.h"
#include "draw/font_widths.h"

#include <string.h>

enum { UNKNOWN_WIDTH = 700, FULL_WIDTH = 1000, PICTOGRAPH_WIDTH = 1400, WIDTHS_PER_EM = 1000 };

#define ELLIPSIS "\xe2\x80\xa6"

/* Reads one character and moves on; well-formed UTF-8 is promised. */
static uint32_t next_code_point(const char **text)
{
    const unsigned char *bytes = (const unsigned char *)*text;
    if (bytes[0] < 0x80) {
        *text += 1;
        return bytes[0];
    }
    size_t length_bytes = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    uint32_t code_point = bytes[0] & (0x7fU >> length_bytes);
    for (size_t i = 1; i < length_bytes; i++)
        code_point = code_point << 6 | (bytes[i] & 0x3fU);
    *text += length_bytes;
    return code_point;
}

static bool is_between(uint32_t code_point, uint32_t first, uint32_t last)
{
    return code_point >= first && code_point <= last;
}

/* East Asian Width W and F of Unicode, in blocks (https://www.unicode.org/reports/tr11/). */
static bool is_full_width(uint32_t code_point)
{
    return is_between(code_point, 0x1100, 0x115f) || is_between(code_point, 0x2e80, 0xa4cf) ||
           is_between(code_point, 0xa960, 0xa97f) || is_between(code_point, 0xac00, 0xd7a3) ||
           is_between(code_point, 0xf900, 0xfaff) || is_between(code_point, 0xfe30, 0xfe6f) ||
           is_between(code_point, 0xff00, 0xff60) || is_between(code_point, 0xffe0, 0xffe6) ||
           is_between(code_point, 0x20000, 0x3fffd) || code_point == 0xfffd;
}

static int symbol_width(uint32_t code_point, bool bold)
{
    for (size_t i = 0; i < sizeof SYMBOLS / sizeof *SYMBOLS; i++)
        if (SYMBOLS[i].code_point == code_point)
            return bold ? SYMBOLS[i].bold : SYMBOLS[i].regular;
    return UNKNOWN_WIDTH;
}

static int code_point_width(uint32_t code_point, bool bold)
{
    if (code_point == '\\') /* drawn as U+2216, which Helvetica lacks */
        return UNKNOWN_WIDTH;
    if (is_between(code_point, LATIN_FIRST, LATIN_LAST))
        return (bold ? LATIN_BOLD : LATIN_REGULAR)[code_point - LATIN_FIRST];
    if (is_between(code_point, GREEK_AND_CYRILLIC_FIRST, GREEK_AND_CYRILLIC_LAST))
        return (bold ? GREEK_AND_CYRILLIC_BOLD
                     : GREEK_AND_CYRILLIC_REGULAR)[code_point - GREEK_AND_CYRILLIC_FIRST];
    if (code_point == 0x200c || code_point == 0x200d)
        return 0;
    if (is_full_width(code_point))
        return FULL_WIDTH;
    if (is_between(code_point, 0x1f000, 0x1faff))
        return PICTOGRAPH_WIDTH;
    return symbol_width(code_point, bold);
}

int64_t text_width_milli(const char *text, Font font)
{
    int64_t widths = 0;
    while (*text)
        widths += code_point_width(next_code_point(&text), font.bold);
    return widths * font.size;
}

double text_width(const char *text, Font font)
{
    return (double)text_width_milli(text, font) / WIDTHS_PER_EM;
}

int text_width_up(const char *text, Font font)
{
    return (int)((text_width_milli(text, font) + WIDTHS_PER_EM - 1) / WIDTHS_PER_EM);
}

int text_width_roomy(const char *text, Font font)
{
    int width = text_width_up(text, font);
    return width + width / 40 + 2;
}

/* Bytes of the longest beginning of `text` that is at most `room` thousandths wide. */
static size_t head_within(const char *text, int64_t room, Font font)
{
    const char *at = text;
    for (;;) {
        const char *next = at;
        if (!*at)
            return (size_t)(at - text);
        room -= (int64_t)code_point_width(next_code_point(&next), font.bold) * font.size;
        if (room < 0)
            return (size_t)(at - text);
        at = next;
    }
}

static bool is_continuation_byte(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Bytes of the longest end of `text` that is at most `room` thousandths wide. */
static size_t tail_within(const char *text, int64_t room, Font font)
{
    size_t length_bytes = strlen(text);
    size_t start = length_bytes;
    while (start > 0) {
        size_t before = start - 1;
        while (before > 0 && is_continuation_byte(text[before]))
            before--;
        const char *at = text + before;
        room -= (int64_t)code_point_width(next_code_point(&at), font.bold) * font.size;
        if (room < 0)
            break;
        start = before;
    }
    return length_bytes - start;
}

const char *text_fit_roomy(Arena *arena, const char *text, int width, Font font)
{
    if (text_width_roomy(text, font) <= width)
        return text;
    return text_fit(arena, text, width - width / 40 - 2, font, USUAL_HEAD_PERCENT);
}

const char *text_fit(Arena *arena, const char *text, int width, Font font, int head_percent)
{
    int64_t room = (int64_t)width * WIDTHS_PER_EM;
    if (text_width_milli(text, font) <= room)
        return text;
    room -= text_width_milli(ELLIPSIS, font);
    if (room <= 0)
        return ELLIPSIS;
    size_t head_bytes = head_within(text, room * head_percent / 100, font);
    const char *head = arena_copy_bytes(arena, text, head_bytes);
    int64_t tail_room = room - text_width_milli(head, font);
    if (head_percent >= 100)
        tail_room = 0;
    size_t tail_bytes = tail_within(text + head_bytes, tail_room, font);
    const char *tail = text + strlen(text) - tail_bytes;
    return arena_format(arena, "%s" ELLIPSIS "%s", head, tail);
}

/* Bytes of the first line of `text`; at least one character, so that wrapping ends. */
static size_t line_within(const char *text, int width, Font font)
{
    size_t most_bytes = head_within(text, (int64_t)width * WIDTHS_PER_EM, font);
    if (!text[most_bytes])
        return most_bytes;
    size_t line_bytes = most_bytes;
    while (line_bytes > 0 && text[line_bytes] != ' ')
        line_bytes--;
    if (line_bytes > 0)
        return line_bytes;
    if (most_bytes > 0)
        return most_bytes;
    const char *at = text;
    next_code_point(&at);
    return (size_t)(at - text);
}

uint32_t text_wrap(Arena *arena, const char *text, int width, Font font, const char **lines,
                   uint32_t most_lines)
{
    uint32_t line_count = 0;
    while (*text == ' ')
        text++;
    while (*text && line_count < most_lines) {
        size_t line_bytes = line_within(text, width, font);
        if (line_count + 1 == most_lines)
            lines[line_count++] = text_fit(arena, text, width, font, 100);
        else
            lines[line_count++] = arena_copy_bytes(arena, text, line_bytes);
        text += line_bytes;
        while (*text == ' ')
            text++;
    }
    return line_count;
}
