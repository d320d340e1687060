#include "access/access.h"
#include "base/memory.h"

#include <stdlib.h>

/* Classes of atoms, split by one set after the other. */
typedef struct Partition {
    uint32_t atom_count;
    uint32_t *class_of; /* per atom */
    uint32_t class_count;
    uint32_t *inside; /* per class: the class of those of its atoms that are in the set, or NONE */
} Partition;

/* Parts the atoms of the set from those of their classes that are not in it. */
static void split(Partition *partition, const uint64_t *set)
{
    uint32_t before = partition->class_count;
    for (uint32_t class = 0; class < before; class ++)
        partition->inside[class] = NONE;
    for (uint32_t atom = 0; atom < partition->atom_count; atom++) {
        if (!atom_set_has(set, atom))
            continue;
        uint32_t *inside = &partition->inside[partition->class_of[atom]];
        if (*inside == NONE)
            *inside = partition->class_count++;
        partition->class_of[atom] = *inside;
    }
}

/* A class all of whose atoms were in the set leaves an empty one behind: classes are counted anew,
   so that their number never exceeds that of the atoms. */
static void renumber(Partition *partition)
{
    for (uint32_t class = 0; class < partition->class_count; class ++)
        partition->inside[class] = NONE;
    uint32_t count = 0;
    for (uint32_t atom = 0; atom < partition->atom_count; atom++) {
        uint32_t *number = &partition->inside[partition->class_of[atom]];
        if (*number == NONE)
            *number = count++;
        partition->class_of[atom] = *number;
    }
    partition->class_count = count;
}

static void split_by(Partition *partition, const uint64_t *set)
{
    split(partition, set);
    renumber(partition);
}

void access_alike_atoms(const Access *access, uint32_t *alike)
{
    uint32_t count = access->atoms->atoms.count;
    Partition partition = {.atom_count = count,
                           .class_of = memory_allocate(count, sizeof(uint32_t)),
                           .class_count = 1,
                           .inside = memory_allocate((size_t)count * 2 + 1, sizeof(uint32_t))};
    for (uint32_t i = 0; i < access->right_sets.count; i++) {
        split_by(&partition, access->right_sets.items[i].certain);
        split_by(&partition, access->right_sets.items[i].conditional);
    }
    for (uint32_t i = 0; i < access->obstacles.count; i++) {
        split_by(&partition, access->obstacles.items[i].denied);
        split_by(&partition, access->obstacles.items[i].maybe);
    }
    for (uint32_t class = 0; class < partition.class_count; class ++)
        partition.inside[class] = NONE;
    for (uint32_t atom = 0; atom < count; atom++) {
        uint32_t *first = &partition.inside[partition.class_of[atom]];
        if (*first == NONE)
            *first = atom;
        alike[atom] = *first;
    }
    free(partition.class_of);
    free(partition.inside);
}
