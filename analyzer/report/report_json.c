#include "report/evidence.h"
#include "report/report.h"
#include "report/snapshot_report.h"
#include "report/technique_report.h"

#include <stdio.h>

Report report_new(const Analysis *analysis, uint32_t only_start)
{
    return (Report){.analysis = analysis,
                    .names = names_new(analysis),
                    .numbers = chain_numbers_new(analysis, only_start)};
}

Report report_of_chains(const Analysis *analysis, const uint32_t *chains, uint32_t count)
{
    return (Report){.analysis = analysis,
                    .names = names_new(analysis),
                    .numbers = chain_numbers_of(analysis, chains, count)};
}

void report_free(Report *report)
{
    names_free(report->names);
    chain_numbers_free(&report->numbers);
    *report = (Report){0};
}

static void put_chain_name(JsonWriter *writer, const Report *report, const char *key,
                           uint32_t chain)
{
    char name[CHAIN_NAME_BYTES];
    json_put_text(writer, key, chain_name(&report->numbers, chain, name));
}

static void put_finding_name(JsonWriter *writer, const char *key, uint32_t finding)
{
    char name[16];
    (void)snprintf(name, sizeof name, "f%u", (unsigned)finding + 1);
    if (key)
        json_put_text(writer, key, name);
    else
        json_add_text(writer, name);
}

/* ---- a start ---- */

static void put_question(JsonWriter *writer, const Report *report, const char *key,
                         const StartResult *result, const QuestionAnswer *question)
{
    bool told = question->row != NONE && question->row < result->reach_count;
    const ReachRow *row = told ? &result->reach[question->row] : NULL;
    json_put_object(writer, key);
    json_put_text(writer, "answer", certainty_name(question->answer));
    json_put_text(writer, "sentence", question->sentence);
    json_put_text(writer, "scope", row ? id_of_scope(report->analysis, row->scope) : NULL);
    json_put_text(writer, "capability",
                  row ? report->analysis->rules->capabilities.items[row->capability].name : NULL);
    put_chain_name(writer, report, "chain", row ? row->chain : NONE);
    json_end(writer);
}

static void put_questions(JsonWriter *writer, const Report *report, const StartResult *result)
{
    json_put_object(writer, "questions");
    put_question(writer, report, "key_vault_beyond_task", result, &result->key_vault_beyond_task);
    put_question(writer, report, "role_assignments", result, &result->role_assignments);
    put_question(writer, report, "beyond_resource_group", result, &result->beyond_resource_group);
    json_end(writer);
}

static void put_principal(JsonWriter *writer, const Report *report, uint32_t principal)
{
    json_put_text(writer, "principal", id_of_principal(report->analysis, principal));
    json_put_text(writer, "name", name_of_principal(report->analysis, principal));
}

static void put_acts_as(JsonWriter *writer, const Report *report, const StartResult *result)
{
    json_put_array(writer, "acts_as");
    for (uint32_t i = 0; i < result->acts_as_count; i++) {
        const ActsAs *acts_as = &result->acts_as[i];
        json_open_object(writer);
        put_principal(writer, report, acts_as->principal);
        json_put_text(writer, "kind", acts_as_kind_name(acts_as->kind));
        json_put_text(writer, "certainty", certainty_name(acts_as->certainty));
        put_chain_name(writer, report, "chain", acts_as->chain);
        json_end(writer);
    }
    json_end(writer);
}

static void put_row(JsonWriter *writer, const Report *report, const ReachRow *row)
{
    const Analysis *analysis = report->analysis;
    json_open_object(writer);
    json_put_text(writer, "scope", id_of_scope(analysis, row->scope));
    json_put_text(writer, "capability", analysis->rules->capabilities.items[row->capability].name);
    json_put_text(writer, "certainty", certainty_name(row->certainty));
    json_put_bool(writer, "in_task_scope", row->in_task_scope);
    json_put_number(writer, "resources", row->resources);
    json_put_object(writer, "by_type");
    for (uint32_t i = 0; i < row->type_count; i++) {
        const char *type = id_text(analysis->snapshot, row->by_type[i].type);
        json_put_number(writer, type ? type : "", row->by_type[i].count);
    }
    json_end(writer);
    json_put_text(writer, "held_by",
                  row->held_by == NONE ? NULL : id_of_principal(analysis, row->held_by));
    json_put_text(writer, "roles", row->roles);
    put_chain_name(writer, report, "chain", row->chain);
    json_end(writer);
}

static void put_reach(JsonWriter *writer, const Report *report, const StartResult *result)
{
    json_put_array(writer, "reach");
    for (uint32_t i = 0; i < result->reach_count; i++)
        put_row(writer, report, &result->reach[i]);
    json_end(writer);
}

/* The layers of the task scope: what is needed, and which rows of `reach` are more than that. */
static void put_needed_and_excess(JsonWriter *writer, const Report *report,
                                  const StartResult *result)
{
    const Analysis *analysis = report->analysis;
    json_put_array(writer, "needed");
    for (uint32_t i = 0; result->detailed && i < result->needed_count; i++) {
        json_open_object(writer);
        json_put_text(writer, "scope", id_of_scope(analysis, result->needed[i].scope));
        json_put_text(writer, "capability",
                      analysis->rules->capabilities.items[result->needed[i].capability].name);
        json_put_text(writer, "why", result->needed[i].why);
        json_end(writer);
    }
    json_end(writer);
    json_put_array(writer, "excess");
    for (uint32_t i = 0; i < result->reach_count; i++)
        if (!result->reach[i].in_task_scope)
            json_add_number(writer, i);
    json_end(writer);
}

static void put_identity(JsonWriter *writer, const Report *report, uint32_t index)
{
    const Analysis *analysis = report->analysis;
    const Start *start = &analysis->starts.items[index];
    json_put_text(writer, "id", id_of_start(analysis, index));
    json_put_text(writer, "name", name_of_start(report->names, index));
    json_put_text(writer, "kind", start_kind_name(start->kind));
    json_put_array(writer, "attached_to");
    for (uint32_t i = 0; i < start->attached_count; i++)
        json_add_text(writer,
                      id_text(analysis->snapshot,
                              analysis->snapshot->resources.items[start->attached_to[i]].id));
    json_end(writer);
}

static void put_own(JsonWriter *writer, const Report *report, const Start *start)
{
    json_put_array(writer, "own");
    for (uint32_t i = 0; i < start->own_count; i++) {
        json_open_object(writer);
        put_principal(writer, report, start->own[i]);
        json_end(writer);
    }
    json_end(writer);
}

static void put_judgement(JsonWriter *writer, const Report *report, const StartResult *result)
{
    json_put_text(writer, "verdict", verdict_name(result->verdict));
    json_put_text(writer, "verdict_if_assumed", verdict_name(result->verdict_if_assumed));
    json_put_text(writer, "containment", containment_name(result->containment));
    json_put_number(writer, "score", result->score);
    json_put_array(writer, "score_terms");
    for (uint32_t i = 0; i < result->score_term_count; i++) {
        json_open_object(writer);
        json_put_text(writer, "term", result->score_terms[i].term);
        json_put_number(writer, "points", result->score_terms[i].points);
        json_end(writer);
    }
    json_end(writer);
    json_put_text(writer, "worst", result->worst);
    put_chain_name(writer, report, "worst_chain", result->worst_chain);
    json_put_object(writer, "reachable");
    json_put_number(writer, "resources", result->reachable_resources);
    json_put_number(writer, "beyond_task", result->beyond_task_resources);
    json_put_number(writer, "subscriptions", result->reachable_subscriptions);
    json_end(writer);
    put_questions(writer, report, result);
}

static void put_standing(JsonWriter *writer, const StartResult *result)
{
    json_put_object(writer, "standing");
    json_put_number(writer, "permanent", result->standing_permanent);
    json_put_number(writer, "time_bound", result->standing_time_bound);
    json_put_number(writer, "eligible", result->standing_eligible);
    json_end(writer);
}

static void put_minor_findings(JsonWriter *writer, const Report *report, const StartResult *result)
{
    json_put_array(writer, "minor_findings");
    for (uint32_t i = 0; i < result->notice_count; i++) {
        const Notice *notice = &result->notices[i];
        if (!notice->minor)
            continue;
        json_open_object(writer);
        json_put_text(writer, "rule",
                      report->analysis->rules->techniques.items[notice->technique].id);
        put_chain_name(writer, report, "chain", notice->chain);
        json_end(writer);
    }
    json_end(writer);
}

static void put_start_members(JsonWriter *writer, const Report *report, uint32_t index)
{
    const Start *start = &report->analysis->starts.items[index];
    const StartResult *result = &report->analysis->results[index];
    put_identity(writer, report, index);
    put_own(writer, report, start);
    json_put_text(writer, "purpose", start->purpose);
    put_judgement(writer, report, result);
    json_put_bool(writer, "detailed", result->detailed);
    json_put_number(writer, "acts_as_total", result->acts_as_total);
    if (result->detailed)
        json_put_number(writer, "reach_total", result->reach_total);
    else
        json_put_text(writer, "reach_total", NULL);
    put_acts_as(writer, report, result);
    put_reach(writer, report, result);
    put_needed_and_excess(writer, report, result);
    put_standing(writer, result);
    json_put_array(writer, "findings");
    for (uint32_t i = 0; i < result->finding_count; i++)
        put_finding_name(writer, NULL, result->findings[i]);
    json_end(writer);
    put_minor_findings(writer, report, result);
    json_put_text(writer, "diagram", diagram_of_start(report->diagrams, index));
}

/* ---- chains ---- */

static void put_entity(JsonWriter *writer, const Report *report, const char *key, Entity entity)
{
    json_put_object(writer, key);
    json_put_text(writer, "kind", entity.kind == ENTITY_PRINCIPAL ? "principal" : "scope");
    json_put_text(writer, "id", id_of_entity(report->names, entity));
    json_put_text(writer, "name", name_of_entity(report->names, entity));
    json_end(writer);
}

static void put_step(JsonWriter *writer, const Report *report, const Step *step)
{
    json_open_object(writer);
    json_put_text(writer, "technique", step->technique);
    json_put_text(writer, "certainty", certainty_name(step->certainty));
    put_entity(writer, report, "from", step->from);
    put_entity(writer, report, "to", step->to);
    json_put_text(writer, "text", step->text);
    json_put_text(writer, "by", step->detail);
    json_put_text(writer, "action", step->action);
    json_put_text(writer, "note", step->note);
    json_put_array(writer, "evidence");
    for (uint32_t i = 0; i < step->evidence_count; i++)
        evidence_json(writer, report->analysis->snapshot, step->evidence[i].record,
                      step->evidence[i].says);
    json_end(writer);
    json_end(writer);
}

void report_chains_json(JsonWriter *writer, const Report *report)
{
    json_put_array(writer, "chains");
    for (uint32_t i = 0; i < report->numbers.count; i++) {
        const Chain *chain = &report->analysis->chains.items[report->numbers.chains[i]];
        json_open_object(writer);
        put_chain_name(writer, report, "id", report->numbers.chains[i]);
        json_put_text(writer, "certainty", certainty_name(chain->certainty));
        json_put_array(writer, "steps");
        for (uint32_t s = 0; s < chain->step_count; s++)
            put_step(writer, report, &chain->steps[s]);
        json_end(writer);
        json_end(writer);
    }
    json_end(writer);
}

/* ---- findings ---- */

static void put_frameworks(JsonWriter *writer, const Report *report, uint32_t technique)
{
    static const TextList none = {NULL, 0};
    const Technique *it =
        technique == NONE ? NULL : &report->analysis->rules->techniques.items[technique];
    json_put_object(writer, "frameworks");
    json_put_texts(writer, "owasp_nhi", it ? &it->owasp_nhi : &none);
    json_put_texts(writer, "attack", it ? &it->attack : &none);
    json_put_texts(writer, "atlas", it ? &it->atlas : &none);
    json_end(writer);
}

static void put_finding(JsonWriter *writer, const Report *report, uint32_t index)
{
    const Finding *finding = &report->analysis->findings.items[index];
    json_open_object(writer);
    put_finding_name(writer, "id", index);
    json_put_text(writer, "rule", finding->rule);
    json_put_text(writer, "severity", severity_name(finding->severity));
    json_put_text(writer, "start", id_of_start(report->analysis, finding->start));
    json_put_text(writer, "title", finding->title);
    json_put_text(writer, "why", finding->why);
    put_chain_name(writer, report, "chain", finding->chain);
    json_put_text(writer, "fix", finding->fix);
    put_frameworks(writer, report, finding->technique);
    json_put_text(writer, "fingerprint", finding->fingerprint);
    json_put_text(writer, "waived_by", NULL);
    json_end(writer);
}

/* ---- all of it ---- */

static void put_tool(JsonWriter *writer, const Rules *rules)
{
    json_put_object(writer, "tool");
    json_put_text(writer, "name", "amlblast");
    json_put_text(writer, "version", AMLBLAST_VERSION);
    json_put_text(writer, "rules_sha256", rules->sha256);
    json_end(writer);
}

static void put_summary(JsonWriter *writer, const Analysis *analysis)
{
    uint32_t identities = 0, beyond = 0, by_verdict[VERDICT_TAKEOVER + 1] = {0};
    for (uint32_t i = 0; i < analysis->starts.count; i++) {
        identities += analysis->starts.items[i].principal != NONE;
        by_verdict[analysis->results[i].verdict]++;
        beyond += analysis->results[i].verdict > VERDICT_CONTAINED;
    }
    json_put_object(writer, "summary");
    json_put_number(writer, "identities", identities);
    json_put_number(writer, "workloads", analysis->starts.count - identities);
    json_put_object(writer, "by_verdict");
    for (int v = VERDICT_TAKEOVER; v >= VERDICT_CONTAINED; v--)
        json_put_number(writer, verdict_name((Verdict)v), by_verdict[v]);
    json_end(writer);
    uint64_t percent = analysis->starts.count ? 100ULL * beyond / analysis->starts.count : 0;
    json_put_number(writer, "over_privileged_percent", percent);
    json_put_number(writer, "findings", analysis->findings.count);
    json_end(writer);
}

void report_json(JsonWriter *writer, const Report *report)
{
    const Analysis *analysis = report->analysis;
    json_open_object(writer);
    json_put_text(writer, "schema", "amlblast.report/1");
    put_tool(writer, analysis->rules);
    json_add_key(writer, "snapshot");
    snapshot_report_json(writer, analysis->snapshot, analysis->access->as_of);
    put_summary(writer, analysis);
    json_put_array(writer, "starts");
    for (uint32_t i = 0; i < analysis->starts.count; i++) {
        json_open_object(writer);
        put_start_members(writer, report, analysis->ranked[i]);
        json_end(writer);
    }
    json_end(writer);
    report_chains_json(writer, report);
    json_put_array(writer, "findings");
    for (uint32_t i = 0; i < analysis->findings.count; i++)
        put_finding(writer, report, i);
    json_end(writer);
    json_end(writer);
}

/* One start alone: "findings" are names as in a report, and "finding_details" are what they name.
 */
void report_start_json(JsonWriter *writer, const Report *report, uint32_t start)
{
    const StartResult *result = &report->analysis->results[start];
    json_open_object(writer);
    put_start_members(writer, report, start);
    report_chains_json(writer, report);
    json_put_array(writer, "finding_details");
    for (uint32_t i = 0; i < result->finding_count; i++)
        put_finding(writer, report, result->findings[i]);
    json_end(writer);
    json_end(writer);
}

/* ---- identities ---- */

void report_identities_json(JsonWriter *writer, const Report *report)
{
    json_open_object(writer);
    json_put_array(writer, "identities");
    for (uint32_t i = 0; i < report->analysis->starts.count; i++) {
        if (report->analysis->starts.items[i].principal == NONE)
            continue;
        json_open_object(writer);
        put_identity(writer, report, i);
        json_end(writer);
    }
    json_end(writer);
    json_end(writer);
}
