/* What the ledger has of TlsGateGuard: see ledger.h. */
#include "ledger.h"

/** Seconds since 1970, in half a word: until the year 2106. */
#define HALF_MAX INT64_C(0xFFFFFFFF)

static uint64_t half_word(tg_instant_t t)
{
    return (uint64_t)(t < 0 ? 0 : t > HALF_MAX ? HALF_MAX : t);
}

void tg_ledger_stop(tg_ledger_t *ledger, int schedule, tg_ledger_stop_t stop)
{
    uint64_t word = stop.until ? half_word(stop.at) << 32 | half_word(stop.until) : 0;
    uint32_t stops = 0;
    int i;

    __atomic_store_n(&ledger->guards[schedule].stop, word, __ATOMIC_RELEASE);
    for (i = 0; i < TG_LEDGER_SCHEDULES; i++) {
        stops += ledger->guards[i].stop != 0;
    }
    __atomic_store_n(&ledger->stops, stops, __ATOMIC_RELEASE);
}

tg_ledger_stop_t tg_ledger_stopped(const tg_ledger_t *ledger, int schedule)
{
    uint64_t word = __atomic_load_n(&ledger->guards[schedule].stop, __ATOMIC_ACQUIRE);

    return (tg_ledger_stop_t){ (tg_instant_t)(word >> 32), (tg_instant_t)(word & HALF_MAX) };
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
        tg_ledger_stop_t stop = tg_ledger_stopped(ledger, i);

        if (stop.until) {
            overrides =
                tg_override_set_stopped(pool, overrides, ledger->names[i], stop.at, stop.until);
        }
    }
    return overrides;
}
