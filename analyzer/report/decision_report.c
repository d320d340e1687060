#include "report/decision_report.h"

#include "report/evidence.h"

void decision_report_add(DecisionReport *report, const Access *access, const Question *question)
{
    Decision decision;
    access_decide(access, question, &decision);
    ARRAY_PUSH(&report->decisions, decision);
}

/* Something that holds goes before `unknown`, and that before `no`: with one identity undecided the
   workload is. */
static bool is_better(Certainty a, Certainty b)
{
    static const int order[] = {
        [CERTAIN] = 0, [CONDITIONAL] = 1, [ELIGIBLE] = 2, [ASSUMED] = 3, [UNKNOWN] = 4, [NO] = 5};
    return order[a] < order[b];
}

Certainty decision_report_answer(const DecisionReport *report)
{
    Certainty best = report->decisions.count ? NO : UNKNOWN;
    for (uint32_t i = 0; i < report->decisions.count; i++)
        if (is_better(report->decisions.items[i].answer, best))
            best = report->decisions.items[i].answer;
    return best;
}

void decision_report_free(DecisionReport *report)
{
    for (uint32_t i = 0; i < report->decisions.count; i++)
        decision_free(&report->decisions.items[i]);
    ARRAY_FREE(&report->decisions);
}

/* ---- JSON ---- */

static void put_reason(JsonWriter *writer, const DecisionReport *report, const Reason *reason)
{
    json_open_object(writer);
    json_put_text(writer, "text", reason->text);
    json_put_text(writer, "certainty", certainty_name(reason->certainty));
    json_put_text(writer, "missing", reason->missing);
    json_put_array(writer, "evidence");
    for (uint32_t i = 0; i < reason->record_count; i++)
        evidence_json(writer, report->snapshot, reason->records[i], NULL);
    json_end(writer);
    json_end(writer);
}

static void put_reasons(JsonWriter *writer, const DecisionReport *report, bool blocking)
{
    json_put_array(writer, blocking ? "blocked_by" : "because");
    for (uint32_t d = 0; d < report->decisions.count; d++) {
        const Decision *decision = &report->decisions.items[d];
        uint32_t count = blocking ? decision->blocked_by.count : decision->because.count;
        const Reason *reasons = blocking ? decision->blocked_by.items : decision->because.items;
        for (uint32_t i = 0; i < count; i++)
            put_reason(writer, report, &reasons[i]);
    }
    json_end(writer);
}

void decision_report_json(JsonWriter *writer, const DecisionReport *report,
                          const Question *question)
{
    json_open_object(writer);
    json_put_text(writer, "answer", certainty_name(decision_report_answer(report)));
    json_put_text(writer, "who", report->who);
    json_put_text(writer, "action", question->action);
    json_put_text(writer, "plane", question->plane == PLANE_DATA ? "data" : "control");
    json_put_text(writer, "scope", question->scope);
    put_reasons(writer, report, false);
    put_reasons(writer, report, true);
    json_end(writer);
}

/* ---- text ---- */

static void print_reason(FILE *stream, const Screen *screen, const DecisionReport *report,
                         const Reason *reason)
{
    TextBuffer text = {0};
    fputs("  ", stream);
    if (reason->certainty != CERTAIN && reason->certainty < NO)
        fprintf(stream, "%s: ", certainty_name(reason->certainty));
    screen_wrap(screen, stream, 4, reason->text);
    for (uint32_t i = 0; i < reason->record_count; i++) {
        text_buffer_clear(&text);
        evidence_text(&text, report->snapshot, reason->records[i]);
        fputs("      ", stream);
        screen_print(screen, stream, STYLE_DIM, text.text);
        fputc('\n', stream);
    }
    if (reason->missing) {
        fputs("      missing: ", stream);
        screen_print(screen, stream, STYLE_HIGH, reason->missing);
        fputc('\n', stream);
    }
    text_buffer_free(&text);
}

static void print_reasons(FILE *stream, const Screen *screen, const DecisionReport *report,
                          bool blocking)
{
    bool headed = false;
    for (uint32_t d = 0; d < report->decisions.count; d++) {
        const Decision *decision = &report->decisions.items[d];
        uint32_t count = blocking ? decision->blocked_by.count : decision->because.count;
        const Reason *reasons = blocking ? decision->blocked_by.items : decision->because.items;
        for (uint32_t i = 0; i < count; i++) {
            if (!headed)
                screen_heading(screen, stream, blocking ? "Against it" : "Because");
            headed = true;
            print_reason(stream, screen, report, &reasons[i]);
        }
    }
}

/* Whether any decision has a reason against the action: a deny assignment, a lock, a firewall. */
static bool has_obstacle(const DecisionReport *report)
{
    for (uint32_t d = 0; d < report->decisions.count; d++)
        if (report->decisions.items[d].blocked_by.count > 0)
            return true;
    return false;
}

static const char *in_words(const DecisionReport *report, Certainty answer)
{
    static const char *const words[] = {
        [CERTAIN] = "yes",
        [CONDITIONAL] = "only if a condition holds that cannot be decided from the export",
        [ELIGIBLE] = "only after activating an eligible assignment",
        [ASSUMED] = "only if something holds that the snapshot does not say",
        [NO] = "nothing in the snapshot grants it, and every kind of record that could is in it",
        [UNKNOWN] = "what could grant it was not exported"};
    if (answer == NO && has_obstacle(report))
        return "not as things stand, for the reasons below";
    return words[answer];
}

void decision_report_text(FILE *stream, const Screen *screen, const DecisionReport *report,
                          const Question *question)
{
    Certainty answer = decision_report_answer(report);
    screen_print(screen, stream, answer < NO ? STYLE_HIGH : STYLE_BOLD, certainty_name(answer));
    fprintf(stream, ": %s\n", in_words(report, answer));
    screen_print(screen, stream, STYLE_DIM, question->action);
    fputs(" at ", stream);
    screen_print(screen, stream, STYLE_DIM, question->scope);
    fputc('\n', stream);
    print_reasons(stream, screen, report, false);
    print_reasons(stream, screen, report, true);
}
