#ifndef SNAPSHOT_EXCLUDE_H
#define SNAPSHOT_EXCLUDE_H

#include "snapshot/snapshot.h"

/*
 * Takes records out of a snapshot, as if they had not been exported: what something would be like
 * without them.  Counts of the ledger and evidence of other records stay as they are.
 */

/*
 * By ARM id, or by the GUID that ends it: a role, deny or eligible assignment, a lock; by ARM id, a
 * resource with everything below it, and the assignments, deny assignments and locks there. Returns
 * how many records went.  Before access_build.
 */
uint32_t snapshot_exclude(Snapshot *snapshot, const char *id);

#endif
