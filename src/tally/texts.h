/* Texts that are kept once each, however often they come: millions of them, in little memory. */
#ifndef TG_TALLY_TEXTS_H
#define TG_TALLY_TEXTS_H

#include "base/siphash.h"
#include "format/record.h"

#include <apr_pools.h>

/** The longest that is kept, in bytes; what is longer is cut between characters. */
#define TG_TEXTS_LENGTH_MAX 1024

/** Bits of the number of a text, so that others can be kept beside it. */
#define TG_TEXTS_NUMBER_BITS 29

/** All that is kept, in MiB. */
#define TG_TEXTS_ROOM_MAX 2048

/** All of them. Used by one thread, or read by many; lives as long as its pool. */
typedef struct tg_texts_t tg_texts_t;

/** @param room the most that is kept, in MiB, up to TG_TEXTS_ROOM_MAX */
tg_texts_t *tg_texts_create(apr_pool_t *pool, const tg_siphash_key_t *key, uint32_t room);

/** The number of a text, which is the same each time. 0: it is empty, or there is no room. */
uint32_t tg_texts_put(tg_texts_t *texts, tg_span_t text);

/** The number of a text that was put; 0: it was not. */
uint32_t tg_texts_find(const tg_texts_t *texts, tg_span_t text);

/** The number here of a text of others that have the same key; as tg_texts_put(). */
uint32_t tg_texts_copy(tg_texts_t *texts, const tg_texts_t *others, uint32_t number);

/** Bytes that are taken. */
size_t tg_texts_used(const tg_texts_t *texts);

/** The text of that number; empty for 0. */
tg_span_t tg_texts_get(const tg_texts_t *texts, uint32_t number);

/** A number that the caller keeps beside a text; 0 at first. */
uint32_t *tg_texts_mark(const tg_texts_t *texts, uint32_t number);

/** The order of bytes: less than, equal to or greater than 0. */
int tg_texts_compare(tg_span_t a, tg_span_t b);

#endif
