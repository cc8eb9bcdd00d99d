/* Requests that will be logged, but whose process ends before they do: each process counts what is
 * under way in shared memory, and the parent reports what a process that has ended left there. */
#ifndef TG_SERVER_RECORD_UNDER_WAY_H
#define TG_SERVER_RECORD_UNDER_WAY_H

#include <httpd.h>

/** open_logs: finds the shared memory, and arranges for the report at a stop or restart. */
int tg_under_way_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/** child_init: the process has a count of its own from here on. */
void tg_under_way_child_init(void);

/** A request will be logged; and it was logged, or will not be. */
void tg_under_way_begin(void);
void tg_under_way_end(void);

/** monitor: reports in the error log what processes that have ended left. */
int tg_under_way_monitor(apr_pool_t *pool, server_rec *s);

#endif
