#include "report/names.h"

#include "base/text.h"
#include "snapshot/arm_id.h"

#include <stdlib.h>
#include <string.h>

struct Names {
    const Analysis *analysis;
    uint32_t *subscription_of_id; /* by Id: Snapshot.subscriptions, or NONE */
    uint32_t *group_of_id;        /* by Id: Snapshot.management_groups, or NONE */
    uint32_t id_count;
};

Names *names_new(const Analysis *analysis)
{
    const Snapshot *snapshot = analysis->snapshot;
    Names *names = memory_allocate(1, sizeof *names);
    names->analysis = analysis;
    names->id_count = snapshot->ids.count;
    names->subscription_of_id = memory_allocate(names->id_count, sizeof(uint32_t));
    names->group_of_id = memory_allocate(names->id_count, sizeof(uint32_t));
    memset(names->subscription_of_id, 0xff, names->id_count * sizeof(uint32_t));
    memset(names->group_of_id, 0xff, names->id_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < snapshot->subscriptions.count; i++)
        names->subscription_of_id[snapshot->subscriptions.items[i].id] = i;
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++)
        names->group_of_id[snapshot->management_groups.items[i].id] = i;
    return names;
}

void names_free(Names *names)
{
    if (!names)
        return;
    free(names->subscription_of_id);
    free(names->group_of_id);
    free(names);
}

/* ---- principals ---- */

const char *id_of_principal(const Analysis *analysis, uint32_t principal)
{
    const Principal *it = &analysis->snapshot->principals.items[principal];
    const char *id =
        id_text(analysis->snapshot, it->object_id != NONE ? it->object_id : it->resource_id);
    return id ? id : "";
}

const char *name_of_principal(const Analysis *analysis, uint32_t principal)
{
    const char *name = principal_name(analysis->snapshot, principal);
    return name ? name : id_of_principal(analysis, principal);
}

const char *kind_of_principal(const Analysis *analysis, uint32_t principal)
{
    switch (analysis->snapshot->principals.items[principal].kind) {
    case PRINCIPAL_USER:
        return "user";
    case PRINCIPAL_GROUP:
        return "Entra group";
    case PRINCIPAL_SERVICE_PRINCIPAL:
        return "service principal";
    case PRINCIPAL_SYSTEM_ASSIGNED:
        return "system-assigned identity";
    case PRINCIPAL_USER_ASSIGNED:
        return "user-assigned identity";
    case PRINCIPAL_UNKNOWN:
        break;
    }
    return "principal";
}

/* ---- scopes ---- */

static const Scope *scope_at(const Analysis *analysis, uint32_t scope)
{
    return &analysis->access->tree.scopes[scope];
}

const char *id_of_scope(const Analysis *analysis, uint32_t scope)
{
    return id_text(analysis->snapshot, scope_at(analysis, scope)->id);
}

static const char *given_name(const Names *names, const Scope *scope)
{
    const Snapshot *snapshot = names->analysis->snapshot;
    if (scope->id >= names->id_count)
        return NULL;
    uint32_t subscription = names->subscription_of_id[scope->id];
    uint32_t group = names->group_of_id[scope->id];
    if (subscription != NONE)
        return text_text(snapshot, snapshot->subscriptions.items[subscription].name);
    if (group != NONE)
        return text_text(snapshot, snapshot->management_groups.items[group].display_name);
    return NULL;
}

const char *name_of_scope(const Names *names, uint32_t scope)
{
    const Scope *it = scope_at(names->analysis, scope);
    const char *name = given_name(names, it);
    if (it->level == SCOPE_ROOT)
        return "the whole tenant";
    return text_is_empty(name) ? arm_id_short_name(id_of_scope(names->analysis, scope)) : name;
}

const char *kind_of_scope(const Names *names, uint32_t scope)
{
    const Scope *it = scope_at(names->analysis, scope);
    switch (it->level) {
    case SCOPE_ROOT:
        return "tenant";
    case SCOPE_MANAGEMENT_GROUP:
        return "management group";
    case SCOPE_SUBSCRIPTION:
        return "subscription";
    case SCOPE_RESOURCE_GROUP:
        return "resource group";
    case SCOPE_RESOURCE:
        break;
    }
    return it->type == NONE ? "resource" : words_of_type(names, it->type, 1);
}

static const ResourceKind *kind_of_type(const Names *names, Id type)
{
    const char *text = id_text(names->analysis->snapshot, type);
    return text ? rules_resource_kind(names->analysis->rules, text) : NULL;
}

const char *words_of_type(const Names *names, Id type, uint32_t count)
{
    const ResourceKind *kind = kind_of_type(names, type);
    if (kind)
        return count == 1 ? kind->singular : kind->plural;
    const char *text = id_text(names->analysis->snapshot, type);
    const char *slash = text ? strchr(text, '/') : NULL;
    return slash ? slash + 1 : "resource";
}

const char *family_of_type(const Names *names, Id type)
{
    const ResourceKind *kind = kind_of_type(names, type);
    return kind ? kind->family : "other";
}

/* ---- starts ---- */

const char *id_of_start(const Analysis *analysis, uint32_t start)
{
    const Start *it = &analysis->starts.items[start];
    if (it->principal != NONE)
        return id_of_principal(analysis, it->principal);
    return id_text(analysis->snapshot, analysis->snapshot->resources.items[it->resource].id);
}

const char *name_of_start(const Names *names, uint32_t start)
{
    const Analysis *analysis = names->analysis;
    const Start *it = &analysis->starts.items[start];
    if (it->principal != NONE)
        return name_of_principal(analysis, it->principal);
    const Resource *resource = &analysis->snapshot->resources.items[it->resource];
    const char *name = text_text(analysis->snapshot, resource->name);
    return name ? name : arm_id_short_name(id_text(analysis->snapshot, resource->id));
}

const char *start_kind_name(StartKind kind)
{
    static const char *const words[] = {[START_SYSTEM_ASSIGNED] = "system-assigned",
                                        [START_USER_ASSIGNED] = "user-assigned",
                                        [START_SERVICE_PRINCIPAL] = "service-principal",
                                        [START_USER] = "user",
                                        [START_WORKLOAD] = "workload"};
    return words[kind];
}

const char *kind_of_start(const Names *names, uint32_t start)
{
    const Start *it = &names->analysis->starts.items[start];
    if (it->principal != NONE)
        return kind_of_principal(names->analysis, it->principal);
    const Resource *resource = &names->analysis->snapshot->resources.items[it->resource];
    return words_of_type(names, resource->type, 1);
}

/* ---- both ---- */

const char *id_of_entity(const Names *names, Entity entity)
{
    return entity.kind == ENTITY_PRINCIPAL ? id_of_principal(names->analysis, entity.index)
                                           : id_of_scope(names->analysis, entity.index);
}

const char *name_of_entity(const Names *names, Entity entity)
{
    return entity.kind == ENTITY_PRINCIPAL ? name_of_principal(names->analysis, entity.index)
                                           : name_of_scope(names, entity.index);
}
