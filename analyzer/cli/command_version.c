#include "cli/answer.h"
#include "cli/command.h"

Status command_version(Session *session)
{
    Answer answer;
    if (!answer_begin(&answer, session))
        return STATUS_INTERNAL;
    if (answer.json) {
        json_open_object(answer.json);
        json_put_text(answer.json, "name", "amlblast");
        json_put_text(answer.json, "version", AMLBLAST_VERSION);
        json_end(answer.json);
    } else {
        fprintf(answer.stream, "amlblast %s\n", AMLBLAST_VERSION);
    }
    return answer_end(&answer, session, STATUS_DONE);
}
