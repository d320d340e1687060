#include "cli/answer.h"
#include "cli/command.h"
#include "cli/pictures.h"
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

/* What the target stands for: full control of a crown jewel is the worst. */
static const char *severity_of(const Session *session, const TargetQuestion *question)
{
    const Scope *scope = &session->access.tree.scopes[question->what.index];
    TypeCount type = {0};
    if (question->what.kind != ENTITY_SCOPE)
        return NULL;
    if (scope->resource != NONE && analysis_is_crown_jewel(&session->analysis, scope->resource))
        return "critical";
    if (question->capability == NONE)
        return NULL;
    type.type = scope->type;
    ReachRow row = {.capability = question->capability,
                    .by_type = &type,
                    .type_count = scope->resource != NONE};
    return severity_name(analysis_row_severity(&session->analysis, &row));
}

/* The best chain. */
static Status draw(Session *session, const TargetQuestion *question, const PathAnswer *found)
{
    Picture picture;
    ChainPicture which = {.start = 0, .finding = NONE, .number = 1};
    if (!pictures_wanted(session->options))
        return STATUS_DONE;
    if (!found->chain_count) {
        session_note(session, "no picture: there is no chain");
        return STATUS_DONE;
    }
    which.chain = found->chains[0];
    which.severity = severity_of(session, question);
    Report report = report_of_chains(&session->analysis, found->chains, found->chain_count);
    picture_chain(&picture, &report, &which);
    Status status = pictures_draw(session, &picture);
    picture_free(&picture);
    report_free(&report);
    return status;
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
    if (!pictures_check(session))
        return STATUS_USAGE;
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
    status = answer_end(&answer, session, session_status(session, status_of(found.certainty)));
    Status drawn = draw(session, &question, &found);
    return drawn == STATUS_DONE ? status : drawn;
}
