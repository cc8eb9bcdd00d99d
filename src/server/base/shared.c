/* Shared memory: see shared.h. */
#include "shared.h"

#include "conf.h"
#include "log.h"

#include <apr_shm.h>
#include <apr_strings.h>

APLOG_USE_MODULE(tlsgate);

/** At which every piece begins: a mapping of APR's begins with its own size. */
#define CACHE_LINE 64

/** Counted up where a piece gets another layout of the same size. */
#define LAYOUT 2

void *tg_shared_piece(server_rec *s, const char *name, apr_size_t size)
{
    apr_pool_t *pool = s->process->pool;
    const char *key;
    char *base;
    apr_shm_t *shm;
    void *found = NULL;
    apr_status_t rv;

    key = apr_psprintf(s->process->pconf, "mod_tlsgate:%d:%s:%" APR_SIZE_T_FMT, LAYOUT, name, size);
    apr_pool_userdata_get(&found, key, pool);
    if (found) {
        return found;
    }
    rv = apr_shm_create(&shm, size + CACHE_LINE, NULL, pool);
    if (rv != APR_SUCCESS) {
        TG_LOG(0006, APLOG_STARTUP | APLOG_CRIT, rv, s, "cannot allocate shared memory for the %s",
               name);
        return NULL;
    }
    /* Without a name it is zero, and none of its pages exists until it is written to. */
    base = apr_shm_baseaddr_get(shm);
    found = base + (CACHE_LINE - (apr_uintptr_t)base % CACHE_LINE) % CACHE_LINE;
    /* Not _setn: the key must outlive this module, which httpd unloads between the two
     * times that it reads the configuration. */
    apr_pool_userdata_set(found, key, NULL, pool);
    return found;
}
