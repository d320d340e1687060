#include "draw/svg.h"

#include "base/intern.h"
#include "draw/bezier.h"
#include "draw/prepare.h"
#include "draw/render.h"
#include "unit/drawing.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* One description through the whole program but the files. */
typedef struct Drawn {
    Arena arena;
    Picture picture;
    Layout layout;
    TextBuffer dot;
    TextBuffer svg;
} Drawn;

static void draw_text(const TextBuffer *text, Drawn *drawn)
{
    TextBuffer raw = {0};
    Error err = {""};
    *drawn = (Drawn){0};
    read_or_abort(&drawn->arena, text, &drawn->picture);
    prepare_picture(&drawn->arena, &drawn->picture);
    layout_make(&drawn->arena, &drawn->picture, &drawn->layout);
    struct Agraph_s *graph = dot_build(&drawn->picture, &drawn->layout);
    assert_true(dot_write(graph, &drawn->dot));
    if (!render_graph(graph, RENDER_SVG, &raw, &err))
        fail_msg("%s: %s", drawn->picture.name, err.message);
    svg_finish(&drawn->picture, raw.text, raw.length_bytes, &drawn->svg);
    dot_close(graph);
    text_buffer_free(&raw);
}

static void free_drawn(Drawn *drawn)
{
    text_buffer_free(&drawn->dot);
    text_buffer_free(&drawn->svg);
    arena_free(&drawn->arena);
}

typedef void (*Check)(const Drawn *drawn);

static void check_all(Check check)
{
    TextBuffer text = {0};
    for (uint32_t i = 0; i < TEST_PICTURE_COUNT; i++) {
        Drawn drawn;
        test_picture_text(i, &text);
        draw_text(&text, &drawn);
        check(&drawn);
        free_drawn(&drawn);
    }
    text_buffer_free(&text);
}

/* A small strict reader of XML: nesting, quoted attributes, known entities, unique ids ----------
 */

typedef struct Xml {
    const char *at;
    const char *open[64]; /* names of the open elements */
    size_t open_bytes[64];
    size_t depth;
    Interner ids;
} Xml;

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || strchr(":_.-", c);
}

/* &amp; &lt; &gt; &quot; &apos; &#39; ... */
static void skip_entity(Xml *xml)
{
    const char *end = strchr(xml->at, ';');
    assert_non_null(end);
    size_t length_bytes = (size_t)(end - xml->at) + 1;
    bool numeric = xml->at[1] == '#' && length_bytes <= 9;
    static const char *const NAMES[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
    for (size_t i = 0; i < 5 && !numeric; i++)
        numeric = strncmp(xml->at, NAMES[i], length_bytes) == 0;
    assert_true(numeric);
    xml->at = end + 1;
}

static void skip_character(Xml *xml)
{
    size_t sequence_bytes = text_utf8_sequence(xml->at, strlen(xml->at));
    assert_true(sequence_bytes > 0);
    assert_true((unsigned char)*xml->at >= ' ' || *xml->at == '\n');
    xml->at += sequence_bytes;
}

static void read_attribute(Xml *xml)
{
    const char *name = xml->at;
    while (is_name_char(*xml->at))
        xml->at++;
    bool is_id = xml->at - name == 2 && strncmp(name, "id", 2) == 0;
    assert_true(xml->at > name && xml->at[0] == '=' && xml->at[1] == '"');
    xml->at += 2;
    const char *value = xml->at;
    while (*xml->at != '"') {
        assert_true(*xml->at && *xml->at != '<');
        if (*xml->at == '&')
            skip_entity(xml);
        else
            skip_character(xml);
    }
    if (is_id) {
        size_t length_bytes = (size_t)(xml->at - value);
        assert_int_equal(interner_find_bytes(&xml->ids, value, length_bytes), NONE);
        intern_bytes(&xml->ids, value, length_bytes);
    }
    xml->at++;
}

static void read_tag(Xml *xml)
{
    bool closing = *++xml->at == '/';
    xml->at += closing;
    const char *name = xml->at;
    while (is_name_char(*xml->at))
        xml->at++;
    size_t name_bytes = (size_t)(xml->at - name);
    assert_true(name_bytes > 0);
    if (closing) {
        assert_true(xml->depth > 0 && *xml->at == '>');
        xml->depth--;
        assert_int_equal(name_bytes, xml->open_bytes[xml->depth]);
        assert_memory_equal(name, xml->open[xml->depth], name_bytes);
        xml->at++;
        return;
    }
    assert_true(xml->depth < 64);
    xml->open[xml->depth] = name;
    xml->open_bytes[xml->depth++] = name_bytes;
    for (;;) {
        xml->at += strspn(xml->at, " \n");
        if (*xml->at == '>' || *xml->at == '/')
            break;
        read_attribute(xml);
    }
    xml->depth -= *xml->at == '/';
    xml->at += *xml->at == '/' ? 2 : 1;
    assert_int_equal(xml->at[-1], '>');
}

static void check_xml(const char *text)
{
    static const char DECLARATION[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    Xml xml = {.ids = interner_new(CASE_MATTERS)};
    assert_int_equal(strncmp(text, DECLARATION, strlen(DECLARATION)), 0);
    xml.at = text + strlen(DECLARATION);
    while (*xml.at) {
        if (*xml.at == '<')
            read_tag(&xml);
        else if (*xml.at == '&')
            skip_entity(&xml);
        else
            skip_character(&xml);
    }
    assert_int_equal(xml.depth, 0);
    interner_free(&xml.ids);
}

/* -------------------------------------------------------------------------------------------- */

static void check_svg(const Drawn *drawn)
{
    const char *svg = drawn->svg.text;
    check_xml(svg);
    assert_null(strstr(svg, "transparent"));
    assert_null(strstr(svg, "<!"));
    assert_null(strstr(svg, "<script"));
    assert_null(strstr(svg, "&#45;"));
    assert_non_null(strstr(svg, "<svg role=\"img\" aria-labelledby="));
    assert_non_null(strstr(svg, "</title>\n<desc id="));
    for (const char *url = svg; (url = strstr(url, "http")); url++)
        assert_int_equal(strncmp(url, "http://www.w3.org/", 18), 0);
    for (uint32_t i = 0; i < drawn->picture.item_count; i++) {
        TextBuffer id = {0};
        text_append_format(&id, "<g id=\"%s%s\" class=\"node ", drawn->picture.id_prefix,
                           drawn->picture.items[i].id);
        assert_non_null(strstr(svg, id.text));
        text_buffer_free(&id);
    }
}

static void test_svg_is_well_formed_and_alone(void **state)
{
    (void)state;
    check_all(check_svg);
}

/* Graphviz draws the card where the layout says: its outline has exactly these corners. */
static void check_outlines(const Drawn *drawn)
{
    for (uint32_t i = 0; i < drawn->picture.item_count; i++) {
        const Item *item = &drawn->picture.items[i];
        const PlacedCard *card = &drawn->layout.cards[i];
        Arena arena = {0};
        if (item->silhouette != SILHOUETTE_EVIDENCE && item->silhouette != SILHOUETTE_GAIN &&
            item->silhouette != SILHOUETTE_MATRIX)
            continue; /* round or with sheets below */
        double left = card->x;
        double right = left + card->card.block.width;
        double top = card->y - drawn->layout.height;
        double bottom = top + card->card.block.height;
        const char *low_left = bezier_point(&arena, (Point){left, bottom});
        const char *points = arena_format(&arena, "points=\"%s %s %s %s %s\"", low_left,
                                          bezier_point(&arena, (Point){left, top}),
                                          bezier_point(&arena, (Point){right, top}),
                                          bezier_point(&arena, (Point){right, bottom}), low_left);
        if (!strstr(drawn->svg.text, points))
            fail_msg("%s: no outline %s", item->id, points);
        arena_free(&arena);
    }
}

static void test_graphviz_draws_what_was_decided(void **state)
{
    (void)state;
    check_all(check_outlines);
}

/* Whole pictures are too long for a message: shows where they begin to differ. */
static void assert_same_text(const char *first, const char *second)
{
    size_t at = 0;
    while (first[at] && first[at] == second[at])
        at++;
    if (first[at] != second[at])
        fail_msg("differs at byte %zu: \"%.80s\" and \"%.80s\"", at, first + at, second + at);
}

static void test_same_bytes_twice(void **state)
{
    (void)state;
    TextBuffer text = {0};
    for (uint32_t i = 0; i < TEST_PICTURE_COUNT; i++) {
        Drawn first, second;
        test_picture_text(i, &text);
        draw_text(&text, &first);
        draw_text(&text, &second);
        assert_same_text(first.dot.text, second.dot.text);
        assert_same_text(first.svg.text, second.svg.text);
        free_drawn(&first);
        free_drawn(&second);
    }
    text_buffer_free(&text);
}

/* Texts that a stranger might choose, as JSON. */
static const char *const HOSTILE[] = {
    "<script>alert(1)</script>",
    "two\\nlines\\tand a tab",
    "right\\u202eto left\\u2066",
    "\\u001b[31mred\\u001b]0;title\\u0007",
    "\\\\N \\\\G \\\\L trailing\\\\",
    "&#92;N &lt;b&gt; &amp;",
    "quote\\\" apostrophe' ]]> --> %s %n",
    "\xff\xfe not UTF-8 \xc0\xaf",
    "   ",
    "",
    "=cmd|' /C calc'!A0",
    "]]></text></svg><svg onload=alert(1)>",
};

enum { HOSTILE_COUNT = sizeof HOSTILE / sizeof *HOSTILE };

static void append_hostile_picture(const char *bad, TextBuffer *text)
{
    text_append_format(
        text,
        "{\"schema\":\"amlblast.picture/1\",\"name\":\"p\",\"kind\":\"identity\",\"title\":\"%s\","
        "\"subtitle\":\"%s\",\"description\":\"%s\",\"worst\":{\"severity\":\"high\",\"text\":"
        "\"%s\"},\"facts\":[{\"label\":\"%s\",\"value\":\"%s\"}],\"incomplete\":[\"%s\"],",
        bad, bad, bad, bad, bad, bad, bad);
    text_append_format(
        text,
        "\"columns\":[{\"heading\":\"%s\",\"items\":[{\"scope\":{\"level\":1,\"type\":\"%s\","
        "\"name\":\"%s\",\"note\":\"%s\",\"tooltip\":\"%s\"},\"items\":[{\"id\":\"a\","
        "\"silhouette\":\"stack\",\"count\":7,\"type\":\"%s\",\"name\":\"%s\",\"details\":[\"%s\"],"
        "\"tooltip\":\"%s\",\"strips\":[{\"style\":\"denied\",\"step\":1,\"text\":\"%s\",\"by\":"
        "\"%s\"}]}]},{\"id\":\"e\",\"silhouette\":\"evidence\",\"type\":\"%s\",\"rows\":[{"
        "\"label\":\"%s\",\"text\":\"%s\"}],\"fix\":[\"%s\"]}]},",
        bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad, bad);
    text_append_format(
        text,
        "{\"items\":[{\"id\":\"b\",\"silhouette\":\"focal\",\"name\":\"%s\"},{\"id\":\"m\","
        "\"silhouette\":\"matrix\",\"table\":{\"headings\":[\"%s\"],\"rows\":[{\"name\":\"%s\","
        "\"detail\":\"%s\",\"worst\":\"%s\",\"cells\":[{\"severity\":\"low\",\"text\":\"%s\"}]}]}}]"
        "}],\"lines\":[{\"from\":\"a\",\"to\":\"b\",\"style\":\"denied\",\"tooltip\":\"%s\"},"
        "{\"from\":\"b\",\"to\":\"a\",\"style\":\"denied\"}],\"legend\":{\"sentence\":\"%s\","
        "\"key\":[{\"severity\":\"low\",\"text\":\"%s\"}],\"lines\":[{\"style\":\"denied\","
        "\"text\":\"%s\"}]}}",
        bad, bad, bad, bad, bad, bad, bad, bad, bad, bad);
}

/* In every place where a text may stand. */
static void test_hostile_texts_stay_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        TextBuffer text = {0};
        Drawn drawn;
        append_hostile_picture(HOSTILE[i], &text);
        draw_text(&text, &drawn);
        check_svg(&drawn);
        check_outlines(&drawn);
        assert_null(strstr(drawn.svg.text, "\xe2\x80\xae")); /* U+202E */
        assert_null(strstr(drawn.svg.text, "\xe2\x81\xa6")); /* U+2066 */
        assert_null(strchr(drawn.svg.text, '\x1b'));
        assert_null(strchr(drawn.dot.text, '\x1b'));
        assert_null(strstr(drawn.dot.text, "<script"));
        assert_null(strstr(drawn.svg.text, " onload=alert(1)>"));
        text_buffer_free(&text);
        free_drawn(&drawn);
    }
}

static void test_hostile_texts_are_shown(void **state)
{
    (void)state;
    TextBuffer text = {0};
    Drawn drawn;
    append_hostile_picture(HOSTILE[0], &text);
    draw_text(&text, &drawn);
    assert_non_null(strstr(drawn.svg.text, ">&lt;script&gt;alert(1)&lt;/script&gt;</text>"));
    text_buffer_clear(&text);
    free_drawn(&drawn);
    append_hostile_picture(HOSTILE[1], &text);
    draw_text(&text, &drawn);
    assert_non_null(strstr(drawn.svg.text, ">two lines and a tab</text>"));
    text_buffer_clear(&text);
    free_drawn(&drawn);
    append_hostile_picture(HOSTILE[4], &text);
    draw_text(&text, &drawn);
    assert_non_null(strstr(drawn.svg.text, "\">\xe2\x88\x96N \xe2\x88\x96G"));
    text_buffer_free(&text);
    free_drawn(&drawn);
}

static void test_very_long_texts(void **state)
{
    (void)state;
    TextBuffer longest = {0};
    TextBuffer text = {0};
    Drawn drawn;
    for (int i = 0; i < PICTURE_TEXT_CHARACTERS / 4; i++)
        text_append(&longest, i % 9 ? "W\xc3\xa4\xe6\x97\xa5m" : "<b> ");
    append_hostile_picture(longest.text, &text);
    draw_text(&text, &drawn);
    check_svg(&drawn);
    check_outlines(&drawn);
    assert_true(drawn.layout.width < 2000);
    text_buffer_free(&longest);
    text_buffer_free(&text);
    free_drawn(&drawn);
}

static void test_tooltips_and_links(void **state)
{
    (void)state;
    static const char TEXT[] =
        "{\"schema\":\"amlblast.picture/1\",\"name\":\"p\",\"kind\":\"identity\",\"title\":\"T\","
        "\"id_prefix\":\"p3-\",\"description\":\"D.\",\"columns\":[{\"items\":["
        "{\"id\":\"a\",\"silhouette\":\"resource\",\"type\":\"Key vault\",\"name\":\"kv-1\","
        "\"details\":[\"2 keys\"],\"link\":\"#f-a\"}]},{\"items\":[{\"id\":\"b\",\"silhouette\":"
        "\"resource\",\"name\":\"kv-2\",\"strips\":[{\"style\":\"denied\",\"text\":\"read\"}]}]}],"
        "\"lines\":[{\"from\":\"a\",\"to\":\"b\",\"style\":\"denied\"}]}";
    TextBuffer text = {0};
    Drawn drawn;
    text_append(&text, TEXT);
    draw_text(&text, &drawn);
    check_svg(&drawn);
    assert_non_null(strstr(drawn.svg.text, "<g id=\"p3-a\" class=\"node card sev-none\">\n"
                                           "<title>Key vault: kv-1. 2 keys</title>\n"
                                           "<a xlink:href=\"#f-a\">\n"));
    assert_non_null(strstr(drawn.svg.text, "class=\"edge edge-deny\">\n"
                                           "<title>kv-1 to kv-2: \xc3\x97 DENIED: read</title>\n"
                                           "<path "));
    assert_non_null(strstr(drawn.svg.text, "<title id=\"p3-_name\">T</title>"));
    text_buffer_free(&text);
    free_drawn(&drawn);
}

/* Another Graphviz, with fonts, draws the same boxes from the DOT file. */
static void check_dot(const Drawn *drawn)
{
    char path[] = "/tmp/amlblast-draw-test-XXXXXX";
    TextBuffer command = {0};
    TextBuffer svg = {0};
    char bytes[4096];
    size_t count;
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, drawn->dot.text, drawn->dot.length_bytes),
                     drawn->dot.length_bytes);
    close(descriptor);
    text_append(&svg, "");
    text_append_format(&command, "dot -Tsvg %s 2>&1", path);
    FILE *output = popen(command.text, "r");
    assert_non_null(output);
    while ((count = fread(bytes, 1, sizeof bytes, output)) > 0)
        text_append_bytes(&svg, bytes, count);
    assert_int_equal(pclose(output), 0);
    unlink(path);
    assert_null(strstr(svg.text, "Error"));
    assert_null(strstr(svg.text, "in label of")); /* nothing too wide, nothing ill-formed */
    for (const char *points = drawn->svg.text; (points = strstr(points, "points=\"")); points++) {
        const char *end = strchr(points, '>');
        char *polygon = strndup(points, (size_t)(end - points));
        if (!strstr(svg.text, polygon))
            fail_msg("dot does not draw %s", polygon);
        free(polygon);
    }
    text_buffer_free(&command);
    text_buffer_free(&svg);
}

static void test_dot_files_draw_the_same_elsewhere(void **state)
{
    (void)state;
    if (system("dot -V 2>/dev/null") != 0) {
        print_message("dot is not installed: skipped\n");
        skip();
    }
    TextBuffer text = {0};
    for (uint32_t i = 0; i < EXAMPLE_COUNT; i++) {
        Drawn drawn;
        test_picture_text(i, &text);
        draw_text(&text, &drawn);
        check_dot(&drawn);
        free_drawn(&drawn);
    }
    text_buffer_free(&text);
}

static bool begins_with(const TextBuffer *image, const char *bytes, size_t length_bytes)
{
    return image->length_bytes > length_bytes && memcmp(image->text, bytes, length_bytes) == 0;
}

enum { IMAGES_GOOD, IMAGES_BAD, IMAGES_WITHOUT_PLUGIN };

/* The right kind of file, the same bytes twice. */
static int check_images(const Drawn *drawn, RenderFormat format)
{
    static const char PNG[] = "\x89PNG\r\n\x1a\n";
    TextBuffer images[2] = {{0}, {0}};
    Error err;
    for (int i = 0; i < 2; i++) {
        struct Agraph_s *graph = dot_build(&drawn->picture, &drawn->layout);
        if (!render_graph(graph, format, &images[i], &err))
            return strstr(err.message, "has no plugin for") ? IMAGES_WITHOUT_PLUGIN : IMAGES_BAD;
        dot_close(graph);
    }
    bool kind = format == RENDER_PNG ? begins_with(&images[0], PNG, sizeof PNG - 1)
                                     : begins_with(&images[0], "%PDF-", 5);
    bool same = images[0].length_bytes == images[1].length_bytes &&
                memcmp(images[0].text, images[1].text, images[0].length_bytes) == 0;
    return kind && same ? IMAGES_GOOD : IMAGES_BAD;
}

/* In a process of its own, as in the program: Pango and Cairo keep memory until the end. */
static void test_images(void **state)
{
    (void)state;
    TextBuffer text = {0};
    Drawn drawn;
    int status = 0;
    test_picture_text(1, &text);
    draw_text(&text, &drawn);
    pid_t process = fork();
    if (process == 0) {
        int png = check_images(&drawn, RENDER_PNG);
        _exit(png == IMAGES_GOOD ? check_images(&drawn, RENDER_PDF) : png);
    }
    assert_int_equal(waitpid(process, &status, 0), process);
    free_drawn(&drawn);
    text_buffer_free(&text);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == IMAGES_WITHOUT_PLUGIN) {
        print_message("Graphviz has no plugin for images here: skipped\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), IMAGES_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_svg_is_well_formed_and_alone),
        cmocka_unit_test(test_graphviz_draws_what_was_decided),
        cmocka_unit_test(test_same_bytes_twice),
        cmocka_unit_test(test_hostile_texts_stay_texts),
        cmocka_unit_test(test_hostile_texts_are_shown),
        cmocka_unit_test(test_very_long_texts),
        cmocka_unit_test(test_tooltips_and_links),
        cmocka_unit_test(test_dot_files_draw_the_same_elsewhere),
        cmocka_unit_test(test_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
