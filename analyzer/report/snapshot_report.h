#ifndef REPORT_SNAPSHOT_REPORT_H
#define REPORT_SNAPSHOT_REPORT_H

#include "report/json_writer.h"
#include "report/screen.h"
#include "snapshot/snapshot.h"

#include <stdio.h>

/* What was read, what became of it, what is missing: the object `snapshot` of report.json, which is
   also the answer of `inspect --json`.  `as_of`: the time that assignments are judged by. */
void snapshot_report_json(JsonWriter *writer, const Snapshot *snapshot, int64_t as_of);

/* The same for people: a table by file, what was not understood, the gaps with their commands. */
void snapshot_report_text(FILE *stream, const Screen *screen, const Snapshot *snapshot,
                          int64_t as_of);

/* A few lines for the head of every answer: inputs that failed or were cut, and what is missing.
   Nothing when all is well. */
void snapshot_report_warnings(FILE *stream, const Screen *screen, const Snapshot *snapshot);

/* "2026-11-20 06:00 UTC", or "without a date", in `buffer`. */
const char *moment_for_people(int64_t seconds, char buffer[32]);

#endif
