/* Charts of the status page: what is drawn where, in their own units. */
#include "unit.h"

#include "report/chart.h"

#include <apr_strings.h>
#include <stdlib.h>

#define DAY INT64_C(86400)

static tg_schedule_t *schedule_with(const char *cutoff, const char *refuse)
{
    tg_schedule_t *s = tg_schedule_create(unit_pool, "legacy");
    tg_violation_t violation;

    s->traits = TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0);
    s->announce = at("2018-06-01T00:00:00Z");
    s->cutoff = at(cutoff);
    s->refuse = at(refuse);
    CHECK(tg_schedule_finish(s, &violation), "the schedule of the test is wrong");
    return s;
}

/* The x of the first rectangle of a class; -1: there is none. */
static double x_of(const char *svg, const char *class)
{
    const char *rect = strstr(svg, apr_pstrcat(unit_pool, "<rect class=\"", class, "\"", NULL));
    const char *x = rect ? strstr(rect, " x=\"") : NULL;

    return x ? strtod(x + 4, NULL) : -1;
}

/* Columns are 2 units wide: a phase begins in the column of its date. */
static void phases_are_drawn_in_their_order(void **state)
{
    const tg_charted_t item = { schedule_with("2018-08-01T00:00:00Z", "2018-10-01T00:00:00Z"),
                                NULL };
    const char *svg = tg_chart_timeline(unit_pool, &item, at("2018-07-01T00:00:00Z"));

    (void)state;
    CHECK(x_of(svg, "ph0") == 0, "before the announcement: %f", x_of(svg, "ph0"));
    CHECK(x_of(svg, "ph1") > 0 && x_of(svg, "ph1") < x_of(svg, "mark"), "announced before now");
    CHECK(x_of(svg, "mark") < x_of(svg, "ph4"), "now before the cutoff");
    CHECK(x_of(svg, "ph4") < x_of(svg, "ph5") && x_of(svg, "ph5") < 1000, "refused after it");
    CHECK(x_of(svg, "ph2") == -1 && x_of(svg, "ph3") == -1, "no grace and no trial");
    has_text(svg, "<span class=\"swatch ph4\"></span>cutoff</span>", "the legend");
    has_text(svg, "role=\"img\" aria-label=\"The phases of legacy, as in the table below\"",
             "name");
}

/* A window of one second among months has a column. */
static void short_windows_are_seen(void **state)
{
    tg_schedule_t *s = tg_schedule_create(unit_pool, "short");
    const tg_charted_t item = { s, NULL };
    tg_violation_t violation;
    tg_trial_t *trial;

    (void)state;
    s->traits = TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_0);
    s->announce = at("2018-01-01T00:00:00Z");
    s->cutoff = at("2018-12-01T00:00:00Z");
    trial = apr_array_push(s->trials);
    trial->first.start = at("2018-07-01T00:00:00Z");
    trial->first.end = trial->first.start + 1;
    trial->until = TG_NEVER;
    trial->share = 100;
    CHECK(tg_schedule_finish(s, &violation), "the schedule of the test is wrong");
    CHECK(x_of(tg_chart_timeline(unit_pool, &item, at("2018-02-01T00:00:00Z")), "ph3") > 0,
          "it is drawn");
}

static void places_end_with_now(void **state)
{
    tg_instant_t now = at("2018-07-10T09:04:59Z");

    (void)state;
    same_number(tg_chart_place_start(TG_CHART_DAY, now, TG_HISTORY_PERIODS - 1),
                at("2018-07-10T09:00:00Z"), "the last five minutes");
    same_number(tg_chart_place_start(TG_CHART_DAY, now + 1, TG_HISTORY_PERIODS - 1),
                at("2018-07-10T09:05:00Z"), "a second later");
    same_number(tg_chart_place_start(TG_CHART_DAY, now, 0), at("2018-07-09T09:05:00Z"),
                "the first");
    same_number(tg_chart_place_start(TG_CHART_MONTHS, now, TG_HISTORY_DAYS - 1),
                at("2018-07-10T00:00:00Z"), "today");
}

/* Four days, of which the second and the last have requests. */
static void shares_are_drawn(void **state)
{
    tg_instant_t now = at("2018-07-10T12:00:00Z"), since = at("2018-07-07T12:00:00Z");
    const tg_charted_t item = { schedule_with("2018-07-09T00:00:00Z", "never"), NULL };
    tg_history_t *history = apr_pcalloc(unit_pool, sizeof(*history));
    tg_counts_t counts = { 0 };
    const char *svg;

    (void)state;
    counts.n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN] = 1;
    counts.n[TG_PROTOCOL_TLS1_3][TG_FATE_NONE] = 3;
    tg_history_add(history, (now - 2 * DAY) / TG_HISTORY_PERIOD, &counts);
    counts.n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN] = 0;
    tg_history_add(history, now / TG_HISTORY_PERIOD, &counts);
    svg = tg_chart_shares(unit_pool, history, TG_CHART_MONTHS, since, now, &item, 1);
    has_text(svg,
             "<rect class=\"pr3\" x=\"250.00\" y=\"12.00\" width=\"250.00\" height=\"40.00\"/>",
             "a quarter is old on the second day");
    has_text(svg,
             "<rect class=\"pr6\" x=\"250.00\" y=\"52.00\" width=\"250.00\" height=\"120.00\"/>",
             "three quarters are new");
    has_text(svg,
             "<rect class=\"pr6\" x=\"750.00\" y=\"12.00\" width=\"250.00\" height=\"160.00\"/>",
             "all on the last one");
    CHECK(x_of(svg, "mark") == 500, "from the third day on it is rejected: %f", x_of(svg, "mark"));
    has_text(svg, "<span>Sat 7 Jul 2018</span> <span>Tue 10 Jul 2018</span>", "its ends");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(phases_are_drawn_in_their_order),
    cmocka_unit_test(short_windows_are_seen),
    cmocka_unit_test(places_end_with_now),
    cmocka_unit_test(shares_are_drawn),
};

UNIT_MAIN(tests)
