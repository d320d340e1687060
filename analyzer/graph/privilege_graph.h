#ifndef GRAPH_PRIVILEGE_GRAPH_H
#define GRAPH_PRIVILEGE_GRAPH_H

#include "access/access.h"
#include "graph/instance.h"
#include "rules/rules.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Everything that leads on, as one directed graph: "whoever has `from` gets `to`".  It is compact:
 * principals, and only those scopes that have something below them that leads on.  What ends at a
 * resource and leads nowhere is not in it; analysis/rows.h derives that from the holders reached.
 *
 * A conjunction is a node of kind NODE_ALL: it is reached when all its premises are, wherever in
 * the attacker's set they come from.  Premises that belong to one caller were settled while the
 * edges were made (semantics section 5.2).
 */
typedef enum NodeKind {
    NODE_PRINCIPAL,  /* can act as it.                         a: principal */
    NODE_MEMBER,     /* counts as a member of a group.          a: group, b: class, c: is user */
    NODE_RIGHT,      /* holds a permission at or above a scope. a: atom, b: scope, c: class */
    NODE_TARGET,     /* holds all premises of a clause but the last one's place is a range.
                                                                a: clause, b: scope, c: class */
    NODE_CAPABILITY, /* took a capability on a resource.        a: capability, b: scope */
    NODE_GIVE,       /* may give any role at a scope and below. a: scope, b: class */
    NODE_GIVE_SOME,  /* may give what a condition admits.       a: grant, b: class, c: is user */
    NODE_ROLE_EDIT,  /* may rewrite a custom role.              a: role */
    NODE_ROLE_HELD,  /* holds that role through an assignment.  a: grant, b: class */
    NODE_FULL,       /* its rewritten role gives everything.    a: grant, b: class */
    NODE_SUPPORT,    /* holds a clause's premises but the last. a: clause, b: class */
    NODE_PRESENT,    /* some principal of a class and kind is in the set. a: class, b: is user */
    NODE_ALL         /* every premise is reached.               a: index in `conjunctions` */
} NodeKind;

typedef struct Node {
    NodeKind kind;
    uint32_t a, b, c;
} Node;

/* What an edge rests on. */
typedef enum SupportKind {
    SUPPORT_NONE,     /* structure: a scope below, a node that only gathers */
    SUPPORT_GRANT,    /* Access.grants */
    SUPPORT_MEMBER,   /* Snapshot.relations */
    SUPPORT_POLICY,   /* Snapshot.access_policies */
    SUPPORT_PLACE,    /* ScopeTree.assumed: a management group assumed above a subscription */
    SUPPORT_INSTANCE, /* InstanceTable.instances: one technique with its facts */
    SUPPORT_BUNDLE    /* PrivilegeGraph.bundles: several grants of one caller, and an instance */
} SupportKind;

typedef struct Edge {
    uint32_t from;
    uint32_t to;
    uint32_t support;   /* meaning by support_kind; NONE for SUPPORT_NONE */
    uint32_t technique; /* Rules.techniques: following the edge is a step; NONE: no step */
    uint8_t support_kind;
    uint8_t certainty;    /* of the edge alone */
    uint8_t acts_as_kind; /* ActsAsKind when `to` is a principal taken by a technique */
} Edge;

/* Several premises met by one caller. */
typedef struct Bundle {
    uint32_t first_grant; /* in PrivilegeGraph.bundle_grants */
    uint32_t grant_count;
    uint32_t instance; /* InstanceTable.instances, or NONE */
} Bundle;

typedef struct Conjunction {
    uint32_t node;          /* of kind NODE_ALL */
    uint32_t first_premise; /* in PrivilegeGraph.premises: node ids */
    uint32_t premise_count;
} Conjunction;

typedef struct PrivilegeGraph {
    const Access *access;
    const Rules *rules;
    const InstanceTable *instances;
    ARRAY(Node) nodes;
    ARRAY(Edge) edges;    /* by from, then technique order, then to */
    uint32_t *first_edge; /* per node; nodes.count + 1 entries */
    ARRAY(Bundle) bundles;
    ARRAY(uint32_t) bundle_grants;
    ARRAY(Conjunction) conjunctions;
    ARRAY(uint32_t) premises;
    uint32_t *first_use;         /* per node; nodes.count + 1 entries into `uses` */
    uint32_t *uses;              /* conjunctions that have the node as premise */
    uint32_t *node_of_principal; /* per principal */
} PrivilegeGraph;

void privilege_graph_build(PrivilegeGraph *graph, const Access *access, const Rules *rules,
                           const InstanceTable *instances);
void privilege_graph_free(PrivilegeGraph *graph);

/* The node, or NONE if nothing leads to or from it. */
uint32_t privilege_graph_find(const PrivilegeGraph *graph, NodeKind kind, uint32_t a, uint32_t b,
                              uint32_t c);

#endif
