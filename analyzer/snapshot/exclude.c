#include "snapshot/exclude.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct Excluded {
    const Snapshot *snapshot;
    const char *id;
    size_t length_bytes;
} Excluded;

/* Is it the id itself, or the GUID at its end? */
static bool is_named(const Excluded *excluded, Id id)
{
    const char *text = id_text(excluded->snapshot, id);
    const char *slash = text ? strrchr(text, '/') : NULL;
    return text && (text_equal_any_case(text, excluded->id) ||
                    (slash && text_equal_any_case(slash + 1, excluded->id)));
}

/* Is the scope the excluded resource, or below it? */
static bool is_within(const Excluded *excluded, Id scope)
{
    const char *text = id_text(excluded->snapshot, scope);
    return text && excluded->id[0] == '/' && excluded->length_bytes > 1 &&
           text_starts_with_any_case(text, excluded->id) &&
           (text[excluded->length_bytes] == '/' || !text[excluded->length_bytes]);
}

/* Keeps the elements of an array for which `goes` is false. */
#define KEEP(array, goes)                                                                          \
    do {                                                                                           \
        uint32_t left = 0;                                                                         \
        for (uint32_t i = 0; i < (array)->count; i++)                                              \
            if (!(goes))                                                                           \
                (array)->items[left++] = (array)->items[i];                                        \
        count += (array)->count - left;                                                            \
        (array)->count = left;                                                                     \
    } while (0)

static uint32_t exclude_records(Snapshot *snapshot, const Excluded *excluded)
{
    uint32_t count = 0;
    KEEP(&snapshot->role_assignments,
         is_named(excluded, snapshot->role_assignments.items[i].id) ||
             is_within(excluded, snapshot->role_assignments.items[i].scope));
    KEEP(&snapshot->deny_assignments,
         is_named(excluded, snapshot->deny_assignments.items[i].id) ||
             is_within(excluded, snapshot->deny_assignments.items[i].scope));
    KEEP(&snapshot->locks, is_named(excluded, snapshot->locks.items[i].id) ||
                               is_within(excluded, snapshot->locks.items[i].scope));
    KEEP(&snapshot->federated_credentials,
         is_within(excluded, snapshot->federated_credentials.items[i].parent));
    return count;
}

/* Resources move up: who refers to them by number gets the new one. */
static uint32_t exclude_resources(Snapshot *snapshot, const Excluded *excluded)
{
    uint32_t *number = memory_allocate(snapshot->resources.count, sizeof *number);
    uint32_t kept = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        number[i] = is_within(excluded, snapshot->resources.items[i].id) ? NONE : kept;
        if (number[i] != NONE)
            snapshot->resources.items[kept++] = snapshot->resources.items[i];
    }
    count += snapshot->resources.count - kept;
    snapshot->resources.count = kept;
    for (uint32_t id = 0; count && id < snapshot->id_map_count; id++)
        if (snapshot->resource_of_id[id] != NONE)
            snapshot->resource_of_id[id] = number[snapshot->resource_of_id[id]];
    for (uint32_t i = 0; i < snapshot->access_policies.count; i++)
        snapshot->access_policies.items[i].resource =
            number[snapshot->access_policies.items[i].resource];
    KEEP(&snapshot->access_policies, snapshot->access_policies.items[i].resource == NONE);
    free(number);
    return count;
}

uint32_t snapshot_exclude(Snapshot *snapshot, const char *id)
{
    size_t room = strlen(id) + 2;
    char *normal = memory_allocate(room, 1);
    if (id[0] == '/')
        scope_normalise(id, normal, room);
    else
        memcpy(normal, id, strlen(id) + 1);
    Excluded excluded = {snapshot, normal, strlen(normal)};
    uint32_t count = exclude_records(snapshot, &excluded);
    count += exclude_resources(snapshot, &excluded);
    free(normal);
    return count;
}
