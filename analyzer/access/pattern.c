#include "access/pattern.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The part of a pattern without the blanks around it. */
typedef struct Trimmed {
    const char *begin;
    const char *end;
} Trimmed;

static Trimmed trim(const char *text)
{
    while (is_blank(*text))
        text++;
    const char *end = text + strlen(text);
    while (end > text && is_blank(end[-1]))
        end--;
    return (Trimmed){text, end};
}

/* The star at `star` is a whole segment with a segment before and after it. */
static bool is_inner_segment(Trimmed pattern, const char *star)
{
    return star > pattern.begin && star[-1] == '/' && star + 1 < pattern.end && star[1] == '/';
}

/* Where the text after a wildcard may begin, next after `tried`, or NULL. */
static const char *next_try(const char *tried, bool whole_segments)
{
    if (!whole_segments)
        return *tried ? tried + 1 : NULL;
    const char *slash = strchr(tried, '/');
    return slash ? slash + 1 : NULL;
}

/*
 * Only the last wildcard is ever tried again: an earlier one that took more would leave less text
 * for the rest, and what comes between two wildcards has a fixed length.  That holds for both kinds
 * of wildcard: any run of characters, and a run of whole segments, which begins behind a slash and
 * ends behind that one or a later one.
 */
bool pattern_matches(const char *pattern, const char *action, PatternReading reading)
{
    Trimmed trimmed = trim(pattern);
    const char *after_wildcard = NULL;
    const char *tried = NULL;
    bool whole_segments = false;
    const char *next = trimmed.begin;
    for (;;) {
        bool ended = next == trimmed.end;
        if (!ended && *next == '*') {
            whole_segments = reading == PATTERN_ZERO_SEGMENTS && is_inner_segment(trimmed, next);
            next += whole_segments ? 2 : 1;
            after_wildcard = next;
            tried = action;
        } else if (ended && !*action) {
            return true;
        } else if (!ended && *action && text_lower_char(*next) == text_lower_char(*action)) {
            next++;
            action++;
        } else {
            tried = after_wildcard ? next_try(tried, whole_segments) : NULL;
            if (!tried)
                return false;
            next = after_wildcard;
            action = tried;
        }
    }
}
