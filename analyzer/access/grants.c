#include "access/internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct GrantBuilder {
    Access *access;
    AtomSet nothing;      /* shared by all right sets without open conditions */
    uint32_t *plain;      /* by role: its right set without any condition, or NONE */
    Interner conditioned; /* role, condition, scope -> right set, through `set_of_key` */
    uint32_t *set_of_key;
    Interner limit_keys; /* role, condition -> Access.limits */
    Arena scratch;
} GrantBuilder;

/* ---- right sets ---- */

/* A condition in one context.  Actions that none of its ActionMatches matches get one answer. */
typedef struct ConditionInContext {
    const ParsedCondition *condition;
    bool untargeted_known;
    Tri untargeted;
} ConditionInContext;

static Tri holds_for_atom(const Access *access, ConditionInContext *in_context, uint32_t atom,
                          ConditionContext *context)
{
    const ParsedCondition *condition = in_context->condition;
    if (!condition)
        return TRI_TRUE;
    if (condition->broken)
        return TRI_UNKNOWN;
    context->action = access->atoms->atoms.items[atom].action;
    if (atom_set_has(condition->targets, atom))
        return condition_holds(condition, context);
    if (!in_context->untargeted_known) {
        in_context->untargeted = condition_holds(condition, context);
        in_context->untargeted_known = true;
    }
    return in_context->untargeted;
}

static void decide_atoms(GrantBuilder *builder, const Role *role,
                         const ParsedCondition *of_assignment, ConditionContext *context,
                         RightSet *rights)
{
    Access *access = builder->access;
    uint32_t blocks = role->definition->block_count;
    ConditionInContext outer = {.condition = of_assignment};
    ConditionInContext *inner = arena_allocate(&builder->scratch, blocks, sizeof *inner);
    for (uint32_t b = 0; b < blocks; b++)
        inner[b].condition = role->block_conditions[b];
    for (uint32_t atom = 0; atom < access->atoms->atoms.count; atom++) {
        Tri given = TRI_FALSE;
        for (uint32_t b = 0; b < blocks && given != TRI_TRUE; b++)
            if (atom_set_has(role->block_atoms[b], atom))
                given = tri_or(given, holds_for_atom(access, &inner[b], atom, context));
        if (given != TRI_FALSE)
            given = tri_and(given, holds_for_atom(access, &outer, atom, context));
        if (given != TRI_FALSE)
            atom_set_add(given == TRI_TRUE ? rights->certain : rights->conditional, atom);
    }
}

static Tri gives_text(const Access *access, uint32_t role, const ParsedCondition *of_assignment,
                      const char *action, ConditionContext *context)
{
    context->action = action;
    return role_gives(access, role, of_assignment, &(Ask){action, PLANE_CONTROL, context});
}

static uint32_t make_rights(GrantBuilder *builder, uint32_t role_index,
                            const ParsedCondition *of_assignment, uint32_t scope)
{
    Access *access = builder->access;
    const Role *role = &access->roles.items[role_index];
    ScopeAttributes attributes = {.count = 0};
    if (scope != NONE)
        scope_attributes(access,
                         interned_text(&access->snapshot->ids, access->tree.scopes[scope].id),
                         &builder->scratch, &attributes);
    ConditionContext context = {.reading = access->reading,
                                .bindings = attributes.bindings,
                                .binding_count = attributes.count};
    RightSet rights = {.certain = role->atoms, .conditional = builder->nothing};
    if (of_assignment || role->conditioned) {
        rights.certain = atom_set_new(access);
        rights.conditional = atom_set_new(access);
        decide_atoms(builder, role, of_assignment, &context, &rights);
    }
    rights.locks_delete = gives_text(access, role_index, of_assignment, LOCKS_DELETE, &context);
    rights.role_definitions =
        gives_text(access, role_index, of_assignment, ROLE_DEFINITIONS_WRITE, &context);
    ARRAY_PUSH(&access->right_sets, rights);
    arena_reset(&builder->scratch);
    return access->right_sets.count - 1;
}

static bool asks_for_scope(const Role *role, const ParsedCondition *of_assignment)
{
    bool asks = of_assignment && of_assignment->uses_scope;
    for (uint32_t b = 0; b < role->definition->block_count; b++)
        asks |= role->block_conditions[b] && role->block_conditions[b]->uses_scope;
    return asks;
}

static uint32_t conditioned_rights(GrantBuilder *builder, uint32_t role,
                                   const RoleAssignment *assignment, uint32_t scope)
{
    Access *access = builder->access;
    const ParsedCondition *of_assignment = condition_of_text(access, assignment->condition);
    uint32_t deciding = asks_for_scope(&access->roles.items[role], of_assignment) ? scope : NONE;
    uint32_t key[3] = {role, of_assignment ? assignment->condition : NONE, deciding};
    uint32_t known = builder->conditioned.count;
    uint32_t id = intern_bytes(&builder->conditioned, (const char *)key, sizeof key);
    if (id < known)
        return builder->set_of_key[id];
    builder->set_of_key =
        memory_resize(builder->set_of_key, builder->conditioned.capacity, sizeof(uint32_t));
    return builder->set_of_key[id] = make_rights(builder, role, of_assignment, deciding);
}

static uint32_t rights_of(GrantBuilder *builder, uint32_t role, const RoleAssignment *assignment,
                          uint32_t scope)
{
    const Role *in_force = &builder->access->roles.items[role];
    if (in_force->conditioned || assignment->condition != NONE)
        return conditioned_rights(builder, role, assignment, scope);
    if (builder->plain[role] == NONE)
        builder->plain[role] = make_rights(builder, role, NULL, NONE);
    return builder->plain[role];
}

/* ---- what scopes decide ---- */

/* NONE when no scope has a say. */
static uint32_t limit_of(GrantBuilder *builder, uint32_t role, uint32_t assignment)
{
    Access *access = builder->access;
    const RoleAssignment *assigned = &access->snapshot->role_assignments.items[assignment];
    const ParsedCondition *condition = condition_of_text(access, assigned->condition);
    if (!asks_for_scope(&access->roles.items[role], condition))
        return NONE;
    uint32_t key[2] = {role, condition ? assigned->condition : NONE};
    uint32_t known = access->limits.count;
    uint32_t index = intern_bytes(&builder->limit_keys, (const char *)key, sizeof key);
    if (index < known)
        return index;
    Limit limit = {.rights = conditioned_rights(builder, role, assigned, NONE),
                   .role = role,
                   .assignment = assignment};
    ARRAY_PUSH(&access->limits, limit);
    return index;
}

static bool same_rights(const Access *access, const RightSet *a, const RightSet *b)
{
    size_t bytes = access->set_words * sizeof *a->certain;
    return memcmp(a->certain, b->certain, bytes) == 0 &&
           memcmp(a->conditional, b->conditional, bytes) == 0;
}

static bool gains(const Access *access, const RightSet *from, const RightSet *to)
{
    for (uint32_t w = 0; w < access->set_words; w++)
        if (to->certain[w] & ~from->certain[w])
            return true;
    return false;
}

static void decide_at(GrantBuilder *builder, Limit *limit, uint32_t scope)
{
    Access *access = builder->access;
    const RoleAssignment *assigned = &access->snapshot->role_assignments.items[limit->assignment];
    uint32_t rights = conditioned_rights(builder, limit->role, assigned, scope);
    const RightSet *above = &access->right_sets.items[limit_rights_at(access, limit, scope)];
    const RightSet *here = &access->right_sets.items[rights];
    LocalRights local = {scope, rights, gains(access, above, here)};
    if (!same_rights(access, above, here))
        ARRAY_PUSH(&limit->local, local);
}

/* In tree order, so that what lies above a scope is decided before it. */
static void decide_limits(GrantBuilder *builder)
{
    Access *access = builder->access;
    if (!access->limits.count)
        return;
    bool *within = memory_allocate(access->tree.count, sizeof *within);
    for (uint32_t l = 0; l < access->limits.count; l++) {
        memset(within, 0, access->tree.count * sizeof *within);
        for (uint32_t g = 0; g < access->grants.count; g++) {
            uint32_t scope = access->grants.items[g].scope;
            if (access->grants.items[g].limit != l)
                continue;
            if (access->tree.scopes[scope].level <= SCOPE_MANAGEMENT_GROUP)
                memset(within, true, access->tree.count * sizeof *within); /* places are assumed */
            else
                memset(within + scope, true,
                       (access->tree.scopes[scope].end - scope) * sizeof *within);
        }
        for (uint32_t scope = 0; scope < access->tree.count; scope++)
            if (within[scope] && scope_decides(access, scope))
                decide_at(builder, &access->limits.items[l], scope);
    }
    free(within);
}

/* Grants below which nothing is decided are as if the condition looked at no scope. */
static void forget_idle_limits(Access *access)
{
    for (uint32_t g = 0; g < access->grants.count; g++) {
        Grant *grant = &access->grants.items[g];
        if (grant->limit == NONE ||
            access->tree.scopes[grant->scope].level <= SCOPE_MANAGEMENT_GROUP)
            continue;
        uint32_t first;
        if (!access_local_rights(access, grant, &first))
            grant->limit = NONE;
    }
}

/* ---- assignments ---- */

static bool in_force(const Access *access, const RoleAssignment *assignment)
{
    if (assignment->classic)
        return false;
    if (assignment->kind == ASSIGNMENT_ELIGIBLE) {
        PrincipalKind kind = access->snapshot->principals.items[assignment->principal].kind;
        if (kind != PRINCIPAL_GROUP && !access_can_activate(access, assignment->principal))
            return false;
    }
    if (access->as_of == TIME_NONE)
        return true;
    return (assignment->start == TIME_NONE || access->as_of >= assignment->start) &&
           (assignment->end == TIME_NONE || access->as_of < assignment->end);
}

static void add_grant(GrantBuilder *builder, uint32_t index)
{
    Access *access = builder->access;
    const RoleAssignment *assignment = &access->snapshot->role_assignments.items[index];
    uint32_t scope = access->tree.scope_of_id[assignment->scope];
    if (scope == NONE || !in_force(access, assignment))
        return;
    uint32_t role = role_of_guid_id(access, assignment->role_guid);
    if (role == NONE) {
        UnknownGrant unknown = {assignment->principal, scope, index};
        ARRAY_PUSH(&access->unknown_grants, unknown);
        return;
    }
    Grant grant = {.principal = assignment->principal,
                   .scope = scope,
                   .role = role,
                   .rights = rights_of(builder, role, assignment, scope),
                   .assignment = index,
                   .limit = limit_of(builder, role, index),
                   .certainty = assignment->kind == ASSIGNMENT_ELIGIBLE ? ELIGIBLE : CERTAIN};
    ARRAY_PUSH(&access->grants, grant);
}

/* ---- order ---- */

static int by_scope_then_assignment(const void *a, const void *b)
{
    const Grant *left = a, *right = b;
    if (left->scope != right->scope)
        return left->scope < right->scope ? -1 : 1;
    return left->assignment < right->assignment ? -1 : left->assignment > right->assignment;
}

static int unknown_by_principal(const void *a, const void *b)
{
    const UnknownGrant *left = a, *right = b;
    if (left->principal != right->principal)
        return left->principal < right->principal ? -1 : 1;
    if (left->scope != right->scope)
        return left->scope < right->scope ? -1 : 1;
    return left->assignment < right->assignment ? -1 : left->assignment > right->assignment;
}

static void group_by_principal(Access *access)
{
    uint32_t principals = access->snapshot->principals.count;
    uint32_t *first = memory_allocate((size_t)principals + 1, sizeof *first);
    uint32_t *next = memory_allocate((size_t)principals + 1, sizeof *next);
    Grant *ordered = memory_allocate(access->grants.count, sizeof *ordered);
    for (uint32_t i = 0; i < access->grants.count; i++)
        first[access->grants.items[i].principal + 1]++;
    for (uint32_t p = 0; p < principals; p++)
        next[p + 1] = first[p + 1] += first[p];
    for (uint32_t i = 0; i < access->grants.count; i++)
        ordered[next[access->grants.items[i].principal]++] = access->grants.items[i];
    for (uint32_t p = 0; p < principals; p++)
        if (first[p + 1] - first[p] > 1)
            qsort(ordered + first[p], first[p + 1] - first[p], sizeof *ordered,
                  by_scope_then_assignment);
    free(next);
    free(access->grants.items);
    access->grants.items = ordered;
    access->grants.capacity = access->grants.count;
    access->first_grant = first;
}

void grants_build(Access *access)
{
    GrantBuilder builder = {.access = access,
                            .nothing = atom_set_new(access),
                            .conditioned = interner_new(CASE_MATTERS),
                            .limit_keys = interner_new(CASE_MATTERS)};
    builder.plain = memory_allocate(access->roles.count, sizeof *builder.plain);
    memset(builder.plain, 0xff, access->roles.count * sizeof *builder.plain);
    for (uint32_t i = 0; i < access->snapshot->role_assignments.count; i++)
        add_grant(&builder, i);
    decide_limits(&builder);
    forget_idle_limits(access);
    group_by_principal(access);
    if (access->unknown_grants.count)
        qsort(access->unknown_grants.items, access->unknown_grants.count,
              sizeof *access->unknown_grants.items, unknown_by_principal);
    free(builder.plain);
    free(builder.set_of_key);
    interner_free(&builder.conditioned);
    interner_free(&builder.limit_keys);
    arena_free(&builder.scratch);
}

/* ---- walking ---- */

HeldWalk held_walk(const Access *access, uint32_t principal)
{
    return (HeldWalk){.access = access,
                      .principal = principal,
                      .group = NONE,
                      .next = access->first_grant[principal],
                      .end = access->first_grant[principal + 1]};
}

bool held_next(HeldWalk *walk, HeldGrant *held)
{
    const Access *access = walk->access;
    while (walk->next == walk->end) {
        uint32_t position =
            walk->group == NONE ? access->first_group[walk->principal] : walk->group + 1;
        if (position == access->first_group[walk->principal + 1])
            return false;
        walk->group = position;
        walk->next = access->first_grant[access->groups[position]];
        walk->end = access->first_grant[access->groups[position] + 1];
    }
    held->grant = &access->grants.items[walk->next++];
    held->through = walk->group == NONE ? NONE : access->groups[walk->group];
    return true;
}
