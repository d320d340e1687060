#ifndef GRAPH_NEEDS_H
#define GRAPH_NEEDS_H

#include "graph/builder.h"
#include "graph/caller.h"

/*
 * What a caller may come to hold without having it: rights that an attacker gives to a principal of
 * its own, the rights of a group that principal can be made a member of, Entra roles and app roles
 * that can be given to it.  The premises of one request must be met by one caller, so a need speaks
 * of callers of one class and kind, and a conjunction joins it with that very caller.
 *
 * At first the needs are only noted.  needs_know_limited comes when all is known that gives
 * something under a condition or to a group, needs_know_all when all is that gives everything. From
 * then on need_node says NONE when nobody can give it.
 *
 * Most needs can be met by who gives everything at their place, and in no other way: those of one
 * place and class share one node.
 */
uint32_t need_node(Builder *builder, const Premise *premise, uint32_t place, uint32_t class_index,
                   bool is_user);
void needs_know_limited(Builder *builder);
void needs_know_all(Builder *builder);

/* Finds Builder.beginnings, when all that gives something is known. */
void needs_find_beginnings(Builder *builder);

/* Can nobody give it but who gives everything at the place, or above it? */
bool need_is_everything(Builder *builder, const Premise *premise, uint32_t place,
                        uint32_t class_index, bool is_user);

/* How a caller meets a premise by itself, and by which records. */
typedef struct Own {
    Certainty certainty; /* NO: it does not */
    uint32_t grant;      /* Access.grants, or NONE */
    uint32_t records[DIRECTORY_MOST_RECORDS];
    uint32_t record_count;
} Own;

/* `place`: scope of a permission or vault; Term of a relation or Entra role, NONE for the whole
   tenant. */
Own own_of(const Builder *builder, const Caller *caller, const Premise *premise, uint32_t place);

/*
 * The node that is reached when this caller meets the premise though it does not for certain by
 * itself, as `own` says.
 * NONE when nothing helps: what it brings itself then counts as it is.
 */
uint32_t holds_node(Builder *builder, const Caller *caller, const Premise *premise, uint32_t place,
                    const Own *own);

/* Does the giver give one of the premise's permissions?  CERTAIN, CONDITIONAL or NO. */
Certainty giver_gives(const Builder *builder, const Giver *giver, const Premise *premise);

/* May the giver give to any caller of the class and kind? */
bool giver_serves(const Builder *builder, const Giver *giver, uint32_t class_index, bool is_user);

/* Notes which givers serve some callers by name: the holders of a role that can be rewritten, or
   whom a condition tells apart as recipients; when all of those are known. */
void needs_find_bound_givers(Builder *builder);

/* Those of one caller: indexes in PrivilegeGraph.givers.  None before they were noted. */
uint32_t givers_bound_to(const Builder *builder, const Caller *caller, const uint32_t **givers);

/* Is the premise met, at the place, by what is given to this very caller? */
bool is_given_by_name(const Builder *builder, const Caller *caller, const Premise *premise,
                      uint32_t place);

/* The edge from a caller's node to what it meets by itself. */
Edge own_edge(Builder *builder, uint32_t from, uint32_t to, const Own *own);

#endif
