#include "analysis/analysis.h"
#include "analysis/parts.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define AML "Microsoft.MachineLearningServices/"

/* An attachment: the identity and the resource it is attached to. */
typedef struct Pair {
    uint32_t principal;
    uint32_t scope;
} Pair;

typedef ARRAY(Pair) PairList;

static int by_principal(const void *a, const void *b)
{
    const Pair *x = a;
    const Pair *y = b;
    if (x->principal != y->principal)
        return x->principal < y->principal ? -1 : 1;
    return (x->scope > y->scope) - (x->scope < y->scope);
}

static bool is_aml(const Parts *parts, uint32_t scope)
{
    const char *type = id_text(parts->snapshot, parts->access->tree.scopes[scope].type);
    return type && text_starts_with_any_case(type, AML);
}

/* Rows of a relation from AML resources to principals. */
static void add_pairs(const Parts *parts, RelationName relation, PairList *pairs)
{
    const RelationTable *table = &parts->relations.tables[relation];
    for (uint32_t i = 0; i < table->count; i++) {
        const RelationRow *row = &table->rows[i];
        if (term_is_principal(row->from) || !term_is_principal(row->to) ||
            !is_aml(parts, row->from))
            continue;
        Pair pair = {term_index(row->to), row->from};
        ARRAY_PUSH(pairs, pair);
    }
}

/* Persons whose token code on a compute instance can take: single sign-on of its owner. */
static void add_persons(const Parts *parts, PairList *pairs)
{
    for (uint32_t i = 0; i < parts->instances.instances.count; i++) {
        const Instance *instance = &parts->instances.instances.items[i];
        const Clause *clause = &parts->rules->clauses.items[instance->clause];
        if (clause->conclusion.kind != CONCLUDES_ACTS_AS ||
            clause->conclusion.acts_as_kind != ACTS_USER_TOKEN)
            continue;
        Term person = instance_term(&parts->instances, instance, clause->conclusion.variable);
        for (uint32_t p = 0; p < clause->premise_count; p++) {
            const Premise *premise = &clause->premises[p];
            Term place = premise->kind == PREMISE_CAPABILITY
                             ? instance_term(&parts->instances, instance, premise->variable)
                             : NONE;
            if (place == NONE || term_is_principal(place) || !term_is_principal(person) ||
                !is_aml(parts, place))
                continue;
            Pair pair = {term_index(person), place};
            ARRAY_PUSH(pairs, pair);
        }
    }
}

static StartKind kind_of_principal(PrincipalKind kind)
{
    switch (kind) {
    case PRINCIPAL_SYSTEM_ASSIGNED:
        return START_SYSTEM_ASSIGNED;
    case PRINCIPAL_USER_ASSIGNED:
        return START_USER_ASSIGNED;
    case PRINCIPAL_USER:
        return START_USER;
    case PRINCIPAL_UNKNOWN:
    case PRINCIPAL_GROUP:
    case PRINCIPAL_SERVICE_PRINCIPAL:
        break;
    }
    return START_SERVICE_PRINCIPAL;
}

/* The workspace (or, outside one, the resource group) that a place belongs to. */
static uint32_t home_of(const Parts *parts, uint32_t scope)
{
    const ScopeTree *tree = &parts->access->tree;
    for (uint32_t s = scope; s != NONE; s = tree->scopes[s].parent) {
        const char *type = id_text(parts->snapshot, tree->scopes[s].type);
        if (type && (text_equal_any_case(type, AML "workspaces") ||
                     text_equal_any_case(type, AML "registries")))
            return s;
    }
    return scope == NONE ? 0 : tree->scopes[scope].resource_group;
}

static const char *purpose_of_place(const Parts *parts, uint32_t scope)
{
    uint32_t resource = parts->access->tree.scopes[scope].resource;
    if (resource == NONE)
        return NULL;
    const Resource *workload = &parts->snapshot->resources.items[resource];
    for (uint32_t p = 0; p < parts->rules->purposes.count; p++) {
        const Purpose *purpose = &parts->rules->purposes.items[p];
        for (uint32_t i = 0; i < purpose->inferred_from.count; i++) {
            const WorkloadKind *kind = workload_kind(purpose->inferred_from.items[i]);
            if (!kind || !resource_is_type(parts->snapshot, workload, kind->type))
                continue;
            const char *value =
                kind->property ? resource_property(parts->snapshot, workload, kind->property, NULL)
                               : NULL;
            if (!kind->property || (value && property_value_equal(value, kind->value)))
                return purpose->name;
        }
    }
    return NULL;
}

static void add_identity(Parts *parts, Analysis *analysis, const Pair *pairs, uint32_t count)
{
    const Principal *principal = &parts->snapshot->principals.items[pairs[0].principal];
    Start start = {.kind = kind_of_principal(principal->kind),
                   .principal = pairs[0].principal,
                   .resource = principal->kind == PRINCIPAL_USER_ASSIGNED
                                   ? resource_by_id(parts->snapshot, principal->resource_id)
                                   : NONE,
                   .own_count = 1,
                   .home = home_of(parts, pairs[0].scope)};
    start.own = arena_allocate(&analysis->arena, 1, sizeof *start.own);
    start.own[0] = pairs[0].principal;
    start.attached_to = arena_allocate(&analysis->arena, count, sizeof *start.attached_to);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t resource = parts->access->tree.scopes[pairs[i].scope].resource;
        const char *purpose = purpose_of_place(parts, pairs[i].scope);
        if (resource != NONE)
            start.attached_to[start.attached_count++] = resource;
        if (!start.purpose)
            start.purpose = purpose;
        else if (purpose && !strstr(start.purpose, purpose))
            start.purpose = arena_format(&analysis->arena, "%s, %s", start.purpose, purpose);
    }
    ARRAY_PUSH(&analysis->starts, start);
}

static void add_identities(Parts *parts, Analysis *analysis)
{
    PairList pairs = {0};
    add_pairs(parts, RELATION_IDENTITY_OF, &pairs);
    add_pairs(parts, RELATION_RUNS_AS, &pairs);
    add_persons(parts, &pairs);
    if (pairs.count)
        qsort(pairs.items, pairs.count, sizeof *pairs.items, by_principal);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < pairs.count; i++)
        if (!kept || memcmp(&pairs.items[kept - 1], &pairs.items[i], sizeof *pairs.items) != 0)
            pairs.items[kept++] = pairs.items[i];
    for (uint32_t i = 0; i < kept;) {
        uint32_t end = i;
        while (end < kept && pairs.items[end].principal == pairs.items[i].principal)
            end++;
        add_identity(parts, analysis, pairs.items + i, end - i);
        i = end;
    }
    ARRAY_FREE(&pairs);
}

Start start_of_resource(const Parts *parts, Arena *arena, uint32_t resource)
{
    const ScopeTree *tree = &parts->access->tree;
    Id id = parts->snapshot->resources.items[resource].id;
    uint32_t scope = tree->scope_of_id[id];
    const RelationTable *runs_as = &parts->relations.tables[RELATION_RUNS_AS];
    uint32_t first;
    uint32_t count = relations_from(runs_as, scope, &first);
    Start start = {.kind = START_WORKLOAD,
                   .principal = NONE,
                   .resource = resource,
                   .own_count = count,
                   .home = home_of(parts, scope),
                   .purpose = purpose_of_place(parts, scope)};
    start.own = arena_allocate(arena, count, sizeof *start.own);
    for (uint32_t i = 0; i < count; i++)
        start.own[i] = term_index(runs_as->rows[first + i].to);
    const char *type = id_text(parts->snapshot, tree->scopes[scope].type);
    bool deployment = text_equal_any_case(type, AML "workspaces/onlineEndpoints/deployments");
    if (!start.purpose && text_ends_with_any_case(type, "Endpoints/deployments"))
        start.purpose = purpose_of_place(parts, tree->scopes[scope].parent);
    start.places = arena_allocate(arena, 2, sizeof *start.places);
    start.places[start.place_count++] = scope;
    if (deployment) /* starting a deployment is starting its endpoint */
        start.places[start.place_count++] = tree->scopes[scope].parent;
    return start;
}

/* An AML identity keeps its attachments and its purpose; anybody else is a start all the same. */
Start start_of_principal(Parts *parts, Analysis *analysis, uint32_t principal)
{
    uint32_t before = analysis->starts.count;
    Start start = {.principal = NONE};
    add_identities(parts, analysis);
    for (uint32_t i = before; i < analysis->starts.count; i++)
        if (analysis->starts.items[i].principal == principal)
            start = analysis->starts.items[i];
    analysis->starts.count = before;
    return start.principal != NONE ? start : start_of_stranger(parts, analysis, principal);
}

Start start_of_stranger(const Parts *parts, Analysis *analysis, uint32_t principal)
{
    const Principal *found = &parts->snapshot->principals.items[principal];
    Start start = {.kind = kind_of_principal(found->kind),
                   .principal = principal,
                   .resource = resource_by_id(parts->snapshot, found->resource_id),
                   .own_count = 1};
    start.own = arena_allocate(&analysis->arena, 1, sizeof *start.own);
    start.own[0] = principal;
    if (start.resource != NONE)
        start.home = home_of(
            parts,
            parts->access->tree.scope_of_id[parts->snapshot->resources.items[start.resource].id]);
    return start;
}

/* Resources of a workspace that run code. */
static void add_workloads(Parts *parts, Analysis *analysis)
{
    const ScopeTree *tree = &parts->access->tree;
    for (uint32_t s = 0; s < tree->count; s++) {
        uint32_t resource = tree->scopes[s].resource;
        if (resource == NONE || !is_aml(parts, s))
            continue;
        const ResourceKind *kind =
            rules_resource_kind(parts->rules, id_text(parts->snapshot, tree->scopes[s].type));
        if (kind && kind->workload)
            ARRAY_PUSH(&analysis->starts, start_of_resource(parts, &analysis->arena, resource));
    }
}

void starts_find(Parts *parts, Analysis *analysis)
{
    add_identities(parts, analysis);
    add_workloads(parts, analysis);
}
