/* What a caller of tlsgate-verify found out about itself, and the page that tells people. */
#ifndef TG_SERVER_PAGES_VERIFY_FRAME_H
#define TG_SERVER_PAGES_VERIFY_FRAME_H

#include "report/frame.h"
#include "server/request/decision.h"
#include "server/request/negotiate.h"

/** What the answer is made from; made and read by the thread of the request, in its pool. */
typedef struct {
    request_rec *r;
    const tg_decision_t *d;
    tg_outcome_t *outcomes; /**< those of announced schedules */
    int count;
    tg_instant_t breaks;  /**< when this caller is rejected for good */
    tg_interval_t trial;  /**< the next that concerns this caller; starts at TG_NEVER: none */
    tg_cause_t cause;     /**< of the schedule that decides, as far as the caller may know it */
    tg_protocol_t needed; /**< the version to use; TG_PROTOCOLS: a version is not the reason */
    const char *why;      /**< the cause in a sentence */
    const char *advice;
    tg_traits_t announced;        /**< what the host retires, as far as the caller may know it */
    const tg_schedule_t *retires; /**< the next to be rejected for good, or the last; or NULL */
    const apr_array_header_t *history; /**< tg_verify_history() */
    tg_instant_t retired;              /**< that date; TG_NEVER if it has none */
} tg_self_test_t;

/** The negotiated cipher by its name at IANA; NULL over plain HTTP. */
const char *tg_self_test_cipher(const tg_self_test_t *t);

/**
 * What overrides an outcome if TlsGateGuard stopped a trial in which this caller would be
 * rejected, or keeps all of them from running; else NULL.
 */
const tg_override_t *tg_self_test_stopped(const tg_self_test_t *t, const tg_outcome_t *outcome);

/** Fills a page for people. */
void tg_verify_frame_fill(tg_frame_t *frame, const tg_self_test_t *t, tg_type_t type);

#endif
