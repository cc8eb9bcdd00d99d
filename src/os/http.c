/* HTTP for a client of etcd: see http.h. */
#include "http.h"

#include "base/buffer.h"

#include <apr_strings.h>
#include <string.h>

/** How long it may take to connect, TLS included. */
#define CONNECT_MILLISECONDS 1500L

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
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MILLISECONDS);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Members are addressed directly, even if the environment names a proxy. */
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    set_tls(easy, request);
    return headers;
}

/* curl's write callback. Returning another count than it was given ends the transfer. */
static size_t append_bytes(char *bytes, size_t size, size_t count, void *buffer)
{
    return tg_buffer_append(buffer, bytes, size * count) ? size * count : 0;
}

/* How to fix each failure, and whether another try can help. */
static const struct {
    CURLcode code;
    int is_hopeless;
    const char *fix;
} fixes[] = {
    { CURLE_PEER_FAILED_VERIFICATION, 1,
      "name its authority with ca=FILE, and the host as its "
      "certificate does" },
    { CURLE_SSL_CACERT_BADFILE, 1, "check the file of ca=" },
    { CURLE_SSL_CERTPROBLEM, 1, "check the files of cert= and key=" },
    { CURLE_URL_MALFORMAT, 1, "check the host" },
    { CURLE_GOT_NOTHING, 0, "if it speaks TLS write etcds://" },
    { CURLE_SSL_CONNECT_ERROR, 0, "if it does not speak TLS write etcd://" },
    { CURLE_WRITE_ERROR, 0, "check that it is etcd" },
    { CURLE_OK, 0, "check that it runs, has a leader and can be reached from here" },
};

/* The last row is the default. */
static size_t fix_for(CURLcode code)
{
    size_t i, last = sizeof(fixes) / sizeof(fixes[0]) - 1;

    for (i = 0; i < last && fixes[i].code != code; i++) {
    }
    return i;
}

int tg_http_post(CURL *easy, apr_pool_t *pool, const tg_http_request_t *request, long milliseconds,
                 apr_size_t most, tg_http_answer_t *answer, tg_fault_t *fault)
{
    tg_buffer_t buffer = { pool, most, NULL, 0, 0 };
    struct curl_slist *headers = tg_http_prepare(easy, request);
    char why[CURL_ERROR_SIZE] = "";
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
    answer->is_hopeless = fixes[fix_for(code)].is_hopeless;
    if (code == CURLE_WRITE_ERROR) {
        return tg_fault_set(fault, fixes[fix_for(code)].fix, "the answer has more than %lu bytes",
                            (unsigned long)most);
    }
    if (code != CURLE_OK) {
        return tg_fault_set(fault, fixes[fix_for(code)].fix, "%s",
                            *why ? why : curl_easy_strerror(code));
    }
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
    answer->text = buffer.text ? buffer.text : apr_pstrdup(pool, "");
    answer->length = buffer.length;
    return 1;
}
