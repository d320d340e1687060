#ifndef SNAPSHOT_READING_H
#define SNAPSHOT_READING_H

#include "snapshot/fact.h"
#include "snapshot/fields.h"
#include "snapshot/list_context.h"
#include "snapshot/view.h"

#include <stddef.h>

/*
 * Reading one record: from its view to a fact.  A reader is a function that fills fact->record_kind
 * and one of the fact's bodies, mostly by a table of rows; what is odd it tells through the three
 * functions below.  Readers are pure: what they need is here, what they find goes into the arena.
 */
typedef struct Reading {
    const KeyTable *keys;
    const FieldTable *fields;
    Arena *arena; /* of the batch */
    RecordView view;
    const ListContext *list;
    bool in_plain_list; /* an element of an array without a wrapper: what the Azure CLI prints */
    bool in_list;
    Fact *fact;
    ARRAY(Remark) remarks; /* collected while reading; the caller moves them into the arena */
    ARRAY(PropertyFact) properties; /* scratch of read_resource */
} Reading;

/* The record cannot be used: returns false.  `member` is a pointer inside the record or "". */
bool reading_refuse(Reading *reading, const char *member, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for what is no mistake of the export, only beyond it: a warning, no error. */
bool reading_set_aside(Reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The record is none that any analysis uses; `what` names it. */
bool reading_not_relevant(Reading *reading, const char *what);

/* The record is kept; something about it is worth a warning. */
void reading_remark(Reading *reading, const char *member, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- values ---- */

typedef enum ValueType {
    VALUE_TEXT,      /* const char *: any text, not empty */
    VALUE_ARM_ID,    /* const char *: begins with "/", normalised; "azureml:" in front is dropped */
    VALUE_OBJECT_ID, /* const char *: a GUID of zeros is absent */
    VALUE_ROLE_GUID, /* const char *: the GUID at the end of a role definition id */
    VALUE_TIME,      /* int64_t; TIME_NONE when absent */
    VALUE_TRUE       /* bool: false when absent */
} ValueType;

enum { TEXT_MAX_BYTES = 64 * 1024 };

typedef enum Need {
    OPTIONAL,       /* of another type: left out with a warning */
    VALID_IF_THERE, /* may be absent; of another type: the record is not understood */
    REQUIRED        /* absent or of another type: the record is not understood */
} Need;

/*
 * One field of a fact and the keys that hold it, tried in order, under "properties" before beside
 * the id.  A further tool that uses other words is a further key in the row.
 */
typedef struct ValueRow {
    size_t offset; /* in the fact's body */
    ValueType type;
    Need need;
    Key keys[4];
} ValueRow;

#define ROW_COUNT(rows) (sizeof(rows) / sizeof *(rows))

bool read_rows(Reading *reading, const ValueRow *rows, size_t row_count, void *body);

/* The pointer inside the record of the member that holds the key, or would. */
const char *reading_member(Reading *reading, Key key);

/* A text copied into the batch, NULL for what is no text, empty or too long. */
const char *copy_text(Reading *reading, const JsonValue *value);
const char *copy_object_id(Reading *reading, const JsonValue *value);

/* The ARM id in "azureml:/subscriptions/...", "azureml://subscriptions/..." or plain; NULL: none.
 */
const char *copy_arm_id(Reading *reading, const char *text);

/* A list of texts; null is an empty one.  False (refused) when an element is no text: a role must
   not lose an action that was not understood. */
bool read_text_list(Reading *reading, const JsonValue *value, const char *member, TextList *list);

/* One permission block: the object that has the lists of actions. */
bool read_block(Reading *reading, const JsonValue *value, const char *member,
                PermissionBlock *block);

/* The permission blocks of a role definition or deny assignment. */
bool read_blocks(Reading *reading, const JsonValue *value, const char *member,
                 PermissionBlock **blocks, uint32_t *count);

/* One access policy of a vault. */
bool read_access_policy(Reading *reading, const JsonValue *value, const char *member,
                        AccessPolicyFact *policy);

/* ---- the readers, one group per file ---- */

bool read_assignment(Reading *reading);
bool read_active_instance(Reading *reading);
bool read_eligible_instance(Reading *reading);
bool read_classic_administrator(Reading *reading);
bool read_role_definition(Reading *reading);
bool read_deny_assignment(Reading *reading);
bool read_powershell_role(Reading *reading);
bool read_lock(Reading *reading);

bool read_management_group(Reading *reading);
bool read_subscription(Reading *reading);
bool read_tenant(Reading *reading);

bool is_directory_object(const Reading *reading);
bool read_directory_object(Reading *reading);
bool read_object_of_kind(Reading *reading, ObjectKind kind); /* when something else tells it */
bool read_directory_role(Reading *reading);
bool read_directory_assignment(Reading *reading);
bool read_scoped_role_member(Reading *reading);
bool read_app_role_assignment(Reading *reading);
bool read_delegated_grant(Reading *reading);
bool read_federated_credential(Reading *reading);

bool read_resource(Reading *reading);

bool is_azurehound(const RecordView *view);
bool read_azurehound(Reading *reading);

/* The properties that data/resource-fields.json keeps of a type, found in the record; returns how
   many, `properties` in the arena. */
uint32_t read_properties(Reading *reading, const char *type, PropertyFact **properties);

/* An entity of az ml that carries no ARM id, and the id that can be built for it; NULL (the record
   is set aside) when nothing says in which workspace it is. */
bool is_ml_entity(const RecordView *view);
const char *ml_entity_id(Reading *reading);

/* Which kind of record a detailed record of this resource type is. */
RecordKind record_kind_of_type(const char *type);

/* Finds out what the record is and reads it into reading->fact. */
typedef struct Detector Detector;
Detector *detector_new(void);
void detector_free(Detector *detector);
void detect_and_read(const Detector *detector, Reading *reading, const JsonValue *record);

#endif
