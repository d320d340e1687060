#ifndef GEN_TENANT_TENANT_H
#define GEN_TENANT_TENANT_H

#include "base/array.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * An invented tenant of any size, as plain arrays; tenant_write gives it the shape of exports.
 * The same options give the same tenant.
 *
 * Shape: management groups (a tree, six below each) > subscriptions > resource groups > resources >
 * child resources.  Few subscriptions hold much of what there is.  Every principal has a home
 * resource group: most of its assignments are there, some elsewhere in the subscription, and
 * `far_percent` anywhere.  `wide_percent` scales how many are at subscriptions and management
 * groups.  Much of either joins the identities into one big component in which everybody reaches
 * everything; little of both ("tight") makes long, narrow chains.
 */
typedef struct TenantOptions {
    uint32_t assignment_count;
    uint32_t resource_count;     /* about; without child resources */
    uint32_t aml_identity_count; /* about */
    double wide_percent;         /* of the assignments, default 6 */
    double far_percent;          /* of the assignments, default 15 */
    uint64_t seed;
} TenantOptions;

typedef enum ScopeKind {
    SCOPE_MANAGEMENT_GROUP,
    SCOPE_SUBSCRIPTION,
    SCOPE_RESOURCE_GROUP,
    SCOPE_RESOURCE,
    SCOPE_CHILD
} ScopeKind;

typedef enum ResourceKind {
    RESOURCE_STORAGE,
    RESOURCE_VAULT,
    RESOURCE_REGISTRY,
    RESOURCE_INSIGHTS,
    RESOURCE_WORKSPACE,
    RESOURCE_IDENTITY,
    RESOURCE_VIRTUAL_MACHINE, /* from here to RESOURCE_FACTORY: they run code as an identity */
    RESOURCE_SITE,
    RESOURCE_AUTOMATION,
    RESOURCE_CLUSTER,
    RESOURCE_WORKFLOW,
    RESOURCE_CONTAINER_APP,
    RESOURCE_FACTORY,
    RESOURCE_INTERFACE, /* from here on: nothing hangs on them */
    RESOURCE_PUBLIC_ADDRESS,
    RESOURCE_NETWORK,
    RESOURCE_DISK,
    RESOURCE_SQL,
    RESOURCE_LOGS,
    RESOURCE_PRIVATE_ENDPOINT,
    RESOURCE_SECURITY_GROUP,
    RESOURCE_EVENT_HUB,
    RESOURCE_COGNITIVE,
    RESOURCE_COSMOS,
    RESOURCE_KIND_COUNT,
    CHILD_COMPUTE = RESOURCE_KIND_COUNT, /* of a workspace */
    CHILD_ENDPOINT,                      /* of a workspace */
    CHILD_CONTAINER,                     /* of a storage account */
    CHILD_SECRET,                        /* of a vault */
    CHILD_KIND_END
} ResourceKind;

/* The five that belong to one workspace follow one another in Tenant.scopes, in this order. */
enum { WORKSPACE_STORAGE = 1, WORKSPACE_VAULT, WORKSPACE_REGISTRY, WORKSPACE_INSIGHTS };

/* Index: Tenant.scopes.  Parents come before their children. */
typedef struct Scope {
    ScopeKind kind;
    ResourceKind resource; /* resources and children only */
    uint32_t parent;       /* the root is its own */
    uint32_t first_child;  /* subscriptions, resource groups, workspaces: their children follow */
    uint32_t child_count;  /* one another */
    uint32_t system_identity; /* principals attached to it, or NONE */
    uint32_t user_identity;
} Scope;

typedef enum PrincipalKind {
    PRINCIPAL_USER,
    PRINCIPAL_GROUP,
    PRINCIPAL_SERVICE_PRINCIPAL,
    PRINCIPAL_SYSTEM_ASSIGNED,
    PRINCIPAL_USER_ASSIGNED
} PrincipalKind;

/* Index: Tenant.principals. */
typedef struct Principal {
    PrincipalKind kind;
    uint32_t home;      /* scope: its resource group */
    uint32_t resource;  /* scope: the identity itself, or its host; NONE */
    uint32_t workspace; /* scope: AML identities; NONE */
} Principal;

typedef struct Membership {
    uint32_t group; /* principal */
    uint32_t member;
} Membership;

typedef struct Assignment {
    uint32_t principal;
    uint32_t scope;
    uint32_t role; /* below built_in_role_count: built-in, else custom */
} Assignment;

typedef struct Tenant {
    TenantOptions options;
    ARRAY(Scope) scopes;
    uint32_t first_subscription;
    uint32_t first_resource_group;
    uint32_t first_resource;
    uint32_t first_child; /* of a resource */
    ARRAY(Principal) principals;
    uint32_t user_count;           /* principals 0 .. */
    uint32_t group_count;          /* principals user_count .. */
    ARRAY(Membership) memberships; /* grouped by group; no cycles */
    uint32_t custom_role_count;
    ARRAY(Assignment) assignments; /* no two are equal */
    ARRAY(Assignment) eligible;    /* users and groups only */
    ARRAY(uint32_t) workspaces;    /* scopes */
} Tenant;

Tenant tenant_make(const TenantOptions *options);
void tenant_free(Tenant *tenant);

/* The scope of the given kind at or above `scope`. */
uint32_t scope_above(const Tenant *tenant, uint32_t scope, ScopeKind kind);

bool runs_code(ResourceKind kind);

/* ---- roles ---- */

typedef struct Role {
    const char *guid;
    const char *name;
    unsigned weight;    /* how often it is given */
    ResourceKind fits;  /* the only resource it is given on; RESOURCE_KIND_COUNT: any */
    bool manages;       /* writes or runs things: rare at wide scopes */
    bool assigns_roles; /* often given under a condition */
} Role;

extern const Role built_in_roles[];
extern const uint32_t built_in_role_count;

enum {
    ROLE_BLOB_CONTRIBUTOR,
    ROLE_REGISTRY_PULL,
    ROLE_SECRETS_USER,
    ROLE_DATA_SCIENTIST,
    ROLE_READER,
    ROLE_CONTRIBUTOR
};

/* Writes the exports below `directory`, which must not exist or be empty. */
void tenant_write(const Tenant *tenant, const char *directory);

#endif
