#ifndef DRAW_POOL_H
#define DRAW_POOL_H

#include "base/array.h"
#include "base/text.h"
#include "draw/draw.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Pictures drawn in parallel, each in a child process with a time limit: what goes wrong in one
 * (a crash, a loop, all memory taken) cannot touch the others.  A picture that fails is named in a
 * message and its files are removed, the text form excepted.
 */
typedef struct PoolChild {
    pid_t process;
    int messages; /* reading end of a pipe that the child writes its error to */
    int64_t deadline_ms;
    char *name; /* of the picture */
    TextBuffer message;
    bool late;
} PoolChild;

typedef struct Pool {
    const char *directory;
    unsigned formats;
    uint32_t jobs;       /* children at a time, at least 1 */
    uint32_t time_limit; /* seconds for one picture, at least 1 */
    DrawResult (*draw)(Picture *picture, unsigned formats, const char *directory,
                       Error *err); /* runs in the child: draw_picture */
    ARRAY(PoolChild) children;
    ARRAY(char *) complaints; /* one per picture that was not drawn whole, to be printed sorted */
    bool unwritable;          /* some file could not be written */
} Pool;

/*
 * Starts drawing, after waiting for a place when `jobs` children are at work.  The picture may be
 * freed when this returns.  False: the system gives no more processes; the picture counts as not
 * drawn.
 */
bool pool_start(Pool *pool, Picture *picture, Error *err);

/* Waits for all children. */
void pool_finish(Pool *pool);

/*
 * After SIGINT, SIGTERM or SIGHUP: pool_start and pool_finish kill all children, remove what they
 * began, and return early; pool_interrupted says so.  Call once, before the first child.
 */
void pool_watch_signals(void);
bool pool_interrupted(void);

void pool_free(Pool *pool);

#endif
