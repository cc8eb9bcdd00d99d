/* Reading the question of a report: see report_question.h. */
#include "report_question.h"

#include "advice_file.h"

#include "ctl/base/client_operand.h"
#include "ctl/base/in_force.h"
#include "ctl/base/running_plan.h"
#include "ctl/base/time_options.h"
#include "policy/network.h"
#include "store/ack_records.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static struct {
    const char *since, *until, *at, *client, *exclude, *advice, *from;
} log_given;

const tg_option_t tg_ctl_report_log_options[] = {
    { "since", "WHEN", "from then on: 24h, 'yesterday 09:00Z', RFC 3339", &log_given.since,
      TG_COMPLETE_NOTHING },
    { "exclude", "CIDR", "leave a network out; may be given several times", &log_given.exclude,
      TG_COMPLETE_LIST },
    { "from", "FORMAT", "of the logs, or FORMAT=ARGUMENT; or clickhouse://HOST/DB in place of logs",
      &log_given.from, TG_COMPLETE_NOTHING },
    { 0 },
};

const tg_option_t tg_ctl_report_client_options[] = {
    { "until", "INSTANT", "before then: 'today 09:00Z', RFC 3339, or how long ago",
      &log_given.until, TG_COMPLETE_NOTHING },
    { "at", "INSTANT", "they break then, whatever the plan says", &log_given.at,
      TG_COMPLETE_NOTHING },
    { "client", "CLIENT", "only account:acme, cert:CN=... or 192.0.2.7", &log_given.client,
      TG_COMPLETE_NOTHING },
    { "advice", "FILE", "TlsGateAdvice lines to choose the advice from", &log_given.advice,
      TG_COMPLETE_FILE },
    { 0 },
};

static int read_excluded(tg_ctl_report_question_t *q)
{
    apr_array_header_t *excluded = apr_array_make(q->ctl->pool, 4, sizeof(tg_network_t));
    char *rest = apr_pstrdup(q->ctl->pool, log_given.exclude ? log_given.exclude : "");
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

/* A client that the log knows by its address is called `ip:ADDRESS` there. */
static int read_asked_client(tg_ctl_report_question_t *q)
{
    tg_ctl_client_t client;

    if (!log_given.client) {
        return 1;
    }
    if (!tg_ctl_client_read(q->ctl, log_given.client, &client)) {
        return 0;
    }
    if (client.network && strchr(client.network, '/')) {
        tg_term_error("--client \"%s\": it is a network; name one client", log_given.client);
        return 0;
    }
    q->client =
        client.network ? apr_pstrcat(q->ctl->pool, "ip:", client.network, NULL) : client.client;
    return 1;
}

/* A format of logs. */
static int read_format(tg_ctl_report_question_t *q, const char *given)
{
    apr_pool_t *pool = q->ctl->pool;
    const char *equals, *names = "";
    int i;

    if (!given) {
        return 1;
    }
    equals = strchr(given, '=');
    q->from_argument = equals ? equals + 1 : NULL;
    q->from = tg_log_format_find(equals ? apr_pstrmemdup(pool, given, (apr_size_t)(equals - given))
                                        : given);
    for (i = 0; !q->from && tg_log_format_at(i); i++) {
        names = apr_pstrcat(pool, names, i ? ", " : "", tg_log_format_at(i)->name, NULL);
    }
    if (!q->from) {
        tg_term_error("--from \"%s\": there is no such format; there are: %s", given, names);
    }
    return q->from != NULL;
}

int tg_ctl_report_from(tg_ctl_report_question_t *q, const char *given, const char *log)
{
    tg_clickhouse_url_t *url = apr_palloc(q->ctl->pool, sizeof(*url));
    tg_fault_t fault;

    if (!given || !tg_clickhouse_url_is(given)) {
        return read_format(q, given);
    }
    if (!tg_clickhouse_url_parse(q->ctl->pool, given, url, &fault)) {
        tg_term_error("--from: %s; %s", fault.reason, fault.fix);
        return 0;
    }
    if (log) {
        tg_term_error("--from names a database, and %s is a log: name one of them", log);
        return 0;
    }
    q->database = url;
    return 1;
}

int tg_ctl_report_has_database(void)
{
    return log_given.from && tg_clickhouse_url_is(log_given.from);
}

/* 1, or 0 after an error was printed. */
static int is_in_order(const tg_ctl_report_question_t *q)
{
    if (q->counted.since < q->counted.until) {
        return 1;
    }
    tg_term_error("--until %s: it is not after --since, %s, so nothing is between them",
                  tg_instant_text(q->ctl->pool, q->counted.until),
                  tg_instant_text(q->ctl->pool, q->counted.since));
    return 0;
}

static int read_times(tg_ctl_report_question_t *q)
{
    q->counted.since = TG_ALWAYS;
    q->counted.until = TG_NEVER;
    q->at = TG_NEVER;
    return tg_ctl_time_past(q->ctl, "since", log_given.since, &q->counted.since) &&
           tg_ctl_time_past(q->ctl, "until", log_given.until, &q->counted.until) &&
           is_in_order(q) &&
           (!log_given.at || tg_ctl_time_read(q->ctl, "at", log_given.at, &q->at));
}

/* Once: a plan may have thousands of lines, and a log a million clients. */
static void find_uses(tg_ctl_report_question_t *q)
{
    const apr_array_header_t *schedules = q->plan->schedules;
    tg_ctl_report_use_t *uses =
        apr_palloc(q->ctl->pool, ((apr_size_t)schedules->nelts + 1) * sizeof(*uses));
    int i;

    for (i = 0; i < schedules->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(schedules, i, const tg_schedule_t *);

        uses[i].binding = tg_plan_binding(q->plan, s);
        uses[i].has_networks =
            tg_exemption_has_network(q->ctl->pool, q->overrides, s->name, q->ctl->now);
    }
    q->uses = uses;
}

/* What the servers do, if that can be known here. */
static void find_plan(tg_ctl_report_question_t *q)
{
    tg_ctl_running_plan_t plan;
    int i;

    q->counted.deprecated = TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3) |
                            TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0) |
                            TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_1);
    q->state = tg_ctl_running_plan_named_state(q->ctl);
    if (!tg_ctl_running_plan_look(q->ctl, &plan) || !plan.plan) {
        return;
    }
    q->state = plan.state;
    q->plan = plan.plan;
    for (i = 0; i < q->plan->schedules->nelts; i++) {
        q->counted.deprecated |= APR_ARRAY_IDX(q->plan->schedules, i, tg_schedule_t *)->traits;
    }
    q->overrides = tg_ctl_in_force_overrides(q->ctl, &plan);
    q->stops = tg_ack_records_stops(q->ctl->pool, plan.state);
    find_uses(q);
}

int tg_ctl_report_question(const tg_ctl_t *ctl, tg_ctl_report_question_t *q)
{
    q->ctl = ctl;
    if (!read_excluded(q) || !read_asked_client(q) ||
        !tg_ctl_report_from(q, log_given.from, ctl->operands > 0 ? ctl->operand[0] : NULL) ||
        !read_times(q) ||
        (log_given.advice && !(q->advice = tg_ctl_advice_file(ctl->pool, log_given.advice)))) {
        return 0;
    }
    find_plan(q);
    return 1;
}

apr_array_header_t *tg_ctl_report_logs(const tg_ctl_report_question_t *q)
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
    if (logs->nelts == 0 && !q->database) {
        tg_term_error("no httpd that runs here names a log; name one: " TG_PROGRAM_NAME
                      " %s LOG...",
                      q->ctl->command);
        return NULL;
    }
    return logs;
}
