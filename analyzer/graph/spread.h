#ifndef GRAPH_SPREAD_H
#define GRAPH_SPREAD_H

#include "graph/settling.h"

/*
 * Clauses of PLAN_CALLER whose conclusion's component asks its caller for permissions only, all of
 * them at one place: they are not asked instance by instance.  Where a caller holds all of them it
 * gets a right of the clause's own (RightSource), which build_rights.c leads through the scope
 * tree.
 */
bool clause_spreads(const Clause *clause, const ClauseShape *shape);

enum { SPREAD_MOST_CHOICES = 16 };

SpreadPremises spread_premises(const Clause *clause, const ClauseShape *shape);

/* Does an earlier choice differ only in permissions that are like the chosen ones? */
bool spread_repeats(const Builder *builder, const SpreadPremises *spread, uint32_t choice);

/* The one right that all permissions of the choice are like; NONE: they differ. */
uint32_t spread_alone(const Builder *builder, const SpreadPremises *spread, uint32_t choice);

/* The right of the clause for the n-th choice. */
uint32_t spread_right(Builder *builder, const SpreadPremises *spread, uint32_t choice,
                      uint32_t clause);

/* Does the clause ask its caller for anything besides those permissions? */
bool clause_asks_more(const Clause *clause, const ClauseShape *shape);

/* Finds the premises and who gives some of them, for a clause that spreads. */
void spread_prepare(Settling *settling);

/* Sources of the clause's rights for one caller that meets the rest: by its own grants, alone or
   together with what is given to it under a condition or comes with a group. */
void spread_caller(Settling *settling, const Asker *asker, const Brought *rest);

/* Likewise for anybody of a class and kind that meets the rest (`support`; NONE: there is none). */
void spread_anybody(Settling *settling, uint32_t support, uint32_t class_index, bool is_user);

/* Which of the clause's permissions are given at the place, some by this gift, some by that: bit n
   for the n-th premise.  And the bits of all of them. */
uint32_t spread_gifts_at(const Settling *settling, uint32_t place);
uint32_t spread_all(const Settling *settling);

/* Is some of the permissions, but not all, given at the place (NONE: anywhere) to this very caller?
 */
bool spread_is_named(const Settling *settling, const Asker *asker, uint32_t place);

#endif
