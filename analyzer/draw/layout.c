#include "draw/layout.h"

#include "base/text.h"
#include "draw/metrics.h"
#include "draw/prepare.h"

#include <math.h>

enum {
    LEAST_WIDTH = 720, /* a title needs room even above a single column */
    CARD_GAP = 11,
    CHAIN_GAP = 12,
    REVERSE_GAP = 16,
    BOX_GAP = 3, /* more beside a box */
    BOX_BAND = 24,
    BOX_NAME_TOP = 4,
    BOX_MOST_NAME = 250, /* a longer name is shortened rather than widen the column */
    GUTTER = 66,
    CHAIN_GUTTER = 46,
    TITLE_BOTTOM = 18,
    HEADING_BOTTOM = 18,
    LEGEND_TOP = 26,
    DEEPEST_ANCHOR = 220, /* a chain further down is not worth moving all other columns down */
    PIN_PITCH = 11,
    PIN_NEXT = 9 /* between the end that a chain leaves by and the first pin below it */
};

typedef struct BoxLook {
    int side;
    int bottom;
} BoxLook;

static const BoxLook BOX_LOOKS[] = {{12, 11}, {12, 11}, {9, 9}}; /* by level */

static const int HEAD_PERCENTS[] = {USUAL_HEAD_PERCENT, 50, 40, 30, 20, 10, 0, 70, 80, 90, 100};

typedef struct Builder {
    Arena *arena;
    const Picture *picture;
    Layout *layout;
    ARRAY(PlacedBox) boxes;
    uint32_t *columns; /* by item */
    int *widths;       /* of cards, by item */
    double *lefts;     /* by column */
    double *rights;
    double *tops;
    double *bottoms;
    uint32_t *anchors;     /* by column: the item that the chain runs through, or NONE */
    uint32_t *anchor_ends; /* by column: at which of its ends */
    double gap;
} Builder;

static const BoxLook *box_look(const Box *box)
{
    return &BOX_LOOKS[box->level];
}

/* Cards ------------------------------------------------------------------------------------- */

typedef struct Widening {
    Builder *builder;
    bool narrow;
} Widening;

static void set_width(void *context, uint32_t item)
{
    const Widening *widening = context;
    const Picture *picture = widening->builder->picture;
    widening->builder->widths[item] = card_width(picture, &picture->items[item], widening->narrow);
}

static bool has_name(const Item *item)
{
    return item->silhouette != SILHOUETTE_EVIDENCE && item->silhouette != SILHOUETTE_MATRIX;
}

/* Two different names must not look equal because their middles were left out. */
static bool looks_like_another(const Builder *builder, const char **shown, uint32_t item)
{
    for (uint32_t i = 0; i < item; i++)
        if (shown[i] && text_equal(shown[i], shown[item]) &&
            !text_equal(builder->picture->items[i].name, builder->picture->items[item].name))
            return true;
    return false;
}

static int choose_head_percent(const Builder *builder, const char **shown, uint32_t index)
{
    const Item *item = &builder->picture->items[index];
    for (size_t i = 0; has_name(item) && i < sizeof HEAD_PERCENTS / sizeof *HEAD_PERCENTS; i++) {
        shown[index] =
            card_shown_name(builder->arena, item, builder->widths[index], HEAD_PERCENTS[i]);
        if (!looks_like_another(builder, shown, index))
            return HEAD_PERCENTS[i];
    }
    return USUAL_HEAD_PERCENT;
}

static void make_cards(Builder *builder)
{
    const Picture *picture = builder->picture;
    const char **shown = arena_allocate(builder->arena, picture->item_count, sizeof *shown);
    for (uint32_t i = 0; i < picture->column_count; i++) {
        Widening widening = {builder, picture->columns[i].narrow};
        picture_visit_items(&picture->columns[i].elements, set_width, &widening);
    }
    for (uint32_t i = 0; i < picture->item_count; i++) {
        int percent = choose_head_percent(builder, shown, i);
        PlacedCard *placed = &builder->layout->cards[i];
        placed->card = card_make(builder->arena, &picture->items[i], builder->widths[i], percent);
        placed->column = builder->columns[i];
    }
}

/* Columns ----------------------------------------------------------------------------------- */

static double elements_width(const Builder *builder, const Elements *elements)
{
    double widest = 0;
    for (uint32_t i = 0; i < elements->count; i++) {
        const Box *box = elements->items[i].box;
        if (!box) {
            widest = fmax(widest, builder->widths[elements->items[i].item]);
            continue;
        }
        double name = frame_box_name(builder->arena, box, BOX_MOST_NAME).width;
        double inside = fmax(name, elements_width(builder, &box->elements));
        widest = fmax(widest, inside + 2 * box_look(box)->side);
    }
    return widest;
}

/* Where the next element goes. */
typedef struct Cursor {
    uint32_t column;
    uint32_t box; /* that is being filled, or NONE */
    double x;     /* counts from the left of the column as yet */
    double y;
    double width;
} Cursor;

static void place_card(Builder *builder, Cursor *cursor, uint32_t item)
{
    PlacedCard *placed = &builder->layout->cards[item];
    placed->x = cursor->x + (cursor->width - placed->card.block.width) / 2;
    placed->y = cursor->y;
    builder->layout->box_of_card[item] = cursor->box;
    cursor->y += placed->card.block.height;
}

static void place_elements(Builder *builder, Cursor *cursor, const Elements *elements);

static void place_box(Builder *builder, Cursor *cursor, const Box *box)
{
    const BoxLook *look = box_look(box);
    uint32_t index = builder->boxes.count;
    double inner = cursor->width - 2 * look->side;
    PlacedBox placed = {.box = box,
                        .parent = cursor->box,
                        .column = cursor->column,
                        .x = cursor->x,
                        .y = cursor->y,
                        .width = cursor->width};
    placed.name.block = frame_box_name(builder->arena, box, (int)inner);
    ARRAY_PUSH(&builder->boxes, placed);
    Cursor inside = {cursor->column, index, cursor->x + look->side, cursor->y + BOX_BAND, inner};
    place_elements(builder, &inside, &box->elements);
    double bottom = inside.y + look->bottom;
    builder->boxes.items[index].height = bottom - cursor->y;
    cursor->y = bottom;
}

/* Below each other, centred in the width of the cursor, which ends below the last. */
static void place_elements(Builder *builder, Cursor *cursor, const Elements *elements)
{
    for (uint32_t i = 0; i < elements->count; i++) {
        const Box *box = elements->items[i].box;
        if (i > 0)
            cursor->y += builder->gap + (box || elements->items[i - 1].box ? BOX_GAP : 0);
        if (box)
            place_box(builder, cursor, box);
        else
            place_card(builder, cursor, elements->items[i].item);
    }
}

/* Every column from its own (0, 0); the width is kept in rights until the left is known. */
static void place_columns(Builder *builder)
{
    for (uint32_t i = 0; i < builder->picture->column_count; i++) {
        const Elements *elements = &builder->picture->columns[i].elements;
        Cursor cursor = {.column = i, .box = NONE, .width = elements_width(builder, elements)};
        place_elements(builder, &cursor, elements);
        builder->rights[i] = cursor.width;
        builder->bottoms[i] = cursor.y;
    }
}

/* The chain --------------------------------------------------------------------------------- */

static Style chain_style(const Picture *picture)
{
    for (uint32_t i = 0; i < picture->line_count; i++)
        if (picture->lines[i].style == STYLE_ESCALATION)
            return STYLE_ESCALATION;
    return STYLE_ADDED;
}

/* The end of `item` that the chain comes in by; 0 when none comes in. */
static uint32_t chain_end(const Picture *picture, uint32_t item, Style style)
{
    for (uint32_t i = 0; i < picture->line_count; i++)
        if (picture->lines[i].to == item && picture->lines[i].style == style)
            return picture->lines[i].to_strip;
    return 0;
}

static void offer_anchor(Builder *builder, uint32_t item)
{
    uint32_t *anchor = &builder->anchors[builder->columns[item]];
    const PlacedCard *cards = builder->layout->cards;
    if (*anchor == NONE || cards[item].y < cards[*anchor].y)
        *anchor = item;
}

static double anchor_y(const Builder *builder, uint32_t column)
{
    const PlacedCard *placed = &builder->layout->cards[builder->anchors[column]];
    return placed->y + placed->card.ends[builder->anchor_ends[column]];
}

static void find_anchors(Builder *builder)
{
    const Picture *picture = builder->picture;
    const Style style = chain_style(picture);
    for (uint32_t i = 0; i < picture->column_count; i++)
        builder->anchors[i] = NONE;
    for (uint32_t i = 0; i < picture->line_count; i++) {
        if (picture->lines[i].style != style)
            continue;
        offer_anchor(builder, picture->lines[i].from);
        offer_anchor(builder, picture->lines[i].to);
    }
    for (uint32_t i = 0; i < picture->column_count; i++) {
        if (builder->anchors[i] == NONE)
            continue;
        builder->anchor_ends[i] = chain_end(picture, builder->anchors[i], style);
        if (anchor_y(builder, i) > DEEPEST_ANCHOR)
            builder->anchors[i] = NONE;
    }
}

/* Moves columns down so that the chain is one straight line. */
static void align_anchors(Builder *builder)
{
    const Picture *picture = builder->picture;
    double lowest = 0;
    for (uint32_t i = 0; i < picture->column_count; i++)
        if (builder->anchors[i] != NONE)
            lowest = fmax(lowest, anchor_y(builder, i));
    for (uint32_t i = 0; i < picture->column_count; i++)
        builder->tops[i] = builder->anchors[i] == NONE ? 0 : lowest - anchor_y(builder, i);
}

static void move_columns_down(Builder *builder)
{
    for (uint32_t i = 0; i < builder->picture->item_count; i++)
        builder->layout->cards[i].y += builder->tops[builder->columns[i]];
    for (uint32_t i = 0; i < builder->boxes.count; i++)
        builder->boxes.items[i].y += builder->tops[builder->boxes.items[i].column];
    for (uint32_t i = 0; i < builder->picture->column_count; i++)
        builder->bottoms[i] += builder->tops[i];
}

static bool has_boxes(const Column *column)
{
    for (uint32_t i = 0; i < column->elements.count; i++)
        if (column->elements.items[i].box)
            return true;
    return false;
}

/* y of the first evidence box of a column without scope boxes, or -1. */
static double first_evidence_y(const Builder *builder, uint32_t column)
{
    const Elements *elements = &builder->picture->columns[column].elements;
    for (uint32_t i = 0; i < elements->count && !has_boxes(&builder->picture->columns[column]); i++)
        if (builder->picture->items[elements->items[i].item].silhouette == SILHOUETTE_EVIDENCE)
            return builder->layout->cards[elements->items[i].item].y;
    return -1;
}

/* The evidence of a chain stands in one row, although the cards above it differ in height. */
static void align_evidence(Builder *builder)
{
    const Picture *picture = builder->picture;
    double lowest = 0;
    for (uint32_t i = 0; i < picture->column_count; i++)
        lowest = fmax(lowest, first_evidence_y(builder, i));
    for (uint32_t i = 0; i < picture->column_count; i++) {
        const Elements *elements = &picture->columns[i].elements;
        double first = first_evidence_y(builder, i);
        for (uint32_t j = 0; first >= 0 && j < elements->count; j++) {
            PlacedCard *placed = &builder->layout->cards[elements->items[j].item];
            placed->y += placed->y >= first ? lowest - first : 0;
        }
        builder->bottoms[i] += first >= 0 ? lowest - first : 0;
    }
}

/* Lines ------------------------------------------------------------------------------------- */

typedef struct Pins {
    bool used[STYLE_COUNT];
    double ys[STYLE_COUNT]; /* where lines of the style leave the card */
} Pins;

/* Spreads `count` pins in [top, bottom], not further apart than usual. */
static double pin_y(double top, double bottom, uint32_t index, uint32_t count)
{
    double pitch = count > 1 ? fmin(PIN_PITCH, (bottom - top) / (count - 1)) : 0;
    return (top + bottom) / 2 + pitch * (index - (count - 1) / 2.0);
}

/* The chain leaves where it came in; the other styles below it, one pin each. */
static void set_pins(const Builder *builder, uint32_t item, Pins *pins)
{
    const PlacedCard *placed = &builder->layout->cards[item];
    const Style chain = chain_style(builder->picture);
    bool on_chain = builder->anchors[placed->column] == item && pins->used[chain];
    double top = placed->y + placed->card.pins_top;
    double bottom = placed->y + placed->card.pins_bottom;
    uint32_t count = 0;
    for (uint32_t style = 0; style < STYLE_COUNT; style++)
        count += pins->used[style] && !(on_chain && style == chain);
    if (on_chain) {
        pins->ys[chain] = anchor_y(builder, placed->column);
        top = fmax(top, pins->ys[chain] + PIN_NEXT);
        bottom = fmax(bottom, top);
    }
    uint32_t index = 0;
    for (uint32_t style = 0; style < STYLE_COUNT; style++)
        if (pins->used[style] && !(on_chain && style == chain))
            pins->ys[style] = pin_y(top, bottom, index++, count);
}

static double end_y(const Builder *builder, const Line *line)
{
    const PlacedCard *placed = &builder->layout->cards[line->to];
    uint32_t end = line->to_strip < placed->card.end_count ? line->to_strip : 0;
    return placed->y + placed->card.ends[end];
}

static Wire *make_wires(Builder *builder)
{
    const Picture *picture = builder->picture;
    Pins *pins = arena_allocate(builder->arena, picture->item_count, sizeof *pins);
    Wire *wires = arena_allocate(builder->arena, picture->line_count, sizeof *wires);
    for (uint32_t i = 0; i < picture->line_count; i++)
        pins[picture->lines[i].from].used[picture->lines[i].style] = true;
    for (uint32_t i = 0; i < picture->item_count; i++)
        set_pins(builder, i, &pins[i]);
    for (uint32_t i = 0; i < picture->line_count; i++) {
        const Line *line = &picture->lines[i];
        wires[i] = (Wire){.source = line->from,
                          .style = line->style,
                          .from_column = builder->columns[line->from],
                          .to_column = builder->columns[line->to],
                          .from_y = pins[line->from].ys[line->style],
                          .to_y = end_y(builder, line)};
    }
    return wires;
}

/* Now that the buses are counted: where the columns stand. */
static void move_right(Builder *builder, const Plan *plan)
{
    const Picture *picture = builder->picture;
    double usual = picture->kind == PICTURE_CHAIN ? CHAIN_GUTTER : GUTTER;
    double x = 0;
    for (uint32_t i = 0; i < picture->column_count; i++) {
        builder->lefts[i] = x;
        builder->rights[i] += x; /* was the width */
        x = builder->rights[i] + fmax(usual, route_gutter_width(plan, i));
    }
    for (uint32_t i = 0; i < picture->item_count; i++)
        builder->layout->cards[i].x += builder->lefts[builder->columns[i]];
    for (uint32_t i = 0; i < builder->boxes.count; i++) {
        PlacedBox *box = &builder->boxes.items[i];
        box->x += builder->lefts[box->column];
        box->name.x = box->x + box_look(box->box)->side;
        box->name.y = box->y + BOX_NAME_TOP;
    }
}

static void make_routes(Builder *builder, Plan *plan)
{
    const Picture *picture = builder->picture;
    Layout *layout = builder->layout;
    route_place(plan, builder->lefts, builder->rights);
    layout->routes = arena_allocate(builder->arena, picture->line_count, sizeof *layout->routes);
    for (uint32_t i = 0; i < picture->line_count; i++) {
        const PlacedCard *from = &layout->cards[picture->lines[i].from];
        const PlacedCard *to = &layout->cards[picture->lines[i].to];
        layout->routes[i] = route_wire(plan, i, from->x + from->card.block.width, to->x);
    }
}

/* Frame ------------------------------------------------------------------------------------- */

/* Title and headings above, all else down by their height; returns that height. */
static double place_head(Builder *builder)
{
    const Picture *picture = builder->picture;
    Layout *layout = builder->layout;
    layout->title.block = frame_title(builder->arena, picture, (int)layout->width);
    double top = layout->title.block.height + TITLE_BOTTOM;
    double below = top;
    for (uint32_t i = 0; i < picture->column_count; i++) {
        int width = (int)(builder->rights[i] - builder->lefts[i]);
        const char *heading = picture->columns[i].heading;
        if (!*heading)
            continue;
        Block block = frame_heading(builder->arena, heading, width);
        layout->headings[i] = (Placed){block, builder->lefts[i], top};
        below = top + block.height + HEADING_BOTTOM;
    }
    return below;
}

static void move_body_down(Builder *builder, double distance)
{
    Layout *layout = builder->layout;
    for (uint32_t i = 0; i < builder->picture->item_count; i++)
        layout->cards[i].y += distance;
    for (uint32_t i = 0; i < layout->box_count; i++) {
        layout->boxes[i].y += distance;
        layout->boxes[i].name.y += distance;
    }
    for (uint32_t i = 0; i < builder->picture->line_count; i++)
        for (uint32_t j = 0; j < layout->routes[i].count; j++)
            layout->routes[i].points[j].y += distance;
}

static void place_legend(Builder *builder, double y)
{
    const Picture *picture = builder->picture;
    Layout *layout = builder->layout;
    bool styles[STYLE_COUNT] = {false};
    for (uint32_t i = 0; i < picture->line_count; i++)
        styles[picture->lines[i].style] = true;
    Legend legend = frame_legend(builder->arena, picture, styles, (int)layout->width);
    layout->legend = (Placed){legend.block, 0, y};
    layout->sample_count = legend.sample_count;
    for (uint32_t i = 0; i < legend.sample_count; i++) {
        layout->samples[i] = legend.samples[i];
        layout->samples[i].y += y;
    }
    layout->height = y + legend.block.height;
}

static double highest(const double *values, uint32_t count)
{
    double most = 0;
    for (uint32_t i = 0; i < count; i++)
        most = fmax(most, values[i]);
    return most;
}

static double gap_of(PictureKind kind)
{
    return kind == PICTURE_CHAIN ? CHAIN_GAP : kind == PICTURE_REVERSE ? REVERSE_GAP : CARD_GAP;
}

static void allocate(Builder *builder)
{
    Arena *arena = builder->arena;
    Layout *layout = builder->layout;
    uint32_t item_count = builder->picture->item_count;
    uint32_t column_count = builder->picture->column_count;
    layout->headings = arena_allocate(arena, column_count, sizeof *layout->headings);
    layout->cards = arena_allocate(arena, item_count, sizeof *layout->cards);
    layout->box_of_card = arena_allocate(arena, item_count, sizeof *layout->box_of_card);
    builder->columns = prepare_columns_of_items(arena, builder->picture);
    builder->widths = arena_allocate(arena, item_count, sizeof *builder->widths);
    builder->lefts = arena_allocate(arena, column_count, sizeof *builder->lefts);
    builder->rights = arena_allocate(arena, column_count, sizeof *builder->rights);
    builder->tops = arena_allocate(arena, column_count, sizeof *builder->tops);
    builder->bottoms = arena_allocate(arena, column_count, sizeof *builder->bottoms);
    builder->anchors = arena_allocate(arena, column_count, sizeof *builder->anchors);
    builder->anchor_ends = arena_allocate(arena, column_count, sizeof *builder->anchor_ends);
}

static void keep_boxes(Builder *builder)
{
    Layout *layout = builder->layout;
    layout->box_count = builder->boxes.count;
    layout->boxes = arena_allocate(builder->arena, layout->box_count, sizeof *layout->boxes);
    for (uint32_t i = 0; i < layout->box_count; i++)
        layout->boxes[i] = builder->boxes.items[i];
    ARRAY_FREE(&builder->boxes);
}

/*
 * Heights come first: they need no x.  Then the lines are planned, which says how wide the gutters
 * are; then x; then the title, which is as wide as the columns; last, all moves below the title.
 */
void layout_make(Arena *arena, const Picture *picture, Layout *layout)
{
    *layout = (Layout){0};
    Builder builder = {.arena = arena, .picture = picture, .layout = layout};
    uint32_t column_count = picture->column_count;
    builder.gap = gap_of(picture->kind);
    allocate(&builder);
    make_cards(&builder);
    place_columns(&builder);
    find_anchors(&builder);
    align_anchors(&builder);
    move_columns_down(&builder);
    if (picture->kind == PICTURE_CHAIN)
        align_evidence(&builder);
    Plan *plan =
        route_plan(arena, make_wires(&builder), picture->line_count, builder.bottoms, column_count);
    move_right(&builder, plan);
    make_routes(&builder, plan);
    keep_boxes(&builder);
    layout->width = fmax(LEAST_WIDTH, highest(builder.rights, column_count));
    double head_height = place_head(&builder);
    move_body_down(&builder, head_height);
    double bottom = fmax(highest(builder.bottoms, column_count), route_lowest(plan, 0));
    place_legend(&builder, head_height + bottom + LEGEND_TOP);
}
