#ifndef GRAPH_CALLER_H
#define GRAPH_CALLER_H

#include "graph/builder.h"

/* One principal as the caller of a request: all grants that count for it, its groups' included. */
typedef struct Caller {
    uint32_t principal;
    uint32_t node; /* that is reached when it can be acted as */
    uint32_t class_index;
    ARRAY(uint32_t) grants;   /* Access.grants, ascending */
    const uint64_t *anywhere; /* the atoms that some of the grants may give; NULL: not gathered */
} Caller;

/* The caller, made when first asked for.  Copies share its grants. */
const Caller *caller_of(Builder *builder, uint32_t principal);

/* Likewise what membership of a group would add for users, or for others: the grants of the group
   and of the groups it is in.  The caller's principal is the group, its class is 0. */
const Caller *caller_of_member(Builder *builder, uint32_t group, bool is_user);

void callers_free(Builder *builder);

/* The best grant that gives one of the premise's permissions at the scope, deny and locks counted;
   `grant` gets it.  NO when there is none. */
Certainty caller_holds(const Caller *caller, const Builder *builder, const Premise *premise,
                       uint32_t scope, uint32_t *grant);

/* Could any grant, wherever, give one of the premise's permissions? */
bool caller_holds_somewhere(const Caller *caller, const Builder *builder, const Premise *premise);

/* The record of an access policy of the vault that gives one of the premise's words to the caller
   or to a group of it, or NONE. */
uint32_t caller_policy_record(const Caller *caller, const Builder *builder, uint32_t vault,
                              const Premise *premise);

/* Calls `visit` with the vault of every access policy that names the caller or a group of it. */
void caller_policy_vaults(const Caller *caller, const Builder *builder,
                          void (*visit)(void *context, uint32_t vault), void *context);

/* Does some access policy, of whatever vault, name the caller or a group of it? */
bool caller_has_policies(const Caller *caller, const Builder *builder);

/* Does the caller stand in the premise's relation to anything? */
bool caller_has_relation(const Caller *caller, const Builder *builder, const Premise *premise);

/* Does the grant give the atom at the scope, which lies within its own, obstacles not counted?
   CERTAIN, CONDITIONAL, ELIGIBLE or NO.  The right to give roles must be whole: what a condition
   lets through of it is worked out role by role where roles are given, and nothing else may rest on
   it. */
Certainty grant_gives(const Builder *builder, uint32_t grant, uint32_t atom, uint32_t scope);

/* Has the grant one of the premise's permissions at all, under whatever condition? */
bool grant_may_hold(const Builder *builder, uint32_t grant, const Premise *premise);

/* What the condition that limits a grant says about roles; it may stand on a permission block. */
GrantCondition grant_condition(const Builder *builder, const Grant *grant);

/* Where a permission premise of an instance must be held: a scope, or NONE. */
uint32_t premise_scope(const Builder *builder, const Instance *instance, const Premise *premise);

#endif
