#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * One line on a terminal that tells what the program is at, for what takes over a second; gone when
 * done.  `shown` false: it is never printed.  `timed`: how long each stage took, a line each on
 * standard error.
 */
typedef struct Progress {
    bool shown, timed;
    bool printed;                       /* a line stands there */
    const char *stage;                  /* or NULL */
    struct timespec begin, last, since; /* of the run; of the line; of the stage */
} Progress;

void progress_begin(Progress *progress, bool shown, bool timed);

/* "reading: 120 of 300 MB", a few times a second; for SnapshotOptions.progress. */
void progress_bytes(void *context, uint64_t bytes_done, uint64_t bytes_total);

/* A stage begins, and the one before ends: "judging ...", when the run has taken a second already;
   for AnalysisOptions.stage, the context being a Progress.  The text outlives the stage. */
void progress_step(void *context, const char *stage);

/* The last stage ends. */
void progress_end(Progress *progress);

#endif
