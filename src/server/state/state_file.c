/* The state file: see state_file.h. */
#include "state_file.h"

#include "format/state.h"
#include "os/file.h"

#include <apr_strings.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

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
    id->is_directory_open = tg_file_is_open(info);
}

static int stat_directory(const char *path, struct stat *info)
{
    char directory[PATH_MAX];

    return stat(tg_file_directory(path, directory), info);
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

static int is_safe_directory(const char *path, uid_t owner, tg_state_file_id_t *id,
                             tg_fault_t *fault)
{
    struct stat info;

    if (stat_directory(path, &info) != 0) {
        return tg_fault_set(fault, "check the permissions of the directories above it",
                            "its directory: %s", strerror(errno));
    }
    set_directory(id, &info);
    return tg_file_is_trusted(&info, owner, "directory", fault);
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
        apr_cpystrn(fault->fix, "let httpd's user read it, and enter its directory",
                    sizeof(fault->fix));
        return TG_STATE_FILE_REFUSED;
    case TG_FILE_READ:
    case TG_FILE_FAILED:
        break;
    }
    set_file(id, &file.info);
    *text = file.text;
    *length = file.length;
    return result == TG_FILE_READ && tg_file_is_trusted(&file.info, owner, "file", fault) &&
                   is_safe_directory(path, owner, id, fault)
               ? TG_STATE_FILE_READ
               : TG_STATE_FILE_REFUSED;
}
