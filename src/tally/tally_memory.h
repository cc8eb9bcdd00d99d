/* What a tally is made of: for tally_add.c, tally_merge.c, tally_fill.c and tally_ask.c only. */
#ifndef TG_TALLY_TALLY_MEMORY_H
#define TG_TALLY_TALLY_MEMORY_H

#include "tally.h"

/* Places for clients that came with something modern, by a hash of their names. */
#define TG_TALLY_MODERN_PLACES 262144

struct tg_tally_t {
    apr_pool_t *pool;
    tg_tally_options_t options;
    tg_tally_sums_t sums;
    tg_texts_t *texts;
    size_t failed_used; /* of it, by texts that came with a failed handshake first */
    tg_texts_t *keys;   /* of failed handshakes: the numbers of their texts */
    tg_blocks_t clients, failed, facts;
    apr_array_header_t *days; /* of tg_tally_day_t, in no order */
    tg_tally_day_t *day;      /* the last one that was counted */
    tg_seen_with_t *seen_with;
    tg_seen_with_t *seen_stems; /* the same by the stems of JA4s; made when it is asked for */
    struct {
        uint32_t host, schedule;
    } last;                 /* the texts of the record before */
    uint32_t *failed_order; /* of their numbers; NULL: not sorted yet */
    uint32_t *modern;       /* of each place the last modern request; NULL: none yet */
    int is_unsure;          /* see tg_tally_is_unsure() */
};

/** The client whose name is that text; NULL: there is none. */
tg_tally_client_t *tg_tally_named(const tg_tally_t *tally, uint32_t name);

/** A new one; NULL: there is no room. */
tg_tally_client_t *tg_tally_new_client(tg_tally_t *tally, uint32_t name);

/** The day of that number; NULL: there is no room. */
tg_tally_day_t *tg_tally_day(tg_tally_t *tally, int64_t day);

/** Notes who was seen with what. @return as tg_seen_with_add(); 0 is counted as left out */
uint32_t tg_tally_seen(tg_tally_t *tally, const tg_seen_pair_t *pair);

/**
 * The number of a text of a failed handshake; 0: it is empty, or there is no room for more of
 * those.
 */
uint32_t tg_tally_failed_text(tg_tally_t *tally, tg_span_t text);

/** The handshakes with those texts; NULL: there is no room. */
tg_tally_failed_t *tg_tally_new_failed(tg_tally_t *tally, uint32_t client, uint32_t ja4,
                                       uint32_t host);

/** Notes when a client came, and its last protocol and cause. @param presence 0: at one instant */
void tg_tally_came(tg_tally_client_t *c, tg_presence_range_t range, tg_presence_t presence,
                   unsigned way);

/** Sets a text and when it came, if that is later than what is set. */
void tg_tally_later(const tg_tally_t *tally, uint32_t *text, uint32_t *at, uint32_t other,
                    uint32_t other_at);

#endif
