/* A change of many exemptions at once: what of it people see, and what is kept for undo. The audit
 * has the entries of a small one, FILE.import those of the last large one.
 */
#ifndef TG_CTL_CHANGE_EXEMPT_MANY_H
#define TG_CTL_CHANGE_EXEMPT_MANY_H

#include "change.h"

#include <apr_hash.h>

/** One such change while it is worked out. Lives as long as the attempt. */
typedef struct tg_ctl_many_t tg_ctl_many_t;

/** Where the list came from. */
typedef struct {
    const char *file, *digest;
    int takes_back; /**< it undoes an earlier change */
} tg_ctl_many_source_t;

/** Where the entries of a change are. */
typedef enum { TG_CTL_MANY_NOWHERE, TG_CTL_MANY_AUDIT, TG_CTL_MANY_KEPT } tg_ctl_many_entries_t;

/** Begins one of the schedules of @p change. */
tg_ctl_many_t *tg_ctl_many_open(const tg_ctl_t *ctl, tg_ctl_change_t *change, apr_pool_t *pool,
                                const tg_ctl_many_source_t *source);

/** Notes an entry before and after; NULL: there was, or is, none. Equal ones change nothing. */
void tg_ctl_many_note(tg_ctl_many_t *many, const tg_state_exemption_t *from,
                      const tg_state_exemption_t *to);

/** Fills the edits of the change. @return how many entries change */
int tg_ctl_many_close(tg_ctl_many_t *many);

/** 1 if both exempt the same until the same date, for the same reason, made by the same. */
int tg_ctl_many_is_same(const tg_state_exemption_t *a, const tg_state_exemption_t *b);

/** Where the exemptions are, by tg_ctl_exempt_file_key(): of int, counted from 1. */
apr_hash_t *tg_ctl_many_index(apr_pool_t *pool, const tg_state_t *state);

/**
 * What an edit was, as in the audit: `list.csv: 120 added, 3 changed, 7 unchanged`.
 * @return NULL if it was no change of many
 */
const char *tg_ctl_many_words(apr_pool_t *pool, const json_t *to);

/** `2 more clients: account:a, 192.0.2.0/24`: whom the schedule leaves alone because of it; NULL:
 * none, or it was no change of many. */
const char *tg_ctl_many_left_alone(apr_pool_t *pool, const json_t *to);

/** The same for those whom it leaves alone no longer. */
const char *tg_ctl_many_no_longer(apr_pool_t *pool, const json_t *to);

/** Where its entries are, as such an edit says. */
tg_ctl_many_entries_t tg_ctl_many_entries(const json_t *to);

/** The list of such an edit; NULL in `file` if it was no change of many. */
tg_ctl_many_source_t tg_ctl_many_source(const json_t *to);

#endif
