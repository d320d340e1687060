#ifndef GRAPH_CALLER_H
#define GRAPH_CALLER_H

#include "graph/builder.h"

/*
 * One principal as the caller of a request: all grants that count for it, its groups' included.
 * Reused from principal to principal; free the grants at the end.
 */
typedef struct Caller {
    uint32_t principal;
    uint32_t class_index;
    ARRAY(uint32_t) grants; /* Access.grants, ascending */
} Caller;

void caller_set(Caller *caller, const Builder *builder, uint32_t principal);

/* The best grant that gives one of the premise's permissions at the scope, deny and locks counted;
   `grant` gets it.  NO when there is none. */
Certainty caller_holds(const Caller *caller, const Builder *builder, const Premise *premise,
                       uint32_t scope, uint32_t *grant);

/* Could any grant, wherever, give one of the premise's permissions? */
bool caller_holds_somewhere(const Caller *caller, const Builder *builder, const Premise *premise);

/* Does the grant give the atom at its scope, obstacles not counted?  CERTAIN, CONDITIONAL, ELIGIBLE
   or NO. */
Certainty grant_gives(const Builder *builder, uint32_t grant, uint32_t atom);

/* Where a permission premise of an instance must be held: a scope, or NONE. */
uint32_t premise_scope(const Builder *builder, const Instance *instance, const Premise *premise);

#endif
