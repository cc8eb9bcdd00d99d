/* A buffer in a pool that grows up to a limit. */
#ifndef TG_BASE_BUFFER_H
#define TG_BASE_BUFFER_H

#include <apr_pools.h>

/**
 * Set the pool and the limit, and leave the rest zero. Where the limit becomes less than what
 * there is, nothing is appended any more.
 */
typedef struct {
    apr_pool_t *pool;
    apr_size_t most;
    char *text; /**< NULL while empty, else followed by a NUL */
    apr_size_t length, size;
} tg_buffer_t;

/** Appends. @return 1, or 0 if the limit would be exceeded: then nothing is appended */
int tg_buffer_append(tg_buffer_t *buffer, const void *bytes, apr_size_t length);

#endif
