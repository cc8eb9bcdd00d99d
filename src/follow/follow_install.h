/* What a machine that follows makes of a document: it is installed into the state file, the
 * audit lines go into the audit log, and FILE.follow keeps how far that got.
 *
 * Each change of condition is one line on the standard error.
 */
#ifndef TG_FOLLOW_FOLLOW_INSTALL_H
#define TG_FOLLOW_FOLLOW_INSTALL_H

#include "follow_file.h"

#include "store/etcd.h"
#include "store/store.h"

/** How it stands with the document. */
typedef enum {
    TG_FOLLOW_DOCUMENT_NEW, /**< nothing is known yet */
    TG_FOLLOW_DOCUMENT_INSTALLED,
    TG_FOLLOW_DOCUMENT_ABSENT,  /**< the store has none */
    TG_FOLLOW_DOCUMENT_REFUSED, /**< httpd would not take it */
    TG_FOLLOW_DOCUMENT_CHANGED  /**< it was installed, and somebody changed the file since */
} tg_follow_document_t;

/** What can fail, each for itself. */
typedef enum {
    TG_FOLLOW_FAILS_FILE,
    TG_FOLLOW_FAILS_AUDIT,
    TG_FOLLOW_FAILS_FOLLOW, /**< FILE.follow */
    TG_FOLLOW_FAILS_LINK,   /**< no member of the store can be used */
    TG_FOLLOW_FAILS_WATCH,  /**< members end each watch */
    TG_FOLLOW_FAILS
} tg_follow_fails_t;

/** Written by the one thread of the program that follows. */
typedef struct {
    tg_store_t file;
    int fd;               /**< FILE.follow, locked */
    const char *endpoint; /**< the member that was said last; it lives as long as the URL */
    tg_follow_file_t had;
    char cluster[TG_ETCD_CLUSTER_MAX], digest[64]; /**< room for those of `had` */
    int64_t looked_at; /**< the revision that was taken last, whatever came of it */
    struct stat seen;  /**< the file when it was known what is in it; st_ino is 0: it is not */
    int is_unwritten;  /**< FILE.follow has something else than `had` */
    int fails[TG_FOLLOW_FAILS];
    tg_follow_document_t document;
    int64_t said; /**< the revision that it was said of */
} tg_follow_install_t;

/**
 * Begins where the last one ended.
 * @param state the state file
 */
int tg_follow_install_open(apr_pool_t *pool, const tg_store_url_t *url, const char *state,
                           tg_follow_install_t *out, tg_fault_t *fault);

/** Takes a document, whatever it is. */
void tg_follow_install_take(tg_follow_install_t *in, apr_pool_t *pool,
                            const tg_etcd_document_t *document);

/** 1 if there is audit to be read: of the revisions after `had.audited` up to `had.revision`. */
int tg_follow_install_wants_audit(const tg_follow_install_t *in);

/**
 * Takes what was read.
 * @param audit of tg_etcd_audit_t
 * @param limit how many were asked for
 * @return 1, or 0 if it cannot be kept now
 */
int tg_follow_install_take_audit(tg_follow_install_t *in, apr_pool_t *pool,
                                 const apr_array_header_t *audit, int limit);

/** 1 if a document of that revision leaves nothing to do. */
int tg_follow_install_is_done(const tg_follow_install_t *in, int64_t revision);

/**
 * Sees to FILE.follow, which somebody may have removed.
 * @return 1, or 0 after an error was said: another program follows
 */
int tg_follow_install_tend(tg_follow_install_t *in, apr_pool_t *pool);

/** Says that something fails, once until it works again. */
void tg_follow_install_fails(tg_follow_install_t *in, tg_follow_fails_t what,
                             const tg_fault_t *fault);
void tg_follow_install_works(tg_follow_install_t *in, tg_follow_fails_t what);

/** The store answers, by that endpoint; or none of its members does. */
void tg_follow_install_connected(tg_follow_install_t *in, apr_pool_t *pool, const char *endpoint);
void tg_follow_install_disconnected(tg_follow_install_t *in, apr_pool_t *pool,
                                    const tg_fault_t *fault);

/** Nobody follows any more. */
void tg_follow_install_close(tg_follow_install_t *in, apr_pool_t *pool);

#endif
