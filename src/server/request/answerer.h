/* Who answers a request that is served only because its path is left open, or because httpd
 * answered it with an error before it was decided. */
#ifndef TG_SERVER_REQUEST_ANSWERER_H
#define TG_SERVER_REQUEST_ANSWERER_H

#include "decision.h"

/** 1 if it is the error document of another request. */
int tg_answerer_is_error_document(const request_rec *r);

/**
 * Before its handler runs.
 * @return what a handler returns: DECLINED if any may answer after all
 */
int tg_answerer_check(request_rec *r, tg_decision_t *d);

/**
 * Another handler answers, or is about to: decides as if the path were not left open.
 * @return the status to send instead; DECLINED if any may answer after all
 */
int tg_answerer_refuse(request_rec *r, tg_decision_t *d);

#endif
