/* The file of the ledger on the disk: see ledger_disk.h. */
#include "ledger_disk.h"

#include "ledger/ledger_file.h"
#include "os/file_replace.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/** How the file is made: it has the names of customers. */
#define LEDGER_MODE 0600

/* 1 if the file is there, 0 if it is not, -1 if it must not be used. */
static int check_ledger_file(const tg_file_place_t *place, struct stat *info, tg_fault_t *fault)
{
    if (fstatat(place->directory, place->name, info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) {
            return 0;
        }
        tg_fault_set(fault, "check the permissions of its directory", "%s", strerror(errno));
        return -1;
    }
    if (!S_ISREG(info->st_mode)) {
        tg_fault_set(fault, "name a regular file, or one that is not there yet",
                     "it is not a regular file");
        return -1;
    }
    return tg_file_is_trusted(info, geteuid(), "file", place->path, fault) ? 1 : -1;
}

/* Checked again as it was opened: by now the name may be another file's. */
static tg_ledger_disk_result_t read_ledger_file(apr_pool_t *pool, const tg_file_place_t *place,
                                                tg_file_t *file, tg_fault_t *fault)
{
    struct stat info;
    const int is_there = check_ledger_file(place, &info, fault);

    if (is_there <= 0) {
        return is_there == 0 ? TG_LEDGER_DISK_ABSENT : TG_LEDGER_DISK_UNSAFE;
    }
    if (tg_file_read_in(pool, place, TG_LEDGER_FILE_MAX, file, fault) != TG_FILE_READ) {
        return TG_LEDGER_DISK_FAILED;
    }
    return tg_file_is_trusted(&file->info, geteuid(), "file", place->path, fault)
               ? TG_LEDGER_DISK_READ
               : TG_LEDGER_DISK_UNSAFE;
}

/* The number of a file that is gone is given to a new one, so that alone does not tell. */
static int is_someone_elses(const struct stat *info, const tg_ledger_disk_id_t *id)
{
    return info->st_dev != id->device || info->st_ino != id->inode || info->st_size != id->size ||
           info->st_mtim.tv_sec != id->changed.tv_sec ||
           info->st_mtim.tv_nsec != id->changed.tv_nsec;
}

static void note_which(const struct stat *info, tg_ledger_disk_id_t *id)
{
    id->device = info->st_dev;
    id->inode = info->st_ino;
    id->size = info->st_size;
    id->changed = info->st_mtim;
}

tg_ledger_disk_result_t tg_ledger_disk_read(apr_pool_t *pool, const char *path, const char **bytes,
                                            size_t *length, tg_ledger_disk_id_t *id,
                                            tg_fault_t *fault)
{
    tg_file_place_t place;
    tg_ledger_disk_result_t result;
    tg_file_t file;

    if (!tg_file_place_open_trusted(path, geteuid(), &place, fault)) {
        return TG_LEDGER_DISK_UNSAFE;
    }
    result = read_ledger_file(pool, &place, &file, fault);
    tg_file_place_close(&place);
    if (result == TG_LEDGER_DISK_READ) {
        note_which(&file.info, id);
        *bytes = file.text;
        *length = file.length;
    }
    return result;
}

/* In a directory that is safe. */
static int replace_file(apr_pool_t *pool, const tg_file_place_t *place,
                        const tg_file_bytes_t *bytes, tg_ledger_disk_id_t *id, tg_fault_t *fault)
{
    tg_file_draft_t draft;
    struct stat info;
    int is_there = check_ledger_file(place, &info, fault);

    if (is_there < 0) {
        return 0;
    }
    if (is_there && is_someone_elses(&info, id)) {
        return tg_fault_set(fault,
                            "name a file of its own for each httpd; or to go on from this one, "
                            "stop httpd and start it again; or move it away",
                            "there is a file that this httpd did not read or write");
    }
    if (!tg_file_draft_bytes(pool, place, bytes, TG_FILE_ALONE, &draft, fault) ||
        !tg_file_publish(place, &draft, fault)) {
        return 0;
    }
    note_which(&draft.info, id);
    return tg_file_flush(place, fault);
}

int tg_ledger_disk_write(apr_pool_t *pool, const char *path, const char *bytes, size_t length,
                         tg_ledger_disk_id_t *id, tg_fault_t *fault)
{
    const tg_file_bytes_t content = { bytes, length, LEDGER_MODE, TG_FILE_OWN_GROUP, LEDGER_MODE };
    tg_file_place_t place;
    int ok;

    if (!tg_file_place_open_trusted(path, geteuid(), &place, fault)) {
        return 0;
    }
    ok = replace_file(pool, &place, &content, id, fault);
    tg_file_place_close(&place);
    return ok;
}

const char *tg_ledger_disk_put_aside(apr_pool_t *pool, const char *path, tg_instant_t now)
{
    const char *to =
        apr_pstrcat(pool, path, TG_LEDGER_DISK_ASIDE, tg_instant_text(pool, now), NULL);
    tg_file_place_t place;
    tg_fault_t ignored;
    int ok;

    if (!tg_file_place_open_trusted(path, geteuid(), &place, &ignored)) {
        return NULL;
    }
    ok =
        renameat(place.directory, place.name, place.directory, to + (place.name - place.path)) == 0;
    tg_file_place_close(&place);
    return ok ? to : NULL;
}
