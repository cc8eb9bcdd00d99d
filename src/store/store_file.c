/* A store that is a file: see store.h.
 *
 * A change is written beside the file, flushed, and renamed over it, under a lock of its
 * own: whoever reads sees the old document or the new one, and whoever is killed leaves the
 * old one. The lock is never removed, since a lock that can vanish is none.
 */
#include "store.h"

#include "format/plan.h"
#include "os/file.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/** How long to wait for the lock: so many tries, and the pause between two. */
#define LOCK_TRIES 1000
#define LOCK_PAUSE apr_time_from_msec(10)

static const char *beside(apr_pool_t *pool, const tg_store_t *store, const char *suffix)
{
    return apr_pstrcat(pool, store->name, suffix, NULL);
}

static int read_file(const tg_store_t *store, apr_pool_t *pool, tg_store_snapshot_t *out,
                     tg_fault_t *fault)
{
    tg_file_result_t result;
    apr_size_t length;

    memset(out, 0, sizeof(*out));
    out->state = tg_state_empty(pool);
    result = tg_file_read(pool, store->name, TG_STATE_MAX, &out->text, &length, fault);
    /* It may have been written since it was looked for. */
    if (result == TG_FILE_ABSENT && tg_audit_tells(pool, beside(pool, store, TG_AUDIT_SUFFIX))) {
        result = tg_file_read(pool, store->name, TG_STATE_MAX, &out->text, &length, fault);
        out->is_lost = result == TG_FILE_ABSENT;
    }
    return result == TG_FILE_ABSENT ||
           (result == TG_FILE_READ && tg_state_parse(pool, out->text, length, &out->state, fault));
}

/* The descriptor that holds the lock, or -1. */
static int lock(apr_pool_t *pool, const tg_store_t *store, tg_fault_t *fault)
{
    const char *path = beside(pool, store, ".lock");
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    int tries = LOCK_TRIES;

    if (fd < 0) {
        tg_fault_set(fault, "make the directory, and be root", "%s: %s", path, strerror(errno));
        return -1;
    }
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || --tries == 0) {
            tg_fault_set(fault, "see who holds it", "%s: the lock cannot be had: %s", path,
                         strerror(errno));
            close(fd);
            return -1;
        }
        apr_sleep(LOCK_PAUSE);
    }
    return fd;
}

static int is_same(const tg_store_snapshot_t *a, const tg_store_snapshot_t *b)
{
    return a->text == b->text || (a->text && b->text && strcmp(a->text, b->text) == 0);
}

/* A new file with that content, safe on the disk. What a program that was killed left there
 * is in the way, and nobody else's: we hold the lock. */
static int prepare(const char *path, const char *text, tg_fault_t *fault)
{
    int fd, ok;

    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    ok =
        fd >= 0 && fchmod(fd, 0644) == 0 && tg_file_write(fd, text, strlen(text)) && fsync(fd) == 0;
    if (!ok) {
        tg_fault_set(fault, "see to the disk and to the directory", "%s: %s", path,
                     strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    if (!ok) {
        unlink(path);
    }
    return ok;
}

static const char *directory_of(apr_pool_t *pool, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash) {
        return ".";
    }
    return slash == path ? "/" : apr_pstrmemdup(pool, path, (apr_size_t)(slash - path));
}

/* The rename itself has to be on the disk as well. */
static int flush_directory(apr_pool_t *pool, const char *path)
{
    int fd = open(directory_of(pool, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

/* From here on it is known what is to be done, and that it may be. */
static tg_store_result_t replace(apr_pool_t *pool, const tg_store_t *store, const char *new,
                                 const tg_audit_t *audit, tg_fault_t *fault)
{
    const char *log = beside(pool, store, TG_AUDIT_SUFFIX);
    tg_fault_t ignored;

    if (!tg_audit_write(pool, log, audit, "begun", 1, fault)) {
        return TG_STORE_FAILED;
    }
    if (rename(new, store->name) != 0) {
        tg_fault_set(fault, "see to the directory", "%s: %s", store->name, strerror(errno));
        tg_audit_write(pool, log, audit, apr_pstrcat(pool, "failed: ", strerror(errno), NULL), 0,
                       &ignored);
        return TG_STORE_FAILED;
    }
    if (!flush_directory(pool, store->name)) {
        tg_fault_set(fault, "see to the disk", "it may be lost if the power fails now: %s",
                     strerror(errno));
        tg_audit_write(pool, log, audit, "done", 0, &ignored);
        return TG_STORE_DOUBTFUL;
    }
    return tg_audit_write(pool, log, audit, "done", 0, fault) ? TG_STORE_DONE : TG_STORE_DOUBTFUL;
}

static tg_store_result_t write_locked(const tg_store_t *store, apr_pool_t *pool,
                                      const tg_store_snapshot_t *before, const char *text,
                                      const tg_audit_t *audit, tg_fault_t *fault)
{
    const char *new = beside(pool, store, ".new");
    tg_store_result_t result;
    tg_store_snapshot_t now;

    if (!read_file(store, pool, &now, fault)) {
        return TG_STORE_FAILED; /* it broke meanwhile: nobody may write over that */
    }
    if (!is_same(before, &now)) {
        return TG_STORE_CHANGED;
    }
    if (!prepare(new, text, fault)) {
        return TG_STORE_FAILED;
    }
    result = replace(pool, store, new, audit, fault);
    if (result == TG_STORE_FAILED) {
        unlink(new);
    }
    return result;
}

static tg_store_result_t write_file(const tg_store_t *store, apr_pool_t *pool,
                                    const tg_store_snapshot_t *before, const char *text,
                                    const tg_audit_t *audit, tg_fault_t *fault)
{
    int fd = lock(pool, store, fault);
    tg_store_result_t result;

    if (fd < 0) {
        return TG_STORE_FAILED;
    }
    result = write_locked(store, pool, before, text, audit, fault);
    close(fd); /* which gives the lock back, as being killed does */
    return result;
}

/* --- whether httpd takes it --- */

/* Root, or who started httpd: who wrote the plan. */
static int is_owner(apr_pool_t *pool, const tg_store_t *store, uid_t owner)
{
    struct stat plan;

    return owner == 0 || owner == geteuid() ||
           (stat(beside(pool, store, TG_PLAN_SUFFIX), &plan) == 0 && plan.st_uid == owner);
}

/* httpd uses nothing that others could have written. Its children are not root. */
static const char *problem_of(apr_pool_t *pool, const tg_store_t *store, const char *what,
                              const char *path, mode_t needed)
{
    struct stat info;

    if (stat(path, &info) != 0) {
        return NULL;
    }
    if (info.st_mode & (S_IWGRP | S_IWOTH)) {
        return apr_pstrcat(pool, "httpd refuses the state: others may write the ", what, " ", path,
                           "; chmod go-w it", NULL);
    }
    if (!is_owner(pool, store, info.st_uid)) {
        return apr_psprintf(pool,
                            "httpd refuses the state: the %s %s belongs to user %lu; give it "
                            "to root",
                            what, path, (unsigned long)info.st_uid);
    }
    if (info.st_uid == 0 && (info.st_mode & needed) == 0) {
        return apr_pstrcat(pool, "httpd cannot read the state: only root may use the ", what, " ",
                           path, "; chmod go+rX it", NULL);
    }
    return NULL;
}

static const char *problem_of_file(const tg_store_t *store, apr_pool_t *pool)
{
    const char *directory = directory_of(pool, store->name);
    const char *problem = problem_of(pool, store, "directory", directory, S_IXGRP | S_IXOTH);

    if (access(directory, F_OK) != 0 && errno == ENOENT) {
        return apr_pstrcat(pool, "the directory ", directory, " is missing: install -d -m 755 ",
                           directory, ", and reload httpd", NULL);
    }
    return problem ? problem : problem_of(pool, store, "file", store->name, S_IRGRP | S_IROTH);
}

/* What was written, before it had its name: what comes later is somebody else's. */
static int install_locked(const tg_store_t *store, apr_pool_t *pool, const char *text,
                          struct stat *written, tg_fault_t *fault)
{
    const char *new = beside(pool, store, ".new");

    if (!prepare(new, text, fault)) {
        return 0;
    }
    if (stat(new, written) != 0 || rename(new, store->name) != 0 ||
        !flush_directory(pool, store->name)) {
        tg_fault_set(fault, "see to the directory", "%s: %s", store->name, strerror(errno));
        unlink(new);
        return 0;
    }
    return 1;
}

int tg_store_file_install(const tg_store_t *store, apr_pool_t *pool, const char *text,
                          struct stat *written, tg_fault_t *fault)
{
    int fd = lock(pool, store, fault);
    int ok = fd >= 0 && install_locked(store, pool, text, written, fault);

    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

/* Where a symbolic link leads to: a rename would put a file in the place of the link. */
static const char *real_path(apr_pool_t *pool, const char *path)
{
    char *real = realpath(path, NULL);
    const char *copy = apr_pstrdup(pool, real ? real : path);

    free(real);
    return copy;
}

tg_store_t tg_store_file(apr_pool_t *pool, const char *path)
{
    const tg_store_t store = {
        real_path(pool, path), "httpd follows within two seconds", NULL, read_file, write_file,
        problem_of_file
    };

    return store;
}
