/* HTTP as a client: see http.h. */
#include "http.h"

#include "base/buffer.h"

#include <apr_strings.h>
#include <string.h>

static apr_status_t end_handle(void *easy)
{
    curl_easy_cleanup(easy);
    return APR_SUCCESS;
}

CURL *tg_http_new(apr_pool_t *pool)
{
    CURL *easy = curl_easy_init();

    if (easy) {
        apr_pool_cleanup_register(pool, easy, end_handle, apr_pool_cleanup_null);
    }
    return easy;
}

static void set_tls(CURL *easy, const tg_http_request_t *request)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (request->ca) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (request->cert) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, request->cert);
        curl_easy_setopt(easy, CURLOPT_SSLKEY, request->cert_key);
    }
}

struct curl_slist *tg_http_prepare(CURL *easy, const tg_http_request_t *request)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    char authorization[TG_HTTP_TOKEN_MAX + 32];

    curl_easy_reset(easy);
    /* No "Expect: 100-continue". */
    headers = curl_slist_append(headers, "Expect:");
    if (request->token[0] != '\0') {
        apr_snprintf(authorization, sizeof(authorization), "Authorization: %s", request->token);
        headers = curl_slist_append(headers, authorization);
    }
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, request->connect_milliseconds);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    if (request->silent_seconds) {
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, request->silent_seconds);
    }
    if (request->is_direct) {
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }
    set_tls(easy, request);
    return headers;
}

/* curl's write callback. Returning another count than it was given ends the transfer. */
static size_t append_bytes(char *bytes, size_t size, size_t count, void *buffer)
{
    return tg_buffer_append(buffer, bytes, size * count) ? size * count : 0;
}

const tg_http_fix_t *tg_http_fix(const tg_http_request_t *request, CURLcode code)
{
    const tg_http_fix_t *fix = request->fixes;

    while (fix->code != CURLE_OK && fix->code != code) {
        fix++;
    }
    return fix;
}

int tg_http_post(CURL *easy, apr_pool_t *pool, const tg_http_request_t *request, long milliseconds,
                 apr_size_t most, tg_http_answer_t *answer, tg_fault_t *fault)
{
    tg_buffer_t buffer = { pool, most, NULL, 0, 0 };
    struct curl_slist *headers = tg_http_prepare(easy, request);
    char why[CURL_ERROR_SIZE] = "";
    const tg_http_fix_t *fix;
    CURLcode code;
    long sent = 0;

    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &buffer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
    code = curl_easy_perform(easy);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    memset(answer, 0, sizeof(*answer));
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
    answer->never_sent = sent == 0;
    fix = tg_http_fix(request, code);
    answer->is_hopeless = fix->is_hopeless;
    if (code == CURLE_WRITE_ERROR) {
        return tg_fault_set(fault, fix->fix, "the answer has more than %lu bytes",
                            (unsigned long)most);
    }
    if (code != CURLE_OK) {
        return tg_fault_set(fault, fix->fix, "%s", *why ? why : curl_easy_strerror(code));
    }
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
    answer->text = buffer.text ? buffer.text : apr_pstrdup(pool, "");
    answer->length = buffer.length;
    return 1;
}
