#include "input/window.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

Window window_over_file(Decoder *decoder)
{
    return (Window){.decoder = decoder,
                    .bytes = memory_resize(NULL, INPUT_WINDOW_BYTES, 1),
                    .capacity_bytes = INPUT_WINDOW_BYTES,
                    .line = 1};
}

Window window_over_text(char *text, size_t length_bytes, uint32_t line)
{
    return (Window){.bytes = text, .end = length_bytes, .at_end = true, .line = line};
}

void window_free(Window *window)
{
    if (window->decoder)
        free(window->bytes);
}

static void note_replaced(Window *window)
{
    const Decoder *decoder = window->decoder;
    if (!decoder->replaced || window->replaced_line)
        return;
    size_t at = window->end - (size_t)(decoder->decoded_bytes - decoder->replaced_at);
    window->replaced_line =
        window->line + scan_count_newlines(window->bytes + window->begin, at - window->begin);
}

/*
 * Reads until the window is full, so that a value which fills it again and again is scanned only
 * as often as the window doubles.
 */
static void read_more(Window *window)
{
    if (window->at_end)
        return;
    memmove(window->bytes, window->bytes + window->begin, window->end - window->begin);
    window->end -= window->begin;
    window->begin = 0;
    if (window->capacity_bytes - window->end < DECODE_LEAST_BYTES) {
        window->capacity_bytes *= 2;
        window->bytes = memory_resize(window->bytes, window->capacity_bytes, 1);
    }
    while (!window->at_end && window->capacity_bytes - window->end >= DECODE_LEAST_BYTES) {
        size_t got = decoder_read(window->decoder, window->bytes + window->end,
                                  window->capacity_bytes - window->end);
        window->at_end = got == 0;
        window->end += got;
    }
    note_replaced(window);
}

int window_at(Window *window, size_t offset)
{
    if (offset >= window->end - window->begin)
        read_more(window);
    if (offset >= window->end - window->begin)
        return -1;
    return (unsigned char)window->bytes[window->begin + offset];
}

int window_peek(Window *window)
{
    for (;;) {
        for (; window->begin < window->end; window->begin++) {
            char c = window->bytes[window->begin];
            if (c == '\n')
                window->line++;
            else if (c != ' ' && c != '\r' && c != '\t')
                return (unsigned char)c;
        }
        if (window->at_end)
            return -1;
        read_more(window);
    }
}

void window_take(Window *window, size_t length_bytes, uint32_t newlines)
{
    window->begin += length_bytes;
    window->line += newlines;
}

Measured window_measure(Window *window, uint64_t largest_bytes, Scan *scan)
{
    for (;;) {
        bool at_end = window->at_end;
        size_t have = window->end - window->begin;
        if (scan_value(window->bytes + window->begin, have, false, scan))
            return scan->length_bytes > largest_bytes ? MEASURED_TOO_LARGE : MEASURED;
        if (have > largest_bytes)
            return MEASURED_TOO_LARGE;
        if (at_end)
            return MEASURED_CUT;
        read_more(window);
    }
}

typedef struct Skip {
    char closer;
    bool in_text;
    bool escaped;
    uint64_t depth;
} Skip;

static bool ends_item(Skip *skip, char c)
{
    if (skip->in_text) {
        skip->in_text = c != '"' || skip->escaped;
        skip->escaped = c == '\\' && !skip->escaped;
        return false;
    }
    if (skip->depth == 0 && (c == ',' || c == skip->closer))
        return true;
    if (c == '"')
        skip->in_text = true;
    else if (c == '[' || c == '{')
        skip->depth++;
    else if (c == ']' || c == '}')
        skip->depth -= skip->depth > 0;
    return false;
}

bool window_skip_item(Window *window, char closer)
{
    Skip skip = {.closer = closer};
    for (;;) {
        for (; window->begin < window->end; window->begin++) {
            char c = window->bytes[window->begin];
            if (ends_item(&skip, c))
                return true;
            window->line += c == '\n';
        }
        if (window->at_end)
            return false;
        read_more(window);
    }
}

bool window_skip_text(Window *window)
{
    for (;;) {
        char *unread = window->bytes + window->begin;
        char *newline = memchr(unread, '\n', window->end - window->begin);
        if (newline) {
            window_take(window, (size_t)(newline + 1 - unread), 1);
            int next = window_at(window, 0);
            if (next == '[' || next == '{')
                return true;
            continue;
        }
        window->begin = window->end;
        if (window->at_end)
            return false;
        read_more(window);
    }
}
