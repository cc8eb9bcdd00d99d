/* The address of a store that a fleet shares:
 * etcd://[USER@]HOST[:PORT][,HOST[:PORT]...]/KEY[?NAME=VALUE[&NAME=VALUE...]]
 *
 * etcds:// is the same over TLS. It cannot contain a password, because a command line is public.
 */
#ifndef TG_STORE_STORE_URL_H
#define TG_STORE_STORE_URL_H

#include "base/fault.h"

#include <apr_tables.h>

/** The environment variable with the default. */
#define TG_STORE_VARIABLE "TLSGATE_STORE"

/** The port that etcd listens on for clients. */
#define TG_STORE_URL_PORT 2379

typedef enum { TG_STORE_KIND_ETCD, TG_STORE_KINDS } tg_store_kind_t;

/** Read-only once parsed. All texts are decoded. */
typedef struct {
    tg_store_kind_t kind;
    const char *name; /**< for messages: the URL without its parameters */
    int tls;
    const char *user;              /**< NULL: without a user */
    apr_array_header_t *endpoints; /**< of const char *: `https://a.example.com:2379` */
    const char *key;
    const char *ca, *cert, *cert_key, *password_file; /**< paths, or NULL */
} tg_store_url_t;

/** 1, or 0 with @p fault filled, which quotes nothing that could be a secret. */
int tg_store_url_parse(apr_pool_t *pool, const char *text, tg_store_url_t *out, tg_fault_t *fault);

#endif
