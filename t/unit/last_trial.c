/* What the last trial did: which window it was, and what is counted of it. */
#include "given.h"

#include "report/last_trial.h"

#define LINES                                                                                      \
    "TlsGateDeprecate TLSv1\n"                                                                     \
    "TlsGateTrial 2018-07-09T10:02:00Z/2018-07-09T10:08:00Z\n"                                     \
    "TlsGateTrial 2018-07-10T09:00:00Z/2018-07-10T10:00:00Z\n"                                     \
    "TlsGateCutoff 2018-08-01T00:00:00Z\n"

static void count(tg_history_t *history, const char *when, tg_fate_t fate, unsigned n)
{
    tg_counts_t counts = { 0 };

    counts.n[TG_PROTOCOL_TLS1_0][fate] = n;
    tg_history_add(history, at(when) / TG_HISTORY_PERIOD, &counts);
}

static const struct {
    const char *since, *now;
    tg_last_trial_kind_t kind;
    const char *start;
    unsigned requests, rejected;
} rows[] = {
    { "2018-07-01T00:00:00Z", "2018-07-09T10:07:59Z", TG_LAST_TRIAL_NONE, NULL, 0, 0 },
    { "2018-07-01T00:00:00Z", "2018-07-09T10:08:00Z", TG_LAST_TRIAL_PERIODS, "2018-07-09T10:02:00Z",
      11, 5 },
    { "2018-07-01T00:00:00Z", "2018-07-10T09:59:59Z", TG_LAST_TRIAL_PERIODS, "2018-07-09T10:02:00Z",
      11, 5 },
    { "2018-07-01T00:00:00Z", "2018-07-10T10:00:00Z", TG_LAST_TRIAL_PERIODS, "2018-07-10T09:00:00Z",
      700, 300 },
    { "2018-07-01T00:00:00Z", "2018-07-11T08:59:59Z", TG_LAST_TRIAL_PERIODS, "2018-07-10T09:00:00Z",
      700, 300 },
    { "2018-07-01T00:00:00Z", "2018-07-11T09:00:00Z", TG_LAST_TRIAL_DAYS, "2018-07-10T09:00:00Z",
      1700, 300 },
    { "2018-07-10T09:59:59Z", "2018-07-10T10:00:00Z", TG_LAST_TRIAL_PERIODS, "2018-07-10T09:00:00Z",
      700, 300 },
    { "2018-07-10T10:00:00Z", "2018-07-10T10:00:01Z", TG_LAST_TRIAL_NONE, NULL, 0, 0 },
    { "2018-07-01T00:00:00Z", "2018-10-08T08:59:59Z", TG_LAST_TRIAL_DAYS, "2018-07-10T09:00:00Z",
      1700, 300 },
    { "2018-07-01T00:00:00Z", "2018-10-08T09:00:00Z", TG_LAST_TRIAL_NONE, NULL, 0, 0 },
};

static void the_last_one_is_counted(void **state)
{
    lines_t l = given(LINES);
    tg_history_t *history = apr_pcalloc(unit_pool, sizeof(*history));
    size_t i;

    (void)state;
    count(history, "2018-07-09T09:59:59Z", TG_FATE_REJECT, 100); /* before what it touched */
    count(history, "2018-07-09T10:00:00Z", TG_FATE_WARN, 6);
    count(history, "2018-07-09T10:09:59Z", TG_FATE_REJECT, 5);
    count(history, "2018-07-09T10:10:00Z", TG_FATE_REJECT, 1000);
    count(history, "2018-07-10T09:30:00Z", TG_FATE_REJECT, 300);
    count(history, "2018-07-10T09:55:00Z", TG_FATE_NONE, 400);
    count(history, "2018-07-10T11:00:00Z", TG_FATE_WARN, 1000); /* the same day */
    for (i = 0; i < ROWS(rows); i++) {
        tg_last_trial_t last =
            tg_last_trial(l.schedule, history, at(rows[i].since), at(rows[i].now));

        same_number(last.kind, rows[i].kind, rows[i].now);
        if (rows[i].kind != TG_LAST_TRIAL_NONE) {
            same_number(last.interval.start, at(rows[i].start), rows[i].now);
            same_number((long)last.requests, rows[i].requests, rows[i].now);
            same_number((long)last.rejected, rows[i].rejected, rows[i].now);
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_last_one_is_counted),
};

UNIT_MAIN(tests)
