#ifndef SNAPSHOT_VIEW_H
#define SNAPSHOT_VIEW_H

#include "input/json.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One exported record, its known members found in one walk.  Tools write the same entity in
 * different spellings: REST puts the data under "properties", the Azure CLI beside the id, az ml in
 * snake_case, PowerShell in PascalCase.  A view hides that: ask for the key, get the value.
 */
typedef enum Key {
    KEY_NONE, /* ends a list of keys */
#define KEY(symbol, name, flags) KEY_##symbol,
#include "snapshot/keys.def"
#undef KEY
    KEY_COUNT
} Key;

enum { KEY_FRAME = 1, KEY_DATE = 2 };

/* Finds keys by their letters; read-only after it is made, so threads share one. */
typedef struct KeyTable KeyTable;
KeyTable *key_table_new(void);
void key_table_free(KeyTable *table);

typedef struct RecordView {
    const JsonValue *record;
    const JsonValue *properties;      /* the object under "properties", or NULL */
    const JsonValue *top[KEY_COUNT];  /* members of the record */
    const JsonValue *deep[KEY_COUNT]; /* members of its properties */
    bool own_members; /* has members beside those that every ARM resource has: a flattened record */
    int64_t newest;   /* newest KEY_DATE of the record, TIME_NONE when it has none */
} RecordView;

/* Fills the view; `record` must be an object and outlive it. */
void view_load(RecordView *view, const KeyTable *table, const JsonValue *record);

/* The value under "properties", else beside the id; NULL when absent or null in both. */
const JsonValue *view_get(const RecordView *view, Key key);

/* Its text; NULL when it is no string or empty. */
const char *view_text(const RecordView *view, Key key);
const char *view_top_text(const RecordView *view, Key key);
bool view_has(const RecordView *view, Key key);

/* The member's name as Azure's REST API spells it: "principalId". */
const char *key_name(Key key);

#endif
