#include "access/access.h"

#include "access/internal.h"

#include <stdlib.h>

void access_build(Access *access, Snapshot *snapshot, const AtomTable *atoms,
                  const AccessOptions *options)
{
    *access = (Access){.snapshot = snapshot, .atoms = atoms, .reading = options->reading};
    access->as_of = options->as_of == TIME_NONE ? snapshot->as_of : options->as_of;
    access->set_words = (atoms->atoms.count + 63) / 64;
    scope_tree_build(&access->tree, snapshot);
    access->id_count = snapshot->ids.count;
    roles_build(access, options);
    groups_build(access);
    grants_build(access);
    obstacles_build(access);
}

void access_free(Access *access)
{
    scope_tree_free(&access->tree);
    ARRAY_FREE(&access->roles);
    ARRAY_FREE(&access->right_sets);
    for (uint32_t i = 0; i < access->limits.count; i++)
        ARRAY_FREE(&access->limits.items[i].local);
    ARRAY_FREE(&access->limits);
    ARRAY_FREE(&access->grants);
    ARRAY_FREE(&access->unknown_grants);
    ARRAY_FREE(&access->obstacles);
    ARRAY_FREE(&access->classes);
    free(access->first_grant);
    free(access->first_group);
    free(access->groups);
    free(access->class_of);
    interner_free(&access->class_rows);
    ARRAY_FREE(&access->class_of_row);
    interner_free(&access->within_keys);
    ARRAY_FREE(&access->class_of_within);
    free(access->first_direct);
    free(access->direct);
    free(access->role_by_guid);
    free(access->role_of_id);
    free(access->condition);
    free(access->scope_has_obstacle);
    ARRAY_FREE(&access->loose_groups);
    arena_free(&access->arena);
    *access = (Access){0};
}
