#include "analysis/parts.h"
#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

const char *acts_as_kind_name(ActsAsKind kind)
{
    static const char *const names[] = {"token", "user-token", "deputy", "interaction"};
    return names[kind];
}

const char *verdict_name(Verdict verdict)
{
    static const char *const names[] = {"contained", "broad", "lateral", "escalating", "takeover"};
    return names[verdict];
}

const char *containment_name(Containment containment)
{
    static const char *const names[] = {"job",          "workspace",          "resource-group",
                                        "subscription", "multi-subscription", "tenant"};
    return names[containment];
}

const char *severity_name(Severity severity)
{
    static const char *const names[] = {"low", "medium", "high", "critical"};
    return names[severity];
}

static Severity severity_of_name(const char *name)
{
    for (int s = SEVERITY_LOW; name && s <= SEVERITY_CRITICAL; s++)
        if (text_equal(name, severity_name((Severity)s)))
            return (Severity)s;
    return SEVERITY_MEDIUM; /* the rule files were checked: only a type without a word gets here */
}

/* ---- rows ---- */

Severity row_severity(const Parts *parts, const ReachRow *row)
{
    const char *general = parts->rules->capabilities.items[row->capability].severity;
    if (!row->type_count)
        return severity_of_name(general);
    Severity worst = SEVERITY_LOW;
    for (uint32_t i = 0; i < row->type_count; i++) {
        const ResourceKind *kind = parts->kind_of_type[row->by_type[i].type];
        const char *own = kind ? kind->severities[row->capability] : NULL;
        Severity severity = severity_of_name(own ? own : general);
        worst = severity > worst ? severity : worst;
    }
    return worst;
}

/* Does the name hold the word between separators or the ends? */
static bool has_word(const char *name, const char *word)
{
    size_t length_bytes = strlen(word);
    for (const char *at = name; (at = text_find_any_case(at, word)); at++) {
        bool starts = at == name || strchr("-_. ", at[-1]);
        bool ends = !at[length_bytes] || strchr("-_. ", at[length_bytes]);
        if (starts && ends)
            return true;
    }
    return false;
}

static bool has_crown_word(const Parts *parts, const char *text)
{
    for (uint32_t i = 0; text && i < parts->rules->crown_words.count; i++)
        if (has_word(text, parts->rules->crown_words.items[i]))
            return true;
    return false;
}

/* A network card of the payments team is no crown jewel; its vault is. */
static bool keeps_something(const ResourceKind *kind)
{
    return kind && (text_equal(kind->family, "storage") || text_equal(kind->family, "vaults") ||
                    text_equal(kind->family, "databases"));
}

/* By its type, by what its tags say of it, or, where data or secrets lie, by a word in its name. */
bool is_crown_jewel(const Parts *parts, uint32_t resource)
{
    const Resource *r = &parts->snapshot->resources.items[resource];
    const ResourceKind *kind = r->type == NONE ? NULL : parts->kind_of_type[r->type];
    return (kind && kind->crown) ||
           has_crown_word(parts, resource_property(parts->snapshot, r, "criticality", NULL)) ||
           (keeps_something(kind) && has_crown_word(parts, text_text(parts->snapshot, r->name)));
}

uint32_t crown_jewel_of_row(const Parts *parts, const ReachRow *row)
{
    const ScopeTree *tree = &parts->access->tree;
    uint32_t low = 0;
    for (uint32_t high = parts->crown_count; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (parts->crown_scopes[middle] < row->scope)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < parts->crown_count && parts->crown_scopes[low] < tree->scopes[row->scope].end;
         low++)
        for (uint32_t t = 0; t < row->type_count; t++)
            if (row->by_type[t].type == tree->scopes[parts->crown_scopes[low]].type)
                return parts->crown_scopes[low];
    return NONE;
}

static bool counts_at(const ReachRow *row, Certainty limit)
{
    return row->certainty <= limit;
}

static bool is_view(const ReachRow *row)
{
    return row->capability == CAPABILITY_VIEW;
}

/* ---- containment ---- */

static bool is_workspace_resource(const Parts *parts, uint32_t workspace, uint32_t scope)
{
    static const RelationName own[] = {RELATION_STORAGE_OF, RELATION_VAULT_OF, RELATION_REGISTRY_OF,
                                       RELATION_INSIGHTS_OF};
    const ScopeTree *tree = &parts->access->tree;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const RelationTable *table = &parts->relations.tables[own[i]];
        uint32_t first;
        uint32_t count = relations_from(table, workspace, &first);
        for (uint32_t r = first; r < first + count; r++)
            if (scope_contains(tree, table->rows[r].to, scope) == CERTAIN)
                return true;
    }
    return false;
}

static bool holds_several_subscriptions(const ScopeTree *tree, uint32_t scope)
{
    uint32_t subscriptions = 0;
    for (uint32_t s = scope; s < tree->scopes[scope].end; s++) {
        if (tree->scopes[s].level != SCOPE_SUBSCRIPTION)
            continue;
        subscriptions++;
        s = tree->scopes[s].end - 1;
    }
    return subscriptions > 1;
}

/* The smallest container that holds both the start's home and the scope. */
static Containment contain(const Parts *parts, uint32_t home, uint32_t scope)
{
    const ScopeTree *tree = &parts->access->tree;
    const Scope *place = &tree->scopes[home];
    const Scope *reached = &tree->scopes[scope];
    if (scope_contains(tree, home, scope) == CERTAIN ||
        (place->level == SCOPE_RESOURCE && is_workspace_resource(parts, home, scope)))
        return place->level == SCOPE_RESOURCE ? CONTAINMENT_WORKSPACE : CONTAINMENT_RESOURCE_GROUP;
    if (place->resource_group != NONE && reached->resource_group == place->resource_group)
        return CONTAINMENT_RESOURCE_GROUP;
    if (place->subscription != NONE && reached->subscription == place->subscription)
        return CONTAINMENT_SUBSCRIPTION;
    if (reached->level == SCOPE_ROOT)
        return CONTAINMENT_TENANT;
    if (reached->level == SCOPE_MANAGEMENT_GROUP) {
        if (reached->parent == 0 && !reached->place_unknown)
            return CONTAINMENT_TENANT;
        return holds_several_subscriptions(tree, scope) ? CONTAINMENT_MULTI_SUBSCRIPTION
                                                        : CONTAINMENT_SUBSCRIPTION;
    }
    return CONTAINMENT_MULTI_SUBSCRIPTION;
}

/* Without a place of its own, a start's home is where it reaches first. */
static uint32_t home_or_first(const Start *start, const StartResult *result)
{
    if (start->home)
        return start->home;
    for (uint32_t i = 0; i < result->reach_count; i++)
        if (!is_view(&result->reach[i]))
            return result->reach[i].scope;
    return 0;
}

static Containment find_containment(const Parts *parts, const Start *start,
                                    const StartResult *result)
{
    Containment widest = CONTAINMENT_JOB;
    uint32_t home = home_or_first(start, result);
    for (uint32_t i = 0; i < result->reach_count; i++) {
        const ReachRow *row = &result->reach[i];
        if (!counts_at(row, ELIGIBLE) || is_view(row))
            continue;
        Containment here = row->capability == CAPABILITY_DIRECTORY
                               ? CONTAINMENT_TENANT
                               : contain(parts, home, row->scope);
        widest = here > widest ? here : widest;
    }
    return widest;
}

/* ---- verdict ---- */

static bool is_wide(const Parts *parts, uint32_t scope)
{
    return parts->access->tree.scopes[scope].level <= SCOPE_SUBSCRIPTION;
}

static bool manages_whole_scope(const Parts *parts, const ReachRow *row)
{
    return row->capability == CAPABILITY_MANAGE && row->on_scope_itself &&
           is_wide(parts, row->scope);
}

static uint32_t count_managed_subscriptions(const Parts *parts, const StartResult *result,
                                            Certainty limit)
{
    const ScopeTree *tree = &parts->access->tree;
    uint32_t count = 0;
    for (uint32_t s = 0; s < tree->count; s++) {
        if (tree->scopes[s].level != SCOPE_SUBSCRIPTION)
            continue;
        bool managed = false;
        for (uint32_t i = 0; i < result->reach_count && !managed; i++)
            managed = counts_at(&result->reach[i], limit) &&
                      manages_whole_scope(parts, &result->reach[i]) &&
                      scope_contains(tree, result->reach[i].scope, s) <= limit;
        count += managed;
    }
    return count;
}

static bool is_own_identity(const Parts *parts, const Start *start, const ReachRow *row)
{
    uint32_t resource = parts->access->tree.scopes[row->scope].resource;
    for (uint32_t i = 0; resource != NONE && i < start->own_count; i++)
        if (parts->snapshot->principals.items[start->own[i]].resource_id ==
            parts->snapshot->resources.items[resource].id)
            return true;
    return false;
}

/* Does the Entra role or permission lead to Global Administrator by itself? */
static bool is_tier_zero(const Parts *parts, const ReachRow *row)
{
    const Node *node = &parts->graph.nodes.items[row->directory_node];
    if (node->c) /* over a part of the tenant */
        return false;
    if (node->a == DIRECTORY_ROLE)
        return node->b == NONE || parts->rules->directory_roles.items[node->b].tier_zero;
    if (node->a == DIRECTORY_PERMISSION)
        return node->b == NONE || parts->rules->app_roles.items[node->b].tier_zero;
    return false;
}

static Verdict row_verdict(const Parts *parts, const Start *start, const ReachRow *row)
{
    if (row->capability == CAPABILITY_ASSIGN_ROLES)
        return is_wide(parts, row->scope) && !row->roles ? VERDICT_TAKEOVER : VERDICT_ESCALATING;
    if (row->capability == CAPABILITY_DIRECTORY && is_tier_zero(parts, row))
        return VERDICT_TAKEOVER;
    if (row->capability == CAPABILITY_MANAGE_IDENTITIES && !is_own_identity(parts, start, row))
        return VERDICT_ESCALATING;
    return row->in_task_scope ? VERDICT_CONTAINED : VERDICT_BROAD;
}

static Verdict find_verdict(const Parts *parts, const Start *start, const StartResult *result,
                            Certainty limit)
{
    Verdict verdict = result->takes_others <= limit ? VERDICT_LATERAL : VERDICT_CONTAINED;
    for (uint32_t i = 0; i < result->reach_count; i++) {
        if (!counts_at(&result->reach[i], limit))
            continue;
        Verdict here = row_verdict(parts, start, &result->reach[i]);
        verdict = here > verdict ? here : verdict;
    }
    if (count_managed_subscriptions(parts, result, limit) >= 2)
        verdict = VERDICT_TAKEOVER;
    return verdict;
}

/* ---- counts ---- */

typedef struct Range {
    Id type;
    uint32_t first;
    uint32_t end;
} Range;

static int by_type_and_first(const void *a, const void *b)
{
    const Range *x = a;
    const Range *y = b;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* Distinct resources of the rows: per type, ranges of the tree are nested or apart. */
static uint32_t count_resources(const Parts *parts, const StartResult *result, bool beyond_only)
{
    ARRAY(Range) ranges = {0};
    const ScopeTree *tree = &parts->access->tree;
    for (uint32_t i = 0; i < result->reach_count; i++) {
        const ReachRow *row = &result->reach[i];
        if (!counts_at(row, ELIGIBLE) || (beyond_only && row->in_task_scope))
            continue;
        for (uint32_t t = 0; t < row->type_count; t++) {
            if (row->by_type[t].type == rows_resource_group_type(parts->rows))
                continue; /* a container, not a resource */
            Range range = {row->by_type[t].type, row->scope, tree->scopes[row->scope].end};
            ARRAY_PUSH(&ranges, range);
        }
    }
    if (ranges.count)
        qsort(ranges.items, ranges.count, sizeof *ranges.items, by_type_and_first);
    uint32_t total = 0;
    Range last = {NONE, 0, 0};
    for (uint32_t i = 0; i < ranges.count; i++) {
        const Range *range = &ranges.items[i];
        if (range->type == last.type && range->first < last.end)
            continue;
        uint32_t count = rows_count(parts->rows, range->type, range->first);
        total += count ? count : 1; /* a resource that is only referenced */
        last = *range;
    }
    ARRAY_FREE(&ranges);
    return total;
}

static uint32_t count_subscriptions(const Parts *parts, const StartResult *result)
{
    const ScopeTree *tree = &parts->access->tree;
    uint32_t count = 0;
    for (uint32_t s = 0; s < tree->count; s++) {
        if (tree->scopes[s].level != SCOPE_SUBSCRIPTION)
            continue;
        bool reached = false;
        for (uint32_t i = 0; i < result->reach_count && !reached; i++) {
            const ReachRow *row = &result->reach[i];
            reached = counts_at(row, ELIGIBLE) && (tree->scopes[row->scope].subscription == s ||
                                                   scope_contains(tree, row->scope, s) == CERTAIN);
        }
        count += reached;
    }
    return count;
}

/* ---- the three questions ---- */

static bool all_exported(const Snapshot *snapshot, const RecordKind *kinds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!snapshot->exported[kinds[i]])
            return false;
    return true;
}

/* `no` only when every kind of record that could grant it was exported. */
static Certainty negative_answer(const Parts *parts, bool vaults)
{
    static const RecordKind kinds[] = {RECORD_ROLE_ASSIGNMENT, RECORD_GROUP_MEMBER,
                                       RECORD_MANAGEMENT_GROUP, RECORD_KEY_VAULT};
    size_t count = vaults ? 4 : 3;
    bool known =
        all_exported(parts->snapshot, kinds, count) && !parts->access->unknown_grants.count;
    return known ? NO : UNKNOWN;
}

/* "…, eligible" behind an answer that is not certain. */
static const char *certainty_words(Arena *arena, Certainty certainty)
{
    return certainty == CERTAIN ? "" : arena_format(arena, ", %s", certainty_name(certainty));
}

/* `sentence` says yes; without a row the answer is no, or unknown when the export has holes. */
static QuestionAnswer answer(const Parts *parts, const StartResult *result, uint32_t best,
                             bool vaults, const char *sentence, const char *no)
{
    if (best != NONE)
        return (QuestionAnswer){result->reach[best].certainty, best, sentence};
    Certainty certainty = negative_answer(parts, vaults);
    return (QuestionAnswer){certainty, NONE,
                            certainty == NO ? no : "Not found, but the export is not complete."};
}

static const char *vault_sentence(const Parts *parts, Arena *arena, const ReachRow *row,
                                  uint32_t vaults)
{
    return arena_format(arena, "Reads the secrets of %u key vault%s beyond its task, %s%s", vaults,
                        vaults == 1 ? "" : "s", scope_name(parts, row->scope),
                        certainty_words(arena, row->certainty));
}

static const char *assign_sentence(const Parts *parts, Arena *arena, const ReachRow *row)
{
    uint32_t resources = rows_count(parts->rows, NONE, row->scope);
    return arena_format(
        arena, "Can change role assignments at %s%s, over %u resource%s and resource groups%s",
        scope_name(parts, row->scope), row->roles ? ", for some roles" : ", its own included",
        resources, resources == 1 ? "" : "s", certainty_words(arena, row->certainty));
}

static const char *beyond_sentence(const Parts *parts, Arena *arena, const ReachRow *row)
{
    return arena_format(arena, "Operates beyond its own resource group: it %s %s%s",
                        parts->rules->capabilities.items[row->capability].text,
                        scope_name(parts, row->scope), certainty_words(arena, row->certainty));
}

static uint32_t better_row(const StartResult *result, uint32_t best, uint32_t row)
{
    return best == NONE || result->reach[row].certainty < result->reach[best].certainty ? row
                                                                                        : best;
}

static void answer_questions(const Parts *parts, Arena *arena, const Start *start,
                             StartResult *result)
{
    uint32_t vault = NONE;
    uint32_t assign = NONE;
    uint32_t beyond = NONE;
    uint32_t vaults = 0;
    uint32_t home = home_or_first(start, result);
    for (uint32_t i = 0; i < result->reach_count; i++) {
        const ReachRow *row = &result->reach[i];
        if (row->capability == CAPABILITY_READ_SECRETS && !row->in_task_scope) {
            vault = better_row(result, vault, i);
            vaults += row->resources;
        }
        if (row->capability == CAPABILITY_ASSIGN_ROLES)
            assign = better_row(result, assign, i);
        if (!is_view(row) && !row->in_task_scope &&
            contain(parts, home, row->scope) > CONTAINMENT_RESOURCE_GROUP)
            beyond = better_row(result, beyond, i);
    }
    result->key_vault_beyond_task =
        answer(parts, result, vault, true,
               vault == NONE ? NULL : vault_sentence(parts, arena, &result->reach[vault], vaults),
               "Reads no key-vault secret beyond its task.");
    result->role_assignments =
        answer(parts, result, assign, false,
               assign == NONE ? NULL : assign_sentence(parts, arena, &result->reach[assign]),
               "Cannot change any role assignment.");
    result->beyond_resource_group =
        answer(parts, result, beyond, false,
               beyond == NONE ? NULL : beyond_sentence(parts, arena, &result->reach[beyond]),
               "Stays within its own resource group.");
}

/* ---- score ---- */

static void add_term(Arena *arena, StartResult *result, const char *term, uint32_t points)
{
    enum { MOST_TERMS = 8 };
    if (!points || result->score_term_count >= MOST_TERMS)
        return;
    if (!result->score_terms)
        result->score_terms = arena_allocate(arena, MOST_TERMS, sizeof *result->score_terms);
    result->score_terms[result->score_term_count++] = (ScoreTerm){term, points};
    result->score = result->score + points > 100 ? 100 : result->score + points;
}

static void score_start(Arena *arena, StartResult *result)
{
    static const uint32_t verdict_points[] = {0, 20, 35, 55, 75};
    static const uint32_t containment_points[] = {0, 0, 2, 5, 10, 12};
    add_term(arena, result, arena_format(arena, "verdict %s", verdict_name(result->verdict)),
             verdict_points[result->verdict]);
    add_term(arena, result,
             arena_format(arena, "contained only by %s", containment_name(result->containment)),
             containment_points[result->containment]);
    if (result->key_vault_beyond_task.answer <= ELIGIBLE)
        add_term(arena, result, "reads key-vault secrets beyond its task", 8);
    if (result->verdict_if_assumed > result->verdict)
        add_term(arena, result,
                 arena_format(arena, "%s if what the export does not say is assumed",
                              verdict_name(result->verdict_if_assumed)),
                 3);
    uint32_t share = result->reachable_resources
                         ? 5 * result->beyond_task_resources / result->reachable_resources
                         : 0;
    add_term(arena, result, "share of its reach beyond the task", share);
}

/* ---- findings ---- */

typedef struct FindingRule {
    const char *rule;
    uint32_t capability;
    const char *title; /* %s: where */
} FindingRule;

static const FindingRule finding_rules[] = {
    {"changes-own-role", CAPABILITY_ASSIGN_ROLES, "Can change its own role assignment at %s"},
    {"reads-secrets-beyond-task", CAPABILITY_READ_SECRETS, "Reads secrets beyond its task in %s"},
    {"manages-identities", CAPABILITY_MANAGE_IDENTITIES, "Can use the managed identities of %s"},
    {"manages-beyond-task", CAPABILITY_MANAGE, "Changes resources beyond its task in %s"},
    {"reads-data-beyond-task", CAPABILITY_READ_DATA, "Reads data beyond its task in %s"},
};

/* How much a row matters among those of its kind: crown jewels, other subscriptions, size. */
static uint64_t row_weight(const Parts *parts, const Start *start, const ReachRow *row)
{
    const ScopeTree *tree = &parts->access->tree;
    bool crown = crown_jewel_of_row(parts, row) != NONE;
    uint32_t home = start->home ? tree->scopes[start->home].subscription : NONE;
    bool elsewhere = tree->scopes[row->scope].subscription != home;
    uint64_t weight = (uint64_t)row_severity(parts, row) << 40;
    weight += (uint64_t)(CERTAINTY_LEVELS - row->certainty) << 44;
    weight += (uint64_t)crown << 39;
    weight += (uint64_t)elsewhere << 38;
    return weight + row->resources;
}

static uint32_t heaviest_row(const Parts *parts, const Start *start, const StartResult *result,
                             uint32_t capability)
{
    uint32_t best = NONE;
    uint64_t best_weight = 0;
    for (uint32_t i = 0; i < result->reach_count; i++) {
        const ReachRow *row = &result->reach[i];
        if (row->capability != capability || row->in_task_scope || row->certainty > ASSUMED ||
            (capability == CAPABILITY_MANAGE_IDENTITIES && is_own_identity(parts, start, row)))
            continue;
        uint64_t weight = row_weight(parts, start, row);
        if (best == NONE || weight > best_weight) {
            best = i;
            best_weight = weight;
        }
    }
    return best;
}

/* The step whose technique says how to stop it: the first giving step, else the last technique. */
static const Step *decisive_step(const Parts *parts, const Chain *chain)
{
    const Step *decisive = NULL;
    for (uint32_t i = 0; i < chain->step_count; i++) {
        const Step *step = &chain->steps[i];
        if (step->technique_index == NONE)
            continue;
        const Technique *technique = &parts->rules->techniques.items[step->technique_index];
        const Clause *clause = &parts->rules->clauses.items[technique->first_clause];
        if (clause->conclusion.kind == CONCLUDES_GIVES_ROLES ||
            clause->conclusion.kind == CONCLUDES_REWRITES_ROLE)
            return step;
        decisive = step;
    }
    return decisive;
}

static bool gives_roles(const Parts *parts, const Chain *chain)
{
    const Step *step = decisive_step(parts, chain);
    if (!step)
        return false;
    const Technique *technique = &parts->rules->techniques.items[step->technique_index];
    return parts->rules->clauses.items[technique->first_clause].conclusion.kind ==
           CONCLUDES_GIVES_ROLES;
}

static const char *fix_words(const Parts *parts, Arena *arena, const Chain *chain)
{
    const Step *step = decisive_step(parts, chain);
    if (!step && chain->step_count)
        step = &chain->steps[chain->step_count - 1];
    if (!step)
        return "Remove the role assignment.";
    const char *advice = step->technique_index == NONE
                             ? ""
                             : parts->rules->techniques.items[step->technique_index].fix;
    if (!step->evidence_count || !step->evidence[0].says ||
        parts->snapshot->records.items[step->evidence[0].record].kind != RECORD_ROLE_ASSIGNMENT)
        return *advice ? advice : "Narrow the role assignment.";
    return arena_format(arena, "Remove the assignment %s.%s%s", step->evidence[0].says,
                        *advice ? " " : "", advice);
}

static const char *fingerprint(const Parts *parts, Arena *arena, const char *rule,
                               const Start *start, const char *where)
{
    char hex[DIGEST_TEXT_BYTES];
    Digest *digest = digest_new();
    Id id = start->principal != NONE ? parts->snapshot->principals.items[start->principal].object_id
                                     : parts->snapshot->resources.items[start->resource].id;
    const char *who = id == NONE ? "" : id_text(parts->snapshot, id);
    const char *const fields[] = {rule, who, where ? where : "/"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char *lower = arena_copy_text(arena, fields[i]);
        text_lower(lower);
        digest_add(digest, lower, strlen(lower) + 1);
    }
    digest_finish(digest, hex);
    hex[16] = '\0';
    return arena_copy_text(arena, hex);
}

static const char *entity_id(const Parts *parts, Entity entity)
{
    const Snapshot *snapshot = parts->snapshot;
    if (entity.kind == ENTITY_SCOPE)
        return id_text(snapshot, parts->access->tree.scopes[entity.index].id);
    const Principal *principal = &snapshot->principals.items[entity.index];
    return id_text(snapshot,
                   principal->object_id != NONE ? principal->object_id : principal->resource_id);
}

/* ---- what is only told: is it news? ---- */

/* Roles, group membership or permissions, rather than an identity or a capability. */
static bool gives_power(const Parts *parts, const Step *step)
{
    if (step->technique_index == NONE)
        return false;
    const Technique *technique = &parts->rules->techniques.items[step->technique_index];
    for (uint32_t c = 0; c < technique->clause_count; c++) {
        ConclusionKind kind =
            parts->rules->clauses.items[technique->first_clause + c].conclusion.kind;
        if (kind != CONCLUDES_ACTS_AS && kind != CONCLUDES_CAPABILITY && kind != CONCLUDES_FINDING)
            return true;
    }
    return false;
}

static bool is_among(const uint32_t *items, uint32_t count, uint32_t item)
{
    for (uint32_t i = 0; i < count; i++)
        if (items[i] == item)
            return true;
    return false;
}

/* Does a step before the last take another principal, or give a role? */
static bool escalates_first(const Parts *parts, const Start *start, const Chain *chain)
{
    for (uint32_t s = 0; s + 1 < chain->step_count; s++) {
        const Step *step = &chain->steps[s];
        if (gives_power(parts, step) ||
            (step->to.kind == ENTITY_PRINCIPAL && !text_equal(step->technique, "start") &&
             !is_among(start->own, start->own_count, step->to.index)))
            return true;
    }
    return false;
}

/* Does the technique itself ask for the right to give roles?  Then it adds something to it. */
static bool asks_to_give_roles(const Rules *rules, uint32_t technique)
{
    const Technique *it = &rules->techniques.items[technique];
    for (uint32_t c = 0; c < it->clause_count; c++) {
        const Clause *clause = &rules->clauses.items[it->first_clause + c];
        for (uint32_t p = 0; p < clause->premise_count; p++) {
            const Premise *premise = &clause->premises[p];
            for (uint32_t i = 0; i < premise->permission_count; i++)
                if (text_equal_any_case(rules->permissions.items[premise->permissions[i]].action,
                                        "Microsoft.Authorization/roleAssignments/write"))
                    return true;
        }
    }
    return false;
}

/* Can the start give itself whatever role it likes at the place? */
static bool rules_there(const Parts *parts, const StartResult *result, Entity place)
{
    for (uint32_t i = 0; place.kind == ENTITY_SCOPE && i < result->reach_count; i++) {
        const ReachRow *row = &result->reach[i];
        if (row->capability == CAPABILITY_ASSIGN_ROLES && !row->roles && counts_at(row, ELIGIBLE) &&
            scope_contains(&parts->access->tree, row->scope, place.index) == CERTAIN)
            return true;
    }
    return false;
}

static bool is_needed(const Parts *parts, const StartResult *result, Entity place)
{
    for (uint32_t i = 0; place.kind == ENTITY_SCOPE && i < result->needed_count; i++)
        if (scope_contains(&parts->access->tree, place.index, result->needed[i].scope) == CERTAIN)
            return true;
    return false;
}

/* analysis.h, Notice, says what is minor. */
static bool is_minor(const Parts *parts, const Start *start, const StartResult *result,
                     const Notice *notice, const Chain *chain)
{
    Severity severity =
        severity_of_name(parts->rules->techniques.items[notice->technique].severity);
    Entity place = chain->steps[chain->step_count - 1].to;
    return severity < SEVERITY_HIGH &&
           (escalates_first(parts, start, chain) ||
            (rules_there(parts, result, place) &&
             !asks_to_give_roles(parts->rules, notice->technique)) ||
            (severity == SEVERITY_LOW && is_needed(parts, result, place)));
}

/* A technique that gives nothing by itself. */
static Finding notice_finding(const Parts *parts, Arena *arena, const Start *start,
                              const Notice *notice, const Chain *chains)
{
    const Technique *technique = &parts->rules->techniques.items[notice->technique];
    const Chain *chain = &chains[notice->chain];
    const Step *last = &chain->steps[chain->step_count - 1];
    return (Finding){
        .rule = technique->id,
        .severity = severity_of_name(technique->severity),
        .title = technique->title,
        .why = arena_format(arena, "%s; %u step%s, %s. %s", last->text, chain->step_count - 1,
                            chain->step_count == 2 ? "" : "s", certainty_name(chain->certainty),
                            technique->why),
        .fix = technique->fix,
        .chain = notice->chain,
        .technique = notice->technique,
        .fingerprint = fingerprint(parts, arena, technique->id, start, entity_id(parts, last->to))};
}

void judge_findings(const Parts *parts, Arena *arena, const Start *start, StartResult *result,
                    const Chain *chains, FindingList *findings)
{
    for (size_t r = 0; r < sizeof finding_rules / sizeof *finding_rules; r++) {
        const FindingRule *rule = &finding_rules[r];
        uint32_t index = heaviest_row(parts, start, result, rule->capability);
        if (index == NONE)
            continue;
        const ReachRow *row = &result->reach[index];
        uint32_t shown = row->chain;
        if (rule->capability == CAPABILITY_ASSIGN_ROLES && result->worst_chain != NONE &&
            gives_roles(parts, &chains[result->worst_chain]))
            shown = result->worst_chain; /* not only that it can, but where that leads */
        const Chain *chain = &chains[shown];
        const Step *step = decisive_step(parts, chain);
        const char *where = scope_name(parts, row->scope);
        TextBuffer title = {0};
        const char *place = strstr(rule->title, "%s");
        text_append_bytes(&title, rule->title, (size_t)(place - rule->title));
        text_append(&title, where);
        Finding finding = {
            .rule = rule->rule,
            .severity = row_severity(parts, row),
            .title = arena_copy_text(arena, title.text),
            .why =
                arena_format(arena, "%s; %u step%s, %s.", chain->steps[chain->step_count - 1].text,
                             chain->step_count - 1, chain->step_count == 2 ? "" : "s",
                             certainty_name(chain->certainty)),
            .fix = fix_words(parts, arena, chain),
            .chain = shown,
            .gains = true,
            .technique = step ? step->technique_index : NONE,
            .fingerprint =
                fingerprint(parts, arena, rule->rule, start,
                            id_text(parts->snapshot, parts->access->tree.scopes[row->scope].id))};
        if (rule->capability == CAPABILITY_ASSIGN_ROLES && is_wide(parts, row->scope) &&
            !row->roles)
            finding.severity = SEVERITY_CRITICAL;
        text_buffer_free(&title);
        ARRAY_PUSH(findings, finding);
    }
    for (uint32_t i = 0; i < result->notice_count; i++) {
        Notice *notice = &result->notices[i];
        notice->minor = is_minor(parts, start, result, notice, &chains[notice->chain]);
        if (!notice->minor)
            ARRAY_PUSH(findings, notice_finding(parts, arena, start, notice, chains));
    }
}

/* ---- the worst thing, in one sentence ---- */

void judge_worst(const Parts *parts, Arena *arena, const Start *start, StartResult *result)
{
    uint32_t assign = heaviest_row(parts, start, result, CAPABILITY_ASSIGN_ROLES);
    uint32_t secrets = heaviest_row(parts, start, result, CAPABILITY_READ_SECRETS);
    uint32_t data = heaviest_row(parts, start, result, CAPABILITY_READ_DATA);
    uint32_t manage = heaviest_row(parts, start, result, CAPABILITY_MANAGE);
    result->worst_chain = NONE;
    result->worst = "Nothing beyond its task";
    uint32_t end = secrets != NONE ? secrets : data != NONE ? data : manage;
    if (assign != NONE && end != NONE) {
        result->worst =
            arena_format(arena, "Can give itself %s at %s, then %s %s",
                         result->reach[assign].roles ? "roles" : "any role",
                         scope_name(parts, result->reach[assign].scope),
                         parts->rules->capabilities.items[result->reach[end].capability].text,
                         scope_name(parts, result->reach[end].scope));
        result->worst_chain = result->reach[end].chain;
    } else if (assign != NONE) {
        result->worst = arena_format(arena, "Can give %s at %s",
                                     result->reach[assign].roles ? "the roles a condition admits"
                                                                 : "itself any role",
                                     scope_name(parts, result->reach[assign].scope));
        result->worst_chain = result->reach[assign].chain;
    } else if (end != NONE) {
        const char *text = parts->rules->capabilities.items[result->reach[end].capability].text;
        char *sentence =
            arena_format(arena, "%s %s", text, scope_name(parts, result->reach[end].scope));
        if (*sentence >= 'a' && *sentence <= 'z')
            *sentence = (char)(*sentence - 'a' + 'A');
        result->worst = sentence;
        result->worst_chain = result->reach[end].chain;
    } else if (result->acts_as_count) {
        result->worst = arena_format(arena, "Can act as %s",
                                     principal_name(parts->snapshot, result->acts_as[0].principal));
        result->worst_chain = result->acts_as[0].chain;
    }
}

void judge_start(const Parts *parts, Arena *arena, const Start *start, StartResult *result)
{
    result->score = 0;
    result->score_terms = NULL;
    result->score_term_count = 0;
    result->verdict = find_verdict(parts, start, result, ELIGIBLE);
    result->verdict_if_assumed = find_verdict(parts, start, result, ASSUMED);
    result->containment = find_containment(parts, start, result);
    result->reachable_resources = count_resources(parts, result, false);
    result->beyond_task_resources = count_resources(parts, result, true);
    result->reachable_subscriptions = count_subscriptions(parts, result);
    answer_questions(parts, arena, start, result);
    score_start(arena, result);
}
