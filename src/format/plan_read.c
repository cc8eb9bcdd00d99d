/* Reading a plan back: see plan.h. */
#include "plan.h"

#include "base/json.h"
#include "base/json_read.h"
#include "base/rows.h"

#include <apr_strings.h>
#include <string.h>

#define FIX "let httpd write it: start it, or ask it with -t -D DUMP_TLSGATE_JSON"

#define SORTED (JSON_COMPACT | JSON_SORT_KEYS)

/* --- a schedule --- */

static int read_trait(const tg_json_reader_t *r, const char *name, tg_schedule_t *s)
{
    tg_traits_t traits = name ? tg_trait_parse(name) : 0;

    s->traits |= traits;
    if (name && strcmp(name, "expr") == 0) {
        s->has_expr = 1;
        return 1;
    }
    return traits != 0 || tg_json_wrong(r, "deprecates", "it names a trait that is not known here");
}

static int read_traits(const tg_json_reader_t *r, tg_schedule_t *s)
{
    const json_t *names = json_object_get(r->object, "deprecates");
    size_t i;

    if (!json_is_array(names)) {
        return tg_json_wrong(r, "deprecates", "it is not a list");
    }
    for (i = 0; i < json_array_size(names); i++) {
        if (!read_trait(r, json_string_value(json_array_get(names, i)), s)) {
            return 0;
        }
    }
    return 1;
}

/* The arguments of TlsGateTrial for this trial: its parser has the rules. */
static int trial_words(const tg_json_reader_t *r, const char **words)
{
    char every_text[TG_DURATION_STRLEN];
    const char *start, *end, *until;
    json_int_t every, share;
    int n = 0;

    if (!tg_json_read_text(r, "start", &start) || !tg_json_read_text(r, "end", &end) ||
        !tg_json_read_text_or_null(r, "until", &until) ||
        !tg_json_read_integer_or_null(r, "every_seconds", 1, TG_INSTANT_MAX, &every) ||
        !tg_json_read_integer_or_null(r, "share_percent", 1, 100, &share)) {
        return 0;
    }
    words[n++] = apr_pstrcat(r->pool, start, "/", end, NULL);
    words[n++] = apr_psprintf(r->pool, "share=%d%%", (int)share);
    if (every) {
        words[n++] = apr_pstrcat(r->pool, "every=", tg_duration_format(every, every_text), NULL);
    }
    if (until) {
        words[n++] = apr_pstrcat(r->pool, "until=", until, NULL);
    }
    return n;
}

static int read_trial(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "start",         "end",   "share_percent",
                                           "every_seconds", "until", NULL };
    const char *words[4];
    tg_schedule_t *s = into;
    tg_fault_t fault;
    int n = tg_json_has_exactly(r, members) ? trial_words(r, words) : 0;

    return n && (tg_trial_parse(n, words, apr_array_push(s->trials), &fault) ||
                 tg_json_wrong(r, "start", fault.reason));
}

static int read_grace(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "start", "end", NULL };
    tg_schedule_t *s = into;
    const char *start, *end;
    tg_fault_t fault;

    return tg_json_has_exactly(r, members) && tg_json_read_text(r, "start", &start) &&
           tg_json_read_text(r, "end", &end) &&
           (tg_interval_parse(apr_pstrcat(r->pool, start, "/", end, NULL),
                              apr_array_push(s->graces), &fault) ||
            tg_json_wrong(r, "start", fault.reason));
}

static int read_status(const tg_json_reader_t *r, void *into)
{
    const char *members[TG_STATUSES + 1] = { NULL };
    tg_schedule_t *s = into;
    json_int_t code;
    int kind;

    for (kind = 0; kind < TG_STATUSES; kind++) {
        members[kind] = tg_status_kind_name((tg_status_kind_t)kind);
    }
    if (!tg_json_has_exactly(r, members)) {
        return 0;
    }
    for (kind = 0; kind < TG_STATUSES; kind++) {
        if (!tg_json_read_integer_or_null(r, members[kind], 400, 599, &code)) {
            return 0;
        }
        s->status[kind] = (int)code;
    }
    return 1;
}

static int finish_read_schedule(const tg_json_reader_t *r, tg_schedule_t *s)
{
    tg_violation_t v;

    return tg_schedule_finish(s, &v) || tg_fault_set(r->fault, FIX, "%s%s %s: %s", r->place,
                                                     v.directive, v.value, v.fault.reason);
}

/* Recomputes the members that follow from the dates, and compares. */
static int is_as_derived(const tg_json_reader_t *r, const tg_schedule_t *s, tg_instant_t time)
{
    json_t *again = tg_plan_json(s, NULL, time);
    const char *member;
    json_t *value;

    json_object_foreach(again, member, value)
    {
        if (!json_equal(value, json_object_get(r->object, member))) {
            tg_json_wrong(r, member, "it contradicts the rest of the schedule");
            json_decref(again);
            return 0;
        }
    }
    json_decref(again);
    return 1;
}

static int read_date(const tg_json_reader_t *r, tg_schedule_t *s, tg_date_t date)
{
    const tg_date_row_t *row = &tg_schedule_dates[date];
    tg_instant_t t;

    if (!tg_json_read_instant_or_null(r, row->member, row->unset, &t)) {
        return 0;
    }
    tg_schedule_date_set(s, date, t);
    return 1;
}

static int read_trials(const tg_json_reader_t *r, tg_schedule_t *s, tg_date_t date)
{
    return tg_json_read_list(r, tg_schedule_dates[date].member, read_trial, s);
}

static int read_graces(const tg_json_reader_t *r, tg_schedule_t *s, tg_date_t date)
{
    return tg_json_read_list(r, tg_schedule_dates[date].member, read_grace, s);
}

static int (*const date_readers[])(const tg_json_reader_t *r, tg_schedule_t *s, tg_date_t date) = {
    read_date,
    read_trials,
    read_graces,
};
TG_ROWS_ARE(date_readers, TG_DATE_KINDS);

static int read_dates(const tg_json_reader_t *r, tg_schedule_t *s)
{
    int date = 0;

    while (date < TG_DATES && date_readers[tg_schedule_dates[date].kind](r, s, (tg_date_t)date)) {
        date++;
    }
    return date == TG_DATES;
}

static int has_schedule_members(const tg_json_reader_t *r)
{
    static const char *const others[] = { "name",       "deprecates",        "phase", "next_change",
                                          "next_phase", "rejected_for_good", "info",  "status" };
    const char *members[TG_ROWS(others) + TG_DATES + 1];
    int date;

    memcpy(members, others, sizeof(others));
    for (date = 0; date < TG_DATES; date++) {
        members[TG_ROWS(others) + (size_t)date] = tg_schedule_dates[date].member;
    }
    members[TG_ROWS(others) + TG_DATES] = NULL;
    return tg_json_has_exactly(r, members);
}

static int read_schedule(const tg_json_reader_t *r, void *into)
{
    tg_plan_t *plan = into;
    tg_schedule_t *s = tg_schedule_create(r->pool, NULL);

    if (!has_schedule_members(r) || !tg_json_read_text(r, "name", &s->name)) {
        return 0;
    }
    if (!tg_schedule_is_name(s->name) || tg_plan_schedule(plan, s->name)) {
        return tg_json_wrong(r, "name", "it is not a name, or another schedule has it");
    }
    if (!read_traits(r, s) || !read_dates(r, s) ||
        !tg_json_read_object(r, "status", read_status, s) ||
        !tg_json_read_text_or_null(r, "info", &s->info) || !finish_read_schedule(r, s) ||
        !is_as_derived(r, s, plan->time)) {
        return 0;
    }
    APR_ARRAY_PUSH(plan->schedules, const tg_schedule_t *) = s;
    return 1;
}

/* --- who uses it --- */

/* A scope, and the plan that its gates go to. */
typedef struct {
    tg_plan_t *plan;
    tg_plan_scope_t *line;
} scope_t;

static void add_gate(const tg_json_reader_t *r, const scope_t *scope, const tg_binding_t *binding)
{
    tg_plan_use_t use = { scope->line->server, scope->line->location, *binding };

    APR_ARRAY_PUSH(scope->plan->uses, tg_plan_use_t) = use;
    APR_ARRAY_PUSH(scope->line->bindings, const tg_binding_t *) =
        apr_pmemdup(r->pool, binding, sizeof(*binding));
}

static int read_gate(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "schedule", "as", "report_only", NULL };
    const scope_t *scope = into;
    tg_binding_t binding = { 0 };
    const char *name, *as;

    if (!tg_json_has_exactly(r, members) || !tg_json_read_text(r, "schedule", &name) ||
        !tg_json_read_text_or_null(r, "as", &as) ||
        !tg_json_read_boolean(r, "report_only", &binding.report_only)) {
        return 0;
    }
    binding.schedule = tg_plan_schedule(scope->plan, name);
    binding.has_as = as != NULL;
    binding.as = as ? tg_phase_parse(as) : TG_PHASE_OBSERVE;
    if (!binding.schedule) {
        return tg_json_wrong(r, "schedule", "there is no schedule of that name");
    }
    if (binding.as == TG_PHASES) {
        return tg_json_wrong(r, "as", "there is no such phase");
    }
    add_gate(r, scope, &binding);
    return 1;
}

static int read_scope(const tg_json_reader_t *r, void *into)
{
    static const char *const members[] = { "server", "location", "regex", "gates", NULL };
    tg_plan_t *plan = into;
    scope_t scope = { plan, apr_array_push(plan->lines) };

    scope.line->bindings = apr_array_make(r->pool, 2, sizeof(const tg_binding_t *));
    return tg_json_has_exactly(r, members) && tg_json_read_text(r, "server", &scope.line->server) &&
           tg_json_read_text_or_null(r, "location", &scope.line->location) &&
           tg_json_read_boolean(r, "regex", &scope.line->is_regex) &&
           tg_json_read_list(r, "gates", read_gate, &scope);
}

/* --- the document --- */

/* An httpd that was upgraded and not reloaded has written a plan without the last one. */
static int has_plan_members(const tg_json_reader_t *r)
{
    static const char *const members[] = { "version", "time",    "state",    "guard",  "schedules",
                                           "scopes",  "servers", "settings", "ledger", NULL };
    const char *required[TG_ROWS(members) - 1];

    memcpy(required, members, sizeof(required));
    required[TG_ROWS(required) - 1] = NULL;
    return tg_json_has_all(r, required) && tg_json_has_only(r, members);
}

static int read_plan(const tg_json_reader_t *r, void *into)
{
    tg_plan_t *plan = into;

    plan->ledger = NULL;
    plan->schedules = apr_array_make(r->pool, 4, sizeof(const tg_schedule_t *));
    plan->uses = apr_array_make(r->pool, 4, sizeof(tg_plan_use_t));
    plan->lines = apr_array_make(r->pool, 4, sizeof(tg_plan_scope_t));
    if (!tg_json_has_version(r, TG_PLAN_VERSION) || !has_plan_members(r) ||
        !tg_json_read_instant(r, "time", &plan->time) ||
        !tg_json_read_text_or_null(r, "state", &plan->state) ||
        !tg_json_read_text_or_null(r, "guard", &plan->guard) ||
        (json_object_get(r->object, "ledger") &&
         !tg_json_read_text_or_null(r, "ledger", &plan->ledger)) ||
        !tg_json_read_list(r, "schedules", read_schedule, plan) ||
        !tg_json_read_list(r, "scopes", read_scope, plan) || !tg_plan_read_servers(r, plan)) {
        return 0;
    }
    plan->scopes =
        tg_json_print(r->pool, json_incref(json_object_get(r->object, "scopes")), SORTED);
    return 1;
}

int tg_plan_parse(apr_pool_t *pool, const char *text, apr_size_t length, tg_plan_t *out,
                  tg_fault_t *fault)
{
    return tg_json_read(pool, text, length, TG_PLAN_MAX, FIX, read_plan, out, fault);
}

const tg_schedule_t *tg_plan_schedule(const tg_plan_t *plan, const char *name)
{
    int i;

    for (i = 0; i < plan->schedules->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(plan->schedules, i, const tg_schedule_t *);

        if (strcmp(s->name, name) == 0) {
            return s;
        }
    }
    return NULL;
}

tg_binding_t tg_plan_binding(const tg_plan_t *plan, const tg_schedule_t *schedule)
{
    tg_binding_t all = { .schedule = schedule, .report_only = 1 };
    int i;

    for (i = 0; i < plan->uses->nelts; i++) {
        const tg_binding_t *line = &APR_ARRAY_IDX(plan->uses, i, tg_plan_use_t).binding;

        if (strcmp(line->schedule->name, schedule->name) == 0) {
            tg_binding_join(&all, line);
        }
    }
    return all;
}
