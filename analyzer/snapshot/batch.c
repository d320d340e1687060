#include "snapshot/batch.h"

#include "base/memory.h"

#include <stdlib.h>

Batch *batch_new(void)
{
    return memory_allocate(1, sizeof(Batch));
}

void batch_reset(Batch *batch)
{
    arena_reset(&batch->arena);
    batch->facts.count = 0;
    batch->next = NULL;
    batch->last = false;
    batch->opened = false;
}

void batch_free(Batch *batch)
{
    if (!batch)
        return;
    arena_free(&batch->arena);
    ARRAY_FREE(&batch->facts);
    free(batch);
}
