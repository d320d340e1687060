#include "graph/directory.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static const char GRAPH_APP_ID[] = "00000003-0000-0000-c000-000000000000";

/* Roles that can give a role scoped to a restricted unit, their own included. */
static const char GLOBAL_ADMINISTRATOR[] = "62e90394-69f5-4237-9190-012177145e10";
static const char PRIVILEGED_ROLE_ADMINISTRATOR[] = "e8611ab8-c189-46e8-94e1-60213ab1f814";

/* ---- by principal: counting, then filling ---- */

/* Entry i of `first` holds how many principal i - 1 has; makes it where principal i begins. */
static void add_up(uint32_t *first, uint32_t count)
{
    for (uint32_t i = 1; i <= count; i++)
        first[i] += first[i - 1];
}

/* ---- group memberships and owners ---- */

static bool leads_to_group(const Snapshot *snapshot, const DirectoryRelation *relation)
{
    return relation->object != NONE &&
           snapshot->principals.items[relation->object].kind == PRINCIPAL_GROUP;
}

static void find_groups(Directory *directory)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t principals = snapshot->principals.count;
    uint32_t *next = arena_allocate(&directory->arena, principals + 1, sizeof *next);
    directory->first_group =
        arena_allocate(&directory->arena, principals + 1, sizeof *directory->first_group);
    directory->groups =
        arena_allocate(&directory->arena, snapshot->relations.count, sizeof *directory->groups);
    for (uint32_t i = 0; i < snapshot->relations.count; i++)
        if (leads_to_group(snapshot, &snapshot->relations.items[i]))
            directory->first_group[snapshot->relations.items[i].subject + 1]++;
    add_up(directory->first_group, principals);
    memcpy(next, directory->first_group, (principals + 1) * sizeof *next);
    for (uint32_t i = 0; i < snapshot->relations.count; i++)
        if (leads_to_group(snapshot, &snapshot->relations.items[i]))
            directory->groups[next[snapshot->relations.items[i].subject]++] = i;
}

/* ---- who holds a role ---- */

static bool is_over(const Access *access, const DirectoryRoleAssignment *assignment)
{
    if (access->as_of == TIME_NONE)
        return false;
    return (assignment->start != TIME_NONE && access->as_of < assignment->start) ||
           (assignment->end != TIME_NONE && access->as_of >= assignment->end);
}

typedef ARRAY(DirectoryHolding) HoldingList;

static void hold(const Directory *directory, HoldingList *list, uint32_t principal,
                 uint32_t assignment, uint32_t membership_record)
{
    bool eligible = directory->snapshot->directory_roles.items[assignment].eligible;
    bool group = directory->snapshot->principals.items[principal].kind == PRINCIPAL_GROUP;
    if (eligible && !group && !access_can_activate(directory->access, principal))
        return;
    DirectoryHolding holding = {principal, assignment, membership_record,
                                (uint8_t)(eligible ? ELIGIBLE : CERTAIN)};
    ARRAY_PUSH(list, holding);
}

static int by_principal_then_assignment(const void *left, const void *right)
{
    const DirectoryHolding *a = left;
    const DirectoryHolding *b = right;
    if (a->principal != b->principal)
        return a->principal < b->principal ? -1 : 1;
    if (a->assignment != b->assignment)
        return a->assignment < b->assignment ? -1 : 1;
    return (a->membership_record > b->membership_record) -
           (a->membership_record < b->membership_record);
}

/* The assignments of each group, to hand them on to its members. */
static void hold_through_groups(const Directory *directory, HoldingList *list)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t own = list->count;
    for (uint32_t i = 0; i < snapshot->relations.count; i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[i];
        if (relation->kind != RELATION_MEMBER || !leads_to_group(snapshot, relation) ||
            snapshot->principals.items[relation->subject].kind == PRINCIPAL_GROUP)
            continue;
        uint32_t low = 0;
        uint32_t high = own;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (list->items[middle].principal < relation->object)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < own && list->items[low].principal == relation->object; low++)
            hold(directory, list, relation->subject, list->items[low].assignment, relation->record);
    }
}

static void find_holdings(Directory *directory)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t principals = snapshot->principals.count;
    HoldingList list = {0};
    for (uint32_t i = 0; i < snapshot->directory_roles.count; i++)
        if (!is_over(directory->access, &snapshot->directory_roles.items[i]))
            hold(directory, &list, snapshot->directory_roles.items[i].principal, i, NONE);
    if (list.count)
        qsort(list.items, list.count, sizeof *list.items, by_principal_then_assignment);
    hold_through_groups(directory, &list);
    if (list.count)
        qsort(list.items, list.count, sizeof *list.items, by_principal_then_assignment);
    directory->holdings =
        arena_allocate(&directory->arena, list.count, sizeof *directory->holdings);
    directory->first_holding =
        arena_allocate(&directory->arena, principals + 1, sizeof *directory->first_holding);
    for (uint32_t i = 0; i < list.count; i++) {
        directory->holdings[i] = list.items[i];
        directory->first_holding[list.items[i].principal + 1]++;
    }
    add_up(directory->first_holding, principals);
    ARRAY_FREE(&list);
}

/* ---- where a role counts ---- */

static uint32_t *by_id(Directory *directory)
{
    uint32_t *map = arena_allocate(&directory->arena, directory->snapshot->ids.count, sizeof *map);
    memset(map, 0xff, directory->snapshot->ids.count * sizeof *map);
    return map;
}

/* Per id of an application: its service principal. */
static uint32_t *service_principals_by_application(Directory *directory)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t *by_app_id = by_id(directory);
    uint32_t *principal_of = by_id(directory);
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        Id app_id = snapshot->principals.items[i].app_id;
        if (app_id != NONE && by_app_id[app_id] == NONE)
            by_app_id[app_id] = i;
    }
    for (uint32_t i = 0; i < snapshot->applications.count; i++) {
        const Application *application = &snapshot->applications.items[i];
        uint32_t principal = application->app_id == NONE ? NONE : by_app_id[application->app_id];
        if (application->object_id != NONE)
            principal_of[application->object_id] = principal;
        if (principal != NONE)
            directory->application_of[principal] = i;
    }
    return principal_of;
}

/* What the ids of a directory scope can mean; each per Snapshot.ids. */
typedef struct ScopeIds {
    uint32_t *units;
    uint32_t *principals;
    uint32_t *of_application; /* the application's service principal */
} ScopeIds;

static DirectoryScope scope_of(const Snapshot *snapshot, const char *text, const ScopeIds *ids)
{
    static const char unit_prefix[] = "/administrativeUnits/";
    if (!text || text_equal(text, "/") || !*text)
        return (DirectoryScope){DIRECTORY_SCOPE_TENANT, NONE};
    if (text_starts_with_any_case(text, unit_prefix)) {
        Id id = interner_find(&snapshot->ids, text + sizeof unit_prefix - 1);
        return (DirectoryScope){DIRECTORY_SCOPE_UNIT, id == NONE ? NONE : ids->units[id]};
    }
    Id id = interner_find(&snapshot->ids, text + (text[0] == '/'));
    uint32_t principal = id == NONE ? NONE : ids->principals[id];
    if (id != NONE && principal == NONE)
        principal = ids->of_application[id];
    DirectoryScopeKind kind = principal == NONE ? DIRECTORY_SCOPE_UNKNOWN : DIRECTORY_SCOPE_OBJECT;
    return (DirectoryScope){kind, principal};
}

static void find_scopes(Directory *directory)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t *definitions = by_id(directory);
    ScopeIds ids = {by_id(directory), by_id(directory),
                    service_principals_by_application(directory)};
    uint32_t count = snapshot->directory_roles.count;
    for (uint32_t i = 0; i < snapshot->administrative_units.count; i++)
        ids.units[snapshot->administrative_units.items[i].id] = i;
    for (uint32_t i = 0; i < snapshot->principals.count; i++)
        if (snapshot->principals.items[i].object_id != NONE)
            ids.principals[snapshot->principals.items[i].object_id] = i;
    for (uint32_t i = 0; i < snapshot->directory_role_definitions.count; i++) {
        const DirectoryRoleDefinition *definition = &snapshot->directory_role_definitions.items[i];
        if (!definition->built_in && definition->template_id != NONE &&
            !rules_find_directory_role(directory->rules,
                                       id_text(snapshot, definition->template_id)))
            definitions[definition->template_id] = i;
    }
    directory->scopes = arena_allocate(&directory->arena, count, sizeof *directory->scopes);
    directory->definition = arena_allocate(&directory->arena, count, sizeof *directory->definition);
    for (uint32_t i = 0; i < count; i++) {
        const DirectoryRoleAssignment *assignment = &snapshot->directory_roles.items[i];
        directory->scopes[i] =
            scope_of(snapshot, text_text(snapshot, assignment->directory_scope), &ids);
        directory->definition[i] =
            assignment->role_template == NONE ? NONE : definitions[assignment->role_template];
    }
}

/* ---- administrative units ---- */

static const Snapshot *sorted_snapshot; /* qsort has no context; used on one thread only */

static int by_unit_then_principal(const void *left, const void *right)
{
    const UnitMember *a = &sorted_snapshot->unit_members.items[*(const uint32_t *)left];
    const UnitMember *b = &sorted_snapshot->unit_members.items[*(const uint32_t *)right];
    if (a->unit != b->unit)
        return a->unit < b->unit ? -1 : 1;
    return (a->principal > b->principal) - (a->principal < b->principal);
}

static void find_unit_members(Directory *directory)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t count = snapshot->unit_members.count;
    directory->unit_members =
        arena_allocate(&directory->arena, count, sizeof *directory->unit_members);
    directory->restricted = arena_allocate(&directory->arena, snapshot->principals.count,
                                           sizeof *directory->restricted);
    for (uint32_t i = 0; i < count; i++) {
        const UnitMember *member = &snapshot->unit_members.items[i];
        directory->unit_members[i] = i;
        if (snapshot->administrative_units.items[member->unit].restricted)
            directory->restricted[member->principal] = true;
    }
    sorted_snapshot = snapshot;
    if (count)
        qsort(directory->unit_members, count, sizeof *directory->unit_members,
              by_unit_then_principal);
}

/* The record that says so, or NONE. */
static uint32_t unit_membership(const Directory *directory, uint32_t unit, uint32_t principal)
{
    const UnitMember *members = directory->snapshot->unit_members.items;
    uint32_t low = 0;
    uint32_t high = directory->snapshot->unit_members.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const UnitMember *member = &members[directory->unit_members[middle]];
        if (member->unit == unit && member->principal == principal)
            return member->record;
        if (member->unit < unit || (member->unit == unit && member->principal < principal))
            low = middle + 1;
        else
            high = middle;
    }
    return NONE;
}

/* ---- permissions of Microsoft Graph ---- */

bool app_role_is_graph(const Directory *directory, uint32_t assignment)
{
    const Snapshot *snapshot = directory->snapshot;
    const AppRoleAssignment *role = &snapshot->app_roles.items[assignment];
    const Principal *resource = &snapshot->principals.items[role->resource];
    if (resource->app_id != NONE)
        return text_equal_any_case(id_text(snapshot, resource->app_id), GRAPH_APP_ID);
    if (resource->name != NONE)
        return text_equal(text_text(snapshot, resource->name), "Microsoft Graph");
    return rules_find_app_role(directory->rules, id_text(snapshot, role->app_role)) != NULL;
}

static void find_app_roles(Directory *directory)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t principals = snapshot->principals.count;
    uint32_t *next = arena_allocate(&directory->arena, principals + 1, sizeof *next);
    directory->first_app_role =
        arena_allocate(&directory->arena, principals + 1, sizeof *directory->first_app_role);
    directory->app_roles =
        arena_allocate(&directory->arena, snapshot->app_roles.count, sizeof *directory->app_roles);
    directory->is_graph =
        arena_allocate(&directory->arena, principals, sizeof *directory->is_graph);
    for (uint32_t i = 0; i < snapshot->app_roles.count; i++) {
        if (!app_role_is_graph(directory, i))
            continue;
        directory->first_app_role[snapshot->app_roles.items[i].principal + 1]++;
        directory->is_graph[snapshot->app_roles.items[i].resource] = true;
    }
    add_up(directory->first_app_role, principals);
    memcpy(next, directory->first_app_role, (principals + 1) * sizeof *next);
    for (uint32_t i = 0; i < snapshot->app_roles.count; i++)
        if (app_role_is_graph(directory, i))
            directory->app_roles[next[snapshot->app_roles.items[i].principal]++] = i;
}

/* ---- federated credentials ---- */

/* Per id of a user-assigned identity or of an application: its principal. */
static uint32_t *principals_by_parent(Directory *directory)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t *principal_of = by_id(directory);
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        uint32_t application = directory->application_of[i];
        if (principal->kind == PRINCIPAL_USER_ASSIGNED && principal->resource_id != NONE)
            principal_of[principal->resource_id] = i;
        if (application != NONE && snapshot->applications.items[application].object_id != NONE)
            principal_of[snapshot->applications.items[application].object_id] = i;
    }
    return principal_of;
}

/* Some services issue under a path per customer: "https://vstoken.dev.azure.com/<organization>". */
static const char *host_of_issuer(Arena *arena, const char *issuer)
{
    const char *host = issuer ? strstr(issuer, "://") : NULL;
    const char *path = host ? strchr(host + strlen("://"), '/') : NULL;
    return path && path[1] ? arena_copy_bytes(arena, issuer, (size_t)(path - issuer)) : NULL;
}

static void find_credentials(Directory *directory)
{
    const Snapshot *snapshot = directory->snapshot;
    uint32_t principals = snapshot->principals.count;
    const uint32_t *principal_of = principals_by_parent(directory);
    uint32_t *next = arena_allocate(&directory->arena, principals + 1, sizeof *next);
    directory->first_credential =
        arena_allocate(&directory->arena, principals + 1, sizeof *directory->first_credential);
    directory->credentials = arena_allocate(
        &directory->arena, snapshot->federated_credentials.count, sizeof *directory->credentials);
    directory->issuer_hosts = arena_allocate(
        &directory->arena, snapshot->federated_credentials.count, sizeof *directory->issuer_hosts);
    for (uint32_t i = 0; i < snapshot->federated_credentials.count; i++) {
        const FederatedCredential *credential = &snapshot->federated_credentials.items[i];
        directory->issuer_hosts[i] =
            host_of_issuer(&directory->arena, text_text(snapshot, credential->issuer));
        if (credential->parent != NONE && principal_of[credential->parent] != NONE)
            directory->first_credential[principal_of[credential->parent] + 1]++;
    }
    add_up(directory->first_credential, principals);
    memcpy(next, directory->first_credential, (principals + 1) * sizeof *next);
    for (uint32_t i = 0; i < snapshot->federated_credentials.count; i++) {
        Id parent = snapshot->federated_credentials.items[i].parent;
        if (parent != NONE && principal_of[parent] != NONE)
            directory->credentials[next[principal_of[parent]]++] = i;
    }
}

/* ---- all of it ---- */

void directory_find(Directory *directory, const Access *access, const Rules *rules)
{
    *directory = (Directory){.access = access, .snapshot = access->snapshot, .rules = rules};
    uint32_t principals = access->snapshot->principals.count;
    directory->application_of =
        arena_allocate(&directory->arena, principals, sizeof *directory->application_of);
    memset(directory->application_of, 0xff, principals * sizeof *directory->application_of);
    find_groups(directory);
    find_holdings(directory);
    find_scopes(directory);
    find_unit_members(directory);
    find_app_roles(directory);
    find_credentials(directory);
}

void directory_free(Directory *directory)
{
    arena_free(&directory->arena);
    *directory = (Directory){0};
}

/* ---- does a role count? ---- */

static bool list_has(const TextList *list, const char *text)
{
    for (uint32_t i = 0; text && i < list->count; i++)
        if (text_equal_any_case(list->items[i], text))
            return true;
    return false;
}

/* Has the list one of the wanted actions? */
static bool any_action(const TextList *wanted, const TextList *actions)
{
    for (uint32_t i = 0; i < wanted->count; i++)
        if (directory_action(wanted->items[i]) && list_has(actions, wanted->items[i]))
            return true;
    return false;
}

Certainty directory_role_covers(const Directory *directory, const TextList *wanted,
                                uint32_t assignment)
{
    const Snapshot *snapshot = directory->snapshot;
    const DirectoryRoleAssignment *held = &snapshot->directory_roles.items[assignment];
    if (list_has(wanted, id_text(snapshot, held->role_template)))
        return CERTAIN;
    uint32_t index = directory->definition[assignment];
    if (index == NONE)
        return NO;
    const DirectoryRoleDefinition *custom = &snapshot->directory_role_definitions.items[index];
    if (any_action(wanted, &custom->actions))
        return CERTAIN;
    return any_action(wanted, &custom->conditional_actions) ? CONDITIONAL : NO;
}

static bool can_scope_itself(const Snapshot *snapshot, const DirectoryRoleAssignment *assignment)
{
    const char *role = id_text(snapshot, assignment->role_template);
    return text_equal_any_case(role, GLOBAL_ADMINISTRATOR) ||
           text_equal_any_case(role, PRIVILEGED_ROLE_ADMINISTRATOR);
}

/* Only people, groups and devices are members of units. */
static bool can_be_in_unit(const Snapshot *snapshot, uint32_t principal)
{
    PrincipalKind kind = snapshot->principals.items[principal].kind;
    return kind == PRINCIPAL_USER || kind == PRINCIPAL_GROUP || kind == PRINCIPAL_UNKNOWN;
}

bool directory_is_restricted(const Directory *directory, uint32_t principal)
{
    const char *value =
        principal_property(directory->snapshot, &directory->snapshot->principals.items[principal],
                           "isManagementRestricted", NULL);
    return directory->restricted[principal] || (value && text_equal(value, "true"));
}

static Certainty unit_reaches(const Directory *directory, uint32_t unit, uint32_t target)
{
    const Snapshot *snapshot = directory->snapshot;
    if (unit != NONE && unit_membership(directory, unit, target) != NONE)
        return directory_is_restricted(directory, target) &&
                       !snapshot->administrative_units.items[unit].restricted
                   ? NO
                   : CERTAIN;
    bool known = unit != NONE && snapshot->administrative_units.items[unit].members_exported;
    return known || !can_be_in_unit(snapshot, target) ? NO : ASSUMED;
}

Certainty directory_role_reaches(const Directory *directory, uint32_t assignment, uint32_t target)
{
    DirectoryScope scope = directory->scopes[assignment];
    switch (scope.kind) {
    case DIRECTORY_SCOPE_TENANT:
        if (target == NONE || !directory_is_restricted(directory, target))
            return CERTAIN;
        return can_scope_itself(directory->snapshot,
                                &directory->snapshot->directory_roles.items[assignment])
                   ? ASSUMED
                   : NO;
    case DIRECTORY_SCOPE_UNIT:
        return target == NONE ? NO : unit_reaches(directory, scope.index, target);
    case DIRECTORY_SCOPE_OBJECT:
        return target != NONE && scope.index == target ? CERTAIN : NO;
    case DIRECTORY_SCOPE_UNKNOWN:
        break;
    }
    return NO;
}

/* ---- does a caller meet a premise? ---- */

static void add_record(DirectoryAnswer *answer, uint32_t record)
{
    if (record != NONE && answer->record_count < DIRECTORY_MOST_RECORDS)
        answer->records[answer->record_count++] = record;
}

static DirectoryAnswer holding_meets(const Directory *directory, const DirectoryHolding *holding,
                                     const Premise *premise, uint32_t target)
{
    const Snapshot *snapshot = directory->snapshot;
    DirectoryAnswer answer = {.certainty = NO, .assignment = holding->assignment};
    Certainty covers = directory_role_covers(directory, &premise->values, holding->assignment);
    Certainty reaches =
        covers == NO ? NO : directory_role_reaches(directory, holding->assignment, target);
    if (reaches == NO)
        return answer;
    answer.certainty = certainty_worse(certainty_worse(covers, reaches), holding->certainty);
    add_record(&answer, snapshot->directory_roles.items[holding->assignment].record);
    add_record(&answer, holding->membership_record);
    uint32_t definition = directory->definition[holding->assignment];
    if (definition != NONE)
        add_record(&answer, snapshot->directory_role_definitions.items[definition].record);
    DirectoryScope scope = directory->scopes[holding->assignment];
    if (scope.kind == DIRECTORY_SCOPE_UNIT && scope.index != NONE)
        add_record(&answer, unit_membership(directory, scope.index, target));
    return answer;
}

static DirectoryAnswer app_role_meets(const Directory *directory, uint32_t principal,
                                      const Premise *premise)
{
    const AppRoleAssignment *all = directory->snapshot->app_roles.items;
    DirectoryAnswer answer = {.certainty = NO, .assignment = NONE};
    for (uint32_t i = directory->first_app_role[principal];
         i < directory->first_app_role[principal + 1]; i++) {
        uint32_t assignment = directory->app_roles[i];
        if (!list_has(&premise->values, id_text(directory->snapshot, all[assignment].app_role)))
            continue;
        answer.certainty = CERTAIN;
        answer.assignment = assignment;
        add_record(&answer, all[assignment].record);
        break;
    }
    return answer;
}

DirectoryAnswer directory_meets(const Directory *directory, uint32_t principal,
                                const Premise *premise, uint32_t target)
{
    DirectoryAnswer best = {.certainty = NO, .assignment = NONE};
    if (premise->kind == PREMISE_APP_ROLE)
        return app_role_meets(directory, principal, premise);
    for (uint32_t i = directory->first_holding[principal];
         i < directory->first_holding[principal + 1] && best.certainty != CERTAIN; i++) {
        DirectoryAnswer answer = holding_meets(directory, &directory->holdings[i], premise, target);
        if (answer.certainty < best.certainty)
            best = answer;
    }
    return best;
}
