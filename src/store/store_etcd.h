/* A store that is a key in etcd, for those who change it and for those who follow it. */
#ifndef TG_STORE_STORE_ETCD_H
#define TG_STORE_STORE_ETCD_H

#include "feed.h"
#include "store.h"

/** 1, or 0 with @p fault filled. @p url must live as long as the store. */
int tg_store_etcd(apr_pool_t *pool, const tg_store_url_t *url, tg_store_t *out, tg_fault_t *fault);

/** The same for following. It begins with a random member. */
int tg_store_etcd_feed(apr_pool_t *pool, const tg_store_url_t *url, tg_store_feed_t *out,
                       tg_fault_t *fault);

#endif
