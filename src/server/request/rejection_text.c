/* What a rejected client is told: see rejection_text.h. */
#include "rejection_text.h"

#include "server/base/page_names.h"
#include "tls/registry.h"

#include <apr_strings.h>

const char *tg_rejection_title(request_rec *r, const tg_decision_t *d,
                               const tg_rejection_terms_t *terms)
{
    const char *what = tg_protocol_name(d->over->protocol);
    int trial = d->decides->phase == TG_PHASE_TRIAL;

    switch (terms->reason) {
    case TG_REASON_ANY:
        return trial ? "This address is being retired" : "This address has been retired";
    case TG_REASON_KX:
    case TG_REASON_GROUP:
        what = "The key exchange of this connection";
        break;
    case TG_REASON_CLASS:
        what = "The cipher of this connection";
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

static void add_protocol_needed(tg_pieces_t *detail, const tg_decision_t *d, const char *needed)
{
    if (!needed) {
        TG_PIECES_ADD_LITERAL(detail, "No newer version is accepted here.");
        return;
    }
    if (d->over->protocol == TG_PROTOCOL_CLEARTEXT) {
        TG_PIECES_ADD_LITERAL(detail, "Use https with ");
    }
    else {
        TG_PIECES_ADD_LITERAL(detail, "Use ");
    }
    tg_pieces_add(detail, needed);
    TG_PIECES_ADD_LITERAL(detail, " or newer.");
}

static void add_cipher_needed(tg_pieces_t *detail, const tg_decision_t *d, const char *needed)
{
    TG_PIECES_ADD_LITERAL(detail, "Its cipher ");
    tg_pieces_add(detail, d->over->session->cipher);
    tg_pieces_add(detail, needed);
    TG_PIECES_ADD_LITERAL(detail, ", or ");
    tg_pieces_add(detail, tg_protocol_name(TG_PROTOCOL_WITHOUT_KX));
    TG_PIECES_ADD_LITERAL(detail, ".");
}

static void add_group_needed(tg_pieces_t *detail, const tg_decision_t *d)
{
    const char *group = tg_registry_group(d->over->group);

    TG_PIECES_ADD_LITERAL(detail, "Its key exchange ");
    if (group) {
        TG_PIECES_ADD_LITERAL(detail, "by the group ");
        tg_pieces_add(detail, group);
        TG_PIECES_ADD_LITERAL(detail, " ");
    }
    TG_PIECES_ADD_LITERAL(detail, "can be broken by a quantum computer: use ");
    tg_pieces_add(detail, tg_protocol_name(TG_PROTOCOL_WITHOUT_KX));
    TG_PIECES_ADD_LITERAL(detail, " with a post-quantum group such as X25519MLKEM768.");
}

static void add_what_is_needed(tg_pieces_t *detail, const tg_decision_t *d, tg_reason_t reason,
                               const char *needed)
{
    switch (reason) {
    case TG_REASON_PROTOCOL:
    case TG_REASONS:
        add_protocol_needed(detail, d, needed);
        break;
    case TG_REASON_KX:
        add_cipher_needed(detail, d,
                          " uses a retired key exchange: choose a cipher with ECDHE and AES-GCM");
        break;
    case TG_REASON_CLASS:
        add_cipher_needed(
            detail, d,
            " belongs to a retired class: choose a cipher with AES-GCM or ChaCha20-Poly1305");
        break;
    case TG_REASON_GROUP:
        add_group_needed(detail, d);
        break;
    case TG_REASON_ANY:
        TG_PIECES_ADD_LITERAL(detail, "Nothing is served at this address, whatever the version.");
        break;
    case TG_REASON_EXPR:
        TG_PIECES_ADD_LITERAL(detail, "The server's operator excludes requests like this one.");
        break;
    }
}

/* Where a host is retired, what the request came over is beside the point. */
static void add_what_came(tg_pieces_t *detail, const tg_decision_t *d, tg_reason_t reason)
{
    if (reason != TG_REASON_ANY) {
        TG_PIECES_ADD_LITERAL(detail, "The request came over ");
        tg_pieces_add(detail, d->over->protocol == TG_PROTOCOL_CLEARTEXT
                                  ? "plain HTTP"
                                  : tg_protocol_name(d->over->protocol));
        TG_PIECES_ADD_LITERAL(detail, ". ");
    }
}

const char *tg_rejection_status_line(request_rec *r, const tg_decision_t *d,
                                     const tg_rejection_terms_t *terms, const char *title)
{
    tg_pieces_t line;

    tg_pieces_begin(r->pool, &line);
    tg_pieces_add(&line, apr_itoa(r->pool, d->status));
    TG_PIECES_ADD_LITERAL(&line, " ");
    tg_pieces_add(&line, title);
    if (terms->reason == TG_REASON_PROTOCOL && terms->needed != TG_PROTOCOLS) {
        TG_PIECES_ADD_LITERAL(&line, ": use ");
        if (d->over->protocol == TG_PROTOCOL_CLEARTEXT) {
            TG_PIECES_ADD_LITERAL(&line, "https with ");
        }
        tg_pieces_add(&line, tg_protocol_name(terms->needed));
        TG_PIECES_ADD_LITERAL(&line, " or newer");
    }
    return tg_pieces_join(r->pool, &line);
}

/* Only what a date says: a phase that the operator set by hand ends by hand. */
static void add_when_it_ends(const tg_decision_t *d, tg_rejection_text_t *text)
{
    tg_pieces_t *detail = &text->detail;

    if (text->is_permanent) {
        TG_PIECES_ADD_LITERAL(detail, " This is permanent.");
        return;
    }
    if (d->decides->phase == TG_PHASE_TRIAL) {
        TG_PIECES_ADD_LITERAL(detail, " This is a trial shutdown");
        if (text->until) {
            TG_PIECES_ADD_LITERAL(detail, " until ");
            tg_pieces_add(detail, text->until);
        }
        TG_PIECES_ADD_LITERAL(detail, ".");
    }
    if (text->for_good) {
        TG_PIECES_ADD_LITERAL(detail, " Such requests are rejected for good from ");
        tg_pieces_add(detail, text->for_good);
        TG_PIECES_ADD_LITERAL(detail, ".");
    }
}

/* After that date the client gets no response that could explain it. */
static tg_instant_t handshake_fails_from(request_rec *r, const tg_decision_t *d)
{
    const tg_outcome_t in_handshake = { .binding = tg_conf_handshake_binding(
                                            r->server, d->decides->binding->schedule) };
    tg_instant_t refuse;

    if (!in_handshake.binding || in_handshake.binding->report_only) {
        return TG_NEVER;
    }
    refuse = tg_outcome_refused_from(&in_handshake, &d->subject);
    return refuse > d->subject.now ? refuse : TG_NEVER;
}

static void add_when_refused(apr_pool_t *pool, tg_rejection_text_t *text)
{
    if (text->refused_from != TG_NEVER) {
        TG_PIECES_ADD_LITERAL(&text->detail, " From ");
        tg_pieces_add(&text->detail, tg_instant_text(pool, text->refused_from));
        TG_PIECES_ADD_LITERAL(&text->detail, " on the TLS handshake itself fails");
        if (text->is_capable) {
            TG_PIECES_ADD_LITERAL(
                &text->detail,
                ", unless your client also offers something better that the server supports");
        }
        TG_PIECES_ADD_LITERAL(&text->detail, ".");
    }
}

static void add_why(tg_pieces_t *detail, request_rec *r, const tg_decision_t *d, tg_cause_t cause,
                    const tg_rejection_terms_t *terms)
{
    const char *why = tg_cause_sentence(r->pool, cause, d->over->offer, d->over->session->known,
                                        terms->reason, terms->needed);

    if (why) {
        TG_PIECES_ADD_LITERAL(detail, " ");
        tg_pieces_add(detail, why);
    }
}

static const char *optional_instant(apr_pool_t *pool, tg_instant_t t)
{
    return t == TG_NEVER ? NULL : tg_instant_text(pool, t);
}

void tg_rejection_text(request_rec *r, const tg_decision_t *d, const tg_rejection_terms_t *terms,
                       const char *title, tg_rejection_text_t *text)
{
    const tg_schedule_t *schedule = d->decides->binding->schedule;
    tg_cause_t cause = tg_decision_cause(d, schedule, 1);

    text->ends = terms->until;
    text->sunset = tg_verdict_sunset(d->outcomes, d->count, &d->subject);
    text->refused_from = handshake_fails_from(r, d);
    text->is_capable = cause == TG_CAUSE_CAPABLE;
    text->is_permanent = d->decides->phase != TG_PHASE_TRIAL && text->sunset <= d->subject.now;
    text->schedule = schedule;
    text->cause = tg_cause_name(cause);
    text->protocol = terms->reason == TG_REASON_ANY ? NULL : tg_protocol_name(d->over->protocol);
    text->needed = terms->reason == TG_REASON_PROTOCOL && terms->needed != TG_PROTOCOLS
                       ? tg_protocol_name(terms->needed)
                       : NULL;
    text->phase = tg_phase_name(d->decides->phase);
    text->host = tg_page_host(r);
    text->test_page = terms->reason == TG_REASON_ANY ? NULL : tg_page_url(r, TG_PAGE_VERIFY);
    text->until = optional_instant(r->pool, terms->until);
    text->for_good = optional_instant(r->pool, text->sunset);
    text->advice = tg_decision_advice(r, d, cause);
    text->title = title;
    tg_pieces_begin(r->pool, &text->detail);
    add_what_came(&text->detail, d, terms->reason);
    add_what_is_needed(&text->detail, d, terms->reason, text->needed);
    text->when = text->detail.n;
    add_when_it_ends(d, text);
    add_when_refused(r->pool, text);
    text->why = text->detail.n;
    add_why(&text->detail, r, d, cause, terms);
}
