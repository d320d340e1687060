#include "input/json.h"
#include "input/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static Arena arena;

static const JsonValue *parse(const char *text)
{
    const JsonValue *value = NULL;
    Error err = {""};
    if (!json_parse(&arena, text, strlen(text), &value, &err))
        fail_msg("%s: %s", text, err.message);
    return value;
}

static void refuses_bytes(const char *text, size_t length_bytes, const char *message)
{
    const JsonValue *value = NULL;
    Error err = {""};
    /* A copy of the exact size, so that the sanitizer sees a read behind the end. */
    char *exact = malloc(length_bytes ? length_bytes : 1);
    memcpy(exact, text, length_bytes);
    assert_false(json_parse(&arena, exact, length_bytes, &value, &err));
    free(exact);
    assert_string_equal(err.message, message);
    assert_null(value);
}

static void refuses(const char *text, const char *message)
{
    refuses_bytes(text, strlen(text), message);
}

static int reset(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void test_accessors(void **state)
{
    (void)state;
    const JsonValue *value =
        parse(" {\"Id\":\"a\",\"id\":\"b\",\"n\":null,\"list\":[1,\"x\",{}],\"on\":true,"
              "\"text\":\"FALSE\",\"size\":1.5,\"huge\":1e400} \r\n\t");
    assert_true(json_is_object(value));
    assert_int_equal(json_count(value), 8);
    assert_string_equal(json_text(json_member(value, "id")), "b");
    assert_string_equal(json_text(json_member_any_case(value, "id")), "b");
    assert_string_equal(json_text(json_member_any_case(value, "ID")), "a");
    assert_null(json_member(value, "ID"));
    assert_null(json_member(value, "i"));
    assert_null(json_member_any_case(value, "idx"));
    assert_true(json_is_null(json_member(value, "n")));
    assert_true(json_is_null(json_member(value, "absent")));
    const JsonValue *list = json_member(value, "list");
    assert_true(json_is_array(list));
    assert_int_equal(json_count(list), 3);
    assert_null(json_key(json_first(list)));
    assert_string_equal(json_text(json_next(json_first(list))), "x");
    assert_null(json_next(json_next(json_next(json_first(list)))));
    assert_string_equal(json_key(json_first(value)), "Id");
    bool yes = false;
    assert_true(json_bool(json_member(value, "on"), &yes));
    assert_true(yes);
    assert_true(json_bool(json_member(value, "text"), &yes));
    assert_false(yes);
    assert_false(json_bool(json_member(value, "size"), &yes));
    double number = 0;
    assert_true(json_number(json_member(value, "size"), &number));
    assert_true(number > 1.49 && number < 1.51);
    assert_false(json_number(json_member(value, "huge"), &number));
    assert_false(json_number(json_member(value, "id"), &number));
}

static void test_accessors_take_null(void **state)
{
    (void)state;
    bool yes = false;
    double number = 0;
    char buffer[32];
    assert_true(json_is_null(NULL));
    assert_false(json_is_object(NULL));
    assert_false(json_is_array(NULL));
    assert_false(json_is_text(NULL));
    assert_null(json_member(NULL, "a"));
    assert_null(json_member_any_case(NULL, "a"));
    assert_null(json_at(NULL, "a.b"));
    assert_null(json_first(NULL));
    assert_null(json_next(NULL));
    assert_null(json_key(NULL));
    assert_null(json_text(NULL));
    assert_int_equal(json_count(NULL), 0);
    assert_false(json_bool(NULL, &yes));
    assert_false(json_number(NULL, &number));
    assert_string_equal(json_describe(NULL, buffer, sizeof buffer), "null");
}

static void test_path(void **state)
{
    (void)state;
    const JsonValue *value = parse("{\"Properties\":{\"permissions\":[{\"a\":1}]},\"p\":\"t\"}");
    assert_true(json_is_array(json_at(value, "properties.PERMISSIONS")));
    assert_ptr_equal(json_at(value, ""), value);
    assert_null(json_at(value, "properties.permissions.a"));
    assert_null(json_at(value, "p.t"));
    assert_null(json_at(value, "prop"));
}

static void test_describe(void **state)
{
    (void)state;
    char buffer[128];
    assert_string_equal(json_describe(parse("{}"), buffer, sizeof buffer), "an object");
    assert_string_equal(json_describe(parse("[]"), buffer, sizeof buffer), "an array");
    assert_string_equal(json_describe(parse("false"), buffer, sizeof buffer), "false");
    assert_string_equal(json_describe(parse("-12.5"), buffer, sizeof buffer), "-12.5");
    assert_string_equal(json_describe(parse("\"root\""), buffer, sizeof buffer), "\"root\"");
    /* 59 letters and a character of two bytes: it does not fit and is not cut in two. */
    const char *text = "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9z\"";
    assert_string_equal(json_describe(parse(text), buffer, sizeof buffer),
                        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\"");
}

static void test_refused_text(void **state)
{
    (void)state;
    refuses("", "offset 0: expected a JSON value, found nothing");
    refuses("  ", "offset 2: expected a JSON value, found nothing");
    refuses("{} {}", "offset 2: expected the end, found more text");
    refuses("[1,]", "offset 3: this is not JSON");
    refuses("[NaN]", "offset 1: this is not JSON");
    refuses("]", "offset 0: this is not JSON");
    refuses(",1", "offset 0: this is not JSON");
    refuses("{\"a\":[}]", "offset 6: this is not JSON");
    refuses("{\"a\"", "offset 4: expected the rest of the value, found the end of the text");
    refuses("\"a\\", "offset 3: expected the rest of the value, found the end of the text");
    refuses("\"\\u00", "offset 5: expected the rest of the value, found the end of the text");
    refuses("[\"a\xff\"]", "offset 3: expected UTF-8, found the byte 0xff");
    refuses("[\"\xed\xa0\x80\"]", "offset 2: expected UTF-8, found the byte 0xed");
    refuses("[\"\xc0\xaf\"]", "offset 2: expected UTF-8, found the byte 0xc0");
}

static void test_refused_characters(void **state)
{
    (void)state;
    const char *nul = "a NUL character, which would cut the text short";
    char message[128];
    snprintf(message, sizeof message, "offset 3: refused: %s", nul);
    refuses("[\"a\\u0000b\"]", message);
    refuses_bytes("[\"a\0b\"]", 7, message);
    refuses_bytes("[\"a\\\0b\"]", 8, message);
    snprintf(message, sizeof message, "offset 2: refused: %s", nul);
    refuses("{\"\\u0000\":1}", message);
    snprintf(message, sizeof message, "offset 1: refused: %s", nul);
    refuses_bytes("[\0]", 3, message);
    refuses("[\f1]", "offset 1: refused: a control character outside a text");
    refuses("[\"\n\"]", "offset 2: refused: a control character inside a text");
    refuses("[\"\\uZZZZ\"]", "offset 2: refused: a backslash escape that JSON does not have");
    refuses("[\"\\u1\"]", "offset 2: refused: a backslash escape that JSON does not have");
    refuses("[\"\\x41\"]", "offset 2: refused: a backslash escape that JSON does not have");
    refuses("[\"\\ud800\"]", "offset 2: refused: half of a surrogate pair");
    refuses("[\"\\udc00\"]", "offset 2: refused: half of a surrogate pair");
    refuses("[\"\\ud800\\u1\"]", "offset 8: refused: a backslash escape that JSON does not have");
    assert_string_equal(json_text(parse("\"\\ud83d\\ude00\"")), "\xf0\x9f\x98\x80");
}

static void test_numbers(void **state)
{
    (void)state;
    static const char *const wrong[] = {"007",  "1.",  "-",   "-01",   "1e",   "1e+",
                                        "1.e5", "1-2", "--1", "1.2.3", "0e+-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuses(wrong[i], "offset 0: refused: a number in a form that JSON does not have");
    refuses("+1", "offset 0: this is not JSON");
    refuses(".5", "offset 0: this is not JSON");
    refuses("0x10", "offset 1: expected the end, found more text");
    static const char *const right[] = {"0", "-0", "10", "1.25", "1e5", "1E-5", "-1.5e+10"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        double number = 0;
        assert_true(json_number(parse(right[i]), &number));
        assert_true(number >= strtod(right[i], NULL) && number <= strtod(right[i], NULL));
    }
    char digits[80];
    memset(digits, '1', 61);
    digits[61] = '\0';
    refuses(digits, "offset 0: refused: a number of more than 60 characters");
}

static void test_depth(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    char *text = malloc(2 * DEEP);
    memset(text, '[', DEEP);
    memset(text + DEEP, ']', DEEP);
    refuses_bytes(text, 2 * DEEP, "offset 512: refused: nested deeper than 512 levels");
    refuses_bytes(text, DEEP,
                  "offset 100000: expected the rest of the value, found the end of the text");
    const JsonValue *value = NULL;
    Error err;
    assert_true(json_parse(&arena, text + DEEP - JSON_MAX_DEPTH, 2 * JSON_MAX_DEPTH, &value, &err));
    free(text);
}

/* An object of `count` members k0, k1, ... in an order that does not ascend. */
static char *many_keys(unsigned count, unsigned step, const char *last_key)
{
    char *text = malloc(32 + 16 * (size_t)count);
    char *end = text;
    *end++ = '{';
    for (unsigned i = 0; i < count; i++)
        end += sprintf(end, "\"k%u\":%u,", (i + 1) * step % count, i);
    sprintf(end, "\"%s\":0}", last_key);
    return text;
}

static void refuses_repeated(const char *text, const char *key)
{
    char message[128];
    snprintf(message, sizeof message, "offset 0: refused: the key \"%s\" twice in one object", key);
    refuses(text, message);
}

static void test_repeated_keys(void **state)
{
    (void)state;
    refuses_repeated("{\"a\":1,\"a\":1}", "a");
    refuses_repeated("[{\"b\":{\"z\":1,\"a\":1,\"\\u0061\":2}}]", "a");
    refuses_repeated("{\"\":1,\"b\":2,\"\":1}", "");
    parse("{\"a\":1,\"A\":2}");
    /* Few keys, some and many are searched in three ways. */
    static const unsigned counts[] = {5, 40, 61, 64, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char *fine = many_keys(counts[i], 7, "k");
        assert_int_equal(json_count(parse(fine)), counts[i] + 1);
        free(fine);
        char *wrong = many_keys(counts[i], 7, "k3");
        refuses_repeated(wrong, "k3");
        free(wrong);
    }
}

/* Cut anywhere, a text of one array or object is never accepted. */
static void test_every_prefix(void **state)
{
    (void)state;
    const char *text = "[{\"id\":\"/s/\\ud83d\\ude00\\n\xc3\xa9\",\"n\":-1.5e+3},null,true,[[]]]";
    for (size_t length_bytes = 0; length_bytes < strlen(text); length_bytes++) {
        char *exact = malloc(length_bytes + 1);
        memcpy(exact, text, length_bytes);
        exact = realloc(exact, length_bytes ? length_bytes : 1);
        const JsonValue *value = NULL;
        Error err;
        assert_false(json_parse(&arena, exact, length_bytes, &value, &err));
        free(exact);
    }
    parse(text);
}

static void test_repair(void **state)
{
    (void)state;
    char text[] = "[\"a\r\nb\\\"\nc\",\n\"\\ud800x\\udc00\\ud83d\\ude00\\n\"]rest";
    Scan scan;
    assert_true(scan_value(text, strlen(text), true, &scan));
    assert_int_equal(scan.fault, SCAN_CLEAN);
    assert_int_equal(scan.line_breaks, 3);
    assert_int_equal(scan.newlines, 3);
    assert_int_equal(scan.lone_surrogates, 2);
    assert_int_equal(scan.repairable_at, 3);
    assert_string_equal(text + scan.length_bytes, "rest");
    size_t repaired_bytes = scan_repair(text, scan.length_bytes);
    text[repaired_bytes] = '\0';
    assert_string_equal(text, "[\"ab\\\"c\",\n\"\\ufffdx\\ufffd\\ud83d\\ude00\\n\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_accessors, reset),
        cmocka_unit_test_teardown(test_accessors_take_null, reset),
        cmocka_unit_test_teardown(test_path, reset),
        cmocka_unit_test_teardown(test_describe, reset),
        cmocka_unit_test_teardown(test_refused_text, reset),
        cmocka_unit_test_teardown(test_refused_characters, reset),
        cmocka_unit_test_teardown(test_numbers, reset),
        cmocka_unit_test_teardown(test_depth, reset),
        cmocka_unit_test_teardown(test_repeated_keys, reset),
        cmocka_unit_test_teardown(test_every_prefix, reset),
        cmocka_unit_test_teardown(test_repair, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
