#include "base/memory.h"
#include "base/text.h"
#include "graph/builder.h"
#include "graph/caller.h"
#include "graph/clause_plan.h"

#include <stdlib.h>

/*
 * Clauses that depend on who the caller is: several permissions at once, a caller in some relation
 * to a variable, a vault's access policies.  They are settled principal by principal; what a
 * principal lacks may be given to it, which makes a conjunction.
 */

enum { MOST_COMPONENTS = 8, MOST_GRANTS = 16 };

/* What one caller brings for one component of a clause. */
typedef struct Brought {
    Certainty certainty; /* NO: the component is not met */
    uint32_t instance;
    uint32_t grants[MOST_GRANTS];
    uint32_t grant_count;
} Brought;

static const Instance *instance_at(const Builder *builder, uint32_t instance)
{
    return &builder->instances->instances.items[instance];
}

static uint32_t add_bundle(Builder *builder, const Brought *brought, uint32_t count)
{
    PrivilegeGraph *graph = builder->graph;
    Bundle bundle = {graph->bundle_grants.count, 0, count ? brought[0].instance : NONE};
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t g = 0; g < brought[i].grant_count; g++) {
            ARRAY_PUSH(&graph->bundle_grants, brought[i].grants[g]);
            bundle.grant_count++;
        }
    ARRAY_PUSH(&graph->bundles, bundle);
    return graph->bundles.count - 1;
}

/* Does the caller hold every permission of the component for this instance? */
static Brought bring_instance(const Builder *builder, const Caller *caller, const Clause *clause,
                              uint32_t index)
{
    const Instance *instance = instance_at(builder, index);
    const ClauseShape *shape = &builder->instances->shapes[instance->clause];
    Brought brought = {.certainty = (Certainty)instance->certainty, .instance = index};
    for (uint32_t i = 0; i < clause->premise_count && brought.certainty != NO; i++) {
        const Premise *premise = &clause->premises[i];
        if (premise->kind != PREMISE_PERMISSION ||
            shape->component_of[premise->variable] != instance->component)
            continue;
        uint32_t scope = premise_scope(builder, instance, premise);
        uint32_t grant = NONE;
        Certainty held = scope == NONE ? NO : caller_holds(caller, builder, premise, scope, &grant);
        brought.certainty = certainty_worse(brought.certainty, held);
        if (held != NO && brought.grant_count < MOST_GRANTS)
            brought.grants[brought.grant_count++] = grant;
    }
    return brought;
}

/* The best instance of a component that the caller meets; the first one among equals. */
static Brought bring_component(const Builder *builder, const Caller *caller, const Clause *clause,
                               const ClauseShape *shape, uint32_t component)
{
    Brought best = {.certainty = NO, .instance = NONE};
    for (uint32_t i = shape->first_instance[component];
         i < shape->first_instance[component + 1] && best.certainty != CERTAIN; i++) {
        Brought brought = bring_instance(builder, caller, clause, i);
        if (brought.certainty < best.certainty)
            best = brought;
    }
    return best;
}

static bool lacks_something_everywhere(const Builder *builder, const Caller *caller,
                                       const Clause *clause, const ClauseShape *shape,
                                       uint32_t component)
{
    for (uint32_t i = 0; i < clause->premise_count; i++)
        if (clause->premises[i].kind == PREMISE_PERMISSION &&
            shape->component_of[clause->premises[i].variable] == component &&
            !caller_holds_somewhere(caller, builder, &clause->premises[i]))
            return true;
    return false;
}

/* ---- several permissions ---- */

/* The existential components (all but the conclusion's own) together; NO if one is not met. */
static Certainty bring_support(const Builder *builder, const Caller *caller, const Clause *clause,
                               const ClauseShape *shape, Brought *brought)
{
    Certainty certainty = CERTAIN;
    for (uint32_t c = 1; c < shape->component_count && c < MOST_COMPONENTS; c++) {
        if (lacks_something_everywhere(builder, caller, clause, shape, c))
            return NO;
        brought[c] = bring_component(builder, caller, clause, shape, c);
        certainty = certainty_worse(certainty, brought[c].certainty);
    }
    return certainty;
}

/* The caller's grants of the last permission, as sources of the clause's own right: of every action
   that will do, for one of them may be denied where another is not. */
static void add_own_sources(Builder *builder, const Caller *caller, uint32_t clause_index,
                            const Premise *last, Certainty support, Brought *brought,
                            uint32_t component_count)
{
    uint32_t node = builder->graph->node_of_principal[caller->principal];
    for (uint32_t i = 0; i < caller->grants.count; i++) {
        uint32_t grant = caller->grants.items[i];
        uint32_t bundle = NONE;
        for (uint32_t p = 0; p < last->permission_count; p++) {
            uint32_t atom = builder->atom_of_permission[last->permissions[p]];
            Certainty certainty = grant_gives(builder, grant, atom);
            if (certainty == NO)
                continue;
            brought[0] =
                (Brought){.instance = brought[1].instance, .grants = {grant}, .grant_count = 1};
            if (bundle == NONE)
                bundle = add_bundle(builder, brought, component_count);
            builder_source(
                builder, (RightSource){.right = builder_right(builder, atom, clause_index),
                                       .class_index = caller->class_index,
                                       .scope = builder->access->grants.items[grant].scope,
                                       .from = node,
                                       .support = bundle,
                                       .support_kind = SUPPORT_BUNDLE,
                                       .certainty = (uint8_t)certainty_worse(certainty, support)});
        }
    }
}

/* Instance by instance: when the conclusion's own component asks for several permissions. */
static void add_own_instances(Builder *builder, const Caller *caller, const Clause *clause,
                              const ClauseShape *shape, Certainty support, Brought *brought)
{
    uint32_t node = builder->graph->node_of_principal[caller->principal];
    if (lacks_something_everywhere(builder, caller, clause, shape, 0))
        return;
    for (uint32_t i = shape->first_instance[0]; i < shape->first_instance[1]; i++) {
        uint32_t to = builder_conclusion(builder, i);
        brought[0] = bring_instance(builder, caller, clause, i);
        if (to == NONE || brought[0].certainty == NO)
            continue;
        builder_edge(builder,
                     (Edge){.from = node,
                            .to = to,
                            .support = add_bundle(builder, brought, shape->component_count),
                            .technique = clause->technique,
                            .support_kind = SUPPORT_BUNDLE,
                            .certainty = (uint8_t)certainty_worse(brought[0].certainty, support),
                            .acts_as_kind = clause->conclusion.acts_as_kind});
    }
}

static void settle_caller(Builder *builder, const Caller *caller, uint32_t clause_index)
{
    const Clause *clause = &builder->rules->clauses.items[clause_index];
    const ClauseShape *shape = &builder->instances->shapes[clause_index];
    const Premise *last = last_permission(clause, shape);
    Brought brought[MOST_COMPONENTS] = {{.certainty = CERTAIN, .instance = NONE}};
    Certainty support = bring_support(builder, caller, clause, shape, brought);
    if (support == NO)
        return;
    if (last)
        add_own_sources(builder, caller, clause_index, last, support, brought,
                        shape->component_count);
    else
        add_own_instances(builder, caller, clause, shape, support, brought);
    if (shape->component_count > 1)
        builder_edge(
            builder,
            (Edge){.from = builder->graph->node_of_principal[caller->principal],
                   .to = builder_node(builder, NODE_SUPPORT, clause_index, caller->class_index, 0),
                   .support = add_bundle(builder, brought + 1, shape->component_count - 1),
                   .technique = NONE,
                   .support_kind = SUPPORT_BUNDLE,
                   .certainty = (uint8_t)support});
}

/* ---- what is lacking may be given ---- */

static bool giver_gives(const Builder *builder, const Giver *giver, const Premise *premise)
{
    if (!giver->certain)
        return true;
    for (uint32_t i = 0; i < premise->permission_count; i++) {
        uint32_t atom = builder->atom_of_permission[premise->permissions[i]];
        if (atom_set_has(giver->certain, atom) || atom_set_has(giver->conditional, atom))
            return true;
    }
    return false;
}

/* Is there an instance of the component whose permissions can all be given? */
static bool giver_gives_component(const Builder *builder, const Giver *giver, const Clause *clause,
                                  const ClauseShape *shape, uint32_t component)
{
    for (uint32_t i = shape->first_instance[component]; i < shape->first_instance[component + 1];
         i++) {
        bool all = true;
        for (uint32_t p = 0; all && p < clause->premise_count; p++) {
            const Premise *premise = &clause->premises[p];
            if (premise->kind != PREMISE_PERMISSION ||
                shape->component_of[premise->variable] != component)
                continue;
            uint32_t scope = premise_scope(builder, instance_at(builder, i), premise);
            all = scope != NONE && giver_gives(builder, giver, premise) &&
                  scope_contains(&builder->access->tree, giver->scope, scope) != NO;
        }
        if (all)
            return true;
    }
    return false;
}

/* The caller holds the rest, the last permission is given: a source at the giver's scope. */
static void give_last(Builder *builder, uint32_t clause_index, const Premise *last)
{
    for (uint32_t g = 0; g < builder->graph->givers.count; g++) {
        Giver giver = builder->graph->givers.items[g];
        if (!giver.to_anyone || !giver_gives(builder, &giver, last))
            continue;
        for (uint32_t c = 0; c < builder->access->classes.count; c++) {
            uint32_t support =
                privilege_graph_find(builder->graph, NODE_SUPPORT, clause_index, c, 0);
            if (support == NONE)
                continue;
            uint32_t premises[] = {support, giver.node};
            uint32_t atom = builder->atom_of_permission[last->permissions[0]];
            RightSource source = {.right = builder_right(builder, atom, clause_index),
                                  .class_index = c,
                                  .scope = giver.scope,
                                  .from = builder_conjunction(builder, premises, 2),
                                  .support = NONE,
                                  .support_kind = SUPPORT_NONE,
                                  .certainty = CERTAIN};
            builder_source(builder, source);
        }
    }
}

/* The node that is reached when all existential components can be given, or NONE. */
static uint32_t given_support(Builder *builder, uint32_t clause_index)
{
    const Clause *clause = &builder->rules->clauses.items[clause_index];
    const ClauseShape *shape = &builder->instances->shapes[clause_index];
    uint32_t node = NONE;
    for (uint32_t g = 0; g < builder->graph->givers.count; g++) {
        const Giver *giver = &builder->graph->givers.items[g];
        bool all = giver->to_anyone;
        for (uint32_t c = 1; all && c < shape->component_count; c++)
            all = giver_gives_component(builder, giver, clause, shape, c);
        if (!all)
            continue;
        node = builder_node(builder, NODE_GIVEN_SUPPORT, clause_index, 0, 0);
        builder_edge(builder, (Edge){.from = builder->graph->givers.items[g].node,
                                     .to = node,
                                     .support = NONE,
                                     .technique = NONE,
                                     .support_kind = SUPPORT_NONE,
                                     .certainty = CERTAIN});
    }
    return node;
}

/* The rest is given, the caller holds the last permission: beside each of its plain sources. */
static void give_rest(Builder *builder, uint32_t clause_index, const Premise *last)
{
    uint32_t given = given_support(builder, clause_index);
    uint32_t source_count = builder->sources.count;
    for (uint32_t s = 0; given != NONE && s < source_count; s++) {
        RightSource source = builder->sources.items[s];
        bool listed = false;
        for (uint32_t i = 0; i < last->permission_count; i++)
            listed |= builder->atom_of_permission[last->permissions[i]] == source.right;
        if (!listed)
            continue;
        uint32_t premises[] = {given, source.from};
        source.right = builder_right(builder, source.right, clause_index);
        source.from = builder_conjunction(builder, premises, 2);
        builder_source(builder, source);
    }
}

static void settle_many(Builder *builder, uint32_t clause_index)
{
    const Clause *clause = &builder->rules->clauses.items[clause_index];
    const ClauseShape *shape = &builder->instances->shapes[clause_index];
    if (shape->component_count > MOST_COMPONENTS)
        return;
    for (uint32_t c = 0; c < shape->component_count; c++)
        if (shape->first_instance[c] == shape->first_instance[c + 1])
            return;
    Caller caller = {0};
    for (uint32_t h = 0; h < builder->holders.count; h++) {
        uint32_t principal = builder->holders.items[h].principal;
        if (builder->graph->nodes.items[builder->holders.items[h].node].kind != NODE_PRINCIPAL ||
            !caller_kind_fits(builder, clause, principal))
            continue;
        caller_set(&caller, builder, principal);
        if (caller.grants.count)
            settle_caller(builder, &caller, clause_index);
    }
    ARRAY_FREE(&caller.grants);
    const Premise *last = last_permission(clause, shape);
    if (last && shape->component_count > 1) {
        give_last(builder, clause_index, last);
        give_rest(builder, clause_index, last);
    }
}

/* ---- a caller in some relation ---- */

static void settle_related(Builder *builder, Caller *caller, uint32_t principal, uint32_t index,
                           Certainty relation)
{
    const Instance *instance = instance_at(builder, index);
    const Clause *clause = &builder->rules->clauses.items[instance->clause];
    uint32_t to = builder_conclusion(builder, index);
    uint32_t node = builder->graph->node_of_principal[principal];
    if (to == NONE || node == NONE || !caller_kind_fits(builder, clause, principal))
        return;
    caller_set(caller, builder, principal);
    Brought brought = bring_instance(builder, caller, clause, index);
    Edge edge = {.from = node,
                 .to = to,
                 .technique = clause->technique,
                 .support = index,
                 .support_kind = SUPPORT_INSTANCE,
                 .certainty = (uint8_t)certainty_worse((Certainty)instance->certainty, relation),
                 .acts_as_kind = clause->conclusion.acts_as_kind};
    if (brought.certainty != NO) {
        edge.certainty = (uint8_t)certainty_worse(brought.certainty, relation);
        edge.support = add_bundle(builder, &brought, 1);
        edge.support_kind = SUPPORT_BUNDLE;
        builder_edge(builder, edge);
    }
    uint32_t permission = clause_premise(clause, PREMISE_PERMISSION, 0);
    for (uint32_t g = 0; permission != NONE && g < builder->graph->givers.count; g++) {
        const Giver *giver = &builder->graph->givers.items[g];
        const Premise *premise = &clause->premises[permission];
        uint32_t scope = premise_scope(builder, instance, premise);
        if (!giver->to_anyone || scope == NONE || !giver_gives(builder, giver, premise) ||
            scope_contains(&builder->access->tree, giver->scope, scope) == NO)
            continue;
        uint32_t premises[] = {node, giver->node};
        edge.from = builder_conjunction(builder, premises, 2);
        edge.support = index;
        edge.support_kind = SUPPORT_INSTANCE;
        builder_edge(builder, edge);
    }
}

static void settle_relations(Builder *builder, uint32_t clause_index)
{
    const Clause *clause = &builder->rules->clauses.items[clause_index];
    const ClauseShape *shape = &builder->instances->shapes[clause_index];
    const Premise *premise = &clause->premises[clause_premise(clause, PREMISE_CALLER_RELATION, 0)];
    const RelationTable *table = &builder->relations->tables[premise->relation];
    Caller caller = {0};
    for (uint32_t i = shape->first_instance[0]; i < shape->first_instance[1]; i++) {
        Term term = instance_term(builder->instances, instance_at(builder, i), premise->variable);
        uint32_t first;
        uint32_t count = relations_to(table, term, &first);
        for (uint32_t r = first; r < first + count; r++) {
            const RelationRow *row = &table->rows[table->by_to[r]];
            if (term_is_principal(row->from))
                settle_related(builder, &caller, term_index(row->from), i,
                               (Certainty)row->certainty);
        }
        count = relations_from(table, term, &first);
        for (uint32_t r = first; r < first + count; r++)
            if (term_is_principal(table->rows[r].to) && !term_is_principal(term))
                settle_related(builder, &caller, term_index(table->rows[r].to), i,
                               (Certainty)table->rows[r].certainty);
    }
    ARRAY_FREE(&caller.grants);
}

/* ---- access policies ---- */

/* Only where another clause builds on what the policy gives; the rest is told by rows. */
static void settle_policies(Builder *builder, uint32_t clause_index)
{
    const Clause *clause = &builder->rules->clauses.items[clause_index];
    const ClauseShape *shape = &builder->instances->shapes[clause_index];
    const Premise *premise = &clause->premises[clause_premise(clause, PREMISE_ACCESS_POLICY, 0)];
    const Snapshot *snapshot = builder->snapshot;
    for (uint32_t i = shape->first_instance[0]; i < shape->first_instance[1]; i++) {
        uint32_t to = builder_conclusion(builder, i);
        Term vault = instance_term(builder->instances, instance_at(builder, i), premise->variable);
        if (to == NONE || vault == NONE)
            continue;
        uint32_t resource = builder->access->tree.scopes[vault].resource;
        for (uint32_t p = 0; p < snapshot->access_policies.count; p++) {
            const AccessPolicy *policy = &snapshot->access_policies.items[p];
            if (policy->resource != resource || !policy_gives(policy, premise))
                continue;
            for (uint32_t h = 0; h < builder->holders.count; h++)
                if (builder->holders.items[h].principal == policy->principal)
                    builder_edge(builder, (Edge){.from = builder->holders.items[h].node,
                                                 .to = to,
                                                 .support = p,
                                                 .technique = clause->technique,
                                                 .support_kind = SUPPORT_POLICY,
                                                 .certainty = instance_at(builder, i)->certainty});
        }
    }
}

void build_many(Builder *builder)
{
    for (uint32_t c = 0; c < builder->rules->clauses.count; c++) {
        switch (clause_plan(&builder->rules->clauses.items[c], &builder->instances->shapes[c])) {
        case PLAN_MANY:
            settle_many(builder, c);
            break;
        case PLAN_CALLER:
            settle_relations(builder, c);
            break;
        case PLAN_POLICY:
            settle_policies(builder, c);
            break;
        case PLAN_GIVING:
        case PLAN_DIRECTORY:
        case PLAN_RIGHT:
        case PLAN_CAPABILITY:
            break;
        }
    }
}
