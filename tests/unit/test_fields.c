#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "snapshot/fields.h"

#include "base/array.h"
#include "snapshot_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];

static int enter(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/test-fields-XXXXXX");
    assert_non_null(mkdtemp(directory));
    return 0;
}

static int leave(void **state)
{
    char path[128];
    (void)state;
    snprintf(path, sizeof path, "%s/resource-fields.json", directory);
    unlink(path);
    return rmdir(directory);
}

/* ' stands for ". */
static bool load(FieldTable *table, const char *text, Error *err)
{
    char path[128];
    snprintf(path, sizeof path, "%s/resource-fields.json", directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (; *text; text++)
        fputc(*text == '\'' ? '"' : *text, file);
    assert_int_equal(fclose(file), 0);
    return fields_load(table, directory, err);
}

#define HEAD "{'schema':'amlblast.resource-fields/1','fields':["

static void rows_are_grouped_by_type(void **state)
{
    FieldTable table;
    Error err;
    uint32_t count;
    (void)state;
    assert_true(load(
        &table,
        HEAD "{'type':'A.B/c','property':'one','kind':'text','paths':['properties.one','one']},"
             "{'type':'X.Y/z','property':'two','kind':'bool','paths':['two']},"
             "{'type':'a.b/C','property':'two','kind':'list','paths':['list[].x.{}']}]}",
        &err));
    const Field *fields = fields_of_type(&table, "A.B/C", &count);
    assert_int_equal(count, 2);
    assert_int_equal(fields[0].name, field_name_find(&table, "one"));
    assert_int_equal(fields[0].path_count, 2);
    assert_int_equal(fields[0].paths[0].step_count, 2);
    assert_int_equal(fields[1].kind, FIELD_LIST);
    const FieldPath *path = &fields[1].paths[0];
    assert_int_equal(path->step_count, 3);
    assert_string_equal(path->steps[0].name, "list");
    assert_int_equal(path->steps[0].kind, STEP_EACH_ELEMENT);
    assert_int_equal(path->steps[1].kind, STEP_MEMBER);
    assert_int_equal(path->steps[2].kind, STEP_EACH_MEMBER);
    fields_of_type(&table, "X.Y/z", &count);
    assert_int_equal(count, 1);
    assert_null(fields_of_type(&table, "unknown/type", &count));
    assert_int_equal(count, 0);
    assert_int_equal(field_name_find(&table, "three"), NONE);
    fields_free(&table);
}

static void refuses(const char *text, const char *message)
{
    FieldTable table;
    Error err = {{0}};
    assert_false(load(&table, text, &err));
    if (!strstr(err.message, message))
        fail_msg("\"%s\" does not say \"%s\"", err.message, message);
    assert_non_null(strstr(err.message, "resource-fields.json"));
}

static void a_broken_table_is_named(void **state)
{
    (void)state;
    refuses("{", "");
    refuses("{'schema':'other/1','fields':[]}", "/schema");
    refuses("{'schema':'amlblast.resource-fields/1','fields':{}}", "/fields: expected a list");
    refuses(HEAD "{'type':'A/b','property':'p','kind':'text','paths':['p']},"
                 "{'type':'A/b','property':'p','kind':'number','paths':['p']}]}",
            "/fields/1: /kind");
    refuses(HEAD "{'type':'A/b','kind':'text','paths':['p']}]}", "/fields/0: /type, /property");
    refuses(HEAD "{'type':'A/b','property':'p','kind':'text','paths':[]}]}", "/fields/0: /paths");
    refuses(HEAD "{'type':'A/b','property':'p','kind':'text','paths':[1]}]}", "/fields/0: /paths");
    refuses(HEAD "7]}", "/fields/0");
}

static void a_missing_table_is_an_error(void **state)
{
    FieldTable table;
    Error err;
    (void)state;
    assert_false(fields_load(&table, "/nowhere", &err));
    assert_non_null(strstr(err.message, "/nowhere/resource-fields.json: cannot be opened"));
}

static void the_shipped_table_loads(void **state)
{
    FieldTable table;
    Error err;
    uint32_t count;
    (void)state;
    if (!fields_load(&table, CASE_DATA_DIR, &err))
        fail_msg("%s", err.message);
    fields_of_type(&table, "Microsoft.MachineLearningServices/workspaces", &count);
    assert_true(count > 10);
    assert_int_not_equal(field_name_find(&table, "allowSharedKeyAccess"), NONE);
    fields_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_grouped_by_type),
        cmocka_unit_test(a_broken_table_is_named),
        cmocka_unit_test(a_missing_table_is_an_error),
        cmocka_unit_test(the_shipped_table_loads),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
