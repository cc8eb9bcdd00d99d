/* Which code serves which kind of store: one row for each. */
#include "feed.h"

#include "store.h"
#include "store_etcd.h"

#include "base/rows.h"

static const struct {
    int (*open)(apr_pool_t *pool, const tg_store_url_t *url, tg_store_t *out, tg_fault_t *fault);
    int (*open_feed)(apr_pool_t *pool, const tg_store_url_t *url, tg_store_feed_t *out,
                     tg_fault_t *fault);
} kinds_of_store[] = {
    { tg_store_etcd, tg_store_etcd_feed },
};
TG_ROWS_ARE(kinds_of_store, TG_STORE_KINDS);

int tg_store_open(apr_pool_t *pool, const tg_store_url_t *url, tg_store_t *out, tg_fault_t *fault)
{
    return kinds_of_store[url->kind].open(pool, url, out, fault);
}

int tg_store_feed_open(apr_pool_t *pool, const tg_store_url_t *url, tg_store_feed_t *out,
                       tg_fault_t *fault)
{
    return kinds_of_store[url->kind].open_feed(pool, url, out, fault);
}
