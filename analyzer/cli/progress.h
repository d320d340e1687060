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
    bool printed; /* a line stands there */
    const char *what;
    struct timespec begin, last;
} Progress;

void progress_begin(Progress *progress, bool shown, const char *what);
void progress_bytes(void *context, uint64_t bytes_done, uint64_t bytes_total);
void progress_end(Progress *progress);

#endif
