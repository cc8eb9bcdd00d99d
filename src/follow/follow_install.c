/* What a machine that follows makes of a document: see follow_install.h. */
#include "follow_install.h"

#include "follow_audit.h"

#include "base/message.h"
#include "base/text.h"
#include "os/file.h"
#include "store/audit.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* --- what is said --- */

void tg_follow_install_fails(tg_follow_install_t *in, tg_follow_fails_t what,
                             const tg_fault_t *fault)
{
    if (!in->fails[what]) {
        tg_message(TG_MESSAGE_ERROR, "%s; %s; it is tried again and again", fault->reason,
                   fault->fix);
    }
    in->fails[what] = 1;
}

void tg_follow_install_works(tg_follow_install_t *in, tg_follow_fails_t what)
{
    in->fails[what] = 0;
}

/* 1 if that is news. */
static int turns(tg_follow_install_t *in, tg_follow_document_t document, int64_t revision)
{
    int is_news = in->document != document || in->said != revision;

    in->document = document;
    in->said = revision;
    return is_news;
}

/* --- FILE.follow --- */

static void remember(tg_follow_install_t *in, apr_pool_t *pool)
{
    tg_fault_t fault;

    in->is_unwritten = !tg_follow_file_write(pool, in->fd, &in->had);
    if (in->is_unwritten) {
        tg_fault_set(&fault, "see to the disk", "%s" TG_FOLLOW_FILE_SUFFIX ": %s", in->file.name,
                     strerror(errno));
        tg_follow_install_fails(in, TG_FOLLOW_FAILS_FOLLOW, &fault);
    }
    else {
        tg_follow_install_works(in, TG_FOLLOW_FAILS_FOLLOW);
    }
}

static void set_link(tg_follow_install_t *in, apr_pool_t *pool, int is_connected)
{
    in->had.is_connected = is_connected;
    in->had.since = apr_time_sec(apr_time_now());
    remember(in, pool);
}

int tg_follow_install_open(apr_pool_t *pool, const tg_store_url_t *url, const char *state,
                           tg_follow_install_t *out, tg_fault_t *fault)
{
    const char *problem;

    memset(out, 0, sizeof(*out));
    out->file = tg_store_file(pool, state);
    if (tg_follow_file_open(pool, out->file.name, &out->fd, &out->had, fault) !=
        TG_FOLLOW_FILE_OPEN) {
        return 0;
    }
    problem = out->file.problem(&out->file, pool);
    if (problem) {
        tg_message(TG_MESSAGE_WARNING, "%s", problem);
    }
    /* Its members may be others now, and the cluster the same. Revisions of another key tell
     * nothing. */
    if (strcmp(out->had.key, url->key) == 0) {
        apr_cpystrn(out->cluster, out->had.cluster, sizeof(out->cluster));
        apr_cpystrn(out->digest, out->had.digest, sizeof(out->digest));
    }
    else {
        out->had.revision = out->had.audited = 0;
    }
    out->had.store = url->name;
    out->had.key = url->key;
    out->had.cluster = out->cluster;
    out->had.digest = out->digest;
    set_link(out, pool, 0);
    return 1;
}

/* 0 if another program follows by now. */
static int make_anew(tg_follow_install_t *in, apr_pool_t *pool)
{
    tg_follow_file_t other;
    tg_fault_t fault;
    int fd;

    switch (tg_follow_file_open(pool, in->file.name, &fd, &other, &fault)) {
    case TG_FOLLOW_FILE_OPEN:
        close(in->fd);
        in->fd = fd;
        tg_follow_file_hold(fd);
        in->is_unwritten = 1;
        break;
    case TG_FOLLOW_FILE_TAKEN:
        tg_message(TG_MESSAGE_ERROR, "%s" TG_FOLLOW_FILE_SUFFIX " was removed, and %s; %s",
                   in->file.name, fault.reason, fault.fix);
        return 0;
    case TG_FOLLOW_FILE_FAILED:
        tg_follow_install_fails(in, TG_FOLLOW_FAILS_FOLLOW, &fault);
        break;
    }
    return 1;
}

int tg_follow_install_tend(tg_follow_install_t *in, apr_pool_t *pool)
{
    if (!tg_follow_file_is_there(pool, in->fd, in->file.name) && !make_anew(in, pool)) {
        return 0;
    }
    if (in->is_unwritten) {
        remember(in, pool);
    }
    return 1;
}

void tg_follow_install_connected(tg_follow_install_t *in, apr_pool_t *pool, const char *endpoint)
{
    tg_follow_install_works(in, TG_FOLLOW_FAILS_LINK);
    if (!in->had.is_connected || in->endpoint != endpoint) {
        in->endpoint = endpoint;
        tg_message(TG_MESSAGE_NOTE, "%s follows %s, by %s", in->file.name, in->had.store, endpoint);
    }
    if (!in->had.is_connected) {
        set_link(in, pool, 1);
    }
}

void tg_follow_install_disconnected(tg_follow_install_t *in, apr_pool_t *pool,
                                    const tg_fault_t *fault)
{
    if (!in->fails[TG_FOLLOW_FAILS_LINK]) {
        in->fails[TG_FOLLOW_FAILS_LINK] = 1;
        tg_message(TG_MESSAGE_WARNING,
                   "%s cannot be followed: %s; %s stays as it is, and it is tried again",
                   in->had.store, fault->reason, in->file.name);
        set_link(in, pool, 0);
    }
}

void tg_follow_install_close(tg_follow_install_t *in, apr_pool_t *pool)
{
    set_link(in, pool, 0);
    tg_message(TG_MESSAGE_NOTE, "nothing follows %s any more; %s stays as it is", in->had.store,
               in->file.name);
}

/* --- the audit log --- */

int tg_follow_install_wants_audit(const tg_follow_install_t *in)
{
    return in->had.audited < in->had.revision;
}

/* Appends the lines of one change: one write, so that one that fails leaves no others behind.
 * Not flushed: what is lost with the power is in the store. */
static int keep_audit(tg_follow_install_t *in, apr_pool_t *pool, const char *lines,
                      int64_t revision)
{
    const char *path = apr_pstrcat(pool, in->file.name, TG_AUDIT_SUFFIX, NULL);
    tg_fault_t fault, why;

    if (!tg_audit_append(pool, path, lines, 0, &why)) {
        tg_fault_set(&fault, "make it writable", "%s", why.reason);
        tg_follow_install_fails(in, TG_FOLLOW_FAILS_AUDIT, &fault);
        return 0;
    }
    tg_follow_install_works(in, TG_FOLLOW_FAILS_AUDIT);
    in->had.audited = revision;
    remember(in, pool);
    return 1;
}

int tg_follow_install_take_audit(tg_follow_install_t *in, apr_pool_t *pool,
                                 const apr_array_header_t *audit, int limit)
{
    int i;

    for (i = 0; i < audit->nelts; i++) {
        const tg_etcd_audit_t *change = &APR_ARRAY_IDX(audit, i, tg_etcd_audit_t);

        if (change->revision > in->had.audited &&
            !keep_audit(in, pool, tg_follow_audit(pool, in->had.store, change), change->revision)) {
            return 0;
        }
    }
    /* A full page may not be the last one. */
    return audit->nelts >= limit || !tg_follow_install_wants_audit(in) ||
           keep_audit(in, pool, tg_follow_audit_none(pool, in->had.store, in->had.revision),
                      in->had.revision);
}

/* --- documents --- */

/* Only what is not in force again after an edit by hand. A rename leaves the mtime. */
static int is_seen(const tg_follow_install_t *in, const struct stat *now)
{
    return in->seen.st_ino != 0 && now->st_ino == in->seen.st_ino &&
           now->st_size == in->seen.st_size && now->st_mtim.tv_sec == in->seen.st_mtim.tv_sec &&
           now->st_mtim.tv_nsec == in->seen.st_mtim.tv_nsec;
}

int tg_follow_install_is_done(const tg_follow_install_t *in, int64_t revision)
{
    struct stat now;

    if (revision != in->looked_at || tg_follow_install_wants_audit(in)) {
        return 0;
    }
    /* There is nothing to compare the file with. */
    if (in->document == TG_FOLLOW_DOCUMENT_ABSENT || in->document == TG_FOLLOW_DOCUMENT_REFUSED) {
        return 1;
    }
    return !in->fails[TG_FOLLOW_FAILS_FILE] && stat(in->file.name, &now) == 0 && is_seen(in, &now);
}

static int put(tg_follow_install_t *in, apr_pool_t *pool, const tg_etcd_document_t *document)
{
    tg_fault_t fault;

    if (!tg_store_file_install(&in->file, pool, document->text, &in->seen, &fault)) {
        memset(&in->seen, 0, sizeof(in->seen));
        tg_follow_install_fails(in, TG_FOLLOW_FAILS_FILE, &fault);
        return 0;
    }
    tg_follow_install_works(in, TG_FOLLOW_FAILS_FILE);
    return 1;
}

static int is_had(const tg_follow_install_t *in, apr_pool_t *pool,
                  const tg_etcd_document_t *document)
{
    return document->revision == in->had.revision &&
           strcmp(tg_text_hash(pool, document->text), in->digest) == 0;
}

/* Of the history that was followed so far. The same cluster, restored from a copy, counts
 * its revisions from there once more. */
static int is_known(const tg_follow_install_t *in, apr_pool_t *pool,
                    const tg_etcd_document_t *document)
{
    return strcmp(in->cluster, document->cluster) == 0 &&
           (document->revision > in->had.revision || is_had(in, pool, document));
}

/* A new one. The file comes first: that is what clients get. */
static void install(tg_follow_install_t *in, apr_pool_t *pool, const tg_etcd_document_t *document)
{
    int known = is_known(in, pool, document);

    if (!put(in, pool, document)) {
        return;
    }
    if (!known) {
        if (in->cluster[0]) {
            tg_message(TG_MESSAGE_WARNING,
                       "%s has another history now: it was rebuilt or restored, or is "
                       "another cluster; what it has is followed",
                       in->had.store);
        }
        /* What was changed in a history that is not known is not told. */
        in->had.audited = document->revision - 1;
    }
    apr_cpystrn(in->cluster, document->cluster, sizeof(in->cluster));
    apr_cpystrn(in->digest, tg_text_hash(pool, document->text), sizeof(in->digest));
    in->had.revision = document->revision;
    turns(in, TG_FOLLOW_DOCUMENT_INSTALLED, document->revision);
    tg_message(TG_MESSAGE_NOTE, "revision %" APR_INT64_T_FMT " is installed", document->revision);
    remember(in, pool);
}

/* The one that was installed last: is it still there? */
static void keep(tg_follow_install_t *in, apr_pool_t *pool, const tg_etcd_document_t *document)
{
    apr_size_t length;
    const char *has;
    tg_fault_t ignored;
    tg_file_result_t result;

    if (stat(in->file.name, &in->seen) != 0) {
        memset(&in->seen, 0, sizeof(in->seen));
    }
    result = tg_file_read(pool, in->file.name, TG_STATE_MAX, &has, &length, &ignored);
    if (result == TG_FILE_ABSENT) {
        if (put(in, pool, document)) {
            tg_message(TG_MESSAGE_WARNING, "%s was gone: it is there again", in->file.name);
            turns(in, TG_FOLLOW_DOCUMENT_INSTALLED, document->revision);
        }
        return;
    }
    /* There is a file, whoever wrote it: nothing is left to be written. */
    tg_follow_install_works(in, TG_FOLLOW_FAILS_FILE);
    if (result == TG_FILE_READ && strcmp(has, document->text) == 0) {
        turns(in, TG_FOLLOW_DOCUMENT_INSTALLED, document->revision);
    }
    else if (turns(in, TG_FOLLOW_DOCUMENT_CHANGED, document->revision)) {
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
                   "%s has no document any more; %s stays as it is. Put one back, such as "
                   "that file: etcdctl put %s <FILE",
                   in->had.store, in->file.name, in->had.key);
    }
}

void tg_follow_install_take(tg_follow_install_t *in, apr_pool_t *pool,
                            const tg_etcd_document_t *document)
{
    tg_state_t state;
    tg_fault_t fault;

    in->looked_at = document->revision;
    if (!document->text) {
        if (turns(in, TG_FOLLOW_DOCUMENT_ABSENT, 0)) {
            say_absent(in);
        }
    }
    else if (!tg_state_parse(pool, document->text, document->length, &state, &fault)) {
        if (turns(in, TG_FOLLOW_DOCUMENT_REFUSED, document->revision)) {
            tg_message(TG_MESSAGE_ERROR,
                       "%s, revision %" APR_INT64_T_FMT ": %s; %s; %s stays as it is",
                       in->had.store, document->revision, fault.reason, fault.fix, in->file.name);
        }
    }
    else if (strcmp(in->cluster, document->cluster) == 0 && is_had(in, pool, document)) {
        keep(in, pool, document);
    }
    else {
        install(in, pool, document);
    }
}
