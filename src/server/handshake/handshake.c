/* The handshake: see handshake.h. */
#include "handshake.h"

#include "exchange.h"
#include "handshake_sighting.h"
#include "protocol_support.h"
#include "sni.h"

#include "policy/handshake_verdict.h"
#include "server/base/connection.h"
#include "server/ledger/census_count.h"

#include <string.h>
#include <util_filter.h>

/** The longest server name (RFC 1035 section 2.3.4), also for OpenSSL. */
#define NAME_MAX_LENGTH 255

/** mod_remoteip's, for RemoteIPProxyProtocol; httpd keeps names of filters in lower case. */
#define REMOTEIP_FILTER "remoteip_input"

/* SNI as a string, or NULL. What is longer than a name can be ends in an alert. */
static const char *name_of_hello(const tg_hello_t *hello, char name[NAME_MAX_LENGTH + 1])
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

/* Decides about a handshake that some schedule of the scope concerns. */
static void decide_handshake(SSL *ssl, tg_handshake_sighting_t *sighting,
                             const tg_handshake_t *handshake, const apr_array_header_t *bindings)
{
    tg_outcome_t *outcomes =
        apr_palloc(sighting->c->pool, (apr_size_t)bindings->nelts * sizeof(*outcomes));
    int n = tg_handshake_outcomes(handshake, bindings, &sighting->subject, outcomes);

    if (n == 0) {
        return; /* what it may end in is deprecated, but not refused */
    }
    sighting->decides = tg_verdict_decide(outcomes, n);
    sighting->refusal = tg_handshake_refusal(handshake, outcomes, n);
    if (sighting->refusal.is_version) {
        /* Older versions too: else a client that offers them would be downgraded to them. */
        SSL_set_options(ssl, tg_protocol_support_options(handshake->protocol));
    }
    tg_exchange_refuse(sighting->c, ssl, sighting->refusal.traits);
    tg_handshake_sighting_watch(ssl, sighting);
}

/* mod_remoteip reads the header of the PROXY protocol in a filter, and keeps the client's address
 * for requests. */
static int has_proxy_protocol(const conn_rec *c)
{
    const ap_filter_t *f = c->input_filters;

    while (f && strcmp(f->frec->name, REMOTEIP_FILTER) != 0) {
        f = f->next;
    }
    return f != NULL;
}

/* 1 if requests may need what the hello offers. Requests for another host than it names need it for
 * a deprecated version, but not for traits that every connection may have, since few of those come
 * from old clients. */
static int is_offer_wanted(const tg_connection_t *conn, const tg_main_conf_t *main_conf,
                           tg_traits_t negotiable)
{
    tg_traits_t traits = main_conf->has_expr ? TG_TRAIT_ANY : main_conf->traits;

    if (conn->server) {
        traits = (main_conf->own_traits & TG_TRAITS_TLS) | tg_conf_of_server(conn->server)->watched;
    }
    return (traits & (negotiable | TG_TRAITS_NEGOTIATED)) != 0;
}

/* Before the first date nothing is asked for. */
static tg_traits_t refused_by_now(const tg_scope_t *scope)
{
    return scope && scope->refused && apr_time_sec(apr_time_now()) >= scope->refused_from
               ? scope->refused
               : 0;
}

/* For hellos that may end in a deprecated version, or in none, or in what is seen only later. */
static __attribute__((noinline, cold)) void
decide_hello(conn_rec *c, SSL *ssl, const tg_hello_t *hello, tg_connection_t *conn)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(c->base_server)->main_conf;
    char buffer[NAME_MAX_LENGTH + 1];
    const char *name = name_of_hello(hello, buffer);
    server_rec *server = tg_sni_server(c, name);
    const tg_scope_t *scope = tg_conf_scope(server->lookup_defaults);
    tg_traits_t accepted = tg_protocol_support_versions(server, c->base_server);
    tg_handshake_t handshake = tg_handshake_of(hello, accepted);
    int is_concerned;

    handshake.negotiable &= refused_by_now(scope);
    is_concerned = scope && tg_handshake_strongest(&handshake, scope->bindings) != TG_CONCERN_NONE;
    conn->server = name && *name ? server : NULL;
    if (!conn->transport.offer &&
        (is_concerned ||
         is_offer_wanted(conn, main_conf, accepted & TG_TRAIT_PROTOCOL(handshake.protocol)))) {
        conn->transport.offer = tg_offer_make(c->pool, hello);
    }
    if (is_concerned) {
        tg_handshake_sighting_t *sighting;

        conn->behind_proxy = has_proxy_protocol(c) ? 1 : 0;
        sighting =
            tg_handshake_sighting_make(c, server, name, conn->transport.offer, handshake.protocol);

        decide_handshake(ssl, sighting, &handshake, scope->bindings);
    }
}

/* The newest version on offer will be negotiated, and no schedule deprecates it or looks at
 * more. */
static int is_modern(const tg_main_conf_t *main_conf, const tg_hello_t *hello)
{
    tg_traits_t newest = TG_TRAIT_PROTOCOL(tg_protocol_newest(hello->versions));

    return (newest & main_conf->accepted) != 0 && (newest & main_conf->traits) == 0 &&
           !tg_conf_wants_offers(main_conf);
}

static void read_hello(conn_rec *c, SSL *ssl, const tg_hello_t *hello)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(c->base_server)->main_conf;
    tg_connection_t *conn = tg_connection_open(c);

    if (main_conf->counts_connections) {
        tg_census_count_hello(c, conn, hello);
    }
    if (main_conf->has_verify || main_conf->tracks_upgrades) {
        conn->transport.offer = tg_offer_make(c->pool, hello);
    }
    if (!is_modern(main_conf, hello)) {
        decide_hello(c, ssl, hello, conn);
    }
}

/* OpenSSL's message callback. Only the first hello counts: one after a HelloRetryRequest, or of a
 * renegotiation, does not come here, because the callback is removed in the first call for one;
 * else it would be called for every record. */
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
        read_hello(arg, ssl, &hello);
    }
}

int tg_handshake_begin(conn_rec *c, SSL *ssl, int is_proxy)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(c->base_server)->main_conf;
    tg_connection_t *conn;

    if (is_proxy || (main_conf->traits == 0 && !main_conf->has_verify &&
                     !main_conf->counts_connections && !tg_conf_wants_offers(main_conf))) {
        return DECLINED;
    }
    /* An older httpd may turn a connection to TLS in the middle of it (RFC 2817). */
    conn = tg_connection_open(c);
    conn->seen_traits = TG_TRAIT_ANY;
    conn->transport.session = NULL;
    conn->seen = ssl;
    conn->ssl = tg_conf_asks_again(main_conf) ? ssl : NULL;
    SSL_set_msg_callback(ssl, on_hello);
    SSL_set_msg_callback_arg(ssl, c);
    return OK;
}
