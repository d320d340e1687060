#ifndef DRAW_MATRIX_H
#define DRAW_MATRIX_H

#include "base/arena.h"
#include "draw/card.h"

/*
 * A table of identities (rows) against classes of targets (columns).  Lines from many sources would
 * be a hairball from about eight by six on; a table with a colour in each cell is read at once.
 */
int matrix_width(const Table *table);
Block matrix_make(Arena *arena, const Table *table);

/* y of the middle of a row, from the top of the block: where lines end. */
int matrix_row_center(uint32_t row);

#endif
