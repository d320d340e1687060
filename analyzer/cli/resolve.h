#ifndef CLI_RESOLVE_H
#define CLI_RESOLVE_H

#include "cli/session.h"

/* What a user means by WHO. */
typedef struct Who {
    uint32_t principal; /* Snapshot.principals, or NONE */
    uint32_t resource;  /* a workload: Snapshot.resources, or NONE */
    const char *id;     /* its object id or ARM id; of neither: a well-formed id in no export */
} Who;

/*
 * WHO by object id, ARM id, application id, or a name that only one principal or workload has:
 * display name, user principal name or last segment of the ARM id, in any case.  The ARM id of a
 * user-assigned identity means the identity.  False: said on standard error, with the candidates or
 * the nearest names.  Needs STAGE_SNAPSHOT.
 */
bool resolve_who(Session *session, const char *text, Who *who);

/* A scope by ARM id, which need not exist, by the GUID of a subscription, or by the name of one
   management group, subscription, resource group or resource.  Needs STAGE_ACCESS. */
bool resolve_scope(Session *session, const char *text, const char **id);

/* A role definition by GUID, which need not be known, or by its name. */
bool resolve_role(Session *session, const char *text, const char **guid);

#endif
