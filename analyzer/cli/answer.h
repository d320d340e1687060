#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "cli/session.h"
#include "report/json_writer.h"
#include "report/output_file.h"

/* Where the answer of a command goes: standard output, or the file of --output. */
typedef struct Answer {
    OutputFile output;
    FILE *stream;
    Screen screen;    /* what the stream can show */
    JsonWriter *json; /* NULL: text is asked for */
} Answer;

/* False: it cannot be written, which was said on standard error: STATUS_INTERNAL. */
bool answer_begin(Answer *answer, const Session *session);

/* `status`, or STATUS_INTERNAL when the answer could not be written. */
Status answer_end(Answer *answer, const Session *session, Status status);

#endif
