#ifndef SNAPSHOT_ARM_ID_H
#define SNAPSHOT_ARM_ID_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What an ARM id says by its form alone.  Ids are normalised (scope_normalise) unless said
 * otherwise, and compare without case.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */

/* Longest id that is taken over from an export; Azure's own limit is far below. */
enum { ARM_ID_MAX_BYTES = 4096 };

/*
 * The resource type that the id spells: what follows the last "/providers/", names left out:
 * ".../providers/Microsoft.KeyVault/vaults/v/secrets/s" gives "Microsoft.KeyVault/vaults/secrets";
 * a resource group gives "Microsoft.Resources/subscriptions/resourceGroups", a subscription
 * "Microsoft.Resources/subscriptions".  NULL when the id names no resource or the type does not
 * fit into the buffer.
 */
const char *arm_id_type(const char *id, char *buffer, size_t buffer_bytes);

/* Does scope_normalise leave it as it is?  (It may say no to some that it would.) */
bool arm_id_is_normal(const char *id);

/* False for subscriptions, resource groups and "/". */
bool arm_id_has_provider(const char *id);

/* The last segment; points into the id.  "/" gives "". */
const char *arm_id_name(const char *id);

/* What people need to tell it from others: the last segment, but of a version
   "train-env/versions/9", and of a service "stfraud/blobServices/default".  Points into the id, of
   any form. */
const char *arm_id_short_name(const char *id);

/* Length of the leading "/subscriptions/<id>", or 0. */
size_t arm_id_subscription_length(const char *id);

/* Length of the leading "/providers/Microsoft.Management/managementGroups/<name>", or 0. */
size_t arm_id_management_group_length(const char *id);

/*
 * Length of the scope that an extension resource belongs to: what stands before the last
 * "/providers/<extension>/", for example extension "Microsoft.Authorization/roleAssignments".
 * False when the id is of another type; length 0 is the root "/".
 */
bool arm_id_extended_scope(const char *id, const char *extension, size_t *length_bytes);

/* The GUID that is the last segment; false when that is none. */
bool arm_id_last_guid(const char *id, Guid *guid);

#define MANAGEMENT_GROUP_PREFIX "/providers/Microsoft.Management/managementGroups/"
#define RESOURCE_GROUP_TYPE     "Microsoft.Resources/subscriptions/resourceGroups"
#define SUBSCRIPTION_TYPE       "Microsoft.Resources/subscriptions"
#define USER_ASSIGNED_TYPE      "Microsoft.ManagedIdentity/userAssignedIdentities"

#endif
