#include "base/arena.h"
#include "base/array.h"
#include "base/counting_sort.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/intern.h"
#include "base/text.h"
#include "base/threads.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_arena(void **state)
{
    (void)state;
    Arena arena = {0};
    char *first = arena_allocate(&arena, 3, 5);
    for (int i = 0; i < 15; i++)
        assert_int_equal(first[i], 0);
    memset(first, 'x', 15);
    for (size_t size = 1; size < 100; size++)
        assert_int_equal((size_t)(char *)arena_allocate(&arena, size, 1) % alignof(max_align_t), 0);
    /* Larger than any block, and many small ones behind it. */
    char *large = arena_allocate(&arena, 10, 1024 * 1024);
    large[10 * 1024 * 1024 - 1] = 'y';
    char expected[32];
    for (int i = 0; i < 10000; i++) {
        snprintf(expected, sizeof expected, "text %d", i);
        assert_string_equal(arena_format(&arena, "text %d", i), expected);
    }
    assert_int_equal(first[14], 'x');
    assert_string_equal(arena_copy_text(&arena, ""), "");
    assert_string_equal(arena_copy_bytes(&arena, "abcdef", 3), "abc");
    assert_true(arena.total_bytes > 10 * 1024 * 1024);
    arena_reset(&arena);
    assert_int_equal(arena.total_bytes, 0);
    /* Reused memory is zeroed again. */
    char *again = arena_allocate(&arena, 50000, 1);
    for (int i = 0; i < 50000; i++)
        assert_int_equal(again[i], 0);
    arena_free(&arena);
    assert_null(arena.current);
    arena_reset(&arena);
    arena_free(&arena);
}

static void test_array(void **state)
{
    (void)state;
    ARRAY(uint64_t) numbers = {0};
    for (uint64_t i = 0; i < 100000; i++)
        ARRAY_PUSH(&numbers, i * i);
    assert_int_equal(numbers.count, 100000);
    assert_true(numbers.capacity >= numbers.count);
    for (uint64_t i = 0; i < 100000; i++)
        assert_true(numbers.items[i] == i * i);
    ARRAY_FREE(&numbers);
    assert_null(numbers.items);
    assert_int_equal(numbers.count, 0);
    ARRAY_PUSH(&numbers, 7);
    assert_int_equal(numbers.items[0], 7);
    ARRAY_FREE(&numbers);
}

static void test_interner(void **state)
{
    (void)state;
    Interner exact = interner_new(CASE_MATTERS);
    Interner folded = interner_new(CASE_IGNORED);
    assert_int_equal(interner_find(&exact, "a"), NONE);
    assert_int_equal(intern(&exact, NULL), NONE);
    assert_null(interned_text(&exact, NONE));
    assert_int_equal(intern(&exact, "Abc"), 0);
    assert_int_equal(intern(&exact, "abc"), 1);
    assert_int_equal(intern(&exact, ""), 2);
    assert_int_equal(intern(&exact, "Abc"), 0);
    assert_int_equal(interner_find(&exact, "abc"), 1);
    assert_int_equal(interner_find(&exact, "ABC"), NONE);
    assert_int_equal(intern(&folded, "/Subscriptions/A"), 0);
    assert_int_equal(intern(&folded, "/subscriptions/a"), 0);
    assert_int_equal(interner_find_bytes(&folded, "/SUBSCRIPTIONS/Ab", 16), 0);
    assert_string_equal(interned_text(&folded, 0), "/Subscriptions/A");
    /* Only ASCII letters fold: '@' and '`' differ by the same bit, and so do these two. */
    assert_int_not_equal(intern(&folded, "@[^@[^@[^"), intern(&folded, "`{~`{~`{~"));
    assert_int_not_equal(intern(&folded, "\xc3\x84"), intern(&folded, "\xc3\xa4"));
    /* Every byte alone and eight at a time: 256 texts each, of which 26 are the same. */
    uint32_t before = folded.count;
    for (int c = 0; c < 256; c++) {
        char bytes[9];
        memset(bytes, c, sizeof bytes);
        intern_bytes(&folded, bytes, 3);
        intern_bytes(&folded, bytes, 8);
    }
    assert_int_equal(folded.count - before, 2 * (256 - 26));
    interner_free(&exact);
    interner_free(&folded);
}

static void test_interner_keeps_many(void **state)
{
    (void)state;
    Interner folded = interner_new(CASE_IGNORED);
    char text[700];
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 20000; i++) {
            /* Now and then longer than the buffer that texts are folded in. */
            memset(text, round ? 'A' : 'a', sizeof text);
            snprintf(text + (i % 50 ? 0 : 600), 50, "%s-%u", round ? "NAME" : "name", i);
            assert_int_equal(intern(&folded, text), i);
        }
    assert_int_equal(folded.count, 20000);
    assert_string_equal(interned_text(&folded, 19999), "name-19999");
    interner_free(&folded);
}

static void test_guid(void **state)
{
    (void)state;
    static const char *const same[] = {
        "0123abcd-4567-89ef-0123-456789abcdef",
        "0123ABCD-4567-89EF-0123-456789ABCDEF",
        "{0123abcd-4567-89ef-0123-456789abcdef}",
        "0123abcd456789ef0123456789abcdef",
    };
    static const char *const wrong[] = {
        "",
        "0123abcd-4567-89ef-0123-456789abcde",
        "0123abcd-4567-89ef-0123-456789abcdef0",
        "0123abcd-4567-89ef-0123-456789abcdeg",
        "0123abcd-456789ef-0123-456789abcdef",
        "{0123abcd-4567-89ef-0123-456789abcdef",
        "0123abcd-4567-89ef-0123-456789abcdef}",
        " 0123abcd-4567-89ef-0123-456789abcdef",
    };
    Guid guid;
    Guid first;
    char text[GUID_TEXT_BYTES];
    assert_true(guid_parse(same[0], &first));
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_true(guid_parse(same[i], &guid));
        assert_true(guid_equal(&guid, &first));
        guid_format(&guid, text);
        assert_string_equal(text, same[0]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(guid_parse(wrong[i], &guid));
    assert_false(guid_parse(NULL, &guid));
    assert_false(guid_is_zero(&first));
    assert_true(guid_parse("00000000-0000-0000-0000-000000000000", &guid));
    assert_true(guid_is_zero(&guid));
    assert_false(guid_equal(&guid, &first));
}

static void test_text_comparison(void **state)
{
    (void)state;
    assert_true(text_equal(NULL, NULL));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("a", "A"));
    assert_true(text_equal_any_case("Owner", "oWNER"));
    assert_false(text_equal_any_case("Owner", "Owners"));
    assert_false(text_equal_any_case("\xc3\x84", "\xc3\xa4"));
    assert_true(text_compare_any_case("B", "a") > 0);
    assert_true(text_compare_any_case("a", "B") < 0);
    assert_true(text_compare_any_case("ab", "ABC") < 0);
    assert_true(text_compare_any_case("_", "A") < 0); /* as if lower-cased */
    assert_true(text_starts_with_any_case("/Subscriptions/x", "/subscriptions/"));
    assert_false(text_starts_with_any_case("/sub", "/subscriptions/"));
    assert_true(text_ends_with_any_case("x.JSON", ".json"));
    assert_false(text_ends_with_any_case("json", ".json"));
    assert_string_equal(text_find_any_case("a/Providers/b", "/providers/"), "/Providers/b");
    assert_string_equal(text_find_any_case("abc", ""), "abc");
    assert_null(text_find_any_case("abc", "cd"));
    assert_true(text_is_empty(NULL) && text_is_empty("") && !text_is_empty(" "));
    char text[] = "AbC-\xc3\x84Z@[";
    text_lower(text);
    assert_string_equal(text, "abc-\xc3\x84z@[");
}

static void test_utf8(void **state)
{
    (void)state;
    assert_int_equal(text_utf8_sequence("a", 1), 1);
    assert_int_equal(text_utf8_sequence("", 1), 1);
    assert_int_equal(text_utf8_sequence("a", 0), 0);
    assert_int_equal(text_utf8_sequence("\xc3\xa9", 2), 2);
    assert_int_equal(text_utf8_sequence("\xe2\x82\xac", 3), 3);
    assert_int_equal(text_utf8_sequence("\xf0\x9f\x98\x80", 4), 4);
    assert_int_equal(text_utf8_sequence("\xf4\x8f\xbf\xbf", 4), 4);
    static const char *const wrong[] = {
        "\x80",             /* continuation first */
        "\xc0\xaf",         /* overlong */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* surrogate */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xe2\x82",
        "\xe2\x28\xa1",
        "\xf0\x9f\x98",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(text_utf8_sequence(wrong[i], strlen(wrong[i])), 0);
}

static void test_text_buffer(void **state)
{
    (void)state;
    TextBuffer buffer = {0};
    TextBuffer expected = {0};
    text_buffer_clear(&buffer);
    assert_null(buffer.text);
    text_append(&buffer, "");
    assert_string_equal(buffer.text, "");
    for (int i = 0; i < 1000; i++) {
        text_append_format(&buffer, "%d,", i % 10);
        text_append_char(&expected, (char)('0' + i % 10));
        text_append_bytes(&expected, ",;", 1);
    }
    assert_int_equal(buffer.length_bytes, 2000);
    assert_string_equal(buffer.text, expected.text);
    text_buffer_clear(&buffer);
    assert_string_equal(buffer.text, "");
    text_append_bytes(&buffer, "a\0b", 3);
    assert_int_equal(buffer.length_bytes, 3);
    assert_memory_equal(buffer.text, "a\0b", 4);
    text_buffer_free(&buffer);
    text_buffer_free(&expected);
    assert_null(buffer.text);
}

static void test_error(void **state)
{
    (void)state;
    Error err;
    assert_false(error_set(&err, "expected %s", "x"));
    assert_string_equal(err.message, "expected x");
    assert_false(error_prefix(&err, "file.json"));
    assert_string_equal(err.message, "file.json: expected x");
    char large[3000];
    memset(large, 'a', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    error_set(&err, "%s", large);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    error_prefix(&err, large);
    assert_int_equal(strlen(err.message), 300 + 2 + 700);
}

static void test_digest(void **state)
{
    (void)state;
    char text[DIGEST_TEXT_BYTES];
    digest_finish(digest_new(), text);
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    /* FIPS 180-4's example, in two pieces. */
    Digest *digest = digest_new();
    digest_add(digest, "ab", 2);
    digest_add(digest, "c", 1);
    digest_finish(digest, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void count_item(void *context, uint32_t i)
{
    _Atomic uint32_t *counts = context;
    atomic_fetch_add(&counts[i], 1);
}

static void test_threads(void **state)
{
    (void)state;
    enum { ITEMS = 500 };
    assert_true(threads_available() >= 1);
    for (uint32_t threads = 0; threads < 5; threads++) {
        static _Atomic uint32_t counts[ITEMS];
        for (uint32_t i = 0; i < ITEMS; i++)
            atomic_store(&counts[i], 0);
        threads_for_each(threads, ITEMS, count_item, counts);
        for (uint32_t i = 0; i < ITEMS; i++)
            assert_int_equal(atomic_load(&counts[i]), 1);
    }
    threads_for_each(4, 0, count_item, NULL);
}

typedef struct Card {
    uint32_t suit;
    uint32_t rank;
    uint32_t dealt;
} Card;

static uint32_t suit_of(const void *card)
{
    return ((const Card *)card)->suit;
}

static uint32_t rank_of(const void *card)
{
    return ((const Card *)card)->rank;
}

/* By two keys, the less important one first; equal ones stay in the order they came in. */
static void test_counting_sort(void **state)
{
    (void)state;
    Card cards[1000];
    uint32_t seed = 7;
    for (uint32_t i = 0; i < 1000; i++) {
        seed = seed * 1664525 + 1013904223;
        cards[i] = (Card){seed >> 16 & 3, seed >> 20 & 15, i};
    }
    counting_sort(cards, 1000, sizeof *cards, rank_of, 16);
    counting_sort(cards, 1000, sizeof *cards, suit_of, 4);
    for (uint32_t i = 1; i < 1000; i++) {
        const Card *a = &cards[i - 1];
        const Card *b = &cards[i];
        assert_true(a->suit < b->suit || (a->suit == b->suit && a->rank < b->rank) ||
                    (a->suit == b->suit && a->rank == b->rank && a->dealt < b->dealt));
    }
    counting_sort(cards, 0, sizeof *cards, rank_of, 16);
    counting_sort(cards, 1, sizeof *cards, rank_of, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena),    cmocka_unit_test(test_array),
        cmocka_unit_test(test_interner), cmocka_unit_test(test_interner_keeps_many),
        cmocka_unit_test(test_guid),     cmocka_unit_test(test_text_comparison),
        cmocka_unit_test(test_utf8),     cmocka_unit_test(test_text_buffer),
        cmocka_unit_test(test_error),    cmocka_unit_test(test_digest),
        cmocka_unit_test(test_threads),  cmocka_unit_test(test_counting_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
