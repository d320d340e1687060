#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "analysis/analysis.h"
#include "report/chain_numbers.h"
#include "report/diagrams.h"
#include "report/json_writer.h"
#include "report/names.h"
#include "report/screen.h"

#include <stdio.h>

/* What every writer of results works from. */
typedef struct Report {
    const Analysis *analysis;
    Names *names;
    ChainNumbers numbers;
    const DiagramPlan *diagrams; /* NULL: none are drawn */
} Report;

/* Of all starts, or with `only_start` of that one. */
Report report_new(const Analysis *analysis, uint32_t only_start);
/* Of these chains, in this order. */
Report report_of_chains(const Analysis *analysis, const uint32_t *chains, uint32_t count);
void report_free(Report *report);

/* report.json, schema amlblast.report/1 (data/schema/report.schema.json). */
void report_json(JsonWriter *writer, const Report *report);

/* One element of `starts`, and with it the chains that it names: the answer of `reach --json`. */
void report_start_json(JsonWriter *writer, const Report *report, uint32_t start);

/* "chains": [...], those that report->numbers numbers. */
void report_chains_json(JsonWriter *writer, const Report *report);

/* The steps of a chain with their evidence, numbered. */
void report_chain_text(FILE *stream, const Screen *screen, const Report *report, uint32_t index);

/* {identities: [{id, name, kind, attached_to}]}, by id. */
void report_identities_json(JsonWriter *writer, const Report *report);

/* For people: the ranked table of all starts; one start in full; the identities. */
void report_ranked_text(FILE *stream, const Screen *screen, const Report *report);
void report_start_text(FILE *stream, const Screen *screen, const Report *report, uint32_t start);
void report_identities_text(FILE *stream, const Screen *screen, const Report *report);

/* RFC 4180 with a header row: one line per start, per row of reach, per finding. */
void report_identities_csv(FILE *stream, const Report *report);
void report_reach_csv(FILE *stream, const Report *report);
void report_findings_csv(FILE *stream, const Report *report);

#endif
