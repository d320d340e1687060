#ifndef ACCESS_SCOPE_H
#define ACCESS_SCOPE_H

#include "access/certainty.h"
#include "snapshot/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Every scope that any record names, and every ancestor of one, as one tree in depth-first order:
 * scopes[0] is "/", and all below scope s are s+1 .. end-1, so "everything below" is a range.
 * Children are in the order of their lower-cased ids, so equal records give equal trees.
 * https://learn.microsoft.com/azure/role-based-access-control/scope-overview
 *
 *     /                                            tenant-level resources hang here
 *     └ tenant root group                          when the tenant's id is known
 *       ├ management groups                        as exported; place unknown: here
 *       │ └ subscription
 *       │   ├ resource group
 *       │   │ └ resource > child resources         blobServices/default/containers/c: two levels
 *       │   │   └ extension resource               .../providers/NS/type/name below any scope
 *       │   └ resource of the subscription
 *       └ subscription whose group is not exported
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
    Id type;                 /* resource type, known from the id even if not exported: resources and
                                resource groups; NONE above, and for an id that is no resource's */
    uint32_t subscription;   /* the scope of its subscription, or NONE */
    uint32_t resource_group; /* the scope of its resource group, or NONE */
    ScopeLevel level;
    bool place_unknown;    /* a management group whose parent was not exported, or a subscription
                              without a known parent: it hangs as high as it can */
    bool chain_unknown;    /* groups and subscriptions: its place, or that of a group above it, is
                              unknown, so not all groups above it are known */
    uint32_t place_record; /* record that tells the parent of a group or subscription, or NONE */
} Scope;

/*
 * "`group` is assumed to hold `subscription`", because the chains above both have unknown places,
 * or because one list of assignments named them together (Snapshot.assumed_placements).  Never for
 * a pair that the tree decides.
 */
typedef struct AssumedParent {
    uint32_t group;
    uint32_t subscription;
    uint32_t record; /* an assignment of the list, or NONE */
} AssumedParent;

typedef struct ScopeTree {
    Scope *scopes;
    uint32_t count;
    uint32_t *scope_of_id; /* Id -> scope or NONE; id_count entries */
    uint32_t id_count;
    uint32_t tenant_root;         /* the tenant root group, or NONE when no record tells it */
    ARRAY(AssumedParent) assumed; /* by group, then subscription */
} ScopeTree;

enum {
    SCOPE_MAX_LEVELS = 32, /* an id with more hangs directly below its ancestor of this level: real
                              ids have a dozen at most, and a made-up one must not grow the tree by
                              its length */
    SCOPE_MOST_ASSUMED = 1 << 26 /* more pairs end the process like running out of memory */
};

/*
 * Adds to snapshot->ids the ids of ancestors and the resource types that no record spells out; the
 * rest of the snapshot is only read.  O(n log n), n being the number of ids, plus the number of
 * assumed pairs: groups times subscriptions of unknown place.
 */
void scope_tree_build(ScopeTree *tree, Snapshot *snapshot);
void scope_tree_free(ScopeTree *tree);

/* Does `outer` contain `inner` (or equal it)?  CERTAIN, ASSUMED or NO. */
Certainty scope_contains(const ScopeTree *tree, uint32_t outer, uint32_t inner);

/* The pairs of `group` in tree->assumed: from the result up to `end`. */
uint32_t scope_assumed_of(const ScopeTree *tree, uint32_t group, uint32_t *end);

/* The nearest scope at or above `scope` that has the level, or NONE. */
uint32_t scope_ancestor(const ScopeTree *tree, uint32_t scope, ScopeLevel level);

/*
 * The scope of the id, or of its nearest ancestor that the tree has (`exact` says which): a scope
 * that no record names still lies somewhere.  Never NONE: "/" contains everything.  A subscription
 * or management group that no record names lies below the tenant root group when that is known.
 */
uint32_t scope_find(const ScopeTree *tree, const Snapshot *snapshot, const char *id, bool *exact);

/* Where an id lies that the tree need not have: look it up once, then ask often. */
typedef struct ScopeTarget {
    uint32_t scope; /* its own, or that of its nearest ancestor, as scope_find tells */
    bool exact;
    bool unplaced; /* a subscription or management group that no record names, or below one */
} ScopeTarget;

ScopeTarget scope_target(const ScopeTree *tree, const Snapshot *snapshot, const char *id);
Certainty scope_contains_target(const ScopeTree *tree, uint32_t outer, const ScopeTarget *target);

/* Does the text of `outer` contain the text of `inner` (segment-wise, any case)?  Levels below a
   subscription only: management groups need the tree. */
bool scope_text_contains(const char *outer, const char *inner);

/* What the text of a normalised id tells. */
typedef struct ScopeShape {
    ScopeLevel level;
    size_t parent_bytes; /* the parent's id is this much of the text; 0: not in the text ("/", a
                            management group or a subscription) */
    uint32_t depth;      /* pairs "/type/name", "/providers/NS" not counted */
    size_t namespace_at; /* where the resource provider's name begins; 0: no resource's id */
} ScopeShape;

ScopeShape scope_shape(const char *id);

/* Writes the resource type of the id ("Microsoft.KeyVault/vaults/secrets") to `type`, which has
   room for the id's own length and a NUL; false when the id is no resource's. */
bool scope_type_of_id(const char *id, char *type);

#endif
