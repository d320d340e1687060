#include "cli/answer.h"
#include "cli/command.h"
#include "cli/resolve.h"
#include "report/question_report.h"

/* The only start's own principal as WHAT: it acts as that from the beginning. */
static bool is_who_itself(const Session *session, Entity what)
{
    const Start *start = &session->analysis.starts.items[0];
    for (uint32_t i = 0; i < start->own_count; i++)
        if (start->kind != START_WORKLOAD && what.kind == ENTITY_PRINCIPAL &&
            start->own[i] == what.index)
            return true;
    return false;
}

static bool read_question(Session *session, TargetQuestion *question)
{
    const Words *operands = &session->options->operands;
    if (!resolve_start(session, 1, operands->count - 1) ||
        !resolve_target(session, operands->items[operands->count - 1], question))
        return false;
    if (!is_who_itself(session, question->what))
        return true;
    session_fail(session, STATUS_USAGE, "%s is WHO itself", operands->items[operands->count - 1]);
    return false;
}

static Status status_of(Certainty certainty)
{
    return certainty == CERTAIN ? STATUS_DONE : certainty == NO ? STATUS_NO : STATUS_UNDECIDED;
}

Status command_path(Session *session)
{
    Status status;
    Answer answer;
    TargetQuestion question;
    PathAnswer found;
    if (!session_run(session, STAGE_PREPARED, &status))
        return status;
    if (!read_question(session, &question))
        return STATUS_USAGE;
    progress_step(&session->progress, "searching");
    analysis_path(&session->analysis, 0, &question, session->options->chains, &found);
    progress_end(&session->progress);
    if (!answer_begin(&answer, session))
        return STATUS_INTERNAL;
    if (answer.json)
        path_report_json(answer.json, &session->analysis, &question, &found);
    else
        path_report_text(answer.stream, &answer.screen, &session->analysis, &question, &found);
    return answer_end(&answer, session, session_status(session, status_of(found.certainty)));
}
