#include "base/memory.h"
#include "graph/builder.h"

#include <stdlib.h>

/*
 * Joins sources (who holds a right where) with uses (where it leads on).  For one right and class,
 * the scopes of both are walked in tree order with a stack of ancestors, so each scope hangs below
 * its nearest ancestor that matters: the size is that of the lists, whatever the depth of the tree.
 */

static int by_right_class_scope(const void *a, const void *b)
{
    const RightSource *x = a;
    const RightSource *y = b;
    if (x->right != y->right)
        return x->right < y->right ? -1 : 1;
    if (x->class_index != y->class_index)
        return x->class_index < y->class_index ? -1 : 1;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

enum { MOST_PREMISES = 16 };

typedef struct Walk {
    Builder *builder;
    uint32_t right;
    uint32_t class_index;
    uint32_t *ancestors; /* scopes that have a node, outermost first */
    uint32_t depth;
    uint32_t capacity;
} Walk;

static uint32_t right_node(const Walk *walk, uint32_t scope)
{
    return builder_node(walk->builder, NODE_RIGHT, walk->right, scope, walk->class_index);
}

/* Leaves the ancestors that do not contain the scope; hangs it below the innermost that does. */
static void enter_scope(Walk *walk, uint32_t scope)
{
    const ScopeTree *tree = &walk->builder->access->tree;
    while (walk->depth && tree->scopes[walk->ancestors[walk->depth - 1]].end <= scope)
        walk->depth--;
    if (walk->depth && walk->ancestors[walk->depth - 1] == scope)
        return;
    if (walk->depth)
        builder_edge(walk->builder,
                     (Edge){.from = right_node(walk, walk->ancestors[walk->depth - 1]),
                            .to = right_node(walk, scope),
                            .support = NONE,
                            .technique = NONE,
                            .support_kind = SUPPORT_NONE,
                            .certainty = CERTAIN});
    if (walk->depth == walk->capacity)
        walk->ancestors = array_grow(walk->ancestors, &walk->capacity, sizeof *walk->ancestors);
    walk->ancestors[walk->depth++] = scope;
}

static bool below_some_source(const Walk *walk, uint32_t scope)
{
    const ScopeTree *tree = &walk->builder->access->tree;
    for (uint32_t d = walk->depth; d--;)
        if (scope < tree->scopes[walk->ancestors[d]].end)
            return true;
    return false;
}

/* The edge from who holds the right to what the instance concludes, unless it is denied there. */
static void lead_on(Walk *walk, const RightUse *use)
{
    Builder *builder = walk->builder;
    const Instance *instance = &builder->instances->instances.items[use->instance];
    const Clause *clause = &builder->rules->clauses.items[instance->clause];
    const ClauseShape *shape = &builder->instances->shapes[instance->clause];
    uint32_t to = builder_conclusion(builder, use->instance);
    uint32_t atom = builder->graph->rights.items[walk->right].atom;
    Tri free = access_unobstructed(builder->access, walk->class_index, atom, use->scope, NULL);
    if (to == NONE || free == TRI_FALSE)
        return;
    uint32_t from = right_node(walk, use->scope);
    uint32_t premises[MOST_PREMISES] = {from};
    uint32_t premise_count = 1;
    for (uint32_t i = 0; i < clause->premise_count && premise_count < MOST_PREMISES; i++) {
        const Premise *premise = &clause->premises[i];
        if ((premise->kind != PREMISE_CAPABILITY && premise->kind != PREMISE_ACTS_AS) ||
            shape->component_of[premise->variable] != instance->component)
            continue; /* what other components ask for was settled with the caller */
        Term term = instance_term(builder->instances, instance, premise->variable);
        premises[premise_count++] =
            premise->kind == PREMISE_CAPABILITY
                ? builder_node(builder, NODE_CAPABILITY, premise->capability, term, 0)
                : builder->graph->node_of_principal[term_index(term)];
        if (premises[premise_count - 1] == NONE)
            return; /* nobody can act as it */
    }
    if (premise_count > 1)
        from = builder_conjunction(builder, premises, premise_count);
    builder_edge(builder, (Edge){.from = from,
                                 .to = to,
                                 .support = use->instance,
                                 .technique = clause->technique,
                                 .support_kind = SUPPORT_INSTANCE,
                                 .certainty = (uint8_t)certainty_worse(
                                     (Certainty)instance->certainty,
                                     free == TRI_UNKNOWN ? CONDITIONAL : CERTAIN),
                                 .acts_as_kind = clause->conclusion.acts_as_kind});
}

/* All sources and uses of one right for one class, merged in tree order. */
static void walk_right(Walk *walk, const RightSource *sources, uint32_t source_count,
                       const RightUse *uses, uint32_t use_count)
{
    uint32_t s = 0;
    uint32_t u = 0;
    walk->depth = 0;
    while (s < source_count || u < use_count) {
        bool source_next =
            s < source_count && (u == use_count || sources[s].scope <= uses[u].scope);
        if (source_next) {
            const RightSource *source = &sources[s++];
            enter_scope(walk, source->scope);
            builder_edge(walk->builder, (Edge){.from = source->from,
                                               .to = right_node(walk, source->scope),
                                               .support = source->support,
                                               .technique = NONE,
                                               .support_kind = source->support_kind,
                                               .certainty = source->certainty});
            continue;
        }
        const RightUse *use = &uses[u++];
        if (!below_some_source(walk, use->scope))
            continue;
        enter_scope(walk, use->scope);
        if (use->instance != NONE)
            lead_on(walk, use);
    }
}

void build_rights(Builder *builder)
{
    if (!builder->sources.count || !builder->uses.count)
        return;
    qsort(builder->sources.items, builder->sources.count, sizeof *builder->sources.items,
          by_right_class_scope);
    Walk walk = {.builder = builder};
    for (uint32_t i = 0; i < builder->sources.count;) {
        const RightSource *first = &builder->sources.items[i];
        uint32_t end = i;
        while (end < builder->sources.count && builder->sources.items[end].right == first->right &&
               builder->sources.items[end].class_index == first->class_index)
            end++;
        uint32_t use = first_use_of(builder, first->right);
        uint32_t use_end = first_use_of(builder, first->right + 1);
        walk.right = first->right;
        walk.class_index = first->class_index;
        walk_right(&walk, first, end - i, builder->uses.items + use, use_end - use);
        i = end;
    }
    free(walk.ancestors);
}
