/* The verdict about a handshake: see handshake_verdict.h. */
#include "handshake_verdict.h"

#define ACME_PROTOCOL "acme-tls/1"

#define BINDING(bindings, i) APR_ARRAY_IDX(bindings, i, const tg_binding_t *)

/* RFC 8737 section 3: a validation offers that one protocol, and TLS 1.2 or newer. */
static int is_acme_validation(const tg_hello_t *hello)
{
    return tg_hello_alpn_is(hello, ACME_PROTOCOL) &&
           tg_protocol_newest(hello->versions) >= TG_PROTOCOL_TLS1_2;
}

tg_handshake_t tg_handshake_of(const tg_hello_t *hello, tg_traits_t accepted)
{
    tg_protocol_t newest = tg_protocol_newest(hello->versions);
    tg_protocol_t would = tg_protocol_newest(hello->versions & accepted);
    /* Only the list of supported_versions can name a version that we do not know; SSL 2.0, which
     * has no bit either, is older than all. */
    int offers_newer = hello->supported_versions.at &&
                       (newest == TG_PROTOCOL_UNKNOWN || hello->max_version > TG_WIRE_NEWEST);
    /* Without a common version OpenSSL may send another alert than protocol_version; it is
     * counted as refused either way. */
    tg_handshake_t handshake = { hello->versions, offers_newer,
                                 would != TG_PROTOCOL_UNKNOWN ? would : newest,
                                 is_acme_validation(hello) };

    return handshake;
}

static int offers_nothing_newer(const tg_handshake_t *handshake, tg_traits_t deprecated)
{
    return !handshake->offers_newer && deprecated &&
           tg_protocol_newest(deprecated) >= tg_protocol_newest(handshake->versions);
}

tg_concern_t tg_handshake_concern(const tg_handshake_t *handshake, const tg_schedule_t *schedule)
{
    tg_traits_t deprecated = schedule->traits & TG_TRAITS_TLS;

    if (handshake->is_acme) {
        return TG_CONCERN_NONE;
    }
    if (deprecated & TG_TRAIT_PROTOCOL(handshake->protocol)) {
        return TG_CONCERN_VERSION;
    }
    return offers_nothing_newer(handshake, deprecated) ? TG_CONCERN_AGE : TG_CONCERN_NONE;
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

int tg_handshake_outcomes(const tg_handshake_t *handshake, const apr_array_header_t *bindings,
                          const tg_subject_t *subject, tg_outcome_t *outcomes)
{
    tg_concern_t strongest = tg_handshake_strongest(handshake, bindings);
    int i, n = 0;

    for (i = 0; i < bindings->nelts && strongest != TG_CONCERN_NONE; i++) {
        const tg_binding_t *binding = BINDING(bindings, i);

        if (tg_handshake_concern(handshake, binding->schedule) == strongest) {
            outcomes[n] = tg_outcome_of(binding, subject);
            outcomes[n++].enforced &= strongest == TG_CONCERN_VERSION;
        }
    }
    return n;
}

int tg_handshake_is_refused(const tg_outcome_t *decides)
{
    return decides->enforced && decides->action == TG_ACTION_REFUSE;
}
