#include "graph/caller.h"

#include "base/memory.h"
#include "base/numbers.h"

#include "graph/clause_plan.h"

#include <stdlib.h>

static void add_grants(Caller *caller, const Builder *builder, uint32_t of, bool is_user)
{
    const Access *access = builder->access;
    for (uint32_t g = access->first_grant[of]; g < access->first_grant[of + 1]; g++)
        if (access->grants.items[g].certainty != ELIGIBLE || is_user)
            ARRAY_PUSH(&caller->grants, g);
}

/* Sorts the grants and gathers what they may give. */
static void finish(Caller *caller, Builder *builder)
{
    const Access *access = builder->access;
    uint64_t *anywhere = arena_allocate(&builder->arena, access->set_words, sizeof *anywhere);
    if (caller->grants.count)
        qsort(caller->grants.items, caller->grants.count, sizeof *caller->grants.items, by_number);
    for (uint32_t i = 0; i < caller->grants.count; i++) {
        const Grant *grant = &access->grants.items[caller->grants.items[i]];
        const RightSet *rights = &access->right_sets.items[grant->rights];
        for (uint32_t w = 0; w < access->set_words; w++)
            anywhere[w] |= rights->certain[w] | rights->conditional[w];
    }
    caller->anywhere = anywhere;
}

static void set(Caller *caller, Builder *builder, uint32_t principal, bool is_user)
{
    const Access *access = builder->access;
    caller->principal = principal;
    add_grants(caller, builder, principal, is_user);
    for (uint32_t i = access->first_group[principal]; i < access->first_group[principal + 1]; i++)
        if (access->groups[i] != principal)
            add_grants(caller, builder, access->groups[i], is_user);
    finish(caller, builder);
}

/* One per principal: made when first asked for. */
static Caller *callers_new(const Builder *builder)
{
    uint32_t count = builder->snapshot->principals.count;
    Caller *callers = memory_allocate(count, sizeof *callers);
    for (uint32_t i = 0; i < count; i++)
        callers[i].principal = NONE;
    return callers;
}

const Caller *caller_of(Builder *builder, uint32_t principal)
{
    if (!builder->callers)
        builder->callers = callers_new(builder);
    Caller *caller = &builder->callers[principal];
    if (caller->principal == NONE) {
        caller->node = builder->graph->node_of_principal[principal];
        caller->class_index = builder->graph->class_of[principal];
        set(caller, builder, principal, access_can_activate(builder->access, principal));
    }
    return caller;
}

const Caller *caller_of_member(Builder *builder, uint32_t group, bool is_user)
{
    if (!builder->members[is_user])
        builder->members[is_user] = callers_new(builder);
    Caller *member = &builder->members[is_user][group];
    if (member->principal == NONE)
        set(member, builder, group, is_user);
    return member;
}

static void free_callers(const Builder *builder, Caller **callers)
{
    for (uint32_t i = 0; *callers && i < builder->snapshot->principals.count; i++)
        ARRAY_FREE(&(*callers)[i].grants);
    free(*callers);
    *callers = NULL;
}

void callers_free(Builder *builder)
{
    free_callers(builder, &builder->callers);
    free_callers(builder, &builder->members[false]);
    free_callers(builder, &builder->members[true]);
}

/* ---- access policies ---- */

/* The record of the first policy that names the principal and does what is wanted of it. */
static uint32_t policy_record_of(const Builder *builder, uint32_t principal, uint32_t resource,
                                 const Premise *premise)
{
    const Snapshot *snapshot = builder->snapshot;
    for (uint32_t p = builder->first_policy[principal]; p < builder->first_policy[principal + 1];
         p++) {
        const AccessPolicy *policy = &snapshot->access_policies.items[builder->policy_order[p]];
        if (policy->resource == resource && policy_gives(policy, premise))
            return policy->record;
    }
    return NONE;
}

uint32_t caller_policy_record(const Caller *caller, const Builder *builder, uint32_t vault,
                              const Premise *premise)
{
    const Access *access = builder->access;
    uint32_t of = caller->principal;
    uint32_t resource = access->tree.scopes[vault].resource;
    if (resource == NONE)
        return NONE;
    uint32_t record = policy_record_of(builder, of, resource, premise);
    for (uint32_t i = access->first_group[of]; i < access->first_group[of + 1] && record == NONE;
         i++)
        record = policy_record_of(builder, access->groups[i], resource, premise);
    return record;
}

void caller_policy_vaults(const Caller *caller, const Builder *builder,
                          void (*visit)(void *context, uint32_t vault), void *context)
{
    const Access *access = builder->access;
    uint32_t of = caller->principal;
    uint32_t group_count = access->first_group[of + 1] - access->first_group[of];
    for (uint32_t i = 0; i <= group_count; i++) {
        uint32_t named = i ? access->groups[access->first_group[of] + i - 1] : of;
        for (uint32_t p = builder->first_policy[named]; p < builder->first_policy[named + 1]; p++) {
            const AccessPolicy *policy =
                &builder->snapshot->access_policies.items[builder->policy_order[p]];
            const Resource *vault = &builder->snapshot->resources.items[policy->resource];
            visit(context, access->tree.scope_of_id[vault->id]);
        }
    }
}

bool caller_has_policies(const Caller *caller, const Builder *builder)
{
    const Access *access = builder->access;
    uint32_t of = caller->principal;
    if (builder->first_policy[of] < builder->first_policy[of + 1])
        return true;
    for (uint32_t i = access->first_group[of]; i < access->first_group[of + 1]; i++)
        if (builder->first_policy[access->groups[i]] < builder->first_policy[access->groups[i] + 1])
            return true;
    return false;
}

bool caller_has_relation(const Caller *caller, const Builder *builder, const Premise *premise)
{
    const RelationTable *table = &builder->relations->tables[premise->relation];
    uint32_t first;
    return relations_from(table, caller->principal | TERM_PRINCIPAL, &first) > 0 ||
           relations_to(table, caller->principal | TERM_PRINCIPAL, &first) > 0;
}

/* ---- grants ---- */

Certainty grant_gives(const Builder *builder, uint32_t grant, uint32_t atom, uint32_t scope)
{
    const Grant *g = &builder->access->grants.items[grant];
    const RightSet *rights = access_rights_at(builder->access, g, scope);
    if (atom_set_has(rights->certain, atom))
        return g->certainty;
    if (atom == builder->assign_atom)
        return NO;
    return atom_set_has(rights->conditional, atom) ? certainty_worse(CONDITIONAL, g->certainty)
                                                   : NO;
}

bool grant_may_hold(const Builder *builder, uint32_t grant, const Premise *premise)
{
    const Grant *g = &builder->access->grants.items[grant];
    const RightSet *rights = &builder->access->right_sets.items[g->rights];
    for (uint32_t p = 0; p < premise->permission_count; p++) {
        uint32_t atom = builder->atom_of_permission[premise->permissions[p]];
        if (atom_set_has(rights->certain, atom) || atom_set_has(rights->conditional, atom))
            return true;
    }
    return false;
}

GrantCondition grant_condition(const Builder *builder, const Grant *grant)
{
    const RoleDefinition *role = builder->access->roles.items[grant->role].definition;
    Text own = builder->snapshot->role_assignments.items[grant->assignment].condition;
    const char *text = text_text(builder->snapshot, own);
    for (uint32_t b = 0; !text && b < role->block_count; b++)
        text = role->blocks[b].condition;
    if (!text || !text_find_any_case(text, "roleAssignments:RoleDefinitionId"))
        return GRANT_CONDITION_OTHER;
    return text_find_any_case(text, "GuidNotEquals") ? GRANT_CONDITION_ROLE_DENYLIST
                                                     : GRANT_CONDITION_ROLE_LIST;
}

/* The right to give roles, under a condition of one of the kinds that lets a role through which it
   cannot know. */
static Certainty grant_gives_new_role(const Caller *caller, const Builder *builder, uint32_t index,
                                      uint32_t atom, uint32_t kinds)
{
    const Grant *grant = &builder->access->grants.items[index];
    const RightSet *rights = &builder->access->right_sets.items[grant->rights];
    if (!atom_set_has(rights->conditional, atom) || !(kinds >> grant_condition(builder, grant) & 1))
        return NO;
    Tri admits = access_admits(builder->access, grant, NONE, caller->principal,
                               PRINCIPAL_SERVICE_PRINCIPAL, false);
    if (admits == TRI_FALSE)
        return NO;
    return admits == TRI_TRUE ? grant->certainty : certainty_worse(CONDITIONAL, grant->certainty);
}

/* The best of the premise's permissions that the grant gives at the scope: where one is denied,
   another may do. */
static Certainty grant_holds(const Caller *caller, const Builder *builder, uint32_t grant,
                             const Premise *premise, uint32_t scope)
{
    Certainty best = NO;
    for (uint32_t i = 0; i < premise->permission_count && best != CERTAIN; i++) {
        uint32_t atom = builder->atom_of_permission[premise->permissions[i]];
        Certainty certainty =
            premise->grant_conditions
                ? grant_gives_new_role(caller, builder, grant, atom, premise->grant_conditions)
                : grant_gives(builder, grant, atom, scope);
        if (certainty >= best)
            continue;
        Tri free = access_unobstructed(builder->access, caller->class_index, atom, scope, NULL);
        if (free == TRI_UNKNOWN)
            certainty = certainty_worse(certainty, CONDITIONAL);
        if (free != TRI_FALSE && certainty < best)
            best = certainty;
    }
    return best;
}

Certainty caller_holds(const Caller *caller, const Builder *builder, const Premise *premise,
                       uint32_t scope, uint32_t *grant)
{
    Certainty best = NO;
    for (uint32_t i = 0; i < caller->grants.count && best != CERTAIN; i++) {
        uint32_t candidate = caller->grants.items[i];
        Certainty place = scope_contains(&builder->access->tree,
                                         builder->access->grants.items[candidate].scope, scope);
        if (place >= best)
            continue;
        Certainty certainty =
            certainty_worse(place, grant_holds(caller, builder, candidate, premise, scope));
        if (certainty < best) {
            best = certainty;
            *grant = candidate;
        }
    }
    return best;
}

bool caller_holds_somewhere(const Caller *caller, const Builder *builder, const Premise *premise)
{
    for (uint32_t p = 0; p < premise->permission_count; p++)
        if (atom_set_has(caller->anywhere, builder->atom_of_permission[premise->permissions[p]]))
            return true;
    return false;
}

uint32_t premise_scope(const Builder *builder, const Instance *instance, const Premise *premise)
{
    Term term = instance_term(builder->instances, instance, premise->variable);
    if (!term_is_principal(term))
        return term;
    const RelationTable *table = &builder->relations->tables[RELATION_RESOURCE_OF];
    uint32_t first;
    return relations_from(table, term, &first) ? table->rows[first].to : NONE;
}
