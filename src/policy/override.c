/* Overrides and exemptions: see override.h. */
#include "override.h"

#include "base/rows.h"

#include <apr_strings.h>

const char *tg_override_kind_name(tg_override_kind_t kind)
{
    static const char *const kind_names[] = { "none", "suspend", "trial", "guard" };
    TG_ROWS_ARE(kind_names, TG_OVERRIDE_KINDS);

    return kind_names[kind];
}

/* A suspend serves clients as a stop does, and a trial that is made afterwards overrides the stop.
 * */
static int goes_before_stop(const tg_override_t *o, tg_override_kind_t by_hand)
{
    return by_hand == TG_OVERRIDE_SUSPEND ||
           (by_hand == TG_OVERRIDE_TRIAL && o->since >= o->stopped_at);
}

tg_override_kind_t tg_override_active(const tg_override_t *o, tg_instant_t t)
{
    tg_override_kind_t by_hand = o && t < o->until ? o->kind : TG_OVERRIDE_NONE;

    return o && t < o->stopped_until && !goes_before_stop(o, by_hand) ? TG_OVERRIDE_GUARD : by_hand;
}

int tg_override_is_stopped(const tg_override_t *o, tg_instant_t t)
{
    return o && t < o->stopped_until && tg_override_active(o, t) != TG_OVERRIDE_TRIAL;
}

tg_instant_t tg_override_end(const tg_override_t *o, tg_instant_t t)
{
    switch (tg_override_active(o, t)) {
    case TG_OVERRIDE_GUARD:
        return o->stopped_until;
    case TG_OVERRIDE_SUSPEND:
    case TG_OVERRIDE_TRIAL:
        return o->until;
    case TG_OVERRIDE_NONE:
    case TG_OVERRIDE_KINDS:
        break;
    }
    return TG_NEVER;
}

int tg_override_has_exempt(const tg_override_t *o, tg_instant_t t)
{
    return o && t < o->proxied_until;
}

int tg_override_resumes(const tg_override_t *o, tg_instant_t at)
{
    return o && o->resumed >= at;
}

/** The exemptions from one schedule. Of equal ones only the longest is kept. */
typedef struct {
    apr_hash_t *clients;        /**< of tg_exemption_t, by client */
    apr_hash_t *networks;       /**< of tg_exemption_t, by network */
    unsigned char used[2][129]; /**< of IPv4 and IPv6: the numbers of bits that networks have */
} exempt_t;

const tg_override_t *tg_override_find(const tg_override_set_t *set, const char *schedule)
{
    return set ? apr_hash_get(set->overrides, schedule, APR_HASH_KEY_STRING) : NULL;
}

tg_override_set_t *tg_override_set_create(apr_pool_t *pool)
{
    tg_override_set_t *set = apr_palloc(pool, sizeof(*set));

    set->overrides = apr_hash_make(pool);
    set->exemptions = apr_hash_make(pool);
    return set;
}

tg_override_t *tg_override_of(tg_override_set_t *set, const char *schedule)
{
    static const tg_override_t nothing = { NULL,      TG_OVERRIDE_NONE, TG_NEVER,  TG_NEVER,
                                           TG_NEVER,  TG_NEVER,         TG_ALWAYS, TG_ALWAYS,
                                           TG_ALWAYS, TG_ALWAYS,        TG_ALWAYS };
    tg_override_t *o = apr_hash_get(set->overrides, schedule, APR_HASH_KEY_STRING);

    if (!o) {
        o = apr_pmemdup(apr_hash_pool_get(set->overrides), &nothing, sizeof(nothing));
        o->schedule = schedule;
        apr_hash_set(set->overrides, schedule, APR_HASH_KEY_STRING, o);
    }
    return o;
}

static exempt_t *exempt_of(tg_override_set_t *set, const char *schedule)
{
    exempt_t *exempt = apr_hash_get(set->exemptions, schedule, APR_HASH_KEY_STRING);

    if (!exempt) {
        apr_pool_t *pool = apr_hash_pool_get(set->exemptions);

        exempt = apr_pcalloc(pool, sizeof(*exempt));
        exempt->clients = apr_hash_make(pool);
        exempt->networks = apr_hash_make(pool);
        apr_hash_set(set->exemptions, schedule, APR_HASH_KEY_STRING, exempt);
    }
    return exempt;
}

static void keep_longest(apr_hash_t *hash, const void *key, apr_ssize_t length,
                         const tg_exemption_t *e)
{
    const tg_exemption_t *before = apr_hash_get(hash, key, length);

    if (!before || e->until > before->until) {
        apr_hash_set(hash, key, length, e);
    }
}

void tg_override_heed(tg_override_set_t *set, const tg_exemption_t *e)
{
    tg_override_t *o = tg_override_of(set, e->schedule);

    if (!e->network) {
        o->refuse_waits_until = e->until > o->refuse_waits_until ? e->until : o->refuse_waits_until;
    }
    o->proxied_until = e->until > o->proxied_until ? e->until : o->proxied_until;
}

static void index_exemption(tg_override_set_t *set, const tg_exemption_t *e)
{
    exempt_t *exempt = exempt_of(set, e->schedule);

    if (e->network) {
        keep_longest(exempt->networks, e->network, sizeof(*e->network), e);
        exempt->used[e->network->length == 16][e->network->bits] = 1;
    }
    else {
        keep_longest(exempt->clients, e->client, APR_HASH_KEY_STRING, e);
    }
}

void tg_override_exempt(tg_override_set_t *set, const tg_exemption_t *exemption)
{
    const tg_exemption_t *e =
        apr_pmemdup(apr_hash_pool_get(set->overrides), exemption, sizeof(*exemption));

    index_exemption(set, e);
    tg_override_heed(set, e);
}

const tg_override_set_t *tg_override_set_with(apr_pool_t *pool, const tg_override_set_t *set,
                                              const apr_array_header_t *exemptions)
{
    tg_override_set_t *with;
    int i;

    if (!exemptions) {
        return set;
    }
    with = apr_pmemdup(pool, set, sizeof(*set));
    with->exemptions = apr_hash_make(pool);
    for (i = 0; i < exemptions->nelts; i++) {
        index_exemption(with, &APR_ARRAY_IDX(exemptions, i, const tg_exemption_t));
    }
    return with;
}

void tg_override_stop(tg_override_t *o, tg_instant_t at, tg_instant_t until)
{
    if (!tg_override_resumes(o, at)) {
        o->stopped_at = at;
        o->stopped_until = until;
    }
}

const tg_override_set_t *tg_override_set_stopped(apr_pool_t *pool, const tg_override_set_t *set,
                                                 const char *schedule, tg_instant_t at,
                                                 tg_instant_t until)
{
    const tg_override_t *before = tg_override_find(set, schedule);
    tg_override_set_t *stopped;
    tg_override_t *o;

    if (tg_override_resumes(before, at)) {
        return set;
    }
    stopped = set ? apr_pmemdup(pool, set, sizeof(*set)) : tg_override_set_create(pool);
    if (set) {
        stopped->overrides = apr_hash_copy(pool, set->overrides);
    }
    if (before) { /* others share what is in the set */
        o = apr_pmemdup(pool, before, sizeof(*before));
        apr_hash_set(stopped->overrides, o->schedule, APR_HASH_KEY_STRING, o);
    }
    o = tg_override_of(stopped, before ? before->schedule : apr_pstrdup(pool, schedule));
    tg_override_stop(o, at, until);
    return stopped;
}

const tg_override_set_t *tg_override_set_proxied(apr_pool_t *pool, const tg_override_set_t *set)
{
    tg_override_set_t *proxied;
    apr_hash_index_t *i;

    if (!set) {
        return NULL;
    }
    proxied = apr_pmemdup(pool, set, sizeof(*set));
    proxied->overrides = apr_hash_make(pool);
    for (i = apr_hash_first(pool, set->overrides); i; i = apr_hash_next(i)) {
        tg_override_t *o = apr_pmemdup(pool, apr_hash_this_val(i), sizeof(*o));

        o->refuse_waits_until = o->proxied_until;
        apr_hash_set(proxied->overrides, o->schedule, APR_HASH_KEY_STRING, o);
    }
    return proxied;
}

/* From one address to ever larger networks, as far as there are any. */
static const tg_exemption_t *find_network(const exempt_t *exempt, const apr_sockaddr_t *address,
                                          tg_instant_t t)
{
    tg_network_t network = tg_network_of(address);
    const unsigned char *used = exempt->used[network.length == 16];
    const tg_exemption_t *found = NULL;
    unsigned bits;

    for (bits = network.bits; bits > 0; bits--) {
        const tg_exemption_t *e = NULL;

        if (used[bits]) {
            tg_network_widen(&network, bits);
            e = apr_hash_get(exempt->networks, &network, sizeof(network));
        }
        if (e && t < e->until && (!found || e->until > found->until)) {
            found = e;
        }
    }
    return found;
}

const tg_exemption_t *tg_exemption_find(const tg_override_set_t *set, const char *schedule,
                                        const char *client, apr_sockaddr_t *address, tg_instant_t t)
{
    const exempt_t *exempt =
        set ? apr_hash_get(set->exemptions, schedule, APR_HASH_KEY_STRING) : NULL;
    const tg_exemption_t *by_client = NULL, *by_network;

    if (!exempt) {
        return NULL;
    }
    if (client) {
        by_client = apr_hash_get(exempt->clients, client, APR_HASH_KEY_STRING);
    }
    if (by_client && by_client->until <= t) {
        by_client = NULL;
    }
    by_network = address ? find_network(exempt, address, t) : NULL;
    return by_network && (!by_client || by_network->until > by_client->until) ? by_network
                                                                              : by_client;
}

int tg_exemption_has_network(apr_pool_t *pool, const tg_override_set_t *set, const char *schedule,
                             tg_instant_t t)
{
    const exempt_t *exempt =
        set ? apr_hash_get(set->exemptions, schedule, APR_HASH_KEY_STRING) : NULL;
    apr_hash_index_t *i = exempt ? apr_hash_first(pool, exempt->networks) : NULL;

    for (; i; i = apr_hash_next(i)) {
        if (t < ((const tg_exemption_t *)apr_hash_this_val(i))->until) {
            return 1;
        }
    }
    return 0;
}
