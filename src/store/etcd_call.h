/* Calls of etcd: one member or another, with a token if there is a user, until one answers.
 */
#ifndef TG_STORE_ETCD_CALL_H
#define TG_STORE_ETCD_CALL_H

#include "etcd_answer.h"

/** A client. One thread uses it. */
typedef struct {
    const tg_store_url_t *url;
    CURL *easy;
    int at;         /**< the endpoint that is asked first */
    int is_patient; /**< all endpoints are tried, and again for a while; else only that one */
    char token[TG_HTTP_TOKEN_MAX];
} tg_etcd_t;

/** A patient client that ends with the pool. 0 with @p fault filled: no memory. */
int tg_etcd_open(apr_pool_t *pool, const tg_store_url_t *url, tg_etcd_t *out, tg_fault_t *fault);

/**
 * Calls. What is called twice must do no harm.
 * @param path such as `/v3/kv/range`
 * @param request the body; the reference is taken
 * @param answer lives as long as @p pool
 * @param fault filled unless it was answered
 */
tg_etcd_end_t tg_etcd_call(tg_etcd_t *etcd, apr_pool_t *pool, const char *path, json_t *request,
                           json_t **answer, tg_fault_t *fault);

/** The request of one call to the endpoint that is asked first, with the present token. */
tg_http_request_t tg_etcd_request(const tg_etcd_t *etcd, apr_pool_t *pool, const char *path,
                                  const char *body);

/** The endpoint that is asked first: `https://a.example.com:2379`. */
const char *tg_etcd_endpoint(const tg_etcd_t *etcd);

/** The next one is asked first from now on. */
void tg_etcd_move(tg_etcd_t *etcd);

#endif
