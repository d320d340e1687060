#ifndef REPORT_SCREEN_H
#define REPORT_SCREEN_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What text for people may use. */
typedef struct Screen {
    bool color;
    uint32_t columns; /* 0: no limit (a file, a pipe) */
} Screen;

typedef enum TextStyle {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_CRITICAL,
    STYLE_HIGH,
    STYLE_MEDIUM,
    STYLE_LOW,
    STYLE_GOOD
} TextStyle;

/* Prints the text, cleaned for a terminal, in the style. */
void screen_print(const Screen *screen, FILE *stream, TextStyle style, const char *text);

/* A heading on a line of its own, after an empty line. */
void screen_heading(const Screen *screen, FILE *stream, const char *text);

/* Columns that the cleaned text takes; wide characters count two. */
uint32_t text_columns(const char *text);

/* The longest start of the text that fits into `columns`, in bytes; breaks only between
   characters. */
size_t text_fitting_bytes(const char *text, uint32_t columns);

/*
 * Prints the text, cleaned, broken between words at the screen's width; further lines begin with
 * `indent` blanks, and the first is taken to begin behind that many.  Ends the line.
 */
void screen_wrap(const Screen *screen, FILE *stream, uint32_t indent, const char *text);

/*
 * A table for people, printed when complete because widths depend on all cells.  Where the rows are
 * wider than the screen, cells of `wraps` columns are broken between words into further lines; the
 * text of no cell is cut.
 */
typedef struct TableColumn {
    const char *heading;
    bool right; /* numbers */
    bool wraps;
} TableColumn;

typedef struct Table Table;

/* `columns` must outlive the table. */
Table *table_new(const TableColumn *columns, uint32_t column_count);
void table_cell(Table *table, TextStyle style, const char *text); /* row by row */
void table_cell_number(Table *table, uint64_t number);
uint32_t table_row_count(const Table *table);
void table_print(const Table *table, const Screen *screen, FILE *stream);
void table_free(Table *table);

#endif
