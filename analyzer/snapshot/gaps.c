#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/store.h"

#include <stdlib.h>
#include <string.h>

/*
 * What the snapshot lacks.  A kind is missing when no file held a record of it and no named empty
 * list says that there are none; or when what was exported points at more that was not.
 */

typedef struct GapRow GapRow;

struct GapRow {
    const char *missing;
    RecordKind kind;
    /* Appends which ones lack although the kind was exported; NULL: nothing to look at. */
    void (*find)(const Snapshot *snapshot, const GapRow *row, TextBuffer *detail);
    const char *resource_type; /* for find_undetailed */
    const char *weakens;
    const char *export_with;
};

/* ---- naming what lacks ---- */

enum { NAMED_AT_MOST = 10 };

/* "a, b, c and 7 more" */
typedef struct NameList {
    TextBuffer *text;
    uint32_t count;
} NameList;

static void name_one(NameList *list, const char *name)
{
    if (list->count++ >= NAMED_AT_MOST)
        return;
    text_append(list->text, list->count > 1 ? ", " : "");
    text_append(list->text, name ? name : "?");
}

static void name_rest(NameList *list)
{
    if (list->count > NAMED_AT_MOST)
        text_append_format(list->text, " and %u more", (unsigned)(list->count - NAMED_AT_MOST));
}

/* ---- what a tool leaves out ---- */

static bool has_record_in_part(const Snapshot *snapshot, RecordKind kind)
{
    for (uint32_t i = 0; i < snapshot->records.count; i++)
        if (snapshot->records.items[i].in_part && snapshot->records.items[i].kind == kind)
            return true;
    return false;
}

/* https://github.com/SpecterOps/AzureHound lists assignments by the GUIDs of the roles. */
static void find_partial_assignments(const Snapshot *snapshot, const GapRow *row,
                                     TextBuffer *detail)
{
    if (!snapshot->exported[row->kind] && has_record_in_part(snapshot, row->kind))
        text_append(detail, "all but those that AzureHound lists, of a few built-in roles and "
                            "without their conditions");
}

static void find_partial_credentials(const Snapshot *snapshot, const GapRow *row,
                                     TextBuffer *detail)
{
    if (!snapshot->exported[row->kind] && has_record_in_part(snapshot, row->kind))
        text_append(detail, "those of managed identities: AzureHound lists those of applications");
}

/* ---- roles ---- */

static int by_guid(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(Guid));
}

/* GUIDs of the exported definitions, sorted. */
static Guid *exported_roles(const Snapshot *snapshot)
{
    Guid *guids = memory_allocate(snapshot->role_definitions.count + 1, sizeof *guids);
    for (uint32_t i = 0; i < snapshot->role_definitions.count; i++)
        guids[i] = snapshot->role_definitions.items[i].guid;
    qsort(guids, snapshot->role_definitions.count, sizeof *guids, by_guid);
    return guids;
}

static bool role_is_known(const Snapshot *snapshot, const Guid *exported, const Guid *role)
{
    if (bsearch(role, exported, snapshot->role_definitions.count, sizeof *exported, by_guid))
        return true;
    return snapshot->role_is_built_in && snapshot->role_is_built_in(snapshot->role_context, role);
}

static void find_unknown_roles(const Snapshot *snapshot, const GapRow *row, TextBuffer *detail)
{
    (void)row;
    NameList names = {detail, 0};
    Guid *exported = exported_roles(snapshot);
    IdMap seen = {0};
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++) {
        const RoleAssignment *assignment = &snapshot->role_assignments.items[i];
        const char *text = id_text(snapshot, assignment->role_guid);
        Guid guid;
        if (!text || id_map_get(&seen, assignment->role_guid) != NONE || !guid_parse(text, &guid))
            continue;
        id_map_set(&seen, assignment->role_guid, i);
        if (role_is_known(snapshot, exported, &guid))
            continue;
        const char *name = text_text(snapshot, assignment->role_name);
        name_one(&names, name ? name : text);
    }
    name_rest(&names);
    id_map_free(&seen);
    free(exported);
}

/* ---- Microsoft Entra ---- */

static bool directory_role_is_known(const Snapshot *snapshot, Id role)
{
    Guid guid;
    const char *text = id_text(snapshot, role);
    if (!text || !guid_parse(text, &guid))
        return true;
    for (uint32_t i = 0; i < snapshot->directory_role_definitions.count; i++) {
        const DirectoryRoleDefinition *definition = &snapshot->directory_role_definitions.items[i];
        if (definition->template_id == role && (definition->built_in || definition->actions.count ||
                                                definition->conditional_actions.count))
            return true;
    }
    return snapshot->role_is_built_in && snapshot->role_is_built_in(snapshot->role_context, &guid);
}

static void name_unknown_directory_roles(const Snapshot *snapshot, NameList *names)
{
    IdMap seen = {0};
    for (uint32_t i = 0; i < snapshot->directory_roles.count; i++) {
        const DirectoryRoleAssignment *assignment = &snapshot->directory_roles.items[i];
        if (assignment->role_template == NONE ||
            id_map_get(&seen, assignment->role_template) != NONE)
            continue;
        id_map_set(&seen, assignment->role_template, i);
        if (directory_role_is_known(snapshot, assignment->role_template))
            continue;
        const char *name = text_text(snapshot, assignment->role_name);
        name_one(names, name ? name : id_text(snapshot, assignment->role_template));
    }
    id_map_free(&seen);
}

/* Units that a role is scoped to and whose members were not exported. */
static void name_unlisted_units(const Snapshot *snapshot, NameList *names)
{
    static const char prefix[] = "/administrativeUnits/";
    IdMap listed = {0};
    IdMap seen = {0};
    for (uint32_t i = 0; i < snapshot->administrative_units.count; i++)
        if (snapshot->administrative_units.items[i].members_exported)
            id_map_set(&listed, snapshot->administrative_units.items[i].id, i);
    for (uint32_t i = 0; i < snapshot->directory_roles.count; i++) {
        Text scope = snapshot->directory_roles.items[i].directory_scope;
        const char *text = text_text(snapshot, scope);
        if (!text || !text_starts_with_any_case(text, prefix) || id_map_get(&seen, scope) != NONE)
            continue;
        id_map_set(&seen, scope, i);
        Id id = interner_find(&snapshot->ids, text + sizeof prefix - 1);
        if (id == NONE || id_map_get(&listed, id) == NONE)
            name_one(names, text + 1);
    }
    id_map_free(&listed);
    id_map_free(&seen);
}

static void find_directory_gaps(const Snapshot *snapshot, const GapRow *row, TextBuffer *detail)
{
    (void)row;
    NameList names = {detail, 0};
    name_unknown_directory_roles(snapshot, &names);
    name_unlisted_units(snapshot, &names);
    name_rest(&names);
}

/* ---- places ---- */

static void find_unplaced(const Snapshot *snapshot, const GapRow *row, TextBuffer *detail)
{
    (void)row;
    NameList names = {detail, 0};
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++) {
        const ManagementGroup *group = &snapshot->management_groups.items[i];
        if (!group->parent_exported && !group->is_tenant_root)
            name_one(&names, text_text(snapshot, group->name));
    }
    for (uint32_t i = 0; i < snapshot->subscriptions.count; i++) {
        const Subscription *subscription = &snapshot->subscriptions.items[i];
        if (subscription->management_group == NONE)
            name_one(&names, id_text(snapshot, subscription->id));
    }
    name_rest(&names);
}

static void find_unlisted_subscriptions(const Snapshot *snapshot, const GapRow *row,
                                        TextBuffer *detail)
{
    (void)row;
    NameList names = {detail, 0};
    for (uint32_t i = 0; i < snapshot->subscriptions.count; i++)
        if (snapshot->subscriptions.items[i].record == NONE)
            name_one(&names, id_text(snapshot, snapshot->subscriptions.items[i].id));
    name_rest(&names);
}

/* ---- identities and resources ---- */

static void find_nameless_identities(const Snapshot *snapshot, const GapRow *row,
                                     TextBuffer *detail)
{
    (void)row;
    NameList names = {detail, 0};
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        if (principal->object_id == NONE && principal->resource_id != NONE)
            name_one(&names, id_text(snapshot, principal->resource_id));
    }
    name_rest(&names);
}

/* Resources of the type of which only an inventory line was exported. */
static void find_undetailed(const Snapshot *snapshot, const GapRow *row, TextBuffer *detail)
{
    NameList names = {detail, 0};
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        if (!resource->detailed && resource_is_type(snapshot, resource, row->resource_type))
            name_one(&names, text_text(snapshot, resource->name));
    }
    name_rest(&names);
}

/* ---- groups ---- */

static void mark_group(const Snapshot *snapshot, bool *needed, uint32_t principal)
{
    if (snapshot->principals.items[principal].kind == PRINCIPAL_GROUP)
        needed[principal] = true;
}

/* The memberships of each group as a list: its first by principal, the next by relation. */
static uint32_t *members_by_group(const Snapshot *snapshot, uint32_t **next)
{
    uint32_t *first = memory_allocate(snapshot->principals.count + 1, sizeof *first);
    *next = memory_allocate(snapshot->relations.count + 1, sizeof **next);
    memset(first, 0xff, snapshot->principals.count * sizeof *first);
    for (uint32_t i = 0; i < snapshot->relations.count; i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[i];
        if (relation->kind != RELATION_MEMBER || relation->object == NONE)
            continue;
        (*next)[i] = first[relation->object];
        first[relation->object] = i;
    }
    return first;
}

/* Groups inside a group that holds something: their members hold it too.  A walk over the
   memberships, each looked at once. */
static void mark_nested_groups(const Snapshot *snapshot, bool *needed)
{
    uint32_t *next;
    uint32_t *first = members_by_group(snapshot, &next);
    ARRAY(uint32_t) open = {0};
    for (uint32_t i = 0; i < snapshot->principals.count; i++)
        if (needed[i])
            ARRAY_PUSH(&open, i);
    while (open.count) {
        uint32_t group = open.items[--open.count];
        for (uint32_t i = first[group]; i != NONE; i = next[i]) {
            uint32_t member = snapshot->relations.items[i].subject;
            bool known = needed[member];
            mark_group(snapshot, needed, member);
            if (needed[member] && !known)
                ARRAY_PUSH(&open, member);
        }
    }
    ARRAY_FREE(&open);
    free(first);
    free(next);
}

static void mark_denied_groups(const Snapshot *snapshot, bool *needed, const DenyAssignment *deny)
{
    for (uint32_t i = 0; i < deny->principal_count; i++)
        mark_group(snapshot, needed, deny->principals[i]);
    for (uint32_t i = 0; i < deny->excluded_count; i++)
        mark_group(snapshot, needed, deny->excluded[i]);
}

/* Groups that hold a role, a directory role or an access policy, or that a deny assignment names:
 * one flag per principal. */
static bool *groups_that_hold_rights(const Snapshot *snapshot)
{
    bool *needed = memory_allocate(snapshot->principals.count + 1, sizeof *needed);
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++)
        mark_group(snapshot, needed, snapshot->role_assignments.items[i].principal);
    for (uint32_t i = 0; i < snapshot->directory_roles.count; i++)
        mark_group(snapshot, needed, snapshot->directory_roles.items[i].principal);
    for (uint32_t i = 0; i < snapshot->access_policies.count; i++)
        mark_group(snapshot, needed, snapshot->access_policies.items[i].principal);
    for (uint32_t i = 0; i < snapshot->deny_assignments.count; i++)
        mark_denied_groups(snapshot, needed, &snapshot->deny_assignments.items[i]);
    mark_nested_groups(snapshot, needed);
    return needed;
}

static void find_groups(const Snapshot *snapshot, const GapRow *row, TextBuffer *detail)
{
    NameList names = {detail, 0};
    bool *needed = groups_that_hold_rights(snapshot);
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *group = &snapshot->principals.items[i];
        bool listed =
            row->kind == RECORD_GROUP_MEMBER ? group->members_exported : group->owners_exported;
        if (needed[i] && !listed)
            name_one(&names, principal_name(snapshot, i));
    }
    name_rest(&names);
    free(needed);
}

/* ---- Azure Machine Learning ---- */

/*
 * Which workspaces (or endpoints) the named empty lists of a kind belong to: by a manifest's id, or
 * by the longest run of whole words in the path that is the name of one: "computes-mlw-churn.json"
 * is about "mlw-churn", not about "mlw".
 */
typedef struct EmptyOwners {
    Interner names; /* of all owners, case ignored */
    IdMap by_name;  /* number of a name -> something, when a list belongs to it */
    IdMap by_id;
    uint32_t owner_count;
    bool any;
} EmptyOwners;

enum { MOST_WORDS = 64 };

static bool is_word_char(char c)
{
    c = text_lower_char(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static uint32_t longest_name(const EmptyOwners *owners, const char *path)
{
    const char *starts[MOST_WORDS];
    uint32_t count = 0;
    uint32_t best = NONE;
    size_t best_length = 0;
    for (const char *at = path; *at; at++) {
        if (is_word_char(*at) && (at == path || !is_word_char(at[-1])) && count < MOST_WORDS)
            starts[count++] = at;
        if (!is_word_char(*at) || is_word_char(at[1]))
            continue;
        for (uint32_t i = 0; i < count; i++) {
            size_t length = (size_t)(at + 1 - starts[i]);
            uint32_t name = length < best_length
                                ? NONE
                                : interner_find_bytes(&owners->names, starts[i], length);
            best = name == NONE ? best : name;
            best_length = name == NONE ? best_length : length;
        }
    }
    return best;
}

static EmptyOwners empty_owners(const Snapshot *snapshot, RecordKind owner, RecordKind kind)
{
    EmptyOwners owners = {.names = interner_new(CASE_IGNORED)};
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        if (record_kind_of_type(id_text(snapshot, resource->type)) != owner)
            continue;
        intern(&owners.names, text_text(snapshot, resource->name));
        owners.owner_count++;
    }
    for (uint32_t i = 0; i < snapshot->empty_lists.count; i++) {
        const EmptyList *list = &snapshot->empty_lists.items[i];
        if (list->kind != kind)
            continue;
        uint32_t name = longest_name(&owners, snapshot->files.items[list->file].path);
        owners.any = true;
        if (list->of != NONE)
            id_map_set(&owners.by_id, list->of, i);
        else if (name != NONE)
            id_map_set(&owners.by_name, name, i);
    }
    return owners;
}

/* Does one of the lists belong to the workspace or endpoint?  The only one owns every list. */
static bool has_empty_list(const Snapshot *snapshot, const EmptyOwners *owners,
                           const Resource *resource)
{
    uint32_t name = interner_find(&owners->names, text_text(snapshot, resource->name));
    return (owners->any && owners->owner_count == 1) ||
           id_map_get(&owners->by_id, resource->id) != NONE ||
           id_map_get(&owners->by_name, name) != NONE;
}

static void empty_owners_free(EmptyOwners *owners)
{
    interner_free(&owners->names);
    id_map_free(&owners->by_name);
    id_map_free(&owners->by_id);
}

static Id workspace_of(const Snapshot *snapshot, const Resource *resource)
{
    static const char part[] = "/workspaces/";
    const char *id = id_text(snapshot, resource->id);
    const char *name = text_find_any_case(id, part);
    if (!name)
        return NONE;
    name += sizeof part - 1;
    return interner_find_bytes(&snapshot->ids, id, (size_t)(name - id) + strcspn(name, "/"));
}

/* Workspaces below which something of the kind was exported, as a map by their id. */
static IdMap workspaces_with(const Snapshot *snapshot, RecordKind kind)
{
    IdMap found = {0};
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        if (record_kind_of_type(id_text(snapshot, resource->type)) != kind)
            continue;
        Id workspace = workspace_of(snapshot, resource);
        if (workspace != NONE)
            id_map_set(&found, workspace, i);
    }
    return found;
}

/* Endpoints below which a deployment was exported, as a map by their id. */
static IdMap endpoints_with_deployments(const Snapshot *snapshot)
{
    IdMap found = {0};
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const char *id = id_text(snapshot, snapshot->resources.items[i].id);
        const char *end = text_find_any_case(id, "/deployments/");
        Id endpoint = end ? interner_find_bytes(&snapshot->ids, id, (size_t)(end - id)) : NONE;
        if (endpoint != NONE)
            id_map_set(&found, endpoint, i);
    }
    return found;
}

/* Names the resources of a kind that are not in the map and have no empty list. */
static void name_uncovered(const Snapshot *snapshot, RecordKind owner, RecordKind kind,
                           const IdMap *covered, TextBuffer *detail)
{
    NameList list = {detail, 0};
    EmptyOwners owners = empty_owners(snapshot, owner, kind);
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        if (record_kind_of_type(id_text(snapshot, resource->type)) == owner &&
            id_map_get(covered, resource->id) == NONE &&
            !has_empty_list(snapshot, &owners, resource))
            name_one(&list, text_text(snapshot, resource->name));
    }
    name_rest(&list);
    empty_owners_free(&owners);
}

static void find_workspaces_without(const Snapshot *snapshot, const GapRow *row, TextBuffer *detail)
{
    IdMap covered = workspaces_with(snapshot, row->kind);
    name_uncovered(snapshot, RECORD_AML_WORKSPACE, row->kind, &covered, detail);
    id_map_free(&covered);
}

/* An endpoint can stand without a deployment, but then an empty list says so. */
static void find_endpoints_without(const Snapshot *snapshot, const GapRow *row, TextBuffer *detail)
{
    IdMap covered = endpoints_with_deployments(snapshot);
    name_uncovered(snapshot, RECORD_AML_ENDPOINT, row->kind, &covered, detail);
    id_map_free(&covered);
}

/* ---- the closed list ---- */

#define REST_LIST(path, version)                                                                   \
    "az rest --method get --url \"/subscriptions/$s/providers/Microsoft.Authorization/" path       \
    "?api-version=" version "\""

static const GapRow GAP_ROWS[] = {
    {"role-assignments", RECORD_ROLE_ASSIGNMENT, find_partial_assignments, NULL,
     "Who may do what is unknown where no exported role assignment says it.",
     "az role assignment list --all --subscription $s -o json > ra_$s.json"},
    {"role-definitions", RECORD_ROLE_DEFINITION, find_unknown_roles, NULL,
     "What a custom role allows is unknown, and so is which custom roles could be given or "
     "rewritten.",
     "az role definition list --subscription $s -o json > rd_$s.json"},
    {"deny-assignments", RECORD_DENY_ASSIGNMENT, NULL, NULL,
     "Something shown as allowed may be denied.",
     REST_LIST("denyAssignments", "2022-04-01") " > deny_$s.json"},
    {"pim-eligibility", RECORD_ELIGIBILITY, NULL, NULL,
     "Roles that a user can activate are not counted.",
     REST_LIST("roleEligibilityScheduleInstances", "2020-10-01") " > pim_$s.json"},
    {"management-groups", RECORD_MANAGEMENT_GROUP, find_unplaced, NULL,
     "Which subscriptions an assignment at a management group reaches is only assumed.",
     "az account management-group show -n $root -e -r -o json > management-groups.json"},
    {"subscriptions", RECORD_SUBSCRIPTION, find_unlisted_subscriptions, NULL,
     "Subscriptions without an export are not seen.",
     "az account list --all -o json > accounts.json"},
    {"resources", RECORD_RESOURCE, NULL, NULL,
     "Resources that no other list names are not counted and their identities are not seen.",
     "az resource list --subscription $s -o json > res_$s.json"},
    {"managed-identities", RECORD_MANAGED_IDENTITY, find_nameless_identities, NULL,
     "The rights of an attached identity are unknown when its principal id is not exported.",
     "az identity list --subscription $s -o json > mi_$s.json"},
    {"federated-credentials", RECORD_FEDERATED_CREDENTIAL, find_partial_credentials, NULL,
     "Outside identities that can sign in as a managed identity or application are not seen.",
     "az identity federated-credential list --identity-name $name -g $group -o json > "
     "fic_$name.json"},
    {"key-vaults", RECORD_KEY_VAULT, find_undetailed, "Microsoft.KeyVault/vaults",
     "Access policies are not seen, and whether a role or a policy opens a vault is unknown.",
     "az keyvault list --subscription $s -o json > kv_$s.json"},
    {"storage-accounts", RECORD_STORAGE_ACCOUNT, find_undetailed,
     "Microsoft.Storage/storageAccounts", "Whether account keys can be used is only assumed.",
     "az storage account list --subscription $s -o json > st_$s.json"},
    {"container-registries", RECORD_CONTAINER_REGISTRY, find_undetailed,
     "Microsoft.ContainerRegistry/registries",
     "Whether the admin account of a registry can be used is only assumed.",
     "az acr list --subscription $s -o json > acr_$s.json"},
    {"group-members", RECORD_GROUP_MEMBER, find_groups, NULL,
     "What a principal holds through a group is not seen.",
     "az ad group member list -g $group -o json > members_$group.json"},
    {"group-owners", RECORD_GROUP_OWNER, find_groups, NULL,
     "Who can add itself to a group is not seen.",
     "az ad group owner list -g $group -o json > group_owners_$group.json"},
    {"directory-roles", RECORD_DIRECTORY_ROLE, find_directory_gaps, NULL,
     "Power over the directory (resetting passwords, adding secrets) is not seen, nor what custom "
     "roles allow and whom administrative units hold.",
     "az rest --method get --url "
     "\"https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments\" > "
     "directory-roles.json"},
    {"app-role-assignments", RECORD_APP_ROLE_ASSIGNMENT, NULL, NULL,
     "Permissions of applications at Microsoft Graph are not seen.",
     "az rest --method get --url "
     "\"https://graph.microsoft.com/v1.0/servicePrincipals/$id/appRoleAssignments\" > "
     "app-role-assignments_$id.json"},
    {"app-owners", RECORD_APP_OWNER, NULL, NULL,
     "Who can add a secret to an application as its owner is not seen.",
     "az ad app owner list --id $app -o json > app_owners_$app.json"},
    {"aml-workspaces", RECORD_AML_WORKSPACE, find_undetailed,
     "Microsoft.MachineLearningServices/workspaces",
     "Azure Machine Learning is not seen: its identities, storage and vault are unknown.",
     "az ml workspace list -g $group -o json > workspaces_$group.json"},
    {"aml-computes", RECORD_AML_COMPUTE, find_workspaces_without, NULL,
     "Which identities and persons the computes of a workspace run as is unknown.",
     "az ml compute list -g $group -w $workspace -o json > computes_$workspace.json"},
    {"aml-endpoints", RECORD_AML_ENDPOINT, find_workspaces_without, NULL,
     "Which identities the endpoints of a workspace run as is unknown.",
     "az ml online-endpoint list -g $group -w $workspace -o json > endpoints_$workspace.json"},
    {"aml-deployments", RECORD_AML_DEPLOYMENT, find_endpoints_without, NULL,
     "What code and images the endpoints run is unknown.",
     "az ml online-deployment list -e $endpoint -g $group -w $workspace -o json > "
     "deployments_$endpoint.json"},
    {"aml-jobs", RECORD_AML_JOB, find_workspaces_without, NULL,
     "Which identities jobs use, and whose code runs where, is unknown.",
     "az ml job list -g $group -w $workspace -o json > jobs_$workspace.json"},
    {"aml-datastores", RECORD_AML_DATASTORE, find_workspaces_without, NULL,
     "Credentials stored in datastores are not seen.",
     "az ml datastore list -g $group -w $workspace -o json > datastores_$workspace.json"},
    {"aml-connections", RECORD_AML_CONNECTION, find_workspaces_without, NULL,
     "Credentials stored in connections are not seen.",
     "az ml connection list -g $group -w $workspace -o json > connections_$workspace.json"},
};

static bool some_kind_is_unknown(const Snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++) {
        uint32_t principal = snapshot->role_assignments.items[i].principal;
        const Principal *holder = &snapshot->principals.items[principal];
        if (holder->kind == PRINCIPAL_UNKNOWN && !holder->deleted)
            return true;
    }
    return false;
}

/*
 * Not exported at all, and of use?  Where the workspaces were exported, find() looks at each; a
 * list of members or owners is of no use where nothing is held by a group.
 */
static bool kind_is_missing(const Snapshot *snapshot, const GapRow *row)
{
    if (snapshot->exported[row->kind])
        return false;
    if (row->find == find_workspaces_without || row->find == find_endpoints_without)
        return !snapshot->exported[RECORD_AML_WORKSPACE];
    return row->find != find_groups || some_kind_is_unknown(snapshot);
}

static void add_gap(Snapshot *snapshot, const GapRow *row)
{
    TextBuffer detail = {0};
    if (row->find)
        row->find(snapshot, row, &detail);
    if (kind_is_missing(snapshot, row) || detail.length_bytes) {
        Gap gap = {row->missing, row->weakens, row->export_with,
                   detail.length_bytes ? arena_copy_text(&snapshot->arena, detail.text) : NULL};
        ARRAY_PUSH(&snapshot->gaps, gap);
    }
    text_buffer_free(&detail);
}

static void add_truncated(Snapshot *snapshot, uint32_t file, const char *sign)
{
    Arena *arena = &snapshot->arena;
    Gap gap = {arena_format(arena, "truncated:%s", snapshot->files.items[file].path),
               "What the rest of the list holds is unknown: reach can only be larger.",
               "Export the list again to its end: all pages, with --skip-token or nextLink.", sign};
    ARRAY_PUSH(&snapshot->gaps, gap);
}

void snapshot_find_gaps(Snapshot *snapshot)
{
    snapshot->gaps.count = 0;
    for (size_t i = 0; i < sizeof GAP_ROWS / sizeof *GAP_ROWS; i++)
        add_gap(snapshot, &GAP_ROWS[i]);
    for (uint32_t i = 0; i < snapshot->truncations.count; i++) {
        const Truncation *truncation = &snapshot->truncations.items[i];
        bool repeated = i && snapshot->truncations.items[i - 1].file == truncation->file;
        if (!repeated)
            add_truncated(snapshot, truncation->file, truncation->sign);
    }
    for (uint32_t i = 0; i < snapshot->files.count; i++)
        if (!snapshot->files.items[i].complete)
            add_truncated(snapshot, i, "the file is torn or could not be read to its end");
}
