/* Post-quantum groups that are not there: see group_warning.h. */
#include "group_warning.h"

#include "server/base/conf.h"
#include "server/base/kept_warning.h"

#include <apr_strings.h>
#include <openssl/crypto.h>

APLOG_USE_MODULE(tlsgate);

/* Why a server has no such group, and what would help. */
static const char *missing_group(apr_pool_t *pool, const tg_main_conf_t *main_conf,
                                 const tg_protocol_support_t *support)
{
    if (main_conf->lacks_post_quantum) {
        return apr_pstrcat(pool, OpenSSL_version(OPENSSL_VERSION),
                           " has no post-quantum group; run httpd with OpenSSL 3.5 or newer", NULL);
    }
    if (support && !(support->versions & TG_TRAIT_PROTOCOL(TG_PROTOCOL_TLS1_3))) {
        return "this server does not accept TLSv1.3, which post-quantum groups need; name it in "
               "SSLProtocol";
    }
    if (support && support->lacks_groups) {
        return "none of the groups that SSLOpenSSLConfCmd, or the configuration of OpenSSL, names "
               "is post-quantum; write SSLOpenSSLConfCmd Groups X25519MLKEM768:X25519 in the first "
               "virtual host of that address";
    }
    return NULL;
}

static void warn_of_group(apr_pool_t *pool, const server_rec *s, const tg_binding_t *binding,
                          const char *missing)
{
    tg_instant_t now = apr_time_sec(apr_time_now()), from = tg_binding_rejects_from(binding, now);
    char buf[TG_INSTANT_STRLEN];

    if (from != TG_NEVER) {
        TG_LOG_KEPT(
            0055, APLOG_WARNING, 0, s,
            "%s: schedule %s rejects every client%s%s: it deprecates kx=classical, and %s, or "
            "write TlsGate %s report-only until then",
            tg_conf_server_name(pool, s), binding->schedule->name, from > now ? " from " : " now",
            from > now ? tg_instant_format(from, buf) : "", missing, binding->schedule->name);
    }
}

static void warn_server_groups(apr_pool_t *pool, const server_rec *s, const char *missing)
{
    const apr_array_header_t *gates = tg_conf_gates_of_server(pool, s);
    int i;

    for (i = 0; i < gates->nelts; i++) {
        const tg_binding_t *binding = &APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *)->binding;

        if (binding->schedule->traits != TG_TRAIT_ANY &&
            (binding->schedule->traits & TG_TRAIT_KX_CLASSICAL)) {
            warn_of_group(pool, s, binding, missing);
        }
    }
}

static void warn_server(apr_pool_t *pool, const server_rec *s, const tg_accepted_t *accepted)
{
    tg_protocol_support_t support;
    int is_known = tg_accepted_of(accepted, s, &support);
    const char *missing =
        missing_group(pool, tg_conf_of_server(s)->main_conf, is_known ? &support : NULL);

    if (missing) {
        warn_server_groups(pool, s, missing);
    }
}

void tg_group_warning(apr_pool_t *pool, server_rec *main_server, const tg_accepted_t *accepted)
{
    tg_main_conf_t *main_conf = tg_conf_of_server(main_server)->main_conf;
    const server_rec *s;
    apr_pool_t *scratch;

    if (!(main_conf->own_traits & TG_TRAIT_KX_CLASSICAL)) {
        return;
    }
    apr_pool_create(&scratch, pool);
    for (s = main_server; s; s = s->next) {
        if (tg_accepted_is_tls(accepted, s) && tg_conf_has_gates(s)) {
            warn_server(scratch, s, accepted);
            apr_pool_clear(scratch);
        }
    }
    apr_pool_destroy(scratch);
}
