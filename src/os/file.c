/* Whole files: see file.h. */
#include "file.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

static int read_opened(apr_pool_t *pool, int fd, apr_size_t most, tg_file_t *out, tg_fault_t *fault)
{
    char *buffer;

    if (fstat(fd, &out->info) != 0) {
        return tg_fault_set(fault, FIX_READ, "%s", strerror(errno));
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
           tg_fault_set(fault, FIX_READ, "%s", strerror(errno));
}

tg_file_result_t tg_file_read(apr_pool_t *pool, const char *path, apr_size_t most, tg_file_t *out,
                              tg_fault_t *fault)
{
    /* Non-blocking, because it may be a pipe without a writer. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int ok;

    memset(out, 0, sizeof(*out));
    if (fd < 0 && errno == ENOENT) {
        return TG_FILE_ABSENT;
    }
    if (fd < 0) {
        tg_fault_set(fault, "run as root, or as a user who may read the file", "%s",
                     strerror(errno));
        return TG_FILE_DENIED;
    }
    ok = read_opened(pool, fd, most, out, fault);
    close(fd);
    return ok ? TG_FILE_READ : TG_FILE_FAILED;
}

/* --- who may write --- */

const char *tg_file_directory(const char *path, char directory[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash && slash > path ? (size_t)(slash - path) : 1;

    apr_cpystrn(directory, slash ? path : ".", length < PATH_MAX ? length + 1 : PATH_MAX);
    return directory;
}

int tg_file_is_open(const struct stat *info)
{
    return (info->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

int tg_file_is_trusted(const struct stat *info, uid_t owner, const char *what, tg_fault_t *fault)
{
    if (info->st_uid != 0 && info->st_uid != owner) {
        return tg_fault_set(fault, "give it to root", "the %s belongs to user %lu", what,
                            (unsigned long)info->st_uid);
    }
    return !tg_file_is_open(info) || tg_fault_set(fault, "run chmod go-w on it",
                                                  "the %s is writable by group or others", what);
}

/* --- replacing --- */

static int write_all(int fd, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t n = write(fd, text, length);

        if (n < 0 && errno != EINTR) {
            return 0;
        }
        text += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return 1;
}

static int create_draft(tg_file_company_t company, char *name)
{
    if (company == TG_FILE_CONTENDED) {
        return mkostemp(name, O_CLOEXEC);
    }
    unlink(name);
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

/* By the descriptor: by now the name may be another file's. */
static int fill_draft(int fd, const char *text, struct stat *info)
{
    return fchmod(fd, 0644) == 0 && write_all(fd, text) && fsync(fd) == 0 && fstat(fd, info) == 0;
}

/* Returns 0 with errno as it was. */
static int fail_in(const char *path, const char *name, tg_fault_t *fault)
{
    const int saved = errno;
    char directory[PATH_MAX], fix[TG_FAULT_MAX];

    apr_snprintf(fix, sizeof(fix), "check permissions and free space of %s",
                 tg_file_directory(path, directory));
    tg_fault_set(fault, fix, "%s: %s", name, strerror(saved));
    errno = saved;
    return 0;
}

int tg_file_draft(apr_pool_t *pool, const char *path, const char *text, tg_file_company_t company,
                  tg_file_draft_t *out, tg_fault_t *fault)
{
    char *name = apr_pstrcat(pool, path, company == TG_FILE_ALONE ? ".new" : ".XXXXXX", NULL);
    int fd = create_draft(company, name);
    int ok = fd >= 0 && fill_draft(fd, text, &out->info);
    int saved = errno;

    out->path = name;
    if (fd >= 0) {
        close(fd);
    }
    if (fd >= 0 && !ok) {
        unlink(name);
    }
    errno = saved;
    return ok || fail_in(path, name, fault);
}

int tg_file_publish(const tg_file_draft_t *draft, const char *path, tg_fault_t *fault)
{
    int saved;

    if (rename(draft->path, path) == 0) {
        return 1;
    }
    saved = errno;
    unlink(draft->path);
    errno = saved;
    return fail_in(path, path, fault);
}

int tg_file_flush_directory(const char *path, tg_fault_t *fault)
{
    char directory[PATH_MAX];
    int fd = open(tg_file_directory(path, directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int ok = fd >= 0 && fsync(fd) == 0;
    int saved = errno;

    if (fd >= 0) {
        close(fd);
    }
    errno = saved;
    return ok || fail_in(path, directory, fault);
}

int tg_file_replace(apr_pool_t *pool, const char *path, const char *text, tg_file_company_t company,
                    tg_file_draft_t *out, tg_fault_t *fault)
{
    return tg_file_draft(pool, path, text, company, out, fault) &&
           tg_file_publish(out, path, fault) && tg_file_flush_directory(path, fault);
}
