/* The state file: see state_file.h. */
#include "state_file.h"

#include "format/state.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static int others_may_write(const struct stat *info)
{
    return (info->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

static void set_file(tg_state_file_id_t *id, const struct stat *info)
{
    id->device = info->st_dev;
    id->inode = info->st_ino;
    id->size = info->st_size;
    id->changed = info->st_ctim;
}

/* Not its times: they change with every file in it. */
static void set_directory(tg_state_file_id_t *id, const struct stat *info)
{
    id->directory_owner = info->st_uid;
    id->is_directory_open = others_may_write(info);
}

/* With the slash behind it: the path may be of a file in the root. */
static int stat_directory(const char *path, struct stat *info)
{
    const char *slash = strrchr(path, '/');
    char directory[PATH_MAX] = ".";

    if (slash) {
        size_t length = (size_t)(slash - path) + 1;

        apr_cpystrn(directory, path, length < sizeof(directory) ? length + 1 : sizeof(directory));
    }
    return stat(directory, info);
}

tg_state_file_id_t tg_state_file_id(const char *path)
{
    tg_state_file_id_t id;
    struct stat info;

    memset(&id, 0, sizeof(id));
    if (stat(path, &info) != 0) {
        id.error = errno == ENOENT ? 0 : errno;
    }
    else {
        set_file(&id, &info);
        if (stat_directory(path, &info) == 0) {
            set_directory(&id, &info);
        }
    }
    return id;
}

int tg_state_file_same(const tg_state_file_id_t *a, const tg_state_file_id_t *b)
{
    return a->error == b->error && a->device == b->device && a->inode == b->inode &&
           a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec && a->directory_owner == b->directory_owner &&
           a->is_directory_open == b->is_directory_open;
}

static int is_safe(const char *what, const struct stat *info, uid_t owner, tg_fault_t *fault)
{
    if (info->st_uid != 0 && info->st_uid != owner) {
        return tg_fault_set(fault, "give it to root", "the %s belongs to user %u", what,
                            (unsigned)info->st_uid);
    }
    if (others_may_write(info)) {
        return tg_fault_set(fault, "take that away: chmod go-w", "others may write the %s", what);
    }
    return 1;
}

static int is_safe_directory(const char *path, uid_t owner, tg_state_file_id_t *id,
                             tg_fault_t *fault)
{
    struct stat info;

    if (stat_directory(path, &info) != 0) {
        return tg_fault_set(fault, "see to it", "its directory: %s", strerror(errno));
    }
    set_directory(id, &info);
    return is_safe("directory", &info, owner, fault);
}

/* All of it: a file that is being written in place may be shorter than it was. */
static int read_all(int fd, char *text, apr_size_t size, apr_size_t *length)
{
    *length = 0;
    while (*length < size) {
        ssize_t n = read(fd, text + *length, size - *length);

        if (n < 0 && errno != EINTR) {
            return 0;
        }
        if (n == 0) {
            break;
        }
        *length += n > 0 ? (apr_size_t)n : 0;
    }
    return 1;
}

static int read_open(apr_pool_t *pool, int fd, uid_t owner, const char **text, apr_size_t *length,
                     tg_state_file_id_t *id, tg_fault_t *fault)
{
    struct stat info;
    char *buffer;

    if (fstat(fd, &info) != 0) {
        return tg_fault_set(fault, "see to the file", "%s", strerror(errno));
    }
    set_file(id, &info);
    if (!S_ISREG(info.st_mode)) {
        return tg_fault_set(fault, "name a regular file", "it is no regular file");
    }
    if (!is_safe("file", &info, owner, fault)) {
        return 0;
    }
    if (info.st_size > (off_t)TG_STATE_MAX) {
        return tg_fault_set(fault, "remove what is over", "it has more than %d bytes",
                            (int)TG_STATE_MAX);
    }
    buffer = apr_palloc(pool, (apr_size_t)info.st_size + 1);
    *text = buffer;
    return read_all(fd, buffer, (apr_size_t)info.st_size, length) ||
           tg_fault_set(fault, "see to the file", "%s", strerror(errno));
}

tg_state_file_result_t tg_state_file_read(apr_pool_t *pool, const char *path, uid_t owner,
                                          const char **text, apr_size_t *length,
                                          tg_state_file_id_t *id, tg_fault_t *fault)
{
    int ok, fd;

    *id = tg_state_file_id(path);
    /* Not blocking: it may be a pipe that somebody put there. */
    fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return TG_STATE_FILE_ABSENT;
    }
    if (fd < 0) {
        tg_fault_set(fault, "let httpd's user read it, and enter its directory", "%s",
                     strerror(errno));
        return TG_STATE_FILE_REFUSED;
    }
    ok = read_open(pool, fd, owner, text, length, id, fault) &&
         is_safe_directory(path, owner, id, fault);
    close(fd);
    return ok ? TG_STATE_FILE_READ : TG_STATE_FILE_REFUSED;
}
