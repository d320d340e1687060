#include "cli/answer.h"
#include "cli/command.h"
#include "report/report.h"

Status command_identities(Session *session)
{
    Status status;
    Answer answer;
    if (!session_run(session, STAGE_STARTS, &status))
        return status;
    if (!answer_begin(&answer, session))
        return STATUS_INTERNAL;
    Report report = report_new(&session->analysis, NONE);
    if (answer.json)
        report_identities_json(answer.json, &report);
    else
        report_identities_text(answer.stream, &answer.screen, &report);
    report_free(&report);
    return answer_end(&answer, session, session_status(session, STATUS_DONE));
}
