#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the first number of a relation's triple says about the second; of the last two there is one
   for members and one for owners. */
enum {
    OF_PRINCIPAL_MEMBER,
    OF_PRINCIPAL_OWNER,
    OF_APPLICATION,
    OF_UNKNOWN,
    OF_LIST = OF_UNKNOWN + 2
};

/* A record is made only when it adds something. */
static uint32_t need_record(Store *store, const Fact *fact, uint32_t *record)
{
    if (*record == NONE)
        *record = store_record(store, fact);
    return *record;
}

/* ---- relations ---- */

/* The principal that a hint names; a record is needed only when it was not known before. */
static uint32_t hinted_principal(Store *store, const PrincipalHint *hint, const Fact *fact,
                                 uint32_t *record, SourceRank rank)
{
    uint32_t index = store_find_principal(store, hint->object_id);
    if (index == NONE)
        index = store_principal(store, store_id(store, hint->object_id),
                                need_record(store, fact, record));
    store_hint(store, index, hint, rank);
    return index;
}

static void relate_principals(Store *store, RelationKind kind, uint32_t object, uint32_t subject,
                              const Fact *fact, uint32_t *record)
{
    uint32_t code = kind == RELATION_MEMBER ? OF_PRINCIPAL_MEMBER : OF_PRINCIPAL_OWNER;
    if (!triple_set_add(&store->relations, code, object, subject))
        return;
    DirectoryRelation relation = {kind, object, NONE, subject, need_record(store, fact, record)};
    ARRAY_PUSH(&store->snapshot->relations, relation);
}

static void relate_application(Store *store, Id application, uint32_t subject, uint32_t record)
{
    DirectoryRelation relation = {RELATION_OWNER, NONE, application, subject, record};
    ARRAY_PUSH(&store->snapshot->relations, relation);
}

/*
 * A schedule instance and the assignment that it is for are one: the instance tells the times.  Of
 * two instances the window is the whole from the first to the last.  True when something new was
 * said.
 */
static bool widen_window(DirectoryRoleAssignment *known, int64_t start, int64_t end)
{
    bool had_none = known->start == TIME_NONE && known->end == TIME_NONE;
    DirectoryRoleAssignment before = *known;
    if (start == TIME_NONE && end == TIME_NONE)
        return false;
    if (had_none || (known->start != TIME_NONE && (start == TIME_NONE || start < known->start)))
        known->start = start;
    if (had_none || (known->end != TIME_NONE && (end == TIME_NONE || end > known->end)))
        known->end = end;
    return known->start != before.start || known->end != before.end;
}

/* Takes an assignment; the record is made when it says something new. */
static void add_assignment(Store *store, const DirectoryRoleAssignment *assignment,
                           const Fact *fact, uint32_t *record)
{
    char key[64];
    snprintf(key, sizeof key, "%x %x %x %d", (unsigned)assignment->principal,
             (unsigned)assignment->role_template, (unsigned)assignment->directory_scope,
             (int)assignment->eligible);
    uint32_t index = intern(&store->directory_assignments, key);
    Snapshot *snapshot = store->snapshot;
    if (index < snapshot->directory_roles.count) {
        if (widen_window(&snapshot->directory_roles.items[index], assignment->start,
                         assignment->end))
            snapshot->directory_roles.items[index].record = need_record(store, fact, record);
        return;
    }
    DirectoryRoleAssignment added = *assignment;
    added.record = need_record(store, fact, record);
    ARRAY_PUSH(&snapshot->directory_roles, added);
}

static void hold_role(Store *store, Id role, uint32_t principal, const Fact *fact, uint32_t *record)
{
    const DirectoryRoleAssignment assignment = {.principal = principal,
                                                .role_template = role,
                                                .role_name = NONE,
                                                .directory_scope = store_text(store, "/"),
                                                .start = TIME_NONE,
                                                .end = TIME_NONE};
    add_assignment(store, &assignment, fact, record);
}

/* ---- administrative units ---- */

/* The unit with the id; made when there is none yet. */
static uint32_t unit_of(Store *store, const char *id, const Fact *fact, uint32_t *record)
{
    Id key = store_id(store, id);
    uint32_t index = id_map_get(&store->unit_of, key);
    if (index != NONE)
        return index;
    AdministrativeUnit unit = {
        .id = key, .name = NONE, .record = fact ? need_record(store, fact, record) : NONE};
    ARRAY_PUSH(&store->snapshot->administrative_units, unit);
    index = store->snapshot->administrative_units.count - 1;
    id_map_set(&store->unit_of, key, index);
    return index;
}

static void join_unit(Store *store, uint32_t unit, uint32_t principal, const Fact *fact,
                      uint32_t *record)
{
    if (!triple_set_add(&store->unit_members, unit, principal, 0))
        return;
    UnitMember member = {unit, principal, need_record(store, fact, record)};
    ARRAY_PUSH(&store->snapshot->unit_members, member);
}

static void mark_listed(Principal *object, RelationKind relation)
{
    if (relation == RELATION_MEMBER)
        object->members_exported = true;
    else
        object->owners_exported = true;
}

/* An element of a member or owner list of its own.  Whether the id is an application's may only be
   known when everything was read. */
static void relate_to_list(Store *store, const ListOwner *owner, uint32_t subject, const Fact *fact,
                           uint32_t *record)
{
    Id object = store_id(store, owner->object_id);
    if (owner->kind == OBJECT_DIRECTORY_ROLE) {
        hold_role(store, object, subject, fact, record);
    } else if (owner->kind == OBJECT_ADMINISTRATIVE_UNIT) {
        uint32_t unit = unit_of(store, owner->object_id, fact, record);
        store->snapshot->administrative_units.items[unit].members_exported = true;
        join_unit(store, unit, subject, fact, record);
    } else if (owner->kind == OBJECT_GROUP || owner->kind == OBJECT_SERVICE_PRINCIPAL) {
        const PrincipalHint hint = {
            .object_id = owner->object_id,
            .kind = owner->kind == OBJECT_GROUP ? PRINCIPAL_GROUP : PRINCIPAL_SERVICE_PRINCIPAL};
        uint32_t index = hinted_principal(store, &hint, fact, record, FROM_MENTION);
        mark_listed(&store->snapshot->principals.items[index], owner->relation);
        relate_principals(store, owner->relation, index, subject, fact, record);
    } else if (triple_set_add(&store->relations, OF_UNKNOWN + owner->relation, object, subject)) {
        PendingRelation pending = {owner->relation, owner->kind, object, subject,
                                   need_record(store, fact, record)};
        ARRAY_PUSH(&store->pending_relations, pending);
    }
}

bool commit_list_owner(Store *store, const ListOwner *owner)
{
    if (owner->kind == OBJECT_ADMINISTRATIVE_UNIT) {
        uint32_t unit = unit_of(store, owner->object_id, NULL, NULL);
        bool known = store->snapshot->administrative_units.items[unit].members_exported;
        store->snapshot->administrative_units.items[unit].members_exported = true;
        return !known;
    }
    PendingList list = {owner->relation, store_id(store, owner->object_id)};
    if (!triple_set_add(&store->relations, OF_LIST + owner->relation, list.object, NONE))
        return false;
    ARRAY_PUSH(&store->pending_lists, list);
    return true;
}

/* ---- users, groups, service principals ---- */

static PrincipalKind principal_kind_of(const Store *store, const ObjectFact *object, Id resource)
{
    if (object->kind == OBJECT_USER)
        return PRINCIPAL_USER;
    if (object->kind == OBJECT_GROUP)
        return PRINCIPAL_GROUP;
    if (!object->is_managed_identity || resource == NONE)
        return PRINCIPAL_SERVICE_PRINCIPAL;
    char type[256];
    const char *found = arm_id_type(id_text(store->snapshot, resource), type, sizeof type);
    return text_equal_any_case(found, USER_ASSIGNED_TYPE) ? PRINCIPAL_USER_ASSIGNED
                                                          : PRINCIPAL_SYSTEM_ASSIGNED;
}

/* The first own record counts; a later one that says something else is told. */
static void note_differences(Store *store, const Fact *fact, const Principal *known)
{
    const ObjectFact *object = fact->object;
    const char *name = text_text(store->snapshot, known->name);
    const char *what = NULL;
    if (object->name && name && !text_equal_any_case(object->name, name)) /* AzureHound: capitals */
        what = "displayName";
    else if (known->enabled == object->disabled)
        what = "accountEnabled";
    else if (known->role_assignable != object->role_assignable)
        what = "isAssignableToRole";
    if (what)
        store_disagreement(store, fact, known->record, TIME_NONE, what);
}

static void describe_principal(Store *store, const Fact *fact, uint32_t index, uint32_t *record)
{
    const ObjectFact *object = fact->object;
    Principal *known = &store->snapshot->principals.items[index];
    if (known->exported && known->record != NONE) {
        note_differences(store, fact, known);
        return;
    }
    known->exported = true;
    known->record = need_record(store, fact, record);
    known->guest = object->guest;
    known->enabled = !object->disabled;
    known->role_assignable = object->role_assignable;
    known->dynamic_membership = object->dynamic_membership;
    for (uint32_t i = 0; i < object->property_count; i++) {
        const PropertyFact *kept = &object->properties[i];
        PrincipalProperty property = {index,
                                      {kept->name, store_text(store, kept->value), known->record}};
        ARRAY_PUSH(&store->principal_properties, property);
    }
    for (uint32_t i = 0; i < object->app_role_count; i++) {
        AppRoleName name = {index, store_id(store, object->app_roles[i].id),
                            store_text(store, object->app_roles[i].value)};
        ARRAY_PUSH(&store->app_role_names, name);
    }
}

static void relate_inline(Store *store, const Fact *fact, uint32_t index, uint32_t *record)
{
    const ObjectFact *object = fact->object;
    Principal *principals = store->snapshot->principals.items;
    if ((object->has_members && !principals[index].members_exported) ||
        (object->has_owners && !principals[index].owners_exported))
        need_record(store, fact, record);
    principals[index].members_exported |= object->has_members;
    principals[index].owners_exported |= object->has_owners;
    for (uint32_t i = 0; i < object->member_count; i++)
        relate_principals(store, RELATION_MEMBER, index,
                          hinted_principal(store, &object->members[i], fact, record, FROM_LIST),
                          fact, record);
    for (uint32_t i = 0; i < object->owner_count; i++)
        relate_principals(store, RELATION_OWNER, index,
                          hinted_principal(store, &object->owners[i], fact, record, FROM_LIST),
                          fact, record);
}

static void commit_principal(Store *store, const Fact *fact, uint32_t *record)
{
    Snapshot *snapshot = store->snapshot;
    const ObjectFact *object = fact->object;
    Id resource = store_id(store, object->identity_resource);
    const PrincipalHint hint = {.object_id = object->object_id,
                                .name = object->name,
                                .user_principal_name = object->user_principal_name,
                                .app_id = object->app_id,
                                .kind = principal_kind_of(store, object, resource)};
    SourceRank rank = object->listed_by && !object->described ? FROM_LIST : FROM_OWN_RECORD;
    bool own_list = !object->listed_by;
    if (object->kind == OBJECT_UNKNOWN && object->listed_by) {
        PrincipalHint nameless = hint;
        nameless.kind = PRINCIPAL_UNKNOWN;
        uint32_t index = hinted_principal(store, &nameless, fact, record, FROM_LIST);
        relate_to_list(store, object->listed_by, index, fact, record);
        return;
    }
    uint32_t index = hinted_principal(store, &hint, fact, record, rank);
    if (own_list || object->described)
        describe_principal(store, fact, index, record);
    Principal *known = &snapshot->principals.items[index];
    if (known->resource_id == NONE && resource != NONE && object->is_managed_identity) {
        known->resource_id = resource;
        need_record(store, fact, record);
    }
    relate_inline(store, fact, index, record);
    if (object->listed_by)
        relate_to_list(store, object->listed_by, index, fact, record);
}

/* ---- applications ---- */

/* True when the credential was not known. */
static bool add_credential(Store *store, const FederatedFact *body, const Fact *fact,
                           uint32_t *record)
{
    Id id = store_id(store, body->id);
    if (id != NONE && id_map_get(&store->credential_of, id) != NONE)
        return false;
    FederatedCredential credential = {.parent = store_id(store, body->parent),
                                      .parent_is_application = body->parent_is_application,
                                      .name = store_text(store, body->name),
                                      .issuer = store_text(store, body->issuer),
                                      .subject = store_text(store, body->subject),
                                      .record = need_record(store, fact, record)};
    ARRAY_PUSH(&store->snapshot->federated_credentials, credential);
    if (id != NONE)
        id_map_set(&store->credential_of, id, store->snapshot->federated_credentials.count - 1);
    return true;
}

static void commit_application(Store *store, const Fact *fact, uint32_t *record)
{
    Snapshot *snapshot = store->snapshot;
    const ObjectFact *object = fact->object;
    Id id = store_id(store, object->object_id);
    uint32_t index = id_map_get(&store->application_of, id);
    if (index == NONE) {
        Application application = {id, store_id(store, object->app_id),
                                   store_text(store, object->name), INSTANCE_LOCK_NOT_SAID,
                                   need_record(store, fact, record)};
        ARRAY_PUSH(&snapshot->applications, application);
        index = snapshot->applications.count - 1;
        id_map_set(&store->application_of, id, index);
    }
    Application *known = &snapshot->applications.items[index];
    if (object->instance_lock > known->instance_lock) {
        known->instance_lock = object->instance_lock;
        known->record = need_record(store, fact, record);
    }
    for (uint32_t i = 0; i < object->credential_count; i++) {
        add_credential(store, &object->credentials[i], fact, record);
        snapshot->exported[RECORD_FEDERATED_CREDENTIAL] = true;
    }
    snapshot->exported[RECORD_APP_OWNER] |= object->has_owners;
    for (uint32_t i = 0; i < object->owner_count; i++) {
        uint32_t owner = hinted_principal(store, &object->owners[i], fact, record, FROM_LIST);
        if (triple_set_add(&store->relations, OF_APPLICATION, id, owner))
            relate_application(store, id, owner, need_record(store, fact, record));
    }
}

static void assign_app_role(Store *store, const AppRoleAssignmentFact *body, const Fact *fact,
                            uint32_t *record)
{
    uint32_t principal = hinted_principal(store, &body->principal, fact, record, FROM_LIST);
    uint32_t resource = hinted_principal(store, &body->resource, fact, record, FROM_LIST);
    Id app_role = store_id(store, body->app_role);
    if (!triple_set_add(&store->app_role_assignments, principal, resource, app_role))
        return;
    AppRoleAssignment assignment = {principal, resource, app_role, NONE,
                                    need_record(store, fact, record)};
    ARRAY_PUSH(&store->snapshot->app_roles, assignment);
}

static void note_exported_lists(Store *store, const ObjectFact *object)
{
    bool *exported = store->snapshot->exported;
    exported[RECORD_APP_ROLE_ASSIGNMENT] |= object->assignment_count > 0;
    if (object->kind == OBJECT_GROUP) {
        exported[RECORD_GROUP_MEMBER] |= object->has_members;
        exported[RECORD_GROUP_OWNER] |= object->has_owners;
    } else {
        exported[RECORD_APP_OWNER] |= object->has_owners;
    }
}

bool commit_object(Store *store, const Fact *fact)
{
    uint32_t record = NONE;
    note_exported_lists(store, fact->object);
    if (fact->object->kind == OBJECT_APPLICATION)
        commit_application(store, fact, &record);
    else
        commit_principal(store, fact, &record);
    for (uint32_t i = 0; i < fact->object->assignment_count; i++)
        assign_app_role(store, &fact->object->assignments[i], fact, &record);
    return record != NONE;
}

/* ---- directory roles ---- */

static uint32_t add_role_definition(Store *store, const DirectoryRoleFact *body, uint32_t record)
{
    DirectoryRoleDefinition definition = {.id = store_id(store, body->id),
                                          .template_id = store_id(store, body->template_id),
                                          .name = store_text(store, body->name),
                                          .built_in = body->built_in,
                                          .actions = store_list(store, &body->actions),
                                          .conditional_actions =
                                              store_list(store, &body->conditional_actions),
                                          .record = record};
    ARRAY_PUSH(&store->snapshot->directory_role_definitions, definition);
    uint32_t index = store->snapshot->directory_role_definitions.count - 1;
    id_map_set(&store->directory_role_of, definition.id, index);
    if (id_map_get(&store->directory_role_of, definition.template_id) == NONE)
        id_map_set(&store->directory_role_of, definition.template_id, index);
    return index;
}

/* A list without permissions may have named the role before its definition tells them. */
static void complete_role_definition(Store *store, const DirectoryRoleFact *body, uint32_t index,
                                     const Fact *fact, uint32_t *record)
{
    DirectoryRoleDefinition *known = &store->snapshot->directory_role_definitions.items[index];
    if (known->actions.count || known->conditional_actions.count ||
        (!body->actions.count && !body->conditional_actions.count))
        return;
    known->actions = store_list(store, &body->actions);
    known->conditional_actions = store_list(store, &body->conditional_actions);
    known->record = need_record(store, fact, record);
}

bool commit_directory_role(Store *store, const Fact *fact)
{
    const DirectoryRoleFact *body = fact->directory_role;
    uint32_t record = NONE;
    uint32_t index = id_map_get(&store->directory_role_of, store_id(store, body->id));
    if (index == NONE)
        add_role_definition(store, body, need_record(store, fact, &record));
    else
        complete_role_definition(store, body, index, fact, &record);
    for (uint32_t i = 0; i < body->member_count; i++)
        hold_role(store, store_id(store, body->template_id),
                  hinted_principal(store, &body->members[i], fact, &record, FROM_LIST), fact,
                  &record);
    return record != NONE;
}

bool commit_directory_assignment(Store *store, const Fact *fact)
{
    const DirectoryAssignmentFact *body = fact->directory_assignment;
    uint32_t record = NONE;
    const DirectoryRoleAssignment assignment = {
        .principal = hinted_principal(store, &body->principal, fact, &record, FROM_LIST),
        .role_template = store_id(store, body->role_id),
        .role_name = store_text(store, body->role_name),
        .directory_scope = store_text(store, body->directory_scope),
        .eligible = body->eligible,
        .start = body->start,
        .end = body->end};
    add_assignment(store, &assignment, fact, &record);
    return record != NONE;
}

bool commit_administrative_unit(Store *store, const Fact *fact)
{
    const AdministrativeUnitFact *body = fact->administrative_unit;
    uint32_t record = NONE;
    uint32_t index = unit_of(store, body->id, fact, &record);
    AdministrativeUnit *unit = &store->snapshot->administrative_units.items[index];
    Text name = store_text(store, body->name);
    if (unit->record == NONE || (unit->name == NONE && name != NONE) ||
        (body->restricted && !unit->restricted) || (body->has_members && !unit->members_exported)) {
        unit->record = need_record(store, fact, &record);
        unit->name = unit->name == NONE ? name : unit->name;
        unit->restricted |= body->restricted;
        unit->members_exported |= body->has_members;
    }
    for (uint32_t i = 0; i < body->member_count; i++)
        join_unit(store, index,
                  hinted_principal(store, &body->members[i], fact, &record, FROM_LIST), fact,
                  &record);
    return record != NONE;
}

/* ---- permissions of applications, federated credentials ---- */

bool commit_app_role_assignment(Store *store, const Fact *fact)
{
    uint32_t record = NONE;
    assign_app_role(store, fact->app_role_assignment, fact, &record);
    return record != NONE;
}

bool commit_delegated_grant(Store *store, const Fact *fact)
{
    const DelegatedGrantFact *body = fact->delegated_grant;
    uint32_t record = NONE;
    const PrincipalHint client = {.object_id = body->client, .kind = PRINCIPAL_SERVICE_PRINCIPAL};
    const PrincipalHint resource = {.object_id = body->resource,
                                    .kind = PRINCIPAL_SERVICE_PRINCIPAL};
    const PrincipalHint user = {.object_id = body->principal, .kind = PRINCIPAL_USER};
    DelegatedGrant grant = {
        .client = hinted_principal(store, &client, fact, &record, FROM_MENTION),
        .principal =
            body->principal ? hinted_principal(store, &user, fact, &record, FROM_MENTION) : NONE,
        .resource = hinted_principal(store, &resource, fact, &record, FROM_MENTION),
        .permissions = store_text(store, body->permissions)};
    if (!triple_set_add(&store->delegated_grants, grant.client, grant.resource, grant.principal))
        return false;
    grant.record = need_record(store, fact, &record);
    ARRAY_PUSH(&store->snapshot->delegated_grants, grant);
    return true;
}

bool commit_federated(Store *store, const Fact *fact)
{
    uint32_t record = NONE;
    return add_credential(store, fact->federated, fact, &record);
}

/* ---- finishing ---- */

/* Applications are named by their object id or by their app id. */
static IdMap applications_by_app_id(const Store *store)
{
    const Snapshot *snapshot = store->snapshot;
    IdMap map = {0};
    for (uint32_t i = 0; i < snapshot->applications.count; i++)
        if (snapshot->applications.items[i].app_id != NONE)
            id_map_set(&map, snapshot->applications.items[i].app_id, i);
    return map;
}

static uint32_t find_application(const Store *store, const IdMap *by_app_id, Id id)
{
    uint32_t index = id_map_get(&store->application_of, id);
    return index == NONE ? id_map_get(by_app_id, id) : index;
}

static void join_relation(Store *store, const IdMap *by_app_id, const PendingRelation *pending)
{
    Snapshot *snapshot = store->snapshot;
    uint32_t application = find_application(store, by_app_id, pending->object);
    if (pending->relation == RELATION_OWNER &&
        (application != NONE || pending->kind == OBJECT_APPLICATION)) {
        Id id = application == NONE ? pending->object
                                    : snapshot->applications.items[application].object_id;
        if (triple_set_add(&store->relations, OF_APPLICATION, id, pending->subject))
            relate_application(store, id, pending->subject, pending->record);
        return;
    }
    uint32_t object = store_principal(store, pending->object, pending->record);
    if (pending->relation == RELATION_MEMBER)
        store_set_kind(store, object, PRINCIPAL_GROUP, FROM_MENTION);
    uint32_t record = pending->record;
    mark_listed(&snapshot->principals.items[object], pending->relation);
    relate_principals(store, pending->relation, object, pending->subject, NULL, &record);
}

static void join_lists(Store *store)
{
    Principal *principals = store->snapshot->principals.items;
    for (uint32_t i = 0; i < store->pending_lists.count; i++) {
        const PendingList *list = &store->pending_lists.items[i];
        uint32_t object = id_map_get(&store->principal_of, list->object);
        if (object != NONE)
            mark_listed(&principals[object], list->relation);
    }
}

/* Ids of role instances become those of their templates, and the roles get their names. */
static void name_directory_roles(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    for (uint32_t i = 0; i < snapshot->directory_roles.count; i++) {
        DirectoryRoleAssignment *assignment = &snapshot->directory_roles.items[i];
        uint32_t index = id_map_get(&store->directory_role_of, assignment->role_template);
        if (index == NONE)
            continue;
        const DirectoryRoleDefinition *role = &snapshot->directory_role_definitions.items[index];
        assignment->role_template = role->template_id;
        if (assignment->role_name == NONE)
            assignment->role_name = role->name;
    }
}

static int by_principal_and_role(const void *left, const void *right)
{
    const AppRoleName *a = left;
    const AppRoleName *b = right;
    if (a->principal != b->principal)
        return a->principal < b->principal ? -1 : 1;
    if (a->app_role != b->app_role)
        return a->app_role < b->app_role ? -1 : 1;
    return a->value < b->value ? -1 : a->value > b->value;
}

static int by_principal_and_role_only(const void *left, const void *right)
{
    const AppRoleName *a = left;
    const AppRoleName *b = right;
    if (a->principal != b->principal)
        return a->principal < b->principal ? -1 : 1;
    return a->app_role < b->app_role ? -1 : a->app_role > b->app_role;
}

static void name_app_roles(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    if (!store->app_role_names.count)
        return;
    qsort(store->app_role_names.items, store->app_role_names.count,
          sizeof *store->app_role_names.items, by_principal_and_role);
    for (uint32_t i = 0; i < snapshot->app_roles.count; i++) {
        AppRoleAssignment *assignment = &snapshot->app_roles.items[i];
        const AppRoleName key = {assignment->resource, assignment->app_role, NONE};
        const AppRoleName *found =
            bsearch(&key, store->app_role_names.items, store->app_role_names.count,
                    sizeof *store->app_role_names.items, by_principal_and_role_only);
        if (found)
            assignment->value = found->value;
    }
}

static int by_principal(const void *left, const void *right)
{
    const PrincipalProperty *a = left;
    const PrincipalProperty *b = right;
    if (a->principal != b->principal)
        return a->principal < b->principal ? -1 : 1;
    if (a->property.name != b->property.name)
        return a->property.name < b->property.name ? -1 : 1;
    return a->property.value < b->property.value ? -1 : a->property.value > b->property.value;
}

/* Behind those of the resources. */
static void group_principal_properties(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    uint32_t count = store->principal_properties.count;
    PrincipalProperty *properties = store->principal_properties.items;
    if (count)
        qsort(properties, count, sizeof *properties, by_principal);
    for (uint32_t i = 0; i < count; i++) {
        Principal *principal = &snapshot->principals.items[properties[i].principal];
        if (!principal->property_count++)
            principal->first_property = snapshot->properties.count;
        ARRAY_PUSH(&snapshot->properties, properties[i].property);
    }
}

void finish_directory(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    IdMap by_app_id = applications_by_app_id(store);
    for (uint32_t i = 0; i < store->pending_relations.count; i++)
        join_relation(store, &by_app_id, &store->pending_relations.items[i]);
    for (uint32_t i = 0; i < snapshot->federated_credentials.count; i++) {
        FederatedCredential *credential = &snapshot->federated_credentials.items[i];
        uint32_t application = find_application(store, &by_app_id, credential->parent);
        if (credential->parent_is_application && application != NONE)
            credential->parent = snapshot->applications.items[application].object_id;
    }
    join_lists(store);
    name_directory_roles(store);
    name_app_roles(store);
    group_principal_properties(store);
    id_map_free(&by_app_id);
}
