#include "report/technique_report.h"

#include "base/array.h"
#include "base/memory.h"

#include <stdlib.h>
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

/* ---- counts ---- */

typedef struct Count {
    const char *family; /* or NULL: all of them */
    uint32_t techniques, modelled;
} Count;

static void count_one(Count *count, const Technique *technique)
{
    count->techniques++;
    count->modelled += technique->modelled;
}

/* By family, in the order of the catalogue, where a family stands together; all of them behind the
   last.  To be freed. */
static Count *count_families(const Rules *rules, uint32_t *family_count)
{
    Count *counts = memory_allocate(rules->techniques.count + 1, sizeof *counts);
    Count all = {0};
    uint32_t families = 0;
    for (uint32_t i = 0; i < rules->techniques.count; i++) {
        const Technique *technique = &rules->techniques.items[i];
        if (!families || !text_equal(counts[families - 1].family, technique->family))
            counts[families++] = (Count){.family = technique->family};
        count_one(&counts[families - 1], technique);
        count_one(&all, technique);
    }
    counts[families] = all;
    *family_count = families;
    return counts;
}

static void put_count(JsonWriter *writer, const Count *count)
{
    json_put_number(writer, "techniques", count->techniques);
    json_put_number(writer, "modelled", count->modelled);
    json_put_number(writer, "not_modelled", count->techniques - count->modelled);
}

static void put_counts(JsonWriter *writer, const Rules *rules)
{
    uint32_t families;
    Count *counts = count_families(rules, &families);
    json_put_object(writer, "counts");
    put_count(writer, &counts[families]);
    json_put_array(writer, "families");
    for (uint32_t i = 0; i < families; i++) {
        json_open_object(writer);
        json_put_text(writer, "family", counts[i].family);
        put_count(writer, &counts[i]);
        json_end(writer);
    }
    json_end(writer);
    json_end(writer);
    free(counts);
}

static void print_count(FILE *stream, const Count *count)
{
    fprintf(stream, "%u technique%s: %u modelled, %u not modelled\n", (unsigned)count->techniques,
            count->techniques == 1 ? "" : "s", (unsigned)count->modelled,
            (unsigned)(count->techniques - count->modelled));
}

static void print_counts(FILE *stream, const Screen *screen, const Rules *rules)
{
    static const TableColumn columns[] = {
        {"family", false, false}, {"modelled", true, false}, {"not modelled", true, false}};
    uint32_t families;
    Count *counts = count_families(rules, &families);
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < families; i++) {
        table_cell(table, STYLE_PLAIN, counts[i].family);
        table_cell_number(table, counts[i].modelled);
        table_cell_number(table, counts[i].techniques - counts[i].modelled);
    }
    table_print(table, screen, stream);
    table_free(table);
    fputc('\n', stream);
    print_count(stream, &counts[families]);
    free(counts);
}

/* ---- the catalogue ---- */

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
    if (only == NONE)
        put_counts(writer, rules);
    json_end(writer);
}

void technique_list_text(FILE *stream, const Screen *screen, const Rules *rules)
{
    static const TableColumn columns[] = {{"technique", false, false},
                                          {"severity", false, false},
                                          {"confidence", false, false},
                                          {"what it is", false, true}};
    Table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < rules->techniques.count; i++) {
        const Technique *technique = &rules->techniques.items[i];
        table_cell(table, technique->modelled ? STYLE_PLAIN : STYLE_DIM, technique->id);
        table_cell(table, style_of_severity(technique->severity), technique->severity);
        table_cell(table, STYLE_PLAIN,
                   technique->modelled ? technique->confidence : "not modelled");
        table_cell(table, STYLE_PLAIN, technique->title);
    }
    table_print(table, screen, stream);
    table_free(table);
    fputc('\n', stream);
    print_counts(stream, screen, rules);
    fputs("amlblast techniques ID explains one\n", stream);
}

/* ---- a check ---- */

void technique_check_json(JsonWriter *writer, const TextList *problems, const Rules *rules)
{
    json_open_object(writer);
    json_put_texts(writer, "problems", problems);
    if (!problems->count)
        put_counts(writer, rules);
    json_end(writer);
}

void technique_check_text(FILE *stream, const Screen *screen, const TextList *problems,
                          const Rules *rules)
{
    for (uint32_t i = 0; i < problems->count; i++) {
        screen_print(screen, stream, STYLE_PLAIN, problems->items[i]);
        fputc('\n', stream);
    }
    if (problems->count) {
        fprintf(stream, "%u problem%s\n", (unsigned)problems->count,
                problems->count == 1 ? "" : "s");
        return;
    }
    uint32_t families;
    Count *counts = count_families(rules, &families);
    print_count(stream, &counts[families]);
    free(counts);
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
