#ifndef REPORT_EVIDENCE_H
#define REPORT_EVIDENCE_H

#include "base/text.h"
#include "report/json_writer.h"
#include "snapshot/snapshot.h"

/* Where a record stands: one object {"file", "pointer", "line", "says"}; `says` may be NULL. */
void evidence_json(JsonWriter *writer, const Snapshot *snapshot, uint32_t record, const char *says);

/* The same place for people, appended: "role-assignments.json:312 /14". */
void evidence_text(TextBuffer *text, const Snapshot *snapshot, uint32_t record);

#endif
