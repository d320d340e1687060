#ifndef DRAW_BEZIER_H
#define DRAW_BEZIER_H

#include "base/arena.h"
#include "draw/route.h"
#include "draw/style.h"

/*
 * Lines in the words of Graphviz: "e,TIP START C1 C2 P C1 C2 P ...", cubic pieces with 3n + 1
 * points, corners rounded, y upwards from `height`.
 */
const char *bezier_route(Arena *arena, const Route *route, const StyleLook *look, double height);

/* "12,34.5" */
const char *bezier_point(Arena *arena, Point point);

/* At most two digits after the point, none that are zero. */
const char *bezier_number(Arena *arena, double number);

#endif
