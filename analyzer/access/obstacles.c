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
        access->scope_has_obstacle[access->obstacles.items[i].scope / 64] |=
            UINT64_C(1) << (access->obstacles.items[i].scope % 64);
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

static Tri stops_ask(const Access *access, const Obstacle *obstacle, const Ask *ask)
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

/* What is asked of each obstacle on the way up: an atom, or an action that need not be one. */
typedef struct Passage {
    const Ask *ask; /* NULL: `atom` */
    uint32_t atom;
    bool with_locks;
    bool exact; /* the scope is the one asked about, not the nearest known above it */
} Passage;

static Tri pass_upward(const Access *access, uint32_t obstacle_class, const Passage *passage,
                       uint32_t scope, uint32_t *decider)
{
    const ObstacleClass *own = &access->classes.items[obstacle_class];
    Tri stopped = TRI_FALSE;
    uint32_t found = NONE;
    for (uint32_t at = scope; at != NONE && own->count; at = access->tree.scopes[at].parent) {
        if (!(access->scope_has_obstacle[at / 64] >> (at % 64) & 1))
            continue;
        for (uint32_t i = class_position(access, own, at); i < own->count; i++) {
            const Obstacle *obstacle = &access->obstacles.items[own->obstacles[i]];
            if (obstacle->scope != at)
                break;
            bool elsewhere = obstacle->here_only && (at != scope || !passage->exact);
            if (elsewhere || (obstacle->is_lock && !passage->with_locks))
                continue;
            Tri stops = passage->ask ? stops_ask(access, obstacle, passage->ask)
                                     : stops_atom(obstacle, passage->atom);
            if (stops > stopped) {
                stopped = stops;
                found = own->obstacles[i];
            }
        }
    }
    if (decider)
        *decider = found;
    return tri_not(stopped);
}

Tri access_unobstructed(const Access *access, uint32_t obstacle_class, uint32_t atom,
                        uint32_t scope, uint32_t *obstacle)
{
    Passage passage = {.atom = atom, .with_locks = true, .exact = true};
    return pass_upward(access, obstacle_class, &passage, scope, obstacle);
}

Tri unobstructed(const Access *access, uint32_t obstacle_class, const Ask *ask,
                 const ScopeTarget *target, bool with_locks, uint32_t *obstacle)
{
    Passage passage = {.ask = ask, .with_locks = with_locks, .exact = target->exact};
    return pass_upward(access, obstacle_class, &passage, target->scope, obstacle);
}
