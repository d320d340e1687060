#include "analysis/rows.h"

#include "base/memory.h"
#include "base/text.h"
#include "graph/clause_plan.h"

#include <stdlib.h>
#include <string.h>

#define RESOURCE_GROUP_TYPE "Microsoft.Resources/subscriptions/resourceGroups"

/* Scopes in tree order, with how certain the facts at each are. */
typedef struct PlaceList {
    uint32_t *scopes;
    uint32_t *instances; /* NULL: plain resources */
    uint8_t *certainties;
    uint32_t count;
} PlaceList;

/* A capability that a right gives by itself, or a clause that ends where its right is held. */
typedef struct RowRule {
    uint32_t capability;
    uint32_t clause; /* NONE: held */
    Id type;         /* NONE: on the scope itself */
    bool wide_only;  /* of those: on subscriptions and above only */
    uint32_t *atoms; /* any of */
    uint32_t atom_count;
    PlaceList places; /* where the facts hold; of a held right: every resource of the type */
} RowRule;

struct Rows {
    const PrivilegeGraph *graph;
    const Access *access;
    const Snapshot *snapshot;
    uint32_t *first_of_type; /* per Snapshot.ids: into resource_scopes */
    uint32_t *resource_scopes;
    uint32_t *resource_prefix; /* per scope: resources and resource groups before it */
    bool *assigned_at;         /* per scope: a role is assigned exactly there */
    Id resource_group_type;
    ARRAY(RowRule) rules;
    Arena arena;
};

/* ---- lists over the tree ---- */

/* First position whose scope is at least `scope`. */
static uint32_t position(const uint32_t *scopes, uint32_t count, uint32_t scope)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (scopes[middle] < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What a scope counts as: a resource of the snapshot or one that a role is assigned at (it exists,
   exported or not), or a resource group. */
static Id countable_type(const Rows *rows, uint32_t scope)
{
    const Scope *s = &rows->access->tree.scopes[scope];
    if (s->level == SCOPE_RESOURCE_GROUP)
        return rows->resource_group_type;
    return s->resource == NONE && !rows->assigned_at[scope] ? NONE : s->type;
}

static void index_resources(Rows *rows)
{
    const ScopeTree *tree = &rows->access->tree;
    uint32_t id_count = rows->snapshot->ids.count;
    rows->first_of_type = memory_allocate(id_count + 2, sizeof(uint32_t));
    rows->resource_scopes = memory_allocate(tree->count, sizeof(uint32_t));
    rows->resource_prefix = memory_allocate(tree->count + 1, sizeof(uint32_t));
    rows->assigned_at = memory_allocate(tree->count, sizeof(bool));
    for (uint32_t g = 0; g < rows->access->grants.count; g++)
        rows->assigned_at[rows->access->grants.items[g].scope] = true;
    for (uint32_t i = 0; i < tree->count; i++) {
        Id type = countable_type(rows, i);
        rows->resource_prefix[i + 1] = rows->resource_prefix[i] + (type != NONE);
        if (type != NONE)
            rows->first_of_type[type + 2]++;
    }
    for (uint32_t i = 2; i < id_count + 2; i++)
        rows->first_of_type[i] += rows->first_of_type[i - 1];
    for (uint32_t i = 0; i < tree->count; i++) {
        Id type = countable_type(rows, i);
        if (type != NONE)
            rows->resource_scopes[rows->first_of_type[type + 1]++] = i;
    }
}

Id rows_resource_group_type(const Rows *rows)
{
    return rows->resource_group_type;
}

uint32_t rows_count(const Rows *rows, Id type, uint32_t scope)
{
    uint32_t end = rows->access->tree.scopes[scope].end;
    if (type == NONE)
        return rows->resource_prefix[end] - rows->resource_prefix[scope];
    const uint32_t *scopes = rows->resource_scopes + rows->first_of_type[type];
    uint32_t count = rows->first_of_type[type + 1] - rows->first_of_type[type];
    return position(scopes, count, end) - position(scopes, count, scope);
}

/* ---- rules ---- */

static void add_held_rule(Rows *rows, uint32_t capability, Id type, const char *action,
                          bool data_plane)
{
    uint32_t atom = atom_find(rows->access->atoms, action, data_plane ? PLANE_DATA : PLANE_CONTROL);
    if (atom == NONE)
        return;
    RowRule rule = {.capability = capability, .clause = NONE, .type = type, .atom_count = 1};
    rule.atoms = arena_allocate(&rows->arena, 1, sizeof *rule.atoms);
    rule.atoms[0] = atom;
    if (type != NONE) {
        rule.places.scopes = rows->resource_scopes + rows->first_of_type[type];
        rule.places.count = rows->first_of_type[type + 1] - rows->first_of_type[type];
    }
    ARRAY_PUSH(&rows->rules, rule);
}

/* Who may write resource groups at a subscription or above can change anything there is in it. */
static void add_whole_scope_rule(Rows *rows)
{
    uint32_t before = rows->rules.count;
    add_held_rule(rows, CAPABILITY_MANAGE, NONE, RESOURCE_GROUP_TYPE "/write", false);
    if (rows->rules.count > before)
        rows->rules.items[before].wide_only = true;
}

static void add_own_type_rules(Rows *rows, uint32_t capability, const HeldRight *held)
{
    TextBuffer action = {0};
    for (Id type = 0; type < rows->snapshot->ids.count; type++) {
        if (rows->first_of_type[type] == rows->first_of_type[type + 1])
            continue;
        text_buffer_clear(&action);
        text_append_format(&action, "%s%s", id_text(rows->snapshot, type), held->action);
        add_held_rule(rows, capability, type, action.text, held->data_plane);
    }
    text_buffer_free(&action);
}

static void add_held_rules(Rows *rows)
{
    const Rules *rules = rows->graph->rules;
    for (uint32_t c = 0; c < rules->capabilities.count; c++) {
        const Capability *capability = &rules->capabilities.items[c];
        for (uint32_t h = 0; h < capability->held_count; h++) {
            const HeldRight *held = &capability->held[h];
            if (held->own_type) {
                add_own_type_rules(rows, c, held);
                continue;
            }
            bool on_scope = text_equal(held->type, "scope");
            Id type = on_scope ? NONE : snapshot_find_id(rows->snapshot, held->type);
            if (c != CAPABILITY_ASSIGN_ROLES && (on_scope || type != NONE))
                add_held_rule(rows, c, type, held->action, held->data_plane);
        }
    }
}

typedef struct Place {
    uint32_t scope;
    uint32_t instance;
    uint8_t certainty;
} Place;

static int by_scope(const void *a, const void *b)
{
    const Place *x = a;
    const Place *y = b;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    if (x->certainty != y->certainty)
        return x->certainty < y->certainty ? -1 : 1;
    return (x->instance > y->instance) - (x->instance < y->instance);
}

/* The places of one type where the clause's facts hold, each once with its best certainty. */
static void add_clause_rule(Rows *rows, RowRule rule, Place *places, uint32_t count)
{
    rule.places.scopes = arena_allocate(&rows->arena, count, sizeof(uint32_t));
    rule.places.instances = arena_allocate(&rows->arena, count, sizeof(uint32_t));
    rule.places.certainties = arena_allocate(&rows->arena, count, 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = rule.places.count;
        if (at && rule.places.scopes[at - 1] == places[i].scope)
            continue;
        rule.places.scopes[at] = places[i].scope;
        rule.places.instances[at] = places[i].instance;
        rule.places.certainties[at] = places[i].certainty;
        rule.places.count++;
    }
    ARRAY_PUSH(&rows->rules, rule);
}

static const ScopeTree *sorted_tree; /* qsort has no context; used on one thread only */

static int by_type_then_scope(const void *a, const void *b)
{
    Id x = sorted_tree->scopes[((const Place *)a)->scope].type;
    Id y = sorted_tree->scopes[((const Place *)b)->scope].type;
    if (x != y)
        return x < y ? -1 : 1;
    return by_scope(a, b);
}

static void add_clause_rules(Rows *rows, uint32_t index)
{
    const PrivilegeGraph *graph = rows->graph;
    const Clause *clause = &graph->rules->clauses.items[index];
    const ClauseShape *shape = &graph->instances->shapes[index];
    const ScopeTree *tree = &rows->access->tree;
    if (!clause_ends_where_held(clause, shape))
        return;
    bool policy = clause_plan(clause, shape) == PLAN_POLICY;
    const Premise *premise = &clause->premises[clause_premise(
        clause, policy ? PREMISE_ACCESS_POLICY : PREMISE_PERMISSION, 0)];
    uint32_t count = shape->first_instance[1] - shape->first_instance[0];
    Place *places = memory_allocate(count, sizeof *places);
    for (uint32_t i = 0; i < count; i++) {
        const Instance *instance = &graph->instances->instances.items[shape->first_instance[0] + i];
        places[i] = (Place){instance_term(graph->instances, instance, premise->variable),
                            shape->first_instance[0] + i, instance->certainty};
    }
    sorted_tree = tree;
    if (count)
        qsort(places, count, sizeof *places, by_type_then_scope);
    RowRule rule = {.capability = clause->conclusion.capability,
                    .clause = index,
                    .atom_count = premise->permission_count};
    rule.atoms = arena_allocate(&rows->arena, premise->permission_count, sizeof *rule.atoms);
    for (uint32_t i = 0; i < premise->permission_count; i++) {
        const Permission *permission = &graph->rules->permissions.items[premise->permissions[i]];
        rule.atoms[i] = atom_find(rows->access->atoms, permission->action,
                                  permission->data_plane ? PLANE_DATA : PLANE_CONTROL);
    }
    for (uint32_t i = 0; i < count;) {
        rule.type = tree->scopes[places[i].scope].type;
        uint32_t end = i;
        while (end < count && tree->scopes[places[end].scope].type == rule.type)
            end++;
        add_clause_rule(rows, rule, places + i, end - i);
        i = end;
    }
    free(places);
}

Rows *rows_new(const PrivilegeGraph *graph)
{
    Rows *rows = memory_allocate(1, sizeof *rows);
    rows->graph = graph;
    rows->access = graph->access;
    rows->snapshot = graph->access->snapshot;
    rows->resource_group_type = snapshot_find_id(rows->snapshot, RESOURCE_GROUP_TYPE);
    index_resources(rows);
    add_held_rules(rows);
    add_whole_scope_rule(rows);
    for (uint32_t i = 0; i < graph->rules->clauses.count; i++)
        add_clause_rules(rows, i);
    return rows;
}

void rows_free(Rows *rows)
{
    if (!rows)
        return;
    free(rows->first_of_type);
    free(rows->resource_scopes);
    free(rows->resource_prefix);
    free(rows->assigned_at);
    ARRAY_FREE(&rows->rules);
    arena_free(&rows->arena);
    free(rows);
}

/* ---- pieces ---- */

static void add_piece(PieceList *pieces, Piece piece)
{
    if (pieces->count == pieces->capacity)
        pieces->items = array_grow(pieces->items, &pieces->capacity, sizeof *pieces->items);
    pieces->items[pieces->count++] = piece;
}

/* One rule being laid over a range of scopes, for who has these rights there. */
typedef struct Laying {
    const Rows *rows;
    const RowRule *rule;
    const uint64_t *certain; /* NULL: every permission */
    const uint64_t *conditional;
    bool by_policy; /* a vault's access policy gives it: no permission, no obstacle */
    uint32_t class_index;
    PieceList *pieces;
} Laying;

static uint8_t place_certainty(const RowRule *rule, uint32_t i)
{
    return rule->places.certainties ? rule->places.certainties[i] : CERTAIN;
}

/* NO: the rights do not have the atom. */
static Certainty right_certainty(const Laying *laying, uint32_t atom)
{
    if (!laying->certain || atom_set_has(laying->certain, atom))
        return CERTAIN;
    return atom_set_has(laying->conditional, atom) ? CONDITIONAL : NO;
}

/* The best of the rule's permissions, wherever nothing is in the way. */
static Certainty best_right(const Laying *laying)
{
    Certainty best = laying->by_policy ? CERTAIN : NO;
    for (uint32_t i = 0; i < laying->rule->atom_count && best != CERTAIN; i++) {
        Certainty certainty = right_certainty(laying, laying->rule->atoms[i]);
        best = certainty < best ? certainty : best;
    }
    return best;
}

/* Likewise at one scope: where a permission is denied, another one may do. */
static Certainty best_right_at(const Laying *laying, uint32_t scope)
{
    Certainty best = laying->by_policy ? CERTAIN : NO;
    for (uint32_t i = 0; i < laying->rule->atom_count && best != CERTAIN; i++) {
        uint32_t atom = laying->rule->atoms[i];
        Certainty certainty = right_certainty(laying, atom);
        if (certainty >= best)
            continue;
        Tri free =
            access_unobstructed(laying->rows->access, laying->class_index, atom, scope, NULL);
        if (free == TRI_UNKNOWN)
            certainty = certainty_worse(certainty, CONDITIONAL);
        if (free != TRI_FALSE && certainty < best)
            best = certainty;
    }
    return best;
}

static bool obstacle_touches(const Obstacle *obstacle, const Laying *laying)
{
    const RowRule *rule = laying->rule;
    for (uint32_t i = 0; i < rule->atom_count; i++)
        if (right_certainty(laying, rule->atoms[i]) != NO &&
            (atom_set_has(obstacle->denied, rule->atoms[i]) ||
             atom_set_has(obstacle->maybe, rule->atoms[i])))
            return true;
    return false;
}

/* Does some obstacle of the class speak of the permissions within the range (or above it)? */
static bool is_hindered(const Laying *laying, uint32_t scope)
{
    const Access *access = laying->rows->access;
    const ScopeTree *tree = &access->tree;
    if (laying->by_policy)
        return false;
    const ObstacleClass *class = &access->classes.items[laying->class_index];
    for (uint32_t i = 0; i < laying->rule->atom_count; i++)
        if (access_limits_touch(access, laying->class_index, laying->rule->atoms[i], scope))
            return true;
    for (uint32_t i = 0; i < class->count; i++) {
        const Obstacle *obstacle = &access->obstacles.items[class->obstacles[i]];
        bool above = obstacle->scope <= scope && scope < tree->scopes[obstacle->scope].end;
        bool below = scope <= obstacle->scope && obstacle->scope < tree->scopes[scope].end;
        if ((above || below) && obstacle_touches(obstacle, laying))
            return true;
    }
    return false;
}

/* Are the rights the same on every place in the range?  `right` gets them. */
static bool rights_are_uniform(const Laying *laying, uint32_t scope, uint32_t first, uint32_t end,
                               Certainty *right)
{
    const uint32_t *scopes = laying->rule->places.scopes;
    if (!is_hindered(laying, scope)) {
        *right = best_right(laying);
        return true;
    }
    *right = best_right_at(laying, scopes[first]);
    for (uint32_t i = first + 1; i < end; i++)
        if (best_right_at(laying, scopes[i]) != *right)
            return false;
    return true;
}

/* Are the facts the same on every resource of the type in the range? */
static bool facts_are_uniform(const Laying *laying, uint32_t scope, uint32_t first, uint32_t end)
{
    const RowRule *rule = laying->rule;
    if (!rule->places.instances)
        return true;
    if (rule->type == NONE) /* subscriptions and management groups are counted nowhere */
        return false;
    uint32_t counted = 0;
    for (uint32_t i = first; i < end; i++) {
        if (place_certainty(rule, i) != place_certainty(rule, first))
            return false;
        counted += countable_type(laying->rows, rule->places.scopes[i]) != NONE;
    }
    return counted == rows_count(laying->rows, rule->type, scope);
}

/* The capability at `scope` on the places [first, end) that lie there. */
static void lay_piece(const Laying *laying, uint32_t scope, uint32_t first, uint32_t end,
                      Certainty right)
{
    const RowRule *rule = laying->rule;
    bool single = end - first == 1 && rule->places.instances;
    if (right == NO)
        return;
    Certainty certainty = certainty_worse(right, (Certainty)place_certainty(rule, first));
    add_piece(laying->pieces, (Piece){.capability = rule->capability,
                                      .type = rule->type,
                                      .scope = scope,
                                      .resources = end - first,
                                      .clause = rule->clause,
                                      .instance = single ? rule->places.instances[first] : NONE,
                                      .certainty = (uint8_t)certainty});
}

static void lay_one(const Laying *laying, uint32_t i)
{
    uint32_t scope = laying->rule->places.scopes[i];
    lay_piece(laying, scope, i, i + 1, best_right_at(laying, scope));
}

static uint32_t child_towards(const ScopeTree *tree, uint32_t scope, uint32_t below)
{
    while (tree->scopes[below].parent != scope)
        below = tree->scopes[below].parent;
    return below;
}

/* Lays the rule over the range: as one piece if that is true, else range by range below.  The
   recursion is as deep as the tree. */
static void lay_range(const Laying *laying, uint32_t scope)
{
    const RowRule *rule = laying->rule;
    const ScopeTree *tree = &laying->rows->access->tree;
    uint32_t first = position(rule->places.scopes, rule->places.count, scope);
    uint32_t end = position(rule->places.scopes, rule->places.count, tree->scopes[scope].end);
    if (first == end)
        return;
    if (end - first == 1 && (rule->places.instances || rule->places.scopes[first] == scope)) {
        lay_one(laying, first); /* a single place is named, with its own evidence */
        return;
    }
    Certainty right;
    if (rights_are_uniform(laying, scope, first, end, &right) &&
        facts_are_uniform(laying, scope, first, end)) {
        lay_piece(laying, scope, first, end, right);
        return;
    }
    for (uint32_t i = first; i < end;) {
        if (rule->places.scopes[i] == scope) {
            lay_one(laying, i++);
            continue;
        }
        uint32_t child = child_towards(tree, scope, rule->places.scopes[i]);
        lay_range(laying, child);
        i = position(rule->places.scopes, rule->places.count, tree->scopes[child].end);
    }
}

/* Rights on the scope itself, whatever it is. */
static void lay_on_scope(const Laying *laying, uint32_t scope)
{
    const Scope *where = &laying->rows->access->tree.scopes[scope];
    if (laying->rule->wide_only && where->level > SCOPE_SUBSCRIPTION)
        return;
    Certainty certainty = best_right_at(laying, scope);
    if (certainty != NO)
        add_piece(laying->pieces, (Piece){.capability = laying->rule->capability,
                                          .type = NONE,
                                          .scope = scope,
                                          .clause = laying->rule->clause,
                                          .instance = NONE,
                                          .certainty = (uint8_t)certainty});
}

void rows_of_rights(Rows *rows, const uint64_t *certain, const uint64_t *conditional,
                    uint32_t scope, uint32_t class_index, PieceList *pieces)
{
    for (uint32_t r = 0; r < rows->rules.count; r++) {
        const RowRule *rule = &rows->rules.items[r];
        Laying laying = {.rows = rows,
                         .rule = rule,
                         .certain = certain,
                         .conditional = conditional,
                         .class_index = class_index,
                         .pieces = pieces};
        if (best_right(&laying) == NO)
            continue;
        if (rule->type == NONE && rule->clause == NONE)
            lay_on_scope(&laying, scope);
        else
            lay_range(&laying, scope);
    }
}

void rows_of_policy(const Rows *rows, const AccessPolicy *policy, PieceList *pieces)
{
    const Resource *vault = &rows->snapshot->resources.items[policy->resource];
    uint32_t scope =
        vault->id < rows->access->tree.id_count ? rows->access->tree.scope_of_id[vault->id] : NONE;
    for (uint32_t r = 0; scope != NONE && r < rows->rules.count; r++) {
        const RowRule *rule = &rows->rules.items[r];
        const Clause *clause =
            rule->clause == NONE ? NULL : &rows->graph->rules->clauses.items[rule->clause];
        uint32_t premise = clause ? clause_premise(clause, PREMISE_ACCESS_POLICY, 0) : NONE;
        if (premise == NONE || !policy_gives(policy, &clause->premises[premise]))
            continue;
        Laying laying = {.rows = rows, .rule = rule, .by_policy = true, .pieces = pieces};
        lay_range(&laying, scope);
    }
}
