#include "report/screen.h"

#include "base/array.h"
#include "base/clean.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const STYLE_CODES[] = {
    [STYLE_PLAIN] = "",  [STYLE_BOLD] = "1",    [STYLE_DIM] = "2",  [STYLE_CRITICAL] = "1;31",
    [STYLE_HIGH] = "31", [STYLE_MEDIUM] = "33", [STYLE_LOW] = "36", [STYLE_GOOD] = "32",
};

void screen_print(const Screen *screen, FILE *stream, TextStyle style, const char *text)
{
    TextBuffer cleaned = {0};
    clean_append(&cleaned, CLEAN_TERMINAL, text);
    bool colored = screen->color && style != STYLE_PLAIN;
    if (colored)
        fprintf(stream, "\x1b[%sm", STYLE_CODES[style]);
    fputs(cleaned.text, stream);
    if (colored)
        fputs("\x1b[0m", stream);
    text_buffer_free(&cleaned);
}

void screen_heading(const Screen *screen, FILE *stream, const char *text)
{
    fputc('\n', stream);
    screen_print(screen, stream, STYLE_BOLD, text);
    fputc('\n', stream);
}

/* ---- widths ---- */

static uint32_t decode(const char *bytes, size_t length_bytes)
{
    unsigned char first = (unsigned char)bytes[0];
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = first & masks[length_bytes];
    for (size_t i = 1; i < length_bytes; i++)
        code = code << 6 | ((unsigned char)bytes[i] & 0x3f);
    return code;
}

/* The blocks of East Asian and emoji characters that terminals draw two columns wide.
   https://www.unicode.org/reports/tr11/ */
static uint32_t columns_of(uint32_t code)
{
    static const uint32_t wide[][2] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0xa4cf},
                                       {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe4f},
                                       {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                                       {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (code >= wide[i][0] && code <= wide[i][1])
            return 2;
    return code >= 0x300 && code <= 0x36f ? 0 : 1; /* combining marks stand on their letter */
}

/* Bytes of the character at `text`, at least 1; *columns gets its width. */
static size_t next_character(const char *text, size_t length_bytes, uint32_t *columns)
{
    size_t bytes = text_utf8_sequence(text, length_bytes);
    *columns = bytes ? columns_of(decode(text, bytes)) : 1;
    return bytes ? bytes : 1;
}

static uint32_t columns_of_bytes(const char *text, size_t length_bytes)
{
    uint32_t total = 0, columns;
    while (length_bytes > 0) {
        size_t bytes = next_character(text, length_bytes, &columns);
        total += columns;
        text += bytes;
        length_bytes -= bytes;
    }
    return total;
}

uint32_t text_columns(const char *text)
{
    return columns_of_bytes(text, strlen(text));
}

size_t text_fitting_bytes(const char *text, uint32_t columns)
{
    size_t length_bytes = strlen(text), taken = 0;
    uint32_t used = 0, width;
    while (taken < length_bytes) {
        size_t bytes = next_character(text + taken, length_bytes - taken, &width);
        if (used + width > columns)
            break;
        used += width;
        taken += bytes;
    }
    return taken;
}

/* ---- wrapping ---- */

/* Bytes of the next line of `text`: whole words when some fit, else as much of a word as fits. */
static size_t line_bytes(const char *text, uint32_t columns)
{
    size_t fitting = text_fitting_bytes(text, columns);
    if (!text[fitting])
        return fitting;
    size_t end = fitting;
    while (end > 0 && text[end] != ' ')
        end--;
    if (end == 0) {
        uint32_t width;
        end = fitting ? fitting : next_character(text, strlen(text), &width);
    }
    return end;
}

static const char *after_line(const char *text, size_t line)
{
    text += line;
    return text + strspn(text, " ");
}

void screen_wrap(const Screen *screen, FILE *stream, uint32_t indent, const char *text)
{
    enum { LEAST_COLUMNS = 20 };
    TextBuffer cleaned = {0};
    clean_append(&cleaned, CLEAN_TERMINAL, text);
    uint32_t columns = UINT32_MAX;
    if (screen->columns)
        columns = screen->columns > indent + LEAST_COLUMNS ? screen->columns - indent
                                                           : (uint32_t)LEAST_COLUMNS;
    const char *rest = cleaned.text;
    size_t line = line_bytes(rest, columns);
    fprintf(stream, "%.*s\n", (int)line, rest);
    for (rest = after_line(rest, line); *rest; rest = after_line(rest, line)) {
        line = line_bytes(rest, columns);
        fprintf(stream, "%*s%.*s\n", (int)indent, "", (int)line, rest);
    }
    text_buffer_free(&cleaned);
}

/* ---- tables ---- */

typedef struct Cell {
    char *text; /* cleaned */
    TextStyle style;
    uint32_t columns;
} Cell;

struct Table {
    const TableColumn *columns;
    uint32_t column_count;
    ARRAY(Cell) cells;
    Arena arena;
};

enum { BETWEEN_COLUMNS = 2, LEAST_WRAPPED = 16 };

Table *table_new(const TableColumn *columns, uint32_t column_count)
{
    assert(column_count > 0);
    Table *table = memory_allocate(1, sizeof *table);
    table->columns = columns;
    table->column_count = column_count;
    return table;
}

void table_cell(Table *table, TextStyle style, const char *text)
{
    Cell cell = {.text = clean_copy(&table->arena, CLEAN_TERMINAL, text), .style = style};
    cell.columns = text_columns(cell.text);
    ARRAY_PUSH(&table->cells, cell);
}

void table_cell_number(Table *table, uint64_t number)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    table_cell(table, STYLE_PLAIN, digits);
}

uint32_t table_row_count(const Table *table)
{
    assert(table->column_count > 0);
    return table->cells.count / table->column_count;
}

static void natural_widths(const Table *table, uint32_t *widths)
{
    for (uint32_t c = 0; c < table->column_count; c++)
        widths[c] = text_columns(table->columns[c].heading);
    for (uint32_t i = 0, c = 0; i < table->cells.count; i++) {
        if (table->cells.items[i].columns > widths[c])
            widths[c] = table->cells.items[i].columns;
        c = c + 1 < table->column_count ? c + 1 : 0;
    }
}

/* Takes from the widest wrapping column until the row fits or nothing more can be taken. */
static void shrink_to_screen(const Table *table, uint32_t screen_columns, uint32_t *widths)
{
    uint64_t total = (uint64_t)(table->column_count - 1) * BETWEEN_COLUMNS;
    for (uint32_t c = 0; c < table->column_count; c++)
        total += widths[c];
    while (screen_columns && total > screen_columns) { /* a few rounds per column */
        uint32_t widest = NONE;
        for (uint32_t c = 0; c < table->column_count; c++)
            if (table->columns[c].wraps && widths[c] > LEAST_WRAPPED &&
                (widest == NONE || widths[c] > widths[widest]))
                widest = c;
        if (widest == NONE)
            return;
        uint64_t over = total - screen_columns;
        uint32_t room = widths[widest] - LEAST_WRAPPED;
        uint32_t take = over < room ? (uint32_t)over : room;
        take = take > 8 ? (take + 1) / 2 : take; /* in turns, when several columns wrap */
        widths[widest] -= take;
        total -= take;
    }
}

typedef struct Place {
    const Screen *screen;
    FILE *stream;
} Place;

static void print_piece(const Place *place, TextStyle style, const char *text, size_t bytes)
{
    bool colored = place->screen->color && style != STYLE_PLAIN && bytes > 0;
    if (colored)
        fprintf(place->stream, "\x1b[%sm", STYLE_CODES[style]);
    fwrite(text, 1, bytes, place->stream);
    if (colored)
        fputs("\x1b[0m", place->stream);
}

/* One line of a row; advances every rest[] behind what was printed.  The blanks at the end of the
   line are left out. */
static void print_line(const Table *table, const Place *place, const TextStyle *styles,
                       const char **rest, const uint32_t *widths)
{
    uint32_t owed = 0; /* blanks not printed yet */
    for (uint32_t c = 0; c < table->column_count; c++) {
        size_t bytes = line_bytes(rest[c], table->columns[c].wraps ? widths[c] : UINT32_MAX);
        uint32_t columns = columns_of_bytes(rest[c], bytes);
        uint32_t blanks = columns < widths[c] ? widths[c] - columns : 0;
        if (table->columns[c].right)
            owed += blanks;
        if (bytes > 0) {
            fprintf(place->stream, "%*s", (int)owed, "");
            owed = 0;
        }
        print_piece(place, styles[c], rest[c], bytes);
        if (!table->columns[c].right)
            owed += blanks;
        owed += BETWEEN_COLUMNS;
        rest[c] = after_line(rest[c], bytes);
    }
    fputc('\n', place->stream);
}

static bool anything_left(const Table *table, const char *const *rest)
{
    for (uint32_t c = 0; c < table->column_count; c++)
        if (*rest[c])
            return true;
    return false;
}

static void print_row(const Table *table, const Place *place, const TextStyle *styles,
                      const char **rest, const uint32_t *widths)
{
    do
        print_line(table, place, styles, rest, widths);
    while (anything_left(table, rest));
}

void table_print(const Table *table, const Screen *screen, FILE *stream)
{
    Place place = {screen, stream};
    uint32_t count = table->column_count;
    uint32_t *widths = memory_allocate(count, sizeof *widths);
    TextStyle *styles = memory_allocate(count, sizeof *styles);
    const char **rest = memory_allocate(count, sizeof *rest);
    natural_widths(table, widths);
    shrink_to_screen(table, screen->columns, widths);
    for (uint32_t c = 0; c < count; c++) {
        rest[c] = table->columns[c].heading;
        styles[c] = STYLE_DIM;
    }
    print_row(table, &place, styles, rest, widths);
    for (uint32_t row = 0; row < table_row_count(table); row++) {
        for (uint32_t c = 0; c < count; c++) {
            rest[c] = table->cells.items[row * count + c].text;
            styles[c] = table->cells.items[row * count + c].style;
        }
        print_row(table, &place, styles, rest, widths);
    }
    free(widths);
    free(styles);
    free((void *)rest);
}

void table_free(Table *table)
{
    if (!table)
        return;
    ARRAY_FREE(&table->cells);
    arena_free(&table->arena);
    free(table);
}
