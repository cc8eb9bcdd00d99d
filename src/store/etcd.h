/* One document in etcd, and the audit of its changes. By the JSON gateway of etcd 3.4 and
 * later: https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/
 *
 * KEY holds the document. KEY.audit/INSTANT-DIGITS hold the audit lines of one change
 * each: they are written in the transaction that writes the document.
 */
#ifndef TG_STORE_ETCD_H
#define TG_STORE_ETCD_H

#include "etcd_call.h"

#include <stdint.h>

/** Room for the number of a cluster. */
#define TG_ETCD_CLUSTER_MAX 32

/** What is stored, as it was at one moment. Lives in the pool that it was read into. */
typedef struct {
    const char *text; /**< the document; NULL: there is none */
    apr_size_t length;
    int64_t revision;    /**< of the document; 0: there is none */
    int64_t at;          /**< of the whole store at that moment */
    const char *cluster; /**< revisions of two clusters do not compare */
} tg_etcd_document_t;

/** The audit lines of one change. */
typedef struct {
    int64_t revision;
    const char *lines;
} tg_etcd_audit_t;

/** How a write ended. */
typedef enum {
    TG_ETCD_WRITTEN,
    TG_ETCD_CHANGED, /**< the document is no more what was read: nothing was written */
    TG_ETCD_UNKNOWN, /**< it was sent, and nobody tells what became of it */
    TG_ETCD_FAILED   /**< nothing was written */
} tg_etcd_result_t;

/**
 * Reads the document. A member that is cut off from the others does not answer.
 * @return 1, or 0 with @p fault filled
 */
int tg_etcd_read(tg_etcd_t *etcd, apr_pool_t *pool, tg_etcd_document_t *out, tg_fault_t *fault);

/**
 * Reads the audit of the changes after the revision @p since, up to and with @p last: at
 * most @p limit of them, the oldest first.
 * @return of tg_etcd_audit_t, in @p pool; NULL with @p fault filled
 */
apr_array_header_t *tg_etcd_read_audit(tg_etcd_t *etcd, apr_pool_t *pool, int64_t since,
                                       int64_t last, int limit, tg_fault_t *fault);

/** 1 if there is audit, of whatever revision; 0 also if that cannot be read. */
int tg_etcd_has_audit(tg_etcd_t *etcd, apr_pool_t *pool);

/** Only the revision of the document; 0: there is none. Costs the fleet little. */
int tg_etcd_revision(tg_etcd_t *etcd, apr_pool_t *pool, int64_t *revision, tg_fault_t *fault);

/**
 * Writes the document and the lines if the document is still of that revision. However
 * often that has to be tried, it is done once.
 * @param fault filled if it failed or is unknown
 */
tg_etcd_result_t tg_etcd_write(tg_etcd_t *etcd, apr_pool_t *pool, int64_t revision,
                               const char *text, const char *lines, tg_fault_t *fault);

/** The body that watches the document from that revision on. In @p pool. */
const char *tg_etcd_watch_body(const tg_etcd_t *etcd, apr_pool_t *pool, int64_t revision);

#endif
