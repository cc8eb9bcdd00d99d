/* The sentence of a schedule says how far its migration is: of the last seven days alone, in shares
 * that are never more than what there is. */
#include "given.h"

#include "report/ledger_report.h"
#include "report/text_frame.h"

static tg_history_t history;

/* What the page says of a schedule that serves what is deprecated. */
static const char *page_text(tg_instant_t now)
{
    lines_t l = given("TlsGateDeprecate TLSv1\nTlsGateCutoff 2018-08-01T00:00:00Z\n");
    static const tg_counts_t none;
    tg_report_schedule_t item = { .schedule = l.schedule, .totals = &none, .history = &history };
    tg_report_t report = { .now = now,
                           .since = at("2018-01-01T00:00:00Z"),
                           .schedules = &item,
                           .schedule_count = 1,
                           .totals = &none,
                           .history = &history };
    tg_frame_t frame;

    report.warnings = apr_array_make(unit_pool, 1, sizeof(void *));
    tg_report_frame(&frame, unit_pool, &report);
    return tg_frame_text(&frame);
}

static void count_requests(const char *when, uint64_t modern, uint64_t old)
{
    tg_counts_t counts = { 0 };

    counts.n[TG_PROTOCOL_TLS1_3][TG_FATE_NONE] = modern;
    counts.n[TG_PROTOCOL_TLS1_0][TG_FATE_WARN] = old;
    tg_history_add(&history, at(when) / TG_HISTORY_PERIOD, &counts);
}

static void says(const char *now, const char *sentence)
{
    const char *text = page_text(at(now));

    CHECK(strstr(text, sentence), "%s: \"%s\" is not in:\n%s", now, sentence, text);
}

static void the_last_week_is_told(void **state)
{
    (void)state;
    says("2018-07-10T09:00:00Z", "There was no request in the last 7 days.");
    count_requests("2018-07-03T23:59:00Z", 500, 500);
    count_requests("2018-07-04T00:00:00Z", 1500, 1);
    says("2018-07-09T23:59:59Z",
         "In the last 7 days, 501 of 2,501 requests (20.0 %) were deprecated.");
    says("2018-07-10T00:00:00Z",
         "In the last 7 days, 1 of 1,501 requests (less than 0.1 %) were deprecated.");
    count_requests("2018-07-10T09:00:00Z", 498, 1);
    says("2018-07-10T09:00:00Z",
         "In the last 7 days, 2 of 2,000 requests (0.1 %) were deprecated.");
    says("2018-07-16T23:59:59Z", "In the last 7 days, 1 of 499 requests (0.2 %) were deprecated.");
    count_requests("2018-07-24T09:00:00Z", 5, 0);
    says("2018-07-24T09:00:00Z", "In the last 7 days, 0 of 5 requests (0.0 %) were deprecated.");
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(the_last_week_is_told) };

UNIT_MAIN(tests)
