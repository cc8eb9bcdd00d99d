/* One document in etcd: see etcd.h. */
#include "etcd.h"

#include "etcd_text.h"

#include "base/instant.h"
#include "base/json.h"
#include "base/program.h"

#include <apr_escape.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <string.h>

#define RANGE "/v3/kv/range"
#define FIX "check that it is etcd 3.4 or later"

/* --- keys --- */

static const char *audit_prefix(const tg_etcd_t *etcd, apr_pool_t *pool)
{
    return apr_pstrcat(pool, tg_etcd_key(etcd), ".audit/", NULL);
}

/* The first key after all that begin with the prefix: '0' comes after '/'. */
static const char *audit_end(const tg_etcd_t *etcd, apr_pool_t *pool)
{
    return apr_pstrcat(pool, tg_etcd_key(etcd), ".audit0", NULL);
}

/* Different for each change, even for two that start from the same revision. */
static const char *audit_key(const tg_etcd_t *etcd, apr_pool_t *pool)
{
    const apr_time_t now = apr_time_now();
    unsigned char random[8];
    char digits[2 * sizeof(random) + 1], time[TG_INSTANT_STRLEN];

    if (apr_generate_random_bytes(random, sizeof(random)) != APR_SUCCESS) {
        return NULL;
    }
    apr_escape_hex(digits, random, sizeof(random), 0, NULL);
    tg_instant_format(apr_time_sec(now), time);
    time[strlen(time) - 1] = '\0';
    return apr_psprintf(pool, "%s%s.%06dZ-%s", audit_prefix(etcd, pool), time,
                        (int)apr_time_usec(now), digits);
}

/* --- reading --- */

static int read_document(apr_pool_t *pool, const json_t *range, tg_store_document_t *out,
                         tg_fault_t *fault)
{
    const json_t *kvs = json_object_get(range, "kvs");
    const json_t *kv = json_array_get(kvs, 0);

    out->text = NULL;
    out->length = 0;
    out->revision = 0;
    if (!kv && (!kvs || json_is_array(kvs))) {
        return 1;
    }
    out->revision = tg_etcd_number(kv, "mod_revision");
    out->text = json_object_get(kv, "value")
                    ? tg_etcd_bytes(pool, json_object_get(kv, "value"), &out->length)
                    : "";
    return (out->text && out->revision > 0) ||
           tg_fault_set(fault, FIX, "the answer has neither a document nor a revision");
}

int tg_etcd_read(tg_etcd_t *etcd, apr_pool_t *pool, tg_store_document_t *out, tg_fault_t *fault)
{
    const json_t *header;
    json_t *answer;

    if (tg_etcd_call(etcd, pool, RANGE,
                     json_pack("{s:o}", "key", tg_etcd_base64(pool, tg_etcd_key(etcd))), &answer,
                     fault) != TG_ETCD_ANSWERED) {
        return 0;
    }
    header = json_object_get(answer, "header");
    out->at = tg_etcd_number(header, "revision");
    out->cluster = json_string_value(json_object_get(header, "cluster_id"));
    if (!out->cluster || strlen(out->cluster) >= TG_STORE_CLUSTER_MAX || out->at == 0) {
        return tg_fault_set(fault, FIX, "unexpected answer from %s", tg_etcd_endpoint(etcd));
    }
    return read_document(pool, answer, out, fault);
}

apr_array_header_t *tg_etcd_read_audit(tg_etcd_t *etcd, apr_pool_t *pool, int64_t since,
                                       int64_t last, int limit, tg_fault_t *fault)
{
    apr_array_header_t *audit = apr_array_make(pool, 1, sizeof(tg_store_change_t));
    const json_t *kvs;
    json_t *answer;
    size_t i;

    if (tg_etcd_call(etcd, pool, RANGE,
                     json_pack("{s:o, s:o, s:o, s:o, s:s, s:s, s:s}", "key",
                               tg_etcd_base64(pool, audit_prefix(etcd, pool)), "range_end",
                               tg_etcd_base64(pool, audit_end(etcd, pool)), "min_mod_revision",
                               tg_etcd_quoted(pool, since + 1), "max_mod_revision",
                               tg_etcd_quoted(pool, last), "sort_target", "MOD", "sort_order",
                               "ASCEND", "limit", apr_itoa(pool, limit)),
                     &answer, fault) != TG_ETCD_ANSWERED) {
        return NULL;
    }
    kvs = json_object_get(answer, "kvs");
    for (i = 0; i < json_array_size(kvs); i++) {
        const json_t *kv = json_array_get(kvs, i);
        tg_store_change_t *entry = apr_array_push(audit);
        apr_size_t length;
        const char *lines = tg_etcd_bytes(pool, json_object_get(kv, "value"), &length);

        entry->revision = tg_etcd_number(kv, "mod_revision");
        entry->lines = lines ? lines : "";
    }
    return audit;
}

int tg_etcd_has_audit(tg_etcd_t *etcd, apr_pool_t *pool)
{
    tg_fault_t ignored = { "", "" };
    json_t *answer;

    return tg_etcd_call(etcd, pool, RANGE,
                        json_pack("{s:o, s:o, s:b, s:s}", "key",
                                  tg_etcd_base64(pool, audit_prefix(etcd, pool)), "range_end",
                                  tg_etcd_base64(pool, audit_end(etcd, pool)), "keys_only", 1,
                                  "limit", "1"),
                        &answer, &ignored) == TG_ETCD_ANSWERED &&
           json_array_size(json_object_get(answer, "kvs")) > 0;
}

int tg_etcd_revision(tg_etcd_t *etcd, apr_pool_t *pool, int64_t *revision, tg_fault_t *fault)
{
    json_t *answer;

    if (tg_etcd_call(
            etcd, pool, RANGE,
            json_pack("{s:o, s:b}", "key", tg_etcd_base64(pool, tg_etcd_key(etcd)), "keys_only", 1),
            &answer, fault) != TG_ETCD_ANSWERED) {
        return 0;
    }
    *revision = tg_etcd_number(json_array_get(json_object_get(answer, "kvs"), 0), "mod_revision");
    return 1;
}

/* --- writing --- */

/* Compares too that its own audit does not exist yet: a repeated call could otherwise redo a change
 * that somebody has undone meanwhile. On failure it tells whether an earlier try succeeded. */
static json_t *write_request(const tg_etcd_t *etcd, apr_pool_t *pool, int64_t revision,
                             const char *text, const char *audit, const char *lines)
{
    return json_pack(
        "{s:[{s:o, s:s, s:s, s:o}, {s:o, s:s, s:s, s:s}], "
        "s:[{s:{s:o, s:o}}, {s:{s:o, s:o}}], s:[{s:{s:o, s:b}}]}",
        "compare", "key", tg_etcd_base64(pool, tg_etcd_key(etcd)), "target", "MOD", "result",
        "EQUAL", "mod_revision", tg_etcd_quoted(pool, revision), "key", tg_etcd_base64(pool, audit),
        "target", "CREATE", "result", "EQUAL", "create_revision", "0", "success", "request_put",
        "key", tg_etcd_base64(pool, tg_etcd_key(etcd)), "value", tg_etcd_base64(pool, text),
        "request_put", "key", tg_etcd_base64(pool, audit), "value", tg_etcd_base64(pool, lines),
        "failure", "request_range", "key", tg_etcd_base64(pool, audit), "keys_only", 1);
}

static const json_t *range_response(const json_t *answer)
{
    return json_object_get(json_array_get(json_object_get(answer, "responses"), 0),
                           "response_range");
}

tg_store_result_t tg_etcd_write(tg_etcd_t *etcd, apr_pool_t *pool, int64_t revision,
                                const char *text, const char *lines, tg_fault_t *fault)
{
    const char *audit = audit_key(etcd, pool);
    json_t *request, *answer;

    if (!audit) {
        tg_fault_set(fault, "check /dev/urandom",
                     "the system has no random numbers for the name of its audit");
        return TG_STORE_FAILED;
    }
    request = write_request(etcd, pool, revision, text, audit, lines);
    switch (tg_etcd_call(etcd, pool, "/v3/kv/txn", request, &answer, fault)) {
    case TG_ETCD_ANSWERED:
        break;
    case TG_ETCD_LOST:
        return TG_STORE_UNKNOWN;
    case TG_ETCD_REFUSED:
    case TG_ETCD_UNSENT:
        return TG_STORE_FAILED;
    }
    if (json_is_true(json_object_get(answer, "succeeded")) ||
        json_array_size(json_object_get(range_response(answer), "kvs")) > 0) {
        return TG_STORE_DONE;
    }
    if (!range_response(answer)) {
        tg_fault_set(fault, "check with " TG_PROGRAM_NAME " status", "unexpected answer from %s",
                     tg_etcd_endpoint(etcd));
        return TG_STORE_UNKNOWN;
    }
    return TG_STORE_CHANGED;
}

const char *tg_etcd_watch_body(const tg_etcd_t *etcd, apr_pool_t *pool, int64_t revision)
{
    return tg_json_print(pool,
                         json_pack("{s:{s:o, s:o}}", "create_request", "key",
                                   tg_etcd_base64(pool, tg_etcd_key(etcd)), "start_revision",
                                   tg_etcd_quoted(pool, revision)),
                         JSON_COMPACT);
}
