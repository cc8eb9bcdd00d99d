/* Two lines on mod_status's page: see server_status.h. */
#include "server_status.h"

#include "status_report.h"

#include "base/rows.h"
#include "report/wording.h"
#include "server/base/page_names.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <mod_status.h>

static uint64_t all_requests(const tg_report_t *report)
{
    return tg_counts_all_requests(report->totals);
}

static uint64_t deprecated_requests(const tg_report_t *report)
{
    return all_requests(report) - tg_counts_of_fate(report->totals, TG_FATE_NONE);
}

static uint64_t rejected_requests(const tg_report_t *report)
{
    return tg_counts_of_fate(report->totals, TG_FATE_REJECT);
}

static uint64_t refused_handshakes(const tg_report_t *report)
{
    return tg_counts_of_fate(report->totals, TG_FATE_REFUSE);
}

static uint64_t stragglers_left(const tg_report_t *report)
{
    return report->stragglers.used;
}

/* The numbers in the order in which both forms have them. */
static const struct {
    const char *key;
    const char *words;
    uint64_t (*value)(const tg_report_t *report);
} status_numbers[] = {
    { "TLSGateRequests", "requests", all_requests },
    { "TLSGateDeprecatedRequests", "deprecated", deprecated_requests },
    { "TLSGateRejectedRequests", "rejected", rejected_requests },
    { "TLSGateRefusedHandshakes", "handshakes refused", refused_handshakes },
    { "TLSGateStragglers", "clients listed", stragglers_left },
};

static void print_keys(request_rec *r, const tg_report_t *report)
{
    size_t n;
    int i;

    for (n = 0; n < TG_ROWS(status_numbers); n++) {
        ap_rprintf(r, "%s: %" APR_UINT64_T_FMT "\n", status_numbers[n].key,
                   status_numbers[n].value(report));
    }
    for (i = 0; i < report->schedule_count; i++) {
        ap_rprintf(r, "TLSGatePhase-%s: %s\n", report->schedules[i].schedule->name,
                   tg_phase_name(report->schedules[i].phase));
    }
}

static void print_courses(request_rec *r, const tg_report_t *report)
{
    int i;

    for (i = 0; i < report->schedule_count; i++) {
        const tg_report_schedule_t *item = &report->schedules[i];

        ap_rvputs(r, i ? "; " : "", item->schedule->name, ": ",
                  tg_wording_course(r->pool, item->phase, item->next_change, item->next_phase),
                  NULL);
    }
}

static void print_html_lines(request_rec *r, const tg_report_t *report)
{
    const char *url = tg_page_url(r, TG_PAGE_STATUS);
    size_t n;

    ap_rputs("<hr>\n<p>TLS schedules: ", r);
    print_courses(r, report);
    ap_rputs(report->schedule_count ? ".<br>\n" : "none.<br>\n", r);
    for (n = 0; n < TG_ROWS(status_numbers); n++) {
        ap_rprintf(r, "%s%" APR_UINT64_T_FMT " %s", n ? ", " : "", status_numbers[n].value(report),
                   status_numbers[n].words);
    }
    if (url) {
        ap_rvputs(r, ". <a href=\"", ap_escape_html2(r->pool, url, 0),
                  "\">Status of the migration</a>", NULL);
    }
    ap_rputs("</p>\n", r);
}

int tg_server_status_lines(request_rec *r, int flags)
{
    const tg_report_t *report = tg_status_summary(r);

    if (!report->totals) {
        return DECLINED;
    }
    ((flags & AP_STATUS_SHORT) ? print_keys : print_html_lines)(r, report);
    return OK;
}
