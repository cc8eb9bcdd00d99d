/* Watching a document: see etcd_watch.h. The stream has one JSON object per line. */
#include "etcd_watch.h"

#include "base/buffer.h"
#include "os/clock.h"

#include <apr_strings.h>
#include <string.h>

/** The longest line that a change can cause. */
#define LINE_MAX_BYTES ((apr_size_t)8 * 1024 * 1024)

struct tg_store_watch_t {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    tg_buffer_t line;
    /* Told by the lines so far, and not returned to the caller yet. */
    int is_begun, is_changed, is_ended;
    char why[TG_FAULT_MAX];
    char error[CURL_ERROR_SIZE]; /* curl's words */
};

static apr_status_t end_watch(void *data)
{
    tg_store_watch_t *w = data;

    curl_multi_remove_handle(w->multi, w->easy);
    curl_easy_cleanup(w->easy);
    curl_multi_cleanup(w->multi);
    curl_slist_free_all(w->headers);
    return APR_SUCCESS;
}

/* --- what a line says --- */

static void end_because(tg_store_watch_t *w, const char *why)
{
    w->is_ended = 1;
    apr_cpystrn(w->why, why, sizeof(w->why));
}

/* etcd cancels a watch that begins at a revision that was compacted away. */
static void read_cancel(tg_store_watch_t *w, const json_t *result)
{
    const char *why = json_string_value(json_object_get(result, "cancel_reason"));

    if (json_object_get(result, "compact_revision")) {
        end_because(w, "its first revision was compacted away");
    }
    else {
        end_because(w, why && *why ? why : "etcd has cancelled it");
    }
}

static void read_line(tg_store_watch_t *w, const char *text, apr_size_t length)
{
    json_t *root = json_loadb(text, length, 0, NULL);
    const json_t *result = json_object_get(root, "result");
    const char *error = json_string_value(json_object_get(root, "error"));

    if (!error) {
        error = json_string_value(json_object_get(json_object_get(root, "error"), "message"));
    }
    if (!json_is_object(result)) {
        end_because(w, error ? error : "it received something other than JSON of etcd");
    }
    else if (json_is_true(json_object_get(result, "canceled"))) {
        read_cancel(w, result);
    }
    else {
        w->is_begun = w->is_begun || json_is_true(json_object_get(result, "created"));
        w->is_changed = w->is_changed || json_array_size(json_object_get(result, "events")) > 0;
    }
    json_decref(root);
}

/* curl's write callback. Returning another count than it was given ends the stream. */
static size_t take_bytes(char *bytes, size_t size, size_t count, void *data)
{
    tg_store_watch_t *w = data;
    char *newline;

    if (!tg_buffer_append(&w->line, bytes, size * count)) {
        end_because(w, "a line is too long");
        return 0;
    }
    while ((newline = memchr(w->line.text, '\n', w->line.length)) != NULL) {
        apr_size_t length = (apr_size_t)(newline - w->line.text);

        if (length > 0) {
            read_line(w, w->line.text, length);
        }
        w->line.length -= length + 1;
        memmove(w->line.text, newline + 1, w->line.length + 1);
    }
    return size * count;
}

/* --- the stream --- */

tg_store_watch_t *tg_etcd_watch_open(apr_pool_t *pool, const tg_etcd_t *etcd, int64_t revision)
{
    const tg_http_request_t request =
        tg_etcd_request(etcd, pool, "/v3/watch", tg_etcd_watch_body(etcd, pool, revision));
    tg_store_watch_t *w = apr_pcalloc(pool, sizeof(*w));

    w->easy = curl_easy_init();
    w->multi = curl_multi_init();
    if (!w->easy || !w->multi) {
        curl_easy_cleanup(w->easy);
        curl_multi_cleanup(w->multi);
        return NULL;
    }
    w->line.pool = pool;
    w->line.most = LINE_MAX_BYTES;
    w->headers = tg_http_prepare(w->easy, &request);
    curl_easy_setopt(w->easy, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(w->easy, CURLOPT_WRITEDATA, w);
    curl_easy_setopt(w->easy, CURLOPT_ERRORBUFFER, w->error);
    apr_pool_cleanup_register(pool, w, end_watch, apr_pool_cleanup_null);
    curl_multi_add_handle(w->multi, w->easy);
    return w;
}

static void drive_transfer(tg_store_watch_t *w)
{
    CURLMsg *message;
    int running, left;

    curl_multi_perform(w->multi, &running);
    while ((message = curl_multi_info_read(w->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE && !w->is_ended) {
            end_because(w, message->data.result == CURLE_OK ? "the member has closed it"
                           : w->error[0]                    ? w->error
                                         : curl_easy_strerror(message->data.result));
        }
    }
}

/* Returns one piece of news at a time. */
static int is_told(int *flag)
{
    int told = *flag;

    *flag = 0;
    return told;
}

tg_store_event_t tg_etcd_watch_wait(tg_store_watch_t *w, int milliseconds, int fd,
                                    tg_fault_t *fault)
{
    const int64_t deadline = tg_clock_milliseconds() + milliseconds;

    for (;;) {
        struct curl_waitfd other = { fd, CURL_WAIT_POLLIN, 0 };
        int64_t left;

        drive_transfer(w);
        if (is_told(&w->is_begun)) {
            return TG_STORE_EVENT_BEGUN;
        }
        if (is_told(&w->is_changed)) {
            return TG_STORE_EVENT_CHANGED;
        }
        if (w->is_ended) {
            tg_fault_set(fault, "check the log of etcd", "the watch has ended: %s", w->why);
            return TG_STORE_EVENT_ENDED;
        }
        left = deadline - tg_clock_milliseconds();
        if (left <= 0) {
            return TG_STORE_EVENT_TIMEOUT;
        }
        if (curl_multi_poll(w->multi, &other, 1, (int)left, NULL) != CURLM_OK) {
            end_because(w, "curl cannot wait for it");
        }
        if (other.revents) {
            return TG_STORE_EVENT_WOKEN;
        }
    }
}
