#ifndef DRAW_SVG_H
#define DRAW_SVG_H

#include "base/text.h"
#include "draw/picture.h"

/*
 * Makes the SVG that Graphviz wrote fit for wikis, readers of the screen and version control:
 * - no DOCTYPE (blocks some wikis) and no comments (they name the Graphviz version);
 * - role, <title> and <desc> with the result in words;
 * - the <title> of each element is its tooltip instead of its id, anchors without a target go;
 * - "transparent", which SVG 1.1 does not know, is "none"; hyphens are hyphens;
 * - the font is named once.
 * Appends to `out`.  `svg` is what Graphviz 2.42 writes: one element per line.
 */
void svg_finish(const Picture *picture, const char *svg, size_t length_bytes, TextBuffer *out);

#endif
