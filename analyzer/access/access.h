#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "access/certainty.h"
#include "access/condition.h"
#include "access/pattern.h"
#include "access/scope.h"
#include "access/tri.h"
#include "snapshot/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * From records to grants: who holds which permissions where, by role assignments alone, with
 * conditions, deny assignments, groups and time applied.  No escalation here.
 * https://learn.microsoft.com/azure/role-based-access-control/overview
 */

/* ---- atoms: the permissions that matter ---- */

typedef enum Plane { PLANE_CONTROL, PLANE_DATA } Plane;

/* One action string in one plane.  Only the atoms that some rule or capability names are tracked,
   so that a role becomes a set of bits once and text is matched nowhere else. */
typedef struct Atom {
    const char *action; /* first spelling seen */
    Plane plane;
} Atom;

typedef struct AtomTable {
    Interner actions[2]; /* per plane, case ignored */
    ARRAY(Atom) atoms;
    uint32_t *atom_of_action[2];
} AtomTable;

/* Id of the atom, added if new.  All atoms must be known before access_build. */
uint32_t atom_add(AtomTable *table, const char *action, Plane plane);
uint32_t atom_find(const AtomTable *table, const char *action, Plane plane); /* or NONE */
void atom_table_free(AtomTable *table);

typedef uint64_t *AtomSet; /* one bit per atom; Access.set_words words */

static inline bool atom_set_has(const uint64_t *set, uint32_t atom)
{
    return set[atom / 64] >> (atom % 64) & 1;
}

/* ---- roles ---- */

/* A condition as it stands in an assignment, a permission block or a deny assignment. */
typedef struct ParsedCondition {
    const char *text;
    const Condition *condition; /* NULL when broken */
    bool broken;                /* text that does not parse: undecidable, for every action */
    bool uses_scope;            /* compares an attribute that the scope asked about may tell */
    AtomSet targets; /* atoms that some ActionMatches matches; all others it treats alike */
} ParsedCondition;

/* A role definition in force: the exported one, else the built-in one of the same GUID.  Index:
   Access.roles.  The exported ones come first, in their order in the snapshot. */
typedef struct Role {
    const RoleDefinition *definition;
    bool built_in_table;                      /* taken from data/, not from the snapshot */
    AtomSet *block_atoms;                     /* per permission block, its condition not applied */
    const ParsedCondition **block_conditions; /* NULL: unconditioned */
    AtomSet atoms;                            /* union of the blocks without a condition */
    AtomSet conditional_atoms;                /* that only a conditioned block may give */
    bool conditioned;                         /* some block has a condition */
} Role;

/* What an assignment gives once its conditions are decided as far as they can be at its scope. */
typedef struct RightSet {
    AtomSet certain;
    AtomSet conditional;  /* disjoint from certain */
    Tri locks_delete;     /* Microsoft.Authorization/locks/delete, an atom or not */
    Tri role_definitions; /* Microsoft.Authorization/roleDefinitions/write, likewise */
} RightSet;

/* ---- grants ---- */

/*
 * A role under a condition that compares what a scope tells: the name of a container, say.  What
 * is open where the assignment stands is decided below, place by place.
 */
typedef struct LocalRights {
    uint32_t scope;
    uint32_t rights; /* Access.right_sets: there and below, up to the next one */
    bool gains;      /* something is certain that is open above */
} LocalRights;

typedef struct Limit {
    uint32_t rights;          /* Access.right_sets: where no scope tells anything */
    ARRAY(LocalRights) local; /* by scope; where the rights differ from those above */
    uint32_t role;            /* Access.roles */
    uint32_t assignment;      /* Snapshot.role_assignments: one with the condition */
} Limit;

/* One role assignment that is in force, or can be activated, for its own principal (which may be
   a group).  Sorted by principal, then scope, then assignment. */
typedef struct Grant {
    uint32_t principal;  /* Snapshot.principals */
    uint32_t scope;      /* ScopeTree.scopes */
    uint32_t role;       /* Access.roles */
    uint32_t rights;     /* Access.right_sets: shared by equal role and condition, unless the scope
                            decides the condition */
    uint32_t assignment; /* Snapshot.role_assignments */
    uint32_t limit;      /* Access.limits, or NONE: the rights are the same everywhere below */
    Certainty certainty; /* CERTAIN, or ELIGIBLE */
} Grant;

/* An assignment whose role is neither exported nor built in: unknown, never reach. */
typedef struct UnknownGrant {
    uint32_t principal;
    uint32_t scope;
    uint32_t assignment;
} UnknownGrant;

/* ---- what stands in the way ---- */

/*
 * A deny assignment or a lock.  Principals with the same obstacles form a class; class 0 has none.
 * A lock is no obstacle for who holds locks/delete at it; an audit-only deny is none for anybody.
 * Whoever holds locks/delete less than certainly has the lock's unsure twin instead, which stands
 * right behind it.  A deny whose excluded groups have no exported members is unsure for everybody.
 * By scope, denies before locks, then in the order of the snapshot.
 */
typedef struct Obstacle {
    bool is_lock;
    bool unsure;     /* what it removes is `maybe` only */
    uint32_t record; /* evidence */
    uint32_t index;  /* Snapshot.deny_assignments or .locks */
    uint32_t scope;
    bool here_only; /* doNotApplyToChildScopes */
    AtomSet denied; /* removed for sure */
    AtomSet maybe;  /* removed if an undecidable condition holds: leaves CONDITIONAL */
    const ParsedCondition *condition;         /* of the deny assignment; NULL: unconditioned */
    const ParsedCondition **block_conditions; /* of its permission blocks */
} Obstacle;

typedef struct ObstacleClass {
    uint32_t *obstacles; /* ascending */
    uint32_t count;
    uint32_t limit;     /* Access.limits that holds too, or NONE; see access_class_limited */
    uint32_t unlimited; /* with a limit: the class that was limited, perhaps by another one */
    uint32_t *limited;  /* per limit: this class under it, or NONE; NULL: none was made */
} ObstacleClass;

typedef struct Access {
    const Snapshot *snapshot;
    const AtomTable *atoms;
    uint32_t set_words;
    ScopeTree tree;
    ARRAY(Role) roles;
    ARRAY(RightSet) right_sets;
    ARRAY(Limit) limits;
    ARRAY(Grant) grants;
    uint32_t *first_grant; /* per principal; principals.count + 1 entries */
    ARRAY(UnknownGrant) unknown_grants;
    uint32_t *first_group; /* per principal; principals.count + 1 entries into `groups` */
    uint32_t *groups;      /* every group that contains the principal, transitively, ascending */
    ARRAY(Obstacle) obstacles;
    ARRAY(ObstacleClass) classes;
    uint32_t *class_of;  /* per principal, groups counted */
    Interner class_rows; /* obstacles of a class as bits -> class, through `class_of_row` */
    ARRAY(uint32_t) class_of_row;
    Interner within_keys; /* a scope and the obstacles of a class around it -> `class_of_within` */
    ARRAY(uint32_t) class_of_within;
    int64_t as_of; /* TIME_NONE: time is ignored */
    PatternReading reading;
    Arena arena;
    /* what follows is for access/ alone */
    uint32_t *first_direct;      /* per principal, entries into `direct` */
    uint32_t *direct;            /* Snapshot.relations: its own memberships, ascending */
    uint32_t *role_by_guid;      /* all roles in the order of their GUIDs; exported first */
    uint32_t *role_of_id;        /* Id of a GUID -> role or NONE, NONE - 1 when not looked up yet */
    ParsedCondition **condition; /* by Text; NULL until parsed */
    uint64_t *scope_has_obstacle; /* one bit per scope */
    ARRAY(uint32_t) loose_groups; /* scopes with obstacles whose own place is not known */
    uint32_t id_count;
} Access;

typedef struct AccessOptions {
    int64_t as_of; /* TIME_NONE: the snapshot's own; when that is none either, time is ignored */
    PatternReading reading;
    const RoleDefinition *built_in; /* the built-in table; lives as long as the Access */
    uint32_t built_in_count;
} AccessOptions;

/*
 * Adds to snapshot->ids what scope_tree_build adds; the rest of the snapshot is only read.  The
 * snapshot, the atoms and the built-in table must outlive the Access.
 */
void access_build(Access *access, Snapshot *snapshot, const AtomTable *atoms,
                  const AccessOptions *options);
void access_free(Access *access);

/* The role in force with this GUID, or NONE: neither exported nor built in. */
uint32_t access_find_role(const Access *access, const Guid *guid);

/* Who can activate an eligible assignment: users, and principals whose kind is not exported.
   https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-configure */
bool access_can_activate(const Access *access, uint32_t principal);

/* Can the atom be used at the scope by a principal of this class that was granted it there?
   TRI_TRUE: nothing in the way, TRI_FALSE: denied, TRI_UNKNOWN: a deny with an open condition, or
   at a management group that is only assumed to be above the scope.  `obstacle` (may be NULL) gets
   the one that decides, or NONE. */
Tri access_unobstructed(const Access *access, uint32_t obstacle_class, uint32_t atom,
                        uint32_t scope, uint32_t *obstacle);

/*
 * Permissions that nothing in the tenant tells apart: every role assignment gives both or neither,
 * under the same conditions, and every deny assignment and lock stops both or neither.  `alike`
 * gets for every atom the first one that is like it.  Time: atoms times distinct sets.
 */
void access_alike_atoms(const Access *access, uint32_t *alike);

/* Is there no deny assignment and no lock, whomever it concerns, at the scope or above it? */
bool access_is_clear(const Access *access, uint32_t scope);

/* What whoever holds every right, or some, at a scope deletes below it before anything else. */
enum { DELETES_LOCKS = 1, DELETES_DENIES = 2 };

/*
 * The class that is left of a class when the locks, or the deny assignments that are not system
 * protected, at and below the scope are deleted; what a deny assignment keeps from being deleted
 * stays.  Adds to access->classes when there is no such class yet.
 * https://learn.microsoft.com/azure/role-based-access-control/deny-assignments
 */
uint32_t access_class_freed(Access *access, uint32_t class_index, uint32_t scope, unsigned deletes);

/* The rights that the grant gives at the scope, which lies within its own. */
const RightSet *access_rights_at(const Access *access, const Grant *grant, uint32_t scope);

/* The local rights below the grant's scope: [*first, *first + returned) of its limit's; of a
   management group only where the tree puts it above. */
uint32_t access_local_rights(const Access *access, const Grant *grant, uint32_t *first);

/*
 * The class for whom, besides its obstacles, the condition of the limit decides: where that is
 * false for an atom of the role, the atom cannot be used.  access_class_limited adds to
 * access->classes; access_limited_class only finds what it added.  limit NONE: the class itself.
 */
uint32_t access_class_limited(Access *access, uint32_t class_index, uint32_t limit);
uint32_t access_limited_class(const Access *access, uint32_t class_index, uint32_t limit);

/* Do the limits of the class decide something about the atom within the scope, or above it? */
bool access_limits_touch(const Access *access, uint32_t class_index, uint32_t atom, uint32_t scope);

/*
 * The class that stands for all that meet the same obstacles at the scope, above it and below it; a
 * limited class for itself.  It remembers which class was asked about first.
 */
uint32_t access_class_within(Access *access, uint32_t class_index, uint32_t scope);

/* The class that is left of an unlimited one without the obstacle; added when there was none. */
uint32_t access_class_without(Access *access, uint32_t class_index, uint32_t obstacle);

/* Membership records from `principal` up to `group`, nearest first, shortest chain then lowest
   index; returns how many were written (at most capacity), 0 when it is no member. */
uint32_t access_membership(const Access *access, uint32_t principal, uint32_t group,
                           uint32_t *relations, uint32_t capacity);

/*
 * Would the conditions of `grant` let its holder write (or, with `deleting`, delete) an assignment
 * of `role` (NONE: one made for this, with a new id) to `recipient` (NONE: some principal of
 * `recipient_kind` that no condition names)? Only conditions are asked, not whether the grant holds
 * roleAssignments/write.
 */
Tri access_admits(const Access *access, const Grant *grant, uint32_t role, uint32_t recipient,
                  PrincipalKind recipient_kind, bool deleting);

/* Likewise to write one when the grant's role was rewritten: the conditions of its permission
   blocks are gone, that of the assignment stays. */
Tri access_admits_rewritten(const Access *access, const Grant *grant, uint32_t role,
                            uint32_t recipient, PrincipalKind recipient_kind);

/* Is the role custom, exported, and may `grants` of this principal (groups counted) write it on all
   its assignable scopes?  CERTAIN, CONDITIONAL, ELIGIBLE, ASSUMED or NO. */
Certainty access_may_edit_role(const Access *access, uint32_t principal, uint32_t role);

/* ---- can ---- */

typedef struct Question {
    const char *who;    /* object id as given; may be one that is in no export */
    uint32_t principal; /* Snapshot.principals, or NONE when `who` is in no export */
    const char *action;
    Plane plane;
    const char *scope;             /* ARM id, need not exist */
    const ConditionContext *known; /* attributes given by the user; may be NULL */
    const char *role;              /* for roleAssignments/write|delete: role GUID, or NULL */
    const char *to;                /* and the recipient's object id, or NULL */
    const char *to_type;           /* "User", "Group", "ServicePrincipal", or NULL: as exported */
} Question;

/* One line of the answer with its evidence. */
typedef struct Reason {
    const char *text; /* "AzureML Data Scientist at rg-ml, through group ml-ops" */
    Certainty certainty;
    const char *missing; /* blocked_by: the kind of record that is missing ("role-definitions", the
                            names of semantics section 9), or NULL: nothing is missing */
    uint32_t records[8]; /* Snapshot.records */
    uint32_t record_count;
} Reason;

typedef struct Decision {
    Certainty answer;
    ARRAY(Reason)
    because; /* grants that give it, best first; for `conditional` the admitted roles */
    ARRAY(Reason) blocked_by; /* denies, failed conditions, missing kinds of records */
    Arena arena;
} Decision;

/*
 * May the principal do the action at the scope by its own grants (and, for key-vault data actions,
 * in the vault's permission model)?  Semantics section 7, "can".
 */
void access_decide(const Access *access, const Question *question, Decision *decision);
void decision_free(Decision *decision);

#endif
