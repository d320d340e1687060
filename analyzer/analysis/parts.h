#ifndef ANALYSIS_PARTS_H
#define ANALYSIS_PARTS_H

#include "analysis/analysis.h"
#include "analysis/fixed_point.h"
#include "analysis/rows.h"
#include "analysis/search.h"
#include "graph/incoming.h"
#include "graph/instance.h"
#include "graph/privilege_graph.h"
#include "graph/relations.h"

typedef struct RecordUse RecordUse; /* record_words.c */

/*
 * What the parts of the analysis share; private to analysis/.  Made once per snapshot, read-only
 * while the starts are worked on.
 */
typedef struct Parts {
    const Snapshot *snapshot;
    const Access *access;
    const Rules *rules;
    Relations relations;
    InstanceTable instances;
    PrivilegeGraph graph;
    FixedPoint fixed_point;
    bool *is_told; /* per graph node: something is said about who reaches it */
    Rows *rows;
    uint32_t *first_giver; /* per graph node: PrivilegeGraph.givers of that node, by giver_order */
    uint32_t *giver_order;
    uint32_t *first_policy; /* per principal: Snapshot.access_policies, by policy_order */
    uint32_t *policy_order;
    uint32_t *crown_scopes; /* of crown jewels, in tree order */
    uint32_t crown_count;
    const ResourceKind **kind_of_type; /* per Snapshot.ids; NULL: a type without words */
    RecordUse *record_uses;            /* per Snapshot.records */
    uint32_t *first_task_row;          /* per purpose: into task_atoms; one more entry */
    uint64_t **task_atoms;             /* per row of a purpose: what it needs, as a set of atoms */
    const AnalysisLimits *limits;
    bool *principal_left_out; /* per principal */
    bool *technique_left_out; /* per technique */
} Parts;

/* ---- what is left out (limits.c) ---- */

/* Takes edges out of the graph; after it was built, before anything is searched in it. */
void limits_begin(Parts *parts, const AnalysisLimits *limits);
void limits_end(Parts *parts);
bool piece_is_left_out(const Parts *parts, const Piece *piece, Certainty certainty);

/* Principals that are taken out are no starts. */
void limits_drop_starts(const Parts *parts, Analysis *analysis);

void starts_find(Parts *parts, Analysis *analysis);
Start start_of_resource(const Parts *parts, Arena *arena, uint32_t resource);
Start start_of_principal(Parts *parts, Analysis *analysis, uint32_t principal);

/* A principal that is known to be no identity of Azure Machine Learning. */
Start start_of_stranger(const Parts *parts, Analysis *analysis, uint32_t principal);

/* Its object id, else its ARM id; never NULL. */
const char *start_id(const Analysis *analysis, const Start *start);

/* ---- words (words.c) ---- */

/* A short name of a scope for people: "sub-ml-prod", "rg-fraud", "kv-lake", "/" . */
const char *scope_name(const Parts *parts, uint32_t scope);
const char *role_name(const Parts *parts, uint32_t grant);

/* "AzureML Data Scientist at mlw-fraud", into the arena. */
const char *grant_words(const Parts *parts, Arena *arena, uint32_t grant);

/* What a record says that is no role assignment: "Application Administrator in the whole tenant",
   "owner of grp-ml-ops", into the arena.  index_records comes first: linear in the records. */
void index_records(Parts *parts);
const char *record_words(const Parts *parts, Arena *arena, uint32_t record);

/* The text of a clause with its {variable} places filled from an instance (NULL: from the scope).
 */
const char *clause_words(const Parts *parts, Arena *arena, const Clause *clause,
                         const Instance *instance, uint32_t scope);

/* The same from the values of the variables, of which some may be NONE. */
const char *clause_words_of_terms(const Parts *parts, Arena *arena, const Clause *clause,
                                  const Term *terms);

/* ---- task scope (task_scope.c) ---- */

void task_scope_prepare(Parts *parts);
void task_scope_end(Parts *parts);

/* What the purposes of the start's workloads need, as (scope, capability); at most once each. */
void task_scope_find(const Parts *parts, Arena *arena, const Start *start, StartResult *result);
bool task_scope_covers(const Parts *parts, const StartResult *result, uint32_t scope,
                       uint32_t capability);

/* ---- chains (chain.c) ---- */

/* How a chain ends at a row: what the last holder has. */
typedef struct ChainEnd {
    uint32_t node;      /* graph node that has it */
    Certainty level;    /* at which the node is reached */
    uint32_t grant;     /* Access.grants, or NONE */
    uint32_t policy;    /* Snapshot.access_policies, or NONE */
    uint32_t giver;     /* PrivilegeGraph.givers, or NONE */
    const Piece *piece; /* NULL: the chain ends at the node itself */
} ChainEnd;

typedef struct ChainBuilder ChainBuilder;

/* Chains of one start; they are appended to `chains` and live in `arena`. */
typedef ARRAY(Chain) ChainList;
ChainBuilder *chain_builder_new(const Parts *parts, const Start *start, Search *const *searches,
                                Arena *arena, ChainList *chains);
uint32_t chain_build(ChainBuilder *builder, const ChainEnd *end);
void chain_builder_free(ChainBuilder *builder);

/* The principal that holds what the chain ends with. */
uint32_t chain_holder(const ChainBuilder *builder, const ChainEnd *end);

/* ---- one start (work.c) ---- */

/* What one thread needs to work on starts, one after the other. */
typedef struct Worker Worker;
Worker *worker_new(const Parts *parts);
void worker_free(Worker *worker);

/* Adds what is told in full, to a result of block_judge: acts_as, rows, the worst thing; of acts_as
   and rows at most most_rows each.  Chains are appended. */
void worker_detail(Worker *worker, const Start *start, const Reached *reached, uint32_t most_rows,
                   Arena *arena, ChainList *chains, StartResult *result);

/* Role assignments of the start's own principals, by how long they stand. */
void count_standing(const Parts *parts, const Start *start, StartResult *result);

/* Makes Parts.fixed_point for these starts; before anything asks who reaches what. */
void prepare_fixed_point(Parts *parts, const Start *starts, uint32_t count);

/* Appends the graph nodes a start begins from; returns how many. */
typedef ARRAY(uint32_t) NodeList;
uint32_t add_start_nodes(const Parts *parts, const Start *start, NodeList *nodes);

/* Those of all the starts, one behind the other. */
NodeList all_start_nodes(const Parts *parts, const Start *starts, uint32_t count);

/* Likewise start by start: nodes[i] of starts[order[i]] (order NULL: of starts[i]) lie in the list
   that is returned. */
NodeList start_nodes_of_each(const Parts *parts, const Start *starts, const uint32_t *order,
                             uint32_t count, StartNodes *nodes);

/* The graph nodes a start begins from, into `nodes` (at most capacity); returns how many. */
uint32_t start_nodes(const Parts *parts, const Start *start, uint32_t *nodes, uint32_t capacity);

/* ---- the other way round (work.c, target.c) ---- */

/* One way in which whoever has a node of the graph has a capability: what worker_detail makes rows
   of, without a start. */
typedef struct TargetEnd {
    Piece piece;
    ChainEnd end;      /* end.piece is not set, end.level is CERTAIN */
    uint8_t certainty; /* of the end alone, its node given */
    bool limited;      /* assign-roles: only the roles that a condition admits */
} TargetEnd;

typedef ARRAY(TargetEnd) EndList;

/* Appends every end whose claim lies at or below the scope, or, of assign-roles and capabilities
   that nodes stand for, anywhere.  O(nodes + grants at, above and below the scope). */
void worker_ends(Worker *worker, uint32_t scope, EndList *ends);

/* Likewise every end of one node, wherever its claim lies. */
void worker_ends_of_node(Worker *worker, uint32_t node, EndList *ends);

/* What a question asks for, and every end that answers it, best and nearest first. */
typedef struct Target {
    const Parts *parts;
    Entity what;
    uint32_t capability; /* Rules.capabilities; NONE: anything but view */
    EndList ends;
    bool *leads_there; /* per graph node: some end rests on it */
    bool *may_arrive;  /* per graph node: of every conjunction on the way at least one premise rests
                          on it; who has no such node reaches no end */
} Target;

void target_find(Target *target, const Parts *parts, Entity what, uint32_t capability);
void target_free(Target *target);

/* The end's last step as a distance, to be added to that of its node: see search.h. */
uint64_t target_end_distance(const Target *target, const TargetEnd *end);

/* Does the start have the end from the beginning, so that it is no answer? */
bool target_end_is_own(const Target *target, const Start *start, const TargetEnd *end);

/*
 * The end (Target.ends) that the search's last run, at `level`, came nearest to, and how far it is;
 * NONE when it reached none.  Own ends do not count, nor those that `rejected` rejects.
 */
uint32_t target_nearest_end(const Target *target, const Search *search, const Start *start,
                            Certainty level,
                            bool (*rejected)(const void *context, const TargetEnd *end),
                            const void *context, uint64_t *distance);

/* ---- containment (containment.c) ---- */

/* What belongs to a workspace, wherever it lies. */
enum { WORKSPACE_RESOURCE_COUNT = 4 };
extern const RelationName workspace_resources[WORKSPACE_RESOURCE_COUNT];

/* The smallest container that holds both the start's home and the scope. */
Containment contain(const Parts *parts, uint32_t home, uint32_t scope);

/* ---- the three questions and the score (answers.c) ---- */

/* What answers each question best; NULL: nothing does.  Only scope, capability, certainty and roles
   are looked at. */
typedef struct BestRows {
    const ReachRow *vault, *assign, *beyond;
} BestRows;

/* Certainties and sentences; vaults_beyond_task comes first. */
void answer_questions(const Parts *parts, Arena *arena, const BestRows *best, StartResult *result);

/* The same again from result->reach, so that the answers point at rows; where the best row is not
   listed, the answer stays and points at none. */
void answer_questions_from_rows(const Parts *parts, Arena *arena, StartResult *result);

/* From verdicts, containment, answers and counts. */
void score_start(Arena *arena, StartResult *result);

/* ---- judgement (judge.c) ---- */

typedef ARRAY(Finding) FindingList;

/* The worst thing in one sentence: roles that can be given, and the best that is reached; of either
   row, or none, only scope, capability and roles are looked at. */
const char *worst_words(const Parts *parts, Arena *arena, const ReachRow *assign,
                        const ReachRow *end);

/* The same of a start that is told in full, and the chain that leads there. */
void judge_worst(const Parts *parts, Arena *arena, const Start *start, StartResult *result);

/* The findings of a start, in the order of the rules, and which notices are minor;
   `result->findings` is left to the caller. */
void judge_findings(const Parts *parts, Arena *arena, const Start *start, StartResult *result,
                    const Chain *chains, FindingList *findings);

Severity row_severity(const Parts *parts, const ReachRow *row);
bool is_crown_jewel(const Parts *parts, uint32_t resource);

/* The scope of the first crown jewel that the row claims, or NONE. */
uint32_t crown_jewel_of_row(const Parts *parts, const ReachRow *row);

#endif
