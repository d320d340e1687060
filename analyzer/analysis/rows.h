#ifndef ANALYSIS_ROWS_H
#define ANALYSIS_ROWS_H

#include "graph/privilege_graph.h"

#include <stdint.h>

/*
 * What a holder of rights at a scope has there, as capabilities on resource types: the part of the
 * reach that ends at resources and is therefore not in the graph.
 */

/* "The capability on every resource of the type at or below the scope." */
typedef struct Piece {
    uint32_t capability;
    Id type; /* NONE: on the scope itself, whatever it is */
    uint32_t scope;
    uint32_t resources; /* of the type, at or below the scope */
    uint32_t clause;    /* Rules.clauses that gives it; NONE: the right itself does */
    uint32_t instance;  /* when the scope is that one resource; else NONE */
    uint8_t certainty;  /* of the right and the facts, not of reaching the holder */
} Piece;

typedef struct PieceList {
    Piece *items;
    uint32_t count;
    uint32_t capacity;
} PieceList;

typedef struct Rows Rows;

/* Indexes the resources by type and the clauses that end where they are held. */
Rows *rows_new(const PrivilegeGraph *graph);
void rows_free(Rows *rows);

/*
 * Appends what the rights give at the scope to principals of the class.  `certain` NULL: every
 * action and data action.  Where some resource of a type does not get the capability (another mode,
 * a deny, a lock), the piece is split until the claim is true.
 */
void rows_of_rights(Rows *rows, const uint64_t *certain, const uint64_t *conditional,
                    uint32_t scope, uint32_t class_index, PieceList *pieces);

/* Appends what a vault's access policy gives its object. */
void rows_of_policy(const Rows *rows, const AccessPolicy *policy, PieceList *pieces);

/* Resource groups count as resources of this type, exported or only named; NONE: there are none. */
Id rows_resource_group_type(const Rows *rows);

/* Resources of the snapshot of a type (NONE: of any type) at or below the scope. */
uint32_t rows_count(const Rows *rows, Id type, uint32_t scope);

#endif
