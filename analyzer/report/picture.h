#ifndef REPORT_PICTURE_H
#define REPORT_PICTURE_H

#include "base/array.h"
#include "report/json_writer.h"
#include "report/report.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A picture in words, as amlblast-draw reads it (data/schema/picture.schema.json): columns of
 * cards, lines between them.  What stands where, and in which words, is decided here; how it looks,
 * there.  Texts are borrowed or live in the picture's arena; names are as exported.
 */
typedef enum PictureStyle {
    PICTURE_ESCALATION,
    PICTURE_BEYOND,
    PICTURE_IN_SCOPE,
    PICTURE_CONDITIONAL,
    PICTURE_ELIGIBLE
} PictureStyle;

typedef enum Silhouette {
    CARD_IDENTITY,
    CARD_FOCAL,
    CARD_RESOURCE,
    CARD_GAIN,
    CARD_STACK,
    CARD_EVIDENCE
} Silhouette;

/* One way to get to a card. */
typedef struct CardStrip {
    PictureStyle style;
    uint32_t step;    /* number in the chain, or 0 */
    const char *text; /* "read all secrets" */
    const char *by;   /* "Key Vault Secrets User · rg-fraud"; or NULL */
} CardStrip;

/* A line of evidence: small label, text. */
typedef struct CardRow {
    const char *label;
    const char *text;
} CardRow;

enum { CARD_ID_BYTES = 24, CARD_DETAILS = 6, CARD_STRIPS = 4, CARD_ROWS = 24, CARD_FIXES = 6 };

typedef struct Card {
    char id[CARD_ID_BYTES];
    Silhouette silhouette;
    const char *type;
    const char *name;
    const char *severity; /* "critical" .. "low", "in-scope"; NULL: no badge */
    const char *tooltip;
    const char *details[CARD_DETAILS];
    CardStrip strips[CARD_STRIPS];
    CardRow *rows; /* CARD_ROWS of them; evidence only */
    const char *fixes[CARD_FIXES];
    uint32_t detail_count, strip_count, row_count, fix_count;
    uint32_t count; /* of a stack */
    bool crown;
    bool on_chain;         /* stands on the chain that is shown: first in its column */
    uint32_t outer, inner; /* scopes of its boxes: subscription, resource group; or NONE */
    uint32_t weight;       /* the larger, the higher up */
    uint32_t box_order[2]; /* for column_sort */
} Card;

typedef struct PictureColumn {
    const char *heading;
    bool narrow;
    ARRAY(Card) cards; /* those of one box stand together */
} PictureColumn;

typedef struct PictureLine {
    char from[CARD_ID_BYTES];
    char to[CARD_ID_BYTES];
    uint32_t to_strip;
    PictureStyle style;
} PictureLine;

typedef struct Picture {
    const Report *report;
    const char *name; /* file stem */
    const char *kind; /* "identity", "chain" */
    const char *title;
    const char *subtitle;
    const char *description;
    const char *severity; /* of the worst */
    const char *worst;
    const char *legend;
    uint32_t home; /* subscription of the start, or NONE: boxes of others say so */
    ARRAY(CardRow) facts;
    ARRAY(const char *) incomplete;
    ARRAY(PictureColumn) columns;
    ARRAY(PictureLine) lines;
    Arena arena;
} Picture;

/* Kind letter and ten hex digits of the digest of the lower-cased id. */
void card_id(char id[CARD_ID_BYTES], char letter, const char *of);

void card_add_detail(Card *card, const char *text); /* NULL or full: nothing */
void card_add_strip(Card *card, CardStrip strip);
void card_add_row(Picture *picture, Card *card, const char *label, const char *text);
void card_add_fix(Card *card, const char *text);
void picture_add_line(Picture *picture, const char *from, const char *to, uint32_t strip,
                      PictureStyle style);

/* The card of the chain and its box first, then cards without a box, then box by box; in a box by
   weight, then by id. */
void column_sort(PictureColumn *column);

/* "Key vault" from "key vault". */
const char *capitalized(Picture *picture, const char *text);
void picture_add_fact(Picture *picture, const char *label, const char *value);

/* Facts and notes that every picture of a report has: time, digest, tool, gaps. */
void picture_add_snapshot(Picture *picture);
void picture_add_tool(Picture *picture);

/* Where all is told that a picture leaves out: "report.json" and "reach.csv" of `analyze`; a
   question has one answer. */
const char *picture_whole(const Picture *picture);
const char *picture_rows(const Picture *picture);

/* Writes one JSON object.  Columns without cards are left out. */
void picture_write(JsonWriter *writer, const Picture *picture);
void picture_free(Picture *picture);

/* ---- the pictures ---- */

/* The blast radius of a start. */
void picture_radius(Picture *picture, const Report *report, uint32_t start, const char *name);

/* One chain of a start with the evidence of each step; `finding` (or NONE) is what it proves. */
typedef struct ChainPicture {
    uint32_t start;
    uint32_t chain;
    uint32_t finding;
    uint32_t number;      /* of the start's pictures of chains, from 1 */
    const char *severity; /* of the end; NULL: that of the finding or of the last technique */
    const char *name;
} ChainPicture;

void picture_chain(Picture *picture, const Report *report, const ChainPicture *which);

#endif
