#include "report/picture.h"

#include "base/digest.h"
#include "base/text.h"
#include "report/snapshot_report.h"

#include <stdlib.h>
#include <string.h>

void card_id(char id[CARD_ID_BYTES], char letter, const char *of)
{
    enum { HEX_DIGITS = 10 };
    char digits[DIGEST_TEXT_BYTES];
    char *lower = memory_copy_text(of);
    text_lower(lower);
    Digest *digest = digest_new();
    digest_add(digest, lower, strlen(lower));
    digest_finish(digest, digits);
    (void)snprintf(id, CARD_ID_BYTES, "%c%.*s", letter, HEX_DIGITS, digits);
    free(lower);
}

void card_add_detail(Card *card, const char *text)
{
    if (!text_is_empty(text) && card->detail_count < CARD_DETAILS)
        card->details[card->detail_count++] = text;
}

void card_add_strip(Card *card, CardStrip strip)
{
    if (card->strip_count < CARD_STRIPS)
        card->strips[card->strip_count++] = strip;
}

void card_add_row(Picture *picture, Card *card, const char *label, const char *text)
{
    if (text_is_empty(text) || card->row_count == CARD_ROWS)
        return;
    if (!card->rows)
        card->rows = arena_allocate(&picture->arena, CARD_ROWS, sizeof *card->rows);
    card->rows[card->row_count++] = (CardRow){label, text};
}

void card_add_fix(Card *card, const char *text)
{
    if (!text_is_empty(text) && card->fix_count < CARD_FIXES)
        card->fixes[card->fix_count++] = text;
}

void picture_add_line(Picture *picture, const char *from, const char *to, uint32_t strip,
                      PictureStyle style)
{
    PictureLine line = {.to_strip = strip, .style = style};
    (void)snprintf(line.from, sizeof line.from, "%s", from);
    (void)snprintf(line.to, sizeof line.to, "%s", to);
    ARRAY_PUSH(&picture->lines, line);
}

const char *capitalized(Picture *picture, const char *text)
{
    char *copy = arena_copy_text(&picture->arena, text);
    if (*copy >= 'a' && *copy <= 'z')
        *copy = (char)(*copy - 'a' + 'A');
    return copy;
}

/* ---- order in a column ---- */

static uint32_t order_of_box(uint32_t box, uint32_t chain_box)
{
    if (box == chain_box)
        return 0;
    return box == NONE ? 1 : 2 + box;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *a, const void *b)
{
    const Card *x = a, *y = b;
    int order = compare(x->box_order[0], y->box_order[0]);
    if (!order)
        order = compare(x->box_order[1], y->box_order[1]);
    if (!order)
        order = compare(!x->on_chain, !y->on_chain);
    if (!order)
        order = compare(y->weight, x->weight);
    return order ? order : strcmp(x->id, y->id);
}

void column_sort(PictureColumn *column)
{
    uint32_t outer = NONE, inner = NONE;
    for (uint32_t i = 0; i < column->cards.count; i++) {
        const Card *card = &column->cards.items[i];
        if (card->on_chain) {
            outer = card->outer;
            inner = card->inner;
        }
    }
    for (uint32_t i = 0; i < column->cards.count; i++) {
        Card *card = &column->cards.items[i];
        card->box_order[0] = order_of_box(card->outer, outer);
        card->box_order[1] = order_of_box(card->inner, inner);
    }
    if (column->cards.count)
        qsort(column->cards.items, column->cards.count, sizeof(Card), by_place);
}

/* ---- what all pictures say ---- */

void picture_add_fact(Picture *picture, const char *label, const char *value)
{
    CardRow fact = {label, value};
    ARRAY_PUSH(&picture->facts, fact);
}

static void add_incomplete(Picture *picture, const char *text)
{
    ARRAY_PUSH(&picture->incomplete, text);
}

static const char JSON_ANSWER[] = "the answer with --json";

const char *picture_whole(const Picture *picture)
{
    return picture->report->diagrams ? "report.json" : JSON_ANSWER;
}

const char *picture_rows(const Picture *picture)
{
    return picture->report->diagrams ? "reach.csv" : JSON_ANSWER;
}

static void add_gaps(Picture *picture, const Snapshot *snapshot)
{
    enum { TOLD_GAPS = 4 };
    uint32_t count = snapshot->gaps.count;
    for (uint32_t i = 0; i < count && i < TOLD_GAPS; i++)
        add_incomplete(picture, arena_format(&picture->arena, "no %s in the snapshot: %s",
                                             snapshot->gaps.items[i].missing,
                                             snapshot->gaps.items[i].weakens));
    if (count > TOLD_GAPS)
        add_incomplete(picture,
                       arena_format(&picture->arena, "%u more gaps in %s",
                                    (unsigned)(count - TOLD_GAPS), picture_whole(picture)));
}

void picture_add_snapshot(Picture *picture)
{
    const Analysis *analysis = picture->report->analysis;
    const Snapshot *snapshot = analysis->snapshot;
    char buffer[32];
    const char *moment = moment_for_people(analysis->access->as_of, buffer);
    picture_add_fact(picture, "Snapshot", arena_copy_text(&picture->arena, moment));
    picture_add_fact(picture, "SHA-256",
                     arena_format(&picture->arena, "%.12s\xE2\x80\xA6", snapshot->sha256));
    for (uint32_t i = 0; i < snapshot->files.count; i++)
        if (snapshot->files.items[i].failed) {
            add_incomplete(picture,
                           arena_format(&picture->arena, "some files could not be read: see %s",
                                        picture_whole(picture)));
            break;
        }
    add_gaps(picture, snapshot);
}

void picture_add_tool(Picture *picture)
{
    picture_add_fact(picture, "Tool", "amlblast " AMLBLAST_VERSION);
}

void picture_free(Picture *picture)
{
    for (uint32_t i = 0; i < picture->columns.count; i++)
        ARRAY_FREE(&picture->columns.items[i].cards);
    ARRAY_FREE(&picture->columns);
    ARRAY_FREE(&picture->lines);
    ARRAY_FREE(&picture->facts);
    ARRAY_FREE(&picture->incomplete);
    arena_free(&picture->arena);
    *picture = (Picture){0};
}

/* ---- writing ---- */

/* The drawer takes texts of up to 4096 characters; it shows far fewer. */
enum { MOST_TEXT_BYTES = 2000 };

static void add_text(JsonWriter *writer, const char *text)
{
    if (strnlen(text, MOST_TEXT_BYTES + 1) <= MOST_TEXT_BYTES) {
        json_add_text(writer, text);
        return;
    }
    TextBuffer cut = {0};
    text_append_bytes(&cut, text, text_fitting_bytes(text, MOST_TEXT_BYTES / 4));
    text_append(&cut, "\xE2\x80\xA6");
    json_add_text(writer, cut.text);
    text_buffer_free(&cut);
}

/* Nothing for NULL. */
static void put_text(JsonWriter *writer, const char *key, const char *text)
{
    if (!text)
        return;
    json_add_key(writer, key);
    add_text(writer, text);
}

static void put_pair(JsonWriter *writer, const char *first, const char *one, const char *second,
                     const char *other)
{
    json_open_object(writer);
    put_text(writer, first, one);
    put_text(writer, second, other);
    json_end(writer);
}

static const char *style_name(PictureStyle style)
{
    static const char *const names[] = {[PICTURE_ESCALATION] = "escalation",
                                        [PICTURE_BEYOND] = "beyond",
                                        [PICTURE_IN_SCOPE] = "in-scope",
                                        [PICTURE_CONDITIONAL] = "conditional",
                                        [PICTURE_ELIGIBLE] = "eligible"};
    return names[style];
}

static const char *silhouette_name(Silhouette silhouette)
{
    static const char *const names[] = {
        [CARD_IDENTITY] = "identity", [CARD_FOCAL] = "focal", [CARD_RESOURCE] = "resource",
        [CARD_GAIN] = "gain",         [CARD_STACK] = "stack", [CARD_EVIDENCE] = "evidence"};
    return names[silhouette];
}

static void put_strips(JsonWriter *writer, const Card *card)
{
    if (card->strip_count == 0)
        return;
    json_put_array(writer, "strips");
    for (uint32_t i = 0; i < card->strip_count; i++) {
        const CardStrip *strip = &card->strips[i];
        json_open_object(writer);
        json_put_text(writer, "style", style_name(strip->style));
        if (strip->step)
            json_put_number(writer, "step", strip->step);
        put_text(writer, "text", strip->text);
        put_text(writer, "by", strip->by);
        json_end(writer);
    }
    json_end(writer);
}

static void put_list(JsonWriter *writer, const char *key, const char *const *texts, uint32_t count)
{
    if (count == 0)
        return;
    json_put_array(writer, key);
    for (uint32_t i = 0; i < count; i++)
        add_text(writer, texts[i]);
    json_end(writer);
}

static void put_rows(JsonWriter *writer, const Card *card)
{
    if (card->row_count == 0)
        return;
    json_put_array(writer, "rows");
    for (uint32_t i = 0; i < card->row_count; i++)
        put_pair(writer, "label", card->rows[i].label, "text", card->rows[i].text);
    json_end(writer);
}

static void put_card(JsonWriter *writer, const Card *card)
{
    json_open_object(writer);
    json_put_text(writer, "id", card->id);
    json_put_text(writer, "silhouette", silhouette_name(card->silhouette));
    put_text(writer, "type", card->type);
    put_text(writer, "name", card->name);
    put_list(writer, "details", card->details, card->detail_count);
    if (card->severity)
        json_put_text(writer, "severity", card->severity);
    if (card->crown)
        json_put_bool(writer, "crown", true);
    if (card->silhouette == CARD_STACK)
        json_put_number(writer, "count", card->count);
    put_strips(writer, card);
    put_rows(writer, card);
    put_list(writer, "fix", card->fixes, card->fix_count);
    put_text(writer, "tooltip", card->tooltip);
    json_end(writer);
}

static void open_box(JsonWriter *writer, const Picture *picture, uint32_t scope, uint32_t level)
{
    const Report *report = picture->report;
    const Scope *at = &report->analysis->access->tree.scopes[scope];
    json_open_object(writer);
    json_put_object(writer, "scope");
    json_put_number(writer, "level", level);
    json_put_text(writer, "type", kind_of_scope(report->names, scope));
    put_text(writer, "name", name_of_scope(report->names, scope));
    if (level == 1 && picture->home != NONE && at->subscription != picture->home)
        json_put_text(writer, "note", "another subscription");
    put_text(writer, "tooltip", id_of_scope(report->analysis, scope));
    json_end(writer);
    json_put_array(writer, "items");
}

static void close_box(JsonWriter *writer, uint32_t *scope)
{
    if (*scope == NONE)
        return;
    json_end(writer);
    json_end(writer);
    *scope = NONE;
}

static void put_cards(JsonWriter *writer, const Picture *picture, const PictureColumn *column)
{
    uint32_t outer = NONE, inner = NONE;
    for (uint32_t i = 0; i < column->cards.count; i++) {
        const Card *card = &column->cards.items[i];
        if (card->inner != inner || card->outer != outer)
            close_box(writer, &inner);
        if (card->outer != outer) {
            close_box(writer, &outer);
            outer = card->outer;
            if (outer != NONE)
                open_box(writer, picture, outer, 1);
        }
        if (card->inner != inner) {
            inner = card->inner;
            open_box(writer, picture, inner, 2);
        }
        put_card(writer, card);
    }
    close_box(writer, &inner);
    close_box(writer, &outer);
}

static void put_columns(JsonWriter *writer, const Picture *picture)
{
    json_put_array(writer, "columns");
    for (uint32_t i = 0; i < picture->columns.count; i++) {
        const PictureColumn *column = &picture->columns.items[i];
        if (column->cards.count == 0)
            continue;
        json_open_object(writer);
        put_text(writer, "heading", column->heading);
        if (column->narrow)
            json_put_bool(writer, "narrow", true);
        json_put_array(writer, "items");
        put_cards(writer, picture, column);
        json_end(writer);
        json_end(writer);
    }
    json_end(writer);
}

static void put_lines(JsonWriter *writer, const Picture *picture)
{
    json_put_array(writer, "lines");
    for (uint32_t i = 0; i < picture->lines.count; i++) {
        const PictureLine *line = &picture->lines.items[i];
        json_open_object(writer);
        json_put_text(writer, "from", line->from);
        json_put_text(writer, "to", line->to);
        json_put_number(writer, "to_strip", line->to_strip);
        json_put_text(writer, "style", style_name(line->style));
        json_end(writer);
    }
    json_end(writer);
}

static void put_legend(JsonWriter *writer, const Picture *picture)
{
    static const char *const key[][2] = {{"critical", "full control or crown jewel"},
                                         {"high", "secrets, keys, other projects"},
                                         {"medium", "data beyond the task"},
                                         {"low", "metadata only"},
                                         {"in-scope", "needed by the task"}};
    json_put_object(writer, "legend");
    put_text(writer, "sentence", picture->legend);
    json_put_array(writer, "key");
    for (size_t i = 0; i < sizeof key / sizeof *key; i++)
        put_pair(writer, "severity", key[i][0], "text", key[i][1]);
    json_end(writer);
    json_end(writer);
}

void picture_write(JsonWriter *writer, const Picture *picture)
{
    json_open_object(writer);
    json_put_text(writer, "schema", "amlblast.picture/1");
    json_put_text(writer, "name", picture->name);
    json_put_text(writer, "kind", picture->kind);
    put_text(writer, "title", picture->title);
    put_text(writer, "subtitle", picture->subtitle);
    put_text(writer, "description", picture->description);
    json_add_key(writer, "worst");
    put_pair(writer, "severity", picture->severity, "text", picture->worst);
    json_put_array(writer, "facts");
    for (uint32_t i = 0; i < picture->facts.count; i++)
        put_pair(writer, "label", picture->facts.items[i].label, "value",
                 picture->facts.items[i].text);
    json_end(writer);
    put_list(writer, "incomplete", picture->incomplete.items, picture->incomplete.count);
    put_columns(writer, picture);
    put_lines(writer, picture);
    put_legend(writer, picture);
    json_end(writer);
}
