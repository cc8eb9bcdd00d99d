/* Overrides and exemptions: see override.h. */
#include "override.h"

#include "base/rows.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

const char *tg_override_kind_name(tg_override_kind_t kind)
{
    static const char *const kind_names[] = { "none", "suspend", "trial" };
    TG_ROWS_ARE(kind_names, TG_OVERRIDE_KINDS);

    return kind_names[kind];
}

tg_override_kind_t tg_override_active(const tg_override_t *o, tg_instant_t t)
{
    return o && t < o->until ? o->kind : TG_OVERRIDE_NONE;
}

const tg_override_t *tg_override_find(const tg_override_set_t *set, const char *schedule)
{
    int i;

    for (i = 0; set && i < set->overrides->nelts; i++) {
        const tg_override_t *o = &APR_ARRAY_IDX(set->overrides, i, tg_override_t);

        if (strcmp(o->schedule, schedule) == 0) {
            return o;
        }
    }
    return NULL;
}

tg_override_set_t *tg_override_set_create(apr_pool_t *pool)
{
    tg_override_set_t *set = apr_palloc(pool, sizeof(*set));

    set->overrides = apr_array_make(pool, 4, sizeof(tg_override_t));
    set->exemptions = apr_array_make(pool, 4, sizeof(tg_exemption_t));
    return set;
}

tg_override_t *tg_override_of(tg_override_set_t *set, const char *schedule)
{
    static const tg_override_t nothing = { NULL,     TG_OVERRIDE_NONE, TG_NEVER,  TG_NEVER,
                                           TG_NEVER, TG_NEVER,         TG_ALWAYS, TG_ALWAYS };
    tg_override_t *o;
    int i;

    for (i = 0; i < set->overrides->nelts; i++) {
        o = &APR_ARRAY_IDX(set->overrides, i, tg_override_t);
        if (strcmp(o->schedule, schedule) == 0) {
            return o;
        }
    }
    o = apr_array_push(set->overrides);
    *o = nothing;
    o->schedule = schedule;
    return o;
}

void tg_override_exempt(tg_override_set_t *set, const tg_exemption_t *exemption)
{
    tg_override_t *o = tg_override_of(set, exemption->schedule);

    APR_ARRAY_PUSH(set->exemptions, tg_exemption_t) = *exemption;
    if (!exemption->network && exemption->until > o->refuse_waits_until) {
        o->refuse_waits_until = exemption->until;
    }
    if (exemption->until > o->proxied_until) {
        o->proxied_until = exemption->until;
    }
}

const tg_override_set_t *tg_override_set_proxied(apr_pool_t *pool, const tg_override_set_t *set)
{
    tg_override_set_t *proxied;
    int i;

    if (!set) {
        return NULL;
    }
    proxied = apr_pmemdup(pool, set, sizeof(*set));
    proxied->overrides = apr_array_copy(pool, set->overrides);
    for (i = 0; i < proxied->overrides->nelts; i++) {
        tg_override_t *o = &APR_ARRAY_IDX(proxied->overrides, i, tg_override_t);

        o->refuse_waits_until = o->proxied_until;
    }
    return proxied;
}

static int exemption_matches(const tg_exemption_t *e, const char *client, apr_sockaddr_t *address)
{
    if (e->network) {
        return address && apr_ipsubnet_test(e->network, address);
    }
    return client && strcmp(e->client, client) == 0;
}

const tg_exemption_t *tg_exemption_find(const tg_override_set_t *set, const char *schedule,
                                        const char *client, apr_sockaddr_t *address, tg_instant_t t)
{
    const tg_exemption_t *found = NULL;
    int i;

    for (i = 0; set && i < set->exemptions->nelts; i++) {
        const tg_exemption_t *e = &APR_ARRAY_IDX(set->exemptions, i, tg_exemption_t);

        if (t < e->until && strcmp(e->schedule, schedule) == 0 &&
            exemption_matches(e, client, address) && (!found || e->until > found->until)) {
            found = e;
        }
    }
    return found;
}

/* How many bits the address has; 0 if it is not an address. */
static int address_bits(const char *text)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, text, bytes) == 1    ? 32
           : inet_pton(AF_INET6, text, bytes) == 1 ? 128
                                                   : 0;
}

int tg_exemption_is_network(apr_pool_t *pool, const char *text)
{
    const char *slash = strchr(text, '/');
    const char *bits = slash ? slash + 1 : NULL;
    int most = address_bits(slash ? apr_pstrmemdup(pool, text, (apr_size_t)(slash - text)) : text);
    size_t digits = bits ? strspn(bits, "0123456789") : 0;

    if (!bits) {
        return most > 0;
    }
    return digits > 0 && digits <= 3 && bits[digits] == '\0' && strtol(bits, NULL, 10) >= 1 &&
           strtol(bits, NULL, 10) <= most;
}
