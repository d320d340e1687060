#ifndef REPORT_DECISION_REPORT_H
#define REPORT_DECISION_REPORT_H

#include "access/access.h"
#include "base/array.h"
#include "report/json_writer.h"
#include "report/screen.h"

#include <stdio.h>

/*
 * The answer of `can`.  A workload asks once for each identity that code in it has; the best of the
 * decisions counts.  A workload without any identity gets `unknown`: whether it has none, or none
 * was exported, cannot be told apart.
 */
typedef struct DecisionReport {
    const Snapshot *snapshot;
    const char *who;
    ARRAY(Decision) decisions;
} DecisionReport;

void decision_report_add(DecisionReport *report, const Access *access, const Question *question);
Certainty decision_report_answer(const DecisionReport *report);

/* {answer, who, action, ..., because[], blocked_by[]} */
void decision_report_json(JsonWriter *writer, const DecisionReport *report,
                          const Question *question);
void decision_report_text(FILE *stream, const Screen *screen, const DecisionReport *report,
                          const Question *question);
void decision_report_free(DecisionReport *report);

#endif
