/* Shared memory that outlives a graceful restart. */
#ifndef TG_SERVER_BASE_SHARED_H
#define TG_SERVER_BASE_SHARED_H

#include <httpd.h>

/**
 * The piece of shared memory of that name and size, all zero when it is first asked for.
 * It lives as long as the parent process; a graceful restart finds it again. A module
 * of another version, whose piece has another size, gets one of its own.
 * @param s    the main server; call in the parent, before there are children
 * @return NULL after an error was logged
 */
void *tg_shared_piece(server_rec *s, const char *name, apr_size_t size);

#endif
