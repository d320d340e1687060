#ifndef DRAW_FRAME_H
#define DRAW_FRAME_H

#include "base/arena.h"
#include "draw/card.h"
#include "draw/picture.h"

#include <stdbool.h>

/*
 * What stands around the cards: title block, column headings, names of scope boxes, legend.
 * All of it is as wide as it is told to be; long sentences are wrapped.
 */
Block frame_title(Arena *arena, const Picture *picture, int width);
Block frame_heading(Arena *arena, const char *heading, int width);

/* Type, name and note in one line, at most `most_width` wide. */
Block frame_box_name(Arena *arena, const Box *box, int most_width);

/* Where the legend leaves room for a sample of a line: y is its middle, from the top. */
typedef struct Sample {
    Style style;
    double x;
    double y;
    double width;
} Sample;

typedef struct Legend {
    Block block;
    Sample samples[STYLE_COUNT];
    uint32_t sample_count;
} Legend;

/* styles: which occur in the picture. */
Legend frame_legend(Arena *arena, const Picture *picture, const bool styles[STYLE_COUNT],
                    int width);

#endif
