#include "access/internal.h"
#include "base/numbers.h"

#include <stdlib.h>
#include <string.h>

/* More memberships, counted transitively, end the process like running out of memory. */
enum { MOST_MEMBERSHIPS = 1 << 28 };

static bool is_membership(const DirectoryRelation *relation)
{
    return relation->kind == RELATION_MEMBER && relation->object != NONE;
}

static void gather_direct(Access *access)
{
    const Snapshot *snapshot = access->snapshot;
    uint32_t principals = snapshot->principals.count;
    access->first_direct = memory_allocate((size_t)principals + 1, sizeof *access->first_direct);
    access->direct = memory_allocate(snapshot->relations.count, sizeof *access->direct);
    for (uint32_t i = 0; i < snapshot->relations.count; i++)
        if (is_membership(&snapshot->relations.items[i]))
            access->first_direct[snapshot->relations.items[i].subject + 1]++;
    for (uint32_t p = 0; p < principals; p++)
        access->first_direct[p + 1] += access->first_direct[p];
    uint32_t *next = memory_allocate(principals, sizeof *next);
    if (principals)
        memcpy(next, access->first_direct, principals * sizeof *next);
    for (uint32_t i = 0; i < snapshot->relations.count; i++)
        if (is_membership(&snapshot->relations.items[i]))
            access->direct[next[snapshot->relations.items[i].subject]++] = i;
    free(next);
}

static uint32_t group_of(const Access *access, uint32_t direct)
{
    return access->snapshot->relations.items[access->direct[direct]].object;
}

typedef struct Reached {
    uint32_t *seen_by; /* per principal: who was last seen in it, plus one */
    ARRAY(uint32_t) groups;
} Reached;

static void add_groups_of(const Access *access, uint32_t member, uint32_t principal,
                          Reached *reached)
{
    for (uint32_t i = access->first_direct[member]; i < access->first_direct[member + 1]; i++) {
        uint32_t group = group_of(access, i);
        if (reached->seen_by[group] == principal + 1)
            continue;
        reached->seen_by[group] = principal + 1;
        if (reached->groups.count >= MOST_MEMBERSHIPS)
            memory_exhausted();
        ARRAY_PUSH(&reached->groups, group);
    }
}

void groups_build(Access *access)
{
    gather_direct(access);
    uint32_t principals = access->snapshot->principals.count;
    access->first_group = memory_allocate((size_t)principals + 1, sizeof *access->first_group);
    Reached reached = {.seen_by = memory_allocate(principals, sizeof *reached.seen_by)};
    for (uint32_t p = 0; p < principals; p++) {
        uint32_t first = access->first_group[p] = reached.groups.count;
        reached.seen_by[p] = p + 1; /* a ring does not make it a member of itself */
        add_groups_of(access, p, p, &reached);
        for (uint32_t i = first; i < reached.groups.count; i++)
            add_groups_of(access, reached.groups.items[i], p, &reached);
        if (reached.groups.count > first + 1)
            qsort(reached.groups.items + first, reached.groups.count - first,
                  sizeof *reached.groups.items, by_number);
    }
    access->first_group[principals] = reached.groups.count;
    access->groups = reached.groups.items;
    free(reached.seen_by);
}

/* Position of the group among the principal's groups, or NONE. */
static uint32_t find_group(const Access *access, uint32_t principal, uint32_t group)
{
    uint32_t first = access->first_group[principal];
    uint32_t count = access->first_group[principal + 1] - first;
    const uint32_t *found =
        count ? bsearch(&group, access->groups + first, count, sizeof group, by_number) : NULL;
    return found ? (uint32_t)(found - (access->groups + first)) : NONE;
}

uint32_t access_membership(const Access *access, uint32_t principal, uint32_t group,
                           uint32_t *relations, uint32_t capacity)
{
    uint32_t target = find_group(access, principal, group);
    if (target == NONE)
        return 0;
    uint32_t count = access->first_group[principal + 1] - access->first_group[principal];
    const uint32_t *groups = access->groups + access->first_group[principal];
    /* breadth first: `into` is the membership by which each group was first reached */
    uint32_t *into = memory_allocate(count, sizeof *into);
    uint32_t *from = memory_allocate(count, sizeof *from);
    uint32_t *queue = memory_allocate((size_t)count + 1, sizeof *queue);
    memset(into, 0xff, count * sizeof *into);
    uint32_t head = 0, tail = 0;
    queue[tail++] = NONE; /* the principal itself */
    while (head < tail && into[target] == NONE) {
        uint32_t at = queue[head++];
        uint32_t member = at == NONE ? principal : groups[at];
        for (uint32_t i = access->first_direct[member]; i < access->first_direct[member + 1]; i++) {
            uint32_t next = find_group(access, principal, group_of(access, i));
            if (next == NONE || into[next] != NONE)
                continue;
            into[next] = access->direct[i];
            from[next] = at;
            queue[tail++] = next;
        }
    }
    uint32_t length = 0;
    for (uint32_t at = target; at != NONE; at = from[at])
        length++;
    uint32_t position = length;
    for (uint32_t at = target; at != NONE; at = from[at])
        if (--position < capacity)
            relations[position] = into[at];
    free(queue);
    free(from);
    free(into);
    return length < capacity ? length : capacity;
}

bool access_can_activate(const Access *access, uint32_t principal)
{
    PrincipalKind kind = access->snapshot->principals.items[principal].kind;
    return kind == PRINCIPAL_USER || kind == PRINCIPAL_UNKNOWN;
}
