/* A change of a schedule, and whom its edits are about. */
#ifndef TG_CTL_CHANGE_EFFECT_WHOM_H
#define TG_CTL_CHANGE_EFFECT_WHOM_H

#include "ctl/base/ctl.h"
#include "ctl/status/answer.h"

/** A change of one schedule. Lives as long as the call. */
typedef struct {
    const tg_ctl_t *ctl;
    const tg_schedule_t *schedule;
    const apr_array_header_t *places;        /**< of tg_ctl_place_t */
    const apr_array_header_t *edits;         /**< of tg_state_edit_t, also of other schedules */
    const tg_override_set_t *before, *after; /**< the whole state */
} tg_ctl_effect_t;

/** Whom an edit is about. */
typedef struct {
    const char *client;      /**< `kind:value`; NULL: everybody */
    const char *text;        /**< as written; NULL: everybody */
    apr_sockaddr_t *address; /**< the first of a network, or NULL */
    tg_instant_t until;      /**< the end of an exemption; TG_NEVER if there is none */
    int opens;               /**< the edit is meant to bring clients back */
} tg_ctl_effect_on_t;

/** The edits of a schedule, those of one sort once. Of tg_ctl_effect_on_t. */
apr_array_header_t *tg_ctl_effect_whom(const tg_ctl_effect_t *effect);

#endif
