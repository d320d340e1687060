#ifndef VERIFY_WORLD_H
#define VERIFY_WORLD_H

#include "base/arena.h"
#include "base/array.h"
#include "base/intern.h"
#include "rules/rules.h"
#include "snapshot/snapshot.h"
#include "verify/verify.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Inside verify/ only: the snapshot as verify sees it.  Places (scopes and resources) as a tree,
 * who is in which group, who holds which assignment, what hangs together, and where records stand.
 */

/* How sure something is, best first; the words of a report. */
typedef enum Surety { SURE, IF_CONDITION, IF_ACTIVATED, IF_ASSUMED, NEVER } Surety;

static inline Surety weaker(Surety a, Surety b)
{
    return a > b ? a : b;
}

const char *surety_name(Surety surety);              /* "certain", ..., "no" */
bool surety_parse(const char *text, Surety *surety); /* the four that a claim can have */

/* A place (index in World.places), or a principal with the top bit set. */
typedef uint32_t Term;
#define PERSON_BIT UINT32_C(0x80000000)

static inline bool is_person(Term term)
{
    return term != NONE && (term & PERSON_BIT) != 0;
}

static inline uint32_t person_of(Term term)
{
    return term & ~PERSON_BIT;
}

static inline Term person_term(uint32_t principal)
{
    return principal == NONE ? NONE : principal | PERSON_BIT;
}

typedef enum Level {
    LEVEL_ROOT,
    LEVEL_GROUP,
    LEVEL_SUBSCRIPTION,
    LEVEL_RESOURCE_GROUP,
    LEVEL_RESOURCE
} Level;

typedef struct Place {
    const char *id;
    uint32_t parent; /* NONE for "/" */
    uint32_t first_child, next_sibling;
    uint32_t resource;     /* Snapshot.resources, or NONE */
    uint32_t type;         /* World.types, or NONE */
    uint32_t subscription; /* place, or NONE */
    uint32_t enter, end;   /* depth-first numbers: what is below has one between them */
    Level level;
    bool loose;    /* management groups, subscriptions: not every group above it is known */
    bool assigned; /* a role is assigned exactly here */
} Place;

/* Two things that hang together, as one record says. */
typedef struct Link {
    Term from, to;
    uint32_t record;
    Surety surety;
} Link;

typedef struct LinkTable {
    ARRAY(Link) rows; /* by from */
    uint32_t *by_to;
} LinkTable;

/* A number list per principal or place. */
typedef struct Index {
    uint32_t *first; /* count + 1 entries */
    uint32_t *items;
} Index;

typedef struct World {
    const Snapshot *snapshot;
    const Rules *rules;
    VerifyOptions options;
    Arena arena;
    Interner place_ids;    /* ids without case, by place */
    uint32_t *place_by_id; /* per Snapshot.ids: the place, or NONE */
    ARRAY(Place) places;
    Interner types;      /* resource types, case ignored */
    Index of_type;       /* per type: countable places by `enter` */
    Index named_of_type; /* the same with places that only an id names */
    uint32_t tenant_root;
    uint32_t resource_group_type;
    Index assignments;    /* per principal: Snapshot.role_assignments */
    Index assignments_at; /* per location: Snapshot.role_assignments that stand there */
    Index memberships;    /* per principal: Snapshot.relations by which it is a member of a group */
    Index denies_at;      /* per place: Snapshot.deny_assignments */
    Index locks_at;       /* per place: Snapshot.locks */
    Index policies;       /* per principal: Snapshot.access_policies */
    ARRAY(uint32_t) hindered; /* places with a deny assignment or lock */
    ARRAY(uint32_t) upper;    /* places above resource groups */
    ARRAY(uint32_t) assigned; /* "/", and where a role is assigned */
    Interner role_guids;
    ARRAY(const RoleDefinition *) roles;       /* by guid: exported before built-in */
    const char **words_of_assignment;          /* what is said of it, made when it is first cited */
    const RoleDefinition **role_of_assignment; /* NULL: neither exported nor built in */
    LinkTable links[RELATION_NAME_COUNT];
    Interner locations; /* file, container, index */
    uint32_t *location_of_record;
    ARRAY(uint32_t) record_at; /* per location: the first record there */
    Interner files;            /* paths */
    ARRAY(uint32_t) file_at;   /* per path: Snapshot.files */
    uint32_t *application_of;  /* per principal: Snapshot.applications, or NONE */
    uint32_t *app_principal;   /* per Snapshot.ids: principal with this application id */
    uint32_t *identity_of_id;  /* per Snapshot.ids: principal of this user-assigned identity */
    uint32_t *application_at;  /* per Snapshot.ids: Snapshot.applications by object id */
    bool *restricted;          /* per principal: in a restricted administrative unit */
    Interner actions;
    Interner action_keys; /* role and action -> */
    ARRAY(uint8_t) action_answers;
    Interner admitted_keys;
    ARRAY(uint8_t *) admitted;
    Interner fact_keys;
    ARRAY(uint8_t) fact_answers;
} World;

void world_build(World *world, const Snapshot *snapshot, const Rules *rules,
                 const VerifyOptions *options);
void world_free(World *world);

/* ---- places ---- */

uint32_t place_find(const World *world, const char *id); /* any case; or NONE */
uint32_t place_of_id(const World *world, Id id);
bool place_is_type(const World *world, uint32_t place, const char *type);
const Resource *place_resource(const World *world, uint32_t place); /* or NULL */
const char *place_name(const World *world, uint32_t place);
const char *term_words(const World *world, Term term);

/* SURE, IF_ASSUMED (the place of a management group is not known) or NEVER. */
Surety contains(const World *world, uint32_t outer, uint32_t inner);

/* Countable places of the type at or below: [*first, *first + returned) of world->of_type.items. */
uint32_t places_below(const World *world, uint32_t type, uint32_t place, const uint32_t **first);

/* The same with those that no record describes: something refers to them. */
uint32_t named_below(const World *world, uint32_t type, uint32_t place, const uint32_t **first);

/* Is the subscription one that the group is only assumed to hold?  The record that says so, if any.
 */
bool placement_record(const World *world, uint32_t record);

/* ---- principals ---- */

const char *kind_word(PrincipalKind kind);
bool can_activate(const World *world, uint32_t principal);

/* ---- records ---- */

/* The number of what stands there, or NONE when no used record does. */
uint32_t location_find(const World *world, const char *file, const char *pointer, uint32_t line);

/* ---- what hangs together ---- */

void links_find(World *world);

/* Rows from or to the term; `by_to` tells how to read them. */
uint32_t links_from(const World *world, RelationName relation, Term from, const Link **rows);
uint32_t links_to(const World *world, RelationName relation, Term to, const uint32_t **positions);

uint32_t service_principal_of(const World *world, Id application); /* principal, or NONE */

#endif
