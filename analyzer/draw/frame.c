#include "draw/frame.h"

#include "draw/label.h"

enum {
    MOST_WRAPPED = 6, /* lines of one sentence */
    TITLE_LINES = 3,
    TITLE_LINE = 27,
    SUBTITLE_LINES = 3,
    SUBTITLE_LINE = 17,
    WORST_TOP = 7,
    WORST_LINES = 4,
    WORST_LINE = 18,
    WORST_LEAST = 22, /* height of the badge */
    TITLE_BADGE_WIDTH = 88,
    TITLE_BADGE_GAP = 9,
    TITLE_BADGE_SIZE = 10,
    FACTS_TOP = 8,
    FACT_LINE = 17,
    FACT_LABEL_GAP = 6,
    FACT_GAP = 26,
    NOTE_TOP = 6,
    NOTE_LINE = 15,
    NOTE_BADGE_WIDTH = 88,
    NOTE_LINES = 3,
    HEADING_LINE = 17,
    HEADING_RULE = 1,
    BOX_NAME_LINE = 16,
    BOX_TYPE_GAP = 6,
    BOX_NOTE_GAP = 8,
    SENTENCE_LINES = 4,
    SENTENCE_LINE = 14,
    SENTENCE_BOTTOM = 6,
    KEY_LINE = 20,
    KEY_BADGE_WIDTH = 66,
    KEY_BADGE_HEIGHT = 16,
    KEY_HEAD_WIDTH = 42,
    KEY_TEXT_GAP = 6,
    KEY_GAP = 20,
    SAMPLE_WIDTH = 40
};

static const Font TITLE_FONT = {19, true};
static const Font SUBTITLE_FONT = {11, false};
static const Font WORST_FONT = {12, true};
static const Font FACT_LABEL_FONT = {8, false};
static const Font FACT_FONT = {10, true};
static const Font NOTE_FONT = {10, true};
static const Font HEADING_FONT = {9, true};
static const Font BOX_TYPE_FONT = {8, false};
static const Font BOX_NOTE_FONT = {9, false};
static const Font SENTENCE_FONT = {9, true};
static const Font KEY_FONT = {9, false};
static const Font KEY_HEAD_FONT = {9, true};

#define INCOMPLETE_WORDS "\xe2\x96\xa0 INCOMPLETE"

/* Closes the label; makes it even and not empty, which is a syntax error to Graphviz. */
static Block finish(Arena *arena, TextBuffer *out, int width, int height)
{
    int even = height == 0 ? 2 : block_even(height);
    label_space(out, width, even - height);
    label_close(out);
    height = even;
    Block block = {arena_copy_bytes(arena, out->text, out->length_bytes), width, height};
    text_buffer_free(out);
    return block;
}

/* Rows of wrapped text, `width` wide; returns their height. */
static int write_wrapped(Arena *arena, TextBuffer *out, const char *text, int width, int line,
                         Ink ink, uint32_t most_lines)
{
    const char *lines[MOST_WRAPPED];
    uint32_t count = text_wrap(arena, text, width, ink.font, lines, most_lines);
    for (uint32_t i = 0; i < count; i++) {
        label_row_open(out, NULL);
        label_text(out, width, line, 0, ink, lines[i]);
        label_row_close(out);
    }
    return line * (int)count;
}

/* A badge with a wrapped sentence beside it; returns the height. */
static int write_worst(Arena *arena, TextBuffer *out, const Picture *picture, int width)
{
    const bool critical = picture->worst_severity == SEVERITY_CRITICAL;
    const Ink ink = {WORST_FONT, critical ? COLOR_CRITICAL : COLOR_INK};
    const char *lines[MOST_WRAPPED];
    int room = width - TITLE_BADGE_WIDTH - TITLE_BADGE_GAP;
    uint32_t count = text_wrap(arena, picture->worst, room, WORST_FONT, lines, WORST_LINES);
    int text_height = count == 1 ? WORST_LEAST : WORST_LINE * (int)count;
    int line = count == 1 ? WORST_LEAST : WORST_LINE;
    if (count == 0)
        return 0;
    label_space(out, width, WORST_TOP);
    label_row_open(out, NULL);
    label_part_open(out);
    label_row_open(out, NULL);
    label_badge(out, picture->worst_severity, TITLE_BADGE_WIDTH, WORST_LEAST, TITLE_BADGE_SIZE);
    label_row_close(out);
    label_space(out, TITLE_BADGE_WIDTH, text_height - WORST_LEAST);
    label_part_close(out);
    label_gap(out, TITLE_BADGE_GAP, text_height);
    label_part_open(out);
    for (uint32_t i = 0; i < count; i++) {
        label_row_open(out, NULL);
        label_text(out, room, line, 0, ink, lines[i]);
        label_row_close(out);
    }
    label_part_close(out);
    label_row_close(out);
    return WORST_TOP + text_height;
}

/* One fact as two cells; returns its width.  `out` NULL only measures. */
static int write_fact(Arena *arena, TextBuffer *out, const Pair *fact, int most_width)
{
    const Ink label_ink = {FACT_LABEL_FONT, COLOR_INK2};
    const Ink value_ink = {FACT_FONT, COLOR_INK};
    const char *label = text_fit(arena, card_capitals(arena, fact->label), most_width / 2,
                                 FACT_LABEL_FONT, USUAL_HEAD_PERCENT);
    int label_width = text_width_roomy(label, FACT_LABEL_FONT) + FACT_LABEL_GAP;
    const char *value = text_fit_roomy(arena, fact->text, most_width - label_width, FACT_FONT);
    int value_width = text_width_roomy(value, FACT_FONT);
    if (out) {
        label_text(out, label_width, FACT_LINE, 0, label_ink, label);
        label_text(out, value_width, FACT_LINE, 0, value_ink, value);
    }
    return label_width + value_width;
}

/* As many facts from `first` on as one line holds, at least one. */
static uint32_t facts_in_line(Arena *arena, const Picture *picture, uint32_t first, int width)
{
    uint32_t count = 0;
    int used = 0;
    while (first + count < picture->fact_count) {
        used += write_fact(arena, NULL, &picture->facts[first + count], width);
        if (count > 0 && used > width)
            break;
        used += FACT_GAP;
        count++;
    }
    return count;
}

static int write_facts(Arena *arena, TextBuffer *out, const Picture *picture, int width)
{
    if (picture->fact_count == 0)
        return 0;
    int height = FACTS_TOP;
    label_space(out, width, FACTS_TOP);
    for (uint32_t first = 0; first < picture->fact_count;) {
        uint32_t count = facts_in_line(arena, picture, first, width);
        int used = 0;
        label_row_open(out, NULL);
        for (uint32_t i = 0; i < count; i++) {
            used += write_fact(arena, out, &picture->facts[first + i], width);
            int gap = i + 1 < count ? FACT_GAP : width - used;
            label_gap(out, gap, FACT_LINE);
            used += gap;
        }
        label_row_close(out);
        height += FACT_LINE;
        first += count;
    }
    return height;
}

static int write_notes(Arena *arena, TextBuffer *out, const Picture *picture, int width)
{
    const Ink ink = {NOTE_FONT, COLOR_HIGH};
    int room = width - NOTE_BADGE_WIDTH;
    int height = 0;
    for (uint32_t i = 0; i < picture->incomplete.count; i++) {
        const char *lines[MOST_WRAPPED];
        uint32_t count =
            text_wrap(arena, picture->incomplete.items[i], room, NOTE_FONT, lines, NOTE_LINES);
        if (i == 0 && count > 0) {
            label_space(out, width, NOTE_TOP);
            height += NOTE_TOP;
        }
        for (uint32_t line = 0; line < count; line++) {
            label_row_open(out, NULL);
            label_text(out, NOTE_BADGE_WIDTH, NOTE_LINE, 0, ink,
                       i == 0 && line == 0 ? INCOMPLETE_WORDS : "");
            label_text(out, room, NOTE_LINE, 0, ink, lines[line]);
            label_row_close(out);
            height += NOTE_LINE;
        }
    }
    return height;
}

Block frame_title(Arena *arena, const Picture *picture, int width)
{
    const Ink title_ink = {TITLE_FONT, COLOR_INK};
    const Ink subtitle_ink = {SUBTITLE_FONT, COLOR_INK2};
    TextBuffer out = {0};
    label_open(&out, 0, NULL, NULL, false);
    int height =
        write_wrapped(arena, &out, picture->title, width, TITLE_LINE, title_ink, TITLE_LINES);
    height += write_wrapped(arena, &out, picture->subtitle, width, SUBTITLE_LINE, subtitle_ink,
                            SUBTITLE_LINES);
    height += write_worst(arena, &out, picture, width);
    height += write_facts(arena, &out, picture, width);
    height += write_notes(arena, &out, picture, width);
    return finish(arena, &out, width, height);
}

Block frame_heading(Arena *arena, const char *heading, int width)
{
    const Ink ink = {HEADING_FONT, COLOR_INK2};
    const char *fitted =
        text_fit(arena, card_capitals(arena, heading), width, HEADING_FONT, USUAL_HEAD_PERCENT);
    TextBuffer out = {0};
    label_open(&out, 0, NULL, NULL, false);
    label_row_open(&out, NULL);
    label_text(&out, width, HEADING_LINE, 0, ink, fitted);
    label_row_close(&out);
    text_append(&out, "<TR>");
    label_fill(&out, width, HEADING_RULE, COLOR_HAIR);
    text_append(&out, "</TR>");
    return finish(arena, &out, width, HEADING_LINE + HEADING_RULE);
}

/* One piece of a line, preceded by a gap; gives way when little room is left.  Moves *used. */
static void write_piece(Arena *arena, TextBuffer *out, const char *text, Ink ink, int height,
                        int gap, int most_width, int *used)
{
    int room = most_width - *used - gap;
    const char *fitted = text_fit_roomy(arena, text, room, ink.font);
    int width = text_width_roomy(fitted, ink.font);
    if (!*text || room < width)
        return;
    label_gap(out, gap, height);
    label_text(out, width, height, 0, ink, fitted);
    *used += gap + width;
}

Block frame_box_name(Arena *arena, const Box *box, int most_width)
{
    const Ink type_ink = {BOX_TYPE_FONT, COLOR_INK2};
    const Ink name_ink = {{box->level == 1 ? 11 : 10, true}, COLOR_INK};
    const Ink note_ink = {BOX_NOTE_FONT, COLOR_INK2};
    int used = 0;
    TextBuffer out = {0};
    label_open(&out, 0, NULL, NULL, false);
    label_row_open(&out, NULL);
    write_piece(arena, &out, card_capitals(arena, box->type), type_ink, BOX_NAME_LINE, 0,
                most_width, &used);
    write_piece(arena, &out, box->name, name_ink, BOX_NAME_LINE, used ? BOX_TYPE_GAP : 0,
                most_width, &used);
    write_piece(arena, &out, box->note, note_ink, BOX_NAME_LINE, BOX_NOTE_GAP, most_width, &used);
    int even = used == 0 ? 2 : block_even(used);
    label_gap(&out, even - used, BOX_NAME_LINE);
    label_row_close(&out);
    return finish(arena, &out, even, BOX_NAME_LINE);
}

/* A row of the legend that breaks into several when it gets too long. */
typedef struct Flow {
    Arena *arena;
    TextBuffer *out;
    int width;
    int used;   /* of the open line; 0: none is open */
    int height; /* of the legend so far, the open line not counted */
} Flow;

static void end_line(Flow *flow)
{
    if (flow->used == 0)
        return;
    label_gap(flow->out, flow->width - flow->used, KEY_LINE);
    label_row_close(flow->out);
    flow->height += KEY_LINE;
    flow->used = 0;
}

/* Makes room for an entry; `head` names the row and stands only at its very beginning. */
static void begin_entry(Flow *flow, const char *head, int entry_width)
{
    const Ink head_ink = {KEY_HEAD_FONT, COLOR_INK2};
    if (flow->used > 0 && flow->used + KEY_GAP + entry_width > flow->width)
        end_line(flow);
    if (flow->used > 0) {
        label_gap(flow->out, KEY_GAP, KEY_LINE);
        flow->used += KEY_GAP;
        return;
    }
    label_row_open(flow->out, NULL);
    label_text(flow->out, KEY_HEAD_WIDTH, KEY_LINE, 0, head_ink, head);
    flow->used = KEY_HEAD_WIDTH;
}

/* The words of an entry after its badge or sample, made to fit one line. */
static const char *entry_words(const Flow *flow, const char *text, int mark_width)
{
    int room = flow->width - KEY_HEAD_WIDTH - mark_width - KEY_TEXT_GAP;
    return text_fit_roomy(flow->arena, text, room, KEY_FONT);
}

static void write_entry_words(Flow *flow, const char *words)
{
    const Ink ink = {KEY_FONT, COLOR_INK2};
    int width = text_width_roomy(words, KEY_FONT);
    label_gap(flow->out, KEY_TEXT_GAP, KEY_LINE);
    label_text(flow->out, width, KEY_LINE, 0, ink, words);
    flow->used += KEY_TEXT_GAP + width;
}

static void write_key(Flow *flow, const Picture *picture)
{
    for (uint32_t i = 0; i < picture->key_count; i++) {
        const char *words = entry_words(flow, picture->key[i].text, KEY_BADGE_WIDTH);
        int top = (KEY_LINE - KEY_BADGE_HEIGHT) / 2;
        begin_entry(flow, i == 0 ? "KEY" : "",
                    KEY_BADGE_WIDTH + KEY_TEXT_GAP + text_width_roomy(words, KEY_FONT));
        label_part_open(flow->out);
        label_space(flow->out, KEY_BADGE_WIDTH, top);
        label_row_open(flow->out, NULL);
        label_badge(flow->out, picture->key[i].severity, KEY_BADGE_WIDTH, KEY_BADGE_HEIGHT, 8);
        label_row_close(flow->out);
        label_space(flow->out, KEY_BADGE_WIDTH, KEY_LINE - top - KEY_BADGE_HEIGHT);
        label_part_close(flow->out);
        flow->used += KEY_BADGE_WIDTH;
        write_entry_words(flow, words);
    }
    end_line(flow);
}

static void write_lines(Flow *flow, const Picture *picture, const bool styles[STYLE_COUNT],
                        Legend *legend)
{
    for (uint32_t style = 0; style < STYLE_COUNT; style++) {
        if (!styles[style])
            continue;
        const char *words = entry_words(flow, picture->line_meanings[style], SAMPLE_WIDTH);
        begin_entry(flow, legend->sample_count == 0 ? "LINES" : "",
                    SAMPLE_WIDTH + KEY_TEXT_GAP + text_width_roomy(words, KEY_FONT));
        legend->samples[legend->sample_count++] =
            (Sample){(Style)style, flow->used, flow->height + KEY_LINE / 2.0, SAMPLE_WIDTH};
        label_gap(flow->out, SAMPLE_WIDTH, KEY_LINE);
        flow->used += SAMPLE_WIDTH;
        write_entry_words(flow, words);
    }
    end_line(flow);
}

Legend frame_legend(Arena *arena, const Picture *picture, const bool styles[STYLE_COUNT], int width)
{
    const Ink sentence_ink = {SENTENCE_FONT, COLOR_INK};
    Legend legend = {.sample_count = 0};
    TextBuffer out = {0};
    Flow flow = {.arena = arena, .out = &out, .width = width};
    label_open(&out, 0, NULL, NULL, false);
    flow.height = write_wrapped(arena, &out, picture->sentence, width, SENTENCE_LINE, sentence_ink,
                                SENTENCE_LINES);
    if (flow.height > 0) {
        label_space(&out, width, SENTENCE_BOTTOM);
        flow.height += SENTENCE_BOTTOM;
    }
    write_key(&flow, picture);
    write_lines(&flow, picture, styles, &legend);
    legend.block = finish(arena, &out, width, flow.height);
    return legend;
}
