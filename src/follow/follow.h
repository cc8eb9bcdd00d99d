/* Following a store: each new document is installed into the state file of this machine.
 *
 * A watch tells of a change at once. In addition the current member is asked for the revision
 * every two seconds, so that a member that hangs, or is cut off from the others, is left for the
 * next one. While none answers the file stays as it is; also while the document is missing, or
 * httpd would refuse it.
 */
#ifndef TG_FOLLOW_FOLLOW_H
#define TG_FOLLOW_FOLLOW_H

#include "store/feed.h"

/**
 * Follows until SIGTERM or SIGINT. What happens meanwhile is said by tg_message().
 * @param state the state file
 * @param name  of this machine, for the others
 * @return 1 when told to end, or 0 with @p fault filled
 */
int tg_follow(apr_pool_t *pool, const tg_store_feed_t *feed, const char *state, const char *name,
              tg_fault_t *fault);

#endif
