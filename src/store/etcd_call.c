/* Calls of etcd: see etcd_call.h. */
#include "etcd_call.h"

#include "base/json.h"
#include "base/message.h"
#include "os/clock.h"
#include "os/password.h"

#include <apr_strings.h>
#include <apr_time.h>
#include <string.h>

/** How long it may take to connect, TLS included. */
#define CONNECT_MILLISECONDS 1500L

/** How long to wait for the answer of one member. */
#define CALL_MILLISECONDS 2000L

/** How long a patient client goes on: longer than an election takes. */
#define PATIENCE_MILLISECONDS 8000
#define PAUSE apr_time_from_msec(300)

/** The longest answer: a document and some thousand lines of audit, in base64. */
#define ANSWER_MAX ((apr_size_t)16 * 1024 * 1024)

struct tg_etcd_t {
    const tg_store_url_t *url;
    tg_etcd_patience_t patience;
    CURL *easy;
    int at; /* the current member */
    char token[TG_HTTP_TOKEN_MAX];
    int is_open; /* it has authentication switched off: no token is needed */
};

/* --- one member --- */

static int is_patient(const tg_etcd_t *etcd)
{
    return etcd->patience == TG_ETCD_PATIENT;
}

const char *tg_etcd_key(const tg_etcd_t *etcd)
{
    return etcd->url->key;
}

const char *tg_etcd_endpoint(const tg_etcd_t *etcd)
{
    return APR_ARRAY_IDX(etcd->url->endpoints, etcd->at, const char *);
}

void tg_etcd_move(tg_etcd_t *etcd, int count)
{
    etcd->at = (etcd->at + count) % etcd->url->endpoints->nelts;
}

/* Whether another try can help, too. */
static const tg_http_fix_t http_fixes[] = {
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

/* Members are addressed directly. */
tg_http_request_t tg_etcd_request(const tg_etcd_t *etcd, apr_pool_t *pool, const char *path,
                                  const char *body)
{
    const tg_store_url_t *url = etcd->url;
    const tg_http_request_t request = {
        .url = apr_pstrcat(pool, tg_etcd_endpoint(etcd), path, NULL),
        .ca = url->ca,
        .cert = url->cert,
        .cert_key = url->cert_key,
        .token = etcd->token,
        .body = body,
        .connect_milliseconds = CONNECT_MILLISECONDS,
        .is_direct = 1,
        .fixes = http_fixes,
    };

    return request;
}

/* Short enough that the first round reaches every member, as long as no name takes longer to
 * resolve than that. */
static long milliseconds_each(const tg_etcd_t *etcd)
{
    long share = PATIENCE_MILLISECONDS / etcd->url->endpoints->nelts;

    return is_patient(etcd) && share < CALL_MILLISECONDS ? share : CALL_MILLISECONDS;
}

static tg_etcd_try_t post_to_member(tg_etcd_t *etcd, apr_pool_t *pool, const char *path,
                                    const char *body, json_t **answer, tg_fault_t *fault)
{
    const tg_http_request_t request = tg_etcd_request(etcd, pool, path, body);
    tg_http_answer_t http;

    *answer = NULL;
    if (!tg_http_post(etcd->easy, pool, &request, milliseconds_each(etcd), ANSWER_MAX, &http,
                      fault)) {
        const tg_etcd_try_t failed = { http.never_sent ? TG_ETCD_UNSENT : TG_ETCD_LOST,
                                       http.is_hopeless, 0, 0 };

        return failed;
    }
    *answer = tg_json_keep(pool, json_loadb(http.text, http.length, 0, NULL));
    return tg_etcd_judge(pool, etcd->url, tg_etcd_endpoint(etcd), &http, *answer, fault);
}

/* --- the token --- */

static int store_token(tg_etcd_t *etcd, const json_t *answer, tg_fault_t *fault)
{
    const char *token = json_string_value(json_object_get(answer, "token"));

    if (!token || strlen(token) >= sizeof(etcd->token) || strpbrk(token, "\r\n")) {
        return tg_fault_set(fault, "check the log of etcd", "it sent an unusable token");
    }
    apr_cpystrn(etcd->token, token, sizeof(etcd->token));
    return 1;
}

/* Whatever fails here, the call itself was not sent. */
static tg_etcd_try_t fetch_token(tg_etcd_t *etcd, apr_pool_t *pool, tg_fault_t *fault)
{
    const tg_etcd_try_t refused = { TG_ETCD_REFUSED, 1, 0, 0 };
    const char *password;
    json_t *answer;
    tg_etcd_try_t t;

    etcd->token[0] = '\0';
    if (!tg_password_read(pool, etcd->url->password_file, &password, fault)) {
        return refused;
    }
    t = post_to_member(
        etcd, pool, "/v3/auth/authenticate",
        tg_json_print(pool, json_pack("{s:s, s:s}", "name", etcd->url->user, "password", password),
                      JSON_COMPACT),
        &answer, fault);
    etcd->is_open = t.is_open;
    if (t.is_open) {
        t.end = TG_ETCD_ANSWERED; /* as etcd's own clients do */
        return t;
    }
    if (t.end == TG_ETCD_ANSWERED && !store_token(etcd, answer, fault)) {
        return refused;
    }
    t.end = t.end == TG_ETCD_LOST ? TG_ETCD_UNSENT : t.end;
    return t;
}

static tg_etcd_try_t try_member(tg_etcd_t *etcd, apr_pool_t *pool, const char *path,
                                const char *body, json_t **answer, tg_fault_t *fault)
{
    const int has_user = etcd->url->user != NULL;
    tg_etcd_try_t t = { TG_ETCD_ANSWERED, 0, 0, 0 };

    if (has_user && !etcd->is_open && etcd->token[0] == '\0') {
        t = fetch_token(etcd, pool, fault);
    }
    if (t.end == TG_ETCD_ANSWERED) {
        t = post_to_member(etcd, pool, path, body, answer, fault);
    }
    if (t.is_stale && has_user) {
        t = fetch_token(etcd, pool, fault);
        if (t.end == TG_ETCD_ANSWERED) {
            t = post_to_member(etcd, pool, path, body, answer, fault);
        }
    }
    /* After etcd was rebuilt, a member would wait in vain for the log to reach the index that is
     * in the old token. */
    if (t.end == TG_ETCD_LOST || t.end == TG_ETCD_UNSENT) {
        etcd->token[0] = '\0';
        etcd->is_open = 0;
    }
    return t;
}

/* --- all of them --- */

/* One call. */
typedef struct {
    tg_etcd_t *etcd;
    apr_pool_t *pool;
    const char *path, *body;
    json_t **answer;
    tg_fault_t *fault;
    int64_t deadline;
    int is_lost;          /* a member may have executed it */
    int has_hope;         /* a member may execute it later */
    const char **reasons; /* why each member failed last, or NULL */
} call_t;

static int is_late(const call_t *c)
{
    return tg_clock_milliseconds() >= c->deadline;
}

/* One round through the members, as far as it gets in time. TG_ETCD_UNSENT: none answered. */
static tg_etcd_end_t try_members(call_t *c)
{
    int i, count = is_patient(c->etcd) ? c->etcd->url->endpoints->nelts : 1;

    c->has_hope = 0;
    for (i = 0; i < count && (i == 0 || !is_late(c)); i++) {
        tg_etcd_try_t t = try_member(c->etcd, c->pool, c->path, c->body, c->answer, c->fault);

        if (t.end == TG_ETCD_ANSWERED || t.end == TG_ETCD_REFUSED) {
            return t.end;
        }
        c->is_lost = c->is_lost || t.end == TG_ETCD_LOST;
        c->has_hope = c->has_hope || !t.is_hopeless;
        c->reasons[c->etcd->at] = apr_pstrdup(c->pool, c->fault->reason);
        if (is_patient(c->etcd)) {
            tg_etcd_move(c->etcd, 1);
        }
    }
    return TG_ETCD_UNSENT;
}

/* Repeats the round while that may help. */
static tg_etcd_end_t try_for_a_while(call_t *c)
{
    tg_etcd_end_t end = try_members(c);
    int rounds = 0;

    while (end == TG_ETCD_UNSENT && is_patient(c->etcd) && c->has_hope && !is_late(c)) {
        if (rounds++ == 0) {
            tg_message(TG_MESSAGE_NOTE,
                       "no member of etcd can be used (%s): trying again for some seconds",
                       c->fault->reason);
        }
        apr_sleep(PAUSE);
        end = try_members(c);
    }
    /* Another member may have executed before what this one refuses. */
    return c->is_lost && end != TG_ETCD_ANSWERED ? TG_ETCD_LOST : end;
}

static void report_members(const call_t *c)
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

    if (is_patient(etcd) && (end == TG_ETCD_UNSENT || end == TG_ETCD_LOST)) {
        report_members(&c);
    }
    return end;
}

tg_etcd_t *tg_etcd_open(apr_pool_t *pool, const tg_store_url_t *url, tg_etcd_patience_t patience,
                        tg_fault_t *fault)
{
    tg_etcd_t *etcd = apr_pcalloc(pool, sizeof(*etcd));

    etcd->url = url;
    etcd->patience = patience;
    etcd->easy = tg_http_new(pool);
    if (!etcd->easy) {
        tg_fault_set(fault, "free some memory", "out of memory");
        return NULL;
    }
    return etcd;
}
