/* Where the stamp of letters is kept: see letter_stamp_file.h. */
#include "letter_stamp_file.h"

#include "os/file.h"

#include <apr_strings.h>
#include <string.h>

/* It names customers, as the log does. */
#define STAMP_MODE 0640

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
           : state     ? apr_pstrcat(pool, state, TG_LETTER_STAMP_SUFFIX, NULL)
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

int tg_ctl_letter_stamp_write(apr_pool_t *pool, const char *path, const tg_letter_stamp_t *stamp,
                              tg_fault_t *fault)
{
    const char *text = tg_letter_stamp_print(pool, stamp);
    const tg_file_bytes_t bytes = { text, strlen(text), STAMP_MODE };
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
