/* What the parts of follow_install.h share: what is known about the state file of this machine. */
#ifndef TG_FOLLOW_FOLLOW_INSTALL_PARTS_H
#define TG_FOLLOW_FOLLOW_INSTALL_PARTS_H

#include "follow_install.h"

#include "store/store.h"

#include <sys/stat.h>

/** What became of the document that was received last. */
typedef enum {
    TG_FOLLOW_DOCUMENT_UNKNOWN,
    TG_FOLLOW_DOCUMENT_INSTALLED,
    TG_FOLLOW_DOCUMENT_ABSENT,  /* the store has none */
    TG_FOLLOW_DOCUMENT_REFUSED, /* httpd would refuse it */
    TG_FOLLOW_DOCUMENT_CHANGED  /* it was installed, and somebody has changed the file since */
} tg_follow_document_t;

/** One thread uses it. */
struct tg_follow_install_t {
    tg_store_t file;
    int fd;             /* FILE.follow, locked */
    const char *member; /* that was named last; lives as long as the feed */
    tg_follow_file_t had;
    char cluster[TG_STORE_CLUSTER_MAX], digest[64]; /* room for those of `had` */
    int64_t received;
    struct stat seen; /* the file when its content was known; st_ino is 0: it is not known */
    int is_unwritten; /* FILE.follow differs from `had` */
    int fails[TG_FOLLOW_FAILS];
    tg_follow_document_t document;
    int64_t said; /* the revision that the last message was about */
};

/** 1 if the audit log has less than the state file. */
int tg_follow_install_lacks_audit(const tg_follow_install_t *in);

/** Writes FILE.follow. What fails is said, and tried again. */
void tg_follow_install_write(tg_follow_install_t *in, apr_pool_t *pool);

#endif
