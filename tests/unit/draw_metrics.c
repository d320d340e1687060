#include "draw/metrics.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const Font PLAIN_10 = {10, false};
static const Font BOLD_10 = {10, true};

/* Numbers of Adobe's Helvetica.afm and Helvetica-Bold.afm. */
static void test_widths_are_those_of_helvetica(void **state)
{
    (void)state;
    assert_int_equal(text_width_milli("AWil .", PLAIN_10),
                     (667 + 944 + 222 + 222 + 278 + 278) * 10);
    assert_int_equal(text_width_milli("AWil .", BOLD_10), (722 + 944 + 278 + 278 + 278 + 278) * 10);
    assert_int_equal(text_width_milli("\xc3\xa9\xc3\x9f", PLAIN_10), (556 + 611) * 10);
    assert_int_equal(text_width_milli("\xe2\x80\xa6", PLAIN_10), 10000);
    assert_int_equal(text_width_up("A", PLAIN_10), 7);
    assert_int_equal(text_width_up("", PLAIN_10), 0);
}

static void test_unknown_characters_have_a_width(void **state)
{
    (void)state;
    assert_int_equal(text_width_milli("\xe6\x97\xa5", PLAIN_10), 10000);     /* CJK */
    assert_int_equal(text_width_milli("\xe1\x9a\xa0", PLAIN_10), 7000);      /* runic */
    assert_int_equal(text_width_milli("\xf0\x9f\x94\x91", PLAIN_10), 14000); /* key */
    assert_int_equal(text_width_milli("\xe2\x80\x8d", PLAIN_10), 0);         /* joiner */
    assert_int_equal(text_width_milli("\\", PLAIN_10), 7000);                /* as U+2216 */
}

static void test_fitting_keeps_head_and_tail(void **state)
{
    (void)state;
    Arena arena = {0};
    const char *name = "storage-account-of-the-fraud-team";
    assert_ptr_equal(text_fit(&arena, name, 200, PLAIN_10, 60), name);
    assert_string_equal(text_fit(&arena, "iiiiiiiiiiiiiiiiiiii", 32, PLAIN_10, 60),
                        "iiiii\xe2\x80\xa6iiii");
    assert_string_equal(text_fit(&arena, "a/b/c/write", 42, PLAIN_10, 0), "\xe2\x80\xa6/c/write");
    assert_string_equal(text_fit(&arena, "abcdefgh", 32, PLAIN_10, 100), "abcd\xe2\x80\xa6");
    assert_string_equal(text_fit(&arena, "abc", 3, PLAIN_10, 60), "\xe2\x80\xa6");
    arena_free(&arena);
}

/* Every width, every share, texts of one to four bytes a character: never too wide, never cut
 * inside a character. */
static void test_fitting_never_exceeds_the_width(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "WWWWWWWWWWWWWWWWWWWW",
        "illililililiillilili",
        "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc",
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac",
        "\xf0\x9f\x94\x91-\xf0\x9f\x94\x91-\xf0\x9f\x94\x91-",
    };
    Arena arena = {0};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        for (int width = 10; width < 200; width++)
            for (int percent = 0; percent <= 100; percent += 20) {
                const char *fitted = text_fit(&arena, TEXTS[i], width, BOLD_10, percent);
                assert_true(text_width_milli(fitted, BOLD_10) <= (int64_t)width * 1000);
                for (const char *c = fitted; *c; c += text_utf8_sequence(c, strlen(c)))
                    assert_true(text_utf8_sequence(c, strlen(c)) > 0);
            }
    arena_free(&arena);
}

static void test_wrapping_breaks_at_spaces(void **state)
{
    (void)state;
    Arena arena = {0};
    const char *lines[4];
    assert_int_equal(text_wrap(&arena, "", 100, PLAIN_10, lines, 4), 0);
    assert_int_equal(text_wrap(&arena, "   ", 100, PLAIN_10, lines, 4), 0);
    assert_int_equal(text_wrap(&arena, "one two three", 40, PLAIN_10, lines, 4), 2);
    assert_string_equal(lines[0], "one two");
    assert_string_equal(lines[1], "three");
    assert_int_equal(text_wrap(&arena, "abcdefghij", 20, PLAIN_10, lines, 4), 3);
    assert_string_equal(lines[0], "abc");
    assert_int_equal(text_wrap(&arena, "one two three four five", 40, PLAIN_10, lines, 2), 2);
    assert_string_equal(lines[1], "three f\xe2\x80\xa6");
    assert_int_equal(text_wrap(&arena, "WW", 1, PLAIN_10, lines, 4), 2); /* ends all the same */
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths_are_those_of_helvetica),
        cmocka_unit_test(test_unknown_characters_have_a_width),
        cmocka_unit_test(test_fitting_keeps_head_and_tail),
        cmocka_unit_test(test_fitting_never_exceeds_the_width),
        cmocka_unit_test(test_wrapping_breaks_at_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
