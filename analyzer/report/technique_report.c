#include "report/technique_report.h"

#include "base/array.h"

#include <string.h>

void json_put_texts(JsonWriter *writer, const char *key, const TextList *texts)
{
    json_put_array(writer, key);
    for (uint32_t i = 0; i < texts->count; i++)
        json_add_text(writer, texts->items[i]);
    json_end(writer);
}

TextStyle style_of_severity(const char *severity)
{
    if (text_equal(severity, "critical"))
        return STYLE_CRITICAL;
    if (text_equal(severity, "high"))
        return STYLE_HIGH;
    return text_equal(severity, "medium") ? STYLE_MEDIUM : STYLE_PLAIN;
}

static const char *status_of(const Technique *technique)
{
    return technique->modelled ? "modelled" : "not-modelled";
}

static void put_technique(JsonWriter *writer, const Technique *technique)
{
    json_open_object(writer);
    json_put_text(writer, "id", technique->id);
    json_put_text(writer, "status", status_of(technique));
    json_put_text(writer, "not_modelled_because", technique->not_modelled_because);
    json_put_text(writer, "built_in", technique->built_in);
    json_put_text(writer, "family", technique->family);
    json_put_text(writer, "title", technique->title);
    json_put_text(writer, "text", technique->text);
    json_put_text(writer, "why", technique->why);
    json_put_text(writer, "severity", technique->severity);
    json_put_text(writer, "confidence", technique->confidence);
    json_put_text(writer, "assumes", technique->assumes);
    json_put_text(writer, "fix", technique->fix);
    json_put_object(writer, "frameworks");
    json_put_texts(writer, "owasp_nhi", &technique->owasp_nhi);
    json_put_texts(writer, "attack", &technique->attack);
    json_put_texts(writer, "atlas", &technique->atlas);
    json_end(writer);
    json_put_texts(writer, "sources", &technique->sources);
    json_put_text(writer, "checked", technique->checked);
    json_end(writer);
}

void technique_list_json(JsonWriter *writer, const Rules *rules, uint32_t only)
{
    json_open_object(writer);
    json_put_text(writer, "rules_sha256", rules->sha256);
    json_put_array(writer, "techniques");
    for (uint32_t i = 0; i < rules->techniques.count; i++)
        if (only == NONE || only == i)
            put_technique(writer, &rules->techniques.items[i]);
    json_end(writer);
    json_end(writer);
}

void technique_list_text(FILE *stream, const Screen *screen, const Rules *rules)
{
    static const TableColumn columns[] = {{"technique", false, false},
                                          {"severity", false, false},
                                          {"confidence", false, false},
                                          {"what it is", false, true}};
    uint32_t modelled = 0;
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < rules->techniques.count; i++) {
        const Technique *technique = &rules->techniques.items[i];
        modelled += technique->modelled;
        table_cell(table, technique->modelled ? STYLE_PLAIN : STYLE_DIM, technique->id);
        table_cell(table, style_of_severity(technique->severity), technique->severity);
        table_cell(table, STYLE_PLAIN,
                   technique->modelled ? technique->confidence : "not modelled");
        table_cell(table, STYLE_PLAIN, technique->title);
    }
    table_print(table, screen, stream);
    table_free(table);
    fprintf(stream, "\n%u techniques, %u of them modelled; amlblast techniques ID explains one\n",
            (unsigned)rules->techniques.count, (unsigned)modelled);
}

/* ---- one explained ---- */

static void explain(FILE *stream, const Screen *screen, const char *label, const char *text)
{
    enum { LABEL_COLUMNS = 14 };
    if (text_is_empty(text))
        return;
    fprintf(stream, "%-*s", LABEL_COLUMNS, label);
    screen_wrap(screen, stream, LABEL_COLUMNS, text);
}

static void explain_list(FILE *stream, const Screen *screen, const char *label,
                         const TextList *texts)
{
    TextBuffer joined = {0};
    for (uint32_t i = 0; i < texts->count; i++) {
        text_append(&joined, i ? ", " : "");
        text_append(&joined, texts->items[i]);
    }
    explain(stream, screen, label, joined.text);
    text_buffer_free(&joined);
}

void technique_explain_text(FILE *stream, const Screen *screen, const Rules *rules,
                            uint32_t technique)
{
    const Technique *it = &rules->techniques.items[technique];
    screen_print(screen, stream, STYLE_BOLD, it->id);
    fputs("\n\n", stream);
    screen_wrap(screen, stream, 0, it->title);
    fputc('\n', stream);
    explain(stream, screen, "what is done", it->text);
    explain(stream, screen, "why it works", it->why);
    explain(stream, screen, "severity", it->severity);
    explain(stream, screen, "confidence", it->confidence);
    explain(stream, screen, "assumes", it->assumes);
    explain(stream, screen, "fix", it->fix);
    explain(stream, screen, "built in", it->built_in);
    explain(stream, screen, "not modelled", it->not_modelled_because);
    explain_list(stream, screen, "OWASP NHI", &it->owasp_nhi);
    explain_list(stream, screen, "ATT&CK", &it->attack);
    explain_list(stream, screen, "ATLAS", &it->atlas);
    for (uint32_t i = 0; i < it->sources.count; i++)
        explain(stream, screen, i ? "" : "sources", it->sources.items[i]);
    explain(stream, screen, "checked", it->checked);
}
