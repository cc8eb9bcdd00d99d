/* Refusing a key exchange or a class of ciphers: see exchange.h. */
#include "exchange.h"

#include "base/digest.h"
#include "server/base/connection.h"
#include "tls/hello.h"
#include "tls/registry.h"

#include <apr_strings.h>
#include <string.h>

_Static_assert(SSL_SECOP_CURVE_CHECK - SSL_SECOP_CURVE_SUPPORTED == 2 &&
                   SSL_SECOP_CURVE_SHARED - SSL_SECOP_CURVE_SUPPORTED == 1,
               "the three of groups are one range");

typedef int security_callback_t(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
                                void *other, void *ex);

/** What a session is bound to where something is refused: not more bytes than OpenSSL keeps. */
typedef struct {
    char server[SSL_MAX_SID_CTX_LENGTH - sizeof(tg_traits_t)];
    tg_traits_t refused;
} session_context_t;

/** What goes with the context of a server. Read-only. */
typedef struct {
    security_callback_t *callback; /**< that was there before, and decides what we leave open */
    void *ex;
    tg_traits_t refused;       /**< what that server may ever refuse */
    session_context_t context; /**< of the sessions of that server, without the traits */
} exchange_guard_t;

/* mod_ssl keeps the connection there, from before its pre_handshake on. */
static tg_connection_t *record_of(const SSL *ssl)
{
    conn_rec *c = ssl ? SSL_get_app_data(ssl) : NULL;

    return c ? ap_get_module_config(c->conn_config, &tlsgate_module) : NULL;
}

/* A session that was made before must not bring back what is refused now: OpenSSL resumes it
 * without a look at its cipher and, where the options of the server allow it, without a key
 * exchange. Those that are made from now on are bound to the same refusal, and are resumed. */
static void refuse_sessions(const tg_connection_t *conn, const exchange_guard_t *guard)
{
    SSL *ssl = conn->seen;
    session_context_t context = guard->context;

    if (conn->refused & TG_TRAITS_CIPHER) {
        context.refused = conn->refused;
        SSL_set_session_id_context(ssl, (const unsigned char *)&context, sizeof(context));
    }
    if (SSL_get_options(ssl) & SSL_OP_ALLOW_NO_DHE_KEX) {
        SSL_clear_options(ssl, SSL_OP_ALLOW_NO_DHE_KEX);
    }
}

/* The suites of TLS 1.3 have a first byte of their own (RFC 8446 appendix B.4), and no trait. */
static int is_of_tls13(const SSL_CIPHER *cipher)
{
    return SSL_CIPHER_get_protocol_id(cipher) >> 8 == 0x13;
}

/* All others are about signatures and certificates, some hundred of them in a handshake. */
static inline int is_choice(int op)
{
    return op == SSL_SECOP_VERSION || op == SSL_SECOP_CIPHER_SHARED ||
           (op >= SSL_SECOP_CURVE_SUPPORTED && op <= SSL_SECOP_CURVE_CHECK);
}

/* What can be told without a look at the connection: most of the choices of a modern handshake. */
static int may_be_refused(tg_traits_t refused, int op, const void *other)
{
    switch (op) {
    case SSL_SECOP_VERSION:
        return 1;
    case SSL_SECOP_CIPHER_SHARED:
        return (refused & TG_TRAITS_CIPHER) != 0 && !is_of_tls13(other);
    default:
        return (refused & TG_TRAIT_KX_CLASSICAL) != 0 &&
               !tg_registry_group_is_post_quantum(tg_hello_u16(other));
    }
}

/* OpenSSL asks for the version once mod_ssl has applied the settings of the host, and before it
 * looks for a session. A renegotiation is no longer the first handshake. */
static int allows_choice(tg_connection_t *conn, const exchange_guard_t *guard, const SSL *ssl,
                         int op, const void *other)
{
    if (op == SSL_SECOP_VERSION) {
        if (conn->seen == ssl) {
            refuse_sessions(conn, guard);
        }
        return 1;
    }
    if (op == SSL_SECOP_CIPHER_SHARED
            ? !(tg_trait_of_cipher(SSL_CIPHER_standard_name(other)) & conn->refused)
            : !(conn->refused & TG_TRAIT_KX_CLASSICAL)) {
        return 1;
    }
    conn->was_denied = 1;
    return 0;
}

static __attribute__((noinline)) int decide_choice(const SSL *ssl, const SSL_CTX *ctx, int op,
                                                   int bits, int nid, void *other, void *ex)
{
    const exchange_guard_t *guard = ex;
    tg_connection_t *conn;

    if (!guard->callback(ssl, ctx, op, bits, nid, other, guard->ex)) {
        return 0;
    }
    if (!may_be_refused(guard->refused, op, other)) {
        return 1;
    }
    conn = record_of(ssl);
    return !conn || !conn->refused || allows_choice(conn, guard, ssl, op, other);
}

/* OpenSSL's security callback. */
static int on_choice(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                     void *ex)
{
    const exchange_guard_t *guard = ex;

    return is_choice(op) ? decide_choice(ssl, ctx, op, bits, nid, other, ex)
                         : guard->callback(ssl, ctx, op, bits, nid, other, guard->ex);
}

/* The same on every machine that has the host, as their tickets may be. */
static void bind_to_server(apr_pool_t *pool, const server_rec *s, session_context_t *context)
{
    const char *name = apr_pstrcat(pool, "mod_tlsgate ", tg_conf_server_name(pool, s), NULL);
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

    EVP_Digest(name, strlen(name), digest, NULL, tg_digest_get(TG_DIGEST_SHA256), NULL);
    memcpy(context->server, digest, sizeof(context->server));
}

void tg_exchange_prepare(apr_pool_t *pool, const server_rec *s, SSL_CTX *ctx)
{
    const tg_scope_t *scope = tg_conf_scope(s->lookup_defaults);
    exchange_guard_t *guard;

    if (!scope || !scope->refused) {
        return;
    }
    guard = apr_pcalloc(pool, sizeof(*guard));
    bind_to_server(pool, s, &guard->context);
    guard->refused = scope->refused;
    guard->callback = SSL_CTX_get_security_callback(ctx);
    guard->ex = SSL_CTX_get0_security_ex_data(ctx);
    SSL_CTX_set_security_callback(ctx, on_choice);
    SSL_CTX_set0_security_ex_data(ctx, guard);
}

void tg_exchange_refuse(conn_rec *c, SSL *ssl, tg_traits_t traits)
{
    if (traits && SSL_get_app_data(ssl) == c) {
        tg_connection_open(c)->refused = traits & ((1U << 24) - 1);
    }
}
