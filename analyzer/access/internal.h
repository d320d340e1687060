#ifndef ACCESS_INTERNAL_H
#define ACCESS_INTERNAL_H

#include "access/access.h"

/*
 * What the files of access/ share with each other.  The parts of access_build come in this order:
 * roles, groups, grants, obstacles; each needs the ones before it.
 */

/* ---- sets of atoms ---- */

AtomSet atom_set_new(Access *access);

static inline void atom_set_add(AtomSet set, uint32_t atom)
{
    set[atom / 64] |= UINT64_C(1) << (atom % 64);
}

/* ---- one action that is asked about, whether or not it is an atom ---- */

typedef struct Ask {
    const char *action;
    Plane plane;
    const ConditionContext *context; /* what is known of the request */
} Ask;

/* Do the patterns of the block match, its condition not applied? */
bool block_covers(const PermissionBlock *block, const Ask *ask, PatternReading reading);

/* NULL: true.  Broken: unknown. */
Tri condition_holds(const ParsedCondition *condition, const ConditionContext *context);

/* Does the role under the assignment's condition give the action? */
Tri role_gives(const Access *access, uint32_t role, const ParsedCondition *assignment_condition,
               const Ask *ask);

/* ---- building ---- */

void roles_build(Access *access, const AccessOptions *options);
void groups_build(Access *access);
void grants_build(Access *access);
void obstacles_build(Access *access);

uint32_t role_of_guid_id(Access *access, Id guid); /* Access.roles or NONE; remembers */

/* The set of atoms that a block covers, its condition not applied. */
typedef struct PatternSets PatternSets;
PatternSets *pattern_sets_new(Access *access);
void pattern_sets_free(PatternSets *sets);
AtomSet block_atoms(PatternSets *sets, const PermissionBlock *block);

/* Parses once per text; NULL for no condition. */
const ParsedCondition *condition_of_text(Access *access, Text text);
const ParsedCondition *condition_of_block(Access *access, const char *text);
const ParsedCondition *assignment_condition(const Access *access, const RoleAssignment *assignment);

/* ---- what a scope tells about a request ---- */

enum { SCOPE_ATTRIBUTES = 4 };
typedef struct ScopeAttributes {
    AttributeBinding bindings[SCOPE_ATTRIBUTES];
    const char *values[SCOPE_ATTRIBUTES];
    uint32_t count;
} ScopeAttributes;

/* Names of the storage account, container and queue that the id lies in, and what the export says
   of the account.  Copies of the names go to `arena`. */
void scope_attributes(const Access *access, const char *id, Arena *arena,
                      ScopeAttributes *attributes);
bool scope_tells(AttributeSource source, const char *name);

/* ---- conditions that scopes decide ---- */

/* The rights of the limit that hold at the scope: the nearest ones at or above it. */
uint32_t limit_rights_at(const Access *access, const Limit *limit, uint32_t scope);

/* Does a limit of the class keep the atom from being used at the scope? */
bool limits_stop(const Access *access, const ObstacleClass *class, uint32_t atom, uint32_t scope);

/* Do names or properties of this scope decide conditions? */
bool scope_decides(const Access *access, uint32_t scope);

/* ---- obstacles ---- */

/* Like access_unobstructed for an action that need not be an atom; `with_locks` false asks only the
   deny assignments. */
Tri unobstructed(const Access *access, uint32_t obstacle_class, const Ask *ask,
                 const ScopeTarget *target, bool with_locks, uint32_t *obstacle);

void obstacle_classes_build(Access *access); /* the end of obstacles_build */

/* The first obstacle whose scope is `scope` or behind; obstacles.count when there is none. */
uint32_t first_obstacle_from(const Access *access, uint32_t scope);

/* Does the deny assignment cover the action (at a scope it applies to)? */
Tri deny_covers(const Access *access, const Obstacle *obstacle, const Ask *ask);

/* Does the obstacle, a deny assignment or a lock, stop the action (at a scope it applies to)? */
Tri stops_ask(const Access *access, const Obstacle *obstacle, const Ask *ask);

/* Does the lock stop the action?  Control plane only. */
bool lock_stops(const Lock *lock, const char *action, Plane plane);

/* ---- walking the grants of a principal and of its groups ---- */

typedef struct HeldGrant {
    const Grant *grant;
    uint32_t through; /* group, or NONE */
} HeldGrant;

/* Grant number `position` of the principal (its own first, then group by group); false past the
   last.  Eligible grants of a principal that cannot activate are left out by the caller. */
typedef struct HeldWalk {
    const Access *access;
    uint32_t principal;
    uint32_t group; /* position in its groups; NONE: its own */
    uint32_t next;
    uint32_t end;
} HeldWalk;
HeldWalk held_walk(const Access *access, uint32_t principal);
bool held_next(HeldWalk *walk, HeldGrant *held);

/* ---- giving roles ---- */

/* An assignment that somebody writes or deletes, as far as it is known; NULL: not known. */
typedef struct GivenRole {
    const char *role; /* GUID */
    const char *to;   /* object id */
    const char *to_type;
    bool deleting;
} GivenRole;

enum { GIVEN_ATTRIBUTES = 3 };
typedef struct GivenAttributes {
    AttributeBinding bindings[GIVEN_ATTRIBUTES];
    const char *values[GIVEN_ATTRIBUTES];
    uint32_t count;
} GivenAttributes;
void given_attributes(const GivenRole *given, GivenAttributes *attributes);

/* "User", "Group", "ServicePrincipal"; NULL when the kind is not known. */
const char *principal_type(PrincipalKind kind);

/* An object id that nobody has and no condition names. */
extern const char UNNAMED_PRINCIPAL[];

#define ROLE_ASSIGNMENTS        "Microsoft.Authorization/roleAssignments"
#define ROLE_ASSIGNMENTS_WRITE  ROLE_ASSIGNMENTS "/write"
#define ROLE_ASSIGNMENTS_DELETE ROLE_ASSIGNMENTS "/delete"
#define ROLE_ASSIGNMENT_ROLE    ROLE_ASSIGNMENTS ":RoleDefinitionId"
#define ROLE_ASSIGNMENT_TO      ROLE_ASSIGNMENTS ":PrincipalId"
#define ROLE_ASSIGNMENT_TO_TYPE ROLE_ASSIGNMENTS ":PrincipalType"
#define ROLE_DEFINITIONS_WRITE  "Microsoft.Authorization/roleDefinitions/write"
#define DENIES_DELETE           "Microsoft.Authorization/denyAssignments/delete"
#define LOCKS_DELETE            "Microsoft.Authorization/locks/delete"

#endif
