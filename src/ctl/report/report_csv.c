/* A report as comma-separated values: a line for each straggler. */
#include "report.h"

#include "report/client_csv.h"

#include <apr_strings.h>

static const char *span_text(apr_pool_t *pool, tg_span_t span)
{
    return apr_pstrmemdup(pool, span.at, span.length);
}

/* The texts of one kind, a semicolon between two. */
static const char *joined_facts(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t facts,
                                tg_tally_kind_t kind)
{
    const tg_tally_fact_t *fact = tg_tally_fact(report->tally, facts, kind);
    const char *text = "";

    for (; fact; fact = tg_tally_fact(report->tally, fact->next, kind)) {
        text = apr_pstrcat(pool, text, *text ? "; " : "",
                           span_text(pool, tg_tally_text(report->tally, tg_tally_fact_what(fact))),
                           NULL);
    }
    return text;
}

static const char *client_line(const tg_ctl_report_t *report, apr_pool_t *pool,
                               const tg_tally_client_t *c)
{
    const tg_client_csv_t row = {
        .client = span_text(pool, tg_tally_text(report->tally, c->client)),
        .count = c->count,
        .first_seen = c->first_seen,
        .last_seen = c->last_seen,
        .protocols = tg_ctl_report_protocols(report, pool, c->facts, "; "),
        .causes = tg_ctl_report_causes(report, pool, c->facts, "; "),
        .user_agents = joined_facts(report, pool, c->facts, TG_TALLY_USER_AGENT),
        .addresses = joined_facts(report, pool, c->facts, TG_TALLY_ADDRESS),
        .hosts = joined_facts(report, pool, c->facts, TG_TALLY_HOST),
        .advice = span_text(pool, tg_ctl_report_advice(report, pool, c)),
        .breaks_at = tg_ctl_report_breaks_at(report, c),
        .moved_at = c->moved_at,
        .moved_probably = tg_ctl_report_moved_probably(report, c),
        .probable = apr_psprintf(pool, "%u", c->probable),
    };

    return tg_client_csv_line(pool, &row);
}

void tg_ctl_report_print_csv(const tg_ctl_report_t *report, FILE *out)
{
    apr_pool_t *pool;
    uint32_t i;

    apr_pool_create(&pool, report->question->ctl->pool);
    fprintf(out, "%s\n", tg_client_csv_header);
    for (i = 0; i < report->row_count; i++) {
        fprintf(out, "%s\n",
                client_line(report, pool, tg_tally_client(report->tally, report->rows[i])));
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}
