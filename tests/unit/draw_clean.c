#include "base/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Case {
    CleanForm form;
    const char *bytes;
    const char *expected;
} Case;

static void check(const Case *cases, size_t count)
{
    Arena arena = {0};
    for (size_t i = 0; i < count; i++)
        assert_string_equal(clean_copy(&arena, cases[i].form, cases[i].bytes), cases[i].expected);
    arena_free(&arena);
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof *(cases))

static void test_visible_text_is_kept(void **state)
{
    (void)state;
    static const Case CASES[] = {
        {CLEAN_PLAIN, "", ""},
        {CLEAN_PLAIN, NULL, ""},
        {CLEAN_PLAIN, "kv-payments <prod> & more", "kv-payments <prod> & more"},
        {CLEAN_PLAIN, "Z\xc3\xbcrich \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x94\x91",
         "Z\xc3\xbcrich \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x94\x91"},
        {CLEAN_PLAIN,
         "a\xe2\x80\x8d"
         "b",
         "a\xe2\x80\x8d"
         "b"}, /* zero-width joiner */
        {CLEAN_TERMINAL, "DOMAIN\\user", "DOMAIN\\user"},
    };
    CHECK(CASES);
}

static void test_acting_characters_are_replaced(void **state)
{
    (void)state;
    static const Case CASES[] = {
        {CLEAN_PLAIN, "a\x1b[31mb", "a\xef\xbf\xbd[31mb"},
        {CLEAN_PLAIN,
         "a\x7f"
         "b",
         "a\xef\xbf\xbd"
         "b"},
        {CLEAN_PLAIN,
         "a\xc2\x9b"
         "b",
         "a\xef\xbf\xbd"
         "b"},                                                             /* C1: CSI */
        {CLEAN_PLAIN, "invoice\xe2\x80\xaegpj", "invoice\xef\xbf\xbdgpj"}, /* U+202E */
        {CLEAN_PLAIN, "\xe2\x81\xa6x\xe2\x81\xa9", "\xef\xbf\xbdx\xef\xbf\xbd"},
        {CLEAN_PLAIN, "\xef\xbb\xbfx", "\xef\xbf\xbdx"},                       /* U+FEFF */
        {CLEAN_PLAIN, "\xef\xbf\xbf", "\xef\xbf\xbd"},                         /* U+FFFF */
        {CLEAN_PLAIN, "\xf3\xa0\x81\x81", "\xef\xbf\xbd"},                     /* a tag character */
        {CLEAN_PLAIN, "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong "/" */
        {CLEAN_PLAIN, "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
        {CLEAN_PLAIN, "cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {CLEAN_TERMINAL, "a\x1b]0;x\x07", "a\\x1b]0;x\\x07"},
        {CLEAN_TERMINAL, "\xe2\x80\xae|\xff|\xf3\xa0\x81\x81", "\\u202e|\\xff|\\U000e0041"},
        {CLEAN_TERMINAL, "a\r\nb\tc", "a\\r\\nb\\tc"},
    };
    CHECK(CASES);
}

static void test_line_breaks_become_one_space(void **state)
{
    (void)state;
    static const Case CASES[] = {
        {CLEAN_PLAIN, "a\r\nb", "a b"},
        {CLEAN_PLAIN, "a\n\nb", "a  b"},
        {CLEAN_PLAIN, "a\tb\vc", "a b c"},
        {CLEAN_PLAIN,
         "a\xc2\x85"
         "b\xe2\x80\xa8"
         "c",
         "a b c"},
        {CLEAN_CSV, "a\r\nb", "a b"},
    };
    CHECK(CASES);
}

static void test_markup_is_escaped(void **state)
{
    (void)state;
    static const Case CASES[] = {
        {CLEAN_MARKUP, "<script>alert('x')</script>",
         "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {CLEAN_MARKUP, "a\\b", "a\\b"},
        {CLEAN_DOT, "&amp;\"", "&amp;amp;&quot;"},
        {CLEAN_DOT, "\\N\\", "\xe2\x88\x96N\xe2\x88\x96"},
        {CLEAN_DOT, "&#92;N", "&amp;#92;N"},
    };
    CHECK(CASES);
}

static void test_spreadsheet_formulas_are_disarmed(void **state)
{
    (void)state;
    static const Case CASES[] = {
        {CLEAN_CSV, "plain", "plain"},
        {CLEAN_CSV, "a,b", "\"a,b\""},
        {CLEAN_CSV, "say \"x\"", "\"say \"\"x\"\"\""},
        {CLEAN_CSV, "=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""},
        {CLEAN_CSV, "+1", "\"'+1\""},
        {CLEAN_CSV, "-1", "\"'-1\""},
        {CLEAN_CSV, "@SUM(A1)", "\"'@SUM(A1)\""},
        {CLEAN_CSV, "\t=1", "\"' =1\""},
        {CLEAN_CSV,
         "\xef\xbc\x9d"
         "1",
         "\"'\xef\xbc\x9d"
         "1\""},
        {CLEAN_CSV, "a=b", "a=b"},
        {CLEAN_CSV, "", ""},
    };
    CHECK(CASES);
}

static void test_bytes_with_a_nul(void **state)
{
    (void)state;
    TextBuffer out = {0};
    clean_append_bytes(&out, CLEAN_PLAIN, "a\0b", 3);
    assert_string_equal(out.text, "a\xef\xbf\xbd"
                                  "b");
    text_buffer_free(&out);
}

/* Whatever the bytes: the result is well-formed, holds no control, and cleaning it again as plain
 * text changes nothing. */
static void test_every_pair_of_bytes(void **state)
{
    (void)state;
    Arena arena = {0};
    for (unsigned pair = 0; pair <= UINT16_MAX; pair++) {
        const char bytes[] = {(char)(pair >> 8), (char)(pair & 0xff), '\0'};
        arena_reset(&arena);
        const char *cleaned = clean_copy(&arena, CLEAN_PLAIN, bytes);
        assert_string_equal(clean_copy(&arena, CLEAN_PLAIN, cleaned), cleaned);
        for (const char *c = cleaned; *c; c += text_utf8_sequence(c, strlen(c))) {
            assert_true(text_utf8_sequence(c, strlen(c)) > 0);
            assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
        }
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visible_text_is_kept),
        cmocka_unit_test(test_acting_characters_are_replaced),
        cmocka_unit_test(test_line_breaks_become_one_space),
        cmocka_unit_test(test_markup_is_escaped),
        cmocka_unit_test(test_spreadsheet_formulas_are_disarmed),
        cmocka_unit_test(test_bytes_with_a_nul),
        cmocka_unit_test(test_every_pair_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
