#include "base/array.h"
#include "base/text.h"
#include "input/json.h"
#include "snapshot/fields.h"
#include "snapshot/snapshot.h"
#include "snapshot_case.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/*
 * Real exports and small tenants that stand beside the repository, where they are present.  The
 * numbers of every file must add up, and what is not understood is known file by file.
 */
#define SAMPLES   "../shared/samples"
#define SCENARIOS "../shared/scenarios"

static FieldTable fields;

static int load_fields(void **state)
{
    Error err;
    (void)state;
    if (!fields_load(&fields, CASE_DATA_DIR, &err))
        fail_msg("%s", err.message);
    return 0;
}

static int free_fields(void **state)
{
    (void)state;
    fields_free(&fields);
    return 0;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void skip_without(const char *path)
{
    if (is_directory(path))
        return;
    print_message("skipped: no %s here\n", path);
    skip();
}

static Snapshot read_directory(const char *path)
{
    const SnapshotOptions options = {.threads = 2};
    Snapshot snapshot;
    Error err;
    if (!snapshot_read(&snapshot, &path, 1, &fields, &options, &err))
        fail_msg("%s: %s", path, err.message);
    snapshot_find_gaps(&snapshot);
    return snapshot;
}

static void check_sums(const Snapshot *snapshot, const char *path)
{
    for (uint32_t i = 0; i < snapshot->files.count; i++) {
        const SourceFile *file = &snapshot->files.items[i];
        if (file->records !=
            file->used + file->duplicate + file->not_relevant + file->not_understood)
            fail_msg("%s/%s: the numbers do not add up", path, file->path);
    }
}

/* ---- samples ---- */

/* Records that cannot be used, and why. */
typedef struct Expected {
    const char *path;
    uint32_t not_understood;
    const char *reason; /* part of the first reason of the file */
} Expected;

static const Expected EXPECTED[] = {
    /* member and owner lists that do not say whose they are */
    {"azure-cli/az_ad_app_owner_list.json", 1, "group not named"},
    {"azure-cli/az_ad_group_member_list.json", 1, "group not named"},
    {"ms-graph/application_owners.json", 1, "group not named"},
    {"ms-graph/group_members.json", 1, "group not named"},
    {"ms-graph/group_owners.json", 2, "group not named"},
    /* official examples with invented values instead of ids */
    {"rest-examples/authorization/roleDefinitions_2022-04-01.json", 1, "ends in a GUID"},
    {"rest-examples/machinelearningservices/Datastore_list.json", 1, "found \"string\""},
    {"rest-examples/machinelearningservices/Job_CommandJob_list.json", 1, "found \"string\""},
    {"rest-examples/machinelearningservices/Job_SweepJob_get.json", 1, "found \"string\""},
    {"rest-examples/machinelearningservices/OnlineDeployment_list.json", 1, "found \"string\""},
    {"rest-examples/machinelearningservices/Registries_list-SystemCreated.json", 1,
     "found \"string\""},
    {"rest-examples/machinelearningservices/Workspace_BatchEndpoint_list.json", 1,
     "found \"string\""},
    {"rest-examples/machinelearningservices/Workspace_EnvironmentVersion_list.json", 1,
     "found \"string\""},
    {"rest-examples/machinelearningservices/Workspace_OnlineEndpoint_list.json", 1,
     "found \"string\""},
    {"rest-examples/machinelearningservices/Workspace_ServerlessEndpoint_list.json", 1,
     "found \"string\""},
    {"rest-examples/other/msi_SystemAssignedIdentityGet.json", 1, "id of a resource"},
};

static const Expected *expected_of(const char *group, const char *path)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%s", group, path);
    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++)
        if (text_equal(EXPECTED[i].path, name))
            return &EXPECTED[i];
    return NULL;
}

static void check_file(const char *group, const SourceFile *file)
{
    const Expected *expected = expected_of(group, file->path);
    uint32_t count = expected ? expected->not_understood : 0;
    if (file->not_understood != count)
        fail_msg("%s/%s: %u records not understood, expected %u: %s", group, file->path,
                 file->not_understood, count, file->remark ? file->remark : "");
    if (expected && !strstr(file->remark, expected->reason))
        fail_msg("%s/%s: %s", group, file->path, file->remark);
}

static void samples_that_are_read(void **state)
{
    static const char *const groups[] = {"azure-cli",      "arm-rest",  "ms-graph",
                                         "resource-graph", "aml-rest",  "az-ml-cli",
                                         "rest-examples",  "encodings", "azurehound"};
    (void)state;
    skip_without(SAMPLES);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        char path[256];
        snprintf(path, sizeof path, SAMPLES "/%s", groups[i]);
        Snapshot snapshot = read_directory(path);
        check_sums(&snapshot, path);
        for (uint32_t k = 0; k < snapshot.files.count; k++)
            check_file(groups[i], &snapshot.files.items[k]);
        snapshot_free(&snapshot);
    }
}

/* Tools that are not read: every file of theirs is named with its tool or holds plain ARM. */
static void samples_that_are_only_recognised(void **state)
{
    static const struct {
        const char *group;
        const char *tool;
    } groups[] = {{"powershell/Get-AzRoleDefinition", "Azure PowerShell"},
                  {"azgovviz/RoleDefinitions", "Azure Governance Visualizer"},
                  {"azgovviz/RoleAssignments", "Azure PowerShell"}};
    (void)state;
    skip_without(SAMPLES);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        char path[256];
        snprintf(path, sizeof path, SAMPLES "/%s", groups[i].group);
        Snapshot snapshot = read_directory(path);
        check_sums(&snapshot, path);
        for (uint32_t k = 0; k < snapshot.files.count; k++) {
            const SourceFile *file = &snapshot.files.items[k];
            assert_int_equal(file->not_understood, file->records);
            assert_non_null(strstr(file->remark, groups[i].tool));
        }
        snapshot_free(&snapshot);
    }
}

static void all_samples_at_once(void **state)
{
    (void)state;
    skip_without(SAMPLES);
    Snapshot snapshot = read_directory(SAMPLES);
    check_sums(&snapshot, SAMPLES);
    assert_true(snapshot.files.count > 100);
    assert_true(snapshot.role_assignments.count > 400);
    snapshot_free(&snapshot);
}

/* ---- scenarios ---- */

static const JsonValue *read_expectations(Arena *arena, const char *scenario)
{
    char path[600];
    const JsonValue *root = NULL;
    Error err;
    snprintf(path, sizeof path, "%s/expect.json", scenario);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    TextBuffer text = {0};
    char block[4096];
    size_t length;
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        text_append_bytes(&text, block, length);
    fclose(file);
    if (!json_parse(arena, text.text, text.length_bytes, &root, &err))
        fail_msg("%s: %s", path, err.message);
    text_buffer_free(&text);
    return root;
}

static uint32_t count_of(const SourceFile *file, const char *name)
{
    return strcmp(name, "records") == 0        ? file->records
           : strcmp(name, "used") == 0         ? file->used
           : strcmp(name, "duplicate") == 0    ? file->duplicate
           : strcmp(name, "not_relevant") == 0 ? file->not_relevant
                                               : file->not_understood;
}

static void check_ledger(const Snapshot *snapshot, const JsonValue *check, const char *scenario)
{
    static const char *const names[] = {"records", "used", "duplicate", "not_relevant",
                                        "not_understood"};
    const char *wanted = json_text(json_member(check, "file"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        double expected;
        uint32_t sum = 0;
        if (!json_number(json_member(check, names[i]), &expected))
            continue;
        for (uint32_t k = 0; k < snapshot->files.count; k++)
            if (text_equal(wanted, "*") || text_equal(wanted, snapshot->files.items[k].path))
                sum += count_of(&snapshot->files.items[k], names[i]);
        if (sum != (uint32_t)expected)
            fail_msg("%s: %s of %s is %u", scenario, names[i], wanted, sum);
    }
}

static bool gap_contains(const Snapshot *snapshot, const char *part)
{
    for (uint32_t i = 0; i < snapshot->gaps.count; i++)
        if (text_find_any_case(snapshot->gaps.items[i].missing, part))
            return true;
    return false;
}

/* "mentions" is a text or a list of which one is enough. */
static void check_gap(const Snapshot *snapshot, const JsonValue *check, const char *scenario)
{
    const JsonValue *mentions = json_member(check, "mentions");
    bool found = json_text(mentions) && gap_contains(snapshot, json_text(mentions));
    for (const JsonValue *part = json_first(mentions); part; part = json_next(part))
        found |= json_text(part) && gap_contains(snapshot, json_text(part));
    if (!found)
        fail_msg("%s: no gap as expected", scenario);
}

static void check_scenario(const char *scenario)
{
    char path[600];
    Arena arena = {0};
    snprintf(path, sizeof path, "%s/snapshot", scenario);
    Snapshot snapshot = read_directory(path);
    const JsonValue *checks = json_member(read_expectations(&arena, scenario), "checks");
    uint32_t expected_not_understood = 0;
    for (const JsonValue *check = json_first(checks); check; check = json_next(check)) {
        const char *kind = json_text(json_member(check, "check"));
        double number;
        if (text_equal(kind, "ledger"))
            check_ledger(&snapshot, check, scenario);
        if (text_equal(kind, "ledger") &&
            json_number(json_member(check, "not_understood"), &number))
            expected_not_understood += (uint32_t)number;
        if (text_equal(kind, "gap"))
            check_gap(&snapshot, check, scenario);
    }
    uint32_t not_understood = 0;
    for (uint32_t i = 0; i < snapshot.files.count; i++)
        not_understood += snapshot.files.items[i].not_understood;
    if (not_understood != expected_not_understood)
        fail_msg("%s: %u records not understood", scenario, not_understood);
    check_sums(&snapshot, scenario);
    snapshot_free(&snapshot);
    arena_free(&arena);
}

static void scenarios(void **state)
{
    (void)state;
    skip_without(SCENARIOS);
    DIR *directory = opendir(SCENARIOS);
    assert_non_null(directory);
    uint32_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[512];
        snprintf(path, sizeof path, SCENARIOS "/%s", entry->d_name);
        if (entry->d_name[0] == '.' || !is_directory(path))
            continue;
        check_scenario(path);
        count++;
    }
    closedir(directory);
    assert_true(count >= 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_that_are_read),
        cmocka_unit_test(samples_that_are_only_recognised),
        cmocka_unit_test(all_samples_at_once),
        cmocka_unit_test(scenarios),
    };
    return cmocka_run_group_tests(tests, load_fields, free_fields);
}
