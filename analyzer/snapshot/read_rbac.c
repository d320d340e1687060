#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/reading.h"

#include <string.h>

/*
 * Azure RBAC records: role assignments, their PIM instances, role definitions, deny assignments,
 * locks.
 * https://learn.microsoft.com/rest/api/authorization/role-assignments
 * https://learn.microsoft.com/rest/api/authorization/role-assignment-schedule-instances
 * https://learn.microsoft.com/rest/api/authorization/deny-assignments
 */

static const ValueRow ASSIGNMENT_ROWS[] = {
    {offsetof(AssignmentFact, id), VALUE_ARM_ID, OPTIONAL, {KEY_ID}},
    {offsetof(AssignmentFact, scope), VALUE_ARM_ID, VALID_IF_THERE, {KEY_SCOPE}},
    {offsetof(AssignmentFact, principal.object_id), VALUE_OBJECT_ID, REQUIRED, {KEY_PRINCIPAL_ID}},
    {offsetof(AssignmentFact, role_guid), VALUE_ROLE_GUID, REQUIRED, {KEY_ROLE_DEFINITION_ID}},
    {offsetof(AssignmentFact, role_name), VALUE_TEXT, OPTIONAL, {KEY_ROLE_DEFINITION_NAME}},
    {offsetof(AssignmentFact, condition), VALUE_TEXT, VALID_IF_THERE, {KEY_CONDITION}},
};

static const ValueRow INSTANCE_ROWS[] = {
    {offsetof(AssignmentFact, start), VALUE_TIME, OPTIONAL, {KEY_START_DATE_TIME}},
    {offsetof(AssignmentFact, end), VALUE_TIME, OPTIONAL, {KEY_END_DATE_TIME}},
    {offsetof(AssignmentFact, origin), VALUE_ARM_ID, OPTIONAL, {KEY_ORIGIN_ROLE_ASSIGNMENT_ID}},
};

static PrincipalKind kind_of_principal_type(const char *type)
{
    static const struct {
        const char *name;
        PrincipalKind kind;
    } kinds[] = {{"User", PRINCIPAL_USER},
                 {"Group", PRINCIPAL_GROUP},
                 {"ForeignGroup", PRINCIPAL_GROUP},
                 {"ServicePrincipal", PRINCIPAL_SERVICE_PRINCIPAL},
                 {"MSI", PRINCIPAL_SERVICE_PRINCIPAL}};
    for (size_t i = 0; type && i < ROW_COUNT(kinds); i++)
        if (text_equal_any_case(type, kinds[i].name))
            return kinds[i].kind;
    return PRINCIPAL_UNKNOWN;
}

/* principalName is a user principal name, an app id, a service principal name or a display name,
   whatever the Azure CLI found; "" when it found nothing. */
static void place_name(PrincipalHint *hint, const char *name)
{
    Guid guid;
    if (!name)
        return;
    if (guid_parse(name, &guid))
        hint->app_id = text_equal_any_case(name, hint->object_id) ? NULL : name;
    else if (hint->kind == PRINCIPAL_USER && strchr(name, '@'))
        hint->user_principal_name = name;
    else if (!text_starts_with_any_case(name, "https://"))
        hint->name = name;
}

static void read_principal_hint(Reading *reading, PrincipalHint *hint)
{
    const RecordView *view = &reading->view;
    const char *type = view_text(view, KEY_PRINCIPAL_TYPE);
    const JsonValue *expanded =
        json_member_any_case(view_get(view, KEY_EXPANDED_PROPERTIES), "principal");
    hint->kind = kind_of_principal_type(type);
    hint->said_unknown =
        text_equal_any_case(type, "Unknown") && !view_text(view, KEY_PRINCIPAL_NAME);
    place_name(hint, copy_text(reading, view_get(view, KEY_PRINCIPAL_NAME)));
    if (!hint->name)
        hint->name = copy_text(reading, json_member_any_case(expanded, "displayName"));
    if (!hint->kind)
        hint->kind = kind_of_principal_type(json_text(json_member_any_case(expanded, "type")));
}

/* Without a scope of its own an extension resource belongs to the scope that its id names. */
static bool scope_from_id(Reading *reading, const char *id, const char *extension,
                          const char **scope)
{
    size_t length;
    if (!id || !arm_id_extended_scope(id, extension, &length))
        return reading_refuse(reading, reading_member(reading, KEY_SCOPE),
                              "expected a scope, found nothing, and none in the id");
    *scope = length ? arena_copy_bytes(reading->arena, id, length) : "/";
    return true;
}

static bool finish_assignment(Reading *reading, RecordKind kind, AssignmentFact *assignment,
                              const char *extension)
{
    if (!assignment->scope &&
        !scope_from_id(reading, assignment->id, extension, &assignment->scope))
        return false;
    read_principal_hint(reading, &assignment->principal);
    reading->fact->kind = FACT_ASSIGNMENT;
    reading->fact->record_kind = kind;
    reading->fact->assignment = assignment;
    return true;
}

static AssignmentFact *new_assignment(Reading *reading, AssignmentSource source)
{
    AssignmentFact *assignment = arena_allocate(reading->arena, 1, sizeof *assignment);
    assignment->source = source;
    assignment->start = TIME_NONE;
    assignment->end = TIME_NONE;
    return assignment;
}

bool read_assignment(Reading *reading)
{
    const char *role = view_text(&reading->view, KEY_ROLE_DEFINITION_ID);
    if (role && text_starts_with_any_case(role, "NA(classic"))
        return read_classic_administrator(reading);
    AssignmentFact *assignment = new_assignment(reading, SOURCE_PLAIN);
    assignment->command_line_list = reading->in_plain_list && !reading->view.properties;
    return read_rows(reading, ASSIGNMENT_ROWS, ROW_COUNT(ASSIGNMENT_ROWS), assignment) &&
           finish_assignment(reading, RECORD_ROLE_ASSIGNMENT, assignment,
                             "Microsoft.Authorization/roleAssignments");
}

static bool read_instance(Reading *reading, AssignmentSource source, RecordKind kind,
                          const char *extension)
{
    AssignmentFact *assignment = new_assignment(reading, source);
    return read_rows(reading, ASSIGNMENT_ROWS, ROW_COUNT(ASSIGNMENT_ROWS), assignment) &&
           read_rows(reading, INSTANCE_ROWS, ROW_COUNT(INSTANCE_ROWS), assignment) &&
           finish_assignment(reading, kind, assignment, extension);
}

bool read_active_instance(Reading *reading)
{
    return read_instance(reading, SOURCE_ACTIVE_INSTANCE, RECORD_ACTIVE_SCHEDULE,
                         "Microsoft.Authorization/roleAssignmentScheduleInstances");
}

bool read_eligible_instance(Reading *reading)
{
    return read_instance(reading, SOURCE_ELIGIBLE_INSTANCE, RECORD_ELIGIBILITY,
                         "Microsoft.Authorization/roleEligibilityScheduleInstances");
}

/*
 * Retired on 2024-08-31 and without effect since; kept so that the list adds up and a report can
 * say so.  https://learn.microsoft.com/azure/role-based-access-control/classic-administrators
 */
bool read_classic_administrator(Reading *reading)
{
    static const ValueRow rows[] = {
        {offsetof(AssignmentFact, principal.object_id),
         VALUE_OBJECT_ID,
         OPTIONAL,
         {KEY_PRINCIPAL_ID}},
        {offsetof(AssignmentFact, principal.user_principal_name),
         VALUE_TEXT,
         OPTIONAL,
         {KEY_EMAIL_ADDRESS, KEY_PRINCIPAL_NAME}},
        {offsetof(AssignmentFact, role_name),
         VALUE_TEXT,
         OPTIONAL,
         {KEY_ROLE, KEY_ROLE_DEFINITION_NAME}},
        {offsetof(AssignmentFact, scope), VALUE_ARM_ID, VALID_IF_THERE, {KEY_SCOPE}},
    };
    AssignmentFact *assignment = new_assignment(reading, SOURCE_CLASSIC);
    if (!read_rows(reading, rows, ROW_COUNT(rows), assignment))
        return false;
    assignment->id = copy_arm_id(reading, view_top_text(&reading->view, KEY_ID));
    assignment->principal.kind = PRINCIPAL_USER;
    if (!assignment->principal.object_id && !assignment->principal.user_principal_name)
        return reading_refuse(reading, reading_member(reading, KEY_EMAIL_ADDRESS),
                              "expected the name of the classic administrator, found nothing");
    if (!assignment->scope &&
        !scope_from_id(reading, assignment->id, "Microsoft.Authorization/classicAdministrators",
                       &assignment->scope))
        return false;
    reading->fact->kind = FACT_ASSIGNMENT;
    reading->fact->record_kind = RECORD_ROLE_ASSIGNMENT;
    reading->fact->assignment = assignment;
    return true;
}

/* ---- role definitions ---- */

/* BuiltInRole or CustomRole: REST in properties.type, the Azure CLI in roleType because `type` is
   the ARM type there. */
static RoleKind kind_of_role(const RecordView *view, const TextList *assignable_scopes)
{
    const JsonValue *deep_type = view->deep[KEY_TYPE];
    const char *type = view_text(view, KEY_ROLE_TYPE);
    if (!type)
        type = json_text(deep_type ? deep_type : view->top[KEY_TYPE]);
    if (type && text_find_any_case(type, "Custom"))
        return ROLE_CUSTOM;
    if (type && text_find_any_case(type, "BuiltIn"))
        return ROLE_BUILT_IN;
    bool everywhere = assignable_scopes->count == 1 && text_equal(assignable_scopes->items[0], "/");
    return everywhere ? ROLE_BUILT_IN : ROLE_CUSTOM;
}

static bool read_role_guid(Reading *reading, Guid *guid)
{
    const RecordView *view = &reading->view;
    const char *id = view_top_text(view, KEY_ID);
    const char *name = view_top_text(view, KEY_NAME);
    if ((id && arm_id_last_guid(id, guid)) || (name && guid_parse(name, guid)))
        return true;
    if (!id && !name)
        return reading_set_aside(
            reading, "a role definition without its id; Azure Governance Visualizer keeps it in "
                     "the file name: export with az role definition list");
    char found[128];
    return reading_refuse(reading, id ? "/id" : "/name",
                          "expected a role definition id that ends in a GUID, found %s",
                          json_describe(view->top[id ? KEY_ID : KEY_NAME], found, sizeof found));
}

bool read_role_definition(Reading *reading)
{
    const RecordView *view = &reading->view;
    RoleFact *role = arena_allocate(reading->arena, 1, sizeof *role);
    if (!read_role_guid(reading, &role->guid) ||
        !read_blocks(reading, view_get(view, KEY_PERMISSIONS),
                     reading_member(reading, KEY_PERMISSIONS), &role->blocks, &role->block_count) ||
        !read_text_list(reading, view_get(view, KEY_ASSIGNABLE_SCOPES),
                        reading_member(reading, KEY_ASSIGNABLE_SCOPES), &role->assignable_scopes))
        return false;
    role->name = copy_text(reading, view_get(view, KEY_ROLE_NAME));
    role->kind = kind_of_role(view, &role->assignable_scopes);
    reading->fact->kind = FACT_ROLE;
    reading->fact->record_kind = RECORD_ROLE_DEFINITION;
    reading->fact->role = role;
    return true;
}

/* ---- deny assignments ---- */

/* "Everyone" is the GUID of zeros, of type SystemDefined. */
static bool is_everyone(const JsonValue *principal)
{
    const char *type = json_text(json_member_any_case(principal, "type"));
    const char *id = json_text(json_member_any_case(principal, "id"));
    Guid guid;
    if (id && guid_parse(id, &guid))
        return guid_is_zero(&guid);
    return text_equal_any_case(type, "SystemDefined") || text_equal_any_case(type, "Everyone");
}

static bool read_principals(Reading *reading, Key key, PrincipalHint **hints, uint32_t *count,
                            bool *everyone)
{
    const JsonValue *list = view_get(&reading->view, key);
    const char *member = reading_member(reading, key);
    if (list && !json_is_array(list))
        return reading_refuse(reading, member, "expected a list of principals");
    *hints = arena_allocate(reading->arena, json_count(list), sizeof **hints);
    *count = 0;
    uint32_t i = 0;
    for (const JsonValue *item = json_first(list); item; item = json_next(item), i++) {
        if (is_everyone(item)) {
            *everyone = true;
            continue;
        }
        PrincipalHint *hint = &(*hints)[*count];
        hint->object_id = copy_object_id(reading, json_member_any_case(item, "id"));
        hint->name = copy_text(reading, json_member_any_case(item, "displayName"));
        hint->kind = kind_of_principal_type(json_text(json_member_any_case(item, "type")));
        if (!hint->object_id)
            return reading_refuse(reading, arena_format(reading->arena, "%s/%u/id", member, i),
                                  "expected an object id");
        ++*count;
    }
    return true;
}

static const ValueRow DENY_ROWS[] = {
    {offsetof(DenyFact, id), VALUE_ARM_ID, OPTIONAL, {KEY_ID}},
    {offsetof(DenyFact, name), VALUE_TEXT, OPTIONAL, {KEY_DENY_ASSIGNMENT_NAME}},
    {offsetof(DenyFact, scope), VALUE_ARM_ID, VALID_IF_THERE, {KEY_SCOPE}},
    {offsetof(DenyFact, condition), VALUE_TEXT, VALID_IF_THERE, {KEY_CONDITION}},
    {offsetof(DenyFact, not_for_child_scopes),
     VALUE_TRUE,
     VALID_IF_THERE,
     {KEY_DO_NOT_APPLY_TO_CHILD_SCOPES}},
    {offsetof(DenyFact, system_protected), VALUE_TRUE, OPTIONAL, {KEY_IS_SYSTEM_PROTECTED}},
};

bool read_deny_assignment(Reading *reading)
{
    const RecordView *view = &reading->view;
    bool nobody = false;
    DenyFact *deny = arena_allocate(reading->arena, 1, sizeof *deny);
    if (!read_rows(reading, DENY_ROWS, ROW_COUNT(DENY_ROWS), deny) ||
        !read_blocks(reading, view_get(view, KEY_PERMISSIONS),
                     reading_member(reading, KEY_PERMISSIONS), &deny->blocks, &deny->block_count) ||
        !read_principals(reading, KEY_PRINCIPALS, &deny->principals, &deny->principal_count,
                         &deny->everyone) ||
        !read_principals(reading, KEY_EXCLUDE_PRINCIPALS, &deny->excluded, &deny->excluded_count,
                         &nobody))
        return false;
    if (!view_has(view, KEY_PRINCIPALS))
        return reading_refuse(reading, reading_member(reading, KEY_PRINCIPALS),
                              "expected a list of principals, found nothing");
    if (!deny->scope &&
        !scope_from_id(reading, deny->id, "Microsoft.Authorization/denyAssignments", &deny->scope))
        return false;
    if (nobody)
        return reading_refuse(reading, reading_member(reading, KEY_EXCLUDE_PRINCIPALS),
                              "expected principals, found everyone");
    deny->audit_only = text_equal_any_case(view_text(view, KEY_DENY_ASSIGNMENT_EFFECT), "audit");
    reading->fact->kind = FACT_DENY;
    reading->fact->record_kind = RECORD_DENY_ASSIGNMENT;
    reading->fact->deny = deny;
    return true;
}

/* ---- locks ---- */

bool read_lock(Reading *reading)
{
    static const ValueRow rows[] = {
        {offsetof(LockFact, id), VALUE_ARM_ID, REQUIRED, {KEY_ID}},
    };
    LockFact *lock = arena_allocate(reading->arena, 1, sizeof *lock);
    const char *level = view_text(&reading->view, KEY_LEVEL);
    if (!read_rows(reading, rows, ROW_COUNT(rows), lock) ||
        !scope_from_id(reading, lock->id, "Microsoft.Authorization/locks", &lock->scope))
        return false;
    if (!level)
        return reading_refuse(reading, reading_member(reading, KEY_LEVEL),
                              "expected \"ReadOnly\" or \"CanNotDelete\"");
    if (text_equal_any_case(level, "NotSpecified"))
        return reading_not_relevant(reading, "lock without a level");
    lock->read_only = text_equal_any_case(level, "ReadOnly");
    reading->fact->kind = FACT_LOCK;
    reading->fact->record_kind = RECORD_LOCK;
    reading->fact->lock = lock;
    return true;
}
