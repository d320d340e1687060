#ifndef DRAW_METRICS_H
#define DRAW_METRICS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How wide a text is, by a compiled-in table of Helvetica and Helvetica-Bold, so that a picture
 * has the same geometry on a machine without fonts.  A character the table does not know counts
 * 0.7 em; Chinese, Japanese, Korean and full-width ones 1 em, pictographs 1.4 em, joiners nothing.
 * All texts here are clean, well-formed UTF-8 (see base/clean.h); sizes and widths are points.
 */
typedef struct Font {
    int size; /* whole points: Graphviz cuts fractions off */
    bool bold;
} Font;

/* In thousandths of a point, exact. */
int64_t text_width_milli(const char *text, Font font);
double text_width(const char *text, Font font);

/* The least whole number of points that holds the text. */
int text_width_up(const char *text, Font font);

/* The same with room to spare for a renderer that rounds the width of every letter. */
int text_width_roomy(const char *text, Font font);

/*
 * `text` if it fits into `width` points, else a copy shortened in the middle to "head...tail",
 * where the head gets `head_percent` of the room (60 is usual; 0 keeps only the tail).  Never wider
 * than `width` unless not even "..." fits; then that is the result.  Linear.
 */
enum { USUAL_HEAD_PERCENT = 60 };
const char *text_fit(Arena *arena, const char *text, int width, Font font, int head_percent);

/* The same for a cell that is text_width_roomy of the result wide. */
const char *text_fit_roomy(Arena *arena, const char *text, int width, Font font);

/*
 * Breaks at spaces (inside a word only when the word alone is too wide) into at most `most_lines`
 * lines no wider than `width`; what does not fit is shortened in the last line.  Writes the lines
 * to `lines`, which has room for most_lines, and returns how many there are (0 for "").
 */
uint32_t text_wrap(Arena *arena, const char *text, int width, Font font, const char **lines,
                   uint32_t most_lines);

#endif
