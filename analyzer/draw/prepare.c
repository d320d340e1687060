#include "draw/prepare.h"

#include "base/text.h"

#include <string.h>

enum { MOST_BACK_NOTES = 3 };

/* An item with the boxes it stands in, outermost first. */
typedef struct Leaf {
    uint32_t item;
    const Box *boxes[PICTURE_MOST_BOX_LEVELS];
    uint32_t depth;
} Leaf;

typedef struct Leaves {
    ARRAY(Leaf) all;
} Leaves;

typedef struct Placing {
    uint32_t *columns;
    uint32_t column;
} Placing;

static void place_item(void *context, uint32_t item)
{
    Placing *placing = context;
    placing->columns[item] = placing->column;
}

uint32_t *prepare_columns_of_items(Arena *arena, const Picture *picture)
{
    Placing placing = {.columns = arena_allocate(arena, picture->item_count, sizeof(uint32_t))};
    for (uint32_t i = 0; i < picture->column_count; i++) {
        placing.column = i;
        picture_visit_items(&picture->columns[i].elements, place_item, &placing);
    }
    return placing.columns;
}

static const char *back_note(Arena *arena, const Picture *picture, const Line *line)
{
    const Item *to = &picture->items[line->to];
    uint32_t step = line->to_strip < to->strip_count ? to->strips[line->to_strip].step : 0;
    if (step)
        return arena_format(arena, "back to step %u", step);
    return arena_format(arena, "back to %s", to->name);
}

static bool has_text(const Texts *texts, const char *text)
{
    for (uint32_t i = 0; i < texts->count; i++)
        if (text_equal(texts->items[i], text))
            return true;
    return false;
}

/* The last of MOST_BACK_NOTES says that there are more. */
static void add_back_note(Arena *arena, Item *item, const char *note)
{
    Texts *notes = &item->back_notes;
    if (has_text(notes, note))
        return;
    if (!notes->items)
        notes->items = arena_allocate(arena, MOST_BACK_NOTES, sizeof *notes->items);
    if (notes->count < MOST_BACK_NOTES)
        notes->items[notes->count++] = note;
    else
        notes->items[MOST_BACK_NOTES - 1] = "back to several earlier cards";
}

static void turn_back_lines_into_notes(Arena *arena, Picture *picture)
{
    const uint32_t *columns = prepare_columns_of_items(arena, picture);
    Line *kept = arena_allocate(arena, picture->line_count, sizeof *kept);
    uint32_t kept_count = 0;
    for (uint32_t i = 0; i < picture->line_count; i++) {
        const Line *line = &picture->lines[i];
        if (line->back || columns[line->to] <= columns[line->from])
            add_back_note(arena, &picture->items[line->from], back_note(arena, picture, line));
        else
            kept[kept_count++] = *line;
    }
    picture->lines = kept;
    picture->line_count = kept_count;
}

static void collect_leaves(Leaves *leaves, const Elements *elements, const Leaf *above)
{
    for (uint32_t i = 0; i < elements->count; i++) {
        Leaf leaf = *above;
        if (elements->items[i].box) {
            leaf.boxes[leaf.depth++] = elements->items[i].box;
            collect_leaves(leaves, &elements->items[i].box->elements, &leaf);
        } else {
            leaf.item = elements->items[i].item;
            ARRAY_PUSH(&leaves->all, leaf);
        }
    }
}

static bool is_evidence(const Picture *picture, const Leaf *leaf)
{
    return picture->items[leaf->item].silhouette == SILHOUETTE_EVIDENCE;
}

/* Leaves from `first` on that stand together in one column. */
static uint32_t leaves_in_column(const Picture *picture, const Leaves *leaves, uint32_t first)
{
    uint32_t end = first;
    uint32_t cards = 0;
    for (; end < leaves->all.count; end++) {
        cards += !is_evidence(picture, &leaves->all.items[end]);
        if (cards > CARDS_PER_COLUMN)
            break;
    }
    return end - first;
}

/* The boxes and items of leaves [first, end) again, below the box at `depth`.  part: 1, 2, ... */
static Elements rebuild(Arena *arena, const Leaf *leaves, uint32_t count, uint32_t depth,
                        uint32_t part)
{
    Elements elements = {arena_allocate(arena, count, sizeof(Element)), 0};
    for (uint32_t i = 0; i < count;) {
        Element *element = &elements.items[elements.count++];
        *element = (Element){leaves[i].item, NULL};
        uint32_t end = i + 1;
        if (leaves[i].depth > depth) {
            const Box *box = leaves[i].boxes[depth];
            while (end < count && leaves[end].depth > depth && leaves[end].boxes[depth] == box)
                end++;
            Box *copy = arena_allocate(arena, 1, sizeof *copy);
            *copy = *box;
            if (part > 1)
                copy->id = arena_format(arena, "_%s-%u", box->id, part);
            copy->elements = rebuild(arena, leaves + i, end - i, depth + 1, part);
            *element = (Element){NONE, copy};
        }
        i = end;
    }
    return elements;
}

typedef struct Columns {
    ARRAY(Column) all;
} Columns;

static void split_column(Arena *arena, const Picture *picture, const Column *column,
                         Columns *columns)
{
    const Leaf top = {.item = NONE};
    Leaves leaves = {0};
    collect_leaves(&leaves, &column->elements, &top);
    uint32_t part = 1;
    for (uint32_t first = 0; first < leaves.all.count; part++) {
        uint32_t count = leaves_in_column(picture, &leaves, first);
        Column piece = *column;
        if (part > 1 && *column->heading)
            piece.heading = arena_format(arena, "%s, continued", column->heading);
        piece.elements = rebuild(arena, leaves.all.items + first, count, 0, part);
        ARRAY_PUSH(&columns->all, piece);
        first += count;
    }
    ARRAY_FREE(&leaves.all);
}

void prepare_picture(Arena *arena, Picture *picture)
{
    Columns columns = {0};
    turn_back_lines_into_notes(arena, picture);
    for (uint32_t i = 0; i < picture->column_count; i++)
        split_column(arena, picture, &picture->columns[i], &columns);
    picture->column_count = columns.all.count;
    picture->columns = arena_allocate(arena, columns.all.count, sizeof *picture->columns);
    if (columns.all.count > 0)
        memcpy(picture->columns, columns.all.items, columns.all.count * sizeof *picture->columns);
    ARRAY_FREE(&columns.all);
}
