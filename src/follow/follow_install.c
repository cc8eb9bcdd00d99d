/* What a machine that follows does with a document: see follow_install.h. */
#include "follow_install.h"

#include "base/message.h"
#include "base/text.h"
#include "os/file.h"
#include "store/store.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <string.h>
#include <unistd.h>

/* --- messages --- */

/* 1 if nothing has been said about that yet. */
static int is_news(tg_follow_install_t *in, tg_follow_document_t document, int64_t revision)
{
    int differs = in->document != document || in->said != revision;

    in->document = document;
    in->said = revision;
    return differs;
}

/* --- FILE.follow --- */

static void record_link(tg_follow_install_t *in, apr_pool_t *pool, int is_connected)
{
    in->had.is_connected = is_connected;
    in->had.since = apr_time_sec(apr_time_now());
    tg_follow_known_write(in, pool);
}

tg_follow_install_t *tg_follow_install_open(apr_pool_t *pool, const tg_store_feed_t *feed,
                                            const char *state, tg_fault_t *fault)
{
    tg_follow_install_t *in = apr_pcalloc(pool, sizeof(*in));
    const char *problem;

    in->file = tg_store_file(pool, state);
    if (tg_follow_file_open(pool, in->file.name, &in->fd, &in->had, fault) != TG_FOLLOW_FILE_OPEN) {
        return NULL;
    }
    problem = in->file.problem(&in->file, pool);
    if (problem) {
        tg_message(TG_MESSAGE_WARNING, "%s", problem);
    }
    /* The members may differ from those of the last time while the cluster is the same. Revisions
     * of another key do not compare. */
    if (strcmp(in->had.key, feed->key) == 0) {
        apr_cpystrn(in->cluster, in->had.cluster, sizeof(in->cluster));
        apr_cpystrn(in->digest, in->had.digest, sizeof(in->digest));
    }
    else {
        in->had.revision = in->had.audited = 0;
    }
    in->had.store = feed->name;
    in->had.key = feed->key;
    in->had.cluster = in->cluster;
    in->had.digest = in->digest;
    record_link(in, pool, 0);
    return in;
}

/* 0 if another program follows by now. */
static int recreate_follow_file(tg_follow_install_t *in, apr_pool_t *pool, tg_fault_t *fault)
{
    tg_follow_file_t other;
    tg_fault_t why;
    int fd;

    switch (tg_follow_file_open(pool, in->file.name, &fd, &other, &why)) {
    case TG_FOLLOW_FILE_OPEN:
        close(in->fd);
        in->fd = fd;
        tg_follow_file_hold(fd);
        in->is_unwritten = 1;
        break;
    case TG_FOLLOW_FILE_TAKEN:
        return tg_fault_set(fault, why.fix, "%s" TG_FOLLOW_FILE_SUFFIX " was removed, and %s",
                            in->file.name, why.reason);
    case TG_FOLLOW_FILE_FAILED:
        tg_follow_known_fails(in, TG_FOLLOW_FAILS_FOLLOW, &why);
        break;
    }
    return 1;
}

int tg_follow_install_tend(tg_follow_install_t *in, apr_pool_t *pool, tg_fault_t *fault)
{
    if (!tg_follow_file_is_there(pool, in->fd, in->file.name) &&
        !recreate_follow_file(in, pool, fault)) {
        return 0;
    }
    if (in->is_unwritten) {
        tg_follow_known_write(in, pool);
    }
    return 1;
}

void tg_follow_install_connected(tg_follow_install_t *in, apr_pool_t *pool, const char *member)
{
    tg_follow_known_works(in, TG_FOLLOW_FAILS_LINK);
    if (!in->had.is_connected || in->member != member) {
        in->member = member;
        tg_message(TG_MESSAGE_NOTE, "%s follows %s, through %s", in->file.name, in->had.store,
                   member);
    }
    if (!in->had.is_connected) {
        record_link(in, pool, 1);
    }
}

void tg_follow_install_disconnected(tg_follow_install_t *in, apr_pool_t *pool,
                                    const tg_fault_t *fault)
{
    if (!in->fails[TG_FOLLOW_FAILS_LINK]) {
        in->fails[TG_FOLLOW_FAILS_LINK] = 1;
        tg_message(TG_MESSAGE_WARNING, "%s cannot be followed: %s; %s stays unchanged; retrying",
                   in->had.store, fault->reason, in->file.name);
        record_link(in, pool, 0);
    }
}

void tg_follow_install_close(tg_follow_install_t *in, apr_pool_t *pool)
{
    record_link(in, pool, 0);
    tg_message(TG_MESSAGE_NOTE, "%s no longer follows %s, and stays as it is", in->file.name,
               in->had.store);
}

/* --- documents --- */

/* A rename does not change the mtime, an edit by hand does. */
static int is_unchanged_file(const tg_follow_install_t *in, const struct stat *now)
{
    return in->seen.st_ino != 0 && now->st_ino == in->seen.st_ino &&
           now->st_size == in->seen.st_size && now->st_mtim.tv_sec == in->seen.st_mtim.tv_sec &&
           now->st_mtim.tv_nsec == in->seen.st_mtim.tv_nsec;
}

int tg_follow_install_is_done(const tg_follow_install_t *in, int64_t revision)
{
    struct stat now;

    if (revision != in->received || tg_follow_known_lacks_audit(in)) {
        return 0;
    }
    /* The file has nothing to compare with. */
    if (in->document == TG_FOLLOW_DOCUMENT_ABSENT || in->document == TG_FOLLOW_DOCUMENT_REFUSED) {
        return 1;
    }
    return !in->fails[TG_FOLLOW_FAILS_FILE] && stat(in->file.name, &now) == 0 &&
           is_unchanged_file(in, &now);
}

static int write_state(tg_follow_install_t *in, apr_pool_t *pool,
                       const tg_store_document_t *document)
{
    tg_fault_t fault;

    switch (tg_store_file_install(&in->file, pool, document->text, &in->seen, &fault)) {
    case TG_STORE_DONE:
        break;
    case TG_STORE_DOUBTFUL: /* httpd applies it; writing it again would not end better */
        tg_message(TG_MESSAGE_WARNING, "%s: %s; %s", in->file.name, fault.reason, fault.fix);
        break;
    case TG_STORE_CHANGED:
    case TG_STORE_UNKNOWN:
    case TG_STORE_FAILED:
        memset(&in->seen, 0, sizeof(in->seen));
        tg_follow_known_fails(in, TG_FOLLOW_FAILS_FILE, &fault);
        return 0;
    }
    tg_follow_known_works(in, TG_FOLLOW_FAILS_FILE);
    return 1;
}

static int is_installed_document(const tg_follow_install_t *in, apr_pool_t *pool,
                                 const tg_store_document_t *document)
{
    return strcmp(in->cluster, document->cluster) == 0 && document->revision == in->had.revision &&
           strcmp(tg_text_hash(pool, document->text), in->digest) == 0;
}

/* 1 if it belongs to the history that was followed so far. A cluster that was restored from a
 * backup keeps its name, and counts its revisions from there again. */
static int is_same_history(const tg_follow_install_t *in, apr_pool_t *pool,
                           const tg_store_document_t *document)
{
    return strcmp(in->cluster, document->cluster) == 0 &&
           (document->revision > in->had.revision || is_installed_document(in, pool, document));
}

/* Installs a new document: the file first, because httpd applies it. */
static void install_document(tg_follow_install_t *in, apr_pool_t *pool,
                             const tg_store_document_t *document)
{
    int known = is_same_history(in, pool, document);

    if (!write_state(in, pool, document)) {
        return;
    }
    if (!known) {
        if (in->cluster[0]) {
            tg_message(TG_MESSAGE_WARNING,
                       "%s has a different history: it was rebuilt, restored, or is another "
                       "cluster; its document is installed",
                       in->had.store);
        }
        /* The earlier changes of an unknown history are not of interest. */
        in->had.audited = document->revision - 1;
    }
    apr_cpystrn(in->cluster, document->cluster, sizeof(in->cluster));
    apr_cpystrn(in->digest, tg_text_hash(pool, document->text), sizeof(in->digest));
    in->had.revision = document->revision;
    is_news(in, TG_FOLLOW_DOCUMENT_INSTALLED, document->revision);
    tg_message(TG_MESSAGE_NOTE, "revision %" APR_INT64_T_FMT " is installed", document->revision);
    tg_follow_known_write(in, pool);
}

/* The document that was installed last has come again: check that the file still has it. */
static void keep_installed(tg_follow_install_t *in, apr_pool_t *pool,
                           const tg_store_document_t *document)
{
    tg_fault_t ignored;
    tg_file_t file;
    tg_file_result_t result = tg_file_read(pool, in->file.name, TG_STATE_MAX, &file, &ignored);

    in->seen = file.info;
    if (result == TG_FILE_ABSENT) {
        if (write_state(in, pool, document)) {
            tg_message(TG_MESSAGE_WARNING, "%s was missing, and is written again", in->file.name);
            is_news(in, TG_FOLLOW_DOCUMENT_INSTALLED, document->revision);
        }
        return;
    }
    /* There is a file, whoever wrote it: nothing is left to write. */
    tg_follow_known_works(in, TG_FOLLOW_FAILS_FILE);
    if (result == TG_FILE_READ && strcmp(file.text, document->text) == 0) {
        is_news(in, TG_FOLLOW_DOCUMENT_INSTALLED, document->revision);
    }
    else if (is_news(in, TG_FOLLOW_DOCUMENT_CHANGED, document->revision)) {
        tg_message(TG_MESSAGE_WARNING,
                   "%s was changed on this machine; it stays so until the next change in %s",
                   in->file.name, in->had.store);
    }
}

static void say_absent(const tg_follow_install_t *in)
{
    if (in->had.revision == 0) {
        tg_message(TG_MESSAGE_NOTE, "%s has no document yet; %s stays as it is", in->had.store,
                   in->file.name);
    }
    else {
        tg_message(TG_MESSAGE_WARNING,
                   "%s has no document any longer; %s stays as it is. Put one back, such as "
                   "that file: etcdctl put %s <FILE",
                   in->had.store, in->file.name, in->had.key);
    }
}

int tg_follow_install_receive(tg_follow_install_t *in, apr_pool_t *pool,
                              const tg_store_document_t *document)
{
    tg_state_t state;
    tg_fault_t fault;

    in->received = document->revision;
    if (!document->text) {
        if (is_news(in, TG_FOLLOW_DOCUMENT_ABSENT, 0)) {
            say_absent(in);
        }
    }
    else if (tg_state_parse(pool, document->text, document->length, &state, &fault)) {
        if (is_installed_document(in, pool, document)) {
            keep_installed(in, pool, document);
        }
        else {
            install_document(in, pool, document);
        }
    }
    else if (is_news(in, TG_FOLLOW_DOCUMENT_REFUSED, document->revision)) {
        tg_message(TG_MESSAGE_ERROR, "%s, revision %" APR_INT64_T_FMT ": %s; %s; %s stays as it is",
                   in->had.store, document->revision, fault.reason, fault.fix, in->file.name);
    }
    return strcmp(document->cluster, in->cluster) == 0;
}

int64_t tg_follow_install_received(const tg_follow_install_t *in)
{
    return in->received;
}
