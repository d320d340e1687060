#ifndef DRAW_ROUTE_H
#define DRAW_ROUTE_H

#include "base/arena.h"
#include "draw/style.h"

#include <stdint.h>

/*
 * Where lines run.  Coordinates are points, x to the right, y down.
 *
 *      column 0    gutter 0   column 1   gutter 1   column 2
 *      +------+        |      +------+       |
 *      |    a-|--------+--b-->|      |       |
 *      +------+        |      +------+       |
 *                   bus|      +------+       |riser  +------+
 *                      +----->|      |       +--e--->|      |
 *                      |      +------+       |       +------+
 *                      +---------lane--------+
 *
 * Lines of one source and one style share a vertical bus in the gutter right of their source.  A
 * line to the next column leaves the bus at the height of its end.  A line that skips columns goes
 * along a lane below everything in the skipped columns and up a riser in the gutter of its target:
 * a line that ran behind a card would read as "by way of that card".  So vertical parts stand only
 * in gutters and horizontal ones only in gutters, beside the card they belong to, and in lanes.
 */
typedef struct Wire {
    uint32_t source; /* any number that is the same for lines from the same card */
    Style style;
    uint32_t from_column;
    uint32_t to_column; /* greater than from_column */
    double from_y;      /* where it leaves, the same for all wires of one source and style */
    double to_y;
} Wire;

typedef struct Point {
    double x;
    double y;
} Point;

enum { ROUTE_MOST_POINTS = 6 };

/* Corners of a line; each part is horizontal or vertical. */
typedef struct Route {
    Point points[ROUTE_MOST_POINTS];
    uint32_t count;
} Route;

typedef struct Plan Plan;

/*
 * Decides buses, lanes and their order, before x is known: `bottoms` is y of the lowest edge in
 * each column.  In a gutter the order with the fewest crossings is looked for: cubic in the number
 * of its buses per improvement, a few dozen at most.  The plan lives in the arena.
 */
Plan *route_plan(Arena *arena, const Wire *wires, uint32_t wire_count, const double *bottoms,
                 uint32_t column_count);

/* Width that the gutter right of `column` needs for its buses, even; 0 when there is none. */
double route_gutter_width(const Plan *plan, uint32_t column);

/* y of the lowest lane, or `otherwise` without lanes. */
double route_lowest(const Plan *plan, double otherwise);

/* Tells where columns came to stand, once, before route_wire. */
void route_place(Plan *plan, const double *lefts, const double *rights);

/* The corners of a wire that leaves its card at from_x and ends at to_x. */
Route route_wire(const Plan *plan, uint32_t wire, double from_x, double to_x);

#endif
