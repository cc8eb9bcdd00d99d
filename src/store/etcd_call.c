/* Calls of etcd: see etcd_call.h. */
#include "etcd_call.h"

#include "base/json.h"
#include "base/message.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/file.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <string.h>
#include <sys/stat.h>

/** How long one member has for its answer. */
#define CALL_MILLISECONDS 2000L

/** How long a patient client goes on, which is longer than an election takes. */
#define PATIENCE_MILLISECONDS 8000
#define PAUSE apr_time_from_msec(300)

/** The longest answer: a document and some thousand lines of audit, in base64. */
#define ANSWER_MAX ((apr_size_t)16 * 1024 * 1024)

#define PASSWORD_MAX ((apr_size_t)4096)

/* --- one member --- */

const char *tg_etcd_endpoint(const tg_etcd_t *etcd)
{
    return APR_ARRAY_IDX(etcd->url->endpoints, etcd->at, const char *);
}

void tg_etcd_move(tg_etcd_t *etcd)
{
    etcd->at = (etcd->at + 1) % etcd->url->endpoints->nelts;
}

tg_http_request_t tg_etcd_request(const tg_etcd_t *etcd, apr_pool_t *pool, const char *path,
                                  const char *body)
{
    const tg_store_url_t *url = etcd->url;
    const tg_http_request_t request = {
        apr_pstrcat(pool, tg_etcd_endpoint(etcd), path, NULL),
        url->ca,
        url->cert,
        url->cert_key,
        etcd->token,
        body,
    };

    return request;
}

/* All of them get their turn in the first round, however many there are. */
static long turn(const tg_etcd_t *etcd)
{
    long share = PATIENCE_MILLISECONDS / etcd->url->endpoints->nelts;

    return etcd->is_patient && share < CALL_MILLISECONDS ? share : CALL_MILLISECONDS;
}

static tg_etcd_try_t post(tg_etcd_t *etcd, apr_pool_t *pool, const char *path, const char *body,
                          json_t **answer, tg_fault_t *fault)
{
    const tg_http_request_t request = tg_etcd_request(etcd, pool, path, body);
    tg_http_answer_t http;

    *answer = NULL;
    if (!tg_http_post(etcd->easy, pool, &request, turn(etcd), ANSWER_MAX, &http, fault)) {
        const tg_etcd_try_t failed = { http.never_sent ? TG_ETCD_UNSENT : TG_ETCD_LOST,
                                       http.is_hopeless, 0 };

        return failed;
    }
    *answer = tg_json_keep(pool, json_loadb(http.text, http.length, 0, NULL));
    return tg_etcd_judge(pool, etcd->url, tg_etcd_endpoint(etcd), &http, *answer, fault);
}

/* --- the token --- */

static int read_password(apr_pool_t *pool, const char *path, const char **password,
                         tg_fault_t *fault)
{
    apr_size_t length;
    struct stat info;
    const char *text;
    tg_fault_t why;

    if (stat(path, &info) == 0 && (info.st_mode & (S_IROTH | S_IWOTH | S_IWGRP))) {
        return tg_fault_set(fault, "chmod o-rw,g-w it", "%s: others may read or change it", path);
    }
    switch (tg_file_read(pool, path, PASSWORD_MAX, &text, &length, &why)) {
    case TG_FILE_READ:
        *password = apr_pstrmemdup(pool, text, strcspn(text, "\r\n"));
        return (**password != '\0' && tg_text_is_printable(pool, *password)) ||
               tg_fault_set(fault, "write the password into it",
                            "%s: its first line is empty, or not in UTF-8", path);
    case TG_FILE_ABSENT:
        return tg_fault_set(fault, "write the password into it", "%s is not there", path);
    case TG_FILE_FAILED:
        break;
    }
    return tg_fault_set(fault, why.fix, "%s: %s", path, why.reason);
}

static int keep_token(tg_etcd_t *etcd, const json_t *answer, tg_fault_t *fault)
{
    const char *token = json_string_value(json_object_get(answer, "token"));

    if (!token || strlen(token) >= sizeof(etcd->token) || strpbrk(token, "\r\n")) {
        return tg_fault_set(fault, "see to etcd", "it gives no token that could be used");
    }
    apr_cpystrn(etcd->token, token, sizeof(etcd->token));
    return 1;
}

/* A failure here is one before anything was sent. */
static tg_etcd_try_t authenticate(tg_etcd_t *etcd, apr_pool_t *pool, tg_fault_t *fault)
{
    const tg_etcd_try_t refused = { TG_ETCD_REFUSED, 1, 0 };
    const char *password;
    json_t *answer;
    tg_etcd_try_t t;

    etcd->token[0] = '\0';
    if (!read_password(pool, etcd->url->password_file, &password, fault)) {
        return refused;
    }
    t = post(etcd, pool, "/v3/auth/authenticate",
             tg_json_print(pool,
                           json_pack("{s:s, s:s}", "name", etcd->url->user, "password", password),
                           JSON_COMPACT),
             &answer, fault);
    if (t.end == TG_ETCD_ANSWERED && !keep_token(etcd, answer, fault)) {
        return refused;
    }
    t.end = t.end == TG_ETCD_LOST ? TG_ETCD_UNSENT : t.end;
    return t;
}

static tg_etcd_try_t try_member(tg_etcd_t *etcd, apr_pool_t *pool, const char *path,
                                const char *body, json_t **answer, tg_fault_t *fault)
{
    const int has_user = etcd->url->user != NULL;
    tg_etcd_try_t t = { TG_ETCD_ANSWERED, 0, 0 };

    if (has_user && etcd->token[0] == '\0') {
        t = authenticate(etcd, pool, fault);
    }
    if (t.end == TG_ETCD_ANSWERED) {
        t = post(etcd, pool, path, body, answer, fault);
    }
    if (t.is_stale && has_user) {
        t = authenticate(etcd, pool, fault);
        if (t.end == TG_ETCD_ANSWERED) {
            t = post(etcd, pool, path, body, answer, fault);
        }
    }
    /* A member whose log is shorter than that of the one that gave the token, because etcd was
     * rebuilt, waits for what will not come. */
    if (t.end == TG_ETCD_LOST || t.end == TG_ETCD_UNSENT) {
        etcd->token[0] = '\0';
    }
    return t;
}

/* --- all of them --- */

/* One call of a client that is patient, or not. */
typedef struct {
    tg_etcd_t *etcd;
    apr_pool_t *pool;
    const char *path, *body;
    json_t **answer;
    tg_fault_t *fault;
    int64_t deadline;
    int is_lost;          /* one of the members may have done it */
    int has_hope;         /* one of them may do it later */
    const char **reasons; /* why each member failed last */
} call_t;

static int is_late(const call_t *c)
{
    return tg_clock_milliseconds() >= c->deadline;
}

/* The members in turn. TG_ETCD_UNSENT: none of them answered. */
static tg_etcd_end_t try_members(call_t *c, int is_first)
{
    int i, count = c->etcd->is_patient ? c->etcd->url->endpoints->nelts : 1;

    c->has_hope = 0;
    for (i = 0; i < count && (is_first || !is_late(c)); i++) {
        tg_etcd_try_t t = try_member(c->etcd, c->pool, c->path, c->body, c->answer, c->fault);

        if (t.end == TG_ETCD_ANSWERED || t.end == TG_ETCD_REFUSED) {
            return t.end;
        }
        c->is_lost = c->is_lost || t.end == TG_ETCD_LOST;
        c->has_hope = c->has_hope || !t.is_hopeless;
        c->reasons[c->etcd->at] = apr_pstrdup(c->pool, c->fault->reason);
        if (c->etcd->is_patient) {
            tg_etcd_move(c->etcd);
        }
    }
    return TG_ETCD_UNSENT;
}

/* Round after round, as long as that may be of use. */
static tg_etcd_end_t try_for_a_while(call_t *c)
{
    tg_etcd_end_t end = try_members(c, 1);
    int rounds = 0;

    while (end == TG_ETCD_UNSENT && c->etcd->is_patient && c->has_hope && !is_late(c)) {
        if (rounds++ == 0) {
            tg_message(TG_MESSAGE_NOTE,
                       "no member of etcd can be used (%s): trying again for some seconds",
                       c->fault->reason);
        }
        apr_sleep(PAUSE);
        end = try_members(c, 0);
    }
    /* What one member refuses another may have done before. */
    return c->is_lost && end != TG_ETCD_ANSWERED ? TG_ETCD_LOST : end;
}

static void say_reasons(const call_t *c)
{
    const apr_array_header_t *endpoints = c->etcd->url->endpoints;
    int i;

    for (i = 0; i < endpoints->nelts; i++) {
        if (c->reasons[i]) {
            tg_message(TG_MESSAGE_NOTE, "%s: %s", APR_ARRAY_IDX(endpoints, i, const char *),
                       c->reasons[i]);
        }
    }
    tg_fault_set(c->fault, apr_pstrdup(c->pool, c->fault->fix), "no member of etcd can be used: %s",
                 apr_pstrdup(c->pool, c->fault->reason));
}

tg_etcd_end_t tg_etcd_call(tg_etcd_t *etcd, apr_pool_t *pool, const char *path, json_t *request,
                           json_t **answer, tg_fault_t *fault)
{
    call_t c = { etcd,
                 pool,
                 path,
                 tg_json_print(pool, request, JSON_COMPACT),
                 answer,
                 fault,
                 tg_clock_milliseconds() + PATIENCE_MILLISECONDS,
                 0,
                 0,
                 apr_pcalloc(pool,
                             (apr_size_t)etcd->url->endpoints->nelts * sizeof(const char *)) };
    tg_etcd_end_t end = try_for_a_while(&c);

    if (etcd->is_patient && (end == TG_ETCD_UNSENT || end == TG_ETCD_LOST)) {
        say_reasons(&c);
    }
    return end;
}

int tg_etcd_open(apr_pool_t *pool, const tg_store_url_t *url, tg_etcd_t *out, tg_fault_t *fault)
{
    memset(out, 0, sizeof(*out));
    out->url = url;
    out->is_patient = 1;
    out->easy = tg_http_new(pool);
    return out->easy || tg_fault_set(fault, "make some", "no memory");
}
