/* Filling a tally with what was counted elsewhere, by a database: sums in place of records.
 *
 * The join follows, as after records.
 */
#ifndef TG_TALLY_TALLY_FILL_H
#define TG_TALLY_TALLY_FILL_H

#include "tally.h"

/** A number of requests or handshakes. */
typedef struct {
    tg_protocol_t protocol;
    tg_cause_t cause;
    uint64_t count, refused; /**< refused: of requests those that were rejected */
    tg_instant_t first, last;
} tg_tally_sum_t;

/** Adds requests of a client with one protocol and cause. */
void tg_tally_fill_client(tg_tally_t *tally, tg_span_t client, const tg_tally_sum_t *sum);

/**
 * Adds requests of one period, and notes them as visits.
 * @param record the first of them
 */
void tg_tally_fill_visits(tg_tally_t *tally, const tg_record_t *record, uint64_t count,
                          tg_instant_t last);

/** Notes the time of a record that is not counted otherwise. */
void tg_tally_fill_latest(tg_tally_t *tally, tg_instant_t time);

/** Adds a text with which a client came last then. */
void tg_tally_fill_text(tg_tally_t *tally, tg_tally_client_t *client, tg_tally_kind_t kind,
                        tg_span_t text, int64_t last);

/** Sets the last advice and JA4 of a client, and when each was. Empty: there is none. */
void tg_tally_fill_last(tg_tally_t *tally, tg_tally_client_t *client, tg_span_t advice,
                        int64_t advice_at, tg_span_t ja4, int64_t ja4_at);

/** Sets what tg_trials_seen() tells of a client, by the place of the trial. */
void tg_tally_fill_trial(tg_tally_t *tally, const tg_tally_client_t *client, int trial,
                         unsigned seen);

/** Adds requests of a day, counted since 1970. */
void tg_tally_fill_day(tg_tally_t *tally, int64_t day, tg_protocol_t protocol, uint64_t count);

/** Adds handshakes that failed. */
void tg_tally_fill_failed(tg_tally_t *tally, tg_span_t client, tg_span_t ja4, tg_span_t host,
                          const tg_tally_sum_t *sum);

/** A client was seen with an address and a JA4. */
void tg_tally_fill_seen(tg_tally_t *tally, tg_span_t address, tg_span_t ja4, tg_span_t client);

/** The sums, which the caller fills; `left_out` is counted here. */
tg_tally_sums_t *tg_tally_fill_sums(tg_tally_t *tally);

#endif
