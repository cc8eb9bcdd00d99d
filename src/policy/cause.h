/* Causes: why a client came over what is deprecated. */
#ifndef TG_POLICY_CAUSE_H
#define TG_POLICY_CAUSE_H

#include "schedule.h"

#include "tls/offer.h"

typedef enum {
    TG_CAUSE_NONE,          /**< unknown, or nothing to say */
    TG_CAUSE_OLD,           /**< it shows no sign of supporting better */
    TG_CAUSE_PINNED,        /**< its library supports better, but is configured not to use it */
    TG_CAUSE_SERVER_CAPPED, /**< it offered better, but this server did not accept it */
    TG_CAUSE_FALLBACK,      /**< it tried better first, failed, and retried (RFC 7507) */
    TG_CAUSE_CAPABLE,       /**< it offered a better key exchange */
    TG_CAUSES
} tg_cause_t;

/** Every name that tg_cause_parse() accepts, for messages: `old, pinned, ...`. In @p pool. */
const char *tg_cause_names(apr_pool_t *pool);

/** The name of a cause, `server-capped`; NULL for TG_CAUSE_NONE. */
const char *tg_cause_name(tg_cause_t cause);

/** The cause of that name; TG_CAUSES if there is none. */
tg_cause_t tg_cause_parse(const char *name);

/**
 * The newest version that the client's library is known to support, by what only such
 * libraries send; at least what it offers. Costs some thousand instructions, so call it
 * once per connection.
 * @return TG_PROTOCOL_UNKNOWN if @p offer is NULL
 */
tg_protocol_t tg_cause_evidence(const tg_offer_t *offer);

/**
 * Why a client comes over what a schedule deprecates.
 * @param offer       or NULL if unknown
 * @param known       tg_cause_evidence() of it
 * @param protocol    what was negotiated, or would have been
 * @param traits      of the connection
 * @param established 0 if the handshake failed
 */
tg_cause_t tg_cause_of(const tg_offer_t *offer, tg_protocol_t known, tg_protocol_t protocol,
                       tg_traits_t traits, int established, const tg_schedule_t *schedule);

/**
 * One sentence for the developer of the client; NULL for what does not concern
 * them: that this server did not accept what was offered.
 * @param known  tg_cause_evidence() of the offer
 * @param reason why the schedule deprecates the connection
 * @param needed the version that the client has to use, which another schedule may demand;
 *               TG_PROTOCOLS: none
 */
const char *tg_cause_sentence(apr_pool_t *pool, tg_cause_t cause, const tg_offer_t *offer,
                              tg_protocol_t known, tg_reason_t reason, tg_protocol_t needed);

#endif
