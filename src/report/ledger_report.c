/* Sums of the ledger: see ledger_report.h. */
#include "ledger_report.h"

#include "tls/registry.h"

static void add_kind(tg_report_census_t *census, tg_census_kind_t kind, uint64_t n)
{
    unsigned offered = kind.offered < TG_PROTOCOLS ? kind.offered : TG_CENSUS_NEWER;

    if (kind.got == TG_CENSUS_HELLO) {
        census->hellos += n;
        census->offered[offered] += n;
        census->post_quantum += kind.offers_post_quantum ? n : 0;
        return;
    }
    census->connections += n;
    census->got[kind.got] += n;
    census->got_post_quantum += tg_registry_group_is_post_quantum(kind.group) ? n : 0;
    census->version_not_taken += tg_census_is_capped(kind) ? n : 0;
    census->post_quantum_not_taken += tg_census_is_classical_only_here(kind) ? n : 0;
}

tg_report_census_t tg_report_census(const tg_report_t *report, int recent)
{
    tg_report_census_t census = { 0 };
    int i;

    for (i = 0; i < report->kind_count; i++) {
        const tg_report_kind_t *kind = &report->kinds[i];

        add_kind(&census, kind->kind, recent ? kind->recent : kind->total);
    }
    return census;
}

tg_instant_t tg_report_recent_start(tg_instant_t now)
{
    return (now / 86400 - TG_REPORT_RECENT_DAYS + 1) * 86400;
}

tg_counts_t tg_report_recent(const tg_history_t *history, tg_instant_t now)
{
    tg_counts_t sum = { 0 };
    int64_t day;

    for (day = tg_report_recent_start(now) / 86400; day <= now / 86400; day++) {
        const tg_counts_t *counts = tg_history_day(history, day);

        if (counts) {
            tg_counts_add(&sum, counts);
        }
    }
    return sum;
}
