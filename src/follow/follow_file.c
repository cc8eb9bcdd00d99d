/* FILE.follow: see follow_file.h. */
#include "follow_file.h"

#include "base/json.h"
#include "base/json_read.h"
#include "os/file.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION 1

/** The longest line. A URL that does not fit is too long for a command line as well. */
#define LINE_MAX_BYTES 65536

static const char *follow_path(apr_pool_t *pool, const char *state)
{
    return apr_pstrcat(pool, state, TG_FOLLOW_FILE_SUFFIX, NULL);
}

/* --- the line --- */

/* 0 if it is missing: the next program then reads more of the audit than it has to. */
static int64_t revision_or_zero(const tg_json_reader_t *r, const char *member)
{
    json_int_t n = json_integer_value(json_object_get(r->object, member));

    return n > 0 && n < INT64_MAX ? n : 0;
}

static int read_follow_line(const tg_json_reader_t *r, void *into)
{
    tg_follow_file_t *out = into;

    out->revision = revision_or_zero(r, "revision");
    out->audited = revision_or_zero(r, "audited");
    out->is_connected = json_is_true(json_object_get(r->object, "connected"));
    return tg_json_has_version(r, VERSION) && tg_json_read_text(r, "store", &out->store) &&
           tg_json_read_text(r, "key", &out->key) &&
           tg_json_read_text(r, "cluster", &out->cluster) &&
           tg_json_read_text(r, "digest", &out->digest) &&
           tg_json_read_instant(r, "since", &out->since);
}

/* Up to the first newline: what follows is the rest of a longer line. */
static int load_line(apr_pool_t *pool, int fd, tg_follow_file_t *out)
{
    static const tg_follow_file_t empty = { "", "", "", 0, 0, "", 0, 0 };
    char *line = apr_palloc(pool, LINE_MAX_BYTES);
    ssize_t length = fd >= 0 ? pread(fd, line, LINE_MAX_BYTES, 0) : -1;
    tg_fault_t ignored;
    const char *end = length > 0 ? memchr(line, '\n', (size_t)length) : NULL;

    if (end && tg_json_read(pool, line, (apr_size_t)(end - line), LINE_MAX_BYTES, "",
                            read_follow_line, out, &ignored)) {
        return 1;
    }
    *out = empty;
    return 0;
}

/* --- the lock --- */

/* A lock of the whole file. Not flock(): this kind can be tested without taking it. It ends when
 * the program closes the file by any descriptor, so there must be only one. */
static struct flock whole_file(void)
{
    struct flock lock;

    memset(&lock, 0, sizeof(lock));
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

/* 1 if a program holds the lock. Its pid is 0 if it is in another pid namespace. Readers may hold
 * a lock of another type. */
static int is_held(int fd, pid_t *holder)
{
    struct flock lock = whole_file();
    int held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK;

    *holder = held && lock.l_pid > 0 ? lock.l_pid : 0;
    return held;
}

static tg_follow_file_result_t take_lock(int fd, const char *path, const char *state,
                                         tg_fault_t *fault)
{
    struct flock lock = whole_file();
    pid_t holder;

    if (fcntl(fd, F_SETLK, &lock) == 0) {
        return TG_FOLLOW_FILE_OPEN;
    }
    if ((errno == EACCES || errno == EAGAIN) && is_held(fd, &holder)) {
        tg_fault_set(fault, "stop that program first",
                     "a program follows into %s already (process %ld)", state, (long)holder);
        return TG_FOLLOW_FILE_TAKEN;
    }
    tg_fault_set(fault, "find the program that holds it", "%s: cannot get the lock: %s", path,
                 strerror(errno));
    return TG_FOLLOW_FILE_FAILED;
}

void tg_follow_file_hold(int fd)
{
    struct flock lock = whole_file();

    (void)fcntl(fd, F_SETLK, &lock);
}

/* --- the file --- */

int tg_follow_file_read(apr_pool_t *pool, const char *state, tg_follow_file_t *out,
                        int *is_followed)
{
    int fd = open(follow_path(pool, state), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int saved = errno, is_there = load_line(pool, fd, out);
    pid_t holder;

    *is_followed = fd >= 0 && is_held(fd, &holder);
    if (fd >= 0) {
        close(fd);
    }
    errno = fd < 0 ? saved : 0;
    return is_there;
}

/* Everybody who may read it can block us with a lock, so not everybody may. */
static int close_to_others(int fd, const char *path, tg_fault_t *fault)
{
    struct stat info;

    if (fchmod(fd, 0640) == 0 || (fstat(fd, &info) == 0 && (info.st_mode & S_IRWXO) == 0)) {
        return 1;
    }
    return tg_fault_set(fault, "remove it", "%s: others may use it, and that cannot be changed: %s",
                        path, strerror(errno));
}

tg_follow_file_result_t tg_follow_file_open(apr_pool_t *pool, const char *state, int *fd,
                                            tg_follow_file_t *out, tg_fault_t *fault)
{
    const char *path = follow_path(pool, state);
    tg_follow_file_result_t result;

    *fd = tg_file_open_beside(path, O_RDWR | O_CREAT, 0640);
    if (*fd < 0) {
        tg_fault_set(fault, tg_file_fix_beside(errno, "create the directory, and run as root"),
                     "%s: %s", path, strerror(errno));
        return TG_FOLLOW_FILE_FAILED;
    }
    result = take_lock(*fd, path, state, fault);
    if (result == TG_FOLLOW_FILE_OPEN && !close_to_others(*fd, path, fault)) {
        result = TG_FOLLOW_FILE_FAILED;
    }
    if (result != TG_FOLLOW_FILE_OPEN) {
        close(*fd);
        return result;
    }
    load_line(pool, *fd, out);
    return result;
}

int tg_follow_file_is_there(apr_pool_t *pool, int fd, const char *state)
{
    struct stat open_one, named;

    return fstat(fd, &open_one) == 0 && stat(follow_path(pool, state), &named) == 0 &&
           open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* Over the old line; the rest of a longer one is cut off. */
int tg_follow_file_write(apr_pool_t *pool, int fd, const tg_follow_file_t *followed)
{
    const char *line = tg_json_print(
        pool,
        json_pack("{s:i, s:s, s:s, s:s, s:I, s:I, s:s, s:b, s:o}", "version", VERSION, "store",
                  followed->store, "key", followed->key, "cluster", followed->cluster, "revision",
                  (json_int_t)followed->revision, "audited", (json_int_t)followed->audited,
                  "digest", followed->digest, "connected", followed->is_connected, "since",
                  tg_json_instant(followed->since)),
        JSON_COMPACT);
    size_t length = strlen(line);
    ssize_t n = pwrite(fd, line, length, 0);

    if (n >= 0 && (size_t)n < length) {
        errno = ENOSPC;
    }
    return n == (ssize_t)length && ftruncate(fd, (off_t)length) == 0;
}
