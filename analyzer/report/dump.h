#ifndef REPORT_DUMP_H
#define REPORT_DUMP_H

#include "access/access.h"
#include "graph/privilege_graph.h"

#include <stdio.h>

/* What a stage made, for people who look for a fault: one fact on a line, fields separated by tabs,
   first the kind of fact.  The form may change with any version. */
void dump_snapshot(FILE *stream, const Snapshot *snapshot);
void dump_access(FILE *stream, const Access *access);
void dump_graph(FILE *stream, const PrivilegeGraph *graph);

#endif
