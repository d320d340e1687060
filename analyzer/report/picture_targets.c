#include "report/picture_targets.h"

#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding them ---- */

uint32_t chain_hops(const Analysis *analysis, uint32_t chain)
{
    uint32_t steps = chain == NONE ? 0 : analysis->chains.items[chain].step_count;
    return steps > 1 ? steps - 1 : 1; /* the first step is the start itself */
}

static Severity severity_on_type(const Report *report, uint32_t capability, Id type)
{
    const Rules *rules = report->analysis->rules;
    const char *text = id_text(report->analysis->snapshot, type);
    const ResourceKind *kind = text ? rules_resource_kind(rules, text) : NULL;
    const char *own = kind ? kind->severities[capability] : NULL;
    const char *word = own ? own : rules->capabilities.items[capability].severity;
    for (int s = SEVERITY_CRITICAL; s > SEVERITY_LOW; s--)
        if (text_equal(word, severity_name((Severity)s)))
            return (Severity)s;
    return SEVERITY_LOW;
}

/* What matters more to tell of a resource: what the task does not need, then the severity; needed
   access goes before harmless access beyond the task. */
static uint32_t weight_of(const Target *target)
{
    if (target->in_scope)
        return 1;
    return target->severity == SEVERITY_LOW ? 0 : 1 + (uint32_t)target->severity;
}

static bool tells_more(const Target *a, const Target *b)
{
    if (weight_of(a) != weight_of(b))
        return weight_of(a) > weight_of(b);
    if (a->certainty != b->certainty)
        return a->certainty < b->certainty;
    if (a->hop != b->hop)
        return a->hop < b->hop;
    return a->row < b->row;
}

/* What targets_find works with. */
typedef struct Gathering {
    const Report *report;
    const StartResult *result;
    uint32_t *target_of_scope; /* NONE: not reached yet */
    uint32_t *stamp_of_type;   /* by Id: the row that named the type last, plus 1 */
    uint32_t *left_of_type; /* of stamped types: 1 until a resource was found, 2: only named ones */
    ARRAY(Target) targets;
} Gathering;

static bool is_container(const Snapshot *snapshot, Id type)
{
    const char *text = id_text(snapshot, type);
    return text && text_equal_any_case(text, "Microsoft.Resources/subscriptions/resourceGroups");
}

static void reach_target(Gathering *gathering, uint32_t row, uint32_t scope, Id type)
{
    const Analysis *analysis = gathering->report->analysis;
    const ReachRow *it = &gathering->result->reach[row];
    uint32_t hops = chain_hops(analysis, it->chain);
    Target target = {.scope = scope,
                     .row = row,
                     .type = type,
                     .hop = hops < MOST_HOPS ? hops : (uint32_t)MOST_HOPS,
                     .ways = 1,
                     .severity = severity_on_type(gathering->report, it->capability, type),
                     .certainty = it->certainty,
                     .in_scope = it->in_task_scope,
                     .capability = it->capability,
                     .holder = it->held_by};
    uint32_t known = gathering->target_of_scope[scope];
    if (known >= gathering->targets.count) {
        gathering->target_of_scope[scope] = gathering->targets.count;
        ARRAY_PUSH(&gathering->targets, target);
        return;
    }
    Target *kept = &gathering->targets.items[known];
    target.ways = kept->ways + 1;
    if (tells_more(&target, kept))
        *kept = target;
    else
        kept->ways = target.ways;
}

static void stamp_types(Gathering *gathering, uint32_t row)
{
    const ReachRow *it = &gathering->result->reach[row];
    for (uint32_t i = 0; i < it->type_count; i++) {
        Id type = it->by_type[i].type;
        if (is_container(gathering->report->analysis->snapshot, type))
            continue;
        gathering->stamp_of_type[type] = row + 1;
        gathering->left_of_type[type] = 1;
    }
}

/* Reaches the resources of the stamped types at or below the row's scope: the exported ones, or
   those that are only named, of types of which none is exported there. */
static void reach_below(Gathering *gathering, uint32_t row, bool exported)
{
    const ScopeTree *tree = &gathering->report->analysis->access->tree;
    uint32_t top = gathering->result->reach[row].scope;
    for (uint32_t s = top; s < tree->scopes[top].end; s++) {
        const Scope *scope = &tree->scopes[s];
        if (scope->type == NONE || gathering->stamp_of_type[scope->type] != row + 1 ||
            (scope->resource != NONE) != exported)
            continue;
        if (exported || gathering->left_of_type[scope->type]) {
            reach_target(gathering, row, s, scope->type);
            gathering->left_of_type[scope->type] = exported ? 0 : 2;
        }
    }
}

/* Every resource of the row's types at or below its scope.  A type that is not even named there
   stands for the scope itself. */
static void gather_row(Gathering *gathering, uint32_t row)
{
    const ReachRow *it = &gathering->result->reach[row];
    uint32_t left = 0;
    stamp_types(gathering, row);
    reach_below(gathering, row, true);
    for (uint32_t i = 0; i < it->type_count; i++)
        left += gathering->left_of_type[it->by_type[i].type];
    if (left > 0)
        reach_below(gathering, row, false);
    for (uint32_t i = 0; i < it->type_count; i++) {
        Id type = it->by_type[i].type;
        if (gathering->left_of_type[type] == 1)
            reach_target(gathering, row, it->scope, type);
        gathering->left_of_type[type] = 0;
    }
}

static void mark_crowns(Gathering *gathering)
{
    const Analysis *analysis = gathering->report->analysis;
    for (uint32_t i = 0; i < gathering->targets.count; i++) {
        Target *target = &gathering->targets.items[i];
        uint32_t resource = analysis->access->tree.scopes[target->scope].resource;
        target->crown = resource != NONE && analysis_is_crown_jewel(analysis, resource);
        if (target->crown && !target->in_scope && target->severity == SEVERITY_HIGH)
            target->severity = SEVERITY_CRITICAL;
    }
}

static int by_hop(const void *a, const void *b)
{
    const Target *x = a, *y = b;
    if (x->hop != y->hop)
        return x->hop < y->hop ? -1 : 1;
    return (x->scope > y->scope) - (x->scope < y->scope);
}

TargetList targets_find(const Report *report, uint32_t start)
{
    const Analysis *analysis = report->analysis;
    uint32_t scopes = analysis->access->tree.count, ids = analysis->snapshot->ids.count;
    Gathering gathering = {.report = report,
                           .result = &analysis->results[start],
                           .target_of_scope = memory_allocate(scopes, sizeof(uint32_t)),
                           .stamp_of_type = memory_allocate(ids, sizeof(uint32_t)),
                           .left_of_type = memory_allocate(ids, sizeof(uint32_t))};
    memset(gathering.target_of_scope, 0xff, scopes * sizeof(uint32_t));
    for (uint32_t row = 0; row < gathering.result->reach_count; row++)
        if (gathering.result->reach[row].certainty <= ELIGIBLE)
            gather_row(&gathering, row);
    mark_crowns(&gathering);
    free(gathering.target_of_scope);
    free(gathering.stamp_of_type);
    free(gathering.left_of_type);
    TargetList targets = {gathering.targets.items, gathering.targets.count};
    targets_sort(&targets);
    return targets;
}

void targets_sort(TargetList *targets)
{
    if (targets->count)
        qsort(targets->items, targets->count, sizeof *targets->items, by_hop);
}

void targets_free(TargetList *targets)
{
    free(targets->items);
    *targets = (TargetList){0};
}

/* ---- putting them together ---- */

/* What the targets of one card have in common: fewer things level by level. */
typedef struct GroupKey {
    uint32_t parts[9];
} GroupKey;

/* What is only metadata is put together from the beginning. */
enum { LEVEL_OF_LOW = 4 };

enum { LEVELS = 6, MOST_ALONE = 4, MOST_NEEDED_ALONE = 8, LEAST_STACK = 3, MOST_GROUPS = 64 };

/* What the cards of one hop are made from. */
typedef struct Grouping {
    const Report *report;
    Target *targets;
    uint32_t count;
    uint32_t room;
    bool worst_alone, needed_alone;  /* a card for each critical, for each needed target */
    uint32_t sizes[MOST_GROUPS + 1]; /* of the groups of the level that was tried last */
    uint32_t group_count;
} Grouping;

static uint32_t family_number(const Report *report, Id type)
{
    uint32_t number = 0;
    for (const char *family = family_of_type(report->names, type); *family; family++)
        number = number * 31 + (unsigned char)*family;
    return number;
}

static bool stands_alone(const Grouping *grouping, const Target *target)
{
    return target->in_scope ? grouping->needed_alone
                            : grouping->worst_alone && target->severity == SEVERITY_CRITICAL;
}

static GroupKey key_of(const Grouping *grouping, const Target *target, int level)
{
    const Scope *scope = &grouping->report->analysis->access->tree.scopes[target->scope];
    GroupKey key = {{0}};
    key.parts[0] = target->in_scope;
    key.parts[1] = target->certainty;
    key.parts[2] = stands_alone(grouping, target) ? 1 + target->scope : 0;
    if (!target->in_scope && target->severity == SEVERITY_LOW && level < LEVEL_OF_LOW)
        level = LEVEL_OF_LOW;
    if (level < 5) {
        key.parts[3] = scope->subscription;
        key.parts[4] = target->holder;
    }
    if (level < 4)
        key.parts[5] = level < 2 ? target->type : family_number(grouping->report, target->type);
    if (level < 3)
        key.parts[6] = target->severity;
    if (level < 1) {
        key.parts[7] = scope->resource_group;
        key.parts[8] = target->capability;
    }
    return key;
}

/* Cards that groups of these sizes make: a stack is for three or more. */
static uint32_t count_cards(const uint32_t *sizes, uint32_t count, bool split_pairs)
{
    uint32_t cards = 0;
    for (uint32_t i = 0; i < count; i++)
        cards += split_pairs && sizes[i] < LEAST_STACK ? sizes[i] : 1;
    return cards;
}

/* Gives every target its group at the level; false when there is no room for so many cards. */
static bool try_level(Grouping *grouping, int level, bool split_pairs)
{
    Interner keys = interner_new(CASE_MATTERS);
    bool fits = true;
    memset(grouping->sizes, 0, sizeof grouping->sizes);
    for (uint32_t i = 0; i < grouping->count && fits; i++) {
        GroupKey key = key_of(grouping, &grouping->targets[i], level);
        uint32_t group = intern_bytes(&keys, (const char *)&key, sizeof key);
        grouping->targets[i].group = group;
        fits = group < grouping->room;
        if (fits)
            grouping->sizes[group]++;
    }
    grouping->group_count = keys.count;
    fits = fits && count_cards(grouping->sizes, keys.count, split_pairs) <= grouping->room;
    interner_free(&keys);
    return fits;
}

/*
 * First with the worst and the needed ones alone, then with fewer of them; at last everything of
 * one certainty together.  Returns whether pairs become two cards.
 */
static bool choose_level(Grouping *grouping)
{
    for (int give_up = 0; give_up < 3; give_up++) {
        grouping->needed_alone = grouping->needed_alone && give_up < 1;
        grouping->worst_alone = grouping->worst_alone && give_up < 2;
        for (int level = 0; level < LEVELS; level++)
            if (try_level(grouping, level, true))
                return true;
    }
    grouping->room = MOST_GROUPS; /* more than there are certainties, needed or not */
    bool fits = try_level(grouping, LEVELS - 1, false);
    assert(fits);
    (void)fits;
    return false;
}

static int by_group(const void *a, const void *b)
{
    const Target *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (tells_more(x, y) || tells_more(y, x))
        return tells_more(x, y) ? -1 : 1;
    return (x->scope > y->scope) - (x->scope < y->scope);
}

static void count_special(Grouping *grouping)
{
    uint32_t critical = 0, needed = 0;
    for (uint32_t i = 0; i < grouping->count; i++) {
        const Target *target = &grouping->targets[i];
        needed += target->in_scope;
        critical += !target->in_scope && target->severity == SEVERITY_CRITICAL;
    }
    grouping->worst_alone = critical <= MOST_ALONE;
    grouping->needed_alone = needed <= MOST_NEEDED_ALONE;
}

/* Appends the groups; the targets are sorted by them. */
static void append_groups(const Grouping *grouping, uint32_t first, bool split_pairs,
                          TargetGroups *groups)
{
    for (uint32_t i = 0; i < grouping->count;) {
        uint32_t size = grouping->sizes[grouping->targets[i].group];
        uint32_t cards = split_pairs && size < LEAST_STACK ? size : 1;
        for (uint32_t c = 0; c < cards; c++) {
            TargetGroup group = {first + i + c, size / cards};
            ARRAY_PUSH(groups, group);
        }
        i += size;
    }
}

void targets_group(const Report *report, TargetList *targets, uint32_t first, uint32_t end,
                   uint32_t room, TargetGroups *groups)
{
    Grouping grouping = {.report = report,
                         .targets = targets->items + first,
                         .count = end - first,
                         .room = room < MOST_GROUPS ? room : (uint32_t)MOST_GROUPS};
    if (first == end)
        return;
    count_special(&grouping);
    bool split_pairs = choose_level(&grouping);
    qsort(grouping.targets, grouping.count, sizeof *grouping.targets, by_group);
    append_groups(&grouping, first, split_pairs, groups);
}
