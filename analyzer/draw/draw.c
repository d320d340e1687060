#include "draw/draw.h"

#include "draw/dot.h"
#include "draw/files.h"
#include "draw/layout.h"
#include "draw/prepare.h"
#include "draw/render.h"
#include "draw/svg.h"
#include "draw/words.h"

const char *const FORMAT_SUFFIXES[FORMAT_COUNT] = {"dot", "svg", "png", "pdf"};

bool draw_words(const Picture *picture, const char *directory, Error *err)
{
    const OutputFile file = {directory, picture->name, "txt"};
    TextBuffer words = {0};
    words_write(picture, &words);
    bool good = file_write(&file, words.text, words.length_bytes, err);
    text_buffer_free(&words);
    return good;
}

void draw_remove(const char *directory, const char *name, unsigned formats)
{
    for (unsigned i = 0; i < FORMAT_COUNT; i++) {
        const OutputFile file = {directory, name, FORMAT_SUFFIXES[i]};
        if (formats >> i & 1)
            file_remove(&file);
    }
}

static DrawResult write_dot(const Picture *picture, struct Agraph_s *graph, const char *directory,
                            Error *err)
{
    const OutputFile file = {directory, picture->name, "dot"};
    TextBuffer text = {0};
    DrawResult result = DRAW_DONE;
    if (!dot_write(graph, &text)) {
        error_set(err, "Graphviz cannot write the graph");
        result = DRAW_IMPOSSIBLE;
    } else if (!file_write(&file, text.text, text.length_bytes, err)) {
        result = DRAW_UNWRITABLE;
    }
    text_buffer_free(&text);
    return result;
}

static DrawResult write_svg(const Picture *picture, struct Agraph_s *graph, const char *directory,
                            Error *err)
{
    const OutputFile file = {directory, picture->name, "svg"};
    TextBuffer raw = {0};
    TextBuffer svg = {0};
    DrawResult result = DRAW_IMPOSSIBLE;
    if (render_graph(graph, RENDER_SVG, &raw, err)) {
        svg_finish(picture, raw.text, raw.length_bytes, &svg);
        bool written = file_write(&file, svg.text, svg.length_bytes, err);
        result = written ? DRAW_DONE : DRAW_UNWRITABLE;
    }
    text_buffer_free(&raw);
    text_buffer_free(&svg);
    return result;
}

static DrawResult write_image(const Picture *picture, struct Agraph_s *graph, RenderFormat format,
                              const char *directory, Error *err)
{
    const char *suffix = format == RENDER_PNG ? "png" : "pdf";
    const OutputFile file = {directory, picture->name, suffix};
    TextBuffer image = {0};
    DrawResult result = DRAW_PARTLY;
    if (render_graph(graph, format, &image, err)) {
        bool written = file_write(&file, image.text, image.length_bytes, err);
        result = written ? DRAW_DONE : DRAW_UNWRITABLE;
    }
    text_buffer_free(&image);
    return result;
}

/* DOT comes first: rendering adds attributes of its own to the graph. */
static DrawResult write_formats(const Picture *picture, struct Agraph_s *graph, unsigned formats,
                                const char *directory, Error *err)
{
    DrawResult result = DRAW_DONE;
    if (formats & FORMAT_DOT)
        result = write_dot(picture, graph, directory, err);
    if (result == DRAW_DONE && formats & FORMAT_SVG)
        result = write_svg(picture, graph, directory, err);
    if (result == DRAW_DONE && formats & FORMAT_PNG)
        result = write_image(picture, graph, RENDER_PNG, directory, err);
    if (result == DRAW_DONE && formats & FORMAT_PDF)
        result = write_image(picture, graph, RENDER_PDF, directory, err);
    return result;
}

DrawResult draw_picture(Picture *picture, unsigned formats, const char *directory, Error *err)
{
    Arena arena = {0};
    Layout layout;
    prepare_picture(&arena, picture);
    layout_make(&arena, picture, &layout);
    struct Agraph_s *graph = dot_build(picture, &layout);
    DrawResult result = write_formats(picture, graph, formats, directory, err);
    dot_close(graph);
    arena_free(&arena);
    return result;
}
