#include "report/chain_numbers.h"

#include <stdio.h>
#include <stdlib.h>

static void use(ChainNumbers *numbers, uint32_t chain)
{
    if (chain == NONE || numbers->number_of[chain])
        return;
    numbers->chains[numbers->count] = chain;
    numbers->number_of[chain] = ++numbers->count;
}

static void use_start(ChainNumbers *numbers, const Analysis *analysis, uint32_t start)
{
    const StartResult *result = &analysis->results[start];
    use(numbers, result->worst_chain);
    for (uint32_t i = 0; i < result->acts_as_count; i++)
        use(numbers, result->acts_as[i].chain);
    for (uint32_t i = 0; i < result->reach_count; i++)
        use(numbers, result->reach[i].chain);
    for (uint32_t i = 0; i < result->finding_count; i++)
        use(numbers, analysis->findings.items[result->findings[i]].chain);
    for (uint32_t i = 0; i < result->notice_count; i++)
        use(numbers, result->notices[i].chain);
}

static ChainNumbers no_numbers(const Analysis *analysis)
{
    return (ChainNumbers){
        .number_of = memory_allocate(analysis->chains.count, sizeof(uint32_t)),
        .chains = memory_allocate(analysis->chains.count, sizeof(uint32_t)),
    };
}

ChainNumbers chain_numbers_of(const Analysis *analysis, const uint32_t *chains, uint32_t count)
{
    ChainNumbers numbers = no_numbers(analysis);
    for (uint32_t i = 0; i < count; i++)
        use(&numbers, chains[i]);
    return numbers;
}

ChainNumbers chain_numbers_new(const Analysis *analysis, uint32_t only_start)
{
    ChainNumbers numbers = no_numbers(analysis);
    for (uint32_t i = 0; analysis->results && i < analysis->starts.count; i++)
        if (only_start == NONE || only_start == analysis->ranked[i])
            use_start(&numbers, analysis, analysis->ranked[i]);
    return numbers;
}

void chain_numbers_free(ChainNumbers *numbers)
{
    free(numbers->number_of);
    free(numbers->chains);
    *numbers = (ChainNumbers){0};
}

const char *chain_name(const ChainNumbers *numbers, uint32_t chain, char buffer[CHAIN_NAME_BYTES])
{
    if (chain == NONE)
        return NULL;
    (void)snprintf(buffer, CHAIN_NAME_BYTES, "c%u", (unsigned)numbers->number_of[chain]);
    return buffer;
}
