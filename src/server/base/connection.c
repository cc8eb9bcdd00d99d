/* The connection record: see connection.h. */
#include "connection.h"

#include "negotiated.h"

#include "tls/registry.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_connection.h>
#include <http_ssl.h>

/* Of tg_session_t.ja4. */
enum { JA4_NOT_MADE, JA4_IN_THE_MAKING, JA4_MADE };

static const char *connection_var(apr_pool_t *pool, conn_rec *c, const char *name)
{
    const char *value = ap_ssl_var_lookup(pool, c->base_server, c, NULL, name);

    return value && *value ? value : NULL;
}

const char *tg_connection_ja4(apr_pool_t *pool, const tg_offer_t *offer)
{
    char buf[TG_JA4_STRLEN];

    return offer && tg_ja4(offer, buf) ? apr_pstrdup(pool, buf) : NULL;
}

/* It costs more than the rest of the record, so it is made only for a connection that is logged,
 * not for each that a schedule might concern. */
const char *tg_connection_ja4_of(apr_pool_t *pool, const tg_transport_t *over)
{
    tg_session_t *session = over->session;
    apr_uint32_t state = apr_atomic_cas32(&session->ja4_state, JA4_IN_THE_MAKING, JA4_NOT_MADE);

    if (state == JA4_NOT_MADE) {
        if (!over->offer || !tg_ja4(over->offer, session->ja4)) {
            session->ja4[0] = '\0';
        }
        apr_atomic_xchg32(&session->ja4_state, JA4_MADE);
    }
    else if (state == JA4_IN_THE_MAKING) {
        return tg_connection_ja4(pool, over->offer); /* another thread is at it */
    }
    return session->ja4[0] ? session->ja4 : NULL;
}

static tg_protocol_t protocol_by_name(conn_rec *c)
{
    const char *version = connection_var(c->pool, c, "SSL_PROTOCOL");

    return version ? tg_protocol_parse(version) : TG_PROTOCOL_UNKNOWN;
}

/* Ten times cheaper than a variable lookup. A connection that has left TLS has no SSL either. */
static tg_protocol_t protocol_of(conn_rec *c, const SSL *ssl)
{
    tg_protocol_t protocol =
        ssl ? tg_protocol_of_wire((unsigned)SSL_version(ssl)) : protocol_by_name(c);

    return protocol == TG_PROTOCOLS ? TG_PROTOCOL_UNKNOWN : protocol; /* a newer version */
}

/* Shared by all connections that no schedule concerns. */
static tg_session_t no_session = { NULL, NULL, NULL, TG_PROTOCOL_UNKNOWN, JA4_MADE, "" };

static const char *cipher_by_name(apr_pool_t *pool, conn_rec *c)
{
    const char *cipher = connection_var(pool, c, "SSL_CIPHER");

    return cipher ? tg_registry_cipher_name(cipher) : NULL;
}

static tg_session_t *session_of(apr_pool_t *pool, conn_rec *c, const tg_offer_t *offer)
{
    tg_session_t *session = apr_pcalloc(pool, sizeof(*session));

    session->library_cipher = connection_var(pool, c, "SSL_CIPHER");
    session->cipher =
        session->library_cipher ? tg_registry_cipher_name(session->library_cipher) : NULL;
    session->server_name =
        connection_var(pool, c, "SSL_TLS_SNI"); /* OpenSSL accepts at most 255 bytes */
    session->known = tg_cause_evidence(offer);
    return session;
}

/* What a schedule may want to know of the cipher and the group. */
static void add_negotiated(conn_rec *c, const tg_main_conf_t *main_conf, tg_transport_t *over,
                           SSL *ssl)
{
    const tg_traits_t ciphers = main_conf->own_traits & TG_TRAITS_CIPHER;

    if (ciphers && (ciphers & tg_trait_negotiable(over->protocol))) {
        over->traits |= tg_trait_of_cipher(cipher_by_name(c->pool, c));
    }
    if (main_conf->has_verify || (main_conf->own_traits & TG_TRAIT_KX_CLASSICAL)) {
        over->group = tg_negotiated_group(ssl);
    }
    if (main_conf->own_traits & TG_TRAIT_KX_CLASSICAL) {
        over->traits |= tg_registry_group_trait(over->protocol, over->group);
        over->traits |= main_conf->lacks_post_quantum ? TG_TRAIT_SERVER_CLASSICAL : 0;
    }
}

/* By the server that the hello names. A request may name another one. */
static tg_traits_t watched_at_first(const tg_connection_t *conn, const tg_main_conf_t *main_conf)
{
    if (conn->server) {
        return tg_conf_of_server(conn->server)->watched;
    }
    return main_conf->has_expr ? TG_TRAIT_ANY : main_conf->traits;
}

/* A lookup copies what it finds, so there is none for modern clients. */
static void fill_record(conn_rec *c, tg_connection_t *conn)
{
    const tg_main_conf_t *main_conf = tg_conf_of_server(c->base_server)->main_conf;
    tg_transport_t *over = &conn->transport;
    int is_tls = ap_ssl_conn_is_ssl(c);
    SSL *ssl;

    if (!is_tls) { /* mod_ssl has freed it: plain HTTP came to a port of TLS */
        conn->ssl = NULL;
        conn->seen = NULL;
    }
    ssl = conn->ssl ? conn->ssl : conn->seen;
    over->session = &no_session;
    over->group = 0;
    over->protocol = is_tls ? protocol_of(c, conn->seen) : TG_PROTOCOL_CLEARTEXT;
    over->traits = TG_TRAIT_PROTOCOL(over->protocol);
    if (is_tls) {
        add_negotiated(c, main_conf, over, ssl);
    }
    conn->seen_traits = over->traits;
    if (is_tls && (over->traits & watched_at_first(conn, main_conf)) != 0) {
        over->session = session_of(c->pool, c, over->offer);
        over->group = over->group ? over->group : tg_negotiated_group(ssl);
    }
    conn->seen = conn->ssl ? SSL_get_session(conn->ssl) : NULL;
}

tg_connection_t *tg_connection_open(conn_rec *c)
{
    tg_connection_t *conn = ap_get_module_config(c->conn_config, &tlsgate_module);

    if (!conn) {
        conn = apr_pcalloc(c->pool, sizeof(*conn));
        conn->seen_traits = TG_TRAIT_ANY;
        ap_set_module_config(c->conn_config, &tlsgate_module, conn);
    }
    return conn;
}

/* Set in the parent before any child exists. */
static void (*tell_filled)(conn_rec *c, tg_connection_t *conn, SSL *ssl);

void tg_connection_tell(void (*filled)(conn_rec *c, tg_connection_t *conn, SSL *ssl))
{
    tell_filled = filled;
}

static __attribute__((noinline, cold)) int fill_first(conn_rec *c)
{
    if (!c->master && !c->aborted) {
        tg_connection_t *conn = tg_connection_open(c);
        SSL *ssl = conn->seen; /* after it is filled, that is a session */

        fill_record(c, conn);
        if (tell_filled) {
            tell_filled(c, conn, ap_ssl_conn_is_ssl(c) ? ssl : NULL);
        }
    }
    return DECLINED;
}

/* The event MPM comes here again for every request on a kept connection. */
int tg_connection_process(conn_rec *c)
{
    const tg_connection_t *conn = ap_get_module_config(c->conn_config, &tlsgate_module);

    return conn && conn->transport.session ? DECLINED : fill_first(c);
}

void tg_connection_renew(conn_rec *c)
{
    const tg_connection_t *known = ap_get_module_config(c->conn_config, &tlsgate_module);
    tg_connection_t *conn = apr_pcalloc(c->pool, sizeof(*conn));

    conn->ssl = known->ssl;
    conn->behind_proxy = known->behind_proxy;
    conn->was_denied = known->was_denied;
    conn->refused = known->refused;
    conn->is_ignored = known->is_ignored;
    conn->transport.offer = known->transport.offer;
    conn->server = known->server;
    fill_record(c, conn);
    ap_set_module_config(c->conn_config, &tlsgate_module, conn);
}

/* A stream must not write the record of its master: another thread may read it. */
static tg_connection_t *copy_for(request_rec *r)
{
    const tg_connection_t *known = tg_connection_of(r->connection);
    tg_connection_t *copy = apr_pcalloc(r->connection->pool, sizeof(*copy));

    copy->transport.offer = known ? known->transport.offer : NULL;
    return copy;
}

const tg_connection_t *tg_connection_for(request_rec *r)
{
    const tg_connection_t *known = tg_connection_of(r->connection);
    tg_connection_t *conn;

    if (known && known->transport.session) {
        return known;
    }
    conn = r->connection->master ? copy_for(r) : tg_connection_open(r->connection);
    fill_record(r->connection, conn);
    return conn;
}

static tg_connection_t *copy_with_session(request_rec *r, const tg_connection_t *conn)
{
    tg_connection_t *copy = apr_pmemdup(r->pool, conn, sizeof(*copy));

    copy->transport.session = session_of(r->pool, r->connection, conn->transport.offer);
    return copy;
}

const tg_connection_t *tg_connection_suspect(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_for(r);

    if ((conn->seen_traits & tg_conf_of_server(r->server)->watched) == 0) {
        return NULL;
    }
    return conn->transport.session == &no_session && ap_ssl_conn_is_ssl(r->connection)
               ? copy_with_session(r, conn)
               : conn;
}
