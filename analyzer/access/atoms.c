#include "access/internal.h"

#include <stdlib.h>

uint32_t atom_add(AtomTable *table, const char *action, Plane plane)
{
    Interner *actions = &table->actions[plane];
    if (!actions->slot_count)
        *actions = interner_new(CASE_IGNORED);
    uint32_t known = actions->count;
    uint32_t id = intern(actions, action);
    if (id < known)
        return table->atom_of_action[plane][id];
    table->atom_of_action[plane] = memory_resize(table->atom_of_action[plane], actions->capacity,
                                                 sizeof *table->atom_of_action[plane]);
    table->atom_of_action[plane][id] = table->atoms.count;
    ARRAY_PUSH(&table->atoms, ((Atom){interned_text(actions, id), plane}));
    return table->atoms.count - 1;
}

uint32_t atom_find(const AtomTable *table, const char *action, Plane plane)
{
    uint32_t id = interner_find(&table->actions[plane], action);
    return id == NONE ? NONE : table->atom_of_action[plane][id];
}

void atom_table_free(AtomTable *table)
{
    for (int plane = PLANE_CONTROL; plane <= PLANE_DATA; plane++) {
        interner_free(&table->actions[plane]);
        free(table->atom_of_action[plane]);
    }
    ARRAY_FREE(&table->atoms);
    *table = (AtomTable){0};
}

AtomSet atom_set_new(Access *access)
{
    return arena_allocate(&access->arena, access->set_words, sizeof(uint64_t));
}
