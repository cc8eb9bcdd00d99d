/* Verdicts about clients whose address shows in their requests, not in the handshake. */
#include "given.h"

#include "policy/verdict.h"

/* Behind a proxy who is in an exempt network shows in the request, as an account does. */
static const struct {
    const char *what, *network, *address; /* of the exemption, and of the client */
    int handshake, behind_proxy;
    tg_phase_t phase;
    tg_action_t action;
} proxied[] = {
    { "the network", "192.0.2.0/24", "192.0.2.7", 1, 0, TG_PHASE_REFUSE, TG_ACTION_WARN },
    { "another", "192.0.2.0/24", "198.51.100.7", 1, 0, TG_PHASE_REFUSE, TG_ACTION_REFUSE },
    { "another, its request", "192.0.2.0/24", "198.51.100.7", 0, 0, TG_PHASE_REFUSE,
      TG_ACTION_REJECT },
    { "a proxy in the network", "192.0.2.0/24", "192.0.2.7", 1, 1, TG_PHASE_CUTOFF,
      TG_ACTION_WARN },
    { "a proxy elsewhere", "192.0.2.0/24", "198.51.100.7", 1, 1, TG_PHASE_CUTOFF,
      TG_ACTION_REJECT },
    { "behind one, its request", "192.0.2.0/24", "192.0.2.7", 0, 1, TG_PHASE_CUTOFF,
      TG_ACTION_WARN },
    { "behind one, another", "192.0.2.0/24", "198.51.100.7", 0, 1, TG_PHASE_CUTOFF,
      TG_ACTION_REJECT },
    { "a proxy, nobody exempt", NULL, "192.0.2.7", 1, 1, TG_PHASE_REFUSE, TG_ACTION_REFUSE },
};

static void networks_behind_a_proxy_need_a_request(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(proxied); i++) {
        tg_override_set_t *s = tg_override_set_create(unit_pool);
        tg_exemption_t exemption = { .schedule = "legacy", .until = at("2018-08-01T00:00Z") };
        tg_binding_t binding = { given("TlsGateDeprecate TLSv1\n").schedule, 1, TG_PHASE_REFUSE,
                                 0 };
        tg_subject_t subject = { .now = at("2018-07-01T00:00Z"),
                                 .overrides = s,
                                 .handshake = proxied[i].handshake };
        tg_network_t network;
        tg_outcome_t o;

        assert_int_equal(
            apr_sockaddr_info_get(&subject.address, proxied[i].address, APR_INET, 0, 0, unit_pool),
            APR_SUCCESS);
        if (proxied[i].network) {
            tg_network_parse(proxied[i].network, &network);
            exemption.network = &network;
            tg_override_exempt(s, &exemption);
        }
        if (proxied[i].behind_proxy) {
            subject.overrides = tg_override_set_proxied(unit_pool, s);
        }
        o = tg_outcome_of(&binding, &subject);
        same_text(tg_phase_name(o.phase), tg_phase_name(proxied[i].phase), proxied[i].what);
        same_text(tg_action_name(o.action), tg_action_name(proxied[i].action), proxied[i].what);
    }
}

/* Only on that connection, and only while it lasts; what else is in force stays. */
static void the_set_itself_stays_as_it_is(void **state)
{
    tg_override_set_t *s = tg_override_set_create(unit_pool);
    tg_exemption_t exemption = { .schedule = "legacy", .until = at("2018-08-01T00:00Z") };
    const tg_override_set_t *behind;
    tg_network_t network;

    (void)state;
    assert_null(tg_override_set_proxied(unit_pool, NULL));
    tg_network_parse("192.0.2.0/24", &network);
    exemption.network = &network;
    tg_override_exempt(s, &exemption);
    tg_override_of(s, "other")->kind = TG_OVERRIDE_SUSPEND;
    behind = tg_override_set_proxied(unit_pool, s);
    assert_true(tg_override_find(s, "legacy")->refuse_waits_until == TG_ALWAYS);
    assert_true(tg_override_find(behind, "legacy")->refuse_waits_until == exemption.until);
    assert_true(tg_override_find(behind, "other")->refuse_waits_until == TG_ALWAYS);
    assert_int_equal(tg_override_find(behind, "other")->kind, TG_OVERRIDE_SUSPEND);
    assert_ptr_equal(behind->exemptions, s->exemptions);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(networks_behind_a_proxy_need_a_request),
    cmocka_unit_test(the_set_itself_stays_as_it_is),
};

UNIT_MAIN(tests)
