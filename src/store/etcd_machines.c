/* The machines of a fleet, in etcd: see etcd_machines.h. */
#include "etcd_machines.h"

#include "etcd_text.h"

#include "base/message.h"
#include "base/text.h"
#include "os/clock.h"

#include <apr_strings.h>
#include <string.h>

/** How long a machine counts as alive after it was heard of, and how long its report stays. */
#define ALIVE_SECONDS 20
#define REPORT_SECONDS 86400

/** How often the lease of the report is renewed. */
#define RENEW_MILLISECONDS (INT64_C(1000) * 3600)

#define ALIVE "/alive"

/** How many keys are read at once, of which a machine has two, and how many times. */
#define KEYS_PER_PAGE "1000"
#define PAGES_MAX 200

struct tg_etcd_presence_t {
    int64_t alive, lasting; /* the leases; 0: none */
    int64_t renewed;        /* when that of the report was */
    apr_pool_t *pool;       /* of the report; cleared for the next */
    const char *report;     /* that etcd has; NULL: none */
};

tg_etcd_presence_t *tg_etcd_presence_new(apr_pool_t *pool)
{
    tg_etcd_presence_t *presence = apr_pcalloc(pool, sizeof(*presence));

    apr_pool_create(&presence->pool, pool);
    return presence;
}

/* --- leases --- */

static int grant_lease(tg_etcd_t *etcd, apr_pool_t *pool, int seconds, int64_t *lease,
                       tg_fault_t *fault)
{
    json_t *answer;

    if (tg_etcd_call(etcd, pool, "/v3/lease/grant",
                     json_pack("{s:o}", "TTL", tg_etcd_quoted(pool, seconds)), &answer,
                     fault) != TG_ETCD_ANSWERED) {
        return 0;
    }
    *lease = tg_etcd_number(answer, "ID");
    return *lease > 0 || tg_fault_set(fault, "check the log of etcd", "etcd granted no lease");
}

/* 1 also if it has ended: it is 0 then. */
static int renew_lease(tg_etcd_t *etcd, apr_pool_t *pool, int64_t *lease, tg_fault_t *fault)
{
    json_t *answer;

    if (*lease == 0) {
        return 1;
    }
    if (tg_etcd_call(etcd, pool, "/v3/lease/keepalive",
                     json_pack("{s:o}", "ID", tg_etcd_quoted(pool, *lease)), &answer,
                     fault) != TG_ETCD_ANSWERED) {
        *lease = 0; /* perhaps etcd is another one by now */
        return 0;
    }
    if (tg_etcd_number(json_object_get(answer, "result"), "TTL") == 0) {
        *lease = 0;
    }
    return 1;
}

static int renew_leases(tg_etcd_t *etcd, apr_pool_t *pool, tg_etcd_presence_t *presence,
                        tg_fault_t *fault)
{
    int64_t now = tg_clock_milliseconds();

    if (!renew_lease(etcd, pool, &presence->alive, fault)) {
        return 0;
    }
    if (now - presence->renewed >= RENEW_MILLISECONDS || presence->alive == 0) {
        presence->renewed = now;
        return renew_lease(etcd, pool, &presence->lasting, fault);
    }
    return 1;
}

/* --- reporting --- */

static json_t *put_request(const tg_etcd_t *etcd, apr_pool_t *pool, const char *name,
                           const char *value, int64_t lease)
{
    const char *key = apr_pstrcat(pool, tg_etcd_key(etcd), ".machines/", name, NULL);

    return json_pack("{s:{s:o, s:o, s:o}}", "request_put", "key", tg_etcd_base64(pool, key),
                     "value", tg_etcd_base64(pool, value), "lease", tg_etcd_quoted(pool, lease));
}

static int put_report(tg_etcd_t *etcd, apr_pool_t *pool, tg_etcd_presence_t *presence,
                      const char *name, const char *report, tg_fault_t *fault)
{
    tg_etcd_end_t end;
    json_t *answer;

    if ((presence->alive == 0 &&
         !grant_lease(etcd, pool, ALIVE_SECONDS, &presence->alive, fault)) ||
        (presence->lasting == 0 &&
         !grant_lease(etcd, pool, REPORT_SECONDS, &presence->lasting, fault))) {
        return 0;
    }
    end = tg_etcd_call(etcd, pool, "/v3/kv/txn",
                       json_pack("{s:[o, o]}", "success",
                                 put_request(etcd, pool, name, report, presence->lasting),
                                 put_request(etcd, pool, apr_pstrcat(pool, name, ALIVE, NULL), "",
                                             presence->alive)),
                       &answer, fault);
    if (end == TG_ETCD_REFUSED) {
        apr_snprintf(fault->fix, sizeof(fault->fix), "grant readwrite on the prefix %s.machines/",
                     tg_etcd_key(etcd));
    }
    if (end != TG_ETCD_ANSWERED) {
        if (end != TG_ETCD_REFUSED) { /* perhaps they have ended; a refusal says nothing of them */
            presence->alive = presence->lasting = 0;
        }
        return 0;
    }
    apr_pool_clear(presence->pool);
    presence->report = apr_pstrdup(presence->pool, report);
    return 1;
}

int tg_etcd_report(tg_etcd_t *etcd, apr_pool_t *pool, tg_etcd_presence_t *presence,
                   const char *name, const char *report, tg_fault_t *fault)
{
    if (!renew_leases(etcd, pool, presence, fault)) {
        return 0;
    }
    if (presence->alive && presence->lasting && presence->report &&
        strcmp(presence->report, report) == 0) {
        return 1;
    }
    presence->report = NULL;
    return put_report(etcd, pool, presence, name, report, fault);
}

/* --- reading --- */

static tg_store_machine_t *machine_of(const apr_array_header_t *machines, const char *name,
                                      size_t length)
{
    int i;

    for (i = machines->nelts - 1; i >= 0; i--) {
        tg_store_machine_t *m = &APR_ARRAY_IDX(machines, i, tg_store_machine_t);

        if (strlen(m->name) == length && strncmp(m->name, name, length) == 0) {
            return m;
        }
    }
    return NULL;
}

/* Keys come in order: that a machine is alive comes some time after its report. */
static void add_machine(apr_pool_t *pool, apr_array_header_t *machines, const char *name,
                        const char *value)
{
    size_t length = strcspn(name, "/");
    tg_store_machine_t *known;

    if (name[length] == '\0') {
        *(tg_store_machine_t *)apr_array_push(machines) =
            (tg_store_machine_t){ tg_text_printable(pool, name), value, 0 };
        return;
    }
    known = machine_of(machines, name, length);
    if (known) {
        known->is_alive = 1;
    }
}

/* Adds those of one page. @return the last key of it; NULL: there is none */
static const char *add_page(apr_pool_t *pool, apr_array_header_t *machines, const char *prefix,
                            const json_t *answer)
{
    const json_t *kvs = json_object_get(answer, "kvs"), *kv;
    const char *last = NULL;
    size_t i;

    json_array_foreach (kvs, i, kv) {
        apr_size_t length;
        const char *key = tg_etcd_bytes(pool, json_object_get(kv, "key"), &length);
        const char *value = tg_etcd_bytes(pool, json_object_get(kv, "value"), &length);

        if (key && strlen(key) > strlen(prefix)) {
            add_machine(pool, machines, key + strlen(prefix), value ? value : "");
            last = key;
        }
    }
    return last;
}

apr_array_header_t *tg_etcd_machines(tg_etcd_t *etcd, apr_pool_t *pool, tg_fault_t *fault)
{
    apr_array_header_t *machines = apr_array_make(pool, 8, sizeof(tg_store_machine_t));
    const char *prefix = apr_pstrcat(pool, tg_etcd_key(etcd), ".machines/", NULL);
    /* The first key after all that begin so: '0' comes after '/'. */
    const char *end = apr_pstrcat(pool, tg_etcd_key(etcd), ".machines0", NULL);
    const char *from = prefix;
    json_t *answer;
    int pages;

    for (pages = 0; from && pages < PAGES_MAX; pages++) {
        if (tg_etcd_call(etcd, pool, "/v3/kv/range",
                         json_pack("{s:o, s:o, s:s}", "key", tg_etcd_base64(pool, from),
                                   "range_end", tg_etcd_base64(pool, end), "limit", KEYS_PER_PAGE),
                         &answer, fault) != TG_ETCD_ANSWERED) {
            return NULL;
        }
        from = add_page(pool, machines, prefix, answer);
        /* What follows it: no name has that character. */
        from = from && json_is_true(json_object_get(answer, "more"))
                   ? apr_pstrcat(pool, from, "\001", NULL)
                   : NULL;
    }
    if (from) {
        tg_message(TG_MESSAGE_WARNING, "only the first %d machines are read; there are more",
                   machines->nelts);
    }
    return machines;
}
