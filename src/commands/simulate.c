/* tlsgatectl simulate: what a client would get at an instant, and why. The answer comes from the
 * functions that httpd decides with.
 */
#include "commands.h"

#include "base/json.h"
#include "ctl/client_operand.h"
#include "ctl/in_force.h"
#include "ctl/log_simulation.h"
#include "ctl/output.h"
#include "ctl/report_question.h"
#include "ctl/request_path.h"
#include "ctl/simulation.h"
#include "ctl/simulation_text.h"
#include "ctl/time_options.h"
#include "policy/network.h"
#include "term/term.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define DAY INT64_C(86400)

/* Written once, while the command line is read. */
static struct {
    const char *at, *protocol, *client, *host, *path, *handshake;
    const char *log, *schedule, *from, *top;
} simulate_given;

static const tg_option_t simulate_options[] = {
    { "at", "INSTANT", "as if it were then", &simulate_given.at, TG_COMPLETE_NOTHING },
    { "protocol", "NAME", "TLSv1, TLSv1.1, ..., cleartext; default: all that are deprecated",
      &simulate_given.protocol, TG_COMPLETE_PROTOCOL },
    { "client", "CLIENT", "account:acme, cert:CN=..., ip:192.0.2.7", &simulate_given.client,
      TG_COMPLETE_NOTHING },
    { "host", "NAME", "at the servers of that name, or NAME:PORT; default: all",
      &simulate_given.host, TG_COMPLETE_NOTHING },
    { "path", "PATH", "of the request, with --host", &simulate_given.path, TG_COMPLETE_NOTHING },
    { "log", "FILE", "the clients of a log; the operands are then further logs",
      &simulate_given.log, TG_COMPLETE_LIST },
    { "schedule", "NAME", "with --log: only this schedule counts; may be given several times",
      &simulate_given.schedule, TG_COMPLETE_LIST },
    { "from", "FORMAT", "of the logs, or FORMAT=ARGUMENT; default: by their first lines",
      &simulate_given.from, TG_COMPLETE_NOTHING },
    { "top", "NUMBER", "with --log: list only so many clients, the worst first",
      &simulate_given.top, TG_COMPLETE_NOTHING },
    { "handshake", NULL, "not needed any more: handshake and requests are told both",
      &simulate_given.handshake, TG_COMPLETE_NOTHING },
    { 0 },
};

/* The question while it is read. */
typedef struct {
    tg_ctl_simulation_t s;
    tg_ctl_in_force_t in_force;
    const apr_array_header_t *schedules; /* of const tg_schedule_t *: those that count */
} asked_t;

/* --- reading the question --- */

static int read_client(asked_t *q)
{
    const char *text = simulate_given.client;
    tg_ctl_client_t who;

    if (!text) {
        return 1;
    }
    if (!tg_ctl_client_read(q->s.ctl, text, &who)) {
        return 0;
    }
    q->s.address = tg_ctl_client_address(q->s.ctl->pool, &who);
    if (who.network && !q->s.address) {
        tg_term_error("--client %s: a network is not a client", text);
        return 0;
    }
    q->s.client = who.client ? who.client : apr_pstrcat(q->s.ctl->pool, "ip:", who.network, NULL);
    return 1;
}

static int check_simulate_options(const tg_ctl_t *ctl)
{
    const char *path = simulate_given.path;
    tg_fault_t fault;

    if (path && (*path != '/' || !simulate_given.host)) {
        tg_term_error(*path == '/' ? "--path %s: say of which host, with --host"
                                   : "--path \"%s\": a path begins with a slash",
                      path);
        return 0;
    }
    if (path && !tg_ctl_request_path(ctl->pool, path, &simulate_given.path, &fault)) {
        tg_term_error("--path %s: %s; %s", path, fault.reason, fault.fix);
        return 0;
    }
    if (simulate_given.handshake) {
        tg_term_note("--handshake is not needed any more: handshake and requests are told both");
    }
    return 1;
}

static int check_protocol(const tg_ctl_t *ctl)
{
    if (simulate_given.protocol && tg_protocol_parse(simulate_given.protocol) == TG_PROTOCOLS) {
        tg_term_error("--protocol: write one of %s", tg_protocol_names(ctl->pool));
        return 0;
    }
    return 1;
}

static int read_simulation(asked_t *q)
{
    const tg_ctl_t *ctl = q->s.ctl;

    q->s.t = ctl->now;
    return check_protocol(ctl) && check_simulate_options(ctl) &&
           (!simulate_given.at || tg_ctl_time_read(ctl, "at", simulate_given.at, &q->s.t)) &&
           read_client(q) && tg_ctl_in_force_load(ctl, TG_CTL_RUNNING_PLAN_NEEDED, &q->in_force) &&
           (q->schedules = tg_ctl_in_force_schedules(ctl, &q->in_force)) != NULL;
}

/* --- which clients, and where --- */

static int has_kind_of(const apr_array_header_t *kinds, const tg_ctl_kind_t *kind)
{
    int i;

    for (i = 0; i < kinds->nelts; i++) {
        const tg_ctl_kind_t *other = &APR_ARRAY_IDX(kinds, i, tg_ctl_kind_t);

        if (other->traits == kind->traits && other->expr == kind->expr) {
            return 1;
        }
    }
    return 0;
}

static const apr_array_header_t *asked_kinds(const asked_t *q)
{
    apr_array_header_t *kinds = apr_array_make(q->s.ctl->pool, 4, sizeof(tg_ctl_kind_t));
    int i, j;

    if (simulate_given.protocol) {
        APR_ARRAY_PUSH(kinds, tg_ctl_kind_t) =
            tg_ctl_kind_of(tg_protocol_parse(simulate_given.protocol));
        return kinds;
    }
    for (i = 0; i < q->schedules->nelts; i++) {
        const apr_array_header_t *own =
            tg_ctl_kinds(q->s.ctl->pool, APR_ARRAY_IDX(q->schedules, i, const tg_schedule_t *));

        for (j = 0; j < own->nelts; j++) {
            if (!has_kind_of(kinds, &APR_ARRAY_IDX(own, j, tg_ctl_kind_t))) {
                APR_ARRAY_PUSH(kinds, tg_ctl_kind_t) = APR_ARRAY_IDX(own, j, tg_ctl_kind_t);
            }
        }
    }
    return kinds;
}

static int asked_places(asked_t *q)
{
    const tg_ctl_t *ctl = q->s.ctl;
    const tg_plan_t *plan = q->in_force.plan.plan;
    const char *host = simulate_given.host;
    apr_array_header_t *places = host ? tg_ctl_places_at(ctl->pool, plan, host, simulate_given.path)
                                      : tg_ctl_places(ctl->pool, plan);
    int i;

    if (host && places->nelts == 0) {
        tg_term_error("--host %s: no server has that name, in ServerName or ServerAlias", host);
        return 0;
    }
    for (i = 0; i < places->nelts && ctl->operands; i++) {
        tg_ctl_place_t *place = &APR_ARRAY_IDX(places, i, tg_ctl_place_t);

        place->bindings = tg_ctl_place_named(ctl->pool, place->bindings, q->schedules);
        place->handshake = tg_ctl_place_named(ctl->pool, place->handshake, q->schedules);
    }
    q->s.is_whole = host != NULL;
    q->s.places = places;
    return 1;
}

/* What the plan does not tell. */
static void note_unknown(const asked_t *q)
{
    const apr_array_header_t *lines = q->in_force.plan.plan->lines;
    int i;

    for (i = 0; i < q->schedules->nelts && simulate_given.protocol; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(q->schedules, i, const tg_schedule_t *);

        if (s->has_expr) {
            tg_term_note("%s also has a condition (expr=), which only a request can answer",
                         s->name);
        }
        if (s->traits != TG_TRAIT_ANY && (s->traits & TG_TRAITS_NEGOTIATED)) {
            tg_term_note(
                "%s also deprecates key exchanges (kx=) or ciphers (cipher=), whatever the "
                "protocol",
                s->name);
        }
    }
    for (i = 0; i < lines->nelts && simulate_given.path; i++) {
        const tg_plan_scope_t *line = &APR_ARRAY_IDX(lines, i, tg_plan_scope_t);

        if (line->is_regex) {
            tg_term_note("%s has TlsGate in <LocationMatch \"%s\">: whether it is for %s is not "
                         "known here",
                         line->server, line->location, simulate_given.path);
        }
    }
}

/* --- the document --- */

static json_t *simulation_document(const asked_t *q)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "time", tg_json_instant(q->s.t), "client",
                     tg_json_text(q->s.client), "host", tg_json_text(simulate_given.host), "path",
                     tg_json_text(simulate_given.path), "answers", tg_ctl_simulation_json(&q->s));
}

/* --- the clients of logs --- */

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
static int read_day(const tg_ctl_t *ctl, asked_of_log_t *q)
{
    const char *text = simulate_given.at;
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
static int read_schedules(const tg_ctl_t *ctl, asked_of_log_t *q)
{
    const apr_array_header_t *names;
    tg_ctl_t named = *ctl;

    if (!simulate_given.schedule) {
        return 1;
    }
    names = listed_values(ctl->pool, simulate_given.schedule);
    named.operands = names->nelts;
    named.operand = (const char *const *)(const void *)names->elts;
    q->schedules = tg_ctl_in_force_schedules(&named, &q->in_force);
    return q->schedules != NULL;
}

static int read_log_question(const tg_ctl_t *ctl, asked_of_log_t *q)
{
    char *end = NULL;
    long top = simulate_given.top ? strtol(simulate_given.top, &end, 10) : 0;

    if (simulate_given.protocol || simulate_given.client || simulate_given.host ||
        simulate_given.path) {
        tg_term_error("--log tells the clients, so --protocol, --client, --host and --path do not "
                      "go with it");
        return 0;
    }
    if (simulate_given.top && (*end || top < 1 || top > TG_CTL_LOG_ROWS_MAX)) {
        tg_term_error("--top \"%s\": write a number from 1 to %d", simulate_given.top,
                      TG_CTL_LOG_ROWS_MAX);
        return 0;
    }
    q->top = (int)top;
    return read_day(ctl, q) &&
           tg_ctl_in_force_load(ctl, TG_CTL_RUNNING_PLAN_NEEDED, &q->in_force) &&
           read_schedules(ctl, q);
}

static tg_exit_t simulate_log(const tg_ctl_t *ctl)
{
    asked_of_log_t q = { .schedules = NULL };
    tg_ctl_report_question_t reading = { .ctl = ctl, .take = tg_ctl_log_take };
    tg_ctl_report_t read = { .question = &reading };
    apr_array_header_t *logs =
        apr_array_copy(ctl->pool, listed_values(ctl->pool, simulate_given.log));
    tg_ctl_log_simulation_t *simulation;
    json_t *document;
    int i;

    if (!tg_ctl_report_from(&reading, simulate_given.from) || !read_log_question(ctl, &q)) {
        return TG_EXIT_ERROR;
    }
    for (i = 0; i < ctl->operands; i++) {
        APR_ARRAY_PUSH(logs, const char *) = ctl->operand[i];
    }
    simulation = tg_ctl_log_simulation(ctl, &q.in_force, q.schedules);
    reading.baton = simulation;
    reading.excluded = apr_array_make(ctl->pool, 1, sizeof(tg_network_t));
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

static int is_about_log(void)
{
    if (!simulate_given.log &&
        (simulate_given.schedule || simulate_given.from || simulate_given.top)) {
        tg_term_note("--schedule, --from and --top are for --log");
    }
    return simulate_given.log != NULL;
}

static tg_exit_t simulate_run(const tg_ctl_t *ctl)
{
    asked_t q = { .s = { .ctl = ctl } };
    tg_state_t entries;

    if (is_about_log()) {
        return simulate_log(ctl);
    }
    if (!read_simulation(&q) || !asked_places(&q)) {
        return TG_EXIT_ERROR;
    }
    entries = tg_ctl_in_force_entries(ctl->pool, &q.in_force.state, NULL, q.s.t, ctl->now);
    q.s.overrides = tg_state_set(ctl->pool, &entries);
    q.s.kinds = asked_kinds(&q);
    note_unknown(&q);
    tg_ctl_output(ctl, simulation_document(&q), tg_ctl_simulation_text);
    return TG_EXIT_OK;
}

const tg_command_t tg_command_simulate = {
    .name = "simulate",
    .usage = (const char *const[]){ "[NAME...] [--protocol NAME] [--at INSTANT] [--client CLIENT] "
                                    "[--host NAME [--path PATH]] [--json]",
                                    "--log FILE [FILE...] [--at INSTANT|DATE] "
                                    "[--schedule NAME]... [--from FORMAT] [--top NUMBER] [--json]",
                                    NULL },
    .summary = "Show what a client would get, and why",
    .more =
        "It tells what a new client gets and, apart, what a connection that is open gets.\n"
        "Without --client it is about clients that are in every share. With NAMEs only these\n"
        "schedules count. With --log each client of a log gets its answer at an instant or, for a\n"
        "date alone, on that day in UTC; what the log does not tell is said.\n",
    .examples =
        (const tg_example_t[]){
            { "Old clients on the day of the cutoff",
              TG_PROGRAM_NAME " simulate --at 2018-08-07T08:40Z" },
            { "A customer, at one host", TG_PROGRAM_NAME
              " simulate --protocol TLSv1.1 --client account:A-20 --host api.example.com" },
            { "The clients of the last week's logs on the day of a trial",
              TG_PROGRAM_NAME " simulate --log tlsgate.ndjson* --at 2018-07-10" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ simulate_options, tg_ctl_output_options, NULL },
    .run = simulate_run,
};
