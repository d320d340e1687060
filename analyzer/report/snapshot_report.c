#include "report/snapshot_report.h"

#include <string.h>

/* ---- JSON ---- */

static void put_file(JsonWriter *writer, const SourceFile *file)
{
    json_open_object(writer);
    json_put_text(writer, "path", file->path);
    json_put_text(writer, "sha256", text_is_empty(file->sha256) ? NULL : file->sha256);
    json_put_text(writer, "format", file->format);
    json_put_number(writer, "bytes", file->length_bytes);
    json_put_number(writer, "records", file->records);
    json_put_number(writer, "used", file->used);
    json_put_number(writer, "duplicate", file->duplicate);
    json_put_number(writer, "not_relevant", file->not_relevant);
    json_put_number(writer, "not_understood", file->not_understood);
    json_put_bool(writer, "complete", file->complete);
    json_put_bool(writer, "failed", file->failed);
    json_put_text(writer, "remark", file->remark);
    json_end(writer);
}

static void put_gap(JsonWriter *writer, const Gap *gap)
{
    json_open_object(writer);
    json_put_text(writer, "missing", gap->missing);
    json_put_text(writer, "detail", gap->detail);
    json_put_text(writer, "weakens", gap->weakens);
    json_put_text(writer, "export_with", gap->export_with);
    json_end(writer);
}

static uint32_t count_messages(const Snapshot *snapshot, bool errors)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshot->messages.count; i++)
        count += snapshot->messages.items[i].is_error == errors;
    return count;
}

static void put_time(JsonWriter *writer, const char *key, int64_t seconds)
{
    char text[32];
    if (seconds != TIME_NONE)
        time_format(seconds, text);
    json_put_text(writer, key, seconds == TIME_NONE ? NULL : text);
}

void snapshot_report_json(JsonWriter *writer, const Snapshot *snapshot, int64_t as_of)
{
    json_open_object(writer);
    json_put_text(writer, "sha256", snapshot->sha256);
    put_time(writer, "as_of", as_of);
    json_put_text(writer, "tenant_id", id_text(snapshot, snapshot->tenant_id));
    json_put_array(writer, "files");
    for (uint32_t i = 0; i < snapshot->files.count; i++)
        put_file(writer, &snapshot->files.items[i]);
    json_end(writer);
    json_put_array(writer, "gaps");
    for (uint32_t i = 0; i < snapshot->gaps.count; i++)
        put_gap(writer, &snapshot->gaps.items[i]);
    json_end(writer);
    json_put_object(writer, "messages");
    json_put_number(writer, "errors", count_messages(snapshot, true));
    json_put_number(writer, "warnings", count_messages(snapshot, false));
    json_end(writer);
    json_end(writer);
}

/* ---- text ---- */

const char *moment_for_people(int64_t seconds, char buffer[32])
{
    if (seconds == TIME_NONE)
        return "without a date";
    char exact[32];
    time_format(seconds, exact); /* 2026-11-20T06:00:00Z */
    (void)snprintf(buffer, 32, "%.10s %.5s UTC", exact, exact + 11);
    return buffer;
}

static TextStyle style_of_file(const SourceFile *file)
{
    if (file->failed || !file->complete)
        return STYLE_CRITICAL;
    return file->not_understood ? STYLE_HIGH : STYLE_PLAIN;
}

static void print_files(FILE *stream, const Screen *screen, const Snapshot *snapshot)
{
    static const TableColumn columns[] = {
        {"file", false, true},      {"records", true, false},      {"used", true, false},
        {"duplicate", true, false}, {"not relevant", true, false}, {"not understood", true, false},
        {"format", false, true},    {"remark", false, true},
    };
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < snapshot->files.count; i++) {
        const SourceFile *file = &snapshot->files.items[i];
        table_cell(table, style_of_file(file), file->path);
        table_cell_number(table, file->records);
        table_cell_number(table, file->used);
        table_cell_number(table, file->duplicate);
        table_cell_number(table, file->not_relevant);
        table_cell_number(table, file->not_understood);
        table_cell(table, STYLE_PLAIN, file->format);
        table_cell(table, style_of_file(file), file->remark);
    }
    table_print(table, screen, stream);
    table_free(table);
}

/* The reasons of all files together with how often each was given are more than one wants to read:
   the first of every file tells what to look for. */
static void print_not_understood(FILE *stream, const Screen *screen, const Snapshot *snapshot)
{
    uint32_t last_file = NONE;
    for (uint32_t i = 0; i < snapshot->not_understood.count; i++) {
        const NotUnderstood *record = &snapshot->not_understood.items[i];
        if (record->place.file == last_file)
            continue;
        if (last_file == NONE)
            screen_heading(screen, stream, "Not understood (the first record of each file)");
        last_file = record->place.file;
        Message message = {record->place, record->member, record->reason, false};
        TextBuffer line = {0};
        message_line(snapshot, &message, &line);
        fputs("  ", stream);
        screen_wrap(screen, stream, 2, line.text);
        text_buffer_free(&line);
    }
}

static void print_gap(FILE *stream, const Screen *screen, const Gap *gap)
{
    fputs("  ", stream);
    screen_print(screen, stream, STYLE_HIGH, gap->missing);
    fputc('\n', stream);
    if (gap->detail) {
        fputs("    which: ", stream);
        screen_wrap(screen, stream, 11, gap->detail);
    }
    fputs("    weakens: ", stream);
    screen_wrap(screen, stream, 13, gap->weakens);
    if (gap->export_with) { /* on one line, whatever its length: it is for copying */
        fputs("    export with: ", stream);
        screen_print(screen, stream, STYLE_PLAIN, gap->export_with);
        fputc('\n', stream);
    }
}

static void print_gaps(FILE *stream, const Screen *screen, const Snapshot *snapshot)
{
    if (snapshot->gaps.count == 0) {
        fputs("\nNothing is missing that the analysis would use.\n", stream);
        return;
    }
    screen_heading(screen, stream, "Missing");
    for (uint32_t i = 0; i < snapshot->gaps.count; i++)
        print_gap(stream, screen, &snapshot->gaps.items[i]);
}

static void print_warning(FILE *stream, const Screen *screen, const char *head, const char *text)
{
    screen_print(screen, stream, STYLE_HIGH, head);
    fputs(": ", stream);
    screen_wrap(screen, stream, text_columns(head) + 2, text);
}

static void print_file_warning(FILE *stream, const Screen *screen, const char *head,
                               const char *path, const char *why)
{
    TextBuffer text = {0};
    text_append(&text, path);
    text_append(&text, ": ");
    text_append(&text, why);
    print_warning(stream, screen, head, text.text);
    text_buffer_free(&text);
}

/* Told with its file already. */
static bool is_truncation(const Gap *gap)
{
    static const char prefix[] = "truncated:";
    return strncmp(gap->missing, prefix, sizeof prefix - 1) == 0;
}

static void warn_of_files(FILE *stream, const Screen *screen, const Snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->files.count; i++) {
        const SourceFile *file = &snapshot->files.items[i];
        if (file->failed)
            print_file_warning(stream, screen, "NOT READ", file->path,
                               file->remark ? file->remark : "it cannot be read");
        else if (!file->complete)
            print_file_warning(stream, screen, "CUT OFF", file->path,
                               file->remark ? file->remark : "only a part could be read");
    }
    for (uint32_t i = 0; i < snapshot->truncations.count; i++) {
        const SourceFile *file = &snapshot->files.items[snapshot->truncations.items[i].file];
        if (!file->failed && file->complete)
            print_file_warning(stream, screen, "CUT OFF", file->path,
                               snapshot->truncations.items[i].sign);
    }
}

void snapshot_report_warnings(FILE *stream, const Screen *screen, const Snapshot *snapshot)
{
    TextBuffer text = {0};
    warn_of_files(stream, screen, snapshot);
    for (uint32_t i = 0; i < snapshot->gaps.count; i++) {
        if (is_truncation(&snapshot->gaps.items[i]))
            continue;
        text_append(&text, text.length_bytes ? ", " : "no ");
        text_append(&text, snapshot->gaps.items[i].missing);
    }
    if (text.length_bytes > 0) {
        text_append(&text, " in the snapshot (amlblast inspect says how to export them)");
        print_warning(stream, screen, "INCOMPLETE", text.text);
    }
    text_buffer_free(&text);
}

void snapshot_report_text(FILE *stream, const Screen *screen, const Snapshot *snapshot,
                          int64_t as_of)
{
    char moment[32];
    warn_of_files(stream, screen, snapshot);
    fprintf(stream, "Snapshot: %s, SHA-256 %.12s, %u file%s\n\n", moment_for_people(as_of, moment),
            snapshot->sha256, (unsigned)snapshot->files.count,
            snapshot->files.count == 1 ? "" : "s");
    print_files(stream, screen, snapshot);
    print_not_understood(stream, screen, snapshot);
    print_gaps(stream, screen, snapshot);
}
