/* tlsgatectl follow: the state file of this machine becomes what the store has, whenever
 * that changes.
 */
#include "cmd.h"

#include "ctl/running_plan.h"
#include "ctl/store_choice.h"
#include "follow/follow.h"
#include "term/term.h"

int tg_cmd_follow(tg_ctl_t *ctl)
{
    const char *store = tg_ctl_store_choice_named(ctl);
    const char *state = tg_ctl_running_plan_named_state(ctl);
    tg_store_url_t url;
    tg_store_feed_t feed;
    tg_fault_t fault;

    if (!store) {
        tg_term_error("which store? name it with --store URL or in $" TG_STORE_VARIABLE);
        return TG_CTL_ERROR;
    }
    if (!tg_ctl_store_choice_parse(ctl, store, &url)) {
        return TG_CTL_ERROR;
    }
    if (tg_store_etcd_feed(ctl->pool, &url, &feed, &fault) &&
        tg_follow(ctl->pool, &feed, state ? state : TG_CTL_RUNNING_PLAN_STATE, &fault)) {
        return TG_CTL_OK;
    }
    tg_term_error("%s; %s", fault.reason, fault.fix);
    return TG_CTL_ERROR;
}
