/* Why no running httpd acknowledges the state file.
 */
#ifndef TG_CTL_BASE_ACKNOWLEDGEMENT_H
#define TG_CTL_BASE_ACKNOWLEDGEMENT_H

#include "running_plan.h"

#include "store/ack_records.h"

/** Why no running httpd acknowledges a file. */
typedef enum {
    TG_CTL_ABSENT_STOPPED,   /**< httpd does not run */
    TG_CTL_ABSENT_RELOAD,    /**< it runs, but has not loaded this TlsGateState */
    TG_CTL_ABSENT_ELSEWHERE, /**< it sees a different directory under that name */
    TG_CTL_ABSENT_DENIED,    /**< it may not write beside the file */
    TG_CTL_ABSENT_UNKNOWN,   /**< it cannot be asked */
    TG_CTL_ABSENCES
} tg_ctl_absence_kind_t;

/** That, for people. */
typedef struct {
    tg_ctl_absence_kind_t kind;
    const char *reason, *fix;
} tg_ctl_absence_t;

/** Why no httpd acknowledges that state file. Asks httpd, so it takes as long as two `httpd -t`. */
tg_ctl_absence_t tg_ctl_acknowledgement_absence(const tg_ctl_t *ctl, const char *state);

#endif
