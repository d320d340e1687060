#include "base/memory.h"
#include "graph/builder.h"

#include <stdlib.h>
#include <string.h>

static bool is_group(const Builder *builder, uint32_t principal)
{
    return builder->snapshot->principals.items[principal].kind == PRINCIPAL_GROUP;
}

static void add_holder(Builder *builder, uint32_t node, uint32_t principal, uint32_t class_index,
                       bool is_user)
{
    Holder holder = {node, principal, class_index, is_user};
    ARRAY_PUSH(&builder->holders, holder);
}

/* Makes the node of one membership row's group and the edge to it. */
static void join_group(Builder *builder, const Holder *member, const RelationRow *row)
{
    uint32_t group = term_index(row->to);
    if (!term_is_principal(row->to) || !is_group(builder, group))
        return;
    uint32_t node_count = builder->graph->nodes.count;
    uint32_t node = builder_node(builder, NODE_MEMBER, group, member->class_index, member->is_user);
    if (node == node_count)
        add_holder(builder, node, group, member->class_index, member->is_user);
    builder_edge(builder, (Edge){.from = member->node,
                                 .to = node,
                                 .support = row->record,
                                 .technique = NONE,
                                 .support_kind = SUPPORT_MEMBER,
                                 .certainty = CERTAIN});
}

/* The groups of the holders from `first` on: the list grows while it is walked, and a group's node
   is made once, so cycles end. */
static void join_groups(Builder *builder, uint32_t first_holder)
{
    const RelationTable *members = &builder->relations->tables[RELATION_MEMBER_OF];
    for (uint32_t h = first_holder; h < builder->holders.count; h++) {
        Holder holder = builder->holders.items[h];
        uint32_t first;
        uint32_t count = relations_from(members, holder.principal | TERM_PRINCIPAL, &first);
        for (uint32_t i = first; i < first + count; i++)
            join_group(builder, &holder, &members->rows[i]);
    }
}

/* The class without the deny assignments that the grants of `of` let their holder delete. */
static uint32_t class_without_own_denies(Builder *builder, uint32_t class_index, uint32_t of)
{
    const Access *access = builder->access;
    for (uint32_t g = access->first_grant[of]; g < access->first_grant[of + 1]; g++) {
        const Grant *grant = &access->grants.items[g];
        if (grant->certainty == CERTAIN &&
            atom_set_has(access->right_sets.items[grant->rights].certain,
                         builder->delete_denies_atom))
            class_index = access_class_freed(builder->growing_access, class_index, grant->scope,
                                             DELETES_DENIES);
    }
    return class_index;
}

static void find_classes(Builder *builder)
{
    const Access *access = builder->access;
    uint32_t count = builder->snapshot->principals.count;
    uint32_t *class_of = memory_allocate(count, sizeof *class_of);
    for (uint32_t i = 0; i < count; i++) {
        class_of[i] = access->class_of[i];
        if (!builder->snapshot->deny_assignments.count)
            continue;
        class_of[i] = class_without_own_denies(builder, class_of[i], i);
        for (uint32_t g = access->first_group[i]; g < access->first_group[i + 1]; g++)
            class_of[i] = class_without_own_denies(builder, class_of[i], access->groups[g]);
    }
    bool *seen = memory_allocate(access->classes.count, sizeof *seen);
    for (uint32_t i = 0; i < count; i++)
        seen[class_of[i]] = true;
    for (uint32_t c = 0; c < access->classes.count; c++)
        if (seen[c])
            ARRAY_PUSH(&builder->classes, c);
    free(seen);
    builder->graph->class_of = class_of;
}

/*
 * Every principal that can be acted as, then the groups they are in, then the groups those are in.
 */
void build_holders(Builder *builder)
{
    const Snapshot *snapshot = builder->snapshot;
    PrivilegeGraph *graph = builder->graph;
    graph->node_of_principal =
        memory_allocate(snapshot->principals.count, sizeof *graph->node_of_principal);
    find_classes(builder);
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        graph->node_of_principal[i] = NONE;
        if (is_group(builder, i) || snapshot->principals.items[i].deleted)
            continue; /* object ids are not used again: nobody is a deleted principal */
        uint32_t node = builder_node(builder, NODE_PRINCIPAL, i, 0, 0);
        graph->node_of_principal[i] = node;
        add_holder(builder, node, i, graph->class_of[i], access_can_activate(builder->access, i));
    }
    build_lifted_holders(builder);
    join_groups(builder, 0);
}

/*
 * Whoever controls a group makes any principal it acts as a member: told per class and kind, for
 * what stands in the way is not the same for all.
 */
void build_controlled_members(Builder *builder)
{
    uint32_t first = builder->holders.count;
    for (uint32_t g = 0; g < builder->snapshot->principals.count; g++) {
        uint32_t control = privilege_graph_find(builder->graph, NODE_CONTROL, g, 0, 0);
        if (control == NONE)
            continue;
        ARRAY_PUSH(&builder->controlled, g);
        for (uint32_t k = 0; k < builder->classes.count; k++)
            for (int is_user = 0; is_user < 2; is_user++) {
                uint32_t c = builder->classes.items[k];
                uint32_t both[] = {control, present_node(builder, c, is_user, NONE)};
                uint32_t from = builder_conjunction(builder, both, 2);
                uint32_t node_count = builder->graph->nodes.count;
                uint32_t member = builder_node(builder, NODE_MEMBER, g, c, (uint32_t)is_user);
                if (member == node_count)
                    add_holder(builder, member, g, c, is_user);
                builder_edge(builder, structure_edge(from, member, CERTAIN));
            }
    }
    join_groups(builder, first);
}
