#ifndef SNAPSHOT_SNAPSHOT_H
#define SNAPSHOT_SNAPSHOT_H

#include "base/array.h"
#include "base/error.h"
#include "base/intern.h"
#include "input/input.h"
#include "snapshot/role.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The records as exported: what the files say, joined by id, nothing inferred.  Everything lives
 * in the snapshot and is freed with it.
 *
 * Ids.  `Id` is a number in `snapshot->ids`, which compares without case and keeps the first
 * spelling seen.  It holds normalised ARM ids (leading "/", no trailing "/", no "//"), object ids,
 * application ids, resource types (that of resource groups always) and role GUIDs.  NONE means
 * absent.  A GUID of zeros is absent. Texts.  `Text` is a number in `snapshot->texts`, where case
 * matters: names, conditions, values.
 */
typedef uint32_t Id;
typedef uint32_t Text;

/* What an export can be a list of.  One list for readers, ledger and gaps: record_kind.def. */
typedef enum RecordKind {
#define RECORD_KIND(symbol, name) RECORD_##symbol,
#include "snapshot/record_kind.def"
#undef RECORD_KIND
    RECORD_KIND_COUNT
} RecordKind;

const char *record_kind_name(RecordKind kind); /* "role-assignments" */

/* ---- evidence ---- */

/* A record that was used: evidence points here. */
typedef struct Record {
    uint32_t file;      /* in Snapshot.files */
    uint32_t line;      /* from 1 */
    uint32_t index;     /* of the array element, or NONE */
    uint32_t container; /* Text: JSON pointer of the array ("", "/value") */
    RecordKind kind;
    bool in_part; /* its tool leaves others of the kind out, as AzureHound does with all but a few
                     roles: what no such record says is unknown */
} Record;

/* ---- principals ---- */

typedef enum PrincipalKind {
    PRINCIPAL_UNKNOWN, /* only mentioned, kind not exported */
    PRINCIPAL_USER,
    PRINCIPAL_GROUP,
    PRINCIPAL_SERVICE_PRINCIPAL, /* an application's; also a managed identity whose host is unknown
                                  */
    PRINCIPAL_SYSTEM_ASSIGNED,   /* managed identity that lives with its host resource */
    PRINCIPAL_USER_ASSIGNED      /* managed identity that is a resource of its own */
} PrincipalKind;

/* Anything with an object id that some record names.  Index: Snapshot.principals. */
typedef struct Principal {
    Id object_id; /* NONE for an identity whose principal id is nowhere: known by resource_id only
                   */
    PrincipalKind kind;
    Text name;                /* display name, or NONE */
    Text user_principal_name; /* users; or NONE */
    Id app_id;                /* service principals and managed identities (client id); or NONE */
    Id resource_id; /* managed identities: ARM id of the identity (user-assigned) or of its host */
    bool exported;  /* false: only mentioned by other records */
    bool deleted;   /* an assignment says "Unknown" with an empty name, and nothing else knows it */
    bool guest;     /* userType Guest */
    bool enabled;   /* accountEnabled; true when not exported */
    bool role_assignable;    /* groups: isAssignableToRole */
    bool dynamic_membership; /* groups: has a membershipRule */
    bool members_exported;   /* groups: its member list was read, empty or not */
    bool owners_exported;    /* groups, service principals: its owner list was read */
    uint32_t first_property; /* in Snapshot.properties: what data/resource-fields.json keeps of the
                                record, by kind of principal */
    uint32_t property_count;
    uint32_t record;       /* the record that describes it, or NONE */
    uint32_t mentioned_by; /* first record that names it (NONE only when `record` is set) */
} Principal;

typedef enum RelationKind {
    RELATION_MEMBER, /* of a group */
    RELATION_OWNER   /* of a group, application, service principal */
} RelationKind;

/* "member is in group", "owner owns object". */
typedef struct DirectoryRelation {
    RelationKind kind;
    uint32_t object;  /* principal: the group or service principal; NONE for an application */
    Id application;   /* object id of the application when `object` is NONE */
    uint32_t subject; /* principal: the member or owner */
    uint32_t record;
} DirectoryRelation;

/* Keeps credentials off the service principals of an application, not off the application itself.
   https://learn.microsoft.com/entra/identity-platform/howto-configure-app-instance-property-locks
 */
typedef enum InstanceLock {
    INSTANCE_LOCK_NOT_SAID,
    INSTANCE_LOCK_OFF,
    INSTANCE_LOCK_ON
} InstanceLock;

typedef struct Application {
    Id object_id;
    Id app_id; /* joins it with its service principal */
    Text name;
    InstanceLock instance_lock;
    uint32_t record;
} Application;

/* A role of Microsoft Entra as exported: built-in, or a custom one with what it allows. */
typedef struct DirectoryRoleDefinition {
    Id id;          /* of the definition, or of the role object in this tenant */
    Id template_id; /* what assignments name */
    Text name;
    bool built_in;
    TextList actions;             /* "microsoft.directory/applications/credentials/update" */
    TextList conditional_actions; /* the same, under a condition of the role */
    uint32_t record;
} DirectoryRoleDefinition;

/* Members are users, groups and devices; the members of a group in it do not belong to it. */
typedef struct AdministrativeUnit {
    Id id;
    Text name;
    bool restricted;       /* isMemberManagementRestricted: only roles scoped to it reach members */
    bool members_exported; /* its member list was read, empty or not */
    uint32_t record;       /* the record that describes it, or names it first */
} AdministrativeUnit;

typedef struct UnitMember {
    uint32_t unit;      /* in Snapshot.administrative_units */
    uint32_t principal; /* in Snapshot.principals */
    uint32_t record;
} UnitMember;

/* Entra directory role, active or eligible.  A schedule instance of an assignment gives its times.
 */
typedef struct DirectoryRoleAssignment {
    uint32_t principal;
    Id role_template;     /* GUID of the role template */
    Text role_name;       /* or NONE */
    Text directory_scope; /* "/", "/administrativeUnits/<id>", "/<object id>" of a principal or of
                             an application */
    bool eligible;
    int64_t start; /* TIME_NONE: no limit */
    int64_t end;   /* exclusive */
    uint32_t record;
} DirectoryRoleAssignment;

/* Application permission: `principal` may call `resource`'s API with the app role. */
typedef struct AppRoleAssignment {
    uint32_t principal;
    uint32_t resource; /* service principal of the API, e.g. Microsoft Graph */
    Id app_role;       /* GUID */
    Text value;        /* "RoleManagement.ReadWrite.Directory" when the export tells, or NONE */
    uint32_t record;
} AppRoleAssignment;

/* Delegated permissions: `client` may call `resource`'s API as `principal`, or as everybody. */
typedef struct DelegatedGrant {
    uint32_t client;    /* service principal */
    uint32_t principal; /* the user; NONE: every user (consentType AllPrincipals) */
    uint32_t resource;  /* service principal of the API */
    Text permissions;   /* separated by blanks, as exported: "User.Read Directory.Read.All" */
    uint32_t record;
} DelegatedGrant;

typedef struct FederatedCredential {
    Id parent; /* ARM id of the user-assigned identity, or object id of the application */
    bool parent_is_application;
    Text name;
    Text issuer;
    Text subject;
    uint32_t record;
} FederatedCredential;

/* ---- Azure role-based access control ---- */

typedef enum AssignmentKind {
    ASSIGNMENT_PLAIN,
    ASSIGNMENT_SCHEDULED, /* an active schedule instance without a plain assignment of its own */
    ASSIGNMENT_ELIGIBLE   /* an eligible schedule instance: needs an activation */
} AssignmentKind;

/* Times are seconds since 1970-01-01T00:00:00Z; TIME_NONE: not given. */
#define TIME_NONE INT64_MIN

typedef struct RoleAssignment {
    Id id;              /* ARM id of the assignment, NONE if the export has none */
    uint32_t principal; /* in Snapshot.principals */
    Id role_guid;       /* GUID text of the role definition; NONE for a classic administrator */
    Id scope;
    Text condition; /* NONE: unconditioned */
    Text role_name; /* hint of the export, for gaps only */
    int64_t start;  /* TIME_NONE: no limit */
    int64_t end;    /* exclusive */
    AssignmentKind kind;
    bool classic; /* retired classic administrator: grants nothing */
    uint32_t record;
    uint32_t
        window_record; /* schedule instance that gave start/end to a plain assignment, or NONE */
} RoleAssignment;

typedef struct DenyPrincipal {
    uint32_t principal; /* NONE: everyone */
} DenyPrincipal;

typedef struct DenyAssignment {
    Id id;
    Text name;
    Id scope;
    PermissionBlock *blocks;
    uint32_t block_count;
    uint32_t *principals; /* principal indexes; `everyone` besides */
    uint32_t principal_count;
    uint32_t *excluded;
    uint32_t excluded_count;
    bool everyone;
    bool not_for_child_scopes; /* doNotApplyToChildScopes */
    bool system_protected;
    bool audit_only; /* denyAssignmentEffect audit: subtracts nothing */
    Text condition;
    uint32_t record;
} DenyAssignment;

typedef struct Lock {
    Id id;
    Id scope;
    bool read_only; /* else CanNotDelete */
    uint32_t record;
} Lock;

/* ---- containers ---- */

typedef struct ManagementGroup {
    Id id; /* "/providers/Microsoft.Management/managementGroups/<name>" */
    Text name;
    Text display_name;
    Id parent;            /* NONE: root of what was exported */
    bool parent_exported; /* false: only mentioned, its place is not known */
    bool is_tenant_root;  /* its name is the tenant id, or it was exported as having no parent */
    uint32_t record;
} ManagementGroup;

typedef struct Subscription {
    Id id; /* "/subscriptions/<guid>" */
    Text name;
    Id management_group; /* its parent, or NONE when not exported */
    uint32_t placed_by;  /* record that tells the parent, or NONE */
    uint32_t record;     /* NONE: only seen in the ids of others */
} Subscription;

/* One Azure CLI list of assignments that named management groups: semantics section 3, "assumed
   to be above that subscription". */
typedef struct AssumedPlacement {
    Id management_group; /* placed or not: who uses it asks first whether an export tells */
    Id subscription;
    uint32_t record; /* an assignment of that list */
} AssumedPlacement;

/* ---- resources ---- */

/* Any ARM resource, resource groups included.  Index: Snapshot.resources. */
typedef struct Resource {
    Id id;
    Id type;   /* "Microsoft.KeyVault/vaults" compared without case; resource groups:
                  "Microsoft.Resources/subscriptions/resourceGroups" */
    Text name; /* last segment of the id, as exported */
    Text kind;
    uint32_t first_property; /* in Snapshot.properties */
    uint32_t property_count;
    uint32_t first_attachment; /* in Snapshot.attachments */
    uint32_t attachment_count;
    Text identity_type; /* as exported: "SystemAssigned, UserAssigned"; NONE: no identity object */
    bool detailed;      /* a record with its own properties was read, not only an inventory line */
    uint32_t record;
} Resource;

/* A kept property: which ones, from where and in which spelling is data/resource-fields.json. */
typedef struct Property {
    uint16_t name; /* index in FieldTable.names */
    Text value;    /* "true"/"false", a number, a text, an ARM id, as exported; lists: one each */
    uint32_t record;
} Property;

/* "This identity is attached to this resource": the identity object of the resource says so. */
typedef struct Attachment {
    uint32_t principal; /* in Snapshot.principals; always set (maybe one without object id) */
    bool system_assigned;
    uint32_t record;
} Attachment;

typedef struct AccessPolicy {
    uint32_t resource; /* the vault */
    uint32_t principal;
    Id application_id; /* compound policy: gives nothing to the object alone; else NONE */
    TextList keys, secrets, certificates, storage; /* permission words as exported */
    uint32_t record;
    Text pointer; /* inside the record: "/properties/accessPolicies/2" */
} AccessPolicy;

/* ---- ledger and gaps (semantics section 9) ---- */

/* At most LEDGER_REASONS_PER_FILE per file; SourceFile.not_understood has the full count. */
typedef struct NotUnderstood {
    RecordPlace place;  /* container interned in texts; valid as long as the snapshot */
    const char *member; /* where inside the record, "/properties/scope", or "" */
    const char *reason; /* expected, found */
} NotUnderstood;

enum { LEDGER_REASONS_PER_FILE = 1000, LEDGER_MESSAGES_PER_FILE = 25 };

typedef struct SourceFile {
    const char *path;
    const char *sha256; /* "" for a file that was not read */
    const char *format; /* "az-role-assignment-list", "arm-role-assignment-page", ... */
    uint64_t length_bytes;
    uint32_t records, used, duplicate, not_relevant,
        not_understood; /* the last four add up to it */
    bool complete;      /* false: torn, cut off, or a limit was hit */
    bool failed; /* could not be read at all, or is not what it claims to be: exit status 3 */
    const char *remark; /* for people: why not relevant, what is wrong; or NULL */
} SourceFile;

typedef struct NotRelevant {
    uint32_t file;
    const char *kind; /* "microsoft.insights/components", "user", ... */
    uint32_t count;
} NotRelevant;

/* One line for stderr and the report, made by message_line: "path:line: /14/scope: text".  Beyond
   LEDGER_MESSAGES_PER_FILE a file gets one more that counts the rest. */
typedef struct Message {
    RecordPlace place;  /* line 0: the file as a whole */
    const char *member; /* where inside the record, "/scope", or "" */
    const char *text;
    bool is_error; /* an input error (status 3), not a warning */
} Message;

typedef struct Gap {
    const char *missing;     /* closed list of semantics section 9, or "truncated:<path>" */
    const char *weakens;     /* which conclusion, one sentence */
    const char *export_with; /* the command */
    const char *detail;      /* which ones, how many, or NULL */
} Gap;

/* A list that goes on elsewhere: what it would hold further is unknown. */
typedef struct Truncation {
    uint32_t file;
    const char *sign; /* "nextLink is there: more pages exist" */
} Truncation;

/* An empty list that something names: "there are none" instead of "not exported". */
typedef struct EmptyList {
    RecordKind kind;
    uint32_t file;
    Id of; /* what the manifest says it belongs to, or NONE */
} EmptyList;

typedef struct FieldTable FieldTable; /* fields.h */

typedef struct Snapshot {
    Interner ids;
    Interner texts;
    Arena arena;
    const FieldTable *fields;
    bool (*role_is_built_in)(const void *context, const Guid *role); /* of Azure or of Microsoft
                                     Entra; set it before asking for gaps; NULL: no role is known
                                     but the exported ones */
    const void *role_context;
    ARRAY(SourceFile) files;
    ARRAY(Record) records;
    ARRAY(Principal) principals;
    ARRAY(DirectoryRelation) relations;
    ARRAY(Application) applications;
    ARRAY(DirectoryRoleAssignment) directory_roles;
    ARRAY(DirectoryRoleDefinition) directory_role_definitions;
    ARRAY(AdministrativeUnit) administrative_units;
    ARRAY(UnitMember) unit_members;
    ARRAY(AppRoleAssignment) app_roles;
    ARRAY(DelegatedGrant) delegated_grants;
    ARRAY(FederatedCredential) federated_credentials;
    ARRAY(RoleDefinition) role_definitions;
    ARRAY(RoleAssignment) role_assignments;
    ARRAY(DenyAssignment) deny_assignments;
    ARRAY(Lock) locks;
    ARRAY(ManagementGroup) management_groups;
    ARRAY(Subscription) subscriptions;
    ARRAY(AssumedPlacement) assumed_placements;
    ARRAY(Resource) resources;
    ARRAY(Property) properties;    /* grouped by resource, then by principal */
    ARRAY(Attachment) attachments; /* grouped by resource */
    ARRAY(AccessPolicy) access_policies;
    ARRAY(NotUnderstood) not_understood;
    ARRAY(NotRelevant) not_relevant;
    ARRAY(Message) messages;
    ARRAY(Truncation) truncations;
    ARRAY(EmptyList) empty_lists;
    ARRAY(Gap) gaps;                  /* filled by snapshot_find_gaps */
    bool exported[RECORD_KIND_COUNT]; /* at least one record or a named empty list of the kind */
    int64_t as_of;   /* newest createdOn, updatedOn, createdDateTime, lastModifiedAt; TIME_NONE */
    Id tenant_id;    /* NONE when no export names exactly one */
    char sha256[65]; /* over (path, sha256) of all files in path order */
    uint32_t *principal_of_id; /* Id -> index or NONE; ids.count entries, made when reading ends */
    uint32_t *resource_of_id;
    uint32_t id_map_count;
} Snapshot;

typedef struct SnapshotOptions {
    uint32_t threads; /* 0 means 1 */
    bool strict;      /* the first input error ends the reading */
    InputLimits limits;
    void (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_total);
    void *progress_context;
} SnapshotOptions;

/*
 * A manifest, "manifest.json" in any directory of the snapshot, says what its neighbours are; the
 * export script writes one.  It matters for what cannot be seen in the files: of what an empty list
 * is, and to which group, application or workspace a list belongs.
 *   {"schema": "amlblast.manifest/1", "files": [
 *     {"path": "members-1.json", "kind": "group-members", "of": "<object id or ARM id>"}]}
 * `path` is relative to the manifest, `kind` is a name of record_kind.def, `of` is optional.
 */

/*
 * Reads every file below `paths` as one snapshot.  False only when a named path cannot be read or,
 * with options->strict, at the first input error; bad records and bad files are told in
 * snapshot->messages and in the ledger, and the rest is read.
 * The result does not depend on options->threads.  Free with snapshot_free, also after false.
 */
bool snapshot_read(Snapshot *snapshot, const char *const *paths, uint32_t path_count,
                   const FieldTable *fields, const SnapshotOptions *options, Error *err);
void snapshot_free(Snapshot *snapshot);

/* The exit status that the reading calls for: 0, or 3 when some input was not what it claims. */
int snapshot_exit_status(const Snapshot *snapshot);

/* ---- looking things up; ids in any case, normalised first ---- */

Id snapshot_find_id(const Snapshot *snapshot, const char *text);
uint32_t snapshot_find_principal(const Snapshot *snapshot, const char *object_id); /* or NONE */
uint32_t snapshot_find_resource(const Snapshot *snapshot, const char *arm_id);     /* or NONE */
uint32_t principal_by_id(const Snapshot *snapshot, Id object_id);
uint32_t resource_by_id(const Snapshot *snapshot, Id id);
const char *id_text(const Snapshot *snapshot, Id id);       /* NULL for NONE */
const char *text_text(const Snapshot *snapshot, Text text); /* NULL for NONE */

/* First value of the property, or NULL when absent; `record` (may be NULL) gets its evidence. */
const char *resource_property(const Snapshot *snapshot, const Resource *resource, const char *name,
                              uint32_t *record);

/* The same for a principal. */
const char *principal_property(const Snapshot *snapshot, const Principal *principal,
                               const char *name, uint32_t *record);

/* True when the values are the same enum word: case and "_" do not count ("amlToken", "aml_token").
 */
bool property_value_equal(const char *a, const char *b);

bool resource_is_type(const Snapshot *snapshot, const Resource *resource, const char *type);

/* The JSON pointer of a record ("/value/14"), into `buffer`; its path is files[record.file].path.
 */
const char *record_pointer(const Snapshot *snapshot, uint32_t record, char *buffer,
                           size_t buffer_bytes);

/* Appends "role-assignments.json:312: /14/scope: expected ..., found ...", without a newline. */
void message_line(const Snapshot *snapshot, const Message *message, TextBuffer *line);

/* A name for people: display name, else last segment, else first 8 hex + "(unresolved)". */
const char *principal_name(const Snapshot *snapshot, uint32_t principal);

/* Fills snapshot->gaps: what is missing, what it weakens, how to export it. */
void snapshot_find_gaps(Snapshot *snapshot);

/* ISO 8601 to seconds since 1970; false when it is no date. */
bool time_parse(const char *text, int64_t *seconds);
void time_format(int64_t seconds, char text[32]); /* "2026-11-20T06:00:00Z" */

/*
 * Normal form of an ARM id or scope: trimmed, "//" collapsed, no trailing "/", a leading "/"; case
 * is kept.  "" gives "/".  Writes at most buffer_bytes and returns buffer.
 */
const char *scope_normalise(const char *scope, char *buffer, size_t buffer_bytes);

#endif
