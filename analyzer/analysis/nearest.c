#include "analysis/nearest.h"

#include "base/memory.h"
#include "base/text.h"
#include "graph/clause_plan.h"
#include "graph/instance.h"

#include <stdlib.h>
#include <string.h>

/*
 * Backwards from the target: whatever would lead on to it if it were had is a goal, with the number
 * of steps from there.  For every goal, each way to conclude on it is laid against what the start
 * has; the ways that lack one thing are the near misses.  What is taken (capabilities, identities)
 * is no missing thing: where it can be had it is a goal itself.
 */

enum { MOST_GOALS = 2000, MOST_CALLERS = 64, FAR = UINT32_MAX };

typedef ARRAY(NearMiss) NearMissList;

typedef struct NearSearch {
    const Parts *parts;
    const Target *target;
    const Search *reached; /* its last run: everything the start reaches, assumed or not */
    Arena *arena;
    uint32_t *steps; /* per graph node: from there to the target; FAR: it does not lead there */
    uint32_t *callers;
    uint32_t caller_count;
    bool *role_in_use; /* per Access.roles: some assignment gives it */
    NearMissList misses;
    /* of the way at hand */
    const Clause *clause;
    uint32_t steps_from_goal;
} NearSearch;

/* ---- goals ---- */

static bool is_reached(const NearSearch *near, uint32_t node)
{
    return node != NONE && search_label(near->reached, node) != NULL;
}

/* The premise is all that the conjunction lacks. */
static bool rest_is_reached(const NearSearch *near, const Conjunction *all, uint32_t premise)
{
    for (uint32_t p = 0; p < all->premise_count; p++) {
        uint32_t node = near->parts->graph.premises.items[all->first_premise + p];
        if (node != premise && !is_reached(near, node))
            return false;
    }
    return true;
}

typedef ARRAY(uint32_t) NodeQueue;

static void come_nearer(NearSearch *near, NodeQueue *queue, uint32_t node, uint32_t steps)
{
    if (is_reached(near, node) || steps >= near->steps[node])
        return;
    near->steps[node] = steps;
    ARRAY_PUSH(queue, node);
}

static void find_goals(NearSearch *near)
{
    const PrivilegeGraph *graph = &near->parts->graph;
    Incoming in = incoming_new(graph);
    NodeQueue queue = {0};
    near->steps = memory_allocate(graph->nodes.count, sizeof *near->steps);
    memset(near->steps, 0xff, graph->nodes.count * sizeof *near->steps);
    for (uint32_t i = 0; i < near->target->ends.count; i++) {
        const TargetEnd *end = &near->target->ends.items[i];
        come_nearer(near, &queue, end->end.node, target_end_distance(near->target, end) ? 1 : 0);
    }
    for (uint32_t i = 0; i < queue.count; i++) {
        uint32_t node = queue.items[i];
        for (uint32_t e = in.first[node]; e < in.first[node + 1]; e++) {
            const Edge *edge = &graph->edges.items[in.order[e]];
            come_nearer(near, &queue, edge->from,
                        near->steps[node] + (edge->technique != NONE ? 1 : 0));
        }
        if (graph->nodes.items[node].kind != NODE_ALL)
            continue;
        const Conjunction *all = &graph->conjunctions.items[graph->nodes.items[node].a];
        for (uint32_t p = 0; p < all->premise_count; p++) {
            uint32_t premise = graph->premises.items[all->first_premise + p];
            if (rest_is_reached(near, all, premise))
                come_nearer(near, &queue, premise, near->steps[node]);
        }
    }
    ARRAY_FREE(&queue);
    incoming_free(&in);
}

/* ---- what the start has ---- */

static void add_caller(NearSearch *near, uint32_t principal)
{
    if (near->caller_count == MOST_CALLERS ||
        !is_reached(near, near->parts->graph.node_of_principal[principal]))
        return;
    for (uint32_t i = 0; i < near->caller_count; i++)
        if (near->callers[i] == principal)
            return;
    near->callers[near->caller_count++] = principal;
}

/* Those that the start begins with, then those that it takes. */
static void find_callers(NearSearch *near, const Start *start)
{
    const PrivilegeGraph *graph = &near->parts->graph;
    near->callers = memory_allocate(MOST_CALLERS, sizeof *near->callers);
    for (uint32_t i = 0; i < start->own_count; i++)
        add_caller(near, start->own[i]);
    for (uint32_t n = 0; n < graph->nodes.count && near->caller_count < MOST_CALLERS; n++)
        if (graph->nodes.items[n].kind == NODE_PRINCIPAL)
            add_caller(near, graph->nodes.items[n].a);
}

static bool grant_gives_here(const Access *access, const Grant *grant, uint32_t caller,
                             uint32_t atom, uint32_t scope)
{
    if (grant->certainty == ELIGIBLE && !access_can_activate(access, caller))
        return false;
    const RightSet *rights = access_rights_at(access, grant, scope);
    return (atom_set_has(rights->certain, atom) || atom_set_has(rights->conditional, atom)) &&
           scope_contains(&access->tree, grant->scope, scope) <= ASSUMED &&
           access_unobstructed(access, access->class_of[caller], atom, scope, NULL) != TRI_FALSE;
}

static bool principal_gives(const Access *access, uint32_t principal, uint32_t caller,
                            uint32_t atom, uint32_t scope)
{
    for (uint32_t g = access->first_grant[principal]; g < access->first_grant[principal + 1]; g++)
        if (grant_gives_here(access, &access->grants.items[g], caller, atom, scope))
            return true;
    return false;
}

static bool caller_has_atom(const Access *access, uint32_t caller, uint32_t atom, uint32_t scope)
{
    if (principal_gives(access, caller, caller, atom, scope))
        return true;
    for (uint32_t g = access->first_group[caller]; g < access->first_group[caller + 1]; g++)
        if (principal_gives(access, access->groups[g], caller, atom, scope))
            return true;
    return false;
}

static uint32_t premise_atom(const NearSearch *near, const Premise *premise, uint32_t i)
{
    const Permission *permission = &near->parts->rules->permissions.items[premise->permissions[i]];
    return atom_find(near->parts->access->atoms, permission->action,
                     permission->data_plane ? PLANE_DATA : PLANE_CONTROL);
}

static bool caller_has_permission(const NearSearch *near, uint32_t caller, const Premise *premise,
                                  uint32_t scope)
{
    for (uint32_t i = 0; i < premise->permission_count; i++) {
        uint32_t atom = premise_atom(near, premise, i);
        if (atom != NONE && caller_has_atom(near->parts->access, caller, atom, scope))
            return true;
    }
    return false;
}

static bool caller_has_policy(const NearSearch *near, uint32_t caller, const Premise *premise,
                              uint32_t scope)
{
    const Parts *parts = near->parts;
    uint32_t vault = parts->access->tree.scopes[scope].resource;
    for (uint32_t p = parts->first_policy[caller]; p < parts->first_policy[caller + 1]; p++) {
        const AccessPolicy *policy =
            &parts->snapshot->access_policies.items[parts->policy_order[p]];
        if (policy->resource == vault && policy_gives(policy, premise))
            return true;
    }
    return false;
}

static bool is_of_kind(const NearSearch *near, uint32_t caller, const Premise *premise)
{
    const char *kind = principal_kind_word(near->parts->snapshot->principals.items[caller].kind);
    for (uint32_t i = 0; i < premise->values.count; i++)
        if (text_equal(premise->values.items[i], kind))
            return true;
    return false;
}

/* ---- words ---- */

static void find_roles_in_use(NearSearch *near)
{
    const Access *access = near->parts->access;
    near->role_in_use = memory_allocate(access->roles.count, sizeof *near->role_in_use);
    for (uint32_t g = 0; g < access->grants.count; g++)
        near->role_in_use[access->grants.items[g].role] = true;
}

/* The role that gives the atom and the least besides, one that the tenant uses if possible; or
   NULL. */
static const char *least_role(const NearSearch *near, uint32_t atom)
{
    const Access *access = near->parts->access;
    const char *best = NULL;
    uint32_t fewest = UINT32_MAX;
    for (uint32_t r = 0; r < access->roles.count; r++) {
        const Role *role = &access->roles.items[r];
        uint32_t bits = near->role_in_use[r] ? 0 : UINT32_MAX / 2;
        if (!role->definition->name || !atom_set_has(role->atoms, atom))
            continue;
        for (uint32_t w = 0; w < access->set_words; w++)
            bits += (uint32_t)__builtin_popcountll(role->atoms[w]);
        if (bits >= fewest)
            continue;
        fewest = bits;
        best = role->definition->name;
    }
    return best;
}

static const char *term_words(const NearSearch *near, Term term)
{
    if (term == NONE)
        return "some place";
    return term_is_principal(term) ? principal_name(near->parts->snapshot, term_index(term))
                                   : scope_name(near->parts, term);
}

static void fill_permission(const NearSearch *near, NearMiss *miss, const char *action,
                            uint32_t atom, Term on)
{
    miss->kind = "permission";
    miss->needs = action;
    miss->role = atom == NONE ? NULL : least_role(near, atom);
    miss->text = arena_format(near->arena, "would need %s on %s%s%s%s", action,
                              term_words(near, on), miss->role ? " (for example as " : "",
                              miss->role ? miss->role : "", miss->role ? ")" : "");
}

static const char *value_list(const NearSearch *near, const Premise *premise)
{
    TextBuffer text = {0};
    for (uint32_t i = 0; i < premise->values.count; i++)
        text_append_format(&text, "%s%s", i ? " or " : "", premise->values.items[i]);
    const char *list = arena_copy_text(near->arena, text.text ? text.text : "set");
    text_buffer_free(&text);
    return list;
}

static void fill_property(const NearSearch *near, NearMiss *miss, const NearInstance *way)
{
    const Premise *premise = way->failed;
    bool must_not = premise->negated != way->failed_is_void;
    miss->kind = "property";
    miss->needs = premise->property;
    miss->record = way->failed_record;
    miss->text = arena_format(near->arena, "would need %s of %s %s %s; it is %s", premise->property,
                              term_words(near, way->terms[premise->variable]),
                              must_not ? "not to be" : "to be", value_list(near, premise),
                              way->failed_value ? way->failed_value : "not set");
}

/* ---- ways that lack one thing ---- */

typedef struct Lack {
    const Premise *premise;
    uint32_t count;
} Lack;

/* What the caller lacks of the clause; counting ends at two. */
static Lack what_caller_lacks(const NearSearch *near, uint32_t caller, const NearInstance *way)
{
    Lack lack = {NULL, 0};
    const PrivilegeGraph *graph = &near->parts->graph;
    for (uint32_t i = 0; i < near->clause->premise_count && lack.count < 2; i++) {
        const Premise *premise = &near->clause->premises[i];
        Term term = premise->variable == NONE ? NONE : way->terms[premise->variable];
        bool scope = term != NONE && !term_is_principal(term);
        bool has = true;
        if (premise->kind == PREMISE_PERMISSION)
            has = scope && caller_has_permission(near, caller, premise, term);
        else if (premise->kind == PREMISE_ACCESS_POLICY)
            has = scope && caller_has_policy(near, caller, premise, term);
        else if (premise->kind == PREMISE_CALLER_KIND)
            has = is_of_kind(near, caller, premise);
        else if (premise->kind == PREMISE_CAPABILITY)
            has = scope && is_reached(near, privilege_graph_find(graph, NODE_CAPABILITY,
                                                                 premise->capability, term, 0));
        else if (premise->kind == PREMISE_ACTS_AS)
            has = term != NONE && is_reached(near, graph->node_of_principal[term_index(term)]);
        else if (premise->kind != PREMISE_RELATION && premise->kind != PREMISE_PROPERTY)
            has = false;
        if (has)
            continue;
        lack.premise = premise;
        lack.count++;
    }
    return lack;
}

/* How bad the capability is, whatever the resource. */
static Severity capability_severity(const NearSearch *near, uint32_t capability)
{
    ReachRow row = {.scope = 0, .capability = capability};
    return row_severity(near->parts, &row);
}

static void keep_miss(NearSearch *near, NearMiss miss, const NearInstance *way)
{
    const Technique *technique = &near->parts->rules->techniques.items[near->clause->technique];
    miss.technique = technique->id;
    miss.steps = near->steps_from_goal + 1;
    miss.severity = near->clause->conclusion.kind == CONCLUDES_CAPABILITY
                        ? capability_severity(near, near->clause->conclusion.capability)
                        : SEVERITY_CRITICAL;
    miss.certainty = way->certainty;
    miss.then = clause_words_of_terms(near->parts, near->arena, near->clause, way->terms);
    ARRAY_PUSH(&near->misses, miss);
}

static void visit_way(void *context, const NearInstance *way)
{
    NearSearch *near = context;
    for (uint32_t c = 0; c < near->caller_count; c++) {
        uint32_t caller = near->callers[c];
        Lack lack = what_caller_lacks(near, caller, way);
        NearMiss miss = {.record = NONE, .holder = caller, .on = NONE};
        if (lack.count + (way->failed != NULL) != 1)
            continue;
        const Premise *premise = way->failed ? way->failed : lack.premise;
        miss.on = way->terms[premise->variable == NONE ? 0 : premise->variable];
        if (way->failed)
            fill_property(near, &miss, way);
        else if (premise->kind == PREMISE_PERMISSION && premise->permission_count &&
                 miss.on != NONE && !term_is_principal(miss.on))
            fill_permission(near, &miss,
                            near->parts->rules->permissions.items[premise->permissions[0]].action,
                            premise_atom(near, premise, 0), miss.on);
        else
            continue;
        keep_miss(near, miss, way);
        return;
    }
}

/* Every way of the clauses that conclude on the term. */
static void find_ways(NearSearch *near, ConclusionKind kind, uint32_t capability, Term on,
                      uint32_t steps)
{
    const Parts *parts = near->parts;
    for (uint32_t c = 0; c < parts->rules->clauses.count; c++) {
        const Clause *clause = &parts->rules->clauses.items[c];
        if (clause->conclusion.kind != kind || clause->conclusion.variable == NONE ||
            (kind == CONCLUDES_CAPABILITY && clause->conclusion.capability != capability) ||
            parts->technique_left_out[clause->technique])
            continue;
        near->clause = clause;
        near->steps_from_goal = steps;
        instances_near(&parts->instances, parts->access, parts->rules, &parts->relations, c, on,
                       visit_way, near);
    }
}

static void find_held(NearSearch *near, uint32_t capability)
{
    const Parts *parts = near->parts;
    uint32_t scope = near->target->what.index;
    const char *type = id_text(parts->snapshot, parts->access->tree.scopes[scope].type);
    const Capability *it = &parts->rules->capabilities.items[capability];
    for (uint32_t h = 0; type && h < it->held_count; h++) {
        const HeldRight *held = &it->held[h];
        if (!held->own_type && !text_equal_any_case(held->type, type) &&
            !text_equal(held->type, "scope"))
            continue;
        const char *action =
            held->own_type ? arena_format(near->arena, "%s%s", type, held->action) : held->action;
        NearMiss miss = {.record = NONE,
                         .holder = near->caller_count ? near->callers[0] : NONE,
                         .on = scope,
                         .technique = "held-grant",
                         .severity = capability_severity(near, capability),
                         .steps = 1,
                         .certainty = CERTAIN};
        fill_permission(
            near, &miss, action,
            atom_find(parts->access->atoms, action, held->data_plane ? PLANE_DATA : PLANE_CONTROL),
            scope);
        miss.then = arena_format(near->arena, "%s %s", it->text, scope_name(parts, scope));
        ARRAY_PUSH(&near->misses, miss);
        return;
    }
}

static void find_at_target(NearSearch *near)
{
    const Target *target = near->target;
    if (target->what.kind == ENTITY_PRINCIPAL) {
        find_ways(near, CONCLUDES_ACTS_AS, NONE, target->what.index | TERM_PRINCIPAL, 0);
        return;
    }
    for (uint32_t c = 0; c < CAPABILITY_COUNT; c++) {
        if (target->capability == NONE ? c == CAPABILITY_VIEW : c != target->capability)
            continue;
        find_ways(near, CONCLUDES_CAPABILITY, c, target->what.index, 0);
        find_held(near, c);
    }
}

static void find_at_goals(NearSearch *near)
{
    const PrivilegeGraph *graph = &near->parts->graph;
    uint32_t goals = 0;
    for (uint32_t n = 0; n < graph->nodes.count && goals < MOST_GOALS; n++) {
        const Node *node = &graph->nodes.items[n];
        if (near->steps[n] == FAR)
            continue;
        if (node->kind == NODE_PRINCIPAL)
            find_ways(near, CONCLUDES_ACTS_AS, NONE, node->a | TERM_PRINCIPAL, near->steps[n]);
        else if (node->kind == NODE_CAPABILITY)
            find_ways(near, CONCLUDES_CAPABILITY, node->a, node->b, near->steps[n]);
        else if (node->kind == NODE_MEMBER && near->caller_count) {
            NearMiss miss = {.kind = "membership",
                             .needs = "membership",
                             .record = NONE,
                             .holder = near->callers[0],
                             .on = node->a | TERM_PRINCIPAL,
                             .technique = "held-grant",
                             .steps = near->steps[n],
                             .certainty = CERTAIN};
            miss.text = arena_format(near->arena, "would need to be a member of %s",
                                     principal_name(near->parts->snapshot, node->a));
            miss.then = "uses what the group holds";
            ARRAY_PUSH(&near->misses, miss);
        } else {
            continue;
        }
        goals++;
    }
}

/* ---- ranking ---- */

static int kind_rank(const NearMiss *miss)
{
    return text_equal(miss->kind, "property") ? 0 : text_equal(miss->kind, "membership") ? 2 : 1;
}

static int by_nearness(const void *a, const void *b)
{
    const NearMiss *x = a;
    const NearMiss *y = b;
    if (kind_rank(x) != kind_rank(y))
        return kind_rank(x) - kind_rank(y);
    if (x->certainty != y->certainty)
        return x->certainty < y->certainty ? -1 : 1;
    if (x->steps != y->steps)
        return x->steps < y->steps ? -1 : 1;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    int order = strcmp(x->text, y->text);
    return order ? order : strcmp(x->technique, y->technique);
}

static bool is_direct(const NearSearch *near, const NearMiss *miss)
{
    Entity what = near->target->what;
    return miss->on == (what.kind == ENTITY_SCOPE ? what.index : what.index | TERM_PRINCIPAL);
}

/* That a right on the target itself would do is no news: two of those are told while there are
   others. */
static void tell(const NearSearch *near, NearMiss **misses, uint32_t *count)
{
    enum { MOST_DIRECT = 2 };
    bool *told = memory_allocate(near->misses.count, sizeof *told);
    uint32_t chosen = 0, direct = 0;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < near->misses.count && chosen < NEAR_MISSES_TOLD; i++) {
            const NearMiss *miss = &near->misses.items[i];
            bool repeats = i && text_equal(miss->text, miss[-1].text);
            bool obvious = is_direct(near, miss) && !text_equal(miss->kind, "property");
            if (told[i] || repeats || (!pass && obvious && direct == MOST_DIRECT))
                continue;
            told[i] = true;
            direct += obvious;
            chosen++;
        }
    *misses = arena_allocate(near->arena, chosen + 1, sizeof **misses);
    *count = 0;
    for (uint32_t i = 0; i < near->misses.count; i++)
        if (told[i])
            (*misses)[(*count)++] = near->misses.items[i];
    free(told);
}

void near_misses_find(const Target *target, const Start *start, const Search *reached, Arena *arena,
                      NearMiss **misses, uint32_t *count)
{
    NearSearch near = {
        .parts = target->parts, .target = target, .reached = reached, .arena = arena};
    find_goals(&near);
    find_callers(&near, start);
    find_roles_in_use(&near);
    find_at_target(&near);
    find_at_goals(&near);
    if (near.misses.count)
        qsort(near.misses.items, near.misses.count, sizeof *near.misses.items, by_nearness);
    tell(&near, misses, count);
    ARRAY_FREE(&near.misses);
    free(near.steps);
    free(near.callers);
    free(near.role_in_use);
}
