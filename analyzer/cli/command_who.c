#include "cli/answer.h"
#include "cli/command.h"
#include "cli/pictures.h"
#include "cli/resolve.h"
#include "report/picture_who.h"
#include "report/question_report.h"

static Status draw(Session *session, const TargetQuestion *question, const WhoAnswer *found)
{
    Picture picture;
    if (!pictures_wanted(session->options))
        return STATUS_DONE;
    if (!found->count) {
        session_note(session, "no picture: nobody reaches it");
        return STATUS_DONE;
    }
    Report report = report_new(&session->analysis, NONE);
    picture_who(&picture, &report, question, found);
    Status status = pictures_draw(session, &picture);
    picture_free(&picture);
    report_free(&report);
    return status;
}

Status command_who(Session *session)
{
    Status status;
    Answer answer;
    TargetQuestion question;
    WhoAnswer found;
    if (!pictures_check(session))
        return STATUS_USAGE;
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
    status = answer_end(&answer, session, session_status(session, STATUS_DONE));
    Status drawn = draw(session, &question, &found);
    return drawn == STATUS_DONE ? status : drawn;
}
