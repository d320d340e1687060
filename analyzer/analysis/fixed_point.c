#include "analysis/fixed_point.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static uint32_t *begins_here(const FixedPoint *fixed_point, const uint32_t *begins, uint32_t *count)
{
    uint32_t all = fixed_point->folded.graph.nodes.count;
    uint32_t here_count = begins ? *count : all;
    uint32_t *here = memory_allocate(here_count, sizeof *here);
    for (uint32_t i = 0; i < here_count; i++)
        here[i] = begins ? fixed_point->folded.of_node[begins[i]] : i;
    *count = here_count;
    return here;
}

void fixed_point_prepare(FixedPoint *fixed_point, const PrivilegeGraph *graph, const bool *is_told,
                         const uint32_t *begins, uint32_t begin_count)
{
    uint32_t edges[CERTAINTY_LEVELS] = {0};
    *fixed_point = (FixedPoint){.whole = graph, .is_told = is_told};
    folded_graph_make(&fixed_point->folded, graph, begins, begin_count);
    const PrivilegeGraph *folded = &fixed_point->folded.graph;
    uint32_t *here = begins_here(fixed_point, begins, &begin_count);
    for (uint32_t i = 0; i < folded->edges.count; i++)
        edges[folded->edges.items[i].certainty]++;
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
        bool same = level && !edges[level];
        fixed_point->same_as[level] = same ? fixed_point->same_as[level - 1] : (uint8_t)level;
        if (same)
            continue;
        FixedLevel *at = &fixed_point->levels[level];
        folded_graph_make_level(&at->folded, folded, (Certainty)level, here, begin_count);
        components_find(&at->components, &at->folded.graph, (Certainty)level);
    }
    free(here);
}

void fixed_point_free(FixedPoint *fixed_point)
{
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
        components_free(&fixed_point->levels[level].components);
        folded_graph_free(&fixed_point->levels[level].folded);
    }
    folded_graph_free(&fixed_point->folded);
}

uint32_t fixed_point_component(const FixedPoint *fixed_point, uint32_t node, Certainty level)
{
    const FixedLevel *at = &fixed_point->levels[fixed_point->same_as[level]];
    uint32_t folded = fixed_point->folded.of_node[node];
    uint32_t here = folded == NONE ? NONE : at->folded.of_node[folded];
    return here == NONE ? NONE : at->components.of_node[here];
}

/* ---- a block ---- */

static uint32_t words_of(uint32_t bits)
{
    return bits / 64 + 1;
}

static void bit_set(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

ReachedBlock *reached_block_new(const FixedPoint *fixed_point)
{
    ReachedBlock *reached = memory_allocate(1, sizeof *reached);
    uint32_t most_conjunctions = 0;
    reached->fixed_point = fixed_point;
    reached->node_bits =
        memory_allocate(words_of(fixed_point->whole->nodes.count), sizeof *reached->node_bits);
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
        const FixedLevel *from = &fixed_point->levels[level];
        uint32_t count = from->components.count;
        LevelBlock *at = &reached->levels[level];
        at->slot_of = memory_allocate_at_once(count, sizeof *at->slot_of);
        at->grown = memory_allocate(words_of(count), sizeof *at->grown);
        if (from->folded.graph.conjunctions.count > most_conjunctions)
            most_conjunctions = from->folded.graph.conjunctions.count;
    }
    reached->is_waiting = memory_allocate_at_once(most_conjunctions, sizeof *reached->is_waiting);
    return reached;
}

void reached_block_free(ReachedBlock *reached)
{
    if (!reached)
        return;
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++) {
        free(reached->levels[level].slot_of);
        free(reached->levels[level].grown);
        ARRAY_FREE(&reached->levels[level].blocks);
        ARRAY_FREE(&reached->levels[level].reached);
    }
    free(reached->is_waiting);
    free(reached->node_bits);
    ARRAY_FREE(&reached->waiting);
    ARRAY_FREE(&reached->nodes);
    free(reached);
}

static const Block nobody;

static const Block *component_block(const LevelBlock *level, uint32_t component)
{
    uint32_t slot = level->slot_of[component];
    return slot ? &level->blocks.items[slot - 1] : &nobody;
}

const Block *reached_block_at_component(const ReachedBlock *reached, uint32_t component,
                                        Certainty level)
{
    return component_block(&reached->levels[reached->fixed_point->same_as[level]], component);
}

const Block *reached_block_at(const ReachedBlock *reached, uint32_t node, Certainty level)
{
    uint32_t component = fixed_point_component(reached->fixed_point, node, level);
    return component == NONE ? &nobody : reached_block_at_component(reached, component, level);
}

/* The bits reach the component; it is pushed on when that is new, and true returned. */
static bool component_add(LevelBlock *level, uint32_t component, Block bits)
{
    if (!level->slot_of[component]) {
        ARRAY_PUSH(&level->blocks, nobody);
        ARRAY_PUSH(&level->reached, component);
        level->slot_of[component] = level->blocks.count;
    }
    if (!block_grows(&level->blocks.items[level->slot_of[component] - 1], &bits))
        return false;
    bit_set(level->grown, component);
    return true;
}

static void wake_conjunctions(ReachedBlock *reached, const PrivilegeGraph *graph, uint32_t node)
{
    for (uint32_t u = graph->first_use[node]; u < graph->first_use[node + 1]; u++) {
        uint32_t conjunction = graph->uses[u];
        if (reached->is_waiting[conjunction])
            continue;
        reached->is_waiting[conjunction] = true;
        ARRAY_PUSH(&reached->waiting, conjunction);
    }
}

static void push_on(ReachedBlock *reached, const FixedLevel *from, LevelBlock *level,
                    uint32_t component)
{
    const Components *components = &from->components;
    for (uint32_t n = components->first_next[component]; n < components->first_next[component + 1];
         n++)
        component_add(level, components->next[n], *component_block(level, component));
    for (uint32_t m = components->first_member[component];
         m < components->first_member[component + 1]; m++)
        wake_conjunctions(reached, &from->folded.graph, components->members[m]);
}

/* Edges lead from lower components to higher ones: one pass upwards settles them all. */
static void push_through(ReachedBlock *reached, const FixedLevel *from, LevelBlock *level)
{
    for (uint32_t w = 0; w < words_of(from->components.count); w++)
        while (level->grown[w]) {
            uint32_t component = w * 64 + (uint32_t)__builtin_ctzll(level->grown[w]);
            level->grown[w] &= level->grown[w] - 1;
            push_on(reached, from, level, component);
        }
}

/* Every conjunction with a premise that grew takes the AND of its premises; true when one grew. */
static bool settle_conjunctions(ReachedBlock *reached, const FixedLevel *from, LevelBlock *level)
{
    const PrivilegeGraph *graph = &from->folded.graph;
    const uint32_t *of_node = from->components.of_node;
    bool grew = false;
    for (uint32_t i = 0; i < reached->waiting.count; i++) {
        const Conjunction *conjunction = &graph->conjunctions.items[reached->waiting.items[i]];
        const uint32_t *premises = graph->premises.items + conjunction->first_premise;
        reached->is_waiting[reached->waiting.items[i]] = false;
        Block all = *component_block(level, of_node[premises[0]]);
        for (uint32_t p = 1; p < conjunction->premise_count; p++)
            block_keep(&all, component_block(level, of_node[premises[p]]));
        if (block_any(&all))
            grew |= component_add(level, of_node[conjunction->node], all);
    }
    reached->waiting.count = 0;
    return grew;
}

static void find_level(ReachedBlock *reached, uint32_t level, const StartNodes *starts,
                       uint32_t count)
{
    const FixedLevel *from = &reached->fixed_point->levels[level];
    LevelBlock *at = &reached->levels[level];
    for (uint32_t i = 0; i < at->reached.count; i++)
        at->slot_of[at->reached.items[i]] = 0;
    at->reached.count = at->blocks.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        Block self = nobody;
        block_set(&self, i);
        for (uint32_t n = 0; n < starts[i].count; n++)
            component_add(
                at,
                fixed_point_component(reached->fixed_point, starts[i].nodes[n], (Certainty)level),
                self);
    }
    do
        push_through(reached, from, at);
    while (settle_conjunctions(reached, from, at));
}

static void list_folded(ReachedBlock *reached, uint32_t folded)
{
    const FixedPoint *fixed_point = reached->fixed_point;
    const FoldedGraph *graph = &fixed_point->folded;
    for (uint32_t i = graph->first_node[folded]; i < graph->first_node[folded + 1]; i++)
        if (!fixed_point->is_told || fixed_point->is_told[graph->whole[i]])
            bit_set(reached->node_bits, graph->whole[i]);
}

/* Members of the components that are reached at the last level, which every other one is within. */
static void list_nodes(ReachedBlock *reached)
{
    uint32_t last = reached->fixed_point->same_as[CERTAINTY_LEVELS - 1];
    const FixedLevel *from = &reached->fixed_point->levels[last];
    const Components *components = &from->components;
    const LevelBlock *level = &reached->levels[last];
    for (uint32_t i = 0; i < level->reached.count; i++) {
        uint32_t component = level->reached.items[i];
        for (uint32_t m = components->first_member[component];
             m < components->first_member[component + 1]; m++) {
            uint32_t here = components->members[m];
            for (uint32_t f = from->folded.first_node[here]; f < from->folded.first_node[here + 1];
                 f++)
                list_folded(reached, from->folded.whole[f]);
        }
    }
    reached->nodes.count = 0;
    for (uint32_t w = 0; w < words_of(reached->fixed_point->whole->nodes.count); w++)
        for (; reached->node_bits[w]; reached->node_bits[w] &= reached->node_bits[w] - 1)
            ARRAY_PUSH(&reached->nodes, w * 64 + (uint32_t)__builtin_ctzll(reached->node_bits[w]));
}

void reached_block_find(ReachedBlock *reached, const StartNodes *starts, uint32_t count)
{
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
        if (reached->fixed_point->same_as[level] == level)
            find_level(reached, level, starts, count);
    list_nodes(reached);
}

/* ---- start by start ---- */

static void reached_add(Reached *reached, uint32_t node, uint8_t certainty)
{
    if (reached->count == reached->capacity)
        reached->items = array_grow(reached->items, &reached->capacity, sizeof *reached->items);
    reached->items[reached->count++] = (ReachedNode){node, certainty};
}

/* Hands out the nodes that are new at this level, compared with the level before. */
static void collect_level(const ReachedBlock *block, uint32_t level, Reached *reached)
{
    for (uint32_t n = 0; n < block->nodes.count; n++) {
        uint32_t node = block->nodes.items[n];
        Block fresh = *reached_block_at(block, node, (Certainty)level);
        if (level)
            block_remove(&fresh, reached_block_at(block, node, (Certainty)(level - 1)));
        for (uint32_t i = block_next(&fresh, 0); i < BLOCK_STARTS; i = block_next(&fresh, i + 1))
            reached_add(&reached[i], node, (uint8_t)level);
    }
}

void reached_block_hand_out(const ReachedBlock *block, uint32_t count, Reached *reached)
{
    memset(reached, 0, count * sizeof *reached);
    for (uint32_t level = 0; level < CERTAINTY_LEVELS; level++)
        if (block->fixed_point->same_as[level] == level)
            collect_level(block, level, reached);
}
