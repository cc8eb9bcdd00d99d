/* The verdict about a handshake: which version a hello and a server agree on, which
 * schedules concern it, and whether it is refused. */
#include "given.h"
#include "wire.h"

#include "policy/handshake_verdict.h"

#define SSL3 TG_TRAIT_PROTOCOL(TG_PROTOCOL_SSL3)
#define TLS(minor) TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_##minor)
#define STOCK (TLS(2) | TLS(3))
#define ALL TG_TRAITS_TLS

#define LIST(versions) "002b 2[ 1[ " versions " ] ]"
#define ALPN(name) "0010 2[ 2[ 1[ '" name "' ] ] ]"

/* --- the hello --- */

static const struct {
    const char *what, *version, *extensions;
    tg_traits_t accepted;
    tg_protocol_t protocol;
    int offers_newer, is_acme;
} hellos[] = {
    { "1.2 where all are accepted", "0303", "", ALL, TG_PROTOCOL_TLS1_2, 0, 0 },
    { "1.2 where only older ones are", "0303", "", TLS(0) | TLS(1), TG_PROTOCOL_TLS1_1, 0, 0 },
    { "1.0 where it is not accepted", "0301", "", STOCK, TG_PROTOCOL_TLS1_0, 0, 0 },
    { "1.3 in the list", "0303", LIST("0304 0303"), ALL, TG_PROTOCOL_TLS1_3, 0, 0 },
    { "1.3 that is not accepted", "0303", LIST("0304 0303"), TLS(2), TG_PROTOCOL_TLS1_2, 0, 0 },
    { "an unknown version in the list", "0303", LIST("0305 0301"), ALL, TG_PROTOCOL_TLS1_0, 1, 0 },
    { "an unknown version alone", "0303", LIST("0305"), ALL, TG_PROTOCOL_UNKNOWN, 1, 0 },
    { "a list of nothing that is known", "0303", LIST("0002"), ALL, TG_PROTOCOL_UNKNOWN, 1, 0 },
    { "a draft of 1.3 in the list", "0303", LIST("7f17 0303"), ALL, TG_PROTOCOL_TLS1_2, 0, 0 },
    { "a draft and what is newer", "0303", LIST("7f1c 0305 0303"), ALL, TG_PROTOCOL_TLS1_2, 1, 0 },
    { "DTLS in the list", "0303", LIST("fefd 0303"), ALL, TG_PROTOCOL_TLS1_2, 0, 0 },
    { "GREASE in the list", "0303", LIST("fafa 0303"), ALL, TG_PROTOCOL_TLS1_2, 0, 0 },
    { "an unknown version in front", "0399", "", ALL, TG_PROTOCOL_TLS1_2, 0, 0 },
    { "SSL 2.0", "0002", NULL, ALL, TG_PROTOCOL_UNKNOWN, 0, 0 },
    { "a validation", "0303", ALPN("acme-tls/1"), ALL, TG_PROTOCOL_TLS1_2, 0, 1 },
    { "its name with an old version", "0302", ALPN("acme-tls/1"), ALL, TG_PROTOCOL_TLS1_1, 0, 0 },
    { "its name where only older ones are accepted", "0303", ALPN("acme-tls/1"), TLS(0) | TLS(1),
      TG_PROTOCOL_TLS1_1, 0, 0 },
    { "another name", "0303", ALPN("http/1.1"), ALL, TG_PROTOCOL_TLS1_2, 0, 0 },
};

static tg_handshake_t handshake_of(const char *version, const char *extensions,
                                   tg_traits_t accepted, const char *row)
{
    tg_hello_t hello = wire_parse(wire_hello(version, "002f", extensions), row);

    return tg_handshake_of(&hello, accepted);
}

static void hellos_are_read(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(hellos); i++) {
        const char *row = hellos[i].what;
        tg_handshake_t h =
            handshake_of(hellos[i].version, hellos[i].extensions, hellos[i].accepted, row);

        same_text(tg_protocol_name(h.protocol), tg_protocol_name(hellos[i].protocol), row);
        same_number(h.offers_newer, hellos[i].offers_newer, row);
        same_number(h.is_acme, hellos[i].is_acme, row);
    }
}

/* --- which schedules concern it --- */

static const struct {
    const char *what, *version, *extensions;
    tg_traits_t accepted;
    const char *deprecated;
    tg_concern_t concern;
} concerns[] = {
    { "the negotiated version", "0301", "", ALL, "TLSv1", TG_CONCERN_VERSION },
    { "a newer one is negotiated", "0303", "", ALL, "TLSv1", TG_CONCERN_NONE },
    { "a newer one would, but is not accepted", "0303", "", TLS(0), "TLSv1", TG_CONCERN_VERSION },
    { "the server accepts none of them", "0301", "", STOCK, "TLSv1", TG_CONCERN_VERSION },
    { "older than all that is deprecated", "0301", "", ALL, "TLSv1.1", TG_CONCERN_AGE },
    { "as old, with a gap", "0302", "", TLS(0), "TLSv1.1", TG_CONCERN_AGE },
    { "newer than all that is deprecated", "0302", "", ALL, "TLSv1 SSLv3", TG_CONCERN_NONE },
    { "a modern client", "0303", LIST("0304 0303"), ALL, "TLSv1 TLSv1.1", TG_CONCERN_NONE },
    { "it offers an unknown version", "0303", LIST("0305 0301"), STOCK, "TLSv1.1",
      TG_CONCERN_NONE },
    { "... and the old one is negotiated", "0303", LIST("0305 0301"), ALL, "TLSv1",
      TG_CONCERN_VERSION },
    { "an unknown version alone", "0303", LIST("0305"), ALL, "TLSv1.3", TG_CONCERN_NONE },
    { "SSL 2.0 is older than all", "0002", NULL, ALL, "SSLv3", TG_CONCERN_AGE },
    { "SSL 2.0 where no version is deprecated", "0002", NULL, ALL, "cleartext", TG_CONCERN_NONE },
    { "no version is deprecated", "0301", "", ALL, "cleartext", TG_CONCERN_NONE },
    { "a key exchange", "0301", "", ALL, "kx=RSA", TG_CONCERN_EXCHANGE },
    { "a class of ciphers", "0303", "", ALL, "cipher=CBC", TG_CONCERN_EXCHANGE },
    { "... which TLS 1.3 has not", "0303", LIST("0304 0303"), ALL, "kx=RSA kx=DHE cipher=CBC",
      TG_CONCERN_NONE },
    { "... where TLS 1.3 is not accepted", "0303", LIST("0304 0303"), TLS(2), "kx=RSA",
      TG_CONCERN_EXCHANGE },
    { "a group", "0303", LIST("0304"), ALL, "kx=classical", TG_CONCERN_EXCHANGE },
    { "a version and a key exchange", "0303", "", ALL, "TLSv1.2 kx=RSA", TG_CONCERN_VERSION },
    { "an age and a key exchange", "0301", "", ALL, "TLSv1.1 kx=RSA", TG_CONCERN_EXCHANGE },
    { "a validation that may end in it", "0303", ALPN("acme-tls/1"), ALL, "kx=RSA",
      TG_CONCERN_NONE },
    { "a host is retired", "0303", LIST("0304"), ALL, "any", TG_CONCERN_VERSION },
    { "a validation", "0303", ALPN("acme-tls/1"), ALL, "TLSv1.2", TG_CONCERN_NONE },
};

static void concerns_by_version_and_age(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(concerns); i++) {
        const char *row = concerns[i].what;
        tg_handshake_t h =
            handshake_of(concerns[i].version, concerns[i].extensions, concerns[i].accepted, row);
        lines_t l =
            given(apr_pstrcat(unit_pool, "TlsGateDeprecate ", concerns[i].deprecated, NULL));

        same_number(tg_handshake_concern(&h, l.schedule), concerns[i].concern, row);
    }
}

/* --- what is refused --- */

#define REFUSE "TlsGateRefuse 2018-11-01T00:00Z\n"
#define BEFORE "2018-10-31T23:59:59Z"
#define AFTER "2018-11-01T00:00:00Z"

static const struct {
    const char *what, *version, *now;
    const char *first, *second; /* schedules; the second may be NULL */
    int report_only;            /* the first is */
    int outcomes, decides;      /* schedules that concern it; which one decides, from 1 */
    tg_action_t action;
    int enforced;
} verdicts[] = {
    { "before the date", "0301", BEFORE, "TLSv1", NULL, 0, 1, 1, TG_ACTION_REJECT, 1 },
    { "from the date on", "0301", AFTER, "TLSv1", NULL, 0, 1, 1, TG_ACTION_REFUSE, 1 },
    { "reported only", "0301", AFTER, "TLSv1", NULL, 1, 1, 1, TG_ACTION_REFUSE, 0 },
    { "no schedule concerns it", "0302", AFTER, "TLSv1", NULL, 0, 0, 0, TG_ACTION_OBSERVE, 0 },
    { "concerned by its age", "0301", AFTER, "TLSv1.1", NULL, 0, 1, 1, TG_ACTION_REFUSE, 0 },
    { "the version beats the age", "0301", AFTER, "TLSv1.1", "TLSv1", 0, 1, 2, TG_ACTION_REFUSE,
      1 },
    { "... whichever comes first", "0301", AFTER, "TLSv1", "TLSv1.1", 0, 1, 1, TG_ACTION_REFUSE,
      1 },
    { "both by their version", "0301", AFTER, "TLSv1", "TLSv1 TLSv1.1", 0, 2, 1, TG_ACTION_REFUSE,
      1 },
    { "the one that is enforced", "0301", AFTER, "TLSv1", "TLSv1", 1, 2, 2, TG_ACTION_REFUSE, 1 },
    { "a key exchange before the date", "0303", BEFORE, "kx=RSA", NULL, 0, 0, 0, TG_ACTION_OBSERVE,
      0 },
    { "a key exchange from the date on", "0303", AFTER, "kx=RSA", NULL, 0, 1, 1, TG_ACTION_REFUSE,
      1 },
    { "a key exchange that is reported only", "0303", AFTER, "kx=RSA", NULL, 1, 0, 0,
      TG_ACTION_OBSERVE, 0 },
    { "it counts beside a version", "0303", AFTER, "TLSv1.2", "cipher=CBC", 1, 2, 2,
      TG_ACTION_REFUSE, 1 },
    { "it beats an age", "0301", AFTER, "TLSv1.1", "kx=RSA", 0, 1, 2, TG_ACTION_REFUSE, 1 },
    { "before the date the age is what counts", "0301", BEFORE, "TLSv1.1 kx=RSA", NULL, 0, 1, 1,
      TG_ACTION_REJECT, 0 },
};

/* A schedule with both dates only cuts off before Refuse. */
static tg_binding_t binding_of(const char *deprecated)
{
    lines_t l = given(apr_pstrcat(unit_pool, "TlsGateDeprecate ", deprecated,
                                  "\nTlsGateCutoff 2018-08-01T00:00Z\n" REFUSE, NULL));
    tg_binding_t binding = { l.schedule, 0, TG_PHASE_OBSERVE, 0 };

    return binding;
}

static void refuses_what_it_concerns(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(verdicts); i++) {
        const char *row = verdicts[i].what;
        tg_handshake_t h = handshake_of(verdicts[i].version, "", ALL, row);
        tg_subject_t subject = { .now = at(verdicts[i].now), .handshake = 1 };
        apr_array_header_t *list = apr_array_make(unit_pool, 2, sizeof(const tg_binding_t *));
        const char *second = verdicts[i].second ? verdicts[i].second : verdicts[i].first;
        tg_binding_t both[2] = { binding_of(verdicts[i].first), binding_of(second) };
        const tg_outcome_t *decides;
        tg_outcome_t outcomes[2];
        int n;

        both[0].report_only = verdicts[i].report_only;
        APR_ARRAY_PUSH(list, const tg_binding_t *) = &both[0];
        if (verdicts[i].second) {
            APR_ARRAY_PUSH(list, const tg_binding_t *) = &both[1];
        }
        n = tg_handshake_outcomes(&h, list, &subject, outcomes);
        same_number(n, verdicts[i].outcomes, row);
        if (n > 0) {
            decides = tg_verdict_decide(outcomes, n);
            same_number(decides->binding - both + 1, verdicts[i].decides, row);
            same_text(tg_action_name(decides->action), tg_action_name(verdicts[i].action), row);
            same_number(decides->enforced, verdicts[i].enforced, row);
            same_number(tg_handshake_is_refused(decides),
                        verdicts[i].enforced && verdicts[i].action == TG_ACTION_REFUSE, row);
        }
    }
}

/* --- what it has to do without --- */

static const struct {
    const char *what, *version, *extensions, *now;
    const char *first, *second;
    int is_version;
    tg_traits_t traits;
    int alert;
} refusals[] = {
    { "a version", "0301", "", AFTER, "TLSv1", NULL, 1, 0, 70 },
    { "SSL 3.0", "0300", "", AFTER, "SSLv3", NULL, 1, 0, 40 },
    { "a key exchange", "0303", "", AFTER, "kx=RSA", NULL, 0, TG_TRAIT_KX_RSA, 40 },
    { "... before the date", "0303", "", BEFORE, "kx=RSA", NULL, 0, 0, 40 },
    { "all of two schedules", "0303", "", AFTER, "kx=RSA kx=DHE", "cipher=CBC", 0,
      TG_TRAITS_KX | TG_TRAIT_CIPHER_CBC, 40 },
    { "a group of TLS 1.3", "0303", LIST("0304"), AFTER, "kx=classical kx=RSA", NULL, 0,
      TG_TRAIT_KX_CLASSICAL, 40 },
    { "a group before TLS 1.3 is the version", "0303", "", AFTER, "kx=classical", NULL, 1,
      TG_TRAIT_KX_CLASSICAL, 70 },
    { "a version and a key exchange", "0303", "", AFTER, "TLSv1.2", "kx=RSA", 1, 0, 70 },
    { "a group and a key exchange", "0303", "", AFTER, "kx=classical", "kx=RSA", 1,
      TG_TRAIT_KX_CLASSICAL, 70 },
};

static void refusals_are_of_all_schedules(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ROWS(refusals); i++) {
        const char *row = refusals[i].what;
        tg_handshake_t h = handshake_of(refusals[i].version, refusals[i].extensions, ALL, row);
        tg_subject_t subject = { .now = at(refusals[i].now), .handshake = 1 };
        apr_array_header_t *list = apr_array_make(unit_pool, 2, sizeof(const tg_binding_t *));
        const char *second = refusals[i].second ? refusals[i].second : refusals[i].first;
        tg_binding_t both[2] = { binding_of(refusals[i].first), binding_of(second) };
        tg_outcome_t outcomes[2];
        tg_refusal_t refusal;

        APR_ARRAY_PUSH(list, const tg_binding_t *) = &both[0];
        APR_ARRAY_PUSH(list, const tg_binding_t *) = &both[1];
        refusal =
            tg_handshake_refusal(&h, outcomes, tg_handshake_outcomes(&h, list, &subject, outcomes));
        same_number(refusal.is_version, refusals[i].is_version, row);
        same_number(refusal.traits, refusals[i].traits, row);
        same_number(tg_refusal_alert(&refusal, h.protocol), refusals[i].alert, row);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(hellos_are_read),
    cmocka_unit_test(concerns_by_version_and_age),
    cmocka_unit_test(refuses_what_it_concerns),
    cmocka_unit_test(refusals_are_of_all_schedules),
};

UNIT_MAIN(tests)
