/* A store that is a file: see store.h.
 *
 * A change is written beside the file, flushed, and renamed over it, under a lock in FILE.lock:
 * readers see the old document or the new one, and a program that is killed leaves the old one.
 * FILE.lock is never removed: two programs could otherwise hold locks on two files of that name.
 */
#include "store.h"

#include "base/message.h"
#include "base/shell.h"
#include "format/plan.h"
#include "os/file_replace.h"
#include "os/link.h"

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

/** How often to try to get the lock, and the pause between two tries. */
#define LOCK_TRIES 1000
#define LOCK_PAUSE apr_time_from_msec(10)

#define LOST_WITH_POWER "the change is made, but a power failure now could lose it: "

static const char *path_beside(apr_pool_t *pool, const tg_store_t *store, const char *suffix)
{
    return apr_pstrcat(pool, store->name, suffix, NULL);
}

static int read_file(const tg_store_t *store, apr_pool_t *pool, tg_store_snapshot_t *out,
                     tg_fault_t *fault)
{
    tg_file_result_t result;
    tg_file_t file;

    memset(out, 0, sizeof(*out));
    out->state = tg_state_empty(pool);
    result = tg_file_read(pool, store->name, TG_STATE_MAX, &file, fault);
    /* It may have been written since the first read. */
    if (result == TG_FILE_ABSENT &&
        tg_audit_tells(pool, path_beside(pool, store, TG_AUDIT_SUFFIX))) {
        result = tg_file_read(pool, store->name, TG_STATE_MAX, &file, fault);
        out->is_lost = result == TG_FILE_ABSENT;
    }
    out->text = file.text;
    if (result == TG_FILE_READ) {
        out->is_broken = !tg_state_parse(pool, file.text, file.length, &out->state, fault);
    }
    return result == TG_FILE_ABSENT || (result == TG_FILE_READ && !out->is_broken);
}

static int read_audit_file(const tg_store_t *store, apr_pool_t *pool, tg_audit_log_t *log,
                           tg_fault_t *fault)
{
    return tg_audit_log_read(pool, path_beside(pool, store, TG_AUDIT_SUFFIX), log, fault);
}

/* The descriptor that holds the lock, or -1. */
static int take_store_lock(apr_pool_t *pool, const tg_store_t *store, tg_fault_t *fault)
{
    const char *path = path_beside(pool, store, ".lock");
    int fd = tg_file_open_beside(path, O_RDWR | O_CREAT, 0600);
    int tries = LOCK_TRIES;

    if (fd < 0) {
        tg_fault_set(fault, tg_file_fix_beside(errno, "create the directory, and run as root"),
                     "%s: %s", path, strerror(errno));
        return -1;
    }
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || --tries == 0) {
            tg_fault_set(fault, "find the program that holds it", "%s: cannot get the lock: %s",
                         path, strerror(errno));
            close(fd);
            return -1;
        }
        apr_sleep(LOCK_PAUSE);
    }
    return fd;
}

static int is_same_snapshot(const tg_store_snapshot_t *a, const tg_store_snapshot_t *b)
{
    return a->text == b->text || (a->text && b->text && strcmp(a->text, b->text) == 0);
}

/* The draft is written, and the change may be made. */
static tg_store_result_t publish_change(apr_pool_t *pool, const tg_store_t *store,
                                        const tg_file_place_t *place, const tg_file_draft_t *draft,
                                        const tg_audit_t *audit, tg_fault_t *fault)
{
    const char *log = path_beside(pool, store, TG_AUDIT_SUFFIX);
    tg_fault_t ignored, why;

    if (!tg_audit_write(pool, log, audit, TG_AUDIT_BEGUN, 1, fault)) {
        tg_file_discard(place, draft);
        return TG_STORE_FAILED;
    }
    if (!tg_file_publish(place, draft, fault)) {
        tg_audit_write(pool, log, audit, apr_pstrcat(pool, "failed: ", strerror(errno), NULL), 0,
                       &ignored);
        return TG_STORE_FAILED;
    }
    if (!tg_file_flush(place, &why)) {
        tg_fault_set(fault, why.fix, LOST_WITH_POWER "%s", why.reason);
        tg_audit_write(pool, log, audit, TG_AUDIT_WRITTEN, 0, &ignored);
        return TG_STORE_DOUBTFUL;
    }
    return tg_audit_write(pool, log, audit, TG_AUDIT_WRITTEN, 0, fault) ? TG_STORE_DONE
                                                                        : TG_STORE_DOUBTFUL;
}

/** The widest mode of a file with the names of customers, other than the state itself. */
#define MODE_MOST 0640

/* 1 if whoever could read the file that is there can read one of that mode and group that we
 * write: its owner may be the user of httpd's children, and becomes us. root reads all, but
 * its children do not. */
static int is_mode_enough(const struct stat *info)
{
    return info->st_uid == 0 ? (info->st_mode & 0044) != 0 : info->st_uid == geteuid();
}

/* A new state is for everyone, as httpd's children need it. One that is there keeps its mode and
 * its group, which somebody may have chosen, if httpd can still read it then. */
static tg_file_bytes_t bytes_of_state(const tg_file_place_t *place, const char *text)
{
    tg_file_bytes_t bytes = { text, strlen(text), 0644, TG_FILE_OWN_GROUP, 0644 };
    struct stat info;

    if (fstatat(place->directory, place->name, &info, 0) == 0 && is_mode_enough(&info)) {
        bytes.mode = 0600 | (info.st_mode & 0044);
        bytes.group = info.st_gid;
        bytes.other_mode = bytes.mode & 0040 ? 0644 : bytes.mode;
    }
    return bytes;
}

static int draft_state(apr_pool_t *pool, const tg_file_place_t *place, const char *text,
                       tg_file_draft_t *out, tg_fault_t *fault)
{
    const tg_file_bytes_t bytes = bytes_of_state(place, text);

    return tg_file_draft_bytes(pool, place, &bytes, TG_FILE_ALONE, out, fault);
}

/* What undo needs gets its name once the change is made: until then an earlier change may be
 * undone.
 */
static tg_store_result_t publish_with_kept(apr_pool_t *pool, const tg_store_t *store,
                                           const tg_file_place_t *place,
                                           const tg_file_draft_t *draft, const tg_audit_t *audit,
                                           tg_fault_t *fault)
{
    const char *path = path_beside(pool, store, TG_KEPT_SUFFIX);
    const char *text = tg_kept_print(pool, audit->id, audit->kept);
    const tg_file_place_t beside = { place->directory, path,
                                     apr_pstrcat(pool, place->name, TG_KEPT_SUFFIX, NULL) };
    tg_store_result_t result;
    tg_file_bytes_t bytes;
    tg_file_draft_t kept;

    if (!text) {
        tg_fault_set(fault, "import it in parts", "out of memory");
    }
    else {
        bytes = bytes_of_state(place, text);
        bytes.mode &= MODE_MOST;
        bytes.other_mode = 0600;
    }
    if (!text || !tg_file_draft_bytes(pool, &beside, &bytes, TG_FILE_ALONE, &kept, fault)) {
        tg_file_discard(place, draft);
        return TG_STORE_FAILED;
    }
    result = publish_change(pool, store, place, draft, audit, fault);
    if (result == TG_STORE_FAILED) {
        tg_file_discard(&beside, &kept);
    }
    else if (!tg_file_publish(&beside, &kept, fault) || !tg_file_flush(&beside, fault)) {
        return TG_STORE_DOUBTFUL;
    }
    return result;
}

static const char *damaged_name(apr_pool_t *pool, const tg_file_place_t *place)
{
    return apr_pstrcat(pool, place->name, TG_STORE_DAMAGED_SUFFIX, NULL);
}

/* Once it is no state any more: until then it has the mode that a state has. */
static void narrow_damaged(apr_pool_t *pool, const tg_file_place_t *place)
{
    const char *kept = damaged_name(pool, place);
    struct stat info;

    if (fstatat(place->directory, kept, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
        info.st_nlink == 1 && fchmodat(place->directory, kept, info.st_mode & MODE_MOST, 0) != 0) {
        tg_message(TG_MESSAGE_WARNING, "others may read %s: %s", kept, strerror(errno));
    }
}

/* Somebody may want to see what is wrong with it. */
static void keep_damaged(apr_pool_t *pool, const tg_file_place_t *place)
{
    const char *kept = damaged_name(pool, place);

    unlinkat(place->directory, kept, 0);
    if (linkat(place->directory, place->name, place->directory, kept, 0) != 0) {
        tg_message(TG_MESSAGE_WARNING, "the damaged file is not kept as %s: %s", kept,
                   strerror(errno));
    }
}

static tg_store_result_t write_under_lock(const tg_store_t *store, apr_pool_t *pool,
                                          const tg_store_snapshot_t *before, const char *text,
                                          const tg_audit_t *audit, tg_fault_t *fault)
{
    tg_store_result_t result = TG_STORE_FAILED;
    tg_store_snapshot_t now;
    tg_file_place_t place;
    tg_file_draft_t draft;

    /* A document that is broken by now is not overwritten. */
    if (!read_file(store, pool, &now, fault) && !(before->is_broken && now.is_broken)) {
        return TG_STORE_FAILED;
    }
    if (!is_same_snapshot(before, &now)) {
        return TG_STORE_CHANGED;
    }
    if (!tg_file_place_open(store->name, &place, fault)) {
        return TG_STORE_FAILED;
    }
    if (before->is_broken) {
        keep_damaged(pool, &place);
    }
    if (draft_state(pool, &place, text, &draft, fault)) {
        result = audit->kept ? publish_with_kept(pool, store, &place, &draft, audit, fault)
                             : publish_change(pool, store, &place, &draft, audit, fault);
    }
    if (before->is_broken && result != TG_STORE_FAILED) {
        narrow_damaged(pool, &place);
    }
    tg_file_place_close(&place);
    return result;
}

static tg_store_result_t write_file(const tg_store_t *store, apr_pool_t *pool,
                                    const tg_store_snapshot_t *before, const char *text,
                                    const tg_audit_t *audit, tg_fault_t *fault)
{
    int fd = take_store_lock(pool, store, fault);
    tg_store_result_t result;

    if (fd < 0) {
        return TG_STORE_FAILED;
    }
    result = write_under_lock(store, pool, before, text, audit, fault);
    close(fd); /* and with it the lock */
    return result;
}

static int read_kept_file(const tg_store_t *store, apr_pool_t *pool, const char *id, tg_kept_t *out,
                          tg_fault_t *fault)
{
    return tg_kept_read(pool, path_beside(pool, store, TG_KEPT_SUFFIX), id, out, fault);
}

static int confirm_in_file(const tg_store_t *store, apr_pool_t *pool, const tg_audit_t *audit,
                           const char *outcome, const apr_array_header_t *acts,
                           const apr_array_header_t *pending, tg_fault_t *fault)
{
    return tg_audit_append(pool, path_beside(pool, store, TG_AUDIT_SUFFIX),
                           tg_audit_outcome_line(pool, audit, outcome, acts, pending), 0, fault);
}

/* --- whether httpd accepts it --- */

/* The user who started httpd, and so wrote the plan; without a plan, root. */
static uid_t starter_of_httpd(apr_pool_t *pool, const tg_store_t *store)
{
    struct stat plan;

    return stat(path_beside(pool, store, TG_PLAN_SUFFIX), &plan) == 0 ? plan.st_uid : 0;
}

/* httpd uses nothing that others could have written. Its children do not run as root. */
static const char *problem_of(apr_pool_t *pool, const tg_store_t *store, const char *what,
                              const char *path, mode_t needed)
{
    uid_t self = geteuid();
    struct stat info;
    tg_fault_t fault;

    if (stat(path, &info) != 0) {
        return NULL;
    }
    if (S_ISDIR(info.st_mode)) {
        tg_file_ignore_write_bits(path, &info);
    }
    what = apr_pstrcat(pool, what, " ", path, NULL);
    if (!tg_file_is_trusted(&info, info.st_uid == self ? self : starter_of_httpd(pool, store), what,
                            path, &fault)) {
        return apr_psprintf(pool, "httpd refuses the state: %s; %s", fault.reason, fault.fix);
    }
    if (info.st_uid == 0 && (info.st_mode & needed) == 0) {
        return apr_pstrcat(pool, "httpd cannot read the state: only root may use the ", what,
                           "; run chmod go+rX ", tg_shell_word(pool, path), NULL);
    }
    return NULL;
}

static const char *problem_of_file(const tg_store_t *store, apr_pool_t *pool)
{
    char directory[PATH_MAX];
    tg_fault_t fault;
    const char *problem = problem_of(pool, store, "directory",
                                     tg_file_directory(store->name, directory), S_IXGRP | S_IXOTH);

    if (access(directory, F_OK) != 0 && errno == ENOENT) {
        return apr_pstrcat(pool, "the directory ", directory, " is missing: run install -d -m 755 ",
                           tg_shell_word(pool, directory), ", then reload httpd", NULL);
    }
    if (!problem && tg_file_is_left_behind(store->name, &fault)) {
        problem = apr_psprintf(pool, "httpd refuses the state: %s; %s", fault.reason, fault.fix);
    }
    return problem ? problem : problem_of(pool, store, "file", store->name, S_IRGRP | S_IROTH);
}

static tg_store_result_t install_under_lock(const tg_store_t *store, apr_pool_t *pool,
                                            const char *text, struct stat *written,
                                            tg_fault_t *fault)
{
    tg_store_result_t result = TG_STORE_FAILED;
    tg_file_place_t place;
    tg_file_draft_t draft;
    tg_fault_t why;

    if (!tg_file_place_open(store->name, &place, fault)) {
        return TG_STORE_FAILED;
    }
    if (draft_state(pool, &place, text, &draft, fault) && tg_file_publish(&place, &draft, fault)) {
        *written = draft.info;
        result = tg_file_flush(&place, &why) ? TG_STORE_DONE : TG_STORE_DOUBTFUL;
    }
    if (result == TG_STORE_DOUBTFUL) {
        tg_fault_set(fault, why.fix, LOST_WITH_POWER "%s", why.reason);
    }
    tg_file_place_close(&place);
    return result;
}

tg_store_result_t tg_store_file_install(const tg_store_t *store, apr_pool_t *pool, const char *text,
                                        struct stat *written, tg_fault_t *fault)
{
    int fd = take_store_lock(pool, store, fault);
    tg_store_result_t result;

    if (fd < 0) {
        return TG_STORE_FAILED;
    }
    result = install_under_lock(store, pool, text, written, fault);
    close(fd);
    return result;
}

/* The target of a symbolic link, also if it is not there yet: a rename would replace the link
 * itself. */
static const char *real_path(apr_pool_t *pool, const char *path)
{
    char *real = realpath(path, NULL);
    const char *copy = real ? apr_pstrdup(pool, real) : tg_link_end(pool, path);

    free(real);
    return copy;
}

tg_store_t tg_store_file(apr_pool_t *pool, const char *path)
{
    const tg_store_t store = { real_path(pool, path),
                               "httpd follows within two seconds",
                               NULL,
                               TG_STATE_MAX,
                               read_file,
                               write_file,
                               read_audit_file,
                               confirm_in_file,
                               read_kept_file,
                               problem_of_file,
                               NULL };

    return store;
}
