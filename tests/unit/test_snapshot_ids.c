#include "snapshot/arm_id.h"
#include "snapshot/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void parses(const char *text, const char *expected)
{
    int64_t seconds = 0;
    char formatted[32];
    assert_true(time_parse(text, &seconds));
    time_format(seconds, formatted);
    assert_string_equal(formatted, expected);
}

static void times_of_every_tool(void **state)
{
    (void)state;
    parses("2026-11-20T06:00:00Z", "2026-11-20T06:00:00Z");
    parses("2019-09-04T08:09:42.083592+00:00", "2019-09-04T08:09:42Z"); /* Azure CLI */
    parses("2019-09-04T08:09:42.0835929Z", "2019-09-04T08:09:42Z");     /* REST */
    parses("2026-04-17T16:55:44.738923+0000", "2026-04-17T16:55:44Z");  /* az ml */
    parses("2026-01-01T00:30:00+02:00", "2025-12-31T22:30:00Z");
    parses("2026-12-31T23:30:00-01:30", "2027-01-01T01:00:00Z");
    parses("2026-02-28 12:00", "2026-02-28T12:00:00Z");
    parses("2024-02-29", "2024-02-29T00:00:00Z");
    parses("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z");
    parses("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z");
}

static void texts_that_are_no_times(void **state)
{
    static const char *const texts[] = {"",
                                        "now",
                                        "2026",
                                        "2026-13-01",
                                        "2026-00-10",
                                        "2026-1-1",
                                        "2026-01-32",
                                        "20260101",
                                        "2026-01-01T25:00:00Z",
                                        "2026-01-01T10",
                                        "2026-01-01T10:00:00+99:00",
                                        "2026-01-01T10:00:00Zx",
                                        "2026-01-01T10:00:00 CET",
                                        "9999999999-01-01"};
    int64_t seconds = 7;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(time_parse(texts[i], &seconds));
    assert_false(time_parse(NULL, &seconds));
    assert_int_equal(seconds, 7);
}

static void normalises(const char *text, const char *expected)
{
    char buffer[256];
    assert_string_equal(scope_normalise(text, buffer, sizeof buffer), expected);
}

static void scopes_have_one_form(void **state)
{
    (void)state;
    normalises("", "/");
    normalises("/", "/");
    normalises("///", "/");
    normalises(" /subscriptions/a/ ", "/subscriptions/a");
    normalises("subscriptions/a", "/subscriptions/a");
    normalises("/subscriptions//a/resourceGroups/R//", "/subscriptions/a/resourceGroups/R");
    char small[5];
    assert_string_equal(scope_normalise("/abcdefgh", small, sizeof small), "/abc");
    char least[1] = {'x'};
    assert_string_equal(scope_normalise("/abc", least, sizeof least), "");
}

static void has_type(const char *id, const char *expected)
{
    char buffer[128];
    const char *type = arm_id_type(id, buffer, sizeof buffer);
    if (!expected)
        assert_null(type);
    else
        assert_string_equal(type, expected);
}

static void an_id_spells_its_type(void **state)
{
    (void)state;
    has_type("/subscriptions/s", "Microsoft.Resources/subscriptions");
    has_type("/subscriptions/s/resourcegroups/g", RESOURCE_GROUP_TYPE);
    has_type("/subscriptions/s/resourceGroups/g/providers/A.B/c/d", "A.B/c");
    has_type("/subscriptions/s/resourceGroups/g/providers/A.B/c/d/e/f", "A.B/c/e");
    has_type("/subscriptions/s/providers/A.B/c/d/PROVIDERS/X.Y/z/1", "X.Y/z");
    has_type("/providers/Microsoft.Management/managementGroups/m",
             "Microsoft.Management/managementGroups");
    has_type("/subscriptions/s/resourceGroups/g/providers/A.B/c", NULL);
    has_type("/subscriptions/s/resourceGroups", NULL);
    has_type("/subscriptions/s/resourceGroups/g/more", NULL);
    has_type("/", NULL);
    has_type("/tenants/t", NULL);
    char long_id[600] = "/providers/A.B/";
    size_t length = strlen(long_id);
    memset(long_id + length, 'x', 500);
    memcpy(long_id + length + 500, "/n", 3);
    has_type(long_id, NULL); /* the type does not fit */
}

static void an_extension_belongs_to_a_scope(void **state)
{
    size_t length;
    (void)state;
    assert_true(arm_id_extended_scope(
        "/subscriptions/s/providers/microsoft.authorization/ROLEASSIGNMENTS/x",
        "Microsoft.Authorization/roleAssignments", &length));
    assert_int_equal(length, strlen("/subscriptions/s"));
    assert_true(arm_id_extended_scope("/providers/Microsoft.Authorization/roleAssignments/x",
                                      "Microsoft.Authorization/roleAssignments", &length));
    assert_int_equal(length, 0);
    assert_false(arm_id_extended_scope("/providers/Microsoft.Authorization/roleAssignmentsX/x",
                                       "Microsoft.Authorization/roleAssignments", &length));
    assert_false(arm_id_extended_scope("/subscriptions/s", "A.B/c", &length));
}

static void an_id_begins_with_its_container(void **state)
{
    (void)state;
    assert_int_equal(arm_id_subscription_length("/SUBSCRIPTIONS/ab/resourceGroups/g"), 17);
    assert_int_equal(arm_id_subscription_length("/subscriptions/"), 0);
    assert_int_equal(arm_id_subscription_length("/providers/x"), 0);
    assert_int_equal(arm_id_management_group_length(MANAGEMENT_GROUP_PREFIX "m/providers/x"),
                     strlen(MANAGEMENT_GROUP_PREFIX) + 1);
    assert_string_equal(arm_id_name("/a/b/c"), "c");
    assert_string_equal(arm_id_name("/"), "");
    assert_true(arm_id_is_normal("/a/b"));
    assert_false(arm_id_is_normal("/a//b"));
    assert_false(arm_id_is_normal("/a/b/"));
    assert_false(arm_id_is_normal("a"));
}

static void enum_words_compare_across_spellings(void **state)
{
    (void)state;
    assert_true(property_value_equal("amlToken", "aml_token"));
    assert_true(property_value_equal("AllowOnlyApprovedOutbound", "allow_only_approved_outbound"));
    assert_true(property_value_equal("", "_"));
    assert_false(property_value_equal("amlToken", "aml_tokens"));
    assert_false(property_value_equal("a", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_every_tool),
        cmocka_unit_test(texts_that_are_no_times),
        cmocka_unit_test(scopes_have_one_form),
        cmocka_unit_test(an_id_spells_its_type),
        cmocka_unit_test(an_extension_belongs_to_a_scope),
        cmocka_unit_test(an_id_begins_with_its_container),
        cmocka_unit_test(enum_words_compare_across_spellings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
