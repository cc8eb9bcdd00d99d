/* Whole files: see file.h. */
#include "file.h"

#include "mount.h"

#include "base/shell.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIX_READ "check the disk and the file system"

/* --- reading --- */

/* A file that is being written in place may be shorter than it was when it was opened. */
static int read_up_to(int fd, char *buffer, apr_size_t size, apr_size_t *length)
{
    ssize_t n = 1;

    for (*length = 0; *length < size && n != 0;) {
        n = read(fd, buffer + *length, size - *length);
        if (n < 0 && errno != EINTR) {
            return 0;
        }
        *length += n > 0 ? (apr_size_t)n : 0;
    }
    buffer[*length] = '\0';
    return 1;
}

/* The system's fault, not that of the file. */
static int fail_reading(tg_file_t *out, const char *fix, tg_fault_t *fault)
{
    out->error = errno;
    return tg_fault_set(fault, fix, "%s", strerror(out->error));
}

static int read_opened(apr_pool_t *pool, int fd, apr_size_t most, tg_file_t *out, tg_fault_t *fault)
{
    char *buffer;

    if (fstat(fd, &out->info) != 0) {
        return fail_reading(out, FIX_READ, fault);
    }
    if (!S_ISREG(out->info.st_mode)) {
        return tg_fault_set(fault, "name a regular file", "it is not a regular file");
    }
    if (out->info.st_size > (off_t)most) {
        return tg_fault_set(fault, "shorten it", "it has more than %lu bytes", (unsigned long)most);
    }
    buffer = apr_palloc(pool, (apr_size_t)out->info.st_size + 1);
    out->text = buffer;
    return read_up_to(fd, buffer, (apr_size_t)out->info.st_size, &out->length) ||
           fail_reading(out, FIX_READ, fault);
}

/* Non-blocking, because it may be a pipe without a writer. */
#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC)

/* What was opened, or could not be, which errno tells. @param directory a descriptor, or
 * AT_FDCWD */
static tg_file_result_t read_named(apr_pool_t *pool, int fd, int directory, const char *name,
                                   apr_size_t most, tg_file_t *out, tg_fault_t *fault)
{
    int ok;

    memset(out, 0, sizeof(*out));
    if (fd < 0 && errno == ENOENT) {
        return TG_FILE_ABSENT;
    }
    if (fd < 0) {
        fail_reading(out,
                     errno == EACCES || errno == EPERM
                         ? "run as root, or as a user who may read the file"
                         : "check the path and the file system",
                     fault);
        /* So that the caller can tell when it has changed. */
        if (fstatat(directory, name, &out->info, 0) != 0) {
            memset(&out->info, 0, sizeof(out->info));
        }
        return TG_FILE_DENIED;
    }
    ok = read_opened(pool, fd, most, out, fault);
    close(fd);
    return ok ? TG_FILE_READ : TG_FILE_FAILED;
}

tg_file_result_t tg_file_read(apr_pool_t *pool, const char *path, apr_size_t most, tg_file_t *out,
                              tg_fault_t *fault)
{
    return read_named(pool, open(path, READ_FLAGS), AT_FDCWD, path, most, out, fault);
}

tg_file_result_t tg_file_read_in(apr_pool_t *pool, const tg_file_place_t *place, apr_size_t most,
                                 tg_file_t *out, tg_fault_t *fault)
{
    int fd = openat(place->directory, place->name, READ_FLAGS | O_NOFOLLOW);

    return read_named(pool, fd, place->directory, place->name, most, out, fault);
}

static const char *read_last_bytes(apr_pool_t *pool, int fd, apr_size_t most, apr_size_t *length)
{
    struct stat info;
    apr_size_t size;
    char *buffer;

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return NULL;
    }
    size = info.st_size > (off_t)most ? most : (apr_size_t)info.st_size;
    if (lseek(fd, info.st_size - (off_t)size, SEEK_SET) < 0) {
        return NULL;
    }
    buffer = apr_palloc(pool, size + 1);
    return read_up_to(fd, buffer, size, length) ? buffer : NULL;
}

const char *tg_file_read_end(apr_pool_t *pool, const char *path, apr_size_t most,
                             apr_size_t *length)
{
    int fd = open(path, READ_FLAGS);
    const char *text = fd < 0 ? NULL : read_last_bytes(pool, fd, most, length);

    if (fd >= 0) {
        close(fd);
    }
    return text;
}

/* --- who may write --- */

int tg_file_is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

const char *tg_file_directory(const char *path, char directory[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash && slash > path ? (size_t)(slash - path) : 1;

    apr_cpystrn(directory, slash ? path : ".", length < PATH_MAX ? length + 1 : PATH_MAX);
    return directory;
}

int tg_file_is_writable_by_others(const struct stat *info)
{
    return (info->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* A path that is too long is left out: part of a path is another path. */
const char *tg_file_fix_command(char fix[TG_FAULT_MAX], const char *command, const char *path)
{
    char word[TG_FAULT_MAX];

    if (tg_shell_word_into(path, word, sizeof(word) - strlen(command) - sizeof("run  "))) {
        apr_snprintf(fix, TG_FAULT_MAX, "run %s %s", command, word);
    }
    else {
        apr_snprintf(fix, TG_FAULT_MAX, "run %s on it", command);
    }
    return fix;
}

int tg_file_no_directory(const char *path, int error, tg_fault_t *fault)
{
    char directory[PATH_MAX], word[TG_FAULT_MAX], fix[TG_FAULT_MAX];

    if (error == ENOENT) {
        apr_snprintf(fix, sizeof(fix), "create it, writable by root only: install -d -m 755 %s",
                     tg_shell_word_into(tg_file_directory(path, directory), word, sizeof(word) - 60)
                         ? word
                         : "DIRECTORY");
        tg_fault_set(fault, fix, "its directory: %s", strerror(error));
    }
    else {
        tg_fault_set(fault, "check the permissions of the directories above it",
                     "its directory: %s", strerror(error));
    }
    errno = error;
    return 0;
}

int tg_file_is_trusted(const struct stat *info, uid_t owner, const char *what, const char *path,
                       tg_fault_t *fault)
{
    char fix[TG_FAULT_MAX];

    if (info->st_uid != 0 && info->st_uid != owner) {
        return tg_fault_set(fault, tg_file_fix_command(fix, "chown root", path),
                            "the %s belongs to user %lu", what, (unsigned long)info->st_uid);
    }
    return !tg_file_is_writable_by_others(info) ||
           tg_fault_set(fault, tg_file_fix_command(fix, "chmod go-w", path),
                        "the %s is writable by group or others", what);
}

void tg_file_ignore_write_bits(const char *directory, struct stat *info)
{
    if (tg_file_is_writable_by_others(info) && tg_mount_is_sealed(directory)) {
        info->st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
    }
}

/* Checked twice: the file may be replaced in between where it is not mounted. */
int tg_file_is_left_behind(const char *path, tg_fault_t *fault)
{
    struct stat first, second;

    if (stat(path, &first) != 0 || first.st_nlink != 0 || stat(path, &second) != 0 ||
        second.st_nlink != 0 || first.st_ino != second.st_ino) {
        return 0;
    }
    tg_fault_set(fault,
                 "mount the directory in place of the file, and start httpd again: a bind mount of "
                 "one file keeps showing the old file",
                 "the file was replaced, but the old one is still mounted here");
    return 1;
}

/* --- its directory --- */

int tg_file_fail(const char *path, const char *name, tg_fault_t *fault)
{
    const int saved = errno;
    char directory[PATH_MAX], fix[TG_FAULT_MAX];

    apr_snprintf(fix, sizeof(fix), "check permissions and free space of %s",
                 tg_file_directory(path, directory));
    tg_fault_set(fault, fix, "%s: %s", name, strerror(saved));
    errno = saved;
    return 0;
}

int tg_file_place_open(const char *path, tg_file_place_t *out, tg_fault_t *fault)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(path, '/');

    out->path = path;
    out->name = slash ? slash + 1 : path;
    out->directory = open(tg_file_directory(path, directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return out->directory >= 0 || tg_file_fail(path, directory, fault);
}

int tg_file_place_open_trusted(const char *path, uid_t owner, tg_file_place_t *out,
                               tg_fault_t *fault)
{
    char directory[PATH_MAX];
    struct stat info;

    if (!tg_file_place_open(path, out, fault)) {
        return tg_file_no_directory(path, errno, fault);
    }
    tg_file_directory(path, directory);
    if (fstat(out->directory, &info) != 0) {
        tg_file_fail(path, directory, fault);
        tg_file_place_close(out);
        return 0;
    }
    tg_file_ignore_write_bits(directory, &info);
    if (tg_file_is_trusted(&info, owner, "directory", directory, fault)) {
        return 1;
    }
    tg_file_place_close(out);
    errno = EPERM;
    return 0;
}

void tg_file_place_close(tg_file_place_t *place)
{
    int saved = errno;

    close(place->directory);
    errno = saved;
}

/* --- files beside it --- */

int tg_file_open_beside(const char *path, int flags, mode_t mode)
{
    int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);
    struct stat info;
    int error;

    if (fd < 0) {
        return -1;
    }
    error = fstat(fd, &info) != 0    ? errno
            : !S_ISREG(info.st_mode) ? EINVAL
            : info.st_nlink > 1      ? EMLINK
                                     : 0;
    if (error == 0) {
        return fd;
    }
    close(fd);
    errno = error;
    return -1;
}

const char *tg_file_fix_beside(int error, const char *otherwise)
{
    return error == ELOOP || error == EMLINK || error == EINVAL || error == EISDIR
               ? "remove what is in its place"
               : otherwise;
}
