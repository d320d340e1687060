#include "cli/options.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "input/json.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef enum ValueKind {
    VALUE_NONE,   /* a switch: bool */
    VALUE_TEXT,   /* const char * */
    VALUE_LIST,   /* Words: may be repeated */
    VALUE_NUMBER, /* uint32_t, from `least` to `most` */
    VALUE_CHOICE, /* an enum: the position of the word in `shown` */
    VALUE_TIME,   /* const char *, ISO 8601 */
    VALUE_JSON    /* --json: the same as --format json */
} ValueKind;

typedef struct OptionRow {
    const char *name;
    char letter; /* or 0 */
    OptionGroup group;
    ValueKind kind;
    size_t at;         /* in Options */
    const char *shown; /* of the value in help; the words of a choice, separated by '|' */
    const char *help;
    uint32_t least, most;
} OptionRow;

#define AT(member) offsetof(Options, member)

static const OptionRow ROWS[] = {
    {"snapshot", 's', GROUP_READING, VALUE_LIST, AT(snapshots), "SNAPSHOT",
     "directory, file or archive to read; can be repeated", 0, 0},
    {"output", 'o', GROUP_ANSWER, VALUE_TEXT, AT(output), "PLACE",
     "where to write; - is standard output", 0, 0},
    {"format", 0, GROUP_ANSWER, VALUE_CHOICE, AT(format), "text|json", "form of the answer", 0, 0},
    {"json", 0, GROUP_ANSWER, VALUE_JSON, AT(format), NULL, "the same as --format json", 0, 0},
    {"data", 0, GROUP_CAN, VALUE_NONE, AT(data_action), NULL, "ACTION is a data action", 0, 0},
    {"role", 0, GROUP_CAN, VALUE_TEXT, AT(role), "ROLE",
     "the role that would be given (GUID or name), for roleAssignments/write", 0, 0},
    {"to", 0, GROUP_CAN, VALUE_TEXT, AT(to), "PRINCIPAL", "and who would get it", 0, 0},
    {"to-type", 0, GROUP_CAN, VALUE_TEXT, AT(to_type), "TYPE",
     "its type, when it is not exported: User, Group, ServicePrincipal", 0, 0},
    {"request", 0, GROUP_CAN, VALUE_LIST, AT(request), "NAME=VALUE",
     "attribute that a condition asks for; NAME= alone: absent", 0, 0},
    {"resource", 0, GROUP_CAN, VALUE_LIST, AT(resource), "NAME=VALUE", "likewise", 0, 0},
    {"environment", 0, GROUP_CAN, VALUE_LIST, AT(environment), "NAME=VALUE", "likewise", 0, 0},
    {"principal", 0, GROUP_CAN, VALUE_LIST, AT(principal), "NAME=VALUE", "likewise", 0, 0},
    {"suboperation", 0, GROUP_CAN, VALUE_LIST, AT(suboperations), "NAME",
     "suboperation of the action; NAME empty: none", 0, 0},
    {"check", 0, GROUP_TECHNIQUES, VALUE_TEXT, AT(check_dir), "DIR",
     "report every problem of the rule data in DIR", 0, 0},
    {"capability", 0, GROUP_TARGET, VALUE_TEXT, AT(capability), "CAPABILITY",
     "what to do to WHAT: read-secrets, manage, ... (default: anything but view)", 0, 0},
    {"exclude", 0, GROUP_LIMITS, VALUE_LIST, AT(exclude), "ID",
     "as if it were not there: an assignment, lock, resource, principal or technique", 0, 0},
    {"only-certain", 0, GROUP_LIMITS, VALUE_NONE, AT(only_certain), NULL,
     "nothing conditional, eligible or assumed", 0, 0},
    {"no-interaction", 0, GROUP_LIMITS, VALUE_NONE, AT(no_interaction), NULL,
     "no identity that is taken only when a person runs something", 0, 0},
    {"include-interaction", 0, GROUP_LIMITS, VALUE_NONE, AT(include_interaction), NULL,
     "those too, as assumed: the default, and stronger than --no-interaction", 0, 0},
    {"chains", 'k', GROUP_CHAINS, VALUE_NUMBER, AT(chains), "N",
     "up to N chains, each with a technique or record that none before it uses (default 1)", 1,
     1000},
    {"diagrams", 0, GROUP_DIAGRAMS, VALUE_NUMBER, AT(diagrams), "N",
     "draw the N worst identities (default 25; 0: none)", 0, 100000},
    {"svg", 0, GROUP_PICTURE, VALUE_TEXT, AT(svg), "FILE",
     "draw the answer too, and write its words into the .txt beside it", 0, 0},
    {"dot", 0, GROUP_PICTURE, VALUE_TEXT, AT(dot), "FILE", "likewise, for Graphviz", 0, 0},
    {"png", 0, GROUP_PICTURE, VALUE_TEXT, AT(png), "FILE", "likewise", 0, 0},
    {"pdf", 0, GROUP_PICTURE, VALUE_TEXT, AT(pdf), "FILE", "likewise", 0, 0},
    {"as-of", 0, GROUP_READING, VALUE_TIME, AT(as_of), "TIME",
     "when time-bound assignments are judged (default: newest change in the snapshot)", 0, 0},
    {"strict", 0, GROUP_READING, VALUE_NONE, AT(strict), NULL,
     "stop at the first input that is wrong", 0, 0},
    {"jobs", 0, GROUP_READING, VALUE_NUMBER, AT(jobs), "N",
     "threads, and pictures drawn at a time; the answer does not depend on it", 1, 256},
    {"no-progress", 0, GROUP_READING, VALUE_NONE, AT(no_progress), NULL, "no line of progress", 0,
     0},
    {"pattern-reading", 0, GROUP_ANALYSIS, VALUE_CHOICE, AT(pattern_reading),
     "zero-segments|literal", "whether \"/*/\" in a permission also stands for \"/\" (default) ", 0,
     0},
    {"dump", 0, GROUP_ANALYSIS, VALUE_CHOICE, AT(dump), "nothing|snapshot|access|graph",
     "print what a stage made, for debugging", 0, 0},
    {"quiet", 'q', GROUP_COMMON, VALUE_NONE, AT(quiet), NULL, "say only errors on standard error",
     0, 0},
    {"verbose", 'v', GROUP_COMMON, VALUE_NONE, AT(verbose), NULL, "say everything", 0, 0},
    {"color", 0, GROUP_COMMON, VALUE_CHOICE, AT(color), "auto|always|never",
     "colours (auto: on a terminal, unless NO_COLOR is set)", 0, 0},
    {"data-dir", 0, GROUP_COMMON, VALUE_TEXT, AT(data_dir), "DIR",
     "rule data other than the installed", 0, 0},
    {"config", 0, GROUP_COMMON, VALUE_TEXT, AT(config), "FILE",
     "options from a JSON file: {\"jobs\": 2, \"snapshot\": [\"a\", \"b\"]}", 0, 0},
    {"help", 'h', GROUP_COMMON, VALUE_NONE, AT(help), NULL, "show the help of the command", 0, 0},
    {"version", 0, GROUP_COMMON, VALUE_NONE, AT(version), NULL, "show the version", 0, 0},
};
enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };
_Static_assert(sizeof ROWS / sizeof *ROWS <= OPTION_MOST, "room in Options.given_by");

/* Who said it; the larger one decides. */
enum { BY_CONFIG = 1, BY_ENVIRONMENT, BY_FLAG };

typedef struct Saying {
    uint8_t by;
    const char *name; /* as the user wrote it, for messages: "--jobs", "AMLBLAST_JOBS" */
} Saying;

/* ---- one value ---- */

static bool read_number(const OptionRow *row, const char *text, uint32_t *number)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end || text[0] < '0' || text[0] > '9' || value < row->least ||
        value > row->most)
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool read_choice(const OptionRow *row, const char *text, uint32_t *choice)
{
    size_t length = strlen(text);
    uint32_t position = 0;
    for (const char *word = row->shown;; word++, position++) {
        size_t bytes = strcspn(word, "|");
        if (bytes == length && memcmp(word, text, bytes) == 0) {
            *choice = position;
            return true;
        }
        word += bytes;
        if (!*word)
            return false;
    }
}

static bool read_switch(const char *text, bool *value)
{
    static const char *const yes[] = {"1", "true", "yes", "on"};
    static const char *const no[] = {"0", "false", "no", "off", ""};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (text_equal_any_case(text, yes[i]))
            return *value = true;
    *value = false;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (text_equal_any_case(text, no[i]))
            return true;
    return false;
}

static void *place_of(Options *options, const OptionRow *row)
{
    return (char *)options + row->at;
}

static void add_to_list(Options *options, const OptionRow *row, const Saying *saying,
                        const char *text)
{
    Words *list = place_of(options, row);
    if (options->given_by[row - ROWS] < saying->by)
        list->count = 0;
    ARRAY_PUSH(list, arena_copy_text(&options->arena, text));
}

static bool wrong_value(const OptionRow *row, const Saying *saying, const char *text, Error *err)
{
    if (row->kind == VALUE_NUMBER)
        return error_set(err, "%s: expected a number from %u to %u, found \"%s\"", saying->name,
                         (unsigned)row->least, (unsigned)row->most, text);
    if (row->kind == VALUE_CHOICE)
        return error_set(err, "%s: expected %s, found \"%s\"", saying->name, row->shown, text);
    if (row->kind == VALUE_TIME)
        return error_set(err, "%s: expected a time like 2026-11-20T06:00:00Z, found \"%s\"",
                         saying->name, text);
    return error_set(err, "%s: expected true or false, found \"%s\"", saying->name, text);
}

static bool store_value(Options *options, const OptionRow *row, const Saying *saying,
                        const char *text)
{
    int64_t seconds;
    switch (row->kind) {
    case VALUE_NONE:
    case VALUE_JSON:
        return read_switch(text, place_of(options, row));
    case VALUE_NUMBER:
        return read_number(row, text, place_of(options, row));
    case VALUE_CHOICE:
        return read_choice(row, text, place_of(options, row));
    case VALUE_LIST:
        add_to_list(options, row, saying, text);
        return true;
    case VALUE_TIME:
        if (!time_parse(text, &seconds))
            return false;
        break;
    case VALUE_TEXT:
        break;
    }
    *(const char **)place_of(options, row) = arena_copy_text(&options->arena, text);
    return true;
}

static const OptionRow *find_row(const char *name)
{
    for (uint32_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(ROWS[i].name, name) == 0)
            return &ROWS[i];
    return NULL;
}

/* Nothing happens when somebody with precedence has spoken. */
static bool say(Options *options, const OptionRow *row, const Saying *saying, const char *text,
                Error *err)
{
    bool json;
    if (row->kind == VALUE_JSON && read_switch(text, &json)) {
        row = find_row("format");
        text = json ? "json" : "text";
    }
    uint8_t *given_by = &options->given_by[row - ROWS];
    if (*given_by > saying->by)
        return true;
    if (!store_value(options, row, saying, text))
        return wrong_value(row, saying, text, err);
    *given_by = saying->by;
    return true;
}

/* ---- flags ---- */

static bool takes_value(const OptionRow *row)
{
    return row->kind != VALUE_NONE && row->kind != VALUE_JSON;
}

/* getopt's own tables, made from ours; a long option's value is its row. */
typedef struct FlagTables {
    struct option longs[ROW_COUNT + 1];
    char letters[2 + 2 * ROW_COUNT];
} FlagTables;

static void make_flag_tables(FlagTables *tables)
{
    *tables = (FlagTables){0};
    size_t length = 0;
    tables->letters[length++] = ':'; /* a missing value is told apart from an unknown option */
    for (int i = 0; i < ROW_COUNT; i++) {
        bool value = takes_value(&ROWS[i]);
        tables->longs[i] =
            (struct option){ROWS[i].name, value ? required_argument : no_argument, NULL, 256 + i};
        if (!ROWS[i].letter)
            continue;
        tables->letters[length++] = ROWS[i].letter;
        if (value)
            tables->letters[length++] = ':';
    }
}

static const OptionRow *row_of_flag(int flag)
{
    if (flag >= 256)
        return &ROWS[flag - 256];
    for (uint32_t i = 0; i < ROW_COUNT; i++)
        if (ROWS[i].letter && ROWS[i].letter == flag)
            return &ROWS[i];
    return NULL;
}

static bool flag_problem(int flag, char **arguments, Error *err)
{
    if (flag == ':')
        return error_set(err, "%s: expected a value", arguments[optind - 1]);
    if (optopt > 0 && optopt < 256)
        return error_set(err, "unknown option -%c", optopt);
    return error_set(err, "unknown option %s", arguments[optind - 1]);
}

static bool read_flags(Options *options, int count, char **arguments, Error *err)
{
    FlagTables tables;
    make_flag_tables(&tables);
    opterr = 0;
    optind = 1;
    int flag;
    while ((flag = getopt_long(count, arguments, tables.letters, tables.longs, NULL)) != -1) {
        const OptionRow *row = flag == '?' || flag == ':' ? NULL : row_of_flag(flag);
        if (!row)
            return flag_problem(flag, arguments, err);
        char name[64];
        (void)snprintf(name, sizeof name, "--%s", row->name);
        Saying saying = {BY_FLAG, name};
        if (!say(options, row, &saying, takes_value(row) ? optarg : "true", err))
            return false;
    }
    for (int i = optind; i < count; i++)
        ARRAY_PUSH(&options->operands, arena_copy_text(&options->arena, arguments[i]));
    return true;
}

/* ---- environment ---- */

static bool read_environment(Options *options, Error *err)
{
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        char name[64];
        int length = snprintf(name, sizeof name, "AMLBLAST_%s", ROWS[i].name);
        for (int at = 0; at < length; at++) {
            if (name[at] >= 'a' && name[at] <= 'z')
                name[at] = (char)(name[at] - 'a' + 'A');
            else if (name[at] == '-')
                name[at] = '_';
        }
        const char *value = getenv(name);
        Saying saying = {BY_ENVIRONMENT, name};
        if (value && !say(options, &ROWS[i], &saying, value, err))
            return false;
    }
    return true;
}

/* ---- configuration file ---- */

enum { CONFIG_BYTES = 1024 * 1024 };

/* A text, number or boolean as the flag's value would be written. */
static bool config_scalar(const JsonValue *value, char *buffer, size_t buffer_bytes,
                          const char **text)
{
    double number;
    bool yes;
    *text = json_text(value);
    if (*text)
        return true;
    if (json_bool(value, &yes)) {
        *text = yes ? "true" : "false";
        return true;
    }
    if (!json_number(value, &number) || number < 0 || number > UINT32_MAX ||
        number != (double)(uint32_t)number)
        return false;
    (void)snprintf(buffer, buffer_bytes, "%u", (unsigned)number);
    *text = buffer;
    return true;
}

static bool config_value(Options *options, const OptionRow *row, const Saying *saying,
                         const JsonValue *value, Error *err)
{
    char buffer[64];
    const char *text;
    if (config_scalar(value, buffer, sizeof buffer, &text))
        return say(options, row, saying, text, err);
    if (row->kind != VALUE_LIST || !json_is_array(value))
        return error_set(err, "%s: expected a value of --%s, found %s", saying->name, row->name,
                         json_describe(value, buffer, sizeof buffer));
    for (const JsonValue *one = json_first(value); one; one = json_next(one))
        if (!json_text(one) || !say(options, row, saying, json_text(one), err))
            return error_set(err, "%s: expected a list of texts, found %s in it", saying->name,
                             json_describe(one, buffer, sizeof buffer));
    return true;
}

static bool read_config(Options *options, Error *err)
{
    const char *bytes;
    size_t length;
    const JsonValue *config;
    if (!options->config)
        return true;
    if (!file_read_all(&options->arena, options->config, CONFIG_BYTES, &bytes, &length, err))
        return false;
    if (!json_parse(&options->arena, bytes, length, &config, err))
        return error_prefix(err, options->config);
    if (!json_is_object(config))
        return error_set(err, "%s: expected an object of options", options->config);
    for (const JsonValue *member = json_first(config); member; member = json_next(member)) {
        const char *key = json_key(member);
        const OptionRow *row = find_row(key);
        Saying saying = {BY_CONFIG, arena_format(&options->arena, "%s: /%s", options->config, key)};
        if (!row)
            return error_set(err, "%s: expected the name of an option without its dashes",
                             saying.name);
        if (!config_value(options, row, &saying, member, err))
            return false;
    }
    return true;
}

/* ---- all together ---- */

bool options_read(Options *options, int count, char **arguments, Error *err)
{
    *options = (Options){.diagrams = DEFAULT_DIAGRAMS, .chains = 1};
    return read_flags(options, count, arguments, err) && read_environment(options, err) &&
           read_config(options, err);
}

void options_free(Options *options)
{
    for (uint32_t i = 0; i < ROW_COUNT; i++)
        if (ROWS[i].kind == VALUE_LIST)
            ARRAY_FREE((Words *)place_of(options, &ROWS[i]));
    ARRAY_FREE(&options->operands);
    arena_free(&options->arena);
    *options = (Options){0};
}

bool options_fit(const Options *options, uint32_t groups, const char *command, Error *err)
{
    for (uint32_t i = 0; i < ROW_COUNT; i++)
        if (options->given_by[i] == BY_FLAG && !(groups & ROWS[i].group))
            return error_set(err, "%s does not take --%s", command, ROWS[i].name);
    return true;
}

void options_print(uint32_t groups, FILE *stream)
{
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        const OptionRow *row = &ROWS[i];
        char name[80];
        if (!(groups & row->group))
            continue;
        (void)snprintf(name, sizeof name, "%s--%s%s%s", row->letter ? "" : "    ", row->name,
                       row->shown ? " " : "", row->shown ? row->shown : "");
        if (row->letter)
            fprintf(stream, "  -%c, ", row->letter);
        else
            fprintf(stream, "  ");
        int width = row->letter ? 24 : 28;
        if ((int)strlen(name) > width)
            fprintf(stream, "%s\n  %*s  %s\n", name, 28, "", row->help);
        else
            fprintf(stream, "%-*s  %s\n", width, name, row->help);
    }
}
