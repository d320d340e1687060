#include "analysis/parts.h"
#include "analysis/questions.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/threads.h"

#include <stdlib.h>
#include <string.h>

enum {
    NODES_OF_ONE = 8, /* a principal, or a workload and the one above it */
    ACTS_AS = CAPABILITY_COUNT,
    WAYS = CAPABILITY_COUNT + 1
};

/* What a start has on the target: the best certainty of every capability, and of acting as it. */
typedef struct Had {
    uint8_t best[WAYS];
} Had;

typedef struct WhoSearch {
    Analysis *analysis;
    Target target;
    Severity severity[WAYS];
    Had *had;        /* per start */
    uint32_t *order; /* starts from which something leads towards the target */
    uint32_t order_count;
    WhoRow *rows;
    uint32_t row_count;
} WhoSearch;

/* ---- everybody ---- */

static void add_everybody(Analysis *analysis)
{
    const Snapshot *snapshot = analysis->snapshot;
    Parts *parts = analysis->parts;
    bool *is_there = memory_allocate(snapshot->principals.count, sizeof *is_there);
    starts_find(parts, analysis);
    for (uint32_t i = 0; i < analysis->starts.count; i++)
        if (analysis->starts.items[i].principal != NONE)
            is_there[analysis->starts.items[i].principal] = true;
    for (uint32_t p = 0; p < snapshot->principals.count; p++)
        if (!is_there[p] && parts->graph.node_of_principal[p] != NONE)
            ARRAY_PUSH(&analysis->starts, start_of_stranger(parts, analysis, p));
    free(is_there);
    limits_drop_starts(parts, analysis);
}

/* The others cannot reach the target: most of a large tenant. */
static void find_order(WhoSearch *who)
{
    const Analysis *analysis = who->analysis;
    uint32_t nodes[NODES_OF_ONE];
    who->order = memory_allocate(analysis->starts.count, sizeof *who->order);
    for (uint32_t s = 0; s < analysis->starts.count; s++) {
        uint32_t count =
            start_nodes(analysis->parts, &analysis->starts.items[s], nodes, NODES_OF_ONE);
        bool may_arrive = false;
        for (uint32_t i = 0; i < count; i++)
            may_arrive |= who->target.may_arrive[nodes[i]];
        if (may_arrive)
            who->order[who->order_count++] = s;
    }
}

static const Start *start_at(const WhoSearch *who, uint32_t place)
{
    return &who->analysis->starts.items[who->order[place]];
}

/* ---- who has what, block by block ---- */

static uint32_t way_of(const TargetEnd *end)
{
    return end->piece.capability == NONE ? ACTS_AS : end->piece.capability;
}

static Block who_owns(const WhoSearch *who, uint32_t first, uint32_t count, const TargetEnd *end)
{
    Block owners = {{0}};
    if (way_of(end) != ACTS_AS && way_of(end) != CAPABILITY_RUN_CODE)
        return owners;
    for (uint32_t i = 0; i < count; i++)
        if (target_end_is_own(&who->target, start_at(who, first + i), end))
            block_set(&owners, i);
    return owners;
}

static void note_ends(const WhoSearch *who, const ReachedBlock *reached, uint32_t first,
                      uint32_t count)
{
    Block(*having)[CERTAINTY_LEVELS] = memory_allocate(WAYS, sizeof *having);
    for (uint32_t e = 0; e < who->target.ends.count; e++) {
        const TargetEnd *end = &who->target.ends.items[e];
        Block owners = who_owns(who, first, count, end);
        for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
            Block starts =
                block_without(reached_block_at(reached, end->end.node, (Certainty)level), &owners);
            block_add(
                &having[way_of(end)][certainty_worse((Certainty)level, (Certainty)end->certainty)],
                &starts);
        }
    }
    for (uint32_t way = 0; way < WAYS; way++)
        for (uint32_t level = CERTAINTY_LEVELS; level--;)
            for (uint32_t i = block_next(&having[way][level], 0); i < count;
                 i = block_next(&having[way][level], i + 1))
                who->had[who->order[first + i]].best[way] = (uint8_t)level;
    free(having);
}

static void work_block(void *context, uint32_t index)
{
    WhoSearch *who = context;
    const Parts *parts = who->analysis->parts;
    uint32_t first = index * BLOCK_STARTS;
    uint32_t count = who->order_count - first;
    count = count < BLOCK_STARTS ? count : BLOCK_STARTS;
    StartNodes starts[BLOCK_STARTS] = {{NULL, 0}};
    uint32_t nodes[BLOCK_STARTS][NODES_OF_ONE];
    for (uint32_t i = 0; i < count; i++)
        starts[i] = (StartNodes){
            nodes[i], start_nodes(parts, start_at(who, first + i), nodes[i], NODES_OF_ONE)};
    ReachedBlock *reached = reached_block_new(&parts->fixed_point);
    reached_block_find(reached, starts, count);
    note_ends(who, reached, first, count);
    reached_block_free(reached);
}

/* ---- rows ---- */

/* The capability that is told: the worst of the best certainty; NO certainty: it has none. */
static WhoRow row_of(const WhoSearch *who, uint32_t start)
{
    const Had *had = &who->had[start];
    WhoRow row = {.start = start, .capability = NONE, .certainty = NO, .chain = NONE};
    uint32_t told = NONE;
    for (uint32_t way = 0; way < WAYS; way++) {
        if (had->best[way] >= CERTAINTY_LEVELS)
            continue;
        if (way != ACTS_AS)
            row.capabilities |= UINT32_C(1) << way;
        if (told != NONE &&
            (had->best[way] > had->best[told] ||
             (had->best[way] == had->best[told] && who->severity[way] <= who->severity[told])))
            continue;
        told = way;
        row.certainty = (Certainty)had->best[way];
        row.capability = way == ACTS_AS ? NONE : way;
    }
    return row;
}

static void find_severities(WhoSearch *who)
{
    const Parts *parts = who->analysis->parts;
    Entity what = who->target.what;
    Id type = what.kind == ENTITY_SCOPE ? parts->access->tree.scopes[what.index].type : NONE;
    TypeCount types = {type, 1};
    who->severity[ACTS_AS] = SEVERITY_CRITICAL;
    for (uint32_t c = 0; c < CAPABILITY_COUNT; c++) {
        ReachRow row = {.scope = what.index,
                        .capability = c,
                        .by_type = &types,
                        .type_count = type == NONE ? 0 : 1,
                        .resources = 1};
        who->severity[c] = what.kind == ENTITY_SCOPE ? row_severity(parts, &row) : SEVERITY_LOW;
    }
}

/* ---- chains ---- */

typedef struct ChainSlice {
    const WhoSearch *who;
    uint32_t first, end; /* in WhoSearch.rows */
    Arena arena;
    ChainList chains; /* one per row, in order */
} ChainSlice;

static bool leads_away(const void *context, const Edge *edge)
{
    const Target *target = context;
    return !target->leads_there[edge->to];
}

static bool is_other_way(const void *context, const TargetEnd *end)
{
    const WhoRow *row = context;
    return end->piece.capability != row->capability;
}

static void add_chain(ChainSlice *slice, Search *search, const WhoRow *row)
{
    const WhoSearch *who = slice->who;
    const Parts *parts = who->analysis->parts;
    const Start *start = &who->analysis->starts.items[row->start];
    Search *searches[CERTAINTY_LEVELS] = {search, search, search, search};
    uint32_t nodes[NODES_OF_ONE];
    uint64_t distance = 0;
    uint32_t count = start_nodes(parts, start, nodes, NODES_OF_ONE);
    search_run_without(search, nodes, count, row->certainty, leads_away, &who->target);
    uint32_t nearest = target_nearest_end(&who->target, search, start, row->certainty, is_other_way,
                                          row, &distance);
    const TargetEnd *target_end = &who->target.ends.items[nearest];
    ChainEnd end = target_end->end;
    end.level = row->certainty;
    end.piece = target_end_distance(&who->target, target_end) ? &target_end->piece : NULL;
    ChainBuilder *builder =
        chain_builder_new(parts, start, searches, &slice->arena, &slice->chains);
    chain_build(builder, &end);
    chain_builder_free(builder);
}

static void work_chains(void *context, uint32_t index)
{
    ChainSlice *slice = (ChainSlice *)context + index;
    Search *search = search_new(&slice->who->analysis->parts->graph);
    for (uint32_t i = slice->first; i < slice->end; i++)
        add_chain(slice, search, &slice->who->rows[i]);
    search_free(search);
}

static void make_chains(WhoSearch *who, uint32_t threads)
{
    uint32_t count = threads < who->row_count ? threads : who->row_count;
    ChainSlice *slices = memory_allocate(count, sizeof *slices);
    for (uint32_t s = 0; s < count; s++)
        slices[s] = (ChainSlice){.who = who,
                                 .first = (uint32_t)((uint64_t)who->row_count * s / count),
                                 .end = (uint32_t)((uint64_t)who->row_count * (s + 1) / count)};
    threads_for_each(count, count, work_chains, slices);
    for (uint32_t s = 0; s < count; s++) {
        for (uint32_t i = 0; i < slices[s].chains.count; i++) {
            who->rows[slices[s].first + i].chain = who->analysis->chains.count;
            ARRAY_PUSH(&who->analysis->chains, slices[s].chains.items[i]);
        }
        ARRAY_PUSH(&who->analysis->arenas, slices[s].arena);
        ARRAY_FREE(&slices[s].chains);
    }
    free(slices);
}

/* ---- ranking ---- */

static const WhoSearch *sorted_who; /* qsort has no context; used on one thread only */

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_danger(const void *a, const void *b)
{
    const WhoRow *x = a;
    const WhoRow *y = b;
    const Analysis *analysis = sorted_who->analysis;
    uint32_t way_x = x->capability == NONE ? ACTS_AS : x->capability;
    uint32_t way_y = y->capability == NONE ? ACTS_AS : y->capability;
    int order = compare(x->certainty, y->certainty);
    if (!order)
        order = compare(sorted_who->severity[way_y], sorted_who->severity[way_x]);
    if (!order)
        order = compare(analysis->chains.items[x->chain].step_count,
                        analysis->chains.items[y->chain].step_count);
    if (!order)
        order = compare(way_x, way_y);
    if (!order)
        order = text_compare_any_case(start_id(analysis, &analysis->starts.items[x->start]),
                                      start_id(analysis, &analysis->starts.items[y->start]));
    return order ? order : compare(x->start, y->start);
}

/* ---- all of it ---- */

static void find_rows(WhoSearch *who)
{
    uint32_t count = who->analysis->starts.count;
    who->rows = arena_allocate(&who->analysis->arena, count + 1, sizeof *who->rows);
    for (uint32_t s = 0; s < count; s++) {
        WhoRow row = row_of(who, s);
        if (row.certainty <= ASSUMED)
            who->rows[who->row_count++] = row;
    }
}

void analysis_who(Analysis *analysis, const TargetQuestion *question, uint32_t threads,
                  WhoAnswer *answer)
{
    WhoSearch who = {.analysis = analysis};
    add_everybody(analysis);
    prepare_fixed_point(analysis->parts, analysis->starts.items, analysis->starts.count);
    uint32_t count = analysis->starts.count;
    who.had = memory_allocate(count, sizeof *who.had);
    memset(who.had, NO, count * sizeof *who.had);
    target_find(&who.target, analysis->parts, question->what, question->capability);
    find_severities(&who);
    find_order(&who);
    uint32_t blocks = (who.order_count + BLOCK_STARTS - 1) / BLOCK_STARTS;
    if (who.target.ends.count)
        threads_for_each(threads, blocks, work_block, &who);
    find_rows(&who);
    make_chains(&who, threads);
    sorted_who = &who;
    if (who.row_count)
        qsort(who.rows, who.row_count, sizeof *who.rows, by_danger);
    *answer = (WhoAnswer){who.rows, who.row_count, count};
    target_free(&who.target);
    free(who.had);
    free(who.order);
}
