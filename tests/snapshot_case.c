#define _XOPEN_SOURCE 700 /* nftw */
#include "snapshot_case.h"

#include "base/memory.h"
#include "base/text.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static TextBuffer story;

/* This file also goes into programs without a test library. */
static _Noreturn void give_up(const char *what, const char *which)
{
    fprintf(stderr, "%s%s\n", what, which);
    abort();
}

static void must(bool good, const char *what)
{
    if (!good)
        give_up("failed: ", what);
}

int case_setup(void **state)
{
    SnapshotCase *test = memory_allocate(1, sizeof *test);
    Error err;
    snprintf(test->directory, sizeof test->directory, "/tmp/test-snapshot-XXXXXX");
    must(mkdtemp(test->directory) != NULL, "mkdtemp");
    if (!fields_load(&test->fields, CASE_DATA_DIR, &err))
        give_up("", err.message);
    *state = test;
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

int case_teardown(void **state)
{
    SnapshotCase *test = *state;
    if (test->is_read)
        snapshot_free(&test->snapshot);
    fields_free(&test->fields);
    text_buffer_free(&story);
    int result = nftw(test->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(test);
    return result;
}

static void make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
}

void case_write(SnapshotCase *test, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", test->directory, name);
    make_directories(path);
    FILE *file = fopen(path, "wb");
    must(file != NULL, path);
    for (; *text; text++)
        fputc(*text == '\'' ? '"' : *text == '`' ? '\'' : *text, file);
    must(fclose(file) == 0, path);
}

Snapshot *case_read_threads(SnapshotCase *test, uint32_t threads)
{
    const char *paths[] = {test->directory};
    const SnapshotOptions options = {.threads = threads};
    Error err;
    if (test->is_read)
        snapshot_free(&test->snapshot);
    test->is_read = true;
    if (!snapshot_read(&test->snapshot, paths, 1, &test->fields, &options, &err))
        give_up("", err.message);
    return &test->snapshot;
}

Snapshot *case_read(SnapshotCase *test)
{
    return case_read_threads(test, 1);
}

Snapshot *case_of(SnapshotCase *test, const char *name, const char *text)
{
    case_write(test, name, text);
    return case_read(test);
}

const SourceFile *case_file(const Snapshot *snapshot, const char *path)
{
    for (uint32_t i = 0; i < snapshot->files.count; i++)
        if (text_equal(snapshot->files.items[i].path, path))
            return &snapshot->files.items[i];
    give_up("not in the ledger: ", path);
}

const char *case_ledger(const Snapshot *snapshot, const char *path)
{
    const SourceFile *file = case_file(snapshot, path);
    must(file->records == file->used + file->duplicate + file->not_relevant + file->not_understood,
         "the ledger adds up");
    text_buffer_clear(&story);
    text_append_format(&story, "used %u duplicate %u not-relevant %u not-understood %u", file->used,
                       file->duplicate, file->not_relevant, file->not_understood);
    return story.text;
}

const char *case_messages(const Snapshot *snapshot)
{
    text_buffer_clear(&story);
    text_append(&story, "");
    for (uint32_t i = 0; i < snapshot->messages.count; i++) {
        text_append(&story, snapshot->messages.items[i].is_error ? "error " : "warning ");
        message_line(snapshot, &snapshot->messages.items[i], &story);
        text_append(&story, "\n");
    }
    return story.text;
}

static const Resource *find_resource(const Snapshot *snapshot, const char *arm_id)
{
    uint32_t index = snapshot_find_resource(snapshot, arm_id);
    if (index == NONE)
        give_up("no resource ", arm_id);
    return &snapshot->resources.items[index];
}

const char *case_properties(const Snapshot *snapshot, const char *arm_id)
{
    const Resource *resource = find_resource(snapshot, arm_id);
    text_buffer_clear(&story);
    text_append(&story, "");
    for (uint32_t i = 0; i < resource->property_count; i++) {
        const Property *property = &snapshot->properties.items[resource->first_property + i];
        text_append_format(&story, "%s%s=%s", i ? " " : "",
                           interned_text(&snapshot->fields->names, property->name),
                           text_text(snapshot, property->value));
    }
    return story.text;
}

const char *case_identities(const Snapshot *snapshot, const char *arm_id)
{
    const Resource *resource = find_resource(snapshot, arm_id);
    text_buffer_clear(&story);
    text_append(&story, "");
    for (uint32_t i = 0; i < resource->attachment_count; i++) {
        const Attachment *attachment = &snapshot->attachments.items[resource->first_attachment + i];
        const Principal *principal = &snapshot->principals.items[attachment->principal];
        text_append_format(
            &story, "%s%s%s:%s", i ? " " : "", attachment->system_assigned ? "system " : "user ",
            principal_name(snapshot, attachment->principal),
            principal->object_id == NONE ? "?" : id_text(snapshot, principal->object_id));
    }
    return story.text;
}

const Principal *case_principal(const Snapshot *snapshot, const char *object_id)
{
    uint32_t index = snapshot_find_principal(snapshot, object_id);
    if (index == NONE)
        give_up("no principal ", object_id);
    return &snapshot->principals.items[index];
}

const Gap *case_gap(const Snapshot *snapshot, const char *missing)
{
    for (uint32_t i = 0; i < snapshot->gaps.count; i++)
        if (text_equal(snapshot->gaps.items[i].missing, missing))
            return &snapshot->gaps.items[i];
    return NULL;
}
