#define _XOPEN_SOURCE 700 /* nftw */
#include "input/input.h"

#include "base/text.h"
#include "base/threads.h"

#include <archive.h>
#include <archive_entry.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <ftw.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * Every test works in a directory of its own.  What input_read tells is written down line by line
 * and compared as a whole:
 *
 *     0 /value/1 @3 {"id":2} in {"count":2}      a record: document, pointer, line, value, envelope
 *     0 end @1 list of 2 in {"count":2}          the end of a document
 *     TORN /value/2 @4: message                  a problem
 */
static char directory[64];
static TextBuffer story;
static InputResult result;

static int enter_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/test-input-XXXXXX");
    assert_non_null(mkdtemp(directory));
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int leave_directory(void **state)
{
    (void)state;
    /* A test that gave up root and failed must not fail all that come after it. */
    if (getuid() == 0 && seteuid(0) != 0)
        return -1;
    text_buffer_free(&story);
    return nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void write_bytes(const char *name, const char *bytes, size_t length_bytes)
{
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length_bytes, file), length_bytes);
    assert_int_equal(fclose(file), 0);
}

static void tell_value(const JsonValue *value)
{
    char *text = cJSON_PrintUnformatted(value);
    text_append(&story, text);
    free(text);
}

static void tell_place(RecordPlace place)
{
    text_append_format(&story, "%s", place.container);
    if (place.index != NONE)
        text_append_format(&story, "/%u", place.index);
    text_append_format(&story, "%s@%u", place.index != NONE || *place.container ? " " : "",
                       place.line);
}

static void tell_envelope(const JsonValue *envelope)
{
    if (envelope) {
        text_append(&story, " in ");
        tell_value(envelope);
    }
    text_append_char(&story, '\n');
}

static void tell_record(void *context, const InputRecord *record)
{
    (void)context;
    text_append_format(&story, "%u ", record->document);
    tell_place(record->place);
    text_append_char(&story, ' ');
    tell_value(record->value);
    tell_envelope(record->envelope);
}

static void tell_document(void *context, const InputDocument *document)
{
    (void)context;
    text_append_format(&story, "%u end ", document->document);
    tell_place(document->place);
    text_append_format(&story, " %s %u", document->is_list ? "list of" : "single",
                       document->element_count);
    tell_envelope(document->envelope);
}

static void tell_problem(void *context, const InputProblem *problem)
{
    static const char *const kinds[] = {
        [PROBLEM_TORN] = "TORN",
        [PROBLEM_SYNTAX] = "SYNTAX",
        [PROBLEM_ELEMENT] = "ELEMENT",
        [PROBLEM_ENCODING] = "ENCODING",
        [PROBLEM_LEADING_TEXT] = "LEADING_TEXT",
        [PROBLEM_TRAILING_TEXT] = "TRAILING_TEXT",
        [PROBLEM_NO_JSON] = "NO_JSON",
        [PROBLEM_EMPTY] = "EMPTY",
        [PROBLEM_LIMIT] = "LIMIT",
        [PROBLEM_READ] = "READ",
    };
    (void)context;
    text_append_format(&story, "%s ", kinds[problem->kind]);
    tell_place(problem->place);
    text_append_format(&story, ": %s\n", problem->message);
}

static const InputHandler teller = {NULL, tell_record, tell_document, tell_problem};

static void read_file(const InputList *list, uint32_t file)
{
    Error err;
    text_buffer_clear(&story);
    text_append(&story, "");
    if (!input_read(list, file, &teller, &result, &err))
        fail_msg("%s", err.message);
}

static InputList *list_of(const char *path, const InputLimits *limits)
{
    InputList *list = NULL;
    Error err;
    if (!input_list(&path, 1, limits, &list, &err))
        fail_msg("%s", err.message);
    return list;
}

static void read_limited(const char *bytes, size_t length_bytes, const InputLimits *limits)
{
    write_bytes("x.json", bytes, length_bytes);
    InputList *list = list_of(path_of("x.json"), limits);
    assert_int_equal(input_file_count(list), 1);
    read_file(list, 0);
    input_list_free(list);
    assert_int_equal(result.raw_bytes, length_bytes);
}

static void tells(const char *text, const char *expected)
{
    read_limited(text, strlen(text), NULL);
    assert_string_equal(story.text, expected);
}

static void tells_whole(const char *text, const char *expected)
{
    tells(text, expected);
    assert_true(result.complete);
}

static void tells_partial(const char *text, const char *expected)
{
    tells(text, expected);
    assert_false(result.complete);
}

static void test_lists(void **state)
{
    (void)state;
    tells_whole("[]", "0 end @1 list of 0\n");
    tells_whole("\n[\n  {\"a\": 1},\n\n  {\n\"b\":\n2}\n, 3]\n", "0 /0 @3 {\"a\":1}\n"
                                                                 "0 /1 @5 {\"b\":2}\n"
                                                                 "0 /2 @8 3\n"
                                                                 "0 end @2 list of 3\n");
    tells_whole("[null,\"a\",true,-1.5]", "0 /0 @1 null\n"
                                          "0 /1 @1 \"a\"\n"
                                          "0 /2 @1 true\n"
                                          "0 /3 @1 -1.5\n"
                                          "0 end @1 list of 4\n");
    tells_whole("[[{\"a\":1},[]],\n[[\n2]],{}]", "0 /0/0 @1 {\"a\":1}\n"
                                                 "0 /1/0/0 @3 2\n"
                                                 "0 /2 @3 {}\n"
                                                 "0 end @1 list of 3\n");
}

static void test_result(void **state)
{
    (void)state;
    tells_whole("\xef\xbb\xbf[]\n", "0 end @1 list of 0\n");
    assert_int_equal(result.raw_bytes, 6);
    assert_int_equal(result.decoded_bytes, 3);
    assert_string_equal(result.sha256,
                        "dfa943fd41d72e83bb7f3a986ed019d2e77a8c9460597ad25ece4587d97d1bb9");
}

static void test_single_values(void **state)
{
    (void)state;
    tells_whole("{}", "0 @1 {}\n0 end @1 single 1\n");
    tells_whole(" {\"id\": \"x\",\n\"tags\" : {\"value\":[1]}}\n",
                "0 @1 {\"id\":\"x\",\"tags\":{\"value\":[1]}}\n0 end @1 single 1\n");
    tells_whole("null\n", "0 end @1 single 0\n");
    tells_whole("42", "0 @1 42\n0 end @1 single 1\n");
    tells_whole("\n\"text\"", "0 @2 \"text\"\n0 end @2 single 1\n");
    tells_whole("", "EMPTY @1: there is nothing in it\n");
    tells_whole(" \r\n\n", "EMPTY @1: there is nothing in it\n");
    tells_whole("nothing here\nNor there", "NO_JSON @1: no line of it begins with '[' or '{'\n");
    tells_whole("12 monkeys", "NO_JSON @1: no line of it begins with '[' or '{'\n");
    tells_whole("007\n", "NO_JSON @1: no line of it begins with '[' or '{'\n");
    tells_whole("tenant\n", "NO_JSON @1: no line of it begins with '[' or '{'\n");
}

static void test_several_documents(void **state)
{
    (void)state;
    tells_whole("{\"a\":1}\n{\"a\":2}\n", "0 @1 {\"a\":1}\n0 end @1 single 1\n"
                                          "1 @2 {\"a\":2}\n1 end @2 single 1\n");
    tells_whole("[1][2]\n[]", "0 /0 @1 1\n0 end @1 list of 1\n"
                              "1 /0 @1 2\n1 end @1 list of 1\n"
                              "2 end @2 list of 0\n");
    tells_whole("[1]\n\xef\xbb\xbf[2]", "0 /0 @1 1\n0 end @1 list of 1\n"
                                        "1 /0 @2 2\n1 end @2 list of 1\n");
    tells_whole("null\n{}\n", "0 end @1 single 0\n1 @2 {}\n1 end @2 single 1\n");
}

static void test_wrappers(void **state)
{
    (void)state;
    tells_whole("{\"@odata.context\":\"c\",\"value\":[{\"id\":1},\n{\"id\":2}],\"nextLink\":\"n\"}",
                "0 /value/0 @1 {\"id\":1} in {\"@odata.context\":\"c\"}\n"
                "0 /value/1 @2 {\"id\":2} in {\"@odata.context\":\"c\"}\n"
                "0 end @1 list of 2 in {\"@odata.context\":\"c\",\"nextLink\":\"n\"}\n");
    tells_whole("{\"value\":[]}", "0 end @1 list of 0 in {}\n");
    tells_whole("{\"data\":[{}],\"meta\":{\"type\":\"azure\"}}",
                "0 /data/0 @1 {} in {}\n"
                "0 end @1 list of 1 in {\"meta\":{\"type\":\"azure\"}}\n");
    tells_whole("{\"SkipToken\":null,\"Data\":[[1],2]}",
                "0 /Data/0/0 @1 1 in {\"SkipToken\":null}\n"
                "0 /Data/1 @1 2 in {\"SkipToken\":null}\n"
                "0 end @1 list of 2 in {\"SkipToken\":null}\n");
    tells_whole("{\"value\":[1],\"data\":[2]}", "0 /value/0 @1 1 in {}\n"
                                                "0 /data/0 @1 2 in {}\n"
                                                "0 end @1 list of 2 in {}\n");
}

static void test_no_wrappers(void **state)
{
    (void)state;
    tells_whole("{\"id\":\"x\",\"value\":\"secret\"}",
                "0 @1 {\"id\":\"x\",\"value\":\"secret\"}\n0 end @1 single 1\n");
    tells_whole("{\"Value\":[1],\"values\":[2]}",
                "0 @1 {\"Value\":[1],\"values\":[2]}\n0 end @1 single 1\n");
    tells_whole("{\"kind\":\"AZUser\",\"data\":{\"id\":\"x\"}}",
                "0 @1 {\"kind\":\"AZUser\",\"data\":{\"id\":\"x\"}}\n0 end @1 single 1\n");
    tells_whole("{\"value\":null}", "0 @1 {\"value\":null}\n0 end @1 single 1\n");
}

static void test_tables(void **state)
{
    (void)state;
    tells_whole(
        "{\"count\":2,\"data\":{\"columns\":[{\"name\":\"id\",\"type\":\"string\"},\"p\"],\n"
        "\"rows\":[[\"a\",{\"x\":1}],\n[\"b\",null]]},\"$skipToken\":\"s\"}",
        "0 /data/rows/0 @2 {\"id\":\"a\",\"p\":{\"x\":1}} in "
        "{\"count\":2,\"data\":{\"columns\":[{\"name\":\"id\",\"type\":\"string\"},\"p\"]}}\n"
        "0 /data/rows/1 @3 {\"id\":\"b\",\"p\":null} in "
        "{\"count\":2,\"data\":{\"columns\":[{\"name\":\"id\",\"type\":\"string\"},\"p\"]}}\n"
        "0 end @1 list of 2 in "
        "{\"count\":2,\"data\":{\"columns\":[{\"name\":\"id\",\"type\":\"string\"},\"p\"]},"
        "\"$skipToken\":\"s\"}\n");
    tells_whole("{\"data\":{\"rows\":[[1],\n[1,2],\n[\"\\u0000\"],\n[2]],\"columns\":[\"n\"]}}",
                "0 /data/rows/0 @1 {\"n\":1} in {\"data\":{\"columns\":[\"n\"]}}\n"
                "ELEMENT /data/rows/1 @2: refused: expected a row of 1 cells, found 2\n"
                "ELEMENT /data/rows/2 @3: refused: a NUL character, which would cut the text "
                "short\n"
                "0 /data/rows/3 @4 {\"n\":2} in {\"data\":{\"columns\":[\"n\"]}}\n"
                "0 end @1 list of 2 in {\"data\":{\"columns\":[\"n\"]}}\n");
    tells_whole("{\"data\":{\"columns\":[\"n\",\"n\"],\"rows\":[[1,2]]}}",
                "0 @1 {\"data\":{\"columns\":[\"n\",\"n\"],\"rows\":[[1,2]]}}\n"
                "0 end @1 single 1\n");
    tells_whole("{\"data\":{\"columns\":[\"n\"],\"rows\":null}}",
                "0 @1 {\"data\":{\"columns\":[\"n\"],\"rows\":null}}\n0 end @1 single 1\n");
}

static void test_batches(void **state)
{
    (void)state;
    tells_whole("{\"responses\":[\n{\"id\":\"1\",\"status\":200,\"body\":{\"@odata.context\":\"c\","
                "\"value\":[{\"id\":\"a\"},\n{\"id\":\"b\"}]}},\n"
                "{\"body\":{\"error\":{\"code\":\"Denied\"}},\"id\":\"2\",\"status\":403},\n"
                "{\"body\":[7],\"id\":\"3\"},{\"id\":\"4\",\"status\":204},\n5]}",
                "0 /responses/0/body/value/0 @2 {\"id\":\"a\"} in "
                "{\"id\":\"1\",\"status\":200,\"body\":{\"@odata.context\":\"c\"}}\n"
                "0 /responses/0/body/value/1 @3 {\"id\":\"b\"} in "
                "{\"id\":\"1\",\"status\":200,\"body\":{\"@odata.context\":\"c\"}}\n"
                "0 /responses/1/body @4 {\"error\":{\"code\":\"Denied\"}} in "
                "{\"id\":\"2\",\"status\":403}\n"
                "0 /responses/2/body/0 @5 7 in {\"id\":\"3\"}\n"
                "0 /responses/3 @5 {\"id\":\"4\",\"status\":204} in {}\n"
                "0 /responses/4 @6 5 in {}\n"
                "0 end @1 list of 6 in {}\n");
    /* One bad record does not take the others of its response with it. */
    tells_whole("{\"responses\":[{\"id\":\"1\",\"body\":{\"value\":[1,{\"a\":1,\"a\":2},3]}}]}",
                "0 /responses/0/body/value/0 @1 1 in {\"id\":\"1\",\"body\":{}}\n"
                "ELEMENT /responses/0/body/value/1 @1: refused: the key \"a\" twice in one object\n"
                "0 /responses/0/body/value/2 @1 3 in {\"id\":\"1\",\"body\":{}}\n"
                "0 end @1 list of 2 in {}\n");
    tells_whole("{\"responses\":[{\"id\":\"1\",\"id\":\"2\",\"body\":{\"value\":[1]}}]}",
                "ELEMENT /responses/0 @1: refused: the key \"id\" twice in one object\n"
                "0 end @1 list of 0 in {}\n");
}

static void test_refused_elements(void **state)
{
    (void)state;
    tells_whole("[{\"a\":1,\n\"a\":2},\n{\"b\":\"x\\u0000\"},{\"c\":1}]",
                "ELEMENT /0 @1: refused: the key \"a\" twice in one object\n"
                "ELEMENT /1 @3: refused: a NUL character, which would cut the text short\n"
                "0 /2 @3 {\"c\":1}\n"
                "0 end @1 list of 1\n");
    read_limited("[\"\0\",1]", 7, NULL);
    assert_string_equal(story.text,
                        "ELEMENT /0 @1: refused: a NUL character, which would cut the text short\n"
                        "0 /1 @1 1\n"
                        "0 end @1 list of 1\n");
    assert_true(result.complete);
    tells_whole("{\"a\":\"\\u0000\"}\n{\"\\u0000\":1}\n{\"a\":1,\"b\":{\"c\":1,\"c\":1}}\n{}",
                "ELEMENT @1: refused: a NUL character, which would cut the text short\n"
                "0 end @1 single 0\n"
                "ELEMENT @2: refused: a NUL character, which would cut the text short\n"
                "1 end @2 single 0\n"
                "ELEMENT @3: refused: the key \"c\" twice in one object\n"
                "2 end @3 single 0\n"
                "3 @4 {}\n"
                "3 end @4 single 1\n");
    tells_whole("{\"a\":\"\\u0000\",\n\"b\":2,\"value\":[1]}",
                "0 /value/0 @2 1 in {\"b\":2}\n"
                "ELEMENT @1: a member beside the list was left out: a NUL character, which would "
                "cut the text short\n"
                "0 end @1 list of 1 in {\"b\":2}\n");
}

static void test_ambiguous_wrapper(void **state)
{
    (void)state;
    const char *told = "SYNTAX @1: the key \"value\" twice in one object: all lists are read\n";
    TextBuffer expected = {0};
    text_append_format(&expected,
                       "0 /value/0 @1 1 in {}\n%s0 /value/0 @1 2 in {}\n"
                       "0 /value/0 @1 3 in {}\n0 end @1 list of 3 in {}\n",
                       told);
    tells_partial("{\"value\":[1],\"value\":[2],\"value\":[3]}", expected.text);
    text_buffer_clear(&expected);
    text_append_format(&expected,
                       "0 /value/0 @1 1 in {}\n%s"
                       "0 end @1 list of 1 in {\"value\":2}\n",
                       told);
    tells_partial("{\"value\":[1],\"value\":2}", expected.text);
    tells_partial("{\"value\":[1],\"v\\u0061lue\":2}", expected.text);
    text_buffer_clear(&expected);
    text_append_format(&expected,
                       "%s0 /value/0 @1 1 in {\"value\":2}\n"
                       "0 end @1 list of 1 in {\"value\":2}\n",
                       told);
    tells_partial("{\"value\":2,\"value\":[1]}", expected.text);
    text_buffer_free(&expected);
    tells_partial("{\"n\":1,\"n\":2,\"value\":[1],\"m\":3}",
                  "SYNTAX @1: the members around the list are lost: the key \"n\" twice\n"
                  "0 /value/0 @1 1 in {}\n"
                  "0 end @1 list of 1 in {\"m\":3}\n");
    tells_partial("{\"n\":tru,\"value\":[1]}",
                  "SYNTAX @1: the members around the list are lost: they are not JSON\n"
                  "0 /value/0 @1 1 in {}\n"
                  "0 end @1 list of 1 in {}\n");
    /* Two values are ambiguous, but no list is among them: one record, refused. */
    tells_whole("{\"value\":1,\"value\":2}",
                "ELEMENT @1: refused: the key \"value\" twice in one object\n"
                "0 end @1 single 0\n");
}

static void test_syntax(void **state)
{
    (void)state;
    tells_partial("[1 2, {\"a\":1}\n{\"b\":2},,3,]",
                  "0 /0 @1 1\n"
                  "SYNTAX /0 @1: expected ',' or ']', found '2'\n"
                  "0 /1 @1 {\"a\":1}\n"
                  "SYNTAX /1 @2: expected ',' or ']', found '{'\n"
                  "0 /2 @2 {\"b\":2}\n"
                  "SYNTAX /3 @2: expected a value, found ','\n"
                  "0 /4 @2 3\n"
                  "SYNTAX /5 @2: expected a value, found ']'\n"
                  "0 end @1 list of 4\n");
    tells_partial("[NaN,{\"a\":\n}}, {\"b\":007},1]",
                  "SYNTAX /0 @1: expected a value, found 'N'\n"
                  "SYNTAX /1 @2: expected JSON, found '}'\n"
                  "SYNTAX /1 @2: expected ',' or ']', found '}'\n"
                  "SYNTAX /2 @2: refused: a number in a form that JSON does not have\n"
                  "0 /3 @2 1\n"
                  "0 end @1 list of 1\n");
    tells_partial("{\"a\":1,}\n{\"a\" 1}\n{a:1}\n{\"b\":}\n{\"b\":tru}\n{}",
                  "SYNTAX @1: expected a key, found '}'\n"
                  "SYNTAX @2: expected ':', found '1'\n"
                  "SYNTAX @3: expected a key, found 'a'\n"
                  "SYNTAX @4: expected a value, found '}'\n"
                  "SYNTAX @5: expected JSON, found 't'\n"
                  "4 end @5 single 0\n"
                  "5 @6 {}\n"
                  "5 end @6 single 1\n");
}

static void test_too_many_mistakes(void **state)
{
    (void)state;
    TextBuffer text = {0};
    text_append(&text, "[");
    for (int i = 0; i < 150; i++)
        text_append(&text, "?,");
    text_append(&text, "1]");
    read_limited(text.text, text.length_bytes, NULL);
    text_buffer_free(&text);
    const char *last = "SYNTAX /99 @1: expected a value, found '?'\n"
                       "LIMIT /99 @1: not JSON in 100 places: the rest was not read\n";
    assert_string_equal(story.text + story.length_bytes - strlen(last), last);
    assert_false(result.complete);
    assert_int_equal(strlen(result.sha256), 64);
}

static void test_text_around(void **state)
{
    (void)state;
    tells_whole("WARNING: [preview]\n  {no}\n[1]\n", "LEADING_TEXT @1: 2 line(s) before the first "
                                                     "JSON value skipped\n"
                                                     "0 /0 @3 1\n0 end @3 list of 1\n");
    tells_partial("[1] x\ny\n{}\n", "0 /0 @1 1\n0 end @1 list of 1\n"
                                    "TRAILING_TEXT @1: expected another JSON value or the end, "
                                    "found 'x'\n"
                                    "1 @3 {}\n1 end @3 single 1\n");
    tells_partial("{}}", "0 @1 {}\n0 end @1 single 1\n"
                         "TRAILING_TEXT @1: expected another JSON value or the end, "
                         "found '}'\n");
    read_limited("[]\0\0", 4, NULL);
    assert_string_equal(story.text, "0 end @1 list of 0\n"
                                    "TRAILING_TEXT @1: expected another JSON value or the end, "
                                    "found the byte 0x00\n");
}

static void test_torn(void **state)
{
    (void)state;
    tells_partial("[{\"a\":1},\n{\"b\":", "0 /0 @1 {\"a\":1}\n"
                                          "TORN /1 @2: the file ends too early: expected the rest "
                                          "of this element\n");
    tells_partial("[{\"a\":1}", "0 /0 @1 {\"a\":1}\n"
                                "TORN /0 @1: the file ends too early: expected ',' or ']'\n");
    tells_partial("{\"value\":[1,", "0 /value/0 @1 1 in {}\n"
                                    "TORN /value/1 @1: the file ends too early: expected a value "
                                    "or ']'\n");
    tells_partial("{\"value\":[1]", "0 /value/0 @1 1 in {}\n"
                                    "TORN @1: the file ends too early: expected ',' or '}'\n");
    tells_partial("nul", "TORN @1: the file ends too early: expected the rest of this value\n");
    tells_partial("\"a", "TORN @1: the file ends too early: expected the rest of this value\n");
    tells_partial("1.", "TORN @1: the file ends too early: expected the rest of this value\n");
    tells_partial("\xef\xbb", "TORN @1: the file ends inside a character\n");
}

/* Every prefix is torn, or empty, or (at `whole` bytes and behind) a JSON text of its own. */
static void every_prefix_is_told(const char *text, size_t length_bytes, size_t whole)
{
    for (size_t i = 0; i < length_bytes; i++) {
        read_limited(text, i, NULL);
        bool torn = strstr(story.text, "TORN ") != NULL;
        bool nothing = strncmp(story.text, "EMPTY ", 6) == 0;
        if (i < whole ? !torn && !nothing : torn || !result.complete)
            fail_msg("%zu bytes of %zu: %s", i, length_bytes, story.text);
        if (i < whole && !nothing)
            assert_false(result.complete);
    }
    read_limited(text, length_bytes, NULL);
    assert_true(result.complete);
    assert_null(strstr(story.text, "TORN"));
}

static void test_every_prefix(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[\n  {\"id\": \"\\ud83d\\ude00\xc3\xa9\", \"n\": [-1.5e3, true]},\n  null, [[2]]\n]",
        "{\"@odata.context\": \"c\", \"value\": [{\"a\": 1}, {}], \"nextLink\": null}",
        "{\"id\": \"/s\", \"properties\": {\"value\": []}, \"tags\": null}",
        "{\"data\":{\"columns\":[{\"name\":\"a\"}],\"rows\":[[1],[\"x\"]]},\"count\":2}",
        "{\"responses\":[{\"id\":\"1\",\"body\":{\"value\":[{\"a\":1}]}},{\"id\":\"2\"}]}",
        "\"a text\"",
        "true",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        every_prefix_is_told(texts[i], strlen(texts[i]), strlen(texts[i]));
        char marked[256];
        snprintf(marked, sizeof marked, "\xef\xbb\xbf%s", texts[i]);
        every_prefix_is_told(marked, strlen(marked), strlen(marked));
    }
    every_prefix_is_told("[1] \n ", 6, 3);
}

/* The text in UTF-16; returns the number of bytes. */
static size_t to_utf16(const char *text, bool big_endian, bool mark, char *utf16)
{
    static const unsigned codes[] = {0xe9, 0xd83d, 0xde00};
    size_t length_bytes = 0;
    for (const char *c = mark ? text - 1 : text; c < text || *c; c++) {
        /* '1', '2', '3' stand for the characters above */
        unsigned code = c < text                 ? 0xfeffu
                        : *c >= '1' && *c <= '3' ? codes[*c - '1']
                                                 : (unsigned)*c;
        utf16[length_bytes++] = (char)(big_endian ? code >> 8 : code & 0xff);
        utf16[length_bytes++] = (char)(big_endian ? code & 0xff : code >> 8);
    }
    return length_bytes;
}

static void test_utf16(void **state)
{
    (void)state;
    char utf16[256];
    for (int variant = 0; variant < 4; variant++) {
        bool big_endian = variant & 1;
        bool mark = variant & 2;
        size_t length_bytes = to_utf16("[\r\n{\"a\": \"123\"}\r\n]", big_endian, mark, utf16);
        read_limited(utf16, length_bytes, NULL);
        assert_string_equal(story.text, "0 /0 @2 {\"a\":\"\xc3\xa9\xf0\x9f\x98\x80\"}\n"
                                        "0 end @1 list of 1\n");
        assert_true(result.complete);
        /* Without a mark one byte does not show that it is UTF-16. */
        if (mark)
            every_prefix_is_told(utf16, length_bytes, length_bytes);
        length_bytes = to_utf16("[\"2\"]", big_endian, mark, utf16);
        read_limited(utf16, length_bytes, NULL);
        assert_string_equal(story.text, "0 /0 @1 \"\xef\xbf\xbd\"\n"
                                        "0 end @1 list of 1\n"
                                        "ENCODING @1: 1 byte(s) not UTF-16: replaced by U+FFFD\n");
    }
}

static void test_invalid_utf8(void **state)
{
    (void)state;
    tells_whole("[\n\"M\xfcller\",\n\"\xe9\xe8 \xc3\xa9\"]",
                "0 /0 @2 \"M\xef\xbf\xbdller\"\n"
                "0 /1 @3 \"\xef\xbf\xbd\xef\xbf\xbd \xc3\xa9\"\n"
                "0 end @1 list of 2\n"
                "ENCODING @2: 3 byte(s) not UTF-8: replaced by U+FFFD\n");
    tells_whole("[\"\xed\xa0\x80\"]", "0 /0 @1 \"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n"
                                      "0 end @1 list of 1\n"
                                      "ENCODING @1: 3 byte(s) not UTF-8: replaced by U+FFFD\n");
    tells_partial("[]\xc3", "0 end @1 list of 0\n"
                            "TRAILING_TEXT @1: expected another JSON value or the end, found the "
                            "byte 0xef\n"
                            "ENCODING @1: 1 byte(s) not UTF-8: replaced by U+FFFD\n");
}

static void test_repairs(void **state)
{
    (void)state;
    tells_whole("[1,\n{\"id\":\"/subscriptions/a\r\nb/c\"},\n\"\\ud800\",\"\t\"]",
                "0 /0 @1 1\n"
                "0 /1 @2 {\"id\":\"/subscriptions/ab/c\"}\n"
                "0 /2 @4 \"\xef\xbf\xbd\"\n"
                "0 /3 @4 \"\\t\"\n"
                "0 end @1 list of 4\n"
                "ENCODING /1 @2: 2 line break(s) inside texts dropped (wrapped output?)\n"
                "ENCODING /3 @4: 1 control character(s) inside texts kept\n"
                "ENCODING /2 @4: 1 half surrogate pair(s) replaced by U+FFFD\n");
    tells_whole("{\"a\nb\":\"c\n\",\"value\":[\"\n\"],\"\nd\":\"\\udc00\"}",
                "0 /value/0 @3 \"\" in {\"ab\":\"c\"}\n"
                "0 end @1 list of 1 in {\"ab\":\"c\",\"d\":\"\xef\xbf\xbd\"}\n"
                "ENCODING @1: 4 line break(s) inside texts dropped (wrapped output?)\n"
                "ENCODING @1: 1 half surrogate pair(s) replaced by U+FFFD\n");
    tells_whole("{\"responses\":[{\"id\":\"\t\",\"body\":[\"\t\"]}]}",
                "0 /responses/0/body/0 @1 \"\\t\" in {\"id\":\"\\t\"}\n"
                "0 end @1 list of 1 in {}\n"
                "ENCODING /responses/0 @1: 2 control character(s) inside texts kept\n");
    tells_whole("{\"\t\":1,\"data\":{\"x\":\"\t\",\"columns\":[\"a\"],\"rows\":[[\"\t\"]]}}",
                "0 /data/rows/0 @1 {\"a\":\"\\t\"} in "
                "{\"\\t\":1,\"data\":{\"x\":\"\\t\",\"columns\":[\"a\"]}}\n"
                "0 end @1 list of 1 in "
                "{\"\\t\":1,\"data\":{\"x\":\"\\t\",\"columns\":[\"a\"]}}\n"
                "ENCODING @1: 3 control character(s) inside texts kept\n");
    tells_whole("{\"responses\":[{\"id\":\"\n1\",\"body\":{\"value\":[\"x\ny\",\"\t\"]}}]}",
                "0 /responses/0/body/value/0 @1 \"xy\" in {\"id\":\"1\",\"body\":{}}\n"
                "0 /responses/0/body/value/1 @1 \"\\t\" in {\"id\":\"1\",\"body\":{}}\n"
                "0 end @1 list of 2 in {}\n"
                "ENCODING /responses/0 @1: 2 line break(s) inside texts dropped (wrapped "
                "output?)\n"
                "ENCODING /responses/0/body/value/1 @1: 1 control character(s) inside texts "
                "kept\n");
}

static char *nested(size_t depth, const char *before, const char *after, size_t *length_bytes)
{
    *length_bytes = strlen(before) + 2 * depth + strlen(after);
    char *text = malloc(*length_bytes + 1);
    char *end = stpcpy(text, before);
    memset(end, '[', depth);
    memset(end + depth, ']', depth);
    memcpy(end + 2 * depth, after, strlen(after) + 1);
    return text;
}

static void test_depth(void **state)
{
    (void)state;
    size_t length_bytes = 0;
    char *text = nested(100000, "[{\"a\":", "},1]", &length_bytes);
    read_limited(text, length_bytes, NULL);
    assert_string_equal(story.text, "ELEMENT /0 @1: refused: nested deeper than 512 levels\n"
                                    "0 /1 @1 1\n0 end @1 list of 1\n");
    free(text);
    text = nested(100000, "", "", &length_bytes);
    read_limited(text, length_bytes, NULL);
    assert_non_null(strstr(story.text, "refused: nested deeper than 512 levels\n"));
    assert_non_null(strstr(story.text, "0 end @1 list of 0\n"));
    read_limited(text, length_bytes / 2, NULL);
    assert_non_null(strstr(story.text, "TORN "));
    free(text);
    text = nested(100000, "{\"a\":", "}", &length_bytes);
    read_limited(text, length_bytes, NULL);
    assert_string_equal(story.text, "ELEMENT @1: refused: nested deeper than 512 levels\n"
                                    "0 end @1 single 0\n");
    free(text);
}

static void test_large_elements(void **state)
{
    (void)state;
    InputLimits limits = {.largest_element_bytes = 20};
    const char *text = "[{\"a\":1},\n{\"a\":\"[,]\\\"\\\\\",\"b\":[\n[],{}]},\n2]";
    read_limited(text, strlen(text), &limits);
    assert_string_equal(story.text, "0 /0 @1 {\"a\":1}\n"
                                    "ELEMENT /1 @2: refused: larger than the limit of 20 bytes\n"
                                    "0 /2 @4 2\n"
                                    "0 end @1 list of 2\n");
    assert_true(result.complete);
    text = "{\"a\":\"0123456789\",\n\"b\":\"0123456789\"}{\"value\":[1],\"b\":"
           "\"0123456789012345678\"}";
    read_limited(text, strlen(text), &limits);
    assert_string_equal(story.text,
                        "ELEMENT @1: refused: larger than the limit of 20 bytes\n"
                        "0 end @1 single 0\n"
                        "1 /value/0 @2 1 in {}\n"
                        "ELEMENT @2: a member beside the list was left out: larger than the limit "
                        "of 20 bytes\n"
                        "1 end @2 list of 1 in {}\n");
    text = "[\"0123456789012345678901234567890";
    read_limited(text, strlen(text), &limits);
    assert_string_equal(story.text, "ELEMENT /0 @1: refused: larger than the limit of 20 bytes\n"
                                    "TORN /0 @1: the file ends too early: expected the rest of "
                                    "this element\n");
}

static void test_large_file(void **state)
{
    (void)state;
    InputLimits limits = {.largest_file_bytes = 8};
    write_bytes("x.json", "[1,2,3,4]", 9);
    InputList *list = list_of(path_of("x.json"), &limits);
    read_file(list, 0);
    input_list_free(list);
    assert_string_equal(story.text, "0 /0 @1 1\n0 /1 @1 2\n0 /2 @1 3\n"
                                    "LIMIT @1: larger than the limit of 8 bytes: not read "
                                    "further\n");
    assert_false(result.complete);
    assert_int_equal(result.raw_bytes, 8);
    assert_string_equal(result.sha256, "");
    limits.largest_file_bytes = 9;
    read_limited("[1,2,3,4]", 9, &limits);
    assert_true(result.complete);
}

/* Elements of all sizes around the window's, so that every cut falls somewhere. */
static void test_across_windows(void **state)
{
    (void)state;
    TextBuffer text = {0};
    TextBuffer expected = {0};
    static char padding[700000];
    memset(padding, 'x', sizeof padding);
    text_append(&text, "[");
    uint32_t line = 1;
    for (unsigned i = 0; i < 60; i++) {
        size_t size = i == 30 ? 650000 : i == 40 ? 262144 : 20011 + i * 13;
        text_append_format(&text, "%s\n{\"i\":%u,\n\"\xc3\xa9\\ud83d\\ude00\":\"%.*s\"}",
                           i ? "," : "", i, (int)size, padding);
        text_append_format(&expected,
                           "0 /%u @%u {\"i\":%u,\"\xc3\xa9\xf0\x9f\x98\x80\":\"%.*s\"}\n", i,
                           line + 1, i, (int)size, padding);
        line += 2;
    }
    text_append(&text, "]");
    text_append(&expected, "0 end @1 list of 60\n");
    tells_whole(text.text, expected.text);
    assert_int_equal(result.decoded_bytes, text.length_bytes);
    /* The same with a byte in front that makes the decoder copy. */
    char *invalid = malloc(text.length_bytes + 1);
    memcpy(invalid, text.text, text.length_bytes);
    invalid[text.length_bytes - 1] = (char)0xff;
    invalid[text.length_bytes] = ']';
    read_limited(invalid, text.length_bytes + 1, NULL);
    assert_non_null(strstr(story.text, "SYNTAX /59 @121: expected ',' or ']', found the byte 0xef\n"
                                       "0 end @1 list of 60\n"
                                       "ENCODING @121: 1 byte(s) not UTF-8: replaced by U+FFFD\n"));
    free(invalid);
    text_buffer_free(&text);
    text_buffer_free(&expected);
}

/* Invalid bytes and characters of all lengths, wherever a window ends. */
static void test_invalid_across_windows(void **state)
{
    (void)state;
    static const char unit[] = "\xff\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x82";
    static const char decoded[] =
        "\xef\xbf\xbd\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd";
    TextBuffer text = {0};
    TextBuffer expected = {0};
    text_append(&text, "[\"");
    text_append(&expected, "0 /0 @1 \"");
    for (int i = 0; i < 50000; i++) {
        text_append(&text, unit);
        text_append(&expected, decoded);
    }
    text_append(&text, "\"]");
    text_append(&expected, "\"\n0 end @1 list of 1\n"
                           "ENCODING @1: 150000 byte(s) not UTF-8: replaced by U+FFFD\n");
    tells_whole(text.text, expected.text);
    text_buffer_free(&text);
    text_buffer_free(&expected);
}

static void test_line_delimited(void **state)
{
    (void)state;
    TextBuffer text = {0};
    TextBuffer expected = {0};
    for (unsigned i = 0; i < 20000; i++) {
        text_append_format(&text, "{\"kind\":\"AZUser\",\"data\":{\"id\":%u}}\n", i);
        text_append_format(
            &expected, "%u @%u {\"kind\":\"AZUser\",\"data\":{\"id\":%u}}\n%u end @%u single 1\n",
            i, i + 1, i, i, i + 1);
    }
    tells_whole(text.text, expected.text);
    text_buffer_free(&text);
    text_buffer_free(&expected);
}

/* What is in the list, one line per file: "path" and, when there is one, why_not. */
static void tell_list(const InputList *list)
{
    text_buffer_clear(&story);
    text_append(&story, "");
    for (uint32_t i = 0; i < input_file_count(list); i++) {
        const InputFile *file = input_file(list, i);
        text_append_format(&story, "%s%s%s%s\n", file->path,
                           file->readable   ? ""
                           : file->relevant ? " UNREADABLE"
                                            : " ?",
                           file->why_not ? ": " : "", file->why_not ? file->why_not : "");
        assert_true(!file->why_not == (file->readable && file->relevant));
    }
}

static void lists(const char *path, const InputLimits *limits, const char *expected)
{
    InputList *list = list_of(path, limits);
    tell_list(list);
    input_list_free(list);
    assert_string_equal(story.text, expected);
}

static void make_directory(const char *name)
{
    assert_int_equal(mkdir(path_of(name), 0700), 0);
}

static void make_link(const char *target, const char *name)
{
    assert_int_equal(symlink(target, path_of(name)), 0);
}

static void test_directory(void **state)
{
    (void)state;
    make_directory("a");
    make_directory("a/deep");
    make_directory("empty");
    write_bytes("a/x.json", "[]", 2);
    write_bytes("a.json", "[]", 2);
    write_bytes("B.JSON", "[]", 2);
    write_bytes("a/deep/y.ndjson", "", 0);
    write_bytes("a/deep/z.json.txt", "", 0);
    write_bytes("notes.txt", "", 0);
    write_bytes("a/._x.json", "", 0);
    write_bytes("bad\xff.json", "", 0);
    lists(directory, NULL,
          "B.JSON\n"
          "a.json\n"
          "a/._x.json: not an export by its name\n"
          "a/deep/y.ndjson\n"
          "a/deep/z.json.txt\n"
          "a/x.json\n"
          "bad\xef\xbf\xbd.json\n"
          "notes.txt: not an export by its name\n");
    lists(path_of("notes.txt"), NULL, "notes.txt\n");
    lists(path_of("empty"), NULL, "");
}

static void test_links_and_devices(void **state)
{
    (void)state;
    make_directory("in");
    make_directory("in/d");
    make_directory("in/e");
    write_bytes("out.json", "[]", 2);
    write_bytes("in/d/x.json", "[]", 2);
    make_link("d/x.json", "in/good.json");
    make_link("../out.json", "in/out.json");
    make_link("/dev/zero", "in/zero.json");
    make_link("nowhere", "in/lost.json");
    make_link("self", "in/self");
    make_link(".", "in/d/here");
    make_link("..", "in/d/up");
    make_link("../..", "in/d/upup");
    make_link("../e", "in/d/over");
    make_link("../d", "in/e/back");
    assert_int_equal(mkfifo(path_of("in/pipe.json"), 0600), 0);
    const char *contains = "a link to a directory that contains it";
    char expected[2048];
    snprintf(expected, sizeof expected,
             "d/here UNREADABLE: %s\n"
             "d/over/back UNREADABLE: %s\n"
             "d/up UNREADABLE: %s\n"
             "d/upup UNREADABLE: a link that leads out of the snapshot\n"
             "d/x.json\n"
             "e/back/here UNREADABLE: %s\n"
             "e/back/over UNREADABLE: %s\n"
             "e/back/up UNREADABLE: %s\n"
             "e/back/upup UNREADABLE: a link that leads out of the snapshot\n"
             "e/back/x.json\n"
             "good.json\n"
             "lost.json UNREADABLE: a link that leads nowhere\n"
             "out.json UNREADABLE: a link that leads out of the snapshot\n"
             "pipe.json UNREADABLE: neither a file nor a directory\n"
             "self UNREADABLE: a link that leads to itself\n"
             "zero.json UNREADABLE: a link that leads out of the snapshot\n",
             contains, contains, contains, contains, contains, contains);
    lists(path_of("in"), NULL, expected);
    /* A link that was named is where the snapshot is. */
    make_link("in/d", "named");
    lists(path_of("named"), NULL,
          "here UNREADABLE: a link to a directory that contains it\n"
          "over UNREADABLE: a link that leads out of the snapshot\n"
          "up UNREADABLE: a link that leads out of the snapshot\n"
          "upup UNREADABLE: a link that leads out of the snapshot\n"
          "x.json\n");
}

static void test_caps(void **state)
{
    (void)state;
    TextBuffer deep = {0};
    text_append(&deep, "d");
    for (int depth = 1; depth < 70; depth++) {
        make_directory(deep.text);
        text_append(&deep, "/d");
    }
    text_buffer_free(&deep);
    char name[64];
    write_bytes("a.json", "", 0);
    InputList *list = list_of(directory, NULL);
    assert_int_equal(input_file_count(list), 2);
    assert_string_equal(input_file(list, 1)->why_not, "directories nested too deep");
    input_list_free(list);
    make_directory("many");
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "many/%d.json", i);
        write_bytes(name, "", 0);
    }
    InputLimits limits = {.most_files = 3};
    lists(path_of("many"), &limits,
          "0.json\n1.json\n2.json\n"
          "3.json UNREADABLE: too many files: what comes behind it here was not listed\n");
}

static void test_unreadable(void **state)
{
    (void)state;
    InputList *list = NULL;
    Error err;
    const char *missing = path_of("missing");
    assert_false(input_list(&missing, 1, NULL, &list, &err));
    assert_null(list);
    assert_non_null(strstr(err.message, "/missing: cannot be opened: No such file or directory"));
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    const char *pipe = path_of("pipe");
    assert_false(input_list(&pipe, 1, NULL, &list, &err));
    assert_non_null(strstr(err.message, "/pipe: neither a file nor a directory"));
    const char *device = "/dev/null";
    assert_false(input_list(&device, 1, NULL, &list, &err));
    make_link("nowhere", "lost.json");
    list = list_of(directory, NULL);
    assert_false(input_read(list, 0, &teller, &result, &err));
    assert_string_equal(err.message, "lost.json: a link that leads nowhere");
    input_list_free(list);
    /* Gone between listing and reading. */
    assert_int_equal(unlink(path_of("lost.json")), 0);
    assert_int_equal(unlink(path_of("pipe")), 0);
    write_bytes("gone.json", "[]", 2);
    list = list_of(directory, NULL);
    assert_int_equal(unlink(path_of("gone.json")), 0);
    assert_false(input_read(list, 0, &teller, &result, &err));
    assert_string_equal(err.message, "gone.json: cannot be opened: No such file or directory");
    input_list_free(list);
}

static void test_without_permission(void **state)
{
    (void)state;
    make_directory("closed");
    write_bytes("shut.json", "[]", 2);
    assert_int_equal(chmod(directory, 0755), 0);
    assert_int_equal(chmod(path_of("closed"), 0), 0);
    assert_int_equal(chmod(path_of("shut.json"), 0), 0);
    /* Root may read everything. */
    bool is_root = geteuid() == 0;
    if (is_root && seteuid(65534) != 0)
        skip();
    lists(directory, NULL,
          "closed UNREADABLE: Permission denied\n"
          "shut.json UNREADABLE: cannot be opened: Permission denied\n");
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(path_of("closed"), 0700), 0);
}

static void test_several_paths(void **state)
{
    (void)state;
    make_directory("one");
    make_directory("one/t");
    make_directory("two");
    make_directory("two/t");
    write_bytes("one/t/a.json", "", 0);
    write_bytes("two/t/a.json", "", 0);
    write_bytes("a.json", "", 0);
    char first[128];
    char second[128];
    char third[128];
    snprintf(first, sizeof first, "%s/two/t", directory);
    snprintf(second, sizeof second, "%s/one/t/", directory);
    snprintf(third, sizeof third, "%s/a.json", directory);
    const char *paths[] = {first, second, third, third};
    InputList *list = NULL;
    Error err;
    assert_true(input_list(paths, 4, NULL, &list, &err));
    tell_list(list);
    assert_string_equal(story.text, "a.json\na.json-2\nt-2/a.json\nt/a.json\n");
    assert_string_equal(input_file(list, 3)->location, path_of("two/t/a.json"));
    input_list_free(list);
}

typedef struct Member {
    const char *name;
    const char *bytes;
    size_t length_bytes; /* 0: a text */
    mode_t kind;         /* 0: a file */
    const char *link;
} Member;

static void write_archive(const char *name, bool zip, bool gzip, const Member *members,
                          size_t count)
{
    /* Writing names beyond ASCII needs a locale that has them; reading must not. */
    setlocale(LC_ALL, "C.UTF-8");
    struct archive *archive = archive_write_new();
    if (zip)
        archive_write_set_format_zip(archive);
    else
        archive_write_set_format_pax_restricted(archive);
    if (gzip)
        archive_write_add_filter_gzip(archive);
    assert_int_equal(archive_write_open_filename(archive, path_of(name)), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        const Member *member = &members[i];
        struct archive_entry *entry = archive_entry_new();
        size_t length_bytes = member->length_bytes ? member->length_bytes : strlen(member->bytes);
        archive_entry_set_pathname_utf8(entry, member->name);
        archive_entry_set_filetype(entry, member->kind ? member->kind : AE_IFREG);
        archive_entry_set_perm(entry, 0600);
        archive_entry_set_size(entry, (la_int64_t)length_bytes);
        if (member->link && member->kind)
            archive_entry_set_symlink(entry, member->link);
        else if (member->link)
            archive_entry_set_hardlink(entry, member->link);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(archive, member->bytes, length_bytes), length_bytes);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
    setlocale(LC_ALL, "C");
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_archives(void **state)
{
    (void)state;
    static const Member members[] = {
        {"z last.json", "[1]", 0, 0, NULL},   {"./d/a (1).json", "[{\"a\":1}]", 0, 0, NULL},
        {"notes.txt", "hello", 0, 0, NULL},   {"d", "", 0, AE_IFDIR, NULL},
        {"d\\win.json", "{}", 0, 0, NULL},    {"b.json", "[2 ", 0, 0, NULL},
        {"inner.zip", "PK\3\4", 0, 0, NULL},  {"sly.json", "\x1f\x8b\x08", 0, 0, NULL},
        {"\xc3\xa9.json", "[3]", 0, 0, NULL},
    };
    static const char *const names[] = {"x.zip", "x.tar", "x.tgz", "hidden.json"};
    for (size_t i = 0; i < COUNT(names); i++) {
        write_archive(names[i], i == 0 || i == 3, i == 2, members, COUNT(members));
        InputList *list = list_of(path_of(names[i]), NULL);
        tell_list(list);
        TextBuffer expected = {0};
        static const char *const lines[] = {"b.json",
                                            "d/a (1).json",
                                            "d/win.json",
                                            "inner.zip: an archive inside an archive is not read",
                                            "notes.txt: not an export by its name",
                                            "sly.json: an archive inside an archive is not read",
                                            "z last.json",
                                            "\xc3\xa9.json"};
        for (size_t k = 0; k < COUNT(lines); k++)
            text_append_format(&expected, "%s/%s\n", names[i], lines[k]);
        assert_string_equal(story.text, expected.text);
        text_buffer_free(&expected);
        assert_int_equal(input_file(list, 1)->length_bytes, 9);
        read_file(list, 1);
        assert_string_equal(story.text, "0 /0 @1 {\"a\":1}\n0 end @1 list of 1\n");
        assert_int_equal(result.raw_bytes, 9);
        read_file(list, 0);
        assert_string_equal(story.text, "0 /0 @1 2\n"
                                        "TORN /0 @1: the file ends too early: expected ',' or "
                                        "']'\n");
        read_file(list, 7);
        assert_string_equal(story.text, "0 /0 @1 3\n0 end @1 list of 1\n");
        input_list_free(list);
        assert_int_equal(unlink(path_of(names[i])), 0);
    }
}

static void test_hostile_archive(void **state)
{
    (void)state;
    static const Member members[] = {
        {"/etc/passwd.json", "[]", 0, 0, NULL},
        {"a/../../b.json", "[]", 0, 0, NULL},
        {"..\\c.json", "[]", 0, 0, NULL},
        {"C:\\d.json", "[]", 0, 0, NULL},
        {"link.json", "", 0, AE_IFLNK, "/etc/passwd"},
        {"hard.json", "", 0, 0, "e..json"},
        {"pipe.json", "", 0, AE_IFIFO, NULL},
        {"e..json", "[]", 0, 0, NULL},
    };
    write_archive("x.tar", false, false, members, COUNT(members));
    lists(directory, NULL,
          "x.tar/../c.json UNREADABLE: a path that leads out of the archive\n"
          "x.tar//etc/passwd.json UNREADABLE: a path that leads out of the archive\n"
          "x.tar/C:/d.json UNREADABLE: a path that leads out of the archive\n"
          "x.tar/a/../../b.json UNREADABLE: a path that leads out of the archive\n"
          "x.tar/e..json\n"
          "x.tar/hard.json UNREADABLE: a link inside an archive\n"
          "x.tar/link.json UNREADABLE: a link inside an archive\n"
          "x.tar/pipe.json UNREADABLE: neither a file nor a directory\n");
}

static void test_gzip(void **state)
{
    (void)state;
    for (int named = 0; named < 2; named++) {
        struct archive *archive = archive_write_new();
        archive_write_set_format_raw(archive);
        archive_write_add_filter_gzip(archive);
        const char *name = named ? "plain" : "x.json.gz";
        assert_int_equal(archive_write_open_filename(archive, path_of(name)), ARCHIVE_OK);
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_filetype(entry, AE_IFREG);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(archive, "[1,\n2]", 6), 6);
        archive_entry_free(entry);
        assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
        InputList *list = list_of(named ? path_of(name) : directory, NULL);
        assert_int_equal(input_file_count(list), 1);
        assert_string_equal(input_file(list, 0)->path, name);
        assert_true(input_file(list, 0)->relevant);
        read_file(list, 0);
        assert_string_equal(story.text, "0 /0 @1 1\n0 /1 @2 2\n0 end @1 list of 2\n");
        assert_int_equal(result.raw_bytes, 6);
        assert_true(result.complete);
        input_list_free(list);
    }
    lists(directory, NULL, "plain: not an export by its name\nx.json.gz\n");
    /* A gzip file cut anywhere is told. */
    FILE *file = fopen(path_of("x.json.gz"), "rb");
    char bytes[256];
    size_t length_bytes = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t i = 3; i < length_bytes; i++) {
        write_bytes("cut.json.gz", bytes, i);
        InputList *list = list_of(path_of("cut.json.gz"), NULL);
        Error err;
        text_buffer_clear(&story);
        if (input_file(list, 0)->readable && input_read(list, 0, &teller, &result, &err) &&
            result.complete)
            fail_msg("%zu of %zu bytes: %s", i, length_bytes, story.text);
        input_list_free(list);
    }
}

static void test_bombs(void **state)
{
    (void)state;
    enum { BOMB_BYTES = 4 * 1024 * 1024 };
    char *bomb = malloc(BOMB_BYTES);
    memset(bomb, ' ', BOMB_BYTES);
    bomb[0] = '[';
    const Member members[] = {
        {"a.json", "[1]", 0, 0, NULL},
        {"bomb.json", bomb, BOMB_BYTES, 0, NULL},
        {"z.json", "[2]", 0, 0, NULL},
    };
    InputLimits limits = {.largest_ratio = 20};
    write_archive("x.zip", true, false, members, COUNT(members));
    InputList *list = list_of(path_of("x.zip"), &limits);
    assert_int_equal(input_file_count(list), 3);
    read_file(list, 0);
    assert_true(result.complete);
    for (uint32_t file = 1; file < 3; file++) {
        read_file(list, file);
        assert_string_equal(story.text,
                            "LIMIT @1: the archive unpacks to suspiciously much: not read "
                            "further\n");
        assert_false(result.complete);
        assert_true(result.raw_bytes < 1024 * 1024);
    }
    input_list_free(list);
    /* A compressed tar is not read on, not even to pass by a member nobody wants. */
    const Member unwanted[] = {
        {"a.json", "[1]", 0, 0, NULL},
        {"bomb.txt", bomb, BOMB_BYTES, 0, NULL},
        {"z.json", "[2]", 0, 0, NULL},
    };
    write_archive("x.tgz", false, true, unwanted, COUNT(unwanted));
    lists(path_of("x.tgz"), &limits,
          "x.tgz UNREADABLE: the archive unpacks to suspiciously much: not read further\n"
          "x.tgz/a.json\n"
          "x.tgz/bomb.txt: not an export by its name\n");
    /* One file too large does not take the others with it. */
    limits = (InputLimits){.largest_file_bytes = 1000};
    write_archive("x.tgz", false, true, members, COUNT(members));
    list = list_of(path_of("x.tgz"), &limits);
    read_file(list, 2);
    assert_string_equal(story.text, "0 /0 @1 2\n0 end @1 list of 1\n");
    read_file(list, 1);
    assert_string_equal(story.text, "LIMIT @1: larger than the limit for one file: not read "
                                    "further\n");
    input_list_free(list);
    free(bomb);
}

/* Whether listing and reading what is called `name` tells of anything missing. */
static bool tells_damage(const char *name)
{
    bool told = false;
    InputList *list = list_of(path_of(name), NULL);
    for (uint32_t i = 0; i < input_file_count(list); i++) {
        Error err;
        text_buffer_clear(&story);
        if (!input_file(list, i)->readable || !input_read(list, i, &teller, &result, &err) ||
            !result.complete)
            told = true;
    }
    input_list_free(list);
    return told;
}

static void test_cut_archives(void **state)
{
    (void)state;
    static const Member members[] = {{"a.json", "[1]", 0, 0, NULL}, {"b.json", "[2]", 0, 0, NULL}};
    static const char *const names[] = {"x.zip", "x.tgz", "x.tar"};
    for (size_t i = 0; i < COUNT(names); i++) {
        write_archive(names[i], i == 0, i == 1, members, COUNT(members));
        FILE *file = fopen(path_of(names[i]), "rb");
        static char bytes[65536];
        size_t length_bytes = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        assert_false(tells_damage(names[i]));
        /* Of a tar's zeros at the end the last ones may go. */
        size_t step = i == 2 ? 512 : 1;
        size_t whole = i == 2 ? 5 * 512 : length_bytes;
        for (size_t cut = 512; cut < whole; cut += step) {
            write_bytes("cut.json", bytes, cut);
            if (!tells_damage("cut.json"))
                fail_msg("%s: %zu bytes of %zu", names[i], cut, length_bytes);
        }
        for (size_t cut = 4; cut < whole && cut < 512; cut++) {
            write_bytes("cut.json", bytes, cut);
            if (!tells_damage("cut.json") && strncmp(story.text, "NO_JSON", 7) != 0)
                fail_msg("%s: %zu bytes of %zu: %s", names[i], cut, length_bytes, story.text);
        }
    }
}

static void test_damaged_archive(void **state)
{
    (void)state;
    write_bytes("cut.json", "PK\3\4nonsense", 12);
    InputList *list = list_of(path_of("cut.json"), NULL);
    tell_list(list);
    input_list_free(list);
    assert_memory_equal(story.text, "cut.json UNREADABLE: damaged archive: ", 38);
    write_bytes("cut.json", "\x1f\x8bnonsense", 10);
    lists(path_of("cut.json"), NULL,
          "cut.json UNREADABLE: damaged archive: the compression's header is wrong\n");
    /* A byte changed in the compressed data of a zip file. */
    static const Member members[] = {{"a.json", "[\"unchanged\"]", 0, 0, NULL}};
    write_archive("x.zip", true, false, members, 1);
    static char bytes[4096];
    FILE *file = fopen(path_of("x.zip"), "rb");
    size_t length_bytes = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    const char *compressed = strstr(bytes + 30, "a.json");
    assert_non_null(compressed);
    size_t at = (size_t)(compressed - bytes) + strlen("a.json") + 28 + 5;
    bytes[at] ^= 1;
    write_bytes("x.zip", bytes, length_bytes);
    assert_true(tells_damage("x.zip"));
}

enum { PARALLEL_FILES = 8 };

typedef struct Tally {
    uint32_t records;
    char last_place[64];
} Tally;

typedef struct Parallel {
    InputList *list;
    Tally tallies[PARALLEL_FILES];
} Parallel;

static void tally_record(void *context, const InputRecord *record)
{
    Tally *tally = context;
    tally->records++;
    snprintf(tally->last_place, sizeof tally->last_place, "%s/%u", record->place.container,
             record->place.index);
}

static void tally_document(void *context, const InputDocument *document)
{
    (void)context;
    (void)document;
}

static void tally_problem(void *context, const InputProblem *problem)
{
    (void)context;
    fail_msg("%s", problem->message);
}

static void read_one_of_many(void *context, uint32_t file)
{
    Parallel *parallel = context;
    InputHandler tally = {&parallel->tallies[file], tally_record, tally_document, tally_problem};
    InputResult read;
    Error err;
    if (!input_read(parallel->list, file, &tally, &read, &err) || !read.complete)
        parallel->tallies[file].records = 0;
}

static void test_threads(void **state)
{
    (void)state;
    Member members[PARALLEL_FILES];
    char names[PARALLEL_FILES][32];
    TextBuffer text = {0};
    text_append(&text, "[[0]");
    for (int i = 1; i < 300; i++)
        text_append_format(&text, ",[{\"i\":%d,\"text\":\"some text to parse\"}]", i);
    text_append(&text, "]");
    for (int i = 0; i < PARALLEL_FILES; i++) {
        snprintf(names[i], sizeof names[i], "%d.json", i);
        members[i] = (Member){names[i], text.text, text.length_bytes, 0, NULL};
    }
    write_archive("x.zip", true, false, members, PARALLEL_FILES);
    text_buffer_free(&text);
    Parallel parallel = {.list = list_of(path_of("x.zip"), NULL)};
    threads_for_each(4, PARALLEL_FILES, read_one_of_many, &parallel);
    for (int i = 0; i < PARALLEL_FILES; i++) {
        assert_int_equal(parallel.tallies[i].records, 300);
        assert_string_equal(parallel.tallies[i].last_place, "/299/0");
    }
    input_list_free(parallel.list);
}

static void test_samples(void **state)
{
    (void)state;
    InputList *list = NULL;
    Error err;
    const char *path = "../shared/samples/encodings";
    if (access(path, R_OK) != 0) {
        print_message("%s is absent\n", path);
        skip();
    }
    assert_true(input_list(&path, 1, NULL, &list, &err));
    assert_int_equal(input_file_count(list), 4);
    for (uint32_t i = 0; i < 4; i++) {
        read_file(list, i);
        assert_true(result.complete);
        assert_null(strstr(story.text, "TORN"));
        assert_non_null(strstr(story.text, "api://AzureADTokenExchange"));
        uint32_t records = 0;
        for (const char *at = story.text; (at = strstr(at, "\"issuer\"")); at++)
            records++;
        assert_int_equal(records, 2);
    }
    input_list_free(list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_directory, leave_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lists),
        TEST(test_result),
        TEST(test_single_values),
        TEST(test_several_documents),
        TEST(test_wrappers),
        TEST(test_no_wrappers),
        TEST(test_tables),
        TEST(test_batches),
        TEST(test_refused_elements),
        TEST(test_ambiguous_wrapper),
        TEST(test_syntax),
        TEST(test_too_many_mistakes),
        TEST(test_text_around),
        TEST(test_torn),
        TEST(test_every_prefix),
        TEST(test_utf16),
        TEST(test_invalid_utf8),
        TEST(test_repairs),
        TEST(test_depth),
        TEST(test_large_elements),
        TEST(test_large_file),
        TEST(test_across_windows),
        TEST(test_invalid_across_windows),
        TEST(test_line_delimited),
        TEST(test_directory),
        TEST(test_links_and_devices),
        TEST(test_caps),
        TEST(test_unreadable),
        TEST(test_without_permission),
        TEST(test_several_paths),
        TEST(test_archives),
        TEST(test_hostile_archive),
        TEST(test_gzip),
        TEST(test_bombs),
        TEST(test_cut_archives),
        TEST(test_damaged_archive),
        TEST(test_threads),
        TEST(test_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
