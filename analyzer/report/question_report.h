#ifndef REPORT_QUESTION_REPORT_H
#define REPORT_QUESTION_REPORT_H

#include "analysis/questions.h"
#include "report/json_writer.h"
#include "report/screen.h"

#include <stdio.h>

/*
 * The answers of `path` and `who`.  The start of a path is Analysis.starts[0].
 */

/* {found, certainty, who[], what, capability, chains[], nearest_missing, also_missing[],
   unknown_because} */
void path_report_json(JsonWriter *writer, const Analysis *analysis, const TargetQuestion *question,
                      const PathAnswer *answer);
void path_report_text(FILE *stream, const Screen *screen, const Analysis *analysis,
                      const TargetQuestion *question, const PathAnswer *answer);

/* {target, name, starts: [{id, name, kind, capability, capabilities[], certainty, chain}], chains}
 */
void who_report_json(JsonWriter *writer, const Analysis *analysis, const TargetQuestion *question,
                     const WhoAnswer *answer);
void who_report_text(FILE *stream, const Screen *screen, const Analysis *analysis,
                     const TargetQuestion *question, const WhoAnswer *answer);

#endif
