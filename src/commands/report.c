/* tlsgatectl report: who is left in the logs, why, and when it breaks. */
#include "commands.h"

#include "base/text.h"
#include "ctl/advice_file.h"
#include "ctl/in_force.h"
#include "ctl/output.h"
#include "ctl/report.h"
#include "ctl/store_choice.h"
#include "ctl/time_options.h"
#include "policy/network.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/* Written once, while the command line is read. */
static struct {
    const char *format, *since, *until, *at, *top, *group_by, *exclude, *only, *advice, *from,
        *trials;
} report_given;

static const tg_option_t report_options[] = {
    { "format", "NAME", "table, json, csv, html or markdown", &report_given.format,
      TG_COMPLETE_NOTHING },
    { "since", "WHEN", "from then on: 24h, 'yesterday 09:00Z', RFC 3339", &report_given.since,
      TG_COMPLETE_NOTHING },
    { "until", "INSTANT", "before then: 'today 09:00Z', RFC 3339, or how long ago",
      &report_given.until, TG_COMPLETE_NOTHING },
    { "at", "INSTANT", "they break then, whatever the plan says", &report_given.at,
      TG_COMPLETE_NOTHING },
    { "top", "NUMBER", "list only so many, those with most requests", &report_given.top,
      TG_COMPLETE_NOTHING },
    { "group-by", "WHAT", "account, ip, user-agent, ja4, host or cause; default: account",
      &report_given.group_by, TG_COMPLETE_NOTHING },
    { "exclude", "CIDR", "leave a network out; may be given several times", &report_given.exclude,
      TG_COMPLETE_LIST },
    { "only", "WHICH", "would-break: those with a date who have not moved", &report_given.only,
      TG_COMPLETE_NOTHING },
    { "advice", "FILE", "TlsGateAdvice lines to choose the advice from", &report_given.advice,
      TG_COMPLETE_FILE },
    { "trials", NULL, "tell of each past trial whom it met, and what they did since",
      &report_given.trials, TG_COMPLETE_NOTHING },
    { "from", "FORMAT", "of the logs, or FORMAT=ARGUMENT; default: by their first lines",
      &report_given.from, TG_COMPLETE_NOTHING },
    { 0 },
};

#define ONLY_BREAKING "would-break"

/* --- reading the question --- */

static int read_group(tg_ctl_report_question_t *q)
{
    const char *names[TG_TALLY_GROUPS];
    int i;

    q->counted.group =
        report_given.group_by ? tg_tally_group_parse(report_given.group_by) : TG_TALLY_BY_ACCOUNT;
    if (q->counted.group < TG_TALLY_GROUPS) {
        return 1;
    }
    for (i = 0; i < TG_TALLY_GROUPS; i++) {
        names[i] = tg_tally_group_name(i);
    }
    tg_term_error("--group-by: write one of %s",
                  tg_text_join(q->ctl->pool, names, TG_TALLY_GROUPS, ", ", " or "));
    return 0;
}

static int read_top(tg_ctl_report_question_t *q)
{
    char *end;
    long top = report_given.top ? strtol(report_given.top, &end, 10) : 0;

    if (report_given.top && (*end || top < 1 || top > TG_TALLY_CLIENTS_MAX)) {
        tg_term_error("--top \"%s\": write a number from 1 to %d", report_given.top,
                      TG_TALLY_CLIENTS_MAX);
        return 0;
    }
    q->top = (int)top;
    return 1;
}

static int read_excluded(tg_ctl_report_question_t *q)
{
    apr_array_header_t *excluded = apr_array_make(q->ctl->pool, 4, sizeof(tg_network_t));
    char *rest = apr_pstrdup(q->ctl->pool, report_given.exclude ? report_given.exclude : "");
    char *text, *last;

    for (text = apr_strtok(rest, "\n", &last); text; text = apr_strtok(NULL, "\n", &last)) {
        if (tg_network_parse(text, apr_array_push(excluded)) != TG_NETWORK_USABLE) {
            tg_term_error("--exclude \"%s\": it is no network; write one such as 192.0.2.0/24",
                          text);
            return 0;
        }
    }
    q->excluded = excluded;
    return 1;
}

static int read_from(tg_ctl_report_question_t *q)
{
    apr_pool_t *pool = q->ctl->pool;
    const char *equals, *names = "";
    int i;

    if (!report_given.from) {
        return 1;
    }
    equals = strchr(report_given.from, '=');
    q->from_argument = equals ? equals + 1 : NULL;
    q->from = tg_log_format_find(
        equals ? apr_pstrmemdup(pool, report_given.from, (apr_size_t)(equals - report_given.from))
               : report_given.from);
    for (i = 0; !q->from && tg_log_format_at(i); i++) {
        names = apr_pstrcat(pool, names, i ? ", " : "", tg_log_format_at(i)->name, NULL);
    }
    if (!q->from) {
        tg_term_error("--from \"%s\": there is no such format; there are: %s", report_given.from,
                      names);
    }
    return q->from != NULL;
}

static int read_only(tg_ctl_report_question_t *q)
{
    if (report_given.only && strcmp(report_given.only, ONLY_BREAKING) != 0) {
        tg_term_error("--only \"%s\": write " ONLY_BREAKING, report_given.only);
        return 0;
    }
    q->only_breaking = report_given.only != NULL;
    return 1;
}

static int read_times(tg_ctl_report_question_t *q)
{
    q->counted.since = TG_ALWAYS;
    q->counted.until = TG_NEVER;
    q->at = TG_NEVER;
    return tg_ctl_time_past(q->ctl, "since", report_given.since, &q->counted.since) &&
           tg_ctl_time_past(q->ctl, "until", report_given.until, &q->counted.until) &&
           (!report_given.at || tg_ctl_time_read(q->ctl, "at", report_given.at, &q->at));
}

/* What the servers do, if that can be known here. */
static void find_plan(tg_ctl_report_question_t *q)
{
    tg_ctl_running_plan_t plan;
    tg_store_snapshot_t snapshot;
    tg_store_t store;
    tg_fault_t fault;
    int i;

    q->counted.deprecated = TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3) |
                            TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0) |
                            TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_1);
    if (!tg_ctl_running_plan_look(q->ctl, &plan) || !plan.plan) {
        return;
    }
    q->plan = plan.plan;
    for (i = 0; i < q->plan->schedules->nelts; i++) {
        q->counted.deprecated |= APR_ARRAY_IDX(q->plan->schedules, i, tg_schedule_t *)->traits;
    }
    if (plan.state && tg_ctl_store_choice_open(q->ctl, plan.state, &store) &&
        store.read(&store, q->ctl->pool, &snapshot, &fault)) {
        q->overrides = tg_state_set(q->ctl->pool, &snapshot.state);
    }
}

/* The logs that are named, or those that httpd writes. Of const char *. */
static apr_array_header_t *logs_of(const tg_ctl_report_question_t *q)
{
    apr_array_header_t *logs = apr_array_make(q->ctl->pool, 4, sizeof(const char *));
    int i, j;

    for (i = 0; i < q->ctl->operands; i++) {
        APR_ARRAY_PUSH(logs, const char *) = q->ctl->operand[i];
    }
    for (i = 0; q->ctl->operands == 0 && q->plan && i < q->plan->settings->nelts; i++) {
        const char *log = APR_ARRAY_IDX(q->plan->settings, i, tg_plan_settings_t).log;
        int is_new = log && *log != '|';

        for (j = 0; is_new && j < logs->nelts; j++) {
            is_new = strcmp(APR_ARRAY_IDX(logs, j, const char *), log) != 0;
        }
        if (is_new) {
            APR_ARRAY_PUSH(logs, const char *) = log;
        }
    }
    return logs;
}

static tg_exit_t report_run(const tg_ctl_t *ctl)
{
    const char *format = !tg_ctl_output_is_text() ? "json"
                         : report_given.format    ? report_given.format
                                                  : "table";
    tg_ctl_report_print_t *print = tg_ctl_report_format(format);
    tg_ctl_report_question_t q = { .ctl = ctl };
    tg_ctl_report_t report = { .question = &q };
    apr_array_header_t *logs;

    if (!print) {
        tg_term_error("--format \"%s\": write %s", format, tg_ctl_report_formats(ctl->pool));
        return TG_EXIT_ERROR;
    }
    if (!read_group(&q) || !read_top(&q) || !read_excluded(&q) || !read_from(&q) ||
        !read_only(&q) || !read_times(&q) ||
        (report_given.advice && !(q.advice = tg_ctl_advice_file(ctl->pool, report_given.advice)))) {
        return TG_EXIT_ERROR;
    }
    find_plan(&q);
    if (report_given.trials && !q.plan) {
        tg_term_error("--trials: there is no plan here that tells of trials; name its state file, "
                      "with --state");
        return TG_EXIT_ERROR;
    }
    if (report_given.trials) {
        q.counted.trials = tg_trials_create(ctl->pool, q.plan->schedules, ctl->now);
    }
    logs = logs_of(&q);
    if (logs->nelts == 0) {
        tg_term_error("no log is named, and no httpd here tells one: " TG_PROGRAM_NAME
                      " report LOG...");
        return TG_EXIT_ERROR;
    }
    if (!tg_ctl_report_read(&report, logs)) {
        return TG_EXIT_ERROR;
    }
    tg_ctl_report_choose(&report);
    print(&report, stdout);
    return report.damaged || report.problems ? TG_EXIT_FINDING : TG_EXIT_OK;
}

const tg_command_t tg_command_report = {
    .name = "report",
    .usage = (const char *const[]){ "[LOG...] [--format NAME] [--since WHEN] [--until INSTANT] "
                                    "[--at INSTANT] [--top NUMBER] [--group-by WHAT] "
                                    "[--exclude CIDR]... [--only WHICH] [--advice FILE] "
                                    "[--trials] [--from FORMAT] [--json]",
                                    NULL },
    .summary = "Show who is left in the logs, why, and when they break",
    .more =
        "Logs may be compressed with gzip or zstd; - is the standard input. Without a LOG, those\n"
        "that the running httpd writes. Failed handshakes and tests are counted apart. The exit\n"
        "status is 1 if lines were damaged or a log was not read whole, 2 if there is no report.\n",
    .examples =
        (const tg_example_t[]){
            { "The ten with most requests in the last week",
              TG_PROGRAM_NAME " report tlsgate.ndjson* --since 7d --top 10" },
            { "All of them for a spreadsheet, without the monitoring", TG_PROGRAM_NAME
              " report tlsgate.ndjson* --exclude 192.0.2.0/28 --format csv >clients.csv" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_FILE,
    .options = (const tg_option_t *const[]){ report_options, tg_ctl_output_options, NULL },
    .run = report_run,
};
