#include "base/counting_sort.h"
#include "base/memory.h"
#include "graph/builder.h"
#include "graph/caller.h"
#include "graph/clause_plan.h"
#include "graph/spread.h"

#include <stdlib.h>

/* Calls `visit` for every instance of a component of a clause. */
static void each_instance(Builder *builder, uint32_t clause, uint32_t component,
                          void (*visit)(Builder *builder, const Clause *clause, uint32_t instance))
{
    const ClauseShape *shape = &builder->instances->shapes[clause];
    for (uint32_t i = shape->first_instance[component]; i < shape->first_instance[component + 1];
         i++)
        visit(builder, &builder->rules->clauses.items[clause], i);
}

/* ---- capabilities that lead on ---- */

static void want_capability_premises(Builder *builder, const Clause *clause, uint32_t instance)
{
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        Term term = premise->kind == PREMISE_CAPABILITY
                        ? term_of(builder, instance, premise->variable)
                        : NONE;
        if (term != NONE && !term_is_principal(term))
            builder_node(builder, NODE_CAPABILITY, premise->capability, term, 0);
    }
}

static void want_capability_conclusion(Builder *builder, const Clause *clause, uint32_t instance)
{
    Term term = term_of(builder, instance, clause->conclusion.variable);
    if (term != NONE && !term_is_principal(term))
        builder_node(builder, NODE_CAPABILITY, clause->conclusion.capability, term, 0);
}

static Edge step_edge(const Builder *builder, const Clause *clause, uint32_t instance,
                      uint32_t from, uint32_t to)
{
    return (Edge){.from = from,
                  .to = to,
                  .support = instance,
                  .technique = clause->technique,
                  .support_kind = SUPPORT_INSTANCE,
                  .certainty = instance_at(builder, instance)->certainty,
                  .acts_as_kind = clause->conclusion.acts_as_kind};
}

/* ---- no permission needed: capabilities alone ---- */

/* A finding that nothing has to be done for concerns who acts as its principal, or runs code on its
   resource. */
static uint32_t whom_it_concerns(Builder *builder, Term term)
{
    if (term_is_principal(term))
        return builder->graph->node_of_principal[term_index(term)];
    return builder_node(builder, NODE_CAPABILITY, CAPABILITY_RUN_CODE, term, 0);
}

static void lead_on_from_capabilities(Builder *builder, const Clause *clause, uint32_t instance)
{
    uint32_t premises[16];
    uint32_t count = 0;
    uint32_t to = builder_conclusion(builder, instance);
    for (uint32_t i = 0; i < clause->premise_count && count < 16; i++) {
        const Premise *premise = &clause->premises[i];
        if (premise->kind != PREMISE_CAPABILITY && premise->kind != PREMISE_ACTS_AS)
            continue;
        Term term = term_of(builder, instance, premise->variable);
        premises[count++] =
            premise->kind == PREMISE_ACTS_AS
                ? builder->graph->node_of_principal[term_index(term)]
                : builder_node(builder, NODE_CAPABILITY, premise->capability, term, 0);
    }
    if (!count && clause->conclusion.kind == CONCLUDES_FINDING)
        premises[count++] =
            whom_it_concerns(builder, term_of(builder, instance, clause->conclusion.variable));
    if (count && to != NONE && premises[0] != NONE)
        builder_edge(builder, step_edge(builder, clause, instance,
                                        builder_conjunction(builder, premises, count), to));
}

/* ---- one permission ---- */

/* The right, and the right to everything, lead on at the scope. */
static void add_use(Builder *builder, uint32_t right, uint32_t scope, uint32_t instance)
{
    RightUse use = {right, scope, instance, NONE, NONE};
    ARRAY_PUSH(&builder->uses, use);
}

/* Does the premise offer, before the n-th of its permissions, one that is like it? */
static bool is_offered_before(const Builder *builder, const Premise *premise, uint32_t n)
{
    const uint32_t *right_of_atom = builder->graph->right_of_atom;
    uint32_t right = right_of_atom[builder->atom_of_permission[premise->permissions[n]]];
    for (uint32_t i = 0; i < n; i++)
        if (right_of_atom[builder->atom_of_permission[premise->permissions[i]]] == right)
            return true;
    return false;
}

static void note_leading(Builder *builder, const Premise *premise)
{
    for (uint32_t i = 0; i < premise->permission_count; i++)
        builder->atom_leads[builder->atom_of_permission[premise->permissions[i]]] = true;
}

static void use_right(Builder *builder, const Clause *clause, uint32_t instance)
{
    const Premise *premise = &clause->premises[clause_premise(clause, PREMISE_PERMISSION, 0)];
    uint32_t scope = premise_scope(builder, instance_at(builder, instance), premise);
    if (scope == NONE || builder_conclusion(builder, instance) == NONE)
        return;
    for (uint32_t i = 0; i < premise->permission_count; i++) {
        uint32_t atom = builder->atom_of_permission[premise->permissions[i]];
        if (!is_offered_before(builder, premise, i))
            add_use(builder, builder->graph->right_of_atom[atom], scope, instance);
    }
    note_leading(builder, premise);
    add_use(builder, builder->graph->everything, scope, instance);
}

/*
 * The permissions of the conclusion's component in a clause that asks for more: as rights of the
 * clause's own, one for every choice among the alternatives.  Where all that is asked for is alike,
 * whoever holds one of them by a role assignment holds all.
 */
static void use_spread(Builder *builder, const Clause *clause, uint32_t instance)
{
    const Instance *target = instance_at(builder, instance);
    const ClauseShape *shape = &builder->instances->shapes[target->clause];
    SpreadPremises spread = spread_premises(clause, shape);
    uint32_t scope = premise_scope(builder, target, spread.premises[0]);
    bool gives = clause->conclusion.kind == CONCLUDES_GIVES_ROLES;
    if (scope == NONE || (!gives && builder_conclusion(builder, instance) == NONE))
        return;
    for (uint32_t choice = 0; choice < spread.choices; choice++) {
        if (spread_repeats(builder, &spread, choice))
            continue;
        add_use(builder, spread_right(builder, &spread, choice, target->clause), scope, instance);
        uint32_t alone = spread_alone(builder, &spread, choice);
        if (alone != NONE && !gives && !clause_asks_more(clause, shape))
            add_use(builder, alone, scope, instance);
    }
    for (uint32_t n = 0; n < spread.count; n++)
        note_leading(builder, spread.premises[n]);
    if (!gives) /* whoever gives everything gives it already */
        add_use(builder, builder->graph->everything, scope, instance);
}

/* The right to delete a deny assignment leads on to its being gone. */
static void use_lifting(Builder *builder, uint32_t obstacle)
{
    uint32_t scope = builder->access->obstacles.items[obstacle].scope;
    RightUse use = {builder->graph->right_of_atom[builder->delete_denies_atom], scope, NONE, NONE,
                    obstacle};
    builder->atom_leads[builder->delete_denies_atom] = true;
    ARRAY_PUSH(&builder->uses, use);
    use.right = builder->graph->everything;
    ARRAY_PUSH(&builder->uses, use);
}

static uint32_t right_of_use(const void *use)
{
    return ((const RightUse *)use)->right;
}

static uint32_t scope_of_use(const void *use)
{
    return ((const RightUse *)use)->scope;
}

void uses_sort(const Builder *builder, RightUse *uses, uint32_t count)
{
    counting_sort(uses, count, sizeof *uses, scope_of_use, builder->access->tree.count);
    counting_sort(uses, count, sizeof *uses, right_of_use, builder->graph->rights.count);
}

uint32_t uses_of(const Builder *builder, uint32_t right, uint32_t *first)
{
    if (right < builder->graph->everything)
        right = builder->graph->right_of_atom[right];
    if (right + 1 >= builder->first_use_count)
        return 0; /* a later right: nothing uses it */
    *first = builder->first_use[right];
    return builder->first_use[right + 1] - *first;
}

static uint32_t find_first_use(const Builder *builder, uint32_t right)
{
    uint32_t low = 0;
    uint32_t high = builder->uses.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (builder->uses.items[middle].right < right)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool right_leads_on(const Builder *builder, uint32_t right, uint32_t scope)
{
    const ScopeTree *tree = &builder->access->tree;
    uint32_t low = 0;
    uint32_t end = uses_of(builder, right, &low);
    end += low;
    uint32_t high = end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (builder->uses.items[middle].scope < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && builder->uses.items[low].scope < tree->scopes[scope].end;
}

static void sort_uses(Builder *builder)
{
    uses_sort(builder, builder->uses.items, builder->uses.count);
    builder->first_use_count = builder->graph->rights.count + 1;
    builder->first_use =
        arena_allocate(&builder->arena, builder->first_use_count, sizeof(uint32_t));
    for (uint32_t right = 0; right < builder->first_use_count; right++)
        builder->first_use[right] = find_first_use(builder, right);
    for (uint32_t right = 0; right + 1 < builder->first_use_count; right++)
        if (builder->first_use[right] < builder->first_use[right + 1] &&
            builder->graph->rights.items[right].clause == NONE &&
            right != builder->graph->everything)
            ARRAY_PUSH(&builder->leading_rights, right);
}

void build_uses(Builder *builder)
{
    const Rules *rules = builder->rules;
    builder->atom_leads =
        arena_allocate(&builder->arena, builder->access->atoms->atoms.count, sizeof(bool));
    for (uint32_t c = 0; c < rules->clauses.count; c++)
        for (uint32_t k = 0; k < builder->instances->shapes[c].component_count; k++)
            each_instance(builder, c, k, want_capability_premises);
    for (uint32_t c = 0; c < rules->clauses.count; c++)
        if (rules->clauses.items[c].conclusion.kind == CONCLUDES_CAPABILITY &&
            !clause_ends_where_held(&rules->clauses.items[c], &builder->instances->shapes[c]))
            each_instance(builder, c, 0, want_capability_conclusion);
    for (uint32_t c = 0; c < rules->clauses.count; c++) {
        ClausePlan plan = clause_plan(&rules->clauses.items[c], &builder->instances->shapes[c]);
        if (plan == PLAN_CAPABILITY)
            each_instance(builder, c, 0, lead_on_from_capabilities);
        else if (plan == PLAN_RIGHT)
            each_instance(builder, c, 0, use_right);
        else if (clause_spreads(&rules->clauses.items[c], &builder->instances->shapes[c]))
            each_instance(builder, c, 0, use_spread);
    }
    for (uint32_t i = 0; i < builder->lifted.count; i++)
        use_lifting(builder, builder->graph->nodes.items[builder->lifted.items[i]].a);
    sort_uses(builder);
}
