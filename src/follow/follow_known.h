/* What a machine that follows knows about its state file. */
#ifndef TG_FOLLOW_FOLLOW_KNOWN_H
#define TG_FOLLOW_FOLLOW_KNOWN_H

#include "follow_file.h"

#include "store/feed.h"
#include "store/store.h"

#include <sys/stat.h>

/** What can fail, each independently of the others. */
typedef enum {
    TG_FOLLOW_FAILS_FILE,
    TG_FOLLOW_FAILS_AUDIT,
    TG_FOLLOW_FAILS_FOLLOW, /**< FILE.follow */
    TG_FOLLOW_FAILS_LINK,   /**< no member of the store can be used */
    TG_FOLLOW_FAILS_WATCH,  /**< members end each watch */
    TG_FOLLOW_FAILS
} tg_follow_fails_t;

/** What became of the document that was received last. */
typedef enum {
    TG_FOLLOW_DOCUMENT_UNKNOWN,
    TG_FOLLOW_DOCUMENT_INSTALLED,
    TG_FOLLOW_DOCUMENT_ABSENT,  /**< the store has none */
    TG_FOLLOW_DOCUMENT_REFUSED, /**< httpd would refuse it */
    TG_FOLLOW_DOCUMENT_CHANGED  /**< it was installed, and somebody has changed the file since */
} tg_follow_document_t;

/** The state file of this machine, and what is known about it. One thread uses it, through
 * follow_install.h alone. */
typedef struct {
    tg_store_t file;
    int fd;             /**< FILE.follow, locked */
    const char *member; /**< that was named last; lives as long as the feed */
    tg_follow_file_t had;
    char cluster[TG_STORE_CLUSTER_MAX], digest[64]; /**< room for those of `had` */
    int64_t received;
    struct stat seen; /**< the file when its content was known; st_ino is 0: it is not known */
    int is_unwritten; /**< FILE.follow differs from `had` */
    int fails[TG_FOLLOW_FAILS];
    tg_follow_document_t document;
    int64_t said; /**< the revision that the last message was about */
} tg_follow_install_t;

/** 1 if the audit log has less than the state file. */
int tg_follow_known_lacks_audit(const tg_follow_install_t *in);

/** Says that something fails, once until it works again. */
void tg_follow_known_fails(tg_follow_install_t *in, tg_follow_fails_t what,
                           const tg_fault_t *fault);
void tg_follow_known_works(tg_follow_install_t *in, tg_follow_fails_t what);

/** Writes FILE.follow. What fails is said, and tried again. */
void tg_follow_known_write(tg_follow_install_t *in, apr_pool_t *pool);

#endif
