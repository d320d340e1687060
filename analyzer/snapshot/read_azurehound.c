#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/reading.h"

#include <string.h>

/*
 * Files of AzureHound 2 and newer: {"data": [{"kind": "AZUser", "data": {}}, ...], "meta": {"type":
 * "azure", "version": 5, "count": N}}.  `data` is an object of Microsoft Graph or ARM with the
 * tenant beside it, or a list under the name of what it holds.
 * https://github.com/SpecterOps/AzureHound
 *
 * What AzureHound leaves out:
 * - All assignments of Azure roles but those of a few built-in roles, and their conditions.  Such a
 *   record is `in_part`: what no record says is unknown.
 * - Booleans that are false, and whatever its own structures have no place for.  A resource is no
 *   detailed one, except for a vault, where an absent enableRbacAuthorization means false anyway.
 * - Inventory: only some types of resources are there.
 * Since 3.1 object ids, scopes and display names are in capitals.
 */

typedef struct HoundKind HoundKind;

struct HoundKind {
    const char *name;
    bool (*read)(Reading *reading, const HoundKind *kind);
    ObjectKind object;              /* what it is, or to what its list belongs */
    bool (*part)(Reading *reading); /* lists: the reader of an element */
    const char *list;               /* "members" */
    const char *item;               /* "member": inside each element; NULL: the element itself */
    const char *of;                 /* "groupId" */
    RelationKind relation;
    RecordKind record_kind;
};

bool is_azurehound(const RecordView *view)
{
    const char *kind = view_top_text(view, KEY_KIND);
    return kind && kind[0] == 'A' && kind[1] == 'Z' && json_is_object(view->top[KEY_DATA]);
}

/* ---- remarks: their pointers begin at the record that AzureHound wrote ---- */

static void put_in_front(Reading *reading, uint32_t first, const char *prefix)
{
    for (uint32_t i = first; i < reading->remarks.count; i++) {
        Remark *remark = &reading->remarks.items[i];
        remark->member = arena_format(reading->arena, "%s%s", prefix, remark->member);
    }
}

static void put_refusal_in_front(Reading *reading, const char *prefix)
{
    Remark *refusal = &reading->fact->not_understood;
    if (reading->fact->kind == FACT_NOT_UNDERSTOOD)
        refusal->member = arena_format(reading->arena, "%s%s", prefix, refusal->member);
}

/* Reads what is under "data" with the reader of its kind. */
static bool read_inner(Reading *reading, bool (*read)(Reading *reading))
{
    bool good = read(reading);
    put_in_front(reading, 0, "/data");
    put_refusal_in_front(reading, "/data");
    return good;
}

/* ---- lists ---- */

typedef struct HoundList {
    const JsonValue *list; /* an array; null is an empty one */
    const char *name;
    const char *item; /* or NULL */
    bool (*read)(Reading *reading);
    RecordKind record_kind;
    bool in_part;
    const ListOwner *owner;
} HoundList;

static const char *parts_container(Reading *reading, const RecordPlace *place, const char *list)
{
    if (place->index == NONE)
        return arena_format(reading->arena, "%s/data/%s", place->container, list);
    return arena_format(reading->arena, "%s/%u/data/%s", place->container, (unsigned)place->index,
                        list);
}

/* An element that is not understood is told and left out; the others are kept. */
static void tell_left_out(Reading *reading, const Fact *part, const char *prefix)
{
    const Remark *refusal = &part->not_understood;
    Remark remark = {.member = arena_format(reading->arena, "%s%s", prefix, refusal->member),
                     .text = arena_format(reading->arena, "%s; left out", refusal->text),
                     .is_error = refusal->is_error};
    ARRAY_PUSH(&reading->remarks, remark);
}

/* The pointer of an element's item inside the record: "/data/owners/0/owner". */
static const char *part_pointer(Reading *reading, const HoundList *list, uint32_t index)
{
    return arena_format(reading->arena, "/data/%s/%u%s%s", list->name, (unsigned)index,
                        list->item ? "/" : "", list->item ? list->item : "");
}

static bool read_item(Reading *reading, const HoundList *list, const JsonValue *element)
{
    const JsonValue *item = list->item ? json_member_any_case(element, list->item) : element;
    RecordView *view = &reading->view;
    char found[64];
    if (!json_is_object(item))
        return reading_refuse(reading, "", "expected an object, found %s",
                              item ? json_describe(item, found, sizeof found) : "nothing");
    view_load(view, reading->keys, item);
    reading->fact->newest = view->newest;
    /* Lists of assignees have the role beside the assignment, too. */
    if (!view_has(view, KEY_ROLE_DEFINITION_ID))
        view->top[KEY_ROLE_DEFINITION_ID] = json_member_any_case(element, "roleDefinitionId");
    return list->read(reading);
}

/* True when the element became a fact; one that is of no use to any analysis is passed over. */
static bool read_part(Reading *reading, const HoundList *list, const JsonValue *element,
                      uint32_t index)
{
    uint32_t first_remark = reading->remarks.count;
    bool good = read_item(reading, list, element);
    bool refused = !good && reading->fact->kind == FACT_NOT_UNDERSTOOD;
    if (refused || reading->remarks.count > first_remark) {
        const char *pointer = part_pointer(reading, list, index);
        put_in_front(reading, first_remark, pointer);
        if (refused)
            tell_left_out(reading, reading->fact, pointer);
    }
    return good;
}

static void read_parts(Reading *reading, const HoundList *list, BundleFact *bundle, Fact *whole)
{
    const char *container = parts_container(reading, &whole->place, list->name);
    uint32_t i = 0;
    bundle->parts = arena_allocate(reading->arena, json_count(list->list), sizeof *bundle->parts);
    for (const JsonValue *item = json_first(list->list); item; item = json_next(item), i++) {
        Fact *part = &bundle->parts[bundle->part_count];
        *part = (Fact){.kind = FACT_NOT_UNDERSTOOD, .place = whole->place, .newest = TIME_NONE};
        part->place.container = container;
        part->place.index = i;
        reading->fact = part;
        if (!read_part(reading, list, item, i))
            continue;
        part->record_kind = list->record_kind;
        part->in_part = list->in_part;
        part->spelling = SPELLING_AZUREHOUND;
        bundle->part_count++;
        if (part->newest > whole->newest)
            whole->newest = part->newest;
    }
    reading->fact = whole;
}

/* Nothing in the list was understood: the first reason is the record's. */
static bool refuse_whole(Reading *reading)
{
    Fact *fact = reading->fact;
    fact->kind = FACT_NOT_UNDERSTOOD;
    fact->not_understood = reading->remarks.items[0];
    for (uint32_t i = 0; i < reading->remarks.count; i++)
        fact->not_understood.is_error |= reading->remarks.items[i].is_error;
    reading->remarks.count = 0;
    return false;
}

static bool read_list(Reading *reading, const HoundList *list, const char *kind)
{
    Fact *whole = reading->fact;
    BundleFact *bundle = arena_allocate(reading->arena, 1, sizeof *bundle);
    bundle->owner = list->owner;
    read_parts(reading, list, bundle, whole);
    if (!bundle->part_count && reading->remarks.count)
        return refuse_whole(reading);
    if (!bundle->part_count && !list->owner)
        return reading_not_relevant(
            reading, arena_format(reading->arena, "%.64s without an entry of use", kind));
    whole->kind = FACT_BUNDLE;
    whole->record_kind = list->record_kind;
    whole->in_part = list->in_part;
    whole->bundle = bundle;
    return true;
}

/* The list under `name`: an array, or null for an empty one. */
static bool find_list(Reading *reading, const char *name, const JsonValue **list)
{
    char found[64];
    const JsonValue *data = reading->view.record;
    for (const JsonValue *child = json_first(data); child; child = json_next(child)) {
        if (!text_equal_any_case(json_key(child), name))
            continue;
        *list = child;
        if (json_is_null(child) || json_is_array(child))
            return true;
        return reading_refuse(reading, arena_format(reading->arena, "/data/%s", name),
                              "expected a list, found %s",
                              json_describe(child, found, sizeof found));
    }
    return reading_refuse(reading, arena_format(reading->arena, "/data/%s", name),
                          "expected a list, found nothing");
}

/* ---- Microsoft Entra ---- */

static bool read_object(Reading *reading, const HoundKind *kind)
{
    bool good = read_object_of_kind(reading, kind->object);
    put_in_front(reading, 0, "/data");
    put_refusal_in_front(reading, "/data");
    return good;
}

/* The tenant that was collected; others are those that it trusts or knows. */
static bool read_hound_tenant(Reading *reading, const HoundKind *kind)
{
    bool collected = false;
    (void)kind;
    json_bool(json_member_any_case(reading->view.record, "collected"), &collected);
    if (!collected)
        return reading_not_relevant(reading, "tenant that was not collected");
    return read_inner(reading, read_tenant);
}

/* A member or owner: the object's own record says more, and says it for every list. */
static bool read_list_element(Reading *reading)
{
    if (!read_directory_object(reading))
        return false;
    if (reading->fact->kind != FACT_OBJECT)
        return reading_not_relevant(reading, "no user, group or service principal");
    ObjectFact *object = arena_allocate(reading->arena, 1, sizeof *object);
    *object = *reading->fact->object;
    object->described = false;
    reading->fact->object = object;
    return true;
}

static bool read_relations(Reading *reading, const HoundKind *kind)
{
    HoundList list = {.name = kind->list,
                      .item = kind->item,
                      .read = kind->part,
                      .record_kind = kind->record_kind};
    const char *member = arena_format(reading->arena, "/data/%s", kind->of);
    const JsonValue *of = json_member_any_case(reading->view.record, kind->of);
    const char *object_id = copy_object_id(reading, of);
    char found[64];
    if (!object_id)
        return reading_refuse(reading, member, "expected an object id, found %s",
                              of ? json_describe(of, found, sizeof found) : "nothing");
    if (!find_list(reading, kind->list, &list.list))
        return false;
    ListOwner *owner = arena_allocate(reading->arena, 1, sizeof *owner);
    *owner = (ListOwner){kind->relation, kind->object, object_id};
    const ListContext context = {.kind = kind->record_kind,
                                 .also_kind = RECORD_KIND_COUNT,
                                 .relation = true,
                                 .owner = *owner};
    list.owner = owner;
    reading->list = &context;
    reading->in_list = true;
    bool good = read_list(reading, &list, kind->name);
    reading->list = NULL;
    return good;
}

/* Only those of applications: whether managed identities have any is not known. */
static bool read_credentials(Reading *reading, const HoundKind *kind)
{
    HoundList list = {.name = kind->list,
                      .item = kind->item,
                      .read = read_federated_credential,
                      .record_kind = RECORD_FEDERATED_CREDENTIAL,
                      .in_part = true};
    const char *application =
        copy_object_id(reading, json_member_any_case(reading->view.record, kind->of));
    if (!application)
        return reading_refuse(reading, "/data/appId", "expected the id of an application");
    if (!find_list(reading, kind->list, &list.list))
        return false;
    const ListContext context = {.kind = RECORD_FEDERATED_CREDENTIAL,
                                 .also_kind = RECORD_KIND_COUNT,
                                 .owner = {.object_id = application}};
    reading->list = &context;
    bool good = read_list(reading, &list, kind->name);
    reading->list = NULL;
    return good;
}

/* "/ADMINISTRATIVEUNITS/<ID>" as Microsoft Graph spells it. */
static const char *directory_scope(Reading *reading, const char *scope)
{
    static const char units[] = "/administrativeUnits/";
    char *text = arena_copy_text(reading->arena, scope);
    text_lower(text);
    if (text_starts_with_any_case(text, units))
        memcpy(text, units, sizeof units - 1);
    return text;
}

static bool read_hound_assignment(Reading *reading)
{
    if (!read_directory_assignment(reading))
        return false;
    DirectoryAssignmentFact *assignment = arena_allocate(reading->arena, 1, sizeof *assignment);
    *assignment = *reading->fact->directory_assignment;
    assignment->directory_scope = directory_scope(reading, assignment->directory_scope);
    reading->fact->directory_assignment = assignment;
    return true;
}

static bool read_directory_assignments(Reading *reading, const HoundKind *kind)
{
    static const ListContext context = {.kind = RECORD_DIRECTORY_ROLE,
                                        .also_kind = RECORD_KIND_COUNT};
    HoundList list = {
        .name = kind->list, .read = read_hound_assignment, .record_kind = RECORD_DIRECTORY_ROLE};
    if (!find_list(reading, kind->list, &list.list))
        return false;
    reading->list = &context;
    return read_list(reading, &list, kind->name);
}

static bool read_eligible(Reading *reading, const HoundKind *kind)
{
    static const ListContext context = {
        .kind = RECORD_DIRECTORY_ROLE, .also_kind = RECORD_KIND_COUNT, .eligible = true};
    (void)kind;
    reading->list = &context;
    reading->fact->in_part = true;
    return read_inner(reading, read_hound_assignment);
}

/* A definition does not say who holds the role. */
static bool read_role(Reading *reading, const HoundKind *kind)
{
    (void)kind;
    reading->fact->in_part = true;
    return read_inner(reading, read_directory_role);
}

static bool read_app_role(Reading *reading, const HoundKind *kind)
{
    (void)kind;
    return read_inner(reading, read_app_role_assignment);
}

static bool read_grant(Reading *reading, const HoundKind *kind)
{
    (void)kind;
    return read_inner(reading, read_delegated_grant);
}

/* ---- containers ---- */

/* An empty object stands for a parent that was not asked for: it does not say that there is none.
 */
static bool read_group_place(Reading *reading, const HoundKind *kind)
{
    (void)kind;
    if (!read_inner(reading, read_management_group))
        return false;
    PlaceNode *itself = &reading->fact->placement->nodes.items[0];
    if (itself->parent_state == PARENT_NONE)
        itself->parent_state = PARENT_NOT_SAID;
    return true;
}

static bool read_subscription_place(Reading *reading, const HoundKind *kind)
{
    (void)kind;
    return read_inner(reading, read_subscription);
}

/* ---- resources ---- */

/* The id's last segment as `name` spells it, which is not in capitals. */
static const char *with_name(Reading *reading, const char *id)
{
    const char *name = view_top_text(&reading->view, KEY_NAME);
    const char *last = arm_id_name(id);
    if (!name || !text_equal_any_case(name, last))
        return id;
    return arena_format(reading->arena, "%.*s%s", (int)(last - id), id, name);
}

static bool read_hound_resource(Reading *reading, const HoundKind *kind)
{
    (void)kind;
    if (!read_inner(reading, read_resource))
        return false;
    Fact *fact = reading->fact;
    ResourceFact *resource = arena_allocate(reading->arena, 1, sizeof *resource);
    *resource = *fact->resource;
    RecordKind record_kind = record_kind_of_type(resource->type);
    resource->id = with_name(reading, resource->id);
    resource->detailed =
        record_kind == RECORD_KEY_VAULT && json_count(reading->view.properties) > 0;
    resource->inventory = false;
    for (uint32_t i = 0; i < resource->policy_count; i++)
        resource->policies[i].pointer =
            arena_format(reading->arena, "/data%s", resource->policies[i].pointer);
    fact->record_kind =
        resource->detailed || record_kind == RECORD_RESOURCE_GROUP ? record_kind : RECORD_RESOURCE;
    fact->resource = resource;
    return true;
}

/* One policy beside its vault: {"keyVaultId", "objectId", "permissions"}. */
static bool read_vault_policy(Reading *reading, const HoundKind *kind)
{
    static const char vault_type[] = "Microsoft.KeyVault/vaults";
    char type[256];
    const JsonValue *data = reading->view.record;
    const char *vault = copy_arm_id(reading, json_text(json_member_any_case(data, kind->of)));
    if (!vault || !text_equal_any_case(arm_id_type(vault, type, sizeof type), vault_type))
        return reading_refuse(reading, "/data/keyVaultId", "expected the id of a key vault");
    ResourceFact *resource = arena_allocate(reading->arena, 1, sizeof *resource);
    resource->id = vault;
    resource->type = vault_type;
    resource->one_policy = true;
    resource->policies = arena_allocate(reading->arena, 1, sizeof *resource->policies);
    if (!read_access_policy(reading, data, "/data", resource->policies))
        return false;
    if (!resource->policies->object_id)
        return reading_refuse(reading, "/data/objectId", "expected an object id");
    resource->policy_count = 1;
    reading->fact->kind = FACT_RESOURCE;
    reading->fact->record_kind = RECORD_KEY_VAULT;
    reading->fact->in_part = true;
    reading->fact->resource = resource;
    return true;
}

/* ---- assignments of Azure roles ---- */

/* The ends of the kinds that are lists of them: AZSubscriptionOwner, AZWebAppRoleAssignment. */
static const char *const ROLE_LISTS[] = {"Owner",         "Contributor",   "UserAccessAdmin",
                                         "KVContributor", "VMContributor", "AvereContributor",
                                         "AdminLogin",    "RoleAssignment"};

static bool is_role_list(const char *kind)
{
    for (size_t i = 0; i < ROW_COUNT(ROLE_LISTS); i++)
        if (text_ends_with_any_case(kind, ROLE_LISTS[i]))
            return true;
    return false;
}

/* The list has the name of the role ("owners", "assignees"): it is the only array, or null. */
static const JsonValue *only_list(const JsonValue *data)
{
    const JsonValue *empty = NULL;
    for (const JsonValue *child = json_first(data); child; child = json_next(child)) {
        if (json_is_array(child))
            return child;
        if (json_is_null(child))
            empty = child;
    }
    return empty;
}

/* What the assignment is called inside the elements ("owner"): their only object. */
static const char *only_object(const JsonValue *list)
{
    for (const JsonValue *element = json_first(list); element; element = json_next(element))
        for (const JsonValue *child = json_first(element); child; child = json_next(child))
            if (json_key(child) && json_is_object(child))
                return json_key(child);
    return NULL;
}

static bool read_role_list(Reading *reading, const char *kind)
{
    HoundList list = {.list = only_list(reading->view.record),
                      .read = read_assignment,
                      .record_kind = RECORD_ROLE_ASSIGNMENT,
                      .in_part = true};
    if (!list.list)
        return reading_refuse(reading, "/data", "expected a list of role assignments");
    list.name = json_key(list.list);
    list.item = only_object(list.list);
    reading->in_plain_list = false;
    return read_list(reading, &list, kind);
}

/* ---- which kind ---- */

static bool read_no_use(Reading *reading, const HoundKind *kind)
{
    return reading_not_relevant(reading, kind->name);
}

static const HoundKind KINDS[] = {
    {"AZTenant", read_hound_tenant, .object = OBJECT_UNKNOWN},
    {"AZUser", read_object, .object = OBJECT_USER},
    {"AZGroup", read_object, .object = OBJECT_GROUP},
    {"AZServicePrincipal", read_object, .object = OBJECT_SERVICE_PRINCIPAL},
    {"AZApp", read_object, .object = OBJECT_APPLICATION},
    {"AZDevice", read_no_use, .object = OBJECT_OTHER},
    {"AZDeviceOwner", read_no_use, .object = OBJECT_OTHER},
    {"AZGroupMember", read_relations, OBJECT_GROUP, read_list_element, "members", "member",
     "groupId", RELATION_MEMBER, RECORD_GROUP_MEMBER},
    {"AZGroupOwner", read_relations, OBJECT_GROUP, read_list_element, "owners", "owner", "groupId",
     RELATION_OWNER, RECORD_GROUP_OWNER},
    {"AZAppOwner", read_relations, OBJECT_APPLICATION, read_list_element, "owners", "owner",
     "appId", RELATION_OWNER, RECORD_APP_OWNER},
    {"AZServicePrincipalOwner", read_relations, OBJECT_SERVICE_PRINCIPAL, read_list_element,
     "owners", "owner", "servicePrincipalId", RELATION_OWNER, RECORD_APP_OWNER},
    {"AZFederatedIdentityCredential", read_credentials, .list = "fics", .item = "fic",
     .of = "appId"},
    {"AZAppRoleAssignment", read_app_role, .object = OBJECT_UNKNOWN},
    {"AZOAuth2PermissionGrant", read_grant, .object = OBJECT_UNKNOWN},
    {"AZRole", read_role, .object = OBJECT_DIRECTORY_ROLE},
    {"AZRoleAssignment", read_directory_assignments, .list = "roleAssignments"},
    {"AZRoleEligibilityScheduleInstance", read_eligible, .object = OBJECT_UNKNOWN},
    {"AZRoleManagementPolicyAssignment", read_no_use, .object = OBJECT_UNKNOWN},
    {"AZManagementGroup", read_group_place, .object = OBJECT_UNKNOWN},
    {"AZManagementGroupDescendant", read_group_place, .object = OBJECT_UNKNOWN},
    {"AZSubscription", read_subscription_place, .object = OBJECT_UNKNOWN},
    {"AZResourceGroup", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZKeyVault", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZKeyVaultAccessPolicy", read_vault_policy, .of = "keyVaultId"},
    {"AZVM", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZVMScaleSet", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZManagedCluster", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZAutomationAccount", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZLogicApp", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZFunctionApp", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZWebApp", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZContainerRegistry", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZStorageAccount", read_hound_resource, .object = OBJECT_UNKNOWN},
    {"AZStorageContainer", read_hound_resource, .object = OBJECT_UNKNOWN},
};

static const HoundKind *find_kind(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT(KINDS); i++)
        if (text_equal(name, KINDS[i].name))
            return &KINDS[i];
    return NULL;
}

bool read_azurehound(Reading *reading)
{
    static const ListContext alone = {.kind = RECORD_KIND_COUNT, .also_kind = RECORD_KIND_COUNT};
    const char *name = view_top_text(&reading->view, KEY_KIND);
    const HoundKind *kind = find_kind(name);
    reading->fact->spelling = SPELLING_AZUREHOUND;
    if (!kind && !is_role_list(name))
        return reading_set_aside(
            reading, "a record of AzureHound of a kind that is not known here: %.64s", name);
    view_load(&reading->view, reading->keys, reading->view.top[KEY_DATA]);
    reading->fact->newest = reading->view.newest;
    reading->list = &alone;
    reading->in_list = false;
    reading->in_plain_list = false;
    return kind ? kind->read(reading, kind) : read_role_list(reading, name);
}
