/* The acknowledgements beside a state file: what each httpd that runs says of it. */
#ifndef TG_STORE_ACK_RECORDS_H
#define TG_STORE_ACK_RECORDS_H

#include "format/ack.h"
#include "format/state.h"

#include <apr_tables.h>

/** One record. Read-only. Lives in the pool that it was read into. */
typedef struct {
    const char *path;
    tg_ack_t ack;
} tg_ack_record_t;

/** The document in force that a record holds. */
typedef struct {
    const char *text; /**< followed by a NUL; NULL: there is none */
    apr_size_t length;
    tg_state_t state;
} tg_ack_held_t;

/**
 * Those of httpds that run, in no order; what one that was killed has left is passed over, and what
 * others could have put there. One of another version is among them, with TG_ACK_OTHER. Reads no
 * documents, so it may be asked often.
 * @param state the state file; links in its name lead where httpd's lead
 * @return of tg_ack_record_t
 */
apr_array_header_t *tg_ack_records_read(apr_pool_t *pool, const char *state);

/** The one of the httpd that started last, which serves: an older one ends its last requests. */
const tg_ack_record_t *tg_ack_records_newest(const apr_array_header_t *records);

/** What TlsGateGuard stopped, by that record: of tg_state_trip_t. */
apr_array_header_t *tg_ack_record_trips(apr_pool_t *pool, const tg_ack_record_t *record);

/** The same of the httpd that serves; NULL if no httpd says anything that can be read. @p state may
 * be NULL */
apr_array_header_t *tg_ack_records_trips(apr_pool_t *pool, const char *state);

/** The last stops of TlsGateGuard, over or not, likewise: of tg_state_stop_t. */
apr_array_header_t *tg_ack_record_stops(apr_pool_t *pool, const tg_ack_record_t *record);
apr_array_header_t *tg_ack_records_stops(apr_pool_t *pool, const char *state);

/**
 * Reads the document in force of one.
 * @param out its text is NULL if httpd acts on none
 * @return 1, or 0 with @p fault filled
 */
int tg_ack_records_held(apr_pool_t *pool, const tg_ack_record_t *record, tg_ack_held_t *out,
                        tg_fault_t *fault);

#endif
