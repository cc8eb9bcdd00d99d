/* What a client gets: see answer.h. */
#include "answer.h"

#include "base/json.h"
#include "base/rows.h"
#include "policy/handshake_verdict.h"
#include "term/when.h"
#include "tls/registry.h"

#include <apr_strings.h>

#define BINDING(bindings, i) APR_ARRAY_IDX(bindings, i, const tg_binding_t *)

/** How many changes of phase are followed to find the one that changes the answer. */
#define CHANGES_MAX 4096

static const tg_override_set_t *overrides_at(const tg_ctl_question_t *q)
{
    return q->place->settings->peer == TG_PLAN_PEER_PROXY
               ? tg_override_set_proxied(q->pool, q->overrides)
               : q->overrides;
}

tg_subject_t tg_ctl_request_subject(const tg_ctl_question_t *q)
{
    tg_subject_t subject = { .now = q->t,
                             .client = tg_ctl_place_knows(q->place, q->client) ? q->client : NULL,
                             .address = q->address,
                             .overrides = overrides_at(q) };

    return subject;
}

/* In a handshake only the address is known, and not even that if a proxy is in front of the
 * client. */
tg_subject_t tg_ctl_handshake_subject(const tg_ctl_question_t *q)
{
    int is_seen = q->place->settings->peer == TG_PLAN_PEER_CLIENT;
    tg_subject_t subject = { .now = q->t,
                             .client = q->address && is_seen ? q->client : NULL,
                             .address = is_seen ? q->address : NULL,
                             .overrides = overrides_at(q),
                             .handshake = 1 };

    return subject;
}

/* A version alone tells as well that there is no post-quantum group, and so does a server that has
 * none. */
static tg_traits_t traits_of_kind(const tg_ctl_question_t *q)
{
    const tg_ctl_kind_t *kind = q->kind;

    if (kind->protocol < TG_PROTOCOL_OLDEST) {
        return kind->traits;
    }
    return kind->traits |
           (q->place->settings->is_classical ? TG_TRAIT_KX_CLASSICAL
                                             : tg_registry_group_trait(kind->protocol, 0));
}

static int deprecates_kind(const tg_binding_t *binding, const tg_ctl_question_t *q)
{
    const tg_ctl_kind_t *kind = q->kind;

    return (binding->schedule->traits & traits_of_kind(q)) != 0 ||
           binding->schedule == kind->expr || (kind->has_any_expr && binding->schedule->has_expr);
}

/* --- the three who may turn it away --- */

/* The settings of the server. */
static int is_kept_out(const tg_ctl_question_t *q, tg_ctl_answer_t *answer)
{
    if (q->is_open || tg_ctl_place_accepts(q->place, q->kind, &answer->kept_out)) {
        return 0;
    }
    answer->kind = TG_CTL_KEPT_OUT;
    answer->alert = answer->kept_out ? answer->kept_out->alert : 0;
    return 1;
}

/* A schedule, in the handshake: of a client that offers nothing newer and nothing better. */
static int is_refused(const tg_ctl_question_t *q, tg_ctl_answer_t *answer)
{
    const apr_array_header_t *bindings = q->place->handshake;
    const tg_handshake_t handshake = { .versions = TG_TRAIT_PROTOCOL(q->kind->protocol),
                                       .protocol = q->kind->protocol,
                                       .negotiable = traits_of_kind(q) & TG_TRAITS_NEGOTIATED };
    const tg_subject_t subject = tg_ctl_handshake_subject(q);
    tg_outcome_t *outcomes;
    tg_refusal_t refusal;

    if (q->is_open || q->kind->protocol < TG_PROTOCOL_OLDEST || bindings->nelts == 0) {
        return 0;
    }
    outcomes = apr_palloc(q->pool, (apr_size_t)bindings->nelts * sizeof(*outcomes));
    answer->count = tg_handshake_outcomes(&handshake, bindings, &subject, outcomes);
    answer->outcomes = outcomes;
    answer->decides = answer->count ? tg_verdict_decide(outcomes, answer->count) : NULL;
    if (!answer->decides || !tg_handshake_is_refused(answer->decides)) {
        return 0;
    }
    refusal = tg_handshake_refusal(&handshake, outcomes, answer->count);
    answer->kind = TG_CTL_REFUSED;
    answer->alert = tg_refusal_alert(&refusal, q->kind->protocol);
    return 1;
}

/* How many per cent of all clients are rejected where one in every share is. */
static int share_of(const tg_outcome_t *o, const tg_subject_t *subject)
{
    const tg_schedule_t *s = o->binding->schedule;

    return subject->client || o->binding->has_as
               ? 100
               : tg_phase_share(s, tg_override_find(subject->overrides, s->name), subject->now);
}

static void weigh_requests(const tg_ctl_question_t *q, tg_ctl_answer_t *answer)
{
    const apr_array_header_t *bindings = q->place->bindings;
    const tg_subject_t subject = tg_ctl_request_subject(q);
    tg_outcome_t *outcomes =
        apr_palloc(q->pool, (apr_size_t)(bindings->nelts + 1) * sizeof(*outcomes));
    int i;

    answer->count = 0;
    for (i = 0; i < bindings->nelts; i++) {
        if (deprecates_kind(BINDING(bindings, i), q)) {
            outcomes[answer->count++] = tg_outcome_of(BINDING(bindings, i), &subject);
        }
    }
    answer->outcomes = outcomes;
    answer->decides = answer->count ? tg_verdict_decide(outcomes, answer->count) : NULL;
    if (answer->decides && tg_outcome_rejects(answer->decides)) {
        answer->kind = TG_CTL_REJECTED;
        answer->share = share_of(answer->decides, &subject);
        answer->status =
            tg_outcome_status(answer->decides, q->kind->protocol,
                              traits_of_kind(q) | TG_TRAIT_PROTOCOL(q->kind->protocol));
    }
}

tg_ctl_answer_t tg_ctl_answer_now(const tg_ctl_question_t *q)
{
    tg_ctl_answer_t answer = {
        .kind = TG_CTL_SERVED, .share = 100, .until = TG_NEVER, .at_least = TG_NEVER
    };

    /* As httpd does, which refuses whatever else the server would make of it. */
    if (!is_refused(q, &answer) && !is_kept_out(q, &answer)) {
        weigh_requests(q, &answer);
    }
    return answer;
}

/* --- until when --- */

static tg_instant_t sooner_change(tg_instant_t found, const tg_binding_t *binding,
                                  const tg_subject_t *subject)
{
    const tg_outcome_t o = tg_outcome_of(binding, subject);
    tg_phase_t next;
    tg_instant_t change = tg_outcome_next_change(&o, subject, &next);

    if (o.exemption && o.exemption->until < change) {
        change = o.exemption->until;
    }
    return change > subject->now && change < found ? change : found;
}

tg_instant_t tg_ctl_answer_next(const tg_ctl_question_t *q)
{
    const tg_subject_t request = tg_ctl_request_subject(q), handshake = tg_ctl_handshake_subject(q);
    tg_instant_t found = TG_NEVER;
    int i;

    for (i = 0; i < q->place->bindings->nelts; i++) {
        if (deprecates_kind(BINDING(q->place->bindings, i), q)) {
            found = sooner_change(found, BINDING(q->place->bindings, i), &request);
        }
    }
    for (i = 0; i < q->place->handshake->nelts && !q->is_open; i++) {
        if (deprecates_kind(BINDING(q->place->handshake, i), q)) {
            found = sooner_change(found, BINDING(q->place->handshake, i), &handshake);
        }
    }
    return found;
}

tg_ctl_answer_t tg_ctl_answer(const tg_ctl_question_t *q)
{
    tg_ctl_answer_t answer = tg_ctl_answer_now(q), later = answer;
    tg_ctl_question_t then = *q;
    int changes;

    answer.then = answer.kind;
    apr_pool_create(&then.pool, q->pool);
    for (changes = 0; changes < CHANGES_MAX && later.kind == answer.kind; changes++) {
        then.t = tg_ctl_answer_next(&then);
        if (then.t == TG_NEVER) {
            break;
        }
        apr_pool_clear(then.pool);
        later = tg_ctl_answer_now(&then);
    }
    if (later.kind != answer.kind) {
        answer.until = then.t;
        answer.then = later.kind;
    }
    else if (changes == CHANGES_MAX) {
        answer.at_least = then.t;
    }
    apr_pool_destroy(then.pool);
    return answer;
}

/* --- in words --- */

const char *tg_ctl_answer_name(tg_ctl_answer_kind_t kind)
{
    static const char *const answer_names[] = { "served", "rejected", "refused", "kept_out" };
    TG_ROWS_ARE(answer_names, TG_CTL_ANSWERS);

    return answer_names[kind];
}

const char *tg_ctl_answer_alert(apr_pool_t *pool, const tg_ctl_answer_t *answer)
{
    return answer->alert ? apr_psprintf(pool, "%d %s", answer->alert,
                                        tg_registry_alert((unsigned)answer->alert))
                         : "";
}

const char *tg_ctl_answer_words(apr_pool_t *pool, const tg_ctl_answer_t *answer)
{
    static const char *const words[] = { "served", "rejected", "refused",
                                         "kept out by the TLS settings of the server" };
    TG_ROWS_ARE(words, TG_CTL_ANSWERS);
    const char *text = words[answer->kind];

    if (answer->status) {
        text = apr_psprintf(pool, "%s with %d", text, answer->status);
    }
    if (answer->alert) {
        text =
            apr_pstrcat(pool, text, " (TLS alert ", tg_ctl_answer_alert(pool, answer), ")", NULL);
    }
    if (answer->share < 100) {
        text = apr_psprintf(pool, "%s (%d%% of the clients)", text, answer->share);
    }
    return text;
}

const char *tg_ctl_answer_words_until(apr_pool_t *pool, const tg_ctl_answer_t *answer,
                                      tg_instant_t now)
{
    const char *text = tg_ctl_answer_words(pool, answer);
    /* From one that turns it away to another: that is not news. */
    int is_news = answer->kind == TG_CTL_SERVED || answer->then == TG_CTL_SERVED;

    if (answer->at_least != TG_NEVER) {
        return apr_pstrcat(pool, text, " at least until ",
                           tg_term_when_far(pool, answer->at_least, now), NULL);
    }
    return answer->until == TG_NEVER || !is_news
               ? text
               : apr_pstrcat(pool, text, " until ", tg_term_when_far(pool, answer->until, now),
                             NULL);
}

static json_t *number_json(int number)
{
    return number ? json_integer(number) : json_null();
}

json_t *tg_ctl_answer_json(apr_pool_t *pool, const tg_ctl_answer_t *answer, tg_instant_t now)
{
    int changes = answer->until != TG_NEVER;
    const char *by = answer->decides ? answer->decides->binding->schedule->name : NULL;

    return json_pack("{s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:s}", "answer",
                     tg_ctl_answer_name(answer->kind), "status", number_json(answer->status),
                     "alert", number_json(answer->alert), "share_percent", answer->share,
                     "decided_by", tg_json_text(answer->kind == TG_CTL_KEPT_OUT ? NULL : by),
                     "until", tg_json_instant(answer->until), "then",
                     tg_json_text(changes ? tg_ctl_answer_name(answer->then) : NULL), "words",
                     tg_ctl_answer_words_until(pool, answer, now));
}
