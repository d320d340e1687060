#include "base/memory.h"
#include "graph/builder.h"

/*
 * A deny assignment that one principal of the attacker's set may delete is gone for all of them
 * (semantics: it falls to who holds denyAssignments/delete at its scope).  Whoever it hinders is a
 * holder a second time, of the class without it:
 *
 *     principal ──┐
 *                 ├─(all)──► the principal, as one of the freer class
 *     lifted ─────┘
 */

enum { MOST_LIFTED_APART = 3 }; /* every choice among so many, of more each one and all together */

bool holder_is_caller(const Builder *builder, const Holder *holder)
{
    return builder->snapshot->principals.items[holder->principal].kind != PRINCIPAL_GROUP;
}

static bool is_liftable(const Access *access, uint32_t obstacle)
{
    const Obstacle *it = &access->obstacles.items[obstacle];
    return !it->is_lock && !access->snapshot->deny_assignments.items[it->index].system_protected;
}

typedef ARRAY(uint32_t) NodeList;

/* The nodes of those that stand in the way of the class and can be deleted. */
static void find_liftable(Builder *builder, uint32_t class_index, NodeList *nodes)
{
    nodes->count = 0;
    const ObstacleClass *class = &builder->access->classes.items[class_index];
    for (uint32_t i = 0; i < class->count; i++)
        if (is_liftable(builder->access, class->obstacles[i]))
            ARRAY_PUSH(nodes, builder_node(builder, NODE_LIFTED, class->obstacles[i], 0, 0));
}

static void note_all_liftable(Builder *builder)
{
    for (uint32_t i = 0; i < builder->access->obstacles.count; i++)
        if (is_liftable(builder->access, i))
            ARRAY_PUSH(&builder->lifted, builder_node(builder, NODE_LIFTED, i, 0, 0));
}

/* The classes stay ascending. */
static void note_class(Builder *builder, uint32_t class_index)
{
    uint32_t at = builder->classes.count;
    for (uint32_t i = 0; i < builder->classes.count; i++)
        if (builder->classes.items[i] == class_index)
            return;
    ARRAY_PUSH(&builder->classes, class_index);
    for (; at && builder->classes.items[at - 1] > class_index; at--)
        builder->classes.items[at] = builder->classes.items[at - 1];
    builder->classes.items[at] = class_index;
}

/* The holder without the obstacles of the chosen nodes: bit n for the n-th. */
static void add_freed(Builder *builder, Holder holder, const NodeList *nodes, uint64_t chosen)
{
    NodeList premises = {0};
    uint32_t freed = holder.class_index;
    ARRAY_PUSH(&premises, holder.node);
    for (uint32_t n = 0; n < nodes->count; n++) {
        if (!(chosen >> (n < 63 ? n : 63) & 1))
            continue;
        freed = access_class_without(builder->growing_access, freed,
                                     builder->graph->nodes.items[nodes->items[n]].a);
        ARRAY_PUSH(&premises, nodes->items[n]);
    }
    uint32_t from = builder_conjunction(builder, premises.items, premises.count);
    Holder free_one = holder;
    free_one.class_index = freed;
    free_one.node = builder_node(builder, NODE_MEMBER, holder.principal, freed, holder.is_user);
    builder_edge(builder, structure_edge(from, free_one.node, CERTAIN));
    ARRAY_PUSH(&builder->holders, free_one);
    note_class(builder, freed);
    ARRAY_FREE(&premises);
}

void build_lifted_holders(Builder *builder)
{
    NodeList nodes = {0};
    uint32_t holder_count = builder->holders.count;
    note_all_liftable(builder);
    for (uint32_t h = 0; h < holder_count && builder->lifted.count; h++) {
        Holder holder = builder->holders.items[h];
        find_liftable(builder, holder.class_index, &nodes);
        uint64_t all = nodes.count < 63 ? (UINT64_C(1) << nodes.count) - 1 : UINT64_MAX;
        if (nodes.count <= MOST_LIFTED_APART) {
            for (uint64_t chosen = 1; nodes.count && chosen <= all; chosen++)
                add_freed(builder, holder, &nodes, chosen);
            continue;
        }
        for (uint32_t n = 0; n < nodes.count && n < 63; n++)
            add_freed(builder, holder, &nodes, UINT64_C(1) << n);
        add_freed(builder, holder, &nodes, all);
    }
    ARRAY_FREE(&nodes);
}
