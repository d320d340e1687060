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

/* ---- checking a rule directory ---- */

typedef struct Problems {
    Arena arena;
    ARRAY(const char *) messages;
} Problems;

static void keep_problem(void *context, const char *message)
{
    Problems *problems = context;
    ARRAY_PUSH(&problems->messages, arena_copy_text(&problems->arena, message));
}

static void tell_problems(Answer *answer, const Problems *problems, const Rules *rules)
{
    const TextList texts = {problems->messages.items, problems->messages.count};
    if (answer->json) {
        technique_check_json(answer->json, &texts, rules);
        return;
    }
    technique_check_text(answer->stream, &answer->screen, &texts, rules);
}

static Status check_rules(const Session *session, const char *directory)
{
    Answer answer;
    Rules rules = {0};
    Error err;
    Problems problems = {0};
    (void)rules_check(directory, keep_problem, &problems);
    if (problems.messages.count == 0 && !rules_load(&rules, directory, &err))
        keep_problem(&problems, err.message); /* changed between the two readings */
    Status status = problems.messages.count ? STATUS_USAGE : STATUS_DONE;
    if (answer_begin(&answer, session)) {
        tell_problems(&answer, &problems, &rules);
        status = answer_end(&answer, session, status);
    } else {
        status = STATUS_INTERNAL;
    }
    rules_free(&rules);
    ARRAY_FREE(&problems.messages);
    arena_free(&problems.arena);
    return status;
}

/* ---- the catalogue ---- */

Status command_techniques(Session *session)
{
    Status status;
    Answer answer;
    uint32_t only = NONE;
    const Words *operands = &session->options->operands;
    const char *directory = session->options->check_dir;
    if (directory && operands->count > 1)
        return session_fail(session, STATUS_USAGE,
                            "techniques: --check DIR takes no ID, found \"%s\"",
                            operands->items[1]);
    if (directory)
        return check_rules(session, directory);
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
