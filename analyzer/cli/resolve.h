#ifndef CLI_RESOLVE_H
#define CLI_RESOLVE_H

#include "analysis/questions.h"
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

/*
 * The operands from `first` up to `end` as one start of session->analysis: all of them, compromised
 * together.  False: said on standard error.  Needs STAGE_PREPARED.
 */
bool resolve_start(Session *session, uint32_t first, uint32_t end);

/*
 * WHAT: a principal by object id or application id, a scope by ARM id, or either by a name.  An
 * identity's ARM id means the resource.  A name that an identity shares with its own resource means
 * the user-assigned identity, or the host of the system-assigned one.  False: said on standard
 * error.  Needs STAGE_ACCESS.
 */
bool resolve_what(Session *session, const char *text, Entity *what);

/* WHAT, and --capability: one of the closed list, and only of a scope.  False: said on standard
   error. */
bool resolve_target(Session *session, const char *text, TargetQuestion *question);

/* A scope by ARM id, which need not exist, by the GUID of a subscription, or by the name of one
   management group, subscription, resource group or resource.  Needs STAGE_ACCESS. */
bool resolve_scope(Session *session, const char *text, const char **id);

/* A role definition by GUID, which need not be known, or by its name. */
bool resolve_role(Session *session, const char *text, const char **guid);

#endif
