/* tlsgatectl propose: the trials that meet a given share of the clients and reject as little as
 * possible. */
#include "commands.h"

#include "base/rows.h"
#include "base/typed.h"
#include "ctl/base/output.h"
#include "ctl/base/running_plan.h"
#include "ctl/base/time_options.h"
#include "ctl/report/past_week.h"
#include "ctl/report/proposed.h"
#include "ctl/report/report_question.h"
#include "forecast/cover.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE ((int64_t)60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define WINDOW_COST_DIGITS 6

/* Written once, while the command line is read. */
static struct {
    const char *schedule, *reach, *after, *until, *max_window, *window_cost, *ledger;
} propose_given;

static const tg_option_t propose_options[] = {
    { "schedule", "NAME", "for the clients of that schedule", &propose_given.schedule,
      TG_COMPLETE_SCHEDULE },
    { "reach", "SHARE", "how many of them are to be met; default: 95%", &propose_given.reach,
      TG_COMPLETE_NOTHING },
    { "after", "INSTANT", "no trial begins before; default: now, or the announcement",
      &propose_given.after, TG_COMPLETE_NOTHING },
    { "until", "INSTANT", "all trials end by then", &propose_given.until, TG_COMPLETE_NOTHING },
    { "max-window", "DURATION", "no trial is longer; default: PT1H", &propose_given.max_window,
      TG_COMPLETE_NOTHING },
    { "window-cost", "COUNT",
      "cost of each window, in requests: higher gives fewer, longer windows",
      &propose_given.window_cost, TG_COMPLETE_NOTHING },
    { "ledger", "FILE",
      "a page of tlsgate-status as JSON, instead of logs; may be given several times",
      &propose_given.ledger, TG_COMPLETE_LIST },
    { 0 },
};

/* The question while it is read. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_ctl_report_question_t asked;
    tg_ctl_past_question_t past;
    tg_proposal_question_t series;
    int reach;
} proposing_t;

/* --- reading the question --- */

static int read_reach(proposing_t *p)
{
    const char *text = propose_given.reach ? propose_given.reach : "95%";
    size_t digits = strspn(text, "0123456789");
    int reach = digits > 0 && digits <= 3 ? (int)strtol(text, NULL, 10) : 0;

    if ((text[digits] && strcmp(text + digits, "%") != 0) || reach < 1 || reach > 100) {
        tg_term_error("--reach \"%s\": write 1%% to 100%%", text);
        return 0;
    }
    p->reach = reach;
    return 1;
}

static int read_max_window(proposing_t *p)
{
    const char *text = propose_given.max_window ? propose_given.max_window : "PT1H";
    int64_t least = propose_given.ledger ? HOUR : TG_WEEK_STEP;
    tg_fault_t fault;

    if (!tg_typed_duration(text, &p->series.longest, &fault)) {
        tg_term_error("--max-window \"%s\": %s; %s", text, fault.reason, fault.fix);
        return 0;
    }
    if (p->series.longest < least) {
        tg_term_error("--max-window %s: write at least %s: %s", text,
                      least == HOUR ? "PT1H" : "PT5M",
                      least == HOUR ? "the ledger knows the hours of a client, not its minutes"
                                    : "windows are of whole five minutes");
        return 0;
    }
    p->series.longest -= p->series.longest % least;
    p->series.grid = least;
    return 1;
}

static int read_window_cost(proposing_t *p)
{
    const char *text = propose_given.window_cost ? propose_given.window_cost : "0";
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || text[digits] || digits > WINDOW_COST_DIGITS) {
        tg_term_error("--window-cost \"%s\": write a number of requests, such as 20", text);
        return 0;
    }
    p->series.window_cost = strtoull(text, NULL, 10) * TG_WEEK_REQUEST;
    return 1;
}

/* The schedule that is named, or the only one. */
static int find_schedule(proposing_t *p)
{
    const tg_plan_t *plan = p->asked.plan;
    const char *name = propose_given.schedule;

    if (!plan) {
        p->past.schedule = name ? tg_schedule_create(p->ctl->pool, name) : NULL;
        return 1;
    }
    if (name) {
        p->past.schedule = tg_plan_schedule(plan, name);
    }
    else if (plan->schedules->nelts == 1) {
        p->past.schedule = APR_ARRAY_IDX(plan->schedules, 0, tg_schedule_t *);
    }
    if (!p->past.schedule && name) {
        tg_ctl_running_plan_no_schedule(p->ctl->pool, plan, name);
    }
    else if (!p->past.schedule) {
        tg_term_error("say for which schedule, with --schedule; there are: %s",
                      tg_ctl_running_plan_names(p->ctl->pool, plan));
    }
    return p->past.schedule != NULL;
}

/* The windows must be where the schedule may have trials. */
static int check_dates(const proposing_t *p)
{
    const tg_schedule_t *s = p->past.schedule;
    const tg_proposal_question_t *q = &p->series;

    if (q->until <= q->from) {
        tg_term_error("--until %s: it is not after %s, when the first trial may begin",
                      propose_given.until, tg_instant_text(p->ctl->pool, q->from));
        return 0;
    }
    if (s && s->announce != TG_ALWAYS && q->from < s->announce) {
        tg_term_error("--after %s: %s is announced at %s, and no trial may begin before",
                      propose_given.after, s->name, tg_instant_text(p->ctl->pool, s->announce));
        return 0;
    }
    if (s && q->until > tg_schedule_cutoff(s)) {
        tg_term_error("--until %s: the cutoff of %s is at %s, and trials end before",
                      propose_given.until, s->name,
                      tg_instant_text(p->ctl->pool, tg_schedule_cutoff(s)));
        return 0;
    }
    return 1;
}

static int read_proposed_dates(proposing_t *p)
{
    const tg_schedule_t *s = p->past.schedule;
    tg_proposal_question_t *q = &p->series;

    q->from =
        s && s->announce != TG_ALWAYS && s->announce > p->ctl->now ? s->announce : p->ctl->now;
    return (!propose_given.after ||
            tg_ctl_time_read(p->ctl, "after", propose_given.after, &q->from)) &&
           tg_ctl_time_read(p->ctl, "until", propose_given.until, &q->until) && check_dates(p);
}

static int find_sources(proposing_t *p)
{
    p->past.pages = propose_given.ledger;
    if (p->past.pages && (p->ctl->operands > 0 || p->asked.database)) {
        tg_term_error(p->asked.database ? "give --ledger or a database, not both"
                                        : "name logs or --ledger, not both");
        return 0;
    }
    p->past.logs = p->past.pages ? NULL : tg_ctl_report_logs(&p->asked);
    return p->past.pages || p->past.logs;
}

static int read_question(proposing_t *p)
{
    if (!read_reach(p) || !read_max_window(p) || !read_window_cost(p) ||
        !tg_ctl_report_question(p->ctl, &p->asked)) {
        return 0;
    }
    p->past.asked = &p->asked;
    p->past.often = TG_WEEK_OFTEN;
    if (!find_schedule(p) || !read_proposed_dates(p) || !find_sources(p)) {
        return 0;
    }
    p->series.kept = p->past.schedule ? p->past.schedule->windows : NULL;
    p->series.work = TG_COVER_WORK_MAX;
    return 1;
}

/* --- the answer --- */

/* Lengths of windows that are tried where shorter ones do not do. */
static const int64_t longer_windows[] = { 15 * MINUTE, 30 * MINUTE, HOUR,      2 * HOUR,
                                          4 * HOUR,    8 * HOUR,    12 * HOUR, DAY };

static void try_longer(const proposing_t *p, tg_ctl_proposed_t *shown)
{
    size_t i;

    for (i = 0; i < TG_ROWS(longer_windows) && !shown->longer; i++) {
        int64_t longest = longer_windows[i];
        uint32_t meets = longest > p->series.longest
                             ? tg_proposal_reachable(p->ctl->pool, &p->series, longest)
                             : 0;

        if (meets >= p->series.need) {
            shown->longer = longest;
            shown->longer_meets = meets;
        }
        else if (longest > p->series.longest) {
            shown->longest = longest;
            shown->longest_meets = meets;
        }
    }
}

/* Errors that are not about how many clients are met. 1 if there is none. */
static int check_result(const proposing_t *p, tg_proposal_result_t result)
{
    if (result == TG_PROPOSAL_NO_TIME) {
        tg_term_error("no window fits between %s and %s",
                      tg_instant_text(p->ctl->pool, p->series.from),
                      tg_instant_text(p->ctl->pool, p->series.until));
        return 0;
    }
    if (result == TG_PROPOSAL_TOO_MANY) {
        tg_term_error("%u clients are too many; narrow the question with --since or "
                      "--schedule, or with a shorter --max-window",
                      p->series.week->clients);
        return 0;
    }
    return 1;
}

static int trials_are_held(const proposing_t *p)
{
    const tg_override_t *o =
        p->past.schedule ? tg_override_find(p->asked.overrides, p->past.schedule->name) : NULL;

    return tg_override_is_stopped(o, p->ctl->now) && o->stopped_until == TG_NEVER;
}

static tg_exit_t show_proposal(proposing_t *p, const tg_ctl_past_t *past)
{
    tg_proposal_t proposal;
    tg_ctl_proposed_t shown = { .ctl = p->ctl,
                                .schedule = p->past.schedule ? p->past.schedule->name : NULL,
                                .is_held = trials_are_held(p),
                                .reach = p->reach,
                                .past = past,
                                .question = &p->series,
                                .proposal = &proposal };
    json_t *document;
    const char *problem = NULL;

    p->series.week = past->week;
    p->series.need = (uint32_t)(((uint64_t)past->week->clients * (uint64_t)p->reach + 99) / 100);
    shown.result = tg_proposal_find(p->ctl->pool, &p->series, &proposal);
    if (!check_result(p, shown.result)) {
        return TG_EXIT_ERROR;
    }
    if (shown.result != TG_PROPOSAL_FOUND) {
        try_longer(p, &shown);
    }
    document = tg_ctl_proposed_document(&shown);
    if (shown.result != TG_PROPOSAL_FOUND) {
        problem = tg_ctl_proposed_problem(p->ctl->pool, document);
    }
    tg_ctl_output(p->ctl, document, tg_ctl_proposed_text);
    if (problem) {
        tg_term_error("%s", problem);
    }
    return problem || past->problems ? TG_EXIT_FINDING : TG_EXIT_OK;
}

static tg_exit_t propose_run(const tg_ctl_t *ctl)
{
    proposing_t p = { .ctl = ctl };
    tg_ctl_past_t past;

    if (!read_question(&p) || !tg_ctl_past_read(&p.past, &past)) {
        return TG_EXIT_ERROR;
    }
    if (!past.week) {
        tg_term_error("%s has no client%s%s that is left, so there is nobody to meet",
                      tg_ctl_past_source(&past), p.past.schedule ? " of " : "",
                      p.past.schedule ? p.past.schedule->name : "");
        return TG_EXIT_FINDING;
    }
    return show_proposal(&p, &past);
}

const tg_command_t tg_command_propose = {
    .name = "propose",
    .usage =
        (const char *const[]){ "[LOG...] --until INSTANT [--reach SHARE] [--after INSTANT] "
                               "[--max-window DURATION] [--window-cost COUNT] [--schedule NAME] "
                               "[--ledger FILE]... [--since WHEN] [--exclude CIDR]... "
                               "[--from FORMAT] [--json]",
                               NULL },
    .summary = "Propose the trials that meet most clients and reject fewest requests",
    .more = "The output is lines for a <TlsGateSchedule>, with whom each trial would meet as "
            "comments.\n"
            "Logs are read as by report; failed handshakes and tests are no customers. The exit "
            "status\n"
            "is 1 if no trials meet so many, or lines were damaged, 2 if the question or a file is "
            "wrong.\n",
    .examples =
        (const tg_example_t[]){
            { "Meet 95 % of the clients in the logs once, before the cutoff",
              TG_PROGRAM_NAME " propose tlsgate.ndjson* --schedule legacy-tls --after "
                              "2018-07-23T00:00Z --until 2018-08-07T08:40Z" },
            { "Nine in ten of them, with at most ten minutes each time, in few windows",
              TG_PROGRAM_NAME " propose tlsgate.ndjson* --schedule legacy-tls --reach 90% "
                              "--max-window PT10M --window-cost 20 --after 2018-07-23T00:00Z "
                              "--until 2018-08-07T08:40Z" },
            { "From what the ledger knows",
              TG_PROGRAM_NAME " propose --ledger status.json --schedule legacy-tls --after "
                              "2018-07-23T00:00Z --until 2018-08-07T08:40Z" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_FILE,
    .options = (const tg_option_t *const[]){ propose_options, tg_ctl_report_log_options,
                                             tg_ctl_output_options, NULL },
    .run = propose_run,
};
