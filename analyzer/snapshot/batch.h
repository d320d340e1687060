#ifndef SNAPSHOT_BATCH_H
#define SNAPSHOT_BATCH_H

#include "snapshot/fact.h"
#include "snapshot/list_context.h"
#include "snapshot/reading.h"

#include <stdatomic.h>

/*
 * Some thousand facts of one file on their way from a reading thread to the committer.
 */
typedef struct Batch {
    struct Batch *next;
    Arena arena; /* what the facts point to */
    ARRAY(Fact) facts;
    uint32_t file;
    bool last;          /* the file ends with this batch; `result` is set */
    bool opened;        /* false: input_read failed, `error` says why */
    InputResult result; /* valid when opened */
    Error error;
} Batch;

enum { BATCH_FACTS = 2048, BATCH_BYTES = 2 * 1024 * 1024 };

Batch *batch_new(void);
void batch_reset(Batch *batch);
void batch_free(Batch *batch);

/* Where a reading thread gets empty batches and leaves full ones. */
typedef struct BatchSink {
    void *context;
    Batch *(*get)(void *context);
    void (*put)(void *context, Batch *batch); /* may wait for room */
    const atomic_bool *cancelled;             /* set: nobody wants the facts any more */
} BatchSink;

/* What all reading threads share, read-only. */
typedef struct FileSetup {
    const InputList *inputs;
    const KeyTable *keys;
    const FieldTable *fields;
    const Detector *detector;
    const ManifestEntry *manifest; /* one per named file, in strcmp order of their paths */
    uint32_t manifest_count;
} FileSetup;

/* Reads one file into batches.  A file that is not relevant or not readable gives one empty last
   batch.  Thread-safe for different files. */
void read_file(const FileSetup *setup, uint32_t file, const BatchSink *sink);

/*
 * Reads all files on `threads` threads and hands their batches to `commit` on the calling thread,
 * files in their order, batches in theirs: the same calls whatever `threads` is.  Memory is bounded
 * by READ_AHEAD_FILES and the batches of each.  `commit` may set *cancelled to end early.
 */
typedef struct Pipeline {
    const FileSetup *setup;
    uint32_t file_count;
    uint32_t threads;
    atomic_bool *cancelled;
    void *context;
    void (*commit)(void *context, const Batch *batch);
} Pipeline;

void pipeline_run(const Pipeline *pipeline);

#endif
