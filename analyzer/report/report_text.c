#include "report/evidence.h"
#include "report/report.h"
#include "report/snapshot_report.h"
#include "report/technique_report.h"

#include <string.h>

enum { MOST_RANKED = 50, MOST_ROWS = 100, MOST_NAMED = 2 };

static TextStyle style_of_verdict(Verdict verdict)
{
    static const TextStyle styles[] = {[VERDICT_CONTAINED] = STYLE_GOOD,
                                       [VERDICT_BROAD] = STYLE_MEDIUM,
                                       [VERDICT_LATERAL] = STYLE_HIGH,
                                       [VERDICT_ESCALATING] = STYLE_HIGH,
                                       [VERDICT_TAKEOVER] = STYLE_CRITICAL};
    return styles[verdict];
}

/* "cpu-train, gpu-train and 3 more" */
static void append_attached(TextBuffer *text, const Report *report, const Start *start)
{
    const Snapshot *snapshot = report->analysis->snapshot;
    for (uint32_t i = 0; i < start->attached_count && i < MOST_NAMED; i++) {
        const Resource *resource = &snapshot->resources.items[start->attached_to[i]];
        const char *name = text_text(snapshot, resource->name);
        text_append(text, i ? ", " : "");
        text_append(text, name ? name : id_text(snapshot, resource->id));
    }
    if (start->attached_count > MOST_NAMED)
        text_append_format(text, " and %u more", (unsigned)(start->attached_count - MOST_NAMED));
}

/* What a workload runs as stands where an identity says what it is attached to. */
static void append_own(TextBuffer *text, const Report *report, const Start *start)
{
    for (uint32_t i = 0; i < start->own_count && i < MOST_NAMED; i++) {
        text_append(text, i ? ", " : "runs as ");
        text_append(text, name_of_principal(report->analysis, start->own[i]));
    }
    if (start->own_count > MOST_NAMED)
        text_append_format(text, " and %u more", (unsigned)(start->own_count - MOST_NAMED));
}

static void cell_attached(Table *table, const Report *report, const Start *start)
{
    TextBuffer text = {0};
    if (start->kind == START_WORKLOAD)
        append_own(&text, report, start);
    else
        append_attached(&text, report, start);
    table_cell(table, STYLE_PLAIN, text.text);
    text_buffer_free(&text);
}

/* ---- the ranked table ---- */

static void print_summary(FILE *stream, const Screen *screen, const Analysis *analysis)
{
    uint32_t identities = 0, beyond = 0, by_verdict[VERDICT_TAKEOVER + 1] = {0};
    char moment[32];
    for (uint32_t i = 0; i < analysis->starts.count; i++) {
        identities += analysis->starts.items[i].principal != NONE;
        beyond += analysis->results[i].verdict > VERDICT_CONTAINED;
        by_verdict[analysis->results[i].verdict]++;
    }
    fprintf(stream, "Snapshot: %s, SHA-256 %.12s\n",
            moment_for_people(analysis->access->as_of, moment), analysis->snapshot->sha256);
    uint32_t workloads = analysis->starts.count - identities;
    fprintf(stream, "%u identit%s and %u workload%s; %u of them can do more than their task:",
            (unsigned)identities, identities == 1 ? "y" : "ies", (unsigned)workloads,
            workloads == 1 ? "" : "s", (unsigned)beyond);
    for (int v = VERDICT_TAKEOVER; v >= VERDICT_CONTAINED; v--) {
        if (!by_verdict[v])
            continue;
        fprintf(stream, " %u ", (unsigned)by_verdict[v]);
        screen_print(screen, stream, style_of_verdict((Verdict)v), verdict_name((Verdict)v));
    }
    fputs("\n\n", stream);
}

static void add_ranked_row(Table *table, const Report *report, uint32_t rank)
{
    uint32_t index = report->analysis->ranked[rank];
    const Start *start = &report->analysis->starts.items[index];
    const StartResult *result = &report->analysis->results[index];
    char verdict[64];
    (void)snprintf(verdict, sizeof verdict, "%s%s%s%s", verdict_name(result->verdict),
                   result->verdict_if_assumed > result->verdict ? " (or " : "",
                   result->verdict_if_assumed > result->verdict
                       ? verdict_name(result->verdict_if_assumed)
                       : "",
                   result->verdict_if_assumed > result->verdict ? ")" : "");
    table_cell_number(table, rank + 1);
    table_cell(table, style_of_verdict(result->verdict), verdict);
    table_cell(table, STYLE_PLAIN, containment_name(result->containment));
    table_cell_number(table, result->score);
    table_cell(table, STYLE_BOLD, name_of_start(report->names, index));
    table_cell(table, STYLE_PLAIN, kind_of_start(report->names, index));
    cell_attached(table, report, start);
    table_cell(table, STYLE_PLAIN, result->worst);
}

/* Says which rows were left out; silence would read as "reaches nothing". */
static void print_undetailed(FILE *stream, const Analysis *analysis)
{
    unsigned count = 0;
    unsigned cut = 0;
    for (uint32_t i = 0; i < analysis->starts.count; i++) {
        const StartResult *result = &analysis->results[i];
        count += !result->detailed;
        cut += result->detailed && (result->reach_count < result->reach_total ||
                                    result->acts_as_count < result->acts_as_total);
    }
    if (cut)
        fprintf(stream,
                "Of %u of them only the worst rows are listed: report.json has their number as "
                "\"reach_total\" and \"acts_as_total\".\n",
                cut);
    if (count)
        fprintf(stream,
                "The %u last of %u are judged and counted only: report.json says \"detailed\": "
                "false and reach.csv has no rows of them.\n",
                count, (unsigned)analysis->starts.count);
    if (cut || count)
        fputs("amlblast reach NAME -s SNAPSHOT shows one of them with all.\n", stream);
}

void report_ranked_text(FILE *stream, const Screen *screen, const Report *report)
{
    static const TableColumn columns[] = {{"#", true, false},
                                          {"verdict", false, false},
                                          {"contained by", false, false},
                                          {"score", true, false},
                                          {"identity or workload", false, true},
                                          {"kind", false, true},
                                          {"attached to", false, true},
                                          {"the worst thing", false, true}};
    const Analysis *analysis = report->analysis;
    snapshot_report_warnings(stream, screen, analysis->snapshot);
    print_summary(stream, screen, analysis);
    if (analysis->starts.count == 0) {
        fputs("No Azure Machine Learning identity or workload in the snapshot.\n", stream);
        return;
    }
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (uint32_t rank = 0; rank < analysis->starts.count && rank < MOST_RANKED; rank++)
        add_ranked_row(table, report, rank);
    table_print(table, screen, stream);
    table_free(table);
    if (analysis->starts.count > MOST_RANKED)
        fprintf(stream, "and %u more, less bad (identities.csv has all)\n",
                (unsigned)(analysis->starts.count - MOST_RANKED));
    print_undetailed(stream, analysis);
}

/* ---- identities ---- */

void report_identities_text(FILE *stream, const Screen *screen, const Report *report)
{
    static const TableColumn columns[] = {{"identity", false, true},
                                          {"kind", false, false},
                                          {"id", false, true},
                                          {"attached to", false, true}};
    const Analysis *analysis = report->analysis;
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    snapshot_report_warnings(stream, screen, analysis->snapshot);
    for (uint32_t i = 0; i < analysis->starts.count; i++) {
        const Start *start = &analysis->starts.items[i];
        if (start->principal == NONE)
            continue;
        table_cell(table, STYLE_BOLD, name_of_start(report->names, i));
        table_cell(table, STYLE_PLAIN, kind_of_start(report->names, i));
        table_cell(table, STYLE_PLAIN, id_of_start(analysis, i));
        TextBuffer attached = {0};
        append_attached(&attached, report, start);
        table_cell(table, STYLE_PLAIN, attached.text);
        text_buffer_free(&attached);
    }
    if (table_row_count(table))
        table_print(table, screen, stream);
    else
        fputs("No Azure Machine Learning identity in the snapshot.\n", stream);
    table_free(table);
}

/* ---- one start ---- */

static void print_line(FILE *stream, const Screen *screen, const char *label, const char *text)
{
    enum { LABEL_COLUMNS = 26 };
    fprintf(stream, "%-*s", LABEL_COLUMNS, label);
    screen_wrap(screen, stream, LABEL_COLUMNS, text);
}

static void print_question(FILE *stream, const Screen *screen, const char *label,
                           const QuestionAnswer *question)
{
    TextBuffer text = {0};
    text_append_format(&text, "%s: %s", certainty_name(question->answer),
                       question->sentence ? question->sentence : "");
    print_line(stream, screen, label, text.text);
    text_buffer_free(&text);
}

static void print_judgement(FILE *stream, const Screen *screen, const Report *report,
                            uint32_t index)
{
    const Start *start = &report->analysis->starts.items[index];
    const StartResult *result = &report->analysis->results[index];
    TextBuffer text = {0};
    screen_print(screen, stream, STYLE_BOLD, name_of_start(report->names, index));
    fputs(", ", stream);
    screen_print(screen, stream, STYLE_PLAIN, kind_of_start(report->names, index));
    fputc('\n', stream);
    screen_print(screen, stream, STYLE_DIM, id_of_start(report->analysis, index));
    fputs("\n\n", stream);
    fprintf(stream, "%-26s", "verdict");
    screen_print(screen, stream, style_of_verdict(result->verdict), verdict_name(result->verdict));
    if (result->verdict_if_assumed > result->verdict)
        fprintf(stream, "; %s if what the snapshot does not say is assumed",
                verdict_name(result->verdict_if_assumed));
    fputc('\n', stream);
    print_line(stream, screen, "contained by", containment_name(result->containment));
    print_line(stream, screen, "worst", result->worst);
    text_append_format(
        &text, "%u, %u beyond its task, in %u subscription%s",
        (unsigned)result->reachable_resources, (unsigned)result->beyond_task_resources,
        (unsigned)result->reachable_subscriptions, result->reachable_subscriptions == 1 ? "" : "s");
    print_line(stream, screen, "resources reached", text.text);
    print_line(stream, screen, "task", start->purpose ? start->purpose : "not known");
    print_question(stream, screen, "secrets beyond its task", &result->key_vault_beyond_task);
    print_question(stream, screen, "role assignments", &result->role_assignments);
    print_question(stream, screen, "beyond its group", &result->beyond_resource_group);
    text_buffer_free(&text);
}

static uint32_t count_minor(const StartResult *result)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < result->notice_count; i++)
        count += result->notices[i].minor;
    return count;
}

static void print_findings(FILE *stream, const Screen *screen, const Report *report,
                           const StartResult *result)
{
    static const TableColumn columns[] = {{"severity", false, false},
                                          {"finding", false, true},
                                          {"rule", false, false},
                                          {"chain", false, false}};
    unsigned minor = count_minor(result);
    if (result->finding_count + minor == 0)
        return;
    fputc('\n', stream);
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < result->finding_count && i < MOST_ROWS; i++) {
        const Finding *finding = &report->analysis->findings.items[result->findings[i]];
        const char *severity = severity_name(finding->severity);
        char chain[CHAIN_NAME_BYTES];
        table_cell(table, style_of_severity(severity), severity);
        table_cell(table, STYLE_PLAIN, finding->title);
        table_cell(table, STYLE_PLAIN, finding->rule);
        table_cell(table, STYLE_PLAIN, chain_name(&report->numbers, finding->chain, chain));
    }
    if (result->finding_count)
        table_print(table, screen, stream);
    table_free(table);
    if (minor)
        fprintf(stream, "%s%u minor finding%s%s (--json has %s)\n",
                result->finding_count ? "and " : "", minor, minor == 1 ? "" : "s",
                result->finding_count ? " that these lead to or its task needs" : "",
                minor == 1 ? "it" : "them");
}

/* How many the table lacks of all, and how many of all the JSON lists. */
static void print_more(FILE *stream, const char *what, uint32_t listed, uint32_t total)
{
    if (total <= MOST_ROWS)
        return;
    fprintf(stream, "and %u%s more ", (unsigned)(total - MOST_ROWS), what);
    if (listed == total)
        fputs("(--json has all)\n", stream);
    else
        fprintf(stream, "(--json has %u)\n", (unsigned)listed);
}

static void print_acts_as(FILE *stream, const Screen *screen, const Report *report,
                          const StartResult *result)
{
    static const TableColumn columns[] = {{"acts as", false, true},
                                          {"kind", false, false},
                                          {"by", false, false},
                                          {"certainty", false, false},
                                          {"chain", false, false}};
    if (result->acts_as_count == 0)
        return;
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < result->acts_as_count && i < MOST_ROWS; i++) {
        const ActsAs *acts_as = &result->acts_as[i];
        char chain[CHAIN_NAME_BYTES];
        table_cell(table, STYLE_BOLD, name_of_principal(report->analysis, acts_as->principal));
        table_cell(table, STYLE_PLAIN, kind_of_principal(report->analysis, acts_as->principal));
        table_cell(table, STYLE_PLAIN, acts_as_kind_name(acts_as->kind));
        table_cell(table, STYLE_PLAIN, certainty_name(acts_as->certainty));
        table_cell(table, STYLE_PLAIN, chain_name(&report->numbers, acts_as->chain, chain));
    }
    fputc('\n', stream);
    table_print(table, screen, stream);
    table_free(table);
    print_more(stream, "", result->acts_as_count, result->acts_as_total);
}

/* "12 key vaults, 3 storage accounts" */
static void append_types(TextBuffer *text, const Report *report, const ReachRow *row)
{
    for (uint32_t i = 0; i < row->type_count && i < MOST_NAMED; i++)
        text_append_format(
            text, "%s%u %s", i ? ", " : "", (unsigned)row->by_type[i].count,
            words_of_type(report->names, row->by_type[i].type, row->by_type[i].count));
    if (row->type_count > MOST_NAMED)
        text_append_format(text, " and %u types more", (unsigned)(row->type_count - MOST_NAMED));
}

static void add_reach_row(Table *table, const Report *report, const ReachRow *row)
{
    char chain[CHAIN_NAME_BYTES];
    TextBuffer what = {0};
    const Capability *capability = &report->analysis->rules->capabilities.items[row->capability];
    append_types(&what, report, row);
    if (row->roles)
        text_append_format(&what, "%sroles: %s", what.length_bytes ? "; " : "", row->roles);
    table_cell(table, style_of_severity(capability->severity), capability->name);
    table_cell(table, STYLE_BOLD, name_of_scope(report->names, row->scope));
    table_cell(table, STYLE_PLAIN, what.text);
    table_cell(table, STYLE_PLAIN, certainty_name(row->certainty));
    table_cell(table, STYLE_PLAIN, row->in_task_scope ? "needed" : "beyond");
    table_cell(table, STYLE_PLAIN,
               row->held_by == NONE ? "" : name_of_principal(report->analysis, row->held_by));
    table_cell(table, STYLE_PLAIN, chain_name(&report->numbers, row->chain, chain));
    text_buffer_free(&what);
}

static void print_reach(FILE *stream, const Screen *screen, const Report *report,
                        const StartResult *result)
{
    static const TableColumn columns[] = {{"can", false, false},  {"at", false, true},
                                          {"what", false, true},  {"certainty", false, false},
                                          {"task", false, false}, {"as", false, true},
                                          {"chain", false, false}};
    if (result->reach_count == 0) {
        fputs("\nReaches nothing.\n", stream);
        return;
    }
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < result->reach_count && i < MOST_ROWS; i++)
        add_reach_row(table, report, &result->reach[i]);
    fputc('\n', stream);
    table_print(table, screen, stream);
    table_free(table);
    print_more(stream, " rows", result->reach_count, result->reach_total);
}

static void print_step(FILE *stream, const Screen *screen, const Report *report, uint32_t number,
                       const Step *step)
{
    TextBuffer text = {0};
    fprintf(stream, "%3u. ", (unsigned)number);
    bool start = text_equal(step->technique, "start");
    text_append_format(&text, "%s: %s",
                       start ? "start" : name_of_entity(report->names, step->actor), step->text);
    screen_wrap(screen, stream, 5, text.text);
    if (step->note) {
        text_buffer_clear(&text);
        text_append_format(&text, "%s: %s", certainty_name(step->certainty), step->note);
        fputs("     ", stream);
        screen_wrap(screen, stream, 5, text.text);
    }
    for (uint32_t i = 0; i < step->evidence_count; i++) {
        text_buffer_clear(&text);
        if (step->evidence[i].says)
            text_append_format(&text, "%s   ", step->evidence[i].says);
        evidence_text(&text, report->analysis->snapshot, step->evidence[i].record);
        fputs("     ", stream);
        screen_print(screen, stream, STYLE_DIM, text.text);
        fputc('\n', stream);
    }
    text_buffer_free(&text);
}

void report_chain_text(FILE *stream, const Screen *screen, const Report *report, uint32_t index)
{
    const Chain *chain = &report->analysis->chains.items[index];
    for (uint32_t i = 0; i < chain->step_count; i++)
        print_step(stream, screen, report, i, &chain->steps[i]);
}

static void print_worst_chain(FILE *stream, const Screen *screen, const Report *report,
                              const StartResult *result)
{
    char name[CHAIN_NAME_BYTES], heading[64];
    if (result->worst_chain == NONE)
        return;
    (void)snprintf(heading, sizeof heading, "The worst chain, %s, %s",
                   chain_name(&report->numbers, result->worst_chain, name),
                   certainty_name(report->analysis->chains.items[result->worst_chain].certainty));
    screen_heading(screen, stream, heading);
    report_chain_text(stream, screen, report, result->worst_chain);
}

void report_start_text(FILE *stream, const Screen *screen, const Report *report, uint32_t start)
{
    const StartResult *result = &report->analysis->results[start];
    snapshot_report_warnings(stream, screen, report->analysis->snapshot);
    print_judgement(stream, screen, report, start);
    print_findings(stream, screen, report, result);
    print_acts_as(stream, screen, report, result);
    print_reach(stream, screen, report, result);
    print_worst_chain(stream, screen, report, result);
}
