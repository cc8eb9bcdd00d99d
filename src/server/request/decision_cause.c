/* Why a request is deprecated, and what its client should do: see decision.h. */
#include "decision.h"

tg_cause_t tg_decision_cause(const tg_decision_t *d, const tg_schedule_t *schedule, int told)
{
    tg_cause_t cause = tg_cause_of(d->over->offer, d->over->session->known, d->over->protocol,
                                   d->over->traits, 1, schedule);

    return told && cause == TG_CAUSE_SERVER_CAPPED ? TG_CAUSE_NONE : cause;
}

/* What JA4 is asked for. */
typedef struct {
    apr_pool_t *pool;
    const tg_transport_t *over;
} ja4_source_t;

static const char *ja4_of_request(void *context)
{
    const ja4_source_t *source = context;

    return tg_connection_ja4_of(source->pool, source->over);
}

const char *tg_decision_advice(request_rec *r, const tg_decision_t *d, tg_cause_t cause)
{
    ja4_source_t source = { r->pool, d->over };
    tg_advice_client_t client = { .ua = apr_table_get(r->headers_in, "User-Agent"),
                                  .cause = tg_cause_name(cause),
                                  .protocol = d->over->protocol,
                                  .offer = d->over->offer,
                                  .group = d->over->group,
                                  .ja4 = ja4_of_request,
                                  .context = &source };

    return tg_advice_find(tg_conf_of_server(r->server)->advice, &client);
}
