/* The state file of this machine, where it follows a store: which one, whether it is
 * connected, and whether the file is what it had from there.
 */
#ifndef TG_CTL_FOLLOW_STATUS_H
#define TG_CTL_FOLLOW_STATUS_H

#include "ctl.h"

#include <apr_tables.h>
#include <stdint.h>

/** What the store has, if the call is about one. */
typedef struct {
    const char *name; /**< NULL: it is about the file of this machine */
    int is_good;      /**< there is a document that httpd would take */
    int64_t revision; /**< of the document; 0 where nothing counts */
} tg_ctl_stored_t;

/**
 * Looks at the file.
 * @param state    the state file
 * @param runs     httpd reads it
 * @param problems of const char *: what is wrong is appended
 * @return what it follows, in words; NULL: nothing
 */
const char *tg_ctl_follow_status_check(const tg_ctl_t *ctl, const char *state, int runs,
                                       const tg_ctl_stored_t *stored, apr_array_header_t *problems);

#endif
