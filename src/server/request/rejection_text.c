/* What a rejected client is told: see rejection_text.h. */
#include "rejection_text.h"

#include <apr_strings.h>

static const char *title_of(request_rec *r, const tg_decision_t *d,
                            const tg_rejection_terms_t *terms)
{
    const char *what = tg_protocol_name(d->over->protocol);
    int trial = d->decides->phase == TG_PHASE_TRIAL;

    switch (terms->reason) {
    case TG_REASON_ANY:
        return trial ? "This address is being retired" : "This address has been retired";
    case TG_REASON_KX:
        what = "The key exchange of this connection";
        break;
    case TG_REASON_EXPR:
        what = "A connection like this one";
        break;
    case TG_REASON_PROTOCOL:
    case TG_REASONS:
        what = d->over->protocol == TG_PROTOCOL_CLEARTEXT ? "Plain HTTP" : what;
        break;
    }
    return apr_pstrcat(r->pool, what,
                       trial ? " is not accepted during this trial" : " is no longer accepted",
                       NULL);
}

static const char *protocol_needed(request_rec *r, const tg_decision_t *d,
                                   const tg_rejection_text_t *text)
{
    if (!text->needed) {
        return "No newer version is accepted here.";
    }
    return apr_pstrcat(r->pool,
                       d->over->protocol == TG_PROTOCOL_CLEARTEXT ? "Use https with " : "Use ",
                       text->needed, " or newer.", NULL);
}

static const char *what_is_needed(request_rec *r, const tg_decision_t *d,
                                  const tg_rejection_terms_t *terms,
                                  const tg_rejection_text_t *text)
{
    switch (terms->reason) {
    case TG_REASON_PROTOCOL:
    case TG_REASONS:
        return protocol_needed(r, d, text);
    case TG_REASON_KX:
        return apr_pstrcat(r->pool, "Its cipher ", d->over->session->cipher,
                           " has a key exchange that is retired: use a cipher with ECDHE, or ",
                           tg_protocol_name(TG_PROTOCOL_WITHOUT_KX), ".", NULL);
    case TG_REASON_ANY:
        return "Nothing is served at this address, whatever the version.";
    case TG_REASON_EXPR:
        break;
    }
    return "The server's operator excludes requests like this one.";
}

/* Where a host is retired, what the request came over is beside the point. */
static const char *what_came(request_rec *r, const tg_decision_t *d,
                             const tg_rejection_terms_t *terms)
{
    if (terms->reason == TG_REASON_ANY) {
        return "";
    }
    return apr_pstrcat(r->pool, "The request came over ",
                       d->over->protocol == TG_PROTOCOL_CLEARTEXT
                           ? "plain HTTP"
                           : tg_protocol_name(d->over->protocol),
                       ". ", NULL);
}

const char *tg_rejection_status_line(request_rec *r, const tg_decision_t *d,
                                     const tg_rejection_terms_t *terms)
{
    const char *use = terms->reason == TG_REASON_PROTOCOL && terms->needed != TG_PROTOCOLS
                          ? tg_protocol_name(terms->needed)
                          : NULL;
    int is_clear = d->over->protocol == TG_PROTOCOL_CLEARTEXT;

    return apr_pstrcat(r->pool, apr_itoa(r->pool, d->status), " ", title_of(r, d, terms),
                       use ? ": use " : "", use && is_clear ? "https with " : "", use ? use : "",
                       use ? " or newer" : "", NULL);
}

/* Only what a date says: a phase that the operator set by hand ends by hand. */
static const char *when_it_ends(request_rec *r, const tg_decision_t *d, tg_instant_t sunset,
                                const tg_rejection_text_t *text)
{
    const char *trial = "";

    if (d->decides->phase == TG_PHASE_TRIAL) {
        trial = text->until ? apr_pstrcat(r->pool, " This is a trial shutdown until ", text->until,
                                          ".", NULL)
                            : " This is a trial shutdown.";
    }
    else if (sunset <= d->subject.now) {
        return " This is permanent.";
    }
    return text->for_good
               ? apr_pstrcat(r->pool, trial, " Such requests are rejected for good from ",
                             text->for_good, ".", NULL)
               : trial;
}

/* After that date the client gets no response that could explain it. */
static const char *when_refused(request_rec *r, const tg_decision_t *d)
{
    const tg_outcome_t in_handshake = { .binding = tg_conf_handshake_binding(
                                            r->server, d->decides->binding->schedule) };
    tg_instant_t refuse;
    char buf[TG_INSTANT_STRLEN];

    if (!in_handshake.binding || in_handshake.binding->report_only) {
        return "";
    }
    refuse = tg_outcome_refused_from(&in_handshake, &d->subject);
    if (refuse == TG_NEVER || refuse <= d->subject.now) {
        return "";
    }
    return apr_pstrcat(r->pool, " From ", tg_instant_format(refuse, buf),
                       " on the TLS handshake itself fails.", NULL);
}

static const char *optional_instant(apr_pool_t *pool, tg_instant_t t)
{
    return t == TG_NEVER ? NULL : tg_instant_text(pool, t);
}

tg_rejection_text_t tg_rejection_text(request_rec *r, const tg_decision_t *d,
                                      const tg_rejection_terms_t *terms)
{
    const tg_schedule_t *schedule = d->decides->binding->schedule;
    tg_cause_t cause = tg_decision_cause(d, schedule, 1);
    const char *why =
        tg_cause_sentence(r->pool, cause, d->over->offer, d->over->session->known, terms->reason);
    tg_instant_t sunset = tg_outcome_sunset(d->decides, &d->subject);
    tg_rejection_text_t text = { 0 };

    text.schedule = schedule;
    text.cause = tg_cause_name(cause);
    text.protocol = terms->reason == TG_REASON_ANY ? NULL : tg_protocol_name(d->over->protocol);
    if (terms->reason == TG_REASON_PROTOCOL && terms->needed != TG_PROTOCOLS) {
        text.needed = tg_protocol_name(terms->needed);
    }
    text.phase = tg_phase_name(d->decides->phase);
    text.until = optional_instant(r->pool, terms->until);
    text.for_good = optional_instant(r->pool, sunset);
    text.advice = tg_decision_advice(r, d, cause);
    text.title = title_of(r, d, terms);
    text.detail = apr_pstrcat(r->pool, what_came(r, d, terms), what_is_needed(r, d, terms, &text),
                              when_it_ends(r, d, sunset, &text), when_refused(r, d), why ? " " : "",
                              why ? why : "", NULL);
    return text;
}
