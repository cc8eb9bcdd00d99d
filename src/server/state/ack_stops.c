/* What TlsGateGuard has stopped: see ack_stops.h. */
#include "ack_stops.h"

#include "server/ledger/ledger_memory.h"

#include <apr_strings.h>

/* What TlsGateGuard has stopped at this moment. */
static void collect_trips(tg_ack_t *ack)
{
    uint32_t i, used = tg_ledger_memory ? tg_ledger_schedules(tg_ledger_memory) : 0;

    ack->trip_count = 0;
    for (i = 0; i < used; i++) {
        tg_ack_trip_t *t = &ack->trips[ack->trip_count];

        t->trip = tg_ledger_tripped(tg_ledger_memory, (int)i);
        if (t->trip.at) {
            apr_cpystrn(t->schedule, tg_ledger_memory->names[i], sizeof(t->schedule));
            ack->trip_count++;
        }
    }
}

static void add_kept_stop(tg_ack_t *ack, const char *schedule, const tg_guard_stop_t *stop)
{
    tg_ack_stop_t *to = &ack->stops[ack->stop_count++];

    apr_cpystrn(to->schedule, schedule, sizeof(to->schedule));
    to->stop = *stop;
}

/* The last one of each schedule, then those before, as far as there is room. */
static void collect_stops(tg_ack_t *ack)
{
    uint32_t i, used = tg_ledger_memory ? tg_ledger_schedules(tg_ledger_memory) : 0;
    int back;

    ack->stop_count = 0;
    for (back = 1; back <= TG_LEDGER_STOPS; back++) {
        for (i = 0; i < used && ack->stop_count < TG_ACK_STOPS_MAX; i++) {
            tg_guard_stop_t stops[TG_LEDGER_STOPS];
            int count = tg_ledger_stops(tg_ledger_memory, (int)i, stops);

            if (count >= back) {
                add_kept_stop(ack, tg_ledger_memory->names[i], &stops[count - back]);
            }
        }
    }
}

void tg_ack_stops_collect(tg_ack_t *ack)
{
    collect_trips(ack);
    collect_stops(ack);
}
