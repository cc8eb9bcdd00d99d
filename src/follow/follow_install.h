/* What a machine that follows does with a document: it is installed into the state file, the
 * audit lines go into the audit log, and FILE.follow records how far that got.
 *
 * Each change of condition is one message.
 */
#ifndef TG_FOLLOW_FOLLOW_INSTALL_H
#define TG_FOLLOW_FOLLOW_INSTALL_H

#include "follow_known.h"

#include "store/feed.h"

/**
 * Locks FILE.follow, and continues where the last program ended.
 * @param feed  must live as long
 * @param state the state file
 * @return NULL with @p fault filled
 */
tg_follow_install_t *tg_follow_install_open(apr_pool_t *pool, const tg_store_feed_t *feed,
                                            const char *state, tg_fault_t *fault);

/**
 * Receives a document: installs it, or keeps the file as it is and says why.
 * @return 1 if the document belongs to the history that is followed, so that its audit does too
 */
int tg_follow_install_receive(tg_follow_install_t *in, apr_pool_t *pool,
                              const tg_store_document_t *document);

/** The revision of the document that was received last, whether it was installed or not. */
int64_t tg_follow_install_received(const tg_follow_install_t *in);

/** 1 if nothing is left to do for a document of that revision. */
int tg_follow_install_is_done(const tg_follow_install_t *in, int64_t revision);

/** 1 if audit is missing: of the revisions after @p since, up to and including @p last. */
int tg_follow_install_wants_audit(const tg_follow_install_t *in, int64_t *since, int64_t *last);

/**
 * Appends audit lines to the audit log.
 * @param audit of tg_store_change_t
 * @param limit how many were asked for
 * @return 1, or 0 if they cannot be written now
 */
int tg_follow_install_keep_audit(tg_follow_install_t *in, apr_pool_t *pool,
                                 const apr_array_header_t *audit, int limit);

/**
 * Writes FILE.follow again if it was removed, or could not be written before.
 * @return 1, or 0 with @p fault filled: another program follows by now
 */
int tg_follow_install_tend(tg_follow_install_t *in, apr_pool_t *pool, tg_fault_t *fault);

/** The store answers, through that member; or none of its members does. */
void tg_follow_install_connected(tg_follow_install_t *in, apr_pool_t *pool, const char *member);
void tg_follow_install_disconnected(tg_follow_install_t *in, apr_pool_t *pool,
                                    const tg_fault_t *fault);

/** Records and says that nothing follows any longer. */
void tg_follow_install_close(tg_follow_install_t *in, apr_pool_t *pool);

#endif
