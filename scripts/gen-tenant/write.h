#ifndef GEN_TENANT_WRITE_H
#define GEN_TENANT_WRITE_H

#include "names.h"
#include "out.h"

/*
 * One function for each group of exports; `directory` exists.  Shapes: Azure CLI 2.60 for `az ...
 * list`, REST pages for what is exported with `az rest`.
 */

/* Of the tenant: accounts, management groups. */
void write_containers(const Tenant *tenant, const char *directory);

/* Of the directory: users, groups and their members, service principals. */
void write_entra(const Tenant *tenant, const char *directory);

/* Of one subscription: resource groups, resources, identities, vaults, storage, registries. */
void write_resources(const Tenant *tenant, uint32_t subscription, const char *directory);

/* Of one subscription: workspaces; and of each of its workspaces, in a directory of its own:
   computes, endpoints, deployments, jobs, datastores, connections. */
void write_aml(const Tenant *tenant, uint32_t subscription, const char *directory);

/*
 * Of one subscription: role assignments, custom roles, deny assignments, eligibility.  The list of
 * assignments holds, as that of `--all` does, those of the management groups above.
 * `assignments` and `eligible` are indexes of those at or below a scope, grouped by subscription.
 */
typedef struct BySubscription {
    uint32_t *items;  /* indexes of assignments: management groups' first, then by subscription */
    uint32_t *starts; /* 0: management groups; 1 + i: subscription number i; one more at the end */
} BySubscription;

BySubscription group_by_subscription(const Tenant *tenant, const Assignment *assignments,
                                     uint32_t count);
void by_subscription_free(BySubscription *grouped);

void write_access(const Tenant *tenant, uint32_t subscription, const BySubscription *assignments,
                  const BySubscription *eligible, const char *directory);

/* {"value": [ ... ]}, a page of a REST API. */
Out *page_open(const char *directory, const char *name);
void page_close(Out *out);

/* "id": "<parent>/<path>/<name>". */
void write_id_below(Out *out, const char *parent, const char *path, const char *name);

/* The identity object of a resource; null when it has none. */
void write_identity(const Tenant *tenant, Out *out, uint32_t scope);

/* "resourceGroup", which Azure CLI adds to every resource. */
void write_resource_group(const Tenant *tenant, Out *out, uint32_t scope);

#endif
