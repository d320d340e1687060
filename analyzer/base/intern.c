#include "base/intern.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct InternSlot {
    uint64_t hash;
    uint32_t length_bytes;
    uint32_t id_plus_one; /* 0: empty */
};

enum { FIRST_SLOTS = 64, FOLDED_BYTES = 512 };

Interner interner_new(TextCase text_case)
{
    return (Interner){.text_case = text_case, .seed = hash_new_seed()};
}

void interner_free(Interner *interner)
{
    free(interner->slots);
    free((void *)interner->texts);
    arena_free(&interner->arena);
    *interner = (Interner){0};
}

/* Lower-cases eight letters at a time: the hot loop of reading a large tenant. */
static void fold_bytes(char *folded, const char *bytes, size_t length_bytes)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t i = 0;
    for (; i + 8 <= length_bytes; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        uint64_t low_seven = word & (ones * 0x7f);
        uint64_t from_a = low_seven + ones * (0x80 - 'A');
        uint64_t past_z = low_seven + ones * (0x80 - 'Z' - 1);
        uint64_t upper = (from_a & ~past_z & ~word) & (ones * 0x80);
        word |= upper >> 2;
        memcpy(folded + i, &word, 8);
    }
    for (; i < length_bytes; i++)
        folded[i] = text_lower_char(bytes[i]);
}

static uint64_t hash_bytes(const Interner *interner, const char *bytes, size_t length_bytes)
{
    if (interner->text_case == CASE_MATTERS)
        return hash_of(bytes, length_bytes, interner->seed);
    char small[FOLDED_BYTES];
    small[0] = 0;
    char *folded = length_bytes <= sizeof small ? small : memory_allocate(length_bytes, 1);
    fold_bytes(folded, bytes, length_bytes);
    uint64_t hash = hash_of(folded, length_bytes, interner->seed);
    if (folded != small)
        free(folded);
    return hash;
}

static bool same_text(const Interner *interner, const char *a, const char *b, size_t length_bytes)
{
    if (memcmp(a, b, length_bytes) == 0)
        return true;
    if (interner->text_case == CASE_MATTERS)
        return false;
    for (size_t i = 0; i < length_bytes; i++)
        if (text_lower_char(a[i]) != text_lower_char(b[i]))
            return false;
    return true;
}

/* The slot that holds the text, or the empty one where it belongs. */
static InternSlot *find_slot(const Interner *interner, const char *bytes, size_t length_bytes,
                             uint64_t hash)
{
    uint32_t mask = interner->slot_count - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        InternSlot *slot = &interner->slots[i];
        if (!slot->id_plus_one)
            return slot;
        if (slot->hash == hash && slot->length_bytes == length_bytes &&
            same_text(interner, interner->texts[slot->id_plus_one - 1], bytes, length_bytes))
            return slot;
    }
}

static void grow_slots(Interner *interner)
{
    InternSlot *old_slots = interner->slots;
    uint32_t old_count = interner->slot_count;
    interner->slot_count = old_count ? old_count * 2 : FIRST_SLOTS;
    interner->slots = memory_allocate(interner->slot_count, sizeof *interner->slots);
    uint32_t mask = interner->slot_count - 1;
    for (uint32_t i = 0; i < old_count; i++) {
        if (!old_slots[i].id_plus_one)
            continue;
        uint32_t at = (uint32_t)old_slots[i].hash & mask;
        while (interner->slots[at].id_plus_one)
            at = (at + 1) & mask;
        interner->slots[at] = old_slots[i];
    }
    free(old_slots);
}

uint32_t intern_bytes(Interner *interner, const char *bytes, size_t length_bytes)
{
    if (length_bytes >= UINT32_MAX || interner->count >= UINT32_MAX / 4)
        memory_exhausted();
    if (interner->count * 2 >= interner->slot_count)
        grow_slots(interner);
    uint64_t hash = hash_bytes(interner, bytes, length_bytes);
    InternSlot *slot = find_slot(interner, bytes, length_bytes, hash);
    if (slot->id_plus_one)
        return slot->id_plus_one - 1;
    if (interner->count == interner->capacity)
        interner->texts =
            array_grow((void *)interner->texts, &interner->capacity, sizeof *interner->texts);
    interner->texts[interner->count] = arena_copy_bytes(&interner->arena, bytes, length_bytes);
    *slot = (InternSlot){hash, (uint32_t)length_bytes, ++interner->count};
    return interner->count - 1;
}

uint32_t intern(Interner *interner, const char *text)
{
    return text ? intern_bytes(interner, text, strlen(text)) : NONE;
}

uint32_t interner_find_bytes(const Interner *interner, const char *bytes, size_t length_bytes)
{
    if (!interner->slot_count || length_bytes >= UINT32_MAX)
        return NONE;
    uint64_t hash = hash_bytes(interner, bytes, length_bytes);
    InternSlot *slot = find_slot(interner, bytes, length_bytes, hash);
    return slot->id_plus_one ? slot->id_plus_one - 1 : NONE;
}

uint32_t interner_find(const Interner *interner, const char *text)
{
    return text ? interner_find_bytes(interner, text, strlen(text)) : NONE;
}

const char *interned_text(const Interner *interner, uint32_t id)
{
    return id == NONE ? NULL : interner->texts[id];
}
