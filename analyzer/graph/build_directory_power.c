#include "base/text.h"
#include "graph/builder.h"
#include "graph/needs.h"

/*
 * Power in Microsoft Entra, as something reached: the directory roles and application permissions
 * that principals hold, and those that can be given to one.
 */

/* The role or permission as a node: known ones by their place in the tables of Rules.  `part`: held
   over a part of the tenant only. */
static uint32_t directory_node(Builder *builder, bool app, Id guid, bool part)
{
    const char *text = guid == NONE ? NULL : id_text(builder->snapshot, guid);
    if (!text)
        return NONE;
    const DirectoryRole *role = app ? NULL : rules_find_directory_role(builder->rules, text);
    const AppRole *permission = app ? rules_find_app_role(builder->rules, text) : NULL;
    if (role)
        return builder_node(builder, NODE_DIRECTORY, DIRECTORY_ROLE,
                            (uint32_t)(role - builder->rules->directory_roles.items), part);
    if (permission)
        return builder_node(builder, NODE_DIRECTORY, DIRECTORY_PERMISSION,
                            (uint32_t)(permission - builder->rules->app_roles.items), 0);
    return builder_node(builder, NODE_DIRECTORY,
                        app ? DIRECTORY_OTHER_PERMISSION : DIRECTORY_OTHER_ROLE, guid, part);
}

static bool is_over_part(const Builder *builder, const DirectoryRoleAssignment *held)
{
    const char *scope = text_text(builder->snapshot, held->directory_scope);
    return scope && !text_equal(scope, "/");
}

static void hold_directory_power(Builder *builder, uint32_t principal)
{
    const Directory *directory = &builder->relations->directory;
    const Snapshot *snapshot = builder->snapshot;
    uint32_t node = builder->graph->node_of_principal[principal];
    bool is_user = access_can_activate(builder->access, principal);
    for (uint32_t i = directory->first_holding[principal];
         i < directory->first_holding[principal + 1]; i++) {
        const DirectoryHolding *holding = &directory->holdings[i];
        const DirectoryRoleAssignment *held = &snapshot->directory_roles.items[holding->assignment];
        if (holding->certainty == ELIGIBLE && !is_user)
            continue;
        Own own = {(Certainty)holding->certainty,
                   NONE,
                   {held->record, holding->membership_record},
                   1 + (holding->membership_record != NONE)};
        uint32_t to =
            directory_node(builder, false, held->role_template, is_over_part(builder, held));
        if (to != NONE)
            builder_edge(builder, own_edge(builder, node, to, &own));
    }
    for (uint32_t i = directory->first_app_role[principal];
         i < directory->first_app_role[principal + 1]; i++) {
        const AppRoleAssignment *held = &snapshot->app_roles.items[directory->app_roles[i]];
        Own own = {CERTAIN, NONE, {held->record}, 1};
        uint32_t to = directory_node(builder, true, held->app_role, false);
        if (to != NONE)
            builder_edge(builder, own_edge(builder, node, to, &own));
    }
}

/* The role or permission that a conclusion names; NONE when the tables lack it. */
static uint32_t named_power(const Builder *builder, bool app, const char *name)
{
    const Rules *rules = builder->rules;
    const DirectoryRole *role = app ? NULL : rules_find_directory_role(rules, name);
    const AppRole *permission = app ? rules_find_app_role(rules, name) : NULL;
    if (role)
        return (uint32_t)(role - rules->directory_roles.items);
    return permission ? (uint32_t)(permission - rules->app_roles.items) : NONE;
}

/* Whoever may give it gets the power itself, when a principal that it can be given to is there. */
static void reach_power(Builder *builder, uint32_t give, bool app, uint32_t power)
{
    uint32_t kind = app ? DIRECTORY_PERMISSION : DIRECTORY_ROLE;
    for (uint32_t k = 0; k < builder->classes.count; k++)
        for (int is_user = 0; is_user < (app ? 1 : 2); is_user++) {
            uint32_t both[] = {give,
                               present_node(builder, builder->classes.items[k], is_user, NONE)};
            uint32_t from = builder_conjunction(builder, both, 2);
            builder_edge(builder,
                         structure_edge(from, builder_node(builder, NODE_DIRECTORY, kind, power, 0),
                                        CERTAIN));
        }
}

/* What can be given: the listed roles, or any. */
static void reach_given_power(Builder *builder, uint32_t clause)
{
    const Conclusion *conclusion = &builder->rules->clauses.items[clause].conclusion;
    bool app = conclusion->kind == CONCLUDES_GIVES_APP_ROLE;
    uint32_t give = privilege_graph_find(builder->graph, NODE_GIVE_DIRECTORY, clause, 0, 0);
    if (give == NONE)
        return;
    if (!conclusion->roles.count)
        reach_power(builder, give, app, NONE);
    for (uint32_t r = 0; r < conclusion->roles.count; r++) {
        uint32_t power = named_power(builder, app, conclusion->roles.items[r]);
        if (power != NONE)
            reach_power(builder, give, app, power);
    }
}

void build_directory_power(Builder *builder)
{
    for (uint32_t h = 0; h < builder->holders.count; h++)
        if (builder->graph->nodes.items[builder->holders.items[h].node].kind == NODE_PRINCIPAL)
            hold_directory_power(builder, builder->holders.items[h].principal);
    for (uint32_t i = 0; i < builder->giving_clauses.count; i++)
        reach_given_power(builder, builder->giving_clauses.items[i]);
}
