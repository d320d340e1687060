#include "draw/bezier.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CORNER_RADIUS 9.0
#define ROUNDNESS     0.5523 /* control points of a quarter circle, as a part of the radius */

/*
 * A head of Graphviz is ten points long at arrowsize 1.  Its outline is as thick as the line, and
 * the mitre of the outline runs beyond the tip: half the thickness over sin(19.3 degrees).
 */
#define HEAD_LENGTH 10.0
#define MITRE       1.51

const char *bezier_number(Arena *arena, double number)
{
    double rounded = round(number * 100) / 100;
    char *text = arena_format(arena, "%.2f", rounded == 0 ? 0.0 : rounded); /* no "-0" */
    size_t length = strlen(text);
    while (text[length - 1] == '0')
        text[--length] = '\0';
    if (text[length - 1] == '.')
        text[--length] = '\0';
    return text;
}

const char *bezier_point(Arena *arena, Point point)
{
    return arena_format(arena, "%s,%s", bezier_number(arena, point.x),
                        bezier_number(arena, point.y));
}

typedef struct Pen {
    Arena *arena;
    TextBuffer out;
    Point at;
    double height;
} Pen;

static void append_point(Pen *pen, Point point)
{
    text_append(&pen->out, pen->out.length_bytes ? " " : "");
    text_append(&pen->out, bezier_point(pen->arena, (Point){point.x, pen->height - point.y}));
}

static void curve_to(Pen *pen, Point control1, Point control2, Point end)
{
    append_point(pen, control1);
    append_point(pen, control2);
    append_point(pen, end);
    pen->at = end;
}

static Point between(Point a, Point b, double part)
{
    return (Point){a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part};
}

static void line_to(Pen *pen, Point end)
{
    curve_to(pen, between(pen->at, end, 1.0 / 3), between(pen->at, end, 2.0 / 3), end);
}

static double distance(Point a, Point b)
{
    return fabs(a.x - b.x) + fabs(a.y - b.y); /* parts are horizontal or vertical */
}

static void corner_at(Pen *pen, Point before, Point corner, Point after)
{
    double in = distance(before, corner);
    double out = distance(corner, after);
    double radius = fmin(CORNER_RADIUS, fmin(in, out) / 2);
    if (radius <= 0)
        return;
    Point enter = between(corner, before, radius / in);
    Point leave = between(corner, after, radius / out);
    line_to(pen, enter);
    curve_to(pen, between(enter, corner, ROUNDNESS), between(leave, corner, ROUNDNESS), leave);
}

const char *bezier_route(Arena *arena, const Route *route, const StyleLook *look, double height)
{
    Pen pen = {.arena = arena, .at = route->points[0], .height = height};
    Point tip = route->points[route->count - 1];
    tip.x -= look->line_width * MITRE;
    Point end = {tip.x - HEAD_LENGTH * look->head_scale, tip.y};
    append_point(&pen, pen.at);
    for (uint32_t i = 1; i + 1 < route->count; i++) {
        Point after = i + 2 < route->count ? route->points[i + 1] : end;
        corner_at(&pen, route->points[i - 1], route->points[i], after);
    }
    line_to(&pen, end);
    const char *spline = arena_format(
        arena, "e,%s %s", bezier_point(arena, (Point){tip.x, height - tip.y}), pen.out.text);
    text_buffer_free(&pen.out);
    return spline;
}
