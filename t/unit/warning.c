/* What the numbers of the ledger warn of: each alone, and nothing where there is nothing. */
#include "given.h"

#include "report/warning.h"

static const char *codes_of(const tg_report_t *report)
{
    apr_array_header_t *list = apr_array_make(unit_pool, 1, sizeof(tg_warning_t));
    const char *text = "";
    int i;

    tg_warnings_of_report(list, report);
    for (i = 0; i < list->nelts; i++) {
        const tg_warning_t *warning = &APR_ARRAY_IDX(list, i, const tg_warning_t);

        CHECK(strstr(warning->text, "; "), "%s: what to do?", warning->code);
        text = apr_pstrcat(unit_pool, text, *text ? " " : "", warning->code, NULL);
    }
    return text;
}

static tg_report_t quiet_report(void)
{
    static const tg_counts_t none;
    tg_report_t report = { .totals = &none, .has_ledger_file = 1 };

    return report;
}

static void each_number_warns(void **state)
{
    tg_report_t report = quiet_report();

    (void)state;
    same_text(codes_of(&report), "", "nothing is wrong");
    report.is_state_refused = 1;
    same_text(codes_of(&report), "state-refused", "the state");
    report = quiet_report();
    report.lines_lost = 1;
    same_text(codes_of(&report), "log-lines-lost", "the log");
    report = quiet_report();
    report.stragglers.forgotten = 1;
    same_text(codes_of(&report), "stragglers-forgotten", "no room");
    report = quiet_report();
    report.stragglers.missed = 1;
    same_text(codes_of(&report), "stragglers-missed", "busy");
    report = quiet_report();
    report.unsorted = 1;
    same_text(codes_of(&report), "connections-unsorted", "kinds");
    report = quiet_report();
    report.has_ledger_file = 0;
    same_text(codes_of(&report), "ledger-unkept", "no file");
    report.totals = NULL;
    same_text(codes_of(&report), "", "no file, and nothing to keep");
    report = quiet_report();
    report.is_ledger_unwritten = 1;
    same_text(codes_of(&report), "ledger-unkept", "a file that cannot be written");
    report = quiet_report();
    report.ledger_refused = "it is damaged; look at the disk";
    same_text(codes_of(&report), "TLSGATE0082", "a file that was refused at the start");
}

/* A report of one schedule. */
static tg_report_t report_of(const tg_report_schedule_t *item)
{
    tg_report_t report = quiet_report();

    report.schedules = item;
    report.schedule_count = 1;
    return report;
}

static void a_postponement_is_for_one_cutoff(void **state)
{
    lines_t l = given("TlsGateDeprecate TLSv1\nTlsGateCutoff 2018-08-01T00:00:00Z\n");
    tg_override_t *o = tg_override_of(tg_override_set_create(unit_pool), l.schedule->name);
    tg_report_schedule_t item = { .schedule = l.schedule };
    tg_report_t report = report_of(&item);

    (void)state;
    same_text(codes_of(&report), "", "nothing by hand");
    item.override = o;
    same_text(codes_of(&report), "", "no postponement");
    o->postponed_from = at("2018-08-01T00:00:00Z");
    o->postponed_to = at("2018-09-01T00:00:00Z");
    same_text(codes_of(&report), "", "for this cutoff");
    o->postponed_from--;
    same_text(codes_of(&report), "postponement-ignored", "for another one");
}

static void a_stopped_trial_is_the_first(void **state)
{
    lines_t l = given("TlsGateDeprecate TLSv1\nTlsGateCutoff 2018-08-01T00:00:00Z\n");
    tg_report_schedule_t item = { .schedule = l.schedule };
    tg_report_t report = report_of(&item);
    apr_array_header_t *list = apr_array_make(unit_pool, 1, sizeof(tg_warning_t));

    (void)state;
    report.is_state_refused = 1;
    same_text(codes_of(&report), "state-refused", "nothing was stopped");
    item.stopped = (tg_guard_trip_t){ at("2018-07-10T09:00:30Z"), TG_NEVER, { 40, 12 }, 500 };
    same_text(codes_of(&report), "trial-stopped state-refused", "held");
    tg_warnings_of_report(list, &report);
    same_text(APR_ARRAY_IDX(list, 0, const tg_warning_t).text,
              "TlsGateGuard stopped a trial of legacy at 2018-07-10T09:00:30Z, because it rejected "
              "12 of 40 requests, 30%, more than 5%: no trial of it runs; see who is left, and to "
              "let trials go on: tlsgatectl resume legacy --reason TEXT",
              "its words");
    report.warnings = list;
    report.warnings_left_out = 3;
    same_number(tg_warnings_count(&report), 5, "how many there are");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_number_warns),
    cmocka_unit_test(a_postponement_is_for_one_cutoff),
    cmocka_unit_test(a_stopped_trial_is_the_first),
};

UNIT_MAIN(tests)
