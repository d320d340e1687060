#ifndef CLI_PICTURES_H
#define CLI_PICTURES_H

#include "cli/session.h"
#include "report/picture.h"

#include <stdbool.h>

/* amlblast-draw beside this program, else the first in PATH; NULL when there is none. */
const char *pictures_program(Arena *arena);

/* Did the user ask for a picture of the answer (--svg, --dot, --png, --pdf)? */
bool pictures_wanted(const Options *options);

/* Can the files be written as amlblast-draw names them?  False: it was said why not, before
   anything is read. */
bool pictures_check(const Session *session);

/*
 * Draws the picture into each FILE that was asked for, and its words into the .txt beside it.  What
 * goes wrong is said; STATUS_INTERNAL when a file is not there in the end.  Changes the picture's
 * name.
 */
Status pictures_draw(Session *session, Picture *picture);

#endif
