/* How many steps a question about the future needs: the source is compiled here once more, with
 * its looks at the override counted, of which each step has two. */
#include "given.h"

#include "policy/phase.h"

static int looks;

#define tg_override_active(override, t) (looks++, tg_override_active(override, t))
#include "policy/phase.c"
#include "policy/phase_trial.c"
#undef tg_override_active

#define OLD "TlsGateDeprecate TLSv1\n"
#define EACH_MINUTE                                                                                \
    OLD "TlsGateTrial 2018-01-01T00:00Z/PT10S every=PT1M until=2018-02-15T12:16Z share=50%\n"
#define FULL_MINUTES OLD "TlsGateTrial 2018-01-01T00:00Z/PT1M every=PT1M until=2018-02-15T00:00Z\n"
#define CUTOFF "TlsGateCutoff 2018-03-01T00:00Z\n"

/** More than any of these takes, and less than a walk. */
#define LOOKS_MAX 12

static const struct {
    const char *lines;
    int graces; /* number of others, of a minute, from the cutoff on, */
    int every;  /* one in that many seconds */
    const char *t;
    int bucket;
    const char *change;
    const char *trial; /* the next one, or NULL */
} questions[] = {
    { EACH_MINUTE "trial 2018-02-15T00:00:30Z 2018-01-01T00:00Z", 0, 0, "2018-01-01T00:00Z", 0,
      "2018-02-15T00:00:30Z", "2018-01-01T00:00Z/2018-02-15T00:00:30Z" },
    { EACH_MINUTE CUTOFF "trial 2018-12-24T00:00Z 2018-01-01T00:00Z", 0, 0, "2018-01-01T00:00Z", 0,
      "2018-03-01T00:00Z", "2018-01-01T00:00Z/2018-03-01T00:00Z" },
    { EACH_MINUTE, 0, 0, "2018-01-01T00:00Z", 50, "never", NULL },
    { EACH_MINUTE "suspend 2018-02-15T12:15:05Z", 0, 0, "2018-01-01T00:00Z", 0,
      "2018-01-01T00:00:10Z", "2018-02-15T12:15:05Z/PT5S" },
    { FULL_MINUTES, 0, 0, "2018-01-01T00:00Z", 0, "2018-02-15T00:00Z",
      "2018-01-01T00:00Z/2018-02-15T00:00Z" },
    { OLD CUTOFF, 1000, 60, "2018-03-01T00:00Z", 0, "2018-03-01T16:40Z", NULL },
    { OLD CUTOFF "suspend 2018-03-01T16:00:30Z", 1000, 60, "2018-03-01T00:00Z", 0,
      "2018-03-01T16:40Z", NULL },
    { OLD CUTOFF "suspend 2018-12-24T00:00Z", 1000, 120, "2018-03-01T00:00Z", 0,
      "2018-12-24T00:00Z", NULL },
    { OLD CUTOFF "postpone 2018-03-01T00:00Z 2018-03-01T16:00Z", 1000, 60, "2018-02-01T00:00Z", 0,
      "2018-03-01T16:00Z", NULL },
    { OLD CUTOFF "postpone 2018-03-01T00:00Z 2018-03-01T16:00Z", 1000, 60, "2018-03-01T16:00Z", 0,
      "2018-03-01T16:40Z", NULL },
};

static lines_t asked(size_t row)
{
    const char *lines = questions[row].lines;
    tg_instant_t start = at("2018-03-01T00:00Z");
    int i;

    for (i = 0; i < questions[row].graces; i++, start += questions[row].every) {
        lines = apr_psprintf(unit_pool, "TlsGateGrace %s/PT1M\n%s",
                             tg_instant_text(unit_pool, start), lines);
    }
    return given(lines);
}

static void takes_few_steps(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(questions); i++) {
        lines_t l = asked(i);

        looks = 0;
        same_number(tg_phase_next_change(l.schedule, lines_override(&l), at(questions[i].t),
                                         questions[i].bucket, NULL),
                    at(questions[i].change), questions[i].lines);
        CHECK(looks <= LOOKS_MAX, "%s: %d looks at the override", questions[i].lines, looks);
    }
}

static void finds_the_next_trial_in_few_steps(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(questions); i++) {
        lines_t l = asked(i);
        tg_interval_t trial = { 0, 0 }, want = { 0, 0 };
        tg_fault_t fault;

        CHECK(!questions[i].trial || tg_interval_parse(questions[i].trial, &want, &fault), "%s: %s",
              questions[i].lines, fault.reason);
        looks = 0;
        same_number(tg_phase_next_trial(l.schedule, lines_override(&l), at(questions[i].t),
                                        questions[i].bucket, &trial),
                    questions[i].trial != NULL, questions[i].lines);
        same_number(trial.start, want.start, questions[i].lines);
        same_number(trial.end, want.end, questions[i].lines);
        CHECK(looks <= LOOKS_MAX, "%s: %d looks at the override", questions[i].lines, looks);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(takes_few_steps),
    cmocka_unit_test(finds_the_next_trial_in_few_steps),
};

UNIT_MAIN(tests)
