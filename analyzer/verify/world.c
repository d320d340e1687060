#include "verify/world.h"

#include "base/memory.h"
#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const surety_names[] = {"certain", "conditional", "eligible", "assumed", "no"};

const char *surety_name(Surety surety)
{
    return surety_names[surety];
}

bool surety_parse(const char *text, Surety *surety)
{
    for (Surety s = SURE; text && s < NEVER; s++) {
        if (!text_equal(text, surety_names[s]))
            continue;
        *surety = s;
        return true;
    }
    return false;
}

/* ---- lists by number ---- */

typedef struct Entry {
    uint32_t key, value;
} Entry;

typedef ARRAY(Entry) EntryList;

static void add_entry(EntryList *list, uint32_t key, uint32_t value)
{
    Entry entry = {key, value};
    if (key != NONE)
        ARRAY_PUSH(list, entry);
}

static Index index_of(EntryList *list, uint32_t keys, Arena *arena)
{
    Index index = {arena_allocate(arena, (size_t)keys + 2, sizeof(uint32_t)),
                   arena_allocate(arena, list->count + 1, sizeof(uint32_t))};
    for (uint32_t i = 0; i < list->count; i++)
        index.first[list->items[i].key + 2]++;
    for (uint32_t i = 2; i < keys + 2; i++)
        index.first[i] += index.first[i - 1];
    for (uint32_t i = 0; i < list->count; i++)
        index.items[index.first[list->items[i].key + 1]++] = list->items[i].value;
    ARRAY_FREE(list);
    return index;
}

/* ---- places ---- */

/* How long the parent's id is, as the id itself tells: two segments less, and the provider before
   them; 0: it does not tell. */
static size_t parent_length(const char *id)
{
    size_t length = strlen(id);
    for (int i = 0; i < 2; i++) {
        while (length && id[length - 1] != '/')
            length--;
        if (length)
            length--;
    }
    size_t at = length;
    while (at && id[at - 1] != '/')
        at--;
    static const char providers[] = "/providers/";
    size_t word = sizeof providers - 1;
    if (at >= word) {
        char behind[sizeof providers];
        memcpy(behind, id + at - word, word);
        behind[word] = '\0';
        if (text_equal_any_case(behind, providers))
            length = at - word;
    }
    return length;
}

static Level level_of(const char *id)
{
    size_t group = arm_id_management_group_length(id);
    size_t subscription = arm_id_subscription_length(id);
    if (text_equal(id, "/"))
        return LEVEL_ROOT;
    if (group && !id[group])
        return LEVEL_GROUP;
    if (subscription && !id[subscription])
        return LEVEL_SUBSCRIPTION;
    static const char groups[] = "/resourceGroups/";
    if (subscription && text_starts_with_any_case(id + subscription, groups) &&
        !strchr(id + subscription + sizeof groups - 1, '/'))
        return LEVEL_RESOURCE_GROUP;
    return LEVEL_RESOURCE;
}

static uint32_t add_place(World *world, const char *id)
{
    if (!id || *id != '/')
        return NONE;
    uint32_t known = interner_find(&world->place_ids, id);
    if (known != NONE)
        return known;
    Place place = {.parent = NONE,
                   .first_child = NONE,
                   .next_sibling = NONE,
                   .resource = NONE,
                   .type = NONE,
                   .subscription = NONE,
                   .level = level_of(id)};
    uint32_t index = intern(&world->place_ids, id);
    place.id = interned_text(&world->place_ids, index);
    ARRAY_PUSH(&world->places, place);
    size_t length = place.level == LEVEL_RESOURCE || place.level == LEVEL_RESOURCE_GROUP
                        ? parent_length(place.id)
                        : 0;
    if (length) {
        char *above = arena_copy_bytes(&world->arena, place.id, length);
        uint32_t parent = add_place(world, above);
        world->places.items[index].parent = parent;
    }
    return index;
}

static uint32_t add_place_of_id(World *world, Id id)
{
    return add_place(world, id_text(world->snapshot, id));
}

uint32_t place_find(const World *world, const char *id)
{
    return id ? interner_find(&world->place_ids, id) : NONE;
}

uint32_t place_of_id(const World *world, Id id)
{
    return id == NONE ? NONE : world->place_by_id[id];
}

static void index_places_by_id(World *world)
{
    uint32_t count = world->snapshot->ids.count;
    world->place_by_id = arena_allocate(&world->arena, (size_t)count + 1, sizeof(uint32_t));
    for (Id id = 0; id < count; id++)
        world->place_by_id[id] = place_find(world, id_text(world->snapshot, id));
}

static void add_property_places(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    const FieldTable *fields = snapshot->fields;
    bool *holds_id = memory_allocate(fields->names.count + 1, sizeof *holds_id);
    for (uint32_t i = 0; i < fields->field_count; i++)
        if (fields->fields[i].kind == FIELD_ID || fields->fields[i].kind == FIELD_LIST)
            holds_id[fields->fields[i].name] = true;
    for (uint32_t i = 0; i < snapshot->properties.count; i++) {
        const Property *property = &snapshot->properties.items[i];
        const char *value = text_text(snapshot, property->value);
        if (!value || !holds_id[property->name])
            continue;
        if (text_starts_with_any_case(value, "azureml:"))
            value += strlen("azureml:");
        if (!text_starts_with_any_case(value, "/subscriptions/"))
            continue;
        size_t size = strlen(value) + 2;
        char *normal = memory_allocate(size, 1);
        add_place(world, scope_normalise(value, normal, size));
        free(normal);
    }
    free(holds_id);
}

static void gather_places(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    add_place(world, "/");
#define GATHER(array, member)                                                                      \
    for (uint32_t i = 0; i < snapshot->array.count; i++)                                           \
    add_place_of_id(world, snapshot->array.items[i].member)
    GATHER(management_groups, id);
    GATHER(management_groups, parent);
    GATHER(subscriptions, id);
    GATHER(subscriptions, management_group);
    GATHER(resources, id);
    GATHER(role_assignments, scope);
    GATHER(deny_assignments, scope);
    GATHER(locks, scope);
    GATHER(assumed_placements, management_group);
    GATHER(assumed_placements, subscription);
    GATHER(principals, resource_id);
    GATHER(federated_credentials, parent);
#undef GATHER
    add_property_places(world);
}

static void find_tenant_root(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    const char *tenant = id_text(snapshot, snapshot->tenant_id);
    uint32_t without_parent = NONE, count = 0;
    world->tenant_root = NONE;
    for (uint32_t i = 0; tenant && i < world->places.count; i++)
        if (world->places.items[i].level == LEVEL_GROUP &&
            text_equal_any_case(arm_id_name(world->places.items[i].id), tenant))
            world->tenant_root = i;
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++)
        if (snapshot->management_groups.items[i].is_tenant_root) {
            without_parent = place_of_id(world, snapshot->management_groups.items[i].id);
            count++;
        }
    if (world->tenant_root == NONE && count == 1)
        world->tenant_root = without_parent;
}

static bool is_root_group(const World *world, uint32_t place)
{
    const Snapshot *snapshot = world->snapshot;
    const char *tenant = id_text(snapshot, snapshot->tenant_id);
    if (tenant && text_equal_any_case(arm_id_name(world->places.items[place].id), tenant))
        return true;
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++)
        if (snapshot->management_groups.items[i].is_tenant_root &&
            place_of_id(world, snapshot->management_groups.items[i].id) == place)
            return true;
    return false;
}

/* Two exports can tell a ring of groups: what is above then is not told. */
static bool closes_ring(const World *world, uint32_t child, uint32_t parent)
{
    for (uint32_t at = parent, steps = 0; at != NONE; at = world->places.items[at].parent)
        if (at == child || steps++ > world->places.count)
            return true;
    return false;
}

static void put_below(World *world, Id child, Id parent)
{
    uint32_t lower = place_of_id(world, child), upper = place_of_id(world, parent);
    if (lower == NONE || upper == NONE || world->places.items[lower].parent != NONE ||
        is_root_group(world, lower) || closes_ring(world, lower, upper))
        return;
    world->places.items[lower].parent = upper;
}

static void hang_places(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    find_tenant_root(world);
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++)
        put_below(world, snapshot->management_groups.items[i].id,
                  snapshot->management_groups.items[i].parent);
    for (uint32_t i = 0; i < snapshot->subscriptions.count; i++)
        put_below(world, snapshot->subscriptions.items[i].id,
                  snapshot->subscriptions.items[i].management_group);
    for (uint32_t i = 1; i < world->places.count; i++) {
        Place *place = &world->places.items[i];
        bool movable = place->level == LEVEL_GROUP || place->level == LEVEL_SUBSCRIPTION;
        if (place->parent != NONE)
            continue;
        place->parent = 0;
        if (!movable || is_root_group(world, i))
            continue;
        place->loose = true;
        if (world->tenant_root != NONE)
            place->parent = world->tenant_root;
    }
    for (uint32_t i = 1; i < world->places.count; i++) {
        Place *place = &world->places.items[i];
        place->next_sibling = world->places.items[place->parent].first_child;
        world->places.items[place->parent].first_child = i;
    }
}

/* Depth first, without recursion: the parent links lead back. */
static void number_places(World *world)
{
    Place *places = world->places.items;
    uint32_t number = 0, at = 0;
    for (;;) {
        Place *place = &places[at];
        place->enter = number++;
        if (place->parent != NONE) {
            place->loose = (place->level == LEVEL_GROUP || place->level == LEVEL_SUBSCRIPTION) &&
                           (place->loose || places[place->parent].loose);
            place->subscription = places[place->parent].subscription;
        }
        if (place->level == LEVEL_SUBSCRIPTION)
            place->subscription = at;
        if (place->first_child != NONE) {
            at = place->first_child;
            continue;
        }
        while (at != NONE && (places[at].end = number, places[at].next_sibling == NONE))
            at = places[at].parent;
        if (at == NONE)
            return;
        at = places[at].next_sibling;
    }
}

static void describe_places(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    char type[ARM_ID_MAX_BYTES + 1];
    for (uint32_t i = snapshot->resources.count; i-- > 0;) {
        uint32_t place = place_of_id(world, snapshot->resources.items[i].id);
        if (place != NONE)
            world->places.items[place].resource = i;
    }
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++) {
        uint32_t place = place_of_id(world, snapshot->role_assignments.items[i].scope);
        if (place != NONE)
            world->places.items[place].assigned = true;
    }
    for (uint32_t i = 0; i < world->places.count; i++) {
        if (world->places.items[i].level < LEVEL_RESOURCE_GROUP)
            ARRAY_PUSH(&world->upper, i);
        if (world->places.items[i].assigned || i == 0)
            ARRAY_PUSH(&world->assigned, i);
    }
    world->resource_group_type = intern(&world->types, RESOURCE_GROUP_TYPE);
    for (uint32_t i = 0; i < world->places.count; i++) {
        Place *place = &world->places.items[i];
        const Resource *resource = place_resource(world, i);
        const char *name = resource ? id_text(snapshot, resource->type) : NULL;
        if (!name && place->level == LEVEL_RESOURCE)
            name = arm_id_type(place->id, type, sizeof type);
        if (!name && place->level == LEVEL_RESOURCE_GROUP)
            name = RESOURCE_GROUP_TYPE;
        place->type = name ? intern(&world->types, name) : NONE;
    }
}

/* What counts as a resource: one that was exported, a resource group, and what a role is assigned
   at, for it exists. */
static void index_types(World *world)
{
    EntryList list = {0}, named = {0};
    uint32_t *at = memory_allocate(world->places.count, sizeof *at);
    for (uint32_t i = 0; i < world->places.count; i++)
        at[world->places.items[i].enter] = i;
    for (uint32_t n = 0; n < world->places.count; n++) {
        const Place *place = &world->places.items[at[n]];
        bool counts =
            place->level == LEVEL_RESOURCE_GROUP || place->resource != NONE || place->assigned;
        if (counts)
            add_entry(&list, place->type, at[n]);
        add_entry(&named, place->type, at[n]);
    }
    world->of_type = index_of(&list, world->types.count, &world->arena);
    world->named_of_type = index_of(&named, world->types.count, &world->arena);
    free(at);
}

bool place_is_type(const World *world, uint32_t place, const char *type)
{
    uint32_t own = world->places.items[place].type;
    return own != NONE && text_equal_any_case(interned_text(&world->types, own), type);
}

const Resource *place_resource(const World *world, uint32_t place)
{
    uint32_t resource = place == NONE ? NONE : world->places.items[place].resource;
    return resource == NONE ? NULL : &world->snapshot->resources.items[resource];
}

static bool below(const World *world, uint32_t outer, uint32_t inner)
{
    const Place *o = &world->places.items[outer], *i = &world->places.items[inner];
    return o->enter <= i->enter && i->enter < o->end;
}

Surety contains(const World *world, uint32_t outer, uint32_t inner)
{
    const Snapshot *snapshot = world->snapshot;
    if (below(world, outer, inner))
        return SURE;
    uint32_t subscription = world->places.items[inner].subscription;
    if (world->places.items[outer].level != LEVEL_GROUP || subscription == NONE ||
        !world->places.items[subscription].loose)
        return NEVER;
    if (world->places.items[outer].loose)
        return IF_ASSUMED;
    for (uint32_t i = 0; i < snapshot->assumed_placements.count; i++) {
        const AssumedPlacement *placement = &snapshot->assumed_placements.items[i];
        uint32_t group = place_of_id(world, placement->management_group);
        if (group != NONE && place_of_id(world, placement->subscription) == subscription &&
            below(world, outer, group))
            return IF_ASSUMED;
    }
    return NEVER;
}

bool placement_record(const World *world, uint32_t record)
{
    const Snapshot *snapshot = world->snapshot;
    for (uint32_t i = 0; i < snapshot->assumed_placements.count; i++)
        if (snapshot->assumed_placements.items[i].record == record)
            return true;
    return false;
}

static uint32_t listed_below(const World *world, const Index *index, uint32_t type, uint32_t place,
                             const uint32_t **first)
{
    *first = NULL;
    if (type == NONE || type >= world->types.count)
        return 0;
    uint32_t bounds[2];
    for (int i = 0; i < 2; i++) {
        uint32_t wanted = i ? world->places.items[place].end : world->places.items[place].enter;
        uint32_t low = index->first[type], high = index->first[type + 1];
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (world->places.items[index->items[middle]].enter < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        bounds[i] = low;
    }
    *first = index->items + bounds[0];
    return bounds[1] - bounds[0];
}

uint32_t places_below(const World *world, uint32_t type, uint32_t place, const uint32_t **first)
{
    return listed_below(world, &world->of_type, type, place, first);
}

uint32_t named_below(const World *world, uint32_t type, uint32_t place, const uint32_t **first)
{
    return listed_below(world, &world->named_of_type, type, place, first);
}

/* ---- names, as people read them ---- */

const char *place_name(const World *world, uint32_t place)
{
    const Snapshot *snapshot = world->snapshot;
    const Place *p = &world->places.items[place];
    Id id = snapshot_find_id(snapshot, p->id);
    const char *name = NULL;
    if (p->level == LEVEL_ROOT)
        return "the whole tenant";
    if (p->level == LEVEL_SUBSCRIPTION)
        for (uint32_t i = 0; i < snapshot->subscriptions.count && !name; i++)
            if (snapshot->subscriptions.items[i].id == id)
                name = text_text(snapshot, snapshot->subscriptions.items[i].name);
    if (p->level == LEVEL_GROUP)
        for (uint32_t i = 0; i < snapshot->management_groups.count && !name; i++)
            if (snapshot->management_groups.items[i].id == id)
                name = text_text(snapshot, snapshot->management_groups.items[i].display_name);
    const char *spelled = id_text(snapshot, id);
    return name ? name : arm_id_short_name(spelled ? spelled : p->id);
}

const char *term_words(const World *world, Term term)
{
    return is_person(term) ? principal_name(world->snapshot, person_of(term))
                           : place_name(world, term);
}

/* ---- principals ---- */

const char *kind_word(PrincipalKind kind)
{
    static const char *const words[] = {
        [PRINCIPAL_UNKNOWN] = "unknown",
        [PRINCIPAL_USER] = "user",
        [PRINCIPAL_GROUP] = "group",
        [PRINCIPAL_SERVICE_PRINCIPAL] = "service-principal",
        [PRINCIPAL_SYSTEM_ASSIGNED] = "managed-identity",
        [PRINCIPAL_USER_ASSIGNED] = "managed-identity",
    };
    return words[kind];
}

bool can_activate(const World *world, uint32_t principal)
{
    PrincipalKind kind = world->snapshot->principals.items[principal].kind;
    return kind == PRINCIPAL_USER || kind == PRINCIPAL_UNKNOWN;
}

static uint32_t *map_of_ids(World *world)
{
    uint32_t count = world->snapshot->ids.count;
    uint32_t *map = arena_allocate(&world->arena, (size_t)count + 1, sizeof *map);
    memset(map, 0xff, ((size_t)count + 1) * sizeof *map);
    return map;
}

static void index_principals(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    uint32_t principals = snapshot->principals.count;
    EntryList members = {0}, assignments = {0}, policies = {0};
    for (uint32_t i = 0; i < snapshot->relations.count; i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[i];
        if (relation->kind == RELATION_MEMBER && relation->object != NONE)
            add_entry(&members, relation->subject, i);
    }
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++)
        add_entry(&assignments, snapshot->role_assignments.items[i].principal, i);
    for (uint32_t i = 0; i < snapshot->access_policies.count; i++)
        add_entry(&policies, snapshot->access_policies.items[i].principal, i);
    world->memberships = index_of(&members, principals, &world->arena);
    world->assignments = index_of(&assignments, principals, &world->arena);
    world->policies = index_of(&policies, principals, &world->arena);
    world->app_principal = map_of_ids(world);
    world->identity_of_id = map_of_ids(world);
    world->application_at = map_of_ids(world);
    world->application_of = arena_allocate(&world->arena, (size_t)principals + 1, sizeof(uint32_t));
    world->restricted = arena_allocate(&world->arena, (size_t)principals + 1, sizeof(bool));
    memset(world->application_of, 0xff, ((size_t)principals + 1) * sizeof(uint32_t));
    for (uint32_t i = 0; i < principals; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        if (principal->app_id != NONE && world->app_principal[principal->app_id] == NONE)
            world->app_principal[principal->app_id] = i;
        if (principal->kind == PRINCIPAL_USER_ASSIGNED && principal->resource_id != NONE)
            world->identity_of_id[principal->resource_id] = i;
    }
    for (uint32_t i = 0; i < snapshot->applications.count; i++) {
        const Application *application = &snapshot->applications.items[i];
        if (application->object_id != NONE)
            world->application_at[application->object_id] = i;
        uint32_t principal =
            application->app_id == NONE ? NONE : world->app_principal[application->app_id];
        if (principal != NONE)
            world->application_of[principal] = i;
    }
    for (uint32_t i = 0; i < snapshot->unit_members.count; i++)
        if (snapshot->administrative_units.items[snapshot->unit_members.items[i].unit].restricted)
            world->restricted[snapshot->unit_members.items[i].principal] = true;
}

uint32_t service_principal_of(const World *world, Id application)
{
    uint32_t index = application == NONE ? NONE : world->application_at[application];
    Id app_id = index == NONE ? NONE : world->snapshot->applications.items[index].app_id;
    return app_id == NONE ? NONE : world->app_principal[app_id];
}

/* ---- what is in the way ---- */

static void index_obstacles(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    EntryList denies = {0}, locks = {0};
    for (uint32_t i = 0; i < snapshot->deny_assignments.count; i++)
        if (!snapshot->deny_assignments.items[i].audit_only)
            add_entry(&denies, place_of_id(world, snapshot->deny_assignments.items[i].scope), i);
    for (uint32_t i = 0; i < snapshot->locks.count; i++)
        add_entry(&locks, place_of_id(world, snapshot->locks.items[i].scope), i);
    world->denies_at = index_of(&denies, world->places.count, &world->arena);
    world->locks_at = index_of(&locks, world->places.count, &world->arena);
    for (uint32_t i = 0; i < world->places.count; i++)
        if (world->denies_at.first[i] < world->denies_at.first[i + 1] ||
            world->locks_at.first[i] < world->locks_at.first[i + 1])
            ARRAY_PUSH(&world->hindered, i);
}

/* ---- roles ---- */

static void add_role(World *world, const RoleDefinition *role)
{
    char guid[GUID_TEXT_BYTES];
    guid_format(&role->guid, guid);
    if (intern(&world->role_guids, guid) == world->roles.count)
        ARRAY_PUSH(&world->roles, role); /* NOLINT(bugprone-sizeof-expression): pointers */
}

static const RoleDefinition *find_role(const World *world, const RoleAssignment *assignment)
{
    Guid guid;
    char text[GUID_TEXT_BYTES];
    const char *id = id_text(world->snapshot, assignment->role_guid);
    if (!id || !guid_parse(id, &guid))
        return NULL;
    guid_format(&guid, text);
    uint32_t index = interner_find(&world->role_guids, text);
    return index == NONE ? NULL : world->roles.items[index];
}

static void index_roles(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    uint32_t count = snapshot->role_assignments.count;
    for (uint32_t i = 0; i < snapshot->role_definitions.count; i++)
        add_role(world, &snapshot->role_definitions.items[i]);
    for (uint32_t i = 0; i < world->rules->built_in_roles.count; i++)
        add_role(world, &world->rules->built_in_roles.items[i]);
    world->words_of_assignment =
        arena_allocate(&world->arena, (size_t)count + 1, sizeof *world->words_of_assignment);
    world->role_of_assignment =
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
        arena_allocate(&world->arena, (size_t)count + 1, sizeof *world->role_of_assignment);
    for (uint32_t i = 0; i < count; i++)
        world->role_of_assignment[i] = find_role(world, &snapshot->role_assignments.items[i]);
}

/* ---- records ---- */

typedef struct Location {
    uint32_t file, container, index;
} Location;

static void index_records(World *world)
{
    const Snapshot *snapshot = world->snapshot;
    world->location_of_record =
        arena_allocate(&world->arena, (size_t)snapshot->records.count + 1, sizeof(uint32_t));
    for (uint32_t i = 0; i < snapshot->records.count; i++) {
        const Record *record = &snapshot->records.items[i];
        Location location = {record->file, record->container, record->index};
        uint32_t at = intern_bytes(&world->locations, (const char *)&location, sizeof location);
        world->location_of_record[i] = at;
        if (at == world->record_at.count)
            ARRAY_PUSH(&world->record_at, i);
    }
    EntryList assignments = {0};
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++)
        add_entry(&assignments,
                  world->location_of_record[snapshot->role_assignments.items[i].record], i);
    world->assignments_at = index_of(&assignments, world->locations.count, &world->arena);
    for (uint32_t i = 0; i < snapshot->files.count; i++)
        if (intern(&world->files, snapshot->files.items[i].path) == world->file_at.count)
            ARRAY_PUSH(&world->file_at, i);
}

static uint32_t find_location(const World *world, uint32_t file, uint32_t line,
                              const char *container, size_t length_bytes, uint32_t index)
{
    const Snapshot *snapshot = world->snapshot;
    Location location = {file, interner_find_bytes(&snapshot->texts, container, length_bytes),
                         index};
    uint32_t found =
        interner_find_bytes(&world->locations, (const char *)&location, sizeof location);
    bool there =
        found != NONE && snapshot->records.items[world->record_at.items[found]].line == line;
    return there ? found : NONE;
}

uint32_t location_find(const World *world, const char *file, const char *pointer, uint32_t line)
{
    uint32_t index = interner_find(&world->files, file);
    if (index == NONE)
        return NONE;
    index = world->file_at.items[index];
    uint32_t whole = find_location(world, index, line, pointer, strlen(pointer), NONE);
    if (whole != NONE)
        return whole;
    const char *slash = strrchr(pointer, '/');
    if (!slash || !slash[1] || strspn(slash + 1, "0123456789") != strlen(slash + 1) ||
        strlen(slash + 1) > 9)
        return NONE;
    return find_location(world, index, line, pointer, (size_t)(slash - pointer),
                         (uint32_t)strtoul(slash + 1, NULL, 10));
}

/* ---- all of it ---- */

void world_build(World *world, const Snapshot *snapshot, const Rules *rules,
                 const VerifyOptions *options)
{
    *world = (World){.snapshot = snapshot, .rules = rules, .options = *options};
    world->place_ids = interner_new(CASE_IGNORED);
    world->types = interner_new(CASE_IGNORED);
    world->role_guids = interner_new(CASE_IGNORED);
    world->locations = interner_new(CASE_MATTERS);
    world->files = interner_new(CASE_MATTERS);
    world->actions = interner_new(CASE_MATTERS);
    world->action_keys = interner_new(CASE_MATTERS);
    world->admitted_keys = interner_new(CASE_MATTERS);
    world->fact_keys = interner_new(CASE_MATTERS);
    gather_places(world);
    index_places_by_id(world);
    hang_places(world);
    number_places(world);
    describe_places(world);
    index_types(world);
    index_principals(world);
    index_obstacles(world);
    index_roles(world);
    index_records(world);
    links_find(world);
}

void world_free(World *world)
{
    for (uint32_t i = 0; i < RELATION_NAME_COUNT; i++)
        ARRAY_FREE(&world->links[i].rows);
    interner_free(&world->place_ids);
    interner_free(&world->types);
    interner_free(&world->role_guids);
    interner_free(&world->locations);
    interner_free(&world->files);
    ARRAY_FREE(&world->record_at);
    ARRAY_FREE(&world->file_at);
    interner_free(&world->actions);
    interner_free(&world->action_keys);
    interner_free(&world->admitted_keys);
    interner_free(&world->fact_keys);
    ARRAY_FREE(&world->places);
    ARRAY_FREE(&world->hindered);
    ARRAY_FREE(&world->upper);
    ARRAY_FREE(&world->assigned);
    ARRAY_FREE(&world->roles);
    ARRAY_FREE(&world->action_answers);
    ARRAY_FREE(&world->admitted);
    ARRAY_FREE(&world->fact_answers);
    arena_free(&world->arena);
}
