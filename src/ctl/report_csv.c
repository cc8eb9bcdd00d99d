/* A report as comma-separated values: a line for each straggler. */
#include "report.h"

#include "base/csv.h"
#include "base/text.h"

#include <apr_strings.h>

/* The texts of one kind, a semicolon between two. */
static const char *joined_facts(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t facts,
                                tg_tally_kind_t kind)
{
    const tg_tally_fact_t *fact = tg_tally_fact(report->tally, facts, kind);
    const char *text = "";

    for (; fact; fact = tg_tally_fact(report->tally, fact->next, kind)) {
        tg_span_t span = tg_tally_text(report->tally, tg_tally_fact_what(fact));

        text =
            apr_pstrcat(pool, text, *text ? "; " : "",
                        tg_text_printable(pool, apr_pstrmemdup(pool, span.at, span.length)), NULL);
    }
    return text;
}

static const char *instant_or_nothing(apr_pool_t *pool, tg_instant_t t)
{
    return t == TG_NEVER ? "" : tg_instant_text(pool, t);
}

static void print_csv_row(const tg_ctl_report_t *report, apr_pool_t *pool,
                          const tg_tally_client_t *c, FILE *out)
{
    tg_span_t client = tg_tally_text(report->tally, c->client);
    tg_span_t advice = tg_ctl_report_advice(report, pool, c);

    fprintf(
        out, "%s,%" APR_UINT64_T_FMT ",%s,%s",
        tg_csv_text(pool, tg_text_printable(pool, apr_pstrmemdup(pool, client.at, client.length))),
        (apr_uint64_t)c->count, tg_instant_text(pool, c->first_seen),
        tg_instant_text(pool, c->last_seen));
    fprintf(out, ",%s,%s", tg_ctl_report_protocols(report, pool, c->facts, "; "),
            tg_ctl_report_causes(report, pool, c->facts, "; "));
    fprintf(out, ",%s",
            tg_csv_text(pool, joined_facts(report, pool, c->facts, TG_TALLY_USER_AGENT)));
    fprintf(out, ",%s", tg_csv_text(pool, joined_facts(report, pool, c->facts, TG_TALLY_ADDRESS)));
    fprintf(out, ",%s", tg_csv_text(pool, joined_facts(report, pool, c->facts, TG_TALLY_HOST)));
    fprintf(
        out, ",%s",
        tg_csv_text(pool, tg_text_printable(pool, apr_pstrmemdup(pool, advice.at, advice.length))));
    fprintf(out, ",%s,%s,%u\n", instant_or_nothing(pool, tg_ctl_report_breaks_at(report, c)),
            instant_or_nothing(pool, c->moved_at), c->probable);
}

void tg_ctl_report_print_csv(const tg_ctl_report_t *report, FILE *out)
{
    apr_pool_t *pool;
    uint32_t i;

    apr_pool_create(&pool, report->question->ctl->pool);
    fputs("client,count,first_seen,last_seen,protocols,causes,user_agents,addresses,hosts,advice,"
          "breaks_at,moved_at,probable\n",
          out);
    for (i = 0; i < report->row_count; i++) {
        print_csv_row(report, pool, tg_tally_client(report->tally, report->rows[i]), out);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}
