#define _GNU_SOURCE /* sched_getaffinity */
#include "base/threads.h"

#include "base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct Batch {
    uint32_t count;
    _Atomic uint32_t next;
    void (*work)(void *context, uint32_t i);
    void *context;
} Batch;

static void *run_items(void *argument)
{
    Batch *batch = argument;
    for (;;) {
        uint32_t i = atomic_fetch_add(&batch->next, 1);
        if (i >= batch->count)
            return NULL;
        batch->work(batch->context, i);
    }
}

void threads_for_each(uint32_t threads, uint32_t count, void (*work)(void *context, uint32_t i),
                      void *context)
{
    Batch batch = {.count = count, .work = work, .context = context};
    uint32_t helpers = threads < count ? threads : count;
    helpers = helpers > 1 ? helpers - 1 : 0;
    pthread_t *started = memory_allocate(helpers, sizeof *started);
    uint32_t started_count = 0;
    while (started_count < helpers &&
           pthread_create(&started[started_count], NULL, run_items, &batch) == 0)
        started_count++;
    run_items(&batch);
    for (uint32_t i = 0; i < started_count; i++)
        pthread_join(started[i], NULL);
    free(started);
}

uint32_t threads_available(void)
{
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) != 0)
        return 1;
    int count = CPU_COUNT(&usable);
    return count > 0 ? (uint32_t)count : 1;
}
