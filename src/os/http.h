/* HTTP as a client: posting JSON, and receiving JSON.
 *
 * A handle keeps its connection open. One thread uses it.
 */
#ifndef TG_OS_HTTP_H
#define TG_OS_HTTP_H

#include "base/fault.h"

#include <apr_pools.h>
#include <curl/curl.h>

/** The longest token. */
#define TG_HTTP_TOKEN_MAX 4096

/** How to fix a failure. */
typedef struct {
    CURLcode code;   /**< CURLE_OK, in the last row of a table: any other */
    int is_hopeless; /**< another try would not help */
    const char *fix;
} tg_http_fix_t;

/** A request. */
typedef struct {
    const char *url;
    const char *ca, *cert, *cert_key; /**< files for TLS, or NULL */
    const char *token;                /**< the header Authorization, or "" */
    const char *body;
    long connect_milliseconds;  /**< how long it may take to connect, TLS included */
    long silent_seconds;        /**< how long nothing may come; 0: without a limit */
    int is_direct;              /**< 1: through no proxy, even if the environment names one */
    const tg_http_fix_t *fixes; /**< a table of them */
} tg_http_request_t;

/** An answer. */
typedef struct {
    long status;
    char *text; /**< followed by a NUL, in the pool */
    apr_size_t length;
    int never_sent;  /**< of a failure: the server cannot have seen the request */
    int is_hopeless; /**< of a failure: another try would not help */
} tg_http_answer_t;

/** A handle that ends with the pool. NULL: out of memory. */
CURL *tg_http_new(apr_pool_t *pool);

/**
 * Prepares a handle for one request, without a limit of its whole time.
 * @return what curl_slist_free_all() has to free once it has ended
 */
struct curl_slist *tg_http_prepare(CURL *easy, const tg_http_request_t *request);

/** How to fix a failure of that request. */
const tg_http_fix_t *tg_http_fix(const tg_http_request_t *request, CURLcode code);

/**
 * Posts, and waits at most @p milliseconds for the whole answer of at most @p most bytes.
 * @return 1 for an answer of any status, or 0 with @p fault filled
 */
int tg_http_post(CURL *easy, apr_pool_t *pool, const tg_http_request_t *request, long milliseconds,
                 apr_size_t most, tg_http_answer_t *answer, tg_fault_t *fault);

#endif
