#ifndef REPORT_PICTURE_RADIUS_H
#define REPORT_PICTURE_RADIUS_H

#include "report/picture_steps.h"
#include "report/picture_targets.h"

/*
 * What the parts of the picture of a blast radius share (picture_radius.c).  A column is a hop: who
 * can run code as the start, the start itself, what it reaches directly, what after one step, ...
 * The worst chain goes through the first card of each column.
 */
enum {
    COLUMN_ENTRY,
    COLUMN_FOCAL,
    COLUMN_FIRST_HOP, /* of hop 1 */
    ROOM_OF_COLUMN = 12,
    ROOM_OF_PICTURE = 60,
    MOST_ENTRIES = 6,
    MOST_IDENTITIES = 3, /* in a column, besides the chain's */
    MOST_GAINS = 2       /* likewise */
};

/* A card that lines can begin at: whoever acts next, or a power that was won. */
typedef struct Holder {
    Entity entity;
    char id[CARD_ID_BYTES];
    uint32_t column;
} Holder;

typedef struct Radius {
    Picture *picture;
    const Report *report;
    const Analysis *analysis;
    const StartResult *result;
    uint32_t start;
    ARRAY(Holder) holders;
    TargetList targets;
    uint32_t singles, stacks, stacked;
} Radius;

Arena *radius_arena(const Radius *radius);
void radius_add_card(Radius *radius, uint32_t column, const Card *card);

/* Lines of what `entity` can do further begin at this card. */
void radius_hold(Radius *radius, Entity entity, const Card *card, uint32_t column);

/* The card of the entity that is furthest to the right but left of the column, or NULL. */
const Holder *radius_find_holder(const Radius *radius, Entity entity, uint32_t before_column);

/* Puts the badge, the boxes and what else is known of the resource on its card. */
void radius_describe_target(const Radius *radius, Card *card, const Target *target);
void radius_put_in_boxes(const Radius *radius, Card *card, uint32_t scope);

/* ---- what stands in the columns besides the worst chain (picture_radius_cards.c) ---- */

void radius_add_identities(Radius *radius);
void radius_add_gains(Radius *radius);
void radius_add_targets(Radius *radius);

#endif
