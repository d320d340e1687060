#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/reading.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/*
 * Any ARM resource: its id, its identities, the properties that data/resource-fields.json names,
 * and the access policies of a key vault.
 * https://learn.microsoft.com/azure/templates/
 */

enum { TYPE_BYTES = 256 };

#define TYPE(type, kind)                                                                           \
    {                                                                                              \
        type, sizeof(type) - 1, kind                                                               \
    }

RecordKind record_kind_of_type(const char *type)
{
    static const struct {
        const char *type;
        size_t length; /* compared first: this is asked for every resource */
        RecordKind kind;
    } kinds[] = {
        TYPE(RESOURCE_GROUP_TYPE, RECORD_RESOURCE_GROUP),
        TYPE(USER_ASSIGNED_TYPE, RECORD_MANAGED_IDENTITY),
        TYPE("Microsoft.KeyVault/vaults", RECORD_KEY_VAULT),
        TYPE("Microsoft.Storage/storageAccounts", RECORD_STORAGE_ACCOUNT),
        TYPE("Microsoft.ContainerRegistry/registries", RECORD_CONTAINER_REGISTRY),
        TYPE("Microsoft.Compute/virtualMachines", RECORD_VIRTUAL_MACHINE),
        TYPE("Microsoft.MachineLearningServices/workspaces", RECORD_AML_WORKSPACE),
        TYPE("Microsoft.MachineLearningServices/registries", RECORD_AML_REGISTRY),
        TYPE("Microsoft.MachineLearningServices/workspaces/computes", RECORD_AML_COMPUTE),
        TYPE("Microsoft.MachineLearningServices/workspaces/onlineEndpoints", RECORD_AML_ENDPOINT),
        TYPE("Microsoft.MachineLearningServices/workspaces/batchEndpoints", RECORD_AML_ENDPOINT),
        TYPE("Microsoft.MachineLearningServices/workspaces/serverlessEndpoints",
             RECORD_AML_ENDPOINT),
        TYPE("Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
             RECORD_AML_DEPLOYMENT),
        TYPE("Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments",
             RECORD_AML_DEPLOYMENT),
        TYPE("Microsoft.MachineLearningServices/workspaces/jobs", RECORD_AML_JOB),
        TYPE("Microsoft.MachineLearningServices/workspaces/schedules", RECORD_AML_SCHEDULE),
        TYPE("Microsoft.MachineLearningServices/workspaces/datastores", RECORD_AML_DATASTORE),
        TYPE("Microsoft.MachineLearningServices/workspaces/connections", RECORD_AML_CONNECTION),
    };
    size_t length = strlen(type);
    for (size_t i = 0; i < ROW_COUNT(kinds); i++)
        if (length == kinds[i].length && text_equal_any_case(type, kinds[i].type))
            return kinds[i].kind;
    return RECORD_RESOURCE;
}

/* ---- properties by the field table ---- */

static void push_property(Reading *reading, const Field *field, const char *value, bool is_id)
{
    PropertyFact property = {field->name, is_id, value};
    ARRAY_PUSH(&reading->properties, property);
}

static bool looks_like_arm_id(const char *text)
{
    return text_starts_with_any_case(text, "/subscriptions/") ||
           text_starts_with_any_case(text, "/providers/") ||
           text_starts_with_any_case(text, "azureml:");
}

static const char *number_text(Reading *reading, double number)
{
    if (floor(number) == number && fabs(number) < 1e15)
        return arena_format(reading->arena, "%.0f", number);
    return arena_format(reading->arena, "%.15g", number);
}

static void take_property(Reading *reading, const Field *field, const JsonValue *value)
{
    const char *text = json_text(value);
    bool truth;
    double number;
    if (field->kind == FIELD_BOOL || !text) {
        if (json_bool(value, &truth))
            push_property(reading, field, truth ? "true" : "false", false);
        else if (json_number(value, &number))
            push_property(reading, field, number_text(reading, number), false);
        return;
    }
    const char *id = looks_like_arm_id(text) ? copy_arm_id(reading, text) : NULL;
    const char *plain = id ? id : copy_text(reading, value);
    if (plain)
        push_property(reading, field, plain, id != NULL);
}

static void walk_path(Reading *reading, const Field *field, const FieldPath *path, uint32_t at,
                      const JsonValue *value);

static void walk_children(Reading *reading, const Field *field, const FieldPath *path, uint32_t at,
                          const JsonValue *value)
{
    bool last = at == path->step_count;
    bool names = last && json_is_object(value) && path->steps[at - 1].kind == STEP_EACH_MEMBER;
    for (const JsonValue *child = json_first(value); child; child = json_next(child)) {
        if (names)
            push_property(reading, field, arena_copy_text(reading->arena, json_key(child)), false);
        else
            walk_path(reading, field, path, at, child);
    }
}

static void walk_path(Reading *reading, const Field *field, const FieldPath *path, uint32_t at,
                      const JsonValue *value)
{
    if (json_is_null(value))
        return;
    if (at == path->step_count) {
        take_property(reading, field, value);
        return;
    }
    const FieldStep *step = &path->steps[at];
    if (step->kind == STEP_EACH_MEMBER) {
        walk_children(reading, field, path, at + 1, value);
        return;
    }
    const JsonValue *child = json_is_object(value) ? json_member_any_case(value, step->name) : NULL;
    if (step->kind == STEP_MEMBER)
        walk_path(reading, field, path, at + 1, child);
    else if (json_is_array(child))
        walk_children(reading, field, path, at + 1, child);
}

/* `type` of an ARM record is the resource type; only az ml prints a property of that name there. */
static bool is_arm_type(const FieldPath *path, const JsonValue *record)
{
    const char *type =
        text_equal(path->text, "type") ? json_text(json_member(record, "type")) : NULL;
    return type && strchr(type, '/');
}

/*
 * az ml prints no type for the credential of a datastore: its keys tell, and an empty object means
 * that the caller's own identity is used.
 * https://learn.microsoft.com/azure/machine-learning/reference-yaml-datastore-blob
 */
static const char *kind_of_credential(const JsonValue *credentials)
{
    static const char *const kinds[][2] = {{"account_key", "AccountKey"},
                                           {"sas_token", "Sas"},
                                           {"certificate", "Certificate"},
                                           {"thumbprint", "Certificate"},
                                           {"client_id", "ServicePrincipal"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (json_member(credentials, kinds[i][0]))
            return kinds[i][1];
    return json_count(credentials) ? NULL : "None";
}

static void derive_property(Reading *reading, const Field *field, const char *type)
{
    const JsonValue *credentials = json_member(reading->view.record, "credentials");
    if (reading->view.properties || !json_is_object(credentials) ||
        !text_ends_with_any_case(type, "/workspaces/datastores") ||
        field->name != field_name_find(reading->fields, "credentialsType"))
        return;
    const char *kind = kind_of_credential(credentials);
    if (kind)
        push_property(reading, field, kind, false);
}

uint32_t read_properties(Reading *reading, const char *type, PropertyFact **properties)
{
    uint32_t field_count;
    const Field *fields = fields_of_type(reading->fields, type, &field_count);
    reading->properties.count = 0;
    for (uint32_t i = 0; i < field_count; i++) {
        uint32_t before = reading->properties.count;
        for (uint32_t p = 0; p < fields[i].path_count && reading->properties.count == before; p++)
            if (!is_arm_type(&fields[i].paths[p], reading->view.record))
                walk_path(reading, &fields[i], &fields[i].paths[p], 0, reading->view.record);
        if (reading->properties.count == before)
            derive_property(reading, &fields[i], type);
    }
    uint32_t count = reading->properties.count;
    *properties = NULL;
    if (!count)
        return 0;
    *properties = arena_allocate(reading->arena, count, sizeof **properties);
    memcpy(*properties, reading->properties.items, count * sizeof **properties);
    return count;
}

/* ---- identities ---- */

static const JsonValue *member_of_two(const JsonValue *object, const char *camel, const char *snake)
{
    const JsonValue *value = json_member_any_case(object, camel);
    return value ? value : json_member_any_case(object, snake);
}

typedef struct IdentityKinds {
    bool system;
    bool user;
} IdentityKinds;

/* "SystemAssigned", "SystemAssigned, UserAssigned", "system_assigned,user_assigned", "None" with
   ids left over from before.  Without a type, what is there counts. */
static IdentityKinds identity_kinds(const char *type)
{
    if (!type)
        return (IdentityKinds){true, true};
    return (IdentityKinds){text_find_any_case(type, "system") != NULL,
                           text_find_any_case(type, "user") != NULL};
}

static void push_identity(ResourceFact *resource, IdentityFact identity)
{
    resource->identities[resource->identity_count++] = identity;
}

/* {"<ARM id>": {"principalId", "clientId"}}, or a list of {"resource_id", ...} or of texts. */
static void read_user_assigned(Reading *reading, ResourceFact *resource,
                               const JsonValue *identities)
{
    bool is_map = json_is_object(identities);
    for (const JsonValue *item = json_first(identities); item; item = json_next(item)) {
        const char *id = is_map ? json_key(item) : json_text(item);
        if (!id)
            id = json_text(member_of_two(item, "resourceId", "resource_id"));
        IdentityFact identity = {
            copy_arm_id(reading, id),
            copy_object_id(reading, member_of_two(item, "principalId", "principal_id")),
            copy_object_id(reading, member_of_two(item, "clientId", "client_id"))};
        if (identity.identity_id)
            push_identity(resource, identity);
        else
            reading_remark(reading, "/identity/userAssignedIdentities",
                           "expected the ARM id of an identity starting with \"/\"; left out");
    }
}

static void read_identity(Reading *reading, ResourceFact *resource)
{
    const JsonValue *identity = reading->view.top[KEY_IDENTITY];
    if (!json_is_object(identity) || !json_count(identity)) /* "{}" of AzureHound says nothing */
        return;
    const JsonValue *users =
        member_of_two(identity, "userAssignedIdentities", "user_assigned_identities");
    const char *type = json_text(json_member_any_case(identity, "type"));
    const char *object_id =
        copy_object_id(reading, member_of_two(identity, "principalId", "principal_id"));
    IdentityKinds kinds = identity_kinds(type);
    resource->has_identity = true;
    resource->identity_type = copy_text(reading, json_member_any_case(identity, "type"));
    resource->tenant_id = copy_object_id(reading, member_of_two(identity, "tenantId", "tenant_id"));
    resource->identities =
        arena_allocate(reading->arena, json_count(users) + 1, sizeof *resource->identities);
    if (kinds.system && (type || object_id))
        push_identity(resource, (IdentityFact){NULL, object_id, NULL});
    if (kinds.user)
        read_user_assigned(reading, resource, users);
}

/* ---- access policies ---- */

bool read_access_policy(Reading *reading, const JsonValue *value, const char *member,
                        AccessPolicyFact *policy)
{
    const JsonValue *permissions = json_member_any_case(value, "permissions");
    const struct {
        const char *name;
        TextList *list;
    } lists[] = {{"keys", &policy->keys},
                 {"secrets", &policy->secrets},
                 {"certificates", &policy->certificates},
                 {"storage", &policy->storage}};
    policy->object_id = copy_object_id(reading, json_member_any_case(value, "objectId"));
    policy->application_id = copy_object_id(reading, json_member_any_case(value, "applicationId"));
    policy->pointer = member;
    for (size_t i = 0; i < ROW_COUNT(lists); i++)
        if (!read_text_list(reading, json_member_any_case(permissions, lists[i].name), member,
                            lists[i].list))
            return false;
    return true;
}

static bool read_policies(Reading *reading, ResourceFact *resource)
{
    const JsonValue *list = view_get(&reading->view, KEY_ACCESS_POLICIES);
    const char *member = list ? reading_member(reading, KEY_ACCESS_POLICIES) : "";
    if (list && !json_is_array(list))
        return reading_refuse(reading, member,
                              "expected a list of access policies (ConvertTo-Json cuts without "
                              "-Depth 20)");
    resource->policies = arena_allocate(reading->arena, json_count(list), sizeof(AccessPolicyFact));
    uint32_t i = 0;
    for (const JsonValue *item = json_first(list); item; item = json_next(item), i++) {
        const char *place = arena_format(reading->arena, "%s/%u", member, i);
        AccessPolicyFact *policy = &resource->policies[resource->policy_count];
        if (!read_access_policy(reading, item, place, policy))
            return false;
        if (policy->object_id)
            resource->policy_count++;
        else
            reading_remark(reading, place, "expected an object id in objectId; left out");
    }
    return true;
}

/* ---- the resource ---- */

static const char *resource_id(Reading *reading)
{
    const char *text = view_top_text(&reading->view, KEY_ID);
    const char *id = copy_arm_id(reading, text);
    char found[128];
    if (id)
        return id;
    if (is_ml_entity(&reading->view))
        return ml_entity_id(reading);
    const JsonValue *value = reading->view.top[KEY_ID];
    reading_refuse(reading, "/id", "expected an ARM id starting with \"/\", found %s",
                   value ? json_describe(value, found, sizeof found) : "nothing");
    return NULL;
}

/* The exported type unless it is none, which az ml prints ("amlcompute"), or has two spellings,
   which those of resource groups have. */
static const char *resource_type(Reading *reading, const char *id)
{
    const char *text = view_top_text(&reading->view, KEY_TYPE);
    const char *slash = text ? strchr(text, '/') : NULL;
    const char *dot = text ? strchr(text, '.') : NULL;
    bool container = !arm_id_has_provider(id);
    if (!container && slash && dot && dot < slash && strlen(text) < TYPE_BYTES)
        return arena_copy_text(reading->arena, text);
    char *type = arena_allocate(reading->arena, TYPE_BYTES, 1);
    return arm_id_type(id, type, TYPE_BYTES);
}

/* Jobs and schedules have an "identity" in az ml that says as whom the job runs; nothing is
   attached to them. */
static bool carries_identity(RecordKind kind)
{
    return kind != RECORD_AML_JOB && kind != RECORD_AML_SCHEDULE;
}

static bool is_resource_graph_row(const RecordView *view)
{
    return view->top[KEY_SUBSCRIPTION_ID] && view->top[KEY_TENANT_ID];
}

bool read_resource(Reading *reading)
{
    const RecordView *view = &reading->view;
    ResourceFact *resource = arena_allocate(reading->arena, 1, sizeof *resource);
    resource->id = resource_id(reading);
    if (!resource->id)
        return false;
    resource->type = resource_type(reading, resource->id);
    if (!resource->type)
        return reading_refuse(reading, "/id", "expected the id of a resource");
    RecordKind kind = record_kind_of_type(resource->type);
    resource->kind = copy_text(reading, view->top[KEY_KIND]);
    resource->detailed = json_count(view->properties) > 0 || view->own_members;
    resource->inventory = !resource->detailed || is_resource_graph_row(view);
    if (carries_identity(kind))
        read_identity(reading, resource);
    resource->property_count = read_properties(reading, resource->type, &resource->properties);
    if (kind == RECORD_KEY_VAULT && !read_policies(reading, resource))
        return false;
    if (kind == RECORD_MANAGED_IDENTITY) {
        resource->object_id = copy_object_id(reading, view_get(view, KEY_PRINCIPAL_ID));
        resource->client_id = copy_object_id(reading, view_get(view, KEY_CLIENT_ID));
    }
    if (!resource->tenant_id)
        resource->tenant_id = copy_object_id(reading, view_get(view, KEY_TENANT_ID));
    reading->fact->kind = FACT_RESOURCE;
    reading->fact->record_kind =
        resource->detailed || kind == RECORD_RESOURCE_GROUP ? kind : RECORD_RESOURCE;
    reading->fact->resource = resource;
    return true;
}
