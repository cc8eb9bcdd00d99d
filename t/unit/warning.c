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
}

static void a_postponement_is_for_one_cutoff(void **state)
{
    lines_t l = given("TlsGateDeprecate TLSv1\nTlsGateCutoff 2018-08-01T00:00:00Z\n");
    tg_report_schedule_t item = { .schedule = l.schedule };
    apr_array_header_t *overrides = apr_array_make(unit_pool, 1, sizeof(tg_state_override_t));
    tg_state_override_t *o = apr_array_push(overrides);
    tg_report_t report = quiet_report();

    (void)state;
    *o = (tg_state_override_t){ .schedule = l.schedule->name,
                                .kind = TG_STATE_POSTPONE,
                                .from = at("2018-08-01T00:00:00Z"),
                                .cutoff = at("2018-09-01T00:00:00Z") };
    report.schedules = &item;
    report.schedule_count = 1;
    report.overrides = overrides;
    same_text(codes_of(&report), "", "for this cutoff");
    o->from--;
    same_text(codes_of(&report), "postponement-ignored", "for another one");
    o->schedule = "elsewhere";
    same_text(codes_of(&report), "", "of a schedule of another httpd");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_number_warns),
    cmocka_unit_test(a_postponement_is_for_one_cutoff),
};

UNIT_MAIN(tests)
