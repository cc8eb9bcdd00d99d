/* Where the stamp of letters is kept: see letter_stamp_file.h. */
#include "letter_stamp_file.h"

#include "os/file_replace.h"
#include "os/link.h"
#include "os/lock.h"
#include "term/term.h"

#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* It names customers, as the log does. */
#define STAMP_MODE 0640

/* Beside the stamp, which is replaced. It is never removed: two programs could otherwise have locks
 * of two files of that name. */
#define STAMP_LOCK_SUFFIX ".lock"

/* Written once, while the command line is read. */
static const char *stamp_given;

const tg_option_t tg_ctl_letter_stamp_options[] = {
    { "stamp", "FILE", "who was told what; default: the state file's name with .letters",
      &stamp_given, TG_COMPLETE_FILE },
    { 0 },
};

int tg_ctl_letter_stamp_is_named(void)
{
    return stamp_given != NULL;
}

const char *tg_ctl_letter_stamp_path(apr_pool_t *pool, const char *state)
{
    return stamp_given ? stamp_given
           : state     ? tg_link_beside(pool, state, TG_LETTER_STAMP_SUFFIX)
                       : NULL;
}

tg_ctl_stamp_t tg_ctl_letter_stamp_read(apr_pool_t *pool, const char *path, tg_letter_stamp_t *out,
                                        tg_fault_t *fault)
{
    tg_file_t file;

    *out = tg_letter_stamp_empty(pool);
    switch (tg_file_read(pool, path, TG_LETTER_STAMP_MAX, &file, fault)) {
    case TG_FILE_READ:
        break;
    case TG_FILE_ABSENT:
        return TG_CTL_STAMP_ABSENT;
    default:
        return TG_CTL_STAMP_WRONG;
    }
    if (tg_letter_stamp_parse(pool, file.text, file.length, out, fault)) {
        return TG_CTL_STAMP_READ;
    }
    *out = tg_letter_stamp_empty(pool);
    return TG_CTL_STAMP_WRONG;
}

int tg_ctl_letter_stamp_lock(apr_pool_t *pool, const char *path)
{
    const char *name = apr_pstrcat(pool, path, STAMP_LOCK_SUFFIX, NULL);
    int fd = tg_file_open_beside(name, O_RDWR | O_CREAT, STAMP_MODE);

    /* Where there can be no lock, there can be no stamp, which is said when it is written. The lock
     * ends with this program. */
    if (fd < 0 || tg_lock_take(fd)) {
        return 1;
    }
    if (errno == EAGAIN || errno == EACCES) {
        tg_term_error("another run is at work: it has the lock %s; wait until it has ended", name);
        close(fd);
        return 0;
    }
    tg_term_note("%s cannot be locked: %s; two runs at once may forget whom one of them wrote to",
                 name, strerror(errno));
    close(fd);
    return 1;
}

int tg_ctl_letter_stamp_write(apr_pool_t *pool, const char *path, const tg_letter_stamp_t *stamp,
                              tg_fault_t *fault)
{
    const char *text = tg_letter_stamp_print(pool, stamp);
    const tg_file_bytes_t bytes = { text, strlen(text), STAMP_MODE, TG_FILE_OWN_GROUP, STAMP_MODE };
    tg_file_place_t place;
    tg_file_draft_t draft;
    int ok;

    if (!tg_file_place_open(path, &place, fault)) {
        return 0;
    }
    ok = tg_file_draft_bytes(pool, &place, &bytes, TG_FILE_CONTENDED, &draft, fault) &&
         tg_file_publish(&place, &draft, fault) && tg_file_flush(&place, fault);
    tg_file_place_close(&place);
    return ok;
}
