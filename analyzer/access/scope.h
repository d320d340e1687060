#ifndef ACCESS_SCOPE_H
#define ACCESS_SCOPE_H

#include "access/certainty.h"
#include "snapshot/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Every scope that any record names, as one tree in depth-first order: scopes[0] is "/", and all
 * below scope s are s+1 .. end-1, so "everything below" is a range.  Children are in the order of
 * their lower-cased ids.
 * https://learn.microsoft.com/azure/role-based-access-control/scope-overview
 */
typedef enum ScopeLevel {
    SCOPE_ROOT,
    SCOPE_MANAGEMENT_GROUP,
    SCOPE_SUBSCRIPTION,
    SCOPE_RESOURCE_GROUP,
    SCOPE_RESOURCE /* and everything below one */
} ScopeLevel;

typedef struct Scope {
    Id id;
    uint32_t parent;         /* NONE for "/" */
    uint32_t end;            /* one past the last scope below */
    uint32_t resource;       /* Snapshot.resources, or NONE: named only */
    Id type;                 /* resource type, known from the id even if not exported; NONE above */
    uint32_t subscription;   /* the scope of its subscription, or NONE */
    uint32_t resource_group; /* the scope of its resource group, or NONE */
    ScopeLevel level;
    bool place_unknown;    /* a management group whose parent was not exported, or a subscription
                              without a known parent: it hangs below "/" for want of better */
    uint32_t place_record; /* record that tells the parent of a group or subscription, or NONE */
} Scope;

/* "`group` is assumed to hold `subscription`": semantics section 3, Scope tree. */
typedef struct AssumedParent {
    uint32_t group;
    uint32_t subscription;
    uint32_t record; /* or NONE */
} AssumedParent;

typedef struct ScopeTree {
    Scope *scopes;
    uint32_t count;
    uint32_t *scope_of_id; /* Id -> scope or NONE; id_count entries */
    uint32_t id_count;
    ARRAY(AssumedParent) assumed; /* by group, then subscription */
} ScopeTree;

void scope_tree_build(ScopeTree *tree, const Snapshot *snapshot);
void scope_tree_free(ScopeTree *tree);

/* Does `outer` contain `inner` (or equal it)?  CERTAIN, ASSUMED or NO. */
Certainty scope_contains(const ScopeTree *tree, uint32_t outer, uint32_t inner);

/*
 * The scope of the id, or of its nearest ancestor that the tree has (`exact` says which): a scope
 * that no record names still lies somewhere.  Never NONE: "/" contains everything.
 */
uint32_t scope_find(const ScopeTree *tree, const Snapshot *snapshot, const char *id, bool *exact);

/* Does the text of `outer` contain the text of `inner` (segment-wise, any case)?  Levels below a
   subscription only: management groups need the tree. */
bool scope_text_contains(const char *outer, const char *inner);

#endif
