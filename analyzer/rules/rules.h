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
 * file data/README.md explains the language.  A technique with several conclusions or
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

typedef enum CapabilityName { /* also the index in Rules.capabilities */
#define CAPABILITY(symbol, name) CAPABILITY_##symbol,
#include "rules/vocabulary.def"
                              CAPABILITY_COUNT
} CapabilityName;

typedef enum GrantCondition {
#define GRANT_CONDITION(symbol, name) GRANT_CONDITION_##symbol,
#include "rules/vocabulary.def"
    GRANT_CONDITION_COUNT
} GrantCondition;

typedef enum ActsAsWord { /* values of Conclusion.acts_as_kind */
#define ACTS_AS_KIND(symbol, name) ACTS_AS_KIND_##symbol,
#include "rules/vocabulary.def"
                          ACTS_AS_KIND_COUNT
} ActsAsWord;

typedef enum ConfidenceWord {
#define CONFIDENCE_WORD(symbol, name) CONFIDENCE_WORD_##symbol,
#include "rules/vocabulary.def"
    CONFIDENCE_WORD_COUNT
} ConfidenceWord;

typedef enum NeedAt {
#define NEED_AT(symbol, name, meaning) NEED_AT_##symbol,
#include "rules/vocabulary.def"
    NEED_AT_COUNT
} NeedAt;

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
                              acts-as, caller-relation: to; directory-role: on, or NONE for a role
                              that holds in the whole tenant.  Index in Clause.variables */
    uint32_t other;        /* relation: to; else NONE.  A negated relation with NONE: no such fact
                              from `variable` at all */
    uint32_t *permissions; /* PERMISSION: any of these (Rules.permissions) */
    uint32_t permission_count;
    /* PERMISSION to write role assignments: held under a condition of these kinds (bits
       1 << GrantCondition) that admits a role made for the purpose.  0: held, as far as the
       condition is true. */
    uint32_t grant_conditions;
    RelationName relation;     /* RELATION, CALLER_RELATION */
    uint32_t capability;       /* CAPABILITY: Rules.capabilities */
    const char *property;      /* PROPERTY: its name.  ACCESS_POLICY: keys, secrets, ... */
    TextList values;           /* PROPERTY: any of, of a list property any of its values; empty: has
                                  any value; ACCESS_POLICY: permission words, any of ("all" is named too);
                                  CALLER_KIND: "user", "service-principal", "managed-identity", "group";
                                  DIRECTORY_ROLE: GUIDs of roles in lower case, or actions that a custom
                                  role has ("microsoft.directory/..."), any of; APP_ROLE: GUIDs, any of.
                                  PROPERTY directoryRoles, appRoles: GUIDs too */
    bool only;                 /* PROPERTY: holds when every value is one of `values` */
    bool negated;              /* PROPERTY, RELATION: holds when the fact does not */
    MissingValue missing;      /* PROPERTY: value null or absent, the resource was exported */
    MissingValue not_exported; /* PROPERTY: the resource itself was not exported */
    const char *note;          /* why it is assumed, or what a void means; or NULL */
} Premise;

/* The type of a variable that stands for the root scope "/". */
#define RULES_TENANT_TYPE "tenant"

/* Variables that a technique can have; a file with more is refused. */
enum { RULES_MOST_VARIABLES = 16 };

typedef enum VariableKind { VARIABLE_RESOURCE, VARIABLE_PRINCIPAL, VARIABLE_SCOPE } VariableKind;

typedef struct Variable {
    const char *name;
    VariableKind kind;
    TextList types; /* resource types in lower case; of a principal: "user", "group",
                       "service-principal", "managed-identity"; empty: any type */
} Variable;

typedef struct Conclusion {
    ConclusionKind kind;
    uint32_t variable;   /* index in Clause.variables; NONE: GIVES_DIRECTORY_ROLE, GIVES_APP_ROLE */
    uint32_t capability; /* CAPABILITY: Rules.capabilities */
    uint8_t acts_as_kind; /* ACTS_AS: 0 token, 1 user-token, 2 deputy, 3 interaction */
    bool conditioned;     /* GIVES_ROLES: only under a condition (the others: only without one) */
    uint32_t grant_conditions; /* conditioned: bits 1 << GrantCondition; 0: whatever it says */
    bool to_caller; /* GIVES_ROLES, REWRITES_ROLE: tells the case that the caller itself gains */
    bool persists;  /* ACTS_AS: leaves a credential behind that outlives the access */
    TextList roles; /* GIVES_DIRECTORY_ROLE, GIVES_APP_ROLE: GUIDs in lower case; empty: any */
} Conclusion;

/*
 * What void conditions and weakenings mean by `missing`: MISSING_FAILS, a missing value changes
 * nothing; MISSING_ASSUMED, it makes the conclusion assumed.
 *
 * One Horn clause.  All PERMISSION, ACCESS_POLICY and CALLER_* premises are met by one caller.
 */
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
    const char *assumes; /* note that makes the conclusion assumed: the technique's own, the
                            alternative's or the conclusion's; or NULL */
    const char *text;    /* of the technique, or the clause's own */
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
    const char *built_in;             /* modelled without clauses: the program itself does it, from
                                         which records (a word of BUILT_IN); or NULL */
    uint32_t first_clause;            /* in Rules.clauses */
    uint32_t clause_count;
    const char *file; /* data file it stands in, for messages */
} Technique;

/*
 * A right that gives a capability by itself, without a technique (step name `held-grant`).
 * own_type: `action` is a suffix, "/write", of the resource's own type, whatever that is; `type` is
 * NULL.  Otherwise the action is whole and gives it on resources of `type` ("scope": on the scope
 * itself, of whatever kind), and for manage-identities and change-network where one exists.
 */
typedef struct HeldRight {
    const char *action;
    bool data_plane;
    bool own_type;
    const char *type; /* lower case */
} HeldRight;

/* The closed list: what one can do to a resource in plain words. */
typedef struct Capability {
    const char *name;     /* "read-secrets" */
    const char *plane;    /* "control", "data", "Entra" */
    const char *label;    /* for a picture: "read all secrets" */
    const char *text;     /* "reads the secrets of" */
    const char *severity; /* "critical", ... of having it beyond the task */
    const HeldRight *held;
    uint32_t held_count;
} Capability;

/* Words and weight of a resource type.  Unknown types get the family "other". */
typedef struct ResourceKind {
    const char *type;     /* lower case */
    const char *singular; /* "key vault" */
    const char *plural;
    const char *family;      /* "storage", "vaults", "compute", "databases", ... */
    bool hosts_identity;     /* code on it can take the tokens of its identities */
    bool deputy;             /* has an identity that only the service itself uses */
    bool workload;           /* runs code: can be a start when it belongs to a workspace */
    bool crown;              /* a crown jewel by its type alone */
    const char *action_type; /* as actions spell it: "Microsoft.KeyVault/vaults" */
    const char *severities[CAPABILITY_COUNT]; /* of each capability on this type */
} ResourceKind;

/* A built-in role of Microsoft Entra.
   https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
typedef struct DirectoryRole {
    const char *guid; /* of the template, lower case: what assignments name */
    const char *name; /* "Global Administrator" */
    bool privileged;  /* Microsoft marks it so */
    bool tier_zero;   /* held in the whole tenant, it alone leads to Global Administrator */
} DirectoryRole;

/* An application permission of Microsoft Graph.
   https://learn.microsoft.com/graph/permissions-reference */
typedef struct AppRole {
    const char *guid; /* appRoleId, lower case: what assignments name */
    const char *name; /* "RoleManagement.ReadWrite.Directory" */
    bool tier_zero;   /* it alone leads to Global Administrator */
} AppRole;

/* One row of a purpose: what a workload of this purpose needs, and where. */
typedef struct NeededRow {
    const char *on; /* the word of `at` */
    NeedAt at;
    TextList actions;         /* patterns, as in a role */
    TextList data_actions;    /* likewise */
    TextList access_policies; /* "secrets/get" */
    bool optional;
    const char *text; /* "input data storage account or container", with the usual role */
} NeededRow;

typedef struct Purpose {
    const char *name; /* "training" */
    const char *text;
    NeededRow *rows;
    uint32_t row_count;
    TextList inferred_from; /* workload kinds: "aml-cluster", "online-endpoint", ...; see
                               workload_kind */
} Purpose;

/* A word of Purpose.inferred_from: a resource of the type, whose property has the value. */
typedef struct WorkloadKind {
    const char *name;
    const char *type;     /* lower case */
    const char *property; /* or NULL: the type alone tells */
    const char *value;
} WorkloadKind;

typedef struct Rules {
    ARRAY(Technique) techniques; /* catalogue order: specific before generic */
    ARRAY(Clause) clauses;       /* grouped by technique */
    ARRAY(Permission) permissions;
    ARRAY(Capability) capabilities;     /* by CapabilityName */
    ARRAY(ResourceKind) resource_kinds; /* by type */
    ARRAY(Purpose) purposes;
    ARRAY(RoleDefinition) built_in_roles; /* by GUID */
    const char *built_in_roles_date;
    ARRAY(DirectoryRole) directory_roles; /* by GUID */
    ARRAY(AppRole) app_roles;             /* by GUID */
    TextList credential_actions; /* whose answer is a credential: needed and dangerous when a task
                                    needs one */
    TextList credential_data_actions;
    TextList crown_words; /* a resource whose name has one between "-", "_" or the ends may be
                             a crown jewel */
    char sha256[65];      /* over all rule files in name order: "rules_sha256" */
    Arena arena;
} Rules;

/* Loads and checks everything below data_dir.  False if anything is wrong: the message is the first
   problem (file, pointer, what was expected and found) and how many more there are; *rules is then
   empty. */
bool rules_load(Rules *rules, const char *data_dir, Error *err);
void rules_free(Rules *rules);

/* Checks every file of a data directory and reports every problem, not only the first; returns how
   many.  "techniques/storage.json: /techniques/2/premises/0/on: expected ..., found ..." */
uint32_t rules_check(const char *data_dir, void (*report)(void *context, const char *message),
                     void *context);

uint32_t rules_find_technique(const Rules *rules, const char *id);    /* or NONE */
uint32_t rules_find_capability(const Rules *rules, const char *name); /* or NONE */
uint32_t rules_find_permission(const Rules *rules, const char *action, bool data_plane);
const ResourceKind *rules_resource_kind(const Rules *rules, const char *type); /* or NULL */
const Purpose *rules_find_purpose(const Rules *rules, const char *name);       /* or NULL */

/* By GUID or name, in any case; or NULL. */
const DirectoryRole *rules_find_directory_role(const Rules *rules, const char *guid_or_name);
const AppRole *rules_find_app_role(const Rules *rules, const char *guid_or_name);

/* Is the value of a DIRECTORY_ROLE premise an action, to be looked for in custom roles? */
bool directory_action(const char *value);

/* Do the roles that a premise wants (Premise.values) and those that a conclusion gives
   (Conclusion.roles) have one in common?  An empty list means any role. */
bool role_lists_meet(const TextList *wanted, const TextList *given);

const char *relation_name(RelationName relation);
const char *relation_words(RelationName relation);      /* "runs as": between two names */
const char *relation_from_types(RelationName relation); /* "resource", or types joined by '|' */
const char *relation_to_types(RelationName relation);
const WorkloadKind *workload_kind(const char *name); /* or NULL */

#endif
