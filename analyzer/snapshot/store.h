#ifndef SNAPSHOT_STORE_H
#define SNAPSHOT_STORE_H

#include "snapshot/batch.h"
#include "snapshot/snapshot.h"

/*
 * The committer's side: facts in path order become the snapshot.  Everything here runs on one
 * thread.  What a later record may still complete (identities known by ARM id only, PIM instances,
 * owners of something whose kind is not known yet) is kept aside and joined by store_finish.
 */

/* ---- small containers ---- */

/* Id -> index of something, NONE when there is none. */
typedef struct IdMap {
    uint32_t *items;
    uint32_t count;
} IdMap;

uint32_t id_map_get(const IdMap *map, Id id);
void id_map_set(IdMap *map, Id id, uint32_t index);
void id_map_free(IdMap *map);

/* A set of triples of numbers. */
typedef struct TripleSet {
    uint32_t (*slots)[3];
    uint32_t slot_count;
    uint32_t count;
} TripleSet;

/* True when the triple was not in the set.  The first number must not be NONE. */
bool triple_set_add(TripleSet *set, uint32_t a, uint32_t b, uint32_t c);
void triple_set_free(TripleSet *set);

/* ---- what is known besides the snapshot while reading ---- */

/* Where a name or kind came from; the better source wins. */
typedef enum SourceRank {
    FROM_NOTHING,
    FROM_MENTION,
    FROM_LIST,
    FROM_IDENTITY,
    FROM_OWN_RECORD
} SourceRank;

typedef struct PrincipalState {
    uint8_t name_rank;
    uint8_t kind_rank;
    bool said_unknown;
} PrincipalState;

/* An identity attached to a resource, before its principal is known. */
typedef struct RawAttachment {
    Id identity; /* ARM id; NONE: the system-assigned one */
    Id object_id;
    Id client_id;
    uint32_t record;
} RawAttachment;

typedef struct ResourceState {
    int64_t newest;
    uint32_t first_policy; /* in Snapshot.access_policies */
    uint32_t policy_count;
    Id object_id; /* a user-assigned identity's own */
    Id client_id;
    uint32_t identity_record; /* that gave object_id */
} ResourceState;

typedef struct PendingInstance {
    RoleAssignment assignment;
    Id origin;
} PendingInstance;

typedef struct PendingRelation {
    RelationKind relation;
    ObjectKind kind;
    Id object;
    uint32_t subject;
    uint32_t record;
} PendingRelation;

/* A list of members or owners was read to its end, maybe without an element. */
typedef struct PendingList {
    RelationKind relation;
    Id object;
} PendingList;

/* A property of a principal, before they are grouped. */
typedef struct PrincipalProperty {
    uint32_t principal;
    Property property;
} PrincipalProperty;

typedef struct AppRoleName {
    uint32_t principal; /* the API's service principal */
    Id app_role;
    Text value;
} AppRoleName;

/* Which exports named which tenant, best source first. */
typedef enum TenantSource {
    TENANT_OF_TENANTS,
    TENANT_OF_MANAGEMENT_GROUPS,
    TENANT_OF_SUBSCRIPTIONS,
    TENANT_OF_RESOURCES,
    TENANT_SOURCE_COUNT
} TenantSource;

typedef struct TenantVote {
    Id tenant;
    bool several;
} TenantVote;

/* One Azure CLI list of assignments while it is being read. */
typedef struct ListPlaces {
    uint32_t number; /* of the list, from 1 */
    Id subscription; /* the only one so far */
    bool several;
    ARRAY(AssumedPlacement) groups; /* subscription not filled in */
} ListPlaces;

typedef struct FileState {
    uint32_t messages;
    uint32_t reasons;
    uint32_t held_back; /* messages above the limit */
    uint32_t repeated;  /* records set aside for the same reason as the one before */
    const char *last_reason;
    bool error_held_back;
    Spelling spelling; /* of the first record used */
    RecordKind kind;
    bool several_kinds;
    bool wrapped;
    bool list;
    bool resource_graph;
    uint32_t first_not_relevant; /* in Snapshot.not_relevant */
} FileState;

typedef struct Store {
    Snapshot *snapshot;
    const InputList *inputs;
    uint32_t file; /* being committed */
    FileState file_state;
    IdMap principal_of;
    IdMap resource_of;
    IdMap assignment_of;
    IdMap instance_of;
    IdMap deny_of;
    IdMap lock_of;
    IdMap role_of;
    IdMap group_of; /* management groups */
    IdMap subscription_of;
    IdMap application_of;
    IdMap credential_of;
    IdMap directory_role_of; /* Snapshot.directory_role_definitions by both of their ids */
    IdMap unit_of;           /* Snapshot.administrative_units */
    IdMap not_relevant_of;   /* by Text */
    TripleSet relations;
    TripleSet unit_members;
    Interner directory_assignments; /* by what they say; ids are in Snapshot.directory_roles */
    TripleSet app_role_assignments;
    TripleSet delegated_grants;
    TripleSet placements;
    uint32_t *tuple_slots; /* role assignments by principal, role and scope */
    uint32_t tuple_slot_count;
    uint32_t tuple_indexed; /* so many assignments are in it */
    uint32_t without_id;    /* plain assignments that have none */
    ARRAY(PrincipalState) principal_states;
    ARRAY(ResourceState) resource_states;
    ARRAY(RawAttachment) raw_attachments;
    ARRAY(int64_t) assignment_dates;
    ARRAY(int64_t) role_dates;
    ARRAY(int64_t) deny_dates;
    ARRAY(int64_t) group_dates;
    ARRAY(PendingInstance) instances;
    ARRAY(PendingRelation) pending_relations;
    ARRAY(PrincipalProperty) principal_properties;
    ARRAY(AppRoleName) app_role_names;
    ARRAY(PendingList) pending_lists;
    TenantVote tenants[TENANT_SOURCE_COUNT];
    ListPlaces places;
    const char *last_container;
    Text last_container_text;
    bool stop_at_error; /* options->strict */
    bool stopped;
    Error error;
} Store;

/* Takes one batch. */
void store_commit(Store *store, const Batch *batch);

/* Joins what was kept aside and closes the snapshot. */
void store_finish(Store *store);
void store_free(Store *store);

/* ---- shared by the parts below ---- */

Id store_id(Store *store, const char *text);
Text store_text(Store *store, const char *text);
TextList store_list(Store *store, const TextList *list); /* copied into the snapshot */

/* The record of a fact that is used; one per call. */
uint32_t store_record(Store *store, const Fact *fact);
void store_see_tenant(Store *store, TenantSource source, const char *tenant);

/* Two records of one thing disagree about `what`; tells it at the later one.  True when the later
   one is newer and so the one to use. */
bool store_disagreement(Store *store, const Fact *fact, uint32_t record, int64_t date,
                        const char *what);

/* ---- ledger.c ---- */

void ledger_open(Store *store, const InputList *inputs);
void ledger_start_file(Store *store, uint32_t file);
void ledger_used(Store *store, const Fact *fact, bool duplicate);
void ledger_not_relevant(Store *store, const Fact *fact);
void ledger_not_understood(Store *store, const Fact *fact);
void ledger_problem(Store *store, const Fact *fact);
void ledger_document(Store *store, const Fact *fact);
void ledger_truncated(Store *store, const char *sign);
void ledger_message(Store *store, const RecordPlace *place, const Remark *remark);
void ledger_end_file(Store *store, const Batch *batch);
void ledger_close(Store *store);

/* ---- one commit function per kind of fact: true when the record was used, false: duplicate ----
 */

bool commit_assignment(Store *store, const Fact *fact);
bool commit_role(Store *store, const Fact *fact);
bool commit_deny(Store *store, const Fact *fact);
bool commit_lock(Store *store, const Fact *fact);
bool commit_place(Store *store, const Fact *fact);
bool commit_resource(Store *store, const Fact *fact);
bool commit_object(Store *store, const Fact *fact);
bool commit_directory_role(Store *store, const Fact *fact);
bool commit_administrative_unit(Store *store, const Fact *fact);
bool commit_directory_assignment(Store *store, const Fact *fact);
bool commit_app_role_assignment(Store *store, const Fact *fact);
bool commit_delegated_grant(Store *store, const Fact *fact);
bool commit_federated(Store *store, const Fact *fact);

/* At the end of a document: what could be said only of the list as a whole. */
void commit_list_places(Store *store);
bool commit_list_owner(Store *store, const ListOwner *owner); /* true: was not known */

/* ---- principals.c ---- */

/* The principal of an object id, made known by `record` if it is new. */
uint32_t store_principal(Store *store, Id object_id, uint32_t record);
uint32_t store_find_principal(const Store *store, const char *object_id); /* or NONE */
void store_hint(Store *store, uint32_t principal, const PrincipalHint *hint, SourceRank rank);
void store_set_kind(Store *store, uint32_t principal, PrincipalKind kind, SourceRank rank);

/* The name of a principal that has none: the first letters of its object id. */
enum { UNRESOLVED_BYTES = 64 };
void unresolved_name(char name[UNRESOLVED_BYTES], const char *object_id);

/* ---- finishing, in this order ---- */

void finish_identities(Store *store);  /* resources: attachments, compact properties */
void finish_assignments(Store *store); /* PIM instances, classic administrators */
void finish_directory(Store *store);   /* relations, role names, values of app roles */
void finish_places(Store *store);      /* mentioned groups and subscriptions */
void finish_principals(Store *store);  /* deleted ones */

#endif
