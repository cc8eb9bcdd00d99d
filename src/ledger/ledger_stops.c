/* The last stops of TlsGateGuard, which are kept when they are over: see ledger.h. A section of its
 * own, so that a file of a version without it is read.
 */
#include "ledger_sections.h"

/* --- in memory --- */

#define PLACES (TG_LEDGER_STOPS + 1)

static void store_instant(tg_instant_t *to, tg_instant_t t)
{
    __atomic_store_n(to, t, __ATOMIC_RELEASE);
}

static tg_instant_t load_instant(const tg_instant_t *from)
{
    return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

/* As the file has it, where what is later has no place. */
static tg_instant_t fit_instant(tg_instant_t t)
{
    return t != TG_NEVER && t > TG_LEDGER_STOP_MAX ? TG_LEDGER_STOP_MAX : t;
}

/* One after the other: a trial by hand ran in spite of the one before, and was stopped itself. */
static void end_stop_before(tg_ledger_guard_t *guard, tg_instant_t at)
{
    tg_guard_stop_t *before = &guard->noted_stops[(guard->noted - 1) % PLACES];

    if (guard->noted && !before->back && before->trip.until > at) {
        store_instant(&before->back, at > before->trip.at ? at : before->trip.at);
    }
}

/* The number last: whoever finds it finds the stop. */
void tg_ledger_stop_note(tg_ledger_t *ledger, int schedule, const tg_guard_stop_t *stop)
{
    tg_ledger_guard_t *guard = &ledger->guards[schedule];
    tg_guard_stop_t *to = &guard->noted_stops[guard->noted % PLACES];
    const tg_instant_t at = fit_instant(stop->trip.at);

    end_stop_before(guard, at);
    store_instant(&to->trip.at, at);
    store_instant(&to->trip.until, fit_instant(stop->trip.until));
    __atomic_store_n(&to->trip.met.requests, stop->trip.met.requests, __ATOMIC_RELEASE);
    __atomic_store_n(&to->trip.met.rejected, stop->trip.met.rejected, __ATOMIC_RELEASE);
    __atomic_store_n(&to->trip.share, stop->trip.share, __ATOMIC_RELEASE);
    store_instant(&to->back, fit_instant(stop->back));
    __atomic_store_n(&guard->noted, guard->noted + 1, __ATOMIC_RELEASE);
}

void tg_ledger_stop_back(tg_ledger_t *ledger, int schedule, tg_instant_t back)
{
    tg_ledger_guard_t *guard = &ledger->guards[schedule];

    if (guard->noted) {
        store_instant(&guard->noted_stops[(guard->noted - 1) % PLACES].back, fit_instant(back));
    }
}

static void read_noted(const tg_guard_stop_t *from, tg_guard_stop_t *to)
{
    to->trip.at = load_instant(&from->trip.at);
    to->trip.until = load_instant(&from->trip.until);
    to->trip.met.requests = __atomic_load_n(&from->trip.met.requests, __ATOMIC_ACQUIRE);
    to->trip.met.rejected = __atomic_load_n(&from->trip.met.rejected, __ATOMIC_ACQUIRE);
    to->trip.share = __atomic_load_n(&from->trip.share, __ATOMIC_ACQUIRE);
    to->back = load_instant(&from->back);
}

/* Of one more than are told nobody looks at the oldest: another stop may be written there
 * meanwhile. */
int tg_ledger_stops(const tg_ledger_t *ledger, int schedule, tg_guard_stop_t stops[TG_LEDGER_STOPS])
{
    const tg_ledger_guard_t *guard = &ledger->guards[schedule];
    uint64_t noted, count, i;

    do {
        noted = __atomic_load_n(&guard->noted, __ATOMIC_ACQUIRE);
        count = noted < TG_LEDGER_STOPS ? noted : TG_LEDGER_STOPS;
        for (i = 0; i < count; i++) {
            read_noted(&guard->noted_stops[(noted - count + i) % PLACES], &stops[i]);
        }
    } while (noted != __atomic_load_n(&guard->noted, __ATOMIC_ACQUIRE));
    return (int)count;
}

/* --- in the file --- */

/** More requests than a bucket can have: as large as this a number is damage. */
#define MET_MAX (UINT64_C(1) << 48)

/* Without an end it is 0, which no stop has. */
void tg_ledger_put_trip(tg_ledger_out_t *out, const tg_guard_trip_t *trip)
{
    tg_ledger_bytes_put(out, (uint64_t)trip->at, 8);
    tg_ledger_bytes_put(out, trip->until == TG_NEVER ? 0 : (uint64_t)trip->until, 8);
    tg_ledger_bytes_put(out, trip->met.requests, 8);
    tg_ledger_bytes_put(out, trip->met.rejected, 8);
    tg_ledger_bytes_put(out, trip->share, 4);
}

static tg_instant_t stop_instant(tg_ledger_in_t *in)
{
    return (tg_instant_t)tg_ledger_bytes_get_most(in, 8, TG_LEDGER_STOP_MAX);
}

tg_guard_trip_t tg_ledger_get_trip(tg_ledger_in_t *in)
{
    tg_guard_trip_t trip = { .at = stop_instant(in) };

    trip.until = stop_instant(in);
    trip.until = trip.until ? trip.until : TG_NEVER;
    trip.met.requests = tg_ledger_bytes_get_most(in, 8, MET_MAX);
    trip.met.rejected = tg_ledger_bytes_get_most(in, 8, trip.met.requests);
    trip.share = (uint32_t)tg_ledger_bytes_get_most(in, 4, TG_GUARD_WHOLE - 1);
    if (trip.until <= trip.at) {
        in->is_whole = 0;
    }
    return trip;
}

static void write_stops(tg_ledger_out_t *out, const tg_ledger_t *ledger, int schedule)
{
    tg_guard_stop_t stops[TG_LEDGER_STOPS];
    int i, count = tg_ledger_stops(ledger, schedule, stops);

    tg_ledger_bytes_put_text(out, ledger->names[schedule]);
    tg_ledger_bytes_put(out, (uint64_t)count, 1);
    for (i = 0; i < count; i++) {
        tg_ledger_put_trip(out, &stops[i].trip);
        tg_ledger_bytes_put(out, (uint64_t)stops[i].back, 8);
    }
}

/* Only of schedules that it stopped at some time. */
void tg_ledger_stops_put(tg_ledger_out_t *out, const tg_ledger_file_t *what)
{
    const tg_ledger_t *ledger = what->ledger;
    const size_t place = out->length;
    unsigned used = 0;
    uint32_t i, schedules = tg_ledger_schedules(ledger);

    tg_ledger_bytes_put(out, 0, 2);
    for (i = 0; i < schedules; i++) {
        if (ledger->guards[i].noted) {
            write_stops(out, ledger, (int)i);
            used++;
        }
    }
    tg_ledger_bytes_put_at(out, place, used, 2);
}

static void read_stops(tg_ledger_in_t *in, tg_ledger_t *ledger)
{
    char name[TG_SCHEDULE_NAME_MAX + 1];
    uint64_t left;
    int number;

    tg_ledger_bytes_get_text(in, name, sizeof(name));
    left = tg_ledger_bytes_get_most(in, 1, TG_LEDGER_STOPS);
    number = tg_ledger_schedule_known(ledger, name);
    while (left-- > 0 && in->is_whole) {
        tg_guard_stop_t stop = { .trip = tg_ledger_get_trip(in) };

        stop.back = stop_instant(in);
        if (in->is_whole && number != TG_LEDGER_NO_SCHEDULE) {
            tg_ledger_stop_note(ledger, number, &stop);
        }
    }
}

void tg_ledger_stops_get(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    uint64_t left = tg_ledger_bytes_get_most(in, 2, TG_LEDGER_SCHEDULES);

    while (left-- > 0 && in->is_whole) {
        read_stops(in, what->ledger);
    }
}
