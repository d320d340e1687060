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

/* ---- findings ---- */

static bool is_wide(const Parts *parts, uint32_t scope)
{
    return parts->access->tree.scopes[scope].level <= SCOPE_SUBSCRIPTION;
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

const char *worst_words(const Parts *parts, Arena *arena, const ReachRow *assign,
                        const ReachRow *end)
{
    const char *text = end ? parts->rules->capabilities.items[end->capability].text : NULL;
    if (assign && end)
        return arena_format(arena, "Can give itself %s at %s, then %s %s",
                            assign->roles ? "roles" : "any role", scope_name(parts, assign->scope),
                            text, scope_name(parts, end->scope));
    if (assign)
        return arena_format(arena, "Can give %s at %s",
                            assign->roles ? "the roles a condition admits" : "itself any role",
                            scope_name(parts, assign->scope));
    if (!end)
        return "Nothing beyond its task";
    char *sentence = arena_format(arena, "%s %s", text, scope_name(parts, end->scope));
    if (*sentence >= 'a' && *sentence <= 'z')
        *sentence = (char)(*sentence - 'a' + 'A');
    return sentence;
}

void judge_worst(const Parts *parts, Arena *arena, const Start *start, StartResult *result)
{
    uint32_t assign = heaviest_row(parts, start, result, CAPABILITY_ASSIGN_ROLES);
    uint32_t secrets = heaviest_row(parts, start, result, CAPABILITY_READ_SECRETS);
    uint32_t data = heaviest_row(parts, start, result, CAPABILITY_READ_DATA);
    uint32_t manage = heaviest_row(parts, start, result, CAPABILITY_MANAGE);
    uint32_t end = secrets != NONE ? secrets : data != NONE ? data : manage;
    uint32_t told = end != NONE ? end : assign;
    result->worst_chain = told == NONE ? NONE : result->reach[told].chain;
    if (told == NONE && result->acts_as_count) {
        result->worst = arena_format(arena, "Can act as %s",
                                     principal_name(parts->snapshot, result->acts_as[0].principal));
        result->worst_chain = result->acts_as[0].chain;
        return;
    }
    result->worst = worst_words(parts, arena, assign == NONE ? NULL : &result->reach[assign],
                                end == NONE ? NULL : &result->reach[end]);
}
