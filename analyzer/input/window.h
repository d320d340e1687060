#ifndef INPUT_WINDOW_H
#define INPUT_WINDOW_H

#include "input/decode.h"
#include "input/scan.h"

/*
 * Inside input/ only: a sliding window over a decoded text, INPUT_WINDOW_BYTES long unless one
 * value needs more.  The unread part is bytes[begin] to bytes[end]; it moves whenever more is read,
 * so keep no pointers across calls.
 */
typedef struct Window {
    Decoder *decoder; /* NULL: `bytes` is a text in memory, owned by the caller, and all there is */
    char *bytes;
    size_t capacity_bytes;
    size_t begin, end;
    bool at_end;            /* nothing comes behind `end` */
    uint32_t line;          /* of bytes[begin] */
    uint32_t replaced_line; /* of the first U+FFFD the decoder wrote, 0 when none */
} Window;

typedef enum Measured { MEASURED, MEASURED_CUT, MEASURED_TOO_LARGE } Measured;

Window window_over_file(Decoder *decoder);
Window window_over_text(char *text, size_t length_bytes, uint32_t line);
void window_free(Window *window);

/* Skips white space; the byte behind it, which stays unread, or -1 at the end. */
int window_peek(Window *window);

/* The byte `offset` behind the first unread one, or -1 when the text ends before it. */
int window_at(Window *window, size_t offset);

/* Marks bytes as read that hold `newlines` line feeds. */
void window_take(Window *window, size_t length_bytes, uint32_t newlines);

/*
 * Brings the whole value at bytes[begin] into the window, if it has at most `largest_bytes`.  A
 * number or literal that the end of the text cuts off is MEASURED_CUT: there may have been more.
 */
Measured window_measure(Window *window, uint64_t largest_bytes, Scan *scan);

/*
 * Reads up to, not including, the comma or `closer` that ends the item here, whatever it consists
 * of.  False: the text ends first.
 */
bool window_skip_item(Window *window, char closer);

/* Reads up to the beginning of the next line that begins with [ or {.  False: there is none. */
bool window_skip_text(Window *window);

#endif
