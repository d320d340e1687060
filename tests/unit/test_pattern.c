#include "access/pattern.h"
#include "vector_context.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PATTERN_VECTORS "../shared/vectors/pattern.json"

typedef struct Case {
    const char *pattern;
    const char *action;
    bool zero_segments; /* expected with PATTERN_ZERO_SEGMENTS */
    bool literal;       /* expected with PATTERN_LITERAL */
} Case;

static const Case cases[] = {
    {"*", "Microsoft.Storage/storageAccounts/read", true, true},
    {"*", "", true, true},
    {"", "", true, true},
    {"", "a/read", false, false},
    {"a/read", "", false, false},
    {"a/read", "a/read", true, true},
    {"a/read", "A/READ", true, true},
    {"A/READ", "a/read", true, true},
    {"a/read", "a/reads", false, false},
    {"a/reads", "a/read", false, false},
    {" a/read\t\r\n", "a/read", true, true},
    {"a /read", "a/read", false, false},
    {"*/read", "a/b/read", true, true},
    {"*/read", "read", false, false},
    {"*/read", "/read", true, true},
    {"*/read", "a/spread", false, false},
    {"a/*", "a/b/c", true, true},
    {"a/*", "a/", true, true},
    {"a/*", "a", false, false},
    {"a/*", "ab/c", false, false},
    {"a*", "a", true, true},
    {"a.b/read", "axb/read", false, false},
    {"a?b/read", "axb/read", false, false},
    {"a/[b]/read", "a/b/read", false, false},
    {"a+/read", "aa/read", false, false},
    {"a\\*/read", "a*/read", false, false},
    {"a/b:c/action", "a/b:c/action", true, true},
    /* an inner segment that is exactly "*" */
    {"a/*/read", "a/read", true, false},
    {"a/*/read", "a/b/read", true, true},
    {"a/*/read", "a/b/c/read", true, true},
    {"a/*/read", "a//read", true, true},
    {"a/*/read", "aread", false, false},
    {"a/*/read", "a/bread", false, false},
    {"a/*/read", "ab/read", false, false},
    {"a/*/*/read", "a/read", true, false},
    {"a/*/*/read", "a/b/read", true, false},
    {"a/*/*/read", "a/b/c/read", true, true},
    {"a/*/b/*/read", "a/b/read", true, false},
    {"a/*/b/*/read", "a/b/b/read", true, false},
    {"a/*/b/*/read", "a/x/b/y/read", true, true},
    {"a/*/b/*/read", "a/x/c/y/read", false, false},
    /* stars that are not a whole inner segment */
    {"*/*/read", "a/read", true, false},
    {"a/b*/read", "a/read", false, false},
    {"a/*b/read", "a/read", false, false},
    {"a/**/read", "a/read", false, false},
    {"a/**/read", "a/b/read", true, true},
    {" */read", "read", false, false},
    {"a*c*e", "abcde", true, true},
    {"a*c*e", "abcd", false, false},
    {"*a*b", "xaxbxab", true, true},
    {"*listkeys*", "a/listKeys/action", true, true},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        if (pattern_matches(c->pattern, c->action, PATTERN_ZERO_SEGMENTS) != c->zero_segments)
            fail_msg("\"%s\" on \"%s\", zero segments", c->pattern, c->action);
        if (pattern_matches(c->pattern, c->action, PATTERN_LITERAL) != c->literal)
            fail_msg("\"%s\" on \"%s\", literal", c->pattern, c->action);
    }
}

/* The same rule as a regular expression, by the C library's matcher. */
static bool regex_matches(const char *pattern, const char *action, PatternReading reading)
{
    char expression[256] = "^";
    char *out = expression + 1;
    for (const char *in = pattern; *in; in++) {
        bool inner = in > pattern && in[-1] == '/' && in[0] == '*' && in[1] == '/';
        if (inner && reading == PATTERN_ZERO_SEGMENTS) {
            out = stpcpy(out, "(.*/)?");
            in++;
        } else if (*in == '*') {
            out = stpcpy(out, ".*");
        } else {
            *out++ = *in;
        }
    }
    stpcpy(out, "$");
    regex_t regex;
    assert_int_equal(regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB | REG_ICASE), 0);
    bool matches = regexec(&regex, action, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

static uint32_t random_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void random_text(char *text, size_t length_bytes, const char *alphabet, uint32_t *seed)
{
    for (size_t i = 0; i < length_bytes; i++)
        text[i] = alphabet[random_next(seed) % strlen(alphabet)];
    text[length_bytes] = '\0';
}

static void test_against_regular_expressions(void **state)
{
    (void)state;
    uint32_t seed = 2463534242U;
    int matched = 0;
    for (int i = 0; i < 20000; i++) {
        char pattern[16];
        char action[16];
        random_text(pattern, random_next(&seed) % 9, "ab//**", &seed);
        random_text(action, random_next(&seed) % 9, "aAb//", &seed);
        for (int reading = PATTERN_ZERO_SEGMENTS; reading <= PATTERN_LITERAL; reading++) {
            bool expected = regex_matches(pattern, action, (PatternReading)reading);
            if (pattern_matches(pattern, action, (PatternReading)reading) != expected)
                fail_msg("\"%s\" on \"%s\", reading %d: expected %d", pattern, action, reading,
                         expected);
            matched += expected;
        }
    }
    assert_true(matched > 1000);
}

/* Trying every star again would take exponential time here. */
static void test_hostile_patterns(void **state)
{
    (void)state;
    char pattern[4096];
    char action[4096];
    for (size_t i = 0; i < sizeof pattern - 2; i += 2)
        memcpy(pattern + i, "*a", 3);
    memcpy(pattern + sizeof pattern - 2, "b", 2);
    memset(action, 'a', sizeof action - 1);
    action[sizeof action - 1] = '\0';
    assert_false(pattern_matches(pattern, action, PATTERN_ZERO_SEGMENTS));
    for (size_t i = 0; i < sizeof pattern - 4; i += 2)
        memcpy(pattern + i, "/*", 3);
    memcpy(pattern + sizeof pattern - 4, "/b", 3);
    for (size_t i = 0; i < sizeof action - 2; i += 2)
        memcpy(action + i, "/a", 3);
    assert_false(pattern_matches(pattern, action, PATTERN_ZERO_SEGMENTS));
    assert_false(pattern_matches(pattern, action, PATTERN_LITERAL));
}

static void test_vectors(void **state)
{
    (void)state;
    cJSON *file = vector_file_read(PATTERN_VECTORS);
    if (!file) {
        print_message("no %s: skipped\n", PATTERN_VECTORS);
        skip();
    }
    int count = 0;
    const cJSON *vector = NULL;
    cJSON_ArrayForEach(vector, cJSON_GetObjectItemCaseSensitive(file, "vectors"))
    {
        bool matches = pattern_matches(vector_text(vector, "pattern"),
                                       vector_text(vector, "action"), PATTERN_ZERO_SEGMENTS);
        if ((matches ? TRI_TRUE : TRI_FALSE) != vector_expected(vector))
            fail_msg("%s: got %d", vector_text(vector, "id"), matches);
        count++;
    }
    assert_true(count > 0);
    cJSON_Delete(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_against_regular_expressions),
        cmocka_unit_test(test_hostile_patterns),
        cmocka_unit_test(test_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
