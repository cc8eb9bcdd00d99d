/* Where the stamp of letters is kept. */
#ifndef TG_CTL_REPORT_LETTER_STAMP_FILE_H
#define TG_CTL_REPORT_LETTER_STAMP_FILE_H

#include "ctl/base/command.h"
#include "format/letter_stamp.h"

/** --stamp. */
extern const tg_option_t tg_ctl_letter_stamp_options[];

/** What became of it. */
typedef enum {
    TG_CTL_STAMP_READ,
    TG_CTL_STAMP_ABSENT, /**< there is none yet */
    TG_CTL_STAMP_WRONG   /**< it cannot be read */
} tg_ctl_stamp_t;

/**
 * The file that --stamp names, or else the one beside the state file. NULL: neither is known.
 * @param state the state file, or NULL
 */
const char *tg_ctl_letter_stamp_path(apr_pool_t *pool, const char *state);

/** 1 if --stamp was given. */
int tg_ctl_letter_stamp_is_named(void);

/** Locks it against other runs as long as this program runs. 0 after an error was printed: another
 * run has the lock. */
int tg_ctl_letter_stamp_lock(apr_pool_t *pool, const char *path);

/** Reads it. @p out is empty unless it was read; @p fault is filled if it is wrong. */
tg_ctl_stamp_t tg_ctl_letter_stamp_read(apr_pool_t *pool, const char *path, tg_letter_stamp_t *out,
                                        tg_fault_t *fault);

/** Replaces it in one step. 1, or 0 with @p fault filled and the old one still there. */
int tg_ctl_letter_stamp_write(apr_pool_t *pool, const char *path, const tg_letter_stamp_t *stamp,
                              tg_fault_t *fault);

#endif
