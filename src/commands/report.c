/* tlsgatectl report: who is left in the logs, why, and when it breaks. */
#include "commands.h"

#include "base/text.h"
#include "ctl/base/output.h"
#include "ctl/report/report.h"
#include "ctl/report/report_doubts.h"
#include "ctl/report/report_question.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

/* Written once, while the command line is read. */
static struct {
    const char *format, *top, *group_by, *only, *trials, *deprecated;
} report_given;

static const tg_option_t report_options[] = {
    { "format", "NAME", "table, json, csv, html or markdown", &report_given.format,
      TG_COMPLETE_NOTHING },
    { "top", "NUMBER", "list only this many, those with most requests", &report_given.top,
      TG_COMPLETE_NOTHING },
    { "group-by", "WHAT", "account, ip, user-agent, ja4, host or cause; default: account",
      &report_given.group_by, TG_COMPLETE_NOTHING },
    { "only", "WHICH", "would-break: those with a date who have not moved", &report_given.only,
      TG_COMPLETE_NOTHING },
    { "deprecated", "PROTOCOLS", "in logs of other servers, where no plan tells: TLSv1,TLSv1.2",
      &report_given.deprecated, TG_COMPLETE_NOTHING },
    { "trials", NULL, "show for each past trial whom it met, and what they did since",
      &report_given.trials, TG_COMPLETE_NOTHING },
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
    tg_term_error("--group-by \"%s\": write one of %s", report_given.group_by,
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

static int read_only(tg_ctl_report_question_t *q)
{
    if (report_given.only && strcmp(report_given.only, ONLY_BREAKING) != 0) {
        tg_term_error("--only \"%s\": write " ONLY_BREAKING, report_given.only);
        return 0;
    }
    q->only_breaking = report_given.only != NULL;
    return 1;
}

static int read_past_trials(tg_ctl_report_question_t *q, int is_csv)
{
    if (is_csv) {
        tg_term_error("--trials: CSV has a line for each client and none for a trial; write "
                      "--format json");
        return 0;
    }
    if (!q->plan) {
        tg_term_error("--trials: there is no plan here that tells of trials; name its state file, "
                      "with --state");
        return 0;
    }
    /* Of one that begins later there is nothing to tell. */
    q->counted.trials =
        tg_trials_create(q->ctl->pool, q->plan->schedules,
                         q->counted.until < q->ctl->now ? q->counted.until : q->ctl->now);
    tg_ctl_report_know_stops(q);
    q->tells_trials = 1;
    return 1;
}

/* A plan says it better: it has the dates as well. */
static int read_deprecated(tg_ctl_report_question_t *q)
{
    char *rest, *name, *last;

    if (!report_given.deprecated) {
        return 1;
    }
    if (q->plan) {
        tg_term_error("--deprecated: the schedules of this machine say what is deprecated; leave "
                      "it out");
        return 0;
    }
    q->counted.deprecated = 0;
    rest = apr_pstrdup(q->ctl->pool, report_given.deprecated);
    for (name = apr_strtok(rest, ",", &last); name; name = apr_strtok(NULL, ",", &last)) {
        const tg_protocol_t protocol = tg_protocol_parse(name);

        if (protocol < TG_PROTOCOL_OLDEST || protocol > TG_PROTOCOL_NEWEST) {
            tg_term_error("--deprecated \"%s\": it is no version of TLS; write some of %s, with "
                          "commas between them",
                          name, tg_protocol_list(q->ctl->pool, TG_TRAITS_TLS));
            return 0;
        }
        q->counted.deprecated |= TG_TRAIT_PROTOCOL(protocol);
    }
    return 1;
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
    if (!read_group(&q) || !read_top(&q) || !read_only(&q) || !tg_ctl_report_question(ctl, &q) ||
        !read_deprecated(&q)) {
        return TG_EXIT_ERROR;
    }
    if (q.client && q.counted.group != TG_TALLY_BY_ACCOUNT) {
        tg_term_error("--client: it is one line by account; leave --group-by out");
        return TG_EXIT_ERROR;
    }
    if (report_given.trials && !read_past_trials(&q, print == tg_ctl_report_print_csv)) {
        return TG_EXIT_ERROR;
    }
    logs = tg_ctl_report_logs(&q);
    if (!logs || !tg_ctl_report_read(&report, logs)) {
        return TG_EXIT_ERROR;
    }
    tg_ctl_report_choose(&report);
    tg_ctl_report_doubts_client(&report);
    print(&report, stdout);
    return report.damaged || report.problems ? TG_EXIT_FINDING : TG_EXIT_OK;
}

const tg_command_t tg_command_report = {
    .name = "report",
    .usage =
        (const char *const[]){
            "[LOG...] [--format NAME] [--since WHEN] [--until INSTANT] "
            "[--at INSTANT] [--client CLIENT] [--top NUMBER] "
            "[--group-by WHAT] [--exclude CIDR]... [--only WHICH] [--advice FILE] "
            "[--trials] [--from FORMAT] [--deprecated PROTOCOLS] [--json]",
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
    .options =
        (const tg_option_t *const[]){ report_options, tg_ctl_report_log_options,
                                      tg_ctl_report_client_options, tg_ctl_output_options, NULL },
    .run = report_run,
};
