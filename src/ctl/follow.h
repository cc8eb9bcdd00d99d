/* Following a store: each new document is installed into the state file of this machine.
 *
 * A watch tells at once that there is a change. Besides, every two seconds, the member is
 * asked for the revision: so a member that hangs, or is cut off from the others, is left for
 * the next one. While none answers the file stays as it is; so it does when the document is
 * deleted, or is one that httpd would refuse.
 */
#ifndef TG_CTL_FOLLOW_H
#define TG_CTL_FOLLOW_H

#include "store_url.h"

/**
 * Follows until SIGTERM or SIGINT.
 * @param state the state file
 * @return the exit status
 */
int tg_ctl_follow(apr_pool_t *pool, const tg_ctl_store_url_t *url, const char *state);

#endif
