/* Looking at the state file every second: see state_watch.h. */
#include "state_watch.h"

#include "state_cache.h"
#include "state_slots.h"

#include <mod_watchdog.h>

/** How often mod_watchdog's thread runs: the file is looked at this soon after each second
 * begins. */
#define WATCH_INTERVAL apr_time_from_msec(200)

/* In every child: whichever comes first looks, so it does not matter which one ends, or how. */
static apr_status_t watch_state(int state, void *data, apr_pool_t *pool)
{
    switch (state) {
    case AP_WATCHDOG_STATE_RUNNING:
        tg_state_cache_look(data, pool);
        break;
    case AP_WATCHDOG_STATE_STOPPING:
        /* prefork ends a child from a signal handler, which waits here for this thread. */
        tg_state_slots_let_go();
        break;
    default:
        break;
    }
    return APR_SUCCESS;
}

int tg_state_watch_register(apr_pool_t *pconf, server_rec *s)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get_instance =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *register_callback =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    ap_watchdog_t *watchdog;

    return !get_instance || !register_callback ||
           get_instance(&watchdog, "tlsgate", 0, 0, pconf) != APR_SUCCESS ||
           register_callback(watchdog, WATCH_INTERVAL, s, watch_state) != APR_SUCCESS;
}

int tg_state_watch_connection(conn_rec *c)
{
    if (tg_state_cache_is_due() && !c->master) {
        tg_state_cache_look(c->base_server, c->pool);
    }
    return DECLINED;
}
