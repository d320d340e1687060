#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/reading.h"

#include <string.h>

/*
 * Microsoft Entra objects as Microsoft Graph, and the Azure CLI after it, print them.
 * https://learn.microsoft.com/graph/api/resources/directoryobject
 * https://learn.microsoft.com/graph/api/resources/serviceprincipal
 * https://learn.microsoft.com/graph/api/resources/unifiedroleassignment
 */

/* Graph cuts an inline ($expand) list after this many without a sign.
   https://learn.microsoft.com/graph/query-parameters#expand-parameter */
enum { EXPAND_LIMIT = 20 };

/* ---- what kind of object ---- */

static ObjectKind kind_of_type_name(const char *type)
{
    static const struct {
        const char *end;
        ObjectKind kind;
    } kinds[] = {{".user", OBJECT_USER},
                 {".group", OBJECT_GROUP},
                 {".servicePrincipal", OBJECT_SERVICE_PRINCIPAL},
                 {".application", OBJECT_APPLICATION},
                 {".directoryRole", OBJECT_DIRECTORY_ROLE},
                 {".administrativeUnit", OBJECT_ADMINISTRATIVE_UNIT}};
    if (!type)
        return OBJECT_UNKNOWN;
    for (size_t i = 0; i < ROW_COUNT(kinds); i++)
        if (text_ends_with_any_case(type, kinds[i].end) ||
            text_equal_any_case(type, kinds[i].end + 1))
            return kinds[i].kind;
    return OBJECT_OTHER;
}

static const char *type_name(const RecordView *view)
{
    const char *type = view_top_text(view, KEY_ODATA_TYPE);
    if (!type)
        type = view_top_text(view, KEY_OLD_ODATA_TYPE);
    return type ? type : view_top_text(view, KEY_OBJECT_TYPE);
}

static bool any_key(const RecordView *view, const Key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (view->top[keys[i]])
            return true;
    return false;
}

/* A service principal has most keys of an application too, so it is asked for first. */
static ObjectKind kind_of_keys(const RecordView *view)
{
    static const Key service_principal[] = {KEY_SERVICE_PRINCIPAL_TYPE, KEY_SERVICE_PRINCIPAL_NAMES,
                                            KEY_ALTERNATIVE_NAMES, KEY_APP_DISPLAY_NAME};
    static const Key application[] = {KEY_SIGN_IN_AUDIENCE, KEY_IDENTIFIER_URIS,
                                      KEY_REQUIRED_RESOURCE_ACCESS};
    static const Key group[] = {KEY_GROUP_TYPES, KEY_SECURITY_ENABLED, KEY_MAIL_ENABLED,
                                KEY_IS_ASSIGNABLE_TO_ROLE};
    static const Key user[] = {KEY_USER_PRINCIPAL_NAME, KEY_USER_TYPE};
    if (view->top[KEY_IS_MEMBER_MANAGEMENT_RESTRICTED])
        return OBJECT_ADMINISTRATIVE_UNIT;
    if (any_key(view, service_principal, ROW_COUNT(service_principal)))
        return OBJECT_SERVICE_PRINCIPAL;
    if (any_key(view, application, ROW_COUNT(application)))
        return OBJECT_APPLICATION;
    if (any_key(view, user, ROW_COUNT(user)))
        return OBJECT_USER;
    return any_key(view, group, ROW_COUNT(group)) ? OBJECT_GROUP : OBJECT_UNKNOWN;
}

static ObjectKind kind_of_list(const ListContext *list)
{
    if (!list->entities)
        return OBJECT_UNKNOWN;
    return list->kind == RECORD_USER                  ? OBJECT_USER
           : list->kind == RECORD_GROUP               ? OBJECT_GROUP
           : list->kind == RECORD_SERVICE_PRINCIPAL   ? OBJECT_SERVICE_PRINCIPAL
           : list->kind == RECORD_APPLICATION         ? OBJECT_APPLICATION
           : list->kind == RECORD_ADMINISTRATIVE_UNIT ? OBJECT_ADMINISTRATIVE_UNIT
                                                      : OBJECT_UNKNOWN;
}

static ObjectKind kind_of_object(const Reading *reading)
{
    ObjectKind kind = kind_of_type_name(type_name(&reading->view));
    if (!kind)
        kind = kind_of_keys(&reading->view);
    return kind ? kind : kind_of_list(reading->list);
}

static PrincipalKind principal_kind(ObjectKind kind)
{
    return kind == OBJECT_USER                ? PRINCIPAL_USER
           : kind == OBJECT_GROUP             ? PRINCIPAL_GROUP
           : kind == OBJECT_SERVICE_PRINCIPAL ? PRINCIPAL_SERVICE_PRINCIPAL
                                              : PRINCIPAL_UNKNOWN;
}

/* ---- inline lists ---- */

static void read_hint(Reading *reading, const JsonValue *object, const char *object_id,
                      PrincipalHint *hint)
{
    const char *type = json_text(json_member_any_case(object, "@odata.type"));
    if (!type)
        type = json_text(json_member_any_case(object, "objectType"));
    hint->object_id = object_id;
    hint->kind = principal_kind(kind_of_type_name(type));
    hint->name = copy_text(reading, json_member_any_case(object, "displayName"));
    hint->user_principal_name =
        copy_text(reading, json_member_any_case(object, "userPrincipalName"));
    hint->app_id = copy_object_id(reading, json_member_any_case(object, "appId"));
    if (!hint->kind && hint->user_principal_name)
        hint->kind = PRINCIPAL_USER;
}

/* Devices and contacts in a member list cannot hold rights. */
static bool cannot_hold_rights(const JsonValue *object)
{
    const char *type = json_text(json_member_any_case(object, "@odata.type"));
    return kind_of_type_name(type) == OBJECT_OTHER;
}

static void read_inline_list(Reading *reading, Key key, Key next_link, PrincipalHint **hints,
                             uint32_t *count)
{
    const JsonValue *list = reading->view.top[key];
    uint32_t i = 0;
    *hints = arena_allocate(reading->arena, json_count(list), sizeof **hints);
    *count = 0;
    for (const JsonValue *item = json_first(list); item; item = json_next(item), i++) {
        const JsonValue *id = json_member_any_case(item, "id");
        const char *object_id =
            copy_object_id(reading, id ? id : json_member_any_case(item, "objectId"));
        if (object_id && !cannot_hold_rights(item))
            read_hint(reading, item, object_id, &(*hints)[(*count)++]);
        else if (!object_id)
            reading_remark(reading, arena_format(reading->arena, "/%s/%u", key_name(key), i),
                           "expected an object with an id; left out");
    }
    if (next_link && reading->view.top[next_link])
        reading->fact->truncated_by = key_name(next_link);
    else if (i == EXPAND_LIMIT)
        reading->fact->truncated_by = "an inline list of exactly 20, where Microsoft Graph cuts";
}

/* ---- users, groups, service principals, applications ---- */

static const ValueRow OBJECT_ROWS[] = {
    {offsetof(ObjectFact, object_id), VALUE_OBJECT_ID, REQUIRED, {KEY_ID, KEY_OBJECT_ID}},
    {offsetof(ObjectFact, name), VALUE_TEXT, OPTIONAL, {KEY_DISPLAY_NAME, KEY_APP_DISPLAY_NAME}},
    {offsetof(ObjectFact, app_id), VALUE_OBJECT_ID, OPTIONAL, {KEY_APP_ID}},
    {offsetof(ObjectFact, user_principal_name), VALUE_TEXT, OPTIONAL, {KEY_USER_PRINCIPAL_NAME}},
    {offsetof(ObjectFact, role_assignable), VALUE_TRUE, OPTIONAL, {KEY_IS_ASSIGNABLE_TO_ROLE}},
};

/* ["isExplicit=True", "/subscriptions/.../userAssignedIdentities/x"]; False: the host's id. */
static const char *resource_of_identity(Reading *reading, const JsonValue *names)
{
    for (const JsonValue *name = json_first(names); name; name = json_next(name)) {
        const char *text = json_text(name);
        if (text && text[0] == '/' && arm_id_subscription_length(text))
            return copy_arm_id(reading, text);
    }
    return NULL;
}

static void read_app_roles(Reading *reading, ObjectFact *object)
{
    const JsonValue *roles = reading->view.top[KEY_APP_ROLES];
    object->app_roles = arena_allocate(reading->arena, json_count(roles), sizeof(AppRoleFact));
    for (const JsonValue *role = json_first(roles); role; role = json_next(role)) {
        AppRoleFact fact = {copy_object_id(reading, json_member_any_case(role, "id")),
                            copy_text(reading, json_member_any_case(role, "value"))};
        if (fact.id && fact.value)
            object->app_roles[object->app_role_count++] = fact;
    }
}

/* Inline ($expand) credentials of an application. */
static void read_inline_credentials(Reading *reading, ObjectFact *object)
{
    const JsonValue *list = reading->view.top[KEY_FEDERATED_IDENTITY_CREDENTIALS];
    object->credentials =
        arena_allocate(reading->arena, json_count(list), sizeof *object->credentials);
    for (const JsonValue *item = json_first(list); item; item = json_next(item)) {
        FederatedFact credential = {
            .id = copy_text(reading, json_member_any_case(item, "id")),
            .parent = object->object_id,
            .parent_is_application = true,
            .name = copy_text(reading, json_member_any_case(item, "name")),
            .issuer = copy_text(reading, json_member_any_case(item, "issuer")),
            .subject = copy_text(reading, json_member_any_case(item, "subject"))};
        if (credential.issuer)
            object->credentials[object->credential_count++] = credential;
    }
}

static bool app_role_assignment_of(Reading *reading, const JsonValue *item,
                                   AppRoleAssignmentFact *assignment)
{
    assignment->id = copy_text(reading, json_member_any_case(item, "id"));
    assignment->app_role = copy_object_id(reading, json_member_any_case(item, "appRoleId"));
    assignment->principal.object_id =
        copy_object_id(reading, json_member_any_case(item, "principalId"));
    assignment->principal.name =
        copy_text(reading, json_member_any_case(item, "principalDisplayName"));
    assignment->principal.kind =
        principal_kind(kind_of_type_name(json_text(json_member_any_case(item, "principalType"))));
    assignment->resource.object_id =
        copy_object_id(reading, json_member_any_case(item, "resourceId"));
    assignment->resource.name =
        copy_text(reading, json_member_any_case(item, "resourceDisplayName"));
    assignment->resource.kind = PRINCIPAL_SERVICE_PRINCIPAL;
    return assignment->app_role && assignment->principal.object_id &&
           assignment->resource.object_id;
}

/* Inline ($expand) permissions that a service principal holds, or gives. */
static void read_inline_assignments(Reading *reading, ObjectFact *object)
{
    static const Key keys[] = {KEY_APP_ROLE_ASSIGNMENTS, KEY_APP_ROLE_ASSIGNED_TO};
    uint32_t most = 0;
    for (size_t i = 0; i < ROW_COUNT(keys); i++)
        most += json_count(reading->view.top[keys[i]]);
    object->assignments = arena_allocate(reading->arena, most, sizeof *object->assignments);
    for (size_t i = 0; i < ROW_COUNT(keys); i++)
        for (const JsonValue *item = json_first(reading->view.top[keys[i]]); item;
             item = json_next(item))
            if (app_role_assignment_of(reading, item,
                                       &object->assignments[object->assignment_count]))
                object->assignment_count++;
}

/*
 * The lock is on the service principals' credentials when it is enabled and covers all properties
 * or those used to verify; with none of its parts said, it covers all.
 * https://learn.microsoft.com/graph/api/resources/serviceprincipallockconfiguration
 */
static InstanceLock read_instance_lock(const Reading *reading)
{
    static const char *const parts[] = {"allProperties", "credentialsWithUsageVerify"};
    const JsonValue *lock =
        json_member_any_case(reading->view.record, "servicePrincipalLockConfiguration");
    bool enabled = false;
    bool said = false;
    bool covers = false;
    if (!lock)
        return INSTANCE_LOCK_NOT_SAID;
    json_bool(json_member_any_case(lock, "isEnabled"), &enabled);
    for (size_t i = 0; i < ROW_COUNT(parts); i++) {
        bool part = false;
        said |= json_bool(json_member_any_case(lock, parts[i]), &part);
        covers |= part;
    }
    return enabled && (covers || !said) ? INSTANCE_LOCK_ON : INSTANCE_LOCK_OFF;
}

/* The rule decides the membership only where groupTypes, when exported, says so. */
static bool has_dynamic_membership(const RecordView *view)
{
    const JsonValue *types = view->top[KEY_GROUP_TYPES];
    for (const JsonValue *type = json_first(types); type; type = json_next(type))
        if (text_equal_any_case(json_text(type), "DynamicMembership"))
            return true;
    return !types && view_top_text(view, KEY_MEMBERSHIP_RULE);
}

static const char *properties_type(const ObjectFact *object)
{
    return object->kind == OBJECT_USER          ? "user"
           : object->kind == OBJECT_GROUP       ? "group"
           : object->kind == OBJECT_APPLICATION ? "application"
           : object->is_managed_identity        ? "managed-identity"
                                                : "service-principal";
}

static void read_object_details(Reading *reading, ObjectFact *object)
{
    const RecordView *view = &reading->view;
    bool enabled = true;
    json_bool(view->top[KEY_ACCOUNT_ENABLED], &enabled);
    object->disabled = !enabled;
    object->guest = text_equal_any_case(view_top_text(view, KEY_USER_TYPE), "Guest");
    object->dynamic_membership = has_dynamic_membership(view);
    object->is_managed_identity =
        text_equal_any_case(view_top_text(view, KEY_SERVICE_PRINCIPAL_TYPE), "ManagedIdentity");
    object->described = kind_of_keys(view) != OBJECT_UNKNOWN;
    if (object->kind == OBJECT_SERVICE_PRINCIPAL) {
        object->identity_resource = resource_of_identity(reading, view->top[KEY_ALTERNATIVE_NAMES]);
        read_app_roles(reading, object);
        read_inline_assignments(reading, object);
    }
    if (object->kind == OBJECT_APPLICATION) {
        read_inline_credentials(reading, object);
        object->instance_lock = read_instance_lock(reading);
    }
    object->property_count = read_properties(reading, properties_type(object), &object->properties);
    object->has_members = json_is_array(view->top[KEY_MEMBERS]);
    object->has_owners = json_is_array(view->top[KEY_OWNERS]);
    if (object->has_members)
        read_inline_list(reading, KEY_MEMBERS, KEY_MEMBERS_NEXT_LINK, &object->members,
                         &object->member_count);
    if (object->has_owners)
        read_inline_list(reading, KEY_OWNERS, KEY_OWNERS_NEXT_LINK, &object->owners,
                         &object->owner_count);
}

/* Is the record an element of a list of members or owners, rather than of its own collection? */
static bool is_relation_element(const Reading *reading)
{
    const ListContext *list = reading->list;
    const RecordView *view = &reading->view;
    if (!reading->in_list || list->entities || list->plain_objects || view->top[KEY_MEMBERS] ||
        view->top[KEY_OWNERS])
        return false;
    if (list->directory_objects)
        return true;
    if (list->relation)
        return list->owner.object_id || type_name(view);
    /* The Azure CLI names the type of each element only in lists of mixed types. */
    return view_top_text(view, KEY_ODATA_TYPE) != NULL;
}

static RecordKind relation_record_kind(const ListOwner *owner)
{
    if (owner->kind == OBJECT_DIRECTORY_ROLE)
        return RECORD_DIRECTORY_ROLE;
    if (owner->kind == OBJECT_ADMINISTRATIVE_UNIT)
        return RECORD_ADMINISTRATIVE_UNIT;
    if (owner->relation == RELATION_MEMBER)
        return RECORD_GROUP_MEMBER;
    return owner->kind == OBJECT_GROUP ? RECORD_GROUP_OWNER : RECORD_APP_OWNER;
}

static bool read_relation_element(Reading *reading, ObjectFact *object)
{
    const ListOwner *owner = &reading->list->owner;
    const char *what = owner->relation == RELATION_OWNER ? "owner" : "member";
    if (!owner->object_id)
        return reading_set_aside(reading,
                                 "group not named: an element of a list of %ss, of which nothing "
                                 "says whose; put the object id into the file name (%ss_<id>.json)",
                                 what, what);
    ListOwner *copy = arena_allocate(reading->arena, 1, sizeof *copy);
    *copy = *owner;
    copy->object_id = arena_copy_text(reading->arena, owner->object_id);
    object->listed_by = copy;
    reading->fact->record_kind = relation_record_kind(owner);
    return true;
}

static RecordKind entity_record_kind(ObjectKind kind)
{
    return kind == OBJECT_USER                ? RECORD_USER
           : kind == OBJECT_GROUP             ? RECORD_GROUP
           : kind == OBJECT_SERVICE_PRINCIPAL ? RECORD_SERVICE_PRINCIPAL
                                              : RECORD_APPLICATION;
}

/* Without a dot in front: "#microsoft.graph.device" is told as "device". */
static bool other_object(Reading *reading)
{
    const char *type = type_name(&reading->view);
    const char *dot = strrchr(type, '.');
    return reading_not_relevant(reading, dot ? dot + 1 : type);
}

/* Enough to tell a directory object from everything else? */
bool is_directory_object(const Reading *reading)
{
    const ListContext *list = reading->list;
    const RecordView *view = &reading->view;
    if (view_top_text(view, KEY_ODATA_TYPE) || view_top_text(view, KEY_OLD_ODATA_TYPE) ||
        kind_of_keys(view) || kind_of_list(list))
        return true;
    const char *id = view_top_text(view, KEY_ID);
    Guid guid;
    return (list->relation || list->directory_objects) && id && guid_parse(id, &guid);
}

/* https://learn.microsoft.com/graph/api/resources/administrativeunit */
static bool read_administrative_unit(Reading *reading)
{
    static const ValueRow rows[] = {
        {offsetof(AdministrativeUnitFact, id), VALUE_OBJECT_ID, REQUIRED, {KEY_ID}},
        {offsetof(AdministrativeUnitFact, name), VALUE_TEXT, OPTIONAL, {KEY_DISPLAY_NAME}},
        {offsetof(AdministrativeUnitFact, restricted),
         VALUE_TRUE,
         OPTIONAL,
         {KEY_IS_MEMBER_MANAGEMENT_RESTRICTED}},
    };
    AdministrativeUnitFact *unit = arena_allocate(reading->arena, 1, sizeof *unit);
    if (!read_rows(reading, rows, ROW_COUNT(rows), unit))
        return false;
    unit->has_members = json_is_array(reading->view.top[KEY_MEMBERS]);
    if (unit->has_members)
        read_inline_list(reading, KEY_MEMBERS, KEY_MEMBERS_NEXT_LINK, &unit->members,
                         &unit->member_count);
    reading->fact->kind = FACT_ADMINISTRATIVE_UNIT;
    reading->fact->record_kind = RECORD_ADMINISTRATIVE_UNIT;
    reading->fact->administrative_unit = unit;
    return true;
}

bool read_directory_object(Reading *reading)
{
    return read_object_of_kind(reading, kind_of_object(reading));
}

bool read_object_of_kind(Reading *reading, ObjectKind kind)
{
    if (kind == OBJECT_OTHER)
        return other_object(reading);
    if (kind == OBJECT_DIRECTORY_ROLE)
        return read_directory_role(reading);
    if (kind == OBJECT_ADMINISTRATIVE_UNIT)
        return read_administrative_unit(reading);
    ObjectFact *object = arena_allocate(reading->arena, 1, sizeof *object);
    object->kind = kind;
    reading->fact->record_kind = entity_record_kind(kind);
    if (is_relation_element(reading) && !read_relation_element(reading, object))
        return false;
    if (!read_rows(reading, OBJECT_ROWS, ROW_COUNT(OBJECT_ROWS), object))
        return false;
    if (kind == OBJECT_UNKNOWN && !object->listed_by)
        return reading_set_aside(reading, "an object of Microsoft Entra of unknown kind");
    read_object_details(reading, object);
    reading->fact->kind = FACT_OBJECT;
    reading->fact->object = object;
    return true;
}

/* ---- directory roles ---- */

static uint32_t count_actions(const JsonValue *permissions)
{
    uint32_t count = 0;
    for (const JsonValue *block = json_first(permissions); block; block = json_next(block))
        count += json_count(json_member_any_case(block, "allowedResourceActions"));
    return count;
}

static bool has_text(const JsonValue *list, const char *text)
{
    for (const JsonValue *item = json_first(list); item; item = json_next(item))
        if (text_equal_any_case(json_text(item), text))
            return true;
    return false;
}

/* https://learn.microsoft.com/graph/api/resources/unifiedrolepermission */
static void read_role_permissions(Reading *reading, DirectoryRoleFact *role)
{
    const JsonValue *permissions = reading->view.top[KEY_ROLE_PERMISSIONS];
    uint32_t most = count_actions(permissions);
    role->actions.items = arena_allocate(reading->arena, most, sizeof(char *));
    role->conditional_actions.items = arena_allocate(reading->arena, most, sizeof(char *));
    for (const JsonValue *block = json_first(permissions); block; block = json_next(block)) {
        const JsonValue *excluded = json_member_any_case(block, "excludedResourceActions");
        bool conditional = json_text(json_member_any_case(block, "condition")) != NULL;
        TextList *list = conditional ? &role->conditional_actions : &role->actions;
        const JsonValue *action = json_first(json_member_any_case(block, "allowedResourceActions"));
        for (; action; action = json_next(action)) {
            const char *text = copy_text(reading, action);
            if (text && !has_text(excluded, text))
                list->items[list->count++] = text;
        }
    }
}

/* /directoryRoles has an id of its own beside the template's; /roleDefinitions uses the template's
   for built-in roles. */
bool read_directory_role(Reading *reading)
{
    static const ValueRow rows[] = {
        {offsetof(DirectoryRoleFact, id), VALUE_OBJECT_ID, REQUIRED, {KEY_ID}},
        {offsetof(DirectoryRoleFact, template_id),
         VALUE_OBJECT_ID,
         OPTIONAL,
         {KEY_ROLE_TEMPLATE_ID, KEY_TEMPLATE_ID}},
        {offsetof(DirectoryRoleFact, name), VALUE_TEXT, OPTIONAL, {KEY_DISPLAY_NAME}},
    };
    DirectoryRoleFact *role = arena_allocate(reading->arena, 1, sizeof *role);
    if (!read_rows(reading, rows, ROW_COUNT(rows), role))
        return false;
    if (!role->template_id)
        role->template_id = role->id;
    json_bool(reading->view.top[KEY_IS_BUILT_IN], &role->built_in);
    read_role_permissions(reading, role);
    role->has_members = json_is_array(reading->view.top[KEY_MEMBERS]);
    if (role->has_members)
        read_inline_list(reading, KEY_MEMBERS, KEY_MEMBERS_NEXT_LINK, &role->members,
                         &role->member_count);
    reading->fact->kind = FACT_DIRECTORY_ROLE;
    reading->fact->record_kind = RECORD_DIRECTORY_ROLE;
    reading->fact->directory_role = role;
    return true;
}

static bool says_eligible(const Reading *reading)
{
    const char *context = view_top_text(&reading->view, KEY_ODATA_CONTEXT);
    if (view_has(&reading->view, KEY_ROLE_ELIGIBILITY_SCHEDULE_ID))
        return true;
    if (context && text_find_any_case(context, "eligib"))
        return true;
    return reading->list->eligible;
}

bool read_directory_assignment(Reading *reading)
{
    static const ValueRow rows[] = {
        {offsetof(DirectoryAssignmentFact, id), VALUE_TEXT, OPTIONAL, {KEY_ID}},
        {offsetof(DirectoryAssignmentFact, principal.object_id),
         VALUE_OBJECT_ID,
         REQUIRED,
         {KEY_PRINCIPAL_ID}},
        {offsetof(DirectoryAssignmentFact, role_id),
         VALUE_OBJECT_ID,
         REQUIRED,
         {KEY_ROLE_DEFINITION_ID}},
        {offsetof(DirectoryAssignmentFact, directory_scope),
         VALUE_TEXT,
         VALID_IF_THERE,
         {KEY_DIRECTORY_SCOPE_ID, KEY_APP_SCOPE_ID}},
        {offsetof(DirectoryAssignmentFact, start), VALUE_TIME, OPTIONAL, {KEY_START_DATE_TIME}},
        {offsetof(DirectoryAssignmentFact, end), VALUE_TIME, OPTIONAL, {KEY_END_DATE_TIME}},
    };
    DirectoryAssignmentFact *assignment = arena_allocate(reading->arena, 1, sizeof *assignment);
    if (!read_rows(reading, rows, ROW_COUNT(rows), assignment))
        return false;
    if (!assignment->directory_scope)
        assignment->directory_scope = "/";
    const JsonValue *principal = json_member_any_case(reading->view.record, "principal");
    const JsonValue *role = json_member_any_case(reading->view.record, "roleDefinition");
    read_hint(reading, principal, assignment->principal.object_id, &assignment->principal);
    assignment->role_name = copy_text(reading, json_member_any_case(role, "displayName"));
    assignment->eligible = says_eligible(reading);
    reading->fact->kind = FACT_DIRECTORY_ASSIGNMENT;
    reading->fact->record_kind = RECORD_DIRECTORY_ROLE;
    reading->fact->directory_assignment = assignment;
    return true;
}

/* A role scoped to an administrative unit, as the unit lists it.
   https://learn.microsoft.com/graph/api/resources/scopedrolemembership */
bool read_scoped_role_member(Reading *reading)
{
    static const ValueRow rows[] = {
        {offsetof(DirectoryAssignmentFact, id), VALUE_TEXT, OPTIONAL, {KEY_ID}},
        {offsetof(DirectoryAssignmentFact, role_id), VALUE_OBJECT_ID, REQUIRED, {KEY_ROLE_ID}},
        {offsetof(DirectoryAssignmentFact, directory_scope),
         VALUE_OBJECT_ID,
         REQUIRED,
         {KEY_ADMINISTRATIVE_UNIT_ID}},
    };
    DirectoryAssignmentFact *assignment = arena_allocate(reading->arena, 1, sizeof *assignment);
    assignment->start = assignment->end = TIME_NONE;
    if (!read_rows(reading, rows, ROW_COUNT(rows), assignment))
        return false;
    assignment->directory_scope =
        arena_format(reading->arena, "/administrativeUnits/%s", assignment->directory_scope);
    const JsonValue *member = reading->view.top[KEY_ROLE_MEMBER_INFO];
    const char *object_id = copy_object_id(reading, json_member_any_case(member, "id"));
    if (!object_id)
        return reading_refuse(reading, "/roleMemberInfo/id", "expected an object id");
    read_hint(reading, member, object_id, &assignment->principal);
    reading->fact->kind = FACT_DIRECTORY_ASSIGNMENT;
    reading->fact->record_kind = RECORD_DIRECTORY_ROLE;
    reading->fact->directory_assignment = assignment;
    return true;
}

/* ---- permissions of applications ---- */

bool read_app_role_assignment(Reading *reading)
{
    static const ValueRow rows[] = {
        {offsetof(AppRoleAssignmentFact, id), VALUE_TEXT, OPTIONAL, {KEY_ID}},
        {offsetof(AppRoleAssignmentFact, principal.object_id),
         VALUE_OBJECT_ID,
         REQUIRED,
         {KEY_PRINCIPAL_ID}},
        {offsetof(AppRoleAssignmentFact, principal.name),
         VALUE_TEXT,
         OPTIONAL,
         {KEY_PRINCIPAL_DISPLAY_NAME}},
        {offsetof(AppRoleAssignmentFact, resource.object_id),
         VALUE_OBJECT_ID,
         REQUIRED,
         {KEY_RESOURCE_ID}},
        {offsetof(AppRoleAssignmentFact, resource.name),
         VALUE_TEXT,
         OPTIONAL,
         {KEY_RESOURCE_DISPLAY_NAME}},
        {offsetof(AppRoleAssignmentFact, app_role), VALUE_OBJECT_ID, OPTIONAL, {KEY_APP_ROLE_ID}},
    };
    AppRoleAssignmentFact *assignment = arena_allocate(reading->arena, 1, sizeof *assignment);
    if (!read_rows(reading, rows, ROW_COUNT(rows), assignment))
        return false;
    /* The role of zeros is "default access": it carries no permission. */
    if (!assignment->app_role)
        return reading_not_relevant(reading, "default access to an application");
    const char *type = view_text(&reading->view, KEY_PRINCIPAL_TYPE);
    assignment->principal.kind = principal_kind(kind_of_type_name(type));
    assignment->resource.kind = PRINCIPAL_SERVICE_PRINCIPAL;
    reading->fact->kind = FACT_APP_ROLE_ASSIGNMENT;
    reading->fact->record_kind = RECORD_APP_ROLE_ASSIGNMENT;
    reading->fact->app_role_assignment = assignment;
    return true;
}

bool read_delegated_grant(Reading *reading)
{
    static const ValueRow rows[] = {
        {offsetof(DelegatedGrantFact, id), VALUE_TEXT, OPTIONAL, {KEY_ID}},
        {offsetof(DelegatedGrantFact, client), VALUE_OBJECT_ID, REQUIRED, {KEY_CLIENT_ID}},
        {offsetof(DelegatedGrantFact, principal),
         VALUE_OBJECT_ID,
         VALID_IF_THERE,
         {KEY_PRINCIPAL_ID}},
        {offsetof(DelegatedGrantFact, resource), VALUE_OBJECT_ID, REQUIRED, {KEY_RESOURCE_ID}},
        {offsetof(DelegatedGrantFact, permissions), VALUE_TEXT, OPTIONAL, {KEY_SCOPE}},
    };
    DelegatedGrantFact *grant = arena_allocate(reading->arena, 1, sizeof *grant);
    if (!read_rows(reading, rows, ROW_COUNT(rows), grant))
        return false;
    reading->fact->kind = FACT_DELEGATED_GRANT;
    reading->fact->record_kind = RECORD_OAUTH2_GRANT;
    reading->fact->delegated_grant = grant;
    return true;
}

/* ---- federated credentials, of user-assigned identities and of applications ---- */

/* ".../userAssignedIdentities/n/federatedIdentityCredentials/f" belongs to the id before. */
static const char *parent_of_credential(Reading *reading, const char *id)
{
    const char *end = text_find_any_case(id, "/federatedIdentityCredentials/");
    return end ? arena_copy_bytes(reading->arena, id, (size_t)(end - id)) : NULL;
}

bool read_federated_credential(Reading *reading)
{
    static const ValueRow rows[] = {
        {offsetof(FederatedFact, name), VALUE_TEXT, OPTIONAL, {KEY_NAME}},
        {offsetof(FederatedFact, issuer), VALUE_TEXT, REQUIRED, {KEY_ISSUER}},
        {offsetof(FederatedFact, subject), VALUE_TEXT, OPTIONAL, {KEY_SUBJECT}},
    };
    FederatedFact *credential = arena_allocate(reading->arena, 1, sizeof *credential);
    const char *owner = reading->list->owner.object_id;
    if (!read_rows(reading, rows, ROW_COUNT(rows), credential))
        return false;
    credential->id = copy_arm_id(reading, view_top_text(&reading->view, KEY_ID));
    if (credential->id)
        credential->parent = parent_of_credential(reading, credential->id);
    if (!credential->parent) {
        credential->parent_is_application = true;
        credential->parent = owner ? arena_copy_text(reading->arena, owner) : NULL;
        credential->id = copy_text(reading, reading->view.top[KEY_ID]);
    }
    if (!credential->parent)
        return reading_set_aside(reading, "application not named: a federated credential of which "
                                          "nothing says whose; put the application's object id "
                                          "into the file name (fic_<id>.json)");
    if (credential->parent[0] == '/')
        credential->parent_is_application = false;
    reading->fact->kind = FACT_FEDERATED;
    reading->fact->record_kind = RECORD_FEDERATED_CREDENTIAL;
    reading->fact->federated = credential;
    return true;
}
