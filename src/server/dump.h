/* httpd -t -D DUMP_TLSGATE: what the configuration means. */
#ifndef TG_DUMP_H
#define TG_DUMP_H

#include <httpd.h>

/** test_config: prints the schedules and who uses them, if asked to. */
void tg_dump_test_config(apr_pool_t *pool, server_rec *s);

#endif
