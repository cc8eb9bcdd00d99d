/* The census: what a connection offered and what it got, as one number. */
#ifndef TG_LEDGER_CENSUS_H
#define TG_LEDGER_CENSUS_H

#include "tls/trait.h"

/** What tg_census_kind_t.offered says of a version that this program does not know. The file of the
 * ledger has it, so it stays when there is one more protocol. */
#define TG_CENSUS_NEWER 14U

/** What tg_census_kind_t.got says of a hello: every connection has one, also if the handshake
 * fails. It stays likewise. */
#define TG_CENSUS_HELLO 15U

/** Connections of one kind. */
typedef struct {
    unsigned offered; /**< tg_protocol_t, the newest on offer; unknown where no hello was seen */
    unsigned offers_post_quantum; /**< 1 if a post-quantum group was on offer */
    unsigned got;                 /**< tg_protocol_t, or TG_CENSUS_HELLO */
    unsigned group;               /**< by its number at IANA; 0: none, or unknown */
} tg_census_kind_t;

/** A number for it, never 0. */
uint32_t tg_census_pack(tg_census_kind_t kind);

/** The kind of such a number. */
tg_census_kind_t tg_census_unpack(uint32_t packed);

/** 1 if it is one that this program can have counted. */
int tg_census_is_known(tg_census_kind_t kind);

/** `TLSv1.3`, or `newer`, `unknown`. */
const char *tg_census_offered_name(unsigned offered);

/** 1 if a newer version was on offer than the one that this server chose. */
int tg_census_is_capped(tg_census_kind_t kind);

/** 1 if a post-quantum group was on offer, and none was chosen. */
int tg_census_is_classical_only_here(tg_census_kind_t kind);

#endif
