#ifndef GRAPH_PRIVILEGE_GRAPH_H
#define GRAPH_PRIVILEGE_GRAPH_H

#include "access/access.h"
#include "graph/instance.h"
#include "graph/relations.h"
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
    NODE_PRINCIPAL,  /* can act as it.                          a: principal */
    NODE_MEMBER,     /* counts as a member of a group.          a: group, b: class, c: is user;
                        or a principal for whom somebody deleted deny assignments: a: principal */
    NODE_RIGHT,      /* holds a right at or above a scope.      a: right, b: scope, c: class */
    NODE_CAPABILITY, /* took a capability on a resource.        a: capability, b: scope */
    NODE_GIVE,       /* may give any role at a scope and below. a: scope, b: class */
    NODE_GIVE_SOME,  /* may give what a condition admits.       a: grant, b: class, c: GIVES_... */
    NODE_ROLE_EDIT,  /* may rewrite a custom role.              a: role */
    NODE_ROLE_HELD,  /* holds that role through an assignment.  a: grant, b: class */
    NODE_FULL,       /* its rewritten role gives everything.    a: grant, b: class */
    NODE_SUPPORT,    /* one caller holds what the clause asks for besides its conclusion's own
                        component. a: clause, b: class, c: is user; 2: any, of the classes whose
                        obstacles are those of b once they give themselves everything */
    NODE_COMPONENT,  /* some instance of a component is met. a: clause, b: component, c: node of
                        the caller, NONE when it asks nothing of one */
    NODE_NEED,       /* a premise can be met by what is given to a caller. a: Builder.needs */
    NODE_HOLDS,      /* this caller meets a premise, by itself or by what it is given.
                        a: principal, b: Builder.needs */
    NODE_PRESENT,    /* a principal of a class and kind is in the set. a: class, b: is user,
                        c: clause whose kinds of callers count, ANY_GROUP: those in some group, or
                        NONE */
    NODE_CONTROL,    /* may add members to a group.                   a: group */
    NODE_GIVE_DIRECTORY, /* may give Entra roles or app roles.       a: clause */
    NODE_DIRECTORY,      /* holds an Entra role or an application permission.
                            a: DirectoryKind, b: index in Rules; NONE: any; c: over a part of the
                            tenant only: an administrative unit, one object */
    NODE_LIFTED,         /* may delete a deny assignment.            a: obstacle */
    NODE_FINDING,        /* something a reviewer should know.        a: technique */
    NODE_ALL             /* every premise is reached.               a: index in `conjunctions` */
} NodeKind;

/* How a NODE_GIVE_SOME comes to give. */
enum {
    GIVES_AS_USER = 1,
    GIVES_BY_REWRITING = 2 /* its role was rewritten: only the assignment's condition is left */
};

/* Stands where a group may stand: any group that a principal is in. */
#define ANY_GROUP (NONE - 1)

/* What a NODE_DIRECTORY is about. */
typedef enum DirectoryKind {
    DIRECTORY_ROLE,            /* Rules.directory_roles, NONE: any */
    DIRECTORY_PERMISSION,      /* Rules.app_roles, NONE: any */
    DIRECTORY_OTHER_ROLE,      /* a role that the tables lack: Id of its GUID */
    DIRECTORY_OTHER_PERMISSION /* likewise an application permission */
} DirectoryKind;

/*
 * What a NODE_RIGHT is about: permissions that are held together at the scope.  The first rights
 * are the atoms, in order; then comes `everything`, the right of whoever can give itself any role;
 * then one for each set of atoms that nothing in the tenant tells apart, named by the first of
 * them; then those of clauses that ask for several permissions at one place, or for more than
 * permissions: who has one of these meets the rest of the clause too; then gifts.
 */
enum { RIGHT_MOST_ATOMS = 6 };
typedef struct Right {
    uint32_t clause;     /* Rules.clauses, or NONE */
    uint32_t atom_count; /* 0: everything */
    uint32_t atoms[RIGHT_MOST_ATOMS];
    uint32_t gift; /* not held but given to who wants it: see graph/gifts.h; 0: held */
} Right;

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
    SUPPORT_BUNDLE,   /* PrivilegeGraph.bundles: what one caller brings, and instances */
    SUPPORT_RECORD    /* Snapshot.records */
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

/* Several premises met by one caller: three runs of PrivilegeGraph.bundle_items, one behind the
   other. */
typedef struct Bundle {
    uint32_t first;
    uint32_t instance_count; /* InstanceTable.instances; the one of the conclusion is the first */
    uint32_t grant_count;    /* Access.grants */
    uint32_t record_count;   /* Snapshot.records: access policies, Entra roles, owners */
} Bundle;

typedef struct Conjunction {
    uint32_t node;          /* of kind NODE_ALL */
    uint32_t first_premise; /* in PrivilegeGraph.premises: node ids */
    uint32_t premise_count;
} Conjunction;

/* A node that stands for rights which no role assignment of the snapshot gives: those that an
   attacker gives to a principal of its own, or that a rewritten role gives. */
typedef struct Giver {
    uint32_t node; /* NODE_GIVE, NODE_GIVE_SOME or NODE_FULL; or a conjunction of one */
    uint32_t scope;
    uint32_t class_index;  /* of who gets the rights, once it has deleted what is in the way */
    uint32_t recipients;   /* the class of who gets them, as it was */
    uint8_t deletes;       /* DELETES_LOCKS, DELETES_DENIES: these rights are among them */
    uint64_t *certain;     /* NULL: every action and data action */
    uint64_t *conditional; /* NULL when certain is */
    bool to_anyone;        /* false: only to the holder of one assignment (NODE_FULL) */
    bool to_users;         /* under a condition: only users get them, or only others */
    uint32_t recipient;    /* under a condition that tells recipients apart: this principal, the
                              members of this group, ANY_GROUP those of any; else NONE */
} Giver;

typedef struct PrivilegeGraph {
    const Access *access;
    const Rules *rules;
    const InstanceTable *instances;
    ARRAY(Right) rights;
    uint32_t everything;     /* in `rights` */
    uint32_t *right_of_atom; /* per atom: the right that stands for it and those like it; itself
                                when none is */
    ARRAY(Node) nodes;
    ARRAY(Edge) edges;    /* by from, then technique order, then to */
    uint32_t *first_edge; /* per node; nodes.count + 1 entries */
    ARRAY(Bundle) bundles;
    ARRAY(uint32_t) bundle_items;
    ARRAY(Conjunction) conjunctions;
    ARRAY(uint32_t) premises;
    ARRAY(Giver) givers;
    uint32_t *first_use;         /* per node; nodes.count + 1 entries into `uses` */
    uint32_t *uses;              /* conjunctions that have the node as premise */
    uint32_t *node_of_principal; /* per principal; NONE for groups */
    uint32_t *class_of;   /* per principal: as in Access, but for the deny assignments that it
                             may delete */
    uint64_t *node_slots; /* open addressing, at most half full: see privilege_graph.c; 0: empty */
    uint32_t node_slot_count;
    uint64_t node_seed;
    Arena arena;
} PrivilegeGraph;

/* The permissions the graph asks about: those that the rules name, and read, write and delete of
   every resource type of the snapshot.  Call it before access_build. */
void privilege_graph_atoms(AtomTable *atoms, const Rules *rules, const Snapshot *snapshot);

/* Adds classes to the access: of who has deleted what was in its way. */
void privilege_graph_build(PrivilegeGraph *graph, Access *access, const Rules *rules,
                           const InstanceTable *instances, const Relations *relations);
void privilege_graph_free(PrivilegeGraph *graph);

/* Gathers the edges by where they come from, otherwise in the order they stand in, and finds
   first_edge.  Capacity becomes count. */
void privilege_graph_gather_edges(PrivilegeGraph *graph);

/* Finds first_use and uses from the conjunctions. */
void privilege_graph_index_uses(PrivilegeGraph *graph);

/* The permission by which the right meets a premise of the clause; NULL: by none, by everything, or
   the clause is NONE and the right stands for several. */
const char *privilege_graph_action(const PrivilegeGraph *graph, uint32_t right, uint32_t clause);

/* The node, or NONE if nothing leads to or from it. */
uint32_t privilege_graph_find(const PrivilegeGraph *graph, NodeKind kind, uint32_t a, uint32_t b,
                              uint32_t c);

#endif
