#include "cli/progress.h"

#include <stdio.h>

static double seconds_since(const struct timespec *then)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + 1e-9 * (double)(now.tv_nsec - then->tv_nsec);
}

void progress_begin(Progress *progress, bool shown, bool timed)
{
    *progress = (Progress){.shown = shown, .timed = timed};
    (void)clock_gettime(CLOCK_MONOTONIC, &progress->begin);
}

static bool is_time(const Progress *progress)
{
    const double first_after = 1.0;
    return progress->shown && seconds_since(&progress->begin) >= first_after;
}

void progress_bytes(void *context, uint64_t bytes_done, uint64_t bytes_total)
{
    Progress *progress = context;
    const double then_every = 0.2, megabyte = 1e6;
    if (!is_time(progress) || (progress->printed && seconds_since(&progress->last) < then_every))
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &progress->last);
    progress->printed = true;
    fprintf(stderr, "\r\x1b[Kreading: %.0f of %.0f MB", (double)bytes_done / megabyte,
            (double)bytes_total / megabyte);
    (void)fflush(stderr);
}

static void clear_line(Progress *progress)
{
    if (progress->printed)
        fputs("\r\x1b[K", stderr);
    progress->printed = false;
}

static void end_stage(Progress *progress)
{
    clear_line(progress);
    if (progress->stage && progress->timed)
        fprintf(stderr, "amlblast: %s: %.2f s\n", progress->stage, seconds_since(&progress->since));
    progress->stage = NULL;
}

void progress_step(void *context, const char *stage)
{
    Progress *progress = context;
    end_stage(progress);
    progress->stage = stage;
    (void)clock_gettime(CLOCK_MONOTONIC, &progress->since);
    if (!is_time(progress))
        return;
    progress->printed = true;
    fprintf(stderr, "\r\x1b[K%s ...", stage);
    (void)fflush(stderr);
}

void progress_end(Progress *progress)
{
    end_stage(progress);
}
