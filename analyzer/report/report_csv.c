#include "report/csv.h"
#include "report/report.h"

/* ARM ids, separated by "; ". */
static void put_attached(CsvRow *row, const Analysis *analysis, const Start *start)
{
    TextBuffer joined = {0};
    for (uint32_t i = 0; i < start->attached_count; i++) {
        const Resource *resource = &analysis->snapshot->resources.items[start->attached_to[i]];
        text_append(&joined, i ? "; " : "");
        text_append(&joined, id_text(analysis->snapshot, resource->id));
    }
    csv_text(row, joined.text);
    text_buffer_free(&joined);
}

static void put_start(CsvRow *row, const Report *report, uint32_t rank)
{
    const Analysis *analysis = report->analysis;
    uint32_t index = analysis->ranked[rank];
    const Start *start = &analysis->starts.items[index];
    const StartResult *result = &analysis->results[index];
    csv_number(row, rank + 1);
    csv_text(row, id_of_start(analysis, index));
    csv_text(row, name_of_start(report->names, index));
    csv_text(row, start_kind_name(start->kind));
    put_attached(row, analysis, start);
    csv_text(row, start->purpose);
    csv_text(row, verdict_name(result->verdict));
    csv_text(row, verdict_name(result->verdict_if_assumed));
    csv_text(row, containment_name(result->containment));
    csv_number(row, result->score);
    csv_number(row, result->reachable_resources);
    csv_number(row, result->beyond_task_resources);
    csv_number(row, result->reachable_subscriptions);
    csv_number(row, result->acts_as_total);
    csv_number(row, result->finding_count);
    csv_text(row, result->worst);
    csv_end(row);
}

void report_identities_csv(FILE *stream, const Report *report)
{
    CsvRow row = {.stream = stream};
    csv_header(&row, "rank,id,name,kind,attached_to,purpose,verdict,verdict_if_assumed,containment,"
                     "score,reachable_resources,beyond_task_resources,reachable_subscriptions,"
                     "acts_as,findings,worst");
    for (uint32_t rank = 0; rank < report->analysis->starts.count; rank++)
        put_start(&row, report, rank);
}

static void put_types(CsvRow *row, const Report *report, const ReachRow *reach)
{
    TextBuffer joined = {0};
    for (uint32_t i = 0; i < reach->type_count; i++) {
        const char *type = id_text(report->analysis->snapshot, reach->by_type[i].type);
        text_append_format(&joined, "%s%s %u", i ? "; " : "", type ? type : "",
                           (unsigned)reach->by_type[i].count);
    }
    csv_text(row, joined.text);
    text_buffer_free(&joined);
}

static void put_reach(CsvRow *row, const Report *report, uint32_t start, const ReachRow *reach)
{
    const Analysis *analysis = report->analysis;
    char chain[CHAIN_NAME_BYTES];
    csv_text(row, id_of_start(analysis, start));
    csv_text(row, name_of_start(report->names, start));
    csv_text(row, id_of_scope(analysis, reach->scope));
    csv_text(row, name_of_scope(report->names, reach->scope));
    csv_text(row, analysis->rules->capabilities.items[reach->capability].name);
    csv_text(row, certainty_name(reach->certainty));
    csv_text(row, reach->in_task_scope ? "yes" : "no");
    csv_number(row, reach->resources);
    put_types(row, report, reach);
    csv_text(row, reach->held_by == NONE ? NULL : id_of_principal(analysis, reach->held_by));
    csv_text(row, reach->held_by == NONE ? NULL : name_of_principal(analysis, reach->held_by));
    csv_text(row, reach->roles);
    csv_text(row, chain_name(&report->numbers, reach->chain, chain));
    csv_end(row);
}

void report_reach_csv(FILE *stream, const Report *report)
{
    const Analysis *analysis = report->analysis;
    CsvRow row = {.stream = stream};
    csv_header(&row, "start,start_name,scope,scope_name,capability,certainty,in_task_scope,"
                     "resources,types,held_by,held_by_name,roles,chain");
    for (uint32_t i = 0; i < analysis->starts.count; i++) {
        uint32_t start = analysis->ranked[i];
        for (uint32_t r = 0; r < analysis->results[start].reach_count; r++)
            put_reach(&row, report, start, &analysis->results[start].reach[r]);
    }
}

void report_findings_csv(FILE *stream, const Report *report)
{
    const Analysis *analysis = report->analysis;
    char chain[CHAIN_NAME_BYTES], id[16];
    CsvRow row = {.stream = stream};
    csv_header(&row, "id,rule,severity,start,start_name,title,why,fix,chain,fingerprint");
    for (uint32_t i = 0; i < analysis->findings.count; i++) {
        const Finding *finding = &analysis->findings.items[i];
        (void)snprintf(id, sizeof id, "f%u", (unsigned)i + 1);
        csv_text(&row, id);
        csv_text(&row, finding->rule);
        csv_text(&row, severity_name(finding->severity));
        csv_text(&row, id_of_start(analysis, finding->start));
        csv_text(&row, name_of_start(report->names, finding->start));
        csv_text(&row, finding->title);
        csv_text(&row, finding->why);
        csv_text(&row, finding->fix);
        csv_text(&row, chain_name(&report->numbers, finding->chain, chain));
        csv_text(&row, finding->fingerprint);
        csv_end(&row);
    }
}
