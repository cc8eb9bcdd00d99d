/* The timeline on a terminal: see timeline_text.h. */
#include "timeline_text.h"

#include "base/program.h"
#include "base/relative.h"
#include "ctl/base/document.h"
#include "policy/phase.h"
#include "term/term.h"
#include "term/when.h"

#include <apr_strings.h>
#include <string.h>

/* The row that is in force at @p at, or in which it lies: instants of a document sort as text. */
static size_t row_index(const json_t *rows, const char *at)
{
    size_t i = json_array_size(rows) - 1;

    while (i > 0 && strcmp(tg_ctl_document_text(json_array_get(rows, i), "from", ""), at) > 0) {
        i--;
    }
    return i;
}

/* All occurrences of a trial that repeats. */
static int is_folded_row(const json_t *row)
{
    return json_is_integer(json_object_get(row, "every_seconds"));
}

/* `24 times`, `once` */
static const char *times_words(apr_pool_t *pool, const json_t *row)
{
    int times = (int)json_integer_value(json_object_get(row, "times"));

    return times == 1 ? "once" : apr_psprintf(pool, "%d times", times);
}

/* Why a trial does not run: `; held: does not run until tlsgatectl resume legacy`. */
static const char *row_stop_words(apr_pool_t *pool, const json_t *schedule, const json_t *row)
{
    const json_t *stopped = json_object_get(row, "stopped");

    if (!json_is_object(stopped)) {
        return "";
    }
    return tg_ctl_document_text(stopped, "until", NULL)
               ? "; stopped by TlsGateGuard"
               : apr_pstrcat(pool, "; held: does not run until " TG_PROGRAM_NAME " resume ",
                             tg_ctl_document_text(schedule, "name", ""), NULL);
}

/* `trial of 10 min, every 1 h until 2018-07-21T14:00:00Z: 24 times, 25% of the clients` */
static const char *row_words(apr_pool_t *pool, const json_t *row)
{
    json_int_t share = json_integer_value(json_object_get(row, "share_percent"));
    const char *phase = tg_ctl_document_text(row, "phase", "");
    const char *text = json_is_object(json_object_get(row, "stopped"))
                           ? apr_pstrcat(pool, phase, ", in place of a trial", NULL)
                           : phase;

    if (is_folded_row(row)) {
        json_int_t every = json_integer_value(json_object_get(row, "every_seconds"));
        json_int_t length = json_integer_value(json_object_get(row, "length_seconds"));

        text =
            apr_pstrcat(pool, text, " of ", tg_relative_length(pool, length), ", every ",
                        tg_relative_length(pool, every), " until ",
                        tg_ctl_document_text(row, "until", ""), ": ", times_words(pool, row), NULL);
    }
    return share && share < 100 ? apr_psprintf(pool, "%s, %d%% of the clients", text, (int)share)
                                : text;
}

/* `  2018-08-07T08:40:00Z  cutoff (1 day ago, 09:40 BST)` */
static void print_timeline_row(FILE *out, apr_pool_t *pool, const json_t *schedule,
                               const json_t *row, tg_instant_t now)
{
    tg_instant_t from = tg_ctl_document_instant(row, "from", TG_ALWAYS);
    const char *local = tg_term_local_time(pool, from);
    const char *words = row_words(pool, row);

    if (from != TG_ALWAYS) {
        words =
            apr_pstrcat(pool, words, row_stop_words(pool, schedule, row),
                        is_folded_row(row) ? " (first " : " (", tg_relative_text(pool, from, now),
                        local ? ", " : "", local ? local : "", ")", NULL);
    }
    tg_term_wrap(
        out, TG_TERM_PLAIN,
        apr_psprintf(pool, "  %-20s  ", tg_ctl_document_text(row, "from", "from the start")),
        words);
}

/* In a trial that repeats the row does not tell when the phase ends. */
static const char *present_words(apr_pool_t *pool, const json_t *schedule, const json_t *row)
{
    const char *phase = tg_ctl_document_text(schedule, "phase", "");
    const char *next = tg_ctl_document_text(schedule, "next_phase", NULL);

    return next && is_folded_row(row)
               ? apr_pstrcat(pool, phase, ", then ", next, " from ",
                             tg_ctl_document_text(schedule, "next_change", ""), NULL)
               : phase;
}

/* Rows that are always shown: those that last, and those that represent many. */
static int is_milestone(const json_t *row)
{
    tg_phase_t phase = tg_phase_parse(tg_ctl_document_text(row, "phase", ""));

    return tg_phase_is_final(phase) || phase == TG_PHASE_GRACE || is_folded_row(row);
}

void tg_ctl_timeline_print(FILE *out, apr_pool_t *pool, const json_t *schedule, const char *at,
                           tg_instant_t now)
{
    const json_t *rows = json_object_get(schedule, "rows"), *row;
    const char *word = strcmp(at, tg_instant_text(pool, now)) == 0 ? "now" : "then";
    size_t present = row_index(rows, at), i;

    json_array_foreach (rows, i, row) {
        json_int_t left_out = json_integer_value(json_object_get(row, "left_out"));

        if (left_out > 0) {
            tg_term_print(out, TG_TERM_PLAIN, "  ... %ld more: --json has them all",
                          (long)left_out);
        }
        else {
            print_timeline_row(out, pool, schedule, row, now);
        }
        if (i == present) {
            tg_term_print(out, TG_TERM_STRONG, "> %-20s  %s: %s", at, word,
                          present_words(pool, schedule, row));
        }
    }
}

void tg_ctl_timeline_print_after(FILE *out, apr_pool_t *pool, const json_t *schedule,
                                 tg_instant_t end, tg_instant_t now)
{
    const json_t *rows = json_object_get(schedule, "rows"), *row;
    size_t i;

    json_array_foreach (rows, i, row) {
        if (is_milestone(row) && tg_ctl_document_instant(row, "from", TG_ALWAYS) >= end) {
            print_timeline_row(out, pool, schedule, row, now);
        }
    }
}
