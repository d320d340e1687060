#ifndef SNAPSHOT_FIELDS_H
#define SNAPSHOT_FIELDS_H

#include "base/error.h"
#include "base/intern.h"

#include <stdint.h>

/*
 * Which properties of which resource type are kept, and under which JSON paths each export
 * spelling stores them: the table data/resource-fields.json.  A property that a new rule needs is
 * a new line there, no C.
 */
typedef enum FieldKind { FIELD_TEXT, FIELD_BOOL, FIELD_ID, FIELD_LIST } FieldKind;

typedef struct Field {
    uint16_t name; /* index in FieldTable.names */
    FieldKind kind;
    const char **paths; /* dotted, tried in order; the file says what "[]" and "{}" mean */
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

/* Reads <data_dir>/resource-fields.json.  The error names the file and the JSON pointer. */
bool fields_load(FieldTable *table, const char *data_dir, Error *err);
void fields_free(FieldTable *table);

/* Id of a property name, or NONE if no rule or reader knows it. */
uint32_t field_name_find(const FieldTable *table, const char *name);

#endif
