#include "base/memory.h"
#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/fields.h"
#include "verify/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What hangs together, each relation as rules/vocabulary.def describes it, one resource after the
 * other.  Nothing here is clever: an id in a property is looked up, a name is looked up by name.
 */

#define ML "Microsoft.MachineLearningServices/"

enum { LONGEST_ID = ARM_ID_MAX_BYTES + 256 };

static void link_terms(World *world, RelationName relation, Term from, Term to, uint32_t record,
                       Surety surety)
{
    Link link = {from, to, record, surety};
    if (from != NONE && to != NONE)
        ARRAY_PUSH(&world->links[relation].rows, link);
}

static void link_sure(World *world, RelationName relation, Term from, Term to, uint32_t record)
{
    link_terms(world, relation, from, to, record, SURE);
}

/* ---- finding things ---- */

static const char *value_of(const World *world, const Resource *resource, const char *name,
                            uint32_t *record)
{
    return resource ? resource_property(world->snapshot, resource, name, record) : NULL;
}

static bool has_type(const World *world, const Resource *resource, const char *type)
{
    return resource && resource_is_type(world->snapshot, resource, type);
}

static uint32_t place_of_text(const World *world, const char *arm_id)
{
    char normal[LONGEST_ID];
    if (!arm_id || strlen(arm_id) + 2 > sizeof normal)
        return NONE;
    return place_find(world, scope_normalise(arm_id, normal, sizeof normal));
}

static uint32_t place_below(const World *world, uint32_t above, const char *rest)
{
    char id[LONGEST_ID];
    if (above == NONE)
        return NONE;
    int length = snprintf(id, sizeof id, "%s%s", world->places.items[above].id, rest);
    return length > 0 && (size_t)length < sizeof id ? place_find(world, id) : NONE;
}

static uint32_t above(const World *world, uint32_t place)
{
    return place == NONE ? NONE : world->places.items[place].parent;
}

static uint32_t workspace_above(const World *world, uint32_t place)
{
    while (place != NONE && !place_is_type(world, place, ML "workspaces"))
        place = above(world, place);
    return place;
}

/* The first resource of the type with this name. */
static uint32_t resource_by_name(const World *world, const char *type, const char *name,
                                 size_t length_bytes)
{
    const Snapshot *snapshot = world->snapshot;
    const uint32_t *places;
    uint32_t count = places_below(world, interner_find(&world->types, type), 0, &places);
    uint32_t found = NONE;
    for (uint32_t i = 0; i < count; i++) {
        const Resource *resource = place_resource(world, places[i]);
        const char *own = resource ? text_text(snapshot, resource->name) : NULL;
        if (own && strlen(own) == length_bytes && text_starts_with_any_case(name, own) &&
            (found == NONE ||
             world->places.items[places[i]].resource < world->places.items[found].resource))
            found = places[i];
    }
    return found;
}

static uint32_t storage_account(const World *world, const char *name, size_t length_bytes)
{
    return resource_by_name(world, "Microsoft.Storage/storageAccounts", name, length_bytes);
}

static uint32_t principal_of_app_id(const World *world, const char *app_id)
{
    Id id = app_id ? snapshot_find_id(world->snapshot, app_id) : NONE;
    return id == NONE ? NONE : world->app_principal[id];
}

static uint32_t principal_of_object_id(const World *world, const char *object_id)
{
    return object_id ? snapshot_find_principal(world->snapshot, object_id) : NONE;
}

static uint32_t principal_of_identity(const World *world, const char *arm_id)
{
    Id id = arm_id ? snapshot_find_id(world->snapshot, arm_id) : NONE;
    return id == NONE ? NONE : world->identity_of_id[id];
}

/* Calls for each value of the property; the last two are names of variables that it declares. */
/* NOLINTBEGIN(bugprone-macro-parentheses) */
#define EACH_VALUE(world, resource, wanted, value_name, record_name)                               \
    for (uint32_t i_ = 0; (resource) && i_ < (resource)->property_count; i_++)                     \
        if (text_equal(                                                                            \
                interned_text(                                                                     \
                    &(world)->snapshot->fields->names,                                             \
                    (world)->snapshot->properties.items[(resource)->first_property + i_].name),    \
                wanted))                                                                           \
            for (const char *value_name = text_text(                                               \
                     (world)->snapshot,                                                            \
                     (world)->snapshot->properties.items[(resource)->first_property + i_].value);  \
                 value_name; value_name = NULL)                                                    \
                for (uint32_t record_name = (world)                                                \
                                                ->snapshot->properties                             \
                                                .items[(resource)->first_property + i_]            \
                                                .record,                                           \
                              once_ = 1;                                                           \
                     once_; once_ = 0)
/* NOLINTEND(bugprone-macro-parentheses) */

/* ---- properties that hold ids ---- */

typedef enum ReferenceEnd { END_FROM, END_TO } ReferenceEnd;

static const struct {
    RelationName relation;
    ReferenceEnd holder;
    const char *type, *property;
} references[] = {
#define REFERENCE(symbol, type, property, holder) {RELATION_##symbol, END_##holder, type, property},
#include "rules/vocabulary.def"
};

/* Events go to parts that no export lists: to the nearest exported thing above. */
static uint32_t nearest_exported(const World *world, const char *arm_id)
{
    char id[LONGEST_ID];
    if (strlen(arm_id) >= sizeof id)
        return NONE;
    memcpy(id, arm_id, strlen(arm_id) + 1);
    for (char *slash; (slash = strrchr(id, '/')) != NULL && slash != id; *slash = '\0') {
        uint32_t place = place_of_text(world, id);
        if (place_resource(world, place))
            return place;
    }
    return NONE;
}

static void link_references(World *world, const Resource *resource, uint32_t place)
{
    for (size_t r = 0; r < sizeof references / sizeof *references; r++) {
        if (!has_type(world, resource, references[r].type))
            continue;
        EACH_VALUE(world, resource, references[r].property, value, record)
        {
            uint32_t other = references[r].relation == RELATION_DELIVERS_TO
                                 ? nearest_exported(world, value)
                                 : place_of_text(world, value);
            bool from = references[r].holder == END_FROM;
            link_sure(world, references[r].relation, from ? place : other, from ? other : place,
                      record);
        }
    }
}

/* ---- computes ---- */

static const char *const compute_properties[] = {"computeId", "defaultCompute", "stepComputeIds"};

static const char *unmarked(const char *reference)
{
    return text_starts_with_any_case(reference, "azureml:") ? reference + strlen("azureml:")
                                                            : reference;
}

static bool is_serverless(const char *reference)
{
    return !*unmarked(reference) || text_equal_any_case(unmarked(reference), "serverless");
}

static uint32_t compute_named(const World *world, uint32_t workspace, const char *reference)
{
    char rest[LONGEST_ID + sizeof "/versions/"];
    if (!reference || workspace == NONE || is_serverless(reference))
        return NONE;
    reference = unmarked(reference);
    if (*reference == '/')
        return place_of_text(world, reference);
    (void)snprintf(rest, sizeof rest, "/computes/%s", reference);
    return place_below(world, workspace, rest);
}

static void link_computes(World *world, const Resource *resource, uint32_t place)
{
    uint32_t workspace = workspace_above(world, place);
    if (workspace == NONE ||
        !text_starts_with_any_case(id_text(world->snapshot, resource->type), ML "workspaces/"))
        return;
    for (size_t p = 0; p < sizeof compute_properties / sizeof *compute_properties; p++)
        EACH_VALUE(world, resource, compute_properties[p], value, record)
        {
            link_sure(world, RELATION_COMPUTE_OF, place, compute_named(world, workspace, value),
                      record);
        }
}

/* ---- who runs as whom ---- */

static bool is_deputy(const World *world, const Resource *resource)
{
    const ResourceKind *kind =
        rules_resource_kind(world->rules, id_text(world->snapshot, resource->type));
    return kind && kind->deputy;
}

static void runs_as_those_of(World *world, uint32_t host, const Resource *from, bool only_assigned)
{
    for (uint32_t i = 0; from && i < from->attachment_count; i++) {
        const Attachment *attachment =
            &world->snapshot->attachments.items[from->first_attachment + i];
        if (!only_assigned || !attachment->system_assigned)
            link_sure(world, RELATION_RUNS_AS, host, person_term(attachment->principal),
                      attachment->record);
    }
}

static bool is_job(const World *world, const Resource *resource)
{
    return has_type(world, resource, ML "workspaces/jobs") ||
           has_type(world, resource, ML "workspaces/schedules");
}

static bool names_no_compute(const World *world, const Resource *job)
{
    bool names = false, serverless = false;
    for (size_t p = 0; p < sizeof compute_properties / sizeof *compute_properties; p++)
        EACH_VALUE(world, job, compute_properties[p], value, record)
        {
            (void)record;
            names = true;
            serverless |= is_serverless(value);
        }
    return serverless || !names;
}

static bool asks_managed(const World *world, const Resource *job)
{
    static const char *const names[] = {"identityType", "stepIdentityTypes"};
    bool asks = false;
    for (size_t n = 0; n < 2; n++)
        EACH_VALUE(world, job, names[n], value, record)
        {
            (void)record;
            asks |= property_value_equal(value, "Managed") ||
                    property_value_equal(value, "ManagedIdentity");
        }
    return asks;
}

/* Code on a compute has the compute's identities, and those of the machine or cluster that is
   attached as the compute. */
static void runs_as_compute(World *world, uint32_t host, const Resource *compute)
{
    if (!compute)
        return;
    runs_as_those_of(world, host, compute, false);
    const char *type = value_of(world, compute, "computeType", NULL);
    const char *attached = value_of(world, compute, "attachedResourceId", NULL);
    if (attached && type &&
        (property_value_equal(type, "VirtualMachine") || property_value_equal(type, "HDInsight")))
        runs_as_those_of(world, host, place_resource(world, place_of_text(world, attached)), false);
}

static void link_runs_as(World *world, const Resource *resource, uint32_t place)
{
    bool batch_deployment = has_type(world, resource, ML "workspaces/batchEndpoints/deployments");
    uint32_t workspace = workspace_above(world, place);
    if (has_type(world, resource, ML "workspaces")) {
        runs_as_those_of(world, place, resource, true);
    } else if (has_type(world, resource, ML "workspaces/onlineEndpoints/deployments")) {
        runs_as_those_of(world, place, place_resource(world, above(world, place)), false);
    } else if (batch_deployment || is_job(world, resource)) {
        for (size_t p = 0; p < sizeof compute_properties / sizeof *compute_properties; p++)
            EACH_VALUE(world, resource, compute_properties[p], value, record)
            {
                (void)record;
                const Resource *compute =
                    place_resource(world, compute_named(world, workspace, value));
                runs_as_compute(world, place, compute);
                if (batch_deployment)
                    runs_as_compute(world, above(world, place), compute);
            }
        if (!batch_deployment && names_no_compute(world, resource) && asks_managed(world, resource))
            runs_as_those_of(world, place, place_resource(world, workspace), true);
    } else if (has_type(world, resource, ML "workspaces/computes")) {
        runs_as_compute(world, place, resource);
    } else if (!has_type(world, resource, ML "workspaces/batchEndpoints") &&
               !is_deputy(world, resource)) {
        runs_as_those_of(world, place, resource, false);
    }
}

/* ---- owners ---- */

/* Who bears a user principal name, and a display name: that need not be one alone. */
typedef struct Bearer {
    uint32_t by_user_principal_name;
    uint32_t by_display_name;
    uint32_t display_name_count;
} Bearer;

typedef struct Bearers {
    Interner names;
    ARRAY(Bearer) items;
} Bearers;

static Bearer *bearer_of(Bearers *bearers, const char *name)
{
    const Bearer nobody = {NONE, NONE, 0};
    if (intern(&bearers->names, name) == bearers->items.count)
        ARRAY_PUSH(&bearers->items, nobody);
    return &bearers->items.items[intern(&bearers->names, name)];
}

static Bearers find_bearers(const Snapshot *snapshot)
{
    Bearers bearers = {.names = interner_new(CASE_IGNORED)};
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        const char *unique = text_text(snapshot, principal->user_principal_name);
        const char *name = text_text(snapshot, principal->name);
        if (unique)
            bearer_of(&bearers, unique)->by_user_principal_name = i;
        if (name) {
            Bearer *bearer = bearer_of(&bearers, name);
            bearer->by_display_name = i;
            bearer->display_name_count++;
        }
    }
    return bearers;
}

static uint32_t principal_of_creator(const World *world, const Bearers *bearers,
                                     const char *creator, Surety *surety)
{
    uint32_t found = principal_of_object_id(world, creator);
    *surety = SURE;
    if (found == NONE)
        found = principal_of_app_id(world, creator);
    uint32_t name = found == NONE ? interner_find(&bearers->names, creator) : NONE;
    if (name == NONE)
        return found;
    const Bearer *bearer = &bearers->items.items[name];
    if (bearer->by_user_principal_name != NONE)
        return bearer->by_user_principal_name;
    *surety = IF_ASSUMED;
    return bearer->display_name_count == 1 ? bearer->by_display_name : NONE;
}

static void link_owner(World *world, const Bearers *bearers, const Resource *resource,
                       uint32_t place)
{
    uint32_t record = NONE;
    const char *owner = NULL;
    Surety surety;
    if (has_type(world, resource, ML "workspaces/computes")) {
        const char *type = value_of(world, resource, "computeType", NULL);
        if (!type || !property_value_equal(type, "ComputeInstance"))
            return;
        owner = value_of(world, resource, "ownerObjectId", &record);
    } else if (!is_job(world, resource)) {
        return;
    }
    if (!owner)
        owner = value_of(world, resource, "createdBy", &record);
    if (owner) {
        uint32_t principal = principal_of_creator(world, bearers, owner, &surety);
        link_terms(world, RELATION_OWNER_OF, person_term(principal), place, record, surety);
    }
}

static void link_directory(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    for (uint32_t i = 0; i < snapshot->relations.count; i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[i];
        if (relation->object == NONE)
            link_sure(world, RELATION_APPLICATION_OWNER_OF, person_term(relation->subject),
                      person_term(service_principal_of(world, relation->application)),
                      relation->record);
        else
            link_sure(
                world, relation->kind == RELATION_MEMBER ? RELATION_MEMBER_OF : RELATION_OWNER_OF,
                person_term(relation->subject), person_term(relation->object), relation->record);
    }
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        if (principal->kind == PRINCIPAL_USER_ASSIGNED)
            link_sure(world, RELATION_RESOURCE_OF, person_term(i),
                      place_of_id(world, principal->resource_id),
                      principal->record != NONE ? principal->record : principal->mentioned_by);
    }
}

/* ---- assets ---- */

static const struct {
    const char *property, *collection;
    RelationName version, follows;
} asset_properties[] = {
    {"codeId", "codes", RELATION_CODE_OF, RELATION_CODE_OF},
    {"environmentId", "environments", RELATION_ENVIRONMENT_OF, RELATION_FOLLOWS_ENVIRONMENT},
    {"model", "models", RELATION_MODEL_OF, RELATION_FOLLOWS_MODEL},
    {"componentId", "components", RELATION_COMPONENT_OF, RELATION_FOLLOWS_COMPONENT},
    {"stepComponentIds", "components", RELATION_COMPONENT_OF, RELATION_FOLLOWS_COMPONENT},
};

/* What a reference to an asset means, in its parts. */
typedef struct AssetName {
    char registry[LONGEST_ID];  /* name or ARM id; "": of no registry */
    char container[LONGEST_ID]; /* ARM id of what holds the versions; "": it is no such thing */
    char version[LONGEST_ID];   /* "": a label, or nothing */
} AssetName;

static void copy_bytes(char *to, const char *from, size_t length)
{
    length = length < LONGEST_ID ? length : 0;
    memcpy(to, from, length);
    to[length] = '\0';
}

/* Reads "/<collection>/<name>[/versions/<version>]" in the path; the end of the name, or NULL. */
static const char *read_collection(const char *path, const char *collection, AssetName *asset)
{
    static const char versions[] = "/versions/";
    char mark[64];
    (void)snprintf(mark, sizeof mark, "/%s/", collection);
    const char *found = text_find_any_case(path, mark);
    if (!found)
        return NULL;
    const char *end = found + strlen(mark);
    end += strcspn(end, "/");
    if (text_starts_with_any_case(end, versions))
        copy_bytes(asset->version, end + sizeof versions - 1, strlen(end + sizeof versions - 1));
    return end;
}

static bool read_registry(const char *text, const char *collection, AssetName *asset)
{
    static const char uri[] = "azureml://registries/";
    static const char provider[] = "/providers/" ML "registries/";
    bool short_form = text_starts_with_any_case(text, uri);
    const char *found = short_form ? text : text_find_any_case(text, provider);
    if (!found)
        return false;
    const char *name = found + (short_form ? sizeof uri : sizeof provider) - 1;
    const char *end = name + strcspn(name, "/");
    const char *from = short_form ? name : text;
    copy_bytes(asset->registry, from, (size_t)(end - from));
    (void)read_collection(end, collection, asset);
    return true;
}

static void read_path(const char *text, const char *collection, AssetName *asset)
{
    bool uri = text_starts_with_any_case(text, "azureml://subscriptions/");
    const char *path = uri ? text + strlen("azureml:/") : text;
    const char *end = read_collection(path, collection, asset);
    if (!end)
        return;
    copy_bytes(asset->container, path, (size_t)(end - path));
    const char *workspace = uri ? text_find_any_case(path, "/workspaces/") : NULL;
    if (workspace && !text_find_any_case(path, "/providers/"))
        (void)snprintf(asset->container, sizeof asset->container, "%.*s/providers/" ML "%.*s",
                       (int)(workspace - path), path, (int)(end - workspace - 1), workspace + 1);
}

static void read_asset(const char *text, const char *workspace, const char *collection,
                       AssetName *asset)
{
    *asset->registry = *asset->container = *asset->version = '\0';
    bool marked = text_starts_with_any_case(text, "azureml:") &&
                  !text_starts_with_any_case(text, "azureml://");
    const char *bare = marked ? text + strlen("azureml:") : text;
    if (read_registry(text, collection, asset) || read_registry(bare, collection, asset))
        return;
    if (*bare == '/' || text_starts_with_any_case(bare, "azureml://subscriptions/")) {
        read_path(bare, collection, asset);
        return;
    }
    size_t length = strcspn(bare, ":@");
    if (!marked || !length || bare[strcspn(bare, "/\\ ")])
        return;
    (void)snprintf(asset->container, sizeof asset->container, "%s/%s/%.*s", workspace, collection,
                   (int)length, bare);
    if (bare[length] == ':')
        copy_bytes(asset->version, bare + length + 1, strlen(bare + length + 1));
}

/* Numbers by value and before words. */
static bool version_is_newer(const char *a, const char *b)
{
    bool number_a = *a && strspn(a, "0123456789") == strlen(a);
    bool number_b = *b && strspn(b, "0123456789") == strlen(b);
    if (number_a != number_b)
        return number_b;
    if (!number_a)
        return text_compare_any_case(a, b) > 0;
    a += strspn(a, "0");
    b += strspn(b, "0");
    return strlen(a) != strlen(b) ? strlen(a) > strlen(b) : strcmp(a, b) > 0;
}

static uint32_t newest_in(const World *world, uint32_t container)
{
    uint32_t newest = NONE;
    if (container == NONE)
        return NONE;
    for (uint32_t child = world->places.items[container].first_child; child != NONE;
         child = world->places.items[child].next_sibling) {
        const Resource *resource = place_resource(world, child);
        const char *type = resource ? id_text(world->snapshot, resource->type) : "";
        if (text_starts_with_any_case(type, ML "workspaces/") &&
            text_ends_with_any_case(type, "/versions") &&
            (newest == NONE || version_is_newer(arm_id_name(world->places.items[child].id),
                                                arm_id_name(world->places.items[newest].id))))
            newest = child;
    }
    return newest;
}

static void link_asset(World *world, size_t kind, const char *text, uint32_t place, uint32_t record)
{
    AssetName asset;
    char rest[LONGEST_ID + sizeof "/versions/"];
    uint32_t workspace = workspace_above(world, place);
    if (workspace == NONE)
        return;
    read_asset(text, world->places.items[workspace].id, asset_properties[kind].collection, &asset);
    if (*asset.registry) {
        uint32_t registry =
            *asset.registry == '/'
                ? place_of_text(world, asset.registry)
                : resource_by_name(world, ML "registries", asset.registry, strlen(asset.registry));
        link_terms(world, RELATION_REGISTRY_ASSETS_OF, place, registry, record,
                   *asset.version ? IF_ASSUMED : SURE);
        return;
    }
    if (!*asset.container)
        return;
    uint32_t container = place_of_text(world, asset.container);
    if (*asset.version) {
        (void)snprintf(rest, sizeof rest, "/versions/%s", asset.version);
        link_sure(world, asset_properties[kind].version, place, place_below(world, container, rest),
                  record);
        return;
    }
    link_sure(world, asset_properties[kind].version, place, newest_in(world, container), record);
    if (asset_properties[kind].follows != asset_properties[kind].version)
        link_sure(world, asset_properties[kind].follows, place,
                  container == NONE ? workspace : container, record);
}

static void link_assets(World *world, const Resource *resource, uint32_t place)
{
    for (size_t kind = 0; kind < sizeof asset_properties / sizeof *asset_properties; kind++)
        EACH_VALUE(world, resource, asset_properties[kind].property, value, record)
        {
            link_asset(world, kind, value, place, record);
        }
}

/* ---- where files are ---- */

static void link_container(World *world, uint32_t from, uint32_t account, const char *name,
                           size_t length, uint32_t record)
{
    char rest[LONGEST_ID + sizeof "/versions/"];
    (void)snprintf(rest, sizeof rest, "/blobServices/default/containers/%.*s", (int)length, name);
    if (length)
        link_sure(world, RELATION_STORED_IN_CONTAINER, from, place_below(world, account, rest),
                  record);
}

static uint32_t own_storage(const World *world, uint32_t workspace)
{
    return place_of_text(world,
                         value_of(world, place_resource(world, workspace), "storageAccount", NULL));
}

static bool is_own_datastore(const char *name, size_t length)
{
    static const char *const names[] = {"workspaceblobstore", "workspaceartifactstore",
                                        "workspaceworkingdirectory", "workspacefilestore",
                                        "azureml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && text_starts_with_any_case(name, names[i]))
            return true;
    return false;
}

static void link_datastore(World *world, uint32_t place, uint32_t workspace, const char *name,
                           uint32_t record)
{
    char rest[LONGEST_ID + sizeof "/versions/"];
    size_t length = strcspn(name, "/");
    (void)snprintf(rest, sizeof rest, "/datastores/%.*s", (int)length, name);
    const Resource *datastore = place_resource(world, place_below(world, workspace, rest));
    const char *account = value_of(world, datastore, "accountName", NULL);
    if (!account) {
        if (is_own_datastore(name, length))
            link_sure(world, RELATION_STORED_IN, place, own_storage(world, workspace), record);
        return;
    }
    uint32_t storage = storage_account(world, account, strlen(account));
    link_sure(world, RELATION_STORED_IN, place, storage, record);
    const char *container = value_of(world, datastore, "containerName", NULL);
    if (container)
        link_container(world, place, storage, container, strlen(container), record);
}

static void link_files(World *world, const Resource *resource, uint32_t place)
{
    static const char *const names[] = {"codeUri", "modelUri", "buildContextUri",
                                        "deploymentStorageUrl"};
    static const char web[] = "https://", datastores[] = "/datastores/";
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        uint32_t record = NONE;
        const char *uri = value_of(world, resource, names[n], &record);
        uint32_t workspace = workspace_above(world, place);
        if (!uri)
            continue;
        if (text_starts_with_any_case(uri, web)) {
            const char *host = uri + sizeof web - 1;
            size_t length = strcspn(host, "./");
            if (!text_starts_with_any_case(host + length, ".blob.") &&
                !text_starts_with_any_case(host + length, ".dfs."))
                continue;
            uint32_t account = storage_account(world, host, length);
            link_sure(world, RELATION_STORED_IN, place, account, record);
            const char *path = host + strcspn(host, "/");
            if (*path)
                link_container(world, place, account, path + 1, strcspn(path + 1, "/"), record);
            continue;
        }
        const char *datastore = text_find_any_case(uri, datastores);
        if (workspace == NONE)
            continue;
        if (datastore)
            link_datastore(world, place, workspace, datastore + sizeof datastores - 1, record);
        else if (text_starts_with_any_case(uri, "azureml://jobs/") ||
                 text_starts_with_any_case(uri, "runs:/"))
            link_terms(world, RELATION_STORED_IN, place, own_storage(world, workspace), record,
                       IF_ASSUMED);
    }
}

static void link_linked_store(World *world, const Resource *resource, uint32_t place)
{
    static const char *const services[] = {"blob.", "dfs.", "file.", "queue.", "table."};
    uint32_t record = NONE;
    if (!has_type(world, resource, "Microsoft.DataFactory/factories/linkedServices"))
        return;
    const char *address = value_of(world, resource, "serviceUrl", &record);
    const char *host = address ? strstr(address, "://") : NULL;
    if (!host)
        return;
    host += strlen("://");
    const char *at = memchr(host, '@', strcspn(host, "/?"));
    host = at ? at + 1 : host;
    size_t length = strcspn(host, "./?");
    for (size_t i = 0; host[length] == '.' && i < sizeof services / sizeof *services; i++)
        if (text_starts_with_any_case(host + length + 1, services[i]))
            link_sure(world, RELATION_LINKED_STORE, place, storage_account(world, host, length),
                      record);
}

/* ---- identities in other places ---- */

static void link_materialization(World *world, const Resource *store, uint32_t place)
{
    uint32_t record = NONE;
    char rest[LONGEST_ID + sizeof "/versions/"];
    if (!has_type(world, store, ML "workspaces"))
        return;
    const char *identity = value_of(world, store, "materializationIdentity", &record);
    link_sure(world, RELATION_MATERIALIZATION_IDENTITY_OF, place,
              person_term(principal_of_identity(world, identity)), record);
    const char *connection = value_of(world, store, "offlineStoreConnectionName", NULL);
    if (!connection)
        return;
    (void)snprintf(rest, sizeof rest, "/connections/%s", connection);
    identity = value_of(world, place_resource(world, place_below(world, place, rest)),
                        "credentialResourceId", &record);
    link_sure(world, RELATION_MATERIALIZATION_IDENTITY_OF, place,
              person_term(principal_of_identity(world, identity)), record);
}

static void link_credentials(World *world, const Resource *resource, uint32_t place)
{
    uint32_t record = NONE;
    if (has_type(world, resource, ML "workspaces/datastores")) {
        const char *account = value_of(world, resource, "accountName", &record);
        if (account)
            link_sure(world, RELATION_DATASTORE_STORAGE, place,
                      storage_account(world, account, strlen(account)), record);
    }
    const char *app_id = NULL;
    if (has_type(world, resource, ML "workspaces/datastores") ||
        has_type(world, resource, ML "workspaces/connections"))
        app_id = value_of(world, resource, "credentialClientId", &record);
    if (has_type(world, resource, "Microsoft.ContainerService/managedClusters") ||
        has_type(world, resource, "Microsoft.RedHatOpenShift/openShiftClusters"))
        app_id = value_of(world, resource, "servicePrincipalClientId", &record);
    link_sure(world, RELATION_CREDENTIAL_PRINCIPAL, place,
              person_term(principal_of_app_id(world, app_id)), record);
}

static void link_cluster(World *world, const Resource *resource, uint32_t place)
{
    uint32_t record = NONE;
    char rest[LONGEST_ID + sizeof "/versions/"];
    if (has_type(world, resource,
                 "Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings")) {
        const char *source = value_of(world, resource, "sourceResourceId", &record);
        link_sure(world, RELATION_TRUSTED_BY, place_of_text(world, source), above(world, place),
                  record);
    }
    if (!has_type(world, resource, "Microsoft.ContainerService/managedClusters"))
        return;
    uint32_t kubelet = principal_of_object_id(
        world, value_of(world, resource, "kubeletIdentityObjectId", &record));
    if (kubelet == NONE)
        kubelet = principal_of_identity(
            world, value_of(world, resource, "kubeletIdentityResourceId", &record));
    link_sure(world, RELATION_KUBELET_IDENTITY_OF, place, person_term(kubelet), record);
    const char *group = value_of(world, resource, "nodeResourceGroup", &record);
    if (!group)
        return;
    (void)snprintf(rest, sizeof rest, "/resourceGroups/%s", group);
    link_sure(world, RELATION_MANAGED_GROUP_OF, place,
              place_below(world, world->places.items[place].subscription, rest), record);
}

static bool same_issuer(const char *a, const char *b)
{
    size_t x = strlen(a), y = strlen(b);
    x -= x && a[x - 1] == '/';
    y -= y && b[y - 1] == '/';
    return x == y && memcmp(a, b, x) == 0;
}

static void link_issuers(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    const uint32_t *clusters;
    uint32_t type = interner_find(&world->types, "Microsoft.ContainerService/managedClusters");
    uint32_t count = places_below(world, type, 0, &clusters);
    for (uint32_t i = 0; count && i < snapshot->federated_credentials.count; i++) {
        const FederatedCredential *credential = &snapshot->federated_credentials.items[i];
        const char *issuer = text_text(snapshot, credential->issuer);
        if (!issuer || credential->parent == NONE)
            continue;
        uint32_t principal = credential->parent_is_application
                                 ? service_principal_of(world, credential->parent)
                                 : world->identity_of_id[credential->parent];
        for (uint32_t c = 0; c < count; c++) {
            const char *own =
                value_of(world, place_resource(world, clusters[c]), "oidcIssuerUrl", NULL);
            if (own && same_issuer(own, issuer))
                link_sure(world, RELATION_ISSUER_OF, clusters[c], person_term(principal),
                          credential->record);
        }
    }
}

/* ---- images ---- */

static uint32_t registry_of_host(const World *world, const char *host)
{
    char own[LONGEST_ID];
    const uint32_t *registries;
    uint32_t type = interner_find(&world->types, "Microsoft.ContainerRegistry/registries");
    uint32_t count = places_below(world, type, 0, &registries);
    for (uint32_t i = 0; i < count; i++) {
        const Resource *resource = place_resource(world, registries[i]);
        const char *server = value_of(world, resource, "loginServer", NULL);
        if (!resource)
            continue;
        (void)snprintf(own, sizeof own, "%s.azurecr.io",
                       arm_id_name(world->places.items[registries[i]].id));
        if (text_equal_any_case(server ? server : own, host))
            return registries[i];
    }
    return NONE;
}

static void link_image(World *world, uint32_t place, const char *image, uint32_t record)
{
    char host[LONGEST_ID];
    const char *bar = strchr(image, '|');
    image = bar ? bar + 1 : image;
    size_t length = strcspn(image, "/");
    if (image[length] != '/' || strstr(image, "@sha256:"))
        return;
    copy_bytes(host, image, length);
    link_sure(world, RELATION_IMAGE_REGISTRY_OF, place, registry_of_host(world, host), record);
}

static void link_images(World *world, const Resource *resource, uint32_t place)
{
    EACH_VALUE(world, resource, "image", value, record)
    {
        link_image(world, place, value, record);
    }
    EACH_VALUE(world, resource, "images", value, record)
    {
        link_image(world, place, value, record);
    }
    if (has_type(world, resource, "Microsoft.Web/sites"))
        EACH_VALUE(world, resource, "linuxFxVersion", value, record)
        {
            link_image(world, place, value, record);
        }
}

static void link_machine_image(World *world, const Resource *resource, uint32_t place)
{
    uint32_t record = NONE;
    char id[LONGEST_ID];
    if (!has_type(world, resource, "Microsoft.Compute/virtualMachines") &&
        !has_type(world, resource, "Microsoft.Compute/virtualMachineScaleSets"))
        return;
    const char *image = value_of(world, resource, "imageId", &record);
    const char *gallery = image ? text_find_any_case(image, "/galleries/") : NULL;
    if (!image)
        return;
    copy_bytes(id, image, strlen(image));
    if (gallery) {
        const char *version = text_find_any_case(gallery, "/versions/");
        const char *images = text_find_any_case(gallery, "/images/");
        if (version && !text_equal_any_case(version + strlen("/versions/"), "latest"))
            return;
        if (images)
            copy_bytes(id, image, (size_t)(images - image));
    }
    link_sure(world, RELATION_IMAGE_OF, place, place_of_text(world, id), record);
}

/* ---- parts of things ---- */

static const struct {
    const char *type;
    RelationName relation;
} parts[] = {
    {"Microsoft.Web/sites/basicPublishingCredentialsPolicies", RELATION_PUBLISHING_POLICY_OF},
    {"Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies", RELATION_PUBLISHING_POLICY_OF},
    {"Microsoft.DataFactory/factories/integrationRuntimes", RELATION_INTEGRATION_RUNTIME_OF},
    {"Microsoft.Synapse/workspaces/integrationRuntimes", RELATION_INTEGRATION_RUNTIME_OF},
};

static void link_parts(World *world, const Resource *resource, uint32_t place)
{
    uint32_t parent = above(world, place), workspace = workspace_above(world, place);
    link_sure(world, RELATION_CHILD_OF, place, parent, resource->record);
    if (parent != NONE &&
        text_ends_with_any_case(world->places.items[parent].id, "Services/default"))
        link_sure(world, RELATION_CHILD_OF, place, above(world, parent), resource->record);
    if (workspace != place)
        link_sure(world, RELATION_IN_WORKSPACE, place, workspace, resource->record);
    if (has_type(world, resource, ML "workspaces/onlineEndpoints/deployments") ||
        has_type(world, resource, ML "workspaces/batchEndpoints/deployments"))
        link_sure(world, RELATION_ENDPOINT_OF, place, parent, resource->record);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (has_type(world, resource, parts[i].type))
            link_sure(world, parts[i].relation, parent, place, resource->record);
}

static void link_own_roles(World *world, const Resource *resource, uint32_t place)
{
    if (has_type(world, resource, "Microsoft.KeyVault/managedHSMs"))
        EACH_VALUE(world, resource, "initialAdminObjectIds", value, record)
        {
            link_sure(world, RELATION_ASSIGNED_TO, place,
                      person_term(principal_of_object_id(world, value)), record);
        }
    if (!has_type(world, resource, "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments"))
        return;
    uint32_t record = NONE;
    Term holder = person_term(
        principal_of_object_id(world, value_of(world, resource, "principalId", &record)));
    const char *role = value_of(world, resource, "roleDefinitionId", NULL);
    const char *scope = value_of(world, resource, "scope", NULL);
    const char *name = role ? arm_id_name(role) : "";
    bool whole =
        scope && place_of_text(world, scope) == above(world, place) && above(world, place) != NONE;
    bool reader = text_equal(name, "00000000-0000-0000-0000-000000000001");
    bool contributor = text_equal(name, "00000000-0000-0000-0000-000000000002");
    link_terms(world, RELATION_ASSIGNED_TO, place, holder, record,
               whole && (reader || contributor) ? SURE : IF_ASSUMED);
    if (!reader)
        link_terms(world, RELATION_ASSIGNED_TO_WRITE, place, holder, record,
                   whole && contributor ? SURE : IF_ASSUMED);
}

/* Identities that two or more parts of Azure ML have. */
static void link_reuse(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    uint32_t count = snapshot->principals.count;
    uint32_t *first = memory_allocate((size_t)count + 1, sizeof *first);
    bool *shared = memory_allocate((size_t)count + 1, sizeof *shared);
    memset(first, 0xff, ((size_t)count + 1) * sizeof *first);
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t r = 0; r < snapshot->resources.count; r++) {
            const Resource *resource = &snapshot->resources.items[r];
            if (!resource->attachment_count ||
                !text_starts_with_any_case(id_text(snapshot, resource->type), ML "workspaces"))
                continue;
            for (uint32_t i = 0; i < resource->attachment_count; i++) {
                const Attachment *attachment =
                    &snapshot->attachments.items[resource->first_attachment + i];
                uint32_t principal = attachment->principal;
                if (attachment->system_assigned)
                    continue;
                if (!pass && first[principal] == NONE)
                    first[principal] = r;
                else if (!pass && first[principal] != r)
                    shared[principal] = true;
                else if (pass && shared[principal])
                    link_sure(world, RELATION_REUSED_BY,
                              place_of_id(world, snapshot->principals.items[principal].resource_id),
                              place_of_id(world, resource->id), attachment->record);
            }
        }
    free(first);
    free(shared);
}

/* What only an id names, below something exported. */
static void link_named_children(World *world)
{
    for (uint32_t i = 0; i < world->places.count; i++) {
        const Place *place = &world->places.items[i];
        const Resource *parent = place_resource(world, place->parent);
        if (place->resource == NONE && place->type != NONE && parent)
            link_sure(world, RELATION_CHILD_OF, i, place->parent, parent->record);
    }
}

/* ---- all of them ---- */

static int by_from(const void *a, const void *b)
{
    const Link *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

static const Link *sorted_rows; /* qsort has no context; used on one thread only */

static int by_to(const void *a, const void *b)
{
    const Link *x = &sorted_rows[*(const uint32_t *)a], *y = &sorted_rows[*(const uint32_t *)b];
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

static void sort_links(World *world, LinkTable *table)
{
    uint32_t count = table->rows.count;
    table->by_to = arena_allocate(&world->arena, (size_t)count + 1, sizeof *table->by_to);
    if (count)
        qsort(table->rows.items, count, sizeof *table->rows.items, by_from);
    for (uint32_t i = 0; i < count; i++)
        table->by_to[i] = i;
    sorted_rows = table->rows.items;
    if (count)
        qsort(table->by_to, count, sizeof *table->by_to, by_to);
}

static void link_resource(World *world, const Bearers *bearers, const Resource *resource)
{
    uint32_t place = place_of_id(world, resource->id);
    uint32_t record = NONE;
    if (place == NONE)
        return;
    link_parts(world, resource, place);
    link_references(world, resource, place);
    link_computes(world, resource, place);
    link_runs_as(world, resource, place);
    link_owner(world, bearers, resource, place);
    link_assets(world, resource, place);
    link_files(world, resource, place);
    link_linked_store(world, resource, place);
    link_materialization(world, resource, place);
    link_credentials(world, resource, place);
    link_cluster(world, resource, place);
    link_images(world, resource, place);
    link_machine_image(world, resource, place);
    link_own_roles(world, resource, place);
    for (uint32_t i = 0; i < resource->attachment_count; i++) {
        const Attachment *attachment =
            &world->snapshot->attachments.items[resource->first_attachment + i];
        link_sure(world, RELATION_IDENTITY_OF, place, person_term(attachment->principal),
                  attachment->record);
    }
    if (has_type(world, resource, ML "workspaces")) {
        uint32_t compute =
            compute_named(world, place, value_of(world, resource, "imageBuildCompute", &record));
        link_sure(world, RELATION_IMAGE_BUILD_COMPUTE_OF, place, compute, record);
    }
}

void links_find(World *world)
{
    Bearers bearers = find_bearers(world->snapshot);
    for (uint32_t i = 0; i < world->snapshot->resources.count; i++)
        link_resource(world, &bearers, &world->snapshot->resources.items[i]);
    interner_free(&bearers.names);
    ARRAY_FREE(&bearers.items);
    link_directory(world);
    link_issuers(world);
    link_reuse(world);
    link_named_children(world);
    for (uint32_t i = 0; i < RELATION_NAME_COUNT; i++)
        sort_links(world, &world->links[i]);
}

uint32_t links_from(const World *world, RelationName relation, Term from, const Link **rows)
{
    const LinkTable *table = &world->links[relation];
    uint32_t low = 0, high = table->rows.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->rows.items[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t end = low;
    while (end < table->rows.count && table->rows.items[end].from == from)
        end++;
    *rows = table->rows.items ? table->rows.items + low : NULL;
    return end - low;
}

uint32_t links_to(const World *world, RelationName relation, Term to, const uint32_t **positions)
{
    const LinkTable *table = &world->links[relation];
    uint32_t low = 0, high = table->rows.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->rows.items[table->by_to[middle]].to < to)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t end = low;
    while (end < table->rows.count && table->rows.items[table->by_to[end]].to == to)
        end++;
    *positions = table->by_to + low;
    return end - low;
}
