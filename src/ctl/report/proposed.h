/* Proposed trials as a document, and as lines for httpd.conf. */
#ifndef TG_CTL_REPORT_PROPOSED_H
#define TG_CTL_REPORT_PROPOSED_H

#include "past_week.h"

#include "forecast/proposal.h"

#include <jansson.h>
#include <stdio.h>

/** Clients of a window that are named. */
#define TG_CTL_PROPOSED_NAMED 3

/** What is shown. Read-only. */
typedef struct {
    const tg_ctl_t *ctl;
    const char *schedule; /**< or NULL: all of them */
    int is_held; /**< TlsGateGuard keeps its trials from running until the stop is lifted */
    int reach;   /**< per cent that were asked for */
    const tg_ctl_past_t *past;
    const tg_proposal_question_t *question;
    const tg_proposal_t *proposal;
    tg_proposal_result_t result;
    int64_t longer;         /**< seconds: windows of that length would meet enough; 0: none do */
    uint32_t longer_meets;  /**< how many clients would be met then */
    int64_t longest;        /**< otherwise: the longest that was tried */
    uint32_t longest_meets; /**< how many clients those would meet */
} tg_ctl_proposed_t;

/** The document, as docs/propose.schema.json describes it. */
json_t *tg_ctl_proposed_document(const tg_ctl_proposed_t *proposed);

/**
 * The series as lines of a configuration, each TlsGateTrial after comments that tell whom it
 * meets.
 */
void tg_ctl_proposed_text(apr_pool_t *pool, const json_t *document, tg_instant_t now, FILE *out);

/** Why there is no series, for a message: with the share that is possible, and what would help. */
const char *tg_ctl_proposed_problem(apr_pool_t *pool, const json_t *document);

#endif
