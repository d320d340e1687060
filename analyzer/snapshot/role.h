#ifndef SNAPSHOT_ROLE_H
#define SNAPSHOT_ROLE_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A role definition, exported or from the built-in table: what may be done, not by whom or where.
 * https://learn.microsoft.com/azure/role-based-access-control/role-definitions
 */
typedef struct TextList {
    const char **items;
    uint32_t count;
} TextList;

/* Allowed are `actions` minus `not_actions` of the same block; data actions likewise; blocks are
   united, each under its own condition. */
typedef struct PermissionBlock {
    TextList actions;
    TextList not_actions;
    TextList data_actions;
    TextList not_data_actions;
    const char *condition; /* ABAC condition of the block, or NULL */
} PermissionBlock;

typedef enum RoleKind { ROLE_BUILT_IN, ROLE_CUSTOM } RoleKind;

typedef struct RoleDefinition {
    Guid guid; /* the last GUID of its id: role definitions join on it and on nothing else */
    const char *name;
    PermissionBlock *blocks;
    uint32_t block_count;
    RoleKind kind;
    TextList assignable_scopes; /* as exported; empty for the built-in table */
    uint32_t record;            /* in Snapshot.records; NONE for the built-in table */
} RoleDefinition;

#endif
