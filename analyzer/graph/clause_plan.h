#ifndef GRAPH_CLAUSE_PLAN_H
#define GRAPH_CLAUSE_PLAN_H

#include "graph/instance.h"

#include <stdbool.h>

/* How a clause becomes edges: decided by what its caller must bring. */
typedef enum ClausePlan {
    PLAN_GIVING,     /* writes role assignments or role definitions: settled from the grants */
    PLAN_RIGHT,      /* one permission at one place, and perhaps capabilities */
    PLAN_CAPABILITY, /* no permission: capabilities alone */
    PLAN_POLICY,     /* a vault's access policy alone */
    PLAN_CALLER      /* anything else: settled caller by caller */
} ClausePlan;

/* Does the clause hold wherever the caller holds its right, rather than on facts of the snapshot?
 */
bool clause_gives_at_grants(const Clause *clause);

/* Does the clause conclude at any scope where its permissions are held?  Then what holds at a scope
   holds below it. */
bool clause_is_about_any_scope(const Clause *clause);

ClausePlan clause_plan(const Clause *clause, const ClauseShape *shape);

/*
 * Does the clause end on the very resource where its permission is held?  Then whoever holds the
 * permission over a range has the capability over that range, and no node is needed unless another
 * clause builds on it.
 */
bool clause_ends_where_held(const Clause *clause, const ClauseShape *shape);

/* The n-th premise of a kind, or NONE. */
uint32_t clause_premise(const Clause *clause, PremiseKind kind, uint32_t n);

/* Does the access policy give one of the words that an ACCESS_POLICY premise asks for?  A compound
   policy (object and application together) gives nothing to the object alone. */
bool policy_gives(const AccessPolicy *policy, const Premise *premise);

#endif
