#ifndef GRAPH_BUILDER_H
#define GRAPH_BUILDER_H

#include "graph/privilege_graph.h"
#include "graph/relations.h"

/*
 * What the parts of the graph's construction share; private to graph/.
 *
 * Order: holders (build_holders.c) say who holds which right where and become `sources`; giving
 * (build_giving.c) adds the sources that come from role assignments an attacker may write; clauses
 * (build_clauses.c) say where a right leads on and become `uses`; trees (build_rights.c) joins
 * sources and uses through the scopes between them.
 */

/* "Who reached `from` holds `right` at `scope` and below." */
typedef struct RightSource {
    uint32_t right;
    uint32_t class_index;
    uint32_t scope;
    uint32_t from;
    uint32_t support;
    uint8_t support_kind;
    uint8_t certainty;
} RightSource;

/* "Who holds `right` at `scope` gets on": by an instance alone, or together with `others`. */
typedef struct RightUse {
    uint32_t right;
    uint32_t scope;
    uint32_t instance; /* NONE: the node is only wanted as a premise */
} RightUse;

/* A node whose grants count as the attacker's: a principal, or a group for its members. */
typedef struct Holder {
    uint32_t node;
    uint32_t principal; /* whose grants */
    uint32_t class_index;
    bool is_user; /* may activate eligible assignments */
} Holder;

typedef struct Builder {
    PrivilegeGraph *graph;
    const Access *access;
    const Snapshot *snapshot;
    const Rules *rules;
    const InstanceTable *instances;
    const Relations *relations;
    uint32_t *atom_of_permission; /* per Rules.permissions */
    uint32_t assign_atom;         /* Microsoft.Authorization/roleAssignments/write */
    uint32_t edit_role_atom;      /* Microsoft.Authorization/roleDefinitions/write */
    ARRAY(Holder) holders;
    ARRAY(RightSource) sources;
    ARRAY(RightUse) uses;
    Interner conjunction_keys; /* premise lists as bytes: equal lists are one node */
    Interner admitted_keys;    /* see build_giving.c */
    ARRAY(uint8_t *) admitted; /* by key */
    uint32_t *leading_atoms;   /* atoms that some use speaks of, ascending */
    uint32_t leading_atom_count;
    Arena arena;
} Builder;

uint32_t builder_node(Builder *builder, NodeKind kind, uint32_t a, uint32_t b, uint32_t c);
void builder_edge(Builder *builder, Edge edge);
uint32_t builder_conjunction(Builder *builder, const uint32_t *premises, uint32_t count);
uint32_t builder_right(Builder *builder, uint32_t atom, uint32_t clause);

/* The node that gets the instance's conclusion, or NONE when it leads nowhere. */
uint32_t builder_conclusion(const Builder *builder, uint32_t instance);

/* Does this principal count as a caller of the clause, by its CALLER_KIND premises? */
bool caller_kind_fits(const Builder *builder, const Clause *clause, uint32_t principal);

/* Uses sorted by right and scope: the first one of a right, or where it would stand. */
uint32_t first_use_of(const Builder *builder, uint32_t right);

/* Does the right lead on somewhere within the scope?  Needs the uses sorted. */
bool right_leads_on(const Builder *builder, uint32_t right, uint32_t scope);

/* A source of the right, and, where management groups are assumed to hold subscriptions, assumed
   sources there too.  Nothing is added where the right leads nowhere. */
void builder_source(Builder *builder, RightSource source);

void build_holders(Builder *builder);
void build_uses(Builder *builder);
void build_grant_sources(Builder *builder);
void build_giving(Builder *builder);
void build_many(Builder *builder);
void build_rights(Builder *builder);

#endif
