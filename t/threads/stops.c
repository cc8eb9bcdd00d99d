/* Stops of TlsGateGuard, while the parent makes one after the other and threads of servers look: whatever
 * is read belongs to one stop, and ThreadSanitizer is silent.
 */
#include "ledger/ledger.h"

#include <apr_general.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READERS 3
#define STOPS 100000
#define LENGTH 600
#define NOW INT64_C(1531213200)

/* Set before the threads begin. */
static struct {
    tg_ledger_t *ledger;
    int schedule;
    _Atomic int writing;
    _Atomic int reads;
    _Atomic int torn; /* of them, those that were of two stops */
} seen;

/* All numbers of a stop follow from its first, and no two stops have one in common. */
static tg_guard_trip_t stop_of(int number)
{
    return (tg_guard_trip_t){ NOW + number,
                              NOW + number + LENGTH,
                              { (uint64_t)number + 2 * (uint64_t)STOPS, (uint64_t)number },
                              (uint32_t)number };
}

static int is_whole_stop(const tg_guard_trip_t *found)
{
    tg_guard_trip_t want = { 0 };

    if (found->at) {
        want = stop_of((int)(found->at - NOW));
    }
    return found->until == want.until && found->met.requests == want.met.requests &&
           found->met.rejected == want.met.rejected && found->share == want.share;
}

/* Of those that are kept each is whole, is later than the one before, and ends no later than the next
 * begins. */
static int are_whole(const tg_guard_stop_t *stops, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (!is_whole_stop(&stops[i].trip) || stops[i].trip.at == 0 ||
            (i > 0 && stops[i].trip.at != stops[i - 1].trip.at + 1) ||
            (i > 0 && tg_guard_stop_end(&stops[i - 1]) > stops[i].trip.at)) {
            return 0;
        }
    }
    return 1;
}

static void *read_stops(void *unused)
{
    (void)unused;
    while (seen.writing) {
        tg_guard_trip_t found = tg_ledger_tripped(seen.ledger, seen.schedule);
        tg_guard_stop_t stops[TG_LEDGER_STOPS];

        seen.torn += !is_whole_stop(&found);
        seen.torn += !are_whole(stops, tg_ledger_stops(seen.ledger, seen.schedule, stops));
        seen.reads++;
    }
    return NULL;
}

static void write_stops(void)
{
    int i;

    for (i = 1; i <= STOPS || seen.reads == 0; i++) {
        tg_guard_trip_t stop = stop_of(i);

        tg_ledger_trip(seen.ledger, seen.schedule, &stop);
        if (i % 10 == 0) {
            tg_ledger_stop_back(seen.ledger, seen.schedule, stop.at + 1);
            tg_ledger_trip_end(seen.ledger, seen.schedule);
        }
    }
    seen.writing = 0;
}

int main(void)
{
    pthread_t readers[READERS];
    int i;

    apr_initialize();
    seen.ledger = aligned_alloc(_Alignof(tg_ledger_t), sizeof(*seen.ledger));
    if (!seen.ledger) {
        return 1;
    }
    memset(seen.ledger, 0, sizeof(*seen.ledger));
    seen.schedule = tg_ledger_schedule(seen.ledger, "legacy");
    seen.writing = 1;
    for (i = 0; i < READERS; i++) {
        pthread_create(&readers[i], NULL, read_stops, NULL);
    }
    write_stops();
    for (i = 0; i < READERS; i++) {
        pthread_join(readers[i], NULL);
    }
    printf("1..1\n%sok 1 - %d of %d reads had parts of two stops\n", seen.torn ? "not " : "",
           seen.torn, seen.reads);
    free(seen.ledger);
    return 0;
}
