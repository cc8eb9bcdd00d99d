/* Charts as inline SVG: see chart.h. */
#include "chart.h"

#include "ledger_report.h"
#include "wording.h"

#include "base/rows.h"

#include <apr_strings.h>

/** The width of a chart in its own units, and the heights of its parts. */
#define WIDTH 1000.0
#define LINE_HEIGHT 32
#define BAR_HEIGHT 160
#define SHADE_HEIGHT 10

static const struct {
    int64_t seconds;
    int places;
} chart_ranges[] = {
    { TG_HISTORY_PERIOD, TG_HISTORY_PERIODS },
    { 86400, TG_HISTORY_DAYS },
};
TG_ROWS_ARE(chart_ranges, TG_CHART_RANGES);

int tg_chart_places(tg_chart_range_t range)
{
    return chart_ranges[range].places;
}

tg_instant_t tg_chart_place_start(tg_chart_range_t range, tg_instant_t now, int place)
{
    int64_t last = now / chart_ranges[range].seconds;

    return (last - chart_ranges[range].places + 1 + place) * chart_ranges[range].seconds;
}

const tg_counts_t *tg_chart_place(const tg_history_t *history, tg_chart_range_t range,
                                  tg_instant_t now, int place)
{
    int64_t number = tg_chart_place_start(range, now, place) / chart_ranges[range].seconds;

    return range == TG_CHART_DAY ? tg_history_period(history, number)
                                 : tg_history_day(history, number);
}

static void begin_svg(tg_html_t *html, int height, const char *label)
{
    tg_html_raw(html, apr_psprintf(html->pool,
                                   "<svg class=\"chart\" viewBox=\"0 0 1000 %d\" height=\"%d\" "
                                   "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
                                   height, height));
    tg_html_text(html, label);
    tg_html_raw(html, "\">");
}

static void draw_rect(tg_html_t *html, const char *class, double x, double y, double width,
                      double height)
{
    tg_html_raw(html, apr_psprintf(html->pool,
                                   "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
                                   "height=\"%.2f\"/>",
                                   class, x, y, width, height));
}

static void begin_legend(tg_html_t *html)
{
    tg_html_raw(html, "</svg>\n<p class=\"legend\">");
}

static void add_legend(tg_html_t *html, const char *class, const char *words)
{
    tg_html_raw(html, "<span><span class=\"swatch ");
    tg_html_raw(html, class);
    tg_html_raw(html, "\"></span>");
    tg_html_text(html, words);
    tg_html_raw(html, "</span> ");
}

static void add_ends(tg_html_t *html, const char *from, const char *until)
{
    tg_html_raw(html, "</p>\n<p class=\"ends\"><span>");
    tg_html_text(html, from);
    tg_html_raw(html, "</span> <span>");
    tg_html_text(html, until);
    tg_html_raw(html, "</span></p>\n");
}

static void reach_to(tg_interval_t *shown, tg_instant_t t)
{
    if (t != TG_ALWAYS && t != TG_NEVER) {
        shown->start = t < shown->start ? t : shown->start;
        shown->end = t > shown->end ? t : shown->end;
    }
}

/* From the first date to the last one, with some time before and after. */
static tg_interval_t drawn_interval(const tg_charted_t *item, tg_instant_t now)
{
    const tg_schedule_t *s = item->schedule;
    tg_interval_t shown = { now, now };
    int date, n;
    const tg_interval_t *graces = tg_phase_graces(s, item->override, &n);

    for (date = 0; date < TG_DATES; date++) {
        if (tg_schedule_dates[date].kind == TG_DATE_KIND_INSTANT) {
            reach_to(&shown, tg_phase_date(s, item->override, (tg_date_t)date));
        }
    }
    if (s->windows->nelts) {
        reach_to(&shown, APR_ARRAY_IDX(s->windows, 0, tg_window_t).interval.start);
        reach_to(&shown,
                 APR_ARRAY_IDX(s->windows, s->windows->nelts - 1, tg_window_t).interval.end);
    }
    if (n) {
        reach_to(&shown, graces[n - 1].end);
    }
    shown.start -= (shown.end - shown.start) / 20 + 86400;
    shown.end += (shown.end - shown.start) / 12 + 86400;
    return shown;
}

/* The strictest phase of an interval: a window of minutes among months is seen as well. */
static tg_phase_t strictest_within(const tg_charted_t *item, tg_instant_t from, tg_instant_t until)
{
    tg_phase_t strictest = TG_PHASE_OBSERVE;
    int spans;

    for (spans = 0; from < until && spans < TG_CHART_SPANS; spans++) {
        tg_phase_t phase = tg_phase_at(item->schedule, item->override, from, TG_BUCKET_EVERYONE);

        strictest = phase > strictest ? phase : strictest;
        from = tg_phase_next_change(item->schedule, item->override, from, TG_BUCKET_EVERYONE, NULL);
    }
    return strictest;
}

static const char *const phase_classes[] = { "ph0", "ph1", "ph2", "ph3", "ph4", "ph5" };
TG_ROWS_ARE(phase_classes, TG_PHASES);

/* Columns of one phase are one rectangle. */
static unsigned draw_phases(tg_html_t *html, const tg_charted_t *item, const tg_interval_t *shown)
{
    int64_t length = shown->end - shown->start;
    tg_phase_t before = TG_PHASES;
    unsigned seen = 0;
    int column, begun = 0;

    for (column = 0; column <= TG_CHART_COLUMNS; column++) {
        tg_phase_t phase =
            column == TG_CHART_COLUMNS
                ? TG_PHASES
                : strictest_within(item, shown->start + length * column / TG_CHART_COLUMNS,
                                   shown->start + length * (column + 1) / TG_CHART_COLUMNS);

        if (phase == before) {
            continue;
        }
        if (before != TG_PHASES) {
            draw_rect(html, phase_classes[before], begun * WIDTH / TG_CHART_COLUMNS, 6,
                      (column - begun) * WIDTH / TG_CHART_COLUMNS, LINE_HEIGHT - 12);
            seen |= 1U << before;
        }
        before = phase;
        begun = column;
    }
    return seen;
}

const char *tg_chart_timeline(apr_pool_t *pool, const tg_charted_t *item, tg_instant_t now)
{
    tg_interval_t shown = drawn_interval(item, now);
    tg_html_t html;
    unsigned seen;
    int phase;

    tg_html_begin(&html, pool, now);
    begin_svg(
        &html, LINE_HEIGHT,
        apr_pstrcat(pool, "The phases of ", item->schedule->name, ", as in the table below", NULL));
    seen = draw_phases(&html, item, &shown);
    draw_rect(&html, "mark",
              (double)(now - shown.start) * WIDTH / (double)(shown.end - shown.start) - 1.5, 0, 3,
              LINE_HEIGHT);
    begin_legend(&html);
    for (phase = 0; phase < TG_PHASES; phase++) {
        if (seen & 1U << phase) {
            add_legend(&html, phase_classes[phase], tg_phase_name((tg_phase_t)phase));
        }
    }
    add_legend(&html, "mark", "now");
    add_ends(&html, tg_wording_day(pool, shown.start), tg_wording_day(pool, shown.end));
    return tg_html_end(&html);
}

/* 1 if some schedule rejects at some time of an interval. */
static int rejects_within(const tg_charted_t *items, int count, tg_instant_t from,
                          tg_instant_t until)
{
    int i;

    for (i = 0; i < count; i++) {
        if (tg_phase_rejects(strictest_within(&items[i], from, until))) {
            return 1;
        }
    }
    return 0;
}

static const char *const protocol_classes[] = { "pr0", "pr1", "pr2", "pr3", "pr4", "pr5", "pr6" };
TG_ROWS_ARE(protocol_classes, TG_PROTOCOLS);

/* The newest at the bottom, so that what is to go is seen to shrink. */
static unsigned draw_bar(tg_html_t *html, const tg_counts_t *counts, double x, double width)
{
    uint64_t all = tg_counts_all_requests(counts);
    double top = SHADE_HEIGHT + 2;
    unsigned seen = 0;
    int protocol;

    for (protocol = 0; protocol < TG_PROTOCOLS && all; protocol++) {
        uint64_t n = tg_counts_requests(counts, (tg_protocol_t)protocol);
        double height = BAR_HEIGHT * ((double)n / (double)all);

        if (n) {
            draw_rect(html, protocol_classes[protocol], x, top, width, height);
            seen |= 1U << protocol;
        }
        top += height;
    }
    return seen;
}

/* The place that the history begins in. */
static int first_place(tg_chart_range_t range, tg_instant_t since, tg_instant_t now)
{
    int place = 0;

    while (place + 1 < chart_ranges[range].places &&
           tg_chart_place_start(range, now, place + 1) <= since) {
        place++;
    }
    return place;
}

const char *tg_chart_shares(apr_pool_t *pool, const tg_history_t *history, tg_chart_range_t range,
                            tg_instant_t since, tg_instant_t now, const tg_charted_t *items,
                            int count)
{
    int places = tg_chart_places(range), first = first_place(range, since, now);
    int place, protocol, shaded = 0;
    double step = WIDTH / (places - first);
    unsigned seen = 0;
    const char *(*words)(apr_pool_t * pool, tg_instant_t t) =
        range == TG_CHART_DAY ? tg_wording_instant : tg_wording_day;
    tg_html_t html;

    tg_html_begin(&html, pool, now);
    begin_svg(&html, SHADE_HEIGHT + 2 + BAR_HEIGHT,
              "The share of each protocol among the requests, as in the table below");
    for (place = first; place < places; place++) {
        const tg_counts_t *counts = tg_chart_place(history, range, now, place);
        tg_instant_t start = tg_chart_place_start(range, now, place);

        if (rejects_within(items, count, start, start + chart_ranges[range].seconds)) {
            draw_rect(&html, "mark", (place - first) * step, 0, step, SHADE_HEIGHT);
            shaded = 1;
        }
        if (counts) {
            seen |= draw_bar(&html, counts, (place - first) * step, step);
        }
    }
    begin_legend(&html);
    for (protocol = TG_PROTOCOLS - 1; protocol >= 0; protocol--) {
        if (seen & 1U << protocol) {
            add_legend(&html, protocol_classes[protocol],
                       tg_wording_protocol(pool, (tg_protocol_t)protocol));
        }
    }
    if (shaded) {
        add_legend(&html, "mark", "above the bars: a schedule rejects");
    }
    add_ends(&html, words(pool, tg_chart_place_start(range, now, first)), words(pool, now));
    return tg_html_end(&html);
}
