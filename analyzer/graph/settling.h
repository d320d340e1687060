#ifndef GRAPH_SETTLING_H
#define GRAPH_SETTLING_H

#include "graph/builder.h"
#include "graph/caller.h"
#include "graph/needs.h"

/*
 * One clause while it is settled caller by caller: what build_callers.c, own_instances.c and
 * spread.c share.
 */

/* One caller, or anybody of a class and kind. */
typedef struct Asker {
    Caller caller; /* caller.principal NONE: anybody */
    uint32_t node;
    bool is_user;
    bool alone; /* what can be given to it does not count */
} Asker;

/* What of a clause depends on its conclusion's component. */
typedef enum ClauseMode {
    MODE_FACTS,     /* nothing: whoever meets the rest concludes for every instance */
    MODE_SPREAD,    /* permissions at one place: spread over the tree, see spread.h */
    MODE_DIRECTORY, /* one Entra role that reaches the variable */
    MODE_RELATED,   /* the caller stands in a relation to a variable */
    MODE_EACH       /* anything else: instance by instance */
} ClauseMode;

/* An instance, by the scope that a permission premise asks about. */
typedef struct Placed {
    uint32_t place;
    uint32_t instance;
} Placed;

/* The permission premises of the conclusion's component. */
typedef struct SpreadPremises {
    const Premise *premises[RIGHT_MOST_ATOMS];
    uint32_t count;
    uint32_t choices; /* ways to choose one permission of each */
} SpreadPremises;

/* Where a giver, or a grant of a controlled group, gives some but not all of the permissions that a
   clause asks for at one place. */
typedef struct PartialGift {
    uint32_t scope;
    uint32_t giver; /* PrivilegeGraph.givers, or NONE */
    uint32_t group; /* principal, or NONE */
    uint32_t gives; /* bit n: helps with the n-th premise */
} PartialGift;

/* A clause being settled. */
typedef struct Settling {
    Builder *builder;
    uint32_t index;
    const Clause *clause;
    const ClauseShape *shape;
    ClauseMode mode;
    uint32_t first_rest;           /* the first component that is not the conclusion's */
    SpreadPremises spread;         /* MODE_SPREAD */
    ARRAY(uint32_t) useful_givers; /* MODE_SPREAD: those that give some of the permissions */
    ARRAY(uint32_t) useful_groups; /* likewise controlled groups */
    ARRAY(PartialGift) partial;    /* by scope, giver, group */
    bool gifts_are_met;            /* the next one was found */
    ARRAY(uint32_t)
    where_gifts_meet;               /* MODE_SPREAD: instances where several of those give it all */
    Placed *by_place[MOST_BROUGHT]; /* per permission premise: instances of its component by the
                                         scope it asks about */
    uint32_t by_place_count[MOST_BROUGHT];
    ARRAY(uint32_t) met_by_anybody;      /* NODE_COMPONENT nodes that gifts alone lead to */
    Brought callerless[MOST_COMPONENTS]; /* components that ask nothing of a caller */
    bool is_brought[MOST_COMPONENTS];
} Settling;

typedef ARRAY(uint32_t) InstanceList; /* InstanceTable.instances */

/* ---- instances and premises (own_instances.c) ---- */

const Instance *instance_at(const Builder *builder, uint32_t instance);
Term term_of(const Builder *builder, uint32_t instance, uint32_t variable);

/* Is the premise one that a caller must meet? */
bool is_callers(const Premise *premise);

/* Is the premise about a variable of the component? */
bool belongs_to(const Settling *settling, const Premise *premise, uint32_t component);

/* The place that a caller's premise asks about, for an instance (NONE: for the whole tenant). */
uint32_t place_of(const Builder *builder, uint32_t instance, const Premise *premise);

/* How certainly the caller meets the premise by itself; anybody: not at all. */
Own holds_itself(const Builder *builder, const Asker *asker, const Premise *premise,
                 uint32_t place);

/* Instances of the component of which the caller meets some premise by itself or by what is given
   to it by name, ascending.  Of a clause about any scope: only those where that may begin. */
void find_own_instances(Settling *settling, const Asker *asker, uint32_t component,
                        InstanceList *list);

/* Adds the instances whose place for the premise is exactly this one. */
void add_instances_at(Settling *settling, uint32_t premise_index, uint32_t place,
                      InstanceList *list);

/* Orders Placed by place, then instance. */
int by_place(const void *a, const void *b);

/* ---- what is brought (build_callers.c) ---- */

/* Adds a grant or a record (NONE: none) to what stands behind it. */
void bring_support(Brought *brought, uint32_t grant, uint32_t record);

/* The node that is reached when the asker (NULL: nobody in particular) is, and all that is brought;
   NONE when that is nothing. */
uint32_t brought_from(Builder *builder, const Asker *asker, const Brought *brought);

#endif
