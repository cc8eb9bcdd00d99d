/* The verdict about a handshake: see handshake_verdict.h. */
#include "handshake_verdict.h"

#define ACME_PROTOCOL "acme-tls/1"

#define BINDING(bindings, i) APR_ARRAY_IDX(bindings, i, const tg_binding_t *)

/* RFC 8737 section 3: a validation offers that one protocol, and is made with TLS 1.2 or newer. */
static int is_acme_validation(const tg_hello_t *hello, tg_protocol_t protocol)
{
    return tg_hello_alpn_is(hello, ACME_PROTOCOL) && protocol >= TG_PROTOCOL_TLS1_2;
}

tg_handshake_t tg_handshake_of(const tg_hello_t *hello, tg_traits_t accepted)
{
    tg_protocol_t newest = tg_protocol_newest(hello->versions);
    tg_protocol_t would = tg_protocol_newest(hello->versions & accepted);
    /* A list of nothing that we know is of no old client; SSL 2.0, which has no bit either, comes
     * without one. */
    int offers_newer =
        hello->offers_newer || (hello->supported_versions.at && newest == TG_PROTOCOL_UNKNOWN);
    /* Without a common version OpenSSL may send another alert than protocol_version; it is
     * counted as refused either way. */
    tg_handshake_t handshake = { .versions = hello->versions,
                                 .offers_newer = offers_newer,
                                 .protocol = would != TG_PROTOCOL_UNKNOWN ? would : newest };

    handshake.is_acme = is_acme_validation(hello, handshake.protocol);
    handshake.negotiable = tg_trait_negotiable(handshake.protocol);
    return handshake;
}

static int offers_nothing_newer(const tg_handshake_t *handshake, tg_traits_t deprecated)
{
    return !handshake->offers_newer && deprecated &&
           tg_protocol_newest(deprecated) >= tg_protocol_newest(handshake->versions);
}

/* Of its version alone. */
static tg_concern_t version_concern(const tg_handshake_t *handshake, tg_traits_t deprecated)
{
    if (deprecated & TG_TRAIT_PROTOCOL(handshake->protocol)) {
        return TG_CONCERN_VERSION;
    }
    return offers_nothing_newer(handshake, deprecated) ? TG_CONCERN_AGE : TG_CONCERN_NONE;
}

tg_concern_t tg_handshake_concern(const tg_handshake_t *handshake, const tg_schedule_t *schedule)
{
    tg_concern_t concern = version_concern(handshake, schedule->traits & TG_TRAITS_TLS);

    if (handshake->is_acme) {
        return TG_CONCERN_NONE;
    }
    return concern < TG_CONCERN_EXCHANGE && (schedule->traits & handshake->negotiable) != 0
               ? TG_CONCERN_EXCHANGE
               : concern;
}

tg_concern_t tg_handshake_strongest(const tg_handshake_t *handshake,
                                    const apr_array_header_t *bindings)
{
    tg_concern_t strongest = TG_CONCERN_NONE;
    int i;

    for (i = 0; i < bindings->nelts; i++) {
        tg_concern_t concern = tg_handshake_concern(handshake, BINDING(bindings, i)->schedule);

        strongest = concern > strongest ? concern : strongest;
    }
    return strongest;
}

/* What a schedule does not refuse of a key exchange or cipher is seen once it is chosen. */
static tg_concern_t concern_of_outcome(const tg_handshake_t *handshake, const tg_outcome_t *outcome)
{
    const tg_schedule_t *schedule = outcome->binding->schedule;
    tg_concern_t concern = tg_handshake_concern(handshake, schedule);

    return concern == TG_CONCERN_EXCHANGE && !tg_handshake_is_refused(outcome)
               ? version_concern(handshake, schedule->traits & TG_TRAITS_TLS)
               : concern;
}

/* Those of an age do not count where one counts that decides. */
static int keep_enforceable(const tg_handshake_t *handshake, tg_outcome_t *outcomes, int n)
{
    int i, kept = 0;

    for (i = 0; i < n; i++) {
        if (concern_of_outcome(handshake, &outcomes[i]) > TG_CONCERN_AGE) {
            outcomes[kept++] = outcomes[i];
        }
    }
    for (i = 0; i < n && kept == 0; i++) {
        outcomes[i].enforced = 0;
    }
    return kept ? kept : n;
}

int tg_handshake_outcomes(const tg_handshake_t *handshake, const apr_array_header_t *bindings,
                          const tg_subject_t *subject, tg_outcome_t *outcomes)
{
    int i, n = 0;

    for (i = 0; i < bindings->nelts; i++) {
        const tg_binding_t *binding = BINDING(bindings, i);

        if (tg_handshake_concern(handshake, binding->schedule) != TG_CONCERN_NONE) {
            outcomes[n] = tg_outcome_of(binding, subject);
            n += concern_of_outcome(handshake, &outcomes[n]) != TG_CONCERN_NONE;
        }
    }
    return keep_enforceable(handshake, outcomes, n);
}

int tg_handshake_is_refused(const tg_outcome_t *decides)
{
    return decides->enforced && decides->action == TG_ACTION_REFUSE;
}

tg_refusal_t tg_handshake_refusal(const tg_handshake_t *handshake, const tg_outcome_t *outcomes,
                                  int n)
{
    tg_refusal_t refusal = { 0, 0 };
    int i;

    for (i = 0; i < n; i++) {
        if (tg_handshake_is_refused(&outcomes[i])) {
            tg_traits_t traits = outcomes[i].binding->schedule->traits;

            refusal.is_version |= (traits & TG_TRAIT_PROTOCOL(handshake->protocol)) != 0;
            refusal.traits |= traits & handshake->negotiable;
        }
    }
    /* Post-quantum groups need TLS 1.3. */
    refusal.is_version |=
        (refusal.traits & TG_TRAIT_KX_CLASSICAL) != 0 && handshake->protocol < TG_PROTOCOL_TLS1_3;
    /* No cipher of a refused version will be chosen. */
    refusal.traits &= refusal.is_version ? TG_TRAIT_KX_CLASSICAL : TG_TRAITS_NEGOTIATED;
    return refusal;
}

int tg_refusal_alert(const tg_refusal_t *refusal, tg_protocol_t protocol)
{
    /* OpenSSL answers a client that offers only SSLv3 with another alert. */
    return refusal->is_version && protocol != TG_PROTOCOL_SSL3 ? TG_ALERT_PROTOCOL_VERSION
                                                               : TG_ALERT_HANDSHAKE_FAILURE;
}
