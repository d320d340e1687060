#ifndef SNAPSHOT_FACT_H
#define SNAPSHOT_FACT_H

#include "base/arena.h"
#include "base/array.h"
#include "input/input.h"
#include "snapshot/snapshot.h"

/*
 * What one exported record says, as plain data: no JSON, no ids, texts in the arena of its batch.
 * Readers make facts on any thread; one committer turns them into the snapshot in path order, so
 * that the result does not depend on the number of threads.
 * ARM ids are normalised, absent values are NULL, times are TIME_NONE.
 */

/* How a record is written, for the name of the file's format. */
typedef enum Spelling {
    SPELLING_UNKNOWN,
    SPELLING_REST,           /* data under "properties" */
    SPELLING_FLAT,           /* Azure CLI: data beside the id */
    SPELLING_RESOURCE_GRAPH, /* rows of az graph query */
    SPELLING_GRAPH,          /* Microsoft Graph */
    SPELLING_ML,             /* az ml: snake_case */
    SPELLING_AZUREHOUND      /* {"kind": "AZ...", "data": {}} */
} Spelling;

/* A person, group, service principal as another record names it. */
typedef struct PrincipalHint {
    const char *object_id;
    const char *name;
    const char *user_principal_name;
    const char *app_id;
    PrincipalKind kind; /* PRINCIPAL_UNKNOWN: not said */
    bool said_unknown;  /* an assignment calls its type "Unknown" and gives no name */
} PrincipalHint;

typedef enum AssignmentSource {
    SOURCE_PLAIN,
    SOURCE_ACTIVE_INSTANCE,
    SOURCE_ELIGIBLE_INSTANCE,
    SOURCE_CLASSIC
} AssignmentSource;

typedef struct AssignmentFact {
    AssignmentSource source;
    const char *id;
    const char *scope;
    PrincipalHint principal;
    const char *role_guid;
    const char *role_name;
    const char *condition;
    const char *origin; /* active instances: ARM id of the plain assignment */
    int64_t start;
    int64_t end;
    bool command_line_list; /* one element of an Azure CLI list: see AssumedPlacement */
} AssignmentFact;

typedef struct RoleFact {
    Guid guid;
    const char *name;
    RoleKind kind;
    PermissionBlock *blocks;
    uint32_t block_count;
    TextList assignable_scopes;
} RoleFact;

typedef struct DenyFact {
    const char *id;
    const char *name;
    const char *scope;
    PermissionBlock *blocks;
    uint32_t block_count;
    PrincipalHint *principals;
    uint32_t principal_count;
    PrincipalHint *excluded;
    uint32_t excluded_count;
    bool everyone;
    bool not_for_child_scopes;
    bool system_protected;
    bool audit_only;
    const char *condition;
} DenyFact;

typedef struct LockFact {
    const char *id;
    const char *scope;
    bool read_only;
} LockFact;

typedef enum ParentState { PARENT_NOT_SAID, PARENT_NONE, PARENT_GIVEN } ParentState;

/* A management group or subscription with its place, as one node of an exported tree. */
typedef struct PlaceNode {
    const char *id;
    const char *name;
    ParentState parent_state;
    const char *parent;
    bool is_subscription;
} PlaceNode;

typedef struct PlaceFact {
    ARRAY(PlaceNode) nodes; /* the record itself first; items in the batch arena */
    const char *tenant_id;
} PlaceFact;

typedef struct IdentityFact {
    const char *identity_id; /* user-assigned: its ARM id; NULL: the system-assigned one */
    const char *object_id;
    const char *client_id;
} IdentityFact;

typedef struct PropertyFact {
    uint16_t name;
    bool is_id;
    const char *value;
} PropertyFact;

typedef struct AccessPolicyFact {
    const char *object_id;
    const char *application_id;
    TextList keys, secrets, certificates, storage;
    const char *pointer;
} AccessPolicyFact;

typedef struct ResourceFact {
    const char *id;
    const char *type;
    const char *kind;
    const char *identity_type;
    const char *tenant_id;
    IdentityFact *identities;
    uint32_t identity_count;
    PropertyFact *properties; /* in the order of the field table */
    uint32_t property_count;
    AccessPolicyFact *policies;
    uint32_t policy_count;
    const char *object_id; /* a user-assigned identity's own principal id and client id */
    const char *client_id;
    bool has_identity; /* an identity object was there, whatever it says */
    bool detailed;
    bool inventory;  /* from a list of all resources: az resource list, Resource Graph */
    bool one_policy; /* a record of one access policy, not of the vault that has it */
} ResourceFact;

typedef struct AppRoleFact {
    const char *id;
    const char *value;
} AppRoleFact;

typedef enum ObjectKind {
    OBJECT_UNKNOWN,
    OBJECT_USER,
    OBJECT_GROUP,
    OBJECT_SERVICE_PRINCIPAL,
    OBJECT_APPLICATION,
    OBJECT_DIRECTORY_ROLE,
    OBJECT_ADMINISTRATIVE_UNIT,
    OBJECT_OTHER /* device, contact: cannot hold rights */
} ObjectKind;

typedef struct FederatedFact {
    const char *id;
    const char *parent; /* ARM id of the identity, or object id or app id of the application */
    bool parent_is_application;
    const char *name;
    const char *issuer;
    const char *subject;
} FederatedFact;

/* To which object a list of members or owners belongs. */
typedef struct ListOwner {
    RelationKind relation;
    ObjectKind kind; /* OBJECT_UNKNOWN: found by its id later */
    const char *object_id;
} ListOwner;

/* A user, group, service principal or application. */
typedef struct ObjectFact {
    ObjectKind kind;
    const char *object_id;
    const char *name;
    const char *app_id;
    const char *user_principal_name;
    const char *identity_resource; /* service principals: ARM id in alternativeNames */
    bool is_managed_identity;
    bool described; /* more than an id and a name: the object's own record */
    bool guest;
    bool disabled;
    bool role_assignable;
    bool dynamic_membership;
    InstanceLock instance_lock; /* applications */
    PropertyFact *properties;   /* by the field table of its kind */
    uint32_t property_count;
    AppRoleFact *app_roles;
    uint32_t app_role_count;
    bool has_members; /* an inline list was there, empty or not */
    PrincipalHint *members;
    uint32_t member_count;
    bool has_owners;
    PrincipalHint *owners;
    uint32_t owner_count;
    FederatedFact *credentials; /* applications: inline federatedIdentityCredentials */
    uint32_t credential_count;
    struct AppRoleAssignmentFact *assignments; /* service principals: inline appRoleAssignments and
                                                  appRoleAssignedTo */
    uint32_t assignment_count;
    const ListOwner *listed_by; /* this record is an element of such a list; else NULL */
} ObjectFact;

/* An Entra role: its own record (members inline) or its definition (no members). */
typedef struct DirectoryRoleFact {
    const char *id;
    const char *template_id;
    const char *name;
    bool built_in;
    TextList actions;
    TextList conditional_actions;
    bool has_members;
    PrincipalHint *members;
    uint32_t member_count;
} DirectoryRoleFact;

typedef struct AdministrativeUnitFact {
    const char *id;
    const char *name;
    bool restricted;
    bool has_members;
    PrincipalHint *members;
    uint32_t member_count;
} AdministrativeUnitFact;

typedef struct DirectoryAssignmentFact {
    const char *id;
    PrincipalHint principal;
    const char *role_id;
    const char *role_name;
    const char *directory_scope;
    bool eligible;
    int64_t start;
    int64_t end;
} DirectoryAssignmentFact;

typedef struct AppRoleAssignmentFact {
    const char *id;
    PrincipalHint principal;
    PrincipalHint resource;
    const char *app_role;
} AppRoleAssignmentFact;

typedef struct DelegatedGrantFact {
    const char *id;
    const char *client;
    const char *principal; /* NULL: everybody */
    const char *resource;
    const char *permissions;
} DelegatedGrantFact;

/*
 * One record that holds a list: the owners of a subscription, the members of a group.  It counts as
 * one; every part has a place of its own for evidence.
 */
typedef struct BundleFact {
    struct Fact *parts;
    uint32_t part_count;
    const ListOwner *owner; /* a list of members or owners: whose; or NULL */
} BundleFact;

typedef enum FactKind {
    FACT_NOT_RELEVANT,
    FACT_NOT_UNDERSTOOD,
    FACT_PROBLEM,  /* of the input: not a record, except PROBLEM_ELEMENT */
    FACT_DOCUMENT, /* the end of a document */
    FACT_ASSIGNMENT,
    FACT_ROLE,
    FACT_DENY,
    FACT_LOCK,
    FACT_PLACE,
    FACT_RESOURCE,
    FACT_OBJECT,
    FACT_DIRECTORY_ROLE,
    FACT_ADMINISTRATIVE_UNIT,
    FACT_DIRECTORY_ASSIGNMENT,
    FACT_APP_ROLE_ASSIGNMENT,
    FACT_DELEGATED_GRANT,
    FACT_FEDERATED,
    FACT_BUNDLE,
    FACT_TENANT,
    FACT_MANIFEST,
    FACT_KIND_COUNT
} FactKind;

/* Something to tell about a place: why a record was left out, or what is odd about one kept. */
typedef struct Remark {
    const char *member; /* pointer inside the record, or "" */
    const char *text;
    bool is_error;
    bool is_foreign; /* a record standing alone like this makes the file none of ours */
} Remark;

typedef struct ProblemFact {
    InputProblemKind kind;
    const char *message;
} ProblemFact;

typedef struct DocumentFact {
    bool is_list;
    bool wrapped; /* {"value": [...]} and the like */
    bool resource_graph;
    uint32_t element_count;
    const char *truncated_by; /* the sign that more pages exist, or NULL */
    RecordKind named_kind;    /* what the list is of by context, manifest or file name */
    RecordKind also_kind;     /* a second one: groups with their members; else RECORD_KIND_COUNT */
    const char *of;           /* to what it belongs, by manifest; or NULL */
    const ListOwner *owner;   /* a list of members or owners: whose; or NULL */
} DocumentFact;

typedef struct Fact {
    FactKind kind;
    RecordKind record_kind; /* RECORD_OTHER when it is no record */
    Spelling spelling;
    RecordPlace place; /* container lives as long as the input list */
    int64_t newest;    /* newest date of the record, or TIME_NONE */
    bool in_part;      /* see Record: the record does not make its kind an exported one */
    union {
        const char *not_relevant; /* what it is */
        Remark not_understood;
        const ProblemFact *problem;
        const DocumentFact *document;
        const AssignmentFact *assignment;
        const RoleFact *role;
        const DenyFact *deny;
        const LockFact *lock;
        const PlaceFact *placement;
        const ResourceFact *resource;
        const ObjectFact *object;
        const DirectoryRoleFact *directory_role;
        const AdministrativeUnitFact *administrative_unit;
        const DirectoryAssignmentFact *directory_assignment;
        const AppRoleAssignmentFact *app_role_assignment;
        const DelegatedGrantFact *delegated_grant;
        const FederatedFact *federated;
        const BundleFact *bundle;
        const char *tenant_id;
    };
    const Remark *remarks; /* about a record that is kept */
    uint32_t remark_count;
    const char *truncated_by; /* an inline list that was cut: "members@odata.nextLink" */
} Fact;

#endif
