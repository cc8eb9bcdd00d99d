/* tlsgatectl simulate: what would happen to a client at an instant, and why. The answer comes
 * from the functions that httpd decides with.
 */
#include "commands.h"

#include "base/json.h"
#include "ctl/client_operand.h"
#include "ctl/document.h"
#include "ctl/in_force.h"
#include "ctl/output.h"
#include "ctl/time_options.h"
#include "format/plan.h"
#include "policy/handshake_verdict.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* Written once, while the command line is read. */
static struct {
    const char *at, *protocol, *client, *handshake;
} simulate_given;

static const tg_option_t simulate_options[] = {
    { "at", "INSTANT", "as if it were then", &simulate_given.at, TG_COMPLETE_NOTHING },
    { "protocol", "NAME", "TLSv1, TLSv1.1, ..., cleartext", &simulate_given.protocol,
      TG_COMPLETE_PROTOCOL },
    { "client", "CLIENT", "account:acme, cert:CN=..., ip:192.0.2.7", &simulate_given.client,
      TG_COMPLETE_NOTHING },
    { "handshake", NULL, "during the handshake, not on a request", &simulate_given.handshake,
      TG_COMPLETE_NOTHING },
    { 0 },
};

/* The question, and the answers of the schedules. */
typedef struct {
    const tg_ctl_t *ctl;
    tg_ctl_in_force_t in_force;
    tg_protocol_t protocol;
    tg_subject_t subject;
    apr_array_header_t *outcomes; /* of tg_outcome_t */
} simulation_t;

/* --- reading the question --- */

static int read_client(simulation_t *q)
{
    const char *text = simulate_given.client;
    tg_ctl_client_t who;

    if (!text) {
        return 1;
    }
    if (!tg_ctl_client_read(q->ctl, text, &who)) {
        return 0;
    }
    q->subject.address = tg_ctl_client_address(q->ctl->pool, &who);
    if (who.network && !q->subject.address) {
        tg_term_error("--client %s: a network is not a client", text);
        return 0;
    }
    if (simulate_given.handshake && who.client) {
        tg_term_error("--client %s: in the handshake only the address is known", text);
        return 0;
    }
    q->subject.client =
        who.client ? who.client : apr_pstrcat(q->ctl->pool, "ip:", who.network, NULL);
    return 1;
}

static int read_simulation(simulation_t *q)
{
    const char *protocol = simulate_given.protocol;

    if (!protocol || tg_protocol_parse(protocol) == TG_PROTOCOLS) {
        tg_term_error("%s: write one of %s", protocol ? "--protocol" : "simulate needs --protocol",
                      tg_protocol_names(q->ctl->pool));
        return 0;
    }
    q->protocol = tg_protocol_parse(protocol);
    q->subject.handshake = simulate_given.handshake != NULL;
    q->subject.now = q->ctl->now;
    return (!simulate_given.at ||
            tg_ctl_time_read(q->ctl, "at", simulate_given.at, &q->subject.now)) &&
           read_client(q) && tg_ctl_in_force_load(q->ctl, TG_CTL_RUNNING_PLAN_NEEDED, &q->in_force);
}

/* --- answering it --- */

/* Without a client the subject is in every share: this is the schedule as a whole. */
static tg_outcome_t outcome_of(const simulation_t *q, const tg_binding_t *binding)
{
    return tg_outcome_of(apr_pmemdup(q->ctl->pool, binding, sizeof(*binding)), &q->subject);
}

/* A protocol alone does not tell whether these apply. */
static void note_conditions(const tg_schedule_t *s)
{
    if (s->has_expr) {
        tg_term_note("%s also has a condition (expr=), which only a request can answer", s->name);
    }
    if (s->traits != TG_TRAIT_ANY && (s->traits & TG_TRAITS_KX)) {
        tg_term_note("%s also deprecates key exchanges (kx=), whatever the protocol", s->name);
    }
}

static apr_array_header_t *plain_bindings(apr_pool_t *pool, const apr_array_header_t *schedules)
{
    apr_array_header_t *list = apr_array_make(pool, schedules->nelts, sizeof(const tg_binding_t *));
    int i;

    for (i = 0; i < schedules->nelts; i++) {
        tg_binding_t *plain = apr_pcalloc(pool, sizeof(*plain));

        plain->schedule = APR_ARRAY_IDX(schedules, i, const tg_schedule_t *);
        APR_ARRAY_PUSH(list, const tg_binding_t *) = plain;
    }
    return list;
}

static void add_outcomes(simulation_t *q, const apr_array_header_t *bindings)
{
    int i;

    for (i = 0; i < bindings->nelts; i++) {
        const tg_binding_t *plain = APR_ARRAY_IDX(bindings, i, const tg_binding_t *);

        if (plain->schedule->traits & TG_TRAIT_PROTOCOL(q->protocol)) {
            APR_ARRAY_PUSH(q->outcomes, tg_outcome_t) = tg_outcome_of(plain, &q->subject);
        }
    }
}

/* As httpd decides about a client that offers nothing newer than the protocol, where the server
 * accepts it. */
static void add_handshake_outcomes(simulation_t *q, const apr_array_header_t *bindings)
{
    const tg_handshake_t handshake = { .versions = TG_TRAIT_PROTOCOL(q->protocol),
                                       .protocol = q->protocol };
    tg_outcome_t *outcomes =
        apr_palloc(q->ctl->pool, (apr_size_t)bindings->nelts * sizeof(*outcomes));
    int i, n = tg_handshake_outcomes(&handshake, bindings, &q->subject, outcomes);

    for (i = 0; i < n; i++) {
        APR_ARRAY_PUSH(q->outcomes, tg_outcome_t) = outcomes[i];
    }
}

static void answer_question(simulation_t *q, const apr_array_header_t *schedules)
{
    const apr_array_header_t *bindings = plain_bindings(q->ctl->pool, schedules);
    int i;

    for (i = 0; i < schedules->nelts; i++) {
        note_conditions(APR_ARRAY_IDX(schedules, i, const tg_schedule_t *));
    }
    if (q->subject.handshake && (TG_TRAIT_PROTOCOL(q->protocol) & TG_TRAITS_TLS)) {
        add_handshake_outcomes(q, bindings);
    }
    else {
        add_outcomes(q, bindings);
    }
}

/* The plan does not tell which hosts are behind one. */
static void note_proxies(const simulation_t *q)
{
    int i;

    for (i = 0; q->subject.handshake && i < q->outcomes->nelts; i++) {
        const tg_outcome_t *o = &APR_ARRAY_IDX(q->outcomes, i, tg_outcome_t);
        const char *name = o->binding->schedule->name;
        const tg_override_t *override = tg_override_find(q->subject.overrides, name);

        if (o->phase == TG_PHASE_REFUSE && override && q->subject.now < override->proxied_until) {
            tg_term_note(
                "with RemoteIPProxyProtocol the handshake shows the proxy's address: while "
                "a network is exempt from %s, its refuse is cutoff there",
                name);
        }
    }
}

/* --- the document --- */

/* The reason: the dates, a change by hand, an exemption. */
static const char *reason_text(const simulation_t *q, const tg_outcome_t *o)
{
    apr_pool_t *pool = q->ctl->pool;
    const char *text = o->binding->has_as ? "as= says so" : "by its dates";
    tg_override_kind_t kind = o->by_hand;

    if (kind != TG_OVERRIDE_NONE) {
        text = apr_pstrcat(pool, "by hand: ", tg_override_kind_name(kind), " until ",
                           tg_instant_text(pool, o->override->until), NULL);
    }
    else if (o->override) {
        text = apr_pstrcat(pool, "by hand: postponed to ",
                           tg_instant_text(pool, o->override->postponed_to), NULL);
    }
    return o->exemption ? apr_pstrcat(pool, text, "; exempt until ",
                                      tg_instant_text(pool, o->exemption->until), " (",
                                      o->exemption->owner, ": ", o->exemption->reason, ")", NULL)
                        : text;
}

/* The status of the rejection; 0 if there is none, or httpd chooses it. */
static int rejection_status(const simulation_t *q, const tg_outcome_t *o)
{
    return o->enforced && o->action == TG_ACTION_REJECT
               ? tg_outcome_status(o, q->protocol, TG_TRAIT_PROTOCOL(q->protocol))
               : 0;
}

static json_t *override_document(const tg_outcome_t *o)
{
    if (!o->override) {
        return json_null();
    }
    return json_string(o->by_hand == TG_OVERRIDE_NONE ? "postpone"
                                                      : tg_override_kind_name(o->by_hand));
}

/* The places where as= or report-only change the answer. A handshake that the schedule concerns
 * by its age alone is refused at none of them. */
static json_t *elsewhere_document(const simulation_t *q, const tg_outcome_t *o)
{
    const apr_array_header_t *uses = q->in_force.plan.plan->uses;
    json_t *list = json_array();
    int i;

    for (i = 0; i < uses->nelts; i++) {
        const tg_plan_use_t *use = &APR_ARRAY_IDX(uses, i, tg_plan_use_t);

        if ((use->binding.has_as || use->binding.report_only) &&
            use->binding.schedule == o->binding->schedule) {
            const tg_outcome_t there = outcome_of(q, &use->binding);

            json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "used_by",
                                                  tg_ctl_running_plan_use(q->ctl->pool, use),
                                                  "action", tg_action_name(there.action),
                                                  "enforced", there.enforced && o->enforced));
        }
    }
    return list;
}

static json_t *outcome_document(const simulation_t *q, const tg_outcome_t *o)
{
    tg_phase_t next;
    tg_instant_t change = tg_outcome_next_change(o, &q->subject, &next);
    int status = rejection_status(q, o);

    return json_pack(
        "{s:s, s:s, s:s, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schedule",
        o->binding->schedule->name, "phase", tg_phase_name(o->phase), "action",
        tg_action_name(o->action), "enforced", o->enforced, "why", reason_text(q, o), "override",
        override_document(o), "exemption", tg_json_text(o->exemption ? o->exemption->owner : NULL),
        "status", status ? json_integer(status) : json_null(), "next_change",
        tg_json_instant(change), "next_phase",
        tg_json_text(change == TG_NEVER ? NULL : tg_phase_name(next)), "rejected_for_good",
        tg_json_instant(tg_outcome_sunset(o, &q->subject)), "elsewhere", elsewhere_document(q, o));
}

static json_t *simulation_document(const simulation_t *q)
{
    const tg_outcome_t *outcomes = (const tg_outcome_t *)(const void *)q->outcomes->elts;
    const tg_outcome_t *decides = NULL;
    json_t *list = json_array();
    tg_instant_t retry = TG_NEVER;
    int i;

    if (q->outcomes->nelts > 0) {
        decides = tg_verdict_decide(outcomes, q->outcomes->nelts);
        tg_verdict_retry(decides, outcomes, q->outcomes->nelts, &q->subject, &retry);
    }
    for (i = 0; i < q->outcomes->nelts; i++) {
        json_array_append_new(list, outcome_document(q, &outcomes[i]));
    }
    return json_pack("{s:o, s:s, s:o, s:b, s:o, s:o, s:o}", "time", tg_json_instant(q->subject.now),
                     "protocol", tg_protocol_name(q->protocol), "client",
                     tg_json_text(q->subject.client), "handshake", q->subject.handshake, "verdict",
                     decides ? outcome_document(q, decides) : json_null(), "served_again",
                     tg_json_instant(retry), "outcomes", list);
}

/* --- as text --- */

static const char *unless_enforced(const json_t *outcome)
{
    return json_is_true(json_object_get(outcome, "enforced")) ? "" : ", which is only logged";
}

static void print_elsewhere(FILE *out, apr_pool_t *pool, const json_t *outcome)
{
    const json_t *elsewhere = json_object_get(outcome, "elsewhere"), *there;
    size_t i;

    json_array_foreach (elsewhere, i, there) {
        tg_term_row(out, "but at",
                    apr_pstrcat(pool, tg_ctl_document_text(there, "used_by", ""), ": ",
                                tg_ctl_document_text(there, "action", ""), unless_enforced(there),
                                NULL));
    }
}

static void print_outcome(FILE *out, apr_pool_t *pool, const json_t *o)
{
    const char *change = tg_ctl_document_text(o, "next_change", NULL);
    const char *for_good = tg_ctl_document_text(o, "rejected_for_good", NULL);

    tg_term_print(out, TG_TERM_STRONG, "%s", tg_ctl_document_text(o, "schedule", ""));
    tg_term_row(out, "phase", tg_ctl_document_text(o, "phase", ""));
    tg_term_row(out, "action",
                apr_pstrcat(pool, tg_ctl_document_text(o, "action", ""), unless_enforced(o), NULL));
    tg_term_row(out, "why", tg_ctl_document_text(o, "why", ""));
    tg_term_row(out, "then",
                change ? apr_pstrcat(pool, tg_ctl_document_text(o, "next_phase", ""), " from ",
                                     change, NULL)
                       : "it stays");
    tg_term_row(out, "for good",
                for_good ? apr_pstrcat(pool, "rejected from ", for_good, NULL) : "no date");
    print_elsewhere(out, pool, o);
}

static void print_verdict(FILE *out, const json_t *document, const json_t *verdict)
{
    int status = (int)json_integer_value(json_object_get(verdict, "status"));
    const char *again = tg_ctl_document_text(document, "served_again", NULL);
    char with_status[32] = "";

    if (status) {
        snprintf(with_status, sizeof(with_status), ", with status %d", status);
    }
    tg_term_print(out, TG_TERM_STRONG, "%s at %s: %s by %s%s%s%s%s",
                  tg_ctl_document_text(document, "protocol", ""),
                  tg_ctl_document_text(document, "time", ""),
                  tg_ctl_document_text(verdict, "action", ""),
                  tg_ctl_document_text(verdict, "schedule", ""), unless_enforced(verdict),
                  with_status, again ? ", served again from " : "", again ? again : "");
}

static void simulation_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *outcomes = json_object_get(document, "outcomes"), *outcome;
    const json_t *verdict = json_object_get(document, "verdict");
    size_t i;

    (void)now;
    json_array_foreach (outcomes, i, outcome) {
        print_outcome(out, pool, outcome);
    }
    if (json_is_object(verdict)) {
        print_verdict(out, document, verdict);
    }
    else {
        tg_term_print(out, TG_TERM_STRONG, "served: none of them deprecates %s",
                      tg_ctl_document_text(document, "protocol", ""));
    }
}

static tg_exit_t simulate_run(const tg_ctl_t *ctl)
{
    simulation_t q = { .ctl = ctl };
    apr_array_header_t *schedules;
    tg_state_t entries;

    if (!read_simulation(&q) || !(schedules = tg_ctl_in_force_schedules(ctl, &q.in_force))) {
        return TG_EXIT_ERROR;
    }
    entries = tg_ctl_in_force_entries(ctl->pool, &q.in_force.state, NULL, q.subject.now, ctl->now);
    q.subject.overrides = tg_state_set(ctl->pool, &entries);
    q.outcomes = apr_array_make(ctl->pool, 4, sizeof(tg_outcome_t));
    answer_question(&q, schedules);
    note_proxies(&q);
    tg_ctl_output(ctl, simulation_document(&q), simulation_text);
    return TG_EXIT_OK;
}

const tg_command_t tg_command_simulate = {
    .name = "simulate",
    .usage = (const char *const[]){ "[NAME...] --protocol NAME [--at INSTANT] [--client CLIENT] "
                                    "[--handshake] [--json]",
                                    NULL },
    .summary = "Show what would happen to a client, and why",
    .more = "Without --client it is about clients that are in every share.\n",
    .examples =
        (const tg_example_t[]){
            { "An old client on the day of the cutoff",
              TG_PROGRAM_NAME " simulate --protocol TLSv1 --at 2018-08-07T08:40Z" },
            { "A customer", TG_PROGRAM_NAME " simulate --protocol TLSv1.1 --client account:A-20" },
            { "Is it refused in the handshake?", TG_PROGRAM_NAME
              " simulate legacy-tls --protocol TLSv1 --handshake --client 192.0.2.7" },
            { 0 },
        },
    .most = -1,
    .operand = TG_COMPLETE_SCHEDULE,
    .options = (const tg_option_t *const[]){ simulate_options, tg_ctl_output_options, NULL },
    .run = simulate_run,
};
