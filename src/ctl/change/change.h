/* A change of the state: worked out, shown, confirmed, written; and worked out again if the
 * state has changed in between.
 */
#ifndef TG_CTL_CHANGE_CHANGE_H
#define TG_CTL_CHANGE_CHANGE_H

#include "ctl/base/command.h"
#include "ctl/base/running_plan.h"
#include "store/kept.h"
#include "store/state_edit.h"

/** The options of every change, beside those of its output. */
extern const tg_option_t tg_ctl_change_options[];

typedef struct tg_ctl_change_t tg_ctl_change_t;

/** One change. Lives as long as the call. */
struct tg_ctl_change_t {
    /* The command fills these in. */
    const char *command; /**< as the audit log calls it */
    int is_end;          /**< it only ends entries, also of a schedule that is not in the plan */
    int may_begin_anew;  /**< also where the document is lost */
    const void *entry;   /**< what apply() needs to know */
    const char *word;    /**< what has to be typed to confirm it, also beside --yes; or NULL */
    const char *confirmation; /**< the option that is the same as typing it; or NULL */
    const char *undoes;       /**< the id of the change that it undoes; or NULL */
    const char *reason;       /**< unless --reason says another; NULL: --reason is needed */

    /**
     * Edits @p state, and fills `edits` and `notes`.
     * @return 1, or 0 after it printed why there is nothing to change, or with `is_wrong` set an
     * error
     */
    int (*apply)(tg_ctl_change_t *change, apr_pool_t *pool, tg_state_t *state);

    /* tg_ctl_change_begin() fills these in. */
    const char *by;
    int has_reason;   /**< --reason was given */
    int is_confirmed; /**< --yes */
    int is_dry_run;
    int64_t wait; /**< seconds until it is to be in force; 0: as usual; negative: not waited for */
    tg_ctl_running_plan_t plan;
    const char *const *names; /**< of the schedules */
    int count;

    /* tg_ctl_change_make() fills these in, the last six for each attempt. */
    const char *id;            /**< in the audit */
    const char *where;         /**< the name of the store, for people */
    int has_base;              /**< the document is lost, but httpd said what it acts on */
    int is_wrong;              /**< the command is wrong, so nothing is changed */
    int is_lost;               /**< the document is gone, and httpd may still apply it */
    apr_array_header_t *edits; /**< of tg_state_edit_t */
    /**
     * Of tg_state_edit_t: some of the entries that it changes, of each sort of client; NULL:
     * `edits` has them.
     */
    apr_array_header_t *samples;
    const tg_kept_t *kept;     /**< what it changes, if `edits` does not have that; or NULL */
    apr_array_header_t *notes; /**< of const char *: what to know before it is confirmed */
};

/**
 * Finds what every change needs: the plan, a reason, who makes it, and the schedules.
 * @param names of the schedules; NULL for --all
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_change_begin(const tg_ctl_t *ctl, tg_ctl_change_t *change,
                        tg_ctl_running_plan_need_t need, const char *const *names, int count);

/**
 * Checks a text for the document: one line of valid UTF-8, and not too long.
 * @param option that it is the value of
 * @return 1, or 0 after an error was printed
 */
int tg_ctl_change_check_text(apr_pool_t *pool, const char *option, const char *text);

/** Adds something to know before the change is confirmed. */
void tg_ctl_change_note(tg_ctl_change_t *change, const char *note);

/** Shows the change, asks, and makes it: the end of the command. */
tg_exit_t tg_ctl_change_make(const tg_ctl_t *ctl, tg_ctl_change_t *change);

#endif
