/* Texts that are kept once each, however often they come: millions of them, in little memory. */
#ifndef TG_REPORT_TEXTS_H
#define TG_REPORT_TEXTS_H

#include "format/record.h"

#include <apr_pools.h>

/** The longest that is kept, in bytes; what is longer is cut between characters. */
#define TG_TEXTS_LENGTH_MAX 1024

/** All of them. Used by one thread; lives as long as its pool. */
typedef struct tg_texts_t tg_texts_t;

tg_texts_t *tg_texts_create(apr_pool_t *pool);

/** The number of a text, which is the same each time. 0: it is empty. */
uint32_t tg_texts_put(tg_texts_t *texts, tg_span_t text);

/** The text of that number; empty for 0. */
tg_span_t tg_texts_get(const tg_texts_t *texts, uint32_t number);

/** A number that the caller keeps beside a text; 0 at first. */
uint32_t *tg_texts_mark(tg_texts_t *texts, uint32_t number);

/** A hash of any bytes. */
uint64_t tg_texts_hash(tg_span_t text, uint64_t seed);

#endif
