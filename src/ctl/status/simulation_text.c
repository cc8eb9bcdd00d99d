/* What a client would get, as text: see simulation_text.h. */
#include "simulation_text.h"

#include "base/rows.h"
#include "ctl/base/document.h"
#include "ctl/base/place.h"
#include "term/term.h"
#include "term/when.h"
#include "tls/trait_words.h"

#include <apr_strings.h>
#include <string.h>

/* `TLS 1.0 and 1.1`. */
static const char *kinds_text(apr_pool_t *pool, const json_t *list)
{
    tg_traits_t traits = 0;
    int has_expr = 0;
    size_t i;

    for (i = 0; i < json_array_size(list); i++) {
        tg_traits_t trait = tg_trait_parse(json_string_value(json_array_get(list, i)));

        traits |= trait;
        has_expr |= trait == 0;
    }
    return tg_trait_words(pool, traits, has_expr ? TG_WORDS_TRAITS_AND_EXPR : TG_WORDS_TRAITS,
                          NULL);
}

static const char *when_text(apr_pool_t *pool, const char *text, tg_instant_t now)
{
    tg_instant_t t;
    tg_fault_t fault;

    return text && tg_instant_parse(text, &t, &fault) ? tg_term_when_far(pool, t, now) : "";
}

/* The columns before `why`, which is as long as it is. */
typedef enum { COLUMN_SCHEDULE, COLUMN_PHASE, COLUMN_SAYS, COLUMN_THEN, COLUMNS } outcome_column_t;

static const struct {
    const char *title, *member;
} outcome_columns[] = {
    { "schedule", "schedule" },
    { "phase", "phase" },
    { "says", "action" },
    { "then", "next_phase" },
};
TG_ROWS_ARE(outcome_columns, COLUMNS);

static const char *outcome_cell(apr_pool_t *pool, const json_t *outcome, int column,
                                tg_instant_t now)
{
    const char *text = tg_ctl_document_text(outcome, outcome_columns[column].member, "");
    const char *change = tg_ctl_document_text(outcome, "next_change", NULL);

    if (column == COLUMN_THEN) {
        return change ? apr_pstrcat(pool, text, " from ", when_text(pool, change, now), NULL)
                      : "it stays";
    }
    if (column == COLUMN_SAYS && !json_is_true(json_object_get(outcome, "enforced"))) {
        return apr_pstrcat(pool, text, ", only logged", NULL);
    }
    return text;
}

static void measure_columns(apr_pool_t *pool, const json_t *outcomes, tg_instant_t now,
                            int widths[COLUMNS])
{
    const json_t *outcome;
    int column;
    size_t i;

    for (column = 0; column < COLUMNS; column++) {
        widths[column] = (int)strlen(outcome_columns[column].title);
        json_array_foreach (outcomes, i, outcome) {
            int width = (int)strlen(outcome_cell(pool, outcome, column, now));

            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
}

/* @param outcome NULL: the titles */
static const char *outcome_line(apr_pool_t *pool, const json_t *outcome, const int widths[COLUMNS],
                                tg_instant_t now)
{
    const char *line = "  ";
    int column;

    for (column = 0; column < COLUMNS; column++) {
        line = apr_psprintf(pool, "%s%-*s  ", line, widths[column],
                            outcome ? outcome_cell(pool, outcome, column, now)
                                    : outcome_columns[column].title);
    }
    return apr_pstrcat(pool, line, outcome ? tg_ctl_document_text(outcome, "why", "") : "why",
                       NULL);
}

/* Where the table is wider than the terminal: `legacy-tls  cutoff, reject; then ...; why`. */
static void print_outcomes_below(FILE *out, apr_pool_t *pool, const json_t *outcomes,
                                 tg_instant_t now)
{
    const json_t *outcome;
    size_t i;

    json_array_foreach (outcomes, i, outcome) {
        const char *first =
            apr_pstrcat(pool, "  ", outcome_cell(pool, outcome, COLUMN_SCHEDULE, now), "  ", NULL);

        tg_term_wrap(out, TG_TERM_PLAIN, first,
                     apr_pstrcat(pool, outcome_cell(pool, outcome, COLUMN_PHASE, now), ": ",
                                 outcome_cell(pool, outcome, COLUMN_SAYS, now),
                                 "; then: ", outcome_cell(pool, outcome, COLUMN_THEN, now),
                                 "; why: ", tg_ctl_document_text(outcome, "why", ""), NULL));
    }
}

static void print_outcomes(FILE *out, apr_pool_t *pool, const json_t *outcomes, tg_instant_t now)
{
    const json_t *outcome;
    int widths[COLUMNS];
    size_t i;

    measure_columns(pool, outcomes, now, widths);
    json_array_foreach (outcomes, i, outcome) {
        if (!tg_term_fits(out, "", outcome_line(pool, outcome, widths, now))) {
            print_outcomes_below(out, pool, outcomes, now);
            return;
        }
    }
    tg_term_print(out, TG_TERM_PLAIN, "%s", outcome_line(pool, NULL, widths, now));
    json_array_foreach (outcomes, i, outcome) {
        tg_term_print(out, TG_TERM_PLAIN, "%s", outcome_line(pool, outcome, widths, now));
    }
}

/* What it gets, and from when it gets something else. */
static void print_said(FILE *out, apr_pool_t *pool, const char *label, const json_t *said,
                       tg_instant_t now)
{
    const char *until = tg_ctl_document_text(said, "until", NULL);
    const char *then = tg_ctl_document_text(said, "then", "");

    tg_term_wrap(out, TG_TERM_PLAIN, apr_psprintf(pool, "  %-19s ", label),
                 apr_pstrcat(pool, tg_ctl_document_text(said, "words", ""), until ? "; from " : "",
                             when_text(pool, until, now), until ? " on: " : "", until ? then : "",
                             NULL));
}

static void print_answer(FILE *out, apr_pool_t *pool, const json_t *answer, const char *client,
                         tg_instant_t now)
{
    const json_t *outcomes = json_object_get(answer, "outcomes");
    const char *again = tg_ctl_document_text(answer, "served_again", NULL);

    tg_term_wrap(out, TG_TERM_STRONG, "",
                 apr_pstrcat(pool, kinds_text(pool, json_object_get(answer, "deprecated")), " at ",
                             tg_ctl_places_text(pool, json_object_get(answer, "at")), NULL));
    print_said(out, pool, "a new client:", json_object_get(answer, "new_client"), now);
    print_said(out, pool, "an open connection:", json_object_get(answer, "open_connection"), now);
    if (again) {
        tg_term_row(out, "served again",
                    apr_pstrcat(pool, "from ", when_text(pool, again, now), NULL));
    }
    if (json_is_false(json_object_get(answer, "client_known"))) {
        tg_term_row(out, "client",
                    apr_pstrcat(pool, client,
                                " is not identified there, so it is treated as an unknown client",
                                NULL));
    }
    if (json_array_size(outcomes) > 0) {
        print_outcomes(out, pool, outcomes, now);
    }
}

void tg_ctl_simulation_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out)
{
    const json_t *answers = json_object_get(document, "answers"), *answer;
    const char *client = tg_ctl_document_text(document, "client", NULL);
    size_t i;

    tg_term_wrap(out, TG_TERM_PLAIN, "",
                 apr_pstrcat(pool, "at ",
                             when_text(pool, tg_ctl_document_text(document, "time", NULL), now),
                             client ? ", " : "", client ? client : "", NULL));
    json_array_foreach (answers, i, answer) {
        print_answer(out, pool, answer, client, now);
    }
    if (json_array_size(answers) == 0) {
        tg_term_print(out, TG_TERM_STRONG, "served: no schedule deprecates it anywhere");
    }
}
