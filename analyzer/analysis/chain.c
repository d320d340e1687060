#include "analysis/parts.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/clause_plan.h"
#include "snapshot/arm_id.h"

#include <stdlib.h>
#include <string.h>

typedef ARRAY(Evidence) EvidenceList;
typedef ARRAY(Step) StepList;

/* Chains already made for this start: equal ends share one. */
typedef struct MadeChain {
    uint32_t node, level, grant, policy, giver, clause, scope, chain;
} MadeChain;

struct ChainBuilder {
    const Parts *parts;
    const Start *start;
    Search *const *searches; /* one per certainty level, run for this start */
    Arena *arena;
    ChainList *chains;
    Interner made_keys;
    ARRAY(uint32_t) made_chains;
    /* of the chain being made */
    StepList steps;
    EvidenceList pending;    /* evidence that belongs to the next step */
    const Way *way;          /* whose steps are being made */
    uint32_t position;       /* of the edge at hand on it */
    uint32_t *step_of;       /* per position: the step that its technique became */
    uint32_t given_step;     /* the one that gave the rights which the next step uses, or NONE */
    int here_rank;           /* how well `here` fits the next step; see stand_at */
    ARRAY(uint32_t) callers; /* principals that act in the next step */
    Entity here;             /* reached last: a principal or a scope */
    Entity actor;            /* who acts: the principal, or place of code, reached last */
    const char *detail;      /* role and scope that allow the next step */
    const char *action;
    const char *note;
    Certainty certainty; /* of the next step so far */
};

ChainBuilder *chain_builder_new(const Parts *parts, const Start *start, Search *const *searches,
                                Arena *arena, ChainList *chains)
{
    ChainBuilder *builder = memory_allocate(1, sizeof *builder);
    builder->parts = parts;
    builder->start = start;
    builder->searches = searches;
    builder->arena = arena;
    builder->chains = chains;
    builder->made_keys = interner_new(CASE_MATTERS);
    return builder;
}

void chain_builder_free(ChainBuilder *builder)
{
    interner_free(&builder->made_keys);
    ARRAY_FREE(&builder->made_chains);
    ARRAY_FREE(&builder->steps);
    ARRAY_FREE(&builder->pending);
    ARRAY_FREE(&builder->callers);
    free(builder);
}

/* ---- evidence ---- */

static void add_evidence(ChainBuilder *builder, uint32_t record, const char *says)
{
    if (record == NONE)
        return;
    for (uint32_t i = 0; i < builder->pending.count; i++)
        if (builder->pending.items[i].record == record &&
            text_equal(builder->pending.items[i].says, says))
            return;
    Evidence evidence = {record, says};
    ARRAY_PUSH(&builder->pending, evidence);
}

static void add_certainty(ChainBuilder *builder, Certainty certainty, const char *note)
{
    builder->certainty = certainty_worse(builder->certainty, certainty);
    if (note)
        builder->note = builder->note && !strstr(builder->note, note)
                            ? arena_format(builder->arena, "%s; %s", builder->note, note)
                            : note;
}

static void add_grant_evidence(ChainBuilder *builder, uint32_t index)
{
    const Parts *parts = builder->parts;
    const Grant *grant = &parts->access->grants.items[index];
    const RoleAssignment *assignment = &parts->snapshot->role_assignments.items[grant->assignment];
    const RoleDefinition *role = parts->access->roles.items[grant->role].definition;
    add_evidence(builder, assignment->record, grant_words(parts, builder->arena, index));
    if (assignment->window_record != NONE)
        add_evidence(builder, assignment->window_record, "active in this time window only");
    if (role->record != NONE)
        add_evidence(builder, role->record,
                     arena_format(builder->arena, "definition of %s", role_name(parts, index)));
    builder->detail = arena_format(builder->arena, "%s \xC2\xB7 %s", role_name(parts, index),
                                   scope_name(parts, grant->scope));
    if (grant->certainty == ELIGIBLE)
        add_certainty(builder, ELIGIBLE, "needs the eligible assignment to be activated");
}

static void add_member_evidence(ChainBuilder *builder, const Edge *edge)
{
    const Node *group = &builder->parts->graph.nodes.items[edge->to];
    add_evidence(builder, edge->support,
                 arena_format(builder->arena, "member of %s",
                              principal_name(builder->parts->snapshot, group->a)));
}

/* What is held through a group rests on the memberships of the one who acts. */
static void add_holder_evidence(ChainBuilder *builder, uint32_t holder)
{
    enum { MOST_MEMBERSHIPS = 64 };
    const Snapshot *snapshot = builder->parts->snapshot;
    uint32_t relations[MOST_MEMBERSHIPS];
    for (uint32_t i = builder->callers.count; i--;) {
        uint32_t caller = builder->callers.items[i];
        if (caller == holder)
            return;
        uint32_t count =
            access_membership(builder->parts->access, caller, holder, relations, MOST_MEMBERSHIPS);
        for (uint32_t r = 0; r < count; r++) {
            const DirectoryRelation *relation = &snapshot->relations.items[relations[r]];
            add_evidence(builder, relation->record,
                         arena_format(builder->arena, "member of %s",
                                      principal_name(snapshot, relation->object)));
        }
        if (count)
            return;
    }
}

static const Premise *clause_fact_premise(const Clause *clause, uint32_t number)
{
    if (number < clause->premise_count)
        return &clause->premises[number];
    number -= clause->premise_count;
    return number < clause->void_count ? &clause->voids[number]
                                       : &clause->weakens[number - clause->void_count];
}

/* The value of a property.  Where only its being there matters it may be a secret, and is not
   told. */
static const char *value_words(const ChainBuilder *builder, const Premise *premise,
                               const char *value)
{
    if (!value)
        return "not set";
    if (!premise->values.count)
        return "set";
    if (text_equal(premise->property, "directoryRoles")) {
        const DirectoryRole *role = rules_find_directory_role(builder->parts->rules, value);
        return role ? role->name : value;
    }
    return *value == '/' ? arm_id_short_name(value) : value;
}

static const char *fact_words(const ChainBuilder *builder, const Clause *clause,
                              const Instance *instance, const Fact *fact)
{
    const Premise *premise = clause_fact_premise(clause, fact->premise);
    const Snapshot *snapshot = builder->parts->snapshot;
    if (premise->kind == PREMISE_PROPERTY)
        return arena_format(builder->arena, "%s is %s", premise->property,
                            value_words(builder, premise, fact->value));
    Term to = instance_term(&builder->parts->instances, instance, premise->other);
    if (premise->relation == RELATION_RESOURCE_OF && term_is_principal(fact->subject))
        return arena_format(builder->arena, "the identity %s",
                            principal_name(snapshot, term_index(fact->subject)));
    const char *name = to == NONE              ? "something"
                       : term_is_principal(to) ? principal_name(snapshot, term_index(to))
                                               : scope_name(builder->parts, to);
    const char *from = term_is_principal(fact->subject)
                           ? principal_name(snapshot, term_index(fact->subject))
                           : scope_name(builder->parts, fact->subject);
    return arena_format(builder->arena, "%s %s %s", from, relation_words(premise->relation), name);
}

/* The facts of an instance; what was only assumed becomes a note. */
static void add_instance_evidence(ChainBuilder *builder, uint32_t index)
{
    const InstanceTable *table = &builder->parts->instances;
    const Instance *instance = &table->instances.items[index];
    const Clause *clause = &builder->parts->rules->clauses.items[instance->clause];
    for (uint32_t i = 0; i < instance->fact_count; i++) {
        const Fact *fact = &table->facts.items[instance->first_fact + i];
        const Premise *premise = clause_fact_premise(clause, fact->premise);
        add_evidence(builder, fact->record, fact_words(builder, clause, instance, fact));
        bool weakens = fact->premise >= clause->premise_count;
        if (instance->certainty == ASSUMED && premise->kind == PREMISE_PROPERTY &&
            (weakens || !fact->value))
            add_certainty(builder, ASSUMED,
                          premise->note ? premise->note
                                        : arena_format(builder->arena, "%s was not exported",
                                                       premise->property));
    }
    if (clause->assumes)
        add_certainty(builder, ASSUMED, clause->assumes);
    add_certainty(builder, (Certainty)instance->certainty, NULL);
}

static void add_policy_evidence(ChainBuilder *builder, uint32_t index)
{
    const Snapshot *snapshot = builder->parts->snapshot;
    const AccessPolicy *policy = &snapshot->access_policies.items[index];
    const char *place = text_text(snapshot, policy->pointer);
    const char *vault = text_text(snapshot, snapshot->resources.items[policy->resource].name);
    add_evidence(builder, policy->record,
                 arena_format(builder->arena, "access policy of %s for %s%s%s",
                              vault ? vault : "the vault",
                              principal_name(snapshot, policy->principal), place ? ", " : "",
                              place ? place : ""));
}

static void add_bundle_evidence(ChainBuilder *builder, uint32_t index)
{
    const PrivilegeGraph *graph = &builder->parts->graph;
    const Bundle *bundle = &graph->bundles.items[index];
    const uint32_t *items = graph->bundle_items.items + bundle->first;
    const uint32_t *grants = items + bundle->instance_count;
    const uint32_t *records = grants + bundle->grant_count;
    for (uint32_t i = 0; i < bundle->grant_count; i++) {
        add_holder_evidence(builder, builder->parts->access->grants.items[grants[i]].principal);
        add_grant_evidence(builder, grants[i]);
    }
    for (uint32_t i = 0; i < bundle->record_count; i++)
        add_evidence(builder, records[i], record_words(builder->parts, builder->arena, records[i]));
    for (uint32_t i = 0; i < bundle->instance_count; i++)
        add_instance_evidence(builder, items[i]);
}

/* ---- steps ---- */

static uint32_t record_of_principal(const Snapshot *snapshot, uint32_t principal)
{
    const Principal *p = &snapshot->principals.items[principal];
    return p->record != NONE ? p->record : p->mentioned_by;
}

/* A step that rests on nothing but that something is there rests on what names it. */
static void add_name_evidence(ChainBuilder *builder, Entity to)
{
    const Parts *parts = builder->parts;
    uint32_t resource =
        to.kind == ENTITY_SCOPE ? parts->access->tree.scopes[to.index].resource : NONE;
    if (to.kind == ENTITY_PRINCIPAL)
        add_evidence(builder, record_of_principal(parts->snapshot, to.index), "names it");
    else if (resource != NONE)
        add_evidence(builder, parts->snapshot->resources.items[resource].record, "names it");
}

static void push_step(ChainBuilder *builder, Step step)
{
    step.from = builder->here;
    step.actor = builder->actor;
    step.certainty = builder->certainty;
    step.note = builder->note;
    step.detail = step.detail ? step.detail : builder->detail;
    step.action = builder->action;
    if (!builder->pending.count)
        add_name_evidence(builder, step.to);
    step.evidence_count = builder->pending.count;
    step.evidence = arena_allocate(builder->arena, step.evidence_count, sizeof *step.evidence);
    if (step.evidence_count)
        memcpy(step.evidence, builder->pending.items, step.evidence_count * sizeof *step.evidence);
    ARRAY_PUSH(&builder->steps, step);
    builder->here = step.to;
    builder->pending.count = 0;
    builder->detail = builder->action = builder->note = NULL;
    builder->certainty = CERTAIN;
}

static void push_start_step(ChainBuilder *builder, const char *text)
{
    builder->actor = builder->here;
    Step step = {.technique = "start",
                 .technique_index = NONE,
                 .label = "start",
                 .to = builder->here,
                 .text = text};
    push_step(builder, step);
}

static void push_start_at(ChainBuilder *builder, uint32_t scope)
{
    const Parts *parts = builder->parts;
    uint32_t resource = parts->access->tree.scopes[scope].resource;
    builder->here = (Entity){ENTITY_SCOPE, scope};
    if (resource != NONE)
        add_evidence(builder, parts->snapshot->resources.items[resource].record, "the workload");
    push_start_step(
        builder, arena_format(builder->arena, "hostile code runs on %s", scope_name(parts, scope)));
}

static void push_start_as(ChainBuilder *builder, uint32_t principal)
{
    const Parts *parts = builder->parts;
    const Start *start = builder->start;
    builder->here = (Entity){ENTITY_PRINCIPAL, principal};
    add_evidence(builder, record_of_principal(parts->snapshot, principal), "the identity");
    for (uint32_t i = 0; principal == start->principal && i < start->attached_count && i < 3; i++) {
        const Resource *resource = &parts->snapshot->resources.items[start->attached_to[i]];
        add_evidence(builder, resource->record,
                     arena_format(builder->arena, "attached to %s",
                                  text_text(parts->snapshot, resource->name)));
    }
    push_start_step(builder, arena_format(builder->arena, "acts as %s",
                                          principal_name(parts->snapshot, principal)));
}

static void push_start(ChainBuilder *builder)
{
    const Parts *parts = builder->parts;
    const Start *start = builder->start;
    if (start->kind == START_WORKLOAD)
        push_start_at(
            builder,
            parts->access->tree.scope_of_id[parts->snapshot->resources.items[start->resource].id]);
    else
        push_start_as(builder, start->principal);
}

/* Several that are compromised together: those that the way begins from, each once. */
static void push_starts_of_way(ChainBuilder *builder, const Way *way, uint32_t last)
{
    const PrivilegeGraph *graph = &builder->parts->graph;
    const Start *start = builder->start;
    bool *begun = memory_allocate(start->own_count + start->place_count, sizeof *begun);
    for (uint32_t i = 0; i <= way->count; i++) {
        uint32_t from = i < way->count ? graph->edges.items[way->edges[i]].from : last;
        const Node *node = &graph->nodes.items[from];
        for (uint32_t p = 0; node->kind == NODE_PRINCIPAL && p < start->own_count; p++)
            if (start->own[p] == node->a && !begun[p]) {
                begun[p] = true;
                push_start_as(builder, node->a);
            }
        for (uint32_t p = 0; node->kind == NODE_CAPABILITY && p < start->place_count; p++)
            if (start->places[p] == node->b && node->a == CAPABILITY_RUN_CODE &&
                !begun[start->own_count + p]) {
                begun[start->own_count + p] = true;
                push_start_at(builder, node->b);
            }
    }
    free(begun);
}

static Entity entity_of_node(const ChainBuilder *builder, uint32_t node)
{
    const Node *n = &builder->parts->graph.nodes.items[node];
    if (n->kind == NODE_PRINCIPAL)
        return (Entity){ENTITY_PRINCIPAL, n->a};
    if (n->kind == NODE_CAPABILITY)
        return (Entity){ENTITY_SCOPE, n->b};
    if (n->kind == NODE_GIVE)
        return (Entity){ENTITY_SCOPE, n->a};
    if (n->kind == NODE_LIFTED)
        return (Entity){ENTITY_SCOPE, builder->parts->access->obstacles.items[n->a].scope};
    if (n->kind == NODE_GIVE_SOME || n->kind == NODE_FULL)
        return (Entity){ENTITY_SCOPE, builder->parts->access->grants.items[n->a].scope};
    return builder->here;
}

static Entity entity_of_term(Term term)
{
    return term_is_principal(term) ? (Entity){ENTITY_PRINCIPAL, term_index(term)}
                                   : (Entity){ENTITY_SCOPE, term};
}

/* A giving step is settled from the grants; what else it asks of the caller is told here. */
static void add_caller_evidence(ChainBuilder *builder, const Clause *clause)
{
    const Parts *parts = builder->parts;
    Term caller = builder->actor.index | TERM_PRINCIPAL;
    for (uint32_t p = 0; p < clause->premise_count; p++) {
        const Premise *premise = &clause->premises[p];
        const TextList *types = &clause->variables[premise->variable].types;
        if (premise->kind != PREMISE_CALLER_RELATION || builder->actor.kind != ENTITY_PRINCIPAL)
            continue;
        const RelationTable *table = &parts->relations.tables[premise->relation];
        uint32_t first, found = NONE;
        uint32_t count = relations_to(table, caller, &first);
        for (uint32_t i = first; i < first + count && found == NONE; i++) {
            const RelationRow *row = &table->rows[table->by_to[i]];
            for (uint32_t t = 0; !term_is_principal(row->from) && t < types->count; t++)
                if (text_equal_any_case(
                        types->items[t],
                        id_text(parts->snapshot, parts->access->tree.scopes[row->from].type)))
                    found = table->by_to[i];
        }
        if (found == NONE)
            continue;
        const RelationRow *row = &table->rows[found];
        add_evidence(builder, row->record,
                     arena_format(builder->arena, "%s %s %s", scope_name(parts, row->from),
                                  relation_words(premise->relation),
                                  principal_name(parts->snapshot, builder->actor.index)));
    }
}

static void push_technique(ChainBuilder *builder, const Edge *edge)
{
    const Parts *parts = builder->parts;
    const Technique *technique = &parts->rules->techniques.items[edge->technique];
    const Instance *instance = NULL;
    const Clause *clause = &parts->rules->clauses.items[technique->first_clause];
    if (edge->support_kind == SUPPORT_INSTANCE)
        instance = &parts->instances.instances.items[edge->support];
    else if (edge->support_kind == SUPPORT_BUNDLE &&
             parts->graph.bundles.items[edge->support].instance_count)
        instance = &parts->instances.instances
                        .items[parts->graph.bundle_items
                                   .items[parts->graph.bundles.items[edge->support].first]];
    if (instance)
        clause = &parts->rules->clauses.items[instance->clause];
    Entity to = entity_of_node(builder, edge->to);
    if (instance && (clause->conclusion.kind == CONCLUDES_FINDING ||
                     clause->conclusion.kind == CONCLUDES_CONTROLS_GROUP))
        to =
            entity_of_term(instance_term(&parts->instances, instance, clause->conclusion.variable));
    Step step = {.technique = technique->id,
                 .technique_index = edge->technique,
                 .to = to,
                 .label = clause->label ? clause->label : technique->label};
    step.text = clause_words(parts, builder->arena, clause, instance,
                             to.kind == ENTITY_SCOPE ? to.index : NONE);
    if (!instance && clause->assumes)
        add_certainty(builder, ASSUMED, clause->assumes);
    if (!instance)
        add_caller_evidence(builder, clause);
    if (edge->certainty == CONDITIONAL)
        add_certainty(builder, CONDITIONAL, "a condition that cannot be decided offline");
    add_certainty(builder, (Certainty)edge->certainty, NULL);
    push_step(builder, step);
}

/* What allows a step that a role given in an earlier one makes possible. */
static const char *given_words(const ChainBuilder *builder, bool limited, uint32_t scope)
{
    return arena_format(builder->arena, "%s (given to itself) \xC2\xB7 %s",
                        limited ? "an admitted role" : "Owner", scope_name(builder->parts, scope));
}

static bool acts(const Node *node)
{
    return node->kind == NODE_PRINCIPAL ||
           (node->kind == NODE_CAPABILITY && node->a == CAPABILITY_RUN_CODE);
}

static bool is_giver(const Node *node)
{
    return node->kind == NODE_GIVE || node->kind == NODE_GIVE_SOME || node->kind == NODE_FULL;
}

/* ---- who gains by a role that is given or rewritten ---- */

/* The technique that says the same as `told`, but of another than the caller; or NONE. */
static uint32_t technique_for_another(const Rules *rules, uint32_t told)
{
    const Clause *own = &rules->clauses.items[rules->techniques.items[told].first_clause];
    uint32_t own_permission = clause_premise(own, PREMISE_PERMISSION, 0);
    if (!own->conclusion.to_caller || own_permission == NONE)
        return NONE;
    for (uint32_t i = 0; i < rules->techniques.count; i++) {
        const Technique *technique = &rules->techniques.items[i];
        const Clause *clause = &rules->clauses.items[technique->first_clause];
        if (technique->clause_count && clause->premise_count == 1 &&
            clause->conclusion.kind == own->conclusion.kind && !clause->conclusion.to_caller &&
            clause->conclusion.conditioned == own->conclusion.conditioned &&
            clause->premises[0].kind == PREMISE_PERMISSION &&
            clause->premises[0].permissions[0] == own->premises[own_permission].permissions[0])
            return i;
    }
    return NONE;
}

/* The last step of the kind was told as if the caller gained itself, which it does not. */
static void tell_for_another(ChainBuilder *builder, ConclusionKind kind)
{
    const Rules *rules = builder->parts->rules;
    for (uint32_t s = builder->steps.count; s--;) {
        Step *step = &builder->steps.items[s];
        if (step->technique_index == NONE)
            continue;
        const Technique *told = &rules->techniques.items[step->technique_index];
        const Clause *clause = &rules->clauses.items[told->first_clause];
        if (!told->clause_count || clause->conclusion.kind != kind)
            continue;
        uint32_t other = technique_for_another(rules, step->technique_index);
        if (other == NONE)
            return;
        told = &rules->techniques.items[other];
        clause = &rules->clauses.items[told->first_clause];
        step->technique = told->id;
        step->technique_index = other;
        step->label = clause->label ? clause->label : told->label;
        step->text = clause_words(builder->parts, builder->arena, clause, NULL,
                                  step->to.kind == ENTITY_SCOPE ? step->to.index : NONE);
        return;
    }
}

/* Who rewrites a role and who holds it: is it one principal, or a group and a member of it? */
static bool is_same_holder(const ChainBuilder *builder, Entity editor, const Node *holder)
{
    uint32_t relation;
    if (editor.kind != ENTITY_PRINCIPAL ||
        (holder->kind != NODE_PRINCIPAL && holder->kind != NODE_MEMBER))
        return false;
    return editor.index == holder->a ||
           access_membership(builder->parts->access, editor.index, holder->a, &relation, 1) > 0;
}

/* Does the way give roles to a class of principals that the giver is not of? */
static bool gives_to_another_class(const ChainBuilder *builder, const Way *way,
                                   uint32_t class_index)
{
    const PrivilegeGraph *graph = &builder->parts->graph;
    for (uint32_t i = way->count; i--;) {
        const Edge *edge = &graph->edges.items[way->edges[i]];
        const Node *to = &graph->nodes.items[edge->to];
        if (to->kind == NODE_GIVE && edge->technique != NONE)
            return to->b != class_index;
    }
    return false;
}

/* The principal that rewrites a role on the way, as far as a step tells it. */
static const Step *rewriting_step(const ChainBuilder *builder)
{
    const Rules *rules = builder->parts->rules;
    for (uint32_t s = builder->steps.count; s--;) {
        const Step *step = &builder->steps.items[s];
        if (step->technique_index == NONE)
            continue;
        const Technique *technique = &rules->techniques.items[step->technique_index];
        if (technique->clause_count &&
            rules->clauses.items[technique->first_clause].conclusion.kind ==
                CONCLUDES_REWRITES_ROLE)
            return step;
    }
    return NULL;
}

/* The steps of the way are made: a conjunction's premises come in any order. */
static void see_who_gains(ChainBuilder *builder, const Way *way)
{
    const PrivilegeGraph *graph = &builder->parts->graph;
    for (uint32_t i = 0; i < way->count; i++) {
        const Edge *edge = &graph->edges.items[way->edges[i]];
        const Node *to = &graph->nodes.items[edge->to];
        const Step *rewriting = to->kind == NODE_ROLE_HELD ? rewriting_step(builder) : NULL;
        if (to->kind == NODE_PRESENT && gives_to_another_class(builder, way, to->a))
            tell_for_another(builder, CONCLUDES_GIVES_ROLES);
        else if (rewriting &&
                 !is_same_holder(builder, rewriting->actor, &graph->nodes.items[edge->from]))
            tell_for_another(builder, CONCLUDES_REWRITES_ROLE);
    }
}

/* The evidence of one edge, and the permission that it is about. */
static void add_support_evidence(ChainBuilder *builder, const Edge *edge)
{
    const PrivilegeGraph *graph = &builder->parts->graph;
    const Node *to = &graph->nodes.items[edge->to];
    switch ((SupportKind)edge->support_kind) {
    case SUPPORT_GRANT:
        add_grant_evidence(builder, edge->support);
        break;
    case SUPPORT_MEMBER:
        add_member_evidence(builder, edge);
        break;
    case SUPPORT_POLICY:
        add_policy_evidence(builder, edge->support);
        break;
    case SUPPORT_PLACE:
        add_evidence(builder, builder->parts->access->tree.assumed.items[edge->support].record,
                     "names the management group");
        add_certainty(builder, ASSUMED, "the place of a management group was not exported");
        break;
    case SUPPORT_INSTANCE:
        add_instance_evidence(builder, edge->support);
        break;
    case SUPPORT_BUNDLE:
        add_bundle_evidence(builder, edge->support);
        break;
    case SUPPORT_RECORD:
        add_evidence(builder, edge->support,
                     record_words(builder->parts, builder->arena, edge->support));
        break;
    case SUPPORT_NONE:
        break;
    }
    if (to->kind == NODE_RIGHT && !builder->action)
        builder->action = privilege_graph_action(graph, to->a, NONE);
}

/* The permission that the technique uses; NULL: it uses none, or follows from everything. */
static const char *action_of(const PrivilegeGraph *graph, const Edge *edge)
{
    const Node *from = &graph->nodes.items[edge->from];
    if (edge->support_kind != SUPPORT_INSTANCE)
        return NULL;
    uint32_t clause = graph->instances->instances.items[edge->support].clause;
    if (from->kind == NODE_RIGHT)
        return privilege_graph_action(graph, from->a, clause);
    if (from->kind != NODE_ALL)
        return NULL;
    const Conjunction *all = &graph->conjunctions.items[from->a];
    for (uint32_t i = 0; i < all->premise_count; i++) {
        const Node *premise = &graph->nodes.items[graph->premises.items[all->first_premise + i]];
        if (premise->kind == NODE_RIGHT)
            return privilege_graph_action(graph, premise->a, clause);
    }
    return NULL;
}

/*
 * Where the next step goes on from.  Of what it rests on, who acts stands before what it is done
 * with, and that before who only has to be there; of equals the last.
 */
enum { RANK_NOTHING, RANK_PRESENT, RANK_TAKEN, RANK_ACTING };

static void stand_at(ChainBuilder *builder, Entity place, int rank)
{
    if (rank < builder->here_rank)
        return;
    builder->here = place;
    builder->here_rank = rank;
    if (rank == RANK_ACTING)
        builder->actor = place;
}

/* An earlier step led to the node.  What it lets be given is told by its evidence. */
static void rest_on_step(ChainBuilder *builder, const Node *node, uint32_t index, bool is_present)
{
    const Step *step = &builder->steps.items[index];
    stand_at(builder, step->to, is_present ? RANK_PRESENT : RANK_TAKEN);
    if (node->kind == NODE_GIVE_DIRECTORY) {
        add_evidence(builder, step->evidence[0].record, "the right to give roles");
    } else if (is_giver(node)) {
        add_evidence(builder, step->evidence[0].record,
                     arena_format(builder->arena, "a role given with %s", step->evidence[0].says));
        builder->given_step = index;
    }
}

static void gather(ChainBuilder *builder, uint32_t node, bool is_present);

static void gather_edge(ChainBuilder *builder, const Edge *edge, bool is_present)
{
    const PrivilegeGraph *graph = &builder->parts->graph;
    const Node *from = &graph->nodes.items[edge->from];
    gather(builder, edge->from, is_present || graph->nodes.items[edge->to].kind == NODE_PRESENT);
    add_support_evidence(builder, edge);
    add_certainty(builder, (Certainty)edge->certainty, NULL);
    if (is_giver(from))
        builder->detail = given_words(builder, from->kind == NODE_GIVE_SOME,
                                      entity_of_node(builder, edge->from).index);
}

/* Gathers what reaching the node rests on, back to who acts and to what earlier steps led to. */
static void gather(ChainBuilder *builder, uint32_t node, bool is_present)
{
    const PrivilegeGraph *graph = &builder->parts->graph;
    const Node *n = &graph->nodes.items[node];
    if (n->kind == NODE_PRINCIPAL)
        ARRAY_PUSH(&builder->callers, n->a);
    if (acts(n)) {
        stand_at(builder, entity_of_node(builder, node), is_present ? RANK_PRESENT : RANK_ACTING);
        return;
    }
    for (uint32_t i = 0; i < builder->position; i++) {
        const Edge *edge = &graph->edges.items[builder->way->edges[i]];
        if (edge->to != node)
            continue;
        if (edge->technique != NONE)
            rest_on_step(builder, n, builder->step_of[i], is_present);
        else
            gather_edge(builder, edge, is_present);
        return;
    }
    if (n->kind != NODE_ALL)
        return;
    const Conjunction *all = &graph->conjunctions.items[n->a];
    for (uint32_t i = 0; i < all->premise_count; i++)
        gather(builder, graph->premises.items[all->first_premise + i], is_present);
}

static void begin_gathering(ChainBuilder *builder)
{
    builder->pending.count = 0;
    builder->detail = builder->action = builder->note = NULL;
    builder->certainty = CERTAIN;
    builder->given_step = NONE;
    builder->here_rank = RANK_NOTHING;
    builder->callers.count = 0;
}

/* Makes a step of every technique on the way. */
static void follow_way(ChainBuilder *builder, const Way *way)
{
    const PrivilegeGraph *graph = &builder->parts->graph;
    builder->way = way;
    builder->step_of = memory_allocate((size_t)way->count + 1, sizeof *builder->step_of);
    for (builder->position = 0; builder->position < way->count; builder->position++) {
        const Edge *edge = &graph->edges.items[way->edges[builder->position]];
        if (edge->technique == NONE)
            continue;
        begin_gathering(builder);
        builder->action = action_of(graph, edge);
        gather(builder, edge->from, false);
        add_support_evidence(builder, edge);
        builder->step_of[builder->position] = builder->steps.count;
        push_technique(builder, edge);
    }
    begin_gathering(builder);
}

/* ---- the end at a row ---- */

/* The role was given in an earlier step: its evidence is what the end rests on. */
static void add_given_evidence(ChainBuilder *builder, const ChainEnd *end)
{
    const Parts *parts = builder->parts;
    const Giver *giver = &parts->graph.givers.items[end->giver];
    uint32_t step = builder->given_step;
    if (step != NONE)
        builder->pending.count = 0;
    else if (builder->steps.count && !builder->pending.count)
        step = builder->steps.count - 1;
    if (step != NONE) {
        const Step *given = &builder->steps.items[step];
        for (uint32_t i = 0; i < given->evidence_count; i++)
            add_evidence(builder, given->evidence[i].record, given->evidence[i].says);
    }
    builder->detail = given_words(builder, giver->certain != NULL, giver->scope);
}

static const char *capability_words(const ChainBuilder *builder, const ChainEnd *end)
{
    const Parts *parts = builder->parts;
    const Piece *piece = end->piece;
    const Capability *capability = &parts->rules->capabilities.items[piece->capability];
    const char *scope = scope_name(parts, piece->scope);
    const ResourceKind *kind =
        piece->type == NONE
            ? NULL
            : rules_resource_kind(parts->rules, id_text(parts->snapshot, piece->type));
    if (piece->resources > 1 && kind)
        return arena_format(builder->arena, "%s %u %s in %s", capability->text, piece->resources,
                            kind->plural, scope);
    return arena_format(builder->arena, "%s %s", capability->text, scope);
}

static void push_row_step(ChainBuilder *builder, const ChainEnd *end)
{
    const Parts *parts = builder->parts;
    const Piece *piece = end->piece;
    Step step = {
        .technique = "held-grant", .technique_index = NONE, .to = {ENTITY_SCOPE, piece->scope}};
    if (end->grant != NONE)
        add_grant_evidence(builder, end->grant);
    if (end->policy != NONE) {
        step.technique = "held-access-policy";
        add_policy_evidence(builder, end->policy);
        builder->detail = "access policy of the vault";
    }
    if (end->giver != NONE) {
        step.technique = "given-role";
        add_given_evidence(builder, end);
    }
    if (piece->clause != NONE) {
        const Clause *clause = &parts->rules->clauses.items[piece->clause];
        const Technique *technique = &parts->rules->techniques.items[clause->technique];
        const Instance *instance =
            piece->instance == NONE ? NULL : &parts->instances.instances.items[piece->instance];
        step.technique = end->policy == NONE ? technique->id : step.technique;
        step.technique_index = clause->technique;
        step.label = clause->label ? clause->label : technique->label;
        step.text = clause_words(parts, builder->arena, clause, instance, piece->scope);
        if (instance)
            add_instance_evidence(builder, piece->instance);
        else if (clause->assumes)
            add_certainty(builder, ASSUMED, clause->assumes);
    } else {
        step.label = parts->rules->capabilities.items[piece->capability].label;
        step.text = capability_words(builder, end);
    }
    if (piece->certainty == CONDITIONAL)
        add_certainty(builder, CONDITIONAL, "a condition that cannot be decided offline");
    add_certainty(builder, (Certainty)piece->certainty, NULL);
    push_step(builder, step);
}

/* The last principal on the way to the node. */
uint32_t chain_holder(const ChainBuilder *builder, const ChainEnd *end)
{
    Way way = {0};
    const PrivilegeGraph *graph = &builder->parts->graph;
    uint32_t holder = builder->start->principal;
    const Node *node = &graph->nodes.items[end->node];
    search_way(builder->searches[end->level], end->node, &way);
    for (uint32_t i = 0; i < way.count; i++) {
        const Node *from = &graph->nodes.items[graph->edges.items[way.edges[i]].from];
        const Node *to = &graph->nodes.items[graph->edges.items[way.edges[i]].to];
        if (from->kind == NODE_PRINCIPAL)
            holder = from->a;
        if (to->kind == NODE_PRINCIPAL)
            holder = to->a;
    }
    if (node->kind == NODE_PRINCIPAL)
        holder = node->a;
    free(way.edges);
    return holder;
}

static void make_steps(ChainBuilder *builder, const ChainEnd *end)
{
    Way way = {0};
    builder->steps.count = 0;
    builder->pending.count = 0;
    builder->certainty = CERTAIN;
    builder->note = builder->detail = builder->action = NULL;
    search_way(builder->searches[end->level], end->node, &way);
    if (builder->start->joined)
        push_starts_of_way(builder, &way, end->node);
    else
        push_start(builder);
    follow_way(builder, &way);
    if (end->piece)
        gather(builder, end->node, false);
    see_who_gains(builder, &way);
    free(builder->step_of);
    free(way.edges);
    const Node *node = &builder->parts->graph.nodes.items[end->node];
    if (node->kind == NODE_PRINCIPAL)
        builder->here = builder->actor = (Entity){ENTITY_PRINCIPAL, node->a};
    if (!end->piece)
        return;
    push_row_step(builder, end);
}

uint32_t chain_build(ChainBuilder *builder, const ChainEnd *end)
{
    MadeChain key = {end->node,
                     end->level,
                     end->grant,
                     end->policy,
                     end->giver,
                     end->piece ? end->piece->clause : NONE,
                     end->piece ? end->piece->scope : NONE,
                     end->piece ? end->piece->capability : NONE};
    uint32_t made = intern_bytes(&builder->made_keys, (const char *)&key, sizeof key);
    if (made < builder->made_chains.count)
        return builder->made_chains.items[made];
    make_steps(builder, end);
    Chain chain = {.step_count = builder->steps.count};
    chain.steps = arena_allocate(builder->arena, chain.step_count, sizeof *chain.steps);
    if (chain.step_count)
        memcpy(chain.steps, builder->steps.items, chain.step_count * sizeof *chain.steps);
    for (uint32_t i = 0; i < chain.step_count; i++)
        chain.certainty = certainty_worse(chain.certainty, chain.steps[i].certainty);
    uint32_t index = builder->chains->count;
    ARRAY_PUSH(builder->chains, chain);
    ARRAY_PUSH(&builder->made_chains, index);
    return index;
}
