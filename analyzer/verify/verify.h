#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "base/arena.h"
#include "base/array.h"
#include "base/error.h"
#include "rules/rules.h"
#include "snapshot/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The second look at a report: every chain of a report.json, proved again from the snapshot.
 *
 * It shares the readers of exports and of rules with the analysis, and nothing that decides: how
 * actions match roles, what contains what, who is in which group, what is denied, what hangs
 * together, what a condition lets through is written here a second time, plainly.  It does not
 * search: it takes a chain step by step, lets only the cited records speak, and asks whether what
 * the step claims follows.  A claim that holds on records which are not cited fails all the same.
 *
 * For every chain: it begins at the start; each step goes on from something reached; each piece of
 * evidence is a record of the snapshot and says what it is said to say; some clause of the
 * technique holds; the certainty is not better than what was proved.  For every row that refers to
 * it: the chain ends there, with that capability, on every resource of the types counted, and the
 * counts are true.
 */

/* What is wrong at one place.  step: from 1; 0: the chain as a whole. */
typedef struct VerifyFailure {
    const char *chain; /* "c3"; or what else of the report it is: "snapshot", "f1", a start's id */
    uint32_t step;
    const char *why; /* expected ..., found ... */
} VerifyFailure;

typedef struct VerifyResult {
    uint32_t chains;  /* looked at */
    uint32_t failing; /* of them: not true, or a row or finding that refers to it is not */
    ARRAY(VerifyFailure) failures; /* in the order of the report */
    Arena arena;
} VerifyResult;

typedef struct VerifyOptions {
    int64_t as_of;        /* TIME_NONE: no window is over */
    bool literal_reading; /* of "*" in permissions: it never stands for nothing */
} VerifyOptions;

/*
 * Looks at the whole report.  False: it is no report of this program (*err says what is wrong with
 * it), or it speaks of other input or other rules than these, so nothing in it can be verified.
 * The time grows with the steps of the report, the memory with the snapshot and the longest chain,
 * besides the report's own text.
 */
bool verify_report(VerifyResult *result, const char *text, size_t length_bytes,
                   const Snapshot *snapshot, const Rules *rules, const VerifyOptions *options,
                   Error *err);
void verify_free(VerifyResult *result);

#endif
