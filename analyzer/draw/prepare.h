#ifndef DRAW_PREPARE_H
#define DRAW_PREPARE_H

#include "base/arena.h"
#include "draw/picture.h"

/* Cards in one column; more continue in a further column. */
enum { CARDS_PER_COLUMN = 12 };

/*
 * Changes a description into one that can be laid out as it stands:
 * - a line marked back, or to the same or an earlier column, becomes a note in the card it leaves
 *   ("back to step 2", "back to NAME") and is no line any more;
 * - a column of more than CARDS_PER_COLUMN cards is split; an evidence box stays with the card
 *   above it, scope boxes are opened again in the next column.
 * What is new lives in `arena`; the picture's other parts are as they were.
 */
void prepare_picture(Arena *arena, Picture *picture);

/* The column of every item of the picture, by item index. */
uint32_t *prepare_columns_of_items(Arena *arena, const Picture *picture);

#endif
