#include "base/clean.h"
#include "base/intern.h"
#include "base/threads.h"
#include "draw/description.h"
#include "draw/files.h"
#include "draw/lines.h"
#include "draw/pool.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATUS_DRAWN = 0,
    STATUS_TEXT_INSTEAD = 1,
    STATUS_USAGE = 2,
    STATUS_UNREADABLE = 3,
    STATUS_UNWRITABLE = 5,
    STATUS_INTERRUPTED = 130,
    DEFAULT_TIME_LIMIT = 20, /* seconds */
    MOST_JOBS = 256,
    MOST_TIME_LIMIT = 86400
};

static const char HELP[] =
    "Usage: amlblast-draw [OPTION]... [FILE]...\n"
    "\n"
    "Draws pictures from descriptions (data/schema/picture.schema.json): for each it writes\n"
    "NAME.svg and NAME.dot, and always NAME.txt, the picture in words.  Without FILE, or for -,\n"
    "reads standard input, one description per line; a FILE that ends in .json holds one.\n"
    "\n"
    "  -o, --output DIR      where to write (default: the current directory; made if missing)\n"
    "      --format LIST     of svg,dot,png,pdf (default: svg,dot); png and pdf need the\n"
    "                        Graphviz plugins for them\n"
    "      --jobs N          pictures at a time (default: the number of processors)\n"
    "      --time-limit S    seconds for one picture (default: 20); then its text stands in\n"
    "  -h, --help            show this\n"
    "      --version         show the version\n"
    "\n"
    "Exit status: 0 all drawn, 1 some pictures are there only as text or not in every format,\n"
    "2 wrong usage, 3 a description or file could not be read (the others were drawn),\n"
    "5 a file could not be written, 130 interrupted.\n"
    "\n"
    "Example: amlblast-draw -o output/diagrams --format svg,png pictures.ndjson\n";

typedef struct Program {
    Pool pool;
    Interner names; /* of the pictures so far: two must not share a file */
    bool unreadable;
    bool text_instead;
} Program;

static void complain(const char *message)
{
    TextBuffer shown = {0};
    clean_append(&shown, CLEAN_TERMINAL, message);
    fprintf(stderr, "amlblast-draw: %s\n", shown.text);
    text_buffer_free(&shown);
}

static int usage_error(const char *message, const char *what)
{
    Error err;
    error_set(&err, "%s%s (try --help)", message, what);
    complain(err.message);
    return STATUS_USAGE;
}

/* Places are "FILE:LINE", "FILE" for one that holds a single description. */
static void refuse(Program *program, const char *place, Error *err)
{
    error_prefix(err, place);
    complain(err->message);
    program->unreadable = true;
}

static bool is_new_name(Program *program, const char *name, Error *err)
{
    if (interner_find(&program->names, name) != NONE)
        return error_set(err, "name: expected one that no earlier picture has, found \"%s\"", name);
    intern(&program->names, name);
    return true;
}

static void draw_description(Program *program, const char *place, const TextBuffer *text)
{
    Arena arena = {0};
    Picture picture;
    Error err = {""};
    if (!description_read(&arena, text->text, text->length_bytes, &picture, &err) ||
        !is_new_name(program, picture.name, &err)) {
        refuse(program, place, &err);
    } else if (!draw_words(&picture, program->pool.directory, &err)) {
        complain(err.message);
        program->pool.unwritable = true;
    } else if (!pool_start(&program->pool, &picture, &err)) {
        complain(err.message);
        program->text_instead = true;
    }
    arena_free(&arena);
}

static bool is_blank(const TextBuffer *text)
{
    return strspn(text->text, " \t\r\n") == text->length_bytes;
}

static void draw_result(Program *program, const char *place, LineResult result,
                        const TextBuffer *text)
{
    Error err = {""};
    if (result == LINE_TOO_LONG)
        error_set(&err, "expected a description of at most %d bytes", DESCRIPTION_BYTES);
    else if (result == LINE_FAILED)
        error_set(&err, "cannot be read: %s", strerror(errno));
    if (*err.message)
        refuse(program, place, &err);
    else if (result == LINE_READ && !is_blank(text))
        draw_description(program, place, text);
}

static void draw_lines(Program *program, const char *path, FILE *file)
{
    TextBuffer line = {0};
    LineResult result = LINE_READ;
    for (unsigned number = 1; result < LINE_END && !pool_interrupted(); number++) {
        Error place;
        result = line_read(file, DESCRIPTION_BYTES, &line);
        error_set(&place, "%s:%u", path, number);
        draw_result(program, place.message, result, &line);
    }
    text_buffer_free(&line);
}

static void draw_single(Program *program, const char *path, FILE *file)
{
    TextBuffer text = {0};
    Error err;
    LineResult result = file_read_rest(file, DESCRIPTION_BYTES, &text);
    if (result == LINE_END || (result == LINE_READ && is_blank(&text))) {
        error_set(&err, "expected a description, found nothing");
        refuse(program, path, &err);
    } else {
        draw_result(program, path, result, &text);
    }
    text_buffer_free(&text);
}

static void draw_file(Program *program, const char *path)
{
    Error err;
    if (strcmp(path, "-") == 0) {
        draw_lines(program, "standard input", stdin);
        return;
    }
    FILE *file = fopen(path, "rb");
    if (!file) {
        error_set(&err, "cannot be opened: %s", strerror(errno));
        refuse(program, path, &err);
        return;
    }
    if (text_ends_with_any_case(path, ".json"))
        draw_single(program, path, file);
    else
        draw_lines(program, path, file);
    fclose(file);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted: children end in any order. */
static void print_complaints(Pool *pool)
{
    if (pool->complaints.count > 1)
        qsort((void *)pool->complaints.items, pool->complaints.count,
              sizeof *pool->complaints.items, by_text);
    for (uint32_t i = 0; i < pool->complaints.count; i++)
        complain(pool->complaints.items[i]);
}

static int status_of(const Program *program)
{
    if (pool_interrupted())
        return STATUS_INTERRUPTED;
    if (program->pool.unwritable)
        return STATUS_UNWRITABLE;
    if (program->unreadable)
        return STATUS_UNREADABLE;
    return program->pool.complaints.count > 0 || program->text_instead ? STATUS_TEXT_INSTEAD
                                                                       : STATUS_DRAWN;
}

/* Options ----------------------------------------------------------------------------------- */

/* "svg,dot": every word once or more; false for anything else. */
static bool parse_formats(const char *list, unsigned *formats)
{
    *formats = 0;
    for (;;) {
        size_t word_bytes = strcspn(list, ",");
        unsigned format = 0;
        while (format < FORMAT_COUNT && (strlen(FORMAT_SUFFIXES[format]) != word_bytes ||
                                         memcmp(FORMAT_SUFFIXES[format], list, word_bytes) != 0))
            format++;
        if (format == FORMAT_COUNT)
            return false;
        *formats |= 1U << format;
        list += word_bytes;
        if (!*list)
            return true;
        list++;
    }
}

static bool parse_number(const char *text, uint32_t most, uint32_t *number)
{
    char *end = NULL;
    errno = 0;
    unsigned long parsed = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end || text[0] == '-' || parsed < 1 || parsed > most)
        return false;
    *number = (uint32_t)parsed;
    return true;
}

enum { OPTION_FORMAT = 256, OPTION_JOBS, OPTION_TIME_LIMIT, OPTION_VERSION };

static const struct option OPTIONS[] = {
    {"output", required_argument, NULL, 'o'},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"time-limit", required_argument, NULL, OPTION_TIME_LIMIT},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* True: go on.  False: end with *status. */
static bool parse_options(int count, char **arguments, Pool *pool, int *status)
{
    int option;
    *status = STATUS_DRAWN;
    while ((option = getopt_long(count, arguments, "o:h", OPTIONS, NULL)) != -1) {
        switch (option) {
        case 'o':
            pool->directory = optarg;
            break;
        case OPTION_FORMAT:
            if (!parse_formats(optarg, &pool->formats))
                *status =
                    usage_error("--format: expected a list of svg, dot, png, pdf, found ", optarg);
            break;
        case OPTION_JOBS:
            if (!parse_number(optarg, MOST_JOBS, &pool->jobs))
                *status = usage_error("--jobs: expected a number from 1 to 256, found ", optarg);
            break;
        case OPTION_TIME_LIMIT:
            if (!parse_number(optarg, MOST_TIME_LIMIT, &pool->time_limit))
                *status = usage_error("--time-limit: expected seconds, 1 to 86400, found ", optarg);
            break;
        case 'h':
            fputs(HELP, stdout);
            return false;
        case OPTION_VERSION:
            printf("amlblast-draw %s\n", AMLBLAST_VERSION);
            return false;
        default: /* getopt said what is wrong */
            *status = STATUS_USAGE;
        }
        if (*status != STATUS_DRAWN)
            return false;
    }
    return true;
}

int main(int argument_count, char **arguments)
{
    Program program = {.pool = {.directory = ".",
                                .formats = FORMAT_SVG | FORMAT_DOT,
                                .jobs = threads_available(),
                                .time_limit = DEFAULT_TIME_LIMIT,
                                .draw = draw_picture},
                       .names = interner_new(CASE_IGNORED)};
    int status;
    Error err;
    bool go_on = parse_options(argument_count, arguments, &program.pool, &status);
    if (go_on && !directory_make(program.pool.directory, &err)) {
        complain(err.message);
        status = STATUS_UNWRITABLE;
        go_on = false;
    }
    if (go_on) {
        pool_watch_signals();
        if (optind == argument_count)
            draw_lines(&program, "standard input", stdin);
        for (int i = optind; i < argument_count && !pool_interrupted(); i++)
            draw_file(&program, arguments[i]);
        pool_finish(&program.pool);
        print_complaints(&program.pool);
        status = status_of(&program);
    }
    pool_free(&program.pool);
    interner_free(&program.names);
    return status;
}
