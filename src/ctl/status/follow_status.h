/* Whether the state file of this machine follows a store, is connected to it, and still is what
 * was installed from there.
 */
#ifndef TG_CTL_STATUS_FOLLOW_STATUS_H
#define TG_CTL_STATUS_FOLLOW_STATUS_H

#include "ctl/base/ctl.h"

#include <apr_tables.h>
#include <stdint.h>

/** What the store has that the call is about. */
typedef struct {
    const char *name; /**< NULL: the call is about the file of this machine */
    int is_good;      /**< it has a document that httpd would accept */
    int64_t revision; /**< of the document; 0 if changes are not counted */
} tg_ctl_stored_t;

/**
 * Checks the file.
 * @param state    the state file
 * @param runs     1 if httpd reads it
 * @param problems of const char *; problems are appended
 * @return what it follows, as text; NULL: nothing
 */
const char *tg_ctl_follow_status_check(const tg_ctl_t *ctl, const char *state, int runs,
                                       const tg_ctl_stored_t *stored, apr_array_header_t *problems);

#endif
