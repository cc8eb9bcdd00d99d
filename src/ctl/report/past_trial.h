/* The last trial of a schedule, from pages of tlsgate-status: for `tlsgatectl schedule`. */
#ifndef TG_CTL_REPORT_PAST_TRIAL_H
#define TG_CTL_REPORT_PAST_TRIAL_H

#include <apr_pools.h>
#include <jansson.h>
#include <stdio.h>

/**
 * What the pages say of it, as they have it: the latest, and null if no page has one. A page that
 * is none is passed over: past_week.h says what is wrong with it. A new reference.
 * @param pages names of files, each on a line
 */
json_t *tg_ctl_past_trial_document(apr_pool_t *pool, const char *pages, const char *schedule);

/** As a row of the text; nothing if there is none. */
void tg_ctl_past_trial_print(FILE *out, apr_pool_t *pool, const json_t *document);

#endif
