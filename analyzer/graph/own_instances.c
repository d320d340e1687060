#include "base/memory.h"
#include "base/numbers.h"
#include "graph/clause_plan.h"
#include "graph/needs.h"
#include "graph/settling.h"

#include <stdlib.h>

/*
 * Which instances of a clause's component one caller may meet, at least in part, by what it has
 * itself or is given by name: the others are asked about once for anybody.
 */

const Instance *instance_at(const Builder *builder, uint32_t instance)
{
    return &builder->instances->instances.items[instance];
}

Term term_of(const Builder *builder, uint32_t instance, uint32_t variable)
{
    return instance_term(builder->instances, instance_at(builder, instance), variable);
}

bool is_callers(const Premise *premise)
{
    return premise->kind == PREMISE_PERMISSION || premise->kind == PREMISE_ACCESS_POLICY ||
           premise->kind == PREMISE_CALLER_RELATION || premise->kind == PREMISE_DIRECTORY_ROLE ||
           premise->kind == PREMISE_APP_ROLE;
}

/* How certain the caller meets the premise by itself. */
Own holds_itself(const Builder *builder, const Asker *asker, const Premise *premise, uint32_t place)
{
    if (asker->caller.principal == NONE)
        return (Own){.certainty = NO, .grant = NONE};
    return own_of(builder, &asker->caller, premise, place);
}

/* The place that a caller's premise asks about, for an instance (NONE: for the whole tenant). */
uint32_t place_of(const Builder *builder, uint32_t instance, const Premise *premise)
{
    if (instance == NONE || premise->variable == NONE)
        return NONE;
    if (premise->kind == PREMISE_PERMISSION)
        return premise_scope(builder, instance_at(builder, instance), premise);
    return term_of(builder, instance, premise->variable);
}

bool belongs_to(const Settling *settling, const Premise *premise, uint32_t component)
{
    return premise->variable != NONE &&
           settling->shape->component_of[premise->variable] == component;
}

int by_place(const void *a, const void *b)
{
    const Placed *x = a;
    const Placed *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (x->instance > y->instance) - (x->instance < y->instance);
}

/* Instances of the premise's component, by the scope that the premise asks about: pairs of scope
   and instance.  Made once per clause. */
static const Placed *instances_by_place(Settling *settling, uint32_t premise_index, uint32_t *count)
{
    if (!settling->by_place[premise_index]) {
        const Premise *premise = &settling->clause->premises[premise_index];
        uint8_t component = settling->shape->component_of[premise->variable];
        uint32_t first = settling->shape->first_instance[component];
        uint32_t end = settling->shape->first_instance[component + 1];
        Placed *placed = memory_allocate(end - first + 1, sizeof *placed);
        uint32_t kept = 0;
        for (uint32_t i = first; i < end; i++) {
            uint32_t place = place_of(settling->builder, i, premise);
            if (place != NONE)
                placed[kept++] = (Placed){place, i};
        }
        if (kept)
            qsort(placed, kept, sizeof *placed, by_place);
        settling->by_place[premise_index] = placed;
        settling->by_place_count[premise_index] = kept;
    }
    *count = settling->by_place_count[premise_index];
    return settling->by_place[premise_index];
}

/* The first one whose place is at least `place`. */
static uint32_t first_placed(const Placed *placed, uint32_t count, uint32_t place)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (placed[middle].place < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_places_below(Settling *settling, uint32_t premise_index, uint32_t scope,
                             InstanceList *list)
{
    uint32_t count;
    const Placed *placed = instances_by_place(settling, premise_index, &count);
    uint32_t end = settling->builder->access->tree.scopes[scope].end;
    for (uint32_t i = first_placed(placed, count, scope); i < count && placed[i].place < end; i++)
        ARRAY_PUSH(list, placed[i].instance);
}

/* A management group is assumed to hold some subscriptions: there too. */
static void add_places_of_grant(Settling *settling, uint32_t premise_index, uint32_t scope,
                                InstanceList *list)
{
    const ScopeTree *tree = &settling->builder->access->tree;
    add_places_below(settling, premise_index, scope, list);
    if (tree->scopes[scope].level > SCOPE_MANAGEMENT_GROUP)
        return;
    for (uint32_t i = 0; i < tree->assumed.count; i++)
        if (tree->assumed.items[i].group >= scope &&
            tree->assumed.items[i].group < tree->scopes[scope].end)
            add_places_below(settling, premise_index, tree->assumed.items[i].subscription, list);
}

/* Instances whose place for the premise is exactly this one. */
void add_instances_at(Settling *settling, uint32_t premise_index, uint32_t place,
                      InstanceList *list)
{
    uint32_t count;
    const Placed *placed = instances_by_place(settling, premise_index, &count);
    for (uint32_t i = first_placed(placed, count, place); i < count && placed[i].place == place;
         i++)
        ARRAY_PUSH(list, placed[i].instance);
}

static void add_related_instances(Settling *settling, const Asker *asker, uint32_t premise_index,
                                  InstanceList *list)
{
    const RelationTable *table =
        &settling->builder->relations->tables[settling->clause->premises[premise_index].relation];
    Term self = asker->caller.principal | TERM_PRINCIPAL;
    uint32_t first;
    uint32_t count = relations_from(table, self, &first);
    for (uint32_t i = first; i < first + count; i++)
        add_instances_at(settling, premise_index, table->rows[i].to, list);
    count = relations_to(table, self, &first);
    for (uint32_t i = first; i < first + count; i++)
        add_instances_at(settling, premise_index, table->rows[table->by_to[i]].from, list);
}

typedef struct VaultVisit {
    Settling *settling;
    uint32_t premise_index;
    InstanceList *list;
} VaultVisit;

static void add_instances_at_vault(void *context, uint32_t vault)
{
    const VaultVisit *visit = context;
    add_instances_at(visit->settling, visit->premise_index, vault, visit->list);
}

static void add_instances_of_policies(Settling *settling, const Asker *asker,
                                      uint32_t premise_index, InstanceList *list)
{
    VaultVisit visit = {settling, premise_index, list};
    caller_policy_vaults(&asker->caller, settling->builder, add_instances_at_vault, &visit);
}

/* Holders of Entra roles are few: every target is asked about. */
static void add_instances_of_roles(Settling *settling, const Asker *asker, uint32_t premise_index,
                                   InstanceList *list)
{
    const Premise *premise = &settling->clause->premises[premise_index];
    uint32_t count;
    const Placed *placed = instances_by_place(settling, premise_index, &count);
    if (!directory_holds_any(&settling->builder->relations->directory, asker->caller.principal,
                             false))
        return;
    for (uint32_t i = 0; i < count; i++)
        if (holds_itself(settling->builder, asker, premise, placed[i].place).certainty != NO)
            ARRAY_PUSH(list, placed[i].instance);
}

/* Where the permission is given to the caller by name. */
static void add_places_of_gifts(Settling *settling, const Asker *asker, uint32_t premise_index,
                                InstanceList *list)
{
    const Builder *builder = settling->builder;
    const Premise *premise = &settling->clause->premises[premise_index];
    const uint32_t *bound;
    uint32_t count = givers_bound_to(builder, &asker->caller, &bound);
    for (uint32_t i = 0; i < count; i++) {
        const Giver *giver = &builder->graph->givers.items[bound[i]];
        if (premise->grant_conditions || giver_gives(builder, giver, premise) != NO)
            add_places_of_grant(settling, premise_index, giver->scope, list);
    }
}

/* Of a clause about any scope, the instances where what the caller holds by the grant, alone or
   with what is given to it, may begin. */
static void add_beginnings_of_grant(Settling *settling, uint32_t premise_index, uint32_t scope,
                                    InstanceList *list)
{
    const Builder *builder = settling->builder;
    uint32_t end = builder->access->tree.scopes[scope].end;
    uint32_t low = 0;
    uint32_t high = builder->beginnings.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (builder->beginnings.items[middle] < scope)
            low = middle + 1;
        else
            high = middle;
    }
    add_instances_at(settling, premise_index, scope, list);
    for (; low < builder->beginnings.count && builder->beginnings.items[low] < end; low++)
        add_instances_at(settling, premise_index, builder->beginnings.items[low], list);
}

static void add_places_where_held(Settling *settling, uint32_t premise_index, uint32_t scope,
                                  InstanceList *list)
{
    if (settling->mode == MODE_EACH && clause_is_about_any_scope(settling->clause))
        add_beginnings_of_grant(settling, premise_index, scope, list);
    else
        add_places_of_grant(settling, premise_index, scope, list);
}

/* Instances of the component of which the caller meets some premise by itself or by what is given
   to it by name, ascending. */
void find_own_instances(Settling *settling, const Asker *asker, uint32_t component,
                        InstanceList *list)
{
    const Builder *builder = settling->builder;
    const Clause *clause = settling->clause;
    list->count = 0;
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (!is_callers(premise) || !belongs_to(settling, premise, component))
            continue;
        if (premise->kind == PREMISE_CALLER_RELATION)
            add_related_instances(settling, asker, i, list);
        else if (premise->kind == PREMISE_ACCESS_POLICY)
            add_instances_of_policies(settling, asker, i, list);
        else if (premise->kind == PREMISE_DIRECTORY_ROLE)
            add_instances_of_roles(settling, asker, i, list);
        if (premise->kind == PREMISE_PERMISSION)
            add_places_of_gifts(settling, asker, i, list);
        for (uint32_t g = 0; premise->kind == PREMISE_PERMISSION && g < asker->caller.grants.count;
             g++)
            if (grant_may_hold(builder, asker->caller.grants.items[g], premise))
                add_places_where_held(
                    settling, i, builder->access->grants.items[asker->caller.grants.items[g]].scope,
                    list);
    }
    list->count = numbers_sort_unique(list->items, list->count);
}
