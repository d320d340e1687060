#include "base/memory.h"
#include "graph/builder.h"
#include "graph/caller.h"
#include "graph/clause_plan.h"
#include "graph/needs.h"
#include "graph/settling.h"
#include "graph/spread.h"

#include <stdlib.h>
#include <string.h>

/*
 * Clauses that depend on who the caller is: several permissions at once, a caller in some relation
 * to a variable or with an Entra role, unrelated components.  They are settled caller by caller;
 * what a caller lacks may be given to it (needs.h), which makes a conjunction.  A caller that
 * brings nothing of its own is settled once per class and kind, as "anybody".
 *
 *     caller ──┐
 *              ├─(all)──► component: some instance is met ──┐
 *     need ────┘                                            ├─(all)──► conclusion, per instance of
 *     capability taken ─────────────────────────────────────┘          the conclusion's component
 */

/* ---- what is brought ---- */

static void bring_node(Brought *brought, uint32_t node)
{
    for (uint32_t i = 0; i < brought->node_count; i++)
        if (brought->nodes[i] == node)
            return;
    if (node == NONE || brought->node_count == MOST_BROUGHT)
        brought->certainty = NO;
    else
        brought->nodes[brought->node_count++] = node;
}

void bring_support(Brought *brought, uint32_t grant, uint32_t record)
{
    if (grant != NONE && brought->grant_count < MOST_BROUGHT)
        brought->grants[brought->grant_count++] = grant;
    if (record != NONE && brought->record_count < MOST_BROUGHT)
        brought->records[brought->record_count++] = record;
}

static void bring_all(Brought *to, const Brought *from)
{
    to->certainty = certainty_worse(to->certainty, from->certainty);
    for (uint32_t i = 0; i < from->instance_count && to->instance_count < MOST_COMPONENTS; i++)
        to->instances[to->instance_count++] = from->instances[i];
    for (uint32_t i = 0; i < from->grant_count; i++)
        bring_support(to, from->grants[i], NONE);
    for (uint32_t i = 0; i < from->record_count; i++)
        bring_support(to, NONE, from->records[i]);
    for (uint32_t i = 0; i < from->node_count; i++)
        bring_node(to, from->nodes[i]);
}

uint32_t brought_from(Builder *builder, const Asker *asker, const Brought *brought)
{
    uint32_t nodes[MOST_BROUGHT + 1];
    uint32_t count = 0;
    if (asker)
        nodes[count++] = asker->node;
    for (uint32_t i = 0; i < brought->node_count; i++)
        nodes[count++] = brought->nodes[i];
    return count ? builder_conjunction(builder, nodes, count) : NONE;
}

static Edge brought_edge(Builder *builder, const Asker *asker, const Brought *brought, uint32_t to)
{
    return (Edge){.from = brought_from(builder, asker, brought),
                  .to = to,
                  .support = builder_bundle(builder, brought),
                  .technique = NONE,
                  .support_kind = SUPPORT_BUNDLE,
                  .certainty = (uint8_t)brought->certainty};
}

/* ---- one premise ---- */

/* Where roles can be given when the instance is met; NONE: it is about something else. */
static uint32_t gives_roles_at(const Settling *settling, uint32_t instance)
{
    const Conclusion *conclusion = &settling->clause->conclusion;
    if (conclusion->kind != CONCLUDES_GIVES_ROLES || instance == NONE ||
        instance_at(settling->builder, instance)->component != 0)
        return NONE;
    return term_of(settling->builder, instance, conclusion->variable);
}

/* Would whoever meets the premise by what is given to it be able to give roles there anyway? */
static bool is_met_in_vain(const Settling *settling, const Asker *asker, const Premise *premise,
                           uint32_t instance, uint32_t place)
{
    Builder *builder = settling->builder;
    uint32_t gives_at = gives_roles_at(settling, instance);
    return gives_at != NONE && premise->kind == PREMISE_PERMISSION &&
           !is_given_by_name(builder, &asker->caller, premise, place) &&
           scope_contains(&builder->access->tree, place, gives_at) == CERTAIN &&
           need_is_everything(builder, premise, place, asker->caller.class_index, asker->is_user);
}

/* `place`: see place_of; `instance` NONE: the premise is about the whole tenant. */
static void meet_as_caller(const Settling *settling, const Asker *asker, const Premise *premise,
                           uint32_t instance, uint32_t place, Brought *brought)
{
    Builder *builder = settling->builder;
    Own own = holds_itself(builder, asker, premise, place);
    if (settling->clause->conclusion.kind == CONCLUDES_GIVES_ROLES && own.certainty == CONDITIONAL)
        own = (Own){.certainty = NO, .grant = NONE}; /* settled from the grants: build_giving.c */
    if (own.certainty != CERTAIN && premise->kind != PREMISE_CALLER_RELATION && !asker->alone &&
        !is_met_in_vain(settling, asker, premise, instance, place)) {
        uint32_t helped =
            asker->caller.principal == NONE
                ? need_node(builder, premise, place, asker->caller.class_index, asker->is_user)
                : holds_node(builder, &asker->caller, premise, place, &own);
        if (helped != NONE) {
            bring_node(brought, helped);
            return;
        }
    }
    brought->certainty = certainty_worse(brought->certainty, own.certainty);
    bring_support(brought, own.grant, NONE);
    for (uint32_t i = 0; i < own.record_count; i++)
        bring_support(brought, NONE, own.records[i]);
}

static void meet_premise(const Settling *settling, const Asker *asker, const Premise *premise,
                         uint32_t instance, Brought *brought)
{
    Builder *builder = settling->builder;
    uint32_t place = place_of(builder, instance, premise);
    if (premise->variable != NONE && place == NONE)
        brought->certainty = NO;
    else if (premise->kind == PREMISE_CAPABILITY)
        bring_node(brought, term_is_principal(place) ? NONE
                                                     : builder_node(builder, NODE_CAPABILITY,
                                                                    premise->capability, place, 0));
    else if (premise->kind == PREMISE_ACTS_AS)
        bring_node(brought, builder->graph->node_of_principal[term_index(place)]);
    else if (is_callers(premise) && asker)
        meet_as_caller(settling, asker, premise, instance, place, brought);
}

/* ---- one instance of a component ---- */

static Brought bring_instance(Settling *settling, const Asker *asker, uint32_t index)
{
    const Instance *instance = instance_at(settling->builder, index);
    Brought brought = {
        .certainty = (Certainty)instance->certainty, .instances = {index}, .instance_count = 1};
    for (uint32_t i = 0; i < settling->clause->premise_count && brought.certainty != NO; i++)
        if (belongs_to(settling, &settling->clause->premises[i], instance->component))
            meet_premise(settling, asker, &settling->clause->premises[i], index, &brought);
    return brought;
}

static bool component_asks_caller(const Settling *settling, uint32_t component)
{
    for (uint32_t i = 0; i < settling->clause->premise_count; i++)
        if (is_callers(&settling->clause->premises[i]) &&
            belongs_to(settling, &settling->clause->premises[i], component))
            return true;
    return false;
}

/* ---- components that only have to be met somewhere ---- */

static void add_alternative(Builder *builder, const Asker *asker, const Brought *brought,
                            uint32_t to)
{
    if (brought->certainty != NO)
        builder_edge(builder, brought_edge(builder, asker, brought, to));
}

/* Some instance is met by what is given to anybody of the class and kind. */
static uint32_t component_by_anybody(Settling *settling, const Asker *anybody, uint32_t component)
{
    Builder *builder = settling->builder;
    uint32_t node_count = builder->graph->nodes.count;
    uint32_t edge_count = builder->graph->edges.count;
    uint32_t node =
        builder_node(builder, NODE_COMPONENT, settling->index, component, anybody->node);
    if (node < node_count) { /* asked before: was there a way? */
        for (uint32_t i = 0; i < settling->met_by_anybody.count; i++)
            if (settling->met_by_anybody.items[i] == node)
                return node;
        return NONE;
    }
    for (uint32_t i = settling->shape->first_instance[component];
         i < settling->shape->first_instance[component + 1]; i++) {
        Brought brought = bring_instance(settling, anybody, i);
        add_alternative(builder, NULL, &brought, node); /* whoever asks is a caller of that class */
    }
    if (builder->graph->edges.count == edge_count)
        return NONE;
    ARRAY_PUSH(&settling->met_by_anybody, node);
    return node;
}

static Asker anybody_like(Builder *builder, const Settling *settling, uint32_t class_index,
                          bool is_user)
{
    bool kinds_matter = clause_premise(settling->clause, PREMISE_CALLER_KIND, 0) != NONE;
    Asker asker = {.is_user = is_user};
    asker.caller.principal = NONE;
    asker.caller.class_index = class_index;
    asker.node = present_node(builder, class_index, is_user, kinds_matter ? settling->index : NONE);
    return asker;
}

/* Does the caller meet the instance for certain, with nothing given to it and nothing taken? */
static bool is_met_alone(const Settling *settling, const Asker *asker, uint32_t index)
{
    const Instance *instance = instance_at(settling->builder, index);
    bool met = instance->certainty == CERTAIN;
    for (uint32_t i = 0; i < settling->clause->premise_count && met; i++) {
        const Premise *premise = &settling->clause->premises[i];
        if (!belongs_to(settling, premise, instance->component))
            continue;
        uint32_t place = place_of(settling->builder, index, premise);
        if (is_callers(premise))
            met = place != NONE &&
                  holds_itself(settling->builder, asker, premise, place).certainty == CERTAIN;
        else
            met = premise->kind != PREMISE_CAPABILITY && premise->kind != PREMISE_ACTS_AS;
    }
    return met;
}

static uint32_t first_met_alone(const Settling *settling, const Asker *asker,
                                const InstanceList *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (is_met_alone(settling, asker, list->items[i]))
            return list->items[i];
    return NONE;
}

/* A component that asks nothing of a caller: facts, and capabilities that were taken. */
static Brought find_callerless(Settling *settling, uint32_t component)
{
    Builder *builder = settling->builder;
    Brought best = {.certainty = NO};
    uint32_t node = NONE;
    for (uint32_t i = settling->shape->first_instance[component];
         i < settling->shape->first_instance[component + 1]; i++) {
        Brought brought = bring_instance(settling, NULL, i);
        if (!brought.node_count && brought.certainty < best.certainty) {
            best = brought;
        } else if (brought.node_count && brought.certainty != NO) {
            node = builder_node(builder, NODE_COMPONENT, settling->index, component, NONE);
            add_alternative(builder, NULL, &brought, node);
        }
        if (best.certainty == CERTAIN)
            return best;
    }
    if (node != NONE)
        best = (Brought){.certainty = CERTAIN, .nodes = {node}, .node_count = 1};
    return best;
}

static Brought bring_callerless(Settling *settling, uint32_t component)
{
    if (!settling->is_brought[component]) {
        settling->callerless[component] = find_callerless(settling, component);
        settling->is_brought[component] = true;
    }
    return settling->callerless[component];
}

/* Does what helps the caller with one premise of the instance help anybody with all of them?  That
   is so where they ask at one place for what only who gives everything there can give. */
static bool is_all_or_nothing(const Settling *settling, const Asker *asker, uint32_t index)
{
    const Instance *instance = instance_at(settling->builder, index);
    uint32_t common = NONE;
    for (uint32_t i = 0; i < settling->clause->premise_count; i++) {
        const Premise *premise = &settling->clause->premises[i];
        if (!is_callers(premise) || !belongs_to(settling, premise, instance->component))
            continue;
        uint32_t place = place_of(settling->builder, index, premise);
        if (premise->kind != PREMISE_PERMISSION || (common != NONE && place != common) ||
            place == NONE || is_given_by_name(settling->builder, &asker->caller, premise, place) ||
            !need_is_everything(settling->builder, premise, place, asker->caller.class_index,
                                asker->is_user))
            return false;
        common = place;
    }
    return true;
}

/* The ways to meet the component of which the caller has some part itself: edges to a node, which
   is returned; NONE: there are none. */
static uint32_t add_own_ways(Settling *settling, const Asker *asker, uint32_t component,
                             const InstanceList *own)
{
    Builder *builder = settling->builder;
    Asker alone = *asker;
    alone.alone = true;
    uint32_t node = NONE;
    Brought best = {.certainty = NO}; /* of those that need nothing else: the others add nothing */
    for (uint32_t i = 0; i < own->count; i++) {
        bool whole = is_all_or_nothing(settling, asker, own->items[i]);
        Brought brought = bring_instance(settling, whole ? &alone : asker, own->items[i]);
        if (brought.certainty == NO)
            continue;
        node = builder_node(builder, NODE_COMPONENT, settling->index, component, asker->node);
        if (brought.node_count)
            add_alternative(builder, asker, &brought, node);
        else if (brought.certainty < best.certainty)
            best = brought;
    }
    add_alternative(builder, asker, &best, node);
    return node;
}

/* The component for this caller: what it brings, certain, or a node that stands for all ways. */
static Brought bring_component(Settling *settling, const Asker *asker, uint32_t component)
{
    Builder *builder = settling->builder;
    Brought best = {.certainty = NO};
    if (!component_asks_caller(settling, component))
        return bring_callerless(settling, component);
    if (asker->caller.principal == NONE) {
        best.certainty = CERTAIN;
        bring_node(&best, component_by_anybody(settling, asker, component));
        return best;
    }
    InstanceList own = {0};
    find_own_instances(settling, asker, component, &own);
    uint32_t first_certain = first_met_alone(settling, asker, &own);
    if (first_certain != NONE) {
        ARRAY_FREE(&own);
        return bring_instance(settling, asker, first_certain);
    }
    Asker anybody = anybody_like(builder, settling, asker->caller.class_index, asker->is_user);
    uint32_t given = component_by_anybody(settling, &anybody, component);
    uint32_t node = add_own_ways(settling, asker, component, &own);
    ARRAY_FREE(&own);
    if (node != NONE && given != NONE) {
        Brought by_gift = {.certainty = CERTAIN, .nodes = {given}, .node_count = 1};
        add_alternative(builder, asker, &by_gift, node);
    }
    best.certainty = CERTAIN;
    bring_node(&best, node != NONE ? node : given);
    return best;
}

/* Everything but the conclusion's own component. */
static Brought bring_rest(Settling *settling, const Asker *asker)
{
    Brought rest = {.certainty = CERTAIN};
    const Clause *clause = settling->clause;
    for (uint32_t i = 0; i < clause->premise_count && rest.certainty != NO; i++)
        if (clause->premises[i].variable == NONE && clause->premises[i].kind != PREMISE_CALLER_KIND)
            meet_premise(settling, asker, &clause->premises[i], NONE, &rest);
    for (uint32_t c = settling->first_rest;
         c < settling->shape->component_count && rest.certainty != NO; c++) {
        Brought one = bring_component(settling, asker, c);
        bring_all(&rest, &one);
    }
    return rest;
}

/* ---- conclusions ---- */

static void conclude(Settling *settling, Edge edge, uint32_t instance, uint32_t class_index)
{
    Builder *builder = settling->builder;
    const Conclusion *conclusion = &settling->clause->conclusion;
    edge.technique = settling->clause->technique;
    edge.acts_as_kind = conclusion->acts_as_kind;
    if (conclusion->kind == CONCLUDES_GIVES_ROLES) {
        give_everything(builder, edge, term_of(builder, instance, conclusion->variable),
                        class_index, NONE);
        return;
    }
    edge.to = instance == NONE ? builder_node(builder, NODE_GIVE_DIRECTORY, settling->index, 0, 0)
                               : builder_conclusion(builder, instance);
    if (edge.to != NONE)
        builder_edge(builder, edge);
}

/* The conclusion's instance first: its facts make the sentence.  True: the caller alone concludes
   it, for certain. */
static bool conclude_instance(Settling *settling, const Asker *asker, const Brought *rest,
                              uint32_t instance)
{
    if (settling->clause->conclusion.kind != CONCLUDES_GIVES_ROLES &&
        builder_conclusion(settling->builder, instance) == NONE)
        return false; /* it leads nowhere */
    Brought all = bring_instance(settling, asker, instance);
    if (all.certainty == NO)
        return false;
    bring_all(&all, rest);
    if (all.certainty != NO)
        conclude(settling, brought_edge(settling->builder, asker, &all, NONE), instance,
                 asker->caller.class_index);
    return all.certainty == CERTAIN && !all.node_count;
}

/* Whoever can give roles at a scope can below it: only the outermost scopes are concluded. */
static void conclude_giving(Settling *settling, const Asker *asker, const Brought *rest,
                            const InstanceList *instances)
{
    const ScopeTree *tree = &settling->builder->access->tree;
    uint32_t variable = settling->clause->conclusion.variable;
    Placed *placed = memory_allocate((size_t)instances->count + 1, sizeof *placed);
    for (uint32_t i = 0; i < instances->count; i++)
        placed[i] = (Placed){term_of(settling->builder, instances->items[i], variable),
                             instances->items[i]};
    if (instances->count)
        qsort(placed, instances->count, sizeof *placed, by_place);
    uint32_t covered = 0; /* the end of the scopes where the caller gives roles for certain */
    for (uint32_t i = 0; i < instances->count; i++)
        if (placed[i].place >= covered && placed[i].place != NONE &&
            conclude_instance(settling, asker, rest, placed[i].instance))
            covered = tree->scopes[placed[i].place].end;
    free(placed);
}

static uint32_t support_node(Settling *settling, const Asker *asker)
{
    bool shared =
        settling->mode != MODE_SPREAD && settling->clause->conclusion.kind != CONCLUDES_GIVES_ROLES;
    return builder_node(settling->builder, NODE_SUPPORT, settling->index,
                        shared ? NONE : asker->caller.class_index, shared ? 0 : asker->is_user);
}

static bool brings_same_nodes(const Brought *a, const Brought *b)
{
    return a->node_count == b->node_count &&
           memcmp(a->nodes, b->nodes, a->node_count * sizeof *a->nodes) == 0;
}

/* Does the caller meet the rest just as anybody of its class and kind would? */
static bool meets_as_anybody(Settling *settling, const Asker *asker, const Brought *rest)
{
    if (asker->caller.principal == NONE || !rest->node_count || rest->grant_count ||
        rest->record_count || settling->mode == MODE_RELATED)
        return false;
    Asker anybody =
        anybody_like(settling->builder, settling, asker->caller.class_index, asker->is_user);
    Brought given = bring_rest(settling, &anybody);
    return given.certainty == rest->certainty && brings_same_nodes(&given, rest);
}

/* The rest is met by some caller of the class and kind. */
static void support(Settling *settling, const Asker *asker, const Brought *rest)
{
    if (!meets_as_anybody(settling, asker, rest))
        builder_edge(settling->builder,
                     brought_edge(settling->builder, asker, rest, support_node(settling, asker)));
}

/* ---- one caller ---- */

/* Something is given to it by name that the clause asks for. */
static bool is_given_something(const Settling *settling, const Asker *asker)
{
    const Builder *builder = settling->builder;
    const Clause *clause = settling->clause;
    const uint32_t *bound;
    uint32_t count = givers_bound_to(builder, &asker->caller, &bound);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t p = 0; p < clause->premise_count; p++)
            if (clause->premises[p].kind == PREMISE_PERMISSION &&
                (clause->premises[p].grant_conditions ||
                 giver_gives(builder, &builder->graph->givers.items[bound[i]],
                             &clause->premises[p]) != NO))
                return true;
    return false;
}

static bool brings_something(const Settling *settling, const Asker *asker)
{
    const Clause *clause = settling->clause;
    const Builder *builder = settling->builder;
    if (is_given_something(settling, asker))
        return true;
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (!is_callers(premise))
            continue;
        if (premise->kind == PREMISE_PERMISSION
                ? caller_holds_somewhere(&asker->caller, builder, premise)
            : premise->kind == PREMISE_ACCESS_POLICY ? caller_has_policies(&asker->caller, builder)
            : premise->kind == PREMISE_CALLER_RELATION
                ? caller_has_relation(&asker->caller, builder, premise)
                : directory_holds_any(&builder->relations->directory, asker->caller.principal,
                                      premise->kind == PREMISE_APP_ROLE))
            return true;
    }
    return false;
}

/* MODE_DIRECTORY: the premise whose role reaches the variable. */
static const Premise *reaching_role(const Settling *settling)
{
    uint32_t n = 0;
    uint32_t premise;
    do
        premise = clause_premise(settling->clause, PREMISE_DIRECTORY_ROLE, n++);
    while (settling->clause->premises[premise].variable == NONE);
    return &settling->clause->premises[premise];
}

/* MODE_DIRECTORY: is the target where roles of the whole tenant do not reach? */
static bool is_out_of_reach(const Settling *settling, uint32_t instance)
{
    Term target = term_of(settling->builder, instance, reaching_role(settling)->variable);
    return directory_is_restricted(&settling->builder->relations->directory, term_index(target));
}

/* Once per clause: that depends on nobody who asks. */
static void find_where_gifts_meet(Settling *settling)
{
    if (settling->gifts_are_met)
        return;
    settling->gifts_are_met = true;
    for (uint32_t i = settling->shape->first_instance[0]; i < settling->shape->first_instance[1];
         i++) {
        uint32_t place = place_of(settling->builder, i, settling->spread.premises[0]);
        if (place != NONE && spread_gifts_at(settling, place) == spread_all(settling))
            ARRAY_PUSH(&settling->where_gifts_meet, i);
    }
}

/*
 * MODE_SPREAD: instance by instance where several gifts together give what is asked for, to anybody
 * or to the one whom some of them name.  Not found: three permissions of which the caller has one
 * itself and two different gifts give the others; every wide caller would have to be joined with
 * every place of such gifts.
 */
static void conclude_where_gifts_meet(Settling *settling, const Asker *asker, const Brought *rest)
{
    bool anybody = asker->caller.principal == NONE;
    if (settling->partial.count < 2 || (!anybody && !spread_is_named(settling, asker, NONE)))
        return;
    find_where_gifts_meet(settling);
    for (uint32_t i = 0; i < settling->where_gifts_meet.count; i++) {
        uint32_t instance = settling->where_gifts_meet.items[i];
        uint32_t place = place_of(settling->builder, instance, settling->spread.premises[0]);
        if (anybody || spread_is_named(settling, asker, place))
            (void)conclude_instance(settling, asker, rest, instance);
    }
}

/* MODE_EACH: by what is given to anybody. */
static void conclude_for_anybody(Settling *settling, const Asker *anybody, const Brought *rest)
{
    const ClauseShape *shape = settling->shape;
    if (!clause_is_about_any_scope(settling->clause)) {
        for (uint32_t i = shape->first_instance[0]; i < shape->first_instance[1]; i++)
            (void)conclude_instance(settling, anybody, rest, i);
        return;
    }
    InstanceList instances = {0};
    uint32_t premise = clause_premise(settling->clause, PREMISE_PERMISSION, 0);
    for (uint32_t i = 0; premise != NONE && i < settling->builder->beginnings.count; i++)
        add_instances_at(settling, premise, settling->builder->beginnings.items[i], &instances);
    for (uint32_t i = 0; i < instances.count; i++)
        (void)conclude_instance(settling, anybody, rest, instances.items[i]);
    ARRAY_FREE(&instances);
}

static void settle_asker(Settling *settling, const Asker *asker)
{
    Builder *builder = settling->builder;
    const ClauseShape *shape = settling->shape;
    Brought rest = bring_rest(settling, asker);
    bool anybody = asker->caller.principal == NONE;
    if (rest.certainty == NO)
        return;
    InstanceList own = {0};
    switch (settling->mode) {
    case MODE_FACTS:
        support(settling, asker, &rest);
        break;
    case MODE_SPREAD:
        if (!anybody)
            spread_caller(settling, asker, &rest);
        conclude_where_gifts_meet(settling, asker, &rest);
        if (clause_asks_more(settling->clause, shape))
            support(settling, asker, &rest);
        break;
    case MODE_DIRECTORY: {
        Brought whole = rest;
        meet_as_caller(settling, asker, reaching_role(settling), NONE, NONE,
                       &whole); /* in the whole tenant */
        if (whole.certainty != NO)
            builder_edge(builder,
                         brought_edge(builder, asker, &whole, support_node(settling, asker)));
        if (anybody)
            break;
        bool everywhere = whole.certainty == CERTAIN && !whole.node_count;
        find_own_instances(settling, asker, 0, &own);
        for (uint32_t i = 0; i < own.count; i++)
            if (!everywhere || is_out_of_reach(settling, own.items[i]))
                (void)conclude_instance(settling, asker, &rest, own.items[i]);
        break;
    }
    case MODE_RELATED:
    case MODE_EACH:
        if (anybody) {
            if (settling->mode == MODE_EACH)
                conclude_for_anybody(settling, asker, &rest);
            break;
        }
        find_own_instances(settling, asker, 0, &own);
        if (settling->clause->conclusion.kind == CONCLUDES_GIVES_ROLES) {
            conclude_giving(settling, asker, &rest, &own);
            break;
        }
        for (uint32_t i = 0; i < own.count; i++)
            (void)conclude_instance(settling, asker, &rest, own.items[i]);
        break;
    }
    ARRAY_FREE(&own);
}

/* Whoever meets the rest concludes for every instance: an edge from the support to each. */
static void conclude_for_all(Settling *settling, uint32_t support, uint32_t class_index)
{
    Builder *builder = settling->builder;
    const Clause *clause = settling->clause;
    if (clause->conclusion.variable == NONE) {
        conclude(settling,
                 (Edge){.from = support,
                        .support = NONE,
                        .support_kind = SUPPORT_NONE,
                        .certainty = clause->assumes ? ASSUMED : CERTAIN},
                 NONE, class_index);
        return;
    }
    for (uint32_t i = settling->shape->first_instance[0]; i < settling->shape->first_instance[1];
         i++) {
        if (settling->mode == MODE_DIRECTORY && is_out_of_reach(settling, i))
            continue;
        Brought brought = bring_instance(settling, NULL, i);
        if (support != NONE)
            bring_node(&brought, support);
        if (brought.certainty == NO || !brought.node_count)
            continue;
        Edge edge = {.from = brought_from(builder, NULL, &brought),
                     .support = i,
                     .support_kind = SUPPORT_INSTANCE,
                     .certainty = (uint8_t)brought.certainty};
        conclude(settling, edge, i, class_index);
    }
}

/* ---- a clause ---- */

static ClauseMode mode_of(const Clause *clause, const ClauseShape *shape)
{
    uint32_t permissions = 0;
    uint32_t roles = 0;
    uint32_t others = 0;
    if (clause->conclusion.variable == NONE)
        return MODE_FACTS;
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (!is_callers(premise) || premise->variable == NONE ||
            shape->component_of[premise->variable] != 0)
            continue;
        if (premise->kind == PREMISE_CALLER_RELATION)
            return MODE_RELATED;
        permissions += premise->kind == PREMISE_PERMISSION;
        roles += premise->kind == PREMISE_DIRECTORY_ROLE;
        others += premise->kind == PREMISE_ACCESS_POLICY;
    }
    if (permissions + roles + others == 0)
        return MODE_FACTS;
    if (permissions + others == 0 && roles == 1)
        return MODE_DIRECTORY;
    return clause_spreads(clause, shape) ? MODE_SPREAD : MODE_EACH;
}

static bool asks_a_caller(const Clause *clause)
{
    for (uint32_t i = 0; i < clause->premise_count; i++)
        if (is_callers(&clause->premises[i]) || clause->premises[i].kind == PREMISE_CALLER_KIND)
            return true;
    return false;
}

static void settle_callers(Settling *settling)
{
    Builder *builder = settling->builder;
    for (uint32_t h = 0; h < builder->holders.count; h++) {
        Holder holder = builder->holders.items[h];
        if (!holder_is_caller(builder, &holder) ||
            !caller_kind_fits(builder, settling->clause, holder.principal))
            continue;
        Asker asker = {.caller = *caller_of(builder, holder.principal),
                       .node = holder.node,
                       .is_user = holder.is_user};
        asker.caller.node = holder.node;
        asker.caller.class_index = holder.class_index;
        if (brings_something(settling, &asker))
            settle_asker(settling, &asker);
    }
    for (uint32_t c = 0; c < builder->classes.count; c++)
        for (int is_user = 0; is_user < 2; is_user++) {
            Asker anybody = anybody_like(builder, settling, builder->classes.items[c], is_user);
            if (settling->mode != MODE_RELATED)
                settle_asker(settling, &anybody);
        }
}

/* Every caller is known: what follows for those of a class and kind that meet the rest. */
static void conclude_for_class(Settling *settling, uint32_t class_index, uint32_t is_user,
                               bool by_class)
{
    bool spreads = settling->mode == MODE_SPREAD;
    uint32_t support = privilege_graph_find(settling->builder->graph, NODE_SUPPORT, settling->index,
                                            by_class ? class_index : NONE, is_user);
    if (spreads && (support != NONE || !clause_asks_more(settling->clause, settling->shape)))
        spread_anybody(settling, support, class_index, is_user);
    else if (!spreads && support != NONE)
        conclude_for_all(settling, support, class_index);
}

static void conclude_for_classes(Settling *settling)
{
    const Builder *builder = settling->builder;
    bool by_class =
        settling->clause->conclusion.kind == CONCLUDES_GIVES_ROLES || settling->mode == MODE_SPREAD;
    if (!by_class) {
        conclude_for_class(settling, 0, 0, false);
        return;
    }
    for (uint32_t k = 0; k < builder->classes.count; k++)
        for (uint32_t is_user = 0; is_user < 2; is_user++)
            conclude_for_class(settling, builder->classes.items[k], is_user, true);
}

static bool has_every_component(const ClauseShape *shape)
{
    for (uint32_t c = 0; c < shape->component_count; c++)
        if (shape->first_instance[c] == shape->first_instance[c + 1])
            return false;
    return shape->component_count <= MOST_COMPONENTS;
}

static void settle_clause(Builder *builder, uint32_t index)
{
    const Clause *clause = &builder->rules->clauses.items[index];
    Settling settling = {.builder = builder,
                         .index = index,
                         .clause = clause,
                         .shape = &builder->instances->shapes[index],
                         .first_rest = clause->conclusion.variable == NONE ? 0 : 1};
    if (!has_every_component(settling.shape))
        return;
    settling.mode = mode_of(clause, settling.shape);
    if (settling.mode == MODE_SPREAD)
        spread_prepare(&settling);
    if (asks_a_caller(clause)) {
        settle_callers(&settling);
        conclude_for_classes(&settling);
    } else {
        Brought rest = bring_rest(&settling, NULL);
        uint32_t support = rest.node_count ? brought_from(builder, NULL, &rest) : NONE;
        if (rest.certainty != NO)
            conclude_for_all(&settling, support, 0);
    }
    for (uint32_t i = 0; i < MOST_BROUGHT; i++)
        free(settling.by_place[i]);
    ARRAY_FREE(&settling.met_by_anybody);
    ARRAY_FREE(&settling.useful_givers);
    ARRAY_FREE(&settling.useful_groups);
    ARRAY_FREE(&settling.partial);
    ARRAY_FREE(&settling.where_gifts_meet);
}

static void settle_all(Builder *builder, bool (*wanted)(const Clause *clause))
{
    for (uint32_t c = 0; c < builder->rules->clauses.count; c++) {
        const Clause *clause = &builder->rules->clauses.items[c];
        if (clause_plan(clause, &builder->instances->shapes[c]) == PLAN_CALLER && wanted(clause))
            settle_clause(builder, c);
    }
}

/* What gives something that other clauses count as given comes first. */
static bool gives_to_directory(const Clause *clause)
{
    return clause->conclusion.kind == CONCLUDES_CONTROLS_GROUP ||
           clause->conclusion.kind == CONCLUDES_GIVES_DIRECTORY_ROLE ||
           clause->conclusion.kind == CONCLUDES_GIVES_APP_ROLE;
}

/* Under a condition, that was settled from the grants. */
static bool gives_roles(const Clause *clause)
{
    return clause->conclusion.kind == CONCLUDES_GIVES_ROLES && !clause->conclusion.conditioned;
}

static bool gives_nothing(const Clause *clause)
{
    return !gives_to_directory(clause) && clause->conclusion.kind != CONCLUDES_GIVES_ROLES;
}

void build_control(Builder *builder)
{
    for (uint32_t c = 0; c < builder->rules->clauses.count; c++) {
        ConclusionKind kind = builder->rules->clauses.items[c].conclusion.kind;
        if (kind == CONCLUDES_GIVES_DIRECTORY_ROLE || kind == CONCLUDES_GIVES_APP_ROLE)
            ARRAY_PUSH(&builder->giving_clauses, c);
    }
    settle_all(builder, gives_to_directory);
}

void build_callers(Builder *builder)
{
    needs_find_bound_givers(builder);
    needs_know_limited(builder);
    needs_find_beginnings(builder);
    settle_all(builder, gives_roles);
    build_giving_rights(builder);
    needs_know_all(builder);
    settle_all(builder, gives_nothing);
    build_directory_power(builder);
}
