/* The ledger over a full restart: it is read from its file at start, and written to it at every
 * stop and restart, and every few minutes. All of it is done by the parent. */
#ifndef TG_SERVER_LEDGER_LEDGER_SNAPSHOT_H
#define TG_SERVER_LEDGER_LEDGER_SNAPSHOT_H

#include "ledger/ledger.h"

#include <httpd.h>
#include <scoreboard.h>

/**
 * check_config: `httpd -t` says what is wrong with the file.
 * @return what it has, of schedules that are configured; NULL: nothing, or this is no `httpd -t`
 */
const tg_ledger_t *tg_ledger_snapshot_check(apr_pool_t *ptemp, server_rec *s);

/** open_logs, after the memory was found: an httpd that begins goes on from the file. */
int tg_ledger_snapshot_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/** pre_mpm: from here on this httpd serves, so that it writes the file. */
int tg_ledger_snapshot_serve(apr_pool_t *pool, ap_scoreboard_e type);

/** Writes the file now, if there is one: for the parent, after what must not be lost. */
void tg_ledger_snapshot_now(server_rec *s);

/** monitor: writes the file when it is time. */
int tg_ledger_snapshot_monitor(apr_pool_t *pool, server_rec *s);

/** 1 if the file could not be written when that was tried last; in any process. */
int tg_ledger_snapshot_failed(void);

/**
 * Why the file was refused at the start, what to do and what became of it; NULL: it was not. In
 * any process. httpd reads the file once, whereas it reads its configuration twice.
 */
const char *tg_ledger_snapshot_refused(void);

#endif
