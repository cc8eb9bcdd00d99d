/* Bytes that grow as they come, in a pool, up to a limit. */
#ifndef TG_BASE_BUFFER_H
#define TG_BASE_BUFFER_H

#include <apr_pools.h>

/** Begins with the pool and the limit, and the rest empty. */
typedef struct {
    apr_pool_t *pool;
    apr_size_t most;
    char *text; /**< NULL until something came; then with a NUL behind it */
    apr_size_t length, size;
} tg_buffer_t;

/** Appends. 1, or 0 if that would be more than `most`: then nothing of it is kept. */
int tg_buffer_append(tg_buffer_t *buffer, const void *bytes, apr_size_t length);

#endif
