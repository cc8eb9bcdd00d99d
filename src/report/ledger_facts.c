/* The ledger as facts of a plain page: see ledger_report.h. */
#include "ledger_report.h"

#include <apr_strings.h>

static void add_ledger_fact(tg_frame_t *page, const char *label, const char *value)
{
    tg_frame_add(page, TG_ITEM_FACT, label, value);
}

/* `94.2 %`, cut and not rounded, so that 100 % means all. */
static const char *share_text(apr_pool_t *pool, uint64_t part, uint64_t whole)
{
    uint64_t tenths = whole ? part * 1000 / whole : 0;

    return apr_psprintf(pool, "%" APR_UINT64_T_FMT ".%" APR_UINT64_T_FMT " %%", tenths / 10,
                        tenths % 10);
}

static const char *counted_text(apr_pool_t *pool, uint64_t part, uint64_t whole)
{
    return apr_psprintf(pool, "%" APR_UINT64_T_FMT " (%s)", part, share_text(pool, part, whole));
}

static void add_schedule_facts(tg_frame_t *page, const tg_report_schedule_t *item)
{
    char buf[TG_INSTANT_STRLEN];

    add_ledger_fact(page, "Schedule", item->schedule->name);
    add_ledger_fact(page, "Phase",
                    item->next_change == TG_NEVER
                        ? tg_phase_name(item->phase)
                        : apr_pstrcat(page->pool, tg_phase_name(item->phase), " until ",
                                      tg_instant_format(item->next_change, buf), ", then ",
                                      tg_phase_name(item->next_phase), NULL));
    if (item->totals) {
        uint64_t all = tg_report_requests(item->totals);

        add_ledger_fact(
            page, "Deprecated requests",
            counted_text(page->pool, all - tg_report_fate(item->totals, TG_FATE_NONE), all));
        add_ledger_fact(
            page, "Rejected requests",
            counted_text(page->pool, tg_report_fate(item->totals, TG_FATE_REJECT), all));
    }
}

static void add_protocols(tg_frame_t *page, const tg_counts_t *totals)
{
    uint64_t all = tg_report_requests(totals);
    int protocol;

    for (protocol = TG_PROTOCOLS - 1; protocol >= 0; protocol--) {
        uint64_t n = tg_counts_requests(totals, (tg_protocol_t)protocol);

        if (n) {
            add_ledger_fact(page,
                            apr_pstrcat(page->pool, "Requests over ",
                                        tg_protocol_name((tg_protocol_t)protocol), NULL),
                            counted_text(page->pool, n, all));
        }
    }
}

static void add_census(tg_frame_t *page, const tg_report_t *report)
{
    tg_report_census_t census = tg_report_census(report, 1);

    if (census.hellos) {
        add_ledger_fact(
            page, "Connections that offer TLSv1.3 or newer, this week",
            counted_text(page->pool,
                         census.offered[TG_PROTOCOL_TLS1_3] + census.offered[TG_CENSUS_NEWER],
                         census.hellos));
        add_ledger_fact(page, "Connections that offer a post-quantum group, this week",
                        counted_text(page->pool, census.post_quantum, census.hellos));
    }
}

void tg_report_add(tg_frame_t *page, const tg_report_t *report)
{
    int i;

    tg_frame_add_part(page, TG_PART_SECTION, "Numbers");
    for (i = 0; i < report->schedule_count; i++) {
        add_schedule_facts(page, &report->schedules[i]);
    }
    if (report->totals) {
        add_protocols(page, report->totals);
        add_census(page, report);
    }
}
