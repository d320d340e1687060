#include "cli/answer.h"
#include "cli/command.h"
#include "report/snapshot_report.h"

Status command_inspect(Session *session)
{
    Status status;
    Answer answer;
    if (!session_run(session, STAGE_SNAPSHOT, &status))
        return status;
    if (!answer_begin(&answer, session))
        return STATUS_INTERNAL;
    int64_t as_of = session_as_of(session);
    if (answer.json)
        snapshot_report_json(answer.json, &session->snapshot, as_of);
    else
        snapshot_report_text(answer.stream, &answer.screen, &session->snapshot, as_of);
    return answer_end(&answer, session, session_status(session, STATUS_DONE));
}
