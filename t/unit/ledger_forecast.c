/* What the next trial would have met, by a table of stragglers: whatever its size, the same as by the week
 * of all of them; without those whom it spares, and with how little it is known from. */
#include "given.h"

#include "report/ledger_forecast.h"

#include <stdlib.h>

#define NOW at("2018-07-09T12:00:00Z")
#define MANY 16384

static tg_straggler_t *made;
static uint32_t made_count;
static int is_busy;

static int show_made(void *context,
                     void (*see)(void *context, uint32_t place, const tg_straggler_t *entry))
{
    uint32_t i;

    for (i = 0; i < made_count; i++) {
        see(context, i, &made[i]);
    }
    return 1;
}

static tg_straggler_here_t copy_made(uint32_t place, uint64_t hash, tg_straggler_t *copy)
{
    if (is_busy) {
        return TG_STRAGGLER_BUSY;
    }
    *copy = made[place];
    return made[place].hash == hash ? TG_STRAGGLER_HERE : TG_STRAGGLER_GONE;
}

static const tg_straggler_source_t source = { .each = show_made, .at = copy_made };

/* Spares those whose requests are 13 times anything. */
static int is_met_unless(void *context, const tg_straggler_t *straggler, const tg_interval_t *when)
{
    (void)context;
    return when->end > NOW && straggler->requests % 13 != 0;
}

static const tg_straggler_judge_t judge = { .is_met = is_met_unless };

/* Numbers that look random, the same each time. */
static uint32_t next_number(void)
{
    static uint32_t number = 1;

    number = number * 1664525 + 1013904223;
    return number >> 8;
}

static void make_stragglers(uint32_t count)
{
    uint32_t i, j;

    made = apr_pcalloc(unit_pool, ((apr_size_t)count + 1) * sizeof(*made));
    made_count = count;
    for (i = 0; i < count; i++) {
        tg_straggler_t *s = &made[i];

        apr_snprintf(s->client, sizeof(s->client), "account:%u", i);
        apr_cpystrn(s->schedule, i % 7 == 0 ? "other" : "legacy", sizeof(s->schedule));
        s->hash = i + 1;
        s->requests = 1 + next_number() % 1000;
        s->first_seen = NOW - 86400 * (3 + (int64_t)next_number() % 30);
        s->last_seen = NOW - 3600;
        s->moved_at = i % 5 == 0 ? NOW - 10 : 0;
        for (j = 0; j < 4; j++) {
            uint32_t hour = next_number() % TG_STRAGGLER_HOURS;

            s->week[hour / 8] |= (uint8_t)(1U << hour % 8);
        }
    }
}

static const tg_ledger_forecast_t *forecast_of(const char *trial)
{
    static tg_history_t history;
    tg_report_schedule_t *item = apr_pcalloc(unit_pool, sizeof(*item));
    tg_report_t *report = apr_pcalloc(unit_pool, sizeof(*report));

    item->schedule =
        given(apr_pstrcat(unit_pool, "TlsGateDeprecate TLSv1\nTlsGateTrial ", trial, NULL))
            .schedule;
    item->history = &history;
    report->now = NOW;
    report->since = NOW - 864000;
    report->schedules = item;
    report->schedule_count = 1;
    return tg_ledger_forecasts(unit_pool, report, &source, &judge);
}

static int compare_places(const void *a, const void *b)
{
    return strcmp(made[*(const uint32_t *)a].client, made[*(const uint32_t *)b].client);
}

/* Those whom it may meet, as the week of all of them has it, in which their names number them. */
static tg_forecast_t forecast_by_week(const tg_interval_t *trial, const uint32_t **places)
{
    tg_week_hours_t *clients = apr_palloc(unit_pool, (made_count + 1) * sizeof(*clients));
    uint32_t *known = apr_palloc(unit_pool, (made_count + 1) * sizeof(*known)), n = 0, i;
    const tg_interval_t history = { NOW - 864000, NOW };

    for (i = 0; i < made_count; i++) {
        const tg_straggler_t *s = &made[i];

        if (strcmp(s->schedule, "legacy") == 0 && !s->moved_at && s->requests % 13 != 0) {
            known[n++] = i;
        }
    }
    qsort(known, n, sizeof(*known), compare_places);
    for (i = 0; i < n; i++) {
        const tg_straggler_t *s = &made[known[i]];

        clients[i] = (tg_week_hours_t){ s->week, s->requests, s->first_seen, s->last_seen };
    }
    *places = known;
    return tg_forecast(unit_pool, tg_week_of_hours(unit_pool, clients, n, &history), 3600, trial);
}

static const char *const trials[] = {
    "2018-07-10T10:00Z/PT1H",    "2018-07-10T10:03Z/PT10M", "2018-07-10T22:30Z/PT4H",
    "2018-07-15T23:59:59Z/PT2S", "2018-07-12T00:00Z/P3D",   "2018-07-12T00:30Z/P8D",
};

static void it_is_that_of_the_week(void **state)
{
    static const uint32_t counts[] = { 0, 1, 4096, 4097, MANY };
    size_t i, j;
    int n;

    (void)state;
    for (i = 0; i < ROWS(counts); i++) {
        make_stragglers(counts[i]);
        for (j = 0; j < ROWS(trials); j++) {
            const tg_ledger_forecast_t *f = forecast_of(trials[j]);
            const uint32_t *places;
            tg_forecast_t want = forecast_by_week(&f->trial, &places);
            int64_t more = (int64_t)f->requests - (int64_t)tg_forecast_requests(&want);

            same_number(f->clients, want.clients, trials[j]);
            CHECK(more >= -1 && more <= 1, "%s: %u requests more", trials[j], (unsigned)more);
            same_number(f->named, want.named, trials[j]);
            for (n = 0; n < f->named; n++) {
                same_text(f->names[n], made[places[want.first[n]]].client, trials[j]);
            }
        }
    }
}

static const char *row_of(const tg_ledger_forecast_t *f)
{
    tg_frame_t frame;

    tg_frame_begin(&frame, unit_pool, NOW, "title");
    tg_ledger_forecast_row(&frame, f);
    return APR_ARRAY_IDX(frame.items, frame.items->nelts - 1, tg_item_t).value;
}

static const struct {
    int64_t first_seen; /* seconds before */
    const char *text;   /* NULL: nothing is said */
} histories[] = {
    { 0, "from 1 minute of history" },
    { 119, "from 2 minutes of history" },
    { 12 * 60, "from 12 minutes of history" },
    { 3600 - 2, "from 59 minutes of history" },
    { 3600 - 1, "from 1 hour of history" },
    { 2 * 3600, "from 2 hours of history" },
    { 86400 - 2, "from 23 hours of history" },
    { 86400 - 1, "from 1 day of history" },
    { 3 * 86400 - 1, "; from 3 days of history: nothing is known of the other times of a week" },
    { 6 * 86400 - 2, "from 5 days of history" },
    { 6 * 86400 - 1, NULL },
};

static void it_says_how_short_the_history_is(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(histories); i++) {
        const tg_ledger_forecast_t *f;

        make_stragglers(3);
        made[1].first_seen = made[2].first_seen = NOW - histories[i].first_seen;
        f = forecast_of(trials[0]);
        same_number(f->history.start, NOW - histories[i].first_seen, "it began");
        if (histories[i].text) {
            has_text(row_of(f), histories[i].text, "the row");
        }
        CHECK(histories[i].text || !strstr(row_of(f), "history"), "the row: %s", row_of(f));
    }
}

static void a_busy_table_is_told(void **state)
{
    (void)state;
    make_stragglers(100);
    CHECK(!strstr(row_of(forecast_of(trials[5])), "busy"), "it was not");
    is_busy = 1;
    has_text(row_of(forecast_of(trials[5])), "the table was busy", "it was");
    is_busy = 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(it_is_that_of_the_week),
    cmocka_unit_test(it_says_how_short_the_history_is),
    cmocka_unit_test(a_busy_table_is_told),
};

UNIT_MAIN(tests)
