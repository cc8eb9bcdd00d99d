/* tlsgatectl simulate: what would happen to a client at an instant, and why. The answer is
 * made by the functions that httpd answers with.
 */
#include "cmd.h"

#include "base/json.h"
#include "ctl/client_operand.h"
#include "ctl/in_force.h"
#include "ctl/time_options.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* The question. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_ctl_in_force_t view;
    tg_protocol_t protocol;
    tg_subject_t subject;
    apr_array_header_t *outcomes; /* of tg_outcome_t */
} question_t;

/* --- reading it --- */

static int read_client(question_t *q)
{
    const char *text = q->ctl->given[TG_CTL_CLIENT];
    tg_ctl_client_t who;

    if (!text) {
        return 1;
    }
    if (!tg_ctl_client_read(q->ctl, text, &who)) {
        return 0;
    }
    q->subject.address = tg_ctl_client_address(q->ctl->pool, &who);
    if (who.network && !q->subject.address) {
        tg_term_error("--client %s: a network is no client", text);
        return 0;
    }
    if (q->ctl->given[TG_CTL_HANDSHAKE] && who.client) {
        tg_term_error("--client %s: in the handshake only an address is known", text);
        return 0;
    }
    q->subject.client =
        who.client ? who.client : apr_pstrcat(q->ctl->pool, "ip:", who.network, NULL);
    return 1;
}

static int read_question(question_t *q)
{
    const char *protocol = q->ctl->given[TG_CTL_PROTOCOL];

    if (!protocol || tg_protocol_parse(protocol) == TG_PROTOCOLS) {
        tg_term_error("--protocol: write SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3, cleartext or "
                      "unknown");
        return 0;
    }
    q->protocol = tg_protocol_parse(protocol);
    q->subject.handshake = q->ctl->given[TG_CTL_HANDSHAKE] != NULL;
    return tg_ctl_time_or_now(q->ctl, TG_CTL_AT, &q->subject.now) && read_client(q) &&
           tg_ctl_in_force_load(q->ctl, TG_CTL_RUNNING_PLAN_NEEDED, &q->view);
}

/* --- answering it --- */

static int concerns(const question_t *q, const tg_schedule_t *s)
{
    return (s->traits & TG_TRAIT_PROTOCOL(q->protocol)) != 0;
}

/* Without a client it is one that is in every share: the schedule as a whole. */
static tg_outcome_t outcome_of(const question_t *q, const tg_binding_t *binding)
{
    return tg_outcome_of(apr_pmemdup(q->ctl->pool, binding, sizeof(*binding)), &q->subject);
}

/* What a protocol alone does not say is said instead. */
static void note_conditions(const tg_schedule_t *s)
{
    if (s->has_expr) {
        tg_term_note("%s also has a condition (expr=), which only a request can answer", s->name);
    }
    if (s->traits != TG_TRAIT_ANY && (s->traits & (TG_TRAIT_KX_RSA | TG_TRAIT_KX_DHE))) {
        tg_term_note("%s also deprecates key exchanges (kx=), whatever the protocol", s->name);
    }
}

static void weigh(question_t *q, const apr_array_header_t *schedules)
{
    int i;

    for (i = 0; i < schedules->nelts; i++) {
        const tg_binding_t plain = { APR_ARRAY_IDX(schedules, i, const tg_schedule_t *), 0,
                                     TG_PHASE_OBSERVE, 0 };

        note_conditions(plain.schedule);
        if (concerns(q, plain.schedule)) {
            APR_ARRAY_PUSH(q->outcomes, tg_outcome_t) = outcome_of(q, &plain);
        }
    }
}

/* --- saying it --- */

static const char *instant(const question_t *q, tg_instant_t t)
{
    return tg_instant_text(q->ctl->pool, t);
}

/* Why it is as it is: the dates, what was changed by hand, an exemption. */
static const char *why(const question_t *q, const tg_outcome_t *o)
{
    apr_pool_t *pool = q->ctl->pool;
    const char *text = o->binding->has_as ? "as= says so" : "by its dates";

    if (o->override && o->override->kind != TG_OVERRIDE_NONE &&
        q->subject.now < o->override->until) {
        text = apr_pstrcat(pool, "by hand: ", tg_override_kind_name(o->override->kind), " until ",
                           instant(q, o->override->until), NULL);
    }
    else if (o->override) {
        text = apr_pstrcat(pool, "by hand: postponed to ", instant(q, o->override->postponed_to),
                           NULL);
    }
    return o->exemption
               ? apr_pstrcat(pool, text, "; exempt until ", instant(q, o->exemption->until), " (",
                             o->exemption->owner, ": ", o->exemption->reason, ")", NULL)
               : text;
}

/* The status of the answer; 0 if it is no answer or httpd's own. */
static int status_of(const question_t *q, const tg_outcome_t *o)
{
    tg_status_kind_t kind = o->phase == TG_PHASE_TRIAL ? TG_STATUS_TRIAL : TG_STATUS_CUTOFF;

    return o->action == TG_ACTION_REJECT
               ? tg_schedule_status(o->binding->schedule, kind, q->protocol,
                                    TG_TRAIT_PROTOCOL(q->protocol))
               : 0;
}

static const char *next_of(const question_t *q, const tg_outcome_t *o)
{
    tg_phase_t next;
    tg_instant_t t = tg_outcome_next_change(o, &q->subject, &next);

    return t == TG_NEVER
               ? "it stays"
               : apr_pstrcat(q->ctl->pool, tg_phase_name(next), " from ", instant(q, t), NULL);
}

static void print_outcome(const question_t *q, const tg_outcome_t *o)
{
    tg_instant_t sunset = tg_outcome_sunset(o, &q->subject);

    tg_term_print(stdout, TG_TERM_STRONG, "%s", o->binding->schedule->name);
    tg_term_row(stdout, "phase", tg_phase_name(o->phase));
    tg_term_row(stdout, "action", tg_action_name(o->action));
    tg_term_row(stdout, "why", why(q, o));
    tg_term_row(stdout, "then", next_of(q, o));
    tg_term_row(stdout, "for good",
                sunset == TG_NEVER
                    ? "no date"
                    : apr_pstrcat(q->ctl->pool, "rejected from ", instant(q, sunset), NULL));
}

/* Where as= or report-only make it another. */
static void print_elsewhere(const question_t *q, const tg_outcome_t *o)
{
    const apr_array_header_t *uses = q->view.plan.plan->uses;
    int i;

    for (i = 0; i < uses->nelts; i++) {
        const tg_plan_use_t *use = &APR_ARRAY_IDX(uses, i, tg_plan_use_t);

        if ((use->binding.has_as || use->binding.report_only) &&
            use->binding.schedule == o->binding->schedule) {
            const tg_outcome_t there = outcome_of(q, &use->binding);

            tg_term_row(stdout, "but at",
                        apr_pstrcat(q->ctl->pool, tg_ctl_running_plan_use(q->ctl->pool, use), ": ",
                                    tg_action_name(there.action),
                                    there.enforced ? "" : ", which is only logged", NULL));
        }
    }
}

static void print(const question_t *q, const tg_outcome_t *decides, tg_instant_t retry)
{
    int i;

    for (i = 0; i < q->outcomes->nelts; i++) {
        const tg_outcome_t *o = &APR_ARRAY_IDX(q->outcomes, i, tg_outcome_t);

        print_outcome(q, o);
        print_elsewhere(q, o);
    }
    if (!decides) {
        tg_term_print(stdout, TG_TERM_STRONG, "served: none of them deprecates %s",
                      tg_protocol_name(q->protocol));
        return;
    }
    tg_term_print(stdout, TG_TERM_STRONG, "%s at %s: %s by %s%s%s%s", tg_protocol_name(q->protocol),
                  instant(q, q->subject.now), tg_action_name(decides->action),
                  decides->binding->schedule->name,
                  status_of(q, decides)
                      ? apr_psprintf(q->ctl->pool, ", with status %d", status_of(q, decides))
                      : "",
                  retry == TG_NEVER ? "" : ", served again from ",
                  retry == TG_NEVER ? "" : instant(q, retry));
}

static json_t *outcome_json(const question_t *q, const tg_outcome_t *o)
{
    tg_phase_t next;
    tg_instant_t change = tg_outcome_next_change(o, &q->subject, &next);
    int status = status_of(q, o);

    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "schedule",
                     o->binding->schedule->name, "phase", tg_phase_name(o->phase), "action",
                     tg_action_name(o->action), "why", why(q, o), "override",
                     o->override ? json_string(o->override->kind == TG_OVERRIDE_NONE
                                                   ? "postpone"
                                                   : tg_override_kind_name(o->override->kind))
                                 : json_null(),
                     "exemption", o->exemption ? json_string(o->exemption->owner) : json_null(),
                     "status", status ? json_integer(status) : json_null(), "next_change",
                     tg_json_instant(change), "rejected_for_good",
                     tg_json_instant(tg_outcome_sunset(o, &q->subject)));
}

static void print_json(const question_t *q, const tg_outcome_t *decides, tg_instant_t retry)
{
    json_t *outcomes = json_array();
    int i;

    for (i = 0; i < q->outcomes->nelts; i++) {
        json_array_append_new(outcomes,
                              outcome_json(q, &APR_ARRAY_IDX(q->outcomes, i, tg_outcome_t)));
    }
    tg_term_json(json_pack(
        "{s:o, s:s, s:o, s:b, s:o, s:o, s:o}", "time", tg_json_instant(q->subject.now), "protocol",
        tg_protocol_name(q->protocol), "client", tg_json_text(q->subject.client), "handshake",
        q->subject.handshake, "verdict", decides ? outcome_json(q, decides) : json_null(),
        "served_again", tg_json_instant(retry), "outcomes", outcomes));
}

int tg_cmd_simulate(tg_ctl_t *ctl)
{
    question_t q = { .ctl = ctl };
    const tg_outcome_t *decides = NULL, *outcomes;
    tg_instant_t retry = TG_NEVER;
    apr_array_header_t *schedules;
    tg_state_t entries;

    if (!read_question(&q) || !(schedules = tg_ctl_in_force_schedules(ctl, &q.view))) {
        return TG_CTL_ERROR;
    }
    entries = tg_ctl_in_force_entries(ctl->pool, &q.view.state, NULL, q.subject.now, ctl->now);
    q.subject.overrides = tg_state_set(ctl->pool, &entries);
    q.outcomes = apr_array_make(ctl->pool, 4, sizeof(tg_outcome_t));
    weigh(&q, schedules);
    outcomes = (const tg_outcome_t *)(const void *)q.outcomes->elts;
    if (q.outcomes->nelts > 0) {
        decides = tg_verdict_decide(outcomes, q.outcomes->nelts);
        tg_verdict_retry(decides, outcomes, q.outcomes->nelts, &q.subject, &retry);
    }
    (ctl->given[TG_CTL_JSON] ? print_json : print)(&q, decides, retry);
    return TG_CTL_OK;
}
