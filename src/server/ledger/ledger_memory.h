/* The ledger of this httpd: its memory, which graceful restarts keep, and what fills it. */
#ifndef TG_SERVER_LEDGER_LEDGER_MEMORY_H
#define TG_SERVER_LEDGER_LEDGER_MEMORY_H

#include "ledger/ledger.h"
#include "server/base/conf.h"

/** open_logs: finds the memory, and the numbers of schedules and hosts in it. */
int tg_ledger_memory_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/** monitor: collects what was counted. */
int tg_ledger_memory_monitor(apr_pool_t *pool, server_rec *s);

/** The ledger; NULL where nothing is counted. Set before there are children. */
extern tg_ledger_t *tg_ledger_memory;

/** The period of a time. */
static inline int64_t tg_ledger_period(apr_time_t t)
{
    return (int64_t)((uint64_t)t / apr_time_from_sec(TG_HISTORY_PERIOD));
}

/** 1 if the ledger leaves out what comes from that address. */
int tg_ledger_ignores(const tg_main_conf_t *main_conf, const apr_sockaddr_t *address);

/** tg_ledger_group() of a server. */
int tg_ledger_server_group(const server_rec *s);

/** Counts one in the schedule of a binding, if it has numbers of its own. A host for which the
 * groups had no room counts for no schedule. */
void tg_ledger_count_in_schedule(tg_ledger_numbers_t *numbers, int group,
                                 const tg_binding_t *binding, tg_protocol_t protocol,
                                 tg_fate_t fate);

/** The number of the schedule of a binding, by which it is counted; TG_LEDGER_NO_SCHEDULE if it has
 * none. @param binding one of a TlsGate line */
int tg_ledger_number_of(const tg_binding_t *binding);

#endif
