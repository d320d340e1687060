#ifndef ACCESS_PATTERN_H
#define ACCESS_PATTERN_H

#include <stdbool.h>

/*
 * Action patterns: the strings in actions, notActions, dataActions and notDataActions of a role or
 * deny assignment, and in ActionMatches{...} of a condition.
 *
 * A pattern matches the whole action, ASCII case ignored.  "*" stands for any run of characters,
 * "/" included, and may occur any number of times; every other character is literal, "." and "?"
 * too.  Blanks around a pattern are dropped (one built-in role has one).
 * https://learn.microsoft.com/azure/role-based-access-control/custom-roles#wildcard-permissions
 */
typedef enum PatternReading {
    /*
     * A segment that is exactly "*", between two others, may also be absent: "X / * / read",
     * written without the blanks, covers X/read.  The documentation does not say so; it is inferred
     * from built-in roles that make no sense otherwise.  Managed Identity Operator holds
     * "userAssignedIdentities / * / assign/action", the operation is
     * userAssignedIdentities/assign/action; AzureML Data Scientist is kept from creating computes
     * by "workspaces/computes / * / write" alone.
     * https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
     */
    PATTERN_ZERO_SEGMENTS,
    PATTERN_LITERAL /* "*" is nothing but any run of characters */
} PatternReading;

/* Neither text is NULL.  Cost: at most pattern length times action length, for any pattern. */
bool pattern_matches(const char *pattern, const char *action, PatternReading reading);

#endif
