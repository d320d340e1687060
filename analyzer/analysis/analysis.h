#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include "access/access.h"
#include "access/certainty.h"
#include "base/arena.h"
#include "rules/rules.h"
#include "snapshot/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The answers: for every start what it can act as and reach, by which chain, and what that means.
 * Indexes refer to the snapshot (principals, resources, records), the scope tree and the rules the
 * analysis was made from; these must outlive it.
 */

/* ---- starts ---- */

typedef enum StartKind {
    START_SYSTEM_ASSIGNED,
    START_USER_ASSIGNED,
    START_SERVICE_PRINCIPAL,
    START_USER,
    START_WORKLOAD
} StartKind;

/* A place where hostile code may sit: an AML identity, or a workload of a workspace. */
typedef struct Start {
    StartKind kind;
    uint32_t principal; /* the identity, or NONE for a workload */
    uint32_t resource;  /* the workload; for an identity the user-assigned identity or NONE */
    uint32_t *own;      /* principals that code here has from the beginning, ascending */
    uint32_t own_count;
    uint32_t *places; /* scopes where code runs from the beginning: the workload itself */
    uint32_t place_count;
    bool joined;           /* several compromised together: own principals count beside places */
    uint32_t *attached_to; /* resources the identity is attached to, by id */
    uint32_t attached_count;
    uint32_t home;       /* scope of its own place: the workspace, else its resource group */
    const char *purpose; /* of data/task-scopes.json: "training"; NULL when nothing infers one */
} Start;

/* ---- chains ---- */

typedef enum EntityKind { ENTITY_PRINCIPAL, ENTITY_SCOPE } EntityKind;

typedef struct Entity {
    EntityKind kind;
    uint32_t index; /* Snapshot.principals, or ScopeTree.scopes */
} Entity;

typedef struct Evidence {
    uint32_t record;  /* Snapshot.records */
    const char *says; /* "AzureML Data Scientist at mlw-fraud", "allowSharedKeyAccess is null" */
} Evidence;

typedef struct Step {
    const char
        *technique; /* a technique id, or start, held-grant, held-access-policy, given-role */
    uint32_t technique_index; /* Rules.techniques, or NONE for the four names above */
    Entity from;
    Entity to;
    Entity actor;      /* who or what does it: the principal taken last, or the place of the code */
    const char *text;  /* "submits a job to cpu-train-01 and takes its identity's token" */
    const char *label; /* for a picture: "submit a job" */
    const char *detail; /* role and scope that allow it: "AzureML Data Scientist · mlw-fraud" */
    const char *note;   /* what is assumed or which condition is open; or NULL */
    const char *action; /* the permission used, or NULL */
    Certainty certainty;
    Evidence *evidence; /* never empty */
    uint32_t evidence_count;
} Step;

/* Index: Analysis.chains.  Shared by every conclusion it leads to. */
typedef struct Chain {
    Certainty certainty;
    Step *steps;
    uint32_t step_count;
} Chain;

/* ---- results of one start ---- */

typedef enum ActsAsKind { ACTS_TOKEN, ACTS_USER_TOKEN, ACTS_DEPUTY, ACTS_INTERACTION } ActsAsKind;
const char *acts_as_kind_name(ActsAsKind kind); /* "token", "user-token", ... */

typedef struct ActsAs {
    uint32_t principal;
    ActsAsKind kind; /* of the last taking step */
    Certainty certainty;
    uint32_t chain;
} ActsAs;

typedef struct TypeCount {
    Id type;
    uint32_t count;
} TypeCount;

/* The capability on every resource of the listed types at or below the scope. */
typedef struct ReachRow {
    uint32_t scope;
    uint32_t capability; /* Rules.capabilities */
    Certainty certainty;
    bool in_task_scope;
    bool on_scope_itself; /* the scope itself is claimed, whatever it is: a whole subscription */
    uint32_t resources;   /* the sum of by_type; 0 for assign-roles and directory on bare scopes */
    TypeCount *by_type;   /* by type id text */
    uint32_t type_count;
    uint32_t held_by; /* principal */
    uint32_t chain;
    const char *roles;       /* assign-roles: the roles that can be given when limited, else NULL;
                                directory: the role or permission */
    uint32_t directory_node; /* directory: node of the privilege graph; else NONE */
} ReachRow;

typedef enum Verdict {
    VERDICT_CONTAINED,
    VERDICT_BROAD,
    VERDICT_LATERAL,
    VERDICT_ESCALATING,
    VERDICT_TAKEOVER
} Verdict;
const char *verdict_name(Verdict verdict);

typedef enum Containment {
    CONTAINMENT_JOB,
    CONTAINMENT_WORKSPACE,
    CONTAINMENT_RESOURCE_GROUP,
    CONTAINMENT_SUBSCRIPTION,
    CONTAINMENT_MULTI_SUBSCRIPTION,
    CONTAINMENT_TENANT
} Containment;
const char *containment_name(Containment containment);

/* One of the three questions of every review, answered by its best row. */
typedef struct QuestionAnswer {
    Certainty answer;     /* NO and UNKNOWN included */
    uint32_t row;         /* in StartResult.reach, or NONE */
    const char *sentence; /* "Can read 12 key vaults beyond its task in 2 subscriptions." */
} QuestionAnswer;

typedef struct ScoreTerm {
    const char *term;
    uint32_t points;
} ScoreTerm;

typedef enum Severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL } Severity;
const char *severity_name(Severity severity);

/* Index: Analysis.findings. */
typedef struct Finding {
    const char *rule; /* technique id or finding rule */
    Severity severity;
    uint32_t start;
    const char *title;
    const char *why;
    const char *fix;
    uint32_t chain;          /* or NONE */
    bool gains;              /* false: of a technique that gives nothing but should be known */
    uint32_t technique;      /* Rules.techniques whose framework ids apply, or NONE */
    const char *fingerprint; /* stable across snapshots: hex of SHA-256 over rule and ids */
} Finding;

/*
 * A technique that gives nothing but should be known, and the shortest way to it.
 *
 * It is a finding unless it is minor: of severity low or medium, and no news to a reader of the
 * other findings.  That is when the way there takes another principal or gives a role; when the
 * start can give itself any role at that place, unless the technique asks for just that; or when a
 * technique of severity low is about a resource that the task of the start needs.
 */
typedef struct Notice {
    uint32_t technique; /* Rules.techniques */
    uint32_t chain;
    bool minor;
} Notice;

typedef struct StartResult {
    bool detailed;          /* false: acts_as, reach, findings and worst_chain were left out, see
                               AnalysisOptions.most_rows; everything else is there */
    uint32_t acts_as_total; /* how many there are, listed or not */
    uint32_t reach_total;   /* told in full: the rows; else single claims, one covered by another
                               included */
    ActsAs *acts_as;        /* by certainty, chain length, object id */
    uint32_t acts_as_count;
    ReachRow *reach; /* by severity of the capability, certainty, scope, capability */
    uint32_t reach_count;
    Certainty takes_others;     /* best certainty of acting as another; UNKNOWN: it does not */
    Verdict verdict;            /* from certain, conditional and eligible */
    Verdict verdict_if_assumed; /* with assumed too */
    Containment containment;
    uint32_t score; /* 0 to 100, the sum of the terms, capped */
    ScoreTerm *score_terms;
    uint32_t score_term_count;
    QuestionAnswer key_vault_beyond_task;
    QuestionAnswer role_assignments;
    QuestionAnswer beyond_resource_group;
    uint32_t reachable_resources; /* distinct, with any capability, up to ELIGIBLE */
    uint32_t beyond_task_resources;
    uint32_t reachable_subscriptions;
    uint32_t vaults_beyond_task; /* distinct, whose secrets are read, up to ASSUMED */
    uint32_t home;               /* Start.home, or where a start without one reaches first */
    uint32_t standing_permanent, standing_time_bound, standing_eligible; /* grants of its own */
    Notice *notices; /* by technique; findings, unless minor */
    uint32_t notice_count;
    uint32_t *findings;
    uint32_t finding_count;
    const char *worst;    /* one sentence for the table and the picture */
    uint32_t worst_chain; /* or NONE */
    /* Resources that the task needs, with the capability: what in_task_scope was decided by. */
    struct NeededAccess {
        uint32_t scope;
        uint32_t capability;
        const char *why; /* "default storage account of mlw-fraud" */
    } * needed;
    uint32_t needed_count;
} StartResult;

struct Parts;

typedef struct Analysis {
    const Snapshot *snapshot;
    const Access *access;
    const Rules *rules;
    ARRAY(Start) starts;
    StartResult *results; /* one per start */
    uint32_t *ranked;     /* start indexes, worst first */
    ARRAY(Chain) chains;
    ARRAY(Finding) findings; /* worst first */
    struct Parts *parts;     /* the graph and what else the analysis was made from */
    ARRAY(Arena) arenas;
    Arena arena;
} Analysis;

/* What is left out of the graph that everything is searched in. */
typedef struct AnalysisLimits {
    bool only_certain;          /* whatever is not certain */
    bool without_interaction;   /* identities taken only when a person runs something */
    const uint32_t *principals; /* taken out: nobody acts as them; of a group, nobody is in it */
    uint32_t principal_count;
    const uint32_t *techniques; /* Rules.techniques taken out */
    uint32_t technique_count;
} AnalysisLimits;

typedef struct AnalysisOptions {
    uint32_t threads;             /* 0 means 1 */
    const AnalysisLimits *limits; /* NULL: none */
    /* Starts are told in full (rows, chains, findings) in ranked order as long as all rows together
       stay within most_rows; the first one always is.  Of a start that has more than
       most_rows_of_start, the worst are told, and of identities that it can act as the nearest.
       0 means the constants below.  Verdicts, counts, questions and scores are exact for every
       start, told in full or not. */
    uint32_t most_rows;
    uint32_t most_rows_of_start;
    /* Is told when a stage begins, in words for people that live for ever; NULL: nobody is. */
    void (*stage)(void *context, const char *stage);
    void *stage_context;
} AnalysisOptions;

enum { ANALYSIS_MOST_ROWS = 20000, ANALYSIS_MOST_ROWS_OF_START = 2000 };

/* Every AML identity and workload of the snapshot, ranked.  The result does not depend on the
   number of threads. */
void analysis_run(Analysis *analysis, const Snapshot *snapshot, Access *access, const Rules *rules,
                  const AnalysisOptions *options);
void analysis_free(Analysis *analysis);

/* The starts alone, without searching: `amlblast identities`. */
void analysis_find_starts(Analysis *analysis, const Snapshot *snapshot, Access *access,
                          const Rules *rules);

/*
 * One start of the caller's choice, instead of every one: principals and resources compromised
 * together (any kind, not only of AML).  Call it after analysis_prepare (options->limits must
 * outlive the analysis), then analysis_work.
 */
void analysis_prepare(Analysis *analysis, const Snapshot *snapshot, Access *access,
                      const Rules *rules, const AnalysisOptions *options);
void analysis_add_start(Analysis *analysis, const uint32_t *principals, uint32_t principal_count,
                        const uint32_t *resources, uint32_t resource_count);
void analysis_work(Analysis *analysis, const AnalysisOptions *options);

/* How bad the row is: its capability, on its types. */
Severity analysis_row_severity(const Analysis *analysis, const ReachRow *row);

/* Is the resource a crown jewel, by its type or by a word in its name? */
bool analysis_is_crown_jewel(const Analysis *analysis, uint32_t resource);

#endif
