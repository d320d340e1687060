#include "draw/svg.h"

#include "base/clean.h"

#include <string.h>

#define TITLE_OPEN   "<title>"
#define WRAPPER_OPEN "<g id=\"a_"
#define TOOLTIP_OPEN "xlink:title=\""
#define LINK_OPEN    "xlink:href=\""
#define FONT_FAMILY  " font-family=\"" FONT_FAMILIES "\""

/* A part of the input; not NUL-terminated. */
typedef struct Slice {
    const char *start;
    size_t length_bytes;
} Slice;

typedef struct Finisher {
    const Picture *picture;
    TextBuffer *out;
    const char *at; /* rest of the input */
    const char *end;
    bool keep_anchor;  /* the open anchor has a target */
    bool skip_wrapper; /* the next </g> closes the group around an anchor */
} Finisher;

static Slice next_line(Finisher *finisher)
{
    const char *start = finisher->at;
    size_t rest_bytes = (size_t)(finisher->end - start);
    const char *newline = memchr(start, '\n', rest_bytes);
    size_t length_bytes = newline ? (size_t)(newline - start) : rest_bytes;
    finisher->at = start + length_bytes + (newline ? 1 : 0);
    return (Slice){start, length_bytes};
}

static bool starts_with(Slice line, const char *start)
{
    size_t length_bytes = strlen(start);
    return line.length_bytes >= length_bytes && memcmp(line.start, start, length_bytes) == 0;
}

static const char *find(Slice line, const char *part)
{
    size_t part_bytes = strlen(part);
    for (size_t i = 0; i + part_bytes <= line.length_bytes; i++)
        if (memcmp(line.start + i, part, part_bytes) == 0)
            return line.start + i;
    return NULL;
}

/* What stands between `open` and the next quote, as it is escaped in the input. */
static bool find_attribute(Slice line, const char *open, Slice *value)
{
    const char *start = find(line, open);
    if (!start)
        return false;
    start += strlen(open);
    const char *quote = memchr(start, '"', (size_t)(line.start + line.length_bytes - start));
    if (!quote)
        return false;
    *value = (Slice){start, (size_t)(quote - start)};
    return true;
}

typedef struct Replacement {
    const char *from;
    const char *to;
} Replacement;

static const Replacement REPLACEMENTS[] = {
    {"&#45;", "-"},
    {"=\"transparent\"", "=\"none\""}, /* a quote in a text is an entity: only attributes match */
    {FONT_FAMILY, ""},
};

static void append_replaced(TextBuffer *out, Slice text)
{
    for (size_t at = 0; at < text.length_bytes;) {
        const Slice rest = {text.start + at, text.length_bytes - at};
        const Replacement *match = NULL;
        for (size_t i = 0; i < sizeof REPLACEMENTS / sizeof *REPLACEMENTS && !match; i++)
            if (starts_with(rest, REPLACEMENTS[i].from))
                match = &REPLACEMENTS[i];
        if (match)
            text_append(out, match->to);
        else
            text_append_char(out, text.start[at]);
        at += match ? strlen(match->from) : 1;
    }
}

static void append_line(Finisher *finisher, Slice line)
{
    append_replaced(finisher->out, line);
    text_append_char(finisher->out, '\n');
}

static void skip_until(Finisher *finisher, Slice line, const char *end)
{
    while (!find(line, end) && finisher->at < finisher->end)
        line = next_line(finisher);
}

/* The <svg> tag, which Graphviz spreads over lines, with name and description. */
static void append_root(Finisher *finisher, Slice line)
{
    const Picture *picture = finisher->picture;
    const char *prefix = picture->id_prefix;
    TextBuffer *out = finisher->out;
    text_append_format(out,
                       "<svg role=\"img\" aria-labelledby=\"%s_name %s_description\" "
                       "lang=\"en\"" FONT_FAMILY,
                       prefix, prefix);
    line.start += strlen("<svg");
    line.length_bytes -= strlen("<svg");
    append_line(finisher, line);
    while (!find(line, ">") && finisher->at < finisher->end) {
        line = next_line(finisher);
        append_line(finisher, line);
    }
    text_append_format(out, "<title id=\"%s_name\">", prefix);
    clean_append(out, CLEAN_MARKUP, picture->title);
    text_append_format(out, "</title>\n<desc id=\"%s_description\">", prefix);
    clean_append(out, CLEAN_MARKUP, picture->description);
    text_append(out, "</desc>\n");
}

/* <g id="a_X"><a xlink:href="..." xlink:title="..."> */
static void append_anchor(Finisher *finisher, Slice line)
{
    Slice tooltip = {"", 0};
    Slice link = {"", 0};
    finisher->keep_anchor = find_attribute(line, LINK_OPEN, &link);
    if (find_attribute(line, TOOLTIP_OPEN, &tooltip)) {
        text_append(finisher->out, TITLE_OPEN);
        append_replaced(finisher->out, tooltip);
        text_append(finisher->out, "</title>\n");
    }
    if (!finisher->keep_anchor)
        return;
    text_append(finisher->out, "<a " LINK_OPEN);
    append_replaced(finisher->out, link);
    text_append(finisher->out, "\">\n");
}

static void finish_line(Finisher *finisher, Slice line)
{
    if (starts_with(line, "<!DOCTYPE"))
        skip_until(finisher, line, ">");
    else if (starts_with(line, "<!--"))
        skip_until(finisher, line, "-->");
    else if (starts_with(line, "<?xml"))
        text_append(finisher->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    else if (starts_with(line, "<svg"))
        append_root(finisher, line);
    else if (starts_with(line, TITLE_OPEN))
        return; /* the id of the element, of no use to a reader */
    else if (starts_with(line, WRAPPER_OPEN))
        append_anchor(finisher, line);
    else if (starts_with(line, "</a>")) {
        if (finisher->keep_anchor)
            append_line(finisher, line);
        finisher->skip_wrapper = true;
    } else if (starts_with(line, "</g>") && finisher->skip_wrapper)
        finisher->skip_wrapper = false;
    else
        append_line(finisher, line);
}

void svg_finish(const Picture *picture, const char *svg, size_t length_bytes, TextBuffer *out)
{
    Finisher finisher = {.picture = picture, .out = out, .at = svg, .end = svg + length_bytes};
    while (finisher.at < finisher.end)
        finish_line(&finisher, next_line(&finisher));
}
