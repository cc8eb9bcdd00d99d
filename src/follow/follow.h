/* Following a store: each new document is installed into the state file of this machine.
 *
 * A watch tells at once that there is a change. Besides, every two seconds, the member is
 * asked for the revision: so a member that hangs, or is cut off from the others, is left for
 * the next one. While none answers the file stays as it is; so it does when the document is
 * deleted, or is one that httpd would refuse.
 */
#ifndef TG_FOLLOW_FOLLOW_H
#define TG_FOLLOW_FOLLOW_H

#include "store/store_url.h"

/**
 * Follows until SIGTERM or SIGINT.
 * @param state the state file
 * @return 1 when told to end, or 0 after an error was said
 */
int tg_follow(apr_pool_t *pool, const tg_store_url_t *url, const char *state);

#endif
