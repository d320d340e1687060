#include "analysis/judge_block.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Starts for which a claim is not what it is for the others. */
typedef struct Exception {
    Block in_task;
    Block own_place;    /* code runs there from the beginning, and nowhere else in the claim */
    Block own_identity; /* the identity is one of its own */
    Block at_home;      /* within its home, or a resource of its workspace */
} Exception;

/* A start for which a principal's node is none that it takes. */
typedef struct OwnNode {
    uint32_t node;
    uint32_t start;
    bool is_own; /* false: a workload has it from the beginning, but it is listed */
} OwnNode;

/* Ranges of the scope tree, nested, with the starts for which all in them is counted. */
typedef struct OpenRange {
    uint32_t end;
    Block starts;
} OpenRange;

typedef ARRAY(OpenRange) OpenRanges;

/* Whole scopes that are managed. */
typedef struct Managed {
    uint32_t scope;
    Block starts;
} Managed;

/* The best claim of a kind, per start. */
typedef enum BestKind {
    BEST_VAULT,  /* reads secrets beyond the task */
    BEST_ASSIGN, /* gives roles */
    BEST_BEYOND, /* operates beyond its resource group */
    BEST_DATA,   /* reads data beyond the task */
    BEST_MANAGE, /* changes resources beyond the task */
    BEST_COUNT
} BestKind;

typedef struct Best {
    uint32_t claim[BLOCK_STARTS]; /* or NONE */
    uint8_t certainty[BLOCK_STARTS];
    Block open; /* starts that have none yet */
} Best;

/* What is found out at one level: who has a claim of which weight. */
typedef struct Weights {
    Block broad, escalating, takeover;
} Weights;

struct BlockJudge {
    const Parts *parts;
    const Claims *claims;
    ReachedBlock *reached;
    /* the block at hand */
    const Start *starts;
    StartResult *results;
    uint32_t count;
    Arena *arena;
    Block everybody;
    uint32_t *exception_of; /* per claim: into exceptions, counted from 1; 0: there is none */
    ARRAY(Exception) exceptions;
    ARRAY(uint32_t) excepted;
    ARRAY(OwnNode) own_nodes;
    uint32_t home[BLOCK_STARTS]; /* a scope; NONE: it reaches nothing */
    /* the level at hand */
    const ClaimHolders *holders;
    Block *holder_starts; /* per holder */
    uint64_t *is_held;    /* per holder: a bit */
    /* what is summed up */
    Block *touching;  /* per container: claims something in it */
    Block *operating; /* likewise, more than view and not at home */
    Block inside;     /* operates at home */
    Block directory;  /* has power over the directory */
    Containment widest[BLOCK_STARTS];
    OpenRanges counted;     /* of the type at hand */
    OpenRanges beyond;      /* likewise beyond the task */
    OpenRanges vaults;      /* whose secrets are read beyond the task */
    Counter resource_count; /* up to ELIGIBLE */
    Counter beyond_count;
    Counter vault_count; /* up to ASSUMED */
    ARRAY(Managed) managed;
    Weights weights[CERTAINTY_LEVELS]; /* ELIGIBLE and ASSUMED are used */
    Best best[BEST_COUNT];
};

BlockJudge *block_judge_new(const Parts *parts, const Claims *claims)
{
    BlockJudge *judge = memory_allocate(1, sizeof *judge);
    uint32_t most_holders = 0;
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
        if (claims->levels[level].count > most_holders)
            most_holders = claims->levels[level].count;
    judge->parts = parts;
    judge->claims = claims;
    judge->reached = reached_block_new(&parts->fixed_point);
    judge->exception_of = memory_allocate(claims->count, sizeof *judge->exception_of);
    judge->holder_starts = memory_allocate(most_holders, sizeof *judge->holder_starts);
    judge->is_held = memory_allocate(most_holders / 64 + 1, sizeof *judge->is_held);
    judge->touching = memory_allocate(claims->containers.count, sizeof *judge->touching);
    judge->operating = memory_allocate(claims->containers.count, sizeof *judge->operating);
    return judge;
}

void block_judge_free(BlockJudge *judge)
{
    if (!judge)
        return;
    reached_block_free(judge->reached);
    free(judge->exception_of);
    free(judge->holder_starts);
    free(judge->is_held);
    free(judge->touching);
    free(judge->operating);
    ARRAY_FREE(&judge->exceptions);
    ARRAY_FREE(&judge->excepted);
    ARRAY_FREE(&judge->own_nodes);
    ARRAY_FREE(&judge->counted);
    ARRAY_FREE(&judge->beyond);
    ARRAY_FREE(&judge->vaults);
    ARRAY_FREE(&judge->managed);
    free(judge);
}

static const Scope *scope_at(const BlockJudge *judge, uint32_t scope)
{
    return &judge->parts->access->tree.scopes[scope];
}

static uint32_t scope_of_id(const BlockJudge *judge, Id id)
{
    const ScopeTree *tree = &judge->parts->access->tree;
    return id < tree->id_count ? tree->scope_of_id[id] : NONE;
}

/* ---- exceptions ---- */

static Exception *exception_at(BlockJudge *judge, uint32_t claim)
{
    if (!judge->exception_of[claim]) {
        ARRAY_PUSH(&judge->exceptions, (Exception){0});
        ARRAY_PUSH(&judge->excepted, claim);
        judge->exception_of[claim] = judge->exceptions.count;
    }
    return &judge->exceptions.items[judge->exception_of[claim] - 1];
}

static const Exception *exception_of(const BlockJudge *judge, uint32_t claim)
{
    static const Exception none;
    uint32_t at = judge->exception_of[claim];
    return at ? &judge->exceptions.items[at - 1] : &none;
}

static void clear_exceptions(BlockJudge *judge)
{
    for (uint32_t i = 0; i < judge->excepted.count; i++)
        judge->exception_of[judge->excepted.items[i]] = 0;
    judge->excepted.count = judge->exceptions.count = 0;
}

static void except_task(BlockJudge *judge, uint32_t start)
{
    const Claims *claims = judge->claims;
    const StartResult *result = &judge->results[start];
    for (uint32_t n = 0; n < result->needed_count; n++) {
        uint32_t scope = result->needed[n].scope;
        const uint32_t *list;
        uint32_t count = claims_within(claims, scope, scope_at(judge, scope)->end, &list);
        for (uint32_t i = 0; i < count; i++)
            if (claims->items[list[i]].capability == result->needed[n].capability)
                block_set(&exception_at(judge, list[i])->in_task, start);
    }
}

static uint32_t count_own_places(const BlockJudge *judge, uint32_t start, const Claim *claim)
{
    const Start *it = &judge->starts[start];
    uint32_t count = 0;
    for (uint32_t p = 0; p < it->place_count; p++)
        count += it->places[p] >= claim->scope &&
                 it->places[p] < scope_at(judge, claim->scope)->end &&
                 scope_at(judge, it->places[p])->type == claim->type;
    return count;
}

static void except_own_place_at(BlockJudge *judge, uint32_t start, Id type, uint32_t scope)
{
    const uint32_t *list;
    uint32_t count = claims_within(judge->claims, scope, scope + 1, &list);
    for (uint32_t i = 0; i < count; i++) {
        const Claim *claim = &judge->claims->items[list[i]];
        if (claim->capability == CAPABILITY_RUN_CODE && claim->type == type &&
            claim->resources <= count_own_places(judge, start, claim))
            block_set(&exception_at(judge, list[i])->own_place, start);
    }
}

/* Running code where it runs from the beginning is no reach. */
static void except_own_places(BlockJudge *judge, uint32_t start)
{
    const Start *it = &judge->starts[start];
    for (uint32_t p = 0; p < it->place_count; p++)
        for (uint32_t at = it->places[p]; at != NONE; at = scope_at(judge, at)->parent)
            except_own_place_at(judge, start, scope_at(judge, it->places[p])->type, at);
}

static void except_own_identities(BlockJudge *judge, uint32_t start)
{
    const Claims *claims = judge->claims;
    const Start *it = &judge->starts[start];
    for (uint32_t o = 0; o < it->own_count; o++) {
        Id resource = judge->parts->snapshot->principals.items[it->own[o]].resource_id;
        uint32_t scope = resource == NONE ? NONE : scope_of_id(judge, resource);
        const uint32_t *list;
        uint32_t count = scope == NONE ? 0 : claims_within(claims, scope, scope + 1, &list);
        for (uint32_t i = 0; i < count; i++)
            if (claims->items[list[i]].capability == CAPABILITY_MANAGE_IDENTITIES)
                block_set(&exception_at(judge, list[i])->own_identity, start);
    }
}

static void except_below(BlockJudge *judge, uint32_t start, uint32_t scope)
{
    const uint32_t *list;
    uint32_t count = claims_within(judge->claims, scope, scope_at(judge, scope)->end, &list);
    for (uint32_t i = 0; i < count; i++)
        block_set(&exception_at(judge, list[i])->at_home, start);
}

/* A home that is a resource, with what belongs to it; other homes are told from the container. */
static void except_home(BlockJudge *judge, uint32_t start, uint32_t home)
{
    judge->home[start] = home;
    if (scope_at(judge, home)->level != SCOPE_RESOURCE)
        return;
    except_below(judge, start, home);
    for (uint32_t i = 0; i < WORKSPACE_RESOURCE_COUNT; i++) {
        const RelationTable *table = &judge->parts->relations.tables[workspace_resources[i]];
        uint32_t first;
        uint32_t count = relations_from(table, home, &first);
        for (uint32_t r = first; r < first + count; r++)
            except_below(judge, start, table->rows[r].to);
    }
}

/* ---- principals that are taken ---- */

static int by_node(const void *a, const void *b)
{
    const OwnNode *x = a;
    const OwnNode *y = b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (int)y->is_own - (int)x->is_own;
}

static void add_own_node(BlockJudge *judge, uint32_t node, uint32_t start, bool is_own)
{
    OwnNode own = {node, start, is_own};
    if (node != NONE)
        ARRAY_PUSH(&judge->own_nodes, own);
}

/* Its own principals; and those that code at a workload's place has from the beginning. */
static void find_own_nodes(BlockJudge *judge, uint32_t start, const StartNodes *nodes)
{
    const PrivilegeGraph *graph = &judge->parts->graph;
    const Start *it = &judge->starts[start];
    if (it->kind != START_WORKLOAD || it->joined)
        for (uint32_t i = 0; i < it->own_count; i++)
            add_own_node(judge, graph->node_of_principal[it->own[i]], start, true);
    if (it->kind != START_WORKLOAD)
        return;
    for (uint32_t n = 0; n < nodes->count; n++)
        for (uint32_t e = graph->first_edge[nodes->nodes[n]];
             e < graph->first_edge[nodes->nodes[n] + 1]; e++)
            add_own_node(judge, graph->edges.items[e].to, start, false);
}

static void count_acts_as(BlockJudge *judge)
{
    const Claims *claims = judge->claims;
    Counter *total = memory_allocate(1, sizeof *total);
    Block open = judge->everybody;
    for (uint32_t i = 0; i < judge->count; i++)
        judge->results[i].takes_others = UNKNOWN;
    if (judge->own_nodes.count)
        qsort(judge->own_nodes.items, judge->own_nodes.count, sizeof(OwnNode), by_node);
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
        bool last = level == CERTAINTY_LEVELS - 1;
        uint32_t own = 0;
        for (uint32_t p = 0; p < claims->principal_nodes.count; p++) {
            uint32_t node = claims->principal_nodes.items[p];
            Block takers = *reached_block_at(judge->reached, node, (Certainty)level);
            Block listing = takers;
            while (own < judge->own_nodes.count && judge->own_nodes.items[own].node < node)
                own++;
            for (uint32_t o = own;
                 o < judge->own_nodes.count && judge->own_nodes.items[o].node == node; o++) {
                block_clear(&takers, judge->own_nodes.items[o].start);
                if (judge->own_nodes.items[o].is_own)
                    block_clear(&listing, judge->own_nodes.items[o].start);
            }
            if (last)
                counter_add(total, &listing, 1);
            Block fresh = block_both(&takers, &open);
            block_remove(&open, &takers);
            for (uint32_t i = block_next(&fresh, 0); i < BLOCK_STARTS;
                 i = block_next(&fresh, i + 1))
                judge->results[i].takes_others = (Certainty)level;
        }
    }
    for (uint32_t i = 0; i < judge->count; i++)
        judge->results[i].acts_as_total = counter_of(total, i);
    free(total);
}

/* ---- who holds a claim at the level at hand ---- */

static void begin_level(BlockJudge *judge, uint32_t level)
{
    uint32_t source = level;
    while (source && !judge->claims->levels[source].is_new)
        source--;
    judge->holders = &judge->claims->levels[source];
    memset(judge->is_held, 0, (judge->holders->count / 64 + 1) * sizeof *judge->is_held);
    for (uint32_t h = 0; h < judge->holders->count; h++) {
        judge->holder_starts[h] = *reached_block_at_component(
            judge->reached, judge->holders->components[h], (Certainty)level);
        if (block_any(&judge->holder_starts[h]))
            judge->is_held[h / 64] |= UINT64_C(1) << (h % 64);
    }
}

/* False: nobody of the block. */
static bool find_claimants(const BlockJudge *judge, uint32_t claim, Block *claimants)
{
    const ClaimHolders *holders = judge->holders;
    bool some = false;
    memset(claimants, 0, sizeof *claimants);
    for (uint32_t i = holders->first[claim]; i < holders->first[claim + 1]; i++) {
        uint32_t h = holders->held_by[i];
        if (!(judge->is_held[h / 64] >> (h % 64) & 1))
            continue;
        block_add(claimants, &judge->holder_starts[h]);
        some = true;
    }
    if (some && judge->exception_of[claim]) {
        block_remove(claimants, &exception_of(judge, claim)->own_place);
        some = block_any(claimants);
    }
    return some;
}

/* ---- the three questions: the best claim that answers each ---- */

static void note_first(Best *best, const Block *fresh, uint32_t claim, uint32_t level)
{
    for (uint32_t i = block_next(fresh, 0); i < BLOCK_STARTS; i = block_next(fresh, i + 1)) {
        best->claim[i] = claim;
        best->certainty[i] = (uint8_t)level;
    }
    block_remove(&best->open, fresh);
}

/* Who claims something of the list, and what first. */
static void find_best(BlockJudge *judge, BestKind kind, const ClaimOrder *list, uint32_t level)
{
    Best *best = &judge->best[kind];
    for (uint32_t i = 0; i < list->count && block_any(&best->open); i++) {
        Block claimants;
        if (!find_claimants(judge, list->items[i], &claimants))
            continue;
        if (kind != BEST_ASSIGN)
            block_remove(&claimants, &exception_of(judge, list->items[i])->in_task);
        claimants = block_both(&claimants, &best->open);
        note_first(best, &claimants, list->items[i], level);
    }
}

/* Without a place of its own, a start's home is where it reaches first. */
static void find_homes(BlockJudge *judge, uint32_t claim, const Block *claimants, Block *homeless)
{
    Block arrived = block_both(claimants, homeless);
    for (uint32_t i = block_next(&arrived, 0); i < BLOCK_STARTS; i = block_next(&arrived, i + 1))
        except_home(judge, i, judge->claims->items[claim].scope);
    block_remove(homeless, &arrived);
}

static void find_best_beyond(BlockJudge *judge, uint32_t level, Block *homeless)
{
    const ClaimOrder *list = &judge->claims->by_preference;
    Best *best = &judge->best[BEST_BEYOND];
    for (uint32_t i = 0; i < list->count && (block_any(&best->open) || block_any(homeless)); i++) {
        uint32_t claim = list->items[i];
        Block claimants;
        if (!find_claimants(judge, claim, &claimants))
            continue;
        find_homes(judge, claim, &claimants, homeless);
        claimants = block_both(&claimants, &best->open);
        block_remove(&claimants, &exception_of(judge, claim)->in_task);
        block_remove(&claimants, &exception_of(judge, claim)->at_home);
        Block beyond = {{0}};
        for (uint32_t s = block_next(&claimants, 0); s < BLOCK_STARTS;
             s = block_next(&claimants, s + 1))
            if (contain(judge->parts, judge->home[s], judge->claims->items[claim].scope) >
                CONTAINMENT_RESOURCE_GROUP)
                block_set(&beyond, s);
        note_first(best, &beyond, claim, level);
    }
}

static void find_answers(BlockJudge *judge)
{
    const Claims *claims = judge->claims;
    Block homeless = judge->everybody;
    for (uint32_t kind = 0; kind < BEST_COUNT; kind++) {
        judge->best[kind].open = judge->everybody;
        for (uint32_t i = 0; i < judge->count; i++)
            judge->best[kind].claim[i] = NONE;
    }
    for (uint32_t i = 0; i < judge->count; i++) {
        judge->home[i] = NONE;
        if (!judge->starts[i].home)
            continue;
        except_home(judge, i, judge->starts[i].home);
        block_clear(&homeless, i);
    }
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
        if (level && !claims->levels[level].is_new)
            continue;
        begin_level(judge, level);
        find_best(judge, BEST_VAULT, &claims->secrets, level);
        find_best(judge, BEST_ASSIGN, &claims->assigns, level);
        find_best(judge, BEST_DATA, &claims->reads, level);
        find_best(judge, BEST_MANAGE, &claims->manages, level);
        find_best_beyond(judge, level, &homeless);
    }
}

/* ---- verdicts ---- */

static bool is_wide(const BlockJudge *judge, uint32_t scope)
{
    return scope_at(judge, scope)->level <= SCOPE_SUBSCRIPTION;
}

/* Does the Entra role or permission lead to Global Administrator by itself? */
static bool is_tier_zero(const BlockJudge *judge, const Claim *claim)
{
    const Rules *rules = judge->parts->rules;
    const Node *node = &judge->parts->graph.nodes.items[claim->directory_node];
    if (node->c) /* over a part of the tenant */
        return false;
    if (node->a == DIRECTORY_ROLE)
        return node->b == NONE || rules->directory_roles.items[node->b].tier_zero;
    if (node->a == DIRECTORY_PERMISSION)
        return node->b == NONE || rules->app_roles.items[node->b].tier_zero;
    return false;
}

static void weigh(BlockJudge *judge, uint32_t index, const Block *claimants, Weights *weights)
{
    const Claim *claim = &judge->claims->items[index];
    const Exception *exception = exception_of(judge, index);
    Block light = *claimants;
    if (claim->capability == CAPABILITY_ASSIGN_ROLES) {
        bool any = is_wide(judge, claim->scope) && !claim->limited;
        block_add(any ? &weights->takeover : &weights->escalating, claimants);
        return;
    }
    if (claim->capability == CAPABILITY_DIRECTORY && is_tier_zero(judge, claim)) {
        block_add(&weights->takeover, claimants);
        return;
    }
    if (claim->capability == CAPABILITY_MANAGE_IDENTITIES) {
        Block others = block_without(claimants, &exception->own_identity);
        block_add(&weights->escalating, &others);
        light = block_both(claimants, &exception->own_identity);
    }
    block_remove(&light, &exception->in_task);
    block_add(&weights->broad, &light);
    if (claim->capability == CAPABILITY_MANAGE && claim->type == NONE &&
        is_wide(judge, claim->scope)) {
        Managed managed = {claim->scope, *claimants};
        ARRAY_PUSH(&judge->managed, managed);
    }
}

/* Whoever manages two subscriptions takes the tenant over. */
static void weigh_managed(BlockJudge *judge, uint32_t level, Weights *weights)
{
    const ScopeTree *tree = &judge->parts->access->tree;
    Block one = {{0}};
    for (uint32_t s = 0; s < judge->claims->subscriptions.count; s++) {
        Block here = {{0}};
        for (uint32_t m = 0; m < judge->managed.count; m++)
            if (scope_contains(tree, judge->managed.items[m].scope,
                               judge->claims->subscriptions.items[s]) <= (Certainty)level)
                block_add(&here, &judge->managed.items[m].starts);
        Block again = block_both(&one, &here);
        block_add(&weights->takeover, &again);
        block_add(&one, &here);
    }
    judge->managed.count = 0;
}

static Verdict verdict_of(const BlockJudge *judge, uint32_t start, Certainty limit)
{
    const Weights *weights = &judge->weights[limit];
    if (block_has(&weights->takeover, start))
        return VERDICT_TAKEOVER;
    if (block_has(&weights->escalating, start))
        return VERDICT_ESCALATING;
    if (judge->results[start].takes_others <= limit)
        return VERDICT_LATERAL;
    return block_has(&weights->broad, start) ? VERDICT_BROAD : VERDICT_CONTAINED;
}

/* ---- counts ---- */

/* The claimants for whom nothing around the scope is counted yet; from now on it is. */
static Block count_once(OpenRanges *open, uint32_t scope, uint32_t end, const Block *claimants)
{
    while (open->count && open->items[open->count - 1].end <= scope)
        open->count--;
    Block fresh = *claimants;
    OpenRange range = {end, *claimants};
    if (open->count) {
        block_remove(&fresh, &open->items[open->count - 1].starts);
        block_add(&range.starts, &open->items[open->count - 1].starts);
    }
    if (block_any(&fresh))
        ARRAY_PUSH(open, range);
    return fresh;
}

static void count_resources(BlockJudge *judge, uint32_t index, const Block *claimants)
{
    const Claim *claim = &judge->claims->items[index];
    if (claim->type == NONE || claim->type == rows_resource_group_type(judge->parts->rows))
        return; /* a container is no resource */
    uint32_t end = scope_at(judge, claim->scope)->end;
    Block fresh = count_once(&judge->counted, claim->scope, end, claimants);
    counter_add(&judge->resource_count, &fresh, claim->resources);
    Block outside = block_without(claimants, &exception_of(judge, index)->in_task);
    fresh = count_once(&judge->beyond, claim->scope, end, &outside);
    counter_add(&judge->beyond_count, &fresh, claim->resources);
}

static void note_container(BlockJudge *judge, uint32_t index, const Block *claimants)
{
    const Claim *claim = &judge->claims->items[index];
    block_add(&judge->touching[claim->container], claimants);
    if (claim->capability == CAPABILITY_VIEW)
        return;
    if (claim->capability == CAPABILITY_DIRECTORY) {
        block_add(&judge->directory, claimants);
        return;
    }
    const Exception *exception = exception_of(judge, index);
    Block home = block_both(claimants, &exception->at_home);
    Block away = block_without(claimants, &exception->at_home);
    block_add(&judge->inside, &home);
    block_add(&judge->operating[claim->container], &away);
}

static void count_vaults(BlockJudge *judge, uint32_t index, const Block *claimants)
{
    const Claim *claim = &judge->claims->items[index];
    if (claim->capability != CAPABILITY_READ_SECRETS)
        return;
    Block outside = block_without(claimants, &exception_of(judge, index)->in_task);
    Block fresh =
        count_once(&judge->vaults, claim->scope, scope_at(judge, claim->scope)->end, &outside);
    counter_add(&judge->vault_count, &fresh, claim->resources);
}

static void weigh_level(BlockJudge *judge, Certainty level)
{
    const Claims *claims = judge->claims;
    Id type = NONE;
    begin_level(judge, level);
    judge->weights[level] = (Weights){0};
    judge->managed.count = 0;
    for (uint32_t c = 0; c < claims->count; c++) {
        Block claimants;
        if (!find_claimants(judge, c, &claimants))
            continue;
        if (claims->items[c].type != type)
            judge->counted.count = judge->beyond.count = judge->vaults.count = 0;
        type = claims->items[c].type;
        weigh(judge, c, &claimants, &judge->weights[level]);
        if (level == ELIGIBLE) {
            count_resources(judge, c, &claimants);
            note_container(judge, c, &claimants);
        } else {
            count_vaults(judge, c, &claimants);
        }
    }
    weigh_managed(judge, level, &judge->weights[level]);
}

/* ---- containment and subscriptions ---- */

static void note_containment(BlockJudge *judge, uint32_t start, Containment here)
{
    if (here > judge->widest[start])
        judge->widest[start] = here;
}

static void find_containments(BlockJudge *judge)
{
    const Claims *claims = judge->claims;
    Block settled = judge->directory; /* nothing below a group makes it wider */
    for (uint32_t i = 0; i < judge->count; i++) {
        judge->widest[i] = CONTAINMENT_JOB;
        if (block_has(&judge->inside, i))
            note_containment(judge, i, CONTAINMENT_WORKSPACE);
        if (block_has(&judge->directory, i))
            note_containment(judge, i, CONTAINMENT_TENANT);
    }
    for (uint32_t c = 0; c < claims->containers.count; c++) {
        uint32_t scope = claims->containers.items[c];
        Block open = scope_at(judge, scope)->level <= SCOPE_MANAGEMENT_GROUP
                         ? judge->operating[c]
                         : block_without(&judge->operating[c], &settled);
        for (uint32_t i = block_next(&open, 0); i < BLOCK_STARTS; i = block_next(&open, i + 1)) {
            note_containment(judge, i, contain(judge->parts, judge->home[i], scope));
            if (judge->widest[i] >= CONTAINMENT_MULTI_SUBSCRIPTION)
                block_set(&settled, i);
        }
    }
}

static void count_subscriptions(BlockJudge *judge)
{
    const Claims *claims = judge->claims;
    const ScopeTree *tree = &judge->parts->access->tree;
    Counter *count = memory_allocate(1, sizeof *count);
    Block *in = memory_allocate(claims->subscriptions.count, sizeof *in);
    uint32_t at = 0; /* containers and subscriptions are both in tree order */
    for (uint32_t c = 0; c < claims->containers.count; c++) {
        uint32_t scope = claims->containers.items[c];
        uint32_t subscription = tree->scopes[scope].subscription;
        if (subscription != NONE) {
            while (claims->subscriptions.items[at] != subscription)
                at++;
            block_add(&in[at], &judge->touching[c]);
            continue;
        }
        for (uint32_t s = 0; s < claims->subscriptions.count; s++)
            if (scope_contains(tree, scope, claims->subscriptions.items[s]) == CERTAIN)
                block_add(&in[s], &judge->touching[c]);
    }
    for (uint32_t s = 0; s < claims->subscriptions.count; s++)
        counter_add(count, &in[s], 1);
    for (uint32_t i = 0; i < judge->count; i++)
        judge->results[i].reachable_subscriptions = counter_of(count, i);
    free(in);
    free(count);
}

/* ---- a block ---- */

static void find_reached(BlockJudge *judge)
{
    StartNodes nodes[BLOCK_STARTS] = {{NULL, 0}};
    NodeList list = start_nodes_of_each(judge->parts, judge->starts, NULL, judge->count, nodes);
    judge->own_nodes.count = 0;
    for (uint32_t i = 0; i < judge->count; i++)
        find_own_nodes(judge, i, &nodes[i]);
    reached_block_find(judge->reached, nodes, judge->count);
    ARRAY_FREE(&list);
}

static void clear(BlockJudge *judge)
{
    uint32_t containers = judge->claims->containers.count;
    memset(judge->touching, 0, containers * sizeof *judge->touching);
    memset(judge->operating, 0, containers * sizeof *judge->operating);
    memset(&judge->everybody, 0, sizeof judge->everybody);
    judge->inside = judge->directory = judge->everybody;
    memset(&judge->resource_count, 0, sizeof judge->resource_count);
    memset(&judge->beyond_count, 0, sizeof judge->beyond_count);
    memset(&judge->vault_count, 0, sizeof judge->vault_count);
    for (uint32_t i = 0; i < judge->count; i++)
        block_set(&judge->everybody, i);
    clear_exceptions(judge);
}

/* The claim as a row, in `row`; NULL without one. */
static const ReachRow *best_row(const BlockJudge *judge, BestKind kind, uint32_t start,
                                ReachRow *row)
{
    const Best *best = &judge->best[kind];
    if (best->claim[start] == NONE)
        return NULL;
    const Claim *it = &judge->claims->items[best->claim[start]];
    *row = (ReachRow){.scope = it->scope,
                      .capability = it->capability,
                      .certainty = (Certainty)best->certainty[start],
                      .roles = it->limited ? "limited" : NULL};
    return row;
}

static void finish(BlockJudge *judge, uint32_t i)
{
    StartResult *result = &judge->results[i];
    result->verdict = verdict_of(judge, i, ELIGIBLE);
    result->verdict_if_assumed = verdict_of(judge, i, ASSUMED);
    result->containment = judge->widest[i];
    result->reachable_resources = counter_of(&judge->resource_count, i);
    result->beyond_task_resources = counter_of(&judge->beyond_count, i);
    result->vaults_beyond_task = counter_of(&judge->vault_count, i);
    result->home = judge->home[i] == NONE ? 0 : judge->home[i];
    ReachRow rows[BEST_COUNT];
    const ReachRow *best[BEST_COUNT];
    for (uint32_t kind = 0; kind < BEST_COUNT; kind++)
        best[kind] = best_row(judge, (BestKind)kind, i, &rows[kind]);
    BestRows answers = {best[BEST_VAULT], best[BEST_ASSIGN], best[BEST_BEYOND]};
    answer_questions(judge->parts, judge->arena, &answers, result);
    const ReachRow *end = best[BEST_VAULT]  ? best[BEST_VAULT]
                          : best[BEST_DATA] ? best[BEST_DATA]
                                            : best[BEST_MANAGE];
    result->worst = !end && !best[BEST_ASSIGN] && result->acts_as_total
                        ? "Can act as other identities"
                        : worst_words(judge->parts, judge->arena, best[BEST_ASSIGN], end);
    score_start(judge->arena, result);
}

void block_judge(BlockJudge *judge, const Start *starts, uint32_t count, Arena *arena,
                 StartResult *results)
{
    judge->starts = starts;
    judge->results = results;
    judge->count = count;
    judge->arena = arena;
    clear(judge);
    find_reached(judge);
    count_acts_as(judge);
    for (uint32_t i = 0; i < count; i++) {
        task_scope_find(judge->parts, arena, &starts[i], &results[i]);
        count_standing(judge->parts, &starts[i], &results[i]);
        except_task(judge, i);
        except_own_places(judge, i);
        except_own_identities(judge, i);
    }
    find_answers(judge);
    weigh_level(judge, ELIGIBLE);
    weigh_level(judge, ASSUMED);
    find_containments(judge);
    count_subscriptions(judge);
    for (uint32_t i = 0; i < count; i++)
        finish(judge, i);
}
