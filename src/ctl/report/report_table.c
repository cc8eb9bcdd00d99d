/* A report for people at a terminal. */
#include "report.h"

#include "base/text.h"
#include "term/term.h"

#include <apr_strings.h>
#include <string.h>

/* Addresses of failed handshakes that are listed; JSON has all. */
#define NAMED_MAX 50

/* The columns of a name; one that is longer has a line of its own. */
#define NAME_COLUMNS 40
#define NAME_COLUMNS_LEAST 12

/* What a line has besides the name: with all of it; with days in place of times and without what
 * was rejected; and without protocols, causes and user agent, which are below it then. */
#define COLUMNS_ALL 126
#define COLUMNS_DAYS 91

/* How wide a line may be. In what is no terminal all is there, always in the same columns. */
typedef struct {
    int name;       /* columns of a name */
    int has_times;  /* times of day, and what was rejected */
    int is_in_line; /* protocols, causes and user agent */
} table_layout_t;

static const char *shown_text(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t number)
{
    tg_span_t text = tg_tally_text(report->tally, number);

    return text.length ? tg_text_printable(pool, apr_pstrmemdup(pool, text.at, text.length)) : "-";
}

/* A dash for nothing. */
static const char *or_dash(const char *text)
{
    return *text ? text : "-";
}

/* `2018-07-10`, or a dash. */
static const char *day_text(apr_pool_t *pool, tg_instant_t t)
{
    return t == TG_NEVER || t == TG_ALWAYS ? "-" : apr_pstrndup(pool, tg_instant_text(pool, t), 10);
}

/* `2018-07-10 09:00Z` */
static const char *time_text(apr_pool_t *pool, const table_layout_t *layout, tg_instant_t t)
{
    const char *day = day_text(pool, t);

    return layout->has_times && *day != '-'
               ? apr_psprintf(pool, "%s %.5sZ", day,
                              tg_instant_text(pool, t) + strlen("2018-07-10T"))
               : day;
}

static table_layout_t layout_of(const tg_ctl_report_t *report, FILE *out)
{
    table_layout_t layout = { NAME_COLUMNS, 1, 1 };
    int width = tg_term_width(out), longest = NAME_COLUMNS_LEAST;
    uint32_t i;

    if (width == 0) {
        return layout;
    }
    for (i = 0; i < report->row_count; i++) {
        uint32_t name = tg_tally_client(report->tally, report->rows[i])->client;
        int length = (int)tg_tally_text(report->tally, name).length;

        longest = length > longest ? length : longest;
    }
    layout.name = longest < NAME_COLUMNS ? longest : NAME_COLUMNS;
    layout.has_times = width >= layout.name + COLUMNS_ALL;
    layout.is_in_line = width >= layout.name + COLUMNS_DAYS;
    return layout;
}

/* The part of a line that each layout has. @p name is not too long */
static const char *first_columns(apr_pool_t *pool, const table_layout_t *layout, const char *name,
                                 const char *const *cells)
{
    int date = layout->has_times ? (int)strlen("2018-07-10 09:00Z") : (int)strlen("2018-07-10");

    return apr_psprintf(pool, "%s%*s %9s%s%s  %-*s  %-*s  %-10s", name,
                        layout->name - tg_term_columns(name), "", cells[0],
                        layout->has_times ? " " : "",
                        layout->has_times ? apr_psprintf(pool, "%9s", cells[1]) : "", date,
                        cells[2], date, cells[3], cells[4]);
}

/* The rest of it, with the blanks before it; empty: it is below the line. */
static const char *last_columns(const tg_ctl_report_t *report, apr_pool_t *pool,
                                const table_layout_t *layout, const char *const *cells)
{
    if (!layout->is_in_line) {
        return "";
    }
    return tg_ctl_report_tells_agent(report)
               ? apr_psprintf(pool, "  %-16s %-13s %s", cells[0], cells[1], cells[2])
               : apr_psprintf(pool, "  %-16s %s", cells[0], cells[1]);
}

static void print_table_head(const tg_ctl_report_t *report, apr_pool_t *pool,
                             const table_layout_t *layout, FILE *out)
{
    static const char *const heads[] = { "COUNT", "REJECTED", "FIRST SEEN", "LAST SEEN", "BREAKS" };
    static const char *const last_heads[] = { "PROTOCOLS", "CAUSES", "USER AGENT" };

    tg_term_print(out, TG_TERM_STRONG, "%s%s",
                  first_columns(pool, layout, tg_ctl_report_words(report).column, heads),
                  last_columns(report, pool, layout, last_heads));
}

static void print_columns(const tg_ctl_report_t *report, apr_pool_t *pool,
                          const table_layout_t *layout, const tg_tally_client_t *c, FILE *out)
{
    const char *name = shown_text(report, pool, c->client);
    const char *const last[] = { or_dash(tg_ctl_report_protocols(report, pool, c->facts, " ")),
                                 or_dash(tg_ctl_report_causes(report, pool, c->facts, " ")),
                                 shown_text(report, pool, c->user_agent) };
    const char *const cells[] = { apr_psprintf(pool, "%" APR_UINT64_T_FMT, c->count),
                                  apr_psprintf(pool, "%" APR_UINT64_T_FMT, c->rejected),
                                  time_text(pool, layout, c->first_seen),
                                  time_text(pool, layout, c->last_seen),
                                  day_text(pool, tg_ctl_report_breaks_at(report, c)) };

    if (tg_term_columns(name) > layout->name) {
        tg_term_print(out, TG_TERM_PLAIN, "%s", name);
        name = "";
    }
    tg_term_print(out, TG_TERM_PLAIN, "%s%s", first_columns(pool, layout, name, cells),
                  last_columns(report, pool, layout, last));
    if (!layout->is_in_line) {
        tg_term_wrap(
            out, TG_TERM_PLAIN, "      ",
            tg_text_join(pool, last, tg_ctl_report_tells_agent(report) ? 3 : 2, ", ", ", "));
    }
}

static void print_straggler(const tg_ctl_report_t *report, apr_pool_t *pool,
                            const table_layout_t *layout, const tg_tally_client_t *c, FILE *out)
{
    tg_span_t advice = tg_ctl_report_advice(report, pool, c);

    print_columns(report, pool, layout, c, out);
    if (advice.length) {
        tg_term_wrap(out, TG_TERM_PLAIN, "      advice: ",
                     tg_text_printable(pool, apr_pstrmemdup(pool, advice.at, advice.length)));
    }
    if (c->moved_at != TG_NEVER) {
        tg_term_print(out, TG_TERM_PLAIN, "      %s: its first modern request since was at %s",
                      tg_ctl_report_moved_probably(report, c) ? "probably moved" : "moved",
                      tg_instant_text(pool, c->moved_at));
    }
    if (c->probable) {
        tg_term_print(out, TG_TERM_PLAIN,
                      "      probably also %u handshake%s that failed, by address and JA4",
                      c->probable, c->probable == 1 ? "" : "s");
    }
}

static void print_trial_lines(const tg_ctl_report_t *report, apr_pool_t *pool, FILE *out)
{
    const tg_trials_t *trials = report->question->counted.trials;
    int i;

    for (i = 0; trials && i < trials->rows->nelts; i++) {
        const tg_trials_row_t *row = &APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t);
        tg_ctl_report_trial_t trial = tg_ctl_report_trial(report, row);

        tg_term_wrap(out, TG_TERM_PLAIN,
                     apr_psprintf(pool, "%s, trial of %s: ", row->schedule->name,
                                  tg_instant_text(pool, row->start)),
                     tg_ctl_report_trial_text(pool, &trial));
    }
}

/* Those that have names. What has none is mostly a scanner. */
static void print_named(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t count, FILE *out)
{
    uint32_t i, listed = 0;
    int n;

    for (i = 0; i < count && listed < NAMED_MAX; i++) {
        const tg_tally_failed_t *f = tg_tally_failed(report->tally, i);
        tg_tally_probable_t names = tg_tally_probable(report->tally, f);
        const char *text = names.count > 1 ? "one of " : "probably ";

        for (n = 0; n < names.count; n++) {
            text = apr_pstrcat(pool, text, n ? ", " : "", shown_text(report, pool, names.names[n]),
                               NULL);
        }
        if (names.count > 0) {
            listed++;
            tg_term_print(out, TG_TERM_PLAIN, "  %-*s %9" APR_UINT64_T_FMT "  %s  %s",
                          NAME_COLUMNS - 2, shown_text(report, pool, f->client),
                          (apr_uint64_t)f->count, day_text(pool, f->last_seen), text);
        }
    }
}

/* Which handshakes the rest is about: with --top not all are looked at. */
static const char *failures_text(apr_pool_t *pool, uint64_t failed, uint32_t count, uint32_t found)
{
    return count == found
               ? apr_psprintf(pool, "Failed handshakes: %" APR_UINT64_T_FMT ", of which",
                              (apr_uint64_t)failed)
               : apr_psprintf(pool,
                              "Failed handshakes: %" APR_UINT64_T_FMT
                              ", of %u kinds by address, JA4 and host; of the %u with most",
                              (apr_uint64_t)failed, found, count);
}

static void print_failures(const tg_ctl_report_t *report, apr_pool_t *pool, FILE *out)
{
    const tg_tally_sums_t *sums = tg_tally_sums(report->tally);
    uint64_t probable = 0, ambiguous = 0;
    uint32_t i, found, count = tg_ctl_report_failures(report, &found);

    for (i = 0; i < count; i++) {
        const tg_tally_failed_t *f = tg_tally_failed(report->tally, i);
        int names = tg_tally_probable(report->tally, f).count;

        probable += names == 1 ? f->count : 0;
        ambiguous += names > 1 ? f->count : 0;
    }
    if (sums->failed) {
        tg_term_print(out, TG_TERM_PLAIN,
                      "%s %" APR_UINT64_T_FMT " probably of a client above and %" APR_UINT64_T_FMT
                      " of one of several",
                      failures_text(pool, sums->failed, count, found), (apr_uint64_t)probable,
                      (apr_uint64_t)ambiguous);
        print_named(report, pool, count, out);
    }
}

static void print_not_counted(const tg_ctl_report_t *report, uint64_t left_out, FILE *out)
{
    if (report->damaged || report->unfinished) {
        tg_term_print(out, TG_TERM_WARN,
                      "Damaged lines: %" APR_UINT64_T_FMT ", unfinished: %" APR_UINT64_T_FMT,
                      (apr_uint64_t)report->damaged, (apr_uint64_t)report->unfinished);
    }
    if (left_out) {
        tg_term_print(out, TG_TERM_WARN,
                      "%" APR_UINT64_T_FMT " record%s left out, in whole or in part, because there "
                      "are more clients, days or names than a report has room for; use --since "
                      "to narrow the report",
                      (apr_uint64_t)left_out, left_out == 1 ? " was" : "s were");
    }
}

/* The protocols that count in a log of all requests, which does not tell that itself. */
static void print_counted(const tg_ctl_report_t *report, apr_pool_t *pool, FILE *out)
{
    const tg_ctl_report_question_t *q = report->question;
    tg_traits_t named = 0, dateless;
    int i;

    for (i = 0; q->plan && i < q->plan->schedules->nelts; i++) {
        named |= APR_ARRAY_IDX(q->plan->schedules, i, const tg_schedule_t *)->traits;
    }
    dateless = q->counted.deprecated & TG_TRAITS_TLS & ~named;
    if (!q->plan) {
        tg_term_print(
            out, TG_TERM_PLAIN,
            "Counted as deprecated: %s (no plan is known here; --deprecated names others)",
            tg_protocol_list(pool, q->counted.deprecated));
    }
    else if (dateless) {
        tg_term_print(out, TG_TERM_PLAIN,
                      "Counted as deprecated: %s; no schedule names %s, so they have no date",
                      tg_protocol_list(pool, q->counted.deprecated),
                      tg_protocol_list(pool, dateless));
    }
}

static void print_report_sums(const tg_ctl_report_t *report, apr_pool_t *pool, FILE *out)
{
    const tg_tally_sums_t *sums = tg_tally_sums(report->tally);

    tg_term_print(out, TG_TERM_STRONG, "%s in %" APR_UINT64_T_FMT " records",
                  tg_ctl_report_listed(report, pool), (apr_uint64_t)sums->records);
    if (sums->all) {
        tg_term_print(out, TG_TERM_PLAIN, "Share of all requests: %.4f %%",
                      100 * (double)sums->old / (double)sums->all);
        print_counted(report, pool, out);
    }
    if (!report->question->client) {
        print_failures(report, pool, out);
    }
    if (sums->tests && !report->question->client) {
        tg_term_print(out, TG_TERM_PLAIN, "Tests (tlsgate-verify): %" APR_UINT64_T_FMT,
                      (apr_uint64_t)sums->tests);
    }
    print_not_counted(report, sums->left_out, out);
}

void tg_ctl_report_print_table(const tg_ctl_report_t *report, FILE *out)
{
    const table_layout_t layout = layout_of(report, out);
    apr_pool_t *pool;
    uint32_t i;

    apr_pool_create(&pool, report->question->ctl->pool);
    print_table_head(report, pool, &layout, out);
    for (i = 0; i < report->row_count; i++) {
        print_straggler(report, pool, &layout, tg_tally_client(report->tally, report->rows[i]),
                        out);
        apr_pool_clear(pool);
    }
    print_trial_lines(report, pool, out);
    print_report_sums(report, pool, out);
    apr_pool_destroy(pool);
}
