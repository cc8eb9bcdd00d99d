/* Whole files: see file_replace.h. */
#include "file_replace.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);

        errno = n == 0 ? ENOSPC : errno; /* it would be tried for ever */
        if (n <= 0 && errno != EINTR) {
            return 0;
        }
        text += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return 1;
}

/* In the open directory, wherever its name leads by now; never through a link. */
static int create_draft(const tg_file_place_t *place, tg_file_company_t company, const char *name)
{
    if (company == TG_FILE_ALONE) {
        unlinkat(place->directory, name, 0);
    }
    return openat(place->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  0600);
}

static const char *draft_name(apr_pool_t *pool, const tg_file_place_t *place,
                              tg_file_company_t company)
{
    apr_uint64_t random = 0;

    if (company == TG_FILE_ALONE) {
        return apr_pstrcat(pool, place->name, ".new", NULL);
    }
    apr_generate_random_bytes((unsigned char *)&random, sizeof(random));
    return apr_psprintf(pool, "%s.%" APR_UINT64_T_HEX_FMT, place->name, random);
}

/* Only root gives a file to a group that it is not in itself: the others keep their own. */
static int set_access(int fd, const tg_file_bytes_t *bytes, gid_t own)
{
    mode_t mode = bytes->mode;

    if (bytes->group != TG_FILE_OWN_GROUP && bytes->group != own &&
        fchown(fd, (uid_t)-1, bytes->group) != 0) {
        if (errno != EPERM) {
            return 0;
        }
        mode = bytes->other_mode;
    }
    return fchmod(fd, mode) == 0;
}

/* By the descriptor: by now the name may be another file's. */
static int fill_draft(int fd, const tg_file_bytes_t *bytes, struct stat *info)
{
    return fstat(fd, info) == 0 && set_access(fd, bytes, info->st_gid) &&
           write_all(fd, bytes->at, bytes->length) && fsync(fd) == 0 && fstat(fd, info) == 0;
}

int tg_file_draft(apr_pool_t *pool, const tg_file_place_t *place, const char *text,
                  tg_file_company_t company, tg_file_draft_t *out, tg_fault_t *fault)
{
    const tg_file_bytes_t bytes = { text, strlen(text), 0644, TG_FILE_OWN_GROUP, 0644 };

    return tg_file_draft_bytes(pool, place, &bytes, company, out, fault);
}

int tg_file_draft_bytes(apr_pool_t *pool, const tg_file_place_t *place,
                        const tg_file_bytes_t *bytes, tg_file_company_t company,
                        tg_file_draft_t *out, tg_fault_t *fault)
{
    const char *name = draft_name(pool, place, company);
    int fd = create_draft(place, company, name);
    int ok = fd >= 0 && fill_draft(fd, bytes, &out->info);
    int saved = errno;

    out->name = name;
    if (fd >= 0) {
        close(fd);
    }
    if (fd >= 0 && !ok) {
        tg_file_discard(place, out);
    }
    errno = saved;
    return ok ||
           tg_file_fail(place->path,
                        apr_pstrcat(pool, place->path, name + strlen(place->name), NULL), fault);
}

void tg_file_discard(const tg_file_place_t *place, const tg_file_draft_t *draft)
{
    int saved = errno;

    unlinkat(place->directory, draft->name, 0);
    errno = saved;
}

int tg_file_publish(const tg_file_place_t *place, const tg_file_draft_t *draft, tg_fault_t *fault)
{
    if (renameat(place->directory, draft->name, place->directory, place->name) == 0) {
        return 1;
    }
    tg_file_discard(place, draft);
    return tg_file_fail(place->path, place->path, fault);
}

/* What file systems say that cannot flush a directory, such as some of FUSE and of the network:
 * there is nothing to wait for. PostgreSQL and git go on as well. */
static int cannot_flush(int error)
{
    return error == EINVAL || error == EBADF || error == ENOTSUP || error == ENOSYS;
}

int tg_file_flush(const tg_file_place_t *place, tg_fault_t *fault)
{
    char directory[PATH_MAX];

    return fsync(place->directory) == 0 || cannot_flush(errno) ||
           tg_file_fail(place->path, tg_file_directory(place->path, directory), fault);
}
