/* What a change of a state file starts from, where the file is missing or damaged: the document
 * that the running httpd still acts on, so that nothing ends that was not named.
 */
#ifndef TG_CTL_CHANGE_CHANGE_BASE_H
#define TG_CTL_CHANGE_CHANGE_BASE_H

#include "change.h"

#include "store/store.h"

/** What to know before a document that is lost is begun anew. */
#define TG_CTL_CHANGE_ANEW                                                                         \
    "the document is gone, and httpd may go on with what it read last; this writes an empty one, " \
    "which ends all of that, for all schedules"

/**
 * Puts into @p before what is in force. Where the file is as it should be, that is what it has.
 * @param before as it was read from that file; its text stays what is there
 * @param damage why it could not be read; NULL: it could
 * @return 1, or 0 after an error was printed: what is in force is not known
 */
int tg_ctl_change_base(const tg_ctl_t *ctl, tg_ctl_change_t *change, const char *state,
                       tg_store_snapshot_t *before, const tg_fault_t *damage);

#endif
