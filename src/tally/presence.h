/* When something was there, as 64 slots of time: enough to tell how long it was away.
 *
 * A slot is as short as its range allows: a second, two, four and so on. Times come in any order
 * and in any parts, and the slots are the same in the end.
 */
#ifndef TG_TALLY_PRESENCE_H
#define TG_TALLY_PRESENCE_H

#include "base/instant.h"

#include <stdint.h>

/** A range of time, both ends included. */
typedef struct {
    tg_instant_t first, last;
} tg_presence_range_t;

/** The slots of a range: a bit for each, by its place in time, modulo 64. 0: never. */
typedef uint64_t tg_presence_t;

/**
 * The slots of two, which are those of the range that has both.
 * @param has, other the ranges of each; one without slots has none
 */
tg_presence_t tg_presence_join(tg_presence_t presence, tg_presence_range_t has,
                               tg_presence_t others, tg_presence_range_t other);

/** The same with one instant more. */
tg_presence_t tg_presence_note(tg_presence_t presence, tg_presence_range_t has, tg_instant_t t);

/** The longest time between two, in seconds: right to a 32nd of the range; 0 for one instant. */
int64_t tg_presence_gap(tg_presence_t presence, tg_presence_range_t has);

#endif
