#include "cli/answer.h"

#include "base/text.h"

bool answer_begin(Answer *answer, const Session *session)
{
    Error err;
    const Options *options = session->options;
    const char *path = options->output ? options->output : "-";
    *answer = (Answer){0};
    if (!output_open(&answer->output, path, &err)) {
        session_fail(session, STATUS_INTERNAL, "%s", err.message);
        return false;
    }
    answer->stream = answer->output.stream;
    if (text_equal(path, "-"))
        answer->screen = session->out;
    if (options->format == FORMAT_JSON)
        answer->json = json_writer_new(answer->stream, JSON_INDENTED);
    return true;
}

Status answer_end(Answer *answer, const Session *session, Status status)
{
    Error err;
    if (answer->json)
        json_writer_free(answer->json);
    if (!output_close(&answer->output, &err))
        return session_fail(session, STATUS_INTERNAL, "%s", err.message);
    return status;
}
