#ifndef REPORT_CHAIN_NUMBERS_H
#define REPORT_CHAIN_NUMBERS_H

#include "analysis/analysis.h"

/*
 * The chains that a report tells, numbered c1, c2, ... in the order in which its starts first name
 * them, so that the numbers do not depend on how the analysis found them.  Chains that nothing
 * names are not told.
 */
typedef struct ChainNumbers {
    uint32_t *number_of; /* by Analysis.chains: from 1; 0: not told */
    uint32_t *chains;    /* by number - 1 */
    uint32_t count;
} ChainNumbers;

/* Of all starts in ranked order, or of the one start. */
ChainNumbers chain_numbers_new(const Analysis *analysis, uint32_t only_start);
/* Of these chains, in this order. */
ChainNumbers chain_numbers_of(const Analysis *analysis, const uint32_t *chains, uint32_t count);
void chain_numbers_free(ChainNumbers *numbers);

enum { CHAIN_NAME_BYTES = 16 };

/* "c12", in `buffer`; NULL for NONE. */
const char *chain_name(const ChainNumbers *numbers, uint32_t chain, char buffer[CHAIN_NAME_BYTES]);

#endif
