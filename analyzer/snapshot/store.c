#include "snapshot/store.h"

#include "base/memory.h"
#include "base/text.h"
#include "snapshot/arm_id.h"

#include <stdlib.h>
#include <string.h>

/* ---- small containers ---- */

uint32_t id_map_get(const IdMap *map, Id id)
{
    return id < map->count ? map->items[id] : NONE;
}

void id_map_set(IdMap *map, Id id, uint32_t index)
{
    if (id >= map->count) {
        uint32_t count = map->count ? map->count : 1024;
        while (count <= id)
            count += count / 2;
        map->items = memory_resize(map->items, count, sizeof *map->items);
        memset(map->items + map->count, 0xff, (count - map->count) * sizeof *map->items);
        map->count = count;
    }
    map->items[id] = index;
}

void id_map_free(IdMap *map)
{
    free(map->items);
    *map = (IdMap){0};
}

static uint32_t triple_hash(uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t hash = (a * UINT64_C(0x9e3779b97f4a7c15)) ^ (b * UINT64_C(0xc2b2ae3d27d4eb4f)) ^
                    (c * UINT64_C(0x165667b19e3779f9));
    hash ^= hash >> 29;
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(hash >> 32);
}

static bool triple_insert(TripleSet *set, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t mask = set->slot_count - 1;
    uint32_t at = triple_hash(a, b, c) & mask;
    for (; set->slots[at][0] != NONE; at = (at + 1) & mask)
        if (set->slots[at][0] == a && set->slots[at][1] == b && set->slots[at][2] == c)
            return false;
    set->slots[at][0] = a;
    set->slots[at][1] = b;
    set->slots[at][2] = c;
    set->count++;
    return true;
}

static void triple_set_grow(TripleSet *set)
{
    TripleSet old = *set;
    set->slot_count = old.slot_count ? old.slot_count * 2 : 64;
    set->slots = memory_allocate(set->slot_count, sizeof *set->slots);
    memset(set->slots, 0xff, set->slot_count * sizeof *set->slots);
    set->count = 0;
    for (uint32_t i = 0; i < old.slot_count; i++)
        if (old.slots[i][0] != NONE)
            triple_insert(set, old.slots[i][0], old.slots[i][1], old.slots[i][2]);
    free(old.slots);
}

bool triple_set_add(TripleSet *set, uint32_t a, uint32_t b, uint32_t c)
{
    if (set->count * 2 >= set->slot_count)
        triple_set_grow(set);
    return triple_insert(set, a, b, c);
}

void triple_set_free(TripleSet *set)
{
    free(set->slots);
    *set = (TripleSet){0};
}

/* ---- shared by the commit functions ---- */

Id store_id(Store *store, const char *text)
{
    return intern(&store->snapshot->ids, text);
}

Text store_text(Store *store, const char *text)
{
    return intern(&store->snapshot->texts, text);
}

TextList store_list(Store *store, const TextList *list)
{
    TextList copy = {.count = list->count};
    if (!list->count)
        return copy;
    copy.items = arena_allocate(&store->snapshot->arena, list->count, sizeof *copy.items);
    for (uint32_t i = 0; i < list->count; i++)
        copy.items[i] = interned_text(&store->snapshot->texts, store_text(store, list->items[i]));
    return copy;
}

uint32_t store_record(Store *store, const Fact *fact)
{
    if (fact->place.container != store->last_container) {
        store->last_container = fact->place.container;
        store->last_container_text = store_text(store, fact->place.container);
    }
    Record record = {.file = store->file,
                     .line = fact->place.line,
                     .index = fact->place.index,
                     .container = store->last_container_text,
                     .kind = fact->record_kind,
                     .in_part = fact->in_part};
    ARRAY_PUSH(&store->snapshot->records, record);
    return store->snapshot->records.count - 1;
}

void store_see_tenant(Store *store, TenantSource source, const char *tenant)
{
    TenantVote *vote = &store->tenants[source];
    if (!tenant)
        return;
    Id id = store_id(store, tenant);
    vote->several |= vote->tenant != NONE && vote->tenant != id;
    if (vote->tenant == NONE)
        vote->tenant = id;
}

bool store_disagreement(Store *store, const Fact *fact, uint32_t record, int64_t date,
                        const char *what)
{
    const Record *other = &store->snapshot->records.items[record];
    bool newer = fact->newest != TIME_NONE && date != TIME_NONE && fact->newest > date;
    bool dated = fact->newest != TIME_NONE && date != TIME_NONE && fact->newest != date;
    char pointer[256];
    record_pointer(store->snapshot, record, pointer, sizeof pointer);
    TextBuffer text = {0};
    text_append_format(&text, "%s is not the same as in %s:%u%s%s; %s is used", what,
                       store->snapshot->files.items[other->file].path, (unsigned)other->line,
                       *pointer ? ": " : "", pointer,
                       newer   ? "this one is newer and"
                       : dated ? "that one is newer and"
                               : "nothing says which is newer, so the first");
    ledger_message(store, &fact->place, &(Remark){.member = "", .text = text.text});
    text_buffer_free(&text);
    return newer;
}

/* ---- facts to the ledger and to the commit functions ---- */

typedef bool CommitFunction(Store *store, const Fact *fact);

static CommitFunction commit_bundle;

static CommitFunction *const COMMIT[FACT_KIND_COUNT] = {
    [FACT_ASSIGNMENT] = commit_assignment,
    [FACT_ROLE] = commit_role,
    [FACT_DENY] = commit_deny,
    [FACT_LOCK] = commit_lock,
    [FACT_PLACE] = commit_place,
    [FACT_RESOURCE] = commit_resource,
    [FACT_OBJECT] = commit_object,
    [FACT_DIRECTORY_ROLE] = commit_directory_role,
    [FACT_ADMINISTRATIVE_UNIT] = commit_administrative_unit,
    [FACT_DIRECTORY_ASSIGNMENT] = commit_directory_assignment,
    [FACT_APP_ROLE_ASSIGNMENT] = commit_app_role_assignment,
    [FACT_DELEGATED_GRANT] = commit_delegated_grant,
    [FACT_FEDERATED] = commit_federated,
    [FACT_BUNDLE] = commit_bundle,
};

/* Used when one part is, or when it is the first to say whose list was read to its end. */
static bool commit_bundle(Store *store, const Fact *fact)
{
    const BundleFact *bundle = fact->bundle;
    bool used = bundle->owner && commit_list_owner(store, bundle->owner) && !bundle->part_count;
    for (uint32_t i = 0; i < bundle->part_count; i++)
        used |= COMMIT[bundle->parts[i].kind](store, &bundle->parts[i]);
    return used;
}

static void see_date(Snapshot *snapshot, int64_t newest)
{
    if (newest > snapshot->as_of)
        snapshot->as_of = newest;
}

/* A known record: used, or a duplicate of an earlier one. */
static void commit_record(Store *store, const Fact *fact)
{
    bool used = COMMIT[fact->kind](store, fact);
    store->snapshot->exported[fact->record_kind] |=
        fact->record_kind != RECORD_RESOURCE && !fact->in_part;
    see_date(store->snapshot, fact->newest);
    for (uint32_t i = 0; i < fact->remark_count; i++)
        ledger_message(store, &fact->place, &fact->remarks[i]);
    if (fact->truncated_by)
        ledger_truncated(store, fact->truncated_by);
    ledger_used(store, fact, !used);
}

static void commit_fact(Store *store, const Fact *fact)
{
    switch ((int)fact->kind) {
    case FACT_NOT_RELEVANT:
        ledger_not_relevant(store, fact);
        break;
    case FACT_NOT_UNDERSTOOD:
        ledger_not_understood(store, fact);
        break;
    case FACT_PROBLEM:
        ledger_problem(store, fact);
        break;
    case FACT_DOCUMENT:
        ledger_document(store, fact);
        commit_list_places(store);
        if (fact->document->owner)
            commit_list_owner(store, fact->document->owner);
        break;
    case FACT_TENANT:
        store_see_tenant(store, TENANT_OF_TENANTS, fact->tenant_id);
        ledger_used(store, fact, false);
        break;
    case FACT_MANIFEST:
        ledger_used(store, fact, false);
        break;
    default:
        commit_record(store, fact);
        break;
    }
}

void store_commit(Store *store, const Batch *batch)
{
    if (store->stopped)
        return;
    if (store->file != batch->file)
        ledger_start_file(store, batch->file);
    for (uint32_t i = 0; i < batch->facts.count && !store->stopped; i++)
        commit_fact(store, &batch->facts.items[i]);
    if (batch->last && !store->stopped)
        ledger_end_file(store, batch);
    store->last_container = NULL;
}

static void choose_tenant(Store *store)
{
    for (uint32_t i = 0; i < TENANT_SOURCE_COUNT; i++) {
        const TenantVote *vote = &store->tenants[i];
        if (vote->tenant != NONE && !vote->several) {
            store->snapshot->tenant_id = vote->tenant;
            return;
        }
    }
}

/* Growing left room at the end of the long arrays. */
#define SHRINK(array)                                                                              \
    do {                                                                                           \
        (array)->capacity = (array)->count + !(array)->count;                                      \
        (array)->items = memory_resize((array)->items, (array)->capacity, sizeof *(array)->items); \
    } while (0)

static void shrink_arrays(Snapshot *snapshot)
{
    SHRINK(&snapshot->records);
    SHRINK(&snapshot->principals);
    SHRINK(&snapshot->role_assignments);
    SHRINK(&snapshot->resources);
    SHRINK(&snapshot->properties);
    SHRINK(&snapshot->attachments);
}

/* The maps that look-ups use, one entry per id. */
static uint32_t *whole_map(const IdMap *map, uint32_t count)
{
    uint32_t *items = memory_allocate(count, sizeof *items);
    for (uint32_t id = 0; id < count; id++)
        items[id] = id_map_get(map, id);
    return items;
}

/* Where there is no group nobody is in one: an empty list of groups, and no group that another
   record tells of, says as much as lists of members and owners. */
static void note_absence_of_groups(Snapshot *snapshot)
{
    bool said = false;
    for (uint32_t i = 0; i < snapshot->empty_lists.count; i++)
        said |= snapshot->empty_lists.items[i].kind == RECORD_GROUP;
    for (uint32_t i = 0; i < snapshot->principals.count && said; i++)
        said = snapshot->principals.items[i].kind != PRINCIPAL_GROUP;
    snapshot->exported[RECORD_GROUP_MEMBER] |= said;
    snapshot->exported[RECORD_GROUP_OWNER] |= said;
}

void store_finish(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    finish_identities(store);
    finish_assignments(store);
    finish_directory(store);
    choose_tenant(store);
    finish_places(store);
    finish_principals(store);
    note_absence_of_groups(snapshot);
    ledger_close(store);
    store_id(store, RESOURCE_GROUP_TYPE);
    shrink_arrays(snapshot);
    snapshot->id_map_count = snapshot->ids.count;
    snapshot->principal_of_id = whole_map(&store->principal_of, snapshot->ids.count);
    snapshot->resource_of_id = whole_map(&store->resource_of, snapshot->ids.count);
}

static void free_maps(Store *store)
{
    id_map_free(&store->principal_of);
    id_map_free(&store->resource_of);
    id_map_free(&store->assignment_of);
    id_map_free(&store->instance_of);
    id_map_free(&store->deny_of);
    id_map_free(&store->lock_of);
    id_map_free(&store->role_of);
    id_map_free(&store->group_of);
    id_map_free(&store->subscription_of);
    id_map_free(&store->application_of);
    id_map_free(&store->credential_of);
    id_map_free(&store->directory_role_of);
    id_map_free(&store->unit_of);
    id_map_free(&store->not_relevant_of);
    triple_set_free(&store->relations);
    triple_set_free(&store->unit_members);
    interner_free(&store->directory_assignments);
    triple_set_free(&store->app_role_assignments);
    triple_set_free(&store->delegated_grants);
    triple_set_free(&store->placements);
}

void store_free(Store *store)
{
    free_maps(store);
    free(store->tuple_slots);
    ARRAY_FREE(&store->principal_states);
    ARRAY_FREE(&store->resource_states);
    ARRAY_FREE(&store->raw_attachments);
    ARRAY_FREE(&store->assignment_dates);
    ARRAY_FREE(&store->role_dates);
    ARRAY_FREE(&store->deny_dates);
    ARRAY_FREE(&store->group_dates);
    ARRAY_FREE(&store->instances);
    ARRAY_FREE(&store->pending_relations);
    ARRAY_FREE(&store->principal_properties);
    ARRAY_FREE(&store->app_role_names);
    ARRAY_FREE(&store->pending_lists);
    ARRAY_FREE(&store->places.groups);
}
