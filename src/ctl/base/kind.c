/* Kinds of clients: see place.h. */
#include "place.h"

tg_ctl_kind_t tg_ctl_kind_of(tg_protocol_t protocol)
{
    const tg_ctl_kind_t kind = { .name = tg_protocol_name(protocol),
                                 .protocol = protocol,
                                 .traits = TG_TRAIT_PROTOCOL(protocol) };

    return kind;
}

/* A key exchange is met with the newest version that has it. */
static void add_other_kind(apr_array_header_t *kinds, const char *name, tg_traits_t traits,
                           const tg_schedule_t *expr)
{
    tg_ctl_kind_t *kind = apr_array_push(kinds);

    kind->has_any_expr = 0;
    kind->name = name;
    kind->protocol = (traits & tg_trait_negotiable(TG_PROTOCOL_NEWEST)) != 0 ? TG_PROTOCOL_NEWEST
                                                                             : TG_PROTOCOL_TLS1_2;
    kind->traits = traits;
    kind->expr = expr;
}

apr_array_header_t *tg_ctl_kinds(apr_pool_t *pool, const tg_schedule_t *schedule)
{
    apr_array_header_t *kinds = apr_array_make(pool, 4, sizeof(tg_ctl_kind_t));
    int bit;

    for (bit = 0; bit < 32; bit++) {
        tg_traits_t trait = schedule->traits & (tg_traits_t)1 << bit;

        if (trait && bit < TG_PROTOCOLS) {
            APR_ARRAY_PUSH(kinds, tg_ctl_kind_t) = tg_ctl_kind_of((tg_protocol_t)bit);
        }
        else if (trait && schedule->traits != TG_TRAIT_ANY) {
            add_other_kind(kinds, tg_trait_name(bit), trait, NULL);
        }
    }
    if (schedule->has_expr && schedule->traits != TG_TRAIT_ANY) {
        add_other_kind(kinds, "expr", 0, schedule);
    }
    return kinds;
}
