/* The report from a database: it counts, and the tally is filled with its sums. */
#include "report.h"

#include "clickhouse/count.h"
#include "term/term.h"

#include <apr_general.h>
#include <stdlib.h>

static void show_part(const char *what, int number, int of)
{
    tg_term_progress("asking the database, %d of %d: %s", number, of, what);
}

/* All clients must be known to find those that would break, and whom a trial met. Whether a client has
 * moved depends on the handshakes that failed. */
static uint32_t top_of(const tg_ctl_report_question_t *q)
{
    return q->only_breaking || q->client || q->counted.trials ? 0 : (uint32_t)q->top;
}

int tg_ctl_report_ask(tg_ctl_report_t *report)
{
    const tg_ctl_report_question_t *q = report->question;
    apr_pool_t *pool = q->ctl->pool;
    tg_sql_question_t question = { .table = q->database->table,
                                   .counted = &q->counted,
                                   .excluded = q->excluded,
                                   .client = q->client,
                                   .top = top_of(q),
                                   .failed_top = top_of(q) };
    tg_tally_options_t counted = q->counted;
    tg_clickhouse_sums_t sums = { 0 };
    tg_clickhouse_t *db;
    tg_fault_t fault;
    int is_counted;

    apr_generate_random_bytes((unsigned char *)&counted.key, sizeof(counted.key));
    report->tally = tg_tally_create(pool, &counted);
    report->places = apr_array_make(pool, 1, sizeof(tg_ctl_report_place_t));
    db = tg_clickhouse_open(pool, q->database, getenv(TG_CLICKHOUSE_VARIABLE), &fault);
    is_counted =
        db && tg_clickhouse_count(pool, db, &question, report->tally, &sums, show_part, &fault);
    tg_term_progress(NULL);
    if (!is_counted) {
        tg_term_error("%s: %s; %s", q->database->name, fault.reason, fault.fix);
        return 0;
    }
    report->damaged = sums.damaged;
    if (question.top > 0 && sums.clients > tg_tally_clients(report->tally)) {
        report->unlisted = (uint32_t)(sums.clients - tg_tally_clients(report->tally));
    }
    if (sums.failures > tg_tally_failures(report->tally)) {
        report->failures_unlisted = (uint32_t)(sums.failures - tg_tally_failures(report->tally));
    }
    tg_tally_join(report->tally);
    return 1;
}
