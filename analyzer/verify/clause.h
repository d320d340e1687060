#ifndef VERIFY_CLAUSE_H
#define VERIFY_CLAUSE_H

#include "verify/attack.h"

/*
 * Inside verify/ only: does a clause of a technique hold, for what the attacker has and the step at
 * hand cites?
 */

typedef struct ClauseProof {
    Surety surety;       /* NEVER: it does not hold */
    uint32_t assignment; /* that lets roles be given under a condition, or NONE */
} ClauseProof;

/* Does the term fit the variable's types? */
bool term_fits(const World *world, const Variable *variable, Term term);

/*
 * Tries the ways to fill the clause so that it concludes about `conclusion` (NONE: about nothing),
 * until one is found that is as sure as `enough`.  The step's citations that the best way rests on
 * are marked.
 */
ClauseProof prove_clause(Attack *attack, uint32_t clause, Term conclusion, Surety enough);

/* The same for every counted resource of the type at or below the place, where the clause ends on
   the very resource that its one permission is about. */
ClauseProof prove_clause_below(Attack *attack, uint32_t clause, uint32_t type, uint32_t place,
                               Surety enough);

/* The right that gives a capability by itself: on the place (type NONE), or on everything of the
   type below. */
Surety prove_held(Attack *attack, uint32_t capability, uint32_t type, uint32_t place,
                  Surety enough);

#endif
