/* What is known of a client that is written to. */
#ifndef TG_LETTER_LETTER_FACTS_H
#define TG_LETTER_LETTER_FACTS_H

#include "format/plan.h"
#include "policy/verdict.h"
#include "tally/tally.h"

/** Failed handshakes that are probably of a client. */
typedef struct {
    uint64_t count;
    tg_instant_t first_seen, last_seen;
} tg_letter_probable_t;

/** What is known of a client. Nothing in it is changed. */
typedef struct {
    const tg_tally_t *tally;
    uint32_t client;              /**< its place in the tally */
    const char *name;             /**< the name that the letter uses; NULL: as in the tally */
    const tg_outcome_t *outcomes; /**< of each schedule that it is told about */
    int count;                    /**< of outcomes */
    const tg_subject_t *subject;  /**< of these outcomes */
    tg_instant_t at; /**< everything old is rejected from then on; TG_NEVER: as the outcomes say */
    tg_letter_probable_t probable;
    tg_span_t advice;
    const tg_plan_t *plan; /**< or NULL */
    const char *test_path; /**< of the page for tests; NULL: as the plan has it */
} tg_letter_facts_t;

/**
 * The texts of one kind that the client came with: those that came last are the first.
 * @return how many there are
 */
int tg_letter_texts(const tg_letter_facts_t *facts, tg_tally_kind_t kind,
                    tg_span_t texts[TG_TALLY_KEPT_MAX]);

#endif
