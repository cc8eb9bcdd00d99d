/* What a client offered, in the words of howsmyssl.com's /a/check. */
#ifndef TG_TLS_OFFERED_H
#define TG_TLS_OFFERED_H

#include "offer.h"

#include <jansson.h>

/**
 * Adds the facts of a hello to an object. Every member is present; all are null if @p offer
 * is NULL.
 */
void tg_offered_json(json_t *root, const tg_offer_t *offer);

/** Those on offer: `TLSv1.2 TLSv1.3`, from the oldest to the newest; NULL if @p offer is. */
const char *tg_offered_versions(apr_pool_t *pool, const tg_offer_t *offer);

/** The same as an array. */
json_t *tg_offered_versions_json(const tg_offer_t *offer);

/** The newest of them, also SSLv2; `no known version` if there is none. */
const char *tg_offered_max_version(const tg_offer_t *offer);

#endif
