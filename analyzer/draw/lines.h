#ifndef DRAW_LINES_H
#define DRAW_LINES_H

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>

/* Reading descriptions, one per line, without ever holding more than `most_bytes`. */
typedef enum LineResult {
    LINE_READ,
    LINE_TOO_LONG, /* skipped to its end */
    LINE_END,      /* no more */
    LINE_FAILED    /* the system could not read on; errno says why */
} LineResult;

/* The next line without its end, in `line`, which is cleared first. */
LineResult line_read(FILE *file, size_t most_bytes, TextBuffer *line);

/* The whole rest of the file the same way. */
LineResult file_read_rest(FILE *file, size_t most_bytes, TextBuffer *text);

#endif
