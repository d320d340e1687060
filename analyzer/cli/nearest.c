#include "cli/nearest.h"

#include <string.h>

enum { COMPARED_BYTES = 128 };

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t two = a < b ? a : b;
    return two < c ? two : c;
}

/* Levenshtein's distance with one row of the table. */
uint32_t edit_distance(const char *a, const char *b)
{
    uint32_t row[COMPARED_BYTES + 1];
    uint32_t a_bytes = (uint32_t)strnlen(a, COMPARED_BYTES);
    uint32_t b_bytes = (uint32_t)strnlen(b, COMPARED_BYTES);
    for (uint32_t j = 0; j <= b_bytes; j++)
        row[j] = j;
    for (uint32_t i = 1; i <= a_bytes; i++) {
        uint32_t diagonal = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= b_bytes; j++) {
            uint32_t replaced = diagonal + (text_lower_char(a[i - 1]) != text_lower_char(b[j - 1]));
            diagonal = row[j];
            row[j] = smallest(row[j] + 1, row[j - 1] + 1, replaced);
        }
    }
    return row[b_bytes];
}

/* A third of the letters may differ. */
static uint32_t most_edits(const char *wanted)
{
    size_t length = strnlen(wanted, COMPARED_BYTES);
    return length < 6 ? 2 : (uint32_t)(length / 3);
}

void nearest_add(NearestNames *nearest, const char *name)
{
    uint32_t edits = edit_distance(nearest->wanted, name);
    if (strlen(nearest->wanted) >= 3 && text_find_any_case(name, nearest->wanted))
        edits = 1; /* the rest of the name was left out */
    if (edits > most_edits(nearest->wanted))
        return;
    uint32_t at = nearest->count;
    while (at > 0 && (edits < nearest->edits[at - 1] || (edits == nearest->edits[at - 1] &&
                                                         strcmp(name, nearest->names[at - 1]) < 0)))
        at--;
    if (at == NEAREST_MOST || (at > 0 && strcmp(name, nearest->names[at - 1]) == 0))
        return;
    if (nearest->count < NEAREST_MOST)
        nearest->count++;
    for (uint32_t i = nearest->count - 1; i > at; i--) {
        nearest->names[i] = nearest->names[i - 1];
        nearest->edits[i] = nearest->edits[i - 1];
    }
    nearest->names[at] = name;
    nearest->edits[at] = edits;
}

void nearest_list(const NearestNames *nearest, TextBuffer *list)
{
    for (uint32_t i = 0; i < nearest->count; i++) {
        const char *between = i + 1 == nearest->count ? " or " : ", ";
        text_append(list, i ? between : "");
        text_append_char(list, '"');
        text_append(list, nearest->names[i]);
        text_append_char(list, '"');
    }
}
