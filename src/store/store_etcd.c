/* A store that is a key in etcd: see store.h. Two operators cannot overwrite each other: a
 * change is a transaction that compares the revision first.
 */
#include "etcd.h"
#include "store.h"

#include <string.h>

static int read_etcd(const tg_store_t *store, apr_pool_t *pool, tg_store_snapshot_t *out,
                     tg_fault_t *fault)
{
    tg_etcd_document_t document;
    tg_fault_t why;

    memset(out, 0, sizeof(*out));
    out->state = tg_state_empty(pool);
    if (!tg_etcd_read(store->self, pool, &document, fault)) {
        return 0;
    }
    /* What has audit has had a document; it may have been written since it was looked for. */
    out->is_lost = !document.text && tg_etcd_has_audit(store->self, pool);
    if (out->is_lost && !tg_etcd_read(store->self, pool, &document, fault)) {
        return 0;
    }
    out->is_lost = out->is_lost && !document.text;
    out->text = document.text;
    out->revision = document.revision;
    if (!document.text) {
        return 1;
    }
    if (tg_state_parse(pool, document.text, document.length, &out->state, &why)) {
        return 1;
    }
    return tg_fault_set(fault,
                        "put a good one over it, such as that of a machine: etcdctl put KEY <FILE",
                        "%s", why.reason);
}

static tg_store_result_t write_etcd(const tg_store_t *store, apr_pool_t *pool,
                                    const tg_store_snapshot_t *before, const char *text,
                                    const tg_audit_t *audit, tg_fault_t *fault)
{
    switch (tg_etcd_write(store->self, pool, before->revision, text,
                          tg_audit_lines(pool, audit, "done"), fault)) {
    case TG_ETCD_WRITTEN:
        return TG_STORE_DONE;
    case TG_ETCD_CHANGED:
        return TG_STORE_CHANGED;
    case TG_ETCD_UNKNOWN:
        return TG_STORE_UNKNOWN;
    case TG_ETCD_FAILED:
        break;
    }
    return TG_STORE_FAILED;
}

/* Each machine has its own. */
static const char *problem_of_etcd(const tg_store_t *store, apr_pool_t *pool)
{
    (void)store;
    (void)pool;
    return NULL;
}

int tg_store_etcd(apr_pool_t *pool, const tg_store_url_t *url, tg_store_t *out, tg_fault_t *fault)
{
    tg_etcd_t *etcd = apr_palloc(pool, sizeof(*etcd));

    out->name = url->name;
    out->effect = "every machine that follows it has it within some seconds";
    out->self = etcd;
    out->read = read_etcd;
    out->write = write_etcd;
    out->problem = problem_of_etcd;
    return tg_etcd_open(pool, url, etcd, fault);
}
