/* What a line of a log tells of one request or failed handshake, whoever wrote that log.
 *
 * Readers of logs fill it (src/source), tallies count it (src/tally). Its texts point into
 * the line, and are valid until the next one is read. They are valid UTF-8 without escapes, but may
 * hold any character: make them printable before they are printed.
 */
#ifndef TG_FORMAT_RECORD_H
#define TG_FORMAT_RECORD_H

#include "policy/cause.h"
#include "policy/phase.h"
#include "policy/verdict.h"

#include <stdint.h>

/** A text with a length and no NUL. Its length is 0 where the log does not tell. */
typedef struct {
    const char *at;
    uint32_t length;
} tg_span_t;

/** All zero: the log tells nothing. */
typedef struct {
    int64_t time;      /**< seconds since 1970 */
    tg_span_t client;  /**< as `kind:value`; a reader of a foreign log makes `ip:` of the address */
    tg_span_t address; /**< as it was stored: full, cut or a hash */
    tg_span_t user_agent;
    tg_span_t host; /**< of the request, or else of the handshake */
    tg_span_t path; /**< of the request, without its query, as it was written */
    tg_span_t ja4;
    tg_span_t schedule; /**< that decided */
    tg_span_t advice;
    tg_span_t group;        /**< of the key exchange, by its name at IANA */
    tg_span_t cipher;       /**< by its name at IANA */
    tg_protocol_t protocol; /**< TG_PROTOCOL_UNKNOWN also if the log does not say */
    tg_cause_t cause;
    tg_phase_t phase;           /**< of that schedule; meaningful only with a schedule */
    tg_action_t action;         /**< the verdict; only with a schedule too */
    int is_enforced;            /**< the action was carried out */
    int is_exempt;              /**< an exemption or override changed the phase or action */
    tg_override_kind_t by_hand; /**< what overrode its dates, a stop by TlsGateGuard too; none for
                                   a postponement */
    int is_test;                /**< tlsgate-verify answered */
    int is_failed;              /**< the handshake ended in an alert: `client` is an address */
    int status;                 /**< of the answer; 0: there was none */
} tg_record_t;

#endif
