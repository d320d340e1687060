#ifndef DRAW_DRAW_H
#define DRAW_DRAW_H

#include "base/arena.h"
#include "base/error.h"
#include "draw/picture.h"

#include <stdbool.h>

/* What is written of each picture, one bit each; the text form always is. */
typedef enum Format {
    FORMAT_DOT = 1 << 0,
    FORMAT_SVG = 1 << 1,
    FORMAT_PNG = 1 << 2,
    FORMAT_PDF = 1 << 3
} Format;

enum { FORMAT_COUNT = 4 };

/* Suffix of the i-th format: "dot", "svg", "png", "pdf". */
extern const char *const FORMAT_SUFFIXES[FORMAT_COUNT];

typedef enum DrawResult {
    DRAW_DONE,
    DRAW_PARTLY,     /* DOT and SVG are there; a format that needs a plugin is not */
    DRAW_IMPOSSIBLE, /* nothing that counts was drawn */
    DRAW_UNWRITABLE
} DrawResult;

/* Writes DIRECTORY/NAME.txt. */
bool draw_words(const Picture *picture, const char *directory, Error *err);

/*
 * Lays the picture out and writes it in the formats asked for.  Runs Graphviz: call it in a process
 * of its own.  On anything but DRAW_DONE, err says what is missing.
 */
DrawResult draw_picture(Picture *picture, unsigned formats, const char *directory, Error *err);

/* Removes what an earlier or interrupted draw_picture left, but not the text form. */
void draw_remove(const char *directory, const char *name, unsigned formats);

#endif
