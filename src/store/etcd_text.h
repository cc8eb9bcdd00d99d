/* Values in etcd's JSON: bytes are in base64, and numbers of 64 bits in quotes (proto3). */
#ifndef TG_STORE_ETCD_TEXT_H
#define TG_STORE_ETCD_TEXT_H

#include <apr_pools.h>
#include <jansson.h>
#include <stdint.h>

/** A text as etcd wants bytes. A new reference. */
json_t *tg_etcd_base64(apr_pool_t *pool, const char *text);

/** Bytes as a text, followed by a NUL. NULL if it is not base64. */
const char *tg_etcd_bytes(apr_pool_t *pool, const json_t *value, apr_size_t *length);

/** A member that is a revision or the like; 0 for what cannot be one. */
int64_t tg_etcd_number(const json_t *object, const char *name);

/** A new reference. */
json_t *tg_etcd_quoted(apr_pool_t *pool, int64_t n);

#endif
