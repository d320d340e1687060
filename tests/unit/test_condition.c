#include "access/condition.h"
#include "vector_context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CONDITION_VECTORS "../shared/vectors/condition.json"
#define PARSE_VECTORS     "../shared/vectors/parse.json"
#define CORPUS            "../shared/facts/conditions-corpus.json"

#define OWNER       "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define CONTRIBUTOR "b24988ac-6180-42a0-ab88-20f7382dd24c"
#define READER      "acdd72a7-3385-48ef-bd42-f606fba81ae7"
#define ASSIGNMENTS "Microsoft.Authorization/roleAssignments"
#define BLOBS       "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"

/*
 * What the evaluation cases are asked against: attributes t (true), f (false), u (unknown), none
 * (absent), and some of every type.
 */
static const char *const true_value[] = {"true"};
static const char *const false_value[] = {"False"};
static const char *const number_value[] = {"-12"};
static const char *const word_value[] = {"ten"};
static const char *const name_value[] = {"Abc*d"};
static const char *const umlaut_value[] = {"\xc3\xa4h"}; /* "äh" */
static const char *const color_values[] = {"red", "blue"};
static const char *const owner_value[] = {"{8E3AF657-A8FF-443C-A75C-2FE8C4BCB635}"};
static const char *const time_value[] = {"2024-02-29T12:30:00.1234567Z"};
static const char *const suboperations[] = {"Blob.List"};

#define KNOWN(source, name, values)                                                                \
    {                                                                                              \
        source, ATTRIBUTE_KNOWN, name, values, sizeof(values) / sizeof *(values)                   \
    }

static const AttributeBinding bindings[] = {
    KNOWN(SOURCE_RESOURCE, "t", true_value),
    KNOWN(SOURCE_RESOURCE, "f", false_value),
    {SOURCE_RESOURCE, ATTRIBUTE_UNKNOWN, "u", NULL, 0},
    {SOURCE_RESOURCE, ATTRIBUTE_ABSENT, "none", NULL, 0},
    {SOURCE_RESOURCE, ATTRIBUTE_KNOWN, "empty", NULL, 0},
    KNOWN(SOURCE_RESOURCE, "number", number_value),
    KNOWN(SOURCE_RESOURCE, "word", word_value),
    KNOWN(SOURCE_RESOURCE, "name", name_value),
    KNOWN(SOURCE_RESOURCE, "umlaut", umlaut_value),
    KNOWN(SOURCE_RESOURCE, "colors", color_values),
    KNOWN(SOURCE_RESOURCE, "role", owner_value),
    KNOWN(SOURCE_RESOURCE, "time", time_value),
    KNOWN(SOURCE_REQUEST, "source", true_value),
    KNOWN(SOURCE_PRINCIPAL, "source", false_value),
    KNOWN(SOURCE_RESOURCE, BLOBS "/tags:a:Key<$key_case_sensitive$>", true_value),
};

static const ConditionContext context = {
    .action = ASSIGNMENTS "/write",
    .suboperations_known = true,
    .suboperations = suboperations,
    .suboperation_count = 1,
    .bindings = bindings,
    .binding_count = sizeof bindings / sizeof *bindings,
};

#define T "@Resource[t] BoolEquals true"
#define F "@Resource[f] BoolEquals true"
#define U "@Resource[u] BoolEquals true"

typedef struct Case {
    const char *condition;
    Tri expected;
} Case;

static const Case evaluation_cases[] = {
    /* no condition */
    {"", TRI_TRUE},
    {" \r\n\t", TRI_TRUE},
    /* logic */
    {T, TRI_TRUE},
    {F, TRI_FALSE},
    {U, TRI_UNKNOWN},
    {T " AND " F, TRI_FALSE},
    {T " and " U, TRI_UNKNOWN},
    {F " AND " U, TRI_FALSE},
    {F " or " U, TRI_UNKNOWN},
    {T " || " U, TRI_TRUE},
    {"NOT " F, TRI_TRUE},
    {"not " U, TRI_UNKNOWN},
    {"!!!" T, TRI_FALSE},
    {"!(!(" T "))", TRI_TRUE},
    {"! ( " F " && " T " )", TRI_TRUE},
    {"NOT " F " AND " T, TRI_TRUE},
    /* mixed without parentheses: all groupings must agree */
    {T " OR " T " AND " F, TRI_UNKNOWN},
    {F " OR " T " AND " F, TRI_FALSE},
    {F " AND " T " OR " T, TRI_UNKNOWN},
    {T " AND " T " OR " F, TRI_TRUE},
    {T " OR " U " AND " T, TRI_TRUE},
    {T " AND " F " OR " T " AND " T, TRI_TRUE},
    {T " AND " T " OR " T " AND " T, TRI_TRUE},
    {"NOT (" T " OR " T " AND " F ")", TRI_UNKNOWN},
    /* functions */
    {"ActionMatches{'" ASSIGNMENTS "/*'}", TRI_TRUE},
    {"actionmatches {'x/read','*/WRITE'}", TRI_TRUE},
    {"ActionMatches{'*/delete'}", TRI_FALSE},
    {"ActionMatches{'Microsoft.Authorization/roleAssignments/*/write'}", TRI_TRUE},
    {"SubOperationMatches{'blob.LIST'}", TRI_TRUE},
    {"SubOperationMatches{'Blob.Write.Tier', 'Blob.Write.WithTagHeaders'}", TRI_FALSE},
    {"@Request[subOperation] ForAnyOfAnyValues:StringEqualsIgnoreCase {'blob.list'}", TRI_TRUE},
    {"@request[SUBOPERATION] ForAnyOfAnyValues:StringEqualsIgnoreCase {'blob.read'}", TRI_FALSE},
    {"Exists @Resource[t]", TRI_TRUE},
    {"exists @Resource[none]", TRI_FALSE},
    {"Exists @Resource[u]", TRI_UNKNOWN},
    {"Exists @Resource[neverbound]", TRI_UNKNOWN},
    {"Exists @Resource[empty]", TRI_UNKNOWN},
    /* attributes */
    {"@Resource[ T ] BoolEquals true", TRI_TRUE},
    {"@Resource[source] BoolEquals true", TRI_UNKNOWN},
    {"@Request[source] BoolEquals true", TRI_TRUE},
    {"@PRINCIPAL[source] BoolEquals true", TRI_FALSE},
    {"@Environment[source] BoolEquals true", TRI_UNKNOWN},
    {"@Resource[" BLOBS "/TAGS:a:Key<$key_case_sensitive$>] BoolEquals true", TRI_TRUE},
    {"@Resource[" BLOBS "/tags:A:Key<$key_case_sensitive$>] BoolEquals true", TRI_UNKNOWN},
    {"@Resource[" BLOBS "/tags:a:key<$KEY_case_sensitive$>] BoolEquals true", TRI_UNKNOWN},
    {"@Resource[" BLOBS "/tags:a:Key] BoolEquals true", TRI_UNKNOWN},
    /* absent attributes */
    {"@Resource[none] StringEquals 'x'", TRI_FALSE},
    {"@Resource[none] StringNotEquals 'x'", TRI_UNKNOWN},
    {"@Resource[none] NumericGreaterThan 1", TRI_FALSE},
    {"@Resource[none] ForAllOfAnyValues:StringLike {'*'}", TRI_FALSE},
    {"@Resource[none] ForAnyOfAllValues:GuidNotEquals {" OWNER "}", TRI_UNKNOWN},
    {"@Resource[u] StringEquals @Resource[none]", TRI_FALSE},
    /* booleans */
    {"@Resource[f] boolequals FALSE", TRI_TRUE},
    {"@Resource[f] BoolNotEquals true", TRI_TRUE},
    {"@Resource[word] BoolEquals true", TRI_UNKNOWN},
    {"@Resource[t] BoolEquals 'true'", TRI_UNKNOWN},
    /* texts */
    {"@Resource[name] StringEquals 'Abc*d'", TRI_TRUE},
    {"@Resource[name] StringEquals 'abc*d'", TRI_FALSE},
    {"@Resource[name] StringEqualsIgnoreCase 'aBC*D'", TRI_TRUE},
    {"@Resource[name] StringNotEqualsIgnoreCase 'aBC*D'", TRI_FALSE},
    {"@Resource[name] StringEquals 'Abc\\*d'", TRI_FALSE},
    {"'it\\'s' StringEquals 'it\\'s'", TRI_TRUE},
    {"@Resource[name] StringStartsWith 'Abc'", TRI_TRUE},
    {"@Resource[name] StringStartsWith 'abc'", TRI_FALSE},
    {"@Resource[name] StringStartsWith 'Abc*def'", TRI_FALSE},
    {"@Resource[name] StringStartsWithIgnoreCase 'aBC'", TRI_TRUE},
    {"@Resource[name] StringNotStartsWith 'abc'", TRI_TRUE},
    {"@Resource[name] StringEquals true", TRI_UNKNOWN},
    {"@Resource[name] StringEquals 5", TRI_UNKNOWN},
    {"@Resource[umlaut] StringEquals '\xc3\xa4h'", TRI_TRUE},
    {"@Resource[umlaut] StringEqualsIgnoreCase '\xc3\xa4H'", TRI_TRUE},
    {"@Resource[umlaut] StringEquals '\xc3\x84h'", TRI_FALSE},
    {"@Resource[umlaut] StringEqualsIgnoreCase '\xc3\x84h'", TRI_UNKNOWN},
    {"@Resource[umlaut] StringNotLikeIgnoreCase '\xc3\x84*'", TRI_UNKNOWN},
    {"'blue' StringEquals 'blue'", TRI_TRUE},
    {"{'blue'} StringEquals {'blue'}", TRI_TRUE},
    /* Like */
    {"@Resource[name] StringLike 'A*d'", TRI_TRUE},
    {"@Resource[name] StringLike 'A*'", TRI_TRUE},
    {"@Resource[name] StringLike '*b*'", TRI_TRUE},
    {"@Resource[name] StringLike 'Abc?d'", TRI_TRUE},
    {"@Resource[name] StringLike 'Abc?\?'", TRI_TRUE},
    {"@Resource[name] StringLike 'Abc?\?\?'", TRI_FALSE},
    {"@Resource[name] StringLike 'Abc\\*d'", TRI_TRUE},
    {"@Resource[name] StringLike 'Abc\\?d'", TRI_FALSE},
    {"@Resource[name] StringLike 'A\\bc*'", TRI_FALSE},
    {"@Resource[name] StringNotLike 'a*'", TRI_TRUE},
    {"@Resource[name] StringLikeIgnoreCase 'a*D'", TRI_TRUE},
    {"@Resource[umlaut] StringLike '?h'", TRI_TRUE},
    {"@Resource[umlaut] StringLike '?\?h'", TRI_FALSE},
    {"@Resource[umlaut] StringLike '*?\?\?'", TRI_FALSE},
    {"'ab' StringLike ''", TRI_FALSE},
    {"'' StringLike '*'", TRI_TRUE},
    {"'aXbXaXbXc' StringLike '*aXb*c'", TRI_TRUE},
    /* numbers */
    {"@Resource[number] NumericEquals -12", TRI_TRUE},
    {"@Resource[number] NumericNotEquals -12", TRI_FALSE},
    {"@Resource[number] NumericLessThan -12", TRI_FALSE},
    {"@Resource[number] NumericLessThanEquals -12", TRI_TRUE},
    {"@Resource[number] NumericGreaterThan -13", TRI_TRUE},
    {"@Resource[number] NumericGreaterThanEquals -11", TRI_FALSE},
    {"@Resource[word] NumericGreaterThan 1", TRI_UNKNOWN},
    {"@Resource[number] NumericEquals '-12'", TRI_UNKNOWN},
    {"5 NumericLessThan 999999999999999999", TRI_TRUE},
    {"5 NumericLessThan 1000000000000000000", TRI_UNKNOWN},
    /* dates */
    {"@Resource[time] DateTimeEquals '2024-02-29T12:30:00.1234567Z'", TRI_TRUE},
    {"@Resource[time] DateTimeEquals '2024-02-29T12:30:00.1234568Z'", TRI_FALSE},
    {"@Resource[time] DateTimeNotEquals '2024-02-29T12:30:00.1234568Z'", TRI_TRUE},
    {"@Resource[time] DateTimeGreaterThan '2024-02-29T12:30:00Z'", TRI_TRUE},
    {"@Resource[time] DateTimeLessThan '2024-03-01T00:00:00.0Z'", TRI_TRUE},
    {"@Resource[time] DateTimeGreaterThanEquals '2024-02-29T12:30:00.1234567Z'", TRI_TRUE},
    {"@Resource[time] DateTimeLessThanEquals '2024-02-29T12:29:59.9999999Z'", TRI_FALSE},
    {"'2024-01-01T00:00:00.5Z' DateTimeEquals '2024-01-01T00:00:00.5000000Z'", TRI_TRUE},
    {"'2024-12-31T23:59:59.9999999Z' DateTimeLessThan '2025-01-01T00:00:00Z'", TRI_TRUE},
    {"@Resource[time] DateTimeEquals '2023-02-29T00:00:00Z'", TRI_UNKNOWN},
    {"@Resource[time] DateTimeEquals '2024-02-29'", TRI_UNKNOWN},
    {"@Resource[time] DateTimeEquals '2024-02-29T12:30:00.12345678Z'", TRI_UNKNOWN},
    {"@Resource[time] DateTimeEquals '2024-02-29T12:30:00.Z'", TRI_UNKNOWN},
    {"@Resource[time] DateTimeEquals '2024-02-29T24:00:00Z'", TRI_UNKNOWN},
    {"@Resource[time] DateTimeEquals '2024-00-29T12:30:00Z'", TRI_UNKNOWN},
    {"@Resource[time] DateTimeEquals '2024-02-29T12:30:00'", TRI_UNKNOWN},
    {"@Resource[word] DateTimeNotEquals '2024-02-29T12:30:00Z'", TRI_UNKNOWN},
    /* GUIDs */
    {"@Resource[role] GuidEquals " OWNER, TRI_TRUE},
    {"@Resource[role] GuidEquals '" OWNER "'", TRI_TRUE},
    {"@Resource[role] GuidEquals 8e3af657a8ff443ca75c2fe8c4bcb635", TRI_TRUE},
    {"@Resource[role] guidequals{" OWNER "}", TRI_TRUE},
    {"@Resource[role] GuidNotEquals " READER, TRI_TRUE},
    {"@Resource[word] GuidNotEquals " READER, TRI_UNKNOWN},
    {"@Resource[role] GuidEquals '8e3af657'", TRI_UNKNOWN},
    /* quantifiers */
    {"@Resource[colors] ForAnyOfAnyValues:StringEquals {'green', 'red'}", TRI_TRUE},
    {"@Resource[colors] FORANYOFANYVALUES:stringequals{'green'}", TRI_FALSE},
    {"@Resource[colors] ForAllOfAnyValues:StringEquals {'blue', 'red', 'x'}", TRI_TRUE},
    {"@Resource[colors] ForAllOfAnyValues:StringEquals {'blue', 'x'}", TRI_FALSE},
    {"@Resource[colors] ForAnyOfAllValues:StringNotEquals {'blue', 'x'}", TRI_TRUE},
    {"@Resource[colors] ForAnyOfAllValues:StringNotEquals {'blue', 'red'}", TRI_FALSE},
    {"@Resource[colors] ForAllOfAllValues:StringNotEquals {'x', 'y'}", TRI_TRUE},
    {"@Resource[colors] ForAllOfAllValues:StringNotEquals {'x', 'red'}", TRI_FALSE},
    {"@Resource[name] ForAnyOfAnyValues:StringEquals 'Abc*d'", TRI_TRUE},
    {"@Resource[colors] StringEquals 'red'", TRI_UNKNOWN},
    {"'red' StringEquals @Resource[colors]", TRI_UNKNOWN},
    {"'red' ForAnyOfAnyValues:StringEquals @Resource[colors]", TRI_TRUE},
    {"@Resource[empty] StringEquals 'red'", TRI_UNKNOWN},
    {"@Resource[empty] ForAnyOfAnyValues:StringEquals {'red'}", TRI_FALSE},
    {"@Resource[empty] ForAllOfAnyValues:StringEquals {'red'}", TRI_UNKNOWN},
    {"@Resource[colors] ForAnyOfAllValues:StringEquals {}", TRI_UNKNOWN},
    {"@Resource[colors] ForAnyOfAnyValues:StringEquals {}", TRI_FALSE},
    {"{1, 'x', 2} ForAnyOfAnyValues:NumericEquals {2}", TRI_TRUE},
    {"{1, 'x'} ForAnyOfAnyValues:NumericEquals {2}", TRI_UNKNOWN},
    {"{1, 'x'} ForAllOfAnyValues:NumericEquals {2}", TRI_FALSE},
    {"{2, 'x'} ForAllOfAnyValues:NumericEquals {2}", TRI_UNKNOWN},
    /* the exclusion that excludes nothing, and the one that does */
    {"@Resource[role] ForAnyOfAnyValues:GuidNotEquals {" OWNER "," READER "}", TRI_TRUE},
    {"@Resource[role] ForAnyOfAllValues:GuidNotEquals {" OWNER "," READER "}", TRI_FALSE},
};

static const Condition *parse(Arena *arena, const char *text)
{
    const Condition *condition = NULL;
    Error err = {""};
    if (!condition_parse(arena, text, &condition, &err))
        fail_msg("%s\n    in %s", err.message, text);
    assert_non_null(condition);
    return condition;
}

static void test_evaluation(void **state)
{
    (void)state;
    Arena arena = {0};
    for (size_t i = 0; i < sizeof evaluation_cases / sizeof *evaluation_cases; i++) {
        const Case *c = &evaluation_cases[i];
        Tri got = condition_evaluate(parse(&arena, c->condition), &context);
        if (got != c->expected)
            fail_msg("%s: expected %s, got %s", c->condition, tri_name(c->expected), tri_name(got));
    }
    assert_int_equal(condition_evaluate(NULL, &context), TRI_TRUE);
    assert_int_equal(condition_evaluate(parse(&arena, NULL), &context), TRI_TRUE);
    arena_free(&arena);
}

static uint32_t random_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

enum { LONGEST_CHAIN = 6 };

/*
 * The values that the groupings of a chain give, as bits by Tri: those of every operand range from
 * those of its two parts, for every place where it can be parted.
 */
static unsigned values_of_groupings(const Tri *values, const bool *or_before, int first, int last)
{
    if (first == last)
        return 1U << values[first];
    unsigned found = 0;
    for (int right = first + 1; right <= last; right++) {
        unsigned lefts = values_of_groupings(values, or_before, first, right - 1);
        unsigned rights = values_of_groupings(values, or_before, right, last);
        for (int a = TRI_FALSE; a <= TRI_TRUE; a++)
            for (int b = TRI_FALSE; b <= TRI_TRUE; b++)
                if (lefts >> a & rights >> b & 1)
                    found |=
                        1U << (or_before[right] ? tri_or((Tri)a, (Tri)b) : tri_and((Tri)a, (Tri)b));
    }
    return found;
}

static Tri only_value(unsigned found)
{
    return found == 1U << TRI_TRUE ? TRI_TRUE : found == 1U << TRI_FALSE ? TRI_FALSE : TRI_UNKNOWN;
}

static void test_every_grouping(void **state)
{
    (void)state;
    static const char *const operands[] = {F, U, T};
    Arena arena = {0};
    TextBuffer text = {0};
    uint32_t seed = 521288629U;
    for (int round = 0; round < 2000; round++) {
        Tri values[LONGEST_CHAIN];
        bool or_before[LONGEST_CHAIN];
        int count = 1 + (int)(random_next(&seed) % LONGEST_CHAIN);
        text_buffer_clear(&text);
        for (int i = 0; i < count; i++) {
            values[i] = (Tri)(random_next(&seed) % 3);
            or_before[i] = random_next(&seed) % 2;
            text_append(&text, i == 0 ? "" : or_before[i] ? " OR " : " AND ");
            text_append(&text, operands[values[i]]);
        }
        Tri expected = only_value(values_of_groupings(values, or_before, 0, count - 1));
        Tri got = condition_evaluate(parse(&arena, text.text), &context);
        if (got != expected)
            fail_msg("%s: expected %s, got %s", text.text, tri_name(expected), tri_name(got));
        arena_reset(&arena);
    }
    text_buffer_free(&text);
    arena_free(&arena);
}

static void test_what_is_not_known_of_the_request(void **state)
{
    (void)state;
    Arena arena = {0};
    ConditionContext nothing = {0};
    assert_int_equal(condition_evaluate(parse(&arena, "ActionMatches{'*'}"), &nothing),
                     TRI_UNKNOWN);
    assert_int_equal(condition_evaluate(parse(&arena, "SubOperationMatches{'*'}"), &nothing),
                     TRI_UNKNOWN);
    const Condition *preview =
        parse(&arena, "@Request[subOperation] ForAnyOfAnyValues:StringEquals {'Blob.List'}");
    assert_int_equal(condition_evaluate(preview, &nothing), TRI_UNKNOWN);
    ConditionContext none = {.suboperations_known = true};
    assert_int_equal(condition_evaluate(preview, &none), TRI_FALSE);
    const Condition *inner_star = parse(&arena, "ActionMatches{'a/*/read'}");
    ConditionContext read = {.action = "a/read"};
    assert_int_equal(condition_evaluate(inner_star, &read), TRI_TRUE);
    read.reading = PATTERN_LITERAL;
    assert_int_equal(condition_evaluate(inner_star, &read), TRI_FALSE);
    arena_free(&arena);
}

/* A few bindings over a shared context: the inner ones win, the others show through. */
static void test_overlay(void **state)
{
    (void)state;
    Arena arena = {0};
    const char *value = "5";
    AttributeBinding over[] = {{SOURCE_RESOURCE, ATTRIBUTE_KNOWN, "NUMBER", &value, 1}};
    ConditionContext overlay = {.bindings = over, .binding_count = 1, .beneath = &context};
    const Condition *number = parse(&arena, "@Resource[number] NumericEquals 5 AND " T);
    assert_int_equal(condition_evaluate(number, &context), TRI_FALSE);
    assert_int_equal(condition_evaluate(number, &overlay), TRI_TRUE);
    value = "6";
    assert_int_equal(condition_evaluate(number, &overlay), TRI_FALSE);
    over[0].state = ATTRIBUTE_UNKNOWN;
    assert_int_equal(condition_evaluate(number, &overlay), TRI_UNKNOWN);
    arena_free(&arena);
}

typedef struct ParseFailure {
    const char *condition;
    const char *message;
} ParseFailure;

static const ParseFailure parse_failures[] = {
    {"((@Resource[a] BoolEquals true)", "offset 31: expected AND, OR or \")\", found the end"},
    {"(@Resource[a] BoolEquals true))", "offset 30: expected AND, OR or the end, found \")\""},
    {"@Resource[a] BoolEquals true AND", "offset 32: expected \"(\", ActionMatches, "
                                         "SubOperationMatches, Exists, an attribute or a value, "
                                         "found the end"},
    {"@Resource[a] BoolEquals", "offset 23: expected a value ('text', a whole number, true, false "
                                "or a GUID), found the end"},
    {"@Resource[a] BoolEquals maybe", "offset 24: expected a value ('text', a whole number, true, "
                                      "false or a GUID), found \"maybe\""},
    {"@Resource[a] NumericEquals 1.5", "offset 27: expected a value"},
    {"@Resource[a] NumericEquals -", "offset 27: expected a value"},
    {"@Foo[a] BoolEquals true", "offset 0: expected @Request[...], @Resource[...], @Principal[...] "
                                "or @Environment[...], found \"@Foo[a]\""},
    {"@Resource[] BoolEquals true", "offset 0: expected the name of an attribute"},
    {"@Resource[  ] BoolEquals true", "offset 0: expected the name of an attribute"},
    {"@Resource[a BoolEquals true", "offset 0: expected \"(\""},
    {"@Resource BoolEquals true", "offset 0: expected \"(\""},
    {"Exists @Resource", "offset 7: expected @Request[...]"},
    {"Exists 'a'", "offset 7: expected @Request[...]"},
    {"@Resource[a] Frobnicates 'x'", "offset 13: expected a comparison operator such as "
                                     "StringEquals or ForAnyOfAnyValues:GuidEquals, found "
                                     "\"Frobnicates\""},
    {"@Resource[a] StringContains 'x'", "found \"StringContains\""},
    {"@Environment[ip] IpMatch '10.0.0.0/8'", "found \"IpMatch\""},
    {"@Environment[UtcNow] TimeOfDayGreaterThan '9'", "found \"TimeOfDayGreaterThan\""},
    {"@Resource[a] ForAnyOfSomeValues:StringEquals {'x'}", "offset 13: expected a comparison"},
    {"@Resource[a] ForAnyOfAnyValues: StringEquals {'x'}", "found \"ForAnyOfAnyValues:\""},
    {"@Resource[a] = 'x'", "offset 13: expected a comparison operator"},
    {"@Resource[a] StringEquals 'x", "offset 26: expected a ' that ends the text, found \"'x\""},
    {"@Resource[a] StringEquals 'x\\'", "offset 26: expected a ' that ends the text"},
    {"@Resource[a] StringEquals \"x\"", "offset 26: expected a value"},
    {"@Resource[a] StringEquals {'x' 'y'}", "offset 31: expected \",\" or \"}\", found \"'y'\""},
    {"@Resource[a] StringEquals {'x',}", "offset 31: expected a value"},
    {"@Resource[a] StringEquals {@Resource[b]}", "offset 27: expected a value"},
    {"ActionMatches 'x'", "offset 14: expected \"{\", found \"'x'\""},
    {"ActionMatches{}", "offset 14: expected a pattern in single quotes, found \"}\""},
    {"ActionMatches{5}", "offset 14: expected a pattern in single quotes, found \"5\""},
    {"ActionMatches{'x'", "offset 17: expected \",\" or \"}\", found the end"},
    {"@Resource[a] BoolEquals true @Resource[b] BoolEquals true",
     "offset 29: expected AND, OR or the end, found \"@Resource[b]\""},
    {"@Resource[a] BoolEquals true & @Resource[b] BoolEquals true", "found \"&\""},
    {"true", "offset 4: expected a comparison operator"},
    {"()", "offset 1: expected \"(\", ActionMatches"},
    {"NOT", "offset 3: expected \"(\", ActionMatches"},
    {"\xc3\xa4", "offset 0: expected \"(\", ActionMatches, SubOperationMatches, Exists, an "
                 "attribute or a value, found \"\xc3\xa4\""},
};

static void test_parse_failures(void **state)
{
    (void)state;
    Arena arena = {0};
    for (size_t i = 0; i < sizeof parse_failures / sizeof *parse_failures; i++) {
        const ParseFailure *c = &parse_failures[i];
        const Condition *untouched = (const Condition *)&arena;
        const Condition *condition = untouched;
        Error err = {""};
        if (condition_parse(&arena, c->condition, &condition, &err))
            fail_msg("%s: parsed", c->condition);
        if (!strstr(err.message, c->message))
            fail_msg("%s: \"%s\" does not say \"%s\"", c->condition, err.message, c->message);
        assert_ptr_equal(condition, untouched);
    }
    arena_free(&arena);
}

/* before * count, middle, after * count */
static char *wrapped(const char *before, const char *middle, const char *after, size_t count)
{
    TextBuffer text = {0};
    for (size_t i = 0; i < count; i++)
        text_append(&text, before);
    text_append(&text, middle);
    for (size_t i = 0; i < count; i++)
        text_append(&text, after);
    return text.text;
}

static bool parses(Arena *arena, char *text, Error *err)
{
    const Condition *condition = NULL;
    bool parsed = condition_parse(arena, text, &condition, err);
    if (parsed)
        condition_evaluate(condition, &context);
    free(text);
    return parsed;
}

static void test_limits(void **state)
{
    (void)state;
    Arena arena = {0};
    Error err = {""};
    assert_true(parses(&arena, wrapped("(", T, ")", CONDITION_MAX_NESTING), &err));
    assert_false(parses(&arena, wrapped("(", T, ")", CONDITION_MAX_NESTING + 1), &err));
    assert_non_null(strstr(err.message, "offset 200: expected less deeply nested parentheses"));
    assert_true(parses(&arena, wrapped("(" T " AND !(", T, "))", CONDITION_MAX_NESTING / 2), &err));
    assert_false(parses(&arena, wrapped("(", "", "", CONDITION_MAX_BYTES), &err));
    assert_true(parses(&arena, wrapped("!", T, "", 60000), &err));
    assert_true(parses(&arena, wrapped("", T, " OR " T, 2000), &err));
    assert_true(parses(&arena, wrapped("", T, " ", CONDITION_MAX_BYTES - strlen(T)), &err));
    assert_false(parses(&arena, wrapped("", T, " ", CONDITION_MAX_BYTES - strlen(T) + 1), &err));
    assert_string_equal(err.message, "condition: expected at most 65536 bytes, found 65537");
    TextBuffer list = {0};
    text_append(&list, "5 ForAnyOfAnyValues:NumericEquals {1");
    for (int i = 1; i < CONDITION_MAX_VALUES; i++)
        text_append(&list, ",1");
    char *allowed = wrapped("", list.text, "}", 1);
    char *too_many = wrapped("", list.text, ",1}", 1);
    assert_true(parses(&arena, allowed, &err));
    assert_false(parses(&arena, too_many, &err));
    assert_non_null(strstr(err.message, "expected no more values in these braces"));
    text_buffer_free(&list);
    arena_free(&arena);
}

static void ignore_attribute(void *caller, AttributeSource source, const char *name)
{
    *(size_t *)caller += strlen(name) + (size_t)source;
}

static void ignore_guid(void *caller, const Guid *guid)
{
    *(size_t *)caller += guid->bytes[0];
}

/* Whatever the text, it parses and can be asked anything, or fails with a message. */
static void try_text(Arena *arena, const char *text)
{
    const Condition *condition = NULL;
    Error err = {""};
    ConditionPlace place = {0};
    size_t sum = 0;
    if (!condition_parse(arena, text, &condition, &err)) {
        assert_non_null(strstr(err.message, "expected"));
        return;
    }
    condition_evaluate(condition, &context);
    condition_targets(condition, context.action, PATTERN_ZERO_SEGMENTS);
    condition_attributes(condition, ignore_attribute, &sum);
    condition_guids(condition, SOURCE_REQUEST, ASSIGNMENTS ":RoleDefinitionId", ignore_guid, &sum);
    if (condition_find_void_exclusion(condition, &place))
        assert_true(place.offset_bytes + place.length_bytes <= strlen(text));
}

static const char *const seeds[] = {
    "((!(ActionMatches{'" ASSIGNMENTS "/write'})) OR (@Request[" ASSIGNMENTS ":RoleDefinitionId] "
    "ForAnyOfAnyValues:GuidNotEquals {" OWNER ", 8e3af657a8ff443ca75c2fe8c4bcb635, " READER "} "
    "&& @Request[" ASSIGNMENTS ":PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase "
    "{'User', 'Group'}))",
    "!(ActionMatches{'" BLOBS "/read'} AND NOT SubOperationMatches{'Blob.List'}) || "
    "@Resource[" BLOBS "/tags:Project<$key_case_sensitive$>] StringLike 'a\\*b*c?\\''",
    "{10, -20} ForAllOfAllValues:NumericLessThanEquals {} or not exists @Environment[UtcNow] AND "
    "@Environment[UtcNow] DateTimeGreaterThan '2023-03-29T22:03:00.1234567Z' AND 'a' StringEquals "
    "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:A_B]",
};

/* Copies are as long as the text, so that the sanitizer sees a byte read behind the end. */
static void test_every_prefix_and_suffix(void **state)
{
    (void)state;
    Arena arena = {0};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        parse(&arena, seeds[i]);
        for (size_t bytes = 0; bytes <= strlen(seeds[i]); bytes++) {
            char *prefix = strndup(seeds[i], bytes);
            try_text(&arena, prefix);
            free(prefix);
            char *suffix = strdup(seeds[i] + bytes);
            try_text(&arena, suffix);
            free(suffix);
            arena_reset(&arena);
        }
    }
    arena_free(&arena);
}

static void test_flipped_bytes(void **state)
{
    (void)state;
    static const char likely[] = "(){},!&|'\\@[]:-* \n01aN\xc3\xff";
    Arena arena = {0};
    uint32_t seed = 88172645U;
    for (int round = 0; round < 20000; round++) {
        char *text = strdup(seeds[random_next(&seed) % (sizeof seeds / sizeof *seeds)]);
        size_t bytes = strlen(text);
        for (uint32_t flips = 1 + random_next(&seed) % 4; flips; flips--)
            text[random_next(&seed) % bytes] = likely[random_next(&seed) % (sizeof likely - 1)];
        try_text(&arena, text);
        free(text);
        arena_reset(&arena);
    }
    arena_free(&arena);
}

static void append_attribute(void *caller, AttributeSource source, const char *name)
{
    text_append_format(caller, "%d:%s ", (int)source, name);
}

static void append_guid(void *caller, const Guid *guid)
{
    char text[GUID_TEXT_BYTES];
    guid_format(guid, text);
    text_append(caller, text);
    text_append_char(caller, ' ');
}

static void test_inspection(void **state)
{
    (void)state;
    Arena arena = {0};
    TextBuffer text = {0};
    const Condition *condition = parse(
        &arena,
        "(!(ActionMatches{'" ASSIGNMENTS "/write', 'x/*/read'}) OR (@Request[" ASSIGNMENTS
        ":PrincipalId] ForAnyOfAnyValues:GuidEquals {" OWNER ", " READER "} AND '" CONTRIBUTOR
        "' StringEqualsIgnoreCase @request[microsoft.authorization/"
        "ROLEASSIGNMENTS:principalid] AND @Resource[" ASSIGNMENTS
        ":PrincipalId] GuidEquals 00000000000000000000000000000001 AND NOT Exists @Resource[x]))");
    assert_true(condition_targets(condition, ASSIGNMENTS "/WRITE", PATTERN_ZERO_SEGMENTS));
    assert_true(condition_targets(condition, "x/read", PATTERN_ZERO_SEGMENTS));
    assert_false(condition_targets(condition, "x/read", PATTERN_LITERAL));
    assert_false(condition_targets(condition, ASSIGNMENTS "/delete", PATTERN_ZERO_SEGMENTS));
    assert_false(condition_targets(NULL, ASSIGNMENTS "/write", PATTERN_ZERO_SEGMENTS));

    condition_attributes(condition, append_attribute, &text);
    assert_string_equal(text.text, "0:" ASSIGNMENTS ":PrincipalId "
                                   "0:microsoft.authorization/ROLEASSIGNMENTS:principalid "
                                   "1:" ASSIGNMENTS ":PrincipalId 1:x ");
    text_buffer_clear(&text);
    condition_guids(condition, SOURCE_REQUEST, ASSIGNMENTS ":PrincipalId", append_guid, &text);
    assert_string_equal(text.text, OWNER " " READER " " CONTRIBUTOR " ");
    text_buffer_clear(&text);
    condition_guids(condition, SOURCE_RESOURCE, ASSIGNMENTS ":PrincipalId", append_guid, &text);
    assert_string_equal(text.text, "00000000-0000-0000-0000-000000000001 ");
    text_buffer_clear(&text);
    condition_guids(condition, SOURCE_REQUEST, ASSIGNMENTS ":RoleDefinitionId", append_guid, &text);
    assert_string_equal(text.text, "");
    text_buffer_free(&text);
    arena_free(&arena);
}

typedef struct ExclusionCase {
    const char *before;
    const char *comparison;
    const char *after;
    bool found;
} ExclusionCase;

#define ROLE "@Request[" ASSIGNMENTS ":RoleDefinitionId] "

static const ExclusionCase exclusion_cases[] = {
    {"", ROLE "ForAnyOfAnyValues:GuidNotEquals {" OWNER "," READER "}", "", true},
    {"((!(ActionMatches{'a'})) OR (", ROLE "ForAnyOfAnyValues:GuidNotEquals{" OWNER ", " READER "}",
     "))", true},
    {"!(!(", ROLE "ForAnyOfAnyValues:GuidNotEquals{" OWNER ", " READER "}", "))", true},
    {"@Resource[a] GuidEquals " OWNER " AND ",
     "@Request[type] forAnyOfAnyValues:stringNotEqualsIgnoreCase {'User', 'Group'}", " ", true},
    /* one value, twice the same value, another quantifier, not an exclusion, negated */
    {"", ROLE "ForAnyOfAnyValues:GuidNotEquals {" OWNER "}", "", false},
    {"", ROLE "ForAnyOfAnyValues:GuidNotEquals {" OWNER ", 8e3af657a8ff443ca75c2fe8c4bcb635, 'no'}",
     "", false},
    {"", ROLE "ForAnyOfAllValues:GuidNotEquals {" OWNER "," READER "}", "", false},
    {"", ROLE "ForAnyOfAnyValues:GuidEquals {" OWNER "," READER "}", "", false},
    {"", "@Request[type] ForAnyOfAnyValues:StringNotEqualsIgnoreCase {'User', 'user'}", "", false},
    {"", "@Request[type] ForAnyOfAnyValues:StringNotLike {'a', 'b'}", "", false},
    {"NOT ", ROLE "ForAnyOfAnyValues:GuidNotEquals {" OWNER "," READER "}", "", false},
    {"", "", "", false},
};

static void test_void_exclusion(void **state)
{
    (void)state;
    Arena arena = {0};
    for (size_t i = 0; i < sizeof exclusion_cases / sizeof *exclusion_cases; i++) {
        const ExclusionCase *c = &exclusion_cases[i];
        const char *text = arena_format(&arena, "%s%s%s", c->before, c->comparison, c->after);
        ConditionPlace place = {7, 7};
        bool found = condition_find_void_exclusion(parse(&arena, text), &place);
        if (found != c->found)
            fail_msg("%s: expected %d", text, c->found);
        assert_int_equal(place.offset_bytes, found ? strlen(c->before) : 7);
        assert_int_equal(place.length_bytes, found ? strlen(c->comparison) : 7);
    }
    arena_free(&arena);
}

static const cJSON *open_or_skip(const char *path, const char *list, cJSON **file)
{
    *file = vector_file_read(path);
    if (!*file) {
        print_message("no %s: skipped\n", path);
        skip();
    }
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(*file, list);
    assert_true(cJSON_GetArraySize(items) > 0);
    return items;
}

static void test_condition_vectors(void **state)
{
    (void)state;
    Arena arena = {0};
    cJSON *file = NULL;
    const cJSON *list = open_or_skip(CONDITION_VECTORS, "vectors", &file);
    const cJSON *vector = NULL;
    cJSON_ArrayForEach(vector, list)
    {
        const Condition *condition = NULL;
        Error err = {""};
        ConditionContext known = vector_context(&arena, vector);
        Tri got = TRI_UNKNOWN;
        if (condition_parse(&arena, vector_text(vector, "condition"), &condition, &err))
            got = condition_evaluate(condition, &known);
        if (got != vector_expected(vector))
            fail_msg("%s: expected %s, got %s %s", vector_text(vector, "id"),
                     tri_name(vector_expected(vector)), tri_name(got), err.message);
    }
    cJSON_Delete(file);
    arena_free(&arena);
}

static void test_parse_vectors(void **state)
{
    (void)state;
    Arena arena = {0};
    cJSON *file = NULL;
    const cJSON *list = open_or_skip(PARSE_VECTORS, "vectors", &file);
    const cJSON *vector = NULL;
    cJSON_ArrayForEach(vector, list)
    {
        const Condition *condition = NULL;
        Error err = {""};
        bool parsed = condition_parse(&arena, vector_text(vector, "condition"), &condition, &err);
        if ((parsed ? TRI_TRUE : TRI_FALSE) != vector_expected(vector))
            fail_msg("%s: got %d %s", vector_text(vector, "id"), parsed, err.message);
    }
    cJSON_Delete(file);
    arena_free(&arena);
}

static void test_corpus(void **state)
{
    (void)state;
    Arena arena = {0};
    cJSON *file = NULL;
    const cJSON *list = open_or_skip(CORPUS, "conditions", &file);
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, list) parse(&arena, vector_text(each, "text"));
    cJSON_Delete(file);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluation),
        cmocka_unit_test(test_every_grouping),
        cmocka_unit_test(test_what_is_not_known_of_the_request),
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_parse_failures),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_every_prefix_and_suffix),
        cmocka_unit_test(test_flipped_bytes),
        cmocka_unit_test(test_inspection),
        cmocka_unit_test(test_void_exclusion),
        cmocka_unit_test(test_condition_vectors),
        cmocka_unit_test(test_parse_vectors),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
