/* Warnings about a change: see effect_warnings.h. */
#include "effect_warnings.h"

#include "client_seen.h"

#include "base/program.h"
#include "base/rows.h"
#include "base/shell.h"
#include "term/when.h"
#include "tls/trait_words.h"

#include <apr_strings.h>
#include <string.h>

typedef enum {
    WARN_SETTINGS,
    WARN_AS,
    WARN_OTHER_SCHEDULE,
    WARN_OTHER_LINE,
    WARN_NO_SOURCE,
    WARN_HASHED,
    WARN_PLAIN,
    WARN_PROXY,
    WARN_HEADER,
    WARN_UNSEEN,
    WARN_UNUSED,
    WARN_NO_TLS,
    WARN_CODES
} warning_code_t;

static const char *const warning_names[] = {
    "tls_settings",       "as",           "other_schedule", "other_line",
    "no_identity_source", "hashed_there", "plain_there",    "proxy",
    "peer_of_header",     "never_seen",   "unused",         "no_tls",
};
TG_ROWS_ARE(warning_names, WARN_CODES);

typedef struct {
    warning_code_t code;
    const char *cause; /* why, and what helps: the end of the sentence */
    tg_traits_t traits;
    int has_expr;
    const char *stays; /* `rejected`, `refused` or both, of what is about kinds of clients */
    json_t *at;
    apr_hash_t *known; /* the places of the list */
} warning_t;

tg_ctl_warnings_t tg_ctl_warnings_open(const tg_ctl_effect_t *effect, const tg_ctl_effect_on_t *on)
{
    tg_ctl_warnings_t warnings = { effect, on,
                                   apr_array_make(effect->ctl->pool, 4, sizeof(warning_t)) };

    return warnings;
}

/* --- collecting them --- */

static warning_t *find_warning(tg_ctl_warnings_t *w, warning_code_t code, const char *cause)
{
    warning_t *found;
    int i;

    for (i = 0; i < w->found->nelts; i++) {
        found = &APR_ARRAY_IDX(w->found, i, warning_t);
        if (found->code == code && strcmp(found->cause, cause) == 0) {
            return found;
        }
    }
    found = apr_array_push(w->found);
    memset(found, 0, sizeof(*found));
    found->code = code;
    found->cause = cause;
    found->at = json_array();
    found->known = apr_hash_make(w->found->pool);
    return found;
}

/* The places come once for each kind. */
static void add_at(warning_t *warning, const char *place)
{
    if (!apr_hash_get(warning->known, place, APR_HASH_KEY_STRING)) {
        apr_hash_set(warning->known, place, APR_HASH_KEY_STRING, place);
        json_array_append_new(warning->at, json_string(place));
    }
}

static void warn_at(tg_ctl_warnings_t *w, warning_code_t code, const char *cause,
                    const tg_ctl_place_t *place)
{
    add_at(find_warning(w, code, cause), place->text);
}

static void warn_stays(tg_ctl_warnings_t *w, warning_code_t code, const char *cause,
                       const tg_ctl_place_t *place, const tg_ctl_kind_t *kind,
                       const tg_ctl_answer_t *after)
{
    warning_t *warning = find_warning(w, code, cause);
    const char *stays;

    warning->traits |= kind->traits;
    warning->has_expr |= kind->expr != NULL;
    stays = after->kind == TG_CTL_REJECTED ? "rejected" : "refused";
    warning->stays = warning->stays && strcmp(warning->stays, stays) != 0 ? "turned away" : stays;
    add_at(warning, place->text);
}

/* --- the answers --- */

/* Also of what is turned away for another reason now. */
static void warn_settings(tg_ctl_warnings_t *w, const tg_ctl_place_t *place,
                          const tg_ctl_kind_t *kind, const tg_ctl_answer_t *after)
{
    const tg_plan_kept_out_t *out = NULL;

    if (!tg_ctl_place_accepts(place, kind, &out)) {
        warn_stays(w, WARN_SETTINGS,
                   out ? apr_pstrcat(w->effect->ctl->pool, "whatever a schedule says, because ",
                                     out->reason, "; ", out->fix, NULL)
                       : "by the TLS settings of the server, whatever a schedule says",
                   place, kind, after);
    }
}

static const char *as_cause(apr_pool_t *pool, const tg_binding_t *binding)
{
    return apr_pstrcat(pool, "by ", binding->schedule->name, " as=", tg_phase_name(binding->as),
                       " in its TlsGate line, which no change by hand reaches; change httpd.conf",
                       NULL);
}

/* The change is of a schedule that is named there, and does not help. */
static void warn_here(tg_ctl_warnings_t *w, const tg_ctl_place_t *place, const tg_ctl_kind_t *kind,
                      const tg_ctl_answer_t *after)
{
    apr_pool_t *pool = w->effect->ctl->pool;
    const tg_schedule_t *s = w->effect->schedule;
    const tg_binding_t *by = after->decides ? after->decides->binding : NULL;

    warn_settings(w, place, kind, after);
    if (after->kind == TG_CTL_KEPT_OUT) {
        return;
    }
    if (by->has_as) {
        warn_stays(w, WARN_AS, as_cause(pool, by), place, kind, after);
    }
    else if (by->schedule != s) {
        warn_stays(w, WARN_OTHER_SCHEDULE,
                   apr_pstrcat(pool, "by ", by->schedule->name, ", which applies there beside ",
                               s->name, ": change that too", NULL),
                   place, kind, after);
    }
}

void tg_ctl_warnings_note(tg_ctl_warnings_t *w, const tg_ctl_place_t *place,
                          const tg_ctl_kind_t *kind, const tg_ctl_answer_t *before,
                          const tg_ctl_answer_t *after)
{
    if (!w->on->opens || before->kind == TG_CTL_SERVED || after->kind == TG_CTL_SERVED) {
        return;
    }
    if (tg_ctl_place_has(place->bindings, w->effect->schedule)) {
        warn_here(w, place, kind, after);
    }
    else if (after->kind != TG_CTL_KEPT_OUT) {
        warn_stays(w, WARN_OTHER_LINE,
                   apr_pstrcat(w->effect->ctl->pool,
                               "by another schedule: the TlsGate line there "
                               "does not name ",
                               w->effect->schedule->name, NULL),
                   place, kind, after);
    }
}

/* --- the places --- */

/* The exemption of a client that TlsGateIdentity never yields there. */
static void warn_identity(tg_ctl_warnings_t *w, const tg_ctl_place_t *place)
{
    const char *client = w->on->client, *value = strchr(client, ':') + 1;
    apr_pool_t *pool = w->effect->ctl->pool;
    apr_size_t length = (apr_size_t)(value - client) - 1;

    if (!tg_ctl_place_has_source(place, client, -1)) {
        warn_at(w, WARN_NO_SOURCE,
                apr_psprintf(pool, "TlsGateIdentity there has no source of \"%.*s:\"", (int)length,
                             client),
                place);
    }
    else if (tg_ctl_place_is_hash(value)) {
        warn_at(w, WARN_PLAIN,
                "TlsGateIdentity there does not hash: write the client as the log has it", place);
    }
    else {
        warn_at(w, WARN_HASHED,
                apr_psprintf(pool,
                             "TlsGateIdentity there hashes: write \"%.*s:$(" TG_PROGRAM_NAME
                             " hash %s)\"",
                             (int)length, client, tg_shell_word(pool, value)),
                place);
    }
}

/* A handshake shows another address than the request. */
static void warn_peer(tg_ctl_warnings_t *w, const tg_ctl_place_t *place)
{
    const tg_ctl_effect_t *e = w->effect;
    tg_instant_t refuse =
        tg_phase_refuse(e->schedule, tg_override_find(e->before, e->schedule->name));

    if (refuse >= w->on->until || place->settings->is_tls == 0) {
        return;
    }
    if (place->settings->peer == TG_PLAN_PEER_PROXY) {
        warn_at(w, WARN_PROXY,
                apr_pstrcat(e->ctl->pool,
                            "RemoteIPProxyProtocol shows the address only with the request, so no "
                            "handshake is refused there until ",
                            tg_term_when(e->ctl->pool, w->on->until, e->ctl->now), NULL),
                place);
    }
    else if (place->settings->peer == TG_PLAN_PEER_HEADER) {
        warn_at(w, WARN_HEADER,
                "RemoteIPHeader may name the client, and the handshake shows the address that "
                "connects: the exemption counts there only if it is of that",
                place);
    }
}

/* An address is in the log only as far as TlsGatePrivacy lets it. */
static int is_logged_as_is(const tg_ctl_place_t *place, const char *client)
{
    return strncmp(client, "ip:", 3) == 0 ? strcmp(place->settings->privacy, "full") == 0
                                          : tg_ctl_place_knows(place, client);
}

/* A name that no line of the log has may be misspelled. */
static void warn_unseen(tg_ctl_warnings_t *w)
{
    const apr_array_header_t *places = w->effect->places;
    apr_pool_t *pool = w->effect->ctl->pool;
    tg_ctl_seen_t seen = tg_ctl_seen_open(pool, w->on->client);
    int i;

    for (i = 0; i < places->nelts; i++) {
        const tg_ctl_place_t *place = &APR_ARRAY_IDX(places, i, tg_ctl_place_t);

        if (tg_ctl_place_has(place->bindings, w->effect->schedule) &&
            is_logged_as_is(place, w->on->client)) {
            tg_ctl_seen_look(&seen, place->settings->log);
        }
    }
    if (seen.lines > 0 && !seen.is_found) {
        find_warning(w, WARN_UNSEEN, tg_ctl_seen_text(pool, &seen));
    }
}

void tg_ctl_warnings_of_places(tg_ctl_warnings_t *w, int has_rows)
{
    const apr_array_header_t *places = w->effect->places;
    int i, count = 0;

    for (i = 0; i < places->nelts; i++) {
        const tg_ctl_place_t *place = &APR_ARRAY_IDX(places, i, tg_ctl_place_t);

        if (!tg_ctl_place_has(place->bindings, w->effect->schedule)) {
            continue;
        }
        count++;
        if (w->on->opens && w->on->client && !tg_ctl_place_knows(place, w->on->client)) {
            warn_identity(w, place);
        }
        if (w->on->opens && w->on->address) {
            warn_peer(w, place);
        }
    }
    if (count == 0) {
        find_warning(w, WARN_UNUSED, "no TlsGate line names it: the change has no effect");
    }
    else if (!has_rows) {
        find_warning(w, WARN_NO_TLS,
                     "no server that it applies to speaks TLS: the change has no effect");
    }
    if (w->on->opens && w->on->client && count > 0) {
        warn_unseen(w);
    }
}

/* --- as documents --- */

static const char *warning_text(const tg_ctl_warnings_t *w, const warning_t *warning)
{
    apr_pool_t *pool = w->effect->ctl->pool;
    const char *name = w->effect->schedule->name;
    const char *at = tg_ctl_places_text(pool, warning->at);
    int is_plural;
    const char *whom;

    if (warning->stays) {
        whom = tg_trait_words(pool, warning->traits,
                              warning->has_expr ? TG_WORDS_TRAITS_AND_EXPR : TG_WORDS_TRAITS,
                              &is_plural);
        return apr_pstrcat(pool, name, ": ", whom, is_plural ? " stay " : " stays ", warning->stays,
                           " at ", at, " ", warning->cause, NULL);
    }
    if (json_array_size(warning->at) == 0) {
        return apr_pstrcat(pool, name, ": ", warning->cause, NULL);
    }
    return apr_pstrcat(pool, w->on->text, warning->code < WARN_PROXY ? " cannot match at " : " at ",
                       at, ": ", warning->cause, NULL);
}

void tg_ctl_warnings_close(const tg_ctl_warnings_t *w, json_t *list)
{
    int i;

    for (i = 0; i < w->found->nelts; i++) {
        warning_t *warning = &APR_ARRAY_IDX(w->found, i, warning_t);

        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}", "code",
                                              warning_names[warning->code], "schedule",
                                              w->effect->schedule->name, "text",
                                              warning_text(w, warning), "at", warning->at));
    }
}
