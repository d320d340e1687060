#include "report/draw_pictures.h"

#include "report/output_file.h"
#include "report/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHAINS_OF_START = 3, STATUS_NOT_STARTED = 127 };

/* ---- the helper ---- */

typedef struct Helper {
    pid_t process;
    FILE *input;
    struct sigaction former; /* of SIGPIPE */
} Helper;

/* In the child: becomes amlblast-draw.  Only what is safe after a fork of threads. */
static void become_helper(const char *const *arguments, int input)
{
    union { /* execvp changes no argument, but its type does not say so */
        const char *const *kept;
        char *const *taken;
    } words = {arguments};
    struct sigaction usual = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGPIPE, &usual, NULL);
    if (dup2(input, STDIN_FILENO) >= 0)
        (void)execvp(arguments[0], words.taken);
    _exit(STATUS_NOT_STARTED);
}

static bool start_helper(Helper *helper, const char *const *arguments, Error *err)
{
    int ends[2];
    if (pipe(ends) != 0)
        return error_set(err, "%s: cannot be started: %s", arguments[0], strerror(errno));
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    (void)fflush(NULL); /* nothing may be printed twice */
    helper->process = fork();
    if (helper->process == 0) {
        (void)close(ends[1]);
        become_helper(arguments, ends[0]);
    }
    int reason = errno;
    (void)close(ends[0]);
    helper->input = helper->process > 0 ? fdopen(ends[1], "w") : NULL;
    if (!helper->input) {
        (void)close(ends[1]);
        return error_set(err, "%s: cannot be started: %s", arguments[0], strerror(reason));
    }
    output_helper(helper->process);
    struct sigaction ignored = {.sa_handler =
                                    SIG_IGN}; /* a helper that died is seen when waiting */
    (void)sigaction(SIGPIPE, &ignored, &helper->former);
    return true;
}

static int finish_helper(Helper *helper)
{
    int status = 0;
    (void)fclose(helper->input);
    while (waitpid(helper->process, &status, 0) < 0 && errno == EINTR)
        ;
    output_helper(0);
    (void)sigaction(SIGPIPE, &helper->former, NULL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- the descriptions ---- */

static void describe(FILE *stream, const Picture *picture)
{
    JsonWriter *writer = json_writer_new(stream, JSON_ONE_LINE);
    picture_write(writer, picture);
    json_writer_free(writer);
}

static void describe_chain(FILE *stream, const Report *report, const char *stem,
                           ChainPicture *which)
{
    Picture picture;
    TextBuffer name = {0};
    text_append_format(&name, "%s--%u", stem, (unsigned)which->number);
    which->name = name.text;
    picture_chain(&picture, report, which);
    describe(stream, &picture);
    picture_free(&picture);
    text_buffer_free(&name);
}

static bool is_new(const uint32_t *chains, uint32_t count, uint32_t chain)
{
    for (uint32_t i = 0; i < count; i++)
        if (chains[i] == chain)
            return false;
    return chain != NONE;
}

static uint32_t finding_of_chain(const Report *report, const StartResult *result, uint32_t chain)
{
    for (uint32_t i = 0; i < result->finding_count; i++)
        if (report->analysis->findings.items[result->findings[i]].chain == chain)
            return result->findings[i];
    return NONE;
}

/* Appends the chains of the findings that gain something, or of the others. */
static uint32_t add_chains(const Report *report, const StartResult *result, bool gains,
                           uint32_t *chains, uint32_t count)
{
    for (uint32_t i = 0; i < result->finding_count && count < CHAINS_OF_START; i++) {
        const Finding *finding = &report->analysis->findings.items[result->findings[i]];
        if (finding->gains == gains && is_new(chains, count, finding->chain))
            chains[count++] = finding->chain;
    }
    return count;
}

/* The worst chain, then those of the findings, each once; what only is told comes last. */
static uint32_t describe_chains(FILE *stream, const Report *report, uint32_t start)
{
    const StartResult *result = &report->analysis->results[start];
    uint32_t chains[CHAINS_OF_START], count = 0;
    if (result->worst_chain != NONE)
        chains[count++] = result->worst_chain;
    count = add_chains(report, result, true, chains, count);
    count = add_chains(report, result, false, chains, count);
    uint32_t described = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (report->analysis->chains.items[chains[i]].step_count < 2)
            continue;
        ChainPicture which = {.start = start,
                              .chain = chains[i],
                              .finding = finding_of_chain(report, result, chains[i]),
                              .number = ++described};
        describe_chain(stream, report, report->diagrams->names[start], &which);
    }
    return described;
}

static void describe_all(FILE *stream, const Report *report, Drawing *drawing)
{
    for (uint32_t i = 0; i < report->diagrams->drawn; i++) {
        Picture picture;
        uint32_t start = report->analysis->ranked[i];
        const char *name = report->diagrams->names[start];
        if (!name)
            continue;
        picture_radius(&picture, report, start, name);
        describe(stream, &picture);
        picture_free(&picture);
        drawing->radii++;
        drawing->chains += describe_chains(stream, report, start);
    }
}

bool draw_pictures(const Report *report, const char *program, const char *directory, uint32_t jobs,
                   Drawing *drawing, Error *err)
{
    char number[16];
    (void)snprintf(number, sizeof number, "%u", (unsigned)jobs);
    const char *const arguments[] = {program, "--output", directory, "--jobs", number, NULL};
    Helper helper = {0};
    *drawing = (Drawing){.status = -1};
    if (!start_helper(&helper, arguments, err))
        return false;
    describe_all(helper.input, report, drawing);
    drawing->status = finish_helper(&helper);
    return true;
}

bool draw_picture(const Picture *picture, const char *program, const char *directory,
                  const char *format, int *status, Error *err)
{
    const char *const arguments[] = {program, "--output", directory, "--format", format, NULL};
    Helper helper = {0};
    if (!start_helper(&helper, arguments, err))
        return false;
    describe(helper.input, picture);
    *status = finish_helper(&helper);
    return true;
}
