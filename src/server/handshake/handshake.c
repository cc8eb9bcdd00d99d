/* The handshake: see handshake.h. */
#include "handshake.h"

#include "handshake_sighting.h"
#include "protocol_support.h"
#include "sni.h"

#include "server/base/connection.h"

#include <string.h>

#define ACME_PROTOCOL "acme-tls/1"

/** The longest server name (RFC 1035 section 2.3.4); OpenSSL takes no longer one either. */
#define NAME_MAX_LENGTH 255

/* Nothing on offer is newer than what is deprecated. A version of time to come, which only
 * the list can name and which has no bit, is newer than all of it; SSL 2.0 is older. */
static int offers_nothing_newer(const tg_hello_t *hello, tg_traits_t deprecated)
{
    tg_protocol_t newest = tg_protocol_newest(hello->versions);

    if (hello->supported_versions.at &&
        (newest == TG_PROTOCOL_UNKNOWN || hello->max_version > TG_WIRE_TLS1_3)) {
        return 0;
    }
    return deprecated && tg_protocol_newest(deprecated) >= newest;
}

/* How a schedule is concerned by a hello, from the weakest. */
typedef enum {
    CONCERN_NONE,
    CONCERN_AGE,    /* nothing better is on offer than what it deprecates */
    CONCERN_VERSION /* it deprecates the version that would be negotiated */
} concern_t;

static concern_t concern_of(const tg_schedule_t *schedule, const tg_hello_t *hello,
                            tg_protocol_t protocol)
{
    tg_traits_t deprecated = schedule->traits & TG_TRAITS_TLS;

    if (deprecated & TG_TRAIT_PROTOCOL(protocol)) {
        return CONCERN_VERSION;
    }
    return offers_nothing_newer(hello, deprecated) ? CONCERN_AGE : CONCERN_NONE;
}

/* The strongest concern of the schedules of a scope. */
static concern_t concern_of_scope(const tg_scope_t *scope, const tg_hello_t *hello,
                                  tg_protocol_t protocol)
{
    concern_t strongest = CONCERN_NONE;
    int i;

    for (i = 0; scope && i < scope->gates->nelts; i++) {
        const tg_gate_ref_t *gate = APR_ARRAY_IDX(scope->gates, i, const tg_gate_ref_t *);
        concern_t concern = concern_of(gate->binding.schedule, hello, protocol);

        strongest = concern > strongest ? concern : strongest;
    }
    return strongest;
}

/* Decides by the schedules that are concerned most. Returns 1 if the handshake is to be
 * refused: only by one that deprecates the version. */
static int weigh(tg_handshake_sighting_t *failure, const tg_scope_t *scope, const tg_hello_t *hello,
                 concern_t concern)
{
    tg_outcome_t *outcomes =
        apr_palloc(failure->c->pool, (apr_size_t)scope->gates->nelts * sizeof(*outcomes));
    int i, n = 0;

    for (i = 0; i < scope->gates->nelts; i++) {
        const tg_gate_ref_t *gate = APR_ARRAY_IDX(scope->gates, i, const tg_gate_ref_t *);

        if (concern_of(gate->binding.schedule, hello, failure->protocol) == concern) {
            outcomes[n] = tg_outcome_of(&gate->binding, &failure->subject);
            outcomes[n].enforced &= concern == CONCERN_VERSION;
            n++;
        }
    }
    failure->decides = tg_verdict_decide(outcomes, n);
    return failure->decides->enforced && failure->decides->action == TG_ACTION_REFUSE;
}

/* RFC 8737 section 3: who validates a domain offers that one protocol, and TLS 1.2 or
 * newer. */
static int is_acme(const tg_hello_t *hello)
{
    return tg_hello_alpn_is(hello, ACME_PROTOCOL) &&
           tg_protocol_newest(hello->versions) >= TG_PROTOCOL_TLS1_2;
}

/* SNI as a string, or NULL. What is longer than a name can be ends in an alert. */
static const char *name_of(const tg_hello_t *hello, char name[NAME_MAX_LENGTH + 1])
{
    size_t length = hello->server_name.length;

    if (!hello->server_name.at) {
        return NULL;
    }
    length = length < NAME_MAX_LENGTH ? length : NAME_MAX_LENGTH;
    memcpy(name, hello->server_name.at, length);
    name[length] = '\0';
    return name;
}

/* For hellos that may end in a deprecated version, or in none. */
static __attribute__((noinline, cold)) void consider(conn_rec *c, SSL *ssl, const tg_hello_t *hello,
                                                     tg_connection_t *conn)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(c->base_server)->main_conf;
    char buffer[NAME_MAX_LENGTH + 1];
    const char *name = name_of(hello, buffer);
    server_rec *server = tg_sni_server(c, name);
    const tg_scope_t *scope = tg_conf_scope(server->lookup_defaults);
    tg_protocol_t would =
        tg_protocol_newest(hello->versions & tg_protocol_support_versions(server, c->base_server));
    /* Where the two have nothing in common, OpenSSL may find other words for it than
     * protocol_version: it is refused all the same. */
    tg_protocol_t protocol =
        would != TG_PROTOCOL_UNKNOWN ? would : tg_protocol_newest(hello->versions);
    concern_t concern = is_acme(hello) ? CONCERN_NONE : concern_of_scope(scope, hello, protocol);

    if (!conn->transport.offer &&
        (concern != CONCERN_NONE || (main_conf->traits & TG_TRAIT_PROTOCOL(would)))) {
        conn->transport.offer = tg_offer_make(c->pool, hello);
    }
    if (concern != CONCERN_NONE) {
        tg_handshake_sighting_t *failure =
            tg_handshake_sighting_make(c, server, name, conn->transport.offer, protocol);

        if (weigh(failure, scope, hello, concern)) {
            /* Without the older ones, a client that offers them would be taken down to them. */
            SSL_set_options(ssl, tg_protocol_support_options(protocol));
        }
        tg_handshake_sighting_watch(ssl, failure);
    }
}

/* The newest version on offer will be taken, and no schedule knows it. */
static int is_modern(const tg_main_conf_t *main_conf, const tg_hello_t *hello)
{
    tg_traits_t newest = TG_TRAIT_PROTOCOL(tg_protocol_newest(hello->versions));

    return (newest & main_conf->reach) != 0 && (newest & main_conf->traits) == 0;
}

static void examine(conn_rec *c, SSL *ssl, const tg_hello_t *hello)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(c->base_server)->main_conf;
    tg_connection_t *conn = tg_connection_open(c);

    if (main_conf->keeps_offers) {
        conn->transport.offer = tg_offer_make(c->pool, hello);
    }
    if (!is_modern(main_conf, hello)) {
        consider(c, ssl, hello, conn);
    }
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
    const tg_main_conf_t *main_conf = tg_conf_of_server(c->base_server)->main_conf;
    tg_connection_t *conn;

    if (is_proxy || (main_conf->traits == 0 && !main_conf->keeps_offers)) {
        return DECLINED;
    }
    /* An older httpd may turn a connection to TLS in the middle of it (RFC 2817). */
    conn = tg_connection_open(c);
    conn->suspect = TG_SUSPECT_UNKNOWN;
    SSL_set_msg_callback(ssl, on_hello);
    SSL_set_msg_callback_arg(ssl, c);
    return OK;
}
