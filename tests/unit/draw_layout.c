#include "draw/layout.h"

#include "draw/metrics.h"
#include "draw/prepare.h"
#include "unit/drawing.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* A picture of the tests, laid out. */
typedef struct Drawn {
    Arena arena;
    Picture picture;
    Layout layout;
} Drawn;

static void draw(uint32_t index, Drawn *drawn)
{
    TextBuffer text = {0};
    *drawn = (Drawn){0};
    test_picture_text(index, &text);
    read_or_abort(&drawn->arena, &text, &drawn->picture);
    prepare_picture(&drawn->arena, &drawn->picture);
    layout_make(&drawn->arena, &drawn->picture, &drawn->layout);
    text_buffer_free(&text);
}

typedef void (*Check)(const Drawn *drawn);

static void check_all(Check check)
{
    for (uint32_t i = 0; i < TEST_PICTURE_COUNT; i++) {
        Drawn drawn;
        draw(i, &drawn);
        check(&drawn);
        arena_free(&drawn.arena);
    }
}

typedef struct Rectangle {
    double left;
    double top;
    double right;
    double bottom;
} Rectangle;

static Rectangle of_card(const Drawn *drawn, uint32_t item)
{
    const PlacedCard *card = &drawn->layout.cards[item];
    return (Rectangle){card->x, card->y, card->x + card->card.block.width,
                       card->y + card->card.block.height};
}

static Rectangle of_box(const PlacedBox *box)
{
    return (Rectangle){box->x, box->y, box->x + box->width, box->y + box->height};
}

static Rectangle of_placed(const Placed *placed)
{
    return (Rectangle){placed->x, placed->y, placed->x + placed->block.width,
                       placed->y + placed->block.height};
}

static bool overlap(Rectangle a, Rectangle b)
{
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

static bool is_inside(Rectangle inner, Rectangle outer)
{
    return inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top &&
           inner.bottom <= outer.bottom;
}

/* No two cards, no card and the name of a box, nothing of the frame over anything. */
static void check_no_overlap(const Drawn *drawn)
{
    const Layout *layout = &drawn->layout;
    for (uint32_t i = 0; i < drawn->picture.item_count; i++) {
        Rectangle card = of_card(drawn, i);
        for (uint32_t j = 0; j < i; j++)
            assert_false(overlap(card, of_card(drawn, j)));
        for (uint32_t j = 0; j < layout->box_count; j++)
            assert_false(overlap(card, of_placed(&layout->boxes[j].name)));
        for (uint32_t j = 0; j < drawn->picture.column_count; j++)
            assert_false(overlap(card, of_placed(&layout->headings[j])));
        assert_false(overlap(card, of_placed(&layout->title)));
        assert_false(overlap(card, of_placed(&layout->legend)));
        assert_true(card.left >= 0 && card.right <= layout->width);
    }
    assert_false(overlap(of_placed(&layout->title), of_placed(&layout->legend)));
    assert_true(layout->legend.y + layout->legend.block.height <= layout->height);
}

static void test_nothing_overlaps(void **state)
{
    (void)state;
    check_all(check_no_overlap);
}

static bool box_is_around(const Layout *layout, uint32_t outer, uint32_t inner)
{
    while (inner != NONE && inner != outer)
        inner = layout->boxes[inner].parent;
    return inner == outer;
}

/* A box holds its cards and boxes whole and no others. */
static void check_boxes(const Drawn *drawn)
{
    const Layout *layout = &drawn->layout;
    for (uint32_t i = 0; i < layout->box_count; i++) {
        Rectangle box = of_box(&layout->boxes[i]);
        assert_true(is_inside(of_placed(&layout->boxes[i].name), box));
        for (uint32_t j = 0; j < i; j++)
            if (!box_is_around(layout, j, i))
                assert_false(overlap(box, of_box(&layout->boxes[j])));
        for (uint32_t j = 0; j < drawn->picture.item_count; j++) {
            if (box_is_around(layout, i, layout->box_of_card[j]))
                assert_true(is_inside(of_card(drawn, j), box));
            else
                assert_false(overlap(of_card(drawn, j), box));
        }
    }
}

static void test_boxes_hold_their_own(void **state)
{
    (void)state;
    check_all(check_boxes);
}

static bool part_crosses(Point a, Point b, Rectangle card)
{
    Rectangle part = {fmin(a.x, b.x), fmin(a.y, b.y), fmax(a.x, b.x), fmax(a.y, b.y)};
    return part.left < card.right && card.left < part.right && part.top < card.bottom &&
           card.top < part.bottom;
}

/* Every part is horizontal or vertical and passes beside every card, even those of its ends. */
static void check_lines(const Drawn *drawn)
{
    for (uint32_t i = 0; i < drawn->picture.line_count; i++) {
        const Line *line = &drawn->picture.lines[i];
        const Route *route = &drawn->layout.routes[i];
        Rectangle from = of_card(drawn, line->from);
        Rectangle to = of_card(drawn, line->to);
        assert_true(route->count >= 2);
        Point first = route->points[0];
        Point last = route->points[route->count - 1];
        assert_true(first.x == from.right && first.y > from.top && first.y < from.bottom);
        assert_true(last.x == to.left && last.y > to.top && last.y < to.bottom);
        for (uint32_t j = 1; j < route->count; j++) {
            Point a = route->points[j - 1];
            Point b = route->points[j];
            assert_true(a.x == b.x || a.y == b.y);
            for (uint32_t card = 0; card < drawn->picture.item_count; card++)
                assert_false(part_crosses(a, b, of_card(drawn, card)));
        }
    }
}

static void test_lines_pass_beside_cards(void **state)
{
    (void)state;
    check_all(check_lines);
}

static bool same_bus(const Line *a, const Line *b)
{
    return a->from == b->from && a->style == b->style;
}

/* Vertical parts of different buses never lie on each other. */
static void check_buses(const Drawn *drawn)
{
    const Picture *picture = &drawn->picture;
    for (uint32_t i = 0; i < picture->line_count; i++)
        for (uint32_t j = 0; j < i; j++) {
            const Route *a = &drawn->layout.routes[i];
            const Route *b = &drawn->layout.routes[j];
            if (same_bus(&picture->lines[i], &picture->lines[j]))
                continue;
            for (uint32_t k = 1; k < a->count; k++)
                for (uint32_t l = 1; l < b->count; l++) {
                    Point a0 = a->points[k - 1], a1 = a->points[k];
                    Point b0 = b->points[l - 1], b1 = b->points[l];
                    bool vertical = a0.x == a1.x && b0.x == b1.x && a0.y != a1.y && b0.y != b1.y;
                    if (vertical && fabs(a0.x - b0.x) < 3)
                        assert_true(fmax(a0.y, a1.y) <= fmin(b0.y, b1.y) ||
                                    fmax(b0.y, b1.y) <= fmin(a0.y, a1.y));
                }
        }
}

static void test_buses_are_apart(void **state)
{
    (void)state;
    check_all(check_buses);
}

/* In the examples every step of the chain between neighbouring columns is one straight line. */
static void test_the_chain_is_straight(void **state)
{
    (void)state;
    static const uint32_t STRAIGHT[EXAMPLE_COUNT] = {4, 4, 0, 3, 3, 4};
    for (uint32_t i = 0; i < EXAMPLE_COUNT; i++) {
        Drawn drawn;
        uint32_t straight = 0;
        double y = -1;
        draw(i, &drawn);
        for (uint32_t j = 0; j < drawn.picture.line_count; j++) {
            const Route *route = &drawn.layout.routes[j];
            if (!style_is_thick(drawn.picture.lines[j].style) || route->count != 2)
                continue;
            assert_true(y < 0 || y == route->points[0].y);
            y = route->points[0].y;
            straight++;
        }
        assert_int_equal(straight, STRAIGHT[i]);
        arena_free(&drawn.arena);
    }
}

static const char *attribute(const char *cell, const char *end, const char *name)
{
    const char *found = strstr(cell, name);
    return found && found < end ? found + strlen(name) : NULL;
}

static int number(const char *digits)
{
    return (int)strtol(digits, NULL, 10);
}

/* The entities that clean_append writes, taken back. */
static void append_decoded(TextBuffer *text, const char *start, const char *end)
{
    static const char *const ENTITIES[][2] = {
        {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}};
    while (start < end) {
        size_t i = 0;
        while (i < 5 && strncmp(start, ENTITIES[i][0], strlen(ENTITIES[i][0])) != 0)
            i++;
        text_append_bytes(text, i < 5 ? ENTITIES[i][1] : start, 1);
        start += i < 5 ? strlen(ENTITIES[i][0]) : 1;
    }
}

/* Reads a label back: every text is at most as wide as its cell and not higher. */
static uint32_t check_label(const char *label)
{
    uint32_t texts = 0;
    for (const char *font = label; (font = strstr(font, "<FONT ")); font++) {
        const char *cell = font;
        while (strncmp(cell, "<TD ", 4) != 0)
            cell--;
        const char *width = attribute(cell, font, " WIDTH=\"");
        const char *height = attribute(cell, font, " HEIGHT=\"");
        const char *size = attribute(font, strchr(font, '>'), "POINT-SIZE=\"");
        const char *start = strchr(font, '>') + 1;
        bool bold = strncmp(start, "<B>", 3) == 0;
        start += bold ? 3 : 0;
        assert_true(width && height && size);
        const Font used = {number(size), bold};
        TextBuffer text = {0};
        append_decoded(&text, start, strchr(start, '<'));
        assert_true(text.length_bytes > 0);
        assert_true(text_width(text.text, used) <= number(width));
        assert_true(used.size * 1.2 <= number(height));
        text_buffer_free(&text);
        texts++;
    }
    return texts;
}

typedef struct Size {
    int width;
    int height;
} Size;

/* The number behind ` NAME="` in the tag that begins at `tag`, or 0. */
static int number_in_tag(const char *tag, const char *name)
{
    const char *value = attribute(tag, strchr(tag, '>'), name);
    return value ? number(value) : 0;
}

static Size size_of_table(const char **at);

/* <TD ...>, then a table, a text or nothing, then </TD>. */
static Size size_of_cell(const char **at)
{
    Size size = {number_in_tag(*at, " WIDTH=\""), number_in_tag(*at, " HEIGHT=\"")};
    *at = strchr(*at, '>') + 1;
    if (strncmp(*at, "<TABLE ", 7) == 0)
        size = size_of_table(at);
    *at = strstr(*at, "</TD>") + 5;
    return size;
}

/*
 * Adds a table up again: each row must be as wide as the others and each cell as high as its row,
 * or Graphviz would stretch something.
 */
static Size size_of_table(const char **at)
{
    int border = number_in_tag(*at, " BORDER=\"");
    Size size = {0, 2 * border};
    *at = strchr(*at, '>') + 1;
    while (strncmp(*at, "<TR>", 4) == 0) {
        Size row = {2 * border, -1};
        *at += 4;
        while (strncmp(*at, "<TD", 3) == 0) {
            Size cell = size_of_cell(at);
            assert_true(row.height < 0 || cell.height == row.height);
            row.height = cell.height;
            row.width += cell.width;
        }
        assert_int_equal(strncmp(*at, "</TR>", 5), 0);
        *at += 5;
        assert_true(size.width == 0 || row.width == size.width);
        size.width = row.width;
        size.height += row.height;
    }
    assert_int_equal(strncmp(*at, "</TABLE>", 8), 0);
    *at += 8;
    return size;
}

static void check_size(const Block *block)
{
    const char *at = block->label;
    if (!at)
        return;
    Size size = size_of_table(&at);
    assert_int_equal(*at, 0);
    assert_int_equal(size.width, block->width);
    assert_int_equal(size.height, block->height);
}

static void check_sizes(const Drawn *drawn)
{
    const Layout *layout = &drawn->layout;
    check_size(&layout->title.block);
    check_size(&layout->legend.block);
    for (uint32_t i = 0; i < drawn->picture.item_count; i++)
        check_size(&layout->cards[i].card.block);
    for (uint32_t i = 0; i < layout->box_count; i++)
        check_size(&layout->boxes[i].name.block);
    for (uint32_t i = 0; i < drawn->picture.column_count; i++)
        check_size(&layout->headings[i].block);
}

static void test_labels_have_the_sizes_they_say(void **state)
{
    (void)state;
    check_all(check_sizes);
}

static void check_texts(const Drawn *drawn)
{
    const Layout *layout = &drawn->layout;
    assert_true(check_label(layout->title.block.label) > 0);
    assert_true(check_label(layout->legend.block.label) > 0);
    for (uint32_t i = 0; i < drawn->picture.item_count; i++)
        assert_true(check_label(layout->cards[i].card.block.label) > 0);
    for (uint32_t i = 0; i < layout->box_count; i++)
        assert_true(check_label(layout->boxes[i].name.block.label) > 0);
    for (uint32_t i = 0; i < drawn->picture.column_count; i++)
        assert_true(!layout->headings[i].block.label ||
                    check_label(layout->headings[i].block.label) > 0);
}

static void test_texts_fit_their_cells(void **state)
{
    (void)state;
    check_all(check_texts);
}

static void check_even(const Drawn *drawn)
{
    for (uint32_t i = 0; i < drawn->picture.item_count; i++) {
        const PlacedCard *card = &drawn->layout.cards[i];
        assert_int_equal(card->card.block.width % 2, 0);
        assert_int_equal(card->card.block.height % 2, 0);
        assert_true(card->x == floor(card->x) && card->y == floor(card->y));
    }
}

static void test_cards_stand_at_whole_points(void **state)
{
    (void)state;
    check_all(check_even);
}

/* Names that differ only where they would be cut are still told apart. */
static void test_shortened_names_differ(void **state)
{
    (void)state;
    static const char TEXT[] =
        "{\"schema\":\"amlblast.picture/1\",\"name\":\"p\",\"kind\":\"identity\",\"title\":\"T\","
        "\"description\":\"D.\",\"columns\":[{\"items\":["
        "{\"id\":\"a\",\"silhouette\":\"resource\",\"name\":"
        "\"storage-account-of-the-fraud-team-in-europe-0001-production\"},"
        "{\"id\":\"b\",\"silhouette\":\"resource\",\"name\":"
        "\"storage-account-of-the-fraud-team-in-europe-0002-production\"}]}]}";
    Drawn drawn = {0};
    Error err;
    assert_true(description_read(&drawn.arena, TEXT, sizeof TEXT - 1, &drawn.picture, &err));
    prepare_picture(&drawn.arena, &drawn.picture);
    layout_make(&drawn.arena, &drawn.picture, &drawn.layout);
    assert_string_not_equal(drawn.layout.cards[0].card.block.label,
                            drawn.layout.cards[1].card.block.label);
    arena_free(&drawn.arena);
}

static void test_long_sentences_are_wrapped(void **state)
{
    (void)state;
    Drawn drawn = {0};
    TextBuffer text = {0};
    Error err;
    text_append(&text,
                "{\"schema\":\"amlblast.picture/1\",\"name\":\"p\",\"kind\":\"identity\","
                "\"description\":\"D.\",\"columns\":[{\"items\":[{\"id\":\"a\",\"silhouette\":"
                "\"resource\",\"name\":\"n\"}]}],\"title\":\"");
    for (int i = 0; i < 60; i++)
        text_append(&text, "a long title ");
    text_append(&text, "\",\"worst\":{\"severity\":\"high\",\"text\":\"");
    for (int i = 0; i < 60; i++)
        text_append(&text, "and a long finding ");
    text_append(&text, "\"}}");
    assert_true(description_read(&drawn.arena, text.text, text.length_bytes, &drawn.picture, &err));
    layout_make(&drawn.arena, &drawn.picture, &drawn.layout);
    assert_true(drawn.layout.width < 1000);
    check_no_overlap(&drawn);
    check_sizes(&drawn);
    assert_int_equal(check_label(drawn.layout.title.block.label), 3 + 1 + 4);
    text_buffer_free(&text);
    arena_free(&drawn.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_overlaps),
        cmocka_unit_test(test_boxes_hold_their_own),
        cmocka_unit_test(test_lines_pass_beside_cards),
        cmocka_unit_test(test_buses_are_apart),
        cmocka_unit_test(test_the_chain_is_straight),
        cmocka_unit_test(test_labels_have_the_sizes_they_say),
        cmocka_unit_test(test_texts_fit_their_cells),
        cmocka_unit_test(test_cards_stand_at_whole_points),
        cmocka_unit_test(test_shortened_names_differ),
        cmocka_unit_test(test_long_sentences_are_wrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
