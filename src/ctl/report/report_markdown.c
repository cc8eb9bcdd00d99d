/* A report as Markdown: tables for a ticket. */
#include "report.h"

#include "base/text.h"

#include <apr_strings.h>
#include <string.h>

/* A text as one cell: nothing in it is markup. */
static const char *cell_text(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t number)
{
    tg_span_t span = tg_tally_text(report->tally, number);
    const char *text = tg_text_printable(pool, apr_pstrmemdup(pool, span.at, span.length));
    char *cell = apr_palloc(pool, 2 * strlen(text) + 1), *to = cell;

    for (; *text; text++) {
        if (strchr("\\`*_{}[]<>()#+!|~&", *text)) {
            *to++ = '\\';
        }
        *to++ = *text;
    }
    *to = '\0';
    return cell;
}

static const char *markdown_day(apr_pool_t *pool, tg_instant_t t)
{
    return t == TG_NEVER ? "" : apr_pstrndup(pool, tg_instant_text(pool, t), 10);
}

static void print_markdown_row(const tg_ctl_report_t *report, apr_pool_t *pool,
                               const tg_tally_client_t *c, FILE *out)
{
    fprintf(out,
            "| %s | %" APR_UINT64_T_FMT " | %" APR_UINT64_T_FMT " | %s | %s | %s | %s | %s |%s\n",
            cell_text(report, pool, c->client), (apr_uint64_t)c->count, (apr_uint64_t)c->rejected,
            markdown_day(pool, c->first_seen), markdown_day(pool, c->last_seen),
            markdown_day(pool, tg_ctl_report_breaks_at(report, c)),
            tg_ctl_report_protocols(report, pool, c->facts, ", "),
            tg_ctl_report_causes(report, pool, c->facts, ", "),
            tg_ctl_report_tells_agent(report)
                ? apr_pstrcat(pool, " ", cell_text(report, pool, c->user_agent), " |", NULL)
                : "");
}

void tg_ctl_report_print_markdown(const tg_ctl_report_t *report, FILE *out)
{
    const tg_tally_sums_t *sums = tg_tally_sums(report->tally);
    const tg_trials_t *trials = report->question->counted.trials;
    apr_pool_t *pool;
    uint32_t row;
    int i;

    apr_pool_create(&pool, report->question->ctl->pool);
    fprintf(out,
            "| %s | count | rejected | first seen | last seen | breaks | protocols | causes |%s\n"
            "|---|--:|--:|---|---|---|---|---|%s\n",
            tg_ctl_report_words(report).one,
            tg_ctl_report_tells_agent(report) ? " user agent |" : "",
            tg_ctl_report_tells_agent(report) ? "---|" : "");
    for (row = 0; row < report->row_count; row++) {
        print_markdown_row(report, pool, tg_tally_client(report->tally, report->rows[row]), out);
        apr_pool_clear(pool);
    }
    fprintf(out,
            "\n%s; %" APR_UINT64_T_FMT " failed handshakes, %" APR_UINT64_T_FMT
            " tests, %" APR_UINT64_T_FMT " damaged lines.\n",
            tg_ctl_report_listed(report, pool), (apr_uint64_t)sums->failed,
            (apr_uint64_t)sums->tests, (apr_uint64_t)report->damaged);
    for (i = 0; trials && i < trials->rows->nelts; i++) {
        const tg_trials_row_t *trial = &APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t);
        tg_ctl_report_trial_t sum = tg_ctl_report_trial(report, trial);

        fprintf(out, "\n- %s, trial of %s: %s.\n", trial->schedule->name,
                tg_instant_text(pool, trial->start), tg_ctl_report_trial_text(pool, &sum));
    }
    apr_pool_destroy(pool);
}
