#include "cli/answer.h"
#include "cli/command.h"
#include "cli/resolve.h"
#include "report/decision_report.h"

#include <string.h>

/* ---- attributes that the user gives ---- */

/* Binds NAME=VALUE; of a NAME that is repeated all values count, NAME= alone says it is absent. */
static bool bind_attribute(Session *session, AttributeSource source, const char *text,
                           AttributeBinding *bindings, uint32_t *count)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return false;
    const char *name = arena_copy_bytes(&session->arena, text, (size_t)(equals - text));
    AttributeBinding *binding = NULL;
    for (uint32_t i = 0; i < *count; i++)
        if (bindings[i].source == source && text_equal_any_case(bindings[i].name, name))
            binding = &bindings[i];
    if (!binding) {
        binding = &bindings[(*count)++];
        *binding = (AttributeBinding){.source = source, .state = ATTRIBUTE_ABSENT, .name = name};
    }
    if (!equals[1])
        return true;
    const char **values = arena_allocate(&session->arena, binding->value_count + 1, sizeof *values);
    for (uint32_t i = 0; i < binding->value_count; i++)
        values[i] = binding->values[i];
    values[binding->value_count++] = equals + 1;
    binding->values = values;
    binding->state = ATTRIBUTE_KNOWN;
    return true;
}

/* What the user tells about the request; false: said what is wrong. */
static bool gather_attributes(Session *session, ConditionContext *known)
{
    const Options *options = session->options;
    const struct {
        AttributeSource source;
        const Words *words;
    } given[] = {{SOURCE_REQUEST, &options->request},
                 {SOURCE_RESOURCE, &options->resource},
                 {SOURCE_ENVIRONMENT, &options->environment},
                 {SOURCE_PRINCIPAL, &options->principal}};
    uint32_t most = options->request.count + options->resource.count + options->environment.count +
                    options->principal.count;
    AttributeBinding *bindings = arena_allocate(&session->arena, most + 1, sizeof *bindings);
    *known = (ConditionContext){.bindings = bindings,
                                .suboperations_known = options->suboperations.count > 0,
                                .suboperations = options->suboperations.items,
                                .suboperation_count = options->suboperations.count};
    if (known->suboperations_known && !*options->suboperations.items[0])
        known->suboperation_count = 0;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        for (uint32_t w = 0; w < given[i].words->count; w++)
            if (!bind_attribute(session, given[i].source, given[i].words->items[w], bindings,
                                &known->binding_count)) {
                session_fail(session, STATUS_USAGE, "expected NAME=VALUE, found \"%s\"",
                             given[i].words->items[w]);
                return false;
            }
    return true;
}

/* ---- the question ---- */

static bool read_question(Session *session, Who *who, Question *question)
{
    const Options *options = session->options;
    const char *const *operands = options->operands.items;
    Who recipient;
    question->action = operands[2];
    question->plane = options->data_action ? PLANE_DATA : PLANE_CONTROL;
    question->to_type = options->to_type;
    if (!resolve_who(session, operands[1], who) ||
        !resolve_scope(session, operands[3], &question->scope))
        return false;
    if (options->role && !resolve_role(session, options->role, &question->role))
        return false;
    if (options->to) {
        if (!resolve_who(session, options->to, &recipient))
            return false;
        question->to = recipient.id;
    }
    return true;
}

/* Who asks: the principal itself, or every identity that code in the workload has. */
static void decide(Session *session, const Who *who, Question *question, DecisionReport *report)
{
    const Snapshot *snapshot = &session->snapshot;
    if (who->resource == NONE) {
        question->who = who->id;
        question->principal = who->principal;
        decision_report_add(report, &session->access, question);
        return;
    }
    uint32_t count;
    const uint32_t *own = session_own_principals(session, who->resource, &count);
    for (uint32_t i = 0; i < count; i++) {
        question->principal = own[i];
        question->who = id_text(snapshot, snapshot->principals.items[own[i]].object_id);
        if (!question->who)
            question->who = "";
        decision_report_add(report, &session->access, question);
    }
}

Status command_can(Session *session)
{
    Status status;
    Answer answer;
    Who who;
    ConditionContext known;
    Question question = {0};
    if (!session_run(session, STAGE_STARTS, &status))
        return status;
    if (!gather_attributes(session, &known) || !read_question(session, &who, &question))
        return STATUS_USAGE;
    if (known.binding_count > 0 || known.suboperations_known)
        question.known = &known;
    if (!answer_begin(&answer, session))
        return STATUS_INTERNAL;
    DecisionReport report = {.snapshot = &session->snapshot, .who = who.id};
    decide(session, &who, &question, &report);
    Certainty best = decision_report_answer(&report);
    if (answer.json)
        decision_report_json(answer.json, &report, &question);
    else
        decision_report_text(answer.stream, &answer.screen, &report, &question);
    decision_report_free(&report);
    status = best == CERTAIN ? STATUS_DONE : best == NO ? STATUS_NO : STATUS_UNDECIDED;
    return answer_end(&answer, session, session_status(session, status));
}
