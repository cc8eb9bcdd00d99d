/* What a rejection says: see rejection_body.h. */
#include "rejection_body.h"

#include "base/text.h"

#include <apr_strings.h>

/* What the answer says, whatever its form. NULL where there is nothing to say. */
typedef struct {
    const char *protocol;
    const char *needed;
    const char *phase;
    const char *until;    /* RFC 3339: the end of the trial, if the client is served then */
    tg_instant_t sunset;  /* from when it is rejected for good; TG_NEVER if no date says so */
    const char *for_good; /* the same in RFC 3339 */
    const char *title;
    const char *detail;
    const char *cause;
    const char *advice;
    const tg_schedule_t *schedule;
} answer_t;

/* What the schedules of this place deprecate, as far as it is told. */
static tg_traits_t told_traits(const tg_decision_t *d)
{
    const apr_array_header_t *gates = d->scope->gates;
    tg_traits_t traits = 0;
    int i;

    for (i = 0; i < gates->nelts; i++) {
        const tg_gate_ref_t *gate = APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *);
        tg_outcome_t o = tg_outcome_of(&gate->binding, &d->subject);

        if (o.enforced && o.phase != TG_PHASE_OBSERVE) {
            traits |= gate->entry->schedule->traits;
        }
    }
    return traits;
}

static tg_reason_t reason_of(const tg_decision_t *d)
{
    return tg_schedule_reason(d->decides->binding->schedule, d->over->protocol, d->over->traits);
}

tg_protocol_t tg_rejection_needed(const tg_decision_t *d)
{
    tg_reason_t reason = reason_of(d);
    tg_protocol_t needed = tg_schedule_needed(reason, d->over->protocol, told_traits(d));

    /* Where a host is to be retired, what decides today still can be satisfied. */
    return needed != TG_PROTOCOLS ? needed
                                  : tg_schedule_needed(reason, d->over->protocol,
                                                       d->decides->binding->schedule->traits);
}

/* --- the sentences --- */

static const char *title_of(request_rec *r, const tg_decision_t *d)
{
    const char *what = tg_protocol_name(d->over->protocol);
    int trial = d->decides->phase == TG_PHASE_TRIAL;

    switch (reason_of(d)) {
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

static const char *protocol_needed(request_rec *r, const tg_decision_t *d, const answer_t *a)
{
    if (!a->needed) {
        return "No newer version is accepted here.";
    }
    return apr_pstrcat(r->pool,
                       d->over->protocol == TG_PROTOCOL_CLEARTEXT ? "Use https with " : "Use ",
                       a->needed, " or newer.", NULL);
}

static const char *what_is_needed(request_rec *r, const tg_decision_t *d, const answer_t *a)
{
    switch (reason_of(d)) {
    case TG_REASON_PROTOCOL:
    case TG_REASONS:
        return protocol_needed(r, d, a);
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

/* Only what a date says: a phase that the operator set by hand ends by hand. */
static const char *when_it_ends(request_rec *r, const tg_decision_t *d, const answer_t *a)
{
    const char *trial = "";

    if (d->decides->phase == TG_PHASE_TRIAL) {
        trial = a->until
                    ? apr_pstrcat(r->pool, " This is a trial shutdown until ", a->until, ".", NULL)
                    : " This is a trial shutdown.";
    }
    else if (a->sunset <= d->subject.now) {
        return " This is permanent.";
    }
    return a->for_good ? apr_pstrcat(r->pool, trial, " Such requests are rejected for good from ",
                                     a->for_good, ".", NULL)
                       : trial;
}

/* After that date there is no answer that could say anything. */
static const char *when_refused(request_rec *r, const tg_decision_t *d)
{
    const tg_schedule_t *schedule = d->decides->binding->schedule;
    tg_instant_t refuse =
        tg_phase_refuse(schedule, tg_override_find(d->subject.overrides, schedule->name));
    char buf[TG_INSTANT_STRLEN];

    if (d->decides->binding->has_as || refuse == TG_NEVER || refuse <= d->subject.now) {
        return "";
    }
    return apr_pstrcat(r->pool, " From ", tg_instant_format(refuse, buf),
                       " on the TLS handshake itself fails.", NULL);
}

static const char *date_or_null(request_rec *r, tg_instant_t t)
{
    return t == TG_NEVER ? NULL : tg_instant_text(r->pool, t);
}

static answer_t compose(request_rec *r, const tg_decision_t *d, tg_protocol_t needed,
                        tg_instant_t until)
{
    const char *protocol = tg_protocol_name(d->over->protocol);
    const tg_schedule_t *schedule = d->decides->binding->schedule;
    tg_cause_t cause = tg_decision_cause(d, schedule, 1);
    const char *why =
        tg_cause_sentence(r->pool, cause, d->over->offer, d->over->session->known, reason_of(d));
    answer_t a = { 0 };

    a.schedule = schedule;
    a.cause = tg_cause_name(cause);
    a.protocol = protocol;
    if (reason_of(d) == TG_REASON_PROTOCOL && needed != TG_PROTOCOLS) {
        a.needed = tg_protocol_name(needed);
    }
    a.phase = tg_phase_name(d->decides->phase);
    a.until = date_or_null(r, until);
    a.sunset = tg_outcome_sunset(d->decides, &d->subject);
    a.for_good = date_or_null(r, a.sunset);
    a.advice = tg_decision_advice(r, d, cause);
    a.title = title_of(r, d);
    a.detail = apr_pstrcat(r->pool, "The request came over ",
                           d->over->protocol == TG_PROTOCOL_CLEARTEXT ? "plain HTTP" : protocol,
                           ". ", what_is_needed(r, d, &a), when_it_ends(r, d, &a),
                           when_refused(r, d), why ? " " : "", why ? why : "", NULL);
    return a;
}

/* --- the forms --- */

/** The most pieces that a problem is made of: three per member, and three. */
#define PIECES_MAX 40

/* Pieces of text whose lengths are known, to be joined in one go. */
typedef struct {
    struct iovec at[PIECES_MAX];
    apr_size_t n;
} pieces_t;

static void add(pieces_t *pieces, const char *text, apr_size_t length)
{
    pieces->at[pieces->n].iov_base = (void *)text;
    pieces->at[pieces->n++].iov_len = length;
}

/* RFC 9457: the members of the problem, then ours; those that are not known are left out.
 * Names, versions, phases, instants and links were checked when the configuration was
 * read, and what is said about them is ours: only the operator's sentences are quoted. */
static const char *problem_json(request_rec *r, const tg_decision_t *d, const answer_t *a)
{
#define MEMBER(name, value)                                                                        \
    {                                                                                              \
        ",\"" name "\":\"", sizeof(",\"" name "\":\"") - 1, value                                  \
    }
    const char *info = a->schedule->info;
    const struct {
        const char *before;
        apr_size_t length;
        const char *value;
    } members[] = {
        MEMBER("title", a->title),       MEMBER("detail", a->detail),
        MEMBER("protocol", a->protocol), MEMBER("schedule", a->schedule->name),
        MEMBER("phase", a->phase),       MEMBER("minimum_protocol", a->needed),
        MEMBER("until", a->until),       MEMBER("rejected_for_good", a->for_good),
        MEMBER("cause", a->cause),       MEMBER("info", info),
    };
    const char *type = apr_pstrcat(r->pool, "{\"type\":\"", info ? info : "about:blank",
                                   "\",\"status\":", apr_itoa(r->pool, d->status), NULL);
    const char *advice =
        a->advice ? apr_pstrcat(r->pool, ",\"advice\":", tg_text_quote(r->pool, a->advice), NULL)
                  : "";
    pieces_t pieces = { .n = 0 };
    size_t i;

    add(&pieces, type, strlen(type));
    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (members[i].value) {
            add(&pieces, members[i].before, members[i].length);
            add(&pieces, members[i].value, strlen(members[i].value));
            add(&pieces, "\"", 1);
        }
    }
    add(&pieces, advice, strlen(advice));
    add(&pieces, "}\n", 2);
    return apr_pstrcatv(r->pool, pieces.at, pieces.n, NULL);
#undef MEMBER
}

const char *tg_rejection_body(request_rec *r, const tg_decision_t *d, tg_type_t type,
                              tg_protocol_t needed, tg_instant_t until)
{
    answer_t a = compose(r, d, needed, until);
    const tg_fact_t facts[] = {
        { "Protocol used", a.protocol, 0 },
        { "Needed", a.needed, 0 },
        { "Phase", a.phase, 0 },
        { "Until", a.until, 0 },
        { "Rejected for good from", a.for_good, 0 },
        { "What to do", a.advice, 0 },
        { "More", a.schedule->info, 1 },
        { NULL, NULL, 0 },
    };
    const tg_frame_t page = { a.title, a.detail, facts };

    switch (type) {
    case TG_TYPE_HTML:
        return tg_frame_html(r->pool, &page);
    case TG_TYPE_TEXT:
        return tg_frame_text(r->pool, &page);
    case TG_TYPE_JSON:
    case TG_TYPES:
        break;
    }
    return problem_json(r, d, &a);
}
