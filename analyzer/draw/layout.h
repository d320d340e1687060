#ifndef DRAW_LAYOUT_H
#define DRAW_LAYOUT_H

#include "base/arena.h"
#include "draw/frame.h"
#include "draw/picture.h"
#include "draw/route.h"

#include <stdint.h>

/*
 * Everything of a picture with its place.  Points; x to the right, y down, (0, 0) is the top left
 * corner of the title block.  Nothing overlaps but a box and what stands inside it; lines meet
 * cards only at their ends.
 */
typedef struct Placed {
    Block block; /* label NULL: absent */
    double x;    /* top left corner */
    double y;
} Placed;

typedef struct PlacedCard {
    Card card;
    double x;
    double y;
    uint32_t column;
} PlacedCard;

typedef struct PlacedBox {
    const Box *box;
    uint32_t parent; /* index of the box around it, or NONE */
    uint32_t column;
    double x;
    double y;
    double width;
    double height;
    Placed name;
} PlacedBox;

typedef struct Layout {
    double width;
    double height;
    Placed title;
    Placed *headings;  /* by column */
    PlacedCard *cards; /* by item index */
    PlacedBox *boxes;  /* a parent before its children */
    uint32_t box_count;
    uint32_t *box_of_card; /* by item index: innermost box, or NONE */
    Route *routes;         /* by line index; the last point is the edge of the card */
    Placed legend;
    Sample samples[STYLE_COUNT]; /* x and y in the picture */
    uint32_t sample_count;
} Layout;

/* The picture must be prepared (draw/prepare.h).  All of the layout lives in the arena. */
void layout_make(Arena *arena, const Picture *picture, Layout *layout);

#endif
