#include "base/text.h"
#include "snapshot/batch.h"

#include <stdlib.h>
#include <string.h>

/* The first sign of more pages, by the tool that writes it. */
static const char *const NEXT_PAGE_MEMBERS[] = {
    "nextLink", "@odata.nextLink", "odata.nextLink", "skip_token", "skipToken", "$skipToken",
};

typedef struct FileReader {
    const FileSetup *setup;
    const BatchSink *sink;
    uint32_t file;
    Batch *batch;
    Arena arena; /* of the contexts */
    ListContext file_context;
    ListContext context; /* of the document being read */
    uint32_t context_document;
    bool context_known;
    bool maybe_manifest; /* by its name */
    Reading reading;
} FileReader;

static void start_batch(FileReader *reader)
{
    reader->batch = reader->sink->get(reader->sink->context);
    reader->batch->file = reader->file;
    reader->reading.arena = &reader->batch->arena;
}

static void hand_over(FileReader *reader)
{
    reader->sink->put(reader->sink->context, reader->batch);
    reader->batch = NULL;
}

static Fact *add_fact(FileReader *reader, FactKind kind, RecordPlace place)
{
    if (reader->batch->facts.count >= BATCH_FACTS ||
        reader->batch->arena.total_bytes >= BATCH_BYTES) {
        hand_over(reader);
        start_batch(reader);
    }
    Fact fact = {.kind = kind, .record_kind = RECORD_OTHER, .place = place, .newest = TIME_NONE};
    ARRAY_PUSH(&reader->batch->facts, fact);
    return &reader->batch->facts.items[reader->batch->facts.count - 1];
}

static const ManifestEntry *manifest_entry(const FileSetup *setup, const char *path)
{
    const ManifestEntry key = {.path = path};
    if (!setup->manifest_count)
        return NULL;
    return bsearch(&key, setup->manifest, setup->manifest_count, sizeof key, manifest_by_path);
}

/* Members of the wrapper, or of the record itself when it stands alone. */
static void learn_context(FileReader *reader, uint32_t document, const JsonValue *envelope)
{
    if (reader->context_known && reader->context_document == document)
        return;
    reader->context = list_context_add(&reader->arena, &reader->file_context, envelope);
    reader->context_document = document;
    reader->context_known = true;
}

static bool is_manifest(const JsonValue *value)
{
    return text_equal(json_text(json_member(value, "schema")), MANIFEST_SCHEMA);
}

static void take_record(void *context, const InputRecord *record)
{
    FileReader *reader = context;
    if (atomic_load_explicit(reader->sink->cancelled, memory_order_relaxed))
        return;
    bool alone = record->place.index == NONE;
    learn_context(reader, record->document, alone ? record->value : record->envelope);
    Fact *fact = add_fact(reader, FACT_NOT_UNDERSTOOD, record->place);
    if (reader->maybe_manifest && is_manifest(record->value)) {
        fact->kind = FACT_MANIFEST;
        return;
    }
    reader->reading.fact = fact;
    reader->reading.list = &reader->context;
    reader->reading.in_list = !alone;
    reader->reading.in_plain_list = !alone && !record->envelope;
    detect_and_read(reader->setup->detector, &reader->reading, record->value);
}

static const char *next_page_sign(Arena *arena, const JsonValue *envelope)
{
    bool truncated = false;
    for (size_t i = 0; i < ROW_COUNT(NEXT_PAGE_MEMBERS); i++) {
        const char *link = json_text(json_member_any_case(envelope, NEXT_PAGE_MEMBERS[i]));
        if (!text_is_empty(link))
            return arena_format(arena, "%s is there: more pages exist", NEXT_PAGE_MEMBERS[i]);
    }
    if (json_bool(json_member_any_case(envelope, "resultTruncated"), &truncated) && truncated)
        return "resultTruncated is true: more rows exist";
    return NULL;
}

/* Resource Graph says how many rows there are in all. */
static const char *missing_rows_sign(Arena *arena, const InputDocument *document)
{
    double total = 0;
    const JsonValue *value = json_member_any_case(document->envelope, "total_records");
    if (!value)
        value = json_member_any_case(document->envelope, "totalRecords");
    if (!json_number(value, &total) || total <= document->element_count)
        return NULL;
    return arena_format(arena, "%u of %.0f rows are there", document->element_count, total);
}

/* AzureHound counts its records behind them. */
static const char *missing_records_sign(Arena *arena, const InputDocument *document)
{
    double count = 0;
    const JsonValue *meta = json_member(document->envelope, "meta");
    if (!json_number(json_member(meta, "count"), &count) || count <= document->element_count)
        return NULL;
    return arena_format(arena, "%u of %.0f records are there", document->element_count, count);
}

/* Of a list of members or owners whose group is named. */
static const ListOwner *owner_of_list(const FileReader *reader, Arena *arena)
{
    const ListContext *context = &reader->context;
    if (!context->relation || context->entities || !context->owner.object_id)
        return NULL;
    ListOwner *owner = arena_allocate(arena, 1, sizeof *owner);
    *owner = context->owner;
    owner->object_id = arena_copy_text(arena, context->owner.object_id);
    return owner;
}

static void take_document(void *context, const InputDocument *document)
{
    FileReader *reader = context;
    reader->context_known = false;
    learn_context(reader, document->document, document->envelope);
    reader->context_known = false;
    Fact *fact = add_fact(reader, FACT_DOCUMENT, document->place);
    Arena *arena = &reader->batch->arena;
    DocumentFact *body = arena_allocate(arena, 1, sizeof *body);
    const JsonValue *envelope = document->envelope;
    body->is_list = document->is_list;
    body->wrapped = document->envelope != NULL;
    body->element_count = document->element_count;
    body->resource_graph = json_member_any_case(envelope, "total_records") ||
                           json_member_any_case(envelope, "totalRecords");
    body->named_kind = reader->context.kind;
    body->also_kind = reader->context.also_kind;
    body->of = reader->context.of ? arena_copy_text(arena, reader->context.of) : NULL;
    body->owner = owner_of_list(reader, arena);
    body->truncated_by = next_page_sign(arena, envelope);
    if (!body->truncated_by)
        body->truncated_by = missing_rows_sign(arena, document);
    if (!body->truncated_by && reader->context.tool == LIST_OF_AZUREHOUND)
        body->truncated_by = missing_records_sign(arena, document);
    fact->document = body;
}

static void take_problem(void *context, const InputProblem *problem)
{
    FileReader *reader = context;
    Fact *fact = add_fact(reader, FACT_PROBLEM, problem->place);
    ProblemFact *body = arena_allocate(&reader->batch->arena, 1, sizeof *body);
    body->kind = problem->kind;
    body->message = arena_copy_text(&reader->batch->arena, problem->message);
    fact->problem = body;
}

void read_file(const FileSetup *setup, uint32_t file, const BatchSink *sink)
{
    const InputFile *input = input_file(setup->inputs, file);
    FileReader reader = {.setup = setup, .sink = sink, .file = file};
    reader.reading.keys = setup->keys;
    reader.reading.fields = setup->fields;
    reader.maybe_manifest = text_ends_with_any_case(input->path, MANIFEST_NAME);
    start_batch(&reader);
    bool skip = !input->relevant || !input->readable || atomic_load(sink->cancelled);
    bool opened = false;
    InputResult result = {0};
    Error error = {0};
    if (!skip) {
        const InputHandler handler = {&reader, take_record, take_document, take_problem};
        reader.file_context =
            list_context_of_file(&reader.arena, input->path, manifest_entry(setup, input->path));
        opened = input_read(setup->inputs, file, &handler, &result, &error);
    }
    reader.batch->last = true;
    reader.batch->opened = opened;
    reader.batch->result = result;
    reader.batch->error = error;
    hand_over(&reader);
    ARRAY_FREE(&reader.reading.remarks);
    ARRAY_FREE(&reader.reading.properties);
    arena_free(&reader.arena);
}
