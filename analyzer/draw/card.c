#include "draw/card.h"

#include "draw/label.h"
#include "draw/matrix.h"

#include <string.h>

/*
 *    +--+---------------------------+   strip: 30 high, with a step number or none
 *    | 2| change its own role       |
 *    |  | User Access Administrator |
 *    +--+---------------------------+
 *    |#  KEY VAULT      [# CRITICAL]|   body: spine, type line with badge,
 *    |#  kv-pay-signing             |   name,
 *    |#  14 secrets, 6 keys         |   details
 *    +------------------------------+
 */
enum {
    USUAL_WIDTH = 190,
    CHAIN_WIDTH = 196,
    FOCAL_WIDTH = 206,
    NARROW_WIDTH = 150,
    STRIP_HEIGHT = 30,
    STRIP_LINE1 = 14,
    STRIP_LINE2 = 11,
    STRIP_TOP = 3,
    STRIP_PADDING = 4,
    STEP_WIDTH = 18,
    BADGE_WIDTH = 62,
    BADGE_HEIGHT = 14,
    TYPE_HEIGHT = 14,
    NAME_HEIGHT = 17,
    FOCAL_NAME_HEIGHT = 20,
    DETAIL_HEIGHT = 13,
    BODY_TOP = 5,
    BODY_BOTTOM = 5,
    BODY_LEFT = 5,
    BODY_RIGHT = 4,
    ROUND_BORDER = 2,
    ROUND_INSET = 3, /* keeps square strips inside the round corners */
    ROUND_GAP = 2,   /* between strips */
    ROUND_LEFT = 7,
    GAIN_BORDER = 2,
    GAIN_LEFT = 6,
    SHEET_HEIGHT = 4,
    SHEET_INSET = 5,
    SHEETS = 2,
    EVIDENCE_LEFT = 7,
    EVIDENCE_HEADING = 22,
    EVIDENCE_LABEL = 13,
    EVIDENCE_TEXT = 12,
    EVIDENCE_GAP = 4,
    FIX_HEADING = 18,
    FIX_LINE = 13,
    FIX_BOTTOM = 5,
    PINS_MARGIN = 8
};

static const Font TYPE_FONT = {8, false};
static const Font TYPE_BOLD_FONT = {8, true};
static const Font NAME_FONT = {12, true};
static const Font FOCAL_NAME_FONT = {14, true};
static const Font DETAIL_FONT = {9, false};
static const Font DETAIL_BOLD_FONT = {9, true};
static const Font STEP_FONT = {11, true};

#define CROWN_LINE "\xe2\x97\x8a CROWN JEWEL"
#define BACK_ARROW "\xe2\x86\x90 "
#define ELLIPSIS   "\xe2\x80\xa6"
#define UP_GLYPH   "\xe2\x96\xb2 "

int card_width(const Picture *picture, const Item *item, bool narrow)
{
    if (item->silhouette == SILHOUETTE_MATRIX)
        return matrix_width(item->table);
    if (narrow)
        return NARROW_WIDTH;
    if (picture->kind == PICTURE_CHAIN)
        return CHAIN_WIDTH;
    return item->silhouette == SILHOUETTE_FOCAL ? FOCAL_WIDTH : USUAL_WIDTH;
}

int block_even(int size)
{
    return size + size % 2;
}

const char *card_capitals(Arena *arena, const char *text)
{
    char *capitals = arena_copy_text(arena, text);
    for (char *c = capitals; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return capitals;
}

/* What a body prints, in which colours; the same for every silhouette. */
typedef struct Body {
    int width; /* between the paddings */
    int left;  /* padding */
    int right;
    const char *type;
    bool type_bold;
    const char *type_color;
    Severity badge;
    const char *name;
    Font name_font;
    int name_height;
    const char *name_color;
    Texts details;
    Texts back_notes;
    const char *detail_color;
} Body;

static int body_lines_height(const Body *body)
{
    uint32_t small_lines = body->details.count + body->back_notes.count;
    return BODY_TOP + TYPE_HEIGHT + body->name_height + DETAIL_HEIGHT * (int)small_lines;
}

static int body_height(const Body *body)
{
    return block_even(body_lines_height(body) + BODY_BOTTOM);
}

static void write_line(TextBuffer *out, const Body *body, int height, Ink ink, const char *text)
{
    label_row_open(out, NULL);
    label_gap(out, body->left, height);
    label_text(out, body->width, height, 0, ink, text);
    label_gap(out, body->right, height);
    label_row_close(out);
}

static void write_type_line(Arena *arena, TextBuffer *out, const Body *body)
{
    const Ink ink = {body->type_bold ? TYPE_BOLD_FONT : TYPE_FONT, body->type_color};
    int badge_width = body->badge == SEVERITY_NONE ? 0 : BADGE_WIDTH;
    int gap = badge_width ? 4 : 0;
    int room = body->width - badge_width - gap;
    label_row_open(out, NULL);
    label_gap(out, body->left, TYPE_HEIGHT);
    label_text(out, room + gap, TYPE_HEIGHT, 0, ink,
               text_fit(arena, body->type, room, ink.font, USUAL_HEAD_PERCENT));
    if (badge_width)
        label_badge(out, body->badge, BADGE_WIDTH, BADGE_HEIGHT, TYPE_FONT.size);
    label_gap(out, body->right, TYPE_HEIGHT);
    label_row_close(out);
}

/* Rows of a table `left + width + right` wide and body_height high. */
static void write_body(Arena *arena, TextBuffer *out, const Body *body, int head_percent)
{
    const Ink name_ink = {body->name_font, body->name_color};
    const Ink detail_ink = {DETAIL_FONT, body->detail_color};
    const Ink back_ink = {DETAIL_BOLD_FONT, body->detail_color};
    int full_width = body->left + body->width + body->right;
    label_space(out, full_width, BODY_TOP);
    write_type_line(arena, out, body);
    write_line(out, body, body->name_height, name_ink,
               text_fit(arena, body->name, body->width, body->name_font, head_percent));
    for (uint32_t i = 0; i < body->details.count; i++)
        write_line(
            out, body, DETAIL_HEIGHT, detail_ink,
            text_fit(arena, body->details.items[i], body->width, DETAIL_FONT, USUAL_HEAD_PERCENT));
    for (uint32_t i = 0; i < body->back_notes.count; i++) {
        const char *note = arena_format(arena, BACK_ARROW "%s", body->back_notes.items[i]);
        write_line(out, body, DETAIL_HEIGHT, back_ink,
                   text_fit(arena, note, body->width, DETAIL_BOLD_FONT, USUAL_HEAD_PERCENT));
    }
    label_space(out, full_width, body_height(body) - body_lines_height(body));
}

/* The number of a step in a filled cell; returns its width, 0 without a step. */
static int write_step(Arena *arena, TextBuffer *out, const Strip *strip)
{
    const Ink ink = {STEP_FONT, COLOR_ON_DARK};
    if (!strip->step)
        return 0;
    const char *number = arena_format(arena, "%u", strip->step);
    int width = text_width_up(number, STEP_FONT) + STRIP_PADDING;
    width = width < STEP_WIDTH ? STEP_WIDTH : width;
    label_box_open(out, 0, NULL, STYLE_LOOKS[strip->style].color);
    label_centered(out, width, STRIP_HEIGHT, ink, number);
    label_box_close(out);
    return width;
}

static void write_strip_line(Arena *arena, TextBuffer *out, int width, int height, Ink ink,
                             const char *text)
{
    label_row_open(out, NULL);
    label_text(out, width, height, STRIP_PADDING, ink,
               text_fit(arena, text, width - 2 * STRIP_PADDING, ink.font, USUAL_HEAD_PERCENT));
    label_row_close(out);
}

/* A row `width` wide and STRIP_HEIGHT high. */
static void write_strip(Arena *arena, TextBuffer *out, const Strip *strip, int width)
{
    const StyleLook *look = &STYLE_LOOKS[strip->style];
    const bool neutral = strip->style == STYLE_BEYOND;
    const Ink ink1 = {DETAIL_BOLD_FONT, neutral ? COLOR_INK : look->color};
    const Ink ink2 = {TYPE_FONT, COLOR_INK2};
    int line2_height = *strip->by ? STRIP_LINE2 : 0;
    int top = *strip->by ? STRIP_TOP : (STRIP_HEIGHT - STRIP_LINE1) / 2;
    label_row_open(out, look->ground);
    int room = width - write_step(arena, out, strip);
    label_part_open(out);
    label_space(out, room, top);
    write_strip_line(arena, out, room, STRIP_LINE1, ink1,
                     arena_format(arena, "%s%s", look->prefix, strip->text));
    if (line2_height)
        write_strip_line(arena, out, room, STRIP_LINE2, ink2, strip->by);
    label_space(out, room, STRIP_HEIGHT - top - STRIP_LINE1 - line2_height);
    label_part_close(out);
    label_row_close(out);
}

/* Where lines end: `first` is the top of the first strip. */
static void set_ends(Arena *arena, Card *card, uint32_t strip_count, int first, int pitch)
{
    card->end_count = strip_count ? strip_count : 1;
    card->ends = arena_allocate(arena, card->end_count, sizeof *card->ends);
    for (uint32_t i = 0; i < strip_count; i++)
        card->ends[i] = first + pitch * (int)i + STRIP_HEIGHT / 2;
    if (strip_count == 0)
        card->ends[0] = card->block.height / 2;
}

static void set_pins(Card *card, int strips_bottom, int card_bottom)
{
    card->pins_top = strips_bottom + PINS_MARGIN;
    card->pins_bottom = card_bottom - PINS_MARGIN;
}

static const char *copy_label(Arena *arena, TextBuffer *out)
{
    const char *label = arena_copy_bytes(arena, out->text, out->length_bytes);
    text_buffer_free(out);
    return label;
}

static Body plain_body(Arena *arena, const Item *item)
{
    return (Body){.type = card_capitals(arena, item->type),
                  .type_color = COLOR_INK2,
                  .badge = item->severity,
                  .name = item->name,
                  .name_font = NAME_FONT,
                  .name_height = NAME_HEIGHT,
                  .name_color = COLOR_INK,
                  .details = item->details,
                  .back_notes = item->back_notes,
                  .detail_color = COLOR_INK2};
}

/* The type gives way to the crown and moves before the first detail. */
static void crown_body(Arena *arena, const Item *item, Body *body)
{
    uint32_t count = item->details.count ? item->details.count : 1;
    const char **details = arena_allocate(arena, count, sizeof *details);
    for (uint32_t i = 0; i < item->details.count; i++)
        details[i] = item->details.items[i];
    if (*item->type)
        details[0] = item->details.count
                         ? arena_format(arena, "%s \xc2\xb7 %s", item->type, details[0])
                         : item->type;
    body->type = CROWN_LINE;
    body->type_bold = true;
    body->details = (Texts){details, *item->type ? count : item->details.count};
}

static Body resource_body(Arena *arena, const Item *item, int width)
{
    const SeverityLook *look = &SEVERITY_LOOKS[item->severity];
    Body body = plain_body(arena, item);
    body.left = BODY_LEFT;
    body.right = BODY_RIGHT;
    body.width = width - 2 * look->border_width - look->spine_width - BODY_LEFT - BODY_RIGHT;
    if (item->silhouette == SILHOUETTE_STACK && !*item->type)
        body.type = arena_format(arena, "STACK OF %u", item->count);
    if (item->crown)
        crown_body(arena, item, &body);
    return body;
}

static void write_sheets(TextBuffer *out, const char *color, int width)
{
    for (int sheet = 1; sheet <= SHEETS; sheet++) {
        int inset = SHEET_INSET * sheet;
        label_row_open(out, NULL);
        label_gap(out, inset, SHEET_HEIGHT);
        text_append_format(out,
                           "<TD FIXEDSIZE=\"TRUE\" WIDTH=\"%d\" HEIGHT=\"%d\" BORDER=\"1\" "
                           "SIDES=\"LBR\" COLOR=\"%s\" BGCOLOR=\"%s\"></TD>",
                           width - 2 * inset, SHEET_HEIGHT, color, COLOR_PAPER);
        label_gap(out, inset, SHEET_HEIGHT);
        label_row_close(out);
    }
}

static Card resource_card(Arena *arena, const Item *item, int width, int head_percent)
{
    const SeverityLook *look = &SEVERITY_LOOKS[item->severity];
    const bool stack = item->silhouette == SILHOUETTE_STACK;
    const Body body = resource_body(arena, item, width);
    int border = look->border_width;
    int strips_height = STRIP_HEIGHT * (int)item->strip_count;
    int card_height = 2 * border + strips_height + body_height(&body);
    TextBuffer out = {0};
    if (stack) {
        label_open(&out, 0, NULL, NULL, false);
        text_append(&out, "<TR><TD>");
    }
    label_open(&out, border, look->border, COLOR_PAPER, false);
    for (uint32_t i = 0; i < item->strip_count; i++)
        write_strip(arena, &out, &item->strips[i], width - 2 * border);
    label_row_open(&out, NULL);
    label_fill(&out, look->spine_width, body_height(&body), look->fill);
    label_part_open(&out);
    write_body(arena, &out, &body, head_percent);
    label_part_close(&out);
    label_row_close(&out);
    label_close(&out);
    if (stack) {
        text_append(&out, "</TD></TR>");
        write_sheets(&out, look->border, width);
        label_close(&out);
    }
    int sheets_height = stack ? SHEETS * SHEET_HEIGHT : 0;
    Card card = {.block = {copy_label(arena, &out), width, card_height + sheets_height}};
    set_ends(arena, &card, item->strip_count, border, STRIP_HEIGHT);
    set_pins(&card, border + strips_height, card_height);
    return card;
}

static int round_name_width(int width)
{
    return width - 2 * ROUND_BORDER - 2 * ROUND_LEFT;
}

static Body identity_body(Arena *arena, const Item *item, int width)
{
    const bool focal = item->silhouette == SILHOUETTE_FOCAL;
    Body body = plain_body(arena, item);
    body.left = body.right = ROUND_LEFT;
    body.width = round_name_width(width);
    if (focal) {
        body.type_color = body.detail_color = COLOR_IDENTITY2;
        body.name_color = COLOR_ON_DARK;
        body.name_font = FOCAL_NAME_FONT;
        body.name_height = FOCAL_NAME_HEIGHT;
    }
    return body;
}

static Card identity_card(Arena *arena, const Item *item, int width, int head_percent)
{
    const bool focal = item->silhouette == SILHOUETTE_FOCAL;
    const Body body = identity_body(arena, item, width);
    int inner = width - 2 * ROUND_BORDER;
    int strip_pitch = STRIP_HEIGHT + ROUND_GAP;
    int strips_height =
        item->strip_count ? 2 * ROUND_INSET + strip_pitch * (int)item->strip_count - ROUND_GAP : 0;
    TextBuffer out = {0};
    label_open(&out, ROUND_BORDER, COLOR_IDENTITY, focal ? COLOR_IDENTITY : COLOR_PAPER, true);
    for (uint32_t i = 0; i < item->strip_count; i++) {
        label_space(&out, inner, i == 0 ? ROUND_INSET : ROUND_GAP);
        label_row_open(&out, NULL);
        label_gap(&out, ROUND_INSET, STRIP_HEIGHT);
        label_part_open(&out);
        write_strip(arena, &out, &item->strips[i], inner - 2 * ROUND_INSET);
        label_part_close(&out);
        label_gap(&out, ROUND_INSET, STRIP_HEIGHT);
        label_row_close(&out);
    }
    if (item->strip_count)
        label_space(&out, inner, ROUND_INSET);
    write_body(arena, &out, &body, head_percent);
    label_close(&out);
    int height = 2 * ROUND_BORDER + strips_height + body_height(&body);
    Card card = {.block = {copy_label(arena, &out), width, height}};
    set_ends(arena, &card, item->strip_count, ROUND_BORDER + ROUND_INSET, strip_pitch);
    set_pins(&card, ROUND_BORDER + strips_height, height);
    return card;
}

static Card gain_card(Arena *arena, const Item *item, int width, int head_percent)
{
    int inner = width - 2 * GAIN_BORDER;
    Body body = plain_body(arena, item);
    body.left = body.right = GAIN_LEFT;
    body.width = inner - 2 * GAIN_LEFT;
    body.type = arena_format(arena, UP_GLYPH "%s", body.type);
    body.type_bold = true;
    body.type_color = body.detail_color = COLOR_GAIN2;
    body.name_color = COLOR_ON_DARK;
    body.badge = SEVERITY_NONE;
    TextBuffer out = {0};
    label_open(&out, GAIN_BORDER, COLOR_CRITICAL, COLOR_CRITICAL, false);
    for (uint32_t i = 0; i < item->strip_count; i++)
        write_strip(arena, &out, &item->strips[i], inner);
    write_body(arena, &out, &body, head_percent);
    label_close(&out);
    int strips_height = STRIP_HEIGHT * (int)item->strip_count;
    int height = 2 * GAIN_BORDER + strips_height + body_height(&body);
    Card card = {.block = {copy_label(arena, &out), width, height}};
    set_ends(arena, &card, item->strip_count, GAIN_BORDER, STRIP_HEIGHT);
    set_pins(&card, GAIN_BORDER + strips_height, height);
    return card;
}

/*
 * An action or a path says most at its end and is cut between its parts:
 * ".../accessPolicies/write".
 */
static const char *fit_evidence(Arena *arena, const char *text, int width, Font font)
{
    bool path = strchr(text, '/') && !strchr(text, ' ');
    const char *fitted = text_fit(arena, text, width, font, path ? 0 : USUAL_HEAD_PERCENT);
    const char *slash = strchr(fitted, '/');
    if (!path || fitted == text || !slash || slash == strrchr(fitted, '/'))
        return fitted;
    return arena_format(arena, ELLIPSIS "%s", slash);
}

static void write_evidence_line(TextBuffer *out, int inner, int height, Ink ink, const char *text)
{
    label_row_open(out, NULL);
    label_text(out, inner, height, EVIDENCE_LEFT, ink, text);
    label_row_close(out);
}

/* The footer; returns its height. */
static int write_fixes(Arena *arena, TextBuffer *out, const Item *item, int inner)
{
    const Ink heading_ink = {TYPE_BOLD_FONT, COLOR_TEAL};
    const Ink line_ink = {DETAIL_BOLD_FONT, COLOR_TEAL};
    int room = inner - 2 * EVIDENCE_LEFT;
    if (item->fixes.count == 0)
        return 0;
    label_row_open(out, COLOR_TEAL_BG);
    label_part_open(out);
    write_evidence_line(out, inner, FIX_HEADING, heading_ink, "FIX");
    for (uint32_t i = 0; i < item->fixes.count; i++)
        write_evidence_line(
            out, inner, FIX_LINE, line_ink,
            text_fit(arena, item->fixes.items[i], room, line_ink.font, USUAL_HEAD_PERCENT));
    int lines_height = FIX_HEADING + FIX_LINE * (int)item->fixes.count;
    int height = block_even(lines_height + FIX_BOTTOM);
    label_space(out, inner, height - lines_height);
    label_part_close(out);
    label_row_close(out);
    return height;
}

static Card evidence_card(Arena *arena, const Item *item, int width)
{
    const Ink heading_ink = {TYPE_BOLD_FONT, COLOR_CRITICAL};
    const Ink label_ink = {TYPE_FONT, COLOR_INK2};
    const Ink text_ink = {DETAIL_FONT, COLOR_INK};
    const char *heading = *item->type ? card_capitals(arena, item->type) : "EVIDENCE";
    int inner = width - 2;
    int room = inner - 2 * EVIDENCE_LEFT;
    TextBuffer out = {0};
    label_open(&out, 1, COLOR_RULE, COLOR_PAPER, false);
    write_evidence_line(&out, inner, EVIDENCE_HEADING, heading_ink,
                        text_fit(arena, heading, room, heading_ink.font, USUAL_HEAD_PERCENT));
    for (uint32_t i = 0; i < item->row_count; i++) {
        write_evidence_line(
            &out, inner, EVIDENCE_LABEL, label_ink,
            text_fit(arena, item->rows[i].label, room, label_ink.font, USUAL_HEAD_PERCENT));
        write_evidence_line(&out, inner, EVIDENCE_TEXT, text_ink,
                            fit_evidence(arena, item->rows[i].text, room, text_ink.font));
        label_space(&out, inner, EVIDENCE_GAP);
    }
    int rows_height =
        EVIDENCE_HEADING + (int)item->row_count * (EVIDENCE_LABEL + EVIDENCE_TEXT + EVIDENCE_GAP);
    int height = 2 + block_even(rows_height + EVIDENCE_GAP);
    label_space(&out, inner, height - 2 - rows_height);
    height += write_fixes(arena, &out, item, inner);
    label_close(&out);
    Card card = {.block = {copy_label(arena, &out), width, height}};
    set_ends(arena, &card, 0, 0, 0);
    set_pins(&card, 0, height);
    return card;
}

static Card matrix_card(Arena *arena, const Item *item)
{
    Card card = {.block = matrix_make(arena, item->table)};
    card.end_count = item->table->row_count;
    card.ends = arena_allocate(arena, card.end_count, sizeof *card.ends);
    for (uint32_t i = 0; i < card.end_count; i++)
        card.ends[i] = matrix_row_center(i);
    set_pins(&card, 0, card.block.height);
    return card;
}

Card card_make(Arena *arena, const Item *item, int width, int head_percent)
{
    switch (item->silhouette) {
    case SILHOUETTE_IDENTITY:
    case SILHOUETTE_FOCAL:
        return identity_card(arena, item, width, head_percent);
    case SILHOUETTE_GAIN:
        return gain_card(arena, item, width, head_percent);
    case SILHOUETTE_EVIDENCE:
        return evidence_card(arena, item, width);
    case SILHOUETTE_MATRIX:
        return matrix_card(arena, item);
    case SILHOUETTE_RESOURCE:
    case SILHOUETTE_STACK:
    case SILHOUETTE_COUNT:
        break;
    }
    return resource_card(arena, item, width, head_percent);
}

static int name_width(Arena *arena, const Item *item, int width)
{
    switch (item->silhouette) {
    case SILHOUETTE_IDENTITY:
    case SILHOUETTE_FOCAL:
        return round_name_width(width);
    case SILHOUETTE_GAIN:
        return width - 2 * GAIN_BORDER - 2 * GAIN_LEFT;
    case SILHOUETTE_RESOURCE:
    case SILHOUETTE_STACK:
    case SILHOUETTE_EVIDENCE:
    case SILHOUETTE_MATRIX:
    case SILHOUETTE_COUNT:
        break;
    }
    return resource_body(arena, item, width).width;
}

const char *card_shown_name(Arena *arena, const Item *item, int width, int head_percent)
{
    const Font font = item->silhouette == SILHOUETTE_FOCAL ? FOCAL_NAME_FONT : NAME_FONT;
    return text_fit(arena, item->name, name_width(arena, item, width), font, head_percent);
}
