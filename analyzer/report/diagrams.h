#ifndef REPORT_DIAGRAMS_H
#define REPORT_DIAGRAMS_H

#include "analysis/analysis.h"
#include "report/names.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Which pictures a report has and what their files are called.  A name is made from that of the
 * identity or workload, safe in every file system; where two would be equal (in any case) both get
 * the first digits of the digest of their ids behind it, so that no name depends on the order.
 */
typedef struct DiagramPlan {
    char **names;         /* by start: "id-mlw-shared", a file stem; NULL: not drawn */
    char **paths;         /* by start: "diagrams/id-mlw-shared.svg" */
    uint32_t start_count; /* in the analysis */
    uint32_t drawn;       /* starts with a picture: the worst ones */
} DiagramPlan;

/* Names the pictures of the `most` worst starts. */
DiagramPlan diagram_plan_new(const Analysis *analysis, const Names *names, uint32_t most);
void diagram_plan_free(DiagramPlan *plan);

/* Path of the picture of the start below the output directory, or NULL; `plan` may be NULL. */
const char *diagram_of_start(const DiagramPlan *plan, uint32_t start);

#endif
