#include "access/internal.h"

/* ---- giving roles ---- */

/* A role that nobody's condition names. */
static const char new_role[] = "5a0e8b1c-94d7-4f3e-8c62-b1d7f09a2e46";

const char UNNAMED_PRINCIPAL[] = "c3a1f0d2-5b7e-4c69-9f18-6d20e4b7a835";

const char *principal_type(PrincipalKind kind)
{
    switch (kind) {
    case PRINCIPAL_USER:
        return "User";
    case PRINCIPAL_GROUP:
        return "Group";
    case PRINCIPAL_SERVICE_PRINCIPAL:
    case PRINCIPAL_SYSTEM_ASSIGNED:
    case PRINCIPAL_USER_ASSIGNED:
        return "ServicePrincipal";
    case PRINCIPAL_UNKNOWN:
        break;
    }
    return NULL;
}

/* Written assignments are described by the request, deleted ones are the resource.
   https://learn.microsoft.com/azure/role-based-access-control/conditions-authorization-actions-attributes
 */
void given_attributes(const GivenRole *given, GivenAttributes *attributes)
{
    static const char *const names[] = {ROLE_ASSIGNMENT_ROLE, ROLE_ASSIGNMENT_TO,
                                        ROLE_ASSIGNMENT_TO_TYPE};
    const char *values[] = {given->role, given->to, given->to_type};
    attributes->count = 0;
    for (uint32_t i = 0; i < GIVEN_ATTRIBUTES; i++) {
        if (!values[i])
            continue;
        attributes->values[attributes->count] = values[i];
        attributes->bindings[attributes->count] =
            (AttributeBinding){.source = given->deleting ? SOURCE_RESOURCE : SOURCE_REQUEST,
                               .state = ATTRIBUTE_KNOWN,
                               .name = names[i],
                               .values = &attributes->values[attributes->count],
                               .value_count = 1};
        attributes->count++;
    }
}

/* Like role_gives, but a role that does not cover the action is not held against it. */
static Tri conditions_admit(const Access *access, const Grant *grant, const Ask *ask)
{
    const Role *role = &access->roles.items[grant->role];
    const RoleAssignment *assignment = &access->snapshot->role_assignments.items[grant->assignment];
    Tri given = TRI_FALSE;
    bool covered = false;
    for (uint32_t b = 0; b < role->definition->block_count; b++) {
        if (!block_covers(&role->definition->blocks[b], ask, access->reading))
            continue;
        covered = true;
        given = tri_or(given, condition_holds(role->block_conditions[b], ask->context));
    }
    Tri assigned = condition_holds(assignment_condition(access, assignment), ask->context);
    return covered ? tri_and(given, assigned) : assigned;
}

/* The conditions of the assignment and, unless the role was rewritten, of its blocks. */
static Tri admits(const Access *access, const Grant *grant, GivenRole given, bool rewritten)
{
    GivenAttributes attributes;
    given_attributes(&given, &attributes);
    const char *action = given.deleting ? ROLE_ASSIGNMENTS_DELETE : ROLE_ASSIGNMENTS_WRITE;
    ConditionContext context = {.action = action,
                                .reading = access->reading,
                                .bindings = attributes.bindings,
                                .binding_count = attributes.count};
    if (rewritten)
        return condition_holds(
            assignment_condition(access,
                                 &access->snapshot->role_assignments.items[grant->assignment]),
            &context);
    return conditions_admit(access, grant, &(Ask){action, PLANE_CONTROL, &context});
}

/* `guid` has room for the text of the role's GUID. */
static GivenRole given_role(const Access *access, uint32_t role, uint32_t recipient,
                            PrincipalKind recipient_kind, char guid[GUID_TEXT_BYTES])
{
    GivenRole given = {.role = role == NONE ? new_role : guid, .to = UNNAMED_PRINCIPAL};
    if (role != NONE)
        guid_format(&access->roles.items[role].definition->guid, guid);
    if (recipient != NONE) {
        const Principal *principal = &access->snapshot->principals.items[recipient];
        given.to = id_text(access->snapshot, principal->object_id);
        if (principal->kind != PRINCIPAL_UNKNOWN)
            recipient_kind = principal->kind;
    }
    given.to_type = principal_type(recipient_kind);
    return given;
}

Tri access_admits(const Access *access, const Grant *grant, uint32_t role, uint32_t recipient,
                  PrincipalKind recipient_kind, bool deleting)
{
    char guid[GUID_TEXT_BYTES];
    GivenRole given = given_role(access, role, recipient, recipient_kind, guid);
    given.deleting = deleting;
    return admits(access, grant, given, false);
}

Tri access_admits_rewritten(const Access *access, const Grant *grant, uint32_t role,
                            uint32_t recipient, PrincipalKind recipient_kind)
{
    char guid[GUID_TEXT_BYTES];
    return admits(access, grant, given_role(access, role, recipient, recipient_kind, guid), true);
}

/* ---- rewriting a role ---- */

static Certainty held_at(const Access *access, uint32_t principal, const ScopeTarget *target)
{
    Certainty best = NO;
    HeldWalk walk = held_walk(access, principal);
    for (HeldGrant held; held_next(&walk, &held);) {
        const Grant *grant = held.grant;
        Tri gives = access->right_sets.items[grant->rights].role_definitions;
        if (gives == TRI_FALSE ||
            (grant->certainty == ELIGIBLE && !access_can_activate(access, principal)))
            continue;
        Certainty contained =
            target ? scope_contains_target(&access->tree, grant->scope, target) : ASSUMED;
        Certainty certainty = certainty_worse(contained, grant->certainty);
        if (gives == TRI_UNKNOWN)
            certainty = certainty_worse(certainty, CONDITIONAL);
        if (certainty < best)
            best = certainty;
    }
    return best;
}

static Certainty may_write_at(const Access *access, uint32_t principal, const char *scope)
{
    ScopeTarget target = scope_target(&access->tree, access->snapshot, scope);
    Certainty held = held_at(access, principal, &target);
    if (held == NO)
        return NO;
    ConditionContext context = {.action = ROLE_DEFINITIONS_WRITE, .reading = access->reading};
    Ask ask = {ROLE_DEFINITIONS_WRITE, PLANE_CONTROL, &context};
    Tri passable = unobstructed(access, access->class_of[principal], &ask, &target, true, NULL);
    if (passable == TRI_FALSE)
        return NO;
    return passable == TRI_UNKNOWN ? certainty_worse(held, CONDITIONAL) : held;
}

Certainty access_may_edit_role(const Access *access, uint32_t principal, uint32_t role)
{
    const Role *edited = &access->roles.items[role];
    const TextList *scopes = &edited->definition->assignable_scopes;
    if (edited->built_in_table || edited->definition->kind != ROLE_CUSTOM)
        return NO;
    if (!scopes->count)
        return held_at(access, principal, NULL); /* where it may be written was not exported */
    Certainty worst = CERTAIN;
    for (uint32_t i = 0; i < scopes->count && worst != NO; i++)
        worst = certainty_worse(worst, may_write_at(access, principal, scopes->items[i]));
    return worst;
}
