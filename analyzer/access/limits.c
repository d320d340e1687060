#include "access/internal.h"

#include <stdlib.h>
#include <string.h>

/* The position of the first local right at the scope or behind it. */
static uint32_t local_position(const Limit *limit, uint32_t scope)
{
    uint32_t low = 0, high = limit->local.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (limit->local.items[middle].scope < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t local_rights(const Access *access, const Limit *limit, uint32_t scope,
                             uint32_t outermost)
{
    const ScopeTree *tree = &access->tree;
    for (uint32_t at = scope; at != NONE && at != outermost; at = tree->scopes[at].parent) {
        if (tree->scopes[at].level != SCOPE_RESOURCE)
            return NONE;
        uint32_t position = local_position(limit, at);
        if (position < limit->local.count && limit->local.items[position].scope == at)
            return limit->local.items[position].rights;
    }
    return NONE;
}

uint32_t limit_rights_at(const Access *access, const Limit *limit, uint32_t scope)
{
    uint32_t rights = local_rights(access, limit, scope, NONE);
    return rights == NONE ? limit->rights : rights;
}

const RightSet *access_rights_at(const Access *access, const Grant *grant, uint32_t scope)
{
    uint32_t local =
        grant->limit == NONE
            ? NONE
            : local_rights(access, &access->limits.items[grant->limit], scope, grant->scope);
    return &access->right_sets.items[local == NONE ? grant->rights : local];
}

uint32_t access_local_rights(const Access *access, const Grant *grant, uint32_t *first)
{
    if (grant->limit == NONE)
        return 0;
    const Limit *limit = &access->limits.items[grant->limit];
    *first = local_position(limit, grant->scope + 1);
    return local_position(limit, access->tree.scopes[grant->scope].end) - *first;
}

static bool may_give(const RightSet *rights, uint32_t atom)
{
    return atom_set_has(rights->certain, atom) || atom_set_has(rights->conditional, atom);
}

/* Does the limit keep the atom from being used at the scope? */
static bool limit_stops(const Access *access, const Limit *limit, uint32_t atom, uint32_t scope)
{
    return may_give(&access->right_sets.items[limit->rights], atom) &&
           !may_give(&access->right_sets.items[limit_rights_at(access, limit, scope)], atom);
}

static bool limit_touches(const Access *access, const Limit *limit, uint32_t atom, uint32_t scope)
{
    if (!atom_set_has(access->right_sets.items[limit->rights].conditional, atom))
        return false;
    uint32_t below = local_position(limit, scope);
    return (below < limit->local.count &&
            limit->local.items[below].scope < access->tree.scopes[scope].end) ||
           local_rights(access, limit, scope, NONE) != NONE;
}

bool access_limits_touch(const Access *access, uint32_t class_index, uint32_t atom, uint32_t scope)
{
    const ObstacleClass *class = &access->classes.items[class_index];
    for (; class->limit != NONE; class = &access->classes.items[class->unlimited])
        if (limit_touches(access, &access->limits.items[class->limit], atom, scope))
            return true;
    return false;
}

bool limits_stop(const Access *access, const ObstacleClass *class, uint32_t atom, uint32_t scope)
{
    for (; class->limit != NONE; class = &access->classes.items[class->unlimited])
        if (limit_stops(access, &access->limits.items[class->limit], atom, scope))
            return true;
    return false;
}

static bool has_limit(const Access *access, const ObstacleClass *class, uint32_t limit)
{
    for (; class->limit != NONE; class = &access->classes.items[class->unlimited])
        if (class->limit == limit)
            return true;
    return false;
}

uint32_t access_limited_class(const Access *access, uint32_t class_index, uint32_t limit)
{
    const ObstacleClass *class = &access->classes.items[class_index];
    if (limit == NONE || !class->limited || class->limited[limit] == NONE)
        return class_index;
    return class->limited[limit];
}

uint32_t access_class_limited(Access *access, uint32_t class_index, uint32_t limit)
{
    ObstacleClass *class = &access->classes.items[class_index];
    if (limit == NONE || has_limit(access, class, limit))
        return class_index;
    if (!class->limited) {
        class->limited = arena_allocate(&access->arena, access->limits.count, sizeof(uint32_t));
        memset(class->limited, 0xff, access->limits.count * sizeof(uint32_t));
    }
    if (class->limited[limit] != NONE)
        return class->limited[limit];
    ObstacleClass made = {.obstacles = class->obstacles,
                          .count = class->count,
                          .limit = limit,
                          .unlimited = class_index};
    uint32_t index = class->limited[limit] = access->classes.count;
    ARRAY_PUSH(&access->classes, made);
    return index;
}
