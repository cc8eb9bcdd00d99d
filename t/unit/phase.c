/* Phases: each boundary from both sides, one second apart; shares; the next change. */
#include "given.h"

#include "policy/phase.h"

#include <dlfcn.h>
#include <openssl/evp.h>

/* The library calls this one. */
static int digest_fails;

int EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t length)
{
    int (*real_update)(EVP_MD_CTX *, const void *, size_t) = NULL;

    *(void **)&real_update = dlsym(RTLD_NEXT, "EVP_DigestUpdate");
    return digest_fails ? 0 : real_update(ctx, data, length);
}

/* The schedule of the design, with every kind of date. */
#define WHOLE                                                                                      \
    "TlsGateDeprecate TLSv1 TLSv1.1\n"                                                             \
    "TlsGateAnnounce 2018-06-01T00:00Z\n"                                                          \
    "TlsGateTrial 2018-07-10T10:00+01:00/2018-07-10T11:23+01:00\n"                                 \
    "TlsGateTrial 2018-07-20T14:00Z/PT10M every=PT1H until=2018-07-20T16:05Z share=25%\n"          \
    "TlsGateCutoff 2018-08-07T09:40+01:00\n"                                                       \
    "TlsGateGrace 2018-08-07T16:25+01:00/2018-08-21T10:00+01:00\n"                                 \
    "TlsGateRefuse 2018-11-01T00:00Z\n"
#define OLD "TlsGateDeprecate TLSv1\n"
#define CUTOFF "TlsGateCutoff 2018-08-07T09:40Z\n"

static const tg_schedule_t *schedule(const char *lines)
{
    return given(lines).schedule;
}

static void has_names(void **state)
{
    static const char *const names[] = { "observe", "announced", "grace",
                                         "trial",   "cutoff",    "refuse" };
    int p;

    (void)state;
    for (p = 0; p < TG_PHASES; p++) {
        assert_string_equal(tg_phase_name((tg_phase_t)p), names[p]);
        assert_int_equal(tg_phase_parse(names[p]), p);
        assert_int_equal(tg_phase_rejects((tg_phase_t)p), p >= TG_PHASE_TRIAL);
    }
    assert_int_equal(tg_phase_parse("Grace"), TG_PHASE_GRACE);
    assert_int_equal(tg_phase_parse(""), TG_PHASES);
    assert_int_equal(tg_phase_parse("grace "), TG_PHASES);
    assert_int_equal(tg_phase_parse("brownout"), TG_PHASES);
}

/* The change at an instant, for a client in a bucket: the phase of the second
 * before it, and of the instant itself and the second after it. */
static const struct {
    const char *lines;
    const char *boundary;
    int bucket;
    tg_phase_t before, from;
} boundaries[] = {
    { WHOLE, "2018-06-01T00:00Z", 0, TG_PHASE_OBSERVE, TG_PHASE_ANNOUNCED },
    { WHOLE, "2018-07-10T09:00Z", 0, TG_PHASE_ANNOUNCED, TG_PHASE_TRIAL },
    { WHOLE, "2018-07-10T09:00Z", 99, TG_PHASE_ANNOUNCED, TG_PHASE_TRIAL },
    { WHOLE, "2018-07-10T10:23Z", 0, TG_PHASE_TRIAL, TG_PHASE_ANNOUNCED },
    { WHOLE, "2018-07-20T14:00Z", 24, TG_PHASE_ANNOUNCED, TG_PHASE_TRIAL },
    { WHOLE, "2018-07-20T14:00Z", 25, TG_PHASE_ANNOUNCED, TG_PHASE_ANNOUNCED },
    { WHOLE, "2018-07-20T14:10Z", 24, TG_PHASE_TRIAL, TG_PHASE_ANNOUNCED },
    { WHOLE, "2018-07-20T15:00Z", 24, TG_PHASE_ANNOUNCED, TG_PHASE_TRIAL },
    { WHOLE, "2018-07-20T15:00Z", 99, TG_PHASE_ANNOUNCED, TG_PHASE_ANNOUNCED },
    { WHOLE, "2018-07-20T16:00Z", 0, TG_PHASE_ANNOUNCED, TG_PHASE_TRIAL },
    { WHOLE, "2018-07-20T16:05Z", 0, TG_PHASE_TRIAL, TG_PHASE_ANNOUNCED },
    { WHOLE, "2018-07-20T17:00Z", 0, TG_PHASE_ANNOUNCED, TG_PHASE_ANNOUNCED },
    { WHOLE, "2018-08-07T08:40Z", 0, TG_PHASE_ANNOUNCED, TG_PHASE_CUTOFF },
    { WHOLE, "2018-08-07T15:25Z", 0, TG_PHASE_CUTOFF, TG_PHASE_GRACE },
    { WHOLE, "2018-08-21T09:00Z", 0, TG_PHASE_GRACE, TG_PHASE_CUTOFF },
    { WHOLE, "2018-11-01T00:00Z", 0, TG_PHASE_CUTOFF, TG_PHASE_REFUSE },
    /* No date at all, and each date alone. */
    { OLD, "2018-08-07T09:40Z", 0, TG_PHASE_ANNOUNCED, TG_PHASE_ANNOUNCED },
    { OLD "TlsGateAnnounce 2018-08-07T09:40Z", "2018-08-07T09:40Z", 0, TG_PHASE_OBSERVE,
      TG_PHASE_ANNOUNCED },
    { OLD CUTOFF, "2018-08-07T09:40Z", 0, TG_PHASE_ANNOUNCED, TG_PHASE_CUTOFF },
    { OLD "TlsGateRefuse 2018-08-07T09:40Z", "2018-08-07T09:40Z", 0, TG_PHASE_ANNOUNCED,
      TG_PHASE_REFUSE },
    { OLD "TlsGateTrial 2018-08-07T09:40Z/PT1H", "2018-08-07T09:40Z", 0, TG_PHASE_ANNOUNCED,
      TG_PHASE_TRIAL },
    { OLD "TlsGateTrial 1969-12-31T23:00Z/PT2H", "1969-12-31T23:00Z", 0, TG_PHASE_ANNOUNCED,
      TG_PHASE_TRIAL },
    { OLD "TlsGateTrial 1969-12-31T23:00Z/PT2H", "1970-01-01T01:00Z", 0, TG_PHASE_TRIAL,
      TG_PHASE_ANNOUNCED },
    /* A trial wins over observe, which follows it again. */
    { OLD "TlsGateAnnounce 2019-01-01T00:00Z\nTlsGateTrial 2018-08-07T09:40Z/PT1H",
      "2018-08-07T09:40Z", 0, TG_PHASE_OBSERVE, TG_PHASE_TRIAL },
    { OLD "TlsGateAnnounce 2019-01-01T00:00Z\nTlsGateTrial 2018-08-07T09:40Z/PT1H",
      "2018-08-07T10:40Z", 0, TG_PHASE_TRIAL, TG_PHASE_OBSERVE },
    /* Two things at one instant. */
    { OLD CUTOFF "TlsGateAnnounce 2018-08-07T09:40Z", "2018-08-07T09:40Z", 0, TG_PHASE_OBSERVE,
      TG_PHASE_CUTOFF },
    { OLD CUTOFF "TlsGateTrial 2018-08-07T09:00Z/PT40M", "2018-08-07T09:40Z", 0, TG_PHASE_TRIAL,
      TG_PHASE_CUTOFF },
    { OLD CUTOFF "TlsGateGrace 2018-08-07T09:40Z/P1D", "2018-08-07T09:40Z", 0, TG_PHASE_ANNOUNCED,
      TG_PHASE_GRACE },
    { OLD CUTOFF "TlsGateRefuse 2018-08-07T09:40Z", "2018-08-07T09:40Z", 0, TG_PHASE_ANNOUNCED,
      TG_PHASE_REFUSE },
    { OLD CUTOFF "TlsGateGrace 2018-08-07T09:40Z/P1D\nTlsGateRefuse 2018-08-08T09:40Z",
      "2018-08-08T09:40Z", 0, TG_PHASE_GRACE, TG_PHASE_REFUSE },
    { OLD CUTOFF "TlsGateGrace 2018-08-07T09:40Z/P1D\nTlsGateGrace 2018-08-08T09:40Z/P1D",
      "2018-08-08T09:40Z", 0, TG_PHASE_GRACE, TG_PHASE_GRACE },
    { OLD "TlsGateTrial 2018-08-07T09:00Z/PT40M share=10%\nTlsGateTrial 2018-08-07T09:40Z/PT40M",
      "2018-08-07T09:40Z", 9, TG_PHASE_TRIAL, TG_PHASE_TRIAL },
    { OLD "TlsGateTrial 2018-08-07T09:00Z/PT40M share=10%\nTlsGateTrial 2018-08-07T09:40Z/PT40M",
      "2018-08-07T09:40Z", 10, TG_PHASE_ANNOUNCED, TG_PHASE_TRIAL },
};

static void changes_at_the_second(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(boundaries); i++) {
        const tg_schedule_t *s = schedule(boundaries[i].lines);
        tg_instant_t t = at(boundaries[i].boundary);
        int d;

        for (d = -1; d <= 1; d++) {
            tg_phase_t want = d < 0 ? boundaries[i].before : boundaries[i].from;
            tg_phase_t got = tg_phase_at(s, NULL, t + d, boundaries[i].bucket);

            CHECK(got == want, "%s\n%s %+d s, bucket %d: %s, not %s", boundaries[i].lines,
                  boundaries[i].boundary, d, boundaries[i].bucket, tg_phase_name(got),
                  tg_phase_name(want));
        }
    }
}

static void holds_beyond_every_date(void **state)
{
    const tg_schedule_t *s = schedule(WHOLE);

    (void)state;
    assert_int_equal(tg_phase_at(s, NULL, TG_INSTANT_MIN, 0), TG_PHASE_OBSERVE);
    assert_int_equal(tg_phase_at(s, NULL, TG_INSTANT_MAX, 0), TG_PHASE_REFUSE);
    assert_int_equal(tg_phase_at(schedule(OLD), NULL, TG_INSTANT_MIN, 0), TG_PHASE_ANNOUNCED);
    assert_int_equal(tg_phase_at(schedule(OLD), NULL, TG_INSTANT_MAX, 0), TG_PHASE_ANNOUNCED);
}

typedef struct {
    const char *change;
    tg_phase_t phase;
} step_t;

static const step_t whole_everyone[] = {
    { "2018-06-01T00:00Z", TG_PHASE_ANNOUNCED }, { "2018-07-10T09:00Z", TG_PHASE_TRIAL },
    { "2018-07-10T10:23Z", TG_PHASE_ANNOUNCED }, { "2018-07-20T14:00Z", TG_PHASE_TRIAL },
    { "2018-07-20T14:10Z", TG_PHASE_ANNOUNCED }, { "2018-07-20T15:00Z", TG_PHASE_TRIAL },
    { "2018-07-20T15:10Z", TG_PHASE_ANNOUNCED }, { "2018-07-20T16:00Z", TG_PHASE_TRIAL },
    { "2018-07-20T16:05Z", TG_PHASE_ANNOUNCED }, { "2018-08-07T08:40Z", TG_PHASE_CUTOFF },
    { "2018-08-07T15:25Z", TG_PHASE_GRACE },     { "2018-08-21T09:00Z", TG_PHASE_CUTOFF },
    { "2018-11-01T00:00Z", TG_PHASE_REFUSE },    { NULL, TG_PHASE_REFUSE },
};

static const step_t whole_late_bucket[] = {
    { "2018-06-01T00:00Z", TG_PHASE_ANNOUNCED }, { "2018-07-10T09:00Z", TG_PHASE_TRIAL },
    { "2018-07-10T10:23Z", TG_PHASE_ANNOUNCED }, { "2018-08-07T08:40Z", TG_PHASE_CUTOFF },
    { "2018-08-07T15:25Z", TG_PHASE_GRACE },     { "2018-08-21T09:00Z", TG_PHASE_CUTOFF },
    { "2018-11-01T00:00Z", TG_PHASE_REFUSE },    { NULL, TG_PHASE_REFUSE },
};

/* Windows that touch are one stretch of the same phase. */
static const step_t touching[] = {
    { "2018-08-07T00:00Z", TG_PHASE_TRIAL },
    { "2018-08-07T10:00Z", TG_PHASE_ANNOUNCED },
    { NULL, TG_PHASE_ANNOUNCED },
};

static void walk_rows(const char *lines, int bucket, const step_t *step)
{
    const tg_schedule_t *s = schedule(lines);
    tg_instant_t t = TG_INSTANT_MIN;

    for (;; step++) {
        tg_phase_t next = TG_PHASES;
        tg_instant_t change = tg_phase_next_change(s, NULL, t, bucket, &next);

        same_number(change, step->change ? at(step->change) : TG_NEVER, lines);
        same_text(tg_phase_name(next), tg_phase_name(step->phase), lines);
        if (!step->change) {
            return;
        }
        assert_true(tg_phase_next_change(s, NULL, change - 1, bucket, NULL) == change);
        t = change;
    }
}

static void tells_every_change(void **state)
{
    static const step_t never[] = { { NULL, TG_PHASE_ANNOUNCED } };

    (void)state;
    walk_rows(WHOLE, TG_BUCKET_EVERYONE, whole_everyone);
    walk_rows(WHOLE, 25, whole_late_bucket);
    walk_rows(OLD, 0, never);
    walk_rows(OLD "TlsGateTrial 2018-08-07T00:00Z/PT1H every=PT1H until=2018-08-07T10:00Z", 0,
              touching);
    walk_rows(OLD "TlsGateTrial 2018-08-07T00:00Z/PT1H share=1%", 1, never);
}

static const struct {
    const char *lines;
    const char *from;
} for_good[] = {
    { OLD, "never" },
    { OLD "TlsGateTrial 2018-08-07T00:00Z/PT1H", "never" },
    { OLD CUTOFF, "2018-08-07T09:40Z" },
    { OLD "TlsGateRefuse 2018-11-01T00:00Z", "2018-11-01T00:00Z" },
    { OLD CUTOFF "TlsGateRefuse 2018-11-01T00:00Z", "2018-08-07T09:40Z" },
    { OLD CUTOFF "TlsGateGrace 2018-08-07T16:25Z/2018-08-21T10:00Z", "2018-08-21T10:00Z" },
    { OLD CUTOFF "TlsGateGrace 2018-08-30T00:00Z/P1D\nTlsGateGrace 2018-08-07T16:25Z/P1D",
      "2018-08-31T00:00Z" },
    { WHOLE, "2018-08-21T09:00Z" },
};

/* Until the last grace window is over, whatever a trial does in it: that one can be ended. */
static const struct {
    const char *by_hand, *from;
} for_good_by_hand[] = {
    { "trial 2018-08-21T09:00Z", "2018-08-21T09:00Z" },
    { "trial 2018-12-24T00:00Z", "2018-08-21T09:00Z" },
    { "suspend 2018-08-20T00:00Z", "2018-08-21T09:00Z" },
    { "suspend 2018-12-24T00:00Z", "2018-12-24T00:00Z" },
};

static void tells_when_it_is_for_good(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(for_good); i++) {
        same_number(tg_phase_rejected_for_good(schedule(for_good[i].lines), NULL),
                    at(for_good[i].from), for_good[i].lines);
    }
    for (i = 0; i < ROWS(for_good_by_hand); i++) {
        lines_t l = given(apr_pstrcat(unit_pool, WHOLE, "\n", for_good_by_hand[i].by_hand, NULL));

        same_number(tg_phase_rejected_for_good(l.schedule, lines_override(&l)),
                    at(for_good_by_hand[i].from), for_good_by_hand[i].by_hand);
    }
}

static const struct {
    const char *t;
    int bucket;
    const char *by_hand; /* or NULL */
    const char *trial;   /* the next one, or NULL */
} next_trials[] = {
    { "2018-01-01T00:00Z", 0, NULL, "2018-07-10T09:00Z/2018-07-10T10:23Z" },
    { "2018-07-10T08:59:59Z", 99, NULL, "2018-07-10T09:00Z/2018-07-10T10:23Z" },
    { "2018-07-10T10:22:59Z", 99, NULL, "2018-07-10T09:00Z/2018-07-10T10:23Z" },
    { "2018-07-10T10:23:00Z", 99, NULL, NULL },
    { "2018-07-10T10:23:00Z", 24, NULL, "2018-07-20T14:00Z/PT10M" },
    { "2018-07-10T10:23:00Z", 25, NULL, NULL },
    { "2018-07-20T14:09:59Z", 24, NULL, "2018-07-20T14:00Z/PT10M" },
    { "2018-07-20T14:10:00Z", 24, NULL, "2018-07-20T15:00Z/PT10M" },
    { "2018-07-20T16:04:59Z", 24, NULL, "2018-07-20T16:00Z/PT5M" },
    { "2018-07-20T16:05:00Z", 24, NULL, NULL },
    /* By hand, from 2018-07-01 on: open now, across a window, into one, and into the cutoff. */
    { "2018-07-02T00:00Z", 99, "trial 2018-07-03T00:00Z", "2018-07-01T00:00Z/P2D" },
    { "2018-07-02T23:59:59Z", 99, "trial 2018-07-03T00:00Z", "2018-07-01T00:00Z/P2D" },
    { "2018-07-03T00:00Z", 99, "trial 2018-07-03T00:00Z", "2018-07-10T09:00Z/2018-07-10T10:23Z" },
    { "2018-07-10T09:30Z", 99, "trial 2018-07-11T00:00Z", "2018-07-01T00:00Z/P10D" },
    { "2018-07-10T08:00Z", 99, "trial 2018-07-10T10:00Z", "2018-07-01T00:00Z/2018-07-10T10:23Z" },
    { "2018-07-10T10:00Z", 99, "trial 2018-07-10T10:00Z", "2018-07-01T00:00Z/2018-07-10T10:23Z" },
    { "2018-08-07T08:39:59Z", 99, "trial 2018-09-01T00:00Z",
      "2018-07-01T00:00Z/2018-08-07T08:40Z" },
    { "2018-08-07T08:40Z", 99, "trial 2018-09-01T00:00Z", "2018-08-07T15:25Z/2018-08-21T09:00Z" },
    { "2018-08-21T09:00Z", 99, "trial 2018-09-01T00:00Z", NULL },
    /* A suspended trial does not count. */
    { "2018-07-02T00:00Z", 99, "suspend 2018-07-11T00:00Z", NULL },
    { "2018-07-02T00:00Z", 0, "suspend 2018-07-11T00:00Z", "2018-07-20T14:00Z/PT10M" },
    { "2018-07-02T00:00Z", 0, "suspend 2018-07-20T14:05Z", "2018-07-20T14:05Z/PT5M" },
    { "2018-07-20T14:06Z", 0, "suspend 2018-07-20T14:05Z", "2018-07-20T14:05Z/PT5M" },
    { "2018-07-20T14:05Z", 0, "suspend 2018-07-20T14:00Z", "2018-07-20T14:00Z/PT10M" },
    { "2018-07-02T00:00Z", 0, "suspend 2018-12-24T00:00Z", NULL },
    { "2018-08-01T00:00Z", 0, "postpone 2018-08-07T08:40Z 2018-12-01T00:00Z", NULL },
};

static void tells_the_next_trial(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(next_trials); i++) {
        const char *by_hand = next_trials[i].by_hand ? next_trials[i].by_hand : "";
        const char *row = apr_pstrcat(unit_pool, next_trials[i].t, " ", by_hand, NULL);
        lines_t l = given(apr_pstrcat(unit_pool, WHOLE, "\n", by_hand, NULL));
        tg_interval_t trial = { 0, 0 }, want = { 0, 0 };
        tg_fault_t fault;

        l.override.since = at("2018-07-01T00:00Z");
        CHECK(!next_trials[i].trial || tg_interval_parse(next_trials[i].trial, &want, &fault),
              "%s: %s", row, fault.reason);
        same_number(tg_phase_next_trial(l.schedule, lines_override(&l), at(next_trials[i].t),
                                        next_trials[i].bucket, &trial),
                    next_trials[i].trial != NULL, row);
        same_number(trial.start, want.start, row);
        same_number(trial.end, want.end, row);
    }
}

/* Every step of windows that touch, with another share, and of a trial by hand among them. */
static const struct {
    const char *by_hand; /* since 2018-07-01 */
    const char *steps;   /* hours and minutes of 10 July, the phase and its share */
} share_steps[] = {
    { "", "00:00 trial 20, 01:00 trial 100, 02:00 trial 50, 03:00 announced 100, 04:00 trial 50, "
          "05:00 announced 100" },
    { "trial 2018-07-10T00:30Z", "00:30 trial 20, 01:00 trial 100, 02:00 trial 50, "
                                 "03:00 announced 100, 04:00 trial 50, 05:00 announced 100" },
    { "trial 2018-07-10T02:30Z",
      "02:30 trial 50, 03:00 announced 100, 04:00 trial 50, 05:00 announced 100" },
    { "suspend 2018-07-10T01:30Z",
      "00:00 grace 100, 01:30 trial 100, 02:00 trial 50, 03:00 announced 100, 04:00 trial 50, "
      "05:00 announced 100" },
};

static void steps_where_the_share_changes(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(share_steps); i++) {
        lines_t l = given(apr_pstrcat(unit_pool,
                                      OLD "TlsGateTrial 2018-07-10T00:00Z/PT1H share=20%\n"
                                          "TlsGateTrial 2018-07-10T01:00Z/PT1H\n"
                                          "TlsGateTrial 2018-07-10T02:00Z/PT30M share=50%\n"
                                          "TlsGateTrial 2018-07-10T02:30Z/PT30M share=50%\n"
                                          "TlsGateTrial 2018-07-10T04:00Z/PT1H share=50%\n",
                                      share_steps[i].by_hand, NULL));
        const tg_override_t *o = lines_override(&l);
        tg_instant_t t = at("2018-07-09T00:00Z");
        const char *steps = "";

        l.override.since = at("2018-07-01T00:00Z");
        while ((t = tg_phase_next_step(l.schedule, o, t)) != TG_NEVER) {
            steps = apr_psprintf(unit_pool, "%s%s%.5s %s %d", steps, *steps ? ", " : "",
                                 tg_instant_text(unit_pool, t) + 11,
                                 tg_phase_name(tg_phase_at(l.schedule, o, t, TG_BUCKET_EVERYONE)),
                                 tg_phase_share(l.schedule, o, t));
        }
        same_text(steps, share_steps[i].steps, share_steps[i].by_hand);
    }
}

/* Windows that touch, of different shares: a trial begins and ends where its client comes and
 * goes. */
static void a_trial_ends_where_its_client_does(void **state)
{
    static const int shares[] = { 50, 20, 80, 80, 10, 50, 100 };
    static const int ends[][2] = { { 5, 7 }, { 10, 4 }, { 15, 4 }, { 20, 1 }, { 60, 0 } };
    static const int starts[][2] = { { 5, 13 }, { 9, 13 }, { 10, 3 }, { 49, 3 }, { 50, 1 } };
    const char *lines = OLD;
    tg_instant_t start = at("2018-07-10T00:00Z");
    const tg_schedule_t *s;
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(shares); i++) {
        lines = apr_psprintf(unit_pool, "%s\nTlsGateTrial 2018-07-10T0%d:00Z/PT1H share=%d%%",
                             lines, (int)i, shares[i]);
    }
    s = schedule(lines);
    for (i = 0; i < ROWS(ends); i++) {
        tg_instant_t end = tg_phase_at(s, NULL, start, ends[i][0]) == TG_PHASE_TRIAL
                               ? tg_phase_next_change(s, NULL, start, ends[i][0], NULL)
                               : start;

        same_number((end - start) / 3600, ends[i][1], "hours in the trial");
    }
    start = at("2018-07-10T06:30Z");
    for (i = 0; i < ROWS(starts); i++) {
        tg_interval_t trial;

        assert_true(tg_phase_next_trial(s, NULL, start, starts[i][0], &trial));
        same_number((start - trial.start) / 1800, starts[i][1], "half hours since it began");
    }
}

/* Places as once assigned: another release must assign the same ones, or
 * the clients of a trial would change with an upgrade. */
static const struct {
    const char *schedule, *client;
    int bucket;
} places[] = {
    { "legacy", "ip:192.0.2.7", 39 },
    { "legacy", "ip:192.0.2.8", 42 },
    { "other", "ip:192.0.2.7", 45 },
    { "legacy", "account:4711", 31 },
    { "legacy", "", 94 },
};

static void gives_stable_places(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(places); i++) {
        same_number(tg_phase_bucket(places[i].schedule, places[i].client), places[i].bucket,
                    places[i].client);
    }
    assert_int_not_equal(tg_phase_bucket("ab", "c1"), tg_phase_bucket("a", "bc1"));
}

#define CLIENTS 20000

/* Two hundred clients are expected in each of the hundred places; five times the
 * standard deviation of 14 is never met by chance in one run of a fixed hash. */
static void spreads_clients_evenly(void **state)
{
    int count[100] = { 0 };
    int i;

    (void)state;
    for (i = 0; i < CLIENTS; i++) {
        char client[64];
        int bucket;

        snprintf(client, sizeof(client), "ip:198.51.%d.%d", i / 250, i % 250);
        bucket = tg_phase_bucket("legacy", client);
        assert_in_range(bucket, 0, 99);
        count[bucket]++;
    }
    for (i = 0; i < 100; i++) {
        CHECK(count[i] > 130 && count[i] < 270, "place %d has %d of 20000", i, count[i]);
    }
}

/* A share of N per cent has the places below N: raising N only adds clients. */
static void a_larger_share_only_adds(void **state)
{
    int share;

    (void)state;
    for (share = 1; share <= 100; share++) {
        const char *lines =
            apr_psprintf(unit_pool, OLD "TlsGateTrial 2018-07-10T09:00Z/PT1H share=%d%%", share);
        const tg_schedule_t *s = schedule(lines);
        int bucket;

        for (bucket = 0; bucket < 100; bucket++) {
            tg_phase_t want = bucket < share ? TG_PHASE_TRIAL : TG_PHASE_ANNOUNCED;

            CHECK(tg_phase_at(s, NULL, at("2018-07-10T09:30Z"), bucket) == want,
                  "share=%d%%, bucket %d", share, bucket);
        }
    }
}

/* As many windows as there may be, each ten seconds long in every minute. */
static void finds_its_way_among_many_windows(void **state)
{
    const tg_schedule_t *s = schedule(
        OLD "TlsGateTrial 2018-01-01T00:00Z/PT10S every=PT1M until=2018-02-15T12:16Z share=50%");
    tg_instant_t start = at("2018-01-01T00:00Z");
    tg_phase_t next;
    int i;

    (void)state;
    assert_int_equal(s->windows->nelts, TG_WINDOWS_MAX);
    for (i = 0; i < TG_WINDOWS_MAX; i++) {
        tg_instant_t t = start + 60 * (tg_instant_t)i;

        assert_int_equal(tg_phase_at(s, NULL, t - 1, 49), TG_PHASE_ANNOUNCED);
        assert_int_equal(tg_phase_at(s, NULL, t, 49), TG_PHASE_TRIAL);
        assert_int_equal(tg_phase_at(s, NULL, t, 50), TG_PHASE_ANNOUNCED);
        assert_int_equal(tg_phase_at(s, NULL, t + 9, 49), TG_PHASE_TRIAL);
        assert_int_equal(tg_phase_at(s, NULL, t + 10, 49), TG_PHASE_ANNOUNCED);
        assert_true(tg_phase_next_change(s, NULL, t - 1, 49, &next) == t);
        assert_true(tg_phase_next_change(s, NULL, t, 49, &next) == t + 10);
    }
    assert_true(tg_phase_next_change(s, NULL, start, 50, &next) == TG_NEVER);
}

/* In no share of a part of the clients, which would otherwise be all of them. */
static void serves_where_there_is_no_place(void **state)
{
    static const char trial[] = OLD "TlsGateTrial 2018-07-10T00:00Z/P1D share=99%\n";
    int bucket;

    (void)state;
    digest_fails = 1;
    bucket = tg_phase_bucket("legacy", "account:A-1");
    digest_fails = 0;
    same_text(tg_phase_name(tg_phase_at(schedule(trial), NULL, at("2018-07-10T01:00Z"), bucket)),
              "announced", "without a digest");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(has_names),
    cmocka_unit_test(changes_at_the_second),
    cmocka_unit_test(holds_beyond_every_date),
    cmocka_unit_test(tells_every_change),
    cmocka_unit_test(tells_when_it_is_for_good),
    cmocka_unit_test(tells_the_next_trial),
    cmocka_unit_test(steps_where_the_share_changes),
    cmocka_unit_test(a_trial_ends_where_its_client_does),
    cmocka_unit_test(gives_stable_places),
    cmocka_unit_test(serves_where_there_is_no_place),
    cmocka_unit_test(spreads_clients_evenly),
    cmocka_unit_test(a_larger_share_only_adds),
    cmocka_unit_test(finds_its_way_among_many_windows),
};

UNIT_MAIN(tests)
