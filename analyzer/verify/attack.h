#ifndef VERIFY_ATTACK_H
#define VERIFY_ATTACK_H

#include "verify/condition.h"
#include "verify/world.h"

/*
 * Inside verify/ only: what an attacker has while a chain is followed, and what the step at hand
 * cites.  It grows from step to step and never shrinks.
 */

typedef struct Cited {
    uint32_t location; /* World.locations */
    const char *says;
    bool used; /* the proof rests on it */
} Cited;

typedef struct ClaimedStep {
    const char *technique;
    const char *action; /* or NULL */
    Surety surety;
    Term from, to;
    Cited *cited;
    uint32_t cited_count;
} ClaimedStep;

/* A capability on a place, or with `type` on everything of it below. */
typedef struct Taken {
    uint32_t capability;
    uint32_t place;
    uint32_t type; /* World.types, or NONE: on the place itself */
} Taken;

/* Rights that no role assignment of the snapshot gives. */
typedef enum GiftKind {
    GIFT_ANYTHING, /* any role at the place and below, to any principal taken */
    GIFT_ADMITTED  /* what the condition of the assignment lets its holder give */
} GiftKind;

typedef struct Gift {
    GiftKind kind;
    uint32_t place;
    uint32_t assignment; /* GIFT_ADMITTED: Snapshot.role_assignments */
    uint32_t step;       /* that made it possible */
} Gift;

/* Roles of Microsoft Entra, or application permissions, that can be given; empty: any. */
typedef struct DirectoryGift {
    bool permissions;
    const TextList *roles;
    uint32_t step; /* that made it possible */
} DirectoryGift;

typedef struct Attack {
    World *world;
    ARRAY(uint32_t) persons; /* principals it acts as */
    ARRAY(Taken) taken;
    ARRAY(Gift) gifts;
    ARRAY(DirectoryGift) directory_gifts;
    ARRAY(uint32_t) groups; /* to which members can be added */
    ARRAY(const RoleDefinition *) rewritten;
    ARRAY(Term) reached;
    ARRAY(ClaimedStep) steps; /* checked ones; the last one is at hand */
    bool uncited;             /* facts count wherever they stand */
    ARRAY(uint32_t)
    trail;             /* of the step at hand: cited entries that the proof in the making uses */
    bool touches_from; /* the proof in the making uses what the step goes on from */
    bool uses_gift;    /* it uses rights that are given, to whomever */
    Arena arena;
} Attack;

void attack_reset(Attack *attack);
void attack_free(Attack *attack);

bool attack_is(const Attack *attack, uint32_t principal);
bool attack_reached(const Attack *attack, Term term);
bool attack_took(const Attack *attack, uint32_t capability, Term place);

/* Does the step cite the record at all, or need not it cite anything? */
bool is_cited(const Attack *attack, uint32_t record);

/* Does the step cite the record with these words?  If so the proof rests on it. */
bool cite(Attack *attack, uint32_t record, const char *words);
/* The same for a record that has one meaning only: any words that name it. */
bool cite_naming(Attack *attack, uint32_t record, const char *name);

/* Everybody the principal is a member with: groups, transitively, and those it can join. */
typedef struct Membership {
    uint32_t group;
    uint32_t relation; /* Snapshot.relations that leads there; NONE: it can be joined */
    uint32_t through;  /* position of the member in the list; NONE: the principal itself */
} Membership;

typedef ARRAY(Membership) MembershipList;

void find_memberships(const Attack *attack, uint32_t principal, MembershipList *list);
bool cite_membership(Attack *attack, const MembershipList *list, uint32_t position);

/* How sure the principal holds one of the permissions at the place, deny assignments and locks
   considered, by what is cited; and no better than `enough` is looked for. */
Surety holds_permission(Attack *attack, uint32_t principal, const Premise *premise, uint32_t place,
                        Surety enough);
Surety holds_action(Attack *attack, uint32_t principal, const char *action, bool data_plane,
                    uint32_t place, Surety enough);

/* Does something at or below the place, or above it, keep the action from the principal? */
bool is_hindered_around(Attack *attack, uint32_t principal, const char *action, bool data_plane,
                        uint32_t place);

/* How sure a plain or conditioned assignment lets the principal give roles at the place; the
   assignment that does. */
Surety may_give_roles(Attack *attack, uint32_t principal, const char *action, uint32_t place,
                      bool conditioned, uint32_t kinds, uint32_t *assignment);

Surety may_rewrite(Attack *attack, uint32_t principal, const RoleDefinition *role);

/* Does the vault let the principal in by an access policy with one of the words? */
bool holds_policy(Attack *attack, uint32_t principal, const Premise *premise, uint32_t place);

Surety meets_directory(Attack *attack, uint32_t principal, const Premise *premise, Term target);

/* How sure the property premise holds of the term; *shown gets the value that shows it (NULL: not
   set), *record where it stands (NONE: nowhere). */
Surety property_holds(Attack *attack, const Premise *premise, Term term, const char **shown,
                      uint32_t *record);

#endif
