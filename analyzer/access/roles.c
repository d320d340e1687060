#include "access/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- patterns to sets of atoms ---- */

/* Roles repeat each other's patterns: each is matched against the atoms once. */
struct PatternSets {
    Access *access;
    Interner patterns[2]; /* per plane */
    AtomSet *sets[2];     /* by pattern id */
};

PatternSets *pattern_sets_new(Access *access)
{
    PatternSets *sets = memory_allocate(1, sizeof *sets);
    sets->access = access;
    sets->patterns[PLANE_CONTROL] = interner_new(CASE_IGNORED);
    sets->patterns[PLANE_DATA] = interner_new(CASE_IGNORED);
    return sets;
}

void pattern_sets_free(PatternSets *sets)
{
    for (int plane = PLANE_CONTROL; plane <= PLANE_DATA; plane++) {
        interner_free(&sets->patterns[plane]);
        free(sets->sets[plane]);
    }
    free(sets);
}

static AtomSet atoms_of_pattern(PatternSets *sets, const char *pattern, Plane plane)
{
    Access *access = sets->access;
    Interner *patterns = &sets->patterns[plane];
    uint32_t known = patterns->count;
    uint32_t id = intern(patterns, pattern);
    if (id < known)
        return sets->sets[plane][id];
    sets->sets[plane] =
        memory_resize(sets->sets[plane], patterns->capacity, sizeof *sets->sets[plane]);
    AtomSet set = atom_set_new(access);
    for (uint32_t i = 0; i < access->atoms->atoms.count; i++) {
        const Atom *atom = &access->atoms->atoms.items[i];
        if (atom->plane == plane && pattern_matches(pattern, atom->action, access->reading))
            atom_set_add(set, i);
    }
    return sets->sets[plane][id] = set;
}

static void add_patterns(PatternSets *sets, const TextList *patterns, Plane plane, AtomSet set)
{
    for (uint32_t i = 0; i < patterns->count; i++) {
        const uint64_t *matched = atoms_of_pattern(sets, patterns->items[i], plane);
        for (uint32_t w = 0; w < sets->access->set_words; w++)
            set[w] |= matched[w];
    }
}

AtomSet block_atoms(PatternSets *sets, const PermissionBlock *block)
{
    Access *access = sets->access;
    AtomSet granted = atom_set_new(access), removed = atom_set_new(access);
    add_patterns(sets, &block->actions, PLANE_CONTROL, granted);
    add_patterns(sets, &block->data_actions, PLANE_DATA, granted);
    add_patterns(sets, &block->not_actions, PLANE_CONTROL, removed);
    add_patterns(sets, &block->not_data_actions, PLANE_DATA, removed);
    for (uint32_t w = 0; w < access->set_words; w++)
        granted[w] &= ~removed[w];
    return granted;
}

static bool any_matches(const TextList *patterns, const char *action, PatternReading reading)
{
    for (uint32_t i = 0; i < patterns->count; i++)
        if (pattern_matches(patterns->items[i], action, reading))
            return true;
    return false;
}

bool block_covers(const PermissionBlock *block, const Ask *ask, PatternReading reading)
{
    bool data = ask->plane == PLANE_DATA;
    return any_matches(data ? &block->data_actions : &block->actions, ask->action, reading) &&
           !any_matches(data ? &block->not_data_actions : &block->not_actions, ask->action,
                        reading);
}

Tri role_gives(const Access *access, uint32_t role, const ParsedCondition *assignment_condition,
               const Ask *ask)
{
    const Role *in_force = &access->roles.items[role];
    Tri given = TRI_FALSE;
    for (uint32_t i = 0; i < in_force->definition->block_count && given != TRI_TRUE; i++)
        if (block_covers(&in_force->definition->blocks[i], ask, access->reading))
            given = tri_or(given, condition_holds(in_force->block_conditions[i], ask->context));
    return given == TRI_FALSE ? TRI_FALSE
                              : tri_and(given, condition_holds(assignment_condition, ask->context));
}

/* ---- the table ---- */

static void add_role(Access *access, PatternSets *sets, const RoleDefinition *definition,
                     bool built_in_table)
{
    uint32_t count = definition->block_count;
    Role role = {.definition = definition,
                 .built_in_table = built_in_table,
                 .block_atoms = arena_allocate(&access->arena, count, sizeof *role.block_atoms),
                 .block_conditions = arena_allocate(&access->arena, count, sizeof(void *)),
                 .atoms = atom_set_new(access),
                 .conditional_atoms = atom_set_new(access)};
    for (uint32_t i = 0; i < count; i++) {
        role.block_atoms[i] = block_atoms(sets, &definition->blocks[i]);
        role.block_conditions[i] = condition_of_block(access, definition->blocks[i].condition);
        role.conditioned |= role.block_conditions[i] != NULL;
        uint64_t *set = role.block_conditions[i] ? role.conditional_atoms : role.atoms;
        for (uint32_t w = 0; w < access->set_words; w++)
            set[w] |= role.block_atoms[i][w];
    }
    for (uint32_t w = 0; w < access->set_words; w++)
        role.conditional_atoms[w] &= ~role.atoms[w];
    ARRAY_PUSH(&access->roles, role);
}

typedef struct GuidAndRole {
    Guid guid;
    uint32_t role;
} GuidAndRole;

static int by_guid_then_role(const void *a, const void *b)
{
    const GuidAndRole *left = a, *right = b;
    int order = memcmp(&left->guid, &right->guid, sizeof left->guid);
    return order ? order : left->role < right->role ? -1 : left->role > right->role;
}

static void order_by_guid(Access *access)
{
    uint32_t count = access->roles.count;
    GuidAndRole *keys = memory_allocate(count, sizeof *keys);
    for (uint32_t i = 0; i < count; i++)
        keys[i] = (GuidAndRole){access->roles.items[i].definition->guid, i};
    if (count)
        qsort(keys, count, sizeof *keys, by_guid_then_role);
    free(access->role_by_guid);
    access->role_by_guid = memory_allocate(count, sizeof *access->role_by_guid);
    for (uint32_t i = 0; i < count; i++)
        access->role_by_guid[i] = keys[i].role;
    free(keys);
}

/* The first role with the GUID among the `ordered` ones that role_by_guid lists. */
static uint32_t find_role(const Access *access, uint32_t ordered, const Guid *guid)
{
    uint32_t low = 0, high = ordered;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const Role *role = &access->roles.items[access->role_by_guid[middle]];
        if (memcmp(&role->definition->guid, guid, sizeof *guid) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == ordered)
        return NONE;
    uint32_t role = access->role_by_guid[low];
    return guid_equal(&access->roles.items[role].definition->guid, guid) ? role : NONE;
}

uint32_t access_find_role(const Access *access, const Guid *guid)
{
    return find_role(access, access->roles.count, guid);
}

static const uint32_t NOT_LOOKED_UP = NONE - 1;

uint32_t role_of_guid_id(Access *access, Id guid)
{
    if (guid == NONE)
        return NONE;
    uint32_t *known = &access->role_of_id[guid];
    if (*known == NOT_LOOKED_UP) {
        Guid parsed;
        bool is_guid = guid_parse(interned_text(&access->snapshot->ids, guid), &parsed);
        *known = is_guid ? access_find_role(access, &parsed) : NONE;
    }
    return *known;
}

void roles_build(Access *access, const AccessOptions *options)
{
    const Snapshot *snapshot = access->snapshot;
    PatternSets *sets = pattern_sets_new(access);
    for (uint32_t i = 0; i < snapshot->role_definitions.count; i++)
        add_role(access, sets, &snapshot->role_definitions.items[i], false);
    order_by_guid(access);
    uint32_t exported = access->roles.count;
    for (uint32_t i = 0; i < options->built_in_count; i++)
        if (find_role(access, exported, &options->built_in[i].guid) == NONE)
            add_role(access, sets, &options->built_in[i], true);
    order_by_guid(access);
    pattern_sets_free(sets);

    access->role_of_id = memory_allocate(access->id_count, sizeof *access->role_of_id);
    for (uint32_t i = 0; i < access->id_count; i++)
        access->role_of_id[i] = NOT_LOOKED_UP;
}
