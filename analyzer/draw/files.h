#ifndef DRAW_FILES_H
#define DRAW_FILES_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>

/* Files named DIRECTORY/NAME.SUFFIX that appear whole or not at all: written beside, renamed. */
typedef struct OutputFile {
    const char *directory;
    const char *name;
    const char *suffix;
} OutputFile;

/* False leaves what stood there before, and nothing else. */
bool file_write(const OutputFile *file, const char *bytes, size_t length_bytes, Error *err);

/* Removes the file and what an interrupted file_write left; neither need exist. */
void file_remove(const OutputFile *file);

/* Creates the directory if it is missing (its parent must exist). */
bool directory_make(const char *directory, Error *err);

#endif
