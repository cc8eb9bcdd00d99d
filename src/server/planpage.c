/* tlsgate-schedule: see planpage.h. Schedules that are not announced yet do not
 * exist to the outside. */
#include "planpage.h"

#include "conf.h"
#include "page.h"

#include "../policy/plan.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

/** The most trials that the page lists for a schedule; the JSON has them all. */
#define TRIALS_SHOWN 20

static int is_announced(const tg_schedule_t *s, tg_instant_t now)
{
    return tg_phase_at(s, NULL, now, TG_BUCKET_EVERYONE) != TG_PHASE_OBSERVE;
}

/* The announced schedules that apply somewhere in this vhost; of tg_schedule_t *. */
static apr_array_header_t *announced(request_rec *r, tg_instant_t now)
{
    apr_array_header_t *gates = tg_conf_gates_of_server(r->pool, r->server);
    apr_array_header_t *list = apr_array_make(r->pool, gates->nelts, sizeof(tg_schedule_t *));
    int i;

    for (i = 0; i < gates->nelts; i++) {
        tg_schedule_t *s = APR_ARRAY_IDX(gates, i, tg_gate_t *)->entry->schedule;

        if (is_announced(s, now)) {
            APR_ARRAY_PUSH(list, tg_schedule_t *) = s;
        }
    }
    return list;
}

static const char *as_json(request_rec *r, const apr_array_header_t *list, tg_instant_t now)
{
    json_t *schedules = json_array();
    json_t *root = json_object();
    int i;

    for (i = 0; i < list->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(list, i, tg_schedule_t *);

        json_array_append_new(schedules, tg_plan_json(s, NULL, now));
    }
    json_object_set_new(root, "time", tg_plan_instant(now));
    json_object_set_new(root, "schedules", schedules);
    return tg_plan_print(r->pool, root, JSON_INDENT(2));
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
    char buf[TG_INSTANT_STRLEN];

    if (t != TG_ALWAYS && t != TG_NEVER) {
        add_fact(facts, label, apr_pstrdup(pool, tg_instant_format(t, buf)));
    }
}

/* "A to B, every PT1H until C, for 25% of the clients" */
static const char *trial_text(apr_pool_t *pool, const tg_trial_t *trial)
{
    char start[TG_INSTANT_STRLEN], end[TG_INSTANT_STRLEN], until[TG_INSTANT_STRLEN];
    char every[TG_DURATION_STRLEN];
    const char *text = apr_pstrcat(pool, tg_instant_format(trial->first.start, start), " to ",
                                   tg_instant_format(trial->first.end, end), NULL);

    if (trial->every > 0) {
        text = apr_pstrcat(pool, text, ", every ", tg_duration_format(trial->every, every),
                           " until ", tg_instant_format(trial->until, until), NULL);
    }
    return trial->share < 100
               ? apr_psprintf(pool, "%s, for %d%% of the clients", text, trial->share)
               : text;
}

static void add_trials(apr_pool_t *pool, apr_array_header_t *facts, const tg_schedule_t *s)
{
    int i;

    for (i = 0; i < s->trials->nelts && i < TRIALS_SHOWN; i++) {
        add_fact(facts, "Trial", trial_text(pool, &APR_ARRAY_IDX(s->trials, i, tg_trial_t)));
    }
    if (s->trials->nelts > TRIALS_SHOWN) {
        add_fact(facts, "More trials", apr_itoa(pool, s->trials->nelts - TRIALS_SHOWN));
    }
}

static void add_graces(apr_pool_t *pool, apr_array_header_t *facts, const tg_schedule_t *s)
{
    char start[TG_INSTANT_STRLEN], end[TG_INSTANT_STRLEN];
    int i;

    for (i = 0; i < s->graces->nelts; i++) {
        const tg_interval_t *g = &APR_ARRAY_IDX(s->graces, i, tg_interval_t);

        add_fact(facts, "Grace",
                 apr_pstrcat(pool, tg_instant_format(g->start, start), " to ",
                             tg_instant_format(g->end, end), NULL));
    }
}

static void add_schedule(apr_pool_t *pool, apr_array_header_t *facts, const tg_schedule_t *s,
                         tg_instant_t now)
{
    add_fact(facts, "Schedule", s->name);
    add_fact(facts, "Deprecates", tg_plan_traits(pool, s));
    add_fact(facts, "Phase now", tg_phase_name(tg_phase_at(s, NULL, now, TG_BUCKET_EVERYONE)));
    add_date(pool, facts, "Announced", s->announce);
    add_trials(pool, facts, s);
    add_date(pool, facts, "Cutoff", tg_phase_cutoff(s, NULL));
    add_graces(pool, facts, s);
    add_date(pool, facts, "Refused from", tg_phase_refuse(s, NULL));
    add_date(pool, facts, "Rejected for good from", tg_phase_rejected_for_good(s, NULL));
    add_fact(facts, "More", s->info);
    APR_ARRAY_IDX(facts, facts->nelts - 1, tg_fact_t).is_link = 1;
}

static const char *as_page(request_rec *r, tg_type_t type, const apr_array_header_t *list,
                           tg_instant_t now)
{
    apr_array_header_t *facts = apr_array_make(r->pool, 16, sizeof(tg_fact_t));
    char buf[TG_INSTANT_STRLEN];
    tg_page_t page = { "Deprecation schedule", NULL, NULL };
    int i;

    for (i = 0; i < list->nelts; i++) {
        add_schedule(r->pool, facts, APR_ARRAY_IDX(list, i, tg_schedule_t *), now);
    }
    add_fact(facts, NULL, NULL);
    page.facts = (const tg_fact_t *)(void *)facts->elts;
    page.lead = apr_pstrcat(r->pool,
                            list->nelts ? "What is announced for this host, in UTC, as of "
                                        : "Nothing is announced for this host as of ",
                            tg_instant_format(now, buf), ".", NULL);
    return type == TG_TYPE_HTML ? tg_page_html(r->pool, &page) : tg_page_text(r->pool, &page);
}

int tg_planpage_answer(request_rec *r)
{
    tg_instant_t now = apr_time_sec(r->request_time);
    const apr_array_header_t *list;
    tg_type_t type;

    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_OPTIONS, -1);
    if (r->method_number == M_OPTIONS) {
        return DECLINED;
    }
    if (r->method_number != M_GET) {
        return HTTP_METHOD_NOT_ALLOWED;
    }
    list = announced(r, now);
    type = tg_accept_choose(r);
    apr_table_setn(r->headers_out, "Cache-Control", "no-cache");
    apr_table_setn(r->headers_out, "Vary", "Accept");
    tg_page_send(r, type, "application/json",
                 type == TG_TYPE_JSON ? as_json(r, list, now) : as_page(r, type, list, now));
    return OK;
}
