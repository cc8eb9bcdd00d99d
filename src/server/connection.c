/* The connection record: see connection.h. */
#include "connection.h"

#include <http_connection.h>
#include <http_ssl.h>

static const char *ssl_var(conn_rec *c, const char *name)
{
    const char *value = ap_ssl_var_lookup(c->pool, c->base_server, c, NULL, name);

    return value && *value ? value : NULL;
}

static tg_connection_t *record(conn_rec *c)
{
    const tg_plan_t *plan = tg_conf_of_server(c->base_server)->plan;
    tg_connection_t *conn = apr_pcalloc(c->pool, sizeof(*conn));
    int is_tls = ap_ssl_conn_is_ssl(c);
    const char *version = is_tls ? ssl_var(c, "SSL_PROTOCOL") : NULL;

    conn->protocol = TG_PROTOCOL_CLEARTEXT;
    if (is_tls) {
        conn->protocol = version ? tg_protocol_parse(version) : TG_PROTOCOL_UNKNOWN;
        conn->cipher = ssl_var(c, "SSL_CIPHER");
    }
    if (conn->protocol == TG_PROTOCOLS) {
        conn->protocol = TG_PROTOCOL_UNKNOWN; /* a version of time to come */
    }
    conn->traits = TG_TRAIT_PROTOCOL(conn->protocol) | tg_trait_of_cipher(conn->cipher);
    conn->suspect = plan->has_expr || (conn->traits & plan->traits) != 0;
    if (conn->suspect && is_tls) { /* OpenSSL takes no name of more than 255 bytes */
        conn->server_name = ssl_var(c, "SSL_TLS_SNI");
    }
    return conn;
}

static tg_connection_t *fill(conn_rec *c)
{
    tg_connection_t *conn = record(c);

    ap_set_module_config(c->conn_config, &tlsgate_module, conn);
    return conn;
}

int tg_connection_process(conn_rec *c)
{
    /* The event MPM comes here again for every request on a kept connection. */
    if (!c->master && !tg_connection_of(c) && !c->aborted) {
        fill(c);
    }
    return DECLINED;
}

const tg_connection_t *tg_connection_for(request_rec *r)
{
    const tg_connection_t *conn = tg_connection_of(r->connection);

    if (conn) {
        return conn;
    }
    /* A stream must not write the record of its master: another thread may read it. */
    return r->connection->master ? record(r->connection) : fill(r->connection);
}
