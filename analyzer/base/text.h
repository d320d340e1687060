#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Plain text: NUL-terminated UTF-8, compared byte by byte or without the case of ASCII letters.
 * Azure's ids are ASCII, so "any case" always means ASCII case here, whatever the locale.
 */
bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_equal_any_case(const char *a, const char *b);
int text_compare_any_case(const char *a, const char *b); /* strcmp order of the lower-cased texts */
bool text_starts_with_any_case(const char *text, const char *start);
bool text_ends_with_any_case(const char *text, const char *end);

/* Where `part` begins in `text`, case ignored, or NULL. */
const char *text_find_any_case(const char *text, const char *part);

char text_lower_char(char c);
void text_lower(char *text); /* in place */

/* True for NULL and "". */
bool text_is_empty(const char *text);

/* Length of the well-formed UTF-8 sequence at bytes (1 to 4), or 0 if it is not well-formed. */
size_t text_utf8_sequence(const char *bytes, size_t length_bytes);

/* A growing text.  `= {0}` is empty; text is NULL until the first append.  Free with free(). */
typedef struct TextBuffer {
    char *text;
    size_t length_bytes;
    size_t capacity_bytes;
} TextBuffer;

void text_append(TextBuffer *buffer, const char *text);
void text_append_bytes(TextBuffer *buffer, const char *bytes, size_t length_bytes);
void text_append_char(TextBuffer *buffer, char c);
void text_append_format(TextBuffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_buffer_clear(TextBuffer *buffer); /* empty, keeps the memory */
void text_buffer_free(TextBuffer *buffer);

/* A GUID as 16 bytes: found in any case, with or without dashes, braces allowed. */
typedef struct Guid {
    uint8_t bytes[16];
} Guid;

enum { GUID_TEXT_BYTES = 37 };

bool guid_parse(const char *text, Guid *guid); /* false: text is not exactly one GUID */
bool guid_equal(const Guid *a, const Guid *b);
bool guid_is_zero(const Guid *guid);
void guid_format(const Guid *guid, char text[GUID_TEXT_BYTES]); /* lower case, dashes */

#endif
