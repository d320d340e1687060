#include "analysis/parts.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/*
 * What a workload needs to do its job: the purposes that its workloads imply, each row laid over
 * the workspace's own resources.
 */

typedef ARRAY(uint32_t) ScopeList;
typedef ARRAY(struct NeededAccess) NeededList;

static void add_related(const Parts *parts, RelationName relation, Term from, ScopeList *scopes)
{
    const RelationTable *table = &parts->relations.tables[relation];
    uint32_t first;
    uint32_t count = relations_from(table, from, &first);
    for (uint32_t i = first; i < first + count; i++)
        ARRAY_PUSH(scopes, table->rows[i].to);
}

/* Storage accounts that the workspace's datastores name. */
static void add_datastore_storage(const Parts *parts, uint32_t workspace, ScopeList *scopes)
{
    const RelationTable *table = &parts->relations.tables[RELATION_DATASTORE_STORAGE];
    uint32_t end = parts->access->tree.scopes[workspace].end;
    for (uint32_t i = 0; i < table->count; i++)
        if (table->rows[i].from > workspace && table->rows[i].from < end)
            ARRAY_PUSH(scopes, table->rows[i].to);
}

static void find_places(const Parts *parts, NeedAt at, uint32_t workspace, uint32_t workload,
                        ScopeList *scopes)
{
    scopes->count = 0;
    switch (at) {
    case NEED_AT_WORKSPACE:
        ARRAY_PUSH(scopes, workspace);
        break;
    case NEED_AT_WORKSPACE_STORAGE:
        add_related(parts, RELATION_STORAGE_OF, workspace, scopes);
        break;
    case NEED_AT_WORKSPACE_VAULT:
        add_related(parts, RELATION_VAULT_OF, workspace, scopes);
        break;
    case NEED_AT_WORKSPACE_REGISTRY:
        add_related(parts, RELATION_REGISTRY_OF, workspace, scopes);
        break;
    case NEED_AT_WORKSPACE_INSIGHTS:
        add_related(parts, RELATION_INSIGHTS_OF, workspace, scopes);
        break;
    case NEED_AT_WORKSPACE_RESOURCE_GROUP:
        ARRAY_PUSH(scopes, parts->access->tree.scopes[workspace].resource_group);
        break;
    case NEED_AT_DATASTORE_STORAGE:
        add_related(parts, RELATION_STORAGE_OF, workspace, scopes);
        add_datastore_storage(parts, workspace, scopes);
        break;
    case NEED_AT_ENDPOINT:
        ARRAY_PUSH(scopes, workload);
        break;
    case NEED_AT_ML_REGISTRY:
    case NEED_AT_DECLARED:
    case NEED_AT_COUNT:
        break;
    }
}

static bool pattern_listed(const TextList *patterns, const char *action, PatternReading reading)
{
    for (uint32_t i = 0; i < patterns->count; i++)
        if (pattern_matches(patterns->items[i], action, reading))
            return true;
    return false;
}

/* The atoms that a row needs, as if they were a role of its own. */
static uint64_t *needed_atoms(const Parts *parts, const NeededRow *row)
{
    const AtomTable *atoms = parts->access->atoms;
    uint64_t *set = memory_allocate(parts->access->set_words, sizeof *set);
    for (uint32_t a = 0; a < atoms->atoms.count; a++) {
        const Atom *atom = &atoms->atoms.items[a];
        const TextList *patterns = atom->plane == PLANE_DATA ? &row->data_actions : &row->actions;
        if (pattern_listed(patterns, atom->action, parts->access->reading))
            set[a / 64] |= UINT64_C(1) << (a % 64);
    }
    return set;
}

void task_scope_prepare(Parts *parts)
{
    const Rules *rules = parts->rules;
    uint32_t count = 0;
    parts->first_task_row = memory_allocate(rules->purposes.count + 1, sizeof(uint32_t));
    for (uint32_t p = 0; p < rules->purposes.count; p++) {
        parts->first_task_row[p] = count;
        count += rules->purposes.items[p].row_count;
    }
    parts->first_task_row[rules->purposes.count] = count;
    parts->task_atoms = memory_allocate(count, sizeof(uint64_t *));
    for (uint32_t p = 0; p < rules->purposes.count; p++)
        for (uint32_t r = 0; r < rules->purposes.items[p].row_count; r++)
            parts->task_atoms[parts->first_task_row[p] + r] =
                needed_atoms(parts, &rules->purposes.items[p].rows[r]);
}

void task_scope_end(Parts *parts)
{
    uint32_t count =
        parts->first_task_row ? parts->first_task_row[parts->rules->purposes.count] : 0;
    for (uint32_t i = 0; i < count; i++)
        free(parts->task_atoms[i]);
    free((void *)parts->task_atoms);
    free(parts->first_task_row);
}

static void add_needed(const Parts *parts, NeededList *list, uint32_t scope, uint32_t capability,
                       const char *why)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].capability == capability &&
            scope_contains(&parts->access->tree, list->items[i].scope, scope) == CERTAIN)
            return;
    struct NeededAccess needed = {scope, capability, why};
    ARRAY_PUSH(list, needed);
}

static bool has_policies(const NeededRow *row)
{
    return row->access_policies.count > 0;
}

/* A row that names access policies needs the secrets (or keys) of the vault in either mode. */
static void add_policy_needs(const Parts *parts, const NeededRow *row, uint32_t scope,
                             NeededList *list)
{
    for (uint32_t i = 0; i < row->access_policies.count; i++) {
        const char *policy = row->access_policies.items[i];
        if (text_equal_any_case(policy, "secrets/get"))
            add_needed(parts, list, scope, CAPABILITY_READ_SECRETS, row->text);
        else if (text_equal_any_case(policy, "secrets/set"))
            add_needed(parts, list, scope, CAPABILITY_WRITE_SECRETS, row->text);
        else if (text_starts_with_any_case(policy, "keys/"))
            add_needed(parts, list, scope, CAPABILITY_USE_KEYS, row->text);
    }
}

static void add_row(const Parts *parts, const NeededRow *row, const uint64_t *atoms,
                    uint32_t workspace, uint32_t workload, NeededList *list)
{
    ScopeList places = {0};
    PieceList pieces = {0};
    Arena scratch = {0};
    find_places(parts, row->at, workspace, workload, &places);
    const uint64_t *none = arena_allocate(&scratch, parts->access->set_words, sizeof *none);
    for (uint32_t i = 0; i < places.count; i++) {
        if (places.items[i] == NONE)
            continue;
        pieces.count = 0;
        rows_of_rights(parts->rows, atoms, none, places.items[i], 0, &pieces);
        for (uint32_t p = 0; p < pieces.count; p++)
            add_needed(parts, list, places.items[i], pieces.items[p].capability, row->text);
        if (has_policies(row))
            add_policy_needs(parts, row, places.items[i], list);
    }
    ARRAY_FREE(&places);
    free(pieces.items);
    arena_free(&scratch);
}

static uint32_t workspace_of(const Parts *parts, uint32_t scope)
{
    const ScopeTree *tree = &parts->access->tree;
    for (; scope != NONE; scope = tree->scopes[scope].parent)
        if (text_equal_any_case(id_text(parts->snapshot, tree->scopes[scope].type),
                                "Microsoft.MachineLearningServices/workspaces"))
            return scope;
    return NONE;
}

static void add_workload(const Parts *parts, const Start *start, uint32_t resource,
                         NeededList *list)
{
    const ScopeTree *tree = &parts->access->tree;
    uint32_t workload = tree->scope_of_id[parts->snapshot->resources.items[resource].id];
    uint32_t workspace = workspace_of(parts, workload);
    for (uint32_t p = 0; workspace != NONE && p < parts->rules->purposes.count; p++) {
        const Purpose *purpose = &parts->rules->purposes.items[p];
        if (!start->purpose || !strstr(start->purpose, purpose->name))
            continue;
        for (uint32_t r = 0; r < purpose->row_count; r++)
            add_row(parts, &purpose->rows[r], parts->task_atoms[parts->first_task_row[p] + r],
                    workspace, workload, list);
    }
}

void task_scope_find(const Parts *parts, Arena *arena, const Start *start, StartResult *result)
{
    NeededList list = {0};
    if (start->kind == START_WORKLOAD)
        add_workload(parts, start, start->resource, &list);
    for (uint32_t i = 0; i < start->attached_count; i++)
        add_workload(parts, start, start->attached_to[i], &list);
    result->needed = arena_allocate(arena, list.count, sizeof *result->needed);
    if (list.count)
        memcpy(result->needed, list.items, list.count * sizeof *result->needed);
    result->needed_count = list.count;
    ARRAY_FREE(&list);
}

bool task_scope_covers(const Parts *parts, const StartResult *result, uint32_t scope,
                       uint32_t capability)
{
    for (uint32_t i = 0; i < result->needed_count; i++)
        if (result->needed[i].capability == capability &&
            scope_contains(&parts->access->tree, result->needed[i].scope, scope) == CERTAIN)
            return true;
    return false;
}
