/* A calendar on a terminal. */
#ifndef TG_CTL_STATUS_CALENDAR_TEXT_H
#define TG_CTL_STATUS_CALENDAR_TEXT_H

#include "base/instant.h"

#include <apr_pools.h>
#include <jansson.h>
#include <stdio.h>

/**
 * Draws the weeks, with one instant marked.
 * @param calendar what tg_ctl_calendar() made
 * @param at       that instant, as in a document
 * @param now      the time of the call
 */
void tg_ctl_calendar_print(FILE *out, apr_pool_t *pool, const json_t *calendar, const char *at,
                           tg_instant_t now);

/** Says what the marks mean. */
void tg_ctl_calendar_print_legend(FILE *out, apr_pool_t *pool, const json_t *calendar);

/** When the drawn weeks end. */
tg_instant_t tg_ctl_calendar_end(const json_t *calendar);

#endif
