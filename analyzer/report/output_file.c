#include "report/output_file.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATUS_INTERRUPTED = 130 };

/* What the signal handler reads. */
static _Atomic(char *) being_written;
static atomic_long helper_process;

static void end_program(int signal_number)
{
    (void)signal_number;
    const char *path = atomic_load(&being_written);
    if (path)
        (void)unlink(path);
    long helper = atomic_load(&helper_process);
    if (helper > 0)
        (void)kill((pid_t)helper, SIGINT);
    _exit(STATUS_INTERRUPTED);
}

void output_watch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = end_program};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        (void)sigaction(signals[i], &action, NULL);
}

void output_helper(long process)
{
    atomic_store(&helper_process, process);
}

bool output_open(OutputFile *output, const char *path, Error *err)
{
    *output = (OutputFile){.stream = stdout};
    if (text_equal(path, "-")) {
        output->path = memory_copy_text("standard output");
        return true;
    }
    TextBuffer beside = {0};
    text_append_format(&beside, "%s.partial-%ld", path, (long)getpid());
    atomic_store(&being_written, beside.text);
    output->stream = fopen(beside.text, "wb");
    if (!output->stream) {
        atomic_store(&being_written, NULL);
        text_buffer_free(&beside);
        return error_set(err, "%s: cannot be written: %s", path, strerror(errno));
    }
    output->path = memory_copy_text(path);
    output->beside = beside.text;
    return true;
}

/* Moves the finished file to its place, or removes it. */
static bool put_in_place(const OutputFile *output, bool written, int *reason)
{
    bool closed = fclose(output->stream) == 0;
    if (written && !closed)
        *reason = errno;
    if (written && closed && rename(output->beside, output->path) == 0)
        return true;
    if (written && closed)
        *reason = errno;
    (void)unlink(output->beside);
    return false;
}

bool output_close(OutputFile *output, Error *err)
{
    errno = 0;
    bool written = fflush(output->stream) == 0 && !ferror(output->stream);
    int reason = errno ? errno : EIO;
    if (output->beside)
        written = put_in_place(output, written, &reason);
    atomic_store(&being_written, NULL);
    if (!written)
        error_set(err, "%s: cannot be written: %s", output->path, strerror(reason));
    free(output->path);
    free(output->beside);
    *output = (OutputFile){0};
    return written;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool directory_create(const char *path, Error *err)
{
    char *part = memory_copy_text(path);
    int reason = 0;
    for (char *end = part + 1; *part && reason == 0; end++) {
        if (*end && *end != '/')
            continue;
        char kept = *end;
        *end = '\0';
        if (mkdir(part, 0777) != 0 && !is_directory(part))
            reason = errno;
        *end = kept;
        if (!kept)
            break;
    }
    free(part);
    if (reason == 0 && is_directory(path))
        return true;
    return error_set(err, "%s: the directory cannot be made: %s", path,
                     strerror(reason ? reason : ENOTDIR));
}
