#include "analysis/parts.h"
#include "base/memory.h"
#include "base/text.h"

/* What a record was read as.  One can be several things (an application with its owners): the
   first in this order tells most. */
typedef enum RecordUseKind {
    USE_NONE,
    USE_RELATION,
    USE_DIRECTORY_ROLE,
    USE_APP_ROLE,
    USE_FEDERATED_CREDENTIAL,
    USE_DELEGATED_GRANT,
    USE_DIRECTORY_ROLE_DEFINITION,
    USE_UNIT_MEMBER,
    USE_UNIT,
    USE_APPLICATION,
    USE_RESOURCE,
    USE_PRINCIPAL
} RecordUseKind;

/* Of the kind's array in the snapshot, the first item that the record gave. */
struct RecordUse {
    RecordUseKind kind;
    uint32_t item;
};

static void use(Parts *parts, uint32_t record, RecordUseKind kind, uint32_t item)
{
    if (record != NONE && parts->record_uses[record].kind == USE_NONE)
        parts->record_uses[record] = (RecordUse){kind, item};
}

#define USE_ALL(parts, list, use_kind)                                                             \
    for (uint32_t i = 0; i < (parts)->snapshot->list.count; i++)                                   \
    use(parts, (parts)->snapshot->list.items[i].record, use_kind, i)

/* An inventory line and a record with more can both have given something of a resource. */
static void use_parts_of_resources(Parts *parts)
{
    const Snapshot *snapshot = parts->snapshot;
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        for (uint32_t p = 0; p < resource->property_count; p++)
            use(parts, snapshot->properties.items[resource->first_property + p].record,
                USE_RESOURCE, i);
        for (uint32_t a = 0; a < resource->attachment_count; a++)
            use(parts, snapshot->attachments.items[resource->first_attachment + a].record,
                USE_RESOURCE, i);
    }
}

void index_records(Parts *parts)
{
    parts->record_uses =
        memory_allocate(parts->snapshot->records.count, sizeof *parts->record_uses);
    USE_ALL(parts, relations, USE_RELATION);
    USE_ALL(parts, directory_roles, USE_DIRECTORY_ROLE);
    USE_ALL(parts, app_roles, USE_APP_ROLE);
    USE_ALL(parts, federated_credentials, USE_FEDERATED_CREDENTIAL);
    USE_ALL(parts, delegated_grants, USE_DELEGATED_GRANT);
    USE_ALL(parts, directory_role_definitions, USE_DIRECTORY_ROLE_DEFINITION);
    USE_ALL(parts, unit_members, USE_UNIT_MEMBER);
    USE_ALL(parts, administrative_units, USE_UNIT);
    USE_ALL(parts, applications, USE_APPLICATION);
    USE_ALL(parts, resources, USE_RESOURCE);
    USE_ALL(parts, principals, USE_PRINCIPAL);
    use_parts_of_resources(parts);
}

static const char *application_name(const Snapshot *snapshot, Id object_id)
{
    for (uint32_t i = 0; i < snapshot->applications.count; i++) {
        const Application *application = &snapshot->applications.items[i];
        if (application->object_id == object_id && application->name != NONE)
            return text_text(snapshot, application->name);
    }
    return id_text(snapshot, object_id);
}

static const char *relation_record_words(const Parts *parts, Arena *arena, uint32_t item)
{
    const Snapshot *snapshot = parts->snapshot;
    const DirectoryRelation *relation = &snapshot->relations.items[item];
    const char *what = relation->kind == RELATION_MEMBER ? "member" : "owner";
    if (relation->object == NONE)
        return arena_format(arena, "%s of the application %s", what,
                            application_name(snapshot, relation->application));
    return arena_format(arena, "%s of %s", what, principal_name(snapshot, relation->object));
}

static const char *unit_name(const Snapshot *snapshot, uint32_t unit)
{
    const char *name =
        unit == NONE ? NULL : text_text(snapshot, snapshot->administrative_units.items[unit].name);
    return name ? name : "an administrative unit";
}

static const char *directory_role_words(const Parts *parts, Arena *arena, uint32_t item)
{
    const Snapshot *snapshot = parts->snapshot;
    const DirectoryRoleAssignment *assignment = &snapshot->directory_roles.items[item];
    DirectoryScope scope = parts->relations.directory.scopes[item];
    const DirectoryRole *role =
        rules_find_directory_role(parts->rules, id_text(snapshot, assignment->role_template));
    const char *name = role ? role->name : text_text(snapshot, assignment->role_name);
    const char *where = scope.kind == DIRECTORY_SCOPE_TENANT ? "the whole tenant"
                        : scope.kind == DIRECTORY_SCOPE_UNIT ? unit_name(snapshot, scope.index)
                        : scope.kind == DIRECTORY_SCOPE_OBJECT
                            ? principal_name(snapshot, scope.index)
                            : text_text(snapshot, assignment->directory_scope);
    return arena_format(arena, "%s %s %s%s", name ? name : "a role without a name",
                        scope.kind == DIRECTORY_SCOPE_OBJECT ? "over" : "in", where,
                        assignment->eligible ? ", eligible" : "");
}

static const char *app_role_words(const Parts *parts, Arena *arena, uint32_t item)
{
    const Snapshot *snapshot = parts->snapshot;
    const AppRoleAssignment *assignment = &snapshot->app_roles.items[item];
    const char *guid = id_text(snapshot, assignment->app_role);
    const AppRole *role = rules_find_app_role(parts->rules, guid);
    const char *value = text_text(snapshot, assignment->value);
    return arena_format(arena, "permission %s", role ? role->name : value ? value : guid);
}

static const char *or_unnamed(const char *name)
{
    return name ? name : "without a name";
}

static const char *resource_words(const Parts *parts, Arena *arena, uint32_t item)
{
    const Resource *resource = &parts->snapshot->resources.items[item];
    const ResourceKind *kind = resource->type == NONE ? NULL : parts->kind_of_type[resource->type];
    const char *name = or_unnamed(text_text(parts->snapshot, resource->name));
    if (kind && text_equal(kind->family, "vaults"))
        return arena_format(arena, "access policy of %s", name); /* nothing else of it counts */
    return arena_format(arena, "%s %s", kind ? kind->singular : "resource", name);
}

const char *record_words(const Parts *parts, Arena *arena, uint32_t record)
{
    const Snapshot *snapshot = parts->snapshot;
    RecordUse told = parts->record_uses[record];
    switch (told.kind) {
    case USE_RELATION:
        return relation_record_words(parts, arena, told.item);
    case USE_DIRECTORY_ROLE:
        return directory_role_words(parts, arena, told.item);
    case USE_APP_ROLE:
        return app_role_words(parts, arena, told.item);
    case USE_FEDERATED_CREDENTIAL:
        return arena_format(
            arena, "federated credential %s",
            or_unnamed(text_text(snapshot, snapshot->federated_credentials.items[told.item].name)));
    case USE_DELEGATED_GRANT:
        return arena_format(
            arena, "delegated permissions %s",
            or_unnamed(
                text_text(snapshot, snapshot->delegated_grants.items[told.item].permissions)));
    case USE_DIRECTORY_ROLE_DEFINITION:
        return arena_format(
            arena, "definition of %s",
            or_unnamed(
                text_text(snapshot, snapshot->directory_role_definitions.items[told.item].name)));
    case USE_UNIT_MEMBER:
        return arena_format(arena, "members of %s",
                            unit_name(snapshot, snapshot->unit_members.items[told.item].unit));
    case USE_UNIT:
        return arena_format(arena, "administrative unit %s", unit_name(snapshot, told.item));
    case USE_APPLICATION:
        return arena_format(
            arena, "application %s",
            or_unnamed(text_text(snapshot, snapshot->applications.items[told.item].name)));
    case USE_RESOURCE:
        return resource_words(parts, arena, told.item);
    case USE_PRINCIPAL:
        return arena_format(arena, "description of %s", principal_name(snapshot, told.item));
    case USE_NONE:
        break;
    }
    return arena_format(arena, "record of %s",
                        record_kind_name(snapshot->records.items[record].kind));
}
