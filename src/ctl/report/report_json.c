/* A report as JSON: docs/report.schema.json. One straggler after the other, since there may be a
 * million of them.
 */
#include "report.h"

#include "base/json.h"

#include <jansson.h>

static json_t *json_of(tg_span_t text)
{
    return text.length ? json_stringn(text.at, text.length) : json_null();
}

/* The texts of one kind of a client, the last that was met first. */
static json_t *texts_of(const tg_ctl_report_t *report, uint32_t facts, tg_tally_kind_t kind)
{
    const tg_tally_fact_t *fact = tg_tally_fact(report->tally, facts, kind);
    json_t *texts = json_array();

    for (; fact; fact = tg_tally_fact(report->tally, fact->next, kind)) {
        json_array_append_new(texts,
                              json_of(tg_tally_text(report->tally, tg_tally_fact_what(fact))));
    }
    return texts;
}

static void set_count(json_t *counts, const char *name, uint64_t count)
{
    if (name && count) {
        json_object_set_new(counts, name, json_integer((json_int_t)count));
    }
}

static json_t *protocol_counts(const tg_ctl_report_t *report, uint32_t facts)
{
    tg_tally_ways_t ways = tg_tally_ways(report->tally, facts);
    json_t *counts = json_object();
    int i;

    for (i = 0; i < TG_PROTOCOLS; i++) {
        set_count(counts, tg_protocol_name((tg_protocol_t)i), ways.protocols[i]);
    }
    return counts;
}

static json_t *cause_counts(const tg_ctl_report_t *report, uint32_t facts)
{
    tg_tally_ways_t ways = tg_tally_ways(report->tally, facts);
    json_t *counts = json_object();
    int i;

    for (i = 0; i < TG_CAUSES; i++) {
        set_count(counts, tg_cause_name((tg_cause_t)i), ways.causes[i]);
    }
    return counts;
}

static json_t *listed_json(const tg_ctl_report_t *report, apr_pool_t *pool, uint32_t row)
{
    const tg_tally_client_t *c = tg_tally_client(report->tally, row);

    return json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:I}",
                     "client", json_of(tg_tally_text(report->tally, c->client)), "count",
                     (json_int_t)c->count, "rejected", (json_int_t)c->rejected, "first_seen",
                     tg_json_instant(c->first_seen), "last_seen", tg_json_instant(c->last_seen),
                     "protocols", protocol_counts(report, c->facts), "causes",
                     cause_counts(report, c->facts), "user_agents",
                     texts_of(report, c->facts, TG_TALLY_USER_AGENT), "addresses",
                     texts_of(report, c->facts, TG_TALLY_ADDRESS), "hosts",
                     texts_of(report, c->facts, TG_TALLY_HOST), "advice",
                     json_of(tg_ctl_report_advice(report, pool, c)), "breaks_at",
                     tg_json_instant(tg_ctl_report_breaks_at(report, c)), "moved_at",
                     tg_json_instant(c->moved_at), "moved_probably",
                     tg_ctl_report_moved_probably(report, c), "probable", (json_int_t)c->probable);
}

static json_t *failed_json(const tg_ctl_report_t *report, uint32_t i)
{
    const tg_tally_failed_t *f = tg_tally_failed(report->tally, i);
    tg_tally_probable_t names = tg_tally_probable(report->tally, f);
    json_t *probable = json_array();
    int n;

    for (n = 0; n < names.count; n++) {
        json_array_append_new(probable, json_of(tg_tally_text(report->tally, names.names[n])));
    }
    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:b}", "client",
                     json_of(tg_tally_text(report->tally, f->client)), "ja4",
                     json_of(tg_tally_text(report->tally, f->ja4)), "host",
                     json_of(tg_tally_text(report->tally, f->host)), "count", (json_int_t)f->count,
                     "refused", (json_int_t)f->refused, "first_seen",
                     tg_json_instant(f->first_seen), "last_seen", tg_json_instant(f->last_seen),
                     "protocols", protocol_counts(report, f->facts), "probable", probable,
                     "ambiguous", names.count > 1);
}

/* An item of a list on a line of its own. @p item its reference is taken */
static void print_item(FILE *out, json_t *item, int *count)
{
    fputs((*count)++ ? ",\n    " : "\n    ", out);
    (void)json_dumpf(item, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(item);
}

static void print_days(const tg_ctl_report_t *report, FILE *out)
{
    int i, p, day_count, count = 0;
    const tg_tally_day_t *days = tg_tally_days(report->tally, &day_count);

    for (i = 0; i < day_count; i++) {
        char day[TG_INSTANT_STRLEN];

        tg_instant_format(days[i].day * 86400, day);
        day[sizeof("2018-07-10") - 1] = '\0';
        for (p = 0; p < TG_PROTOCOLS; p++) {
            if (days[i].count[p]) {
                print_item(out,
                           json_pack("{s:s, s:s, s:I}", "day", day, "protocol",
                                     tg_protocol_name((tg_protocol_t)p), "count",
                                     (json_int_t)days[i].count[p]),
                           &count);
            }
        }
    }
}

static json_t *trial_json(const tg_ctl_report_t *report, apr_pool_t *pool,
                          const tg_trials_row_t *row)
{
    tg_ctl_report_trial_t trial = tg_ctl_report_trial(report, row);

    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:s}", "schedule",
        row->schedule->name, "start", tg_json_instant(row->start), "end", tg_json_instant(row->end),
        "known_to", tg_json_instant(trial.known_to == TG_NEVER ? row->end : trial.known_to),
        "cut_short_by",
        tg_json_text(trial.cut_by == TG_OVERRIDE_NONE ? NULL : tg_override_kind_name(trial.cut_by)),
        "cut_short_at",
        trial.cut_by == TG_OVERRIDE_NONE ? json_null() : tg_json_instant(trial.cut_at),
        "stragglers", (json_int_t)trial.present, "met", (json_int_t)trial.met, "moved",
        (json_int_t)trial.moved, "retried", (json_int_t)trial.retried, "silent",
        (json_int_t)trial.silent, "ten_minutes_an_hour", (json_int_t)trial.hourly, "text",
        tg_ctl_report_trial_text(pool, &trial));
}

static void print_trial_list(const tg_ctl_report_t *report, FILE *out)
{
    const tg_trials_t *trials = report->question->counted.trials;
    int i, count = 0;

    if (!trials) {
        return;
    }
    fputs(",\n  \"trials\": [", out);
    for (i = 0; i < trials->rows->nelts; i++) {
        print_item(out,
                   trial_json(report, report->question->ctl->pool,
                              &APR_ARRAY_IDX(trials->rows, i, tg_trials_row_t)),
                   &count);
    }
    fputs("\n  ]", out);
}

static json_t *places_json(const tg_ctl_report_t *report)
{
    json_t *places = json_array();
    int i;

    for (i = 0; i < report->places->nelts; i++) {
        const tg_ctl_report_place_t *place =
            &APR_ARRAY_IDX(report->places, i, tg_ctl_report_place_t);

        json_array_append_new(
            places, json_pack("{s:s, s:I}", "file", place->file, "line", (json_int_t)place->line));
    }
    return places;
}

/* The numbers at the end, as members of the document. */
static void print_sums(const tg_ctl_report_t *report, FILE *out)
{
    const tg_tally_sums_t *sums = tg_tally_sums(report->tally);
    uint32_t failed_found;
    json_t *all;
    const char *name;
    json_t *value;

    (void)tg_ctl_report_failures(report, &failed_found);
    all = json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:o}", "records",
                    (json_int_t)sums->records, "damaged", (json_int_t)report->damaged, "unfinished",
                    (json_int_t)report->unfinished, "tests", (json_int_t)sums->tests, "left_out",
                    (json_int_t)sums->left_out, "share",
                    sums->all ? json_real((double)sums->old / (double)sums->all) : json_null(),
                    "found", (json_int_t)report->found, "failed", (json_int_t)sums->failed,
                    "failed_found", (json_int_t)failed_found, "damaged_lines", places_json(report));

    json_object_foreach(all, name, value)
    {
        fprintf(out, ",\n  \"%s\": ", name);
        (void)json_dumpf(value, out, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    }
    json_decref(all);
}

void tg_ctl_report_print_json(const tg_ctl_report_t *report, FILE *out)
{
    apr_pool_t *pool;
    uint32_t i, failures, ignored;
    int count = 0;

    apr_pool_create(&pool, report->question->ctl->pool);
    fputs("{\n  \"stragglers\": [", out);
    for (i = 0; i < report->row_count; i++) {
        print_item(out, listed_json(report, pool, report->rows[i]), &count);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    fputs("\n  ],\n  \"by_day\": [", out);
    print_days(report, out);
    fputs("\n  ],\n  \"failed_handshakes\": [", out);
    count = 0;
    failures = tg_ctl_report_failures(report, &ignored);
    for (i = 0; i < failures; i++) {
        print_item(out, failed_json(report, i), &count);
    }
    fputs("\n  ]", out);
    print_trial_list(report, out);
    print_sums(report, out);
    fputs("\n}\n", out);
}
