/* A report as one page of HTML that can be mailed: without script, with the charts and the style of
 * the status page.
 */
#include "report.h"

#include "base/text.h"
#include "report/chart.h"
#include "report/html_frame.h"
#include "report/wording.h"

#include <apr_strings.h>

/** The most clients of a page; --top takes fewer. */
#define ROWS_MAX 1000

static const char *page_text_of(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t number)
{
    tg_span_t text = tg_tally_text(report->tally, number);

    return tg_text_printable(pool, apr_pstrmemdup(pool, text.at, text.length));
}

static void add_cell(tg_html_t *html, const char *text)
{
    tg_html_raw(html, "<td>");
    tg_html_text(html, text);
    tg_html_raw(html, "</td>");
}

static void add_day_cell(tg_html_t *html, tg_instant_t t)
{
    tg_html_raw(html, "<td>");
    if (t != TG_NEVER) {
        tg_html_raw(html, "<time datetime=\"");
        tg_html_text(html, tg_instant_text(html->pool, t));
        tg_html_raw(html, "\">");
        tg_html_text(html, tg_wording_day(html->pool, t));
        tg_html_raw(html, "</time>");
    }
    tg_html_raw(html, "</td>");
}

/* A row of headings of a table that is begun. */
static void begin_table(tg_html_t *html, const char *heading, const char *const *names)
{
    tg_html_raw(html, "<section><h2>");
    tg_html_text(html, heading);
    tg_html_raw(html, "</h2>\n<table><thead><tr>");
    for (; *names; names++) {
        tg_html_raw(html, "<th scope=\"col\">");
        tg_html_text(html, *names);
        tg_html_raw(html, "</th>");
    }
    tg_html_raw(html, "</tr></thead><tbody>\n");
}

static void end_table(tg_html_t *html)
{
    tg_html_raw(html, "</tbody></table></section>\n");
}

/* What it comes with and what helps it, below its row. */
static void add_client_words(const tg_ctl_report_t *report, tg_html_t *html,
                             const tg_tally_client_t *c)
{
    tg_span_t advice = tg_ctl_report_advice(report, html->pool, c);
    uint32_t agent = tg_ctl_report_tells_agent(report) ? c->user_agent : 0;

    if (!agent && !advice.length) {
        return;
    }
    tg_html_raw(html, "<tr><td colspan=\"6\"><span class=\"more\">");
    tg_html_text(html, page_text_of(report, html->pool, agent));
    if (advice.length) {
        tg_html_raw(html, agent ? "<br>" : "");
        tg_html_text(html, tg_text_printable(html->pool,
                                             apr_pstrmemdup(html->pool, advice.at, advice.length)));
    }
    tg_html_raw(html, "</span></td></tr>\n");
}

static void add_client_row(const tg_ctl_report_t *report, tg_html_t *html,
                           const tg_tally_client_t *c)
{
    apr_pool_t *pool = html->pool;
    const char *causes = tg_ctl_report_causes(report, pool, c->facts, ", ");

    tg_html_raw(html, "<tr>");
    add_cell(html, page_text_of(report, pool, c->client));
    add_cell(html, apr_psprintf(pool, "%" APR_UINT64_T_FMT, (apr_uint64_t)c->count));
    add_cell(html, apr_psprintf(pool, "%" APR_UINT64_T_FMT, (apr_uint64_t)c->rejected));
    add_day_cell(html, c->last_seen);
    add_day_cell(html, tg_ctl_report_breaks_at(report, c));
    add_cell(html, apr_pstrcat(pool, tg_ctl_report_protocols(report, pool, c->facts, ", "),
                               *causes ? ": " : "", causes, NULL));
    tg_html_raw(html, "</tr>\n");
    add_client_words(report, html, c);
}

static void add_clients(const tg_ctl_report_t *report, tg_html_t *html)
{
    const char *const names[] = { tg_ctl_report_words(report).heading,
                                  "Requests",
                                  "Rejected",
                                  "Last seen",
                                  "Breaks",
                                  "Over",
                                  NULL };
    uint32_t i;

    begin_table(html, "Who is left", names);
    for (i = 0; i < report->row_count && i < ROWS_MAX; i++) {
        add_client_row(report, html, tg_tally_client(report->tally, report->rows[i]));
    }
    end_table(html);
    if (report->found > i) {
        tg_html_raw(html, "<p>");
        tg_html_text(html,
                     apr_psprintf(html->pool, "%u more are not on this page.", report->found - i));
        tg_html_raw(html, "</p>\n");
    }
}

/* The last days as a chart, and all of them in a table. */
static void add_days(const tg_ctl_report_t *report, tg_html_t *html)
{
    static const char *const names[] = { "Day", "Protocol", "Requests", NULL };
    tg_history_t *history = apr_pcalloc(html->pool, sizeof(*history));
    int i, p, count;
    const tg_tally_day_t *days = tg_tally_days(report->tally, &count);

    for (i = 0; i < count; i++) {
        tg_counts_t counts = { { { 0 } } };

        for (p = 0; p < TG_PROTOCOLS; p++) {
            counts.n[p][TG_FATE_OBSERVE] = days[i].count[p];
        }
        tg_history_add(history, days[i].day * TG_HISTORY_PERIODS_A_DAY, &counts);
    }
    begin_table(html, "By day", names);
    for (i = 0; i < count; i++) {
        for (p = 0; p < TG_PROTOCOLS; p++) {
            if (days[i].count[p]) {
                tg_html_raw(html, "<tr>");
                add_day_cell(html, days[i].day * 86400);
                add_cell(html, tg_wording_protocol(html->pool, (tg_protocol_t)p));
                add_cell(html, apr_psprintf(html->pool, "%" APR_UINT64_T_FMT,
                                            (apr_uint64_t)days[i].count[p]));
                tg_html_raw(html, "</tr>\n");
            }
        }
    }
    end_table(html);
    if (count > 0) {
        tg_html_raw(html, tg_chart_shares(html->pool, history, TG_CHART_MONTHS, days[0].day * 86400,
                                          days[count - 1].day * 86400, NULL, 0));
    }
}

static void add_trials(const tg_ctl_report_t *report, tg_html_t *html)
{
    const tg_trials_t *trials = report->question->counted.trials;
    int i;

    for (i = 0; trials && i < trials->rows->nelts; i++) {
        const tg_trials_row_t *row = &APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t);
        tg_ctl_report_trial_t sum = tg_ctl_report_trial(report, row);

        tg_html_raw(html, "<p>");
        tg_html_text(html, row->schedule->name);
        tg_html_raw(html, ", trial of ");
        tg_html_time(html, row->start);
        tg_html_raw(html, ": ");
        tg_html_text(html, tg_ctl_report_trial_text(html->pool, &sum));
        tg_html_raw(html, ".</p>\n");
    }
}

void tg_ctl_report_print_html(const tg_ctl_report_t *report, FILE *out)
{
    const tg_ctl_t *ctl = report->question->ctl;
    const tg_tally_sums_t *sums = tg_tally_sums(report->tally);
    const tg_ctl_report_words_t words = tg_ctl_report_words(report);
    /* A database that is asked for the top alone was not asked for certain clients: it has all. */
    const uint64_t requests =
        report->unlisted ? sums->requests : tg_ctl_report_requests(report, report->found);
    tg_frame_t frame;
    tg_html_t html;

    tg_frame_begin(&frame, ctl->pool, ctl->now, "Who is left");
    frame.lead = apr_psprintf(
        ctl->pool,
        "%u %s, with %" APR_UINT64_T_FMT " request%s. Apart from them %" APR_UINT64_T_FMT
        " handshakes failed, and %" APR_UINT64_T_FMT " requests were tests.",
        report->found, report->found == 1 ? words.one : words.many, (apr_uint64_t)requests,
        requests == 1 ? "" : "s", (apr_uint64_t)sums->failed, (apr_uint64_t)sums->tests);
    tg_html_begin(&html, ctl->pool, ctl->now);
    tg_frame_html_head(&html, &frame);
    add_clients(report, &html);
    add_trials(report, &html);
    add_days(report, &html);
    tg_frame_html_foot(&html);
    fputs(tg_html_end(&html), out);
}
