/* The week of clients: whom a window of it meets, with how many requests; and series as TlsGateTrial
 * lines, which say neither more nor less than the windows do.
 */
#include "unit.h"

#include "policy/window.h"
#include "forecast/proposal.h"

#include <apr_strings.h>
#include <dlfcn.h>
#include <stdlib.h>

#define MONDAY INT64_C(1530489600) /* 2018-07-02T00:00:00Z */
#define WEEK INT64_C(604800)
#define HOUR 3600

/* The largest piece of memory that was asked for; the library calls this one. */
static apr_size_t largest;

#undef apr_palloc
void *apr_palloc(apr_pool_t *pool, apr_size_t size)
{
    void *(*real_palloc)(apr_pool_t *, apr_size_t) = NULL;

    *(void **)&real_palloc = dlsym(RTLD_NEXT, "apr_palloc");
    largest = size > largest ? size : largest;
    return real_palloc(pool, size);
}

/* --- whom a window meets --- */

/* Requests of clients, each so many seconds after a Monday three weeks before. */
static const struct {
    uint32_t client;
    int week;
    int64_t after;
    unsigned count;
} came[] = {
    { 0, 0, 10 * HOUR, 4 },       { 0, 1, 10 * HOUR, 2 },       /* two of three weeks */
    { 1, 0, 10 * HOUR, 1 },                                     /* one of three */
    { 2, 2, 10 * HOUR + 299, 3 },                               /* one of one */
    { 3, 1, 10 * HOUR + 300, 1 }, { 3, 2, 10 * HOUR, 1 },       /* each week at another step */
    { 4, 2, WEEK - 1, 1 },                                      /* the last step */
    { 5, 0, 10 * HOUR, 100 },                                   /* does not count */
    { 6, 0, 10 * HOUR, 3 },       { 6, 1, 10 * HOUR + 300, 3 }, /* two of three, at two steps */
};

static const uint32_t numbers[] = { 0, 1, 2, 3, 4, TG_WEEK_NOBODY, 5 };

static const tg_week_t *some_week(tg_instant_t start, int often)
{
    const tg_interval_t history = { start, MONDAY + 3 * WEEK };
    tg_visits_t *visits = tg_visits_create(unit_pool, NULL);
    size_t i;

    for (i = 0; i < ROWS(came); i++) {
        tg_record_t record = { .time = MONDAY + came[i].week * WEEK + came[i].after };
        unsigned n;

        for (n = 0; n < came[i].count; n++) {
            tg_visits_note(visits, came[i].client, &record, 1);
        }
    }
    tg_visits_sort(visits);
    return tg_week_make(unit_pool, visits, numbers, 6, &history, often);
}

/* The numbers decide, and not the places in the log. */
static void whoever_comes_at_one_step_is_in_the_order_of_numbers(void **state)
{
    static const uint32_t back[] = { 5, 4, 3, 2, 1, TG_WEEK_NOBODY, 0 };
    const tg_interval_t history = { MONDAY, MONDAY + WEEK };
    tg_visits_t *visits = tg_visits_create(unit_pool, NULL);
    tg_record_t record = { .time = MONDAY + 10 * HOUR };
    const tg_week_t *week;
    uint32_t i;
    size_t first;

    (void)state;
    for (i = 0; i < 7; i++) {
        tg_visits_note(visits, i, &record, 1);
    }
    tg_visits_sort(visits);
    week = tg_week_make(unit_pool, visits, back, 6, &history, 0);
    first = week->first[10 * 12];
    same_number((int64_t)(week->first[10 * 12 + 1] - first), 6, "those that count");
    for (i = 0; i < 6; i++) {
        same_number(week->visits[first + i].client, i, "in order");
    }
}

static const struct {
    int from, steps, often;
    tg_instant_t start;
    const char *met;
    uint64_t requests; /* thousandths */
} windows[] = {
    /* In half of its weeks, at least. Of three weeks: each part of the requests is cut. */
    { 120, 1, 50, MONDAY, "023", 1333 + 666 + 333 + 1000 + 333 + 1000 },
    { 120, 2, 50, MONDAY, "0235", 1333 + 666 + 333 + 1000 + 333 + 1000 + 333 + 1000 },
    { 121, 1, 50, MONDAY, "3", 333 + 1000 },
    { 120, 1, 0, MONDAY, "01235", 1333 + 666 + 333 + 1000 + 333 + 1000 },
    { 119, 1, 0, MONDAY, "", 0 },
    { 2015, 1, 50, MONDAY, "4", 333 },
    /* What was not seen is no week without requests: the history began at noon of the first Monday. */
    { 120, 1, 50, MONDAY + 12 * HOUR, "023", 1000 + 1500 + 500 },
    { 120, 2, 50, MONDAY + 12 * HOUR, "0235", 1000 + 1500 + 500 + 500 + 1500 },
};

static void a_window_meets_who_comes_often_enough(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(windows); i++) {
        const tg_week_t *week = some_week(windows[i].start, windows[i].often);
        tg_meeting_t meeting = tg_meeting_begin(unit_pool, week);
        char met[8] = "", row[32];
        uint32_t j, k;
        int step;

        for (step = 0; step < windows[i].steps; step++) {
            tg_meeting_add(&meeting, windows[i].from + step);
        }
        for (j = 0, k = 0; j < 6; j++) {
            uint32_t m;

            for (m = 0; m < meeting.met_count && meeting.met[m] != j; m++) {
            }
            if (m < meeting.met_count) {
                met[k++] = (char)('0' + j);
            }
        }
        snprintf(row, sizeof(row), "row %d", (int)i);
        same_text(met, windows[i].met, row);
        CHECK(meeting.requests == windows[i].requests, "%s: %d requests", row,
              (int)meeting.requests);
        tg_meeting_clear(&meeting);
        CHECK(meeting.met_count == 0 && meeting.requests == 0, "%s: it is not empty", row);
    }
}

static void steps_begin_on_monday(void **state)
{
    (void)state;
    same_number(tg_week_step(MONDAY), 0, "Monday");
    same_number(tg_week_step(MONDAY - 1), 2015, "Sunday");
    same_number(tg_week_step(MONDAY + 299), 0, "its end");
    same_number(tg_week_step(MONDAY + 300), 1, "the next one");
    same_number(tg_week_step(-1), tg_week_step(-1 + 4000 * WEEK), "before 1970");
    same_number((long)tg_straggler_hour(MONDAY + 30 * HOUR), tg_week_step(MONDAY + 30 * HOUR) / 12,
                "an hour of the ledger");
}

static void hours_share_the_requests(void **state)
{
    static const uint8_t monday[21] = { 0x03 }, sunday[21] = { [20] = 0x80 };
    const tg_week_hours_t clients[] = {
        { monday, 12, MONDAY, MONDAY + HOUR },
        { monday, 12, MONDAY, MONDAY + WEEK }, /* two weeks */
        { sunday, 0, MONDAY, MONDAY },
    };
    const tg_interval_t history = { MONDAY, MONDAY + WEEK };
    const tg_week_t *week = tg_week_of_hours(unit_pool, clients, 3, &history);
    tg_meeting_t meeting = tg_meeting_begin(unit_pool, week);

    (void)state;
    tg_meeting_add(&meeting, 12);
    same_number((long)meeting.met_count, 2, "clients");
    same_number((long)meeting.requests, 6000 + 3000, "requests");
    tg_meeting_add(&meeting, 167 * 12);
    same_number((long)meeting.met_count, 3, "and one more");
    same_number((long)meeting.requests, 9001, "with hardly a request");
}

/* A clock that was ahead once left a first time that is after the last. */
static void the_last_may_be_before_the_first(void **state)
{
    static const uint8_t monday[21] = { 0x01 };
    const tg_week_hours_t client = { monday, 12, MONDAY + 2 * WEEK, MONDAY };
    const tg_interval_t history = { MONDAY, MONDAY + WEEK };
    tg_meeting_t meeting =
        tg_meeting_begin(unit_pool, tg_week_of_hours(unit_pool, &client, 1, &history));

    (void)state;
    tg_meeting_add(&meeting, 0);
    same_number((long)meeting.requests, 12000, "as of one week");
}

/* --- as TlsGateTrial --- */

static const struct {
    const char *windows, *lines; /* windows: hours of start and lengths in minutes */
} series[] = {
    { "10/10", "2018-07-02T10:00:00Z/PT10M" },
    { "10/10 34/10", "2018-07-02T10:00:00Z/PT10M, 2018-07-03T10:00:00Z/PT10M" },
    { "10/10 34/10 58/10", "2018-07-02T10:00:00Z/PT10M every=P1D until=2018-07-04T10:10:00Z" },
    { "10/10 34/10 58/60", "2018-07-02T10:00:00Z/PT10M, 2018-07-03T10:00:00Z/PT10M, "
                           "2018-07-04T10:00:00Z/PT1H" },
    { "10/10 12/10 34/10 36/5 58/10 82/10",
      "2018-07-02T10:00:00Z/PT10M every=P1D until=2018-07-05T10:10:00Z, "
      "2018-07-02T12:00:00Z/PT10M, 2018-07-03T12:00:00Z/PT5M" },
    { "1/30 2/30 3/30 5/30", "2018-07-02T01:00:00Z/PT30M every=PT1H until=2018-07-02T03:30:00Z, "
                             "2018-07-02T05:00:00Z/PT30M" },
};

static apr_array_header_t *read_windows(const char *text)
{
    apr_array_header_t *list = apr_array_make(unit_pool, 8, sizeof(tg_proposed_window_t));
    char *rest = apr_pstrdup(unit_pool, text), *one, *last;

    for (one = apr_strtok(rest, " ", &last); one; one = apr_strtok(NULL, " ", &last)) {
        tg_instant_t start = MONDAY + strtol(one, &one, 10) * HOUR;

        APR_ARRAY_PUSH(list, tg_proposed_window_t) =
            (tg_proposed_window_t){ .interval = { start, start + strtol(one + 1, NULL, 10) * 60 } };
    }
    return list;
}

/* Reads the line as httpd does, and appends its windows. */
static void expand_line(const char *line, apr_array_header_t *list)
{
    char *rest = apr_pstrdup(unit_pool, line), *last;
    const char *words[4];
    tg_trial_t trial;
    tg_fault_t fault;
    int n = 0;

    for (words[n] = apr_strtok(rest, " ", &last); words[n];
         words[n] = apr_strtok(NULL, " ", &last)) {
        n++;
    }
    CHECK(tg_trial_parse(n, words, &trial, &fault), "%s: %s", line, fault.reason);
    CHECK(tg_trial_expand(&trial, list, &fault), "%s: %s", line, fault.reason);
}

static int is_in(const apr_array_header_t *list, const tg_interval_t *interval)
{
    int i;

    for (i = 0; i < list->nelts; i++) {
        const tg_interval_t *other = &APR_ARRAY_IDX(list, i, tg_window_t).interval;

        if (other->start == interval->start && other->end == interval->end) {
            return 1;
        }
    }
    return 0;
}

static void lines_say_what_the_windows_are(void **state)
{
    size_t i;
    int j;

    (void)state;
    for (i = 0; i < ROWS(series); i++) {
        apr_array_header_t *list = read_windows(series[i].windows);
        apr_array_header_t *trials = tg_proposal_trials(unit_pool, list);
        apr_array_header_t *read = apr_array_make(unit_pool, 8, sizeof(tg_window_t));
        const char *lines = "";

        for (j = 0; j < trials->nelts; j++) {
            const char *line = tg_proposal_line(unit_pool, &APR_ARRAY_IDX(trials, j, tg_trial_t));

            lines = apr_pstrcat(unit_pool, lines, j ? ", " : "", line, NULL);
            expand_line(line, read);
        }
        same_text(lines, series[i].lines, series[i].windows);
        same_number(read->nelts, list->nelts, series[i].windows);
        for (j = 0; j < list->nelts; j++) {
            CHECK(is_in(read, &APR_ARRAY_IDX(list, j, tg_proposed_window_t).interval),
                  "%s: window %d is lost", series[i].windows, j);
        }
    }
}

/* A million stragglers, most of which came in one hour, must not need memory for each hour. */
static void the_week_has_the_size_of_its_hours(void **state)
{
    static const uint8_t hours[TG_STRAGGLER_HOURS / 8] = { 1 << 3, 0, 1 };
    const tg_interval_t history = { MONDAY, MONDAY + 3 * WEEK };
    tg_week_hours_t clients[1000];
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(clients); i++) {
        clients[i] = (tg_week_hours_t){ hours, 1, MONDAY, MONDAY };
    }
    largest = 0;
    tg_week_of_hours(unit_pool, clients, ROWS(clients), &history);
    CHECK(largest <= 3 * ROWS(clients) * sizeof(tg_week_visit_t), "%d bytes", (int)largest);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_window_meets_who_comes_often_enough),
    cmocka_unit_test(steps_begin_on_monday),
    cmocka_unit_test(whoever_comes_at_one_step_is_in_the_order_of_numbers),
    cmocka_unit_test(hours_share_the_requests),
    cmocka_unit_test(the_last_may_be_before_the_first),
    cmocka_unit_test(the_week_has_the_size_of_its_hours),
    cmocka_unit_test(lines_say_what_the_windows_are),
};

UNIT_MAIN(tests)
