#include "graph/instance.h"

#include "base/memory.h"
#include "base/text.h"
#include "graph/clause_plan.h"
#include "graph/relations.h"
#include "snapshot/fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Scopes by resource type, each list in tree order. */
typedef struct TypeIndex {
    uint32_t *first; /* per Snapshot.ids; ids.count + 1 entries into `scopes` */
    uint32_t *scopes;
} TypeIndex;

enum { MOST_VARIABLES = RULES_MOST_VARIABLES, MOST_FACTS = 48, UNUSED_VARIABLE = 0xff };

/* The state of filling one component of one clause. */
typedef struct Filling {
    InstanceTable *table;
    const Access *access;
    const Rules *rules;
    const Relations *relations;
    const TypeIndex *types;
    const bool *has_grant; /* per scope: a role is assigned there */
    const Clause *clause;
    uint32_t clause_index;
    uint8_t component;
    Term terms[MOST_VARIABLES];
    Fact facts[MOST_FACTS];
    uint32_t fact_count;
    Certainty certainty;
    PropertyValues values; /* scratch */
    /* of instances_near: who is told each way instead of the table */
    void (*visit)(void *context, const NearInstance *way);
    void *context;
    NearInstance near;
} Filling;

const char *principal_kind_word(PrincipalKind kind)
{
    switch (kind) {
    case PRINCIPAL_USER:
        return "user";
    case PRINCIPAL_GROUP:
        return "group";
    case PRINCIPAL_SERVICE_PRINCIPAL:
        return "service-principal";
    case PRINCIPAL_SYSTEM_ASSIGNED:
    case PRINCIPAL_USER_ASSIGNED:
        return "managed-identity";
    case PRINCIPAL_UNKNOWN:
        break;
    }
    return "unknown";
}

/* ---- types ---- */

static void index_types(TypeIndex *index, const Access *access)
{
    const ScopeTree *tree = &access->tree;
    uint32_t id_count = access->snapshot->ids.count;
    index->first = memory_allocate(id_count + 2, sizeof *index->first);
    index->scopes = memory_allocate(tree->count, sizeof *index->scopes);
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->scopes[i].type != NONE)
            index->first[tree->scopes[i].type + 2]++;
    for (uint32_t i = 2; i < id_count + 2; i++)
        index->first[i] += index->first[i - 1];
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->scopes[i].type != NONE)
            index->scopes[index->first[tree->scopes[i].type + 1]++] = i;
}

/* Scopes that are no resources have types for rules all the same. */
static const struct {
    ScopeLevel level;
    const char *type;
} level_types[] = {{SCOPE_ROOT, RULES_TENANT_TYPE},
                   {SCOPE_MANAGEMENT_GROUP, "microsoft.management/managementgroups"},
                   {SCOPE_SUBSCRIPTION, "microsoft.resources/subscriptions"}};
enum { LEVEL_TYPE_COUNT = sizeof level_types / sizeof *level_types };

/* The type of a term as rule files spell it: a resource type, or a kind of principal. */
static const char *term_type(const Access *access, Term term)
{
    if (!term_is_principal(term)) {
        const Scope *scope = &access->tree.scopes[term];
        for (uint32_t i = 0; i < LEVEL_TYPE_COUNT; i++)
            if (scope->level == level_types[i].level)
                return level_types[i].type;
        return id_text(access->snapshot, scope->type);
    }
    return principal_kind_word(access->snapshot->principals.items[term_index(term)].kind);
}

static bool variable_accepts(const Filling *filling, uint32_t variable, Term term)
{
    const Variable *v = &filling->clause->variables[variable];
    if ((v->kind == VARIABLE_PRINCIPAL) != term_is_principal(term))
        return false;
    if (!v->types.count)
        return true;
    const char *type = term_type(filling->access, term);
    for (uint32_t i = 0; type && i < v->types.count; i++)
        if (text_equal_any_case(type, v->types.items[i]))
            return true;
    return false;
}

/* ---- components ---- */

static uint8_t root_of(const uint8_t *parent, uint8_t variable)
{
    while (parent[variable] != variable)
        variable = parent[variable];
    return variable;
}

static void join_variables(const Clause *clause, uint8_t *parent)
{
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (premise->kind == PREMISE_RELATION && !premise->negated && premise->other != NONE)
            parent[root_of(parent, (uint8_t)premise->variable)] =
                root_of(parent, (uint8_t)premise->other);
    }
}

static void mark_used(bool *used, uint32_t variable)
{
    if (variable != NONE)
        used[variable] = true;
}

/* A technique's variables serve all its clauses; one that this clause never speaks of is no place
   to fill. */
static void find_used_variables(const Clause *clause, bool *used)
{
    mark_used(used, clause->conclusion.variable);
    for (uint32_t i = 0; i < clause->premise_count; i++) {
        const Premise *premise = &clause->premises[i];
        if (premise->kind == PREMISE_CALLER_KIND)
            continue;
        mark_used(used, premise->variable);
        if (premise->kind == PREMISE_RELATION)
            mark_used(used, premise->other);
    }
}

/* Numbers the components; the one of the conclusion's variable is 0. */
static void find_components(ClauseShape *shape, const Clause *clause, Arena *arena)
{
    assert(clause->variable_count <= MOST_VARIABLES); /* the loader refuses more */
    uint8_t parent[MOST_VARIABLES] = {0};
    uint8_t number[MOST_VARIABLES];
    bool used[MOST_VARIABLES] = {false};
    memset(number, UNUSED_VARIABLE, sizeof number);
    for (uint32_t i = 0; i < clause->variable_count; i++)
        parent[i] = (uint8_t)i;
    join_variables(clause, parent);
    find_used_variables(clause, used);
    shape->component_of = arena_allocate(arena, clause->variable_count, 1);
    shape->component_count = 0;
    if (clause->conclusion.variable != NONE)
        number[root_of(parent, (uint8_t)clause->conclusion.variable)] =
            (uint8_t)shape->component_count++;
    for (uint32_t i = 0; i < clause->variable_count; i++) {
        uint8_t root = root_of(parent, (uint8_t)i);
        if (used[i] && number[root] == UNUSED_VARIABLE)
            number[root] = (uint8_t)shape->component_count++;
        shape->component_of[i] = used[i] ? number[root] : UNUSED_VARIABLE;
    }
    shape->first_instance =
        arena_allocate(arena, shape->component_count + 1, sizeof *shape->first_instance);
}

/* ---- facts ---- */

static void fact_add(Filling *filling, uint32_t premise, Term subject, uint32_t record,
                     const char *value)
{
    if (filling->fact_count < MOST_FACTS)
        filling->facts[filling->fact_count++] = (Fact){record, premise, subject, value};
}

typedef enum Holding { HOLDS_NOT, HOLDS_ASSUMED, HOLDS_CERTAIN } Holding;

static Holding of_missing(MissingValue missing)
{
    switch (missing) {
    case MISSING_HOLDS:
        return HOLDS_CERTAIN;
    case MISSING_FAILS:
        return HOLDS_NOT;
    case MISSING_ASSUMED:
        break;
    }
    return HOLDS_ASSUMED;
}

static bool value_listed(const Premise *premise, const char *value)
{
    for (uint32_t i = 0; i < premise->values.count; i++)
        if (property_value_equal(value, premise->values.items[i]))
            return true;
    return false;
}

/* The values of a resource's property, as principal_values gives those of a principal. */
static PropertyState resource_values(const Filling *filling, Term scope, const char *name,
                                     PropertyValues *values)
{
    const Snapshot *snapshot = filling->access->snapshot;
    uint32_t index = filling->access->tree.scopes[scope].resource;
    const Resource *resource = index == NONE ? NULL : &snapshot->resources.items[index];
    uint32_t wanted = field_name_find(snapshot->fields, name);
    values->values.count = 0;
    if (!resource || !resource->detailed)
        return PROPERTY_NOT_EXPORTED;
    for (uint32_t i = 0; wanted != NONE && i < resource->property_count; i++) {
        const Property *property = &snapshot->properties.items[resource->first_property + i];
        PropertyValue value = {text_text(snapshot, property->value), property->record};
        if (property->name == wanted)
            ARRAY_PUSH(&values->values, value);
    }
    return values->values.count ? PROPERTY_KNOWN : PROPERTY_MISSING;
}

/* The record that describes a term, or NONE. */
static uint32_t record_of(const Filling *filling, Term term)
{
    const Snapshot *snapshot = filling->access->snapshot;
    if (term_is_principal(term))
        return snapshot->principals.items[term_index(term)].record;
    uint32_t index = filling->access->tree.scopes[term].resource;
    return index == NONE ? NONE : snapshot->resources.items[index].record;
}

/* Which value shows that the premise holds, or does not: the first that is listed; of `only` the
   first that is not.  Without such a one any value does. */
static Holding values_hold(const Premise *premise, const PropertyValues *values, uint32_t *shown)
{
    bool found = false;
    *shown = 0;
    for (uint32_t i = 0; !found && i < values->values.count; i++) {
        bool listed = !premise->values.count || value_listed(premise, values->values.items[i].text);
        found = listed != premise->only;
        if (found)
            *shown = i;
    }
    bool holds = found != premise->only;
    return holds != premise->negated ? HOLDS_CERTAIN : HOLDS_NOT;
}

/* Does the property premise hold for the resource or principal?  Of several values any counts. */
static Holding property_holds(Filling *filling, const Premise *premise, Term term, uint32_t *record,
                              const char **value)
{
    PropertyState state = term_is_principal(term)
                              ? principal_values(&filling->relations->directory, term_index(term),
                                                 premise->property, &filling->values)
                              : resource_values(filling, term, premise->property, &filling->values);
    *record = record_of(filling, term);
    *value = NULL;
    if (state == PROPERTY_NOT_EXPORTED)
        return of_missing(premise->not_exported);
    if (state == PROPERTY_MISSING)
        return of_missing(premise->missing);
    uint32_t shown;
    Holding holding = values_hold(premise, &filling->values, &shown);
    *value = filling->values.values.items[shown].text;
    *record = filling->values.values.items[shown].record;
    return holding;
}

/* Of a near way one property may be another than it should; false when that is too many. */
static bool tolerates(Filling *filling, const Premise *premise, uint32_t record, const char *value)
{
    if (!filling->visit || filling->near.failed)
        return false;
    filling->near.failed = premise;
    filling->near.failed_record = record;
    filling->near.failed_value = value;
    return true;
}

/* Adds the fact and lowers the certainty; false when the premise does not hold. */
static bool take_property(Filling *filling, const Premise *premise, uint32_t number)
{
    uint32_t record;
    const char *value;
    Term scope = filling->terms[premise->variable];
    if (scope == NONE)
        return false;
    Holding holding = property_holds(filling, premise, scope, &record, &value);
    if (holding == HOLDS_NOT)
        return tolerates(filling, premise, record, value);
    if (holding == HOLDS_ASSUMED)
        filling->certainty = ASSUMED;
    fact_add(filling, number, scope, record, value);
    return true;
}

/* Voids end the filling when the snapshot shows them; weakens only make it assumed. */
static bool survives(Filling *filling)
{
    const Clause *clause = filling->clause;
    for (uint32_t i = 0; i < clause->void_count + clause->weaken_count; i++) {
        bool is_void = i < clause->void_count;
        const Premise *premise =
            is_void ? &clause->voids[i] : &clause->weakens[i - clause->void_count];
        if (premise->kind != PREMISE_PROPERTY ||
            filling->table->shapes[filling->clause_index].component_of[premise->variable] !=
                filling->component)
            continue;
        uint32_t record;
        const char *value;
        Term scope = filling->terms[premise->variable];
        if (scope == NONE)
            continue;
        Holding holding = property_holds(filling, premise, scope, &record, &value);
        if (is_void && holding == HOLDS_CERTAIN) {
            if (!tolerates(filling, premise, record, value))
                return false;
            filling->near.failed_is_void = true;
            continue;
        }
        if (holding == HOLDS_NOT)
            continue;
        filling->certainty = ASSUMED;
        fact_add(filling, clause->premise_count + i, scope, record, value);
    }
    return true;
}

static bool relation_exists(const Filling *filling, const Premise *premise)
{
    const RelationTable *table = &filling->relations->tables[premise->relation];
    Term from = filling->terms[premise->variable];
    Term to = premise->other == NONE ? NONE : filling->terms[premise->other];
    uint32_t first;
    uint32_t count;
    if (from == NONE || to == NONE)
        return (from != NONE && relations_from(table, from, &first) > 0) ||
               (to != NONE && relations_to(table, to, &first) > 0);
    count = relations_from(table, from, &first);
    for (uint32_t i = first; i < first + count; i++)
        if (table->rows[i].to == to)
            return true;
    return false;
}

/* ---- filling ---- */

static void tell_near(Filling *filling)
{
    filling->near.terms = filling->terms;
    filling->near.certainty = filling->certainty;
    filling->visit(filling->context, &filling->near);
}

static void keep_instance(Filling *filling)
{
    const Clause *clause = filling->clause;
    InstanceTable *table = filling->table;
    bool leans_on_others =
        clause->conclusion.kind == CONCLUDES_ACTS_AS && clause->conclusion.acts_as_kind >= 2;
    if (clause->assumes || leans_on_others)
        filling->certainty = ASSUMED;
    if (filling->visit) {
        tell_near(filling);
        return;
    }
    Instance instance = {.clause = filling->clause_index,
                         .first_term = table->terms.count,
                         .first_fact = table->facts.count,
                         .fact_count = (uint16_t)filling->fact_count,
                         .component = filling->component,
                         .certainty = (uint8_t)filling->certainty};
    for (uint32_t i = 0; i < clause->variable_count; i++)
        ARRAY_PUSH(&table->terms, filling->terms[i]);
    for (uint32_t i = 0; i < filling->fact_count; i++)
        ARRAY_PUSH(&table->facts, filling->facts[i]);
    ARRAY_PUSH(&table->instances, instance);
}

static bool in_component(const Filling *filling, uint32_t variable)
{
    return filling->table->shapes[filling->clause_index].component_of[variable] ==
           filling->component;
}

/* All relations are bound: the properties and the negated relations decide. */
static void check_properties(Filling *filling)
{
    uint32_t facts_before = filling->fact_count;
    Certainty certainty_before = filling->certainty;
    bool holds = true;
    filling->near = (NearInstance){0};
    for (uint32_t i = 0; holds && i < filling->clause->premise_count; i++) {
        const Premise *premise = &filling->clause->premises[i];
        if (premise->kind == PREMISE_PROPERTY && in_component(filling, premise->variable))
            holds = take_property(filling, premise, i);
        else if (premise->kind == PREMISE_RELATION && premise->negated &&
                 in_component(filling, premise->variable))
            holds = !relation_exists(filling, premise);
    }
    if (holds && survives(filling))
        keep_instance(filling);
    filling->fact_count = facts_before;
    filling->certainty = certainty_before;
}

static void fill_relations(Filling *filling, uint64_t done);

static void follow_row(Filling *filling, uint32_t number, const RelationRow *row, uint64_t done)
{
    const Premise *premise = &filling->clause->premises[number];
    Term from_before = filling->terms[premise->variable];
    Term to_before = filling->terms[premise->other];
    if ((from_before != NONE && from_before != row->from) ||
        (to_before != NONE && to_before != row->to) ||
        !variable_accepts(filling, premise->variable, row->from) ||
        !variable_accepts(filling, premise->other, row->to))
        return;
    uint32_t facts_before = filling->fact_count;
    Certainty certainty_before = filling->certainty;
    filling->terms[premise->variable] = row->from;
    filling->terms[premise->other] = row->to;
    filling->certainty = certainty_worse(filling->certainty, (Certainty)row->certainty);
    fact_add(filling, number, row->from, row->record, NULL);
    fill_relations(filling, done | UINT64_C(1) << number);
    filling->terms[premise->variable] = from_before;
    filling->terms[premise->other] = to_before;
    filling->fact_count = facts_before;
    filling->certainty = certainty_before;
}

static void follow_rows(Filling *filling, uint32_t number, uint64_t done)
{
    const Premise *premise = &filling->clause->premises[number];
    const RelationTable *table = &filling->relations->tables[premise->relation];
    uint32_t first;
    if (filling->terms[premise->variable] != NONE) {
        uint32_t count = relations_from(table, filling->terms[premise->variable], &first);
        for (uint32_t i = first; i < first + count; i++)
            follow_row(filling, number, &table->rows[i], done);
        return;
    }
    uint32_t count = relations_to(table, filling->terms[premise->other], &first);
    for (uint32_t i = first; i < first + count; i++)
        follow_row(filling, number, &table->rows[table->by_to[i]], done);
}

/* Follows a relation with a bound end until none is left. */
static void fill_relations(Filling *filling, uint64_t done)
{
    for (uint32_t i = 0; i < filling->clause->premise_count; i++) {
        const Premise *premise = &filling->clause->premises[i];
        if (premise->kind != PREMISE_RELATION || premise->negated || (done >> i & 1) ||
            !in_component(filling, premise->variable))
            continue;
        if (filling->terms[premise->variable] != NONE || filling->terms[premise->other] != NONE) {
            follow_rows(filling, i, done);
            return;
        }
    }
    check_properties(filling);
}

/* The type stands for a level of scopes: fills from all of that level. */
static bool fill_from_level(Filling *filling, uint32_t variable, const char *type)
{
    const ScopeTree *tree = &filling->access->tree;
    for (uint32_t i = 0; i < LEVEL_TYPE_COUNT; i++) {
        if (!text_equal_any_case(type, level_types[i].type))
            continue;
        uint32_t end = level_types[i].level == SCOPE_ROOT ? 1 : tree->count;
        for (uint32_t scope = 0; scope < end; scope++) {
            if (tree->scopes[scope].level != level_types[i].level)
                continue;
            filling->terms[variable] = scope;
            fill_relations(filling, 0);
        }
        return true;
    }
    return false;
}

/* Fills from every scope of the variable's types. */
static void fill_from_types(Filling *filling, uint32_t variable)
{
    const Variable *v = &filling->clause->variables[variable];
    for (uint32_t t = 0; t < v->types.count; t++) {
        if (fill_from_level(filling, variable, v->types.items[t]))
            continue;
        Id type = snapshot_find_id(filling->access->snapshot, v->types.items[t]);
        if (type == NONE)
            continue;
        const TypeIndex *types = filling->types;
        for (uint32_t i = types->first[type]; i < types->first[type + 1]; i++) {
            filling->terms[variable] = types->scopes[i];
            fill_relations(filling, 0);
        }
    }
    filling->terms[variable] = NONE;
}

/* A component without a typed resource: from the rows of its first relation, or every principal. */
static void fill_from_anything(Filling *filling, uint32_t variable)
{
    for (uint32_t i = 0; i < filling->clause->premise_count; i++) {
        const Premise *premise = &filling->clause->premises[i];
        if (premise->kind != PREMISE_RELATION || premise->negated ||
            !in_component(filling, premise->variable))
            continue;
        const RelationTable *table = &filling->relations->tables[premise->relation];
        for (uint32_t r = 0; r < table->count; r++)
            follow_row(filling, i, &table->rows[r], 0);
        return;
    }
    bool principals = filling->clause->variables[variable].kind == VARIABLE_PRINCIPAL;
    bool any_scope = filling->clause->variables[variable].kind == VARIABLE_SCOPE;
    uint32_t count =
        principals ? filling->access->snapshot->principals.count : filling->access->tree.count;
    for (uint32_t i = 0; i < count; i++) {
        if (any_scope && i && !filling->has_grant[i])
            continue; /* rights begin where roles are assigned, and what is below follows */
        filling->terms[variable] = principals ? i | TERM_PRINCIPAL : i;
        if (variable_accepts(filling, variable, filling->terms[variable]))
            fill_relations(filling, 0);
    }
    filling->terms[variable] = NONE;
}

static void fill_component(Filling *filling)
{
    memset(filling->terms, 0xff, sizeof filling->terms);
    filling->fact_count = 0;
    filling->certainty = CERTAIN;
    uint32_t any = NONE;
    for (uint32_t i = 0; i < filling->clause->variable_count; i++) {
        if (!in_component(filling, i))
            continue;
        if (filling->clause->variables[i].kind != VARIABLE_PRINCIPAL &&
            filling->clause->variables[i].types.count) {
            fill_from_types(filling, i);
            return;
        }
        any = any == NONE ? i : any;
    }
    if (any != NONE)
        fill_from_anything(filling, any);
}

static void find_clause(InstanceTable *table, Filling *filling, uint32_t index)
{
    ClauseShape *shape = &table->shapes[index];
    filling->clause = &filling->rules->clauses.items[index];
    filling->clause_index = index;
    find_components(shape, filling->clause, &table->arena);
    for (uint32_t c = 0; c < shape->component_count; c++) {
        shape->first_instance[c] = table->instances.count;
        filling->component = (uint8_t)c;
        if (!clause_gives_at_grants(filling->clause))
            fill_component(filling);
    }
    shape->first_instance[shape->component_count] = table->instances.count;
}

void instances_find(InstanceTable *table, const Access *access, const Rules *rules,
                    const Relations *relations)
{
    *table = (InstanceTable){0};
    TypeIndex types = {0};
    index_types(&types, access);
    table->clause_count = rules->clauses.count;
    table->shapes = arena_allocate(&table->arena, rules->clauses.count, sizeof *table->shapes);
    bool *has_grant = memory_allocate(access->tree.count, sizeof *has_grant);
    for (uint32_t g = 0; g < access->grants.count; g++)
        has_grant[access->grants.items[g].scope] = true;
    Filling filling = {.table = table,
                       .access = access,
                       .rules = rules,
                       .relations = relations,
                       .types = &types,
                       .has_grant = has_grant};
    for (uint32_t i = 0; i < rules->clauses.count; i++)
        find_clause(table, &filling, i);
    ARRAY_FREE(&filling.values.values);
    free(types.first);
    free(types.scopes);
    free(has_grant);
}

void instances_free(InstanceTable *table)
{
    ARRAY_FREE(&table->instances);
    ARRAY_FREE(&table->terms);
    ARRAY_FREE(&table->facts);
    arena_free(&table->arena);
}

void instances_near(const InstanceTable *table, const Access *access, const Rules *rules,
                    const Relations *relations, uint32_t clause, Term conclusion,
                    void (*visit)(void *context, const NearInstance *way), void *context)
{
    InstanceTable shapes = *table; /* nothing is added to it */
    Filling filling = {.table = &shapes,
                       .access = access,
                       .rules = rules,
                       .relations = relations,
                       .clause = &rules->clauses.items[clause],
                       .clause_index = clause,
                       .certainty = CERTAIN,
                       .visit = visit,
                       .context = context};
    uint32_t variable = filling.clause->conclusion.variable;
    memset(filling.terms, 0xff, sizeof filling.terms);
    if (!variable_accepts(&filling, variable, conclusion))
        return;
    filling.terms[variable] = conclusion;
    fill_relations(&filling, 0);
    ARRAY_FREE(&filling.values.values);
}
