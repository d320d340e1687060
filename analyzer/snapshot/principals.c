#include "base/text.h"
#include "snapshot/store.h"

#include <stdio.h>

uint32_t store_principal(Store *store, Id object_id, uint32_t record)
{
    Snapshot *snapshot = store->snapshot;
    uint32_t index = object_id == NONE ? NONE : id_map_get(&store->principal_of, object_id);
    if (index != NONE)
        return index;
    Principal principal = {.object_id = object_id,
                           .name = NONE,
                           .user_principal_name = NONE,
                           .app_id = NONE,
                           .resource_id = NONE,
                           .enabled = true,
                           .record = NONE,
                           .mentioned_by = record};
    ARRAY_PUSH(&snapshot->principals, principal);
    ARRAY_PUSH(&store->principal_states, ((PrincipalState){0}));
    index = snapshot->principals.count - 1;
    if (object_id != NONE)
        id_map_set(&store->principal_of, object_id, index);
    return index;
}

uint32_t store_find_principal(const Store *store, const char *object_id)
{
    Id id = interner_find(&store->snapshot->ids, object_id);
    return id == NONE ? NONE : id_map_get(&store->principal_of, id);
}

void store_set_kind(Store *store, uint32_t principal, PrincipalKind kind, SourceRank rank)
{
    PrincipalState *state = &store->principal_states.items[principal];
    Principal *known = &store->snapshot->principals.items[principal];
    if (kind == PRINCIPAL_UNKNOWN)
        return;
    /* A directory's "service principal" is less exact than "identity of this resource". */
    bool exact = known->kind == PRINCIPAL_SYSTEM_ASSIGNED || known->kind == PRINCIPAL_USER_ASSIGNED;
    if (exact && kind == PRINCIPAL_SERVICE_PRINCIPAL)
        return;
    if (rank <= state->kind_rank && known->kind != PRINCIPAL_UNKNOWN)
        return;
    known->kind = kind;
    state->kind_rank = (uint8_t)rank;
}

void store_hint(Store *store, uint32_t principal, const PrincipalHint *hint, SourceRank rank)
{
    Principal *known = &store->snapshot->principals.items[principal];
    PrincipalState *state = &store->principal_states.items[principal];
    store_set_kind(store, principal, hint->kind, rank);
    state->said_unknown |= hint->said_unknown;
    if (hint->name && rank > state->name_rank) {
        known->name = store_text(store, hint->name);
        state->name_rank = (uint8_t)rank;
    }
    if (hint->user_principal_name &&
        (known->user_principal_name == NONE || rank == FROM_OWN_RECORD))
        known->user_principal_name = store_text(store, hint->user_principal_name);
    if (hint->app_id && (known->app_id == NONE || rank == FROM_OWN_RECORD))
        known->app_id = store_id(store, hint->app_id);
}

void unresolved_name(char name[UNRESOLVED_BYTES], const char *object_id)
{
    snprintf(name, UNRESOLVED_BYTES, "%.8s (unresolved)", object_id ? object_id : "");
}

static void name_unresolved(Store *store, const Principal *principal)
{
    char name[UNRESOLVED_BYTES];
    if (principal->name != NONE || principal->user_principal_name != NONE ||
        principal->resource_id != NONE)
        return;
    unresolved_name(name, id_text(store->snapshot, principal->object_id));
    store_text(store, name);
}

/* "Unknown" in an assignment list means that the directory no longer has the object; whoever is
   known from anywhere else is not deleted.
   https://learn.microsoft.com/azure/role-based-access-control/troubleshooting#symptom---role-assignments-with-identity-not-found
 */
void finish_principals(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    for (uint32_t i = 0; i < snapshot->principals.count; i++) {
        Principal *principal = &snapshot->principals.items[i];
        principal->deleted = store->principal_states.items[i].said_unknown &&
                             !principal->exported && principal->kind == PRINCIPAL_UNKNOWN &&
                             principal->name == NONE && principal->resource_id == NONE;
        name_unresolved(store, principal);
    }
}
