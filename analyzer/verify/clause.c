#include "verify/clause.h"

#include "base/memory.h"
#include "base/text.h"
#include "snapshot/arm_id.h"

#include <stdio.h>
#include <string.h>

/* ---- one way to fill the variables ---- */

typedef struct Filling {
    Attack *attack;
    const Clause *clause;
    Term terms[RULES_MOST_VARIABLES];
    bool used[RULES_MOST_VARIABLES];
    Surety surety; /* of the facts so far */
    Surety enough;
    bool facts_only; /* what the attacker brings is not asked */
    ClauseProof best;
    ARRAY(uint32_t) best_trail;
    uint32_t best_covers; /* so many of the step's citations does the best proof rest on */
    bool done;
} Filling;

static const char *type_of_place(const World *world, uint32_t place)
{
    const Place *p = &world->places.items[place];
    switch (p->level) {
    case LEVEL_ROOT:
        return RULES_TENANT_TYPE;
    case LEVEL_GROUP:
        return "microsoft.management/managementgroups";
    case LEVEL_SUBSCRIPTION:
        return "microsoft.resources/subscriptions";
    case LEVEL_RESOURCE_GROUP:
    case LEVEL_RESOURCE:
        break;
    }
    return p->type == NONE ? NULL : interned_text(&world->types, p->type);
}

bool term_fits(const World *world, const Variable *variable, Term term)
{
    if ((variable->kind == VARIABLE_PRINCIPAL) != is_person(term))
        return false;
    if (!variable->types.count)
        return true;
    const char *type = is_person(term)
                           ? kind_word(world->snapshot->principals.items[person_of(term)].kind)
                           : type_of_place(world, term);
    for (uint32_t i = 0; type && i < variable->types.count; i++)
        if (text_equal_any_case(type, variable->types.items[i]))
            return true;
    return false;
}

static void mark_used(Filling *filling)
{
    const Clause *clause = filling->clause;
    memset(filling->used, 0, sizeof filling->used);
    if (clause->conclusion.variable != NONE)
        filling->used[clause->conclusion.variable] = true;
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (premise->kind == PREMISE_CALLER_KIND || premise->kind == PREMISE_APP_ROLE)
            continue;
        if (premise->variable != NONE)
            filling->used[premise->variable] = true;
        if (premise->kind == PREMISE_RELATION && premise->other != NONE)
            filling->used[premise->other] = true;
    }
}

static bool is_from(const Attack *attack, Term term)
{
    return attack->steps.count && attack->steps.items[attack->steps.count - 1].from == term;
}

/* ---- facts ---- */

/* A value that only has to be there may be a secret, and is not told. */
static const char *value_words(const Attack *attack, const Premise *premise, const char *shown)
{
    const DirectoryRole *role = shown && text_equal(premise->property, "directoryRoles")
                                    ? rules_find_directory_role(attack->world->rules, shown)
                                    : NULL;
    if (!shown)
        return "not set";
    if (!premise->values.count)
        return "set";
    return role ? role->name : *shown == '/' ? arm_id_short_name(shown) : shown;
}

static bool cite_property(Attack *attack, const Premise *premise, const char *shown,
                          uint32_t record)
{
    return attack->uncited || record == NONE ||
           cite(attack, record,
                arena_format(&attack->arena, "%s is %s", premise->property,
                             value_words(attack, premise, shown)));
}

static bool cite_link(Attack *attack, const Premise *premise, const Link *link)
{
    const World *world = attack->world;
    if (attack->uncited || !is_cited(attack, link->record))
        return attack->uncited;
    const char *words =
        premise->relation == RELATION_RESOURCE_OF
            ? arena_format(&attack->arena, "the identity %s", term_words(world, link->from))
            : arena_format(&attack->arena, "%s %s %s", term_words(world, link->from),
                           relation_words(premise->relation), term_words(world, link->to));
    return cite(attack, link->record, words);
}

static bool is_linked(const Filling *filling, const Premise *premise)
{
    const World *world = filling->attack->world;
    Term from = filling->terms[premise->variable];
    Term to = premise->other == NONE ? NONE : filling->terms[premise->other];
    const Link *rows;
    const uint32_t *positions;
    if (from == NONE || to == NONE)
        return (from != NONE && links_from(world, premise->relation, from, &rows)) ||
               (to != NONE && links_to(world, premise->relation, to, &positions));
    uint32_t count = links_from(world, premise->relation, from, &rows);
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].to == to)
            return true;
    return false;
}

static bool facts_hold(Filling *filling)
{
    Attack *attack = filling->attack;
    const Clause *clause = filling->clause;
    const char *shown;
    uint32_t record;
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (premise->kind == PREMISE_RELATION && premise->negated && is_linked(filling, premise))
            return false;
        if (premise->kind != PREMISE_PROPERTY)
            continue;
        Surety holds =
            property_holds(attack, premise, filling->terms[premise->variable], &shown, &record);
        if (holds == NEVER || !cite_property(attack, premise, shown, record))
            return false;
        filling->surety = weaker(filling->surety, holds);
    }
    for (uint32_t i = 0; i < clause->void_count + clause->weaken_count; i++) {
        bool is_void = i < clause->void_count;
        const Premise *premise =
            is_void ? &clause->voids[i] : &clause->weakens[i - clause->void_count];
        Term term = premise->kind == PREMISE_PROPERTY ? filling->terms[premise->variable] : NONE;
        if (term == NONE)
            continue;
        Surety holds = property_holds(attack, premise, term, &shown, &record);
        if (holds == NEVER)
            continue;
        if ((is_void && holds == SURE) || !cite_property(attack, premise, shown, record))
            return false;
        filling->surety = IF_ASSUMED;
    }
    return true;
}

/* ---- what the attacker brings ---- */

static bool asks_caller(const Premise *premise)
{
    return premise->kind == PREMISE_PERMISSION || premise->kind == PREMISE_ACCESS_POLICY ||
           premise->kind == PREMISE_CALLER_RELATION || premise->kind == PREMISE_CALLER_KIND ||
           premise->kind == PREMISE_DIRECTORY_ROLE || premise->kind == PREMISE_APP_ROLE;
}

/* Words that name one of its ends, or the relation's own. */
static bool cite_relation(Attack *attack, const Premise *premise, const Link *link)
{
    const World *world = attack->world;
    const Term ends[] = {is_person(link->from) ? link->to : link->from,
                         is_person(link->from) ? link->from : link->to};
    if (attack->uncited || !is_cited(attack, link->record))
        return attack->uncited;
    for (size_t e = 0; e < 2; e++) {
        const Resource *resource = is_person(ends[e]) ? NULL : place_resource(world, ends[e]);
        uint32_t application =
            is_person(ends[e]) ? world->application_of[person_of(ends[e])] : NONE;
        const char *name =
            resource ? text_text(world->snapshot, resource->name)
            : application == NONE
                ? NULL
                : text_text(world->snapshot, world->snapshot->applications.items[application].name);
        if (cite_naming(attack, link->record, term_words(world, ends[e])) ||
            (name && cite_naming(attack, link->record, name)))
            return true;
    }
    return cite_link(attack, premise, link);
}

static Surety stands_in_relation(Attack *attack, uint32_t principal, const Premise *premise,
                                 Term term)
{
    const World *world = attack->world;
    const Link *rows;
    const uint32_t *positions;
    Term caller = person_term(principal);
    uint32_t count = links_from(world, premise->relation, caller, &rows);
    for (uint32_t i = 0; i < count; i++)
        if (rows[i].to == term && cite_relation(attack, premise, &rows[i]))
            return rows[i].surety;
    count = is_person(term) ? 0 : links_to(world, premise->relation, caller, &positions);
    for (uint32_t i = 0; i < count; i++) {
        const Link *link = &world->links[premise->relation].rows.items[positions[i]];
        if (link->from == term && cite_relation(attack, premise, link))
            return link->surety;
    }
    return NEVER;
}

/* A permission on an identity is one on its resource. */
static uint32_t place_of_term(const World *world, Term term)
{
    const Link *rows;
    if (!is_person(term))
        return term;
    return links_from(world, RELATION_RESOURCE_OF, term, &rows) ? rows[0].to : NONE;
}

static bool caller_is_kind(const World *world, uint32_t principal, const Premise *premise)
{
    const char *word = kind_word(world->snapshot->principals.items[principal].kind);
    for (uint32_t i = 0; i < premise->values.count; i++)
        if (text_equal(word, premise->values.items[i]))
            return true;
    return false;
}

static bool gives_roles(const Filling *filling)
{
    return filling->clause->conclusion.kind == CONCLUDES_GIVES_ROLES;
}

/* A clause about any scope, whose one permission is to write role assignments: it depends on the
   condition of the assignment. */
static bool is_settled_by_assignment(const Filling *filling)
{
    const Conclusion *conclusion = &filling->clause->conclusion;
    uint32_t permissions = 0;
    if (!gives_roles(filling) ||
        filling->clause->variables[conclusion->variable].kind != VARIABLE_SCOPE ||
        filling->clause->variables[conclusion->variable].types.count)
        return false;
    for (uint32_t i = 0; i < filling->clause->premise_count; i++) {
        PremiseKind kind = filling->clause->premises[i].kind;
        permissions += kind == PREMISE_PERMISSION;
        if (kind != PREMISE_PERMISSION && kind != PREMISE_CALLER_KIND &&
            kind != PREMISE_CALLER_RELATION)
            return false;
    }
    return permissions == 1;
}

static Surety meets(Filling *filling, uint32_t caller, const Premise *premise, uint32_t *assignment)
{
    Attack *attack = filling->attack;
    const World *world = attack->world;
    const Conclusion *conclusion = &filling->clause->conclusion;
    Term term = premise->variable == NONE ? NONE : filling->terms[premise->variable];
    switch (premise->kind) {
    case PREMISE_PERMISSION:
        if (is_settled_by_assignment(filling)) {
            Surety best = NEVER;
            for (uint32_t i = 0; i < premise->permission_count && best == NEVER; i++)
                best = may_give_roles(
                    attack, caller, world->rules->permissions.items[premise->permissions[i]].action,
                    term, conclusion->conditioned, conclusion->grant_conditions, assignment);
            return best;
        }
        return holds_permission(attack, caller, premise, place_of_term(world, term),
                                filling->enough);
    case PREMISE_ACCESS_POLICY:
        return holds_policy(attack, caller, premise, term) ? SURE : NEVER;
    case PREMISE_CALLER_RELATION:
        return stands_in_relation(attack, caller, premise, term);
    case PREMISE_CALLER_KIND:
        return caller_is_kind(world, caller, premise) ? SURE : NEVER;
    case PREMISE_DIRECTORY_ROLE:
    case PREMISE_APP_ROLE:
        return meets_directory(attack, caller, premise,
                               premise->kind == PREMISE_APP_ROLE ? NONE : term);
    case PREMISE_RELATION:
    case PREMISE_PROPERTY:
    case PREMISE_CAPABILITY:
    case PREMISE_ACTS_AS:
    case PREMISE_KIND_COUNT:
        break;
    }
    return SURE;
}

/* Of two records that would do, another premise may need one: hence the second order. */
static Surety caller_meets(Filling *filling, uint32_t caller, bool backwards, uint32_t *assignment)
{
    Surety worst = SURE;
    uint32_t count = filling->clause->premise_count;
    for (uint32_t i = 0; i < count && worst != NEVER; i++) {
        const Premise *premise = &filling->clause->premises[backwards ? count - 1 - i : i];
        if (asks_caller(premise))
            worst = weaker(worst, meets(filling, caller, premise, assignment));
    }
    return worst;
}

/* Rewriting a role is about no variable's place: some exported custom role, on all its scopes. */
static Surety rewrites_some(Attack *attack, uint32_t caller)
{
    Surety best = NEVER;
    const World *world = attack->world;
    for (uint32_t i = 0; i < world->snapshot->role_definitions.count; i++) {
        uint32_t trail = attack->trail.count;
        const RoleDefinition *role = &world->snapshot->role_definitions.items[i];
        Surety rewrites = may_rewrite(attack, caller, role);
        if (rewrites == NEVER)
            attack->trail.count = trail;
        best = rewrites < best ? rewrites : best;
    }
    return best;
}

static uint32_t citation_count(const Attack *attack)
{
    bool cites = attack->steps.count && !attack->uncited;
    return cites ? attack->steps.items[attack->steps.count - 1].cited_count : 0;
}

/* Different citations that the proof in the making rests on. */
static uint32_t count_citations(const Attack *attack)
{
    uint32_t count = 0;
    for (uint32_t i = 0; !attack->uncited && i < attack->trail.count; i++) {
        bool before = false;
        for (uint32_t k = 0; k < i && !before; k++)
            before = attack->trail.items[k] == attack->trail.items[i];
        count += !before;
    }
    return count;
}

static void keep(Filling *filling, Surety surety, uint32_t assignment)
{
    const Attack *attack = filling->attack;
    const Clause *clause = filling->clause;
    bool leans =
        clause->conclusion.kind == CONCLUDES_ACTS_AS && clause->conclusion.acts_as_kind >= 2;
    if (clause->assumes || leans)
        surety = weaker(surety, IF_ASSUMED);
    uint32_t covers = count_citations(attack);
    if (surety > filling->best.surety || surety == NEVER ||
        (surety == filling->best.surety && covers <= filling->best_covers))
        return;
    filling->best = (ClauseProof){surety, assignment};
    filling->best_covers = covers;
    filling->best_trail.count = 0;
    for (uint32_t i = 0; i < attack->trail.count; i++)
        ARRAY_PUSH(&filling->best_trail, attack->trail.items[i]);
    filling->done =
        surety <= filling->enough && (filling->facts_only || covers == citation_count(attack));
}

/* Does the proof go on from where the step says?  A caller is where it goes on from; so is what a
   gift or a capability is about. */
static bool goes_on(const Filling *filling, uint32_t caller)
{
    const Attack *attack = filling->attack;
    const Clause *clause = filling->clause;
    if (attack->uncited || attack->touches_from ||
        (caller != NONE && is_from(attack, person_term(caller))))
        return true;
    Term from = attack->steps.items[attack->steps.count - 1].from;
    if (attack->uses_gift && is_person(from) && attack_is(attack, person_of(from)))
        return true; /* one that can be given the rights */
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if ((premise->kind == PREMISE_CAPABILITY || premise->kind == PREMISE_ACTS_AS) &&
            is_from(attack, filling->terms[premise->variable]))
            return true;
    }
    return clause->conclusion.kind == CONCLUDES_FINDING && clause->conclusion.variable != NONE &&
           is_from(attack, filling->terms[clause->conclusion.variable]);
}

static void try_callers(Filling *filling)
{
    Attack *attack = filling->attack;
    const Clause *clause = filling->clause;
    bool rewrites = clause->conclusion.kind == CONCLUDES_REWRITES_ROLE;
    Surety facts = filling->surety;
    for (uint32_t i = 0; i < 2 * attack->persons.count && !filling->done; i++) {
        uint32_t trail = attack->trail.count, assignment = NONE;
        uint32_t caller = attack->persons.items[i / 2];
        if (i % 2 && filling->best.surety == NEVER)
            continue; /* nothing that another order could do better */
        attack->touches_from = attack->uses_gift = false;
        Surety meets_all = SURE;
        if (rewrites)
            meets_all = rewrites_some(attack, caller);
        for (uint32_t p = 0; rewrites && p < clause->premise_count; p++)
            if (clause->premises[p].kind == PREMISE_CALLER_KIND &&
                !caller_is_kind(attack->world, caller, &clause->premises[p]))
                meets_all = NEVER;
        if (!rewrites)
            meets_all = caller_meets(filling, caller, i % 2, &assignment);
        if (meets_all != NEVER && goes_on(filling, caller))
            keep(filling, weaker(facts, meets_all), assignment);
        attack->trail.count = trail;
    }
}

static void try_brought(Filling *filling)
{
    Attack *attack = filling->attack;
    const Clause *clause = filling->clause;
    bool asks = false, takes = false;
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        Term term = premise->variable == NONE ? NONE : filling->terms[premise->variable];
        asks |= asks_caller(premise);
        if (premise->kind == PREMISE_CAPABILITY && !attack_took(attack, premise->capability, term))
            return;
        if (premise->kind == PREMISE_ACTS_AS &&
            !(is_person(term) && attack_is(attack, person_of(term))))
            return;
        takes |= premise->kind == PREMISE_CAPABILITY || premise->kind == PREMISE_ACTS_AS;
    }
    if (asks) {
        try_callers(filling);
        return;
    }
    attack->touches_from = attack->uses_gift = false;
    if (!takes) { /* worth telling to who is there anyway */
        Term term = clause->conclusion.variable == NONE
                        ? NONE
                        : filling->terms[clause->conclusion.variable];
        bool there = is_person(term) ? attack_is(attack, person_of(term))
                                     : attack_took(attack, CAPABILITY_RUN_CODE, term);
        if (!there)
            return;
    }
    if (goes_on(filling, NONE))
        keep(filling, filling->surety, NONE);
}

/* ---- filling ---- */

static void fill(Filling *filling, uint64_t done);

static void try_term(Filling *filling, uint32_t variable, Term term, uint64_t done)
{
    if (filling->done || term == NONE ||
        !term_fits(filling->attack->world, &filling->clause->variables[variable], term))
        return;
    filling->terms[variable] = term;
    fill(filling, done);
    filling->terms[variable] = NONE;
}

static void follow_link(Filling *filling, uint32_t number, const Link *link, uint64_t done)
{
    Attack *attack = filling->attack;
    const World *world = attack->world;
    const Premise *premise = &filling->clause->premises[number];
    Term from = filling->terms[premise->variable], to = filling->terms[premise->other];
    uint32_t trail = attack->trail.count;
    Surety surety = filling->surety;
    if (filling->done || (from != NONE && from != link->from) || (to != NONE && to != link->to) ||
        (premise->variable == premise->other && link->from != link->to) ||
        !term_fits(world, &filling->clause->variables[premise->variable], link->from) ||
        !term_fits(world, &filling->clause->variables[premise->other], link->to) ||
        !cite_link(attack, premise, link))
        return;
    filling->terms[premise->variable] = link->from;
    filling->terms[premise->other] = link->to;
    filling->surety = weaker(surety, link->surety);
    fill(filling, done | UINT64_C(1) << number);
    filling->terms[premise->variable] = from;
    filling->terms[premise->other] = to;
    filling->surety = surety;
    attack->trail.count = trail;
}

static void follow_links(Filling *filling, uint32_t number, uint64_t done)
{
    const World *world = filling->attack->world;
    const Premise *premise = &filling->clause->premises[number];
    const LinkTable *table = &world->links[premise->relation];
    const Link *rows;
    const uint32_t *positions;
    if (filling->terms[premise->variable] != NONE) {
        uint32_t count =
            links_from(world, premise->relation, filling->terms[premise->variable], &rows);
        for (uint32_t i = 0; i < count; i++)
            follow_link(filling, number, &rows[i], done);
    } else if (filling->terms[premise->other] != NONE) {
        uint32_t count =
            links_to(world, premise->relation, filling->terms[premise->other], &positions);
        for (uint32_t i = 0; i < count; i++)
            follow_link(filling, number, &table->rows.items[positions[i]], done);
    } else {
        for (uint32_t i = 0; i < table->rows.count; i++)
            follow_link(filling, number, &table->rows.items[i], done);
    }
}

/* Can the term stand for the variable as far as its own properties and permissions go: shown by
   what is cited, and held by somebody who was taken? */
static bool may_stand(const Filling *filling, uint32_t variable, Term term)
{
    Attack *attack = filling->attack;
    const World *world = attack->world;
    uint32_t trail = attack->trail.count;
    bool may = true;
    const char *shown;
    uint32_t record;
    for (uint32_t i = 0; i < filling->clause->premise_count && may; i++) {
        const Premise *premise = &filling->clause->premises[i];
        if (premise->variable != variable)
            continue;
        if (premise->kind == PREMISE_PROPERTY)
            may = property_holds(attack, premise, term, &shown, &record) != NEVER &&
                  cite_property(attack, premise, shown, record);
        if (premise->kind != PREMISE_PERMISSION || filling->facts_only ||
            is_settled_by_assignment(filling))
            continue;
        may = false;
        for (uint32_t p = 0; p < attack->persons.count && !may; p++)
            may = holds_permission(attack, attack->persons.items[p], premise,
                                   place_of_term(world, term), IF_ASSUMED) != NEVER;
    }
    attack->trail.count = trail;
    return may;
}

/* Of places that one right covers alike, so many are tried: what is above them decides. */
enum { ALIKE = 3 };

/* Tries places of the type at or below one where a cited right, or one that is given, begins. */
static void fill_below(Filling *filling, uint32_t variable, uint32_t type, uint32_t anchor,
                       uint64_t done)
{
    const World *world = filling->attack->world;
    bool wide = world->places.items[anchor].level < LEVEL_SUBSCRIPTION;
    const uint32_t *places;
    uint32_t count = places_below(world, type, wide ? 0 : anchor, &places);
    uint32_t tried = 0;
    for (uint32_t i = 0; i < count && tried < ALIKE && !filling->done; i++) {
        if (contains(world, anchor, places[i]) == NEVER || !may_stand(filling, variable, places[i]))
            continue;
        tried++;
        try_term(filling, variable, places[i], done);
    }
}

static bool asks_permission(const Filling *filling, uint32_t variable)
{
    for (uint32_t i = 0; i < filling->clause->premise_count; i++)
        if (filling->clause->premises[i].kind == PREMISE_PERMISSION &&
            filling->clause->premises[i].variable == variable)
            return true;
    return false;
}

static void fill_where_rights_begin(Filling *filling, uint32_t variable, uint32_t type,
                                    uint64_t done)
{
    const Attack *attack = filling->attack;
    const World *world = attack->world;
    const ClaimedStep *step = &attack->steps.items[attack->steps.count - 1];
    for (uint32_t c = 0; c < step->cited_count; c++) {
        uint32_t location = step->cited[c].location;
        for (uint32_t i = world->assignments_at.first[location];
             i < world->assignments_at.first[location + 1]; i++) {
            uint32_t index = world->assignments_at.items[i];
            uint32_t anchor =
                place_of_id(world, world->snapshot->role_assignments.items[index].scope);
            if (anchor != NONE)
                fill_below(filling, variable, type, anchor, done);
        }
    }
    for (uint32_t g = attack->gifts.count; g-- > 0;)
        fill_below(filling, variable, type, attack->gifts.items[g].place, done);
}

static void fill_if_it_may(Filling *filling, uint32_t variable, Term term, uint64_t done)
{
    if (!filling->done &&
        term_fits(filling->attack->world, &filling->clause->variables[variable], term) &&
        may_stand(filling, variable, term))
        try_term(filling, variable, term, done);
}

/* Values for a variable that no relation leads to: what the attacker has first. */
static void fill_freely(Filling *filling, uint32_t variable, uint64_t done)
{
    Attack *attack = filling->attack;
    const World *world = attack->world;
    const Variable *v = &filling->clause->variables[variable];
    for (uint32_t i = 0; i < attack->taken.count; i++)
        fill_if_it_may(filling, variable, attack->taken.items[i].place, done);
    for (uint32_t i = 0; i < attack->persons.count; i++)
        fill_if_it_may(filling, variable, person_term(attack->persons.items[i]), done);
    for (uint32_t i = 0; i < filling->clause->premise_count; i++) {
        const Premise *premise = &filling->clause->premises[i];
        if ((premise->kind == PREMISE_CAPABILITY || premise->kind == PREMISE_ACTS_AS) &&
            premise->variable == variable)
            return; /* nothing else can be meant */
    }
    if (v->kind == VARIABLE_PRINCIPAL) {
        for (uint32_t i = 0; i < world->snapshot->principals.count; i++)
            fill_if_it_may(filling, variable, person_term(i), done);
        return;
    }
    bool any_scope = v->kind == VARIABLE_SCOPE || !v->types.count;
    const uint32_t *wide = any_scope ? world->assigned.items : world->upper.items;
    uint32_t wide_count = any_scope ? world->assigned.count : world->upper.count;
    for (uint32_t i = 0; i < wide_count; i++)
        fill_if_it_may(filling, variable, wide[i], done);
    for (uint32_t t = 0; t < v->types.count && !any_scope; t++) {
        const uint32_t *places;
        uint32_t type = interner_find(&world->types, v->types.items[t]);
        if (!attack->uncited && asks_permission(filling, variable)) {
            fill_where_rights_begin(filling, variable, type, done);
            continue;
        }
        uint32_t count = places_below(world, type, 0, &places);
        for (uint32_t i = 0; i < count; i++)
            fill_if_it_may(filling, variable, places[i], done);
    }
}

static bool leads_somewhere(const Filling *filling, const Premise *premise, bool bound)
{
    return premise->kind == PREMISE_RELATION && !premise->negated && premise->other != NONE &&
           (!bound || filling->terms[premise->variable] != NONE ||
            filling->terms[premise->other] != NONE);
}

static void fill(Filling *filling, uint64_t done)
{
    Attack *attack = filling->attack;
    const Clause *clause = filling->clause;
    for (int bound = 1; bound >= 0; bound--)
        for (uint32_t i = 0; i < clause->premise_count; i++)
            if (!(done >> i & 1) && leads_somewhere(filling, &clause->premises[i], bound)) {
                follow_links(filling, i, done);
                return;
            }
    for (uint32_t i = 0; i < clause->variable_count; i++)
        if (filling->used[i] && filling->terms[i] == NONE) {
            fill_freely(filling, i, done);
            return;
        }
    uint32_t trail = attack->trail.count;
    Surety surety = filling->surety;
    if (facts_hold(filling)) {
        if (filling->facts_only)
            keep(filling, filling->surety, NONE);
        else
            try_brought(filling);
    }
    filling->surety = surety;
    attack->trail.count = trail;
}

static Filling new_filling(Attack *attack, uint32_t clause, Surety enough)
{
    Filling filling = {.attack = attack,
                       .clause = &attack->world->rules->clauses.items[clause],
                       .enough = enough,
                       .best = {NEVER, NONE}};
    memset(filling.terms, 0xff, sizeof filling.terms);
    mark_used(&filling);
    return filling;
}

static void mark_citations(Attack *attack, const uint32_t *trail, uint32_t count)
{
    ClaimedStep *step = attack->steps.count ? &attack->steps.items[attack->steps.count - 1] : NULL;
    for (uint32_t i = 0; step && !attack->uncited && i < count; i++)
        step->cited[trail[i]].used = true;
}

ClauseProof prove_clause(Attack *attack, uint32_t clause, Term conclusion, Surety enough)
{
    Filling filling = new_filling(attack, clause, enough);
    uint32_t variable = filling.clause->conclusion.variable;
    attack->trail.count = 0;
    if (filling.clause->conclusion.kind == CONCLUDES_REWRITES_ROLE) {
        memset(filling.used, 0, sizeof filling.used);
        try_callers(&filling);
    } else if (variable == NONE) {
        fill(&filling, 0);
    } else {
        fill_if_it_may(&filling, variable, conclusion, 0);
    }
    mark_citations(attack, filling.best_trail.items, filling.best_trail.count);
    ARRAY_FREE(&filling.best_trail);
    attack->trail.count = 0;
    return filling.best;
}

/* ---- on everything below a place ---- */

/* The facts alone on every resource of the type below: the weakest; remembered. */
static Surety facts_below(Attack *attack, uint32_t clause, uint32_t type, uint32_t place)
{
    World *world = attack->world;
    uint32_t key[3] = {clause, type, place};
    uint32_t known = world->fact_answers.count;
    uint32_t index = intern_bytes(&world->fact_keys, (const char *)key, sizeof key);
    if (index < known)
        return (Surety)world->fact_answers.items[index];
    const uint32_t *places;
    uint32_t count = named_below(world, type, place, &places);
    Surety worst = count ? SURE : NEVER;
    bool uncited = attack->uncited;
    attack->uncited = true;
    for (uint32_t i = 0; i < count && worst != NEVER; i++) {
        Filling filling = new_filling(attack, clause, SURE);
        filling.facts_only = true;
        try_term(&filling, filling.clause->conclusion.variable, places[i], 0);
        ARRAY_FREE(&filling.best_trail);
        worst = weaker(worst, filling.best.surety);
    }
    attack->uncited = uncited;
    ARRAY_PUSH(&world->fact_answers, (uint8_t)worst);
    return worst;
}

/* The one permission of a clause that ends where it is held, or NULL. */
static const Premise *ending_permission(const Clause *clause)
{
    const Premise *found = NULL;
    if (clause->conclusion.kind != CONCLUDES_CAPABILITY)
        return NULL;
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        bool brings = asks_caller(premise) || premise->kind == PREMISE_CAPABILITY ||
                      premise->kind == PREMISE_ACTS_AS;
        if (!brings)
            continue;
        if (found || premise->kind != PREMISE_PERMISSION ||
            premise->variable != clause->conclusion.variable)
            return NULL;
        found = premise;
    }
    return found;
}

typedef Surety AskAt(Attack *attack, uint32_t caller, const void *asked, uint32_t place,
                     Surety enough);

static Surety ask_permission(Attack *attack, uint32_t caller, const void *asked, uint32_t place,
                             Surety enough)
{
    return holds_permission(attack, caller, asked, place, enough);
}

static bool goes_on_from(const Attack *attack, uint32_t caller)
{
    return attack->uncited || attack->touches_from || is_from(attack, person_term(caller));
}

/* Some caller holds it at the place, and nothing below takes it away from everything it is held
   for. */
static Surety held_below(Attack *attack, AskAt *ask, const void *asked, const char *action,
                         bool data_plane, uint32_t type, uint32_t place, Surety enough)
{
    const World *world = attack->world;
    const uint32_t *places;
    Surety best = NEVER;
    ARRAY(uint32_t) best_trail = {0};
    uint32_t count = type == NONE ? 0 : named_below(world, type, place, &places);
    for (uint32_t i = 0; i < attack->persons.count && best > enough; i++) {
        uint32_t caller = attack->persons.items[i];
        attack->trail.count = 0;
        attack->touches_from = attack->uses_gift = false;
        bool hindered =
            type != NONE && is_hindered_around(attack, caller, action, data_plane, place);
        Surety held = hindered && count ? SURE : ask(attack, caller, asked, place, enough);
        for (uint32_t p = 0; hindered && p < count && held != NEVER; p++)
            held = weaker(held, ask(attack, caller, asked, places[p], enough));
        if (held >= best || !goes_on_from(attack, caller))
            continue;
        best = held;
        best_trail.count = 0;
        for (uint32_t t = 0; t < attack->trail.count; t++)
            ARRAY_PUSH(&best_trail, attack->trail.items[t]);
    }
    mark_citations(attack, best_trail.items, best_trail.count);
    ARRAY_FREE(&best_trail);
    attack->trail.count = 0;
    return best;
}

ClauseProof prove_clause_below(Attack *attack, uint32_t clause, uint32_t type, uint32_t place,
                               Surety enough)
{
    ClauseProof proof = {NEVER, NONE};
    const World *world = attack->world;
    const Clause *c = &world->rules->clauses.items[clause];
    const Premise *premise = ending_permission(c);
    if (!premise || type == NONE)
        return proof;
    Surety facts = facts_below(attack, clause, type, place);
    if (facts == NEVER)
        return proof;
    const Permission *first = &world->rules->permissions.items[premise->permissions[0]];
    Surety held = held_below(attack, ask_permission, premise, first->action, first->data_plane,
                             type, place, enough);
    proof.surety = held == NEVER ? NEVER : weaker(facts, held);
    return proof;
}

/* ---- rights that are capabilities by themselves ---- */

typedef struct HeldAction {
    const char *action;
    bool data_plane;
} HeldAction;

static Surety ask_action(Attack *attack, uint32_t caller, const void *asked, uint32_t place,
                         Surety enough)
{
    const HeldAction *held = asked;
    return holds_action(attack, caller, held->action, held->data_plane, place, enough);
}

static Surety prove_action(Attack *attack, const char *action, bool data_plane, uint32_t type,
                           uint32_t place, Surety enough)
{
    HeldAction asked = {action, data_plane};
    const uint32_t *places;
    if (type != NONE && !places_below(attack->world, type, place, &places))
        return NEVER;
    return held_below(attack, ask_action, &asked, action, data_plane, type, place, enough);
}

Surety prove_held(Attack *attack, uint32_t capability, uint32_t type, uint32_t place, Surety enough)
{
    const World *world = attack->world;
    const Capability *c = &world->rules->capabilities.items[capability];
    const char *name = type == NONE ? NULL : interned_text(&world->types, type);
    char action[ARM_ID_MAX_BYTES + 64];
    Surety best = NEVER;
    if (type == NONE && capability == CAPABILITY_MANAGE &&
        world->places.items[place].level <= LEVEL_SUBSCRIPTION)
        best = prove_action(attack, RESOURCE_GROUP_TYPE "/write", false, NONE, place, enough);
    for (uint32_t h = 0; h < c->held_count && best > enough; h++) {
        const HeldRight *held = &c->held[h];
        bool on_scope = held->type && text_equal(held->type, "scope");
        Surety found = NEVER;
        if (held->own_type && name) {
            (void)snprintf(action, sizeof action, "%s%s", name, held->action);
            found = prove_action(attack, action, held->data_plane, type, place, enough);
        } else if (!held->own_type &&
                   (on_scope ? type == NONE : name && text_equal_any_case(name, held->type))) {
            found = prove_action(attack, held->action, held->data_plane, type, place, enough);
        }
        best = found < best ? found : best;
    }
    return best;
}
