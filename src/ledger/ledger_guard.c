/* What the ledger has of TlsGateGuard: see ledger.h. */
#include "ledger_sections.h"

/** Seconds since 1970, in half a word. As an end the last one is TG_NEVER. */
#define HALF_MAX (TG_LEDGER_STOP_MAX + 1)

/* A trial of a later century is stopped until then: TG_NEVER would say that it was with `hold`. */
static uint64_t half_word(tg_instant_t t)
{
    if (t == TG_NEVER) {
        return HALF_MAX;
    }
    return (uint64_t)(t < 0 ? 0 : t > TG_LEDGER_STOP_MAX ? TG_LEDGER_STOP_MAX : t);
}

static uint64_t stop_word(const tg_ledger_t *ledger, int schedule)
{
    return __atomic_load_n(&ledger->guards[schedule].stop, __ATOMIC_ACQUIRE);
}

static tg_instant_t at_of_word(uint64_t word)
{
    return (tg_instant_t)(word >> 32);
}

static tg_instant_t until_of_word(uint64_t word)
{
    tg_instant_t until = (tg_instant_t)(word & HALF_MAX);

    return until == HALF_MAX ? TG_NEVER : until;
}

/* --- writing --- */

static void set_stop_word(tg_ledger_t *ledger, int schedule, uint64_t word)
{
    uint32_t stops = 0;
    int i;

    __atomic_store_n(&ledger->guards[schedule].stop, word, __ATOMIC_RELEASE);
    for (i = 0; i < TG_LEDGER_SCHEDULES; i++) {
        stops += ledger->guards[i].stop != 0;
    }
    __atomic_store_n(&ledger->stops, stops, __ATOMIC_RELEASE);
}

void tg_ledger_trip_end(tg_ledger_t *ledger, int schedule)
{
    set_stop_word(ledger, schedule, 0);
    ledger->guards[schedule].found = TG_LEDGER_STOP_NEW;
}

/* The word is written last: whoever finds it finds the rest. */
void tg_ledger_trip_again(tg_ledger_t *ledger, int schedule, const tg_guard_trip_t *trip)
{
    tg_ledger_guard_t *guard = &ledger->guards[schedule];

    tg_ledger_trip_end(ledger, schedule);
    __atomic_store_n(&guard->met.requests, trip->met.requests, __ATOMIC_RELEASE);
    __atomic_store_n(&guard->met.rejected, trip->met.rejected, __ATOMIC_RELEASE);
    __atomic_store_n(&guard->share, trip->share, __ATOMIC_RELEASE);
    set_stop_word(ledger, schedule, half_word(trip->at) << 32 | half_word(trip->until));
}

void tg_ledger_trip(tg_ledger_t *ledger, int schedule, const tg_guard_trip_t *trip)
{
    __atomic_fetch_add(&ledger->guards[schedule].trips, 1, __ATOMIC_RELAXED);
    tg_ledger_stop_note(ledger, schedule, &(tg_guard_stop_t){ *trip, 0 });
    tg_ledger_trip_again(ledger, schedule, trip);
    ledger->guards[schedule].found = TG_LEDGER_STOP_ON;
}

/* --- reading --- */

/* What belongs to one word: another one may be written meanwhile. */
tg_guard_trip_t tg_ledger_tripped(const tg_ledger_t *ledger, int schedule)
{
    const tg_ledger_guard_t *guard = &ledger->guards[schedule];
    tg_guard_trip_t trip;
    uint64_t word;

    do {
        word = stop_word(ledger, schedule);
        trip.met.requests = __atomic_load_n(&guard->met.requests, __ATOMIC_ACQUIRE);
        trip.met.rejected = __atomic_load_n(&guard->met.rejected, __ATOMIC_ACQUIRE);
        trip.share = (uint32_t)__atomic_load_n(&guard->share, __ATOMIC_ACQUIRE);
    } while (word != stop_word(ledger, schedule));
    if (word == 0) {
        return (tg_guard_trip_t){ 0, 0, { 0, 0 }, 0 };
    }
    trip.at = at_of_word(word);
    trip.until = until_of_word(word);
    return trip;
}

tg_guard_trip_t tg_ledger_tripped_of(const tg_ledger_t *ledger, const char *name)
{
    int schedule = tg_ledger_schedule_known(ledger, name);

    return schedule == TG_LEDGER_NO_SCHEDULE ? (tg_guard_trip_t){ 0, 0, { 0, 0 }, 0 }
                                             : tg_ledger_tripped(ledger, schedule);
}

tg_guard_count_t tg_ledger_guarded(const tg_ledger_t *ledger, int schedule)
{
    const tg_counts_t *counts = &ledger->kept.totals[1 + schedule];
    tg_guard_count_t sum = { 0, 0 };
    int protocol;

    for (protocol = 0; protocol < TG_PROTOCOLS; protocol++) {
        sum.requests += tg_counts_requests(counts, (tg_protocol_t)protocol);
        sum.rejected += counts->n[protocol][TG_FATE_REJECT];
    }
    return sum;
}

const tg_override_set_t *tg_ledger_overrides(apr_pool_t *pool, const tg_ledger_t *ledger,
                                             const tg_override_set_t *overrides)
{
    int i;

    if (!ledger || __atomic_load_n(&ledger->stops, __ATOMIC_ACQUIRE) == 0) {
        return overrides;
    }
    for (i = 0; i < TG_LEDGER_SCHEDULES; i++) {
        uint64_t word = stop_word(ledger, i);

        if (word) {
            overrides = tg_override_set_stopped(pool, overrides, ledger->names[i], at_of_word(word),
                                                until_of_word(word));
        }
    }
    return overrides;
}

/* --- the file --- */

static void write_guard(tg_ledger_out_t *out, const tg_ledger_t *ledger, int schedule)
{
    const tg_guard_trip_t trip = tg_ledger_tripped(ledger, schedule);

    tg_ledger_bytes_put_text(out, ledger->names[schedule]);
    tg_ledger_bytes_put(out, ledger->guards[schedule].trips, 8);
    tg_ledger_put_trip(out, &trip);
}

/* Only of schedules that it stopped at some time. */
void tg_ledger_guards_put(tg_ledger_out_t *out, const tg_ledger_file_t *what)
{
    const tg_ledger_t *ledger = what->ledger;
    size_t place = out->length;
    unsigned used = 0;
    uint32_t i, schedules = tg_ledger_schedules(ledger);

    tg_ledger_bytes_put(out, 0, 2);
    for (i = 0; i < schedules; i++) {
        if (ledger->guards[i].trips) {
            write_guard(out, ledger, (int)i);
            used++;
        }
    }
    tg_ledger_bytes_put_at(out, place, used, 2);
}

static void read_guard(tg_ledger_in_t *in, tg_ledger_t *ledger)
{
    char name[TG_SCHEDULE_NAME_MAX + 1];
    tg_guard_trip_t trip;
    uint64_t trips;
    int number;

    tg_ledger_bytes_get_text(in, name, sizeof(name));
    trips = tg_ledger_bytes_get(in, 8);
    trip = tg_ledger_get_trip(in);
    number = tg_ledger_schedule_known(ledger, name);
    if (!in->is_whole || number == TG_LEDGER_NO_SCHEDULE) {
        return;
    }
    ledger->guards[number].trips = trips;
    if (trip.at) {
        tg_ledger_trip_again(ledger, number, &trip);
    }
}

void tg_ledger_guards_get(tg_ledger_in_t *in, tg_ledger_file_t *what)
{
    uint64_t left = tg_ledger_bytes_get_most(in, 2, TG_LEDGER_SCHEDULES);

    while (left-- > 0 && in->is_whole) {
        read_guard(in, what->ledger);
    }
}
