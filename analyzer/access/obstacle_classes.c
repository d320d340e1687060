#include "access/internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * Whom the obstacles concern.  Everybody has the same ones, but for what a deny assignment names or
 * excludes and for locks that somebody may delete.  These differences are changes on a principal
 * and hold for the members of a group too; principals with the same changes share a class.
 */
typedef enum ChangeKind {
    CHANGE_ADD,            /* a deny names the principal */
    CHANGE_REMOVE,         /* a deny excludes it */
    CHANGE_LOCKS_ELIGIBLE, /* it may be able to once it has activated a role: for users */
    CHANGE_LOCKS_UNSURE,   /* it may be able to delete the locks of the range */
    CHANGE_LOCKS_GONE,     /* it can delete the locks of the range */
    CHANGE_KINDS           /* applied in this order: excluding beats naming */
} ChangeKind;

typedef struct Change {
    uint32_t principal;
    ChangeKind kind;
    uint32_t first; /* obstacles */
    uint32_t end;
} Change;

/* A deny that keeps the right to delete a lock from whom it was granted. */
typedef struct Guard {
    uint32_t lock; /* obstacles */
    uint32_t deny;
} Guard;

typedef struct Concerning {
    Access *access;
    uint32_t words;      /* of one bit per obstacle */
    uint64_t *everybody; /* obstacles of who is named nowhere */
    uint64_t *row;       /* of the principal being worked on */
    ARRAY(Change) changes;
    uint32_t *first_change; /* per principal */
    ARRAY(Guard) guards;    /* by lock */
    Interner signatures; /* principals of a membership that have changes -> `class_of_signature` */
    uint32_t *class_of_signature;
} Concerning;

static bool has_bit(const uint64_t *row, uint32_t bit)
{
    return row[bit / 64] >> (bit % 64) & 1;
}

static void set_bit(uint64_t *row, uint32_t bit, bool value)
{
    uint64_t mask = UINT64_C(1) << (bit % 64);
    row[bit / 64] = value ? row[bit / 64] | mask : row[bit / 64] & ~mask;
}

/* ---- gathering the changes ---- */

static void change_denies(Concerning *who)
{
    const Access *access = who->access;
    for (uint32_t i = 0; i < access->obstacles.count; i++) {
        const Obstacle *obstacle = &access->obstacles.items[i];
        if (obstacle->is_lock) {
            set_bit(who->everybody, i, !obstacle->unsure);
            continue;
        }
        const DenyAssignment *deny = &access->snapshot->deny_assignments.items[obstacle->index];
        set_bit(who->everybody, i, deny->everyone);
        for (uint32_t k = 0; k < deny->principal_count && !deny->everyone; k++)
            ARRAY_PUSH(&who->changes, ((Change){deny->principals[k], CHANGE_ADD, i, i + 1}));
        for (uint32_t k = 0; k < deny->excluded_count; k++)
            ARRAY_PUSH(&who->changes, ((Change){deny->excluded[k], CHANGE_REMOVE, i, i + 1}));
    }
}

static void change_locks_below(Concerning *who, uint32_t principal, uint32_t scope, ChangeKind kind)
{
    const Access *access = who->access;
    Change change = {principal, kind, first_obstacle_from(access, scope),
                     first_obstacle_from(access, access->tree.scopes[scope].end)};
    if (change.first < change.end)
        ARRAY_PUSH(&who->changes, change);
}

static void change_locks(Concerning *who)
{
    const Access *access = who->access;
    for (uint32_t i = 0; i < access->grants.count && access->snapshot->locks.count; i++) {
        const Grant *grant = &access->grants.items[i];
        Tri deletes = access->right_sets.items[grant->rights].locks_delete;
        if (deletes == TRI_FALSE)
            continue;
        bool eligible = grant->certainty == ELIGIBLE;
        ChangeKind unsure = eligible ? CHANGE_LOCKS_ELIGIBLE : CHANGE_LOCKS_UNSURE;
        bool surely = deletes == TRI_TRUE && grant->certainty == CERTAIN;
        change_locks_below(who, grant->principal, grant->scope,
                           surely ? CHANGE_LOCKS_GONE : unsure);
        uint32_t end, assumed = scope_assumed_of(&access->tree, grant->scope, &end);
        for (; assumed < end; assumed++)
            change_locks_below(who, grant->principal,
                               access->tree.assumed.items[assumed].subscription, unsure);
    }
}

static int by_principal_then_kind(const void *a, const void *b)
{
    const Change *left = a, *right = b;
    if (left->principal != right->principal)
        return left->principal < right->principal ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return left->first < right->first ? -1 : left->first > right->first;
}

static void group_changes(Concerning *who)
{
    uint32_t principals = who->access->snapshot->principals.count;
    if (who->changes.count)
        qsort(who->changes.items, who->changes.count, sizeof *who->changes.items,
              by_principal_then_kind);
    who->first_change = memory_allocate((size_t)principals + 1, sizeof *who->first_change);
    for (uint32_t i = 0; i < who->changes.count; i++)
        who->first_change[who->changes.items[i].principal + 1]++;
    for (uint32_t p = 0; p < principals; p++)
        who->first_change[p + 1] += who->first_change[p];
}

static void find_guards(Concerning *who)
{
    const Access *access = who->access;
    ConditionContext context = {.action = LOCKS_DELETE, .reading = access->reading};
    Ask ask = {LOCKS_DELETE, PLANE_CONTROL, &context};
    for (uint32_t i = 0; i < access->obstacles.count; i++) {
        const Obstacle *lock = &access->obstacles.items[i];
        if (!lock->is_lock || lock->unsure)
            continue;
        for (uint32_t at = lock->scope; at != NONE; at = access->tree.scopes[at].parent) {
            uint32_t k = has_bit(access->scope_has_obstacle, at) ? first_obstacle_from(access, at)
                                                                 : access->obstacles.count;
            for (; k < access->obstacles.count && access->obstacles.items[k].scope == at; k++) {
                const Obstacle *deny = &access->obstacles.items[k];
                if (!deny->is_lock && (!deny->here_only || at == lock->scope) &&
                    deny_covers(access, deny, &ask) == TRI_TRUE)
                    ARRAY_PUSH(&who->guards, ((Guard){i, k}));
            }
        }
    }
}

/* ---- applying them ---- */

static bool is_guarded(const Concerning *who, uint32_t lock)
{
    uint32_t low = 0, high = who->guards.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (who->guards.items[middle].lock < lock)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < who->guards.count && who->guards.items[low].lock == lock; low++)
        if (has_bit(who->row, who->guards.items[low].deny))
            return true;
    return false;
}

static void open_lock(Concerning *who, uint32_t lock, bool surely)
{
    const Access *access = who->access;
    if (is_guarded(who, lock))
        return;
    bool has_twin = lock + 1 < access->obstacles.count &&
                    access->obstacles.items[lock + 1].is_lock &&
                    access->obstacles.items[lock + 1].index == access->obstacles.items[lock].index;
    set_bit(who->row, lock, false);
    if (has_twin)
        set_bit(who->row, lock + 1, !surely);
}

static void apply(Concerning *who, const Change *change)
{
    for (uint32_t i = change->first; i < change->end; i++) {
        const Obstacle *obstacle = &who->access->obstacles.items[i];
        if (change->kind == CHANGE_ADD || change->kind == CHANGE_REMOVE)
            set_bit(who->row, i, change->kind == CHANGE_ADD);
        else if (obstacle->is_lock && !obstacle->unsure)
            open_lock(who, i, change->kind == CHANGE_LOCKS_GONE);
    }
}

static void apply_of(Concerning *who, uint32_t principal, ChangeKind kind)
{
    for (uint32_t i = who->first_change[principal]; i < who->first_change[principal + 1]; i++)
        if (who->changes.items[i].kind == kind)
            apply(who, &who->changes.items[i]);
}

static uint32_t class_of_bits(Access *access, const uint64_t *row, uint32_t words)
{
    uint32_t known = access->class_rows.count;
    uint32_t id = intern_bytes(&access->class_rows, (const char *)row, words * sizeof *row);
    if (id < known)
        return access->class_of_row.items[id];
    ObstacleClass made = {.limit = NONE, .unlimited = NONE};
    for (uint32_t w = 0; w < words; w++)
        made.count += (uint32_t)__builtin_popcountll(row[w]);
    made.obstacles = arena_allocate(&access->arena, made.count, sizeof *made.obstacles);
    for (uint32_t w = 0, k = 0; w < words; w++)
        for (uint64_t bits = row[w]; bits; bits &= bits - 1)
            made.obstacles[k++] = w * 64 + (uint32_t)__builtin_ctzll(bits);
    uint32_t index = access->classes.count;
    ARRAY_PUSH(&access->class_of_row, index);
    ARRAY_PUSH(&access->classes, made);
    return index;
}

static uint32_t class_of_row(Concerning *who)
{
    return class_of_bits(who->access, who->row, who->words);
}

/* `changed`: whether it can activate roles, then the principal and those of its groups that have
   changes. */
static uint32_t class_of_changed(Concerning *who, const uint32_t *changed, uint32_t count)
{
    uint32_t known = who->signatures.count;
    bool activates = changed[0];
    uint32_t id = intern_bytes(&who->signatures, (const char *)changed, count * sizeof *changed);
    if (id < known)
        return who->class_of_signature[id];
    memcpy(who->row, who->everybody, who->words * sizeof *who->row);
    for (ChangeKind kind = CHANGE_ADD; kind < CHANGE_KINDS; kind++)
        for (uint32_t i = 1; i < count && (activates || kind != CHANGE_LOCKS_ELIGIBLE); i++)
            apply_of(who, changed[i], kind);
    who->class_of_signature = memory_resize(who->class_of_signature, who->signatures.capacity,
                                            sizeof *who->class_of_signature);
    return who->class_of_signature[id] = class_of_row(who);
}

static bool has_changes(const Concerning *who, uint32_t principal)
{
    return who->first_change[principal] < who->first_change[principal + 1];
}

static void classify(Concerning *who)
{
    Access *access = who->access;
    class_of_row(who); /* the row is empty: class 0 has no obstacles */
    memcpy(who->row, who->everybody, who->words * sizeof *who->row);
    uint32_t unnamed = class_of_row(who);
    ARRAY(uint32_t) changed = {0};
    for (uint32_t p = 0; p < access->snapshot->principals.count; p++) {
        changed.count = 0;
        bool is_group = access->snapshot->principals.items[p].kind == PRINCIPAL_GROUP;
        ARRAY_PUSH(&changed, (uint32_t)(is_group || access_can_activate(access, p)));
        if (has_changes(who, p))
            ARRAY_PUSH(&changed, p);
        for (uint32_t i = access->first_group[p]; i < access->first_group[p + 1]; i++)
            if (has_changes(who, access->groups[i]))
                ARRAY_PUSH(&changed, access->groups[i]);
        access->class_of[p] =
            changed.count > 1 ? class_of_changed(who, changed.items, changed.count) : unnamed;
    }
    ARRAY_FREE(&changed);
}

void obstacle_classes_build(Access *access)
{
    uint32_t words = access->obstacles.count / 64 + 1;
    access->class_of =
        memory_allocate(access->snapshot->principals.count, sizeof *access->class_of);
    access->class_rows = interner_new(CASE_MATTERS);
    access->within_keys = interner_new(CASE_MATTERS);
    Concerning who = {.access = access,
                      .words = words,
                      .everybody = memory_allocate(words, sizeof *who.everybody),
                      .row = memory_allocate(words, sizeof *who.row),
                      .signatures = interner_new(CASE_MATTERS)};
    change_denies(&who);
    change_locks(&who);
    group_changes(&who);
    find_guards(&who);
    classify(&who);
    ARRAY_FREE(&who.changes);
    ARRAY_FREE(&who.guards);
    free(who.first_change);
    free(who.class_of_signature);
    free(who.everybody);
    free(who.row);
    interner_free(&who.signatures);
}

/* ---- what is left when obstacles are deleted ---- */

/* Does an obstacle of the row keep the right `action` at the obstacle's scope from who was given
   it?  A lock stops deleting deny assignments too. */
static bool is_kept(const Access *access, const uint64_t *row, uint32_t obstacle,
                    const char *action)
{
    ConditionContext context = {.action = action, .reading = access->reading};
    Ask ask = {action, PLANE_CONTROL, &context};
    uint32_t scope = access->obstacles.items[obstacle].scope;
    for (uint32_t i = 0; i < access->obstacles.count; i++) {
        const Obstacle *other = &access->obstacles.items[i];
        if (has_bit(row, i) && (!other->here_only || other->scope == scope) &&
            scope_contains(&access->tree, other->scope, scope) != NO &&
            stops_ask(access, other, &ask) != TRI_FALSE)
            return true;
    }
    return false;
}

static bool is_deletable(const Access *access, uint32_t obstacle)
{
    const Obstacle *it = &access->obstacles.items[obstacle];
    return it->is_lock || !access->snapshot->deny_assignments.items[it->index].system_protected;
}

/* Deletes what can be deleted; true when something was. */
static bool delete_obstacles(const Access *access, uint64_t *row, uint32_t first, uint32_t end,
                             unsigned deletes)
{
    bool changed = false;
    for (uint32_t i = first; i < end; i++) {
        bool is_lock = access->obstacles.items[i].is_lock;
        if (!has_bit(row, i) || !(deletes & (is_lock ? DELETES_LOCKS : DELETES_DENIES)) ||
            !is_deletable(access, i) ||
            is_kept(access, row, i, is_lock ? LOCKS_DELETE : DENIES_DELETE))
            continue;
        set_bit(row, i, false);
        changed = true;
    }
    return changed;
}

uint32_t access_class_freed(Access *access, uint32_t class_index, uint32_t scope, unsigned deletes)
{
    uint32_t first = first_obstacle_from(access, scope);
    uint32_t end = first_obstacle_from(access, access->tree.scopes[scope].end);
    const ObstacleClass *class = &access->classes.items[class_index];
    bool inside = false;
    for (uint32_t i = 0; i < class->count && !inside; i++)
        inside = class->obstacles[i] >= first && class->obstacles[i] < end;
    if (!inside || !deletes)
        return class_index;
    if (class->limit != NONE) {
        uint32_t limit = class->limit;
        uint32_t freed = access_class_freed(access, class->unlimited, scope, deletes);
        return access_class_limited(access, freed, limit);
    }
    uint32_t words = access->obstacles.count / 64 + 1;
    uint64_t *row = memory_allocate(words, sizeof *row);
    for (uint32_t i = 0; i < class->count; i++)
        set_bit(row, class->obstacles[i], true);
    while (delete_obstacles(access, row, first, end, deletes))
        ; /* what is gone keeps nothing any more */
    uint32_t freed = class_of_bits(access, row, words);
    free(row);
    return freed;
}

uint32_t access_class_without(Access *access, uint32_t class_index, uint32_t obstacle)
{
    const ObstacleClass *class = &access->classes.items[class_index];
    uint32_t words = access->obstacles.count / 64 + 1;
    uint64_t *row = memory_allocate(words, sizeof *row);
    for (uint32_t i = 0; i < class->count; i++)
        set_bit(row, class->obstacles[i], class->obstacles[i] != obstacle);
    uint32_t without = class_of_bits(access, row, words);
    free(row);
    return without;
}
