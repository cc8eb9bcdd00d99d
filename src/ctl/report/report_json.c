/* A report as JSON: docs/report.schema.json. One straggler after the other, since there may be a
 * million of them.
 */
#include "report.h"

#include "base/json.h"
#include "base/json_stream.h"

#include <jansson.h>
#include <string.h>

/* A text; null: it is empty. */
static void put_span(tg_json_stream_t *out, const char *name, tg_span_t text)
{
    if (text.length) {
        tg_json_stream_text(out, name, text.at, text.length);
    }
    else {
        tg_json_stream_null(out, name);
    }
}

static void put_word(tg_json_stream_t *out, const char *name, const char *word)
{
    tg_json_stream_text(out, name, word, strlen(word));
}

static void put_counted(tg_json_stream_t *out, const char *name, uint64_t count)
{
    tg_json_stream_number(out, name, (int64_t)count);
}

/* The texts of one kind of a client, the last that was met first. */
static void put_kind_texts(tg_json_stream_t *out, const char *name, const tg_ctl_report_t *report,
                           uint32_t facts, tg_tally_kind_t kind)
{
    const tg_tally_fact_t *fact = tg_tally_fact(report->tally, facts, kind);

    tg_json_stream_open_array(out, name);
    for (; fact; fact = tg_tally_fact(report->tally, fact->next, kind)) {
        put_span(out, NULL, tg_tally_text(report->tally, tg_tally_fact_what(fact)));
    }
    tg_json_stream_close(out);
}

static const char *counted_protocol(int protocol)
{
    return tg_protocol_name((tg_protocol_t)protocol);
}

static const char *counted_cause(int cause)
{
    return tg_cause_name((tg_cause_t)cause);
}

/* How many requests there were of each kind that has a name. */
static void put_kind_counts(tg_json_stream_t *out, const char *name, const uint64_t *counts,
                            int kinds, const char *(*kind_name)(int kind))
{
    int i;

    tg_json_stream_open_object(out, name);
    for (i = 0; i < kinds; i++) {
        if (counts[i] && kind_name(i)) {
            put_counted(out, kind_name(i), counts[i]);
        }
    }
    tg_json_stream_close(out);
}

static void put_listed(tg_json_stream_t *out, const tg_ctl_report_t *report, apr_pool_t *pool,
                       const tg_tally_client_t *c)
{
    const tg_tally_ways_t ways = tg_tally_ways(report->tally, c->facts);

    tg_json_stream_open_object(out, NULL);
    put_span(out, "client", tg_tally_text(report->tally, c->client));
    put_counted(out, "count", c->count);
    put_counted(out, "rejected", c->rejected);
    tg_json_stream_instant(out, "first_seen", c->first_seen);
    tg_json_stream_instant(out, "last_seen", c->last_seen);
    put_kind_counts(out, "protocols", ways.protocols, TG_PROTOCOLS, counted_protocol);
    put_kind_counts(out, "causes", ways.causes, TG_CAUSES, counted_cause);
    put_kind_texts(out, "user_agents", report, c->facts, TG_TALLY_USER_AGENT);
    put_kind_texts(out, "addresses", report, c->facts, TG_TALLY_ADDRESS);
    put_kind_texts(out, "hosts", report, c->facts, TG_TALLY_HOST);
    put_span(out, "advice", tg_ctl_report_advice(report, pool, c));
    tg_json_stream_instant(out, "breaks_at", tg_ctl_report_breaks_at(report, c));
    tg_json_stream_instant(out, "moved_at", c->moved_at);
    tg_json_stream_truth(out, "moved_probably", tg_ctl_report_moved_probably(report, c));
    put_counted(out, "probable", c->probable);
    tg_json_stream_close(out);
}

static void put_stragglers(tg_json_stream_t *out, const tg_ctl_report_t *report)
{
    apr_pool_t *pool;
    uint32_t i;

    apr_pool_create(&pool, report->question->ctl->pool);
    tg_json_stream_open_lines(out, "stragglers");
    for (i = 0; i < report->row_count; i++) {
        put_listed(out, report, pool, tg_tally_client(report->tally, report->rows[i]));
        apr_pool_clear(pool);
    }
    tg_json_stream_close(out);
    apr_pool_destroy(pool);
}

static void put_day_counts(tg_json_stream_t *out, const tg_ctl_report_t *report)
{
    int i, p, count;
    const tg_tally_day_t *days = tg_tally_days(report->tally, &count);

    tg_json_stream_open_lines(out, "by_day");
    for (i = 0; i < count; i++) {
        char day[TG_INSTANT_STRLEN];

        tg_instant_format(days[i].day * 86400, day);
        day[sizeof("2018-07-10") - 1] = '\0';
        for (p = 0; p < TG_PROTOCOLS; p++) {
            if (days[i].count[p]) {
                tg_json_stream_open_object(out, NULL);
                put_word(out, "day", day);
                put_word(out, "protocol", tg_protocol_name((tg_protocol_t)p));
                put_counted(out, "count", days[i].count[p]);
                tg_json_stream_close(out);
            }
        }
    }
    tg_json_stream_close(out);
}

static void put_failed(tg_json_stream_t *out, const tg_ctl_report_t *report,
                       const tg_tally_failed_t *f)
{
    const tg_tally_probable_t names = tg_tally_probable(report->tally, f);
    const tg_tally_ways_t ways = tg_tally_ways(report->tally, f->facts);
    int n;

    tg_json_stream_open_object(out, NULL);
    put_span(out, "client", tg_tally_text(report->tally, f->client));
    put_span(out, "ja4", tg_tally_text(report->tally, f->ja4));
    put_span(out, "host", tg_tally_text(report->tally, f->host));
    put_counted(out, "count", f->count);
    put_counted(out, "refused", f->refused);
    tg_json_stream_instant(out, "first_seen", f->first_seen);
    tg_json_stream_instant(out, "last_seen", f->last_seen);
    put_kind_counts(out, "protocols", ways.protocols, TG_PROTOCOLS, counted_protocol);
    tg_json_stream_open_array(out, "probable");
    for (n = 0; n < names.count; n++) {
        put_span(out, NULL, tg_tally_text(report->tally, names.names[n]));
    }
    tg_json_stream_close(out);
    tg_json_stream_truth(out, "ambiguous", names.count > 1);
    tg_json_stream_close(out);
}

static void put_failed_lists(tg_json_stream_t *out, const tg_ctl_report_t *report)
{
    uint32_t i, found, count = tg_ctl_report_failures(report, &found);

    tg_json_stream_open_lines(out, "failed_handshakes");
    for (i = 0; i < count; i++) {
        put_failed(out, report, tg_tally_failed(report->tally, i));
    }
    tg_json_stream_close(out);
}

/* Null for what is not known. */
static json_t *count_if(int is_known, uint32_t count)
{
    return is_known ? json_integer((json_int_t)count) : json_null();
}

static json_t *gap_json(const tg_trial_gap_t *gap)
{
    return json_pack("{s:s, s:o, s:o, s:b, s:b}", "by", tg_override_kind_name(gap->by), "from",
                     tg_json_instant(gap->from), "to", tg_json_instant(gap->to), "from_exact",
                     gap->is_from_exact, "to_exact", gap->to != TG_NEVER && gap->is_to_exact);
}

static json_t *gaps_json(const tg_trial_course_t *course)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < course->gaps->nelts; i++) {
        json_array_append_new(list,
                              gap_json(&APR_ARRAY_IDX(course->gaps, i, const tg_trial_gap_t)));
    }
    return list;
}

static json_t *trial_json(const tg_ctl_report_t *report, apr_pool_t *pool,
                          const tg_trials_row_t *row)
{
    const tg_ctl_report_trial_t trial = tg_ctl_report_trial(report, row);
    const tg_trial_course_t *course = &trial.course;
    const tg_trial_gap_t *gap = tg_trial_course_gap(course);
    const int is_met_known = !trial.is_before, is_known = is_met_known && trial.since > 0;

    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
        "schedule", row->schedule->name, "start", tg_json_instant(row->start), "end",
        tg_json_instant(row->end), "known_to", tg_json_instant(trial.known_to), "ended_at",
        tg_json_instant(course->end), "cut_short_by",
        tg_json_text(gap ? tg_override_kind_name(gap->by) : NULL), "cut_short_at",
        gap ? tg_json_instant(gap->from) : json_null(), "ran_on_from",
        tg_json_instant(tg_trial_course_ran_on(course, trial.known_to)), "gaps", gaps_json(course),
        "seconds_since", trial.since > 0 ? json_integer(trial.since) : json_null(), "stragglers",
        count_if(is_met_known, trial.present), "met", count_if(is_met_known, trial.met), "moved",
        count_if(is_known, trial.moved), "retried", count_if(is_known, trial.retried), "silent",
        count_if(is_known, trial.silent), "ten_minutes_an_hour",
        count_if(trial.is_hourly_known && is_met_known, trial.hourly), "text",
        tg_ctl_report_trial_text(pool, &trial));
}

static void put_trial_list(tg_json_stream_t *out, const tg_ctl_report_t *report)
{
    const tg_trials_t *trials = report->question->counted.trials;
    int i;

    if (!trials) {
        return;
    }
    tg_json_stream_open_lines(out, "trials");
    for (i = 0; i < trials->rows->nelts; i++) {
        tg_json_stream_value(out, NULL,
                             trial_json(report, report->question->ctl->pool,
                                        &APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t)));
    }
    tg_json_stream_close(out);
}

static void put_damaged(tg_json_stream_t *out, const tg_ctl_report_t *report)
{
    int i;

    tg_json_stream_open_array(out, "damaged_lines");
    for (i = 0; i < report->places->nelts; i++) {
        const tg_ctl_report_place_t *place =
            &APR_ARRAY_IDX(report->places, i, tg_ctl_report_place_t);

        tg_json_stream_open_object(out, NULL);
        put_word(out, "file", place->file);
        put_counted(out, "line", place->line);
        tg_json_stream_close(out);
    }
    tg_json_stream_close(out);
}

/* The numbers at the end. */
static void put_sums(tg_json_stream_t *out, const tg_ctl_report_t *report)
{
    const tg_tally_sums_t *sums = tg_tally_sums(report->tally);
    uint32_t failed_found;

    (void)tg_ctl_report_failures(report, &failed_found);
    put_counted(out, "records", sums->records);
    put_counted(out, "damaged", report->damaged);
    put_counted(out, "unfinished", report->unfinished);
    put_counted(out, "tests", sums->tests);
    put_counted(out, "left_out", sums->left_out);
    tg_json_stream_value(out, "share",
                         sums->all ? json_real((double)sums->old / (double)sums->all) : NULL);
    put_counted(out, "found", report->found);
    put_counted(out, "failed", sums->failed);
    put_counted(out, "failed_found", failed_found);
    put_damaged(out, report);
}

/* Whether it could be written is asked of the file at the end, as in any command. */
static void write_bytes(void *file, const char *bytes, size_t length)
{
    (void)fwrite(bytes, 1, length, file);
}

void tg_ctl_report_print_json(const tg_ctl_report_t *report, FILE *out)
{
    tg_json_stream_t document;

    tg_json_stream_begin(&document, report->question->ctl->pool, write_bytes, out);
    put_stragglers(&document, report);
    put_day_counts(&document, report);
    put_failed_lists(&document, report);
    put_trial_list(&document, report);
    put_sums(&document, report);
    tg_json_stream_end(&document);
}
