/* Reading a plan back: see plan.h. */
#include "plan.h"

#include "base/json.h"
#include "base/rows.h"

#include <apr_strings.h>
#include <string.h>

#define FIX "let httpd write it: start it, or ask it with -t -D DUMP_TLSGATE_JSON"

#define SORTED (JSON_COMPACT | JSON_SORT_KEYS)

/* An object that is being read, and where in the document it stands. */
typedef struct {
    apr_pool_t *pool;
    const char *place; /* with a full stop behind it, or empty */
    const json_t *object;
    tg_fault_t *fault;
} reader_t;

static int wrong(const reader_t *r, const char *member, const char *reason)
{
    return tg_fault_set(r->fault, FIX, "%s%s: %s", r->place, member, reason);
}

static reader_t inside(const reader_t *r, const char *member, size_t index, const json_t *object)
{
    const char *place = apr_psprintf(r->pool, "%s%s[%lu].", r->place, member, (unsigned long)index);

    return (reader_t){ r->pool, place, object, r->fault };
}

/* Every one of those members and no other. */
static int has_members(const reader_t *r, const char *const *members)
{
    size_t i;

    for (i = 0; members[i]; i++) {
        if (!json_object_get(r->object, members[i])) {
            return wrong(r, members[i], "it is missing");
        }
    }
    return json_object_size(r->object) == i ||
           wrong(r, members[0], "a member stands beside it that is not known here");
}

static int read_text(const reader_t *r, const char *member, const char **out)
{
    const json_t *value = json_object_get(r->object, member);

    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value)) {
        return wrong(r, member, "it is no text");
    }
    *out = apr_pstrdup(r->pool, json_string_value(value));
    return 1;
}

/* A text, or null. */
static int read_optional(const reader_t *r, const char *member, const char **out)
{
    *out = NULL;
    return json_is_null(json_object_get(r->object, member)) || read_text(r, member, out);
}

/* An instant; null is what it means where no date is set. */
static int read_instant(const reader_t *r, const char *member, tg_instant_t unset,
                        tg_instant_t *out)
{
    tg_fault_t fault;
    const char *text;

    *out = unset;
    if (!read_optional(r, member, &text)) {
        return 0;
    }
    return !text || tg_instant_parse(text, out, &fault) || wrong(r, member, fault.reason);
}

/* A whole number in those limits, or null for 0. */
static int read_number(const reader_t *r, const char *member, json_int_t least, json_int_t most,
                       json_int_t *out)
{
    const json_t *value = json_object_get(r->object, member);

    *out = json_integer_value(value);
    return json_is_null(value) || (json_is_integer(value) && *out >= least && *out <= most) ||
           wrong(r, member, "it is no number that can stand here");
}

/* Reads each object of a list. */
static int read_list(const reader_t *r, const char *member, const char *const *members,
                     int (*read_one)(const reader_t *r, void *into), void *into)
{
    const json_t *list = json_object_get(r->object, member);
    size_t i;

    if (!json_is_array(list)) {
        return wrong(r, member, "it is no list");
    }
    for (i = 0; i < json_array_size(list); i++) {
        const reader_t inner = inside(r, member, i, json_array_get(list, i));

        if (!json_is_object(inner.object)) {
            return wrong(r, member, "what it lists is no object");
        }
        if (!has_members(&inner, members) || !read_one(&inner, into)) {
            return 0;
        }
    }
    return 1;
}

/* --- a schedule --- */

static int read_trait(const reader_t *r, const char *name, tg_schedule_t *s)
{
    tg_traits_t traits = name ? tg_trait_parse(name) : 0;

    s->traits |= traits;
    if (name && strcmp(name, "expr") == 0) {
        s->has_expr = 1;
        return 1;
    }
    return traits != 0 || wrong(r, "deprecates", "it names a trait that is not known here");
}

static int read_traits(const reader_t *r, tg_schedule_t *s)
{
    const json_t *names = json_object_get(r->object, "deprecates");
    size_t i;

    if (!json_is_array(names)) {
        return wrong(r, "deprecates", "it is no list");
    }
    for (i = 0; i < json_array_size(names); i++) {
        if (!read_trait(r, json_string_value(json_array_get(names, i)), s)) {
            return 0;
        }
    }
    return 1;
}

/* The words of the directive that the trial was, for the parser of directives: one set of
 * rules says what a trial is. */
static int trial_words(const reader_t *r, const char **words)
{
    char every_text[TG_DURATION_STRLEN];
    const char *start, *end, *until;
    json_int_t every, share;
    int n = 0;

    if (!read_text(r, "start", &start) || !read_text(r, "end", &end) ||
        !read_optional(r, "until", &until) ||
        !read_number(r, "every_seconds", 1, TG_INSTANT_MAX, &every) ||
        !read_number(r, "share_percent", 1, 100, &share)) {
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

static int read_trial(const reader_t *r, void *into)
{
    const char *words[4];
    tg_schedule_t *s = into;
    tg_fault_t fault;
    int n = trial_words(r, words);

    return n && (tg_trial_parse(n, words, apr_array_push(s->trials), &fault) ||
                 wrong(r, "start", fault.reason));
}

static int read_grace(const reader_t *r, void *into)
{
    tg_schedule_t *s = into;
    const char *start, *end;
    tg_fault_t fault;

    return read_text(r, "start", &start) && read_text(r, "end", &end) &&
           (tg_interval_parse(apr_pstrcat(r->pool, start, "/", end, NULL),
                              apr_array_push(s->graces), &fault) ||
            wrong(r, "start", fault.reason));
}

static int read_status(const reader_t *r, tg_schedule_t *s)
{
    static const char *const members[] = { "trial", "cutoff", NULL };
    const reader_t status = { r->pool, apr_pstrcat(r->pool, r->place, "status.", NULL),
                              json_object_get(r->object, "status"), r->fault };
    json_int_t code;
    int kind;

    if (!json_is_object(status.object)) {
        return wrong(r, "status", "it is no object");
    }
    for (kind = 0; kind < TG_STATUSES; kind++) {
        if (!has_members(&status, members) ||
            !read_number(&status, members[kind], 400, 599, &code)) {
            return 0;
        }
        s->status[kind] = (int)code;
    }
    return 1;
}

static int finish(const reader_t *r, tg_schedule_t *s)
{
    tg_violation_t v;

    return tg_schedule_finish(s, &v) || tg_fault_set(r->fault, FIX, "%s%s %s: %s", r->place,
                                                     v.directive, v.value, v.fault.reason);
}

/* What the dates make of it here is what stands there. */
static int is_same(const reader_t *r, const tg_schedule_t *s, tg_instant_t time)
{
    json_t *again = tg_plan_json(s, NULL, time);
    const char *member;
    json_t *value;

    json_object_foreach(again, member, value)
    {
        if (!json_equal(value, json_object_get(r->object, member))) {
            wrong(r, member, "it is not what the dates beside it make");
            json_decref(again);
            return 0;
        }
    }
    json_decref(again);
    return 1;
}

static int read_date(const reader_t *r, tg_schedule_t *s, tg_date_t date)
{
    const tg_date_row_t *row = &tg_schedule_dates[date];
    tg_instant_t t;

    if (!read_instant(r, row->member, row->unset, &t)) {
        return 0;
    }
    tg_schedule_date_set(s, date, t);
    return 1;
}

static int read_trials(const reader_t *r, tg_schedule_t *s, tg_date_t date)
{
    static const char *const members[] = { "start",         "end",   "share_percent",
                                           "every_seconds", "until", NULL };

    return read_list(r, tg_schedule_dates[date].member, members, read_trial, s);
}

static int read_graces(const reader_t *r, tg_schedule_t *s, tg_date_t date)
{
    static const char *const members[] = { "start", "end", NULL };

    return read_list(r, tg_schedule_dates[date].member, members, read_grace, s);
}

static int (*const date_readers[])(const reader_t *r, tg_schedule_t *s, tg_date_t date) = {
    read_date,
    read_trials,
    read_graces,
};
TG_ROWS_ARE(date_readers, TG_DATE_KINDS);

static int read_dates(const reader_t *r, tg_schedule_t *s)
{
    int date = 0;

    while (date < TG_DATES && date_readers[tg_schedule_dates[date].kind](r, s, (tg_date_t)date)) {
        date++;
    }
    return date == TG_DATES;
}

static int read_schedule(const reader_t *r, void *into)
{
    tg_plan_t *plan = into;
    tg_schedule_t *s = tg_schedule_create(r->pool, NULL);

    if (!read_text(r, "name", &s->name)) {
        return 0;
    }
    if (!tg_schedule_is_name(s->name) || tg_plan_schedule(plan, s->name)) {
        return wrong(r, "name", "it is no name, or stands there twice");
    }
    if (!read_traits(r, s) || !read_dates(r, s) || !read_status(r, s) ||
        !read_optional(r, "info", &s->info) || !finish(r, s) || !is_same(r, s, plan->time)) {
        return 0;
    }
    APR_ARRAY_PUSH(plan->schedules, const tg_schedule_t *) = s;
    return 1;
}

/* --- who uses it --- */

/* A scope, and the plan that its gates go to. */
typedef struct {
    tg_plan_t *plan;
    tg_plan_use_t use;
} scope_t;

static int read_gate(const reader_t *r, void *into)
{
    scope_t *scope = into;
    tg_binding_t *binding = &scope->use.binding;
    const json_t *report_only = json_object_get(r->object, "report_only");
    const char *name, *as;

    if (!read_text(r, "schedule", &name) || !read_optional(r, "as", &as)) {
        return 0;
    }
    binding->schedule = tg_plan_schedule(scope->plan, name);
    binding->has_as = as != NULL;
    binding->as = as ? tg_phase_parse(as) : TG_PHASE_OBSERVE;
    binding->report_only = json_is_true(report_only);
    if (!binding->schedule) {
        return wrong(r, "schedule", "there is no schedule of that name");
    }
    if (binding->as == TG_PHASES) {
        return wrong(r, "as", "there is no such phase");
    }
    if (!json_is_boolean(report_only)) {
        return wrong(r, "report_only", "it is neither true nor false");
    }
    APR_ARRAY_PUSH(scope->plan->uses, tg_plan_use_t) = scope->use;
    return 1;
}

static int read_scope(const reader_t *r, void *into)
{
    static const char *const members[] = { "schedule", "as", "report_only", NULL };
    scope_t scope = { into, { NULL, NULL, { 0 } } };

    return read_text(r, "server", &scope.use.server) &&
           read_optional(r, "location", &scope.use.location) &&
           read_list(r, "gates", members, read_gate, &scope);
}

/* --- the document --- */

static int read_head(const reader_t *r, tg_plan_t *out)
{
    static const char *const members[] = {
        "version", "time", "state", "schedules", "scopes", NULL
    };
    const json_t *version = json_object_get(r->object, "version");

    if (!json_is_integer(version) || json_integer_value(version) != TG_PLAN_VERSION) {
        return wrong(r, "version", "it is missing, or another one than can be read here");
    }
    return has_members(r, members) && read_instant(r, "time", TG_NEVER, &out->time) &&
           read_optional(r, "state", &out->state) &&
           (out->time != TG_NEVER || wrong(r, "time", "it is no instant"));
}

static int read_schedules(const reader_t *r, tg_plan_t *out)
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
    return read_list(r, "schedules", members, read_schedule, out);
}

static int read_document(const reader_t *r, tg_plan_t *out)
{
    static const char *const scope[] = { "server", "location", "gates", NULL };

    out->schedules = apr_array_make(r->pool, 4, sizeof(const tg_schedule_t *));
    out->uses = apr_array_make(r->pool, 4, sizeof(tg_plan_use_t));
    return read_head(r, out) && read_schedules(r, out) &&
           read_list(r, "scopes", scope, read_scope, out);
}

int tg_plan_parse(apr_pool_t *pool, const char *text, apr_size_t length, tg_plan_t *out,
                  tg_fault_t *fault)
{
    json_error_t error;
    reader_t r = { pool, "", NULL, fault };
    json_t *root;
    int ok;

    if (length > TG_PLAN_MAX) {
        return tg_fault_set(fault, FIX, "it has more than %d bytes", (int)TG_PLAN_MAX);
    }
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        return tg_fault_set(fault, FIX, "line %d, column %d: %s", error.line, error.column,
                            error.text);
    }
    r.object = root;
    ok =
        json_is_object(root) ? read_document(&r, out) : tg_fault_set(fault, FIX, "it is no object");
    if (ok) {
        out->scopes = tg_json_print(pool, json_incref(json_object_get(root, "scopes")), SORTED);
    }
    json_decref(root);
    return ok;
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
