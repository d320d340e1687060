#ifndef DRAW_DOT_H
#define DRAW_DOT_H

#include "base/text.h"
#include "draw/layout.h"
#include "draw/picture.h"

/*
 * A laid-out picture as a Graphviz graph (cgraph) with layout="nop2": every node has its pos, every
 * edge its spline, every cluster its bb, so that any Graphviz draws exactly what was decided here
 * ("dot -Tsvg FILE.dot").  Names of nodes are the ids of the description or begin with "_"; texts
 * from the description are only labels and tooltips, cleaned for DOT.
 */
struct Agraph_s;

/* The caller closes the graph with dot_close. */
struct Agraph_s *dot_build(const Picture *picture, const Layout *layout);
void dot_close(struct Agraph_s *graph);

/* Appends the graph as DOT text; false when the library could not write it. */
bool dot_write(struct Agraph_s *graph, TextBuffer *out);

/* What hovering over an item or a line shows. */
const char *dot_item_tooltip(Arena *arena, const Item *item);
const char *dot_line_tooltip(Arena *arena, const Picture *picture, const Line *line);

#endif
