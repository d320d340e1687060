#include "base/memory.h"
#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/store.h"

#include <stdlib.h>
#include <string.h>

/* ---- role assignments by (principal, role, scope) ---- */

/* Azure refuses a second assignment of the same role to the same principal at the same scope, so
   the three together name an assignment that was exported without its id. */
static uint32_t tuple_hash(uint32_t principal, Id role, Id scope)
{
    uint64_t hash = principal * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ role) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ scope) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(hash >> 32);
}

static void tuple_insert(Store *store, uint32_t index)
{
    const RoleAssignment *assignment = &store->snapshot->role_assignments.items[index];
    uint32_t mask = store->tuple_slot_count - 1;
    uint32_t at =
        tuple_hash(assignment->principal, assignment->role_guid, assignment->scope) & mask;
    while (store->tuple_slots[at] != NONE)
        at = (at + 1) & mask;
    store->tuple_slots[at] = index;
}

/* The index is made when it is first asked for, which most exports never do. */
static void tuples_update(Store *store)
{
    uint32_t count = store->snapshot->role_assignments.count;
    if (count * 2 >= store->tuple_slot_count) {
        uint32_t slots = 64;
        while (slots <= count * 4)
            slots *= 2;
        store->tuple_slots = memory_resize(store->tuple_slots, slots, sizeof *store->tuple_slots);
        memset(store->tuple_slots, 0xff, slots * sizeof *store->tuple_slots);
        store->tuple_slot_count = slots;
        store->tuple_indexed = 0;
    }
    while (store->tuple_indexed < count)
        tuple_insert(store, store->tuple_indexed++);
}

static uint32_t find_tuple(Store *store, uint32_t principal, Id role, Id scope)
{
    tuples_update(store);
    uint32_t mask = store->tuple_slot_count - 1;
    uint32_t at = tuple_hash(principal, role, scope) & mask;
    for (; store->tuple_slots[at] != NONE; at = (at + 1) & mask) {
        uint32_t index = store->tuple_slots[at];
        const RoleAssignment *known = &store->snapshot->role_assignments.items[index];
        if (known->principal == principal && known->role_guid == role && known->scope == scope &&
            known->kind == ASSIGNMENT_PLAIN && !known->classic)
            return index;
    }
    return NONE;
}

/* ---- plain assignments ---- */

static const char *difference(const Snapshot *snapshot, const RoleAssignment *a,
                              const RoleAssignment *b)
{
    if (a->principal != b->principal)
        return "the principal";
    if (a->role_guid != b->role_guid)
        return "the role";
    if (a->scope != b->scope)
        return "the scope";
    if (a->condition == b->condition)
        return NULL;
    return text_equal(text_text(snapshot, a->condition), text_text(snapshot, b->condition))
               ? NULL
               : "the condition";
}

static RoleAssignment assignment_of_fact(Store *store, const AssignmentFact *fact,
                                         AssignmentKind kind)
{
    return (RoleAssignment){.id = store_id(store, fact->id),
                            .principal = NONE,
                            .role_guid = store_id(store, fact->role_guid),
                            .scope = store_id(store, fact->scope),
                            .condition = store_text(store, fact->condition),
                            .role_name = store_text(store, fact->role_name),
                            .start = fact->start,
                            .end = fact->end,
                            .kind = kind,
                            .record = NONE,
                            .window_record = NONE};
}

/* An Azure CLI list that names management groups and one subscription: see AssumedPlacement. */
static void note_place(Store *store, const RoleAssignment *assignment)
{
    ListPlaces *places = &store->places;
    const char *scope = id_text(store->snapshot, assignment->scope);
    const char *known = id_text(store->snapshot, places->subscription);
    size_t length = arm_id_subscription_length(scope);
    if (known && length == strlen(known) && text_starts_with_any_case(scope, known))
        return;
    if (length) {
        Id subscription = intern_bytes(&store->snapshot->ids, scope, length);
        places->several |= places->subscription != NONE && places->subscription != subscription;
        places->subscription = subscription;
        return;
    }
    length = arm_id_management_group_length(scope);
    if (!length)
        return;
    Id group = intern_bytes(&store->snapshot->ids, scope, length);
    if (!triple_set_add(&store->placements, places->number, group, NONE))
        return;
    AssumedPlacement placement = {group, NONE, assignment->record};
    ARRAY_PUSH(&places->groups, placement);
}

void commit_list_places(Store *store)
{
    ListPlaces *places = &store->places;
    for (uint32_t i = 0; i < places->groups.count; i++) {
        AssumedPlacement placement = places->groups.items[i];
        placement.subscription = places->subscription;
        if (places->subscription != NONE && !places->several &&
            triple_set_add(&store->placements, 0, placement.management_group,
                           placement.subscription))
            ARRAY_PUSH(&store->snapshot->assumed_placements, placement);
    }
    places->groups.count = 0;
    places->number++;
    places->subscription = NONE;
    places->several = false;
}

static void add_plain(Store *store, const Fact *fact, RoleAssignment *assignment)
{
    Snapshot *snapshot = store->snapshot;
    const PrincipalHint *hint = &fact->assignment->principal;
    assignment->record = store_record(store, fact);
    assignment->principal =
        store_principal(store, store_id(store, hint->object_id), assignment->record);
    store_hint(store, assignment->principal, hint, FROM_MENTION);
    ARRAY_PUSH(&snapshot->role_assignments, *assignment);
    ARRAY_PUSH(&store->assignment_dates, fact->newest);
    store->without_id += assignment->id == NONE;
    if (assignment->id != NONE)
        id_map_set(&store->assignment_of, assignment->id, snapshot->role_assignments.count - 1);
}

/* Of a tool that leaves conditions out, as AzureHound does. */
static bool leaves_out(const Store *store, uint32_t record)
{
    return store->snapshot->records.items[record].in_part;
}

/* Does the assignment take the place of the known one with the same id? */
static bool replaces(Store *store, const Fact *fact, const RoleAssignment *assignment,
                     uint32_t index)
{
    const RoleAssignment *known = &store->snapshot->role_assignments.items[index];
    const char *what = difference(store->snapshot, known, assignment);
    if (leaves_out(store, known->record) != fact->in_part)
        return !fact->in_part;
    return what && store_disagreement(store, fact, known->record,
                                      store->assignment_dates.items[index], what);
}

/* The same assignment again: a duplicate, unless it says something else and is newer, or says all
   of which the known one says a part. */
static bool repeat_plain(Store *store, const Fact *fact, RoleAssignment *assignment, uint32_t index)
{
    Snapshot *snapshot = store->snapshot;
    const PrincipalHint *hint = &fact->assignment->principal;
    assignment->principal = store_find_principal(store, hint->object_id);
    if (assignment->principal != NONE)
        store_hint(store, assignment->principal, hint, FROM_MENTION);
    RoleAssignment *known = &snapshot->role_assignments.items[index];
    if (known->role_name == NONE)
        known->role_name = assignment->role_name;
    if (!replaces(store, fact, assignment, index))
        return false;
    assignment->record = store_record(store, fact);
    assignment->principal =
        store_principal(store, store_id(store, hint->object_id), assignment->record);
    store_hint(store, assignment->principal, hint, FROM_MENTION);
    snapshot->role_assignments.items[index] = *assignment;
    store->assignment_dates.items[index] = fact->newest;
    store->tuple_slot_count = 0; /* the index is made anew */
    return true;
}

static uint32_t find_plain(Store *store, const RoleAssignment *assignment,
                           const PrincipalHint *hint)
{
    if (assignment->id != NONE) {
        uint32_t known = id_map_get(&store->assignment_of, assignment->id);
        if (known != NONE || !store->without_id)
            return known;
    }
    uint32_t principal = store_find_principal(store, hint->object_id);
    if (principal == NONE)
        return NONE;
    uint32_t known = find_tuple(store, principal, assignment->role_guid, assignment->scope);
    if (known == NONE || assignment->id == NONE)
        return known;
    RoleAssignment *unnamed = &store->snapshot->role_assignments.items[known];
    if (unnamed->id != NONE)
        return NONE; /* another assignment with the same content */
    unnamed->id = assignment->id;
    store->without_id--;
    id_map_set(&store->assignment_of, assignment->id, known);
    return known;
}

static bool commit_plain(Store *store, const Fact *fact)
{
    RoleAssignment assignment = assignment_of_fact(store, fact->assignment, ASSIGNMENT_PLAIN);
    uint32_t known = find_plain(store, &assignment, &fact->assignment->principal);
    bool used = true;
    if (known == NONE) {
        add_plain(store, fact, &assignment);
        known = store->snapshot->role_assignments.count - 1;
    } else {
        used = repeat_plain(store, fact, &assignment, known);
    }
    if (fact->assignment->command_line_list)
        note_place(store, &store->snapshot->role_assignments.items[known]);
    return used;
}

/* ---- PIM ---- */

static bool is_known_instance(Store *store, Id id)
{
    if (id == NONE)
        return false;
    if (id_map_get(&store->instance_of, id) != NONE)
        return true;
    id_map_set(&store->instance_of, id, 0);
    return false;
}

/* Active instances wait until all plain assignments are there: see finish_assignments. */
static bool commit_instance(Store *store, const Fact *fact)
{
    const AssignmentFact *body = fact->assignment;
    bool eligible = body->source == SOURCE_ELIGIBLE_INSTANCE;
    RoleAssignment assignment =
        assignment_of_fact(store, body, eligible ? ASSIGNMENT_ELIGIBLE : ASSIGNMENT_SCHEDULED);
    if (is_known_instance(store, assignment.id))
        return false;
    assignment.record = store_record(store, fact);
    assignment.principal =
        store_principal(store, store_id(store, body->principal.object_id), assignment.record);
    store_hint(store, assignment.principal, &body->principal, FROM_MENTION);
    if (eligible) {
        ARRAY_PUSH(&store->snapshot->role_assignments, assignment);
        ARRAY_PUSH(&store->assignment_dates, fact->newest);
    } else {
        PendingInstance instance = {assignment, store_id(store, body->origin)};
        ARRAY_PUSH(&store->instances, instance);
    }
    return true;
}

static bool commit_classic(Store *store, const Fact *fact)
{
    const AssignmentFact *body = fact->assignment;
    RoleAssignment assignment = assignment_of_fact(store, body, ASSIGNMENT_PLAIN);
    if (is_known_instance(store, assignment.id))
        return false;
    assignment.classic = true;
    assignment.record = store_record(store, fact);
    Id object_id = store_id(store, body->principal.object_id);
    assignment.principal = store_principal(store, object_id, assignment.record);
    store_hint(store, assignment.principal, &body->principal, FROM_MENTION);
    ARRAY_PUSH(&store->snapshot->role_assignments, assignment);
    ARRAY_PUSH(&store->assignment_dates, fact->newest);
    return true;
}

bool commit_assignment(Store *store, const Fact *fact)
{
    switch (fact->assignment->source) {
    case SOURCE_PLAIN:
        return commit_plain(store, fact);
    case SOURCE_ACTIVE_INSTANCE:
    case SOURCE_ELIGIBLE_INSTANCE:
        return commit_instance(store, fact);
    case SOURCE_CLASSIC:
        break;
    }
    return commit_classic(store, fact);
}

static bool has_window(const RoleAssignment *assignment)
{
    return assignment->window_record != NONE;
}

/*
 * An instance is the same grant as the plain assignment it came from and tells its time window.
 * Without one, or when that one has another window already, it is an assignment of its own.
 */
static void join_instance(Store *store, const PendingInstance *instance)
{
    Snapshot *snapshot = store->snapshot;
    const RoleAssignment *active = &instance->assignment;
    uint32_t plain =
        instance->origin == NONE ? NONE : id_map_get(&store->assignment_of, instance->origin);
    if (plain == NONE)
        plain = find_tuple(store, active->principal, active->role_guid, active->scope);
    if (plain != NONE && !has_window(&snapshot->role_assignments.items[plain])) {
        RoleAssignment *assignment = &snapshot->role_assignments.items[plain];
        assignment->start = active->start;
        assignment->end = active->end;
        assignment->window_record = active->record;
        return;
    }
    ARRAY_PUSH(&snapshot->role_assignments, *active);
    ARRAY_PUSH(&store->assignment_dates, TIME_NONE);
}

void finish_assignments(Store *store)
{
    for (uint32_t i = 0; i < store->instances.count; i++)
        join_instance(store, &store->instances.items[i]);
}

/* ---- role definitions ---- */

static bool same_list(const TextList *a, const TextList *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!text_equal_any_case(a->items[i], b->items[i]))
            return false;
    return true;
}

static bool same_blocks(const PermissionBlock *a, uint32_t a_count, const PermissionBlock *b,
                        uint32_t b_count)
{
    if (a_count != b_count)
        return false;
    for (uint32_t i = 0; i < a_count; i++)
        if (!same_list(&a[i].actions, &b[i].actions) ||
            !same_list(&a[i].not_actions, &b[i].not_actions) ||
            !same_list(&a[i].data_actions, &b[i].data_actions) ||
            !same_list(&a[i].not_data_actions, &b[i].not_data_actions) ||
            !text_equal(a[i].condition, b[i].condition))
            return false;
    return true;
}

static PermissionBlock *store_blocks(Store *store, const PermissionBlock *blocks, uint32_t count)
{
    Snapshot *snapshot = store->snapshot;
    PermissionBlock *copy = arena_allocate(&snapshot->arena, count, sizeof *copy);
    for (uint32_t i = 0; i < count; i++) {
        copy[i].actions = store_list(store, &blocks[i].actions);
        copy[i].not_actions = store_list(store, &blocks[i].not_actions);
        copy[i].data_actions = store_list(store, &blocks[i].data_actions);
        copy[i].not_data_actions = store_list(store, &blocks[i].not_data_actions);
        copy[i].condition = text_text(snapshot, store_text(store, blocks[i].condition));
    }
    return copy;
}

static RoleDefinition store_role(Store *store, const Fact *fact)
{
    const RoleFact *role = fact->role;
    return (RoleDefinition){.guid = role->guid,
                            .name = text_text(store->snapshot, store_text(store, role->name)),
                            .kind = role->kind,
                            .blocks = store_blocks(store, role->blocks, role->block_count),
                            .block_count = role->block_count,
                            .assignable_scopes = store_list(store, &role->assignable_scopes),
                            .record = store_record(store, fact)};
}

bool commit_role(Store *store, const Fact *fact)
{
    Snapshot *snapshot = store->snapshot;
    char guid[GUID_TEXT_BYTES];
    guid_format(&fact->role->guid, guid);
    Id id = store_id(store, guid);
    uint32_t index = id_map_get(&store->role_of, id);
    if (index == NONE) {
        ARRAY_PUSH(&snapshot->role_definitions, store_role(store, fact));
        ARRAY_PUSH(&store->role_dates, fact->newest);
        id_map_set(&store->role_of, id, snapshot->role_definitions.count - 1);
        return true;
    }
    const RoleDefinition *known = &snapshot->role_definitions.items[index];
    if (same_blocks(known->blocks, known->block_count, fact->role->blocks,
                    fact->role->block_count) ||
        !store_disagreement(store, fact, known->record, store->role_dates.items[index],
                            "what the role allows"))
        return false;
    snapshot->role_definitions.items[index] = store_role(store, fact);
    store->role_dates.items[index] = fact->newest;
    return true;
}

/* ---- deny assignments and locks ---- */

static uint32_t *store_hints(Store *store, const PrincipalHint *hints, uint32_t count,
                             uint32_t record)
{
    uint32_t *principals = arena_allocate(&store->snapshot->arena, count, sizeof *principals);
    for (uint32_t i = 0; i < count; i++) {
        principals[i] = store_principal(store, store_id(store, hints[i].object_id), record);
        store_hint(store, principals[i], &hints[i], FROM_MENTION);
    }
    return principals;
}

static DenyAssignment store_deny(Store *store, const Fact *fact)
{
    const DenyFact *body = fact->deny;
    uint32_t record = store_record(store, fact);
    return (DenyAssignment){
        .id = store_id(store, body->id),
        .name = store_text(store, body->name),
        .scope = store_id(store, body->scope),
        .blocks = store_blocks(store, body->blocks, body->block_count),
        .block_count = body->block_count,
        .principals = store_hints(store, body->principals, body->principal_count, record),
        .principal_count = body->principal_count,
        .excluded = store_hints(store, body->excluded, body->excluded_count, record),
        .excluded_count = body->excluded_count,
        .everyone = body->everyone,
        .not_for_child_scopes = body->not_for_child_scopes,
        .system_protected = body->system_protected,
        .audit_only = body->audit_only,
        .condition = store_text(store, body->condition),
        .record = record};
}

static bool same_principals(const Snapshot *snapshot, const uint32_t *principals, uint32_t count,
                            const PrincipalHint *hints, uint32_t hint_count)
{
    if (count != hint_count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!text_equal_any_case(
                id_text(snapshot, snapshot->principals.items[principals[i]].object_id),
                hints[i].object_id))
            return false;
    return true;
}

static bool same_deny(const Snapshot *snapshot, const DenyAssignment *deny, const DenyFact *fact)
{
    return deny->everyone == fact->everyone && deny->audit_only == fact->audit_only &&
           deny->not_for_child_scopes == fact->not_for_child_scopes &&
           text_equal(text_text(snapshot, deny->condition), fact->condition) &&
           same_blocks(deny->blocks, deny->block_count, fact->blocks, fact->block_count) &&
           same_principals(snapshot, deny->principals, deny->principal_count, fact->principals,
                           fact->principal_count) &&
           same_principals(snapshot, deny->excluded, deny->excluded_count, fact->excluded,
                           fact->excluded_count);
}

bool commit_deny(Store *store, const Fact *fact)
{
    Snapshot *snapshot = store->snapshot;
    Id id = store_id(store, fact->deny->id);
    uint32_t index = id == NONE ? NONE : id_map_get(&store->deny_of, id);
    if (index == NONE) {
        ARRAY_PUSH(&snapshot->deny_assignments, store_deny(store, fact));
        ARRAY_PUSH(&store->deny_dates, fact->newest);
        if (id != NONE)
            id_map_set(&store->deny_of, id, snapshot->deny_assignments.count - 1);
        return true;
    }
    const DenyAssignment *known = &snapshot->deny_assignments.items[index];
    if (same_deny(snapshot, known, fact->deny) ||
        !store_disagreement(store, fact, known->record, store->deny_dates.items[index],
                            "what the deny assignment says"))
        return false;
    snapshot->deny_assignments.items[index] = store_deny(store, fact);
    store->deny_dates.items[index] = fact->newest;
    return true;
}

bool commit_lock(Store *store, const Fact *fact)
{
    Snapshot *snapshot = store->snapshot;
    Id id = store_id(store, fact->lock->id);
    uint32_t index = id_map_get(&store->lock_of, id);
    if (index != NONE) {
        if (snapshot->locks.items[index].read_only != fact->lock->read_only)
            store_disagreement(store, fact, snapshot->locks.items[index].record, TIME_NONE,
                               "the level of the lock");
        return false;
    }
    Lock lock = {.id = id,
                 .scope = store_id(store, fact->lock->scope),
                 .read_only = fact->lock->read_only,
                 .record = store_record(store, fact)};
    ARRAY_PUSH(&snapshot->locks, lock);
    id_map_set(&store->lock_of, id, snapshot->locks.count - 1);
    return true;
}
