#include "snapshot/snapshot.h"

#include "base/memory.h"
#include "base/text.h"
#include "snapshot/arm_id.h"
#include "snapshot/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- manifests ---- */

typedef struct ManifestEntries {
    ARRAY(ManifestEntry) rows;
    Arena arena;
} ManifestEntries;

typedef struct ManifestReader {
    const char *path; /* of the manifest */
    ManifestEntries *entries;
} ManifestReader;

/* "sub/manifest.json" and "members.json" give "sub/members.json". */
static const char *beside(Arena *arena, const char *manifest, const char *name)
{
    const char *slash = strrchr(manifest, '/');
    int directory = slash ? (int)(slash - manifest) + 1 : 0;
    return arena_format(arena, "%.*s%s", directory, manifest, name);
}

static void take_manifest(void *context, const InputRecord *record)
{
    ManifestReader *reader = context;
    Arena *arena = &reader->entries->arena;
    if (!text_equal(json_text(json_member(record->value, "schema")), MANIFEST_SCHEMA))
        return;
    const JsonValue *files = json_member(record->value, "files");
    for (const JsonValue *file = json_first(files); file; file = json_next(file)) {
        const char *path = json_text(json_member(file, "path"));
        const char *kind = json_text(json_member(file, "kind"));
        const char *of = json_text(json_member(file, "of"));
        ManifestEntry entry = {.kind = record_kind_find(kind ? kind : "")};
        if (!path || entry.kind == RECORD_KIND_COUNT)
            continue;
        entry.path = beside(arena, reader->path, path);
        entry.of = of ? arena_copy_text(arena, of) : NULL;
        ARRAY_PUSH(&reader->entries->rows, entry);
    }
}

static void ignore_document(void *context, const InputDocument *document)
{
    (void)context;
    (void)document;
}

static void ignore_problem(void *context, const InputProblem *problem)
{
    (void)context; /* told when the file is read with all others */
    (void)problem;
}

static void read_manifests(const InputList *inputs, ManifestEntries *entries)
{
    for (uint32_t i = 0; i < input_file_count(inputs); i++) {
        const InputFile *file = input_file(inputs, i);
        const char *slash = strrchr(file->path, '/');
        if (!file->relevant || !file->readable ||
            !text_equal_any_case(slash ? slash + 1 : file->path, MANIFEST_NAME))
            continue;
        ManifestReader reader = {.path = file->path, .entries = entries};
        const InputHandler handler = {&reader, take_manifest, ignore_document, ignore_problem};
        InputResult result;
        Error ignored;
        input_read(inputs, i, &handler, &result, &ignored);
    }
    if (entries->rows.count)
        qsort(entries->rows.items, entries->rows.count, sizeof *entries->rows.items,
              manifest_by_path);
}

/* ---- reading ---- */

typedef struct Progress {
    Store *store;
    const SnapshotOptions *options;
    atomic_bool *cancelled;
    uint64_t done_bytes;
    uint64_t total_bytes;
} Progress;

static void commit_batch(void *context, const Batch *batch)
{
    Progress *progress = context;
    const SnapshotOptions *options = progress->options;
    store_commit(progress->store, batch);
    if (progress->store->stopped)
        atomic_store(progress->cancelled, true);
    if (!batch->last)
        return;
    progress->done_bytes += input_file(progress->store->inputs, batch->file)->length_bytes;
    if (options->progress)
        options->progress(options->progress_context, progress->done_bytes, progress->total_bytes);
}

static void read_all(Store *store, const InputList *inputs, const FieldTable *fields,
                     const SnapshotOptions *options)
{
    atomic_bool cancelled = false;
    ManifestEntries manifest = {0};
    KeyTable *keys = key_table_new();
    Detector *detector = detector_new();
    Progress progress = {store, options, &cancelled, 0, 0};
    for (uint32_t i = 0; i < input_file_count(inputs); i++)
        progress.total_bytes += input_file(inputs, i)->length_bytes;
    read_manifests(inputs, &manifest);
    const FileSetup setup = {
        inputs, keys, fields, detector, manifest.rows.items, manifest.rows.count};
    const Pipeline pipeline = {.setup = &setup,
                               .file_count = input_file_count(inputs),
                               .threads = options->threads ? options->threads : 1,
                               .cancelled = &cancelled,
                               .context = &progress,
                               .commit = commit_batch};
    pipeline_run(&pipeline);
    ARRAY_FREE(&manifest.rows);
    arena_free(&manifest.arena);
    detector_free(detector);
    key_table_free(keys);
}

static Snapshot snapshot_new(const FieldTable *fields)
{
    return (Snapshot){.ids = interner_new(CASE_IGNORED),
                      .texts = interner_new(CASE_MATTERS),
                      .fields = fields,
                      .as_of = TIME_NONE,
                      .tenant_id = NONE};
}

static void store_start(Store *store)
{
    for (uint32_t i = 0; i < TENANT_SOURCE_COUNT; i++)
        store->tenants[i].tenant = NONE;
    store->places = (ListPlaces){.number = 1, .subscription = NONE};
    store->directory_assignments = interner_new(CASE_MATTERS);
}

bool snapshot_read(Snapshot *snapshot, const char *const *paths, uint32_t path_count,
                   const FieldTable *fields, const SnapshotOptions *options, Error *err)
{
    static const SnapshotOptions defaults;
    InputList *inputs;
    *snapshot = snapshot_new(fields);
    if (!options)
        options = &defaults;
    if (!input_list(paths, path_count, &options->limits, &inputs, err))
        return false;
    Store store = {.snapshot = snapshot, .stop_at_error = options->strict};
    store_start(&store);
    ledger_open(&store, inputs);
    read_all(&store, inputs, fields, options);
    store_finish(&store);
    bool good = !store.stopped;
    if (!good)
        error_set(err, "%s", store.error.message);
    store_free(&store);
    input_list_free(inputs);
    return good;
}

void snapshot_free(Snapshot *snapshot)
{
    interner_free(&snapshot->ids);
    interner_free(&snapshot->texts);
    arena_free(&snapshot->arena);
    ARRAY_FREE(&snapshot->files);
    ARRAY_FREE(&snapshot->records);
    ARRAY_FREE(&snapshot->principals);
    ARRAY_FREE(&snapshot->relations);
    ARRAY_FREE(&snapshot->applications);
    ARRAY_FREE(&snapshot->directory_roles);
    ARRAY_FREE(&snapshot->directory_role_definitions);
    ARRAY_FREE(&snapshot->administrative_units);
    ARRAY_FREE(&snapshot->unit_members);
    ARRAY_FREE(&snapshot->app_roles);
    ARRAY_FREE(&snapshot->delegated_grants);
    ARRAY_FREE(&snapshot->federated_credentials);
    ARRAY_FREE(&snapshot->role_definitions);
    ARRAY_FREE(&snapshot->role_assignments);
    ARRAY_FREE(&snapshot->deny_assignments);
    ARRAY_FREE(&snapshot->locks);
    ARRAY_FREE(&snapshot->management_groups);
    ARRAY_FREE(&snapshot->subscriptions);
    ARRAY_FREE(&snapshot->assumed_placements);
    ARRAY_FREE(&snapshot->resources);
    ARRAY_FREE(&snapshot->properties);
    ARRAY_FREE(&snapshot->attachments);
    ARRAY_FREE(&snapshot->access_policies);
    ARRAY_FREE(&snapshot->not_understood);
    ARRAY_FREE(&snapshot->not_relevant);
    ARRAY_FREE(&snapshot->messages);
    ARRAY_FREE(&snapshot->truncations);
    ARRAY_FREE(&snapshot->empty_lists);
    ARRAY_FREE(&snapshot->gaps);
    free(snapshot->principal_of_id);
    free(snapshot->resource_of_id);
    *snapshot = (Snapshot){0};
}

enum { EXIT_BAD_INPUT = 3 };

int snapshot_exit_status(const Snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->files.count; i++)
        if (snapshot->files.items[i].failed || !snapshot->files.items[i].complete)
            return EXIT_BAD_INPUT;
    for (uint32_t i = 0; i < snapshot->messages.count; i++)
        if (snapshot->messages.items[i].is_error)
            return EXIT_BAD_INPUT;
    return 0;
}

/* ---- looking things up ---- */

Id snapshot_find_id(const Snapshot *snapshot, const char *text)
{
    char normal[ARM_ID_MAX_BYTES + 2];
    if (!text)
        return NONE;
    Id id = interner_find(&snapshot->ids, text);
    if (id != NONE || strlen(text) > ARM_ID_MAX_BYTES)
        return id;
    return interner_find(&snapshot->ids, scope_normalise(text, normal, sizeof normal));
}

uint32_t principal_by_id(const Snapshot *snapshot, Id object_id)
{
    return object_id < snapshot->id_map_count ? snapshot->principal_of_id[object_id] : NONE;
}

uint32_t resource_by_id(const Snapshot *snapshot, Id id)
{
    return id < snapshot->id_map_count ? snapshot->resource_of_id[id] : NONE;
}

uint32_t snapshot_find_principal(const Snapshot *snapshot, const char *object_id)
{
    return principal_by_id(snapshot, snapshot_find_id(snapshot, object_id));
}

uint32_t snapshot_find_resource(const Snapshot *snapshot, const char *arm_id)
{
    return resource_by_id(snapshot, snapshot_find_id(snapshot, arm_id));
}

const char *id_text(const Snapshot *snapshot, Id id)
{
    return interned_text(&snapshot->ids, id);
}

const char *text_text(const Snapshot *snapshot, Text text)
{
    return interned_text(&snapshot->texts, text);
}

static const char *find_property(const Snapshot *snapshot, uint32_t first, uint32_t count,
                                 const char *name, uint32_t *record)
{
    uint32_t wanted = field_name_find(snapshot->fields, name);
    for (uint32_t i = first; i < first + count; i++) {
        const Property *property = &snapshot->properties.items[i];
        if (property->name != wanted)
            continue;
        if (record)
            *record = property->record;
        return text_text(snapshot, property->value);
    }
    return NULL;
}

const char *resource_property(const Snapshot *snapshot, const Resource *resource, const char *name,
                              uint32_t *record)
{
    return find_property(snapshot, resource->first_property, resource->property_count, name,
                         record);
}

const char *principal_property(const Snapshot *snapshot, const Principal *principal,
                               const char *name, uint32_t *record)
{
    return find_property(snapshot, principal->first_property, principal->property_count, name,
                         record);
}

bool property_value_equal(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '_')
            a++;
        while (*b == '_')
            b++;
        if (text_lower_char(*a) != text_lower_char(*b))
            return false;
        if (!*a)
            return true;
    }
}

bool resource_is_type(const Snapshot *snapshot, const Resource *resource, const char *type)
{
    return text_equal_any_case(id_text(snapshot, resource->type), type);
}

const char *record_pointer(const Snapshot *snapshot, uint32_t record, char *buffer,
                           size_t buffer_bytes)
{
    const Record *known = &snapshot->records.items[record];
    const char *container = text_text(snapshot, known->container);
    if (known->index == NONE)
        snprintf(buffer, buffer_bytes, "%s", container);
    else
        snprintf(buffer, buffer_bytes, "%s/%u", container, (unsigned)known->index);
    return buffer;
}

void message_line(const Snapshot *snapshot, const Message *message, TextBuffer *line)
{
    const RecordPlace *place = &message->place;
    text_append(line, snapshot->files.items[place->file].path);
    if (place->line)
        text_append_format(line, ":%u", (unsigned)place->line);
    text_append(line, ": ");
    size_t before = line->length_bytes;
    text_append(line, place->container ? place->container : "");
    if (place->index != NONE)
        text_append_format(line, "/%u", (unsigned)place->index);
    text_append(line, message->member);
    if (line->length_bytes > before)
        text_append(line, ": ");
    text_append(line, message->text);
}

/* "3f2a9c01 (unresolved)": there is nothing to call it by.  finish_principals put it among the
   texts, so that the name returned lives as long as the snapshot. */
const char *principal_name(const Snapshot *snapshot, uint32_t principal)
{
    const Principal *known = &snapshot->principals.items[principal];
    if (known->name != NONE)
        return text_text(snapshot, known->name);
    if (known->user_principal_name != NONE)
        return text_text(snapshot, known->user_principal_name);
    if (known->resource_id != NONE)
        return arm_id_name(id_text(snapshot, known->resource_id));
    char name[UNRESOLVED_BYTES];
    unresolved_name(name, id_text(snapshot, known->object_id));
    return text_text(snapshot, interner_find(&snapshot->texts, name));
}
