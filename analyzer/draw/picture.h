#ifndef DRAW_PICTURE_H
#define DRAW_PICTURE_H

#include "base/array.h"
#include "draw/style.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One picture description in memory: data/schema/picture.schema.json, member by member, whose
 * descriptions say what each means.  All texts are cleaned (CLEAN_PLAIN) and never NULL; "" is
 * absent.  Everything lives in the arena the description was read into.
 */
enum {
    PICTURE_NAME_BYTES = 120,
    PICTURE_ID_BYTES = 64,
    PICTURE_TEXT_CHARACTERS = 4096,
    PICTURE_MOST_FACTS = 24,
    PICTURE_MOST_NOTES = 24,
    PICTURE_MOST_COLUMNS = 24,
    PICTURE_MOST_ITEMS = 400, /* in a whole picture */
    PICTURE_MOST_LINES = 2000,
    PICTURE_MOST_BOX_LEVELS = 4,
    PICTURE_MOST_STRIPS = 12,
    PICTURE_MOST_DETAILS = 6,
    PICTURE_MOST_ROWS = 24,
    PICTURE_MOST_FIXES = 6,
    PICTURE_MOST_STEPS = 999,
    PICTURE_MOST_COUNT = 1000000000,
    PICTURE_MOST_TABLE_CELLS = 12,
    PICTURE_MOST_TABLE_ROWS = 100
};

typedef enum PictureKind {
    PICTURE_IDENTITY,
    PICTURE_CHAIN,
    PICTURE_OVERVIEW,
    PICTURE_DIFF,
    PICTURE_REVERSE,
    PICTURE_KIND_COUNT
} PictureKind;

extern const char *const PICTURE_KIND_WORDS[PICTURE_KIND_COUNT];

typedef enum Silhouette {
    SILHOUETTE_IDENTITY,
    SILHOUETTE_FOCAL,
    SILHOUETTE_RESOURCE,
    SILHOUETTE_GAIN,
    SILHOUETTE_STACK,
    SILHOUETTE_EVIDENCE,
    SILHOUETTE_MATRIX,
    SILHOUETTE_COUNT
} Silhouette;

extern const char *const SILHOUETTE_WORDS[SILHOUETTE_COUNT];

typedef struct Texts {
    const char **items;
    uint32_t count;
} Texts;

/* A label with a text: facts, rows of evidence. */
typedef struct Pair {
    const char *label;
    const char *text;
} Pair;

typedef struct Strip {
    Style style;
    uint32_t step; /* 0: none */
    const char *text;
    const char *by;
} Strip;

typedef struct TableCell {
    Severity severity;
    const char *text; /* NULL: nothing, drawn as a dot */
} TableCell;

typedef struct TableRow {
    const char *name;
    const char *detail;
    const char *worst;
    Severity severity;
    TableCell *cells; /* as many as the table has headings */
} TableRow;

typedef struct Table {
    Texts headings;
    const char *rank_heading;
    const char *name_heading;
    const char *worst_heading;
    TableRow *rows;
    uint32_t row_count;
} Table;

typedef struct Item {
    const char *id;
    Silhouette silhouette;
    const char *type;
    const char *name;
    Texts details;
    Severity severity;
    bool crown;
    uint32_t count; /* of a stack */
    Strip *strips;
    uint32_t strip_count;
    Pair *rows; /* of evidence */
    uint32_t row_count;
    Texts fixes;
    const Table *table; /* of a matrix, else NULL */
    const char *tooltip;
    const char *link;
    Texts back_notes; /* not in the description: what prepare.h puts in place of lines */
} Item;

typedef struct Box Box;

/* What stands in a column or a box: an item, or a box when box is not NULL. */
typedef struct Element {
    uint32_t item; /* index in Picture.items, or NONE */
    const Box *box;
} Element;

typedef struct Elements {
    Element *items;
    uint32_t count;
} Elements;

struct Box {
    const char *id;
    int level; /* 1 or 2 */
    const char *type;
    const char *name;
    const char *note;
    const char *tooltip;
    Elements elements;
};

typedef struct Column {
    const char *heading;
    bool narrow;
    Elements elements;
} Column;

typedef struct Line {
    const char *id;
    uint32_t from; /* index in Picture.items */
    uint32_t to;
    uint32_t to_strip;
    Style style;
    bool back;
    const char *tooltip;
} Line;

typedef struct KeyEntry {
    Severity severity;
    const char *text;
} KeyEntry;

typedef struct Picture {
    const char *name;
    PictureKind kind;
    const char *id_prefix;
    const char *title;
    const char *subtitle;
    const char *description;
    Severity worst_severity;
    const char *worst; /* "": none given */
    Pair *facts;
    uint32_t fact_count;
    Texts incomplete;
    Column *columns;
    uint32_t column_count;
    Item *items;
    uint32_t item_count;
    Line *lines;
    uint32_t line_count;
    const char *sentence;
    KeyEntry *key;
    uint32_t key_count;
    const char *line_meanings[STYLE_COUNT]; /* never NULL */
} Picture;

/* Calls visit for every item below the elements, top to bottom. */
void picture_visit_items(const Elements *elements, void (*visit)(void *context, uint32_t item),
                         void *context);

#endif
