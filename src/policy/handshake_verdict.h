/* The verdict about a handshake: which schedules a ClientHello concerns, and whether it is
 * refused.
 *
 * A handshake that may fail is decided by what the client offers and what the server accepts,
 * before a version is chosen.
 */
#ifndef TG_POLICY_HANDSHAKE_VERDICT_H
#define TG_POLICY_HANDSHAKE_VERDICT_H

#include "verdict.h"

#include "tls/hello.h"

/** What a client offers, as far as it decides. */
typedef struct {
    tg_traits_t versions;   /**< every protocol on offer that we know, as bits */
    int offers_newer;       /**< and one that is newer than all that we know */
    tg_protocol_t protocol; /**< that would be negotiated, or else the newest on offer */
    tg_traits_t negotiable; /**< the key exchanges and classes of ciphers that it may end in */
    int is_acme;            /**< a validation by RFC 8737, which no schedule concerns */
} tg_handshake_t;

/** How a schedule concerns a handshake, from the weakest. */
typedef enum {
    TG_CONCERN_NONE,
    TG_CONCERN_AGE,      /**< nothing newer is on offer than what it deprecates: if the handshake
                              fails, it is a sighting, but the schedule does not refuse it */
    TG_CONCERN_EXCHANGE, /**< it deprecates a key exchange or cipher that may be chosen: where it
                              refuses, the handshake has to do without */
    TG_CONCERN_VERSION   /**< it deprecates the version that would be negotiated */
} tg_concern_t;

/** @param accepted the versions that the server accepts */
tg_handshake_t tg_handshake_of(const tg_hello_t *hello, tg_traits_t accepted);

/** How one schedule concerns a handshake. */
tg_concern_t tg_handshake_concern(const tg_handshake_t *handshake, const tg_schedule_t *schedule);

/** The strongest concern of several bindings (of const tg_binding_t *). */
tg_concern_t tg_handshake_strongest(const tg_handshake_t *handshake,
                                    const apr_array_header_t *bindings);

/**
 * The outcomes that may be enforced: those of bindings whose schedule concerns the version, or a
 * key exchange or cipher that it refuses. If there are none, those of TG_CONCERN_AGE, not enforced.
 * @param bindings of const tg_binding_t *
 * @param subject  with `handshake` set
 * @param outcomes room for one per binding
 * @return how many were filled in; 0 if no schedule is concerned
 */
int tg_handshake_outcomes(const tg_handshake_t *handshake, const apr_array_header_t *bindings,
                          const tg_subject_t *subject, tg_outcome_t *outcomes);

/** 1 if the handshake is refused. @param decides by tg_verdict_decide() */
int tg_handshake_is_refused(const tg_outcome_t *decides);

/** The alerts of RFC 8446 section 6.2 by which a client is refused. */
#define TG_ALERT_HANDSHAKE_FAILURE 40
#define TG_ALERT_PROTOCOL_VERSION 70

/** What a handshake has to do without. */
typedef struct {
    int is_version;     /**< the version that would be negotiated, and all older ones */
    tg_traits_t traits; /**< of TG_TRAITS_NEGOTIATED: what may not be chosen; who offers something
                             else as well ends on that, and is served */
} tg_refusal_t;

/** What outcomes refuse together. @param outcomes by tg_handshake_outcomes() */
tg_refusal_t tg_handshake_refusal(const tg_handshake_t *handshake, const tg_outcome_t *outcomes,
                                  int n);

/** The alert for a client of that version that offers nothing else. */
int tg_refusal_alert(const tg_refusal_t *refusal, tg_protocol_t protocol);

#endif
