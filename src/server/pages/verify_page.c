/* tlsgate-verify: see verify_page.h. Field names are those of howsmyssl.com's /a/check where they
 * fit. Members that come from the ClientHello are null where the TLS module of this server does
 * not show it. */
#include "verify_page.h"

#include "base/json.h"
#include "format/plan.h"
#include "server/request/decision.h"
#include "server/request/request_sighting.h"
#include "server/request/respond.h"
#include "tls/offered.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <http_ssl.h>

/** The lines of the page, and the end of them. */
#define FACTS 15

/* What the answer is made from. */
typedef struct {
    request_rec *r;
    const tg_decision_t *d;
    tg_outcome_t *outcomes; /* those of announced schedules */
    int count;
    tg_instant_t breaks; /* when this caller is rejected for good */
    tg_interval_t trial; /* the next that concerns this caller; starts at TG_NEVER: none */
    tg_cause_t cause;    /* of the schedule that decides, as far as the caller may know it */
    const char *why;     /* the same in a sentence */
    const char *advice;
} self_test_t;

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

static void note_dates(self_test_t *t, const tg_outcome_t *o)
{
    tg_instant_t breaks = tg_outcome_sunset(o, &t->d->subject);
    tg_interval_t trial;

    t->breaks = breaks < t->breaks ? breaks : t->breaks;
    if (tg_outcome_next_trial(o, &t->d->subject, &trial) && trial.start < t->trial.start) {
        t->trial = trial;
    }
}

static void explain_cause(self_test_t *t)
{
    const tg_transport_t *over = t->d->over;
    const tg_schedule_t *schedule = tg_verdict_decide(t->outcomes, t->count)->binding->schedule;

    t->cause = tg_decision_cause(t->d, schedule, 1);
    t->why = tg_cause_sentence(t->r->pool, t->cause, over->offer, over->session->known,
                               tg_schedule_reason(schedule, over->protocol, over->traits));
    t->advice = tg_decision_advice(t->r, t->d, t->cause);
}

static self_test_t test_connection(request_rec *r)
{
    apr_array_header_t *gates = tg_conf_gates_of_server(r->pool, r->server);
    tg_outcome_t *weighed = apr_pcalloc(r->pool, (apr_size_t)gates->nelts * sizeof(tg_outcome_t));
    tg_decision_t *d = tg_decision_test(r, gates);
    self_test_t t = { r, d, NULL, 0, TG_NEVER, { TG_NEVER, TG_NEVER }, TG_CAUSE_NONE, NULL, NULL };
    int i, n = tg_decision_weigh(r, d, gates, weighed);

    tg_request_sighting_arrange(r, d);
    t.outcomes = apr_pcalloc(r->pool, (apr_size_t)n * sizeof(tg_outcome_t));
    for (i = 0; i < n; i++) {
        tg_binding_t *binding = apr_palloc(r->pool, sizeof(*binding));
        tg_outcome_t o = plain_outcome(&weighed[i], &d->subject, binding);

        if (is_announced(&o)) {
            note_dates(&t, &o);
            t.outcomes[t.count++] = o;
        }
    }
    if (t.count) {
        explain_cause(&t);
    }
    return t;
}

static json_t *schedules_json(const self_test_t *t)
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
        json_array_append_new(list, item);
    }
    return list;
}

/* `TLS 1.2`, as howsmyssl writes it. */
static const char *spaced_version(const self_test_t *t)
{
    tg_protocol_t protocol = t->d->over->protocol;
    const char *family = tg_protocol_family(protocol);

    return family ? apr_psprintf(t->r->pool, "%s %s", strcmp(family, "ssl") == 0 ? "SSL" : "TLS",
                                 tg_protocol_version(protocol))
                  : NULL;
}

/* The connection record keeps it only where a schedule may want to know. */
static const char *cipher_of(const self_test_t *t)
{
    const char *cipher = t->d->over->session->cipher;

    if (!cipher) {
        cipher = ap_ssl_var_lookup(t->r->pool, t->r->server, t->r->connection, t->r, "SSL_CIPHER");
    }
    return cipher && *cipher ? tg_registry_cipher_name(cipher) : NULL;
}

static const char *test_as_json(const self_test_t *t)
{
    const tg_decision_t *d = t->d;
    json_t *root = json_object();

    json_object_set_new(root, "time", tg_json_instant(d->subject.now));
    json_object_set_new(root, "deprecated", json_boolean(t->count > 0));
    json_object_set_new(root, "tls_version", tg_json_text(spaced_version(t)));
    json_object_set_new(root, "protocol", json_string(tg_protocol_name(d->over->protocol)));
    json_object_set_new(root, "cipher", tg_json_text(cipher_of(t)));
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
    return tg_json_print(t->r->pool, root, JSON_INDENT(2));
}

static const char *instant_or(const self_test_t *t, tg_instant_t instant, const char *otherwise)
{
    return instant == TG_NEVER ? otherwise : tg_instant_text(t->r->pool, instant);
}

static const char *trial_text(const self_test_t *t)
{
    return t->trial.start != TG_NEVER ? tg_interval_text(t->r->pool, &t->trial) : NULL;
}

/* The first date from which a program sees a TLS error and nothing else. */
static const char *refused_text(const self_test_t *t)
{
    const tg_schedule_t *first = NULL;
    tg_instant_t from = TG_NEVER;
    int i;

    for (i = 0; i < t->count; i++) {
        const tg_schedule_t *schedule = t->outcomes[i].binding->schedule;
        tg_instant_t refuse = tg_conf_handshake_binding(t->r->server, schedule)
                                  ? tg_outcome_refused_from(&t->outcomes[i], &t->d->subject)
                                  : TG_NEVER;

        first = refuse < from ? schedule : first;
        from = refuse < from ? refuse : from;
    }
    return first && tg_decision_cause(t->d, first, 1) == TG_CAUSE_CAPABLE
               ? apr_pstrcat(t->r->pool, tg_instant_text(t->r->pool, from),
                             ", unless the server has something better that your client offers",
                             NULL)
               : instant_or(t, from, NULL);
}

/* `legacy: trial until 2018-07-10T10:23:00Z, then announced; other: announced` */
static const char *phases_text(const self_test_t *t)
{
    const char *text = NULL;
    int i;

    for (i = 0; i < t->count; i++) {
        const tg_outcome_t *o = &t->outcomes[i];
        tg_phase_t next;
        tg_instant_t change = tg_outcome_next_change(o, &t->d->subject, &next);

        text = apr_pstrcat(t->r->pool, text ? text : "", text ? "; " : "",
                           o->binding->schedule->name, ": ", tg_phase_name(o->phase), NULL);
        if (change != TG_NEVER) {
            text = apr_pstrcat(t->r->pool, text, " until ", tg_instant_text(t->r->pool, change),
                               ", then ", tg_phase_name(next), NULL);
        }
    }
    return text;
}

/* The link of the first schedule that has one. */
static const char *info_of(const self_test_t *t)
{
    int i;

    for (i = 0; i < t->count; i++) {
        if (t->outcomes[i].binding->schedule->info) {
            return t->outcomes[i].binding->schedule->info;
        }
    }
    return NULL;
}

static int is_rejected_now(const self_test_t *t)
{
    int i;

    for (i = 0; i < t->count; i++) {
        if (t->outcomes[i].action >= TG_ACTION_REJECT) {
            return 1;
        }
    }
    return 0;
}

static const char *lead_of(const self_test_t *t)
{
    tg_protocol_t protocol = t->d->over->protocol;
    const char *what =
        protocol == TG_PROTOCOL_CLEARTEXT ? "plain HTTP" : tg_protocol_name(protocol);
    const char *then = ". No announced schedule of this host deprecates that.";

    if (t->count) {
        then = is_rejected_now(t) ? ". By the schedule such requests are rejected at this moment."
                                  : ". Change your client before such requests are rejected.";
    }
    return apr_pstrcat(t->r->pool, "You are connected over ", what, then, NULL);
}

/* The only text of the page that is the caller's. HTML escapes it. */
static const char *client_text(const self_test_t *t, tg_type_t type)
{
    const char *shown = t->d->identity.shown;

    return type == TG_TYPE_TEXT ? tg_respond_unmarked(t->r->pool, shown) : shown;
}

static tg_frame_t test_as_page(const self_test_t *t, tg_type_t type, tg_fact_t *facts)
{
    const tg_fact_t all[FACTS] = {
        { "Protocol", tg_protocol_name(t->d->over->protocol), 0 },
        { "Cipher", cipher_of(t), 0 },
        { "Group", tg_registry_group(t->d->over->group), 0 },
        { "Offered", tg_offered_versions(t->r->pool, t->d->over->offer), 0 },
        { "JA4", tg_connection_ja4(t->r->pool, t->d->over->offer), 0 },
        { "Client", client_text(t, type), 0 },
        { "Time", instant_or(t, t->d->subject.now, ""), 0 },
        { "Schedules", phases_text(t), 0 },
        { "Rejected for good from", t->count ? instant_or(t, t->breaks, "no date yet") : NULL, 0 },
        { "Refused in the handshake from", refused_text(t), 0 },
        { "Trial, open or next", trial_text(t), 0 },
        { "Why", t->why, 0 },
        { "What to do", t->advice, 0 },
        { "More", info_of(t), 1 },
        { NULL, NULL, 0 },
    };
    tg_frame_t page = { t->count ? "Your connection is deprecated" : "Your connection is ready",
                        lead_of(t), facts };

    memcpy(facts, all, sizeof(all));
    return page;
}

static const char *body_of(const self_test_t *t, tg_type_t type)
{
    tg_fact_t facts[FACTS];
    tg_frame_t page;

    if (type == TG_TYPE_JSON) {
        return test_as_json(t);
    }
    page = test_as_page(t, type, facts);
    return type == TG_TYPE_HTML ? tg_frame_html(t->r->pool, &page)
                                : tg_frame_text(t->r->pool, &page);
}

int tg_verify_page_answer(request_rec *r)
{
    tg_type_t type;
    self_test_t test;
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
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    tg_respond_send(r, type, "application/json", body_of(&test, type));
    return OK;
}
