#include "cli/resolve.h"

#include "base/clean.h"
#include "cli/nearest.h"

#include <string.h>

enum { LISTED_AT_MOST = 10 };

/* ---- candidates for a name ---- */

typedef struct Candidate {
    uint32_t principal, resource; /* of a scope or role both NONE */
    const char *id;
    const char *what; /* for the list: "user", "Microsoft.Compute/virtualMachines" */
} Candidate;

typedef struct Search {
    const char *wanted;
    ARRAY(Candidate) found;
    NearestNames nearest;
} Search;

static Search search_for(const char *wanted)
{
    return (Search){.wanted = wanted, .nearest = {.wanted = wanted}};
}

/* True when one of the names is the wanted one; else they count among the nearest. */
static bool is_wanted(Search *search, const char *name)
{
    if (text_is_empty(name))
        return false;
    if (text_equal_any_case(name, search->wanted))
        return true;
    nearest_add(&search->nearest, name);
    return false;
}

static void print_candidates(const Search *search)
{
    TextBuffer line = {0};
    uint32_t count = search->found.count;
    for (uint32_t i = 0; i < count && i < LISTED_AT_MOST; i++) {
        text_buffer_clear(&line);
        clean_append(&line, CLEAN_TERMINAL, search->found.items[i].id);
        fprintf(stderr, "  %s (%s)\n", line.text, search->found.items[i].what);
    }
    if (count > LISTED_AT_MOST)
        fprintf(stderr, "  and %u more\n", (unsigned)(count - LISTED_AT_MOST));
    text_buffer_free(&line);
}

/* The only candidate; else says what is wrong.  Frees the search. */
static bool only_candidate(const Session *session, Search *search, const char *kind,
                           Candidate *candidate)
{
    bool one = search->found.count == 1;
    if (one)
        *candidate = search->found.items[0];
    if (search->found.count > 1) {
        session_fail(session, STATUS_USAGE,
                     "\"%s\" can be any of %u; give the id of one:", search->wanted,
                     (unsigned)search->found.count);
        print_candidates(search);
    }
    if (search->found.count == 0) {
        TextBuffer names = {0};
        nearest_list(&search->nearest, &names);
        session_fail(session, STATUS_USAGE, "no %s in the snapshot is called \"%s\"%s%s", kind,
                     search->wanted, names.text ? "; the nearest: " : "",
                     names.text ? names.text : "");
        text_buffer_free(&names);
    }
    ARRAY_FREE(&search->found);
    return one;
}

/* ---- WHO ---- */

static const char *kind_words(PrincipalKind kind)
{
    switch (kind) {
    case PRINCIPAL_USER:
        return "user";
    case PRINCIPAL_GROUP:
        return "group";
    case PRINCIPAL_SERVICE_PRINCIPAL:
        return "service principal";
    case PRINCIPAL_SYSTEM_ASSIGNED:
        return "system-assigned identity";
    case PRINCIPAL_USER_ASSIGNED:
        return "user-assigned identity";
    case PRINCIPAL_UNKNOWN:
        break;
    }
    return "principal";
}

static const char *principal_id(const Snapshot *snapshot, uint32_t principal)
{
    const Principal *it = &snapshot->principals.items[principal];
    return id_text(snapshot, it->object_id != NONE ? it->object_id : it->resource_id);
}

static Candidate principal_candidate(const Snapshot *snapshot, uint32_t principal)
{
    return (Candidate){principal, NONE, principal_id(snapshot, principal),
                       kind_words(snapshot->principals.items[principal].kind)};
}

/* Can code of an attacker sit in it? */
static bool is_workload(const Session *session, const Resource *resource)
{
    const char *type = id_text(&session->snapshot, resource->type);
    const ResourceKind *kind = type ? rules_resource_kind(&session->rules, type) : NULL;
    bool identity = resource_is_type(&session->snapshot, resource,
                                     "Microsoft.ManagedIdentity/userAssignedIdentities");
    return !identity && ((kind && kind->workload) || resource->attachment_count > 0);
}

static void search_principals(const Snapshot *snapshot, Search *search)
{
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        bool by_name = is_wanted(search, text_text(snapshot, principal->name));
        bool by_user_name = is_wanted(search, text_text(snapshot, principal->user_principal_name));
        const char *own = principal->kind == PRINCIPAL_USER_ASSIGNED
                              ? id_text(snapshot, principal->resource_id)
                              : NULL;
        bool by_segment = own && is_wanted(search, strrchr(own, '/') + 1);
        if (by_name || by_user_name || by_segment)
            ARRAY_PUSH(&search->found, principal_candidate(snapshot, i));
    }
}

static void search_workloads(const Session *session, Search *search)
{
    const Snapshot *snapshot = &session->snapshot;
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        if (!is_workload(session, resource) ||
            !is_wanted(search, text_text(snapshot, resource->name)))
            continue;
        Candidate candidate = {NONE, i, id_text(snapshot, resource->id),
                               id_text(snapshot, resource->type)};
        ARRAY_PUSH(&search->found, candidate);
    }
}

/* Service principals by their application id, user-assigned identities by their ARM id. */
static uint32_t find_by_other_id(const Snapshot *snapshot, const char *text)
{
    Id id = snapshot_find_id(snapshot, text);
    for (uint32_t i = 0; id != NONE && i < snapshot->principals.count; i++) {
        const Principal *principal = &snapshot->principals.items[i];
        bool is_identity = principal->kind == PRINCIPAL_USER_ASSIGNED;
        if (principal->app_id == id || (is_identity && principal->resource_id == id))
            return i;
    }
    return NONE;
}

static Who who_of_principal(const Snapshot *snapshot, uint32_t principal)
{
    return (Who){principal, NONE, principal_id(snapshot, principal)};
}

static bool resolve_id(Session *session, const char *text, Who *who)
{
    const Snapshot *snapshot = &session->snapshot;
    size_t room = strlen(text) + 2;
    char *id = arena_allocate(&session->arena, room, 1);
    Guid guid;
    uint32_t principal = NONE, resource = NONE;
    if (guid_parse(text, &guid)) {
        guid_format(&guid, id = arena_allocate(&session->arena, GUID_TEXT_BYTES, 1));
        principal = snapshot_find_principal(snapshot, id);
    } else {
        scope_normalise(text, id, room);
        resource = snapshot_find_resource(snapshot, id);
    }
    if (principal == NONE)
        principal = find_by_other_id(snapshot, id);
    if (principal != NONE)
        *who = who_of_principal(snapshot, principal);
    else if (resource != NONE)
        *who = (Who){NONE, resource, id_text(snapshot, snapshot->resources.items[resource].id)};
    else
        *who = (Who){NONE, NONE, id};
    return true;
}

bool resolve_who(Session *session, const char *text, Who *who)
{
    Guid guid;
    Candidate candidate;
    if (text[0] == '/' || guid_parse(text, &guid))
        return resolve_id(session, text, who);
    Search search = search_for(text);
    search_principals(&session->snapshot, &search);
    search_workloads(session, &search);
    if (!only_candidate(session, &search, "principal or workload", &candidate))
        return false;
    *who = (Who){candidate.principal, candidate.resource, candidate.id};
    return true;
}

/* ---- several WHO ---- */

/* What is in no export reaches nothing that we could know of: that is no answer. */
static bool not_in_snapshot(const Session *session, const char *id)
{
    session_fail(session, STATUS_USAGE, "%s is not in the snapshot", id);
    return false;
}

/* Adds the number unless it is there. */
static void add_once(uint32_t *numbers, uint32_t *count, uint32_t number)
{
    for (uint32_t i = 0; i < *count; i++)
        if (numbers[i] == number)
            return;
    numbers[(*count)++] = number;
}

static bool is_excluded(const Session *session, uint32_t principal)
{
    for (uint32_t i = 0; i < session->limits.principal_count; i++)
        if (session->limits.principals[i] == principal)
            return true;
    return false;
}

bool resolve_start(Session *session, uint32_t first, uint32_t end)
{
    uint32_t *principals = arena_allocate(&session->arena, end, sizeof *principals);
    uint32_t *resources = arena_allocate(&session->arena, end, sizeof *resources);
    uint32_t principal_count = 0, resource_count = 0;
    for (uint32_t i = first; i < end; i++) {
        Who who;
        if (!resolve_who(session, session->options->operands.items[i], &who))
            return false;
        if (is_excluded(session, who.principal)) {
            session_fail(session, STATUS_USAGE, "%s is excluded", who.id);
            return false;
        }
        if (who.principal != NONE)
            add_once(principals, &principal_count, who.principal);
        else if (who.resource != NONE)
            add_once(resources, &resource_count, who.resource);
        else
            return not_in_snapshot(session, who.id);
    }
    analysis_add_start(&session->analysis, principals, principal_count, resources, resource_count);
    return true;
}

/* ---- scopes ---- */

static void found_scope(const Session *session, Search *search, Id id, const char *what)
{
    ARRAY_PUSH(&search->found, ((Candidate){NONE, NONE, id_text(&session->snapshot, id), what}));
}

static void search_scopes(const Session *session, Search *search)
{
    const Snapshot *snapshot = &session->snapshot;
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++) {
        const ManagementGroup *group = &snapshot->management_groups.items[i];
        bool by_name = is_wanted(search, text_text(snapshot, group->name));
        if (is_wanted(search, text_text(snapshot, group->display_name)) || by_name)
            found_scope(session, search, group->id, "management group");
    }
    for (uint32_t i = 0; i < snapshot->subscriptions.count; i++) {
        const Subscription *subscription = &snapshot->subscriptions.items[i];
        if (is_wanted(search, text_text(snapshot, subscription->name)))
            found_scope(session, search, subscription->id, "subscription");
    }
    for (uint32_t i = 0; i < snapshot->resources.count; i++) {
        const Resource *resource = &snapshot->resources.items[i];
        if (is_wanted(search, text_text(snapshot, resource->name)))
            found_scope(session, search, resource->id, id_text(snapshot, resource->type));
    }
    const ScopeTree *tree = &session->access.tree;
    for (uint32_t i = 0; i < tree->count; i++) { /* what only assignments and other ids name */
        const Scope *scope = &tree->scopes[i];
        const char *slash = strrchr(id_text(snapshot, scope->id), '/');
        if (scope->resource == NONE && scope->level >= SCOPE_RESOURCE_GROUP &&
            is_wanted(search, slash + 1))
            found_scope(session, search, scope->id, "not exported itself");
    }
}

bool resolve_scope(Session *session, const char *text, const char **id)
{
    Guid guid;
    Candidate candidate;
    if (text[0] == '/') {
        *id = text;
        return true;
    }
    if (guid_parse(text, &guid)) {
        *id = arena_format(&session->arena, "/subscriptions/%s", text);
        return true;
    }
    Search search = search_for(text);
    search_scopes(session, &search);
    if (!only_candidate(session, &search, "scope or resource", &candidate))
        return false;
    *id = candidate.id;
    return true;
}

/* ---- WHAT ---- */

static bool scope_of_text(Session *session, const char *text, Entity *what)
{
    const Access *access = &session->access;
    bool exact;
    size_t room = strlen(text) + 2;
    char *id = arena_allocate(&session->arena, room, 1);
    scope_normalise(text, id, room);
    *what = (Entity){ENTITY_SCOPE, scope_find(&access->tree, &session->snapshot, id, &exact)};
    return exact || not_in_snapshot(session, id);
}

/* Of an identity and its own resource (a user-assigned identity is one, a system-assigned one lives
   in one) only one is meant. */
static void drop_twins(const Session *session, Search *search)
{
    const Snapshot *snapshot = &session->snapshot;
    for (uint32_t p = 0; p < search->found.count; p++) {
        uint32_t principal = search->found.items[p].principal;
        if (principal == NONE)
            continue;
        const Principal *identity = &snapshot->principals.items[principal];
        const char *resource = id_text(snapshot, identity->resource_id);
        for (uint32_t r = 0; resource && r < search->found.count; r++) {
            if (search->found.items[r].principal != NONE ||
                !text_equal_any_case(search->found.items[r].id, resource))
                continue;
            uint32_t dropped = identity->kind == PRINCIPAL_USER_ASSIGNED ? r : p;
            search->found.items[dropped] = search->found.items[--search->found.count];
            p = NONE; /* from the beginning: places have changed */
            break;
        }
    }
}

bool resolve_what(Session *session, const char *text, Entity *what)
{
    Guid guid;
    Who who;
    Candidate candidate;
    if (text[0] == '/')
        return scope_of_text(session, text, what);
    if (guid_parse(text, &guid)) {
        char *subscription = arena_format(&session->arena, "/subscriptions/%s", text);
        if (snapshot_find_id(&session->snapshot, subscription) != NONE)
            return scope_of_text(session, subscription, what);
        if (!resolve_id(session, text, &who) || who.principal == NONE)
            return not_in_snapshot(session, text);
        *what = (Entity){ENTITY_PRINCIPAL, who.principal};
        return true;
    }
    Search search = search_for(text);
    search_principals(&session->snapshot, &search);
    search_scopes(session, &search);
    drop_twins(session, &search);
    if (!only_candidate(session, &search, "principal, scope or resource", &candidate))
        return false;
    if (candidate.principal == NONE)
        return scope_of_text(session, candidate.id, what);
    *what = (Entity){ENTITY_PRINCIPAL, candidate.principal};
    return true;
}

static bool resolve_capability(Session *session, uint32_t *capability)
{
    const Rules *rules = &session->rules;
    const char *name = session->options->capability;
    TextBuffer names = {0};
    *capability = name ? rules_find_capability(rules, name) : NONE;
    if (!name || *capability != NONE)
        return true;
    for (uint32_t i = 0; i < rules->capabilities.count; i++)
        text_append_format(&names, "%s%s", i ? ", " : "", rules->capabilities.items[i].name);
    session_fail(session, STATUS_USAGE, "--capability: expected one of %s, found \"%s\"",
                 names.text, name);
    text_buffer_free(&names);
    return false;
}

bool resolve_target(Session *session, const char *text, TargetQuestion *question)
{
    if (!resolve_capability(session, &question->capability) ||
        !resolve_what(session, text, &question->what))
        return false;
    if (question->what.kind == ENTITY_SCOPE || question->capability == NONE)
        return true;
    session_fail(session, STATUS_USAGE,
                 "%s is a principal: one acts as it; --capability is for resources and scopes "
                 "(an identity's ARM id means the resource)",
                 text);
    return false;
}

/* ---- roles ---- */

static void search_role(Session *session, Search *search, const RoleDefinition *role)
{
    if (!is_wanted(search, role->name))
        return;
    char *guid = arena_allocate(&session->arena, GUID_TEXT_BYTES, 1);
    guid_format(&role->guid, guid);
    for (uint32_t i = 0; i < search->found.count; i++)
        if (text_equal(search->found.items[i].id, guid))
            return; /* exported and built in */
    ARRAY_PUSH(&search->found,
               ((Candidate){NONE, NONE, guid,
                            role->kind == ROLE_CUSTOM ? "custom role" : "built-in role"}));
}

bool resolve_role(Session *session, const char *text, const char **guid)
{
    Guid parsed;
    Candidate candidate;
    if (guid_parse(text, &parsed)) {
        *guid = text;
        return true;
    }
    Search search = search_for(text);
    for (uint32_t i = 0; i < session->snapshot.role_definitions.count; i++)
        search_role(session, &search, &session->snapshot.role_definitions.items[i]);
    for (uint32_t i = 0; i < session->rules.built_in_roles.count; i++)
        search_role(session, &search, &session->rules.built_in_roles.items[i]);
    if (!only_candidate(session, &search, "role", &candidate))
        return false;
    *guid = candidate.id;
    return true;
}
