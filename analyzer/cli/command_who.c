#include "cli/answer.h"
#include "cli/command.h"
#include "cli/resolve.h"
#include "report/question_report.h"

Status command_who(Session *session)
{
    Status status;
    Answer answer;
    TargetQuestion question;
    WhoAnswer found;
    if (!session_run(session, STAGE_PREPARED, &status))
        return status;
    if (!resolve_target(session, session->options->operands.items[1], &question))
        return STATUS_USAGE;
    progress_step(&session->progress, "searching");
    analysis_who(&session->analysis, &question, session_threads(session), &found);
    progress_end(&session->progress);
    if (!answer_begin(&answer, session))
        return STATUS_INTERNAL;
    if (answer.json)
        who_report_json(answer.json, &session->analysis, &question, &found);
    else
        who_report_text(answer.stream, &answer.screen, &session->analysis, &question, &found);
    return answer_end(&answer, session, session_status(session, STATUS_DONE));
}
