#include "access/decide.h"

#include <stdlib.h>

bool weigh(const Asking *asking, const Grant *grant, Candidate *candidate)
{
    const Access *access = asking->access;
    Certainty contained = scope_contains_target(&access->tree, grant->scope, &asking->target);
    if (contained == NO)
        return false;
    const ParsedCondition *condition = assignment_condition(access, assignment_of(asking, grant));
    const Role *role = &access->roles.items[grant->role];
    bool covered = false;
    for (uint32_t b = 0; b < role->definition->block_count && !covered; b++)
        covered = block_covers(&role->definition->blocks[b], &asking->ask, access->reading);
    if (!covered)
        return false;
    candidate->held = (HeldGrant){grant, NONE};
    candidate->contained = contained;
    candidate->given = role_gives(access, grant->role, condition, &asking->ask);
    return true;
}

/* ---- role assignments ---- */

/* Files with role assignments: lists are exported per subscription or for all at once. */
typedef struct ListedFile {
    uint32_t subscription; /* the scope that its assignments lie in; NONE: none seen yet */
    bool lists_assignments;
    bool many_subscriptions;
} ListedFile;

static void read_lists(const Access *access, ListedFile *lists)
{
    const Snapshot *snapshot = access->snapshot;
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++) {
        const RoleAssignment *assignment = &snapshot->role_assignments.items[i];
        uint32_t scope = access->tree.scope_of_id[assignment->scope];
        const Record *record =
            assignment->record == NONE ? NULL : &snapshot->records.items[assignment->record];
        if (!record || scope == NONE || record->kind != RECORD_ROLE_ASSIGNMENT || record->in_part)
            continue;
        ListedFile *list = &lists[record->file];
        uint32_t subscription = access->tree.scopes[scope].subscription;
        if (subscription != NONE && list->subscription != NONE &&
            subscription != list->subscription)
            list->many_subscriptions = true;
        if (subscription != NONE)
            list->subscription = subscription;
        list->lists_assignments = true;
    }
}

/* The scope asked about lies in a subscription that no record names. */
static bool in_unnamed_subscription(const Asking *asking)
{
    return asking->target.unplaced &&
           text_starts_with_any_case(asking->scope_text, "/subscriptions/");
}

/*
 * Was the list of this subscription's assignments exported?  A list that names several
 * subscriptions, or none, speaks for all; one that names exactly one speaks for that one.
 */
static bool lists_speak_for(const Asking *asking, bool *cut)
{
    const Snapshot *snapshot = asking->access->snapshot;
    ListedFile *lists = memory_allocate(snapshot->files.count, sizeof *lists);
    for (uint32_t i = 0; i < snapshot->files.count; i++)
        lists[i].subscription = NONE;
    read_lists(asking->access, lists);
    uint32_t asked = asking->access->tree.scopes[asking->target.scope].subscription;
    bool spoken = asked == NONE && !in_unnamed_subscription(asking), any = false;
    *cut = false;
    for (uint32_t i = 0; i < snapshot->files.count; i++) {
        if (!lists[i].lists_assignments)
            continue;
        any = true;
        *cut |= !snapshot->files.items[i].complete;
        spoken |= lists[i].many_subscriptions || lists[i].subscription == NONE ||
                  lists[i].subscription == asked;
    }
    free(lists);
    return spoken || !any; /* an empty list was exported: of what, it cannot say */
}

static void find_missing_assignments(Asking *asking)
{
    const char *kind = record_kind_name(RECORD_ROLE_ASSIGNMENT);
    Arena *arena = &asking->decision->arena;
    if (!asking->access->snapshot->exported[RECORD_ROLE_ASSIGNMENT]) {
        blocked_by(asking, UNKNOWN, kind, "role assignments were not exported, or not all of them");
        return;
    }
    bool cut;
    if (!lists_speak_for(asking, &cut)) {
        uint32_t subscription = asking->access->tree.scopes[asking->target.scope].subscription;
        blocked_by(asking, UNKNOWN, kind,
                   arena_format(arena, "the role assignments of %s were not exported",
                                subscription == NONE ? "this subscription"
                                                     : scope_words(asking, subscription)));
    }
    if (cut)
        blocked_by(asking, UNKNOWN, kind, "an export of role assignments is cut off");
}

/* ---- groups ---- */

bool memberships_are_open(const Asking *asking)
{
    const Access *access = asking->access;
    uint32_t me = asking->question->principal;
    return !access->snapshot->exported[RECORD_GROUP_MEMBER] &&
           (me == NONE || access->first_group[me] == access->first_group[me + 1]);
}

static bool is_other_group(const Asking *asking, uint32_t principal)
{
    return principal != asking->question->principal &&
           asking->access->snapshot->principals.items[principal].kind == PRINCIPAL_GROUP;
}

static void explain_open_membership(Asking *asking, uint32_t group, uint32_t assignment,
                                    uint32_t scope)
{
    const Snapshot *snapshot = asking->access->snapshot;
    const RoleAssignment *held = &snapshot->role_assignments.items[assignment];
    Reason *reason =
        blocked_by(asking, UNKNOWN, record_kind_name(RECORD_GROUP_MEMBER),
                   arena_format(&asking->decision->arena,
                                "group %s holds %s at %s, and who its members are was not exported",
                                principal_name(snapshot, group), role_words(asking, held),
                                scope_words(asking, scope)));
    reason_record(reason, held->record);
}

static void find_missing_memberships(Asking *asking)
{
    const Access *access = asking->access;
    if (!memberships_are_open(asking))
        return;
    for (uint32_t i = 0; i < access->grants.count; i++) {
        const Grant *grant = &access->grants.items[i];
        Candidate candidate;
        if (!is_other_group(asking, grant->principal) || !weigh(asking, grant, &candidate) ||
            candidate.given == TRI_FALSE)
            continue;
        explain_open_membership(asking, grant->principal, grant->assignment, grant->scope);
        return;
    }
    for (uint32_t i = 0; i < access->unknown_grants.count; i++) {
        const UnknownGrant *unknown = &access->unknown_grants.items[i];
        if (!is_other_group(asking, unknown->principal) ||
            scope_contains_target(&access->tree, unknown->scope, &asking->target) == NO)
            continue;
        explain_open_membership(asking, unknown->principal, unknown->assignment, unknown->scope);
        return;
    }
}

/* ---- eligible assignments ---- */

static void find_missing_eligibility(Asking *asking)
{
    const Access *access = asking->access;
    uint32_t me = asking->question->principal;
    if (access->snapshot->exported[RECORD_ELIGIBILITY] ||
        (me != NONE && !access_can_activate(access, me)))
        return;
    blocked_by(asking, UNKNOWN, record_kind_name(RECORD_ELIGIBILITY),
               "eligible assignments were not exported: one could be activated");
}

void find_missing(Asking *asking)
{
    find_missing_assignments(asking);
    find_missing_memberships(asking);
    find_missing_eligibility(asking);
}
