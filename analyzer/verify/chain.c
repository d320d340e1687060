#include "base/memory.h"
#include "base/text.h"
#include "verify/claims.h"
#include "verify/clause.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- saying what is wrong ---- */

enum { LONGEST_REASON = 1024 };

void fail(Checker *checker, uint32_t step, const char *format, ...)
{
    char text[LONGEST_REASON];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    VerifyFailure failure = {arena_copy_text(&checker->result->arena, checker->chain), step,
                             arena_copy_text(&checker->result->arena, text)};
    ARRAY_PUSH(&checker->result->failures, failure);
    checker->failed = true;
}

/* ---- reading a step ---- */

static const char *text_at(const JsonValue *object, const char *name)
{
    const char *text = json_text(json_member(object, name));
    return text ? text : "";
}

uint32_t principal_of_text(const World *world, const char *id)
{
    const Snapshot *snapshot = world->snapshot;
    uint32_t found = snapshot_find_principal(snapshot, id);
    Id known = found == NONE ? snapshot_find_id(snapshot, id) : NONE;
    for (uint32_t i = 0; known != NONE && found == NONE && i < snapshot->principals.count; i++)
        if (snapshot->principals.items[i].object_id == NONE &&
            snapshot->principals.items[i].resource_id == known)
            found = i;
    return found;
}

static bool read_entity(Checker *checker, const JsonValue *step, const char *name, uint32_t number,
                        Term *term)
{
    const JsonValue *entity = json_member(step, name);
    const char *kind = text_at(entity, "kind"), *id = text_at(entity, "id");
    if (text_equal(kind, "principal"))
        *term = person_term(principal_of_text(checker->world, id));
    else if (text_equal(kind, "scope"))
        *term = place_find(checker->world, id);
    else
        *term = NONE;
    if (*term == NONE)
        fail(checker, number, "%s: expected a principal or scope of the snapshot, found %s \"%s\"",
             name, *kind ? kind : "nothing", id);
    return *term != NONE;
}

static bool read_evidence(Checker *checker, const JsonValue *step, uint32_t number,
                          ClaimedStep *claimed)
{
    Attack *attack = checker->attack;
    const JsonValue *evidence = json_member(step, "evidence");
    claimed->cited_count = 0;
    claimed->cited = arena_allocate(&attack->arena, json_count(evidence), sizeof *claimed->cited);
    for (const JsonValue *entry = json_first(evidence); entry; entry = json_next(entry)) {
        double line = 0;
        const char *file = text_at(entry, "file"), *pointer = text_at(entry, "pointer");
        (void)json_number(json_member(entry, "line"), &line);
        bool whole = line >= 1 && line < (double)UINT32_MAX;
        uint32_t location =
            whole ? location_find(checker->world, file, pointer, (uint32_t)line) : NONE;
        if (location == NONE) {
            fail(checker, number,
                 "evidence: expected a record that is used, found none at %s:%.0f %s", file, line,
                 pointer);
            return false;
        }
        claimed->cited[claimed->cited_count++] =
            (Cited){location, arena_copy_text(&attack->arena, text_at(entry, "says")), false};
    }
    if (!claimed->cited_count)
        fail(checker, number, "evidence: expected at least one record, found none");
    return claimed->cited_count > 0;
}

static bool read_step(Checker *checker, const JsonValue *step, uint32_t number,
                      ClaimedStep *claimed)
{
    const char *action = json_text(json_member(step, "action"));
    *claimed = (ClaimedStep){
        .technique = arena_copy_text(&checker->attack->arena, text_at(step, "technique")),
        .action = action ? arena_copy_text(&checker->attack->arena, action) : NULL};
    if (!surety_parse(json_text(json_member(step, "certainty")), &claimed->surety)) {
        fail(checker, number,
             "certainty: expected certain, conditional, eligible or assumed, found \"%s\"",
             text_at(step, "certainty"));
        return false;
    }
    return read_entity(checker, step, "from", number, &claimed->from) &&
           read_entity(checker, step, "to", number, &claimed->to) &&
           read_evidence(checker, step, number, claimed);
}

/* ---- the beginning ---- */

static ClaimedStep *step_at_hand(const Attack *attack)
{
    return &attack->steps.items[attack->steps.count - 1];
}

static bool use_citation(Checker *checker, uint32_t record, const char *words)
{
    Attack *attack = checker->attack;
    attack->trail.count = 0;
    if (!cite(attack, record, words))
        return false;
    step_at_hand(attack)->cited[attack->trail.items[0]].used = true;
    return true;
}

static bool is_attached(const World *world, uint32_t place, Term person)
{
    static const RelationName ways[] = {RELATION_RUNS_AS, RELATION_IDENTITY_OF};
    const Link *rows;
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        uint32_t count = links_from(world, ways[w], place, &rows);
        for (uint32_t i = 0; i < count; i++)
            if (rows[i].to == person)
                return true;
    }
    uint32_t count = links_from(world, RELATION_OWNER_OF, person, &rows);
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].to == place)
            return true;
    return false;
}

static void check_attachments(Checker *checker, const ClaimedStart *start)
{
    const World *world = checker->world;
    for (uint32_t i = 0; i < start->attached_count; i++) {
        const Resource *resource = place_resource(world, start->attached[i]);
        const char *name = resource ? text_text(world->snapshot, resource->name) : "";
        if (!resource || !is_attached(world, start->attached[i], start->term))
            fail(checker, 1, "expected that %s is attached to %s, found that it is not",
                 term_words(world, start->term), place_name(world, start->attached[i]));
        else if (!use_citation(checker, resource->record,
                               arena_format(&checker->attack->arena, "attached to %s", name)))
            fail(checker, 1, "evidence: expected the record of %s, found no citation of it", name);
    }
}

/* The start that the chain belongs to: of whatever refers to it. */
static const ClaimedStart *start_of_chain(Checker *checker, uint32_t first_claim)
{
    const Claims *claims = checker->claims;
    const ClaimedStart *start = NULL;
    const Term to = step_at_hand(checker->attack)->to;
    for (uint32_t c = first_claim; c != NONE; c = claims->claims.items[c].next) {
        const Claim *claim = &claims->claims.items[c];
        const ClaimedStart *of = claim->start == NONE ? NULL : &claims->starts.items[claim->start];
        if (!of || of->term != to)
            fail(checker, 1,
                 "expected the chain to begin at the start that it is told for, found %s",
                 term_words(checker->world, to));
        else
            start = of;
    }
    for (uint32_t i = 0; first_claim == NONE && !start && i < claims->starts.count; i++)
        if (claims->starts.items[i].term == to)
            start = &claims->starts.items[i];
    return start;
}

static void begin_at(Attack *attack, const ClaimedStart *start)
{
    if (!start->workload) {
        ARRAY_PUSH(&attack->persons, person_of(start->term));
        return;
    }
    for (uint32_t i = 0; i < start->own_place_count; i++) {
        Taken code = {CAPABILITY_RUN_CODE, start->own_places[i], NONE};
        ARRAY_PUSH(&attack->taken, code);
        ARRAY_PUSH(&attack->reached, start->own_places[i]);
    }
}

static bool check_start(Checker *checker, uint32_t first_claim)
{
    Attack *attack = checker->attack;
    const World *world = checker->world;
    const ClaimedStep *step = step_at_hand(attack);
    const ClaimedStart *start = start_of_chain(checker, first_claim);
    if (!text_equal(step->technique, "start") || step->from != step->to) {
        fail(checker, 1, "expected the step \"start\", found \"%s\"", step->technique);
        return false;
    }
    if (!start) {
        fail(checker, 1, "expected a start of the report, found %s", term_words(world, step->to));
        return false;
    }
    if (step->surety != SURE)
        fail(checker, 1, "certainty: expected certain, found %s", surety_name(step->surety));
    begin_at(attack, start);
    if (start->workload) {
        const Resource *workload = place_resource(world, start->term);
        if (!workload || !use_citation(checker, workload->record, "the workload"))
            fail(checker, 1,
                 "evidence: expected the record of the workload, found no citation of it");
        return true;
    }
    const Principal *principal = &world->snapshot->principals.items[person_of(start->term)];
    uint32_t record = principal->record != NONE ? principal->record : principal->mentioned_by;
    if (!use_citation(checker, record, "the identity"))
        fail(checker, 1, "evidence: expected the record of the identity, found no citation of it");
    check_attachments(checker, start);
    return true;
}

/* ---- a step by a technique ---- */

static void conclude(Attack *attack, const Clause *clause, const ClaimedStep *step,
                     const ClauseProof *proof)
{
    Taken taken = {clause->conclusion.capability, step->to, NONE};
    Gift gift = {GIFT_ANYTHING, step->to, proof->assignment, attack->steps.count - 1};
    DirectoryGift directory = {clause->conclusion.kind == CONCLUDES_GIVES_APP_ROLE,
                               &clause->conclusion.roles, attack->steps.count - 1};
    switch (clause->conclusion.kind) {
    case CONCLUDES_ACTS_AS:
        if (!attack_is(attack, person_of(step->to)))
            ARRAY_PUSH(&attack->persons, person_of(step->to));
        break;
    case CONCLUDES_CAPABILITY:
        ARRAY_PUSH(&attack->taken, taken);
        break;
    case CONCLUDES_GIVES_ROLES:
        if (clause->conclusion.conditioned && proof->assignment != NONE)
            gift.kind = GIFT_ADMITTED;
        ARRAY_PUSH(&attack->gifts, gift);
        break;
    case CONCLUDES_REWRITES_ROLE: {
        const Snapshot *snapshot = attack->world->snapshot;
        attack->uncited = true;
        for (uint32_t i = 0; i < snapshot->role_definitions.count; i++)
            for (uint32_t p = 0; p < attack->persons.count; p++)
                if (may_rewrite(attack, attack->persons.items[p],
                                &snapshot->role_definitions.items[i]) != NEVER) {
                    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
                    ARRAY_PUSH(&attack->rewritten, &snapshot->role_definitions.items[i]);
                    break;
                }
        attack->uncited = false;
        break;
    }
    case CONCLUDES_CONTROLS_GROUP:
        ARRAY_PUSH(&attack->groups, person_of(step->to));
        break;
    case CONCLUDES_GIVES_DIRECTORY_ROLE:
    case CONCLUDES_GIVES_APP_ROLE:
        ARRAY_PUSH(&attack->directory_gifts, directory);
        break;
    case CONCLUDES_FINDING:
    case CONCLUSION_KIND_COUNT:
        break;
    }
}

/* What the clause concludes about when the step ends at `to`; false: not about that. */
static bool conclusion_of(const World *world, const Clause *clause, const ClaimedStep *step,
                          Term *term)
{
    bool about_nothing =
        clause->conclusion.variable == NONE || clause->conclusion.kind == CONCLUDES_REWRITES_ROLE;
    *term = about_nothing ? NONE : step->to;
    if (about_nothing)
        return step->to == step->from;
    return term_fits(world, &clause->variables[clause->conclusion.variable], step->to);
}

static Surety prove_technique(Attack *attack, uint32_t technique, bool concluding,
                              uint8_t *acts_as_kinds)
{
    const World *world = attack->world;
    const ClaimedStep step = *step_at_hand(attack);
    const Technique *t = &world->rules->techniques.items[technique];
    Surety best = NEVER;
    *acts_as_kinds = 0;
    for (uint32_t c = t->first_clause; c < t->first_clause + t->clause_count; c++) {
        const Clause *clause = &world->rules->clauses.items[c];
        Term term;
        if (!conclusion_of(world, clause, &step, &term))
            continue;
        ClauseProof proof = prove_clause(attack, c, term, step.surety);
        best = proof.surety < best ? proof.surety : best;
        if (proof.surety > step.surety || !concluding)
            continue;
        if (clause->conclusion.kind == CONCLUDES_ACTS_AS)
            *acts_as_kinds |= (uint8_t)(1U << clause->conclusion.acts_as_kind);
        conclude(attack, clause, &step, &proof);
    }
    return best;
}

static bool names_action(const World *world, uint32_t technique, const char *action)
{
    const Technique *t = &world->rules->techniques.items[technique];
    for (uint32_t c = t->first_clause; c < t->first_clause + t->clause_count; c++) {
        const Clause *clause = &world->rules->clauses.items[c];
        for (uint32_t i = 0; i < clause->premise_count; i++)
            for (uint32_t p = 0; p < clause->premises[i].permission_count; p++)
                if (text_equal_any_case(
                        world->rules->permissions.items[clause->premises[i].permissions[p]].action,
                        action))
                    return true;
    }
    return false;
}

/* ---- what ends at rows ---- */

/* A row's capability on one of its types (NONE: on the scope itself), by what the last step says.
 */
static Surety prove_end(Attack *attack, uint32_t technique, uint32_t capability, uint32_t type)
{
    const World *world = attack->world;
    const ClaimedStep step = *step_at_hand(attack);
    bool here = !is_person(step.to) && world->places.items[step.to].type == type;
    bool by_policy = text_equal(step.technique, "held-access-policy");
    Surety best = NEVER;
    if (is_person(step.to))
        return NEVER;
    if (technique == NONE && !by_policy)
        return prove_held(attack, capability, type, step.to, step.surety);
    const Technique *t = technique == NONE ? NULL : &world->rules->techniques.items[technique];
    uint32_t first = t ? t->first_clause : 0;
    uint32_t end = t ? t->first_clause + t->clause_count : world->rules->clauses.count;
    for (uint32_t c = first; c < end && best > step.surety; c++) {
        const Clause *clause = &world->rules->clauses.items[c];
        bool policy = false;
        if (clause->conclusion.kind != CONCLUDES_CAPABILITY ||
            clause->conclusion.capability != capability)
            continue;
        for (uint32_t i = 0; i < clause->premise_count; i++)
            policy |= clause->premises[i].kind == PREMISE_ACCESS_POLICY;
        if (by_policy && !policy)
            continue;
        ClauseProof proof = here || type == NONE
                                ? prove_clause(attack, c, step.to, step.surety)
                                : prove_clause_below(attack, c, type, step.to, step.surety);
        best = proof.surety < best ? proof.surety : best;
    }
    return best;
}

static bool is_over_part(const Snapshot *snapshot, const DirectoryRoleAssignment *held)
{
    const char *scope = text_text(snapshot, held->directory_scope);
    return scope && !text_equal(scope, "/");
}

/* Does the principal hold an Entra role or an application permission of that name, in the whole
   tenant or, when the name goes on to say so, over a part of it? */
static bool holds_named(const World *world, uint32_t principal, const char *said)
{
    static const char suffix[] = ", over a part of the tenant";
    const Snapshot *snapshot = world->snapshot;
    bool part = text_ends_with_any_case(said, suffix);
    char name[256];
    (void)snprintf(name, sizeof name, "%.*s", (int)(strlen(said) - (part ? sizeof suffix - 1 : 0)),
                   said);
    const DirectoryRole *role = rules_find_directory_role(world->rules, name);
    const AppRole *permission = rules_find_app_role(world->rules, name);
    const char *guid = role                 ? role->guid
                       : permission         ? permission->guid
                       : strrchr(name, ' ') ? strrchr(name, ' ') + 1
                                            : name;
    for (uint32_t i = 0; i < snapshot->directory_roles.count; i++) {
        const DirectoryRoleAssignment *held = &snapshot->directory_roles.items[i];
        bool holds = held->principal == principal;
        if (is_over_part(snapshot, held) != part)
            continue;
        for (uint32_t m = world->memberships.first[principal];
             m < world->memberships.first[principal + 1] && !holds; m++)
            holds =
                snapshot->relations.items[world->memberships.items[m]].object == held->principal;
        if (holds && text_equal_any_case(id_text(snapshot, held->role_template), guid))
            return true;
    }
    for (uint32_t i = 0; i < snapshot->app_roles.count; i++)
        if (snapshot->app_roles.items[i].principal == principal &&
            text_equal_any_case(id_text(snapshot, snapshot->app_roles.items[i].app_role), guid))
            return true;
    return false;
}

/* A row about the directory names what is held by who was taken last, or what the last step lets be
   given. */
static bool has_directory(const Attack *attack, const Claim *claim)
{
    const Term last = step_at_hand(attack)->to;
    const char *name = claim->roles ? claim->roles : "";
    bool any_role = text_equal(name, "any directory role");
    bool any_permission = text_equal(name, "any application permission");
    for (uint32_t i = 0; i < attack->directory_gifts.count; i++) {
        const DirectoryGift *gift = &attack->directory_gifts.items[i];
        if (gift->step + 1 != attack->steps.count ||
            (gift->permissions ? any_role : any_permission))
            continue;
        if (!gift->roles->count)
            return any_role || any_permission;
        const DirectoryRole *role = rules_find_directory_role(attack->world->rules, name);
        const AppRole *permission = rules_find_app_role(attack->world->rules, name);
        const char *guid = role ? role->guid : permission ? permission->guid : name;
        for (uint32_t r = 0; r < gift->roles->count; r++)
            if (text_equal_any_case(gift->roles->items[r], guid))
                return true;
    }
    return claim->held_by != NONE && last == person_term(claim->held_by) &&
           holds_named(attack->world, claim->held_by, name);
}

/* A row that names no roles says that any can be given. */
static bool has_gift_at(const Attack *attack, const Claim *claim)
{
    for (uint32_t i = 0; i < attack->gifts.count; i++)
        if (attack->gifts.items[i].place == claim->on &&
            (claim->roles || attack->gifts.items[i].kind == GIFT_ANYTHING))
            return true;
    return false;
}

static bool is_own_code(const ClaimedStart *start, const Claim *claim, const World *world,
                        uint32_t type, uint32_t *left_out)
{
    *left_out = 0;
    for (uint32_t i = 0; claim->capability == CAPABILITY_RUN_CODE && i < start->own_place_count;
         i++)
        *left_out += world->places.items[start->own_places[i]].type == type &&
                     contains(world, claim->on, start->own_places[i]) == SURE;
    return *left_out > 0;
}

static void check_counts(Checker *checker, uint32_t last, const Claim *claim)
{
    const World *world = checker->world;
    const Claims *claims = checker->claims;
    const ClaimedStart *start = &claims->starts.items[claim->start];
    uint32_t sum = 0, left_out;
    for (uint32_t i = 0; i < claim->count_count; i++) {
        const ClaimedCount *told = &claims->counts.items[claim->first_count + i];
        const uint32_t *places;
        uint32_t found = places_below(world, told->type, claim->on, &places);
        if (is_own_code(start, claim, world, told->type, &left_out))
            found -= left_out < found ? left_out : found;
        bool itself = world->places.items[claim->on].type == told->type && told->count == 1 &&
                      attack_took(checker->attack, claim->capability, claim->on);
        uint32_t named = named_below(world, told->type, claim->on, &places);
        if (is_own_code(start, claim, world, told->type, &left_out))
            named -= left_out < named ? left_out : named;
        sum += told->count;
        if (told->type == NONE || (found != told->count && named != told->count && !itself))
            fail(checker, last, "row %u: expected %u of %s at %s, found %u told", claim->number,
                 found,
                 told->type == NONE ? "a type that is not there"
                                    : interned_text(&world->types, told->type),
                 world->places.items[claim->on].id, told->count);
    }
    if (sum != claim->resources)
        fail(checker, last, "row %u: expected %u resources, the sum of its types, found %u told",
             claim->number, sum, claim->resources);
}

static bool row_holds(Checker *checker, uint32_t technique, const Claim *claim, uint32_t type,
                      Surety *step_surety)
{
    Attack *attack = checker->attack;
    const World *world = checker->world;
    const ClaimedStep *step = step_at_hand(attack);
    if (claim->capability == CAPABILITY_DIRECTORY)
        return claim->on == 0 && has_directory(attack, claim);
    if (claim->on != step->to)
        return false;
    if (claim->capability == CAPABILITY_ASSIGN_ROLES && type == NONE)
        return has_gift_at(attack, claim);
    if (type == world->places.items[claim->on].type && type != NONE &&
        attack_took(attack, claim->capability, claim->on))
        return true;
    Surety proof = prove_end(attack, technique, claim->capability, type);
    *step_surety = proof < *step_surety ? proof : *step_surety;
    return proof <= step->surety;
}

static void check_row(Checker *checker, uint32_t technique, const Claim *claim, Surety worst)
{
    const Claims *claims = checker->claims;
    const World *world = checker->world;
    uint32_t last = checker->attack->steps.count;
    Surety step_surety = NEVER;
    if (claim->on == NONE || is_person(claim->on) || claim->capability == NONE) {
        fail(checker, last, "row %u: expected a capability on a scope of the snapshot",
             claim->number);
        return;
    }
    const char *name = world->rules->capabilities.items[claim->capability].name;
    for (uint32_t i = 0; i <= claim->count_count; i++) {
        uint32_t type = i ? claims->counts.items[claim->first_count + i - 1].type : NONE;
        if ((i == 0) != (claim->count_count == 0) && (i == 0 || type == NONE))
            continue;
        if (row_holds(checker, technique, claim, type, &step_surety))
            continue;
        if (step_surety != NEVER)
            fail(checker, last, "certainty: expected no better than %s, found %s",
                 surety_name(step_surety), surety_name(step_at_hand(checker->attack)->surety));
        else
            fail(checker, last,
                 "row %u: expected that the chain ends with %s on %s%s%s, found that it does not",
                 claim->number, name, type == NONE ? "" : interned_text(&world->types, type),
                 type == NONE ? "" : " at ", world->places.items[claim->on].id);
        return;
    }
    if (claim->surety < worst)
        fail(checker, last, "row %u: certainty: expected no better than %s, found %s",
             claim->number, surety_name(worst), surety_name(claim->surety));
    if (claim->holder_unknown ||
        (claim->held_by != NONE && !attack_is(checker->attack, claim->held_by)))
        fail(checker, last, "row %u: held_by: expected a principal that the chain takes",
             claim->number);
    check_counts(checker, last, claim);
}

static void check_acts_as(Checker *checker, const Claim *claim, Surety worst, uint8_t kinds)
{
    uint32_t last = checker->attack->steps.count;
    if (claim->on == NONE || step_at_hand(checker->attack)->to != claim->on ||
        !attack_is(checker->attack, person_of(claim->on)))
        fail(checker, last,
             "acts_as %u: expected that the chain ends with acting as that principal",
             claim->number);
    else if (!(kinds >> claim->acts_as_kind & 1))
        fail(checker, last, "acts_as %u: kind: expected one that the last step has", claim->number);
    if (claim->surety < worst)
        fail(checker, last, "acts_as %u: certainty: expected no better than %s, found %s",
             claim->number, surety_name(worst), surety_name(claim->surety));
}

/* ---- all steps ---- */

static bool is_end_name(const char *technique)
{
    return text_equal(technique, "held-grant") || text_equal(technique, "given-role") ||
           text_equal(technique, "held-access-policy");
}

static void tell_unproved(Checker *checker, uint32_t technique, uint32_t number, Surety found)
{
    Attack *attack = checker->attack;
    const ClaimedStep *step = step_at_hand(attack);
    uint8_t ignored;
    if (found != NEVER) {
        fail(checker, number, "certainty: expected no better than %s, found %s", surety_name(found),
             surety_name(step->surety));
        return;
    }
    attack->uncited = true;
    Surety otherwise = prove_technique(attack, technique, false, &ignored);
    attack->uncited = false;
    fail(checker, number,
         otherwise == NEVER
             ? "expected that %s leads to %s from what was taken before, found that no way of it "
               "holds"
             : "expected that the cited records show how %s leads to %s, found that they do not",
         step->technique, term_words(checker->world, step->to));
}

/* A step that rests on no record but what names its end. */
static void use_name(Checker *checker)
{
    const World *world = checker->world;
    const ClaimedStep *step = step_at_hand(checker->attack);
    if (step->cited_count != 1)
        return;
    if (is_person(step->to)) {
        const Principal *principal = &world->snapshot->principals.items[person_of(step->to)];
        (void)use_citation(checker,
                           principal->record != NONE ? principal->record : principal->mentioned_by,
                           "names it");
    } else if (place_resource(world, step->to)) {
        (void)use_citation(checker, place_resource(world, step->to)->record, "names it");
    }
}

static void check_citations_used(Checker *checker, uint32_t number)
{
    const ClaimedStep *step = step_at_hand(checker->attack);
    use_name(checker);
    for (uint32_t i = 0; i < step->cited_count; i++)
        if (!step->cited[i].used)
            fail(checker, number,
                 "evidence %u: expected a record that the step rests on, found \"%s\", which it "
                 "does not need or which the record does not say",
                 i + 1, step->cited[i].says);
}

typedef struct LastStep {
    uint32_t technique;
    bool proved; /* for itself, not only by the rows that refer to it */
    uint8_t acts_as_kinds;
} LastStep;

static bool check_technique_step(Checker *checker, uint32_t number, bool is_last, LastStep *last)
{
    Attack *attack = checker->attack;
    const World *world = checker->world;
    const ClaimedStep *step = step_at_hand(attack);
    *last = (LastStep){.technique = rules_find_technique(world->rules, step->technique)};
    if (!attack_reached(attack, step->from)) {
        fail(checker, number, "from: expected something that an earlier step reached, found %s",
             term_words(world, step->from));
        return false;
    }
    if (last->technique == NONE) {
        if (is_last && is_end_name(step->technique))
            return true;
        fail(checker, number, "expected a technique of the rules, found \"%s\"", step->technique);
        return false;
    }
    if (step->action && !names_action(world, last->technique, step->action)) {
        fail(checker, number, "action: expected one that %s asks for, found %s", step->technique,
             step->action);
        return false;
    }
    Surety proof = prove_technique(attack, last->technique, true, &last->acts_as_kinds);
    last->proved = proof <= step->surety;
    if (last->proved || is_last)
        return true;
    tell_unproved(checker, last->technique, number, proof);
    return false;
}

static Surety worst_step(const Attack *attack)
{
    Surety worst = SURE;
    for (uint32_t i = 0; i < attack->steps.count; i++)
        worst = weaker(worst, attack->steps.items[i].surety);
    return worst;
}

static void check_claims(Checker *checker, uint32_t first_claim, const LastStep *last)
{
    const Claims *claims = checker->claims;
    Attack *attack = checker->attack;
    uint32_t number = attack->steps.count;
    Surety worst = worst_step(attack);
    bool rows = false;
    for (uint32_t c = first_claim; c != NONE; c = claims->claims.items[c].next) {
        const Claim *claim = &claims->claims.items[c];
        if (claim->start == NONE)
            continue;
        rows |= claim->kind == CLAIM_REACH;
        if (claim->kind == CLAIM_REACH)
            check_row(checker, last->technique, claim, worst);
        else if (claim->kind == CLAIM_ACTS_AS)
            check_acts_as(checker, claim, worst, last->acts_as_kinds);
    }
    if (rows || last->proved || number == 1)
        return;
    if (last->technique != NONE)
        tell_unproved(checker, last->technique, number, NEVER);
    else
        fail(checker, number, "expected a row that says what is held at the end, found none");
}

static bool check_steps(Checker *checker, const JsonValue *steps, uint32_t first_claim,
                        LastStep *last)
{
    Attack *attack = checker->attack;
    uint32_t number = 0, count = json_count(steps);
    for (const JsonValue *value = json_first(steps); value; value = json_next(value)) {
        ClaimedStep step;
        if (!read_step(checker, value, ++number, &step))
            return false;
        ARRAY_PUSH(&attack->steps, step);
        bool holds = number == 1 ? check_start(checker, first_claim)
                                 : check_technique_step(checker, number, number == count, last);
        if (!holds)
            return false;
        ARRAY_PUSH(&attack->reached, step.to);
        if (number < count || number == 1)
            check_citations_used(checker, number);
    }
    if (!number)
        fail(checker, 0, "expected at least one step, found none");
    return number > 0;
}

void check_chain(Checker *checker, const JsonValue *chain)
{
    Claims *claims = checker->claims;
    Surety surety;
    LastStep last = {.technique = NONE};
    const char *id = text_at(chain, "id");
    attack_reset(checker->attack);
    checker->chain = *id ? id : "a chain without an id";
    checker->failed = false;
    checker->result->chains++;
    uint32_t name = interner_find(&claims->chain_names, id);
    uint32_t first_claim = name == NONE ? NONE : claims->first_claim.items[name];
    if (name != NONE && claims->seen.items[name])
        fail(checker, 0, "expected one chain of this id, found another");
    if (name != NONE)
        claims->seen.items[name] = true;
    if (check_steps(checker, json_member(chain, "steps"), first_claim, &last)) {
        check_claims(checker, first_claim, &last);
        if (!checker->failed && checker->attack->steps.count > 1)
            check_citations_used(checker, checker->attack->steps.count);
        if (!surety_parse(json_text(json_member(chain, "certainty")), &surety) ||
            surety != worst_step(checker->attack))
            fail(checker, 0, "certainty: expected %s, that of its worst step, found \"%s\"",
                 surety_name(worst_step(checker->attack)), text_at(chain, "certainty"));
    }
    checker->result->failing += checker->failed;
}
