#include "base/clean.h"
#include "base/file.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "report/json_writer.h"
#include "verify/verify.h"

#include <stdint.h>

enum { MOST_TOLD = 50 }; /* in text; JSON has them all */
static const size_t MOST_REPORT_BYTES = SIZE_MAX / 2;

static void tell_json(JsonWriter *json, const VerifyResult *result)
{
    json_open_object(json);
    json_put_bool(json, "holds", result->failures.count == 0);
    json_put_number(json, "chains", result->chains);
    json_put_array(json, "failed");
    for (uint32_t i = 0; i < result->failures.count; i++) {
        const VerifyFailure *failure = &result->failures.items[i];
        json_open_object(json);
        json_put_text(json, "chain", failure->chain);
        json_add_key(json, "step");
        if (failure->step)
            json_add_number(json, failure->step);
        else
            json_add_null(json);
        json_put_text(json, "why", failure->why);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void tell_text(FILE *stream, const VerifyResult *result)
{
    TextBuffer line = {0};
    for (uint32_t i = 0; i < result->failures.count && i < MOST_TOLD; i++) {
        const VerifyFailure *failure = &result->failures.items[i];
        text_buffer_clear(&line);
        clean_append(&line, CLEAN_TERMINAL, failure->chain);
        if (failure->step)
            text_append_format(&line, ", step %u", (unsigned)failure->step);
        text_append(&line, ": ");
        clean_append(&line, CLEAN_TERMINAL, failure->why);
        fprintf(stream, "%s\n", line.text);
    }
    text_buffer_free(&line);
    if (result->failures.count > MOST_TOLD)
        fprintf(stream, "and %u more (--json has all)\n",
                (unsigned)(result->failures.count - MOST_TOLD));
    if (!result->failures.count)
        fprintf(stream, "%u chains hold\n", (unsigned)result->chains);
    else if (result->chains)
        fprintf(stream, "%u of %u chains hold; the report is not true as it stands\n",
                (unsigned)(result->chains - result->failing), (unsigned)result->chains);
    else
        fprintf(stream, "The report was made from other input or with other rules: nothing in it "
                        "can be verified here\n");
}

Status command_verify(Session *session)
{
    Status status;
    Error err;
    Answer answer;
    VerifyResult result;
    Arena arena = {0};
    const char *text;
    size_t length_bytes;
    const char *path = session->options->operands.items[1];
    if (!session_run(session, STAGE_SNAPSHOT, &status))
        return status;
    VerifyOptions options = {.as_of = session_as_of(session),
                             .literal_reading =
                                 session->options->pattern_reading == PATTERN_LITERAL};
    bool read = file_read_all(&arena, path, MOST_REPORT_BYTES, &text, &length_bytes, &err);
    if (read && !verify_report(&result, text, length_bytes, &session->snapshot, &session->rules,
                               &options, &err))
        read = error_prefix(&err, path);
    if (!read) {
        status = session_fail(session, STATUS_INPUT, "%s", err.message);
    } else if (!answer_begin(&answer, session)) {
        status = STATUS_INTERNAL;
    } else {
        if (answer.json)
            tell_json(answer.json, &result);
        else
            tell_text(answer.stream, &result);
        status = answer_end(&answer, session, result.failures.count ? STATUS_NO : STATUS_DONE);
    }
    if (read)
        verify_free(&result);
    arena_free(&arena);
    return status;
}
