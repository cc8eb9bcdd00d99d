/* Schedules: every rule that concerns more than one directive, from both sides. */
#include "unit.h"

#include "lines.h"

#define OLD "TlsGateDeprecate TLSv1\n"
#define CUTOFF "TlsGateCutoff 2018-08-07T09:40Z\n"
#define REFUSE "TlsGateRefuse 2018-11-01T00:00Z\n"

static const struct {
    const char *what;
    const char *lines;
} good[] = {
    { "a trait and no date", OLD },
    { "an expression alone", "TlsGateDeprecate expr=true" },
    { "a key exchange", "TlsGateDeprecate kx=RSA\n" CUTOFF },
    { "announced at the cutoff", OLD CUTOFF "TlsGateAnnounce 2018-08-07T09:40Z" },
    { "announced without a cutoff", OLD "TlsGateAnnounce 2018-08-07T09:40Z" },
    { "announced at a Refuse without a cutoff", OLD REFUSE "TlsGateAnnounce 2018-11-01T00:00Z" },
    { "Refuse alone", OLD REFUSE },
    { "Refuse at the cutoff", OLD CUTOFF "TlsGateRefuse 2018-08-07T09:40Z" },
    { "Refuse for every version", "TlsGateDeprecate SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3\n" REFUSE },
    { "Refuse for key exchanges", "TlsGateDeprecate TLSv1 kx=RSA kx=DHE kx=classical\n" REFUSE },
    { "Refuse for ciphers",
      "TlsGateDeprecate cipher=3DES cipher=RC4 cipher=CBC cipher=SHA1\n" CUTOFF REFUSE },
    { "a trial that ends at the cutoff",
      OLD CUTOFF "TlsGateTrial 2018-08-07T09:00Z/2018-08-07T09:40Z" },
    { "a trial without a cutoff", OLD "TlsGateTrial 2018-08-07T09:00Z/PT1H" },
    { "a trial that ends at a Refuse without a cutoff",
      OLD REFUSE "TlsGateTrial 2018-10-31T00:00Z/P1D" },
    { "a trial before it is announced",
      OLD "TlsGateAnnounce 2018-08-07T09:40Z\nTlsGateTrial 2018-08-07T08:00Z/PT1H" },
    { "trials that touch",
      OLD "TlsGateTrial 2018-08-07T10:00Z/PT1H\nTlsGateTrial 2018-08-07T09:00Z/PT1H" },
    { "a window as long as its period",
      OLD "TlsGateTrial 2018-08-07T09:00Z/PT1H every=PT1H until=2018-08-08T09:00Z" },
    { "a repetition that is cut at the cutoff",
      OLD CUTOFF "TlsGateTrial 2018-08-07T07:30Z/PT1H every=PT2H until=2018-08-07T09:40Z" },
    { "two repetitions, one between the other",
      OLD "TlsGateTrial 2018-08-07T09:00Z/PT30M every=PT1H until=2018-08-08T09:00Z\n"
          "TlsGateTrial 2018-08-07T09:30Z/PT30M every=PT1H until=2018-08-08T09:00Z" },
    { "grace from the cutoff to Refuse",
      OLD CUTOFF REFUSE "TlsGateGrace 2018-08-07T09:40Z/2018-11-01T00:00Z" },
    { "grace without Refuse", OLD CUTOFF "TlsGateGrace 2018-08-07T16:25Z/2018-08-21T10:00Z" },
    { "graces that touch, the later one first",
      OLD CUTOFF "TlsGateGrace 2018-08-22T00:00Z/P1D\nTlsGateGrace 2018-08-21T00:00Z/P1D" },
    { "426 where something is left", OLD "TlsGateStatus 426" },
    { "410 where nothing is left", "TlsGateDeprecate any\nTlsGateStatus 410" },
};

static const struct {
    const char *directive;
    const char *value;
    const char *reason;
    const char *lines;
} bad[] = {
    { "<TlsGateSchedule", "legacy", "no trait", "TlsGateCutoff 2018-08-07T09:40Z" },
    { "TlsGateAnnounce", "2018-08-07T09:40:01Z", "after the cutoff",
      OLD CUTOFF "TlsGateAnnounce 2018-08-07T09:40:01Z" },
    { "TlsGateAnnounce", "2018-11-01T00:00:01Z", "after the cutoff",
      OLD REFUSE "TlsGateAnnounce 2018-11-01T00:00:01Z" },
    { "TlsGateRefuse", "2018-08-07T09:39:59Z", "before the cutoff",
      OLD CUTOFF "TlsGateRefuse 2018-08-07T09:39:59Z" },
    { "TlsGateRefuse", "2018-11-01T00:00:00Z", "only protocol versions",
      "TlsGateDeprecate cleartext\n" REFUSE },
    { "TlsGateRefuse", "2018-11-01T00:00:00Z", "only protocol versions",
      "TlsGateDeprecate unknown\n" REFUSE },
    { "TlsGateRefuse", "2018-11-01T00:00:00Z", "only protocol versions",
      "TlsGateDeprecate any\n" REFUSE },
    { "TlsGateRefuse", "2018-11-01T00:00:00Z", "only protocol versions",
      "TlsGateDeprecate TLSv1 expr=true\n" REFUSE },
    { "TlsGateTrial", "2018-08-07T09:59:59Z/2018-08-07T11:00:00Z", "overlaps",
      OLD
      "TlsGateTrial 2018-08-07T09:00Z/PT1H\nTlsGateTrial 2018-08-07T09:59:59Z/2018-08-07T11:00Z" },
    { "TlsGateTrial", "2018-08-07T09:10:00Z/2018-08-07T09:20:00Z", "overlaps",
      OLD "TlsGateTrial 2018-08-07T09:10Z/PT10M\nTlsGateTrial 2018-08-07T09:00Z/PT1H" },
    { "TlsGateTrial", "2018-08-07T09:00:00Z/2018-08-07T10:00:00Z", "overlaps",
      OLD "TlsGateTrial 2018-08-07T09:00Z/PT1H share=1%\nTlsGateTrial 2018-08-07T09:00Z/PT1H "
          "share=2%" },
    { "TlsGateTrial", "2018-08-09T09:00:00Z/2018-08-09T10:00:00Z", "overlaps",
      OLD "TlsGateTrial 2018-08-07T09:00Z/PT1H every=P1D until=2018-08-17T00:00Z\n"
          "TlsGateTrial 2018-08-09T08:30Z/PT31M" },
    { "TlsGateTrial", "2018-08-07T09:00:00Z/2018-08-07T09:40:01Z", "reaches past the cutoff",
      OLD CUTOFF "TlsGateTrial 2018-08-07T09:00Z/2018-08-07T09:40:01Z" },
    { "TlsGateTrial", "2018-08-07T09:40:00Z/2018-08-07T10:00:00Z", "at or after the cutoff",
      OLD CUTOFF "TlsGateTrial 2018-08-07T09:40Z/2018-08-07T10:00Z" },
    { "TlsGateTrial", "2019-08-07T09:40:00Z/2019-08-07T10:00:00Z", "at or after the cutoff",
      OLD CUTOFF "TlsGateTrial 2019-08-07T09:40Z/2019-08-07T10:00Z" },
    { "TlsGateTrial", "2018-10-31T23:00:00Z/2018-11-01T00:00:01Z", "reaches past the cutoff",
      OLD REFUSE "TlsGateTrial 2018-10-31T23:00Z/2018-11-01T00:00:01Z" },
    { "TlsGateTrial", "2018-08-07T09:30:00Z/2018-08-07T09:41:00Z", "reaches past the cutoff",
      OLD CUTOFF "TlsGateTrial 2018-08-07T07:30Z/PT1H every=PT2H until=2018-08-07T09:41Z" },
    { "TlsGateTrial",
      "2018-01-01T00:00:00Z/2018-01-01T00:00:01Z every=PT2S until=2019-01-01T00:00:00Z",
      "more than 65536 windows",
      OLD "TlsGateTrial 2018-01-01T00:00Z/PT1S every=PT2S until=2019-01-01T00:00Z" },
    { "TlsGateGrace", "2018-08-07T09:40:00Z/2018-08-08T09:40:00Z", "needs a cutoff",
      OLD "TlsGateGrace 2018-08-07T09:40Z/P1D" },
    { "TlsGateGrace", "2018-08-07T09:39:59Z/2018-08-07T10:00:00Z", "before the cutoff",
      OLD CUTOFF "TlsGateGrace 2018-08-07T09:39:59Z/2018-08-07T10:00Z" },
    { "TlsGateGrace", "2018-10-31T00:00:00Z/2018-11-01T00:00:01Z", "past Refuse",
      OLD CUTOFF REFUSE "TlsGateGrace 2018-10-31T00:00Z/2018-11-01T00:00:01Z" },
    { "TlsGateGrace", "2018-12-31T00:00:00Z/2019-01-01T00:00:00Z", "past Refuse",
      OLD REFUSE "TlsGateGrace 2018-12-31T00:00Z/P1D" },
    { "TlsGateGrace", "2018-08-08T23:59:59Z/2018-08-10T00:00:00Z", "overlaps",
      OLD CUTOFF
      "TlsGateGrace 2018-08-08T23:59:59Z/2018-08-10T00:00Z\nTlsGateGrace 2018-08-08T00:00Z/P1D" },
    { "TlsGateStatus", "426", "none to upgrade to", "TlsGateDeprecate any\nTlsGateStatus 426" },
    { "TlsGateStatus", "426", "none to upgrade to",
      "TlsGateDeprecate any\nTlsGateStatus trial 426" },
    { "TlsGateStatus", "426", "none to upgrade to",
      "TlsGateDeprecate TLSv1.2 TLSv1.3\nTlsGateStatus cutoff 426" },
};

static lines_t unfinished_lines(const char *lines)
{
    lines_t l = lines_begin(unit_pool, "legacy");

    CHECK(lines_read_all(unit_pool, &l, lines), "%s\n%s", lines, l.fault.reason);
    return l;
}

static void accepts_what_just_holds(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(good); i++) {
        lines_t l = unfinished_lines(good[i].lines);
        tg_violation_t v;

        CHECK(tg_schedule_finish(l.schedule, &v), "%s: %s %s: %s", good[i].what, v.directive,
              v.value, v.fault.reason);
    }
}

static void refuses_what_just_does_not(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(bad); i++) {
        lines_t l = unfinished_lines(bad[i].lines);
        tg_violation_t v = { "", "", { "", "" } };

        CHECK(!tg_schedule_finish(l.schedule, &v), "accepted: %s", bad[i].lines);
        same_text(v.directive, bad[i].directive, bad[i].lines);
        same_text(v.value, bad[i].value, bad[i].lines);
        has_text(v.fault.reason, bad[i].reason, bad[i].lines);
        CHECK(v.fault.fix[0], "%s: no fix", bad[i].lines);
    }
}

static void begins_with_no_date(void **state)
{
    const tg_schedule_t *s = tg_schedule_create(unit_pool, "legacy");

    (void)state;
    assert_string_equal(s->name, "legacy");
    assert_true(s->announce == TG_ALWAYS);
    assert_true(s->cutoff == TG_NEVER && s->refuse == TG_NEVER);
    assert_true(tg_schedule_cutoff(s) == TG_NEVER);
    assert_int_equal(s->traits, 0);
    assert_int_equal(s->status[TG_STATUS_TRIAL], 0);
    assert_null(s->info);
}

static void sorts_its_windows(void **state)
{
    lines_t l = unfinished_lines(
        OLD CUTOFF
        "TlsGateTrial 2018-08-05T00:00Z/PT1H\n"
        "TlsGateTrial 2018-08-01T00:00Z/PT1H every=P1D until=2018-08-04T00:00Z share=5%\n"
        "TlsGateGrace 2018-09-01T00:00Z/P1D\n"
        "TlsGateGrace 2018-08-07T09:40Z/P1D\n");
    const tg_window_t *w;
    const tg_interval_t *g;
    tg_violation_t v;

    (void)state;
    assert_true(tg_schedule_finish(l.schedule, &v));
    w = (const void *)l.schedule->windows->elts;
    g = (const void *)l.schedule->graces->elts;
    assert_int_equal(l.schedule->windows->nelts, 4);
    assert_true(w[0].interval.start == at("2018-08-01T00:00Z") && w[0].share == 5);
    assert_true(w[2].interval.start == at("2018-08-03T00:00Z") && w[2].share == 5);
    assert_true(w[3].interval.start == at("2018-08-05T00:00Z") && w[3].share == 100);
    assert_true(g[0].start == at("2018-08-07T09:40Z"));
    assert_true(g[1].start == at("2018-09-01T00:00Z"));
    assert_true(l.schedule->has_share);
}

static void knows_whether_it_has_shares(void **state)
{
    lines_t whole = unfinished_lines(OLD "TlsGateTrial 2018-08-05T00:00Z/PT1H share=100%");
    lines_t some = unfinished_lines(OLD "TlsGateTrial 2018-08-05T00:00Z/PT1H share=99%\n"
                                        "TlsGateTrial 2018-08-06T00:00Z/PT1H");
    tg_violation_t v;

    (void)state;
    assert_true(tg_schedule_finish(whole.schedule, &v));
    assert_true(tg_schedule_finish(some.schedule, &v));
    assert_false(whole.schedule->has_share);
    assert_true(some.schedule->has_share);
}

static const struct {
    const char *lines;
    tg_protocol_t protocol;
    int trial, cutoff;
} statuses[] = {
    { OLD, TG_PROTOCOL_TLS1_0, 426, 426 },
    { "TlsGateDeprecate TLSv1 unknown", TG_PROTOCOL_UNKNOWN, 426, 426 },
    { OLD, TG_PROTOCOL_TLS1_3, 403, 403 },
    { "TlsGateDeprecate cleartext", TG_PROTOCOL_CLEARTEXT, 403, 403 },
    { "TlsGateDeprecate TLSv1 cleartext", TG_PROTOCOL_CLEARTEXT, 403, 403 },
    { "TlsGateDeprecate TLSv1 cleartext", TG_PROTOCOL_TLS1_0, 426, 426 },
    { "TlsGateDeprecate kx=RSA", TG_PROTOCOL_TLS1_2, 426, 426 },
    { "TlsGateDeprecate any", TG_PROTOCOL_TLS1_0, 403, 403 },
    { "TlsGateDeprecate TLSv1.2 TLSv1.3", TG_PROTOCOL_TLS1_2, 403, 403 },
    { OLD "TlsGateStatus 400", TG_PROTOCOL_TLS1_0, 400, 400 },
    { OLD "TlsGateStatus trial 503", TG_PROTOCOL_TLS1_0, 503, 426 },
    { OLD "TlsGateStatus cutoff 410", TG_PROTOCOL_TLS1_0, 426, 410 },
    { OLD "TlsGateStatus trial 503\nTlsGateStatus cutoff 410", TG_PROTOCOL_TLS1_0, 503, 410 },
    { "TlsGateDeprecate cleartext\nTlsGateStatus 426", TG_PROTOCOL_CLEARTEXT, 426, 426 },
    { "TlsGateDeprecate any\nTlsGateStatus trial 503", TG_PROTOCOL_TLS1_3, 503, 403 },
};

static void has_two_statuses(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(statuses); i++) {
        lines_t l = unfinished_lines(statuses[i].lines);

        same_number(tg_schedule_status(l.schedule, TG_STATUS_TRIAL, statuses[i].protocol,
                                       TG_TRAIT_PROTOCOL(statuses[i].protocol) | TG_TRAIT_KX_RSA),
                    statuses[i].trial, statuses[i].lines);
        same_number(tg_schedule_status(l.schedule, TG_STATUS_CUTOFF, statuses[i].protocol,
                                       TG_TRAIT_PROTOCOL(statuses[i].protocol) | TG_TRAIT_KX_RSA),
                    statuses[i].cutoff, statuses[i].lines);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(accepts_what_just_holds),     cmocka_unit_test(refuses_what_just_does_not),
    cmocka_unit_test(begins_with_no_date),         cmocka_unit_test(sorts_its_windows),
    cmocka_unit_test(knows_whether_it_has_shares), cmocka_unit_test(has_two_statuses),
};

UNIT_MAIN(tests)
