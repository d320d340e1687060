#include "graph/relations.h"

#include "base/memory.h"
#include "base/text.h"
#include "graph/asset_relations.h"
#include "snapshot/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who bears a name: a user principal name is unique, a display name need not be. */
typedef struct NameHolder {
    uint32_t by_user_principal_name;
    uint32_t by_display_name; /* the first one */
    uint32_t display_name_count;
} NameHolder;

/* What the finders below share. */
typedef struct Finder {
    const Access *access;
    const Snapshot *snapshot;
    const ScopeTree *tree;
    const Rules *rules;
    RowList lists[RELATION_NAME_COUNT];
    uint32_t *storage_by_name; /* Snapshot.texts is case-sensitive: sorted resource indexes */
    uint32_t storage_count;
    bool *deputy_type;           /* per Snapshot.ids: the type's identity serves only the service */
    uint32_t *application_of_id; /* per Snapshot.ids: Snapshot.applications by object id */
    uint32_t *by_app_id;         /* per Snapshot.ids: the principal with this application id */
    uint32_t *identity_of_id; /* per Snapshot.ids: the principal of this user-assigned identity */
    Interner names;           /* user principal names and display names, case ignored */
    ARRAY(NameHolder) name_holders; /* per name */
    Arena arena;                    /* login servers that were not exported */
} Finder;

static void add(Finder *finder, RelationName relation, Term from, Term to, uint32_t record,
                Certainty certainty)
{
    if (from == NONE || to == NONE)
        return;
    RelationRow row = {from, to, record, (uint8_t)certainty};
    ARRAY_PUSH(&finder->lists[relation], row);
}

static Term scope_term(const Finder *finder, Id id)
{
    return id == NONE || id >= finder->tree->id_count ? NONE : finder->tree->scope_of_id[id];
}

static Term scope_term_of_text(const Finder *finder, const char *arm_id)
{
    return scope_term(finder, snapshot_find_id(finder->snapshot, arm_id));
}

static Term principal_term(uint32_t principal)
{
    return principal == NONE ? NONE : (principal | TERM_PRINCIPAL);
}

static Term parent_term(const Finder *finder, Term scope)
{
    return scope == NONE ? NONE : finder->tree->scopes[scope].parent;
}

/* ---- AML references ---- */

enum { LONGEST_ID = 4096 };

/* The workspace that a scope inside it belongs to. */
static Term workspace_of(const Finder *finder, Term scope)
{
    static const char type[] = "Microsoft.MachineLearningServices/workspaces";
    for (; scope != NONE; scope = finder->tree->scopes[scope].parent) {
        const char *name = id_text(finder->snapshot, finder->tree->scopes[scope].type);
        if (text_equal_any_case(name, type))
            return scope;
    }
    return NONE;
}

/*
 * A job, deployment or schedule names its compute by ARM id, as "azureml:<name>", or by bare name;
 * "serverless" and nothing mean no compute of the workspace.
 */
static const char *bare_reference(const char *reference)
{
    bool marked = text_starts_with_any_case(reference, "azureml:");
    return marked ? reference + strlen("azureml:") : reference;
}

static bool means_serverless(const char *reference)
{
    const char *bare = bare_reference(reference);
    return !*bare || text_equal_any_case(bare, "serverless");
}

static Term compute_term(const Finder *finder, Term workspace, const char *reference)
{
    if (!reference || workspace == NONE || means_serverless(reference))
        return NONE;
    reference = bare_reference(reference);
    if (*reference == '/')
        return scope_term_of_text(finder, reference);
    char id[LONGEST_ID];
    const char *parent = id_text(finder->snapshot, finder->tree->scopes[workspace].id);
    int length = snprintf(id, sizeof id, "%s/computes/%s", parent, reference);
    return length > 0 && (size_t)length < sizeof id ? scope_term_of_text(finder, id) : NONE;
}

static bool is_type(const Finder *finder, const Resource *resource, const char *type)
{
    return resource_is_type(finder->snapshot, resource, type);
}

#define ML "Microsoft.MachineLearningServices/"

static bool is_job_like(const Finder *finder, const Resource *resource)
{
    return is_type(finder, resource, ML "workspaces/jobs") ||
           is_type(finder, resource, ML "workspaces/schedules");
}

static void add_compute(Finder *finder, Term from, const char *reference, uint32_t record)
{
    Term compute = compute_term(finder, workspace_of(finder, from), reference);
    add(finder, RELATION_COMPUTE_OF, from, compute, record, CERTAIN);
}

/* The compute that the property names, or NULL when it is another property. */
static const char *compute_reference(const Snapshot *snapshot, const Property *property)
{
    const char *name = interned_text(&snapshot->fields->names, property->name);
    bool names_compute = text_equal(name, "computeId") || text_equal(name, "defaultCompute") ||
                         text_equal(name, "stepComputeIds");
    return names_compute ? text_text(snapshot, property->value) : NULL;
}

static void find_computes_of(Finder *finder, const Resource *resource, Term from)
{
    const Snapshot *snapshot = finder->snapshot;
    if (!text_starts_with_any_case(id_text(snapshot, resource->type), ML "workspaces/"))
        return;
    for (uint32_t i = 0; i < resource->property_count; i++) {
        const Property *property = &snapshot->properties.items[resource->first_property + i];
        add_compute(finder, from, compute_reference(snapshot, property), property->record);
    }
}

/* ---- references by property ---- */

typedef enum ReferenceEnd { END_FROM, END_TO } ReferenceEnd;

/* A property that holds ARM ids and thereby tells a relation: the table in rules/vocabulary.def. */
typedef struct Reference {
    RelationName relation;
    ReferenceEnd holder; /* the end that the resource with the property is */
    const char *type;
    const char *property;
} Reference;

static const Reference references[] = {
#define REFERENCE(symbol, type, property, holder) {RELATION_##symbol, END_##holder, type, property},
#include "rules/vocabulary.def"
};

enum { REFERENCE_COUNT = sizeof references / sizeof *references };

/* Events are delivered to parts that no export lists, a function of an app or a hub of a namespace:
   the resource that an ARM id names, or the nearest one above it. */
static Term nearest_resource(const Finder *finder, const char *arm_id)
{
    char id[LONGEST_ID];
    int length = arm_id ? snprintf(id, sizeof id, "%s", arm_id) : 0;
    if (length <= 0 || (size_t)length >= sizeof id)
        return NONE;
    for (;;) {
        Term term = scope_term_of_text(finder, id);
        if (term != NONE && finder->tree->scopes[term].resource != NONE)
            return term;
        char *last = strrchr(id, '/');
        if (!last || last == id)
            return NONE;
        *last = '\0';
    }
}

/* Adds a row for every value of the property. */
static void add_references(Finder *finder, const Reference *reference, const Resource *resource,
                           Term holder)
{
    const Snapshot *snapshot = finder->snapshot;
    uint32_t name = field_name_find(snapshot->fields, reference->property);
    for (uint32_t i = 0; name != NONE && i < resource->property_count; i++) {
        const Property *property = &snapshot->properties.items[resource->first_property + i];
        if (property->name != name)
            continue;
        const char *value = text_text(snapshot, property->value);
        Term other = reference->relation == RELATION_DELIVERS_TO
                         ? nearest_resource(finder, value)
                         : scope_term_of_text(finder, value);
        add(finder, reference->relation, reference->holder == END_FROM ? holder : other,
            reference->holder == END_FROM ? other : holder, property->record, CERTAIN);
    }
}

static void find_references(Finder *finder, const Resource *resource, Term scope)
{
    for (uint32_t i = 0; resource->property_count && i < REFERENCE_COUNT; i++)
        if (is_type(finder, resource, references[i].type))
            add_references(finder, &references[i], resource, scope);
    if (!is_type(finder, resource, ML "workspaces"))
        return;
    uint32_t record = NONE;
    const char *name = resource_property(finder->snapshot, resource, "imageBuildCompute", &record);
    add(finder, RELATION_IMAGE_BUILD_COMPUTE_OF, scope, compute_term(finder, scope, name), record,
        CERTAIN);
}

/* ---- storage accounts by name ---- */

static const Snapshot *sorted_snapshot; /* qsort has no context; used on one thread only */

static const char *resource_name(const Snapshot *snapshot, uint32_t resource)
{
    const char *name = text_text(snapshot, snapshot->resources.items[resource].name);
    return name ? name : "";
}

static int by_resource_name(const void *a, const void *b)
{
    return text_compare_any_case(resource_name(sorted_snapshot, *(const uint32_t *)a),
                                 resource_name(sorted_snapshot, *(const uint32_t *)b));
}

static void index_storage_accounts(Finder *finder)
{
    const Snapshot *snapshot = finder->snapshot;
    ARRAY(uint32_t) accounts = {0};
    for (uint32_t i = 0; i < snapshot->resources.count; i++)
        if (is_type(finder, &snapshot->resources.items[i], "Microsoft.Storage/storageAccounts"))
            ARRAY_PUSH(&accounts, i);
    sorted_snapshot = snapshot;
    if (accounts.count)
        qsort(accounts.items, accounts.count, sizeof *accounts.items, by_resource_name);
    finder->storage_by_name = accounts.items;
    finder->storage_count = accounts.count;
}

static Term storage_by_name(const Finder *finder, const char *name)
{
    uint32_t low = 0;
    uint32_t high = finder->storage_count;
    while (name && low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t resource = finder->storage_by_name[middle];
        int order = text_compare_any_case(resource_name(finder->snapshot, resource), name);
        if (order == 0)
            return scope_term(finder, finder->snapshot->resources.items[resource].id);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NONE;
}

/* ---- storage accounts by address ---- */

enum { LONGEST_ACCOUNT_NAME = 24 };

static bool is_storage_service(const char *label)
{
    static const char *const services[] = {"blob.", "dfs.", "file.", "queue.", "table."};
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (text_starts_with_any_case(label, services[i]))
            return true;
    return false;
}

/*
 * The account in "https://<account>.blob.core.windows.net/..." or "abfss://<container>@<account>
 * .dfs...".
 */
static Term storage_by_address(const Finder *finder, const char *address)
{
    const char *host = strstr(address, "://");
    if (!host)
        return NONE;
    host += strlen("://");
    size_t length = strcspn(host, "/?");
    const char *container_end = memchr(host, '@', length);
    if (container_end)
        host = container_end + 1;
    char name[LONGEST_ACCOUNT_NAME + 1];
    size_t name_length = strcspn(host, "./?");
    if (name_length > LONGEST_ACCOUNT_NAME || host[name_length] != '.' ||
        !is_storage_service(host + name_length + 1))
        return NONE;
    memcpy(name, host, name_length);
    name[name_length] = '\0';
    return storage_by_name(finder, name);
}

static void find_linked_store(Finder *finder, const Resource *resource, Term scope)
{
    if (!is_type(finder, resource, "Microsoft.DataFactory/factories/linkedServices"))
        return;
    uint32_t record = NONE;
    const char *address = resource_property(finder->snapshot, resource, "serviceUrl", &record);
    if (address)
        add(finder, RELATION_LINKED_STORE, scope, storage_by_address(finder, address), record,
            CERTAIN);
}

/* ---- principals by application id and by name ---- */

static NameHolder *name_holder(Finder *finder, Text name)
{
    uint32_t index = intern(&finder->names, text_text(finder->snapshot, name));
    NameHolder nobody = {NONE, NONE, 0};
    if (index == finder->name_holders.count)
        ARRAY_PUSH(&finder->name_holders, nobody);
    return &finder->name_holders.items[index];
}

static void index_principals(Finder *finder)
{
    const Snapshot *snapshot = finder->snapshot;
    finder->names = interner_new(CASE_IGNORED);
    finder->by_app_id = memory_allocate(snapshot->ids.count, sizeof *finder->by_app_id);
    memset(finder->by_app_id, 0xff, snapshot->ids.count * sizeof *finder->by_app_id);
    finder->identity_of_id = memory_allocate(snapshot->ids.count, sizeof *finder->identity_of_id);
    memset(finder->identity_of_id, 0xff, snapshot->ids.count * sizeof *finder->identity_of_id);
    finder->application_of_id =
        memory_allocate(snapshot->ids.count, sizeof *finder->application_of_id);
    memset(finder->application_of_id, 0xff,
           snapshot->ids.count * sizeof *finder->application_of_id);
    for (uint32_t i = 0; i < snapshot->applications.count; i++)
        finder->application_of_id[snapshot->applications.items[i].object_id] = i;
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        if (principal->app_id != NONE && finder->by_app_id[principal->app_id] == NONE)
            finder->by_app_id[principal->app_id] = i;
        if (principal->kind == PRINCIPAL_USER_ASSIGNED && principal->resource_id != NONE)
            finder->identity_of_id[principal->resource_id] = i;
        if (principal->user_principal_name != NONE)
            name_holder(finder, principal->user_principal_name)->by_user_principal_name = i;
        if (principal->name == NONE)
            continue;
        NameHolder *holder = name_holder(finder, principal->name);
        if (holder->display_name_count++ == 0)
            holder->by_display_name = i;
    }
}

/* Service principal or managed identity with this application (client) id. */
static uint32_t principal_by_app_id(const Finder *finder, const char *app_id)
{
    Id id = app_id ? snapshot_find_id(finder->snapshot, app_id) : NONE;
    return id == NONE ? NONE : finder->by_app_id[id];
}

static void find_stored_credentials(Finder *finder, const Resource *resource, Term from)
{
    bool datastore = is_type(finder, resource, ML "workspaces/datastores");
    if (!datastore && !is_type(finder, resource, ML "workspaces/connections"))
        return;
    uint32_t record = NONE;
    if (datastore) {
        const char *account = resource_property(finder->snapshot, resource, "accountName", &record);
        add(finder, RELATION_DATASTORE_STORAGE, from, storage_by_name(finder, account), record,
            CERTAIN);
    }
    const char *app_id =
        resource_property(finder->snapshot, resource, "credentialClientId", &record);
    add(finder, RELATION_CREDENTIAL_PRINCIPAL, from,
        principal_term(principal_by_app_id(finder, app_id)), record, CERTAIN);
}

/* ---- what services keep below themselves ---- */

/* A type of child resource that a rule asks for from above: `relation` leads from the parent. */
typedef struct Part {
    const char *type;
    RelationName relation;
} Part;

static const Part parts[] = {
    {"Microsoft.Web/sites/basicPublishingCredentialsPolicies", RELATION_PUBLISHING_POLICY_OF},
    {"Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies", RELATION_PUBLISHING_POLICY_OF},
    {"Microsoft.DataFactory/factories/integrationRuntimes", RELATION_INTEGRATION_RUNTIME_OF},
    {"Microsoft.Synapse/workspaces/integrationRuntimes", RELATION_INTEGRATION_RUNTIME_OF},
};

static void find_parts(Finder *finder, const Resource *resource, Term scope)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (is_type(finder, resource, parts[i].type))
            add(finder, parts[i].relation, parent_term(finder, scope), scope, resource->record,
                CERTAIN);
}

/* A container is a child of its account too: the one service between them, blobServices/default, is
   no resource that anybody thinks of, and is seldom exported. */
static void find_parents(Finder *finder, const Resource *resource, Term scope)
{
    Term parent = parent_term(finder, scope);
    add(finder, RELATION_CHILD_OF, scope, parent, resource->record, CERTAIN);
    if (parent == NONE)
        return;
    const char *id = id_text(finder->snapshot, finder->tree->scopes[parent].id);
    if (id && text_ends_with_any_case(id, "Services/default"))
        add(finder, RELATION_CHILD_OF, scope, parent_term(finder, parent), resource->record,
            CERTAIN);
}

/* Managed HSMs keep roles of their own; their first administrators are told.
   https://learn.microsoft.com/azure/key-vault/managed-hsm/access-control */
static void find_first_administrators(Finder *finder, const Resource *resource, Term scope)
{
    const Snapshot *snapshot = finder->snapshot;
    if (!is_type(finder, resource, "Microsoft.KeyVault/managedHSMs"))
        return;
    uint32_t name = field_name_find(snapshot->fields, "initialAdminObjectIds");
    for (uint32_t i = 0; name != NONE && i < resource->property_count; i++) {
        const Property *property = &snapshot->properties.items[resource->first_property + i];
        const char *holder = text_text(snapshot, property->value);
        if (property->name == name && holder)
            add(finder, RELATION_ASSIGNED_TO, scope,
                principal_term(snapshot_find_principal(snapshot, holder)), property->record,
                CERTAIN);
    }
}

/*
 * Cosmos DB keeps data roles of its own.  Its built-in reader cannot write, its built-in
 * contributor can; what a role of the account's own allows is not exported with the assignment.  A
 * scope below the account, one database or container, is not all of its data.
 * https://learn.microsoft.com/azure/cosmos-db/nosql/reference-data-plane-security
 */
static void find_cosmos_roles(Finder *finder, const Resource *resource, Term scope)
{
    static const char reader[] = "00000000-0000-0000-0000-000000000001";
    static const char contributor[] = "00000000-0000-0000-0000-000000000002";
    const Snapshot *snapshot = finder->snapshot;
    if (!is_type(finder, resource, "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments"))
        return;
    uint32_t record = NONE;
    const char *holder = resource_property(snapshot, resource, "principalId", &record);
    Term principal = principal_term(holder ? snapshot_find_principal(snapshot, holder) : NONE);
    const char *role = resource_property(snapshot, resource, "roleDefinitionId", NULL);
    const char *role_name = role && strrchr(role, '/') ? strrchr(role, '/') + 1 : "";
    const char *given_at = resource_property(snapshot, resource, "scope", NULL);
    Term account = parent_term(finder, scope);
    bool whole = given_at && account != NONE && scope_term_of_text(finder, given_at) == account;
    bool reads = text_equal(role_name, reader);
    bool writes = text_equal(role_name, contributor);
    add(finder, RELATION_ASSIGNED_TO, scope, principal, record,
        whole && (reads || writes) ? CERTAIN : ASSUMED);
    if (!reads)
        add(finder, RELATION_ASSIGNED_TO_WRITE, scope, principal, record,
            whole && writes ? CERTAIN : ASSUMED);
}

/* ---- owners ---- */

/*
 * systemData.createdBy is an object id, an application id, a user principal name or a display name;
 * a display name counts only when it is unique, and only as assumed.
 */
static uint32_t principal_by_creator(const Finder *finder, const char *creator,
                                     Certainty *certainty)
{
    *certainty = CERTAIN;
    uint32_t found = snapshot_find_principal(finder->snapshot, creator);
    if (found == NONE)
        found = principal_by_app_id(finder, creator);
    uint32_t name = found == NONE ? interner_find(&finder->names, creator) : NONE;
    if (name == NONE)
        return found;
    const NameHolder *holder = &finder->name_holders.items[name];
    if (holder->by_user_principal_name != NONE)
        return holder->by_user_principal_name;
    *certainty = ASSUMED;
    return holder->display_name_count == 1 ? holder->by_display_name : NONE;
}

static void find_resource_owner(Finder *finder, const Resource *resource, Term scope)
{
    uint32_t record = NONE;
    const char *owner = NULL;
    if (is_type(finder, resource, ML "workspaces/computes")) {
        const char *type = resource_property(finder->snapshot, resource, "computeType", &record);
        if (!type || !property_value_equal(type, "ComputeInstance"))
            return;
        owner = resource_property(finder->snapshot, resource, "ownerObjectId", &record);
    } else if (!is_job_like(finder, resource)) {
        return;
    }
    if (!owner)
        owner = resource_property(finder->snapshot, resource, "createdBy", &record);
    if (!owner)
        return;
    Certainty certainty = CERTAIN;
    uint32_t principal = principal_by_creator(finder, owner, &certainty);
    add(finder, RELATION_OWNER_OF, principal_term(principal), scope, record, certainty);
}

/* An application counts as its service principal: who may add a credential to it becomes it. */
static uint32_t service_principal_of(const Finder *finder, Id application)
{
    uint32_t index = application == NONE ? NONE : finder->application_of_id[application];
    Id app_id = index == NONE ? NONE : finder->snapshot->applications.items[index].app_id;
    return app_id == NONE ? NONE : finder->by_app_id[app_id];
}

static void find_directory_relations(Finder *finder)
{
    const Snapshot *snapshot = finder->snapshot;
    for (uint32_t i = 0; i < snapshot->relations.count; i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[i];
        uint32_t object = relation->object;
        RelationName name =
            relation->kind == RELATION_MEMBER ? RELATION_MEMBER_OF : RELATION_OWNER_OF;
        if (object == NONE) {
            object = service_principal_of(finder, relation->application);
            name = RELATION_APPLICATION_OWNER_OF;
        }
        add(finder, name, principal_term(relation->subject), principal_term(object),
            relation->record, CERTAIN);
    }
}

/* ---- Kubernetes clusters ---- */

/* The property names a resource group of the resource's own subscription. */
static Term group_by_name(const Finder *finder, Term scope, const char *name)
{
    uint32_t subscription = finder->tree->scopes[scope].subscription;
    char id[LONGEST_ID];
    if (!name || subscription == NONE)
        return NONE;
    int length = snprintf(id, sizeof id, "%s/resourceGroups/%s",
                          id_text(finder->snapshot, finder->tree->scopes[subscription].id), name);
    return length > 0 && (size_t)length < sizeof id ? scope_term_of_text(finder, id) : NONE;
}

static uint32_t kubelet_identity(const Finder *finder, const Resource *cluster, uint32_t *record)
{
    const Snapshot *snapshot = finder->snapshot;
    const char *object = resource_property(snapshot, cluster, "kubeletIdentityObjectId", record);
    uint32_t principal = object ? snapshot_find_principal(snapshot, object) : NONE;
    if (principal != NONE)
        return principal;
    const char *arm_id = resource_property(snapshot, cluster, "kubeletIdentityResourceId", record);
    Id id = arm_id ? snapshot_find_id(snapshot, arm_id) : NONE;
    return id == NONE ? NONE : finder->identity_of_id[id];
}

/* https://learn.microsoft.com/azure/aks/concepts-identity */
static void find_cluster_relations(Finder *finder, const Resource *resource, Term scope)
{
    const Snapshot *snapshot = finder->snapshot;
    uint32_t record = NONE;
    bool kubernetes = is_type(finder, resource, "Microsoft.ContainerService/managedClusters");
    if (kubernetes || is_type(finder, resource, "Microsoft.RedHatOpenShift/openShiftClusters")) {
        const char *app_id =
            resource_property(snapshot, resource, "servicePrincipalClientId", &record);
        add(finder, RELATION_CREDENTIAL_PRINCIPAL, scope,
            principal_term(principal_by_app_id(finder, app_id)), record, CERTAIN);
    }
    if (kubernetes) {
        uint32_t kubelet = kubelet_identity(finder, resource, &record);
        add(finder, RELATION_KUBELET_IDENTITY_OF, scope, principal_term(kubelet), record, CERTAIN);
        const char *group = resource_property(snapshot, resource, "nodeResourceGroup", &record);
        add(finder, RELATION_MANAGED_GROUP_OF, scope, group_by_name(finder, scope, group), record,
            CERTAIN);
    }
    if (is_type(finder, resource,
                "Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings")) {
        const char *source = resource_property(snapshot, resource, "sourceResourceId", &record);
        add(finder, RELATION_TRUSTED_BY, source ? scope_term_of_text(finder, source) : NONE,
            parent_term(finder, scope), record, CERTAIN);
    }
}

/* A cluster that issues tokens of service accounts; the issuer ends in one slash, or in none. */
typedef struct Issuer {
    const char *address;
    Term cluster;
} Issuer;

static int compare_issuers(const char *a, const char *b)
{
    size_t x = strlen(a);
    size_t y = strlen(b);
    x -= x && a[x - 1] == '/';
    y -= y && b[y - 1] == '/';
    int order = memcmp(a, b, x < y ? x : y);
    return order ? order : (x > y) - (x < y);
}

static int by_address(const void *a, const void *b)
{
    return compare_issuers(((const Issuer *)a)->address, ((const Issuer *)b)->address);
}

static uint32_t federated_principal(const Finder *finder, const FederatedCredential *credential)
{
    if (credential->parent == NONE)
        return NONE;
    return credential->parent_is_application ? service_principal_of(finder, credential->parent)
                                             : finder->identity_of_id[credential->parent];
}

/* Who can make tokens of a cluster's issuer is believed by every principal that trusts it.
   https://learn.microsoft.com/azure/aks/workload-identity-overview */
static void find_issuers(Finder *finder)
{
    const Snapshot *snapshot = finder->snapshot;
    ARRAY(Issuer) issuers = {0};
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        Issuer issuer = {resource_property(snapshot, resource, "oidcIssuerUrl", NULL),
                         scope_term(finder, resource->id)};
        if (issuer.address &&
            is_type(finder, resource, "Microsoft.ContainerService/managedClusters"))
            ARRAY_PUSH(&issuers, issuer);
    }
    if (issuers.count)
        qsort(issuers.items, issuers.count, sizeof *issuers.items, by_address);
    for (uint32_t i = 0; i < snapshot->federated_credentials.count; i++) {
        const FederatedCredential *credential = &snapshot->federated_credentials.items[i];
        const char *address = text_text(snapshot, credential->issuer);
        Term principal = principal_term(federated_principal(finder, credential));
        uint32_t low = 0;
        uint32_t high = address ? issuers.count : 0;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (compare_issuers(issuers.items[middle].address, address) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        for (; address && low < issuers.count &&
               compare_issuers(issuers.items[low].address, address) == 0;
             low++)
            add(finder, RELATION_ISSUER_OF, issuers.items[low].cluster, principal,
                credential->record, CERTAIN);
    }
    ARRAY_FREE(&issuers);
}

/* ---- images ---- */

typedef struct LoginServer {
    const char *host;
    Term registry;
} LoginServer;

typedef ARRAY(LoginServer) LoginServers;

static int by_host(const void *a, const void *b)
{
    return text_compare_any_case(((const LoginServer *)a)->host, ((const LoginServer *)b)->host);
}

/* loginServer, or what it is when it was not exported: "<name>.azurecr.io". */
static LoginServers login_servers(Finder *finder)
{
    const Snapshot *snapshot = finder->snapshot;
    LoginServers servers = {0};
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        if (!is_type(finder, resource, "Microsoft.ContainerRegistry/registries"))
            continue;
        LoginServer server = {resource_property(snapshot, resource, "loginServer", NULL),
                              scope_term(finder, resource->id)};
        if (!server.host)
            server.host = arena_format(&finder->arena, "%s.azurecr.io", resource_name(snapshot, i));
        ARRAY_PUSH(&servers, server);
    }
    if (servers.count)
        qsort(servers.items, servers.count, sizeof *servers.items, by_host);
    return servers;
}

static Term registry_by_host(const LoginServers *servers, const char *host)
{
    LoginServer wanted = {host, NONE};
    const LoginServer *found =
        servers->count ? bsearch(&wanted, servers->items, servers->count, sizeof wanted, by_host)
                       : NULL;
    return found ? found->registry : NONE;
}

/* The host of "DOCKER|host/repository:tag" or "host/repository"; false when the reference names a
   digest, which no push changes, or no host. */
static bool image_host(const char *image, char *host, size_t size)
{
    const char *bar = strchr(image, '|');
    const char *start = bar ? bar + 1 : image;
    size_t length = strcspn(start, "/");
    if (start[length] != '/' || length >= size || strstr(start, "@sha256:"))
        return false;
    memcpy(host, start, length);
    host[length] = '\0';
    return true;
}

static bool names_image(const Finder *finder, const Resource *resource, const char *property)
{
    if (text_equal(property, "linuxFxVersion"))
        return is_type(finder, resource, "Microsoft.Web/sites");
    return text_equal(property, "images") || text_equal(property, "image");
}

static void find_image_registries(Finder *finder, const Resource *resource, Term scope,
                                  const LoginServers *servers)
{
    const Snapshot *snapshot = finder->snapshot;
    char host[LONGEST_ID];
    for (uint32_t i = 0; servers->count && i < resource->property_count; i++) {
        const Property *property = &snapshot->properties.items[resource->first_property + i];
        const char *name = interned_text(&snapshot->fields->names, property->name);
        const char *value = text_text(snapshot, property->value);
        if (names_image(finder, resource, name) && value && image_host(value, host, sizeof host))
            add(finder, RELATION_IMAGE_REGISTRY_OF, scope, registry_by_host(servers, host),
                property->record, CERTAIN);
    }
}

/* An image, or the gallery of ".../galleries/g/images/i"; a version that is pinned stays what it
   is, so it counts for nothing. */
static Term machine_image(const Finder *finder, const char *arm_id)
{
    static const char versions[] = "/versions/";
    const char *galleries = text_find_any_case(arm_id, "/galleries/");
    if (!galleries)
        return scope_term_of_text(finder, arm_id);
    const char *version = text_find_any_case(galleries, versions);
    if (version && !text_equal_any_case(version + strlen(versions), "latest"))
        return NONE;
    const char *images = text_find_any_case(galleries, "/images/");
    char id[LONGEST_ID];
    size_t length = images ? (size_t)(images - arm_id) : strlen(arm_id);
    if (length >= sizeof id)
        return NONE;
    memcpy(id, arm_id, length);
    id[length] = '\0';
    return scope_term_of_text(finder, id);
}

static void find_machine_image(Finder *finder, const Resource *resource, Term scope)
{
    if (!is_type(finder, resource, "Microsoft.Compute/virtualMachines") &&
        !is_type(finder, resource, "Microsoft.Compute/virtualMachineScaleSets"))
        return;
    uint32_t record = NONE;
    const char *image = resource_property(finder->snapshot, resource, "imageId", &record);
    if (image)
        add(finder, RELATION_IMAGE_OF, scope, machine_image(finder, image), record, CERTAIN);
}

/* ---- identities ---- */

static void find_identities_of(Finder *finder, const Resource *resource, Term scope)
{
    for (uint32_t i = 0; i < resource->attachment_count; i++) {
        const Attachment *attachment =
            &finder->snapshot->attachments.items[resource->first_attachment + i];
        add(finder, RELATION_IDENTITY_OF, scope, principal_term(attachment->principal),
            attachment->record, CERTAIN);
    }
}

static void find_identity_resources(Finder *finder)
{
    const Snapshot *snapshot = finder->snapshot;
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        if (principal->kind != PRINCIPAL_USER_ASSIGNED)
            continue;
        uint32_t record = principal->record != NONE ? principal->record : principal->mentioned_by;
        add(finder, RELATION_RESOURCE_OF, principal_term(i),
            scope_term(finder, principal->resource_id), record, CERTAIN);
    }
}

/* Adds what code on `host` can take: the identities attached to `from`. */
static void add_runs_as(Finder *finder, Term host, const Resource *from, bool user_assigned_only,
                        uint32_t link_record)
{
    for (uint32_t i = 0; i < from->attachment_count; i++) {
        const Attachment *attachment =
            &finder->snapshot->attachments.items[from->first_attachment + i];
        if (user_assigned_only && attachment->system_assigned)
            continue;
        add(finder, RELATION_RUNS_AS, host, principal_term(attachment->principal),
            link_record == NONE ? attachment->record : link_record, CERTAIN);
    }
}

static const Resource *resource_at(const Finder *finder, Term scope)
{
    uint32_t resource = scope == NONE ? NONE : finder->tree->scopes[scope].resource;
    return resource == NONE ? NULL : &finder->snapshot->resources.items[resource];
}

/* The machine or cluster that an attached compute stands for: code sent to the compute runs there.
   NULL for other computes. */
static const Resource *attached_host(const Finder *finder, const Resource *compute)
{
    const char *attached = resource_property(finder->snapshot, compute, "attachedResourceId", NULL);
    const char *type = resource_property(finder->snapshot, compute, "computeType", NULL);
    if (!attached || !type ||
        !(property_value_equal(type, "VirtualMachine") || property_value_equal(type, "HDInsight")))
        return NULL;
    return resource_at(finder, scope_term_of_text(finder, attached));
}

/* What code on `host` can take when it runs on the compute. */
static void add_runs_as_compute(Finder *finder, Term host, const Resource *compute)
{
    const Resource *machine = attached_host(finder, compute);
    add_runs_as(finder, host, compute, false, NONE);
    if (machine)
        add_runs_as(finder, host, machine, false, NONE);
}

/*
 * Where the identities of a workload's code come from.
 * https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication
 */
static void find_runs_as(Finder *finder, const Resource *resource, Term scope)
{
    if (is_type(finder, resource, ML "workspaces")) {
        /* Users cannot take the token of the workspace's own system-assigned identity. */
        add_runs_as(finder, scope, resource, true, NONE);
    } else if (is_type(finder, resource, ML "workspaces/onlineEndpoints/deployments")) {
        const Resource *endpoint = resource_at(finder, parent_term(finder, scope));
        if (endpoint)
            add_runs_as(finder, scope, endpoint, false, NONE);
    } else if (is_type(finder, resource, ML "workspaces/batchEndpoints") ||
               is_type(finder, resource, ML "workspaces/batchEndpoints/deployments") ||
               is_job_like(finder, resource)) {
        return; /* where it runs: find_runs_as_compute */
    } else if (is_type(finder, resource, ML "workspaces/computes")) {
        add_runs_as_compute(finder, scope, resource);
    } else if (!finder->deputy_type[resource->type]) {
        add_runs_as(finder, scope, resource, false, NONE);
    }
}

/* Does the job, or a step of it, run on no compute of the workspace?  One that names a compute
   which was not exported runs there, as nobody we know. */
static bool runs_serverless(const Snapshot *snapshot, const Resource *job)
{
    bool names_compute = false;
    for (uint32_t i = 0; i < job->property_count; i++) {
        const Property *property = &snapshot->properties.items[job->first_property + i];
        const char *reference = compute_reference(snapshot, property);
        if (reference && means_serverless(reference))
            return true;
        names_compute |= reference != NULL;
    }
    return !names_compute;
}

/* Does the job, or a step of it, ask for a managed identity? */
static bool uses_managed_identity(const Snapshot *snapshot, const Resource *job)
{
    for (uint32_t i = 0; i < job->property_count; i++) {
        const Property *property = &snapshot->properties.items[job->first_property + i];
        const char *name = interned_text(&snapshot->fields->names, property->name);
        if (!text_equal(name, "identityType") && !text_equal(name, "stepIdentityTypes"))
            continue;
        const char *type = text_text(snapshot, property->value);
        if (property_value_equal(type, "Managed") || property_value_equal(type, "ManagedIdentity"))
            return true;
    }
    return false;
}

/* The managed identity of a serverless job is the workspace's. */
static void add_serverless_identities(Finder *finder, const Resource *job, Term scope)
{
    const Resource *workspace = resource_at(finder, workspace_of(finder, scope));
    if (workspace && uses_managed_identity(finder->snapshot, job))
        add_runs_as(finder, scope, workspace, true, NONE);
}

static int by_from_then_to(const void *a, const void *b)
{
    const RelationRow *x = a;
    const RelationRow *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    if (x->certainty != y->certainty)
        return x->certainty < y->certainty ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static void sort_rows(RowList *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_from_then_to);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const RelationRow *row = &list->items[i];
        if (kept && list->items[kept - 1].from == row->from && list->items[kept - 1].to == row->to)
            continue;
        list->items[kept++] = *row;
    }
    list->count = kept;
}

static uint32_t first_row_from(const RelationRow *rows, uint32_t count, Term from)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rows[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Jobs, schedules and batch deployments act as the computes they run on; a batch endpoint as those
   of its deployments.  Needs RELATION_COMPUTE_OF sorted. */
static void find_runs_as_compute(Finder *finder, const Resource *resource, Term scope)
{
    bool batch = is_type(finder, resource, ML "workspaces/batchEndpoints/deployments");
    if (!batch && !is_job_like(finder, resource))
        return;
    const RowList *computes = &finder->lists[RELATION_COMPUTE_OF];
    for (uint32_t i = first_row_from(computes->items, computes->count, scope);
         i < computes->count && computes->items[i].from == scope; i++) {
        const Resource *compute = resource_at(finder, computes->items[i].to);
        if (!compute)
            continue;
        add_runs_as_compute(finder, scope, compute);
        if (batch)
            add_runs_as_compute(finder, parent_term(finder, scope), compute);
    }
    if (!batch && runs_serverless(finder->snapshot, resource))
        add_serverless_identities(finder, resource, scope);
}

/* ---- all together ---- */

static void find_images(Finder *finder)
{
    const Snapshot *snapshot = finder->snapshot;
    LoginServers servers = login_servers(finder);
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        Term scope = scope_term(finder, resource->id);
        if (scope != NONE)
            find_image_registries(finder, resource, scope, &servers);
    }
    ARRAY_FREE(&servers);
}

/* A part of an exported resource that only an id names, such as a namespace where a role is
   assigned, is its child too. */
static void find_named_children(Finder *finder)
{
    for (uint32_t scope = 0; scope < finder->tree->count; scope++) {
        const Scope *child = &finder->tree->scopes[scope];
        const Resource *parent = resource_at(finder, child->parent);
        if (child->resource == NONE && child->type != NONE && parent)
            add(finder, RELATION_CHILD_OF, scope, child->parent, parent->record, CERTAIN);
    }
}

static void mark_deputies(Finder *finder)
{
    finder->deputy_type = memory_allocate(finder->snapshot->ids.count, sizeof *finder->deputy_type);
    for (uint32_t i = 0; i < finder->rules->resource_kinds.count; i++) {
        const ResourceKind *kind = &finder->rules->resource_kinds.items[i];
        Id type = snapshot_find_id(finder->snapshot, kind->type);
        if (kind->deputy && type != NONE)
            finder->deputy_type[type] = true;
    }
}

static void find_resource_relations(Finder *finder, const Resource *resource)
{
    Term scope = scope_term(finder, resource->id);
    if (scope == NONE)
        return;
    Term parent = parent_term(finder, scope);
    find_parents(finder, resource, scope);
    if (is_type(finder, resource, ML "workspaces/onlineEndpoints/deployments") ||
        is_type(finder, resource, ML "workspaces/batchEndpoints/deployments"))
        add(finder, RELATION_ENDPOINT_OF, scope, parent, resource->record, CERTAIN);
    find_references(finder, resource, scope);
    find_computes_of(finder, resource, scope);
    find_stored_credentials(finder, resource, scope);
    find_linked_store(finder, resource, scope);
    find_parts(finder, resource, scope);
    find_first_administrators(finder, resource, scope);
    find_cosmos_roles(finder, resource, scope);
    find_cluster_relations(finder, resource, scope);
    find_machine_image(finder, resource, scope);
    find_resource_owner(finder, resource, scope);
    find_identities_of(finder, resource, scope);
    find_runs_as(finder, resource, scope);
}

static const RelationRow *sorted_rows; /* qsort has no context; used on one thread only */

static int by_to_then_from(const void *a, const void *b)
{
    const RelationRow *x = &sorted_rows[*(const uint32_t *)a];
    const RelationRow *y = &sorted_rows[*(const uint32_t *)b];
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

static void finish_table(RelationTable *table, RowList *list)
{
    sort_rows(list);
    table->rows = list->items;
    table->count = list->count;
    table->by_to = memory_allocate(list->count, sizeof *table->by_to);
    for (uint32_t i = 0; i < list->count; i++)
        table->by_to[i] = i;
    sorted_rows = table->rows;
    if (list->count)
        qsort(table->by_to, list->count, sizeof *table->by_to, by_to_then_from);
}

void relations_find(Relations *relations, const Access *access, const Rules *rules)
{
    const Snapshot *snapshot = access->snapshot;
    Finder finder = {.access = access, .snapshot = snapshot, .tree = &access->tree, .rules = rules};
    mark_deputies(&finder);
    index_storage_accounts(&finder);
    index_principals(&finder);
    for (uint32_t i = 0; i < snapshot->resources.count; i++)
        find_resource_relations(&finder, &snapshot->resources.items[i]);
    sort_rows(&finder.lists[RELATION_COMPUTE_OF]);
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        find_runs_as_compute(&finder, resource, scope_term(&finder, resource->id));
    }
    asset_relations_find(access, finder.lists);
    find_directory_relations(&finder);
    find_identity_resources(&finder);
    find_issuers(&finder);
    find_images(&finder);
    find_named_children(&finder);
    directory_find(&relations->directory, access, rules);
    for (uint32_t i = 0; i < RELATION_NAME_COUNT; i++)
        finish_table(&relations->tables[i], &finder.lists[i]);
    free(finder.storage_by_name);
    free(finder.deputy_type);
    free(finder.by_app_id);
    free(finder.identity_of_id);
    free(finder.application_of_id);
    interner_free(&finder.names);
    arena_free(&finder.arena);
    ARRAY_FREE(&finder.name_holders);
}

void relations_free(Relations *relations)
{
    for (uint32_t i = 0; i < RELATION_NAME_COUNT; i++) {
        free(relations->tables[i].rows);
        free(relations->tables[i].by_to);
    }
    directory_free(&relations->directory);
    *relations = (Relations){0};
}

uint32_t relations_from(const RelationTable *table, Term from, uint32_t *first)
{
    *first = first_row_from(table->rows, table->count, from);
    uint32_t end = *first;
    while (end < table->count && table->rows[end].from == from)
        end++;
    return end - *first;
}

uint32_t relations_to(const RelationTable *table, Term to, uint32_t *first)
{
    uint32_t low = 0;
    uint32_t high = table->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->rows[table->by_to[middle]].to < to)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low < table->count && table->rows[table->by_to[low]].to == to)
        low++;
    return low - *first;
}
