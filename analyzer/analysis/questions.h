#ifndef ANALYSIS_QUESTIONS_H
#define ANALYSIS_QUESTIONS_H

#include "analysis/analysis.h"

/*
 * Questions about one target: the chains that lead to it from a start, and everybody who reaches
 * it.  Call them after analysis_prepare; chains are added to Analysis.chains.
 *
 * The target is a principal (acting as it; of a group, counting as a member) or a scope: a resource
 * is reached by a capability on it.  Of a resource group, subscription or management group a
 * capability on something in it counts too, unless the question names one that the container has
 * itself (assign-roles, manage, delete, view).  Of a resource within a resource, capabilities of
 * the data plane on the outer one count.
 */
typedef struct TargetQuestion {
    Entity what;
    uint32_t capability; /* Rules.capabilities; NONE: anything but view.  Only of scopes */
} TargetQuestion;

/* ---- path ---- */

typedef struct PathAnswer {
    Certainty certainty; /* of the best chain; without one NO, or UNKNOWN when a kind of record that
                            could give one was not exported */
    uint32_t *chains;    /* Analysis.chains, best and shortest first */
    uint32_t chain_count;
    const char *unknown_because; /* UNKNOWN: what is missing; else NULL */
} PathAnswer;

/*
 * At most most_chains chains from Analysis.starts[start] to the target: the shortest of the best
 * certainty, then the next best, each with at least one technique or record that none before it
 * uses.  Texts and arrays live as long as the analysis.
 */
void analysis_path(Analysis *analysis, uint32_t start, const TargetQuestion *question,
                   uint32_t most_chains, PathAnswer *answer);

/* ---- who ---- */

typedef struct WhoRow {
    uint32_t start;      /* Analysis.starts */
    uint32_t capability; /* the worst that it has for the best certainty; NONE: acts as it */
    Certainty certainty;
    uint32_t chain;        /* Analysis.chains, of that capability */
    uint32_t capabilities; /* all it has on the target: bits 1 << capability */
} WhoRow;

typedef struct WhoAnswer {
    WhoRow *rows; /* by certainty, severity of the capability, steps, id */
    uint32_t count;
    uint32_t asked; /* starts that were looked at */
} WhoAnswer;

/*
 * Every principal and Azure Machine Learning workload that reaches the target, exactly: by the
 * fixed point of all of them.  They become Analysis.starts.  Groups and deleted principals are no
 * starts, the target itself does not count.  The result does not depend on the number of threads.
 */
void analysis_who(Analysis *analysis, const TargetQuestion *question, uint32_t threads,
                  WhoAnswer *answer);

#endif
