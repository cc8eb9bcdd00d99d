/* Verdicts: the action of a phase, the schedule that decides, and until when. */
#include "given.h"

#include "policy/verdict.h"

#define OLD "TlsGateDeprecate TLSv1\n"
#define CUTOFF "TlsGateCutoff 2018-08-01T00:00Z\n"
#define TRIAL "TlsGateTrial 2018-07-10T09:00Z/PT1H\n"
#define CLIENT "account:4711"

static tg_override_set_t *set(void)
{
    return tg_override_set_create(unit_pool);
}

static void add_exemption(tg_override_set_t *s, const char *schedule, const char *until)
{
    const tg_exemption_t e = { .schedule = schedule, .client = CLIENT, .until = at(until) };

    tg_override_exempt(s, &e);
}

/* A schedule from lines, with its overrides in @p s. */
static const tg_schedule_t *schedule(const char *lines, tg_override_set_t *s)
{
    lines_t l = given(lines);

    if (l.has_override) {
        *tg_override_of(s, l.schedule->name) = l.override;
    }
    return l.schedule;
}

static const struct {
    tg_phase_t as;
    int handshake, report_only, exempt;
    tg_action_t action;
    int rejects, warns;
} actions[] = {
    { TG_PHASE_OBSERVE, 0, 0, 0, TG_ACTION_OBSERVE, 0, 0 },
    { TG_PHASE_ANNOUNCED, 0, 0, 0, TG_ACTION_WARN, 0, 1 },
    { TG_PHASE_GRACE, 0, 0, 0, TG_ACTION_WARN, 0, 1 },
    { TG_PHASE_TRIAL, 0, 0, 0, TG_ACTION_REJECT, 1, 0 },
    { TG_PHASE_CUTOFF, 0, 0, 0, TG_ACTION_REJECT, 1, 0 },
    /* A connection that is already open is not refused: its request is rejected. */
    { TG_PHASE_REFUSE, 0, 0, 0, TG_ACTION_REJECT, 1, 0 },
    { TG_PHASE_REFUSE, 1, 0, 0, TG_ACTION_REFUSE, 1, 0 },
    { TG_PHASE_CUTOFF, 1, 0, 0, TG_ACTION_REJECT, 1, 0 },
    { TG_PHASE_OBSERVE, 0, 0, 1, TG_ACTION_OBSERVE, 0, 0 },
    { TG_PHASE_ANNOUNCED, 0, 0, 1, TG_ACTION_WARN, 0, 1 },
    { TG_PHASE_TRIAL, 0, 0, 1, TG_ACTION_WARN, 0, 1 },
    { TG_PHASE_CUTOFF, 0, 0, 1, TG_ACTION_WARN, 0, 1 },
    { TG_PHASE_REFUSE, 0, 0, 1, TG_ACTION_WARN, 0, 1 },
    { TG_PHASE_REFUSE, 1, 0, 1, TG_ACTION_WARN, 0, 1 },
    { TG_PHASE_ANNOUNCED, 0, 1, 0, TG_ACTION_WARN, 0, 0 },
    { TG_PHASE_CUTOFF, 0, 1, 0, TG_ACTION_REJECT, 0, 0 },
    { TG_PHASE_REFUSE, 1, 1, 0, TG_ACTION_REFUSE, 0, 0 },
    { TG_PHASE_CUTOFF, 0, 1, 1, TG_ACTION_WARN, 0, 0 },
};

static void acts_by_phase(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(actions); i++) {
        tg_override_set_t *s = set();
        tg_binding_t binding = { schedule(OLD, s), 1, actions[i].as, actions[i].report_only };
        tg_subject_t subject = { .client = CLIENT,
                                 .overrides = s,
                                 .handshake = actions[i].handshake };
        const char *row = tg_phase_name(actions[i].as);
        /* A client that is exempt by a header must get past the handshake to be identified. */
        int comes_in = actions[i].exempt && actions[i].as == TG_PHASE_REFUSE;
        tg_outcome_t o;

        if (actions[i].exempt) {
            add_exemption(s, "legacy", "2018-08-01T00:00Z");
        }
        o = tg_outcome_of(&binding, &subject);
        same_text(tg_phase_name(o.phase), comes_in ? "cutoff" : row, row);
        same_text(tg_action_name(o.action), tg_action_name(actions[i].action), row);
        same_number(o.enforced, !actions[i].report_only, row);
        same_number(tg_outcome_rejects(&o), actions[i].rejects, row);
        same_number(tg_outcome_warns(&o), actions[i].warns, row);
        same_number(o.exemption != NULL, actions[i].exempt && actions[i].as >= TG_PHASE_TRIAL, row);
        assert_ptr_equal(o.binding, &binding);
    }
}

static const struct {
    const char *lines;
    const char *t;
    tg_phase_t phase;
    int overridden;
} overridden[] = {
    { OLD CUTOFF, "2018-08-01T00:00Z", TG_PHASE_CUTOFF, 0 },
    { OLD CUTOFF "suspend 2018-09-01T00:00Z", "2018-07-31T00:00Z", TG_PHASE_ANNOUNCED, 0 },
    { OLD CUTOFF "suspend 2018-09-01T00:00Z", "2018-08-01T00:00Z", TG_PHASE_GRACE, 1 },
    { OLD CUTOFF "suspend 2018-09-01T00:00Z", "2018-09-01T00:00Z", TG_PHASE_CUTOFF, 0 },
    { OLD CUTOFF "trial 2018-07-01T00:00Z", "2018-06-30T23:59:59Z", TG_PHASE_TRIAL, 1 },
    { OLD CUTOFF "trial 2018-07-01T00:00Z", "2018-07-01T00:00Z", TG_PHASE_ANNOUNCED, 0 },
    { OLD CUTOFF "postpone 2018-08-01T00:00Z 2018-09-01T00:00Z", "2018-07-31T00:00Z",
      TG_PHASE_ANNOUNCED, 0 },
    { OLD CUTOFF "postpone 2018-08-01T00:00Z 2018-09-01T00:00Z", "2018-08-15T00:00Z",
      TG_PHASE_ANNOUNCED, 1 },
    { OLD CUTOFF "postpone 2018-08-01T00:00Z 2018-09-01T00:00Z", "2018-09-01T00:00Z",
      TG_PHASE_CUTOFF, 0 },
};

static void names_the_override_that_made_the_phase(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(overridden); i++) {
        tg_override_set_t *s = set();
        tg_binding_t binding = { schedule(overridden[i].lines, s), 0, TG_PHASE_OBSERVE, 0 };
        tg_subject_t subject = { .now = at(overridden[i].t), .client = CLIENT, .overrides = s };
        tg_outcome_t o = tg_outcome_of(&binding, &subject);

        same_text(tg_phase_name(o.phase), tg_phase_name(overridden[i].phase), overridden[i].lines);
        same_number(o.override != NULL, overridden[i].overridden, overridden[i].lines);
    }
}

/* as= beats dates and overrides. */
static void as_beats_everything(void **state)
{
    tg_override_set_t *s = set();
    tg_binding_t binding = { schedule(OLD CUTOFF "suspend 2018-12-01T00:00Z", s), 1, TG_PHASE_TRIAL,
                             0 };
    tg_subject_t subject = { .now = at("2018-08-02T00:00Z"), .client = CLIENT, .overrides = s };
    tg_outcome_t o = tg_outcome_of(&binding, &subject);
    tg_instant_t until;
    tg_phase_t next = TG_PHASES;

    (void)state;
    assert_int_equal(o.phase, TG_PHASE_TRIAL);
    assert_int_equal(o.action, TG_ACTION_REJECT);
    assert_null(o.override);
    assert_true(tg_outcome_next_change(&o, &subject, &next) == TG_NEVER);
    assert_int_equal(next, TG_PHASE_TRIAL);
    assert_true(tg_outcome_sunset(&o, &subject) == TG_NEVER);
    assert_false(tg_verdict_retry(&o, &o, 1, &subject, &until));
}

/* Several schedules, each written as its phase; "-" before it is report-only,
 * "*" exempt. The number is the one that decides. */
static const struct {
    const char *outcomes;
    int decides;
} several[] = {
    { "observe", 0 },
    { "announced grace", 0 },
    { "grace announced", 0 },
    { "observe announced", 1 },
    { "announced observe grace", 0 },
    { "announced trial", 1 },
    { "grace trial grace", 1 },
    { "trial cutoff", 1 },
    { "cutoff trial", 0 },
    { "cutoff refuse", 1 },
    { "trial trial", 0 },
    { "cutoff cutoff", 0 },
    { "observe observe", 0 },
    { "*cutoff announced", 0 },
    { "announced *refuse", 1 },
    { "announced *trial grace", 1 },
    { "*trial *cutoff", 1 },
    { "*cutoff *trial", 0 },
    { "observe grace *trial", 2 },
    { "*trial cutoff", 1 },
    { "announced *observe", 0 },
    { "*announced grace", 0 },
    { "*refuse *cutoff", 0 },
    { "observe *cutoff", 1 },
    { "*refuse trial", 1 },
    { "-refuse cutoff", 1 },
    { "cutoff -refuse", 0 },
    { "-refuse announced", 0 },
    { "announced -trial", 1 },
    { "-announced announced", 1 },
    { "-observe observe", 1 },
    { "-trial -cutoff", 1 },
    { "-cutoff announced trial", 2 },
    { "trial -refuse trial", 0 },
    { "-announced observe", 0 },
    { "-observe announced", 1 },
};

static void the_strictest_decides(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(several); i++) {
        tg_override_set_t *s = set();
        const tg_schedule_t *plain = schedule(OLD, s),
                            *special = tg_schedule_create(unit_pool, "special");
        tg_subject_t subject = { .client = CLIENT, .overrides = s };
        tg_binding_t bindings[4];
        tg_outcome_t outcomes[4];
        char *rest = apr_pstrdup(unit_pool, several[i].outcomes);
        char *word;
        int n = 0;

        add_exemption(s, "special", "2018-08-01T00:00Z");
        while ((word = apr_strtok(rest, " ", &rest)) != NULL) {
            int mark = *word == '-' || *word == '*';
            tg_binding_t b = { *word == '*' ? special : plain, 1, tg_phase_parse(word + mark),
                               *word == '-' };

            bindings[n] = b;
            outcomes[n] = tg_outcome_of(&bindings[n], &subject);
            n++;
        }
        same_number(tg_verdict_decide(outcomes, n) - outcomes, several[i].decides,
                    several[i].outcomes);
    }
}

static const struct {
    const char *lines;
    const char *t;
    const char *exempt_until; /* or NULL */
    const char *until;        /* what Retry-After says, or NULL for none */
} retries[] = {
    { OLD TRIAL, "2018-07-10T09:00Z", NULL, "2018-07-10T10:00Z" },
    { OLD TRIAL, "2018-07-10T09:59:59Z", NULL, "2018-07-10T10:00Z" },
    { OLD TRIAL, "2018-07-10T10:00Z", NULL, NULL },
    { OLD CUTOFF, "2018-08-01T00:00Z", NULL, NULL },
    { OLD CUTOFF "TlsGateGrace 2018-08-05T00:00Z/P1D", "2018-08-01T00:00Z", NULL, NULL },
    { OLD CUTOFF "TlsGateTrial 2018-07-31T23:00Z/PT1H", "2018-07-31T23:30Z", NULL, NULL },
    { OLD CUTOFF "TlsGateTrial 2018-07-31T23:00Z/PT1H\nTlsGateGrace 2018-08-01T00:00Z/P1D",
      "2018-07-31T23:30Z", NULL, "2018-08-01T00:00Z" },
    { OLD TRIAL "TlsGateTrial 2018-07-10T10:00Z/PT1H", "2018-07-10T09:30Z", NULL,
      "2018-07-10T11:00Z" },
    { OLD TRIAL "suspend 2018-12-01T00:00Z", "2018-07-10T09:30Z", NULL, NULL },
    { OLD TRIAL "trial 2018-07-10T09:30Z", "2018-07-10T08:00Z", NULL, "2018-07-10T10:00Z" },
    { OLD CUTOFF "trial 2018-08-02T00:00Z", "2018-07-10T08:00Z", NULL, NULL },
    { OLD CUTOFF "trial 2018-07-10T09:30Z", "2018-07-10T08:00Z", NULL, "2018-07-10T09:30Z" },
    { OLD TRIAL, "2018-07-10T09:30Z", "2018-07-11T00:00Z", NULL },
};

static void tells_when_to_retry(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(retries); i++) {
        tg_override_set_t *s = set();
        tg_binding_t binding = { schedule(retries[i].lines, s), 0, TG_PHASE_OBSERVE, 0 };
        tg_subject_t subject = { .now = at(retries[i].t), .client = CLIENT, .overrides = s };
        tg_instant_t until = TG_NEVER;
        tg_outcome_t o;

        if (retries[i].exempt_until) {
            add_exemption(s, "legacy", retries[i].exempt_until);
        }
        o = tg_outcome_of(&binding, &subject);
        same_number(tg_verdict_retry(&o, &o, 1, &subject, &until), retries[i].until != NULL,
                    retries[i].lines);
        same_number(until, at(retries[i].until ? retries[i].until : "never"), retries[i].lines);
    }
}

/* A second schedule beside a trial from 09:00 to 10:00, both asked at 09:30. */
static const struct {
    const char *lines;
    int report_only;
    const char *until; /* NULL if unknown */
} seconds[] = {
    { OLD "TlsGateTrial 2018-07-10T09:00Z/PT3H\n", 0, "2018-07-10T12:00Z" },
    { OLD "TlsGateTrial 2018-07-10T10:00Z/PT3H\n", 0, "2018-07-10T13:00Z" },
    { OLD "TlsGateTrial 2018-07-10T10:00Z/PT3H\n", 1, "2018-07-10T10:00Z" },
    { OLD "TlsGateTrial 2018-07-10T11:00Z/PT3H\n", 0, "2018-07-10T10:00Z" },
    { OLD "TlsGateCutoff 2018-07-10T10:00Z\n", 0, NULL },
    { OLD "TlsGateCutoff 2018-07-10T10:00:01Z\n", 0, "2018-07-10T10:00Z" },
};

static void waits_for_every_schedule(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(seconds); i++) {
        tg_override_set_t *s = set();
        tg_binding_t first = { schedule(OLD "TlsGateTrial 2018-07-10T09:00Z/PT1H\n", s), 0,
                               TG_PHASE_OBSERVE, 0 };
        tg_binding_t second = { schedule(seconds[i].lines, s), 0, TG_PHASE_OBSERVE,
                                seconds[i].report_only };
        tg_subject_t subject = { .now = at("2018-07-10T09:30Z"), .client = CLIENT };
        tg_outcome_t outcomes[] = { tg_outcome_of(&first, &subject),
                                    tg_outcome_of(&second, &subject) };
        tg_instant_t until = TG_NEVER;

        same_number(tg_verdict_retry(&outcomes[0], outcomes, 2, &subject, &until),
                    seconds[i].until != NULL, seconds[i].lines);
        same_number(until, at(seconds[i].until ? seconds[i].until : "never"), seconds[i].lines);
    }
}

#define GRACE "TlsGateGrace 2018-08-05T00:00Z/P1D\n"

static const struct {
    const char *lines;
    const char *t;
    const char *exempt_until; /* or NULL */
    const char *sunset;
} sunsets[] = {
    { OLD, "2018-07-10T08:00Z", NULL, "never" },
    { OLD TRIAL, "2018-07-10T09:30Z", NULL, "never" },
    { OLD CUTOFF, "2018-07-10T08:00Z", NULL, "2018-08-01T00:00Z" },
    { OLD CUTOFF, "2018-08-10T08:00Z", NULL, "2018-08-01T00:00Z" },
    { OLD CUTOFF GRACE, "2018-07-10T08:00Z", NULL, "2018-08-06T00:00Z" },
    { OLD CUTOFF "suspend 2018-09-01T00:00Z", "2018-08-10T08:00Z", NULL, "2018-09-01T00:00Z" },
    { OLD CUTOFF "postpone 2018-08-01T00:00Z 2018-09-01T00:00Z", "2018-08-10T08:00Z", NULL,
      "2018-09-01T00:00Z" },
    /* An exemption counts whether it is needed now or only later. */
    { OLD, "2018-07-10T08:00Z", "2018-12-01T00:00Z", "never" },
    { OLD CUTOFF, "2018-08-10T08:00Z", "2018-12-01T00:00Z", "2018-12-01T00:00Z" },
    { OLD CUTOFF, "2018-07-10T08:00Z", "2018-12-01T00:00Z", "2018-12-01T00:00Z" },
    { OLD CUTOFF, "2018-07-10T08:00Z", "2018-08-01T00:00Z", "2018-08-01T00:00Z" },
    { OLD CUTOFF, "2018-07-10T08:00Z", "2018-07-20T00:00Z", "2018-08-01T00:00Z" },
    { OLD CUTOFF GRACE, "2018-08-02T00:00Z", "2018-08-04T00:00Z", "2018-08-06T00:00Z" },
    { OLD CUTOFF GRACE, "2018-08-05T12:00Z", "2018-08-07T00:00Z", "2018-08-07T00:00Z" },
    { OLD TRIAL CUTOFF, "2018-07-10T09:30Z", "2018-07-20T00:00Z", "2018-08-01T00:00Z" },
};

static void tells_when_it_is_for_good(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(sunsets); i++) {
        tg_override_set_t *s = set();
        tg_binding_t binding = { schedule(sunsets[i].lines, s), 0, TG_PHASE_OBSERVE, 0 };
        tg_subject_t subject = { .now = at(sunsets[i].t), .client = CLIENT, .overrides = s };
        tg_outcome_t o;

        if (sunsets[i].exempt_until) {
            add_exemption(s, "legacy", sunsets[i].exempt_until);
        }
        o = tg_outcome_of(&binding, &subject);
        CHECK(tg_outcome_sunset(&o, &subject) == at(sunsets[i].sunset),
              "%sat %s, exempt until %s: not %s", sunsets[i].lines, sunsets[i].t,
              sunsets[i].exempt_until ? sunsets[i].exempt_until : "(not)", sunsets[i].sunset);
    }
}

static void knows_the_place_of_a_subject(void **state)
{
    tg_override_set_t *s = set();
    const tg_schedule_t *whole = schedule(OLD TRIAL, s);
    const tg_schedule_t *share = schedule(OLD "TlsGateTrial 2018-07-10T09:00Z/PT1H share=32%", s);
    tg_subject_t in = { .now = at("2018-07-10T09:30Z"), .client = "account:4711" };
    tg_subject_t out = { .now = at("2018-07-10T09:30Z"), .client = "ip:192.0.2.7" };
    tg_binding_t binding = { share, 0, TG_PHASE_OBSERVE, 0 };

    (void)state;
    assert_int_equal(tg_subject_bucket(&in, whole), TG_BUCKET_EVERYONE);
    assert_int_equal(tg_subject_bucket(&in, share), tg_phase_bucket("legacy", "account:4711"));
    assert_int_equal(tg_outcome_of(&binding, &in).phase, TG_PHASE_TRIAL);      /* place 31 */
    assert_int_equal(tg_outcome_of(&binding, &out).phase, TG_PHASE_ANNOUNCED); /* place 39 */
}

static void has_names(void **state)
{
    (void)state;
    assert_string_equal(tg_action_name(TG_ACTION_OBSERVE), "observe");
    assert_string_equal(tg_action_name(TG_ACTION_WARN), "warn");
    assert_string_equal(tg_action_name(TG_ACTION_REJECT), "reject");
    assert_string_equal(tg_action_name(TG_ACTION_REFUSE), "refuse");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(acts_by_phase),
    cmocka_unit_test(names_the_override_that_made_the_phase),
    cmocka_unit_test(as_beats_everything),
    cmocka_unit_test(the_strictest_decides),
    cmocka_unit_test(tells_when_to_retry),
    cmocka_unit_test(waits_for_every_schedule),
    cmocka_unit_test(tells_when_it_is_for_good),
    cmocka_unit_test(knows_the_place_of_a_subject),
    cmocka_unit_test(has_names),
};

UNIT_MAIN(tests)
