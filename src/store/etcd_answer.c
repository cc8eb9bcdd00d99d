/* What an answer of etcd means: see etcd_answer.h. */
#include "etcd_answer.h"

#include <apr_strings.h>
#include <string.h>

/** How much is quoted of an answer that is not JSON. */
#define QUOTED_MAX 150

/** The codes of gRPC with which nothing has happened for certain: etcd returns them before it
 * does anything. https://grpc.io/docs/guides/status-codes/ */
enum {
    INVALID_ARGUMENT = 3,
    NOT_FOUND = 5,
    PERMISSION_DENIED = 7,
    FAILED_PRECONDITION = 9,
    OUT_OF_RANGE = 11,
    UNIMPLEMENTED = 12,
    UNAUTHENTICATED = 16
};

static int is_refusal_code(int code)
{
    static const int refusals[] = {
        INVALID_ARGUMENT, NOT_FOUND,     PERMISSION_DENIED, FAILED_PRECONDITION,
        OUT_OF_RANGE,     UNIMPLEMENTED, UNAUTHENTICATED,
    };
    size_t i;

    for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]) && refusals[i] != code; i++) {
    }
    return i < sizeof(refusals) / sizeof(refusals[0]);
}

/* A member forgets its tokens at a restart; a changed password ends them. Without one, which is
 * right while authentication is switched off, the user name is empty once it is on again. */
static int is_stale_token(int code, const char *message)
{
    return code == UNAUTHENTICATED || strstr(message, "revision of auth store is old") != NULL ||
           strstr(message, "user name is empty") != NULL;
}

static int is_auth_off(int code, const char *message)
{
    return code == FAILED_PRECONDITION && strstr(message, "authentication is not enabled") != NULL;
}

/* Refused by HTTP itself, or by etcd before it reads the request. */
static int is_final_status(long status)
{
    return status == 400 || status == 401 || status == 403 || status == 404 || status == 421;
}

/* Something other than etcd answers, or etcd without JSON. */
static tg_etcd_try_t judge_stranger(apr_pool_t *pool, const char *member,
                                    const tg_http_answer_t *http, tg_fault_t *fault)
{
    const int final = is_final_status(http->status);
    const tg_etcd_try_t t = { final ? TG_ETCD_UNSENT : TG_ETCD_LOST, final, 0, 0 };
    size_t length = strcspn(http->text, "\r\n");

    if (http->status == 404) {
        tg_fault_set(fault, "start etcd 3.4 or later with --enable-grpc-gateway",
                     "%s has no JSON gateway", member);
    }
    else {
        tg_fault_set(fault, "check that it is etcd 3.4 or later",
                     "%s answers with HTTP %ld and without JSON of etcd: %s", member, http->status,
                     apr_pstrmemdup(pool, http->text, length < QUOTED_MAX ? length : QUOTED_MAX));
    }
    return t;
}

static void explain_error(apr_pool_t *pool, const tg_store_url_t *url, const char *member, int code,
                          const char *message, tg_fault_t *fault)
{
    if (code == PERMISSION_DENIED) {
        tg_fault_set(
            fault,
            apr_psprintf(pool, "grant it, on %s and on the prefix %s.audit/", url->key, url->key),
            "%s does not permit that to the user \"%s\": %s", member, url->user ? url->user : "",
            message);
    }
    else if (!url->user && strstr(message, "user name is empty")) {
        tg_fault_set(fault, "write USER@HOST and ?password-file=FILE", "%s requires a user",
                     member);
    }
    else {
        tg_fault_set(fault, "check the log of etcd", "%s says: %s", member, message);
    }
}

tg_etcd_try_t tg_etcd_judge(apr_pool_t *pool, const tg_store_url_t *url, const char *member,
                            const tg_http_answer_t *http, const json_t *answer, tg_fault_t *fault)
{
    const char *message = json_string_value(json_object_get(answer, "message"));
    const json_t *code = json_object_get(answer, "code");
    tg_etcd_try_t t = { TG_ETCD_ANSWERED, 0, 0, 0 };

    if (http->status == 200 && json_is_object(answer)) {
        return t;
    }
    /* Before etcd 3.6 the message is here. */
    message = message ? message : json_string_value(json_object_get(answer, "error"));
    if (!message || !json_is_integer(code)) {
        return judge_stranger(pool, member, http, fault);
    }
    t.is_open = is_auth_off((int)json_integer_value(code), message);
    t.is_stale = is_stale_token((int)json_integer_value(code), message);
    t.end = t.is_stale || is_refusal_code((int)json_integer_value(code)) ? TG_ETCD_REFUSED
                                                                         : TG_ETCD_LOST;
    explain_error(pool, url, member, (int)json_integer_value(code), message, fault);
    return t;
}
