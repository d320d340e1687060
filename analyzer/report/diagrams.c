#include "report/diagrams.h"

#include "base/digest.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEM_BYTES = 80, SUFFIX_DIGITS = 8 };

/*
 * Letters, digits, "." and "_" stay, all else becomes one "-".  So "--" is in no stem, and the
 * pictures of chains, "<stem>--1", cannot meet the stem of another.
 */
static void safe_stem(const char *name, char stem[STEM_BYTES + 1])
{
    size_t length = 0;
    for (; *name && length < STEM_BYTES; name++) {
        char c = *name;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || (length > 0 && (c == '.' || c == '_')))
            stem[length++] = c;
        else if (length > 0 && stem[length - 1] != '-')
            stem[length++] = '-';
    }
    while (length > 0 && (stem[length - 1] == '-' || stem[length - 1] == '.'))
        length--;
    stem[length] = '\0';
}

/* Names that Windows keeps for devices, whatever stands behind a dot. */
static bool is_device(const char *stem)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "com", "lpt"};
    char first[8] = {0};
    size_t length = strcspn(stem, ".");
    if (length < 3 || length > 4)
        return false;
    memcpy(first, stem, length);
    if (length == 4 && first[3] >= '0' && first[3] <= '9')
        first[3] = '\0';
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (text_equal_any_case(first, devices[i]))
            return true;
    return false;
}

typedef struct Stem {
    char text[STEM_BYTES + 1];
    uint32_t start;
} Stem;

static int by_text(const void *a, const void *b)
{
    return text_compare_any_case(((const Stem *)a)->text, ((const Stem *)b)->text);
}

/* True when no other start has this stem, and it means nothing special. */
static bool stands_alone(const Stem *stems, uint32_t count, uint32_t index)
{
    const char *text = stems[index].text;
    if (!*text || is_device(text) || text_equal_any_case(text, "overview"))
        return false;
    bool before = index > 0 && text_equal_any_case(stems[index - 1].text, text);
    bool after = index + 1 < count && text_equal_any_case(stems[index + 1].text, text);
    return !before && !after;
}

static char *name_of_picture(const Analysis *analysis, const Stem *stem, bool alone)
{
    char digits[DIGEST_TEXT_BYTES];
    TextBuffer name = {0};
    text_append(&name, stem->text);
    if (!alone) {
        char *id = memory_copy_text(id_of_start(analysis, stem->start));
        Digest *digest = digest_new();
        text_lower(id);
        digest_add(digest, id, strlen(id));
        digest_finish(digest, digits);
        text_append(&name, *stem->text ? "-" : "start-");
        text_append_bytes(&name, digits, SUFFIX_DIGITS);
        free(id);
    }
    return name.text;
}

DiagramPlan diagram_plan_new(const Analysis *analysis, const Names *names, uint32_t most)
{
    uint32_t count = analysis->starts.count;
    DiagramPlan plan = {.names = memory_allocate(count, sizeof *plan.names),
                        .paths = memory_allocate(count, sizeof *plan.paths),
                        .start_count = count,
                        .drawn = count < most ? count : most};
    Stem *stems = memory_allocate(count, sizeof *stems);
    bool *wanted = memory_allocate(count, sizeof *wanted);
    for (uint32_t i = 0; i < count; i++) {
        safe_stem(name_of_start(names, i), stems[i].text);
        stems[i].start = i;
    }
    if (count)
        qsort(stems, count, sizeof *stems, by_text);
    for (uint32_t i = 0; i < plan.drawn; i++)
        wanted[analysis->ranked[i]] = analysis->results[analysis->ranked[i]].detailed;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = stems[i].start;
        if (!wanted[start])
            continue;
        TextBuffer path = {0};
        plan.names[start] = name_of_picture(analysis, &stems[i], stands_alone(stems, count, i));
        text_append_format(&path, "diagrams/%s.svg", plan.names[start]);
        plan.paths[start] = path.text;
    }
    free(stems);
    free(wanted);
    return plan;
}

void diagram_plan_free(DiagramPlan *plan)
{
    for (uint32_t i = 0; i < plan->start_count; i++) {
        free(plan->names[i]);
        free(plan->paths[i]);
    }
    free(plan->names);
    free(plan->paths);
    *plan = (DiagramPlan){0};
}

const char *diagram_of_start(const DiagramPlan *plan, uint32_t start)
{
    return plan ? plan->paths[start] : NULL;
}
