#include "draw/dot.h"

#include "base/arena.h"
#include "base/clean.h"
#include "draw/bezier.h"
#include "draw/graph_ids.h"

#include <graphviz/cgraph.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cgraph takes `char *` for names and values it only reads. */
static char *text_argument(const char *text)
{
    union {
        const char *given;
        char *taken;
    } cast = {text};
    return cast.taken;
}

typedef struct Writer {
    Arena arena; /* of texts that live while the graph is built */
    Agraph_t *graph;
    const Picture *picture;
    const Layout *layout;
} Writer;

static void set(void *object, const char *name, const char *value)
{
    agsafeset(object, text_argument(name), text_argument(value), text_argument(""));
}

static void set_html(const Writer *writer, void *object, const char *name, const char *label)
{
    char *html = agstrdup_html(writer->graph, text_argument(label));
    set(object, name, html);
    agstrfree(writer->graph, html);
}

static void set_number(Writer *writer, void *object, const char *name, double number)
{
    set(object, name, bezier_number(&writer->arena, number));
}

static void set_clean(Writer *writer, void *object, const char *name, const char *text)
{
    if (*text)
        set(object, name, clean_copy(&writer->arena, CLEAN_DOT, text));
}

static void set_id(Writer *writer, void *object, const char *id)
{
    set(object, "id", arena_format(&writer->arena, "%s%s", writer->picture->id_prefix, id));
}

/* Graphviz counts y upwards. */
static double up(const Writer *writer, double y)
{
    return writer->layout->height - y;
}

static const char *position(Writer *writer, double x, double y)
{
    return bezier_point(&writer->arena, (Point){x, up(writer, y)});
}

/* Defaults -------------------------------------------------------------------------------- */

typedef struct Default {
    int kind; /* AGRAPH, AGNODE, AGEDGE */
    const char *name;
    const char *value;
} Default;

static void set_defaults(Writer *writer)
{
    static const Default DEFAULTS[] = {
        {AGRAPH, "layout", "nop2"},
        {AGRAPH, "charset", "UTF-8"},
        {AGRAPH, "bgcolor", COLOR_PAPER},
        {AGRAPH, "pad", "0.3"},
        {AGRAPH, "margin", "0"}, /* PDF would add half an inch */
        {AGRAPH, "outputorder", "edgesfirst"},
        {AGRAPH, "fontname", FONT_FAMILIES},
        {AGRAPH, "fontsize", "10"},
        {AGRAPH, "linelength", "0"}, /* no line breaks inside tooltips */
        {AGNODE, "shape", "plain"},
        {AGNODE, "label", ""}, /* Graphviz sets its own once it has drawn anything */
        {AGNODE, "fontname", FONT_FAMILIES},
        {AGNODE, "fontsize", "10"},
        {AGNODE, "fontcolor", COLOR_INK},
    };
    for (size_t i = 0; i < sizeof DEFAULTS / sizeof *DEFAULTS; i++)
        agattr(writer->graph, DEFAULTS[i].kind, text_argument(DEFAULTS[i].name),
               text_argument(DEFAULTS[i].value));
    set_id(writer, writer->graph, "_picture");
    set(writer->graph, "class",
        arena_format(&writer->arena, "blast-radius picture-%s",
                     PICTURE_KIND_WORDS[writer->picture->kind]));
}

/* Nodes ----------------------------------------------------------------------------------- */

static Agnode_t *add_node(Writer *writer, Agraph_t *into, const char *id, const Block *block,
                          double x, double y)
{
    Agnode_t *node = agnode(into, text_argument(id), true);
    set_id(writer, node, id);
    set_html(writer, node, "label", block->label);
    set(node, "pos", position(writer, x + block->width / 2.0, y + block->height / 2.0));
    return node;
}

static void add_frame(Writer *writer, const char *id, const Placed *placed, const char *class_name,
                      const char *tooltip)
{
    if (!placed->block.label)
        return;
    Agnode_t *node = add_node(writer, writer->graph, id, &placed->block, placed->x, placed->y);
    set(node, "class", class_name);
    set_clean(writer, node, "tooltip", tooltip);
}

static const char *item_class(Arena *arena, const Item *item)
{
    const char *severity = SEVERITY_LOOKS[item->severity].class_name;
    switch (item->silhouette) {
    case SILHOUETTE_IDENTITY:
        return arena_format(arena, "identity %s", severity);
    case SILHOUETTE_FOCAL:
        return arena_format(arena, "identity focal %s", severity);
    case SILHOUETTE_GAIN:
        return "gain sev-critical";
    case SILHOUETTE_EVIDENCE:
        return "evidence";
    case SILHOUETTE_MATRIX:
        return "matrix";
    case SILHOUETTE_STACK:
        return arena_format(arena, "stack %s", severity);
    case SILHOUETTE_RESOURCE:
    case SILHOUETTE_COUNT:
        break;
    }
    return arena_format(arena, "card %s%s", severity, item->crown ? " crown" : "");
}

const char *dot_item_tooltip(Arena *arena, const Item *item)
{
    TextBuffer text = {0};
    if (*item->tooltip)
        return item->tooltip;
    text_append(&text, item->type);
    text_append(&text, *item->type && *item->name ? ": " : "");
    text_append(&text, item->name);
    for (uint32_t i = 0; i < item->details.count; i++)
        text_append_format(&text, "%s%s", i == 0 ? ". " : ", ", item->details.items[i]);
    for (uint32_t i = 0; i < item->row_count; i++)
        text_append_format(&text, "%s%s: %s", i == 0 ? ". " : "; ", item->rows[i].label,
                           item->rows[i].text);
    for (uint32_t i = 0; i < item->fixes.count; i++)
        text_append_format(&text, "%s%s", i == 0 ? ". Fix: " : "; ", item->fixes.items[i]);
    const char *tooltip = arena_copy_bytes(arena, text.text, text.length_bytes);
    text_buffer_free(&text);
    return tooltip;
}

static void add_card(Writer *writer, Agraph_t *into, uint32_t index)
{
    const Item *item = &writer->picture->items[index];
    const PlacedCard *placed = &writer->layout->cards[index];
    Agnode_t *node = add_node(writer, into, item->id, &placed->card.block, placed->x, placed->y);
    set(node, "class", item_class(&writer->arena, item));
    set_clean(writer, node, "tooltip", dot_item_tooltip(&writer->arena, item));
    set_clean(writer, node, "URL", item->link);
}

/* Boxes ----------------------------------------------------------------------------------- */

static void set_box_name(Writer *writer, Agraph_t *cluster, const Placed *name)
{
    enum { POINTS_PER_INCH = 72 };
    set_html(writer, cluster, "label", name->block.label);
    set(cluster, "lp",
        position(writer, name->x + name->block.width / 2.0, name->y + name->block.height / 2.0));
    set_number(writer, cluster, "lwidth", (double)name->block.width / POINTS_PER_INCH);
    set_number(writer, cluster, "lheight", (double)name->block.height / POINTS_PER_INCH);
}

/* All that frame_box_name may have had to shorten. */
static const char *box_tooltip(Arena *arena, const Box *box)
{
    if (*box->tooltip)
        return box->tooltip;
    return arena_format(arena, "%s%s%s%s%s", box->type, *box->type ? " " : "", box->name,
                        *box->note ? ", " : "", box->note);
}

static Agraph_t *add_box(Writer *writer, Agraph_t *into, const PlacedBox *placed)
{
    const Box *box = placed->box;
    Arena *arena = &writer->arena;
    const char *low = position(writer, placed->x, placed->y + placed->height);
    const char *high = position(writer, placed->x + placed->width, placed->y);
    Agraph_t *cluster = agsubg(into, arena_format(arena, "cluster_%s", box->id), true);
    set_id(writer, cluster, box->id);
    set(cluster, "class", box->level == 1 ? "scope lvl1" : "scope lvl2");
    set(cluster, "style", "filled");
    set(cluster, "fillcolor", box->level == 1 ? COLOR_SCOPE1 : COLOR_SCOPE2);
    set(cluster, "color", box->level == 1 ? COLOR_HAIR : COLOR_RULE);
    set(cluster, "penwidth", box->level == 1 ? "1" : "0.7");
    set(cluster, "bb", arena_format(arena, "%s,%s", low, high));
    set_box_name(writer, cluster, &placed->name);
    set_clean(writer, cluster, "tooltip", box_tooltip(arena, box));
    return cluster;
}

/* Boxes with their cards; parents stand before their children in the layout. */
static void add_boxes_and_cards(Writer *writer)
{
    const Layout *layout = writer->layout;
    Agraph_t **clusters = arena_allocate(&writer->arena, layout->box_count, sizeof(Agraph_t *));
    for (uint32_t i = 0; i < layout->box_count; i++) {
        uint32_t parent = layout->boxes[i].parent;
        clusters[i] =
            add_box(writer, parent == NONE ? writer->graph : clusters[parent], &layout->boxes[i]);
    }
    for (uint32_t i = 0; i < writer->picture->item_count; i++) {
        uint32_t box = layout->box_of_card[i];
        add_card(writer, box == NONE ? writer->graph : clusters[box], i);
    }
}

/* Lines ----------------------------------------------------------------------------------- */

const char *dot_line_tooltip(Arena *arena, const Picture *picture, const Line *line)
{
    const Item *from = &picture->items[line->from];
    const Item *to = &picture->items[line->to];
    if (*line->tooltip)
        return line->tooltip;
    if (to->table)
        return arena_format(arena, "%s to %s", from->name, to->table->rows[line->to_strip].name);
    if (line->to_strip >= to->strip_count)
        return arena_format(arena, "%s to %s", from->name, to->name);
    const Strip *strip = &to->strips[line->to_strip];
    return arena_format(arena, "%s to %s: %s%s", from->name, to->name,
                        STYLE_LOOKS[strip->style].prefix, strip->text);
}

static void set_line_look(Writer *writer, Agedge_t *edge, Style style)
{
    const StyleLook *look = &STYLE_LOOKS[style];
    set(edge, "color", look->color);
    set(edge, "style", look->pattern);
    set(edge, "arrowhead", look->head);
    set_number(writer, edge, "penwidth", look->line_width);
    set_number(writer, edge, "arrowsize", look->head_scale);
}

static void add_line(Writer *writer, uint32_t index)
{
    const Line *line = &writer->picture->lines[index];
    const Item *items = writer->picture->items;
    Agnode_t *from = agnode(writer->graph, text_argument(items[line->from].id), false);
    Agnode_t *to = agnode(writer->graph, text_argument(items[line->to].id), false);
    Agedge_t *edge = agedge(writer->graph, from, to, text_argument(line->id), true);
    set_id(writer, edge, line->id);
    set(edge, "class", STYLE_LOOKS[line->style].class_name);
    set_line_look(writer, edge, line->style);
    set(edge, "pos",
        bezier_route(&writer->arena, &writer->layout->routes[index], &STYLE_LOOKS[line->style],
                     writer->layout->height));
    set_clean(writer, edge, "tooltip", dot_line_tooltip(&writer->arena, writer->picture, line));
}

/* Thin lines first: a thick one that crosses them stays whole. */
static void add_lines(Writer *writer, bool thick)
{
    for (uint32_t i = 0; i < writer->picture->line_count; i++)
        if (style_is_thick(writer->picture->lines[i].style) == thick)
            add_line(writer, i);
}

/* The samples in the legend are edges from it to itself. */
static void add_samples(Writer *writer)
{
    const Layout *layout = writer->layout;
    Agnode_t *legend = agnode(writer->graph, text_argument("_legend"), false);
    for (uint32_t i = 0; i < layout->sample_count; i++) {
        const Sample *sample = &layout->samples[i];
        const StyleLook *look = &STYLE_LOOKS[sample->style];
        const Route route = {{{sample->x, sample->y}, {sample->x + sample->width, sample->y}}, 2};
        const char *id = arena_format(&writer->arena, "_key%u", i);
        Agedge_t *edge = agedge(writer->graph, legend, legend, text_argument(id), true);
        set_id(writer, edge, id);
        set(edge, "class", arena_format(&writer->arena, "sample %s", look->class_name));
        set_line_look(writer, edge, sample->style);
        set(edge, "pos", bezier_route(&writer->arena, &route, look, layout->height));
        set_clean(writer, edge, "tooltip", writer->picture->line_meanings[sample->style]);
    }
}

struct Agraph_s *dot_build(const Picture *picture, const Layout *layout)
{
    Writer writer = {.graph = agopen(text_argument(picture->name), Agdirected, graph_ids()),
                     .picture = picture,
                     .layout = layout};
    set_defaults(&writer);
    add_frame(&writer, "_title", &layout->title, "title-block", picture->title);
    for (uint32_t i = 0; i < picture->column_count; i++)
        add_frame(&writer, arena_format(&writer.arena, "_heading%u", i), &layout->headings[i],
                  "col-head", picture->columns[i].heading);
    add_boxes_and_cards(&writer);
    add_frame(&writer, "_legend", &layout->legend, "legend", "Legend");
    add_lines(&writer, false);
    add_lines(&writer, true);
    add_samples(&writer);
    arena_free(&writer.arena);
    return writer.graph;
}

void dot_close(struct Agraph_s *graph)
{
    if (graph)
        agclose(graph);
}

bool dot_write(struct Agraph_s *graph, TextBuffer *out)
{
    char *text = NULL;
    size_t length_bytes = 0;
    FILE *file = open_memstream(&text, &length_bytes);
    if (!file)
        return false;
    bool good = agwrite(graph, file) == 0;
    good = fclose(file) == 0 && good;
    if (good)
        text_append_bytes(out, text, length_bytes);
    free(text);
    return good;
}
