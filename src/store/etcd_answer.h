/* What an answer of etcd means: success, a passing error, or a lasting one. */
#ifndef TG_STORE_ETCD_ANSWER_H
#define TG_STORE_ETCD_ANSWER_H

#include "store_url.h"

#include "os/http.h"

#include <jansson.h>

/** How a call ended. */
typedef enum {
    TG_ETCD_ANSWERED,
    TG_ETCD_REFUSED, /**< no member will execute it; it did not happen */
    TG_ETCD_UNSENT,  /**< no member could be reached; it did not happen */
    TG_ETCD_LOST     /**< it was sent, and may have happened */
} tg_etcd_end_t;

/** How one try at one member ended. */
typedef struct {
    tg_etcd_end_t end;
    int is_hopeless; /**< another try would end the same way */
    int is_stale;    /**< the token is no longer valid, or is missing */
    int is_open;     /**< a token was asked for, and etcd has authentication switched off */
} tg_etcd_try_t;

/**
 * Judges an answer.
 * @param answer  its body as JSON, or NULL
 * @param member  `https://a.example.com:2379`, for messages
 * @param fault   filled unless it is a success
 */
tg_etcd_try_t tg_etcd_judge(apr_pool_t *pool, const tg_store_url_t *url, const char *member,
                            const tg_http_answer_t *http, const json_t *answer, tg_fault_t *fault);

#endif
