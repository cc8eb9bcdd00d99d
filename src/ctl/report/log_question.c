/* Simulating the clients of logs: see log_question.h. */
#include "log_question.h"

#include "log_simulation.h"
#include "report_question.h"

#include "ctl/base/output.h"
#include "ctl/base/time_options.h"
#include "policy/network.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define DAY INT64_C(86400)

/* Written once, while the command line is read. */
static struct {
    const char *log, *schedule, *from, *since, *top;
} log_simulated;

const tg_option_t tg_ctl_log_options[] = {
    { "log", "FILE", "the clients of a log; the operands are then further logs", &log_simulated.log,
      TG_COMPLETE_LIST },
    { "schedule", "NAME", "with --log: only this schedule counts; may be given several times",
      &log_simulated.schedule, TG_COMPLETE_LIST },
    { "from", "FORMAT",
      "of the logs, or FORMAT=ARGUMENT; or clickhouse://HOST/DB in place of --log",
      &log_simulated.from, TG_COMPLETE_NOTHING },
    { "since", "WHEN", "with --log: only records from then on: 24h, 'yesterday 09:00Z', RFC 3339",
      &log_simulated.since, TG_COMPLETE_NOTHING },
    { "top", "NUMBER", "with --log: list only this many clients, the worst first",
      &log_simulated.top, TG_COMPLETE_NOTHING },
    { 0 },
};

int tg_ctl_log_is_given(void)
{
    int is_given = log_simulated.log != NULL ||
                   (log_simulated.from && tg_clickhouse_url_is(log_simulated.from));

    if (!is_given && (log_simulated.schedule || log_simulated.from || log_simulated.since ||
                      log_simulated.top)) {
        tg_term_note("--schedule, --from, --since and --top are for --log");
    }
    return is_given;
}

/* What is asked about them. */
typedef struct {
    tg_ctl_in_force_t in_force;
    const apr_array_header_t *schedules; /* NULL: all */
    tg_instant_t from, until;
    int top;
} asked_of_log_t;

static const apr_array_header_t *listed_values(apr_pool_t *pool, const char *joined)
{
    apr_array_header_t *values = apr_array_make(pool, 4, sizeof(const char *));
    char *rest = apr_pstrdup(pool, joined), *state = NULL, *value;

    for (value = apr_strtok(rest, "\n", &state); value; value = apr_strtok(NULL, "\n", &state)) {
        APR_ARRAY_PUSH(values, const char *) = value;
    }
    return values;
}

/* `2027-03-02` is that day in UTC; anything else is an instant. */
static int read_day(const tg_ctl_t *ctl, const char *text, asked_of_log_t *q)
{
    tg_fault_t ignored;

    if (text && strlen(text) == strlen("2027-03-02") &&
        tg_instant_parse(apr_pstrcat(ctl->pool, text, "T00:00Z", NULL), &q->from, &ignored)) {
        q->until = q->from + DAY;
        return 1;
    }
    q->from = ctl->now;
    if (text && !tg_ctl_time_read(ctl, "at", text, &q->from)) {
        return 0;
    }
    q->until = q->from + 1;
    return 1;
}

/* The operands are logs then, not schedules. */
static int read_counted_schedules(const tg_ctl_t *ctl, asked_of_log_t *q)
{
    const apr_array_header_t *names;
    tg_ctl_t named = *ctl;

    if (!log_simulated.schedule) {
        return 1;
    }
    names = listed_values(ctl->pool, log_simulated.schedule);
    named.operands = names->nelts;
    named.operand = (const char *const *)(const void *)names->elts;
    q->schedules = tg_ctl_in_force_schedules(&named, &q->in_force);
    return q->schedules != NULL;
}

static int read_log_question(const tg_ctl_t *ctl, const char *at, asked_of_log_t *q)
{
    char *end = NULL;
    long top = log_simulated.top ? strtol(log_simulated.top, &end, 10) : 0;

    if (log_simulated.top && (*end || top < 1 || top > TG_CTL_LOG_ROWS_MAX)) {
        tg_term_error("--top \"%s\": write a number from 1 to %d", log_simulated.top,
                      TG_CTL_LOG_ROWS_MAX);
        return 0;
    }
    q->top = (int)top;
    return read_day(ctl, at, q) &&
           tg_ctl_in_force_load(ctl, TG_CTL_RUNNING_PLAN_NEEDED, &q->in_force) &&
           read_counted_schedules(ctl, q);
}

/* What is read of which logs, or of a database. NULL after an error was printed. */
static apr_array_header_t *read_logs_question(const tg_ctl_t *ctl,
                                              tg_ctl_report_question_t *reading)
{
    apr_array_header_t *logs = apr_array_copy(
        ctl->pool, listed_values(ctl->pool, log_simulated.log ? log_simulated.log : ""));
    int i;

    reading->excluded = apr_array_make(ctl->pool, 1, sizeof(tg_network_t));
    reading->counted.since = TG_ALWAYS;
    reading->counted.until = TG_NEVER;
    if (!tg_ctl_report_from(reading, log_simulated.from,
                            logs->nelts ? APR_ARRAY_IDX(logs, 0, const char *) : NULL) ||
        !tg_ctl_time_past(ctl, "since", log_simulated.since, &reading->counted.since)) {
        return NULL;
    }
    if (reading->database && ctl->operands > 0) {
        tg_term_error("%s: with a database write --schedule %s, if that is one", ctl->operand[0],
                      ctl->operand[0]);
        return NULL;
    }
    for (i = 0; i < ctl->operands; i++) {
        APR_ARRAY_PUSH(logs, const char *) = ctl->operand[i];
    }
    return logs;
}

tg_exit_t tg_ctl_log_run(const tg_ctl_t *ctl, const char *at)
{
    asked_of_log_t q = { .schedules = NULL };
    tg_ctl_report_question_t reading = { .ctl = ctl, .take = tg_ctl_log_take };
    tg_ctl_report_t read = { .question = &reading };
    const apr_array_header_t *logs = read_logs_question(ctl, &reading);
    tg_ctl_log_simulation_t *simulation;
    json_t *document;

    if (!logs || !read_log_question(ctl, at, &q)) {
        return TG_EXIT_ERROR;
    }
    simulation = tg_ctl_log_simulation(ctl, &q.in_force, q.schedules);
    reading.baton = simulation;
    reading.takes_paths = tg_ctl_log_has_paths(simulation);
    if (!tg_ctl_report_read(&read, logs)) {
        return TG_EXIT_ERROR;
    }
    document =
        tg_ctl_log_document(ctl, simulation, tg_ctl_log_changes(ctl, &q.in_force, q.from, q.until),
                            q.from, q.until, q.top);
    json_object_set_new(document, "damaged", json_integer((json_int_t)read.damaged));
    json_object_set_new(document, "unfinished", json_integer((json_int_t)read.unfinished));
    tg_ctl_output(ctl, document, tg_ctl_log_text);
    return read.damaged || read.problems ? TG_EXIT_FINDING : TG_EXIT_OK;
}
