#include "draw/pool.h"

#include "base/clean.h"
#include "base/memory.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 2048, MS_PER_SECOND = 1000, SPARE_SECONDS = 5 };

/* Far more than any picture within the limits of a description needs. */
#define CHILD_BYTES ((rlim_t)2 << 30)

static volatile sig_atomic_t interrupted;

static void note_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

void pool_watch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

bool pool_interrupted(void)
{
    return interrupted != 0;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

/* In the child ------------------------------------------------------------------------------ */

static void limit(int resource, rlim_t most)
{
    struct rlimit limits = {most, most};
    setrlimit(resource, &limits);
}

static void limit_child(const Pool *pool)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, pool->time_limit + SPARE_SECONDS);            /* when the parent is gone */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* these reserve terabytes */
    limit(RLIMIT_AS, CHILD_BYTES);
#endif
}

static _Noreturn void draw_in_child(const Pool *pool, Picture *picture, int messages)
{
    Error err = {""};
    limit_child(pool);
    DrawResult result = pool->draw(picture, pool->formats, pool->directory, &err);
    ssize_t written = 0;
    if (result != DRAW_DONE)
        written = write(messages, err.message, strlen(err.message));
    _exit(written < 0 ? DRAW_IMPOSSIBLE : (int)result);
}

/* In the parent ----------------------------------------------------------------------------- */

static const char *reason_of(const PoolChild *child, const Pool *pool, int status, Arena *arena)
{
    if (child->late)
        return arena_format(arena, "took longer than %u s", pool->time_limit);
    if (WIFSIGNALED(status))
        return arena_format(arena, "drawing ended by signal %d", WTERMSIG(status));
    if (child->message.length_bytes > 0)
        return child->message.text;
    return arena_format(arena, "drawing ended with status %d", WEXITSTATUS(status));
}

static void complain(Pool *pool, const PoolChild *child, int status, DrawResult result)
{
    Arena arena = {0};
    const char *what = result == DRAW_PARTLY ? "not in every format" : "replaced by its text form";
    const char *complaint = arena_format(&arena, "%s: %s: %s", child->name, what,
                                         reason_of(child, pool, status, &arena));
    ARRAY_PUSH(&pool->complaints, memory_copy_text(complaint));
    arena_free(&arena);
}

/* Waits for the child's end and takes it off the list. */
static void bury(Pool *pool, uint32_t index)
{
    PoolChild child = pool->children.items[index];
    int status = 0;
    pool->children.items[index] = pool->children.items[--pool->children.count];
    close(child.messages);
    while (waitpid(child.process, &status, 0) < 0 && errno == EINTR)
        ;
    DrawResult result = DRAW_IMPOSSIBLE;
    if (WIFEXITED(status) && WEXITSTATUS(status) <= DRAW_UNWRITABLE)
        result = (DrawResult)WEXITSTATUS(status);
    if (result == DRAW_IMPOSSIBLE || result == DRAW_UNWRITABLE)
        draw_remove(pool->directory, child.name, pool->formats);
    if (result != DRAW_DONE && !pool_interrupted())
        complain(pool, &child, status, result);
    pool->unwritable = pool->unwritable || result == DRAW_UNWRITABLE;
    free(child.name);
    text_buffer_free(&child.message);
}

/* True when the child has nothing more to say, that is when it ended. */
static bool read_message(PoolChild *child)
{
    char bytes[MESSAGE_BYTES];
    ssize_t count = read(child->messages, bytes, sizeof bytes);
    if (count < 0)
        return errno != EINTR;
    if (count > 0 && child->message.length_bytes < MESSAGE_BYTES)
        clean_append_bytes(&child->message, CLEAN_TERMINAL, bytes, (size_t)count);
    return count == 0;
}

static int ms_until_first_deadline(const Pool *pool)
{
    int64_t now = now_ms();
    int64_t wait = (int64_t)pool->time_limit * MS_PER_SECOND;
    for (uint32_t i = 0; i < pool->children.count; i++) {
        int64_t left = pool->children.items[i].deadline_ms - now;
        if (left < wait)
            wait = left;
    }
    return wait < 0 ? 0 : (int)wait;
}

static void kill_late_children(Pool *pool, bool all)
{
    int64_t now = now_ms();
    for (uint32_t i = pool->children.count; i-- > 0;) {
        PoolChild *child = &pool->children.items[i];
        if (!all && child->deadline_ms > now)
            continue;
        child->late = true;
        kill(child->process, SIGKILL);
        bury(pool, i);
    }
}

/* Until at most `most` children are left. */
static void wait_for_children(Pool *pool, uint32_t most)
{
    while (pool->children.count > most && !pool_interrupted()) {
        uint32_t count = pool->children.count;
        struct pollfd *polled = memory_allocate(count, sizeof *polled);
        for (uint32_t i = 0; i < count; i++)
            polled[i] = (struct pollfd){.fd = pool->children.items[i].messages, .events = POLLIN};
        int ready = poll(polled, count, ms_until_first_deadline(pool));
        for (uint32_t i = count; ready > 0 && i-- > 0;)
            if (polled[i].revents && read_message(&pool->children.items[i]))
                bury(pool, i);
        free(polled);
        kill_late_children(pool, false);
    }
    if (pool_interrupted())
        kill_late_children(pool, true);
}

bool pool_start(Pool *pool, Picture *picture, Error *err)
{
    int ends[2];
    wait_for_children(pool, pool->jobs - 1);
    if (pool_interrupted())
        return true;
    if (pipe(ends) != 0)
        return error_set(err, "%s: no pipe for a child process: %s", picture->name,
                         strerror(errno));
    fflush(NULL);
    pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        draw_in_child(pool, picture, ends[1]);
    }
    close(ends[1]);
    if (process < 0) {
        error_set(err, "%s: no child process: %s", picture->name, strerror(errno));
        close(ends[0]);
        return false;
    }
    const PoolChild child = {.process = process,
                             .messages = ends[0],
                             .deadline_ms = now_ms() + (int64_t)pool->time_limit * MS_PER_SECOND,
                             .name = memory_copy_text(picture->name)};
    ARRAY_PUSH(&pool->children, child);
    return true;
}

void pool_finish(Pool *pool)
{
    wait_for_children(pool, 0);
}

void pool_free(Pool *pool)
{
    for (uint32_t i = 0; i < pool->complaints.count; i++)
        free(pool->complaints.items[i]);
    ARRAY_FREE(&pool->complaints);
    ARRAY_FREE(&pool->children);
}
