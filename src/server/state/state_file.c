/* The state file: see state_file.h. */
#include "state_file.h"

#include "format/state.h"
#include "os/file.h"

#include <apr_strings.h>
#include <errno.h>
#include <string.h>

#define AGAIN "it is tried again every second"

static void set_file(tg_state_file_id_t *id, const struct stat *info)
{
    id->device = info->st_dev;
    id->inode = info->st_ino;
    id->size = info->st_size;
    id->changed = info->st_ctim;
}

static int stat_directory(const char *path, struct stat *info)
{
    char directory[PATH_MAX];
    int result = stat(tg_file_directory(path, directory), info);

    if (result == 0) {
        tg_file_ignore_write_bits(directory, info);
    }
    return result;
}

/* --- what the path leads to --- */

/* Not its times, which change with every file in it. Never 0, which means that there is none. */
static uint64_t writers_of(const struct stat *info)
{
    return 2 * (uint64_t)info->st_uid + (uint64_t)tg_file_is_writable_by_others(info) + 1;
}

/* The directory of the path and those of all links on the way, each of which decides what it leads
 * to. 1 if all are safe, and @p at is the last name. */
static int walk_directories(const char *path, uid_t owner, char at[PATH_MAX],
                            tg_state_file_id_t *id, tg_fault_t *fault)
{
    char directory[PATH_MAX];
    int i, is_safe = 1, has_more = 1;

    apr_cpystrn(at, path, PATH_MAX);
    memset(id->directories, 0, sizeof(id->directories));
    for (i = 0; i <= TG_LINKS_MAX && has_more; i++) {
        struct stat info;

        if (stat_directory(at, &info) != 0) {
            id->error = errno;
            return tg_file_no_directory(at, id->error, fault);
        }
        id->directories[i] = writers_of(&info);
        is_safe = is_safe && tg_file_is_trusted(&info, owner,
                                                i ? "directory that a link leads to" : "directory",
                                                tg_file_directory(at, directory), fault);
        has_more = tg_link_follow(at);
    }
    return is_safe;
}

/* After it was opened: whether that is what its links lead to. */
static int is_safe_path(const char *path, uid_t owner, tg_state_file_id_t *id, tg_fault_t *fault)
{
    struct stat info;
    char at[PATH_MAX];

    if (!walk_directories(path, owner, at, id, fault)) {
        return 0;
    }
    if (lstat(at, &info) == 0 && info.st_dev == id->device && info.st_ino == id->inode) {
        return !tg_file_is_left_behind(at, fault);
    }
    id->error = EAGAIN;
    return tg_fault_set(fault, AGAIN, "it was replaced while it was read");
}

tg_state_file_id_t tg_state_file_id(const char *path)
{
    tg_state_file_id_t id;
    tg_fault_t ignored;
    struct stat info;
    char at[PATH_MAX];

    memset(&id, 0, sizeof(id));
    if (stat(path, &info) != 0) {
        id.error = errno == ENOENT ? 0 : errno;
    }
    else {
        set_file(&id, &info);
        walk_directories(path, 0, at, &id, &ignored);
    }
    return id;
}

int tg_state_file_same(const tg_state_file_id_t *a, const tg_state_file_id_t *b)
{
    return a->error == b->error && a->device == b->device && a->inode == b->inode &&
           a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec &&
           memcmp(a->directories, b->directories, sizeof(a->directories)) == 0;
}

/* What to do depends on whether it will pass by itself. */
static void set_fix(int error, tg_fault_t *fault)
{
    apr_cpystrn(fault->fix,
                error == EACCES || error == EPERM
                    ? "let httpd's user read it, and enter its directory"
                    : AGAIN,
                sizeof(fault->fix));
}

tg_state_file_result_t tg_state_file_read(apr_pool_t *pool, const char *path, uid_t owner,
                                          const char **text, apr_size_t *length,
                                          tg_state_file_id_t *id, tg_fault_t *fault)
{
    tg_file_result_t result;
    tg_file_t file;

    *id = tg_state_file_id(path);
    result = tg_file_read(pool, path, TG_STATE_MAX, &file, fault);
    switch (result) {
    case TG_FILE_ABSENT:
        return TG_STATE_FILE_ABSENT;
    case TG_FILE_DENIED:
    case TG_FILE_READ:
    case TG_FILE_FAILED:
        break;
    }
    if (file.error) {
        id->error = file.error;
        set_fix(file.error, fault);
        return TG_STATE_FILE_REFUSED;
    }
    set_file(id, &file.info);
    *text = file.text;
    *length = file.length;
    return result == TG_FILE_READ && tg_file_is_trusted(&file.info, owner, "file", path, fault) &&
                   is_safe_path(path, owner, id, fault)
               ? TG_STATE_FILE_READ
               : TG_STATE_FILE_REFUSED;
}

int tg_state_file_place(const char *path, uid_t owner, char at[PATH_MAX], tg_fault_t *fault)
{
    tg_state_file_id_t id;

    memset(&id, 0, sizeof(id));
    return walk_directories(path, owner, at, &id, fault);
}

int tg_state_file_can_be(const char *path, uid_t owner, tg_fault_t *fault)
{
    tg_state_file_id_t id;
    struct stat directory, file;
    char at[PATH_MAX], name[PATH_MAX], fix[TG_FAULT_MAX];

    memset(&id, 0, sizeof(id));
    if (stat_directory(path, &directory) != 0) {
        return tg_file_no_directory(path, errno, fault);
    }
    if (!walk_directories(path, owner, at, &id, fault)) {
        return 0;
    }
    /* httpd's children do not run as root. */
    if (owner == 0 && directory.st_uid == 0 && !(directory.st_mode & (S_IXGRP | S_IXOTH))) {
        return tg_fault_set(fault,
                            tg_file_fix_command(fix, "chmod go+rX", tg_file_directory(path, name)),
                            "only root may enter the directory");
    }
    if (stat(path, &file) != 0) {
        return errno != ELOOP ||
               tg_fault_set(fault, "remove the link, or name another file", "%s", strerror(ELOOP));
    }
    return S_ISREG(file.st_mode)
               ? tg_file_is_trusted(&file, owner, "file", path, fault)
               : tg_fault_set(fault, "name a regular file", "it is not a regular file");
}
