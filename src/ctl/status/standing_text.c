/* Where a schedule stands, on one line: see standing_text.h. */
#include "standing_text.h"

#include "base/relative.h"
#include "base/rows.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/base/place.h"
#include "format/state.h"
#include "policy/phase.h"
#include "term/term.h"
#include "term/when.h"

#include <apr_strings.h>
#include <string.h>

/** Names longer than that are not aligned. */
#define NAME_COLUMNS 24

static int is_turned_away(const json_t *standing)
{
    return tg_phase_rejects(tg_phase_parse(tg_ctl_document_text(standing, "phase", ""))) &&
           !json_is_true(json_object_get(standing, "report_only"));
}

static const char *phase_word(apr_pool_t *pool, const json_t *standing)
{
    const char *phase = tg_ctl_document_text(standing, "phase", "");

    return is_turned_away(standing) ? tg_text_upper(pool, phase) : phase;
}

/* ` since 08:40Z (1 h 5 min)` */
static const char *since_words(apr_pool_t *pool, const json_t *standing, tg_instant_t now)
{
    tg_instant_t since = tg_ctl_document_instant(standing, "since", TG_ALWAYS);

    return since == TG_ALWAYS ? ""
                              : apr_pstrcat(pool, " since ", tg_term_when(pool, since, now), " (",
                                            tg_relative_length(pool, now - since), ")", NULL);
}

/* What was done by hand, of which state kinds are the names, or by TlsGateGuard. */
static const char *by_hand_words(const char *kind, int is_postponed)
{
    static const char *const words[][2] = { { ", suspended by hand",
                                              ", suspended and postponed by hand" },
                                            { ", by hand", ", by hand, and postponed" },
                                            { ", postponed by hand", ", postponed by hand" },
                                            { "", "" } };
    TG_ROWS_ARE(words, TG_STATE_KINDS);

    tg_state_kind_t of = tg_state_kind_parse(kind);

    return of == TG_STATE_KINDS ? ", by TlsGateGuard" : words[of][is_postponed];
}

/* What made the phase, and for whom it is. */
static const char *how_words(apr_pool_t *pool, const json_t *standing)
{
    const char *by_hand = tg_ctl_document_text(standing, "by_hand", NULL);
    const char *as = tg_ctl_document_text(standing, "as", NULL);
    json_int_t share = json_integer_value(json_object_get(standing, "share_percent"));

    return apr_pstrcat(
        pool,
        by_hand
            ? by_hand_words(by_hand, tg_ctl_document_text(standing, "postponed_to", NULL) != NULL)
            : "",
        as ? ", by as=" : "", as ? as : "",
        share && share < 100 ? apr_psprintf(pool, ", for %d%% of the clients", (int)share) : "",
        json_is_true(json_object_get(standing, "report_only")) ? ", report-only" : "", NULL);
}

/* `next: refuse 2027-02-01 09:00Z (in 66 days)`, or NULL. */
static const char *next_words(apr_pool_t *pool, const json_t *standing, tg_instant_t now)
{
    const json_t *next = json_object_get(standing, "next");
    tg_instant_t at = tg_ctl_document_instant(next, "at", TG_NEVER);

    return at == TG_NEVER ? NULL
                          : apr_pstrcat(pool, "next: ", tg_ctl_document_text(next, "phase", ""),
                                        " ", tg_term_when_far(pool, at, now), NULL);
}

static const char *standing_words(apr_pool_t *pool, const json_t *standing, tg_instant_t now)
{
    return apr_pstrcat(pool, phase_word(pool, standing), since_words(pool, standing, now),
                       how_words(pool, standing), ": ", tg_ctl_document_text(standing, "says", ""),
                       NULL);
}

const char *tg_ctl_standing_line(apr_pool_t *pool, const json_t *standing, tg_instant_t now)
{
    const char *next = next_words(pool, standing, now);
    const char *between = tg_term_has_unicode() ? " \u00B7 " : "; ";

    return apr_pstrcat(pool, standing_words(pool, standing, now), next ? between : "",
                       next ? next : "", NULL);
}

/* --- below it --- */

static void print_other_places(FILE *out, apr_pool_t *pool, const char *indent,
                               const json_t *standing)
{
    const json_t *elsewhere = json_object_get(standing, "elsewhere"), *other;
    size_t i;

    json_array_foreach (elsewhere, i, other) {
        if (strcmp(tg_ctl_document_text(other, "says", ""),
                   tg_ctl_document_text(standing, "says", "")) == 0) {
            continue;
        }
        tg_term_wrap(out, TG_TERM_PLAIN, indent,
                     apr_pstrcat(pool, "but at ",
                                 tg_ctl_places_text(pool, json_object_get(other, "places")), ": ",
                                 tg_ctl_document_text(other, "says", ""), NULL));
    }
    if (json_array_size(json_object_get(standing, "places")) == 0) {
        tg_term_wrap(out, TG_TERM_WARN, indent, "but no TlsGate line names it, so it does nothing");
    }
}

static void print_waits(FILE *out, apr_pool_t *pool, const char *indent, const json_t *standing,
                        tg_instant_t now)
{
    tg_instant_t until = tg_ctl_document_instant(standing, "refuse_waits_until", TG_NEVER);

    if (until != TG_NEVER) {
        tg_term_wrap(out, TG_TERM_PLAIN, indent,
                     apr_pstrcat(pool, "refuse waits until ", tg_term_when_far(pool, until, now),
                                 ": a client that only its requests identify is exempt", NULL));
    }
}

/* The columns of the longest name, up to a limit. */
static int name_columns(const json_t *standings)
{
    const json_t *standing;
    size_t columns = 0, i;

    json_array_foreach (standings, i, standing) {
        size_t length = strlen(tg_ctl_document_text(standing, "name", ""));

        columns = length > columns && length <= NAME_COLUMNS ? length : columns;
    }
    return (int)columns;
}

/* On one line, or on two if that is too wide. */
static void print_standing(FILE *out, apr_pool_t *pool, const char *first, const char *indent,
                           const json_t *standing, tg_instant_t now)
{
    tg_term_look_t look = is_turned_away(standing) ? TG_TERM_BAD : TG_TERM_STRONG;
    const char *line = tg_ctl_standing_line(pool, standing, now);
    const char *next = next_words(pool, standing, now);

    if (next && !tg_term_fits(out, first, line)) {
        tg_term_wrap(out, look, first, standing_words(pool, standing, now));
        tg_term_wrap(out, TG_TERM_PLAIN, indent, next);
    }
    else {
        tg_term_wrap(out, look, first, line);
    }
}

void tg_ctl_standings_print(FILE *out, apr_pool_t *pool, const json_t *standings, tg_instant_t now)
{
    const json_t *standing;
    int columns = name_columns(standings);
    const char *indent = apr_psprintf(pool, "%*s", columns + 2, "");
    size_t i;

    json_array_foreach (standings, i, standing) {
        const char *name = tg_ctl_document_text(standing, "name", "");

        print_standing(out, pool, apr_psprintf(pool, "%-*s  ", columns, name), indent, standing,
                       now);
        print_waits(out, pool, indent, standing, now);
        print_other_places(out, pool, indent, standing);
    }
}
