/* What the running httpd says of the state file: by its acknowledgement, and where there is
 * none, why.
 */
#ifndef TG_CTL_ACKNOWLEDGEMENT_H
#define TG_CTL_ACKNOWLEDGEMENT_H

#include "running_plan.h"

#include "store/ack_records.h"

/** Why no running httpd acknowledges a file. */
typedef enum {
    TG_CTL_ABSENT_STOPPED,   /**< httpd does not run */
    TG_CTL_ABSENT_RELOAD,    /**< it runs, and did not load this TlsGateState */
    TG_CTL_ABSENT_ELSEWHERE, /**< it has another directory of that name */
    TG_CTL_ABSENT_DENIED,    /**< it may not write beside the file */
    TG_CTL_ABSENT_UNKNOWN,   /**< it cannot be asked */
    TG_CTL_ABSENCES
} tg_ctl_absence_kind_t;

/** That, for people. */
typedef struct {
    tg_ctl_absence_kind_t kind;
    int64_t pid; /**< of the httpd that runs; 0: none, or unknown */
    const char *reason, *fix;
} tg_ctl_absence_t;

/**
 * The acknowledgements of all httpds that run with that state file.
 * @return of tg_ack_record_t
 */
apr_array_header_t *tg_ctl_acknowledgements(const tg_ctl_t *ctl, const char *state);

/** Why there is none. Asks httpd, so it takes as long as `httpd -t`. */
tg_ctl_absence_t tg_ctl_acknowledgement_absence(const tg_ctl_t *ctl, const char *state);

/**
 * `httpd (pid 123) acts on it since 2018-08-07T15:25:00Z`, or what else it says. The words of a
 * refusal are those of httpd's error log.
 */
const char *tg_ctl_acknowledgement_text(apr_pool_t *pool, const tg_ack_t *ack);

/** 1 if httpd acts on the document with that digest, of tg_ack_digest(). */
int tg_ctl_acknowledgement_acts(const tg_ack_t *ack, const char *digest);

#endif
