/* The log of sightings: files and piped programs that never hold up a request.
 *
 * Logs are opened in the parent and inherited by the children; each line is one
 * write. What cannot be written is counted in shared memory.
 */
#ifndef TG_SERVER_RECORD_SIGHTLOG_H
#define TG_SERVER_RECORD_SIGHTLOG_H

#include "format/sighting.h"
#include "server/base/conf.h"

/**
 * The target of that name, made if it is not known yet, so that vhosts that name
 * one file share it.
 * @param spec a file, relative to ServerRoot, or "|program"
 * @return NULL if the path makes no sense
 */
tg_log_t *tg_sightlog_target(apr_pool_t *pool, tg_main_conf_t *main_conf, const char *spec);

/** What TlsGateLog says: a full path, or "|program". */
const char *tg_sightlog_spec(const tg_log_t *log);

/**
 * Checks what can be known without opening anything: also in httpd -t, so that a
 * reload does not end a server that runs.
 * @return OK, or HTTP_INTERNAL_SERVER_ERROR after an error was logged
 */
int tg_sightlog_check(apr_pool_t *pool, server_rec *s);

/** open_logs: opens every target; an error refuses the start. */
int tg_sightlog_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/** Writes one sighting to the log of a server; does nothing if it has none. */
void tg_sightlog_write(server_rec *s, const tg_sighting_t *sighting);

/** monitor: reports in the error log what was lost since the last report. */
int tg_sightlog_monitor(apr_pool_t *pool, server_rec *s);

/** How many sightings were lost since httpd was started. */
apr_uint32_t tg_sightlog_lost(void);

#endif
