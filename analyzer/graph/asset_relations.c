#include "graph/asset_relations.h"

#include "base/intern.h"
#include "base/memory.h"
#include "base/text.h"
#include "snapshot/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ML "Microsoft.MachineLearningServices/"

enum { LONGEST_ID = 4096 };

/* Resources by a name that is unique: storage accounts, machine learning registries. */
typedef struct NameIndex {
    Interner names;
    ARRAY(Term) scopes; /* per name */
} NameIndex;

/* A version of an asset, below the scope that holds all of them. */
typedef struct AssetVersion {
    Term container;
    Term scope;
    const char *version;
} AssetVersion;

typedef struct Finder {
    const Snapshot *snapshot;
    const ScopeTree *tree;
    RowList *lists;
    NameIndex storage;            /* by account name */
    NameIndex ml_registries;      /* by name */
    ARRAY(AssetVersion) versions; /* by container, oldest first */
    uint32_t *identity_of_id;     /* per Snapshot.ids: the principal of a user-assigned identity */
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

static Term scope_of_text(const Finder *finder, const char *arm_id)
{
    return scope_term(finder, snapshot_find_id(finder->snapshot, arm_id));
}

/* The scope "<parent's id><rest>", or NONE when no record speaks of it. */
static Term scope_below(const Finder *finder, Term parent, const char *rest)
{
    if (parent == NONE)
        return NONE;
    char id[LONGEST_ID];
    const char *above = id_text(finder->snapshot, finder->tree->scopes[parent].id);
    int length = snprintf(id, sizeof id, "%s%s", above, rest);
    return length > 0 && (size_t)length < sizeof id ? scope_of_text(finder, id) : NONE;
}

static bool is_type(const Finder *finder, const Resource *resource, const char *type)
{
    return resource_is_type(finder->snapshot, resource, type);
}

static const char *property(const Finder *finder, const Resource *resource, const char *name,
                            uint32_t *record)
{
    return resource ? resource_property(finder->snapshot, resource, name, record) : NULL;
}

static const Resource *resource_at(const Finder *finder, Term scope)
{
    uint32_t resource = scope == NONE ? NONE : finder->tree->scopes[scope].resource;
    return resource == NONE ? NULL : &finder->snapshot->resources.items[resource];
}

static Term workspace_of(const Finder *finder, Term scope)
{
    for (; scope != NONE; scope = finder->tree->scopes[scope].parent)
        if (text_equal_any_case(id_text(finder->snapshot, finder->tree->scopes[scope].type),
                                ML "workspaces"))
            return scope;
    return NONE;
}

static void add_workspace(Finder *finder, const Resource *resource, Term scope)
{
    Term workspace = workspace_of(finder, scope);
    if (workspace != scope)
        add(finder, RELATION_IN_WORKSPACE, scope, workspace, resource->record, CERTAIN);
}

/* ---- names ---- */

static void name_add(NameIndex *index, const char *name, Term scope)
{
    uint32_t at = intern(&index->names, name);
    if (at != NONE && at == index->scopes.count)
        ARRAY_PUSH(&index->scopes, scope);
}

static Term name_find(const NameIndex *index, const char *name, size_t length_bytes)
{
    uint32_t at = interner_find_bytes(&index->names, name, length_bytes);
    return at == NONE ? NONE : index->scopes.items[at];
}

static void name_index_free(NameIndex *index)
{
    interner_free(&index->names);
    ARRAY_FREE(&index->scopes);
}

static void index_resource(Finder *finder, const Resource *resource, Term scope)
{
    const char *name = text_text(finder->snapshot, resource->name);
    if (!name)
        return;
    if (is_type(finder, resource, "Microsoft.Storage/storageAccounts"))
        name_add(&finder->storage, name, scope);
    else if (is_type(finder, resource, ML "registries"))
        name_add(&finder->ml_registries, name, scope);
}

/* ---- versions of assets ---- */

static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

/* Numbers by value and before other texts. */
static int compare_versions(const char *a, const char *b)
{
    if (is_number(a) != is_number(b))
        return is_number(a) ? -1 : 1;
    if (!is_number(a))
        return text_compare_any_case(a, b);
    a += strspn(a, "0");
    b += strspn(b, "0");
    if (strlen(a) != strlen(b))
        return strlen(a) < strlen(b) ? -1 : 1;
    return strcmp(a, b);
}

static int by_container_then_version(const void *a, const void *b)
{
    const AssetVersion *x = a;
    const AssetVersion *y = b;
    if (x->container != y->container)
        return x->container < y->container ? -1 : 1;
    int order = compare_versions(x->version, y->version);
    return order ? order : (x->scope > y->scope) - (x->scope < y->scope);
}

static void index_version(Finder *finder, const Resource *resource, Term scope)
{
    const char *type = id_text(finder->snapshot, resource->type);
    if (!text_starts_with_any_case(type, ML "workspaces/") ||
        !text_ends_with_any_case(type, "/versions"))
        return;
    const char *id = id_text(finder->snapshot, resource->id);
    AssetVersion version = {finder->tree->scopes[scope].parent, scope, strrchr(id, '/') + 1};
    ARRAY_PUSH(&finder->versions, version);
}

/* The newest exported version in the container, or NONE. */
static Term newest_version(const Finder *finder, Term container)
{
    Term newest = NONE;
    uint32_t low = 0;
    uint32_t high = (uint32_t)finder->versions.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const AssetVersion *version = &finder->versions.items[middle];
        if (version->container <= container)
            low = middle + 1;
        else
            high = middle;
        if (version->container == container)
            newest = finder->versions.items[low - 1].scope;
    }
    return newest;
}

/* ---- references to assets ---- */

/* A property that names an asset. */
typedef struct AssetProperty {
    const char *property;
    const char *collection; /* as ARM ids spell it */
    RelationName version;
    RelationName follows; /* VERSION again: one never follows it */
} AssetProperty;

static const AssetProperty asset_properties[] = {
    {"codeId", "codes", RELATION_CODE_OF, RELATION_CODE_OF},
    {"environmentId", "environments", RELATION_ENVIRONMENT_OF, RELATION_FOLLOWS_ENVIRONMENT},
    {"model", "models", RELATION_MODEL_OF, RELATION_FOLLOWS_MODEL},
    {"componentId", "components", RELATION_COMPONENT_OF, RELATION_FOLLOWS_COMPONENT},
    {"stepComponentIds", "components", RELATION_COMPONENT_OF, RELATION_FOLLOWS_COMPONENT},
};

/* A reference in its parts. */
typedef struct Reference {
    bool in_registry;
    char registry[LONGEST_ID];  /* its name, or its ARM id */
    char container[LONGEST_ID]; /* ARM id of what holds the versions; "" when it is no such thing */
    char version[LONGEST_ID];   /* "" for a label, or for nothing */
} Reference;

static void copy_part(char *to, const char *from, size_t length)
{
    if (length >= LONGEST_ID)
        length = 0;
    memcpy(to, from, length);
    to[length] = '\0';
}

/* Where "/<collection>/<name>" ends in a path. */
static const char *end_of_name(const char *path, const char *collection)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "/%s/", collection);
    const char *at = text_find_any_case(path, wanted);
    if (!at)
        return NULL;
    at += strlen(wanted);
    return at + strcspn(at, "/");
}

static void parse_version(Reference *reference, const char *rest)
{
    if (text_starts_with_any_case(rest, "/versions/"))
        copy_part(reference->version, rest + strlen("/versions/"),
                  strlen(rest + strlen("/versions/")));
}

/* "azureml://registries/<name>/..." or an ARM id inside a registry. */
static bool parse_registry(Reference *reference, const char *text, const char *collection)
{
    static const char uri[] = "azureml://registries/";
    static const char provider[] = "/providers/Microsoft.MachineLearningServices/registries/";
    const char *name = text_starts_with_any_case(text, uri) ? text + strlen(uri) : NULL;
    const char *in_arm = name ? NULL : text_find_any_case(text, provider);
    if (in_arm)
        name = in_arm + strlen(provider);
    if (!name)
        return false;
    size_t length = strcspn(name, "/");
    reference->in_registry = true;
    copy_part(reference->registry, in_arm ? text : name,
              in_arm ? (size_t)(name - text) + length : length);
    const char *end = end_of_name(name + length, collection);
    if (end)
        parse_version(reference, end);
    return true;
}

/* An ARM id, or "azureml://subscriptions/<id>/resourceGroups/<group>/workspaces/<name>/...". */
static bool parse_path(Reference *reference, const char *text, const char *collection)
{
    static const char uri[] = "azureml://subscriptions/";
    bool is_uri = text_starts_with_any_case(text, uri);
    if (!text || (!is_uri && *text != '/'))
        return false;
    const char *path = is_uri ? text + strlen("azureml:/") : text;
    const char *end = end_of_name(path, collection);
    if (!end)
        return true;
    copy_part(reference->container, path, (size_t)(end - path));
    const char *workspace = is_uri ? text_find_any_case(path, "/workspaces/") : NULL;
    if (workspace && !text_find_any_case(path, "/providers/"))
        snprintf(reference->container, sizeof reference->container, "%.*s/providers/" ML "%.*s",
                 (int)(workspace - path), path, (int)(end - workspace - 1), workspace + 1);
    parse_version(reference, end);
    return true;
}

/* "<name>:<version>", "<name>@<label>" or "<name>" of the workspace. */
static void parse_short(Reference *reference, const char *text, const char *workspace,
                        const char *collection)
{
    size_t length = strcspn(text, ":@");
    if (!length || text[strcspn(text, "/\\ ")])
        return; /* a local path, or a text in place of a reference */
    snprintf(reference->container, sizeof reference->container, "%s/%s/%.*s", workspace, collection,
             (int)length, text);
    if (text[length] == ':')
        copy_part(reference->version, text + length + 1, strlen(text + length + 1));
}

static void parse_reference(Reference *reference, const char *text, const char *workspace,
                            const char *collection)
{
    *reference->container = *reference->version = *reference->registry = '\0';
    reference->in_registry = false;
    if (parse_registry(reference, text, collection))
        return;
    bool marked = text_starts_with_any_case(text, "azureml:") &&
                  !text_starts_with_any_case(text, "azureml://");
    const char *bare = marked ? text + strlen("azureml:") : text;
    if (parse_registry(reference, bare, collection) || parse_path(reference, bare, collection))
        return;
    if (marked)
        parse_short(reference, bare, workspace, collection);
}

/* An asset of a registry is taken as it is when a version is named: a later one needs a change. */
static void add_registry_asset(Finder *finder, const Reference *reference, Term from,
                               uint32_t record)
{
    Term registry =
        *reference->registry == '/'
            ? scope_of_text(finder, reference->registry)
            : name_find(&finder->ml_registries, reference->registry, strlen(reference->registry));
    add(finder, RELATION_REGISTRY_ASSETS_OF, from, registry, record,
        *reference->version ? ASSUMED : CERTAIN);
}

static void add_asset(Finder *finder, const AssetProperty *asset, const char *text, Term from,
                      uint32_t record)
{
    Term workspace = workspace_of(finder, from);
    if (workspace == NONE)
        return;
    Reference reference;
    parse_reference(&reference, text, id_text(finder->snapshot, finder->tree->scopes[workspace].id),
                    asset->collection);
    if (reference.in_registry) {
        add_registry_asset(finder, &reference, from, record);
        return;
    }
    if (!*reference.container)
        return;
    Term container = scope_of_text(finder, reference.container);
    if (*reference.version) {
        char rest[LONGEST_ID + sizeof "/versions/"];
        (void)snprintf(rest, sizeof rest, "/versions/%s", reference.version);
        add(finder, asset->version, from, scope_below(finder, container, rest), record, CERTAIN);
        return;
    }
    add(finder, asset->version, from, newest_version(finder, container), record, CERTAIN);
    if (asset->follows != asset->version)
        add(finder, asset->follows, from, container == NONE ? workspace : container, record,
            CERTAIN);
}

static void find_assets(Finder *finder, const Resource *resource, Term scope)
{
    const Snapshot *snapshot = finder->snapshot;
    for (uint32_t i = 0; i < resource->property_count; i++) {
        const Property *found = &snapshot->properties.items[resource->first_property + i];
        const char *name = interned_text(&snapshot->fields->names, found->name);
        for (size_t a = 0; a < sizeof asset_properties / sizeof *asset_properties; a++)
            if (text_equal(name, asset_properties[a].property))
                add_asset(finder, &asset_properties[a], text_text(snapshot, found->value), scope,
                          found->record);
    }
}

/* ---- where files are ---- */

static void add_container(Finder *finder, Term from, Term account, const char *name, size_t length,
                          uint32_t record)
{
    char rest[LONGEST_ID];
    snprintf(rest, sizeof rest, "/blobServices/default/containers/%.*s", (int)length, name);
    if (length)
        add(finder, RELATION_STORED_IN_CONTAINER, from, scope_below(finder, account, rest), record,
            CERTAIN);
}

/* "https://<account>.blob.core.windows.net/<container>/..." */
static bool store_by_host(Finder *finder, Term from, const char *uri, uint32_t record)
{
    if (!text_starts_with_any_case(uri, "https://"))
        return false;
    const char *host = uri + strlen("https://");
    size_t name = strcspn(host, "./");
    if (!text_starts_with_any_case(host + name, ".blob.") &&
        !text_starts_with_any_case(host + name, ".dfs."))
        return true;
    Term account = name_find(&finder->storage, host, name);
    add(finder, RELATION_STORED_IN, from, account, record, CERTAIN);
    const char *path = host + strcspn(host, "/");
    if (*path)
        add_container(finder, from, account, path + 1, strcspn(path + 1, "/"), record);
    return true;
}

static Term default_storage(const Finder *finder, Term workspace)
{
    const char *id = property(finder, resource_at(finder, workspace), "storageAccount", NULL);
    return id ? scope_of_text(finder, id) : NONE;
}

/* The datastores that every workspace has in its own storage account. */
static bool is_default_datastore(const char *name, size_t length)
{
    static const char *const names[] = {"workspaceblobstore", "workspaceartifactstore",
                                        "workspaceworkingdirectory", "workspacefilestore",
                                        "azureml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && text_starts_with_any_case(name, names[i]))
            return true;
    return false;
}

/* "azureml://.../datastores/<name>/paths/..." */
static void store_by_datastore(Finder *finder, Term from, Term workspace, const char *name,
                               uint32_t record)
{
    size_t length = strcspn(name, "/");
    char rest[LONGEST_ID];
    snprintf(rest, sizeof rest, "/datastores/%.*s", (int)length, name);
    const Resource *datastore = resource_at(finder, scope_below(finder, workspace, rest));
    const char *account = property(finder, datastore, "accountName", NULL);
    if (!account) {
        if (is_default_datastore(name, length))
            add(finder, RELATION_STORED_IN, from, default_storage(finder, workspace), record,
                CERTAIN);
        return;
    }
    Term storage = name_find(&finder->storage, account, strlen(account));
    add(finder, RELATION_STORED_IN, from, storage, record, CERTAIN);
    const char *container = property(finder, datastore, "containerName", NULL);
    if (container)
        add_container(finder, from, storage, container, strlen(container), record);
}

/* Outputs of jobs go to the workspace's storage unless a datastore was named. */
static bool is_job_output(const char *uri)
{
    return text_starts_with_any_case(uri, "azureml://jobs/") ||
           text_starts_with_any_case(uri, "runs:/");
}

static void find_store(Finder *finder, const Resource *resource, Term scope, const char *name)
{
    uint32_t record = NONE;
    const char *uri = property(finder, resource, name, &record);
    if (!uri || store_by_host(finder, scope, uri, record))
        return;
    Term workspace = workspace_of(finder, scope);
    if (workspace == NONE)
        return;
    const char *datastore = text_find_any_case(uri, "/datastores/");
    if (datastore)
        store_by_datastore(finder, scope, workspace, datastore + strlen("/datastores/"), record);
    else if (is_job_output(uri))
        add(finder, RELATION_STORED_IN, scope, default_storage(finder, workspace), record, ASSUMED);
}

/* ---- identities ---- */

static void index_identities(Finder *finder)
{
    const Snapshot *snapshot = finder->snapshot;
    finder->identity_of_id = memory_allocate(snapshot->ids.count, sizeof *finder->identity_of_id);
    memset(finder->identity_of_id, 0xff, snapshot->ids.count * sizeof *finder->identity_of_id);
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        if (principal->kind == PRINCIPAL_USER_ASSIGNED && principal->resource_id != NONE)
            finder->identity_of_id[principal->resource_id] = i;
    }
}

static void add_materialization(Finder *finder, Term from, const char *identity, uint32_t record)
{
    Id id = identity ? snapshot_find_id(finder->snapshot, identity) : NONE;
    uint32_t principal = id == NONE ? NONE : finder->identity_of_id[id];
    if (principal != NONE)
        add(finder, RELATION_MATERIALIZATION_IDENTITY_OF, from, principal | TERM_PRINCIPAL, record,
            CERTAIN);
}

static void find_materialization(Finder *finder, const Resource *store, Term scope)
{
    uint32_t record = NONE;
    if (!is_type(finder, store, ML "workspaces"))
        return;
    const char *identity = property(finder, store, "materializationIdentity", &record);
    add_materialization(finder, scope, identity, record);
    const char *connection = property(finder, store, "offlineStoreConnectionName", NULL);
    if (!connection)
        return;
    char rest[LONGEST_ID];
    snprintf(rest, sizeof rest, "/connections/%s", connection);
    const Resource *offline_store = resource_at(finder, scope_below(finder, scope, rest));
    identity = property(finder, offline_store, "credentialResourceId", &record);
    add_materialization(finder, scope, identity, record);
}

/* An identity resource and one of the workloads of Azure ML that have it. */
typedef struct Use {
    Term identity;
    Term workload;
    uint32_t record;
} Use;

typedef ARRAY(Use) UseList;

static int by_identity_then_workload(const void *a, const void *b)
{
    const Use *x = a;
    const Use *y = b;
    if (x->identity != y->identity)
        return x->identity < y->identity ? -1 : 1;
    if (x->workload != y->workload)
        return x->workload < y->workload ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static void find_uses(const Finder *finder, const Resource *resource, Term scope, UseList *uses)
{
    const Snapshot *snapshot = finder->snapshot;
    if (!text_starts_with_any_case(id_text(snapshot, resource->type), ML "workspaces"))
        return;
    for (uint32_t i = 0; i < resource->attachment_count; i++) {
        const Attachment *attachment = &snapshot->attachments.items[resource->first_attachment + i];
        if (attachment->system_assigned || attachment->principal == NONE)
            continue;
        Id id = snapshot->principals.items[attachment->principal].resource_id;
        Use use = {scope_term(finder, id), scope, attachment->record};
        if (use.identity != NONE)
            ARRAY_PUSH(uses, use);
    }
}

static void add_reuse(Finder *finder, UseList *uses)
{
    if (uses->count)
        qsort(uses->items, uses->count, sizeof *uses->items, by_identity_then_workload);
    for (uint32_t i = 0; i < uses->count;) {
        const Use *first = &uses->items[i];
        uint32_t end = i;
        while (end < uses->count && uses->items[end].identity == first->identity)
            end++;
        bool shared = first->workload != uses->items[end - 1].workload;
        for (; i < end; i++)
            if (shared)
                add(finder, RELATION_REUSED_BY, first->identity, uses->items[i].workload,
                    uses->items[i].record, CERTAIN);
    }
}

/* ---- all together ---- */

static void index_everything(Finder *finder)
{
    const Snapshot *snapshot = finder->snapshot;
    finder->storage.names = interner_new(CASE_IGNORED);
    finder->ml_registries.names = interner_new(CASE_IGNORED);
    index_identities(finder);
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        Term scope = scope_term(finder, resource->id);
        if (scope == NONE)
            continue;
        index_resource(finder, resource, scope);
        index_version(finder, resource, scope);
    }
    if (finder->versions.count)
        qsort(finder->versions.items, finder->versions.count, sizeof *finder->versions.items,
              by_container_then_version);
}

void asset_relations_find(const Access *access, RowList lists[RELATION_NAME_COUNT])
{
    Finder finder = {.snapshot = access->snapshot, .tree = &access->tree, .lists = lists};
    UseList uses = {0};
    index_everything(&finder);
    for (uint32_t i = 0; i < finder.snapshot->resources.count; i++) {
        const Resource *resource = &finder.snapshot->resources.items[i];
        Term scope = scope_term(&finder, resource->id);
        if (scope == NONE)
            continue;
        find_uses(&finder, resource, scope, &uses);
        add_workspace(&finder, resource, scope);
        if (!resource->property_count)
            continue;
        find_assets(&finder, resource, scope);
        find_store(&finder, resource, scope, "codeUri");
        find_store(&finder, resource, scope, "modelUri");
        find_store(&finder, resource, scope, "buildContextUri");
        find_store(&finder, resource, scope, "deploymentStorageUrl");
        find_materialization(&finder, resource, scope);
    }
    add_reuse(&finder, &uses);
    ARRAY_FREE(&uses);
    ARRAY_FREE(&finder.versions);
    free(finder.identity_of_id);
    name_index_free(&finder.storage);
    name_index_free(&finder.ml_registries);
}
