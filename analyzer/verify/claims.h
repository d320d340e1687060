#ifndef VERIFY_CLAIMS_H
#define VERIFY_CLAIMS_H

#include "input/json.h"
#include "verify/attack.h"

/*
 * Inside verify/ only: what a report claims, and the check of one chain with everything that refers
 * to it.
 */

/* An identity or workload of the report. */
enum { TOLD_ATTACHMENTS = 3 };
typedef struct ClaimedStart {
    Term
        term; /* the identity, or the place of the workload; NONE: the snapshot has no such thing */
    bool workload;
    uint32_t own_places[2]; /* where its code runs from the beginning */
    uint32_t own_place_count;
    uint32_t attached[TOLD_ATTACHMENTS]; /* the first places it is attached to */
    uint32_t attached_count;
} ClaimedStart;

typedef struct ClaimedCount {
    uint32_t type; /* World.types, or NONE: the snapshot has none */
    uint32_t count;
} ClaimedCount;

typedef enum ClaimKind { CLAIM_REACH, CLAIM_ACTS_AS, CLAIM_MENTION } ClaimKind;

/* Something in the report that refers to a chain. */
typedef struct Claim {
    ClaimKind kind;
    uint32_t start;  /* number of the ClaimedStart */
    uint32_t number; /* position in its list, for messages */
    Surety surety;
    uint32_t capability; /* CLAIM_REACH */
    Term on;             /* place of a row, principal of an acts-as; NONE: no such thing */
    uint32_t held_by;    /* principal; NONE: told of nobody */
    bool holder_unknown;
    const char *roles;                 /* that can be given, or the Entra role held; or NULL */
    uint32_t first_count, count_count; /* in Claims.counts */
    uint32_t resources;
    uint8_t acts_as_kind;
    uint32_t next; /* claim on the same chain, or NONE */
} Claim;

typedef struct Claims {
    ARRAY(ClaimedStart) starts;
    Interner start_ids;
    ARRAY(Claim) claims;
    ARRAY(ClaimedCount) counts;
    Interner roles;
    Interner chain_names;
    ARRAY(uint32_t) first_claim; /* per chain name */
    ARRAY(bool) seen;            /* per chain name: it was checked */
} Claims;

typedef struct Checker {
    World *world;
    Claims *claims;
    Attack *attack;
    VerifyResult *result;
    const char *chain; /* at hand */
    bool failed;       /* something about it */
} Checker;

/* Notes a failure; a chain is counted as failing once. */
void fail(Checker *checker, uint32_t step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void check_chain(Checker *checker, const JsonValue *chain);

/* A principal by object id, or by the ARM id of an identity whose object id is nowhere. */
uint32_t principal_of_text(const World *world, const char *id);

#endif
