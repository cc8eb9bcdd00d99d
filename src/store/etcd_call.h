/* Calls of etcd: one member or another, with a token if there is a user, until one answers. */
#ifndef TG_STORE_ETCD_CALL_H
#define TG_STORE_ETCD_CALL_H

#include "etcd_answer.h"

/** A client of one cluster. One thread uses it. */
typedef struct tg_etcd_t tg_etcd_t;

/** What a client does when a member fails. */
typedef enum {
    TG_ETCD_PATIENT,   /**< tries all members, and again for some seconds */
    TG_ETCD_ONE_MEMBER /**< asks the current member, once */
} tg_etcd_patience_t;

/**
 * A client that ends with the pool.
 * @param url must live as long
 * @return NULL with @p fault filled: out of memory
 */
tg_etcd_t *tg_etcd_open(apr_pool_t *pool, const tg_store_url_t *url, tg_etcd_patience_t patience,
                        tg_fault_t *fault);

/** The key of the document. */
const char *tg_etcd_key(const tg_etcd_t *etcd);

/** The current member: `https://a.example.com:2379`. */
const char *tg_etcd_endpoint(const tg_etcd_t *etcd);

/** Moves to the member that many further on. */
void tg_etcd_move(tg_etcd_t *etcd, int count);

/**
 * Calls. Calling twice must do no harm, because a call whose answer is lost is repeated.
 * @param path such as `/v3/kv/range`
 * @param request the body; its reference is taken
 * @param answer lives as long as @p pool
 * @param fault filled unless etcd answered
 */
tg_etcd_end_t tg_etcd_call(tg_etcd_t *etcd, apr_pool_t *pool, const char *path, json_t *request,
                           json_t **answer, tg_fault_t *fault);

/** The request of one call to the current member, with the current token. */
tg_http_request_t tg_etcd_request(const tg_etcd_t *etcd, apr_pool_t *pool, const char *path,
                                  const char *body);

#endif
