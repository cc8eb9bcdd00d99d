/* A store that is a key in etcd: see store.h and feed.h. Two operators cannot overwrite each other:
 * a change is a transaction that compares the revision first.
 */
#include "store_etcd.h"

#include "etcd.h"
#include "etcd_machines.h"
#include "etcd_watch.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

static int read_etcd(const tg_store_t *store, apr_pool_t *pool, tg_store_snapshot_t *out,
                     tg_fault_t *fault)
{
    tg_store_document_t document;
    tg_fault_t why;

    memset(out, 0, sizeof(*out));
    out->state = tg_state_empty(pool);
    if (!tg_etcd_read(store->self, pool, &document, fault)) {
        return 0;
    }
    /* Where there is audit there was a document. It may have been written since the first read. */
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
    return tg_fault_set(
        fault, "overwrite it with a good one, such as that of a machine: etcdctl put KEY <FILE",
        "%s", why.reason);
}

static tg_store_result_t write_etcd(const tg_store_t *store, apr_pool_t *pool,
                                    const tg_store_snapshot_t *before, const char *text,
                                    const tg_audit_t *audit, tg_fault_t *fault)
{
    return tg_etcd_write(store->self, pool, before->revision, text,
                         tg_audit_lines(pool, audit, TG_AUDIT_WRITTEN), fault);
}

/** How many changes are read at a time. */
#define AUDIT_PAGE 50

static void add_change_lines(apr_pool_t *pool, tg_audit_log_t *log, const tg_store_change_t *change)
{
    const char *place =
        apr_psprintf(pool, "revision %" APR_INT64_T_FMT, (apr_int64_t)change->revision);
    char *last, *text = apr_pstrdup(pool, change->lines);

    for (text = apr_strtok(text, "\n", &last); text; text = apr_strtok(NULL, "\n", &last)) {
        tg_audit_log_add(log, place, text);
    }
}

static int read_audit_etcd(const tg_store_t *store, apr_pool_t *pool, tg_audit_log_t *log,
                           tg_fault_t *fault)
{
    const apr_array_header_t *page;
    int64_t since = 0;
    int i;

    do {
        page = tg_etcd_read_audit(store->self, pool, since, INT64_MAX, AUDIT_PAGE, fault);
        for (i = 0; page && i < page->nelts; i++) {
            const tg_store_change_t *change = &APR_ARRAY_IDX(page, i, tg_store_change_t);

            add_change_lines(pool, log, change);
            since = change->revision;
        }
    } while (page && page->nelts == AUDIT_PAGE);
    return page != NULL;
}

/* Files, with their owners and modes, are on the machines that follow. */
static const char *problem_of_etcd(const tg_store_t *store, apr_pool_t *pool)
{
    (void)store;
    (void)pool;
    return NULL;
}

static apr_array_header_t *read_machines(const tg_store_t *store, apr_pool_t *pool,
                                         tg_fault_t *fault)
{
    return tg_etcd_machines(store->self, pool, fault);
}

int tg_store_etcd(apr_pool_t *pool, const tg_store_url_t *url, tg_store_t *out, tg_fault_t *fault)
{
    out->name = url->name;
    out->effect = "every machine that follows it applies it within some seconds";
    out->self = tg_etcd_open(pool, url, TG_ETCD_PATIENT, fault);
    out->most = TG_ETCD_DOCUMENT_MAX;
    out->read = read_etcd;
    out->write = write_etcd;
    out->read_audit = read_audit_etcd;
    out->confirm = NULL;
    out->read_kept = NULL;
    out->problem = problem_of_etcd;
    out->machines = read_machines;
    return out->self != NULL;
}

/* --- following --- */

static int feed_read(const tg_store_feed_t *feed, apr_pool_t *pool, tg_store_document_t *out,
                     tg_fault_t *fault)
{
    return tg_etcd_read(feed->self, pool, out, fault);
}

static int feed_revision(const tg_store_feed_t *feed, apr_pool_t *pool, int64_t *out,
                         tg_fault_t *fault)
{
    return tg_etcd_revision(feed->self, pool, out, fault);
}

static apr_array_header_t *feed_audit(const tg_store_feed_t *feed, apr_pool_t *pool, int64_t since,
                                      int64_t last, int limit, tg_fault_t *fault)
{
    return tg_etcd_read_audit(feed->self, pool, since, last, limit, fault);
}

static const char *feed_member(const tg_store_feed_t *feed)
{
    return tg_etcd_endpoint(feed->self);
}

static void feed_next_member(const tg_store_feed_t *feed)
{
    tg_etcd_move(feed->self, 1);
}

static tg_store_watch_t *feed_watch(const tg_store_feed_t *feed, apr_pool_t *pool, int64_t revision)
{
    return tg_etcd_watch_open(pool, feed->self, revision);
}

static int feed_report(const tg_store_feed_t *feed, apr_pool_t *pool, const char *name,
                       const char *report, tg_fault_t *fault)
{
    return tg_etcd_report(feed->self, pool, feed->presence, name, report, fault);
}

int tg_store_etcd_feed(apr_pool_t *pool, const tg_store_url_t *url, tg_store_feed_t *out,
                       tg_fault_t *fault)
{
    tg_etcd_t *etcd = tg_etcd_open(pool, url, TG_ETCD_ONE_MEMBER, fault);
    const tg_store_feed_t feed = { url->name,
                                   url->key,
                                   url->endpoints->nelts,
                                   etcd,
                                   feed_read,
                                   feed_revision,
                                   feed_audit,
                                   feed_member,
                                   feed_next_member,
                                   feed_watch,
                                   feed_report,
                                   tg_etcd_presence_new(pool),
                                   tg_etcd_watch_wait };
    unsigned short random = 0;

    *out = feed;
    if (etcd) {
        apr_generate_random_bytes((unsigned char *)&random, sizeof(random));
        tg_etcd_move(etcd, random % feed.members);
    }
    return etcd != NULL;
}
