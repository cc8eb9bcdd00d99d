/* The handshake: see handshake.h. */
#include "handshake.h"

#include "connection.h"
#include "failure.h"
#include "reach.h"
#include "sni.h"

#include <apr_strings.h>

/** RFC 8737 section 3: the one protocol of a hello that validates a domain. */
#define ACME_PROTOCOL "acme-tls/1"

/* What OpenSSL calls each version when it is to be switched off. */
static const uint64_t options_off[TG_PROTOCOLS] = {
    [TG_PROTOCOL_SSL3] = SSL_OP_NO_SSLv3,     [TG_PROTOCOL_TLS1_0] = SSL_OP_NO_TLSv1,
    [TG_PROTOCOL_TLS1_1] = SSL_OP_NO_TLSv1_1, [TG_PROTOCOL_TLS1_2] = SSL_OP_NO_TLSv1_2,
    [TG_PROTOCOL_TLS1_3] = SSL_OP_NO_TLSv1_3,
};

/* That version and every older one: without the version alone, a client that offers
 * older ones as well would be taken down to those. */
static void refuse(SSL *ssl, tg_protocol_t protocol)
{
    uint64_t off = 0;
    int p;

    for (p = TG_PROTOCOL_SSL3; p <= (int)protocol; p++) {
        off |= options_off[p];
    }
    SSL_set_options(ssl, off);
}

/* Nothing on offer is newer than what is deprecated. A version of time to come, which only
 * the list can name and which has no bit, is newer than all of it; SSL 2.0 is older. */
static int offers_nothing_newer(const tg_hello_t *hello, tg_traits_t deprecated)
{
    tg_protocol_t newest = tg_protocol_newest(hello->versions);

    if (hello->supported_versions.at &&
        (newest == TG_PROTOCOL_UNKNOWN || hello->max_version > TG_WIRE_TLS1_3)) {
        return 0;
    }
    return tg_protocol_newest(deprecated) >= newest;
}

/* Whether a schedule has something to say about a hello: it deprecates the version that
 * would be negotiated, or nothing better is on offer. */
static int concerns(const tg_schedule_t *schedule, const tg_hello_t *hello, tg_protocol_t would)
{
    tg_traits_t deprecated = schedule->traits & TG_TRAITS_TLS;

    return deprecated &&
           ((deprecated & TG_TRAIT_PROTOCOL(would)) || offers_nothing_newer(hello, deprecated));
}

/* One outcome for each schedule that has something to say. */
static void weigh(tg_failure_t *failure, const tg_scope_t *scope, const tg_hello_t *hello)
{
    tg_outcome_t *outcomes =
        apr_palloc(failure->c->pool, (apr_size_t)scope->gates->nelts * sizeof(*outcomes));
    int i, n = 0;

    for (i = 0; i < scope->gates->nelts; i++) {
        const tg_gate_t *gate = APR_ARRAY_IDX(scope->gates, i, const tg_gate_t *);
        const tg_schedule_t *schedule = gate->binding.schedule;

        if (concerns(schedule, hello, failure->protocol)) {
            tg_outcome_t o = tg_outcome_of(&gate->binding, &failure->subject);

            failure->refused |= o.enforced && o.action == TG_ACTION_REFUSE &&
                                (schedule->traits & TG_TRAIT_PROTOCOL(failure->protocol)) != 0;
            outcomes[n++] = o;
        }
    }
    failure->decides = n > 0 ? tg_verdict_decide(outcomes, n) : NULL;
}

/* For hellos that may end in a deprecated version, or in none: modern clients do not
 * come here. */
static __attribute__((noinline, cold)) void consider(conn_rec *c, SSL *ssl, const tg_hello_t *hello,
                                                     const tg_offer_t *offer)
{
    tg_failure_t *failure = tg_failure_make(c, hello, offer);
    const tg_scope_t *scope = tg_conf_scope(failure->server->lookup_defaults);
    tg_protocol_t would =
        tg_protocol_newest(hello->versions & tg_reach_versions(failure->server, c->base_server));

    if (!scope || tg_hello_alpn_is(hello, ACME_PROTOCOL)) {
        return;
    }
    /* Where the two have nothing in common, OpenSSL may find other words for it than
     * protocol_version: it is refused all the same. */
    failure->protocol = would != TG_PROTOCOL_UNKNOWN ? would : tg_protocol_newest(hello->versions);
    weigh(failure, scope, hello);
    if (failure->refused) {
        refuse(ssl, failure->protocol);
    }
    if (failure->decides) {
        tg_failure_watch(ssl, failure);
    }
}

/* The newest version on offer will be taken, and no schedule knows it. */
static int is_modern(const tg_plan_t *plan, const tg_hello_t *hello)
{
    tg_traits_t newest = TG_TRAIT_PROTOCOL(tg_protocol_newest(hello->versions));

    return (newest & plan->reach) != 0 && (newest & plan->traits) == 0;
}

static void examine(conn_rec *c, SSL *ssl, const tg_hello_t *hello)
{
    const tg_plan_t *plan = tg_conf_of_server(c->base_server)->plan;
    tg_connection_t *conn = tg_connection_open(c);

    if (is_modern(plan, hello)) {
        conn->offer = plan->keeps_offers ? tg_offer_make(c->pool, hello) : NULL;
        return;
    }
    conn->offer = tg_offer_make(c->pool, hello);
    consider(c, ssl, hello, conn->offer);
}

/* OpenSSL's message callback. Only the first hello counts: one after a
 * HelloRetryRequest, or of a renegotiation, does not come here, because the callback is
 * taken off in the first call for one. It would be called for every record. */
static void on_hello(int write_p, int version, int content_type, const void *buf, size_t len,
                     SSL *ssl, void *arg)
{
    tg_hello_t hello;
    int is_sslv2 = content_type == 0 && version == SSL2_VERSION;

    if (write_p || !(content_type == SSL3_RT_HANDSHAKE || is_sslv2)) {
        return;
    }
    SSL_set_msg_callback(ssl, NULL);
    if ((is_sslv2 ? tg_hello_parse_sslv2(buf, len, &hello) : tg_hello_parse(buf, len, &hello)) >
        0) {
        examine(arg, ssl, &hello);
    }
}

int tg_handshake_begin(conn_rec *c, SSL *ssl, int is_proxy)
{
    const tg_plan_t *plan = tg_conf_of_server(c->base_server)->plan;

    if (is_proxy || (plan->traits == 0 && !plan->keeps_offers)) {
        return DECLINED;
    }
    SSL_set_msg_callback(ssl, on_hello);
    SSL_set_msg_callback_arg(ssl, c);
    return OK;
}
