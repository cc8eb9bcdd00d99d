/* What the httpd of this machine holds: the document that it acts on, by its own word. */
#ifndef TG_CTL_BASE_HOLDING_H
#define TG_CTL_BASE_HOLDING_H

#include "acknowledgement.h"

#include "store/store.h"

/** How that is known. */
typedef enum {
    TG_CTL_HOLDING_TOLD,    /**< httpd says so */
    TG_CTL_HOLDING_ASSUMED, /**< httpd says nothing; it is what it would read */
    TG_CTL_HOLDING_NOTHING, /**< nothing: no httpd acts on the file, or nothing is known of it */
    TG_CTL_HOLDINGS
} tg_ctl_holding_kind_t;

/** What httpd holds. Read-only once found. Lives as long as the call. */
typedef struct {
    tg_ctl_holding_kind_t kind;
    const char
        *text; /**< the document in force; NULL: there is none, so nothing is changed by hand */
    tg_state_t state; /**< what is in it */
    const char *why;  /**< why what is written is not in force, for people; NULL: it is */
    int is_stopped;   /**< because httpd does not run */
    apr_array_header_t *records; /**< of tg_ack_record_t: each httpd that says something */
} tg_ctl_holding_t;

/** What was written, and whether httpd would accept it. */
typedef struct {
    const char *state;                   /**< the state file of this machine; NULL: there is none */
    const tg_store_snapshot_t *snapshot; /**< of the store or of that file */
    int is_good;                         /**< it could be read, or was never written */
    int is_store;                        /**< it is that of a fleet: a file follows it */
    const char *problem; /**< why httpd would refuse it; NULL: nothing is known against it */
} tg_ctl_written_t;

/** `httpd`, `file`, or NULL: how it is known. */
const char *tg_ctl_holding_name(tg_ctl_holding_kind_t kind);

/**
 * Finds it.
 * @param problems what httpd says against the file is appended, or why no httpd says anything
 */
void tg_ctl_holding_find(const tg_ctl_t *ctl, const tg_ctl_written_t *written,
                         apr_array_header_t *problems, tg_ctl_holding_t *out);

/** Each httpd that says something, as an array of objects. A new reference. */
json_t *tg_ctl_holding_document(apr_pool_t *pool, const tg_ctl_holding_t *holding);

#endif
