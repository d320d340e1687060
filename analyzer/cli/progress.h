#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/*
 * One line on a terminal that tells what the program is at, for what takes over a second; gone when
 * done.  `shown` false: nothing is ever printed.
 */
typedef struct Progress {
    bool shown;
    bool printed;                /* a line stands there */
    struct timespec begin, last; /* of the run; of the line */
} Progress;

void progress_begin(Progress *progress, bool shown);

/* "reading: 120 of 300 MB", a few times a second; for SnapshotOptions.progress. */
void progress_bytes(void *context, uint64_t bytes_done, uint64_t bytes_total);

/* "analysing ...", when the run has taken a second already. */
void progress_step(Progress *progress, const char *what);
void progress_end(Progress *progress);

#endif
