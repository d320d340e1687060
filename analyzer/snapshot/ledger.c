#include "base/digest.h"
#include "base/memory.h"
#include "base/text.h"
#include "snapshot/store.h"

#include <stdio.h>
#include <string.h>

/* Every record of every file ends in one of used, duplicate, not relevant, not understood. */

static SourceFile *current_file(Store *store)
{
    return &store->snapshot->files.items[store->file];
}

static const char *keep(Store *store, const char *text)
{
    return arena_copy_text(&store->snapshot->arena, text);
}

void ledger_open(Store *store, const InputList *inputs)
{
    store->inputs = inputs;
    store->file = NONE;
    for (uint32_t i = 0; i < input_file_count(inputs); i++) {
        const InputFile *input = input_file(inputs, i);
        SourceFile file = {.path = keep(store, input->path),
                           .sha256 = "",
                           .format = "not-an-export",
                           .length_bytes = input->length_bytes,
                           .complete = true};
        ARRAY_PUSH(&store->snapshot->files, file);
    }
}

void ledger_start_file(Store *store, uint32_t file)
{
    store->file = file;
    store->file_state = (FileState){.kind = RECORD_KIND_COUNT,
                                    .first_not_relevant = store->snapshot->not_relevant.count};
}

/* ---- messages ---- */

static RecordPlace kept_place(Store *store, const RecordPlace *place)
{
    RecordPlace kept = *place;
    Text container = store_text(store, place->container ? place->container : "");
    kept.container = interned_text(&store->snapshot->texts, container);
    return kept;
}

static void push_message(Store *store, const RecordPlace *place, const Remark *remark)
{
    Message message = {.place = kept_place(store, place),
                       .member = keep(store, remark->member),
                       .text = keep(store, remark->text),
                       .is_error = remark->is_error};
    ARRAY_PUSH(&store->snapshot->messages, message);
}

void ledger_message(Store *store, const RecordPlace *place, const Remark *remark)
{
    FileState *state = &store->file_state;
    if (state->messages >= LEDGER_MESSAGES_PER_FILE) {
        state->held_back++;
        state->error_held_back |= remark->is_error;
    } else {
        push_message(store, place, remark);
        state->messages++;
    }
    if (!remark->is_error || !store->stop_at_error || store->stopped)
        return;
    TextBuffer line = {0};
    const Message message = {*place, remark->member, remark->text, true};
    message_line(store->snapshot, &message, &line);
    error_set(&store->error, "%s", line.text);
    text_buffer_free(&line);
    store->stopped = true;
}

static RecordPlace whole_file(const Store *store)
{
    return (RecordPlace){.file = store->file, .line = 0, .index = NONE, .container = ""};
}

static void tell_held_back(Store *store)
{
    char text[96];
    FileState *state = &store->file_state;
    RecordPlace place = whole_file(store);
    if (state->repeated) {
        snprintf(text, sizeof text, "%u more records were skipped for a reason told before",
                 (unsigned)state->repeated);
        push_message(store, &place, &(Remark){.member = "", .text = text});
    }
    if (!state->held_back)
        return;
    snprintf(text, sizeof text, "%u more messages about this file are not shown",
             (unsigned)state->held_back);
    push_message(store, &place,
                 &(Remark){.member = "", .text = text, .is_error = state->error_held_back});
}

/* ---- records ---- */

void ledger_used(Store *store, const Fact *fact, bool duplicate)
{
    SourceFile *file = current_file(store);
    FileState *state = &store->file_state;
    file->records++;
    if (duplicate)
        file->duplicate++;
    else
        file->used++;
    if (state->kind == RECORD_KIND_COUNT) {
        state->kind = fact->record_kind;
        state->spelling = fact->spelling;
    }
    state->several_kinds |= state->kind != fact->record_kind;
}

void ledger_not_relevant(Store *store, const Fact *fact)
{
    Snapshot *snapshot = store->snapshot;
    Text kind = store_text(store, fact->not_relevant);
    uint32_t row = id_map_get(&store->not_relevant_of, kind);
    if (row == NONE || row < store->file_state.first_not_relevant) {
        NotRelevant entry = {store->file, interned_text(&snapshot->texts, kind), 0};
        ARRAY_PUSH(&snapshot->not_relevant, entry);
        row = snapshot->not_relevant.count - 1;
        id_map_set(&store->not_relevant_of, kind, row);
    }
    snapshot->not_relevant.items[row].count++;
    current_file(store)->records++;
    current_file(store)->not_relevant++;
}

static void count_not_understood(Store *store, const RecordPlace *place, const Remark *remark)
{
    SourceFile *file = current_file(store);
    file->records++;
    file->not_understood++;
    if (!file->remark)
        file->remark = keep(store, remark->text);
    if (store->file_state.reasons++ >= LEDGER_REASONS_PER_FILE)
        return;
    NotUnderstood entry = {kept_place(store, place), keep(store, remark->member),
                           keep(store, remark->text)};
    ARRAY_PUSH(&store->snapshot->not_understood, entry);
}

/* A file of another tool would say the same about every record. */
static bool is_repeated(Store *store, const Remark *remark)
{
    FileState *state = &store->file_state;
    if (remark->is_error)
        return false;
    if (state->last_reason && text_equal(state->last_reason, remark->text)) {
        state->repeated++;
        return true;
    }
    if (state->messages < LEDGER_MESSAGES_PER_FILE)
        state->last_reason = keep(store, remark->text);
    return false;
}

void ledger_not_understood(Store *store, const Fact *fact)
{
    const Remark *remark = &fact->not_understood;
    count_not_understood(store, &fact->place, remark);
    if (remark->is_foreign) {
        current_file(store)->failed |= fact->place.index == NONE;
        ledger_message(store, &fact->place, remark);
        return;
    }
    if (is_repeated(store, remark))
        return;
    TextBuffer text = {0};
    text_append_format(&text, "%s; record skipped", remark->text);
    Remark told = *remark;
    told.text = text.text;
    ledger_message(store, &fact->place, &told);
    text_buffer_free(&text);
}

/* ---- what the input tells ---- */

static bool is_input_error(InputProblemKind kind)
{
    return kind != PROBLEM_ENCODING && kind != PROBLEM_LEADING_TEXT && kind != PROBLEM_EMPTY;
}

void ledger_problem(Store *store, const Fact *fact)
{
    const ProblemFact *problem = fact->problem;
    SourceFile *file = current_file(store);
    Remark remark = {
        .member = "", .text = problem->message, .is_error = is_input_error(problem->kind)};
    if (problem->kind == PROBLEM_ELEMENT)
        count_not_understood(store, &fact->place, &remark);
    if (problem->kind == PROBLEM_NO_JSON)
        file->failed = true;
    if (!file->remark)
        file->remark = keep(store, problem->message);
    ledger_message(store, &fact->place, &remark);
}

void ledger_truncated(Store *store, const char *sign)
{
    Truncation truncation = {store->file, keep(store, sign)};
    ARRAY_PUSH(&store->snapshot->truncations, truncation);
    RecordPlace place = whole_file(store);
    TextBuffer text = {0};
    text_append_format(&text, "%s; what is missing is unknown", sign);
    ledger_message(store, &place, &(Remark){.member = "", .text = text.text});
    text_buffer_free(&text);
}

static void note_empty_list(Store *store, const DocumentFact *document)
{
    Snapshot *snapshot = store->snapshot;
    SourceFile *file = current_file(store);
    if (document->named_kind == RECORD_KIND_COUNT) {
        file->remark = "an empty list; nothing says of what";
        return;
    }
    EmptyList empty = {document->named_kind, store->file, store_id(store, document->of)};
    ARRAY_PUSH(&snapshot->empty_lists, empty);
    snapshot->exported[document->named_kind] = true;
    if (document->also_kind != RECORD_KIND_COUNT)
        snapshot->exported[document->also_kind] = true;
    if (store->file_state.kind == RECORD_KIND_COUNT)
        store->file_state.kind = document->named_kind;
    if (!file->remark)
        file->remark = arena_format(&snapshot->arena, "an empty list of %s",
                                    record_kind_name(document->named_kind));
}

void ledger_document(Store *store, const Fact *fact)
{
    const DocumentFact *document = fact->document;
    FileState *state = &store->file_state;
    state->wrapped |= document->wrapped;
    state->list |= document->is_list;
    state->resource_graph |= document->resource_graph;
    if (document->truncated_by)
        ledger_truncated(store, document->truncated_by);
    if (document->is_list && document->element_count == 0)
        note_empty_list(store, document);
}

/* ---- the end of a file ---- */

/* "role-assignments" as one of them; the plural is what record_kind.def holds. */
static void append_singular(TextBuffer *text, RecordKind kind)
{
    const char *name = record_kind_name(kind);
    size_t length = strlen(name);
    if (text_ends_with_any_case(name, "ies")) {
        text_append_bytes(text, name, length - 3);
        text_append(text, "y");
    } else {
        text_append_bytes(text, name, name[length - 1] == 's' ? length - 1 : length);
    }
}

static bool is_directory_kind(RecordKind kind)
{
    return kind >= RECORD_USER && kind <= RECORD_OAUTH2_GRANT;
}

static const char *tool_prefix(const FileState *state)
{
    static const char *const prefixes[] = {[SPELLING_UNKNOWN] = "az-",
                                           [SPELLING_REST] = "arm-",
                                           [SPELLING_FLAT] = "az-",
                                           [SPELLING_ML] = "az-ml-",
                                           [SPELLING_AZUREHOUND] = "azurehound-",
                                           [SPELLING_RESOURCE_GRAPH] = "arg-",
                                           [SPELLING_GRAPH] = "graph-"};
    if (state->spelling == SPELLING_AZUREHOUND)
        return prefixes[SPELLING_AZUREHOUND];
    if (state->resource_graph)
        return prefixes[SPELLING_RESOURCE_GRAPH];
    if (is_directory_kind(state->kind))
        return state->list && !state->wrapped ? "az-ad-" : prefixes[SPELLING_GRAPH];
    return prefixes[state->wrapped ? SPELLING_REST : state->spelling];
}

static const char *format_name(Store *store)
{
    const FileState *state = &store->file_state;
    TextBuffer text = {0};
    if (state->kind == RECORD_KIND_COUNT)
        return "unknown";
    text_append(&text, tool_prefix(state));
    if (state->several_kinds)
        text_append(&text, "mixed");
    else
        append_singular(&text, state->kind);
    text_append(&text, !state->list ? "-object" : state->wrapped ? "-page" : "-list");
    const char *name = keep(store, text.text);
    text_buffer_free(&text);
    return name;
}

static void end_file_not_read(Store *store, SourceFile *file)
{
    const InputFile *input = input_file(store->inputs, store->file);
    file->remark = keep(store, input->why_not ? input->why_not : "not read");
    if (input->readable)
        return;
    file->format = "unknown";
    file->failed = true;
    file->complete = false;
    RecordPlace place = whole_file(store);
    ledger_message(store, &place, &(Remark){.member = "", .text = file->remark, .is_error = true});
}

void ledger_end_file(Store *store, const Batch *batch)
{
    const InputFile *input = input_file(store->inputs, store->file);
    SourceFile *file = current_file(store);
    if (!input->relevant || !input->readable) {
        end_file_not_read(store, file);
        return;
    }
    file->format = format_name(store);
    if (batch->opened) {
        file->sha256 = keep(store, batch->result.sha256);
        file->length_bytes = batch->result.raw_bytes;
        file->complete = batch->result.complete;
    } else {
        RecordPlace place = whole_file(store);
        file->failed = true;
        file->complete = false;
        file->remark = keep(store, batch->error.message);
        ledger_message(store, &place,
                       &(Remark){.member = "", .text = batch->error.message, .is_error = true});
    }
    if (file->used || file->duplicate)
        file->remark = file->complete ? NULL : file->remark;
    tell_held_back(store);
}

/* ---- the end of the reading ---- */

void ledger_close(Store *store)
{
    Snapshot *snapshot = store->snapshot;
    Digest *digest = digest_new();
    for (uint32_t i = 0; i < snapshot->files.count; i++) {
        const SourceFile *file = &snapshot->files.items[i];
        digest_add(digest, file->path, strlen(file->path) + 1);
        digest_add(digest, file->sha256, strlen(file->sha256) + 1);
    }
    digest_finish(digest, snapshot->sha256);
}
