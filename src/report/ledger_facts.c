/* The ledger as facts of a plain page: see ledger_report.h. */
#include "ledger_report.h"

#include "html_frame.h"

#include <apr_strings.h>

static void add_ledger_fact(apr_array_header_t *facts, const char *label, const char *value)
{
    tg_fact_t *fact = apr_array_push(facts);

    fact->label = label;
    fact->value = value;
    fact->is_link = 0;
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

static void add_schedule_facts(apr_pool_t *pool, apr_array_header_t *facts,
                               const tg_report_schedule_t *item)
{
    char buf[TG_INSTANT_STRLEN];

    add_ledger_fact(facts, "Schedule", item->schedule->name);
    add_ledger_fact(facts, "Phase",
                    item->next_change == TG_NEVER
                        ? tg_phase_name(item->phase)
                        : apr_pstrcat(pool, tg_phase_name(item->phase), " until ",
                                      tg_instant_format(item->next_change, buf), ", then ",
                                      tg_phase_name(item->next_phase), NULL));
    if (item->totals) {
        uint64_t all = tg_report_requests(item->totals);

        add_ledger_fact(facts, "Deprecated requests",
                        counted_text(pool, all - tg_report_fate(item->totals, TG_FATE_NONE), all));
        add_ledger_fact(facts, "Rejected requests",
                        counted_text(pool, tg_report_fate(item->totals, TG_FATE_REJECT), all));
    }
}

static void add_protocols(apr_pool_t *pool, apr_array_header_t *facts, const tg_counts_t *totals)
{
    uint64_t all = tg_report_requests(totals);
    int protocol;

    for (protocol = TG_PROTOCOLS - 1; protocol >= 0; protocol--) {
        uint64_t n = tg_counts_requests(totals, (tg_protocol_t)protocol);

        if (n) {
            add_ledger_fact(facts,
                            apr_pstrcat(pool, "Requests over ",
                                        tg_protocol_name((tg_protocol_t)protocol), NULL),
                            counted_text(pool, n, all));
        }
    }
}

static void add_census(apr_pool_t *pool, apr_array_header_t *facts, const tg_report_t *report)
{
    tg_report_census_t census = tg_report_census(report, 1);

    if (census.hellos) {
        add_ledger_fact(
            facts, "Connections that offer TLSv1.3 or newer, this week",
            counted_text(pool, census.offered[TG_PROTOCOL_TLS1_3] + census.offered[TG_CENSUS_NEWER],
                         census.hellos));
        add_ledger_fact(facts, "Connections that offer a post-quantum group, this week",
                        counted_text(pool, census.post_quantum, census.hellos));
    }
}

const tg_fact_t *tg_report_facts(apr_pool_t *pool, const tg_report_t *report)
{
    apr_array_header_t *facts = apr_array_make(pool, 16, sizeof(tg_fact_t));
    int i;

    for (i = 0; i < report->schedule_count; i++) {
        add_schedule_facts(pool, facts, &report->schedules[i]);
    }
    if (report->totals) {
        add_protocols(pool, facts, report->totals);
        add_census(pool, facts, report);
    }
    add_ledger_fact(facts, NULL, NULL);
    return (const tg_fact_t *)(void *)facts->elts;
}
