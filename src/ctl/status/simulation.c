/* A simulation: see simulation.h. */
#include "simulation.h"

#include "standing.h"

#include "base/json.h"
#include "base/rows.h"

#include <apr_strings.h>

/* One kind of client at one place. */
typedef struct {
    const tg_ctl_simulation_t *s;
    tg_ctl_question_t question;
    tg_ctl_answer_t anew; /* of a new client */
    tg_ctl_answer_t open; /* on a connection that is open */
    tg_subject_t subject; /* of the outcomes that are shown */
    const tg_outcome_t *outcomes, *decides;
    int count;
} simulated_t;

/* --- why --- */

const char *tg_ctl_outcome_why(apr_pool_t *pool, const tg_outcome_t *o)
{
    const char *text = o->binding->has_as ? "as= says so" : "by its dates";
    tg_override_kind_t kind = o->by_hand;

    if (kind == TG_OVERRIDE_GUARD) {
        text = apr_pstrcat(pool, "TlsGateGuard stopped a trial, ",
                           o->override->stopped_until == TG_NEVER ? "and none runs" : "until ",
                           o->override->stopped_until == TG_NEVER
                               ? ""
                               : tg_instant_text(pool, o->override->stopped_until),
                           NULL);
    }
    else if (kind != TG_OVERRIDE_NONE) {
        int is_postponed = tg_phase_is_postponed(o->binding->schedule, o->override);

        text = apr_pstrcat(
            pool, "by hand: ", tg_override_kind_name(kind), " until ",
            tg_instant_text(pool, o->override->until), is_postponed ? ", and postponed to " : "",
            is_postponed ? tg_instant_text(pool, o->override->postponed_to) : "", NULL);
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

static json_t *outcome_document(const simulated_t *d, const tg_outcome_t *o)
{
    apr_pool_t *pool = d->question.pool;
    const tg_binding_t *binding = o->binding;
    tg_phase_t next;
    tg_instant_t change = tg_outcome_next_change(o, &d->subject, &next);

    return json_pack("{s:s, s:s, s:s, s:b, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "schedule",
                     binding->schedule->name, "phase", tg_phase_name(o->phase), "action",
                     tg_action_name(o->action), "enforced", o->enforced, "as",
                     tg_json_text(binding->has_as ? tg_phase_name(binding->as) : NULL), "why",
                     tg_ctl_outcome_why(pool, o), "override", tg_json_text(tg_ctl_by_hand(o)),
                     "exemption", tg_json_text(o->exemption ? o->exemption->owner : NULL),
                     "next_change", tg_json_instant(change), "next_phase",
                     tg_json_text(change == TG_NEVER ? NULL : tg_phase_name(next)),
                     "rejected_for_good", tg_json_instant(tg_outcome_sunset(o, &d->subject)));
}

static json_t *outcomes_document(const simulated_t *d)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < d->count; i++) {
        json_array_append_new(list, outcome_document(d, &d->outcomes[i]));
    }
    return list;
}

/* --- in words --- */

static const char *of_share(apr_pool_t *pool, const tg_ctl_answer_t *answer)
{
    return answer->share < 100 ? apr_psprintf(pool, " (%d%% of the clients)", answer->share) : "";
}

static const char *request_words(apr_pool_t *pool, const tg_ctl_answer_t *answer)
{
    if (answer->kind == TG_CTL_REJECTED) {
        return apr_psprintf(pool, "each request is rejected with %d%s", answer->status,
                            of_share(pool, answer));
    }
    return answer->decides && tg_outcome_warns(answer->decides)
               ? "requests are served, with headers that say what is coming"
               : "requests are served";
}

static const char *alert_words(apr_pool_t *pool, const tg_ctl_answer_t *answer)
{
    const char *alert =
        answer->alert ? apr_pstrcat(pool, "TLS alert ", tg_ctl_answer_alert(pool, answer), NULL)
                      : "a TLS alert";

    if (answer->kind == TG_CTL_REFUSED) {
        return apr_pstrcat(pool, alert, ": the handshake is refused", NULL);
    }
    return apr_pstrcat(pool, alert, ": the TLS settings of the server keep it out",
                       answer->kept_out ? ": " : "",
                       answer->kept_out ? answer->kept_out->reason : "", NULL);
}

static const char *anew_words(const simulated_t *d)
{
    apr_pool_t *pool = d->question.pool;

    if (d->anew.kind >= TG_CTL_REFUSED) {
        return alert_words(pool, &d->anew);
    }
    return apr_pstrcat(
        pool, d->question.kind->protocol >= TG_PROTOCOL_OLDEST ? "the handshake succeeds; " : "",
        request_words(pool, &d->anew), NULL);
}

static json_t *said_document(const simulated_t *d, const tg_ctl_answer_t *answer, const char *words)
{
    json_t *document = tg_ctl_answer_json(d->question.pool, answer, d->s->ctl->now);

    json_object_set_new(document, "words", json_string(words));
    return document;
}

/* --- the answers --- */

static simulated_t simulate_at(const tg_ctl_simulation_t *s, const tg_ctl_place_t *place,
                               const tg_ctl_kind_t *kind)
{
    simulated_t d = { .s = s,
                      .question = { .pool = s->ctl->pool,
                                    .place = place,
                                    .kind = kind,
                                    .t = s->t,
                                    .client = s->client,
                                    .address = s->address,
                                    .overrides = s->overrides } };
    const tg_ctl_answer_t *told = &d.open;

    d.anew = tg_ctl_answer(&d.question);
    d.question.is_open = 1;
    d.open = tg_ctl_answer(&d.question);
    d.question.is_open = 0;
    d.subject = tg_ctl_request_subject(&d.question);
    if (d.anew.kind == TG_CTL_REFUSED) {
        told = &d.anew;
        d.subject = tg_ctl_handshake_subject(&d.question);
    }
    d.outcomes = told->outcomes;
    d.count = told->count;
    d.decides = told->decides;
    return d;
}

static tg_instant_t served_again(const simulated_t *d)
{
    tg_instant_t retry = TG_NEVER;

    return d->decides && d->anew.kind == TG_CTL_REJECTED &&
                   tg_verdict_retry(d->decides, d->outcomes, d->count, &d->subject, &retry)
               ? retry
               : TG_NEVER;
}

static json_t *simulated_document(const simulated_t *d)
{
    const char *client = d->s->client;
    int is_known = client && tg_ctl_place_knows(d->question.place, client);

    return json_pack("{s:[s], s:[s], s:o, s:o, s:o, s:o, s:o, s:o}", "deprecated",
                     d->question.kind->name, "at", d->question.place->text, "client_known",
                     client ? json_boolean(is_known) : json_null(), "new_client",
                     said_document(d, &d->anew, anew_words(d)), "open_connection",
                     said_document(d, &d->open, request_words(d->question.pool, &d->open)),
                     "served_again", tg_json_instant(served_again(d)), "decided_by",
                     d->decides ? outcome_document(d, d->decides) : json_null(), "outcomes",
                     outcomes_document(d));
}

/* Whether two answers differ only in that member. */
static int differ_only_in(json_t *a, json_t *b, const char *member)
{
    json_t *mine = json_incref(json_object_get(a, member));
    int is_same;

    json_object_set(a, member, json_object_get(b, member));
    is_same = json_equal(a, b);
    json_object_set_new(a, member, mine);
    return is_same;
}

/* Adds an answer to those of before, or its kind or place to one of them. */
static void merge_answer(json_t *answers, json_t *answer, const char *member)
{
    json_t *other;
    size_t i;

    json_array_foreach (answers, i, other) {
        if (differ_only_in(answer, other, member)) {
            json_array_extend(json_object_get(other, member), json_object_get(answer, member));
            json_decref(answer);
            return;
        }
    }
    json_array_append_new(answers, answer);
}

static json_t *answers_of_kind(const tg_ctl_simulation_t *s, const tg_ctl_kind_t *kind)
{
    json_t *answers = json_array();
    int i;

    for (i = 0; i < s->places->nelts; i++) {
        const tg_ctl_place_t *place = &APR_ARRAY_IDX(s->places, i, tg_ctl_place_t);
        simulated_t d;

        if (!tg_ctl_place_meets(place, kind)) {
            continue;
        }
        d = simulate_at(s, place, kind);
        if (s->is_whole || d.decides) {
            merge_answer(answers, simulated_document(&d), "at");
        }
    }
    return answers;
}

json_t *tg_ctl_simulation_json(const tg_ctl_simulation_t *s)
{
    json_t *all = json_array();
    int i;

    for (i = 0; i < s->kinds->nelts; i++) {
        json_t *answers = answers_of_kind(s, &APR_ARRAY_IDX(s->kinds, i, tg_ctl_kind_t));
        json_t *answer;
        size_t j;

        json_array_foreach (answers, j, answer) {
            merge_answer(all, json_incref(answer), "deprecated");
        }
        json_decref(answers);
    }
    return all;
}
