#include "cli/answer.h"
#include "cli/command.h"
#include "cli/nearest.h"
#include "report/technique_report.h"

static Status unknown_technique(const Session *session, const char *id)
{
    NearestNames nearest = {.wanted = id};
    for (uint32_t i = 0; i < session->rules.techniques.count; i++)
        nearest_add(&nearest, session->rules.techniques.items[i].id);
    TextBuffer names = {0};
    nearest_list(&nearest, &names);
    session_fail(session, STATUS_USAGE, "unknown technique \"%s\"%s%s", id,
                 names.text ? "; the nearest: " : "", names.text ? names.text : "");
    text_buffer_free(&names);
    return STATUS_USAGE;
}

Status command_techniques(Session *session)
{
    Status status;
    Answer answer;
    uint32_t only = NONE;
    const Words *operands = &session->options->operands;
    if (!session_run(session, STAGE_RULES, &status))
        return status;
    if (operands->count > 1) {
        only = rules_find_technique(&session->rules, operands->items[1]);
        if (only == NONE)
            return unknown_technique(session, operands->items[1]);
    }
    if (!answer_begin(&answer, session))
        return STATUS_INTERNAL;
    if (answer.json)
        technique_list_json(answer.json, &session->rules, only);
    else if (only != NONE)
        technique_explain_text(answer.stream, &answer.screen, &session->rules, only);
    else
        technique_list_text(answer.stream, &answer.screen, &session->rules);
    return answer_end(&answer, session, STATUS_DONE);
}
