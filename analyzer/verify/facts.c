#include "base/memory.h"
#include "base/text.h"
#include "snapshot/fields.h"
#include "verify/attack.h"

#include <string.h>

/* ---- values of properties ---- */

typedef struct Value {
    const char *text;
    uint32_t record;
} Value;

typedef enum State { NOT_EXPORTED, NOT_SET, KNOWN } State;

typedef struct Values {
    ARRAY(Value) items;
    Arena *arena;
} Values;

static void add_value(Values *values, const char *text, uint32_t record)
{
    Value value = {text, record};
    if (text)
        ARRAY_PUSH(&values->items, value);
}

static State truth(Values *values, bool is, uint32_t record)
{
    add_value(values, is ? "true" : "false", record);
    return KNOWN;
}

static void add_kept(const Snapshot *snapshot, uint32_t first, uint32_t count, const char *name,
                     Values *values)
{
    uint32_t wanted = field_name_find(snapshot->fields, name);
    for (uint32_t i = 0; wanted != NONE && i < count; i++) {
        const Property *property = &snapshot->properties.items[first + i];
        if (property->name == wanted)
            add_value(values, text_text(snapshot, property->value), property->record);
    }
}

static State kept_of_principal(const World *world, uint32_t principal, const char *name,
                               Values *values)
{
    const Principal *of = &world->snapshot->principals.items[principal];
    add_kept(world->snapshot, of->first_property, of->property_count, name, values);
    return values->items.count ? KNOWN : of->exported ? NOT_SET : NOT_EXPORTED;
}

static State of_list(const World *world, RecordKind kind, const Values *values)
{
    if (values->items.count)
        return KNOWN;
    return world->snapshot->exported[kind] ? NOT_SET : NOT_EXPORTED;
}

/* ---- roles of Microsoft Entra ---- */

static bool is_over(const World *world, const DirectoryRoleAssignment *held)
{
    int64_t now = world->options.as_of;
    return now != TIME_NONE && ((held->start != TIME_NONE && now < held->start) ||
                                (held->end != TIME_NONE && now >= held->end));
}

/* How the principal holds the assignment: directly (NONE), or through a group it is a direct member
   of (the record of the membership).  False: not at all. */
static bool holds_directory_role(const World *world, uint32_t principal,
                                 const DirectoryRoleAssignment *held, uint32_t *membership)
{
    const Snapshot *snapshot = world->snapshot;
    *membership = NONE;
    if (is_over(world, held) || (held->eligible && !can_activate(world, principal) &&
                                 snapshot->principals.items[principal].kind != PRINCIPAL_GROUP))
        return false;
    if (held->principal == principal)
        return true;
    for (uint32_t i = world->memberships.first[principal];
         i < world->memberships.first[principal + 1]; i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[world->memberships.items[i]];
        if (relation->object != held->principal)
            continue;
        *membership = relation->record;
        return true;
    }
    return false;
}

static bool has_text(const TextList *list, const char *text)
{
    for (uint32_t i = 0; text && i < list->count; i++)
        if (text_equal_any_case(list->items[i], text))
            return true;
    return false;
}

static bool has_action(const TextList *wanted, const TextList *actions)
{
    for (uint32_t i = 0; i < wanted->count; i++)
        if (directory_action(wanted->items[i]) && has_text(actions, wanted->items[i]))
            return true;
    return false;
}

/* The exported definition of a custom role, or NULL. */
static const DirectoryRoleDefinition *custom_role(const World *world,
                                                  const DirectoryRoleAssignment *held)
{
    const Snapshot *snapshot = world->snapshot;
    const DirectoryRoleDefinition *found = NULL;
    for (uint32_t i = 0; i < snapshot->directory_role_definitions.count; i++) {
        const DirectoryRoleDefinition *definition = &snapshot->directory_role_definitions.items[i];
        if (!definition->built_in && held->role_template != NONE &&
            definition->template_id == held->role_template &&
            !rules_find_directory_role(world->rules, id_text(snapshot, definition->template_id)))
            found = definition;
    }
    return found;
}

static bool is_restricted(const World *world, uint32_t principal)
{
    const char *value =
        principal_property(world->snapshot, &world->snapshot->principals.items[principal],
                           "isManagementRestricted", NULL);
    return world->restricted[principal] || (value && text_equal(value, "true"));
}

static Surety unit_reaches(const World *world, const char *unit_id, Term target, uint32_t *record)
{
    const Snapshot *snapshot = world->snapshot;
    uint32_t unit = NONE;
    Id id = interner_find(&snapshot->ids, unit_id);
    if (target == NONE)
        return NEVER;
    for (uint32_t i = 0; i < snapshot->administrative_units.count; i++)
        if (id != NONE && snapshot->administrative_units.items[i].id == id)
            unit = i;
    for (uint32_t i = 0; unit != NONE && i < snapshot->unit_members.count; i++)
        if (snapshot->unit_members.items[i].unit == unit &&
            snapshot->unit_members.items[i].principal == person_of(target)) {
            *record = snapshot->unit_members.items[i].record;
            return is_restricted(world, person_of(target)) &&
                           !snapshot->administrative_units.items[unit].restricted
                       ? NEVER
                       : SURE;
        }
    PrincipalKind kind = snapshot->principals.items[person_of(target)].kind;
    bool can_be_in = kind == PRINCIPAL_USER || kind == PRINCIPAL_GROUP || kind == PRINCIPAL_UNKNOWN;
    bool told = unit != NONE && snapshot->administrative_units.items[unit].members_exported;
    return told || !can_be_in ? NEVER : IF_ASSUMED;
}

/* https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management
 */
static Surety role_reaches(const World *world, const DirectoryRoleAssignment *held, Term target,
                           uint32_t *record)
{
    static const char units[] = "/administrativeUnits/";
    static const char *const scope_themselves[] = {"62e90394-69f5-4237-9190-012177145e10",
                                                   "e8611ab8-c189-46e8-94e1-60213ab1f814"};
    const Snapshot *snapshot = world->snapshot;
    const char *scope = text_text(snapshot, held->directory_scope);
    if (text_is_empty(scope) || text_equal(scope, "/")) {
        if (target == NONE || !is_restricted(world, person_of(target)))
            return SURE;
        for (size_t i = 0; i < 2; i++)
            if (text_equal_any_case(id_text(snapshot, held->role_template), scope_themselves[i]))
                return IF_ASSUMED;
        return NEVER;
    }
    if (text_starts_with_any_case(scope, units))
        return unit_reaches(world, scope + sizeof units - 1, target, record);
    const char *object = scope + (*scope == '/');
    uint32_t principal = snapshot_find_principal(snapshot, object);
    if (principal == NONE)
        principal = service_principal_of(world, snapshot_find_id(snapshot, object));
    return principal != NONE && target != NONE && person_of(target) == principal ? SURE : NEVER;
}

static const char *role_name(const World *world, const DirectoryRoleAssignment *held)
{
    const DirectoryRole *role =
        rules_find_directory_role(world->rules, id_text(world->snapshot, held->role_template));
    const char *name = role ? role->name : text_text(world->snapshot, held->role_name);
    return name ? name : "a role without a name";
}

static const char *unit_name(const World *world, const DirectoryRoleAssignment *held)
{
    const Snapshot *snapshot = world->snapshot;
    const char *scope = text_text(snapshot, held->directory_scope);
    const char *slash = scope ? strrchr(scope, '/') : NULL;
    Id id = slash ? interner_find(&snapshot->ids, slash + 1) : NONE;
    const char *name = NULL;
    for (uint32_t i = 0; id != NONE && i < snapshot->administrative_units.count; i++)
        if (snapshot->administrative_units.items[i].id == id)
            name = text_text(snapshot, snapshot->administrative_units.items[i].name);
    return name ? name : "an administrative unit";
}

static const char *permission_name(const World *world, const AppRoleAssignment *held)
{
    const char *guid = id_text(world->snapshot, held->app_role);
    const AppRole *role = rules_find_app_role(world->rules, guid);
    const char *value = text_text(world->snapshot, held->value);
    return role ? role->name : value ? value : guid;
}

static Surety holding_meets(Attack *attack, uint32_t principal, const DirectoryRoleAssignment *held,
                            const TextList *wanted, Term target)
{
    const World *world = attack->world;
    const DirectoryRoleDefinition *custom = custom_role(world, held);
    uint32_t membership, unit_record = NONE;
    Surety covers = NEVER;
    if (has_text(wanted, id_text(world->snapshot, held->role_template)) ||
        (custom && has_action(wanted, &custom->actions)))
        covers = SURE;
    else if (custom && has_action(wanted, &custom->conditional_actions))
        covers = IF_CONDITION;
    if (covers == NEVER || !holds_directory_role(world, principal, held, &membership))
        return NEVER;
    Surety reaches = role_reaches(world, held, target, &unit_record);
    if (reaches == NEVER || !cite_naming(attack, held->record, role_name(world, held)) ||
        (membership != NONE &&
         !cite_naming(attack, membership, principal_name(world->snapshot, held->principal))) ||
        (custom && !cite_naming(attack, custom->record, role_name(world, held))) ||
        (unit_record != NONE && !cite_naming(attack, unit_record, unit_name(world, held))))
        return NEVER;
    return weaker(weaker(covers, reaches), held->eligible ? IF_ACTIVATED : SURE);
}

/* Permissions of Microsoft Graph: told by its application id, its name, or the permission. */
static bool is_of_graph(const World *world, const AppRoleAssignment *held)
{
    const Snapshot *snapshot = world->snapshot;
    const Principal *resource = &snapshot->principals.items[held->resource];
    if (resource->app_id != NONE)
        return text_equal_any_case(id_text(snapshot, resource->app_id),
                                   "00000003-0000-0000-c000-000000000000");
    if (resource->name != NONE)
        return text_equal(text_text(snapshot, resource->name), "Microsoft Graph");
    return rules_find_app_role(world->rules, id_text(snapshot, held->app_role)) != NULL;
}

/* What is given rests on the first record of the step that gives it. */
static bool cite_directory_gift(Attack *attack, const DirectoryGift *gift)
{
    const ClaimedStep *giving = &attack->steps.items[gift->step];
    const ClaimedStep *step = &attack->steps.items[attack->steps.count - 1];
    if (attack->uncited)
        return true;
    for (uint32_t i = 0; giving->cited_count && i < step->cited_count; i++)
        if (step->cited[i].location == giving->cited[0].location &&
            text_equal(step->cited[i].says, "the right to give roles")) {
            ARRAY_PUSH(&attack->trail, i);
            return true;
        }
    return false;
}

/* A role that an earlier step lets the attacker give. */
static bool can_be_given(Attack *attack, uint32_t principal, const Premise *premise)
{
    PrincipalKind kind = attack->world->snapshot->principals.items[principal].kind;
    bool permissions = premise->kind == PREMISE_APP_ROLE;
    for (uint32_t i = 0; i < attack->directory_gifts.count; i++) {
        const DirectoryGift *gift = &attack->directory_gifts.items[i];
        if (gift->permissions == permissions && role_lists_meet(&premise->values, gift->roles) &&
            !(permissions && (kind == PRINCIPAL_USER || kind == PRINCIPAL_GROUP)) &&
            cite_directory_gift(attack, gift)) {
            attack->uses_gift = true;
            return true;
        }
    }
    return false;
}

Surety meets_directory(Attack *attack, uint32_t principal, const Premise *premise, Term target)
{
    const World *world = attack->world;
    const Snapshot *snapshot = world->snapshot;
    Surety best = NEVER;
    uint32_t trail = attack->trail.count;
    if (premise->kind == PREMISE_APP_ROLE) {
        for (uint32_t i = 0; i < snapshot->app_roles.count && best != SURE; i++) {
            const AppRoleAssignment *held = &snapshot->app_roles.items[i];
            if (held->principal == principal && is_of_graph(world, held) &&
                has_text(&premise->values, id_text(snapshot, held->app_role)) &&
                cite_naming(attack, held->record, permission_name(world, held)))
                best = SURE;
        }
    } else {
        for (uint32_t i = 0; i < snapshot->directory_roles.count && best != SURE; i++) {
            uint32_t before = attack->trail.count;
            Surety meets = holding_meets(attack, principal, &snapshot->directory_roles.items[i],
                                         &premise->values, target);
            if (meets < best)
                best = meets;
            else
                attack->trail.count = before;
        }
    }
    if (best == SURE)
        return best;
    uint32_t own = attack->trail.count;
    if (!can_be_given(attack, principal, premise))
        return best;
    if (best != NEVER) { /* the gift instead of what is held */
        attack->trail.items[trail] = attack->trail.items[own];
        attack->trail.count = trail + 1;
    }
    return SURE;
}

/* ---- properties of principals that follow from other records ---- */

static bool assignable_group(const World *world, uint32_t group, uint32_t *record)
{
    const Snapshot *snapshot = world->snapshot;
    uint32_t ignored;
    *record = snapshot->principals.items[group].record;
    if (snapshot->principals.items[group].role_assignable)
        return true;
    for (uint32_t i = 0; i < snapshot->directory_roles.count; i++)
        if (snapshot->directory_roles.items[i].principal == group &&
            holds_directory_role(world, group, &snapshot->directory_roles.items[i], &ignored)) {
            *record = snapshot->directory_roles.items[i].record;
            return true;
        }
    return false;
}

static void add_assignable_groups(const World *world, uint32_t principal, Values *values)
{
    const Snapshot *snapshot = world->snapshot;
    uint32_t record;
    for (uint32_t i = 0; i < snapshot->relations.count; i++) {
        const DirectoryRelation *relation = &snapshot->relations.items[i];
        if (relation->subject == principal && relation->object != NONE &&
            snapshot->principals.items[relation->object].kind == PRINCIPAL_GROUP &&
            assignable_group(world, relation->object, &record))
            add_value(values,
                      id_text(snapshot, snapshot->principals.items[relation->object].object_id),
                      relation->record);
    }
}

static void add_issuers(const World *world, uint32_t principal, Values *values)
{
    const Snapshot *snapshot = world->snapshot;
    for (uint32_t i = 0; i < snapshot->federated_credentials.count; i++) {
        const FederatedCredential *credential = &snapshot->federated_credentials.items[i];
        if (credential->parent == NONE || credential->issuer == NONE)
            continue;
        uint32_t trusting = credential->parent_is_application
                                ? service_principal_of(world, credential->parent)
                                : world->identity_of_id[credential->parent];
        if (trusting != principal)
            continue;
        const char *issuer = text_text(snapshot, credential->issuer);
        add_value(values, issuer, credential->record);
        const char *host = strstr(issuer, "://");
        const char *path = host ? strchr(host + strlen("://"), '/') : NULL;
        if (path && path[1])
            add_value(values, arena_copy_bytes(values->arena, issuer, (size_t)(path - issuer)),
                      credential->record);
    }
}

static State foreign(const World *world, uint32_t principal, Values *values)
{
    const Snapshot *snapshot = world->snapshot;
    const Principal *of = &snapshot->principals.items[principal];
    uint32_t record = NONE, application = world->application_of[principal];
    if (application != NONE)
        return truth(values, false, snapshot->applications.items[application].record);
    const char *owner = principal_property(snapshot, of, "appOwnerOrganizationId", &record);
    if (owner && snapshot->tenant_id != NONE)
        return truth(values, !text_equal_any_case(owner, id_text(snapshot, snapshot->tenant_id)),
                     record);
    return of->exported ? NOT_SET : NOT_EXPORTED;
}

static State instance_lock(const World *world, uint32_t principal, Values *values)
{
    uint32_t index = world->application_of[principal];
    if (index == NONE)
        return NOT_EXPORTED;
    const Application *application = &world->snapshot->applications.items[index];
    if (application->instance_lock == INSTANCE_LOCK_NOT_SAID)
        return NOT_SET;
    return truth(values, application->instance_lock == INSTANCE_LOCK_ON, application->record);
}

static State guest(const World *world, uint32_t principal, Values *values)
{
    const Principal *of = &world->snapshot->principals.items[principal];
    uint32_t record = NONE;
    const char *type = principal_property(world->snapshot, of, "userType", &record);
    if (of->guest || type)
        return truth(values, of->guest, record == NONE ? of->record : record);
    return of->exported ? NOT_SET : NOT_EXPORTED;
}

static State directory_roles(const World *world, uint32_t principal, Values *values)
{
    const Snapshot *snapshot = world->snapshot;
    uint32_t record;
    for (uint32_t i = 0; i < snapshot->directory_roles.count; i++) {
        const DirectoryRoleAssignment *held = &snapshot->directory_roles.items[i];
        if (!held->eligible && holds_directory_role(world, principal, held, &record))
            add_value(values, id_text(snapshot, held->role_template), held->record);
    }
    return of_list(world, RECORD_DIRECTORY_ROLE, values);
}

static State app_roles(const World *world, uint32_t principal, Values *values)
{
    const Snapshot *snapshot = world->snapshot;
    for (uint32_t i = 0; i < snapshot->app_roles.count; i++) {
        const AppRoleAssignment *held = &snapshot->app_roles.items[i];
        if (held->principal == principal && is_of_graph(world, held))
            add_value(values, id_text(snapshot, held->app_role), held->record);
    }
    return of_list(world, RECORD_APP_ROLE_ASSIGNMENT, values);
}

/* The record that puts the principal into a restricted administrative unit, or NONE. */
static uint32_t restricting_record(const World *world, uint32_t principal)
{
    const Snapshot *snapshot = world->snapshot;
    for (uint32_t i = 0; i < snapshot->unit_members.count; i++)
        if (snapshot->unit_members.items[i].principal == principal &&
            snapshot->administrative_units.items[snapshot->unit_members.items[i].unit].restricted)
            return snapshot->unit_members.items[i].record;
    return NONE;
}

static State values_of_principal(const World *world, uint32_t principal, const char *name,
                                 Values *values)
{
    const Principal *of = &world->snapshot->principals.items[principal];
    uint32_t record;
    if (text_equal(name, "directoryRoles"))
        return directory_roles(world, principal, values);
    if (text_equal(name, "appRoles"))
        return app_roles(world, principal, values);
    if (text_equal(name, "isAssignableToRole") && assignable_group(world, principal, &record))
        return truth(values, true, record);
    if (text_equal(name, "roleAssignableGroups")) {
        add_assignable_groups(world, principal, values);
        return of_list(world, RECORD_GROUP_MEMBER, values);
    }
    if (text_equal(name, "federatedIssuers")) {
        add_issuers(world, principal, values);
        return of_list(world, RECORD_FEDERATED_CREDENTIAL, values);
    }
    if (text_equal(name, "guest"))
        return guest(world, principal, values);
    if (text_equal(name, "dynamicMembership"))
        return of->exported ? truth(values, of->dynamic_membership, of->record) : NOT_EXPORTED;
    if (text_equal(name, "foreign"))
        return foreign(world, principal, values);
    if (text_equal(name, "appInstanceLock"))
        return instance_lock(world, principal, values);
    if (text_equal(name, "isManagementRestricted") && world->restricted[principal] &&
        (record = restricting_record(world, principal)) != NONE)
        return truth(values, true, record);
    return kept_of_principal(world, principal, name, values);
}

/* ---- premises ---- */

static State values_of(const World *world, Term term, const char *name, Values *values)
{
    if (is_person(term))
        return values_of_principal(world, person_of(term), name, values);
    const Resource *resource = place_resource(world, term);
    if (!resource || !resource->detailed)
        return NOT_EXPORTED;
    add_kept(world->snapshot, resource->first_property, resource->property_count, name, values);
    return values->items.count ? KNOWN : NOT_SET;
}

static Surety of_missing(MissingValue missing)
{
    return missing == MISSING_HOLDS ? SURE : missing == MISSING_ASSUMED ? IF_ASSUMED : NEVER;
}

static bool is_wanted(const Premise *premise, const char *text)
{
    for (uint32_t i = 0; i < premise->values.count; i++)
        if (property_value_equal(text, premise->values.items[i]))
            return true;
    return premise->values.count == 0;
}

Surety property_holds(Attack *attack, const Premise *premise, Term term, const char **shown,
                      uint32_t *record)
{
    const World *world = attack->world;
    const Resource *resource = is_person(term) ? NULL : place_resource(world, term);
    Values values = {.arena = &attack->arena};
    Surety surety;
    *shown = NULL;
    *record = is_person(term) ? world->snapshot->principals.items[person_of(term)].record
              : resource      ? resource->record
                              : NONE;
    State state = values_of(world, term, premise->property, &values);
    if (state == NOT_EXPORTED) {
        surety = of_missing(premise->not_exported);
    } else if (state == NOT_SET) {
        surety = of_missing(premise->missing);
    } else {
        const Value *deciding = &values.items.items[0];
        bool found = false;
        for (uint32_t i = 0; i < values.items.count && !found; i++)
            if (is_wanted(premise, values.items.items[i].text) != premise->only) {
                deciding = &values.items.items[i];
                found = true;
            }
        *shown = deciding->text;
        *record = deciding->record;
        surety = (found != premise->only) != premise->negated ? SURE : NEVER;
    }
    ARRAY_FREE(&values.items);
    return surety;
}
