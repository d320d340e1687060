#include "draw/words.h"

#include "base/arena.h"

enum { INDENT = 2 };

typedef struct Speaker {
    const Picture *picture;
    TextBuffer *out;
} Speaker;

static void indent(TextBuffer *out, uint32_t depth)
{
    for (uint32_t i = 0; i < depth * INDENT; i++)
        text_append_char(out, ' ');
}

static void write_head(const Speaker *speaker)
{
    const Picture *picture = speaker->picture;
    TextBuffer *out = speaker->out;
    text_append_format(out, "%s\n", picture->title);
    if (*picture->subtitle)
        text_append_format(out, "%s\n", picture->subtitle);
    text_append_char(out, '\n');
    if (*picture->worst)
        text_append_format(out, "%s: %s\n", SEVERITY_LOOKS[picture->worst_severity].label,
                           picture->worst);
    for (uint32_t i = 0; i < picture->incomplete.count; i++)
        text_append_format(out, "INCOMPLETE: %s\n", picture->incomplete.items[i]);
    if (*picture->description)
        text_append_format(out, "%s\n", picture->description);
    text_append(out, picture->fact_count ? "\n" : "");
    for (uint32_t i = 0; i < picture->fact_count; i++)
        text_append_format(out, "%s: %s\n", picture->facts[i].label, picture->facts[i].text);
}

/* "+ ADDED: read all secrets (Key Vault Secrets User)" */
static void write_strip(TextBuffer *out, const Strip *strip)
{
    text_append_format(out, "%s%s", STYLE_LOOKS[strip->style].prefix, strip->text);
    if (*strip->by)
        text_append_format(out, " (%s)", strip->by);
}

/* ", from A, B": where the lines to this strip come from. */
static void write_sources(const Speaker *speaker, uint32_t item, uint32_t strip)
{
    const Picture *picture = speaker->picture;
    const char *before = ", from ";
    for (uint32_t i = 0; i < picture->line_count; i++) {
        const Line *line = &picture->lines[i];
        if (line->to != item || line->to_strip != strip)
            continue;
        text_append_format(speaker->out, "%s%s", before, picture->items[line->from].name);
        before = ", ";
    }
}

static void write_step(const Speaker *speaker, uint32_t index, uint32_t strip)
{
    const Item *item = &speaker->picture->items[index];
    text_append_format(speaker->out, "%u. %s: ", item->strips[strip].step, item->name);
    write_strip(speaker->out, &item->strips[strip]);
    write_sources(speaker, index, strip);
    text_append_char(speaker->out, '\n');
}

static uint32_t last_step(const Picture *picture)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < picture->item_count; i++)
        for (uint32_t j = 0; j < picture->items[i].strip_count; j++)
            if (picture->items[i].strips[j].step > last)
                last = picture->items[i].strips[j].step;
    return last;
}

static void write_steps_numbered(const Speaker *speaker, uint32_t step)
{
    const Picture *picture = speaker->picture;
    for (uint32_t i = 0; i < picture->item_count; i++)
        for (uint32_t j = 0; j < picture->items[i].strip_count; j++)
            if (picture->items[i].strips[j].step == step)
                write_step(speaker, i, j);
}

static void write_chain(const Speaker *speaker)
{
    uint32_t last = last_step(speaker->picture);
    if (last > 0)
        text_append(speaker->out, "\nTHE CHAIN\n");
    for (uint32_t step = 1; step <= last; step++)
        write_steps_numbered(speaker, step);
}

static void write_evidence(const Speaker *speaker, const Item *item, uint32_t depth)
{
    for (uint32_t i = 0; i < item->row_count; i++) {
        indent(speaker->out, depth);
        text_append_format(speaker->out, "%s: %s\n", item->rows[i].label, item->rows[i].text);
    }
    for (uint32_t i = 0; i < item->fixes.count; i++) {
        indent(speaker->out, depth);
        text_append_format(speaker->out, "FIX: %s\n", item->fixes.items[i]);
    }
}

static void write_row(const Speaker *speaker, const Table *table, const TableRow *row,
                      uint32_t number, uint32_t depth)
{
    TextBuffer *out = speaker->out;
    const char *label = SEVERITY_LOOKS[row->severity].label;
    const char *before = ": ";
    indent(out, depth);
    text_append_format(out, "%u. %s%s%s%s", number, row->name, *label ? " [" : "", label,
                       *label ? "]" : "");
    for (uint32_t i = 0; i < table->headings.count; i++) {
        if (!row->cells[i].text)
            continue;
        text_append_format(out, "%s%s %s", before, table->headings.items[i], row->cells[i].text);
        before = ", ";
    }
    text_append_format(out, "%s%s\n", *row->worst ? ". " : "", row->worst);
}

/* "- Key vault kv-pay: 7 keys [HIGH] [CROWN JEWEL]" */
static void write_item_line(const Speaker *speaker, const Item *item, uint32_t depth)
{
    TextBuffer *out = speaker->out;
    const char *label = SEVERITY_LOOKS[item->severity].label;
    indent(out, depth);
    text_append_format(out, "- %s%s%s", item->type, *item->type && *item->name ? " " : "",
                       item->name);
    for (uint32_t i = 0; i < item->details.count; i++)
        text_append_format(out, "%s%s", i == 0 ? ": " : ", ", item->details.items[i]);
    if (*label)
        text_append_format(out, " [%s]", label);
    text_append(out, item->crown ? " [CROWN JEWEL]" : "");
    if (item->silhouette == SILHOUETTE_STACK)
        text_append_format(out, " [STACK OF %u]", item->count);
    text_append_char(out, '\n');
}

static void write_item(const Speaker *speaker, uint32_t index, uint32_t depth)
{
    const Item *item = &speaker->picture->items[index];
    if (!item->table)
        write_item_line(speaker, item, depth);
    for (uint32_t i = 0; i < item->strip_count; i++) {
        indent(speaker->out, depth + 1);
        if (item->strips[i].step)
            text_append_format(speaker->out, "step %u: ", item->strips[i].step);
        write_strip(speaker->out, &item->strips[i]);
        write_sources(speaker, index, i);
        text_append_char(speaker->out, '\n');
    }
    write_evidence(speaker, item, depth + 1);
    for (uint32_t i = 0; item->table && i < item->table->row_count; i++)
        write_row(speaker, item->table, &item->table->rows[i], i + 1, depth);
}

static void write_elements(const Speaker *speaker, const Elements *elements, uint32_t depth)
{
    for (uint32_t i = 0; i < elements->count; i++) {
        const Box *box = elements->items[i].box;
        if (!box) {
            write_item(speaker, elements->items[i].item, depth);
            continue;
        }
        indent(speaker->out, depth);
        text_append_format(speaker->out, "%s%s%s%s%s%s\n", box->type, *box->type ? " " : "",
                           box->name, *box->note ? " (" : "", box->note, *box->note ? ")" : "");
        write_elements(speaker, &box->elements, depth + 1);
    }
}

void words_write(const Picture *picture, TextBuffer *out)
{
    const Speaker speaker = {picture, out};
    write_head(&speaker);
    write_chain(&speaker);
    for (uint32_t i = 0; i < picture->column_count; i++) {
        text_append_format(out, "\n%s\n", picture->columns[i].heading);
        write_elements(&speaker, &picture->columns[i].elements, 0);
    }
    if (*picture->sentence)
        text_append_format(out, "\n%s\n", picture->sentence);
}
