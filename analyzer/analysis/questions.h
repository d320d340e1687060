#ifndef ANALYSIS_QUESTIONS_H
#define ANALYSIS_QUESTIONS_H

#include "analysis/analysis.h"
#include "graph/instance.h"

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

/* A single thing that would open a way if it were so. */
typedef struct NearMiss {
    const char *kind;  /* "permission", "property" or "membership" */
    const char *text;  /* "would need Microsoft.KeyVault/vaults/write on kv-lake (...)" */
    const char *needs; /* the action or the property */
    const char *role;  /* of a permission: the role that gives it and the least besides, or NULL */
    uint32_t on;       /* Term: a scope, or a principal with TERM_PRINCIPAL */
    uint32_t holder;   /* who would need it: one of the principals the start can act as, or NONE */
    uint32_t record;   /* of a property: where it is told, or NONE */
    const char *technique; /* that it opens; or held-grant */
    const char *then;      /* what that does: "submits a job to cpu-train and takes ..." */
    uint32_t steps;        /* from there to the target, that one included */
    Severity severity;     /* of what it gives */
    Certainty certainty;   /* of the facts of that step, the missing thing given */
} NearMiss;

typedef struct PathAnswer {
    Certainty certainty; /* of the best chain; without one NO, or UNKNOWN when a kind of record that
                            could give one was not exported */
    uint32_t *chains;    /* Analysis.chains, best and shortest first */
    uint32_t chain_count;
    const char *unknown_because; /* UNKNOWN: what is missing; else NULL */
    NearMiss *near_misses;       /* without a chain: the nearest first; there may be none */
    uint32_t near_miss_count;
} PathAnswer;

/*
 * At most most_chains chains from Analysis.starts[start] to the target: the shortest of the best
 * certainty, then the next best, each with at least one technique or record that none before it
 * uses.  Without a chain, what is missing for one.  Texts and arrays live as long as
 * the analysis.
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
