#include "graph/spread.h"

#include "base/numbers.h"
#include "graph/clause_plan.h"

#include <stdlib.h>

/* ---- which clauses ---- */

static bool is_asked_of_caller(const Premise *premise)
{
    return premise->kind == PREMISE_PERMISSION || premise->kind == PREMISE_ACCESS_POLICY ||
           premise->kind == PREMISE_CALLER_RELATION || premise->kind == PREMISE_DIRECTORY_ROLE ||
           premise->kind == PREMISE_APP_ROLE;
}

static bool is_in_conclusions_component(const Premise *premise, const ClauseShape *shape)
{
    return premise->variable != NONE && shape->component_of[premise->variable] == 0;
}

SpreadPremises spread_premises(const Clause *clause, const ClauseShape *shape)
{
    SpreadPremises spread = {.choices = 1};
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (premise->kind != PREMISE_PERMISSION || !is_in_conclusions_component(premise, shape) ||
            spread.count == RIGHT_MOST_ATOMS)
            continue;
        spread.premises[spread.count++] = premise;
        spread.choices *= premise->permission_count;
    }
    return spread;
}

bool clause_spreads(const Clause *clause, const ClauseShape *shape)
{
    uint32_t permissions = 0;
    uint32_t choices = 1;
    uint32_t place = NONE;
    if (clause_plan(clause, shape) != PLAN_CALLER ||
        (clause->conclusion.kind != CONCLUDES_ACTS_AS &&
         clause->conclusion.kind != CONCLUDES_FINDING &&
         clause->conclusion.kind != CONCLUDES_CAPABILITY &&
         clause->conclusion.kind != CONCLUDES_GIVES_ROLES) ||
        clause_is_about_any_scope(clause))
        return false;
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (!is_asked_of_caller(premise) || !is_in_conclusions_component(premise, shape))
            continue;
        if (premise->kind != PREMISE_PERMISSION || premise->grant_conditions ||
            (place != NONE && place != premise->variable))
            return false;
        place = premise->variable;
        choices *= premise->permission_count;
        if (++permissions > RIGHT_MOST_ATOMS || choices > SPREAD_MOST_CHOICES)
            return false;
    }
    return permissions > 0;
}

bool clause_asks_more(const Clause *clause, const ClauseShape *shape)
{
    if (shape->component_count > 1)
        return true;
    for (uint32_t i = 0; i < clause->premise_count; i++)
        if (clause->premises[i].variable == NONE)
            return true; /* a kind of caller, an Entra role or permission of the tenant */
    return false;
}

/* The permission that the choice takes of the n-th premise. */
static uint32_t chosen(const SpreadPremises *spread, uint32_t choice, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        choice /= spread->premises[i]->permission_count;
    return choice % spread->premises[n]->permission_count;
}

static uint32_t chosen_atom(const Builder *builder, const SpreadPremises *spread, uint32_t choice,
                            uint32_t n)
{
    return builder->atom_of_permission[spread->premises[n]->permissions[chosen(spread, choice, n)]];
}

static uint32_t right_of_permission(const Builder *builder, uint32_t permission)
{
    return builder->graph->right_of_atom[builder->atom_of_permission[permission]];
}

bool spread_repeats(const Builder *builder, const SpreadPremises *spread, uint32_t choice)
{
    for (uint32_t n = 0; n < spread->count; n++) {
        const uint32_t *permissions = spread->premises[n]->permissions;
        uint32_t taken = chosen(spread, choice, n);
        uint32_t right = right_of_permission(builder, permissions[taken]);
        for (uint32_t i = 0; i < taken; i++)
            if (right_of_permission(builder, permissions[i]) == right)
                return true;
    }
    return false;
}

uint32_t spread_alone(const Builder *builder, const SpreadPremises *spread, uint32_t choice)
{
    uint32_t right = builder->graph->right_of_atom[chosen_atom(builder, spread, choice, 0)];
    for (uint32_t n = 1; n < spread->count; n++)
        if (builder->graph->right_of_atom[chosen_atom(builder, spread, choice, n)] != right)
            return NONE;
    return right;
}

uint32_t spread_right(Builder *builder, const SpreadPremises *spread, uint32_t choice,
                      uint32_t clause)
{
    uint32_t atoms[RIGHT_MOST_ATOMS];
    for (uint32_t n = 0; n < spread->count; n++)
        atoms[n] = chosen_atom(builder, spread, choice, n);
    return builder_right(builder, atoms, spread->count, clause);
}

/* ---- what gives some of the permissions ---- */

/* Rights that are not the caller's own: a giver's, or those of a group. */
typedef struct Extra {
    const Giver *giver;  /* or NULL */
    const Caller *group; /* or NULL */
    uint32_t node;       /* NONE: there is no extra */
} Extra;

/* The best grant that gives the atom at the scope, obstacles not counted. */
static Certainty grants_give(const Builder *builder, const Caller *caller, uint32_t atom,
                             uint32_t scope, uint32_t *grant)
{
    Certainty best = NO;
    if (caller->principal == NONE || !atom_set_has(caller->anywhere, atom))
        return NO;
    for (uint32_t i = 0; i < caller->grants.count && best != CERTAIN; i++) {
        uint32_t candidate = caller->grants.items[i];
        const Grant *held = &builder->access->grants.items[candidate];
        const RightSet *rights = &builder->access->right_sets.items[held->rights];
        if (!atom_set_has(rights->certain, atom) && !atom_set_has(rights->conditional, atom))
            continue; /* nowhere: no need to ask where */
        Certainty place = scope_contains(&builder->access->tree, held->scope, scope);
        Certainty gives =
            place == NO ? NO : certainty_worse(place, grant_gives(builder, candidate, atom, scope));
        if (gives < best) {
            best = gives;
            *grant = candidate;
        }
    }
    return best;
}

/* The atom that the choice takes of the n-th premise, or another one that is like it. */
static Certainty extra_gives(const Builder *builder, const Extra *extra, const Premise *premise,
                             uint32_t atom, uint32_t scope, uint32_t *grant)
{
    if (extra->node == NONE)
        return NO;
    if (!extra->giver)
        return grants_give(builder, extra->group, atom, scope, grant);
    Certainty place = scope_contains(&builder->access->tree, extra->giver->scope, scope);
    Certainty best = NO;
    for (uint32_t i = 0; place != NO && i < premise->permission_count; i++) {
        if (right_of_permission(builder, premise->permissions[i]) !=
            builder->graph->right_of_atom[atom])
            continue;
        Certainty gives =
            giver_gives_atom(extra->giver, builder->atom_of_permission[premise->permissions[i]]);
        if (gives < best)
            best = gives;
    }
    return best == NO ? NO : certainty_worse(place, best);
}

/* ---- sources ---- */

typedef struct Spreading {
    Settling *settling;
    const Caller *caller; /* principal NONE: anybody, with no grants */
    const Extra *extra;
    const Brought *rest;
    uint32_t from; /* of whom the rights are, the extra included */
    uint32_t class_index;
} Spreading;

/* A source of the choice at the scope, when all of it is held there and, with an extra, some of it
   by that alone.  False: something is lacking. */
static bool add_source_of_choice(const Spreading *spreading, uint32_t scope, uint32_t choice)
{
    Settling *settling = spreading->settling;
    Builder *builder = settling->builder;
    Brought brought = *spreading->rest;
    Certainty certainty = CERTAIN;
    uint32_t class_index = spreading->class_index;
    bool extra_matters = spreading->extra->node == NONE;
    for (uint32_t n = 0; n < settling->spread.count; n++) {
        uint32_t atom = chosen_atom(builder, &settling->spread, choice, n);
        uint32_t own_grant = NONE;
        uint32_t extra_grant = NONE;
        Certainty own = grants_give(builder, spreading->caller, atom, scope, &own_grant);
        if (own == CONDITIONAL && settling->clause->conclusion.kind == CONCLUDES_GIVES_ROLES)
            own = NO; /* settled from the grants: build_giving.c */
        Certainty given = own == CERTAIN
                              ? NO
                              : extra_gives(builder, spreading->extra, settling->spread.premises[n],
                                            atom, scope, &extra_grant);
        if (given < own)
            extra_matters = true;
        Certainty best = given < own ? given : own;
        uint32_t grant = given < own ? extra_grant : own_grant;
        certainty = certainty_worse(certainty, best);
        if (grant != NONE && best != CERTAIN) /* a condition that may be decided below */
            class_index = access_class_limited(builder->growing_access, class_index,
                                               builder->access->grants.items[grant].limit);
        bring_support(&brought, grant, NONE);
    }
    if (certainty == NO || !extra_matters)
        return certainty != NO;
    builder_source(
        builder,
        (RightSource){.right = spread_right(builder, &settling->spread, choice, settling->index),
                      .class_index = class_index,
                      .scope = scope,
                      .from = spreading->from,
                      .support = builder_bundle(builder, &brought),
                      .support_kind = SUPPORT_BUNDLE,
                      .certainty = (uint8_t)certainty_worse(certainty, brought.certainty)});
    return true;
}

/* Is the choice, met by the caller's own grants, one right that it holds anyway? */
static bool is_held_anyway(const Spreading *spreading, uint32_t choice)
{
    const Settling *settling = spreading->settling;
    return spreading->extra->node == NONE &&
           settling->clause->conclusion.kind != CONCLUDES_GIVES_ROLES &&
           !clause_asks_more(settling->clause, settling->shape) &&
           spread_alone(settling->builder, &settling->spread, choice) != NONE;
}

/* Every choice, for one may be denied where another is not. */
static void add_sources_at(const Spreading *spreading, uint32_t scope)
{
    const Settling *settling = spreading->settling;
    for (uint32_t choice = 0; choice < settling->spread.choices; choice++)
        if (!spread_repeats(settling->builder, &settling->spread, choice) &&
            !is_held_anyway(spreading, choice))
            (void)add_source_of_choice(spreading, scope, choice);
}

static void add_scope(uint32_t **scopes, uint32_t *count, uint32_t *capacity, uint32_t scope)
{
    if (*count == *capacity)
        *scopes = array_grow(*scopes, capacity, sizeof **scopes);
    (*scopes)[(*count)++] = scope;
}

static void add_scopes_of(const Settling *settling, const Caller *caller, uint32_t **scopes,
                          uint32_t *count, uint32_t *capacity)
{
    const Builder *builder = settling->builder;
    for (uint32_t i = 0; i < caller->grants.count; i++) {
        bool helps = false;
        for (uint32_t n = 0; n < settling->spread.count && !helps; n++)
            helps = grant_may_hold(builder, caller->grants.items[i], settling->spread.premises[n]);
        if (!helps)
            continue;
        const Grant *grant = &builder->access->grants.items[caller->grants.items[i]];
        uint32_t first;
        uint32_t local_count = access_local_rights(builder->access, grant, &first);
        add_scope(scopes, count, capacity, grant->scope);
        for (uint32_t k = 0; k < local_count; k++) {
            const LocalRights *local =
                &builder->access->limits.items[grant->limit].local.items[first + k];
            if (local->gains)
                add_scope(scopes, count, capacity, local->scope);
        }
    }
}

/* All that the caller and the extra hold together begins at the scope of one of their grants. */
static void spread(const Spreading *spreading)
{
    uint32_t *scopes = NULL;
    uint32_t count = 0;
    uint32_t capacity = 0;
    add_scopes_of(spreading->settling, spreading->caller, &scopes, &count, &capacity);
    if (spreading->extra->group)
        add_scopes_of(spreading->settling, spreading->extra->group, &scopes, &count, &capacity);
    if (spreading->extra->giver)
        add_scope(&scopes, &count, &capacity, spreading->extra->giver->scope);
    count = numbers_sort_unique(scopes, count);
    for (uint32_t i = 0; scopes && i < count; i++)
        add_sources_at(spreading, scopes[i]);
    free(scopes);
}

/* ---- who ---- */

/* Which of the premises a giver, or a grant, helps with: bit n for the n-th. */
static uint32_t given_by(const Settling *settling, const Giver *giver)
{
    uint32_t given = 0;
    for (uint32_t n = 0; n < settling->spread.count; n++)
        if (giver_gives(settling->builder, giver, settling->spread.premises[n]) != NO)
            given |= UINT32_C(1) << n;
    return given;
}

uint32_t spread_all(const Settling *settling)
{
    return (UINT32_C(1) << settling->spread.count) - 1;
}

static uint32_t count_held_by(const Settling *settling, const Caller *group)
{
    uint32_t count = 0;
    for (uint32_t n = 0; n < settling->spread.count; n++)
        count += caller_holds_somewhere(group, settling->builder, settling->spread.premises[n]);
    return count;
}

static uint32_t held_with(const Settling *settling, uint32_t grant)
{
    uint32_t held = 0;
    for (uint32_t n = 0; n < settling->spread.count; n++)
        if (grant_may_hold(settling->builder, grant, settling->spread.premises[n]))
            held |= UINT32_C(1) << n;
    return held;
}

static void add_partial(Settling *settling, uint32_t scope, uint32_t giver, uint32_t group,
                        uint32_t gives)
{
    PartialGift gift = {scope, giver, group, gives};
    ARRAY_PUSH(&settling->partial, gift);
}

static int by_gift(const void *a, const void *b)
{
    const PartialGift *x = a;
    const PartialGift *y = b;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    if (x->giver != y->giver)
        return x->giver < y->giver ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

void spread_prepare(Settling *settling)
{
    Builder *builder = settling->builder;
    settling->spread = spread_premises(settling->clause, settling->shape);
    for (uint32_t g = 0; g < builder->graph->givers.count; g++) {
        const Giver *giver = &builder->graph->givers.items[g];
        if (!giver->certain || giver->recipient != NONE || !giver->to_anyone)
            continue;
        uint32_t given = given_by(settling, giver);
        if (given)
            ARRAY_PUSH(&settling->useful_givers, g);
        if (given && given != spread_all(settling))
            add_partial(settling, giver->scope, g, NONE, given);
    }
    for (uint32_t i = 0; i < builder->controlled.count; i++) {
        const Caller *group = caller_of_member(builder, builder->controlled.items[i], true);
        if (!count_held_by(settling, group))
            continue;
        ARRAY_PUSH(&settling->useful_groups, builder->controlled.items[i]);
        for (uint32_t g = 0; g < group->grants.count; g++) {
            uint32_t held = held_with(settling, group->grants.items[g]);
            if (held && held != spread_all(settling))
                add_partial(settling, builder->access->grants.items[group->grants.items[g]].scope,
                            NONE, builder->controlled.items[i], held);
        }
    }
    if (settling->partial.count)
        qsort(settling->partial.items, settling->partial.count, sizeof(PartialGift), by_gift);
}

/* At the scope, or (NONE) wherever it may be. */
static void spread_with(Settling *settling, const Asker *asker, const Brought *rest,
                        uint32_t rest_node, const Extra *extra, uint32_t scope)
{
    Builder *builder = settling->builder;
    uint32_t nodes[] = {rest_node, extra->node};
    bool both = extra->node != NONE && rest_node != NONE;
    Spreading spreading = {
        .settling = settling,
        .caller = &asker->caller,
        .extra = extra,
        .rest = rest,
        .from = both                  ? builder_conjunction(builder, nodes, 2)
                : extra->node != NONE ? extra->node
                                      : rest_node,
        .class_index = extra->giver
                           ? access_class_freed(builder->growing_access, asker->caller.class_index,
                                                extra->giver->scope, extra->giver->deletes)
                           : asker->caller.class_index};
    if (settling->clause->conclusion.kind == CONCLUDES_GIVES_ROLES) /* to the caller's own class */
        note_spread_class(&builder->freed_askers, spreading.class_index, asker->caller.class_index);
    if (scope == NONE)
        spread(&spreading);
    else
        add_sources_at(&spreading, scope);
}

static void spread_with_giver(Settling *settling, const Asker *asker, const Brought *rest,
                              uint32_t rest_node, uint32_t index, uint32_t scope)
{
    Giver giver = settling->builder->graph->givers.items[index];
    Extra extra = {.giver = &giver, .node = giver.node};
    if (giver_serves(settling->builder, &giver, asker->caller.class_index, asker->is_user))
        spread_with(settling, asker, rest, rest_node, &extra, scope);
}

static void spread_with_group(Settling *settling, const Asker *asker, const Brought *rest,
                              uint32_t rest_node, uint32_t group, uint32_t scope)
{
    Builder *builder = settling->builder;
    Extra extra = {.group = caller_of_member(builder, group, asker->is_user),
                   .node = builder_node(builder, NODE_CONTROL, group, 0, 0)};
    spread_with(settling, asker, rest, rest_node, &extra, scope);
}

/* ---- a caller together with what is given to it ---- */

/* A gift, and where it meets rights of the caller. */
typedef struct Meeting {
    uint32_t gift; /* position in Settling.partial */
    uint32_t scope;
} Meeting;

typedef ARRAY(Meeting) MeetingList;

static int by_gift_and_scope(const void *a, const void *b)
{
    const Meeting *x = a;
    const Meeting *y = b;
    if (x->gift != y->gift)
        return x->gift < y->gift ? -1 : 1;
    return (x->scope > y->scope) - (x->scope < y->scope);
}

static uint32_t first_gift(const Settling *settling, uint32_t scope)
{
    uint32_t low = 0;
    uint32_t high = settling->partial.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (settling->partial.items[middle].scope < scope)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Gifts of the scopes that add something to what is held; of two premises, the other one. */
static void add_meetings(const Settling *settling, uint32_t held, uint32_t own_scope,
                         uint32_t first_scope, uint32_t end_scope, MeetingList *meetings)
{
    for (uint32_t i = first_gift(settling, first_scope);
         i < settling->partial.count && settling->partial.items[i].scope < end_scope; i++) {
        const PartialGift *gift = &settling->partial.items[i];
        bool helps = (gift->gives & ~held) != 0 &&
                     (settling->spread.count > 2 || (gift->gives | held) == spread_all(settling));
        Meeting meeting = {i, gift->scope > own_scope ? gift->scope : own_scope};
        if (helps)
            ARRAY_PUSH(meetings, meeting);
    }
}

/* Rights meet where one lies above the other: gifts above the caller's grants and below them. */
static void find_meetings(const Settling *settling, const Caller *caller, MeetingList *meetings)
{
    const ScopeTree *tree = &settling->builder->access->tree;
    for (uint32_t g = 0; g < caller->grants.count; g++) {
        uint32_t held = held_with(settling, caller->grants.items[g]);
        uint32_t scope = settling->builder->access->grants.items[caller->grants.items[g]].scope;
        if (!held || held == spread_all(settling))
            continue; /* with all of them nothing has to be given */
        add_meetings(settling, held, scope, scope, tree->scopes[scope].end, meetings);
        for (uint32_t at = tree->scopes[scope].parent; at != NONE; at = tree->scopes[at].parent)
            add_meetings(settling, held, scope, at, at + 1, meetings);
    }
    if (meetings->count)
        qsort(meetings->items, meetings->count, sizeof *meetings->items, by_gift_and_scope);
}

static void spread_with_gifts(Settling *settling, const Asker *asker, const Brought *rest,
                              uint32_t rest_node)
{
    MeetingList meetings = {0};
    if (settling->partial.count)
        find_meetings(settling, &asker->caller, &meetings);
    for (uint32_t i = 0; i < meetings.count; i++) {
        const Meeting *meeting = &meetings.items[i];
        const PartialGift *gift = &settling->partial.items[meeting->gift];
        if (i && by_gift_and_scope(meeting, meeting - 1) == 0)
            continue;
        if (gift->giver != NONE)
            spread_with_giver(settling, asker, rest, rest_node, gift->giver, meeting->scope);
        else
            spread_with_group(settling, asker, rest, rest_node, gift->group, meeting->scope);
    }
    ARRAY_FREE(&meetings);
}

void spread_caller(Settling *settling, const Asker *asker, const Brought *rest)
{
    Builder *builder = settling->builder;
    uint32_t rest_node = brought_from(builder, asker, rest);
    Extra none = {.node = NONE};
    bool owns = count_held_by(settling, &asker->caller) > 0;
    if (owns)
        spread_with(settling, asker, rest, rest_node, &none, NONE);
    const uint32_t *bound;
    uint32_t count = givers_bound_to(builder, &asker->caller, &bound);
    for (uint32_t i = 0; i < count; i++) {
        Giver giver = builder->graph->givers.items[bound[i]];
        Extra extra = {.giver = &giver, .node = giver.node};
        if (given_by(settling, &giver))
            spread_with(settling, asker, rest, rest_node, &extra, NONE);
    }
    if (owns && settling->spread.count > 1)
        spread_with_gifts(settling, asker, rest, rest_node);
}

void spread_anybody(Settling *settling, uint32_t support, uint32_t class_index, bool is_user)
{
    Asker anybody = {.node = NONE, .is_user = is_user};
    anybody.caller.principal = NONE;
    anybody.caller.class_index = class_index;
    Brought nothing = {.certainty = CERTAIN};
    for (uint32_t i = 0; i < settling->useful_givers.count; i++)
        spread_with_giver(settling, &anybody, &nothing, support, settling->useful_givers.items[i],
                          NONE);
    for (uint32_t i = 0; i < settling->useful_groups.count; i++)
        spread_with_group(settling, &anybody, &nothing, support, settling->useful_groups.items[i],
                          NONE);
}

/* ---- several gifts ---- */

static uint32_t gifts_at(const Settling *settling, uint32_t scope)
{
    uint32_t gives = 0;
    for (uint32_t i = first_gift(settling, scope);
         i < settling->partial.count && settling->partial.items[i].scope == scope; i++)
        gives |= settling->partial.items[i].gives;
    return gives;
}

uint32_t spread_gifts_at(const Settling *settling, uint32_t place)
{
    const ScopeTree *tree = &settling->builder->access->tree;
    uint32_t gives = 0;
    for (uint32_t scope = place; scope != NONE; scope = tree->scopes[scope].parent)
        gives |= gifts_at(settling, scope);
    uint32_t subscription = tree->scopes[place].subscription;
    for (uint32_t i = 0; subscription != NONE && i < tree->assumed.count; i++)
        if (tree->assumed.items[i].subscription == subscription)
            for (uint32_t scope = tree->assumed.items[i].group; scope != NONE;
                 scope = tree->scopes[scope].parent)
                gives |= gifts_at(settling, scope);
    return gives;
}

bool spread_is_named(const Settling *settling, const Asker *asker, uint32_t place)
{
    const Builder *builder = settling->builder;
    const uint32_t *bound;
    uint32_t count = givers_bound_to(builder, &asker->caller, &bound);
    for (uint32_t i = 0; i < count; i++) {
        const Giver *giver = &builder->graph->givers.items[bound[i]];
        uint32_t gives = given_by(settling, giver);
        if (gives && gives != spread_all(settling) &&
            (place == NONE || scope_contains(&builder->access->tree, giver->scope, place) != NO))
            return true;
    }
    return false;
}
