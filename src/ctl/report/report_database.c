/* The report from a database: it counts, and the tally is filled with its sums. */
#include "report.h"

#include "clickhouse/records.h"
#include "clickhouse/schema.h"
#include "tally/tally_fill.h"
#include "term/term.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>

static void show_part(const char *what, int number, int of)
{
    tg_term_progress("asking the database, %d of %d: %s", number, of, what);
}

/* All clients must be known to find those that would break, and whom a trial met, also where only
 * one of them is listed. Whether a client has moved depends on the handshakes that failed. */
static uint32_t top_of(const tg_ctl_report_question_t *q)
{
    return q->only_breaking || q->client || q->counted.trials ? 0 : (uint32_t)q->top;
}

/* --- requests, and not only sums of them --- */

static void take_alike(void *context, const tg_record_t *record, uint64_t count, tg_instant_t last)
{
    const tg_ctl_report_question_t *q = ((tg_ctl_report_t *)context)->question;

    q->take(q->baton, record, tg_log_format_find("tlsgate"), count, last);
}

/* Who came when. */
static void take_visits(void *context, const tg_record_t *record, uint64_t count, tg_instant_t last)
{
    tg_ctl_report_t *report = context;

    if (record->is_failed || record->is_test) {
        tg_tally_fill_latest(report->tally, last);
    }
    else {
        tg_tally_fill_visits(report->tally, record, count, last);
    }
}

static int ask_requests(tg_ctl_report_t *report, tg_clickhouse_t *db, tg_sql_question_t *question,
                        tg_clickhouse_sums_t *sums, tg_fault_t *fault)
{
    const tg_ctl_report_question_t *q = report->question;
    tg_clickhouse_alike_t alike = q->counted.visits ? TG_CLICKHOUSE_BY_PERIOD
                                  : q->takes_paths  ? TG_CLICKHOUSE_BY_PATH
                                                    : TG_CLICKHOUSE_BY_CONNECTION;

    return tg_clickhouse_records(q->ctl->pool, db, question, alike,
                                 q->take ? take_alike : take_visits, report, sums, show_part,
                                 fault);
}

/* --- all of it --- */

/* 0 with the fault filled: it lacks what is asked for. What is only old is warned about. */
static int check_schema(tg_ctl_report_t *report, tg_clickhouse_t *db, tg_fault_t *fault)
{
    const tg_clickhouse_url_t *url = report->question->database;
    apr_pool_t *pool = report->question->ctl->pool;
    tg_clickhouse_schema_t schema;
    const char *advice;

    if (!tg_clickhouse_schema(pool, db, url, &schema, fault)) {
        return 0;
    }
    if (schema.missing) {
        return tg_fault_set(fault,
                            apr_psprintf(pool,
                                         "run: ALTER TABLE %s.%s ADD COLUMN %s; and then "
                                         "conf/clickhouse/tlsgate.sql of this version",
                                         url->database, url->table_name, schema.missing),
                            "the table has no column %s", schema.missing);
    }
    advice = tg_clickhouse_schema_advice(pool, url, &schema);
    if (advice) {
        tg_term_warning("%s: %s", url->name, advice);
        report->problems = 1;
    }
    return 1;
}

static int ask_database(tg_ctl_report_t *report, tg_sql_question_t *question,
                        tg_clickhouse_sums_t *sums, tg_fault_t *fault)
{
    const tg_ctl_report_question_t *q = report->question;
    apr_pool_t *pool = q->ctl->pool;
    tg_clickhouse_t *db =
        tg_clickhouse_open(pool, q->database, getenv(TG_CLICKHOUSE_VARIABLE), fault);

    if (!db || !check_schema(report, db, fault)) {
        return 0;
    }
    return q->take || q->counted.visits
               ? ask_requests(report, db, question, sums, fault)
               : tg_clickhouse_count(pool, db, question, report->tally, sums, show_part, fault);
}

static void say_damaged(const tg_clickhouse_url_t *url, uint64_t damaged)
{
    if (damaged > 0) {
        tg_term_warning("%s: %" APR_UINT64_T_FMT " damaged line%s left out; see them in %s.%s, "
                        "where kind = 'damaged'",
                        url->name, (apr_uint64_t)damaged, damaged == 1 ? " is" : "s are",
                        url->database, url->table_name);
    }
}

int tg_ctl_report_ask(tg_ctl_report_t *report)
{
    const tg_ctl_report_question_t *q = report->question;
    apr_pool_t *pool = q->ctl->pool;
    tg_sql_question_t question = { .table = q->database->table,
                                   .counted = &q->counted,
                                   .excluded = q->excluded,
                                   .client = q->tells_trials ? NULL : q->client,
                                   .top = top_of(q),
                                   .failed_top = top_of(q) };
    tg_tally_options_t counted = q->counted;
    tg_clickhouse_sums_t sums = { 0 };
    tg_fault_t fault;
    int is_asked;

    apr_generate_random_bytes((unsigned char *)&counted.key, sizeof(counted.key));
    report->tally = tg_tally_create(pool, &counted);
    report->places = apr_array_make(pool, 1, sizeof(tg_ctl_report_place_t));
    is_asked = ask_database(report, &question, &sums, &fault);
    tg_term_progress(NULL);
    if (!is_asked) {
        tg_term_error("%s: %s; %s", q->database->name, fault.reason, fault.fix);
        return 0;
    }
    report->damaged = sums.damaged;
    say_damaged(q->database, sums.damaged);
    if (question.top > 0 && sums.clients > tg_tally_clients(report->tally)) {
        report->unlisted = (uint32_t)(sums.clients - tg_tally_clients(report->tally));
    }
    if (sums.failures > tg_tally_failures(report->tally)) {
        report->failures_unlisted = (uint32_t)(sums.failures - tg_tally_failures(report->tally));
    }
    tg_tally_join(report->tally);
    return 1;
}
