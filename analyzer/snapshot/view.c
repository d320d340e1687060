#include "snapshot/view.h"

#include "base/memory.h"
#include "base/text.h"
#include "snapshot/snapshot.h"

#include <stdlib.h>
#include <string.h>

typedef struct KeyRow {
    const char *name;
    unsigned flags;
} KeyRow;

static const KeyRow KEY_ROWS[KEY_COUNT] = {
#define KEY(symbol, name, flags) [KEY_##symbol] = {name, flags},
#include "snapshot/keys.def"
#undef KEY
};

enum { SLOT_COUNT = 1024 }; /* a power of two, far above KEY_COUNT: probes stay short */

struct KeyTable {
    uint16_t slots[SLOT_COUNT]; /* a key, or KEY_NONE */
};

/* text_lower_char where the compiler sees it: this is the hot loop of reading. */
static inline uint32_t fold(char c)
{
    uint32_t letter = (unsigned char)c;
    return letter - 'A' <= 'Z' - 'A' ? letter | 0x20 : letter;
}

/* Case and underscores do not count. */
static uint32_t name_hash(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        if (*name != '_')
            hash = (hash ^ fold(*name)) * 16777619u;
    return hash ^ hash >> 15;
}

static bool same_name(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '_')
            a++;
        while (*b == '_')
            b++;
        if (fold(*a) != fold(*b))
            return false;
        if (!*a)
            return true;
    }
}

KeyTable *key_table_new(void)
{
    KeyTable *table = memory_allocate(1, sizeof *table);
    for (uint32_t key = KEY_NONE + 1; key < KEY_COUNT; key++) {
        uint32_t at = name_hash(KEY_ROWS[key].name) % SLOT_COUNT;
        while (table->slots[at])
            at = (at + 1) % SLOT_COUNT;
        table->slots[at] = (uint16_t)key;
    }
    return table;
}

void key_table_free(KeyTable *table)
{
    free(table);
}

/* The key of a member's name, or KEY_NONE. */
static Key find_key(const KeyTable *table, const char *name)
{
    for (uint32_t at = name_hash(name) % SLOT_COUNT; table->slots[at]; at = (at + 1) % SLOT_COUNT)
        if (same_name(KEY_ROWS[table->slots[at]].name, name))
            return (Key)table->slots[at];
    return KEY_NONE;
}

static void take_date(RecordView *view, const JsonValue *value)
{
    int64_t seconds;
    if (time_parse(json_text(value), &seconds) && seconds > view->newest)
        view->newest = seconds;
}

/* Dates that stand one level deeper: {"systemData": {"lastModifiedAt": ...}}. */
static void take_dates_below(RecordView *view, const KeyTable *table, const JsonValue *object)
{
    if (!json_is_object(object))
        return;
    for (const JsonValue *child = json_first(object); child; child = json_next(child)) {
        Key key = find_key(table, json_key(child));
        if (KEY_ROWS[key].flags & KEY_DATE)
            take_date(view, child);
    }
}

static void load_members(RecordView *view, const KeyTable *table, const JsonValue *object,
                         const JsonValue **slots)
{
    for (const JsonValue *child = json_first(object); child; child = json_next(child)) {
        Key key = find_key(table, json_key(child));
        if (!(KEY_ROWS[key].flags & KEY_FRAME))
            view->own_members |= slots == view->top;
        if (key == KEY_NONE || json_is_null(child) || slots[key])
            continue;
        slots[key] = child;
        if (KEY_ROWS[key].flags & KEY_DATE)
            take_date(view, child);
    }
}

void view_load(RecordView *view, const KeyTable *table, const JsonValue *record)
{
    memset(view, 0, sizeof *view);
    view->record = record;
    view->newest = TIME_NONE;
    load_members(view, table, record, view->top);
    if (json_is_object(view->top[KEY_PROPERTIES])) {
        view->properties = view->top[KEY_PROPERTIES];
        load_members(view, table, view->properties, view->deep);
    }
    take_dates_below(view, table, view->top[KEY_SYSTEM_DATA]);
    take_dates_below(view, table, view->top[KEY_CREATION_CONTEXT]);
    take_dates_below(view, table, view_get(view, KEY_METADATA));
    take_dates_below(view, table, view_get(view, KEY_DETAILS));
}

const JsonValue *view_get(const RecordView *view, Key key)
{
    return view->deep[key] ? view->deep[key] : view->top[key];
}

static const char *non_empty(const JsonValue *value)
{
    const char *text = json_text(value);
    return text_is_empty(text) ? NULL : text;
}

const char *view_text(const RecordView *view, Key key)
{
    return non_empty(view_get(view, key));
}

const char *view_top_text(const RecordView *view, Key key)
{
    return non_empty(view->top[key]);
}

bool view_has(const RecordView *view, Key key)
{
    return view_get(view, key) != NULL;
}

const char *key_name(Key key)
{
    return KEY_ROWS[key].name;
}
