/* The document of `status`, for people and for monitoring. */
#ifndef TG_CTL_STATUS_STATUS_TEXT_H
#define TG_CTL_STATUS_STATUS_TEXT_H

#include "ctl/base/output.h"

/** Where each schedule stands, then what is in force, what is not, and what is wrong. */
tg_ctl_text_t tg_ctl_status_text;

/** One line for a monitoring plugin, then where each schedule stands. */
tg_ctl_text_t tg_ctl_status_nagios;

#endif
