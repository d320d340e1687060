#include "access/internal.h"

static uint32_t obstacle_scope(const Access *access, const ObstacleClass *class, uint32_t position)
{
    return access->obstacles.items[class->obstacles[position]].scope;
}

/* The first of the class's obstacles whose scope is `scope` or behind it. */
static uint32_t position_from(const Access *access, const ObstacleClass *class, uint32_t scope)
{
    uint32_t low = 0, high = class->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (obstacle_scope(access, class, middle) < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_obstacle(const Access *access, uint32_t scope)
{
    return access->scope_has_obstacle[scope / 64] >> (scope % 64) & 1;
}

uint32_t access_class_within(Access *access, uint32_t class_index, uint32_t scope)
{
    const ObstacleClass *class = &access->classes.items[class_index];
    if (class->limit != NONE || access->loose_groups.count)
        return class_index;
    ARRAY(uint32_t) key = {0};
    ARRAY_PUSH(&key, scope);
    uint32_t end = access->tree.scopes[scope].end;
    for (uint32_t i = position_from(access, class, scope);
         i < class->count && obstacle_scope(access, class, i) < end; i++)
        ARRAY_PUSH(&key, class->obstacles[i]);
    for (uint32_t at = access->tree.scopes[scope].parent; at != NONE;
         at = access->tree.scopes[at].parent)
        if (has_obstacle(access, at))
            for (uint32_t i = position_from(access, class, at);
                 i < class->count && obstacle_scope(access, class, i) == at; i++)
                ARRAY_PUSH(&key, class->obstacles[i]);
    uint32_t within = 0; /* the class that has no obstacles */
    if (key.count > 1) {
        uint32_t known = access->within_keys.count;
        uint32_t id = intern_bytes(&access->within_keys, (const char *)key.items,
                                   key.count * sizeof *key.items);
        if (id == known)
            ARRAY_PUSH(&access->class_of_within, class_index);
        within = access->class_of_within.items[id];
    }
    ARRAY_FREE(&key);
    return within;
}
