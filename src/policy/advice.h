/* Advice: what a developer should do, chosen from the operator's list. */
#ifndef TG_POLICY_ADVICE_H
#define TG_POLICY_ADVICE_H

#include "base/fault.h"
#include "tls/trait.h"

#include <apr_pools.h>
#include <apr_tables.h>
#include <regex.h>

/** How much of a user agent is matched, in bytes. */
#define TG_ADVICE_UA_MAX 1024

/** One TlsGateAdvice. Read-only once parsed. A condition that is not given is true. */
typedef struct {
    const char *text;
    const regex_t *ua;     /**< a POSIX extended regular expression, or NULL */
    const char *cause;     /**< or NULL */
    tg_traits_t protocols; /**< 0 for all */
} tg_advice_t;

/**
 * Reads `TEXT [ua=REGEX] [cause=NAME] [protocol=NAME]`.
 * @param pool owns the expression, which is freed with it
 * @return 1, or 0 with @p fault filled
 */
int tg_advice_parse(apr_pool_t *pool, int argc, const char *const *argv, tg_advice_t *out,
                    tg_fault_t *fault);

/**
 * The text of the first advice that matches; NULL if none does.
 * @param advice an array of tg_advice_t *, or NULL
 * @param ua     the user agent, or NULL, which no `ua=` matches
 * @param cause  why the client used what is deprecated, or NULL if unknown
 */
const char *tg_advice_find(const apr_array_header_t *advice, const char *ua, const char *cause,
                           tg_protocol_t protocol);

#endif
