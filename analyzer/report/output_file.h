#ifndef REPORT_OUTPUT_FILE_H
#define REPORT_OUTPUT_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * A file that appears whole or not at all: written beside ("report.json.partial-<process>"), then
 * renamed.  "-" is standard output, which cannot be taken back.
 *
 * At most one is open at a time, so that an interruption knows what to remove: see
 * output_watch_signals.
 */
typedef struct OutputFile {
    FILE *stream;
    char *path;
    char *beside; /* NULL for standard output */
} OutputFile;

bool output_open(OutputFile *output, const char *path, Error *err);

/* Puts the file in its place.  False: something could not be written, and what stood there before
   still stands.  In any case the output is closed. */
bool output_close(OutputFile *output, Error *err);

/* Makes the directory and those above it that are missing. */
bool directory_create(const char *path, Error *err);

/*
 * From now on SIGINT, SIGTERM and SIGHUP remove the file that is being written, pass SIGINT on to
 * the helper process (output_helper; 0: none) and end the program with status 130.
 */
void output_watch_signals(void);
void output_helper(long process);

#endif
