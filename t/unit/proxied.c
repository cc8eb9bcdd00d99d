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
    { "the network", "192.0.2.0", "192.0.2.7", 1, 0, TG_PHASE_REFUSE, TG_ACTION_WARN },
    { "another", "192.0.2.0", "198.51.100.7", 1, 0, TG_PHASE_REFUSE, TG_ACTION_REFUSE },
    { "another, its request", "192.0.2.0", "198.51.100.7", 0, 0, TG_PHASE_REFUSE,
      TG_ACTION_REJECT },
    { "a proxy in the network", "192.0.2.0", "192.0.2.7", 1, 1, TG_PHASE_CUTOFF, TG_ACTION_WARN },
    { "a proxy elsewhere", "192.0.2.0", "198.51.100.7", 1, 1, TG_PHASE_CUTOFF, TG_ACTION_REJECT },
    { "behind one, its request", "192.0.2.0", "192.0.2.7", 0, 1, TG_PHASE_CUTOFF, TG_ACTION_WARN },
    { "behind one, another", "192.0.2.0", "198.51.100.7", 0, 1, TG_PHASE_CUTOFF, TG_ACTION_REJECT },
    { "a proxy, nobody exempt", NULL, "192.0.2.7", 1, 1, TG_PHASE_REFUSE, TG_ACTION_REFUSE },
};

static void networks_behind_a_proxy_need_a_request(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(proxied); i++) {
        tg_override_set_t s = { apr_array_make(unit_pool, 1, sizeof(tg_override_t)),
                                apr_array_make(unit_pool, 1, sizeof(tg_exemption_t)) };
        tg_binding_t binding = { given("TlsGateDeprecate TLSv1\n").schedule, 1, TG_PHASE_REFUSE, 0 };
        tg_subject_t subject = { .now = at("2018-07-01T00:00Z"),
                                 .overrides = &s,
                                 .handshake = proxied[i].handshake,
                                 .behind_proxy = proxied[i].behind_proxy };
        tg_outcome_t o;

        assert_int_equal(
            apr_sockaddr_info_get(&subject.address, proxied[i].address, APR_INET, 0, 0, unit_pool),
            APR_SUCCESS);
        if (proxied[i].network) {
            tg_exemption_t *e = apr_array_push(s.exemptions);

            e->schedule = "legacy";
            e->until = at("2018-08-01T00:00Z");
            assert_int_equal(apr_ipsubnet_create(&e->network, proxied[i].network, "24", unit_pool),
                             APR_SUCCESS);
        }
        o = tg_outcome_of(&binding, &subject);
        same_text(tg_phase_name(o.phase), tg_phase_name(proxied[i].phase), proxied[i].what);
        same_text(tg_action_name(o.action), tg_action_name(proxied[i].action), proxied[i].what);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(networks_behind_a_proxy_need_a_request),
};

UNIT_MAIN(tests)
