/* tlsgate-verify: see verify_page.h. Field names are those of howsmyssl.com's /a/check where they
 * fit. Members that come from the ClientHello are null where the TLS module of this server does
 * not show it. */
#include "verify_page.h"

#include "verify_frame.h"
#include "verify_history.h"

#include "base/json.h"
#include "format/plan.h"
#include "format/trip.h"
#include "report/wording.h"
#include "server/request/request_sighting.h"
#include "server/request/respond.h"
#include "tls/offered.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

/* The outcome as the schedule alone has it: whether a line says as= or
 * report-only is the operator's business. */
static tg_outcome_t plain_outcome(const tg_outcome_t *o, const tg_subject_t *subject,
                                  tg_binding_t *binding)
{
    binding->schedule = o->binding->schedule;
    binding->has_as = 0;
    binding->report_only = 0;
    return tg_outcome_of(binding, subject);
}

static int is_announced(const tg_outcome_t *o)
{
    return o->phase != TG_PHASE_OBSERVE;
}

static void note_dates(tg_self_test_t *t, const tg_outcome_t *o)
{
    tg_instant_t breaks = tg_outcome_sunset(o, &t->d->subject);
    tg_interval_t trial;

    t->breaks = breaks < t->breaks ? breaks : t->breaks;
    if (tg_outcome_next_trial(o, &t->d->subject, &trial) && trial.start < t->trial.start) {
        t->trial = trial;
    }
}

/* Windows of other schedules may follow it without a gap. */
static void extend_trial(tg_self_test_t *t)
{
    tg_subject_t subject = t->d->subject;
    tg_outcome_t *then = apr_palloc(t->r->pool, (apr_size_t)t->count * sizeof(*then));
    int i;

    if (t->trial.start > subject.now) {
        subject.now = t->trial.start;
    }
    for (i = 0; i < t->count; i++) {
        then[i] = tg_outcome_of(t->outcomes[i].binding, &subject);
    }
    tg_verdict_retry(tg_verdict_decide(then, t->count), then, t->count, &subject, &t->trial.end);
}

/* Where one path of a host is retired, whatever comes, no client of the host has to change. */
static int is_of_another_path(const request_rec *r, const tg_decision_t *d,
                              const tg_schedule_t *schedule)
{
    const tg_scope_t *scope = tg_conf_scope(r->server->lookup_defaults);
    int i;

    if (tg_schedule_reason(schedule, d->over->protocol, d->over->traits) != TG_REASON_ANY) {
        return 0;
    }
    for (i = 0; scope && i < scope->bindings->nelts; i++) {
        if (APR_ARRAY_IDX(scope->bindings, i, const tg_binding_t *)->schedule == schedule) {
            return 0;
        }
    }
    return 1;
}

static void explain_cause(tg_self_test_t *t)
{
    const tg_transport_t *over = t->d->over;
    const tg_schedule_t *schedule = tg_verdict_decide(t->outcomes, t->count)->binding->schedule;

    const tg_reason_t reason = tg_schedule_reason(schedule, over->protocol, over->traits);

    t->cause = tg_decision_cause(t->d, schedule, 1);
    if (reason == TG_REASON_PROTOCOL) {
        t->needed = tg_schedule_needed(reason, over->protocol, t->announced);
    }
    t->why = tg_cause_sentence(t->r->pool, t->cause, over->offer, over->session->known, reason,
                               t->needed);
    t->advice = tg_decision_advice(t->r, t->d, t->cause);
}

/* Of the dates from which something is rejected for good, the next one, or else the last. */
static int is_nearer(tg_instant_t t, tg_instant_t than, tg_instant_t now)
{
    if (t == TG_NEVER || than == TG_NEVER) {
        return t != TG_NEVER;
    }
    return (t > now) != (than > now) ? t > now : t > now ? t < than : t > than;
}

/* What the host has announced, whether or not it concerns this caller. */
static void note_host(tg_self_test_t *t, const apr_array_header_t *gates)
{
    const tg_subject_t *subject = &t->d->subject;
    int i;

    for (i = 0; i < gates->nelts; i++) {
        const tg_schedule_t *s = APR_ARRAY_IDX(gates, i, tg_gate_ref_t *)->entry->schedule;
        const tg_override_t *o = tg_override_find(subject->overrides, s->name);
        tg_instant_t good = tg_phase_rejected_for_good(s, o);

        if (tg_phase_at(s, o, subject->now, TG_BUCKET_EVERYONE) == TG_PHASE_OBSERVE ||
            is_of_another_path(t->r, t->d, s)) {
            continue;
        }
        t->announced |= s->traits;
        if (!t->retires || is_nearer(good, t->retired, subject->now)) {
            t->retires = s;
            t->retired = good;
        }
    }
}

static tg_self_test_t test_connection(request_rec *r)
{
    apr_array_header_t *gates = tg_conf_gates_of_server(r->pool, r->server);
    tg_outcome_t *weighed = apr_pcalloc(r->pool, (apr_size_t)gates->nelts * sizeof(tg_outcome_t));
    tg_decision_t *d = tg_decision_test(r, gates);
    tg_self_test_t t = { .r = r,
                         .d = d,
                         .breaks = TG_NEVER,
                         .trial = { TG_NEVER, TG_NEVER },
                         .cause = TG_CAUSE_NONE,
                         .needed = TG_PROTOCOLS,
                         .retired = TG_NEVER };
    int i, n = tg_decision_weigh(r, d, gates, weighed);

    tg_request_sighting_arrange(r, d);
    t.outcomes = apr_pcalloc(r->pool, (apr_size_t)n * sizeof(tg_outcome_t));
    for (i = 0; i < n; i++) {
        tg_binding_t *binding = apr_palloc(r->pool, sizeof(*binding));
        tg_outcome_t o = plain_outcome(&weighed[i], &d->subject, binding);

        if (is_announced(&o) && !is_of_another_path(r, d, binding->schedule)) {
            note_dates(&t, &o);
            t.outcomes[t.count++] = o;
        }
    }
    note_host(&t, gates);
    t.history = tg_verify_history(r, d, gates);
    if (t.count) {
        if (t.trial.start != TG_NEVER) {
            extend_trial(&t);
        }
        explain_cause(&t);
    }
    return t;
}

static json_t *schedules_json(const tg_self_test_t *t)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < t->count; i++) {
        const tg_schedule_t *schedule = t->outcomes[i].binding->schedule;
        tg_phase_t next;
        tg_instant_t change = tg_outcome_next_change(&t->outcomes[i], &t->d->subject, &next);
        json_t *item = tg_plan_json(
            schedule, tg_override_find(t->d->subject.overrides, schedule->name), t->d->subject.now);

        /* This caller's own: a share may leave it out of a trial. */
        json_object_set_new(item, "phase", json_string(tg_phase_name(t->outcomes[i].phase)));
        json_object_set_new(item, "next_change", tg_json_instant(change));
        json_object_set_new(item, "next_phase",
                            tg_json_text(change == TG_NEVER ? NULL : tg_phase_name(next)));
        json_object_set_new(
            item, "stopped",
            tg_trip_stop_json(tg_self_test_stopped(t, &t->outcomes[i]), t->d->subject.now));
        json_array_append_new(list, item);
    }
    return list;
}

/* `TLS 1.2`, as howsmyssl writes it. */
static const char *version_of(const tg_self_test_t *t)
{
    tg_protocol_t protocol = t->d->over->protocol;

    return tg_protocol_family(protocol) ? tg_wording_protocol(t->r->pool, protocol) : NULL;
}

static const char *test_as_json(const tg_self_test_t *t)
{
    const tg_decision_t *d = t->d;
    json_t *root = json_object();

    json_object_set_new(root, "time", tg_json_instant(d->subject.now));
    json_object_set_new(root, "deprecated", json_boolean(t->count > 0));
    json_object_set_new(root, "tls_version", tg_json_text(version_of(t)));
    json_object_set_new(root, "protocol", json_string(tg_protocol_name(d->over->protocol)));
    json_object_set_new(root, "cipher", tg_json_text(tg_self_test_cipher(t)));
    json_object_set_new(root, "tls_group", tg_json_text(tg_registry_group(d->over->group)));
    json_object_set_new(root, "client", json_string(d->identity.shown));
    tg_offered_json(root, d->over->offer);
    json_object_set_new(root, "cause", tg_json_text(tg_cause_name(t->cause)));
    json_object_set_new(root, "cause_detail", tg_json_text(t->why));
    json_object_set_new(root, "rejected_for_good", tg_json_instant(t->breaks));
    json_object_set_new(root, "next_trial",
                        t->trial.start != TG_NEVER ? tg_json_interval(&t->trial) : json_null());
    json_object_set_new(root, "advice", tg_json_text(t->advice));
    json_object_set_new(root, "schedules", schedules_json(t));
    if (t->history) {
        json_object_set_new(root, "history", tg_verify_history_json(t->history));
    }
    return tg_json_print(t->r->pool, root, JSON_INDENT(2));
}

static const char *body_of(const tg_self_test_t *t, tg_type_t type)
{
    tg_frame_t frame;

    if (type == TG_TYPE_JSON) {
        return test_as_json(t);
    }
    tg_verify_frame_fill(&frame, t, type);
    return tg_respond_frame(&frame, type);
}

int tg_verify_page_answer(request_rec *r)
{
    tg_type_t type;
    tg_self_test_t test;
    int status;

    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_POST, M_OPTIONS, -1);
    if (r->method_number == M_OPTIONS) {
        return tg_respond_by_core(r);
    }
    if (r->method_number != M_GET && r->method_number != M_POST) {
        return HTTP_METHOD_NOT_ALLOWED;
    }
    status = ap_discard_request_body(r);
    if (status != OK) {
        return status;
    }
    test = test_connection(r);
    type = tg_negotiate_type(r);
    if (r->status == HTTP_OK && test.count) { /* an error document keeps the error's */
        r->status = HTTP_BAD_REQUEST;
    }
    tg_respond_unstored(r);
    tg_respond_send(r, type, "application/json", body_of(&test, type));
    return OK;
}
