/* Entries of the state in words, with instants as they are typed: for previews and timelines. */
#ifndef TG_CTL_BASE_ENTRY_WORDS_H
#define TG_CTL_BASE_ENTRY_WORDS_H

#include "base/instant.h"

#include <apr_pools.h>
#include <jansson.h>

/** 1 if an entry of a state, as JSON, has ended by @p now by itself. */
int tg_ctl_entry_is_over(const json_t *entry, tg_instant_t now);

/**
 * `suspend until 2018-08-21T09:00:00Z, by ops: customers asked`; of one that is over `suspend, over
 * since ...`. In @p pool.
 */
const char *tg_ctl_entry_words(apr_pool_t *pool, const json_t *entry, tg_instant_t now);

#endif
