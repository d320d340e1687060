#ifndef ANALYSIS_CLAIMS_H
#define ANALYSIS_CLAIMS_H

#include "analysis/parts.h"

/*
 * Everything that can be said of somebody's reach, each thing once: "the capability on every
 * resource of the type at or below the scope".  And who holds it: components of the privilege graph
 * (graph/components.h), level by level.  Made once; what all starts of a block claim is then worked
 * out side by side, see judge_block.c.
 */
typedef struct Claim {
    uint32_t capability; /* Rules.capabilities */
    Id type;             /* NONE: on the scope itself, whatever it is */
    uint32_t scope;
    uint32_t directory_node; /* directory: the role or permission, a graph node; else NONE */
    bool limited;            /* assign-roles: only the roles that a condition admits */
    Severity severity;
    uint32_t resources; /* at or below the scope; one that is only named counts; 0 without a type */
    uint32_t container; /* in Claims.containers */
} Claim;

/* Who holds which claim at one level.  */
typedef struct ClaimHolders {
    uint32_t *components; /* those that hold anything, `count` of them */
    uint32_t count;
    uint32_t *first;   /* per claim: into held_by; one more entry than claims */
    uint32_t *held_by; /* positions in `components`, each once */
    bool is_new;       /* false: the same as at the level before, and empty */
} ClaimHolders;

/* A list of positions in Claims.items. */
typedef struct ClaimOrder {
    uint32_t *items;
    uint32_t count;
} ClaimOrder;

typedef struct Claims {
    Claim *items; /* by type, scope, capability */
    uint32_t count;
    uint32_t *by_scope;       /* then type, capability */
    ClaimOrder by_preference; /* what matters most first: by severity, scope, capability; no view */
    ClaimOrder secrets;       /* of these: read-secrets */
    ClaimOrder assigns;       /* assign-roles */
    ClaimOrder reads;         /* read-data */
    ClaimOrder manages;       /* manage */
    ClaimHolders levels[CERTAINTY_LEVELS];
    /* What claims lie in, as far as containment knows: resource groups, what is above them, and
       resources outside of any.  In tree order. */
    ARRAY(uint32_t) containers;
    ARRAY(uint32_t) subscriptions;   /* all scopes that are one */
    ARRAY(uint32_t) principal_nodes; /* graph nodes of principals that some start reaches */
} Claims;

/* Of what some of the starts reach.  O(reached nodes + what they hold + n log n of the claims). */
void claims_find(Claims *claims, const Parts *parts, const Start *starts, uint32_t count);
void claims_free(Claims *claims);

/* The claims at the scopes from `scope` up to `end`, in `list`; returns how many.  O(log claims).
 */
uint32_t claims_within(const Claims *claims, uint32_t scope, uint32_t end, const uint32_t **list);

#endif
