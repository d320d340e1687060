#include "draw/lines.h"

static LineResult read_until(FILE *file, int end, size_t most_bytes, TextBuffer *text)
{
    bool any = false;
    bool too_long = false;
    int byte;
    text_buffer_clear(text);
    text_append(text, "");
    while ((byte = getc_unlocked(file)) != EOF) {
        any = true;
        if (byte == end)
            break;
        too_long = too_long || text->length_bytes == most_bytes;
        if (!too_long)
            text_append_char(text, (char)byte);
    }
    if (byte == EOF && ferror(file))
        return LINE_FAILED;
    if (!any)
        return LINE_END;
    return too_long ? LINE_TOO_LONG : LINE_READ;
}

LineResult line_read(FILE *file, size_t most_bytes, TextBuffer *line)
{
    return read_until(file, '\n', most_bytes, line);
}

LineResult file_read_rest(FILE *file, size_t most_bytes, TextBuffer *text)
{
    return read_until(file, EOF, most_bytes, text);
}
