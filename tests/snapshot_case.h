#ifndef TESTS_SNAPSHOT_CASE_H
#define TESTS_SNAPSHOT_CASE_H

#include "snapshot/fields.h"
#include "snapshot/snapshot.h"

/*
 * A snapshot made of files that stand in the test itself: a test writes what an export tool would
 * have written and looks at what was read.  In the texts ' stands for " and ` for ', so that
 * JSON stays readable in C.
 */
typedef struct SnapshotCase {
    char directory[64];
    FieldTable fields;
    Snapshot snapshot;
    bool is_read;
} SnapshotCase;

/* For cmocka_unit_test_setup_teardown; *state becomes a SnapshotCase. */
int case_setup(void **state);
int case_teardown(void **state);

/* `name` may hold directories.  Existing files are replaced. */
void case_write(SnapshotCase *test, const char *name, const char *text);

/* Reads the directory (again).  Whatever fails here ends the program. */
Snapshot *case_read(SnapshotCase *test);
Snapshot *case_read_threads(SnapshotCase *test, uint32_t threads);

/* The common start: one file. */
Snapshot *case_of(SnapshotCase *test, const char *name, const char *text);

const SourceFile *case_file(const Snapshot *snapshot, const char *path);

/* "used 3 duplicate 1 not-relevant 0 not-understood 2". */
const char *case_ledger(const Snapshot *snapshot, const char *path);

/* All messages, one line each, "error " or "warning " in front; lives until the next call. */
const char *case_messages(const Snapshot *snapshot);

/* "name=value name=value" of a resource, in the order they are kept; until the next call. */
const char *case_properties(const Snapshot *snapshot, const char *arm_id);

/* The names of the principals attached to a resource, separated by blanks; until the next call. */
const char *case_identities(const Snapshot *snapshot, const char *arm_id);

const Principal *case_principal(const Snapshot *snapshot, const char *object_id);
const Gap *case_gap(const Snapshot *snapshot, const char *missing); /* NULL: none */

/* Every file of data/ from the repository's root, where the tests are run. */
#define CASE_DATA_DIR "data"

/* Ids that tests use. */
#define SUB         "/subscriptions/11111111-1111-1111-1111-111111111111"
#define RG          SUB "/resourceGroups/rg"
#define ML          RG "/providers/Microsoft.MachineLearningServices/workspaces/mlw"
#define READER      "acdd72a7-3385-48ef-bd42-f606fba81ae7"
#define CONTRIBUTOR "b24988ac-6180-42a0-ab88-20f7382dd24c"
#define ALICE       "aaaaaaaa-0000-0000-0000-000000000001"
#define BOB         "bbbbbbbb-0000-0000-0000-000000000002"
#define TEAM        "cccccccc-0000-0000-0000-000000000003"
#define ROBOT       "dddddddd-0000-0000-0000-000000000004"
#define TENANT      "eeeeeeee-0000-0000-0000-000000000005"
#define NIL_GUID    "00000000-0000-0000-0000-000000000000"

#endif
