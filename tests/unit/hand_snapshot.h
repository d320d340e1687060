#ifndef TESTS_UNIT_HAND_SNAPSHOT_H
#define TESTS_UNIT_HAND_SNAPSHOT_H

#include "base/memory.h"
#include "base/text.h"
#include "snapshot/fields.h"
#include "snapshot/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Snapshots written down in C, for tests of what comes after the readers.  All records stand in one
 * file, each with its own index.  `fields` is for hand_property; NULL when there are no properties.
 */
static inline Snapshot hand_snapshot(const FieldTable *fields)
{
    Snapshot snapshot = {.as_of = TIME_NONE, .tenant_id = NONE, .fields = fields};
    snapshot.ids = interner_new(CASE_IGNORED);
    snapshot.texts = interner_new(CASE_MATTERS);
    for (uint32_t i = 0; i < RECORD_KIND_COUNT; i++)
        snapshot.exported[i] = true;
    return snapshot;
}

static inline uint32_t hand_record(Snapshot *snapshot, RecordKind kind)
{
    if (!snapshot->files.count)
        ARRAY_PUSH(&snapshot->files, ((SourceFile){.path = "hand.json", .complete = true}));
    Record record = {.index = snapshot->records.count,
                     .line = 1 + snapshot->records.count,
                     .container = intern(&snapshot->texts, ""),
                     .kind = kind};
    ARRAY_PUSH(&snapshot->records, record);
    return snapshot->records.count - 1;
}

static inline Id hand_id(Snapshot *snapshot, const char *id)
{
    char buffer[1024];
    return id ? intern(&snapshot->ids, scope_normalise(id, buffer, sizeof buffer)) : NONE;
}

static inline Text hand_text(Snapshot *snapshot, const char *text)
{
    return intern(&snapshot->texts, text);
}

/* The principal with the object id; made when there is none yet. */
static inline uint32_t hand_principal(Snapshot *snapshot, const char *object_id, PrincipalKind kind,
                                      const char *name)
{
    Id id = intern(&snapshot->ids, object_id);
    for (uint32_t i = 0; i < snapshot->principals.count; i++)
        if (snapshot->principals.items[i].object_id == id)
            return i;
    Principal principal = {.object_id = id,
                           .kind = kind,
                           .name = hand_text(snapshot, name),
                           .user_principal_name = NONE,
                           .app_id = NONE,
                           .resource_id = NONE,
                           .exported = true,
                           .enabled = true,
                           .record = hand_record(snapshot, RECORD_USER),
                           .mentioned_by = NONE};
    ARRAY_PUSH(&snapshot->principals, principal);
    return snapshot->principals.count - 1;
}

static inline uint32_t hand_member(Snapshot *snapshot, uint32_t group, uint32_t member)
{
    DirectoryRelation relation = {.kind = RELATION_MEMBER,
                                  .object = group,
                                  .application = NONE,
                                  .subject = member,
                                  .record = hand_record(snapshot, RECORD_GROUP_MEMBER)};
    ARRAY_PUSH(&snapshot->relations, relation);
    return snapshot->relations.count - 1;
}

static inline RoleAssignment *hand_assignment(Snapshot *snapshot, uint32_t principal,
                                              const char *role, const char *scope)
{
    RoleAssignment assignment = {.id = NONE,
                                 .principal = principal,
                                 .role_guid = intern(&snapshot->ids, role),
                                 .scope = hand_id(snapshot, scope),
                                 .condition = NONE,
                                 .role_name = NONE,
                                 .start = TIME_NONE,
                                 .end = TIME_NONE,
                                 .record = hand_record(snapshot, RECORD_ROLE_ASSIGNMENT),
                                 .window_record = NONE};
    ARRAY_PUSH(&snapshot->role_assignments, assignment);
    return &snapshot->role_assignments.items[snapshot->role_assignments.count - 1];
}

static inline TextList hand_list(Snapshot *snapshot, const char *words)
{
    TextList list = {arena_allocate(&snapshot->arena, strlen(words) + 1, sizeof *list.items), 0};
    char *copy = arena_copy_text(&snapshot->arena, words), *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        list.items[list.count++] = word;
    return list;
}

/* A permission block; words are separated by blanks. */
static inline PermissionBlock hand_block(Snapshot *snapshot, const char *actions,
                                         const char *not_actions, const char *data_actions,
                                         const char *not_data_actions, const char *condition)
{
    return (PermissionBlock){hand_list(snapshot, actions), hand_list(snapshot, not_actions),
                             hand_list(snapshot, data_actions),
                             hand_list(snapshot, not_data_actions), condition};
}

static inline RoleDefinition *hand_role(Snapshot *snapshot, const char *guid, const char *name,
                                        RoleKind kind, const char *assignable_scopes,
                                        const PermissionBlock *blocks, uint32_t block_count)
{
    RoleDefinition role = {.name = name,
                           .kind = kind,
                           .block_count = block_count,
                           .assignable_scopes = hand_list(snapshot, assignable_scopes),
                           .record = hand_record(snapshot, RECORD_ROLE_DEFINITION)};
    guid_parse(guid, &role.guid);
    role.blocks = arena_allocate(&snapshot->arena, block_count, sizeof *role.blocks);
    memcpy(role.blocks, blocks, block_count * sizeof *role.blocks);
    ARRAY_PUSH(&snapshot->role_definitions, role);
    return &snapshot->role_definitions.items[snapshot->role_definitions.count - 1];
}

/* `name` alone; parent NULL: not exported. */
static inline ManagementGroup *hand_group(Snapshot *snapshot, const char *name, const char *parent)
{
    char id[256], above[256];
    snprintf(id, sizeof id, "/providers/Microsoft.Management/managementGroups/%s", name);
    snprintf(above, sizeof above, "/providers/Microsoft.Management/managementGroups/%s",
             parent ? parent : "");
    ManagementGroup group = {.id = hand_id(snapshot, id),
                             .name = hand_text(snapshot, name),
                             .display_name = NONE,
                             .parent = parent ? hand_id(snapshot, above) : NONE,
                             .parent_exported = parent != NULL,
                             .record = hand_record(snapshot, RECORD_MANAGEMENT_GROUP)};
    ARRAY_PUSH(&snapshot->management_groups, group);
    return &snapshot->management_groups.items[snapshot->management_groups.count - 1];
}

static inline Subscription *hand_subscription(Snapshot *snapshot, const char *id, const char *group)
{
    char above[256];
    snprintf(above, sizeof above, "/providers/Microsoft.Management/managementGroups/%s",
             group ? group : "");
    Subscription subscription = {.id = hand_id(snapshot, id),
                                 .name = NONE,
                                 .management_group = group ? hand_id(snapshot, above) : NONE,
                                 .record = hand_record(snapshot, RECORD_SUBSCRIPTION)};
    subscription.placed_by = group ? subscription.record : NONE;
    ARRAY_PUSH(&snapshot->subscriptions, subscription);
    return &snapshot->subscriptions.items[snapshot->subscriptions.count - 1];
}

static inline Resource *hand_resource(Snapshot *snapshot, const char *id, const char *type)
{
    Resource resource = {.id = hand_id(snapshot, id),
                         .type = intern(&snapshot->ids, type),
                         .name = hand_text(snapshot, strrchr(id, '/') + 1),
                         .kind = NONE,
                         .first_property = snapshot->properties.count,
                         .first_attachment = snapshot->attachments.count,
                         .identity_type = NONE,
                         .detailed = true,
                         .record = hand_record(snapshot, RECORD_RESOURCE)};
    ARRAY_PUSH(&snapshot->resources, resource);
    return &snapshot->resources.items[snapshot->resources.count - 1];
}

/* Of the resource that was made last; `fields` is the table of the same snapshot. */
static inline void hand_property(Snapshot *snapshot, FieldTable *fields, const char *name,
                                 const char *value)
{
    Property property = {.name = (uint16_t)intern(&fields->names, name),
                         .value = hand_text(snapshot, value),
                         .record = hand_record(snapshot, RECORD_RESOURCE)};
    ARRAY_PUSH(&snapshot->properties, property);
    snapshot->resources.items[snapshot->resources.count - 1].property_count++;
}

/* "This identity is attached to the resource that was made last." */
static inline void hand_attachment(Snapshot *snapshot, uint32_t principal, bool system_assigned)
{
    Attachment attachment = {.principal = principal,
                             .system_assigned = system_assigned,
                             .record = hand_record(snapshot, RECORD_RESOURCE)};
    ARRAY_PUSH(&snapshot->attachments, attachment);
    snapshot->resources.items[snapshot->resources.count - 1].attachment_count++;
}

/* The maps that the readers make when they are done. */
static inline void hand_finish(Snapshot *snapshot)
{
    uint32_t count = snapshot->ids.count;
    snapshot->principal_of_id = memory_allocate(count, sizeof *snapshot->principal_of_id);
    snapshot->resource_of_id = memory_allocate(count, sizeof *snapshot->resource_of_id);
    memset(snapshot->principal_of_id, 0xff, count * sizeof *snapshot->principal_of_id);
    memset(snapshot->resource_of_id, 0xff, count * sizeof *snapshot->resource_of_id);
    snapshot->id_map_count = count;
    for (uint32_t i = 0; i < snapshot->principals.count; i++)
        if (snapshot->principals.items[i].object_id != NONE)
            snapshot->principal_of_id[snapshot->principals.items[i].object_id] = i;
    for (uint32_t i = 0; i < snapshot->resources.count; i++)
        snapshot->resource_of_id[snapshot->resources.items[i].id] = i;
}

static inline void hand_free(Snapshot *snapshot)
{
    interner_free(&snapshot->ids);
    interner_free(&snapshot->texts);
    arena_free(&snapshot->arena);
    ARRAY_FREE(&snapshot->files);
    ARRAY_FREE(&snapshot->records);
    ARRAY_FREE(&snapshot->principals);
    ARRAY_FREE(&snapshot->relations);
    ARRAY_FREE(&snapshot->applications);
    ARRAY_FREE(&snapshot->role_definitions);
    ARRAY_FREE(&snapshot->role_assignments);
    ARRAY_FREE(&snapshot->deny_assignments);
    ARRAY_FREE(&snapshot->locks);
    ARRAY_FREE(&snapshot->management_groups);
    ARRAY_FREE(&snapshot->subscriptions);
    ARRAY_FREE(&snapshot->assumed_placements);
    ARRAY_FREE(&snapshot->resources);
    ARRAY_FREE(&snapshot->properties);
    ARRAY_FREE(&snapshot->attachments);
    ARRAY_FREE(&snapshot->access_policies);
    free(snapshot->principal_of_id);
    free(snapshot->resource_of_id);
}

#endif
