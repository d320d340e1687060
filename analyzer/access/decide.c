#include "access/decide.h"

#include <stdlib.h>
#include <string.h>

/* ---- the question ---- */

/* The export's spelling of the nearest known scope, then what the question adds to it. */
static const char *spelled_scope(const Asking *asking, const char *scope)
{
    const Access *access = asking->access;
    Arena *arena = &asking->decision->arena;
    size_t room = strlen(scope) + 2;
    char *asked = arena_allocate(arena, room, 1);
    scope_normalise(scope, asked, room);
    const char *known = id_text(access->snapshot, access->tree.scopes[asking->target.scope].id);
    return scope_text_contains(known, asked) && strlen(known) > 1
               ? arena_format(arena, "%s%s", known, asked + strlen(known))
               : asked;
}

static const char *type_of_recipient(const Asking *asking)
{
    const Question *question = asking->question;
    const Snapshot *snapshot = asking->access->snapshot;
    if (question->to_type || !question->to)
        return question->to_type;
    uint32_t recipient = snapshot_find_principal(snapshot, question->to);
    return recipient == NONE ? NULL : principal_type(snapshot->principals.items[recipient].kind);
}

static void describe_request(Asking *asking)
{
    const Access *access = asking->access;
    const Question *question = asking->question;
    asking->target = scope_target(&access->tree, access->snapshot, question->scope);
    asking->scope_text = spelled_scope(asking, question->scope);
    scope_attributes(access, asking->scope_text, &asking->decision->arena, &asking->attributes);
    asking->from_scope = (ConditionContext){.action = question->action,
                                            .reading = access->reading,
                                            .bindings = asking->attributes.bindings,
                                            .binding_count = asking->attributes.count};
    GivenRole given = {.role = question->role,
                       .to = question->to,
                       .to_type = type_of_recipient(asking),
                       .deleting = text_equal_any_case(question->action, ROLE_ASSIGNMENTS_DELETE)};
    given_attributes(&given, &asking->given);
    asking->from_role = asking->from_scope;
    asking->from_role.bindings = asking->given.bindings;
    asking->from_role.binding_count = asking->given.count;
    asking->from_role.beneath = &asking->from_scope;
    asking->known = asking->from_role;
    if (question->known) {
        asking->known = *question->known;
        asking->known.action = question->action;
        asking->known.reading = access->reading;
        asking->known.beneath = &asking->from_role;
    }
    asking->ask = (Ask){question->action, question->plane, &asking->known};
}

/* ---- role assignments ---- */

/* What an obstacle that does not surely stop leaves of a certain answer. */
static Certainty left_by(const Asking *asking, uint32_t obstacle)
{
    if (obstacle == NONE)
        return CERTAIN;
    uint32_t scope = asking->access->obstacles.items[obstacle].scope;
    bool assumed = scope_contains_target(&asking->access->tree, scope, &asking->target) == ASSUMED;
    return assumed ? ASSUMED : CONDITIONAL;
}

static Certainty certainty_of(const Candidate *candidate, Certainty left)
{
    Certainty certainty = certainty_worse(candidate->contained, candidate->held.grant->certainty);
    if (candidate->given == TRI_UNKNOWN)
        certainty = certainty_worse(certainty, CONDITIONAL);
    return certainty_worse(certainty, left);
}

/* The grants that cover the action here, conditions or not. */
typedef ARRAY(Candidate) Candidates;

static void gather_candidates(const Asking *asking, Candidates *candidates)
{
    uint32_t me = asking->question->principal;
    if (me == NONE)
        return;
    HeldWalk walk = held_walk(asking->access, me);
    for (HeldGrant held; held_next(&walk, &held);) {
        Candidate candidate;
        bool usable = held.grant->certainty != ELIGIBLE || access_can_activate(asking->access, me);
        if (!usable || !weigh(asking, held.grant, &candidate))
            continue;
        candidate.held = held;
        ARRAY_PUSH(candidates, candidate);
    }
}

static bool gather_unknown_roles(Asking *asking)
{
    const Access *access = asking->access;
    bool any = false;
    for (uint32_t i = 0; i < access->unknown_grants.count; i++) {
        const UnknownGrant *unknown = &access->unknown_grants.items[i];
        if (scope_contains_target(&access->tree, unknown->scope, &asking->target) == NO ||
            !is_me(asking, unknown->principal))
            continue;
        const RoleAssignment *assignment =
            &access->snapshot->role_assignments.items[unknown->assignment];
        if (assignment->kind == ASSIGNMENT_ELIGIBLE &&
            !access_can_activate(access, asking->question->principal))
            continue;
        bool own = unknown->principal == asking->question->principal;
        explain_unknown_role(asking, assignment, unknown->scope, own ? NONE : unknown->principal);
        any = true;
    }
    return any;
}

/* Assignments that would count at another time. */
static void gather_windows(Asking *asking)
{
    const Access *access = asking->access;
    const Snapshot *snapshot = access->snapshot;
    for (uint32_t i = 0; i < snapshot->role_assignments.count && access->as_of != TIME_NONE; i++) {
        const RoleAssignment *assignment = &snapshot->role_assignments.items[i];
        bool outside = (assignment->start != TIME_NONE && access->as_of < assignment->start) ||
                       (assignment->end != TIME_NONE && access->as_of >= assignment->end);
        Guid guid;
        const char *role_guid = id_text(snapshot, assignment->role_guid);
        if (!outside || !role_guid || !guid_parse(role_guid, &guid) ||
            !is_me(asking, assignment->principal))
            continue;
        Grant grant = {.principal = assignment->principal,
                       .scope = access->tree.scope_of_id[assignment->scope],
                       .role = access_find_role(access, &guid),
                       .assignment = i};
        Candidate candidate;
        if (grant.scope != NONE && grant.role != NONE && weigh(asking, &grant, &candidate))
            explain_window(asking, assignment);
    }
}

/* What role assignments and deny assignments say; reasons are added on the way. */
static Certainty by_roles(Asking *asking)
{
    uint32_t me = asking->question->principal;
    uint32_t obstacle = NONE;
    Tri passable = me == NONE ? TRI_TRUE
                              : unobstructed(asking->access, asking->access->class_of[me],
                                             &asking->ask, &asking->target, false, &obstacle);
    if (obstacle != NONE)
        explain_obstacle(asking, obstacle, tri_not(passable));
    if (passable == TRI_FALSE)
        return NO;
    Certainty best = NO;
    Candidates candidates = {0};
    gather_candidates(asking, &candidates);
    for (uint32_t i = 0; i < candidates.count; i++) {
        const Candidate *candidate = &candidates.items[i];
        if (candidate->given == TRI_FALSE) {
            explain_unmet(asking, candidate);
            continue;
        }
        Certainty certainty = certainty_of(candidate, left_by(asking, obstacle));
        explain_grant(asking, candidate, certainty);
        if (certainty < best)
            best = certainty;
    }
    ARRAY_FREE(&candidates);
    if (best != NO) {
        bool unsure = obstacle != NONE && asking->access->obstacles.items[obstacle].unsure;
        return unsure ? UNKNOWN : best;
    }
    gather_windows(asking);
    bool unknown_role = gather_unknown_roles(asking);
    uint32_t reasons = asking->decision->blocked_by.count;
    find_missing(asking);
    return unknown_role || asking->decision->blocked_by.count > reasons ? UNKNOWN : NO;
}

/* ---- access policies ---- */

static const char *policy_words_of(const Asking *asking, const AccessPolicy *policy,
                                   const Vault *vault)
{
    uint32_t me = asking->question->principal;
    return arena_format(&asking->decision->arena, "access policy of key vault %s%s", vault->name,
                        through_words(asking, policy->principal == me ? NONE : policy->principal));
}

static void explain_policy(Asking *asking, const AccessPolicy *policy, const Vault *vault)
{
    Arena *arena = &asking->decision->arena;
    const char *words = policy_words_of(asking, policy, vault);
    Reason *reason;
    if (vault->model == VAULT_ROLES)
        reason =
            blocked_by(asking, NO, NULL,
                       arena_format(arena, "%s gives nothing: the vault goes by roles", words));
    else if (policy->application_id != NONE)
        reason =
            blocked_by(asking, NO, NULL,
                       arena_format(arena, "%s counts only together with application %s", words,
                                    id_text(asking->access->snapshot, policy->application_id)));
    else
        reason = because(asking, CERTAIN, words);
    reason_record(reason, policy->record);
    reason_record(reason, vault->record);
    uint32_t me = asking->question->principal;
    record_membership(asking, policy->principal == me ? NONE : policy->principal, reason);
}

static bool is_group(const Asking *asking, uint32_t principal)
{
    return asking->access->snapshot->principals.items[principal].kind == PRINCIPAL_GROUP;
}

static Certainty by_policies(Asking *asking, const Vault *vault)
{
    const Snapshot *snapshot = asking->access->snapshot;
    Certainty answer = NO;
    const AccessPolicy *of_group = NULL;
    for (uint32_t i = 0; i < snapshot->access_policies.count; i++) {
        const AccessPolicy *policy = &snapshot->access_policies.items[i];
        if (policy->resource != vault->resource || !policy_allows(policy, asking->ask.action))
            continue;
        if (is_me(asking, policy->principal)) {
            explain_policy(asking, policy, vault);
            if (policy->application_id == NONE)
                answer = CERTAIN;
        } else if (is_group(asking, policy->principal) && policy->application_id == NONE) {
            of_group = policy;
        }
    }
    if (answer != NO || !of_group || vault->model != VAULT_POLICIES ||
        !memberships_are_open(asking))
        return answer;
    Reason *reason = blocked_by(
        asking, UNKNOWN, record_kind_name(RECORD_GROUP_MEMBER),
        arena_format(&asking->decision->arena,
                     "group %s has an access policy of key vault %s, and who its members are was "
                     "not exported",
                     principal_name(snapshot, of_group->principal), vault->name));
    reason_record(reason, of_group->record);
    return UNKNOWN;
}

static void explain_ignored_roles(Asking *asking, const Vault *vault)
{
    Candidates candidates = {0};
    gather_candidates(asking, &candidates);
    for (uint32_t i = 0; i < candidates.count; i++)
        if (candidates.items[i].given != TRI_FALSE)
            explain_ignored(asking, &candidates.items[i], vault->name);
    ARRAY_FREE(&candidates);
}

/* The vault's properties were not exported: roles may decide, or policies that nobody has seen. */
static Certainty by_either_model(Asking *asking, const Vault *vault)
{
    Certainty answer = by_roles(asking);
    Reason *reason = blocked_by(
        asking, UNKNOWN, record_kind_name(RECORD_KEY_VAULT),
        arena_format(
            &asking->decision->arena,
            "key vault %s was not exported: whether it goes by roles or by access policies "
            "is not known",
            vault->name));
    (void)reason;
    for (uint32_t i = 0; i < asking->decision->because.count; i++)
        asking->decision->because.items[i].certainty =
            certainty_worse(asking->decision->because.items[i].certainty, ASSUMED);
    return answer == NO ? UNKNOWN : certainty_worse(answer, ASSUMED);
}

/* ---- the answer ---- */

/* Object ids are not used again: what a deleted principal holds, nobody holds. */
static bool is_deleted(const Asking *asking)
{
    uint32_t me = asking->question->principal;
    return me != NONE && asking->access->snapshot->principals.items[me].deleted;
}

static void explain_deleted(Asking *asking)
{
    uint32_t me = asking->question->principal;
    const Snapshot *snapshot = asking->access->snapshot;
    Reason *reason = blocked_by(asking, NO, NULL,
                                arena_format(&asking->decision->arena,
                                             "%s was deleted: what it still holds, nobody holds",
                                             principal_name(snapshot, me)));
    reason_record(reason, snapshot->principals.items[me].mentioned_by);
}

static Certainty answer(Asking *asking)
{
    if (is_deleted(asking)) {
        explain_deleted(asking);
        return NO;
    }
    Vault vault = vault_of_question(asking);
    Certainty result = NO;
    switch (vault.model) {
    case VAULT_NONE:
        return by_roles(asking);
    case VAULT_ROLES:
        result = by_roles(asking);
        by_policies(asking, &vault);
        return result;
    case VAULT_POLICIES:
        result = by_policies(asking, &vault);
        explain_ignored_roles(asking, &vault);
        return result;
    case VAULT_OPEN:
        break;
    }
    return by_either_model(asking, &vault);
}

/* Stable: grants come own first, then by group, scope and assignment. */
static void put_best_first(Decision *decision)
{
    Reason *reasons = decision->because.items;
    uint32_t count = decision->because.count, kept = 0;
    Reason *ordered = memory_allocate(count, sizeof *ordered);
    for (Certainty certainty = CERTAIN; certainty <= UNKNOWN; certainty++)
        for (uint32_t i = 0; i < count; i++)
            if (reasons[i].certainty == certainty)
                ordered[kept++] = reasons[i];
    if (count)
        memcpy(reasons, ordered, count * sizeof *reasons);
    free(ordered);
}

/* What does not change the answer, but whoever reads it should know. */
static void add_remarks(Asking *asking)
{
    const Access *access = asking->access;
    uint32_t me = asking->question->principal, lock;
    if (asking->decision->answer >= NO || me == NONE)
        return;
    if (!access->snapshot->exported[RECORD_DENY_ASSIGNMENT])
        blocked_by(asking, asking->decision->answer, record_kind_name(RECORD_DENY_ASSIGNMENT),
                   "deny assignments were not exported: one could forbid it");
    unobstructed(access, access->class_of[me], &asking->ask, &asking->target, true, &lock);
    if (lock != NONE && access->obstacles.items[lock].is_lock)
        explain_obstacle(asking, lock, TRI_TRUE);
}

void access_decide(const Access *access, const Question *question, Decision *decision)
{
    *decision = (Decision){.answer = UNKNOWN};
    Asking asking = {.access = access, .question = question, .decision = decision};
    describe_request(&asking);
    decision->answer = answer(&asking);
    put_best_first(decision);
    add_remarks(&asking);
}

void decision_free(Decision *decision)
{
    ARRAY_FREE(&decision->because);
    ARRAY_FREE(&decision->blocked_by);
    arena_free(&decision->arena);
    *decision = (Decision){0};
}
