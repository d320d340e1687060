#include "draw/description.h"

#include "draw/prepare.h"
#include "unit/drawing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* A whole description with the given columns and the rest of the members. */
#define DESCRIPTION(columns, rest)                                                                 \
    "{\"schema\":\"amlblast.picture/1\",\"name\":\"p\",\"kind\":\"identity\",\"title\":\"T\","     \
    "\"description\":\"D.\",\"columns\":" columns rest "}"
#define CARD(id, more) "{\"id\":\"" id "\",\"silhouette\":\"resource\",\"name\":\"N\"" more "}"
#define COLUMN(items)  "{\"items\":[" items "]}"
#define ONE_CARD       "[" COLUMN(CARD("a", "")) "]"
#define TWO_CARDS      "[" COLUMN(CARD("a", "")) "," COLUMN(CARD("b", "")) "]"

static void test_examples_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < EXAMPLE_COUNT; i++) {
        Arena arena = {0};
        TextBuffer text = {0};
        Picture picture;
        example_text(EXAMPLE_NAMES[i], &text);
        read_or_abort(&arena, &text, &picture);
        assert_string_equal(picture.name, EXAMPLE_NAMES[i]);
        assert_true(picture.item_count > 0 && picture.line_count > 0);
        text_buffer_free(&text);
        arena_free(&arena);
    }
}

static void test_every_member_arrives(void **state)
{
    (void)state;
    Arena arena = {0};
    TextBuffer text = {0};
    Picture picture;
    example_text("1-identity", &text);
    read_or_abort(&arena, &text, &picture);
    assert_int_equal(picture.kind, PICTURE_IDENTITY);
    assert_int_equal(picture.worst_severity, SEVERITY_CRITICAL);
    assert_int_equal(picture.fact_count, 5);
    assert_string_equal(picture.facts[1].text, "51c0e7ab934d\xe2\x80\xa6");
    assert_int_equal(picture.column_count, 5);
    assert_true(picture.columns[0].narrow);
    const Item *focal = &picture.items[2];
    assert_int_equal(focal->silhouette, SILHOUETTE_FOCAL);
    assert_int_equal(focal->strip_count, 2);
    assert_int_equal(focal->strips[0].step, 1);
    assert_int_equal(focal->strips[1].style, STYLE_ELIGIBLE);
    assert_int_equal(focal->strips[1].step, 0);
    const Box *subscription = picture.columns[2].elements.items[0].box;
    assert_string_equal(subscription->name, "sub-retail-ml");
    assert_string_equal(subscription->elements.items[2].box->note, "another project");
    assert_int_equal(picture.items[picture.lines[13].to].count, 31);
    assert_int_equal(picture.lines[13].to_strip, 1);
    assert_string_equal(picture.line_meanings[STYLE_DENIED], "blocked by deny assignment");
    text_buffer_free(&text);
    arena_free(&arena);
}

typedef struct Refusal {
    const char *text;
    const char *message; /* part of it */
} Refusal;

static const Refusal REFUSALS[] = {
    {"", ""},
    {"[]", "expected an object, found an array"},
    {"{\"schema\":\"amlblast.picture/2\"}", "name: expected a value, found nothing"},
    {DESCRIPTION(ONE_CARD, "") " x", ""},
    {DESCRIPTION(ONE_CARD, ",\"title\":\"again\""), "title"},
    {DESCRIPTION(ONE_CARD, ",\"subtitle\":\"a\\u0000b\""), ""},
    {DESCRIPTION(ONE_CARD, ",\"colour\":\"red\""), "colour: expected no member of this name"},
    {DESCRIPTION(ONE_CARD, ",\"subtitle\":7"), "subtitle: expected a text, found 7"},
    {DESCRIPTION("[]", ""), "columns: expected at least one column"},
    {DESCRIPTION("[{\"items\":[]}]", ""), "columns[0].items: expected at least one item"},
    {DESCRIPTION("[{\"items\":[{}]}]", ""), "columns[0].items[0].silhouette: expected one of"},
    {DESCRIPTION("[" COLUMN(CARD("1a", "")) "]", ""), "columns[0].items[0].id: expected a letter"},
    {DESCRIPTION("[" COLUMN(CARD("a", "") "," CARD("a", "")) "]", ""),
     "columns[0].items[1].id: expected an id that nothing else has"},
    {DESCRIPTION("[" COLUMN(CARD("a", ",\"count\":3")) "]", ""),
     "count: expected no member of this name"},
    {DESCRIPTION("[" COLUMN(CARD("a", ",\"severity\":\"bad\"")) "]", ""),
     "severity: expected one of critical, high, medium, low, in-scope, none, found \"bad\""},
    {DESCRIPTION("[" COLUMN(CARD("a", ",\"crown\":\"true\"")) "]", ""), "expected true or false"},
    {DESCRIPTION("[" COLUMN(CARD("a", ",\"link\":\"https://example.com/\"")) "]", ""), "link:"},
    {DESCRIPTION("[" COLUMN(CARD("a", ",\"link\":\"javascript:alert(1)\"")) "]", ""), "link:"},
    {DESCRIPTION("[" COLUMN(CARD("a", ",\"link\":\"../up.svg\"")) "]", ""), "link:"},
    {DESCRIPTION("[" COLUMN(CARD("a", ",\"strips\":[{\"style\":\"beyond\",\"text\":\"t\","
                                      "\"step\":1.5}]")) "]",
                 ""),
     "columns[0].items[0].strips[0].step: expected a whole number from 1 to 999, found 1.5"},
    {DESCRIPTION(ONE_CARD, ",\"lines\":[{\"from\":\"a\",\"to\":\"z\",\"style\":\"beyond\"}]"),
     "lines[0].to: expected the id of an item that is not evidence, found \"z\""},
    {DESCRIPTION(TWO_CARDS, ",\"lines\":[{\"from\":\"a\",\"to\":\"b\",\"style\":\"beyond\","
                            "\"to_strip\":1}]"),
     "lines[0].to_strip: expected the index of a strip"},
    {DESCRIPTION(ONE_CARD, ",\"id_prefix\":\"a b-\""), "id_prefix:"},
    {DESCRIPTION(ONE_CARD, ",\"worst\":{\"severity\":\"none\",\"text\":\"t\"}"), "worst:"},
    {DESCRIPTION("[{\"items\":[{\"id\":\"m\",\"silhouette\":\"matrix\",\"table\":{\"headings\":"
                 "[\"x\"],\"rows\":[{\"name\":\"n\",\"cells\":[]}]}}]}]",
                 ""),
     "table.rows[0].cells: expected as many cells as headings"},
};

static void test_wrong_descriptions_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        Arena arena = {0};
        Picture picture;
        Error err = {""};
        bool read =
            description_read(&arena, REFUSALS[i].text, strlen(REFUSALS[i].text), &picture, &err);
        if (read || !strstr(err.message, REFUSALS[i].message))
            print_error("%s\n  gave: %s\n", REFUSALS[i].text, read ? "no error" : err.message);
        assert_false(read);
        assert_non_null(strstr(err.message, REFUSALS[i].message));
        arena_free(&arena);
    }
}

static void test_names_of_files_stay_in_the_directory(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"../p", "a/b", ".hidden", "", "a b", "p\\u0000", "-o"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        Arena arena = {0};
        Picture picture;
        Error err = {""};
        const char *text = arena_format(
            &arena,
            "{\"schema\":\"amlblast.picture/1\",\"name\":\"%s\",\"kind\":\"chain\",\"title\":\"T\","
            "\"description\":\"D.\",\"columns\":" ONE_CARD "}",
            NAMES[i]);
        assert_false(description_read(&arena, text, strlen(text), &picture, &err));
        arena_free(&arena);
    }
}

static void test_bad_bytes_do_not_cost_the_picture(void **state)
{
    (void)state;
    static const char TEXT[] =
        DESCRIPTION("[" COLUMN(CARD("a", ",\"details\":[\"x\xff\xfey\"]")) "]", "");
    Arena arena = {0};
    Picture picture;
    Error err;
    assert_true(description_read(&arena, TEXT, sizeof TEXT - 1, &picture, &err));
    assert_string_equal(picture.items[0].details.items[0], "x\xef\xbf\xbd\xef\xbf\xbdy");
    arena_free(&arena);
}

/* Whatever is cut off or changed in an example, the reader says yes or no and touches nothing that
 * is not its own (the sanitizers watch). */
static void test_damaged_descriptions(void **state)
{
    (void)state;
    TextBuffer text = {0};
    Dice dice = {11};
    example_text("1-identity", &text);
    for (uint32_t i = 0; i < 400; i++) {
        Arena arena = {0};
        Picture picture;
        Error err = {""};
        char *damaged = arena_copy_bytes(&arena, text.text, text.length_bytes);
        uint32_t at = roll(&dice, (uint32_t)text.length_bytes);
        size_t length_bytes = i % 2 ? at : text.length_bytes;
        damaged[at] = "\"{}[],:0\\\n\xff"[roll(&dice, 11)];
        if (!description_read(&arena, damaged, length_bytes, &picture, &err))
            assert_true(*err.message);
        arena_free(&arena);
    }
    text_buffer_free(&text);
}

/*  a --> b      and back: b says "back to step 3" (a's strip), c, in the same column as b,
 *  ^     |c     "back to N"
 *  +-----+                                                                                    */
static void test_lines_back_become_notes(void **state)
{
    (void)state;
    static const char TEXT[] = DESCRIPTION(
        "[" COLUMN(CARD("a", ",\"strips\":[{\"style\":\"escalation\",\"step\":3,\"text\":\"t\"}"
                             "]")) "," COLUMN(CARD("b", "") "," CARD("c", "")) "]",
        ",\"lines\":[{\"from\":\"a\",\"to\":\"b\",\"style\":\"escalation\"},"
        "{\"from\":\"b\",\"to\":\"a\",\"style\":\"escalation\"},"
        "{\"from\":\"b\",\"to\":\"a\",\"style\":\"beyond\"},"
        "{\"from\":\"c\",\"to\":\"b\",\"style\":\"beyond\"},"
        "{\"from\":\"a\",\"to\":\"c\",\"style\":\"beyond\",\"back\":true}]");
    Arena arena = {0};
    Picture picture;
    Error err;
    assert_true(description_read(&arena, TEXT, sizeof TEXT - 1, &picture, &err));
    prepare_picture(&arena, &picture);
    assert_int_equal(picture.line_count, 1);
    assert_int_equal(picture.items[1].back_notes.count, 1);
    assert_string_equal(picture.items[1].back_notes.items[0], "back to step 3");
    assert_string_equal(picture.items[2].back_notes.items[0], "back to N");
    assert_string_equal(picture.items[0].back_notes.items[0], "back to N");
    arena_free(&arena);
}

static void test_long_columns_continue(void **state)
{
    (void)state;
    Arena arena = {0};
    TextBuffer text = {0};
    Picture picture;
    text_append(&text, "{\"schema\":\"amlblast.picture/1\",\"name\":\"p\",\"kind\":\"identity\","
                       "\"title\":\"T\",\"description\":\"D.\",\"columns\":[{\"heading\":\"Then\","
                       "\"items\":[{\"scope\":{\"level\":1,\"name\":\"s\"},\"items\":[");
    for (int i = 0; i < 30; i++)
        text_append_format(&text, "%s{\"id\":\"n%d\",\"silhouette\":\"resource\",\"name\":\"%d\"}",
                           i ? "," : "", i, i);
    text_append(&text, "]}]}]}");
    read_or_abort(&arena, &text, &picture);
    prepare_picture(&arena, &picture);
    assert_int_equal(picture.column_count, 3);
    assert_string_equal(picture.columns[0].heading, "Then");
    assert_string_equal(picture.columns[2].heading, "Then, continued");
    assert_int_equal(picture.columns[1].elements.items[0].box->elements.count, CARDS_PER_COLUMN);
    assert_int_equal(picture.columns[2].elements.items[0].box->elements.count, 6);
    assert_int_equal(picture.columns[2].elements.items[0].box->elements.items[5].item, 29);
    text_buffer_free(&text);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_are_read),
        cmocka_unit_test(test_every_member_arrives),
        cmocka_unit_test(test_wrong_descriptions_are_refused),
        cmocka_unit_test(test_names_of_files_stay_in_the_directory),
        cmocka_unit_test(test_bad_bytes_do_not_cost_the_picture),
        cmocka_unit_test(test_damaged_descriptions),
        cmocka_unit_test(test_lines_back_become_notes),
        cmocka_unit_test(test_long_columns_continue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
