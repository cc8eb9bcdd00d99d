/* Proposed trials as lines of a configuration: see proposed.h.
 *
 * All but the directives are comments, so that the whole can be pasted or included. A comment ends
 * with a full stop: after a backslash, which a name may end with, the next line would belong to it.
 */
#include "proposed.h"

#include "base/interval.h"
#include "base/relative.h"
#include "base/text.h"
#include "ctl/base/document.h"
#include "ctl/status/stopped.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

static long number_in(const json_t *object, const char *name)
{
    return (long)json_integer_value(json_object_get(object, name));
}

/* `1 client`, `14 clients` */
static const char *counted_thing(apr_pool_t *pool, long n, const char *thing)
{
    return apr_psprintf(pool, "%ld %s%s", n, thing, n == 1 ? "" : "s");
}

static const char *duration_of(apr_pool_t *pool, const json_t *object, const char *name)
{
    char text[TG_DURATION_STRLEN];

    return apr_pstrdup(pool, tg_duration_format(number_in(object, name), text));
}

/* `95.1 %`, cut and not rounded. */
static const char *share_of_clients(apr_pool_t *pool, const json_t *document, long part)
{
    long clients = number_in(document, "clients"), tenths = clients ? part * 1000 / clients : 0;

    return apr_psprintf(pool, "%ld.%ld %%", tenths / 10, tenths % 10);
}

/* `, 3 of them for the first time: a, b, c` */
static const char *new_clients(apr_pool_t *pool, const json_t *window)
{
    const json_t *list = json_object_get(window, "first_new"), *item;
    const char *names[TG_CTL_PROPOSED_NAMED];
    long fresh = number_in(window, "new_clients");
    apr_size_t n = 0;
    size_t i;

    if (fresh == 0) {
        return "";
    }
    json_array_foreach (list, i, item) {
        names[n++] = json_string_value(item);
    }
    return apr_psprintf(pool, ", %ld of them for the first time: %s%s", fresh,
                        tg_text_join(pool, names, n, ", ", ", "),
                        fresh > (long)n ? " and others" : "");
}

static void print_window(FILE *out, apr_pool_t *pool, const json_t *window)
{
    tg_term_print(
        out, TG_TERM_PLAIN, "# %s: %s of %s%s.", tg_ctl_document_text(window, "start", ""),
        counted_thing(pool, number_in(window, "requests"), "request"),
        counted_thing(pool, number_in(window, "clients"), "client"), new_clients(pool, window));
}

static void print_proposed_trials(FILE *out, apr_pool_t *pool, const json_t *document)
{
    const json_t *windows = json_object_get(document, "windows");
    const json_t *trials = json_object_get(document, "trials"), *trial, *place;
    size_t i, j;

    json_array_foreach (trials, i, trial) {
        tg_term_print(out, TG_TERM_PLAIN, "%s", "");
        json_array_foreach (json_object_get(trial, "windows"), j, place) {
            print_window(out, pool, json_array_get(windows, (size_t)json_integer_value(place)));
        }
        tg_term_print(out, TG_TERM_STRONG, "%s", tg_ctl_document_text(trial, "line", ""));
    }
}

static const char *promise_text(apr_pool_t *pool, const json_t *document)
{
    long percent = number_in(document, "percent_above_least");
    long cost = number_in(document, "window_cost");
    const char *text = percent == 0
                           ? "No series of such windows rejects fewer"
                           : apr_psprintf(pool,
                                          "This is at most %ld %% more than the least that is "
                                          "possible",
                                          percent);

    return cost ? apr_psprintf(pool, "%s, where a window counts as %s more", text,
                               counted_thing(pool, cost, "request"))
                : text;
}

static const char *source_name(const json_t *document)
{
    return tg_ctl_document_text(json_object_get(document, "history"), "source", "log");
}

/* What is known of the clients, and what is estimated. */
static const char *known_text(apr_pool_t *pool, const json_t *document)
{
    const json_t *history = json_object_get(document, "history");
    const char *span = apr_pstrcat(pool, tg_ctl_document_text(history, "start", ""), " to ",
                                   tg_ctl_document_text(history, "end", ""), NULL);

    if (json_is_true(json_object_get(history, "estimated"))) {
        return apr_pstrcat(
            pool, "From the ledger, ", span,
            ": a client counts as met if it was ever seen at these hours of the week; "
            "its requests are estimated: all of them, spread over its hours.",
            NULL);
    }
    return apr_pstrcat(
        pool, "From the log, ", span,
        ": a client counts as met if it came at these times of the week",
        number_in(history, "weeks") > 1
            ? " in at least half of its weeks; requests are those of an average week."
            : ".",
        NULL);
}

/* None of these trials would run. */
static void print_held_trials(FILE *out, apr_pool_t *pool, const json_t *document)
{
    if (json_is_true(json_object_get(document, "held"))) {
        const char *schedule = tg_ctl_document_text(document, "schedule", "");

        tg_term_print(out, TG_TERM_PLAIN, "# TlsGateGuard holds the trials of %s; %s.", schedule,
                      tg_ctl_stopped_remedy(pool, schedule));
    }
}

void tg_ctl_proposed_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const char *unknown = tg_ctl_past_caveat(pool, json_object_get(document, "history"));
    long met = number_in(document, "met"), moved;

    (void)now;
    if (!json_is_true(json_object_get(document, "found"))) {
        return; /* the error says why */
    }
    moved = number_in(json_object_get(document, "history"), "moved");
    tg_term_print(
        out, TG_TERM_PLAIN, "# %s: %s would meet %ld of %s (%s) and reject %s.",
        tg_ctl_document_text(document, "schedule", "All schedules"),
        counted_thing(pool, (long)json_array_size(json_object_get(document, "windows")), "window"),
        met, counted_thing(pool, number_in(document, "clients"), "client"),
        share_of_clients(pool, document, met),
        counted_thing(pool, number_in(document, "requests"), "request"));
    tg_term_print(out, TG_TERM_PLAIN, "# %s: within %s to %s, each of at most %s, in steps of %s.",
                  promise_text(pool, document), tg_ctl_document_text(document, "from", ""),
                  tg_ctl_document_text(document, "until", ""),
                  duration_of(pool, document, "max_window_seconds"),
                  duration_of(pool, document, "grid_seconds"));
    tg_term_print(out, TG_TERM_PLAIN, "# %s", known_text(pool, document));
    if (unknown) {
        tg_term_print(out, TG_TERM_PLAIN,
                      "# %s Who comes only then is not among these clients, and is not met: with a "
                      "%s of a week or more this is worth more.",
                      unknown, source_name(document));
    }
    if (moved > 0) {
        tg_term_print(out, TG_TERM_PLAIN, "# %s moved on, and %s not counted.",
                      moved == 1 ? "1 client has" : apr_psprintf(pool, "%ld clients have", moved),
                      moved == 1 ? "is" : "are");
    }
    print_held_trials(out, pool, document);
    print_proposed_trials(out, pool, document);
}

const char *tg_ctl_proposed_problem(apr_pool_t *pool, const json_t *document)
{
    const json_t *longer = json_object_get(document, "longer");
    const json_t *longest = json_object_get(document, "longest");
    const char *length = tg_ctl_past_short(pool, json_object_get(document, "history"));
    long possible = number_in(document, "possible");
    const char *text = apr_psprintf(
        pool, "windows of at most %s meet %s %ld of %s (%s), not %ld %%",
        duration_of(pool, document, "max_window_seconds"),
        possible < number_in(document, "need") ? "at most" : "one by one", possible,
        counted_thing(pool, number_in(document, "clients"), "client"),
        share_of_clients(pool, document, possible), number_in(document, "reach_percent"));

    if (json_is_object(longer)) {
        return apr_pstrcat(pool, text, "; with --max-window ",
                           duration_of(pool, longer, "window_seconds"), " they meet ",
                           share_of_clients(pool, document, number_in(longer, "clients")), NULL);
    }
    if (length) {
        return apr_pstrcat(pool, text, "; the ", source_name(document), " is only ", length,
                           " long, and nothing is known of the other times of a week: give one of "
                           "a week or more, or let the trials be at the times that it has, with "
                           "--after and --until",
                           NULL);
    }
    if (json_is_object(longest)) {
        return apr_pstrcat(pool, text, "; with --max-window ",
                           duration_of(pool, longest, "window_seconds"), " they meet ",
                           share_of_clients(pool, document, number_in(longest, "clients")),
                           ", and the others come too rarely or never in that time: ask for less, "
                           "with --reach",
                           NULL);
    }
    return apr_pstrcat(pool, text, "; ask for less, with --reach", NULL);
}
