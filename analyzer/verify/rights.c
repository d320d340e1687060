#include "base/memory.h"
#include "base/text.h"
#include "snapshot/arm_id.h"
#include "verify/attack.h"

#include <stdio.h>
#include <string.h>

#define ASSIGN_ROLES  "Microsoft.Authorization/roleAssignments/write"
#define DEFINE_ROLES  "Microsoft.Authorization/roleDefinitions/write"
#define DELETE_LOCKS  "Microsoft.Authorization/locks/delete"
#define DELETE_DENIES "Microsoft.Authorization/denyAssignments/delete"

/* ---- what is had ---- */

void attack_reset(Attack *attack)
{
    attack->persons.count = attack->taken.count = attack->gifts.count = 0;
    attack->directory_gifts.count = attack->groups.count = attack->rewritten.count = 0;
    attack->reached.count = attack->steps.count = attack->trail.count = 0;
    attack->uncited = false;
    arena_reset(&attack->arena);
}

void attack_free(Attack *attack)
{
    ARRAY_FREE(&attack->persons);
    ARRAY_FREE(&attack->taken);
    ARRAY_FREE(&attack->gifts);
    ARRAY_FREE(&attack->directory_gifts);
    ARRAY_FREE(&attack->groups);
    ARRAY_FREE(&attack->rewritten);
    ARRAY_FREE(&attack->reached);
    ARRAY_FREE(&attack->steps);
    ARRAY_FREE(&attack->trail);
    arena_free(&attack->arena);
}

bool attack_is(const Attack *attack, uint32_t principal)
{
    for (uint32_t i = 0; i < attack->persons.count; i++)
        if (attack->persons.items[i] == principal)
            return true;
    return false;
}

bool attack_reached(const Attack *attack, Term term)
{
    for (uint32_t i = 0; i < attack->reached.count; i++)
        if (attack->reached.items[i] == term)
            return true;
    return false;
}

bool attack_took(const Attack *attack, uint32_t capability, Term place)
{
    if (place == NONE || is_person(place))
        return false;
    for (uint32_t i = 0; i < attack->taken.count; i++) {
        const Taken *taken = &attack->taken.items[i];
        bool here = taken->type == NONE ? taken->place == place
                                        : taken->type == attack->world->places.items[place].type &&
                                              contains(attack->world, taken->place, place) == SURE;
        if (taken->capability == capability && here)
            return true;
    }
    return false;
}

/* ---- citing ---- */

static ClaimedStep *step_at_hand(const Attack *attack)
{
    return attack->steps.count ? &attack->steps.items[attack->steps.count - 1] : NULL;
}

bool is_cited(const Attack *attack, uint32_t record)
{
    const ClaimedStep *step = step_at_hand(attack);
    if (attack->uncited)
        return true;
    for (uint32_t i = 0; record != NONE && step && i < step->cited_count; i++)
        if (step->cited[i].location == attack->world->location_of_record[record])
            return true;
    return false;
}

bool cite(Attack *attack, uint32_t record, const char *words)
{
    const ClaimedStep *step = step_at_hand(attack);
    if (attack->uncited)
        return true;
    if (record == NONE || !step)
        return false;
    for (uint32_t i = 0; i < step->cited_count; i++)
        if (step->cited[i].location == attack->world->location_of_record[record] &&
            text_equal(step->cited[i].says, words)) {
            ARRAY_PUSH(&attack->trail, i);
            return true;
        }
    return false;
}

bool cite_naming(Attack *attack, uint32_t record, const char *name)
{
    const ClaimedStep *step = step_at_hand(attack);
    uint32_t found = NONE;
    if (attack->uncited || !is_cited(attack, record))
        return attack->uncited;
    for (uint32_t i = step->cited_count; i--;) {
        bool names = step->cited[i].location == attack->world->location_of_record[record] &&
                     strstr(step->cited[i].says, name);
        bool in_use = false;
        for (uint32_t t = 0; names && t < attack->trail.count && !in_use; t++)
            in_use = attack->trail.items[t] == i;
        if (names && (!in_use || found == NONE))
            found = i;
    }
    if (found == NONE)
        return false;
    ARRAY_PUSH(&attack->trail, found);
    return true;
}

/* ---- groups ---- */

static bool is_listed(const MembershipList *list, uint32_t group)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].group == group)
            return true;
    return false;
}

static void add_groups_of(const World *world, uint32_t member, uint32_t through,
                          MembershipList *list)
{
    for (uint32_t i = world->memberships.first[member]; i < world->memberships.first[member + 1];
         i++) {
        uint32_t relation = world->memberships.items[i];
        Membership membership = {world->snapshot->relations.items[relation].object, relation,
                                 through};
        if (!is_listed(list, membership.group))
            ARRAY_PUSH(list, membership);
    }
}

void find_memberships(const Attack *attack, uint32_t principal, MembershipList *list)
{
    list->count = 0;
    add_groups_of(attack->world, principal, NONE, list);
    for (uint32_t i = 0; i < attack->groups.count; i++)
        if (!is_listed(list, attack->groups.items[i]) && attack->groups.items[i] != principal) {
            Membership joined = {attack->groups.items[i], NONE, NONE};
            ARRAY_PUSH(list, joined);
        }
    for (uint32_t i = 0; i < list->count; i++)
        add_groups_of(attack->world, list->items[i].group, i, list);
}

bool cite_membership(Attack *attack, const MembershipList *list, uint32_t position)
{
    const Snapshot *snapshot = attack->world->snapshot;
    for (uint32_t at = position; at != NONE; at = list->items[at].through) {
        const Membership *membership = &list->items[at];
        if (membership->relation == NONE)
            continue;
        if (!is_cited(attack, snapshot->relations.items[membership->relation].record))
            return false;
        const char *words = arena_format(&attack->arena, "member of %s",
                                         principal_name(snapshot, membership->group));
        if (!cite(attack, snapshot->relations.items[membership->relation].record, words))
            return false;
    }
    return true;
}

/* ---- what a role allows ---- */

static bool list_fits(const World *world, const TextList *patterns, const char *action)
{
    for (uint32_t i = 0; i < patterns->count; i++)
        if (action_fits(patterns->items[i], action, world->options.literal_reading))
            return true;
    return false;
}

static bool block_fits(const World *world, const PermissionBlock *block, const char *action,
                       bool data_plane)
{
    const TextList *allowed = data_plane ? &block->data_actions : &block->actions;
    const TextList *but = data_plane ? &block->not_data_actions : &block->not_actions;
    return list_fits(world, allowed, action) && !list_fits(world, but, action);
}

/* Whether some block allows the action: 1 without, 2 under a condition of its own; remembered. */
static uint8_t role_covers(World *world, const RoleDefinition *role, const char *action,
                           bool data_plane)
{
    struct {
        const RoleDefinition *role;
        uint32_t action, data_plane;
    } key = {role, intern(&world->actions, action), data_plane};
    uint32_t known = world->action_answers.count;
    uint32_t index = intern_bytes(&world->action_keys, (const char *)&key, sizeof key);
    if (index < known)
        return world->action_answers.items[index];
    uint8_t answer = 0;
    for (uint32_t b = 0; b < role->block_count; b++)
        if (block_fits(world, &role->blocks[b], action, data_plane))
            answer |= text_is_empty(role->blocks[b].condition) ? 1 : 2;
    ARRAY_PUSH(&world->action_answers, answer);
    return answer;
}

static Truth role_allows(World *world, const RoleDefinition *role, const Request *request,
                         bool data_plane)
{
    uint8_t covers = role_covers(world, role, request->action, data_plane);
    Truth allows = covers & 1 ? TRUE : UNTRUE;
    for (uint32_t b = 0; (covers & 2) && allows != TRUE && b < role->block_count; b++)
        if (block_fits(world, &role->blocks[b], request->action, data_plane))
            allows = either_true(allows, condition_lets(role->blocks[b].condition, request));
    return allows;
}

static const RoleDefinition *role_of(const World *world, const RoleAssignment *assignment)
{
    return world->role_of_assignment[assignment - world->snapshot->role_assignments.items];
}

static bool is_in_force(const World *world, const RoleAssignment *assignment, uint32_t caller)
{
    int64_t now = world->options.as_of;
    if (assignment->classic ||
        (assignment->kind == ASSIGNMENT_ELIGIBLE && !can_activate(world, caller)))
        return false;
    return now == TIME_NONE || ((assignment->start == TIME_NONE || now >= assignment->start) &&
                                (assignment->end == TIME_NONE || now < assignment->end));
}

/* ---- what a place tells a condition ---- */

enum { MOST_KNOWN = 8 };

typedef struct PlaceFacts {
    Known known[MOST_KNOWN];
    uint32_t count;
    char account[128], container[128], queue[128];
} PlaceFacts;

static void know(PlaceFacts *facts, const char *name, const char *value)
{
    if (facts->count < MOST_KNOWN && value && *value)
        facts->known[facts->count++] = (Known){'s', name, value};
}

static const char *segment_behind(const char *id, const char *mark, char *buffer, size_t size)
{
    const char *found = text_find_any_case(id, mark);
    if (!found)
        return NULL;
    found += strlen(mark);
    size_t length = strcspn(found, "/");
    if (length >= size)
        return NULL;
    memcpy(buffer, found, length);
    buffer[length] = '\0';
    return buffer;
}

static void facts_of_place(const World *world, uint32_t place, PlaceFacts *facts)
{
    static const char accounts[] = "/providers/Microsoft.Storage/storageAccounts/";
    facts->count = 0;
    const char *id = world->places.items[place].id;
    if (!text_find_any_case(id, accounts))
        return;
    know(facts, "Microsoft.Storage/storageAccounts:name",
         segment_behind(id, accounts, facts->account, sizeof facts->account));
    know(facts, "Microsoft.Storage/storageAccounts/blobServices/containers:name",
         segment_behind(id, "/blobServices/default/containers/", facts->container,
                        sizeof facts->container));
    know(facts, "Microsoft.Storage/storageAccounts/queueServices/queues:name",
         segment_behind(id, "/queueServices/default/queues/", facts->queue, sizeof facts->queue));
    uint32_t account = place;
    while (account != NONE && !place_is_type(world, account, "Microsoft.Storage/storageAccounts"))
        account = world->places.items[account].parent;
    const Resource *resource = account == NONE ? NULL : place_resource(world, account);
    if (resource)
        know(facts, "Microsoft.Storage/storageAccounts:isHnsEnabled",
             resource_property(world->snapshot, resource, "isHnsEnabled", NULL));
}

/* ---- what is in the way ---- */

enum { DEEPEST_REMOVAL = 4 };

typedef struct Asking {
    Attack *attack;
    uint32_t principal;
    const MembershipList *groups;
    const char *action;
    bool data_plane;
    uint32_t removing; /* how deep */
} Asking;

static Surety raw_right(const Asking *asking, const char *action, uint32_t place);
static Truth way_is_free(const Asking *asking, uint32_t place);

/* Is it a member today, not only after it was added? */
static bool is_member(const MembershipList *groups, uint32_t position)
{
    for (; position != NONE; position = groups->items[position].through)
        if (groups->items[position].relation == NONE)
            return false;
    return true;
}

static bool names_caller(const Asking *asking, const uint32_t *principals, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (principals[i] == asking->principal)
            return true;
        for (uint32_t g = 0; g < asking->groups->count; g++)
            if (asking->groups->items[g].group == principals[i] && is_member(asking->groups, g))
                return true;
    }
    return false;
}

/* Nobody knows who is excluded with a group whose members were not exported. */
static bool exclusion_is_open(const Snapshot *snapshot, const DenyAssignment *deny)
{
    for (uint32_t i = 0; i < deny->excluded_count && !snapshot->exported[RECORD_GROUP_MEMBER];
         i++) {
        PrincipalKind kind = snapshot->principals.items[deny->excluded[i]].kind;
        if (kind == PRINCIPAL_GROUP || kind == PRINCIPAL_UNKNOWN)
            return true;
    }
    return false;
}

static Truth deny_stops(const Asking *asking, const DenyAssignment *deny, uint32_t place)
{
    const World *world = asking->attack->world;
    PlaceFacts facts;
    Truth covers = UNTRUE;
    if (deny->not_for_child_scopes && place_of_id(world, deny->scope) != place)
        return UNTRUE;
    if (!deny->everyone && !names_caller(asking, deny->principals, deny->principal_count))
        return UNTRUE;
    if (names_caller(asking, deny->excluded, deny->excluded_count))
        return UNTRUE;
    facts_of_place(world, place, &facts);
    Request request = {asking->action, world->options.literal_reading, facts.known, facts.count};
    for (uint32_t b = 0; b < deny->block_count; b++)
        if (block_fits(world, &deny->blocks[b], asking->action, asking->data_plane))
            covers = either_true(covers, condition_lets(deny->blocks[b].condition, &request));
    covers =
        both_true(covers, condition_lets(text_text(world->snapshot, deny->condition), &request));
    return exclusion_is_open(world->snapshot, deny) ? both_true(covers, UNSURE) : covers;
}

static bool lock_stops(const Lock *lock, const Asking *asking)
{
    if (asking->data_plane ||
        text_starts_with_any_case(asking->action, "Microsoft.Authorization/locks/"))
        return false;
    return lock->read_only ? !text_ends_with_any_case(asking->action, "/read")
                           : text_ends_with_any_case(asking->action, "/delete");
}

/* Can the caller remove the obstacle first?  How truly. */
static Truth can_remove(const Asking *asking, const char *action, uint32_t place)
{
    Asking removing = *asking;
    removing.action = action;
    removing.data_plane = false;
    if (removing.removing++ >= DEEPEST_REMOVAL)
        return UNTRUE;
    Surety right = raw_right(&removing, action, place);
    if (right == NEVER)
        return UNTRUE;
    return both_true(right == SURE ? TRUE : UNSURE, way_is_free(&removing, place));
}

/* A deny assignment that one of those who were taken removes is gone for all. */
static Truth somebody_can_remove(const Asking *asking, uint32_t at)
{
    Attack *attack = asking->attack;
    Truth can = can_remove(asking, DELETE_DENIES, at);
    for (uint32_t i = 0; i < attack->persons.count && can != TRUE; i++) {
        if (attack->persons.items[i] == asking->principal)
            continue;
        MembershipList groups = {0};
        find_memberships(attack, attack->persons.items[i], &groups);
        Asking other = *asking;
        other.principal = attack->persons.items[i];
        other.groups = &groups;
        can = either_true(can, can_remove(&other, DELETE_DENIES, at));
        ARRAY_FREE(&groups);
    }
    return can;
}

static Truth stopped_at(const Asking *asking, uint32_t at, uint32_t place)
{
    const World *world = asking->attack->world;
    const Snapshot *snapshot = world->snapshot;
    Truth stopped = UNTRUE;
    for (uint32_t i = world->denies_at.first[at]; i < world->denies_at.first[at + 1]; i++) {
        const DenyAssignment *deny = &snapshot->deny_assignments.items[world->denies_at.items[i]];
        Truth stops = deny_stops(asking, deny, place);
        if (stops != UNTRUE && !deny->system_protected)
            stops = both_true(stops, not_true(somebody_can_remove(asking, at)));
        stopped = either_true(stopped, stops);
    }
    for (uint32_t i = world->locks_at.first[at]; i < world->locks_at.first[at + 1]; i++)
        if (lock_stops(&snapshot->locks.items[world->locks_at.items[i]], asking))
            stopped = either_true(stopped, not_true(can_remove(asking, DELETE_LOCKS, at)));
    return stopped;
}

static Truth way_is_free(const Asking *asking, uint32_t place)
{
    const World *world = asking->attack->world;
    Truth stopped = UNTRUE;
    for (uint32_t i = 0; i < world->hindered.count && stopped != TRUE; i++) {
        uint32_t at = world->hindered.items[i];
        Surety over = contains(world, at, place);
        if (over == SURE)
            stopped = either_true(stopped, stopped_at(asking, at, place));
        else if (over == IF_ASSUMED)
            stopped = either_true(stopped, both_true(stopped_at(asking, at, place), UNSURE));
    }
    return not_true(stopped);
}

bool is_hindered_around(Attack *attack, uint32_t principal, const char *action, bool data_plane,
                        uint32_t place)
{
    const World *world = attack->world;
    MembershipList groups = {0};
    bool hindered = false;
    if (!world->hindered.count)
        return false;
    find_memberships(attack, principal, &groups);
    Asking asking = {attack, principal, &groups, action, data_plane, DEEPEST_REMOVAL};
    for (uint32_t i = 0; i < world->hindered.count && !hindered; i++) {
        uint32_t at = world->hindered.items[i];
        if (contains(world, place, at) != NEVER || contains(world, at, place) != NEVER)
            hindered = stopped_at(&asking, at, at) != UNTRUE;
    }
    ARRAY_FREE(&groups);
    return hindered;
}

/* ---- assignments ---- */

static Truth assignment_lets(World *world, const RoleAssignment *assignment,
                             const RoleDefinition *role, const char *action, bool data_plane,
                             uint32_t place)
{
    PlaceFacts facts;
    uint8_t covers = role_covers(world, role, action, data_plane);
    if (!covers)
        return UNTRUE;
    if (covers == 1 && assignment->condition == NONE)
        return TRUE;
    facts_of_place(world, place, &facts);
    Request request = {action, world->options.literal_reading, facts.known, facts.count};
    return both_true(role_allows(world, role, &request, data_plane),
                     condition_lets(text_text(world->snapshot, assignment->condition), &request));
}

static Surety assignment_surety(const RoleAssignment *assignment)
{
    return assignment->kind == ASSIGNMENT_ELIGIBLE ? IF_ACTIVATED : SURE;
}

static Surety surety_of(Truth truth)
{
    return truth == TRUE ? SURE : truth == UNSURE ? IF_CONDITION : NEVER;
}

static bool was_rewritten(const Attack *attack, const RoleDefinition *role)
{
    for (uint32_t i = 0; i < attack->rewritten.count; i++)
        if (attack->rewritten.items[i] == role)
            return true;
    return false;
}

/* How sure the assignment gives the action at the place: as it is, or by the role rewritten. */
static Surety assignment_gives(Attack *attack, uint32_t index, const char *action, bool data_plane,
                               uint32_t place)
{
    World *world = attack->world;
    const RoleAssignment *assignment = &world->snapshot->role_assignments.items[index];
    const RoleDefinition *role = role_of(world, assignment);
    uint32_t scope = place_of_id(world, assignment->scope);
    Surety covers = role && scope != NONE ? contains(world, scope, place) : NEVER;
    if (covers == NEVER)
        return NEVER;
    Truth lets = assignment_lets(world, assignment, role, action, data_plane, place);
    if (lets != TRUE && was_rewritten(attack, role)) {
        Request request = {action, world->options.literal_reading, NULL, 0};
        lets = either_true(
            lets, condition_lets(text_text(world->snapshot, assignment->condition), &request));
    }
    return lets == UNTRUE ? NEVER
                          : weaker(weaker(surety_of(lets), covers), assignment_surety(assignment));
}

static const char *assignment_words(World *world, uint32_t index)
{
    const RoleAssignment *assignment = &world->snapshot->role_assignments.items[index];
    const char *name = role_of(world, assignment)->name;
    const char **words = &world->words_of_assignment[index];
    if (!*words)
        *words = arena_format(&world->arena, "%s at %s%s%s", name ? name : "a role without a name",
                              place_name(world, place_of_id(world, assignment->scope)),
                              assignment->kind == ASSIGNMENT_ELIGIBLE ? ", eligible" : "",
                              assignment->condition != NONE ? ", under a condition" : "");
    return *words;
}

static bool cite_assignment(Attack *attack, uint32_t index)
{
    World *world = attack->world;
    const RoleAssignment *assignment = &world->snapshot->role_assignments.items[index];
    const RoleDefinition *role = role_of(world, assignment);
    if (attack->uncited)
        return true;
    if (!cite(attack, assignment->record, assignment_words(world, index)))
        return false;
    if (assignment->window_record != NONE &&
        !cite(attack, assignment->window_record, "active in this time window only"))
        return false;
    return role->record == NONE ||
           cite(attack, role->record,
                arena_format(&attack->arena, "definition of %s",
                             role->name ? role->name : "a role without a name"));
}

typedef bool VisitAssignment(void *context, uint32_t assignment, uint32_t group);

/* Every assignment in force of the principal and its groups; `group` is a position, or NONE. */
static void each_held_assignment(const Attack *attack, uint32_t principal,
                                 const MembershipList *groups, VisitAssignment *visit,
                                 void *context)
{
    const World *world = attack->world;
    for (uint32_t g = 0; g <= groups->count; g++) {
        uint32_t holder = g ? groups->items[g - 1].group : principal;
        for (uint32_t i = world->assignments.first[holder];
             i < world->assignments.first[holder + 1]; i++) {
            uint32_t index = world->assignments.items[i];
            if (is_in_force(world, &world->snapshot->role_assignments.items[index], principal) &&
                visit(context, index, g ? g - 1 : NONE))
                return;
        }
    }
}

/* Does the principal hold the assignment, through the group at *position (NONE: by itself)? */
static bool holds_assignment(const World *world, uint32_t principal, const MembershipList *groups,
                             uint32_t index, uint32_t *position)
{
    const RoleAssignment *assignment = &world->snapshot->role_assignments.items[index];
    *position = NONE;
    if (!is_in_force(world, assignment, principal))
        return false;
    if (assignment->principal == principal)
        return true;
    for (uint32_t g = 0; g < groups->count; g++)
        if (groups->items[g].group == assignment->principal) {
            *position = g;
            return true;
        }
    return false;
}

/* Those of them that the step cites. */
static void each_assignment(const Attack *attack, uint32_t principal, const MembershipList *groups,
                            VisitAssignment *visit, void *context)
{
    const World *world = attack->world;
    const ClaimedStep *step = step_at_hand(attack);
    if (attack->uncited) {
        each_held_assignment(attack, principal, groups, visit, context);
        return;
    }
    for (uint32_t c = 0; step && c < step->cited_count; c++) {
        uint32_t location = step->cited[c].location, position;
        for (uint32_t i = world->assignments_at.first[location];
             i < world->assignments_at.first[location + 1]; i++) {
            uint32_t index = world->assignments_at.items[i];
            if (holds_assignment(world, principal, groups, index, &position) &&
                visit(context, index, position))
                return;
        }
    }
}

/* ---- roles that can be given under a condition ---- */

static const char *type_word(PrincipalKind kind)
{
    return kind == PRINCIPAL_USER      ? "User"
           : kind == PRINCIPAL_GROUP   ? "Group"
           : kind == PRINCIPAL_UNKNOWN ? NULL
                                       : "ServicePrincipal";
}

static bool is_assignable(const World *world, const RoleDefinition *role, uint32_t place)
{
    char normal[ARM_ID_MAX_BYTES + 2];
    if (role->kind == ROLE_BUILT_IN || !role->assignable_scopes.count)
        return true;
    for (uint32_t i = 0; i < role->assignable_scopes.count; i++) {
        uint32_t scope = place_find(
            world, scope_normalise(role->assignable_scopes.items[i], normal, sizeof normal));
        size_t length = strlen(normal);
        const char *here = world->places.items[place].id;
        if ((scope != NONE && contains(world, scope, place) != NEVER) ||
            (text_starts_with_any_case(here, normal) && (!here[length] || here[length] == '/')))
            return true;
    }
    return false;
}

/* Per role of World.roles: does the condition of the assignment let it be given to the recipient?
   `to` NULL: somebody whom no condition names; role NONE below means likewise. */
static Truth admits(const World *world, const RoleAssignment *assignment, const char *role_guid,
                    const char *to, const char *to_type)
{
    const RoleDefinition *own = role_of(world, assignment);
    Known known[3];
    uint32_t count = 0;
    known[count++] =
        (Known){'q', "Microsoft.Authorization/roleAssignments:RoleDefinitionId", role_guid};
    known[count++] = (Known){'q', "Microsoft.Authorization/roleAssignments:PrincipalId", to};
    if (to_type)
        known[count++] =
            (Known){'q', "Microsoft.Authorization/roleAssignments:PrincipalType", to_type};
    Request request = {ASSIGN_ROLES, world->options.literal_reading, known, count};
    Truth given = UNTRUE;
    bool covered = false;
    for (uint32_t b = 0; own && b < own->block_count; b++)
        if (block_fits(world, &own->blocks[b], ASSIGN_ROLES, false)) {
            covered = true;
            given = either_true(given, condition_lets(own->blocks[b].condition, &request));
        }
    Truth assigned = condition_lets(text_text(world->snapshot, assignment->condition), &request);
    return covered ? both_true(given, assigned) : assigned;
}

/* A principal and a role that nothing names. */
static const char NOBODY[] = "7d0c7d13-5f0e-4b57-9f0c-3a3a2d1f1c11";
static const char NEW_ROLE[] = "2f6f3a53-91d4-4c38-8a55-0b7c5f6f9e02";

static const uint8_t *admitted_roles(World *world, uint32_t index, const char *to,
                                     const char *to_type)
{
    char key[160];
    const RoleAssignment *assignment = &world->snapshot->role_assignments.items[index];
    (void)snprintf(key, sizeof key, "%u %u %s %s", (unsigned)assignment->condition,
                   (unsigned)assignment->role_guid, to, to_type ? to_type : "");
    uint32_t known = intern(&world->admitted_keys, key);
    if (known < world->admitted.count)
        return world->admitted.items[known];
    uint8_t *answers = arena_allocate(&world->arena, world->roles.count, 1);
    for (uint32_t r = 0; r < world->roles.count; r++)
        answers[r] =
            (uint8_t)admits(world, assignment, interned_text(&world->role_guids, r), to, to_type);
    ARRAY_PUSH(&world->admitted, answers);
    return answers;
}

static Truth gives_to(const Asking *asking, const Gift *gift, uint32_t recipient,
                      const char *action, bool data_plane)
{
    World *world = asking->attack->world;
    const Principal *principal = &world->snapshot->principals.items[recipient];
    const char *to = id_text(world->snapshot, principal->object_id);
    const uint8_t *admitted =
        admitted_roles(world, gift->assignment, to ? to : NOBODY, type_word(principal->kind));
    Request request = {action, world->options.literal_reading, NULL, 0};
    Truth best = UNTRUE;
    for (uint32_t r = 0; r < world->roles.count && best != TRUE; r++) {
        const RoleDefinition *role = world->roles.items[r];
        if (admitted[r] == UNTRUE || !is_assignable(world, role, gift->place))
            continue;
        Truth gives = was_rewritten(asking->attack, role)
                          ? TRUE
                          : role_allows(world, role, &request, data_plane);
        best = either_true(best, both_true((Truth)admitted[r], gives));
    }
    return best;
}

static Surety gift_gives(const Asking *asking, const Gift *gift, const char *action,
                         bool data_plane, uint32_t place)
{
    Surety covers = contains(asking->attack->world, gift->place, place);
    if (covers == NEVER || gift->kind == GIFT_ANYTHING)
        return covers;
    Truth gives = gives_to(asking, gift, asking->principal, action, data_plane);
    for (uint32_t g = 0; g < asking->groups->count && gives != TRUE; g++)
        gives = either_true(
            gives, gives_to(asking, gift, asking->groups->items[g].group, action, data_plane));
    return gives == UNTRUE ? NEVER : weaker(covers, surety_of(gives));
}

/* ---- a right without looking at what is in the way and at what is cited ---- */

typedef struct RawSearch {
    const Asking *asking;
    const char *action;
    uint32_t place;
    Surety best;
} RawSearch;

static bool try_raw(void *context, uint32_t assignment, uint32_t group)
{
    RawSearch *search = context;
    (void)group;
    Surety gives = assignment_gives(search->asking->attack, assignment, search->action,
                                    search->asking->data_plane, search->place);
    search->best = gives < search->best ? gives : search->best;
    return search->best == SURE;
}

static Surety raw_right(const Asking *asking, const char *action, uint32_t place)
{
    Attack *attack = asking->attack;
    RawSearch search = {asking, action, place, NEVER};
    each_held_assignment(attack, asking->principal, asking->groups, try_raw, &search);
    for (uint32_t i = 0; i < attack->gifts.count && search.best != SURE; i++) {
        Surety gives =
            gift_gives(asking, &attack->gifts.items[i], action, asking->data_plane, place);
        search.best = gives < search.best ? gives : search.best;
    }
    return search.best;
}

/* ---- the right, as cited ---- */

typedef struct RightSearch {
    Asking asking;
    uint32_t place;
    Surety way; /* what is in the way lowers it so far */
    Surety enough;
    Surety best;
    bool fresh; /* only what the proof does not rest on yet */
} RightSearch;

/* Does the proof rest on the citation at this place of the trail already before it? */
static bool is_repeated(const Attack *attack, uint32_t at)
{
    for (uint32_t i = 0; i < at && at < attack->trail.count; i++)
        if (attack->trail.items[i] == attack->trail.items[at])
            return true;
    return false;
}

static bool try_assignment(void *context, uint32_t assignment, uint32_t group)
{
    RightSearch *search = context;
    Attack *attack = search->asking.attack;
    Surety gives = weaker(search->way, assignment_gives(attack, assignment, search->asking.action,
                                                        search->asking.data_plane, search->place));
    if (gives >= search->best)
        return false;
    uint32_t trail = attack->trail.count;
    if (!cite_assignment(attack, assignment) || (search->fresh && is_repeated(attack, trail)) ||
        (group != NONE && !cite_membership(attack, search->asking.groups, group))) {
        attack->trail.count = trail;
        return false;
    }
    search->best = gives;
    return search->best <= search->enough;
}

/* What a gift allows rests on the step that made it possible: its first record, or at the end of a
   chain all of them. */
static bool cite_gift(Attack *attack, const Gift *gift)
{
    const ClaimedStep *step = step_at_hand(attack);
    const ClaimedStep *giving = &attack->steps.items[gift->step];
    if (attack->uncited)
        return true;
    if (!giving->cited_count)
        return false;
    const char *words = arena_format(&attack->arena, "a role given with %s", giving->cited[0].says);
    for (uint32_t i = 0; i < step->cited_count; i++)
        if (step->cited[i].location == giving->cited[0].location &&
            text_equal(step->cited[i].says, words)) {
            ARRAY_PUSH(&attack->trail, i);
            return true;
        }
    for (uint32_t e = 0; e < giving->cited_count; e++) {
        bool found = false;
        for (uint32_t i = 0; i < step->cited_count && !found; i++)
            if (step->cited[i].location == giving->cited[e].location &&
                text_equal(step->cited[i].says, giving->cited[e].says)) {
                ARRAY_PUSH(&attack->trail, i);
                found = true;
            }
        if (!found)
            return false;
    }
    return true;
}

static void try_gifts(RightSearch *search)
{
    Attack *attack = search->asking.attack;
    for (uint32_t i = attack->gifts.count; i-- > 0 && search->best > search->enough;) {
        const Gift *gift = &attack->gifts.items[i];
        Surety gives = weaker(search->way, gift_gives(&search->asking, gift, search->asking.action,
                                                      search->asking.data_plane, search->place));
        uint32_t trail = attack->trail.count;
        if (gives >= search->best)
            continue;
        if (!cite_gift(attack, gift) || (search->fresh && is_repeated(attack, trail))) {
            attack->trail.count = trail;
            continue;
        }
        search->best = gives;
        attack->uses_gift = true;
        const ClaimedStep *step = step_at_hand(attack);
        if (step && step->from == gift->place)
            attack->touches_from = true;
    }
}

Surety holds_action(Attack *attack, uint32_t principal, const char *action, bool data_plane,
                    uint32_t place, Surety enough)
{
    MembershipList groups = {0};
    find_memberships(attack, principal, &groups);
    RightSearch search = {.asking = {attack, principal, &groups, action, data_plane, 0},
                          .place = place,
                          .enough = enough,
                          .best = NEVER};
    search.way = surety_of(way_is_free(&search.asking, place));
    for (int pass = attack->uncited; search.way != NEVER && pass < 2 && search.best > enough;
         pass++) {
        search.fresh = pass == 0;
        each_assignment(attack, principal, &groups, try_assignment, &search);
        try_gifts(&search);
    }
    ARRAY_FREE(&groups);
    return search.best;
}

/* ---- giving roles ---- */

static bool has_grant_condition(const World *world, const RoleAssignment *assignment,
                                uint32_t kinds)
{
    const RoleDefinition *role = role_of(world, assignment);
    const char *text = text_text(world->snapshot, assignment->condition);
    GrantCondition kind = GRANT_CONDITION_OTHER;
    for (uint32_t b = 0; !text && b < role->block_count; b++)
        text = role->blocks[b].condition;
    if (text && text_find_any_case(text, "roleAssignments:RoleDefinitionId"))
        kind = text_find_any_case(text, "GuidNotEquals") ? GRANT_CONDITION_ROLE_DENYLIST
                                                         : GRANT_CONDITION_ROLE_LIST;
    return !kinds || (kinds >> kind & 1);
}

/* Is there a role that can surely be given: to the holder, or to somebody of some kind? */
static bool surely_admits_some(World *world, uint32_t index, uint32_t holder)
{
    static const char *const types[] = {"User", "ServicePrincipal", "Group"};
    const Principal *principal = &world->snapshot->principals.items[holder];
    const char *to = id_text(world->snapshot, principal->object_id);
    for (size_t t = 0; t <= 3; t++) {
        const uint8_t *admitted =
            t ? admitted_roles(world, index, NOBODY, types[t - 1])
              : admitted_roles(world, index, to ? to : NOBODY, type_word(principal->kind));
        for (uint32_t r = 0; r < world->roles.count; r++)
            if (admitted[r] == TRUE)
                return true;
    }
    return false;
}

typedef struct GivingSearch {
    RightSearch right;
    bool conditioned;
    uint32_t kinds;
    uint32_t assignment;
    bool new_role; /* the condition admits a role made for the purpose */
} GivingSearch;

static bool try_giving(void *context, uint32_t index, uint32_t group)
{
    GivingSearch *search = context;
    Attack *attack = search->right.asking.attack;
    World *world = attack->world;
    const RoleAssignment *assignment = &world->snapshot->role_assignments.items[index];
    const RoleDefinition *role = role_of(world, assignment);
    uint32_t holder = search->right.asking.principal;
    Surety before = search->right.best;
    if (!role || was_rewritten(attack, role))
        return !search->conditioned && try_assignment(&search->right, index, group);
    uint32_t scope = place_of_id(world, assignment->scope);
    Truth lets = scope == NONE ? UNTRUE
                               : assignment_lets(world, assignment, role,
                                                 search->right.asking.action, false, scope);
    if (lets == UNTRUE || (lets == UNSURE) != search->conditioned ||
        (search->conditioned && !has_grant_condition(world, assignment, search->kinds)))
        return false;
    Surety least = assignment_surety(assignment);
    if (search->conditioned) {
        const Principal *principal = &world->snapshot->principals.items[holder];
        const char *to = id_text(world->snapshot, principal->object_id);
        Truth surely = search->new_role ? admits(world, assignment, NEW_ROLE, to ? to : NOBODY,
                                                 principal->kind == PRINCIPAL_UNKNOWN
                                                     ? "ServicePrincipal"
                                                     : type_word(principal->kind))
                       : surely_admits_some(world, index, holder) ? TRUE
                                                                  : UNSURE;
        if (surely == UNTRUE)
            return false;
        least = weaker(least, surety_of(surely));
    }
    least = weaker(weaker(least, search->right.way), contains(world, scope, search->right.place));
    if (least >= before)
        return false;
    uint32_t trail = attack->trail.count;
    if (!cite_assignment(attack, index) ||
        (group != NONE && !cite_membership(attack, search->right.asking.groups, group))) {
        attack->trail.count = trail;
        return false;
    }
    search->right.best = least;
    search->assignment = index;
    return least <= search->right.enough;
}

static Surety search_giving(Attack *attack, uint32_t principal, const char *action, uint32_t place,
                            bool conditioned, bool new_role, uint32_t kinds, uint32_t *assignment)
{
    MembershipList groups = {0};
    find_memberships(attack, principal, &groups);
    GivingSearch search = {.right = {.asking = {attack, principal, &groups, action, false, 0},
                                     .place = place,
                                     .enough = SURE,
                                     .best = NEVER},
                           .conditioned = conditioned,
                           .kinds = kinds,
                           .assignment = NONE,
                           .new_role = new_role};
    search.right.way = surety_of(way_is_free(&search.right.asking, place));
    if (search.right.way != NEVER)
        each_assignment(attack, principal, &groups, try_giving, &search);
    if (!conditioned && search.right.way != NEVER)
        try_gifts(&search.right);
    ARRAY_FREE(&groups);
    *assignment = search.assignment;
    return search.right.best;
}

Surety may_give_roles(Attack *attack, uint32_t principal, const char *action, uint32_t place,
                      bool conditioned, uint32_t kinds, uint32_t *assignment)
{
    return search_giving(attack, principal, action, place, conditioned, false, kinds, assignment);
}

Surety holds_permission(Attack *attack, uint32_t principal, const Premise *premise, uint32_t place,
                        Surety enough)
{
    const Rules *rules = attack->world->rules;
    Surety best = NEVER;
    uint32_t ignored;
    if (place == NONE || is_person(place))
        return NEVER;
    if (premise->grant_conditions)
        return search_giving(attack, principal, ASSIGN_ROLES, place, true, true,
                             premise->grant_conditions, &ignored);
    for (uint32_t i = 0; i < premise->permission_count && best > enough; i++) {
        const Permission *permission = &rules->permissions.items[premise->permissions[i]];
        uint32_t trail = attack->trail.count;
        Surety held = holds_action(attack, principal, permission->action, permission->data_plane,
                                   place, enough);
        if (held < best)
            best = held;
        else
            attack->trail.count = trail;
    }
    return best;
}

Surety may_rewrite(Attack *attack, uint32_t principal, const RoleDefinition *role)
{
    char normal[ARM_ID_MAX_BYTES + 2];
    World *world = attack->world;
    Surety worst = SURE;
    if (role->kind != ROLE_CUSTOM || role->record == NONE)
        return NEVER;
    if (!role->assignable_scopes.count) {
        Surety somewhere = NEVER;
        for (uint32_t i = 0; i < world->places.count && somewhere == NEVER; i++)
            if (world->places.items[i].assigned)
                somewhere = holds_action(attack, principal, DEFINE_ROLES, false, i, IF_ASSUMED);
        return somewhere == NEVER ? NEVER : IF_ASSUMED;
    }
    for (uint32_t i = 0; i < role->assignable_scopes.count && worst != NEVER; i++) {
        const char *scope =
            scope_normalise(role->assignable_scopes.items[i], normal, sizeof normal);
        uint32_t place = place_find(world, scope);
        for (char *slash; place == NONE && (slash = strrchr(normal, '/')) != NULL;
             place = place_find(world, *normal ? normal : "/"))
            *slash = '\0';
        worst =
            place == NONE
                ? NEVER
                : weaker(worst, holds_action(attack, principal, DEFINE_ROLES, false, place, SURE));
    }
    return worst;
}

/* ---- access policies ---- */

static bool policy_has(const AccessPolicy *policy, const Premise *premise)
{
    const TextList *words = text_equal(premise->property, "keys")           ? &policy->keys
                            : text_equal(premise->property, "certificates") ? &policy->certificates
                            : text_equal(premise->property, "storage")      ? &policy->storage
                                                                            : &policy->secrets;
    for (uint32_t i = 0; i < words->count && policy->application_id == NONE; i++)
        for (uint32_t v = 0; v < premise->values.count; v++)
            if (text_equal_any_case(words->items[i], premise->values.items[v]))
                return true;
    return false;
}

static bool cite_policy(Attack *attack, const AccessPolicy *policy)
{
    const Snapshot *snapshot = attack->world->snapshot;
    const char *pointer = text_text(snapshot, policy->pointer);
    const char *vault = text_text(snapshot, snapshot->resources.items[policy->resource].name);
    const char *words = arena_format(&attack->arena, "access policy of %s", vault ? vault : "");
    return cite(attack, policy->record,
                arena_format(&attack->arena, "%s for %s%s%s", words,
                             principal_name(snapshot, policy->principal), pointer ? ", " : "",
                             pointer ? pointer : "")) ||
           cite(attack, policy->record, words);
}

bool holds_policy(Attack *attack, uint32_t principal, const Premise *premise, uint32_t place)
{
    const World *world = attack->world;
    MembershipList groups = {0};
    bool holds = false;
    uint32_t resource =
        place == NONE || is_person(place) ? NONE : world->places.items[place].resource;
    find_memberships(attack, principal, &groups);
    for (uint32_t g = 0; resource != NONE && g <= groups.count && !holds; g++) {
        uint32_t holder = g ? groups.items[g - 1].group : principal;
        for (uint32_t i = world->policies.first[holder];
             i < world->policies.first[holder + 1] && !holds; i++) {
            const AccessPolicy *policy =
                &world->snapshot->access_policies.items[world->policies.items[i]];
            uint32_t trail = attack->trail.count;
            holds = policy->resource == resource && policy_has(policy, premise) &&
                    cite_policy(attack, policy) && (!g || cite_membership(attack, &groups, g - 1));
            if (!holds)
                attack->trail.count = trail;
        }
    }
    ARRAY_FREE(&groups);
    return holds;
}
