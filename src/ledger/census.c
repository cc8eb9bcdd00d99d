/* The census: see census.h. */
#include "census.h"

#include "tls/registry.h"

/* Four bits for a version, one for the offer, four for what was taken, sixteen for the group. */
#define GOT_SHIFT 5
#define GROUP_SHIFT 9
#define VERSION_MASK 0xFU
#define GROUP_MAX 0xFFFFU
_Static_assert(TG_PROTOCOLS <= TG_CENSUS_NEWER, "no protocol has the number of something else");
_Static_assert(TG_CENSUS_HELLO <= VERSION_MASK, "a version has four bits");

uint32_t tg_census_pack(tg_census_kind_t kind)
{
    return 1 + (kind.offered | kind.offers_post_quantum << 4 | kind.got << GOT_SHIFT |
                kind.group << GROUP_SHIFT);
}

tg_census_kind_t tg_census_unpack(uint32_t packed)
{
    uint32_t bits = packed - 1;

    return (tg_census_kind_t){ bits & VERSION_MASK, bits >> 4 & 1, bits >> GOT_SHIFT & VERSION_MASK,
                               bits >> GROUP_SHIFT };
}

int tg_census_is_known(tg_census_kind_t kind)
{
    return (kind.offered < TG_PROTOCOLS || kind.offered == TG_CENSUS_NEWER) &&
           (kind.got < TG_PROTOCOLS || kind.got == TG_CENSUS_HELLO) && kind.group <= GROUP_MAX;
}

const char *tg_census_offered_name(unsigned offered)
{
    return offered >= TG_PROTOCOLS ? "newer" : tg_protocol_name((tg_protocol_t)offered);
}

int tg_census_is_capped(tg_census_kind_t kind)
{
    return kind.got != TG_CENSUS_HELLO && kind.offered > kind.got && kind.got >= TG_PROTOCOL_OLDEST;
}

int tg_census_is_classical_only_here(tg_census_kind_t kind)
{
    return kind.got != TG_CENSUS_HELLO && kind.offers_post_quantum &&
           !tg_registry_group_is_post_quantum(kind.group);
}
