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

/*
 * Every principal that can be acted as, then the groups they are in, then the groups those are in:
 * the list grows while it is walked, and a group's node is made once, so cycles end.
 */
void build_holders(Builder *builder)
{
    const Snapshot *snapshot = builder->snapshot;
    PrivilegeGraph *graph = builder->graph;
    const RelationTable *members = &builder->relations->tables[RELATION_MEMBER_OF];
    graph->node_of_principal =
        memory_allocate(snapshot->principals.count, sizeof *graph->node_of_principal);
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        graph->node_of_principal[i] = NONE;
        if (is_group(builder, i) || snapshot->principals.items[i].deleted)
            continue; /* object ids are not used again: nobody is a deleted principal */
        uint32_t node = builder_node(builder, NODE_PRINCIPAL, i, 0, 0);
        graph->node_of_principal[i] = node;
        add_holder(builder, node, i, builder->access->class_of[i],
                   access_can_activate(builder->access, i));
    }
    for (uint32_t h = 0; h < builder->holders.count; h++) {
        Holder holder = builder->holders.items[h];
        uint32_t first;
        uint32_t count = relations_from(members, holder.principal | TERM_PRINCIPAL, &first);
        for (uint32_t i = first; i < first + count; i++)
            join_group(builder, &holder, &members->rows[i]);
    }
}
