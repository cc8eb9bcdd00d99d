/* The last trial: see last_trial.h. */
#include "last_trial.h"

#include "wording.h"

#include "base/json.h"
#include "base/rows.h"
#include "format/trip.h"

#include <apr_strings.h>

#define SECONDS_OF_DAY INT64_C(86400)

static const tg_window_t *last_window_before(const tg_schedule_t *schedule, tg_instant_t now)
{
    int from = 0, to = schedule->windows->nelts;

    while (from < to) {
        int middle = from + (to - from) / 2;

        if (APR_ARRAY_IDX(schedule->windows, middle, tg_window_t).interval.end <= now) {
            from = middle + 1;
        }
        else {
            to = middle;
        }
    }
    return from ? &APR_ARRAY_IDX(schedule->windows, from - 1, tg_window_t) : NULL;
}

static void add_counts(tg_last_trial_t *last, const tg_counts_t *counts)
{
    if (counts) {
        last->requests += tg_counts_all_requests(counts);
        last->rejected += tg_counts_of_fate(counts, TG_FATE_REJECT);
    }
}

tg_last_trial_t tg_last_trial(const tg_schedule_t *schedule, const tg_history_t *history,
                              tg_instant_t since, tg_instant_t now)
{
    const tg_window_t *window = last_window_before(schedule, now);
    tg_last_trial_t last = { TG_LAST_TRIAL_NONE, { 0, 0 }, 0, 0 };
    int64_t unit, i;

    if (!window || window->interval.end <= since ||
        window->interval.start <= now - TG_HISTORY_DAYS * SECONDS_OF_DAY) {
        return last;
    }
    last.interval = window->interval;
    last.kind =
        window->interval.start > now - SECONDS_OF_DAY ? TG_LAST_TRIAL_PERIODS : TG_LAST_TRIAL_DAYS;
    unit = last.kind == TG_LAST_TRIAL_PERIODS ? TG_HISTORY_PERIOD : SECONDS_OF_DAY;
    for (i = window->interval.start / unit; i <= (window->interval.end - 1) / unit; i++) {
        add_counts(&last, last.kind == TG_LAST_TRIAL_PERIODS ? tg_history_period(history, i)
                                                             : tg_history_day(history, i));
    }
    return last;
}

tg_last_trial_t tg_last_trial_of(const tg_report_t *report, const tg_report_schedule_t *item)
{
    return item->history ? tg_last_trial(item->schedule, item->history, report->since, report->now)
                         : (tg_last_trial_t){ TG_LAST_TRIAL_NONE, { 0, 0 }, 0, 0 };
}

/* What is counted of it, for programs and for people. */
static const struct {
    const char *name, *words;
} counted_by[] = {
    { NULL, NULL },
    { "five_minutes", "in the five minutes that it touched, with what else was rejected in them" },
    { "days", "on its days, with what else was rejected on them" },
};
TG_ROWS_ARE(counted_by, TG_LAST_TRIAL_DAYS + 1);

/* 1 if it was stopped in that time. */
static int is_stop_in(const tg_guard_stop_t *stop, const tg_interval_t *trial)
{
    return stop->trip.at < trial->end && tg_guard_stop_end(stop) > trial->start;
}

/* `; TlsGateGuard stopped it at ...`, for each time. What it held had been stopped before. */
static const char *stops_text(apr_pool_t *pool, const tg_last_trial_t *last,
                              const tg_report_schedule_t *item)
{
    const char *text = "";
    int i;

    for (i = 0; i < item->stop_count; i++) {
        const tg_guard_stop_t *stop = &item->stops[i];
        const int is_held = stop->trip.at < last->interval.start;
        const int is_back = stop->back && stop->back < last->interval.end;

        if (is_stop_in(stop, &last->interval)) {
            text =
                apr_pstrcat(pool, text, "; TlsGateGuard ", is_held ? "held it" : "stopped it at ",
                            is_held ? "" : tg_instant_text(pool, stop->trip.at),
                            is_back ? ", and the stop was lifted at " : "",
                            is_back ? tg_instant_text(pool, stop->back) : "", NULL);
        }
    }
    return text;
}

void tg_last_trial_row(tg_frame_t *frame, const tg_last_trial_t *last,
                       const tg_report_schedule_t *item)
{
    tg_item_t row = { TG_FRAME_DATE, .label = "The last trial" };

    if (last->kind != TG_LAST_TRIAL_NONE) {
        row.from = last->interval.start;
        row.until = last->interval.end;
        row.value =
            apr_pstrcat(frame->pool, counted_by[last->kind].words, ", ",
                        tg_wording_count(frame->pool, last->rejected), " of ",
                        tg_wording_count(frame->pool, last->requests), " requests were rejected",
                        stops_text(frame->pool, last, item), NULL);
        tg_frame_add_date(frame, &row);
    }
}

static json_t *stops_in_json(const tg_last_trial_t *last, const tg_report_schedule_t *item)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < item->stop_count; i++) {
        if (is_stop_in(&item->stops[i], &last->interval)) {
            json_array_append_new(list, tg_trip_kept_json(&item->stops[i]));
        }
    }
    return list;
}

json_t *tg_last_trial_json(const tg_last_trial_t *last, const tg_report_schedule_t *item)
{
    json_t *root;

    if (last->kind == TG_LAST_TRIAL_NONE) {
        return json_null();
    }
    root = tg_json_interval(&last->interval);
    json_object_set_new(root, "counted_by", json_string(counted_by[last->kind].name));
    json_object_set_new(root, "requests", json_integer((json_int_t)last->requests));
    json_object_set_new(root, "rejected", json_integer((json_int_t)last->rejected));
    json_object_set_new(root, "stops", stops_in_json(last, item));
    return root;
}
