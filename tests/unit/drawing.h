#ifndef TESTS_UNIT_DRAWING_H
#define TESTS_UNIT_DRAWING_H

/* What the tests of the drawing program share: example descriptions, and made-up ones. */

#include "base/text.h"
#include "draw/description.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLES "tests/pictures/"

static const char *const EXAMPLE_NAMES[] = {"1-identity", "2-chain", "3-overview",
                                            "4-large",    "5-diff",  "6-reverse"};

enum { EXAMPLE_COUNT = sizeof EXAMPLE_NAMES / sizeof *EXAMPLE_NAMES };

static inline void read_whole_file(const char *path, TextBuffer *text)
{
    FILE *file = fopen(path, "rb");
    char bytes[4096];
    size_t count;
    if (!file) {
        fprintf(stderr, "%s: cannot be opened; run the tests at the project root\n", path);
        abort();
    }
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        text_append_bytes(text, bytes, count);
    fclose(file);
}

static inline void example_text(const char *name, TextBuffer *text)
{
    TextBuffer path = {0};
    text_append_format(&path, EXAMPLES "%s.json", name);
    read_whole_file(path.text, text);
    text_buffer_free(&path);
}

static inline void read_or_abort(Arena *arena, const TextBuffer *text, Picture *picture)
{
    Error err;
    if (!description_read(arena, text->text, text->length_bytes, picture, &err)) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
}

/* Numbers that look random and are the same everywhere (Knuth's MMIX generator). */
typedef struct Dice {
    uint64_t state;
} Dice;

static inline uint32_t roll(Dice *dice, uint32_t sides)
{
    dice->state = dice->state * 6364136223846793005U + 1442695040888963407U;
    return sides ? (uint32_t)(dice->state >> 33) % sides : 0;
}

/* How a made-up picture looks. */
typedef struct MadeUp {
    const char *name;
    uint32_t columns;
    uint32_t cards; /* in all columns together; at least one each */
    uint32_t lines;
    uint32_t reachable; /* shared out to the stacks */
    uint64_t seed;
} MadeUp;

static const char *const MADE_UP_NAMES[] = {
    "kv",
    "stmlwdemand01",
    "a-very-long-storage-account-name-that-does-not-fit-0123456789",
    "Gesch\xc3\xa4"
    "ftsf\xc3\xbchrung",
    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe5\x90\x8d",
    "<b>&amp;\\\\N</b>",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "iiii.iiii.iiii"};

static inline const char *made_up_name(Dice *dice)
{
    return MADE_UP_NAMES[roll(dice, sizeof MADE_UP_NAMES / sizeof *MADE_UP_NAMES)];
}

static inline void add_made_up_card(const MadeUp *made_up, Dice *dice, uint32_t index,
                                    TextBuffer *text)
{
    static const char *const SILHOUETTES[] = {"identity", "focal", "resource", "gain", "stack"};
    static const char *const SEVERITIES[] = {"critical", "high", "medium",
                                             "low",      "none", "in-scope"};
    const char *silhouette = SILHOUETTES[roll(dice, 5)];
    uint32_t strips = roll(dice, 4);
    text_append_format(text,
                       "{\"id\":\"n%u\",\"silhouette\":\"%s\",\"type\":\"Key vault\","
                       "\"name\":\"%s %u\",\"details\":[\"%s\",\"21 secrets\"]",
                       index, silhouette, made_up_name(dice), index, made_up_name(dice));
    if (strcmp(silhouette, "gain") != 0)
        text_append_format(text, ",\"severity\":\"%s\"", SEVERITIES[roll(dice, 6)]);
    if (strcmp(silhouette, "stack") == 0)
        text_append_format(text, ",\"count\":%u", 1 + made_up->reachable / made_up->cards);
    text_append(text, ",\"strips\":[");
    for (uint32_t i = 0; i < strips; i++)
        text_append_format(
            text, "%s{\"style\":\"%s\",\"step\":%s,\"text\":\"do it to %s\",\"by\":\"%s\"}",
            i ? "," : "", STYLE_LOOKS[roll(dice, STYLE_COUNT)].word, roll(dice, 2) ? "null" : "12",
            made_up_name(dice),
            roll(dice, 2) ? "" : "Owner of everything below the management group");
    text_append(text, "]}");
}

/* Cards first .. end of one column, some of them in scope boxes. */
static inline void add_made_up_column(const MadeUp *made_up, Dice *dice, uint32_t first,
                                      uint32_t end, TextBuffer *text)
{
    uint32_t open = 0;
    text_append_format(text, "{\"heading\":\"Column from %u on\",\"narrow\":%s,\"items\":[", first,
                       roll(dice, 6) ? "false" : "true");
    for (uint32_t i = first; i < end; i++) {
        text_append(text, i > first ? "," : "");
        if (open > 0 && roll(dice, 3) == 0) {
            /* the box is closed after the card before: take the comma back */
            text->length_bytes--;
            text->text[text->length_bytes] = '\0';
            text_append(text, "]},");
            open--;
        }
        if (open < 2 && roll(dice, 3) == 0) {
            open++;
            text_append_format(text,
                               "{\"scope\":{\"level\":%u,\"type\":\"Subscription\",\"name\":\"%s\","
                               "\"note\":\"another one\"},\"items\":[",
                               open, made_up_name(dice));
        }
        add_made_up_card(made_up, dice, i, text);
    }
    for (; open > 0; open--)
        text_append(text, "]}");
    text_append(text, "]}");
}

static inline void make_up_picture(const MadeUp *made_up, TextBuffer *text)
{
    Dice dice = {made_up->seed};
    text_append_format(text,
                       "{\"schema\":\"amlblast.picture/1\",\"name\":\"%s\",\"kind\":\"identity\","
                       "\"title\":\"Made up\",\"description\":\"Made up.\",\"columns\":[",
                       made_up->name);
    for (uint32_t i = 0; i < made_up->columns; i++) {
        text_append(text, i ? "," : "");
        add_made_up_column(made_up, &dice, made_up->cards * i / made_up->columns,
                           made_up->cards * (i + 1) / made_up->columns, text);
    }
    text_append(text, "],\"lines\":[");
    for (uint32_t i = 0; i < made_up->lines; i++)
        text_append_format(text, "%s{\"from\":\"n%u\",\"to\":\"n%u\",\"style\":\"%s\"}",
                           i ? "," : "", roll(&dice, made_up->cards), roll(&dice, made_up->cards),
                           STYLE_LOOKS[roll(&dice, STYLE_COUNT)].word);
    text_append(text, "],\"legend\":{\"sentence\":\"All of it is made up.\"}}");
}

static const MadeUp MADE_UP[] = {
    {"one-card", 1, 1, 0, 1, 1},          {"two-columns", 2, 5, 6, 40, 2},
    {"six-columns", 6, 60, 90, 5000, 3},  {"dense", 4, 24, 200, 5000, 4},
    {"long-columns", 3, 60, 60, 5000, 5}, {"wide", 12, 60, 120, 5000, 6},
    {"sparse", 6, 30, 12, 300, 7},        {"crowded", 5, 150, 300, 5000, 8},
};

enum { MADE_UP_COUNT = sizeof MADE_UP / sizeof *MADE_UP };

/* Every picture of the tests: examples first.  The buffer is cleared before. */
enum { TEST_PICTURE_COUNT = EXAMPLE_COUNT + MADE_UP_COUNT };

static inline void test_picture_text(uint32_t index, TextBuffer *text)
{
    text_buffer_clear(text);
    if (index < EXAMPLE_COUNT)
        example_text(EXAMPLE_NAMES[index], text);
    else
        make_up_picture(&MADE_UP[index - EXAMPLE_COUNT], text);
}

#endif
