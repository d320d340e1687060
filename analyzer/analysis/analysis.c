#include "analysis/analysis.h"

#include "analysis/judge_block.h"
#include "analysis/parts.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "base/threads.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is made once ---- */

static void index_givers(Parts *parts)
{
    const PrivilegeGraph *graph = &parts->graph;
    parts->first_giver = memory_allocate(graph->nodes.count + 2, sizeof(uint32_t));
    parts->giver_order = memory_allocate(graph->givers.count, sizeof(uint32_t));
    for (uint32_t i = 0; i < graph->givers.count; i++)
        parts->first_giver[graph->givers.items[i].node + 2]++;
    for (uint32_t i = 2; i < graph->nodes.count + 2; i++)
        parts->first_giver[i] += parts->first_giver[i - 1];
    for (uint32_t i = 0; i < graph->givers.count; i++)
        parts->giver_order[parts->first_giver[graph->givers.items[i].node + 1]++] = i;
}

static void index_policies(Parts *parts)
{
    const Snapshot *snapshot = parts->snapshot;
    uint32_t count = snapshot->access_policies.count;
    parts->first_policy = memory_allocate(snapshot->principals.count + 2, sizeof(uint32_t));
    parts->policy_order = memory_allocate(count, sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++)
        parts->first_policy[snapshot->access_policies.items[i].principal + 2]++;
    for (uint32_t i = 2; i < snapshot->principals.count + 2; i++)
        parts->first_policy[i] += parts->first_policy[i - 1];
    for (uint32_t i = 0; i < count; i++)
        parts->policy_order[parts->first_policy[snapshot->access_policies.items[i].principal +
                                                1]++] = i;
}

static void index_kinds(Parts *parts)
{
    const Snapshot *snapshot = parts->snapshot;
    parts->kind_of_type = memory_allocate(snapshot->ids.count, sizeof(void *));
    for (uint32_t i = 0; i < parts->access->tree.count; i++) {
        Id type = parts->access->tree.scopes[i].type;
        if (type != NONE && !parts->kind_of_type[type])
            parts->kind_of_type[type] = rules_resource_kind(parts->rules, id_text(snapshot, type));
    }
}

static void index_crown_jewels(Parts *parts)
{
    const ScopeTree *tree = &parts->access->tree;
    ARRAY(uint32_t) scopes = {0};
    for (uint32_t s = 0; s < tree->count; s++)
        if (tree->scopes[s].resource != NONE && is_crown_jewel(parts, tree->scopes[s].resource))
            ARRAY_PUSH(&scopes, s);
    parts->crown_scopes = scopes.items;
    parts->crown_count = scopes.count;
}

static void prepare_facts(Analysis *analysis, const Snapshot *snapshot, const Access *access,
                          const Rules *rules)
{
    Parts *parts = memory_allocate(1, sizeof *parts);
    *analysis = (Analysis){.snapshot = snapshot, .access = access, .rules = rules, .parts = parts};
    parts->snapshot = snapshot;
    parts->access = access;
    parts->rules = rules;
    index_kinds(parts);
    index_crown_jewels(parts);
    relations_find(&parts->relations, access, rules);
    instances_find(&parts->instances, access, rules, &parts->relations);
    index_records(parts);
}

/* Most nodes only lead on; rows, findings and verdicts are made from these. */
static void mark_told_nodes(Parts *parts)
{
    const PrivilegeGraph *graph = &parts->graph;
    parts->is_told = memory_allocate(graph->nodes.count, sizeof *parts->is_told);
    for (uint32_t n = 0; n < graph->nodes.count; n++) {
        NodeKind kind = graph->nodes.items[n].kind;
        parts->is_told[n] =
            kind == NODE_PRINCIPAL || kind == NODE_MEMBER || kind == NODE_CAPABILITY ||
            kind == NODE_GIVE || kind == NODE_GIVE_SOME || kind == NODE_DIRECTORY ||
            kind == NODE_FINDING || parts->first_giver[n] < parts->first_giver[n + 1];
    }
}

static void begin_stage(const AnalysisOptions *options, const char *stage)
{
    if (options && options->stage)
        options->stage(options->stage_context, stage);
}

void analysis_prepare(Analysis *analysis, const Snapshot *snapshot, Access *access,
                      const Rules *rules, const AnalysisOptions *options)
{
    begin_stage(options, "relations");
    prepare_facts(analysis, snapshot, access, rules);
    Parts *parts = analysis->parts;
    begin_stage(options, "privilege graph");
    privilege_graph_build(&parts->graph, access, rules, &parts->instances, &parts->relations);
    limits_begin(parts, options ? options->limits : NULL);
    parts->rows = rows_new(&parts->graph);
    task_scope_prepare(parts);
    index_givers(parts);
    index_policies(parts);
    mark_told_nodes(parts);
}

void prepare_fixed_point(Parts *parts, const Start *starts, uint32_t count)
{
    const uint32_t none = NONE;
    NodeList begins = all_start_nodes(parts, starts, count);
    fixed_point_free(&parts->fixed_point);
    fixed_point_prepare(&parts->fixed_point, &parts->graph, parts->is_told,
                        begins.count ? begins.items : &none, begins.count);
    ARRAY_FREE(&begins);
}

void analysis_find_starts(Analysis *analysis, const Snapshot *snapshot, Access *access,
                          const Rules *rules)
{
    prepare_facts(analysis, snapshot, access, rules);
    starts_find(analysis->parts, analysis);
}

void analysis_free(Analysis *analysis)
{
    Parts *parts = analysis->parts;
    if (parts) {
        limits_end(parts);
        task_scope_end(parts);
        fixed_point_free(&parts->fixed_point);
        rows_free(parts->rows);
        privilege_graph_free(&parts->graph);
        instances_free(&parts->instances);
        relations_free(&parts->relations);
        free(parts->is_told);
        free(parts->first_giver);
        free(parts->giver_order);
        free(parts->first_policy);
        free(parts->policy_order);
        free(parts->crown_scopes);
        free((void *)parts->kind_of_type);
        free(parts->record_uses);
        free(parts);
    }
    for (uint32_t i = 0; i < analysis->arenas.count; i++)
        arena_free(&analysis->arenas.items[i]);
    ARRAY_FREE(&analysis->arenas);
    ARRAY_FREE(&analysis->starts);
    ARRAY_FREE(&analysis->chains);
    ARRAY_FREE(&analysis->findings);
    free(analysis->results);
    free(analysis->ranked);
    arena_free(&analysis->arena);
    *analysis = (Analysis){0};
}

void analysis_add_start(Analysis *analysis, const uint32_t *principals, uint32_t principal_count,
                        const uint32_t *resources, uint32_t resource_count)
{
    Start start = resource_count
                      ? start_of_resource(analysis->parts, &analysis->arena, resources[0])
                      : start_of_principal(analysis->parts, analysis, principals[0]);
    if (principal_count + resource_count > 1) {
        ARRAY(uint32_t) own = {0};
        ARRAY(uint32_t) places = {0};
        for (uint32_t i = 0; i < principal_count; i++)
            ARRAY_PUSH(&own, principals[i]);
        for (uint32_t i = 0; i < resource_count; i++) {
            Start one = start_of_resource(analysis->parts, &analysis->arena, resources[i]);
            for (uint32_t p = 0; p < one.place_count; p++)
                ARRAY_PUSH(&places, one.places[p]);
        }
        if (own.count)
            qsort(own.items, own.count, sizeof *own.items, by_number);
        start.own = arena_allocate(&analysis->arena, own.count, sizeof *start.own);
        start.places = arena_allocate(&analysis->arena, places.count, sizeof *start.places);
        start.joined = true;
        start.own_count = own.count;
        start.place_count = places.count;
        if (own.count)
            memcpy(start.own, own.items, own.count * sizeof *start.own);
        if (places.count)
            memcpy(start.places, places.items, places.count * sizeof *start.places);
        ARRAY_FREE(&own);
        ARRAY_FREE(&places);
    }
    ARRAY_PUSH(&analysis->starts, start);
}

/* ---- judging everybody ---- */

/* One thread's share: every threads-th block. */
typedef struct JudgeSlice {
    Analysis *analysis;
    const Claims *claims;
    uint32_t first_block;
    uint32_t step;
    Arena arena;
} JudgeSlice;

static void judge_slice(void *context, uint32_t index)
{
    JudgeSlice *slice = (JudgeSlice *)context + index;
    Analysis *analysis = slice->analysis;
    BlockJudge *judge = block_judge_new(analysis->parts, slice->claims);
    uint32_t count = analysis->starts.count;
    for (uint32_t block = slice->first_block; block * BLOCK_STARTS < count; block += slice->step) {
        uint32_t first = block * BLOCK_STARTS;
        block_judge(judge, analysis->starts.items + first,
                    count - first < BLOCK_STARTS ? count - first : BLOCK_STARTS, &slice->arena,
                    analysis->results + first);
    }
    block_judge_free(judge);
}

static void judge_all(Analysis *analysis, uint32_t threads)
{
    Claims claims;
    uint32_t block_count = (analysis->starts.count + BLOCK_STARTS - 1) / BLOCK_STARTS;
    uint32_t slice_count = threads < block_count ? threads : block_count;
    JudgeSlice *slices = memory_allocate(slice_count, sizeof *slices);
    claims_find(&claims, analysis->parts, analysis->starts.items, analysis->starts.count);
    for (uint32_t s = 0; s < slice_count; s++)
        slices[s] = (JudgeSlice){
            .analysis = analysis, .claims = &claims, .first_block = s, .step = slice_count};
    threads_for_each(slice_count, slice_count, judge_slice, slices);
    for (uint32_t s = 0; s < slice_count; s++)
        ARRAY_PUSH(&analysis->arenas, slices[s].arena);
    claims_free(&claims);
    free(slices);
}

/* ---- telling the worst in full ---- */

enum { BATCH_STARTS = 8 }; /* at most, one per thread; what is told does not depend on it */

/* One start, told: joined to the analysis, or thrown away when there is no more room. */
typedef struct Told {
    StartResult before;
    Reached reached;
    Arena arena;
    ChainList chains; /* numbered from 0 */
} Told;

typedef struct Telling {
    Analysis *analysis;
    const AnalysisOptions *options;
    Worker **workers; /* one per thread */
    uint32_t worker_count;
    ReachedBlock *reached;
    const uint32_t *order; /* the starts of the batch */
    uint32_t count;
    Told told[BATCH_STARTS];
} Telling;

static void move_chain(uint32_t *chain, uint32_t by)
{
    if (*chain != NONE)
        *chain += by;
}

/* Chain numbers of a start count from its own first chain; in the analysis, from the first of all.
 */
static void renumber(StartResult *result, uint32_t by)
{
    for (uint32_t i = 0; i < result->acts_as_count; i++)
        move_chain(&result->acts_as[i].chain, by);
    for (uint32_t i = 0; i < result->reach_count; i++)
        move_chain(&result->reach[i].chain, by);
    for (uint32_t i = 0; i < result->notice_count; i++)
        move_chain(&result->notices[i].chain, by);
    move_chain(&result->worst_chain, by);
}

static void reach_batch(Telling *telling)
{
    const Analysis *analysis = telling->analysis;
    StartNodes starts[BATCH_STARTS] = {{NULL, 0}};
    Reached reached[BATCH_STARTS];
    NodeList nodes = start_nodes_of_each(analysis->parts, analysis->starts.items, telling->order,
                                         telling->count, starts);
    reached_block_find(telling->reached, starts, telling->count);
    reached_block_hand_out(telling->reached, telling->count, reached);
    for (uint32_t i = 0; i < telling->count; i++)
        telling->told[i] = (Told){.reached = reached[i]};
    ARRAY_FREE(&nodes);
}

static void tell_share(void *context, uint32_t thread)
{
    Telling *telling = context;
    Analysis *analysis = telling->analysis;
    for (uint32_t i = thread; i < telling->count; i += telling->worker_count) {
        Told *told = &telling->told[i];
        StartResult *result = &analysis->results[telling->order[i]];
        told->before = *result;
        worker_detail(telling->workers[thread], &analysis->starts.items[telling->order[i]],
                      &told->reached, telling->options->most_rows_of_start, &told->arena,
                      &told->chains, result);
    }
}

static void keep(Analysis *analysis, Told *told, StartResult *result)
{
    uint32_t by = analysis->chains.count;
    for (uint32_t i = 0; i < told->chains.count; i++)
        ARRAY_PUSH(&analysis->chains, told->chains.items[i]);
    renumber(result, by);
    ARRAY_PUSH(&analysis->arenas, told->arena);
}

/* Joins the batch in order; false when there was not room for all of it. */
static bool join_batch(Telling *telling, uint64_t *rows)
{
    Analysis *analysis = telling->analysis;
    bool room = true;
    for (uint32_t i = 0; i < telling->count; i++) {
        Told *told = &telling->told[i];
        StartResult *result = &analysis->results[telling->order[i]];
        bool is_first = !*rows;
        *rows += result->reach_count + result->acts_as_count + 1;
        room = room && (is_first || *rows <= telling->options->most_rows);
        if (room) {
            keep(analysis, told, result);
        } else {
            *result = told->before;
            arena_free(&told->arena);
        }
        ARRAY_FREE(&told->chains);
        free(told->reached.items);
    }
    return room;
}

/* In ranked order, as long as there is room for the rows. */
static void tell_in_full(Analysis *analysis, const AnalysisOptions *options)
{
    uint32_t count = analysis->starts.count;
    uint32_t threads = options->threads < BATCH_STARTS ? options->threads : BATCH_STARTS;
    Telling *telling = memory_allocate(1, sizeof *telling);
    uint64_t rows = 0;
    telling->analysis = analysis;
    telling->options = options;
    telling->worker_count = threads;
    telling->workers = memory_allocate(threads, sizeof(void *));
    telling->reached = reached_block_new(&analysis->parts->fixed_point);
    for (uint32_t t = 0; t < threads; t++)
        telling->workers[t] = worker_new(analysis->parts);
    bool room = true;
    for (uint32_t first = 0; first < count && room; first += threads) {
        telling->order = analysis->ranked + first;
        telling->count = count - first < threads ? count - first : threads;
        reach_batch(telling);
        threads_for_each(threads, threads, tell_share, telling);
        room = join_batch(telling, &rows);
    }
    for (uint32_t t = 0; t < threads; t++)
        worker_free(telling->workers[t]);
    reached_block_free(telling->reached);
    free((void *)telling->workers);
    free(telling);
}

/* ---- ranking ---- */

static const Analysis *sorted_analysis; /* qsort has no context; used on one thread only */

const char *start_id(const Analysis *analysis, const Start *start)
{
    const Snapshot *snapshot = analysis->snapshot;
    Id id = start->principal != NONE ? snapshot->principals.items[start->principal].object_id
                                     : snapshot->resources.items[start->resource].id;
    if (id == NONE && start->principal != NONE)
        id = snapshot->principals.items[start->principal].resource_id;
    return id == NONE ? "" : id_text(snapshot, id);
}

static int compare_counts(uint32_t a, uint32_t b)
{
    return (a < b) - (a > b); /* larger first */
}

static int by_risk(const void *a, const void *b)
{
    uint32_t i = *(const uint32_t *)a;
    uint32_t j = *(const uint32_t *)b;
    const Analysis *analysis = sorted_analysis;
    const StartResult *x = &analysis->results[i];
    const StartResult *y = &analysis->results[j];
    const Start *p = &analysis->starts.items[i];
    const Start *q = &analysis->starts.items[j];
    int order = compare_counts(x->verdict, y->verdict);
    if (!order) /* identities before the workloads that have them */
        order = compare_counts(q->kind == START_WORKLOAD, p->kind == START_WORKLOAD);
    if (!order)
        order = compare_counts(x->score, y->score);
    if (!order)
        order = compare_counts(x->verdict_if_assumed, y->verdict_if_assumed);
    if (!order)
        order = compare_counts(x->beyond_task_resources, y->beyond_task_resources);
    if (!order)
        order = strcmp(start_id(analysis, p), start_id(analysis, q));
    return order ? order : (i > j) - (i < j);
}

static void rank(Analysis *analysis)
{
    uint32_t count = analysis->starts.count;
    analysis->ranked = memory_allocate(count, sizeof *analysis->ranked);
    for (uint32_t i = 0; i < count; i++)
        analysis->ranked[i] = i;
    sorted_analysis = analysis;
    if (count)
        qsort(analysis->ranked, count, sizeof *analysis->ranked, by_risk);
}

/* Worst first: by severity, then by the rank of the start, then in the order of the rules. */
static void find_findings(Analysis *analysis)
{
    FindingList list = {0};
    for (uint32_t r = 0; r < analysis->starts.count; r++) {
        uint32_t start = analysis->ranked[r];
        uint32_t before = list.count;
        if (!analysis->results[start].detailed)
            continue;
        judge_findings(analysis->parts, &analysis->arena, &analysis->starts.items[start],
                       &analysis->results[start], analysis->chains.items, &list);
        for (uint32_t i = before; i < list.count; i++)
            list.items[i].start = start;
    }
    for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_LOW; severity--)
        for (uint32_t i = 0; i < list.count; i++)
            if (list.items[i].severity == (Severity)severity)
                ARRAY_PUSH(&analysis->findings, list.items[i]);
    ARRAY_FREE(&list);
    for (uint32_t i = 0; i < analysis->findings.count; i++)
        analysis->results[analysis->findings.items[i].start].finding_count++;
    for (uint32_t s = 0; s < analysis->starts.count; s++) {
        StartResult *result = &analysis->results[s];
        result->findings =
            arena_allocate(&analysis->arena, result->finding_count, sizeof *result->findings);
        result->finding_count = 0;
    }
    for (uint32_t i = 0; i < analysis->findings.count; i++) {
        StartResult *result = &analysis->results[analysis->findings.items[i].start];
        result->findings[result->finding_count++] = i;
    }
}

void analysis_work(Analysis *analysis, const AnalysisOptions *options)
{
    AnalysisOptions all = options ? *options : (AnalysisOptions){0};
    all.threads = all.threads ? all.threads : 1;
    all.most_rows = all.most_rows ? all.most_rows : ANALYSIS_MOST_ROWS;
    all.most_rows_of_start =
        all.most_rows_of_start ? all.most_rows_of_start : ANALYSIS_MOST_ROWS_OF_START;
    uint32_t count = analysis->starts.count;
    analysis->results = memory_allocate(count, sizeof *analysis->results);
    for (uint32_t i = 0; i < count; i++)
        analysis->results[i].worst_chain = NONE;
    begin_stage(options, "folding the graph");
    prepare_fixed_point(analysis->parts, analysis->starts.items, count);
    begin_stage(options, "judging");
    judge_all(analysis, all.threads);
    begin_stage(options, "chains of the worst");
    rank(analysis);
    tell_in_full(analysis, &all);
    find_findings(analysis);
}

void analysis_run(Analysis *analysis, const Snapshot *snapshot, Access *access, const Rules *rules,
                  const AnalysisOptions *options)
{
    analysis_prepare(analysis, snapshot, access, rules, options);
    starts_find(analysis->parts, analysis);
    limits_drop_starts(analysis->parts, analysis);
    analysis_work(analysis, options);
}

Severity analysis_row_severity(const Analysis *analysis, const ReachRow *row)
{
    return row_severity(analysis->parts, row);
}

bool analysis_is_crown_jewel(const Analysis *analysis, uint32_t resource)
{
    return is_crown_jewel(analysis->parts, resource);
}
