#ifndef REPORT_DRAW_PICTURES_H
#define REPORT_DRAW_PICTURES_H

#include "base/error.h"
#include "report/picture.h"
#include "report/report.h"

#include <stdbool.h>
#include <stdint.h>

/* How drawing went. */
typedef struct Drawing {
    uint32_t radii;  /* pictures that were described: of starts, */
    uint32_t chains; /* and of chains */
    int status;      /* what amlblast-draw ended with; -1: killed */
} Drawing;

/*
 * Draws the pictures of report->diagrams: the blast radius of each of its starts, and of each the
 * worst chains.  `program` is amlblast-draw, the only program that is ever started; it gets the
 * descriptions on its standard input, one on a line, and writes into `directory`, which exists.
 * What goes wrong with a single picture it says itself, on standard error.  False: it could not be
 * started.
 */
bool draw_pictures(const Report *report, const char *program, const char *directory, uint32_t jobs,
                   Drawing *drawing, Error *err);

/* Likewise one picture in one format ("svg"), as DIRECTORY/NAME.FORMAT; *status: what amlblast-draw
   ended with, -1: killed. */
bool draw_picture(const Picture *picture, const char *program, const char *directory,
                  const char *format, int *status, Error *err);

#endif
