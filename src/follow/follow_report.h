/* What this machine reports to the others that use the store: whether its httpd acts on what was
 * installed.
 */
#ifndef TG_FOLLOW_FOLLOW_REPORT_H
#define TG_FOLLOW_FOLLOW_REPORT_H

#include "store/feed.h"

/** One machine. One thread uses it. */
typedef struct tg_follow_report_t tg_follow_report_t;

/**
 * @param feed  must live as long
 * @param state the state file
 * @param name  of this machine
 */
tg_follow_report_t *tg_follow_report_open(apr_pool_t *pool, const tg_store_feed_t *feed,
                                          const char *state, const char *name);

/**
 * Reports if anything has changed, or it is time to. What fails is said once, and tried again.
 * @param revision of the document that was received last
 */
void tg_follow_report_send(tg_follow_report_t *r, apr_pool_t *pool, int64_t revision);

/**
 * How long until it should be called again, in milliseconds: soon, while httpd has not
 * followed.
 */
int tg_follow_report_pause(const tg_follow_report_t *r);

#endif
