#ifndef GRAPH_DIRECTORY_H
#define GRAPH_DIRECTORY_H

#include "access/access.h"
#include "rules/rules.h"

#include <stdint.h>

/*
 * Power in Microsoft Entra: who holds which directory role where, and which application permission
 * of Microsoft Graph.  Assignments whose time is over are left out.
 *
 * A role is held by its principal and, when that is a group, by the group's direct members: Entra
 * takes no nested groups.  Eligible roles are for who can activate them: people.
 * https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept
 */
typedef struct DirectoryHolding {
    uint32_t principal;
    uint32_t assignment;        /* Snapshot.directory_roles */
    uint32_t membership_record; /* of the group that holds it; NONE: held by the principal itself */
    uint8_t certainty;          /* CERTAIN, or ELIGIBLE: needs to be activated */
} DirectoryHolding;

/* Where a role assignment counts. */
typedef enum DirectoryScopeKind {
    DIRECTORY_SCOPE_TENANT,
    DIRECTORY_SCOPE_UNIT,   /* the members of an administrative unit */
    DIRECTORY_SCOPE_OBJECT, /* one principal; an application means its service principal */
    DIRECTORY_SCOPE_UNKNOWN /* something that the snapshot does not know: reaches nothing */
} DirectoryScopeKind;

typedef struct DirectoryScope {
    DirectoryScopeKind kind;
    uint32_t index; /* Snapshot.administrative_units (NONE: not exported) or Snapshot.principals */
} DirectoryScope;

typedef struct Directory {
    const Access *access;
    const Snapshot *snapshot;
    const Rules *rules;
    DirectoryHolding *holdings; /* by principal, then assignment; groups have their own too */
    uint32_t *first_holding;    /* per principal; principals.count + 1 entries */
    DirectoryScope *scopes;     /* per Snapshot.directory_roles */
    uint32_t *definition;       /* per Snapshot.directory_roles: of custom roles,
                                   Snapshot.directory_role_definitions, else NONE */
    uint32_t *app_roles;      /* Snapshot.app_roles, only those on Microsoft Graph, by principal */
    uint32_t *first_app_role; /* per principal; principals.count + 1 entries */
    uint32_t *unit_members;   /* Snapshot.unit_members by unit, then principal */
    bool *restricted;         /* per principal: a member of a restricted administrative unit */
    bool *is_graph;           /* per principal: the service principal of Microsoft Graph */
    uint32_t *application_of; /* per principal: Snapshot.applications, or NONE */
    uint32_t *credentials;    /* Snapshot.federated_credentials, by principal */
    uint32_t *first_credential; /* principals.count + 1 entries */
    const char **issuer_hosts;  /* per Snapshot.federated_credentials: "https://host" of an issuer
                                   with a path behind it, else NULL */
    uint32_t *groups;      /* per principal: Snapshot.relations to groups, as member or owner */
    uint32_t *first_group; /* principals.count + 1 entries */
    Arena arena;
} Directory;

/* Linear in the directory's records, but for sorting. */
void directory_find(Directory *directory, const Access *access, const Rules *rules);
void directory_free(Directory *directory);

/*
 * Does the role of the assignment (Snapshot.directory_roles) count as one of those that a
 * DIRECTORY_ROLE premise wants?  Roles compare by GUID; an action is looked for in exported custom
 * roles.  CERTAIN, CONDITIONAL (the custom role allows the action under a condition), or NO.
 */
Certainty directory_role_covers(const Directory *directory, const TextList *wanted,
                                uint32_t assignment);

static inline bool directory_role_matches(const Directory *directory, const TextList *wanted,
                                          uint32_t assignment)
{
    return directory_role_covers(directory, wanted, assignment) != NO;
}

/*
 * Does the assignment reach the target, a principal; or with NONE the whole tenant?  CERTAIN, NO,
 * or ASSUMED: the members of the administrative unit were not exported, or the target is in a
 * restricted unit and the role is one that can scope itself to the unit.  Roles of the whole tenant
 * do not reach the members of restricted units.
 * https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management
 */
Certainty directory_role_reaches(const Directory *directory, uint32_t assignment, uint32_t target);

/* The records behind an answer: the assignment, then the membership, the definition of a custom
   role, the membership of an administrative unit, as far as they matter. */
enum { DIRECTORY_MOST_RECORDS = 4 };
typedef struct DirectoryAnswer {
    Certainty certainty; /* CERTAIN, CONDITIONAL, ELIGIBLE, ASSUMED or NO */
    uint32_t records[DIRECTORY_MOST_RECORDS];
    uint32_t record_count;
    uint32_t assignment; /* Snapshot.directory_roles or Snapshot.app_roles; NONE when NO */
} DirectoryAnswer;

/* Does the principal meet the DIRECTORY_ROLE or APP_ROLE premise?  `target` is the principal that
   the premise's variable stands for, NONE for a premise without one.  The best answer, of equal
   ones the first assignment's. */
DirectoryAnswer directory_meets(const Directory *directory, uint32_t principal,
                                const Premise *premise, uint32_t target);

/* Does the principal hold any Entra role (or, with `app`, any application permission)? */
static inline bool directory_holds_any(const Directory *directory, uint32_t principal, bool app)
{
    const uint32_t *first = app ? directory->first_app_role : directory->first_holding;
    return first[principal] < first[principal + 1];
}

/* Is it where roles of the whole tenant do not reach: in a restricted administrative unit? */
bool directory_is_restricted(const Directory *directory, uint32_t principal);

/* Is the app role assignment (Snapshot.app_roles) one at Microsoft Graph?  Known by its application
   id, else by its name; when nothing is known, by its permission. */
bool app_role_is_graph(const Directory *directory, uint32_t assignment);

/* ---- properties of principals, for PROPERTY premises ---- */

typedef struct PropertyValue {
    const char *text;
    uint32_t record; /* or NONE */
} PropertyValue;

typedef enum PropertyState {
    PROPERTY_NOT_EXPORTED, /* nothing says: the principal, or the kind of record, was not exported
                            */
    PROPERTY_MISSING,      /* exported, and it has no value */
    PROPERTY_KNOWN
} PropertyState;

typedef struct PropertyValues {
    ARRAY(PropertyValue) values;
} PropertyValues;

/* Replaces `values` by those of the property; data/README.md says what the derived ones mean. */
PropertyState principal_values(const Directory *directory, uint32_t principal, const char *name,
                               PropertyValues *values);

#endif
