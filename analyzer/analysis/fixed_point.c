#include "analysis/fixed_point.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_WORDS = BLOCK_STARTS / 64 };

typedef struct Block {
    uint64_t words[BLOCK_WORDS];
} Block;

void fixed_point_prepare(FixedPoint *fixed_point, const PrivilegeGraph *graph)
{
    fixed_point->graph = graph;
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
        components_find(&fixed_point->levels[level], graph, (Certainty)level);
}

void fixed_point_free(FixedPoint *fixed_point)
{
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
        components_free(&fixed_point->levels[level]);
}

static bool block_is_empty(const Block *block)
{
    uint64_t any = 0;
    for (int w = 0; w < BLOCK_WORDS; w++)
        any |= block->words[w];
    return any == 0;
}

/* Adds the bits; true when there was a new one. */
static bool block_add(Block *to, const Block *from)
{
    uint64_t added = 0;
    for (int w = 0; w < BLOCK_WORDS; w++) {
        added |= from->words[w] & ~to->words[w];
        to->words[w] |= from->words[w];
    }
    return added != 0;
}

static void push_through(const Components *components, Block *blocks)
{
    for (uint32_t i = 0; i < components->count; i++) {
        if (block_is_empty(&blocks[i]))
            continue;
        for (uint32_t n = components->first_next[i]; n < components->first_next[i + 1]; n++)
            block_add(&blocks[components->next[n]], &blocks[i]);
    }
}

/* Every conjunction takes the AND of its premises; true when one of them grew. */
static bool settle_conjunctions(const PrivilegeGraph *graph, const Components *components,
                                Block *blocks)
{
    bool grew = false;
    for (uint32_t i = 0; i < graph->conjunctions.count; i++) {
        const Conjunction *conjunction = &graph->conjunctions.items[i];
        const uint32_t *premises = graph->premises.items + conjunction->first_premise;
        Block all = blocks[components->of_node[premises[0]]];
        for (uint32_t p = 1; p < conjunction->premise_count; p++)
            for (int w = 0; w < BLOCK_WORDS; w++)
                all.words[w] &= blocks[components->of_node[premises[p]]].words[w];
        grew |= block_add(&blocks[components->of_node[conjunction->node]], &all);
    }
    return grew;
}

static void reached_add(Reached *reached, uint32_t node, uint8_t certainty)
{
    if (reached->count == reached->capacity)
        reached->items = array_grow(reached->items, &reached->capacity, sizeof *reached->items);
    reached->items[reached->count++] = (ReachedNode){node, certainty};
}

/* Hands out the nodes that are new at this level, compared with the level before. */
static void collect_level(const FixedPoint *fixed_point, uint32_t level, const Block *blocks,
                          const Block *before, Reached *reached)
{
    const Components *components = &fixed_point->levels[level];
    const Components *earlier = level ? &fixed_point->levels[level - 1] : NULL;
    for (uint32_t node = 0; node < fixed_point->graph->nodes.count; node++) {
        const Block *now = &blocks[components->of_node[node]];
        const Block *then = earlier ? &before[earlier->of_node[node]] : NULL;
        for (uint32_t w = 0; w < BLOCK_WORDS; w++) {
            uint64_t fresh = now->words[w] & ~(then ? then->words[w] : 0);
            for (; fresh; fresh &= fresh - 1)
                reached_add(&reached[w * 64 + (uint32_t)__builtin_ctzll(fresh)], node,
                            (uint8_t)level);
        }
    }
}

void fixed_point_block(const FixedPoint *fixed_point, const StartNodes *starts, uint32_t count,
                       Reached *reached)
{
    memset(reached, 0, count * sizeof *reached);
    Block *before = NULL;
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
        const Components *components = &fixed_point->levels[level];
        Block *blocks = memory_allocate(components->count, sizeof *blocks);
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t n = 0; n < starts[i].count; n++)
                blocks[components->of_node[starts[i].nodes[n]]].words[i / 64] |= UINT64_C(1)
                                                                                 << (i % 64);
        do
            push_through(components, blocks);
        while (settle_conjunctions(fixed_point->graph, components, blocks));
        collect_level(fixed_point, level, blocks, before, reached);
        free(before);
        before = blocks;
    }
    free(before);
}
