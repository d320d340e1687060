#ifndef RULES_RULES_H
#define RULES_RULES_H

#include "base/arena.h"
#include "base/array.h"
#include "base/error.h"
#include "snapshot/role.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The knowledge, loaded from data/: techniques, capabilities, built-in roles, task scopes, words.
 * A technique is a rule "premises => conclusion" over the closed vocabulary of vocabulary.def; the
 * file data/techniques/README.md explains the language.  A technique with several conclusions or
 * alternatives becomes several clauses.  Everything lives in the Rules and is freed with it.
 */
typedef enum RelationName {
#define RELATION(symbol, name, from, to, meaning) RELATION_##symbol,
#include "rules/vocabulary.def"
    RELATION_NAME_COUNT
} RelationName;

typedef enum PremiseKind {
#define PREMISE(symbol, key) PREMISE_##symbol,
#include "rules/vocabulary.def"
    PREMISE_KIND_COUNT
} PremiseKind;

typedef enum ConclusionKind {
#define CONCLUSION(symbol, key) CONCLUDES_##symbol,
#include "rules/vocabulary.def"
    CONCLUSION_KIND_COUNT
} ConclusionKind;

/* A permission that some premise names.  Index: Rules.permissions. */
typedef struct Permission {
    const char *action;
    bool data_plane;
} Permission;

/* What a property that the snapshot does not give means for a premise. */
typedef enum MissingValue {
    MISSING_HOLDS,  /* the premise holds, for certain: Azure's default says so */
    MISSING_FAILS,  /* it does not hold */
    MISSING_ASSUMED /* it holds, but only assumed: the note says so */
} MissingValue;

typedef struct Premise {
    PremiseKind kind;
    uint32_t variable;     /* permission, policy: on; relation: from; property: of; capability: on;
                              acts-as, caller-relation: to.  Index in Clause.variables */
    uint32_t other;        /* relation: to; else NONE */
    uint32_t *permissions; /* PERMISSION: any of these (Rules.permissions) */
    uint32_t permission_count;
    RelationName relation;     /* RELATION, CALLER_RELATION */
    uint32_t capability;       /* CAPABILITY: Rules.capabilities */
    const char *property;      /* PROPERTY: its name.  ACCESS_POLICY: keys, secrets, ... */
    TextList values;           /* PROPERTY: any of; ACCESS_POLICY: permission words, any of;
                                  CALLER_KIND: "user", "service-principal", "managed-identity", "group";
                                  DIRECTORY_ROLE, APP_ROLE: GUIDs or names, any of */
    bool negated;              /* PROPERTY, RELATION: holds when the fact does not */
    MissingValue missing;      /* PROPERTY: value null or absent, the resource was exported */
    MissingValue not_exported; /* PROPERTY: the resource itself was not exported */
    const char *note;          /* why it is assumed, or what a void means; or NULL */
} Premise;

typedef enum VariableKind { VARIABLE_RESOURCE, VARIABLE_PRINCIPAL, VARIABLE_SCOPE } VariableKind;

typedef struct Variable {
    const char *name;
    VariableKind kind;
    TextList types; /* resource types in lower case; empty: any type */
} Variable;

typedef struct Conclusion {
    ConclusionKind kind;
    uint32_t variable;    /* index in Clause.variables */
    uint32_t capability;  /* CAPABILITY: Rules.capabilities */
    uint8_t acts_as_kind; /* ACTS_AS: 0 token, 1 user-token, 2 deputy, 3 interaction */
    bool conditioned;     /* GIVES_ROLES: only under a condition (the others: only without one) */
} Conclusion;

/* One Horn clause.  All PERMISSION, ACCESS_POLICY and CALLER_* premises are met by one caller. */
typedef struct Clause {
    uint32_t technique;
    Variable *variables;
    uint32_t variable_count;
    Premise *premises;
    uint32_t premise_count;
    Premise *voids; /* facts that, when the snapshot shows one, make the clause void */
    uint32_t void_count;
    Premise *weakens; /* facts that, when shown, make the conclusion `assumed` */
    uint32_t weaken_count;
    Conclusion conclusion;
    const char *text; /* of the technique, or the clause's own */
    const char *label;
} Clause;

typedef struct Technique {
    const char *id;
    const char *family;
    const char *title;
    const char *label;      /* for a picture: "submit a job" */
    const char *text;       /* sentence without subject, with {variable} places */
    const char *why;        /* one or two sentences a reviewer can read */
    const char *confidence; /* "documented", "demonstrated", "inferred", ... */
    const char *assumes;    /* note that makes its conclusions assumed, or NULL */
    const char *severity;   /* "critical", "high", "medium", "low" */
    const char *fix;
    TextList attack, atlas, owasp_nhi, sources;
    const char *checked; /* date */
    bool modelled;
    const char *not_modelled_because; /* when not modelled */
    uint32_t first_clause;            /* in Rules.clauses */
    uint32_t clause_count;
    const char *file; /* data file it stands in, for messages */
} Technique;

/* The closed list: what one can do to a resource in plain words. */
typedef struct Capability {
    const char *name;     /* "read-secrets" */
    const char *plane;    /* "control", "data", "Entra" */
    const char *label;    /* for a picture: "read all secrets" */
    const char *text;     /* "reads the secrets of" */
    const char *severity; /* "critical", ... of having it beyond the task */
} Capability;

/* Words and weight of a resource type.  Unknown types get the family "other". */
typedef struct ResourceKind {
    const char *type;     /* lower case */
    const char *singular; /* "key vault" */
    const char *plural;
    const char *family;  /* "storage", "vaults", "compute", "databases", ... */
    bool hosts_identity; /* code on it can take the tokens of its identities */
    bool deputy;         /* has an identity that only the service itself uses */
    bool workload;       /* runs code: can be a start when it belongs to a workspace */
} ResourceKind;

/* One row of a purpose: what a workload of this purpose needs, and where. */
typedef struct NeededRow {
    const char *on; /* "workspace-storage", "workspace-registry", "workspace-vault", ... as in
                       data/task-scopes.json */
    TextList actions;
    TextList data_actions;
    bool optional;
    const char *text;
} NeededRow;

typedef struct Purpose {
    const char *name; /* "training" */
    const char *text;
    NeededRow *rows;
    uint32_t row_count;
    TextList inferred_from; /* workload kinds: "aml-cluster", "online-endpoint", ... */
} Purpose;

typedef struct Rules {
    ARRAY(Technique) techniques; /* catalogue order: specific before generic */
    ARRAY(Clause) clauses;       /* grouped by technique */
    ARRAY(Permission) permissions;
    ARRAY(Capability) capabilities;     /* in the order of data/capabilities.json */
    ARRAY(ResourceKind) resource_kinds; /* by type */
    ARRAY(Purpose) purposes;
    ARRAY(RoleDefinition) built_in_roles; /* by GUID */
    const char *built_in_roles_date;
    char sha256[65]; /* over all rule files in name order: "rules_sha256" */
    Arena arena;
} Rules;

/* Loads and checks everything below data_dir.  False at the first broken file; the message names
   file, pointer, what was expected and found. */
bool rules_load(Rules *rules, const char *data_dir, Error *err);
void rules_free(Rules *rules);

/* Checks the technique files of a directory and reports every problem, not only the first; returns
   how many. */
uint32_t rules_check(const char *data_dir, void (*report)(void *context, const char *message),
                     void *context);

uint32_t rules_find_technique(const Rules *rules, const char *id);    /* or NONE */
uint32_t rules_find_capability(const Rules *rules, const char *name); /* or NONE */
uint32_t rules_find_permission(const Rules *rules, const char *action, bool data_plane);
const ResourceKind *rules_resource_kind(const Rules *rules, const char *type); /* or NULL */
const Purpose *rules_find_purpose(const Rules *rules, const char *name);       /* or NULL */
const char *relation_name(RelationName relation);

#endif
