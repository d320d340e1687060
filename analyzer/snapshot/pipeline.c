#include "base/memory.h"
#include "snapshot/batch.h"

#include <pthread.h>
#include <stdlib.h>

/*
 * Reading threads take files in order; the calling thread commits them in order.  A thread may run
 * ahead by so many files, and by so many batches within a file, and waits then.  The file that is
 * being committed was always taken by some thread, which waits only for the committer: no deadlock.
 */
enum { READ_AHEAD_FILES = 64, READ_AHEAD_BATCHES = 4 };

/* Batches of one file that wait for the committer. */
typedef struct FileQueue {
    Batch *first;
    Batch **last;
    uint32_t count;
} FileQueue;

typedef struct Shared {
    const Pipeline *pipeline;
    pthread_mutex_t mutex;
    pthread_cond_t room;                /* a batch was taken, or a file is done */
    pthread_cond_t arrived;             /* a batch was put */
    FileQueue queues[READ_AHEAD_FILES]; /* file % READ_AHEAD_FILES */
    Batch *spare;
    uint32_t next_file; /* to be read */
    uint32_t committed; /* files that are done */
} Shared;

static Batch *take_spare(Shared *shared)
{
    Batch *batch = shared->spare;
    if (batch)
        shared->spare = batch->next;
    return batch;
}

static Batch *get_batch(void *context)
{
    Shared *shared = context;
    pthread_mutex_lock(&shared->mutex);
    Batch *batch = take_spare(shared);
    pthread_mutex_unlock(&shared->mutex);
    if (!batch)
        batch = batch_new();
    batch_reset(batch);
    return batch;
}

static void give_back(Shared *shared, Batch *batch)
{
    pthread_mutex_lock(&shared->mutex);
    batch->next = shared->spare;
    shared->spare = batch;
    pthread_mutex_unlock(&shared->mutex);
}

static void put_batch(void *context, Batch *batch)
{
    Shared *shared = context;
    FileQueue *queue = &shared->queues[batch->file % READ_AHEAD_FILES];
    pthread_mutex_lock(&shared->mutex);
    while (queue->count >= READ_AHEAD_BATCHES)
        pthread_cond_wait(&shared->room, &shared->mutex);
    if (!queue->count)
        queue->last = &queue->first;
    *queue->last = batch;
    queue->last = &batch->next;
    queue->count++;
    pthread_cond_signal(&shared->arrived);
    pthread_mutex_unlock(&shared->mutex);
}

static void *read_files(void *argument)
{
    Shared *shared = argument;
    const Pipeline *pipeline = shared->pipeline;
    const BatchSink sink = {shared, get_batch, put_batch, pipeline->cancelled};
    for (;;) {
        pthread_mutex_lock(&shared->mutex);
        uint32_t file = shared->next_file < pipeline->file_count ? shared->next_file++ : NONE;
        while (file != NONE && file >= shared->committed + READ_AHEAD_FILES)
            pthread_cond_wait(&shared->room, &shared->mutex);
        pthread_mutex_unlock(&shared->mutex);
        if (file == NONE)
            return NULL;
        read_file(pipeline->setup, file, &sink);
    }
}

static Batch *wait_for_batch(Shared *shared, uint32_t file)
{
    FileQueue *queue = &shared->queues[file % READ_AHEAD_FILES];
    pthread_mutex_lock(&shared->mutex);
    while (!queue->count)
        pthread_cond_wait(&shared->arrived, &shared->mutex);
    Batch *batch = queue->first;
    queue->first = batch->next;
    queue->count--;
    if (batch->last)
        shared->committed++;
    pthread_cond_broadcast(&shared->room);
    pthread_mutex_unlock(&shared->mutex);
    return batch;
}

static void commit_files(Shared *shared)
{
    for (uint32_t file = 0; file < shared->pipeline->file_count; file++) {
        bool last = false;
        while (!last) {
            Batch *batch = wait_for_batch(shared, file);
            last = batch->last;
            shared->pipeline->commit(shared->pipeline->context, batch);
            give_back(shared, batch);
        }
    }
}

/* ---- on one thread: every batch is committed as soon as it is full ---- */

typedef struct Inline {
    const Pipeline *pipeline;
    Batch *batch;
} Inline;

static Batch *get_only_batch(void *context)
{
    Inline *only = context;
    batch_reset(only->batch);
    return only->batch;
}

static void commit_only_batch(void *context, Batch *batch)
{
    Inline *only = context;
    only->pipeline->commit(only->pipeline->context, batch);
}

static void run_inline(const Pipeline *pipeline)
{
    Inline only = {pipeline, batch_new()};
    const BatchSink sink = {&only, get_only_batch, commit_only_batch, pipeline->cancelled};
    for (uint32_t file = 0; file < pipeline->file_count; file++)
        read_file(pipeline->setup, file, &sink);
    batch_free(only.batch);
}

void pipeline_run(const Pipeline *pipeline)
{
    uint32_t wanted =
        pipeline->threads < pipeline->file_count ? pipeline->threads : pipeline->file_count;
    pthread_t *threads = memory_allocate(wanted, sizeof *threads);
    Shared shared = {.pipeline = pipeline,
                     .mutex = PTHREAD_MUTEX_INITIALIZER,
                     .room = PTHREAD_COND_INITIALIZER,
                     .arrived = PTHREAD_COND_INITIALIZER};
    uint32_t started = 0;
    while (pipeline->threads > 1 && started < wanted &&
           pthread_create(&threads[started], NULL, read_files, &shared) == 0)
        started++;
    if (started)
        commit_files(&shared);
    else
        run_inline(pipeline);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (Batch *batch; (batch = take_spare(&shared));)
        batch_free(batch);
    free(threads);
}
