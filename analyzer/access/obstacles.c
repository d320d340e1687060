#include "access/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- locks ---- */

/* https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
   A lock can itself be deleted or changed by who may do that, whatever it locks. */
bool lock_stops(const Lock *lock, const char *action, Plane plane)
{
    if (plane != PLANE_CONTROL ||
        text_starts_with_any_case(action, "Microsoft.Authorization/locks/"))
        return false;
    return lock->read_only ? !text_ends_with_any_case(action, "/read")
                           : text_ends_with_any_case(action, "/delete");
}

static AtomSet atoms_that_lock_stops(Access *access, bool read_only)
{
    AtomSet set = atom_set_new(access);
    const Lock lock = {.read_only = read_only};
    for (uint32_t i = 0; i < access->atoms->atoms.count; i++)
        if (lock_stops(&lock, access->atoms->atoms.items[i].action,
                       access->atoms->atoms.items[i].plane))
            atom_set_add(set, i);
    return set;
}

static bool somebody_may_delete_locks(const Access *access)
{
    for (uint32_t i = 0; i < access->grants.count; i++) {
        const Grant *grant = &access->grants.items[i];
        Tri deletes = access->right_sets.items[grant->rights].locks_delete;
        if (deletes == TRI_UNKNOWN || (deletes == TRI_TRUE && grant->certainty != CERTAIN))
            return true;
    }
    /* a group of unknown place gives its rights by assumption */
    return access->tree.assumed.count > 0;
}

static void add_locks(Access *access)
{
    const Snapshot *snapshot = access->snapshot;
    if (!snapshot->locks.count)
        return;
    AtomSet nothing = atom_set_new(access);
    AtomSet read_only = atoms_that_lock_stops(access, true);
    AtomSet no_delete = atoms_that_lock_stops(access, false);
    bool twins = somebody_may_delete_locks(access);
    for (uint32_t i = 0; i < snapshot->locks.count; i++) {
        const Lock *lock = &snapshot->locks.items[i];
        AtomSet stopped = lock->read_only ? read_only : no_delete;
        Obstacle obstacle = {.is_lock = true,
                             .record = lock->record,
                             .index = i,
                             .scope = access->tree.scope_of_id[lock->scope],
                             .denied = stopped,
                             .maybe = nothing};
        if (obstacle.scope == NONE)
            continue;
        ARRAY_PUSH(&access->obstacles, obstacle);
        obstacle.unsure = true;
        obstacle.denied = nothing;
        obstacle.maybe = stopped;
        if (twins)
            ARRAY_PUSH(&access->obstacles, obstacle);
    }
}

/* ---- deny assignments ---- */

/* Somebody may be excluded through a group, and no memberships were exported to tell whom. */
static bool exclusion_is_open(const Snapshot *snapshot, const DenyAssignment *deny)
{
    if (snapshot->exported[RECORD_GROUP_MEMBER])
        return false;
    for (uint32_t i = 0; i < deny->excluded_count; i++) {
        PrincipalKind kind = snapshot->principals.items[deny->excluded[i]].kind;
        if (kind == PRINCIPAL_GROUP || kind == PRINCIPAL_UNKNOWN)
            return true;
    }
    return false;
}

static void cover_block(Access *access, const ParsedCondition *of_block, const uint64_t *atoms,
                        ConditionContext *context, Obstacle *obstacle)
{
    for (uint32_t atom = 0; atom < access->atoms->atoms.count; atom++) {
        if (!atom_set_has(atoms, atom))
            continue;
        context->action = access->atoms->atoms.items[atom].action;
        Tri holds = tri_and(condition_holds(obstacle->condition, context),
                            condition_holds(of_block, context));
        if (holds != TRI_FALSE)
            atom_set_add(
                holds == TRI_TRUE && !obstacle->unsure ? obstacle->denied : obstacle->maybe, atom);
    }
}

static void cover(Access *access, PatternSets *sets, const DenyAssignment *deny, Arena *scratch,
                  Obstacle *obstacle)
{
    ScopeAttributes attributes;
    scope_attributes(access,
                     interned_text(&access->snapshot->ids, access->tree.scopes[obstacle->scope].id),
                     scratch, &attributes);
    ConditionContext context = {.reading = access->reading,
                                .bindings = attributes.bindings,
                                .binding_count = attributes.count};
    obstacle->condition = condition_of_text(access, deny->condition);
    obstacle->block_conditions = arena_allocate(&access->arena, deny->block_count, sizeof(void *));
    for (uint32_t b = 0; b < deny->block_count; b++) {
        obstacle->block_conditions[b] = condition_of_block(access, deny->blocks[b].condition);
        cover_block(access, obstacle->block_conditions[b], block_atoms(sets, &deny->blocks[b]),
                    &context, obstacle);
    }
    arena_reset(scratch);
}

static void add_denies(Access *access)
{
    const Snapshot *snapshot = access->snapshot;
    PatternSets *sets = pattern_sets_new(access);
    Arena scratch = {0};
    for (uint32_t i = 0; i < snapshot->deny_assignments.count; i++) {
        const DenyAssignment *deny = &snapshot->deny_assignments.items[i];
        Obstacle obstacle = {.unsure = exclusion_is_open(snapshot, deny),
                             .record = deny->record,
                             .index = i,
                             .scope = access->tree.scope_of_id[deny->scope],
                             .here_only = deny->not_for_child_scopes};
        if (deny->audit_only || obstacle.scope == NONE)
            continue;
        obstacle.denied = atom_set_new(access);
        obstacle.maybe = atom_set_new(access);
        cover(access, sets, deny, &scratch, &obstacle);
        for (uint32_t w = 0; w < access->set_words; w++)
            obstacle.maybe[w] &= ~obstacle.denied[w];
        ARRAY_PUSH(&access->obstacles, obstacle);
    }
    arena_free(&scratch);
    pattern_sets_free(sets);
}

static int by_scope_then_kind(const void *a, const void *b)
{
    const Obstacle *left = a, *right = b;
    if (left->scope != right->scope)
        return left->scope < right->scope ? -1 : 1;
    if (left->is_lock != right->is_lock)
        return left->is_lock ? 1 : -1;
    if (left->index != right->index)
        return left->index < right->index ? -1 : 1;
    return left->unsure - right->unsure;
}

/* Obstacles come by scope: a group is noted once. */
static void note_place(Access *access, uint32_t scope)
{
    uint64_t bit = UINT64_C(1) << (scope % 64);
    bool noted = access->scope_has_obstacle[scope / 64] & bit;
    access->scope_has_obstacle[scope / 64] |= bit;
    if (access->tree.scopes[scope].level != SCOPE_MANAGEMENT_GROUP || noted)
        return;
    uint32_t end, assumed = scope_assumed_of(&access->tree, scope, &end);
    if (assumed < end || access->tree.scopes[scope].chain_unknown)
        ARRAY_PUSH(&access->loose_groups, scope);
}

void obstacles_build(Access *access)
{
    add_denies(access);
    add_locks(access);
    uint32_t count = access->obstacles.count;
    if (count)
        qsort(access->obstacles.items, count, sizeof *access->obstacles.items, by_scope_then_kind);
    access->scope_has_obstacle =
        memory_allocate(access->tree.count / 64 + 1, sizeof *access->scope_has_obstacle);
    for (uint32_t i = 0; i < count; i++)
        note_place(access, access->obstacles.items[i].scope);
    obstacle_classes_build(access);
}

/* ---- asking ---- */

uint32_t first_obstacle_from(const Access *access, uint32_t scope)
{
    uint32_t low = 0, high = access->obstacles.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (access->obstacles.items[middle].scope < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Tri deny_covers(const Access *access, const Obstacle *obstacle, const Ask *ask)
{
    const DenyAssignment *deny = &access->snapshot->deny_assignments.items[obstacle->index];
    Tri covered = TRI_FALSE;
    for (uint32_t b = 0; b < deny->block_count && covered != TRI_TRUE; b++)
        if (block_covers(&deny->blocks[b], ask, access->reading))
            covered = tri_or(covered, condition_holds(obstacle->block_conditions[b], ask->context));
    if (covered != TRI_FALSE)
        covered = tri_and(covered, condition_holds(obstacle->condition, ask->context));
    return obstacle->unsure ? tri_and(covered, TRI_UNKNOWN) : covered;
}

Tri stops_ask(const Access *access, const Obstacle *obstacle, const Ask *ask)
{
    if (!obstacle->is_lock)
        return deny_covers(access, obstacle, ask);
    const Lock *lock = &access->snapshot->locks.items[obstacle->index];
    if (!lock_stops(lock, ask->action, ask->plane))
        return TRI_FALSE;
    return obstacle->unsure ? TRI_UNKNOWN : TRI_TRUE;
}

static Tri stops_atom(const Obstacle *obstacle, uint32_t atom)
{
    return atom_set_has(obstacle->denied, atom)  ? TRI_TRUE
           : atom_set_has(obstacle->maybe, atom) ? TRI_UNKNOWN
                                                 : TRI_FALSE;
}

/* Position in the class's list of its first obstacle at `scope` or behind. */
static uint32_t class_position(const Access *access, const ObstacleClass *own, uint32_t scope)
{
    uint32_t low = 0, high = own->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (access->obstacles.items[own->obstacles[middle]].scope < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What is asked of each obstacle: an atom, or an action that need not be one. */
typedef struct Passage {
    const Access *access;
    const ObstacleClass *own;
    const ScopeTarget *target;
    const Ask *ask; /* NULL: `atom` */
    uint32_t atom;
    bool with_locks;
    Tri stopped;
    uint32_t decider; /* the obstacle that `stopped` comes from, or NONE */
} Passage;

static void meet(Passage *passage, uint32_t index, bool assumed)
{
    const Obstacle *obstacle = &passage->access->obstacles.items[index];
    bool elsewhere = obstacle->here_only &&
                     (obstacle->scope != passage->target->scope || !passage->target->exact);
    if (elsewhere || (obstacle->is_lock && !passage->with_locks))
        return;
    Tri stops = passage->ask ? stops_ask(passage->access, obstacle, passage->ask)
                             : stops_atom(obstacle, passage->atom);
    if (assumed)
        stops = tri_and(stops, TRI_UNKNOWN);
    if (stops <= passage->stopped)
        return;
    passage->stopped = stops;
    passage->decider = index;
}

static void meet_those_at(Passage *passage, uint32_t scope, bool assumed)
{
    const Access *access = passage->access;
    if (!(access->scope_has_obstacle[scope / 64] >> (scope % 64) & 1))
        return;
    for (uint32_t i = class_position(access, passage->own, scope);
         i < passage->own->count &&
         access->obstacles.items[passage->own->obstacles[i]].scope == scope;
         i++)
        meet(passage, passage->own->obstacles[i], assumed);
}

/* Upward from the scope, and to the groups that are only assumed to be above it. */
static Tri pass(Passage *passage, uint32_t *decider)
{
    const ScopeTree *tree = &passage->access->tree;
    passage->decider = NONE;
    for (uint32_t at = passage->target->scope; at != NONE && passage->own->count;
         at = tree->scopes[at].parent)
        meet_those_at(passage, at, false);
    for (uint32_t i = 0; i < passage->access->loose_groups.count && passage->own->count; i++) {
        uint32_t group = passage->access->loose_groups.items[i];
        if (scope_contains_target(tree, group, passage->target) == ASSUMED)
            meet_those_at(passage, group, true);
    }
    if (!passage->ask && passage->stopped != TRI_TRUE &&
        limits_stop(passage->access, passage->own, passage->atom, passage->target->scope)) {
        passage->stopped = TRI_TRUE;
        passage->decider = NONE;
    }
    if (decider)
        *decider = passage->decider;
    return tri_not(passage->stopped);
}

Tri access_unobstructed(const Access *access, uint32_t obstacle_class, uint32_t atom,
                        uint32_t scope, uint32_t *obstacle)
{
    ScopeTarget target = {.scope = scope, .exact = true};
    Passage passage = {.access = access,
                       .own = &access->classes.items[obstacle_class],
                       .target = &target,
                       .atom = atom,
                       .with_locks = true};
    return pass(&passage, obstacle);
}

bool access_is_clear(const Access *access, uint32_t scope)
{
    if (access->loose_groups.count)
        return false;
    for (uint32_t at = scope; at != NONE; at = access->tree.scopes[at].parent)
        if (access->scope_has_obstacle[at / 64] >> (at % 64) & 1)
            return false;
    return true;
}

Tri unobstructed(const Access *access, uint32_t obstacle_class, const Ask *ask,
                 const ScopeTarget *target, bool with_locks, uint32_t *obstacle)
{
    Passage passage = {.access = access,
                       .own = &access->classes.items[obstacle_class],
                       .target = target,
                       .ask = ask,
                       .with_locks = with_locks};
    return pass(&passage, obstacle);
}
