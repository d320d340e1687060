#include "cli/answer.h"
#include "cli/command.h"
#include "cli/pictures.h"
#include "cli/resolve.h"
#include "report/report.h"

static Status draw(Session *session, const Report *report)
{
    Picture picture;
    if (!pictures_wanted(session->options))
        return STATUS_DONE;
    picture_radius(&picture, report, 0, NULL);
    Status status = pictures_draw(session, &picture);
    picture_free(&picture);
    return status;
}

Status command_reach(Session *session)
{
    Status status;
    Answer answer;
    if (!pictures_check(session))
        return STATUS_USAGE;
    if (!session_run(session, STAGE_PREPARED, &status))
        return status;
    if (!resolve_start(session, 1, session->options->operands.count))
        return STATUS_USAGE;
    session_search(session);
    if (!answer_begin(&answer, session))
        return STATUS_INTERNAL;
    Report report = report_new(&session->analysis, 0);
    if (answer.json)
        report_start_json(answer.json, &report, 0);
    else
        report_start_text(answer.stream, &answer.screen, &report, 0);
    status = answer_end(&answer, session, session_status(session, STATUS_DONE));
    Status drawn = draw(session, &report);
    report_free(&report);
    return drawn == STATUS_DONE ? status : drawn;
}
