/* The page tlsgate-verify for people: the verdict and the remedy, then the dates, then what only
 * a developer needs. See verify_frame.h. */
#include "verify_frame.h"

#include "verify_history.h"

#include "report/schedule_frame.h"
#include "report/wording.h"
#include "server/base/page_names.h"
#include "server/request/request_sighting.h"
#include "server/request/respond.h"
#include "tls/offered.h"
#include "tls/registry.h"
#include "tls/trait_words.h"

#include <apr_strings.h>
#include <http_ssl.h>

const char *tg_self_test_cipher(const tg_self_test_t *t)
{
    const char *cipher = t->d->over->session->cipher;

    if (!cipher) {
        cipher = ap_ssl_var_lookup(t->r->pool, t->r->server, t->r->connection, t->r, "SSL_CIPHER");
    }
    return cipher && *cipher ? tg_registry_cipher_name(cipher) : NULL;
}

static int is_rejected_now(const tg_self_test_t *t)
{
    int i;

    for (i = 0; i < t->count; i++) {
        if (t->outcomes[i].action >= TG_ACTION_REJECT) {
            return 1;
        }
    }
    return 0;
}

/* What a caller that no schedule concerns reads: until when that is so, as far as is known. */
static const char *ready_text(const tg_self_test_t *t)
{
    apr_pool_t *pool = t->r->pool;
    const char *retires, *date;

    if (!t->retires || t->retired == TG_NEVER) {
        return "No announced schedule of this host deprecates that.";
    }
    retires = tg_schedule_frame_traits(pool, t->retires);
    date = tg_instant_text(pool, t->retired);
    return t->retired > t->d->subject.now
               ? apr_pstrcat(pool, "It goes on working after ", date,
                             ", when this host stops accepting ", retires, ".", NULL)
               : apr_pstrcat(pool, "It goes on working: since ", date,
                             " this host has not accepted ", retires, ".", NULL);
}

static const char *deprecated_text(const tg_self_test_t *t)
{
    if (is_rejected_now(t)) {
        return "Under the schedule, such requests are rejected now.";
    }
    return t->breaks == TG_NEVER || t->breaks <= t->d->subject.now
               ? "Change your client before such requests are rejected."
               : apr_pstrcat(t->r->pool, "Change your client before ",
                             tg_instant_text(t->r->pool, t->breaks),
                             ": from then on such requests are rejected.", NULL);
}

/* What of the connection is deprecated beside its version: ` and use RSA key exchange`. */
static const char *used_text(const tg_self_test_t *t)
{
    tg_traits_t traits = 0;
    int i;

    for (i = 0; i < t->count; i++) {
        traits |= t->outcomes[i].binding->schedule->traits & t->d->over->traits;
    }
    traits &= TG_TRAITS_NEGOTIATED;
    return traits ? apr_pstrcat(t->r->pool, " and use ",
                                tg_trait_words(t->r->pool, traits, TG_WORDS_TRAITS, NULL), NULL)
                  : "";
}

/* When the caller came last with what is deprecated, as a caller that is ready has to know;
 * TG_ALWAYS: it did not, or that is not known. */
static tg_instant_t came_before(const tg_self_test_t *t)
{
    return t->count ? TG_ALWAYS : tg_verify_history_latest(t->history);
}

static const char *before_text(const tg_self_test_t *t)
{
    tg_instant_t latest = came_before(t);

    return latest == TG_ALWAYS
               ? ""
               : apr_pstrcat(t->r->pool, " But you also came with what is deprecated, last at ",
                             tg_instant_text(t->r->pool, latest), ": see \"What you used before\".",
                             NULL);
}

static const char *lead_of(const tg_self_test_t *t)
{
    tg_protocol_t protocol = t->d->over->protocol;

    return apr_pstrcat(
        t->r->pool, "You are connected over ",
        protocol == TG_PROTOCOL_CLEARTEXT ? "plain HTTP" : tg_protocol_name(protocol), used_text(t),
        ". ", t->count ? deprecated_text(t) : ready_text(t), before_text(t), NULL);
}

/* Where a version is the reason: the one to use. */
static const char *needed_text(const tg_self_test_t *t)
{
    if (t->needed == TG_PROTOCOLS) {
        return NULL;
    }
    return apr_pstrcat(t->r->pool,
                       t->d->over->protocol == TG_PROTOCOL_CLEARTEXT ? "Use https with " : "Use ",
                       tg_protocol_name(t->needed), " or newer.", NULL);
}

/* The link of the first schedule that has one. */
static const char *info_of(const tg_self_test_t *t)
{
    int i;

    for (i = 0; i < t->count; i++) {
        if (t->outcomes[i].binding->schedule->info) {
            return t->outcomes[i].binding->schedule->info;
        }
    }
    return NULL;
}

static void add_remedy(tg_frame_t *frame, const tg_self_test_t *t)
{
    tg_frame_add_part(frame, t->count ? TG_PART_REMEDY : TG_PART_SECTION,
                      t->count ? "What to do" : "See also");
    tg_frame_add(frame, TG_ITEM_ADVICE, NULL, t->advice);
    tg_frame_add(frame, TG_ITEM_SENTENCE, NULL, needed_text(t));
    tg_frame_add(frame, TG_ITEM_SENTENCE, NULL, t->why);
    tg_frame_add(frame, TG_ITEM_LINK, "More about this change", info_of(t));
    tg_frame_add(frame, TG_ITEM_LINK, "All dates of this host",
                 tg_page_url(t->r, TG_PAGE_SCHEDULE));
}

const tg_override_t *tg_self_test_stopped(const tg_self_test_t *t, const tg_outcome_t *o)
{
    const tg_override_t *override =
        tg_override_find(t->d->subject.overrides, o->binding->schedule->name);

    return tg_override_is_stopped(override, t->d->subject.now) &&
                   (o->by_hand == TG_OVERRIDE_GUARD || override->stopped_until == TG_NEVER)
               ? override
               : NULL;
}

static void add_stopped(tg_frame_t *frame, const tg_self_test_t *t, const tg_outcome_t *o)
{
    const tg_override_t *override = tg_self_test_stopped(t, o);
    apr_pool_t *pool = frame->pool;
    int holds;

    if (!override) {
        return;
    }
    holds = override->stopped_until == TG_NEVER;
    tg_frame_add(frame, TG_ITEM_SENTENCE, NULL,
                 apr_pstrcat(pool, "The trial of ", o->binding->schedule->name,
                             " was stopped by this server's guard at ",
                             tg_instant_text(pool, override->stopped_at),
                             ", because it rejected more requests than planned: ",
                             holds ? "no trial runs until its operators allow it"
                                   : "such requests are served until ",
                             holds ? "" : tg_instant_text(pool, override->stopped_until), ".",
                             NULL));
}

/* `legacy: trial until 2018-07-10T10:23:00Z, then announced` for each schedule */
static void add_phases(tg_frame_t *frame, const tg_self_test_t *t)
{
    apr_pool_t *pool = t->r->pool;
    int i;

    for (i = 0; i < t->count; i++) {
        const tg_outcome_t *o = &t->outcomes[i];
        tg_item_t row = { TG_FRAME_DATE, .label = "Phase now" };
        tg_phase_t next;
        tg_instant_t change = tg_outcome_next_change(o, &t->d->subject, &next);

        row.value = apr_pstrcat(pool, o->binding->schedule->name, ": ",
                                tg_wording_course(pool, o->phase, change, next), NULL);
        row.more = tg_wording_phases(pool, o->phase, change, next);
        tg_frame_add_date(frame, &row);
        add_stopped(frame, t, o);
    }
}

/* The first date from which a program sees a TLS error and nothing else. */
static void add_refused(tg_frame_t *frame, const tg_self_test_t *t)
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
    if (first) {
        int is_capable = tg_decision_cause(t->d, first, 1) == TG_CAUSE_CAPABLE;

        tg_frame_add_instant(frame, tg_wording_refused(is_capable), from);
    }
}

static void add_dates(tg_frame_t *frame, const tg_self_test_t *t)
{
    tg_item_t trial = { TG_FRAME_DATE, .label = "Trial, open or next" };
    tg_item_t no_date = { TG_FRAME_DATE, .label = "Rejected for good from" };

    if (!t->count) {
        return;
    }
    tg_frame_add_part(frame, TG_PART_SECTION, "When");
    add_phases(frame, t);
    if (t->trial.start != TG_NEVER) {
        trial.from = t->trial.start;
        trial.until = t->trial.end;
        tg_frame_add_date(frame, &trial);
    }
    if (t->breaks == TG_NEVER) {
        no_date.value = "no date yet";
        tg_frame_add_date(frame, &no_date);
    }
    tg_frame_add_instant(frame, no_date.label, t->breaks);
    add_refused(frame, t);
}

/* The only text of the page that is the caller's. HTML escapes it. */
static const char *client_text(const tg_self_test_t *t, tg_type_t type)
{
    const char *shown = t->d->identity.shown;

    return type == TG_TYPE_TEXT ? tg_respond_unmarked(t->r->pool, shown) : shown;
}

static void add_details(tg_frame_t *frame, const tg_self_test_t *t, tg_type_t type)
{
    const tg_transport_t *over = t->d->over;
    apr_pool_t *pool = t->r->pool;

    tg_frame_add_part(frame, TG_PART_FOLD, "Technical details");
    tg_frame_add(frame, TG_ITEM_FACT, "Protocol", tg_wording_protocol_both(pool, over->protocol));
    tg_frame_add(frame, TG_ITEM_FACT, "Cipher", tg_self_test_cipher(t));
    tg_frame_add(frame, TG_ITEM_FACT, "Group", tg_registry_group(over->group));
    tg_frame_add(frame, TG_ITEM_FACT, "Offered", tg_offered_versions(pool, over->offer));
    tg_frame_add(frame, TG_ITEM_FACT, "JA4", tg_connection_ja4(pool, over->offer));
    tg_frame_add(frame, TG_ITEM_FACT, "Client", client_text(t, type));
    tg_frame_add(frame, TG_ITEM_FACT, "Time", tg_instant_text(pool, frame->now));
}

/* What the page says first. */
typedef struct {
    const char *title, *verdict;
    tg_tone_t tone;
} headline_t;

static headline_t headline_of(const tg_self_test_t *t)
{
    if (t->count) {
        return is_rejected_now(t)
                   ? (headline_t){ "Your connection is deprecated", "Rejected now", TG_TONE_BAD }
                   : (headline_t){ "Your connection is deprecated", "Still served", TG_TONE_WARN };
    }
    return came_before(t) != TG_ALWAYS
               ? (headline_t){ "This connection is ready", "Ready, others were not", TG_TONE_WARN }
               : (headline_t){ "Your connection is ready", "Ready", TG_TONE_GOOD };
}

void tg_verify_frame_fill(tg_frame_t *frame, const tg_self_test_t *t, tg_type_t type)
{
    const headline_t headline = headline_of(t);

    tg_frame_begin(frame, t->r->pool, t->d->subject.now, headline.title);
    frame->host = tg_page_host(t->r);
    frame->verdict = headline.verdict;
    frame->tone = headline.tone;
    frame->lead = lead_of(t);
    add_remedy(frame, t);
    add_dates(frame, t);
    tg_verify_history_add(frame, t->history, type == TG_TYPE_TEXT);
    add_details(frame, t, type);
}
