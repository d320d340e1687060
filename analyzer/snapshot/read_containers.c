#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/reading.h"

#include <string.h>

/*
 * Management groups, subscriptions and tenants: where a scope stands that its id does not say.
 * https://learn.microsoft.com/rest/api/managementgroups/management-groups/get
 * https://learn.microsoft.com/rest/api/managementgroups/entities/list
 * https://learn.microsoft.com/rest/api/resources/subscriptions/list
 */

static PlaceNode *add_node(PlaceFact *place, const char *id, const char *name)
{
    PlaceNode node = {.id = id, .name = name};
    node.is_subscription = arm_id_subscription_length(id) > 0;
    ARRAY_PUSH(&place->nodes, node);
    return &place->nodes.items[place->nodes.count - 1];
}

static bool is_place(const char *id)
{
    size_t length = arm_id_management_group_length(id);
    if (!length)
        length = arm_id_subscription_length(id);
    return length && !id[length];
}

/* The nodes grew on the heap; a fact lives in its batch's arena. */
static bool finish_place(Reading *reading, PlaceFact *place, RecordKind kind)
{
    PlaceNode *grown = place->nodes.items;
    place->nodes.items = arena_allocate(reading->arena, place->nodes.count, sizeof *grown);
    memcpy(place->nodes.items, grown, place->nodes.count * sizeof *grown);
    place->nodes.capacity = place->nodes.count;
    free(grown);
    reading->fact->kind = FACT_PLACE;
    reading->fact->record_kind = kind;
    reading->fact->placement = place;
    return true;
}

/* {"children": [{"id", "displayName", "children": null|[...]}]}, depth limited by the parser. */
static void add_children(Reading *reading, PlaceFact *place, const char *parent,
                         const JsonValue *children, const char *member)
{
    uint32_t i = 0;
    for (const JsonValue *child = json_first(children); child; child = json_next(child), i++) {
        const char *at = arena_format(reading->arena, "%s/%u", member, i);
        const char *id = copy_arm_id(reading, json_text(json_member_any_case(child, "id")));
        if (!id || !is_place(id)) {
            reading_remark(reading, arena_format(reading->arena, "%s/id", at),
                           "expected the id of a management group or subscription; left out");
            continue;
        }
        PlaceNode *node =
            add_node(place, id, copy_text(reading, json_member_any_case(child, "displayName")));
        node->parent_state = PARENT_GIVEN;
        node->parent = parent;
        add_children(reading, place, id, json_member_any_case(child, "children"),
                     arena_format(reading->arena, "%s/children", at));
    }
}

/* "details": {"parent": null} and "parent": {"id": null} say that there is none. */
static void read_parent(Reading *reading, PlaceNode *node)
{
    const RecordView *view = &reading->view;
    const JsonValue *details = view_get(view, KEY_DETAILS);
    const JsonValue *parent = view_get(view, KEY_PARENT);
    if (!parent && json_is_object(details)) {
        parent = json_member_any_case(details, "parent");
        node->parent_state = parent ? PARENT_NONE : PARENT_NOT_SAID;
    }
    if (json_is_object(parent)) {
        node->parent = copy_arm_id(reading, json_text(json_member_any_case(parent, "id")));
        node->parent_state = node->parent ? PARENT_GIVEN : PARENT_NONE;
    }
}

/* Resource Graph gives the way to the root, nearest first: [{"name", "displayName"}]. */
static void add_chain(Reading *reading, PlaceFact *place, const JsonValue *chain)
{
    uint32_t below = 0;
    for (const JsonValue *item = json_first(chain); item; item = json_next(item)) {
        const char *name = copy_text(reading, json_member_any_case(item, "name"));
        if (!name || strchr(name, '/') || strlen(name) > ARM_ID_MAX_BYTES / 2)
            return;
        const char *id = arena_format(reading->arena, "%s%s", MANAGEMENT_GROUP_PREFIX, name);
        place->nodes.items[below].parent_state = PARENT_GIVEN;
        place->nodes.items[below].parent = id;
        add_node(place, id, copy_text(reading, json_member_any_case(item, "displayName")));
        below = place->nodes.count - 1;
    }
    if (below)
        place->nodes.items[below].parent_state = PARENT_NONE;
}

static const JsonValue *find_chain(const RecordView *view)
{
    const JsonValue *chain = view_get(view, KEY_ANCESTORS_CHAIN);
    return chain
               ? chain
               : json_member_any_case(view_get(view, KEY_DETAILS), "managementGroupAncestorsChain");
}

bool read_management_group(Reading *reading)
{
    const RecordView *view = &reading->view;
    const char *id = copy_arm_id(reading, view_top_text(view, KEY_ID));
    if (!id || !is_place(id))
        return reading_refuse(reading, "/id",
                              "expected the id of a management group or subscription");
    PlaceFact *place = arena_allocate(reading->arena, 1, sizeof *place);
    PlaceNode *node = add_node(place, id, copy_text(reading, view_get(view, KEY_DISPLAY_NAME)));
    read_parent(reading, node);
    place->tenant_id = copy_object_id(reading, view_get(view, KEY_TENANT_ID));
    add_chain(reading, place, find_chain(view));
    add_children(reading, place, id, view_get(view, KEY_CHILDREN),
                 reading_member(reading, KEY_CHILDREN));
    bool subscription = place->nodes.items[0].is_subscription;
    return finish_place(reading, place,
                        subscription ? RECORD_SUBSCRIPTION : RECORD_MANAGEMENT_GROUP);
}

/* az account list has a bare GUID as id; REST and Resource Graph "/subscriptions/<guid>". */
static const char *subscription_id(Reading *reading)
{
    const RecordView *view = &reading->view;
    const char *id = view_top_text(view, KEY_ID);
    if (id && id[0] == '/')
        return copy_arm_id(reading, id);
    if (!id)
        id = view_top_text(view, KEY_SUBSCRIPTION_ID);
    if (!id || strchr(id, '/') || strlen(id) > ARM_ID_MAX_BYTES / 2)
        return NULL;
    return arena_format(reading->arena, "/subscriptions/%s", id);
}

bool read_subscription(Reading *reading)
{
    const RecordView *view = &reading->view;
    const char *id = subscription_id(reading);
    if (!id || !is_place(id))
        return reading_refuse(reading, "/id", "expected the id of a subscription");
    PlaceFact *place = arena_allocate(reading->arena, 1, sizeof *place);
    const char *name = copy_text(reading, view_get(view, KEY_DISPLAY_NAME));
    add_node(place, id, name ? name : copy_text(reading, view_get(view, KEY_NAME)));
    read_parent(reading, &place->nodes.items[0]);
    place->tenant_id = copy_object_id(reading, view_get(view, KEY_TENANT_ID));
    add_chain(reading, place, find_chain(view));
    return finish_place(reading, place, RECORD_SUBSCRIPTION);
}

bool read_tenant(Reading *reading)
{
    static const ValueRow rows[] = {{0, VALUE_OBJECT_ID, REQUIRED, {KEY_TENANT_ID}}};
    const char *tenant_id = NULL;
    if (!read_rows(reading, rows, ROW_COUNT(rows), &tenant_id))
        return false;
    reading->fact->kind = FACT_TENANT;
    reading->fact->record_kind = RECORD_OTHER;
    reading->fact->tenant_id = tenant_id;
    return true;
}
