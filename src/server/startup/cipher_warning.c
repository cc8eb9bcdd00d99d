/* Servers that are left without a cipher: see cipher_warning.h. */
#include "cipher_warning.h"

#include "server/base/kept_warning.h"

#include <apr_strings.h>

APLOG_USE_MODULE(tlsgate);

#define BINDING(gates, i) (&APR_ARRAY_IDX(gates, i, const tg_gate_ref_t *)->binding)

/* What the schedules reject or refuse together from an instant on. One of `any` retires the
 * host. */
static tg_traits_t rejected_from(const apr_array_header_t *gates, tg_instant_t t, tg_instant_t now)
{
    tg_traits_t traits = 0;
    int i;

    for (i = 0; i < gates->nelts; i++) {
        if (tg_binding_rejects_from(BINDING(gates, i), now) <= t) {
            traits |= BINDING(gates, i)->schedule->traits;
        }
    }
    return traits;
}

/* Clients of versions that are rejected as such are meant to have no cipher. */
static int leaves_no_cipher(const tg_protocol_support_t *support, tg_traits_t rejected)
{
    tg_traits_t old = support->versions & (TG_TRAIT_PROTOCOL(TG_PROTOCOL_WITHOUT_KX) - 1);

    return (old & ~rejected) != 0 && !tg_protocol_support_has_cipher_without(support, rejected);
}

/* The first that leaves none, with those before it; NULL if none does. */
static const tg_binding_t *find_last_straw(const apr_array_header_t *gates,
                                           const tg_protocol_support_t *support, tg_instant_t now)
{
    const tg_binding_t *found = NULL;
    tg_instant_t first = TG_NEVER;
    int i;

    for (i = 0; i < gates->nelts; i++) {
        const tg_binding_t *binding = BINDING(gates, i);
        tg_instant_t from = tg_binding_rejects_from(binding, now);

        if (from < first && (binding->schedule->traits & TG_TRAITS_CIPHER) != 0 &&
            leaves_no_cipher(support, rejected_from(gates, from, now))) {
            found = binding;
            first = from;
        }
    }
    return found;
}

void tg_cipher_warning(apr_pool_t *pool, const server_rec *s, const tg_protocol_support_t *support)
{
    tg_instant_t now = apr_time_sec(apr_time_now()), from;
    const tg_binding_t *binding = find_last_straw(tg_conf_gates_of_server(pool, s), support, now);
    int has_newer = (support->versions & TG_TRAIT_PROTOCOL(TG_PROTOCOL_WITHOUT_KX)) != 0;
    char buf[TG_INSTANT_STRLEN];

    if (binding) {
        from = tg_binding_rejects_from(binding, now);
        TG_LOG_KEPT(
            0056, APLOG_WARNING, 0, s,
            "%s: schedule %s turns away every client%s%s%s: it excludes every cipher that this "
            "server offers them; add one to SSLCipherSuite, such as ECDHE-RSA-AES128-GCM-SHA256%s",
            tg_conf_server_name(pool, s), binding->schedule->name,
            has_newer ? " before TLSv1.3" : "", from > now ? " from " : " now",
            from > now ? tg_instant_format(from, buf) : "",
            has_newer ? "" : ", or name TLSv1.3 in SSLProtocol");
    }
}
