#ifndef GEN_TENANT_NAMES_H
#define GEN_TENANT_NAMES_H

#include "tenant.h"

/*
 * What things are called: derived from the seed and the index, never stored.  Names and ids are
 * returned by value; use them within the expression: `out_text(out, "id", scope_id(t, s).text)`.
 */
typedef struct Name {
    char text[128];
} Name;

typedef struct ArmId {
    char text[640];
} ArmId;

Name scope_name(const Tenant *tenant, uint32_t scope); /* last segment of its id */
ArmId scope_id(const Tenant *tenant, uint32_t scope);
const char *resource_type(ResourceKind kind); /* "Microsoft.KeyVault/vaults" */
const char *location_of(const Tenant *tenant, uint32_t scope);

Name tenant_guid(const Tenant *tenant);
Name principal_id(const Tenant *tenant, uint32_t principal);
Name client_id(const Tenant *tenant, uint32_t principal); /* application id */
Name principal_name(const Tenant *tenant, uint32_t principal);
Name role_guid(const Tenant *tenant, uint32_t role);
Name role_name(const Tenant *tenant, uint32_t role);

/* A GUID for anything else; `what` keeps the kinds of things apart. */
typedef enum GuidKind {
    GUID_TENANT,
    GUID_SUBSCRIPTION,
    GUID_PRINCIPAL,
    GUID_CLIENT,
    GUID_ROLE,
    GUID_ASSIGNMENT,
    GUID_ELIGIBILITY,
    GUID_DENY,
    GUID_JOB
} GuidKind;
Name guid_of(const Tenant *tenant, GuidKind kind, uint64_t index);

/* A number that belongs to the thing, for choices made while writing. */
uint32_t choice(const Tenant *tenant, const char *what, uint64_t index, uint32_t count);

/* "2023-05-17T08:09:42.083592+00:00" as Azure CLI prints it, "...0835929Z" as REST does. */
Name cli_date(const Tenant *tenant, uint64_t index);
Name rest_date(const Tenant *tenant, uint64_t index);

#endif
