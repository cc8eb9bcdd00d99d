/* What the next trial of a schedule would have met in the past: an outlook for `tlsgatectl
 * schedule`. */
#ifndef TG_CTL_REPORT_OUTLOOK_H
#define TG_CTL_REPORT_OUTLOOK_H

#include "ctl/base/command.h"
#include "format/plan.h"
#include "policy/override.h"

#include <jansson.h>
#include <stdio.h>

/** --log and --ledger: what it is known from. */
extern const tg_option_t tg_ctl_outlook_options[];

/** 1 if one of them was given. */
int tg_ctl_outlook_is_given(void);

/** What --ledger names, each on a line; NULL: it was not given. */
const char *tg_ctl_outlook_pages(void);

/** What is asked. */
typedef struct {
    const tg_ctl_t *ctl;
    const tg_schedule_t *schedule;
    const tg_override_t *override;      /**< in force then, or NULL */
    const tg_override_set_t *overrides; /**< the same with the exemptions of then */
    tg_instant_t at;                    /**< the trial is the first one from then on */
} tg_ctl_outlook_t;

/** As a document, null if there is no trial any more. NULL after an error was printed. */
json_t *tg_ctl_outlook_document(const tg_ctl_outlook_t *outlook);

/** As a row of the text; nothing if there is none. @param at of which the document is, as it
 * has instants */
void tg_ctl_outlook_print(FILE *out, apr_pool_t *pool, const json_t *document, const char *at);

#endif
