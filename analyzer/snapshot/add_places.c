#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/store.h"

#include <string.h>

/* The management group of an id, made known if it is new. */
static uint32_t store_group(Store *store, Id id)
{
    Snapshot *snapshot = store->snapshot;
    uint32_t index = id_map_get(&store->group_of, id);
    if (index != NONE)
        return index;
    const char *name = arm_id_name(id_text(snapshot, id));
    ManagementGroup group = {.id = id,
                             .name = store_text(store, name),
                             .display_name = NONE,
                             .parent = NONE,
                             .record = NONE};
    ARRAY_PUSH(&snapshot->management_groups, group);
    ARRAY_PUSH(&store->group_dates, TIME_NONE);
    index = snapshot->management_groups.count - 1;
    id_map_set(&store->group_of, id, index);
    return index;
}

static uint32_t store_subscription(Store *store, Id id)
{
    Snapshot *snapshot = store->snapshot;
    uint32_t index = id_map_get(&store->subscription_of, id);
    if (index != NONE)
        return index;
    Subscription subscription = {
        .id = id, .name = NONE, .management_group = NONE, .placed_by = NONE, .record = NONE};
    ARRAY_PUSH(&snapshot->subscriptions, subscription);
    index = snapshot->subscriptions.count - 1;
    id_map_set(&store->subscription_of, id, index);
    return index;
}

/* A record is made only when it adds something. */
static uint32_t need_record(Store *store, const Fact *fact, uint32_t *record)
{
    if (*record == NONE)
        *record = store_record(store, fact);
    return *record;
}

static void commit_group(Store *store, const Fact *fact, const PlaceNode *node, uint32_t *record)
{
    Snapshot *snapshot = store->snapshot;
    Id parent = store_id(store, node->parent);
    if (parent != NONE)
        store_group(store, parent);
    uint32_t index = store_group(store, store_id(store, node->id));
    ManagementGroup *group = &snapshot->management_groups.items[index];
    if (group->record == NONE)
        group->record = need_record(store, fact, record);
    if (node->name && group->display_name == NONE) {
        group->display_name = store_text(store, node->name);
        need_record(store, fact, record);
    }
    if (node->parent_state == PARENT_NOT_SAID)
        return;
    bool differs = group->parent_exported && group->parent != parent;
    if (differs && !store_disagreement(store, fact, group->record, store->group_dates.items[index],
                                       "the parent of the management group"))
        return;
    if (differs || !group->parent_exported)
        group->record = need_record(store, fact, record);
    group->parent = parent;
    group->parent_exported = true;
    group->is_tenant_root = parent == NONE;
    store->group_dates.items[index] = fact->newest;
}

static void commit_subscription(Store *store, const Fact *fact, const PlaceNode *node,
                                uint32_t *record)
{
    Snapshot *snapshot = store->snapshot;
    Id parent = node->parent_state == PARENT_GIVEN ? store_id(store, node->parent) : NONE;
    if (parent != NONE)
        store_group(store, parent);
    uint32_t index = store_subscription(store, store_id(store, node->id));
    snapshot->exported[RECORD_SUBSCRIPTION] = true;
    Subscription *subscription = &snapshot->subscriptions.items[index];
    if (subscription->record == NONE)
        subscription->record = need_record(store, fact, record);
    if (node->name && subscription->name == NONE) {
        subscription->name = store_text(store, node->name);
        need_record(store, fact, record);
    }
    if (parent == NONE || parent == subscription->management_group)
        return;
    if (subscription->management_group != NONE &&
        !store_disagreement(store, fact, subscription->placed_by, TIME_NONE,
                            "the management group of the subscription"))
        return;
    subscription->management_group = parent;
    subscription->placed_by = need_record(store, fact, record);
}

bool commit_place(Store *store, const Fact *fact)
{
    const PlaceFact *place = fact->placement;
    uint32_t record = NONE;
    bool groups = fact->record_kind == RECORD_MANAGEMENT_GROUP;
    store_see_tenant(store, groups ? TENANT_OF_MANAGEMENT_GROUPS : TENANT_OF_SUBSCRIPTIONS,
                     place->tenant_id);
    for (uint32_t i = 0; i < place->nodes.count; i++) {
        const PlaceNode *node = &place->nodes.items[i];
        if (node->is_subscription)
            commit_subscription(store, fact, node, &record);
        else
            commit_group(store, fact, node, &record);
    }
    return record != NONE;
}

/* ---- groups and subscriptions that are only named by the ids of others ---- */

static void mention_scope(Store *store, Id scope)
{
    Snapshot *snapshot = store->snapshot;
    const char *text = id_text(snapshot, scope);
    size_t length = text ? arm_id_subscription_length(text) : 0;
    if (length) {
        store_subscription(store, intern_bytes(&snapshot->ids, text, length));
        return;
    }
    length = text ? arm_id_management_group_length(text) : 0;
    if (length)
        store_group(store, intern_bytes(&snapshot->ids, text, length));
}

static void mention_all_scopes(Store *store)
{
    const Snapshot *snapshot = store->snapshot;
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++)
        mention_scope(store, snapshot->role_assignments.items[i].scope);
    for (uint32_t i = 0; i < snapshot->deny_assignments.count; i++)
        mention_scope(store, snapshot->deny_assignments.items[i].scope);
    for (uint32_t i = 0; i < snapshot->locks.count; i++)
        mention_scope(store, snapshot->locks.items[i].scope);
    for (uint32_t i = 0; i < snapshot->resources.count; i++)
        mention_scope(store, snapshot->resources.items[i].id);
}

void finish_places(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    mention_all_scopes(store);
    const char *tenant = id_text(snapshot, snapshot->tenant_id);
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++) {
        ManagementGroup *group = &snapshot->management_groups.items[i];
        group->is_tenant_root |=
            text_equal_any_case(tenant, text_text(snapshot, group->name)) && tenant;
    }
}
