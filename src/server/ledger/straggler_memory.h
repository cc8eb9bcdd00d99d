/* The stragglers of this httpd: the table in shared memory, and its lock. */
#ifndef TG_SERVER_LEDGER_STRAGGLER_MEMORY_H
#define TG_SERVER_LEDGER_STRAGGLER_MEMORY_H

#include "report/straggler_list.h"
#include "server/base/conf.h"

/** open_logs: finds the table. Its size changes only at a full start. */
int tg_straggler_memory_open(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/** monitor: mends. */
int tg_straggler_memory_monitor(apr_pool_t *pool, server_rec *s);

/** Repairs the table if a process was killed while it wrote. For the parent; until then what is
 * seen is missed. */
void tg_straggler_memory_mend(void);

/** 1 if there is one of that client and schedule, which is copied. */
int tg_straggler_memory_find(const char *client, const char *schedule, tg_straggler_t *copy);

/** Notes that it came without what the schedule deprecates, if it was not noted yet. */
void tg_straggler_memory_move(const char *client, const char *schedule, int64_t time,
                              int is_probable);

/** 1 if stragglers are kept. */
int tg_straggler_memory_has_table(void);

/** The table, for the parent before there are children; NULL: none are kept. */
tg_stragglers_t *tg_straggler_memory_table(void);

/**
 * Notes what was seen, unless the table is busy for too long: then it is counted as missed.
 * @param pool for texts that have to be made clean
 */
void tg_straggler_memory_add(apr_pool_t *pool, const tg_straggler_sight_t *sight);

/** The numbers of the table; 0: no stragglers are kept. */
int tg_straggler_memory_numbers(tg_stragglers_t *table);

/** A copy of all stragglers, in no order; less than the table says only if it was busy. For where
 * some are kept. */
const apr_array_header_t *tg_straggler_memory_read(apr_pool_t *pool);

/** The table as pages read it. For where some are kept. */
extern const tg_straggler_source_t tg_straggler_memory_source;

#endif
