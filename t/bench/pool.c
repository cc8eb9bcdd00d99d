/* Counts what is allocated from the pool of a connection.
 *
 * Preloaded into a prefork httpd. Its connection pool is the one with the tag
 * "transaction", which is cleared after each connection; then the bytes so far are
 * written to the file that POOL_REPORT names, one number a line. Compared with the
 * same server without the module, it shows the memory of the module per connection: its
 * own allocations, those made on its behalf, and its slot in the connection's
 * vector of configurations.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <apr_pools.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static apr_pool_t *watched;
static unsigned long bytes;

static void report(void)
{
    const char *name = getenv("POOL_REPORT");
    int fd = name ? open(name, O_WRONLY | O_APPEND | O_CREAT, 0666) : -1;

    if (fd >= 0) {
        dprintf(fd, "%lu\n", bytes);
        close(fd);
    }
    bytes = 0;
}

void apr_pool_tag(apr_pool_t *pool, const char *tag)
{
    static void (*real)(apr_pool_t *, const char *);

    if (!real) {
        real = (void (*)(apr_pool_t *, const char *))dlsym(RTLD_NEXT, "apr_pool_tag");
    }
    if (strcmp(tag, "transaction") == 0) {
        watched = pool;
        bytes = 0;
    }
    real(pool, tag);
}

/* apr_pcalloc(), apr_pstrdup() and the like end here. */
void *apr_palloc(apr_pool_t *pool, apr_size_t size)
{
    static void *(*real)(apr_pool_t *, apr_size_t);

    if (!real) {
        real = (void *(*)(apr_pool_t *, apr_size_t))dlsym(RTLD_NEXT, "apr_palloc");
    }
    if (pool == watched) {
        bytes += APR_ALIGN_DEFAULT(size);
    }
    return real(pool, size);
}

void *(apr_pcalloc)(apr_pool_t *pool, apr_size_t size)
{
    void *memory = apr_palloc(pool, size);

    return memory ? memset(memory, 0, size) : NULL;
}

void apr_pool_clear(apr_pool_t *pool)
{
    static void (*real)(apr_pool_t *);

    if (!real) {
        real = (void (*)(apr_pool_t *))dlsym(RTLD_NEXT, "apr_pool_clear");
    }
    real(pool);
    if (pool == watched) {
        report();
    }
}
