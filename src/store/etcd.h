/* One document in etcd, and the audit of its changes, by the JSON gateway of etcd 3.4 and later:
 * https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/
 *
 * KEY holds the document. KEY.audit/INSTANT-DIGITS hold the audit lines of one change each,
 * written in the transaction that writes the document.
 */
#ifndef TG_STORE_ETCD_H
#define TG_STORE_ETCD_H

#include "etcd_call.h"
#include "feed.h"
#include "store.h"

/** The longest document, in bytes. etcd accepts requests of 1.5 MiB (--max-request-bytes), and the
 * gateway none above 2 MiB, whatever is configured; the audit is part of the request. */
#define TG_ETCD_DOCUMENT_MAX ((apr_size_t)1400 * 1024)

/**
 * Reads the document. A member that is cut off from the others does not answer.
 * @return 1, or 0 with @p fault filled
 */
int tg_etcd_read(tg_etcd_t *etcd, apr_pool_t *pool, tg_store_document_t *out, tg_fault_t *fault);

/**
 * Reads the audit of the changes after the revision @p since, up to and including @p last: at
 * most @p limit of them, the oldest first.
 * @return of tg_store_change_t, in @p pool; NULL with @p fault filled
 */
apr_array_header_t *tg_etcd_read_audit(tg_etcd_t *etcd, apr_pool_t *pool, int64_t since,
                                       int64_t last, int limit, tg_fault_t *fault);

/** 1 if there is audit of any revision; 0 also if that cannot be read. */
int tg_etcd_has_audit(tg_etcd_t *etcd, apr_pool_t *pool);

/** Reads the revision of the document only, which is cheap; 0: there is no document. */
int tg_etcd_revision(tg_etcd_t *etcd, apr_pool_t *pool, int64_t *revision, tg_fault_t *fault);

/**
 * Writes the document and the lines if the document still has that revision. It is done once,
 * however many tries that takes. Never TG_STORE_DOUBTFUL.
 * @param fault filled if it failed or is unknown
 */
tg_store_result_t tg_etcd_write(tg_etcd_t *etcd, apr_pool_t *pool, int64_t revision,
                                const char *text, const char *lines, tg_fault_t *fault);

/** The body of a request that watches the document from that revision on. In @p pool. */
const char *tg_etcd_watch_body(const tg_etcd_t *etcd, apr_pool_t *pool, int64_t revision);

#endif
