#ifndef DRAW_RENDER_H
#define DRAW_RENDER_H

#include "base/error.h"
#include "base/text.h"
#include "draw/dot.h"

#include <stdbool.h>

/*
 * A graph of dot.h through Graphviz's renderers.  SVG uses the plugins linked into the program and
 * neither fonts nor configuration of the machine; PNG (two pixels for a point) and PDF
 * use the plugins Graphviz finds installed.  Not thread-safe: Graphviz is not.
 */
typedef enum RenderFormat { RENDER_SVG, RENDER_PNG, RENDER_PDF } RenderFormat;

/* Appends the bytes.  The graph gets Graphviz's layout attributes: write its DOT text before. */
bool render_graph(struct Agraph_s *graph, RenderFormat format, TextBuffer *out, Error *err);

#endif
