#ifndef ANALYSIS_BLOCK_H
#define ANALYSIS_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Many starts worked on side by side: bit i of a Block says yes or no about the i-th of 512 starts,
 * and one operation decides for all of them.
 */
enum { BLOCK_STARTS = 512, BLOCK_WORDS = BLOCK_STARTS / 64 };

typedef struct Block {
    uint64_t words[BLOCK_WORDS];
} Block;

static inline bool block_any(const Block *block)
{
    uint64_t any = 0;
    for (int w = 0; w < BLOCK_WORDS; w++)
        any |= block->words[w];
    return any != 0;
}

static inline bool block_has(const Block *block, uint32_t start)
{
    return block->words[start / 64] >> (start % 64) & 1;
}

static inline void block_set(Block *block, uint32_t start)
{
    block->words[start / 64] |= UINT64_C(1) << (start % 64);
}

static inline void block_clear(Block *block, uint32_t start)
{
    block->words[start / 64] &= ~(UINT64_C(1) << (start % 64));
}

static inline void block_add(Block *to, const Block *from)
{
    for (int w = 0; w < BLOCK_WORDS; w++)
        to->words[w] |= from->words[w];
}

/* Adds the bits; true when there was a new one. */
static inline bool block_grows(Block *to, const Block *from)
{
    uint64_t added = 0;
    for (int w = 0; w < BLOCK_WORDS; w++) {
        added |= from->words[w] & ~to->words[w];
        to->words[w] |= from->words[w];
    }
    return added != 0;
}

static inline void block_keep(Block *to, const Block *only)
{
    for (int w = 0; w < BLOCK_WORDS; w++)
        to->words[w] &= only->words[w];
}

static inline void block_remove(Block *to, const Block *without)
{
    for (int w = 0; w < BLOCK_WORDS; w++)
        to->words[w] &= ~without->words[w];
}

static inline Block block_both(const Block *a, const Block *b)
{
    Block both = *a;
    block_keep(&both, b);
    return both;
}

static inline Block block_without(const Block *a, const Block *b)
{
    Block rest = *a;
    block_remove(&rest, b);
    return rest;
}

/* The lowest set bit at or above `from`, or BLOCK_STARTS: walks a block's starts in order. */
static inline uint32_t block_next(const Block *block, uint32_t from)
{
    for (uint32_t w = from / 64; w < BLOCK_WORDS; w++) {
        uint64_t word = block->words[w];
        if (w == from / 64)
            word &= UINT64_MAX << (from % 64);
        if (word)
            return w * 64 + (uint32_t)__builtin_ctzll(word);
    }
    return BLOCK_STARTS;
}

/*
 * One number per start, modulo 2^32: digits[d] holds the d-th binary digit of all of them, so that
 * adding for many starts costs as much as adding for one.
 */
typedef struct Counter {
    Block digits[32];
} Counter;

static inline void counter_add(Counter *counter, const Block *starts, uint32_t amount)
{
    for (uint32_t low = 0; amount >> low; low++) {
        Block carry = *starts;
        for (uint32_t d = low; (amount >> low & 1) && d < 32 && block_any(&carry); d++) {
            Block both = block_both(&counter->digits[d], &carry);
            for (int w = 0; w < BLOCK_WORDS; w++)
                counter->digits[d].words[w] ^= carry.words[w];
            carry = both;
        }
        if (low == 31)
            break;
    }
}

static inline uint32_t counter_of(const Counter *counter, uint32_t start)
{
    uint32_t number = 0;
    for (uint32_t d = 0; d < 32; d++)
        number |= (uint32_t)block_has(&counter->digits[d], start) << d;
    return number;
}

#endif
