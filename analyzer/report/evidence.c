#include "report/evidence.h"

enum { POINTER_BYTES = 1024 };

void evidence_json(JsonWriter *writer, const Snapshot *snapshot, uint32_t record, const char *says)
{
    char pointer[POINTER_BYTES];
    const Record *place = &snapshot->records.items[record];
    json_open_object(writer);
    json_put_text(writer, "file", snapshot->files.items[place->file].path);
    json_put_text(writer, "pointer", record_pointer(snapshot, record, pointer, sizeof pointer));
    json_put_number(writer, "line", place->line);
    json_put_text(writer, "says", says);
    json_end(writer);
}

void evidence_text(TextBuffer *text, const Snapshot *snapshot, uint32_t record)
{
    char pointer[POINTER_BYTES];
    const Record *place = &snapshot->records.items[record];
    record_pointer(snapshot, record, pointer, sizeof pointer);
    text_append_format(text, "%s:%u", snapshot->files.items[place->file].path,
                       (unsigned)place->line);
    if (*pointer)
        text_append_format(text, " %s", pointer);
}
