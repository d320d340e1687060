#ifndef VERIFY_CONDITION_H
#define VERIFY_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Inside verify/ only: whether the condition of an assignment lets a request through.  Simple forms
 * are decided, ActionMatches and comparisons of what is known; everything else is unsure, and so is
 * a text that does not read as a condition.
 * https://learn.microsoft.com/azure/role-based-access-control/conditions-format
 */
typedef enum Truth { UNTRUE, UNSURE, TRUE } Truth;

static inline Truth both_true(Truth a, Truth b)
{
    return a < b ? a : b;
}

static inline Truth either_true(Truth a, Truth b)
{
    return a > b ? a : b;
}

static inline Truth not_true(Truth a)
{
    return (Truth)(TRUE - a);
}

/* What is known of an attribute: "@Resource[...]", "@Request[...]".  One value. */
typedef struct Known {
    char source; /* 'q' request, 's' resource */
    const char *name;
    const char *value;
} Known;

typedef struct Request {
    const char *action;
    bool literal_reading;
    const Known *known;
    uint32_t known_count;
} Request;

/* NULL and blank texts hold always. */
Truth condition_lets(const char *text, const Request *request);

/* Does the pattern of a role match the action?  "*" is any run of characters; unless the reading is
   literal a segment "*" in the middle may be missing altogether. */
bool action_fits(const char *pattern, const char *action, bool literal_reading);

#endif
