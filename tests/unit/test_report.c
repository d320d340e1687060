#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "access/access.h"
#include "hand_snapshot.h"
#include "report/chain_numbers.h"
#include "report/csv.h"
#include "report/diagrams.h"
#include "report/json_writer.h"
#include "report/output_file.h"
#include "report/picture_targets.h"
#include "report/screen.h"

#include <unistd.h>

#define SUB   "/subscriptions/aaaaaaaa-0000-0000-0000-00000000000a"
#define VAULT "Microsoft.KeyVault/vaults"
#define STORE "Microsoft.Storage/storageAccounts"

/* ---- a stream whose text is looked at ---- */

typedef struct Sheet {
    char *text;
    size_t length_bytes;
    FILE *stream;
} Sheet;

static Sheet *sheet_open(Sheet *sheet)
{
    *sheet = (Sheet){0};
    sheet->stream = open_memstream(&sheet->text, &sheet->length_bytes);
    assert_non_null(sheet->stream);
    return sheet;
}

static void sheet_expect(Sheet *sheet, const char *expected)
{
    assert_int_equal(fclose(sheet->stream), 0);
    assert_string_equal(sheet->text, expected);
    free(sheet->text);
}

/* ---- JSON ---- */

static void json_is_indented_or_on_one_line(void **state)
{
    (void)state;
    static const char *const expected[] = {
        [JSON_INDENTED] = "{\n \"a\": [\n  1,\n  true,\n  null\n ],\n \"b\": {}\n}\n",
        [JSON_ONE_LINE] = "{\"a\":[1,true,null],\"b\":{}}\n"};
    for (int layout = JSON_INDENTED; layout <= JSON_ONE_LINE; layout++) {
        Sheet sheet;
        JsonWriter *writer = json_writer_new(sheet_open(&sheet)->stream, (JsonLayout)layout);
        json_open_object(writer);
        json_put_array(writer, "a");
        json_add_number(writer, 1);
        json_add_bool(writer, true);
        json_add_text(writer, NULL);
        json_end(writer);
        json_put_object(writer, "b");
        json_end(writer);
        json_end(writer);
        json_writer_free(writer);
        sheet_expect(&sheet, expected[layout]);
    }
}

static void json_texts_are_cleaned(void **state)
{
    (void)state;
    Sheet sheet;
    JsonWriter *writer = json_writer_new(sheet_open(&sheet)->stream, JSON_ONE_LINE);
    json_open_array(writer);
    json_add_text(writer, "quote \" backslash \\ slash / \xC3\xA9");
    json_add_text(writer, "bad \xff bell \a override \xE2\x80\xAE line\nbreak");
    json_add_number(writer, UINT64_MAX);
    json_end(writer);
    json_writer_free(writer);
    sheet_expect(&sheet, "[\"quote \\\" backslash \\\\ slash / \xC3\xA9\","
                         "\"bad \xEF\xBF\xBD bell \xEF\xBF\xBD override \xEF\xBF\xBD line break\","
                         "18446744073709551615]\n");
}

/* ---- CSV ---- */

static void csv_fields_are_quoted_and_guarded(void **state)
{
    (void)state;
    Sheet sheet;
    CsvRow row = {.stream = sheet_open(&sheet)->stream};
    csv_header(&row, "a,b");
    csv_text(&row, "x,\"y\"");
    csv_text(&row, NULL);
    csv_text(&row, "=1+1");
    csv_number(&row, 7);
    csv_end(&row);
    csv_text(&row, "second");
    csv_end(&row);
    sheet_expect(&sheet, "a,b\r\n\"x,\"\"y\"\"\",,\"'=1+1\",7\r\nsecond\r\n");
}

/* ---- screen ---- */

static void widths_count_columns(void **state)
{
    (void)state;
    assert_int_equal(text_columns("abc"), 3);
    assert_int_equal(text_columns("\xC3\xA9t\xC3\xA9"), 3);
    assert_int_equal(text_columns("e\xCC\x81"), 1);                /* e, combining acute */
    assert_int_equal(text_columns("\xE6\x97\xA5\xE6\x9C\xAC"), 4); /* two wide characters */
    assert_int_equal(text_fitting_bytes("\xE6\x97\xA5\xE6\x9C\xAC", 3), 3);
    assert_int_equal(text_fitting_bytes("abc", 9), 3);
    assert_int_equal(text_fitting_bytes("abc", 0), 0);
}

static void text_wraps_between_words(void **state)
{
    (void)state;
    Sheet sheet;
    Screen narrow = {.columns = 26};
    screen_wrap(&narrow, sheet_open(&sheet)->stream, 2, "one two three four five six seven");
    sheet_expect(&sheet, "one two three four five\n  six seven\n");
    screen_wrap(&narrow, sheet_open(&sheet)->stream, 2, "abcdefghijklmnopqrstuvwxyz0123456789");
    sheet_expect(&sheet, "abcdefghijklmnopqrstuvwx\n  yz0123456789\n");
    Screen wide = {0};
    screen_wrap(&wide, sheet_open(&sheet)->stream, 2, "one\ntwo\x1b[31m");
    sheet_expect(&sheet, "one\\ntwo\\x1b[31m\n");
    screen_wrap(&wide, sheet_open(&sheet)->stream, 2, "");
    sheet_expect(&sheet, "\n");
}

static Table *small_table(void)
{
    static const TableColumn columns[] = {{"n", true, false}, {"what", false, true}};
    Table *table = table_new(columns, 2);
    table_cell_number(table, 7);
    table_cell(table, STYLE_BOLD, "the quick brown fox jumps");
    table_cell_number(table, 12);
    table_cell(table, STYLE_PLAIN, NULL);
    return table;
}

static void tables_fit_the_screen(void **state)
{
    (void)state;
    Sheet sheet;
    Table *table = small_table();
    assert_int_equal(table_row_count(table), 2);
    Screen any = {0};
    table_print(table, &any, sheet_open(&sheet)->stream);
    sheet_expect(&sheet, " n  what\n 7  the quick brown fox jumps\n12\n");
    Screen narrow = {.columns = 20};
    table_print(table, &narrow, sheet_open(&sheet)->stream);
    sheet_expect(&sheet, " n  what\n 7  the quick brown\n    fox jumps\n12\n");
    Screen tiny = {.columns = 1}; /* no cell is cut: the table is wider than the screen then */
    table_print(table, &tiny, sheet_open(&sheet)->stream);
    sheet_expect(&sheet, " n  what\n 7  the quick brown\n    fox jumps\n12\n");
    table_free(table);
}

static void colours_end_where_they_began(void **state)
{
    (void)state;
    Sheet sheet;
    Screen screen = {.color = true};
    screen_print(&screen, sheet_open(&sheet)->stream, STYLE_CRITICAL, "takeover");
    sheet_expect(&sheet, "\x1b[1;31mtakeover\x1b[0m");
    screen_print(&screen, sheet_open(&sheet)->stream, STYLE_PLAIN, "plain");
    sheet_expect(&sheet, "plain");
}

/* ---- files ---- */

static char *read_whole(const char *path)
{
    static char text[64];
    FILE *file = fopen(path, "rb");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[length] = '\0';
    if (file)
        assert_int_equal(fclose(file), 0);
    return file ? text : NULL;
}

static void files_appear_whole_or_not_at_all(void **state)
{
    (void)state;
    char directory[] = "/tmp/test-report-XXXXXX", path[64], deep[64];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/a", directory);
    snprintf(deep, sizeof deep, "%s/x/y", directory);
    OutputFile output;
    Error err = {""};
    assert_true(output_open(&output, path, &err));
    fputs("first", output.stream);
    assert_null(read_whole(path));
    assert_true(output_close(&output, &err));
    assert_string_equal(read_whole(path), "first");

    assert_true(output_open(&output, path, &err));
    assert_non_null(freopen("/dev/full", "wb", output.stream)); /* the disk is full from now on */
    fputs("second", output.stream);
    assert_false(output_close(&output, &err));
    assert_non_null(strstr(err.message, "cannot be written"));
    assert_string_equal(read_whole(path), "first");

    assert_false(output_open(&output, deep, &err));
    assert_true(directory_create(deep, &err));
    assert_true(directory_create(deep, &err));
    assert_false(directory_create(path, &err));
    rmdir(deep);
    snprintf(deep, sizeof deep, "%s/x", directory);
    rmdir(deep);
    unlink(path);
    assert_int_equal(rmdir(directory), 0); /* nothing half written is left */
}

/* ---- an analysis written down ---- */

typedef struct Tenant {
    Snapshot snapshot;
    Access access;
    Analysis analysis;
    Rules rules;
    AtomTable atoms;
    FieldTable fields;
    ARRAY(Start) starts;
} Tenant;

static void tenant_begin(Tenant *tenant)
{
    *tenant = (Tenant){.snapshot = hand_snapshot(&tenant->fields)};
    tenant->fields.names = interner_new(CASE_MATTERS);
    tenant->fields.types = interner_new(CASE_IGNORED);
    tenant->atoms.actions[0] = interner_new(CASE_IGNORED);
    tenant->atoms.actions[1] = interner_new(CASE_IGNORED);
    for (uint32_t c = 0; c < CAPABILITY_COUNT; c++) {
        Capability capability = {.name = "c", .label = "c", .severity = c % 2 ? "high" : "low"};
        ARRAY_PUSH(&tenant->rules.capabilities, capability);
    }
}

static void tenant_finish(Tenant *tenant)
{
    AccessOptions options = {.as_of = TIME_NONE};
    hand_finish(&tenant->snapshot);
    access_build(&tenant->access, &tenant->snapshot, &tenant->atoms, &options);
    analysis_prepare(&tenant->analysis, &tenant->snapshot, &tenant->access, &tenant->rules, NULL);
    uint32_t count = tenant->starts.count;
    for (uint32_t i = 0; i < count; i++)
        ARRAY_PUSH(&tenant->analysis.starts, tenant->starts.items[i]);
    tenant->analysis.results = memory_allocate(count + 1, sizeof *tenant->analysis.results);
    tenant->analysis.ranked = memory_allocate(count + 1, sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        tenant->analysis.ranked[i] = i;
        tenant->analysis.results[i].detailed = true;
        tenant->analysis.results[i].worst_chain = NONE;
    }
}

static void tenant_free(Tenant *tenant)
{
    analysis_free(&tenant->analysis);
    access_free(&tenant->access);
    atom_table_free(&tenant->atoms);
    snapshot_free(&tenant->snapshot);
    ARRAY_FREE(&tenant->rules.capabilities);
    ARRAY_FREE(&tenant->starts);
    fields_free(&tenant->fields);
}

static void add_identity(Tenant *tenant, uint32_t number, const char *name)
{
    char id[GUID_TEXT_BYTES];
    snprintf(id, sizeof id, "10000000-0000-0000-0000-%012u", (unsigned)number);
    Start start = {.kind = START_USER_ASSIGNED, .resource = NONE};
    start.principal = hand_principal(&tenant->snapshot, id, PRINCIPAL_USER_ASSIGNED, name);
    ARRAY_PUSH(&tenant->starts, start);
}

/* ---- names of pictures ---- */

static void pictures_have_safe_and_unique_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "id-train", "../../etc/passwd", "",         "con.svg",      "Same",      "same",
        "a--b",     ".hidden",          "overview", "\xE6\x97\xA5", "two words", "Twenty-seven"};
    static const char *const expected[] = {"id-train",  "etc-passwd", "start-",    "con.svg-",
                                           "Same-",     "same-",      "a-b",       "hidden",
                                           "overview-", "start-",     "two-words", "Twenty-seven"};
    enum { COUNT = sizeof names / sizeof *names };
    Tenant tenant;
    tenant_begin(&tenant);
    for (uint32_t i = 0; i < COUNT; i++)
        add_identity(&tenant, i, names[i]);
    tenant_finish(&tenant);
    Names *words = names_new(&tenant.analysis);
    DiagramPlan plan = diagram_plan_new(&tenant.analysis, words, COUNT - 1);
    for (uint32_t i = 0; i + 1 < COUNT; i++) {
        size_t length = strlen(expected[i]);
        bool suffixed = expected[i][length - 1] == '-';
        assert_memory_equal(plan.names[i], expected[i], length);
        assert_int_equal(strlen(plan.names[i]), suffixed ? length + 8 : length);
        assert_non_null(strstr(diagram_of_start(&plan, i), plan.names[i]));
        for (uint32_t other = 0; other < i; other++)
            assert_false(text_equal_any_case(plan.names[i], plan.names[other]));
    }
    assert_null(diagram_of_start(&plan, COUNT - 1)); /* beyond --diagrams */
    assert_null(diagram_of_start(NULL, 0));
    diagram_plan_free(&plan);
    names_free(words);
    tenant_free(&tenant);
}

/* ---- numbers of chains ---- */

static void chains_are_numbered_in_the_order_of_use(void **state)
{
    (void)state;
    Tenant tenant;
    tenant_begin(&tenant);
    add_identity(&tenant, 0, "a");
    add_identity(&tenant, 1, "b");
    tenant_finish(&tenant);
    Analysis *analysis = &tenant.analysis;
    for (uint32_t i = 0; i < 5; i++)
        ARRAY_PUSH(&analysis->chains, (Chain){0});
    static const uint32_t chains[] = {4, 2, 4, 2, 0}; /* three of the first, two of the second */
    ReachRow *rows = memory_allocate(5, sizeof *rows);
    for (uint32_t i = 0; i < 5; i++)
        rows[i].chain = chains[i];
    analysis->results[0].reach = rows;
    analysis->results[0].reach_count = 3;
    analysis->results[1].reach = rows + 3;
    analysis->results[1].reach_count = 2;
    analysis->ranked[0] = 1;
    analysis->ranked[1] = 0;
    char name[CHAIN_NAME_BYTES];
    ChainNumbers all = chain_numbers_new(analysis, NONE);
    assert_int_equal(all.count, 3);
    assert_string_equal(chain_name(&all, 2, name), "c1");
    assert_string_equal(chain_name(&all, 0, name), "c2");
    assert_string_equal(chain_name(&all, 4, name), "c3");
    assert_null(chain_name(&all, NONE, name));
    chain_numbers_free(&all);
    ChainNumbers one = chain_numbers_new(analysis, 0);
    assert_int_equal(one.count, 2);
    assert_string_equal(chain_name(&one, 4, name), "c1");
    chain_numbers_free(&one);
    tenant_free(&tenant);
    free(rows);
}

/* ---- targets of a picture ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 16;
}

/* Every target in exactly one group, no group mixed in what may never be mixed, and few enough. */
static void check_groups(const Report *report, TargetList *targets, uint32_t first, uint32_t end,
                         uint32_t room)
{
    TargetGroups groups = {0};
    uint32_t next = first, forced = 0;
    targets_group(report, targets, first, end, room, &groups);
    for (uint32_t g = 0; g < groups.count; g++) {
        const TargetGroup *group = &groups.items[g];
        assert_int_equal(group->first, next);
        next += group->count;
        for (uint32_t i = 1; i < group->count; i++) {
            const Target *a = &targets->items[group->first], *b = a + i;
            assert_int_equal(a->in_scope, b->in_scope);
            assert_int_equal(a->certainty, b->certainty);
        }
    }
    assert_int_equal(next, end);
    forced = 6; /* three certainties, needed or not */
    assert_true(groups.count <= (room > forced ? room : forced));
    ARRAY_FREE(&groups);
}

static void add_resources(Tenant *tenant, uint32_t *seed)
{
    char id[256];
    for (uint32_t i = 0; i < 60; i++) {
        const char *type = next_random(seed) % 2 ? VAULT : STORE;
        snprintf(id, sizeof id, SUB "/resourceGroups/rg%u/providers/%s/r%u",
                 (unsigned)(next_random(seed) % 4), type, (unsigned)i);
        hand_resource(&tenant->snapshot, id, type);
    }
}

/* The scope, or the root when there is no resource of some type of the row below it. */
static uint32_t scope_with_all(const ScopeTree *tree, uint32_t scope, const ReachRow *row)
{
    for (uint32_t t = 0; t < row->type_count; t++) {
        bool found = false;
        for (uint32_t s = scope; s < tree->scopes[scope].end; s++)
            found |=
                tree->scopes[s].resource != NONE && tree->scopes[s].type == row->by_type[t].type;
        if (!found)
            return 0;
    }
    return scope;
}

static void random_rows(Tenant *tenant, uint32_t *seed, ReachRow *rows, uint32_t count,
                        TypeCount *types)
{
    const ScopeTree *tree = &tenant->access.tree;
    types[0].type = interner_find(&tenant->snapshot.ids, VAULT);
    types[1].type = interner_find(&tenant->snapshot.ids, STORE);
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (ReachRow){.scope = next_random(seed) % tree->count,
                             .capability = next_random(seed) % CAPABILITY_COUNT,
                             .certainty = (Certainty)(next_random(seed) % 4),
                             .in_task_scope = next_random(seed) % 3 == 0,
                             .by_type = types,
                             .type_count = 1 + next_random(seed) % 2,
                             .held_by = 0,
                             .chain = next_random(seed) % 5};
        rows[i].scope = scope_with_all(tree, rows[i].scope, &rows[i]);
    }
}

/* What targets_find must find, the slow way. */
static uint32_t count_reached(const Tenant *tenant, const ReachRow *rows, uint32_t count)
{
    const ScopeTree *tree = &tenant->access.tree;
    uint32_t total = 0;
    for (uint32_t s = 0; s < tree->count; s++) {
        bool reached = false;
        for (uint32_t i = 0; i < count && tree->scopes[s].resource != NONE; i++)
            for (uint32_t t = 0; t < rows[i].type_count; t++)
                reached |= rows[i].certainty <= ELIGIBLE && s >= rows[i].scope &&
                           s < tree->scopes[rows[i].scope].end &&
                           rows[i].by_type[t].type == tree->scopes[s].type;
        total += reached;
    }
    return total;
}

static void every_resource_is_drawn_once(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 40; round++) {
        enum { ROWS = 12 };
        uint32_t seed = round * 77 + 5;
        ReachRow *rows = memory_allocate(ROWS, sizeof *rows);
        TypeCount types[2] = {{0}};
        Step *steps = memory_allocate(8, sizeof *steps);
        Tenant tenant;
        tenant_begin(&tenant);
        add_identity(&tenant, 0, "a");
        add_resources(&tenant, &seed);
        tenant_finish(&tenant);
        for (uint32_t i = 0; i < 5; i++)
            ARRAY_PUSH(&tenant.analysis.chains, ((Chain){.steps = steps, .step_count = 1 + i}));
        random_rows(&tenant, &seed, rows, ROWS, types);
        tenant.analysis.results[0].reach = rows;
        tenant.analysis.results[0].reach_count = ROWS;
        Report report = {.analysis = &tenant.analysis, .names = names_new(&tenant.analysis)};
        TargetList targets = targets_find(&report, 0);
        assert_int_equal(targets.count, count_reached(&tenant, rows, ROWS));
        for (uint32_t first = 0, end; first < targets.count; first = end) {
            for (end = first;
                 end < targets.count && targets.items[end].hop == targets.items[first].hop;)
                end++;
            check_groups(&report, &targets, first, end, 1 + next_random(&seed) % 12);
        }
        targets_free(&targets);
        names_free(report.names);
        tenant_free(&tenant);
        free(rows);
        free(steps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_indented_or_on_one_line),
        cmocka_unit_test(json_texts_are_cleaned),
        cmocka_unit_test(csv_fields_are_quoted_and_guarded),
        cmocka_unit_test(widths_count_columns),
        cmocka_unit_test(text_wraps_between_words),
        cmocka_unit_test(tables_fit_the_screen),
        cmocka_unit_test(colours_end_where_they_began),
        cmocka_unit_test(files_appear_whole_or_not_at_all),
        cmocka_unit_test(pictures_have_safe_and_unique_names),
        cmocka_unit_test(chains_are_numbered_in_the_order_of_use),
        cmocka_unit_test(every_resource_is_drawn_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
