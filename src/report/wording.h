/* Dates, protocols and phases as people write them, for pages. */
#ifndef TG_REPORT_WORDING_H
#define TG_REPORT_WORDING_H

#include "policy/cause.h"
#include "policy/phase.h"

/** `Tue 10 Jul 2018`, in UTC and in @p pool. */
const char *tg_wording_day(apr_pool_t *pool, tg_instant_t t);

/** `09:00`, with seconds only if there are some. */
const char *tg_wording_hour(apr_pool_t *pool, tg_instant_t t);

/** Both: `Tue 10 Jul 2018, 09:00 UTC`. */
const char *tg_wording_instant(apr_pool_t *pool, tg_instant_t t);

/** `1,234,567`, in @p pool. */
const char *tg_wording_count(apr_pool_t *pool, uint64_t n);

/** `1 client`, `1,234 clients`: a count with what is counted, which takes an s. In @p pool. */
const char *tg_wording_number(apr_pool_t *pool, uint64_t n, const char *singular);

/** `every hour`, `every 90 min`: how often something happens. In @p pool. */
const char *tg_wording_every(apr_pool_t *pool, int64_t seconds);

/** `TLS 1.0`, `plain HTTP`: what a request came over. In @p pool. */
const char *tg_wording_protocol(apr_pool_t *pool, tg_protocol_t protocol);

/** The same with the spelling of httpd beside it: `TLS 1.0 (TLSv1)`. */
const char *tg_wording_protocol_both(apr_pool_t *pool, tg_protocol_t protocol);

/**
 * The label of the instant from which handshakes are refused.
 * @param is_capable the client offered something better, which it gets then if the server has it
 */
const char *tg_wording_refused(int is_capable);

/** What happens to such requests in a phase: `such requests are still served`. */
const char *tg_wording_phase(tg_phase_t phase);

/** A cause, for others than the developer: `A setting of it keeps ...`; NULL for none. */
const char *tg_wording_cause(tg_cause_t cause);

/**
 * A phase with its end and what follows: `trial until 2018-07-10T10:23:00Z, then announced`.
 * @param change when it ends; TG_NEVER if it stays
 */
const char *tg_wording_course(apr_pool_t *pool, tg_phase_t phase, tg_instant_t change,
                              tg_phase_t next);

/** What the names in tg_wording_course() mean: `Trial: such requests are rejected ...` */
const char *tg_wording_phases(apr_pool_t *pool, tg_phase_t phase, tg_instant_t change,
                              tg_phase_t next);

#endif
