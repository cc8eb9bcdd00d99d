/* Overrides: suspend, trial and postpone, row by row; who is exempt. */
#include "given.h"

#include "policy/phase.h"

#define OLD "TlsGateDeprecate TLSv1\n"
/* Announced in June, a trial on the 10th of July, cut off on the 1st of August
 * with grace from the 5th to the 8th, refused from November. */
#define WHOLE                                                                                      \
    OLD "TlsGateAnnounce 2018-06-01T00:00Z\n"                                                      \
        "TlsGateTrial 2018-07-10T09:00Z/PT1H share=25%\n"                                          \
        "TlsGateCutoff 2018-08-01T00:00Z\n"                                                        \
        "TlsGateGrace 2018-08-05T00:00Z/P3D\n"                                                     \
        "TlsGateRefuse 2018-11-01T00:00Z\n"
#define POSTPONED(to) WHOLE "postpone 2018-08-01T00:00Z " to "\n"

static const struct {
    const char *lines;
    const char *t;
    int bucket;
    tg_phase_t phase;
} rows[] = {
    /* suspend: phases that reject or refuse become grace, the others stay. */
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-05-31T23:59:59Z", 0, TG_PHASE_OBSERVE },
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-06-01T00:00:00Z", 0, TG_PHASE_ANNOUNCED },
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-07-10T09:30:00Z", 0, TG_PHASE_GRACE },
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-07-10T09:30:00Z", 25, TG_PHASE_ANNOUNCED },
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-08-01T00:00:00Z", 0, TG_PHASE_GRACE },
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-08-06T00:00:00Z", 0, TG_PHASE_GRACE },
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-11-30T23:59:59Z", 0, TG_PHASE_GRACE },
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-12-01T00:00:00Z", 0, TG_PHASE_REFUSE },
    { WHOLE "suspend 2018-07-10T09:30Z", "2018-07-10T09:29:59Z", 0, TG_PHASE_GRACE },
    { WHOLE "suspend 2018-07-10T09:30Z", "2018-07-10T09:30:00Z", 0, TG_PHASE_TRIAL },
    { WHOLE "suspend 2018-07-10T09:30Z", "2018-08-01T00:00:00Z", 0, TG_PHASE_CUTOFF },
    { WHOLE "suspend 2018-08-02T00:00Z", "2018-08-01T23:59:59Z", 0, TG_PHASE_GRACE },
    { WHOLE "suspend 2018-08-02T00:00Z", "2018-08-02T00:00:00Z", 0, TG_PHASE_CUTOFF },
    /* trial: phases that serve now reject, whatever the share, and nothing is weakened. */
    { WHOLE "trial 2018-12-01T00:00Z", "2018-05-31T23:59:59Z", 0, TG_PHASE_TRIAL },
    { WHOLE "trial 2018-12-01T00:00Z", "2018-06-15T00:00:00Z", 99, TG_PHASE_TRIAL },
    { WHOLE "trial 2018-12-01T00:00Z", "2018-07-10T09:30:00Z", 99, TG_PHASE_TRIAL },
    { WHOLE "trial 2018-12-01T00:00Z", "2018-08-01T00:00:00Z", 0, TG_PHASE_CUTOFF },
    { WHOLE "trial 2018-12-01T00:00Z", "2018-08-06T00:00:00Z", 0, TG_PHASE_TRIAL },
    { WHOLE "trial 2018-12-01T00:00Z", "2018-11-15T00:00:00Z", 0, TG_PHASE_REFUSE },
    { WHOLE "trial 2018-06-15T10:00Z", "2018-06-15T09:59:59Z", 0, TG_PHASE_TRIAL },
    { WHOLE "trial 2018-06-15T10:00Z", "2018-06-15T10:00:00Z", 0, TG_PHASE_ANNOUNCED },
    { OLD "trial 2018-06-15T10:00Z", "2018-06-15T09:59:59Z", 99, TG_PHASE_TRIAL },
    /* postpone: the cutoff moves, and never to an earlier date. */
    { POSTPONED("2018-09-01T00:00Z"), "2018-07-10T09:30:00Z", 0, TG_PHASE_TRIAL },
    { POSTPONED("2018-09-01T00:00Z"), "2018-08-01T00:00:00Z", 0, TG_PHASE_ANNOUNCED },
    { POSTPONED("2018-09-01T00:00Z"), "2018-08-06T00:00:00Z", 0, TG_PHASE_ANNOUNCED },
    { POSTPONED("2018-09-01T00:00Z"), "2018-08-31T23:59:59Z", 0, TG_PHASE_ANNOUNCED },
    { POSTPONED("2018-09-01T00:00Z"), "2018-09-01T00:00:00Z", 0, TG_PHASE_CUTOFF },
    { POSTPONED("2018-09-01T00:00Z"), "2018-10-31T23:59:59Z", 0, TG_PHASE_CUTOFF },
    { POSTPONED("2018-09-01T00:00Z"), "2018-11-01T00:00:00Z", 0, TG_PHASE_REFUSE },
    { POSTPONED("2018-07-20T00:00Z"), "2018-07-25T00:00:00Z", 0, TG_PHASE_ANNOUNCED },
    { POSTPONED("2018-07-20T00:00Z"), "2018-08-01T00:00:00Z", 0, TG_PHASE_CUTOFF },
    { POSTPONED("2018-07-20T00:00Z"), "2018-08-06T00:00:00Z", 0, TG_PHASE_GRACE },
    /* It moves Refuse only if that would come before the cutoff. */
    { POSTPONED("2018-11-01T00:00Z"), "2018-10-31T23:59:59Z", 0, TG_PHASE_ANNOUNCED },
    { POSTPONED("2018-11-01T00:00Z"), "2018-11-01T00:00:00Z", 0, TG_PHASE_REFUSE },
    { POSTPONED("2018-12-24T00:00Z"), "2018-12-23T23:59:59Z", 0, TG_PHASE_ANNOUNCED },
    { POSTPONED("2018-12-24T00:00Z"), "2018-12-24T00:00:00Z", 0, TG_PHASE_REFUSE },
    { OLD "TlsGateRefuse 2018-11-01T00:00Z\npostpone 2018-11-01T00:00Z 2018-12-01T00:00Z",
      "2018-11-30T23:59:59Z", 0, TG_PHASE_ANNOUNCED },
    { OLD "TlsGateRefuse 2018-11-01T00:00Z\npostpone 2018-11-01T00:00Z 2018-12-01T00:00Z",
      "2018-12-01T00:00:00Z", 0, TG_PHASE_REFUSE },
    /* It voids grace windows that begin before the new cutoff, and no others. */
    { POSTPONED("2018-08-05T00:00Z"), "2018-08-04T23:59:59Z", 0, TG_PHASE_ANNOUNCED },
    { POSTPONED("2018-08-05T00:00Z"), "2018-08-05T00:00:00Z", 0, TG_PHASE_GRACE },
    { POSTPONED("2018-08-05T00:00:01Z"), "2018-08-05T00:00:01Z", 0, TG_PHASE_CUTOFF },
    { POSTPONED("2018-08-04T00:00Z"), "2018-08-06T00:00:00Z", 0, TG_PHASE_GRACE },
    /* It is ignored once the configured cutoff is not the recorded one. */
    { WHOLE "postpone 2018-07-31T00:00Z 2018-09-01T00:00Z", "2018-08-01T00:00:00Z", 0,
      TG_PHASE_CUTOFF },
    { WHOLE "postpone 2018-11-01T00:00Z 2018-12-01T00:00Z", "2018-11-01T00:00:00Z", 0,
      TG_PHASE_REFUSE },
    { OLD "postpone 2018-08-01T00:00Z 2018-09-01T00:00Z", "2018-09-01T00:00:00Z", 0,
      TG_PHASE_ANNOUNCED },
    /* One postponement beside one of the others. */
    { POSTPONED("2018-09-01T00:00Z") "suspend 2018-09-02T00:00Z", "2018-08-15T00:00:00Z", 0,
      TG_PHASE_ANNOUNCED },
    { POSTPONED("2018-09-01T00:00Z") "suspend 2018-09-02T00:00Z", "2018-09-01T12:00:00Z", 0,
      TG_PHASE_GRACE },
    { POSTPONED("2018-09-01T00:00Z") "suspend 2018-09-02T00:00Z", "2018-09-02T00:00:00Z", 0,
      TG_PHASE_CUTOFF },
    { POSTPONED("2018-09-01T00:00Z") "trial 2018-08-02T00:00Z", "2018-08-01T12:00:00Z", 0,
      TG_PHASE_TRIAL },
    { POSTPONED("2018-09-01T00:00Z") "trial 2018-08-02T00:00Z", "2018-08-02T00:00:00Z", 0,
      TG_PHASE_ANNOUNCED },
};

static void changes_the_phase(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(rows); i++) {
        lines_t l = given(rows[i].lines);
        tg_phase_t got = tg_phase_at(l.schedule, lines_override(&l), at(rows[i].t), rows[i].bucket);

        CHECK(got == rows[i].phase, "%s\nat %s, bucket %d: %s, not %s", rows[i].lines, rows[i].t,
              rows[i].bucket, tg_phase_name(got), tg_phase_name(rows[i].phase));
    }
}

static const struct {
    const char *lines;
    const char *cutoff, *refuse, *for_good;
} dates[] = {
    { WHOLE, "2018-08-01T00:00Z", "2018-11-01T00:00Z", "2018-08-08T00:00Z" },
    { WHOLE "suspend 2018-07-01T00:00Z", "2018-08-01T00:00Z", "2018-11-01T00:00Z",
      "2018-08-08T00:00Z" },
    { WHOLE "suspend 2018-08-06T00:00Z", "2018-08-01T00:00Z", "2018-11-01T00:00Z",
      "2018-08-08T00:00Z" },
    { WHOLE "suspend 2018-08-08T00:00:01Z", "2018-08-01T00:00Z", "2018-11-01T00:00Z",
      "2018-08-08T00:00:01Z" },
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-08-01T00:00Z", "2018-11-01T00:00Z",
      "2018-12-01T00:00Z" },
    { WHOLE "trial 2018-12-01T00:00Z", "2018-08-01T00:00Z", "2018-11-01T00:00Z",
      "2018-08-08T00:00Z" },
    { POSTPONED("2018-09-01T00:00Z"), "2018-09-01T00:00Z", "2018-11-01T00:00Z",
      "2018-09-01T00:00Z" },
    { POSTPONED("2018-08-05T00:00Z"), "2018-08-05T00:00Z", "2018-11-01T00:00Z",
      "2018-08-08T00:00Z" },
    { POSTPONED("2018-12-24T00:00Z"), "2018-12-24T00:00Z", "2018-12-24T00:00Z",
      "2018-12-24T00:00Z" },
    { POSTPONED("2018-07-20T00:00Z"), "2018-08-01T00:00Z", "2018-11-01T00:00Z",
      "2018-08-08T00:00Z" },
    { WHOLE "postpone 2018-07-31T00:00Z 2018-09-01T00:00Z", "2018-08-01T00:00Z",
      "2018-11-01T00:00Z", "2018-08-08T00:00Z" },
    { OLD "suspend 2018-12-01T00:00Z", "never", "never", "never" },
    { OLD "postpone 2018-08-01T00:00Z 2018-09-01T00:00Z", "never", "never", "never" },
};

static void moves_the_dates(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(dates); i++) {
        lines_t l = given(dates[i].lines);
        const tg_override_t *o = lines_override(&l);

        same_number(tg_phase_cutoff(l.schedule, o), at(dates[i].cutoff), dates[i].lines);
        same_number(tg_phase_refuse(l.schedule, o), at(dates[i].refuse), dates[i].lines);
        same_number(tg_phase_rejected_for_good(l.schedule, o), at(dates[i].for_good),
                    dates[i].lines);
    }
}

/* How many grace windows a postponement leaves. */
static void voids_graces_before_the_cutoff(void **state)
{
    static const struct {
        const char *lines;
        int graces;
    } left[] = {
        { WHOLE, 1 },
        { WHOLE "suspend 2018-12-01T00:00Z", 1 },
        { POSTPONED("2018-08-05T00:00Z"), 1 },
        { POSTPONED("2018-08-05T00:00:01Z"), 0 },
        { WHOLE "postpone 2018-07-31T00:00Z 2018-09-01T00:00Z", 1 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(left); i++) {
        lines_t l = given(left[i].lines);
        int n;

        tg_phase_graces(l.schedule, lines_override(&l), &n);
        same_number(n, left[i].graces, left[i].lines);
    }
}

/* To the second, and of a schedule without an override. */
static void is_active_until_its_end(void **state)
{
    const tg_override_t suspend = { .kind = TG_OVERRIDE_SUSPEND, .until = 100 };
    const tg_override_t trial = { .kind = TG_OVERRIDE_TRIAL, .until = 100 };
    const tg_override_t postponed = { .until = TG_NEVER, .postponed_from = 1, .postponed_to = 2 };

    (void)state;
    assert_int_equal(tg_override_active(&suspend, 99), TG_OVERRIDE_SUSPEND);
    assert_int_equal(tg_override_active(&suspend, 100), TG_OVERRIDE_NONE);
    assert_int_equal(tg_override_active(&trial, 99), TG_OVERRIDE_TRIAL);
    assert_int_equal(tg_override_active(&trial, 100), TG_OVERRIDE_NONE);
    assert_int_equal(tg_override_active(&postponed, 0), TG_OVERRIDE_NONE);
    assert_int_equal(tg_override_active(NULL, 0), TG_OVERRIDE_NONE);
}

static const struct {
    const char *lines;
    const char *t, *change;
    tg_phase_t next;
} changes[] = {
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-07-10T09:30Z", "2018-07-10T10:00Z",
      TG_PHASE_ANNOUNCED },
    { WHOLE "suspend 2018-12-01T00:00Z", "2018-08-01T00:00Z", "2018-12-01T00:00Z",
      TG_PHASE_REFUSE },
    { WHOLE "suspend 2018-07-10T09:30Z", "2018-07-10T09:00Z", "2018-07-10T09:30Z", TG_PHASE_TRIAL },
    { WHOLE "trial 2018-07-10T09:30Z", "2018-06-15T00:00Z", "2018-07-10T10:00Z",
      TG_PHASE_ANNOUNCED },
    { WHOLE "trial 2018-12-01T00:00Z", "2018-06-15T00:00Z", "2018-08-01T00:00Z", TG_PHASE_CUTOFF },
    { POSTPONED("2018-09-01T00:00Z"), "2018-07-20T00:00Z", "2018-09-01T00:00Z", TG_PHASE_CUTOFF },
    { POSTPONED("2018-12-24T00:00Z"), "2018-07-20T00:00Z", "2018-12-24T00:00Z", TG_PHASE_REFUSE },
    { POSTPONED("2018-12-24T00:00Z"), "2018-12-24T00:00Z", "never", TG_PHASE_REFUSE },
};

static void moves_the_next_change(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(changes); i++) {
        lines_t l = given(changes[i].lines);
        tg_phase_t next;
        tg_instant_t change =
            tg_phase_next_change(l.schedule, lines_override(&l), at(changes[i].t), 0, &next);

        same_number(change, at(changes[i].change), changes[i].lines);
        same_text(tg_phase_name(next), tg_phase_name(changes[i].next), changes[i].lines);
    }
}

static void has_names(void **state)
{
    (void)state;
    assert_string_equal(tg_override_kind_name(TG_OVERRIDE_NONE), "none");
    assert_string_equal(tg_override_kind_name(TG_OVERRIDE_SUSPEND), "suspend");
    assert_string_equal(tg_override_kind_name(TG_OVERRIDE_TRIAL), "trial");
}

static void is_found_by_its_schedule(void **state)
{
    tg_override_set_t *set = tg_override_set_create(unit_pool);

    (void)state;
    assert_null(tg_override_find(set, "two"));
    tg_override_of(set, "one")->kind = TG_OVERRIDE_TRIAL;
    tg_override_of(set, "two")->kind = TG_OVERRIDE_SUSPEND;
    assert_int_equal(tg_override_find(set, "two")->kind, TG_OVERRIDE_SUSPEND);
    assert_int_equal(tg_override_find(set, "one")->kind, TG_OVERRIDE_TRIAL);
    assert_ptr_equal(tg_override_of(set, "one"), tg_override_find(set, "one"));
    assert_null(tg_override_find(set, "Two"));
    assert_null(tg_override_find(set, "tw"));
    assert_null(tg_override_find(NULL, "two"));
}

static const struct {
    const char *client, *network; /* one of them */
    const char *schedule;
    int until;
    const char *owner;
} exemptions[] = {
    { "account:4711", NULL, "legacy", 100, "short" },
    { "account:4711", NULL, "legacy", 200, "long" },
    { "account:4711", NULL, "other", 900, "elsewhere" },
    { NULL, "192.0.2.0/24", "legacy", 150, "net" },
    { NULL, "2001:db8::/32", "legacy", 150, "net6" },
    { NULL, "203.0.113.0/24", "legacy", 100, "wide" },
    { NULL, "203.0.113.64/26", "legacy", 50, "narrow" },
    { NULL, "203.0.113.65", "legacy", 200, "one" },
    { NULL, "203.0.113.1/24", "legacy", 120, "wide again" },
    { NULL, "2001:db8:1::7", "legacy", 300, "one6" },
    { NULL, "198.51.100.0/24", "other", 300, "other net" },
};

static const struct {
    const char *client, *address, *schedule;
    int t;
    const char *owner; /* of the exemption that applies, or NULL */
} askers[] = {
    { "account:4711", NULL, "legacy", 99, "long" },
    { "account:4711", NULL, "legacy", 199, "long" },
    { "account:4711", NULL, "legacy", 200, NULL },
    { "account:471", NULL, "legacy", 99, NULL },
    { "account:47111", NULL, "legacy", 99, NULL },
    { "Account:4711", NULL, "legacy", 99, NULL },
    { "account:4711", NULL, "other", 200, "elsewhere" },
    { "account:4711", NULL, "third", 99, NULL },
    { "ip:192.0.2.7", "192.0.2.7", "legacy", 149, "net" },
    { "ip:192.0.2.7", "192.0.2.7", "legacy", 150, NULL },
    { "ip:192.0.2.7", "192.0.2.7", "other", 149, NULL },
    { "ip:192.0.3.7", "192.0.3.7", "legacy", 149, NULL },
    { "ip:2001:db8::1", "2001:db8::1", "legacy", 149, "net6" },
    { "ip:2001:db9::1", "2001:db9::1", "legacy", 149, NULL },
    { NULL, "192.0.2.7", "legacy", 149, "net" },
    { NULL, NULL, "legacy", 99, NULL },
    { "account:4711", "192.0.2.7", "legacy", 149, "long" },
    { "account:1", "192.0.2.7", "legacy", 149, "net" },
    { NULL, "203.0.113.63", "legacy", 49, "wide again" },
    { NULL, "203.0.113.64", "legacy", 49, "wide again" },
    { NULL, "203.0.113.65", "legacy", 49, "one" },
    { NULL, "203.0.113.66", "legacy", 120, NULL },
    { NULL, "203.0.112.255", "legacy", 49, NULL },
    { NULL, "203.0.114.0", "legacy", 49, NULL },
    { NULL, "2001:db8:1::7", "legacy", 149, "one6" },
    { NULL, "2001:db8:1::8", "legacy", 149, "net6" },
    { NULL, "::ffff:192.0.2.7", "legacy", 149, "net" },
    { NULL, "::ffff:203.0.113.65", "legacy", 199, "one" },
    { NULL, "198.51.100.7", "other", 299, "other net" },
};

static tg_override_set_t *exemption_set(void)
{
    tg_override_set_t *set = tg_override_set_create(unit_pool);
    size_t i;

    for (i = 0; i < ROWS(exemptions); i++) {
        tg_exemption_t e = { 0 };
        tg_network_t *network = apr_palloc(unit_pool, sizeof(*network));

        e.schedule = exemptions[i].schedule;
        e.client = exemptions[i].client;
        e.until = exemptions[i].until;
        e.owner = exemptions[i].owner;
        if (exemptions[i].network) {
            assert_int_equal(tg_network_parse(exemptions[i].network, network), TG_NETWORK_USABLE);
            e.network = network;
        }
        tg_override_exempt(set, &e);
    }
    return set;
}

static void knows_who_is_exempt(void **state)
{
    const tg_override_set_t *set = exemption_set();
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(askers); i++) {
        apr_sockaddr_t *address = NULL;
        const tg_exemption_t *e;

        if (askers[i].address) {
            assert_int_equal(
                apr_sockaddr_info_get(&address, askers[i].address, APR_UNSPEC, 80, 0, unit_pool),
                0);
        }
        e = tg_exemption_find(set, askers[i].schedule, askers[i].client, address, askers[i].t);
        same_text(e ? e->owner : NULL, askers[i].owner,
                  askers[i].client ? askers[i].client : "no client");
    }
    assert_null(tg_exemption_find(NULL, "legacy", "account:4711", NULL, 0));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(changes_the_phase),
    cmocka_unit_test(moves_the_dates),
    cmocka_unit_test(voids_graces_before_the_cutoff),
    cmocka_unit_test(is_active_until_its_end),
    cmocka_unit_test(moves_the_next_change),
    cmocka_unit_test(has_names),
    cmocka_unit_test(is_found_by_its_schedule),
    cmocka_unit_test(knows_who_is_exempt),
};

UNIT_MAIN(tests)
