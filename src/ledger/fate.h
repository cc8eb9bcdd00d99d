/* What became of a request, as the ledger counts it. */
#ifndef TG_LEDGER_FATE_H
#define TG_LEDGER_FATE_H

#include "policy/verdict.h"

/** From the mildest to the strictest. A handshake is counted only where it is refused. */
typedef enum {
    TG_FATE_NONE, /**< no schedule deprecates it */
    TG_FATE_OBSERVE,
    TG_FATE_WARN,
    TG_FATE_WOULD_REJECT, /**< served, since its rejection is not enforced: report-only, or a path
                               that is left open */
    TG_FATE_REJECT,
    TG_FATE_REFUSE, /**< a handshake, and no request */
    TG_FATES
} tg_fate_t;

/** A number for each protocol and fate. */
typedef struct {
    uint64_t n[TG_PROTOCOLS][TG_FATES];
} tg_counts_t;

/** `none`, `observe`, `warn`, `would-reject`, `reject` or `refuse`. */
const char *tg_fate_name(tg_fate_t fate);

/** What one schedule makes of a request or handshake; none if @p outcome is NULL. */
tg_fate_t tg_fate_of(const tg_outcome_t *outcome);

/** The requests of one protocol, without refused handshakes. */
uint64_t tg_counts_requests(const tg_counts_t *counts, tg_protocol_t protocol);

/** The requests of all protocols. */
uint64_t tg_counts_all_requests(const tg_counts_t *counts);

/** What had that fate, of all protocols. */
uint64_t tg_counts_of_fate(const tg_counts_t *counts, tg_fate_t fate);

/** Adds @p more, whose numbers may be negative: sums wrap, and are right in the end. */
void tg_counts_add(tg_counts_t *counts, const tg_counts_t *more);

#endif
