#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/command.h"
#include "cli/nearest.h"
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

/* ---- nearest names ---- */

static void edits_are_counted(void **state)
{
    (void)state;
    assert_int_equal(edit_distance("", ""), 0);
    assert_int_equal(edit_distance("abc", ""), 3);
    assert_int_equal(edit_distance("", "abc"), 3);
    assert_int_equal(edit_distance("kitten", "sitting"), 3);
    assert_int_equal(edit_distance("ID-Train", "id-train"), 0);
    assert_int_equal(edit_distance("id-train", "id-trian"), 2);
}

static void expect_nearest(const char *wanted, const char *const *names, const char *expected)
{
    TextBuffer list = {0};
    NearestNames nearest = {.wanted = wanted};
    for (; *names; names++)
        nearest_add(&nearest, *names);
    nearest_list(&nearest, &list);
    assert_string_equal(list.text ? list.text : "", expected);
    text_buffer_free(&list);
}

static void the_nearest_names_are_offered(void **state)
{
    (void)state;
    const char *const names[] = {"cpu-train", "gpu-train", "cpu-train-02",
                                 "storage",   "cpu-train", NULL};
    expect_nearest("cpu-trian", names, "\"cpu-train\" or \"gpu-train\"");
    expect_nearest("train", names, "\"cpu-train\", \"cpu-train-02\" or \"gpu-train\"");
    expect_nearest("kv-payments", names, "");
    expect_nearest("storege", names, "\"storage\"");
}

/* ---- options ---- */

/* Reads the words, which end in NULL, behind a program name. */
static bool read_words(Options *options, Error *err, char **words)
{
    char *arguments[16] = {(char[]){"amlblast"}};
    int count = 1;
    while (*words)
        arguments[count++] = *words++;
    return options_read(options, count, arguments, err);
}

#define READ(options, err, ...) read_words(options, err, (char *[]){__VA_ARGS__, NULL})
#define W(text)                                                                                    \
    (char[])                                                                                       \
    {                                                                                              \
        text                                                                                       \
    }

static void flags_stand_anywhere(void **state)
{
    (void)state;
    Options options;
    Error err = {""};
    assert_true(READ(&options, &err, W("inspect"), W("-s"), W("a"), W("b"), W("--json"), W("-qs"),
                     W("c"), W("--jobs=3"), W("--"), W("-d")));
    assert_int_equal(options.operands.count, 3);
    assert_string_equal(options.operands.items[2], "-d");
    assert_int_equal(options.snapshots.count, 2);
    assert_string_equal(options.snapshots.items[1], "c");
    assert_int_equal(options.format, FORMAT_JSON);
    assert_true(options.quiet);
    assert_int_equal(options.jobs, 3);
    assert_int_equal(options.diagrams, DEFAULT_DIAGRAMS);
    assert_true(options_fit(&options, GROUP_COMMON | GROUP_ANSWER | GROUP_READING, "x", &err));
    assert_false(options_fit(&options, GROUP_COMMON | GROUP_READING, "x", &err));
    assert_string_equal(err.message, "x does not take --format");
    options_free(&options);
}

static void the_last_flag_counts(void **state)
{
    (void)state;
    Options options;
    Error err = {""};
    assert_true(READ(&options, &err, W("a"), W("--json"), W("--format"), W("text"), W("--jobs"),
                     W("2"), W("--jobs"), W("9"), W("--pattern-reading"), W("literal")));
    assert_int_equal(options.format, FORMAT_TEXT);
    assert_int_equal(options.jobs, 9);
    assert_int_equal(options.pattern_reading, PATTERN_LITERAL);
    options_free(&options);
}

static void wrong_values_are_named(void **state)
{
    (void)state;
    Options options;
    Error err = {""};
    assert_false(READ(&options, &err, W("a"), W("--jobs"), W("-1")));
    assert_string_equal(err.message, "--jobs: expected a number from 1 to 256, found \"-1\"");
    options_free(&options);
    assert_false(READ(&options, &err, W("a"), W("--jobs"), W("99999999999999999999")));
    options_free(&options);
    assert_false(READ(&options, &err, W("a"), W("--as-of"), W("2026-13-01")));
    options_free(&options);
    assert_false(READ(&options, &err, W("a"), W("--dump"), W("snap")));
    assert_string_equal(err.message,
                        "--dump: expected nothing|snapshot|access|graph, found \"snap\"");
    options_free(&options);
}

/* ---- commands ---- */

static void every_command_has_help(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < COMMAND_COUNT; i++) {
        const Command *command = &COMMANDS[i];
        assert_ptr_equal(command_find(command->name), command);
        assert_true(strlen(command->answers) > 0);
        if (command->run)
            assert_memory_equal(command->example, "amlblast ", 9);
    }
    assert_null(command_find("Inspect"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_are_counted),      cmocka_unit_test(the_nearest_names_are_offered),
        cmocka_unit_test(flags_stand_anywhere),   cmocka_unit_test(the_last_flag_counts),
        cmocka_unit_test(wrong_values_are_named), cmocka_unit_test(every_command_has_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
