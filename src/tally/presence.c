/* Slots of time: see presence.h. */
#include "presence.h"

#define SLOTS 64U

/* The number of a slot of 2^shift seconds since the beginning of time. */
static uint64_t presence_slot(tg_instant_t t, unsigned shift)
{
    return ((uint64_t)t ^ (uint64_t)1 << 63) >> shift;
}

static uint64_t slot_bit(uint64_t slot)
{
    return (uint64_t)1 << slot % SLOTS;
}

/* The shortest slots of which a range has no more than there are bits. */
static unsigned shift_of(tg_presence_range_t range)
{
    uint64_t length = (uint64_t)range.last - (uint64_t)range.first;
    unsigned shift = length < SLOTS ? 0 : 58 - (unsigned)__builtin_clzll(length);

    while (presence_slot(range.last, shift) - presence_slot(range.first, shift) >= SLOTS) {
        shift++;
    }
    return shift;
}

/* As bits of which the lowest is that slot. */
static uint64_t bits_from(tg_presence_t slots, uint64_t start)
{
    unsigned by = start % SLOTS;

    return by ? slots >> by | slots << (SLOTS - by) : slots;
}

/* The same in longer slots. */
static tg_presence_t fold_slots(tg_presence_t slots, tg_presence_range_t range, unsigned shift)
{
    unsigned before = shift_of(range);
    uint64_t start = presence_slot(range.first, before), bits = bits_from(slots, start);
    tg_presence_t folded = 0;

    if (before == shift) {
        return slots;
    }
    for (; bits; bits &= bits - 1) {
        uint64_t slot = start + (uint64_t)__builtin_ctzll(bits);

        folded |= slot_bit(slot >> (shift - before));
    }
    return folded;
}

tg_presence_t tg_presence_join(tg_presence_t presence, tg_presence_range_t has,
                               tg_presence_t others, tg_presence_range_t other)
{
    tg_presence_range_t whole = { has.first < other.first ? has.first : other.first,
                                  has.last > other.last ? has.last : other.last };
    unsigned shift;

    if (!presence || !others) {
        return presence ? presence : others;
    }
    shift = shift_of(whole);
    return fold_slots(presence, has, shift) | fold_slots(others, other, shift);
}

tg_presence_t tg_presence_note(tg_presence_t presence, tg_presence_range_t has, tg_instant_t t)
{
    tg_presence_range_t whole = { has.first < t ? has.first : t, has.last > t ? has.last : t };
    unsigned shift;

    if (!presence) {
        return slot_bit(presence_slot(t, 0));
    }
    shift = shift_of(whole);
    return fold_slots(presence, has, shift) | slot_bit(presence_slot(t, shift));
}

int64_t tg_presence_gap(tg_presence_t presence, tg_presence_range_t has)
{
    unsigned shift = shift_of(has);
    uint64_t start = presence_slot(has.first, shift), i, last = 0, longest = 0;

    for (i = 1; i < SLOTS; i++) {
        if (presence & slot_bit(start + i)) {
            longest = i - last > longest ? i - last : longest;
            last = i;
        }
    }
    return (int64_t)(longest << shift);
}
