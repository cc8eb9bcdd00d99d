/* The timeline of a schedule on a terminal. */
#ifndef TG_CTL_STATUS_TIMELINE_TEXT_H
#define TG_CTL_STATUS_TIMELINE_TEXT_H

#include "base/instant.h"

#include <apr_pools.h>
#include <jansson.h>
#include <stdio.h>

/**
 * Prints the rows of a schedule, with one instant marked.
 * @param schedule an object of the document that `schedule` prints
 * @param at       that instant, as in a document
 * @param now      the time of the call
 */
void tg_ctl_timeline_print(FILE *out, apr_pool_t *pool, const json_t *schedule, const char *at,
                           tg_instant_t now);

/** Prints what lasts of the rows that begin at @p end or later. */
void tg_ctl_timeline_print_after(FILE *out, apr_pool_t *pool, const json_t *schedule,
                                 tg_instant_t end, tg_instant_t now);

#endif
