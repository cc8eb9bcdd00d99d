/* What the next trial would have met: see outlook.h. */
#include "outlook.h"

#include "past_week.h"
#include "report_question.h"

#include "base/json.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "forecast/forecast.h"
#include "policy/phase.h"
#include "policy/window.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static const char *outlook_log_given, *outlook_ledger_given;

const tg_option_t tg_ctl_outlook_options[] = {
    { "log", "FILE",
      "tell from this log whom the next trial would have met; may be given several times",
      &outlook_log_given, TG_COMPLETE_LIST },
    { "ledger", "FILE",
      "a page of tlsgate-status as JSON, instead of logs; may be given several times",
      &outlook_ledger_given, TG_COMPLETE_LIST },
    { 0 },
};

int tg_ctl_outlook_is_given(void)
{
    return outlook_log_given || outlook_ledger_given || tg_ctl_report_has_database();
}

const char *tg_ctl_outlook_pages(void)
{
    return outlook_ledger_given;
}

static apr_array_header_t *named_logs(apr_pool_t *pool)
{
    apr_array_header_t *logs = apr_array_make(pool, 4, sizeof(const char *));
    char *rest = apr_pstrdup(pool, outlook_log_given), *log, *last;

    for (log = apr_strtok(rest, "\n", &last); log; log = apr_strtok(NULL, "\n", &last)) {
        APR_ARRAY_PUSH(logs, const char *) = log;
    }
    return logs;
}

/* Of the window that is open then, or of none: a trial by hand. */
static int share_of_next_trial(const tg_schedule_t *schedule, const tg_interval_t *trial)
{
    const tg_window_t *window = tg_window_next(schedule->windows, trial->start, TG_BUCKET_EVERYONE);

    return window && tg_interval_has(&window->interval, trial->start) ? window->share : 100;
}

static int read_past(const tg_ctl_outlook_t *o, const tg_interval_t *trial, tg_ctl_past_t *past)
{
    tg_ctl_t *ctl = apr_pmemdup(o->ctl->pool, o->ctl, sizeof(*ctl));
    tg_ctl_report_question_t asked = { .ctl = ctl };
    tg_ctl_past_question_t question = { .asked = &asked,
                                        .schedule = o->schedule,
                                        .share = share_of_next_trial(o->schedule, trial),
                                        .overrides = o->overrides,
                                        .trial = *trial,
                                        .pages = outlook_ledger_given };

    if ((outlook_log_given || tg_ctl_report_has_database()) && outlook_ledger_given) {
        tg_term_error("give %s or --ledger, not both", outlook_log_given ? "--log" : "a database");
        return 0;
    }
    if (outlook_log_given && tg_ctl_report_has_database()) {
        tg_term_error("--from names a database: leave --log out");
        return 0;
    }
    ctl->operands = 0; /* they are no logs */
    if (!tg_ctl_report_question(ctl, &asked)) {
        return 0;
    }
    question.logs = outlook_log_given ? named_logs(o->ctl->pool) : NULL;
    return tg_ctl_past_read(&question, past);
}

static json_t *first_names(const tg_ctl_outlook_t *o, const tg_ctl_past_t *past,
                           const tg_forecast_t *forecast)
{
    json_t *names = json_array();
    int i;

    for (i = 0; i < forecast->named; i++) {
        json_array_append_new(
            names, json_string(tg_text_printable(o->ctl->pool, past->names[forecast->first[i]])));
    }
    return names;
}

json_t *tg_ctl_outlook_document(const tg_ctl_outlook_t *o)
{
    tg_forecast_t forecast = { 0 };
    tg_ctl_past_t past;
    tg_interval_t trial;
    json_t *root;

    if (!tg_phase_next_trial(o->schedule, o->override, o->at, TG_BUCKET_EVERYONE, &trial)) {
        return json_null();
    }
    if (!read_past(o, &trial, &past)) {
        return NULL;
    }
    if (past.week) {
        forecast = tg_forecast(o->ctl->pool, past.week, past.grid, &trial);
    }
    root = json_object();
    json_object_set_new(root, "start", tg_json_instant(trial.start));
    json_object_set_new(root, "end", tg_json_instant(trial.end));
    json_object_set_new(root, "requests",
                        json_integer((json_int_t)tg_forecast_requests(&forecast)));
    json_object_set_new(root, "estimated", json_boolean(past.is_estimated));
    json_object_set_new(root, "clients", json_integer(forecast.clients));
    json_object_set_new(root, "first", first_names(o, &past, &forecast));
    json_object_set_new(root, "exempt", json_integer(past.exempt));
    json_object_set_new(root, "known_clients", json_integer(past.week ? past.week->clients : 0));
    json_object_set_new(root, "weeks", json_integer(past.week ? past.week->weeks : 0));
    json_object_set_new(root, "history",
                        past.week ? tg_json_interval(&past.week->history) : json_null());
    return root;
}

static const char *requests_words(apr_pool_t *pool, const json_t *outlook)
{
    int is_estimated = json_is_true(json_object_get(outlook, "estimated"));
    long requests = (long)json_integer_value(json_object_get(outlook, "requests"));
    long clients = (long)json_integer_value(json_object_get(outlook, "clients"));
    long weeks = (long)json_integer_value(json_object_get(outlook, "weeks"));

    return apr_psprintf(pool, "%s%ld request%s%s of %ld client%s", is_estimated ? "about " : "",
                        requests, requests == 1 ? "" : "s", weeks > 1 ? " a week" : "", clients,
                        clients == 1 ? "" : "s");
}

static const char *outlook_words(apr_pool_t *pool, const json_t *outlook)
{
    const json_t *first = json_object_get(outlook, "first"), *item;
    const json_t *history = json_object_get(outlook, "history");
    long clients = (long)json_integer_value(json_object_get(outlook, "clients"));
    const char *names[TG_FORECAST_NAMED], *text;
    size_t i, n = 0;

    if (!json_is_object(history)) {
        return "it is not known whom it would meet: no client of this schedule was seen";
    }
    text = apr_pstrcat(pool, clients ? requests_words(pool, outlook) : "nobody",
                       " came at these times of a week, from ",
                       tg_ctl_document_text(history, "start", ""), " to ",
                       tg_ctl_document_text(history, "end", ""), NULL);
    json_array_foreach (first, i, item) {
        names[n++] = json_string_value(item);
    }
    return n == 0 ? text
                  : apr_pstrcat(pool, text, ": ",
                                tg_forecast_names(pool, names, (int)n, (uint32_t)clients), NULL);
}

static void print_caveat(FILE *out, apr_pool_t *pool, const json_t *history)
{
    const char *caveat = json_is_object(history) ? tg_ctl_past_caveat(pool, history) : NULL;

    if (caveat) {
        tg_term_row(out, "", caveat);
    }
}

void tg_ctl_outlook_print(FILE *out, apr_pool_t *pool, const json_t *document, const char *at)
{
    if (json_is_object(document)) {
        const int is_on = strcmp(tg_ctl_document_text(document, "start", ""), at) <= 0;

        tg_term_row(out, is_on ? "this trial" : "next trial",
                    apr_pstrcat(pool, tg_ctl_document_text(document, "start", ""), " to ",
                                tg_ctl_document_text(document, "end", ""), ": ",
                                outlook_words(pool, document), NULL));
        print_caveat(out, pool, json_object_get(document, "history"));
    }
}
