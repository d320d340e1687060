#ifndef SNAPSHOT_FIELDS_H
#define SNAPSHOT_FIELDS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/intern.h"

#include <stdint.h>

/*
 * Which properties of which resource type are kept, and under which JSON paths each export
 * spelling stores them: the table data/resource-fields.json.  A property that a new rule needs is
 * a new line there, no C.
 */
typedef enum FieldKind { FIELD_TEXT, FIELD_BOOL, FIELD_ID, FIELD_LIST } FieldKind;

/* One name of a path.  "[]" after the name: every element of that array.  "{}" instead of a name:
   every member's value, at the end of the path the members' names. */
typedef enum StepKind { STEP_MEMBER, STEP_EACH_ELEMENT, STEP_EACH_MEMBER } StepKind;

typedef struct FieldStep {
    const char *name; /* matches in any case; NULL for STEP_EACH_MEMBER */
    StepKind kind;
} FieldStep;

typedef struct FieldPath {
    const char *text; /* "properties.schedules[].status" */
    FieldStep *steps;
    uint32_t step_count;
} FieldPath;

typedef struct Field {
    uint16_t name; /* index in FieldTable.names */
    FieldKind kind;
    FieldPath *paths; /* tried in order: the first that gives a value is the one */
    uint32_t path_count;
} Field;

typedef struct FieldTable {
    Interner names; /* property names, case matters: "allowSharedKeyAccess" */
    Interner types; /* resource types, case ignored */
    Field *fields;  /* grouped by type */
    uint32_t field_count;
    uint32_t *first_field; /* by type id; types.count + 1 entries */
    Arena arena;
} FieldTable;

/* The fields of a resource type; an unknown type has none. */
const Field *fields_of_type(const FieldTable *table, const char *type, uint32_t *count);

/* Reads <data_dir>/resource-fields.json.  The error names the file and the JSON pointer. */
bool fields_load(FieldTable *table, const char *data_dir, Error *err);
void fields_free(FieldTable *table);

/* Id of a property name, or NONE if no rule or reader knows it. */
uint32_t field_name_find(const FieldTable *table, const char *name);

#endif
