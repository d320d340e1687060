#ifndef GRAPH_RELATIONS_H
#define GRAPH_RELATIONS_H

#include "graph/directory.h"
#include "graph/instance.h"

#include <stdint.h>

/*
 * How resources and principals hang together, as tables: one per relation of rules/vocabulary.def,
 * readable from either end.
 */
typedef struct RelationRow {
    Term from;
    Term to;
    uint32_t record;   /* evidence */
    uint8_t certainty; /* CERTAIN, or ASSUMED (a creator known by display name only) */
} RelationRow;

typedef struct RelationTable {
    RelationRow *rows; /* by from, then to */
    uint32_t *by_to;   /* row indexes by to, then from */
    uint32_t count;
} RelationTable;

typedef struct Relations {
    RelationTable tables[RELATION_NAME_COUNT];
    Directory directory; /* roles and permissions in Microsoft Entra, properties of principals */
} Relations;

void relations_find(Relations *relations, const Access *access, const Rules *rules);
void relations_free(Relations *relations);

/* Rows whose `from` is the term: [*first, *first + returned). */
uint32_t relations_from(const RelationTable *table, Term from, uint32_t *first);

/* Positions in by_to of the rows whose `to` is the term. */
uint32_t relations_to(const RelationTable *table, Term to, uint32_t *first);

#endif
