/* Advice: what a developer should do, chosen from the operator's list. */
#ifndef TG_POLICY_ADVICE_H
#define TG_POLICY_ADVICE_H

#include "base/fault.h"
#include "tls/offer.h"

#include <apr_pools.h>
#include <apr_tables.h>
#include <regex.h>

/** How much of a user agent is matched, in bytes. */
#define TG_ADVICE_UA_MAX 1024

/** One TlsGateAdvice. Read-only once parsed. A condition that is not given is true. */
typedef struct {
    const char *text;
    const regex_t *ua;          /**< a POSIX extended regular expression, or NULL */
    const char *cause;          /**< or NULL */
    tg_traits_t protocols;      /**< 0 for all */
    apr_array_header_t *ja4s;   /**< of const char *, how a JA4 begins; or NULL */
    apr_array_header_t *groups; /**< of uint16_t, by their numbers at IANA; or NULL */
} tg_advice_t;

/** The client that is to be advised. Nothing in it is kept. */
typedef struct {
    const char *ua;          /**< the user agent, or NULL, which no `ua=` matches */
    const char *cause;       /**< why it used what is deprecated, or NULL if unknown */
    tg_protocol_t protocol;  /**< that it used, or would have */
    const tg_offer_t *offer; /**< or NULL if unknown */
    unsigned group;          /**< of its key exchange, by its number; 0: none, or unknown */
    /** Its JA4, or NULL if unknown. A JA4 costs more than the rest: it is asked for once at most,
     * and only where a line has `ja4=` and all its other conditions hold. */
    const char *(*ja4)(void *context);
    void *context;
} tg_advice_client_t;

/**
 * Reads `TEXT [ua=REGEX] [cause=NAME] [protocol=NAME]... [ja4=PREFIX]... [group=NAME]...`.
 * @param pool owns what is read, and is its life
 * @return 1, or 0 with @p fault filled
 */
int tg_advice_parse(apr_pool_t *pool, int argc, const char *const *argv, tg_advice_t *out,
                    tg_fault_t *fault);

/**
 * The text of the first advice that matches; NULL if none does.
 * @param advice an array of tg_advice_t *, or NULL
 */
const char *tg_advice_find(const apr_array_header_t *advice, const tg_advice_client_t *client);

#endif
