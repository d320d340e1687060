#include "draw/label.h"

#include "base/clean.h"

#include <stdio.h>

#define PLAIN_TABLE "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"0\""

enum { BADGE_TEXT_BYTES = 32 };

static void append_color(TextBuffer *out, const char *attribute, const char *color)
{
    if (color)
        text_append_format(out, " %s=\"%s\"", attribute, color);
}

void label_open(TextBuffer *out, int border, const char *border_color, const char *ground,
                bool rounded)
{
    text_append_format(out,
                       "<TABLE BORDER=\"%d\" CELLBORDER=\"0\" CELLSPACING=\"0\" "
                       "CELLPADDING=\"0\"",
                       border);
    text_append(out, rounded ? " STYLE=\"ROUNDED\"" : "");
    append_color(out, "COLOR", border_color);
    append_color(out, "BGCOLOR", ground);
    text_append(out, ">");
}

void label_close(TextBuffer *out)
{
    text_append(out, "</TABLE>");
}

void label_row_open(TextBuffer *out, const char *ground)
{
    text_append(out, "<TR><TD>" PLAIN_TABLE);
    append_color(out, "BGCOLOR", ground);
    text_append(out, "><TR>");
}

void label_row_close(TextBuffer *out)
{
    text_append(out, "</TR></TABLE></TD></TR>");
}

void label_part_open(TextBuffer *out)
{
    text_append(out, "<TD>" PLAIN_TABLE ">");
}

void label_part_close(TextBuffer *out)
{
    text_append(out, "</TABLE></TD>");
}

void label_box_open(TextBuffer *out, int border, const char *border_color, const char *ground)
{
    text_append(out, "<TD>");
    label_open(out, border, border_color, ground, false);
    text_append(out, "<TR>");
}

void label_box_close(TextBuffer *out)
{
    text_append(out, "</TR></TABLE></TD>");
}

static void open_cell(TextBuffer *out, int width, int height)
{
    text_append_format(out, "<TD FIXEDSIZE=\"TRUE\" WIDTH=\"%d\" HEIGHT=\"%d\"", width, height);
}

void label_gap(TextBuffer *out, int width, int height)
{
    label_fill(out, width, height, NULL);
}

void label_fill(TextBuffer *out, int width, int height, const char *color)
{
    if (width <= 0 || height <= 0)
        return;
    open_cell(out, width, height);
    append_color(out, "BGCOLOR", color);
    text_append(out, "></TD>");
}

/*
 * Graphviz centres a text too high for its capitals.  At the bottom of its cell the baseline stands
 * 0.3 of the size above the edge, 1 more when bold (measured with 2.42, without and with Pango), so
 * that in a cell of this height capitals, 0.72 of the size, have the same room above and below.
 */
static int balanced_height(int size)
{
    return (132 * size + 200 + 50) / 100;
}

/*
 * ALIGN and BALIGN both: without the second, Graphviz centres a text that it believes to be wider
 * than its cell, and it believes so of everything but Latin letters when it has no fonts.
 */
static void append_text_cell(TextBuffer *out, int width, int height, Ink ink, const char *text)
{
    open_cell(out, width, height);
    text_append_format(out,
                       " ALIGN=\"LEFT\" BALIGN=\"LEFT\" VALIGN=\"BOTTOM\">"
                       "<FONT POINT-SIZE=\"%d\" COLOR=\"%s\">",
                       ink.font.size, ink.color);
    text_append(out, ink.font.bold ? "<B>" : "");
    clean_append(out, CLEAN_DOT, text);
    text_append(out, ink.font.bold ? "</B>" : "");
    text_append(out, "</FONT></TD>");
}

void label_text(TextBuffer *out, int width, int height, int indent, Ink ink, const char *text)
{
    int spare = height - balanced_height(ink.font.size);
    int lift = ink.font.bold ? 0 : 1;
    int bottom = spare / 2 + lift;
    if (text_is_empty(text)) { /* an empty FONT is a syntax error to Graphviz */
        label_gap(out, width, height);
        return;
    }
    label_gap(out, indent, height);
    if (spare < 2 - lift) {
        append_text_cell(out, width - indent, height, ink, text);
        return;
    }
    label_part_open(out);
    label_space(out, width - indent, spare - spare / 2);
    text_append(out, "<TR>");
    append_text_cell(out, width - indent, height - spare - lift, ink, text);
    text_append(out, "</TR>");
    label_space(out, width - indent, bottom);
    label_part_close(out);
}

void label_centered(TextBuffer *out, int width, int height, Ink ink, const char *text)
{
    int room = width - text_width_up(text, ink.font);
    label_text(out, width, height, room > 0 ? room / 2 : 0, ink, text);
}

void label_space(TextBuffer *out, int width, int height)
{
    if (height <= 0)
        return;
    text_append(out, "<TR>");
    label_gap(out, width, height);
    text_append(out, "</TR>");
}

void label_badge(TextBuffer *out, Severity severity, int width, int height, int size)
{
    const SeverityLook *look = &SEVERITY_LOOKS[severity];
    const Ink ink = {{size, true}, look->ink};
    char text[BADGE_TEXT_BYTES];
    snprintf(text, sizeof text, "%s%s%s", look->glyph, *look->glyph ? " " : "", look->label);
    if (severity == SEVERITY_NONE) {
        label_gap(out, width, height);
        return;
    }
    bool outlined = severity == SEVERITY_IN_SCOPE;
    int border = outlined ? 1 : 0;
    label_box_open(out, border, outlined ? look->border : NULL,
                   outlined ? COLOR_PAPER : look->fill);
    label_centered(out, width - 2 * border, height - 2 * border, ink, text);
    label_box_close(out);
}
