#include "draw/render.h"

#include "base/clean.h"

#include <graphviz/gvc.h>
#include <graphviz/gvplugin.h>
#include <stdlib.h>
#include <string.h>

extern gvplugin_library_t gvplugin_core_LTX_library;
extern gvplugin_library_t gvplugin_neato_layout_LTX_library;

static const lt_symlist_t LINKED_PLUGINS[] = {
    {"gvplugin_core_LTX_library", &gvplugin_core_LTX_library},
    {"gvplugin_neato_layout_LTX_library", &gvplugin_neato_layout_LTX_library},
    {NULL, NULL},
};

static const char *const FORMAT_WORDS[] = {
    [RENDER_SVG] = "svg", [RENDER_PNG] = "png", [RENDER_PDF] = "pdf"};

/* What Graphviz complained about since the last picture, for the message. */
static TextBuffer complaints;

static int keep_complaint(char *message)
{
    clean_append(&complaints, CLEAN_TERMINAL, message);
    return 0;
}

static bool has_device(GVC_t *context, const char *format)
{
    char kind[] = "device";
    char version[] = "";
    int count = 0;
    bool found = false;
    char **devices = gvPluginList(context, kind, &count, version);
    for (int i = 0; i < count; i++) {
        found = found || text_equal(devices[i], format);
        free(devices[i]);
    }
    free((void *)devices);
    return found;
}

/*
 * Cairo writes the time of day into a PDF; the same picture is to give the same bytes.  The date
 * keeps its length, so that every offset in the file stays right.
 */
static void forget_date(char *bytes, size_t length_bytes)
{
    static const char BEFORE[] = "/CreationDate (D:";
    static const char DATE[] = "20000101000000";
    size_t before_bytes = strlen(BEFORE);
    size_t date_bytes = strlen(DATE);
    for (size_t at = 0; at + before_bytes + date_bytes <= length_bytes; at++)
        if (memcmp(bytes + at, BEFORE, before_bytes) == 0)
            memcpy(bytes + at + before_bytes, DATE, date_bytes);
}

static bool render_in(GVC_t *context, struct Agraph_s *graph, const char *format, TextBuffer *out,
                      Error *err)
{
    char dpi_name[] = "dpi";
    char dpi[] = "144"; /* two pixels for a point */
    char no_dpi[] = "";
    char *bytes = NULL;
    unsigned length_bytes = 0;
    if (text_equal(format, FORMAT_WORDS[RENDER_PNG]))
        agsafeset(graph, dpi_name, dpi, no_dpi);
    if (gvLayout(context, graph, "nop2") != 0)
        return error_set(err, "Graphviz cannot place the picture: %s",
                         complaints.text ? complaints.text : "no reason given");
    bool good = gvRenderData(context, graph, format, &bytes, &length_bytes) == 0 && bytes;
    if (good && text_equal(format, FORMAT_WORDS[RENDER_PDF]))
        forget_date(bytes, length_bytes);
    if (good)
        text_append_bytes(out, bytes, length_bytes);
    gvFreeRenderData(bytes);
    gvFreeLayout(context, graph);
    if (!good || complaints.length_bytes > 0)
        return error_set(err, "Graphviz cannot draw the picture: %s",
                         complaints.text ? complaints.text : "no reason given");
    return true;
}

/*
 * A new one for each SVG; one for all images, never freed: the Pango plugin of 2.42 remembers the
 * last font by an address that dies with the context.
 */
static GVC_t *context_for(RenderFormat format)
{
    static GVC_t *installed;
    if (format == RENDER_SVG)
        return gvContextPlugins(LINKED_PLUGINS, false);
    setenv("TZ", "UTC0", 1); /* the zone stands behind the date in a PDF */
    if (!installed)
        installed = gvContext();
    return installed;
}

bool render_graph(struct Agraph_s *graph, RenderFormat format, TextBuffer *out, Error *err)
{
    GVC_t *context = context_for(format);
    if (!context)
        return error_set(err, "Graphviz does not start");
    /* Warnings are about texts that Graphviz, without fonts, believes to be too wide. */
    agseterr(AGERR);
    agseterrf(keep_complaint);
    text_buffer_clear(&complaints);
    bool good = has_device(context, FORMAT_WORDS[format]);
    if (!good)
        error_set(err, "Graphviz has no plugin for %s here (Debian: libgvc6)",
                  FORMAT_WORDS[format]);
    else
        good = render_in(context, graph, FORMAT_WORDS[format], out, err);
    if (format == RENDER_SVG)
        gvFreeContext(context);
    text_buffer_free(&complaints);
    return good;
}
