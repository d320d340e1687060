#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/store.h"

#include <stdlib.h>
#include <string.h>

/*
 * Resources, their properties, identities and access policies.  While reading, the three lists of
 * a resource are runs in append-only arrays; a merge writes a new run behind the others and
 * finish_identities drops the old ones.
 */

/* A run of an array. */
typedef struct Run {
    uint32_t first;
    uint32_t count;
} Run;

/* What a repeated record adds to the known one. */
typedef struct Merge {
    Store *store;
    const Fact *fact;
    uint32_t index;  /* of the resource */
    uint32_t record; /* NONE until something is added */
} Merge;

static uint32_t merge_record(Merge *merge)
{
    if (merge->record == NONE)
        merge->record = store_record(merge->store, merge->fact);
    return merge->record;
}

static Resource *merge_resource(const Merge *merge)
{
    return &merge->store->snapshot->resources.items[merge->index];
}

/* ---- properties ---- */

static void push_property(Store *store, const PropertyFact *fact, uint32_t record)
{
    Property property = {fact->name, store_text(store, fact->value), record};
    ARRAY_PUSH(&store->snapshot->properties, property);
}

static Run push_properties(Store *store, const ResourceFact *fact, uint32_t record)
{
    Run run = {store->snapshot->properties.count, fact->property_count};
    for (uint32_t i = 0; i < fact->property_count; i++)
        push_property(store, &fact->properties[i], record);
    return run;
}

/* The values of one name stand together. */
static uint32_t fact_run_length(const ResourceFact *fact, uint32_t first)
{
    uint32_t end = first;
    while (end < fact->property_count && fact->properties[end].name == fact->properties[first].name)
        end++;
    return end - first;
}

static Run known_run(const Snapshot *snapshot, const Resource *resource, uint16_t name)
{
    Run run = {resource->first_property, 0};
    uint32_t end = resource->first_property + resource->property_count;
    while (run.first < end && snapshot->properties.items[run.first].name != name)
        run.first++;
    while (run.first + run.count < end &&
           snapshot->properties.items[run.first + run.count].name == name)
        run.count++;
    return run;
}

static bool same_values(const Snapshot *snapshot, Run known, const PropertyFact *facts,
                        uint32_t count)
{
    if (known.count != count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const Property *property = &snapshot->properties.items[known.first + i];
        if (!property_value_equal(text_text(snapshot, property->value), facts[i].value))
            return false;
    }
    return true;
}

typedef struct PropertyChange {
    bool adds;             /* some name is new */
    bool newer;            /* the later values win */
    const char *disagrees; /* first name whose values differ, or NULL */
} PropertyChange;

static PropertyChange compare_properties(const Merge *merge)
{
    const Snapshot *snapshot = merge->store->snapshot;
    const ResourceFact *fact = merge->fact->resource;
    PropertyChange change = {0};
    for (uint32_t i = 0; i < fact->property_count;) {
        uint32_t length = fact_run_length(fact, i);
        Run known = known_run(snapshot, merge_resource(merge), fact->properties[i].name);
        if (!known.count)
            change.adds = true;
        else if (!same_values(snapshot, known, &fact->properties[i], length) && !change.disagrees)
            change.disagrees = interned_text(&snapshot->fields->names, fact->properties[i].name);
        i += length;
    }
    return change;
}

static bool fact_has(const ResourceFact *fact, uint16_t name)
{
    for (uint32_t i = 0; i < fact->property_count; i++)
        if (fact->properties[i].name == name)
            return true;
    return false;
}

static void copy_run(Snapshot *snapshot, Run run)
{
    for (uint32_t i = 0; i < run.count; i++) {
        Property property = snapshot->properties.items[run.first + i];
        ARRAY_PUSH(&snapshot->properties, property);
    }
}

/* Known values that stay, then the later ones that are new or win. */
static void rewrite_properties(Merge *merge, bool newer)
{
    Store *store = merge->store;
    Snapshot *snapshot = store->snapshot;
    const ResourceFact *fact = merge->fact->resource;
    const Resource old = *merge_resource(merge);
    uint32_t record = merge_record(merge);
    uint32_t first = snapshot->properties.count;
    for (uint32_t i = 0; i < old.property_count;) {
        uint16_t name = snapshot->properties.items[old.first_property + i].name;
        Run run = known_run(snapshot, &old, name);
        if (!newer || !fact_has(fact, name))
            copy_run(snapshot, run);
        i += run.count;
    }
    for (uint32_t i = 0; i < fact->property_count;) {
        uint32_t end = i + fact_run_length(fact, i);
        bool take = newer || !known_run(snapshot, &old, fact->properties[i].name).count;
        for (; i < end; i++)
            if (take)
                push_property(store, &fact->properties[i], record);
    }
    Resource *resource = merge_resource(merge);
    resource->first_property = first;
    resource->property_count = snapshot->properties.count - first;
}

static void merge_properties(Merge *merge)
{
    PropertyChange change = compare_properties(merge);
    if (change.disagrees)
        change.newer = store_disagreement(merge->store, merge->fact, merge_resource(merge)->record,
                                          merge->store->resource_states.items[merge->index].newest,
                                          change.disagrees);
    if (change.adds || change.newer)
        rewrite_properties(merge, change.newer);
}

/* ---- identities ---- */

static Run push_identities(Store *store, const ResourceFact *fact, uint32_t record)
{
    Run run = {store->raw_attachments.count, fact->identity_count};
    for (uint32_t i = 0; i < fact->identity_count; i++) {
        const IdentityFact *identity = &fact->identities[i];
        RawAttachment raw = {store_id(store, identity->identity_id),
                             store_id(store, identity->object_id),
                             store_id(store, identity->client_id), record};
        ARRAY_PUSH(&store->raw_attachments, raw);
    }
    return run;
}

static void use_identities(Merge *merge)
{
    const ResourceFact *fact = merge->fact->resource;
    Run run = push_identities(merge->store, fact, merge_record(merge));
    Resource *resource = merge_resource(merge);
    resource->first_attachment = run.first;
    resource->attachment_count = run.count;
    resource->identity_type = store_text(merge->store, fact->identity_type);
}

/* Both records mostly list them in one order, so it is looked for at `place` first.  A search is
   linear: a list longer than Azure allows is only compared place by place. */
enum { MOST_IDENTITIES = 1024 };

static RawAttachment *known_identity(const Merge *merge, Id identity, uint32_t place)
{
    const Resource *resource = merge_resource(merge);
    RawAttachment *known = &merge->store->raw_attachments.items[resource->first_attachment];
    if (place < resource->attachment_count && known[place].identity == identity)
        return &known[place];
    if (resource->attachment_count > MOST_IDENTITIES)
        return NULL;
    for (uint32_t i = 0; i < resource->attachment_count; i++)
        if (known[i].identity == identity)
            return &known[i];
    return NULL;
}

/* Fills in what the known record left open; false when the two cannot both be right. */
static bool complete_identity(Merge *merge, const IdentityFact *fact, uint32_t place)
{
    Store *store = merge->store;
    RawAttachment *raw = known_identity(merge, store_id(store, fact->identity_id), place);
    Id object_id = store_id(store, fact->object_id);
    Id client_id = store_id(store, fact->client_id);
    if (!raw || (object_id != NONE && raw->object_id != NONE && raw->object_id != object_id))
        return false;
    if ((object_id != NONE && raw->object_id == NONE) ||
        (client_id != NONE && raw->client_id == NONE)) {
        raw->object_id = object_id != NONE ? object_id : raw->object_id;
        raw->client_id = client_id != NONE ? client_id : raw->client_id;
        raw->record = merge_record(merge);
    }
    return true;
}

static void merge_identities(Merge *merge)
{
    const ResourceFact *fact = merge->fact->resource;
    const Resource *resource = merge_resource(merge);
    if (!fact->has_identity)
        return;
    if (resource->identity_type == NONE && !resource->attachment_count) {
        use_identities(merge);
        return;
    }
    bool same = fact->identity_count == resource->attachment_count;
    for (uint32_t i = 0; same && i < fact->identity_count; i++)
        same = complete_identity(merge, &fact->identities[i], i);
    if (!same && store_disagreement(merge->store, merge->fact, merge_resource(merge)->record,
                                    merge->store->resource_states.items[merge->index].newest,
                                    "which identities are attached"))
        use_identities(merge);
}

/* ---- access policies ---- */

static Run push_policies(Store *store, const ResourceFact *fact, uint32_t resource, uint32_t record)
{
    Run run = {store->snapshot->access_policies.count, fact->policy_count};
    for (uint32_t i = 0; i < fact->policy_count; i++) {
        const AccessPolicyFact *policy = &fact->policies[i];
        Id object_id = store_id(store, policy->object_id);
        AccessPolicy entry = {.resource = resource,
                              .principal = store_principal(store, object_id, record),
                              .application_id = store_id(store, policy->application_id),
                              .keys = store_list(store, &policy->keys),
                              .secrets = store_list(store, &policy->secrets),
                              .certificates = store_list(store, &policy->certificates),
                              .storage = store_list(store, &policy->storage),
                              .record = record,
                              .pointer = store_text(store, policy->pointer)};
        ARRAY_PUSH(&store->snapshot->access_policies, entry);
    }
    return run;
}

static bool same_words(const TextList *a, const TextList *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!text_equal_any_case(a->items[i], b->items[i]))
            return false;
    return true;
}

static bool same_policy(const Snapshot *snapshot, const AccessPolicy *known,
                        const AccessPolicyFact *fact)
{
    Id object_id = snapshot->principals.items[known->principal].object_id;
    return text_equal_any_case(id_text(snapshot, object_id), fact->object_id) &&
           text_equal_any_case(id_text(snapshot, known->application_id), fact->application_id) &&
           same_words(&known->keys, &fact->keys) && same_words(&known->secrets, &fact->secrets) &&
           same_words(&known->certificates, &fact->certificates) &&
           same_words(&known->storage, &fact->storage);
}

static void use_policies(Merge *merge)
{
    Run run = push_policies(merge->store, merge->fact->resource, merge->index, merge_record(merge));
    ResourceState *state = &merge->store->resource_states.items[merge->index];
    state->first_policy = run.first;
    state->policy_count = run.count;
}

static bool has_policy(const Merge *merge, const AccessPolicyFact *fact)
{
    const Snapshot *snapshot = merge->store->snapshot;
    const ResourceState *state = &merge->store->resource_states.items[merge->index];
    for (uint32_t i = 0; i < state->policy_count; i++)
        if (same_policy(snapshot, &snapshot->access_policies.items[state->first_policy + i], fact))
            return true;
    return false;
}

/* One more policy of a vault whose own record was not read; where it was, the vault knows best. */
static void merge_one_policy(Merge *merge)
{
    Store *store = merge->store;
    Snapshot *snapshot = store->snapshot;
    const ResourceFact *fact = merge->fact->resource;
    ResourceState *state = &store->resource_states.items[merge->index];
    if (has_policy(merge, fact->policies))
        return;
    if (merge_resource(merge)->detailed) {
        store_disagreement(store, merge->fact, merge_resource(merge)->record, state->newest,
                           "the access policies");
        return;
    }
    uint32_t first = snapshot->access_policies.count;
    for (uint32_t i = 0; i < state->policy_count; i++) {
        AccessPolicy known = snapshot->access_policies.items[state->first_policy + i];
        ARRAY_PUSH(&snapshot->access_policies, known);
    }
    push_policies(store, fact, merge->index, merge_record(merge));
    state->first_policy = first;
    state->policy_count++;
}

static void merge_policies(Merge *merge, bool known_was_detailed)
{
    const Snapshot *snapshot = merge->store->snapshot;
    const ResourceState *state = &merge->store->resource_states.items[merge->index];
    const ResourceFact *fact = merge->fact->resource;
    if (fact->one_policy)
        merge_one_policy(merge);
    if (!fact->detailed)
        return;
    bool same = fact->policy_count == state->policy_count;
    for (uint32_t i = 0; same && i < fact->policy_count; i++)
        same = same_policy(snapshot, &snapshot->access_policies.items[state->first_policy + i],
                           &fact->policies[i]);
    if (same)
        return;
    if (!known_was_detailed ||
        store_disagreement(merge->store, merge->fact, merge_resource(merge)->record, state->newest,
                           "the access policies"))
        use_policies(merge);
}

/* ---- the resource ---- */

static void merge_own_identity(Merge *merge)
{
    Store *store = merge->store;
    const ResourceFact *fact = merge->fact->resource;
    ResourceState *state = &store->resource_states.items[merge->index];
    Id object_id = store_id(store, fact->object_id);
    if (object_id == NONE || object_id == state->object_id)
        return;
    if (state->object_id != NONE &&
        !store_disagreement(store, merge->fact, state->identity_record, state->newest,
                            "the principal id of the identity"))
        return;
    state->object_id = object_id;
    state->client_id = store_id(store, fact->client_id);
    state->identity_record = merge_record(merge);
}

static void add_resource(Store *store, const Fact *fact, Id id)
{
    Snapshot *snapshot = store->snapshot;
    const ResourceFact *body = fact->resource;
    uint32_t record = store_record(store, fact);
    uint32_t index = snapshot->resources.count;
    Run properties = push_properties(store, body, record);
    Run identities = push_identities(store, body, record);
    Run policies = push_policies(store, body, index, record);
    Resource resource = {.id = id,
                         .type = store_id(store, body->type),
                         .name = store_text(store, arm_id_name(body->id)),
                         .kind = store_text(store, body->kind),
                         .first_property = properties.first,
                         .property_count = properties.count,
                         .first_attachment = identities.first,
                         .attachment_count = identities.count,
                         .identity_type = store_text(store, body->identity_type),
                         .detailed = body->detailed,
                         .record = record};
    ResourceState state = {.newest = fact->newest,
                           .first_policy = policies.first,
                           .policy_count = policies.count,
                           .object_id = store_id(store, body->object_id),
                           .client_id = store_id(store, body->client_id),
                           .identity_record = record};
    ARRAY_PUSH(&snapshot->resources, resource);
    ARRAY_PUSH(&store->resource_states, state);
    id_map_set(&store->resource_of, id, index);
}

bool commit_resource(Store *store, const Fact *fact)
{
    const ResourceFact *body = fact->resource;
    Id id = store_id(store, body->id);
    uint32_t index = id_map_get(&store->resource_of, id);
    store->snapshot->exported[RECORD_RESOURCE] |= body->inventory;
    store_see_tenant(store, TENANT_OF_RESOURCES, body->tenant_id);
    if (index == NONE) {
        add_resource(store, fact, id);
        return true;
    }
    Merge merge = {store, fact, index, NONE};
    bool known_was_detailed = merge_resource(&merge)->detailed;
    merge_properties(&merge);
    merge_identities(&merge);
    merge_policies(&merge, known_was_detailed);
    merge_own_identity(&merge);
    if (body->detailed && !known_was_detailed) {
        merge_resource(&merge)->record = merge_record(&merge);
        merge_resource(&merge)->detailed = true;
    }
    if (merge_resource(&merge)->kind == NONE)
        merge_resource(&merge)->kind = store_text(store, body->kind);
    if (fact->newest > store->resource_states.items[index].newest)
        store->resource_states.items[index].newest = fact->newest;
    return merge.record != NONE;
}

/* ---- finishing: who is behind the identities ---- */

static bool is_user_assigned(const Snapshot *snapshot, const Resource *resource)
{
    return text_equal_any_case(id_text(snapshot, resource->type), USER_ASSIGNED_TYPE);
}

static void set_identity(Store *store, uint32_t principal, PrincipalKind kind, Id resource,
                         Id client_id)
{
    Principal *known = &store->snapshot->principals.items[principal];
    store_set_kind(store, principal, kind, FROM_IDENTITY);
    if (known->kind != kind) /* the directory's own record says "service principal" */
        known->kind = kind;
    if (known->resource_id == NONE)
        known->resource_id = resource;
    if (client_id != NONE) /* an assignment list may have called it by anything */
        known->app_id = client_id;
}

/* Identities that are resources of their own and tell their principal id. */
static void identities_by_own_record(Store *store, IdMap *identity_of)
{
    Snapshot *snapshot = store->snapshot;
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        const ResourceState *state = &store->resource_states.items[i];
        if (state->object_id == NONE || !is_user_assigned(snapshot, resource))
            continue;
        uint32_t index = store_principal(store, state->object_id, state->identity_record);
        const PrincipalHint hint = {.name = text_text(snapshot, resource->name)};
        store_hint(store, index, &hint, FROM_IDENTITY);
        set_identity(store, index, PRINCIPAL_USER_ASSIGNED, resource->id, state->client_id);
        Principal *principal = &snapshot->principals.items[index];
        principal->exported = true;
        if (principal->record == NONE)
            principal->record = state->identity_record;
        id_map_set(identity_of, resource->id, index);
    }
}

/* Service principals whose alternativeNames tell the identity or the host. */
static void identities_by_directory(Store *store, IdMap *identity_of, IdMap *system_of)
{
    const Snapshot *snapshot = store->snapshot;
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        IdMap *map = principal->kind == PRINCIPAL_SYSTEM_ASSIGNED ? system_of : identity_of;
        if (principal->resource_id != NONE && id_map_get(map, principal->resource_id) == NONE)
            id_map_set(map, principal->resource_id, i);
    }
}

/* Attachments that tell the principal id: other resources with the same identity may not. */
static void identities_by_attachment(Store *store, IdMap *identity_of)
{
    const Snapshot *snapshot = store->snapshot;
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        for (uint32_t k = 0; k < resource->attachment_count; k++) {
            const RawAttachment *raw =
                &store->raw_attachments.items[resource->first_attachment + k];
            if (raw->object_id == NONE)
                continue;
            bool system = raw->identity == NONE;
            uint32_t index = store_principal(store, raw->object_id, raw->record);
            set_identity(store, index, system ? PRINCIPAL_SYSTEM_ASSIGNED : PRINCIPAL_USER_ASSIGNED,
                         system ? resource->id : raw->identity, raw->client_id);
            if (!system && id_map_get(identity_of, raw->identity) == NONE)
                id_map_set(identity_of, raw->identity, index);
        }
    }
}

/* An identity whose principal id is nowhere is known by its ARM id, or its host's. */
static uint32_t nameless_identity(Store *store, IdMap *map, Id resource, PrincipalKind kind,
                                  uint32_t record)
{
    uint32_t index = id_map_get(map, resource);
    if (index != NONE)
        return index;
    index = store_principal(store, NONE, record);
    set_identity(store, index, kind, resource, NONE);
    id_map_set(map, resource, index);
    return index;
}

static void attach(Store *store, IdMap *identity_of, IdMap *system_of, Resource *resource)
{
    Snapshot *snapshot = store->snapshot;
    uint32_t first = snapshot->attachments.count;
    for (uint32_t i = 0; i < resource->attachment_count; i++) {
        const RawAttachment *raw = &store->raw_attachments.items[resource->first_attachment + i];
        bool system = raw->identity == NONE;
        uint32_t principal = raw->object_id != NONE
                                 ? id_map_get(&store->principal_of, raw->object_id)
                             : system ? nameless_identity(store, system_of, resource->id,
                                                          PRINCIPAL_SYSTEM_ASSIGNED, raw->record)
                                      : nameless_identity(store, identity_of, raw->identity,
                                                          PRINCIPAL_USER_ASSIGNED, raw->record);
        Attachment attachment = {principal, system, raw->record};
        ARRAY_PUSH(&snapshot->attachments, attachment);
    }
    resource->first_attachment = first;
}

/* Runs that a merge replaced are left behind. */
static void compact_properties(Snapshot *snapshot)
{
    Property *old = snapshot->properties.items;
    snapshot->properties.items = NULL;
    snapshot->properties.count = snapshot->properties.capacity = 0;
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        Resource *resource = &snapshot->resources.items[i];
        uint32_t first = snapshot->properties.count;
        for (uint32_t k = 0; k < resource->property_count; k++)
            ARRAY_PUSH(&snapshot->properties, old[resource->first_property + k]);
        resource->first_property = first;
    }
    free(old);
}

static void compact_policies(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    AccessPolicy *old = snapshot->access_policies.items;
    snapshot->access_policies.items = NULL;
    snapshot->access_policies.count = snapshot->access_policies.capacity = 0;
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const ResourceState *state = &store->resource_states.items[i];
        for (uint32_t k = 0; k < state->policy_count; k++)
            ARRAY_PUSH(&snapshot->access_policies, old[state->first_policy + k]);
    }
    free(old);
}

void finish_identities(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    IdMap identity_of = {0};
    IdMap system_of = {0};
    identities_by_own_record(store, &identity_of);
    identities_by_directory(store, &identity_of, &system_of);
    identities_by_attachment(store, &identity_of);
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        Resource *resource = &snapshot->resources.items[i];
        attach(store, &identity_of, &system_of, resource);
        if (is_user_assigned(snapshot, resource))
            nameless_identity(store, &identity_of, resource->id, PRINCIPAL_USER_ASSIGNED,
                              resource->record);
    }
    compact_properties(snapshot);
    compact_policies(store);
    id_map_free(&identity_of);
    id_map_free(&system_of);
}
