#ifndef REPORT_PICTURE_TARGETS_H
#define REPORT_PICTURE_TARGETS_H

#include "base/array.h"
#include "report/report.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The resources that a start reaches, each once, and how they are put together into as many cards
 * as a picture has room for.  Rows that are only assumed are left out, and so are resource groups,
 * which are containers: the count is StartResult.reachable_resources.
 */
enum { MOST_HOPS = 8 }; /* columns right of the start; what is further stands in the last */

/* One resource, by the worst thing that can be done to it. */
typedef struct Target {
    uint32_t scope;
    uint32_t row; /* StartResult.reach: the worst */
    Id type;
    uint32_t hop;        /* steps from the start, 1 to MOST_HOPS; 0: drawn elsewhere */
    uint32_t ways;       /* rows that reach it */
    Severity severity;   /* of the worst, on this type */
    Certainty certainty; /* of the worst */
    bool in_scope;       /* the task needs all that can be done to it */
    bool crown;
    uint32_t capability; /* of the worst, like the rest */
    uint32_t holder;     /* principal */
    uint32_t group;      /* for targets_group */
} Target;

typedef struct TargetList {
    Target *items; /* by hop, then as TargetGroup.first tells */
    uint32_t count;
} TargetList;

TargetList targets_find(const Report *report, uint32_t start);
void targets_sort(TargetList *targets); /* again, after a hop was changed */
void targets_free(TargetList *targets);

/* Steps from the start to what the chain ends with, at least 1. */
uint32_t chain_hops(const Analysis *analysis, uint32_t chain);

/* Targets that are drawn as one card: one of them, or a stack. */
typedef struct TargetGroup {
    uint32_t first; /* in the list: the worst of them */
    uint32_t count;
} TargetGroup;

typedef ARRAY(TargetGroup) TargetGroups;

/*
 * Groups the targets of one hop, which are items `first` to `end` and are sorted anew, into at most
 * `room` cards: the finest of six levels that fits.  Never together: what differs in certainty or
 * in being needed by the task, which alone can make more cards than a small `room`.
 */
void targets_group(const Report *report, TargetList *targets, uint32_t first, uint32_t end,
                   uint32_t room, TargetGroups *groups);

#endif
