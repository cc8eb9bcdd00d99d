/* tlsgate-schedule: see schedule_page.h. Schedules that are not announced yet do not
 * exist to the outside. */
#include "schedule_page.h"

#include "base/json.h"
#include "base/rows.h"
#include "format/plan.h"
#include "server/base/conf.h"
#include "server/request/respond.h"
#include "server/state/state_cache.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

/** The most trials that the page lists for a schedule; the JSON has them all. */
#define TRIALS_SHOWN 20

/* The time of the request, and what is in force then. */
typedef struct {
    apr_pool_t *pool;
    tg_instant_t now;
    const tg_override_set_t *overrides;
} page_view_t;

/* A schedule and what overrides it, or NULL. */
typedef struct {
    const tg_schedule_t *schedule;
    const tg_override_t *override;
} shown_schedule_t;

static tg_phase_t phase_of(const page_view_t *v, const shown_schedule_t *item)
{
    return tg_phase_at(item->schedule, item->override, v->now, TG_BUCKET_EVERYONE);
}

/* The announced schedules that apply somewhere in this vhost; of shown_schedule_t. */
static apr_array_header_t *announced_schedules(const page_view_t *v, const server_rec *server)
{
    apr_array_header_t *gates = tg_conf_gates_of_server(v->pool, server);
    apr_array_header_t *list = apr_array_make(v->pool, gates->nelts, sizeof(shown_schedule_t));
    int i;

    for (i = 0; i < gates->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(gates, i, tg_gate_ref_t *)->entry->schedule;
        shown_schedule_t item = { s, tg_override_find(v->overrides, s->name) };

        if (phase_of(v, &item) != TG_PHASE_OBSERVE) {
            APR_ARRAY_PUSH(list, shown_schedule_t) = item;
        }
    }
    return list;
}

static const char *schedules_as_json(const page_view_t *v, const apr_array_header_t *list)
{
    json_t *schedules = json_array();
    json_t *root = json_object();
    int i;

    for (i = 0; i < list->nelts; i++) {
        const shown_schedule_t *item = &APR_ARRAY_IDX(list, i, shown_schedule_t);

        json_array_append_new(schedules, tg_plan_json(item->schedule, item->override, v->now));
    }
    json_object_set_new(root, "time", tg_json_instant(v->now));
    json_object_set_new(root, "schedules", schedules);
    return tg_json_print(v->pool, root, JSON_INDENT(2));
}

static void add_fact(apr_array_header_t *facts, const char *label, const char *value)
{
    tg_fact_t *fact = apr_array_push(facts);

    fact->label = label;
    fact->value = value;
    fact->is_link = 0;
}

static void add_date(apr_pool_t *pool, apr_array_header_t *facts, const char *label, tg_instant_t t)
{
    if (t != TG_ALWAYS && t != TG_NEVER) {
        add_fact(facts, label, tg_instant_text(pool, t));
    }
}

static void add_instant(const page_view_t *v, apr_array_header_t *facts,
                        const shown_schedule_t *item, tg_date_t date)
{
    add_date(v->pool, facts, tg_schedule_dates[date].title,
             tg_phase_date(item->schedule, item->override, date));
}

static void add_trials(const page_view_t *v, apr_array_header_t *facts,
                       const shown_schedule_t *item, tg_date_t date)
{
    const apr_array_header_t *trials = item->schedule->trials;
    int i;

    for (i = 0; i < trials->nelts && i < TRIALS_SHOWN; i++) {
        add_fact(facts, tg_schedule_dates[date].title,
                 tg_trial_text(v->pool, &APR_ARRAY_IDX(trials, i, tg_trial_t)));
    }
    if (trials->nelts > TRIALS_SHOWN) {
        add_fact(facts, "More trials", apr_itoa(v->pool, trials->nelts - TRIALS_SHOWN));
    }
}

static void add_graces(const page_view_t *v, apr_array_header_t *facts,
                       const shown_schedule_t *item, tg_date_t date)
{
    int i, n;
    const tg_interval_t *graces = tg_phase_graces(item->schedule, item->override, &n);

    for (i = 0; i < n; i++) {
        add_fact(facts, tg_schedule_dates[date].title, tg_interval_text(v->pool, &graces[i]));
    }
}

static void (*const date_facts[])(const page_view_t *v, apr_array_header_t *facts,
                                  const shown_schedule_t *item, tg_date_t date) = {
    add_instant,
    add_trials,
    add_graces,
};
TG_ROWS_ARE(date_facts, TG_DATE_KINDS);

/* `trial until 2018-07-10T10:23:00Z, then announced` */
static const char *phase_text(const page_view_t *v, const shown_schedule_t *item)
{
    const char *phase = tg_phase_name(phase_of(v, item));
    tg_phase_t next;
    tg_instant_t change =
        tg_phase_next_change(item->schedule, item->override, v->now, TG_BUCKET_EVERYONE, &next);

    return change == TG_NEVER
               ? phase
               : apr_pstrcat(v->pool, phase, " until ", tg_instant_text(v->pool, change), ", then ",
                             tg_phase_name(next), NULL);
}

static void add_schedule(const page_view_t *v, apr_array_header_t *facts,
                         const shown_schedule_t *item)
{
    const tg_schedule_t *s = item->schedule;
    apr_pool_t *pool = v->pool;
    int date;

    add_fact(facts, "Schedule", s->name);
    add_fact(facts, "Deprecates", tg_plan_traits(pool, s));
    add_fact(facts, "Phase now", phase_text(v, item));
    for (date = 0; date < TG_DATES; date++) {
        date_facts[tg_schedule_dates[date].kind](v, facts, item, (tg_date_t)date);
    }
    add_date(pool, facts, "Rejected for good from", tg_phase_rejected_for_good(s, item->override));
    add_fact(facts, "More", s->info);
    APR_ARRAY_IDX(facts, facts->nelts - 1, tg_fact_t).is_link = 1;
}

static const char *schedules_as_page(const page_view_t *v, tg_type_t type,
                                     const apr_array_header_t *list)
{
    apr_array_header_t *facts = apr_array_make(v->pool, 16, sizeof(tg_fact_t));
    char buf[TG_INSTANT_STRLEN];
    tg_frame_t page = { "Deprecation schedule", NULL, NULL };
    int i;

    for (i = 0; i < list->nelts; i++) {
        add_schedule(v, facts, &APR_ARRAY_IDX(list, i, shown_schedule_t));
    }
    add_fact(facts, NULL, NULL);
    page.facts = (const tg_fact_t *)(void *)facts->elts;
    page.lead = apr_pstrcat(v->pool,
                            list->nelts ? "What is announced for this host, in UTC, as of "
                                        : "Nothing is announced for this host as of ",
                            tg_instant_format(v->now, buf), ".", NULL);
    return type == TG_TYPE_HTML ? tg_frame_html(v->pool, &page) : tg_frame_text(v->pool, &page);
}

int tg_schedule_page_answer(request_rec *r)
{
    page_view_t v = { r->pool, apr_time_sec(r->request_time), NULL };
    const apr_array_header_t *list;
    tg_type_t type;

    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_OPTIONS, -1);
    if (r->method_number == M_OPTIONS) {
        return tg_respond_by_core(r);
    }
    if (r->method_number != M_GET) {
        return HTTP_METHOD_NOT_ALLOWED;
    }
    v.overrides = tg_state_cache_overrides(r->server, r->pool, NULL, NULL);
    list = announced_schedules(&v, r->server);
    type = tg_negotiate_type(r);
    apr_table_setn(r->headers_out, "Cache-Control", "no-cache");
    apr_table_setn(r->headers_out, "Vary", "Accept");
    tg_respond_send(r, type, "application/json",
                    type == TG_TYPE_JSON ? schedules_as_json(&v, list)
                                         : schedules_as_page(&v, type, list));
    return OK;
}
