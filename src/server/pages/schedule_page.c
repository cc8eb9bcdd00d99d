/* tlsgate-schedule: see schedule_page.h. Schedules that are not announced yet do not
 * exist to the outside. */
#include "schedule_page.h"

#include "base/json.h"
#include "base/rows.h"
#include "format/plan.h"
#include "format/trip.h"
#include "report/schedule_frame.h"
#include "report/wording.h"
#include "server/base/page_names.h"
#include "server/request/respond.h"
#include "server/state/state_cache.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

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

        json_t *schedule = tg_plan_json(item->schedule, item->override, v->now);

        json_object_set_new(schedule, "stopped", tg_trip_stop_json(item->override, v->now));
        json_array_append_new(schedules, schedule);
    }
    json_object_set_new(root, "time", tg_json_instant(v->now));
    json_object_set_new(root, "schedules", schedules);
    return tg_json_print(v->pool, root, JSON_INDENT(2));
}

/* `trial until 2018-07-10T10:23:00Z, then announced` */
static void add_phase(const page_view_t *v, tg_frame_t *frame, const shown_schedule_t *item)
{
    tg_item_t row = { TG_FRAME_DATE, .label = "Phase now" };
    tg_phase_t phase = phase_of(v, item), next;
    tg_instant_t change =
        tg_phase_next_change(item->schedule, item->override, v->now, TG_BUCKET_EVERYONE, &next);

    row.value = tg_wording_course(v->pool, phase, change, next);
    row.more = tg_wording_phases(v->pool, phase, change, next);
    tg_frame_add_date(frame, &row);
}

static void add_schedule(const page_view_t *v, tg_frame_t *frame, const shown_schedule_t *item)
{
    const tg_schedule_t *s = item->schedule;

    tg_frame_add_part(frame, TG_PART_SECTION, tg_schedule_frame_heading(v->pool, s));
    add_phase(v, frame, item);
    tg_schedule_frame_dates(frame, s, item->override, TG_READERS_ALL);
    tg_frame_add(frame, TG_ITEM_FACT, "Schedule", s->name);
    tg_frame_add(frame, TG_ITEM_FACT, "Deprecates", tg_plan_traits(v->pool, s));
    tg_frame_add(frame, TG_ITEM_LINK, "More about this change", s->info);
}

/* What the names of the phases mean, in the order of time. */
static void add_words(tg_frame_t *frame)
{
    int phase;

    tg_frame_add_part(frame, TG_PART_SECTION, "What the words mean");
    for (phase = TG_PHASE_ANNOUNCED; phase < TG_PHASES; phase++) {
        tg_frame_add(frame, TG_ITEM_FACT, tg_phase_name((tg_phase_t)phase),
                     tg_wording_phase((tg_phase_t)phase));
    }
}

static const char *schedules_as_page(const page_view_t *v, request_rec *r, tg_type_t type,
                                     const apr_array_header_t *list)
{
    tg_frame_t frame;
    int i;

    tg_frame_begin(&frame, v->pool, v->now, "Deprecation schedule");
    frame.host = tg_page_host(r);
    frame.lead = list->nelts ? "What this host retires, and when. All times are in UTC."
                             : "Nothing is announced for this host.";
    for (i = 0; i < list->nelts; i++) {
        add_schedule(v, &frame, &APR_ARRAY_IDX(list, i, shown_schedule_t));
    }
    tg_frame_add_part(&frame, TG_PART_SECTION, "Am I affected?");
    tg_frame_add(&frame, TG_ITEM_LINK, "Test a client: open this with it",
                 tg_page_url(r, TG_PAGE_VERIFY));
    if (list->nelts) {
        add_words(&frame);
    }
    return tg_respond_frame(&frame, type);
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
    tg_respond_unstored(r);
    tg_respond_send(r, type, "application/json",
                    type == TG_TYPE_JSON ? schedules_as_json(&v, list)
                                         : schedules_as_page(&v, r, type, list));
    return OK;
}
