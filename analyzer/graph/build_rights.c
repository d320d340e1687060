#include "base/counting_sort.h"
#include "base/memory.h"
#include "graph/builder.h"
#include "graph/clause_plan.h"
#include "graph/gifts.h"
#include "graph/spread.h"

#include <stdlib.h>
#include <string.h>

/*
 * Joins sources (who holds a right where) with uses (where it leads on).  For one right and class,
 * the scopes of both are walked in tree order with a stack of ancestors, so each scope hangs below
 * its nearest ancestor that matters: the size is that of the lists, whatever the depth of the tree.
 * Classes that meet the same obstacles around a scope share its node.
 */

static uint32_t class_of_source(const void *source)
{
    return ((const RightSource *)source)->class_index;
}

static uint32_t right_of_source(const void *source)
{
    return ((const RightSource *)source)->right;
}

static uint32_t scope_of_source(const void *source)
{
    return ((const RightSource *)source)->scope;
}

/* By class, right and scope. */
static void sort_sources(const Builder *builder, RightSource *sources, uint32_t count)
{
    const Access *access = builder->access;
    counting_sort(sources, count, sizeof *sources, scope_of_source, access->tree.count);
    counting_sort(sources, count, sizeof *sources, right_of_source, builder->graph->rights.count);
    counting_sort(sources, count, sizeof *sources, class_of_source, access->classes.count);
}

enum { MOST_PREMISES = 16 };

/* A scope on the way down to where the walk is. */
typedef struct Ancestor {
    uint32_t scope;
    uint32_t node;
    bool is_source;
} Ancestor;

/* One right for one class; what is remembered from walk to walk says so. */
typedef struct Walk {
    Builder *builder;
    uint32_t right;
    uint32_t class_index;
    bool gives;             /* the right is of clauses that give roles */
    uint32_t number;        /* of the walk, from 1 */
    ARRAY(uint32_t) led_by; /* over all walks, per node: the first walk that came to it; 0: none */
    uint32_t *class_within; /* for all rights of the class, per scope: see access_class_within;
                               NONE: not asked yet */
    uint32_t *rest_of;      /* per clause, of everything: who meets its rest; see rest_of */
    uint32_t *found_from; /* over all walks, per technique: the node that led to its finding last */
    Certainty *found;     /* how certainly */
    RightUse *everything; /* over all walks: the uses of everything; NULL: not asked yet */
    uint32_t everything_count;
    Ancestor *ancestors; /* outermost first */
    uint32_t depth;
    uint32_t capacity;
} Walk;

/* Whom roles are given to is told by the class itself. */
static uint32_t class_within(Walk *walk, uint32_t scope)
{
    if (walk->gives)
        return walk->class_index;
    uint32_t *class = &walk->class_within[scope];
    if (*class == NONE)
        *class = access_class_within(walk->builder->growing_access, walk->class_index, scope);
    return *class;
}

static uint32_t right_node(Walk *walk, uint32_t scope)
{
    uint32_t node =
        builder_node(walk->builder, NODE_RIGHT, walk->right, scope, class_within(walk, scope));
    while (walk->led_by.count <= node)
        ARRAY_PUSH(&walk->led_by, 0);
    if (!walk->led_by.items[node])
        walk->led_by.items[node] = walk->number;
    return node;
}

static void leave_ancestors(Walk *walk, uint32_t scope)
{
    const ScopeTree *tree = &walk->builder->access->tree;
    while (walk->depth && tree->scopes[walk->ancestors[walk->depth - 1].scope].end <= scope)
        walk->depth--;
}

/* Leaves the ancestors that do not contain the scope; hangs it below the innermost that does.
   Returns its node. */
static uint32_t enter_scope(Walk *walk, uint32_t scope, bool is_source)
{
    leave_ancestors(walk, scope);
    Ancestor *last = walk->depth ? &walk->ancestors[walk->depth - 1] : NULL;
    if (last && last->scope == scope) {
        last->is_source |= is_source;
        return last->node;
    }
    uint32_t node = right_node(walk, scope);
    if (last)
        builder_edge(walk->builder, structure_edge(last->node, node, CERTAIN));
    if (walk->depth == walk->capacity)
        walk->ancestors = array_grow(walk->ancestors, &walk->capacity, sizeof *walk->ancestors);
    walk->ancestors[walk->depth++] = (Ancestor){scope, node, is_source};
    return node;
}

/* Another class with the same obstacles came to the node before: what follows from it alone is
   there already. */
static bool is_led_on(const Walk *walk, uint32_t node)
{
    return walk->led_by.items[node] != walk->number;
}

static bool below_some_source(const Walk *walk, uint32_t scope)
{
    const ScopeTree *tree = &walk->builder->access->tree;
    for (uint32_t d = walk->depth; d--;)
        if (scope < tree->scopes[walk->ancestors[d].scope].end)
            return true;
    return false;
}

/* Is one of the premise's permissions free of obstacles for the class? */
static Tri premise_is_free(const Builder *builder, const Premise *premise, uint32_t class_index,
                           uint32_t scope)
{
    Tri best = TRI_FALSE;
    for (uint32_t i = 0; i < premise->permission_count && best != TRI_TRUE; i++)
        best = tri_or(best, access_unobstructed(
                                builder->access, class_index,
                                builder->atom_of_permission[premise->permissions[i]], scope, NULL));
    return best;
}

/* Can all permissions of the walk's right be used at the scope?  Of everything: what the clause
   asks for there. */
static Tri right_is_free(const Walk *walk, const Clause *clause, const ClauseShape *shape,
                         uint32_t scope)
{
    const Builder *builder = walk->builder;
    const Right *right = &builder->graph->rights.items[walk->right];
    Tri free = TRI_TRUE;
    for (uint32_t i = 0; i < right->atom_count; i++)
        free = tri_and(free, access_unobstructed(builder->access, walk->class_index,
                                                 right->atoms[i], scope, NULL));
    for (uint32_t i = 0; !right->atom_count && i < clause->premise_count; i++)
        if (clause->premises[i].kind == PREMISE_PERMISSION &&
            shape->component_of[clause->premises[i].variable] == 0)
            free = tri_and(
                free, premise_is_free(builder, &clause->premises[i], walk->class_index, scope));
    return free;
}

/* What must be reached besides the right: capabilities and principals that were taken.  False: a
   principal that nobody can act as. */
static bool add_taken(Builder *builder, const Instance *instance, const Clause *clause,
                      uint32_t *premises, uint32_t *count)
{
    const ClauseShape *shape = &builder->instances->shapes[instance->clause];
    for (uint32_t i = 0; i < clause->premise_count && *count < MOST_PREMISES; i++) {
        const Premise *premise = &clause->premises[i];
        if ((premise->kind != PREMISE_CAPABILITY && premise->kind != PREMISE_ACTS_AS) ||
            shape->component_of[premise->variable] != instance->component)
            continue; /* what other components ask for was settled with the caller */
        Term term = instance_term(builder->instances, instance, premise->variable);
        uint32_t node = premise->kind == PREMISE_CAPABILITY
                            ? builder_node(builder, NODE_CAPABILITY, premise->capability, term, 0)
                            : builder->graph->node_of_principal[term_index(term)];
        if (node == NONE)
            return false;
        premises[(*count)++] = node;
    }
    return true;
}

/* Does whoever gives itself everything with these obstacles begin as one of the class?  A class
   that nothing unlimited was worked out for goes with any. */
static bool is_spread_of(const Builder *builder, uint32_t freed, uint32_t recipients)
{
    bool known = false;
    for (uint32_t i = 0; i < builder->spread_classes.count; i++) {
        const SpreadClass *class = &builder->spread_classes.items[i];
        if (class->recipients == recipients && class->freed == freed)
            return true;
        known |= class->recipients == recipients;
    }
    return !known;
}

static Edge step_edge(const Walk *walk, const RightUse *use, const uint32_t *premises,
                      uint32_t count, Certainty certainty)
{
    Builder *builder = walk->builder;
    const Instance *instance = &builder->instances->instances.items[use->instance];
    const Clause *clause = &builder->rules->clauses.items[instance->clause];
    return (Edge){.from = count > 1 ? builder_conjunction(builder, premises, count) : premises[0],
                  .support = use->instance,
                  .technique = clause->technique,
                  .support_kind = SUPPORT_INSTANCE,
                  .certainty = (uint8_t)certainty,
                  .acts_as_kind = clause->conclusion.acts_as_kind};
}

static void lead_on_from(const Walk *walk, const RightUse *use, const uint32_t *premises,
                         uint32_t count, uint32_t to, Certainty certainty)
{
    Edge edge = step_edge(walk, use, premises, count, certainty);
    edge.to = to;
    builder_edge(walk->builder, edge);
}

enum { NOT_ASKED = NONE - 1, ANY_KIND = 2 };

/* The callers that meet the rest of the clause, of all classes that come to these obstacles by
   giving themselves everything: one node, or NONE. */
static uint32_t find_rest(const Walk *walk, uint32_t clause)
{
    Builder *builder = walk->builder;
    uint32_t found = NONE;
    for (uint32_t k = 0; k < builder->classes.count; k++)
        for (uint32_t is_user = 0; is_user < 2; is_user++) {
            uint32_t c = builder->classes.items[k];
            uint32_t rest = privilege_graph_find(builder->graph, NODE_SUPPORT, clause, c, is_user);
            if (rest == NONE || !is_spread_of(builder, walk->class_index, c))
                continue;
            uint32_t any = builder_node(builder, NODE_SUPPORT, clause, walk->class_index, ANY_KIND);
            builder_edge(builder, structure_edge(rest, any, CERTAIN));
            found = any;
        }
    return found;
}

static uint32_t rest_of(const Walk *walk, uint32_t clause)
{
    if (walk->rest_of[clause] == NOT_ASKED)
        walk->rest_of[clause] = find_rest(walk, clause);
    return walk->rest_of[clause];
}

/* Does the instance's finding follow from the right alone, whatever else was taken? */
static bool is_mere_finding(const Clause *clause)
{
    return clause->conclusion.kind == CONCLUDES_FINDING &&
           clause_premise(clause, PREMISE_CAPABILITY, 0) == NONE &&
           clause_premise(clause, PREMISE_ACTS_AS, 0) == NONE;
}

/* The scope is of no matter to a finding: it follows where the right comes from, once. */
static void find(Walk *walk, const RightUse *use, const Clause *clause, uint32_t to,
                 Certainty certainty)
{
    leave_ancestors(walk, use->scope);
    uint32_t d = walk->depth - 1;
    while (!walk->ancestors[d].is_source)
        d--;
    uint32_t from = walk->ancestors[d].node;
    uint32_t technique = clause->technique;
    if (walk->found_from[technique] == from && walk->found[technique] <= certainty)
        return;
    walk->found_from[technique] = from;
    walk->found[technique] = certainty;
    lead_on_from(walk, use, &from, 1, to, certainty);
}

/* The class of the walk is what is left of that of the callers once they have deleted what they
   can, or under a condition: roles are given to their own class. */
static void give_to_askers(const Walk *walk, Edge edge, uint32_t scope)
{
    Builder *builder = walk->builder;
    const ObstacleClass *classes = builder->access->classes.items;
    uint32_t class_index = walk->class_index;
    bool freed = false;
    while (classes[class_index].limit != NONE)
        class_index = classes[class_index].unlimited;
    for (uint32_t i = 0; i < builder->freed_askers.count; i++) {
        if (builder->freed_askers.items[i].freed != class_index)
            continue;
        give_everything(builder, edge, scope, builder->freed_askers.items[i].recipients, NONE);
        freed = true;
    }
    if (!freed)
        give_everything(builder, edge, scope, class_index, NONE);
}

/* Likewise to giving roles. */
static void lead_on_to_giving(Walk *walk, const RightUse *use)
{
    Builder *builder = walk->builder;
    const Instance *instance = &builder->instances->instances.items[use->instance];
    const Clause *clause = &builder->rules->clauses.items[instance->clause];
    const ClauseShape *shape = &builder->instances->shapes[instance->clause];
    Term scope = instance_term(builder->instances, instance, clause->conclusion.variable);
    Tri free = right_is_free(walk, clause, shape, use->scope);
    uint32_t premises[MOST_PREMISES + 2] = {enter_scope(walk, use->scope, false)};
    uint32_t count = 1;
    if (scope == NONE || term_is_principal(scope) || free == TRI_FALSE ||
        !add_taken(builder, instance, clause, premises, &count))
        return;
    Certainty certainty = certainty_worse((Certainty)instance->certainty,
                                          free == TRI_UNKNOWN ? CONDITIONAL : CERTAIN);
    give_to_askers(walk, step_edge(walk, use, premises, count, certainty), scope);
}

/* The edge from who holds the right to what the instance concludes, unless it is denied there. */
static void lead_on(Walk *walk, const RightUse *use)
{
    Builder *builder = walk->builder;
    const Instance *instance = &builder->instances->instances.items[use->instance];
    const Clause *clause = &builder->rules->clauses.items[instance->clause];
    const ClauseShape *shape = &builder->instances->shapes[instance->clause];
    uint32_t to = builder_conclusion(builder, use->instance);
    Tri free = to == NONE ? TRI_FALSE : right_is_free(walk, clause, shape, use->scope);
    if (free == TRI_FALSE)
        return;
    Certainty certainty = certainty_worse((Certainty)instance->certainty,
                                          free == TRI_UNKNOWN ? CONDITIONAL : CERTAIN);
    /* Whoever has the clause's own right meets its rest; everything is for anybody. */
    bool asks_rest = walk->right == builder->graph->everything &&
                     clause_plan(clause, shape) == PLAN_CALLER && clause_asks_more(clause, shape);
    if (!asks_rest && is_mere_finding(clause)) {
        find(walk, use, clause, to, certainty);
        return;
    }
    uint32_t premises[MOST_PREMISES + 2] = {enter_scope(walk, use->scope, false)};
    uint32_t count = 1;
    if ((!asks_rest && is_led_on(walk, premises[0])) ||
        !add_taken(builder, instance, clause, premises, &count))
        return;
    if (asks_rest)
        premises[count++] = rest_of(walk, instance->clause);
    if (premises[count - 1] != NONE)
        lead_on_from(walk, use, premises, count, to, certainty);
}

/* Is the gift for callers of the class? */
static bool is_gift_for(const Walk *walk, uint32_t class_index, uint32_t scope)
{
    Access *access = walk->builder->growing_access;
    uint32_t own = walk->class_index;
    if (!gift_is_for_any_class(&walk->builder->graph->rights.items[walk->right]))
        return true; /* or it would not be used */
    while (access->classes.items[own].limit != NONE)
        own = access->classes.items[own].unlimited;
    return access_class_within(access, own, scope) ==
           access_class_within(access, class_index, scope);
}

/* Everything, or a gift, meets a need, unless that is denied there. */
static void meet_need(Walk *walk, const RightUse *use)
{
    Builder *builder = walk->builder;
    const Need *need = &builder->needs.items[use->need];
    const Right *right = &builder->graph->rights.items[walk->right];
    Tri free = TRI_TRUE;
    if (right->gift ? !is_gift_for(walk, need->class_index, use->scope)
                    : !is_spread_of(builder, walk->class_index, need->class_index))
        return;
    if (right->gift)
        free = access_unobstructed(builder->access, walk->class_index, right->atoms[0], use->scope,
                                   NULL);
    else if (need->premise)
        free = premise_is_free(builder, need->premise, walk->class_index, use->scope);
    if (free != TRI_FALSE)
        builder_edge(builder, structure_edge(enter_scope(walk, use->scope, false), need->node,
                                             free == TRI_TRUE ? CERTAIN : CONDITIONAL));
}

/* Of the technique that deletes deny assignments at the scope; NONE when the catalogue has none. */
static uint32_t lifting_instance(const Builder *builder, uint32_t scope)
{
    for (uint32_t c = 0; c < builder->rules->clauses.count; c++) {
        const Clause *clause = &builder->rules->clauses.items[c];
        const ClauseShape *shape = &builder->instances->shapes[c];
        uint32_t premise = clause_premise(clause, PREMISE_PERMISSION, 0);
        if (premise == NONE || clause->premise_count != 1 ||
            clause->conclusion.kind != CONCLUDES_FINDING ||
            builder->atom_of_permission[clause->premises[premise].permissions[0]] !=
                builder->delete_denies_atom)
            continue;
        for (uint32_t i = shape->first_instance[0]; i < shape->first_instance[1]; i++)
            if (instance_term(builder->instances, &builder->instances->instances.items[i],
                              clause->premises[premise].variable) == scope)
                return i;
    }
    return NONE;
}

/* Who may delete the deny assignment does, unless that is denied too. */
static void lift(Walk *walk, const RightUse *use)
{
    Builder *builder = walk->builder;
    Tri free = access_unobstructed(builder->access, walk->class_index, builder->delete_denies_atom,
                                   use->scope, NULL);
    uint32_t from = enter_scope(walk, use->scope, false);
    if (free == TRI_FALSE || is_led_on(walk, from))
        return;
    uint32_t instance = lifting_instance(builder, use->scope);
    Edge edge = {.from = from,
                 .to = builder_node(builder, NODE_LIFTED, use->lifts, 0, 0),
                 .support = instance,
                 .technique = NONE,
                 .support_kind = instance == NONE ? SUPPORT_NONE : SUPPORT_INSTANCE,
                 .certainty = free == TRI_TRUE ? CERTAIN : CONDITIONAL};
    if (instance != NONE) {
        uint32_t clause = builder->instances->instances.items[instance].clause;
        edge.technique = builder->rules->clauses.items[clause].technique;
    }
    builder_edge(builder, edge);
}

static bool offers(const Builder *builder, const Premise *premise, uint32_t atom)
{
    for (uint32_t i = 0; i < premise->permission_count; i++)
        if (builder->atom_of_permission[premise->permissions[i]] == atom)
            return true;
    return false;
}

/* Of several alike atoms, of which only this one is held, does the use ask for no other? */
static bool is_enough(const Walk *walk, const RightUse *use)
{
    const Builder *builder = walk->builder;
    if (!right_is_partial(builder->graph, walk->right))
        return true;
    if (use->instance == NONE)
        return walk->right == builder->delete_denies_atom;
    uint32_t index = builder->instances->instances.items[use->instance].clause;
    const Clause *clause = &builder->rules->clauses.items[index];
    for (uint32_t i = 0; i < clause->premise_count; i++)
        if (clause->premises[i].kind == PREMISE_PERMISSION &&
            !offers(builder, &clause->premises[i], walk->right))
            return false;
    return true;
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
            builder_edge(walk->builder, (Edge){.from = source->from,
                                               .to = enter_scope(walk, source->scope, true),
                                               .support = source->support,
                                               .technique = NONE,
                                               .support_kind = source->support_kind,
                                               .certainty = source->certainty});
            continue;
        }
        const RightUse *use = &uses[u++];
        if (!below_some_source(walk, use->scope) || !is_enough(walk, use))
            continue;
        if (walk->gives)
            lead_on_to_giving(walk, use);
        else if (use->instance != NONE)
            lead_on(walk, use);
        else if (use->lifts != NONE)
            lift(walk, use);
        else
            meet_need(walk, use);
    }
}

/* The uses of everything: by instances, and by needs that came up since the uses were sorted. */
static uint32_t uses_of_everything(const Builder *builder, RightUse **uses)
{
    uint32_t first = 0;
    uint32_t by_instances = uses_of(builder, builder->graph->everything, &first);
    uint32_t count = by_instances + builder->need_uses.count;
    *uses = memory_allocate(count + 1, sizeof **uses);
    if (by_instances)
        memcpy(*uses, builder->uses.items + first, by_instances * sizeof **uses);
    if (builder->need_uses.count)
        memcpy(*uses + by_instances, builder->need_uses.items,
               builder->need_uses.count * sizeof **uses);
    uses_sort(builder, *uses, count);
    return count;
}

static void begin_walk(Walk *walk, uint32_t right, uint32_t class_index)
{
    const Builder *builder = walk->builder;
    bool other_class = !walk->number || walk->class_index != class_index;
    for (uint32_t s = 0; other_class && s < builder->access->tree.count; s++)
        walk->class_within[s] = NONE;
    for (uint32_t c = 0; other_class && c < builder->rules->clauses.count; c++)
        walk->rest_of[c] = NOT_ASKED;
    walk->number++;
    walk->right = right;
    walk->class_index = class_index;
}

static Walk walk_new(Builder *builder, bool gives)
{
    const Rules *rules = builder->rules;
    Walk walk = {.builder = builder,
                 .gives = gives,
                 .class_within = memory_allocate(builder->access->tree.count, sizeof(uint32_t)),
                 .rest_of = memory_allocate(rules->clauses.count, sizeof(uint32_t)),
                 .found_from = memory_allocate(rules->techniques.count, sizeof(uint32_t)),
                 .found = memory_allocate(rules->techniques.count, sizeof(Certainty))};
    for (uint32_t t = 0; t < rules->techniques.count; t++)
        walk.found_from[t] = NONE;
    return walk;
}

static void walk_free(Walk *walk)
{
    ARRAY_FREE(&walk->led_by);
    free(walk->class_within);
    free(walk->rest_of);
    free(walk->found_from);
    free(walk->found);
    free(walk->ancestors);
    free(walk->everything);
}

/* What the walk's right leads on to. */
static const RightUse *uses_of_walk(Walk *walk, uint32_t *count)
{
    Builder *builder = walk->builder;
    uint32_t first = 0;
    if (walk->right == builder->graph->everything) {
        if (!walk->everything)
            walk->everything_count = uses_of_everything(builder, &walk->everything);
        *count = walk->everything_count;
        return walk->everything;
    }
    bool is_gift = builder->graph->rights.items[walk->right].gift;
    *count = is_gift ? uses_of_gift(builder, walk->right, &first)
                     : uses_of(builder, walk->right, &first);
    return (is_gift ? builder->gift_uses.items : builder->uses.items) + first;
}

/* Walks right by right. */
static void walk_all(Walk *walk, RightSource *sources, uint32_t count)
{
    sort_sources(walk->builder, sources, count);
    for (uint32_t i = 0; i < count;) {
        uint32_t end = i;
        while (end < count && sources[end].right == sources[i].right &&
               sources[end].class_index == sources[i].class_index)
            end++;
        begin_walk(walk, sources[i].right, sources[i].class_index);
        uint32_t use_count;
        const RightUse *uses = uses_of_walk(walk, &use_count);
        walk_right(walk, sources + i, end - i, uses, use_count);
        i = end;
    }
    walk_free(walk);
}

void lead_sources(Builder *builder, RightSource *sources, uint32_t count)
{
    Walk walk = walk_new(builder, false);
    walk_all(&walk, sources, count);
}

void build_rights(Builder *builder)
{
    lead_sources(builder, builder->sources.items, builder->sources.count);
}

static bool gives_roles(const Builder *builder, const RightSource *source)
{
    uint32_t clause = builder->graph->rights.items[source->right].clause;
    return clause != NONE &&
           builder->rules->clauses.items[clause].conclusion.kind == CONCLUDES_GIVES_ROLES;
}

/* Giving adds other sources. */
void build_giving_rights(Builder *builder)
{
    ARRAY(RightSource) giving = {0};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < builder->sources.count; i++)
        if (gives_roles(builder, &builder->sources.items[i]))
            ARRAY_PUSH(&giving, builder->sources.items[i]);
        else
            builder->sources.items[kept++] = builder->sources.items[i];
    builder->sources.count = kept;
    Walk walk = walk_new(builder, true);
    walk_all(&walk, giving.items, giving.count);
    ARRAY_FREE(&giving);
}
