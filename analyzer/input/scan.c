#include "input/scan.h"

#include "base/text.h"

#include <string.h>

enum { NUMBER_BYTES = 60, ESCAPE_BYTES = 6 };

static const size_t CUT = SIZE_MAX; /* in place of an offset: the text ends inside the token */

typedef enum ByteClass {
    BYTE_OTHER, /* for cJSON to refuse */
    BYTE_CONTROL,
    BYTE_SPACE,
    BYTE_QUOTE,
    BYTE_OPEN,
    BYTE_CLOSE,
    BYTE_BETWEEN, /* comma, colon */
    BYTE_NUMBER,
    BYTE_LETTER
} ByteClass;

static const uint8_t byte_classes[256] = {
    [0x00] = BYTE_CONTROL, [0x01] = BYTE_CONTROL, [0x02] = BYTE_CONTROL, [0x03] = BYTE_CONTROL,
    [0x04] = BYTE_CONTROL, [0x05] = BYTE_CONTROL, [0x06] = BYTE_CONTROL, [0x07] = BYTE_CONTROL,
    [0x08] = BYTE_CONTROL, ['\t'] = BYTE_SPACE,   ['\n'] = BYTE_SPACE,   [0x0b] = BYTE_CONTROL,
    [0x0c] = BYTE_CONTROL, ['\r'] = BYTE_SPACE,   [0x0e] = BYTE_CONTROL, [0x0f] = BYTE_CONTROL,
    [0x10] = BYTE_CONTROL, [0x11] = BYTE_CONTROL, [0x12] = BYTE_CONTROL, [0x13] = BYTE_CONTROL,
    [0x14] = BYTE_CONTROL, [0x15] = BYTE_CONTROL, [0x16] = BYTE_CONTROL, [0x17] = BYTE_CONTROL,
    [0x18] = BYTE_CONTROL, [0x19] = BYTE_CONTROL, [0x1a] = BYTE_CONTROL, [0x1b] = BYTE_CONTROL,
    [0x1c] = BYTE_CONTROL, [0x1d] = BYTE_CONTROL, [0x1e] = BYTE_CONTROL, [0x1f] = BYTE_CONTROL,
    [' '] = BYTE_SPACE,    ['"'] = BYTE_QUOTE,    ['['] = BYTE_OPEN,     ['{'] = BYTE_OPEN,
    [']'] = BYTE_CLOSE,    ['}'] = BYTE_CLOSE,    [','] = BYTE_BETWEEN,  [':'] = BYTE_BETWEEN,
    ['-'] = BYTE_NUMBER,   ['0'] = BYTE_NUMBER,   ['1'] = BYTE_NUMBER,   ['2'] = BYTE_NUMBER,
    ['3'] = BYTE_NUMBER,   ['4'] = BYTE_NUMBER,   ['5'] = BYTE_NUMBER,   ['6'] = BYTE_NUMBER,
    ['7'] = BYTE_NUMBER,   ['8'] = BYTE_NUMBER,   ['9'] = BYTE_NUMBER,   ['a'] = BYTE_LETTER,
    ['e'] = BYTE_LETTER,   ['f'] = BYTE_LETTER,   ['l'] = BYTE_LETTER,   ['n'] = BYTE_LETTER,
    ['r'] = BYTE_LETTER,   ['s'] = BYTE_LETTER,   ['t'] = BYTE_LETTER,   ['u'] = BYTE_LETTER,
};

static ByteClass byte_class(char c)
{
    return (ByteClass)byte_classes[(unsigned char)c];
}

static void note_fault(Scan *scan, ScanFault fault, size_t at)
{
    if (scan->fault)
        return;
    scan->fault = fault;
    scan->fault_at = at;
}

static void note_repairable(Scan *scan, uint32_t *count, size_t at)
{
    if (!scan->line_breaks && !scan->controls && !scan->lone_surrogates)
        scan->repairable_at = at;
    ++*count;
}

/* Sixteen bytes at a time; the compiler makes SSE2 or NEON of it. */
typedef uint8_t Bytes16 __attribute__((vector_size(16)));
typedef uint64_t Words2 __attribute__((vector_size(16)));

/* The index of the first byte in memory order that is not 0; `word` is not 0. */
static inline size_t first_byte(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(word) / 8;
#else
    return (size_t)__builtin_clzll(word) / 8;
#endif
}

/* The first quote, backslash or control character at or behind `at`, or `length_bytes`. */
static inline size_t find_special(const char *text, size_t at, size_t length_bytes)
{
    for (; at + sizeof(Bytes16) <= length_bytes; at += sizeof(Bytes16)) {
        Bytes16 bytes;
        memcpy(&bytes, text + at, sizeof bytes);
        Words2 hits = (Words2)((bytes == '"') | (bytes == '\\') | (bytes < 0x20));
        if (hits[0])
            return at + first_byte(hits[0]);
        if (hits[1])
            return at + sizeof(uint64_t) + first_byte(hits[1]);
    }
    for (; at < length_bytes; at++) {
        char c = text[at];
        if (c == '"' || c == '\\' || (unsigned char)c < 0x20)
            break;
    }
    return at;
}

enum { HEX_WRONG = -1, HEX_CUT = -2 };

/* The four hexadecimal digits at text[at] as a number, or why there are none. */
static int hex4(const char *text, size_t at, size_t length_bytes)
{
    int value = 0;
    for (size_t end = at + 4; at < end; at++) {
        if (at >= length_bytes)
            return HEX_CUT;
        char c = text_lower_char(text[at]);
        if (c >= '0' && c <= '9')
            value = value * 16 + c - '0';
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + c - 'a' + 10;
        else
            return HEX_WRONG;
    }
    return value;
}

static bool is_high_surrogate(int code)
{
    return code >= 0xd800 && code <= 0xdbff;
}

static bool is_low_surrogate(int code)
{
    return code >= 0xdc00 && code <= 0xdfff;
}

/* The length of the \uXXXX at `at`: 12 for a pair, 6 for a single one, also when it is lone. */
static size_t unicode_escape_bytes(const char *text, size_t at, size_t length_bytes, bool *lone)
{
    int code = hex4(text, at + 2, length_bytes);
    *lone = is_low_surrogate(code);
    if (!is_high_surrogate(code))
        return ESCAPE_BYTES;
    size_t next = at + ESCAPE_BYTES;
    if (next >= length_bytes || (text[next] == '\\' && next + 1 >= length_bytes))
        return CUT;
    *lone = true;
    if (text[next] != '\\' || text[next + 1] != 'u')
        return ESCAPE_BYTES;
    int other = hex4(text, next + 2, length_bytes);
    if (other == HEX_CUT)
        return CUT;
    *lone = !is_low_surrogate(other);
    return *lone ? ESCAPE_BYTES : ESCAPE_BYTES * 2;
}

static size_t skip_escape(const char *text, size_t at, size_t length_bytes, Scan *scan)
{
    if (length_bytes - at < 2)
        return CUT;
    char c = text[at + 1];
    if (c != 'u') {
        if (!c || !strchr("\"\\/bfnrt", c))
            note_fault(scan, c ? SCAN_ESCAPE : SCAN_NUL, at);
        return at + 2;
    }
    int code = hex4(text, at + 2, length_bytes);
    if (code == HEX_CUT)
        return CUT;
    if (code == HEX_WRONG || code == 0) {
        note_fault(scan, code ? SCAN_ESCAPE : SCAN_NUL, at);
        return at + 2;
    }
    bool lone = false;
    size_t escape_bytes = unicode_escape_bytes(text, at, length_bytes, &lone);
    if (escape_bytes == CUT)
        return CUT;
    if (lone)
        note_repairable(scan, &scan->lone_surrogates, at);
    return at + escape_bytes;
}

static void note_control(const char *text, size_t at, Scan *scan)
{
    if (text[at] == '\n')
        scan->newlines++;
    if (text[at] == '\0')
        note_fault(scan, SCAN_NUL, at);
    else if (text[at] == '\n' || text[at] == '\r')
        note_repairable(scan, &scan->line_breaks, at);
    else
        note_repairable(scan, &scan->controls, at);
}

/* From behind the opening quote to behind the closing one. */
static size_t skip_text(const char *text, size_t at, size_t length_bytes, Scan *scan)
{
    for (;;) {
        at = find_special(text, at, length_bytes);
        if (at == length_bytes)
            return CUT;
        if (text[at] == '"')
            return at + 1;
        if (text[at] != '\\') {
            note_control(text, at++, scan);
            continue;
        }
        at = skip_escape(text, at, length_bytes, scan);
        if (at == CUT)
            return CUT;
    }
}

static size_t skip_digits(const char *text, size_t at, size_t length_bytes)
{
    while (at < length_bytes && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

static bool part_of_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Whether text[at..end) is -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?, the form of RFC 8259. */
static bool number_is_well_formed(const char *text, size_t at, size_t end)
{
    at += at < end && text[at] == '-';
    size_t whole = at;
    at = skip_digits(text, at, end);
    if (at == whole || (text[whole] == '0' && at > whole + 1))
        return false;
    if (at < end && text[at] == '.') {
        size_t fraction = at + 1;
        at = skip_digits(text, fraction, end);
        if (at == fraction)
            return false;
    }
    if (at < end && (text[at] == 'e' || text[at] == 'E')) {
        size_t exponent = at + 1;
        exponent += exponent < end && (text[exponent] == '-' || text[exponent] == '+');
        at = skip_digits(text, exponent, end);
        if (at == exponent)
            return false;
    }
    return at == end;
}

static size_t skip_number(const char *text, size_t at, size_t length_bytes, bool at_end, Scan *scan)
{
    size_t end = at;
    while (end < length_bytes && part_of_number(text[end]))
        end++;
    if (end == length_bytes && !at_end)
        return CUT;
    if (!number_is_well_formed(text, at, end))
        note_fault(scan, SCAN_NUMBER, at);
    else if (end - at > NUMBER_BYTES)
        note_fault(scan, SCAN_LONG_NUMBER, at);
    return end;
}

static size_t skip_letters(const char *text, size_t at, size_t length_bytes, bool at_end)
{
    while (at < length_bytes && byte_class(text[at]) == BYTE_LETTER)
        at++;
    return at == length_bytes && !at_end ? CUT : at;
}

/* Most white space is a line feed and some blanks: these eight at a time. */
static inline size_t skip_blanks(const char *text, size_t at, size_t length_bytes)
{
    const uint64_t blanks = 0x2020202020202020u;
    uint64_t word;
    for (; at + sizeof word <= length_bytes; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        if (word != blanks)
            return at + first_byte(word ^ blanks);
    }
    return at;
}

static inline size_t skip_space(const char *text, size_t at, size_t length_bytes, Scan *scan)
{
    while (at < length_bytes) {
        char c = text[at];
        if (c == '\n') {
            scan->newlines++;
            at = skip_blanks(text, at + 1, length_bytes);
        } else if (c == ' ' || c == '\r' || c == '\t') {
            at++;
        } else {
            break;
        }
    }
    return at;
}

bool scan_value(const char *text, size_t length_bytes, bool at_end, Scan *scan)
{
    *scan = (Scan){0};
    uint32_t depth = 0;
    size_t at = 0;
    while (at < length_bytes) {
        switch (byte_class(text[at])) {
        case BYTE_SPACE:
            at = skip_space(text, at, length_bytes, scan);
            continue;
        case BYTE_QUOTE:
            at = skip_text(text, at + 1, length_bytes, scan);
            break;
        case BYTE_OPEN:
            if (++depth > JSON_MAX_DEPTH)
                note_fault(scan, SCAN_DEEP, at);
            at++;
            break;
        case BYTE_CLOSE:
            depth -= depth > 0;
            at++;
            break;
        case BYTE_NUMBER:
            at = skip_number(text, at, length_bytes, at_end, scan);
            break;
        case BYTE_LETTER:
            at = skip_letters(text, at, length_bytes, at_end);
            break;
        case BYTE_CONTROL:
            note_fault(scan, text[at] ? SCAN_CONTROL : SCAN_NUL, at);
            at++;
            break;
        case BYTE_BETWEEN:
        case BYTE_OTHER:
            at++;
            break;
        }
        if (at == CUT)
            return false;
        if (depth == 0) {
            scan->length_bytes = at;
            return true;
        }
    }
    return false;
}

size_t scan_repair(char *text, size_t length_bytes)
{
    size_t out = 0;
    bool in_text = false;
    for (size_t at = 0; at < length_bytes; at++) {
        char c = text[at];
        if (in_text && (c == '\n' || c == '\r'))
            continue;
        if (c == '"')
            in_text = !in_text;
        if (c != '\\' || at + 1 == length_bytes) {
            text[out++] = c;
            continue;
        }
        bool lone = false;
        size_t escape_bytes = 2;
        if (text[at + 1] == 'u' && hex4(text, at + 2, length_bytes) > 0)
            escape_bytes = unicode_escape_bytes(text, at, length_bytes, &lone);
        memmove(text + out, lone ? "\\ufffd" : text + at, escape_bytes);
        out += escape_bytes;
        at += escape_bytes - 1;
    }
    return out;
}

const char *scan_fault_text(ScanFault fault)
{
    switch (fault) {
    case SCAN_CLEAN:
        break;
    case SCAN_NUL:
        return "a NUL character, which would cut the text short";
    case SCAN_DEEP:
        return "nested deeper than 512 levels";
    case SCAN_LONG_NUMBER:
        return "a number of more than 60 characters";
    case SCAN_CONTROL:
        return "a control character outside a text";
    case SCAN_NUMBER:
        return "a number in a form that JSON does not have";
    case SCAN_ESCAPE:
        return "a backslash escape that JSON does not have";
    }
    return "nothing wrong";
}

uint32_t scan_count_newlines(const char *bytes, size_t length_bytes)
{
    uint32_t count = 0;
    const char *end = bytes + length_bytes;
    for (; bytes < end && (bytes = memchr(bytes, '\n', (size_t)(end - bytes))); bytes++)
        count++;
    return count;
}
