/* A trial that TlsGateGuard stopped: which occurrences that concerns, when a trial began that goes on, and
 * what the page says of each line of the configuration. */
#include "given.h"

#include "report/schedule_frame.h"
#include "report/text_frame.h"

#define DAILY                                                                                      \
    "TlsGateDeprecate TLSv1\n"                                                                     \
    "TlsGateTrial 2018-07-09T09:00:00Z/PT1H\n"                                                     \
    "TlsGateTrial 2018-07-10T09:00:00Z/PT1H every=P1D until=2018-07-12T09:30:00Z share=25%\n"      \
    "TlsGateTrial 2018-07-20T09:00:00Z/PT1H\n"                                                     \
    "TlsGateCutoff 2018-08-01T00:00:00Z\n"

static const struct {
    const char *from, *until;
    int meets;
} meetings[] = {
    { "2018-07-10T08:00:00Z", "2018-07-10T09:00:00Z", 0 },
    { "2018-07-10T08:00:00Z", "2018-07-10T09:00:01Z", 1 },
    { "2018-07-10T09:59:59Z", "2018-07-10T12:00:00Z", 1 },
    { "2018-07-10T10:00:00Z", "2018-07-11T09:00:00Z", 0 },
    { "2018-07-10T10:00:00Z", "2018-07-11T09:00:01Z", 1 },
    { "2018-07-11T10:00:00Z", "2018-07-12T09:00:00Z", 0 },
    { "2018-07-12T09:29:59Z", "2018-07-12T09:59:00Z", 1 },
    { "2018-07-12T09:30:00Z", "2018-07-20T10:00:00Z", 0 },
};

static void an_occurrence_meets_an_interval(void **state)
{
    const lines_t l = given(DAILY);
    const tg_trial_t *trials = (const tg_trial_t *)(const void *)l.schedule->trials->elts;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(meetings); i++) {
        const tg_interval_t interval = { at(meetings[i].from), at(meetings[i].until) };

        CHECK(tg_trial_meets(&trials[1], &interval) == meetings[i].meets, "%s/%s", meetings[i].from,
              meetings[i].until);
    }
    assert_true(
        tg_trial_meets(&trials[0], &(tg_interval_t){ at("2018-07-09T09:59:59Z"), TG_NEVER }));
    assert_false(
        tg_trial_meets(&trials[0], &(tg_interval_t){ at("2018-07-09T10:00:00Z"), TG_NEVER }));
}

/* It was stopped at some time before. */
static const struct {
    const char *resumed, *now, *start;
} begun[] = {
    { NULL, "2018-07-11T09:30:00Z", "2018-07-11T09:00:00Z" },
    { "2018-07-11T08:59:59Z", "2018-07-11T09:30:00Z", "2018-07-11T09:00:00Z" },
    { "2018-07-11T09:12:00Z", "2018-07-11T09:12:00Z", "2018-07-11T09:12:00Z" },
    { "2018-07-11T09:12:00Z", "2018-07-11T09:59:59Z", "2018-07-11T09:12:00Z" },
    { "2018-07-11T09:12:00Z", "2018-07-11T10:00:00Z", "2018-07-12T09:00:00Z" },
    { "2018-07-11T09:31:00Z", "2018-07-11T09:30:00Z",
      "2018-07-11T09:00:00Z" }, /* its clock is ahead */
};

static void a_trial_that_goes_on_began_when_it_was_resumed(void **state)
{
    const lines_t l = given(DAILY);
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(begun); i++) {
        tg_override_t *o = tg_override_of(tg_override_set_create(unit_pool), "legacy");
        tg_interval_t trial;

        o->resumed = begun[i].resumed ? at(begun[i].resumed) : TG_ALWAYS;
        assert_true(tg_phase_next_trial(l.schedule, o, at(begun[i].now), 0, &trial));
        same_text(tg_instant_text(unit_pool, trial.start), begun[i].start, begun[i].now);
    }
}

static void a_stopped_trial_would_be_one(void **state)
{
    const lines_t l = given(DAILY);
    tg_override_t *o = tg_override_of(tg_override_set_create(unit_pool), "legacy");

    (void)state;
    assert_false(tg_override_is_stopped(NULL, at("2018-07-11T09:30:00Z")));
    assert_false(tg_phase_is_stopped(l.schedule, o, at("2018-07-11T09:30:00Z"), 0));
    tg_override_stop(o, at("2018-07-11T09:12:00Z"), TG_NEVER);
    assert_true(tg_phase_is_stopped(l.schedule, o, at("2018-07-11T09:30:00Z"), 0));
    assert_false(tg_phase_is_stopped(l.schedule, o, at("2018-07-11T09:30:00Z"), 25));
    assert_false(tg_phase_is_stopped(l.schedule, o, at("2018-07-11T10:00:00Z"), 0));
    assert_true(tg_phase_is_stopped(l.schedule, o, at("2018-07-20T09:00:00Z"), 0));
    assert_false(tg_phase_is_stopped(l.schedule, o, at("2018-08-01T00:00:00Z"), 0));
    o->kind = TG_OVERRIDE_SUSPEND;
    o->until = at("2018-07-11T09:40:00Z");
    assert_false(tg_phase_is_stopped(l.schedule, o, at("2018-07-11T09:30:00Z"), 0));
    assert_true(tg_override_is_stopped(o, at("2018-07-11T09:30:00Z")));
}

static const char *rows_of(const char *now, const char *until, tg_readers_t readers)
{
    const lines_t l = given(DAILY);
    tg_override_t *o = tg_override_of(tg_override_set_create(unit_pool), "legacy");
    tg_frame_t frame;

    tg_override_stop(o, at("2018-07-11T09:12:00Z"), until ? at(until) : TG_NEVER);
    tg_frame_begin(&frame, unit_pool, at(now), "t");
    frame.lead = "l";
    tg_schedule_frame_dates(&frame, l.schedule, o, readers);
    return tg_frame_text(&frame);
}

#define FIRST "Trial: 2018-07-09T09:00:00Z to 2018-07-09T10:00:00Z (over)\n"
#define HEAD "t\n\nl\nRejected for good from: 2018-08-01T00:00:00Z "
#define REST ", every day until 2018-07-12T09:30:00Z, for 25% of the clients"

static void each_line_says_whether_it_runs(void **state)
{
    (void)state;
    same_text(rows_of("2018-07-11T09:30:00Z", "2018-07-11T10:00:00Z", TG_READERS_OPERATORS),
              HEAD "(in 21 days)\n" FIRST "Trial: 2018-07-10T09:00:00Z to 2018-07-10T10:00:00Z" REST
                   ". Stopped by TlsGateGuard: until 2018-07-11T10:00:00Z old clients are served\n"
                   "Trial: 2018-07-20T09:00:00Z to 2018-07-20T10:00:00Z (in 9 days)\n"
                   "Cutoff: 2018-08-01T00:00:00Z (in 21 days)\n",
              "one is stopped");
    same_text(rows_of("2018-07-11T09:30:00Z", NULL, TG_READERS_OPERATORS),
              HEAD "(in 21 days)\n" FIRST "Trial: 2018-07-10T09:00:00Z to 2018-07-10T10:00:00Z" REST
                   ". Held by TlsGateGuard: does not run until tlsgatectl resume legacy\n"
                   "Trial: 2018-07-20T09:00:00Z to 2018-07-20T10:00:00Z (in 9 days)"
                   ". Held by TlsGateGuard: does not run until tlsgatectl resume legacy\n"
                   "Cutoff: 2018-08-01T00:00:00Z (in 21 days)\n",
              "all that follow are held");
    same_text(rows_of("2018-07-21T09:00:00Z", NULL, TG_READERS_ALL),
              HEAD "(in 11 days)\n" FIRST
                   "Trial: 2018-07-10T09:00:00Z to 2018-07-10T10:00:00Z (over)" REST
                   ". Stopped by this server's guard at 2018-07-11T09:12:00Z\n"
                   "Trial: 2018-07-20T09:00:00Z to 2018-07-20T10:00:00Z (over)"
                   ". Held by this server's guard: did not run\n"
                   "Cutoff: 2018-08-01T00:00:00Z (in 11 days)\n",
              "what is over, for everyone");
    same_text(rows_of("2018-07-11T10:00:00Z", "2018-07-11T10:00:00Z", TG_READERS_ALL),
              HEAD "(in 21 days)\n" FIRST "Trial: 2018-07-10T09:00:00Z to 2018-07-10T10:00:00Z" REST
                   "\n"
                   "Trial: 2018-07-20T09:00:00Z to 2018-07-20T10:00:00Z (in 9 days)\n"
                   "Cutoff: 2018-08-01T00:00:00Z (in 21 days)\n",
              "the end of what was stopped");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_occurrence_meets_an_interval),
    cmocka_unit_test(a_trial_that_goes_on_began_when_it_was_resumed),
    cmocka_unit_test(a_stopped_trial_would_be_one),
    cmocka_unit_test(each_line_says_whether_it_runs),
};

UNIT_MAIN(tests)
