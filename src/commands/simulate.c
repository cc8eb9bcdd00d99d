/* tlsgatectl simulate: what a client would get at an instant, and why. The answer comes from the
 * functions that httpd decides with.
 */
#include "commands.h"

#include "base/json.h"
#include "ctl/base/client_operand.h"
#include "ctl/base/in_force.h"
#include "ctl/base/output.h"
#include "ctl/base/time_options.h"
#include "ctl/report/log_question.h"
#include "ctl/report/request_path.h"
#include "ctl/status/simulation.h"
#include "ctl/status/simulation_text.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static struct {
    const char *at, *protocol, *client, *host, *path, *handshake;
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
    { "handshake", NULL, "no longer needed: handshake and requests are both shown",
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
        tg_term_note("--handshake is no longer needed: handshake and requests are both shown");
    }
    return 1;
}

static int check_protocol(const tg_ctl_t *ctl)
{
    if (simulate_given.protocol && tg_protocol_parse(simulate_given.protocol) == TG_PROTOCOLS) {
        tg_term_error("--protocol \"%s\": write one of %s", simulate_given.protocol,
                      tg_protocol_names(ctl->pool));
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
        tg_term_error(
            "--host %s: no server has that name, in ServerName or ServerAlias; leave it out to see "
            "all of them",
            host);
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

/* 1 if any place that was asked for has that schedule. */
static int applies_there(const asked_t *q, const tg_schedule_t *schedule)
{
    int i;

    for (i = 0; i < q->s.places->nelts; i++) {
        if (tg_ctl_place_has(APR_ARRAY_IDX(q->s.places, i, tg_ctl_place_t).bindings, schedule)) {
            return 1;
        }
    }
    return 0;
}

/* 1 if any of these places belongs to the server, or if it is the main server, whose <Location>s
 * apply to all. */
static int is_server_there(const asked_t *q, const char *server)
{
    const tg_plan_t *plan = q->in_force.plan.plan;
    size_t length = strlen(server);
    int i;

    for (i = 0; i < q->s.places->nelts; i++) {
        const char *text = APR_ARRAY_IDX(q->s.places, i, tg_ctl_place_t).text;

        if (strncmp(text, server, length) == 0 && (text[length] == '\0' || text[length] == ' ')) {
            return 1;
        }
    }
    return plan->servers->nelts > 0 &&
           strcmp(APR_ARRAY_IDX(plan->servers, 0, tg_plan_server_t).name, server) == 0;
}

/* What the plan does not tell, of the schedules and locations that the question is about. */
static void note_unknown(const asked_t *q)
{
    const apr_array_header_t *lines = q->in_force.plan.plan->lines;
    int i;

    for (i = 0; i < q->schedules->nelts && simulate_given.protocol; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(q->schedules, i, const tg_schedule_t *);

        if (s->has_expr && applies_there(q, s)) {
            tg_term_note("%s also has a condition (expr=), which only a request can answer",
                         s->name);
        }
        if (s->traits != TG_TRAIT_ANY && (s->traits & TG_TRAITS_NEGOTIATED) &&
            applies_there(q, s)) {
            tg_term_note(
                "%s also deprecates key exchanges (kx=) or ciphers (cipher=), whatever the "
                "protocol",
                s->name);
        }
    }
    for (i = 0; i < lines->nelts && simulate_given.path; i++) {
        const tg_plan_scope_t *line = &APR_ARRAY_IDX(lines, i, tg_plan_scope_t);

        if (line->is_regex && is_server_there(q, line->server)) {
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

/* The clients of logs. */
static tg_exit_t simulate_log(const tg_ctl_t *ctl)
{
    if (simulate_given.protocol || simulate_given.client || simulate_given.host ||
        simulate_given.path) {
        tg_term_error("--log tells the clients, so --protocol, --client, --host and --path do not "
                      "go with it");
        return TG_EXIT_ERROR;
    }
    return tg_ctl_log_run(ctl, simulate_given.at);
}

static tg_exit_t simulate_run(const tg_ctl_t *ctl)
{
    asked_t q = { .s = { .ctl = ctl } };
    tg_state_t entries;

    if (tg_ctl_log_is_given()) {
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
                                    "[--schedule NAME]... [--from FORMAT] [--since WHEN] "
                                    "[--top NUMBER] [--json]",
                                    "--from clickhouse://HOST/DATABASE [--at INSTANT|DATE] "
                                    "[--schedule NAME]... [--since WHEN] [--top NUMBER] [--json]",
                                    NULL },
    .summary = "Show what a client would get, and why",
    .more =
        "It tells what a new client gets and, apart, what a connection that is open gets.\n"
        "Without --client it is about clients that are in every share. With NAMEs only these\n"
        "schedules count. With --log each client of a log gets its answer at an instant or, for a\n"
        "date alone, on that day in UTC; what the log does not tell is said. A database may have\n"
        "the records of logs.\n",
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
    .options = (const tg_option_t *const[]){ simulate_options, tg_ctl_log_options,
                                             tg_ctl_output_options, NULL },
    .run = simulate_run,
};
