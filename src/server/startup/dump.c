/* httpd -t -D DUMP_TLSGATE and DUMP_TLSGATE_JSON: see dump.h. */
#include "dump.h"

#include "plan_servers.h"

#include "base/json.h"
#include "base/rows.h"
#include "format/plan.h"
#include "server/base/conf.h"

#include <apr_strings.h>
#include <http_core.h>
#include <stdio.h>

#define SCOPE(main_conf, i) APR_ARRAY_IDX((main_conf)->scopes, i, const tg_scope_t *)
#define ENTRY(main_conf, i) APR_ARRAY_IDX((main_conf)->entries, i, const tg_server_schedule_t *)

static void dump_row(const char *what, const char *value)
{
    printf("  %-12s %s\n", what, value);
}

static void dump_instant(const char *what, tg_instant_t t)
{
    char buf[TG_INSTANT_STRLEN];

    if (t != TG_ALWAYS && t != TG_NEVER) {
        dump_row(what, tg_instant_format(t, buf));
    }
}

static void print_date(const tg_schedule_t *s, tg_date_t date)
{
    dump_instant(tg_schedule_dates[date].label, tg_phase_date(s, NULL, date));
}

static void print_trials(const tg_schedule_t *s, tg_date_t date)
{
    char buf[TG_TRIAL_STRLEN];
    int i;

    for (i = 0; i < s->trials->nelts; i++) {
        dump_row(tg_schedule_dates[date].label,
                 tg_trial_format(&APR_ARRAY_IDX(s->trials, i, tg_trial_t), buf));
    }
}

static void print_graces(const tg_schedule_t *s, tg_date_t date)
{
    char buf[TG_INTERVAL_STRLEN];
    int i, n;
    const tg_interval_t *graces = tg_phase_graces(s, NULL, &n);

    for (i = 0; i < n; i++) {
        dump_row(tg_schedule_dates[date].label, tg_interval_format(&graces[i], buf));
    }
}

static void (*const date_printers[])(const tg_schedule_t *s, tg_date_t date) = {
    print_date,
    print_trials,
    print_graces,
};
TG_ROWS_ARE(date_printers, TG_DATE_KINDS);

/** A server, vhost or <Location>, and the TlsGate lines in force there. */
typedef struct {
    const server_rec *server;
    const tg_scope_t *scope;
} scope_use_t;

static void add_use(apr_array_header_t *uses, const server_rec *s, const tg_scope_t *scope)
{
    scope_use_t *use = apr_array_push(uses);

    use->server = s;
    use->scope = scope;
}

/* Every scope that was configured, and every vhost that inherits one. */
static apr_array_header_t *uses_of(apr_pool_t *pool, const tg_main_conf_t *main_conf,
                                   const server_rec *s)
{
    apr_array_header_t *uses = apr_array_make(pool, 8, sizeof(scope_use_t));
    int i;

    for (i = 0; i < main_conf->scopes->nelts; i++) {
        add_use(uses, SCOPE(main_conf, i)->server, SCOPE(main_conf, i));
    }
    for (; s; s = s->next) {
        const tg_scope_t *scope = tg_conf_scope(s->lookup_defaults);

        if (scope && scope->server != s) {
            add_use(uses, s, scope);
        }
    }
    return uses;
}

static const char *use_line(apr_pool_t *pool, const scope_use_t *use, const tg_gate_ref_t *gate)
{
    const char *location = use->scope->location;

    return apr_pstrcat(pool, tg_conf_server_name(pool, use->server), location ? " <Location " : "",
                       location ? location : "", location ? ">" : "",
                       gate->binding.has_as ? " as=" : "",
                       gate->binding.has_as ? tg_phase_name(gate->binding.as) : "",
                       gate->binding.report_only ? " report-only" : "", NULL);
}

/* Of each schedule, the lines about those who use it. */
static apr_hash_t *lines_of(apr_pool_t *pool, const apr_array_header_t *uses)
{
    apr_hash_t *all = apr_hash_make(pool);
    int i, j;

    for (i = 0; i < uses->nelts; i++) {
        const scope_use_t *use = &APR_ARRAY_IDX(uses, i, scope_use_t);

        for (j = 0; j < use->scope->gates->nelts; j++) {
            const tg_gate_ref_t *gate = APR_ARRAY_IDX(use->scope->gates, j, const tg_gate_ref_t *);
            apr_array_header_t *lines = apr_hash_get(all, gate->name, APR_HASH_KEY_STRING);

            if (!lines) {
                lines = apr_array_make(pool, 2, sizeof(const char *));
                apr_hash_set(all, gate->name, APR_HASH_KEY_STRING, lines);
            }
            APR_ARRAY_PUSH(lines, const char *) = use_line(pool, use, gate);
        }
    }
    return all;
}

static void print_users(const apr_array_header_t *lines)
{
    int i;

    for (i = 0; lines && i < lines->nelts; i++) {
        dump_row("used by", APR_ARRAY_IDX(lines, i, const char *));
    }
    if (!lines) {
        dump_row("used by", "nothing: no TlsGate line names it");
    }
}

static void print_phase_now(apr_pool_t *pool, const tg_schedule_t *s, tg_instant_t now)
{
    char buf[TG_INSTANT_STRLEN];
    tg_phase_t next;
    tg_instant_t change = tg_phase_next_change(s, NULL, now, TG_BUCKET_EVERYONE, &next);
    const char *phase = tg_phase_name(tg_phase_at(s, NULL, now, TG_BUCKET_EVERYONE));

    dump_row("now", change == TG_NEVER
                        ? apr_pstrcat(pool, phase, ", for good", NULL)
                        : apr_pstrcat(pool, phase, ", then ", tg_phase_name(next), " from ",
                                      tg_instant_format(change, buf), NULL));
}

static void print_status(apr_pool_t *pool, const char *when, int status)
{
    if (status) {
        dump_row("status", apr_psprintf(pool, "%d %s", status, when));
    }
}

static void print_schedule(apr_pool_t *pool, const apr_array_header_t *lines,
                           const tg_server_schedule_t *entry, tg_instant_t now)
{
    const tg_schedule_t *s = entry->schedule;
    int date;

    printf("schedule %s (%s:%d)\n", s->name, entry->directive->filename,
           entry->directive->line_num);
    dump_row("deprecates", tg_plan_traits(pool, s));
    for (date = 0; date < TG_DATES; date++) {
        date_printers[tg_schedule_dates[date].kind](s, (tg_date_t)date);
    }
    dump_instant("for good", tg_phase_rejected_for_good(s, NULL));
    print_status(pool, "in a trial", s->status[TG_STATUS_TRIAL]);
    print_status(pool, "from the cutoff on", s->status[TG_STATUS_CUTOFF]);
    if (s->info) {
        dump_row("info", s->info);
    }
    print_phase_now(pool, s, now);
    print_users(lines);
}

static void print_text(apr_pool_t *pool, const tg_main_conf_t *main_conf,
                       const apr_array_header_t *uses, tg_instant_t now)
{
    apr_hash_t *lines = lines_of(pool, uses);
    char buf[TG_INSTANT_STRLEN];
    int i;

    printf("TLS deprecation schedules, in UTC, as of %s\n", tg_instant_format(now, buf));
    for (i = 0; i < main_conf->entries->nelts; i++) {
        const tg_server_schedule_t *entry = ENTRY(main_conf, i);

        print_schedule(pool, apr_hash_get(lines, entry->schedule->name, APR_HASH_KEY_STRING), entry,
                       now);
    }
    if (main_conf->entries->nelts == 0) {
        printf("no <TlsGateSchedule> is configured\n");
    }
}

static json_t *gate_json(const tg_gate_ref_t *gate)
{
    return json_pack("{s:s, s:s?, s:b}", "schedule", gate->name, "as",
                     gate->binding.has_as ? tg_phase_name(gate->binding.as) : NULL, "report_only",
                     gate->binding.report_only);
}

static json_t *use_json(apr_pool_t *pool, const scope_use_t *use)
{
    const tg_scope_t *scope = use->scope;
    json_t *gates = json_array();
    int i;

    for (i = 0; i < scope->gates->nelts; i++) {
        json_array_append_new(gates,
                              gate_json(APR_ARRAY_IDX(scope->gates, i, const tg_gate_ref_t *)));
    }
    return json_pack("{s:o, s:o, s:b, s:o}", "server",
                     tg_plan_servers_text(pool, tg_conf_server_name(pool, use->server)), "location",
                     tg_plan_servers_text(pool, scope->location), "regex", scope->is_regex, "gates",
                     gates);
}

static json_t *code_json(int code)
{
    return code ? json_integer(code) : json_null();
}

/* The statuses as configured; null is the default. */
static json_t *status_json(const tg_schedule_t *s)
{
    json_t *object = json_object();
    int kind;

    for (kind = 0; kind < TG_STATUSES; kind++) {
        json_object_set_new(object, tg_status_kind_name((tg_status_kind_t)kind),
                            code_json(s->status[kind]));
    }
    return object;
}

json_t *tg_dump_json(apr_pool_t *pool, server_rec *s, tg_instant_t now)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    const apr_array_header_t *uses = uses_of(pool, main_conf, s);
    json_t *schedules = json_array(), *scopes = json_array(), *plan;
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        const tg_schedule_t *schedule = ENTRY(main_conf, i)->schedule;
        json_t *item = tg_plan_json(schedule, NULL, now);

        json_object_set_new(item, "status", status_json(schedule));
        json_array_append_new(schedules, item);
    }
    for (i = 0; i < uses->nelts; i++) {
        json_array_append_new(scopes, use_json(pool, &APR_ARRAY_IDX(uses, i, scope_use_t)));
    }
    plan = json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "version", TG_PLAN_VERSION, "time",
                     tg_json_instant(now), "state", tg_plan_servers_text(pool, main_conf->state),
                     "guard", tg_plan_servers_text(pool, main_conf->guard_text), "ledger",
                     tg_plan_servers_text(pool, main_conf->ledger_file), "schedules", schedules,
                     "scopes", scopes);
    tg_plan_servers_add(pool, s, plan);
    return plan;
}

static void add_line(apr_pool_t *pool, tg_plan_t *plan, const scope_use_t *use)
{
    tg_plan_scope_t *line = apr_array_push(plan->lines);
    int i;

    line->server = tg_conf_server_name(pool, use->server);
    line->location = use->scope->location;
    line->is_regex = use->scope->is_regex;
    line->bindings = apr_array_make(pool, 2, sizeof(const tg_binding_t *));
    for (i = 0; i < use->scope->gates->nelts; i++) {
        APR_ARRAY_PUSH(line->bindings, const tg_binding_t *) =
            &APR_ARRAY_IDX(use->scope->gates, i, const tg_gate_ref_t *)->binding;
    }
}

tg_plan_t tg_dump_plan(apr_pool_t *pool, server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    const apr_array_header_t *uses = uses_of(pool, main_conf, s);
    tg_plan_t plan = { .schedules = apr_array_make(pool, 4, sizeof(const tg_schedule_t *)),
                       .lines = apr_array_make(pool, 8, sizeof(tg_plan_scope_t)),
                       .servers = apr_array_make(pool, 8, sizeof(tg_plan_server_t)) };
    int i;

    for (i = 0; i < main_conf->entries->nelts; i++) {
        APR_ARRAY_PUSH(plan.schedules, const tg_schedule_t *) = ENTRY(main_conf, i)->schedule;
    }
    for (i = 0; i < uses->nelts; i++) {
        add_line(pool, &plan, &APR_ARRAY_IDX(uses, i, scope_use_t));
    }
    for (; s; s = s->next) {
        APR_ARRAY_PUSH(plan.servers, tg_plan_server_t) =
            (tg_plan_server_t){ .name = tg_conf_server_name(pool, s) };
    }
    return plan;
}

void tg_dump_test_config(apr_pool_t *pool, server_rec *s)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(s)->main_conf;
    tg_instant_t now = apr_time_sec(apr_time_now());

    if (ap_exists_config_define("DUMP_TLSGATE_JSON")) {
        fputs(tg_json_print(pool, tg_dump_json(pool, s, now), JSON_INDENT(2)), stdout);
        fflush(stdout); /* before httpd's own words, which go to the standard error */
    }
    else if (ap_exists_config_define("DUMP_TLSGATE")) {
        print_text(pool, main_conf, uses_of(pool, main_conf, s), now);
    }
}
