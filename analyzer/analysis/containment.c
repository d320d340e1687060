#include "analysis/parts.h"

const char *containment_name(Containment containment)
{
    static const char *const names[] = {"job",          "workspace",          "resource-group",
                                        "subscription", "multi-subscription", "tenant"};
    return names[containment];
}

const RelationName workspace_resources[WORKSPACE_RESOURCE_COUNT] = {
    RELATION_STORAGE_OF, RELATION_VAULT_OF, RELATION_REGISTRY_OF, RELATION_INSIGHTS_OF};

static bool is_workspace_resource(const Parts *parts, uint32_t workspace, uint32_t scope)
{
    const ScopeTree *tree = &parts->access->tree;
    for (uint32_t i = 0; i < WORKSPACE_RESOURCE_COUNT; i++) {
        const RelationTable *table = &parts->relations.tables[workspace_resources[i]];
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

Containment contain(const Parts *parts, uint32_t home, uint32_t scope)
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
