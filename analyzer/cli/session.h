#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "access/access.h"
#include "analysis/analysis.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/status.h"
#include "report/screen.h"
#include "rules/rules.h"
#include "snapshot/fields.h"
#include "snapshot/snapshot.h"

#include <stdbool.h>

/* One run of the program: what was asked for and what the stages have made of it so far. */
typedef struct Session {
    const Options *options;
    Screen out;       /* standard output */
    Screen complaint; /* standard error */
    Words paths;      /* SNAPSHOT operands and --snapshot */
    Progress progress;
    const char *data_dir;
    FieldTable fields;
    Rules rules;
    Snapshot snapshot;
    AtomTable atoms;
    Access access;
    Analysis analysis;
    AnalysisLimits limits;
    Arena arena;
} Session;

typedef enum Stage {
    STAGE_RULES,
    STAGE_SNAPSHOT,
    STAGE_ACCESS,
    STAGE_STARTS,   /* identities and workloads, nothing searched */
    STAGE_PREPARED, /* the privilege graph; no starts yet: resolve_start */
    STAGE_ANALYSIS  /* every identity and workload searched */
} Stage;

/*
 * Runs the pipeline up to the stage.  False: *status is what to end with, and why was said on
 * standard error.  Input errors that the rest survives do not end it: see session_status.  With
 * --dump it prints what a stage made, and ends.
 */
bool session_run(Session *session, Stage stage, Status *status);

/* `status`, or STATUS_INPUT when some input was not what it claims to be. */
Status session_status(const Session *session, Status status);

/* After STAGE_PREPARED and with one start in session->analysis: its blast radius. */
void session_search(Session *session);

/* --jobs, or as many as there are processors. */
uint32_t session_threads(const Session *session);

/* The principals that code in the resource has from the beginning, ascending; needs STAGE_STARTS.
   For what is no start of its own: the identities attached to it. */
const uint32_t *session_own_principals(Session *session, uint32_t resource, uint32_t *count);

/* --as-of, else the snapshot's own time; TIME_NONE when neither tells. */
int64_t session_as_of(const Session *session);

/* Prints "amlblast: <message>" on standard error; returns `status`. */
Status session_fail(const Session *session, Status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A remark that is no error; nothing with --quiet. */
void session_note(const Session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void session_begin(Session *session, const Options *options);
void session_end(Session *session);

#endif
