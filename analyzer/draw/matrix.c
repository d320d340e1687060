#include "draw/matrix.h"

#include "draw/label.h"

enum {
    RANK_WIDTH = 30,
    NAME_WIDTH = 180,
    CELL_WIDTH = 91,
    WORST_WIDTH = 261,
    RULE = 1, /* between columns and above rows */
    HEAD_HEIGHT = 38,
    HEAD_LINE = 12,
    HEAD_LINES = 2,
    ROW_HEIGHT = 35,
    NAME_LINE = 15,
    DETAIL_LINE = 12,
    PADDING = 6
};

static const Font HEAD_FONT = {8, true};
static const Font CLASS_FONT = {9, true};
static const Font RANK_FONT = {12, true};
static const Font NAME_FONT = {11, true};
static const Font DETAIL_FONT = {8, false};
static const Font CELL_FONT = {11, true};
static const Font WORST_FONT = {10, false};

#define NOTHING "\xc2\xb7"

static int inner_width(const Table *table)
{
    return RANK_WIDTH + NAME_WIDTH + (RULE + CELL_WIDTH) * (int)table->headings.count + RULE +
           WORST_WIDTH;
}

int matrix_width(const Table *table)
{
    return inner_width(table) + 2;
}

int matrix_row_center(uint32_t row)
{
    return 1 + HEAD_HEIGHT + (RULE + ROW_HEIGHT) * (int)row + RULE + ROW_HEIGHT / 2;
}

/* Up to two lines, centred, as a part `CELL_WIDTH` by HEAD_HEIGHT. */
static void write_class(Arena *arena, TextBuffer *out, const char *heading)
{
    const Ink ink = {CLASS_FONT, COLOR_INK};
    const char *lines[HEAD_LINES];
    uint32_t count =
        text_wrap(arena, heading, CELL_WIDTH - 2 * PADDING, CLASS_FONT, lines, HEAD_LINES);
    int top = (HEAD_HEIGHT - HEAD_LINE * (int)count) / 2;
    label_part_open(out);
    label_space(out, CELL_WIDTH, top);
    for (uint32_t i = 0; i < count; i++) {
        label_row_open(out, NULL);
        label_centered(out, CELL_WIDTH, HEAD_LINE, ink, lines[i]);
        label_row_close(out);
    }
    label_space(out, CELL_WIDTH, HEAD_HEIGHT - top - HEAD_LINE * (int)count);
    label_part_close(out);
}

static void write_head_text(Arena *arena, TextBuffer *out, const char *text, int width, int indent)
{
    const Ink ink = {HEAD_FONT, COLOR_INK2};
    const char *fitted =
        text_fit(arena, card_capitals(arena, text), width - indent, HEAD_FONT, USUAL_HEAD_PERCENT);
    label_text(out, width, HEAD_HEIGHT, indent, ink, fitted);
}

static void write_head(Arena *arena, TextBuffer *out, const Table *table)
{
    label_row_open(out, COLOR_SCOPE2);
    write_head_text(arena, out, table->rank_heading, RANK_WIDTH, PADDING);
    write_head_text(arena, out, table->name_heading, NAME_WIDTH, PADDING);
    for (uint32_t i = 0; i < table->headings.count; i++) {
        label_fill(out, RULE, HEAD_HEIGHT, COLOR_SCOPE2);
        write_class(arena, out, table->headings.items[i]);
    }
    label_fill(out, RULE, HEAD_HEIGHT, COLOR_SCOPE2);
    write_head_text(arena, out, table->worst_heading, WORST_WIDTH, PADDING + 2);
    label_row_close(out);
}

/* A cell in the colour of a severity, with its glyph. */
static void write_colored(Arena *arena, TextBuffer *out, Severity severity, const char *text,
                          int width, Font font, bool with_glyph)
{
    const SeverityLook *look = &SEVERITY_LOOKS[severity];
    bool plain = severity == SEVERITY_NONE;
    const Ink ink = {font, plain ? COLOR_INK : look->ink};
    const char *ground = severity == SEVERITY_IN_SCOPE ? COLOR_TEAL_BG : look->fill;
    bool glyph = with_glyph && *look->glyph;
    const char *shown =
        arena_format(arena, "%s%s%s", glyph ? look->glyph : "", glyph ? " " : "", text);
    label_box_open(out, 0, NULL, plain ? COLOR_PAPER : ground);
    label_centered(out, width, ROW_HEIGHT, ink,
                   text_fit(arena, shown, width - 4, font, USUAL_HEAD_PERCENT));
    label_box_close(out);
}

static void write_cell(Arena *arena, TextBuffer *out, const TableCell *cell)
{
    const Ink nothing = {{10, false}, COLOR_HAIR};
    label_fill(out, RULE, ROW_HEIGHT, COLOR_RULE);
    if (cell->text)
        write_colored(arena, out, cell->severity, cell->text, CELL_WIDTH, CELL_FONT, true);
    else
        label_centered(out, CELL_WIDTH, ROW_HEIGHT, nothing, NOTHING);
}

static void write_name(Arena *arena, TextBuffer *out, const TableRow *row)
{
    const Ink name_ink = {NAME_FONT, COLOR_INK};
    const Ink detail_ink = {DETAIL_FONT, COLOR_INK2};
    int room = NAME_WIDTH - 2 * PADDING;
    int detail_height = *row->detail ? DETAIL_LINE : 0;
    int top = (ROW_HEIGHT - NAME_LINE - detail_height) / 2;
    label_part_open(out);
    label_space(out, NAME_WIDTH, top);
    label_row_open(out, NULL);
    label_text(out, NAME_WIDTH, NAME_LINE, PADDING, name_ink,
               text_fit(arena, row->name, room, NAME_FONT, USUAL_HEAD_PERCENT));
    label_row_close(out);
    if (detail_height) {
        label_row_open(out, NULL);
        label_text(out, NAME_WIDTH, DETAIL_LINE, PADDING, detail_ink,
                   text_fit(arena, row->detail, room, DETAIL_FONT, USUAL_HEAD_PERCENT));
        label_row_close(out);
    }
    label_space(out, NAME_WIDTH, ROW_HEIGHT - top - NAME_LINE - detail_height);
    label_part_close(out);
}

static void write_row(Arena *arena, TextBuffer *out, const Table *table, uint32_t index)
{
    const TableRow *row = &table->rows[index];
    const Ink worst_ink = {WORST_FONT, COLOR_INK};
    text_append(out, "<TR>");
    label_fill(out, inner_width(table), RULE, COLOR_RULE);
    text_append(out, "</TR>");
    label_row_open(out, NULL);
    write_colored(arena, out, row->severity, arena_format(arena, "%u", index + 1), RANK_WIDTH,
                  RANK_FONT, false);
    write_name(arena, out, row);
    for (uint32_t i = 0; i < table->headings.count; i++)
        write_cell(arena, out, &row->cells[i]);
    label_fill(out, RULE, ROW_HEIGHT, COLOR_RULE);
    label_text(
        out, WORST_WIDTH, ROW_HEIGHT, PADDING + 2, worst_ink,
        text_fit(arena, row->worst, WORST_WIDTH - 2 * PADDING - 2, WORST_FONT, USUAL_HEAD_PERCENT));
    label_row_close(out);
}

Block matrix_make(Arena *arena, const Table *table)
{
    TextBuffer out = {0};
    label_open(&out, 1, COLOR_HAIR, COLOR_PAPER, false);
    write_head(arena, &out, table);
    for (uint32_t i = 0; i < table->row_count; i++)
        write_row(arena, &out, table, i);
    label_close(&out);
    int height = 2 + HEAD_HEIGHT + (RULE + ROW_HEIGHT) * (int)table->row_count;
    Block block = {arena_copy_bytes(arena, out.text, out.length_bytes), matrix_width(table),
                   height};
    text_buffer_free(&out);
    return block;
}
