/* A store as `tlsgatectl follow` sees it: several members, any of which can be asked for the
 * document and its audit, and can tell when the document changes.
 */
#ifndef TG_STORE_FEED_H
#define TG_STORE_FEED_H

#include "store_url.h"

#include <stdint.h>

/** Room for the name of a cluster. */
#define TG_STORE_CLUSTER_MAX 32

/** The document of a store, as it was at one moment. Lives in the pool that it was read into. */
typedef struct {
    const char *text; /**< NULL: there is no document */
    apr_size_t length;
    int64_t revision;    /**< of the document; 0: there is no document */
    int64_t at;          /**< the revision of the whole store at that moment */
    const char *cluster; /**< revisions of two clusters do not compare */
} tg_store_document_t;

/** The audit lines of one change. */
typedef struct {
    int64_t revision;
    const char *lines;
} tg_store_change_t;

/** What a wait for news ended with. */
typedef enum {
    TG_STORE_EVENT_BEGUN,   /**< the member watches: from here on no change is missed */
    TG_STORE_EVENT_CHANGED, /**< there is a change to read */
    TG_STORE_EVENT_TIMEOUT, /**< no news for that long */
    TG_STORE_EVENT_WOKEN,   /**< the descriptor is readable */
    TG_STORE_EVENT_ENDED    /**< the watch is over; the fault says why */
} tg_store_event_t;

/** How often a machine tells that it is there. */
#define TG_STORE_REPORT_SECONDS 5

/** A watch of one document. Each kind of store has its own. */
typedef struct tg_store_watch_t tg_store_watch_t;

/**
 * A store that can be followed. One thread uses it. Every call asks the current member, and does
 * not try another one. Functions that return int return 1, or 0 with @p fault filled.
 */
typedef struct tg_store_feed_t {
    const char *name; /**< of the store, for messages */
    const char *key;  /**< of the document in it */
    int members;
    void *self;

    /** Reads the document. A member that is cut off from the others does not answer. */
    int (*read)(const struct tg_store_feed_t *feed, apr_pool_t *pool, tg_store_document_t *out,
                tg_fault_t *fault);

    /** Reads the revision of the document only; 0: there is no document. */
    int (*revision)(const struct tg_store_feed_t *feed, apr_pool_t *pool, int64_t *out,
                    tg_fault_t *fault);

    /**
     * Reads the audit of the changes after the revision @p since, up to and including @p last: at
     * most @p limit of them, the oldest first.
     * @return of tg_store_change_t, in @p pool; NULL with @p fault filled
     */
    apr_array_header_t *(*read_audit)(const struct tg_store_feed_t *feed, apr_pool_t *pool,
                                      int64_t since, int64_t last, int limit, tg_fault_t *fault);

    /** The current member, for messages. Lives as long as the feed. */
    const char *(*member)(const struct tg_store_feed_t *feed);

    /** Makes the member after the current one the current one. */
    void (*next_member)(const struct tg_store_feed_t *feed);

    /**
     * Begins to watch for changes from that revision on. The watch ends with the pool.
     * @return NULL: out of memory
     */
    tg_store_watch_t *(*watch)(const struct tg_store_feed_t *feed, apr_pool_t *pool,
                               int64_t revision);

    /**
     * Tells the others that this machine follows, and what it reports. To be called every
     * TG_STORE_REPORT_SECONDS, or the others take the machine for dead.
     */
    int (*report)(const struct tg_store_feed_t *feed, apr_pool_t *pool, const char *name,
                  const char *report, tg_fault_t *fault);
    void *presence; /**< what that keeps from call to call */

    /** Waits for news, or until @p fd is readable. */
    tg_store_event_t (*wait)(tg_store_watch_t *watch, int milliseconds, int fd, tg_fault_t *fault);
} tg_store_feed_t;

/** The feed of the store at that address, which must live as long. */
int tg_store_feed_open(apr_pool_t *pool, const tg_store_url_t *url, tg_store_feed_t *out,
                       tg_fault_t *fault);

#endif
