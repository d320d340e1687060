#ifndef REPORT_TECHNIQUE_REPORT_H
#define REPORT_TECHNIQUE_REPORT_H

#include "report/json_writer.h"
#include "report/screen.h"
#include "rules/rules.h"

#include <stdio.h>

/* The catalogue of techniques, with counts by family, or the one with that index. */
void technique_list_json(JsonWriter *writer, const Rules *rules, uint32_t only);
void technique_list_text(FILE *stream, const Screen *screen, const Rules *rules);
void technique_explain_text(FILE *stream, const Screen *screen, const Rules *rules,
                            uint32_t technique);

/*
 * What a check of a rule directory found: its problems, and when there are none, how many
 * techniques the rules have.
 */
void technique_check_json(JsonWriter *writer, const TextList *problems, const Rules *rules);
void technique_check_text(FILE *stream, const Screen *screen, const TextList *problems,
                          const Rules *rules);

/* [...] under a key; used wherever framework ids are told. */
void json_put_texts(JsonWriter *writer, const char *key, const TextList *texts);

/* The style of a severity word: "critical", "high", "medium", "low". */
TextStyle style_of_severity(const char *severity);

#endif
