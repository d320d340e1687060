#include "access/decide.h"

#include <stdlib.h>
#include <string.h>

/* ---- reasons ---- */

Reason *because(Asking *asking, Certainty certainty, const char *text)
{
    Decision *decision = asking->decision;
    ARRAY_PUSH(&decision->because, ((Reason){.text = text, .certainty = certainty}));
    return &decision->because.items[decision->because.count - 1];
}

Reason *blocked_by(Asking *asking, Certainty certainty, const char *missing, const char *text)
{
    Decision *decision = asking->decision;
    Reason reason = {.text = text, .certainty = certainty, .missing = missing};
    ARRAY_PUSH(&decision->blocked_by, reason);
    return &decision->blocked_by.items[decision->blocked_by.count - 1];
}

void reason_record(Reason *reason, uint32_t record)
{
    const uint32_t capacity = sizeof reason->records / sizeof *reason->records;
    if (record != NONE && reason->record_count < capacity)
        reason->records[reason->record_count++] = record;
}

/* ---- names ---- */

static const char *management_group_name(const Snapshot *snapshot, Id id)
{
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++) {
        const ManagementGroup *group = &snapshot->management_groups.items[i];
        if (group->id == id && group->display_name != NONE)
            return text_text(snapshot, group->display_name);
    }
    return NULL;
}

static const char *subscription_name(const Snapshot *snapshot, Id id)
{
    for (uint32_t i = 0; i < snapshot->subscriptions.count; i++) {
        const Subscription *subscription = &snapshot->subscriptions.items[i];
        if (subscription->id == id && subscription->name != NONE)
            return text_text(snapshot, subscription->name);
    }
    return NULL;
}

const char *scope_words(const Asking *asking, uint32_t scope)
{
    const Snapshot *snapshot = asking->access->snapshot;
    const Scope *at = &asking->access->tree.scopes[scope];
    Arena *arena = &asking->decision->arena;
    const char *id = id_text(snapshot, at->id);
    const char *last = strrchr(id, '/') + 1;
    const char *name = NULL;
    switch (at->level) {
    case SCOPE_ROOT:
        return "the tenant root /";
    case SCOPE_MANAGEMENT_GROUP:
        name = management_group_name(snapshot, at->id);
        return arena_format(arena, "management group %s", name ? name : last);
    case SCOPE_SUBSCRIPTION:
        name = subscription_name(snapshot, at->id);
        return arena_format(arena, "subscription %s", name ? name : last);
    case SCOPE_RESOURCE_GROUP:
        return arena_format(arena, "resource group %s", last);
    case SCOPE_RESOURCE:
        break;
    }
    return last;
}

const char *role_words(const Asking *asking, const RoleAssignment *assignment)
{
    const Access *access = asking->access;
    Guid guid;
    const char *text = id_text(access->snapshot, assignment->role_guid);
    uint32_t role = text && guid_parse(text, &guid) ? access_find_role(access, &guid) : NONE;
    const char *name = role == NONE ? NULL : access->roles.items[role].definition->name;
    if (!name)
        name = text_text(access->snapshot, assignment->role_name);
    return name ? name : text ? text : "a role without id";
}

const RoleAssignment *assignment_of(const Asking *asking, const Grant *grant)
{
    return &asking->access->snapshot->role_assignments.items[grant->assignment];
}

/* ---- through groups ---- */

enum { LONGEST_MEMBERSHIP = 16 };

bool is_me(const Asking *asking, uint32_t principal)
{
    uint32_t me = asking->question->principal;
    uint32_t relation;
    return me != NONE &&
           (me == principal || access_membership(asking->access, me, principal, &relation, 1));
}

const char *through_words(const Asking *asking, uint32_t group)
{
    if (group == NONE)
        return "";
    const Access *access = asking->access;
    uint32_t relations[LONGEST_MEMBERSHIP];
    uint32_t count = access_membership(access, asking->question->principal, group, relations,
                                       LONGEST_MEMBERSHIP);
    TextBuffer words = {0};
    text_append(&words, count > 1 ? ", through groups " : ", through group ");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t via = access->snapshot->relations.items[relations[i]].object;
        text_append_format(&words, "%s%s", i ? " in " : "", principal_name(access->snapshot, via));
    }
    const char *copy = arena_copy_text(&asking->decision->arena, words.text);
    text_buffer_free(&words);
    return copy;
}

void record_membership(const Asking *asking, uint32_t group, Reason *reason)
{
    uint32_t relations[LONGEST_MEMBERSHIP];
    uint32_t count = group == NONE ? 0
                                   : access_membership(asking->access, asking->question->principal,
                                                       group, relations, LONGEST_MEMBERSHIP);
    for (uint32_t i = 0; i < count; i++)
        reason_record(reason, asking->access->snapshot->relations.items[relations[i]].record);
}

/* ---- conditions ---- */

static bool is_bound(const ConditionContext *context, AttributeSource source, const char *name)
{
    for (; context; context = context->beneath)
        for (uint32_t i = 0; i < context->binding_count; i++)
            if (context->bindings[i].source == source &&
                context->bindings[i].state != ATTRIBUTE_UNKNOWN &&
                text_equal_any_case(context->bindings[i].name, name))
                return true;
    return false;
}

typedef struct OpenAttributes {
    const Asking *asking;
    TextBuffer words;
    uint32_t count;
} OpenAttributes;

static void note_open(void *caller, AttributeSource source, const char *name)
{
    static const char *const sources[] = {"Request", "Resource", "Principal", "Environment"};
    OpenAttributes *open = caller;
    if (is_bound(open->asking->ask.context, source, name))
        return;
    char *attribute =
        arena_format(&open->asking->decision->arena, "@%s[%s]", sources[source], name);
    if (open->words.text && strstr(open->words.text, attribute))
        return;
    text_append_format(&open->words, "%s%s", open->count++ ? ", " : "", attribute);
}

static void note_condition(OpenAttributes *open, const ParsedCondition *condition, bool *broken)
{
    if (!condition || condition_holds(condition, open->asking->ask.context) != TRI_UNKNOWN)
        return;
    *broken |= condition->broken;
    if (!condition->broken)
        condition_attributes(condition->condition, note_open, open);
}

static const char *open_words(OpenAttributes *open, bool broken)
{
    Arena *arena = &open->asking->decision->arena;
    const char *words;
    if (broken)
        words = "the condition is not understood";
    else if (!open->count)
        words = "the condition cannot be decided";
    else
        words = arena_format(arena, "%s %s not known", open->words.text,
                             open->count > 1 ? "are" : "is");
    text_buffer_free(&open->words);
    return words;
}

static const char *open_condition_words(const Asking *asking, const Grant *grant)
{
    const Role *role = &asking->access->roles.items[grant->role];
    OpenAttributes open = {.asking = asking};
    bool broken = false;
    note_condition(&open, assignment_condition(asking->access, assignment_of(asking, grant)),
                   &broken);
    for (uint32_t b = 0; b < role->definition->block_count; b++)
        if (block_covers(&role->definition->blocks[b], &asking->ask, asking->access->reading))
            note_condition(&open, role->block_conditions[b], &broken);
    return open_words(&open, broken);
}

/* ---- grants ---- */

static const char *window_words(const Asking *asking, const RoleAssignment *assignment)
{
    char text[32];
    Arena *arena = &asking->decision->arena;
    if (assignment->end != TIME_NONE) {
        time_format(assignment->end, text);
        return arena_format(arena, ", until %s", text);
    }
    if (assignment->start == TIME_NONE)
        return "";
    time_format(assignment->start, text);
    return arena_format(arena, ", since %s", text);
}

/* The pair that lets the group reach the scope asked about; NULL when none of the tree's does. */
static const AssumedParent *assumption(const Asking *asking, uint32_t group)
{
    const ScopeTree *tree = &asking->access->tree;
    uint32_t subscription = tree->scopes[asking->target.scope].subscription;
    uint32_t end, pair = scope_assumed_of(tree, group, &end);
    for (; pair < end; pair++)
        if (tree->assumed.items[pair].subscription == subscription)
            return &tree->assumed.items[pair];
    return NULL;
}

static const char *assumption_words(const Asking *asking, uint32_t group)
{
    const AssumedParent *pair = assumption(asking, group);
    if (pair && pair->record != NONE)
        return arena_format(&asking->decision->arena,
                            "; one list of assignments names this group and %s, so it is assumed "
                            "to be above it",
                            scope_words(asking, pair->subscription));
    return "; that this group is above the scope is assumed, its place was not exported";
}

static void record_grant(const Asking *asking, const Candidate *candidate, Reason *reason)
{
    const Grant *grant = candidate->held.grant;
    const RoleAssignment *assignment = assignment_of(asking, grant);
    reason_record(reason, assignment->record);
    reason_record(reason, assignment->window_record);
    reason_record(reason, asking->access->roles.items[grant->role].definition->record);
    const AssumedParent *pair =
        candidate->contained == ASSUMED ? assumption(asking, grant->scope) : NULL;
    if (pair)
        reason_record(reason, pair->record);
    record_membership(asking, candidate->held.through, reason);
}

/* AzureHound lists assignments without their conditions. */
static const char *hidden_condition_words(const Asking *asking, const RoleAssignment *assignment)
{
    const Snapshot *snapshot = asking->access->snapshot;
    bool hidden = assignment->condition == NONE && assignment->record != NONE &&
                  snapshot->records.items[assignment->record].in_part;
    return hidden ? "; whether it has a condition was not exported" : "";
}

void explain_grant(Asking *asking, const Candidate *candidate, Certainty certainty)
{
    const Grant *grant = candidate->held.grant;
    const RoleAssignment *assignment = assignment_of(asking, grant);
    Arena *arena = &asking->decision->arena;
    const char *condition = "", *assumed = "";
    if (candidate->given == TRI_UNKNOWN)
        condition =
            arena_format(arena, ", if its condition holds: %s%s",
                         open_condition_words(asking, grant), admitted_words(asking, grant));
    if (candidate->contained == ASSUMED)
        assumed = assumption_words(asking, grant->scope);
    Reason *reason = because(
        asking, certainty,
        arena_format(
            arena, "%s at %s%s%s%s%s%s%s", role_words(asking, assignment),
            scope_words(asking, grant->scope), through_words(asking, candidate->held.through),
            grant->certainty == ELIGIBLE ? ", once the eligible assignment is activated" : "",
            window_words(asking, assignment), condition, assumed,
            hidden_condition_words(asking, assignment)));
    record_grant(asking, candidate, reason);
}

void explain_unmet(Asking *asking, const Candidate *candidate)
{
    const Grant *grant = candidate->held.grant;
    Reason *reason =
        blocked_by(asking, NO, NULL,
                   arena_format(&asking->decision->arena, "the condition of %s at %s%s is not met",
                                role_words(asking, assignment_of(asking, grant)),
                                scope_words(asking, grant->scope),
                                through_words(asking, candidate->held.through)));
    record_grant(asking, candidate, reason);
}

void explain_ignored(Asking *asking, const Candidate *candidate, const char *vault)
{
    const Grant *grant = candidate->held.grant;
    Reason *reason = blocked_by(
        asking, NO, NULL,
        arena_format(&asking->decision->arena,
                     "%s at %s%s gives nothing here: key vault %s goes by its access policies",
                     role_words(asking, assignment_of(asking, grant)),
                     scope_words(asking, grant->scope),
                     through_words(asking, candidate->held.through), vault));
    record_grant(asking, candidate, reason);
}

void explain_unknown_role(Asking *asking, const RoleAssignment *assignment, uint32_t scope,
                          uint32_t through)
{
    Reason *reason = blocked_by(
        asking, UNKNOWN, record_kind_name(RECORD_ROLE_DEFINITION),
        arena_format(&asking->decision->arena,
                     "role %s, held at %s%s, was not exported: what it allows is not known",
                     role_words(asking, assignment), scope_words(asking, scope),
                     through_words(asking, through)));
    reason_record(reason, assignment->record);
    record_membership(asking, through, reason);
}

void explain_window(Asking *asking, const RoleAssignment *assignment)
{
    const Access *access = asking->access;
    char limit[32], as_of[32];
    bool over = assignment->end != TIME_NONE && access->as_of >= assignment->end;
    time_format(over ? assignment->end : assignment->start, limit);
    time_format(access->as_of, as_of);
    Reason *reason =
        blocked_by(asking, NO, NULL,
                   arena_format(&asking->decision->arena, "%s at %s %s %s; the answer is for %s",
                                role_words(asking, assignment),
                                scope_words(asking, access->tree.scope_of_id[assignment->scope]),
                                over ? "ended" : "begins", limit, as_of));
    reason_record(reason, assignment->record);
    reason_record(reason, assignment->window_record);
}

/* ---- obstacles ---- */

static bool is_assumed_above(const Asking *asking, const Obstacle *obstacle)
{
    return scope_contains_target(&asking->access->tree, obstacle->scope, &asking->target) ==
           ASSUMED;
}

static const char *deny_words(const Asking *asking, const Obstacle *obstacle, Tri stopped)
{
    const Snapshot *snapshot = asking->access->snapshot;
    const DenyAssignment *deny = &snapshot->deny_assignments.items[obstacle->index];
    const char *name = text_text(snapshot, deny->name);
    Arena *arena = &asking->decision->arena;
    const char *words =
        arena_format(arena, "deny assignment %s at %s", name ? name : "without name",
                     scope_words(asking, obstacle->scope));
    if (stopped == TRI_TRUE)
        return arena_format(arena, "%s forbids it%s", words,
                            deny->everyone ? " to everybody it does not exclude" : "");
    if (is_assumed_above(asking, obstacle))
        return arena_format(arena,
                            "%s forbids it if that group is above the scope: its place was not "
                            "exported",
                            words);
    if (obstacle->unsure)
        return arena_format(arena,
                            "%s forbids it unless a group excludes the principal: group members "
                            "were not exported",
                            words);
    OpenAttributes open = {.asking = asking};
    bool broken = false;
    note_condition(&open, obstacle->condition, &broken);
    for (uint32_t b = 0; b < deny->block_count; b++)
        note_condition(&open, obstacle->block_conditions[b], &broken);
    return arena_format(arena, "%s forbids it if its condition holds: %s", words,
                        open_words(&open, broken));
}

void explain_obstacle(Asking *asking, uint32_t index, Tri stopped)
{
    const Obstacle *obstacle = &asking->access->obstacles.items[index];
    const char *missing = NULL, *words;
    if (obstacle->is_lock) {
        const Lock *lock = &asking->access->snapshot->locks.items[obstacle->index];
        words = arena_format(
            &asking->decision->arena, "a %s lock at %s stops it until the lock is removed",
            lock->read_only ? "ReadOnly" : "CanNotDelete", scope_words(asking, obstacle->scope));
    } else {
        words = deny_words(asking, obstacle, stopped);
        if (stopped == TRI_UNKNOWN && is_assumed_above(asking, obstacle))
            missing = record_kind_name(RECORD_MANAGEMENT_GROUP);
        else if (stopped == TRI_UNKNOWN && obstacle->unsure)
            missing = record_kind_name(RECORD_GROUP_MEMBER);
    }
    Certainty certainty = missing ? UNKNOWN : stopped == TRI_TRUE ? NO : CONDITIONAL;
    reason_record(blocked_by(asking, certainty, missing, words), obstacle->record);
}
