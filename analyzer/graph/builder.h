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
 * sources and uses through the scopes between them.  What can be given to a caller that lacks it is
 * kept apart: gifts (gifts.c) have sources and uses of their own.
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
    uint32_t right; /* an atom that others are like is never one: their common right is */
    uint32_t scope;
    uint32_t instance; /* that is concluded from; NONE: `need` wants it */
    uint32_t need;     /* Builder.needs */
    uint32_t lifts;    /* the deny assignment that is deleted: Access.obstacles; else NONE */
} RightUse;

/* Whoever is of the class `recipients` and gives itself everything at some scope has the obstacles
   of the class `freed` from then on. */
typedef struct SpreadClass {
    uint32_t freed;
    uint32_t recipients;
} SpreadClass;

typedef ARRAY(SpreadClass) SpreadClassList;

/* A node whose grants count as the attacker's: a principal, or a group for its members. */
typedef struct Holder {
    uint32_t node;
    uint32_t principal; /* whose grants */
    uint32_t class_index;
    bool is_user; /* may activate eligible assignments */
} Holder;

/* A caller's premise at one place that the caller may come to meet by being given something:
   rights, an Entra role, or membership of a group.  The same for all callers of a class and kind.
 */
typedef struct Need {
    const Premise *premise; /* NULL: any permission that nothing is in the way of; of several that
                               ask for the same rights, one */
    uint32_t place; /* scope of a permission or vault; principal of an Entra role, or NONE */
    uint32_t class_index;
    bool is_user;
    bool is_everything; /* who gives everything there gives it, nobody else does, nothing is in the
                           way: `node` is that of the need without a premise */
    uint32_t node;      /* NODE_NEED; NONE: nobody can give it, or (is_everything) not asked yet */
} Need;

/* How much is known of what gives while the graph grows. */
typedef enum NeedsKnown {
    NEEDS_NOTHING, /* needs are only noted */
    NEEDS_LIMITED, /* all that gives something, but not yet all that gives everything */
    NEEDS_ALL
} NeedsKnown;

/* The rights that meet a permission premise, ascending.  Equal lists are one: they live at one
   place, as long as the builder does. */
typedef struct AskedRights {
    const uint32_t *rights; /* PrivilegeGraph.rights */
    uint32_t count;
} AskedRights;

/* A grant that a member of a controlled group has. */
typedef struct GroupGrant {
    uint32_t scope;
    uint32_t group; /* the controlled one; the grant may be of a group that it is in */
    uint32_t grant;
} GroupGrant;

/* A custom role of the snapshot. */
typedef struct RewritableRole {
    uint32_t role;    /* Access.roles */
    uint32_t *scopes; /* its assignable scopes */
    uint32_t scope_count;
    bool *exact;    /* per scope: it is in the tree */
    bool all_exact; /* all are */
} RewritableRole;

typedef struct Builder {
    PrivilegeGraph *graph;
    const Access *access;
    Access *growing_access; /* the same, for access_class_freed */
    const Snapshot *snapshot;
    const Rules *rules;
    const InstanceTable *instances;
    const Relations *relations;
    uint32_t *atom_of_permission; /* per Rules.permissions */
    uint32_t assign_atom;         /* Microsoft.Authorization/roleAssignments/write */
    uint32_t edit_role_atom;      /* Microsoft.Authorization/roleDefinitions/write */
    uint32_t delete_locks_atom;   /* Microsoft.Authorization/locks/delete */
    uint32_t delete_denies_atom;  /* Microsoft.Authorization/denyAssignments/delete */
    ARRAY(Holder) holders;
    ARRAY(uint32_t) lifted;  /* NODE_LIFTED of what somebody may delete for all, see lifting.c */
    ARRAY(uint32_t) classes; /* those that principals have, ascending */
    ARRAY(RightSource) sources;
    ARRAY(RightUse) uses;
    ARRAY(RightUse) need_uses; /* of the right to everything, by needs */
    SpreadClassList spread_classes;
    SpreadClassList freed_askers; /* likewise for callers of clauses that give roles, by what is
                     given to them */
    bool *gives_at;               /* per scope: somebody may give any role exactly there */
    uint32_t *first_policy;       /* per principal: Snapshot.access_policies, by policy_order */
    uint32_t *policy_order;
    uint32_t *first_use; /* per right: its first in `uses`, once sorted */
    uint32_t first_use_count;
    ARRAY(uint32_t)
    grant_clauses;               /* clauses that conclude in giving roles wherever they are held */
    struct Caller *callers;      /* per principal, made when first asked for; see caller.h */
    struct Caller *members[2];   /* likewise what a member of a group is, by whether it is a user */
    uint64_t *conjunction_slots; /* equal premise lists are one node: open addressing */
    uint32_t conjunction_slot_count;
    Interner admitted_keys;       /* see build_giving.c */
    ARRAY(uint8_t *) admitted;    /* by key */
    Interner right_keys;          /* rights that clauses made, as bytes -> `right_of_key` */
    ARRAY(uint32_t) right_of_key; /* PrivilegeGraph.rights */
    Interner need_keys;           /* see needs.c */
    ARRAY(Need) needs;            /* by key */
    NeedsKnown needs_known;
    uint32_t *first_bound; /* per principal; principals.count + 1 entries into bound_givers */
    ARRAY(uint32_t) bound_givers;   /* of each principal those that serve it by name, ascending */
    ARRAY(uint32_t) controlled;     /* groups with a NODE_CONTROL */
    ARRAY(GroupGrant) group_grants; /* what control of them brings; by scope */
    ARRAY(uint32_t)
    beginnings; /* scopes where something may come to be held that is not above, besides those of
                   the caller's own grants: by a gift, a group, below an obstacle; ascending */
    const Premise *edit_premise;      /* asks for the right to write role definitions; or NULL */
    ARRAY(RewritableRole) rewritable; /* custom roles, by role */
    ARRAY(uint32_t) giving_clauses;   /* clauses that conclude in Entra roles or app roles */
    bool *atom_asked;                 /* per atom: some premise asks a caller for it; see gifts.h */
    ARRAY(uint32_t) asked_rights;     /* of those atoms */
    bool *given_apart;                /* per right: gifts tell its atoms apart */
    Interner gift_keys;               /* whom a gift is for and its right -> `gift_rights` */
    ARRAY(uint32_t) gift_rights;      /* PrivilegeGraph.rights */
    Interner gift_places;             /* gift and scope of each source */
    ARRAY(RightSource) gift_sources;
    ARRAY(RightUse) gift_uses; /* by needs; by right and scope once they are led */
    Interner asked_keys;       /* lists of rights -> `asked` */
    ARRAY(AskedRights) asked;
    Interner asked_premises; /* pointers to premises -> `asked_of_premise` */
    ARRAY(AskedRights) asked_of_premise;
    ARRAY(uint32_t) classes_here;   /* see find_classes_at */
    bool *atom_leads;               /* per atom: some use speaks of it */
    ARRAY(uint32_t) leading_rights; /* of atoms, or of several alike, that have uses; ascending */
    uint32_t *next_alike;           /* per atom: the next one like it, or NONE */
    Arena arena;
} Builder;

uint32_t builder_node(Builder *builder, NodeKind kind, uint32_t a, uint32_t b, uint32_t c);
void builder_edge(Builder *builder, Edge edge);

/* An edge that is no step and rests on no record: a scope below, a node that only gathers. */
Edge structure_edge(uint32_t from, uint32_t to, Certainty certainty);

uint32_t builder_conjunction(Builder *builder, const uint32_t *premises, uint32_t count);
uint32_t builder_right(Builder *builder, const uint32_t *atoms, uint32_t count, uint32_t clause);

/* The node that gets the instance's conclusion, or NONE when it leads nowhere. */
uint32_t builder_conclusion(Builder *builder, uint32_t instance);

/* What one caller brings for a clause. */
enum { MOST_BROUGHT = 24, MOST_COMPONENTS = 8 };
typedef struct Brought {
    Certainty certainty; /* NO: something is lacking that nobody can give */
    uint32_t instances[MOST_COMPONENTS];
    uint32_t instance_count;
    uint32_t grants[MOST_BROUGHT];
    uint32_t grant_count;
    uint32_t records[MOST_BROUGHT];
    uint32_t record_count;
    uint32_t nodes[MOST_BROUGHT]; /* that must be reached besides the caller itself */
    uint32_t node_count;
} Brought;

uint32_t builder_bundle(Builder *builder, const Brought *brought);

/* `from` may give any role at the scope, by the right `atom` (NONE: by nothing that can be denied):
   the edge, and the rights that follow from it. */
void give_everything(Builder *builder, Edge edge, uint32_t scope, uint32_t class_index,
                     uint32_t atom);

/* A node that is reached when some principal of the class and kind is in the attacker's set, and,
   with a clause, of a kind that the clause accepts as caller; with ANY_GROUP, in some group. */
uint32_t present_node(Builder *builder, uint32_t class_index, bool is_user, uint32_t clause);

bool is_in_some_group(const Builder *builder, uint32_t principal);

/* Does this principal count as a caller of the clause, by its CALLER_KIND premises? */
bool caller_kind_fits(const Builder *builder, const Clause *clause, uint32_t principal);

/* Uses, sorted by right and scope, of a right: [*first, *first + returned) of Builder.uses.  Of an
   atom that others are like: those of their common right. */
uint32_t uses_of(const Builder *builder, uint32_t right, uint32_t *first);

/* Is it the right of an atom that others are like?  Only who has not all of them holds it. */
bool right_is_partial(const PrivilegeGraph *graph, uint32_t right);

/* By right and scope; those of one right at one scope stay as they are. */
void uses_sort(const Builder *builder, RightUse *uses, uint32_t count);

/* Does the right lead on somewhere within the scope?  Needs the uses sorted. */
bool right_leads_on(const Builder *builder, uint32_t right, uint32_t scope);

/* A source of the right, and, where management groups are assumed to hold subscriptions, assumed
   sources there too.  Nothing is added where the right leads nowhere. */
void builder_source(Builder *builder, RightSource source);

/* Calls `add` with the source and, of a management group, with assumed ones at the subscriptions
   that are assumed to be below it. */
void each_place_of_source(Builder *builder, RightSource source,
                          void (*add)(Builder *builder, RightSource source));

void build_holders(Builder *builder);

/* Is the holder one principal, be it one for whom deny assignments were deleted? */
bool holder_is_caller(const Builder *builder, const Holder *holder);

/* Holders for principals whose deny assignments another one deletes; before the groups of holders
   are joined. */
void build_lifted_holders(Builder *builder);
void build_controlled_members(Builder *builder);
void build_uses(Builder *builder);
void build_grant_sources(Builder *builder);
void build_giving(Builder *builder);
void build_control(Builder *builder);
void build_callers(Builder *builder);
void build_directory_power(Builder *builder);
void build_rights(Builder *builder);

/* Leads the rights of the sources, which it sorts, down the scope tree to their uses. */
void lead_sources(Builder *builder, RightSource *sources, uint32_t count);

/* Leads the rights of clauses that give roles to their conclusions; the sources of these are used
   up. */
void build_giving_rights(Builder *builder);

/* CERTAIN, CONDITIONAL or NO. */
Certainty giver_gives_atom(const Giver *giver, uint32_t atom);

/* Calls `add` with what the giver gives of a right of alike atoms: the right itself where all atoms
   that count are given alike, else (false) atom by atom.  Some atom of the right counts. */
bool give_alike(Builder *builder, const Giver *giver, uint32_t right, const bool *counts,
                void (*add)(Builder *builder, const Giver *giver, uint32_t right,
                            Certainty certainty));

/* Adds the pair when the list lacks it. */
void note_spread_class(SpreadClassList *list, uint32_t freed, uint32_t recipients);

/* Does something unlimited give everything at the scope or above it?  CERTAIN, ASSUMED or NO. */
Certainty everything_can_be_given(const Builder *builder, uint32_t scope);

#endif
