#include "report/question_report.h"

#include "base/memory.h"
#include "report/evidence.h"
#include "report/report.h"
#include "report/snapshot_report.h"

#include <stdlib.h>

enum { MOST_ROWS = 100, MOST_CHAINS = 3 };

static const char *capability_name(const Analysis *analysis, uint32_t capability)
{
    return capability == NONE ? NULL : analysis->rules->capabilities.items[capability].name;
}

/* ---- path ---- */

/* Calls `put` with every principal and place that the start is made of. */
static void each_who(const Analysis *analysis, const Names *names,
                     void (*put)(void *context, const char *id, const char *name), void *context)
{
    const Start *start = &analysis->starts.items[0];
    if (!start->joined) {
        put(context, id_of_start(analysis, 0), name_of_start(names, 0));
        return;
    }
    for (uint32_t i = 0; i < start->own_count; i++)
        put(context, id_of_principal(analysis, start->own[i]),
            name_of_principal(analysis, start->own[i]));
    for (uint32_t i = 0; i < start->place_count; i++)
        put(context, id_of_scope(analysis, start->places[i]),
            name_of_scope(names, start->places[i]));
}

static void put_who(void *context, const char *id, const char *name)
{
    JsonWriter *writer = context;
    json_open_object(writer);
    json_put_text(writer, "id", id);
    json_put_text(writer, "name", name);
    json_end(writer);
}

static void put_near_miss(JsonWriter *writer, const Report *report, const NearMiss *miss)
{
    const Analysis *analysis = report->analysis;
    bool principal = term_is_principal(miss->on);
    json_put_text(writer, "text", miss->text);
    json_put_text(writer, "kind", miss->kind);
    json_put_text(writer, "needs", miss->needs);
    json_put_text(writer, "on",
                  miss->on == NONE ? NULL
                  : principal      ? id_of_principal(analysis, term_index(miss->on))
                                   : id_of_scope(analysis, miss->on));
    json_put_text(writer, "role", miss->role);
    json_put_text(writer, "holder",
                  miss->holder == NONE ? NULL : id_of_principal(analysis, miss->holder));
    json_put_text(writer, "technique", miss->technique);
    json_put_text(writer, "then", miss->then);
    json_put_number(writer, "steps", miss->steps);
    json_put_text(writer, "certainty", certainty_name(miss->certainty));
    json_put_array(writer, "evidence");
    if (miss->record != NONE)
        evidence_json(writer, analysis->snapshot, miss->record, miss->needs);
    json_end(writer);
}

static void put_near_misses(JsonWriter *writer, const Report *report, const PathAnswer *answer)
{
    json_add_key(writer, "nearest_missing");
    if (answer->near_miss_count == 0) {
        json_add_null(writer);
    } else {
        json_open_object(writer);
        put_near_miss(writer, report, &answer->near_misses[0]);
        json_end(writer);
    }
    json_put_array(writer, "also_missing");
    for (uint32_t i = 1; i < answer->near_miss_count; i++) {
        json_open_object(writer);
        put_near_miss(writer, report, &answer->near_misses[i]);
        json_end(writer);
    }
    json_end(writer);
}

void path_report_json(JsonWriter *writer, const Analysis *analysis, const TargetQuestion *question,
                      const PathAnswer *answer)
{
    Report report = report_of_chains(analysis, answer->chains, answer->chain_count);
    json_open_object(writer);
    json_put_bool(writer, "found", answer->chain_count > 0);
    json_put_text(writer, "certainty", certainty_name(answer->certainty));
    json_put_array(writer, "who");
    each_who(analysis, report.names, put_who, writer);
    json_end(writer);
    json_put_object(writer, "what");
    json_put_text(writer, "kind", question->what.kind == ENTITY_PRINCIPAL ? "principal" : "scope");
    json_put_text(writer, "id", id_of_entity(report.names, question->what));
    json_put_text(writer, "name", name_of_entity(report.names, question->what));
    json_end(writer);
    json_put_text(writer, "capability", capability_name(analysis, question->capability));
    report_chains_json(writer, &report);
    put_near_misses(writer, &report, answer);
    json_put_text(writer, "unknown_because", answer->unknown_because);
    json_end(writer);
    report_free(&report);
}

static void append_who(void *context, const char *id, const char *name)
{
    (void)id;
    TextBuffer *text = context;
    text_append_format(text, "%s%s", text->length_bytes ? " and " : "", name);
}

static TextStyle style_of(Certainty certainty)
{
    return certainty == NO ? STYLE_GOOD : certainty == CERTAIN ? STYLE_CRITICAL : STYLE_HIGH;
}

/* "acting as id-payments", "read-secrets on kv-payments", "kv-payments" */
static void append_what(TextBuffer *text, const Report *report, const TargetQuestion *question)
{
    if (question->what.kind == ENTITY_PRINCIPAL)
        text_append(text, "acting as ");
    if (question->capability != NONE)
        text_append_format(text, "%s on ", capability_name(report->analysis, question->capability));
    text_append(text, name_of_entity(report->names, question->what));
}

static void print_path_sum(FILE *stream, const Screen *screen, const Report *report,
                           const TargetQuestion *question, const PathAnswer *answer)
{
    TextBuffer who = {0}, text = {0};
    const Analysis *analysis = report->analysis;
    each_who(analysis, report->names, append_who, &who);
    screen_print(screen, stream, style_of(answer->certainty), certainty_name(answer->certainty));
    if (answer->chain_count) {
        uint32_t steps = analysis->chains.items[answer->chains[0]].step_count - 1;
        text_append_format(&text, ": %u step%s from %s to ", (unsigned)steps, steps == 1 ? "" : "s",
                           who.text);
    } else {
        text_append_format(&text, ": no chain from %s to ", who.text);
    }
    append_what(&text, report, question);
    if (answer->unknown_because)
        text_append_format(&text, " was found, but %s", answer->unknown_because);
    screen_wrap(screen, stream, 4, text.text);
    text_buffer_free(&text);
    text_buffer_free(&who);
}

static void print_chain(FILE *stream, const Screen *screen, const Report *report, uint32_t chain)
{
    char name[CHAIN_NAME_BYTES], heading[64];
    (void)snprintf(heading, sizeof heading, "Chain %s, %s",
                   chain_name(&report->numbers, chain, name),
                   certainty_name(report->analysis->chains.items[chain].certainty));
    screen_heading(screen, stream, heading);
    report_chain_text(stream, screen, report, chain);
}

static void print_near_misses(FILE *stream, const Screen *screen, const Report *report,
                              const PathAnswer *answer)
{
    TextBuffer text = {0};
    if (answer->near_miss_count)
        screen_heading(screen, stream,
                       "What is missing, the nearest first; one of these is enough");
    for (uint32_t i = 0; i < answer->near_miss_count; i++) {
        const NearMiss *miss = &answer->near_misses[i];
        text_buffer_clear(&text);
        if (miss->holder != NONE && !text_equal(miss->kind, "property"))
            text_append_format(&text, "%s ", name_of_principal(report->analysis, miss->holder));
        text_append(&text, miss->text);
        fprintf(stream, "%3u. ", (unsigned)(i + 1));
        screen_wrap(screen, stream, 5, text.text);
        text_buffer_clear(&text);
        text_append_format(&text, "then it %s", miss->then);
        if (miss->steps > 1)
            text_append_format(&text, ", and is %u step%s away", (unsigned)miss->steps - 1,
                               miss->steps == 2 ? "" : "s");
        if (miss->certainty != CERTAIN)
            text_append_format(&text, " (%s)", certainty_name(miss->certainty));
        fputs("     ", stream);
        screen_wrap(screen, stream, 5, text.text);
        if (miss->record == NONE)
            continue;
        text_buffer_clear(&text);
        evidence_text(&text, report->analysis->snapshot, miss->record);
        fputs("     ", stream);
        screen_print(screen, stream, STYLE_DIM, text.text);
        fputc('\n', stream);
    }
    text_buffer_free(&text);
}

void path_report_text(FILE *stream, const Screen *screen, const Analysis *analysis,
                      const TargetQuestion *question, const PathAnswer *answer)
{
    Report report = report_of_chains(analysis, answer->chains, answer->chain_count);
    snapshot_report_warnings(stream, screen, analysis->snapshot);
    print_path_sum(stream, screen, &report, question, answer);
    for (uint32_t i = 0; i < answer->chain_count; i++)
        print_chain(stream, screen, &report, answer->chains[i]);
    print_near_misses(stream, screen, &report, answer);
    report_free(&report);
}

/* ---- who ---- */

static Report report_of_who(const Analysis *analysis, const WhoAnswer *answer)
{
    uint32_t *chains = memory_allocate(answer->count, sizeof *chains);
    for (uint32_t i = 0; i < answer->count; i++)
        chains[i] = answer->rows[i].chain;
    Report report = report_of_chains(analysis, chains, answer->count);
    free(chains);
    return report;
}

static const char *capability_or_acts_as(const Analysis *analysis, uint32_t capability)
{
    return capability == NONE ? "acts-as" : capability_name(analysis, capability);
}

static void put_row(JsonWriter *writer, const Report *report, const WhoRow *row)
{
    const Analysis *analysis = report->analysis;
    char chain[CHAIN_NAME_BYTES];
    json_open_object(writer);
    json_put_text(writer, "id", id_of_start(analysis, row->start));
    json_put_text(writer, "name", name_of_start(report->names, row->start));
    json_put_text(writer, "kind", start_kind_name(analysis->starts.items[row->start].kind));
    json_put_text(writer, "capability", capability_or_acts_as(analysis, row->capability));
    json_put_array(writer, "capabilities");
    for (uint32_t c = 0; c < CAPABILITY_COUNT; c++)
        if (row->capabilities >> c & 1)
            json_add_text(writer, capability_name(analysis, c));
    json_end(writer);
    json_put_text(writer, "certainty", certainty_name(row->certainty));
    json_put_text(writer, "chain", chain_name(&report->numbers, row->chain, chain));
    json_end(writer);
}

void who_report_json(JsonWriter *writer, const Analysis *analysis, const TargetQuestion *question,
                     const WhoAnswer *answer)
{
    Report report = report_of_who(analysis, answer);
    json_open_object(writer);
    json_put_text(writer, "target", id_of_entity(report.names, question->what));
    json_put_text(writer, "name", name_of_entity(report.names, question->what));
    json_put_text(writer, "capability", capability_name(analysis, question->capability));
    json_put_array(writer, "starts");
    for (uint32_t i = 0; i < answer->count; i++)
        put_row(writer, &report, &answer->rows[i]);
    json_end(writer);
    report_chains_json(writer, &report);
    json_end(writer);
    report_free(&report);
}

static void add_row(Table *table, const Report *report, const WhoRow *row)
{
    const Analysis *analysis = report->analysis;
    char chain[CHAIN_NAME_BYTES];
    TextBuffer others = {0};
    for (uint32_t c = 0; c < CAPABILITY_COUNT; c++)
        if (c != row->capability && row->capabilities >> c & 1)
            text_append_format(&others, "%s%s", others.length_bytes ? ", " : "",
                               capability_name(analysis, c));
    table_cell(table, STYLE_BOLD, name_of_start(report->names, row->start));
    table_cell(table, STYLE_PLAIN, kind_of_start(report->names, row->start));
    table_cell(table, STYLE_HIGH, capability_or_acts_as(analysis, row->capability));
    table_cell(table, STYLE_PLAIN, others.text ? others.text : "");
    table_cell(table, STYLE_PLAIN, certainty_name(row->certainty));
    table_cell_number(table, analysis->chains.items[row->chain].step_count - 1);
    table_cell(table, STYLE_PLAIN, chain_name(&report->numbers, row->chain, chain));
    text_buffer_free(&others);
}

static void print_who_sum(FILE *stream, const Screen *screen, const Report *report,
                          const TargetQuestion *question, const WhoAnswer *answer)
{
    TextBuffer text = {0};
    uint32_t certain = 0;
    for (uint32_t i = 0; i < answer->count; i++)
        certain += answer->rows[i].certainty == CERTAIN;
    screen_print(screen, stream, STYLE_BOLD, name_of_entity(report->names, question->what));
    text_append_format(&text, ": %u of %u principals and workloads", (unsigned)answer->count,
                       (unsigned)answer->asked);
    if (question->capability != NONE)
        text_append_format(&text, " have %s",
                           capability_name(report->analysis, question->capability));
    else
        text_append(&text,
                    question->what.kind == ENTITY_PRINCIPAL ? " can act as it" : " reach it");
    if (answer->count)
        text_append_format(&text, ", %u of them for certain", (unsigned)certain);
    text_append(&text, ".");
    screen_wrap(screen, stream, 4, text.text);
    text_buffer_free(&text);
}

void who_report_text(FILE *stream, const Screen *screen, const Analysis *analysis,
                     const TargetQuestion *question, const WhoAnswer *answer)
{
    static const TableColumn columns[] = {{"who", false, true},        {"kind", false, true},
                                          {"can", false, false},       {"and", false, true},
                                          {"certainty", false, false}, {"steps", true, false},
                                          {"chain", false, false}};
    Report report = report_of_who(analysis, answer);
    snapshot_report_warnings(stream, screen, analysis->snapshot);
    print_who_sum(stream, screen, &report, question, answer);
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < answer->count && i < MOST_ROWS; i++)
        add_row(table, &report, &answer->rows[i]);
    if (table_row_count(table)) {
        fputc('\n', stream);
        table_print(table, screen, stream);
    }
    table_free(table);
    if (answer->count > MOST_ROWS)
        fprintf(stream, "and %u more (--json has all)\n", (unsigned)(answer->count - MOST_ROWS));
    for (uint32_t i = 0; i < answer->count && i < MOST_CHAINS; i++)
        print_chain(stream, screen, &report, answer->rows[i].chain);
    report_free(&report);
}
