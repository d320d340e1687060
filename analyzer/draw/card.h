#ifndef DRAW_CARD_H
#define DRAW_CARD_H

#include "draw/picture.h"

#include "base/arena.h"

/*
 * A rectangle of text that Graphviz draws as one node; sizes in points.  Both are even and every
 * block stands at whole points: Graphviz rounds the outline of a table whose middle lies at half a
 * point, but not what is inside it.
 */
typedef struct Block {
    const char *label; /* HTML-like, without the outer angle brackets */
    int width;
    int height;
} Block;

/* An item as a block, with the places on its sides where lines end and leave. */
typedef struct Card {
    Block block;
    int *ends; /* y from the top, per strip (per row of a matrix); one in the middle without any */
    uint32_t end_count;
    int pins_top; /* ordinary lines leave on the right between these two */
    int pins_bottom;
} Card;

/* Width of the item's card in a picture of this kind. */
int card_width(const Picture *picture, const Item *item, bool narrow);

/* The card; head_percent says how a name too long for it is shortened (draw/metrics.h). */
Card card_make(Arena *arena, const Item *item, int width, int head_percent);

/* The name as card_make prints it. */
const char *card_shown_name(Arena *arena, const Item *item, int width, int head_percent);

/* The next even number. */
int block_even(int size);

/* Upper case of ASCII letters: for type lines and headings. */
const char *card_capitals(Arena *arena, const char *text);

#endif
