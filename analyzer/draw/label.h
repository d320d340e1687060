#ifndef DRAW_LABEL_H
#define DRAW_LABEL_H

#include "base/text.h"
#include "draw/metrics.h"
#include "draw/style.h"

/*
 * Writing Graphviz HTML-like labels of which every size is known beforehand.  A label is a stack of
 * rows, each a table of its own, and every cell is FIXEDSIZE: Graphviz adds nothing and stretches
 * nothing, whatever fonts it finds, so the geometry computed here is the geometry drawn.
 *
 *     label_open(out, 1, COLOR_HAIR, COLOR_PAPER, false)      outer table, border 1
 *       label_row_open(out, NULL)                             one row across it
 *         label_gap(out, 4, 13)                               empty cell, 4 by 13
 *         label_text(out, 100, 13, 0, ink, "text")            cell with text
 *       label_row_close(out)
 *     label_close(out)
 *
 * Widths in one row must add up to the same number as in every other row of the same table.
 * Texts are cleaned for DOT here; they must have been made to fit before (draw/metrics.h).
 */
typedef struct Ink {
    Font font;
    const char *color;
} Ink;

void label_open(TextBuffer *out, int border, const char *border_color, const char *ground,
                bool rounded);
void label_close(TextBuffer *out);

/* ground: NULL leaves what is below. */
void label_row_open(TextBuffer *out, const char *ground);
void label_row_close(TextBuffer *out);

/* A cell that holds a table of its own rows, to stand several rows high beside others. */
void label_part_open(TextBuffer *out);
void label_part_close(TextBuffer *out);

/* A cell that is one framed or filled box of a single row. */
void label_box_open(TextBuffer *out, int border, const char *border_color, const char *ground);
void label_box_close(TextBuffer *out);

void label_gap(TextBuffer *out, int width, int height);
void label_fill(TextBuffer *out, int width, int height, const char *color);

/* The text begins `indent` points from the left of the cell. */
void label_text(TextBuffer *out, int width, int height, int indent, Ink ink, const char *text);
void label_centered(TextBuffer *out, int width, int height, Ink ink, const char *text);

/* A whole row `height` high that holds only a gap. */
void label_space(TextBuffer *out, int width, int height);

/* A severity in its colour: glyph and word.  SEVERITY_NONE leaves a gap of the same size. */
void label_badge(TextBuffer *out, Severity severity, int width, int height, int size);

#endif
