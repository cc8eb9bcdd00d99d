/* The sections of the file of the ledger: what is in each. A table that ledger_file.c goes
 * through. */
#ifndef TG_LEDGER_LEDGER_SECTIONS_H
#define TG_LEDGER_LEDGER_SECTIONS_H

#include "ledger.h"
#include "ledger_bytes.h"
#include "straggler_table.h"

/** What is written, or has been read. */
typedef struct {
    tg_ledger_t *ledger; /**< reading adds to it; it is empty, but for names of schedules */
    const tg_ledger_kept_t *kept;         /**< for writing: what tg_ledger_read() returned */
    const apr_array_header_t *stragglers; /**< of const tg_straggler_t, for writing: seen
                                               least recently first; NULL: none */
    tg_stragglers_t *table; /**< reading adds to it; NULL: stragglers are passed over. For
                                writing its numbers, or NULL */
    int64_t time;           /**< when it was written, in seconds since 1970 */
    uint32_t found;         /**< by reading: stragglers in the file */
} tg_ledger_file_t;

/** Reads what is in a section. */
typedef void tg_ledger_get_t(tg_ledger_in_t *in, tg_ledger_file_t *what);

/** One part of the ledger. */
typedef struct {
    char name[5];      /**< four letters */
    unsigned version;  /**< counted up where its content changes */
    int may_be_absent; /**< at the end of a file: it is older than the section, all is zero */
    void (*put)(tg_ledger_out_t *out, const tg_ledger_file_t *what);
    tg_ledger_get_t *get;
    tg_ledger_get_t *get_before; /**< of the version before; NULL: none is read */
} tg_ledger_section_t;

/** The section of TlsGateGuard: ledger_guard.c. */
void tg_ledger_guards_put(tg_ledger_out_t *out, const tg_ledger_file_t *what);
void tg_ledger_guards_get(tg_ledger_in_t *in, tg_ledger_file_t *what);

/** The last second of a stop, in the year 2106. */
#define TG_LEDGER_STOP_MAX INT64_C(0xFFFFFFFE)

/** A trial that was stopped, or none. */
void tg_ledger_put_trip(tg_ledger_out_t *out, const tg_guard_trip_t *trip);
tg_guard_trip_t tg_ledger_get_trip(tg_ledger_in_t *in);

/** That of the stops that are kept: ledger_stops.c. */
void tg_ledger_stops_put(tg_ledger_out_t *out, const tg_ledger_file_t *what);
void tg_ledger_stops_get(tg_ledger_in_t *in, tg_ledger_file_t *what);

/** That of the user agents of stragglers: ledger_agents.c. */
void tg_ledger_agents_put(tg_ledger_out_t *out, const tg_ledger_file_t *what);
void tg_ledger_agents_get(tg_ledger_in_t *in, tg_ledger_file_t *what);

#define TG_LEDGER_SECTIONS 8

/** In the order in which they are written and read. */
extern const tg_ledger_section_t tg_ledger_sections[TG_LEDGER_SECTIONS];

#endif
