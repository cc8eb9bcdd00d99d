/* Who answers a request that is served for that reason alone: see answerer.h. */
#include "answerer.h"

#include "challenge.h"
#include "rejection.h"
#include "respond.h"

int tg_answerer_is_error_document(const request_rec *r)
{
    for (; r->prev; r = r->prev) {
        if (r->prev->status != HTTP_OK) {
            return 1;
        }
    }
    return 0;
}

int tg_answerer_refuse(request_rec *r, tg_decision_t *d)
{
    if (tg_answerer_is_error_document(r)) {
        d->answered = 1;
        return HTTP_FORBIDDEN; /* httpd has an answer of its own to the error */
    }
    tg_decision_close(r, d);
    return d->status ? tg_rejection_prepare(r, d) : DECLINED;
}

int tg_answerer_check(request_rec *r, tg_decision_t *d)
{
    if (tg_answerer_is_error_document(r)
            ? tg_challenge_is_file(r)
            : d->open == TG_OPEN_ACME && tg_challenge_is_answer(r, d->token)) {
        d->answered = 1;
        return tg_respond_by_core(r);
    }
    return tg_answerer_refuse(r, d);
}
