#include "cli/answer.h"
#include "cli/command.h"
#include "cli/resolve.h"
#include "report/report.h"

/* What is in no export reaches nothing that we could know of: that is no answer. */
static Status not_in_snapshot(const Session *session, const Who *who)
{
    return session_fail(session, STATUS_USAGE, "%s is not in the snapshot", who->id);
}

Status command_reach(Session *session)
{
    Status status;
    Answer answer;
    Who who;
    if (!session_run(session, STAGE_PREPARED, &status))
        return status;
    if (!resolve_who(session, session->options->operands.items[1], &who))
        return STATUS_USAGE;
    if (who.principal == NONE && who.resource == NONE)
        return not_in_snapshot(session, &who);
    session_search_from(session, &who.principal, who.principal != NONE, &who.resource,
                        who.resource != NONE);
    if (!answer_begin(&answer, session))
        return STATUS_INTERNAL;
    Report report = report_new(&session->analysis, 0);
    if (answer.json)
        report_start_json(answer.json, &report, 0);
    else
        report_start_text(answer.stream, &answer.screen, &report, 0);
    report_free(&report);
    return answer_end(&answer, session, session_status(session, STATUS_DONE));
}
